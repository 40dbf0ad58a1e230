"""Runs of the same people advance side by side, and come to what each comes to by itself, to the last bit."""

import numpy as np
import pytest

from model.engine import Run, build_world, run_world
from model.instruments import Instrument
from model.parameters import Parameters
from model.specification import BurnIn, Compound, Scenario, Strategy, Use
from model.week.schedule import advance
from model.week.side_by_side import FEWEST, MOST_HOUSEHOLDS, draw_all_in_week, draw_in_week
from model.world.randomness import Purpose, uniform
from model.world.state import LANES, Real, World

PEOPLE = Compound(households=40, buildings=2, stairwells_per_building=3)


def strategy(name: str, intensity: float) -> Strategy:
    instruments = {i.name.lower(): Use(intensity=intensity) for i in Instrument}
    return Strategy(id=name, instruments=instruments)


def scenario(number: int) -> Scenario:
    """One of many, alike in who lives there: other bounds, groups in which new ties are made, other strategies."""
    parameters = Parameters(
        confidence_bound=0.2 + 0.1 * (number % 7), group_tie=0.5, support_rate=0.05 + 0.02 * number
    )
    used = strategy(f"s{number}", (number % 4) / 3)
    return Scenario(compound=PEOPLE, parameters=parameters, strategy=used, horizon_weeks=60)


def rows_of(world: World, c: int) -> dict[str, bytes]:
    """Everything that belongs to compound `c`, by name."""
    k = world.compounds[c]
    households, places = slice(k["start"], k["stop"]), slice(k["tie_offset"], k["tie_offset"] + 40)
    found = {"compound": k.copy()}
    for field in ("start", "stop", "tie_offset", "stairwell_offset", "district", "beside"):
        found["compound"][field] = 0
    for name, array in zip(world._fields, world, strict=True):
        if name in ("reals", "flags", "wholes", "money", "preferences", "judged"):
            found[name] = array[:, households]
        elif name in ("utility", "judged_marks"):
            found[name] = array[households]
        elif name in ("series", "parameters", "settings", "now", "rests", "judged_project"):
            found[name] = array[c]
    found["degrees"] = world.tie_stop[places] - world.tie_start[places]
    return {name: np.asarray(array).tobytes() for name, array in found.items()}


def alone(scenario: Scenario, seed: int) -> dict[str, bytes]:
    return rows_of(run_world([Run(scenario, seed)]), 0)


@pytest.mark.reproducibility
@pytest.mark.parametrize("n", [2, FEWEST, LANES, LANES + 1, 2 * LANES + FEWEST + 1])
def test_runs_of_the_same_people_come_to_what_each_comes_to_alone(n):
    world = run_world([Run(scenario(number), seed) for seed in (1, 2) for number in range(n)])
    for c in range(2 * n):
        assert rows_of(world, c) == alone(scenario(c % n), 1 + c // n), c
    last = n % LANES
    expected = [LANES - 1] * (n - last) + [last - 1 if last >= FEWEST else 0] * last
    assert world.compounds["beside"].tolist() == 2 * expected


def test_ties_are_made_in_these_runs_and_heard():
    world = run_world([Run(scenario(number), 1) for number in range(LANES)])
    assert (world.compounds["beside"] == LANES - 1).all()
    made = world.compounds["known"] - build_world([Run(scenario(0), 1)]).compounds["known"][0]
    assert (made > 0).sum() >= LANES // 2 and len(set(made.tolist())) > 1


@pytest.mark.reproducibility
def test_weeks_one_by_one_and_in_parts_of_a_batch_come_to_the_same():
    runs = [Run(scenario(number), 3) for number in range(LANES + 2)]
    whole, weekly = run_world(runs), build_world(runs)
    for week in range(60):
        for first, last in ((0, 4), (4, 5), (5, len(runs))) if week % 2 else ((0, len(runs)),):
            advance(weekly, first, last, week, 1)
    for c in range(len(runs)):
        assert rows_of(whole, c) == rows_of(weekly, c)


@pytest.mark.reproducibility
def test_other_people_stand_apart_and_a_burn_in_is_shared():
    larger = PEOPLE.model_copy(update={"households": 44})
    mixed = [scenario(number) for number in range(2 * FEWEST + 1)]
    mixed[FEWEST] = mixed[FEWEST].model_copy(update={"compound": larger})
    world = run_world([Run(each, 1) for each in mixed])
    assert world.compounds["beside"].tolist() == [*[FEWEST - 1] * FEWEST, 0, *[FEWEST - 1] * FEWEST]
    for c in (0, FEWEST - 1, FEWEST + 1):
        assert rows_of(world, c) == alone(mixed[c], 1)
    before = BurnIn(weeks=12, strategy=strategy("before", 1.0))
    burnt = [scenario(number).model_copy(update={"burn_in": before}) for number in range(FEWEST)]
    world = run_world([Run(each, 1) for each in burnt])
    assert (world.compounds["beside"] == FEWEST - 1).all()
    for c in range(FEWEST):
        assert rows_of(world, c) == alone(burnt[c], 1)


def test_a_large_compound_goes_alone():
    people = Compound(households=MOST_HOUSEHOLDS + 1, buildings=10, stairwells_per_building=3)
    some = [scenario(n).model_copy(update={"compound": people, "horizon_weeks": 2}) for n in range(FEWEST)]
    runs = [Run(each, 1) for each in some]
    assert (run_world(runs).compounds["beside"] == 0).all()


def test_draws_are_those_of_the_generator_whether_shared_or_not():
    world = run_world([Run(scenario(number), 9) for number in range(FEWEST)])
    assert (world.compounds["beside"] == FEWEST - 1).all()
    some, drawn, every = np.array([3, 0, 39]), np.zeros(3), np.zeros(40)
    for week in (7, 8, 7):
        for purpose in (Purpose.SIGN_ORDER, Purpose.SIGN, Purpose.DRIFT):
            for c in range(FEWEST):
                draw_in_week(world, c, week, purpose, some, drawn)
                draw_all_in_week(world, c, week, purpose, every)
                wanted = [uniform(9, 0, i, week, purpose) for i in range(40)]
                assert every.tolist() == wanted and drawn.tolist() == [wanted[i] for i in some]


def test_what_runs_share_is_not_what_they_decide():
    world = run_world([Run(scenario(number), 1) for number in range(FEWEST)])
    assert (
        len({world.reals[Real.SUPPORT, k["start"] : k["stop"]].tobytes() for k in world.compounds}) == FEWEST
    )
