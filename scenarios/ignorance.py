"""Two kinds of not knowing: chance, which more seeds average out, and ignorance of the parameters, which they do not.

The same strategies run under many sets of parameters that the evidence leaves standing (`calibration.survivors`), each
with the same seeds. Within a set runs differ by chance; between sets their centres differ by what is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model.engine import Results, Run, simulate_runs
from model.measures import Weekly
from model.specification import District, Scenario
from scenarios.comparison import CENSORED, Direction, are_survivors, centre, direction_of, paired_values
from scenarios.district import district_totals, runs_of_seeds, weekly_totals
from scenarios.plausible import Survivors, load_survivors, under
from scenarios.totals import totals

if TYPE_CHECKING:
    import pandas as pd

#: The order of two strategies is undetermined where it flips in more than this share of the sets.
MOST_FLIPS = 0.1
#: Bands hold the middle 90 %.
LEVEL = 0.9
#: Seeds under every set: their mean is compared between sets, and more would say little.
SEEDS_OF_A_SET = 5
SET = "set"


@dataclass(frozen=True)
class Bands:
    """One outcome of one strategy.

    middle : median over sets of each set's centre (mean over seeds; median where "not reached" is possible)
    low, high : the middle 90 % of these centres: ignorance
    chance_low, chance_high : ends of the middle 90 % of the runs of one set, each its median over sets: chance
    n_sets : sets with a value; sets : all; n_runs : runs with a value, or in which it was not reached; runs : all
    """

    outcome: str
    strategy: str
    middle: float
    low: float
    high: float
    chance_low: float
    chance_high: float
    n_sets: int
    sets: int
    n_runs: int
    runs: int


@dataclass(frozen=True)
class PlausibleDifference:
    """A minus B under every set of parameters.

    middle, low, high : median and middle 90 % of the sets' differences
    share_a, share_b : sets in which A is on the wished-for side (of a neutral outcome: higher), or B is
    n_sets : sets in which both have a value in enough of the seeds (`are_survivors`); sets : all
    """

    outcome: str
    a: str
    b: str
    middle: float
    low: float
    high: float
    share_a: float
    share_b: float
    n_sets: int
    sets: int

    @property
    def determined(self) -> bool:
        """Whether enough sets have a value, and one of the two is ahead in at least nine of ten of them.

        A set in which they tie is for neither.
        """
        enough = self.n_sets > 0 and not are_survivors(self.n_sets, self.sets - self.n_sets)
        return enough and max(self.share_a, self.share_b) >= 1.0 - MOST_FLIPS


@dataclass(frozen=True)
class Ignorance:
    """Scenarios under plausible sets of parameters, and what they say.

    summary : of `plausible_summary`; sets, seeds : how many sets, and seeds under each
    levels : for every scenario and outcome; differences : for every pair and outcome
    """

    summary: pd.DataFrame
    sets: int
    seeds: int
    levels: list[Bands]
    differences: list[PlausibleDifference]

    @property
    def of_district(self) -> bool:
        """Whether what is looked at are totals of a district."""
        return "compounds_past_gate" in self.summary


def ignorance_of(
    scenarios: Sequence[Scenario],
    outcomes: Sequence[str],
    seeds: Sequence[int],
    sets: int,
    *,
    pairs: Sequence[tuple[str, str]] = (),
    threads: int | None = None,
    summary_of: Callable[[Sequence[Run]], pd.DataFrame] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ignorance:
    """Run scenarios that differ by strategy under `sets` plausible sets of parameters, with the first of the seeds.

    pairs : strategies that are compared; summary_of : in place of the engine, runs to a summary, a row a run
    progress : of the engine, called with how many runs are done, and of how many
    """
    survivors = load_survivors()
    rows, chosen = survivors.rows(sets), list(seeds)[:SEEDS_OF_A_SET]
    summary = plausible_summary(scenarios, survivors, rows, chosen, threads, summary_of, progress)
    return ignorance_in(summary, [s.strategy.id for s in scenarios], outcomes, pairs)


def ignorance_of_district(
    scenario: Scenario,
    district: District,
    seeds: Sequence[int],
    sets: int,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    results_of: Callable[[Sequence[Run]], Results] | None = None,
) -> Ignorance:
    """Every total of a district under `sets` plausible sets of parameters, with the first of the seeds.

    progress : called with how many sets are done, and of how many; results_of : in place of the engine, runs to results
    """
    survivors = load_survivors()
    rows, chosen = survivors.rows(sets), list(seeds)[:SEEDS_OF_A_SET]
    found = plausible_totals(scenario, district, survivors, rows, chosen, threads, progress, results_of)
    return ignorance_in(found, [scenario.strategy.id], list(totals()))


def ignorance_in(
    summary: pd.DataFrame,
    strategies: Sequence[str],
    outcomes: Sequence[str],
    pairs: Sequence[tuple[str, str]] = (),
) -> Ignorance:
    """What runs say that are there already. summary : of `plausible_summary` or `plausible_totals`"""
    levels = [bands(summary, outcome, name) for name in strategies for outcome in outcomes]
    differences = [plausible_difference(summary, outcome, a, b) for a, b in pairs for outcome in outcomes]
    return Ignorance(summary, summary[SET].nunique(), summary["seed"].nunique(), levels, differences)


def plausible_runs(
    scenarios: Sequence[Scenario], survivors: Survivors, rows: Iterable[int], seeds: Sequence[int]
) -> list[Run]:
    """Every scenario under every set with every seed; a parameter the scenario sets itself stays as it is."""
    found = []
    for row in rows:
        for scenario in scenarios:
            drawn = under(survivors, row, scenario)
            found += [Run(drawn, seed) for seed in seeds]
    return found


def plausible_summary(
    scenarios: Sequence[Scenario],
    survivors: Survivors,
    rows: Sequence[int],
    seeds: Sequence[int],
    threads: int | None = None,
    summary_of: Callable[[Sequence[Run]], pd.DataFrame] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Summary of `plausible_runs`, one row a run, with the row of its set of parameters in the column `set`."""
    runs = plausible_runs(scenarios, survivors, rows, seeds)
    found = (
        summary_of(runs)
        if summary_of is not None
        else simulate_runs(runs, threads=threads, weekly=Weekly.NOTHING, progress=progress).summary()
    )
    found[SET] = np.repeat(np.asarray(rows), len(scenarios) * len(seeds))
    return found


def plausible_totals(
    scenario: Scenario,
    district: District,
    survivors: Survivors,
    rows: Sequence[int],
    seeds: Sequence[int],
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    results_of: Callable[[Sequence[Run]], Results] | None = None,
) -> pd.DataFrame:
    """`district_totals` under every set, set by set: one row a set and seed, with the columns `set` and `strategy`.

    results_of : in place of the engine, runs to results
    """
    import pandas as pd

    found = []
    for done, row in enumerate(rows, 1):
        drawn = under(survivors, row, scenario)
        runs = runs_of_seeds(drawn, district, seeds)
        results = simulate_runs(runs, threads=threads) if results_of is None else results_of(runs)
        of_set = district_totals(weekly_totals(results), results.summary(), drawn, district)
        found.append(of_set.assign(**{SET: row, "strategy": scenario.strategy.id}))
        if progress is not None:
            progress(done, len(rows))
    return pd.concat(found, ignore_index=True)


def bands(summary: pd.DataFrame, outcome: str, strategy: str) -> Bands:
    """Chance and ignorance of one outcome, or of one total of a district. summary : as in `ignorance_in`"""
    rows = summary[summary["strategy"] == strategy]
    centres, ends = [], []
    n_runs = 0
    for _, of_set in rows.groupby(SET, sort=True):
        values = of_set[outcome].to_numpy(float)
        values = (
            np.where(np.isnan(values), np.inf, values) if outcome in CENSORED else values[~np.isnan(values)]
        )
        n_runs += values.size
        if values.size:
            centres.append(centre(values, outcome in CENSORED))
            ends.append(_middle(values)[1:])
    middle, low, high = _middle(np.array(centres))
    chance_low, chance_high = (_middle(column)[0] for column in np.array(ends).reshape(-1, 2).T)
    return Bands(
        outcome,
        strategy,
        middle,
        low,
        high,
        chance_low,
        chance_high,
        len(centres),
        rows[SET].nunique(),
        n_runs,
        len(rows),
    )


def plausible_difference(summary: pd.DataFrame, outcome: str, a: str, b: str) -> PlausibleDifference:
    """A minus B in one outcome, set by set. summary : of `plausible_summary`"""
    differences, sets = [], summary.groupby(SET, sort=True)
    for _, of_set in sets:
        pairs = paired_values(of_set, outcome, a, b)["difference"].to_numpy()
        valued = pairs[~np.isnan(pairs)]
        if valued.size and not are_survivors(valued.size, pairs.size - valued.size):
            differences.append(centre(valued, outcome in CENSORED))
    found = np.array(differences)
    above, below = found > 0, found < 0
    ahead, behind = (below, above) if direction_of(outcome) is Direction.LOWER else (above, below)
    n = len(found)
    middle, low, high = _middle(found)
    share_a, share_b = (float(x.mean()) if n else float("nan") for x in (ahead, behind))
    return PlausibleDifference(outcome, a, b, middle, low, high, share_a, share_b, n, sets.ngroups)


def _middle(values: np.ndarray) -> tuple[float, float, float]:
    """Median, and ends of the middle 90 %: values that occur, but for the median of two that are finite."""
    if values.size == 0:
        return (float("nan"),) * 3
    ordered = np.sort(values)
    last = len(ordered) - 1
    tail = (1.0 - LEVEL) / 2.0
    lower, upper = float(ordered[last // 2]), float(ordered[-(-last // 2)])
    half = (lower + upper) / 2.0 if np.isfinite([lower, upper]).all() else lower
    return half, float(ordered[round(tail * last)]), float(ordered[round((1.0 - tail) * last)])
