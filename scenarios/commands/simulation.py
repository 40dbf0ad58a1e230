"""Run scenarios in the engine asked for, with progress; the same results type from either."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from model.compilation import is_first_run
from model.engine import Results, Run, run_block, simulate_runs
from model.specification import Compound, Scenario
from scenarios.commands.group import WrongInput
from scenarios.commands.progress import Progress

#: Households worked on at once: small enough that progress is seen and Ctrl-C answered within a second or so.
BLOCK_HOUSEHOLDS = 8192
#: The weekly series are held in memory until the end, 164 bytes each: 2 GB.
MOST_RUN_WEEKS = 12_000_000
#: Small enough to cost nothing: running it compiles every function of the engine.
_SMALLEST = Scenario(compound=Compound(households=4, buildings=1, stairwells_per_building=1), horizon_weeks=1)


def run_scenarios(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    *,
    engine: str,
    threads: int | None,
    progress: Progress,
) -> Results:
    """Every scenario with every seed, in this order.

    engine : `compiled` or `agents`
    Raises WrongInput for more than memory holds.
    """
    run_weeks = len(seeds) * sum(scenario.horizon_weeks for scenario in scenarios)
    if run_weeks > MOST_RUN_WEEKS:
        raise WrongInput(
            f"{run_weeks:,} weeks of runs; expected at most {MOST_RUN_WEEKS:,}: fewer seeds or weeks"
        )
    runs = [Run(scenario, seed) for scenario in scenarios for seed in seeds]
    if is_first_run():
        progress.note("compiling_note")
        progress.phase("compiling")
        # On this thread, so that Ctrl-C ends it.
        run_block([Run(_SMALLEST, 0)])
    progress.phase("simulating", len(runs))
    if engine == "agents":
        return _with_agents(runs, progress)
    return simulate_runs(runs, threads=threads, block_households=BLOCK_HOUSEHOLDS, progress=progress.advance)


def _with_agents(runs: Sequence[Run], progress: Progress) -> Results:
    from model.community import CommunityModel

    parts = []
    for done, run in enumerate(runs, 1):
        community = CommunityModel(run.scenario, rng=run.seed, engine="agents")
        community.run()
        parts.append(community.results())
        progress.advance(done, len(runs))
    table = pd.concat([part.runs for part in parts], ignore_index=True)
    table["run"] = np.arange(len(table))
    series = np.concatenate([part.series for part in parts])
    return Results(table, series, np.concatenate([part.households for part in parts]))
