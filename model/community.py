"""The Mesa model: one compound, its residents and institutions, one week a step.

    model = CommunityModel(scenario, rng=7)
    model.run()
    model.datacollector.get_model_vars_dataframe()["valid_consent"]

`engine="compiled"` (the default) runs the week in the compiled engine; `engine="agents"` runs it as loops
over the agents below, which a researcher may subclass. The results are the same.
"""

import copy
import secrets
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self

import mesa
import numpy as np

from agents.categories import Party
from agents.owners_committee import OwnersCommittee
from agents.party_member import PartyMember
from agents.property_company import PropertyCompany
from agents.resident import Resident
from agents.rules.street_office import DEVICES, Device
from agents.street_office import StreetOffice
from model import agent_loop
from model.branching import followed, refuse_settled
from model.brought import Brought, bringing
from model.compound_view import CompoundView
from model.engine import Results, Run, build_world, check_audit, identities
from model.equity import equity_table
from model.measures import outcome_called
from model.menu import ITEM_SHOW
from model.own import (
    OwnInstrument,
    OwnOutcome,
    OwnUse,
    refuse_twice,
)
from model.refusing import SettingError
from model.settings import with_settings
from model.specification import Scenario, Strategy
from model.table_files import read_tables
from model.week import mobilisation
from model.week.finance import affordable
from model.week.schedule import advance, share_before
from model.world.tables import to_tables

if TYPE_CHECKING:
    import pandas as pd

#: What the data collector records every week, unless told otherwise.
MAIN_OUTCOMES = (
    "stage",
    "headline_consent",
    "valid_consent",
    "insincere_share",
    "support_share",
    "mean_support",
    "trust_office",
    "trust_company",
    "reactance",
    "payment_rate",
    "payment_trailing_year",
    "arrears_yuan",
    "company_present",
    "quality",
    "satisfaction",
    "office_hours",
)

#: What agents ask of the model, and the compiled engine does not.
_ANSWERS = ("draw", "ties_of", "devote", "affordable", "shows", "choice")
#: Attributes that `_connect` rebuilds from the world, and that are therefore neither pickled nor copied.
_VIEWS = ("_all", "arrays", "columns", "compound", "settings", "now", "wishes", "_ties")


class CommunityModel(CompoundView, mesa.Model):
    """One compound (小区) under one strategy.

    scenario : what to run; the default scenario when left out
    rng : the seed, 0 and up; a fresh one when left out, kept in `seed`
    engine : "compiled", or "agents" to run every decision through its agent's method
    resident_class, member_class : agent classes of households without and with a Party member ("agents" only)
    own : instruments of one's own (`model.own`) in use, or as they are, for the strategy to use by their names
    outcomes : of one's own, measured every week beside the model's
    ties : who knows whom: a networkx graph, a table of pairs, or a .csv, .parquet or .graphml file; drawn where None
    households : a number, or a table of households (`model.households`): a data frame, a .csv or .parquet file
    settings : single numbers by name, such as `support_rate=0.2, households=80`, or `strategy=…`

    Raises TypeError for an unknown setting, ValueError for a value out of range.
    """

    #: Agent classes of the institutions; a subclass of the model may name its own.
    office_class = StreetOffice
    company_class = PropertyCompany
    committee_class = OwnersCommittee

    agent_id_counter: int
    #: households whose agents have not been created yet
    _unborn = 0

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        rng: int | None = None,
        engine: Literal["compiled", "agents"] = "compiled",
        resident_class: type[Resident] = Resident,
        member_class: type[PartyMember] = PartyMember,
        own: Sequence[OwnUse | OwnInstrument] = (),
        outcomes: Sequence[OwnOutcome] = (),
        ties: Any = None,
        **settings: Any,
    ) -> None:
        institutions = (self.office_class, self.company_class, self.committee_class)
        _check_engine(engine, resident_class, member_class, institutions)
        _check_answers(engine, type(self))
        seed = _seed(rng)
        super().__init__(rng=seed)
        self.seed = seed
        refuse_twice((each.name for each in own), "own")
        refuse_twice((outcome.name for outcome in outcomes), "outcomes")
        self._scenario_run = _with_own(scenario if scenario is not None else Scenario(), settings, ties, own)
        self._bring(own, outcomes)
        self.engine = engine
        self.week = 0
        self.world = build_world([Run(self.scenario, self.seed)])
        self._resident_class, self._member_class = resident_class, member_class
        self._connect()
        self._unborn = len(self.column("support"))
        self._first_id = self.agent_id_counter
        self.agent_id_counter += self._unborn + 3  # residents, and office, company and committee
        own_reporters = {outcome.name: partial(_own_outcome_of, name=outcome.name) for outcome in outcomes}
        reporters = {**outcome_reporters(), **own_reporters}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse a misspelt `office_class`, which would change nothing. Raises TypeError with the nearest name."""
        super().__init_subclass__(**options)
        known = [name for name in dir(CommunityModel) if not name.startswith("_")]
        for name in vars(cls):
            close = get_close_matches(name, known, n=1, cutoff=0.85)
            if not name.startswith("_") and name not in known and close:
                raise TypeError(
                    f"{cls.__name__}.{name}: the model has no such name; did you mean {close[0]!r}?"
                )

    # -- running ------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One week. Raises RuntimeError when the horizon has been reached."""
        if self.week >= self.horizon_weeks:
            weeks = self.horizon_weeks
            raise RuntimeError(f"the horizon of {weeks} weeks is reached; set a longer horizon_weeks")
        if self.own:
            share_before(self.world, 0, 1, self.week)
            self._use_own()
        if self.engine == "compiled":
            advance(self.world, 0, 1, self.week, 1)
        else:
            agent_loop.scripted_events(self)
            agent_loop.allocate_effort(self)
            agent_loop.mobilise(self)
            agent_loop.deliberate(self)
            agent_loop.influence(self)
            agent_loop.voice(self)
            agent_loop.sign_and_withdraw(self)
            agent_loop.test_gates(self)
            agent_loop.construct(self)
            agent_loop.serve_and_bill(self)
            agent_loop.turnover(self)
            agent_loop.observe(self)
        self.week += 1
        check_audit(self.world)
        self.running = self.week < self.horizon_weeks
        self._measure_own()
        self.datacollector.collect(self)

    def run(self) -> None:
        """Run to the horizon."""
        while self.running:
            self.step()

    run_model = run

    def branch(
        self,
        scenario: Scenario | None = None,
        /,
        *,
        own: Sequence[OwnUse | OwnInstrument] = (),
        **changes: Any,
    ) -> Self:
        """A copy that goes on from here under changed settings; this model stays as it is.

        scenario : another in place of this model's, before the changes
        own : instruments of one's own beside those of this model, or in place of those of the same name; in use, or for
            the strategy to use
        changes : settings as the constructor takes them: a strategy, intensities of instruments, numbers of programme,
            management and office, events, horizon_weeks. Own instruments act from here on as the strategy says.
        Raises TypeError for an unknown setting, ValueError for a value out of range, and for what is settled before
        the first week, such as households and coefficients.
        """
        refuse_twice((each.name for each in own), "own")
        named = {each.name for each in own}
        instruments = [*(use.instrument for use in self.own if use.name not in named), *own]
        scenario = self.scenario if scenario is None else scenario
        with bringing(Brought.of(instruments)):
            scenario = _in_force(scenario, _with_uses(scenario, changes, own))
        refuse_settled(self.scenario, scenario, self.week)
        twin = copy.deepcopy(self)
        was, new = (build_world([Run(each, self.seed)]) for each in (self.scenario, scenario))
        twin.world = followed(twin.world, was, new)
        twin._scenario_run = scenario
        twin._put_in_use(instruments)
        twin.running = twin.week < twin.horizon_weeks
        twin._connect()
        return twin

    # -- what there is to read ----------------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario in force, settings included."""
        return self._scenario_run

    @scenario.setter
    def scenario(self, mesas_own: Any) -> None:
        """Mesa assigns a scenario object of its own, which we keep aside."""
        self._scenario = mesas_own

    def results(self) -> Results:
        """What the run has produced so far, in the same form as the compiled engine's.

        Raises RuntimeError before the first week.
        """
        if self.week == 0:
            raise RuntimeError("no week has been run yet; call step() or run() first")
        identity = identities([Run(self.scenario, self.seed)])
        households = np.array([self.scenario.compound.households])
        equity = equity_table(self.world, 0, self.week).assign(run=0)
        own = {name: np.array([values], np.float64) for name, values in self.own_measured.items()}
        rests = {name: records.copy() for name, records in self.rests.items()}
        return Results(identity, self.world.series[:, : self.week].copy(), households, equity, own, rests)

    def to_tables(self) -> "dict[str, pd.DataFrame]":
        """Households and ties as they are now, as tables that `households=` and `ties=` take."""
        return to_tables(self.world)

    # -- what agents ask ----------------------------------------------------------------------------------

    def ties_of(self, household: int) -> list[Resident]:
        """The residents a household is personally acquainted with."""
        ties = self._ties.get(household)
        if ties is None:
            first, last = self.world.tie_start[household], self.world.tie_stop[household]
            residents = self.residents
            ties = self._ties[household] = [residents[j] for j in self.world.ties[first:last].tolist()]
        return ties

    def devote(self, device: Device, left: float) -> float:
        """Give a device its hours and money of the week, out of the hours left; returns what is left then."""
        return mobilisation.devote(self.world, 0, DEVICES.index(device), left)

    def affordable(self, item: int) -> bool:
        """Whether a menu item is not in the plan and the public money released so far pays for it."""
        return bool(affordable(self.world, 0, item))

    def shows(self, item: int) -> float:
        """How much an office that decides alone prefers a menu item, in [0, 1]."""
        return float(ITEM_SHOW[item])

    def forget_ties(self) -> None:
        """Drop the cached ties, since new acquaintances have been made."""
        self._ties.clear()

    # -- agents, created on first access ----------------------------------------------------------------

    @property
    def agents(self) -> Any:
        """Every agent: residents in building order, then office, company and committee."""
        self._bring_to_life()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The agents of each class. Party members are a class of their own."""
        self._bring_to_life()
        return super().agents_by_type

    @property
    def agent_types(self) -> Any:
        """The classes of agents there are."""
        self._bring_to_life()
        return super().agent_types

    @property
    def residents(self) -> list[Resident]:
        """Every household, Party members included, in building order."""
        self._bring_to_life()
        return self._residents

    @property
    def office(self) -> StreetOffice:
        """The street office."""
        self._bring_to_life()
        return self._office

    @property
    def company(self) -> PropertyCompany:
        """The property company."""
        self._bring_to_life()
        return self._company

    @property
    def committee(self) -> OwnersCommittee:
        """The owners' committee."""
        self._bring_to_life()
        return self._committee

    def _bring_to_life(self) -> None:
        """Create the agents, with the identifiers reserved for them at the start; nothing is drawn."""
        if not self._unborn:
            return
        n, self._unborn = self._unborn, 0
        later, self.agent_id_counter = self.agent_id_counter, self._first_id
        membership = self.column("party").tolist()
        classes = {True: self._member_class, False: self._resident_class}
        self._residents = [classes[membership[i] != Party.NONE](self, i) for i in range(n)]
        self._office = self.office_class(self)
        self._company = self.company_class(self)
        self._committee = self.committee_class(self)
        self.agent_id_counter = later

    # -- views of the world -------------------------------------------------------------------------------

    def _connect(self) -> None:
        """Create the views through which agents and users read and write the world."""
        self._see(self.world, 0)
        self.wishes = self.world.preferences.view()
        self.wishes.flags.writeable = False  # a household's wishes add up to 1
        self._ties: dict[int, list[Resident]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _VIEWS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._connect()


def outcome_reporters(names: Iterable[str] = MAIN_OUTCOMES) -> dict[str, Callable[[CommunityModel], float]]:
    """Model reporters for a `mesa.DataCollector`, one an outcome; any of `model.measures.Outcome` in lower case.

    Raises KeyError for another name, with the nearest.
    """
    names = list(names)
    for name in names:
        outcome_called(name)
    return {name: partial(_outcome_of, name=name) for name in names}


def _outcome_of(model: CommunityModel, name: str) -> float:
    return model.outcome(name)


def _own_outcome_of(model: CommunityModel, name: str) -> float:
    return model.own_measured[name][-1]


def _with_own(
    scenario: Scenario, settings: dict[str, Any], ties: Any, own: Sequence[OwnUse | OwnInstrument]
) -> Scenario:
    """The scenario with what is given in use, then with settings and data in force."""
    with bringing(Brought.of(own)):
        return _with_data(scenario, _with_uses(scenario, settings, own), ties)


def _with_uses(
    scenario: Scenario, settings: dict[str, Any], own: Sequence[OwnUse | OwnInstrument]
) -> dict[str, Any]:
    """The settings with what is given in use, which wins over the strategy."""
    given = {each.name: each.entry() for each in own if not each.rests}
    strategy = settings.get("strategy", scenario.strategy)
    if not given or not isinstance(strategy, Strategy):
        return settings
    return {**settings, "strategy": strategy.model_copy(update={"own": {**strategy.own, **given}})}


def _with_data(scenario: Scenario, settings: dict[str, Any], ties: Any) -> Scenario:
    """The scenario with settings, a table of households among them, and ties in force.

    Raises TableError for a table, ValueError for sizes that are not the table's.
    """
    given = settings.get("households")
    if given is None or isinstance(given, int | float | np.number):
        scenario = _in_force(scenario, settings)
        if ties is None:
            return scenario
        return scenario.with_tables(read_tables(None, ties, drawn=scenario.compound.households))
    rest = {name: value for name, value in settings.items() if name != "households"}
    return _in_force(scenario.with_tables(read_tables(given, ties)), rest)


def _seed(rng: Any) -> int:
    """The seed as a whole number; a fresh one for None."""
    if rng is None:
        return secrets.randbits(32)
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or not 0 <= rng < 2**64:
        raise TypeError(f"rng={rng!r}; expected a whole number from 0 to 2**64 - 1, or None for a fresh seed")
    return int(rng)


def _in_force(scenario: Scenario, settings: dict[str, Any]) -> Scenario:
    """The scenario with settings in force; refusals are those of a call with wrong keywords."""
    try:
        return with_settings(scenario, settings)
    except SettingError as error:
        first = error.refusals[0]
        if first.wrong == "name":
            raise TypeError(f"unknown setting {first.name!r}{first.hint}") from None
        if first.wrong == "kind":
            raise TypeError(f"{first.name}={first.found}; expected {first.expected}") from None
        raise


def _check_answers(engine: str, model_class: type[CommunityModel]) -> None:
    """Raise ValueError where a subclass answers its agents in another way and no agent will ask."""
    own = _own_answers(model_class)
    if engine == "compiled" and own:
        called = f"{model_class.__name__}.{' and '.join(own)}"
        raise ValueError(f"the compiled engine does not call {called}; pass engine='agents' as well")


def _own_answers(model_class: type[CommunityModel]) -> list[str]:
    return [name for name in _ANSWERS if getattr(model_class, name) is not getattr(CommunityModel, name)]


def needs_agents(model_class: type[CommunityModel], agent_classes: Sequence[type]) -> bool:
    """Whether a model of these classes is run by its agents: the compiled engine calls no method of theirs."""
    usual = (Resident, PartyMember, StreetOffice, PropertyCompany, OwnersCommittee)
    return bool(_own_answers(model_class)) or any(kind not in usual for kind in agent_classes)


def _check_engine(
    engine: str, resident_class: type, member_class: type, institutions: tuple[type, type, type]
) -> None:
    if engine not in ("compiled", "agents"):
        raise ValueError(f"engine={engine!r}; expected 'compiled' or 'agents'")
    usual = (Resident, PartyMember, StreetOffice, PropertyCompany, OwnersCommittee)
    given = (resident_class, member_class, *institutions)
    own = [theirs.__name__ for theirs, ours in zip(given, usual, strict=True) if theirs is not ours]
    if engine == "compiled" and own:
        raise ValueError(
            f"the compiled engine does not call the methods of {' and '.join(own)}; pass engine='agents' as well"
        )
    if not issubclass(member_class, resident_class):
        raise ValueError(
            f"Party members would not be {resident_class.__name__}; declare "
            f"`class Member(PartyMember, {resident_class.__name__})` and pass member_class=Member as well"
        )
