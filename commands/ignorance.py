"""What `gongzhi compare` says of the parameters that are not known: strategies under every plausible set of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from commands.console import PlainTable, say, word
from commands.progress import Progress
from commands.simulation import refuse_too_many
from commands.summary import finite, signed, spread
from model.measures import SUMMARY
from model.specification import Scenario, Strategy
from scenarios.calibration.survivors import load_survivors
from scenarios.catalogue import number, text
from scenarios.files.strategyfile import strategy_name
from scenarios.ignorance import Bands, PlausibleDifference, bands, plausible_difference, plausible_summary

#: Seeds under every set: their mean is compared between sets, and more would say little.
SEEDS_OF_A_SET = 5


@dataclass(frozen=True)
class Ignorance:
    """Runs under plausible sets of parameters, and what they say. summary : of `plausible_summary`"""

    summary: pd.DataFrame
    sets: int
    seeds: int
    levels: list[Bands]
    differences: list[PlausibleDifference]

    def data(self) -> dict[str, Any]:
        """For JSON; `null` for what is infinite (not reached) or has no value."""
        return {
            "sets": self.sets,
            "seeds_of_a_set": self.seeds,
            "levels": [_finite(asdict(level)) for level in self.levels],
            "differences": [_finite({**asdict(d), "determined": d.determined}) for d in self.differences],
        }


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {key: finite(value) if isinstance(value, float) else value for key, value in values.items()}


def ignorance(
    scenarios: Sequence[Scenario],
    pairs: Sequence[tuple[str, str]],
    outcomes: Sequence[str],
    seeds: Sequence[int],
    sets: int,
    threads: int | None,
    progress: Progress,
) -> Ignorance:
    """Run the scenarios under `sets` plausible sets of parameters with the first of the seeds."""
    survivors = load_survivors()
    rows, chosen = survivors.rows(sets), list(seeds)[:SEEDS_OF_A_SET]
    refuse_too_many(len(rows) * len(chosen) * sum(scenario.horizon_weeks for scenario in scenarios))
    progress.phase("plausible")
    summary = plausible_summary(scenarios, survivors, rows, chosen, threads)
    levels = [bands(summary, outcome, s.strategy.id) for s in scenarios for outcome in outcomes]
    differences = [plausible_difference(summary, outcome, a, b) for a, b in pairs for outcome in outcomes]
    return Ignorance(summary, len(rows), len(chosen), levels, differences)


def print_ignorance(console: Console, found: Ignorance, strategies: Sequence[Strategy], lang: str) -> None:
    """A table of chance and ignorance for every strategy, and one of differences for every pair."""
    names = {strategy.id: strategy_name(strategy, lang) for strategy in strategies}
    console.print()
    console.print(say("plausible_title", lang, sets=found.sets, seeds=found.seeds), style="bold")
    console.print(_levels_table(found.levels, names, lang))
    for a, b in dict.fromkeys((d.a, d.b) for d in found.differences):
        console.print()
        console.print(say("difference_title", lang, a=names[a], b=names[b]), style="bold")
        mine = [d for d in found.differences if (d.a, d.b) == (a, b)]
        console.print(_differences_table(mine, names, found.sets, lang))
    console.print()
    console.print(say("plausible_note", lang))


def _levels_table(levels: Sequence[Bands], names: dict[str, str], lang: str) -> Table:
    table = PlainTable()
    table.add_column(text("report.outcome", lang))
    for key in ("strategy", "median", "chance", "ignorance", "sets"):
        table.add_column(word(f"column_{key}", lang), justify="right")
    for outcome in dict.fromkeys(level.outcome for level in levels):
        for i, level in enumerate(each for each in levels if each.outcome == outcome):

            def written(value: float, outcome: str = outcome) -> str:
                return _level(outcome, value, lang)

            table.add_row(
                text(f"summary.{outcome}", lang) if i == 0 else "",
                names[level.strategy],
                written(level.middle),
                spread(written(level.chance_low), written(level.chance_high), lang) if level.n_sets else "",
                spread(written(level.low), written(level.high), lang) if level.n_sets else "",
                f"{level.n_sets}/{level.sets}",
            )
    return table


def _differences_table(
    differences: Sequence[PlausibleDifference], names: dict[str, str], sets: int, lang: str
) -> Table:
    table = PlainTable()
    table.add_column(text("report.outcome", lang))
    for key in ("difference", "ignorance", "ahead_sets", "behind_sets", "sets"):
        table.add_column(word(f"column_{key}", lang), justify="right")
    table.add_column(text("report.verdict", lang))
    for d in differences:
        low, high = (signed(d.outcome, value, lang) for value in (d.low, d.high))
        table.add_row(
            text(f"summary.{d.outcome}", lang),
            signed(d.outcome, d.middle, lang) if d.n_sets else "",
            spread(low, high, lang) if d.n_sets else "",
            f"{100 * d.share_a:.0f} %" if d.n_sets else "",
            f"{100 * d.share_b:.0f} %" if d.n_sets else "",
            f"{d.n_sets}/{sets}",
            word(f"plausible_{finding(d)}", lang, a=names[d.a], b=names[d.b]),
            style="" if d.determined else "dim",
        )
    return table


def finding(d: PlausibleDifference) -> str:
    """`a`, `b` or `undetermined`: who is ahead in nine sets of ten."""
    if not d.determined:
        return "undetermined"
    return "a" if d.share_a > d.share_b else "b"


def _level(outcome: str, value: float, lang: str) -> str:
    if value == float("inf"):
        return word("not_reached_cell", lang)
    return number(value, SUMMARY[outcome].unit, lang)
