"""Own instruments and outcomes in districts and collections: as in one compound, out of the hours of one office."""

import json
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from agents.categories import Allocation
from commands.cli import main
from model.community import CommunityModel
from model.district_plan import district_runs
from model.engine import DistrictOffice, Run, build_world, simulate_runs
from model.measures import Outcome
from model.own import OwnInstrument, OwnOutcome
from model.own_batch import simulate_own
from model.parameters import Parameters
from model.specification import Compound, District, Scenario, Strategy, Use
from scenarios.collected.rows import TRAITS, simulated
from scenarios.collected.runs import Drawn
from scenarios.loading import load_case
from scenarios.own import OF_ROWS, load_own
from scenarios.rested import crowded_among
from scenarios.store import Store

WEEKS = 30


def warm(model, intensity):
    comes = model.draws("tea") < intensity * (0.2 + 0.3 * model.column("elder"))
    trust = model.column("trust_office")
    trust[comes] += 0.1 * (1.0 - trust[comes])


def doubt(model):
    return float(np.mean(np.abs(model.column("support")) < 0.1))


TEA = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=1.0, yuan=0.01)
CUPS = OwnInstrument("cups", zh="茶杯", en="Cups", effect=warm, hours=0.5)
DOUBT = OwnOutcome("doubt", zh="犹豫", en="In doubt", measure=doubt, unit="share")


def scenario(*uses, households=60, budget=None, **settings):
    own = {use.name: use.entry() for use in uses}
    instruments = {"home_visits": Use(intensity=1.0), "grid": Use(intensity=0.5)}
    found = Scenario(
        compound=Compound(households=households, buildings=3, stairwells_per_building=2),
        strategy=Strategy(id="mine", instruments=instruments, own=own),
        horizon_weeks=WEEKS,
    )
    office = found.office.model_copy(update={} if budget is None else {"hours_budget_per_household": budget})
    programme = found.programme.model_copy(update={"mobilisation_yuan_per_household": 10.0})
    return found.model_copy(update={"office": office, "programme": programme, **settings})


BOTH = (TEA.use(0.8, start_week=3), CUPS.use(1.0))


@pytest.mark.parametrize("budget", [None, 0.4])
def test_a_district_of_one_compound_equals_the_compound_by_itself(budget):
    small = scenario(*BOTH, budget=budget)
    n, own = small.compound.households, small.effective_office()
    office = DistrictOffice(own.hours_per_household_week * n, own.hours_budget_per_household * n)
    found = simulate_own([Run(small, 7, office=office)], [TEA, CUPS], [DOUBT])
    model = CommunityModel(small, rng=7, own=[TEA, CUPS], outcomes=[DOUBT])
    model.run()
    np.testing.assert_array_equal(found.series, model.world.series)
    np.testing.assert_array_equal(found.own["doubt"], [model.own_measured["doubt"]])
    assert {name: found.rests[name][0] for name in found.rests} == {
        name: records[0] for name, records in model.rests.items()
    }
    assert bool(found.rests["cups"]["without_hours"][0]) is (budget is not None)


def a_district(*uses, allocation="by_households", compounds=6, seed=5, batches=2, **more):
    district = District(
        compounds=compounds, buildings=2 * compounds, households=50 * compounds, allocation=allocation,
        batches=batches, batch_interval_weeks=8, bundle_compounds=2, hours_per_household_week=0.04,
    )  # fmt: skip
    return district_runs(scenario(*uses, **more), district, seed)


#: In five compounds of 50 households the office gives 10 h a week, times the effort of its staff.
GREEDY = """
from dataclasses import replace

from model.own import OwnInstrument
from model.parameters import Parameters


def nothing(model, intensity):
    pass


VAST = OwnInstrument("vast", zh="大量", en="Vast", effect=nothing, hours=1000.0)
WIDE = OwnInstrument("wide", zh="宽", en="Wide", effect=nothing, hours=5.0 * Parameters().staff_effort)
SLIM = OwnInstrument("slim", zh="少", en="Slim", effect=nothing, hours=0.01)
"""


def test_what_can_never_act_in_a_compound_is_known_before_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(GREEDY, encoding="utf-8")
    mine = load_own("mine.py")
    runs = a_district(*(one.use(1.0) for one in mine.instruments.values()), compounds=5)
    given = runs[0].scenario.hours_given(runs[0].office.hours_per_week)
    found = {each.instrument: each for each in crowded_among(runs, mine)}
    assert set(found) == {"vast", "wide"}
    n = len(runs)
    assert found["vast"][1:6] == (1000.0, n, n, given, 0)
    shares = [given * run.scenario.compound.households / (50 * n) for run in runs]
    assert found["wide"][1:6] == (
        pytest.approx(given / 2),
        n,
        0,
        0.0,
        sum(share < given / 2 for share in shares),
    )
    assert found["wide"][6:] == (min(shares), max(shares))
    rests = simulate_own(runs, list(mine.instruments.values())).rests
    assert (rests["vast"]["without_hours"] == rests["vast"]["weeks"]).all() and rests["vast"]["weeks"].all()
    assert not rests["slim"]["without_hours"].any()


@pytest.mark.parametrize("case", ["districts/kaifeng_district", "collections/national"])
def test_check_says_it_of_districts_and_collections_in_both_languages(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    used = "one, two, three = VAST.use(1.0), WIDE.use(1.0), SLIM.use(1.0)\n"
    (tmp_path / "mine.py").write_text(
        GREEDY.replace("1000.0", "1e6") + "WIDE = replace(WIDE, hours=60.0)\n" + used, "utf-8"
    )
    file = str(Path(__file__).parents[1] / "scenarios" / f"{case}.toml")
    check = ["check", file, "--own", "mine.py", "--lang"]
    said = {lang: CliRunner().invoke(main, [*check, lang]).stderr for lang in ("en", "zh")}
    never, rests, *_ = re.findall(r"(?:Vast|Wide|Slim) .*", said["en"])
    assert re.match(
        r"Vast can never act in (\d+) of \1 compounds: it needs 1,000,000 h a week at this intensity, and "
        r"the office has at most [\d,.]+ h for all of its compounds\.$",
        never,
    )
    assert re.match(
        r"Wide will rest in (\d+) of \d+ compounds while the office works at all of them: it needs 60 h a week at "
        r"this intensity, and shares by households are [\d.]+ to [\d.]+ h there\.$",
        rests,
    )
    assert re.search(
        r"大量在 (\d+) 个小区中的 \1 个始终无法进行：按此力度每周需要 1,000,000 工时", said["zh"]
    )
    assert re.search(r"宽在 \d+ 个小区中的 \d+ 个，街道同时在所有小区工作时无法进行", said["zh"])
    assert "Slim" not in said["en"]


def test_hours_really_given_are_reckoned_in_one_place_for_engine_district_and_check():
    usual = scenario(parameters=Parameters(staff_effort=0.5))
    assert usual.hours_given(0.04, 60) == 0.04 * 60 * 0.5 and usual.hours_given(3.0) == 1.5
    row = build_world([Run(usual, 1)]).districts[0]
    office = usual.effective_office()
    assert row["hours_per_week"] == usual.hours_given(office.hours_per_household_week, 60)
    assert row["hours_budget"] == usual.hours_given(office.hours_budget_per_household, 60)
    root = Path(__file__).parents[1]
    reading = {
        path.relative_to(root).as_posix()
        for folder in ("agents", "model", "scenarios", "dashboard", "commands")
        for path in (root / folder).rglob("*.py")
        if ".staff_effort" in path.read_text(encoding="utf-8")
    }
    assert reading == {"model/specification.py"}


@pytest.mark.parametrize("allocation", [one.name.lower() for one in Allocation])
@pytest.mark.parametrize("budget", [None, 0.4])
def test_own_instruments_work_out_of_the_hours_of_the_one_office(allocation, budget):
    runs = a_district(*BOTH, allocation=allocation, budget=budget)
    found = simulate_own(runs, [TEA, CUPS])
    office, effort = runs[0].office, runs[0].scenario.parameters.staff_effort
    spent = found.series[:, :, Outcome.OFFICE_HOURS].astype(float).sum(axis=0)
    assert np.diff(spent, prepend=0.0).max() <= office.hours_per_week * effort * (1 + 1e-6)
    assert spent[-1] <= office.hours_budget * effort * (1 + 1e-6)
    acted = found.rests["tea_rounds"]["weeks"] - found.rests["tea_rounds"]["without_hours"]
    assert acted.sum() > 0
    own_hours = (
        0.8 * acted.sum() + 0.5 * (found.rests["cups"]["weeks"] - found.rests["cups"]["without_hours"]).sum()
    )
    assert own_hours <= spent[-1] + 1e-3
    if budget is not None:
        assert found.rests["cups"]["without_hours"].sum() > 0


def test_all_hours_of_own_instruments_are_booked_to_the_office():
    runs = a_district(CUPS.use(1.0))
    idle = [replace(run, scenario=without_devices(run.scenario)) for run in runs]
    found = simulate_own(idle, [CUPS])
    records, hours = found.rests["cups"], found.series[:, -1, Outcome.OFFICE_HOURS]
    assert (records["weeks"] == [WEEKS - run.start_week for run in runs]).all()
    np.testing.assert_allclose(hours, 0.5 * (records["weeks"] - records["without_hours"]))


def without_devices(one):
    strategy = one.strategy.model_copy(update={"instruments": {}})
    return one.model_copy(update={"strategy": strategy})


def test_what_one_compound_takes_leaves_the_others_their_share():
    def hours_of_others(tea):
        runs = a_district(TEA.use(0.0), batches=1)
        first = runs[0].scenario
        own = {"tea_rounds": TEA.use(tea).entry()}
        with_tea = first.model_copy(update={"strategy": first.strategy.model_copy(update={"own": own})})
        return simulate_own([replace(runs[0], scenario=with_tea), *runs[1:]], [TEA]).series[1:]

    np.testing.assert_array_equal(hours_of_others(0.0), hours_of_others(1.0))


def test_the_order_of_compounds_changes_nothing():
    runs = a_district(*BOTH)
    one, other = simulate_own(runs, [TEA, CUPS], [DOUBT]), simulate_own(runs[::-1], [TEA, CUPS], [DOUBT])
    np.testing.assert_array_equal(one.series, other.series[::-1])
    np.testing.assert_array_equal(one.own["doubt"], other.own["doubt"][::-1])
    np.testing.assert_array_equal(one.rests["cups"], other.rests["cups"][::-1])


def test_progress_is_told_week_by_week_and_ends_with_all_runs():
    told = []
    simulate_own([*a_district(), *a_district(seed=6)], [TEA], progress=lambda *done: told.append(done))
    assert len(told) == 2 * WEEKS and told[-1] == (12, 12) and told == sorted(told)


def test_without_own_instruments_in_use_a_district_is_to_the_bit_what_the_engine_makes_of_it():
    for allocation in Allocation:
        runs = a_district(allocation=allocation.name.lower())
        usual, own = simulate_runs(runs, threads=1), simulate_own(runs, [TEA, CUPS], [DOUBT])
        np.testing.assert_array_equal(own.series, usual.series)
        for name, records in usual.rests.items():
            np.testing.assert_array_equal(own.rests[name], records)
        assert own.rests["tea_rounds"]["weeks"].sum() == 0


def test_the_same_seed_gives_the_same_and_districts_do_not_touch_one_another():
    first, second = a_district(*BOTH), a_district(*BOTH, seed=6)
    together = simulate_own([*first, *second], [TEA, CUPS], [DOUBT])
    again = [simulate_own(runs, [TEA, CUPS], [DOUBT]) for runs in (first, second)]
    np.testing.assert_array_equal(together.series, np.concatenate([one.series for one in again]))
    np.testing.assert_array_equal(together.own["doubt"], np.concatenate([one.own["doubt"] for one in again]))


def test_an_effect_acts_in_its_own_compound_and_begins_with_the_batch():
    asked = []

    def note(model, intensity):
        asked.append((model.compound.number, model.week, intensity))
        model.column("trust_office")[:] = 1.0 if model.compound.number == 4 else model.column("trust_office")

    noting = OwnInstrument("noting", zh="记", en="Noting", effect=note)
    level = OwnOutcome(
        "level", zh="信任", en="Trust", measure=lambda m: float(m.column("trust_office").mean())
    )
    runs = a_district(noting.use(0.5))
    found = simulate_own(runs, [noting], [level])
    first = {number: min(week for n, week, _ in asked if n == number) for number, *_ in asked}
    assert first == {run.number: run.start_week for run in runs} and set(first.values()) == {0, 8}
    assert found.own["level"][4, 8] > 0.95 and found.own["level"][3].max() < 0.95


def test_a_compound_of_a_district_says_what_it_does_not_have():
    asking = OwnInstrument("asking", zh="问", en="Asking", effect=lambda model, _: model.residents[0])
    with pytest.raises(AttributeError, match="a compound of a district has no 'residents', nor any agents"):
        simulate_own(a_district(asking.use(1.0)), [asking])


# -- on the command line ----------------------------------------------------------------------------------

FILE = """
import numpy as np
from model.own import OwnInstrument, OwnOutcome

def warm(model, intensity):
    trust = model.column("trust_office")
    trust[:] += 0.1 * intensity * (1.0 - trust)

tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=4.0, legality="restricted")
half = tea.use(0.5)
feast = OwnInstrument("feast", zh="宴席", en="Feast", effect=warm, hours=1000.0)
doubt = OwnOutcome("doubt", zh="犹豫", en="In doubt", unit="share",
                   measure=lambda model: float(np.mean(np.abs(model.column("support")) < 0.1)))
arrears = OwnOutcome("mean_arrears", zh="欠费", en="Arrears", unit="yuan", measure=lambda model: float("nan")
                     if model.compound.number % 2 else float(np.mean(model.column("arrears")) / 100))
"""
AGENTS = """
from agents.street_office import StreetOffice

class Patient(StreetOffice):
    pass
"""
SIX = """
id = "six"
zh = "六个小区"
en = "Six compounds"
strategy = "kaifeng"
[district]
compounds = {value = 6, unit = "compounds", source = "x", grade = "C"}
buildings = {value = 12, unit = "buildings", source = "x", grade = "C"}
households = {value = 300, unit = "households", source = "x", grade = "C"}
batches = {value = 1, unit = "batches", source = "x", grade = "C"}
hours_per_household_week = {value = 0.1, unit = "hours/household/week", source = "x", grade = "C"}
[compounds.usual]
stairwells_per_building = {value = 2, unit = "stairwells", source = "x", grade = "C"}
[run]
horizon_weeks = 20
"""
ELEVEN = """
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
horizon_weeks = 20
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a district, a collection and own files; figures are drawn in tests of their own."""
    for name, content in (
        ("six.toml", SIX),
        ("eleven.toml", ELEVEN),
        ("tea.py", FILE),
        ("agents.py", AGENTS),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr("commands.district.write_figures", lambda *_: None)
    monkeypatch.setattr("commands.printing.as_files", lambda *_: [("svg", b"<svg/>"), ("png", b"PNG")])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gongzhi(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="gongzhi")


def printed_json(*arguments):
    result = gongzhi(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_district_runs_with_an_own_file_prints_it_and_keeps_it(files):
    asked = ("run", "six.toml", "--own", "tea.py", "--seeds", 2)
    result = gongzhi(*asked, "--set", "instruments.feast.intensity=1", "--lang", "en", "--out", "out")
    assert result.exit_code == 0, result.output
    for said in (
        "Own instrument: Tea rounds (restricted by law), intensity 0.5 (tea.py).",
        "In doubt, mean over households",
        "In doubt: compounds with a value",
    ):
        assert said in result.stdout
    assert re.search(
        r"Feast rested in 240 of 240 weeks \(12 runs together\): 1,000 h needed, \d", result.stdout
    )
    assert re.search(r"\nArrears  .*no value in 6/12", result.stdout) and "Arrears, mean" not in result.stdout
    manifest = json.loads((files / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["own"]["file"] == "tea.py" and len(manifest["own"]["blake2b"]) == 32
    rows = pd.read_csv(files / "out" / "own.csv")
    assert list(rows.columns) == ["seed", "compound", "week", "doubt", "mean_arrears"] and len(rows) == 240
    compounds = pd.read_csv(files / "out" / "compounds.csv")
    last = rows[rows["week"] == 19].reset_index(drop=True)
    np.testing.assert_allclose(compounds["doubt"], last["doubt"])
    weekly = pd.read_csv(files / "out" / "weekly.csv")
    weights = compounds["households"].to_numpy()[:6]
    np.testing.assert_allclose(
        weekly[(weekly["seed"] == 1) & (weekly["week"] == 19)]["doubt"],
        (last["doubt"][:6] * weights).sum() / weights.sum(),
    )
    assert "自有工具：茶话会" in gongzhi(*asked, "--lang", "zh").stdout


def test_a_district_says_for_programs_what_an_own_file_did(files):
    data = printed_json("run", "six.toml", "--own", "tea.py", "--plausible", 2, "--seeds", 1)
    usual = printed_json("run", "six.toml", "--seeds", 1)
    assert data["own"]["instruments"]["tea_rounds"]["intensity"] == 0.5
    assert data["own"]["instruments"]["feast"]["intensity"] == 0.0
    assert data["own"]["outcomes"]["mean_arrears"]["no_value"] == 3
    assert data["outcomes"]["doubt"]["compounds"] == 6 and data["totals"]["doubt_compounds"]["median"] == 6
    assert "mean_arrears" not in data["totals"] and "own" not in usual
    assert {"doubt", "doubt_compounds"} <= {level["outcome"] for level in data["plausible"]["levels"]}
    assert data["runs"] != usual["runs"] and data["content_hash"] != usual["content_hash"]
    assert printed_json("run", "six.toml", "--own", "tea.py", "--seeds", 1)["runs"] == data["runs"]


def test_a_collection_keeps_what_an_own_file_did_and_does_not_mix_it_with_other_rows(files):
    asked = (
        "run",
        "eleven.toml",
        "--own",
        "tea.py",
        "--set",
        "instruments.feast.intensity=1",
        "--lang",
        "en",
    )
    result = gongzhi(*asked, "--out", "whole")
    assert result.exit_code == 0, result.output
    for said in (
        "Feast rested in 220 of 220 weeks of 11 compounds, for want of hours or money.",
        "In doubt, mean over households",
        "6 of 11 compounds have a value)",
    ):
        assert said in result.stdout
    first = gongzhi(*asked, "--out", "parts", "--compounds", 4)
    assert first.exit_code == 0 and gongzhi(*asked, "--out", "parts").exit_code == 0
    whole, parts = (
        Store(files / name, main="compounds").table().drop_columns("key").sort_by("compound").to_pandas()
        for name in ("whole", "parts")
    )
    pd.testing.assert_frame_equal(whole, parts)
    assert whole["feast_weeks_rested"].tolist() == [20] * 11 and whole["doubt"].notna().all()
    summary = json.loads((files / "whole" / "summary.json").read_text("utf-8"))
    mean = (whole["doubt"] * whole["households"]).sum() / whole["households"].sum()
    assert summary["totals"]["doubt"]["value"] == pytest.approx(mean)
    assert summary["outcomes"]["mean_arrears"]["with_value"] == 6
    assert summary["own"]["rested"]["feast"] == {"weeks": 220, "weeks_rested": 220}
    assert json.loads((files / "whole" / "manifest.json").read_text("utf-8"))["own"]["file"] == "tea.py"
    (files / "tea.py").write_text(FILE + "\n# another version\n", encoding="utf-8")
    other = gongzhi(*asked, "--out", "whole")
    assert other.exit_code == 2 and "another version of the own file, or without one" in other.stderr


def test_a_worker_elsewhere_gives_the_same_rows_of_a_collection(files):
    own = load_own("tea.py")
    with own.known():
        case = load_case("eleven.toml")
        assert case.collection is not None
        drawn = Drawn(own.applied(case.scenario()), case.collection, 1, own)
    elsewhere = pickle.loads(pickle.dumps(drawn))
    rows = simulated(drawn, 0, 3)
    assert simulated(elsewhere, 0, 3).equals(rows) and "doubt" in rows.column_names
    assert simulated(drawn, 2, 3).equals(rows.slice(2))


def test_compounds_of_a_district_are_not_run_one_by_one_by_mistake(files):
    with pytest.raises(ValueError, match="compounds of a district; expected simulate_districts"):
        load_own("tea.py").simulate(a_district())


def test_tables_of_several_compounds_run_with_an_own_file(files):
    people = CommunityModel(households=24, buildings=2, stairwells_per_building=1, rng=1).to_tables()[
        "households"
    ]
    both = pd.concat([people.assign(compound=name) for name in ("east", "west")]).drop(
        columns="household", errors="ignore"
    )
    both.to_csv("both.csv", index=False)
    data = printed_json(
        *(
            "run",
            "danwei_courtyard",
            "--households",
            "both.csv",
            "--own",
            "tea.py",
            "--weeks",
            8,
            "--seeds",
            1,
        )
    )
    assert data["own"]["outcomes"]["doubt"]["compounds"] == 2


@pytest.mark.parametrize(("case", "who"), [("six.toml", "a district"), ("eleven.toml", "a collection")])
def test_agents_of_ones_own_are_refused_where_the_loop_over_agents_does_not_run(case, who, files):
    result = gongzhi("run", case, "--own", "agents.py", "--lang", "en", "--out", "out")
    assert result.exit_code == 2 and not (files / "out").exists()
    assert (
        f"own file 'agents.py': brings Patient, which {who} does not run; expected instruments"
        in result.stderr
    )
    assert "不运行智能体与模型" in gongzhi("run", case, "--own", "agents.py", "--lang", "zh").stderr


def test_what_goes_wrong_in_an_effect_is_told_with_its_line(files):
    (files / "tea.py").write_text(
        FILE.replace('model.column("trust_office")', "model.residents"), encoding="utf-8"
    )
    for case in ("six.toml", "eleven.toml"):
        result = gongzhi("run", case, "--own", "tea.py", "--lang", "en")
        assert result.exit_code == 2
        assert (
            "own file 'tea.py', line 6: AttributeError: a compound of a district has no 'residents'"
            in result.stderr
        )


@pytest.mark.parametrize("name", ["share_past_gate", "elder", "doubt_compounds", "tea_rounds_weeks"])
def test_an_own_outcome_is_not_called_like_another_column(name, files):
    (files / "tea.py").write_text(FILE.replace('"mean_arrears"', f'"{name}"'), encoding="utf-8")
    result = gongzhi("run", "six.toml", "--own", "tea.py", "--lang", "en")
    assert result.exit_code == 2
    assert f"name = '{name}'; is a column of tables already; expected another" in result.stderr


def test_every_column_of_a_compounds_row_is_known_to_be_taken():
    assert set(TRAITS) <= OF_ROWS
