"""What an instrument is at full intensity and what it costs, in words that take their numbers from the declarations."""

from functools import cache
from string import Formatter
from typing import Any

from agents.rules.street_office import DEVICES, Season
from model.instruments import INSTRUMENTS, Instrument
from model.parameters import Parameters
from model.specification import Management, Office, Programme

_OF_HOUSEHOLDS = ", for {reference_households} households"
_SEASONS = {
    Season.ALWAYS: "",
    Season.MOBILISATION: " until works begin",
    Season.CONSULTATION: " of consultation",
    Season.WORKS: " of works",
    Season.MANAGEMENT: " of management",
}


class _Numbers(Formatter):
    """Writes numbers as a reader expects them: `{trial_weeks}` is 26, `{messenger_share:%}` is 20 %."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return f"{100.0 * value:,g} %" if format_spec == "%" else f"{value:,g}"


@cache
def _defaults() -> dict[str, Any]:
    """The default of every parameter and of every number of programme, management and office, by name."""
    declared = (Parameters(), Programme(), Management(), Office())
    return {name: value for section in declared for name, value in section}


def in_words(text: str) -> str:
    """A text of `model.instruments` with the defaults it names. Raises KeyError for an unknown name."""
    return _Numbers().vformat(text, (), _defaults())


def full_intensity(instrument: Instrument) -> str:
    """What the instrument is at full intensity."""
    return in_words(INSTRUMENTS[instrument].full_intensity)


def hours(instrument: Instrument) -> str:
    """The hours it takes, or adds, at full intensity."""
    weekly = [
        f"{{{device.hours}}} person-hours a week{_SEASONS[device.season]}{_OF_HOUSEHOLDS}"
        for device in DEVICES
        if device.instrument == instrument.name.lower()
    ]
    return in_words("; ".join(filter(None, [*weekly, INSTRUMENTS[instrument].hours])) or "none")


def yuan(instrument: Instrument) -> str:
    """The money it takes at full intensity."""
    weekly = [
        f"{{{device.yuan}}} yuan a household and week{_SEASONS[device.season]}"
        for device in DEVICES
        if device.instrument == instrument.name.lower() and device.yuan
    ]
    return in_words("; ".join(filter(None, [*weekly, INSTRUMENTS[instrument].yuan])) or "none")
