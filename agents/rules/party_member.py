"""The rule of Party members (党员) beside those of residents: hours given by members registered at home.

Membership, activism and visible first action are three separate things, and each may have no effect: the
first two shift taste only by `member_support` and `activist_support`, both zero by default.
"""

from compiling.exact import Coefficients, rule


@rule
def hours_given(members_in_service: float, registration: float, p: Coefficients) -> float:
    """Person-hours a week that members registered at home (双报到) add to the office's, 0 and up."""
    return p.member_hours * members_in_service * registration
