"""A run that goes on under another strategy, and what constructors of the specification refuse."""

import copy
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.community import CommunityModel
from model.engine import Run, run_block, simulate, simulate_runs
from model.own import OwnInstrument
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import BurnIn, Compound, Event, Programme, Scenario, Strategy, Use
from scenarios.loading import ScenarioError, load_strategy
from scenarios.own import load_own
from scenarios.sweep import SweepChangedError, load_sweep, open_results, run_sweep
from scenarios.sweep.repeating import repeated

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


# -- burn-in ----------------------------------------------------------------------------------------------


def after(weeks, burnt=None, **settings):
    """A scenario of 30 weeks after so many others."""
    scenario = with_settings(Scenario(), {**SIZES, **settings})
    return scenario.model_copy(update={"burn_in": BurnIn(weeks=weeks, strategy=burnt or Strategy())})


def test_a_burn_in_under_the_same_strategy_is_as_if_nothing_had_been_stopped():
    runs = [Run(after(26, BUNDLE, strategy=BUNDLE, deadline_week=40), seed) for seed in (5, 6)]
    usual = {**SIZES, "horizon_weeks": 56, "deadline_week": 66, "strategy": BUNDLE}
    whole = run_block([Run(with_settings(Scenario(), usual), seed) for seed in (5, 6)])
    np.testing.assert_array_equal(run_block(runs), whole[:, 26:])
    np.testing.assert_array_equal(simulate_runs(runs, threads=2).series, whole[:, 26:])


def test_after_a_burn_in_a_run_is_the_branch_of_a_model_that_was_run_so_far():
    late = Strategy(id="late", instruments={"home_visits": Use(intensity=0.7, start_week=3, end_week=20)})
    news = Event(week=4, kind="trust_shock", value=-0.2)
    runs = [Run(after(12, strategy=s, events=(news,)), 5) for s in (BUNDLE, late)]
    series = run_block(runs)
    for engine in ("compiled", "agents"):
        model = CommunityModel(
            rng=5, engine=engine, **{**SIZES, "horizon_weeks": 42, "deadline_week": 90},
            events=(news.model_copy(update={"week": 16}),),
        )  # fmt: skip
        model.run_for(12)
        uses = {"home_visits": Use(intensity=0.7, start_week=15, end_week=32)}
        for found, strategy in zip(series, (BUNDLE, Strategy(id="late", instruments=uses)), strict=True):
            np.testing.assert_array_equal(done(model.branch(strategy=strategy))[0, 12:], found)


def test_the_state_a_burn_in_leaves_is_the_same_under_every_strategy():
    table = simulate([after(26, strategy=BUNDLE), after(26)], [5, 6]).tidy(["mean_support", "office_hours"])
    first = table[table["week"] == 0].pivot(index=["outcome", "seed"], columns="strategy", values="value")
    assert (first.loc["office_hours", "bundle"] > 0).all() and (first.loc["office_hours", "none"] == 0).all()
    usual = simulate(with_settings(Scenario(), {**SIZES, "horizon_weeks": 56}), [5]).tidy(["mean_support"])
    of_none = table[
        (table["strategy"] == "none") & (table["seed"] == 5) & (table["outcome"] == "mean_support")
    ]
    np.testing.assert_array_equal(of_none["value"], usual["value"].iloc[26:])


def test_what_a_burn_in_cannot_do_is_refused_and_its_content_is_its_own():
    with pytest.raises(ValueError, match="share a burn-in, found \\[0, 26\\] weeks"):
        run_block([Run(after(26), 1), Run(with_settings(Scenario(), SIZES), 1)])
    with pytest.raises(ValueError, match="a scenario with a burn-in; expected"):
        CommunityModel(after(26), rng=1)
    settled = Strategy(id="rich", management={"payment_before": 0.9})
    with pytest.raises(ValueError, match=r"management\.payment_before: is settled before the first week"):
        run_block([Run(after(26, strategy=settled), 1)])
    scenario = after(26)
    hashes = {
        s.content_hash()
        for s in (scenario, after(27), after(26, BUNDLE), scenario.model_copy(update={"burn_in": None}))
    }
    assert len(hashes) == 4 and Scenario.model_validate(scenario.model_dump(mode="json")) == scenario


SWEEP = """id = "s"
cases = ["danwei_courtyard"]
strategies = ["none", "visible_example"]
seeds = 2
outcomes = ["final_valid_consent"]
weekly = ["mean_support"]
[burn_in]
weeks = 10
[constants]
households = 24
buildings = 2
stairwells_per_building = 1
horizon_weeks = 8
[levers]
consent_gate = [0.6, 0.8]
"""
TEA = """
from model.own import OwnInstrument, OwnOutcome
tea = OwnInstrument("tea", zh="茶", en="Tea", effect=lambda model, i: None).use(1.0)
weeks = OwnOutcome("weeks_run", zh="周", en="Weeks", measure=lambda model: model.week)
seen = OwnOutcome("tea_now", zh="茶", en="Tea", measure=lambda model: model.own_now["tea"])
"""


def table(folder):
    return open_results(folder).runs().drop(columns=["reproduce"])


def test_a_sweep_with_a_burn_in_is_in_its_keys_resumes_and_is_repeated(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text(SWEEP, encoding="utf-8")
    run_sweep(load_sweep(file), tmp_path / "out")
    opened = open_results(tmp_path / "out")
    weekly = opened.weekly().merge(
        opened.runs()[["key", "strategy", "seed", "programme.consent_gate"]], on="key"
    )
    assert weekly["week"].max() == 7 and opened.manifest["burn_in"] == {"weeks": 10, "strategy": "none"}
    file.write_text(SWEEP.replace("[burn_in]\nweeks = 10\n", "").replace("= 8", "= 18"), encoding="utf-8")
    run_sweep(load_sweep(file), tmp_path / "whole")
    whole = open_results(tmp_path / "whole")
    usual = whole.weekly().merge(
        whole.runs()[["key", "strategy", "seed", "programme.consent_gate"]], on="key"
    )
    left = weekly[weekly["strategy"] == "none"].sort_values(["programme.consent_gate", "seed", "week"])
    right = usual[(usual["strategy"] == "none") & (usual["week"] >= 10)]
    right = right.sort_values(["programme.consent_gate", "seed", "week"])
    np.testing.assert_array_equal(left["mean_support"], right["mean_support"])
    key = opened.runs()["key"].iloc[-1]
    assert repeated(tmp_path / "out", key).equal
    file.write_text(SWEEP.replace("weeks = 10", "weeks = 11"), encoding="utf-8")
    with pytest.raises(SweepChangedError, match="the burn-in"):
        run_sweep(load_sweep(file), tmp_path / "out")
    file.write_text(SWEEP, encoding="utf-8")
    part = load_sweep(file)
    run_sweep(copy.replace(part, seeds=range(1, 2)), tmp_path / "part")
    run_sweep(part, tmp_path / "part")
    pd.testing.assert_frame_equal(table(tmp_path / "part"), table(tmp_path / "out"))


def test_own_things_rest_during_a_burn_in_and_their_weeks_are_not_kept(tmp_path):
    (tmp_path / "s.toml").write_text(SWEEP.replace('["mean_support"]', '["mean_support", "weeks_run", "tea_now"]'),
                                     encoding="utf-8")  # fmt: skip
    (tmp_path / "tea.py").write_text(TEA, encoding="utf-8")
    run_sweep(load_sweep(tmp_path / "s.toml", own=load_own(tmp_path / "tea.py")), tmp_path / "own")
    (tmp_path / "s.toml").write_text(SWEEP, encoding="utf-8")
    run_sweep(load_sweep(tmp_path / "s.toml"), tmp_path / "out")
    own, usual = open_results(tmp_path / "own").weekly(), open_results(tmp_path / "out").weekly()
    assert sorted(own["weeks_run"].unique()) == list(range(11, 19)) and (own["tea_now"] == 1.0).all()
    assert sorted(own["mean_support"]) == sorted(usual["mean_support"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("weeks = 10", "weeks = 0"), "burn_in.weeks = 0; expected"),
        (("weeks = 10", 'weeks = 10\nstrategy = "nome"'), "burn_in.strategy = 'nome'; unknown strategy"),
        (
            ('["danwei_courtyard"]', '["kaifeng_district"]'),
            "districts begin at once; expected single compounds",
        ),
        (("[constants]", "[households]\nweeks = [3]\n[constants]"), "stands beside [households]"),
    ],
)
def test_a_burn_in_of_a_sweep_that_cannot_be_had_is_told_with_its_line(change, said, tmp_path):
    (tmp_path / "s.toml").write_text(SWEEP.replace(*change), encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(said)):
        load_sweep(tmp_path / "s.toml")


def test_compare_starts_every_strategy_from_the_state_a_burn_in_leaves():
    def compare(*more):
        settings = ["--set", "households=24", "--set", "buildings=2", "--set", "stairwells_per_building=1"]
        given = [
            "compare",
            "danwei_courtyard",
            "--strategies",
            "none,visible_example",
            "--seeds",
            "2",
            "--weeks",
            "8",
        ]
        return CliRunner().invoke(main, [*given, *settings, "--plausible", "0", *more])

    found = json.loads(compare("--burn-in", "10", "--json").stdout)
    assert found["burn_in"] == {"weeks": 10, "strategy": "none"}
    assert "Burn-in: 10 weeks under" in compare("--burn-in", "10", "--lang", "en").stdout
    same = json.loads(compare("--burn-in", "10", "--burn-in-strategy", "visible_example", "--json").stdout)
    assert same["runs"] != found["runs"]
    refused = compare("--burn-in-strategy", "none")
    assert refused.exit_code == 2 and "expected --burn-in N as well" in refused.stderr
