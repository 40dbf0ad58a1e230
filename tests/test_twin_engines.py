"""The agent loop and the compiled engine are twins: same households, same luck, same weeks, to the last bit."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from model import agent_loop
from model.community import CommunityModel
from model.engine import simulate
from model.instruments import Instrument
from model.measures import Outcome
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Compound, Event, Management, Office, Programme, Scenario, Strategy, Use
from model.week.schedule import SCHEDULE
from model.world.state import Flag, Real, Stage, World
from scenarios.loading import load_case

HISTORY = ("signed", "removed", "paid")
SEEDS = (1, 2, 3)

#: Of the compiled processes alone: without meaning between them, or a memory of what need not be formed again.
WORKING_SPACE = (
    *("scratch", "lists", "marks", "side_by_side", "heard", "drawn", "drawn_for"),
    *("utility", "judged", "judged_marks", "judged_project"),
)

#: Every instrument at once, the diagnostic ones too, with each kind of scripted event.
EVERYTHING = Strategy(
    id="everything",
    instruments={
        **{i.name.lower(): Use(intensity=0.7) for i in Instrument},
        "home_visits": Use(intensity=0.9, choice="holdouts_first"),
        "messengers": Use(intensity=0.6, choice="nominated"),
        "pioneers": Use(intensity=0.6, choice="any"),
        "pressure": Use(intensity=0.8, start_week=6),
        "removal_first": Use(intensity=1.0),
    },
)
EVENTS = (
    Event(week=10, kind="trust_shock", value=-0.1),
    Event(week=20, kind="deadline", value=60),
    Event(week=90, kind="fee_change", value=0.8),
    Event(week=120, kind="company_leaves"),
)


#: What the usual parameters leave out: memory of refusals, persons who carry messages, resentment, drift, ballots.
SECOND_ROUND = Parameters(
    sign_fresh=0.3,
    refusal_memory=0.4,
    refusal_pressure=0.05,
    withdrawal_refusals=2.0,
    visit_rounds=0.7,
    lift_in_plan=0.2,
    self_present_selective=0.7,
    compound_support_sd=0.3,
    compound_trust_office_sd=0.1,
    compound_free_riders_sd=0.05,
    compound_ties_log_sd=0.3,
    messenger_elder=0.1,
    messenger_party=-0.05,
    messenger_nominated=0.2,
    messenger_reactance=0.3,
    messenger_voice=0.8,
    messenger_stairwell=0.5,
    messenger_households=6,
    voice_social=1.0,
    resentment_signing=1.0,
    resentment_enforcement=0.5,
    resentment_support=0.4,
    resentment_trust=0.01,
    resentment_withdraw=0.02,
    reconsider=0.2,
    pledge_weight=0.3,
    pay_rented=0.4,
    pay_resentment=0.8,
    free_rider_messages=0.3,
    free_rider_dunning=0.6,
    cooperation_drift=0.5,
    drift_with_company=0.6,
    company_exit=0.3,
)


def scenario(name: str) -> Scenario:
    if name == "second_round":
        return scenario("everything").model_copy(
            update={
                "parameters": SECOND_ROUND,
                # An ordinary matter, half of the votes: fewer projects come to three quarters of them.
                "programme": Programme(
                    ballot_weeks=3,
                    silent_owners="majority",
                    consent_gate=0.4,
                    willingness_gate=0.2,
                    alters_common_parts=False,
                ),
                "management": Management(before="weak_company"),
            }
        )
    if name == "everything":
        courtyard = load_case("danwei_courtyard").scenario()
        office = Office(hours_per_household_week=0.4)
        return courtyard.model_copy(update={"strategy": EVERYTHING, "events": EVENTS, "office": office})
    if name == "kaifeng":  # with hours to come to management in all three runs
        kaifeng = load_case("kaifeng").scenario(strategy="full_bundle")
        return with_settings(kaifeng, {"hours_per_household_week": 0.06})
    return load_case("jinjiang").scenario()


class Twins(NamedTuple):
    """A pair of runs: whether each household bore each mark at the end of each week, stages, and the last state."""

    compiled: CommunityModel
    agents: CommunityModel
    marks: dict[str, tuple[np.ndarray, np.ndarray]]
    stages: tuple[np.ndarray, np.ndarray]
    first_difference: str


@cache
def twins(name: str, seed: int) -> Twins:
    return run_twins(scenario(name), seed)


def run_twins(of: Scenario, seed: int) -> Twins:
    pair = (CommunityModel(of, rng=seed), CommunityModel(of, rng=seed, engine="agents"))
    shape = (of.horizon_weeks, of.compound.households)
    marks = {name: (np.zeros(shape, bool), np.zeros(shape, bool)) for name in HISTORY}
    stages = (np.zeros(of.horizon_weeks, int), np.zeros(of.horizon_weeks, int))
    different = ""
    for week in range(of.horizon_weeks):
        for side, model in enumerate(pair):
            model.step()
            stages[side][week] = model.compound.stage
            for name in HISTORY:
                marks[name][side][week] = model.column(name)
        different = different or difference(pair[0].world, pair[1].world, week)
    return Twins(*pair, marks, stages, different)


def difference(one: World, other: World, week: int) -> str:
    """The first column or field that differs in any bit, or an empty text."""
    for field, a, b in zip(World._fields, one, other, strict=True):
        if field in WORKING_SPACE:
            continue
        for name in a.dtype.names or [""]:
            x, y = (a[name], b[name]) if name else (a, b)
            if not np.array_equal(x, y, equal_nan=x.dtype.kind == "f"):
                return f"week {week}: {field}.{name} at {np.argwhere(x != y)[0].tolist()}"
    return ""


#: The twins agree on every supported Python.
pytestmark = pytest.mark.reproducibility

pairs = pytest.mark.parametrize("name", ["jinjiang", "kaifeng", "everything", "second_round"])
seeds = pytest.mark.parametrize("seed", SEEDS)


@pairs
@seeds
def test_both_engines_agree_on_who_signed_removed_and_paid_in_every_week(name: str, seed: int) -> None:
    both = twins(name, seed)
    for mark in HISTORY:
        np.testing.assert_array_equal(*both.marks[mark], err_msg=mark)
    np.testing.assert_array_equal(*both.stages)


@pairs
@seeds
def test_both_engines_agree_on_every_number_of_every_week_to_the_last_bit(name: str, seed: int) -> None:
    assert twins(name, seed).first_difference == ""


@pairs
def test_the_runs_compared_reach_management_with_signatures_and_payments(name: str) -> None:
    both = [twins(name, seed) for seed in SEEDS]
    assert any(Stage.MANAGEMENT in pair.stages[0] for pair in both)
    assert all(pair.marks["signed"][0].any() and pair.marks["paid"][0].any() for pair in both)


def test_the_runs_compared_hold_pressure_proxies_withdrawals_and_removals() -> None:
    models = [twins("everything", seed).compiled for seed in SEEDS]
    assert all(model.world.series[0, :, Outcome.REACTANCE].max() > 0.01 for model in models)
    assert any((model.world.series[0, :, Outcome.HEADLINE_CONSENT] > valid(model)).any() for model in models)
    assert sum(model.outcome("withdrawals") for model in models) > 0
    assert sum(model.outcome("complaints") for model in models) > 0
    assert all(twins("everything", seed).marks["removed"][0].any() for seed in SEEDS)


def valid(model: CommunityModel) -> np.ndarray:
    return model.world.series[0, :, Outcome.VALID_CONSENT]


def small(of: Strategy, **changes: object) -> Scenario:
    compound = Compound(households=48, buildings=2, stairwells_per_building=2, structure=0.3)
    return Scenario(compound=compound, strategy=of, **changes)


BY_GRID = Strategy(
    id="by_grid",
    instruments={
        "home_visits": Use(intensity=1.0, choice="by_grid"),
        "tailored_plan": Use(intensity=1.0),
        "trial_then_pay": Use(intensity=1.0),
        "concessions": Use(intensity=1.0),
        "joint_selection": Use(intensity=1.0),
    },
)
ANYONE = Strategy(id="anyone", instruments={"home_visits": Use(intensity=1.0)})
ELDERS = Strategy(id="elders", instruments={"home_visits": Use(intensity=1.0, choice="elders_first")})
UNDECIDED = Strategy(
    id="undecided",
    instruments={
        "home_visits": Use(intensity=1.0, choice="undecided_first"),
        "removal_first": Use(intensity=0.5),
        "lawful_enforcement": Use(intensity=1.0),
    },
)
TOKEN = Strategy(
    id="token",
    instruments={
        "home_visits": Use(intensity=1.0),
        "consultation": Use(intensity=0.5, choice="token"),
        "points": Use(intensity=1.0),
        "activity_groups": Use(intensity=1.0),
    },
)
COMMITTEE = Strategy(
    id="committee",
    instruments={
        "home_visits": Use(intensity=1.0),
        "owners_committee": Use(intensity=0.1),
        "lawful_dunning": Use(intensity=1.0),
    },
)
LIFTS = Strategy(
    id="lifts",
    instruments={
        "home_visits": Use(intensity=1.0),
        "lift_packages": Use(intensity=1.0),
        "crowdfunding": Use(intensity=1.0),
        "stage_review": Use(intensity=1.0),
        "demonstration_visits": Use(intensity=1.0),
        "ceded_income": Use(intensity=1.0),
        "third_party_supervision": Use(intensity=1.0),
    },
)
EASY = Programme(consent_gate=0.4, willingness_gate=0.2, vote_rule="negative_consent", works_weeks=8)
RARE = {
    "dropped at the deadline": small(ELDERS, programme=Programme(deadline_week=9, on_missed_gate="drop")),
    "waits for the next batch": small(ANYONE, programme=Programme(deadline_week=9, batch_wait_weeks=6)),
    "nobody serves": small(
        BY_GRID, management=Management(before="none", contract="street_fallback"), programme=EASY
    ),
    "trial, then a company in trust": small(
        BY_GRID, management=Management(contract="trust", before="street_fallback"), programme=EASY
    ),
    "a company that cannot live": small(
        UNDECIDED, management=Management(fee=0.1, contract="commission", common_income=0.0), programme=EASY
    ),
    "the law of 2007": small(
        UNDECIDED,
        programme=EASY.model_copy(update={"vote_rule": "property_law_2007"}),
        billing_interval_weeks=13,
    ),
    "a token consultation, then self-management": small(
        TOKEN, management=Management(contract="self_managed"), programme=EASY
    ),
    "a committee that dismisses": small(
        COMMITTEE,
        programme=EASY,
        office=Office(hours_per_household_week=0.2),
        parameters=Parameters(dismissal_quality=0.9, dismissal_bills=1, dismiss_base=3.0, suit_after=3),
    ),
    "lifts and contributions": small(
        LIFTS, programme=EASY.model_copy(update={"lift_compensation_yuan": 20000.0, "works_weeks": 20})
    ),
    "hours and money that run out": small(
        EVERYTHING, office=Office(hours_budget_per_household=1.0, mobilisation_yuan_per_household=5.0)
    ),
    "ranked by signatures": small(
        Strategy(id="ranked", instruments={"home_visits": Use(intensity=1.0), "ranking": Use(intensity=0.8)}),
        programme=Programme(consent_gate=1.0, deadline_week=16, batch_wait_weeks=8),
        parameters=Parameters(proxy_rate=1.0),
    ),
    "no office": small(BY_GRID, office=Office(hours_per_household_week=0.0)),
}


@cache
def rare_twins(name: str) -> Twins:
    return run_twins(RARE[name], seed=5)


@pytest.mark.parametrize("name", RARE)
def test_both_engines_agree_where_a_project_takes_an_unusual_turn(name: str) -> None:
    assert rare_twins(name).first_difference == ""


def test_the_unusual_turns_are_taken() -> None:
    def outcomes(name: str) -> np.ndarray:
        return rare_twins(name).compiled.world.series[0]

    assert outcomes("dropped at the deadline")[-1, Outcome.STAGE] == Stage.DROPPED
    assert outcomes("waits for the next batch")[12, Outcome.STAGE] == Stage.WILLINGNESS
    assert outcomes("nobody serves")[-1, Outcome.COMPANY_PRESENT] == 0
    ranked = rare_twins("ranked by signatures").compiled
    assert ranked.world.reals[Real.RESENTMENT].any() or ranked.world.flags[Flag.PROXIED].any()
    unpaid = simulate(RARE["a company that cannot live"], [4]).series[0]
    managed = unpaid[:, Outcome.STAGE] == Stage.MANAGEMENT
    assert (np.diff(unpaid[managed, Outcome.COMPANY_PRESENT]) < 0).any()


def test_the_turns_of_the_newer_institutions_are_taken() -> None:
    committee = rare_twins("a committee that dismisses").compiled
    assert committee.outcome("companies_dismissed") > 0
    assert committee.outcome("suits") > 0
    lifts = rare_twins("lifts and contributions").compiled
    assert lifts.outcome("lift_ballots") > 0
    assert lifts.compound.works_contributed > 0
    assert lifts.compound.reviews_done == 3
    token = rare_twins("a token consultation, then self-management").compiled
    assert token.outcome("suggestions_per_household") > 0
    assert token.outcome("acquaintances") > token.world.series[0, 0, Outcome.ACQUAINTANCES]
    spent = rare_twins("hours and money that run out").compiled
    assert spent.compound.staff_hours <= spent.scenario.compound.households * 1.0 + 1e-6


#: A number that is none, and that no computation makes.
NEVER_WRITTEN = np.uint32(0x7FC0DEAD)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_every_outcome_is_written_in_the_week_that_is_over_and_in_no_other(engine: str) -> None:
    model = CommunityModel(scenario("everything"), rng=1, engine=engine)
    written = model.world.series[0].view(np.uint32)
    written[:] = NEVER_WRITTEN
    for week in range(3):
        model.step()
        assert [o.name for o in Outcome if written[week, o] == NEVER_WRITTEN] == []
        assert (written[week + 1 :] == NEVER_WRITTEN).all()


def test_the_agent_loop_runs_the_processes_of_the_schedule_in_order(monkeypatch) -> None:
    called: list[str] = []
    for name in SCHEDULE:
        process = getattr(agent_loop, name)
        monkeypatch.setattr(agent_loop, name, lambda m, n=name, p=process: (called.append(n), p(m)))
    CommunityModel(scenario("everything"), engine="agents", rng=1).step()
    assert tuple(called) == SCHEDULE
