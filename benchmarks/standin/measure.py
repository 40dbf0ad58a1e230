"""Measure one peer of the stand-in rule in this process and print the result as one line of JSON.

    python benchmarks/standin/measure.py PEER RESIDENTS [--steps 100] [--seconds 1]
    python benchmarks/standin/measure.py PEER --agree DRAWS.npz

Needs only what the peer itself needs. Building the network and the population is not timed.
"""

import argparse
import gc
import json
import platform
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from standin.registry import Peer, peer
from standin.rule import STEPS, SharedLuck, ring_with_long_ties, start

WARM_UP = 504
MOST_RUNS = 15


def peak_megabytes() -> float:
    """Peak resident memory of this process so far."""
    try:
        # Not `getrusage` where it can be helped: its peak begins with that of the process that started this one.
        status = Path("/proc/self/status").read_text("utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(one: Peer, n: int, steps: int, seconds: float) -> dict[str, Any]:
    """CPU and wall seconds of whole runs, at least one, until `seconds` have gone by; and the memory needed."""
    one.build(ring_with_long_ties(WARM_UP), start(WARM_UP)).advance(2)
    before = peak_megabytes()
    ties, beginning = ring_with_long_ties(n), start(n)
    cpu: list[float] = []
    wall: list[float] = []
    while not wall or (sum(wall) < seconds and len(wall) < MOST_RUNS):
        population = one.build(ties, beginning)
        gc.collect()
        cpu_then, then = time.process_time(), time.perf_counter()
        population.advance(steps)
        wall.append(time.perf_counter() - then)
        cpu.append(time.process_time() - cpu_then)
    opinion, consent = population.state()
    return {
        "cpu": cpu,
        "wall": wall,
        "memory_before": before,
        "memory_peak": peak_megabytes(),
        "mean_opinion": float(np.mean(opinion, dtype=float)),
        "consent_share": float(np.mean(consent)),
        "versions": {package: version(package) for package in one.packages},
        "python": platform.python_version(),
    }


def story(one: Peer, z: np.ndarray, u: np.ndarray) -> dict[str, Any]:
    """What a peer makes of given draws, both (steps, n): the opinions and consents at the end."""
    steps, n = z.shape
    population = one.build(ring_with_long_ties(n), start(n), luck=SharedLuck(z, u))
    population.advance(steps)
    opinion, consent = population.state()
    return {"opinion": np.asarray(opinion, float).tolist(), "consent": np.asarray(consent, bool).tolist()}


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description="Measure one peer of the stand-in rule.")
    parser.add_argument("peer")
    parser.add_argument("residents", type=int, nargs="?")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--agree", type=Path)
    options = parser.parse_args()
    one = peer(options.peer)
    if options.agree:
        draws = np.load(options.agree)
        result = story(one, draws["z"], draws["u"])
    elif options.residents:
        result = measure(one, options.residents, options.steps, options.seconds)
    else:
        parser.error("give the number of residents, or --agree with a file of draws")
    print(json.dumps(result))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the peers' own libraries; what they print is not the result
    main()
