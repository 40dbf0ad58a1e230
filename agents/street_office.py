"""The street office (街道办) with its community committees and the project's temporary Party branch.

It divides person-hours among meetings, publicity, mediation and visits, chooses whom to visit, and decides
how much of what residents ask for goes into the plan.
"""

import math

from agents.functions import rule

PUBLICITY_HOURS = 8.0
MEDIATION_HOURS = 10.0
ACTIVITY_HOURS = 6.0
TAILORED_VISIT_HOURS = 1.0

_ELDERS_LATER = 10.0
_GRIDS_LATER = 100.0


@rule
def visits_affordable(hours: float, visit_hours: float, n_reachable: int) -> int:
    """How many households can be visited this week with these hours."""
    return min(int(math.floor(max(hours, 0.0) / visit_hours)), n_reachable)


@rule
def visit_priority(
    target: int, voiced: float, elder: float, grid_distance: float, holds_structure: float, u: float
) -> float:
    """Whom to visit first: the smallest numbers are visited. Only what is said counts; thoughts are hidden.

    target : 0 random, 1 undecided first, 2 hold-outs first, 3 elders first, 4 by grid
    voiced : last voiced opinion; grid_distance : stairwells until the round reaches this one
    holds_structure : 1 for an owner of a structure while structures are being removed; u : this week's draw
    """
    if target == 1:
        key = abs(voiced) + 0.2 * u
    elif target == 2:
        key = voiced + 0.2 * u
    elif target == 3:
        key = u + (0.0 if elder > 0.5 else _ELDERS_LATER)
    elif target == 4:
        key = grid_distance + u
    else:
        key = u
    return key + (0.0 if holds_structure > 0.5 else _GRIDS_LATER)


@rule
def suggestions_to_adopt(responsiveness: float, suggestions: int, adopted: int) -> int:
    """How many more suggestions the office is ready to adopt, of all made so far."""
    return int(math.floor(responsiveness * suggestions + 0.5)) - adopted
