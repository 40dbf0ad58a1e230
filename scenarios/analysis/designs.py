"""Designs that Morris' and Sobol's methods need, as tables of points to run, and their outcomes put back in order."""

import numpy as np
import pandas as pd

from scenarios.analysis.problem import AnalysisError, Problem, Study, finite_values
from scenarios.libraries import library


def sobol_design(problem: Problem, n: int, *, seed: int = 1) -> pd.DataFrame:
    """Saltelli's points for Sobol' indices: n·(D + 2) rows, one column per parameter, blocks A, AB₁ … AB_D, B.

    n : base sample, a power of two (the Sobol' sequence loses its balance otherwise); seed : of the scrambling, ≥ 1
    """
    _refuse_little(problem)
    if n < 2 or n & (n - 1):
        raise AnalysisError(f"base sample n = {n}; expected a power of two, such as 256 or 1024")
    sample = library("SALib.sample.sobol", "Sobol' design").sample
    points = sample(problem.salib(), n, calc_second_order=False, seed=seed)
    return pd.DataFrame(points, columns=problem.salib()["names"])


def morris_design(problem: Problem, trajectories: int, *, levels: int = 4, seed: int = 1) -> pd.DataFrame:
    """Morris' trajectories: trajectories·(D + 1) rows, each differing from the one before in one parameter.

    levels : of the grid, an even number (of an odd one a step leads between its levels); usually four (Saltelli et
        al. 2004)
    """
    _refuse_little(problem)
    if trajectories < 2:
        raise AnalysisError(f"{trajectories} trajectories; expected 2 or more, usually 10 to 50")
    if levels % 2:
        raise AnalysisError(f"{levels} levels; expected an even number: a step of Morris' is half the levels")
    sample = library("SALib.sample.morris", "Morris design").sample
    points = sample(problem.salib(), trajectories, num_levels=levels, seed=seed)
    return pd.DataFrame(points, columns=problem.salib()["names"])


def is_sobol_design(points: pd.DataFrame) -> bool:
    """Whether the rows are blocks of Saltelli's design: A, A with one column of B after another, B.

    Columns may hold choices: all the design asks of a parameter is that it is drawn.
    """
    d = points.shape[1]
    if d == 0 or len(points) == 0 or len(points) % (d + 2):
        return False
    blocks = in_numbers(points).reshape(-1, d + 2, d)
    a, crossed, b = blocks[:, :1], blocks[:, 1:-1], blocks[:, -1:]
    expected = np.where(np.eye(d, dtype=bool)[None], b, a)
    # Everywhere equal to both is a single point repeated: no design.
    return bool(np.array_equal(crossed, expected) and not np.array_equal(a, b))


def first_order_rows(points: pd.DataFrame) -> pd.DataFrame:
    """Of a design for second-order indices, n·(2D + 2) rows, those of the first order: A, A with a column of B, B."""
    d = points.shape[1]
    place = np.arange(len(points)) % (2 * d + 2)
    return points[(place <= d) | (place == 2 * d + 1)].reset_index(drop=True)


def is_second_order_design(points: pd.DataFrame) -> bool:
    """Whether the rows are blocks of A, A with one column of B after another, B with one of A after another, B."""
    d = points.shape[1]
    if d < 2 or len(points) == 0 or len(points) % (2 * d + 2):
        return False
    turned = points.iloc[np.arange(len(points)).reshape(-1, 2 * d + 2)[:, ::-1].ravel()]
    back = in_numbers(turned).reshape(-1, 2 * d + 2, d)
    # Read backwards, A and B have changed places, and the columns come from the last to the first.
    crossed = np.concatenate([back[:, :1], back[:, d:0:-1], back[:, -1:]], axis=1).reshape(-1, d)
    return is_sobol_design(first_order_rows(points)) and is_sobol_design(pd.DataFrame(crossed))


def is_morris_design(points: pd.DataFrame) -> bool:
    """Whether the rows are trajectories in which every parameter, a number, moves once, one at a time."""
    d = points.shape[1]
    if d == 0 or len(points) == 0 or len(points) % (d + 1) or not all(map(_is_numeric, points.dtypes)):
        return False
    steps = np.diff(points.to_numpy(np.float64).reshape(-1, d + 1, d), axis=1) != 0
    return bool((steps.sum(axis=2) == 1).all() and (steps.sum(axis=1) == 1).all())


def _is_numeric(kind: np.dtype) -> bool:
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def in_numbers(points: pd.DataFrame) -> np.ndarray:
    """The points as numbers, choices by their place among those that occur."""
    columns = [points.iloc[:, i] for i in range(points.shape[1])]
    return np.column_stack(
        [c.to_numpy(np.float64) if _is_numeric(c.dtype) else pd.factorize(c)[0] for c in columns]
    ).astype(np.float64)


def in_order(study: Study, design: pd.DataFrame, strategy: str, outcome: str) -> np.ndarray:
    """The mean over seeds of an outcome for every row of a design, found by the values of the parameters.

    "Not reached" is cut off at the horizon. NaN where a point has no value, or all its runs failed. Points that stand
    twice in the design are run once. Raises AnalysisError for points that were not run.
    """
    names = list(design.columns)
    runs = study.of(strategy)
    rows = runs[names].assign(value=finite_values(study, runs, outcome))
    means = rows.groupby(names)["value"].mean()
    wanted = _index(design, names)
    failed = study.failed[study.failed["strategy"].astype(str) == strategy]
    absent = ~wanted.isin(means.index) & ~wanted.isin(_index(failed, names))
    if absent.any():
        raise AnalysisError(
            f"{study.source}: {int(absent.sum()):,} of {len(design):,} points of the design have no run of "
            f"{strategy!r}; expected all: resume the sweep first"
        )
    return means.reindex(wanted).to_numpy(np.float64)


def _index(points: pd.DataFrame, names: list[str]) -> pd.Index:
    return pd.MultiIndex.from_frame(points[names]) if len(names) > 1 else pd.Index(points[names[0]])


def _refuse_little(problem: Problem) -> None:
    lines = [f"{p.name}: is a choice; expected numbers only" for p in problem.parameters if not p.numeric]
    lines += [
        f"{p.name}: goes from {p.low:g} to {p.high:g}; expected a range"
        for p in problem.numeric
        if not p.low < p.high
    ]
    if not problem.parameters:
        lines.append("no parameter varies; expected at least one")
    if lines:
        raise AnalysisError("\n".join(lines))
