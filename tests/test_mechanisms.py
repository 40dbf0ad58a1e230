"""What the mechanisms must show: deliberation, risers, lifts, bundling, districts, money."""

import math
from dataclasses import replace

import numpy as np
import pytest

from agents.categories import Contract, DunningStep, Lift, LiftGrade, LiftPayment, Stage, Trait
from agents.rules.property_company import deficit_borne, next_effort, operating_cost
from agents.rules.resident import (
    ladder_force,
    ladder_step,
    lift_burden,
    lift_floor_value,
    lift_utility,
    old_debt_settled,
    p_approve_lift,
    points_logit,
    removal_thinkable,
)
from model.district_plan import apportion, bundle_rich_and_poor, district_runs
from model.engine import Run, build_world, check_audit, simulate, simulate_runs
from model.equity import FEWEST, GROUPS, MEASURES, equity_table
from model.instruments import Instrument
from model.measures import Outcome
from model.menu import MENU, RISERS, ItemClass
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Compound, District, Management, Scenario, Strategy, Use
from model.week.finance import item_cost, residents_part
from model.week.schedule import advance
from model.world.state import Flag, Money, Real, Whole
from scenarios.loading import list_cases, load_case

#: Each mechanism by itself, others without effect.
P = Parameters.declared()
SEEDS = range(200)
VISITS = {"home_visits": Use(intensity=1.0)}
EASY = {"consent_gate": 0.4, "willingness_gate": 0.2, "works_weeks": 8}


def strategy(**uses: Use) -> Strategy:
    return Strategy(id="test", instruments={**VISITS, **uses})


# -- deliberation (5.5) -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["jinjiang/wufuyuan", "kaifeng/jiying_huayuan", "hangzhou/chengjian_gongyu"]
)
def test_suggestions_and_adoption_of_some_compounds_are_those_of_the_documents(place: str) -> None:
    """Between 0.58 (J7) and 1.43 (H6) suggestions a household, .44 (K8) to .67 (J8) adopted: among the middle 90 %."""
    found = simulate(load_case(place).scenario(), range(60)).summary()
    made, adopted = (
        found[name].quantile([0.05, 0.95]) for name in ("suggestions_per_household", "suggestions_adopted")
    )
    assert made.iloc[0] <= 1.43 and made.iloc[1] >= 0.58
    assert adopted.iloc[0] <= 0.67 and adopted.iloc[1] >= 0.44


def test_a_token_round_does_not_raise_support() -> None:
    """Against no consultation at all, before works begin; it costs fairness and trust."""
    none = load_case("national_mean").scenario(strategy="information_only", parameters=P)
    token, real = (
        none.model_copy(update={"strategy": strategy(consultation=Use(intensity=0.6, choice=choice))})
        for choice in ("token", "responsive")
    )
    series = (
        simulate([none, token, real], SEEDS)
        .series.astype(float)
        .reshape(3, len(SEEDS), none.horizon_weeks, -1)
    )
    for week in (8, 15):
        difference = series[1:, :, week] - series[0, :, week]
        mean, error = difference.mean(axis=1), difference.std(axis=1) / math.sqrt(len(SEEDS))
        assert mean[0, Outcome.MEAN_SUPPORT] <= 0.0
        assert mean[0, Outcome.FAIRNESS] < -4 * error[0, Outcome.FAIRNESS]
        assert mean[0, Outcome.TRUST_OFFICE] < -4 * error[0, Outcome.TRUST_OFFICE]
        assert mean[1, Outcome.MEAN_SUPPORT] > 4 * error[1, Outcome.MEAN_SUPPORT]


def test_a_plan_chosen_by_residents_fits_better_and_costs_the_public_no_more() -> None:
    place = load_case("national_mean")
    told = place.scenario(strategy="information_only")
    asked = told.model_copy(update={"strategy": strategy(consultation=Use(intensity=0.6))})
    series = simulate([told, asked], range(60)).series[:, -1]
    fit = series[:, Outcome.PLAN_FIT].reshape(2, 60)
    assert (fit[1] > fit[0]).mean() > 0.8
    world = build_world([Run(s, seed) for s in (told, asked) for seed in range(10)])
    advance(world, 0, 20, 0, 156)
    begun = world.compounds["works_cost"] > 0
    area = world.compounds["total_area"] / 100
    public = world.compounds["works_public"] / 100 / area
    assert begun.any()
    assert (public[begun] <= told.programme.works_yuan_per_m2 + 0.01).all()


def test_a_budget_that_is_too_small_leaves_the_standard_plan() -> None:
    poor = with_settings(
        load_case("national_mean").scenario(strategy="full_bundle"), {"works_yuan_per_m2": 100.0}
    )
    held = simulate(poor, range(5)).series[:, -1, Outcome.ITEMS_ADOPTED]
    assert (held == poor.programme.standard_items).all()


def test_the_menu_has_three_classes_with_cost_and_beneficiaries() -> None:
    assert {item.item_class for item in MENU} == set(ItemClass)
    assert all(item.yuan_per_m2 > 0 and 0 <= item.show <= 1 and item.nuisance > 0 for item in MENU)
    assert len({item.name for item in MENU}) == len(MENU)
    assert MENU[RISERS].name == "risers"


# -- money (5.5, 5.9) ---------------------------------------------------------------------------------------


def test_others_money_goes_to_residents_before_it_relieves_the_public() -> None:
    assert residents_part(30.0, 12.0) == 18.0
    assert residents_part(30.0, 40.0) == 0.0
    assert item_cost(100.0, ItemClass.UPGRADE, 1.0, 0.0, P) == pytest.approx(50.0)
    assert item_cost(100.0, ItemClass.BASIC, 1.0, 0.0, P) == 100.0
    assert item_cost(100.0, ItemClass.BASIC, 0.0, 1.0, P) == pytest.approx(95.0)


@pytest.mark.parametrize("name", list_cases())
def test_money_is_conserved_to_the_fen_over_156_weeks_in_every_case(name: str) -> None:
    case = load_case(name)
    runs = [
        Run(case.scenario(place, strategy=plan), seed)
        for place in case.compounds
        for plan in (None, "full_bundle")
        for seed in range(3)
    ]
    world = build_world(runs)
    advance(world, 0, len(runs), 0, 156)
    check_audit(world)
    k = world.compounds
    sources = (
        "works_received",
        "works_alliance",
        "works_fund",
        "works_ceded",
        "works_company",
        "works_public",
    )
    assert np.array_equal(sum(k[s] for s in sources), k["works_cost"])
    assert np.array_equal(k["lift_received"] + k["lift_public"] + k["lift_operator"], k["lift_cost"])
    assert (world.money[Money.ARREARS] >= 0).all()


# -- risers (5.9) -------------------------------------------------------------------------------------------


def test_one_refusing_household_stops_its_riser_and_no_other() -> None:
    """95 % headline consent and more: all have signed but one."""
    courtyard = Compound(households=80, buildings=2, stairwells_per_building=2, structure=0.0)
    world = build_world([Run(with_settings(Scenario(compound=courtyard, strategy=strategy()), EASY), 3)])
    k = world.compounds[0]
    refusing = 17
    for week in range(80):
        world.flags[Flag.SIGNED] = 1
        world.flags[Flag.SIGNED, refusing] = 0
        world.reals[Real.SUPPORT, refusing] = -1.0
        advance(world, 0, 1, week, 1)
        if k["stage"] >= Stage.ACCEPTANCE:
            break
    assert k["stage"] == Stage.ACCEPTANCE
    assert world.flags[Flag.SIGNED].mean() > 0.95
    assert k["risers_completed"] == k["n_risers"] - 1


def test_a_way_round_the_refusing_flat_completes_the_riser() -> None:
    courtyard = Compound(households=80, buildings=2, stairwells_per_building=2, structure=0.0)
    of = with_settings(Scenario(compound=courtyard, strategy=strategy()), EASY)
    world = build_world([Run(of, 3)])
    for week in range(80):
        world.flags[Flag.SIGNED] = 1
        world.flags[Flag.SIGNED, 17] = 0
        world.flags[Flag.DESIGNED_AROUND, 17] = 1
        world.reals[Real.SUPPORT, 17] = -1.0
        advance(world, 0, 1, week, 1)
    assert world.compounds["risers_completed"][0] == world.compounds["n_risers"][0]


# -- structures ---------------------------------------------------------------------------------------------


def test_removal_becomes_thinkable_by_an_example_two_ties_or_the_ledger_and_not_by_less() -> None:
    assert not removal_thinkable(1, 0, 0.0, 1.0, P)
    assert removal_thinkable(2, 0, 0.0, 0.0, P)
    assert removal_thinkable(0, 1, 0.0, 0.0, P)
    assert removal_thinkable(0, 0, 1.0, 0.25, P)
    assert not removal_thinkable(0, 0, 1.0, 0.24, P)


def test_space_freed_by_removal_is_the_sum_of_what_was_removed() -> None:
    plan = strategy(pioneers=Use(intensity=1.0), removal_first=Use(), lawful_enforcement=Use(intensity=0.5))
    compound = Compound(households=120, structure=0.3)
    world = build_world([Run(with_settings(Scenario(compound=compound, strategy=plan), EASY), 4)])
    advance(world, 0, 1, 0, 100)
    gone = world.flags[Flag.REMOVED] == 1
    assert gone.any()
    assert world.compounds["freed_m2"][0] == pytest.approx(
        float(world.reals[Real.STRUCTURE, gone].sum()), rel=1e-6
    )


# -- lifts (5.10) -------------------------------------------------------------------------------------------


def test_the_break_even_floor_neither_gains_nor_loses() -> None:
    assert lift_floor_value(3, 6, 0, LiftGrade.STANDARD, P) == 0.0
    assert (
        lift_floor_value(6, 6, 0, LiftGrade.STANDARD, P)
        > lift_floor_value(5, 6, 0, LiftGrade.STANDARD, P)
        > 0
    )
    assert (
        lift_floor_value(1, 6, 0, LiftGrade.STANDARD, P)
        < lift_floor_value(2, 6, 0, LiftGrade.STANDARD, P)
        < 0
    )
    assert lift_floor_value(6, 6, 1, LiftGrade.STANDARD, P) > lift_floor_value(6, 6, 0, LiftGrade.STANDARD, P)


@pytest.mark.parametrize("floor", [1, 2])
def test_the_lowest_floors_oppose_a_lift_unless_they_are_compensated(floor: int) -> None:
    value = lift_floor_value(floor, 6, 0, LiftGrade.STANDARD, P)
    assert p_approve_lift(lift_utility(value, 0.0, 0.0, 0.0, P), P) < 0.5
    months = (-value - P.lift_base) / P.lift_compensation_value
    assert p_approve_lift(lift_utility(value, 0.0, months + 0.1, 0.0, P), P) > 0.5


def test_paying_later_or_by_use_weighs_less_than_paying_at_once() -> None:
    at_once, instalments, card = (lift_burden(30_000, mode, 9_000, P) for mode in LiftPayment)
    assert at_once > instalments > card > 0


def test_lifts_stay_rare_under_the_packages() -> None:
    """82 lifts on 982 buildings are 8.4 per 100 (K11); rare means well below one in four."""
    place = load_case("kaifeng").scenario()
    packages = {**place.strategy.instruments, "lift_packages": Use(intensity=1.0)}
    chosen = place.strategy.model_copy(update={"instruments": packages})
    for compensation in (0.0, 15_000.0):
        of = with_settings(place, {"strategy": chosen, "lift_compensation_yuan": compensation})
        built = simulate(of, range(60)).series[:, -1, Outcome.LIFTS_BUILT]
        per_100_buildings = 100 * built.sum() / (60 * of.compound.buildings)
        assert per_100_buildings < 25


def test_without_compensation_fewer_lifts_are_built_and_a_lift_is_paid_in_full() -> None:
    of = Scenario(strategy=strategy(lift_packages=Use(intensity=1.0)))
    built = []
    for compensation in (0.0, 20_000.0):
        world = build_world(
            [Run(with_settings(of, {"lift_compensation_yuan": compensation}), s) for s in range(60)]
        )
        advance(world, 0, 60, 0, 156)
        check_audit(world)
        built.append((world.stairwells["lift"] != Lift.NONE).sum())
        paid = world.money[Money.LIFT_PAID]
        assert (paid[world.wholes[Whole.FLOOR] < 3] <= 0).all()
    assert built[1] > built[0]


# -- management (5.11, 5.12) --------------------------------------------------------------------------------


def test_the_arrears_ladder_goes_demand_mediation_suit() -> None:
    nothing, demand, mediation, suit = DunningStep
    steps = [ladder_step(n, P) for n in (0, 1, 2, 3, 5, 6, 20)]
    assert steps == [nothing, demand, demand, mediation, mediation, suit, suit]
    forces = [ladder_force(step, 1.0, P) for step in DunningStep]
    assert forces == sorted(forces) and forces[0] == 0.0
    assert ladder_force(DunningStep.SUIT, 0.0, P) == 0.0
    assert old_debt_settled(500, 100, 2) == 100
    assert old_debt_settled(500, 100, 3) == 500


def test_points_crowd_out_those_who_would_pay_anyway() -> None:
    assert points_logit(1.0, 0.0, P) > 0 > points_logit(1.0, 1.0, P)


def test_contracts_differ_in_who_bears_a_deficit_and_in_cost() -> None:
    assert deficit_borne(Contract.TRUST, P) > deficit_borne(Contract.LUMP_SUM, P)
    assert operating_cost(0.5, 1.0, Contract.SELF_MANAGED, P) < operating_cost(0.5, 1.0, Contract.TRUST, P)
    cut = [next_effort(0.6, -0.4, c, 0.0, 0.1, 1.0, P) for c in (Contract.LUMP_SUM, Contract.TRUST)]
    assert cut[0] < cut[1] < 0.6


def test_self_management_lives_on_engagement() -> None:
    groups = {"activity_groups": Use(), "volunteering": Use(), "recognition": Use(), "consultation": Use()}
    of = [
        with_settings(
            Scenario(strategy=strategy(**uses), management=Management(contract="self_managed")), EASY
        )
        for uses in ({}, groups)
    ]
    quality = simulate(of, range(60)).series[:, -1, Outcome.QUALITY].reshape(2, 60)
    assert quality[1].mean() > quality[0].mean()


@pytest.mark.parametrize("contract", [one.name.lower() for one in Contract if one is not Contract.LUMP_SUM])
def test_a_contract_acts_on_nobody_before_management_begins(contract: str) -> None:
    """The company of today works for a lump sum, whatever will be signed after the works."""
    of = [
        with_settings(
            Scenario(strategy=strategy(), management=Management(contract=name)), {"consent_gate": 1.0}
        )
        for name in ("lump_sum", contract)
    ]
    series = simulate(of, range(10)).series
    assert (series[:, :, Outcome.STAGE] < Stage.MANAGEMENT).all()
    assert series[:, :, Outcome.COMPANY_PRESENT].any()
    np.testing.assert_array_equal(series[:10], series[10:])


def test_street_fallback_hires_nobody() -> None:
    of = with_settings(Scenario(strategy=strategy(), management=Management(contract="street_fallback")), EASY)
    series = simulate(of, range(5)).series
    managed = series[:, :, Outcome.STAGE] == Stage.MANAGEMENT
    assert managed.any() and not series[:, :, Outcome.COMPANY_PRESENT][managed].any()


# -- the district (5.13) ------------------------------------------------------------------------------------

STREET = District(
    compounds=8, buildings=16, households=640, batches=1, bundle_compounds=4, common_income_log_sd=1.2,
    hours_per_household_week=0.08,
)  # fmt: skip


def street(intensity: float, seed: int, **settings: object) -> list[Run]:
    plan = strategy(bundling=Use(intensity=intensity))
    of = with_settings(Scenario(strategy=plan, horizon_weeks=208), {**EASY, "fee": 0.42, **settings})
    return district_runs(of, STREET, seed)


def test_what_a_bundle_gives_to_some_it_takes_from_others() -> None:
    world = build_world(street(1.0, 2))
    advance(world, 0, 1, 0, 208)
    check_audit(world)
    moved = world.compounds["bundle_transfer"]
    assert np.abs(moved).max() > 0
    for bundle in set(world.compounds["bundle"].tolist()):
        assert moved[world.compounds["bundle"] == bundle].sum() == 0


def test_hours_really_given_are_those_stated_times_the_effort_in_a_compound_as_in_a_district() -> None:
    alone = with_settings(Scenario(strategy=strategy()), {"hours_budget_per_household": 2.0})
    for runs in ([Run(alone, 1)], street(0.0, 1, hours_budget_per_household=2.0)):
        stated = build_world(runs).districts
        half = {"staff_effort": Parameters().staff_effort / 2}
        given = build_world(
            [replace(run, scenario=with_settings(run.scenario, half)) for run in runs]
        ).districts
        assert given["hours_per_week"] == stated["hours_per_week"] / 2
        assert given["hours_budget"] == stated["hours_budget"] / 2
        households = sum(run.scenario.compound.households for run in runs)
        assert given["hours_budget"] == pytest.approx(2.0 * households * half["staff_effort"])


# -- an office that is ranked (5.13) --------------------------------------------------------------------------


def ranked(intensity: float = 1.0, **settings: object) -> Scenario:
    plan = strategy(home_visits=Use(intensity=1.0), ranking=Use(intensity=intensity))
    near = {"consent_gate": 0.95, "deadline_week": 20, "hours_per_household_week": 0.1, "horizon_weeks": 30}
    return with_settings(Scenario(strategy=plan), {**near, **settings})


def test_a_ranked_office_hurries_only_before_the_deadline_while_the_gate_is_missed() -> None:
    world = build_world([Run(ranked(ranking_weeks=6.0), 1)])
    hurried, pressed = [], []
    for week in range(25):
        advance(world, 0, 1, week, 1)
        hurried.append(int(world.compounds["hurried"][0]))
        pressed.append(float(world.now[0, Instrument.PRESSURE]))
    assert np.flatnonzero(hurried).tolist() == list(range(15, 21))
    assert pressed == [0.3 if hurry else 0.0 for hurry in hurried]
    easy = build_world([Run(ranked(consent_gate=0.0), 1)])
    advance(easy, 0, 1, 0, 25)
    assert not easy.compounds["hurried"].any() and not easy.now[0, Instrument.PRESSURE].any()


def test_what_a_ranked_office_does_costs_trust_and_shows_as_insincerity() -> None:
    calm, hurried = (simulate(ranked(level), range(30)).series for level in (0.0, 1.0))
    gained = hurried[:, 20] - calm[:, 20]
    assert gained[:, Outcome.HEADLINE_CONSENT].mean() > 0.0
    assert gained[:, Outcome.INSINCERE_SHARE].mean() > 0.0
    assert gained[:, Outcome.TRUST_OFFICE].mean() < 0.0
    assert (gained[:, Outcome.OFFICE_HOURS] <= 1e-3).all(), "its hours do not grow"


def test_a_strategy_that_presses_harder_than_the_ranking_goes_on_as_it_was() -> None:
    of = with_settings(ranked(consent_gate=1.0), {"instruments.pressure": 0.9})
    world = build_world([Run(of, 1)])
    advance(world, 0, 1, 0, 19)
    assert world.compounds["hurried"][0] == 1 and world.now[0, Instrument.PRESSURE] == 0.9


@pytest.mark.parametrize("target", ["holdouts_first", "undecided_first"])
def test_whom_opinion_chooses_is_visited_in_turn_where_visits_count(target: str) -> None:
    plan = strategy(home_visits=Use(intensity=1.0, choice=target))

    def tried(rounds: float) -> np.ndarray:
        of = Scenario(
            strategy=plan, parameters=Parameters(visit_rounds=rounds, sign_threshold=1.0, move_rate=0.0)
        )
        world = build_world([Run(of, 1)])
        advance(world, 0, 1, 0, 40)
        return world.wholes[Whole.N_TRIED][world.flags[Flag.SIGNED] == 0]

    assert (tried(0.0) == 0).mean() > 0.3
    in_turn = tried(4.0)
    assert in_turn.min() >= in_turn.max() - 1 > 0


def test_the_office_never_gives_more_hours_than_it_has() -> None:
    world = build_world(street(0.0, 1, hours_budget_per_household=1.5))
    for week in range(120):
        advance(world, 0, 1, week, 1)
        assert world.compounds["hours_now"].sum() <= world.districts["hours_per_week"][0] * (1 + 1e-12)
    assert world.compounds["staff_hours"].sum() <= world.districts["hours_budget"][0] + 1e-6


def test_a_batch_waits_for_its_turn_and_shares_the_hours_of_those_at_work() -> None:
    late = STREET.model_copy(update={"batches": 2, "batch_interval_weeks": 30})
    world = build_world(district_runs(with_settings(Scenario(strategy=strategy()), EASY), late, 1))
    advance(world, 0, 1, 0, 20)
    assert (world.compounds["n_visits"][:4] > 0).all() and (world.compounds["n_visits"][4:] == 0).all()
    assert (world.compounds["hours_now"][4:] == 0).all()
    advance(world, 0, 1, 20, 30)
    assert (world.compounds["n_visits"][4:] > 0).all()


@pytest.mark.parametrize("rule", ["nearest_gate_first", "furthest_first"])
def test_hours_follow_the_rule_of_allocation(rule: str) -> None:
    chosen = STREET.model_copy(update={"allocation": rule})
    of = with_settings(Scenario(strategy=strategy()), {"consent_gate": 0.95})
    world = build_world(district_runs(of, chosen, 5))
    advance(world, 0, 1, 0, 12)
    starts = world.compounds["start"]
    signed = np.add.reduceat(world.flags[Flag.SIGNED].astype(float), starts)
    sizes = world.compounds["stop"] - starts
    advance(world, 0, 1, 12, 1)
    share = world.compounds["hours_now"] / sizes
    order = np.corrcoef(signed / sizes, share)[0, 1]
    assert order > 0.5 if rule == "nearest_gate_first" else order < -0.5


def test_a_finished_compound_is_shown_to_the_others() -> None:
    plan = strategy(demonstration_visits=Use(intensity=1.0))
    world = build_world(district_runs(with_settings(Scenario(strategy=plan), EASY), STREET, 1))
    world.compounds["stage"][0] = Stage.ACCEPTANCE
    world.compounds["delivered"][0] = 0.9
    advance(world, 0, 1, 0, 4)
    assert (world.compounds["shown"] == 0.9).all()


def test_a_district_of_one_is_the_compound_alone() -> None:
    of = load_case("national_mean").scenario(strategy="full_bundle")
    of = of.knowing(Trait.TRUST_OFFICE, Trait.ELDERS)  # which a district draws in its own way
    one = District(
        compounds=1,
        buildings=5,
        households=180,
        batches=1,
        elder_sd=0,
        trust_sd=0,
        common_income_log_sd=0,
    )
    alone = simulate(of, [3]).series[0]
    district = simulate_runs(district_runs(of, one, 3)).series[0]
    assert np.array_equal(alone, district, equal_nan=True)


@pytest.mark.reproducibility
def test_districts_do_not_depend_on_threads_or_blocks() -> None:
    runs = [run for seed in range(3) for run in street(1.0, seed)]
    one = simulate_runs(runs, threads=1).series
    assert np.array_equal(one, simulate_runs(runs, threads=2, block_households=1).series, equal_nan=True)


@pytest.mark.parametrize("seed", range(5))
def test_sizes_of_a_district_add_up_exactly(seed: int) -> None:
    kaifeng = District(compounds=191, buildings=982, households=34_000)
    runs = district_runs(Scenario(), kaifeng, seed)
    assert len(runs) == 191
    assert sum(run.scenario.compound.buildings for run in runs) == 982
    assert sum(run.scenario.compound.households for run in runs) == 34_000


def test_apportioning_keeps_the_total_and_the_least() -> None:
    assert apportion(10, [1.0, 1.0, 1.0], [1, 1, 1]) == [4, 3, 3]
    with pytest.raises(ValueError, match="cannot be shared out"):
        apportion(2, [1.0, 1.0, 1.0], [1, 1, 1])


def test_a_bundle_mixes_rich_and_poor() -> None:
    assert bundle_rich_and_poor([4.0, 3.0, 2.0, 1.0], 2) == [0, 1, 1, 0]


# -- who gains (7) ------------------------------------------------------------------------------------------


def test_the_equity_table_leaves_small_groups_blank() -> None:
    small = Compound(households=30, buildings=1, stairwells_per_building=1, elder=0.1)
    world = build_world([Run(Scenario(compound=small, strategy=strategy()), 1)])
    advance(world, 0, 1, 0, 60)
    table = equity_table(world, 0, 60)
    assert list(table["group"]) == [group.name for group in GROUPS]
    assert set(MEASURES) < set(table.columns)
    few = table["households"] < FEWEST
    assert few.any() and table.loc[few, list(MEASURES)].isna().all(axis=None)
    assert (table.loc[few, "households"] == 0).all()


def test_groups_of_one_kind_hold_everybody_once() -> None:
    world = build_world([Run(Scenario(strategy=strategy()), 1)])
    advance(world, 0, 1, 0, 30)
    table = equity_table(world, 0, 30)
    for _, rows in table.groupby("by"):
        assert rows["households"].sum() <= 180
        if (rows["households"] > 0).all():
            assert rows["households"].sum() == 180
            mean = np.average(rows["support"], weights=rows["households"])
            assert mean == pytest.approx(float(world.reals[Real.SUPPORT].mean()), abs=1e-6)


def test_results_hold_the_equity_of_every_run_when_asked() -> None:
    found = simulate(Scenario(strategy=strategy(), horizon_weeks=40), range(3), equity=True)
    assert found.equity is not None
    assert list(found.equity["run"].unique()) == [0, 1, 2]
    assert len(found.equity) == 3 * len(GROUPS)
    assert simulate(Scenario(strategy=strategy(), horizon_weeks=2), [0]).equity is None
