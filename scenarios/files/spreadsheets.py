"""Tables for spreadsheets, and names for files: what others have called things stays a word in both.

A spreadsheet takes a cell that begins with = + - or @ for a formula, also in a file that came by mail: a strategy
called `=1+1` would be 2, and worse can be written.
"""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.texts import plain_number, separator_of
from scenarios.files.checking import display_name
from scenarios.files.problems import ScenarioError, shown
from scenarios.files.texts import read_text

#: Excel takes a table for UTF-8 only if it begins with a byte order mark.
EXCEL = "utf-8-sig"
#: What begins a formula, in wide letters too, and what a spreadsheet skips before it.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_ZERO_COMMA = re.compile(r"\s*[+-]?0+,")
#: A spreadsheet shows what follows it as it stands.
_LITERAL = "'"
LONGEST_FILE_NAME = 100
#: Of a table that is analysed: a million runs.
LARGEST_CSV_BYTES = 400_000_000


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers, also in letters, stay as they are."""
    return f"{_LITERAL}{cell}" if _is_formula(cell) else cell


def as_meant(cell: Any) -> Any:
    """What a cell said before it was made harmless."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == _LITERAL and _is_formula(cell[1:]) else cell


def _is_formula(cell: Any) -> bool:
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def csv_of(table: pd.DataFrame, *, end: str = "\n", exact: Collection[str] = ()) -> bytes:
    """A table as CSV that a spreadsheet opens with Chinese intact and without a formula; the index is left out.

    Numbers that come from single precision stand as they are there: 0.825, not 0.824999988079071.
    exact : columns to be written in full; so is any other that needs double precision
    """
    single = {name: np.float32 for name in table if name not in exact and _is_single(table[name])}
    words = _each_word(table.astype(single), harmless)
    return words.to_csv(index=False, lineterminator=end).encode(EXCEL)


def _is_single(column: pd.Series) -> bool:
    if column.dtype != np.float64:
        return False
    values = column.to_numpy()
    with np.errstate(over="ignore"):
        return np.array_equal(values, values.astype(np.float32), equal_nan=True)


def write_csv(table: pd.DataFrame, place: Path, *, exact: Collection[str] = ()) -> None:
    """Write `csv_of` a table."""
    place.write_bytes(csv_of(table, exact=exact))


def read_csv(place: Path) -> pd.DataFrame:
    """A table, whoever wrote it: what was made harmless is as it was meant, and 1,234.5 is a number.

    Raises OSError for a file that is too large or none, ScenarioError for another encoding than UTF-8, for a column
    that stands twice and for rows longer than their header, and what pandas raises.
    """
    text = read_text(place, display_name(place), LARGEST_CSV_BYTES)
    separator = separator_of(text)
    _refuse_columns_twice(place, text, separator)
    table = pd.read_csv(io.StringIO(text), sep=separator)
    if not isinstance(table.index, pd.RangeIndex):  # pandas would take the first cells for names of the rows
        raise ScenarioError(
            f"{place}: the first row has more cells than the header; expected as many, and a decimal point in numbers"
        )
    table = _each_word(table, as_meant)
    for name in table.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]]:
        column = table[name]
        words = column.dropna()
        if len(words) and all(isinstance(word, str) for word in words):
            plain = [typed_number(word, separator) for word in words]
            if plain != list(words):
                numbers = pd.to_numeric(pd.Series(plain, words.index), errors="coerce")
                if not numbers.isna().any():
                    table[name] = numbers.reindex(table.index)
    return table


def typed_number(cell: str, separator: str) -> str:
    """As `plain_number`; but no number of thousands begins with 0, so that 0,134 stays as it is between commas."""
    return cell if separator == "," and _ZERO_COMMA.match(cell) else plain_number(cell, separator)


def _refuse_columns_twice(place: Path, text: str, separator: str) -> None:
    """Raise ScenarioError: of two columns with one name pandas would call the second something else."""
    line, header = next(_csv_rows(text, separator), (1, []))
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        raise ScenarioError(
            "\n".join(
                f"{place}:{line}: column {shown(name)} is given twice; expected each column once"
                for name in twice
            )
        )


def csv_rows(place: Path) -> tuple[str, list[int]]:
    """What separates the cells of a CSV file, and the line at which every row of `read_csv` begins."""
    text = read_text(place, display_name(place), LARGEST_CSV_BYTES)
    separator = separator_of(text)
    return separator, [line for line, _ in _csv_rows(text, separator)][1:]


def _csv_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line at which they begin, as pandas finds them: lines without a cell are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begin = 1
    for row in reader:
        if len(row) > 1 or "".join(row).strip():
            yield begin, row
        begin = reader.line_num + 1


def _each_word(table: pd.DataFrame, change: Any) -> pd.DataFrame:
    """The table with words and headings changed; words that stand often are looked at once."""
    made = table.rename(columns=change)
    for i, (_, column) in enumerate(table.items()):
        if pd.api.types.is_numeric_dtype(column.dtype):
            continue
        words = {word: change(word) for word in column.dropna().unique() if isinstance(word, str)}
        changed = {word: new for word, new in words.items() if new != word}
        if changed:
            made.isetitem(i, column.astype(object).map(lambda cell, c=changed: _looked_up(c, cell)))
    return made


def _looked_up(changed: dict[str, str], cell: Any) -> Any:
    return changed.get(cell, cell) if isinstance(cell, str) else cell


def file_name(name: str) -> str:
    """A name as a file may have it: no folder, nothing hidden, not too long, and different for different names."""
    safe = re.sub(r"[^\w.-]", "_", name).lstrip(".-")[:LONGEST_FILE_NAME] or "_"
    if safe == name:
        return name
    return f"{safe}-{hashlib.blake2b(name.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"
