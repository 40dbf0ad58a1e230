"""What all tests share."""

import os

import pytest

from model.preparation import prepare_engine


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the engine once, before processes that share the tests begin; those have no terminal."""
    os.environ.pop("COLUMNS", None)
    if not hasattr(session.config, "workerinput"):
        prepare_engine()
