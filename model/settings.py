"""Change numbers of a scenario by name: the only function that does is `with_settings`.

    with_settings(scenario, {"support_rate": 0.2, "programme.consent_gate": 0.9, "instruments.pressure": 0.5})

Files, `--set`, sweeps, batch runs and sliders all call it, so that the same change gives the same scenario, and the
same hash, by whichever way it was asked for. Only what changes is checked, since a sweep makes a scenario per point.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from model.brought import brought
from model.directions import (
    alternatives,
    expected,
    listed,
    nearest,
    shown,
)
from model.instruments import CHOICES, Instrument
from model.parameters import Parameters
from model.refusing import Refusal, SettingError, no_name, refusals_in, wrong_value
from model.specification import (
    LEVERS,
    Compound,
    Management,
    Office,
    Programme,
    Scenario,
    Strategy,
    Use,
    disagreements,
)

#: A setting in full: `("programme", "consent_gate")`, `("instruments", "pressure", "intensity")`, `("horizon_weeks",)`.
type Path = tuple[str, ...]

#: The tables of numbers of a scenario.
SECTIONS: dict[str, type[BaseModel]] = {
    "compound": Compound,
    "programme": Programme,
    "management": Management,
    "office": Office,
    "parameters": Parameters,
}
_INSTRUMENTS = {instrument.name.lower(): instrument for instrument in Instrument}
#: Fields of a scenario that no setting reaches.
_SET_APART = ("tables", "burn_in", "stated")
#: Fields of a scenario that are one number.
_NUMBERS = ("horizon_weeks", "billing_interval_weeks")
_NAME = re.compile(r"[A-Za-z0-9_.]{1,80}")


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """The scenario with settings in force; a setting wins over the strategy's levers.

    A name is that of a number, alone or with its section (`support_rate`, `programme.consent_gate`); of an instrument,
    which is its intensity, or of one of its fields (`instruments.pressure.start_week`), either of which puts an unused
    instrument to use; or of a field of `Scenario`, such as `strategy` or `office`. A mapping given for a section
    sets single numbers of it.
    Raises SettingError for what cannot be applied.
    """
    whole: dict[str, Any] = {}
    single: dict[str, dict[str, Any]] = {}
    refusals: list[Refusal] = []
    for name, value in _single(settings):
        try:
            path = path_of(name)
            value = checked(path, value)
        except SettingError as error:
            refusals += error.refusals
            continue
        if len(path) == 1:
            whole[path[0]] = value
        else:
            single.setdefault(".".join(path[:-1]), {})[path[-1]] = value
    if refusals:
        raise SettingError(*refusals)
    return _changed(scenario, whole, single)


def _changed(
    scenario: Scenario, whole: Mapping[str, Any], single: Mapping[str, Mapping[str, Any]]
) -> Scenario:
    """The scenario with whole fields, and single numbers by table (`programme`, `instruments.pressure`), replaced."""
    update = dict(whole)
    strategy: Strategy = whole.get("strategy", scenario.strategy)
    of_strategy: dict[str, Any] = {name: {} for name in whole if name in LEVERS}
    refusals: list[Refusal] = []
    for name, values in single.items():
        section, _, instrument = name.partition(".")
        try:
            if instrument:
                kind = "instruments" if instrument in _INSTRUMENTS else "own"
                uses = of_strategy.setdefault(kind, dict(getattr(strategy, kind)))
                usual = uses.get(instrument) or (
                    brought().instruments[instrument] if kind == "own" else Use()
                )
                uses[instrument] = with_numbers(usual, values, name)
                continue
            update[section] = with_numbers(whole.get(section, getattr(scenario, section)), values, section)
        except SettingError as error:
            refusals += error.refusals
        if section in LEVERS and section not in whole:
            levers = getattr(strategy, section)
            of_strategy[section] = {key: value for key, value in levers.items() if key not in values}
    if refusals:
        raise SettingError(*refusals)
    if of_strategy:
        update["strategy"] = strategy.model_copy(update=of_strategy)
    changed = scenario.model_copy(update=update).stating(single.get("parameters", ()))
    if "compound" in update:
        _refuse_other_than_tables(changed)
    if "strategy" in whole:
        _refuse_wrong_levers(changed)
    return changed


def with_numbers[Table: BaseModel](table: Table, values: Mapping[str, Any], name: str) -> Table:
    """A table of a specification, such as a District, with some of its numbers replaced.

    name : what the table is called in messages
    Raises SettingError for unknown names, values out of range, and numbers that do not agree with each other.
    """
    numbers = {**table.__dict__, **{key: _plain(value) for key, value in values.items()}}
    try:
        return type(table).model_validate(numbers)
    except ValidationError as errors:
        raise SettingError(*refusals_in(errors, type(table), numbers, name)) from None


def path_of(name: str, tables: Mapping[str, type[BaseModel]] = SECTIONS) -> Path:
    """The full path of a setting. Raises SettingError for an unknown name.

    tables : sections of numbers by name; those beyond `SECTIONS` are reached by the full name only
    """
    path = _names(*brought().instruments).get(name)
    if path is not None:
        return path
    section, _, key = name.partition(".")
    if section in tables and key in tables[section].model_fields:
        return section, key
    raise SettingError(_unknown(name, tables))


def checked(path: Path, value: Any, tables: Mapping[str, type[BaseModel]] = SECTIONS) -> Any:
    """The value of a setting as the specification's own type; whole numbers may be written 3.0. Raises SettingError."""
    if is_whole(path):
        return _whole(path[0], value)
    value = _plain(value)
    adapter, field = _declared(_table_of(path, tables), path)
    if field.annotation is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError:
        raise SettingError(wrong_value(".".join(path), value, field)) from None


def is_whole(path: Path) -> bool:
    """Whether a path is that of a whole field of a scenario, such as its strategy, and not of one number."""
    return len(path) == 1 and path[0] not in _NUMBERS


@cache
def _names(*own: str) -> dict[str, Path]:
    """Every name of a setting, short and in full, with its path. own : names of a researcher's own instruments"""
    found: dict[str, Path] = {name: (name,) for name in Scenario.model_fields if name not in _SET_APART}
    for section, table in SECTIONS.items():
        for name in table.model_fields:
            found[name] = found[f"{section}.{name}"] = (section, name)
    for name in (*_INSTRUMENTS, *own):
        for key in Use.model_fields:
            if key != "choice" or _INSTRUMENTS.get(name) in CHOICES:
                found[f"instruments.{name}.{key}"] = ("instruments", name, key)
        found[name] = found[f"instruments.{name}"] = ("instruments", name, "intensity")
    return found


def _single(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Settings one by one: `programme={"consent_gate": 0.9}` as `programme.consent_gate`."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _single({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            yield name, value


def _whole(name: str, value: Any) -> Any:
    """A whole field of a scenario: a section, the strategy, the events, the name."""
    field = Scenario.model_fields[name]
    kind: Any = field.annotation
    if name == "events":
        kind, value = tuple, tuple(value) if isinstance(value, list) else value
    if not isinstance(value, kind):
        such = ", such as load_strategy('jinjiang')" if kind is Strategy else ""
        wanted = f"a {kind.__name__}{such}" if issubclass(kind, BaseModel) else expected(field)
        raise SettingError(Refusal(name, shown(value), expected=wanted, wrong="kind"))
    return value


def _plain(value: Any) -> Any:
    """A value as pydantic takes it: numpy numbers as Python's, and no negative zero."""
    value = value.item() if isinstance(value, np.generic) else value
    return value + 0.0 if isinstance(value, float) else value


def _table_of(path: Path, tables: Mapping[str, type[BaseModel]]) -> type[BaseModel]:
    if len(path) == 1:
        return Scenario
    return Use if path[0] == "instruments" else tables[path[0]]


@cache
def _declared(table: type[BaseModel], path: Path) -> tuple[TypeAdapter[Any], FieldInfo]:
    """The validator of one number, and the field that declares it; each instrument has choices of its own."""
    field = table.model_fields[path[-1]]
    if table is Use and path[-1] == "choice":
        words = tuple(choice.name.lower() for choice in CHOICES[_INSTRUMENTS[path[1]]])
        field = FieldInfo.from_annotation(Literal[words])  # type: ignore[arg-type]  # a form, not a class
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter(kind, config=ConfigDict(allow_inf_nan=False)), field


def _unknown(name: str, tables: Mapping[str, type[BaseModel]]) -> Refusal:
    """A refusal of an unknown name: which part of it is wrong, and what could stand there."""
    said = name if _NAME.fullmatch(name) else shown(name)
    section, *inside = name.split(".")
    names, instruments = _names(*brought().instruments), [*_INSTRUMENTS, *brought().instruments]
    if name in tables:
        return no_name(said, "is a section", f"{name}.NAME=value")
    if not inside:
        others = [f"{t}.{name}" for t in tables if t not in SECTIONS and name in tables[t].model_fields]
        here = f", here {' or '.join(others)}" if others else ""
        hint = "" if others else nearest(name, [known for known in names if "." not in known])
        return no_name(said, "unknown name", f"section.name{here}", hint)
    if section not in tables and section != "instruments":
        sections = [*tables, "instruments"]
        return no_name(said, "unknown section", listed(sections), nearest(section, sections))
    if section == "instruments":
        if inside[0] not in instruments:
            return no_name(said, "unknown instrument", "", nearest(inside[0], instruments))
        known = [key for key in Use.model_fields if f"{section}.{inside[0]}.{key}" in names]
    else:
        known = list(tables[section].model_fields)
    if len(inside) != (2 if section == "instruments" else 1):
        return no_name(said, "", f"{section}.NAME" + (".intensity" if section == "instruments" else ""))
    return no_name(said, "unknown key", alternatives(known), nearest(inside[-1], known))


def _refuse_other_than_tables(scenario: Scenario) -> None:
    """Raise SettingError where numbers of the compound are not those of its own households."""
    wrong = disagreements(scenario.compound, scenario.tables)
    if wrong:
        found = {name: shown(getattr(scenario.compound, name)) for name in wrong}
        raise SettingError(
            *(Refusal(f"compound.{name}", found[name], expected=said) for name, said in wrong.items())
        )


def _refuse_wrong_levers(scenario: Scenario) -> None:
    """Raise SettingError where a strategy's levers have unknown names or values out of range."""
    for section, table in LEVERS.items():
        levers = getattr(scenario.strategy, section)
        try:
            scenario.effective(section)
        except ValidationError as errors:
            raise SettingError(*refusals_in(errors, table, levers, f"strategy.{section}")) from None
