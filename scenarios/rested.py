"""Instruments that rested for want of the office's hours or of money, in words and as data; and those bound to.

A run with such an instrument looks like one without it: nothing in its outcomes says that it never acted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from model.engine import Results, Run
from model.specification import District, Scenario, Strategy
from model.world.rests import Rest, is_short, rest_of
from scenarios.catalogue import text
from scenarios.files.strategyfile import strategy_name

if TYPE_CHECKING:
    from scenarios.own import Own

#: Below this share of its weeks an instrument that rested is in the data only: a meeting takes the hours of some weeks.
LEAST_SHARE_TOLD = 0.05
#: So many points of a sweep, or strategies of a search, are looked at, the first.
MOST_POINTS = 500


class Rested(NamedTuple):
    """An instrument that rested in some week of the runs of a strategy. rest : of all these runs together"""

    strategy: str
    instrument: str
    runs: int
    rest: Rest


def rested_in(results: Results) -> list[Rested]:
    """Every instrument that rested in some week for want of hours or money, strategy by strategy."""
    ids = np.asarray(results.identity["strategy"])
    return [
        Rested(strategy, name, int(mine.sum()), _together(records[mine]))
        for strategy in dict.fromkeys(ids.tolist())
        for mine in [ids == strategy]
        for name, records in results.rests.items()
        if len(records) == len(ids) and is_short(records[mine])
    ]


def _together(records: np.ndarray) -> Rest:
    """The weeks of several runs added up; hours and yuan of the last run in which they were short."""
    last = records[-1].copy()
    for name in ("weeks", "without_hours", "without_money"):
        last[name] = records[name].sum()
    for kind, of in (("without_hours", "hours"), ("without_money", "yuan")):
        short = records[records[kind] > 0]
        for which in ("needed", "there") if len(short) else ():
            last[f"{of}_{which}"] = short[-1][f"{of}_{which}"]
    return rest_of(last)


def rested_lines(those: Iterable[Rested], strategies: Sequence[Strategy], lang: str) -> list[str]:
    """A line for every instrument that rested in enough of its weeks, with its strategy where there are several."""
    names = {strategy.id: strategy_name(strategy, lang) for strategy in strategies}
    lines = []
    for found in those:
        for kind, line in _told(found, lang):
            if kind / found.rest.weeks >= LEAST_SHARE_TOLD:
                of = text("cli.rested_under", lang).format(strategy=names.get(found.strategy, found.strategy))
                lines.append((of if len(names) > 1 else "") + line)
    return lines


def _told(found: Rested, lang: str) -> Iterator[tuple[int, str]]:
    rest = found.rest
    over = text("cli.rested_over", lang).format(runs=found.runs) if found.runs > 1 else ""
    for key, n, needed, there in (
        ("hours", rest.without_hours, rest.hours_needed, rest.hours_there),
        ("money", rest.without_money, rest.yuan_needed, rest.yuan_there),
    ):
        if n:
            words = {
                "label": text(f"instrument.{found.instrument}", lang),
                "n": f"{n:,}",
                "weeks": f"{rest.weeks:,}",
                "over": over,
                "needed": amount(needed),
                "there": amount(there),
            }
            yield n, text(f"cli.rested_{key}", lang).format(**words)


def amount(value: float) -> str:
    """Hours or yuan with at most two decimals."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def rested_data(those: Iterable[Rested]) -> list[dict[str, Any]]:
    """Every instrument that rested in some week, for programs."""
    return [
        {"strategy": f.strategy, "instrument": f.instrument, "runs": f.runs, **f.rest._asdict()}
        for f in those
    ]


def beyond_the_office(
    scenario: Scenario, own: Own, district: District | None = None
) -> dict[str, tuple[float, float]]:
    """Own instruments that need more person-hours a week than the office has in all, and so can never act.

    district : whose compounds share the office, so that what it has for all of them counts
    Returns by name the hours needed and those there.
    """
    if district is None:
        stated, n = scenario.effective_office().hours_per_household_week, scenario.compound.households
    else:
        stated, n = district.hours_per_household_week, district.households
    there = scenario.hours_given(stated, n)
    needed = hours_needed(scenario, own)
    return {name: (hours, there) for name, hours in needed.items() if hours > there}


def hours_needed(scenario: Scenario, own: Own) -> dict[str, float]:
    """Person-hours a week of every own instrument that the strategy names, at its intensity, by name."""
    return {
        name: own.instruments[name].hours * use.intensity
        for name, use in scenario.strategy.own.items()
        if name in own.instruments
    }


class Crowded(NamedTuple):
    """An own instrument in compounds that share an office: how many of those looked at it is too much for.

    never : whose office has fewer hours a week for all its compounds; most : what such an office has
    short : others, whose share by households is less while all are worked at; low, high : the shares of these
    """

    instrument: str
    needed: float
    compounds: int
    never: int
    most: float
    short: int
    low: float
    high: float


def crowded_among(runs: Sequence[Run], own: Own) -> list[Crowded]:
    """Own instruments that ask too much of the shared hours of these compounds, which one office after another has."""
    needed = hours_needed(runs[0].scenario, own)
    offices = [list(those) for _, those in groupby(runs, key=lambda run: id(run.office))]
    hours = np.array([there for those in offices for there in _shares(those)])
    return [
        _crowded(name, wanted, *hours.T) for name, wanted in needed.items() if (hours[:, 1] < wanted).any()
    ]


def _shares(runs: Sequence[Run]) -> list[tuple[float, float]]:
    """Of every compound of an office: hours a week the office gives all of them, and its share by households."""
    scenario, office = runs[0].scenario, runs[0].office
    sizes = [run.scenario.compound.households for run in runs]
    stated = scenario.effective_office().hours_per_household_week * sum(sizes)
    there = scenario.hours_given(stated if office is None else office.hours_per_week)
    return [(there, there * size / sum(sizes)) for size in sizes]


def _crowded(name: str, needed: float, whole: np.ndarray, share: np.ndarray) -> Crowded:
    never = whole < needed
    short = share[(share < needed) & ~never]
    return Crowded(
        name,
        needed,
        len(whole),
        int(never.sum()),
        float(whole[never].max(initial=0.0)),
        len(short),
        float(short.min()) if len(short) else 0.0,
        float(short.max(initial=0.0)),
    )


def crowded_lines(runs: Sequence[Run], own: Own, lang: str) -> list[str]:
    """The same in words, which `check` says of a district or a collection."""
    return [line for found in crowded_among(runs, own) for line in _crowded_in_words(found, lang)]


def _crowded_in_words(found: Crowded, lang: str) -> Iterator[str]:
    words = {"label": text(f"instrument.{found.instrument}", lang), "needed": amount(found.needed)}
    words["compounds"] = f"{found.compounds:,}"
    if found.never:
        there = amount(found.most)
        yield text("cli.bound_in_compounds", lang).format(n=f"{found.never:,}", there=there, **words)
    if found.short:
        shares = {"low": amount(found.low), "high": amount(found.high)}
        yield text("cli.short_in_compounds", lang).format(n=f"{found.short:,}", **shares, **words)


class Bound(NamedTuple):
    """An own instrument that can never act in `n` of `tried` scenarios; hours a week in the first of them."""

    instrument: str
    n: int
    tried: int
    hours_needed: float
    hours_there: float


def remembered(manifest: Mapping[str, Any]) -> list[Bound]:
    """The same as the manifest of a sweep has it, of instruments that it names."""
    named = (manifest.get("own") or {}).get("instruments", {})
    found = [Bound(*(each[part] for part in Bound._fields)) for each in manifest.get("never_act", [])]
    return [each for each in found if each.instrument in named]


def bound_among(scenarios: Iterable[Scenario], own: Own) -> list[Bound]:
    """Every own instrument that can never act in some of these scenarios, of which the first `MOST_POINTS` count."""
    return bound_of([beyond_the_office(scenario, own) for scenario in islice(scenarios, MOST_POINTS)])


def bound_of(looked_at: Sequence[Mapping[str, tuple[float, float]]]) -> list[Bound]:
    """The same of scenarios that were looked at. looked_at : of each, hours needed and there by name"""
    hours = dict[str, list[tuple[float, float]]]()
    for found in looked_at:
        for name, needed_and_there in found.items():
            hours.setdefault(name, []).append(needed_and_there)
    return [Bound(name, len(those), len(looked_at), *those[0]) for name, those in hours.items()]


def bound_line(bound: Bound, key: str, lang: str) -> str:
    """What is bound to rest, in words. key : of a text that says of what the scenarios are"""
    words = {"n": f"{bound.n:,}", "tried": f"{bound.tried:,}", **_hours(bound[3:])}
    return text(key, lang).format(label=text(f"instrument.{bound.instrument}", lang), **words)


def bound_lines(scenario: Scenario, own: Own, lang: str) -> list[str]:
    """The same of one scenario, which `check` looks at."""
    return [
        text("cli.bound_to_rest", lang).format(label=text(f"instrument.{name}", lang), **_hours(found))
        for name, found in beyond_the_office(scenario, own).items()
    ]


def _hours(found: tuple[float, float]) -> dict[str, str]:
    return {"needed": amount(found[0]), "there": amount(found[1])}
