"""Quantiles over seeds or compounds, of numbers and of weeks that may not be reached; without what figures load."""

import numpy as np

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Units of the totals of a district of which every seed has a whole number.
COUNTED = ("compounds", "households", "lifts")


def five_quantiles(sample: np.ndarray, censored: bool) -> np.ndarray | None:
    """The five quantiles; of weeks with "not reached" as infinity. None where there is nothing."""
    if len(sample) == 0:
        return None
    if censored:
        # Whole order statistics: no interpolation towards infinity, and a week in which a run did reach it.
        return np.quantile(np.where(np.isnan(sample), np.inf, sample), QUANTILES, method="inverted_cdf")
    found = quantiles_by_week(sample[:, None])[:, 0]
    return None if np.isnan(found).all() else found


def quantiles_by_week(values: np.ndarray) -> np.ndarray:
    """`QUANTILES` by week of the runs that have a value then, to the last bit as numpy has them; NaN where none has.

    values : (runs, weeks), finite or NaN; gives (quantiles, weeks). numpy's own takes one week after the other.
    """
    ordered = np.sort(values, axis=0).astype(float)  # NaN comes last
    last = np.maximum(np.count_nonzero(~np.isnan(values), axis=0) - 1, 0)
    at, week = np.array(QUANTILES)[:, None] * last, np.arange(values.shape[1])
    low = np.floor(at).astype(int)
    first, second = ordered[low, week], ordered[np.minimum(low + 1, last), week]
    share, step = at - low, second - first
    return np.where(share < 0.5, first + step * share, second - step * (1.0 - share))


def quantiles(sample: np.ndarray, *, censored: bool) -> tuple[float, float, float]:
    """5 %, median and 95 % over seeds; `censored` takes NaN as infinity. NaN where there is no value."""
    found = five_quantiles(np.asarray(sample, float), censored)
    return (float("nan"),) * 3 if found is None else (float(found[0]), float(found[2]), float(found[4]))
