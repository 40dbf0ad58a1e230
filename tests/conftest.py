"""What all tests share."""

import gc
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.preparation import prepare_engine

#: Files that take longest: a processor that began one of them last would let the others wait. The first compiles what
#: the loop over agents calls, which the third finds compiled.
LONGEST = (
    "test_baseline.py",
    "test_analysis_figures.py",
    "test_twin_engines.py",
    "test_own_sweeps.py",
    "test_cli.py",
    "test_calibration.py",
    "test_crash_states.py",
    "test_dashboard_workers.py",
    "test_report.py",
    "test_schedules.py",
    "test_sweeps.py",
    "test_figures.py",
    "test_instruments.py",
    "test_dashboard_doors.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the engine once, before processes that share the tests begin; those have no terminal."""
    os.environ.pop("COLUMNS", None)
    if not hasattr(session.config, "workerinput"):
        prepare_engine()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; `make test` hands out files in this order. Raises UsageError for no such file."""
    gone = [name for name in LONGEST if not Path(__file__).with_name(name).is_file()]
    if gone:
        raise pytest.UsageError(f"tests/conftest.py: LONGEST names {gone[0]}; expected a file of tests/")
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what the imports brought, millions of objects, out of every later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def run_page() -> Callable[[str], dict[str, Any]]:
    """Runs the Python of a page of docs/ from top to bottom; gives the names it leaves behind."""

    def run(name: str) -> dict[str, Any]:
        page = Path(__file__).parents[1] / "docs" / name
        scope: dict[str, Any] = {"__name__": page.stem}
        for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            exec(compile(block, str(page), "exec"), scope)
        return scope

    return run
