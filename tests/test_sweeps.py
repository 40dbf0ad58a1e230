import json
import os
import platform
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.engine import run_block, simulate
from model.measures import SUMMARY, Outcome
from model.specification import Compound, Scenario
from scenarios.loading import load_case
from scenarios.store import Store, StoreError
from scenarios.sweep import (
    ClusterLostError,
    SweepChangedError,
    Watcher,
    load_sweep,
    open_results,
    repeat_run,
    run_scenarios,
    run_sweep,
)

ROOT = Path(__file__).parents[1]
SMALL = Scenario(compound=Compound(households=12, buildings=1, stairwells_per_building=2), horizon_weeks=8)

FILE = """
id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none", "pressure"]
seeds = {seeds}
weekly = ["valid_consent", "insincere_share"]
limit_seconds = {limit}

[levers]
programme.consent_gate = [0.6, 0.8]

[uncertainties]
support_rate = "plausible"

[constants]
horizon_weeks = 30

[design]
kind = "grid"
steps = 3
"""

#: What a worker process imports in place of the engine: runs that raise, hang or end their worker, by their seed.
ACCIDENTS = """
import os, signal, time
from model.engine import run_block

def simulate(runs):
    for run in runs:
        if run.seed == 2:
            raise RuntimeError(f"accident with {run.scenario.strategy.id}")
        if run.seed == 3 and run.scenario.strategy.id == "none":
            time.sleep(600)
        if run.seed == 4 and run.scenario.strategy.id == "none":
            os.kill(os.getpid(), signal.SIGKILL)
    return run_block(runs)
"""


def plan_of(tmp_path, seeds=3, limit=60.0):
    file = tmp_path / "mine.toml"
    file.write_text(FILE.format(seeds=seeds, limit=limit), encoding="utf-8")
    return load_sweep(file)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    plan = plan_of(folder)
    report = run_sweep(plan, folder / "out")
    assert report.complete and report.failed == 0 and report.done == len(plan) == 36
    return folder / "out"


def same(a, b):
    return all(Store(a).table(t).equals(Store(b).table(t)) for t in ("runs", "weekly", "design"))


# -- what comes out --------------------------------------------------------------------------------


def test_a_row_is_what_a_single_run_of_the_engine_gives(undisturbed, tmp_path):
    row = open_results(undisturbed).runs().iloc[17]
    scenario = load_case("danwei_courtyard").scenario(
        strategy=row["strategy"],
        programme={"consent_gate": row["programme.consent_gate"]},
        parameters={"support_rate": row["parameters.support_rate"]},
        horizon_weeks=30,
    )
    alone = simulate(scenario, [row["seed"]]).summary().iloc[0]
    for name in SUMMARY:
        assert row[name] == alone[name] or (np.isnan(row[name]) and np.isnan(alone[name])), name
    again = repeat_run(undisturbed, row["key"]).summary().iloc[0]
    assert again["final_valid_consent"] == row["final_valid_consent"]


def test_the_weekly_rows_are_the_series(undisturbed):
    opened = open_results(undisturbed)
    weekly, runs = opened.weekly(), opened.runs()
    assert len(weekly) == len(runs) * 30
    key = runs["key"].iloc[5]
    series = repeat_run(undisturbed, key).series[0]
    mine = weekly[weekly["key"] == key]
    assert (mine["valid_consent"].to_numpy() == series[:, Outcome.VALID_CONSENT]).all()


def test_serial_and_two_workers_give_the_same_tables_bit_for_bit(undisturbed, tmp_path):
    run_sweep(plan_of(tmp_path), tmp_path / "out", workers=2)
    assert same(undisturbed, tmp_path / "out")


def test_the_process_that_gives_work_and_writes_rows_needs_no_pandas(tmp_path):
    plan_of(tmp_path, seeds=1)
    arguments = ["sweep", str(tmp_path / "mine.toml"), "-o", str(tmp_path / "out"), "-q", "--workers", "1"]
    code = (
        "import sys\nfrom commands.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\nprint('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such setting")
def test_memory_that_a_chunk_has_freed_serves_the_next_one():
    code = (
        "import resource, numpy as np, scenarios.sweep.preloading\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "np.ones(40_000_000, np.uint8)\nbefore = faults()\n"
        "for _ in range(20): np.ones(20_000_000, np.uint8)\nprint(faults() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20


def test_replicates_meet_the_same_draws_under_every_strategy(undisturbed):
    runs = open_results(undisturbed).runs()
    start = runs.groupby("seed")["final_support_share"].nunique()
    assert len(start) == 3
    assert runs.groupby(["point", "seed"]).size().eq(2).all()


def test_the_manifest_says_how_to_repeat_it(undisturbed):
    manifest = open_results(undisturbed).manifest
    assert manifest["runs"] == 36 and manifest["seeds"] == {"first": 1, "last": 3, "n": 3}
    assert [f["name"] for f in manifest["factors"]] == ["programme.consent_gate", "parameters.support_rate"]
    assert manifest["factors"][1]["low"] == 0.03 and manifest["factors"][1]["role"] == "uncertainty"
    assert Scenario.model_validate(manifest["bases"][0]["scenario"]).horizon_weeks == 30
    assert {"python", "numpy", "gongzhi", "pyarrow"} <= set(manifest["versions"])


def test_equal_points_of_a_design_are_run_once_and_shown_twice(tmp_path):
    file = tmp_path / "mine.toml"
    (tmp_path / "p.csv").write_text("consent_gate\n0.7\n0.8\n0.7\n", encoding="utf-8")
    file.write_text(
        'id = "mine"\ncases = ["danwei_courtyard"]\nseeds = 2\n[design]\nkind = "table"\ntable = "p.csv"\n'
        "[levers]\nconsent_gate = {low = 0.5, high = 1}\n[constants]\nhorizon_weeks = 5\n",
        encoding="utf-8",
    )
    plan = load_sweep(file)
    report = run_sweep(plan, tmp_path / "out")
    assert report.done == 4 and report.complete
    assert open_results(tmp_path / "out").runs()["point"].tolist() == [0, 0, 1, 1, 2, 2]
    assert run_sweep(plan, tmp_path / "out").done == 0


# -- Python ----------------------------------------------------------------------------------------


def test_scenarios_of_python_run_without_a_folder():
    other = SMALL.model_copy(update={"horizon_weeks": 12})
    opened = run_scenarios(
        [SMALL, other], range(4), outcomes=["final_valid_consent"], weekly=["valid_consent"]
    )
    runs = opened.runs()
    assert len(runs) == 8 and set(runs["scenario"]) == {SMALL.content_hash(), other.content_hash()}
    assert len(opened.weekly()) == 4 * 8 + 4 * 12


def explodes_for_odd_seeds(runs):
    if any(run.seed % 2 for run in runs):
        raise RuntimeError("odd")
    return run_block(runs)


def test_a_run_that_raises_is_a_row_and_the_others_go_on():
    runs = run_scenarios(SMALL, range(6), simulate=explodes_for_odd_seeds).runs().sort_values("seed")
    assert runs["status"].tolist() == ["ok", "error"] * 3
    failed = runs[runs["status"] == "error"]
    assert set(failed["error"]) == {"RuntimeError: odd"}
    assert failed["final_valid_consent"].isna().all()
    assert "repeat_run(FOLDER, " in failed["reproduce"].iloc[0]


def test_nothing_to_run_is_an_error():
    with pytest.raises(ValueError, match="no scenarios"):
        run_scenarios([])


# -- resuming --------------------------------------------------------------------------------------


class Stops(Watcher):
    """Ctrl-C after some runs."""

    def __init__(self, after):
        self.after = after

    def advanced(self, report, seconds_left):
        if report.done >= self.after:
            raise KeyboardInterrupt


def test_an_interrupted_sweep_goes_on_and_ends_with_the_same_tables(undisturbed, tmp_path):
    plan, out = plan_of(tmp_path), tmp_path / "out"
    calls = 0
    for after in (1, 3, 9):
        with pytest.raises(KeyboardInterrupt):
            run_sweep(plan, out, watcher=Stops(after))
        calls += 1
        assert len(Store(out).keys()) >= after
    there = len(Store(out).keys())
    report = run_sweep(plan, out)
    assert report.there == there and report.done == 36 - there
    assert same(undisturbed, out)


def test_a_damaged_part_is_set_aside_and_only_its_runs_are_done_again(undisturbed, tmp_path):
    plan, out = plan_of(tmp_path), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, out, watcher=Stops(8))
    run_sweep(plan, out)
    store = Store(out)
    part = store.parts("runs")[0].path
    inside = len(pd.read_parquet(part))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 4
    part.write_bytes(content)
    assert [d.file for d in store.verify().damaged] == [f"parts/{part.name}"]
    report = run_sweep(plan, out)
    assert report.done == inside and [d.file for d in report.set_aside] == [f"parts/{part.name}"]
    assert same(undisturbed, out)


def test_more_seeds_go_on_in_the_same_folder(tmp_path):
    run_sweep(plan_of(tmp_path, seeds=1), tmp_path / "out")
    report = run_sweep(plan_of(tmp_path, seeds=2), tmp_path / "out")
    assert report.there == 12 and report.done == 12


def test_another_sweep_or_version_is_refused_and_says_what_changed(tmp_path, monkeypatch):
    run_sweep(plan_of(tmp_path, seeds=1), tmp_path / "out")
    before = Store(tmp_path / "out").table()
    file = tmp_path / "mine.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("weeks = 30", "weeks = 31"), encoding="utf-8")
    with pytest.raises(SweepChangedError, match=r"12 runs of another sweep.*cases, strategies or constants"):
        run_sweep(load_sweep(file), tmp_path / "out")
    monkeypatch.setattr("scenarios.sweep.plan.code_version", lambda: "another")
    monkeypatch.setattr("scenarios.sweep.record.code_version", lambda: "another")
    with pytest.raises(SweepChangedError, match="the model's code"):
        run_sweep(plan_of(tmp_path, seeds=1), tmp_path / "out")
    assert Store(tmp_path / "out").table().equals(before)


def test_a_full_disk_ends_the_sweep_with_a_message_and_loses_nothing(undisturbed, tmp_path, monkeypatch):
    plan, out = plan_of(tmp_path), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, out, watcher=Stops(8))
    before = Store(out).table()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        run_sweep(plan, out)
    monkeypatch.undo()
    assert Store(out).table().equals(before) and Store(out).verify().sound
    run_sweep(plan, out)
    assert same(undisturbed, out)


# -- workers ---------------------------------------------------------------------------------------


def test_runs_that_raise_hang_or_end_their_worker_are_rows_and_the_rest_go_on(tmp_path, monkeypatch):
    (tmp_path / "accidents_of_a_test.py").write_text(ACCIDENTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    from accidents_of_a_test import simulate as accidents

    file = tmp_path / "mine.toml"
    text = FILE.format(seeds=5, limit=1.5).replace("[0.6, 0.8]", "[0.6]")
    file.write_text(text.replace('support_rate = "plausible"', "support_rate = [0.1]"), encoding="utf-8")
    plan = load_sweep(file)
    report = run_sweep(plan, tmp_path / "out", workers=2, simulate=accidents)
    runs = open_results(tmp_path / "out").runs().set_index(["strategy", "seed"]).sort_index()
    assert report.complete and len(runs) == len(plan) == 10
    expected = dict.fromkeys(runs.index, "ok")
    expected |= {
        ("none", 2): "error",
        ("pressure", 2): "error",
        ("none", 3): "timeout",
        ("none", 4): "killed",
    }
    assert runs["status"].to_dict() == expected
    assert runs.loc[("none", 3), "error"] == "took longer than its limit of 1.5 s"
    assert runs.loc[("none", 4), "error"] == "ended its worker process 3 times"
    assert runs.loc[("none", 3), "reproduce"] == (
        "gongzhi run danwei_courtyard --strategy none --seed 3 --seeds 1 --set horizon_weeks=30 "
        "--set programme.consent_gate=0.6 --set parameters.support_rate=0.1"
    )
    shown = CliRunner().invoke(main, ["results", "show", str(tmp_path / "out"), "--lang", "en"])
    assert "4 runs failed" in shown.stdout and "accident with pressure" in shown.stdout


def started(out, *more):
    file = out.parent / "mine.toml"
    command = [
        sys.executable,
        "-m",
        "commands.cli",
        "sweep",
        str(file),
        "-o",
        str(out),
        "--lang",
        "en",
        *more,
    ]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.parametrize(("sent", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_that_comes_where_python_ignores_what_is_raised_ends_the_sweep_all_the_same(
    tmp_path, sent, status
):
    plan_of(tmp_path, seeds=2000)
    script = (
        "import signal, sys\n"
        "from scenarios.sweep import Watcher\n"
        "from commands import sweep\n"
        "class Last:\n"
        f"    def __del__(self): signal.raise_signal(signal.{sent})\n"
        "def estimated(*_): Last()\n"
        "sweep.Lines.estimated = estimated\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from commands.cli import main\n"
        "main()\n"
    )
    arguments = ["sweep", "mine.toml", "-o", "out", "--workers", "0", "--lang", "en"]
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == status and "Traceback" not in ended.stderr and "kept" in ended.stderr
    assert Store(tmp_path / "out").verify().sound and Store(tmp_path / "out").keys()


def wait_for_rows(store, process, n):
    until = time.monotonic() + 120
    while len(store.keys()) < n and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)


def below(process):
    return psutil.Process(process.pid).children(recursive=True)


def test_a_killed_driver_leaves_no_orphans_and_the_sweep_ends_with_the_same_tables(tmp_path):
    seeds, in_all = 7_000, 84_000  # more than a quick machine has done before it is killed
    plan_of(tmp_path, seeds=seeds)
    out, store = tmp_path / "out", Store(tmp_path / "out")
    first = started(out, "--workers", "2")
    wait_for_rows(store, first, 1)
    children = below(first)
    assert children
    first.kill()
    first.communicate()
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive
    assert 0 < len(store.keys()) < in_all and store.verify().sound

    second = started(out, "--workers", "1")
    wait_for_rows(store, second, len(store.keys()) + 1)
    children = below(second)
    began = time.monotonic()
    second.send_signal(signal.SIGINT)
    stderr = second.communicate(timeout=30)[1]
    assert second.returncode == 130 and time.monotonic() - began < 10
    kept = len(store.keys())
    assert f"{kept:,} runs are kept" in stderr
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive
    assert kept < in_all and store.table().num_rows == kept == len(set(store.table()["key"].to_pylist()))


class Pool:
    """A pool of workers without processes; one with little to live stops with what it was given."""

    def __init__(self, lives):
        self.lives, self.active = lives, True

    def schedule(self, function, args, timeout):
        if not self.active:
            raise BrokenProcessPool("stopped")
        self.lives -= 1
        future = Future()
        if self.lives >= 0:
            future.set_result(function(*args))
        elif self.lives == -1:
            future.set_exception(BrokenProcessPool("stopped"))
        else:
            self.active = False  # and of this one nobody hears again
        return future

    def stop(self):
        self.active = False

    def join(self, timeout):
        pass


def test_a_pool_that_stops_is_made_anew_and_what_it_held_is_given_again(undisturbed, tmp_path, monkeypatch):
    lives = iter([0, 1, 100])
    monkeypatch.setattr("scenarios.sweep.workers._pool", lambda workers: Pool(next(lives)))
    report = run_sweep(plan_of(tmp_path), tmp_path / "out", workers=2)
    assert report.complete and report.failed == 0 and not list(lives)
    assert same(undisturbed, tmp_path / "out")


def test_pools_that_all_stop_end_the_sweep_and_what_was_done_is_kept(tmp_path, monkeypatch):
    lives = iter([2] + [0] * 50)
    monkeypatch.setattr("scenarios.sweep.workers._pool", lambda workers: Pool(next(lives)))
    with pytest.raises(ClusterLostError, match="new ones did too"):
        run_sweep(plan_of(tmp_path), tmp_path / "out", workers=2)
    assert Store(tmp_path / "out").keys() and Store(tmp_path / "out").verify().sound


def test_a_chunk_of_which_nobody_hears_is_given_again(undisturbed, tmp_path, monkeypatch):
    class Deaf(Pool):
        def schedule(self, function, args, timeout):
            return super().schedule(function, args, timeout) if self.lives else Future()

    lives = iter([2, 100])
    monkeypatch.setattr("scenarios.sweep.workers._pool", lambda workers: Deaf(next(lives)))
    monkeypatch.setattr("scenarios.sweep.workers.Workers.PATIENCE_SECONDS", 0.3)
    run_sweep(plan_of(tmp_path), tmp_path / "out", workers=2)
    assert same(undisturbed, tmp_path / "out")


def test_a_cluster_that_does_not_answer_is_an_error(tmp_path):
    with pytest.raises(ClusterLostError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        run_sweep(plan_of(tmp_path), tmp_path / "out", cluster="tcp://127.0.0.1:9")


# -- looking at results ----------------------------------------------------------------------------


def gongzhi(*args, **options):
    return CliRunner().invoke(main, [str(arg) for arg in args], **options)


def test_results_are_shown_by_level_with_the_insincere_share(undisturbed):
    shown = gongzhi(
        "results",
        "show",
        undisturbed,
        "--by",
        "consent_gate",
        "--outcome",
        "final_valid_consent",
        "--lang",
        "en",
    )
    assert shown.exit_code == 0, shown.output
    assert "36 of 36 runs done" in shown.stdout and "insincere" in shown.stdout
    data = json.loads(gongzhi("results", "show", undisturbed, "--by", "consent_gate", "--json").stdout)
    assert len(data["groups"]) == 4 and data["groups"][0]["runs"] == 9 and data["failed"] == 0
    assert "言不由衷" in gongzhi("results", "show", undisturbed, "--lang", "zh").stdout
    everything = " ".join(gongzhi("results", "show", undisturbed, "--lang", "en").stdout.split())
    assert (
        "Payment 18 months after handover has a value in 0 of 36 only. Not handed over by week" in everything
    )


def test_verify_names_what_is_damaged_and_says_how_much_is_missing(undisturbed, tmp_path):
    out = tmp_path / "out"
    plan = plan_of(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, out, watcher=Stops(8))
    found = json.loads(gongzhi("results", "verify", out, "--json").stdout)
    assert found["sound"] and found["missing"] == 36 - found["keys"] > 0
    part = Store(out).parts("weekly")[0].path
    part.write_bytes(part.read_bytes()[:-1])
    result = gongzhi("results", "verify", out, "--lang", "en")
    assert result.exit_code == 1 and part.name[:20] in result.stdout
    assert gongzhi("results", "show", out).exit_code in (0, 1)
    assert gongzhi("results", "verify", tmp_path / "nowhere").exit_code == 2


def test_results_are_exported_and_read_back(undisturbed, tmp_path):
    import xarray

    for form, name in (("csv", "a.csv"), ("parquet", "a.parquet"), ("netcdf", "a.nc"), ("ro-crate", "crate")):
        result = gongzhi("results", "export", undisturbed, "--to", form, "-o", tmp_path / name)
        assert result.exit_code == 0, result.output
    runs = open_results(undisturbed).runs()
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "a.csv", encoding="utf-8-sig")[list(SUMMARY)],
        runs[list(SUMMARY)],
        check_dtype=False,
    )
    assert len(pd.read_parquet(tmp_path / "a.parquet")) == 36
    with xarray.open_dataset(tmp_path / "a.nc", engine="scipy") as data:
        assert data.sizes["programme.consent_gate"] == 2 and data.sizes["seed"] == 3
        assert data["final_valid_consent"].attrs["units"] == "share"
    crate = json.loads((tmp_path / "crate" / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    named = {entry["@id"] for entry in crate["@graph"]}
    files = {path.name for path in (tmp_path / "crate").iterdir()}
    assert files <= named | {"ro-crate-metadata.json"} and "odd_d.md" in files
    described = (tmp_path / "crate" / "odd_d.md").read_text(encoding="utf-8")
    assert "support_rate" in described and "0 of 36 runs failed." in described
    refused = gongzhi("results", "export", undisturbed, "--to", "csv", "-o", tmp_path / "a.csv")
    assert refused.exit_code == 2 and "is there already" in refused.stderr
    crate_of_one = gongzhi(
        "results", "export", undisturbed, "--to", "ro-crate", "--table", "runs", "-o", tmp_path / "one"
    )
    assert crate_of_one.exit_code == 2 and "an RO-Crate holds every table" in crate_of_one.stderr


@pytest.mark.parametrize(
    ("form", "script"),
    [
        ("pandas", "print(len(runs), len(weekly), len(design))"),
        ("polars", "print(runs.height, weekly.height, design.height)"),
        (
            "duckdb",
            "print(*[sql(f'SELECT count(*) FROM {t}').fetchall()[0][0] for t in ('runs', 'weekly', 'design')])",
        ),
    ],
)
def test_results_open_in_pandas_polars_and_duckdb(undisturbed, form, script):
    result = gongzhi("results", "open", undisturbed, "--as", form, input=script)
    assert result.stdout.split() == ["36", "1080", "6"], result.output


def test_compaction_by_command_keeps_the_tables(undisturbed, tmp_path):
    plan, out = plan_of(tmp_path), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, out, watcher=Stops(8))
    run_sweep(plan, out)
    assert gongzhi("results", "compact", out).exit_code == 0
    assert same(undisturbed, out) and len(Store(out).parts("runs")) == 1


def test_shards_together_are_the_whole(undisturbed, tmp_path):
    plan_of(tmp_path)
    keys = set()
    for i in (1, 2, 3):
        out = tmp_path / f"part{i}"
        result = gongzhi(
            "sweep", tmp_path / "mine.toml", "-o", out, "--workers", 0, "--shard", f"{i}/3", "-q"
        )
        assert result.exit_code == 0, result.output
        keys |= Store(out).keys()
    assert keys == Store(undisturbed).keys()
    assert gongzhi("sweep", tmp_path / "mine.toml", "-o", tmp_path / "x", "--shard", "4/3").exit_code == 2


def test_a_sweep_says_first_how_many_runs_it_is_and_plans_without_running(tmp_path):
    plan_of(tmp_path)
    planned = gongzhi("sweep", tmp_path / "mine.toml", "-o", tmp_path / "out", "--plan", "--lang", "en")
    assert planned.stdout.startswith(
        "36 runs: 6 points × 1 case × 2 strategies × 3 seeds; 0 are there, 36 to do"
    )
    assert not (tmp_path / "out").exists()
    result = gongzhi("sweep", tmp_path / "mine.toml", "-o", tmp_path / "out", "--workers", 0, "--lang", "en")
    assert result.exit_code == 0
    assert (
        result.stderr.startswith("36 runs: 6 points")
        and "36 runs to do (0 are there): about" in result.stderr
    )


def test_a_district_is_one_run_with_its_totals(tmp_path):
    file = tmp_path / "d.toml"
    file.write_text(
        'id = "d"\ncases = ["kaifeng_district"]\nseeds = 1\noutcomes = ["valid_consent"]\n[levers]\n'
        "district.bundle_compounds = [1, 3]\n[constants]\ndistrict.compounds = 4\ndistrict.buildings = 8\n"
        "district.households = 200\nhorizon_weeks = 20\n",
        encoding="utf-8",
    )
    run_sweep(load_sweep(file), tmp_path / "out")
    runs = open_results(tmp_path / "out").runs()
    assert len(runs) == 2 and (runs["status"] == "ok").all(), runs["error"].tolist()
    assert list(runs)[-2:] == ["valid_consent", "insincere_share"]
    assert repeat_run(tmp_path / "out", runs["key"][0]).series.shape[0] == 4


def test_runs_of_differing_length_share_a_sweep(tmp_path):
    file = tmp_path / "d.toml"
    file.write_text(
        'id = "d"\ncases = ["danwei_courtyard"]\nseeds = 2\nweekly = ["payment_rate"]\n'
        "[levers]\nhorizon_weeks = [5, 9]\n",
        encoding="utf-8",
    )
    run_sweep(load_sweep(file), tmp_path / "out")
    assert len(open_results(tmp_path / "out").weekly()) == 2 * 5 + 2 * 9
