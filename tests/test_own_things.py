"""A researcher's own instruments, outcomes, households and ties: both engines, paid for, checked, and given back."""

import copy
import json
import pickle
import re

import networkx
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from agents.categories import Party, Tenure
from commands.cli import main
from model.community import CommunityModel, outcome_reporters
from model.engine import simulate
from model.households import COLUMNS, COMPOUND, KEY
from model.instruments import Legality
from model.own import OwnInstrument, OwnOutcome, purpose_of
from model.parameters import Parameters
from model.table_files import TableError, is_personal, read_tables
from model.world.randomness import Purpose
from scenarios.loading import load_strategy

WEEKS = 10


def warm(model, intensity):
    comes = model.draws("tea") < intensity
    trust = model.column("trust_office")
    trust[comes] += 0.1 * (1.0 - trust[comes])


def doubt(model):
    return float(np.mean(np.abs(model.column("support")) < 0.1))


TEA = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=2.0, yuan=0.01)
DOUBT = OwnOutcome("doubt", zh="犹豫", en="In doubt", measure=doubt, unit="share")
SETTINGS = {
    "households": 40,
    "buildings": 2,
    "stairwells_per_building": 2,
    "home_visits": 1.0,
    "horizon_weeks": WEEKS,
    "mobilisation_yuan_per_household": 10.0,
}


def run(**more):
    model = CommunityModel(rng=3, **{**SETTINGS, **more})
    model.run()
    return model


def same(one, other):
    np.testing.assert_array_equal(one.world.series, other.world.series)


# -- instruments ------------------------------------------------------------------------------------------


def test_an_own_instrument_acts_alike_in_both_engines_and_moves_nobodys_luck():
    compiled, agents = (run(own=[TEA.use(0.5)], outcomes=[DOUBT], engine=e) for e in ("compiled", "agents"))
    same(compiled, agents)
    pd.testing.assert_series_equal(
        *(m.datacollector.get_model_vars_dataframe()["doubt"] for m in (compiled, agents))
    )
    usual = run()
    assert compiled.outcome("trust_office") > usual.outcome("trust_office") + 0.05
    np.testing.assert_array_equal(compiled.column("taste"), usual.column("taste"))


def test_at_intensity_zero_and_outside_its_weeks_it_changes_nothing():
    for use in (TEA.use(0.0), TEA.use(1.0, start_week=WEEKS), TEA.use(1.0, start_week=2, end_week=2)):
        same(run(own=[use]), run())
    late = run(own=[TEA.use(1.0, start_week=5)])
    np.testing.assert_array_equal(late.world.series[:, :5], run().world.series[:, :5])
    assert not np.array_equal(late.world.series[:, 5:], run().world.series[:, 5:])


def test_its_hours_and_money_are_booked_and_are_not_there_for_visits():
    free = OwnInstrument("tea", zh="茶", en="Tea", effect=lambda model, intensity: None)
    dear = OwnInstrument("tea", zh="茶", en="Tea", effect=lambda model, intensity: None, hours=2.0, yuan=0.05)
    without, costly = (run(own=[i.use(0.5)], pioneers=0.0) for i in (free, dear))
    same(without, run(pioneers=0.0))
    assert costly.outcome("visits") < without.outcome("visits")
    spent = (0.5 * 0.05 * 40 * WEEKS) + WEEKS * 1.0 * costly.settings.yuan_per_hour
    first = costly.world.series[0, 0]
    assert costly.compound.money_left == pytest.approx(10.0 * 40 - 0.5 * 0.05 * 40 * WEEKS)
    assert costly.compound.public_spending / 100 >= spent - 0.1 and first.size
    assert costly.world.districts["hours_per_week"][0] == without.world.districts["hours_per_week"][0]


@pytest.mark.parametrize("short", [{"hours": 1e6}, {"yuan": 1e6}])
def test_where_hours_or_money_are_short_it_rests(short):
    asked = []
    greedy = OwnInstrument(
        "tea", zh="茶", en="Tea", effect=lambda model, intensity: asked.append(intensity), **short
    )
    model = run(own=[greedy.use(1.0)])
    same(model, run())
    assert asked == [] and model.own_now == {"tea": 0.0}


def test_what_is_not_lawful_is_named_ones_own_too():
    threat = OwnInstrument("threat", zh="威胁", en="Threats", effect=warm, legality="unlawful")
    model = CommunityModel(rng=1, **SETTINGS, pressure=0.5, own=[threat.use(0.5), TEA.use()])
    assert model.not_lawful() == {"pressure": Legality.UNLAWFUL, "threat": Legality.UNLAWFUL}
    assert CommunityModel(rng=1, **SETTINGS, own=[threat.use(0.0)]).not_lawful() == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Tea Rounds"}, "name = 'Tea Rounds'; expected small letters, digits and _"),
        ({"name": "pressure"}, "name = 'pressure'; is an instrument of the model"),
        ({"name": "support_rate"}, "is an instrument of the model or a parameter"),
        ({"zh": " "}, "tea_rounds.zh = ' '; expected what it is called"),
        ({"hours": -1}, "tea_rounds.hours = -1; expected a number from 0 up"),
        ({"yuan": "3"}, "tea_rounds.yuan = '3'; expected a number from 0 up"),
        ({"legality": "lawfull"}, "did you mean 'lawful'?"),
        ({"effect": 3}, "tea_rounds.effect = 3; expected a function of the model and the intensity"),
        (
            {"effect": lambda model: None},
            "tea_rounds.effect: expected a function of the model and the intensity",
        ),
    ],
)
def test_an_own_instrument_that_cannot_be_used_says_why(changed, said):
    right = {"name": "tea_rounds", "zh": "茶", "en": "Tea", "effect": warm}
    with pytest.raises(ValueError, match=re.escape(said)):
        OwnInstrument(**{**right, **changed})


def test_a_use_out_of_range_an_effect_that_answers_and_a_name_twice_are_refused():
    with pytest.raises(ValueError, match=r"tea_rounds\.intensity = 80"):
        TEA.use(80)
    with pytest.raises(ValueError, match="end_week 2 is before start_week 5"):
        TEA.use(start_week=5, end_week=2)
    with pytest.raises(ValueError, match="own: 'tea_rounds' is given twice"):
        CommunityModel(rng=1, **SETTINGS, own=[TEA.use(), TEA.use(0.5)])
    answers = OwnInstrument("tea", zh="茶", en="Tea", effect=lambda model, intensity: True)
    with pytest.raises(TypeError, match=r"tea\.effect returned true; expected nothing"):
        run(own=[answers.use()])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_on_with_its_own_things(copied):
    model = CommunityModel(rng=3, **SETTINGS, own=[TEA.use(0.5)], outcomes=[DOUBT])
    model.run_for(4)
    twin = copied(model)
    model.run()
    twin.run()
    same(model, twin)


def test_own_draws_are_nobody_elses_and_the_same_on_every_machine():
    model = CommunityModel(rng=3, **SETTINGS)
    one, other = model.draws("tea"), model.draws("coffee")
    assert ((one > 0) & (one < 1)).all() and not (one == other).any()
    np.testing.assert_array_equal(one, CommunityModel(rng=3, **SETTINGS).draws("tea"))
    assert purpose_of("tea") == 1_497_010 and purpose_of("tea") > max(Purpose) + 4


# -- outcomes ---------------------------------------------------------------------------------------------


def test_an_own_outcome_is_measured_every_week_and_may_have_no_value():
    seen = OwnOutcome("seen", zh="见过", en="Seen", measure=lambda model: np.float32(model.week))
    nothing = OwnOutcome("nothing", zh="无", en="Nothing", measure=lambda model: float("nan"))
    table = run(outcomes=[seen, nothing]).datacollector.get_model_vars_dataframe()
    assert table["seen"].tolist() == list(range(1, WEEKS + 1)) and table["nothing"].isna().all()
    same(run(outcomes=[seen, nothing]), run())


def test_an_own_outcome_that_cannot_be_used_says_why():
    right = {"name": "doubt", "zh": "犹豫", "en": "Doubt", "measure": doubt}
    with pytest.raises(ValueError, match="is an outcome of the model"):
        OwnOutcome(**{**right, "name": "valid_consent"})
    with pytest.raises(ValueError, match="expected a function of the model"):
        OwnOutcome(**{**right, "measure": lambda: 1})
    with pytest.raises(TypeError, match="doubt returned 'high'; expected a number"):
        run(outcomes=[OwnOutcome(**{**right, "measure": lambda model: "high"})])


# -- households and ties ----------------------------------------------------------------------------------


def people(n=24):
    """Two buildings of two stairwells and three floors, in no order, with names of their own."""
    table = pd.DataFrame(
        {
            "building": [7 if i < n // 2 else 3 for i in range(n)],
            "stairwell": [1 + (i // (n // 4)) % 2 for i in range(n)],
            "floor": [1 + (i % 6) // 2 for i in range(n)],
            "area_m2": [50.0 + i for i in range(n)],
            "tenure": ["owner_occupied", "rented_out", "owner_occupied", "vacant"] * (n // 4),
            "elder": [i % 3 == 0 for i in range(n)],
            "party": ["none", "in_service", "retired"] * (n // 3),
            "household": [100 + i for i in range(n)],
        }
    )
    return table.sample(frac=1, random_state=1).reset_index(drop=True)


def with_people(table, **more):
    settings = {
        k: v for k, v in SETTINGS.items() if k not in ("households", "buildings", "stairwells_per_building")
    }
    return CommunityModel(rng=3, **settings, households=table, **more)


def test_households_are_those_of_the_table_in_building_order():
    table = people()
    model = with_people(table)
    assert model.scenario.compound.households == 24 and model.scenario.compound.buildings == 2
    assert model.compound.n_stairwells == 4 and model.compound.n_risers == 8
    ordered = table.sort_values(["building", "stairwell", "floor"], kind="stable")
    assert model.column("area").tolist() == [round(a * 100) for a in ordered["area_m2"]]
    assert model.compound.total_area == round(100 * table["area_m2"].sum())
    assert [Tenure(t).name.lower() for t in model.column("tenure")] == ordered["tenure"].tolist()
    assert [Party(p).name.lower() for p in model.column("party")] == ordered["party"].tolist()
    assert (model.column("elder") == 1).tolist() == ordered["elder"].tolist()
    assert model.settings.n_members_in_service == 8
    assert model.column("building").tolist() == [0] * 12 + [1] * 12
    assert model.column("riser").tolist()[:6] == [0, 1] * 3
    model.run()
    assert model.outcome("headline_consent_area") <= 1.0


def test_what_the_table_says_together_stays_together():
    table = people(48)
    model = with_people(table)
    found = pd.DataFrame({"elder": model.column("elder") == 1, "party": model.column("party").astype(int)})
    wanted = table.assign(party=[Party[p.upper()].value for p in table["party"]])
    pd.testing.assert_frame_equal(pd.crosstab(found["elder"], found["party"]),
                                  pd.crosstab(wanted["elder"], wanted["party"]), check_names=False)  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_tables_of_a_model_give_the_same_model_again(engine):
    usual = run(engine=engine, floors=6)
    tables = CommunityModel(rng=3, **SETTINGS).to_tables()
    again = with_people(tables["households"], ties=tables["ties"], floors=6, engine=engine)
    again.run()
    same(usual, again)
    drawn = with_people(tables["households"], floors=6, engine=engine)
    drawn.run()
    same(usual, drawn)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_are_read_from_files_as_people_save_them(kind, tmp_path):
    table, pairs = people(), pd.DataFrame({"who": [100, 101], "whom": [105, 100]})
    for name, frame in (("people", table), ("ties", pairs)):
        file = tmp_path / f"{name}.{kind}"
        frame.to_csv(file, index=False, encoding="utf-8-sig") if kind == "csv" else frame.to_parquet(file)
    model = with_people(tmp_path / f"people.{kind}", ties=str(tmp_path / f"ties.{kind}"))
    np.testing.assert_array_equal(model.column("area"), with_people(table).column("area"))
    assert model.network().number_of_edges() == 2


def test_ties_are_those_of_the_graph_and_mutual(tmp_path):
    graph = networkx.Graph([(0, 1), (1, 2), (5, 30), (2, 1)])
    model = CommunityModel(rng=3, **SETTINGS, ties=graph)
    assert sorted(map(sorted, model.network().edges())) == [[0, 1], [1, 2], [5, 30]]
    assert [tie.row for tie in model.residents[1].neighbours] == [0, 2]
    networkx.write_graphml(graph, tmp_path / "ties.graphml")
    same_ties = CommunityModel(rng=3, **SETTINGS, ties=tmp_path / "ties.graphml")
    assert sorted(same_ties.network().edges()) == sorted(model.network().edges())
    compiled, agents = (run(ties=graph, activity_groups=1.0, engine=e) for e in ("compiled", "agents"))
    same(compiled, agents)
    assert CommunityModel(rng=3, **SETTINGS, ties=networkx.Graph()).compound.known == 0


def test_households_are_called_in_ties_as_in_their_table():
    table = people()
    model = with_people(table, ties=pd.DataFrame({"a": [100], "b": [123]}))
    (edge,) = model.network().edges()
    areas = {round(100 * table.set_index("household")["area_m2"][k]) for k in (100, 123)}
    assert {int(model.column("area")[row]) for row in edge} == areas


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "王芳"}, "column 'name': looks like personal data, which never enters"),
        ({"手机号": 1}, "column '手机号': looks like personal data"),
        ({"id_card": 1}, "column 'id_card': looks like personal data"),
        ({"wechat_id": "x"}, "column 'wechat_id': looks like personal data"),
        (
            {"stairwel": 1},
            "column 'stairwel': unknown; expected some of compound, household, building, stairwell",
        ),
        ({"floor": 0}, "row 1: floor = 0; expected a whole number from 1 to 40"),
        ({"area_m2": "66㎡"}, "row 1: area_m2 = '66㎡'; expected a number from 1 to 1000"),
        ({"tenure": "rented"}, "tenure = 'rented'; expected 'owner_occupied' or 'rented_out' or 'vacant'"),
        ({"elder": 2}, "elder = 2; expected true or false"),
        ({"building": 1.5}, "building = 1.5; expected a whole number"),
        ({"household": 5}, "household = 5 is given twice; expected each once"),
        (
            {"household": 13812345678},
            "household = 13812345678: looks like personal data, which never enters; expected",
        ),
        ({"楼层": 1}, "column '楼层': unknown; expected some of"),
        (
            {"tenure": "出租"},
            "tenure = '出租'; expected 'owner_occupied' or",
        ),
        ({"tenure": "出租"}, "did you mean 'rented_out'?"),
        ({"floor": "３"}, "floor = '３'; expected a whole number from 1 to 40; did you mean '3'?"),
        ({"area_m2": "66㎡"}, "did you mean '66'?"),
        ({"area_m2": 2.0}, "the households come to area_mean_m2 = 2; expected a number from 15 to 300 (m²)"),
    ],
)
def test_a_table_of_households_that_cannot_be_used_says_row_column_and_what_is_expected(change, said):
    with pytest.raises(TableError, match=re.escape(said)):
        with_people(people().assign(**change))


@pytest.mark.parametrize(
    "column",
    (
        "姓名 户名 业主姓名 身份证号 身份 手机 手機号 电话 電話 微信 微信号 QQ 住址 家庭地址 门牌号 房号 室号 联系人 "
        "生日 邮箱 银行卡 车牌号 性别 民族 宗教 籍贯 病史 照片 工作单位 name owner_name phone tel mobile id_card ssn "
        "dob birth_date e-mail weixin xingming shenfenzheng dianhua shouji photo longitude gender religion"
    ).split(),
)
def test_a_column_behind_which_persons_stand_is_refused_as_such(column):
    with pytest.raises(TableError, match="looks like personal data, which never enters"):
        read_tables(people().assign(**{column: "x"}))


def test_no_column_that_a_table_may_have_is_taken_for_personal():
    assert not [name for name in (*COLUMNS, KEY, COMPOUND, "小区", "户号", "weight") if is_personal(name)]


def test_every_problem_of_a_table_is_told_at_once_and_few_rows_of_each():
    wrong = people().drop(columns=["floor", "tenure"]).assign(phone=1)
    with pytest.raises(TableError) as refused:
        with_people(wrong)
    assert [line.split(";")[0] for line in str(refused.value).split("\n")] == [
        "households: column 'phone': looks like personal data, which never enters",
        "households: no column 'floor'",
        "households: no column 'tenure'",
    ]
    with pytest.raises(TableError, match="and 19 more; expected these to be mended first"):
        with_people(people().assign(floor=99))


@pytest.mark.parametrize(
    ("ties", "said"),
    [
        (networkx.DiGraph([(0, 1)]), "ties: a directed graph; expected mutual acquaintance"),
        (networkx.Graph([(0, 40)]), "ties, pair 1: 40 is no household; expected a household from 0 to 39"),
        (networkx.Graph([("a", 1)]), "'a' is no household"),
        (networkx.Graph([(3, 3)]), "ties, pair 1: 3 twice; expected two households"),
        (pd.DataFrame({"a": [1], "b": [2], "c": [3]}), "ties: columns a, b, c; expected two"),
        ("ties.xlsx", "ties = 'ties.xlsx'; expected a .csv, .parquet or .graphml file"),
        ("nowhere.csv", "nowhere.csv: no such file"),
        (3, "ties = 3; expected a data frame"),
    ],
)
def test_ties_that_cannot_be_used_say_why(ties, said):
    with pytest.raises(TableError, match=re.escape(said)):
        CommunityModel(rng=1, **SETTINGS, ties=ties)


def test_sizes_beside_a_table_are_refused_unless_they_are_those_of_higher_houses():
    with pytest.raises(
        ValueError, match=r"compound\.buildings = 5; expected 2, as the table of households has it"
    ):
        with_people(people(), buildings=5)
    with pytest.raises(
        ValueError, match=r"compound\.floors = 2; expected 3 or more, as the table of households has it"
    ):
        with_people(people(), floors=2)
    assert with_people(people(), floors=7).scenario.compound.floors == 7


def test_a_model_of_ones_own_data_repeats_itself():
    graph = networkx.Graph([(100 + i, 100 + (i + 1) % 24) for i in range(24)])
    one, other = (with_people(people(), ties=graph) for _ in range(2))
    one.run()
    other.run()
    same(one, other)


# -- on the command line ----------------------------------------------------------------------------------

FILE = """
import numpy as np
from model.own import OwnInstrument, OwnOutcome

def warm(model, intensity):
    trust = model.column("trust_office")
    trust[:] += 0.1 * intensity * (1.0 - trust)

tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, legality="unlawful")
half = tea.use(0.5)
again = half
trust = OwnOutcome("mean_trust", zh="平均信任", en="Mean trust", unit="share",
                   measure=lambda model: float(np.mean(model.column("trust_office"))))
"""


def gongzhi(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="gongzhi")


def test_a_file_of_ones_own_is_run_in_either_engine_printed_and_written(tmp_path, monkeypatch):
    monkeypatch.setattr("commands.results.draw_figures", lambda *_: {})
    monkeypatch.setattr("commands.results.write_report", lambda path, *_, **__: path.write_text("report"))
    file = tmp_path / "tea.py"
    file.write_text(FILE, encoding="utf-8")
    run_it = ("run", "danwei_courtyard", "--weeks", 6, "--seeds", 2, "--own", file)
    shown = gongzhi(*run_it, "--lang", "en", "--out", tmp_path / "out").stdout
    assert "Own instrument: Tea rounds (unlawful), intensity 0.5 (tea.py)." in shown
    assert re.search(r"Mean trust, at the end: \d\d\.\d % .*2 of 2 seeds have a value", shown)
    assert "自有工具：茶话会" in gongzhi(*run_it, "--lang", "zh").stdout
    rows = pd.read_csv(tmp_path / "out" / "own.csv")
    assert list(rows.columns) == ["seed", "week", "mean_trust"] and len(rows) == 12
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["own"]["file"] == "tea.py" and len(manifest["own"]["blake2b"]) == 32
    data, agents = (
        json.loads(gongzhi(*run_it, "--json", "--engine", e).stdout) for e in ("compiled", "agents")
    )
    assert data["own"] == agents["own"] and data["runs"] == agents["runs"]
    assert data["own"]["instruments"]["tea_rounds"]["intensity"] == 0.5
    last = rows.groupby("seed")["mean_trust"].last()
    assert data["own"]["outcomes"]["mean_trust"]["median"] == pytest.approx(last.median())
    usual = json.loads(gongzhi(*run_it[:-2], "--json").stdout)
    assert usual["runs"] != data["runs"] and "own" not in usual


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file; expected a .py file"),
        ("x = 3", "brings nothing; expected an OwnInstrument or an OwnOutcome"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        (FILE.replace("tea_rounds", "Tea"), "name = 'Tea'; expected small letters"),
        (FILE + "more = tea.use(0.1)", "instruments: 'tea_rounds' is given twice"),
    ],
)
def test_a_file_of_ones_own_that_cannot_be_used_says_why(content, said, tmp_path):
    file = tmp_path / "own.py"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    refused = gongzhi("run", "danwei_courtyard", "--own", file)
    assert refused.exit_code == 2 and said in refused.stderr


# -- what rested ------------------------------------------------------------------------------------------


def idle(model, intensity):
    pass


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_an_instrument_that_rests_for_want_of_hours_or_money_is_told_in_both_engines(engine):
    hungry = OwnInstrument("hungry", zh="耗时", en="Hungry", effect=idle, hours=6.0)
    dear = OwnInstrument("dear", zh="昂贵", en="Dear", effect=idle, yuan=1e6)
    model = run(own=[hungry.use(0.5), dear.use(1.0, start_week=4), TEA.use(0.5)], engine=engine)
    there = 0.04 * SETTINGS["households"] * Parameters().staff_effort
    assert model.rested["hungry"] == (WEEKS, WEEKS, 0, 3.0, pytest.approx(there), 0.0, 0.0)
    assert model.rested["dear"][:3] == (WEEKS - 4, 0, WEEKS - 4) and model.rested["dear"].yuan_needed == 4e7
    assert set(model.rested) == {"hungry", "dear"}
    assert model.results().rests["hungry"]["without_hours"].tolist() == [WEEKS]
    assert model.results().rests["tea_rounds"]["without_hours"].tolist() == [0]


def test_a_device_of_the_model_that_rests_is_told_alike_in_both_engines_and_in_a_batch():
    greedy = {"grid": 1.0, "grid_hours": 500.0}
    compiled, agents = (run(**greedy, engine=engine) for engine in ("compiled", "agents"))
    assert compiled.rested == agents.rested
    weeks, without = compiled.rested["grid"][:2]
    assert weeks == without == WEEKS and compiled.rested["grid"].hours_needed > 1.6
    assert run(grid=1.0).rested == {} and run(grid=0.0, grid_hours=500.0).rested == {}
    batch = simulate([compiled.scenario], [3, 4], threads=1)
    assert batch.rests["grid"][0] == compiled.results().rests["grid"][0]
    assert batch.rests["grid"]["without_hours"].tolist() == [WEEKS, WEEKS]


def test_a_branch_counts_from_its_own_first_week():
    hungry = OwnInstrument("hungry", zh="耗时", en="Hungry", effect=idle, hours=6.0)
    model = CommunityModel(rng=3, **SETTINGS, own=[hungry.use(1.0)], grid=1.0, grid_hours=500.0)
    model.run_for(4)
    later = model.branch(hungry=0.9)
    later.run()
    assert later.rested["hungry"].weeks == later.rested["grid"].weeks == WEEKS - 4
    assert model.rested["hungry"].weeks == 4


# -- names ------------------------------------------------------------------------------------------------


def test_an_unknown_outcome_is_answered_with_the_nearest_and_ones_own_is_taken():
    model = CommunityModel(rng=3, **SETTINGS, outcomes=[DOUBT])
    assert np.isnan(model.outcome("doubt"))
    model.step()
    assert model.outcome("doubt") == model.own_measured["doubt"][-1]
    for ask in (
        model.outcome,
        lambda name: outcome_reporters([name]),
        lambda name: model.results().tidy([name]),
    ):
        with pytest.raises(KeyError, match="no outcome 'mean_suport'; did you mean 'mean_support'"):
            ask("mean_suport")
    with pytest.raises(KeyError, match=r"no outcome 'private_support'.*; outcomes: stage, headline_consent"):
        model.outcome("private_support")
    with pytest.raises(KeyError, match="no purpose 'sing'; did you mean 'sign'"):
        model.draw(0, "sing")


def test_a_declaration_says_of_an_unknown_name_where_it_belongs():
    told = {"zh": "茶", "en": "Tea", "effect": idle}
    with pytest.raises(TypeError, match=r"unknown name 'weeks'; expected \.use\(intensity, start_week=…"):
        OwnInstrument("tea", **told, weeks=(4, 20))
    with pytest.raises(TypeError, match=r"unknown name 'houres'; .*did you mean 'hours'"):
        OwnInstrument("tea", **told, houres=3)
    with pytest.raises(TypeError, match=r"OwnOutcome: unknown name 'units'; .*did you mean 'unit'"):
        OwnOutcome("doubt", zh="犹豫", en="In doubt", measure=doubt, units="share")


def test_a_branch_takes_own_instruments_by_name_by_strategy_and_new_ones():
    model = CommunityModel(rng=3, **SETTINGS, own=[TEA])
    model.run_for(4)
    mute = OwnInstrument("mute", zh="静", en="Mute", effect=idle)
    by_name = model.branch(strategy=load_strategy("none"), tea_rounds=0.5, home_visits=1.0)
    by_strategy = model.branch(strategy=load_strategy("none", own=[TEA.use(0.5)]), home_visits=1.0)
    new = model.branch(strategy=load_strategy("none"), own=[TEA.use(0.5), mute.use()], home_visits=1.0)
    for branch in (by_name, by_strategy, new):
        branch.run()
    same(by_name, by_strategy)
    same(by_name, new)
    assert new.own_now == {"tea_rounds": 0.5, "mute": 1.0} and model.own_now == {"tea_rounds": 0.0}
