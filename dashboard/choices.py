"""What the pages offer: cases and strategies that ship, and files of whoever runs the server.

Files are read once, when the server starts (`gongzhi dashboard --strategy FILE.toml --case FILE.toml`), and known in
its workers too. A browser can only name what was read: nothing that it sends is ever used as a path.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from model.specification import Strategy, hash_of
from scenarios.files.library import is_path, list_cases, list_presets, list_strategies
from scenarios.files.problems import ScenarioError, shown
from scenarios.loading import Case, load_case, load_strategy

#: What a link calls the files that it needs, each with the first signs of its digest: `my_plan.3fa9c1d2~my_yard.0b…`.
FILES, DIGEST = "files", 8
#: What of a strategy or a case no run depends on.
_WORDS = {"id", "zh", "en", "note_zh", "note_en"}


@dataclass(frozen=True, eq=False)
class Files:
    """What was read, by identifier, in the order in which it was named."""

    cases: Mapping[str, Case] = field(default_factory=dict)
    strategies: Mapping[str, Strategy] = field(default_factory=dict)

    @cached_property
    def digests(self) -> dict[str, str]:
        """A digest of what each says that a run depends on."""
        return {
            **{name: _digest_of_case(case) for name, case in self.cases.items()},
            **{name: _digest_of(strategy) for name, strategy in self.strategies.items()},
        }


def _digest_of(strategy: Strategy) -> str:
    return hash_of(strategy.model_dump(mode="json", exclude=_WORDS))


def _digest_of_case(case: Case) -> str:
    none = Strategy()  # its own has a digest of its own
    return hash_of([case.scenario(compound, none).content_hash() for compound in case.compounds])


NOTHING = Files()
_files = NOTHING


def files() -> Files:
    """What this process has been given."""
    return _files


def bring(given: Files) -> None:
    """Have every thread of this process know these files."""
    global _files
    _files = given


def read_files(strategies: Sequence[str] = (), cases: Sequence[str] = ()) -> Files:
    """Read strategy and case files, which may name own instruments that are known by now.

    The strategy that a case names by its file comes along.
    Raises ScenarioError for what cannot be read, what the pages do not run, and what they could not tell apart.
    """
    for option, names in (("--strategy", strategies), ("--case", cases)):
        for name in names:
            if not is_path(name):
                raise ScenarioError(f"{option}: {shown(name)}; expected a .toml file")
    read_cases = [(name, _case_of_compounds(name)) for name in cases]
    read = [(name, load_strategy(name)) for name in strategies]
    given = {strategy.id for _, strategy in read} | set(list_strategies())
    beside = [(name, case.strategy) for name, case in read_cases if case.strategy.id not in given]
    found = _by_identifier("strategy", [*read, *_once(beside)], list_strategies())
    for name, case in read_cases:
        known = found.get(case.strategy.id) or load_strategy(case.strategy.id)
        if _digest_of(known) != _digest_of(case.strategy):
            raise ScenarioError(
                f"{name}: strategy has the identifier {shown(case.strategy.id)} of another strategy; "
                "expected another id in its file"
            )
    return Files(_by_identifier("case", read_cases, [*list_cases(), *list_presets()]), found)


def _once(named: Iterable[tuple[str, Strategy]]) -> list[tuple[str, Strategy]]:
    """Each strategy once that several cases name."""
    kept: dict[str, tuple[str, Strategy]] = {}
    for name, strategy in named:
        kept.setdefault(strategy.id, (name, strategy))
    return list(kept.values())


def _case_of_compounds(name: str) -> Case:
    case = load_case(name)
    for kind, group in (("district", case.district), ("collection", case.collection)):
        if group is not None:
            raise ScenarioError(f"{name}: is a {kind}; expected a case of compounds")
    return case


def _by_identifier[Thing: Any](
    kind: str, read: Sequence[tuple[str, Thing]], ships: Sequence[str]
) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    for name, thing in read:
        if thing.id in ships:
            raise ScenarioError(
                f"{name}: id = {shown(thing.id)}; is a {kind} that ships; expected another id"
            )
        if thing.id in found:
            raise ScenarioError(
                f"--{kind}: two have the identifier {shown(thing.id)}; expected each {kind} once"
            )
        found[thing.id] = thing
    return found


# -- what can be chosen ---------------------------------------------------------------------------------------


def strategy_choices() -> tuple[str, ...]:
    """Strategies by identifier: those of files, then those that ship."""
    return (*_files.strategies, *list_strategies())


def case_choices() -> tuple[str, ...]:
    """What can be explored: every compound of files, of the shipped cases, and the presets."""
    return _case_choices(_files)


@cache
def _case_choices(given: Files) -> tuple[str, ...]:
    names = []
    for name in (*given.cases, *list_cases()):
        compounds = list(_case(name, given).compounds)
        names += [name if len(compounds) == 1 else f"{name}/{compound}" for compound in compounds]
    return (*names, *list_presets())


def case_named(name: str) -> Case:
    """A case or preset, `CASE/COMPOUND` for one of several compounds. Raises ScenarioError."""
    return _case(name, _files)


@cache
def _case(name: str, given: Files) -> Case:
    identifier, _, compound = name.partition("/")
    case = given.cases.get(identifier)
    if case is None:
        return load_case(name)
    return case.with_compound(compound) if compound else case


def strategy_named(name: str) -> Strategy:
    """A strategy as its file says. Raises ScenarioError."""
    return _strategy(name, _files)


@cache
def _strategy(name: str, given: Files) -> Strategy:
    return given.strategies.get(name) or load_strategy(name)


# -- what links need ------------------------------------------------------------------------------------------


def needed(names: Iterable[str]) -> str:
    """Which files a link needs that names these cases and strategies, with their versions; "" where none."""
    own = dict.fromkeys(name.partition("/")[0] for name in names)
    return "~".join(f"{name}.{version(name)}" for name in own if name in _files.digests)


def version(name: str) -> str:
    """The first signs of the digest of a file's case or strategy; "" of what ships."""
    return _files.digests.get(name.partition("/")[0], "")[:DIGEST]


def needed_in(word: str) -> dict[str, str]:
    """The files that a link says it needs, by identifier, with the version it was made with."""
    pairs = (part.partition(".") for part in word.split("~") if part)
    return {name: digest for name, _, digest in pairs}
