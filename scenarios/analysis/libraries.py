"""Optional libraries: asked for when an analysis needs them, with a clear error where they are missing."""

import warnings
from importlib import import_module
from typing import Any

from scenarios.files.problems import ScenarioError

#: What each top-level package is called where it is installed.
_DISTRIBUTIONS = {
    "SALib": "SALib",
    "ema_workbench": "ema-workbench",
    "pymoo": "pymoo",
    "sklearn": "scikit-learn",
    "threadpoolctl": "threadpoolctl",
}
INSTALL = 'make setup, or pip install -e ".[analysis]" in the folder of the project'


class MissingLibraryError(ScenarioError):
    """An analysis needs a library of the extra `analysis` that is not installed."""


def library(name: str, needed_for: str) -> Any:
    """A module of an optional library, imported without what it says on import.

    name : dotted module, such as `SALib.analyze.sobol`; needed_for : the analysis, for the error
    Raises MissingLibraryError with the command that installs it.
    """
    with warnings.catch_warnings():
        # ema-workbench remarks on back-ends that are not installed and are not needed here.
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            found = _DISTRIBUTIONS.get((error.name or name).partition(".")[0], error.name or name)
            raise MissingLibraryError(
                f"{needed_for}: needs {found}, which is not installed; expected the extra 'analysis': {INSTALL}"
            ) from None
