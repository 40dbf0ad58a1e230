"""Response surfaces: an outcome as a smooth function of the parameters, with how well it predicts unseen points.

Two surfaces are fitted to the means over seeds, a quadratic polynomial and a Gaussian process; the one that predicts
left-out points better is kept. The quality is Q² over ten parts: 1 − (squared error of prediction) / (squared distance
from the mean); 1 is perfect, 0 no better than the mean. Below `FAIR` a surface is not to be read and is marked so.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scenarios.analysis.designs import sobol_design
from scenarios.analysis.problem import (
    AnalysisError,
    Parameter,
    Problem,
    Study,
    by_point,
    finite_values,
    values,
)
from scenarios.analysis.sensitivity import MOST_NOISE, Sensitivity, seed_noise, sobol_table
from scenarios.comparison import CENSORED, are_survivors
from scenarios.libraries import library

GOOD, FAIR = 0.8, 0.5
PARTS = 10
#: A Gaussian process costs the cube of its points.
MOST_POINTS = 300
#: Base sample of the Sobol' indices of a surface.
BASE = 1024

type Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Surface:
    """A fitted surface.

    kind : quadratic or gaussian_process; quality : Q² of left-out points
    predict : (n, parameters) in the parameters' own units → (n,) of the outcome
    points, values : what it was fitted to, (n, parameters) and (n,)
    n_lost : points without a value; noise : share of the variance of the means that is chance between seeds
    n_runs : runs of the strategy; n_without : of these without a value
    error : root mean square error of left-out points, in the outcome's unit
    """

    outcome: str
    strategy: str
    problem: Problem
    kind: str
    quality: float
    error: float
    predict: Predict
    points: np.ndarray
    values: np.ndarray
    n_seeds: int
    n_lost: int
    noise: float
    n_runs: int
    n_without: int

    @property
    def grade(self) -> str:
        """good, fair or poor; or, whatever the fit, survivors: too few runs have a value, or noisy: mostly chance."""
        if are_survivors(self.n_runs - self.n_without, self.n_without):
            return "survivors"
        if self.noise > MOST_NOISE:
            return "noisy"
        return "good" if self.quality >= GOOD else "fair" if self.quality >= FAIR else "poor"

    @property
    def determined(self) -> bool:
        """Whether the surface may be read at all."""
        return self.grade in ("good", "fair")


def fit_surface(study: Study, strategy: str, outcome: str, *, seed: int = 0) -> Surface:
    """Fit both surfaces to the means over seeds and keep the better.

    "Not reached" is cut off at the horizon. Raises AnalysisError with too few points for a quadratic, or no variation.
    """
    parameters = tuple(p for p in study.problem.numeric if study.runs[p.name].nunique() > 1)
    problem = Problem(parameters, study.problem.outcomes, study.problem.horizon_weeks)
    table = _means(study, strategy, outcome)
    good = table["value"].notna()
    x = study.points().loc[table.index[good], [p.name for p in parameters]].to_numpy(np.float64)
    y = table.loc[good, "value"].to_numpy(np.float64)
    least = 2 * (_terms(np.zeros((1, len(parameters)))).shape[1] if parameters else 1)
    if len(y) < max(least, PARTS) or not parameters:
        raise AnalysisError(
            f"{study.source}: surface of {outcome} under {strategy}: {len(y)} points with a value for "
            f"{len(parameters)} varying parameters; expected {max(least, PARTS)} or more points"
        )
    if np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        raise AnalysisError(
            f"{study.source}: {outcome} under {strategy} is {y[0]:g} at every point; "
            "expected an outcome that varies"
        )
    runs = study.of(strategy)
    scaled = _scaled(x, parameters)
    kind, quality, error, predict = _better(scaled, y, seed)

    def predicted(points: np.ndarray) -> np.ndarray:
        return predict(_scaled(np.asarray(points, np.float64), parameters))

    return Surface(
        outcome,
        strategy,
        problem,
        kind,
        quality,
        error,
        predicted,
        x,
        y,
        study.n_seeds,
        int((~good).sum()),
        seed_noise(study, strategy, outcome),
        len(runs),
        int(np.isnan(values(runs, outcome)).sum()),
    )


def surface_indices(study: Study, surface: Surface) -> Sensitivity:
    """Sobol' indices of a fitted surface: for sweeps that were not designed for them, as good as the fit."""
    design = sobol_design(surface.problem, BASE)
    table = sobol_table(surface.problem, surface.predict(design.to_numpy()))
    runs = len(study.of(surface.strategy))
    return Sensitivity(
        "surface", surface.outcome, surface.strategy, table, len(surface.values), surface.n_seeds, runs,
        surface.n_lost, surface.noise, quality=surface.quality,
    )  # fmt: skip


def slice_of(
    surface: Surface, x: str, y: str, *, steps: int = 41
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface over two parameters, all others in the middle of their range: x (n,), y (n,), values (n, n)."""
    parameters = surface.problem.parameters
    axes = {name: np.linspace(p.low, p.high, steps) for name in (x, y) for p in parameters if p.name == name}
    grid_x, grid_y = np.meshgrid(axes[x], axes[y])
    columns = [
        grid_x.ravel()
        if p.name == x
        else grid_y.ravel()
        if p.name == y
        else np.full(grid_x.size, (p.low + p.high) / 2)
        for p in parameters
    ]
    return axes[x], axes[y], surface.predict(np.stack(columns, axis=1)).reshape(grid_x.shape)


def _means(study: Study, strategy: str, outcome: str) -> pd.DataFrame:
    if outcome not in CENSORED:
        return by_point(study, strategy, outcome)
    runs = study.of(strategy)
    cut = pd.Series(finite_values(study, runs, outcome), index=runs["point"].to_numpy())
    return cut.groupby(level=0).mean().to_frame("value")


def _scaled(x: np.ndarray, parameters: tuple[Parameter, ...]) -> np.ndarray:
    low, high = (np.array([getattr(p, end) for p in parameters]) for end in ("low", "high"))
    return 2 * (x - low) / np.where(high > low, high - low, 1) - 1


def _terms(x: np.ndarray) -> np.ndarray:
    """1, every parameter, every square and every product."""
    d = x.shape[1]
    products = [x[:, i] * x[:, j] for i in range(d) for j in range(i, d)]
    return np.column_stack([np.ones(len(x)), x, *products])


def _quadratic(x: np.ndarray, y: np.ndarray, _: Any = None) -> tuple[Predict, Any]:
    coefficients = np.linalg.lstsq(_terms(x), y, rcond=None)[0]
    return (lambda new: _terms(new) @ coefficients), None


def _gaussian_process(x: np.ndarray, y: np.ndarray, kernel: Any = None) -> tuple[Predict, Any]:
    """A process with one length per parameter and noise; `kernel` as fitted before, to save the search."""
    gp = library("sklearn.gaussian_process", "response surface")
    k = gp.kernels
    searched = k.ConstantKernel(1.0, (1e-3, 1e3)) * k.RBF(np.ones(x.shape[1]), (0.05, 100.0)) + k.WhiteKernel(
        0.1, (1e-6, 10.0)
    )
    fitted = gp.GaussianProcessRegressor(
        kernel or searched, optimizer=None if kernel is not None else "fmin_l_bfgs_b", normalize_y=True
    )
    fitted.fit(x, y)
    return fitted.predict, fitted.kernel_


def _better(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[str, float, float, Predict]:
    """Name, quality, error and prediction of the surface that predicts left-out points better."""
    limits = library("threadpoolctl", "response surface").threadpool_limits
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(y))
    found = []
    for kind, fit in (("quadratic", _quadratic), ("gaussian_process", _gaussian_process)):
        rows = order if kind == "quadratic" else np.sort(order[:MOST_POINTS])
        # One thread: small matrices gain nothing from more, and their last bits would depend on how many.
        with warnings.catch_warnings(), limits(1):
            # A length at the edge of its range: the parameter does nothing, or there is nothing to fit.
            warnings.simplefilter("ignore", UserWarning)  # of which scikit-learn's ConvergenceWarning is one
            predict, state = fit(x[rows], y[rows])
            quality, error = _left_out(fit, x[rows], y[rows], state, generator)
        found.append((quality, kind, error, predict))
    quality, kind, error, predict = max(found, key=lambda f: f[0])
    return kind, quality, error, predict


def _left_out(
    fit: Callable[..., tuple[Predict, Any]],
    x: np.ndarray,
    y: np.ndarray,
    state: Any,
    generator: np.random.Generator,
) -> tuple[float, float]:
    """Q² and root mean square error of points left out, a tenth at a time."""
    parts = np.array_split(generator.permutation(len(y)), PARTS)
    predicted = np.empty(len(y))
    for part in parts:
        rest = np.setdiff1d(np.arange(len(y)), part)
        predicted[part] = fit(x[rest], y[rest], state)[0](x[part])
    squared = float(((y - predicted) ** 2).mean())
    return 1 - squared / float(y.var()), float(np.sqrt(squared))
