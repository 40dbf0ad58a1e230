"""A user's own settings (`--set key=value`): the last word, over the case and over the strategy's levers."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from model.instruments import Instrument
from model.specification import District, Scenario
from scenarios.files.checking import explained
from scenarios.files.collectionfile import Collection
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.quantities import SECTIONS, TABLES, bare_table, disagreement
from scenarios.files.strategyfile import Instruments, UseEntry

_INTEGER = re.compile(r"[+-]?\d{1,300}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,9})?%")
_TOP = ("horizon_weeks", "billing_interval_weeks")
_LEVERS = ("programme", "management", "office")
#: Of these a collection draws its own for every compound.
_OF_THE_COLLECTION = [("compound", name) for name in ("households", "buildings")]
#: Of these a district has its own numbers for all its compounds together.
_OF_THE_DISTRICT = [
    (s, n) for s in ("compound", "office") for n in SECTIONS[s].model_fields if n in District.model_fields
]


def apply_settings(scenario: Scenario, settings: Iterable[str]) -> Scenario:
    """The scenario with settings such as `programme.consent_gate=0.9` or `support_rate=0.2` in force.

    A bare name is enough where only one section has it. A setting wins over the strategy's levers.
    Raises ScenarioError with one line for every setting that cannot be applied.
    """
    changes = _read_all(settings)
    _refuse_tables(changes, "one compound is run", "district", "collection")
    return with_overrides(scenario, changes)


def apply_to_district(
    scenario: Scenario, district: District, settings: Iterable[str]
) -> tuple[Scenario, District]:
    """The usual compound's scenario and the district with settings such as `district.batches=2` in force.

    Of the district's names only the full ones count: compound and office have some of them too.
    Raises ScenarioError with one line for every setting that cannot be applied, or would change nothing.
    """
    changes = _read_all(settings)
    _refuse_tables(changes, "a district is run", "collection")
    own = changes.pop("district", {})
    drawn = [(s, n) for s, n in _OF_THE_DISTRICT if n in changes.get(s, {})]
    if drawn:
        lines = [f"--set {s}.{n}: changes nothing in a district; expected district.{n}" for s, n in drawn]
        raise ScenarioError("\n".join(lines))
    return with_overrides(scenario, changes), _changed("district", district, own)


def apply_to_collection(
    scenario: Scenario, collection: Collection, settings: Iterable[str]
) -> tuple[Scenario, Collection]:
    """The usual compound's scenario and the collection with settings such as `collection.households=90000` in force.

    Raises ScenarioError with one line for every setting that cannot be applied, or would change nothing.
    """
    changes = _read_all(settings)
    _refuse_tables(changes, "a collection is run", "district")
    own = changes.pop("collection", {})
    drawn = [(s, n) for s, n in _OF_THE_COLLECTION if n in changes.get(s, {})]
    if drawn:
        lines = [
            f"--set {s}.{n}: is drawn for every compound; expected collection.households, "
            "collection.median_households or collection.households_per_building"
            for s, n in drawn
        ]
        raise ScenarioError("\n".join(lines))
    if "before" in changes.get("management", {}):
        raise ScenarioError(
            "--set management.before: is drawn for every compound; expected collection.company_before"
        )
    return with_overrides(scenario, changes), _changed("collection", collection, own)


def _refuse_tables(changes: Mapping[str, Any], instead: str, *tables: str) -> None:
    """Raise ScenarioError where settings are of a table that is not run."""
    for table in tables:
        if table in changes:
            names = listed([f"{table}.{name}" for name in changes[table]])
            raise ScenarioError(f"--set {names}: {instead}, and no {table}; expected a case with [{table}]")


def _changed[Table: BaseModel](section: str, table: Table, own: Mapping[str, Any]) -> Table:
    """The table with some of its numbers replaced. Raises ScenarioError where they do not agree."""
    values = {**table.model_dump(), **own}
    try:
        return type(table).model_validate(values)
    except ValidationError as errors:
        message = str(errors.errors()[0].get("ctx", {}).get("error", errors.errors()[0]["msg"]))
        raise ScenarioError(section + disagreement(section, values, message)) from None


def _read_all(settings: Iterable[str]) -> dict[str, Any]:
    """Settings as nested values: `{"programme": {"consent_gate": 0.9}}`."""
    changes: dict[str, Any] = {}
    problems: list[str] = []
    for setting in settings:
        try:
            path, value = _read(setting)
        except ScenarioError as error:
            problems.append(str(error))
            continue
        table = changes
        for step in path[:-1]:
            table = table.setdefault(step, {})
        table[path[-1]] = value
    if problems:
        raise ScenarioError("\n".join(problems))
    return changes


def with_overrides(scenario: Scenario, overrides: Mapping[str, Any]) -> Scenario:
    """The scenario with fields replaced, single keys of a section where a mapping is given.

    Where the strategy sets the same key as a lever, the lever is set too, so that the override wins.
    `instruments` changes the instruments of the strategy; a number is an intensity.
    Raises ScenarioError for what does not fit.
    """
    if not overrides:
        return scenario
    data = scenario.model_dump()
    for name, value in overrides.items():
        if name == "instruments" and isinstance(value, Mapping):
            for instrument, use in value.items():
                known = data["strategy"]["instruments"].get(instrument, {})
                changed = use if isinstance(use, Mapping) else {"intensity": use}
                data["strategy"]["instruments"][instrument] = {**known, **changed}
        elif name in SECTIONS and isinstance(value, Mapping):
            data[name] = {**data[name], **value}
            levers = data["strategy"].get(name, {})
            levers.update({key: v for key, v in value.items() if key in levers})
        else:
            data[name] = value.model_dump() if isinstance(value, BaseModel) else value
            if name in _LEVERS and isinstance(value, BaseModel):
                data["strategy"][name] = {}
    try:
        return Scenario.model_validate(data)
    except ValidationError as errors:
        lines = [_refusal(error) for error in errors.errors(include_url=False)]
        raise ScenarioError("\n".join(dict.fromkeys(lines))) from None


def _refusal(error: Mapping[str, Any]) -> str:
    """A refusal of the specification as one line; cross-field messages name their keys themselves."""
    key = ".".join(str(step) for step in error["loc"]) or "scenario"
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"]).replace("\n", " ")
        if key in SECTIONS and isinstance(error["input"], Mapping):
            return key + disagreement(key, error["input"], message)
        return f"{key}: {message}"
    if error["type"] == "extra_forbidden":
        section = SECTIONS.get(str(error["loc"][0]), Scenario)
        return f"{key[:200]}: unknown name{nearest(str(error['loc'][-1]), section.model_fields)}"
    return f"{key[:200]} = {shown(error['input'])}; {str(error['msg']).lower()}".replace("\n", " ")


def _read(setting: str) -> tuple[tuple[str, ...], Any]:
    """`key=value` as the full path of the key and a checked value."""
    key, equals, word = (part.strip() for part in setting.partition("="))
    if not equals or not key or not word:
        raise ScenarioError(f"--set {shown(setting)}: expected key=value, such as programme.consent_gate=0.9")
    path = _resolved(key)
    field_class, steps = _place(path, key)
    value = _value(word)
    nested: Any = value
    for step in reversed(steps):
        nested = {step: nested}
    try:
        field_class.model_validate(nested, strict=True)
    except ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        hint = f"; did you mean '{float(word[:-1]) / 100:g}'?" if _PERCENT.fullmatch(word) else ""
        raise ScenarioError(f"--set {'.'.join(path)}{explained(field_class, steps, error)}{hint}") from None
    return path, value


def _resolved(key: str) -> tuple[str, ...]:
    """The full path of a key; a bare name is looked for in every section."""
    path = tuple(key.split("."))
    if len(path) > 1 or path[0] in _TOP:
        return path
    name = path[0]
    found = [section for section, table in SECTIONS.items() if name in table.model_fields]
    if len(found) == 1:
        return (found[0], name)
    if len(found) > 1:
        alternatives = " or ".join(f"{section}.{name}" for section in found)
        raise ScenarioError(f"--set {shown(name)}: more than one section has it; expected {alternatives}")
    if name.upper() in Instrument.__members__:
        raise ScenarioError(f"--set {name}: is an instrument; expected instruments.{name}.intensity")
    if name in TABLES:
        raise ScenarioError(f"--set {name}: is a section; expected {name}.NAME=value")
    own = [table for table in ("district", "collection") if name in TABLES[table].model_fields]
    if own:
        full = " or ".join(f"{table}.{name}" for table in own)
        raise ScenarioError(f"--set {shown(name)}: unknown name; expected section.name, here {full}")
    known = [*_TOP, *(n for table in SECTIONS.values() for n in table.model_fields)]
    raise ScenarioError(f"--set {shown(name)}: unknown name; expected section.name{nearest(name, known)}")


def _place(path: tuple[str, ...], key: str) -> tuple[type[BaseModel], tuple[str, ...]]:
    """The class that checks a path, and the steps inside it."""
    section = path[0]
    if len(path) == 1:
        return Scenario, path
    if section == "instruments":
        if len(path) != 3:
            hint = _instrument_hint(path[1])
            raise ScenarioError(f"--set {shown(key)}: expected instruments.NAME.intensity{hint}")
        if path[1] not in Instruments.model_fields:
            known = list(Instruments.model_fields)
            raise ScenarioError(f"--set {shown(key)}: unknown instrument{nearest(path[1], known)}")
        return Instruments, path[1:]
    if section not in TABLES:
        known = [*TABLES, "instruments"]
        hint = nearest(section, known)
        raise ScenarioError(f"--set {shown(key)}: unknown section; expected {listed(known)}{hint}")
    if len(path) != 2:
        raise ScenarioError(f"--set {shown(key)}: expected {section}.NAME")
    return bare_table(section), path[1:]


def _instrument_hint(name: str) -> str:
    known = list(Instruments.model_fields)
    return f"; did you mean 'instruments.{name}.intensity'?" if name in known else nearest(name, known)


def _value(word: str) -> Any:
    """A word of the command line as the value it looks like."""
    if word in ("true", "false"):
        return word == "true"
    if _INTEGER.fullmatch(word):
        return int(word)
    if _NUMBER.fullmatch(word):
        return float(word)
    return word.strip("\"'")


def check_setting(key: str, value: Any) -> tuple[tuple[str, ...], Any]:
    """The full path of a setting, and its value as the specification's own type (a whole number where it wants one).

    key : as for `apply_settings`, `programme.consent_gate` or `support_rate`
    Raises ScenarioError whose message is what follows the key: `: unknown name; did you mean …`, ` = 3; expected …`.
    """
    path, field_class, steps = _found(key)
    nested: Any = value
    for step in reversed(steps):
        nested = {step: nested}
    try:
        checked: Any = field_class.model_validate(nested, strict=True)
    except ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        raise ScenarioError(explained(field_class, steps, error)) from None
    for step in steps:
        checked = getattr(checked, step)
    return path, checked


def setting_path(key: str) -> tuple[str, ...]:
    """The full path of a setting. Raises ScenarioError whose message is what follows the key."""
    return _found(key)[0]


def _found(key: str) -> tuple[tuple[str, ...], type[BaseModel], tuple[str, ...]]:
    path = tuple(key.split("."))
    try:
        path = _resolved(key)
        return path, *_place(path, key)
    except ScenarioError as error:
        text = str(error)
        for prefix in (f"--set {key}", f"--set {shown(key)}", f"--set {shown(path[0])}"):
            text = text.removeprefix(prefix)
        raise ScenarioError(text) from None


def field_of(path: tuple[str, ...]) -> FieldInfo:
    """How the specification declares a setting: its type, unit, labels and range. The path is a full one."""
    if path[0] == "instruments":
        return UseEntry.model_fields[path[2]] if path[2] != "choice" else _choice_field(path[1])
    return TABLES[path[0]].model_fields[path[1]] if len(path) > 1 else Scenario.model_fields[path[0]]


def _choice_field(instrument: str) -> FieldInfo:
    table: Any = Instruments.model_fields[instrument].annotation
    return table.model_fields["choice"]
