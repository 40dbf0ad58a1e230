"""Owners' committees (业委会 / 物管会): they call votes and hire the company."""

from agents.functions import Coefficients, clip, logistic, rule


@rule
def p_take_part(trust_office: float, engagement: float, absent: float, organised: float, p: Coefficients) -> float:
    """Chance that a household takes part in a written ballot on the company, in (0, 1).

    organised : joint selection's intensity, in [0, 1]: door-to-door ballots carried by neighbours.
    A written ballot is taken round and lies open for weeks; it reaches far more than a meeting does.
    """
    return logistic(
        p.ballot_base
        + p.attend_trust * (trust_office - 0.5)
        + p.attend_engagement * engagement
        - p.attend_absent * absent
        + p.ballot_organised * organised
    )


@rule
def p_approve(support: float, trust_company: float, organised: float, p: Coefficients) -> float:
    """Chance that a ballot is cast for hiring the company, in (0, 1)."""
    return logistic(
        p.approve_base
        + p.approve_support * support
        + p.approve_trust * (trust_company - 0.5)
        + p.ballot_organised * organised
    )


@rule
def opening_trust(
    trust_company: float, trust_office: float, joint_selection: float, p: Coefficients
) -> float:
    """Trust in a company that has just come, in [0, 1]: half old experience, half borrowed from the office."""
    borrowed = p.handover_trust + 0.5 * trust_office
    return clip(0.5 * trust_company + 0.5 * borrowed + p.selection_trust * joint_selection, 0.0, 1.0)
