"""Words of the command line, and how they are printed where nothing is laid out: rich is not imported for them."""

import codecs
import json
import os
import sys
import unicodedata
from typing import Any

from scenarios.wordbook import wordbook


def word(key: str, lang: str, /, **words: Any) -> str:
    """A text of the catalogue, braces filled in; a bare key is one of the section `cli`.

    `scenarios.catalogue` has it too, together with all labels of the model; this reads the same file without the model.
    """
    section, _, name = key.rpartition(".")
    found: str = wordbook(lang)[section or "cli"][name]
    return found.format(**words) if words else found


def print_json(data: Any) -> None:
    """JSON on standard output, in UTF-8 whatever the terminal's encoding.

    What is not a number must have been made null. What is no character (half of a pair, from the name of a file) is
    written as JSON's own escape.
    """
    written = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(written.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


#: What stands for a character that the terminal's encoding (GBK, cp1252) lacks.
_PLAIN = {
    "−": "-", "–": "-", "—": "-", "‑": "-", "×": "x", "·": ".", "…": "...", "→": "->", "±": "+-", "≥": ">=", "≤": "<=",
    "‘": "'", "’": "'", "“": '"', "”": '"', "′": "'",
}  # fmt: skip


def print_plainly() -> None:
    """From here on print a likeness of what the terminal's encoding lacks, and ? where there is none."""
    codecs.register_error("gongzhi", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="gongzhi")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(c) or _likeness(c) for c in lacking), error.end


def _likeness(character: str) -> str:
    """2 for ², 1/2 for ½; ? for what has none."""
    found = unicodedata.normalize("NFKD", character).replace("⁄", "/")
    return found if found.isascii() else "?"


def silence_output() -> None:
    """Give what is still to be printed to nobody: whoever read it has gone."""
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, sys.stdout.fileno())
    os.close(nobody)
