"""Second-order Sobol' indices: the share of the variance that two parameters explain only together.

They need a design with both crossings, n·(2D + 2) points (`kind = "saltelli"`, `second_order = true`).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from scenarios.analysis.designs import in_order
from scenarios.analysis.problem import Problem, Study
from scenarios.analysis.sensitivity import (
    RESAMPLES,
    is_determined,
    refuse_constant,
    restricted,
    seed_noise,
    whole_blocks,
)
from scenarios.libraries import library


@dataclass(frozen=True)
class Interactions:
    """Indices of every pair of parameters, of one outcome under one strategy.

    table : a row per pair, strongest first: `parameter, other, index, low, high` (95 %, blocks of the design resampled)
    n_points, n_lost : points used, and left out for lack of a value
    noise : share of the variance of the point means that is chance between seeds; NaN with one seed
    """

    outcome: str
    strategy: str
    table: pd.DataFrame
    n_points: int
    n_lost: int
    noise: float

    @property
    def determined(self) -> bool:
        """Whether enough of the design has values, and the means are not mostly chance between seeds."""
        return is_determined(self.n_points, self.n_lost, self.noise)


def pair_indices(study: Study, design: pd.DataFrame, strategy: str, outcome: str) -> Interactions:
    """Second-order indices from a design that was run; estimator of Saltelli (2002), as in SALib.

    design : n·(2D + 2) points in order. Raises AnalysisError for points that were not run and a constant outcome.
    """
    found = in_order(study, design, strategy, outcome)
    problem = restricted(study.problem, list(design.columns))
    kept, lost = whole_blocks(found, 2 * len(problem.parameters) + 2)
    refuse_constant(kept, study, outcome, strategy)
    table = pairs_table(problem, kept)
    return Interactions(outcome, strategy, table, len(kept), lost, seed_noise(study, strategy, outcome))


def pairs_table(problem: Problem, outcomes: np.ndarray) -> pd.DataFrame:
    """The table of second-order indices of outcomes in the order of the design, (n·(2D + 2),) float."""
    analyze = library("SALib.analyze.sobol", "Sobol' indices").analyze
    s = analyze(problem.salib(), outcomes, calc_second_order=True, num_resamples=RESAMPLES, seed=1)
    rows = [
        (one.name, other.name, s["S2"][i, j], s["S2"][i, j] - half, s["S2"][i, j] + half)
        for (i, one), (j, other) in combinations(enumerate(problem.parameters), 2)
        for half in [s["S2_conf"][i, j]]
    ]
    table = pd.DataFrame(rows, columns=["parameter", "other", "index", "low", "high"])
    return table.sort_values("index", ascending=False, kind="stable", ignore_index=True)
