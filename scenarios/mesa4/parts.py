"""What of Mesa 4 is needed here: where it is, and what is said where it is not."""

from importlib import import_module
from typing import Any

import mesa

from scenarios.files.problems import ScenarioError


class OtherMesaError(ScenarioError, ImportError):
    """The Mesa that is installed has no `run_scenarios`."""


def part(module: str, *names: str) -> Any:
    """Something of `mesa.experimental.scenarios`, or several. Raises OtherMesaError."""
    try:
        found = import_module(f"mesa.experimental.scenarios.{module}")
    except ImportError:
        raise OtherMesaError(
            f"mesa {mesa.__version__}: has no run_scenarios; expected a Mesa 4 with "
            f"mesa.experimental.scenarios.{module}, in an environment of its own (docs/mesa4.md)"
        ) from None
    wanted = [getattr(found, name) for name in names]
    return wanted[0] if len(wanted) == 1 else wanted
