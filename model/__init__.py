"""The world agents live in: people and ties, institutions, the weekly schedule, outcomes, the engine."""

from importlib.util import find_spec
from pathlib import Path

# `agents` is a common name: another distribution's package would otherwise be imported in its place
_found = find_spec("agents")
_sibling = Path(__file__).resolve().parents[1] / "agents" / "__init__.py"
if _found is None or _found.origin is None or Path(_found.origin).resolve() != _sibling:
    _where = _found.origin if _found is not None else "nowhere"
    raise ImportError(
        f"the package `agents` beside `model` is expected at {_sibling}, but Python finds {_where}: "
        "another distribution of that name is installed; remove it or use a fresh environment"
    )
