"""Own instruments and outcomes in many compounds at once: in districts, whose compounds share an office.

    runs = district_runs(scenario, district, seed=7)      # whose strategy names tea_rounds
    found = simulate_own(runs, [tea], [doubt])

A compound's own instruments take their hours out of what the office gives it this week, as the model's devices do, so
that none takes from another compound. Their order in a district changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compiling.entries import laid_out
from model.compound_view import CompoundView
from model.directions import nearest
from model.engine import Results, Run, build_world, check_audit, identities
from model.own import OwnInstrument, OwnOutcome, OwnUse, refuse_twice
from model.week.schedule import advance, share_before
from model.world.rests import rests_by_name
from model.world.state import World


class DistrictCompound(CompoundView):
    """One compound of a batch, with the own things that act in it.

    run : what is simulated there; world : of the batch; place : in it
    """

    def __init__(
        self,
        run: Run,
        world: World,
        place: int,
        own: Sequence[OwnInstrument | OwnUse],
        outcomes: Sequence[OwnOutcome],
    ) -> None:
        self.week, self.seed, self._scenario_run = 0, run.seed, run.scenario
        self._bring(own, outcomes)
        self._see(world, place)

    def __getattr__(self, name: str) -> Any:
        """Raises AttributeError that says what there is."""
        there = [one for one in (*dir(type(self)), *vars(self)) if not one.startswith("_")]
        raise AttributeError(
            f"a compound of a district has no {name!r}, nor any agents; expected column(…), compound, settings or now"
            f"{nearest(name, there)}"
        )

    def begin_week(self) -> None:
        """Let own instruments act, once the hours of the week are shared."""
        self._use_own()

    def end_week(self) -> None:
        """Count the week, and measure own outcomes."""
        self.week += 1
        self._measure_own()


def run_own(
    runs: Sequence[Run],
    own: Sequence[OwnInstrument | OwnUse],
    outcomes: Sequence[OwnOutcome] = (),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Run whole districts to their horizon on the calling thread, all at once; see `model.engine.run_world`.

    own : instruments, in use as the strategies of the runs say; progress : called with the weeks done and all weeks
    Raises EngineError on a bad audit, ValueError for a strategy that uses an instrument nobody gives.
    """
    refuse_twice((each.name for each in own), "own")
    refuse_twice((outcome.name for outcome in outcomes), "outcomes")
    world = build_world(runs)
    compounds = [DistrictCompound(run, world, c, own, outcomes) for c, run in enumerate(runs)]
    n_districts, weeks = len(world.districts), world.series.shape[1]
    with laid_out(world):
        for week in range(weeks):
            share_before(world, 0, n_districts, week)
            for compound in compounds:
                compound.begin_week()
            advance(world, 0, n_districts, week, 1)
            for compound in compounds:
                compound.end_week()
            if progress is not None:
                progress(week + 1, weeks)
    check_audit(world)
    sizes = np.array([run.scenario.compound.households for run in runs])
    measured = {o.name: np.array([c.own_measured[o.name] for c in compounds]) for o in outcomes}
    names = [use.name for use in compounds[0].own]
    rests = {name: np.concatenate([c.rests[name] for c in compounds]) for name in names}
    return Results(
        identities(runs), world.series, sizes, own=measured, rests=rests_by_name(world.rests, rests)
    )


def simulate_own(
    runs: Sequence[Run],
    own: Sequence[OwnInstrument | OwnUse],
    outcomes: Sequence[OwnOutcome] = (),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Run a list of compounds, one district after the other on the calling thread; see `model.engine.simulate_runs`.

    progress : called after every week, with the share of it done in runs, and the runs in all
    """
    if not runs:
        raise ValueError("nothing to run: give at least one scenario and one seed")
    parts: list[Results] = []
    done = 0
    for district in _districts(runs):

        def tell(week: int, weeks: int, done: int = done, n: int = len(district)) -> None:
            if progress is not None:
                progress(done + n * week // weeks, len(runs))

        parts.append(run_own(district, own, outcomes, progress=tell))
        done += len(district)
    return Results(
        identities(runs),
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.households for part in parts]),
        own={name: np.concatenate([part.own[name] for part in parts]) for name in parts[0].own},
        rests={name: np.concatenate([part.rests[name] for part in parts]) for name in parts[0].rests},
    )


def _districts(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """The runs of each district: those that follow one another under the same office."""
    district = [runs[0]]
    for run in runs[1:]:
        if run.office is None or run.office is not district[-1].office:
            yield district
            district = []
        district.append(run)
    yield district
