"""Which parameters matter: Morris' elementary effects, Sobol' indices, PAWN.

Sobol' is SALib's, with its traps closed: it turns a missing value into indices of NaN without a word (blocks with one
are left out and counted), takes seed 0 for no seed, gives zeros for constant outcomes (refused here).
Morris is written here: SALib's takes the size of a step from the number of levels it is told; the points know it
better, also where whole numbers make steps unequal.
PAWN is written here: SALib's fails for some numbers of slices (6, 9), leaves out the largest value of each parameter,
cuts parameters with few values into empty slices, and says nothing of how large an index chance alone makes.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from scenarios.analysis.designs import in_numbers, in_order
from scenarios.analysis.intervals import LEVEL
from scenarios.analysis.problem import AnalysisError, Parameter, Problem, Study, finite_values
from scenarios.comparison import are_survivors
from scenarios.libraries import library

RESAMPLES = 500
#: Where more of the variance of the means than this is chance between seeds, other seeds would give other indices.
MOST_NOISE = 0.5
SLICES = 10
MOST_CASES = 20_000
#: Permutations of a parameter that make the dummy of PAWN.
DUMMIES = 50
#: Points without which an index says nothing.
LEAST_POINTS = 30


@dataclass(frozen=True)
class Sensitivity:
    """Indices of one outcome under one strategy.

    method : sobol, morris, pawn or surface (Sobol' indices of a fitted surface)
    table : one row per parameter, most important first; columns `parameter, role` and, by method,
        sobol, surface: first, first_low, first_high, total, total_low, total_high
        morris: mu_star, mu_star_low, mu_star_high, mu, sigma (in units of the outcome per whole range)
        pawn: index (median over slices), index_low, index_high
    n_points, n_seeds, n_runs : behind it
    n_lost : points left out for lack of a value; of PAWN, which takes every run for a case, those without any run left
    n_runs_lost : runs that PAWN leaves out for lack of a value; n_not_drawn : points with a value that it does not
        use, because it draws as many as it can do in seconds
    noise : share of the variance of the point means that is chance between seeds; NaN where there is one seed
    threshold : largest index that chance alone makes (PAWN), else 0
    quality : how well a surface predicts points it has not seen, 1 at best; NaN for other methods
    """

    method: str
    outcome: str
    strategy: str
    table: pd.DataFrame
    n_points: int
    n_seeds: int
    n_runs: int
    n_lost: int
    noise: float
    threshold: float = 0.0
    quality: float = float("nan")
    n_runs_lost: int = 0
    n_not_drawn: int = 0

    @property
    def determined(self) -> bool:
        """Whether enough of the design has values, and the means are not mostly chance between seeds."""
        # To PAWN every run is a case: chance is part of the distribution, and its threshold knows of it.
        if self.method == "pawn":
            return is_determined(self.n_runs, self.n_runs_lost, 0.0)
        return is_determined(self.n_points, self.n_lost, self.noise)


def is_determined(n_cases: int, n_lost: int, noise: float) -> bool:
    """Whether at most `MOST_LEFT_OUT` of the cases are lost, and at most `MOST_NOISE` of their variance is chance.

    n_cases : with a value: points, or runs where every run is a case
    """
    return not are_survivors(n_cases, n_lost) and not noise > MOST_NOISE


def sobol_indices(study: Study, design: pd.DataFrame, strategy: str, outcome: str) -> Sensitivity:
    """First-order and total Sobol' indices from a design of `designs.sobol_design` that was run.

    Estimators of Saltelli et al. (2010), with percentile intervals over 500 resamples of blocks.
    """
    found = in_order(study, design, strategy, outcome)
    problem = restricted(study.problem, list(design.columns))
    kept, lost = whole_blocks(found, len(problem.parameters) + 2)
    refuse_constant(kept, study, outcome, strategy)
    table = sobol_table(problem, kept)
    return Sensitivity("sobol", outcome, strategy, table, len(kept), *_behind(study, strategy, outcome, lost))


def sobol_table(problem: Problem, outcomes: np.ndarray) -> pd.DataFrame:
    """The table of Sobol' indices of outcomes in the order of a Sobol' design, (n·(D + 2),) float."""
    analyze = library("SALib.analyze.sobol", "Sobol' indices").analyze
    s = analyze(
        problem.salib(),
        outcomes,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        keep_resamples=True,
        seed=1,
    )
    table = _named(problem)
    for name, key in (("first", "S1"), ("total", "ST")):
        draws = np.quantile(s[f"{key}_conf_all"], _tails(), axis=0)
        table[name], table[f"{name}_low"], table[f"{name}_high"] = s[key], draws[0], draws[1]
    return _ordered(table, "total")


def morris_effects(study: Study, design: pd.DataFrame, strategy: str, outcome: str) -> Sensitivity:
    """Elementary effects of a `designs.morris_design` that was run (Morris 1991; Campolongo et al. 2007)."""
    found = in_order(study, design, strategy, outcome)
    problem = restricted(study.problem, list(design.columns))
    step = len(problem.parameters) + 1
    kept, lost = whole_blocks(found, step)
    refuse_constant(kept, study, outcome, strategy)
    points = design.to_numpy(np.float64)[_block_mask(found, step)]
    table = morris_table(problem, points, kept)
    return Sensitivity(
        "morris", outcome, strategy, table, len(kept), *_behind(study, strategy, outcome, lost)
    )


def morris_table(problem: Problem, points: np.ndarray, outcomes: np.ndarray) -> pd.DataFrame:
    """Mean and spread of elementary effects, the largest first; see `elementary_effects` for the arguments."""
    effects = elementary_effects(problem, points, outcomes)
    n = len(effects)
    generator = np.random.default_rng(1)
    draws = np.abs(effects)[generator.integers(n, size=(RESAMPLES, n))].mean(axis=1)
    half = NormalDist().inv_cdf(0.5 + LEVEL / 2) * draws.std(axis=0, ddof=1)
    mu_star = np.abs(effects).mean(axis=0)
    table = _named(problem)
    table["mu_star"], table["mu_star_low"], table["mu_star_high"] = mu_star, mu_star - half, mu_star + half
    table["mu"] = effects.mean(axis=0)
    table["sigma"] = effects.std(axis=0, ddof=1) if n > 1 else np.nan
    return _ordered(table, "mu_star")


def elementary_effects(problem: Problem, points: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """Change of the outcome over the step that made it, per whole range of the parameter; (trajectories, parameters).

    points : (trajectories·(D + 1), D) in the parameters' own units; outcomes : one a point
    """
    d = len(problem.parameters)
    places = np.column_stack(
        [p.positions(column) for p, column in zip(problem.parameters, points.T, strict=True)]
    )
    steps = np.diff(places.reshape(-1, d + 1, d), axis=1)
    changes = np.diff(outcomes.reshape(-1, d + 1), axis=1)
    moved = np.abs(steps).argmax(axis=2)
    taken = np.take_along_axis(steps, moved[..., None], axis=2)[..., 0]
    effects = np.empty_like(changes)
    np.put_along_axis(effects, moved, changes / taken, axis=1)
    return effects


def pawn_indices(study: Study, strategy: str, outcome: str, *, seed: int = 1) -> Sensitivity:
    """PAWN (Pianosi & Wagener 2018): how far the distribution of an outcome moves when a parameter is held in a slice.

    Any sample of points will do, grids too; a choice has a slice for each of its names. Each run is a case; runs
    without a value are left out and counted.
    """
    runs = study.of(strategy)
    found = finite_values(study, runs, outcome)
    good = np.isfinite(found)
    y, used = _not_too_many(found[good], runs[good])
    if used["point"].nunique() < LEAST_POINTS:
        raise AnalysisError(
            f"{study.source}: PAWN of {outcome} under {strategy}: {used['point'].nunique()} points with a value; "
            f"expected {LEAST_POINTS} or more"
        )
    refuse_constant(y, study, outcome, strategy)
    problem = Problem(_varying(study.problem, used), study.problem.outcomes)
    if not problem.parameters:
        raise AnalysisError(f"{study.source}: PAWN of {outcome} under {strategy}: no parameter varies")
    x = in_numbers(used[problem.names])
    most = [SLICES if p.numeric else len(p.choices) for p in problem.parameters]
    generator = np.random.default_rng(seed)
    table = _named(problem)
    codes = np.unique(y, return_inverse=True)[1]
    table["index"] = [_pawn(column, codes, m) for column, m in zip(x.T, most, strict=True)]
    draws = _pawn_draws(x, codes, most, used["point"].to_numpy(), generator)
    # Resamples repeat points, and distances between fewer points are larger: only the spread is taken from them.
    spread = np.quantile(draws, _tails(), axis=0) - draws.mean(axis=0)
    table["index_low"], table["index_high"] = (np.clip(table["index"] + side, 0, 1) for side in spread)
    n_used, n_valued = used["point"].nunique(), runs.loc[good, "point"].nunique()
    dummy = _dummy(x, codes, most, used["point"].to_numpy(), generator)
    return Sensitivity(
        "pawn",
        outcome,
        strategy,
        _ordered(table, "index"),
        n_points=n_used,
        n_seeds=runs["seed"].nunique(),
        n_runs=int(good.sum()),
        n_lost=runs["point"].nunique() - n_valued,
        noise=seed_noise(study, strategy, outcome),
        threshold=dummy,
        n_runs_lost=int((~good).sum()),
        n_not_drawn=n_valued - n_used,
    )


def _not_too_many(y: np.ndarray, runs: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """All runs, or those of as many points, drawn at random, as PAWN can do in seconds."""
    if len(runs) <= MOST_CASES:
        return y, runs
    points = np.unique(runs["point"])
    kept = np.random.default_rng(0).permutation(points)[
        : max(LEAST_POINTS, len(points) * MOST_CASES // len(runs))
    ]
    mask = runs["point"].isin(kept).to_numpy()
    return y[mask], runs[mask]


def _pawn(column: np.ndarray, codes: np.ndarray, most: float = SLICES) -> float:
    """Median over slices of the distance between the outcomes of a slice and all outcomes.

    codes : the outcomes by their place among the distinct ones, (runs,) int; most : values that have a slice each
    A parameter with few values has a slice for each; SALib cuts at quantiles and would find empty ones.
    """
    distinct = np.unique(column)
    if len(distinct) <= most:
        slices = np.searchsorted(distinct, column)
    else:
        edges = np.quantile(column, np.linspace(0, 1, SLICES + 1)[1:-1])
        slices = np.unique(np.searchsorted(edges, column, side="right"), return_inverse=True)[1]
    return float(np.median(_distances(slices, codes)))


def _distances(slices: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Kolmogorov–Smirnov: largest gap between the distribution of each slice and that of all outcomes."""
    shape = (int(slices.max()) + 1, int(codes.max()) + 1)
    counts = np.bincount(slices * shape[1] + codes, minlength=shape[0] * shape[1]).reshape(shape)
    below = np.cumsum(counts, axis=1)
    of_all, of_part = below.sum(axis=0) / len(codes), below / below[:, -1:]
    return np.asarray(np.abs(of_part - of_all).max(axis=1))


def _pawn_draws(
    x: np.ndarray, codes: np.ndarray, most: list[int], points: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Indices of resampled points, shape (draws, parameters)."""
    rows = _rows_of_points(points)
    draws = []
    for _ in range(DUMMIES):
        chosen = np.concatenate([rows[i] for i in generator.integers(len(rows), size=len(rows))])
        draws.append([_pawn(column, codes[chosen], m) for column, m in zip(x[chosen].T, most, strict=True)])
    return np.array(draws)


def _dummy(
    x: np.ndarray, codes: np.ndarray, most: list[int], points: np.ndarray, generator: np.random.Generator
) -> float:
    """The 95 % point of the index of a parameter that does nothing: one of the columns, shuffled over points."""
    rows = _rows_of_points(points)
    firsts, lengths = np.array([r[0] for r in rows]), [len(r) for r in rows]
    order, found = np.concatenate(rows), []
    for _ in range(DUMMIES):
        which = generator.integers(x.shape[1])
        column = x[firsts, which][generator.permutation(len(rows))]
        shuffled = np.empty(len(codes))
        shuffled[order] = np.repeat(column, lengths)
        found.append(_pawn(shuffled, codes, most[which]))
    return float(np.quantile(found, 0.95))


def _rows_of_points(points: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(points, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(points[order])) + 1)


def seed_noise(study: Study, strategy: str, outcome: str) -> float:
    """Share of the variance of the point means that comes from seeds, common draws taken out; NaN with one seed.

    A seed that is high at every point moves all means alike and no index: what counts is what point and seed do
    together.
    """
    runs = study.of(strategy)
    rows = runs[["point", "seed"]].assign(y=finite_values(study, runs, outcome)).dropna()
    wide = rows.pivot(index="point", columns="seed", values="y").dropna()
    n_points, n_seeds = wide.shape
    if n_seeds < 2 or n_points < 2:
        return float("nan")
    y = wide.to_numpy()
    residual = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0, keepdims=True) + y.mean()
    between = residual.var() * n_points * n_seeds / ((n_points - 1) * (n_seeds - 1)) / n_seeds
    total = y.mean(axis=1).var(ddof=1)
    return float(min(1.0, between / total)) if total > 0 else float("nan")


def _behind(study: Study, strategy: str, outcome: str, lost: int) -> tuple[int, int, int, float]:
    runs = study.of(strategy)
    return runs["seed"].nunique(), len(runs), int(lost), seed_noise(study, strategy, outcome)


def _block_mask(found: np.ndarray, step: int) -> np.ndarray:
    return np.repeat(np.isfinite(found.reshape(-1, step)).all(axis=1), step)


def whole_blocks(found: np.ndarray, step: int) -> tuple[np.ndarray, int]:
    """Outcomes of the blocks without a missing value, and how many points the others hold."""
    if len(found) % step:
        raise AnalysisError(
            f"the design has {len(found)} points; expected a multiple of {step} for its parameters"
        )
    mask = _block_mask(found, step)
    return found[mask], int((~mask).sum())


def refuse_constant(found: np.ndarray, study: Study, outcome: str, strategy: str) -> None:
    """Raise AnalysisError for outcomes without a value, or the same everywhere: no index means anything."""
    if len(found) == 0:
        raise AnalysisError(f"{study.source}: {outcome} under {strategy} has no value at any point")
    if np.ptp(found) <= 1e-12 * max(1.0, float(np.abs(found).max())):
        raise AnalysisError(
            f"{study.source}: {outcome} under {strategy} is {found[0]:g} at every point; "
            "expected an outcome that varies"
        )


def _varying(problem: Problem, runs: pd.DataFrame) -> tuple[Parameter, ...]:
    return tuple(p for p in problem.parameters if runs[p.name].nunique() > 1)


def restricted(problem: Problem, names: list[str]) -> Problem:
    """The problem with the parameters of a design, in the design's order."""
    by_name = {p.name: p for p in problem.parameters}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise AnalysisError(f"the design has the column {unknown[0]!r}, which the table does not vary")
    return Problem(tuple(by_name[name] for name in names), problem.outcomes, problem.horizon_weeks)


def _named(problem: Problem) -> pd.DataFrame:
    return pd.DataFrame({"parameter": problem.names, "role": [p.role for p in problem.parameters]})


def _ordered(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.sort_values(column, ascending=False, kind="stable").reset_index(drop=True)


def _tails() -> tuple[float, float]:
    return (1 - LEVEL) / 2, 1 - (1 - LEVEL) / 2
