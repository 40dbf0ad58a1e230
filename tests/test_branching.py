"""A run that goes on under another strategy, and what constructors of the specification refuse."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest

from model.community import CommunityModel
from model.own import OwnInstrument
from model.parameters import Parameters
from model.specification import Compound, Programme, Strategy, Use
from scenarios.loading import load_strategy

SIZES = {
    "households": 60,
    "buildings": 3,
    "stairwells_per_building": 2,
    "horizon_weeks": 30,
    "move_rate": 0.8,  # many move, so that who helps has moved away
    "mobilisation_yuan_per_household": 20.0,
}
BUNDLE = Strategy(
    id="bundle",
    instruments={
        name: Use(intensity=0.8)
        for name in (
            "home_visits",
            "pioneers",
            "messengers",
            "volunteering",
            "activity_groups",
            "consultation",
        )
    },
)


def begun(weeks, engine="compiled", **more):
    model = CommunityModel(rng=5, engine=engine, **{**SIZES, **more})
    model.run_for(weeks)
    return model


def done(model):
    model.run()
    return model.world.series


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_a_branch_that_changes_nothing_goes_on_as_the_run_would_have(engine):
    whole = done(CommunityModel(rng=5, engine=engine, strategy=BUNDLE, **SIZES))
    model = begun(13, engine, strategy=BUNDLE)
    saved = pickle.loads(pickle.dumps(model))
    for twin in (model.branch(), saved.branch(strategy=BUNDLE), model.branch().branch(), model):
        np.testing.assert_array_equal(done(twin), whole)


def test_both_engines_branch_alike_and_the_model_that_is_left_stays_as_it_is():
    branched = {e: done(begun(12, e).branch(strategy=BUNDLE)) for e in ("compiled", "agents")}
    np.testing.assert_array_equal(branched["compiled"], branched["agents"])
    model = begun(12)
    model.branch(strategy=BUNDLE, consent_gate=0.5).run()
    assert model.week == 12 and model.scenario.strategy.id == "none"
    np.testing.assert_array_equal(done(model), done(CommunityModel(rng=5, **SIZES)))
    assert not np.array_equal(branched["compiled"], model.world.series)


def test_instruments_of_a_branch_act_as_those_that_begin_in_its_first_week():
    later = {"home_visits": Use(intensity=0.7, start_week=10), "pressure": Use(intensity=0.4, start_week=10)}
    uses = {name: Use(intensity=use.intensity) for name, use in later.items()}
    whole = done(CommunityModel(rng=5, strategy=Strategy(id="late", instruments=later), **SIZES))
    np.testing.assert_array_equal(
        done(begun(10).branch(strategy=Strategy(id="late", instruments=uses))), whole
    )


def test_helpers_of_a_branch_are_those_chosen_at_first_who_have_not_moved():
    chosen = CommunityModel(rng=5, strategy=BUNDLE, **SIZES)
    model = begun(16)
    twin = model.branch(strategy=BUNDLE)
    moved = model.column("disposition") != chosen.column("disposition")
    assert 0 < moved.sum() < 60 and (model.column("pioneer") == 0).all()
    np.testing.assert_array_equal(twin.column("pioneer"), np.where(moved, 0, chosen.column("pioneer")))
    assert twin.compound.n_volunteers == twin.column("volunteer").sum() > 0
    np.testing.assert_array_equal(twin.column("in_activity"), chosen.column("in_activity"))
    without = twin.branch(strategy=load_strategy("none"))
    assert (without.column("pioneer") == 0).all() and without.compound.n_volunteers == 0


def test_money_deadline_horizon_and_levers_follow():
    model = begun(10, strategy=BUNDLE)
    richer = model.branch(mobilisation_yuan_per_household=30.0, deadline_week=80, horizon_weeks=40)
    assert richer.compound.money_left == pytest.approx(model.compound.money_left + 10.0 * 60)
    assert richer.compound.deadline == 80 and richer.horizon_weeks == 40
    richer.run()
    assert richer.results().series.shape[1] == 40
    np.testing.assert_array_equal(richer.world.series[:, :10], model.world.series[:, :10])
    assert model.branch(horizon_weeks=10).running is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"households": 80}, "compound: is settled before the first week"),
        ({"support_rate": 0.2}, "parameters: is settled before the first week"),
        ({"payment_before": 0.9}, "management.payment_before: is settled before the first week"),
        ({"horizon_weeks": 5}, "horizon_weeks = 5; expected at least 10"),
        ({"consent_gate": 80}, "programme.consent_gate = 80"),
    ],
)
def test_what_a_branch_cannot_change_is_refused(change, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        begun(10).branch(**change)
    with pytest.raises(TypeError, match="did you mean 'consent_gate'"):
        begun(10).branch(consent_gat=0.5)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_ones_own_households_and_ties_stay_in_a_branch_and_in_a_saved_model(engine):
    people = pd.DataFrame(
        {
            "building": [i // 12 for i in range(24)],
            "stairwell": 0,
            "floor": [1 + i % 12 // 4 for i in range(24)],
            "area_m2": [50.0 + i for i in range(24)],
            "tenure": "owner_occupied",
        }
    )
    ring = pd.DataFrame({"a": range(24), "b": [(i + 1) % 24 for i in range(24)]})
    own = {"households": people, "ties": ring, "horizon_weeks": 20, "rng": 5, "engine": engine}
    whole = done(CommunityModel(strategy=BUNDLE, **own))
    model = CommunityModel(strategy=BUNDLE, **own)
    model.run_for(8)
    saved = pickle.loads(pickle.dumps(model))
    other = model.branch(strategy=load_strategy("pressure"))
    assert other.scenario.tables is model.scenario.tables
    for twin in (model.branch(), saved.branch(strategy=BUNDLE), model):
        np.testing.assert_array_equal(done(twin), whole)
    np.testing.assert_array_equal(other.column("area"), 100.0 * people["area_m2"])
    np.testing.assert_array_equal(done(other)[:, :8], whole[:, :8])
    assert not np.array_equal(other.world.series, whole, equal_nan=True)
    with pytest.raises(ValueError, match=r"compound\.households = 30; expected 24"):
        model.branch(households=30)


def test_own_instruments_act_after_a_branch_as_its_strategy_says():
    seen = []
    tea = OwnInstrument("tea", zh="茶", en="Tea", effect=lambda model, i: seen.append((model.week, i)))
    model = begun(10, own=[tea])
    model.branch(tea=0.5).run_for(2)
    model.run_for(2)
    assert seen == [(10, 0.5), (11, 0.5)]


def test_constructors_refuse_in_the_words_of_settings():
    for build, said in (
        (lambda: Programme(consent_gate=80), "programme.consent_gate = 80; expected a number from 0 to 1"),
        (lambda: Programme(consent_gate=80), "; did you mean 0.8?"),
        (lambda: Programme(consent_gat=0.8), "did you mean 'consent_gate'?"),
        (lambda: Parameters(support_rate=99), "parameters.support_rate = 99; expected a number from 0 to 1"),
        (lambda: Compound(households="x"), "compound.households = 'x'; expected a whole number from 4 to 20000"),
        (lambda: Use(start_week=3, end_week=1), "use: end_week 1 is before start_week 3"),
        (lambda: Strategy(instruments={"presure": Use()}), "strategy: unknown instrument 'presure'"),
        (lambda: Strategy(instruments={"pressure": {"intensity": 3}}), "strategy.instruments.pressure.intensity: "),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=re.escape(said)) as refused:
            build()
        assert "pydantic" not in str(refused.value)
    assert copy.deepcopy(Programme(consent_gate=0.7)).consent_gate == 0.7
