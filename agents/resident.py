"""Residents (居民): one household in one dwelling, one vote and its area.

A resident thinks, speaks, attends, signs, withdraws, removes its structure and pays. Each decision is a rule
below; the chance it gives is compared with the household's own draw of that week.
"""

import math

from agents.functions import Coefficients, clip, exp, logistic, positive, rule, tanh

# -- what the project is worth (5.1) ----------------------------------------------------------------------


@rule
def credibility(
    present_bias: float, trust_office: float, sees_example: float, p: Coefficients
) -> float:
    """How far a household believes in a benefit that is still to come, in [0, 1].

    present_bias, trust_office : in [0, 1]; sees_example : 1 where a neighbour has visibly acted first.
    Source: Laibson (1997) for the discount; Güth et al. (2007) for the example.
    """
    return present_bias * clip(trust_office + p.example_credibility * sees_example, 0.0, 1.0)


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

    taste : normal draw; credible_benefit : credibility times the household's share of the benefit, [0, 1]
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
def visit_shift(
    support: float, trust_office: float, linked: float, n_visits: float, stubbornness: float, p: Coefficients
) -> float:
    """How far one visit moves private support, 0 and up: trusted messengers move more, each visit moves less.

    linked : 1 where the visitor is a tie or stairwell neighbour; n_visits : visits before this one.
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
def attention(attended: float, disclosure: float, p: Coefficients) -> float:
    """How much of a round a household takes in, in [0, 1]: all when present, part when absent, more when published."""
    away = clip(p.absent_attention + p.disclosure_reach * disclosure, 0.0, 1.0)
    return 1.0 if attended > 0.5 else away


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
    )


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
def p_withdraw(support: float, pressure: float, first_week_of_works: float, p: Coefficients) -> float:
    """Chance that a signer takes the signature back in a week, in [0, 1]: regretful, and no longer pressed."""
    if support >= p.withdraw_support or pressure >= p.withdraw_pressure:
        return 0.0
    factor = p.withdraw_at_works if first_week_of_works > 0.5 else 1.0
    return clip(p.withdraw_hazard * factor, 0.0, 1.0)


@rule
def removal_thinkable(compliant_ties: float, sees_example: float, p: Coefficients) -> bool:
    """Whether enough others have visibly complied for a costly act: a pioneer next door, or two distinct ties.

    Source: Centola & Macy (2007), complex contagion.
    """
    return sees_example > 0.5 or compliant_ties >= p.compliant_ties


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
    p: Coefficients,
) -> float:
    """Log-odds of paying a bill, before reminders, messages and dunning.

    quality, belief, trust_company, habit, engagement : in [0, 1]; pledge : 1 given gladly, less given under
    pressure, 0 none; burden : bill against income; exactly one of the three types is 1.
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
    )


@rule
def nudge_logit(
    reminder: float, norm_message: float, dunning: float, naming: float, true_rate: float, p: Coefficients
) -> float:
    """What reminders, truthful norm messages, lawful dunning and naming add to the log-odds of paying.

    A norm message is sent only when the true rate is above one half: it is truthful or it is not sent.
    """
    norm = norm_message if true_rate > 0.5 else 0.0
    return p.pay_reminder * reminder + p.pay_norm * norm + p.pay_dunning * dunning + p.naming_pays * naming


@rule
def pledge_force(pledged: float, support: float, p: Coefficients) -> float:
    """How binding a pledge feels, in [0, 1]: a pledge given against one's mind binds little."""
    return pledged * (1.0 if support > 0.0 else p.pledge_unwilling)


@rule
def update_habit(habit: float, paid: float, p: Coefficients) -> float:
    """Habit of paying after a bill, in [0, 1]."""
    return (1.0 - p.habit_rate) * habit + p.habit_rate * paid


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
def p_repay(dunning: float, p: Coefficients) -> float:
    """Chance that a household which pays also settles one old bill, in [0, 1]."""
    return clip(p.arrears_repaid + p.dunning_repaid * dunning, 0.0, 1.0)


@rule
def bill_fen(fee: float, area_hundredths: int, months: float, share: float) -> int:
    """A bill in fen: yuan per m² and month, area in 0.01 m², months billed, share of the fee owed."""
    return int(math.floor(fee * area_hundredths * months * share + 0.5))
