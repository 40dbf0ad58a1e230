"""Which strategy is ahead, run by run on the same point and seed, and whether that survives the plausible parameters.

Undetermined is a finding. It is one where the interval includes zero, where fewer than `MINIMUM_PAIRS` seeds stand
behind it, where more than a fifth of the pairs have no value, and where the order of the two turns round inside the
plausible range of any parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from scenarios.analysis.intervals import (
    LEVEL,
    Statistic,
    bootstrap,
    interval,
    levels_alone,
    weighted_means,
    weighted_medians,
)
from scenarios.analysis.problem import Parameter, Study, values
from scenarios.comparison import CENSORED, MINIMUM_PAIRS, Direction, are_survivors, direction_of

#: Parts into which the range of a parameter is cut, unless it takes fewer values.
PARTS = 3
_KEY = ["point", "seed"]


@dataclass(frozen=True)
class Part:
    """The paired difference where one parameter lies in one part of its range.

    low, high : of the parameter; choice : its name where it is not a number
    difference, difference_low, difference_high : as in `PairedStrategies`, the interval widened for the number of parts
    """

    parameter: str
    low: float
    high: float
    choice: str
    difference: float
    difference_low: float
    difference_high: float
    n_pairs: int

    @property
    def side(self) -> int:
        """1 where the difference is surely above zero, −1 below, 0 undetermined."""
        return int(self.difference_low > 0) - int(self.difference_high < 0)


@dataclass(frozen=True)
class PairedStrategies:
    """A minus B over all points and seeds both have.

    difference : mean over pairs; median where "not reached" may occur (`censored`)
    low, high : 95 %, points and seeds resampled
    share_seeds_won : share of seeds on which A, over the points, is on the wished-for side (neutral outcome: higher)
    share_ahead, share_behind : the same of single pairs
    n_dropped : pairs left out because one of the two has no value; n_unpaired : runs without a partner
    not_reached_a, not_reached_b : pairs in which A, or B, was not reached
    spread : root mean square of the standard deviations of the two: what an effect may be measured by
    parts : the same difference in every part of every parameter's range
    """

    outcome: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    share_seeds_won: float
    share_ahead: float
    share_behind: float
    ties: int
    n_pairs: int
    n_points: int
    n_seeds: int
    n_dropped: int
    n_unpaired: int
    not_reached_a: int
    not_reached_b: int
    spread: float
    direction: Direction
    censored: bool
    parts: tuple[Part, ...]

    @property
    def flips(self) -> tuple[Part, ...]:
        """Parts in which the order is surely the other way round than over all, or than in another part."""
        sides = {part.side for part in self.parts}
        overall = int(self.low > 0) - int(self.high < 0)
        if overall == 0:
            return tuple(part for part in self.parts if part.side and -part.side in sides)
        return tuple(part for part in self.parts if part.side == -overall)

    @property
    def finding(self) -> str:
        """a_ahead, b_ahead, a_higher, b_higher, identical, too_few, survivors, flips or undetermined."""
        if self.n_seeds >= MINIMUM_PAIRS and are_survivors(self.n_pairs, self.n_dropped):
            return "survivors"
        if self.n_pairs and self.ties == self.n_pairs:
            return "identical"
        if self.n_seeds < MINIMUM_PAIRS:
            return "too_few"
        if self.flips:
            return "flips"
        if not (self.low > 0 or self.high < 0):
            return "undetermined"
        if self.direction is Direction.NEUTRAL:
            return "a_higher" if self.difference > 0 else "b_higher"
        return "a_ahead" if (self.difference > 0) == (self.direction is Direction.HIGHER) else "b_ahead"

    @property
    def determined(self) -> bool:
        """Whether the finding names an order."""
        return self.finding in ("a_ahead", "b_ahead", "a_higher", "b_higher")


def compare_strategies(
    study: Study, outcome: str, a: str, b: str, *, resamples: int = 2000, seed: int = 0
) -> PairedStrategies:
    """Strategy `a` minus strategy `b` in one outcome, on the same points and draws; `seed` is of the bootstrap."""
    pairs = paired_runs(study, outcome, a, b)
    censored = outcome in CENSORED
    keep = pairs["difference"].notna()
    used = pairs[keep]
    differences = used["difference"].to_numpy()
    statistic = weighted_medians if censored else weighted_means
    direction = direction_of(outcome)
    sign = -1 if direction is Direction.LOWER else 1
    low, high = _interval(used, statistic, resamples, seed, LEVEL)
    return PairedStrategies(
        outcome=outcome,
        a=a,
        b=b,
        difference=_centre(differences, statistic),
        low=low,
        high=high,
        share_seeds_won=_seeds_won(used, sign, censored),
        share_ahead=_share(sign * differences > 0),
        share_behind=_share(sign * differences < 0),
        ties=int((differences == 0).sum()),
        n_pairs=len(used),
        n_points=int(used["point"].nunique()),
        n_seeds=int(used["seed"].nunique()),
        n_dropped=int((~keep).sum()),
        n_unpaired=len(study.of(a)) + len(study.of(b)) - 2 * len(pairs),
        not_reached_a=int(np.isinf(used["a"]).sum()) if censored else 0,
        not_reached_b=int(np.isinf(used["b"]).sum()) if censored else 0,
        spread=_spread(used["a"].to_numpy(), used["b"].to_numpy()),
        direction=direction,
        censored=censored,
        parts=_parts(study, used, statistic, resamples, seed),
    )


def compare_all(
    study: Study,
    outcomes: Sequence[str],
    *,
    baseline: str | None = None,
    resamples: int = 2000,
) -> list[PairedStrategies]:
    """Every outcome for every strategy against `baseline`, or for every pair where none is given."""
    names = study.strategies
    pairs = (
        [(b, a) for a, b in combinations(names, 2)]
        if baseline is None
        else [(name, baseline) for name in names if name != baseline]
    )
    return [compare_strategies(study, o, a, b, resamples=resamples) for a, b in pairs for o in outcomes]


def paired_runs(study: Study, outcome: str, a: str, b: str) -> pd.DataFrame:
    """One row per point and seed both strategies have: `point, seed, a, b, difference` and the parameters."""
    columns = {
        name: pd.Series(
            values(study.of(strategy), outcome), index=pd.MultiIndex.from_frame(study.of(strategy)[_KEY])
        )
        for name, strategy in (("a", a), ("b", b))
    }
    pairs = pd.concat(columns, axis=1, join="inner").sort_index()
    x, y = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    with np.errstate(invalid="ignore"):
        pairs["difference"] = np.where(x == y, 0.0, x - y)
    found = pairs.reset_index().merge(study.points(), left_on="point", right_index=True)
    return found.reset_index(drop=True)  # where no point is common, the index would have the name of a column


def table_of(results: Sequence[PairedStrategies]) -> pd.DataFrame:
    """A row per comparison, for a file: everything but the parts, and the finding."""
    rows = []
    for r in results:
        row = {name: getattr(r, name) for name in r.__dataclass_fields__ if name != "parts"}
        row["direction"] = str(r.direction)
        flips = "; ".join(f"{p.parameter} {p.choice or f'{p.low:.4g} to {p.high:.4g}'}" for p in r.flips)
        rows.append({**row, "finding": r.finding, "turns_round_where": flips})
    return pd.DataFrame(rows)


def parts_table(results: Sequence[PairedStrategies]) -> pd.DataFrame:
    """A row per comparison and part of a parameter's range."""
    rows = [
        {"outcome": r.outcome, "a": r.a, "b": r.b, **{n: getattr(p, n) for n in p.__dataclass_fields__}}
        for r in results
        for p in r.parts
    ]
    return pd.DataFrame(rows)


def _parts(
    study: Study, used: pd.DataFrame, statistic: Statistic, resamples: int, seed: int
) -> tuple[Part, ...]:
    cut = [(p, *bounds) for p in study.problem.parameters for bounds in _bounds(p, used[p.name])]
    # Where many parts are looked at, one of them shows a turn by chance: widen each interval for their number.
    level = 1 - (1 - LEVEL) / max(1, len(cut))
    return tuple(
        _part(p, low, high, choice, used, statistic, resamples, seed, level) for p, low, high, choice in cut
    )


def _part(
    p: Parameter, low: float, high: float, choice: str, used: pd.DataFrame, statistic: Statistic,
    resamples: int, seed: int, level: float,
) -> Part:  # fmt: skip
    column = used[p.name]
    rows = used[column.astype(str) == choice] if choice else used[(column >= low) & (column <= high)]
    below, above = _interval(rows, statistic, resamples, seed, level)
    return Part(
        p.name, low, high, choice, _centre(rows["difference"].to_numpy(), statistic), below, above, len(rows)
    )


def _bounds(parameter: Parameter, column: pd.Series) -> list[tuple[float, float, str]]:
    """Lower end, upper end, choice of every part; none where the parameter does not vary."""
    if not parameter.numeric:
        found = sorted(set(column.astype(str)))
        return [(np.nan, np.nan, choice) for choice in found] if len(found) > 1 else []
    distinct = np.unique(column)
    if len(distinct) < 2:
        return []
    if len(distinct) <= PARTS:
        return [(float(v), float(v), "") for v in distinct]
    groups = np.array_split(distinct, PARTS)
    return [(float(group[0]), float(group[-1]), "") for group in groups]


def _interval(
    rows: pd.DataFrame, statistic: Statistic, resamples: int, seed: int, level: float
) -> tuple[float, float]:
    if rows.empty:
        return float("nan"), float("nan")
    differences, points, seeds = (rows[name].to_numpy() for name in ("difference", *_KEY))
    draws = bootstrap(differences, points, seeds, statistic, resamples=resamples, seed=seed)
    return interval(draws, level, levels_alone(points, seeds))


def _centre(differences: np.ndarray, statistic: Statistic) -> float:
    if not len(differences):
        return float("nan")
    return float(statistic(differences, np.ones((1, len(differences))))[0])


def _seeds_won(used: pd.DataFrame, sign: int, censored: bool) -> float:
    """Of the seeds, the share whose mean (or median) over points is on the wished-for side."""
    if used.empty:
        return float("nan")
    statistic = weighted_medians if censored else weighted_means
    won = [_centre(group.to_numpy(), statistic) * sign > 0 for _, group in used.groupby("seed")["difference"]]
    return float(np.mean(won))


def _share(mask: np.ndarray) -> float:
    return float(mask.mean()) if len(mask) else float("nan")


def _spread(x: np.ndarray, y: np.ndarray) -> float:
    finite = np.isfinite(x) & np.isfinite(y)
    if finite.sum() < 2:
        return float("nan")
    return float(np.sqrt((x[finite].var(ddof=1) + y[finite].var(ddof=1)) / 2))
