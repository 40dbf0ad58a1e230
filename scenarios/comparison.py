"""Two strategies on the same seeds: how much they differ, and how sure that is.

The same household meets the same luck under every strategy, so runs are compared seed by seed. Three decisions
matter to a reader:

- A gate or handover that was *not reached* is later than any week in which it was reached. It is never dropped:
  a strategy that reaches 80 % quickly in the few compounds where it reaches it at all would look good. Such outcomes
  are compared by the median difference and the share of seeds ahead.
- Other missing values (payment after a handover that never came) leave no number to compare. Those pairs are left out,
  counted and named in the verdict. Where they are more than a fifth, what remains are survivors: "undetermined".
- Where the 95 % interval includes zero, or fewer than `MINIMUM_PAIRS` pairs remain, the verdict is "undetermined".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from model.brought import brought
from model.measures import REASONS, SUMMARY
from scenarios.catalogue import number, text, unit_of_outcome
from scenarios.files.problems import nearest

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
#: With five pairs, all pointing the same way has a two-sided chance of 1/16 under no difference; with six, 1/32.
MINIMUM_PAIRS = 6
#: With more of the pairs left out than this share, the rest is another question than was asked.
MOST_LEFT_OUT = 0.2
_PAIR = ["case", "seed"]


class Direction(StrEnum):
    """Whether a higher value of an outcome is to be wished for."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


_HIGHER, _LOWER, _NEUTRAL = Direction.HIGHER, Direction.LOWER, Direction.NEUTRAL

#: Consent is neutral: pressure raises it too, and proxies raise the headline. So are totals that follow what is built.
DIRECTIONS: dict[str, Direction] = {
    "final_headline_consent": _NEUTRAL,
    "final_valid_consent": _NEUTRAL,
    "final_insincere_share": _LOWER,
    "final_support_share": _HIGHER,
    "weeks_to_50": _LOWER,
    "weeks_to_80": _LOWER,
    "weeks_to_95": _LOWER,
    "gate_week": _LOWER,
    "headline_consent_at_gate": _NEUTRAL,
    "valid_consent_at_gate": _NEUTRAL,
    "insincere_share_at_gate": _LOWER,
    "handover_week": _LOWER,
    "risers_completed": _HIGHER,
    "payment_18_months": _HIGHER,
    "payment_before": _NEUTRAL,
    "company_present_end": _HIGHER,
    "company_left": _LOWER,
    "trust_office_change": _HIGHER,
    "satisfaction_end": _HIGHER,
    "arrears_yuan_end": _LOWER,
    "office_hours_total": _LOWER,
    "hours_per_valid_signature": _LOWER,
    "office_yuan_total": _NEUTRAL,
    "withdrawals": _NEUTRAL,
    "suggestions_per_household": _NEUTRAL,
    "suggestions_adopted": _HIGHER,
    **dict.fromkeys(
        (reason.name.lower() for reason in REASONS), _NEUTRAL
    ),  # less of one may be more of another
}

#: Weeks until something happens: "not reached" counts as later than any week.
CENSORED = frozenset({"weeks_to_50", "weeks_to_80", "weeks_to_95", "gate_week", "handover_week"})


@dataclass(frozen=True)
class PairedDifference:
    """A minus B on the same seeds of `cases`.

    difference : mean over pairs; median where `censored` (±inf: one of the two was not reached in the middle pair)
    low, high : percentile bootstrap over pairs, 95 %
    share_ahead, share_behind : pairs in which A is on the wished-for side (of a neutral outcome: higher), or B is
    ties : number of exactly equal pairs
    n_dropped : pairs left out because one of the two has no value; n_unpaired : runs without a partner
    effect_size : mean difference over the root mean square of the two standard deviations; where `censored`,
        share of pairs with A higher minus share with A lower
    not_reached_a, not_reached_b : pairs in which A, or B, was not reached
    """

    outcome: str
    a: str
    b: str
    cases: tuple[str, ...]
    difference: float
    low: float
    high: float
    share_ahead: float
    share_behind: float
    ties: int
    n_pairs: int
    n_dropped: int
    effect_size: float
    direction: Direction
    censored: bool
    not_reached_a: int
    not_reached_b: int
    n_unpaired: int

    @property
    def determined(self) -> bool:
        """Whether enough pairs remain, of those there were too, and the interval excludes zero."""
        enough = self.n_pairs >= MINIMUM_PAIRS and not are_survivors(self.n_pairs, self.n_dropped)
        return enough and (self.low > 0 or self.high < 0)

    def verdict(self, lang: str = "zh", *, name_a: str = "", name_b: str = "") -> str:
        """One or two sentences for a reader: who is ahead and by how much, or that this is undetermined.

        `name_a`, `name_b`: how to call the strategies, where their identifiers are not to be shown.
        """
        words = {
            "a": name_a or self.a,
            "b": name_b or self.b,
            "outcome": text(f"summary.{self.outcome}", lang),
        }
        if self.n_pairs == 0:
            return text("verdict.no_pairs", lang).format(**words) + self._left_out(lang)
        ahead = "higher" if self.direction is _NEUTRAL else "earlier" if self.censored else "ahead"
        words |= {
            "difference": _signed(self.outcome, self.difference, lang),
            "low": _signed(self.outcome, self.low, lang),
            "high": _signed(self.outcome, self.high, lang),
            "n": str(self.n_pairs),
            "all": str(self.n_pairs + self.n_dropped),
            "n_ahead": str(round(self.share_ahead * self.n_pairs)),
            "ties": str(self.ties),
            "statistic": text("verdict.median" if self.censored else "verdict.mean", lang),
            "ahead": text(f"verdict.{ahead}", lang),
            "leads": text("verdict.leads_earlier" if self.censored else "verdict.leads", lang),
        }
        survivors = are_survivors(self.n_pairs, self.n_dropped)
        key = "identical" if self.ties == self.n_pairs and not survivors else self._finding()
        return (
            text(f"verdict.{key}", lang).format(**words)
            + self._not_reached(words, lang)
            + self._left_out(lang)
        )

    def _finding(self) -> str:
        if self.n_pairs < MINIMUM_PAIRS:
            return "too_few"
        if are_survivors(self.n_pairs, self.n_dropped):
            return "survivors"
        if not self.determined:
            return "undetermined"
        if self.direction is _NEUTRAL:
            return "a_higher" if self.difference > 0 else "b_higher"
        side = "a" if (self.difference > 0) == (self.direction is _HIGHER) else "b"
        return f"{side}_only" if np.isinf(self.difference) else f"{side}_ahead"

    def _not_reached(self, words: dict[str, str], lang: str) -> str:
        if not self.not_reached_a + self.not_reached_b:
            return ""
        counts = {"in_a": str(self.not_reached_a), "in_b": str(self.not_reached_b)}
        return text("verdict.not_reached", lang).format(**words, **counts)

    def _left_out(self, lang: str) -> str:
        parts = [("verdict.dropped", self.n_dropped), ("verdict.unpaired", self.n_unpaired)]
        return "".join(text(key, lang).format(n=count) for key, count in parts if count)


def are_survivors(n_pairs: int, n_dropped: int) -> bool:
    """Whether so many pairs have no value that those which have one say little of all."""
    return n_dropped > MOST_LEFT_OUT * (n_pairs + n_dropped)


def compare(
    summary: pd.DataFrame,
    outcome: str,
    a: str,
    b: str,
    *,
    resamples: int = 2000,
    seed: int = 0,
    direction: Direction | None = None,
) -> PairedDifference:
    """Strategy `a` minus strategy `b` in one summary outcome, seed by seed (and case by case).

    summary : one row per run, columns `case, strategy, seed` and the outcome
    resamples : draws of the bootstrap, at least 100
    seed : seed of the bootstrap, so that the same data give the same interval
    direction : which is better, of a column that is no summary outcome
    Raises KeyError for an unknown outcome or strategy, ValueError where a strategy has two runs of one case and seed.
    """
    if direction is None:
        known = (*DIRECTIONS, *brought().outcomes)
        if outcome not in known:
            raise KeyError(f"unknown summary outcome {outcome!r}{nearest(outcome, known)}")
        direction = direction_of(outcome)
    if resamples < 100:
        raise ValueError(f"resamples = {resamples}; expected 100 or more")
    pairs = paired_values(summary, outcome, a, b)
    n_runs = int(summary["strategy"].isin([a, b]).sum())
    return compare_values(
        pairs["a"].to_numpy(),
        pairs["b"].to_numpy(),
        outcome,
        a,
        b,
        cases=tuple(dict.fromkeys(pairs.index.get_level_values("case"))),
        direction=direction,
        n_unpaired=n_runs - 2 * len(pairs),
        resamples=resamples,
        seed=seed,
    )


def compare_values(
    x: np.ndarray,
    y: np.ndarray,
    outcome: str,
    a: str,
    b: str,
    *,
    cases: tuple[str, ...],
    direction: Direction,
    n_unpaired: int = 0,
    resamples: int = 2000,
    seed: int = 0,
) -> PairedDifference:
    """What `compare` says, of pairs that stand beside one another already: many times faster than finding them.

    x, y : the outcome under `a` and `b`, float64 by pair, in the order of case and seed; NaN where it has no value
    """
    censored = outcome in CENSORED
    if censored:
        x, y = _later_than_any(x), _later_than_any(y)
    differences = _difference(x, y)
    keep = ~np.isnan(differences)
    x, y, differences = x[keep], y[keep], differences[keep]
    low, high = _interval(differences, censored, resamples, seed)
    above, below = (differences > 0), (differences < 0)
    ahead, behind = (below, above) if direction is _LOWER else (above, below)
    n = len(differences)
    return PairedDifference(
        outcome=outcome,
        a=a,
        b=b,
        cases=cases,
        difference=centre(differences, censored),
        low=low,
        high=high,
        share_ahead=_share(ahead),
        share_behind=_share(behind),
        ties=int(n - above.sum() - below.sum()),
        n_pairs=n,
        n_dropped=int((~keep).sum()),
        effect_size=_share(above) - _share(below) if censored else _standardized(x, y, differences),
        direction=direction,
        censored=censored,
        not_reached_a=int(np.isinf(x).sum()) if censored else 0,
        not_reached_b=int(np.isinf(y).sum()) if censored else 0,
        n_unpaired=n_unpaired,
    )


def direction_of(outcome: str) -> Direction:
    """Which is better of an outcome: of the model's, or of one's own as long as it is brought; neutral of any other."""
    own = brought().outcomes.get(outcome)
    if own is not None and own.better:
        return Direction(own.better)
    return DIRECTIONS.get(outcome, Direction.NEUTRAL)


def paired_values(summary: pd.DataFrame, outcome: str, a: str, b: str) -> pd.DataFrame:
    """One row per case and seed both strategies have: columns `a`, `b`, `difference`.

    Of weeks until something happens, "not reached" is infinity; two such runs differ by zero. Of other outcomes a
    missing value stays NaN, and so does the difference.
    """
    import pandas as pd

    columns = {"a": _values(summary, outcome, a), "b": _values(summary, outcome, b)}
    pairs = pd.concat(columns, axis=1, join="inner").sort_index()
    if outcome in CENSORED:
        pairs = pairs.fillna(np.inf)
    pairs["difference"] = _difference(pairs["a"].to_numpy(), pairs["b"].to_numpy())
    return pairs


def compare_all(
    summary: pd.DataFrame, a: str, b: str, outcomes: tuple[str, ...] = tuple(SUMMARY), **options: Any
) -> list[PairedDifference]:
    """The paired difference in each of several outcomes; `options` as in `compare`."""
    return [compare(summary, outcome, a, b, **options) for outcome in outcomes]


def _values(summary: pd.DataFrame, outcome: str, strategy: str) -> pd.Series:
    import pandas as pd

    rows = summary[summary["strategy"] == strategy]
    if rows.empty:
        known = sorted(summary["strategy"].unique())
        raise KeyError(
            f"no runs of strategy {strategy!r}{nearest(strategy, known)}; found {', '.join(known)}"
        )
    index = pd.MultiIndex.from_frame(rows[_PAIR])
    if index.has_duplicates:
        raise ValueError(f"strategy {strategy!r} has two runs of (case, seed) {index[index.duplicated()][0]}")
    return pd.Series(rows[outcome].to_numpy(float), index=index)


def _later_than_any(weeks: np.ndarray) -> np.ndarray:
    """Weeks until something happens, infinity where it was not reached."""
    return np.where(np.isnan(weeks), np.inf, weeks)


def _difference(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """X − y, where equal values (both not reached among them) differ by exactly zero."""
    with np.errstate(invalid="ignore"):
        return np.where(x == y, 0.0, x - y)


def centre(differences: np.ndarray, censored: bool) -> float:
    """Mean of some values, their median where "not reached" (infinite) is possible; NaN without any."""
    if len(differences) == 0:
        return float("nan")
    return float(_medians(differences[None, :])[0]) if censored else float(differences.mean())


def _medians(rows: np.ndarray) -> np.ndarray:
    """Median of each row; a middle pair of −inf and +inf has its midpoint at zero, so that A − B = −(B − A)."""
    ordered = np.sort(rows, axis=1)
    n = rows.shape[1]
    lower, upper = ordered[:, (n - 1) // 2], ordered[:, n // 2]
    with np.errstate(invalid="ignore"):
        middle = np.where(lower == upper, lower, (lower + upper) / 2)
    return np.where(np.isnan(middle), 0.0, middle)


def _interval(differences: np.ndarray, censored: bool, resamples: int, seed: int) -> tuple[float, float]:
    n = len(differences)
    if n == 0:
        return float("nan"), float("nan")
    if not differences.any():
        return 0.0, 0.0  # however they are drawn
    resampled = _kept_places if n * resamples <= _MOST_KEPT else _places
    draws = differences[resampled(n, resamples, seed)]
    centres = np.sort(_medians(draws) if censored else draws.mean(axis=1))
    # Whole order statistics: interpolating between two infinities gives no number.
    cut = round(left_out(n) * resamples)
    return float(centres[cut]), float(centres[-1 - cut])


@cache
def left_out(n: int, level: float = LEVEL) -> float:
    """Share of the resamples of `n` values that their interval of a level leaves out at each end.

    Resampled means spread too little, by √((n − 1)/n), and like a normal distribution where Student's belongs: with six
    values the middle 95 % of them would hold the truth 86 times in a hundred. So more of them are taken: the expanded
    percentile interval of Hesterberg (2015, The American Statistician 69, 371–386).
    """
    # Takes a tenth of a second, for which commands that compare nothing need not wait.
    from scipy.special import stdtrit

    if n < 2:
        return 0.0
    return NormalDist().cdf(float(stdtrit(n - 1, (1 - level) / 2)) * math.sqrt(n / (n - 1)))


def _places(n: int, resamples: int, seed: int) -> np.ndarray:
    """Which of `n` pairs are in each resample. int64, (resamples, n)"""
    return np.random.default_rng(seed).integers(n, size=(resamples, n))


#: The same for the outcomes of a page or table, which mostly have equally many pairs: drawing takes longest.
_kept_places = lru_cache(maxsize=16)(_places)
#: Places of at most so many are kept: 0.8 MB.
_MOST_KEPT = 100_000


def _share(mask: np.ndarray) -> float:
    return float(mask.mean()) if len(mask) else float("nan")


def _standardized(x: np.ndarray, y: np.ndarray, differences: np.ndarray) -> float:
    """Mean difference over the pooled spread of the two, not over the spread of the differences.

    Common random numbers make the latter as small as one likes, and the effect as large.
    """
    if len(x) < 2:
        return float("nan")
    mean = float(differences.mean())
    spread = float(np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2))
    if spread == 0:
        return 0.0 if mean == 0 else float(np.copysign(np.inf, mean))
    return mean / spread


def _signed(outcome: str, value: float, lang: str) -> str:
    if np.isinf(value):
        return text("verdict.beyond_later" if value > 0 else "verdict.beyond_earlier", lang)
    return number(value, unit_of_outcome(outcome), lang, difference=True)
