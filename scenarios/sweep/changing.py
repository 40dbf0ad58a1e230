"""A scenario with other values, quickly: a sweep makes one for every point.

The same result as `scenarios.files.settings.with_overrides`, which checks the whole scenario again; here only the
sections that change are checked, which takes a fifth of the time.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from model.specification import District, Scenario, Use
from scenarios.files.problems import ScenarioError
from scenarios.files.settings import with_overrides
from scenarios.sweep.factors import Value

_LEVERS = ("programme", "management", "office")
_EFFECTIVE = {
    "programme": Scenario.effective_programme,
    "management": Scenario.effective_management,
    "office": Scenario.effective_office,
}


def with_values(scenario: Scenario, values: Mapping[tuple[str, ...], Value]) -> Scenario:
    """The scenario with settings, by full path, in force; a setting wins over the strategy's levers.

    Those of a district are left to `district_with_values`.
    Raises ScenarioError for values that do not go together.
    """
    nested = _nested({path: value for path, value in values.items() if path[0] != "district"})
    try:
        return _changed(scenario, nested)
    except ValidationError:
        # Slowly once more, for its message.
        return with_overrides(scenario, nested)


def district_with_values(district: District, values: Mapping[tuple[str, ...], Value]) -> District:
    """The district with its own settings in force. Raises ScenarioError."""
    own = {path[1]: value for path, value in values.items() if path[0] == "district"}
    if not own:
        return district
    try:
        return District.model_validate({**district.model_dump(), **own})
    except ValidationError as errors:
        first = errors.errors()[0]
        raise ScenarioError(f"district: {first.get('ctx', {}).get('error', first['msg'])}") from None


def _nested(values: Mapping[tuple[str, ...], Value]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in values.items():
        table = nested
        for step in path[:-1]:
            table = table.setdefault(step, {})
        table[path[-1]] = value
    return nested


def _changed(scenario: Scenario, nested: Mapping[str, Any]) -> Scenario:
    """The scenario with sections replaced, each checked by itself. Raises ValidationError."""
    strategy = scenario.strategy
    update: dict[str, Any] = {}
    for name, value in nested.items():
        if name == "instruments":
            uses = dict(strategy.instruments)
            for instrument, keys in value.items():
                known = uses[instrument].model_dump() if instrument in uses else {}
                uses[instrument] = Use.model_validate({**known, **keys})
            strategy = strategy.model_copy(update={"instruments": uses})
        elif isinstance(value, dict):
            section = getattr(scenario, name)
            update[name] = type(section).model_validate({**section.__dict__, **value})
            if name in _LEVERS:
                levers = getattr(strategy, name)
                won = {key: value[key] for key in levers if key in value}
                strategy = strategy.model_copy(update={name: {**levers, **won}})
        else:
            update[name] = value
    changed = scenario.model_copy(update={**update, "strategy": strategy})
    for name in _LEVERS:
        if name in nested and getattr(strategy, name):
            _EFFECTIVE[name](changed)
    return changed
