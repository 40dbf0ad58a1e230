"""A researcher's own file or module: its instruments, outcomes, agents and model, and runs with them.

    mine = load_own("tea.py")                      # or the name of an installed module, "my_lab.tea"
    with mine.known():
        plan = load_sweep("my_sweep.toml")         # strategies and levers may name its instruments
    found = mine.simulate([Run(scenario, 7)])

Worker processes get the file's content, or import the module by its name; its digest is part of every row's key.
"""

import hashlib
import importlib
import linecache
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from agents.overriding import RefusedError
from agents.owners_committee import OwnersCommittee
from agents.party_member import PartyMember
from agents.property_company import PropertyCompany
from agents.resident import Resident
from agents.street_office import StreetOffice
from model.branching import phases
from model.brought import Brought, bringing
from model.community import CommunityModel, needs_agents
from model.directions import nearest_file, no_file
from model.engine import Results, Run, identities
from model.own import OwnInstrument, OwnOutcome, OwnUse, refuse_twice
from model.own_batch import run_own, simulate_own
from model.specification import Scenario, Strategy
from model.texts import EncodingError, decoded
from scenarios.files.problems import ScenarioError, shown
from scenarios.totals import TOTALS, counted_of, weeks_of

if TYPE_CHECKING:
    import pandas as pd

#: Columns that say which run, compound or household a row is of: no own outcome is called so.
OF_ROWS = frozenset(
    "run key case strategy scenario seed set status error reproduce week compound compound_name office start_week "
    "bundle stage_end households buildings elder party income_yuan_per_month area_mean_m2 structure common_income "
    "initial_trust_office initial_infrastructure company_before payment_before_set".split()
)
LARGEST_FILE_BYTES = 1_000_000
#: `[project.entry-points."gongzhi.own"]` of a package names modules of own things.
ENTRY_POINTS = "gongzhi.own"
#: Ours, whose classes nobody means when they are imported into a file.
_OURS = ("agents", "model", "scenarios", "mesa")
_INSTITUTIONS = {
    "office_class": StreetOffice,
    "company_class": PropertyCompany,
    "committee_class": OwnersCommittee,
}


class OwnError(ScenarioError):
    """A file or module of one's own that cannot be used."""


class OwnCode(NamedTuple):
    """What worker processes need to have the same things.

    name : of the file, or of the module; source : of a file, None of a module; place : where the file lies
    digest : BLAKE2b of the file, or of every file of the module's package that it loads
    """

    name: str
    source: bytes | None
    place: str
    digest: str


class Classes(NamedTuple):
    """The model that is run, and the agents of its households."""

    model: type[CommunityModel]
    resident: type[Resident]
    member: type[PartyMember]


@dataclass(frozen=True, eq=False)
class Own:
    """What a file or module brings.

    things : its uses of instruments, and its instruments that are in no use, in the order of the file
    engine : "agents" where it brings agents, which the compiled engine does not call
    """

    code: OwnCode
    things: tuple[OwnUse | OwnInstrument, ...]
    outcomes: tuple[OwnOutcome, ...]
    classes: Classes
    engine: Literal["compiled", "agents"]

    def __reduce__(self) -> Any:
        return of_code, (self.code,)

    @cached_property
    def instruments(self) -> dict[str, OwnInstrument]:
        """Its instruments by name, whether in use or not."""
        return {each.name: each.instrument if isinstance(each, OwnUse) else each for each in self.things}

    @cached_property
    def brought(self) -> Brought:
        """Its instruments and outcomes by name."""
        return Brought.of(self.things, self.outcomes)

    def known(self) -> AbstractContextManager[None]:
        """`with mine.known():` files, settings and labels know its instruments and outcomes."""
        return bringing(self.brought)

    def applied(self, scenario: Scenario) -> Scenario:
        """The scenario with what the file uses, where the strategy says nothing of it."""
        used = self.brought.used_by(scenario.strategy)
        return scenario if used is scenario.strategy else scenario.model_copy(update={"strategy": used})

    def model(
        self,
        scenario: Scenario,
        seed: int,
        *,
        engine: str | None = None,
        watched: Sequence[OwnOutcome] = (),
    ) -> CommunityModel:
        """A model with everything the file brings, before its first week; the scenario says what is in use.

        watched : outcomes beside those of the file
        """
        chosen: Any = engine or self.engine
        instruments = list(self.instruments.values())
        agents: dict[str, Any] = {}
        if self.classes.resident is not Resident or self.classes.member is not PartyMember:
            agents = {"resident_class": self.classes.resident, "member_class": self.classes.member}
        return self.classes.model(
            scenario, rng=seed, engine=chosen, own=instruments, outcomes=(*self.outcomes, *watched), **agents
        )

    def finished(
        self,
        scenario: Scenario,
        seed: int,
        *,
        engine: str | None = None,
        watched: Sequence[OwnOutcome] = (),
    ) -> CommunityModel:
        """The model at its horizon, after a burn-in if there is one; see `model`.

        Raises ValueError where its own `run` ends before, OwnError for what goes wrong in its code, with file and line.
        """
        with self.telling_where():
            if scenario.burn_in is None:
                return finished(self.model(scenario, seed, engine=engine, watched=watched))
            before, after = phases(scenario)
            settled = self.model(before, seed, engine=engine, watched=watched)
            settled.run_for(scenario.burn_in.weeks)
            return finished(settled.branch(after))

    def results(self, scenario: Scenario, seed: int, *, engine: str | None = None) -> Results:
        """What one run came to, from the end of its burn-in on if there is one."""
        found, weeks = self.finished(scenario, seed, engine=engine).results(), scenario.horizon_weeks
        own = {name: values[:, -weeks:] for name, values in found.own.items()}
        return replace(found, series=found.series[:, -weeks:], own=own)

    def simulate(
        self,
        runs: Sequence[Run],
        measures: Sequence[Callable[[CommunityModel], float]] = (),
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Results:
        """Runs that share a horizon, one model after the other.

        measures : of each run, called with its model at the end of every week; what they return is not kept
        progress : called with how many runs are done, and of how many
        Raises ValueError for compounds of a district, which share an office.
        """
        if any(run.office is not None for run in runs):
            raise ValueError("compounds of a district; expected simulate_districts(…), which couples them")
        series, measured, rests = [], [], []
        for i, run in enumerate(runs):
            watched = [
                OwnOutcome(f"watched_{i}", zh="–", en="–", measure=measure) for measure in measures[i : i + 1]
            ]
            model = self.finished(run.scenario, run.seed, watched=watched)
            weeks = run.scenario.horizon_weeks
            series.append(model.world.series[:, -weeks:])
            measured.append({name: values[-weeks:] for name, values in model.own_measured.items()})
            rests.append(model.rests)
            if progress is not None:
                progress(i + 1, len(runs))
        names = [outcome.name for outcome in self.outcomes]
        return Results(
            identities(runs),
            np.concatenate(series),
            np.array([run.scenario.compound.households for run in runs]),
            own={name: np.array([of[name] for of in measured]) for name in names},
            rests={name: np.concatenate([of[name] for of in rests]) for name in rests[0]},
        )

    def simulate_districts(
        self, runs: Sequence[Run], progress: Callable[[int, int], None] | None = None
    ) -> Results:
        """Compounds of districts in the compiled engine, district by district; see `model.own_batch`.

        progress : called with the runs done and the runs in all
        Raises OwnError for agents or a model of one's own, of which there is none in a district.
        """
        self.refuse_classes("a district")
        with self.telling_where():
            return simulate_own(runs, list(self.instruments.values()), self.outcomes, progress=progress)

    def simulate_block(self, runs: Sequence[Run]) -> Results:
        """A block of a collection, all its compounds at once; raises OwnError as `simulate_districts` does."""
        self.refuse_classes("a collection")
        with self.telling_where():
            return run_own(runs, list(self.instruments.values()), self.outcomes)

    def refuse_classes(self, who: str) -> None:
        """Raise OwnError for agents or a model of one's own. who : does not run them, such as `a district`"""
        classes = [*self.own_agents, *([self.own_model] if self.own_model else [])]
        if classes:
            raise OwnError(
                f"own file {shown(self.code.name)}: brings {' and '.join(classes)}, which {who} does not run; "
                "expected instruments and outcomes only"
            )

    def summary(
        self, runs: Sequence[Run], *, progress: Callable[[int, int], None] | None = None
    ) -> "pd.DataFrame":
        """Summary of runs that share a horizon, one row a run: identity, summary outcomes, own outcomes at the end."""
        return self.simulate(runs, progress=progress).summary()

    def telling_where(self) -> AbstractContextManager[None]:
        """`with mine.telling_where():` what goes wrong in its code is an OwnError with file and line."""
        return _telling_where(self.code)

    @cached_property
    def own_agents(self) -> tuple[str, ...]:
        """Names of its classes of agents, in the order of the model's own."""
        made = [getattr(self.classes.model, name) for name in _INSTITUTIONS]
        return tuple(kind.__name__ for kind in (*self.classes[1:], *made) if _is_theirs(kind))

    @cached_property
    def own_model(self) -> str:
        """The name of its class of models; empty where it has none."""
        return next((kind.__name__ for kind in self.classes.model.__mro__ if _is_theirs(kind)), "")

    def described(self) -> dict[str, Any]:
        """What it brings as plain data, for the manifest."""
        kind = "module" if self.code.source is None else "file"
        return {
            kind: self.code.name,
            "blake2b": self.code.digest,
            "engine": self.engine,
            "classes": [*self.own_agents, *([self.own_model] if self.own_model else [])],
            **self.brought.described(),
        }

    def used_data(self, strategies: Sequence[Strategy]) -> dict[str, Any]:
        """Each of its instruments as these strategies use it, at rest with intensity 0, as plain data."""
        used = {name: entry for strategy in strategies for name, entry in strategy.own.items()}
        return {
            name: used.get(name, entry.model_copy(update={"intensity": 0.0})).model_dump(
                mode="json", exclude={"choice"}
            )
            for name, entry in self.brought.instruments.items()
        }


def _is_theirs(kind: type) -> bool:
    """Whether a class is a researcher's own."""
    return kind.__module__.partition(".")[0] not in (*_OURS, "builtins", "abc", "typing")


def finished(model: CommunityModel) -> CommunityModel:
    """The model at its horizon. Raises ValueError where its own `run` ends before."""
    model.run()
    if model.week < model.horizon_weeks:
        name = type(model).__name__
        raise ValueError(
            f"{name}.run ended after {model.week} weeks; expected the horizon, {model.horizon_weeks}"
        )
    return model


def load_own(place: "str | Path | Own") -> Own:
    """What a `.py` file, or an installed module by its name, brings. The file is run.

    Raises OwnError for what cannot be run, brings nothing, or brings things that exclude each other.
    """
    if isinstance(place, Own):
        return place
    text = str(place)
    if not isinstance(place, Path) and not text.endswith(".py") and "/" not in text and "\\" not in text:
        name = _module_called(text)
        return of_code(OwnCode(name, None, "", _digest_of(_imported(name))))
    file = Path(place).expanduser()
    try:
        found = file.suffix == ".py" and file.is_file()
        content = file.read_bytes() if found else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OwnError(f"own file {shown(text)}: cannot be read ({reason.lower()})") from None
    if not found:
        problem = "is no .py file" if file.is_file() else no_file(file)
        raise OwnError(
            f"own file {shown(text)}: {problem}; expected a .py file, or the name of an installed "
            f"module{nearest_file(file)}"
        )
    if len(content) > LARGEST_FILE_BYTES:
        raise OwnError(
            f"own file {shown(text)}: {len(content):,} bytes; expected at most {LARGEST_FILE_BYTES:,}"
        )
    digest = hashlib.blake2b(content, digest_size=16).hexdigest()
    return of_code(OwnCode(file.name, content, str(file.absolute()), digest))


@cache
def of_code(code: OwnCode) -> Own:
    """What some code brings; run once a process. Raises OwnError, also for a module with another digest."""
    if code.source is None:
        module = _imported(code.name)
        if (found := _digest_of(module)) != code.digest:
            raise OwnError(
                f"own module {code.name}: here it is another version (digest {found[:8]}); expected {code.digest[:8]}"
            )
    else:
        module = _run(code)
    try:
        return _own_of(code, module)
    except (TypeError, ValueError) as error:
        raise OwnError(f"own file {shown(code.name)}: {error}") from None


def _module_called(text: str) -> str:
    """The module that an installed package offers by this name (entry points of `gongzhi.own`), or the name itself."""
    return next((point.module for point in entry_points(group=ENTRY_POINTS, name=text)), text)


def _imported(name: str) -> ModuleType:
    """A module by its name. Raises OwnError."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OwnError(
            f"own module {shown(name)}: cannot be imported ({str(error)[:200]}); expected a .py file, or the name of "
            "an installed module"
        ) from None
    except Exception as error:
        raise OwnError(f"own module {shown(name)}: {_said(error, '')}") from None


def _digest_of(module: ModuleType) -> str:
    """A digest of every file of a module's package that is loaded."""
    hashed = hashlib.blake2b(digest_size=16)
    for name, file in sorted(_files_of(module.__name__).items()):
        hashed.update(f"{name}\0{hashlib.sha256(Path(file).read_bytes()).hexdigest()}\n".encode())
    return hashed.hexdigest()


def _run(code: OwnCode) -> ModuleType:
    """The content of a file as a module. Raises OwnError with the line that failed."""
    assert code.source is not None
    module = ModuleType(f"gongzhi_own_{code.digest}")
    module.__file__ = code.place
    sys.modules[module.__name__] = module  # data classes and pickle look there
    try:
        exec(compile(code.source, code.place, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        linecache.checkcache(code.place)
        _refuse_another_encoding(code, error)
        raise OwnError(f"own file {shown(code.name)}{_said(error, code.place)}") from None
    return module


def _refuse_another_encoding(code: OwnCode, error: BaseException) -> None:
    """Raise OwnError where a file cannot be parsed because it is not saved as UTF-8."""
    if isinstance(error, SyntaxError) and code.source is not None:
        try:
            decoded(code.source, code.name)
        except EncodingError as problem:
            raise OwnError(str(problem)) from None


@contextmanager
def _telling_where(code: OwnCode) -> Iterator[None]:
    """Tell of what goes wrong in a file or module of one's own, while it runs, in which of its lines."""
    try:
        yield
    except ScenarioError:
        raise
    except Exception as error:
        if code.source is None:
            places, what = set(_files_of(code.name).values()), "module"
        else:
            places, what = {code.place}, "file"
        place = next((place for place in places if _line_in(error, place) is not None), None)
        if place is None:
            raise
        raise OwnError(f"own {what} {shown(code.name)}{_said(error, place)}") from error


def _files_of(name: str) -> dict[str, str]:
    """Every loaded file of a module's package, by the name of its module."""
    top = name.partition(".")[0]
    loaded = ((at, part.__file__) for at, part in sys.modules.items() if at.partition(".")[0] == top)
    return {at: file for at, file in loaded if file}


def _line_in(error: BaseException, place: str) -> int | None:
    """The line of a file that an error is about: the deepest that ran, or where what is refused is written."""
    if isinstance(error, SyntaxError):
        return error.lineno
    written = getattr(error.function, "__code__", None) if isinstance(error, RefusedError) else None
    if written is not None and written.co_filename == place:
        return int(written.co_firstlineno)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == place]
    return lines[-1] if lines else None


def _said(error: BaseException, place: str) -> str:
    """What went wrong, and in which line of the file."""
    line = _line_in(error, place)
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, KeyError) and error.args:  # which shows what it says in quotes
        told = str(error.args[0])
    kind = TypeError if isinstance(error, RefusedError) else type(error)
    what = f"{kind.__name__}: {told[:300]}".replace("\n", " ")
    return f", line {line}: {what}" if line else f": {what}"


def _own_of(code: OwnCode, module: ModuleType) -> Own:
    found = list(_once_each(module))
    uses = [thing for thing in found if isinstance(thing, OwnUse)]
    things = tuple(
        thing
        for thing in found
        if isinstance(thing, OwnUse)
        or (isinstance(thing, OwnInstrument) and not any(thing is use.instrument for use in uses))
    )
    outcomes = tuple(thing for thing in found if isinstance(thing, OwnOutcome))
    classes = _classes(found)
    given = [getattr(classes.model, name) for name in _INSTITUTIONS]
    with_agents = needs_agents(classes.model, [classes.resident, classes.member, *given])
    if not things and not outcomes and classes == Classes(CommunityModel, Resident, PartyMember):
        raise ValueError(
            "brings nothing; expected an OwnInstrument or an OwnOutcome, or a class of agents or a model"
        )
    refuse_twice((thing.name for thing in things), "instruments")
    _refuse_names_of_columns(outcomes, [thing.name for thing in things])
    return Own(code, things, outcomes, classes, "agents" if with_agents else "compiled")


def _refuse_names_of_columns(outcomes: Sequence[OwnOutcome], instruments: Iterable[str]) -> None:
    """Raise ValueError where two outcomes have one name, or one is called like another column of a table."""
    names = [outcome.name for outcome in outcomes]
    refuse_twice(names, "outcomes")
    taken = {*TOTALS, *OF_ROWS, *map(counted_of, names), *chain.from_iterable(map(weeks_of, instruments))}
    for name in names:
        if name in taken:
            raise ValueError(f"name = {name!r}; is a column of tables already; expected another")


def _once_each(module: ModuleType) -> Iterator[Any]:
    """What a module names, each thing once, in order; not what begins with _, nor classes of ours."""
    seen: set[int] = set()
    for name, value in vars(module).items():
        ours = isinstance(value, type) and value.__module__.partition(".")[0] in _OURS
        if id(value) not in seen and not ours and not name.startswith("_"):
            seen.add(id(value))
            yield value


def _classes(found: Sequence[Any]) -> Classes:
    """The classes a file brings. Raises ValueError where it brings two of one kind, or half of a pair."""
    kinds = [thing for thing in found if isinstance(thing, type)]
    residents = [kind for kind in kinds if not issubclass(kind, PartyMember)]
    model = _only(kinds, CommunityModel)
    resident, member = _only(residents, Resident), _only(kinds, PartyMember)
    if not issubclass(member, resident):
        raise ValueError(
            f"Party members would not be {resident.__name__}; expected `class {resident.__name__}Member(PartyMember, "
            f"{resident.__name__})` as well"
        )
    made = {name: _only(kinds, base) for name, base in _INSTITUTIONS.items()}
    new = {
        n: c for n, c in made.items() if c is not _INSTITUTIONS[n] and getattr(model, n) is _INSTITUTIONS[n]
    }
    return Classes(type(model.__name__, (model,), new) if new else model, resident, member)


def _only[Kind: type](kinds: Sequence[Any], base: Kind) -> Kind:
    """The one class of a kind, the most special of a line; the model's own where there is none."""
    those = [kind for kind in kinds if issubclass(kind, base)]
    last = [
        kind for kind in those if not any(other is not kind and issubclass(other, kind) for other in those)
    ]
    if len(last) > 1:
        names = " and ".join(kind.__name__ for kind in last)
        raise ValueError(
            f"brings {names}, each a {base.__name__}; expected one, others with a name that begins with _"
        )
    return last[0] if last else base
