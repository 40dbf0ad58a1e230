"""Quantiles over seeds or compounds, of numbers and of weeks that may not be reached; without what figures load."""

import numpy as np

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Units of the totals of a district of which every seed has a whole number.
COUNTED = ("compounds", "households", "lifts")


def five_quantiles(sample: np.ndarray, censored: bool) -> np.ndarray | None:
    """The five quantiles; of weeks with "not reached" as infinity. None where there is nothing."""
    values = np.where(np.isnan(sample), np.inf, sample) if censored else sample[~np.isnan(sample)]
    if len(values) == 0:
        return None
    # Of weeks whole order statistics: no interpolation towards infinity, and a week in which a run did reach it.
    return np.quantile(values, QUANTILES, method="inverted_cdf" if censored else "linear")


def quantiles(sample: np.ndarray, *, censored: bool) -> tuple[float, float, float]:
    """5 %, median and 95 % over seeds; `censored` takes NaN as infinity. NaN where there is no value."""
    found = five_quantiles(np.asarray(sample, float), censored)
    return (float("nan"),) * 3 if found is None else (float(found[0]), float(found[2]), float(found[4]))
