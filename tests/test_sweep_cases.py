"""Small sweeps that once came out wrong: repeated points, shards, failed points, choices, levels, limits, exports."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from commands.cli import main
from scenarios.analysis.designs import is_morris_design, is_sobol_design, morris_design
from scenarios.analysis.goals import goal, met_by_point
from scenarios.analysis.problem import AnalysisError, Parameter, Problem
from scenarios.analysis.sensitivity import elementary_effects
from scenarios.analysis.sweeps import open_source
from scenarios.store import Store
from scenarios.sweep import load_sweep, open_results, run_sweep

CASES = Path(__file__).parent / "cases"


def invoke(*arguments, status=0):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == status, done.output
    return done


def swept(name, folder, *options, status=0):
    invoke("sweep", CASES / f"{name}.toml", "-o", folder, "--workers", 0, *options, status=status)
    return folder


def analysed(folder, *options):
    return json.loads(invoke("analyse", folder, "--json", "--lang", "en", *options).stdout)


def sensitivity(folder, method, outcome):
    found = analysed(folder, "--only", "sensitivity", "--outcome", outcome, "--force")
    rows = found["analyses"]["sensitivity"]["tables"]["sensitivity"]
    chosen = [r for r in rows if r["method"] == method and r["outcome"] == outcome]
    return pd.DataFrame(chosen).set_index("parameter")


# -- thresholds -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def at_the_edge(tmp_path_factory):
    return swept("float_goal", tmp_path_factory.mktemp("edge") / "results")


@pytest.mark.parametrize(("limit", "most"), [("0.1", 8), ("0.1001", 8), ("10 %", 8), ("0.15", 12)])
def test_a_goal_on_a_share_counts_households(at_the_edge, limit, most):
    study = open_source(at_the_edge).study
    wanted = goal(f"final_insincere_share <= {limit}", study.problem.outcomes)
    for strategy in study.strategies:
        runs = study.of(strategy)
        counts = np.rint(runs["final_insincere_share"] * 80)  # of 80 households
        by_hand = (counts <= most).groupby(runs["point"].to_numpy()).mean()
        pd.testing.assert_series_equal(met_by_point(study, strategy, [wanted]), by_hand, check_names=False)


def test_a_share_that_nobody_exceeds_is_missed_nowhere(at_the_edge):
    study = open_source(at_the_edge).study
    highest = max(int(np.rint(study.of(s)["final_insincere_share"] * 80).max()) for s in study.strategies)
    wanted = f"final_insincere_share <= {highest / 80}"
    for strategy in study.strategies:
        assert met_by_point(study, strategy, [goal(wanted, study.problem.outcomes)]).eq(1.0).all()
    found = analysed(at_the_edge, "--only", "discovery", "--goal", wanted)["analyses"]["discovery"]
    assert all("0 of 40" in line for line in found["found"]) and found["tables"]["prim_boxes"] == []


def test_exported_shares_are_written_as_counted(at_the_edge, tmp_path):
    invoke("results", "export", at_the_edge, "--to", "csv", "-o", tmp_path / "runs.csv")
    written = pd.read_csv(tmp_path / "runs.csv", dtype=str, encoding="utf-8-sig")["final_insincere_share"]
    assert {float(share) * 80 for share in written} <= set(range(81)) and written.str.len().max() <= 6


# -- Morris ---------------------------------------------------------------------------------------------------


def by_hand(folder, outcome):
    """μ*, μ, σ of elementary effects, from the rows of the exported design and runs."""
    opened = open_results(folder)
    names, runs = opened.factors, opened.runs()
    points = opened.design().sort_values("point")
    value = runs.drop_duplicates("key").set_index(names)[outcome]
    bounds = {f["name"]: (f["low"], f["high"]) for f in opened.manifest["factors"]}
    effects = {name: [] for name in names}
    rows = points[names].to_dict("records")
    for start in range(0, len(rows), len(names) + 1):
        for one, next_ in zip(rows[start:], rows[start + 1 : start + len(names) + 1], strict=False):
            (name,) = [n for n in names if one[n] != next_[n]]
            low, high = bounds[name]
            change = value[tuple(next_[n] for n in names)] - value[tuple(one[n] for n in names)]
            effects[name].append(change / ((next_[name] - one[name]) / (high - low)))
    return {n: (np.mean(np.abs(e)), np.mean(e), np.std(e, ddof=1)) for n, e in effects.items()}


@pytest.mark.parametrize("levels", [2, 4, 6, 8, 12])
def test_morris_is_what_the_rows_give_by_hand_at_any_even_number_of_levels(tmp_path, levels):
    text = (CASES / "morris_m6.toml").read_text("utf-8").replace("levels = 8", f"levels = {levels}")
    file = tmp_path / "morris.toml"
    file.write_text(text, "utf-8")
    run_sweep(load_sweep(file), tmp_path / "out")
    for outcome in ("office_hours_total", "office_yuan_total"):
        found = sensitivity(tmp_path / "out", "morris", outcome)
        for name, (mu_star, mu, sigma) in by_hand(tmp_path / "out", outcome).items():
            row = found.loc[name]
            assert row["mu_star"] == pytest.approx(mu_star), (outcome, name)
            # An effect that is the same everywhere has a spread of 0 but for the rounding of numbers of its size.
            zero = 1e-12 * max(1.0, mu_star)
            assert (row["mu"], row["sigma"]) == (pytest.approx(mu, abs=zero), pytest.approx(sigma, abs=zero))


@pytest.mark.parametrize("levels", [3, 5, 7])
def test_an_odd_number_of_levels_is_refused_with_the_reason(tmp_path, levels):
    text = (CASES / "morris_m6.toml").read_text("utf-8").replace("levels = 8", f"levels = {levels}")
    (tmp_path / "morris.toml").write_text(text, "utf-8")
    said = invoke("sweep", tmp_path / "morris.toml", "-o", tmp_path / "out", status=2).output
    assert f"levels = {levels}" in said and "even" in said and "morris.toml:10" in said
    with pytest.raises(AnalysisError, match="even number"):
        morris_design(Problem((Parameter("x", 0, 1),), ()), 4, levels=levels)


def test_elementary_effects_are_per_whole_range_whatever_the_step():
    whole, ratio = Parameter("n", 0, 20), Parameter("r", 1, 100, logarithmic=True)
    points = np.array([[0, 1.0], [14, 1.0], [14, 10.0], [20, 10.0], [7, 10.0], [7, 1.0]])
    effects = elementary_effects(Problem((whole, ratio), ()), points, np.array([0.0, 7, 8, 3, -3.5, -3.5]))
    assert effects == pytest.approx(np.array([[10, 2], [10, 0]]))


# -- points that failed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "method", "block"), [("failed_fail", "sobol", 5), ("failed_failm", "morris", 4)]
)
def test_a_point_that_cannot_be_run_costs_its_block_and_that_is_said(tmp_path, name, method, block):
    folder = swept(name, tmp_path / "out", status=1)
    runs = open_results(folder).runs()
    failed = runs[runs["status"] != "ok"]["point"].unique()
    assert 0 < len(failed) < 20
    blocks = {point // block for point in failed}
    part = analysed(folder, "--only", "sensitivity")["analyses"]["sensitivity"]
    rows = [r for r in part["tables"]["sensitivity"] if r["method"] == method]
    assert {r["points_lost"] for r in rows} == {block * len(blocks)}
    assert {r["points"] for r in rows} == {runs["point"].nunique() - block * len(blocks)}
    assert any(f"{block * len(blocks)} points are left out" in line for line in part["found"])


def test_points_that_were_not_run_yet_are_asked_for(tmp_path):
    plan = load_sweep(CASES / "shards_sobol.toml")
    run_sweep(plan, tmp_path / "out")
    source = open_source(tmp_path / "out")
    rows = source.study.runs.iloc[:-3]
    from dataclasses import replace

    from scenarios.analysis.sensitivity import sobol_indices

    with pytest.raises(AnalysisError, match=r"points of the design have no run.*resume"):
        sobol_indices(
            replace(source.study, runs=rows), source.design, "information_only", "office_hours_total"
        )


# -- shards ---------------------------------------------------------------------------------------------------


def test_shards_merged_as_documented_are_the_whole_sweep(tmp_path):
    whole = swept("shards_sobol", tmp_path / "whole")
    merged = tmp_path / "merged"
    (merged / "parts").mkdir(parents=True)
    for shard in ("1/2", "2/2"):
        part = swept("shards_sobol", tmp_path / shard[0], "--shard", shard)
        for file in (part / "parts").iterdir():
            shutil.copy(file, merged / "parts")
    swept("shards_sobol", merged)
    one, other = open_results(whole), open_results(merged)
    for table in ("design", "runs"):
        assert one.arrow(table).equals(other.arrow(table)), table
    pd.testing.assert_frame_equal(one.runs(), other.runs(), check_exact=True)
    for form, name in (("csv", "runs.csv"), ("netcdf", "runs.nc")):
        for folder in (whole, merged):
            invoke("results", "export", folder, "--to", form, "-o", folder / name)
        assert (whole / name).read_bytes() == (merged / name).read_bytes()
    found = sensitivity(merged, "sobol", "office_hours_total")
    pd.testing.assert_frame_equal(found, sensitivity(whole, "sobol", "office_hours_total"))


def test_one_shard_of_a_designed_sweep_says_why_it_has_no_indices(tmp_path):
    part = swept("shards_sobol", tmp_path / "part", "--shard", "1/2")
    found = analysed(part, "--only", "sensitivity")["analyses"]["sensitivity"]["found"]
    assert any("Sobol'" in line and "no whole design" in line for line in found)


# -- repeated points, choices ---------------------------------------------------------------------------------


def test_points_that_repeat_one_another_count_as_what_they_are(tmp_path):
    folder = swept("salt_sch", tmp_path / "out")
    different = len(open_results(folder).arrow())
    found = analysed(folder)
    assert found["runs"] == found["planned"] == different < 40
    assert "not complete" not in invoke("analyse", folder, "--lang", "en", "--force").output
    assert json.loads(invoke("results", "verify", folder, "--json").output)["missing"] == 0
    shown = json.loads(invoke("results", "show", folder, "--json").output)
    assert shown["runs"] == shown["done"] == different
    again = invoke("sweep", CASES / "salt_sch.toml", "-o", folder, "--workers", 0, "--json")
    assert json.loads(again.stdout)["there_before"] == different


def test_of_one_case_among_several_the_runs_of_that_case_are_all(tmp_path):
    text = (CASES / "shards_sobol.toml").read_text("utf-8")
    text = text.replace('["danwei_courtyard"]', '["danwei_courtyard", "jinjiang"]')
    (tmp_path / "two.toml").write_text(text.replace("n = 16", "n = 2"), "utf-8")
    run_sweep(load_sweep(tmp_path / "two.toml"), tmp_path / "out")
    found = analysed(tmp_path / "out", "--case", "jinjiang/wufuyuan")
    assert found["runs"] == found["planned"] == 8


def test_choices_and_booleans_are_ranked_with_the_numbers(tmp_path):
    folder = swept("misc_choice", tmp_path / "out")
    factors = open_results(folder).factors
    assert sorted(sensitivity(folder, "pawn", "office_hours_total").index) == sorted(factors)
    lines = analysed(folder, "--only", "sensitivity", "--outcome", "office_hours_total", "--force")
    assert "; 1 more in the table." in lines["analyses"]["sensitivity"]["found"][-1]
    # Nobody pays where nobody bills: among the runs with a payment rate the management is the same everywhere.
    found = sensitivity(folder, "pawn", "payment_before")
    assert sorted(found.index) == sorted(set(factors) - {"management.before"})
    lines = analysed(folder, "--only", "sensitivity", "--outcome", "payment_before", "--force")
    lines = lines["analyses"]["sensitivity"]["found"]
    assert any("Payment before: not ranked" in line and "Management before" in line for line in lines), lines


def test_sobol_indices_take_choices_as_they_take_numbers(tmp_path):
    folder = swept("salt_sch", tmp_path / "out")
    source = open_source(folder)
    assert source.design is not None and is_sobol_design(source.design)
    assert sorted(sensitivity(folder, "sobol", "office_hours_total").index) == sorted(source.design.columns)


def test_morris_with_a_choice_says_that_it_needs_numbers(tmp_path):
    text = (
        (CASES / "salt_sch.toml")
        .read_text("utf-8")
        .replace('"saltelli"', '"morris"')
        .replace("n = 8", "n = 20")
    )
    (tmp_path / "morris.toml").write_text(text, "utf-8")
    run_sweep(load_sweep(tmp_path / "morris.toml"), tmp_path / "out")
    assert not is_morris_design(open_results(tmp_path / "out").design().drop(columns="point"))
    found = analysed(tmp_path / "out", "--only", "sensitivity")["analyses"]["sensitivity"]["found"]
    assert any("Morris: no indices" in line and "Law that counts the votes" in line for line in found), found


def test_what_is_in_no_ranking_is_named(tmp_path):
    text = (CASES / "misc_choice.toml").read_text("utf-8")
    text = text.replace("[constants]", "programme.alters_common_parts = [true]\n\n[constants]")
    text = text.replace('"office_hours_total"]', '"office_hours_total", "withdrawals", "office_yuan_total"]')
    (tmp_path / "more.toml").write_text(text, "utf-8")
    run_sweep(load_sweep(tmp_path / "more.toml"), tmp_path / "out")
    options = ("--outcome", "payment_before", "--outcome", "office_hours_total", "--outcome", "withdrawals")
    parts = analysed(tmp_path / "out", *options, "--outcome", "office_yuan_total")["analyses"]
    for name in ("sensitivity", "surfaces"):
        lines = parts[name]["found"]
        assert any("one value in all runs" in line for line in lines), (name, lines)
        assert any("Public money" in line and "--outcome" in line for line in lines), (name, lines)
    assert any("On no axis" in line for line in parts["surfaces"]["found"])


# -- trying again ---------------------------------------------------------------------------------------------


def statuses(folder):
    return sorted(open_results(folder).runs()["status"])


def told(*arguments, status=0):
    return json.loads(invoke("sweep", *arguments, "--workers", 1, "--json", status=status).stdout)


def test_what_timed_out_is_run_again_when_the_limit_has_changed(tmp_path):
    # A run takes several times the limit and the time between two looks at the clock, on a fast computer too.
    text = (CASES / "failed_slow.toml").read_text("utf-8").replace("seeds = 3", "seeds = 2")
    file, out = tmp_path / "slow.toml", tmp_path / "out"
    file.write_text(text.replace("limit_seconds = 300", "limit_seconds = 0.1"), "utf-8")
    first = told(file, "-o", out, status=1)
    assert first["failed"] == 2 and statuses(out) == ["timeout"] * 2
    # Under the same limit it would time out again.
    assert told(file, "-o", out, status=1)["done"] == 0
    file.write_text(text, "utf-8")
    again = told(file, "-o", out)
    assert (again["there_before"], again["done"], again["failed"]) == (0, 2, 0)
    assert statuses(out) == ["ok"] * 2
    assert told(file, "-o", out)["done"] == 0


def test_whatever_did_not_end_well_is_run_again_when_asked_for(tmp_path):
    out = swept("failed_failm", tmp_path / "out", status=1)
    before = open_results(out).runs()
    n_failed = int((before.drop_duplicates("key")["status"] != "ok").sum())
    again = told(CASES / "failed_failm.toml", "-o", out, "--retry", status=1)
    assert again["done"] == again["failed"] == n_failed
    pd.testing.assert_frame_equal(open_results(out).runs(), before)


def test_another_sweep_forgets_no_row_of_the_folder_it_is_refused(tmp_path):
    out = swept("failed_failm", tmp_path / "out", status=1)
    before = open_results(out).runs()
    invoke("sweep", CASES / "failed_fail.toml", "-o", out, "--workers", 0, "--retry", status=2)
    pd.testing.assert_frame_equal(open_results(out).runs(), before)


def test_rows_that_are_forgotten_take_no_other_with_them(tmp_path):
    store = Store(tmp_path)
    store.append(pa.table({"key": ["a", "b", "c"], "n": [1, 2, 3]}))
    store.append(pa.table({"key": ["d"], "n": [4]}))
    store.append(pa.table({"key": ["a"], "n": [9]}), table="weekly")
    store.forget({"b", "d", "unknown"})
    assert store.table().to_pylist() == [{"key": "a", "n": 1}, {"key": "c", "n": 3}]
    assert store.table("weekly").num_rows == 1 and store.verify().sound
    store.forget(set())
    assert store.keys() == {"a", "c"}


# -- files for other programs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("first_seed", [3_000_000_000, 2**53 - 1])
def test_seeds_beyond_32_bits_are_exported_to_netcdf(tmp_path, first_seed):
    xarray = pytest.importorskip("xarray", reason="needs the extra tables")
    text = (CASES / "netcdf_big_seed.toml").read_text("utf-8").replace("3000000000", str(first_seed))
    (tmp_path / "seeds.toml").write_text(text, "utf-8")
    out = swept(tmp_path / "seeds", tmp_path / "out")
    invoke("results", "export", out, "--to", "netcdf", "-o", tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc", engine="scipy") as data:
        assert [int(seed) for seed in data["seed"].values] == [first_seed, first_seed + 1]
        assert data["final_valid_consent"].notnull().all() and data["seed"].ndim == 1


@pytest.mark.parametrize("cell", ["true", "TRUE", "True", " true "])
def test_truth_is_read_as_spreadsheets_and_pandas_write_it(tmp_path, cell):
    shutil.copy(CASES / "table_t.toml", tmp_path)
    table = (CASES / "d.csv").read_text("utf-8").replace("true", cell)
    (tmp_path / "d.csv").write_text(table, "utf-8")
    assert list(load_sweep(tmp_path / "table_t.toml").points) == [(0.2, True, 19)]


def test_an_exported_design_is_read_back_as_it_was(tmp_path):
    text = (CASES / "table_t.toml").read_text("utf-8")
    random = text.replace('kind = "table"', 'kind = "random"').replace('table = "d.csv"', "n = 40")
    (tmp_path / "random.toml").write_text(random, "utf-8")
    plan = load_sweep(tmp_path / "random.toml")
    run_sweep(plan, tmp_path / "out")
    invoke(
        "results", "export", tmp_path / "out", "--to", "csv", "--table", "design", "-o", tmp_path / "d.csv"
    )
    (tmp_path / "table.toml").write_text(text, "utf-8")
    again = load_sweep(tmp_path / "table.toml")
    assert again.points == list(plan.points) and len(set(plan.points)) == 40
