"""What a user asks the engine for, and how it is written in an address.

    ?v=1&lang=zh&case=jinjiang&strategy=pressure&gate=0.9&p.loss_aversion=1.5&plans=pressure:p.=same~information_only

The first of these plans has the scenario's changed parameters (`p.=same`), the other one none.

Whatever comes from an address is checked as if a stranger had written it: unknown names, words in place of numbers
and other versions are answered with a message; numbers are put on the lever's grid, or into the parameter's range.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from urllib.parse import parse_qsl, urlencode

from dashboard import choices, own
from dashboard.choices import Files, case_choices, case_named, strategy_choices
from dashboard.group_names import shown as seen
from dashboard.levers import LEVERS, levers, value_in
from model.brought import Brought, brought
from model.parameters import declarations
from model.settings import with_settings
from model.specification import Scenario, Strategy
from scenarios.catalogue import languages, text
from scenarios.files.library import list_presets
from scenarios.files.problems import nearest
from scenarios.files.strategyfile import strategy_name
from scenarios.loading import Case, ScenarioError
from scenarios.translation import message_in
from scenarios.writing import exactly

VERSION = "1"
#: The page opens with this: the best described compound, and strategies that differ in what matters most.
FIRST_CASE, FIRST_STRATEGY = "jinjiang", "visible_example"
#: Of all that pages can make: four plans, each with every parameter changed otherwise, take 51,000 signs.
LONGEST_LINK = 60_000
_SEAT = re.compile(r"[A-Za-z0-9]{1,12}")
_NAME = re.compile(r"[a-z0-9_/]{1,60}")


class LinkError(ValueError):
    """An address that cannot be used; the message says why, in the reader's language."""


@dataclass(frozen=True)
class Request:
    """A scenario as the pages know it: a case, a strategy, levers moved away from it, parameters changed.

    levers, parameters : (key, value) pairs, sorted; a lever that stands where the strategy puts it is left out
    """

    case: str = FIRST_CASE
    strategy: str = FIRST_STRATEGY
    levers: tuple[tuple[str, float], ...] = field(default=())
    parameters: tuple[tuple[str, float], ...] = field(default=())

    def lever(self, key: str) -> float:
        """Where a lever stands."""
        return dict(self.levers).get(key, default_of(self.case, self.strategy, key))

    def with_levers(self, values: Mapping[str, float]) -> "Request":
        """The same with these levers at these positions of their grids."""
        known = levers()
        merged = {**dict(self.levers), **{key: known[key].snapped(value) for key, value in values.items()}}
        kept = {
            key: value
            for key, value in merged.items()
            if not math.isclose(value, default_of(self.case, self.strategy, key), abs_tol=1e-9)
        }
        return replace(self, levers=tuple(sorted(kept.items())))

    def with_parameters(self, values: Mapping[str, float]) -> "Request":
        """The same with these parameters, each within its plausible range; a default is left out."""
        known = declarations()
        merged = {**dict(self.parameters), **values}
        kept = {
            name: round(min(max(value, known[name].plausible[0]), known[name].plausible[1]), 6)
            for name, value in merged.items()
        }
        changed = {n: v for n, v in kept.items() if not math.isclose(v, known[n].default, abs_tol=1e-9)}
        return replace(self, parameters=tuple(sorted(changed.items())))

    @property
    def changed(self) -> bool:
        """Whether it differs from its case and strategy as they ship."""
        return bool(self.levers or self.parameters)

    def scenario(self) -> Scenario:
        """What the engine runs, made anew: kept ones, each in pieces, would hold memory that others have left."""
        known = levers()
        asked = {known[key].path: value for key, value in self.levers} | dict(self.parameters)
        return with_settings(base_scenario(self.case, self.strategy), asked)

    def case_of(self) -> Case:
        """The case behind it."""
        return case_named(self.case)


def base_scenario(case: str, strategy: str) -> Scenario:
    """The scenario of a case under a strategy, no lever moved."""
    return _base_scenario(case, strategy, brought(), choices.files())


@cache
def _base_scenario(case: str, strategy: str, known: Brought, given: Files) -> Scenario:
    return case_named(case).scenario(strategy=_strategy(strategy, known, given))


def strategy_named(name: str) -> Strategy:
    """A strategy, with what the server's own file uses; read once, for every page names them all."""
    return _strategy(name, brought(), choices.files())


@cache
def _strategy(name: str, known: Brought, _: Files) -> Strategy:
    return known.used_by(choices.strategy_named(name))


def default_of(case: str, strategy: str, key: str) -> float:
    """Where a case and a strategy put a lever."""
    return _default_of(case, strategy, key, brought(), choices.files())


@cache
def _default_of(case: str, strategy: str, key: str, known: Brought, given: Files) -> float:
    return value_in(_base_scenario(case, strategy, known, given), levers()[key])


def case_label(name: str, lang: str) -> str:
    """A case as a reader knows it: city and compound."""
    case = case_named(name)
    one, city = case.compound(), case.names[lang]
    compound = one.names[lang]
    unnamed = len(case.compounds) == 1 and compound == one.id
    return city if unnamed or compound == city or name in list_presets() else f"{city} · {compound}"


def strategy_label(name: str, lang: str) -> str:
    """A strategy as a reader knows it; one of a file with its identifier where another is called the same."""
    return _strategy_labels(lang, choices.files())[name]


@cache
def _strategy_labels(lang: str, given: Files) -> dict[str, str]:
    names = {name: strategy_name(choices.strategy_named(name), lang) for name in strategy_choices()}
    called = list(names.values())
    return {
        name: f"{label} ({name})" if name in given.strategies and called.count(label) > 1 else label
        for name, label in names.items()
    }


def describe(request: Request, lang: str) -> str:
    """A scenario in a few words: its strategy, and that it was changed."""
    label = strategy_label(request.strategy, lang)
    return text("dash.changed_strategy", lang).format(strategy=label) if request.changed else label


def to_query(request: Request, lang: str, more: Mapping[str, str] | None = None) -> str:
    """The address of a scenario, without the `?`."""
    pairs = {"v": VERSION, "lang": lang, "case": request.case, "strategy": request.strategy}
    pairs |= {key: f"{exactly(value)}" for key, value in request.levers}
    pairs |= {f"p.{name}": f"{exactly(value)}" for name, value in request.parameters}
    pairs |= {**own_version((request,)), **(more or {})}
    if pairs.get("plans"):
        pairs["plans"] = "~".join(_beside(request, plan) for plan in pairs["plans"].split("~"))
    return urlencode({**pairs, **files_needed(pairs)}, safe="/.")


#: What pages keep in the address besides the scenario, so that a reload loses nothing; each page checks its own.
KEPT = ("district", "curve", "measure", "folder", "analysis", "judged", "about")
#: Signs in the name of a folder.
LONGEST_FOLDER = 255
_KEPT_VALUE = re.compile(r"[\w .,()+-]{1,120}")


def _fields(query: str | None) -> dict[str, str]:
    """The fields of an address; halves of characters, which no browser sends, are question marks."""
    readable = (query or "")[:LONGEST_LINK].encode("utf-8", "replace").decode()
    return dict(parse_qsl(readable, keep_blank_values=True))


def kept_in(query: str | None) -> dict[str, str]:
    """What pages have kept in an address; values that could not be theirs are left out."""
    found = _fields(query)
    return {key: found[key] for key in KEPT if _is_kept(key, found.get(key, ""))}


def _is_kept(key: str, value: str) -> bool:
    """Whether a value can be a page's own; a folder is called as whoever made it liked."""
    if key == "folder":
        return 0 < len(value) <= LONGEST_FOLDER and "/" not in value and seen(value) == value
    return _KEPT_VALUE.fullmatch(value) is not None


def files_needed(pairs: Mapping[str, str]) -> dict[str, str]:
    """The cases and strategies of files that an address names, with their versions; nothing where it names none."""
    plans = pairs.get("plans", "").split("~")
    named = [pairs.get("case", ""), pairs.get("strategy", ""), *(plan.partition(":")[0] for plan in plans)]
    word = choices.needed([*named, pairs.get("district", "").partition(",")[0]])
    return {choices.FILES: word} if word else {}


MOST_PLANS = 4


#: In a plan of an address: its parameters are those of the scenario, but for the ones it names after this.
_SHARED, _SAME = "p.", "same"


def plans_to_word(plans: Sequence[Request]) -> str:
    """Plans by themselves: `strategy:lever=value,p.parameter=value~…`; their case is the scenario's.

    Where the scenario stands beside them, `to_query` has them share its parameters.
    """
    return "~".join(_plan_to_word(plan) for plan in plans)


def plans_in_address(plans: Sequence[Request]) -> dict[str, str]:
    """The plans as fields of an address, and the version of the own file where they use an own instrument."""
    return {"plans": plans_to_word(plans), **own_version(plans)}


def _plan_to_word(plan: Request) -> str:
    return _word_of(plan.strategy, [f"{key}={exactly(value)}" for key, value in plan.levers] + _assumed(plan))


def _word_of(strategy: str, moves: Sequence[str]) -> str:
    return strategy + (":" + ",".join(moves) if moves else "")


def _assumed(request: Request) -> list[str]:
    return [f"p.{name}={exactly(value)}" for name, value in request.parameters]


def _beside(request: Request, word: str) -> str:
    """A plan beside a scenario whose parameters need not be said again, where that is shorter."""
    strategy, _, listed = word.partition(":")
    moves, shared = listed.split(",") if listed else [], _assumed(request)
    own = [move for move in moves if move not in shared]
    named = {move.partition("=")[0] for move in moves}
    usual = [
        f"p.{name}={exactly(declarations()[name].default)}"
        for name, _ in request.parameters
        if f"p.{name}" not in named
    ]
    return min(word, _word_of(strategy, [f"{_SHARED}={_SAME}", *own, *usual]), key=len)


def plans_in(query: str | None, case: str, lang: str = "zh") -> tuple[Request, ...]:
    """The plans an address carries, none where it carries none. Raises LinkError as `from_query` does."""
    word = _fields(query).get("plans", "")
    if not word:
        return ()
    plans = word.split("~")
    if not 2 <= len(plans) <= MOST_PLANS:
        raise LinkError(text("dash.link_plans", lang).format(found=len(plans), most=MOST_PLANS))
    return tuple(_plan_of(plan, case, _fields(query), lang) for plan in plans)


def _plan_of(word: str, case: str, scenario: Mapping[str, str], lang: str) -> Request:
    strategy, _, moves = word.partition(":")
    parts = (move.partition("=") for move in moves.split(",") if move)
    pairs = {key: value for key, _, value in parts}
    if pairs.get(_SHARED) == _SAME:
        del pairs[_SHARED]
        pairs = {key: value for key, value in scenario.items() if key.startswith("p.")} | pairs
    named = {"case": case, "strategy": strategy, choices.FILES: scenario.get(choices.FILES, "")}
    return from_query(urlencode(named | pairs), lang)


def language_in(query: str | None) -> str:
    """The language an address asks for, Chinese where it asks for none we have."""
    lang = _fields(query).get("lang", "zh")
    return lang if lang in languages else "zh"


def seat_in(query: str | None) -> dict[str, str]:
    """Which seat in a class an address is about. Whether it is theirs who came by it, their browser's cookie says."""
    found = _fields(query)
    return {key: found[key] for key in ("room", "seat") if _SEAT.fullmatch(found.get(key, ""))}


def from_query(query: str | None, lang: str = "zh") -> Request:
    """The scenario an address asks for. Raises LinkError with what is wrong and what was expected."""
    if not query:
        return Request()
    if len(query) > LONGEST_LINK:
        raise LinkError(text("dash.link_too_long", lang).format(most=LONGEST_LINK))
    found = _fields(query)
    if found.get("v", VERSION) != VERSION:
        raise LinkError(text("dash.link_version", lang).format(found=found["v"][:20], known=VERSION))
    _refuse_missing_files(found, lang)
    case = _known(found.get("case", FIRST_CASE), case_choices(), "dash.link_case", lang)
    usual = FIRST_STRATEGY if case == FIRST_CASE else case_named(case).strategy.id
    strategy = _known(found.get("strategy", usual), strategy_choices(), "dash.link_strategy", lang)
    request = Request(case, strategy)
    _refuse_unknown_own(found, lang)
    numbers = {key: value for key, value in found.items() if key in levers()}
    request = request.with_levers({key: _number(key, value, lang) for key, value in numbers.items()})
    asked = {key.removeprefix("p."): value for key, value in found.items() if key.startswith("p.")}
    known = declarations()
    for name in asked:
        _known(name, tuple(known), "dash.link_parameter", lang)
    return request.with_parameters({name: _number(name, value, lang) for name, value in asked.items()})


def _refuse_unknown_own(found: Mapping[str, str], lang: str) -> None:
    """Raise LinkError for own instruments that this server has not, or has no file for."""
    named = [key for key in found if key.startswith(own.OWN) and not own.name_of(key)]
    if not named and (own.VERSION not in found or own.code() is not None):
        return
    name = named[0].removeprefix(own.OWN) if named else ""
    shown = (f"“{name}”" if lang == "zh" else f" '{name}'") if _NAME.fullmatch(name) else ""
    key = "link_own" if own.code() is None else "link_own_other"
    hint = nearest(name, brought().instruments) if shown and lang == "en" else ""
    raise LinkError(text(f"dash.{key}", lang).format(found=shown, file=own.file_name()) + hint)


def _refuse_missing_files(found: Mapping[str, str], lang: str) -> None:
    """Raise LinkError for a case or strategy of a file that this server was not started with."""
    known = {*(name.partition("/")[0] for name in case_choices()), *strategy_choices()}
    for name in choices.needed_in(found.get(choices.FILES, "")):
        if name not in known:
            raise LinkError(text("dash.link_file", lang).format(found=_shown(name)))


def _shown(word: str) -> str:
    """A word of a link as a message quotes it; what could not be ours is not repeated."""
    return word if _NAME.fullmatch(word) else "…"


def _label_of(name: str, lang: str) -> str:
    """What a case or strategy of a file is called."""
    label = case_label(name, lang) if name in choices.files().cases else strategy_label(name, lang)
    return f"“{label}”"


def other_version(query: str | None, lang: str) -> str:
    """What a reader is told of a link that was made with other versions of the server's files; "" of any other."""
    fields = _fields(query)
    told = []
    found = fields.get(own.VERSION, "")
    if found and own.code() is not None and found != own.digest():
        told.append((own.file_name(), found, own.digest()))
    for name, made_with in choices.needed_in(fields.get(choices.FILES, "")).items():
        known = choices.version(name)
        if known and made_with != known:
            told.append((_label_of(name, lang), made_with, known))
    said = [
        text("dash.link_own_version", lang).format(file=file, found=_shown(before), known=now)
        for file, before, now in told
    ]
    return ("" if lang == "zh" else " ").join(said)


def own_version(requests: Iterable[Request]) -> dict[str, str]:
    """The version of the own file as an address carries it; nothing where no request uses an own instrument."""
    keys = [own.OWN + name for name in brought().instruments]
    used = any(request.lever(key) > 0.0 for request in requests for key in keys)
    return {own.VERSION: own.digest()} if used else {}


def _known(name: str, known: tuple[str, ...] | list[str], message: str, lang: str) -> str:
    if name in known:
        return name
    shown = _shown(name)
    hint = nearest(shown, known) if lang == "en" else ""
    raise LinkError(text(message, lang).format(found=shown) + hint)


def _number(key: str, word: str, lang: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LinkError(text("dash.link_number", lang).format(key=key, found=word[:20]))
    return value


def possible(request: Request, lang: str) -> str | None:
    """Why the engine could not run a request, or None: settings that are possible alone may not fit together."""
    try:
        scenario = request.scenario()
    except (ScenarioError, ValueError) as error:
        first = next(iter(str(error).splitlines()), "")
        return message_in(lang, first) or text("dash.broken", lang)
    n = scenario.compound.households
    if n > MOST_HOUSEHOLDS:
        return text("dash.too_large", lang).format(found=n, most=MOST_HOUSEHOLDS)
    return None


#: Beyond this an answer would not come at once.
MOST_HOUSEHOLDS = 3000

__all__ = [
    "LEVERS",
    "LinkError",
    "Request",
    "case_choices",
    "case_label",
    "describe",
    "from_query",
    "possible",
    "strategy_label",
    "to_query",
]
