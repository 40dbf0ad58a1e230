"""The search over strategies: hours, yuan, valid consent, payment and insincere share, run by run on common seeds.

The front of a search is flattered by the seeds it was searched on: what was lucky on them is on it. So its members are
run again on fresh seeds, and those are the values shown, with intervals; a member that another beats there is marked
undetermined. An outcome of a researcher's own that says which way is better is weighed too; others stand beside.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from model.brought import brought
from model.engine import Results, Run, simulate_runs
from model.measures import Weekly
from scenarios.analysis.goals import Goal
from scenarios.analysis.problem import values
from scenarios.analysis.search import Front, Report, beaten, search
from scenarios.analysis.search_space import LEAST_INTENSITY, SearchSpace, described
from scenarios.comparison import CENSORED, left_out
from scenarios.rested import Rested, rested_in

if TYPE_CHECKING:
    from scenarios.own import Own

#: What values pass through between a run and the search, beside the model: part of what a folder is checked against.
SOURCES = (
    "analysis/goals.py", "analysis/problem.py", "analysis/search_space.py", "analysis/strategy_search.py",
    "comparison.py", "moments.py", "own.py",
)  # fmt: skip
#: Runs to what they came to.
type Simulate = Callable[[Sequence[Run]], Results]
#: What is weighed against each other, and which way is wished for (+1 higher, −1 lower).
OBJECTIVES: dict[str, int] = {
    "office_hours_total": -1,
    "office_yuan_total": -1,
    "final_valid_consent": 1,
    "payment_18_months": 1,
    "final_insincere_share": -1,
}
#: The worst a run without a value can have: a compound never handed over has nobody who pays 18 months later.
NO_VALUE = {"payment_18_months": 0.0}
#: How far a requirement is missed at least where it is: "more than 0.6" by exactly 0.6.
_JUST_MISSED = 1e-9


@dataclass(frozen=True)
class StrategyFront:
    """Strategies that no other tried beats in all objectives on the search's seeds.

    objectives : which way each is wished for (+1 higher, −1 lower)
    table : a row per strategy, `name`, its intensities, then of every objective, and of outcomes of one's own that are
        none, the mean over fresh seeds and `_low`, `_high` (95 %, bootstrap over seeds), `n_without_payment` (fresh
        runs without a payment rate, counted as 0) and `determined` (no other member beats it on the fresh seeds)
    tried : strategies tried; seeds, fresh_seeds : how many runs stand behind each, in the search and in the table
    rested : instruments of the strategies of the table that rested in some week of the fresh runs
    """

    table: pd.DataFrame
    instruments: tuple[str, ...]
    objectives: Mapping[str, int]
    requirements: tuple[Goal, ...]
    front: Front
    tried: int
    generations: int
    seeds: int
    fresh_seeds: int
    rested: tuple[Rested, ...] = ()


def weighed() -> dict[str, int]:
    """The objectives, and outcomes of one's own that say which way is better, as long as they are brought."""
    ways = {"higher": 1, "lower": -1}
    return {**OBJECTIVES, **{n: ways[o.better] for n, o in brought().outcomes.items() if o.better}}


def search_strategies(
    space: SearchSpace,
    *,
    seeds: Sequence[int],
    fresh_seeds: Sequence[int],
    generations: int,
    population: int,
    requirements: Sequence[Goal] = (),
    seed: int = 1,
    folder: Path | None = None,
    threads: int | None = None,
    version: str = "",
    report: Report | None = None,
    own: "Own | None" = None,
) -> StrategyFront:
    """Search, then run the front again on fresh seeds.

    seeds : common to all individuals; fresh_seeds : others, for the table
    requirements : constraints beside legality, such as `final_insincere_share <= 0.1`, on means over seeds
    version : of the model, part of what a folder is checked against
    own : a researcher's own things, which run the model, one run after the other; to be called while they are known
    """
    objectives = weighed()
    of_own = len(objectives) > len(OBJECTIVES)
    in_the_engine = partial(simulate_runs, threads=threads, weekly=Weekly.NOTHING)
    simulate = in_the_engine if own is None else own.simulate

    def evaluate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        means = _means(_rows(simulated(space, x, seeds, simulate), len(x)), len(x))
        found, limits = _minimised(means, objectives), _constraints(means, requirements)
        if of_own:  # what has no value is on no front, and is not weighed against what has
            limits = np.column_stack([limits, np.isinf(found).any(axis=1)])
        return found, limits

    settings = {
        **described(space),
        "seeds": list(seeds),
        "requirements": [str(r) for r in requirements],
        "objectives": list(objectives),
        "version": version,
        "own": None if own is None else own.code.digest,
    }
    front = search(
        evaluate,
        n_variables=len(space.instruments),
        n_objectives=len(objectives),
        n_constraints=len(requirements) + of_own,
        generations=generations,
        population=population,
        seed=seed,
        folder=folder,
        settings=settings,
        report=report,
    )
    fresh = simulated(space, front.x, fresh_seeds, simulate) if len(front.x) else None
    table = checked(space, front.x, fresh)
    return StrategyFront(
        table, space.instruments, objectives, tuple(requirements), front, len(front.all_x), generations,
        len(seeds), len(fresh_seeds), () if fresh is None else tuple(rested_in(fresh)),
    )  # fmt: skip


def simulated(space: SearchSpace, x: np.ndarray, seeds: Sequence[int], simulate: Simulate) -> Results:
    """Every individual with every seed, individual by individual."""
    runs = [
        Run(scenario, seed)
        for scenario in (space.candidate(row, name_of(row)) for row in x)
        for seed in seeds
    ]
    return simulate(runs)


def _rows(found: Results, n: int) -> pd.DataFrame:
    """The summary of what `n` individuals came to, with column `individual`."""
    rows = found.summary()
    return rows.assign(individual=np.repeat(np.arange(n), len(rows) // n))


def name_of(x: np.ndarray) -> str:
    """A name that depends on the intensities only, so that the same strategy is called the same everywhere."""
    return "s" + hashlib.blake2b(np.round(x, 6).tobytes(), digest_size=3).hexdigest()


def checked(space: SearchSpace, x: np.ndarray, fresh: Results | None) -> pd.DataFrame:
    """The members of a front on fresh seeds, None where it has no members; see `StrategyFront.table`."""
    columns, objectives = ["name", *space.instruments], weighed()
    outcomes = list(dict.fromkeys((*objectives, *brought().outcomes)))
    if fresh is None:
        return pd.DataFrame(columns=[*columns, *outcomes, "n_without_payment", "determined"])
    rows = _rows(fresh, len(x))
    means = _means(rows, len(x))
    table = pd.DataFrame(x, columns=list(space.instruments))
    # What was run: an intensity too small to count is none.
    table = table.where(table >= LEAST_INTENSITY, 0.0)
    table.insert(0, "name", [name_of(row) for row in x])
    for outcome in outcomes:
        table[outcome] = means[outcome]
        wide = _numbers(rows, outcome).reshape(len(x), -1)
        table[f"{outcome}_low"], table[f"{outcome}_high"] = _interval(wide)
    table["n_without_payment"] = rows["payment_18_months"].isna().groupby(rows["individual"]).sum().to_numpy()
    table["determined"] = ~beaten(_minimised(table, objectives))
    return table


def _minimised(means: pd.DataFrame, objectives: Mapping[str, int]) -> np.ndarray:
    """The objectives as a search minimises them; without a value, the worst there is."""
    found = -np.array(list(objectives.values())) * means[list(objectives)].to_numpy(float)
    return np.where(np.isnan(found), np.inf, found)


def _numbers(rows: pd.DataFrame, outcome: str) -> np.ndarray:
    found = values(rows, outcome)
    return np.where(np.isnan(found), NO_VALUE[outcome], found) if outcome in NO_VALUE else found


def _means(rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """Every summary outcome over the seeds, one row per individual: the mean, of weeks until something the median."""
    names = [c for c in rows.columns if c not in ("run", "case", "strategy", "seed", "individual")]
    found = {name: _centre(_numbers(rows, name).reshape(n, -1), name in CENSORED) for name in names}
    return pd.DataFrame(found)


def _centre(wide: np.ndarray, censored: bool) -> np.ndarray:
    """Mean over seeds, of weeks until something happens the median."""
    return np.asarray(np.median(wide, axis=1) if censored else wide.mean(axis=1))


def _constraints(means: pd.DataFrame, requirements: Sequence[Goal]) -> np.ndarray:
    """How far each requirement is missed: ≤ 0 where it is met, and only there; without a value, missed by one."""
    columns: list[np.ndarray] = []
    for r in requirements:
        found = means[r.outcome].to_numpy()
        gap = r.value - found if ">" in r.sign else found - r.value
        gap = np.where(r.met_by(found), np.minimum(gap, 0.0), np.maximum(gap, _JUST_MISSED))
        columns.append(np.where(np.isfinite(gap), gap, 1.0))
    return np.stack(columns, axis=1) if columns else np.zeros((len(means), 0))


def _interval(wide: np.ndarray, resamples: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """95 % of the means over resampled seeds, (individuals, seeds) → two arrays; the same seeds for all."""
    n = wide.shape[1]
    chosen = np.random.default_rng(0).integers(n, size=(resamples, n))
    weights = np.apply_along_axis(np.bincount, 1, chosen, minlength=n) / n
    low, high = np.quantile(wide @ weights.T, [left_out(n), 1.0 - left_out(n)], axis=1)
    return low, high
