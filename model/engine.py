"""The compiled engine: a batch of compounds, each with its own seed and parameters, advanced week by week.

One compound, a city and a sweep are the same call. A batch is divided into blocks of whole districts, each with its
own arrays, so results do not depend on threads or on what else is in the batch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.categories import Allocation
from agents.rules.street_office import DEVICES
from model.branching import followed, phases
from model.equity import equity_table
from model.households import CompoundTables
from model.measures import Outcome, Weekly, outcome_called
from model.parameters import PARAMETER_TYPE, Parameters
from model.settling import settled
from model.specification import (
    Compound,
    Scenario,
    compound_record,
    event_table,
    settings_record,
    use_table,
)
from model.summary import summarise
from model.week.schedule import advance
from model.world.empty import empty_world
from model.world.population import DRAWN_WITH
from model.world.rests import REST_TYPE, rests_by_name
from model.world.state import DISTRICT_TYPE, World

if TYPE_CHECKING:
    import pandas as pd

#: Most households of a block, but for a larger district: bounds memory whatever the size of the batch.
BLOCK_HOUSEHOLDS = 65_536
#: Blocks a thread, so that threads finish together and progress is told; fewer where blocks would have fewer
#: households than this, and one where a single thread tells nobody.
_BLOCKS_PER_THREAD, _LEAST_HOUSEHOLDS = 4, 1_000
#: Households times weeks that are run on the calling thread, which does not see Ctrl-C meanwhile: a tenth of a second.
_MOST_ON_CALLING_THREAD = 1_000_000
#: Columns of `World.coefficients` that the people of a compound are drawn with.
_DRAWN_WITH = np.array([list(PARAMETER_TYPE.names or ()).index(name) for name in DRAWN_WITH])


@dataclass(frozen=True)
class DistrictOffice:
    """Hours of one street office for all its compounds, and how many bundles of them share a company.

    hours_per_week, hours_budget : staff hours a week, and for the whole run
    allocation : one of `agents.categories.Allocation`; n_bundles : one or more
    """

    hours_per_week: float
    hours_budget: float
    allocation: int = Allocation.BY_HOUSEHOLDS
    n_bundles: int = 1


@dataclass(frozen=True)
class Run:
    """One compound to simulate: a scenario, a seed, and its place in a district.

    number : of the compound in its district; office : consecutive runs with the same office form a district,
    a run without one is a district of one; start_week : of its batch; bundle : whose company serves it
    """

    scenario: Scenario
    seed: int
    number: int = 0
    office: DistrictOffice | None = None
    start_week: int = 0
    bundle: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**64:
            raise ValueError(f"seed {self.seed}; expected a whole number from 0 to 2**64 - 1")


class EngineError(RuntimeError):
    """The engine found its own state inconsistent, such as money that does not add up."""


def build_world(runs: Sequence[Run]) -> World:
    """Draw the populations and networks of a batch and return its world before the first week.

    Raises ValueError when the runs do not share a horizon, one has tables of several compounds, or a burn-in.
    """
    together, m = _by_scenario(runs), len(runs)
    if any(runs[rows[0]].scenario.burn_in is not None for rows in together):
        raise ValueError(
            "a scenario with a burn-in; expected simulate(…), or a model that is run and branched"
        )
    sizes, stairwells, horizons = np.empty(m, np.int64), np.empty(m, np.int64), set[int]()
    tables: list[CompoundTables | None] = [None] * m
    for rows in together:
        scenario = runs[rows[0]].scenario
        own = _own_tables(scenario)
        horizons.add(scenario.horizon_weeks)
        sizes[rows], stairwells[rows] = scenario.compound.households, _stairwells(scenario.compound, own)
        for c in rows if own is not None else ():
            tables[c] = own
    if len(horizons) != 1:
        raise ValueError(f"runs of one batch share a horizon, found {sorted(horizons)} weeks")
    stops = np.cumsum(sizes)
    n_events = max(len(runs[rows[0]].scenario.events) for rows in together)
    largest = int(max(sizes.max(), stairwells.max()))
    world = empty_world(int(stops[-1]), m, int(stairwells.sum()), n_events, horizons.pop(), largest)
    world = world._replace(districts=_districts(runs))
    record, kinds, people = _once_each(), dict[tuple[Any, ...], int](), np.zeros(m, np.int64)
    for rows in together:
        first, scenario = rows[0], runs[rows[0]].scenario
        world.demography[rows] = record(compound_record, scenario.compound)
        world.parameters[rows] = record(Parameters.record, scenario.parameters)
        world.settings[rows] = record(settings_record, scenario)
        world.instruments[rows] = record(use_table, scenario.strategy)
        events = record(event_table, scenario.events)
        world.events[rows, : len(events)] = events
        coefficients = world.coefficients[first, _DRAWN_WITH].tobytes()
        digest = scenario.tables.digest if scenario.tables is not None else ""
        kind = (world.demography[first].tobytes(), coefficients, scenario.known, digest)
        people[rows] = kinds.setdefault(kind, len(kinds))
    drawn: dict[tuple[int, ...], int] = {}
    draws = ((run.seed, run.number, kind) for run, kind in zip(runs, people.tolist(), strict=True))
    world.like[:] = [drawn.setdefault(draw, c) for c, draw in enumerate(draws)]
    world.compounds["number"] = [run.number for run in runs]
    world.compounds["seed"] = np.array([run.seed for run in runs], np.uint64).view(np.int64)
    world.compounds["start"] = stops - sizes
    world.compounds["stop"] = stops
    world.compounds["tie_offset"] = stops - sizes + np.arange(m)
    world.compounds["stairwell_offset"] = np.cumsum(stairwells) - stairwells
    world.compounds["waiting_until"] = [run.start_week for run in runs]
    world.compounds["bundle"] = [run.bundle for run in runs]
    n_compounds = world.districts["last"] - world.districts["first"]
    world.compounds["district"] = np.repeat(np.arange(n_compounds.size), n_compounds)
    return settled(world, tables)


def _by_scenario(runs: Sequence[Run]) -> list[list[int]]:
    """The numbers of the runs that share a scenario. An object's id is safe as a key, since the runs keep it alive."""
    rows: dict[int, list[int]] = {}
    for c, run in enumerate(runs):
        rows.setdefault(id(run.scenario), []).append(c)
    return list(rows.values())


def _own_tables(scenario: Scenario) -> CompoundTables | None:
    """A scenario's own households and ties, of its one compound."""
    if scenario.tables is None:
        return None
    if scenario.tables.are_several:
        n = len(scenario.tables.compounds)
        raise ValueError(f"tables of {n} compounds; expected one, or a district of them (`district_runs`)")
    return scenario.tables.compounds[0]


def _stairwells(compound: Compound, own: CompoundTables | None) -> int:
    drawn = compound.buildings * compound.stairwells_per_building
    return drawn if own is None else max(drawn, own.n_stairwells)


def _once_each() -> Callable[[Callable[[Any], Any], Any], Any]:
    """A caller that calls a function for an object once, and returns the same result for the same object again.

    The scenarios of a batch share most of their parts, its runs their scenarios; the runs keep all of them alive.
    """
    known: dict[tuple[Callable[[Any], Any], int], Any] = {}

    def record(function: Callable[[Any], Any], part: Any) -> Any:
        key = (function, id(part))
        if key not in known:
            known[key] = function(part)
        return known[key]

    return record


def _districts(runs: Sequence[Run]) -> np.ndarray:
    """The districts of a batch: runs that follow one another under the same office belong together."""
    firsts = [
        c
        for c, run in enumerate(runs)
        if c == 0 or run.office is None or run.office is not runs[c - 1].office
    ]
    record = _once_each()
    table = np.zeros(len(firsts), DISTRICT_TYPE)
    table["first"], table["last"], table["shared_week"] = firsts, [*firsts[1:], len(runs)], -1
    for d, c in enumerate(firsts):
        office, scenario = runs[c].office, runs[c].scenario
        given = record(_given_alone, scenario) if office is None else _given(scenario, office)
        (
            table["allocation"][d],
            table["n_bundles"][d],
            table["hours_per_week"][d],
            table["hours_budget"][d],
        ) = given
    return table


def _given_alone(scenario: Scenario) -> tuple[int, int, float, float]:
    """`_given` for a compound that is a district by itself."""
    own, n = scenario.effective_office(), scenario.compound.households
    return _given(
        scenario, DistrictOffice(own.hours_per_household_week * n, own.hours_budget_per_household * n)
    )


def _given(scenario: Scenario, office: DistrictOffice) -> tuple[int, int, float, float]:
    """What a district is given: how hours are shared, bundles, hours a week and hours in all."""
    week, whole = scenario.hours_given(office.hours_per_week), scenario.hours_given(office.hours_budget)
    return office.allocation, office.n_bundles, week, whole


@dataclass(frozen=True)
class Results:
    """Results of a batch of runs.

    identity : columns by name, one value a run: run, case, strategy, seed; series : (runs, weeks, outcomes) float32
    households : (runs,) households of each compound
    equity : one row a run and group, see `model.equity`; None where it was not asked for
    own : outcomes of a researcher's own by name, each (runs, weeks) float64
    rests : how often an instrument rested, by name, each (runs,) of `model.world.rests.REST_TYPE`
    """

    identity: Mapping[str, Any]
    series: np.ndarray
    households: np.ndarray
    equity: pd.DataFrame | None = None
    own: Mapping[str, np.ndarray] = field(default_factory=dict)
    rests: Mapping[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run: its identity."""
        import pandas as pd

        return pd.DataFrame(self.identity)

    def summary(self) -> pd.DataFrame:
        """One row a run: its identity, the summary outcomes, own outcomes at the end; "not reached" is NaN."""
        import pandas as pd

        summary = pd.concat([self.runs, summarise(self.series, self.households)], axis=1)
        return summary.assign(**{name: values[:, -1] for name, values in self.own.items()})

    def tidy(self, outcomes: Iterable[str] | None = None) -> pd.DataFrame:
        """One row a run, week and outcome; all outcomes, or those named. Raises KeyError with the nearest name."""
        import pandas as pd

        chosen = [outcome_called(name) for name in outcomes] if outcomes is not None else list(Outcome)
        n_runs, n_weeks, _ = self.series.shape
        index = np.repeat(np.arange(n_runs), n_weeks * len(chosen))
        table = self.runs.iloc[index].reset_index(drop=True)
        table["week"] = np.tile(np.repeat(np.arange(n_weeks), len(chosen)), n_runs)
        names = pd.Categorical.from_codes(
            np.tile(np.arange(len(chosen)), n_runs * n_weeks), [o.name.lower() for o in chosen]
        )
        table["outcome"] = names
        table["value"] = self.series[:, :, chosen].reshape(-1)
        return table


def simulate(
    scenarios: Scenario | Sequence[Scenario],
    seeds: Iterable[int] = (0,),
    *,
    threads: int | None = None,
    block_households: int = BLOCK_HOUSEHOLDS,
    equity: bool = False,
    weekly: Weekly = Weekly.ALL,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Run every scenario with every seed in the compiled engine.

    threads : 1 or more; all processors when left out. Results do not depend on it, nor on `block_households`.
    equity : whether to add the table of `model.equity`, by group, at the horizon
    weekly : what is measured in every week, less for who reads the summary only; what is not is NaN between the first
        week and the last
    progress : called with the runs done and the runs in all, from the calling thread.
    Raises EngineError when an audit fails, ValueError when scenarios do not share a horizon.
    """
    listed = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    drawn = list(seeds)
    runs = [Run(scenario, seed) for scenario in listed for seed in drawn]
    return simulate_runs(
        runs,
        threads=threads,
        block_households=block_households,
        equity=equity,
        weekly=weekly,
        progress=progress,
    )


def simulate_runs(
    runs: Sequence[Run],
    *,
    threads: int | None = None,
    block_households: int = BLOCK_HOUSEHOLDS,
    equity: bool = False,
    weekly: Weekly = Weekly.ALL,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Run a list of compounds; see `simulate`."""
    if not runs:
        raise ValueError("nothing to run: give at least one scenario and one seed")
    n_threads = max(1, threads if threads is not None else (os.cpu_count() or 1))
    per_thread = 1 if n_threads == 1 and progress is None else _BLOCKS_PER_THREAD
    blocks = _blocks(runs, block_households, n_threads, per_thread)
    horizon = runs[0].scenario.horizon_weeks
    series = np.zeros((len(runs), horizon, len(Outcome)), np.float32)
    rests = np.zeros((len(runs), len(DEVICES)), REST_TYPE)
    tables: list[pd.DataFrame | None] = [None] * len(runs)

    def work(block: range) -> range:
        world = run_world([runs[i] for i in block], weekly)
        series[block.start : block.stop] = world.series[:, -horizon:]
        rests[block.start : block.stop] = world.rests
        if equity:
            for c, i in enumerate(block):
                tables[i] = equity_table(world, c, world.series.shape[1]).assign(run=i)
        return block

    done = 0
    with _mapping(_threads_for(blocks, runs, n_threads)) as each:
        for block in each(work, blocks):
            done += len(block)
            if progress is not None:
                progress(done, len(runs))
    sizes = np.array([run.scenario.compound.households for run in runs])
    by_group = _joined(tables) if equity else None
    return Results(identities(runs), series, sizes, by_group, rests=rests_by_name(rests))


def _threads_for(blocks: Sequence[range], runs: Sequence[Run], threads: int) -> int:
    """How many threads work on the blocks beside the calling one, none where handing over would take the longest."""
    most = max(sum(runs[i].scenario.compound.households for i in block) for block in blocks)
    quick = most * runs[0].scenario.horizon_weeks <= _MOST_ON_CALLING_THREAD
    return 0 if quick and min(threads, len(blocks)) == 1 else threads


@contextmanager
def _mapping(threads: int) -> Iterator[Callable[..., Iterable[range]]]:
    """A `map` that works on so many threads, on the calling one for none."""
    if threads == 0:
        yield map
        return
    with ThreadPoolExecutor(threads) as pool:
        yield pool.map


def _joined(tables: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(tables, ignore_index=True)


def run_block(runs: Sequence[Run], weekly: Weekly = Weekly.ALL) -> np.ndarray:
    """Run a block to its horizon on the calling thread; returns its series, raises EngineError on a bad audit.

    Of a burn-in nothing is kept: the first week is the first after it.
    weekly : what is measured in every week; summary and last week are the same to the last bit whatever it is
    """
    return run_world(runs, weekly).series[:, -runs[0].scenario.horizon_weeks :]


def run_world(runs: Sequence[Run], weekly: Weekly = Weekly.ALL) -> World:
    """Run a block to its horizon on the calling thread; returns its world, whose series has the weeks of a burn-in too.

    weekly : what is measured in every week; what is not is NaN but in the first week and the last
    Raises EngineError on a bad audit, ValueError for a strategy that uses an instrument of a researcher's own.
    """
    refuse_own(runs)
    world, week = _after_burn_in(runs)
    world.measured[week + 1 : -1] = weekly
    advance(world, 0, len(world.districts), week, world.series.shape[1] - week)
    check_audit(world)
    return world


def _after_burn_in(runs: Sequence[Run]) -> tuple[World, int]:
    """The world of a batch at the end of its burn-in, and the weeks it took; where there is none, before the first."""
    found = {0 if run.scenario.burn_in is None else run.scenario.burn_in.weeks for run in runs}
    if len(found) != 1:
        raise ValueError(f"runs of one batch share a burn-in, found {sorted(found)} weeks")
    weeks = found.pop()
    if not weeks:
        return build_world(runs), 0
    if any(run.office is not None for run in runs):
        raise ValueError("a district with a burn-in; expected single compounds")
    parts = [phases(run.scenario) for run in runs]
    before, after = (
        [replace(r, scenario=s) for r, s in zip(runs, of, strict=True)] for of in zip(*parts, strict=True)
    )
    world = build_world(before)
    advance(world, 0, len(world.districts), 0, weeks)
    return followed(world, build_world(before), build_world(after)), weeks


def refuse_own(runs: Sequence[Run]) -> None:
    """Raise ValueError for an own instrument in use, which a batch would leave out without a word."""
    for run in runs:
        name = next((name for name, use in run.scenario.strategy.own.items() if use.intensity), None)
        if name is not None:
            raise ValueError(
                f"strategy {run.scenario.strategy.id!r} uses {name!r}, an instrument of one's own, which a batch of "
                "compounds has not; expected CommunityModel(…, own=[…]), or --own FILE.py"
            )


def check_audit(world: World) -> None:
    """Raise EngineError if any account of any compound fails to balance to the fen."""
    off = np.flatnonzero(world.compounds["audit"])
    if off.size:
        c = int(off[0])
        raise EngineError(
            f"money is not conserved: compound {c} is off by {int(world.compounds['audit'][c])} fen "
            f"({off.size} of {world.compounds.size} compounds affected)"
        )


def _blocks(runs: Sequence[Run], block_households: int, threads: int, per_thread: int) -> list[range]:
    """Ranges of runs worked on at once; a district is never divided. per_thread : at most, where blocks may be large"""
    households = sum(run.scenario.compound.households for run in runs)
    per_thread = max(1, min(per_thread, households // (threads * _LEAST_HOUSEHOLDS)))
    limit = min(block_households, -(-households // (threads * per_thread)))
    blocks, first, size = [], 0, 0
    for i, run in enumerate(runs):
        size += run.scenario.compound.households
        last_of_district = i + 1 == len(runs) or run.office is None or runs[i + 1].office is not run.office
        if size >= limit and last_of_district:
            blocks.append(range(first, i + 1))
            first, size = i + 1, 0
    if first < len(runs):
        blocks.append(range(first, len(runs)))
    return blocks


def identities(runs: Sequence[Run]) -> dict[str, Any]:
    """Columns that identify runs: number, case, strategy and seed; in districts also the compound."""
    columns = {
        "run": np.arange(len(runs)),
        "case": [run.scenario.id for run in runs],
        "strategy": [run.scenario.strategy.id for run in runs],
        "seed": [run.seed for run in runs],
    }
    if any(run.office is not None for run in runs):
        columns["compound"] = [run.number for run in runs]
    return columns
