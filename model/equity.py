"""Who gains: change of support, burden and voice by group. Nothing in the model reads what is measured here.

Groups are by age, tenure, floor and income; a group of fewer than ten households is left blank, so that nobody
can be picked out even of a synthetic compound that looks like a real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.world.state import Flag, Money, Real, Tenure, Whole, World

if TYPE_CHECKING:
    import pandas as pd

#: The fewest households a group may have to be shown.
FEWEST = 10
_WEEKS_PER_YEAR = 52.0


class Group(NamedTuple):
    """A group of households: what it is grouped by, its name, and both labels."""

    by: str
    name: str
    zh: str
    en: str


GROUPS: tuple[Group, ...] = (
    Group("age", "elder", "有老人家庭", "With an elder"),
    Group("age", "no_elder", "无老人家庭", "Without an elder"),
    Group("tenure", "owner_occupied", "自住", "Owner-occupied"),
    Group("tenure", "rented_out", "出租", "Rented out"),
    Group("tenure", "vacant", "空置", "Vacant"),
    Group("floor", "low", "一二层", "Floors 1–2"),
    Group("floor", "middle", "中间层", "Middle floors"),
    Group("floor", "top", "顶层", "Top floor"),
    Group("income", "lowest_quarter", "收入最低四分之一", "Lowest quarter of income"),
    Group("income", "second_quarter", "收入次低四分之一", "Second quarter of income"),
    Group("income", "third_quarter", "收入次高四分之一", "Third quarter of income"),
    Group("income", "highest_quarter", "收入最高四分之一", "Highest quarter of income"),
)


class Measure(NamedTuple):
    """What is measured of a group: both labels, unit and definition."""

    zh: str
    en: str
    unit: str
    definition: str


MEASURES: dict[str, Measure] = {
    "support": Measure("私下态度", "Private support", "−1 to 1", "mean at the end"),
    "support_change": Measure(
        "态度变化", "Change of support", "−1 to 1", "end minus start, or since the household moved in"
    ),
    "valid_consent": Measure("有效同意率", "Valid consent", "share", "signed by the household itself"),
    "insincere_share": Measure(
        "言不由衷比例", "Insincere share", "share", "signed with private support below zero"
    ),
    "voice": Measure("发声次数", "Voice", "times/household", "meetings attended and suggestions made"),
    "visits": Measure("被走访次数", "Visits received", "visits/household", "that found the household"),
    "works_months": Measure(
        "改造自付负担",
        "Burden of works",
        "months of income",
        "paid for works and lifts, in months of own income",
    ),
    "fee_months": Measure(
        "物业费负担", "Burden of fees", "months of income/year", "fees paid a year, in months of own income"
    ),
    "payment": Measure("缴费比例", "Bills paid", "share", "yuan paid of yuan billed, whole run"),
    "trust_office": Measure("对街道信任", "Trust in the office", "0 to 1", "mean at the end"),
}


def floor_band(floor: np.ndarray, floors: int) -> np.ndarray:
    """Band of each household: 0 for floors 1 and 2, 1 for the middle, 2 for the top floor. floors : of the building"""
    return np.where(floor == floors, 2, np.where(floor <= 2, 0, 1))


def groups_of(world: World, c: int) -> np.ndarray:
    """Which households of compound `c` belong to which group. bool, shape (groups, households)."""
    low, high = int(world.compounds["start"][c]), int(world.compounds["stop"][c])
    elder = world.flags[Flag.ELDER, low:high] == 1
    tenure = world.flags[Flag.TENURE, low:high]
    band = floor_band(world.wholes[Whole.FLOOR, low:high], int(world.settings["floors"][c]))
    income = world.reals[Real.INCOME, low:high]
    rank = np.argsort(np.argsort(income, kind="stable"), kind="stable")
    quarter = rank * 4 // (high - low)
    return np.array(
        [
            elder,
            ~elder,
            tenure == Tenure.OWNER_OCCUPIED,
            tenure == Tenure.RENTED_OUT,
            tenure == Tenure.VACANT,
            *(band == b for b in range(3)),
            *(quarter == q for q in range(4)),
        ]
    )


def measures_of(world: World, c: int, weeks: int) -> np.ndarray:
    """Every measure of every household of compound `c` after `weeks` weeks. float64, shape (measures, households)."""
    rows = slice(int(world.compounds["start"][c]), int(world.compounds["stop"][c]))
    reals, flags, money = world.reals[:, rows], world.flags[:, rows], world.money[:, rows]
    support = reals[Real.SUPPORT].astype(float)
    signed = flags[Flag.SIGNED] == 1
    month = reals[Real.INCOME].astype(float) * float(world.settings["income_yuan_per_month"][c])
    works = (money[Money.WORKS_PAID] + money[Money.LIFT_PAID]) / 100.0
    billed = money[Money.BILLED_TOTAL].astype(float)
    paid = money[Money.PAID_TOTAL] / 100.0
    with np.errstate(invalid="ignore", divide="ignore"):
        payment = np.where(billed > 0, 100.0 * paid / billed, np.nan)
    return np.array(
        [
            support,
            support - reals[Real.FIRST_SUPPORT],
            signed & (flags[Flag.PROXIED] == 0),
            signed & (support < 0.0),
            world.wholes[Whole.N_VOICED, rows],
            world.wholes[Whole.N_VISITS, rows],
            works / month,
            paid / month * _WEEKS_PER_YEAR / weeks,
            payment,
            reals[Real.TRUST_OFFICE],
        ],
        dtype=float,
    )


def equity_table(world: World, c: int, weeks: int) -> pd.DataFrame:
    """One row a group of compound `c`: how many households, and the mean of each measure, blank below ten.

    weeks : run so far, 1 or more
    """
    import pandas as pd

    members, values = groups_of(world, c), measures_of(world, c, weeks)
    rows = []
    for group, mask in zip(GROUPS, members, strict=True):
        n = int(mask.sum())
        known = values[:, mask]
        means = [_mean(known[m]) if n >= FEWEST else np.nan for m in range(len(MEASURES))]
        rows.append(
            {"by": group.by, "group": group.name, "households": n if n >= FEWEST else 0}
            | dict(zip(MEASURES, means, strict=True))
        )
    return pd.DataFrame(rows)


def _mean(values: np.ndarray) -> float:
    """Mean of those that have a value, NaN if fewer than ten have: so few could be told apart."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size >= FEWEST else float("nan")
