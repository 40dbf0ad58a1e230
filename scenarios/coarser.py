"""The same scenario in longer steps, to see whether the length of a step matters."""

from typing import Any

from pydantic import BaseModel

from model.parameters import declarations
from model.settings import SECTIONS
from model.specification import FOREVER, LEVERS, Scenario, Strategy, Use

#: Units of what is spent or done in a step: as often as there are weeks in it.
_PER_WEEK = frozenset({"hours/week", "hours/household/week", "yuan/household/week", "1/year"})
#: Units of durations and dates, which take fewer steps.
_WEEKS = frozenset({"week", "weeks"})


def coarser(scenario: Scenario, weeks: int) -> Scenario:
    """The scenario in steps of this many weeks, by the units of its numbers; it then has fewer of them.

    A share that closes or a chance that comes up in a week, both `1/week`, becomes that of as many weeks; durations
    and dates are divided, hours and money of a week multiplied. What is counted in bills or rounds stays. What the
    model does once a month or once a quarter, and months of fees, stay so many steps: compare no payment.
    """
    sections = {name: _section(_in_force(scenario, name), weeks) for name in SECTIONS}
    return scenario.model_copy(
        update={
            **sections,
            "strategy": _strategy(scenario.strategy, weeks),
            "events": tuple(e.model_copy(update={"week": e.week // weeks}) for e in scenario.events),
            "horizon_weeks": _steps(scenario.horizon_weeks, weeks),
            "billing_interval_weeks": _steps(scenario.billing_interval_weeks, weeks),
        }
    )


def _in_force(scenario: Scenario, section: str) -> BaseModel:
    """A section with the levers of the strategy."""
    found: BaseModel = scenario.effective(section) if section in LEVERS else getattr(scenario, section)
    return found


def _section(section: BaseModel, weeks: int) -> BaseModel:
    changed: dict[str, Any] = {}
    for name, unit in _units(section).items():
        value = getattr(section, name)
        if unit in _WEEKS and value < FOREVER:
            changed[name] = _steps(value, weeks) if isinstance(value, int) else value / weeks
        elif unit == "1/week":
            changed[name] = 1.0 - (1.0 - value) ** weeks if value <= 1.0 else value * weeks
        elif unit in _PER_WEEK:
            changed[name] = value * weeks
    return section.model_copy(update=changed)


def _units(section: BaseModel) -> dict[str, str]:
    declared = declarations()
    fields = type(section).model_fields
    if declared.keys() == fields.keys():
        return {name: declared[name].unit for name in fields}
    extras = {name: field.json_schema_extra for name, field in fields.items()}
    return {
        name: str(extra["unit"])
        for name, extra in extras.items()
        if isinstance(extra, dict) and "unit" in extra
    }


def _strategy(strategy: Strategy, weeks: int) -> Strategy:
    uses = {name: _use(use, weeks) for name, use in strategy.instruments.items()}
    return strategy.model_copy(update={"instruments": uses, **{section: {} for section in LEVERS}})


def _use(use: Use, weeks: int) -> Use:
    ends = use.end_week if use.end_week >= FOREVER else _steps(use.end_week, weeks)
    return use.model_copy(update={"start_week": use.start_week // weeks, "end_week": ends})


def _steps(n: int, weeks: int) -> int:
    """How many steps so many weeks take, rounded up."""
    return -(-n // weeks)
