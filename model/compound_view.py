"""One compound of a world as own things, agents and users see it: alone in a model, or one of a district's.

What is read here is the same in both, so that an effect or a measure that is written for one compound runs in each
compound of a district.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from agents.categories import KindNumber, Stage
from model.directions import nearest
from model.instruments import CHOICES, Instrument, Legality
from model.measures import CATEGORIES_MEASURED, outcome_called
from model.own import OwnInstrument, OwnOutcome, OwnUse, act, in_use, measured, pay, purpose_of
from model.parameters import Parameters
from model.specification import Scenario
from model.week import mobilisation
from model.world.columns import (
    HouseholdColumn,
    compound_record,
    household_arrays,
    household_columns,
    intensities,
    settings_record,
)
from model.world.network import to_networkx
from model.world.randomness import Purpose, draw_all, uniform
from model.world.rests import REST_TYPE, Rest, is_short, rest_of, rests_by_name
from model.world.state import World

if TYPE_CHECKING:
    import networkx

_PURPOSES = {purpose.name.lower(): int(purpose) for purpose in Purpose}


class CompoundView:
    """One compound of a world, and what a researcher has brought to it.

    week : weeks run so far; seed : of the run; own : instruments of one's own; own_outcomes : of one's own
    own_now : this week's intensity of each own instrument by name, 0 where it rests
    own_measured : what each own outcome came to at the end of every week so far, by name
    arrays, columns : the engine's columns of households by name, and what is read and written of them
    compound, settings, now : project and company, settings, instruments in force: fields of its records
    parameters : the coefficients in force
    """

    week: int
    seed: int
    own: tuple[OwnUse, ...]
    own_outcomes: tuple[OwnOutcome, ...]
    own_now: dict[str, float]
    own_measured: dict[str, list[float]]
    _scenario_run: Scenario
    _own_rests: np.ndarray

    # -- own things ---------------------------------------------------------------------------------------

    def _bring(self, own: Iterable[OwnInstrument | OwnUse], outcomes: Sequence[OwnOutcome]) -> None:
        """Have own things as the scenario uses them, before the first week."""
        self._put_in_use(own)
        self.own_outcomes = tuple(outcomes)
        self.own_measured = {outcome.name: [] for outcome in outcomes}

    def _put_in_use(self, own: Iterable[OwnInstrument | OwnUse]) -> None:
        """Have own instruments as the scenario uses them, of which none has rested yet."""
        self.own = in_use(self._scenario_run, own)
        self.own_now = {use.name: 0.0 for use in self.own}
        self._own_rests = np.zeros(len(self.own), REST_TYPE)

    def _use_own(self) -> None:
        """Pay for the own instruments of the week out of the hours that are shared, then let them act."""
        for use, rest in zip(self.own, self._own_rests, strict=True):
            self.own_now[use.name], hours = pay(self, use, rest, self._all.compounds[self._place])
            if hours:
                mobilisation.book_hours(self._all, self._place, hours, 0.0)
        for use in self.own:
            act(self, use, self.own_now[use.name])

    def _measure_own(self) -> None:
        """Measure the own outcomes at the end of a week."""
        for outcome in self.own_outcomes:
            self.own_measured[outcome.name].append(measured(outcome, self))

    # -- what there is to read ----------------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario in force, settings included."""
        return self._scenario_run

    @property
    def horizon_weeks(self) -> int:
        """Weeks in a run."""
        return self._scenario_run.horizon_weeks

    def not_lawful(self) -> dict[str, Legality]:
        """Instruments in use that the law restricts or forbids, one's own included, by name."""
        return self._scenario_run.strategy.not_lawful()

    def has_turn(self) -> bool:
        """Whether the office works here this week: its batch has begun and the project has not been dropped."""
        return self.compound.stage != Stage.DROPPED and self.week >= self.compound.waiting_until

    @property
    def rested(self) -> dict[str, Rest]:
        """Instruments, the model's and one's own, that rested in some week for want of hours or money, by name.

        Of a branch, the weeks since it went its own way.
        """
        return {name: rest_of(records[0]) for name, records in self.rests.items() if is_short(records)}

    @property
    def rests(self) -> dict[str, np.ndarray]:
        """How often every instrument rested so far, by name, each (1,) of `model.world.rests.REST_TYPE`."""
        own = {use.name: self._own_rests[i : i + 1] for i, use in enumerate(self.own)}
        return rests_by_name(self._all.rests[self._place : self._place + 1], own)

    def column(self, name: str) -> HouseholdColumn:
        """One number of every household, in building order; writing to it changes the households.

        Areas, places, money and what is counted as it happens cannot be written (`HouseholdColumn`).
        Raises KeyError with the known names.
        """
        try:
            return self.columns[name]
        except KeyError:
            known = ", ".join(self.columns)
            raise KeyError(f"no column {name!r}{nearest(name, self.columns)}; columns: {known}") from None

    def outcome(self, name: str) -> float:
        """An outcome, the model's or one's own, as measured at the end of last week; NaN before the first.

        A category (`stage`) is its number, which is compared with the members of `agents.categories.Stage`.
        Raises KeyError with the nearest of the known names; its comparison with a word raises ValueError.
        """
        if name in self.own_measured:
            return self.own_measured[name][-1] if self.week else float("nan")
        position = outcome_called(name, beside=self.own_measured)
        series = self._all.series
        value = float(series[self._place, self.week - 1, position]) if self.week else float("nan")
        kinds = CATEGORIES_MEASURED.get(position)
        return value if kinds is None else KindNumber(value, kinds)

    def network(self) -> "networkx.Graph[int]":
        """Who is acquainted with whom, by row, with building and stairwell of each household."""
        return to_networkx(self._all, self._place)

    def draw(self, household: int, purpose: str) -> float:
        """The household's uniform draw in (0, 1) of this week, for one purpose of `model.world.randomness.Purpose`."""
        try:
            number = _PURPOSES[purpose]
        except KeyError:
            known = ", ".join(_PURPOSES)
            raise KeyError(
                f"no purpose {purpose!r}{nearest(purpose, _PURPOSES)}; purposes: {known}"
            ) from None
        return uniform(self._seed_word, self._number, household, self.week, number)

    def draws(self, purpose: str) -> np.ndarray:
        """A uniform draw in (0, 1) of every household for a purpose of one's own, this week: float64, building order.

        purpose : any name; no other draw depends on it, and the same name gives the same draws in both engines
        """
        found = np.empty(len(self.arrays["support"]))
        draw_all(self._seed_word, self._number, self.week, purpose_of(purpose), found)
        return found

    def choice(self, instrument: str) -> IntEnum:
        """The choice made within an instrument: a member of its `model.instruments.CHOICES`."""
        used = Instrument[instrument.upper()]
        return CHOICES[used](self._all.instruments[self._place, used]["choice"])

    def _see(self, world: World, place: int) -> None:
        """Create the views through which the compound at this place of the world is read and written."""
        self._all, self._place = world, place
        self.arrays = household_arrays(world, place)
        self.columns = household_columns(self.arrays)
        self.compound = compound_record(world, place)
        self.settings = settings_record(world, place)
        self.now = intensities(world, place)
        self.parameters: Parameters = self._scenario_run.parameters  # asked for often, by every agent
        self._seed_word, self._number = self.compound.seed, self.compound.number
