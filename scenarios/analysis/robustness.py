"""Which strategy holds up when the uncertain parameters turn out otherwise: regret, worst case, share of goals met.

A future is a point: one combination of parameters, averaged over seeds. Every strategy meets the same futures and the
same draws. Points count alike: the sweep's design is the only weight there is, and no probability is claimed.
Sources: Savage (1951) regret; Wald (1950) maximin; Starr (1963) domain criterion, as in McPhail et al. (2018), Earth's
Future 6, 169–191.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.analysis.goals import Goal, met_by_point
from scenarios.analysis.intervals import LEVEL, share_interval
from scenarios.analysis.problem import AnalysisError, Study, by_point
from scenarios.comparison import DIRECTIONS, Direction

LEAST_POINTS = 10
#: The worst case of many futures is the luck of one; beside it stands the mean over the worst tenth.
WORST_SHARE = 0.1
#: A strategy leads in a criterion if it does in this share of resampled sets of futures.
SURE = 0.95
RESAMPLES = 2000
CRITERIA = ("mean_regret", "max_regret", "worst", "worst_tenth")


@dataclass(frozen=True)
class Robustness:
    """How strategies hold up in one outcome over all futures.

    table : a row per strategy: `strategy, mean_regret, max_regret, worst, worst_tenth, mean`, each of the first four
        with `_low` and `_high` (95 %, futures resampled), in the outcome's unit
    best : by criterion the strategy that leads, or empty where that is undetermined
    regrets : one row per future, a column per strategy
    n_points : futures in which every strategy has a value; n_lost : others, left out
    """

    outcome: str
    direction: Direction
    table: pd.DataFrame
    best: dict[str, str]
    regrets: pd.DataFrame
    n_points: int
    n_lost: int
    n_seeds: int


@dataclass(frozen=True)
class Satisficing:
    """In what share of futures each strategy meets all goals on average over its seeds (at least half of them).

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
    wished = direction or DIRECTIONS.get(outcome, Direction.NEUTRAL)
    if wished is Direction.NEUTRAL:
        raise AnalysisError(
            f"robustness: of {outcome} neither direction is better; expected another outcome, or a goal on it"
        )
    columns = _values(study, outcome)
    complete = columns[np.isfinite(columns).all(axis=1)]
    if len(complete) < LEAST_POINTS:
        raise AnalysisError(
            f"{study.source}: robustness in {outcome}: {len(complete)} points in which every strategy has a value; "
            f"expected {LEAST_POINTS} or more"
        )
    sign = 1.0 if wished is Direction.HIGHER else -1.0
    regrets = _regrets(complete, sign)
    draws = _draws(complete.to_numpy(), sign, seed)
    table, best = _table(complete, sign, draws)
    return Robustness(
        outcome, wished, table, best, regrets, len(complete), len(columns) - len(complete), study.n_seeds
    )


def satisficing(study: Study, goals: Sequence[Goal], *, seed: int = 0) -> Satisficing:
    """The share of futures in which each strategy meets every goal."""
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
    shares = met.to_numpy(float)[_resampled(len(met), seed)].mean(axis=1)
    return Satisficing(
        tuple(goals), pd.DataFrame(rows), _leader(shares, study.strategies), len(met), study.n_seeds
    )


def _values(study: Study, outcome: str) -> pd.DataFrame:
    """One row per future, a column per strategy."""
    if len(study.strategies) < 2:
        raise AnalysisError(f"{study.source}: robustness: one strategy; expected two or more to compare")
    found = pd.DataFrame({name: by_point(study, name, outcome)["value"] for name in study.strategies})
    # Not reached within the horizon is never dropped: it counts as the horizon, the least it can be.
    seen = found.to_numpy()[np.isfinite(found.to_numpy())]
    last = study.problem.horizon_weeks or (float(seen.max()) + 1 if seen.size else 1.0)
    return found.replace(np.inf, float(last))


def _regrets(values: pd.DataFrame, sign: float) -> pd.DataFrame:
    wished = sign * values
    return wished.rsub(wished.max(axis=1), axis=0)


def _resampled(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))


def _criteria(wished: np.ndarray) -> np.ndarray:
    """The four criteria, higher is better; (…, futures, strategies) → (…, 4, strategies)."""
    regret = wished.max(axis=-1, keepdims=True) - wished
    tenth = max(1, round(WORST_SHARE * wished.shape[-2]))
    worst = np.sort(wished, axis=-2)[..., :tenth, :]
    stacked = (-regret.mean(axis=-2), -regret.max(axis=-2), worst[..., 0, :], worst.mean(axis=-2))
    return np.stack(stacked, axis=-2)


def _draws(values: np.ndarray, sign: float, seed: int) -> np.ndarray:
    """Criteria of resampled futures; shape (resamples, 4, strategies)."""
    wished = sign * values
    indices = _resampled(len(values), seed)
    return np.stack([_criteria(wished[rows]) for rows in indices])


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
