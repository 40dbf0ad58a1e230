"""Households and ties of one's own in files: on the command line, in case files, in sweeps, of several compounds."""

import json
import re

import networkx
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.community import CommunityModel
from model.district_plan import district_of, district_runs, district_tables
from model.engine import simulate, simulate_runs
from model.specification import Scenario
from model.table_files import TableError, read_tables
from scenarios.loading import ScenarioError, load_case
from scenarios.store import Store
from scenarios.sweep import load_sweep, repeat_run, run_sweep
from scenarios.sweep.record import SweepChangedError

CASE = """id = "mine"
strategy = "information_only"
[run]
horizon_weeks = 6
[compounds.main]
households_file = "people.csv"
ties_file = "ties.csv"
"""


def people(compounds=("",), households=24):
    """Compounds of two buildings, two stairwells and three floors, one after another."""
    n = households
    tables = [
        pd.DataFrame(
            {
                "household": range(100 + c * n, 100 + (c + 1) * n),
                "building": [i // (n // 2) for i in range(n)],
                "stairwell": [i // (n // 4) % 2 for i in range(n)],
                "floor": [1 + i % 6 // 2 for i in range(n)],
                "area_m2": [50.0 + i + c for i in range(n)],
                "tenure": ["owner_occupied", "rented_out", "owner_occupied", "vacant"] * (n // 4),
                "elder": [i % (3 + c) == 0 for i in range(n)],
            }
        ).assign(**({"compound": name} if name else {}))
        for c, name in enumerate(compounds)
    ]
    return pd.concat(tables, ignore_index=True)


def pairs(first=100, households=24):
    return pd.DataFrame(
        {"a": range(first, first + households - 1), "b": range(first + 1, first + households)}
    )


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a table of households, ties, and a case file that names them."""
    people().to_csv(tmp_path / "people.csv", index=False)
    pairs().to_csv(tmp_path / "ties.csv", index=False)
    (tmp_path / "mine.toml").write_text(CASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gongzhi(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="gongzhi")


def refused(*arguments):
    found = gongzhi(*arguments)
    assert found.exit_code == 2, found.output
    return found.stderr


# -- the command line -------------------------------------------------------------------------------------


def test_a_run_of_ones_own_households_and_ties_is_that_of_the_model_itself(place):
    run_it = ("run", "danwei_courtyard", "--weeks", 6, "--seed", 3, "--households", "people.csv")
    data = json.loads(gongzhi(*run_it, "--ties", "ties.csv", "--json").stdout)
    case = load_case("danwei_courtyard")
    model = CommunityModel(case.scenario(horizon_weeks=6), rng=3, households="people.csv", ties="ties.csv")
    model.run()
    (row,) = data["runs"]
    expected = model.results().summary()["final_headline_consent"].item()
    assert row["final_headline_consent"] == pytest.approx(expected)
    shown = gongzhi(*run_it, "--lang", "en").stdout
    assert "24 households" in shown
    drawn = json.loads(gongzhi(*run_it, "--json").stdout)
    assert data["content_hash"] != drawn["content_hash"]


def test_a_run_on_own_files_names_them_and_says_that_what_is_published_is_of_another_place(place):
    own = ("jinshui", "--weeks", 2, "--seed", 1, "--households", "people.csv", "--ties", "ties.csv")
    said = "What is published here and the caveats are of the case, not of people.csv, ties.csv."
    shown = " ".join(gongzhi("run", *own, "--lang", "en").stdout.split())
    assert "Tianxiang Xinyuan (people.csv, ties.csv): strategy" in shown and said in shown
    assert "说的是本案例，不是 people.csv, ties.csv" in gongzhi("run", *own, "--lang", "zh").stdout
    assert "of the case, not of" not in gongzhi("run", "mine.toml", "--seed", 1, "--lang", "en").stdout


def test_a_manifest_holds_digests_of_the_files_and_the_tables_themselves(place, monkeypatch):
    monkeypatch.setattr("commands.results.draw_figures", lambda *_: {})
    monkeypatch.setattr("commands.results.write_report", lambda path, *_, **__: path.write_text("report"))
    own = ("--households", "people.csv", "--ties", "ties.csv")
    made = gongzhi("run", "danwei_courtyard", "--weeks", 3, "--seed", 1, *own, "--out", "out", "-q")
    assert made.exit_code == 0, made.output
    (scenario,) = json.loads((place / "out" / "manifest.json").read_text("utf-8"))["scenarios"]
    files = {file["file"]: file["blake2b"] for file in scenario["tables"]["files"]}
    assert set(files) == {"people.csv", "ties.csv"} and all(len(digest) == 32 for digest in files.values())
    again = Scenario.model_validate({k: v for k, v in scenario.items() if k != "content_hash"})
    assert again.content_hash() == scenario["content_hash"]
    assert again.tables == read_tables("people.csv", "ties.csv")


def test_strategies_are_compared_on_the_same_own_compound(place):
    data = json.loads(
        gongzhi(
            "compare", "danwei_courtyard", "--strategies", "none,pressure", "--seeds", 2, "--weeks", 6,
            "--plausible", 0, "--households", "people.csv", "--ties", "ties.csv", "--json",
        ).stdout
    )  # fmt: skip
    assert len(data["runs"]) == 4 and data["compound_names"]
    assert {row["strategy"] for row in data["runs"]} == {"none", "pressure"}


def test_numbers_that_the_table_says_are_not_set_otherwise(place):
    own = ("run", "danwei_courtyard", "--households", "people.csv")
    assert "compound.elder = 0.9; expected 0.3333333333, as the table of households has it" in refused(
        *own, "--set", "elder=0.9"
    )
    assert "compound.households = 30; expected 24" in refused(*own, "--set", "households=30")
    assert gongzhi(*own, "--set", "floors=9", "--weeks", 2, "--seed", 1).exit_code == 0
    ties = ("run", "danwei_courtyard", "--ties", "ties.csv")
    assert "is no household; expected a household from 0 to" in refused(*ties)
    pairs(0).to_csv("low.csv", index=False)
    said = refused("run", "danwei_courtyard", "--ties", "low.csv", "--set", "households=20")
    assert "compound.households = 20; expected at least 24, as ties are of" in said


def test_a_collection_and_a_file_that_is_none_are_refused_before_anything_runs(place):
    assert "is a collection, whose households are drawn" in refused(
        "run", "hangzhou-city", "--households", "people.csv", "--out", "x"
    )
    assert "nowhere.csv: no such file" in refused("run", "jinshui", "--households", "nowhere.csv")
    assert "expected a .csv or .parquet file" in refused("run", "jinshui", "--households", "people.xlsx")
    assert not (place / "x").exists()


# -- checking ---------------------------------------------------------------------------------------------


def test_check_says_what_it_found(place):
    found = gongzhi("check", "people.csv", "ties.csv", "mine.toml", "--lang", "en")
    assert found.exit_code == 0, found.output
    assert (
        "people.csv: ok (compounds: 1, households: 24, buildings: 2, stairwells: 4, floors: 3" in found.stdout
    )
    assert (
        "owner-occupied 50.0 %, rented out 25.0 %; said: Has an elder; drawn: Party membership"
        in found.stdout
    )
    assert "ties.csv: ok (ties: 23, 1.9 to a household; households: 24)" in found.stdout
    assert "mine.toml: ok (case mine" in found.stdout
    beside = "mine.toml: compounds.main, people.csv: ok (compounds: 1, households: 24, buildings: 2"
    assert beside in found.stdout
    assert (
        "mine.toml: compounds.main, ties.csv: ok (ties: 23, 1.9 to a household; households: 24)"
        in found.stdout
    )
    chinese = gongzhi("check", "mine.toml", "--lang", "zh").stdout
    assert "mine.toml: compounds.main, people.csv: ok（小区：1，户：24，楼：2" in chinese
    assert "mine.toml: compounds.main, ties.csv: ok（相识：23 对，平均每户 1.9；户：24）" in chinese
    alone = gongzhi("check", "ties.csv", "--lang", "en").stdout
    assert "ok (ties: 23, 1.9 to a household that is named: 24); whether these are households" in alone
    graph = networkx.Graph([(100, 101), (101, 102)])
    graph.edges[100, 101]["weight"] = 2.0
    networkx.write_graphml(graph, "ties.graphml")
    assert "not read: weight" in gongzhi("check", "people.csv", "ties.graphml", "--lang", "en").stdout


TEXT = people().to_csv(index=False)
#: A file of households as people save it, and what is said of it, in English and Chinese.
MISTAKES = {
    "GBK": (
        TEXT.replace("building", "楼栋", 1).encode("gbk"),
        "people.csv:1: is saved as GBK",
        "文件是按 GBK",
    ),
    "UTF-16": (TEXT.encode("utf-16"), "people.csv:1: is saved as UTF-16", "文件是按 UTF-16"),
    "a wide digit": (
        TEXT.replace("\n103,0,0,2,", "\n103,0,0,２,"),
        "people.csv:5: floor = '２'; expected a whole number from 1 to 40; did you mean '2'?",
        "people.csv:5: floor = '２'；应为 1 到 40 的整数；是不是想写“2”？",
    ),
    "a wide comma": (
        TEXT.replace("household,building", "household，building"),
        "people.csv:1: column 10: '，' (fullwidth comma); expected ','",
        "people.csv:1: 第 10 列的“，”是全角或中文字符；应为 ','",
    ),
    "a unit": (
        TEXT.replace("53.0", "53㎡", 1),
        "people.csv:5: area_m2 = '53㎡'; expected a number from 1 to 1000; did you mean '53'?",
        "area_m2 = '53㎡'；应为 1 到 1000 的数；是不是想写“53”？",
    ),
    "a Chinese heading": (
        TEXT.replace("floor", "楼层", 1),
        "people.csv:1: column '楼层': unknown; expected some of compound, household, building, stairwell, floor, "
        "area_m2, tenure, elder, party, activist, wechat, fresh_interior, cooperation, structure_m2, income; "
        "did you mean 'floor'?",
        "people.csv:1: 不认识“楼层”这一列；应为其中几个：compound",
    ),
    "a column by another name": (
        TEXT.replace("area_m2", "建筑面积", 1),
        "structure_m2, income; did you mean 'area_m2'?",
        "不认识“建筑面积”这一列",
    ),
    "an English word for a word": (
        TEXT.replace("owner_occupied", "owner", 1),
        "people.csv:2: tenure = 'owner'; expected 'owner_occupied' or 'rented_out' or 'vacant'; "
        "did you mean 'owner_occupied'?",
        "people.csv:2: tenure = 'owner'；应为 'owner_occupied'、'rented_out' 或 'vacant'；是不是想写“owner_occupied”？",
    ),
    "a person": (
        TEXT.replace("household,", "手机号,", 1),
        "people.csv:1: column '手机号': looks like personal data, which never enters",
        "people.csv:1: 列“手机号”像是个人信息，不得进入",
    ),
    "a cell too few": (
        TEXT.replace("\n103,0,0,2,", "\n103,0,0,"),
        "people.csv:5: 6 cells; expected 7, as the first line has",
        "people.csv:5: 有 6 格；应为 7 格，与第一行相同",
    ),
    "a misspelt word": (
        TEXT.replace("rented_out", "rentedout", 1),
        "people.csv:3: tenure = 'rentedout'; expected 'owner_occupied' or 'rented_out' or 'vacant'; "
        "did you mean 'rented_out'?",
        "people.csv:3: tenure = 'rentedout'；应为 'owner_occupied'、'rented_out' 或 'vacant'；是不是想写“rented_out”？",
    ),
    "nothing": ("", "people.csv:1: the file is empty; expected a table", "文件是空的"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_table_that_cannot_be_used_is_told_in_both_languages_by_every_command(kind, place):
    content, english, chinese = MISTAKES[kind]
    (place / "people.csv").write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    commands = [
        ("check", "people.csv"),
        ("run", "jinshui", "--households", "people.csv"),
        ("check", "mine.toml"),
    ]
    for command in commands:
        assert english in refused(*command, "--lang", "en")
    assert chinese in refused(*commands[0], "--lang", "zh")


def test_columns_and_cells_are_told_in_one_round_and_a_meant_column_is_not_missing(place):
    text = TEXT.replace("area_m2", "area", 1).replace("rented_out", "rented", 1)
    (place / "people.csv").write_text(text, encoding="utf-8")
    lines = refused("check", "people.csv", "--lang", "en").split("\n")
    assert [line.partition(";")[0] for line in lines if line] == [
        "Error: people.csv:1: column 'area': unknown",
        "people.csv:3: tenure = 'rented'",
    ]


def test_ties_as_network_programs_write_them_are_read_by_their_ends_and_the_rest_is_named(place):
    listed = pairs().rename(columns={"a": "Source", "b": "Target"})
    listed.insert(0, "Weight", 2.0)
    listed.to_csv("edges.csv", index=False)
    listed.to_parquet("edges.parquet", index=False)
    assert read_tables("people.csv", "edges.csv") == read_tables("people.csv", "ties.csv")
    for file in ("edges.csv", "edges.parquet"):
        found = gongzhi("check", "people.csv", file, "--lang", "en")
        assert f"{file}: ok (ties: 23, 1.9 to a household; households: 24); not read: Weight" in found.stdout
    listed.assign(phone=1).to_csv("edges.csv", index=False)
    assert "looks like personal data" in refused("check", "people.csv", "edges.csv", "--lang", "en")
    listed.rename(columns={"Source": "x", "Target": "y"}).to_csv("edges.csv", index=False)
    said = "columns Weight, x, y; expected two, a household in each, or 'source' and 'target' among them"
    assert said in refused("check", "edges.csv", "--kind", "ties", "--lang", "en")
    chinese = "应为两列，各为一户，或其中有 'source' 与 'target'"
    assert chinese in refused(
        "run", "jinshui", "--households", "people.csv", "--ties", "edges.csv", "--lang", "zh"
    )


def test_a_file_that_is_none_of_ours_is_answered_with_the_way_to_go(place):
    (place / "people.xlsx").write_bytes(b"PK\x03\x04")
    (place / "own.py").write_text("import numpy\n", encoding="utf-8")
    assert "save it as 'CSV UTF-8'" in refused("check", "people.xlsx", "--lang", "en")
    assert "请另存为“CSV UTF-8”" in refused("run", "jinshui", "--households", "people.xlsx", "--lang", "zh")
    assert "a Python file of your own comes with --own FILE.py" in refused("check", "own.py", "--lang", "en")


def test_a_table_from_a_spreadsheet_is_read(place):
    text = TEXT.replace(",", ";").replace(".0;", ",0;")
    (place / "people.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode("utf-8"))
    assert read_tables("people.csv") == read_tables(people())


# -- case files and sweeps --------------------------------------------------------------------------------


def test_a_case_file_names_its_tables_from_its_own_folder(place, monkeypatch):
    monkeypatch.chdir("/")
    scenario = load_case(place / "mine.toml").scenario()
    tables = read_tables(place / "people.csv", place / "ties.csv")
    assert scenario.tables == tables and scenario.compound.households == 24
    assert scenario.compound.elder == pytest.approx(1 / 3) and set(scenario.known) >= {
        "elders",
        "absence",
        "ties",
    }
    usual = load_case("danwei_courtyard").scenario().with_tables(tables)
    assert usual.tables == scenario.tables and usual.known == scenario.known


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('households = {value = 30, unit = "households", source = "s", grade = "C"}',
         "mine.toml:8: compounds.main.households: stands beside households_file, which has 24; expected one of them"),
        ('elder = {value = 0.3, unit = "share", source = "s", grade = "C"}', "compounds.main.elder: stands beside"),
        ('floors = {value = 2, unit = "floors", source = "s", grade = "C"}', "compounds.main.floors: stands beside"),
        ('[collection]\ncompounds = {value = 9, unit = "compounds", source = "s", grade = "C"}',
         "a collection draws its compounds; expected a case or a district"),
        ('[district]\nhouseholds = {value = 9000, unit = "households", source = "s", grade = "C"}',
         "district.households = 9000; expected 24, as the table of households has it"),
    ],
)  # fmt: skip
def test_what_stands_beside_a_table_and_says_otherwise_is_refused(added, said, place):
    (place / "mine.toml").write_text(CASE + added + "\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(said)):
        load_case("mine.toml")


def test_higher_houses_may_stand_beside_a_table(place):
    floors = 'floors = {value = 9, unit = "floors", source = "s", grade = "C"}\n'
    (place / "mine.toml").write_text(CASE + floors, encoding="utf-8")
    assert load_case("mine.toml").scenario().compound.floors == 9


SWEEP = """id = "s"
cases = ["mine.toml"]
strategies = ["none", "information_only"]
outcomes = ["final_headline_consent"]
seeds = 2
[uncertainties]
support_rate = [0.05, 0.2]
"""


def test_a_sweep_runs_ones_own_compound_and_refuses_another_file_when_resumed(place):
    (place / "s.toml").write_text(SWEEP, encoding="utf-8")
    run_sweep(load_sweep("s.toml"), "out", workers=0)
    rows = Store("out").table().to_pandas()
    assert len(rows) == 8 and (rows["status"] == "ok").all()
    scenario = load_case("mine.toml").scenario(strategy="none", support_rate=0.2)
    here = rows[(rows["strategy"] == "none") & (rows["parameters.support_rate"] == 0.2) & (rows["seed"] == 2)]
    assert (
        here["final_headline_consent"].item()
        == simulate(scenario, [2]).summary()["final_headline_consent"].item()
    )
    repeated = repeat_run("out", here["key"].item()).summary()
    assert repeated["final_headline_consent"].item() == here["final_headline_consent"].item()
    run_sweep(load_sweep("s.toml"), "out", workers=0)  # nothing is left to do
    people().assign(floor=1).to_csv("people.csv", index=False)
    with pytest.raises(SweepChangedError, match="the tables of households or ties"):
        run_sweep(load_sweep("s.toml"), "out", workers=0)
    assert len(Store("out").table()) == 8


OWN = """
from model.own import OwnInstrument, OwnOutcome

def warm(model, intensity):
    model.column("trust_office")[:] += 0.1 * intensity * (1.0 - model.column("trust_office"))

tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm)
largest = OwnOutcome("largest", zh="最大面积", en="Largest flat", unit="m²",
                     measure=lambda model: float(model.column("area").max()) / 100.0)
"""


def test_a_sweep_of_ones_own_compound_uses_ones_own_instruments_and_outcomes(place):
    (place / "own.py").write_text(OWN, encoding="utf-8")
    levers = '[levers]\n"instruments.tea_rounds.intensity" = [0.0, 1.0]\n'
    wanted = '["final_headline_consent", "trust_office_at_week_4", "largest"]'
    asked = SWEEP.replace('["final_headline_consent"]', wanted) + levers
    (place / "s.toml").write_text(asked, encoding="utf-8")
    run_sweep(load_sweep("s.toml", own="own.py"), "out", workers=0)
    rows = Store("out").table().to_pandas()
    assert len(rows) == 16 and (rows["status"] == "ok").all()
    assert (rows["largest"] == people()["area_m2"].max()).all()
    trust = rows.groupby("instruments.tea_rounds.intensity")["trust_office_at_week_4"].mean()
    assert trust[1.0] > trust[0.0]
    repeated = gongzhi("results", "repeat", "out", rows["key"][0], "--own", "own.py", "--json")
    assert repeated.exit_code == 0, repeated.output
    told = gongzhi(
        "run",
        "mine.toml",
        "--own",
        "own.py",
        "--set",
        "instruments.tea_rounds.intensity=1",
        "--seeds",
        "2",
        "--json",
    )
    assert told.exit_code == 0, told.output
    largest = json.loads(told.stdout)["own"]["outcomes"]["largest"]
    assert largest["median"] == people()["area_m2"].max()


# -- several compounds ------------------------------------------------------------------------------------


def two():
    table = people(("东院", "西院"))
    ties = pd.concat([pairs(100), pairs(124)], ignore_index=True)
    return table, ties


def test_a_table_of_several_compounds_is_run_as_a_district_with_totals(place):
    table, ties = two()
    table.to_csv("two.csv", index=False)
    ties.to_csv("two_ties.csv", index=False)
    own = ("run", "danwei_courtyard", "--households", "two.csv", "--ties", "two_ties.csv", "--weeks", 6)
    data = json.loads(gongzhi(*own, "--json").stdout)
    assert data["district"]["compounds"] == 2 and data["district"]["households"] == 48
    assert data["district"]["buildings"] == 4 and len(data["runs"]) == 2
    assert data["totals"]["headline_consent"]["median"] is not None
    made = gongzhi(*own, "--out", "out", "-q")
    assert made.exit_code == 0, made.output
    rows = pd.read_csv(place / "out" / "compounds.csv")
    assert rows["compound_name"].tolist() == ["东院", "西院"] and rows["households"].tolist() == [24, 24]
    said = refused(*own, "--set", "district.households=90")
    assert "district.households = 90; expected 48, as the table of households has it" in said


def test_compounds_of_a_table_keep_what_it_says_together_and_come_back_as_tables():
    table, ties = two()
    tables = read_tables(table, ties)
    scenario = Scenario(horizon_weeks=6).with_tables(tables)
    district = district_of(tables, trust_sd=0.0)
    runs = district_runs(scenario, district, seed=4)
    back = district_tables(runs)
    assert back["households"]["compound"].tolist() == ["东院"] * 24 + ["西院"] * 24
    for name in ("东院", "西院"):
        given, found = (t[t["compound"] == name] for t in (table, back["households"]))
        pd.testing.assert_frame_equal(
            pd.crosstab(found["tenure"], found["elder"]), pd.crosstab(given["tenure"], given["elder"])
        )
        assert sorted(found["area_m2"]) == sorted(given["area_m2"])
    again = read_tables(back["households"], back["ties"])
    assert (
        read_tables(**district_tables(district_runs(scenario.with_tables(again), district, seed=4))) == again
    )
    one = simulate_runs(runs, threads=1)
    other = simulate_runs(district_runs(scenario.with_tables(again), district, seed=4), threads=1)
    np.testing.assert_array_equal(one.series, other.series)


def test_a_compound_of_a_batch_is_the_same_alone_and_beside_others():
    table, _ = two()
    apart = [read_tables(table[table["compound"] == name]) for name in ("东院", "西院")]
    scenario = Scenario(horizon_weeks=6)
    scenarios = [scenario.with_tables(apart[0]), scenario, scenario.with_tables(apart[1])]
    scenarios.append(scenario.with_tables(read_tables(None, ties=pairs(0, 20), drawn=180)))
    together = simulate(scenarios, [1, 2], threads=1)
    for i, single in enumerate(scenarios):
        np.testing.assert_array_equal(together.series[2 * i : 2 * i + 2], simulate(single, [1, 2]).series)


def test_ties_between_compounds_and_tables_of_several_in_one_model_are_refused():
    table, _ = two()
    with pytest.raises(TableError, match="100 and 130 are of two compounds; expected two households of one"):
        read_tables(table, pd.DataFrame({"a": [100], "b": [130]}))
    with pytest.raises(ValueError, match="tables of 2 compounds; expected one, or a district of them"):
        CommunityModel(rng=1, households=table)
    with pytest.raises(TableError, match=r"row 1: compound = '13812345678': looks like personal data"):
        read_tables(table.assign(compound="13812345678"))


def test_a_district_takes_the_compounds_of_a_table(place):
    two()[0].to_csv("people.csv", index=False)
    district = '[district]\nbatches = {value = 2, unit = "batches", source = "s", grade = "C"}\n'
    (place / "mine.toml").write_text(
        CASE.replace('ties_file = "ties.csv"\n', "") + district, encoding="utf-8"
    )
    case = load_case("mine.toml")
    assert case.district.compounds == 2 and case.district.batches == 2 and case.district.households == 48
    assert gongzhi("check", "mine.toml").exit_code == 0
    data = json.loads(gongzhi("run", "mine.toml", "--json").stdout)
    assert data["district"]["households"] == 48 and len(data["runs"]) == 2
