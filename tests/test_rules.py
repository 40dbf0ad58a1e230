"""Every decision rule against values computed by hand, on either side of each boundary.

A rule is given only the coefficients named in its case, with values unlike each other, so that a wrong sign, a wrong
factor or one coefficient taken for another shows. Exponentials in expected values are Python's own, not the engine's.
"""

import inspect
import math
from types import SimpleNamespace
from typing import Any

import pytest

from agents.categories import Allocation, Contract, Stage, Target
from agents.rules import owners_committee as committee
from agents.rules import party_member as party
from agents.rules import property_company as company
from agents.rules import resident
from agents.rules import street_office as office

LUMP, COMMISSION, TRUST, SELF, STREET = Contract


def logistic(v: float) -> float:
    return 1.0 / (1.0 + math.exp(-v))


def check(
    expected: float | bool, rule: Any, given: tuple[float, ...], coefficients: dict[str, float]
) -> None:
    p = (SimpleNamespace(**coefficients),) if "p" in inspect.signature(rule).parameters else ()
    found = rule(*given, *p)
    if isinstance(expected, bool):
        assert bool(found) is expected, f"{rule.__name__}{given}"
    else:
        assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12), f"{rule.__name__}{given} = {found}"


def cases(*listed: Any) -> Any:
    """Run a test on every case, as one test: mutation testing collects this file thousands of times."""

    def of_all(test: Any) -> Any:
        def run() -> None:
            for case in listed:
                test(*case)

        run.rules = {rule for _, rule, _, _ in listed}
        return run

    return of_all


def same(
    rule: Any, coefficients: dict[str, float], *pairs: tuple[float | bool, tuple[float, ...]]
) -> list[Any]:
    """Several cases of one rule under the same coefficients: what is expected, and of what."""
    return [(expected, rule, given, coefficients) for expected, given in pairs]


# -- what the project is worth ------------------------------------------------------------------------------


@cases(
    *same(
        resident.credibility,
        {"example_credibility": 0.2, "demonstration_weight": 0.4},
        (0.56, (0.8, 0.5, 1.0, 0.0)),  # 0.8 (0.5 + 0.2); has seen nothing
        (0.528, (0.8, 0.5, 0.0, 0.9)),  # 0.8 (0.5 + 0.4 (0.9 - 0.5))
        (0.304, (0.8, 0.5, 0.0, 0.2)),  # 0.8 (0.5 - 0.4 · 0.3): what it saw was poor
        (0.8, (0.8, 0.9, 1.0, 0.0)),  # 1.1 held at 1
    ),
    *same(
        resident.credibility,
        {"example_credibility": 0.2, "demonstration_weight": 10.0},
        (0.0, (0.8, 0.1, 0.0, 0.05)),  # 0.1 - 0.5 held at 0
    ),
    *same(
        resident.benefit_here,
        {"absentee_benefit": 0.6, "freed_benefit": 0.3},
        (1.05, (1.0, 2.5)),  # 0.6 (1 + 0.75)
        (1.75, (0.0, 2.5)),
        (1.75, (0.5, 2.5)),
    ),
    *same(
        resident.believed_benefit,
        {"benefit_weight": 0.7, "absentee_benefit": 0.6, "freed_benefit": 0.3},
        (0.42, (0.5, 1.0, 10 / 3)),  # 0.7 · 0.5 · 0.6 · 2
    ),
    *same(
        resident.structure_loss, {"structure_scale_m2": 8.0}, (0.675, (12.0, 0.25, 0.4))
    ),  # 1.5 · 0.75 · 0.6
    *same(
        resident.pledge_asked,
        {},
        (0.8, (0.8, True, False, 0.75)),
        (0.2, (0.8, False, True, 0.75)),
        (0.0, (0.8, False, False, 0.75)),
    ),
    *same(resident.felt_nuisance, {"elder_nuisance": 0.5}, (0.9, (0.6, 1.0)), (0.6, (0.6, 0.0))),
)
def test_what_a_household_expects_of_the_project(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


def test_project_utility_is_the_sum_of_its_terms_bent():
    p = SimpleNamespace(
        baseline_utility=0.1, taste_scale=0.5, benefit_weight=0.7, fit_weight=0.2, cost_weight=0.3,
        loss_aversion=2.0, structure_weight=0.25, fresh_interior_weight=0.6, nuisance_weight=0.4,
        absentee_benefit=0.8, freed_benefit=0.5, structure_scale_m2=8.0, elder_nuisance=0.25,
        pledge_weight=0.5, lift_in_plan=0.1,
    )  # fmt: skip
    # taste, belief, absent, m² freed, fit, cost; structure, removed, compensation; interior, nuisance, elder, pledge;
    # lift
    given = (0.4, 0.5, 1.0, 0.6, 0.6, 0.5, 12.0, 0.25, 0.4, 0.5, 0.7, 1.0, 0.3, -0.4)
    expected = (0.1, 0.2, 0.7 * 0.52, 0.12, -0.15, -0.5 * 0.675, -0.6 * 0.3, -0.4 * 0.875, -0.15, -0.04)
    assert resident.utility_terms(*given, p) == pytest.approx(expected, rel=1e-9)
    assert resident.project_utility(*given, p) == pytest.approx(math.tanh(sum(expected)), rel=1e-9)


def test_terms_and_seasons_are_counted_from_0_without_gaps():
    assert [*map(int, resident.Term)] == list(range(14))
    assert [*map(int, office.Season)] == list(range(5))
    assert resident.Term.LIFT == 9  # the last of `utility_terms`


# -- what one thinks and says -------------------------------------------------------------------------------

SUPPORT = {
    "support_rate": 0.5, "stubbornness_effect": 0.4, "social_weight": 0.7, "fairness_weight": 0.1,
    "reactance_weight": 0.2, "resentment_support": 0.25,
}  # fmt: skip
VISIT = {
    "messenger_base": 0.1, "messenger_trust": 0.6, "messenger_tie": 0.5, "visit_stubbornness": 0.5,
    "visit_fatigue": 0.25, "visit_gain": 0.8,
}  # fmt: skip


@cases(
    *same(
        resident.listens_to,
        {"confidence_bound": 0.25},
        (True, (0.5, 0.25)),
        (True, (0.25, 0.5)),
        (True, (0.5, 0.4)),
        (False, (0.5, 0.24)),
        (False, (0.24, 0.5)),
    ),
    *same(
        resident.update_support,
        SUPPORT,
        # rate 0.5 (1 - 0.2) = 0.4, pull 0.42 - 0.12 - 0.2 = 0.1: 0.2 + 0.04 + 0.05 + 0.015 - 0.06
        (0.245, (0.2, 0.6, -0.4, 0.5, 0.05, 0.8, 0.3, 0.0)),
        (1.0, (0.9, 0.6, 0.4, 0.5, 0.5, 0.8, 0.3, 0.0)),
        (-1.0, (0.2, 0.6, -0.4, 0.5, 0.05, 0.8, 10.0, 0.0)),
        # of the utility 0.25 × 0.6 is taken, of which 0.3 × 0.4 reaches support
        (0.227, (0.2, 0.6, -0.4, 0.5, 0.05, 0.8, 0.3, 0.6)),
    ),
    *same(resident.resentment_as_utility, {"resentment_support": 0.25}, (-0.15, (0.6,))),
    *same(resident.reactance_drag, {"reactance_weight": 0.2}, (0.06, (0.3,))),
    *same(resident.reactance_as_utility, {"reactance_weight": 0.2, "support_rate": 0.5}, (-0.12, (0.3,))),
    *same(resident.reactance_as_utility, {"reactance_weight": 0.2, "support_rate": 0.0}, (-6e7, (0.3,))),
    *same(resident.household_known, {"grid_reference": 240.0}, (0.64, (0.8, 300.0)), (0.8, (0.8, 100.0))),
    *same(
        resident.p_reach_absentee,
        {"absent_contact": 0.2, "grid_contact": 0.4},
        (0.4, (0.5,)),
        (1.0, (3.0,)),
        (0.0, (-2.0,)),
    ),
    *same(resident.visitor_link, {"grid_familiarity": 0.8}, (0.4, (0.3, 0.5)), (0.9, (0.9, 0.5))),
    # 0.8 · (0.1 + 0.3 + 0.15) · (1 - 0.2) e^-0.5 · (1 - 0.2) / 2
    *same(
        resident.visit_shift,
        {**VISIT, "messenger_reactance": 0.5},
        (0.1408 * math.exp(-0.5), (0.2, 0.5, 0.3, 0.0, 1.0, 0.0, 2.0, 0.4)),
        # A person trusted .2 more who is half against it: 0.75 of trust, (0.5 - 0.2) / 2 of the way.
        (0.8 * 0.75 * 0.8 * 0.15 * math.exp(-0.5), (0.2, 0.5, 0.3, 0.2, 0.5, 0.0, 2.0, 0.4)),
        # Reactance of 2 turns trust to −0.45, and the visit pushes away.
        (-0.8 * 0.45 * 0.8 * 0.4 * math.exp(-0.5), (0.2, 0.5, 0.3, 0.0, 1.0, 2.0, 2.0, 0.4)),
    ),
    *same(
        resident.trust_in_person,
        {"messenger_elder": 0.1, "messenger_party": -0.05, "messenger_nominated": 0.2},
        (0.1, (1.0, 0.0, 0.0)),
        (-0.05, (0.0, 1.0, 0.0)),
        (0.25, (1.0, 1.0, 1.0)),
    ),
    *same(resident.what_visitor_says, {"messenger_voice": 0.5}, (0.7, (0.4,)), (1.0, (1.0,)), (0.0, (-1.0,))),
    *same(
        resident.voice,
        {"voice_social": 0.5, "voice_pressure": 0.8},
        (0.445, (0.4, 0.2, 0.6, 0.25)),  # 0.75 · 0.4 + 0.25 (0.1 + 0.48)
        (1.0, (0.4, 0.2, 9.0, 0.5)),
        (-1.0, (-0.9, -9.0, 0.0, 0.5)),
    ),
)
def test_opinions_and_visits(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- pressure, fairness, trust, engagement ------------------------------------------------------------------


@cases(
    *same(
        resident.resentment_after_signing,
        {"resentment_signing": 0.5},
        (0.3, (0.2, -0.25, 0.8)),
        (0.2, (0.2, 0.25, 0.8)),
    ),
    *same(resident.resentment_after_enforcement, {"resentment_enforcement": 0.5}, (0.6, (0.2, 0.8))),
    *same(
        resident.resentment_in_week, {"resentment_half_life_weeks": 4.0}, (0.8 * 0.5**0.25, (0.8,))
    ),
    *same(
        resident.trust_with_resentment,
        {"resentment_trust": 0.1},
        (0.48, (0.6, 2.0)),
        (0.0, (0.6, 20.0)),
    ),
    *same(
        resident.felt_pressure,
        {"repeat_visit_pressure": 0.1, "visit_patience": 3.0, "refusal_pressure": 0.05},
        (0.4, (0.2, 5.0, 0.0)),
        (0.2, (0.2, 2.0, 0.0)),
        (0.35, (0.2, 2.0, 3.0)),
        (1.0, (0.95, 5.0, 0.0)),
        (0.0, (-0.5, 2.0, 0.0)),
    ),
    *same(
        resident.update_reactance,
        {"autonomy_relief": 0.6, "reactance_decay": 0.1, "pressure_threshold": 0.3},
        (0.562, (0.5, 0.4, 0.7, 0.5)),  # 0.45 + 0.4 · 0.7 · 0.4
        (0.45, (0.5, 0.4, 0.2, 0.5)),
    ),
    *same(
        resident.trust_after_pressure,
        {"trust_loss": 2.0, "pressure_trust_loss": 0.25},
        (0.68, (0.8, 0.5, 0.6)),
    ),
    *same(
        resident.update_trust,
        {"trust_gain": 0.2, "trust_loss": 0.3},
        (0.64, (0.6, 0.5)),
        (0.51, (0.6, -0.5)),
        (1.0, (0.6, 9.0)),
        (0.0, (0.6, -9.0)),
    ),
    *same(resident.trust_while_waiting, {"complaint_trust_loss": 0.05}, (0.76, (0.8,))),
    *same(resident.trust_after_proxy, {"proxy_trust_loss": 0.25}, (0.6, (0.8,))),
    *same(resident.trust_after_enforcement, {"enforcement_trust_loss": 0.4}, (0.56, (0.8, 0.25))),
    *same(resident.reactance_after_enforcement, {"enforcement_reactance": 0.8}, (0.5, (0.2, 0.5, 0.25))),
    *same(
        resident.attention,
        {"absent_attention": 0.2, "disclosure_reach": 0.4},
        (1.0, (1.0, 0.5)),
        (0.4, (0.0, 0.5)),
        (0.4, (0.5, 0.5)),
        (1.0, (0.0, 3.0)),
        (0.0, (0.0, -2.0)),
    ),
    *same(resident.response_felt, {"feedback_value": 0.6}, (0.58, (0.4, 0.5))),
    *same(
        resident.fairness_after_round,
        {"fairness_rate": 0.5, "expected_responsiveness": 0.4},
        (0.62, (0.5, 0.7, 0.8)),
        (1.0, (0.9, 0.7, 0.8)),
        (0.0, (0.1, 0.1, 0.8)),
    ),
    *same(
        resident.fairness_in_week,
        {"fairness_rate": 0.2, "fairness_decay": 0.1},
        (0.58, (0.7, 0.5)),
        (0.0, (0.1, 1.0)),
        (1.0, (0.7, -5.0)),
    ),
    *same(
        resident.p_attend,
        {
            "attend_base": -1.0, "attend_trust": 0.8, "attend_elder": 0.4, "attend_activist": 1.2,
            "attend_engagement": 0.5, "attend_absent": 2.0, "attend_open_air": 0.7, "attend_points": 0.9,
        },  # -1 + 0.16 + 0.2 + 0.3 + 0.3 - 1 + 0.21 + 0.18
        (logistic(-0.65), (0.7, 0.5, 0.25, 0.6, 0.5, 0.3, 0.2)),
    ),
    *same(
        resident.p_join_demonstration,
        {"demonstration_attend": 0.4},
        (0.0, (1.0, 0.5)),
        (0.2, (0.0, 0.5)),
        (0.2, (0.5, 0.5)),
    ),
    *same(
        resident.occasions,
        {"activity_occasion": 0.4, "volunteer_occasion": 0.6, "recognition_occasion": 0.3},
        (1.47, (1.0, 0.5, 0.25, 0.5, 0.8)),  # 1 + 0.2 + 0.15 + 0.3 · 0.8 · 0.5
    ),
    *same(
        resident.update_engagement,
        {"engagement_gain": 0.2, "engagement_decay": 0.1},
        (0.522, (0.4, 1.5)),  # (0.4 + 0.3 · 0.6) 0.9
        (1.0, (0.4, 50.0)),
        (0.0, (0.4, -50.0)),
    ),
)  # fmt: skip
def test_feelings(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- signing, withdrawing, removing -------------------------------------------------------------------------

WITHDRAW = {
    "withdraw_support": 0.1, "withdraw_pressure": 0.4, "withdraw_at_works": 3.0, "withdraw_hazard": 0.2,
    "resentment_withdraw": 0.05, "reconsider": 0.25,
}  # fmt: skip


@cases(
    *same(
        resident.p_self_present,
        {"wechat_self_present": 0.3, "absent_self_present": 0.2, "self_present": 0.1},
        (0.195, (0.0, 1.0, 0.5)),  # 0.1 · 1.3 · 1.5
        (0.1725, (0.0, 0.75, 0.5)),
        (0.021, (1.0, 0.0, 0.5)),  # 0.1 · 0.7 · 0.2 · 1.5
        (0.195, (0.5, 1.0, 0.5)),
        (1.0, (0.0, 1.0, 50.0)),
        (0.0, (0.0, 1.0, -50.0)),
    ),
    *same(resident.neighbours_share, {"stairwell_weight": 0.6}, (0.6, (0.8, 0.3))),
    *same(
        resident.p_sign,
        {
            "sign_social": 1.5, "sign_social_reference": 0.3, "sign_steepness": 4.0, "sign_pressure": 0.4,
            "sign_threshold": 0.25, "sign_fresh": 1.0, "refusal_memory": 0.5,
        },  # 4 (0.2 + 1.5 · 0.5 · 0.4 + 0.12 - 0.25)
        (logistic(1.48), (0.2, 0.5, 0.7, 0.3, -5.0, 0.0)),
        (logistic(1.48) * math.exp(-1.0), (0.2, 0.5, 0.7, 0.3, 5.0, 2.0)),
    ),
    *same(
        resident.p_sign,
        {
            "sign_social": 0.0, "sign_social_reference": 0.0, "sign_steepness": 4.0, "sign_pressure": 0.0,
            "sign_threshold": 0.25, "sign_fresh": 0.36, "refusal_memory": 0.0,
        },  # (4 (0.5 - 0.25) - 0.8 · 2) / 0.6
        (logistic(-1.0), (0.5, 0.0, 0.0, 0.0, -2.0, 3.0)),
    ),
    *same(
        resident.p_sign,
        {
            "sign_social": 0.0, "sign_social_reference": 0.0, "sign_steepness": 4.0, "sign_pressure": 0.0,
            "sign_threshold": 0.25, "sign_fresh": 0.0, "refusal_memory": 0.0,
        },
        (1.0, (0.5, 0.0, 0.0, 0.0, -0.3, 0.0)),  # with nothing fresh whoever leans enough always signs
        (0.0, (0.5, 0.0, 0.0, 0.0, -1.7, 0.0)),
    ),
    *same(
        resident.p_vote_for,
        {
            "sign_social": 9.0, "sign_social_reference": 0.5, "sign_steepness": 4.0, "sign_pressure": 9.0,
            "sign_threshold": 0.25, "sign_fresh": 1.0, "refusal_memory": 9.0,
        },
        (logistic(1.0), (0.5, 3.0)),
    ),
    *same(resident.p_vote_in_week, {}, (1.0 - 0.5 ** 0.25, (0.5, 4.0)), (0.6, (0.6, 1.0))),
    *same(
        resident.news,
        {"news_step": 0.2},
        (6 + 128 * 2, (0.25, 0.5, 0.0, 0.0, 0.0, 0)),
        (6 + 128 * 2 + 8192 * (7 + 8 * 5), (0.25, 0.5, 0.4, 1.0, 0.7, 5)),
    ),
    *same(
        resident.refusals_count,
        {"refusal_memory": 0.0, "refusal_pressure": 0.0, "self_present_selective": 0.0},
        (False, ()),
    ),
    *same(
        resident.refusals_count,
        {"refusal_memory": 0.1, "refusal_pressure": 0.0, "self_present_selective": 0.0},
        (True, ()),
    ),
    *same(
        resident.refusals_count,
        {"refusal_memory": 0.0, "refusal_pressure": 0.1, "self_present_selective": 0.0},
        (True, ()),
    ),
    *same(
        resident.refusals_count,
        {"refusal_memory": 0.0, "refusal_pressure": 0.0, "self_present_selective": 0.1},
        (True, ()),
    ),
    *same(
        resident.comes_for_a_reason, {}, (True, (0.1, 0.0)), (False, (0.0, 0.0)), (False, (0.1, 1.0))
    ),
    *same(resident.refusals_of_withdrawing, {"withdrawal_refusals": 0.4}, (0, ())),
    *same(resident.refusals_of_withdrawing, {"withdrawal_refusals": 1.5}, (2, ())),
    *same(
        resident.p_act_first,
        {"pioneer_support": 0.5, "pioneer_weekly": 0.3},
        (0.3, (0.6,)),
        (0.0, (0.5,)),
        (0.0, (0.4,)),
    ),
    *same(
        resident.p_withdraw,
        WITHDRAW,
        (0.2, (0.0, 0.2, 0.0, 0.0, 0.0)),
        (0.2, (0.0, 0.2, 0.0, 0.5, 0.0)),
        (0.6, (0.0, 0.2, 0.0, 1.0, 0.0)),
        (0.3, (0.0, 0.2, 2.0, 0.0, 0.0)),  # resentment of 2 adds .1
        (0.0, (0.1, 0.2, 0.0, 0.0, 1.0)),
        (0.0, (0.3, 0.2, 0.0, 0.0, 1.0)),
        (0.0, (0.0, 0.4, 0.0, 0.0, 1.0)),  # another plan: only who is opposed
        (0.25, (-0.1, 0.5, 0.0, 0.0, 1.0)),
        (0.4, (-0.1, 0.2, 0.0, 0.0, 1.0)),  # 0.2 + 0.25 - 0.05
        (0.0, (0.0, 0.5, 0.0, 0.0, 0.5)),
    ),
    *same(resident.p_withdraw, {**WITHDRAW, "withdraw_hazard": 0.5}, (1.0, (0.0, 0.2, 0.0, 1.0, 0.0))),
    *same(resident.p_withdraw, {**WITHDRAW, "withdraw_hazard": -0.5}, (0.0, (0.0, 0.2, 0.0, 1.0, 0.0))),
    *same(
        resident.removal_thinkable,
        {"compliant_ties": 2.0, "removal_ledger_share": 0.25},
        (False, (1.0, 0.0, 0.0, 1.0)),
        (True, (2.0, 0.0, 0.0, 0.0)),
        (True, (3.0, 0.0, 0.0, 0.0)),
        (True, (0.0, 1.0, 0.0, 0.0)),
        (False, (0.0, 0.5, 0.0, 0.0)),
        (True, (0.0, 0.0, 0.5, 0.5)),
        (True, (0.0, 0.0, 0.5, 0.9)),
        (False, (0.0, 0.0, 0.5, 0.48)),
    ),
    *same(
        resident.removal_thinkable,
        {"compliant_ties": 2.0, "removal_ledger_share": 0.0},
        (False, (0.0, 0.0, 0.0, 0.5)),  # without a ledger nobody reads it
    ),
    *same(resident.others_removed, {}, (0.4, (0.3, 0.8, 0.5)), (0.6, (0.6, 0.8, 0.5))),
    *same(
        resident.p_remove,
        {
            "sign_social": 1.5, "sign_social_reference": 0.2, "removal_loss": 0.5, "loss_aversion": 2.0,
            "sign_steepness": 3.0, "removal_threshold": 0.1,
        },  # 3 (0.5 + 0.24 - 0.3 - 0.1)
        (logistic(1.02), (0.5, 0.4, 0.6, 0.3)),
    ),
    *same(resident.p_complain, {"complaint_hazard": 0.3}, (0.15, (0.5,)), (1.0, (5.0,)), (0.0, (-1.0,))),
    *same(
        resident.p_contribute,
        {"contribute_base": -0.5, "contribute_support": 2.0, "contribute_income": 0.6},
        (logistic(0.6), (0.4, 1.5)),
    ),
    *same(
        resident.fairness_after_appeal,
        {"left_out_fairness": 0.3, "left_out_income": 0.5},
        (0.4, (0.7, 0.4)),
        (0.7, (0.7, 0.5)),
        (0.7, (0.7, 0.6)),
        (0.0, (0.2, 0.4)),
    ),
)  # fmt: skip
def test_signing_removing_and_works(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


RECONSIDER = {
    "withdraw_support": -0.9, "withdraw_pressure": 0.4, "withdraw_at_works": 1.0, "withdraw_hazard": 0.0,
    "resentment_withdraw": 0.0, "reconsider": 0.3,
}  # fmt: skip


@cases(
    *same(
        resident.p_withdraw,
        RECONSIDER,
        (0.3, (-0.5, 0.0, 0.0, 0.0, 1.0)),
        (0.0, (-0.5, 0.0, 0.0, 0.0, 0.0)),
        (0.0, (-0.5, 0.0, 0.0, 0.0, 0.5)),
        (0.0, (0.0, 0.0, 0.0, 0.0, 1.0)),
    ),
    *same(
        resident.news,
        {"news_step": 0.5},
        (3 + 128 + 8192 * 8 * 2, (0.5, 0.5, 0.0, 0.0, 0.0, 2)),
        (3 + 128 + 8192 * (1 + 2 + 4 + 8 * 2), (0.5, 0.5, 0.1, 1.0, 0.1, 2)),
        (3 + 128 + 8192 * 8 * 2, (0.5, 0.5, 0.0, 0.5, 0.0, 2)),
    ),
    *same(
        resident.p_turn_selfish,
        {"drift_to_selfish": 0.4},
        (0.3, (0.25, 0.5)),
        (1.0, (-9.0, 0.5)),
        (0.0, (9.0, 0.5)),
    ),
    *same(
        resident.p_turn_conditional,
        {"drift_to_conditional": 0.4},
        (0.1, (0.25, 0.5)),
        (1.0, (9.0, 0.5)),
        (0.0, (-9.0, 0.5)),
    ),
)
def test_changes_of_mind(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- lifts and moving ---------------------------------------------------------------------------------------

LIFT = {
    "lift_break_even": 3.0, "lift_grade_value": 0.2, "lift_benefit": 1.5, "lift_elder": 0.4, "loss_aversion": 2.0,
    "lift_loss": 0.7,
}  # fmt: skip


@cases(
    *same(
        resident.lift_floor_value,
        LIFT,
        (1.44, (5.0, 6.0, 0.5, 2.0)),  # 1.5 · 2/3 · 1.2 · 1.2
        (1.2, (5.0, 6.0, 0.5, 1.0)),
        (2.16, (4.0, 3.5, 0.5, 2.0)),  # no less than one floor to climb
        (0.0, (3.0, 6.0, 0.5, 2.0)),
        (-0.7, (2.0, 6.0, 0.5, 2.0)),
        (-1.4, (1.0, 6.0, 0.5, 2.0)),
    ),
    *same(resident.lift_floor_value, {**LIFT, "lift_break_even": 1.5}, (-0.7, (1.0, 6.0, 0.5, 2.0))),
    *same(
        resident.lift_offered,
        LIFT,
        (0.6, (0.5, 5.0, 6.0, 0.5)),  # half of 1.2
        (-0.7, (0.5, 1.0, 6.0, 0.5)),
        (0.0, (0.0, 1.0, 6.0, 0.5)),
        (0.0, (1.0, 1.0, 3.0, 0.5)),  # too low for a lift
    ),
    *same(
        resident.lift_burden,
        {"lift_instalment_relief": 0.2, "lift_card_relief": 0.3},
        (3.0, (30_000.0, 0, 10_000.0)),
        (2.4, (30_000.0, 1, 10_000.0)),
        (2.1, (30_000.0, 2, 10_000.0)),
        (3.0, (30_000.0, 3, 10_000.0)),
    ),
    *same(
        resident.lift_utility,
        {"lift_compensation_value": 0.6, "lift_cost_weight": 0.8, "lift_base": 0.1, "lift_taste_sd": 0.5},
        (0.99, (1.2, 0.5, 0.4, -0.3)),  # 0.1 + 1.2 + 0.24 - 0.4 - 0.15
    ),
    *same(resident.p_approve_lift, {"lift_steepness": 2.0}, (logistic(0.6), (0.3,))),
    *same(
        resident.new_taste,
        {"taste_mean": 0.1, "taste_sd": 0.4, "member_support": 0.2},
        (0.5, (0.5, 0.0, 1.0)),
        (0.3, (0.5, 0.0, 0.0)),
        (0.15, (0.5, -0.15, 0.0)),
    ),
)
def test_lifts_and_moving(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


def test_who_moves_in_is_undecided():
    assert resident.UNDECIDED_TRUST == resident.UNDECIDED_BELIEF == 0.5


# -- paying -------------------------------------------------------------------------------------------------

PAY = {
    "pay_base": 0.3, "pay_quality": 1.5, "quality_reference": 0.6, "pay_belief": 0.8, "pay_unconditional": 1.2,
    "pay_free_rider": 0.9, "pay_trust": 0.7, "pay_habit": 0.4, "pay_pledge": 0.55, "pay_fee": 0.25,
    "pay_reactance": 0.35, "pay_absent": 0.45, "pay_engagement": 0.65, "pay_contributed": 0.15,
    "pay_rented": 0.5, "pay_resentment": 0.75,
}  # fmt: skip


@cases(
    *same(
        resident.experienced_quality,
        {"quality_noise": 0.2},
        (0.62, (0.5, 0.6)),
        (1.0, (0.9, 3.0)),
        (0.0, (0.1, -3.0)),
    ),
    *same(resident.fee_burden, {"reference_fee": 1.5}, (96.0 / 99.0 / 2.0, (1.2, 80.0, 2.0))),
    *same(
        resident.company_surprise,
        {"quality_reference": 0.5, "quality_expected_per_fee": 0.4, "reference_fee": 1.5},
        (0.22, (0.8, 1.8)),  # 0.8 - (0.5 + 0.4 · 0.2)
        (-0.2, (0.8, 4.5)),  # no more than perfect service is expected
    ),
    *same(
        resident.company_surprise,
        {"quality_reference": 0.5, "quality_expected_per_fee": 2.0, "reference_fee": 1.5},
        (0.8, (0.8, 0.0)),
    ),
    *same(
        resident.payment_logit,
        PAY,
        # 0.3 + 0.3 + 0.8 · 0.5 · 0.2 + 0.36 - 0.18 + 0.14 - 0.08 + 0.22 - 0.3 - 0.14 - 0.09 + 0.13 + 0.075
        (0.815, (0.8, 0.7, 0.2, 0.5, 0.3, 0.7, 0.4, 0.4, 1.2, 0.4, 0.2, 0.7, 0.5, 0.0, 0.0)),
        (0.415, (0.8, 0.7, 0.2, 0.5, 0.3, 0.7, 0.4, 0.4, 1.2, 0.4, 0.2, 0.7, 0.5, 0.2, 0.4)),
    ),
    *same(
        resident.nudge_logit,
        {"pay_reminder": 0.4, "pay_norm": 0.3},
        (0.44, (0.5, 0.8, 0.6)),
        (0.2, (0.5, 0.8, 0.5)),
        (0.2, (0.5, 0.8, 0.4)),
    ),
    *same(resident.message_reach, {"free_rider_messages": 0.3}, (0.3, (1.0,)), (1.0, (0.0,))),
    *same(resident.dunning_reach, {"free_rider_dunning": 1.5}, (1.5, (1.0,)), (1.0, (0.0,))),
    *same(
        resident.rounds_of_bill,
        {"cooperation_drift": 0.8, "drift_with_company": 0.25},
        (0.8, (True,)),
        (0.2, (False,)),
    ),
    *same(resident.p_turn_selfish, {"drift_to_selfish": 0.2}, (0.12, (0.4, 0.5)), (0.0, (1.0, 0.5))),
    *same(resident.p_turn_selfish, {"drift_to_selfish": 0.5}, (1.0, (0.1, 5.0))),
    *same(resident.p_turn_conditional, {"drift_to_conditional": 0.2}, (0.08, (0.4, 0.5)), (0.0, (0.0, 0.5))),
    *same(resident.p_turn_conditional, {"drift_to_conditional": 0.5}, (1.0, (0.9, 5.0))),
    *same(resident.points_logit, {"pay_points": 0.6, "points_crowding": 0.2}, (0.2, (0.5, 0.25))),
    *same(
        resident.ladder_step,
        {"mediation_after": 3.0, "suit_after": 6.0},
        *((step, (owed,)) for owed, step in ((-1, 0), (0, 0), (0.5, 1), (2, 1), (3, 2), (5, 2), (6, 3), (7, 3))),
    ),
    *same(
        resident.ladder_force,
        {"demand_force": 0.2, "mediation_force": 0.4, "suit_force": 0.9},
        *((force, (step, 0.5)) for step, force in enumerate((0.0, 0.1, 0.2, 0.45))),
    ),
    *same(
        resident.dunning_logit,
        {"pay_dunning": 0.6, "naming_pays": 0.3},
        (0.39, (0.4, 0.5, 1.0)),
        (0.24, (0.4, 0.5, 0.0)),
    ),
    *same(
        resident.pledge_force,
        {"pledge_unwilling": 0.3},
        (0.5, (0.5, 0.2)),
        (0.15, (0.5, 0.0)),
        (0.15, (0.5, -0.5)),
    ),
    *same(resident.update_habit, {"habit_rate": 0.2}, (0.68, (0.6, 1.0)), (0.48, (0.6, 0.0))),
    *same(resident.idle_habit, {"habit_idle": 0.1}, (0.54, (0.6,))),
    *same(resident.update_belief, {"belief_rate": 0.3}, (0.44875, (0.4, 0.9, 0.7, 0.2, 0.25))),
    *same(
        resident.trust_in_management,
        {"open_accounts_trust": 0.2, "joint_meeting_trust": 0.3, "cross_trust": 0.6},
        (0.7048, (0.6, 0.8, 0.5, 0.4, 0.25)),  # 0.6 + 0.22 · 0.4 = 0.688, + 0.15 · 0.112
        (1.0, (0.5, 0.8, 9.0, 0.4, 0.25)),
        (0.0, (0.5, -9.0, 0.5, 0.4, 0.25)),
    ),
    *same(
        resident.p_repay,
        {"arrears_repaid": 0.2, "dunning_repaid": 0.4},
        (0.4, (0.5,)),
        (1.0, (3.0,)),
        (0.0, (-2.0,)),
    ),
    *same(
        resident.old_debt_settled,
        {},
        (100, (500, 100, 0)),
        (100, (500, 100, 2)),
        (50, (50, 100, 1)),
        (500, (500, 100, 3)),
    ),
    *same(
        resident.bill_fen,
        {},
        (29853, (1.5, 6634, 3.0, 1.0)),  # 1.5 yuan · 66.34 m² · 3 months
        (14927, (1.5, 6634, 3.0, 0.5)),  # half a fen rounds up
        (11941, (1.5, 6634, 3.0, 0.4)),  # 11941.2
    ),
)  # fmt: skip
def test_paying(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- the owners' committee and Party members ----------------------------------------------------------------


@cases(
    *same(
        committee.p_take_part,
        {
            "ballot_base": 0.3, "attend_trust": 0.8, "attend_engagement": 0.5, "attend_absent": 2.0,
            "ballot_organised": 0.9,
        },  # 0.3 + 0.16 + 0.3 - 1 + 0.36
        (logistic(0.12), (0.7, 0.6, 0.5, 0.4)),
    ),
    *same(
        committee.p_approve,
        {"approve_base": -0.2, "approve_support": 1.5, "approve_trust": 2.0, "ballot_organised": 0.6},
        (logistic(1.1), (0.4, 0.7, 0.5)),
    ),
    *same(committee.p_dismiss, {"dismiss_base": -1.0, "approve_trust": 2.0}, (logistic(-0.4), (0.2,))),
    *same(
        committee.ballot_on_hiring_due,
        {"ballot_retry_weeks": 8.0, "committee_ballot_weeks": 4.0},
        (True, (0, False, 0.0)),
        (True, (8, False, 0.0)),
        (True, (16, False, 0.0)),
        (False, (4, False, 1.0)),
        (False, (9, False, 1.0)),
        (True, (4, True, 0.5)),
        (True, (12, True, 0.5)),
        (False, (6, True, 0.5)),
        (False, (4, True, 0.0)),
    ),
    *same(
        committee.ballot_on_dismissal_due,
        {"dismissal_bills": 3.0},
        (True, (0.5, 3, False)),
        (True, (0.5, 4, False)),
        (False, (0.5, 2, False)),
        (False, (0.5, 3, True)),
        (False, (0.0, 3, False)),
    ),
    *same(
        committee.opening_trust,
        {"handover_trust": 0.2, "selection_trust": 0.3},
        (0.6, (0.4, 0.6, 0.5)),  # 0.2 + 0.5 (0.2 + 0.3) + 0.15
        (1.0, (0.4, 0.6, 9.0)),
        (0.0, (0.4, 0.6, -9.0)),
    ),
    *same(party.hours_given, {"member_hours": 0.8}, (3.0, (5.0, 0.75))),
)  # fmt: skip
def test_the_committee_and_members(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- the property company -----------------------------------------------------------------------------------

EFFORT = {
    "effort_adjustment": 0.4, "steady_effort": 0.5, "committee_monitoring": 0.3, "committee_target": 0.8,
}  # fmt: skip
QUALITY = {
    "quality_base": 0.1, "quality_effort": 0.3, "quality_infrastructure": 0.2, "integration_quality": 0.4,
    "joint_meeting_quality": 0.2, "quality_lag": 0.25,
}  # fmt: skip
WEAR = {
    "infrastructure_decay": 0.01, "infrastructure_neglect": 0.03, "quality_reference": 0.5,
    "infrastructure_floor": 0.2,
}  # fmt: skip


@cases(
    *same(
        company.contract_openness,
        {"commission_openness": 0.2, "trust_openness": 0.4, "self_openness": 0.6},
        *((openness, (c,)) for c, openness in zip(Contract, (0.0, 0.2, 0.4, 0.6, 0.0), strict=True)),
    ),
    *same(
        company.openness_of_books,
        {"supervisory_openness": 0.4},
        (0.7, (0.3, 0.5, 0.5)),
        (0.8, (0.6, 0.5, 0.5)),
        (1.0, (0.9, 0.5, 0.5)),
    ),
    *same(
        company.operating_cost,
        {"fixed_cost": 0.4, "self_fixed_cost": 0.7, "effort_cost": 0.3},
        *((0.516 if c == SELF else 0.66, (0.5, 1.2, c)) for c in Contract),
    ),
    *same(company.least_effort, {"effort_floor": 0.2, "cross_effort": 0.4}, (0.4, (0.5,)), (1.0, (9.0,))),
    *same(
        company.most_effort,
        {"self_effort_base": 0.3, "self_effort_engagement": 0.8},
        *((0.7 if c == SELF else 1.0, (c, 0.5)) for c in Contract),
        (1.0, (SELF, 2.0)),
    ),
    *same(
        company.next_effort,
        EFFORT,
        # 0.5 + 0.08 + 0.3 · 0.5 · 0.3; half as much of the balance where the budget is the owners'
        *((0.585 if c in (COMMISSION, TRUST) else 0.625, (0.5, 0.2, c, 0.5, 0.1, 0.9)) for c in Contract),
        (0.85, (0.85, 0.0, LUMP, 0.5, 0.1, 0.9)),  # the committee insists on no more than its target
        (0.9, (0.5, 5.0, LUMP, 0.5, 0.1, 0.9)),
        (0.1, (0.5, -5.0, LUMP, 0.5, 0.1, 0.9)),
        (0.9, (0.5, -5.0, LUMP, 0.5, 0.95, 0.9)),
    ),
    *same(
        company.next_quality,
        QUALITY,
        (0.5425, (0.5, 0.6, 0.7, 0.5, 0.25)),  # 0.75 · 0.5 + 0.25 (0.1 + 0.18 + 0.14 + 0.2 + 0.05)
        (0.625, (0.5, 0.6, 0.7, 9.0, 0.25)),
        (0.375, (0.5, 0.6, 0.7, -9.0, 0.25)),
    ),
    *same(
        company.deficit_borne,
        {"deficit_limit": 2.0, "owners_patience": 1.5},
        *((3.0 if c in (COMMISSION, TRUST) else 2.0, (c,)) for c in Contract),
    ),
    *same(
        company.gives_notice,
        {"deficit_limit": 2.0, "owners_patience": 1.5},
        (False, (2.5, LUMP)),
        (False, (-2.0, LUMP)),
        (True, (-2.1, LUMP)),
        (False, (-2.1, TRUST)),
        (True, (-3.1, TRUST)),
    ),
    *same(
        company.served_poorly, {"dismissal_quality": 0.4}, (True, (0.3,)), (False, (0.4,)), (False, (0.5,))
    ),
    *same(
        company.infrastructure_after_bill,
        WEAR,
        (0.79, (0.8, 0.6)),
        (0.79, (0.8, 0.5)),
        (0.77, (0.8, 0.4)),
        (0.2, (0.205, 0.6)),
        (0.1, (0.1, 0.6)),  # what is below the floor already stays
    ),
)
def test_the_property_company(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- the street office --------------------------------------------------------------------------------------

BY_HOUSEHOLDS, NEAREST, FURTHEST = Allocation


@cases(
    *same(
        office.is_mobilising,
        {},
        *((stage <= Stage.REMOVAL, (stage, 5, 5)) for stage in Stage),
        (True, (Stage.PLAN, 6, 5)),
        (False, (Stage.PLAN, 4, 5)),
    ),
    *same(
        office.is_consulting,
        {},
        (True, (0.5, 2, 3.0)),
        (False, (0.5, 3, 3.0)),
        (False, (0.5, 4, 3.0)),
        (False, (0.0, 2, 3.0)),
    ),
    *same(
        office.takes_suggestions,
        {},
        *((stage <= Stage.PLAN, (stage, 1.0, 1.0)) for stage in Stage),
        (False, (Stage.PLAN, 0.0, 1.0)),
        (False, (Stage.PLAN, 1.0, 0.0)),
        (False, (Stage.PLAN, 0.5, 1.0)),
        (False, (Stage.PLAN, 1.0, 0.5)),
    ),
    *same(office.hours_of_visit, {"tailored_visit_hours": 0.6}, (0.81, (0.75, 0.5, 4, 20))),
    *same(
        office.hurries,
        {"ranking_weeks": 8.0},
        (True, (0.5, Stage.PLAN, 7, 0.79, 0.8)),
        (True, (0.5, Stage.WILLINGNESS, 0, 0.0, 0.8)),
        (False, (0.5, Stage.PLAN, 8, 0.79, 0.8)),  # the deadline is not near
        (False, (0.5, Stage.PLAN, -1, 0.79, 0.8)),  # it has passed
        (False, (0.5, Stage.PLAN, 7, 0.8, 0.8)),  # the gate is reached
        (False, (0.5, Stage.REMOVAL, 7, 0.79, 0.8)),
        (False, (0.0, Stage.PLAN, 7, 0.79, 0.8)),
    ),
    *same(office.intensity_under_ranking, {}, (0.15, (0.1, 0.5, 0.3)), (0.2, (0.2, 0.5, 0.3))),
    *same(office.hours_needed, {"reference_households": 160.0}, (3.75, (3.0, 0.5, 400))),
    *same(office.hours_of_volunteers, {"volunteer_hours": 2.0}, (10.0, (5.0, 0.5)), (0.0, (5.0, 0.0))),
    *same(
        office.claim_on_hours,
        {},
        (200.0, (BY_HOUSEHOLDS, 200.0, 0.5, 0.8)),
        (48.02, (NEAREST, 200.0, 0.5, 0.8)),  # 200 · 0.7⁴
        (70.0, (FURTHEST, 200.0, 0.5, 0.8)),  # 200 (0.05 + 0.3)
        (200.0, (NEAREST, 200.0, 0.9, 0.8)),
        (10.0, (FURTHEST, 200.0, 0.9, 0.8)),
        (0.0, (NEAREST, 200.0, -0.5, 0.8)),
    ),
    *same(
        office.visits_affordable,
        {},
        (3, (5.9, 1.5, 10)),
        (4, (6.0, 1.5, 10)),
        (2, (5.9, 1.5, 2)),
        (0, (-3.0, 0.5, 2)),
    ),
    *same(
        office.visit_priority,
        {"visit_rounds": 0.5},
        (0.25, (Target.RANDOM, -0.4, 3.0, 1.0, 3.0, 1.0, 0.25)),
        (1e6 + 0.25, (Target.RANDOM, -0.4, 3.0, 1.0, 3.0, 0.0, 0.25)),
        (1e6 + 0.25, (Target.RANDOM, -0.4, 3.0, 1.0, 3.0, 0.5, 0.25)),
        (0.45, (Target.UNDECIDED_FIRST, -0.4, 0.0, 1.0, 3.0, 1.0, 0.25)),  # 0.4 + 0.05
        (1.95, (Target.UNDECIDED_FIRST, -0.4, 3.0, 1.0, 3.0, 1.0, 0.25)),  # and 0.5 · 3
        (-0.35, (Target.HOLDOUTS_FIRST, -0.4, 0.0, 1.0, 3.0, 1.0, 0.25)),
        (1.15, (Target.HOLDOUTS_FIRST, -0.4, 3.0, 1.0, 3.0, 1.0, 0.25)),
        (0.25, (Target.ELDERS_FIRST, -0.4, 3.0, 1.0, 3.0, 1.0, 0.25)),
        (10.25, (Target.ELDERS_FIRST, -0.4, 3.0, 0.0, 3.0, 1.0, 0.25)),
        (10.25, (Target.ELDERS_FIRST, -0.4, 3.0, 0.5, 3.0, 1.0, 0.25)),
        (3.25, (Target.BY_GRID, -0.4, 3.0, 1.0, 3.0, 1.0, 0.25)),
        (200.25, (Target.BY_GRID, -0.4, 3.0, 1.0, 200.0, 1.0, 0.25)),
    ),
    *same(office.is_near_enough, {}, (True, (5, 3)), (True, (6, 3)), (False, (7, 3))),
    *same(office.favour, {}, (0.5, (0.4, 0.8, 0.25))),
    *same(
        office.suggestions_to_adopt,
        {},
        (3, (0.5, 9, 2)),  # 4.5 rounds to 5
        (2, (0.5, 8, 2)),
        (2, (0.4, 9, 2)),  # 3.6 rounds to 4
    ),
)
def test_the_street_office(expected, rule, given, coefficients):
    check(expected, rule, given, coefficients)


# -- nothing left out ---------------------------------------------------------------------------------------


def test_every_rule_has_a_case():
    tested = {resident.project_utility, resident.utility_terms}
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            tested |= getattr(test, "rules", set())
    for module in (committee, party, company, resident, office):
        functions = [f for f in vars(module).values() if inspect.isfunction(f)]
        rules = {f.__name__ for f in functions if f.__module__ == module.__name__}
        assert rules <= {rule.__name__ for rule in tested}
