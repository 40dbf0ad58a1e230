"""History matching: wave after wave, sets that the evidence rules out are left aside, and the rest is looked at closer.

A wave simulates sets from the space that is left, fits emulators to them, and draws the next ones where no emulator so
far finds them implausible. Everything is in a store, so that a calibration that was interrupted goes on where it was
and ends with the same sets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from scenarios.calibration.emulators import Emulator, fit_all
from scenarios.calibration.experiments import statistics
from scenarios.calibration.space import Space, plausible_space
from scenarios.calibration.targets import CUTOFF, Target, implausibilities, load_targets, second_largest
from scenarios.files.problems import ScenarioError
from scenarios.identity import code_of
from scenarios.store import Store
from scenarios.store.keys import key_of
from scenarios.store.store import DamagedManifestError

#: Files of `scenarios` that a simulated set passes through.
CODE = (
    "calibration/experiments.py",
    "calibration/space.py",
    "calibration/waves.py",
    "calibration/emulators.py",
)
#: Sets simulated in one call of the engine, and kept at once.
CHUNK = 32
#: Candidates weighed at once.
BLOCK = 30_000
#: Candidates tried for one wave at most: past that the space left is too small to be hit by chance.
MOST_TRIED = 2_000_000
TABLE = "sets"
KIND = "calibration"


@dataclass(frozen=True)
class Plan:
    """What is calibrated, and how much is spent on it.

    first, later : sets simulated in the first wave and in each later one; waves : one or more
    """

    targets: tuple[Target, ...]
    space: Space
    seed: int = 1
    waves: int = 12
    first: int = 3000
    later: int = 2000

    def size(self, wave: int) -> int:
        """Sets of a wave, counted from 1."""
        return self.first if wave == 1 else self.later

    @cached_property
    def identity(self) -> str:
        """What makes the sets of this plan what they are."""
        targets = [t.model_dump() for t in self.targets]
        return key_of(code_of(CODE), targets, dict(self.space.ranges), self.seed, self.first, self.later)


@dataclass(frozen=True)
class Simulated:
    """The sets of a wave with what was found.

    points : (n, coefficients) in [0, 1]; means, variances : of each statistic, (n,)
    """

    points: np.ndarray
    means: dict[str, np.ndarray]
    variances: dict[str, np.ndarray]

    def implausibility(self, targets: tuple[Target, ...]) -> np.ndarray:
        """Second-largest implausibility of each set, as simulated. (n,)"""
        return second_largest(implausibilities(targets, self.means, self.variances))


@dataclass(frozen=True)
class Wave:
    """A wave that is done.

    tried : candidates drawn from the whole space to find its sets; left : share of them that nothing before ruled out
    ruled_out : by target, the share of its sets that this target alone finds implausible
    holds : share of its sets that are not implausible as simulated
    """

    number: int
    tried: int
    left: float
    simulated: Simulated
    emulators: dict[str, Emulator]
    ruled_out: dict[str, float]
    holds: float


def default_plan(seed: int = 1, targets: tuple[Target, ...] | None = None) -> Plan:
    """The plan of the shipped calibration."""
    return Plan(targets or load_targets(), plausible_space(), seed)


def run_waves(
    plan: Plan,
    folder: Path,
    *,
    progress: Callable[[int, int, int], None] = lambda wave, done, total: None,
    finished: Callable[[Wave], None] = lambda wave: None,
    threads: int | None = None,
) -> list[Wave]:
    """Run every wave of a plan, going on where an earlier call stopped.

    progress : called with the wave, the sets simulated and the sets of the wave; finished : with a wave that is done
    Raises ScenarioError where nothing is left, with the targets that ruled out most, or for another plan's folder.
    """
    store = Store(folder, main=TABLE)
    with store.lock():
        _claim(store, plan)
        done: list[Wave] = []
        for number in range(1, plan.waves + 1):
            points, tried, left = _points(plan, number, done)
            simulated = _simulate(plan, store, number, points, progress, threads)
            done.append(_finish(plan, number, tried, left, simulated))
            finished(done[-1])
    return done


def _claim(store: Store, plan: Plan) -> None:
    """Set damaged files aside and note whose sets the folder holds.

    Raises ScenarioError, before anything is changed where the manifest can be read, where they are another's.
    """
    try:
        found = store.manifest
    except DamagedManifestError:
        found = {}  # whose sets they are their keys say, too
    if found and found.get("identity") != plan.identity:
        held = (
            "other results"
            if found.get("kind") != KIND
            else "a calibration of other targets, ranges, sizes or code"
        )
        raise ScenarioError(f"{store.folder}: holds {held}; expected a new folder")
    store.mend()
    if found:
        return
    if store.tables_beside(TABLE) or store.keys() - _own_keys(store, plan):
        raise ScenarioError(
            f"{store.folder}: the manifest is gone, and the sets are not of this calibration; expected a new folder"
        )
    store.write_manifest({"kind": KIND, "identity": plan.identity, "seed": plan.seed})


def _key(plan: Plan, wave: int, i: int) -> str:
    """The key of a set: its calibration, its wave from 1, its number in the wave."""
    return key_of(plan.identity, wave, i)


def _own_keys(store: Store, plan: Plan) -> set[str]:
    """Keys of the plan that the folder holds, those of later waves than the plan has too."""
    held, own, wave = store.keys(), set[str](), 1
    while True:
        of_wave = held.intersection(_key(plan, wave, i) for i in range(plan.size(wave)))
        if wave > plan.waves and not of_wave:
            return own
        own |= of_wave
        wave += 1


def _points(plan: Plan, number: int, done: list[Wave]) -> tuple[np.ndarray, int, float]:
    """The sets of a wave, the candidates tried for them and the share of these that was left."""
    wanted = plan.size(number)
    if number == 1:
        return plan.space.spread(wanted, plan.seed), wanted, 1.0
    rng = np.random.default_rng([plan.seed, number])
    found: list[np.ndarray] = []
    tried = n = 0
    while n < wanted and tried < MOST_TRIED:
        candidates = rng.random((BLOCK, len(plan.space.names)))
        kept = candidates[not_ruled_out(plan.targets, done, candidates)]
        tried += BLOCK
        n += len(kept)
        found.append(kept)
    if n == 0:
        worst = sorted(done[-1].ruled_out.items(), key=lambda item: -item[1])[:4]
        names = ", ".join(f"{name} ({share:.0%})" for name, share in worst)
        raise ScenarioError(
            f"nothing of the space is left after wave {number - 1}: the targets contradict one another or the model; "
            f"most is ruled out by {names}"
        )
    return np.concatenate(found)[:wanted], tried, n / tried


def not_ruled_out(targets: tuple[Target, ...], done: list[Wave], points: np.ndarray) -> np.ndarray:
    """Whether no wave so far finds a point implausible. points : (n, coefficients); returns bool (n,)"""
    left = np.ones(len(points), bool)
    for wave in done:
        rows = np.flatnonzero(left)
        if rows.size == 0:
            break
        left[rows] = guessed_implausibility(targets, wave.emulators, points[rows]) <= CUTOFF
    return left


def guessed_implausibility(
    targets: tuple[Target, ...], emulators: dict[str, Emulator], points: np.ndarray
) -> np.ndarray:
    """Second-largest implausibility by the emulators; a statistic without one rules nothing out. (n,)"""
    known = tuple(t for t in targets if t.statistic in emulators)
    names = {t.statistic for t in known}
    means = {name: emulators[name].guess(points) for name in names}
    variances = {name: np.full(len(points), emulators[name].variance) for name in names}
    return second_largest(implausibilities(known, means, variances))


def _simulate(
    plan: Plan,
    store: Store,
    number: int,
    points: np.ndarray,
    progress: Callable[[int, int, int], None],
    threads: int | None,
) -> Simulated:
    """Simulate the sets of a wave that the store does not hold yet; returns all of them."""
    keys = [_key(plan, number, i) for i in range(len(points))]
    held = store.keys()
    for first in range(0, len(points), CHUNK):
        chunk = range(first, min(first + CHUNK, len(points)))
        if all(keys[i] in held for i in chunk):
            continue
        progress(number, first, len(points))
        found = statistics(list(plan.space.parameters(points[chunk.start : chunk.stop])), threads=threads)
        columns = {
            **{f"mean_{name}": [s[name].value for s in found] for name in found[0]},
            **{f"variance_{name}": [s[name].variance for s in found] for name in found[0]},
        }
        store.append(pa.table(columns), [keys[i] for i in chunk])
    rows = store.table()
    place = {key: i for i, key in enumerate(rows["key"].to_pylist())}
    order = [place[key] for key in keys]

    def of(kind: str) -> dict[str, np.ndarray]:
        names = [name for name in rows.column_names if name.startswith(f"{kind}_")]
        return {n.removeprefix(f"{kind}_"): rows[n].to_numpy()[order].astype(np.float64) for n in names}

    return Simulated(points, of("mean"), of("variance"))


def _finish(plan: Plan, number: int, tried: int, left: float, simulated: Simulated) -> Wave:
    found = implausibilities(plan.targets, simulated.means, simulated.variances)
    ruled_out = {t.id: float((row > CUTOFF).mean()) for t, row in zip(plan.targets, found, strict=True)}
    wanted = {t.statistic for t in plan.targets}
    holds = float((second_largest(found) <= CUTOFF).mean())
    emulators = fit_all(simulated.points, {n: v for n, v in simulated.means.items() if n in wanted})
    return Wave(number, tried, left, simulated, emulators, ruled_out, holds)
