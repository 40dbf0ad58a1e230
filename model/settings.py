"""Settings by plain keyword, as batch runs and sliders give them: `support_rate=0.2, households=80`."""

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel

from model.instruments import Instrument
from model.parameters import Parameters
from model.specification import Compound, Management, Office, Programme, Scenario, Use

_SECTIONS: dict[str, type[BaseModel]] = {
    "parameters": Parameters,
    "compound": Compound,
    "programme": Programme,
    "management": Management,
    "office": Office,
}
_LEVERS = ("programme", "management", "office")


def section_of() -> dict[str, str]:
    """The section of every setting that has a name of its own: `support_rate` is one of the parameters."""
    return {name: section for section, fields in _SECTIONS.items() for name in fields.model_fields}


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """The scenario with settings in force, each by its own name; a setting wins over the strategy's levers.

    A name is that of a parameter, of a number of compound, programme, management or office, of an instrument
    (its intensity), or of a field of `Scenario`, such as `strategy` or `horizon_weeks`.
    Raises TypeError for an unknown name, with the nearest known one; ValueError for a value out of range.
    """
    sections = section_of()
    data = scenario.model_dump()
    whole = {name: _plain(value) for name, value in settings.items() if name in Scenario.model_fields}
    data.update(whole)
    strategy = data["strategy"]
    if not isinstance(strategy, dict):
        raise TypeError(f"strategy={strategy!r}; expected a Strategy, such as load_strategy('jinjiang')")
    for name in set(whole).intersection(_LEVERS):
        strategy[name] = {}
    for name in (n for n in settings if n not in whole):
        value = _plain(settings[name])
        if name in sections:
            section = sections[name]
            data[section] = {**data[section], name: value}
            if section in _LEVERS:
                strategy[section].pop(name, None)
        elif name.upper() in Instrument.__members__:
            used = strategy["instruments"]
            used[name] = {**used.get(name, Use().model_dump()), "intensity": value}
        else:
            raise TypeError(_unknown(name, sections))
    return Scenario.model_validate(data)


def _plain(value: Any) -> Any:
    """A value as pydantic takes it: numpy numbers as Python numbers, specifications as tables."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    return value.item() if isinstance(value, np.generic) else value


def _unknown(name: str, sections: Mapping[str, str]) -> str:
    known = [*sections, *Scenario.model_fields, *(i.name.lower() for i in Instrument)]
    near = difflib.get_close_matches(name, known, n=1)
    return f"unknown setting {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
