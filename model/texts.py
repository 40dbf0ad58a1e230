"""Texts as people save them: other encodings are named, characters of another keyboard are shown where they stand."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from model.directions import shown

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_AS_UTF_8 = "expected UTF-8: save it as 'UTF-8' (in Excel: 'CSV UTF-8')"
#: What a Chinese keyboard types for these, beyond the wide letters that Unicode knows as such.
_OTHER_KEYS = {"“": '"', "”": '"', "‘": "'", "’": "'", "、": ",", "。": ".", "【": "[", "】": "]", "−": "-"}
#: Text between quotes and comments may hold any character.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
#: What stands between Chinese quotes was meant as text.
_WIDE_QUOTED = re.compile(r"([“‘])([^“”‘’\n]*)([”’])")

#: A Chinese text of a TOML file, wherever it stands.
_CHINESE = re.compile(r"""\bzh\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)')""")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)


class EncodingError(ValueError):
    """A file that is saved in another encoding than UTF-8; the message names file, line and encoding."""


class Wide(NamedTuple):
    """A character of another keyboard in a text, and what to type there; lines and columns from 1."""

    line: int
    column: int
    found: str
    meant: str

    def __str__(self) -> str:
        name = unicodedata.name(self.found, "").lower()
        return f"column {self.column}: '{self.found}' ({name}); expected '{self.meant}'"


def decoded(raw: bytes, name: str) -> str:
    """The text of a file saved as UTF-8, with or without a byte order mark.

    name : of the file, in messages
    Raises EncodingError for another encoding.
    """
    if raw.startswith(_UTF_16_MARKS) or raw[:400].count(0) > len(raw[:400]) // 4:
        raise EncodingError(f"{name}:1: is saved as UTF-16 ('Unicode'); {_AS_UTF_8}")
    try:
        text = raw.removeprefix(_UTF_8_MARK).decode("utf-8")
    except UnicodeDecodeError as problem:
        raise EncodingError(_not_utf_8(name, raw, problem)) from None
    for found in _CHINESE.finditer(text):
        if _is_gbk_by_chance(found[1] or found[2] or ""):
            line = text.count("\n", 0, found.start()) + 1
            raise EncodingError(_is_gbk(name, line, found[0].encode().decode("gb2312")))
    return text


def _is_gbk_by_chance(chinese: str) -> bool:
    """Whether a Chinese text without a Chinese character has some once its bytes are read as GBK.

    The two bytes of 一 in GBK are in UTF-8 the Cyrillic letter һ. Words with an accent, such as Café, are meant.
    """
    if chinese.isascii() or _HAN.search(chinese):
        return False
    try:
        read_again = chinese.encode().decode("gb2312")
    except UnicodeDecodeError:
        return False
    accented = re.search("[a-zA-Z]", chinese) and max(chinese) < "\u0100"
    return not accented and all(_HAN.match(character) for character in read_again if not character.isascii())


def _not_utf_8(name: str, raw: bytes, problem: UnicodeDecodeError) -> str:
    """In which encoding a file seems to be saved: Chinese Windows and its Excel save in GBK unless told otherwise."""
    start = problem.start + (len(_UTF_8_MARK) if raw.startswith(_UTF_8_MARK) else 0)
    line = raw.count(b"\n", 0, start) + 1
    bad = raw.split(b"\n")[line - 1].strip()
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return f"{name}:{line}: byte 0x{raw[start]:02x} is not UTF-8; {_AS_UTF_8}"
    found = bad.decode("gb18030", "replace") if text else ""
    return _is_gbk(name, line, found)


def _is_gbk(name: str, line: int, found: str) -> str:
    return f"{name}:{line}: is saved as GBK ('ANSI'), where this line is {shown(found)}; {_AS_UTF_8}"


def first_wide(text: str) -> Wide | None:
    """The first character of another keyboard that stands outside of quotes and comments, or None."""
    return next(_wide(text), None)


def wide_lines(text: str) -> Iterator[tuple[Wide, int]]:
    """Of every line with characters of another keyboard the first, as `first_wide` has it, and how many follow."""
    for _, found in groupby(_wide(text), key=lambda wide: wide.line):
        first, *others = found
        yield first, len(others)


def _wide(text: str) -> Iterator[Wide]:
    blanked = _QUOTED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    blanked = _WIDE_QUOTED.sub(lambda match: match[1] + " " * len(match[2]) + match[3], blanked)
    for number, line in enumerate(blanked.split("\n"), 1):
        for column, character in enumerate(line, 1):
            meant = narrow(character)
            if meant != character:
                yield Wide(number, column, character, meant)


def number_meant(found: Any) -> str:
    """The number that a text is without quotes, on an English keyboard: 120 of "120" and １２０; else nothing."""
    typed = narrow(found).strip() if isinstance(found, str) else ""
    return typed if _NUMBER.fullmatch(typed) else ""


def narrow(text: str) -> str:
    """A text with digits, letters and punctuation as they stand on an English keyboard: ０．５ as 0.5."""
    return "".join(_narrow(character) for character in text)


def _narrow(character: str) -> str:
    if character in _OTHER_KEYS:
        return _OTHER_KEYS[character]
    is_wide = "\uff01" <= character <= "\uff5e" or character in "\u3000\u00a0"
    return unicodedata.normalize("NFKC", character) if is_wide else character


def separator_of(text: str) -> str:
    """What separates the cells of a CSV text: a spreadsheet writes semicolons where the comma is for decimals."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def plain_number(cell: str, separator: str) -> str:
    """A cell that is a number as a spreadsheet shows it, 1,234.5 or with a decimal comma, as a program writes it.

    separator : of the cells; between commas a comma in a number stands for thousands, else for decimals
    Whatever can be read in two ways stays as it is: 1,234 where cells are not separated by commas.
    """
    text = cell.strip()
    if _THOUSANDS.fullmatch(text) and (separator == "," or "." in text or text.count(",") > 1):
        return text.replace(",", "")
    if separator != "," and _DECIMAL_COMMA.fullmatch(text) and not _THOUSANDS.fullmatch(text):
        return text.replace(",", ".")
    return cell
