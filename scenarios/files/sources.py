"""The references that shipped cases cite: rows of the seed documents, tables of the evidence, judgement."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from scenarios.files.checking import check, read_toml
from scenarios.files.quantities import FileTable


class Reference(FileTable):
    """Something a quantity may be based on."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    kind: Literal["document", "statistics", "literature", "judgement"]


class ReferenceFile(FileTable):
    """The file of references."""

    references: dict[str, Reference]


@cache
def load_sources() -> dict[str, Reference]:
    """References by identifier. A quantity's `source` holds identifiers joined by ` + `."""
    file = files("scenarios") / "sources.toml"
    return check(read_toml(file), ReferenceFile).references
