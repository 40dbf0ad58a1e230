"""Party members (党员): residents who may also register at home, act first in public, visit and mediate.

Membership, activism and visible first action are three separate things, and each may have no effect: the
first two shift taste only by `member_support` and `activist_support`, both zero by default.
"""

from agents.functions import Coefficients, rule

#: Hours a week an in-service member gives after registering at home (双报到): judgement, grade C.
HOURS_OF_A_REGISTERED_MEMBER = 0.5


@rule
def p_act_first(support: float, p: Coefficients) -> float:
    """Chance that someone willing to act first does so in a week, in [0, 1]: only without inner opposition.

    Acting first means signing, and removing one's own structure, before neighbours and where they can see it.
    Source: Jack & Recalde (2015); words alone move nobody (Dannenberg 2015).
    """
    return p.pioneer_weekly if support > p.pioneer_support else 0.0


@rule
def hours_given(members_in_service: float, registration: float) -> float:
    """Person-hours a week that registered members add to the office's, 0 and up."""
    return HOURS_OF_A_REGISTERED_MEMBER * members_in_service * registration
