"""Who gains: by floor, age, tenure and income, one at a time and the first three together. Runs in a worker.

Groups of fewer than ten stay blank.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agents.categories import Tenure
from dashboard import own
from model.equity import FEWEST, GROUPS, MEASURES, equity_table, floor_band, measures_of
from model.specification import Scenario
from model.world.state import Flag, Whole

FLOORS = ("low", "middle", "top")
AGES = ("elder", "younger")
#: What groups of one kind differ by.
BY = ("floor", "age", "tenure", "income")
#: What the page shows of `model.equity.MEASURES`.
SHOWN = ("support_change", "works_months", "fee_months", "voice", "insincere_share")
#: Runs of one task: few enough that a page sees it move.
BATCH = 5


class OneWay(NamedTuple):
    """Groups by one thing at a time, as in `equity.csv`: mean of runs and their 5 and 95 %.

    means, low, high : (measures, groups of `model.equity.GROUPS`), NaN where a group is small
    stands_out : (measures, kinds of `BY`), whether the group highest on average is above the lowest in 95 % of runs
    """

    means: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stands_out: np.ndarray


class Groups(NamedTuple):
    """What the page shows of all runs.

    means, low, high : (measures, floors, ages, tenures), mean of runs and their 5 and 95 %; NaN where a group is small
    sizes : (floors, ages, tenures), mean households of a run; one_way : by one thing at a time
    """

    means: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sizes: np.ndarray
    one_way: OneWay


type Tables = tuple[np.ndarray, np.ndarray, np.ndarray]


def tables_of_runs(scenario: Scenario, seeds: Sequence[int]) -> Tables:
    """Means by group, (runs, measures, floors, ages, tenures), sizes, (runs, floors, ages, tenures), and one way.

    The last by one thing at a time, (runs, measures, groups of `model.equity.GROUPS`).
    """
    values, sizes, one_way = [], [], []
    for world, c in own.compounds_of(scenario, seeds):
        rows = slice(int(world.compounds["start"][c]), int(world.compounds["stop"][c]))
        kinds = kinds_of(world.wholes[:, rows], world.flags[:, rows], scenario.compound.floors)
        found, counts = table_of(measures_of(world, c, scenario.horizon_weeks), kinds)
        values.append(found)
        sizes.append(counts)
        table = equity_table(world, c, scenario.horizon_weeks)
        one_way.append(table[list(SHOWN)].to_numpy(float).T)
    return np.array(values), np.array(sizes), np.array(one_way)


def together(parts: Sequence[Tables]) -> Groups:
    """Mean and range of each measure over the runs in which the group has ten households, where half of them have."""
    stacked, counted, one_way = (np.concatenate([part[i] for part in parts]) for i in range(3))
    apart = spread_of(one_way)
    return Groups(
        *spread_of(stacked), counted.mean(axis=0), OneWay(*apart, who_stands_out(one_way, apart[0]))
    )


def spread_of(stacked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, 5 and 95 % over the first axis, the runs; NaN where fewer than half of them have a value."""
    enough = np.isfinite(stacked).mean(axis=0) >= 0.5
    means, low, high = (np.full(enough.shape, np.nan) for _ in range(3))
    if not enough.any():
        return means, low, high
    means[enough] = np.nanmean(stacked[:, enough], axis=0)
    low[enough], high[enough] = np.nanquantile(stacked[:, enough], (0.05, 0.95), axis=0)
    return means, low, high


def who_stands_out(one_way: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Whether the highest group of each kind is above the lowest in 95 % of runs. bool, shape (measures, kinds)."""
    found = np.zeros((len(SHOWN), len(BY)), bool)
    for m, row in enumerate(means):
        for k, by in enumerate(BY):
            places = [i for i, group in enumerate(GROUPS) if group.by == by and np.isfinite(row[i])]
            if len(places) < 2:
                continue
            highest, lowest = max(places, key=lambda i: row[i]), min(places, key=lambda i: row[i])
            gaps = one_way[:, m, highest] - one_way[:, m, lowest]
            known = gaps[np.isfinite(gaps)]  # of runs in which both have ten households
            found[m, k] = known.size > 0 and (known > 0).mean() >= 0.95
    return found


def kinds_of(wholes: np.ndarray, flags: np.ndarray, floors: int) -> np.ndarray:
    """Position of each household in the table of groups, flattened. Whole numbers, shape (households,)."""
    band = floor_band(wholes[Whole.FLOOR], floors)
    age = np.where(flags[Flag.ELDER] == 1, 0, 1)
    tenure = flags[Flag.TENURE].astype(int)
    return (band * len(AGES) + age) * len(Tenure) + tenure


def table_of(measures: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means by group of the measures shown, NaN below ten households, and the group sizes, of one run."""
    shape = (len(FLOORS), len(AGES), len(Tenure))
    n = int(np.prod(shape))
    sizes = np.bincount(kinds, minlength=n)
    means = np.full((len(SHOWN), n), np.nan)
    for m, name in enumerate(SHOWN):
        row = measures[list(MEASURES).index(name)]
        for group in np.flatnonzero(sizes >= FEWEST):
            known = row[kinds == group]
            means[m, group] = (
                known[np.isfinite(known)].mean() if np.isfinite(known).sum() >= FEWEST else np.nan
            )
    return means.reshape(len(SHOWN), *shape), sizes.reshape(shape)
