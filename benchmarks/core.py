"""Speed and memory of the core, measured in one run: `python benchmarks/core.py`.

Prints a table: one compound of 497 households over 156 weeks in both engines, 100,000 households in compounds
of 180 on one and two threads, a district of 191 compounds, resident-weeks in nanoseconds, peak memory.
Figures are medians; compare ratios.
"""

import argparse
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numba
import numpy as np

from model.community import CommunityModel
from model.district_plan import district_runs
from model.engine import Run, run_block, simulate, simulate_runs
from model.specification import Compound, Scenario
from scenarios.loading import load_case, load_strategy

WEEKS = 156
CITY_HOUSEHOLDS = 100_000


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_megabytes() -> float:
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7, help="interleaved repeats of the small runs")
    repeats = parser.parse_args().repeats

    wufuyuan = load_case("jinjiang").scenario(strategy="full_bundle")
    run = Run(wufuyuan, 1)
    run_block([run])
    agents, compiled = [], []
    for _ in range(repeats):
        compiled += [seconds(lambda: run_block([run])) for _ in range(5)]
        if len(agents) < 3:
            agents.append(seconds(CommunityModel(wufuyuan, rng=1, engine="agents").run))
    households = wufuyuan.compound.households
    fast, slow = statistics.median(compiled), statistics.median(agents)

    town = Scenario(compound=Compound(), strategy=load_strategy("full_bundle"))
    n = -(-CITY_HOUSEHOLDS // town.compound.households)
    city = {threads: [] for threads in (1, 2)}
    for _ in range(3):
        for threads, times in city.items():
            times.append(seconds(lambda threads=threads: simulate(town, range(n), threads=threads)))

    print(f"Python {platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}")
    print(f"one compound, {households} households, {WEEKS} weeks")
    print(f"  agent loop       {slow:9.3f} s")
    print(f"  compiled engine  {fast:9.4f} s   {slow / fast:.0f} times faster")
    size = n * town.compound.households
    print(f"{size:,} households in {n} compounds, {WEEKS} weeks")
    for threads, times in city.items():
        t = statistics.median(times)
        print(f"  {threads} thread(s)      {t:9.2f} s   {t * 1e9 / size / WEEKS:.0f} ns per resident-week")
    place = load_case("kaifeng_district")
    assert place.district is not None
    runs = district_runs(place.scenario(), place.district, 1)
    t = statistics.median(seconds(lambda: simulate_runs(runs)) for _ in range(3))
    size = place.district.households
    print(f"one district, {size:,} households in {place.district.compounds} compounds, {WEEKS} weeks")
    print(f"  compiled engine  {t:9.2f} s   {t * 1e9 / size / WEEKS:.0f} ns per resident-week")
    print(f"  peak memory      {peak_megabytes():9.0f} MB")


if __name__ == "__main__":
    main()
