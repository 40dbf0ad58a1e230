"""Emulators: a quick guess of every statistic at points that were not simulated, with how wrong it tends to be.

A statistic depends on few of the coefficients. The lasso finds them, a ridge regression on them, their squares and
products makes the guess, and cross-validation says its variance, chance included. Simple regression does as well here
as Gaussian processes and trees, in a tenth of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenarios.libraries import library

#: Coefficients that a guess may depend on.
MOST_ACTIVE = 20
#: Fewest simulated sets a guess may rest on.
FEWEST = 60
_PENALTIES = np.logspace(-1, 4, 12)


@dataclass(frozen=True)
class Emulator:
    """The guess of one statistic.

    active : columns of the points it depends on, the most important first
    variance : of the error at new points; explained : share of the variance explained there, at most 1
    """

    regression: Any
    active: np.ndarray
    variance: float
    explained: float

    def guess(self, points: np.ndarray) -> np.ndarray:
        """Expected value at some points. points : (n, coefficients) in [0, 1]; returns (n,)"""
        return np.asarray(self.regression.predict(_centred(points[:, self.active])))


def fit(points: np.ndarray, values: np.ndarray) -> Emulator | None:
    """Fit one emulator; None where too few sets have a value.

    points : (n, coefficients) in [0, 1]; values : (n,), NaN where there is none
    """
    known = np.isfinite(values)
    if known.sum() < FEWEST:
        return None
    points, values = points[known], values[known]
    linear = library("sklearn.linear_model", "calibration")
    selection = library("sklearn.model_selection", "calibration")
    threads = library("threadpoolctl", "calibration")
    with threads.threadpool_limits(1):  # the order of sums, and so the last bit, depends on threads
        if np.ptp(values) == 0.0:
            active = np.array([0])
        else:
            lasso = linear.LassoCV(cv=4, alphas=20).fit(_centred(points), values)
            ranked = np.argsort(-np.abs(lasso.coef_), kind="stable")
            active = ranked[: max(1, min(MOST_ACTIVE, int((lasso.coef_ != 0.0).sum())))]
        regression = _regression()
        held_out = selection.cross_val_predict(regression, _centred(points[:, active]), values, cv=5)
        variance = float(np.mean((held_out - values) ** 2))
        regression.fit(_centred(points[:, active]), values)
    total = float(values.var())
    return Emulator(regression, active, variance, 1.0 - variance / total if total > 0.0 else 1.0)


def fit_all(points: np.ndarray, statistics: Mapping[str, np.ndarray]) -> dict[str, Emulator]:
    """An emulator of every statistic that enough sets have a value of."""
    found = {name: fit(points, values) for name, values in statistics.items()}
    return {name: emulator for name, emulator in found.items() if emulator is not None}


def _centred(points: np.ndarray) -> np.ndarray:
    return np.asarray(2.0 * points - 1.0)


def _regression() -> Any:
    pipeline = library("sklearn.pipeline", "calibration")
    preprocessing = library("sklearn.preprocessing", "calibration")
    linear = library("sklearn.linear_model", "calibration")
    return pipeline.make_pipeline(
        preprocessing.PolynomialFeatures(2), preprocessing.StandardScaler(), linear.RidgeCV(_PENALTIES)
    )
