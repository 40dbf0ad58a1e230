"""An instrument at intensity zero is not there: what belongs to it alone may be anything, and no bit of a run moves.

Every other instrument is in use meanwhile. With the instrument in use as well, the same change must move the run:
so each of these tests can fail.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest

from agents.rules.street_office import DEVICES
from model.engine import simulate
from model.instruments import Instrument
from model.parameters import declarations
from model.settings import with_settings
from model.specification import Compound, Scenario, Strategy, Use

#: Compounds that come to removals and to lifts.
SEEDS = (0, 2, 4, 8)
#: Where everything happens: structures to remove, elders and floors for lifts, management from the first year on.
SCENE = Scenario(
    compound=Compound(households=96, buildings=2, stairwells_per_building=4, party=0.3, structure=0.3)
)
EASY: dict[str, object] = {
    "consent_gate": 0.4,
    "willingness_gate": 0.2,
    "works_weeks": 12,
    "alters_common_parts": False,
    "hours_per_household_week": 0.6,
}


@dataclass(frozen=True)
class Own:
    """What belongs to an instrument alone.

    settings : by name, each with the value it is moved to; None for the far end of a parameter's plausible range
    shared_with : other instruments it belongs to, at zero together
    scene : settings, and intensities of other instruments, under which all of it counts
    choice : within the instrument; why : for an instrument that nothing belongs to, how it acts then
    """

    settings: dict[str, float | None] = field(default_factory=dict)
    shared_with: tuple[Instrument, ...] = ()
    scene: dict[str, object] = field(default_factory=dict)
    choice: str = ""
    why: str = ""


def own(*parameters: str, **settings: float) -> dict[str, float | None]:
    return {**dict.fromkeys(parameters), **settings}


#: A company that cannot live on what it gets.
POOR: dict[str, object] = {"fee": 0.1, "common_income": 0.0, "concessions": 0.0}
MANY_LIFTS: dict[str, object] = {
    "lift_call": 0.5,
    "lift_objection_limit": 0.6,
    "lift_subsidy_yuan": 350_000.0,
    "lift_compensation_yuan": 8000.0,
}
#: What decides where the best package is dear.
RARE = own("lift_instalment_relief", lift_elder=4.0, lift_comfort_yuan=900_000.0, lift_card_users=0.2)

_I = Instrument
OWN: dict[Instrument, tuple[Own, ...]] = {
    _I.MESSENGERS: (Own(own("messenger_share")), Own(own("messenger_tie"), (_I.GRID,))),
    _I.DUAL_REGISTRATION: (Own(own("member_hours")),),
    _I.GRID: (Own(own("grid_familiarity", "grid_contact", "grid_reference", grid_households=100)),),
    _I.PROJECT_BRANCH: (Own(own("branch_resolution", "branch_coordination")),),
    _I.ALLIANCE: (Own(own("alliance_yuan_per_household", "alliance_premises")),),
    _I.VOLUNTEERING: (
        Own(own("volunteer_share", "volunteer_hours", "volunteer_occasion")),
        Own(own("group_tie"), (_I.ACTIVITY_GROUPS,)),
    ),
    _I.HOME_VISITS: (
        Own(
            own(
                "visit_gain",
                "visit_fatigue",
                "visit_stubbornness",
                "messenger_base",
                "messenger_trust",
                "absent_contact",
                "suggest_visited",
                "visit_patience",
                "repeat_visit_pressure",
                visit_hours=1.5,
            )
        ),
    ),
    _I.TAILORED_PLAN: (Own(own("tailored_visit_hours", "design_around", compensation_yuan_per_m2=900.0)),),
    _I.PIONEERS: (
        Own(own("pioneer_support", "pioneer_weekly", "example_credibility", "example_belief")),
        Own(own("pioneer_share_of_all"), choice="any"),
    ),
    _I.PUBLICITY: (Own(),),
    _I.RECOGNITION: (Own(own("recognition_occasion")),),
    _I.DEMONSTRATION_VISITS: (Own(own("demonstration_attend", "demonstration_weight", shown_quality=0.4)),),
    _I.CONSULTATION: (
        Own(
            own(
                "attend_base",
                "attend_elder",
                "attend_activist",
                "suggest_attending",
                "expected_responsiveness",
                "absent_attention",
                meeting_interval_weeks=2,
                consultation_rounds=2,
            )
        ),
        Own(own("token_items"), choice="token"),
    ),
    _I.OPEN_AIR_MEETINGS: (Own(own("attend_open_air")),),
    _I.DISCLOSURE: (Own(own("disclosure_reach")),),
    _I.MENU_CHOICE: (Own(own("menu_suggest")),),
    _I.FEEDBACK_LOOP: (Own(own("feedback_value")),),
    _I.RESIDENTS_DECIDE: (Own(own("autonomy_relief")),),
    _I.SUPERVISION_TEAM: (Own(own("supervision_effect")),),
    _I.THIRD_PARTY_SUPERVISION: (Own(own("third_party_effect", "third_party_share")),),
    _I.MEDIATION: (Own(own("mitigation_effect", "mediation_resolution")),),
    _I.STAGE_REVIEW: (
        Own(own("review_repair", "review_settles")),
        Own(own(meeting_hours=60.0), (_I.CONSULTATION,)),
    ),
    _I.REMOVAL_FIRST: (Own(own("removal_threshold", "removal_loss", "compliant_ties", removal_weeks=2)),),
    # Where so many remove theirs, and in time, that the share on the ledger passes either end of the range.
    _I.REMOVAL_LEDGER: (
        Own(
            own("removal_ledger_share"),
            scene={"removal_weeks": 26, "removal_loss": 0.0, "removal_threshold": 0.1},
        ),
    ),
    _I.LAWFUL_ENFORCEMENT: (Own(own("enforcement_trust_loss", "enforcement_reactance")),),
    _I.FEE_PLEDGE: (
        Own(
            own("pay_pledge", "pledge_unwilling", "pledge_belief", "pledge_weight"),
            scene={"pay_pledge": 8.0, "baseline_utility": -1.5, "sign_threshold": -1.0},
        ),
    ),
    _I.CROWDFUNDING: (
        Own(
            own(
                "contribution_yuan",
                "contribute_base",
                "contribute_support",
                "contribute_income",
                "left_out_fairness",
                "left_out_income",
                "contribution_quality",
                "pay_contributed",
            )
        ),
    ),
    _I.FUND_POOLING: (Own(own(maintenance_fund_yuan_per_m2=25.0)),),
    _I.CEDED_INCOME: (Own(own("ceded_years")),),
    _I.RENOVATE_ONCE: (Own(own("renovate_once_saving", "renovate_once_nuisance")),),
    _I.LIFT_PACKAGES: (
        Own(
            {
                **own(*(name for name in declarations() if name.startswith("lift_") and name not in RARE)),
                **own(lift_subsidy_yuan=1e5, lift_compensation_yuan=0.0, lift_objection_limit=0.05),
            },
            scene={
                **MANY_LIFTS,
                "lift_standard_yuan": 420_000.0,
                "lift_benefit": 3.0,
                "lift_grade_value": 0.8,
            },
        ),
        Own(
            RARE,
            scene={
                **MANY_LIFTS,
                "lift_economy_yuan": 600_000.0,
                "lift_standard_yuan": 600_000.0,
                "lift_comfort_yuan": 400_000.0,
                "lift_benefit": 1.0,
                "lift_gap": 0.4,
            },
        ),
    ),
    _I.JOINT_SELECTION: (
        Own(own("selection_trust")),
        Own(own("ballot_organised"), (_I.OWNERS_COMMITTEE,), scene={"approve_base": -1.0}),
    ),
    _I.BUILD_MANAGE_INTEGRATION: (Own(own("integration_quality", "company_investment_share")),),
    _I.BUNDLING: (Own(why="it says what share of its account a compound brings into the pool"),),
    _I.TRIAL_THEN_PAY: (Own(own("trial_trust", "trial_weeks", "trial_subsidy")),),
    _I.CONCESSIONS: (Own(own("concession_income")),),
    _I.OPEN_ACCOUNTS: (Own(own("open_accounts_trust"), (_I.SUPERVISORY_COMMITTEE,)),),
    _I.OWNERS_COMMITTEE: (
        Own(own("committee_target", "committee_monitoring")),
        Own(
            own("dismissal_quality", "dismissal_bills", "dismiss_base", dismissal_weeks=30.0),
            scene={"dismissal_quality": 0.9, "dismissal_bills": 1.0, "dismiss_base": 3.0},
        ),
        # Companies that leave soon, so that ballots on the next one follow within the horizon.
        Own(
            own("committee_ballot_weeks"),
            (_I.JOINT_SELECTION,),
            scene={**POOR, "trial_then_pay": 0.0, "deficit_limit": 1.0},
        ),
    ),
    _I.JOINT_MEETINGS: (Own(own("joint_meeting_quality", "joint_meeting_trust")),),
    _I.CROSS_APPOINTMENT: (Own(own("cross_effort", "cross_trust"), scene=POOR),),
    _I.SUPERVISORY_COMMITTEE: (Own(own("supervisory_openness")),),
    _I.REMINDERS: (Own(own("pay_reminder")),),
    _I.NORM_MESSAGES: (Own(own("pay_norm")),),
    _I.POINTS: (Own(own("pay_points", "points_crowding", "attend_points", "points_yuan")),),
    _I.LAWFUL_DUNNING: (
        Own(
            own(
                "pay_dunning",
                "dunning_repaid",
                "mediation_after",
                "suit_after",
                "demand_force",
                "mediation_force",
                "suit_force",
                "suit_yuan",
            )
        ),
    ),
    _I.ACTIVITY_GROUPS: (
        Own(own("activity_share", "activity_influence", "activity_occasion")),
        Own(own("group_tie"), (_I.VOLUNTEERING,)),
    ),
    _I.PRESSURE: (
        Own(
            own("sign_pressure", "voice_pressure", "pressure_threshold", "pressure_trust_loss"),
            (_I.HOME_VISITS,),
        ),
    ),
    _I.PROXY_SIGNING: (Own(own("proxy_rate", "proxy_trust_loss", "proxy_discovery")),),
    _I.NAMING_DEBTORS: (Own(own("naming_pays", "naming_trust_loss")),),
    _I.RANKING: (
        Own(
            own("ranking_weeks", "ranking_pressure", "ranking_proxies"),
            scene={
                "consent_gate": 1.0,
                "deadline_week": 30,
                "pressure": 0.0,
                "proxy_signing": 0.0,
                "proxy_rate": 1.0,
            },
        ),
    ),
}
#: What the office's devices take of every week.
WEEKLY = {device.instrument: own(*filter(None, (device.hours, device.yuan))) for device in DEVICES}

CASES = [
    pytest.param(instrument, group, name, id=f"{instrument.name.lower()}-{name}")
    for instrument, groups in OWN.items()
    for q, group in enumerate(groups)
    for name in [*group.settings, *(WEEKLY.get(instrument.name.lower(), {}) if q == 0 else {})]
]


def moved_to(group: Own, name: str) -> float:
    """What a setting is moved to."""
    given = group.settings.get(name)
    if given is not None:
        return given
    declared = declarations()[name]
    now = group.scene.get(name, declared.default)
    return max(declared.plausible, key=lambda end: abs(end - float(str(now))))


def run(instrument: Instrument, group: Own, intensity: float, name: str = "") -> np.ndarray:
    """A run with everything in use but this instrument and those it shares the group with; with a setting moved."""
    return _run(instrument, OWN[instrument].index(group), intensity, name)


@cache
def _run(instrument: Instrument, place: int, intensity: float, name: str) -> np.ndarray:
    group = OWN[instrument][place]
    uses = {i.name.lower(): Use(intensity=0.7) for i in Instrument}
    for other in group.shared_with:
        uses[other.name.lower()] = Use(intensity=intensity)
    uses[instrument.name.lower()] = Use(intensity=intensity, choice=group.choice)
    moved = {name: moved_to(group, name)} if name else {}
    strategy = Strategy(id="test", instruments=uses)
    return simulate(
        with_settings(SCENE, {"strategy": strategy, **EASY, **group.scene, **moved}), SEEDS
    ).series


@pytest.mark.parametrize(("instrument", "group", "name"), CASES)
def test_at_intensity_zero_what_belongs_to_an_instrument_changes_nothing(
    instrument: Instrument, group: Own, name: str
) -> None:
    assert run(instrument, group, 0.0, name).tobytes() == run(instrument, group, 0.0).tobytes()


@pytest.mark.parametrize(("instrument", "group", "name"), CASES)
def test_in_use_what_belongs_to_an_instrument_changes_something(
    instrument: Instrument, group: Own, name: str
) -> None:
    assert run(instrument, group, 0.9, name).tobytes() != run(instrument, group, 0.9).tobytes()


def test_every_instrument_has_something_of_its_own_or_a_reason_why_not() -> None:
    assert set(OWN) == set(Instrument)
    for instrument, groups in OWN.items():
        has_own = any(group.settings for group in groups) or instrument.name.lower() in WEEKLY
        assert has_own != any(group.why for group in groups), instrument
