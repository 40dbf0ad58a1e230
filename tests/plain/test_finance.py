"""Who pays for the works: costs, sources and accounts of a small plan, computed by hand."""

import pytest
from small_world import between_others, change, same_between_others, small_world, snapshot

from agents.categories import Stage
from model.instruments import Instrument
from model.menu import ITEM_CLASS, ITEM_YUAN, N_ITEMS, ItemClass
from model.week import finance
from model.week.finance import (
    affordable,
    audit,
    burdens,
    cede_income,
    gifts,
    is_adopted,
    is_planned,
    item_cost,
    plan_costs,
    public_share,
    released_budget,
    residents_part,
    sign_contract,
    suggestions_are_taken,
    works_weeks_of_plan,
)
from model.world.state import Flag, Money, Real, Whole


def first_of(item_class):
    return next(item for item in range(N_ITEMS) if ITEM_CLASS[item] == item_class)


BASIC, IMPROVEMENT, UPGRADE = map(first_of, (ItemClass.BASIC, ItemClass.IMPROVEMENT, ItemClass.UPGRADE))
#: One item of each class, and what they cost in yuan per m².
PLAN = 1 << BASIC | 1 << IMPROVEMENT | 1 << UPGRADE
YUAN = {item: float(ITEM_YUAN[item]) for item in (BASIC, IMPROVEMENT, UPGRADE)}


def planned(**compound):
    """Two flats of 50 and 150 m²; the public pays all, 0.8 and 0.5 of the classes."""
    w = small_world(2, **{"adopted": PLAN, **compound})
    w.wholes[Whole.AREA] = [5_000, 15_000]
    change(
        w.settings[0], public_share_basic=1.0, public_share_improvement=0.8, public_share_upgrade=0.5,
        works_yuan_per_m2=400.0, works_weeks=30.0, consultation_rounds=4.0,
    )  # fmt: skip
    return w


DUE = 0.2 * YUAN[IMPROVEMENT] + 0.5 * YUAN[UPGRADE]
TOTAL = sum(YUAN.values())


# -- costs --------------------------------------------------------------------------------------------------


def test_alliance_makes_upgrades_cheaper_and_renovating_once_makes_everything_cheaper():
    p = small_world().parameters[0]
    change(p, alliance_premises=0.5, renovate_once_saving=0.1)
    assert item_cost(100.0, ItemClass.UPGRADE, 0.4, 0.5, p) == pytest.approx(76.0)  # 100 · 0.8 · 0.95
    assert item_cost(100.0, ItemClass.BASIC, 0.4, 0.5, p) == pytest.approx(95.0)
    assert item_cost(100.0, ItemClass.IMPROVEMENT, 0.4, 0.5, p) == pytest.approx(95.0)


def test_residents_pay_what_others_leave():
    assert residents_part(30.0, 12.0) == 18.0
    assert residents_part(30.0, 30.0) == residents_part(30.0, 40.0) == 0.0


def test_a_larger_plan_takes_longer_within_bounds():
    assert works_weeks_of_plan(30.0, 200.0, 400.0) == 15.0
    assert works_weeks_of_plan(30.0, 600.0, 400.0) == 45.0
    assert works_weeks_of_plan(30.0, 40.0, 400.0) == pytest.approx(9.0)
    assert works_weeks_of_plan(30.0, 4_000.0, 400.0) == 60.0
    assert works_weeks_of_plan(30.0, 10.0, 0.0) == 30.0
    assert works_weeks_of_plan(30.0, 1.0, 0.5) == 60.0


def test_a_plan_is_a_set_of_items():
    assert [is_adopted(0b101, item) for item in range(4)] == [True, False, True, False]


def test_the_public_pays_its_share_of_each_class():
    s = planned().settings[0]
    assert [public_share(s, item) for item in (BASIC, IMPROVEMENT, UPGRADE)] == [1.0, 0.8, 0.5]


def test_a_plan_costs_the_sum_of_its_items_and_residents_owe_their_share():
    assert plan_costs(planned(), 0, PLAN) == pytest.approx((TOTAL, DUE, 0.5 * YUAN[UPGRADE]))
    assert plan_costs(planned(), 0, 1 << UPGRADE) == pytest.approx(
        (YUAN[UPGRADE], *[0.5 * YUAN[UPGRADE]] * 2)
    )
    assert plan_costs(planned(), 0, 1 << BASIC) == pytest.approx((YUAN[BASIC], 0.0, 0.0))
    assert plan_costs(planned(), 0, (1 << N_ITEMS) - 1)[0] == pytest.approx(float(ITEM_YUAN.sum()))


def test_instruments_change_what_a_plan_costs():
    w = planned()
    change(w.parameters[0], alliance_premises=0.5, renovate_once_saving=0.1)
    w.now[0, Instrument.ALLIANCE], w.now[0, Instrument.RENOVATE_ONCE] = 0.4, 0.5
    total = 0.95 * (YUAN[BASIC] + YUAN[IMPROVEMENT] + 0.8 * YUAN[UPGRADE])
    assert plan_costs(w, 0, PLAN)[0] == pytest.approx(total)


# -- sources ------------------------------------------------------------------------------------------------


def with_gifts(w):
    change(
        w.parameters[0], alliance_yuan_per_household=300.0, ceded_years=0.5, company_investment_share=0.4,
    )  # fmt: skip
    change(w.settings[0], maintenance_fund_yuan_per_m2=6.0, common_income=0.25)
    for i, intensity in (("ALLIANCE", 0.5), ("FUND_POOLING", 0.25), ("CEDED_INCOME", 0.8)):
        w.now[0, Instrument[i]] = intensity
    w.now[0, Instrument.BUILD_MANAGE_INTEGRATION] = 0.6
    return w


#: Alliance 0.5 · 300 yuan · 2 households on 200 m²; fund; 0.8 of half a year's 0.25 · 1.5 · 12; operator.
GIFTS = (1.5, 1.5, 1.8)


def test_others_bring_what_instruments_and_parameters_say():
    assert gifts(with_gifts(planned()), 0, 10.0) == pytest.approx((*GIFTS, 2.4))
    assert gifts(planned(), 0, 10.0) == (0.0, 0.0, 0.0, 0.0)


def test_what_others_bring_relieves_residents_first_and_the_public_then():
    operator = 0.24 * 0.5 * YUAN[UPGRADE]
    others = sum(GIFTS) + operator
    w = with_gifts(planned())
    residents = max(DUE - others, 0.0)
    assert burdens(w, 0, PLAN) == pytest.approx((TOTAL, residents, TOTAL - residents - others))
    assert burdens(w, 0, 1 << BASIC) == pytest.approx((YUAN[BASIC], 0.0, YUAN[BASIC] - 4.8))
    w.settings[0].maintenance_fund_yuan_per_m2 = 40_000.0
    assert burdens(w, 0, PLAN)[1:] == (0.0, 0.0)


# -- the budget ---------------------------------------------------------------------------------------------


def test_a_plan_is_done_without_consultation_or_after_its_last_round():
    w = planned()
    assert is_planned(w, 0)
    w.now[0, Instrument.CONSULTATION] = 0.5
    for rounds, done in ((0, False), (3, False), (4, True), (5, True)):
        w.compounds[0].rounds_done = rounds
        assert is_planned(w, 0) == done


def test_suggestions_are_taken_while_rounds_are_left_and_the_office_mobilises():
    w = planned(stage=Stage.PLAN, mobilising=1)
    assert not suggestions_are_taken(w, 0)
    w.now[0, Instrument.CONSULTATION] = 0.5
    assert suggestions_are_taken(w, 0)
    for otherwise in ({"rounds_done": 4}, {"mobilising": 0}, {"stage": Stage.REMOVAL}):
        w = planned(**{"stage": Stage.PLAN, "mobilising": 1, **otherwise})
        w.now[0, Instrument.CONSULTATION] = 0.5
        assert not suggestions_are_taken(w, 0)


def test_each_round_releases_an_equal_part_of_what_the_standard_plan_leaves():
    w = planned()
    w.settings[0].standard_items = 2.0
    standard = burdens(w, 0, 0b11)[2]
    assert released_budget(w, 0) == 400.0
    w.now[0, Instrument.CONSULTATION] = 0.5
    for rounds, share in ((0, 0.0), (1, 0.25), (3, 0.75), (4, 1.0)):
        w.compounds[0].rounds_done = rounds
        assert released_budget(w, 0) == pytest.approx(standard + (400.0 - standard) * share)
    w.compounds[0].rounds_done = 1
    w.settings[0].works_yuan_per_m2 = standard - 1.0  # a standard plan beyond the budget is paid nevertheless
    assert released_budget(w, 0) == pytest.approx(standard)


def test_an_item_is_affordable_once_and_up_to_the_last_yuan():
    w = planned(adopted=1 << BASIC)
    both = burdens(w, 0, 1 << BASIC | 1 << IMPROVEMENT)[2]
    for budget, expected in ((both + 1.0, True), (both, True), (both - 1e-6, False)):
        w.settings[0].works_yuan_per_m2 = budget
        assert affordable(w, 0, IMPROVEMENT) == expected
    w.settings[0].works_yuan_per_m2 = 9e9
    assert not affordable(w, 0, BASIC)


# -- the contract -------------------------------------------------------------------------------------------

SOURCES = ("works_received", "works_alliance", "works_fund", "works_ceded", "works_company", "works_public")


def fen_of(w):
    return [int(w.compounds[0][name]) for name in SOURCES]


def contracted(monkeypatch, costs, brought, **compound):
    """A contract for these costs (all, due, due for upgrades) and gifts, in yuan per m² on 200 m²."""
    monkeypatch.setattr(finance, "plan_costs", lambda w, c, adopted: costs)
    monkeypatch.setattr(finance, "gifts", lambda w, c, upgrades: brought)
    w = planned(**compound)
    sign_contract(w, 0)
    return w


def test_every_fen_of_the_works_has_a_source(monkeypatch):
    w = contracted(monkeypatch, (100.0, 40.0, 20.0), (3.0, 5.0, 7.0, 11.0), public_spending=9)
    k = w.compounds[0]
    residents = 14.0 * 100 * 200
    assert w.money[Money.WORKS_PAID].tolist() == [70_000, 210_000]
    assert fen_of(w) == [residents, 60_000, 100_000, 140_000, 220_000, 2_000_000 - 520_000 - residents]
    assert k.works_cost == 2_000_000
    assert k.ceded_left == 140_000
    assert k.public_spending == 9 + k.works_public + 140_000
    assert k.works_weeks == 9.0  # 100 of 400 yuan is less than three tenths: the bound


def test_fen_of_the_works_are_rounded_to_the_nearest(monkeypatch):
    """Areas of 50 m² and 150 m², 0.00013 and so on of a yuan per m²: 0.65 and 1.95 fen are 1 and 2."""
    w = contracted(monkeypatch, (0.00103, 0.00053, 0.0), (0.00013, 0.00009, 0.00011, 0.00007))
    assert w.money[Money.WORKS_PAID].tolist() == [1, 2]
    assert fen_of(w) == [3, 3, 2, 2, 1, 10]  # 2.6, 1.8, 2.2 and 1.4 fen, of 20.6 in all


def test_payments_for_works_add_up(monkeypatch):
    monkeypatch.setattr(finance, "plan_costs", lambda w, c, adopted: (100.0, 40.0, 20.0))
    monkeypatch.setattr(finance, "gifts", lambda w, c, upgrades: (0.0, 0.0, 0.0, 0.0))
    w = planned(works_received=5, works_cost=5)
    w.money[Money.WORKS_PAID] = [2, 3]
    sign_contract(w, 0)
    assert w.money[Money.WORKS_PAID].tolist() == [200_002, 600_003]
    assert w.compounds[0].works_received == 800_005
    assert w.compounds[0].works_cost == 2_000_005


@pytest.mark.parametrize(
    ("brought", "fen"),
    [
        ((500.0, 5.0, 7.0, 11.0), [2_000_000, 0, 0, 0]),
        ((50.0, 500.0, 7.0, 11.0), [1_000_000, 1_000_000, 0, 0]),
        ((20.0, 30.0, 500.0, 11.0), [400_000, 600_000, 1_000_000, 0]),
        ((20.0, 30.0, 10.0, 500.0), [400_000, 600_000, 200_000, 800_000]),
    ],
)
def test_nobody_brings_more_than_the_works_cost(monkeypatch, brought, fen):
    w = contracted(monkeypatch, (100.0, 40.0, 20.0), brought)
    assert fen_of(w) == [0, *fen, 0]
    assert w.compounds[0].works_cost == 2_000_000


def test_residents_who_paid_for_all_leave_nothing_to_others(monkeypatch):
    w = contracted(monkeypatch, (10.0, 40.0, 20.0), (3.0, 0.0, 0.0, 0.0))
    assert fen_of(w) == [37 * 20_000, 0, 0, 0, 0, 0]
    assert w.compounds[0].works_cost == 37 * 20_000


def test_structures_that_are_gone_are_compensated_by_the_public(monkeypatch):
    monkeypatch.setattr(finance, "plan_costs", lambda w, c, adopted: (0.0, 0.0, 0.0))
    monkeypatch.setattr(finance, "gifts", lambda w, c, upgrades: (0.0, 0.0, 0.0, 0.0))
    w = planned()
    w.settings[0].compensation_yuan_per_m2 = 400.017
    w.reals[Real.STRUCTURE], w.reals[Real.MADE_GOOD] = [10.0, 6.0], [0.25, 0.5]
    w.flags[Flag.REMOVED] = [1, 0]
    sign_contract(w, 0)
    assert w.compounds[0].public_spending == 100_004  # 2.5 m²: 100,004.25 fen
    w.flags[Flag.REMOVED] = [1, 1]
    w.compounds[0].public_spending = 0
    sign_contract(w, 0)
    assert w.compounds[0].public_spending == 220_009  # 5.5 m²: 220,009.35 fen
    w.settings[0].compensation_yuan_per_m2 = 400.016  # 220,008.8
    w.compounds[0].public_spending = 0
    sign_contract(w, 0)
    assert w.compounds[0].public_spending == 220_009


def test_the_contract_is_for_the_plan_as_it_stands():
    w = with_gifts(planned())
    sign_contract(w, 0)
    k = w.compounds[0]
    total, residents, public = burdens(w, 0, PLAN)
    assert k.works_cost == round(total * 20_000)
    assert k.works_received == pytest.approx(residents * 20_000, abs=1)
    assert k.works_public == pytest.approx(public * 20_000, abs=3)
    assert k.works_company == round(0.12 * YUAN[UPGRADE] * 20_000)


# -- accounts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("advanced", "back", "left"), [(70, 70, 30), (100, 100, 0), (150, 100, 0)])
def test_ceded_income_pays_the_publics_advance_back(advanced, back, left):
    k = small_world(ceded_left=advanced, income_ceded=5, public_spending=200).compounds[0]
    assert cede_income(k, 100) == left
    assert (k.ceded_left, k.income_ceded, k.public_spending) == (advanced - back, 5 + back, 200 - back)


def sound():
    """Accounts of two households that balance, with every account in use."""
    w = planned(
        fees_received=90, works_received=50, works_alliance=1, works_fund=2, works_ceded=4, works_company=8,
        works_public=16, works_cost=81, lift_received=30, lift_public=7, lift_operator=5, lift_cost=42,
        common_income=300, subsidies=20, bundle_transfer=3, written_off=6, company_costs=110, income_ceded=9,
        cash=300,
    )  # fmt: skip
    w.money[Money.BILLED_TOTAL], w.money[Money.PAID_TOTAL] = [100, 50], [60, 30]
    w.money[Money.ARREARS] = [40, 20]
    w.money[Money.WORKS_PAID], w.money[Money.LIFT_PAID] = [20, 30], [40, -10]
    return w


def test_accounts_that_balance_pass_the_audit_which_changes_nothing():
    w = sound()
    before = snapshot(w)
    assert audit(w, 0) == 0
    assert snapshot(w) == before


@pytest.mark.parametrize(
    "account",
    ["works_alliance", "works_fund", "works_ceded", "works_company", "works_public", "works_cost", "lift_public",
     "lift_operator", "lift_cost", "common_income", "subsidies", "bundle_transfer", "written_off",
     "company_costs", "income_ceded", "cash"],
)  # fmt: skip
@pytest.mark.parametrize("off", [3, -3])
def test_an_account_that_is_off_is_found_to_the_fen(account, off):
    w = sound()
    w.compounds[0][account] += off
    assert audit(w, 0) == 3


@pytest.mark.parametrize("account", ["fees_received", "works_received", "lift_received"])
@pytest.mark.parametrize("off", [3, -3])
def test_what_residents_paid_is_what_was_received(account, off):
    w = sound()
    w.compounds[0][account] += off
    assert audit(w, 0) == 6  # against the residents, and against what it was used for


@pytest.mark.parametrize(
    ("column", "found"),
    [("BILLED_TOTAL", 3), ("ARREARS", 3), ("PAID_TOTAL", 6), ("WORKS_PAID", 3), ("LIFT_PAID", 3)],
)
@pytest.mark.parametrize("off", [3, -3])
def test_what_a_household_owes_and_paid_adds_up(column, found, off):
    w = sound()
    w.money[Money[column], 1] += off
    assert audit(w, 0) == found


def test_errors_do_not_cancel_out():
    w = sound()
    w.money[Money.ARREARS] += [3, -3]
    assert audit(w, 0) == 6


# -- other compounds ----------------------------------------------------------------------------------------


def test_works_and_accounts_are_those_of_one_compound():
    w = with_gifts(planned())
    w.flags[Flag.REMOVED], w.reals[Real.STRUCTURE], w.reals[Real.MADE_GOOD] = 1, 6.0, 0.5
    w.settings[0].compensation_yuan_per_m2 = 400.0
    assert same_between_others(w, lambda w: sign_contract(w, 0))
    assert audit(between_others(sound()), 0) == 0
    assert gifts(between_others(w), 0, 10.0) == gifts(w, 0, 10.0)
