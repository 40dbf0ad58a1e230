"""What `gongzhi run` and `compare` say of parameters that are not known: the same under every plausible set."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from commands.console import PlainTable, say
from commands.progress import Progress
from commands.simulation import refuse_too_many
from commands.summary import finite
from commands.wording import word
from model.specification import District, Scenario, Strategy
from scenarios.catalogue import text
from scenarios.files.strategyfile import strategy_name
from scenarios.ignorance import SEEDS_OF_A_SET, Ignorance, ignorance_of, ignorance_of_district
from scenarios.ignorance_words import difference_head, difference_rows, level_rows

if TYPE_CHECKING:
    from scenarios.own import Own


def under_plausible_sets(
    scenarios: Sequence[Scenario],
    pairs: Sequence[tuple[str, str]],
    outcomes: Sequence[str],
    seeds: Sequence[int],
    sets: int,
    threads: int | None,
    progress: Progress,
    own: "Own | None" = None,
) -> Ignorance:
    """Run the scenarios under `sets` plausible sets of parameters. own : what --own brings, which runs them

    Raises WrongInput for more than memory holds.
    """
    n_runs = sets * min(len(seeds), SEEDS_OF_A_SET) * len(scenarios)
    refuse_too_many(n_runs // len(scenarios) * sum(scenario.horizon_weeks for scenario in scenarios))
    progress.phase("plausible", n_runs)
    summarise = None if own is None else partial(own.summary, progress=progress.advance)
    return ignorance_of(
        scenarios,
        outcomes,
        seeds,
        sets,
        pairs=pairs,
        threads=threads,
        summary_of=summarise,
        progress=progress.advance,
    )


def district_under_plausible_sets(
    scenario: Scenario,
    district: District,
    seeds: Sequence[int],
    sets: int,
    threads: int | None,
    progress: Progress,
    own: "Own | None" = None,
) -> Ignorance:
    """Run the district under `sets` plausible sets of parameters, set by set.

    own : what --own brings, which runs them
    """
    progress.phase("plausible", sets)
    return ignorance_of_district(
        scenario,
        district,
        seeds,
        sets,
        threads=threads,
        progress=progress.advance,
        results_of=None if own is None else own.simulate_districts,
    )


def ignorance_data(found: Ignorance) -> dict[str, Any]:
    """For JSON; `null` for what is infinite (not reached) or has no value."""
    return {
        "sets": found.sets,
        "seeds_of_a_set": found.seeds,
        "levels": [_finite(asdict(level)) for level in found.levels],
        "differences": [_finite({**asdict(d), "determined": d.determined}) for d in found.differences],
    }


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {key: finite(value) if isinstance(value, float) else value for key, value in values.items()}


def print_ignorance(console: Console, found: Ignorance, strategies: Sequence[Strategy], lang: str) -> None:
    """A table of chance and ignorance for every strategy, and one of differences for every pair."""
    names = {strategy.id: strategy_name(strategy, lang) for strategy in strategies}
    console.print()
    console.print(say("ignorance.title", lang, sets=found.sets, seeds=found.seeds), style="bold")
    several = len(names) > 1
    columns = (*(["strategy"] if several else []), "median", "chance", "ignorance", "sets")
    table = _table(lang, *(word(f"ignorance.{key}", lang) for key in columns))
    before = ""
    for row in level_rows(found, names, lang):
        first = row.outcome if row.outcome != before else ""
        table.add_row(first, *(row[1:] if several else row[2:]))
        before = row.outcome
    console.print(table)
    for a, b in dict.fromkeys((d.a, d.b) for d in found.differences):
        console.print()
        console.print(say("difference_title", lang, a=names[a], b=names[b]), style="bold")
        table = _table(lang, *difference_head("A", "B", lang))
        table.add_column(text("report.verdict", lang))
        for each in difference_rows(found, a, b, names, lang):
            table.add_row(*each[:-1], style="" if each.determined else "dim")
        console.print(table)
    console.print()
    console.print(say("ignorance.note" if found.differences else "ignorance.note_levels", lang))


def _table(lang: str, *columns: str) -> Table:
    table = PlainTable()
    table.add_column(text("report.outcome", lang))
    for column in columns:
        table.add_column(column, justify="right")
    return table
