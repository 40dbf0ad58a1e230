"""What all tests share."""

import pytest

from model.preparation import prepare_engine


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    """Compile the engine once, not at the expense of the first test."""
    prepare_engine()
