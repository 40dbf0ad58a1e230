"""The classroom's game and its classes, without a browser."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dashboard.class_verdict import group_key, judged
from dashboard.class_views import figures_of, gate_of
from dashboard.classes import ClassError, Classes
from dashboard.game import (
    BEHIND,
    DECISIONS,
    DRAWS,
    PLAYED,
    PRESETS,
    QUARTER_WEEKS,
    WATCHED,
    Turn,
    ask_others,
    office_of,
    outcome_of,
    play,
    preset_of,
    preset_outcome,
    replay,
    willing,
)
from dashboard.pages.classroom import GROUPED, decisions, turned
from dashboard.quotas import Asker
from model.engine import simulate
from model.instruments import INSTRUMENTS, Instrument, Legality
from model.specification import Use
from model.world.state import Flag
from scenarios.catalogue import text

CASE = "danwei_courtyard"


@pytest.mark.parametrize("decision", BEHIND)
def test_a_game_played_by_quarters_is_the_run_that_was_never_interrupted(decision):
    turn = Turn(**{"visits": 0.0, "consult": 0.3, decision: 0.7})
    by_quarters = replay(CASE, [turn] * 12, [1, 2])[0]
    scenario = office_of(CASE)
    uses = {
        name: Use(intensity=getattr(turn, decided), choice=choice)
        for decided, (name, choice) in BEHIND.items()
    }
    strategy = scenario.strategy.model_copy(update={"instruments": uses})
    whole = simulate([scenario.model_copy(update={"strategy": strategy})], [1, 2]).series
    assert np.array_equal(by_quarters, whole, equal_nan=True)


@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_changes_what_comes(decision):
    usual = Turn(consult=0.5, remind=0.2)
    other = replace(usual, **{decision: 0.0 if getattr(usual, decision) else 1.0})
    one, two = (replay(CASE, [turn] * 12, range(1, 9))[0] for turn in (usual, other))
    assert not np.array_equal(one, two, equal_nan=True)


def test_of_more_who_are_asked_more_are_willing_and_none_where_nobody_is_asked():
    nobody, few, many = (willing(CASE, [1, 2], share) for share in (0.0, 0.2, 0.8))
    assert 0 == nobody.sum() < few.sum() < many.sum() and (many >= few).all()


def test_party_members_may_be_asked_later_and_then_more_of_them():
    usual, some, more = (Turn(consult=1.0, example=share) for share in (0.0, 0.3, 0.9))
    plans = [usual] * 4, [usual, some, some, some], [usual, some, more, more]
    never, later, then_more = (replay(CASE, turns, range(1, 9))[0] for turns in plans)
    weeks = QUARTER_WEEKS
    assert np.array_equal(never[:, :weeks], later[:, :weeks], equal_nan=True)
    assert not np.array_equal(never[:, weeks : 2 * weeks], later[:, weeks : 2 * weeks], equal_nan=True)
    assert np.array_equal(later[:, : 2 * weeks], then_more[:, : 2 * weeks], equal_nan=True)
    assert not np.array_equal(later, then_more, equal_nan=True)


def test_whoever_moved_in_is_not_asked_when_more_are_asked():
    world = SimpleNamespace(flags=np.zeros((len(Flag), 5), np.uint8))
    before, now = np.array([1, 1, 0, 0, 0], np.uint8), np.array([1, 1, 1, 1, 0], np.uint8)
    world.flags[Flag.PIONEER] = [1, 0, 0, 0, 0]  # the second has moved
    ask_others(world, before, now)
    assert world.flags[Flag.PIONEER].tolist() == [1, 0, 1, 1, 0]
    ask_others(world, now, before)
    assert world.flags[Flag.PIONEER].tolist() == [1, 0, 0, 0, 0]


def test_what_later_quarters_decide_leaves_earlier_ones_as_they_were():
    first = play(CASE, [Turn(example=0.6)])
    more = play(CASE, [Turn(example=0.6), Turn(force=1.0), Turn(hours=0.0)])
    assert np.array_equal(first.series, more.series[:QUARTER_WEEKS], equal_nan=True)


def test_hours_run_out_and_idle_quarters_cost_none():
    idle = play(CASE, [Turn(hours=0.0, visits=0.0)] * 2)
    assert idle.hours_left == idle.hours_all
    eager = play(CASE, [Turn(hours=2.0, consult=1.0, tours=1.0)] * 12)
    assert 0.0 <= eager.hours_left < 0.6 * eager.hours_all
    assert 0.0 <= eager.money_left < eager.money_all


def test_presets_have_the_hours_and_the_money_of_the_game():
    own = office_of(CASE).effective_office()
    for name in PRESETS:
        office = preset_of(CASE, name).effective_office()
        assert office.hours_budget_per_household == own.hours_budget_per_household
        assert office.mobilisation_yuan_per_household == own.mobilisation_yuan_per_household


@pytest.mark.parametrize("case", [CASE, "jinjiang"])
def test_nobody_works_more_hours_for_a_preset_than_a_group_may_spend(case):
    most = play(case, [Turn()]).hours_all
    worked = {name: preset_outcome(case, name)["office_hours_total"].max() for name in PRESETS}
    assert max(worked.values()) <= most * (1 + 1e-6), worked
    assert max(worked.values()) > 0.9 * most, "some of them would have had more"


#: Nothing is done for two years: the gate is passed late, or never.
LATE = [Turn(hours=0.0, visits=0.0)] * 8 + [Turn(hours=2.0, consult=1.0, tours=1.0, example=0.6)] * 4


@pytest.fixture(scope="module")
def late_game():
    return outcome_of(CASE, LATE)


def test_cards_board_and_verdict_have_one_figure_for_the_draw_that_was_played(late_game):
    cards = figures_of(play(CASE, LATE))
    own = late_game.iloc[0]
    assert len(late_game) == DRAWS and own["seed"] == PLAYED
    assert {key: round(own[key], 4) for key in WATCHED if not np.isnan(own[key])} == {
        key: value for key, value in cards.items() if key in WATCHED
    }
    assert np.isnan(own["payment_18_months"]) and not np.isnan(own["headline"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_verdict_says_which_week_of_whom_and_what_was_luck(late_game, lang):
    tables = [late_game.assign(strategy=group_key("Plum"))]
    tables += [preset_outcome(CASE, name).assign(strategy=name) for name in PRESETS]
    found = pd.concat(tables, ignore_index=True)
    said = judged(found, CASE, ["Plum"], lang)
    for key in ("valid", "payment"):
        assert f"{100 * late_game[key].median():.1f}" in said
    assert f"{100 * late_game['valid'][0]:.1f}" in said and np.isnan(late_game["payment"][0])
    assert str(office_of(CASE).compound.households) in said and "156" in said
    assert text("dash.no_value", lang) not in said and text("number.missing", lang) not in said
    assert "\N{MINUS SIGN}∞" not in said and "nan" not in said


def test_a_verdict_has_words_where_no_draw_has_a_value(late_game):
    never = late_game.assign(strategy=group_key("Plum"), gate_week=np.nan, payment=np.nan)
    tables = [never, *(preset_outcome(CASE, name).assign(strategy=name) for name in PRESETS)]
    said = judged(pd.concat(tables, ignore_index=True), CASE, ["Plum"], "en")
    row = re.search(r"<td[^>]*>Plum</td>(.*?)</tr>", said)[1]
    assert re.findall(r">([^<]+)</td>", row)[2:4] == ["not passed", "not billed"]


def test_the_gate_of_a_compound_is_the_share_its_chart_has_a_line_at():
    assert gate_of(CASE) == office_of(CASE).effective_programme().consent_gate


def test_every_decision_has_a_lever_and_only_pressure_is_unlawful():
    assert sorted(name for names in GROUPED.values() for name in names) == sorted(DECISIONS)
    legal = {name: INSTRUMENTS[Instrument[used.upper()]].legality for name, (used, _) in BEHIND.items()}
    assert [name for name, how in legal.items() if how is not Legality.LAWFUL] == ["force"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_group_is_told_how_many_quarters_its_hours_last(lang):
    said = decisions(Turn(), lang)
    assert re.search(r"6 (quarters|个季度)", said) and "{" not in said.replace('{"', "")


def test_what_a_browser_says_is_put_within_bounds():
    sent = {"hours": 9.0, "visits": -1, "example": 0.5500001, "force": "much", "nonsense": 1.0}
    assert turned(Turn(), sent) == Turn(hours=2.0, visits=0.0, example=0.6)
    assert turned(Turn(), ["hours"]) == Turn()
    assert turned(Turn(), {"hours": float("nan")}) == Turn()


def browser(n: int) -> Asker:
    return Asker(f"{n:032x}", f"10.0.0.{n}")


def test_a_class_says_why_a_group_cannot_enter():
    classes = Classes()
    room = classes.open(browser(0), CASE)
    classes.join(browser(1), f" {room.code[:4].lower()}-{room.code[4:]} ", "Plum")
    for code, name, key in (
        ("zzzzz", "Pear", "class_unknown"),
        (room.code, "  ", "class_no_name"),
        (room.code, " Plum ", "class_name_taken"),
    ):
        with pytest.raises(ClassError, match=key):
            classes.join(browser(2), code, name)
    for i in range(59):
        classes.join(browser(3 + i), room.code, f"Group {i}")
    with pytest.raises(ClassError, match="class_full"):
        classes.join(browser(2), room.code, "One more")
