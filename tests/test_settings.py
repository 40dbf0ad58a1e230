"""One door: the same world is the same scenario, and has the same hash, by whichever way it was asked for."""

import math
from typing import Any

import numpy as np
import pytest

from dashboard.asking import Request, base_scenario, from_query, to_query
from dashboard.levers import levers, value_in
from model.community import CommunityModel
from model.directions import bounds_of, choices_of
from model.instruments import CHOICES, Instrument
from model.refusing import SettingError
from model.settings import SECTIONS, path_of, with_numbers, with_settings
from model.specification import LEVERS, District, Programme, Scenario, Strategy, Use
from scenarios.district import content_hash
from scenarios.files.settings import with_values
from scenarios.loading import apply_settings, apply_to_district, load_case, load_strategy
from scenarios.sweep.sweepfile import load_sweep

JINSHUI = load_case("jinshui")
NUMBERS = [
    *(f"{section}.{name}" for section, table in SECTIONS.items() for name in table.model_fields),
    "horizon_weeks",
    "billing_interval_weeks",
]
USES = [
    f"instruments.{instrument.name.lower()}.{key}"
    for instrument in Instrument
    for key in Use.model_fields
    if key != "choice" or instrument in CHOICES
]


def value_of(scenario: Scenario, name: str) -> Any:
    """What a setting is, levers in force; an instrument that is not in use has intensity 0."""
    section, *inside = name.split(".")
    if not inside:
        return getattr(scenario, section)
    if section != "instruments":
        table = scenario.effective(section) if section in LEVERS else getattr(scenario, section)
        return getattr(table, inside[0])
    use = scenario.strategy.instruments.get(inside[0], Use(intensity=0.0))
    words = [word.name.lower() for word in CHOICES.get(Instrument[inside[0].upper()], ())]
    return (use.choice or words[0]) if inside[1] == "choice" else getattr(use, inside[1])


def another(scenario: Scenario, name: str) -> Any:
    """Another value of a setting: halfway down to the least, one up where it stands there, another word."""
    now = value_of(scenario, name)
    if isinstance(now, bool):
        return not now
    if isinstance(now, str):
        section, *inside = name.split(".")
        if section == "instruments":
            words = [word.name.lower() for word in CHOICES[Instrument[inside[0].upper()]]]
        else:
            words = choices_of(SECTIONS[section].model_fields[inside[0]].annotation)
        return next(word for word in words if word != now)
    if name.startswith("instruments."):
        return {"intensity": 0.37, "start_week": 7, "end_week": 90}[name.rpartition(".")[2]]
    table = Scenario if "." not in name else SECTIONS[name.partition(".")[0]]
    field = table.model_fields[name.rpartition(".")[2]]
    low, high = (float(bound or 0.0) for bound in bounds_of(field))
    if now == low:
        return int(low) + 1 if field.annotation is int else (low + min(high, 1.0)) / 2
    return (now + int(low)) // 2 if field.annotation is int else (now + low) / 2


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for step in reversed(path):
        value = {step: value}
    return value


@pytest.mark.parametrize("name", [*NUMBERS, *USES])
def test_a_setting_is_the_same_scenario_through_every_door(name: str) -> None:
    base = JINSHUI.scenario()
    value, path = another(base, name), path_of(name)
    word = str(value).lower() if isinstance(value, bool) else repr(value).strip("'")
    short = name.rpartition(".")[2] if path[0] != "instruments" else name.removesuffix(".intensity")
    asked = [
        with_settings(base, {name: value}),
        with_settings(base, {short: np.array([value])[0]}),
        apply_settings(base, [f"{name}={word}"]),
        with_values(base, {path: value}),
        with_settings(base, nested(path, value)),
    ]
    if path[0] != "compound":  # there the case asks which of its compounds
        asked.append(JINSHUI.scenario(**nested(path, value)))
    if isinstance(value, int) and not isinstance(value, bool):
        asked.append(with_settings(base, {name: float(value)}))
    assert all(value_of(scenario, name) == value for scenario in asked)
    assert all(scenario == asked[0] for scenario in asked)
    assert len({scenario.content_hash() for scenario in asked}) == 1
    assert asked[0].content_hash() != base.content_hash()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_the_same_world_from_the_case_as_from_a_lever_or_a_setting(name: str) -> None:
    base = Scenario()
    value, path = another(base, name), path_of(name)
    asked = [with_settings(base, {name: value}), Scenario.model_validate(nested(path, value))]
    if path[0] in LEVERS:
        levers = Strategy.model_validate({path[0]: {path[1]: value}})
        asked.append(Scenario(strategy=levers))
        asked.append(with_settings(Scenario(strategy=levers), {name: value}))
        asked.append(with_settings(base, {"strategy": levers}))
    assert len({scenario.content_hash() for scenario in asked}) == 1


@pytest.mark.parametrize("strategy", ["jinshui", "none", "full_bundle"])
def test_setting_what_already_is_changes_nothing(strategy: str) -> None:
    base = JINSHUI.scenario(strategy=strategy)
    in_use = [name for name in USES if name.split(".")[1] in base.strategy.instruments]
    for name in [*NUMBERS, *in_use, *(name for name in USES if name.endswith(".intensity"))]:
        assert with_settings(base, {name: value_of(base, name)}).content_hash() == base.content_hash(), name


@pytest.mark.parametrize("lever", levers().values(), ids=list(levers()))
def test_a_lever_of_the_dashboard_is_the_same_world_as_its_setting(lever: Any) -> None:
    base = base_scenario("jinshui", "jinshui")
    moved = lever.snapped(lever.low if value_in(base, lever) > (lever.low + lever.high) / 2 else lever.high)
    request = Request("jinshui", "jinshui").with_levers({lever.key: moved})
    linked = from_query(to_query(request, "en"))
    expected = with_settings(base, {lever.path: moved})
    assert request.scenario() == linked.scenario() == expected
    assert request.scenario().content_hash() == expected.content_hash() != base.content_hash()


def test_half_the_public_share_is_one_world_however_it_is_asked_for(tmp_path: Any) -> None:
    name, value = "programme.public_share_improvement", 0.5
    file = tmp_path / "share.toml"
    file.write_text(f'id = "share"\ncases = ["jinshui"]\nseeds = 1\n[constants]\n{name} = {value}\n', "utf-8")
    (base,) = load_sweep(file).bases
    case = JINSHUI.scenario()
    asked = [
        apply_settings(case, [f"{name}={value}"]),
        base.scenario,
        CommunityModel(case, rng=1, public_share_improvement=value).scenario,
        Request("jinshui", "jinshui").with_levers({"pub": value}).scenario(),
        from_query("case=jinshui&strategy=jinshui&pub=0.5").scenario(),
    ]
    levers = {**case.strategy.programme, "public_share_improvement": value}
    as_lever = JINSHUI.scenario(strategy=case.strategy.model_copy(update={"programme": levers}))
    assert {scenario.content_hash() for scenario in asked} == {as_lever.content_hash()}


def test_whole_numbers_and_negative_zero_are_the_numbers_they_equal() -> None:
    one = [with_settings(Scenario(), {"consent_gate": gate}) for gate in (1, 1.0, np.int64(1), np.float32(1))]
    none = [with_settings(Scenario(), {"consent_gate": gate}) for gate in (0, 0.0, -0.0)]
    for same in (one, none):
        assert len({scenario.content_hash() for scenario in same}) == 1
    assert math.copysign(1.0, none[2].programme.consent_gate) == 1.0
    negative = Scenario(programme=Programme(consent_gate=-0.0))
    assert negative.content_hash() == none[0].content_hash()
    lever = Scenario(strategy=Strategy(programme={"consent_gate": 1}))
    assert lever.content_hash() == one[0].content_hash()


def test_an_instrument_out_of_use_is_the_same_world_as_one_not_named() -> None:
    base = Scenario(strategy=load_strategy("visible_example"))
    unused = with_settings(base, {"pressure": 0.0, "instruments.pressure.start_week": 20})
    assert "pressure" not in base.strategy.instruments
    assert unused.content_hash() == base.content_hash()
    # What an office that consults nobody does with suggestions depends on the choice: it stays in the hash.
    token = with_settings(base, {"consultation": 0.0, "instruments.consultation.choice": "token"})
    assert token.content_hash() != base.content_hash()


def test_a_district_is_the_same_by_setting_and_by_table() -> None:
    case = load_case("kaifeng_district")
    assert case.district is not None
    scenario, by_setting = apply_to_district(case.scenario(), case.district, ["district.trust_sd=0"])
    by_hand = with_numbers(case.district, {"trust_sd": -0.0}, "district")
    written = District.model_validate({**case.district.model_dump(), "trust_sd": -0.0})
    hashes = {content_hash(scenario, district) for district in (by_setting, by_hand, written)}
    assert len(hashes) == 1 and by_setting == by_hand


def test_what_is_refused_is_told_with_name_found_expected_and_nearest() -> None:
    wrong = {"consent_gat": 0.9, "programme.consent_gate": 80, "contract": "trsut", "support_rate": True}
    with pytest.raises(SettingError) as caught:
        with_settings(Scenario(), wrong)
    unknown, value, word, truth = caught.value.refusals
    assert (unknown.name, unknown.wrong, unknown.hint) == (
        "consent_gat", "name", "; did you mean 'consent_gate'?"
    )  # fmt: skip
    assert str(value) == (
        "programme.consent_gate = 80; expected a number from 0 to 1 (share); did you mean 0.8?"
    )
    assert (word.name, word.found, word.hint) == ("management.contract", "'trsut'", "; did you mean 'trust'?")
    assert (truth.name, truth.found) == ("parameters.support_rate", "true")
    assert str(caught.value).splitlines() == [str(refusal) for refusal in caught.value.refusals]


def test_numbers_that_do_not_agree_are_refused_together() -> None:
    with pytest.raises(SettingError, match=r"^compound: .*found owner_occupied = 0.9, rented_out = 0.3$"):
        with_settings(Scenario(), {"owner_occupied": 0.9, "rented_out": 0.3})


def test_a_strategy_that_sets_what_there_is_not_is_refused() -> None:
    with pytest.raises(SettingError, match=r"strategy\.programme\.consent_gat: unknown key"):
        with_settings(Scenario(), {"strategy": Strategy(programme={"consent_gat": 0.9})})
