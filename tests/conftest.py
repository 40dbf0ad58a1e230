"""What all tests share."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.preparation import prepare_engine


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the engine once, before processes that share the tests begin; those have no terminal."""
    os.environ.pop("COLUMNS", None)
    if not hasattr(session.config, "workerinput"):
        prepare_engine()


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
