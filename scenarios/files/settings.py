"""A user's own settings (`--set key=value`), and the words in which files and commands refuse one.

What a setting is called, what it may be and how it is put in force: `model.settings`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from model.refusing import Refusal, SettingError
from model.settings import (
    SECTIONS,
    Path,
    checked,
    is_whole,
    path_of,
    with_numbers,
    with_settings,
)
from model.specification import District, Scenario
from model.texts import narrow
from scenarios.files.collectionfile import Collection
from scenarios.files.problems import ScenarioError, listed, own_is_meant, shown
from scenarios.files.quantities import TABLES
from scenarios.files.strategyfile import Instruments, UseEntry
from scenarios.files.texts import number_meant
from scenarios.plausible import PLAUSIBLE_SET, number_of_sets, with_plausible_set

_INTEGER = re.compile(r"[+-]?\d{1,300}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,9})?%")
#: Tables beside a scenario's own: of all compounds together.
_AROUND = ("district", "collection")
#: Of these a collection draws its own for every compound.
_OF_THE_COLLECTION = [("compound", name) for name in ("households", "buildings")]
#: Of these a district has its own numbers for all its compounds together.
_OF_THE_DISTRICT = [
    (s, n) for s in ("compound", "office") for n in SECTIONS[s].model_fields if n in District.model_fields
]


def apply_settings(scenario: Scenario, settings: Iterable[str]) -> Scenario:
    """The scenario with settings such as `programme.consent_gate=0.9` or `support_rate=0.2` in force.

    A bare name is enough for a number of the scenario. A setting wins over the strategy's levers.
    Raises ScenarioError with one line for every setting that cannot be applied.
    """
    changes = _read_all(settings)
    _refuse_tables(changes, "one compound is run", *_AROUND)
    return with_values(scenario, changes)


def apply_to_district(
    scenario: Scenario, district: District, settings: Iterable[str]
) -> tuple[Scenario, District]:
    """The usual compound's scenario and the district with settings such as `district.batches=2` in force.

    Of the district's names only the full ones count: compound and office have some of them too.
    Raises ScenarioError with one line for every setting that cannot be applied, or would change nothing.
    """
    changes = _read_all(settings)
    _refuse_tables(changes, "a district is run", "collection")
    drawn = [path for path in _OF_THE_DISTRICT if path in changes]
    if drawn:
        lines = [f"--set {s}.{n}: changes nothing in a district; expected district.{n}" for s, n in drawn]
        raise ScenarioError("\n".join(lines))
    return with_values(scenario, changes), table_with_values("district", district, changes)


def apply_to_collection(
    scenario: Scenario, collection: Collection, settings: Iterable[str]
) -> tuple[Scenario, Collection]:
    """The usual compound's scenario and the collection with settings such as `collection.households=90000` in force.

    Raises ScenarioError with one line for every setting that cannot be applied, or would change nothing.
    """
    changes = _read_all(settings)
    _refuse_tables(changes, "a collection is run", "district")
    drawn = [path for path in _OF_THE_COLLECTION if path in changes]
    if drawn:
        lines = [
            f"--set {s}.{n}: is drawn for every compound; expected collection.households, "
            "collection.median_households or collection.households_per_building"
            for s, n in drawn
        ]
        raise ScenarioError("\n".join(lines))
    if ("management", "before") in changes:
        raise ScenarioError(
            "--set management.before: is drawn for every compound; expected collection.company_before"
        )
    return with_values(scenario, changes), table_with_values("collection", collection, changes)


def with_values(scenario: Scenario, values: Mapping[Path, Any]) -> Scenario:
    """The scenario with settings, by full path, in force; those of a district or collection are left to their table.

    Raises ScenarioError with one line for each that cannot be applied.
    """
    if (PLAUSIBLE_SET,) in values:
        scenario = with_plausible_set(scenario, values[PLAUSIBLE_SET,])
    apart = (*_AROUND, PLAUSIBLE_SET)
    own = {".".join(path): value for path, value in values.items() if path[0] not in apart}
    return refusing(with_settings, scenario, own)


def table_with_values[Table: BaseModel](name: str, table: Table, values: Mapping[Path, Any]) -> Table:
    """A district or collection with its own of these settings in force. Raises ScenarioError."""
    own = {path[1]: value for path, value in values.items() if path[0] == name}
    return refusing(with_numbers, table, own, name) if own else table


def refusing[Result](change: Callable[..., Result], *arguments: Any) -> Result:
    """What a change gives; what it refuses, in the words of files and commands."""
    try:
        return change(*arguments)
    except SettingError as error:
        raise ScenarioError(_told(str(error))) from None


def _told(refused: str) -> str:
    """What is refused, a line each; of an instrument that nobody knows, how to bring one's own."""
    lines = refused.split("\n")
    return "\n".join(line + (own_is_meant() if ": unknown instrument" in line else "") for line in lines)


def check_setting(key: str, value: Any) -> tuple[Path, Any]:
    """The full path of a setting, and its value as the specification's own type (a whole number where it wants one).

    key : as for `apply_settings`, `programme.consent_gate` or `support_rate`
    Raises ScenarioError whose message is what follows the key: `: unknown name; did you mean …`, ` = 3; expected …`.
    """
    try:
        path = _path(key)
        return path, _checked(path, value)
    except SettingError as error:
        raise ScenarioError(_told(error.refusals[0].text)) from None


def setting_path(key: str) -> Path:
    """The full path of a setting. Raises ScenarioError whose message is what follows the key."""
    try:
        return _path(key)
    except SettingError as error:
        raise ScenarioError(_told(error.refusals[0].text)) from None


def field_of(path: Path) -> FieldInfo:
    """How the specification declares a setting: its type, unit, labels and range. The path is a full one."""
    if path == (PLAUSIBLE_SET,):
        return _set_field()
    if path[0] == "instruments":
        return UseEntry.model_fields[path[2]] if path[2] != "choice" else _choice_field(path[1])
    return TABLES[path[0]].model_fields[path[1]] if len(path) > 1 else Scenario.model_fields[path[0]]


def _set_field() -> FieldInfo:
    """Which set of parameters: a setting of files and commands, which puts all parameters in force at once."""
    extra: Any = {"title_zh": "合理参数组", "plausible": [0, number_of_sets() - 1]}
    return FieldInfo(annotation=int, title="Set of plausible parameters", json_schema_extra=extra)


def _choice_field(instrument: str) -> FieldInfo:
    table: Any = Instruments.model_fields[instrument].annotation
    return table.model_fields["choice"]


def _refuse_tables(changes: Mapping[Path, Any], instead: str, *tables: str) -> None:
    """Raise ScenarioError where settings are of a table that is not run."""
    for table in tables:
        names = [".".join(path) for path in changes if path[0] == table]
        if names:
            raise ScenarioError(
                f"--set {listed(names)}: {instead}, and no {table}; expected a case with [{table}]"
            )


def _read_all(settings: Iterable[str]) -> dict[Path, Any]:
    """Settings as checked values by full path."""
    changes: dict[Path, Any] = {}
    problems: list[str] = []
    for setting in settings:
        try:
            path, value = _read(setting)
            if path in changes:
                both = f"{shown(changes[path])} and {shown(value)}"
                raise ScenarioError(
                    f"--set {'.'.join(path)}: is given twice, {both}; expected each setting once"
                )
            changes[path] = value
        except ScenarioError as error:
            problems.append(str(error))
    if problems:
        raise ScenarioError("\n".join(problems))
    return changes


def _read(setting: str) -> tuple[Path, Any]:
    """`key=value` as the full path of the key and a checked value."""
    key, equals, word = (part.strip() for part in setting.partition("="))
    if not equals or not key or not word:
        hint = f"; did you mean '{narrow(setting)[:60]}'?" if narrow(setting) != setting else ""
        raise ScenarioError(
            f"--set {shown(setting)}: expected key=value, such as programme.consent_gate=0.9{hint}"
        )
    try:
        path = _path(key)
        return path, _checked(path, _value(word))
    except SettingError as error:
        hint = f"; did you mean '{float(word[:-1]) / 100:g}'?" if _PERCENT.fullmatch(word) else ""
        raise ScenarioError(f"--set {_told(str(error))}{hint}") from None


def _path(key: str) -> Path:
    """The full path of a key of a file or a command, where an instrument is not short for its intensity.

    Raises SettingError.
    """
    if key == PLAUSIBLE_SET:
        return (PLAUSIBLE_SET,)
    path = path_of(key, TABLES)
    full = ".".join(path)
    if key in Instruments.model_fields:
        raise SettingError(Refusal(key, reason="is an instrument", expected=full))
    if path[0] == "instruments" and key != full:
        hint = f"; did you mean '{full}'?"
        raise SettingError(Refusal(key, expected="instruments.NAME.intensity", hint=hint))
    if is_whole(path):
        reason = "is a section" if key in SECTIONS else "is no number"
        raise SettingError(Refusal(key, reason=reason, expected=f"{key}.NAME=value"))
    return path


def _checked(path: Path, value: Any) -> Any:
    """A value as the specification's own type; where a number is wanted, `"2/3"` is one. Raises SettingError."""
    if path != (PLAUSIBLE_SET,):
        return checked(path, number_meant(value) if field_of(path).annotation is float else value, TABLES)
    last = number_of_sets() - 1
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(last + 1):
        expected = f"a whole number from 0 to {last} (sets of parameters)"
        raise SettingError(Refusal(PLAUSIBLE_SET, found=shown(value), expected=expected))
    return int(value)


def _value(word: str) -> Any:
    """A word of the command line as the value it looks like."""
    if word in ("true", "false"):
        return word == "true"
    if _INTEGER.fullmatch(word):
        return int(word)
    if _NUMBER.fullmatch(word):
        return float(word)
    return word.strip("\"'")
