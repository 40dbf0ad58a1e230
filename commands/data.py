"""Households and ties of one's own on the command line: `--households FILE`, `--ties FILE`, and checking such files."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from commands.wording import word
from model.households import COLUMNS, PLACES, Tables
from model.specification import Compound
from model.table_files import TableError, read_tables, read_ties_alone, table_of
from scenarios.catalogue import number
from scenarios.files.problems import ScenarioError
from scenarios.loading import Case

#: What own tables are saved as.
SUFFIXES = (".csv", ".parquet", ".graphml")
KINDS = ("households", "ties")


def with_data(case: Case, households: str | None, ties: str | None) -> Case:
    """The case with these files in place of the households and ties it draws. Raises ScenarioError."""
    if households is None and ties is None:
        return case
    drawn = case.quantities().get("compound.households")
    n = Compound().households if drawn is None else int(drawn.value)
    return case.with_tables(_read(households, ties, n))


def _read(households: str | None, ties: str | None, drawn: int = 0) -> Tables:
    try:
        return read_tables(households, ties, drawn=drawn)
    except TableError as error:
        raise ScenarioError(str(error)) from None


def is_table(name: str) -> bool:
    """Whether a file is a table or a graph, by its name."""
    return Path(name).suffix.lower() in SUFFIXES


def checked_table(file: str, kind: str, files: Sequence[str], lang: str) -> str:
    """What a table or graph holds; ties between the households of the one table of them among the files.

    kind : `households`, `ties`, or another word where the columns tell
    Raises ScenarioError.
    """
    if (kind if kind in KINDS else kind_of(file)) == "households":
        return checked_households(file, lang)
    beside = [other for other in files if other != file and _holds_households(other)]
    if len(beside) > 1:
        raise ScenarioError(f"{file}: ties of {' or '.join(beside)}; expected one table of households")
    return checked_ties(file, beside[0] if beside else None, lang)


def _holds_households(file: str) -> bool:
    try:
        return is_table(file) and kind_of(file) == "households"
    except ScenarioError:
        return False  # said where this file is checked


def kind_of(name: str) -> str:
    """What a table holds by its columns, or a graph: `households` or `ties`. Raises ScenarioError."""
    if name.lower().endswith(".graphml"):
        return "ties"
    try:
        return table_of(name)
    except TableError as error:
        raise ScenarioError(str(error)) from None


def tables_of(case: Case, lang: str) -> list[str]:
    """What each table of households or ties holds that a case names, a line each."""
    said = {"households": _households_of, "ties": _ties_of}
    return [
        f"compounds.{compound.id}, {file.file}: {said[file.table](compound.tables, lang)}"
        for compound in case.compounds.values()
        if compound.tables is not None
        for file in compound.tables.files
    ]


def checked_households(file: str, lang: str) -> str:
    """What a file of households holds. Raises ScenarioError."""
    return _households_of(_read(file, None), lang)


def _households_of(tables: Tables, lang: str) -> str:
    shares = {name: number(value, "share", lang) for name, value in tables.numbers.items()}
    told = {
        "compounds": f"{len(tables.compounds):,}",
        **{name: f"{size:,}" for name, size in tables.district.items() if name != "compounds"},
        "stairwells": f"{sum(one.n_stairwells for one in tables.compounds):,}",
        "floors": f"{tables.numbers['floors']:g}",
        "area": number(tables.numbers["area_mean_m2"], "m²", lang),
        "owner_occupied": shares["owner_occupied"],
        "rented_out": shares["rented_out"],
        "traits": _labels((n for n in tables.compounds[0].columns if n not in PLACES), lang),
        "drawn": _labels((n for n in COLUMNS if n not in tables.compounds[0].columns), lang),
    }
    return word("ok_households", lang, **told)


def checked_ties(file: str, households: str | None, lang: str) -> str:
    """What a file of ties holds, between the households of another file where one is given. Raises ScenarioError."""
    tables = _of_themselves(file) if households is None else _read(households, file)
    return _ties_of(tables, lang, alone=households is None)


def _ties_of(tables: Tables, lang: str, *, alone: bool = False) -> str:
    pairs = sum(len(one.ties) for one in tables.compounds if one.ties is not None)
    n = sum(map(len, tables.compounds))
    told = {"ties": f"{pairs:,}", "households": f"{n:,}", "mean": f"{2 * pairs / max(n, 1):.1f}"}
    unread = [name for table in tables.files for name in table.unread]
    left = word("unread", lang, names=", ".join(unread)) if unread else ""
    return word("ok_ties_alone" if alone else "ok_ties", lang, **told) + left


def _of_themselves(file: str) -> Tables:
    try:
        return read_ties_alone(file)
    except TableError as error:
        raise ScenarioError(str(error)) from None


def _labels(names: Iterable[str], lang: str) -> str:
    columns = [COLUMNS[name] for name in names]
    said = [column.zh if lang == "zh" else column.en for column in columns]
    return ("、" if lang == "zh" else ", ").join(said) or word("nothing", lang)
