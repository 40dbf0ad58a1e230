"""Optional libraries: asked for when they are needed, with a clear error where they are missing."""

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

from scenarios.files.problems import ScenarioError

#: What each top-level package is called where it is installed, by the extra that brings it.
_DISTRIBUTIONS = {
    "analysis": {
        "SALib": "SALib",
        "ema_workbench": "ema-workbench",
        "pymoo": "pymoo",
        "sklearn": "scikit-learn",
        "threadpoolctl": "threadpoolctl",
    },
    "households": {"humanleague": "humanleague"},
    "tables": {"polars": "Polars", "duckdb": "DuckDB", "xarray": "xarray"},
    "documents": {"docx": "python-docx", "markdown_it": "markdown-it-py"},
    "cluster": {"distributed": "Dask (distributed)"},
}
#: What brings an extra with the versions that were tested; any goal of make that installs more does too.
_GOALS = {"analysis": "make setup", "households": "make setup"}


#: Taken here, since two threads may import at once.
_WITH_SOURCE = inspect.getouterframes


class MissingLibraryError(ScenarioError):
    """Something needs a library of an extra that is not installed."""


def library(name: str, needed_for: str) -> Any:
    """A module of an optional library, imported without what it says on import.

    name : dotted module, such as `SALib.analyze.sobol`; needed_for : what needs it, for the error
    Raises MissingLibraryError with the command that installs it.
    """
    with warnings.catch_warnings(), _callers_without_source():
        # ema-workbench remarks on back-ends that are not installed and are not needed here.
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            raise MissingLibraryError(_direction(name.partition(".")[0], error.name, needed_for)) from None


@contextmanager
def _callers_without_source() -> Iterator[None]:
    """While it lasts, `inspect` tells who called without reading their source.

    ema-workbench asks for all callers of each of its classes, to learn one name. Their source, looked for in every
    module that is loaded, takes seconds.
    """
    inspect.getouterframes = _callers
    try:
        yield
    finally:
        inspect.getouterframes = _WITH_SOURCE


def _callers(frame: FrameType | None, context: int = 1) -> list[inspect.FrameInfo]:
    found = []
    while frame is not None:
        code = frame.f_code
        found.append(inspect.FrameInfo(frame, code.co_filename, frame.f_lineno, code.co_name, None, None))
        frame = frame.f_back
    return found


def _direction(package: str, missing: str | None, needed_for: str) -> str:
    """What is missing, and how to install it. missing : the module that was not found, which may be a part's part"""
    extra = next(extra for extra, packages in _DISTRIBUTIONS.items() if package in packages)
    found = (missing or package).partition(".")[0]
    called = _DISTRIBUTIONS[extra].get(found, found)
    return (
        f"{needed_for}: needs {called}, which is not installed; expected the extra '{extra}': "
        f'{_GOALS.get(extra, "make dev")}, or pip install -e ".[{extra}]" in the folder of the project'
    )
