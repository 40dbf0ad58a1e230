"""The world as agents and users read and write it: household columns by name, one record's fields as attributes.

Everything here is a view of the arrays of a `World`; nothing is copied. What is written is checked: what the engine
counts, books or places once is refused, since no total would follow.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from agents.categories import Cooperation, Party, Stage, Tenure, Vote, no_word
from model.directions import nearest
from model.instruments import Instrument
from model.menu import N_ITEMS
from model.specification import KINDS_OF_SETTINGS
from model.world.state import FIXED_FIELDS, Flag, Money, Real, Whole, World

_INSTRUMENT_TYPE = np.dtype([(i.name.lower(), np.float64) for i in Instrument])


class Allowed(NamedTuple):
    """What a column takes: from `low` to `high`, whole numbers or any; `fixed` says why it takes nothing."""

    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    fixed: str = ""

    @property
    def is_mark(self) -> bool:
        """Whether it takes 0 and 1, and nothing else."""
        return self.whole and (self.low, self.high) == (0, 1)

    @property
    def is_note(self) -> bool:
        """Whether the engine notes something there for itself."""
        return self.fixed == _NOTE

    def refuses(self, values: np.ndarray) -> bool:
        """Whether any of these values cannot stand in the column."""
        whole = not self.whole or (values == np.trunc(values)).all()
        return not (whole and (values >= self.low).all() and (values <= self.high).all())

    def __str__(self) -> str:
        numbers = "whole numbers" if self.whole else "numbers"
        if self.low == -_MOST:
            return f"{numbers} that are finite"
        return f"{numbers} from {self.low:.12g} {'up' if self.high >= 2**31 - 1 else f'to {self.high:.12g}'}"


#: The largest number of the columns held as float32.
_MOST = float(np.finfo(np.float32).max)
_SHARE, _OPINION = Allowed(0.0, 1.0), Allowed(-1.0, 1.0)
_UP, _ANY = Allowed(0.0, _MOST), Allowed(-_MOST, _MOST)
_MARK, _COUNT = Allowed(0, 1, whole=True), Allowed(0, 2**31 - 1, whole=True)
_PLACE = Allowed(
    fixed="where a household lives is laid out once, and ties, risers and areas in all rest on it"
)
_AT_START = Allowed(fixed="who it is was settled before the first week, and others were chosen by it")
_COUNTED = Allowed(fixed="it is counted and paid for as it happens; a decision of an agent brings it about")
_MONEY = Allowed(
    fixed="money is booked to the fen on both sides; it moves when bills, works and lifts are paid"
)
_NOTE = "it is the engine's own note"
_ENGINES = Allowed(fixed=_NOTE)


def _kinds(kinds: type[IntEnum]) -> Allowed:
    return Allowed(0, len(kinds) - 1, whole=True)


def _all(columns: Iterable[IntEnum], allowed: Allowed) -> dict[str, Allowed]:
    return {column.name.lower(): allowed for column in columns}


#: Columns that hold a category by its number.
CATEGORIES: dict[str, type[IntEnum]] = {
    "tenure": Tenure,
    "cooperation": Cooperation,
    "party": Party,
    "vote": Vote,
}

#: By name; what stands further down wins.
_ALLOWED: dict[str, Allowed] = {
    **_all(Real, _SHARE),
    **_all((Real.SUPPORT, Real.VOICED, Real.SOCIAL, Real.FIRST_SUPPORT), _OPINION),
    **_all((Real.REACTANCE, Real.RESENTMENT, Real.OWN_COST, Real.INCOME), _UP),
    **_all((Real.TASTE, Real.DISPOSITION, Real.VISIT_SHIFT), _ANY),
    **_all([Real.STRUCTURE], _AT_START),
    **_all(Flag, _MARK),
    **_all([Flag.TENURE], _kinds(Tenure)),
    **_all([Flag.COOPERATION], _kinds(Cooperation)),
    **_all([Flag.VOTE], _kinds(Vote)),
    **_all((Flag.PARTY, Flag.MESSENGER, Flag.LINKED, Flag.VOLUNTEER), _AT_START),
    **_all((Flag.REMOVED, Flag.ACTED_FIRST, Flag.CONTRIBUTED, Flag.SUED, Flag.BILLED, Flag.PAID), _COUNTED),
    **_all([Flag.COMPLAINING], _COUNTED),
    **_all([Flag.MARKS_SEEN], _ENGINES),
    **_all(Whole, _PLACE),
    **_all((Whole.N_VISITS, Whole.N_TRIED, Whole.N_VOICED, Whole.REFUSALS), _COUNT),
    **_all([Whole.NEWS], _ENGINES),
    **_all([Whole.MESSENGER_OF], _AT_START),
    **_all(Money, _MONEY),
}


def allowed_in(name: str) -> Allowed:
    """What may be written into a column."""
    return _ALLOWED[name]


class HouseholdColumn(np.ndarray):
    """One number of every household: an array to read, into which only what the model can follow is written.

    `column[rows] = values` and `column[:] += values` change the households. Results of arithmetic are plain arrays.
    Raises ValueError for a value that is no number of this column, and for a column that takes none.
    """

    _name: str
    _allowed: Allowed
    #: the engine's own array; None for what is no view of it
    _array: np.ndarray | None

    def __new__(cls, array: np.ndarray, name: str, allowed: Allowed) -> "HouseholdColumn":
        """A view of the engine's array that numpy itself does not write to."""
        column = array.view(cls)
        column.flags.writeable = False
        column._name, column._allowed, column._array = name, allowed, array
        return column

    def __array_finalize__(self, source: Any) -> None:
        self._array = None

    def __getitem__(self, rows: Any) -> Any:
        if self._array is not None and isinstance(rows, slice):
            return HouseholdColumn(self._array[rows], self._name, self._allowed)
        return np.asarray(self)[rows]

    def __setitem__(self, rows: Any, values: Any) -> None:
        if self._array is None:
            super().__setitem__(rows, values)
            return
        allowed = self._allowed
        # an agent writes one number at a time, and often
        simple = type(values) in ((int, bool) if allowed.whole else (float, int)) and not allowed.fixed
        if not (simple and allowed.low <= values <= allowed.high):
            self._refuse(values)
        self._array[rows] = values

    def _refuse(self, values: Any) -> None:
        if self._allowed.fixed:
            raise ValueError(f"{self._name} cannot be written: {self._allowed.fixed}")
        given = np.asarray(values)
        if given.dtype.kind not in "biuf" or self._allowed.refuses(given):
            wrong = values if given.ndim == 0 else _first_wrong(given, self._allowed)
            raise ValueError(f"{self._name} = {str(wrong)[:60]}; expected {self._allowed}")

    def _refuse_words(self, given: Iterable[Any]) -> None:
        """Words are like no number: what compares them would silently find nobody."""
        for one in given:
            if np.asarray(one).dtype.kind in "US":
                kinds, word = CATEGORIES.get(self._name), str(np.ravel(one)[0])
                if kinds:
                    raise ValueError(no_word(kinds, self._name, word))
                raise ValueError(f"{self._name} is compared with {word[:60]!r}; expected numbers")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *given: Any, **options: Any) -> Any:
        if ufunc in (np.equal, np.not_equal):
            self._refuse_words(given)
        plain = [np.asarray(one) if isinstance(one, HouseholdColumn) else one for one in given]
        (goal,) = options.get("out") or (None,)
        if not isinstance(goal, HouseholdColumn):
            return getattr(ufunc, method)(*plain, **options)
        options.pop("out")
        goal[...] = getattr(ufunc, method)(*plain, **options)
        return goal


def _first_wrong(given: np.ndarray, allowed: Allowed) -> Any:
    if given.dtype.kind not in "biuf":
        return given.ravel()[0]
    return next(value for value in given.ravel() if allowed.refuses(np.asarray(value)))


def household_arrays(world: World, c: int = 0) -> dict[str, np.ndarray]:
    """Every column of the households of compound `c` by name, in building order: the engine's own arrays.

    support … taste float32; tenure … messenger uint8; building … n_visits int32 (area in 0.01 m²);
    arrears, billed_total, paid_total, works_paid int64 (fen).
    """
    rows = slice(int(world.compounds["start"][c]), int(world.compounds["stop"][c]))
    blocks = ((Real, world.reals), (Flag, world.flags), (Whole, world.wholes), (Money, world.money))
    return {column.name.lower(): block[column, rows] for names, block in blocks for column in names}


def household_columns(arrays: dict[str, np.ndarray]) -> dict[str, HouseholdColumn]:
    """The same columns as agents and users read and write them. arrays : of `household_arrays`"""
    return {name: HouseholdColumn(array, name, _ALLOWED[name]) for name, array in arrays.items()}


_WEEK = Allowed(-1, 2**31 - 1, whole=True)
#: What agents and users set of a compound's record; the rest is laid out, counted, booked or measured by the engine.
_OF_COMPOUND = MappingProxyType({
    **dict.fromkeys(("deadline", "waiting_until", "notice_week", "trial_until"), _WEEK),
    **dict.fromkeys(("plan_closed", "notice_final"), _MARK),
    "adopted": Allowed(0, 2**N_ITEMS - 1, whole=True),
    **dict.fromkeys(("quality", "effort", "defects", "shown", "infrastructure"), _SHARE),
    **dict.fromkeys(("fee", "nuisance", "hours_owed", "money_left", "company_cost_factor"), _UP),
    **dict.fromkeys(("taste_shift", "contractor"), _ANY),
})  # fmt: skip


class Row:
    """One row of a structured array: its fields as attributes, read as Python numbers and written in place.

    allowed : what of it may be written, and which values; instead : why no other field is, and what to do
    kinds : fields that hold a category, which are read as its members
    Raises AttributeError for a field that is not there or takes nothing, ValueError for a value that it does not take.
    """

    __slots__ = ("_allowed", "_instead", "_kinds", "_read", "_row")

    def __init__(
        self,
        row: np.void,
        allowed: Mapping[str, Allowed],
        instead: str,
        kinds: Mapping[str, tuple[IntEnum, ...]] = MappingProxyType({}),
    ) -> None:
        object.__setattr__(self, "_row", row)
        object.__setattr__(self, "_allowed", allowed)
        object.__setattr__(self, "_instead", instead)
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_read", {})

    def __getattr__(self, name: str) -> Any:
        if name[0] == "_":
            raise AttributeError(name)
        read = self._read.get(name) or self._reader(name)
        return read()

    def _reader(self, name: str) -> Any:
        """What reads a field, kept: agents read the same few hundreds of thousands of times."""
        if name not in self._row.dtype.names:
            raise AttributeError(self._no_field(name))
        place = np.ndarray((), self._row.dtype, buffer=self._row)[name]
        members = self._kinds.get(name)
        if members is not None:
            self._read[name] = lambda: members[int(place.item())]
        else:
            self._read[name] = (lambda: place) if place.ndim else place.item
        return self._read[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._row.dtype.names:
            raise AttributeError(self._no_field(name))
        allowed = self._allowed.get(name)
        if allowed is None:
            raise AttributeError(f"{name} cannot be written: {FIXED_FIELDS.get(name) or self._instead}")
        number = np.asarray(value)
        if number.ndim or number.dtype.kind not in "biuf" or allowed.refuses(number):
            raise ValueError(
                f"{name} = {str(value)[:60]}; expected a {str(allowed).replace('numbers', 'number')}"
            )
        self._row[name] = value

    def _no_field(self, name: str) -> str:
        names = self._row.dtype.names
        return f"no field {name!r}{nearest(name, names)}; fields: {', '.join(names)}"

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{n}={self._row[n]}' for n in self._row.dtype.names)})"


def intensities(world: World, c: int = 0) -> Row:
    """This week's intensity of each instrument, by its name in lower case: to read."""
    instead = "the strategy decides on it every week; expected model.branch(…) or a strategy of its own"
    return Row(world.now[c].view(_INSTRUMENT_TYPE)[0], {}, instead)


def compound_record(world: World, c: int = 0) -> Row:
    """The compound, its project and its company, by the names of `model.world.state`."""
    instead = f"the engine counts, books or measures it; expected one of {', '.join(_OF_COMPOUND)}"
    return Row(world.compounds[c], _OF_COMPOUND, instead, {"stage": tuple(Stage)})


def settings_record(world: World, c: int = 0) -> Row:
    """Programme, management and office in numbers: to read."""
    instead = "it is settled with the scenario; expected model.branch(…), or another scenario"
    return Row(world.settings[c], {}, instead, KINDS_OF_SETTINGS)
