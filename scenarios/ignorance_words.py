"""What `ignorance` found, in words: the rows of the two tables that terminal, report and pages show."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from scenarios.catalogue import between, missing, number, signed, text, unit_of_outcome
from scenarios.comparison import Direction, direction_of
from scenarios.ignorance import Ignorance, PlausibleDifference


class LevelRow(NamedTuple):
    """One outcome of one strategy, or a total of a district.

    chance, ignorance : ranges; no chance where every set was run once
    middle : with how many of the runs have a value, where some have none; sets : "18/20": those with a value, of all
    """

    outcome: str
    strategy: str
    middle: str
    chance: str
    ignorance: str
    sets: str


class DifferenceRow(NamedTuple):
    """A minus B in one outcome; ahead, behind : shares of the sets; verdict : in a word or two."""

    outcome: str
    middle: str
    ignorance: str
    ahead: str
    behind: str
    sets: str
    verdict: str
    determined: bool


def level_rows(found: Ignorance, names: Mapping[str, str], lang: str) -> Iterator[LevelRow]:
    """A row for every outcome and strategy, outcome by outcome. names : of the strategies"""
    for outcome in dict.fromkeys(level.outcome for level in found.levels):
        for level in (each for each in found.levels if each.outcome == outcome):
            middle, chance_low, chance_high, low, high = (
                _level(outcome, value, lang)
                for value in (level.middle, level.chance_low, level.chance_high, level.low, level.high)
            )
            if 0 < level.n_runs < level.runs:
                middle = text("cli.of_n", lang).format(value=middle, n=f"{level.n_runs}/{level.runs}")
            chance, ignorance = between(chance_low, chance_high, lang), between(low, high, lang)
            yield LevelRow(
                text(f"{'total' if found.of_district else 'summary'}.{outcome}", lang),
                names[level.strategy],
                middle,
                chance if level.n_sets and found.seeds > 1 else "",
                ignorance if level.n_sets else "",
                f"{level.n_sets}/{level.sets}",
            )


def difference_rows(
    found: Ignorance, a: str, b: str, names: Mapping[str, str], lang: str
) -> Iterator[DifferenceRow]:
    """A row for every outcome in which two strategies are compared. names : of the strategies"""
    for d in (each for each in found.differences if (each.a, each.b) == (a, b)):
        low, high = (signed(d.outcome, value, lang) for value in (d.low, d.high))
        yield DifferenceRow(
            text(f"summary.{d.outcome}", lang),
            signed(d.outcome, d.middle, lang) if d.n_sets else "",
            between(low, high, lang) if d.n_sets else "",
            f"{100 * d.share_a:.0f} %" if d.n_sets else "",
            f"{100 * d.share_b:.0f} %" if d.n_sets else "",
            f"{d.n_sets}/{found.sets}",
            text(f"ignorance.{finding(d)}", lang).format(a=names[d.a], b=names[d.b]),
            d.determined,
        )


def difference_head(a: str, b: str, lang: str) -> tuple[str, str, str, str, str]:
    """Heads of the columns of `DifferenceRow` from `middle` to `sets`; a, b : what the two are called in them"""
    return (
        text("ignorance.difference", lang).format(a=a, b=b),
        text("ignorance.ignorance", lang),
        text("ignorance.ahead", lang).format(name=a),
        text("ignorance.ahead", lang).format(name=b),
        text("ignorance.sets", lang),
    )


def finding(d: PlausibleDifference) -> str:
    """Who is ahead in nine sets of ten: `a`, `b` or `undetermined`; `a_higher`, `b_higher` where neither is better."""
    if not d.determined:
        return "undetermined"
    side = "a" if d.share_a > d.share_b else "b"
    return f"{side}_higher" if direction_of(d.outcome) is Direction.NEUTRAL else side


def _level(outcome: str, value: float, lang: str) -> str:
    """A centre: of what either is or is not, the share of runs."""
    if value == float("inf"):
        return text("ignorance.not_reached", lang)
    if value != value:
        return missing(outcome, lang)
    unit = unit_of_outcome(outcome)
    return number(value, "share" if unit == "0 or 1" else unit, lang)
