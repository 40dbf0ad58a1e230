"""Who gains, totals of a district and hits of the ledger against counts by hand, on edge inputs: `docs/statistics.md`.

Edges: fewer than ten households, exactly ten of whom nine have a value, ties, one household, nobody signed or billed.
"""

import math
from fractions import Fraction
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from agents.categories import Tenure
from dashboard.equity_groups import BY, SHOWN, spread_of, who_stands_out
from model.engine import Results, Run, build_world
from model.equity import GROUPS, MEASURES, equity_table
from model.measures import Outcome
from model.specification import Compound, District, Scenario, Strategy, Use
from model.week.schedule import advance
from model.world.state import Flag, Money, Real, Whole
from scenarios.district import district_totals, weekly_totals
from scenarios.ledger import Entry

NAN = math.nan


def members_by_hand(world, c):
    """Positions of the households of each group of a compound, by loops over its households."""
    first, behind = int(world.compounds["start"][c]), int(world.compounds["stop"][c])
    top = int(world.settings["floors"][c])
    everybody = range(first, behind)
    floors = {i: int(world.wholes[Whole.FLOOR, i]) for i in everybody}
    tenures = {i: int(world.flags[Flag.TENURE, i]) for i in everybody}
    poorest_first = sorted(everybody, key=lambda i: (float(world.reals[Real.INCOME, i]), i))
    quarters = {i: Fraction(place, len(poorest_first)) * 4 // 1 for place, i in enumerate(poorest_first)}
    elders = [i for i in everybody if world.flags[Flag.ELDER, i]]
    return {
        "elder": elders,
        "no_elder": [i for i in everybody if i not in elders],
        "owner_occupied": [i for i in everybody if tenures[i] == Tenure.OWNER_OCCUPIED],
        "rented_out": [i for i in everybody if tenures[i] == Tenure.RENTED_OUT],
        "vacant": [i for i in everybody if tenures[i] == Tenure.VACANT],
        "low": [i for i in everybody if floors[i] < 3 and floors[i] != top],
        "middle": [i for i in everybody if 2 < floors[i] < top],
        "top": [i for i in everybody if floors[i] == top],
        "lowest_quarter": [i for i in everybody if quarters[i] == 0],
        "second_quarter": [i for i in everybody if quarters[i] == 1],
        "third_quarter": [i for i in everybody if quarters[i] == 2],
        "highest_quarter": [i for i in everybody if quarters[i] == 3],
    }


def measures_by_hand(world, c, i, weeks):
    """Every measure of one household, None where it has none; money in exact fractions of a yuan."""
    support, first = (Fraction(float(world.reals[r, i])) for r in (Real.SUPPORT, Real.FIRST_SUPPORT))
    signed, proxied = bool(world.flags[Flag.SIGNED, i]), bool(world.flags[Flag.PROXIED, i])
    month = Fraction(float(world.reals[Real.INCOME, i])) * Fraction(
        float(world.settings["income_yuan_per_month"][c])
    )
    works, lifts, billed, paid = (
        Fraction(int(world.money[m, i]), 100)
        for m in (Money.WORKS_PAID, Money.LIFT_PAID, Money.BILLED_TOTAL, Money.PAID_TOTAL)
    )
    return {
        "support": support,
        "support_change": support - first,
        "valid_consent": int(signed and not proxied),
        "insincere_share": int(signed and support < 0),
        "voice": int(world.wholes[Whole.N_VOICED, i]),
        "visits": int(world.wholes[Whole.N_VISITS, i]),
        "works_months": (works + lifts) / month,
        "fee_months": paid / month * 52 / weeks,
        "payment": paid / billed if billed else None,
        "trust_office": Fraction(float(world.reals[Real.TRUST_OFFICE, i])),
    }


def as_usual(world):
    """What a programme and sixty weeks have made of it."""


def ties(world):
    """Everybody earns the same and thinks the same."""
    world.reals[Real.INCOME] = 1.0
    world.reals[Real.SUPPORT] = -0.25


def nine_and_ten(world):
    """Ten with an elder, of whom nine were billed."""
    world.flags[Flag.ELDER] = 0
    world.flags[Flag.ELDER, 5:15] = 1
    world.money[Money.BILLED_TOTAL, 5:14] = 10_000
    world.money[Money.PAID_TOTAL, 5:14] = 2_500
    world.money[Money.BILLED_TOTAL, 14:] = world.money[Money.PAID_TOTAL, 14:] = 0


def nobody_signed_or_billed(world):
    """Nothing was reached."""
    for table, row in (
        (world.flags, Flag.SIGNED),
        (world.money, Money.BILLED_TOTAL),
        (world.money, Money.PAID_TOTAL),
    ):
        table[row] = 0


@pytest.mark.parametrize("change", [as_usual, ties, nine_and_ten, nobody_signed_or_billed])
@pytest.mark.parametrize("households", [4, 39, 120])
def test_who_gains_is_a_mean_over_the_households_of_a_group_and_blank_below_ten(households, change):
    place = Compound(households=households, buildings=1, stairwells_per_building=1, elder=0.3)
    strategy = Strategy(
        id="x", instruments={"home_visits": Use(intensity=1.0), "pressure": Use(intensity=0.5)}
    )
    world = build_world([Run(Scenario(compound=place, strategy=strategy), seed) for seed in (1, 2)])
    advance(world, 0, 2, 0, 60)
    change(world)
    for c in range(2):
        table = equity_table(world, c, 60).set_index("group")
        members = members_by_hand(world, c)
        assert set(members) == set(table.index)
        for group, positions in members.items():
            enough = len(positions) >= 10
            assert table.loc[group, "households"] == (len(positions) if enough else 0)
            found = [measures_by_hand(world, c, i, 60) for i in positions]
            for name in MEASURES:
                known = [one[name] for one in found if one[name] is not None]
                right = float(sum(known) / len(known)) if len(known) >= 10 else NAN
                assert table.loc[group, name] == pytest.approx(right, rel=1e-6, abs=1e-9, nan_ok=True), (
                    group,
                    name,
                )


def test_groups_that_never_have_ten_households_in_the_same_run_are_not_farthest_apart():
    one_way = np.full((2, len(SHOWN), len(GROUPS)), NAN)
    one_way[0, :, 0], one_way[1, :, 1] = 5.0, 1.0  # either has ten households in half of the runs
    apart = spread_of(one_way)
    assert apart[0][0, :2].tolist() == [5.0, 1.0]
    assert not who_stands_out(one_way, apart[0]).any()
    one_way[:, :, :2] = [[[3.0, 1.0]]]  # the same in every run
    assert who_stands_out(one_way, spread_of(one_way)[0])[:, BY.index("age")].all()
    one_way[:, :, 1] = 3.0
    assert not who_stands_out(one_way, spread_of(one_way)[0]).any()


class Counted(NamedTuple):
    """A compound, counted by hand: its households, who of them signed (themselves, in all, insincerely), who supports.

    paid : None where nobody is billed; left : structures still there, of how many; None where there were none
    """

    n: int
    valid: int
    headline: int
    insincere: int
    support: int
    paid: int | None
    left: tuple[int, int] | None
    stages: tuple[int, int, int]


DISTRICTS = {
    "three of different size": [
        Counted(7, 3, 5, 2, 4, 6, (1, 3), (0, 2, 3)),
        Counted(66, 66, 66, 0, 66, 0, (0, 9), (1, 1, 5)),
        Counted(1, 0, 1, 1, 0, None, None, (0, 0, 6)),
    ],
    "one household": [Counted(1, 1, 1, 0, 1, 1, (0, 1), (5, 5, 5))],
    "nobody signed, nobody is billed, no structures": [Counted(12, 0, 0, 0, 0, None, None, (0, 0, 0))] * 2,
}


@pytest.mark.parametrize("name", DISTRICTS)
@pytest.mark.parametrize("seeds", [1, 2])
def test_totals_of_a_district_count_its_households_exactly(name, seeds):
    compounds = DISTRICTS[name]
    outcomes = {"headline": "HEADLINE_CONSENT", "valid": "VALID_CONSENT", "insincere": "INSINCERE_SHARE"}
    outcomes["support"] = "SUPPORT_SHARE"
    series = np.zeros((len(compounds) * seeds, 3, len(Outcome)), np.float32)
    for row, of in enumerate(compounds * seeds):
        for key, outcome in outcomes.items():
            series[row, :, Outcome[outcome]] = getattr(of, key) / of.n
        series[row, :, Outcome.STAGE] = of.stages
        series[row, :, Outcome.PAYMENT_RATE] = NAN if of.paid is None else of.paid / of.n
        series[row, :, Outcome.STRUCTURES_LEFT] = NAN if of.left is None else of.left[0] / of.left[1]
        series[row, :, Outcome.FREED_M2] = 16.0 * row
        series[row, :, Outcome.LIFTS_BUILT] = 1.0
        series[row, :, Outcome.OFFICE_HOURS] = 0.1
    identity = pd.DataFrame({"run": range(len(series)), "case": "x", "strategy": "y"})
    identity["seed"] = [seed for seed in range(seeds) for _ in compounds]
    identity["compound"] = list(range(len(compounds))) * seeds
    found = Results(identity, series, np.array([of.n for of in compounds] * seeds))
    all_households = sum(of.n for of in compounds)
    scenario = Scenario(compound=Compound(structure_mean_m2=8.0), horizon_weeks=3)
    district = District.model_construct(
        **{
            **District().model_dump(),
            "compounds": len(compounds),
            "buildings": 4,
            "households": all_households,
        }
    )
    totals = district_totals(weekly_totals(found), found.summary(), scenario, district).to_dict("records")
    assert [row["seed"] for row in totals] == list(range(seeds))
    for seed, row in enumerate(totals):
        share = lambda key: Fraction(sum(getattr(of, key) for of in compounds), all_households)  # noqa: E731
        for key, total in (
            ("headline", "headline_consent"),
            ("valid", "valid_consent"),
            ("insincere", "insincere_share"),
        ):
            assert row[total] == pytest.approx(float(share(key)), abs=1e-7)
        assert row["support_share"] == pytest.approx(float(share("support")), abs=1e-7)
        past = [of for of in compounds if any(2 <= stage <= 5 for stage in of.stages)]
        assert (row["compounds_past_gate"], row["households_past_gate"]) == (
            len(past),
            sum(of.n for of in past),
        )
        assert row["share_past_gate"] == float(Fraction(sum(of.n for of in past), all_households))
        billed = [of for of in compounds if of.paid is not None]
        paid = Fraction(sum(of.paid for of in billed), sum(of.n for of in billed)) if billed else NAN
        assert row["payment_rate"] == pytest.approx(float(paid), abs=1e-7, nan_ok=True)
        assert row["compounds_billed"] == len(billed)
        had = [of for of in compounds if of.left is not None]
        kept = sum(of.n * Fraction(*of.left) for of in had)
        removed = 1 - kept / sum(of.n for of in had) if had else NAN
        assert row["structures_removed_share"] == pytest.approx(float(removed), abs=1e-7, nan_ok=True)
        freed = sum(16 * (seed * len(compounds) + place) for place in range(len(compounds)))
        assert (row["freed_m2"], row["structures_removed"]) == (freed, freed / 8)
        assert (row["lifts_built"], row["lifts_per_100_buildings"]) == (len(compounds), 25 * len(compounds))
        assert row["office_hours"] == pytest.approx(0.1 * len(compounds), abs=1e-7)


@pytest.mark.parametrize(
    ("low", "high", "hit"),
    [
        (0.82, 0.82, True),
        (0.5, 0.82, True),
        (0.82, 0.9, True),
        (0.821, 0.9, False),
        (0.5, 0.8199, False),
        (NAN, NAN, None),
    ],
)
def test_a_published_number_at_the_end_of_the_interval_lies_in_it(low, high, hit):
    low, high = float(np.float32(low)), float(np.float32(high))  # as outcomes are kept
    claim = SimpleNamespace(value=0.82)
    assert Entry(None, claim, "payment_18_months", low, low, high, 1, 1, 0.0).hit is hit
    assert Entry(None, SimpleNamespace(value=None), "payment_18_months", 0.5, 0.4, 0.6, 1, 1, 0.0).hit is None
