"""Our model, scenarios and store under Mesa 4: the same numbers as under 3.5, and resumed after a kill."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mesa
import pandas as pd
import pytest
from mesa4_protocol import provide

WHOSE = provide()

from mesa.experimental.scenarios import Scenario  # noqa: E402
from mesa.experimental.scenarios.exceptions import (  # noqa: E402
    ScenarioAbortedException,
    ScenarioFailedException,
    ScenarioNotFoundException,
    ScenarioNotReadyException,
)
from mesa.experimental.scenarios.runner import run_scenarios  # noqa: E402
from mesa.experimental.scenarios.store import RunId, Status  # noqa: E402

from agents.resident import Resident  # noqa: E402
from model.community import CommunityModel  # noqa: E402
from scenarios.loading import ScenarioError  # noqa: E402
from scenarios.mesa4 import CommunityRuns, MesaStore, community_scenarios  # noqa: E402
from scenarios.mesa4.runs import seed_of  # noqa: E402
from scenarios.store import StoreError  # noqa: E402

ROOT = Path(__file__).parents[2]
SETTINGS = {"compound.households": 40, "horizon_weeks": 12}
MEASURED = """
import json, sys, mesa
from model.community import CommunityModel
found = {"mesa": mesa.__version__}
for engine in ("compiled", "agents"):
    model = CommunityModel(rng=7, households=60, home_visits=1.0, horizon_weeks=30, engine=engine)
    model.run()
    frame = model.datacollector.get_model_vars_dataframe()
    found[engine] = [frame.to_csv(), model.week, model.time, model.running]
json.dump(found, sys.stdout)
"""


def measured(python):
    """What the model gives under the Mesa of this Python."""
    command = [python, "-P", "-c", MEASURED]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return json.loads(
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    )


def some(n_seeds=2, **changed):
    return community_scenarios(
        "danwei_courtyard",
        ["none", "pressure"],
        seeds=range(1, 1 + n_seeds),
        settings=[{**SETTINGS, **changed}],
    )


def run(scenarios, store, **more):
    return run_scenarios(scenarios, CommunityRuns(), store=store, progress=False, **more)


# -- the model ----------------------------------------------------------------------------------------------------


def test_this_is_mesa_4():
    assert mesa.__version__.startswith("4."), "run `make mesa4`"


def test_the_model_gives_the_numbers_it_gives_under_mesa_3():
    now, before = measured(sys.executable), measured(os.environ["GONGZHI_MESA_3"])
    assert before.pop("mesa").startswith("3.") and now.pop("mesa") == mesa.__version__
    assert now == before and now["compiled"][1:] == [30, 30.0, False] and now["compiled"] == now["agents"]


def test_mesa_4_s_own_ways_of_running_end_at_the_same_week():
    until, forward = (CommunityModel(rng=3, households=40, horizon_weeks=20) for _ in range(2))
    until.run_until(8)
    forward.run_for(8)
    assert until.week == forward.week == 8 and until.outcome("mean_support") == forward.outcome(
        "mean_support"
    )


def test_agents_can_be_asked_as_mesa_4_asks_them():
    model = CommunityModel(rng=3, households=40, horizon_weeks=20)
    assert len(model.agents) == 43 and {kind.__name__ for kind in model.agent_types} >= {
        "Resident",
        "StreetOffice",
    }
    assert sum(model.agents_by_type[Resident].get("signed")) == 0


# -- run_scenarios with our store ---------------------------------------------------------------------------------


def test_run_scenarios_writes_what_our_model_gives(tmp_path):
    scenarios = some()
    store = run(scenarios, MesaStore(tmp_path / "runs"))
    assert store.status()["status"].tolist() == ["SUCCEEDED"] * 4
    found = store.output("summary")
    for scenario in scenarios:
        model = CommunityRuns().instantiate_model(scenario)
        model.run()
        ours = model.results().summary().iloc[0]
        (theirs,) = found[
            (found["strategy"] == scenario.strategy) & (found["seed"] == scenario.seed)
        ].to_dict("records")
        assert theirs["final_headline_consent"] == ours["final_headline_consent"]
        weekly = store.retrieve_output(RunId(scenario.scenario_id, scenario.replication_id))["weekly"]
        assert weekly["week"].tolist() == list(range(12))
        assert weekly["valid_consent"].iloc[-1] == model.outcome("valid_consent")
    assert store.store.verify().sound


def test_with_an_executor_the_tables_are_the_same(tmp_path):
    one = run(some(), MesaStore(tmp_path / "one"))
    with ThreadPoolExecutor(2) as executor:
        two = run(some(), MesaStore(tmp_path / "two"), executor=executor)
    pd.testing.assert_frame_equal(one.output("weekly"), two.output("weekly"))


def test_another_process_finds_what_is_there_and_does_what_is_missing(tmp_path):
    scenarios = some(3)
    run(scenarios[:2], MesaStore(tmp_path / "runs"))
    again = MesaStore(tmp_path / "runs")
    assert len(again.succeeded()) == 2 and [s.seed for s in again.read_scenarios()] == [1, 2]
    missing = again.missing(scenarios)
    assert [(s.strategy, s.seed) for s in missing] == [
        ("none", 3), ("pressure", 1), ("pressure", 2), ("pressure", 3)
    ]  # fmt: skip
    run(missing, again)
    assert again.missing(scenarios) == [] and len(again.output("summary")) == 6
    whole = run(scenarios, MesaStore(tmp_path / "whole"))
    pd.testing.assert_frame_equal(again.output("summary"), whole.output("summary"))


def test_a_failed_run_is_kept_with_its_reason_and_ends_nothing(tmp_path):
    wrong = community_scenarios(
        "danwei_courtyard", "none", settings=[{**SETTINGS, "consent_gate": 7.0}, SETTINGS]
    )
    store = run(wrong, MesaStore(tmp_path / "runs"))
    assert store.status()["status"].tolist() == ["FAILED", "SUCCEEDED"]
    ((_, record),) = MesaStore(tmp_path / "runs").failed().items()
    assert record.failure.origin.value == "instantiating" and "consent_gate" in record.failure.message
    with pytest.raises(ScenarioFailedException):
        store.retrieve_output(RunId(0, 0))
    assert store.missing(wrong) == [] and [s.scenario_id for s in store.missing(wrong, failed=True)] == [0]


def test_misspelt_settings_cases_and_outcomes_are_named(tmp_path):
    config = CommunityRuns()
    for changed, says in (
        ({"consent_gat": 0.9}, "consent_gate"),
        ({"case": "jinshuii"}, "did you mean 'jinshui'"),
    ):
        with pytest.raises(ScenarioError, match=says):
            config.instantiate_model(Scenario(**{"case": "jinshui", "seed": 1, **changed}))
    with pytest.raises(ScenarioError, match="did you mean 'valid_consent'"):
        CommunityRuns(weekly=["valid_consens"])


def test_a_scenario_without_a_seed_has_that_of_its_generator():
    first, second = (Scenario(rng=5, case="jinshui").spawn_replications(2) for _ in range(2))
    assert [seed_of(s) for s in first] == [seed_of(s) for s in second]
    assert seed_of(first[0]) != seed_of(first[1]) and 0 <= seed_of(first[0]) < 2**53


def test_scenarios_spawned_by_mesa_keep_their_seed_in_another_process_and_in_the_folder(tmp_path):
    spawned = Scenario(rng=11, case="danwei_courtyard", strategy="none", **SETTINGS).spawn_replications(3)
    seeds = [seed_of(scenario) for scenario in spawned]
    assert [seed_of(pickle.loads(pickle.dumps(scenario))) for scenario in spawned] == seeds
    store = MesaStore(tmp_path / "runs")
    store.write_scenarios(spawned)
    again = MesaStore(tmp_path / "runs")
    assert [seed_of(scenario) for scenario in again.read_scenarios()] == seeds
    assert again.missing(spawned) == spawned


def test_other_scenarios_under_the_same_numbers_are_refused(tmp_path):
    run(some(1), MesaStore(tmp_path / "runs"))
    with pytest.raises(StoreError, match="with other parameters or another seed"):
        run(some(1, consent_gate=0.9), MesaStore(tmp_path / "runs"))
    assert len(MesaStore(tmp_path / "runs").succeeded()) == 2


def test_runs_of_other_code_are_refused(tmp_path, monkeypatch):
    run(some(1)[:1], MesaStore(tmp_path / "runs"))
    monkeypatch.setattr("scenarios.mesa4.store.code_of", lambda files: "another")
    with pytest.raises(StoreError, match="other code of the model"):
        MesaStore(tmp_path / "runs").missing(some(1))


def test_what_is_asked_of_a_run_that_is_not_done_is_told_apart(tmp_path):
    store = MesaStore(tmp_path / "runs")
    store.write_scenarios(some(1))
    assert store.check_status(RunId(0, 0)) is Status.PENDING and len(store.pending()) == 2
    with pytest.raises(ScenarioNotReadyException):
        store.retrieve_output(RunId(0, 0))
    with pytest.raises(ScenarioNotFoundException):
        store.retrieve_output(RunId(9, 0))
    with pytest.raises(StoreError, match="small letters"):
        store.writer().to_reference(RunId(0, 0), {"My table": pd.DataFrame()})
    from mesa.experimental.scenarios.exceptions import FailureInfo, FailureOrigin

    store.mark_aborted(
        RunId(0, 0), FailureInfo(FailureOrigin.ABORTED, "BrokenProcessPool", "a worker ended", "")
    )
    with pytest.raises(ScenarioAbortedException):
        store.retrieve_output(RunId(0, 0))
    assert [s.scenario_id for s in store.missing(some(1))] == [0, 1]


LONG = """
import sys
sys.path.insert(0, sys.argv[1])
from mesa4_protocol import provide; provide()
from mesa.experimental.scenarios.runner import run_scenarios
from scenarios.mesa4 import CommunityRuns, MesaStore, community_scenarios
scenarios = community_scenarios("danwei_courtyard", ["none", "pressure"], seeds=range(1, 151),
                                settings=[{"compound.households": 40, "horizon_weeks": 12}])
store = MesaStore(sys.argv[2])
run_scenarios(store.missing(scenarios), CommunityRuns(), store=store, progress=False)
"""


def test_killed_in_the_middle_it_goes_on_and_ends_with_the_same_tables(tmp_path):
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", LONG, str(Path(__file__).parent), str(folder)]
    driver = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    while len(list(folder.glob("parts/runs-*.parquet"))) < 5:
        assert driver.poll() is None, "ended before it was killed"
        time.sleep(0.01)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    store = MesaStore(folder)
    there = len(store.succeeded())
    scenarios = community_scenarios(
        "danwei_courtyard", ["none", "pressure"], seeds=range(1, 151), settings=[SETTINGS]
    )
    assert 5 <= there < 300
    left = store.missing(scenarios)
    assert len(left) == 300 - there
    short = [s for s in scenarios if s.seed <= 12]  # the rest would take the test's time and show no more
    run([s for s in left if s.seed <= 12], store)
    done = store.output("weekly")
    whole = run(short, MesaStore(tmp_path / "whole")).output("weekly")
    both = done[done["seed"] <= 12].reset_index(drop=True)
    pd.testing.assert_frame_equal(both, whole)
    assert store.store.verify().sound


def test_the_folder_can_be_cited(tmp_path):
    from commands.cite import _found
    from scenarios.store.citing import in_words, made

    run(some(1), MesaStore(tmp_path / "runs"))
    manifest, done = _found(tmp_path / "runs")
    assert "2 of 2 runs" in in_words(made(manifest, done), (), "en")[1]
