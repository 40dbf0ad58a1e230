"""The 36 devices: each has means that exist and work, cities use those of their documents, the page says what is so."""

import re
import runpy
from dataclasses import dataclass, field
from pathlib import Path

import instrument_page
import numpy as np
import pytest

from model import instrument_words
from model.district_plan import district_runs
from model.engine import simulate, simulate_runs
from model.instruments import INSTRUMENTS, Family, Instrument
from model.measures import Outcome
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Compound, District, Office, Programme, Scenario, Strategy, Use
from scenarios.devices import (
    Device,
    DeviceFile,
    cities,
    documents_of,
    in_use,
    instruments_in_use,
    load_devices,
    means_of_the_model,
)
from scenarios.loading import list_cases, load_case, load_strategy

DEVICES = load_devices()
SEEDS = range(40)
STANDARD_ERRORS = 4.0
CHINESE = re.compile(r"[\u4e00-\u9fff]")
INSTRUMENT_NAMES = {i.name.lower() for i in Instrument}
DIAGNOSTIC = {i.name.lower() for i, info in INSTRUMENTS.items() if info.family is Family.DIAGNOSTIC}
#: From literature and law. No document mentions points for residents: Hangzhou's bonus points go to projects.
NOT_IN_THE_DOCUMENTS = {"reminders", "norm_messages", "lawful_dunning", "points"}
#: Meizhou's document describes no visits; its strategy assumes them and says so.
ASSUMED = {("M", "home_visits")}


def described(letter: str) -> set[str]:
    """Means of the devices a document describes."""
    return {name for device in DEVICES if letter in device.letters for name in device.means}


def numbered(device: Device) -> str:
    return f"{device.number}"


# -- the table and the page ---------------------------------------------------------------------------------


def test_the_page_of_instruments_is_that_of_the_code():
    assert instrument_page.FILE.read_text("utf-8") == instrument_page.page(), "run `make reference`"


def test_no_number_of_an_instrument_is_written_beside_its_declaration():
    for instrument, info in INSTRUMENTS.items():
        for text in (info.full_intensity, info.hours, info.yuan):
            assert not re.search(r"\d", text), (instrument, text)


def test_costs_in_words_are_the_defaults_of_parameters_and_settings():
    assert instrument_words.hours(Instrument.GRID) == (
        f"{Parameters().grid_hours:g} person-hours a week, for {Parameters().reference_households:g} households"
    )
    assert instrument_words.yuan(Instrument.PUBLICITY) == (
        f"{Parameters().publicity_yuan:g} yuan a household and week until works begin"
    )
    assert instrument_words.hours(Instrument.HOME_VISITS) == f"{Office().visit_hours:g} person-hours a visit"
    assert instrument_words.hours(Instrument.REMINDERS) == instrument_words.yuan(Instrument.GRID) == "none"
    share = 100 * Parameters().third_party_share
    assert instrument_words.yuan(Instrument.THIRD_PARTY_SUPERVISION) == f"{share:g} % of the cost of works"
    with pytest.raises(KeyError, match="grid_howrs"):
        instrument_words.in_words("{grid_howrs} person-hours")


def test_every_instrument_has_one_row():
    rows = re.findall(r"^\| `(\w+)` \|", instrument_page.page(), re.MULTILINE)
    assert sorted(rows) == sorted(INSTRUMENT_NAMES)


def test_every_device_has_one_row_with_a_column_for_each_city():
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", instrument_page.page(), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 37))
    for (_, cells), device in zip(rows, DEVICES, strict=True):
        columns = [cell.strip() for cell in cells.split("|")][-len(cities()) :]
        assert [bool(column) for column in columns] == [letter in device.letters for letter in cities()]


def test_the_tests_named_on_the_page_exist():
    effects = runpy.run_path(str(Path(__file__).with_name("test_instruments.py")))
    assert {instrument_page.EFFECT_TEST, instrument_page.DISTRICT_TEST} <= set(effects)
    assert instrument_page.SETTING_TEST in globals()


def test_there_are_36_devices_numbered_in_order():
    assert [device.number for device in DEVICES] == list(range(1, 37))


@pytest.mark.parametrize("device", DEVICES, ids=numbered)
def test_a_device_is_said_in_both_languages(device):
    assert CHINESE.search(device.zh) and CHINESE.search(device.changes.zh)
    for text in (device.en, device.changes.en):
        assert text.strip() and not CHINESE.search(text)
    assert "\n" not in device.changes.zh + device.changes.en


@pytest.mark.parametrize("instrument", Instrument, ids=lambda i: i.name.lower())
def test_an_instrument_is_named_in_both_languages(instrument):
    info = INSTRUMENTS[instrument]
    assert CHINESE.search(info.zh)
    assert info.en.strip() and not CHINESE.search(info.en)


def test_a_document_of_no_case_is_refused():
    known = DEVICES[0].model_dump()
    with pytest.raises(ValueError, match="no case has a document of the letter Q"):
        DeviceFile.model_validate({"devices": [{**known, "documents": "Z Q"}]})


def test_no_two_documents_have_one_letter():
    letters = [document.letter for name in list_cases() if (document := load_case(name).document)]
    assert sorted(cities()) == sorted(filter(None, letters))


def test_an_instrument_is_of_the_documents_whose_city_uses_it_as_a_device():
    def of_the_five(instrument):
        return "".join(letter for letter in documents_of(instrument) if letter in "HJZKM")

    assert of_the_five(Instrument.TAILORED_PLAN) == "K"
    assert of_the_five(Instrument.HOME_VISITS) == "HJZK", "Meizhou's visits are assumed"
    assert documents_of(Instrument.REMINDERS) == ()


def test_unknown_keys_of_a_device_are_refused():
    known = DEVICES[0].model_dump()
    with pytest.raises(ValueError, match="effort"):
        DeviceFile.model_validate({"devices": [{**known, "effort": 1}]})


# -- means --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES, ids=numbered)
def test_every_means_of_a_device_exists(device):
    assert set(device.means) - means_of_the_model() == set()
    assert len(set(device.means)) == len(device.means)


@pytest.mark.parametrize("device", DEVICES, ids=numbered)
def test_a_device_has_an_instrument_or_a_setting_that_is_tested(device):
    assert any(name in INSTRUMENT_NAMES or name in SETTINGS for name in device.means)


def test_every_instrument_of_the_documents_belongs_to_a_device():
    of_devices = {name for device in DEVICES for name in device.means} & INSTRUMENT_NAMES
    assert of_devices == INSTRUMENT_NAMES - DIAGNOSTIC - NOT_IN_THE_DOCUMENTS


# -- documents and cities -----------------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES, ids=numbered)
def test_every_city_whose_document_has_a_device_uses_it(device):
    unused = [letter for letter in device.letters if not set(device.means) & set(in_use(letter))]
    assert unused == []


@pytest.mark.parametrize("letter", cities())
def test_a_city_uses_only_instruments_of_devices_its_document_has(letter):
    used = set(instruments_in_use(load_strategy(cities()[letter])))
    assumed = {name for city, name in ASSUMED if city == letter}
    assert assumed <= used
    assert used - described(letter) == assumed


@pytest.mark.parametrize("letter", cities())
def test_a_city_uses_no_diagnostic_instrument(letter):
    assert set(load_strategy(cities()[letter]).instruments) & DIAGNOSTIC == set()


# -- settings that are devices ------------------------------------------------------------------------------

COURTYARD = Compound(households=80, buildings=2, stairwells_per_building=3, party=0.3, structure=0.25)
EARLY = {"willingness_gate": 0.3, "consent_gate": 0.5, "works_weeks": 12, "alters_common_parts": False}
EVERY_ITEM = {"standard_items": 20}


@dataclass(frozen=True)
class Change:
    """What a setting changes: a weekly outcome, and whether the higher value raises it, beside home visits."""

    low: object
    high: object
    outcome: str
    rises: bool
    week: int
    beside: dict[str, float] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)


SETTINGS = {
    # Before the gate: where works begin sooner, their nuisance comes sooner too.
    "office.grid_households": Change(30, 3000, "mean_support", False, 10, {"grid": 1.0}),
    "office.consultation_rounds": Change(1, 6, "suggestions_per_household", True, 60, {"consultation": 0.6}),
    "programme.consent_gate": Change(0.5, 0.95, "works_progress", False, 40),
    "programme.structures_must_go": Change(0.0, 1.0, "works_progress", False, 40, settings=EARLY),
    "programme.pledges_needed": Change(0.0, 1.0, "works_progress", False, 40, {"fee_pledge": 0.5}, EARLY),
    "programme.public_share_basic": Change(0.5, 1.0, "own_yuan_per_household", False, 30),
    "programme.public_share_improvement": Change(
        0.5, 1.0, "own_yuan_per_household", False, 30, {}, EVERY_ITEM
    ),
    "programme.public_share_upgrade": Change(0.5, 1.0, "own_yuan_per_household", False, 30, {}, EVERY_ITEM),
    "management.fee": Change(0.3, 1.0, "arrears_yuan", True, 129, settings=EARLY),
    "management.contract": Change("lump_sum", "trust", "trust_company", True, 129, settings=EARLY),
}


def test_every_setting_of_a_device_is_tested():
    settings = {name for device in DEVICES for name in device.means} - INSTRUMENT_NAMES
    settings = {name for name in settings if not name.startswith("menu.")}
    assert settings == {*SETTINGS, "district.bundle_compounds"}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_is_a_device_changes_what_it_should(setting):
    change, name = SETTINGS[setting], setting.partition(".")[2]
    uses = {used: Use(intensity=value) for used, value in {"home_visits": 1.0, **change.beside}.items()}
    base = Scenario(
        compound=COURTYARD,
        strategy=Strategy(id="test", instruments=uses),
        office=Office(hours_per_household_week=0.15),
        horizon_weeks=change.week + 1,
    )
    pair = [with_settings(base, {**change.settings, name: value}) for value in (change.low, change.high)]
    low, high = (
        simulate(scenario, SEEDS).series[:, -1, Outcome[change.outcome.upper()]] for scenario in pair
    )
    difference = (high - low).astype(float) * (1 if change.rises else -1)
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    assert difference.mean() > STANDARD_ERRORS * error


def test_a_bundle_of_one_compound_moves_no_money_and_a_larger_one_does():
    scenario = Scenario(
        compound=COURTYARD,
        strategy=Strategy(id="test", instruments={"home_visits": Use(), "bundling": Use()}),
        office=Office(hours_per_household_week=0.15),
        programme=Programme(**EARLY),
    )
    moved = []
    for size in (1, 6):
        street = District(compounds=6, buildings=12, households=300, batches=1, bundle_compounds=size)
        results = simulate_runs(district_runs(scenario, street, 1))
        moved.append(np.abs(results.series[:, -1, Outcome.BUNDLE_TRANSFER_YUAN]).sum())
    assert moved[0] == 0.0
    assert moved[1] > 0.0
