"""Collections: sizes that add up, rows that depend on nothing but seed and index, runs that nothing can spoil."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands import collection as command
from commands import printing
from commands.cli import main
from model.directions import unit_of
from model.engine import Run, simulate_runs
from model.measures import SUMMARY
from scenarios.collected.figures import course_of_households, households_by_week, outcomes_by_size
from scenarios.collected.folder import Rows, differences
from scenarios.collected.rows import AT_THE_END, SCHEMA, rows_of, simulated
from scenarios.collected.runs import Draw, Drawn
from scenarios.collected.stream import block_compounds, missing_blocks, run_blocks
from scenarios.collected.summary import COLUMNS, bounds, size_class, spread, summarised, weighted_quantiles
from scenarios.figures.style import png
from scenarios.files.collectionfile import Collection
from scenarios.loading import (
    ScenarioError,
    apply_to_collection,
    list_collections,
    load_case,
    load_sources,
)

ROOT = Path(__file__).parents[1]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SMALL = """
id = "eleven"
zh = "十一个小区"
en = "Eleven compounds"
strategy = "kaifeng"

[collection]
compounds = {value = 11, unit = "compounds", source = "x", grade = "C"}
households = {value = 700, unit = "households", source = "x", grade = "C"}
median_households = {value = 50.0, unit = "households", source = "x", grade = "C"}

[compounds.usual]
stairwells_per_building = {value = 2, unit = "stairwells", source = "x", grade = "C"}

[run]
horizon_weeks = 30
"""


@pytest.fixture(autouse=True)
def quick_figures(monkeypatch):
    """Figures are drawn in tests of their own."""
    monkeypatch.setattr(printing, "as_files", lambda *_: [("svg", b"<svg/>"), ("png", b"PNG")])


@pytest.fixture
def eleven(tmp_path):
    file = tmp_path / "eleven.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def drawn_from(file, seed=1, settings=()):
    case = load_case(file)
    scenario, collection = apply_to_collection(case.scenario(), case.collection, settings)
    return Drawn(scenario, collection, seed)


@pytest.fixture
def drawn(eleven):
    return drawn_from(eleven)


def gongzhi(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def refused(result, hint):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("Error:") == 1 and result.stderr.count("\n") == 1
    assert hint in result.stderr


def same(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables agree to the last bit, in any order of compounds; NaN equals NaN."""
    tables = [table.sort_by("compound") for table in (one, other)]
    return tables[0].schema == tables[1].schema and all(
        tables[0][name].to_numpy().tobytes() == tables[1][name].to_numpy().tobytes() for name in SCHEMA.names
    )


def kept(folder, drawn):
    """The rows in a folder, without their keys."""
    return Rows(folder, drawn).store.table().drop_columns("key")


# -- the shipped collections --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "compounds", "households"), [("hangzhou-city", 714, 360_000), ("national", 220_000, 39_000_000)]
)
def test_shipped_collections_are_as_large_as_their_sources_say(name, compounds, households):
    case = load_case(name)
    assert (case.collection.compounds, case.collection.households) == (compounds, households)
    assert case.scenario().horizon_weeks == 156
    usual = case.scenario().compound
    assert usual.households == round(households / compounds)


def test_the_national_distribution_is_skewed_as_declared():
    of = load_case("national").collection
    assert of.mean_households == pytest.approx(177.3, abs=0.1)
    assert abs(of.size_of_rank(110_000) - of.median_households) <= 1
    assert of.size_of_rank(0) >= of.least_households
    assert 655 < of.size_of_rank(219_000) < 20_000


@pytest.mark.parametrize("name", list_collections())
def test_every_number_has_unit_source_and_an_honest_grade(name):
    case = load_case(name)
    assert set(case.collection_quantities) == {f"collection.{n}" for n in Collection.model_fields}
    for key, quantity in {**case.collection_quantities, **case.quantities()}.items():
        if key.startswith("collection."):
            assert quantity.unit == unit_of(Collection.model_fields[key.partition(".")[2]]), key
        kinds = {load_sources()[source].kind for source in quantity.source.split(" + ")}
        assert quantity.grade == "C" or "judgement" not in kinds, key
        assert quantity.grade != "A" or kinds == {"document"}, key


@pytest.mark.parametrize("name", list_collections())
def test_caveats_say_in_both_languages_that_the_collection_is_synthetic(name):
    case = load_case(name)
    assert len(case.caveats) >= 4 and "合成" in case.caveats[0].zh and "synthetic" in case.caveats[0].en
    for caveat in case.caveats:
        assert CHINESE.search(caveat.zh) and not CHINESE.search(caveat.en)
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", caveat.zh)


def test_collections_are_listed_and_are_neither_cities_nor_districts():
    names = [file.name.removesuffix(".toml") for file in (files("scenarios") / "collections").iterdir()]
    assert sorted(names) == list_collections()
    listed = json.loads(gongzhi("cases", "--json").stdout)["collections"]
    assert [entry["id"] for entry in listed] == list_collections()
    assert listed[1]["collection"] == {"compounds": 220_000, "households": 39_000_000}
    for name in list_collections():
        assert load_case(name).id == name and load_case(name).district is None
    assert "39,000,000" in gongzhi("cases", "--lang", "zh").stdout


# -- sizes --------------------------------------------------------------------------------------------------------


@given(
    compounds=st.integers(1, 400),
    least=st.integers(4, 40),
    above=st.floats(0, 300),
    skew=st.floats(0.2, 1),
)
def test_sizes_add_up_exactly_whatever_the_distribution(compounds, least, above, skew):
    households = compounds * least + round(compounds * above)
    median = least + skew * (households / compounds - least)
    of = Collection(
        compounds=compounds, households=households, median_households=median, least_households=least
    )
    sizes = [of.size_of_rank(rank) for rank in range(compounds)]
    assert sum(sizes) == households
    assert min(sizes) >= least
    assert all(later >= earlier - 1 for earlier, later in pairwise(sizes))


def test_sizes_of_the_country_add_up_exactly():
    of = load_case("national").collection
    assert sum(of.size_of_rank(rank) for rank in range(of.compounds)) == 39_000_000


def test_half_of_all_compounds_are_below_the_declared_median():
    of = Collection(compounds=2001, households=360_000, median_households=110, least_households=12)
    assert abs(of.size_of_rank(1000) - 110) <= 1
    assert of.size_log_sd == pytest.approx(math.sqrt(2 * math.log((360_000 / 2001 - 12) / 98)))


def test_compounds_of_equal_size_are_allowed():
    of = Collection(compounds=7, households=700, median_households=100, least_households=100)
    assert [of.size_of_rank(rank) for rank in range(7)] == [100] * 7


@pytest.mark.parametrize("seed", [0, 1, 77, 2**63])
def test_every_rank_is_taken_once(eleven, seed):
    one = drawn_from(eleven, seed)
    assert sorted(one.rank(index) for index in range(11)) == list(range(11))
    assert sum(one.size(index) for index in range(11)) == 700


def test_the_first_thousand_compounds_are_a_fair_picture_of_the_country():
    case = load_case("national")
    for seed in (1, 2, 3):
        one = Drawn(case.scenario(), case.collection, seed)
        sizes = np.array([one.size(index) for index in range(1000)])
        assert np.median(sizes) == pytest.approx(110, abs=2)
        assert (sizes >= 500).mean() == pytest.approx(0.053, abs=0.01)


# -- what is drawn ------------------------------------------------------------------------------------------------


def test_a_compound_does_not_depend_on_the_stretch_it_is_made_in(drawn):
    whole = drawn.runs(0, 11)
    assert [run.number for run in whole] == list(range(11))
    assert drawn.runs(4, 7) == whole[4:7]
    assert all(run.seed == 1 and run.office is None for run in whole)


def test_another_seed_is_another_draw_of_the_same_sizes(eleven):
    one, other = (drawn_from(eleven, seed) for seed in (1, 2))
    sizes = [sorted(d.size(i) for i in range(11)) for d in (one, other)]
    assert sizes[0] == sizes[1]
    assert one.runs(0, 1)[0].scenario.compound.elder != other.runs(0, 1)[0].scenario.compound.elder


def test_an_extra_compound_elsewhere_or_another_spread_moves_no_other_draw(eleven):
    usual = drawn_from(eleven)
    wider = drawn_from(eleven, settings=["collection.elder_sd=0.2"])
    for one, other in zip(usual.runs(0, 11), wider.runs(0, 11), strict=True):
        changed = one.scenario.compound.model_copy(update={"elder": other.scenario.compound.elder})
        assert changed == other.scenario.compound
        assert one.scenario.management == other.scenario.management


def test_without_spreads_all_compounds_are_the_usual_one(eleven):
    spreads = [name for name in Collection.model_fields if name.endswith("_sd")]
    one = drawn_from(eleven, settings=[f"collection.{name}=0" for name in spreads])
    usual = one.scenario.compound
    for run in one.runs(0, 11):
        sized = {"households": run.scenario.compound.households, "buildings": run.scenario.compound.buildings}
        assert run.scenario.compound.model_dump() == pytest.approx({**usual.model_dump(), **sized})


def test_draws_have_the_declared_mean_and_spread():
    case = load_case("national")
    runs = Drawn(case.scenario(), case.collection, 5).runs(0, 2000)
    elder = np.array([run.scenario.compound.elder for run in runs])
    income = np.array([run.scenario.compound.income_yuan_per_month for run in runs])
    company = np.mean([run.scenario.management.before == "weak_company" for run in runs])
    assert elder.mean() == pytest.approx(0.45, abs=4 * 0.08 / math.sqrt(2000))
    assert elder.std() == pytest.approx(0.08, rel=0.1)
    assert income.mean() == pytest.approx(9000, rel=4 * 0.25 / math.sqrt(2000))
    assert np.log(income).std() == pytest.approx(0.25, rel=0.1)
    assert company == pytest.approx(0.2, abs=4 * math.sqrt(0.16 / 2000))


def test_larger_compounds_have_thinner_ties_where_it_is_declared(eleven):
    one = drawn_from(eleven, settings=["collection.ties_by_size=-0.2"])
    compounds = sorted((run.scenario.compound for run in one.runs(0, 11)), key=lambda c: c.households)
    assert compounds[0].stairwell_tie > 0.45 > compounds[-1].stairwell_tie


def test_draws_of_collections_never_meet_those_of_the_engine():
    from model.world.randomness import Purpose

    assert min(Draw) // 4 > max(max(Purpose), 191) // 4


def test_compounds_that_share_an_office_share_its_hours(eleven):
    one = drawn_from(eleven, settings=["collection.compounds_per_office=4", "collection.batches=2"])
    runs = one.runs(0, 11)
    offices = [run.office for run in runs]
    assert offices[0] is offices[3] and offices[3] is not offices[4] and offices[8] is offices[10]
    n = sum(run.scenario.compound.households for run in runs[:4])
    assert offices[0].hours_per_week == pytest.approx(
        n * one.scenario.effective_office().hours_per_household_week
    )
    assert [run.start_week for run in runs[:4]] == [0, 0, 26, 26]
    assert [run.scenario for run in runs] == [run.scenario for run in drawn_from(eleven).runs(0, 11)]


def test_levers_of_the_strategy_hold_for_every_compound(eleven):
    one = drawn_from(eleven)
    levers = one.scenario.strategy.management
    assert levers
    for run in one.runs(0, 3):
        effective = run.scenario.effective_management()
        assert all(
            getattr(effective, name) == value for name, value in levers.items() if name != "common_income"
        )


# -- rows ---------------------------------------------------------------------------------------------------------


def test_a_row_holds_what_a_run_of_that_compound_gives(drawn):
    rows = simulated(drawn, 0, 11)
    assert rows.schema == SCHEMA and rows.num_rows == 11
    run = drawn.runs(7, 8)[0]
    found = simulate_runs([run], threads=1)
    for name in SUMMARY:
        expected = found.summary()[name].iloc[0]
        value = rows[name][7].as_py()
        assert value == expected or (value is None and math.isnan(expected)), name
    for name, outcome in AT_THE_END.items():
        value, expected = rows[name][7].as_py(), found.series[0, -1, outcome]
        assert value is None if np.isnan(expected) else np.float32(value) == expected, name
    assert rows["households"][7].as_py() == run.scenario.compound.households


def test_rows_take_missing_values_for_missing(drawn):
    rows = simulated(drawn, 0, 2)
    assert rows["payment_18_months"].null_count == 2
    # Before the works some compounds have no company: nobody is billed there, and there is no rate.
    assert all(rows[name].null_count == 0 for name in AT_THE_END if not name.startswith("payment"))


@pytest.mark.parametrize("stretches", [[(0, 11)], [(0, 5), (5, 11)], [(i, i + 1) for i in range(11)]])
def test_rows_do_not_depend_on_blocks(drawn, stretches):
    parts = [simulated(drawn, first, last) for first, last in stretches]
    assert same(pa.concat_tables(parts), simulated(drawn, 0, 11))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("step", [1, 3, 11])
def test_streamed_rows_equal_those_of_the_whole_batch(drawn, threads, step):
    found = []
    with ThreadPoolExecutor(threads) as pool:
        blocks = missing_blocks(np.zeros(0, np.int64), 11, step, 1)
        run_blocks(drawn, blocks, pool.submit, threads, found.append)
    runs = drawn.runs(0, 11)
    whole = rows_of(drawn, runs, simulate_runs(runs, threads=2).series)
    assert same(pa.concat_tables(found), whole)


def test_offices_are_never_divided(eleven):
    one = drawn_from(eleven, settings=["collection.compounds_per_office=4"])
    assert block_compounds(one, 11, 2) % 4 == 0
    blocks = missing_blocks(np.array([0, 1, 2, 3, 9]), 11, 4, 4)
    assert blocks == [range(4, 8), range(8, 11)]
    parts = [simulated(one, first, min(first + 4, 11)) for first in (0, 4, 8)]
    assert same(pa.concat_tables(parts), simulated(one, 0, 11))


def test_only_what_is_missing_is_run_again():
    assert missing_blocks(np.array([3, 4, 9]), 12, 2, 1) == [
        range(0, 2),
        range(2, 3),
        range(5, 7),
        range(7, 9),
        range(10, 12),
    ]
    assert missing_blocks(np.arange(12), 12, 5, 1) == []
    assert missing_blocks(np.array([40]), 12, 12, 1) == [range(0, 12)]


@pytest.mark.parametrize("threads", [2, 3, 16])
@pytest.mark.parametrize("office", [1, 7])
def test_the_last_blocks_are_small_so_that_threads_end_together(threads, office):
    blocks = missing_blocks(np.zeros(0, np.int64), 1000, 140, office, threads)
    assert [index for block in blocks for index in block] == list(range(1000))
    assert all(block.start % office == 0 for block in blocks)
    sizes = [len(block) for block in blocks]
    left = 1000 - np.cumsum([0, *sizes[:-1]])
    assert max(sizes) <= 140 and sizes[0] == max(sizes)
    assert all(
        size <= max(140 / 8 + 1, rest / (2 * threads) + office)
        for size, rest in zip(sizes, left, strict=True)
    )
    assert min(sizes[:-1]) > 140 / 8 - office


def test_an_interruption_keeps_the_blocks_under_way(drawn):
    found = []

    def keep(rows):
        found.append(rows)
        if len(found) == 1:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        run_blocks(drawn, [range(i, i + 1) for i in range(11)], pool.submit, 1, keep)
    # Handed over twice where the interruption came before `keep` had returned: the store keeps equal parts once.
    parts = {rows["compound"][0].as_py(): rows for rows in found}
    assert 1 <= len(parts) < 11
    whole = simulated(drawn, 0, 11)
    assert all(same(rows, whole.slice(index, 1)) for index, rows in parts.items())


# -- the folder ---------------------------------------------------------------------------------------------------


def test_rows_of_other_runs_are_named_and_never_mixed(eleven, tmp_path):
    Rows(tmp_path / "x", drawn_from(eleven)).begin({})
    for other, hint in (
        (drawn_from(eleven, 2), "seed = 1 there and 2 here"),
        (
            drawn_from(eleven, settings=["consent_gate=0.9"]),
            "scenario.programme.consent_gate = 0.8 there and 0.9",
        ),
        (
            drawn_from(eleven, settings=["collection.elder_sd=0"]),
            "collection.elder_sd = 0.08 there and 0.0 here",
        ),
    ):
        with pytest.raises(Exception, match=hint):
            Rows(tmp_path / "x", other).begin({})
    Rows(tmp_path / "x", drawn_from(eleven)).begin({})


def test_changed_code_is_said_to_have_changed(monkeypatch, drawn, tmp_path):
    Rows(tmp_path / "x", drawn).begin({})
    monkeypatch.setattr("scenarios.collected.folder.code_version", lambda: "f" * 32)
    with pytest.raises(Exception, match="the code of the model has changed since"):
        Rows(tmp_path / "x", drawn).begin({})


def test_differences_name_the_key():
    assert differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}) == ["a.c = 2 there and 3 here"]
    assert differences({"a": 1}, {"a": 1}) == []


# -- the command --------------------------------------------------------------------------------------------------


def run(file, out, *more):
    result = gongzhi("run", file, "--out", out, "--threads", 1, "--lang", "en", *more)
    assert result.exit_code == 0, result.output
    return result


def test_interrupted_at_any_block_the_same_command_ends_with_the_same_table(
    eleven, drawn, tmp_path, monkeypatch
):
    run(eleven, tmp_path / "whole")
    original = command.run_blocks

    def interrupted(drawn, blocks, executor, workers, keep, alive=None):
        def twice(rows, seen=[]):  # noqa: B006  # a counter
            keep(rows)
            seen.append(1)
            if len(seen) == 2:
                raise KeyboardInterrupt

        original(drawn, blocks, executor, workers, twice, alive)

    monkeypatch.setattr(command, "run_blocks", interrupted)
    monkeypatch.setattr(command, "block_compounds", lambda *_: 1)
    result = gongzhi("run", eleven, "--out", tmp_path / "cut", "--threads", 1, "--lang", "en")
    assert result.exit_code == 130
    assert re.search(r"Interrupted; [1-9] of 11 compounds are kept in .*cut", result.stderr)
    assert not (tmp_path / "cut" / "summary.json").exists()
    monkeypatch.setattr(command, "run_blocks", original)
    monkeypatch.setattr(command, "block_compounds", lambda *_: 4)
    assert "compounds are there already" in run(eleven, tmp_path / "cut").stderr
    summaries = [(tmp_path / name / "summary.json").read_bytes() for name in ("whole", "cut")]
    assert summaries[0] == summaries[1]
    assert same(kept(tmp_path / "whole", drawn), kept(tmp_path / "cut", drawn))


def test_a_killed_run_loses_no_row_and_ends_with_the_same_table(eleven, tmp_path):
    text = SMALL.replace("value = 11,", "value = 300,").replace("value = 700,", "value = 20000,")
    eleven.write_text(text, encoding="utf-8")
    arguments = ["run", str(eleven), "--out", str(tmp_path / "killed"), "--threads", "1", "-q"]
    process = subprocess.Popen([sys.executable, "-m", "commands.cli", *arguments], cwd=ROOT)
    parts = tmp_path / "killed" / "parts"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if parts.is_dir() and len(list(parts.glob("*.parquet"))) >= 2:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = len(Rows(tmp_path / "killed", drawn_from(eleven)).done())
    assert 0 < before <= 300
    run(eleven, tmp_path / "killed", "-q")
    one = drawn_from(eleven)
    assert same(kept(tmp_path / "killed", one), simulated(one, 0, 300))
    assert json.loads((tmp_path / "killed" / "summary.json").read_bytes())["households"] == 20_000


def test_the_first_compounds_are_those_of_the_whole(eleven, drawn, tmp_path):
    part = run(eleven, tmp_path / "x", "--compounds", 4)
    assert "the first 4 of 11 compounds" in part.stdout
    assert kept(tmp_path / "x", drawn).num_rows == 4
    whole = run(eleven, tmp_path / "x")
    assert "11 compounds, 700 households" in whole.stdout
    run(eleven, tmp_path / "y")
    assert same(kept(tmp_path / "x", drawn), kept(tmp_path / "y", drawn))
    again = run(eleven, tmp_path / "x", "--compounds", 4)
    assert again.stdout == part.stdout


def interrupt(*_):
    raise KeyboardInterrupt


def test_fewer_compounds_asked_for_again_are_cited_and_shown_as_those_there(eleven, tmp_path):
    place = tmp_path / "x"
    for n in (4, 8, 4):
        run(eleven, place, "--compounds", n)
    cited = gongzhi("results", "cite", place, "--lang", "en").stdout
    shown = " ".join(gongzhi("results", "show", place, "--lang", "en").stdout.split())
    assert "--compounds 8" in cited and "8 runs" in cited and "of 4" not in cited
    assert "--compounds 8" in shown and "3 compounds of the collection are not in this folder" in shown
    (place / "manifest.json").write_text("{", encoding="utf-8")
    run(eleven, place, "--compounds", 4)
    assert "8 runs" in gongzhi("results", "cite", place, "--lang", "en").stdout


def test_more_compounds_asked_for_are_planned_from_the_start(eleven, tmp_path, monkeypatch):
    place = tmp_path / "x"
    run(eleven, place, "--compounds", 4)
    before = json.loads((place / "manifest.json").read_text("utf-8"))
    monkeypatch.setattr("commands.collection._simulate", interrupt)
    gongzhi("run", eleven, "--out", place, "--lang", "en")
    monkeypatch.undo()
    assert "4 of 11 runs" in gongzhi("results", "cite", place, "--lang", "en").stdout
    assert list(json.loads((place / "manifest.json").read_text("utf-8"))["files"]) == list(before["files"])


def test_a_damaged_file_is_put_aside_and_its_compounds_run_again(eleven, drawn, tmp_path):
    run(eleven, tmp_path / "x")
    before = kept(tmp_path / "x", drawn)
    part = next((tmp_path / "x" / "parts").glob("*.parquet"))
    content = bytearray(part.read_bytes())
    content[200] ^= 1
    part.write_bytes(content)
    assert "1 damaged files were set aside in damaged" in run(eleven, tmp_path / "x").stderr
    assert same(kept(tmp_path / "x", drawn), before)


def test_show_says_what_the_run_said_and_export_gives_its_rows(eleven, tmp_path):
    place = tmp_path / "x"
    said = run(eleven, place).stdout
    shown = gongzhi("results", "show", place, "--lang", "en").stdout
    tables = said[said.index("Compounds and households by stage") : said.index("Simulated, not a forecast")]
    assert tables.split("\n\n")[:3] == shown[shown.index("Compounds and households by") :].split("\n\n")[:3]
    assert "not in this folder" not in shown
    written = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    data = json.loads(gongzhi("results", "show", place, "--json").stdout)
    assert data.pop("command").startswith("gongzhi run ") and data == {key: written[key] for key in data}
    assert {"totals", "stages", "outcomes", "size_classes"} <= set(data)
    assert (
        "按户数" in gongzhi("results", "show", place, "--lang", "zh").stdout or CHINESE.search(shown) is None
    )
    for form, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        for more in ((), ("--table", "compounds")):
            goal = tmp_path / f"{form}{len(more)}"
            assert gongzhi("results", "export", place, "--to", form, "-o", goal, *more).exit_code == 0
            assert read(goal)["compound"].tolist() == list(range(11))


def test_what_a_collection_has_not_is_refused_where_it_is_read(eleven, tmp_path):
    place = tmp_path / "x"
    run(eleven, place, "--compounds", 5)
    assert "6 compounds of the collection are not in this folder" in gongzhi(
        "results", "show", place, "--lang", "en"
    ).stdout.replace("\n", " ")
    refused(gongzhi("results", "show", place, "--by", "fee", "--lang", "en"), "--by: ")
    zh = gongzhi("results", "show", place, "--outcome", "gate_week", "--lang", "zh")
    assert zh.exit_code == 2 and "里是集合，各小区已汇总；应为不加这个选项" in zh.stderr
    for form in ("netcdf", "ro-crate"):
        asked = ("results", "export", place, "--to", form, "-o", tmp_path / "y", "--lang")
        refused(gongzhi(*asked, "en"), f"--to {form}: ")
        assert "里是集合，每个小区一行；应为--to csv 或 --to parquet" in gongzhi(*asked, "zh").stderr
    assert not (tmp_path / "y").exists()


def test_force_begins_anew_and_keeps_what_is_not_its_own(eleven, tmp_path):
    run(eleven, tmp_path / "x")
    (tmp_path / "x" / "mine.txt").write_text("mine", encoding="utf-8")
    refused(gongzhi("run", eleven, "--out", tmp_path / "x", "--seed", 2), "seed = 1 there and 2 here")
    run(eleven, tmp_path / "x", "--seed", 2, "--force")
    assert kept(tmp_path / "x", drawn_from(eleven, 2)).num_rows == 11
    assert (tmp_path / "x" / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_of_other_files_is_refused_and_left_alone(eleven, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.txt").write_text("mine", encoding="utf-8")
    refused(gongzhi("run", eleven, "--out", tmp_path / "x"), "holds mine.txt, which gongzhi has not written")
    assert [file.name for file in (tmp_path / "x").iterdir()] == ["mine.txt"]


def test_a_file_in_place_of_the_folder_is_refused(eleven, tmp_path):
    (tmp_path / "x").write_text("mine", encoding="utf-8")
    refused(gongzhi("run", eleven, "--out", tmp_path / "x"), "is a file; expected a folder")
    refused(gongzhi("run", eleven, "--out", tmp_path / "x" / "y"), "expected a folder")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_put_the_insincere_share_beside_consent_in_both_languages(eleven, tmp_path, lang):
    shown = gongzhi("run", eleven, "--out", tmp_path / "x", "--threads", 1, "--lang", lang).stdout
    assert bool(CHINESE.search(shown.replace("共治", ""))) == (lang == "zh")
    consent, insincere = {"zh": ("名义同意", "言不由衷"), "en": ("Headline consent", "Insincere")}[lang]
    (heading,) = [line for line in shown.split("\n") if consent in line and insincere in line]
    assert heading.index(consent) < heading.index(insincere)


def test_json_is_the_summary_file_and_names_what_is_missing(eleven, tmp_path):
    printed = json.loads(run(eleven, tmp_path / "x", "--json").stdout)
    assert printed == json.loads((tmp_path / "x" / "summary.json").read_text(encoding="utf-8"))
    assert printed["households"] == 700 and printed["compounds"] == 11
    assert sum(stage["compounds"] for stage in printed["stages"].values()) == 11
    assert printed["outcomes"]["payment_18_months"]["with_value"] == 0
    assert printed["outcomes"]["payment_18_months"]["median"] is None
    assert printed["size_classes"][-1]["compounds"] == 11
    manifest = json.loads((tmp_path / "x" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tool"] == "gongzhi" and manifest["run"]["seed"] == 1
    assert set(manifest["files"]) == {
        "summary.json",
        *(f"figures/{name}.{ending}" for name in ("sizes", "course") for ending in ("svg", "png")),
    }


WRONG_FILES = [
    ("median_households = {value = 50.0", "median_household = {value = 50.0",
     "eleven.toml:10: collection.median_household: unknown key", "'median_households'"),
    ("households = {value = 700", "households = {value = 70", "collection.households", "least_households"),
    ("median_households = {value = 50.0", "median_households = {value = 80.0", "collection.median_households",
     "above the mean"),
    ("median_households = {value = 50.0", "median_households = {value = 5.0", "collection.median_households",
     "is below least_households"),
    ('households = {value = 700, unit = "households"', 'households = {value = 700, unit = "people"',
     "collection.households.unit = 'people'", "expected 'households'"),
    ("compounds = {value = 11", "compounds = {value = 0", "collection.compounds.value = 0", "from 1 to 1000000"),
    ('households = {value = 700, unit = "households", source = "x", grade = "C"}', "households = 700",
     "collection.households = 700", 'value = 700, unit = "households"'),
    ("[compounds.usual]", "[district]\n[compounds.usual]", "collection: stands beside [district]",
     "expected one of them"),
    ("[collection]", "[collections]", "collections: unknown key", "'collection'"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "place", "hint"), WRONG_FILES, ids=[w[1] for w in WRONG_FILES])
def test_wrong_files_give_one_line_with_what_is_expected(eleven, tmp_path, right, wrong, place, hint):
    assert SMALL.count(right) == 1
    eleven.write_text(SMALL.replace(right, wrong), encoding="utf-8")
    for arguments in (["run", eleven, "--out", tmp_path / "x"], ["check", eleven]):
        result = gongzhi(*arguments)
        refused(result, place)
        assert hint in result.stderr
    assert not (tmp_path / "x").exists()


REFUSED = [
    (["--engine", "agents"], "expected --engine compiled"),
    (["--seeds", "2"], "expected one seed"),
    (["--compounds", "12"], "the collection has 11"),
    (["--set", "collection.compound=4"], "did you mean 'compounds'?"),
    (["--set", "collection.median_households=90"], "above the mean"),
    (["--set", "collection.least_households=4", "--set", "stairwells_per_building=5"], "stairwells"),
    (["--set", "households=90"], "expected collection.households"),
    (["--set", "management.before=none"], "expected collection.company_before"),
    (["--set", "district.batches=2"], "a collection is run, and no district"),
    (["--set", "median_households=40"], "here collection.median_households"),
    (["--set", "collection.households=5000000", "--set", "collection.compounds=1000", "--set",
      "collection.median_households=4900", "--set", "collection.compounds_per_office=1000"], "households at once"),
    (["--set", "collection.households=900000"], "the largest compound would have more than 20000"),
    (["--strategy", "presure"], "did you mean 'pressure'?"),
    (["--cluster", "nowhere"], "expected an address such as tcp://HOST:8786"),
    (["--cluster", "tcp://127.0.0.1:1"], "no Dask scheduler answers at tcp://127.0.0.1:1"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "hint"), REFUSED, ids=[" ".join(a) for a, _ in REFUSED])
def test_what_a_collection_cannot_do_is_said_in_one_line(eleven, tmp_path, arguments, hint):
    refused(gongzhi("run", eleven, "--out", tmp_path / "x", *arguments), hint)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["run", "jinshui", "--compounds", "3"], "jinshui is no collection"),
        (["run", "kaifeng-district", "--cluster", "tcp://x:1"], "kaifeng_district is no collection"),
        (["run", "jinshui", "--set", "collection.batches=2"], "one compound is run, and no collection"),
        (
            ["run", "kaifeng-district", "--set", "collection.batches=2"],
            "a district is run, and no collection",
        ),
        (["compare", "national", "--strategies", "none,pressure"], "collections are run, not compared"),
        (["run", "nationl"], "did you mean 'national'?"),
    ],
)
def test_what_is_no_collection_is_told_apart(arguments, hint):
    refused(gongzhi(*arguments), hint)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('cases = ["hangzhou-city"]', "collections are run, not swept"),
        (
            'cases = ["jinshui"]\nconstants.collection.batches = 2',
            "collection.batches: collections are run, not swept",
        ),
    ],
)
def test_a_sweep_over_a_collection_is_refused(tmp_path, line, hint):
    file = tmp_path / "sweep.toml"
    file.write_text(
        f'id = "s"\n{line}\nstrategies = ["none"]\nseeds = 2\n\n[design]\nkind = "grid"\n\n'
        "[levers]\nprogramme.consent_gate = [0.7, 0.8]\n",
        encoding="utf-8",
    )
    result = gongzhi("check", file)
    assert result.exit_code == 2 and hint in result.stderr and "Traceback" not in result.output


def test_check_knows_a_collection(eleven):
    assert "ok (collection eleven, compounds: 11, households: 700)" in gongzhi("check", eleven).stdout


@pytest.fixture
def cluster():
    """A scheduler and a worker in this process, which talk by loopback."""
    distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # a free port: another scheduler may run beside this test
    ) as found:
        yield found.scheduler_address


def test_a_cluster_gives_the_same_rows(eleven, drawn, tmp_path, cluster):
    run(eleven, tmp_path / "x", "--cluster", cluster)
    assert same(kept(tmp_path / "x", drawn), simulated(drawn, 0, 11))


def test_a_cluster_with_other_code_is_refused(eleven, tmp_path, cluster, monkeypatch):
    def version():
        return "here" if threading.current_thread() is threading.main_thread() else "there"

    monkeypatch.setattr(command, "code_version", version)
    result = gongzhi("run", eleven, "--out", tmp_path / "x", "--cluster", cluster)
    assert result.exit_code == 1
    assert "other code of the model" in result.stderr and "Traceback" not in result.output


# -- the summary --------------------------------------------------------------------------------------------------


def test_quantiles_weigh_compounds_by_their_households():
    values, weights = np.array([0.9, 0.1, 0.5]), np.array([10, 80, 10])
    assert weighted_quantiles(values, weights, [0.05, 0.5, 0.8, 0.81, 0.95]) == [0.1, 0.1, 0.1, 0.5, 0.9]


def test_weeks_not_reached_are_later_than_any_and_values_missing_are_left_out():
    values, weights = np.array([10.0, np.nan, np.nan]), np.array([40, 30, 30])
    late = spread(values, weights, censored=True)
    assert (late["low"], late["median"], late["with_value"]) == (10.0, None, 1)
    assert spread(values, weights)["median"] == 10.0


def test_classes_of_size_hold_their_bounds():
    assert size_class(np.array([12, 49, 50, 99, 100, 199, 200, 499, 500, 999, 1000, 9000])).tolist() == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
    ]  # fmt: skip
    assert [bounds(i) for i in (0, 1, 5)] == [(1, 49), (50, 99), (1000, None)]


@pytest.fixture
def three():
    """Three compounds by hand: 100, 300 and 600 households."""
    columns = {name: np.zeros(3) for name in COLUMNS}
    given = {
        "compound": [0, 1, 2],
        "households": [100, 300, 600],
        "buildings": [3, 9, 18],
        "structure": [0.1, 0.2, 0.1],
        "stage": [5, 1, 5],
        "headline_consent": [0.9, 0.4, 0.8],
        "valid_consent": [0.8, 0.4, 0.8],
        "insincere_share": [0.2, 0.0, 0.1],
        "payment_rate": [0.5, np.nan, 0.75],
        "company_present": [1, 0, 1],
        "structures_left": [0.5, 1.0, 0.5],
        "gate_week": [20, np.nan, 30],
        "handover_week": [60, np.nan, 70],
        "office_hours": [200, 300, 1800],
        "office_hours_total": [200, 300, 1800],
    }
    columns.update({name: np.array(values) for name, values in given.items()})
    return columns


def test_totals_of_three_compounds_by_hand(three):
    found = summarised(three)
    assert (found.compounds, found.households) == (3, 1000)
    assert found.totals["compounds_past_gate"] == 2 and found.totals["share_past_gate"] == 0.7
    assert found.totals["headline_consent"] == pytest.approx(0.09 + 0.12 + 0.48)
    assert found.totals["insincere_share"] == pytest.approx(0.08)
    assert found.totals["payment_rate"] == pytest.approx((50 + 450) / 700)
    assert found.totals["structures_removed_share"] == pytest.approx((5 + 30) / (10 + 60 + 60))
    assert found.totals["office_hours"] == 2300
    assert found.stages["management"] == {"compounds": 2, "households": 700}
    assert [entry["compounds"] for entry in found.classes] == [1, 1, 1, 3]
    assert found.classes[0]["outcomes"]["hours_per_household"]["median"] == 2.0
    assert found.classes[-1]["company_present"] == pytest.approx(0.7)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_are_drawn_in_both_languages(three, lang):
    summary = summarised(three)
    assert png(outcomes_by_size(summary, lang=lang))[:4] == b"\x89PNG"
    assert png(course_of_households(three, summary, 156, lang=lang))[:4] == b"\x89PNG"


def test_households_past_the_gate_are_counted_by_week(three):
    shares = households_by_week(three["gate_week"], three["households"], 40)
    assert (shares[19], shares[20], shares[30], shares[39]) == (0.0, 0.1, 0.7, 0.7)


def test_a_compound_that_bills_and_is_paid_by_nobody_counts_as_rate_0_and_one_without_structures_not_at_all(
    three,
):
    three["payment_rate"][1], three["structures_left"][1] = 0.0, np.nan
    found = summarised(three)
    assert found.totals["compounds_billed"] == 3
    assert found.totals["payment_rate"] == pytest.approx((50 + 450) / 1000)
    assert found.totals["structures_removed_share"] == pytest.approx((5 + 30) / (10 + 60))


def test_figures_of_a_run_without_any_payment_or_gate_are_drawn(three):
    three["payment_rate"], three["gate_week"] = np.full(3, np.nan), np.full(3, np.nan)
    summary = summarised(three)
    assert math.isnan(summary.totals["payment_rate"])
    assert png(outcomes_by_size(summary))[:4] == b"\x89PNG"


def test_a_run_can_be_copied_elsewhere_and_continued(eleven, drawn, tmp_path):
    run(eleven, tmp_path / "x", "--compounds", 4)
    shutil.copytree(tmp_path / "x", tmp_path / "y")
    run(eleven, tmp_path / "y")
    assert kept(tmp_path / "y", drawn).num_rows == 11


def test_other_compounds_of_the_batch_leave_a_compound_alone(drawn):
    """The engine's promise on which collections rest."""
    runs = drawn.runs(0, 11)
    alone = simulate_runs([runs[3]], threads=1).series[0]
    assert simulate_runs(runs, threads=1).series[3].tobytes() == alone.tobytes()
    assert isinstance(runs[3], Run)


def test_a_compound_out_of_range_is_named(eleven):
    one = drawn_from(eleven, settings=["collection.compounds=1", "collection.households=700"])
    with pytest.raises(ScenarioError, match="compound 0 of seed 1 has stairwells_per_building"):
        Drawn(
            one.scenario.model_copy(
                update={"compound": one.scenario.compound.model_copy(update={"stairwells_per_building": 0})}
            ),
            one.collection,
            1,
        ).runs(0, 1)


def test_a_collection_is_run_without_pandas(eleven, tmp_path):
    code = (
        "import sys\nfrom commands.cli import main\n"
        f"main(['run', {str(eleven)!r}, '-q', '--out', {str(tmp_path / 'out')!r}], standalone_mode=False)\n"
        "print(sorted({'pandas', 'pyarrow.dataset', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
