"""`gongzhi baseline`: ten frozen tasks, by the model's rules or by a table of recorded decisions."""

import os
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np

from commands.console import PlainTable, notes, results, say
from commands.group import WrongInput, unwritable
from commands.summary import finite
from commands.wording import print_json, word
from scenarios.baseline import DecisionTable, Measured, Score, measure, read_table, record, score, write_table
from scenarios.baseline.frozen import OUTCOMES, frozen_digests
from scenarios.baseline.situations import DECISIONS
from scenarios.catalogue import between, number, text
from scenarios.quantiles import quantiles

_UNITS = dict.fromkeys(OUTCOMES, "share") | {"mean_support": "−1 to 1"}


def run(
    *,
    table: str | None,
    unknown: str | None,
    record: str | None,
    digits: int | None,
    force: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Measure, record or score. Raises UsageError, WrongInput."""
    _refuse_together(table, unknown, record, digits)
    for option, path in (("--unknown", unknown), ("--record", record)):
        if path is not None and os.path.lexists(Path(path).expanduser()) and not force:
            raise WrongInput(f"{option} {path!r}: is there already; expected a new one, or --force")
    if record is not None:
        _record(record, digits, lang, as_json)
    elif table is not None:
        _score(table, unknown, lang, quiet=quiet, as_json=as_json)
    else:
        _measure(lang, quiet=quiet, as_json=as_json)


def _refuse_together(table: str | None, unknown: str | None, record: str | None, digits: int | None) -> None:
    if table is not None and record is not None:
        raise click.UsageError("--table and --record: expected one of them")
    if unknown is not None and table is None:
        raise click.UsageError("--unknown: there is no table; expected --table FILE as well")
    if digits is not None and record is None:
        raise click.UsageError("--digits: nothing is recorded; expected --record FILE as well")


# -- the rules ----------------------------------------------------------------------------------------------------


def _measure(lang: str, *, quiet: bool, as_json: bool) -> None:
    found, frozen = measure(), frozen_digests()
    moved = [one.task.id for one in found if frozen.get(one.task.id) != one.digest]
    if as_json:
        print_json({"tasks": [_data(one) for one in found], "moved": moved})
        return
    if quiet:
        return
    console = results()
    console.print(_distributions(found, lang))
    console.print()
    if moved:
        console.print(say("baseline.moved", lang, tasks=", ".join(moved)))
    else:
        console.print(say("baseline.as_frozen", lang))
    console.print(say("sweep.not_a_forecast", lang))


def _distributions(found: list[Measured], lang: str) -> PlainTable:
    table = PlainTable()
    table.add_column(word("baseline.column_task", lang))
    for name in OUTCOMES:
        table.add_column(text(f"outcome.{name}", lang), justify="right")
    for one in found:
        cells = [_cell(one.values[name].dropna().to_numpy(), name, lang) for name in OUTCOMES]
        table.add_row(one.task.zh if lang == "zh" else one.task.en, *cells)
    return table


def _cell(values: np.ndarray, name: str, lang: str) -> str:
    if not len(values):
        return text("number.missing", lang)
    low, median, high = (number(v, _UNITS[name], lang) for v in quantiles(values, censored=False))
    return f"{median} ({between(low, high, lang)})"


def _data(one: Measured) -> dict[str, Any]:
    values = {name: [finite(v) for v in one.values[name]] for name in OUTCOMES}
    return {"task": one.task.id, "seeds": list(one.task.seeds), "digest": one.digest, "values": values}


# -- tables -------------------------------------------------------------------------------------------------------


def _record(path: str, digits: int | None, lang: str, as_json: bool) -> None:
    made = record(digits)
    _write(made, path, "--record")
    if as_json:
        print_json({"table": path, "situations": len(made.rows), "digits": digits})
    else:
        results().print(say("baseline.recorded", lang, n=f"{len(made.rows):,}", file=path))


def _write(table: DecisionTable, path: str, option: str) -> None:
    """Whole or not at all. Raises what `unwritable` does."""
    goal = Path(path).expanduser()
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=goal.parent, prefix=f".{goal.name}.") as scratch:
            made = Path(scratch) / goal.name
            write_table(table, made)
            made.replace(goal)
    except OSError as error:
        raise unwritable(option, path, error) from None


def _score(path: str, unknown: str | None, lang: str, *, quiet: bool, as_json: bool) -> None:
    found = score(read_table(path), unknown="refuse" if unknown is None else "rules")
    if unknown is not None:
        _write(found.unknown, unknown, "--unknown")
    if as_json:
        print_json(_scored(found))
    elif not quiet:
        _print_score(found, lang)
    if unknown is not None and found.unknown.rows:
        notes().print(say("baseline.unknown", lang, n=f"{len(found.unknown.rows):,}", file=unknown))


def _scored(found: Score) -> dict[str, Any]:
    outcomes = found.outcomes.reset_index().to_dict("records")
    decisions = found.decisions.reset_index().to_dict("records")
    tidy = [
        {k: finite(v) if isinstance(v, float) else v for k, v in row.items()} for row in outcomes + decisions
    ]
    n = len(outcomes)
    return {
        "exact": found.exact,
        "outcomes": tidy[:n],
        "decisions": tidy[n:],
        "unknown": len(found.unknown.rows),
    }


def _print_score(found: Score, lang: str) -> None:
    console = results()
    table = PlainTable()
    for name in ("task", "outcome"):
        table.add_column(word(f"baseline.column_{name}", lang))
    for name in ("rules", "table", "distance", "ks", "n"):
        table.add_column(word(f"baseline.column_{name}", lang), justify="right")
    called = {one.task.id: one.task.zh if lang == "zh" else one.task.en for one in found.measured}
    for (task, outcome), row in found.outcomes.iterrows():
        shown = [_value(row[name], outcome, lang) for name in ("rules", "table", "distance")]
        n = f"{row['n_rules']:.0f}/{row['n_table']:.0f}"
        table.add_row(called[task], text(f"outcome.{outcome}", lang), *shown, f"{row['ks']:.2f}", n)
    console.print(table)
    console.print()
    console.print(_decisions(found, lang))
    console.print()
    console.print(say("baseline.exact" if found.exact else "baseline.not_exact", lang))


def _value(value: float, outcome: str, lang: str) -> str:
    return number(value, _UNITS[outcome], lang).lstrip("+")


def _decisions(found: Score, lang: str) -> PlainTable:
    table = PlainTable()
    table.add_column(word("baseline.column_decision", lang))
    for name in ("asked", "by_rules", "off"):
        table.add_column(word(f"baseline.column_{name}", lang), justify="right")
    for name, row in found.decisions.iterrows():
        decision = DECISIONS[str(name)]
        off = text("number.missing", lang) if np.isnan(row["off"]) else f"{row['off']:.4f}"
        label = decision.zh if lang == "zh" else decision.en
        table.add_row(label, f"{row['asked']:,.0f}", f"{row['by_rules']:,.0f}", off)
    return table
