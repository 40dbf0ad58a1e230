"""A researcher's own instruments and outcomes, in a file of their own: nothing here has to be edited for one.

    tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=4.0)
    model = CommunityModel(scenario, own=[tea.use(0.5, start_week=4)], outcomes=[OwnOutcome("doubt", …)])
    model = CommunityModel(scenario_whose_strategy_names_it, own=[tea])

They act between the weeks, on the columns that both engines read, so that both give the same results.
"""

import inspect
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, Protocol

import numpy as np

from agents.overriding import RefusedError
from model.directions import alternatives, nearest, shown
from model.instruments import Instrument, Legality
from model.measures import SUMMARY, Outcome
from model.parameters import Parameters
from model.settings import with_numbers
from model.specification import FOREVER, OwnEntry, Scenario, Use

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
#: Purposes of one's own draws lie beyond all of the model's.
_FIRST_PURPOSE = 1 << 20

#: Called with a `CommunityModel`: an effect with its intensity too.
type Effect = Callable[[Any, float], object]
type Measure = Callable[[Any], float]


class Host(Protocol):
    """What own things need of the model they act in: a `model.compound_view.CompoundView`."""

    week: int
    compound: Any

    def column(self, name: str) -> np.ndarray:
        """One number of every household, in building order."""

    def has_turn(self) -> bool:
        """Whether the office works here this week."""


#: What belongs to the use of an instrument, not to the instrument.
_OF_USES = ("weeks", "week", "start_week", "end_week", "start", "end", "intensity")


def _declared[Declared: type](cls: Declared) -> Declared:
    """Let a declaration say of a name that it has not where it belongs, or the nearest."""
    plain: Callable[..., None] = cls.__init__  # type: ignore[misc]  # of this class, no instance
    known = [name for name in inspect.signature(plain).parameters if name != "self"]

    @wraps(plain)
    def told(self: Any, *given: Any, **named: Any) -> None:
        for name in named:
            if name not in known:
                raise TypeError(
                    f"{cls.__name__}: unknown name {name!r}; {_where_it_belongs(cls, name, known)}"
                )
        plain(self, *given, **named)

    cls.__init__ = told  # type: ignore[misc]  # the signature stays that of the dataclass
    return cls


def _where_it_belongs(cls: type, name: str, known: list[str]) -> str:
    if cls.__name__ == "OwnInstrument" and name in _OF_USES:
        return "expected .use(intensity, start_week=…, end_week=…), or the strategy's start_week and end_week"
    return f"expected {alternatives(known)}{nearest(name, known)}"


@_declared
@dataclass(frozen=True)
class OwnInstrument:
    """An instrument that the model does not have.

    name : small letters, digits, _; no name that the model has
    zh, en : what it is called
    effect : a small rule, called with the model and this week's intensity before the week begins; it writes columns
    hours : person-hours a week at full intensity, for the compound as it is, whatever its size; the office has
        `hours_per_household_week` (0.04) a household
    yuan : a week and household at full intensity, out of `mobilisation_yuan_per_household`
    legality : lawful, restricted or unlawful, as in `docs/law.md`
    Raises ValueError for what cannot be used.
    """

    name: str
    zh: str
    en: str
    effect: Effect
    hours: float = 0.0
    yuan: float = 0.0
    legality: Legality = Legality.LAWFUL

    def __post_init__(self) -> None:
        _refuse_name(self.name, [i.name.lower() for i in Instrument], "an instrument of the model")
        _refuse_labels(self.name, self.zh, self.en)
        _refuse_call(self.name, "effect", self.effect, 2, "the model and the intensity")
        for what, number in (("hours", self.hours), ("yuan", self.yuan)):
            if not isinstance(number, int | float) or not 0 <= number < 1e9:
                raise ValueError(f"{self.name}.{what} = {shown(number)}; expected a number from 0 up")
        if self.legality not in list(Legality):
            words = ", ".join(Legality)
            raise ValueError(
                f"{self.name}.legality = {shown(self.legality)}; expected one of {words}"
                f"{nearest(str(self.legality), list(Legality))}"
            )

    @property
    def rests(self) -> bool:
        """Whether it acts only where a strategy or a setting names it: without a use, yes."""
        return True

    def entry(self) -> OwnEntry:
        """How a strategy uses it that names it and says nothing more: fully, in every week."""
        return OwnEntry(zh=self.zh, en=self.en, legality=self.legality)

    def use(self, intensity: float = 1.0, *, start_week: int = 0, end_week: int = FOREVER) -> "OwnUse":
        """The instrument in use, between two weeks. Raises ValueError for an intensity beyond 0 to 1 and for weeks."""
        weeks = {"start_week": start_week, "end_week": end_week}
        return OwnUse(self, with_numbers(Use(), {"intensity": intensity, **weeks}, self.name))


@dataclass(frozen=True)
class OwnUse:
    """An own instrument in use: how strongly, in which weeks."""

    instrument: OwnInstrument
    used: Use

    @property
    def name(self) -> str:
        """The name of the instrument."""
        return self.instrument.name

    @property
    def rests(self) -> bool:
        """Whether it acts only where a strategy or a setting names it: in use, no."""
        return False

    def entry(self) -> OwnEntry:
        """The same as a strategy says it."""
        own = self.instrument
        return OwnEntry(**self.used.__dict__, zh=own.zh, en=own.en, legality=own.legality)

    def in_force(self, week: int) -> float:
        """Its intensity in a week, before hours and money are looked at."""
        return self.used.intensity if self.used.start_week <= week < self.used.end_week else 0.0


@_declared
@dataclass(frozen=True)
class OwnOutcome:
    """Something of one's own that is measured at the end of every week, and kept beside the model's outcomes.

    measure : called with the model; returns a number, NaN where it has no value
    better : "higher" or "lower" where more or less of it is to be wished for; empty where nobody says
    Raises ValueError for what cannot be used.
    """

    name: str
    zh: str
    en: str
    measure: Measure
    unit: str = "1"
    better: Literal["", "higher", "lower"] = ""

    def __post_init__(self) -> None:
        _refuse_name(self.name, [*(o.name.lower() for o in Outcome), *SUMMARY], "an outcome of the model")
        _refuse_labels(self.name, self.zh, self.en)
        _refuse_call(self.name, "measure", self.measure, 1, "the model")
        if self.better not in ("", "higher", "lower"):
            raise ValueError(
                f"{self.name}.better = {shown(self.better)}; expected 'higher', 'lower' or nothing"
            )


def purpose_of(name: str) -> int:
    """The number of a purpose of one's own, by its name: the same on every machine, and none of the model's."""
    return _FIRST_PURPOSE + zlib.crc32(name.encode()) % _FIRST_PURPOSE


def in_use(scenario: Scenario, own: Iterable[OwnInstrument | OwnUse]) -> tuple[OwnUse, ...]:
    """The own instruments of a run, in the order given: as the strategy uses them, else at intensity 0.

    Raises ValueError for one that the strategy uses and nobody gives.
    """
    entries = scenario.strategy.own
    instruments = {each.name: each if isinstance(each, OwnInstrument) else each.instrument for each in own}
    missing = [name for name, entry in entries.items() if entry.intensity and name not in instruments]
    if missing:
        raise ValueError(
            f"strategy {scenario.strategy.id!r} uses {missing[0]!r}, an instrument of one's own; expected "
            f"own=[…] with it{nearest(missing[0], instruments)}"
        )
    rest = Use(intensity=0.0)
    return tuple(OwnUse(own, entries.get(name, rest)) for name, own in instruments.items())


def refuse_twice(names: Iterable[str], what: str) -> None:
    """Raise ValueError where two own instruments or outcomes have the same name."""
    listed = list(names)
    twice = next((name for name in listed if listed.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{what}: {twice!r} is given twice; expected each once")


def pay(model: Host, own: OwnUse, rest: np.void, booked: np.void) -> tuple[float, float]:
    """What an own instrument gets this week: its intensity, and its hours, out of those the compound is given.

    Like the model's devices it rests for the week where hours or money are short, and where the compound has no turn.
    rest : its record of `REST_TYPE`, which notes weeks without hours or money; booked : where the compound pays
    """
    intensity, instrument = own.in_force(model.week), own.instrument
    compound = model.compound
    if intensity == 0.0 or not model.has_turn():
        return 0.0, 0.0
    hours = instrument.hours * intensity
    yuan = instrument.yuan * intensity * len(model.column("support"))
    there = compound.hours_now
    rest["weeks"] += 1
    if hours > there:
        rest["without_hours"] += 1
        rest["hours_needed"], rest["hours_there"] = hours, there
        return 0.0, 0.0
    if yuan > compound.money_left:
        rest["without_money"] += 1
        rest["yuan_needed"], rest["yuan_there"] = yuan, compound.money_left
        return 0.0, 0.0
    booked["hours_now"] -= hours
    booked["money_left"] -= yuan
    booked["public_spending"] += int(yuan * 100.0 + 0.5)
    return intensity, hours


def act(model: Host, own: OwnUse, intensity: float) -> None:
    """Let an own instrument act, unless it rests. Raises TypeError for an effect that returns what nobody reads."""
    answer = own.instrument.effect(model, intensity) if intensity > 0.0 else None
    if answer is not None:
        name = own.instrument.name
        wrong = f"{name}.effect returned {shown(answer)}; expected nothing: it writes columns"
        raise RefusedError(wrong, own.instrument.effect)


def measured(outcome: OwnOutcome, model: Host) -> float:
    """An own outcome this week. Raises TypeError for what is no number."""
    found = outcome.measure(model)
    if isinstance(found, bool) or not isinstance(found, int | float | np.integer | np.floating):
        wrong = f"{outcome.name} returned {shown(found)}; expected a number, NaN where there is none"
        raise RefusedError(wrong, outcome.measure)
    return float(found)


def _refuse_name(name: str, known: list[str], what: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"name = {shown(name)}; expected small letters, digits and _, a letter first")
    if name in known or name in Parameters.model_fields:
        raise ValueError(f"name = {name!r}; is {what} or a parameter; expected another")


def _refuse_labels(name: str, zh: str, en: str) -> None:
    for language, label in (("zh", zh), ("en", en)):
        if not isinstance(label, str) or not label.strip():
            raise ValueError(f"{name}.{language} = {shown(label)}; expected what it is called")


def _refuse_call(name: str, what: str, function: object, n: int, given: str) -> None:
    if not callable(function):
        raise ValueError(f"{name}.{what} = {shown(function)}; expected a function of {given}")
    try:
        inspect.signature(function).bind(*range(n))
    except TypeError:
        raise ValueError(f"{name}.{what}: expected a function of {given}") from None
