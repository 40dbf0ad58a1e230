"""Texts of files, and numbers written as fractions."""

import re
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from model.reading import read_at_most
from model.texts import EncodingError, decoded
from scenarios.files.problems import ScenarioError

_FRACTION = re.compile(r"\s*(\d{1,4})\s*/\s*([1-9]\d{0,3})\s*")


def number_meant(value: Any) -> Any:
    """The number a fraction such as `"2/3"` stands for; anything else as it is.

    Thresholds are compared as exact fractions of at most twelve parts, so that 2/3 is exactly two of three.
    """
    fraction = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    return int(fraction[1]) / int(fraction[2]) if fraction else value


def read_text(file: Traversable | Path, name: str, largest: int) -> str:
    """The text of a file saved as UTF-8, with or without a byte order mark.

    name : of the file, in messages; largest : bytes
    Raises OSError as `read_at_most` does, ScenarioError for another encoding.
    """
    try:
        return decoded(read_at_most(file, largest), name)
    except EncodingError as error:
        raise ScenarioError(str(error)) from None
