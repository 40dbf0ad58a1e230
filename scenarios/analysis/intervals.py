"""Intervals: the bootstrap over seeds and points together, and the interval of a share."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from scenarios.comparison import left_out

LEVEL = 0.95
#: Bytes of weights held at once.
_MOST_WEIGHTS = 4_000_000

type Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]


def weighted_means(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of `values` (n,) under each row of `weights` (resamples, n)."""
    return weights @ values / weights.sum(axis=1)


def weighted_medians(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Median of `values` (n,) under each row of whole `weights`; may be infinite. −∞ and +∞ have their middle at 0."""
    order = np.argsort(values, kind="stable")
    ordered, running = values[order], np.cumsum(weights[:, order], axis=1)
    total = running[:, -1:]
    lower = ordered[np.argmax(running >= np.floor((total + 1) / 2), axis=1)]
    upper = ordered[np.argmax(running >= np.floor(total / 2) + 1, axis=1)]
    return _between(lower, upper)


def bootstrap(
    values: np.ndarray,
    points: np.ndarray,
    seeds: np.ndarray,
    statistic: Statistic,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> np.ndarray:
    """The statistic on resampled points and resampled seeds, sorted; shape (resamples,).

    Runs of one point share parameters and runs of one seed share draws, so neither the runs nor the points alone are
    independent: points and seeds are resampled each on its own (the pigeonhole bootstrap of Owen 2007, Annals of
    Applied Statistics 1, 386–411, which errs on the wide side), also where every seed occurs at one point only: a few
    points resampled alone would give an interval that is far too narrow. A factor with one level is kept as it is, and
    where every run has a point and a seed of its own, they are one factor.
    """
    generator = np.random.default_rng(seed)
    factors = [np.unique(codes, return_inverse=True)[1] for codes in _resampled(points, seeds)]
    rows = max(1, _MOST_WEIGHTS // max(1, len(values)))
    found = []
    for start in range(0, resamples, rows):
        counts = [_counts(codes, min(rows, resamples - start), generator) for codes in factors]
        if statistic in _QUICKLY:
            found.append(_QUICKLY[statistic](values, factors, counts))
            continue
        weights = np.ones((len(counts[0]), len(values)))
        for codes, drawn in zip(factors, counts, strict=True):
            weights *= drawn[:, codes]
        found.append(statistic(values, weights[weights.sum(axis=1) > 0]))
    return np.sort(np.concatenate(found))


def _counts(codes: np.ndarray, n: int, generator: np.random.Generator) -> np.ndarray:
    """How often each level is drawn in each of n resamples, (n, levels)."""
    levels = int(codes.max()) + 1
    return generator.multinomial(levels, np.full(levels, 1 / levels), size=n).astype(np.float64)


def _means(values: np.ndarray, factors: list[np.ndarray], counts: list[np.ndarray]) -> np.ndarray:
    """Weighted means from sums over levels: the same numbers as with a weight for every value, without the weights.

    einsum and not a matrix product: its last bits do not depend on the number of threads.
    """
    second = factors[1] if len(factors) > 1 else np.zeros(len(values), int)
    shape = (int(factors[0].max()) + 1, int(second.max()) + 1)
    drawn = counts[1] if len(factors) > 1 else np.ones((len(counts[0]), 1))
    sums, sizes = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (factors[0], second), values)
    np.add.at(sizes, (factors[0], second), 1.0)
    total, weight = (
        (np.einsum("rp,ps->rs", counts[0], table) * drawn).sum(axis=1) for table in (sums, sizes)
    )
    return total[weight > 0] / weight[weight > 0]


def _medians(values: np.ndarray, factors: list[np.ndarray], counts: list[np.ndarray]) -> np.ndarray:
    """Weighted medians from the weight of each distinct value: the same numbers, resample by resample.

    A weight for every value and every resample at once would not fit into the processor's cache.
    """
    distinct, codes = np.unique(values, return_inverse=True)
    found = []
    for drawn in zip(*counts, strict=True):
        weights = np.prod([d[levels] for d, levels in zip(drawn, factors, strict=True)], axis=0)
        running = np.cumsum(np.bincount(codes, weights, len(distinct)))
        if running[-1] > 0:
            middle = (np.floor((running[-1] + 1) / 2), np.floor(running[-1] / 2) + 1)
            found.append(distinct[np.searchsorted(running, middle)])
    return _between(*np.array(found).reshape(-1, 2).T)


def _between(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        middle = np.where(lower == upper, lower, (lower + upper) / 2)
    return np.where(np.isnan(middle), 0.0, middle)


#: Statistics that need no weight for every value.
_QUICKLY = {weighted_means: _means, weighted_medians: _medians}


def interval(sorted_draws: np.ndarray, level: float = LEVEL, alone: int | None = None) -> tuple[float, float]:
    """The middle `level` of sorted draws, as whole order statistics: no interpolation between infinities.

    alone : how many values were resampled, where one factor was (`left_out`); None: two, which errs on the wide side
    """
    n = len(sorted_draws)
    if n == 0:
        return float("nan"), float("nan")
    share = (1 - level) / 2 if alone is None else left_out(alone, level)
    cut = min(int(share * n), (n - 1) // 2)
    return float(sorted_draws[cut]), float(sorted_draws[n - 1 - cut])


def share_interval(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of a share; NaN without trials.

    A test holds it to `scipy.stats.binomtest`, which takes 200 times as long: tables and cards ask for hundreds.
    """
    if n == 0:
        return float("nan"), float("nan")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def levels_alone(points: np.ndarray, seeds: np.ndarray) -> int | None:
    """Levels of the factor that `bootstrap` resamples, where it is one; None where points and seeds both are."""
    factors = _resampled(points, seeds)
    return len(np.unique(factors[0])) if len(factors) == 1 else None


def _resampled(points: np.ndarray, seeds: np.ndarray) -> list[np.ndarray]:
    """The factors to resample."""
    pairs = len(np.unique(np.stack([points, seeds]), axis=1).T)
    n_points, n_seeds = len(np.unique(points)), len(np.unique(seeds))
    if n_points == 1:
        return [seeds]
    if n_seeds == 1 or pairs == n_points == n_seeds:
        return [points]
    return [points, seeds]
