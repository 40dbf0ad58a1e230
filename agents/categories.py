"""The categories that agents and their world share: who lives in a dwelling, who cooperates, where a project stands."""

from enum import IntEnum


class Tenure(IntEnum):
    """Who lives in a dwelling."""

    OWNER_OCCUPIED = 0
    RENTED_OUT = 1
    VACANT = 2


class Cooperation(IntEnum):
    """How a household treats common costs."""

    FREE_RIDER = 0
    CONDITIONAL = 1
    UNCONDITIONAL = 2


class Party(IntEnum):
    """Party membership of a household."""

    NONE = 0
    IN_SERVICE = 1
    RETIRED = 2


class Stage(IntEnum):
    """Where a project stands."""

    WILLINGNESS = 0
    PLAN = 1
    REMOVAL = 2
    WORKS = 3
    ACCEPTANCE = 4
    MANAGEMENT = 5
    DROPPED = 6
