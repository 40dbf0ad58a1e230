"""A resumable evolutionary search for what nothing else beats in all objectives at once (NSGA-III, Deb & Jain 2014).

Every individual is run on the same seeds, so that two strategies differ by what they do and not by luck. Every
generation is whole and safe on the disk before the next begins, and every individual ever tried is kept. A search that
was killed replays its generations from the files: the algorithm, seeded, asks for the very same individuals, is told
their values from the file, and goes on to the same front as a search that was never stopped.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.analysis.problem import AnalysisError
from scenarios.libraries import library
from scenarios.reading import read_json
from scenarios.store.files import lasting_folder, remove_abandoned, replace_whole

SETTINGS = "search.json"
#: Settings of a search that have a longer name where they are told.
_CALLED = {"own": "the file of one's own"}
type Evaluate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
type Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Front:
    """What a search has found.

    x : (n, variables); objectives : (n, objectives), as minimised; constraints : (n, constraints), ≤ 0 is kept to
    all_x, all_objectives, all_constraints : every individual tried, generation after generation
    """

    x: np.ndarray
    objectives: np.ndarray
    constraints: np.ndarray
    all_x: np.ndarray
    all_objectives: np.ndarray
    all_constraints: np.ndarray
    generations: int


def search(
    evaluate: Evaluate,
    *,
    n_variables: int,
    n_objectives: int,
    n_constraints: int = 0,
    generations: int,
    population: int,
    seed: int = 1,
    folder: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    report: Report | None = None,
) -> Front:
    """Minimise all objectives over [0, 1] in every variable.

    evaluate : (n, variables) → objectives (n, objectives) and constraints (n, constraints)
    folder : where generations are kept; a search found there is continued
    settings : what else determines the values (scenario, seeds, version), compared with what the folder holds
    report : called with generations done and in all
    Raises AnalysisError where the folder holds another search.
    """
    least = n_objectives + 3
    if generations < 1:
        raise AnalysisError(f"search: {generations} generations; expected at least 1")
    if population < least:
        objectives = f"three more than its {n_objectives} objectives"
        raise AnalysisError(f"search: a population of {population}; expected at least {least}, {objectives}")
    described = {
        **(settings or {}),
        "n_variables": n_variables,
        "n_objectives": n_objectives,
        "n_constraints": n_constraints,
        "population": population,
        "seed": seed,
    }
    kept = _Kept(folder, described) if folder else None
    algorithm = _algorithm(n_variables, n_objectives, n_constraints, population, seed)
    xs, fs, gs = [], [], []
    for generation in range(generations):
        asked = algorithm.ask()
        x = np.asarray(asked.get("X"), np.float64)
        f, g = _known_or_new(kept, generation, x, evaluate, n_constraints)
        _tell(algorithm, asked, f, g)
        xs.append(x)
        fs.append(f)
        gs.append(g)
        if report is not None:
            report(generation + 1, generations)
    return _front(np.concatenate(xs), np.concatenate(fs), np.concatenate(gs), generations)


def non_dominated(objectives: np.ndarray) -> np.ndarray:
    """Which rows no other beats; of equal rows the first. (n,) bool."""
    keep = ~beaten(objectives)
    for i, row in enumerate(objectives):
        keep[i] &= not (objectives[:i] == row).all(axis=1).any()
    return keep


def beaten(objectives: np.ndarray) -> np.ndarray:
    """Which rows another beats: it is at least as low in all, lower in one. (n,) bool."""
    found = np.zeros(len(objectives), bool)
    for i, row in enumerate(objectives):
        no_worse = (objectives <= row).all(axis=1)
        found[i] = (no_worse & (objectives < row).any(axis=1)).any()
    return found


def _front(x: np.ndarray, f: np.ndarray, g: np.ndarray, generations: int) -> Front:
    """The best of all individuals tried, not of the last generation only."""
    allowed = np.flatnonzero((g <= 0).all(axis=1) & np.isfinite(f).all(axis=1))
    best = allowed[non_dominated(f[allowed])] if allowed.size else allowed
    best = best[np.lexsort(f[best].T[::-1])] if best.size else best
    return Front(x[best], f[best], g[best], x, f, g, generations)


def _algorithm(n_variables: int, n_objectives: int, n_constraints: int, population: int, seed: int) -> Any:
    nsga3 = library("pymoo.algorithms.moo.nsga3", "search")
    problem = library("pymoo.core.problem", "search").Problem
    directions = _directions(n_objectives, population, seed).copy()
    algorithm = nsga3.NSGA3(ref_dirs=directions, pop_size=population)
    bounds = problem(n_var=n_variables, n_obj=n_objectives, n_ieq_constr=n_constraints, xl=0.0, xu=1.0)
    # Ended by the loop above; pymoo's own stop would depend on its display and clock.
    return algorithm.setup(bounds, termination=("n_gen", 10**9), seed=seed, verbose=False)


@cache
def _directions(n_objectives: int, population: int, seed: int) -> np.ndarray:
    """Directions in which the front is looked for, evenly apart; seconds for each new set."""
    made = library("pymoo.util.ref_dirs", "search").get_reference_directions
    return np.asarray(made("energy", n_objectives, population, seed=seed))


def _tell(algorithm: Any, asked: Any, f: np.ndarray, g: np.ndarray) -> None:
    evaluator = library("pymoo.core.evaluator", "search").Evaluator
    static = library("pymoo.problems.static", "search").StaticProblem
    given = {"F": f, "G": g} if g.shape[1] else {"F": f}
    evaluator().eval(static(algorithm.problem, **given), asked)
    algorithm.tell(infills=asked)


def _known_or_new(
    kept: "_Kept | None", generation: int, x: np.ndarray, evaluate: Evaluate, n_constraints: int
) -> tuple[np.ndarray, np.ndarray]:
    known = kept.read(generation, x) if kept else None
    if known is not None:
        return known
    f, g = evaluate(x)
    f, g = np.asarray(f, np.float64), np.asarray(g, np.float64).reshape(len(x), n_constraints)
    if kept:
        kept.write(generation, x, f, g)
    return f, g


class _Kept:
    """The files of a search: its settings, and a generation each."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        try:
            lasting_folder(folder)
        except OSError as error:
            raise AnalysisError(f"{folder}: cannot be written ({error.strerror})") from None
        remove_abandoned(folder)
        wanted = json.loads(json.dumps(settings))
        file = folder / SETTINGS
        if file.exists():
            _refuse_other(file, _read(file), wanted)
        else:
            _write(file, wanted)

    def _file(self, generation: int) -> Path:
        return self.folder / f"generation_{generation + 1:04d}.json"

    def read(self, generation: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Objectives and constraints of a generation that was run; None where it was not."""
        file = self._file(generation)
        if not file.exists():
            return None
        data = _read(file)
        try:
            known = np.array(data["x"], np.float64)
            f = np.array(data["objectives"], np.float64)
            g = np.array(data["constraints"], np.float64).reshape(len(f), -1)
        except (KeyError, TypeError, ValueError):
            raise AnalysisError(
                f"{file}: is not a generation of a search; delete it to run it again"
            ) from None
        if not np.array_equal(known, x):
            raise AnalysisError(
                f"{file}: holds other individuals than this version asks for; expected those of the same version of "
                "the search library: use a new folder"
            )
        return f, g

    def write(self, generation: int, x: np.ndarray, f: np.ndarray, g: np.ndarray) -> None:
        """Keep a generation, whole or not at all."""
        data = {"x": x.tolist(), "objectives": f.tolist(), "constraints": g.tolist()}
        _write(self._file(generation), data)


def _refuse_other(file: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    differing = [k for k in wanted if not isinstance(found, dict) or found.get(k) != wanted[k]]
    if differing:
        key = differing[0]
        there = found.get(key) if isinstance(found, dict) else None
        raise AnalysisError(
            f"{file}: {_CALLED.get(key, key)} = {there!r}; this search has {wanted[key]!r}: expected the same search "
            "to continue, or an empty folder"
        )


def _read(file: Path) -> Any:
    try:
        return read_json(file, infinite=True)  # objectives: a week that is not reached
    except (OSError, ValueError) as error:
        raise AnalysisError(
            f"{file}: cannot be read ({type(error).__name__}); delete it to run it again"
        ) from None


def _write(file: Path, data: Any) -> None:
    try:
        replace_whole(file, json.dumps(data).encode())
    except OSError as error:
        raise AnalysisError(f"{file}: cannot be written ({error.strerror})") from None


def labelled(names: Sequence[str], rows: np.ndarray) -> list[dict[str, float]]:
    """Rows as dictionaries, for tables."""
    return [dict(zip(names, (float(v) for v in row), strict=True)) for row in rows]
