"""The classroom's game and its classes, without a browser."""

import numpy as np
import pytest

from dashboard.classes import Class, ClassError, Classes
from dashboard.game import BEHIND, DECISIONS, PRESETS, QUARTER_WEEKS, Turn, office_of, play, preset_of, replay
from dashboard.pages.classroom import GROUPED, turned
from model.engine import simulate
from model.instruments import INSTRUMENTS, Instrument, Legality

CASE = "danwei_courtyard"


def test_a_game_played_by_quarters_is_the_run_that_was_never_interrupted():
    by_quarters = replay(CASE, [Turn()] * 12, [1, 2])[0]
    scenario = office_of(CASE)
    uses = dict(scenario.strategy.instruments)
    uses["home_visits"] = uses["home_visits"].model_copy(update={"intensity": 1.0})
    strategy = scenario.strategy.model_copy(update={"instruments": uses})
    whole = simulate([scenario.model_copy(update={"strategy": strategy})], [1, 2]).series
    assert np.array_equal(by_quarters, whole)


def test_what_later_quarters_decide_leaves_earlier_ones_as_they_were():
    first = play(CASE, [Turn(example=0.6)])
    more = play(CASE, [Turn(example=0.6), Turn(force=1.0), Turn(hours=0.0)])
    assert np.array_equal(first.series, more.series[:QUARTER_WEEKS])


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


def test_every_decision_has_a_lever_and_only_pressure_is_unlawful():
    assert sorted(name for names in GROUPED.values() for name in names) == sorted(DECISIONS)
    legal = {name: INSTRUMENTS[Instrument[used.upper()]].legality for name, (used, _) in BEHIND.items()}
    assert [name for name, how in legal.items() if how is not Legality.LAWFUL] == ["force"]


def test_what_a_browser_says_is_put_within_bounds():
    sent = {"hours": 9.0, "visits": -1, "example": 0.5500001, "force": "much", "nonsense": 1.0}
    assert turned(Turn(), sent) == Turn(hours=2.0, visits=0.0, example=0.6)
    assert turned(Turn(), ["hours"]) == Turn()
    assert turned(Turn(), {"hours": float("nan")}) == Turn()


@pytest.fixture
def opened() -> tuple[Classes, Class]:
    classes = Classes()
    return classes, classes.open(CASE)


def test_a_quarter_pressed_twice_is_played_once(opened):
    classes, room = opened
    _, token = classes.join(room.code.lower() + " ", "Plum")
    classes.draft(room.code, token, lambda _: Turn(hours=2.0))
    classes.decide(room.code, token, 0)
    classes.decide(room.code, token, 0)
    assert room.groups[token].turns == (Turn(hours=2.0),)


def test_a_class_says_why_a_group_cannot_enter(opened):
    classes, room = opened
    classes.join(room.code, "Plum")
    for code, name, key in (
        ("zzzzz", "Pear", "class_unknown"),
        (room.code, "  ", "class_no_name"),
        (room.code, " Plum ", "class_name_taken"),
    ):
        with pytest.raises(ClassError, match=key):
            classes.join(code, name)
    for i in range(59):
        classes.join(room.code, f"Group {i}")
    with pytest.raises(ClassError, match="class_full"):
        classes.join(room.code, "One more")


def test_no_more_than_twelve_quarters_are_played(opened):
    classes, room = opened
    _, token = classes.join(room.code, "Plum")
    for quarter in range(14):
        classes.decide(room.code, token, quarter)
    assert len(room.groups[token].turns) == 12 and room.groups[token].finished
    classes.again(room.code, token)
    assert room.groups[token].turns == ()
