"""The categories that agents and their world share: who lives in a dwelling, who cooperates, where a project stands.

Each is declared here once. Files name a member by its name in lower case (`names`), the engine knows it by its
number, readers by its label: `stage.works` in `scenarios/text` for `Stage.WORKS`.
"""

from enum import Enum, IntEnum
from typing import Self


def names(enumeration: type[Enum]) -> tuple[str, ...]:
    """The members of an enumeration in order, as files and results name them."""
    return tuple(member.name.lower() for member in enumeration)


class Kind(IntEnum):
    """A category: equal to its number, and never to a word, of which every comparison would silently be false."""

    def __eq__(self, other: object) -> bool:
        """Whether it is this member or its number. Raises ValueError for a word, with the member that is meant."""
        if isinstance(other, str):
            raise ValueError(no_word(type(self), type(self).__name__, other))
        return int.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        """The contrary, and the same error."""
        if isinstance(other, str):
            raise ValueError(no_word(type(self), type(self).__name__, other))
        return int.__ne__(self, other)

    __hash__ = int.__hash__


def no_word(kinds: type[IntEnum], what: str, word: object) -> str:
    """Why a category is not compared with a word, and with which member instead. what : is compared"""
    said = str(word)[:60]
    meant = said.upper().replace("-", "_").replace(" ", "_")
    members = [meant] if meant in kinds.__members__ else list(kinds.__members__)
    expected = ", ".join(f"{kinds.__name__}.{name}" for name in members)
    one_of = "" if len(members) == 1 else "one of "
    return f"{what} is compared with {said!r}; expected {one_of}{expected} of agents.categories"


class KindNumber(float):
    """The number of a category among outcomes, which are floats: equal to the member, and never to a word."""

    kinds: type[Kind]

    def __new__(cls, number: float, kinds: type[Kind]) -> Self:
        """A number of one of these categories; NaN where nothing has been measured yet."""
        made = super().__new__(cls, number)
        made.kinds = kinds
        return made

    def __getnewargs__(self) -> tuple[float, type[Kind]]:  # type: ignore[override]  # float's own has one part
        return float(self), self.kinds

    def __eq__(self, other: object) -> bool:
        """Whether it is this number. Raises ValueError for a word, with the member that is meant."""
        if isinstance(other, str):
            raise ValueError(no_word(self.kinds, self.kinds.__name__, other))
        return float.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        """The contrary, and the same error."""
        if isinstance(other, str):
            raise ValueError(no_word(self.kinds, self.kinds.__name__, other))
        return float.__ne__(self, other)

    __hash__ = float.__hash__


class Tenure(Kind):
    """Who lives in a dwelling."""

    OWNER_OCCUPIED = 0
    RENTED_OUT = 1
    VACANT = 2


class Cooperation(Kind):
    """How a household treats common costs."""

    FREE_RIDER = 0
    CONDITIONAL = 1
    UNCONDITIONAL = 2


class Party(Kind):
    """Party membership of a household."""

    NONE = 0
    IN_SERVICE = 1
    RETIRED = 2


class Trait(Kind):
    """What compounds differ in beyond what a case says: drawn once for a compound, the same under every strategy."""

    SUPPORT = 0
    TRUST_OFFICE = 1
    TRUST_COMPANY = 2
    FREE_RIDERS = 3
    STRUCTURES = 4
    ABSENCE = 5
    ELDERS = 6
    INFRASTRUCTURE = 7
    INCOME = 8
    TIES = 9
    PAYMENT = 10


class Beginning(Kind):
    """Where a compound stands when a run begins: asked whether it wants works, or managed without any project."""

    WILLINGNESS = 0
    MANAGEMENT = 1


class SilentOwners(Kind):
    """What becomes of owners who were notified of a ballot and kept silent."""

    NO_VOTE = 0
    MAJORITY = 1


class Stage(Kind):
    """Where a project stands."""

    WILLINGNESS = 0
    PLAN = 1
    REMOVAL = 2
    WORKS = 3
    ACCEPTANCE = 4
    MANAGEMENT = 5
    DROPPED = 6


class Lift(Kind):
    """Where the lift of a stairwell stands."""

    NONE = 0
    UNDER_CONSTRUCTION = 1
    RUNNING = 2


class LiftGrade(Kind):
    """The three grades of a lift: 低档, 中档, 高档."""

    ECONOMY = 0
    STANDARD = 1
    COMFORT = 2


class LiftPayment(Kind):
    """The three ways to pay for a lift: 一次性, 分期, 按次刷卡."""

    AT_ONCE = 0
    INSTALMENTS = 1
    BY_CARD = 2


class Law(Kind):
    """The law by which a vote is counted; `model.week.voting` has quorum and majority of each."""

    CIVIL_CODE_2021 = 0
    PROPERTY_LAW_2007 = 1
    NEGATIVE_CONSENT = 2


class MissedGate(Kind):
    """What becomes of a project that misses its deadline: it waits for the next batch, or is dropped."""

    WAIT = 0
    DROP = 1


class ManagementBefore(Kind):
    """How a compound is managed before the works."""

    NONE = 0
    WEAK_COMPANY = 1
    STREET_FALLBACK = 2


class Contract(Kind):
    """How a compound is managed after the works, and who bears a deficit.

    Lump sum (包干制): the company, which keeps what is left. Commission (酬金制) and trust (信托制): the owners'
    account, out of which the company is paid. Self-managed (自管): the owners, without a company's margin;
    their engagement limits the effort. Street fallback (街道代管): nobody bills; the street office sweeps.
    """

    LUMP_SUM = 0
    COMMISSION = 1
    TRUST = 2
    SELF_MANAGED = 3
    STREET_FALLBACK = 4


class Allocation(Kind):
    """How a street office shares its hours among compounds."""

    BY_HOUSEHOLDS = 0
    NEAREST_GATE_FIRST = 1
    FURTHEST_FIRST = 2


class Vote(Kind):
    """What a household does in a written ballot: AWAY counts neither for quorum nor for approval."""

    AWAY = 0
    AGAINST = 1
    FOR = 2


class Target(Kind):
    """Whom a home visit goes to first."""

    RANDOM = 0
    UNDECIDED_FIRST = 1
    HOLDOUTS_FIRST = 2
    ELDERS_FIRST = 3
    BY_GRID = 4


class Messenger(Kind):
    """Which households become neighbour messengers (邻里信使)."""

    RANDOM = 0
    HUBS = 1
    NOMINATED = 2
    PARTY = 3
    ELDERS = 4
    CLUSTERED = 5


class PioneerGroup(Kind):
    """The group from which pioneers, who act first in public, are drawn."""

    ANY = 0
    PARTY = 1
    ACTIVISTS = 2


class Consultation(Kind):
    """What the office adopts in a consultation round: what residents want most, or its own favourites."""

    RESPONSIVE = 0
    TOKEN = 1


class DunningStep(Kind):
    """Step of lawful dunning (依法催缴) against a debtor.

    Civil Code art. 944: demand within a reasonable period, then suit or arbitration; mediation is the model's step.
    """

    NOTHING_OWED = 0
    DEMAND = 1
    MEDIATION = 2
    SUIT = 3


class EventKind(Kind):
    """What a scripted event does: change the deadline, trust in the office or the fee, or make the company leave."""

    DEADLINE = 0
    TRUST_SHOCK = 1
    FEE_CHANGE = 2
    COMPANY_LEAVES = 3


class Reason(Kind):
    """Why a household has not signed; what sets it apart from its neighbours most, where it is against."""

    SIGNED = 0
    NOT_ASKED = 1  # neither visited nor asked since the last missed gate
    WAITING = 2  # in favour
    STRUCTURE = 3
    INTERIOR = 4
    COST = 5
    PLEDGE = 6
    NUISANCE = 7
    DISTRUST = 8
    PLAN = 9
    ABSENCE = 10
    REACTANCE = 11
    RESENTMENT = 12
    TASTE = 13
    LIFT = 14  # on a low floor, of lifts that the programme offers
