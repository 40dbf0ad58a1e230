"""How owners' committees (业委会 / 物管会) decide: they call votes and hire the company."""

from compiling.exact import Coefficients, clip, logistic, rule


@rule
def p_take_part(
    trust_office: float, engagement: float, absent: float, organised: float, p: Coefficients
) -> float:
    """Chance that a household takes part in a written ballot on the company, in (0, 1).

    organised : how far ballots are carried from door to door, in [0, 1]: the intensity of joint selection for hiring,
    of the committee for dismissal
    The coefficients are those of `p_attend` but for the base: a ballot lies open for weeks and reaches far more
    households than a meeting.
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
def p_dismiss(trust_company: float, p: Coefficients) -> float:
    """Chance that a ballot is cast for dismissing the company, in (0, 1)."""
    return logistic(p.dismiss_base - p.approve_trust * (trust_company - 0.5))


@rule
def ballot_on_hiring_due(weeks_in_management: int, ever_left: bool, active: float, p: Coefficients) -> bool:
    """Whether a ballot on a company is due where there is none.

    At handover, and again after a failed one; once a company has left, only an active committee calls one.
    active : intensity of the committee or of joint selection, whichever is more
    """
    if not ever_left:
        return weeks_in_management % int(p.ballot_retry_weeks) == 0
    return active > 0.0 and weeks_in_management % int(p.committee_ballot_weeks) == 0


@rule
def ballot_on_dismissal_due(active: float, poor_bills: int, under_notice: bool, p: Coefficients) -> bool:
    """Whether the committee calls a ballot on dismissal: service was poor for several bills running.

    active : the committee's intensity; it meets often enough to act when that is above 0
    """
    return active > 0.0 and poor_bills >= p.dismissal_bills and not under_notice


@rule
def opening_trust(
    trust_company: float, trust_office: float, joint_selection: float, p: Coefficients
) -> float:
    """Trust in a company that has just been hired, in [0, 1]: half old experience, half borrowed from the office."""
    borrowed = p.handover_trust + 0.5 * trust_office
    return clip(0.5 * trust_company + 0.5 * borrowed + p.selection_trust * joint_selection, 0.0, 1.0)
