"""How the street office (街道办) decides, with its community committees and the project's temporary Party branch.

It divides person-hours among meetings, publicity, mediation and visits, chooses whom to visit, and decides
how much of what residents ask for goes into the plan.
"""

import math
from enum import IntEnum
from typing import NamedTuple

from agents.categories import Allocation, Stage, Target
from compiling.exact import Coefficients, clip, rule

#: Added to sort keys of those who come later, more than the other keys: behind elders, behind owners of structures.
_BEHIND_ELDERS = 10.0
_BEHIND_OWNERS = 1e6


class Season(IntEnum):
    """When a device is in use, if the strategy has it."""

    #: unless the project has been dropped
    ALWAYS = 0
    #: while the office asks for signatures or removals
    MOBILISATION = 1
    #: while consultation rounds are still to be held
    CONSULTATION = 2
    WORKS = 3
    MANAGEMENT = 4


class Device(NamedTuple):
    """An instrument that costs hours, and perhaps money, in every week of its season.

    hours, yuan : names of the parameters that hold its weekly cost at full intensity: hours for
    `reference_households` households, yuan for one
    """

    instrument: str
    season: Season
    hours: str
    yuan: str = ""


#: The order in which devices get their hours of the week, after meetings and before visits.
DEVICES = (
    Device("mediation", Season.WORKS, "mediation_hours"),
    Device("project_branch", Season.WORKS, "branch_hours"),
    Device("feedback_loop", Season.CONSULTATION, "feedback_hours"),
    Device("grid", Season.ALWAYS, "grid_hours"),
    Device("publicity", Season.MOBILISATION, "publicity_hours", "publicity_yuan"),
    Device("demonstration_visits", Season.MOBILISATION, "demonstration_hours", "demonstration_yuan"),
    Device("recognition", Season.ALWAYS, "recognition_hours", "recognition_yuan"),
    Device("volunteering", Season.ALWAYS, "volunteering_hours"),
    Device("activity_groups", Season.ALWAYS, "activity_hours", "activity_yuan"),
    Device("owners_committee", Season.MANAGEMENT, "committee_hours"),
    Device("joint_meetings", Season.MANAGEMENT, "joint_meeting_hours"),
)


@rule
def is_mobilising(stage: int, week: int, waiting_until: int) -> bool:
    """Whether the office asks for signatures or removals: until works, and not while waiting for the next batch."""
    return stage <= Stage.REMOVAL and week >= waiting_until


@rule
def is_consulting(consultation: float, rounds_done: int, rounds: float) -> bool:
    """Whether consultation rounds are still to be held; consultation : the instrument's intensity."""
    return consultation > 0.0 and rounds_done < rounds


@rule
def takes_suggestions(stage: int, mobilising: float, consulting: float) -> bool:
    """Whether suggestions are taken and answered: until the rounds are done, while the plan is open."""
    return consulting > 0.5 and mobilising > 0.5 and stage <= Stage.PLAN


@rule
def hurries(ranking: float, stage: int, weeks_left: int, signed: float, gate: float, p: Coefficients) -> bool:
    """Whether the office, ranked by signatures at the deadline, now hurries: near it, with the gate not yet reached.

    ranking : the instrument's intensity; weeks_left : to the deadline; signed, gate : shares of households
    Source: work under target pressure, as studies of mobilised demolition describe it (Deng & O'Brien 2013).
    """
    near = weeks_left >= 0 and weeks_left < p.ranking_weeks
    return ranking > 0.0 and stage <= Stage.PLAN and near and signed < gate


@rule
def intensity_under_ranking(intensity: float, ranking: float, part: float) -> float:
    """Intensity of an instrument the office reaches for when it hurries, in [0, 1]: the strategy's, or this if more.

    ranking : intensity of the ranking; part : how far it goes at full ranking
    """
    return max(intensity, ranking * part)


@rule
def hours_needed(hours_of_reference: float, intensity: float, n_households: int, p: Coefficients) -> float:
    """Person-hours a device takes in a week in a compound of this size, 0 and up.

    hours_of_reference : at full intensity, for `reference_households` households
    """
    return hours_of_reference * intensity * n_households / p.reference_households


@rule
def hours_of_volunteers(n_volunteers: float, volunteering: float, p: Coefficients) -> float:
    """Person-hours a week that volunteers add to the office's, 0 and up, while they are called on."""
    return p.volunteer_hours * n_volunteers if volunteering > 0.0 else 0.0


@rule
def claim_on_hours(allocation: int, n_households: float, consent: float, gate: float) -> float:
    """Weight of a compound in sharing the district's hours, 0 and up.

    allocation : an `Allocation`; consent : share signed; gate : share needed
    """
    missing = clip(gate - consent, 0.0, 1.0)
    if allocation == Allocation.NEAREST_GATE_FIRST:
        return n_households * (1.0 - missing) ** 4  # steep: hours gather where the gate is near
    if allocation == Allocation.FURTHEST_FIRST:
        return n_households * (0.05 + missing)  # above 0 for a compound at its gate
    return n_households


@rule
def hours_of_visit(
    visit_hours: float, tailored: float, n_losing: int, n_reachable: int, p: Coefficients
) -> float:
    """Person-hours of a visit, on average over those who can be visited.

    tailored : intensity of the tailored plan; n_losing : households with a structure or a fresh interior to lose
    """
    return visit_hours + p.tailored_visit_hours * tailored * n_losing / n_reachable


@rule
def visits_affordable(hours: float, visit_hours: float, n_reachable: int) -> int:
    """How many households can be visited this week with these hours."""
    return min(math.floor(max(hours, 0.0) / visit_hours), n_reachable)


@rule
def visit_priority(
    target: int,
    voiced: float,
    tried: float,
    elder: float,
    grid_distance: float,
    holds_structure: float,
    u: float,
    p: Coefficients,
) -> float:
    """Sort key for visits: the smallest are visited. The office hears voiced opinions, never private support.

    target : a `Target`; voiced : last voiced opinion; tried : visits to it so far, whether or not somebody was met
    grid_distance : stairwells until the round reaches this one
    holds_structure : 1 for an owner of a structure while structures are being removed; u : this week's draw
    """
    # 0.2 u : chance decides between similar opinions
    if target == Target.UNDECIDED_FIRST:
        key = abs(voiced) + p.visit_rounds * tried + 0.2 * u
    elif target == Target.HOLDOUTS_FIRST:
        key = voiced + p.visit_rounds * tried + 0.2 * u
    elif target == Target.ELDERS_FIRST:
        key = u + (0.0 if elder > 0.5 else _BEHIND_ELDERS)
    elif target == Target.BY_GRID:
        key = grid_distance + u
    else:
        key = u
    return key + (0.0 if holds_structure > 0.5 else _BEHIND_OWNERS)


@rule
def is_near_enough(wanted_by: int, ready: int) -> bool:
    """Whether adopting an item brings the share adopted nearer to what the office is ready for.

    wanted_by : suggestions for the item; ready : suggestions the office is still ready to adopt
    """
    # |ready − wanted_by| ≤ |ready|
    return wanted_by <= 2 * ready


@rule
def favour(show: float, wanted_share: float, residents_decide: float) -> float:
    """Rank of an item for spending the rest of the budget, in [0, 1]: the highest is adopted first.

    show : how much the office prefers it; wanted_share : suggestions for it, of those for the most wanted item
    residents_decide : the instrument's intensity: how far residents, not the office, choose
    """
    return (1.0 - residents_decide) * show + residents_decide * wanted_share


@rule
def suggestions_to_adopt(responsiveness: float, suggestions: int, adopted: int) -> int:
    """How many more suggestions the office is ready to adopt, of all made so far.

    responsiveness : intensity of the consultation, the share it means to adopt; adopted : of these already
    """
    return math.floor(responsiveness * suggestions + 0.5) - adopted
