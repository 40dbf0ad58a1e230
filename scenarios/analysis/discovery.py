"""Where does this strategy fail? Scenario discovery with PRIM (Bryant & Lempert 2010) and CART.

A case is a point (one combination of parameters). It fails where at most half of its seeds reach all goals; a run
without a value has not reached them. Boxes and rules describe the sample: they say where failures lie, not why.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom

from scenarios.analysis.goals import Goal, met_by_point
from scenarios.analysis.intervals import share_interval
from scenarios.analysis.problem import AnalysisError, Parameter, Study
from scenarios.analysis.trees import LEAST_OF_EITHER, Rule, grow_tree
from scenarios.libraries import library

#: Density asked of a box, where any box reaches it; more where nearly every point fails: half of what is left to 1.
DENSITY = 0.8
MOST_BOXES = 3
#: A further box must cover this share of the failures that are left.
LEAST_COVERAGE = 0.1
#: Half-samples that show whether a restriction would be found again.
HALVES = 10
LEAST_CASES = 30
#: A restriction that chance makes this often is no finding.
P_LIMIT = 0.05


@dataclass(frozen=True)
class Restriction:
    """One side of a box: a parameter, its bounds inside the box, or the choices that lie in it.

    p : chance of a density as high without this restriction (one-sided binomial); found_again : share of half-samples
    """

    parameter: str
    low: float
    high: float
    choices: tuple[str, ...]
    p: float
    found_again: float


@dataclass(frozen=True)
class Box:
    """A region where failures gather.

    coverage : share of all failures inside; density : share of failures among the points inside, with its interval
    mass : share of all points inside; restrictions : what bounds it
    """

    restrictions: tuple[Restriction, ...]
    coverage: float
    density: float
    density_low: float
    density_high: float
    mass: float
    n: int

    @property
    def determined(self) -> bool:
        """Whether every restriction is more than chance and most half-samples find it again."""
        return bool(self.restrictions) and all(
            r.p < P_LIMIT and r.found_again >= 0.5 for r in self.restrictions
        )


@dataclass(frozen=True)
class Discovery:
    """Where one strategy misses its goals.

    n_cases, n_failing : points; n_seeds : seeds behind each; boxes : best first; trajectory : the first box as it was
    peeled (coverage, density, mass); rules : leaves of the tree, most failures first
    accuracy : balanced accuracy of the tree on points it has not seen (0.5 is chance)
    note : why there is nothing to find, where so (`none_fail`, `all_fail`, `too_few`), else empty
    """

    strategy: str
    goals: tuple[Goal, ...]
    n_cases: int
    n_failing: int
    n_seeds: int
    boxes: tuple[Box, ...]
    trajectory: pd.DataFrame
    rules: tuple[Rule, ...]
    accuracy: float
    note: str = ""


def discover(study: Study, strategy: str, goals: Sequence[Goal], *, seed: int = 0) -> Discovery:
    """Find where a strategy misses its goals. Raises AnalysisError without goals or with fewer than 30 points."""
    if not goals:
        raise AnalysisError(
            "scenario discovery: no goal; expected one or more, such as 'payment_18_months >= 0.6'"
        )
    failing = met_by_point(study, strategy, goals) <= 0.5
    parameters = [p for p in study.problem.parameters if study.runs[p.name].nunique() > 1]
    if len(failing) < LEAST_CASES or not parameters:
        raise AnalysisError(
            f"{study.source}: scenario discovery for {strategy}: {len(failing)} points with {len(parameters)} varying "
            f"parameters; expected {LEAST_CASES} or more points and a parameter that varies"
        )
    cases = study.points().loc[failing.index, [p.name for p in parameters]]
    y = failing.to_numpy()
    note = _nothing_to_find(y)
    boxes, trajectory = ((), pd.DataFrame()) if note else find_boxes(cases, y, parameters, seed=seed)
    rules, accuracy = ((), float("nan")) if note else grow_tree(cases, y, parameters, seed=seed)
    return Discovery(
        strategy, tuple(goals), len(y), int(y.sum()), study.n_seeds, boxes, trajectory, rules, accuracy, note
    )


def find_boxes(
    cases: pd.DataFrame, failing: np.ndarray, parameters: Sequence[Parameter], *, seed: int = 0
) -> tuple[tuple[Box, ...], pd.DataFrame]:
    """PRIM boxes, best first, and how the first was peeled (columns `coverage, density, mass`).

    cases : one row per point, a column per parameter; failing : (points,) bool
    """
    left = np.ones(len(failing), bool)
    boxes: list[Box] = []
    trajectory = pd.DataFrame()
    for number in range(MOST_BOXES):
        if (failing & left).sum() < LEAST_OF_EITHER:
            break
        limits, path = _peel(cases[left], failing[left], parameters)
        if number == 0:
            trajectory = path
        box, inside = _box(cases, failing, left, limits, parameters, seed)
        if not box.restrictions or box.coverage < LEAST_COVERAGE * (failing & left).sum() / failing.sum():
            break
        boxes.append(box)
        left = left & ~inside
    return tuple(boxes), trajectory


type Limits = dict[str, tuple[float, float] | tuple[str, ...]]


def _peel(
    cases: pd.DataFrame, failing: np.ndarray, parameters: Sequence[Parameter]
) -> tuple[Limits, pd.DataFrame]:
    """Limits of the chosen box of one PRIM run, and its path."""
    prim = library("ema_workbench.analysis.prim", "PRIM")
    typed = {
        p.name: cases[p.name].astype(float).to_numpy()
        if p.numeric
        else cases[p.name].astype(str).astype(object)
        for p in parameters
    }
    table = pd.DataFrame({name: np.asarray(column) for name, column in typed.items()})
    with warnings.catch_warnings():
        # ema-workbench 3.0 calls pandas in ways pandas 3.1 announces to drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        found: Any = prim.Prim(table, failing.copy(), peel_alpha=0.05).find_box()
        path = found.peeling_trajectory[["coverage", "density", "mass"]].astype(float)
        i = _chosen(path, max(DENSITY, (1 + float(failing.mean())) / 2))
        limits = _limits(found.box_lims[i], found.box_lims[0], parameters)
    return limits, path.assign(chosen=np.arange(len(path)) == i)


def _chosen(path: pd.DataFrame, asked: float) -> int:
    """The best compromise of coverage and density (harmonic mean), among the boxes dense enough if there are any."""
    coverage, density = path["coverage"].to_numpy(), path["density"].to_numpy()
    both = 2 * density * coverage / np.maximum(density + coverage, 1e-12)
    allowed = density >= asked if (density >= asked).any() else np.ones(len(path), bool)
    return int(np.where(allowed, both, -1.0).argmax())


def _limits(limits: pd.DataFrame, everything: pd.DataFrame, parameters: Sequence[Parameter]) -> Limits:
    """What the box restricts: bounds of numbers, the choices left of others."""
    found: Limits = {}
    for p in parameters:
        if p.numeric:
            low, high = (float(v) for v in limits[p.name])
            whole_low, whole_high = (float(v) for v in everything[p.name])
            if low > whole_low or high < whole_high:
                found[p.name] = (
                    low if low > whole_low else -np.inf,
                    high if high < whole_high else np.inf,
                )
        elif set(limits[p.name].iloc[0]) != set(everything[p.name].iloc[0]):
            found[p.name] = tuple(sorted(limits[p.name].iloc[0]))
    return found


def _inside(cases: pd.DataFrame, limits: Limits, skip: str = "") -> np.ndarray:
    mask = np.ones(len(cases), bool)
    for name, limit in limits.items():
        if name == skip:
            continue
        column = cases[name]
        if isinstance(limit[0], str):
            mask &= column.astype(str).isin(list(limit)).to_numpy()
        else:
            mask &= ((column >= limit[0]) & (column <= limit[1])).to_numpy()
    return mask


def _box(
    cases: pd.DataFrame, failing: np.ndarray, left: np.ndarray, limits: Limits, parameters: Sequence[Parameter],
    seed: int,
) -> tuple[Box, np.ndarray]:  # fmt: skip
    """The box without the restrictions that chance explains, and which points lie in it."""
    p_values = _p_values(cases, failing, left, limits)
    while limits and max(p_values.values()) >= P_LIMIT:
        worst = max(p_values, key=lambda name: p_values[name])
        limits = {name: limit for name, limit in limits.items() if name != worst}
        p_values = _p_values(cases, failing, left, limits)
    inside = _inside(cases, limits) & left
    again = _found_again(cases[left], failing[left], parameters, limits, seed)
    restrictions = tuple(
        _restriction(name, limit, p_values[name], again[name]) for name, limit in limits.items()
    )
    n, hits = int(inside.sum()), int((inside & failing).sum())
    low, high = share_interval(hits, n)
    box = Box(
        tuple(sorted(restrictions, key=lambda r: r.p)),
        hits / int(failing.sum()),
        hits / n if n else float("nan"),
        low,
        high,
        n / len(cases),
        n,
    )
    return box, inside


def _restriction(name: str, limit: Any, p: float, found_again: float) -> Restriction:
    if isinstance(limit[0], str):
        return Restriction(name, np.nan, np.nan, tuple(limit), p, found_again)
    return Restriction(name, limit[0], limit[1], (), p, found_again)


def _p_values(cases: pd.DataFrame, failing: np.ndarray, left: np.ndarray, limits: Limits) -> dict[str, float]:
    """Chance of so many failures in the box if this restriction did nothing (Bryant & Lempert 2010)."""
    inside = _inside(cases, limits) & left
    n, hits = int(inside.sum()), int((inside & failing).sum())
    found = {}
    for name in limits:
        wider = _inside(cases, limits, skip=name) & left
        base = (wider & failing).sum() / max(1, wider.sum())
        found[name] = float(binom.sf(hits - 1, n, base))
    return found


def _found_again(
    cases: pd.DataFrame, failing: np.ndarray, parameters: Sequence[Parameter], limits: Limits, seed: int
) -> dict[str, float]:
    """Share of half-samples in which PRIM restricts each parameter again."""
    generator = np.random.default_rng(seed)
    counts = dict.fromkeys(limits, 0)
    for _ in range(HALVES if limits else 0):
        half = np.sort(generator.permutation(len(cases))[: len(cases) // 2])
        if failing[half].sum() < LEAST_OF_EITHER:
            continue
        found, _ = _peel(cases.iloc[half], failing[half], parameters)
        for name in counts:
            counts[name] += name in found
    return {name: count / HALVES for name, count in counts.items()}


def _nothing_to_find(failing: np.ndarray) -> str:
    if not failing.any():
        return "none_fail"
    if failing.all():
        return "all_fail"
    return "too_few" if min(failing.sum(), (~failing).sum()) < LEAST_OF_EITHER else ""
