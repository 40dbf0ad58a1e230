"""Measure the full model in this process and print the result as one line of JSON.

    python benchmarks/full.py compiled COMPOUNDS [--threads 1] [--seconds 1]
    python benchmarks/full.py sweep RUNS [--threads 1] [--seconds 1]
    python benchmarks/full.py agents FIRST LAST

compiled : that many compounds of 180 households, weekly for three years, in the compiled engine
sweep : that many runs of one compound of 497 households, in the compiled engine
agents : the same compounds, numbers FIRST to LAST − 1, as ordinary Mesa models whose residents, office, company and
committee are agents from the start and decide one by one

Drawing the population and its network is part of what is timed: `simulate` and `CommunityModel(…).run()`.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from standin.measure import peak_megabytes

from model.community import CommunityModel
from model.engine import simulate
from model.specification import Compound, Scenario
from scenarios.loading import load_case, load_strategy

MOST_RUNS = 15


def town() -> Scenario:
    """The compound that towns are made of: the defaults, with every instrument of the full bundle in use."""
    return Scenario(compound=Compound(), strategy=load_strategy("full_bundle"))


def timed(work: Callable[[], object], seconds: float) -> dict[str, list[float]]:
    """CPU and wall seconds of calls, at least one, until `seconds` have gone by."""
    cpu: list[float] = []
    wall: list[float] = []
    while not wall or (sum(wall) < seconds and len(wall) < MOST_RUNS):
        gc.collect()
        cpu_then, then = time.process_time(), time.perf_counter()
        work()
        wall.append(time.perf_counter() - then)
        cpu.append(time.process_time() - cpu_then)
    return {"cpu": cpu, "wall": wall}


def compiled(scenario: Scenario, runs: int, threads: int, seconds: float) -> dict[str, Any]:
    """The compiled engine on `runs` seeds of a scenario."""
    simulate(scenario, range(2), threads=threads)  # compiles, or reads what has been compiled
    before = peak_megabytes()
    times = timed(lambda: simulate(scenario, range(runs), threads=threads), seconds)
    return {
        **times,
        "compounds": runs,
        "residents": runs * scenario.compound.households,
        "weeks": scenario.horizon_weeks,
        "threads": threads,
        "memory_before": before,
        "memory_peak": peak_megabytes(),
    }


def agents(scenario: Scenario, first: int, last: int) -> dict[str, Any]:
    """The same model agent by agent, one compound after the other; and whether the outcomes are the engine's."""
    CommunityModel(scenario, rng=0, engine="agents", households=60).run()  # compiles, or reads what has been
    before = peak_megabytes()
    cpu: list[float] = []
    wall: list[float] = []
    same = True
    for seed in range(first, last):
        kept: list[CommunityModel] = []

        def whole(seed: int = seed, kept: list[CommunityModel] = kept) -> None:
            model = CommunityModel(scenario, rng=seed, engine="agents")
            assert len(model.agents) == scenario.compound.households + 3  # alive before the first week
            model.run()
            kept.append(model)

        times = timed(whole, 0.0)
        cpu, wall = cpu + times["cpu"], wall + times["wall"]
        ours, theirs = simulate(scenario, [seed]).series, kept[0].results().series
        same = same and np.array_equal(ours, theirs, equal_nan=True)
    return {
        "cpu": cpu,
        "wall": wall,
        "first": first,
        "compounds": last - first,
        "residents": (last - first) * scenario.compound.households,
        "weeks": scenario.horizon_weeks,
        "same_outcomes": same,
        "memory_before": before,
        "memory_peak": peak_megabytes(),
    }


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description="Measure the full model.")
    parser.add_argument("what", choices=["compiled", "sweep", "agents"])
    parser.add_argument("numbers", type=int, nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    if len(options.numbers) != (2 if options.what == "agents" else 1):
        parser.error("agents takes two numbers, FIRST and LAST; compiled and sweep take one")
    if options.what == "agents":
        result = agents(town(), *options.numbers)
    else:
        of = town() if options.what == "compiled" else load_case("jinjiang").scenario(strategy="full_bundle")
        result = compiled(of, options.numbers[0], options.threads, options.seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
