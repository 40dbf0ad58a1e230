"""How residents (居民) decide: one household in one dwelling, one vote and its area.

A resident thinks, speaks, attends, signs, withdraws, removes its structure and pays. Each decision is a rule
below that gives a probability: it is taken if the household's own uniform draw for that purpose and week is below it.
"""

import math
from enum import IntEnum

from agents.categories import DunningStep, LiftGrade, LiftPayment
from compiling.exact import Coefficients, clip, exp, log, logistic, positive, rule, tanh

#: Fewest floors for which a lift is considered.
FEWEST_FLOORS = 4

#: Trust of someone who has just moved in, in the office and in the company.
UNDECIDED_TRUST = 0.5
#: Its belief that others pay.
UNDECIDED_BELIEF = 0.5
_LN_2 = 0.6931471805599453

# -- what the project is worth ----------------------------------------------------------------------------


class Term(IntEnum):
    """Terms of a household's utility of the project: above 0 for it, below 0 against it.

    BASE to LIFT, in the order of `utility_terms`, add up to the argument of tanh in `project_utility`. The others
    do not count in that sum; they explain it.
    """

    BASE = 0  # the same for everybody
    TASTE = 1
    BENEFIT = 2  # discounted by belief in it
    FIT = 3
    COST = 4
    STRUCTURE = 5
    INTERIOR = 6
    NUISANCE = 7
    PLEDGE = 8  # to pay the fee, which the proposal asks of those who do not mean to
    LIFT = 9  # of the lifts that the programme offers: above 0 on high floors, below on low ones
    DOUBT = 10  # BENEFIT less what it would be if fully believed
    REACTANCE = 11  # lowers support itself, see `update_support`
    RESENTMENT = 12  # what was taken, or signed under pressure: lowers what support is drawn to, likewise
    ABSENCE = 13  # BENEFIT less what it would be to somebody who lives here


@rule
def credibility(
    present_bias: float, trust_office: float, sees_example: float, shown: float, p: Coefficients
) -> float:
    """Belief of a household in a benefit that is still to come, in [0, 1].

    present_bias, trust_office : in [0, 1]; sees_example : 1 where a neighbour has visibly acted first
    shown : quality of the finished compound it has seen, 0 where it has seen none; a poor one lowers belief.
    Source: Laibson (1997) for the discount; Güth et al. (2007) for the example.
    """
    seen = p.demonstration_weight * (shown - trust_office) if shown > 0.0 else 0.0
    return present_bias * clip(trust_office + p.example_credibility * sees_example + seen, 0.0, 1.0)


@rule
def benefit_here(absent: float, freed_m2_per_household: float, p: Coefficients) -> float:
    """Benefit to a household relative to a resident's, 0 and up: less for absentees, more with space freed."""
    presence = p.absentee_benefit if absent > 0.5 else 1.0
    return presence * (1.0 + p.freed_benefit * freed_m2_per_household)


@rule
def believed_benefit(belief: float, absent: float, freed_m2_per_household: float, p: Coefficients) -> float:
    """Benefit a household expects, in units of utility, 0 and up; belief : in the benefit, in [0, 1]."""
    return p.benefit_weight * (belief * benefit_here(absent, freed_m2_per_household, p))


@rule
def structure_loss(structure_m2: float, removed: float, compensation: float, p: Coefficients) -> float:
    """What is left to lose of an illegal structure, in structures of standard size, 0 and up."""
    return structure_m2 / p.structure_scale_m2 * (1.0 - removed) * (1.0 - compensation)


@rule
def felt_nuisance(nuisance: float, elder: float, p: Coefficients) -> float:
    """Nuisance as this household feels it, expected before works or met during them, 0 and up."""
    return nuisance * (1.0 + p.elder_nuisance * elder)


@rule
def pledge_asked(pledge: float, free_rides: bool, conditional: bool, belief: float) -> float:
    """How much a pledge to pay the fee asks of a household, in [0, 1]: nothing of who means to pay anyway.

    pledge : whether the proposal asks for it, in [0, 1]; free_rides, conditional : how it cooperates
    belief : that others pay, in [0, 1]; conditional cooperators mean to pay as far as they hold it
    """
    return pledge * (float(free_rides) + float(conditional) * (1.0 - belief))


@rule
def utility_terms(
    taste: float,
    belief: float,
    absent: float,
    freed_m2_per_household: float,
    fit: float,
    own_cost: float,
    structure_m2: float,
    removed: float,
    compensation: float,
    interior: float,
    nuisance: float,
    elder: float,
    pledge: float,
    lift: float,
    p: Coefficients,
) -> tuple[float, float, float, float, float, float, float, float, float, float]:
    """The terms of one household's utility, `Term.BASE` to `Term.LIFT`; costs and losses are 0 or below.

    taste : normal draw; belief : in the benefit, in [0, 1]; fit : share of its wishes the plan meets, in [0, 1]
    own_cost : in months of its income; interior : 1 for a fresh interior at risk; nuisance : of the works, 0 and up
    pledge : see `pledge_asked`; lift : see `lift_offered`
    Source: loss-averse discrete choice; Brown et al. (2024) for the size of loss aversion.
    """
    loss = structure_loss(structure_m2, removed, compensation, p)
    return (
        p.baseline_utility,
        p.taste_scale * taste,
        believed_benefit(belief, absent, freed_m2_per_household, p),
        p.fit_weight * fit,
        -p.cost_weight * own_cost,
        -p.loss_aversion * p.structure_weight * loss,
        -p.fresh_interior_weight * (interior * (1.0 - compensation)),
        -p.nuisance_weight * felt_nuisance(nuisance, elder, p),
        -p.pledge_weight * pledge,
        p.lift_in_plan * lift,
    )


@rule
def project_utility(
    taste: float,
    belief: float,
    absent: float,
    freed_m2_per_household: float,
    fit: float,
    own_cost: float,
    structure_m2: float,
    removed: float,
    compensation: float,
    interior: float,
    nuisance: float,
    elder: float,
    pledge: float,
    lift: float,
    p: Coefficients,
) -> float:
    """Utility of the project to one household, in (−1, 1): tanh of the sum of `utility_terms`."""
    base, liking, benefit, fitting, cost, structure, fresh, works, promise, ride = utility_terms(
        taste,
        belief,
        absent,
        freed_m2_per_household,
        fit,
        own_cost,
        structure_m2,
        removed,
        compensation,
        interior,
        nuisance,
        elder,
        pledge,
        lift,
        p,
    )
    # brackets fix the order of addition, on which the last bit depends
    return tanh(base + (liking + benefit + fitting) + (cost + structure + fresh + works + promise + ride))


# -- what one thinks and what one says --------------------------------------------------------------------


@rule
def listens_to(support: float, voiced: float, p: Coefficients) -> bool:
    """Whether a neighbour's voiced opinion is close enough to be heard (bounded confidence).

    Source: Hegselmann & Krause (2002), on voiced instead of private opinions.
    """
    return abs(support - voiced) <= p.confidence_bound


@rule
def reactance_drag(reactance: float, p: Coefficients) -> float:
    """How much reactance lowers support in a week, 0 and up."""
    return p.reactance_weight * reactance


@rule
def reactance_as_utility(reactance: float, p: Coefficients) -> float:
    """Reactance as `Term.REACTANCE`, 0 or below: the pull that would lower support as much in `update_support`.

    For a household without stubbornness, which closes the share `support_rate` of its pull.
    """
    return -reactance_drag(reactance, p) / max(p.support_rate, 1e-9)  # the rate may be 0


@rule
def resentment_as_utility(resentment: float, p: Coefficients) -> float:
    """Resentment as `Term.RESENTMENT`, 0 or below: what it takes from the utility that draws support."""
    return -p.resentment_support * resentment


@rule
def update_support(
    support: float,
    social: float,
    utility: float,
    stubbornness: float,
    visit: float,
    fairness: float,
    reactance: float,
    resentment: float,
    p: Coefficients,
) -> float:
    """Move one household's private support towards its neighbours and its own interest, in [−1, 1].

    support, social, utility : in [−1, 1]; stubbornness, fairness : in [0, 1]
    visit : shift by this week's visit; reactance, resentment : 0 and up
    Source: Friedkin & Johnsen (1990), but anchored on utility instead of the initial opinion.
    """
    rate = p.support_rate * (1.0 - p.stubbornness_effect * stubbornness)
    interest = utility + resentment_as_utility(resentment, p)
    pull = p.social_weight * social + (1.0 - p.social_weight) * interest - support
    shift = rate * pull + visit + p.support_rate * p.fairness_weight * (fairness - 0.5)
    return clip(support + shift - reactance_drag(reactance, p), -1.0, 1.0)


@rule
def household_known(grid: float, grid_households: float, p: Coefficients) -> float:
    """How well a grid worker knows a household, in [0, 1]: fully in a small grid, less in a larger one.

    grid : the instrument's intensity; grid_households : households of a grid
    """
    return grid * min(p.grid_reference / grid_households, 1.0)


@rule
def p_reach_absentee(known: float, p: Coefficients) -> float:
    """Chance that a visit reaches an owner who lives elsewhere, in [0, 1]; known : to a grid worker, in [0, 1]."""
    return clip(p.absent_contact + p.grid_contact * known, 0.0, 1.0)


@rule
def visitor_link(linked: float, known: float, p: Coefficients) -> float:
    """How familiar the visitor is to the household, in [0, 1].

    linked : 1 if a messenger looks after it; known : to a grid worker, in [0, 1]
    """
    return max(linked, p.grid_familiarity * known)


@rule
def trust_in_person(elder: float, member: float, nominated: float, p: Coefficients) -> float:
    """What kind of person an acquainted messenger is adds to the trust in it, any sign; each is 0 or 1."""
    return p.messenger_elder * elder + p.messenger_party * member + p.messenger_nominated * nominated


@rule
def what_visitor_says(voiced: float, p: Coefficients) -> float:
    """What an acquainted messenger says of the project, in [−1, 1]: 1 for the project, or what it voices itself."""
    return 1.0 - p.messenger_voice * (1.0 - voiced)


@rule
def visit_shift(
    support: float,
    trust_office: float,
    linked: float,
    person: float,
    says: float,
    reactance: float,
    n_visits: float,
    stubbornness: float,
    p: Coefficients,
) -> float:
    """How far one visit moves private support towards what the visitor says; away from it where trust is below 0.

    linked : how far the visitor is one's own, in [0, 1]; person : of `trust_in_person`; says : in [−1, 1]
    reactance : 0 and up; n_visits : visits before this one, each of which moves less
    Source: Deng & O'Brien (2013) and Kim et al. (2015) for direction; size is a judgement.
    """
    trust = p.messenger_base + p.messenger_trust * trust_office + p.messenger_tie * linked
    trust += person - p.messenger_reactance * reactance
    fading = (1.0 - p.visit_stubbornness * stubbornness) * exp(-p.visit_fatigue * n_visits)
    return p.visit_gain * trust * fading * (says - support) / 2.0


@rule
def voice(support: float, social: float, pressure: float, conformity: float, p: Coefficients) -> float:
    """What a household says in public, in [−1, 1]: its support, shifted by conformity and pressure.

    Source: Ye, Qin, Govaert, Anderson & Cao (2019).
    """
    bent = p.voice_social * social + p.voice_pressure * pressure
    return clip((1.0 - conformity) * support + conformity * bent, -1.0, 1.0)


# -- pressure, fairness, trust, engagement ----------------------------------------------------------------


@rule
def felt_pressure(applied: float, n_visits: float, refusals: float, p: Coefficients) -> float:
    """Pressure of one visit on a household that has not signed, in [0, 1].

    Past its patience a visit presses too, and so does asking again without news. refusals : since the last news
    """
    repeated = p.repeat_visit_pressure * positive(n_visits - p.visit_patience)
    return clip(applied + repeated + p.refusal_pressure * refusals, 0.0, 1.0)


@rule
def update_reactance(
    reactance: float, proneness: float, pressure: float, autonomy: float, p: Coefficients
) -> float:
    """Reactance after a week, 0 and up: it grows under pressure above a threshold, and decays.

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
    """Trust after an experience better (surprise above 0) or worse than expected, in [0, 1].

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
def trust_after_proxy(trust: float, p: Coefficients) -> float:
    """Trust in the office after finding that another has signed in one's name, in [0, 1]."""
    return trust * (1.0 - p.proxy_trust_loss)


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
def resentment_after_signing(resentment: float, support: float, pressure: float, p: Coefficients) -> float:
    """Resentment after signing, 0 and up: signing against one's mind under pressure leaves some."""
    return resentment + p.resentment_signing * pressure * positive(-support)


@rule
def resentment_after_enforcement(resentment: float, loss: float, p: Coefficients) -> float:
    """Resentment after one's structure was cleared by law, 0 and up; loss : of `structure_loss`, less compensation."""
    return resentment + p.resentment_enforcement * loss


@rule
def resentment_in_week(resentment: float, p: Coefficients) -> float:
    """Resentment a week later, 0 and up: it halves in its half-life."""
    return resentment * exp(-_LN_2 / p.resentment_half_life_weeks)


@rule
def trust_with_resentment(trust: float, resentment: float, p: Coefficients) -> float:
    """Trust in the office after a week of resentment, in [0, 1]."""
    return trust * (1.0 - min(p.resentment_trust * resentment, 1.0))


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

    heard : share of the round it took in, see `attention`. Source: Lind & Tyler (1988).
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
    contributes : 1 if it attends, volunteers, has acted first or pays; praise : intensity of recognition
    """
    taken = attended + p.activity_occasion * in_group + p.volunteer_occasion * volunteers
    return taken + p.recognition_occasion * praise * contributes


@rule
def update_engagement(engagement: float, occasions: float, p: Coefficients) -> float:
    """The habit of taking part, in [0, 1]: grows with each occasion, fades slowly."""
    grown = engagement + p.engagement_gain * occasions * (1.0 - engagement)
    return clip(grown * (1.0 - p.engagement_decay), 0.0, 1.0)


# -- signing, withdrawing, removing -----------------------------------------------------------------------


@rule
def p_self_present(absent: float, in_wechat: float, publicity: float, p: Coefficients) -> float:
    """Chance of coming to sign unasked in a week, in [0, 1]."""
    # 1 + the coefficient in the WeChat group, 1 − it outside
    reach = 1.0 + p.wechat_self_present * (2.0 * in_wechat - 1.0)
    distance = p.absent_self_present if absent > 0.5 else 1.0
    return clip(p.self_present * reach * distance * (1.0 + publicity), 0.0, 1.0)


@rule
def neighbours_share(stairwell_share: float, ties_share: float, p: Coefficients) -> float:
    """What neighbours do, in [0, 1]: the stairwell's share and one's ties' share, weighted."""
    return p.stairwell_weight * stairwell_share + (1.0 - p.stairwell_weight) * ties_share


@rule
def p_sign(
    support: float,
    conformity: float,
    neighbours_signed: float,
    pressure: float,
    disposition: float,
    refusals: float,
    p: Coefficients,
) -> float:
    """Chance that an asked household signs, in (0, 1).

    disposition : its own leaning, a standard logistic number that stays; refusals : of asks since the last news
    It signs where the sum of reasons, disposition and a fresh logistic draw is above 0; the variances of the last
    two add up to that of one draw, of which `sign_fresh` is the fresh share. With 1 every ask draws anew, and
    whoever is asked often enough signs.
    Source: Granovetter (1978) and Centola & Macy (2007) for the pull of neighbours; pressure adds to the
    signature, not to support.
    """
    pull = p.sign_social * conformity * (neighbours_signed - p.sign_social_reference)
    reasons = p.sign_steepness * (support + pull + p.sign_pressure * pressure - p.sign_threshold)
    own = math.sqrt(1.0 - p.sign_fresh) * disposition
    fresh = max(math.sqrt(p.sign_fresh), 1e-3)
    return logistic((reasons + own) / fresh) * exp(-p.refusal_memory * refusals)


@rule
def news(
    support: float,
    neighbours_signed: float,
    made_good: float,
    sees_example: float,
    shown: float,
    plan_items: int,
    p: Coefficients,
) -> int:
    """What a household knows that could change its mind about signing, as one whole number.

    Its own support and its neighbours' signatures in steps, whether it was promised compensation, sees somebody who
    acted first or was shown a finished compound, and how many items the plan has.
    """
    steps = math.floor((support + 1.0) / p.news_step) + 128 * math.floor(neighbours_signed / p.news_step)
    seen = (made_good > 0.0) + 2 * (sees_example > 0.5) + 4 * (shown > 0.0)
    return steps + 8192 * (seen + 8 * plan_items)


@rule
def refusals_count(p: Coefficients) -> bool:
    """Whether refusing makes any difference later; where it makes none, none is remembered."""
    return p.refusal_memory > 0.0 or p.refusal_pressure > 0.0 or p.self_present_selective > 0.0


@rule
def refusals_of_withdrawing(p: Coefficients) -> int:
    """How many refusals a signature counts for that its household withdraws, 0 and up."""
    return math.floor(p.withdrawal_refusals + 0.5)


@rule
def comes_for_a_reason(support: float, refusals: float) -> bool:
    """Whether a household has a reason to come and sign unasked: support, and no refusal since the last news."""
    return support > 0.0 and refusals == 0.0


@rule
def p_vote_in_week(chance: float, weeks: float) -> float:
    """Chance of voting in one week of a ballot, in [0, 1], for a chance of voting in all its weeks."""
    return 1.0 - exp(log(1.0 - chance) / weeks)


@rule
def p_vote_for(support: float, disposition: float, p: Coefficients) -> float:
    """Chance that a ballot on the project is cast for it, in (0, 1).

    It is secret: neither neighbours nor pressure count, as they do when a list is signed at the door.
    """
    return p_sign(support, 0.0, 0.0, 0.0, disposition, 0.0, p)


@rule
def p_act_first(support: float, p: Coefficients) -> float:
    """Chance that someone willing to act first does so in a week, in [0, 1]: only if its support is high enough.

    Acting first means signing, and removing one's own structure, before neighbours and where they can see it.
    Source: Jack & Recalde (2015); words alone move nobody (Dannenberg 2015).
    """
    return p.pioneer_weekly if support > p.pioneer_support else 0.0


@rule
def p_withdraw(
    support: float,
    pressure: float,
    resentment: float,
    first_week_of_works: float,
    plan_changed: float,
    p: Coefficients,
) -> float:
    """Chance that a signer takes the signature back in a week, in [0, 1].

    Who regrets and is no longer pressed may, more so with resentment and in the first week of works; who is opposed
    may when the plan has changed, since it was another plan that was signed.
    """
    regret, reconsidered = 0.0, 0.0
    if support < p.withdraw_support and pressure < p.withdraw_pressure:
        factor = p.withdraw_at_works if first_week_of_works > 0.5 else 1.0
        regret = clip((p.withdraw_hazard + p.resentment_withdraw * resentment) * factor, 0.0, 1.0)
    if plan_changed > 0.5 and support < 0.0:
        reconsidered = p.reconsider
    return regret + reconsidered - regret * reconsidered


@rule
def removal_thinkable(
    compliant_ties: float, sees_example: float, ledger: float, removed_share: float, p: Coefficients
) -> bool:
    """Whether enough others have visibly complied for a household to consider removing its structure.

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


# -- during works -----------------------------------------------------------------------------------------


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
    """Fairness of a household that did not contribute, in [0, 1]: lower if its income is too low to contribute."""
    lost = p.left_out_fairness if income < p.left_out_income else 0.0
    return max(fairness - lost, 0.0)


# -- lifts ------------------------------------------------------------------------------------------------


@rule
def lift_floor_value(floor: float, floors: float, elder: float, grade: int, p: Coefficients) -> float:
    """What a lift is worth on a floor, apart from money: a gain above the break-even floor, a loss below.

    floor, floors : counted from 1; grade : a `LiftGrade`
    Source: Zhou, Liu & Yang: hedonic prices break even on the third floor; Brown et al. (2024) for losses.
    """
    if floor >= p.lift_break_even:
        height = (floor - p.lift_break_even) / max(floors - p.lift_break_even, 1.0)
        better = 1.0 + p.lift_grade_value * (grade - LiftGrade.STANDARD)
        return p.lift_benefit * height * better * (1.0 + p.lift_elder * elder)
    depth = (p.lift_break_even - floor) / max(p.lift_break_even - 1.0, 1.0)
    return -p.loss_aversion * p.lift_loss * depth


@rule
def lift_offered(packages: float, floor: float, floors: float, elder: float, p: Coefficients) -> float:
    """What the lifts that a programme offers are worth to a household before their vote, money apart; any sign.

    packages : intensity of the packages, 0 without any; floor : from 1; floors : of the building; elder : 0 or 1
    """
    if packages == 0.0 or floors < FEWEST_FLOORS:
        return 0.0
    return packages * lift_floor_value(floor, floors, elder, LiftGrade.STANDARD, p)


@rule
def lift_burden(share_yuan: float, payment: int, income_yuan: float, p: Coefficients) -> float:
    """A household's share of a lift in months of its income, eased by the way to pay. payment : a `LiftPayment`"""
    relief = 0.0
    if payment == LiftPayment.INSTALMENTS:
        relief = p.lift_instalment_relief
    elif payment == LiftPayment.BY_CARD:
        relief = p.lift_card_relief
    return share_yuan / income_yuan * (1.0 - relief)


@rule
def lift_utility(
    value: float, burden: float, compensation_months: float, taste: float, p: Coefficients
) -> float:
    """Utility of a lift to a household, unbounded; above 0 it would gain.

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
def new_taste(deviate: float, shift: float, member: float, p: Coefficients) -> float:
    """Taste of a household that moves in.

    deviate : standard normal; shift : of its compound against the usual one; member : 1 for a Party household
    """
    return p.taste_mean + shift + p.taste_sd * deviate + p.member_support * member


# -- paying -----------------------------------------------------------------------------------------------


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
    rented: float,
    resentment: float,
    p: Coefficients,
) -> float:
    """Log-odds of paying a bill, before reminders, messages, points and dunning.

    quality, belief, trust_company, habit, engagement : in [0, 1]; pledge : how binding, see `pledge_force`
    burden : bill against income; exactly one of the three types of cooperation is 1
    contributed : 1 if it gave money for its stairwell.
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
        - p.pay_rented * rented
        - p.pay_resentment * resentment
    )


@rule
def nudge_logit(reminder: float, norm_message: float, true_rate: float, p: Coefficients) -> float:
    """What reminders and truthful norm messages add to the log-odds of paying.

    A norm message is sent only when the true rate is above one half: it is truthful or it is not sent.
    """
    norm = norm_message if true_rate > 0.5 else 0.0
    return p.pay_reminder * reminder + p.pay_norm * norm


@rule
def message_reach(free_rider: float, p: Coefficients) -> float:
    """What reminders and norm messages do to a household, relative to one that is no free rider."""
    return 1.0 - free_rider * (1.0 - p.free_rider_messages)


@rule
def dunning_reach(free_rider: float, p: Coefficients) -> float:
    """What dunning does to a household, relative to one that is no free rider."""
    return 1.0 - free_rider * (1.0 - p.free_rider_dunning)


@rule
def rounds_of_bill(self_managed: bool, p: Coefficients) -> float:
    """How many rounds of the laboratory, which has no sanctions, a bill counts for in the drift of types, 0 and up.

    self_managed : where a company serves it can claim what is owed, and types may drift more slowly
    """
    return p.cooperation_drift * (1.0 if self_managed else p.drift_with_company)


@rule
def p_turn_selfish(belief: float, rounds: float, p: Coefficients) -> float:
    """Chance that a conditional cooperator turns selfish after a bill, in [0, 1]: where few are believed to pay.

    rounds : see `rounds_of_bill`
    Source: Andreozzi, Ploner & Saral (2020), one-step changes of type; that they go with belief is ours.
    """
    return clip(rounds * p.drift_to_selfish * 2.0 * (1.0 - belief), 0.0, 1.0)


@rule
def p_turn_conditional(belief: float, rounds: float, p: Coefficients) -> float:
    """Chance that a free rider turns conditional after a bill, in [0, 1]: where many are believed to pay.

    Source: as for `p_turn_selfish`.
    """
    return clip(rounds * p.drift_to_conditional * 2.0 * belief, 0.0, 1.0)


@rule
def points_logit(points: float, unconditional: float, p: Coefficients) -> float:
    """What points add to the log-odds of paying; for unconditional cooperators they crowd out the motive to pay.

    Source: Frey & Oberholzer-Gee (1997), Bowles & Polanía-Reyes (2012) for the direction.
    """
    return points * (p.pay_points - (p.pay_points + p.points_crowding) * unconditional)


@rule
def ladder_step(bills_owed: float, p: Coefficients) -> int:
    """Step of lawful dunning against a debtor, a `DunningStep`. bills_owed : whole bills in arrears

    Source: Civil Code art. 944: demand first, then suit or arbitration.
    """
    # `+ 0` makes a member an integer for Numba, see `model.world.state`
    if bills_owed <= 0.0:
        return DunningStep.NOTHING_OWED + 0
    if bills_owed < p.mediation_after:
        return DunningStep.DEMAND + 0
    return DunningStep.MEDIATION + 0 if bills_owed < p.suit_after else DunningStep.SUIT + 0


@rule
def ladder_force(step: int, dunning: float, p: Coefficients) -> float:
    """Force of lawful dunning on a debtor, 0 and up. step : a `DunningStep`; dunning : the instrument's intensity"""
    if step == DunningStep.NOTHING_OWED:
        return 0.0
    force = p.suit_force
    if step == DunningStep.DEMAND:
        force = p.demand_force
    elif step == DunningStep.MEDIATION:
        force = p.mediation_force
    return dunning * force


@rule
def dunning_logit(force: float, naming: float, in_arrears: float, p: Coefficients) -> float:
    """What lawful dunning and naming add to the log-odds of paying; both act on those in arrears only."""
    return p.pay_dunning * force + p.naming_pays * naming * in_arrears


@rule
def pledge_force(pledged: float, support: float, p: Coefficients) -> float:
    """How binding a pledge is, in [0, 1]: less for a household that does not support the project."""
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
    """Belief that others pay, in [0, 1], moved towards the rate seen: the true one as far as books are open.

    Otherwise a household sees its ties and its stairwell, in equal parts. openness : of the books, in [0, 1]

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
    """Chance that a household which pays also settles old arrears, in [0, 1]; force : see `ladder_force`."""
    return clip(p.arrears_repaid + p.dunning_repaid * force, 0.0, 1.0)


@rule
def old_debt_settled(owed_fen: int, bill: int, step: int) -> int:
    """Old arrears in fen that a household pays when it settles any: up to one bill, or all of them once sued."""
    return owed_fen if step == DunningStep.SUIT else min(bill, owed_fen)


@rule
def bill_fen(fee: float, area_hundredths: int, months: float, share: float) -> int:
    """A bill in fen: yuan per m² and month, area in 0.01 m², months billed, share of the fee owed."""
    # yuan per m² times 0.01 m² is fen
    return math.floor(fee * area_hundredths * months * share + 0.5)
