"""The form of a collection: how many compounds a city or a country has, how large they are, and how they differ.

Sizes are the declared distribution itself and not a sample of it: they add up to the declared households exactly,
whatever the seed. What each compound is: `scenarios.collected.runs`.
"""

import math
from statistics import NormalDist
from typing import Self

from pydantic import model_validator

from agents.categories import Allocation
from model.specification import Named, Specification, choice, quantity

_NORMAL = NormalDist()
_LARGEST_COMPOUND = 20_000


class Collection(Specification):
    """How many compounds, how large, how they differ, and which of them share an office."""

    compounds: int = quantity(100, unit="compounds", zh="小区数", en="Compounds", low=1, high=1_000_000)
    households: int = quantity(
        18_000, unit="households", zh="总户数", en="Households in all", low=4, high=500_000_000
    )
    median_households: float = quantity(
        110, unit="households", zh="小区户数中位数", en="Median compound", low=4, high=20_000
    )
    least_households: int = quantity(
        12, unit="households", zh="最小小区户数", en="Smallest compound", low=4, high=20_000
    )
    households_per_building: float = quantity(
        33.5, unit="households/building", zh="每栋户数", en="Households per building", low=4, high=1000
    )
    elder_sd: float = quantity(
        0.08,
        unit="share",
        zh="老年家庭比例的小区差异",
        en="Spread of elders between compounds",
        low=0,
        high=0.5,
    )
    party_sd: float = quantity(
        0.05,
        unit="share",
        zh="党员家庭比例的小区差异",
        en="Spread of member households between compounds",
        low=0,
        high=0.5,
    )
    income_between_log_sd: float = quantity(
        0.25, unit="1", zh="小区收入离散度", en="Spread of log income between compounds", low=0, high=2
    )
    area_between_log_sd: float = quantity(
        0.15, unit="1", zh="小区户均面积离散度", en="Spread of log area between compounds", low=0, high=1
    )
    structure_between_log_sd: float = quantity(
        0.5, unit="1", zh="违建比例离散度", en="Spread of log share of structures", low=0, high=2
    )
    trust_sd: float = quantity(
        0.05, unit="1", zh="对街道信任的小区差异", en="Spread of trust between compounds", low=0, high=0.5
    )
    infrastructure_sd: float = quantity(
        0.08, unit="1", zh="初始设施的小区差异", en="Spread of initial infrastructure", low=0, high=0.5
    )
    common_income_log_sd: float = quantity(
        0.8, unit="1", zh="公共收益离散度", en="Spread of log common income between compounds", low=0, high=3
    )
    company_before: float = quantity(
        0.3, unit="share", zh="改造前有物业的小区", en="Compounds with a company before", low=0, high=1
    )
    payment_before_sd: float = quantity(
        0.1,
        unit="share",
        zh="改造前缴费的小区差异",
        en="Spread of payment before the works",
        low=0,
        high=0.5,
    )
    ties_by_size: float = quantity(
        0.0,
        unit="1",
        zh="相识随规模的弹性",
        en="Elasticity of ties to the size of a compound",
        low=-1,
        high=1,
    )
    compounds_per_office: int = quantity(
        1, unit="compounds", zh="每个街道的小区数", en="Compounds that share an office", low=1, high=1000
    )
    allocation: Named[Allocation] = choice(
        "by_households", zh="工时分配方式", en="How hours are shared among compounds"
    )
    bundle_compounds: int = quantity(
        4,
        unit="compounds",
        zh="每包小区数",
        en="Compounds served by one company under bundling",
        low=1,
        high=1000,
    )
    batches: int = quantity(1, unit="batches", zh="批次数", en="Batches", low=1, high=100)
    batch_interval_weeks: int = quantity(
        26, unit="weeks", zh="批次间隔", en="Weeks between batches", low=1, high=520
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.households < self.least_households * self.compounds:
            raise ValueError("households are fewer than least_households for each of compounds")
        if self.median_households < self.least_households:
            raise ValueError("median_households is below least_households")
        if self.median_households > self.mean_households:
            raise ValueError(
                "median_households is above the mean, households / compounds; sizes are skewed upward"
            )
        if self.size_of_rank(self.compounds - 1) > _LARGEST_COMPOUND:
            raise ValueError(
                f"the largest compound would have more than {_LARGEST_COMPOUND} households; "
                "median_households is too far below households / compounds"
            )
        return self

    @property
    def mean_households(self) -> float:
        """Households of the mean compound."""
        return self.households / self.compounds

    @property
    def size_log_sd(self) -> float:
        """Spread of the logarithm of the households above the least; follows from mean and median."""
        if self.mean_households <= self.least_households or self.median_households <= self.least_households:
            return 0.0
        ratio = (self.mean_households - self.least_households) / (
            self.median_households - self.least_households
        )
        return math.sqrt(2.0 * math.log(max(ratio, 1.0)))

    def size_of_rank(self, rank: int) -> int:
        """Households of a compound by rank, 0 the smallest: its slice of the lognormal's Lorenz curve."""
        return self._households_below(rank + 1) - self._households_below(rank)

    def _households_below(self, rank: int) -> int:
        """Households of the `rank` smallest compounds together."""
        if rank >= self.compounds:
            return self.households
        above_least = self.households - self.least_households * self.compounds
        share = _lorenz(rank / self.compounds, self.size_log_sd)
        return self.least_households * rank + math.floor(above_least * share + _A_HAIR)


#: A whole number of households that the share misses by rounding counts as reached.
_A_HAIR = 1e-9


def _lorenz(share: float, log_sd: float) -> float:
    """What the smallest `share` of a lognormal's mass of compounds holds of all households."""
    if share <= 0.0 or log_sd == 0.0:
        return share
    return 0.5 * math.erfc((log_sd - _NORMAL.inv_cdf(share)) / math.sqrt(2.0))
