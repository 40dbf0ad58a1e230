"""A scenario in longer steps: what its numbers become, by their units."""

import pytest

from model.engine import simulate
from model.parameters import Parameters
from model.specification import FOREVER, Event, Office, Programme, Scenario, Strategy, Use
from scenarios.coarser import coarser

USUAL = Scenario(
    programme=Programme(deadline_week=79, works_weeks=30),
    office=Office(hours_per_household_week=0.05, meeting_interval_weeks=4),
    parameters=Parameters(
        support_rate=0.2, notice_weeks=13.0, habit_rate=0.3, publicity_hours=8.0, move_rate=0.05
    ),
    strategy=Strategy(
        id="own",
        instruments={"home_visits": Use(intensity=0.7), "pressure": Use(start_week=11, end_week=30)},
        programme={"acceptance_weeks": 6},
    ),
    events=(Event(week=21, kind="trust_shock", value=-0.1),),
    horizon_weeks=105,
    billing_interval_weeks=4,
)


def test_durations_rates_and_hours_are_those_of_a_longer_step() -> None:
    found = coarser(USUAL, 2)
    assert (found.programme.deadline_week, found.programme.works_weeks) == (40, 15)
    assert found.effective_programme().acceptance_weeks == 3, "a lever of the strategy too"
    assert (found.office.hours_per_household_week, found.office.meeting_interval_weeks) == (0.1, 2)
    p = found.parameters
    assert p.support_rate == pytest.approx(1.0 - 0.8**2)
    assert (p.notice_weeks, p.publicity_hours, p.move_rate) == (6.5, 16.0, 0.1)
    assert p.habit_rate == 0.3, "of a bill"
    uses = found.strategy.instruments
    assert (uses["home_visits"].intensity, uses["home_visits"].end_week) == (0.7, FOREVER)
    assert (uses["pressure"].start_week, uses["pressure"].end_week) == (5, 15)
    assert found.events[0].week == 10
    assert (found.horizon_weeks, found.billing_interval_weeks) == (53, 2)


def test_steps_of_a_week_leave_everything_as_it_is() -> None:
    found = coarser(USUAL, 1)
    assert found.parameters.model_dump() == pytest.approx(USUAL.parameters.model_dump())
    same = found.model_copy(update={"parameters": USUAL.parameters})
    assert same.content_hash() == USUAL.content_hash()


def test_consent_after_a_year_is_nearly_the_same_in_steps_of_two_weeks() -> None:
    usual = Scenario(strategy=Strategy(id="visits", instruments={"home_visits": Use()}), horizon_weeks=52)
    week, fortnight = (
        simulate(s, range(20)).summary()["final_headline_consent"].mean() for s in (usual, coarser(usual, 2))
    )
    assert fortnight == pytest.approx(week, abs=0.05)
