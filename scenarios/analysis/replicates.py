"""How many replicates (seeds) a wanted precision needs, and how much the common draws save.

Three criteria stand side by side because they answer different questions and disagree: the half-width of an interval
(how precise is this mean or difference), the coefficient of variation (has the spread settled; Lee et al. 2015, Journal
of Artificial Societies and Social Simulation 18(4) 4), and the A-test (are two samples of this size alike; Vargha &
Delaney 2000, as used for simulations by Alden et al. 2013, PLoS Computational Biology 9(2) e1002916).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2, t

from scenarios.analysis.intervals import LEVEL
from scenarios.analysis.paired import paired_runs
from scenarios.analysis.problem import AnalysisError, Study, finite_values, unit_of

#: Half-width wanted where nobody says otherwise, by unit of the outcome: one percentage point, four weeks …
HALF_WIDTHS = {"share": 0.01, "weeks": 4.0, "week": 4.0, "0 or 1": 0.05}
#: Elsewhere: this share of the mean over all runs.
RELATIVE = 0.02
#: Lee et al. (2015): the coefficient of variation may change by this much over all larger samples.
CV_WINDOW = 0.01
#: Vargha and Delaney: below this an effect counts as small.
A_SMALL = 0.56
A_SAMPLES = 20
A_SIZES = (5, 10, 20, 50, 100, 150, 200, 300, 400, 500, 750, 1000)
#: Below this many seeds a standard deviation says little.
LEAST_SEEDS = 3
#: Nobody runs more, and NumPy takes no root of a much larger whole number.
MOST_SEEDS = 10**18


@dataclass(frozen=True)
class Replicates:
    """Seeds needed so that the 95 % interval of one mean, or of one difference, is ± `half_width`.

    a, b : strategies; b empty for the mean of one strategy
    sd : standard deviation between seeds at a point, pooled over points (of the paired difference where there are two)
    sd_low, sd_high : its own 95 % interval (chi squared, which takes the runs for normal)
    needed, needed_low, needed_high : seeds, for sd, sd_low and sd_high
    sd_independent, needed_independent : of a difference without common draws; else the same as sd and needed
    correlation : between the two strategies over seeds; NaN for one
    cv_stable : smallest number of seeds from which the coefficient of variation stays put; 0: not within these seeds
    a_test : smallest number of seeds at which 20 samples are alike; 0: none of those tried
    n_seeds, n_points, n_missing : behind all this; runs without a value are left out and counted
    """

    outcome: str
    a: str
    b: str
    half_width: float
    sd: float
    sd_low: float
    sd_high: float
    needed: int
    needed_low: int
    needed_high: int
    sd_independent: float
    needed_independent: int
    correlation: float
    cv_stable: int
    a_test: int
    n_seeds: int
    n_points: int
    n_missing: int

    @property
    def enough(self) -> bool:
        """Whether the sweep already has the seeds, even if the spread is at the upper end of its interval."""
        return self.n_seeds >= self.needed_high

    @property
    def determined(self) -> bool:
        """Whether enough seeds stand behind the spread itself: the need is known within a factor of two."""
        return self.needed_high <= 2 * max(self.needed, 2)


def seeds_for(sd: float, half_width: float, level: float = LEVEL) -> int:
    """Smallest n ≥ 2 with t(n−1)·sd/√n ≤ half_width; `MOST_SEEDS` where about so many or more are needed.

    sd, half_width : in the same unit; half_width above zero
    """
    if half_width <= 0:
        raise AnalysisError(f"half-width {half_width:g}; expected a number above 0")
    if not sd > 0:
        return 2
    low, high = 1, 2
    while not _narrow(high, sd, half_width, level):
        if high >= MOST_SEEDS:
            return MOST_SEEDS
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _narrow(middle, sd, half_width, level) else (middle, high)
    return high


def _narrow(n: int, sd: float, half_width: float, level: float) -> bool:
    return n >= 2 and float(t.ppf(0.5 + level / 2, n - 1)) * sd / np.sqrt(n) <= half_width


def replicates_needed(
    study: Study, outcome: str, a: str, b: str = "", *, half_width: float | None = None
) -> Replicates:
    """Seeds needed for the mean of strategy `a` or, with `b`, for the paired difference.

    "Not reached" is cut off at the horizon. Raises AnalysisError where no point has three seeds with a value.
    """
    rows = _rows(study, outcome, a, b)
    n_missing = int(rows["x"].isna().sum())
    rows = rows.dropna(subset=["x"])
    sd, freedom = _pooled(rows, "x")
    if freedom < LEAST_SEEDS - 1:
        raise AnalysisError(
            f"{study.source}: {outcome} of {a}{' and ' + b if b else ''} has fewer than {LEAST_SEEDS} seeds with a "
            "value at every point; expected at least that many replicates"
        )
    wanted = half_width if half_width is not None else _usual_half_width(study, outcome)
    sd_low, sd_high = (sd * float(np.sqrt(freedom / chi2.ppf(q, freedom))) for q in (0.975, 0.025))
    alone = float(np.hypot(_pooled(rows, "a")[0], _pooled(rows, "b")[0])) if b else sd
    sample = _centred(rows)
    return Replicates(
        outcome=outcome,
        a=a,
        b=b,
        half_width=wanted,
        sd=sd,
        sd_low=sd_low,
        sd_high=sd_high,
        needed=seeds_for(sd, wanted),
        needed_low=seeds_for(sd_low, wanted),
        needed_high=seeds_for(sd_high, wanted),
        sd_independent=alone,
        needed_independent=seeds_for(alone, wanted),
        correlation=_correlation(rows) if b else float("nan"),
        cv_stable=cv_stable(sample),
        a_test=a_test_size(sample),
        n_seeds=int(rows["seed"].nunique()),
        n_points=int(rows["point"].nunique()),
        n_missing=n_missing,
    )


def replicates_table(
    study: Study, outcomes: Sequence[str], *, half_widths: dict[str, float] | None = None
) -> list[Replicates]:
    """Every outcome for every strategy and every pair of strategies, those without replicates left out."""
    found = []
    pairs = [(name, "") for name in study.strategies]
    pairs += [(b, a) for a, b in combinations(study.strategies, 2)]
    for outcome in outcomes:
        for a, b in pairs:
            try:
                found.append(
                    replicates_needed(study, outcome, a, b, half_width=(half_widths or {}).get(outcome))
                )
            except AnalysisError:
                continue
    return found


def half_width_by_seeds(sd: float, sizes: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Half-width of the interval of a mean for each number of seeds (2 or more)."""
    return t.ppf(0.5 + level / 2, sizes - 1) * sd / np.sqrt(sizes)


def cv_stable(sample: np.ndarray) -> int:
    """Smallest n from which sd/|mean| of the first n changes by less than `CV_WINDOW`; 0 where it never settles.

    At least a quarter of the sample must lie behind it: of the last few values any window is narrow.
    """
    sizes = np.arange(2, len(sample) + 1)
    if len(sizes) < 8 or np.isclose(sample.mean(), 0):
        return 0
    spreads = _spreads(sample)
    upper, lower = (f.accumulate(spreads[::-1])[::-1] for f in (np.maximum, np.minimum))
    settled = np.flatnonzero(upper - lower < CV_WINDOW)
    if not settled.size or sizes[settled[0]] > 0.75 * len(sample):
        return 0
    return int(sizes[settled[0]])


def _spreads(sample: np.ndarray) -> np.ndarray:
    """sd/|mean| of the first 2, 3 … values, from running sums around the mean of all, which keeps them exact."""
    centre, sizes = sample.mean(), np.arange(1, len(sample) + 1)
    sums, squares = np.cumsum(sample - centre), np.cumsum((sample - centre) ** 2)
    variances = np.maximum(squares - sums**2 / sizes, 0)[1:] / (sizes[1:] - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(variances) / np.abs(centre + sums[1:] / sizes[1:]))


def a_measure(x: np.ndarray, y: np.ndarray) -> float:
    """Chance that a value of x exceeds one of y, ties counting half (Vargha & Delaney 2000)."""
    ordered = np.sort(y)
    below, upto = (np.searchsorted(ordered, x, side) for side in ("left", "right"))
    return float((below + 0.5 * (upto - below)).mean() / len(y))


def a_test_size(sample: np.ndarray, *, seed: int = 0) -> int:
    """Smallest size tried at which the first of 20 samples differs from none of the others by more than "small".

    Samples are drawn with replacement from the runs at hand; 0 where every size tried differs.
    """
    generator = np.random.default_rng(seed)
    for size in A_SIZES:
        draws = sample[generator.integers(len(sample), size=(A_SAMPLES, size))]
        worst = max(abs(a_measure(draws[0], other) - 0.5) for other in draws[1:])
        if worst + 0.5 < A_SMALL:
            return size
    return 0


def table_of(found: Sequence[Replicates]) -> pd.DataFrame:
    """A row per outcome and strategy or pair."""
    rows = [
        {**{n: getattr(r, n) for n in r.__dataclass_fields__}, "enough": r.enough, "determined": r.determined}
        for r in found
    ]
    return pd.DataFrame(rows)


def _rows(study: Study, outcome: str, a: str, b: str) -> pd.DataFrame:
    """Columns point, seed, x (what is averaged) and, of a difference, its parts a and b."""
    if not b:
        runs = study.of(a)
        return runs[["point", "seed"]].assign(x=finite_values(study, runs, outcome))
    both = {name: study.of(name) for name in (a, b)}
    cut = {
        k: v.assign(value=finite_values(study, v, outcome))[["point", "seed", "value"]]
        for k, v in both.items()
    }
    rows = paired_runs(study, outcome, a, b)[["point", "seed"]]
    for column, name in (("a", a), ("b", b)):
        rows = rows.merge(cut[name].rename(columns={"value": column}), on=["point", "seed"])
    return rows.assign(x=rows["a"] - rows["b"])


def _pooled(rows: pd.DataFrame, column: str) -> tuple[float, int]:
    """Standard deviation within points and its degrees of freedom."""
    if rows.empty:
        return float("nan"), 0
    groups = rows.groupby("point")[column]
    counts = groups.count()
    freedom = int((counts - 1).clip(lower=0).sum())
    squares = float((groups.var(ddof=1).fillna(0) * (counts - 1).clip(lower=0)).sum())
    return (float(np.sqrt(squares / freedom)) if freedom else float("nan")), freedom


def _correlation(rows: pd.DataFrame) -> float:
    centred = rows[["a", "b"]] - rows.groupby("point")[["a", "b"]].transform("mean")
    if (centred.std() == 0).any():
        return float("nan")
    return float(np.corrcoef(centred["a"], centred["b"])[0, 1])


def _centred(rows: pd.DataFrame) -> np.ndarray:
    """All runs as one sample: each point's mean taken out, the overall mean put back."""
    shifted = rows["x"] - rows.groupby("point")["x"].transform("mean") + rows["x"].mean()
    return shifted.sort_index().to_numpy(np.float64)


def _usual_half_width(study: Study, outcome: str) -> float:
    if unit_of(outcome) in HALF_WIDTHS:
        return HALF_WIDTHS[unit_of(outcome)]
    level = float(np.nanmean(np.abs(finite_values(study, study.runs, outcome))))
    return RELATIVE * level if level > 0 else 1.0
