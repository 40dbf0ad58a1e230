"""Tables of recorded decisions: the hash of a situation, and what a resident does in it.

JSON lines, the first of which says what the file is; or the same as Parquet:

    {"table": "gongzhi decisions 1", "digits": 2}
    {"key": "9f2c…", "decision": "attend", "situation": {"elder": true, …}, "answer": 0.4, "times": 12}

`answer` is true, false, or the chance that the resident does it, in [0, 1]. `situation` is there to be read, and to be
answered by whoever fills the table; with it, `key` may be left out. `times`, how often it was met, may be left out too.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.baseline.situations import DECISIONS, Features, situation_key
from scenarios.files.problems import ScenarioError, listed, nearest, shown

FORM = "gongzhi decisions 1"
_COLUMNS = ("key", "decision", "situation", "answer", "times")


class TableError(ScenarioError):
    """A table that cannot be used: file, line, what was found and what was expected."""


class UnknownSituationError(ScenarioError):
    """A resident is in a situation that the table does not have."""


class Row(NamedTuple):
    """One situation. answer : the chance that the resident does it; None where nobody has answered yet"""

    key: str
    decision: str
    situation: Features | None
    answer: float | None
    times: int = 1


class DecisionTable(NamedTuple):
    """Answers by situation. digits : decimals of the numbers in a situation before it is hashed; None: all"""

    rows: dict[str, Row]
    digits: int | None = None
    name: str = "table"

    def chance(self, key: str) -> float | None:
        """The answer to a situation; None where there is none."""
        row = self.rows.get(key)
        return None if row is None else row.answer


def write_table(table: DecisionTable, path: str | Path) -> None:
    """Write a table, as Parquet where the name ends so, else as JSON lines; the same table is the same file."""
    goal = Path(path)
    rows = sorted(table.rows.values(), key=lambda row: (row.decision, row.key))
    if goal.suffix == ".parquet":
        columns = {name: [_cell(row, name) for row in rows] for name in _COLUMNS}
        about = {"table": FORM, "digits": json.dumps(table.digits)}
        pq.write_table(pa.table(columns).replace_schema_metadata(about), goal)
        return
    lines = [
        {"table": FORM, "digits": table.digits},
        *({name: getattr(row, name) for name in _COLUMNS} for row in rows),
    ]
    text = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    goal.write_text(text, encoding="utf-8")


def _cell(row: Row, name: str) -> Any:
    value = getattr(row, name)
    return json.dumps(value, ensure_ascii=False) if name == "situation" and value is not None else value


def read_table(path: str | Path) -> DecisionTable:
    """Read a table. Raises TableError for the first line that cannot be used."""
    place = Path(path)
    try:
        about, lines = _parquet(place) if place.suffix == ".parquet" else _json_lines(place)
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0][:80]
        raise TableError(
            f"{place}: cannot be read ({reason.lower()}); expected a table of decisions"
        ) from None
    if about.get("table") != FORM:
        raise TableError(f"{place}: table = {shown(about.get('table'))}; expected {FORM!r} in its first line")
    digits = about.get("digits")
    if digits is not None and (type(digits) is not int or not 0 <= digits <= 15):
        raise TableError(f"{place}: digits = {shown(digits)}; expected a whole number from 0 to 15, or null")
    rows: dict[str, Row] = {}
    for where, line in lines:
        row = _row(where, line)
        if row.key in rows:
            raise TableError(f"{where}: key = {shown(row.key)} is there twice; expected each situation once")
        rows[row.key] = row
    return DecisionTable(rows, digits, place.name)


def _json_lines(place: Path) -> tuple[dict[str, Any], Iterable[tuple[str, Any]]]:
    numbered = [
        (f"{place}:{number}", line)
        for number, line in enumerate(place.read_text(encoding="utf-8-sig").split("\n"), 1)
        if line.strip()
    ]
    if not numbered:
        return {}, []
    about = _parsed(*numbered[0])
    return about, ((where, _parsed(where, line)) for where, line in numbered[1:])


def _parsed(where: str, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise TableError(f"{where}: {shown(line)}; expected a JSON object")
    return found


def _parquet(place: Path) -> tuple[dict[str, Any], Iterator[tuple[str, Any]]]:
    held = pq.read_table(place)
    about = {key.decode(): value.decode() for key, value in (held.schema.metadata or {}).items()}
    about_it: dict[str, Any] = {
        "table": about.get("table"),
        "digits": json.loads(about.get("digits", "null")),
    }
    return about_it, (
        (
            f"{place}: row {number}",
            {name: value for name, value in _of_parquet(line).items() if value is not None},
        )
        for number, line in enumerate(held.to_pylist(), 1)
    )


def _of_parquet(line: dict[str, Any]) -> dict[str, Any]:
    told = line.get("situation")
    return {**line, "situation": json.loads(told) if told else None}


def _row(where: str, line: dict[str, Any]) -> Row:
    """One line. Raises TableError."""
    unknown = next((name for name in line if name not in _COLUMNS), None)
    if unknown is not None:
        raise TableError(f"{where}: unknown key {shown(unknown)}{nearest(unknown, _COLUMNS)}")
    decision = line.get("decision")
    if decision not in DECISIONS:
        raise TableError(
            f"{where}: decision = {shown(decision)}; expected one of {listed(list(DECISIONS))}"
            f"{nearest(str(decision), list(DECISIONS))}"
        )
    told = line.get("situation")
    if told is not None and not isinstance(told, dict):
        raise TableError(f"{where}: situation = {shown(told)}; expected a JSON object, or nothing")
    times = line.get("times", 1)
    return Row(_key(where, line, decision, told), decision, told, _answer(where, line), times)


def _key(where: str, line: dict[str, Any], decision: str, told: Features | None) -> str:
    key = line.get("key")
    made = None if told is None else situation_key(decision, told)
    if key is None and made is not None:
        return made
    if not isinstance(key, str):
        raise TableError(
            f"{where}: key = {shown(key)}; expected the hash of a situation, or the situation itself"
        )
    if made is not None and made != key:
        raise TableError(
            f"{where}: key = {shown(key)}; expected {made!r}, the hash of the situation beside it"
        )
    return key


def _answer(where: str, line: dict[str, Any]) -> float | None:
    answer = line.get("answer")
    if answer is None:
        return None
    if not isinstance(answer, bool | int | float) or not 0 <= answer <= 1:
        raise TableError(f"{where}: answer = {shown(answer)}; expected true, false or a chance from 0 to 1")
    return float(answer)
