"""Who gains, by floor, age and tenure together. Runs in a worker; groups of fewer than ten stay blank."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agents.categories import Tenure
from model.engine import Run, run_world
from model.equity import FEWEST, MEASURES, floor_band, measures_of
from model.specification import Scenario
from model.world.state import Flag, Whole

FLOORS = ("low", "middle", "top")
AGES = ("elder", "younger")
#: What the page shows of `model.equity.MEASURES`.
SHOWN = ("support_change", "works_months", "fee_months", "voice", "insincere_share")
#: Runs of one task: few enough that a page sees it move.
BATCH = 5


class Groups(NamedTuple):
    """What the page shows of all runs.

    means, low, high : (measures, floors, ages, tenures), mean of runs and their 5 and 95 %; NaN where a group is small
    sizes : (floors, ages, tenures), mean households of a run
    """

    means: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sizes: np.ndarray


type Tables = tuple[np.ndarray, np.ndarray]


def tables_of_runs(scenario: Scenario, seeds: Sequence[int]) -> Tables:
    """Means by group, (runs, measures, floors, ages, tenures), and group sizes, (runs, floors, ages, tenures)."""
    world = run_world([Run(scenario, seed) for seed in seeds])
    values, sizes = [], []
    for c in range(len(world.compounds)):
        rows = slice(int(world.compounds["start"][c]), int(world.compounds["stop"][c]))
        kinds = kinds_of(world.wholes[:, rows], world.flags[:, rows], scenario.compound.floors)
        found, counts = table_of(measures_of(world, c, scenario.horizon_weeks), kinds)
        values.append(found)
        sizes.append(counts)
    return np.array(values), np.array(sizes)


def together(parts: Sequence[Tables]) -> Groups:
    """Mean and range of each measure over the runs in which the group has ten households, where half of them have."""
    stacked, counted = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    enough = np.isfinite(stacked).mean(axis=0) >= 0.5
    means, low, high = (np.full(enough.shape, np.nan) for _ in range(3))
    means[enough] = np.nanmean(stacked[:, enough], axis=0)
    low[enough], high[enough] = np.nanquantile(stacked[:, enough], (0.05, 0.95), axis=0)
    return Groups(means, low, high, counted.mean(axis=0))


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
