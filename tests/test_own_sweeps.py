"""Sweeps, comparisons and files with a researcher's own instruments, outcomes, agents and model."""

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray
from click.testing import CliRunner

from commands.cli import main
from model.community import CommunityModel
from model.engine import Run, simulate
from model.instruments import Legality
from model.parameters import Parameters
from scenarios.analysis.search_space import LEAST_INTENSITY
from scenarios.loading import ScenarioError, apply_settings, load_case, load_strategy
from scenarios.own import OwnError, load_own
from scenarios.rested import amount
from scenarios.store import Store, open_results
from scenarios.sweep import load_sweep, repeat_run, run_scenarios, run_sweep

ROOT = Path(__file__).parents[1]
WEEKS = 8
#: A small compound, so that many runs take little time.
SMALL = {"households": 24, "buildings": 2, "stairwells_per_building": 1, "horizon_weeks": WEEKS}
SET = [f"{name}={value}" for name, value in SMALL.items()]
ARGUMENTS = [word for setting in SET[:3] for word in ("--set", setting)]
TEA = """
import numpy as np
from model.own import OwnInstrument, OwnOutcome

def warm(model, intensity):
    trust = model.column("trust_office")
    comes = model.draws("tea") < intensity
    trust[comes] += 0.1 * (1.0 - trust[comes])

tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=0.5, legality="restricted")
doubt = OwnOutcome("doubt", zh="犹豫", en="In doubt", unit="share", better="lower",
                   measure=lambda model: float(np.mean(np.abs(model.column("support")) < 0.1)))
"""
SWEEP = f"""
id = "tea"
cases = ["danwei_courtyard"]
strategies = ["none", "tea.toml"]
seeds = 3
outcomes = ["final_valid_consent", "doubt"]
weekly = ["doubt", "trust_office"]

[constants]
{chr(10).join(f"{name} = {value}" for name, value in SMALL.items())}

[levers]
"instruments.tea_rounds.start_week" = [0, 6]
"""
STRATEGY = """
id = "with_tea"
zh = "茶"
en = "With tea"
[instruments.home_visits]
intensity = 0.5
[instruments.tea_rounds]
intensity = 0.8
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in (("tea.py", TEA), ("sweep.toml", SWEEP), ("tea.toml", STRATEGY)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def gongzhi(*arguments, status=0):
    done = CliRunner().invoke(main, [str(a) for a in arguments], prog_name="gongzhi")
    assert done.exit_code == status, done.output
    return done


def table(folder):
    return open_results(folder).runs().drop(columns=["reproduce"])


# -- sweeps -----------------------------------------------------------------------------------------------


def test_a_sweep_of_own_things_gives_what_the_model_gives_alone(place):
    plan = load_sweep("sweep.toml", own="tea.py")
    assert run_sweep(plan, place / "out").failed == 0
    runs = table(place / "out")
    assert len(runs) == 12 and list(runs.columns[-2:]) == ["final_insincere_share", "doubt"]
    row = runs[(runs["strategy"] == "with_tea") & (runs["seed"] == 2)].iloc[-1]
    mine = load_own("tea.py")
    with mine.known():
        case = load_case("danwei_courtyard").scenario(strategy=load_strategy("./tea.toml"))
    late = {"start_week": 6}
    model = CommunityModel(case, rng=2, own=[mine.things[0]], outcomes=mine.outcomes, **SMALL,
                           **{"instruments.tea_rounds": late})  # fmt: skip
    model.run()
    assert row["instruments.tea_rounds.start_week"] == 6
    assert row["doubt"] == model.own_measured["doubt"][-1]
    weekly = open_results(place / "out").weekly().set_index("key").loc[row["key"]]
    assert weekly["doubt"].tolist() == model.own_measured["doubt"]
    assert weekly["trust_office"].to_numpy(np.float32).tolist() == [
        float(x) for x in model.datacollector.get_model_vars_dataframe()["trust_office"]
    ]


def test_the_lever_of_an_own_instrument_moves_it_and_at_intensity_zero_it_rests(place):
    sweep = SWEEP.replace("start_week", "intensity").replace("[0, 6]", "[0.0, 1.0]")
    (place / "sweep.toml").write_text(sweep.replace(', "tea.toml"', ""), encoding="utf-8")
    run_sweep(load_sweep("sweep.toml", own="tea.py"), place / "out")
    opened, level = open_results(place / "out"), "instruments.tea_rounds.intensity"
    rows = opened.weekly().merge(opened.runs()[["key", "seed", level]], on="key")
    none, full = (
        rows.loc[(rows["seed"] == 1) & (rows[level] == i), "trust_office"].to_numpy() for i in (0.0, 1.0)
    )
    assert full[-1] > none[-1] + 0.1
    case = load_case("danwei_courtyard").scenario(strategy="none")
    usual = simulate(apply_settings(case, SET), [1]).tidy(["trust_office"])
    np.testing.assert_array_equal(usual["value"], none.astype(np.float32))


def test_workers_get_the_file_and_give_the_same_rows(place):
    plan = load_sweep("sweep.toml", own="tea.py")
    run_sweep(plan, place / "here")
    (place / "tea.py").unlink()  # what it holds travels with the work
    run_sweep(plan, place / "there", workers=1)
    pd.testing.assert_frame_equal(table(place / "here"), table(place / "there"))
    assert (place / "there" / "own.py").read_text(encoding="utf-8") == TEA


def test_a_sweep_of_own_things_that_is_killed_and_resumed_gives_the_same_table(place):
    many = SWEEP.replace("seeds = 3", "seeds = 120")
    (place / "sweep.toml").write_text(many, encoding="utf-8")
    command = [sys.executable, "-m", "commands.cli", "sweep", "sweep.toml", "-o", "out", "--own", "tea.py",
               "--workers", "1"]  # fmt: skip
    store = Store(place / "out")
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 900
    while not store.keys() and first.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    first.kill()
    first.wait()
    assert 0 < len(store.keys()) < 480
    gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", "--workers", 1, "--quiet")
    run_sweep(load_sweep("sweep.toml", own="tea.py"), place / "undisturbed")
    pd.testing.assert_frame_equal(table(place / "out"), table(place / "undisturbed"))


def test_another_version_of_the_file_is_refused_on_resuming_and_so_is_none(place):
    gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", "--workers", 0, "--quiet")
    (place / "tea.py").write_text(TEA.replace("0.1 * (1.0", "0.2 * (1.0"), encoding="utf-8")
    refused = gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", "--workers", 0, status=2)
    assert "holds 12 runs of another sweep (tea); changed since: the file of one's own" in refused.stderr
    manifest = open_results(place / "out").manifest
    assert manifest["own"]["file"] == "tea.py" and len(manifest["own"]["blake2b"]) == 32
    assert manifest["own"]["instruments"]["tea_rounds"]["legality"] == "restricted"
    plain = re.sub(r'"doubt"(, )?', "", SWEEP).replace(', "tea.toml"', "")
    plain = plain.replace('"instruments.tea_rounds.start_week" = [0, 6]', "support_rate = [0.1]")
    (place / "sweep.toml").write_text(plain, encoding="utf-8")
    assert (
        "the file of one's own"
        in gongzhi("sweep", "sweep.toml", "-o", "out", "--workers", 0, status=2).stderr
    )


def test_own_agents_are_run_by_the_loop_over_agents_and_a_model_of_ones_own_too(place):
    (place / "cautious.py").write_text(
        "from agents.party_member import PartyMember\n"
        "from agents.resident import Resident\n"
        "from agents.street_office import StreetOffice\n"
        "from model.community import CommunityModel\n"
        "class Cautious(Resident):\n"
        "    def consider_signing(self, stairwell_share):\n"
        "        return stairwell_share >= 0.3 and super().consider_signing(stairwell_share)\n"
        "class CautiousMember(PartyMember, Cautious): pass\n"
        "class Patient(StreetOffice):\n"
        "    def priority(self, resident):\n"
        "        return super().priority(resident) + (1000.0 if resident.n_visits >= 3 else 0.0)\n"
        "class Shops(CommunityModel):\n"
        "    def step(self):\n"
        "        self.column('voiced')[:10] = -1.0\n"
        "        super().step()\n",
        encoding="utf-8",
    )
    mine = load_own("cautious.py")
    assert mine.engine == "agents" and mine.described()["classes"] == [
        "Cautious", "CautiousMember", "Patient", "Shops",
    ]  # fmt: skip
    scenario = apply_settings(
        load_case("danwei_courtyard").scenario(strategy="visible_example"),
        SET,
    )
    opened = run_scenarios(scenario, [1, 2], own="cautious.py", weekly=["mean_support"])
    usual = run_scenarios(scenario, [1, 2], weekly=["mean_support"])
    assert opened.manifest["own"]["engine"] == "agents"
    assert not opened.weekly()["mean_support"].equals(usual.weekly()["mean_support"])
    model = mine.model(scenario, 1)
    model.run()
    assert type(model.residents[0]).__name__ in ("Cautious", "CautiousMember")
    assert type(model.office).__name__ == "Patient" and isinstance(model, CommunityModel)
    expected = model.results().summary()["final_support_share"].tolist()
    assert opened.runs()["final_support_share"].tolist()[:1] == expected
    refused = gongzhi("run", "danwei_courtyard", "--own", "cautious.py", "--engine", "compiled", status=2)
    assert "--engine compiled: does not call the methods of agents that --own brings" in refused.stderr


def test_a_run_whose_own_effect_raises_is_a_row_with_the_command_that_repeats_it(place):
    (place / "tea.py").write_text(
        TEA.replace("trust[comes] +=", "assert model.seed != 2\n    trust[comes] +="), encoding="utf-8"
    )
    gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", "--workers", 0, "--quiet", status=1)
    runs = open_results(place / "out").runs()
    failed = runs[runs["status"] == "error"]
    assert set(failed["seed"]) == {2} and len(failed) == 4  # the lever puts it to use under "none", too
    assert "AssertionError" in failed["error"].iloc[0]
    assert f"--own {place / 'tea.py'}" in failed["reproduce"].iloc[0]


def test_a_python_sweep_takes_a_file_or_an_installed_module(place, monkeypatch):
    monkeypatch.syspath_prepend(str(place))
    (place / "my_lab").mkdir()
    (place / "my_lab" / "__init__.py").touch()
    (place / "my_lab" / "parts.py").write_text("STEP = 0.1\n", encoding="utf-8")
    (place / "my_lab" / "tea.py").write_text("from my_lab.parts import STEP\n" + TEA, encoding="utf-8")
    scenario = apply_settings(load_case("danwei_courtyard").scenario(), SET)
    by_file = run_scenarios(scenario, [1, 2], own="tea.py", store=place / "file")
    by_name = run_scenarios(scenario, [1, 2], own="my_lab.tea", store=place / "module")
    assert by_file.runs()["doubt"].tolist() == by_name.runs()["doubt"].tolist()
    assert by_name.manifest["own"]["module"] == "my_lab.tea"
    before = load_own("my_lab.tea").code.digest
    (place / "my_lab" / "parts.py").write_text("STEP = 0.2\n", encoding="utf-8")
    assert load_own("my_lab.tea").code.digest != before  # another version of any of its files is another
    with pytest.raises(OwnError, match=r"own module 'my_lab\.coffee': cannot be imported"):
        load_own("my_lab.coffee")


def test_an_installed_package_offers_own_things_by_a_name(place, monkeypatch):
    monkeypatch.syspath_prepend(str(place))
    (place / "tea_house").mkdir()
    (place / "tea_house" / "__init__.py").write_text(TEA, encoding="utf-8")
    record = place / "tea_house-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: tea-house\nVersion: 1.0\n", encoding="utf-8"
    )
    (record / "entry_points.txt").write_text("[gongzhi.own]\ntea = tea_house\n", encoding="utf-8")
    assert load_own("tea").code.name == "tea_house"
    assert [outcome.name for outcome in load_own("tea").outcomes] == ["doubt"]


def test_the_schema_of_strategies_lists_own_instruments(place):
    schema = json.loads(gongzhi("schema", "strategy", "--own", "tea.py").stdout)
    assert "茶话会 · Tea rounds [restricted]" in json.dumps(schema, ensure_ascii=False)
    assert "expected strategy" in gongzhi("schema", "sweep", "--own", "tea.py", status=2).stderr


DISTRICT = """
id = "four"
zh = "四个小区"
en = "Four compounds"
strategy = "none"
[district]
compounds = {value = 4, unit = "compounds", source = "x", grade = "C"}
buildings = {value = 8, unit = "buildings", source = "x", grade = "C"}
households = {value = 160, unit = "households", source = "x", grade = "C"}
batches = {value = 1, unit = "batches", source = "x", grade = "C"}
[compounds.usual]
stairwells_per_building = {value = 2, unit = "stairwells", source = "x", grade = "C"}
"""
OF_DISTRICT = f"""
id = "tea_here"
cases = ["four.toml"]
strategies = ["tea.toml"]
seeds = 2
outcomes = ["headline_consent", "doubt", "doubt_compounds"]
[constants]
horizon_weeks = {WEEKS}
[levers]
"instruments.tea_rounds.intensity" = [0.0, 1.0]
"""


def test_districts_are_swept_with_own_things_and_a_run_is_repeated(place):
    (place / "four.toml").write_text(DISTRICT, encoding="utf-8")
    (place / "sweep.toml").write_text(OF_DISTRICT, encoding="utf-8")
    assert run_sweep(load_sweep("sweep.toml", own="tea.py"), place / "out").failed == 0
    runs = table(place / "out")
    assert len(runs) == 4 and (runs["doubt_compounds"] == 4).all()
    row = runs[(runs["seed"] == 2) & (runs["instruments.tea_rounds.intensity"] == 1.0)].iloc[0]
    said = json.loads(
        gongzhi(
            *("run", "four.toml", "--strategy", "tea.toml", "--own", "tea.py", "--weeks", WEEKS, "--seed", 2),
            *("--set", "instruments.tea_rounds.intensity=1", "--json"),
        ).stdout
    )
    assert said["totals"]["doubt"]["median"] == pytest.approx(row["doubt"], rel=1e-6)
    again = repeat_run(place / "out", row["key"], own="tea.py")
    assert float(again.own["doubt"][:, -1] @ again.households / again.households.sum()) == row["doubt"]
    at_rest = runs[(runs["seed"] == 2) & (runs["instruments.tea_rounds.intensity"] == 0.0)].iloc[0]
    assert at_rest["doubt"] != row["doubt"]
    labels = open_results(place / "out").xarray()["doubt"].attrs
    assert labels["long_name"] == "In doubt, mean over households" and "BLAKE2b" in labels["comment"]
    assert "In doubt, mean over households" in gongzhi("results", "show", "out", "--lang", "en").stdout


def test_a_plan_of_districts_says_what_can_never_act_in_any_of_their_compounds(place):
    (place / "four.toml").write_text(DISTRICT, encoding="utf-8")
    levers = OF_DISTRICT.partition("[levers]")[0] + (
        '[levers]\n"instruments.tea_rounds.intensity" = [0.0, 0.5, 1.0]\n"district.households" = [160, 16000]\n'
    )
    (place / "sweep.toml").write_text(levers, encoding="utf-8")
    (place / "tea.py").write_text(HUNGRY, encoding="utf-8")
    there = load_case("four.toml").district.hours_per_household_week * 160 * Parameters().staff_effort
    assert there < 30, "less than half of what the rounds need, and a hundred times that is enough"
    planned = ("sweep", "sweep.toml", "-o", "results", "--own", "tea.py", "--plan")
    for asked in (planned, ("check", "sweep.toml", "--own", "tea.py")):
        told = "".join(gongzhi(*asked, "--lang", "en").output.split())
        said = (
            "Tea rounds can never act in 2 of 6 combinations of point, case and strategy: it needs 30 h a week, "
            f"the office has {amount(there)} h"
        )
        assert said.replace(" ", "") in told
        assert "茶话会有 2 个始终无法进行" in gongzhi(*asked, "--lang", "zh").output
    assert not (place / "results").exists()
    (bound,) = json.loads(gongzhi(*planned, "--json").stdout)["never_act"]
    assert (bound["n"], bound["tried"], bound["hours_there"]) == (2, 6, pytest.approx(there))
    run = ("run", "four.toml", "--strategy", "tea.toml", "--own", "tea.py", "--weeks", WEEKS, "--json")
    (found,) = json.loads(gongzhi(*run, "--set", "instruments.tea_rounds.intensity=1").stdout)["rested"]
    assert found["without_hours"] == found["weeks"] == 4 * WEEKS, "nor does it act where it is run"


def test_agents_of_ones_own_are_not_swept_in_districts(place):
    (place / "four.toml").write_text(DISTRICT, encoding="utf-8")
    (place / "sweep.toml").write_text(OF_DISTRICT, encoding="utf-8")
    agents = (
        TEA + "\nfrom agents.street_office import StreetOffice\n\nclass Patient(StreetOffice):\n    pass\n"
    )
    (place / "tea.py").write_text(agents, encoding="utf-8")
    with pytest.raises(OwnError, match=r"brings Patient, which a district does not run"):
        load_sweep("sweep.toml", own="tea.py")


def test_a_batch_refuses_a_strategy_that_uses_an_own_instrument(place):
    with load_own("tea.py").known():
        scenario = load_case("danwei_courtyard").scenario(strategy=load_strategy("./tea.toml"))
    with pytest.raises(ValueError, match="strategy 'with_tea' uses 'tea_rounds', an instrument of one's own"):
        simulate(scenario, [1])
    with pytest.raises(ValueError, match=r"uses 'tea_rounds'.*expected own=\[…\] with it"):
        CommunityModel(scenario, rng=1)


# -- what is read and written afterwards ------------------------------------------------------------------


def test_own_outcomes_are_shown_exported_and_analysed_with_their_labels(place):
    gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", "--workers", 0, "--quiet")
    shown = gongzhi("results", "show", "out", "--lang", "en", "--by", "start_week").stdout
    assert "In doubt" in shown and "with_tea" in shown
    gongzhi("results", "export", "out", "--to", "csv", "-o", "runs.csv")
    assert "doubt" in pd.read_csv("runs.csv").columns
    gongzhi("results", "export", "out", "--to", "netcdf", "--table", "weekly", "-o", "weekly.nc")
    with xarray.open_dataset("weekly.nc") as weekly:
        assert weekly["doubt"].attrs["long_name"] == "In doubt" and weekly.sizes["week"] == WEEKS
        assert weekly["doubt"].attrs["comment"].startswith("measured by tea.py, BLAKE2b ")
    gongzhi("results", "export", "out", "--to", "parquet", "-o", "runs.parquet")
    import pyarrow.parquet as pq

    assert pq.read_schema("runs.parquet").field("doubt").metadata[b"label_zh"] == "犹豫".encode()
    gongzhi("results", "export", "out", "--to", "ro-crate", "-o", "crate")
    assert (place / "crate" / "own.py").read_text(encoding="utf-8") == TEA
    crate = json.loads((place / "crate" / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert any(entry["@id"] == "own.py" for entry in crate["@graph"])
    analysed = gongzhi("analyse", "out", "--only", "paired", "--lang", "en").stdout
    assert "In doubt" in analysed and "restricted" in analysed
    assert gongzhi("results", "verify", "out").stdout


def test_a_manifest_whose_own_things_are_wrong_is_refused_in_words(place):
    gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", "--workers", 0, "--quiet")
    store = Store(place / "out")
    manifest = store.manifest
    manifest["own"]["outcomes"]["doubt"].pop("en")
    store.write_manifest(manifest)
    assert "own.outcomes.doubt.en is missing" in gongzhi("results", "show", "out", status=1).stderr


# -- files, comparisons, sets -----------------------------------------------------------------------------


def test_strategy_files_may_name_own_instruments_where_they_are_given(place):
    assert "ok" in gongzhi("check", "tea.toml", "sweep.toml", "--own", "tea.py").stdout
    unknown = gongzhi("check", "tea.toml", status=2).stderr
    assert "tea.toml:7: instruments.tea_rounds: unknown key" in unknown
    (place / "tea.toml").write_text(STRATEGY.replace("tea_rounds", "tea_round"), encoding="utf-8")
    assert "did you mean 'tea_rounds'?" in gongzhi("check", "tea.toml", "--own", "tea.py", status=2).stderr
    (place / "tea.toml").write_text(STRATEGY + "choice = 'party'\n", encoding="utf-8")
    assert "choice: unknown key" in gongzhi("check", "tea.toml", "--own", "tea.py", status=2).stderr
    with pytest.raises(ScenarioError, match="unknown instrument"):
        apply_settings(load_case("danwei_courtyard").scenario(), ["instruments.tea_rounds.intensity=1"])


def test_what_a_strategy_says_of_an_own_instrument_wins_over_the_file_and_a_setting_over_both(place):
    (place / "tea.py").write_text(TEA + "half = tea.use(0.5, start_week=3)\n", encoding="utf-8")
    run = ("run", "danwei_courtyard", *ARGUMENTS, "--weeks", 6, "--seeds", 1, "--own", "tea.py", "--json")

    def used(*more):
        found = json.loads(gongzhi(*run, *more).stdout)["own"]["instruments"]["tea_rounds"]
        return found["intensity"], found["start_week"]

    assert used() == (0.5, 3) and used("--strategy", "none") == (0.5, 3)
    assert used("--strategy", "tea.toml") == (0.8, 0)
    assert used("--set", "instruments.tea_rounds.intensity=0.1") == (0.1, 3)
    late = ("--set", "instruments.tea_rounds.start_week=2")
    assert used("--strategy", "tea.toml", *late) == (0.8, 2)


def test_an_instrument_that_nothing_uses_rests_and_the_command_says_how_to_use_it(place):
    run = (
        "run",
        "danwei_courtyard",
        *ARGUMENTS,
        "--weeks",
        6,
        "--seeds",
        1,
        "--own",
        "tea.py",
        "--lang",
        "en",
    )
    said = gongzhi(*run).stdout
    assert "Own instrument at rest: Tea rounds. To use it: --set instruments.tea_rounds.intensity=1" in said
    used = gongzhi(*run, "--strategy", "tea.toml").stdout
    assert (
        "Own instrument: Tea rounds (restricted by law), intensity 0.8 (tea.py)." in used
        and "at rest" not in used
    )


def test_strategies_are_compared_by_own_outcomes_and_under_plausible_sets(place):
    compare = ("compare", "danwei_courtyard", "--strategies", "none,./tea.toml", *ARGUMENTS, "--weeks", 4, "--seeds", 6,
               "--own", "tea.py", "--plausible", 2, "--lang", "en")  # fmt: skip
    shown = gongzhi(*compare, "--outcome", "doubt").stdout
    assert "In doubt" in shown and "Tea rounds (restricted by law)" in shown
    data = json.loads(gongzhi(*compare, "--json").stdout)
    found = {d["outcome"]: d for d in data["differences"]}
    assert found["doubt"]["better"] == "lower" and found["doubt"]["unit"] == "share"
    assert data["plausible"]["sets"] == 2 and any(
        d["outcome"] == "doubt" for d in data["plausible"]["differences"]
    )
    assert "did you mean 'doubt'?" in gongzhi(*compare, "--outcome", "doubts", status=2).stderr


def test_own_runs_under_plausible_sets_say_how_far_they_are(place):
    own, told = load_own("tea.py"), []
    scenario = load_case("danwei_courtyard").scenario(horizon_weeks=2)
    own.summary([Run(scenario, seed) for seed in (1, 2, 3)], progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_own_things_under_plausible_sets_are_those_of_runs_under_each_set(place):
    run = ("run", "danwei_courtyard", "--strategy", "tea.toml", *ARGUMENTS, "--weeks", 4, "--seeds", 2,
           "--own", "tea.py")  # fmt: skip
    data = json.loads(gongzhi(*run, "--plausible", 2, "--json").stdout)
    alone = json.loads(gongzhi(*run, "--set", "plausible_set=0", "--json").stdout)
    level = next(x for x in data["plausible"]["levels"] if x["outcome"] == "final_support_share")
    centre = np.mean([row["final_support_share"] for row in alone["runs"]])
    assert level["low"] == pytest.approx(centre) or level["high"] == pytest.approx(centre)


def test_a_strategy_names_what_is_not_lawful_of_its_own_wherever_it_is_read(place):
    with load_own("tea.py").known():
        strategy = load_strategy("./tea.toml")
    assert strategy.not_lawful() == {"tea_rounds": Legality.RESTRICTED}
    again = type(strategy).model_validate(strategy.model_dump(mode="json"))
    assert again == strategy and again.legality("tea_rounds") is Legality.RESTRICTED
    plain = strategy.model_copy(update={"own": {}})
    case = load_case("danwei_courtyard")
    assert case.scenario(strategy=plain).content_hash() != case.scenario(strategy=strategy).content_hash()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file; expected a .py file, or the name of an installed module"),
        (
            "x = 3",
            "brings nothing; expected an OwnInstrument or an OwnOutcome, or a class of agents or a model",
        ),
        ("x = 3\n1 / 0", "own file 'tea.py', line 2: ZeroDivisionError: division by zero"),
        ("def x(:", "own file 'tea.py', line 1: SyntaxError"),
        ("import sys\nsys.exit(3)", "line 2: SystemExit: 3"),
        (
            "from agents.resident import Resident\nclass Mine(Resident): pass",
            "Party members would not be Mine; expected `class MineMember(PartyMember, Mine)` as well",
        ),
        (
            "from agents.street_office import StreetOffice as S\nclass A(S): pass\nclass B(S): pass",
            "brings A and B, each a StreetOffice; expected one, others with a name that begins with _",
        ),
        (
            TEA + "again = OwnOutcome('doubt', zh='一', en='A', measure=len)",
            "outcomes: 'doubt' is given twice",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_where(place, content, said):
    (place / "tea.py").unlink()
    if content is not None:
        (place / "tea.py").write_text(content, encoding="utf-8")
    assert said in gongzhi("sweep", "sweep.toml", "-o", "out", "--own", "tea.py", status=2).stderr
    assert not (place / "out").exists()


# -- searches ---------------------------------------------------------------------------------------------


def search(folder, *more, status=0, instruments="home_visits,tea_rounds"):
    small = ("--instruments", instruments, "--generations", 2, "--population", 9, "--seeds", 1,
             "--fresh-seeds", 6, "--lang", "en")  # fmt: skip
    return gongzhi("search", "danwei_courtyard", *small, *ARGUMENTS, "--weeks", WEEKS, "--own", "tea.py", "-o",
                   folder, *more, status=status)  # fmt: skip


def test_a_search_varies_own_instruments_and_weighs_own_outcomes(place):
    (place / "tea.py").write_text(TEA.replace('"restricted"', '"lawful"'), encoding="utf-8")
    found = json.loads(search("out", "--json", "--require", "doubt <= 1").stdout)
    assert found["objectives"]["doubt"] == -1 and found["requirements"] == ["doubt <= 1"]
    assert found["own"]["file"] == "tea.py" and found["own"]["instruments"]["tea_rounds"]["at_rest"]
    assert (place / "out" / "own.py").read_text("utf-8") == (place / "tea.py").read_text("utf-8")
    tried = pd.read_csv(place / "out" / "tables" / "tried.csv")
    assert len(tried) == 18 and tried["tea_rounds"].gt(0.5).any() and tried["doubt"].between(0, 1).all()
    row = found["front"][0]
    mine = load_own("tea.py")
    with mine.known():
        case = apply_settings(load_case("danwei_courtyard").scenario(strategy="none"), SET)
        uses = {f"instruments.{n}.intensity": row[n] for n in ("home_visits", "tea_rounds") if row[n]}
        alone = apply_settings(case, [f"{name}={value!r}" for name, value in uses.items()])
        runs = mine.summary([Run(alone, seed) for seed in range(1_000_001, 1_000_007)])
    for outcome in ("doubt", "final_valid_consent", "office_hours_total"):
        assert row[outcome] == pytest.approx(runs[outcome].mean(), rel=1e-6)
    assert row["doubt_low"] <= row["doubt"] <= row["doubt_high"]


def test_a_search_of_own_things_resumes_and_refuses_another_version_of_the_file(place):
    lawful = TEA.replace('"restricted"', '"lawful"')
    (place / "tea.py").write_text(lawful, encoding="utf-8")
    search("out")
    front = (place / "out" / "tables" / "front.csv").read_bytes()
    (place / "out" / "generations" / "generation_0002.json").unlink()
    search("out")
    assert (place / "out" / "tables" / "front.csv").read_bytes() == front
    (place / "tea.py").write_text(lawful.replace("0.1 * (1.0", "0.2 * (1.0"), encoding="utf-8")
    refused = search("out", status=2)
    assert "search.json: the file of one's own = '" in refused.stderr
    assert "expected the same search to continue, or an empty folder" in refused.stderr


def test_a_search_treats_an_own_instrument_by_its_legality(place):
    assert "search: tea_rounds is restricted by law" in search("out", status=2).stderr
    search("out", "--allow-restricted", "--no-caption")
    captions = (place / "out" / "figures" / "captions.txt").read_text("utf-8")
    assert "allowed only under stated conditions: Tea rounds." in captions
    (place / "tea.py").write_text(TEA.replace('"restricted"', '"unlawful"'), encoding="utf-8")
    assert "search: tea_rounds is unlawful" in search("other", "--allow-restricted", status=2).stderr
    forbidden = ("--set", "instruments.tea_rounds.intensity=0.5")
    used = search("other", *forbidden, status=2, instruments="home_visits")
    assert "search: tea_rounds is unlawful" in used.stderr
    unknown = search("other", status=2, instruments="tea_round")
    assert "unknown instrument 'tea_round'; did you mean 'tea_rounds'?" in unknown.stderr


def test_a_search_runs_own_agents_and_what_has_no_value_is_on_no_front(place):
    (place / "tea.py").write_text(
        TEA.replace('"restricted"', '"lawful"').replace(
            "float(np.mean(np.abs", "float('nan') if model.own_now['tea_rounds'] else float(np.mean(np.abs")
        + "from agents.street_office import StreetOffice\n\nclass Patient(StreetOffice):\n"
        "    def priority(self, resident):\n        return super().priority(resident) + resident.n_visits\n",
        encoding="utf-8",
    )  # fmt: skip
    found = json.loads(search("out", "--json").stdout)
    assert found["own"]["engine"] == "agents" and found["own"]["classes"] == ["Patient"]
    tried = pd.read_csv(place / "out" / "tables" / "tried.csv")
    assert (tried["doubt"].isna() == (tried["tea_rounds"] >= 0.05)).all() and tried["doubt"].isna().any()
    assert all(row["tea_rounds"] == 0 for row in found["front"])


# -- what never acted, and what goes wrong -----------------------------------------------------------------

HUNGRY = TEA.replace("hours=0.5", "hours=60.0")
#: Hours a week of the office of `SMALL`.
THERE = 0.04 * SMALL["households"] * Parameters().staff_effort


def test_run_and_compare_say_of_an_instrument_that_it_rested_and_check_and_sweep_that_it_will(place):
    (place / "tea.py").write_text(HUNGRY, encoding="utf-8")
    use = ("--own", "tea.py", "--weeks", 10)
    run = ("run", "danwei_courtyard", *use, "--seed", 1, "--set", "instruments.tea_rounds.intensity=1")
    told = "Tea rounds rested in 10 of 10 weeks: 60 h needed, "
    assert told in gongzhi(*run, "--lang", "en").stdout
    assert "茶话会在 10 周中有 10 周未能进行：需要 60 工时，" in gongzhi(*run, "--lang", "zh").stdout
    (found,) = json.loads(gongzhi(*run, "--json").stdout)["rested"]
    assert found["instrument"] == "tea_rounds" and found["without_hours"] == found["weeks"] == 10
    gongzhi(*run, "--out", "out", "--lang", "en")
    assert told in (place / "out" / "report.html").read_text(encoding="utf-8")
    compared = ("compare", "danwei_courtyard", *use, "--strategies", "none,./tea.toml", "--seeds", 2)
    lines = gongzhi(*compared, "--plausible", 0, "--lang", "en").stdout
    assert "Under “With tea”: Tea rounds rested in 20 of 20 weeks (2 runs together): 48 h needed" in lines
    assert "Under “none”" not in lines and "Under “None”" not in lines
    bound = (
        "Tea rounds can never act in 4 of 4 combinations of point, case and strategy: it needs 60 h a week, "
        f"the office has {amount(THERE)} h"
    )
    planned = gongzhi("sweep", "sweep.toml", "-o", "results", "--own", "tea.py", "--plan", "--lang", "en")
    assert bound in planned.stdout and "2 points × 1 case × 2 strategies × 3 seeds" in planned.stdout
    assert bound in gongzhi("check", "sweep.toml", "--own", "tea.py", "--lang", "en").stderr
    (place / "mine.toml").write_text(
        'id = "mine"\nstrategy = "./tea.toml"\n[compounds.main]\n', encoding="utf-8"
    )
    checked = gongzhi("check", "mine.toml", "--own", "tea.py", "--lang", "en")
    assert (
        "Tea rounds can never act: it needs 48 h a week at this intensity, the office has " in checked.stderr
    )


def test_the_folder_of_a_sweep_says_which_own_instrument_could_never_act_where_it_is_read(place):
    (place / "tea.py").write_text(HUNGRY, encoding="utf-8")
    (place / "sweep.toml").write_text(SWEEP.replace("seeds = 3", "seeds = 1"), encoding="utf-8")
    gongzhi("sweep", "sweep.toml", "-o", "results", "--own", "tea.py", "--workers", 0, "-q")
    told = "Tea rounds could never act in 4 of 4 combinations of point, case and strategy: it needs 60 h a week, "
    bound = {"instrument": "tea_rounds", "n": 4, "tried": 4, "hours_needed": 60.0, "hours_there": THERE}
    for command in (("results", "show", "results"), ("analyse", "results", "--only", "levels")):
        more = ("-o", "analysed", "--force") if command[0] == "analyse" else ()
        assert told in gongzhi(*command, *more, "--lang", "en").stdout
        assert "茶话会有 4 个始终无法进行" in gongzhi(*command, *more, "--lang", "zh").stdout
        assert json.loads(gongzhi(*command, *more, "--json").stdout)["never_act"] == [pytest.approx(bound)]
    row = open_results(place / "results").runs().query("strategy == 'with_tea'").iloc[0]
    assert repeat_run(place / "results", row["key"], own="tea.py").rests["tea_rounds"]["without_hours"] == [
        WEEKS
    ]
    manifest = Store(place / "results").manifest
    Store(place / "results").write_manifest(
        {k: v for k, v in manifest.items() if k not in ("never_act", "sha256")}
    )
    assert "never act" not in gongzhi("results", "show", "results", "--lang", "en").stdout, "an older folder"


def test_a_search_says_which_instruments_of_its_strategies_rested_and_could_never_act(place):
    (place / "tea.py").write_text(HUNGRY.replace('"restricted"', '"lawful"'), encoding="utf-8")
    small = (*"--generations 1 --population 9 --seeds 1 --fresh-seeds 6 --weeks 10".split(), *ARGUMENTS)
    run = ("search", "danwei_courtyard", "--instruments", "tea_rounds,grid", *small, "--own", "tea.py",
           "-o", "out", "--set", "parameters.grid_hours=200")  # fmt: skip
    found = json.loads(gongzhi(*run, "--json").stdout)
    hungry = {row["name"] for row in found["front"] if row["tea_rounds"] > 0}
    told = {each["strategy"]: each for each in found["rested"] if each["instrument"] == "tea_rounds"}
    assert hungry and told.keys() == hungry
    assert all(each["without_hours"] == each["weeks"] == 60 and each["runs"] == 6 for each in told.values())
    assert any(each["instrument"] == "grid" for each in found["rested"]), "devices of the model too"
    (bound,) = found["own"]["never_act"]
    assert bound["instrument"] == "tea_rounds" and bound["hours_there"] == pytest.approx(THERE)
    tried = pd.read_csv(place / "out" / "tables" / "tried.csv")["tea_rounds"]
    assert (bound["n"], bound["tried"]) == ((tried >= LEAST_INTENSITY).sum(), len(tried))
    assert json.loads((place / "out" / "manifest.json").read_text("utf-8"))["rested"] == found["rested"]
    lines = gongzhi(*run, "--lang", "en").stdout
    assert (
        f"Tea rounds could never act in {bound['n']} of {len(tried)} strategies looked at: it needs " in lines
    )
    assert "  Tea rounds rested in 60 of 60 weeks (6 runs together): " in lines
    assert "茶话会有" in gongzhi(*run, "--lang", "zh").stdout


def test_an_instrument_that_acts_is_not_said_to_rest(place):
    run = ("run", "danwei_courtyard", "--own", "tea.py", "--weeks", 6, "--seed", 1)
    run += ("--set", "instruments.tea_rounds.intensity=1")
    assert "rested" not in gongzhi(*run, "--lang", "en").stdout
    assert json.loads(gongzhi(*run, "--json").stdout)["rested"] == []
    assert "never act" not in gongzhi("check", "sweep.toml", "--own", "tea.py", "--lang", "en").stderr


def test_run_names_own_agents_and_an_own_model(place):
    (place / "tea.py").write_text(
        "from agents.resident import Resident\n"
        "from agents.party_member import PartyMember\n"
        "from model.community import CommunityModel\n"
        "class Calm(Resident): pass\n"
        "class CalmMember(PartyMember, Calm): pass\n"
        "class Shops(CommunityModel): pass\n",
        encoding="utf-8",
    )
    run = ("run", "danwei_courtyard", "--own", "tea.py", "--weeks", 2, "--seed", 1)
    lines = gongzhi(*run, "--lang", "en").stdout
    assert "Own agents: Calm, CalmMember (loop over agents)." in lines and "Own model: Shops." in lines
    assert "自有主体：Calm、CalmMember（按主体循环运行）。" in gongzhi(*run, "--lang", "zh").stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("model.column('suport')", "own file 'tea.py', line 3: KeyError: no column 'suport'; did you mean"),
        ("return 3", "own file 'tea.py', line 2: TypeError: tea_rounds.effect returned 3; expected nothing"),
        ("1 / 0", "own file 'tea.py', line 3: ZeroDivisionError: division by zero"),
    ],
)
def test_what_goes_wrong_in_an_effect_is_told_with_file_and_line(place, body, said):
    (place / "tea.py").write_text(
        "from model.own import OwnInstrument\n"
        f"def warm(model, intensity):\n    {body}\n"
        "tea = OwnInstrument('tea_rounds', zh='茶', en='Tea', effect=warm).use()\n",
        encoding="utf-8",
    )
    run = ("run", "danwei_courtyard", "--own", "tea.py", "--weeks", 2, "--seed", 1)
    assert said in gongzhi(*run, "--lang", "en", status=2).stderr
    assert "自有文件 'tea.py' 第 " in gongzhi(*run, "--lang", "zh", status=2).stderr


def test_a_method_that_nobody_calls_is_told_with_its_own_line(place):
    (place / "tea.py").write_text(
        "from agents.resident import Resident\nclass Mine(Resident):\n    usual = None\n"
        "    def acts_frist(self):\n        return True\n",
        encoding="utf-8",
    )
    run = ("run", "danwei_courtyard", "--own", "tea.py", "--weeks", 2, "--seed", 1, "--lang", "en")
    assert (
        "own file 'tea.py', line 4: TypeError: Mine.acts_frist: nothing calls it"
        in gongzhi(*run, status=2).stderr
    )


def test_without_its_file_an_own_instrument_is_answered_with_the_option_that_brings_it(place):
    hint = "; an instrument of your own comes with --own FILE.py"
    setting = ("run", "danwei_courtyard", "--set", "instruments.tea_rounds.intensity=1")
    for asked in (("check", "tea.toml"), setting):
        assert hint in gongzhi(*asked, "--lang", "en", status=2).stderr
        assert "；自有工具要用 --own FILE.py 带入" in gongzhi(*asked, "--lang", "zh", status=2).stderr
    assert hint in gongzhi("check", "sweep.toml", "--lang", "en", status=2).stderr
    (place / "tea.toml").write_text(STRATEGY.replace("tea_rounds", "tea_round"), encoding="utf-8")
    refused = gongzhi("check", "tea.toml", "--own", "tea.py", "--lang", "en", status=2).stderr
    assert hint not in refused and "did you mean 'tea_rounds'" in refused


def test_a_strategy_file_that_names_own_instruments_is_read_with_them(place):
    with pytest.raises(ScenarioError, match="tea_rounds: unknown key"):
        load_strategy("tea.toml")
    mine = load_own("tea.py")
    for own in ("tea.py", place / "tea.py", mine, list(mine.instruments.values())):
        assert load_strategy("tea.toml", own=own).own["tea_rounds"].intensity == 0.8
    assert (
        load_strategy("none", own=[mine.instruments["tea_rounds"].use(0.3)]).own["tea_rounds"].intensity
        == 0.3
    )


# -- the study that the page tells --------------------------------------------------------------------------


def test_the_study_of_the_page_goes_from_tables_to_a_citation(place):
    page = (Path(__file__).parents[1] / "docs" / "extend.md").read_text("utf-8")
    chapter = page.partition("## From a table to a citation")[2].partition("\n## ")[0]
    for name, content in re.findall(r"```toml\n# (\S+)\n(.*?)```", chapter, re.DOTALL):
        small = content.replace("n = 40", "n = 3").replace("horizon_weeks = 60", "horizon_weeks = 28")
        (place / name).write_text(small, encoding="utf-8")
    rows = [f"{i},{i // 12},{i // 6 % 2},{1 + i % 6 // 2},60,owner_occupied" for i in range(24)]
    header = "household,building,stairwell,floor,area_m2,tenure"
    (place / "people.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    pairs = [f"{i},{i + 1},1.0" for i in range(23)]
    (place / "ties.csv").write_text("\n".join(["source,target,weight", *pairs]), encoding="utf-8")
    commands = re.search(r"```sh\n(.*?)```", chapter, re.DOTALL)[1].splitlines()
    assert "six files and ten commands" in chapter and len(commands) == 10
    said = []
    for command in commands:
        key = str(table("results/tea")["key"].iloc[0]) if "KEY" in command else ""
        said.append(gongzhi(*shlex.split(command.replace("KEY", key))[1:]).stdout)
    assert "not read: weight" in said[0] and "equal to the last bit" in said[7]
    assert "NAME (" in said[9] and "36 of 36 runs" in said[9]
    assert (place / "crate" / "ro-crate-metadata.json").is_file()
    assert "at the end of week 26" in said[5] and "at the end of week 26" in said[6]
