"""Whether a measured number reaches a threshold: one rule for summaries, goals, searches and reports.

Outcomes are stored in single precision, thresholds are written in decimals: a share of exactly 8 of 80 is kept as
0.10000000149, and would miss "at most 0.1". What single precision cannot tell from the threshold counts as equal to it.
Gates inside the model count whole owners and areas instead: `model.week.voting.reaches_share`.
"""

import numpy as np

#: Twice the rounding error of a number below 1 in single precision; relative for larger ones.
_STORED = 2.0**-24


def _margin(threshold: float) -> float:
    return _STORED * max(1.0, abs(threshold))


def at_least(values: np.ndarray, threshold: float) -> np.ndarray:
    """Which values are the threshold or more; NaN is not."""
    return np.asarray(values >= threshold - _margin(threshold))


def at_most(values: np.ndarray, threshold: float) -> np.ndarray:
    """Which values are the threshold or less; NaN is not."""
    return np.asarray(values <= threshold + _margin(threshold))
