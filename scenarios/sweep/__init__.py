"""Sweeps: many runs by a design, into a store that survives whatever interrupts them.

plan = load_sweep("gate_by_pressure")
report = run_sweep(plan, "results/gate")              # does what is missing there
runs = open_results("results/gate").runs()            # one row a run, pandas

opened = run_scenarios([scenario_a, scenario_b], range(1, 201), store="results/mine", workers=2)
opened = run_scenarios(scenario, store="results/tea", own="tea.py")      # a model and outcomes of one's own
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from model.engine import run_block
from model.specification import Scenario
from scenarios.store import Store, StoreError
from scenarios.store.opening import Opened, open_results
from scenarios.sweep.chunk import Simulate
from scenarios.sweep.executors import ClusterLostError
from scenarios.sweep.plan import USUAL_LIMIT_SECONDS, Base, Plan, known_outcomes
from scenarios.sweep.record import SweepChangedError
from scenarios.sweep.repeating import repeat_run
from scenarios.sweep.running import Sweep, executor_of
from scenarios.sweep.sweepfile import load_sweep
from scenarios.sweep.watching import Estimate, Report, Watcher

if TYPE_CHECKING:
    from scenarios.own import Own

__all__ = [
    "Base",
    "ClusterLostError",
    "Estimate",
    "Opened",
    "Plan",
    "Report",
    "Store",
    "StoreError",
    "SweepChangedError",
    "Watcher",
    "load_sweep",
    "open_results",
    "repeat_run",
    "run_scenarios",
    "run_sweep",
]


def run_sweep(
    plan: Plan,
    folder: str | Path,
    *,
    workers: int | None = 0,
    cluster: str | None = None,
    watcher: Watcher | None = None,
    simulate: Simulate = run_block,
    command: str = "",
    retry: bool = False,
) -> Report:
    """Run what is missing of a plan into a folder; called again it goes on where it was interrupted.

    Runs that timed out under another limit than the plan's are tried again.

    workers : processes; None: one a processor; 0: none, in this process, where a run that hangs is not given up
    cluster : address of a Dask scheduler, in place of workers
    simulate : in place of the engine, runs to weekly series (runs, weeks, outcomes); a function workers can import
    retry : try again whatever failed, timed out or ended its worker
    Worker processes are fresh ones: a script that asks for them needs `if __name__ == "__main__":`.
    Raises StoreError (disk, folder, another writer), SweepChangedError (the folder holds another sweep, or one by
    another version of the model), ClusterLostError. Whatever is raised, rows that came in are kept.
    """
    sweep = Sweep(
        plan,
        Store(folder),
        executor_of(workers, cluster),
        watcher=watcher,
        simulate=simulate,
        command=command,
        retry=retry,
    )
    return sweep.run()


def _own(place: "Own | str | Path | None") -> "Own | None":
    """What a file or module brings; loads Mesa only where there is one."""
    if place is None:
        return None
    from scenarios.own import load_own

    return load_own(place)


def run_scenarios(
    scenarios: Scenario | Iterable[Scenario],
    seeds: Iterable[int] = range(1, 21),
    *,
    store: str | Path | None = None,
    workers: int | None = 0,
    cluster: str | None = None,
    outcomes: Sequence[str] = (),
    weekly: Sequence[str] = (),
    limit_seconds: float = USUAL_LIMIT_SECONDS,
    watcher: Watcher | None = None,
    simulate: Simulate = run_block,
    own: "Own | str | Path | None" = None,
) -> Opened:
    """Run every scenario with every seed; failed runs are rows with their error, and the others go on.

    store : a folder, which resumes; None: a temporary one, which goes with the object that is returned
    outcomes : columns to keep, all of `model.measures.SUMMARY` if none; weekly : outcomes to keep week by week
    own : a researcher's own file or module (`scenarios.own`), whose model, agents and instruments are run and whose
        outcomes are kept; strategies of the scenarios may use its instruments
    Others as in `run_sweep`. The column `scenario` holds `Scenario.content_hash()`.
    """
    listed = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    if not listed:
        raise ValueError("no scenarios; expected at least one")
    mine = _own(own)
    known: list[str] = known_outcomes(of_districts=False)
    if mine is not None:
        listed = [mine.applied(scenario) for scenario in listed]
        known += [outcome.name for outcome in mine.outcomes]
    plan = Plan(
        id="scenarios",
        bases=tuple(Base("", "", scenario) for scenario in listed),
        seeds=tuple(seeds),
        outcomes=tuple(outcomes) or tuple(known),
        weekly=tuple(weekly),
        limit_seconds=limit_seconds,
        own=mine,
    )
    folder = Path(store) if store is not None else Path(tempfile.mkdtemp(prefix="gongzhi-"))
    run_sweep(plan, folder, workers=workers, cluster=cluster, watcher=watcher, simulate=simulate)
    opened = open_results(folder)
    if store is None:
        weakref.finalize(opened, shutil.rmtree, folder, ignore_errors=True)
    return opened
