"""Emulators: a quick guess of every statistic at points that were not simulated, with how wrong it tends to be.

A statistic depends on few of the coefficients. The lasso finds them, a ridge regression on them, their squares and
products makes the guess, and cross-validation says its variance. Simple regression does as well here as Gaussian
processes and trees.
"""

import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenarios.libraries import library

#: Coefficients that a guess may depend on.
MOST_ACTIVE = 35
#: Part of the error that is never put down to chance, whose variance is itself only known roughly.
LEAST_DOUBT = 0.25
#: Fewest simulated sets a guess may rest on.
FEWEST = 60
_PENALTIES = np.logspace(-1, 4, 12)


@dataclass(frozen=True)
class Emulator:
    """The guess of one statistic.

    active : columns of the points it depends on, the most important first
    variance : of the error at new points, chance included; chance : what chance alone gives
    explained : share of the variance explained there, at most 1
    logarithmic : whether it guesses the logarithm of the statistic; all the above is of that, then
    """

    regression: Any
    active: np.ndarray
    variance: float
    chance: float
    explained: float
    logarithmic: bool = False

    @property
    def doubt(self) -> float:
        """Variance of the error about the expected value, which chance does not move."""
        return max(self.variance - self.chance, LEAST_DOUBT * self.variance)

    def guess(self, points: np.ndarray) -> np.ndarray:
        """Expected value at some points, its logarithm where `logarithmic`.

        points : (n, coefficients) in [0, 1]; returns (n,)
        """
        return np.asarray(self.regression.predict(_centred(points[:, self.active])))


def fit(
    points: np.ndarray,
    values: np.ndarray,
    variances: np.ndarray | None = None,
    *,
    logarithmic: bool = False,
) -> Emulator | None:
    """Fit one emulator; None where too few sets have a value.

    points : (n, coefficients) in [0, 1]; values : (n,), NaN where there is none
    variances : of the values by chance alone, (n,); none when left out
    logarithmic : guess the logarithm of the values, which are above 0
    """
    known = np.isfinite(values)
    if known.sum() < FEWEST:
        return None
    by_chance = np.zeros(len(values)) if variances is None else variances
    points, values, by_chance = points[known], values[known], by_chance[known]
    if logarithmic:
        by_chance, values = by_chance / values**2, np.log(values)
    chance = float(by_chance.mean())
    linear = library("sklearn.linear_model", "calibration")
    selection = library("sklearn.model_selection", "calibration")
    if np.ptp(values) == 0.0:
        active = np.array([0])
    else:
        lasso = linear.LassoCV(cv=4, alphas=20).fit(_centred(points), values)
        ranked = np.argsort(-np.abs(lasso.coef_), kind="stable")
        active = ranked[: max(1, min(MOST_ACTIVE, int((lasso.coef_ != 0.0).sum())))]
    inputs = _centred(points[:, active])
    penalty = _regression(linear.RidgeCV(_PENALTIES)).fit(inputs, values)[-1].alpha_
    regression = _regression(linear.Ridge(penalty))
    held_out = selection.cross_val_predict(regression, inputs, values, cv=5)
    variance = float(np.mean((held_out - values) ** 2))
    regression.fit(inputs, values)
    total = float(values.var())
    explained = 1.0 - variance / total if total > 0.0 else 1.0
    return Emulator(regression, active, variance, chance, explained, logarithmic)


def one_thread_each() -> Any:
    """A context in which no regression is divided between threads: the order of sums, and so the last bit, would be."""
    return library("threadpoolctl", "calibration").threadpool_limits(1)


def fit_all(
    points: np.ndarray,
    values: Mapping[str, np.ndarray],
    variances: Mapping[str, np.ndarray],
    times: Collection[str] = (),
) -> dict[str, Emulator]:
    """An emulator of every statistic that enough sets have a value of. Each of values, variances : (n,)

    times : the statistics that differ by factors, whose logarithm is guessed
    """
    with one_thread_each(), ThreadPoolExecutor(os.cpu_count()) as pool:
        fitted = pool.map(
            lambda name: fit(points, values[name], variances[name], logarithmic=name in times), values
        )
        found = dict(zip(values, fitted, strict=True))
    return {name: emulator for name, emulator in found.items() if emulator is not None}


def _centred(points: np.ndarray) -> np.ndarray:
    return np.asarray(2.0 * points - 1.0)


def _regression(last: Any) -> Any:
    """A regression on the inputs, their squares and products."""
    pipeline = library("sklearn.pipeline", "calibration")
    preprocessing = library("sklearn.preprocessing", "calibration")
    return pipeline.make_pipeline(preprocessing.PolynomialFeatures(2), preprocessing.StandardScaler(), last)
