"""JSON of whoever wrote it: a limit comes before the first byte is read, and what is no JSON is refused.

And what lies in a folder, for who is about to write there.
"""

import json
import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from model.directions import listed, shown
from model.reading import read_at_most

#: What may be half of a character, where the other half is not beside it.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
#: A manifest or a state of a hundred thousand runs takes a few megabytes.
LARGEST_JSON = 64_000_000


def read_json(file: Path, largest: int = LARGEST_JSON, *, infinite: bool = False) -> Any:
    """What a JSON file holds.

    infinite : let NaN, Infinity and numbers beyond all range pass, which are no JSON and cannot be written as such
    Raises OSError as `read_at_most` does, ValueError for anything but JSON in UTF-8, for what is nested ten thousand
    deep, and for half of a character, which could be read but neither shown nor written.
    """
    text = read_at_most(file, largest).decode("utf-8")  # `json` would let halves pass
    try:
        found = (
            json.loads(text) if infinite else json.loads(text, parse_float=_number, parse_constant=_number)
        )
        if _HALF.search(text):
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def names_in(folder: Path, known: Collection[str] = ()) -> str:
    """What lies in a folder, in words; nothing where it is empty or not there. Hidden files do not count.

    known : names that may lie there. Raises OSError.
    """
    if not folder.is_dir():
        return ""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    return listed([shown(name)[1:-1] for name in names if name not in known], 3)


def _number(text: str) -> float:
    """A number that can be written again. Raises ValueError for the others: 1e400, NaN."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number of JSON")
    return number
