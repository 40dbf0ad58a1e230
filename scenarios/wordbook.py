"""The file of texts of a language, as it is written: read once for the command line and the catalogue alike."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def wordbook(lang: str) -> dict[str, Any]:
    """The tables of `text/zh.toml` or `text/en.toml`; nobody may change them."""
    return tomllib.loads((files("scenarios") / "text" / f"{lang}.toml").read_text(encoding="utf-8"))
