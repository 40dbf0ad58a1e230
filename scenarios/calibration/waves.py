"""History matching: wave after wave, sets that the evidence rules out are left aside, and the rest is looked at closer.

A wave simulates sets from the space that is left, fits emulators to all sets so far, and draws the next ones where no
emulator finds them implausible. The first waves know the space only roughly, so that one target alone rules nothing out
there; after them each target may, and all together. Sets that agree with every target in a wave's few compounds may do
so by chance: at the end they are simulated anew with more and other compounds. Everything is in a store, so that a
calibration that was interrupted goes on where it was and ends with the same sets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scenarios.calibration.emulators import Emulator, fit_all, one_thread_each
from scenarios.calibration.experiments import TIMES, Sample, statistics
from scenarios.calibration.space import Space, plausible_space
from scenarios.calibration.targets import (
    CUTOFF,
    Target,
    implausibilities,
    largest,
    load_targets,
    ruled_out,
    second_largest,
)
from scenarios.files.problems import ScenarioError
from scenarios.identity import code_of
from scenarios.store import Store
from scenarios.store.keys import key_of
from scenarios.store.store import DamagedManifestError, OtherWriterError, holds, strange_files

#: Files of `scenarios` that a simulated set passes through.
CODE = (
    "calibration/experiments.py",
    "calibration/space.py",
    "calibration/waves.py",
    "calibration/emulators.py",
)
#: Sets of a wave simulated in one call of the engine, and kept at once.
CHUNK = 32
#: Waves after which one target alone does not rule out: emulators of the whole space err too much.
CAUTIOUS = 2
#: Sum over the targets of squared implausibilities, by an emulator, above which a set is ruled out in later waves: of
#: sets that agree with every target in the last look, about nine in ten are below it.
TOGETHER = 20.0
#: Compounds of the last look: none that a wave has seen.
LAST_LOOK = Sample(first_seed=100_000, times=3)
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
    waves: int = 9
    first: int = 3000
    later: int = 1500

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

    def away(self, targets: tuple[Target, ...]) -> np.ndarray:
        """Implausibility of every target for each set, as simulated. (targets, n)"""
        return implausibilities(targets, self.means, self.variances)


def joined(parts: Sequence[Simulated]) -> Simulated:
    """The sets of several, one behind the other."""

    def of(columns: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        return {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}

    points = np.concatenate([part.points for part in parts])
    return Simulated(points, of([part.means for part in parts]), of([part.variances for part in parts]))


@dataclass(frozen=True)
class Wave:
    """A wave that is done.

    tried : candidates drawn from the whole space to find its sets; left : share of them that nothing before ruled out
    ruled_out : by target, the share of its sets that this target alone finds implausible
    agree : of its sets, those that agree with every target as simulated, bool (n,)
    """

    number: int
    tried: int
    left: float
    simulated: Simulated
    emulators: dict[str, Emulator]
    ruled_out: dict[str, float]
    agree: np.ndarray


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
    _refuse_others(store, plan)
    with store.lock():
        _claim(store, plan)
        done: list[Wave] = []
        for number in range(1, plan.waves + 1):
            with one_thread_each():
                points, tried, left = _points(plan, number, done)
            keys = [_key(plan, number, i) for i in range(len(points))]
            told = partial(progress, number)
            simulated = _simulate(store, plan.space, keys, points, Sample(), told, threads)
            done.append(_finish(plan, number, tried, left, simulated, done))
            finished(done[-1])
    return done


def look_closer(
    plan: Plan,
    waves: Sequence[Wave],
    folder: Path,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    threads: int | None = None,
) -> Simulated:
    """Simulate what agrees with every target again, in more and other compounds; the last wave's sets first.

    folder : of the waves; what is in it is not simulated again
    progress : called with the sets simulated and all of them
    """
    kept = [(wave, np.flatnonzero(wave.agree)) for wave in reversed(waves)]
    keys = [_key(plan, wave.number, int(i), *LAST_LOOK) for wave, rows in kept for i in rows]
    points = np.concatenate([wave.simulated.points[rows] for wave, rows in kept])
    store = Store(folder, main=TABLE)
    with store.lock():
        _claim(store, plan)
        return _simulate(store, plan.space, keys, points, LAST_LOOK, progress, threads)


def _claim(store: Store, plan: Plan) -> None:
    """Set damaged files aside and note whose sets the folder holds.

    Raises ScenarioError, before anything is changed where the manifest can be read, where they are another's.
    """
    found = _refuse_others(store, plan)
    store.mend()
    if found:
        return
    if store.tables_beside(TABLE) or store.keys() - _own_keys(store, plan):
        raise ScenarioError(
            f"{store.folder}: the manifest is gone, and the sets are not of this calibration; expected a new folder"
        )
    store.write_manifest({"kind": KIND, "identity": plan.identity, "seed": plan.seed})


def _refuse_others(store: Store, plan: Plan) -> dict[str, Any]:
    """The manifest, where it is of this calibration or gone. Raises ScenarioError for that of anything else."""
    try:
        if strange := strange_files(store):
            raise ScenarioError(
                f"{store.folder}: holds {strange}, which gongzhi has not written; expected an empty folder, a new "
                "one, or one that this calibration has begun"
            )
        found = store.manifest
        if not found or found.get("identity") == plan.identity:
            return found
        same_kind = found.get("kind") == KIND
    except DamagedManifestError:
        return {}  # whose sets they are their keys say, too
    except OtherWriterError:
        same_kind = False
    held = "holds a calibration of other targets, ranges, sizes or code" if same_kind else holds(store)
    raise ScenarioError(f"{store.folder}: {held}; expected a new folder")


def _key(plan: Plan, wave: int, i: int, *sample: int) -> str:
    """The key of a set: its calibration, its wave from 1, its number in the wave; the compounds, if not a wave's."""
    return key_of(plan.identity, wave, i, *sample)


def _own_keys(store: Store, plan: Plan) -> set[str]:
    """Keys of the plan that the folder holds, those of later waves than the plan has too."""
    held, own, wave = store.keys(), set[str](), 1
    while True:
        of_wave = held.intersection(_key(plan, wave, i) for i in range(plan.size(wave)))
        if wave > plan.waves and not of_wave:
            return own
        own |= of_wave
        own |= held.intersection(_key(plan, wave, i, *LAST_LOOK) for i in range(plan.size(wave)))
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
        kept = candidates[not_ruled_out(plan.targets, done, candidates, cautious=number <= CAUTIOUS)]
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


def not_ruled_out(
    targets: tuple[Target, ...],
    done: list[Wave],
    points: np.ndarray,
    *,
    cautious: bool = False,
) -> np.ndarray:
    """Whether no wave so far finds a point implausible. points : (n, coefficients); returns bool (n,)

    cautious : whether two targets must find it so; else one may, and all together
    """
    left = np.ones(len(points), bool)
    for wave in done:
        rows = np.flatnonzero(left)
        if rows.size == 0:
            break
        away = guessed_away(targets, wave.emulators, points[rows])
        if cautious:
            left[rows] = second_largest(away) <= CUTOFF
        else:
            left[rows] = (largest(away) <= CUTOFF) & ((away**2).sum(axis=0) <= TOGETHER)
    return left


def guessed_away(
    targets: tuple[Target, ...], emulators: dict[str, Emulator], points: np.ndarray
) -> np.ndarray:
    """Implausibility of the expected values by the emulators; a statistic without one rules nothing out.

    Returns (targets that have one, n).
    """
    known = {name: (e, e.guess(points)) for name, e in emulators.items()}
    return np.array(
        [
            target.implausibility(guess, np.full(len(points), e.doubt), logarithmic=e.logarithmic)
            for target in targets
            if target.statistic in known
            for e, guess in [known[target.statistic]]
        ]
    )


def _simulate(
    store: Store,
    space: Space,
    keys: Sequence[str],
    points: np.ndarray,
    sample: Sample,
    progress: Callable[[int, int], None],
    threads: int | None,
) -> Simulated:
    """Simulate those sets that the store does not hold yet; returns all of them."""
    held, size = store.keys(), max(1, CHUNK // sample.times)
    for first in range(0, len(points), size):
        chunk = range(first, min(first + size, len(points)))
        if all(keys[i] in held for i in chunk):
            continue
        progress(first, len(points))
        sets = list(space.parameters(points[chunk.start : chunk.stop]))
        found = statistics(sets, sample, threads=threads)
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


def _finish(
    plan: Plan, number: int, tried: int, left: float, simulated: Simulated, done: Sequence[Wave]
) -> Wave:
    found = simulated.away(plan.targets)
    wanted = {t.statistic for t in plan.targets}
    so_far = joined([*(wave.simulated for wave in done), simulated])
    emulators = fit_all(
        so_far.points,
        {n: v for n, v in so_far.means.items() if n in wanted},
        {n: v for n, v in so_far.variances.items() if n in wanted},
        TIMES,
    )
    away, agree = ruled_out(plan.targets, found), largest(found) <= CUTOFF
    return Wave(number, tried, left, simulated, emulators, away, agree)
