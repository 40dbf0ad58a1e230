"""Which strategy holds up when the uncertain parameters turn out otherwise: regret, worst case, share of goals met.

A future is a point: one combination of parameters, averaged over seeds. Every strategy meets the same futures and the
same draws. Points count alike: the sweep's design is the only weight there is, and no probability is claimed.
Sources: Savage (1951) regret; Wald (1950) maximin; Starr (1963) domain criterion, as in McPhail et al. (2018), Earth's
Future 6, 169–191.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from scenarios.analysis.goals import Goal, met_by_point
from scenarios.analysis.intervals import LEVEL, share_interval
from scenarios.analysis.problem import AnalysisError, Study, finite_values, values
from scenarios.comparison import CENSORED, MINIMUM_PAIRS, Direction, are_survivors, direction_of

LEAST_POINTS = 10
#: The worst case of many futures is the luck of one; beside it stands the mean over the worst tenth.
WORST_SHARE = 0.1
#: A strategy leads in a criterion if it does in this share of resampled sets of futures and seeds.
SURE = 0.95
RESAMPLES = 1000
CRITERIA = ("mean_regret", "max_regret", "worst", "worst_tenth")


@dataclass(frozen=True)
class Robustness:
    """How strategies hold up in one outcome over all futures.

    table : a row per strategy: `strategy, mean_regret, max_regret, worst, worst_tenth, mean`, each of the first four
        with `_low` and `_high` (95 %, futures and seeds resampled), in the outcome's unit
    best : by criterion the strategy that leads, or empty where that is undetermined: always with fewer than six seeds,
        and where so many runs have no value that those which have one are survivors
    regrets : one row per future, a column per strategy
    n_points : futures in which every strategy has a value; n_lost : others, left out
    n_runs : runs of all strategies; n_without : of these without a value
    """

    outcome: str
    direction: Direction
    table: pd.DataFrame
    best: dict[str, str]
    regrets: pd.DataFrame
    n_points: int
    n_lost: int
    n_seeds: int
    n_runs: int
    n_without: int


@dataclass(frozen=True)
class Satisficing:
    """In what share of futures each strategy meets all goals with more than half of its seeds.

    table : a row per strategy: `strategy, share, low, high, n_met`; best : the one that leads, or empty
    """

    goals: tuple[Goal, ...]
    table: pd.DataFrame
    best: str
    n_points: int
    n_seeds: int


def robustness(
    study: Study, outcome: str, *, direction: Direction | None = None, seed: int = 0
) -> Robustness:
    """Regret and worst case of every strategy in one outcome.

    direction : which way is to be wished for; the outcome's own where left out
    Raises AnalysisError for an outcome of which neither way is better, for one strategy, and for fewer than 10 futures.
    """
    wished = direction or direction_of(outcome)
    if wished is Direction.NEUTRAL:
        raise AnalysisError(
            f"robustness: of {outcome} neither direction is better; expected another outcome, or a goal on it"
        )
    cube = _cube(study, outcome)
    columns = pd.DataFrame(_over_seeds(cube, outcome), columns=study.strategies)
    kept = np.isfinite(columns).all(axis=1).to_numpy()
    complete = columns[kept]
    if len(complete) < LEAST_POINTS:
        raise AnalysisError(
            f"{study.source}: robustness in {outcome}: {len(complete)} points in which every strategy has a value; "
            f"expected {LEAST_POINTS} or more"
        )
    sign = 1.0 if wished is Direction.HIGHER else -1.0
    regrets = _regrets(complete, sign)
    draws = _draws(cube[kept], outcome, sign, seed)
    table, best = _table(complete, sign, draws)
    n_runs, n_without = len(study.runs), int(np.isnan(values(study.runs, outcome)).sum())
    if study.n_seeds < MINIMUM_PAIRS or are_survivors(n_runs - n_without, n_without):
        best = dict.fromkeys(best, "")
    return Robustness(
        outcome, wished, table, best, regrets, len(complete), len(columns) - len(complete), study.n_seeds,
        n_runs, n_without,
    )  # fmt: skip


def satisficing(study: Study, goals: Sequence[Goal], *, seed: int = 0) -> Satisficing:
    """The share of futures in which each strategy meets every goal.

    A strategy leads if it holds in more futures than each other, on the same futures, by an exact sign test at 5 %,
    and still does in 95 % of resampled sets of seeds.
    """
    if not goals:
        raise AnalysisError("satisficing: no goal; expected one or more, such as 'payment_18_months >= 0.6'")
    met = pd.DataFrame({name: met_by_point(study, name, goals) > 0.5 for name in study.strategies}).dropna()
    if met.empty:
        raise AnalysisError(f"{study.source}: satisficing: no point that every strategy has run")
    met = met.astype(bool)
    rows = []
    for name in study.strategies:
        n = int(met[name].sum())
        low, high = share_interval(n, len(met))
        rows.append({"strategy": name, "share": n / len(met), "low": low, "high": high, "n_met": n})
    leader = _most_often(met) if study.n_seeds >= MINIMUM_PAIRS else ""
    if leader and not _whatever_the_seeds(study, goals, leader, seed):
        leader = ""
    return Satisficing(tuple(goals), pd.DataFrame(rows), leader, len(met), study.n_seeds)


def _whatever_the_seeds(study: Study, goals: Sequence[Goal], leader: str, seed: int) -> bool:
    """Whether a strategy still meets the goals most often in 95 % of resampled sets of seeds."""
    met = np.logical_and.reduce([g.met(study.runs) for g in goals]).astype(np.float64)
    cube = _placed(study, met)
    generator = np.random.default_rng(seed)
    draws = []
    for _ in range(RESAMPLES):
        shares = _over_seeds(cube[:, generator.integers(cube.shape[1], size=cube.shape[1])], "")
        draws.append((shares > 0.5).mean(axis=0))
    return _leader(np.stack(draws), study.strategies) == leader


def _most_often(met: pd.DataFrame) -> str:
    """The strategy that meets the goals surely more often than every other; empty where none does.

    Of the futures in which just one of the two does, how many are the leader's (McNemar's test, exact). Resampling
    would not do: four futures to none would look certain.
    """
    leader = str(met.mean().idxmax())
    for other in met.columns.drop(leader):
        alone, beaten = (met[leader] & ~met[other]).sum(), (met[other] & ~met[leader]).sum()
        if not alone + beaten or binomtest(int(alone), int(alone + beaten)).pvalue >= 1 - SURE:
            return ""
    return leader


def _cube(study: Study, outcome: str) -> np.ndarray:
    """Outcomes by future, seed and strategy, (points, seeds, strategies) float64; NaN without a run or a value.

    Not reached within the horizon is never dropped: it counts as the horizon, the least it can be.
    """
    if len(study.strategies) < 2:
        raise AnalysisError(f"{study.source}: robustness: one strategy; expected two or more to compare")
    return _placed(study, finite_values(study, study.runs, outcome))


def _placed(study: Study, found: np.ndarray) -> np.ndarray:
    """A value of every run at its place; shape (points, seeds, strategies), NaN where there is no run."""
    axes = [np.unique(study.runs[name], return_inverse=True) for name in ("point", "seed")]
    names = {name: i for i, name in enumerate(study.strategies)}
    cube = np.full((len(axes[0][0]), len(axes[1][0]), len(names)), np.nan)
    cube[axes[0][1], axes[1][1], study.runs["strategy"].map(names).to_numpy()] = found
    return cube


def _over_seeds(cube: np.ndarray, outcome: str) -> np.ndarray:
    """Mean over seeds, of weeks until something happens the median; (points, strategies)."""
    if outcome in CENSORED:
        return medians_over_seeds(cube)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a future without any value is NaN, and left out
        return np.nanmean(cube, axis=1)


def medians_over_seeds(cube: np.ndarray) -> np.ndarray:
    """`np.nanmedian` over the second of three axes, which takes ten times as long."""
    ordered, n = np.sort(cube, axis=1), np.isfinite(cube).sum(axis=1, keepdims=True)
    lower, upper = (np.take_along_axis(ordered, at, axis=1) for at in (np.maximum(n - 1, 0) // 2, n // 2))
    return np.where(n > 0, (lower + upper) / 2, np.nan)[:, 0]


def _regrets(values: pd.DataFrame, sign: float) -> pd.DataFrame:
    wished = sign * values
    return wished.rsub(wished.max(axis=1), axis=0)


def _criteria(wished: np.ndarray) -> np.ndarray:
    """The four criteria, higher is better; (…, futures, strategies) → (…, 4, strategies)."""
    regret = wished.max(axis=-1, keepdims=True) - wished
    tenth = max(1, round(WORST_SHARE * wished.shape[-2]))
    worst = np.sort(wished, axis=-2)[..., :tenth, :]
    stacked = (-regret.mean(axis=-2), -regret.max(axis=-2), worst[..., 0, :], worst.mean(axis=-2))
    return np.stack(stacked, axis=-2)


def _draws(cube: np.ndarray, outcome: str, sign: float, seed: int) -> np.ndarray:
    """Criteria of resampled futures and resampled seeds, each on its own; shape (resamples, 4, strategies).

    Other futures alone would not show what other seeds would have changed.
    """
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(RESAMPLES):
        seeds = generator.integers(cube.shape[1], size=cube.shape[1])
        wished = sign * _over_seeds(cube[:, seeds], outcome)
        wished = wished[np.isfinite(wished).all(axis=1)]
        if len(wished):
            found.append(_criteria(wished[generator.integers(len(wished), size=len(wished))]))
    return np.stack(found)


def _table(values: pd.DataFrame, sign: float, draws: np.ndarray) -> tuple[pd.DataFrame, dict[str, str]]:
    found = _criteria(sign * values.to_numpy())
    # Regret is a loss either way; the worst case is a value of the outcome.
    signs = np.array([-1.0, -1.0, sign, sign])
    table = pd.DataFrame({"strategy": list(values.columns), "mean": values.mean().to_numpy()})
    tails = np.quantile(draws, [(1 - LEVEL) / 2, 1 - (1 - LEVEL) / 2], axis=0)
    for i, name in enumerate(CRITERIA):
        table[name] = signs[i] * found[i] + 0.0
        ends = np.sort(signs[i] * tails[:, i], axis=0)
        table[f"{name}_low"], table[f"{name}_high"] = ends + 0.0
    best = {name: _leader(draws[:, i], list(values.columns)) for i, name in enumerate(CRITERIA)}
    return table, best


def _leader(draws: np.ndarray, names: Sequence[str]) -> str:
    """The strategy that leads alone in 95 % of the draws; empty where none does. draws : (resamples, strategies)."""
    top = draws.max(axis=1, keepdims=True)
    alone = (draws == top) & ((draws == top).sum(axis=1, keepdims=True) == 1)
    shares = alone.mean(axis=0)
    return names[int(shares.argmax())] if shares.max() >= SURE else ""
