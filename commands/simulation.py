"""Run scenarios and districts in the engine asked for, with progress; the same results type from either."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from commands.group import WrongInput
from commands.progress import Progress
from compiling.entries import is_first_run
from model.engine import Results, Run, simulate_runs
from model.preparation import agents_are_prepared, prepare_agents, prepare_engine
from model.specification import District, Scenario
from scenarios.district import runs_of_seeds

#: Households worked on at once: small enough that progress is seen and Ctrl-C answered within a second or so.
BLOCK_HOUSEHOLDS = 8192
#: The weekly series are held in memory until the end, four bytes an outcome: less than 3 GB.
MOST_RUN_WEEKS = 12_000_000
#: A district is never divided: all its households are worked on at once, a third of a kilobyte each, on every thread.
MOST_HOUSEHOLDS_AT_ONCE = 4_000_000


def run_scenarios(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    *,
    engine: str,
    threads: int | None,
    progress: Progress,
    equity: bool = False,
) -> Results:
    """Every scenario with every seed, in this order.

    engine : `compiled` or `agents`; equity : whether to measure who gains, by group
    Raises WrongInput for more than memory holds.
    """
    refuse_too_many(len(seeds) * sum(scenario.horizon_weeks for scenario in scenarios))
    runs = [Run(scenario, seed) for scenario in scenarios for seed in seeds]
    compile_once(progress, engine)
    progress.phase("simulating", len(runs))
    if engine == "agents":
        return _with_agents(runs, progress)
    return simulate_runs(
        runs,
        threads=threads,
        block_households=BLOCK_HOUSEHOLDS,
        equity=equity,
        progress=progress.advance,
    )


def run_district(
    scenario: Scenario,
    district: District,
    seeds: Sequence[int],
    *,
    threads: int | None,
    progress: Progress,
    results_of: Callable[[Sequence[Run], Callable[[int, int], None]], Results] | None = None,
) -> tuple[list[Run], Results]:
    """Every compound of the district with every seed, seed by seed; the runs, and what they gave.

    results_of : in place of the engine, runs to results, which is given a function to call with runs done and all runs

    Raises WrongInput for more than memory holds, ScenarioError for a district that cannot be drawn.
    """
    refuse_too_many(len(seeds) * district.compounds * scenario.horizon_weeks)
    at_once = min(threads or os.cpu_count() or 1, len(seeds)) * district.households
    if at_once > MOST_HOUSEHOLDS_AT_ONCE:
        raise WrongInput(
            f"{at_once:,} households at once; expected at most {MOST_HOUSEHOLDS_AT_ONCE:,}: "
            "fewer households (district.households) or --threads"
        )
    runs = runs_of_seeds(scenario, district, seeds)
    progress.phase("simulating", len(runs))
    compile_once(progress)
    progress.phase("simulating", len(runs))
    if results_of is not None:
        return runs, results_of(runs, progress.advance)
    return runs, simulate_runs(
        runs, threads=threads, block_households=BLOCK_HOUSEHOLDS, progress=progress.advance
    )


def refuse_too_many(run_weeks: int) -> None:
    """Raise WrongInput for more weeks of runs than memory holds."""
    if run_weeks > MOST_RUN_WEEKS:
        raise WrongInput(
            f"{run_weeks:,} weeks of runs; expected at most {MOST_RUN_WEEKS:,}: fewer seeds or weeks"
        )


def compile_once(progress: Progress, engine: str = "compiled") -> None:
    """Compile the engine if this computer has not yet; on this thread, so that Ctrl-C ends it.

    engine : with `agents` also what only the loop over agents calls
    """
    if is_first_run():
        progress.note("compiling_note")
        progress.phase("compiling")
        prepare_engine()
    if engine == "agents" and not agents_are_prepared():
        progress.note("compiling_agents_note")
        progress.phase("compiling")
        prepare_agents()


def _with_agents(runs: Sequence[Run], progress: Progress) -> Results:
    from model.community import CommunityModel
    from scenarios.joining import joined

    parts = []
    for done, run in enumerate(runs, 1):
        community = CommunityModel(run.scenario, rng=run.seed, engine="agents")
        community.run()
        parts.append(community.results())
        progress.advance(done, len(runs))
    return joined(parts)
