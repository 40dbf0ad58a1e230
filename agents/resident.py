"""Residents (居民): one household in one dwelling, one vote and its area.

A resident thinks, speaks, attends, signs, withdraws, removes its structure and pays. Each decision is a rule
below; the chance it gives is compared with the household's own draw of that week.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mesa import Agent

from agents.categories import Cooperation, Party, Stage, Tenure
from agents.columns import Category, Column, Mark, Surroundings, Yuan
from agents.functions import Coefficients, clip, exp, logistic, positive, rule, standard_normal, tanh
from agents.owners_committee import opening_trust, p_approve, p_dismiss, p_take_part

#: Trust of someone who has just moved in, in the office and in the company.
UNDECIDED_TRUST = 0.5
#: Its belief that others pay.
UNDECIDED_BELIEF = 0.5

# -- what the project is worth (5.1) ----------------------------------------------------------------------


@rule
def credibility(
    present_bias: float, trust_office: float, sees_example: float, shown: float, p: Coefficients
) -> float:
    """How far a household believes in a benefit that is still to come, in [0, 1].

    present_bias, trust_office : in [0, 1]; sees_example : 1 where a neighbour has visibly acted first
    shown : quality of the finished compound it has seen, 0 where it has seen none; a poor one lowers belief.
    Source: Laibson (1997) for the discount; Güth et al. (2007) for the example.
    """
    seen = p.demonstration_weight * (shown - trust_office) if shown > 0.0 else 0.0
    return present_bias * clip(trust_office + p.example_credibility * sees_example + seen, 0.0, 1.0)


@rule
def benefit_here(absent: float, freed_m2_per_household: float, p: Coefficients) -> float:
    """A household's share of the benefit, 0 and up: absentees have less, space freed by removal gives more."""
    presence = p.absentee_benefit if absent > 0.5 else 1.0
    return presence * (1.0 + p.freed_benefit * freed_m2_per_household)


@rule
def structure_loss(structure_m2: float, removed: float, compensation: float, p: Coefficients) -> float:
    """What is left to lose of an illegal structure, in structures of standard size, 0 and up."""
    return structure_m2 / p.structure_scale_m2 * (1.0 - removed) * (1.0 - compensation)


@rule
def felt_nuisance(nuisance: float, elder: float, p: Coefficients) -> float:
    """Nuisance as this household feels it, expected before works or met during them, 0 and up."""
    return nuisance * (1.0 + p.elder_nuisance * elder)


@rule
def project_utility(
    taste: float,
    credible_benefit: float,
    fit: float,
    own_cost: float,
    loss: float,
    interior: float,
    nuisance: float,
    p: Coefficients,
) -> float:
    """What the project is worth to one household, in (−1, 1).

    taste : normal draw; credible_benefit : credibility times the household's share of the benefit, 0 and up
    fit : share of its wishes the plan meets, [0, 1]; own_cost : in months of its income
    loss : structures of standard size still to lose; interior : 1 for a fresh interior at risk
    nuisance : as felt, 0 and up
    Source: loss-averse discrete choice; Brown et al. (2024) for the size of loss aversion.
    """
    gain = p.taste_scale * taste + p.benefit_weight * credible_benefit + p.fit_weight * fit
    pain = (
        p.cost_weight * own_cost
        + p.loss_aversion * p.structure_weight * loss
        + p.fresh_interior_weight * interior
        + p.nuisance_weight * nuisance
    )
    return tanh(p.baseline_utility + gain - pain)


# -- what one thinks and what one says (5.2) --------------------------------------------------------------


@rule
def listens_to(support: float, voiced: float, p: Coefficients) -> bool:
    """Whether a neighbour's voiced opinion is close enough to be heard (bounded confidence).

    Source: Hegselmann & Krause (2002), on voiced instead of private opinions.
    """
    return abs(support - voiced) <= p.confidence_bound


@rule
def update_support(
    support: float,
    social: float,
    utility: float,
    stubbornness: float,
    visit: float,
    fairness: float,
    reactance: float,
    p: Coefficients,
) -> float:
    """Move one household's private support towards its neighbours and its own interest, in [−1, 1].

    support, social, utility : in [−1, 1]; stubbornness, fairness : in [0, 1]
    visit : shift by this week's visit; reactance : 0 and up
    Source: Friedkin & Johnsen (1990), anchored on utility instead of the initial opinion.
    """
    rate = p.support_rate * (1.0 - p.stubbornness_effect * stubbornness)
    pull = p.social_weight * social + (1.0 - p.social_weight) * utility - support
    shift = rate * pull + visit + p.support_rate * p.fairness_weight * (fairness - 0.5)
    return clip(support + shift - p.reactance_weight * reactance, -1.0, 1.0)


@rule
def household_known(grid: float, grid_households: float, p: Coefficients) -> float:
    """How well a grid worker knows a household, in [0, 1]: fully in a micro-grid, less the larger the grid.

    grid : the instrument's intensity; grid_households : households of a grid
    """
    return grid * min(p.grid_reference / grid_households, 1.0)


@rule
def p_reach_absentee(known: float, p: Coefficients) -> float:
    """Chance that a visit reaches an owner who lives elsewhere, in [0, 1]; known : to a grid worker, in [0, 1]."""
    return clip(p.absent_contact + p.grid_contact * known, 0.0, 1.0)


@rule
def visitor_link(linked: float, known: float, p: Coefficients) -> float:
    """How far the visitor is one of the household's own, in [0, 1].

    linked : 1 for a tie or stairwell neighbour; known : to a grid worker, in [0, 1]
    """
    return max(linked, p.grid_familiarity * known)


@rule
def visit_shift(
    support: float, trust_office: float, linked: float, n_visits: float, stubbornness: float, p: Coefficients
) -> float:
    """How far one visit moves private support, 0 and up: trusted messengers move more, each visit moves less.

    linked : how far the visitor is one's own, in [0, 1]; n_visits : visits before this one.
    Source: Deng & O'Brien (2013) and Kim et al. (2015) for direction; size is a judgement.
    """
    trust = p.messenger_base + p.messenger_trust * trust_office + p.messenger_tie * linked
    fading = (1.0 - p.visit_stubbornness * stubbornness) * exp(-p.visit_fatigue * n_visits)
    return p.visit_gain * trust * fading * (1.0 - support) / 2.0


@rule
def voice(support: float, social: float, pressure: float, conformity: float, p: Coefficients) -> float:
    """What a household says in public, in [−1, 1]: its support, bent towards others and under pressure.

    Source: Ye, Qin, Govaert, Anderson & Cao (2019).
    """
    bent = p.voice_social * social + p.voice_pressure * pressure
    return clip((1.0 - conformity) * support + conformity * bent, -1.0, 1.0)


# -- pressure, fairness, trust, engagement (5.3, 5.4) -----------------------------------------------------


@rule
def felt_pressure(applied: float, n_visits: float, p: Coefficients) -> float:
    """Pressure of one visit on a household that has not signed, in [0, 1]: past its patience a visit presses too."""
    return clip(applied + p.repeat_visit_pressure * positive(n_visits - p.visit_patience), 0.0, 1.0)


@rule
def update_reactance(
    reactance: float, proneness: float, pressure: float, autonomy: float, p: Coefficients
) -> float:
    """Reactance builds under pressure above a threshold and fades, 0 and up.

    autonomy : share of the four questions residents decide themselves, in [0, 1].
    Source: Brehm (1966); Rains (2013).
    """
    prone = proneness * (1.0 - p.autonomy_relief * autonomy)
    return (1.0 - p.reactance_decay) * reactance + prone * positive(pressure - p.pressure_threshold)


@rule
def trust_after_pressure(trust: float, pressure: float, proneness: float, p: Coefficients) -> float:
    """Trust in the office after a pressing visit, in [0, 1]."""
    return trust * (1.0 - p.trust_loss * p.pressure_trust_loss * pressure * proneness)


@rule
def update_trust(trust: float, surprise: float, p: Coefficients) -> float:
    """Trust after experience better (positive surprise) or worse than expected, in [0, 1].

    Source: Slovic (1993): trust is lost faster than it is won; the ratio may be 1.
    """
    gained = p.trust_gain * positive(surprise) * (1.0 - trust)
    lost = p.trust_loss * positive(-surprise) * trust
    return clip(trust + gained - lost, 0.0, 1.0)


@rule
def trust_while_waiting(trust: float, p: Coefficients) -> float:
    """Trust in the office after another week without an answer to a complaint, in [0, 1]."""
    return trust * (1.0 - p.complaint_trust_loss)


@rule
def trust_after_enforcement(trust: float, made_good: float, p: Coefficients) -> float:
    """Trust in the office after one's structure was cleared by law, in [0, 1]; made_good : compensated share."""
    return trust * (1.0 - p.enforcement_trust_loss * (1.0 - made_good))


@rule
def reactance_after_enforcement(
    reactance: float, proneness: float, made_good: float, p: Coefficients
) -> float:
    """Reactance after one's structure was cleared by law, 0 and up."""
    return reactance + p.enforcement_reactance * proneness * (1.0 - made_good)


@rule
def attention(attended: float, disclosure: float, p: Coefficients) -> float:
    """How much of a round a household takes in, in [0, 1]: all when present, part when absent, more when published."""
    away = clip(p.absent_attention + p.disclosure_reach * disclosure, 0.0, 1.0)
    return 1.0 if attended > 0.5 else away


@rule
def response_felt(response: float, feedback: float, p: Coefficients) -> float:
    """Share of suggestions that count as answered, in [0, 1]: adopted, or refused with reasons.

    feedback : the feedback loop's intensity
    """
    return response + p.feedback_value * feedback * (1.0 - response)


@rule
def fairness_after_round(fairness: float, responsiveness: float, heard: float, p: Coefficients) -> float:
    """Fairness after a consultation round, in [0, 1]: what was adopted against what was expected.

    heard : attention in [0, 1]. Source: Lind & Tyler (1988).
    """
    return clip(fairness + p.fairness_rate * heard * (responsiveness - p.expected_responsiveness), 0.0, 1.0)


@rule
def fairness_in_week(fairness: float, pressure: float, p: Coefficients) -> float:
    """Fairness after an ordinary week, in [0, 1]: pressure lowers it, time returns it to neutral."""
    return clip(fairness - p.fairness_rate * pressure - p.fairness_decay * (fairness - 0.5), 0.0, 1.0)


@rule
def p_attend(
    trust_office: float,
    elder: float,
    activist: float,
    engagement: float,
    absent: float,
    open_air: float,
    points: float,
    p: Coefficients,
) -> float:
    """Chance of coming to a meeting, in (0, 1)."""
    return logistic(
        p.attend_base
        + p.attend_trust * (trust_office - 0.5)
        + p.attend_elder * elder
        + p.attend_activist * activist
        + p.attend_engagement * engagement
        - p.attend_absent * absent
        + p.attend_open_air * open_air
        + p.attend_points * points
    )


@rule
def p_join_demonstration(absent: float, demonstration: float, p: Coefficients) -> float:
    """Chance of joining a visit to a finished compound, in [0, 1]; demonstration : the instrument's intensity."""
    return 0.0 if absent > 0.5 else p.demonstration_attend * demonstration


@rule
def occasions(
    attended: float, in_group: float, volunteers: float, contributes: float, praise: float, p: Coefficients
) -> float:
    """Occasions to take part in a week, 0 and up.

    in_group, volunteers : 1 while the group meets and volunteers are called on
    contributes : 1 for who attends, volunteers, acts first or pays; praise : recognition's intensity
    """
    taken = attended + p.activity_occasion * in_group + p.volunteer_occasion * volunteers
    return taken + p.recognition_occasion * praise * contributes


@rule
def update_engagement(engagement: float, occasions: float, p: Coefficients) -> float:
    """The habit of taking part, in [0, 1]: grows with each occasion, fades slowly."""
    grown = engagement + p.engagement_gain * occasions * (1.0 - engagement)
    return clip(grown * (1.0 - p.engagement_decay), 0.0, 1.0)


# -- signing, withdrawing, removing (5.6) -----------------------------------------------------------------


@rule
def p_self_present(absent: float, in_wechat: float, publicity: float, p: Coefficients) -> float:
    """Chance of coming to sign unasked in a week, in [0, 1]."""
    reach = 1.0 + p.wechat_self_present * (2.0 * in_wechat - 1.0)
    distance = p.absent_self_present if absent > 0.5 else 1.0
    return clip(p.self_present * reach * distance * (1.0 + publicity), 0.0, 1.0)


@rule
def neighbours_share(stairwell_share: float, ties_share: float, p: Coefficients) -> float:
    """What neighbours do, in [0, 1]: the stairwell's share and one's ties' share, weighted."""
    return p.stairwell_weight * stairwell_share + (1.0 - p.stairwell_weight) * ties_share


@rule
def p_sign(
    support: float, conformity: float, neighbours_signed: float, pressure: float, p: Coefficients
) -> float:
    """Chance that an asked household signs, in (0, 1).

    Source: Granovetter (1978) and Centola & Macy (2007) for the pull of neighbours; pressure adds to the
    signature, not to support.
    """
    pull = p.sign_social * conformity * (neighbours_signed - p.sign_social_reference)
    return logistic(p.sign_steepness * (support + pull + p.sign_pressure * pressure - p.sign_threshold))


@rule
def p_act_first(support: float, p: Coefficients) -> float:
    """Chance that someone willing to act first does so in a week, in [0, 1]: only without inner opposition.

    Acting first means signing, and removing one's own structure, before neighbours and where they can see it.
    Source: Jack & Recalde (2015); words alone move nobody (Dannenberg 2015).
    """
    return p.pioneer_weekly if support > p.pioneer_support else 0.0


@rule
def p_withdraw(support: float, pressure: float, first_week_of_works: float, p: Coefficients) -> float:
    """Chance that a signer takes the signature back in a week, in [0, 1]: regretful, and no longer pressed."""
    if support >= p.withdraw_support or pressure >= p.withdraw_pressure:
        return 0.0
    factor = p.withdraw_at_works if first_week_of_works > 0.5 else 1.0
    return clip(p.withdraw_hazard * factor, 0.0, 1.0)


@rule
def removal_thinkable(
    compliant_ties: float, sees_example: float, ledger: float, removed_share: float, p: Coefficients
) -> bool:
    """Whether enough others have visibly complied for a costly act.

    A pioneer next door, two distinct ties, or a public ledger on which a critical share has gone.
    ledger : its intensity; removed_share : of all structures of the compound
    Source: Centola & Macy (2007), complex contagion; Centola et al. (2018), critical mass.
    """
    on_ledger = ledger > 0.0 and ledger * removed_share >= p.removal_ledger_share
    return sees_example > 0.5 or compliant_ties >= p.compliant_ties or on_ledger


@rule
def others_removed(of_ties: float, ledger: float, removed_share: float) -> float:
    """Share of other owners known to have removed, in [0, 1]: one's ties, or the public ledger where it shows more."""
    return max(of_ties, ledger * removed_share)


@rule
def p_remove(
    support: float, conformity: float, neighbours_removed: float, loss: float, p: Coefficients
) -> float:
    """Chance that an asked household removes its structure, in (0, 1)."""
    pull = p.sign_social * conformity * (neighbours_removed - p.sign_social_reference)
    burden = p.removal_loss * p.loss_aversion * loss
    return logistic(p.sign_steepness * (support + pull - burden - p.removal_threshold))


# -- during works (5.9) -----------------------------------------------------------------------------------


@rule
def p_complain(nuisance: float, p: Coefficients) -> float:
    """Chance of a complaint in a week, in [0, 1], for nuisance as felt."""
    return clip(p.complaint_hazard * nuisance, 0.0, 1.0)


@rule
def p_contribute(support: float, income: float, p: Coefficients) -> float:
    """Chance of contributing to one's stairwell when asked, in (0, 1); income : 1 is the median."""
    return logistic(p.contribute_base + p.contribute_support * support + p.contribute_income * (income - 1.0))


@rule
def fairness_after_appeal(fairness: float, income: float, p: Coefficients) -> float:
    """Fairness of a household that did not contribute, in [0, 1]: those who cannot feel left out."""
    lost = p.left_out_fairness if income < p.left_out_income else 0.0
    return max(fairness - lost, 0.0)


# -- lifts (5.10) -----------------------------------------------------------------------------------------


@rule
def lift_floor_value(floor: float, floors: float, elder: float, grade: float, p: Coefficients) -> float:
    """What a lift is worth on a floor, apart from money: a gain above the break-even floor, a loss below.

    floor, floors : counted from 1; grade : 0 economy, 1 standard, 2 comfort
    Source: Zhou, Liu & Yang: hedonic prices break even on the third floor; Brown et al. (2024) for losses.
    """
    if floor >= p.lift_break_even:
        height = (floor - p.lift_break_even) / max(floors - p.lift_break_even, 1.0)
        better = 1.0 + p.lift_grade_value * (grade - 1.0)
        return p.lift_benefit * height * better * (1.0 + p.lift_elder * elder)
    depth = (p.lift_break_even - floor) / max(p.lift_break_even - 1.0, 1.0)
    return -p.loss_aversion * p.lift_loss * depth


@rule
def lift_burden(share_yuan: float, payment: int, income_yuan: float, p: Coefficients) -> float:
    """A household's share of a lift in months of its income, as felt under a payment mode.

    payment : 0 at once (一次性), 1 by instalments (分期), 2 by use with a card (按次刷卡)
    """
    relief = 0.0
    if payment == 1:
        relief = p.lift_instalment_relief
    elif payment == 2:
        relief = p.lift_card_relief
    return share_yuan / income_yuan * (1.0 - relief)


@rule
def lift_utility(
    value: float, burden: float, compensation_months: float, taste: float, p: Coefficients
) -> float:
    """What a lift is worth to a household, any size.

    value : of its floor; burden, compensation_months : in months of its income; taste : standard normal
    """
    money = p.lift_compensation_value * compensation_months - p.lift_cost_weight * burden
    return p.lift_base + value + money + p.lift_taste_sd * taste


@rule
def p_approve_lift(utility: float, p: Coefficients) -> float:
    """Chance that a ballot is cast for a lift, in (0, 1)."""
    return logistic(p.lift_steepness * utility)


# -- moving -----------------------------------------------------------------------------------------------


@rule
def new_taste(deviate: float, member: float, p: Coefficients) -> float:
    """Taste of a household that moves in; deviate is standard normal, member is 1 for a Party household."""
    return p.taste_mean + p.taste_sd * deviate + p.member_support * member


# -- paying (5.11) ----------------------------------------------------------------------------------------


@rule
def experienced_quality(quality: float, deviate: float, p: Coefficients) -> float:
    """Service as this household met it in a billing period, in [0, 1]; deviate is standard normal."""
    return clip(quality + p.quality_noise * deviate, 0.0, 1.0)


@rule
def fee_burden(fee: float, area_m2: float, income: float, p: Coefficients) -> float:
    """The bill against income, 1 for the reference fee on 66 m² at median income."""
    return fee * area_m2 / (p.reference_fee * 66.0) / income


@rule
def company_surprise(quality: float, fee: float, p: Coefficients) -> float:
    """Service met against service expected for this fee, in [−1, 1]."""
    expected = p.quality_reference + p.quality_expected_per_fee * (fee / p.reference_fee - 1.0)
    return quality - clip(expected, 0.0, 1.0)


@rule
def payment_logit(
    quality: float,
    belief: float,
    free_rider: float,
    conditional: float,
    unconditional: float,
    trust_company: float,
    habit: float,
    pledge: float,
    burden: float,
    reactance: float,
    vacant: float,
    engagement: float,
    contributed: float,
    p: Coefficients,
) -> float:
    """Log-odds of paying a bill, before reminders, messages, points and dunning.

    quality, belief, trust_company, habit, engagement : in [0, 1]; pledge : 1 given gladly, less given under
    pressure, 0 none; burden : bill against income; exactly one of the three types is 1
    contributed : 1 for who gave to its stairwell.
    Source: Fischbacher & Gächter (2010) for belief; Del Carpio (2014) for scale; sizes are judgements.
    """
    return (
        p.pay_base
        + p.pay_quality * (quality - p.quality_reference)
        + p.pay_belief * conditional * (belief - 0.5)
        + p.pay_unconditional * unconditional
        - p.pay_free_rider * free_rider
        + p.pay_trust * (trust_company - 0.5)
        + p.pay_habit * (2.0 * habit - 1.0)
        + p.pay_pledge * pledge
        - p.pay_fee * burden
        - p.pay_reactance * reactance
        - p.pay_absent * vacant
        + p.pay_engagement * (engagement - 0.5)
        + p.pay_contributed * contributed
    )


@rule
def nudge_logit(reminder: float, norm_message: float, true_rate: float, p: Coefficients) -> float:
    """What reminders and truthful norm messages add to the log-odds of paying.

    A norm message is sent only when the true rate is above one half: it is truthful or it is not sent.
    """
    norm = norm_message if true_rate > 0.5 else 0.0
    return p.pay_reminder * reminder + p.pay_norm * norm


@rule
def points_logit(points: float, unconditional: float, p: Coefficients) -> float:
    """What points add to the log-odds of paying; those who would pay anyway mind being paid for it.

    Source: Frey & Oberholzer-Gee (1997), Bowles & Polanía-Reyes (2012) for the direction.
    """
    return points * (p.pay_points - (p.pay_points + p.points_crowding) * unconditional)


@rule
def ladder_step(bills_owed: float, p: Coefficients) -> int:
    """Where a debtor stands on the legal ladder: 0 owes nothing, 1 written demand, 2 mediation, 3 suit.

    Source: Civil Code art. 944: demand first, then suit or arbitration.
    """
    if bills_owed <= 0.0:
        return 0
    if bills_owed < p.mediation_after:
        return 1
    return 2 if bills_owed < p.suit_after else 3


@rule
def ladder_force(step: int, dunning: float, p: Coefficients) -> float:
    """How hard lawful dunning bears on a debtor, 0 and up; dunning : the instrument's intensity."""
    if step == 0:
        return 0.0
    force = p.suit_force
    if step == 1:
        force = p.demand_force
    elif step == 2:
        force = p.mediation_force
    return dunning * force


@rule
def dunning_logit(force: float, naming: float, in_arrears: float, p: Coefficients) -> float:
    """What lawful dunning and naming add to the log-odds of paying; both reach those in arrears only."""
    return p.pay_dunning * force + p.naming_pays * naming * in_arrears


@rule
def pledge_force(pledged: float, support: float, p: Coefficients) -> float:
    """How binding a pledge feels, in [0, 1]: a pledge given against one's mind binds little."""
    return pledged * (1.0 if support > 0.0 else p.pledge_unwilling)


@rule
def update_habit(habit: float, paid: float, p: Coefficients) -> float:
    """Habit of paying after a bill, in [0, 1]."""
    return (1.0 - p.habit_rate) * habit + p.habit_rate * paid


@rule
def idle_habit(habit: float, p: Coefficients) -> float:
    """Habit of paying after a period in which nobody billed, in [0, 1]."""
    return habit * (1.0 - p.habit_idle)


@rule
def update_belief(
    belief: float, true_rate: float, ties_rate: float, stairwell_rate: float, openness: float, p: Coefficients
) -> float:
    """Belief that others pay, in [0, 1]: open accounts tell the truth, else one sees ties and stairwell.

    Source: Fischbacher & Gächter (2010).
    """
    seen = openness * true_rate + (1.0 - openness) * (0.5 * ties_rate + 0.5 * stairwell_rate)
    return (1.0 - p.belief_rate) * belief + p.belief_rate * seen


@rule
def trust_in_management(
    trust: float, trust_office: float, openness: float, joint: float, crossed: float, p: Coefficients
) -> float:
    """Trust in the company after a period of open books, joint meetings and cross-appointments, in [0, 1].

    trust, trust_office : in [0, 1]; openness : of the books; joint, crossed : intensities
    """
    trust += (p.open_accounts_trust * openness + p.joint_meeting_trust * joint) * (1.0 - trust)
    return clip(trust + p.cross_trust * crossed * (trust_office - trust), 0.0, 1.0)


@rule
def p_repay(force: float, p: Coefficients) -> float:
    """Chance that a household which pays also settles what it owes of old, in [0, 1]; force : of the ladder."""
    return clip(p.arrears_repaid + p.dunning_repaid * force, 0.0, 1.0)


@rule
def old_debt_settled(owed_fen: int, bill: int, step: int) -> int:
    """Fen of old debt a household settles that does: one bill, or all of it once sued."""
    return owed_fen if step == 3 else min(bill, owed_fen)


@rule
def bill_fen(fee: float, area_hundredths: int, months: float, share: float) -> int:
    """A bill in fen: yuan per m² and month, area in 0.01 m², months billed, share of the fee owed."""
    return math.floor(fee * area_hundredths * months * share + 0.5)


# -- the actor --------------------------------------------------------------------------------------------


class Voices(NamedTuple):
    """What the groups of a compound voice on average this week, in [−1, 1]; a group without members is None."""

    stairwells: Sequence[float]
    buildings: Sequence[float]
    wechat: float | None
    activity: float | None
    branch: float | None


class Resident(Agent):
    """A household (居民): its attributes are its row of the model's columns, its methods are its decisions.

    Override a method to change a decision, and hand the class to `CommunityModel(..., engine="agents")`.
    """

    model: Surroundings

    # the dwelling
    building = Column()
    stairwell = Column()
    riser = Column()
    floor = Column()
    area_hundredths = Column("area")
    tenure = Category(Tenure)
    fresh_interior = Mark("fresh")
    structure_m2 = Column("structure")
    own_cost = Column()
    # the household
    elder = Mark()
    income = Column()
    in_wechat = Mark("wechat")
    in_activity = Mark()
    party = Category(Party)
    activist = Mark()
    pioneer = Mark()
    volunteer = Mark()
    messenger = Mark()
    linked = Mark()
    cooperation = Category(Cooperation)
    stubbornness = Column()
    proneness = Column()
    conformity = Column()
    present_bias = Column()
    taste = Column()
    # what it thinks, says and feels
    support = Column()
    #: support when the run began, or when it moved in
    first_support = Column()
    voiced = Column()
    social = Column()
    fit = Column()
    trust_office = Column()
    trust_company = Column()
    fairness = Column()
    reactance = Column()
    engagement = Column()
    belief = Column()
    habit = Column()
    # what it met this week
    pressure = Column()
    visit_shift = Column()
    n_visits = Column()
    #: times it came to a meeting or made a suggestion
    n_voiced = Column()
    #: quality of the finished compound it has been shown; 0 for none
    shown = Column()
    #: share of its losses that its tailored plan makes good
    made_good = Column()
    visited = Mark()
    attended = Mark()
    asked = Mark()
    sees_example = Mark("example")
    # what it has done
    responded = Mark()
    signed = Mark()
    proxied = Mark()
    pledged = Mark()
    acted_first = Mark()
    removed = Mark()
    designed_around = Mark()
    contributed = Mark()
    sued = Mark()
    complaining = Mark()
    billed = Mark()
    paid = Mark()
    arrears_fen = Column("arrears")
    arrears_yuan = Yuan("arrears")
    billed_total_fen = Column("billed_total")
    paid_total_fen = Column("paid_total")
    works_paid_fen = Column("works_paid")
    lift_paid_fen = Column("lift_paid")

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def area_m2(self) -> float:
        """Exclusive area."""
        return self.area_hundredths / 100.0

    @property
    def absent(self) -> bool:
        """Whether the owner lives elsewhere: the dwelling is rented out or vacant."""
        return self.tenure is not Tenure.OWNER_OCCUPIED

    @property
    def has_structure(self) -> bool:
        """Whether there ever was an illegal structure, removed since or not."""
        return self.structure_m2 > 0.0

    @property
    def holds_structure(self) -> bool:
        """Whether an illegal structure still stands."""
        return self.structure_m2 > 0.0 and not self.removed

    @property
    def neighbours(self) -> "list[Resident]":
        """The households it is personally acquainted with."""
        return self.model.ties_of(self.row)

    def share_of_ties(self, mark: str, without_ties: float) -> float:
        """Share of its ties that carry a mark such as `signed` or `paid`; its stairwell's for one without ties."""
        ties = self.neighbours
        return sum(getattr(tie, mark) for tie in ties) / len(ties) if ties else without_ties

    def draw(self, purpose: str) -> float:
        """Its luck of this week for one purpose, uniform in (0, 1): the same under every strategy."""
        return self.model.draw(self.row, purpose)

    # mobilisation

    def begin_week(self) -> None:
        """Forget what last week's visit and meeting brought."""
        self.visit_shift = 0.0
        self.pressure = 0.0
        self.asked = False
        self.attended = False

    def receive_visit(self) -> None:
        """A visit finds the household, or not; it persuades, and it may press."""
        p, now = self.model.parameters, self.model.now
        known = household_known(now.grid, self.model.settings.grid_households, p)
        if self.absent and self.draw("contact") >= p_reach_absentee(known, p):
            self.visited = False
            return
        n_visits = self.n_visits
        linked = visitor_link(self.linked and now.messengers > 0.0, known, p)
        self.visit_shift = visit_shift(
            self.support, self.trust_office, linked, n_visits, self.stubbornness, p
        )
        self.made_good = max(self.made_good, now.tailored_plan)
        if not self.signed:
            pressure = felt_pressure(self.model.now.pressure, n_visits, p)
            self.pressure = pressure
            self.trust_office = trust_after_pressure(self.trust_office, pressure, self.proneness, p)
        self.n_visits = n_visits + 1
        self.asked = True

    def attend(self) -> None:
        """Come to the meeting, or not; whoever comes is asked to sign."""
        chance = p_attend(
            self.trust_office,
            self.elder,
            self.activist,
            self.engagement,
            self.absent,
            self.model.now.open_air_meetings,
            self.model.now.points,
            self.model.parameters,
        )
        if self.draw("attend") < chance:
            self.attended = True
            self.asked = True
            self.n_voiced += 1

    def join_demonstration(self, quality: float) -> None:
        """Go and see a finished compound, or not. quality : of what is shown, in [0, 1]"""
        chance = p_join_demonstration(self.absent, self.model.now.demonstration_visits, self.model.parameters)
        if self.draw("showing") < chance:
            self.shown = quality

    def present_itself(self) -> None:
        """Come to sign unasked, or not."""
        chance = p_self_present(self.absent, self.in_wechat, self.model.now.publicity, self.model.parameters)
        if self.draw("self_present") < chance:
            self.asked = True

    def settle_feelings(self) -> None:
        """Reactance, fairness and engagement after what it met this week."""
        p, now, pressure = self.model.parameters, self.model.now, self.pressure
        self.reactance = update_reactance(self.reactance, self.proneness, pressure, now.residents_decide, p)
        self.fairness = fairness_in_week(self.fairness, pressure, p)
        volunteers = self.volunteer and now.volunteering > 0.0
        managed = self.model.compound.stage == Stage.MANAGEMENT
        taken = occasions(
            self.attended,
            self.in_activity and now.activity_groups > 0.0,
            volunteers,
            self.attended or self.acted_first or volunteers or (managed and self.paid),
            now.recognition,
            p,
        )
        self.engagement = update_engagement(self.engagement, taken, p)

    def act_first(self) -> bool:
        """Sign, and remove its own structure, before neighbours and where they can see it, or not yet.

        Only households willing to act first (`pioneer`) are asked; that need not be a Party member.
        """
        if not self.pioneer or self.acted_first:
            return False
        if self.draw("act_first") >= p_act_first(self.support, self.model.parameters):
            return False
        self.acted_first = True
        self.responded = True
        self.signed = True
        if self.draw("pledge") < self.model.now.fee_pledge:
            self.pledged = True
        if self.holds_structure:
            self.remove_structure()
        return True

    def remove_structure(self) -> None:
        """Its structure goes; the space is everybody's again."""
        self.removed = True
        self.model.compound.freed_m2 += self.structure_m2

    # deliberation

    def suggest(self) -> int:
        """The menu item it asks for this week; −1 for none."""
        p, menu = self.model.parameters, self.model.now.menu_choice
        chance = p.suggest_attending if self.attended else p.suggest_visited if self.visited else 0.0
        if chance > 0.0 and self.draw("suggest") < chance * (1.0 + p.menu_suggest * menu):
            ticks = menu > 0.0 and self.draw("menu_ticks") < menu
            item = self.first_wish() if ticks else self.wish(self.draw("suggest_item"))
            if item >= 0:
                self.n_voiced += 1
            return item
        return -1

    def open_wishes(self) -> list[tuple[int, float]]:
        """The items that are not in the plan, each with how much it wants it."""
        adopted = self.model.compound.adopted
        wishes = self.model.wishes[:, self.row].tolist()
        return [(item, wish) for item, wish in enumerate(wishes) if not adopted >> item & 1]

    def wish(self, u: float) -> int:
        """The item it wants, drawn by its own wishes among items not in the plan; −1 if none is left."""
        open_items = self.open_wishes()
        left = u * sum((wish for _, wish in open_items), 0.0)
        for item, wish in open_items:
            left -= wish
            if left <= 0.0:
                return item
        return open_items[-1][0] if open_items else -1

    def first_wish(self) -> int:
        """The item it wants most among those not in the plan; −1 if none is left."""
        open_items = self.open_wishes()
        return max(open_items, key=lambda entry: (entry[1], -entry[0]))[0] if open_items else -1

    def judge_round(self, response: float) -> None:
        """Fairness and trust after a consultation round that adopted this share of what was asked for."""
        p = self.model.parameters
        heard = attention(self.attended, self.model.now.disclosure, p)
        response = response_felt(response, self.model.now.feedback_loop, p)
        self.fairness = fairness_after_round(self.fairness, response, heard, p)
        surprise = heard * (response - p.expected_responsiveness)
        self.trust_office = update_trust(self.trust_office, surprise, p)

    # opinion

    def weigh_project(self) -> float:
        """What the project is worth to it as things stand, in (−1, 1)."""
        p, project = self.model.parameters, self.model.compound
        delivered = Stage.ACCEPTANCE <= project.stage <= Stage.MANAGEMENT
        if delivered:
            belief = project.delivered
        else:
            belief = credibility(self.present_bias, self.trust_office, self.sees_example, self.shown, p)
        made_good = self.made_good
        freed = project.freed_m2 / len(self.model.residents)
        return project_utility(
            self.taste,
            belief * benefit_here(self.absent, freed, p),
            self.fit,
            self.own_cost,
            structure_loss(self.structure_m2, self.removed, made_good, p),
            0.0 if delivered else self.fresh_interior * (1.0 - made_good),
            0.0 if delivered else felt_nuisance(project.nuisance, self.elder, p),
            p,
        )

    def hear_neighbours(self, voices: Voices) -> None:
        """Take in what ties and groups voice; ties too far from its own opinion are not heard."""
        p, support = self.model.parameters, self.support
        of_ties, ties, of_groups, groups = 0.0, 0.0, 0.0, 0.0
        for tie in self.neighbours:
            said = tie.voiced
            if listens_to(support, said, p):
                of_ties += said
                ties += 1.0
        for influence, said in self.groups_heard(voices):
            of_groups += influence * said
            groups += influence
        weight = ties + groups
        self.social = (of_ties + of_groups) / weight if weight > 0.0 else support

    def groups_heard(self, voices: Voices) -> list[tuple[float, float]]:
        """The groups it belongs to: how much each weighs against one tie, and what it voices."""
        p = self.model.parameters
        heard = [
            (p.stairwell_influence, voices.stairwells[self.stairwell]),
            (p.building_influence, voices.buildings[self.building]),
        ]
        if self.in_wechat and voices.wechat is not None:
            heard.append((p.wechat_influence, voices.wechat))
        if self.in_activity and voices.activity is not None and self.model.now.activity_groups > 0.0:
            heard.append((p.activity_influence, voices.activity))
        return heard

    def update_support(self) -> None:
        """Move its private support towards its neighbours and its own interest."""
        self.support = update_support(
            self.support,
            self.social,
            self.weigh_project(),
            self.stubbornness,
            self.visit_shift,
            self.fairness,
            self.reactance,
            self.model.parameters,
        )

    def speak(self) -> None:
        """Say in public what it says in public."""
        self.voiced = voice(self.support, self.social, self.pressure, self.conformity, self.model.parameters)

    # signing, removing, withdrawing

    def consider_signing(self, stairwell_share: float) -> bool:
        """Sign when asked, or not. stairwell_share : share of its stairwell that has signed, this week included."""
        p = self.model.parameters
        neighbours = neighbours_share(stairwell_share, self.share_of_ties("signed", stairwell_share), p)
        chance = p_sign(self.support, self.conformity, neighbours, self.pressure, p)
        if self.draw("sign") >= chance:
            return False
        self.signed = True
        self.proxied = False
        self.pledged = self.draw("pledge") < self.model.now.fee_pledge
        return True

    def consider_removing(self, removed_share: float) -> None:
        """Remove its illegal structure when asked, or not; first it must have seen others comply.

        removed_share : of the compound's structures, before this week's removals
        """
        if not self.holds_structure:
            return
        p, now, ties = self.model.parameters, self.model.now, self.neighbours
        compliant = sum(tie.removed or tie.acted_first for tie in ties)
        if not removal_thinkable(compliant, self.sees_example, now.removal_ledger, removed_share, p):
            return
        holders = [tie for tie in ties if tie.has_structure]
        neighbours = (
            sum(tie.removed for tie in holders) / len(holders) if holders else p.sign_social_reference
        )
        neighbours = others_removed(neighbours, now.removal_ledger, removed_share)
        loss = structure_loss(self.structure_m2, False, self.made_good, p)
        chance = p_remove(self.support, self.conformity, neighbours, loss, p) * now.removal_first
        if self.draw("remove") < chance:
            self.remove_structure()

    def consider_withdrawing(self, first_week_of_works: bool) -> None:
        """Take the signature back, or strike the one another has given in its name."""
        p = self.model.parameters
        if self.proxied:
            if self.draw("discover") < p.proxy_discovery:
                self.trust_office = self.trust_office * (1.0 - p.proxy_trust_loss)
                self.strike_signature()
            return
        chance = p_withdraw(self.support, self.pressure, first_week_of_works, p)
        if chance > 0.0 and self.draw("withdraw") < chance:
            self.strike_signature()

    def strike_signature(self) -> None:
        """Undo a signature and what was pledged with it."""
        self.signed = False
        self.proxied = False
        self.pledged = False
        self.model.compound.withdrawals += 1

    def suffer_enforcement(self) -> None:
        """Its structure is cleared by law; that costs trust unless a tailored plan softens it."""
        p = self.model.parameters
        self.remove_structure()
        self.trust_office = trust_after_enforcement(self.trust_office, self.made_good, p)
        self.reactance = reactance_after_enforcement(self.reactance, self.proneness, self.made_good, p)

    # works

    def contributes(self) -> bool:
        """Whether it gives to its stairwell when asked; those who cannot feel left out."""
        p = self.model.parameters
        chance = p_contribute(self.support, self.income, p) * self.model.now.crowdfunding
        if self.draw("contribute") < chance:
            self.contributed = True
            return True
        self.fairness = fairness_after_appeal(self.fairness, self.income, p)
        return False

    def is_designed_around(self) -> bool:
        """Whether a way round its flat is found this week, if it has not signed and has a plan of its own."""
        refuses = not self.signed or self.proxied
        if not refuses or self.designed_around or self.made_good == 0.0:
            return False
        self.designed_around = self.draw("design_around") < (
            self.model.parameters.design_around * self.made_good
        )
        return self.designed_around

    def complain(self) -> bool:
        """Complain about the works, or not."""
        nuisance = felt_nuisance(self.model.compound.nuisance, self.elder, self.model.parameters)
        self.complaining = self.draw("complain") < p_complain(nuisance, self.model.parameters)
        return self.complaining

    def await_answer(self, settled_share: float) -> bool:
        """Whether its complaint stays open this week; one that does costs trust. settled_share : in [0, 1]."""
        if self.draw("settle") < settled_share:
            self.complaining = False
            return False
        p = self.model.parameters
        self.trust_office = trust_while_waiting(self.trust_office, p)
        return True

    def review(self, settled_share: float) -> bool:
        """Whether its open complaint outlasts a review of the works. settled_share : in [0, 1]"""
        if self.draw("review") < settled_share:
            self.complaining = False
        return self.complaining

    def judge_delivery(self, surprise: float) -> None:
        """Trust in the office after what was delivered met what was promised."""
        self.trust_office = update_trust(self.trust_office, surprise, self.model.parameters)

    # ballots and bills

    def takes_part_in_ballot(self) -> bool:
        """Whether it takes part in a written ballot on hiring the company."""
        chance = p_take_part(
            self.trust_office,
            self.engagement,
            self.absent,
            self.model.now.joint_selection,
            self.model.parameters,
        )
        return self.draw("ballot_attend") < chance

    def approves_company(self) -> bool:
        """Whether its ballot is for hiring the company."""
        chance = p_approve(
            self.support, self.trust_company, self.model.now.joint_selection, self.model.parameters
        )
        return self.draw("ballot") < chance

    def meet_company(self) -> None:
        """Trust in a company that has just come."""
        self.trust_company = opening_trust(
            self.trust_company, self.trust_office, self.model.now.joint_selection, self.model.parameters
        )

    def experience_service(self) -> float:
        """The service it met in this billing period, in [0, 1]."""
        deviate = standard_normal(self.draw("quality"))
        return experienced_quality(self.model.compound.quality, deviate, self.model.parameters)

    def approves_dismissal(self) -> bool:
        """Whether its ballot is for dismissing the company."""
        chance = p_dismiss(self.trust_company, self.model.parameters)
        return self.draw("dismiss") < chance

    def takes_part_in_dismissal(self) -> bool:
        """Whether it takes part in a written ballot on dismissing the company."""
        chance = p_take_part(
            self.trust_office,
            self.engagement,
            self.absent,
            self.model.now.owners_committee,
            self.model.parameters,
        )
        return self.draw("dismiss_attend") < chance

    def pay_bill(self, nudge: float, force: float, points: float) -> bool:
        """Whether it pays this period's bill.

        nudge : log-odds added by reminders and norm messages; points : their intensity, 0 where none are left
        force : of lawful dunning, for where it stands on the ladder
        """
        p, now, kind = self.model.parameters, self.model.now, self.cooperation
        managed = self.model.compound.stage == Stage.MANAGEMENT
        logit = nudge + payment_logit(
            self.experience_service(),
            self.belief,
            kind is Cooperation.FREE_RIDER,
            kind is Cooperation.CONDITIONAL,
            kind is Cooperation.UNCONDITIONAL,
            self.trust_company,
            self.habit,
            pledge_force(self.pledged and managed, self.support, p),
            fee_burden(self.model.compound.fee, self.area_m2, self.income, p),
            self.reactance,
            self.tenure is Tenure.VACANT,
            self.engagement,
            self.contributed,
            p,
        )
        logit += points_logit(points, kind is Cooperation.UNCONDITIONAL, p)
        logit += dunning_logit(force, now.naming_debtors, self.arrears_fen > 0, p)
        return self.draw("pay") < logistic(logit)

    def repays(self, force: float) -> bool:
        """Whether, when paying, it also settles what it owes of old. force : of lawful dunning"""
        return self.draw("repay") < p_repay(force, self.model.parameters)

    def learn_from_bill(self, true_rate: float, stairwell_rate: float, openness: float) -> None:
        """Habit, belief and trust in the company after a bill.

        true_rate, stairwell_rate : share that paid, of all and of its stairwell; openness : of the books
        """
        p, paid = self.model.parameters, self.paid
        trust = self.trust_after_service(self.surprise_at_service(), openness)
        self.habit = update_habit(self.habit, paid, p)
        self.belief = update_belief(
            self.belief, true_rate, self.share_of_ties("paid", stairwell_rate), stairwell_rate, openness, p
        )
        if not paid:
            trust *= 1.0 - p.naming_trust_loss * self.model.now.naming_debtors
        self.trust_company = trust

    def learn_without_bill(self, openness: float, in_trial: bool) -> None:
        """Trust in the company after a period without bills, more in a trial."""
        p, surprise = self.model.parameters, self.surprise_at_service()
        trust = self.trust_after_service(surprise, openness)
        if in_trial:
            trust += p.trial_trust * positive(surprise) * (1.0 - trust)
        self.trust_company = trust

    def forget_paying(self) -> None:
        """The habit of paying fades where nobody bills."""
        self.habit = idle_habit(self.habit, self.model.parameters)

    def surprise_at_service(self) -> float:
        """Service met against service expected for the fee, in [−1, 1]."""
        return company_surprise(self.experience_service(), self.model.compound.fee, self.model.parameters)

    def trust_after_service(self, surprise: float, openness: float) -> float:
        """Trust in the company after a billing period, before bills. openness : of its books, in [0, 1]."""
        p, now = self.model.parameters, self.model.now
        trust = update_trust(self.trust_company, surprise, p)
        joint = now.joint_meetings if self.model.compound.stage == Stage.MANAGEMENT else 0.0
        return trust_in_management(trust, self.trust_office, openness, joint, now.cross_appointment, p)

    # moving

    def move(self, years: float) -> None:
        """Stay, move away, or return to a flat rented out before renovation. years : since last asked."""
        p = self.model.parameters
        may_return = self.model.compound.stage == Stage.MANAGEMENT and self.tenure is Tenure.RENTED_OUT
        returns = may_return and self.draw("return") < p.return_rate * years
        if returns:
            self.tenure = Tenure.OWNER_OCCUPIED
        if returns or self.draw("move") < p.move_rate * years:
            self.move_in()

    def move_in(self) -> None:
        """A new household takes the dwelling over; the signature binds it, its opinions start anew."""
        p = self.model.parameters
        self.taste = new_taste(standard_normal(self.draw("new_taste")), self.party is not Party.NONE, p)
        self.trust_office = UNDECIDED_TRUST
        self.trust_company = UNDECIDED_TRUST
        self.belief = UNDECIDED_BELIEF
        self.fairness = 0.5
        self.reactance = 0.0
        self.engagement = 0.0
        self.habit = 0.5
        self.activist = False
        self.pioneer = False
        self.pledged = False
        self.complaining = False
        self.acted_first = False
        self.responded = self.signed
        self.model.compound.n_volunteers -= self.volunteer
        self.volunteer = False
        self.contributed = False
        self.n_visits = 0
        self.n_voiced = 0
        self.shown = 0.0
        if not self.removed:
            self.made_good = 0.0
        opinion = self.weigh_project() + p.initial_support_sd * standard_normal(self.draw("new_support"))
        self.support = clip(opinion, -1.0, 1.0)
        self.first_support = self.support
        self.voiced = self.support
