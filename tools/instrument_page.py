"""The page `docs/instruments.md`: every instrument, and what became of the 36 devices of the documents."""

from collections.abc import Mapping
from pathlib import Path

from page_tables import head, number, row

from model.instrument_words import full_intensity, hours, yuan
from model.instruments import INSTRUMENTS, Effect, Family, Instrument, Legality
from model.measures import SUMMARY
from scenarios.devices import Device, cities, documents_of, in_use, load_devices
from scenarios.loading import load_case

FILE = Path(__file__).parents[1] / "docs" / "instruments.md"

#: The tests of effects in `tests/test_instruments.py`: one for every instrument, and one that needs a district.
EFFECT_TEST = "test_turning_an_instrument_on_changes_what_it_claims_to_change"
DISTRICT_TEST = (
    "test_bundling_keeps_companies_in_poor_compounds_and_lowers_quality_in_rich_ones_when_the_pool_is_short"
)
#: The test of settings in `tests/test_devices.py`.
SETTING_TEST = "test_a_setting_that_is_a_device_changes_what_it_should"

_FAMILIES = {
    Family.ORGANISE: "Organise",
    Family.REACH_OUT: "Reach out",
    Family.DELIBERATE: "Deliberate",
    Family.PRECONDITION: "Preconditions and finance",
    Family.MANAGE: "Manage",
}

_HEAD = """# Instruments and devices

Written by `make reference` from `model/instruments.py`, `scenarios/devices.toml` and the files of the cities' cases
and strategies; do not edit by hand.

An instrument is one thing that an office, a committee or a company can do, with an intensity from 0 (nothing) to 1
(the full intensity below); a strategy is a set of instruments in use. The documents name devices and hardly ever say
how strongly they were used, so the intensities of a city's strategy are judgement, except where a comment in its file
names a figure. Each instrument is lawful, restricted or unlawful; [law.md](law.md) says why.
"""

_INSTRUMENTS = """## Instruments

*Touches* is the state an instrument acts on. *Effect* is what turning it on at full intensity is claimed to change,
and *Test* (in `tests/test_instruments.py`) checks that on paired draws, with the instruments named beside it in use on
both sides. *Documents* are the letters of those that describe it; where there is none, it comes from literature or law.
The numbers behind hours and money are [parameters](parameters.md); how each instrument acts stands in [odd.md](odd.md).

Letters: {letters}.
"""

_DIAGNOSTIC = """### Diagnostic only

These exist to show what they cost: signatures that are not meant, trust that is lost. Apart from the assessment behind
`ranking` (device 33) no document describes them; no city's strategy uses them, and none is a recommendation.
{unlawful} are unlawful, and so is any strategy with them.
"""

_DEVICES = """## The 36 devices of the documents

Each device is one or more instruments, settings (`section.name`) or items of the menu (`menu.name`). A city's column
holds the intensity its strategy uses, and the value its strategy or its case sets; it is empty where its document does
not have the device. Instruments that several devices share appear under each. An entry says that the document has the
device, and nothing of how well it worked: the documents are published successes, and bundles of measures.

The test of a device is that of its instruments above; a setting is tested by
`tests/test_devices.py::{setting_test}[SETTING]`.
"""


def instruments(family: Family, marks: Mapping[str, str]) -> str:
    """The table of one family. marks : by settings of an effect, as they are written."""
    what, costs = ("中文", "English", "Full intensity", "Touches", "Effect"), ("Hours", "Money")
    lines = head("Name", *what, *costs, "Legality", "Documents", "Test")
    for instrument, info in INSTRUMENTS.items():
        if info.family is family:
            lines.append(_instrument(instrument, marks))
    return "\n".join(lines)


def _instrument(instrument: Instrument, marks: Mapping[str, str]) -> str:
    name, info = instrument.name.lower(), INSTRUMENTS[instrument]
    touches = ", ".join(f"`{state}`" for state in info.touches)
    legality = info.legality if info.legality is Legality.LAWFUL else f"**{info.legality}**"
    return row(
        f"`{name}`",
        info.zh,
        info.en,
        full_intensity(instrument),
        touches,
        effect_in_words(info.effect, marks),
        hours(instrument),
        yuan(instrument),
        legality,
        " ".join(documents_of(instrument)),
        f"`{test_of(name, info.effect)}`",
    )


def test_of(name: str, effect: Effect) -> str:
    """The test that shows an instrument's effect."""
    return DISTRICT_TEST if effect.of else f"{EFFECT_TEST}[{name}]"


def effect_in_words(effect: Effect, marks: Mapping[str, str]) -> str:
    """What an instrument is claimed to change: `raises mean_support in week 20, beside home_visits 1`."""
    words = f"{'raises' if effect.rises else 'lowers'} `{effect.outcome}`"
    if effect.of:
        words += f" of {effect.of}"
    if effect.outcome not in SUMMARY:
        words += f" in week {effect.week}" if effect.week >= 0 else " in the last week"
    if effect.beside:
        words += ", beside " + ", ".join(f"`{name}` {number(value)}" for name, value in effect.beside.items())
    return words + (f" ({marks[_written(effect.settings)]})" if effect.settings else "")


def _written(settings: Mapping[str, object]) -> str:
    values = {name: str(v).lower() if isinstance(v, bool) else v for name, v in settings.items()}
    return ", ".join(f"`{name}` = {value}" for name, value in values.items())


def marks_of_settings() -> dict[str, str]:
    """A letter for each set of settings under which effects are shown, by the settings as written."""
    written = dict.fromkeys(
        _written(info.effect.settings) for info in INSTRUMENTS.values() if info.effect.settings
    )
    return {settings: chr(ord("a") + i) for i, settings in enumerate(written)}


def devices() -> str:
    """The table of devices with a column per city."""
    names = [f"{load_case(city).names.en} ({letter})" for letter, city in cities().items()]
    lines = head("No.", "中文", "English", "Means", "改变什么", "What it changes", *names)
    for device in load_devices():
        means = ", ".join(f"`{name}`" for name in device.means)
        columns = [uses_of_city(device, letter) for letter in cities()]
        lines.append(
            row(device.number, device.zh, device.en, means, device.changes.zh, device.changes.en, *columns)
        )
    return "\n".join(lines)


def uses_of_city(device: Device, letter: str) -> str:
    """What a city's strategy or case uses of a device; empty where its document does not have the device."""
    if letter not in device.letters:
        return ""
    used = {name: value for name, value in in_use(letter).items() if name in device.means}
    return ", ".join(_use(name, used[name]) for name in device.means if name in used)


def _use(name: str, value: str) -> str:
    return f"`{name.partition('.')[2]}` = {value}" if "." in name else f"`{name}` {value}"


def _unlawful() -> str:
    names = [f"`{i.name.lower()}`" for i, info in INSTRUMENTS.items() if info.legality is Legality.UNLAWFUL]
    return " and ".join(names)


def page() -> str:
    """The whole page."""
    letters = "; ".join(f"{letter} = {load_case(city).names.en}" for letter, city in cities().items())
    marks = marks_of_settings()
    parts = [_HEAD, _INSTRUMENTS.format(letters=letters)]
    parts += [f"({mark}) Shown with {settings}." for settings, mark in marks.items()]
    for family, title in _FAMILIES.items():
        parts += [f"### {title}", instruments(family, marks)]
    parts += [_DIAGNOSTIC.format(unlawful=_unlawful()), instruments(Family.DIAGNOSTIC, marks)]
    parts += [_DEVICES.format(setting_test=SETTING_TEST), devices()]
    return "\n\n".join(part.strip() for part in parts) + "\n"
