"""What the one who runs the server has brought with `gongzhi dashboard --own`: instruments and outcomes of their own.

Known in the server and in its workers, each of which runs the file once. Nothing that comes from a browser is ever run:
a lever or a link can only name an instrument that the file has.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from model.brought import NOTHING, bring_everywhere, brought
from model.engine import Results, Run, build_world, run_world, simulate
from model.measures import Weekly
from model.specification import Scenario, Use
from model.week.schedule import advance
from model.world.state import World
from scenarios.catalogue import text
from scenarios.joining import joined

if TYPE_CHECKING:
    from model.own import OwnInstrument
    from scenarios.own import Own, OwnCode

#: Before the name of an own instrument in links: no lever of the pages is called so.
OWN = "own."
#: What a link calls the digest of the file, and how many signs of it there are.
VERSION, DIGEST = "own", 8

_own: "Own | None" = None


def bring(code: "OwnCode | None") -> None:
    """Have every thread of this process know what some code brings, which is run; None for nothing.

    Raises OwnError for code that cannot be run, and for agents or a model of one's own, which the pages do not run.
    """
    global _own
    if code is None:
        _own = None
        bring_everywhere(NOTHING)
        return
    from scenarios.own import of_code  # loads Mesa

    found = of_code(code)
    found.refuse_classes("the dashboard")
    _own = found
    bring_everywhere(found.brought)


def code() -> "OwnCode | None":
    """What a new worker has to know."""
    return None if _own is None else _own.code


def file_name() -> str:
    """What the file or module is called; "" where there is none."""
    return "" if _own is None else _own.code.name


def digest() -> str:
    """The first signs of its digest; "" where there is none."""
    return "" if _own is None else _own.code.digest[:DIGEST]


def provenance(lang: str) -> dict[str, str]:
    """What a report says of the file: its name and its whole digest; nothing where there is none."""
    return (
        {}
        if _own is None
        else {text("dash.own_file", lang): f"{_own.code.name} · BLAKE2b {_own.code.digest}"}
    )


def name_of(key: str) -> str:
    """The own instrument that a lever or a decision of a game moves; "" where it moves something else."""
    name = key.removeprefix(OWN)
    return name if key.startswith(OWN) and name in brought().instruments else ""


def instrument(name: str) -> "OwnInstrument":
    """An own instrument with its effect and what it costs. Raises KeyError."""
    if _own is None:
        raise KeyError(name)
    return _own.instruments[name]


def short_of_hours(name: str, scenario: Scenario) -> tuple[float, float] | None:
    """Hours a week that an own instrument needs as it is used and those the office has, where it can never act."""
    if _own is None:
        return None
    from scenarios.rested import beyond_the_office

    return beyond_the_office(scenario, _own).get(name)


def is_used(scenario: Scenario) -> bool:
    """Whether a scenario uses an own instrument."""
    return any(use.intensity > 0.0 for use in scenario.strategy.own.values())


def runner(scenario: Scenario) -> "Own | None":
    """What has to run a scenario: own outcomes are measured in every run, own instruments act where they are used."""
    return _own if _own is not None and (_own.outcomes or is_used(scenario)) else None


# -- runs, in a worker ----------------------------------------------------------------------------------------


def runs_of(scenario: Scenario, seeds: Sequence[int], weekly: Weekly = Weekly.ALL) -> Results:
    """One run a seed: series, summary, own outcomes. weekly : what has to be measured in every week, at least"""
    own = runner(scenario)
    if own is None:
        return simulate([scenario], seeds, threads=1, weekly=weekly)
    return own.simulate([Run(scenario, seed) for seed in seeds])


def full_runs_of(scenario: Scenario, seeds: Sequence[int], progress: Callable[[int, int], None]) -> Results:
    """The same with what rested, for a report. progress : called with the runs done and the runs in all"""
    own = runner(scenario)
    if own is None:
        return simulate([scenario], seeds, threads=1, progress=progress)
    parts = []
    for done, seed in enumerate(seeds, 1):
        parts.append(own.results(scenario, seed))
        progress(done, len(seeds))
    return joined(parts)


def summary_of(scenario: Scenario) -> Callable[[Sequence[Run]], pd.DataFrame] | None:
    """What makes summaries of runs of a scenario in place of the engine; None where the engine does."""
    own = runner(scenario)
    return None if own is None else own.summary


def results_of(scenario: Scenario) -> Callable[[Sequence[Run]], Results] | None:
    """What runs the compounds of a district in place of the engine; None where the engine does."""
    own = runner(scenario)
    return None if own is None else own.simulate_districts


def compounds_of(scenario: Scenario, seeds: Sequence[int]) -> Iterator[tuple[World, int]]:
    """The world of each run at its horizon, and which of its compounds the run is."""
    own = runner(scenario)
    if own is None:
        world = run_world([Run(scenario, seed) for seed in seeds])
        yield from ((world, c) for c in range(len(seeds)))
        return
    for seed in seeds:
        yield own.finished(scenario, seed).world, 0


class Walk(NamedTuple):
    """One run that is taken week by week. step : called with the number of the week; guard : to be open meanwhile"""

    world: World
    step: Callable[[int], None]
    guard: AbstractContextManager[None]


def walk(scenario: Scenario, seed: int, weekly: Weekly = Weekly.NOTHING) -> Walk:
    """A run before its first week. weekly : what has to be measured in every week, at least"""
    own = runner(scenario)
    if own is None:
        world = build_world([Run(scenario, seed)])
        world.measured[1:-1] = weekly
        return Walk(world, lambda week: advance(world, 0, 1, week, 1), nullcontext())
    model = own.model(scenario, seed)
    return Walk(model.world, lambda _: model.step(), own.telling_where())


class Steered:
    """A run in which what the office does is decided as it goes."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        assert _own is not None
        self._own, self._model = _own, _own.model(scenario, seed)
        self.world: World = self._model.world

    def go(self, intensities: Mapping[str, float], weeks: int) -> None:
        """Go on for so many weeks. intensities : of own instruments by name; the others rest"""
        from model.own import OwnUse

        self._model.own = tuple(
            OwnUse(use.instrument, Use(intensity=intensities.get(use.name, 0.0))) for use in self._model.own
        )
        with self._own.telling_where():
            for _ in range(weeks):
                self._model.step()
