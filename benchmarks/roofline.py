"""How far the engine is from what its work costs at least on this machine: `python benchmarks/roofline.py`.

One compound under the full bundle is run in plain mode (`GONGZHI_PLAIN=1`), where every function of the engine is
Python and can be counted: per resident and week the calls of the generator, exponentials, logarithms, ties read, bytes
of columns read and written, and branches, process by process. Each count is multiplied by what one of its kind costs in
a compiled loop that does nothing else, measured here in the same run; the sum is the limit. Branches are no part of it:
a rule can be computed without them. Beside the limit stand the engine, their ratio, ties and draws a second, and the
three processes that are furthest from their limits.

Counting takes about a minute, and so does compiling the processes of the week one by one, the first time. Measure on a
quiet machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from compiling import exact, plain
from compiling.compiled import compiled
from compiling.exact import exp, log

#: What the limit is made of, each with its unit.
KINDS = {
    "generator": "calls of the generator",
    "exp": "exponentials",
    "log": "logarithms",
    "ties": "ties read",
    "bytes": "bytes of columns",
}
#: What is counted and is no part of the limit.
BESIDE = {"draws": "draws", "branches": "branches", "rare": "branches that go their rarer way"}
#: Processes of a whole district, each with that of its compounds before which it runs.
OF_DISTRICTS = {
    "share_hours": "allocate_effort",
    "show_finished": "allocate_effort",
    "settle_companies": "turnover",
}
HOUSEHOLDS, WEEKS, RUNS = 180, 104, 200
#: Where the engine's functions stand.
_CODE = tuple(str(Path(__file__).parents[1] / name) for name in ("agents", "compiling", "model"))
#: One compound whose columns fill the second cache, for times of single processes.
LARGE = 1_800


def scenario(households: int, weeks: int) -> Any:
    """The compound that is measured."""
    from model.specification import Compound, Scenario
    from scenarios.loading import load_strategy

    buildings = max(1, households // 36)
    compound = Compound(households=households, buildings=buildings)
    return Scenario(compound=compound, strategy=load_strategy("full_bundle"), horizon_weeks=weeks)


# -- counting, in plain mode ------------------------------------------------------------------------------


class Tally:
    """Counts by process and kind; the generator counts once what several draws share."""

    def __init__(self) -> None:
        self.process = "before"
        self.counts: Counter[tuple[str, str]] = Counter()
        self.branches: Counter[tuple[str, Any, int, int]] = Counter()
        self.drawn: set[tuple[int, ...]] = set()

    def count(self, kind: str, n: int = 1) -> None:
        """Count under the process that is running."""
        self.counts[self.process, kind] += n

    def counted(self, function: Callable[..., Any], kind: str) -> Callable[..., Any]:
        """The function, whose calls are counted."""

        def call(*given: Any) -> Any:
            self.count(kind)
            return function(*given)

        return call

    def generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The generator; every call is a draw, and a call with another counter one that must be made."""

        def call(*counter: Any) -> Any:
            self.count("draws")
            words = tuple(map(int, counter))
            if words not in self.drawn:
                self.drawn.add(words)
                self.count("generator")
            return function(*counter)

        return call

    def running(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The process, under whose name is counted what it does."""

        def call(*given: Any) -> Any:
            self.process = name
            return function(*given)

        return call

    def branch(self, code: Any, at: int, to: int) -> Any:
        """What `sys.monitoring` tells of a branch; those of plain mode itself are not the engine's."""
        if Path(code.co_filename).name == "plain.py" or not code.co_filename.startswith(_CODE):
            return sys.monitoring.DISABLE
        self.branches[self.process, code, at, to] += 1
        return None

    def sums(self) -> dict[str, dict[str, int]]:
        """Counts by process and kind."""
        ways: dict[tuple[str, Any, int], list[int]] = {}
        for (process, code, at, _), n in self.branches.items():
            ways.setdefault((process, code, at), []).append(n)
        for (process, _, _), ns in ways.items():
            self.counts[process, "branches"] += sum(ns)
            self.counts[process, "rare"] += sum(ns) - max(ns)
        found: dict[str, dict[str, int]] = {}
        for (process, kind), n in self.counts.items():
            found.setdefault(process, {})[kind] = n
        return found


def count(households: int, weeks: int) -> dict[str, dict[str, int]]:
    """Counts of one run in this process, which is in plain mode, by process of the week and kind."""
    tally = Tally()
    for name in ("exp", "log"):  # before the rules are imported, which take them by name
        setattr(exact, name, tally.counted(getattr(exact, name), name))
    _count_columns(tally)
    from model.engine import Run, build_world
    from model.week import schedule
    from model.world import randomness

    randomness.philox = tally.generator(randomness.philox)
    for name in (*schedule.SCHEDULE, *OF_DISTRICTS):
        setattr(schedule, name, tally.running(name, getattr(schedule, name)))
    world = build_world([Run(scenario(households, weeks), 1)])
    _Ties.memory = np.asarray(world.ties).ctypes.data
    tool, branch = sys.monitoring.PROFILER_ID, sys.monitoring.events.BRANCH
    sys.monitoring.use_tool_id(tool, "roofline")
    sys.monitoring.register_callback(tool, branch, tally.branch)
    sys.monitoring.set_events(tool, branch)
    schedule.advance(world, 0, 1, 0, weeks)
    sys.monitoring.set_events(tool, 0)
    return {process: kinds for process, kinds in tally.sums().items() if process != "before"}


class _Ties:
    """Where the ties lie in memory; what is read from there is a tie."""

    memory = 0


def _count_columns(tally: Tally) -> None:
    """Count items read from and written to the arrays of the world."""
    read = plain.Column.__getitem__

    def get(column: plain.Column, place: Any) -> Any:
        found = read(column, place)
        if not isinstance(found, np.ndarray):
            tally.count("ties" if column.ctypes.data == _Ties.memory else "bytes", _size(column))
        return found

    def put(column: plain.Column, place: Any, value: Any) -> None:
        np.ndarray.__setitem__(column, place, value)
        tally.count("bytes", column.itemsize * max(1, np.size(value)))

    def _size(column: plain.Column) -> int:
        return 1 if column.ctypes.data == _Ties.memory else column.itemsize

    plain.Column.__getitem__ = get
    plain.Column.__setitem__ = put


def counted(households: int, weeks: int) -> dict[str, dict[str, float]]:
    """Counts per resident and week, by process and kind, from a process of its own in plain mode."""
    command = [sys.executable, __file__, "--count", "--households", str(households), "--weeks", str(weeks)]
    surroundings = {**os.environ, "GONGZHI_PLAIN": "1"}
    said = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE, text=True).stdout
    sums: dict[str, dict[str, int]] = json.loads(said)
    n = households * weeks
    return {process: {kind: value / n for kind, value in kinds.items()} for process, kinds in sums.items()}


# -- what one of a kind costs -----------------------------------------------------------------------------


@compiled
def exponentials(values: np.ndarray, into: np.ndarray) -> None:
    """An exponential each."""
    for i in range(values.size):
        into[i] = exp(values[i])


@compiled
def logarithms(values: np.ndarray, into: np.ndarray) -> None:
    """A logarithm each."""
    for i in range(values.size):
        into[i] = log(values[i])


@compiled
def read_ties(said: np.ndarray, ties: np.ndarray, starts: np.ndarray, into: np.ndarray) -> None:
    """The sum of what the acquaintances of each said."""
    for i in range(into.size):
        total = 0.0
        for e in range(starts[i], starts[i + 1]):
            total += said[np.uint32(ties[np.uint64(e)])]
        into[i] = total


@compiled
def move(values: np.ndarray, into: np.ndarray) -> None:
    """Read and write a column of single precision."""
    for i in range(values.size):
        into[i] = values[i] + np.float32(1.0)


@compiled
def double(values: np.ndarray, into: np.ndarray) -> None:
    """Double each until it is at least a half: once more or not, which nobody could foresee for random values."""
    for i in range(values.size):
        value = values[i]
        while value < 0.5:
            value *= 2.0
        into[i] = value


def nanoseconds(work: Callable[[], object], n: int, repeats: int = 30) -> float:
    """The least processor time of one of the `n` things that `work` does: what else runs only adds to it."""
    work()
    times = []
    for _ in range(repeats):
        then = time.process_time_ns()
        for _ in range(20):
            work()
        times.append((time.process_time_ns() - then) / 20)
    return min(times) / n


def costs() -> dict[str, float]:
    """Nanoseconds of one of each kind."""
    from model.world.randomness import draw_all

    n, degree, many = 4096, 8, 2**17  # a pattern of a few thousand branches is learnt by heart
    luck = np.random.Generator(np.random.Philox(1))
    values, into = luck.random(n), np.empty(n)
    random, doubled = luck.random(many), np.empty(many)
    ordered = np.sort(random)
    singles, moved = values.astype(np.float32), np.empty(n, np.float32)
    ties = luck.integers(0, 180, n * degree).astype(np.int32)
    starts = np.arange(0, n * degree + 1, degree)
    foreseen = nanoseconds(lambda: double(ordered, doubled), many, repeats=5)
    return {
        "generator": nanoseconds(lambda: draw_all(1, 0, 1, 0, into), n),
        "exp": nanoseconds(lambda: exponentials(values, into), n),
        "log": nanoseconds(lambda: logarithms(values, into), n),
        "ties": nanoseconds(lambda: read_ties(values[:180], ties, starts, into), n * degree),
        "bytes": nanoseconds(lambda: move(singles, moved), n * 8),
        # two guesses for each value on average, and one of them wrong
        "rare": nanoseconds(lambda: double(random, doubled), many, repeats=5) - foreseen,
    }


# -- the engine -------------------------------------------------------------------------------------------


def engine(households: int, weeks: int, runs: int) -> tuple[float, float]:
    """Nanoseconds of processor time per resident and week: of the weeks, and of drawing people and ties."""
    from model.engine import Run, build_world
    from model.week.schedule import advance

    of = [Run(scenario(households, weeks), seed) for seed in range(runs)]
    drawing, running = [], []
    for _ in range(4):
        then = time.process_time_ns()
        world = build_world(of)
        drawn = time.process_time_ns()
        advance(world, 0, runs, 0, weeks)
        running.append(time.process_time_ns() - drawn)
        drawing.append(drawn - then)
    n = runs * households * weeks
    return min(running[1:]) / n, min(drawing[1:]) / n


def by_process(households: int, weeks: int) -> dict[str, float]:
    """Nanoseconds per resident and week of each process, called from Python one by one; the call itself taken off."""
    from compiling.entries import ENTRIES
    from model.engine import Run, build_world
    from model.week import schedule

    world = build_world([Run(scenario(households, weeks), 1)])
    spent: Counter[str] = Counter()
    order = [*schedule.SCHEDULE]
    for district, before in OF_DISTRICTS.items():
        order.insert(order.index(before), district)

    def timed(name: str, *given: int) -> None:
        function = ENTRIES[name].usual if name in ENTRIES else getattr(schedule, name)
        then = time.process_time_ns()
        function(world, *given)
        spent[name] += time.process_time_ns() - then

    for week in range(-1, weeks):  # the first time round everything is compiled and loaded
        for name in order:
            compound_and_week = (0,) if name == "show_finished" else (0, max(week, 0))
            timed(name, *compound_and_week)
        if week < 0:
            world = build_world([Run(scenario(households, weeks), 1)])
            spent.clear()
    call = min(spent.values())  # that of the cheapest process is nothing but the call
    return {name: max(value - call, 0) / (households * weeks) for name, value in spent.items()}


# -- the report -------------------------------------------------------------------------------------------


def limit_of(kinds: dict[str, float], cost: dict[str, float]) -> float:
    """Nanoseconds that these counts cost at least."""
    return sum(kinds.get(kind, 0.0) * cost[kind] for kind in KINDS)


def report(counts: dict[str, dict[str, float]], cost: dict[str, float], spent: dict[str, float]) -> str:
    """The tables. spent : by process, and `engine` and `drawing` of the batch"""
    total = {kind: sum(k.get(kind, 0.0) for k in counts.values()) for kind in (*KINDS, *BESIDE)}
    limit, running = limit_of(total, cost), spent["engine"]
    lines = ["| Per resident and week | Number | ns each | ns |", "|---|---|---|---|"]
    lines += [
        f"| {word} | {total[kind]:.2f} | {cost[kind]:.3f} | {total[kind] * cost[kind]:.2f} |"
        for kind, word in KINDS.items()
    ]
    lines += [
        f"| limit | | | {limit:.1f} |",
        f"| engine, weeks of compounds of 180 households | | | {running:.1f} |",
        f"| takes of the limit | | | {running / limit:.2f}× |",
        f"| drawing people and ties, beside | | | {spent['drawing']:.1f} |",
        f"| draws (several share a call) | {total['draws']:.2f} | | |",
        f"| branches | {total['branches']:.1f} | | |",
        f"| of these going their rarer way | {total['rare']:.2f} | {cost['rare']:.2f} "
        f"| {total['rare'] * cost['rare']:.1f} |",
        "",
        f"{1e3 * total['ties'] / running:.1f} million ties and {1e3 * total['draws'] / running:.1f} million draws "
        "a second on one thread.",
        "",
        "| Furthest from its limit | Engine, ns | Limit, ns | Gap, ns |",
        "|---|---|---|---|",
    ]
    gaps = [(spent.get(p, 0.0) - limit_of(kinds, cost), p) for p, kinds in counts.items()]
    lines += [
        f"| `{p}` | {spent[p]:.1f} | {limit_of(counts[p], cost):.1f} | {gap:.1f} |"
        for gap, p in sorted(gaps, reverse=True)[:3]
    ]
    return "\n".join(lines)


def main() -> None:
    """Count, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=HOUSEHOLDS, help="of the compound that is counted")
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--count", action="store_true", help="count only, in plain mode, and print JSON")
    options = parser.parse_args()
    if options.count:
        print(json.dumps(count(options.households, options.weeks)))
        return
    counts, cost = counted(options.households, options.weeks), costs()
    running, drawing = engine(180, options.weeks, RUNS)
    spent = {**by_process(LARGE, options.weeks), "engine": running, "drawing": drawing}
    print(report(counts, cost, spent))


if __name__ == "__main__":
    main()
