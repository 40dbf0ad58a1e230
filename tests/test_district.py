"""Districts as a user meets them: the file, the command, what it prints and writes, and that the totals add up."""

import csv
import io
import json
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from commands.district import GROUPS
from commands.wording import word
from model.directions import unit_of
from model.engine import Results, simulate_runs
from model.measures import SUMMARY, Outcome
from model.parameters import Parameters
from model.specification import District, Scenario
from scenarios.catalogue import STAGES, text
from scenarios.district import STAGE_COLUMNS, content_hash, district_totals, runs_of_seeds, weekly_totals
from scenarios.figures.districts import payment_over_compounds, stages_over_time
from scenarios.figures.style import png
from scenarios.loading import (
    ScenarioError,
    apply_settings,
    apply_to_district,
    list_cases,
    list_districts,
    load_case,
    load_sources,
    load_strategy,
)
from scenarios.totals import TOTALS

ROOT = Path(__file__).parents[1]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SMALL = """
id = "six"
zh = "六个小区"
en = "Six compounds"
strategy = "kaifeng"

[district]
compounds = {value = 6, unit = "compounds", source = "x", grade = "C"}
buildings = {value = 12, unit = "buildings", source = "x", grade = "C"}
households = {value = 300, unit = "households", source = "x", grade = "C"}
hours_per_household_week = {value = 0.1, unit = "hours/household/week", source = "x", grade = "C"}
batches = {value = 2, unit = "batches", source = "x", grade = "C"}
bundle_compounds = {value = 3, unit = "compounds", source = "x", grade = "C"}

[compounds.usual]
stairwells_per_building = {value = 2, unit = "stairwells", source = "x", grade = "C"}

[run]
horizon_weeks = 90
"""


@pytest.fixture
def six(tmp_path):
    file = tmp_path / "six.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def gongzhi(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def printed_json(*args):
    result = gongzhi(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def refused(result, hint):
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("Error:") == 1 and result.stderr.count("\n") == 1
    assert hint in result.stderr
    assert "Traceback" not in result.output


# -- the shipped district -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kaifeng():
    return load_case("kaifeng_district")


def test_the_district_is_as_large_as_its_document_counts(kaifeng):
    assert (kaifeng.district.compounds, kaifeng.district.buildings) == (191, 982)
    assert kaifeng.district.households == 34_000
    assert 29.7 <= kaifeng.district.households / kaifeng.district.buildings <= 45.2
    assert kaifeng.scenario().horizon_weeks == 208


def test_the_district_is_worked_as_its_city_is(kaifeng):
    city = load_case("kaifeng").scenario()
    usual = kaifeng.scenario()
    assert usual.strategy == city.strategy == load_strategy("kaifeng")
    assert usual.management == city.management and usual.management.before == "none"
    shared = ("structure", "structure_mean_m2", "income_yuan_per_month", "area_mean_m2")
    assert [getattr(usual.compound, n) for n in shared] == [getattr(city.compound, n) for n in shared]
    assert usual.programme.lift_compensation_yuan == 15_000


def test_the_usual_compound_has_the_mean_size(kaifeng):
    usual = kaifeng.scenario().compound
    assert usual.households == round(34_000 / 191)
    assert usual.buildings == round(982 / 191)


def test_every_number_of_the_district_has_unit_source_and_an_honest_grade(kaifeng):
    assert set(kaifeng.district_quantities) == {f"district.{name}" for name in District.model_fields}
    for key, quantity in {**kaifeng.district_quantities, **kaifeng.quantities()}.items():
        if key.startswith("district."):
            assert quantity.unit == unit_of(District.model_fields[key.partition(".")[2]]), key
        kinds = {load_sources()[source].kind for source in quantity.source.split(" + ")}
        assert quantity.grade == "C" or "judgement" not in kinds, key
        assert quantity.grade != "A" or kinds == {"document"}, key
    households = kaifeng.district_quantities["district.households"]
    assert households.grade == "C" and "derived" in households.note


def test_the_caveats_say_that_the_district_is_synthetic(kaifeng):
    assert len(kaifeng.caveats) >= 4
    assert "合成" in kaifeng.caveats[0].zh and "synthetic" in kaifeng.caveats[0].en
    for caveat in kaifeng.caveats:
        assert CHINESE.search(caveat.zh) and not CHINESE.search(caveat.en)
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", caveat.zh)
    assert kaifeng.document is not None and "published success" in kaifeng.document.selection.en


def test_claims_are_set_beside_totals_of_the_same_unit(kaifeng):
    beside = {claim.id: (claim.total, claim.value) for claim in kaifeng.claims if claim.total}
    assert beside == {
        "K9": ("structures_removed", 4362),
        "K10": ("freed_m2", 35_000),
        "K11": ("lifts_built", 82),
        "K12": ("compounds_with_company", 39),
    }
    assert all(TOTALS[claim.total].unit == claim.unit for claim in kaifeng.claims if claim.total)
    assert all(claim.missing.zh and claim.missing.en for claim in kaifeng.claims)


def test_districts_are_no_cities():
    assert list_districts() == ["kaifeng_district"]
    assert not set(list_districts()) & set(list_cases())
    names = [file.name.removesuffix(".toml") for file in (files("scenarios") / "districts").iterdir()]
    assert [load_case(name).id for name in names] == names
    assert all(load_case(name).district is None for name in list_cases())


@pytest.mark.parametrize("name", ["kaifeng-district", "kaifeng_district", "kaifeng-district/usual"])
def test_a_dash_is_as_good_as_an_underscore(name):
    assert load_case(name).id == "kaifeng_district"
    assert load_strategy("full-bundle").id == "full_bundle"


# -- what is drawn ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2, 77, 2**63])
def test_sizes_add_up_exactly(kaifeng, seed):
    runs = runs_of_seeds(kaifeng.scenario(), kaifeng.district, [seed])
    compounds = [run.scenario.compound for run in runs]
    assert len(compounds) == 191
    assert sum(c.buildings for c in compounds) == 982
    assert sum(c.households for c in compounds) == 34_000
    assert all(c.households >= c.buildings * c.stairwells_per_building for c in compounds)
    assert [run.number for run in runs] == list(range(191))
    assert {run.start_week for run in runs} == {0, 26, 52}
    assert len({id(run.office) for run in runs}) == 1


def test_every_seed_is_another_district_with_an_office_of_its_own(kaifeng):
    runs = runs_of_seeds(kaifeng.scenario(), kaifeng.district, [1, 2])
    first, second = ([r for r in runs if r.seed == seed] for seed in (1, 2))
    assert first[0].office is not second[0].office
    sizes = [[run.scenario.compound.households for run in half] for half in (first, second)]
    assert sizes[0] != sizes[1]


def test_the_hash_changes_with_the_district_and_with_the_scenario(kaifeng):
    scenario, district = kaifeng.scenario(), kaifeng.district
    other = District(**{**district.model_dump(), "batches": 2})
    hashes = [
        content_hash(scenario, district),
        content_hash(scenario, other),
        content_hash(kaifeng.scenario(strategy="none"), district),
    ]
    assert len(set(hashes)) == 3


# -- what is refused ----------------------------------------------------------------------------------------------

WRONG_FILES = [
    ("batches = {value = 2", "batchs = {value = 2", "six.toml:12: district.batchs: unknown key", "'batches'"),
    ('unit = "batches"', 'unit = "batch"', "district.batches.unit = 'batch'", "expected 'batches'"),
    ("batches = {value = 2", "batches = {value = 0", "district.batches.value = 0", "from 1 to 100 (batches)"),
    ("batches = {value = 2", "batches = {value = 2.5", "district.batches.value = 2.5", "a whole number"),
    ('batches = {value = 2, unit = "batches", source = "x", grade = "C"}', "batches = 2",
     "district.batches = 2", 'value = 2, unit = "batches"'),
    ("buildings = {value = 12", "buildings = {value = 5", "district.buildings", "buildings = 5, compounds = 6"),
    ("households = {value = 300", "households = {value = 40", "district.households", "four a building"),
    ("batches = {", 'allocation = {value = "by_household", source = "x", grade = "C"}\nbatches = {',
     "district.allocation.value = 'by_household'", "did you mean 'by_households'?"),
    ("[district]", "[distric]", "distric: unknown key", "'district'"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "place", "hint"), WRONG_FILES, ids=[w[1] for w in WRONG_FILES])
def test_wrong_files_give_one_line_with_what_is_expected(six, right, wrong, place, hint):
    assert SMALL.count(right) == 1
    six.write_text(SMALL.replace(right, wrong), encoding="utf-8")
    for command in ("run", "check"):
        result = gongzhi(command, six)
        refused(result, place)
        assert hint in result.stderr


WRONG_SETTINGS = [
    ("district.batchs=2", "did you mean 'batches'?"),
    ("district.batches=0", "from 1 to 100"),
    ("district.batches=two", "a whole number"),
    ("district.buildings=5", "buildings are fewer than compounds"),
    ("district.allocation=nearest", "'nearest_gate_first'"),
    ("district.households=49", "49 cannot be shared out"),
    ("batches=2", "here district.batches"),
    ("district=2", "expected district.NAME=value"),
    ("households=400", "expected district.households"),
    ("compound.buildings=400", "expected district.buildings"),
    ("hours_per_household_week=0.1", "expected district.hours_per_household_week"),
    ("distric.batches=2", "did you mean 'district'?"),
    ("consent_gate=2", "from 0 to 1"),
]


@pytest.mark.parametrize(("setting", "hint"), WRONG_SETTINGS)
def test_wrong_settings_give_one_line_with_the_nearest_name(six, setting, hint):
    extra = ["--set", "compound.stairwells_per_building=5"] if "=49" in setting else []
    refused(gongzhi("run", six, *extra, "--set", setting), hint)


REFUSED = [
    (["run", "kaifeng-distict"], "did you mean 'kaifeng_district'?"),
    (["run", "kaifeng-district/main"], "expected usual"),
    (["run", "kaifeng-district", "--engine", "agents"], "expected --engine compiled"),
    (["run", "kaifeng-district", "--seeds", "5000"], "fewer seeds or weeks"),
    (["run", "kaifeng-district", "--set", "district.households=50000000"], "district.households"),
    (["run", "kaifeng-district", "--strategy", "presure"], "did you mean 'pressure'?"),
    (["compare", "kaifeng-district", "--strategies", "none,pressure"], "districts are run, not compared"),
    (["run", "kaifeng", "--set", "district.batches=2"], "one compound is run, and no district"),
]


@pytest.mark.parametrize(("arguments", "hint"), REFUSED, ids=[" ".join(a) for a, _ in REFUSED])
def test_what_a_district_cannot_do_is_said_in_one_line(arguments, hint):
    refused(gongzhi(*arguments), hint)


def test_a_compound_out_of_range_is_named(six):
    arguments = ["--set", "district.compounds=1", "--set", "district.households=30000"]
    refused(gongzhi("run", six, *arguments), "a compound drawn from seed 1 has households = 30000")


def test_a_claim_of_another_unit_than_its_total_is_refused(six):
    claim = (ROOT / "scenarios" / "districts" / "kaifeng_district.toml").read_text(encoding="utf-8")
    claim = (
        claim[claim.index('[[claims]]\nid = "K11"') :].partition("\n\n")[0].replace('"lifts"', '"buildings"')
    )
    six.write_text(f"{SMALL}\n{claim}", encoding="utf-8")
    refused(gongzhi("check", six), "expected 'lifts', the unit of total lifts_built")


def test_settings_reach_the_district_and_the_scenario(kaifeng):
    settings = ["district.batches=2", "district.households=30000", "consent_gate=0.9", "trust_sd=0.1"]
    with pytest.raises(ScenarioError, match=r"here district\.trust_sd"):
        apply_to_district(kaifeng.scenario(), kaifeng.district, settings)
    scenario, district = apply_to_district(kaifeng.scenario(), kaifeng.district, settings[:-1])
    assert (district.batches, district.households, district.compounds) == (2, 30_000, 191)
    assert scenario == apply_settings(kaifeng.scenario(), ["consent_gate=0.9"])


# -- the totals ---------------------------------------------------------------------------------------------------


def two_compounds():
    """Two compounds of 100 and 300 households, three weeks, one seed."""
    series = np.zeros((2, 3, len(Outcome)), np.float32)
    values = {
        Outcome.STAGE: [[0, 2, 5], [0, 1, 1]],
        Outcome.HEADLINE_CONSENT: [[0, 0.8, 1.0], [0, 0.2, 0.4]],
        Outcome.VALID_CONSENT: [[0, 0.8, 0.9], [0, 0.2, 0.4]],
        Outcome.INSINCERE_SHARE: [[0, 0.1, 0.2], [0, 0, 0]],
        Outcome.PAYMENT_RATE: [[np.nan, np.nan, 0.75], [np.nan, 0, np.nan]],
        Outcome.COMPANY_PRESENT: [[0, 0, 1], [0, 0, 0]],
        Outcome.STRUCTURES_LEFT: [[1, 0.5, 0], [1, 1, 1]],
        Outcome.FREED_M2: [[0, 40, 80], [0, 0, 0]],
        Outcome.LIFTS_BUILT: [[0, 0, 1], [0, 0, 0]],
        Outcome.OFFICE_HOURS: [[1, 5, 10], [2, 4, 30]],
        Outcome.BUNDLE_TRANSFER_YUAN: [[0, 50, -20], [0, -50, 20]],
    }
    for outcome, rows in values.items():
        series[:, :, outcome] = rows
    runs = pd.DataFrame({"run": [0, 1], "case": "x", "strategy": "y", "seed": 4, "compound": [0, 1]})
    return Results(runs, series, np.array([100, 300]))


def test_totals_weigh_compounds_by_households():
    found = two_compounds()
    weekly = weekly_totals(found)
    last = weekly.iloc[-1]
    assert last["headline_consent"] == pytest.approx((100 * 1.0 + 300 * 0.4) / 400)
    assert last["valid_consent"] == pytest.approx((100 * 0.9 + 300 * 0.4) / 400)
    assert last["insincere_share"] == pytest.approx(100 * 0.2 / 400)
    assert last["structures_removed_share"] == pytest.approx(0.25)
    assert list(weekly["households_past_gate"]) == [0, 100, 100]
    assert list(weekly["compounds_past_gate"]) == [0, 1, 1]


def test_payment_is_that_of_households_billed_and_missing_where_nobody_is():
    weekly = weekly_totals(two_compounds())
    assert list(weekly["compounds_billed"]) == [0, 1, 1]
    np.testing.assert_array_equal(weekly["payment_rate"], [np.nan, 0.0, 0.75])


def test_structures_removed_are_of_those_compounds_that_had_any():
    found = two_compounds()
    found.series[1, :, Outcome.STRUCTURES_LEFT] = np.nan
    assert list(weekly_totals(found)["structures_removed_share"]) == [0.0, 0.5, 1.0]


def test_money_is_moved_once_and_counted_whenever_it_moves():
    assert list(weekly_totals(two_compounds())["bundle_moved"]) == [0, 50, 120]


def test_the_end_of_a_district_by_hand():
    found = two_compounds()
    scenario = Scenario(horizon_weeks=3)
    district = District(compounds=2, buildings=8, households=400, hours_per_household_week=0.5)
    (row,) = district_totals(weekly_totals(found), found.summary(), scenario, district).to_dict("records")
    assert row["seed"] == 4
    assert (row["stage_plan"], row["stage_management"]) == (1, 1)
    assert row["share_past_gate"] == 0.25
    assert row["structures_removed"] == 80 / scenario.compound.structure_mean_m2
    assert (row["lifts_built"], row["lifts_per_100_buildings"]) == (1, 12.5)
    assert (row["office_hours"], row["hours_available"]) == (
        40,
        pytest.approx(0.5 * 400 * 3 * Parameters().staff_effort),
    )
    assert (row["compounds_with_company"], row["companies_left"]) == (1, 0)
    assert set(row) == {"seed", *STAGE_COLUMNS, *TOTALS}


def test_the_table_of_totals_lists_each_once_and_the_insincere_share_after_consent():
    listed = [name for group in GROUPS for name in group]
    assert sorted(listed) == sorted(TOTALS)
    place = listed.index("insincere_share")
    assert listed[place - 2 : place] == ["headline_consent", "valid_consent"]


# -- a small district, run ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_prints_compounds_totals_and_cautions(six, lang):
    result = gongzhi("run", six, "--lang", lang)
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.stdout.split("\n")]
    assert lines[0].startswith({"zh": "六个小区：", "en": "Six compounds: "}[lang])
    sizes = {
        "zh": ("6 个小区", "12 栋楼", "300 户", "分 2 批", "90 周"),
        "en": ("6 compounds", "12 buildings", "300 households", "2 batches", "90 weeks"),
    }
    assert all(size in lines[0] for size in sizes[lang])
    assert word("range_of_compounds", lang) in result.stdout
    assert word("range_of_seeds", lang) not in result.stdout
    assert word("legality.restricted", lang) in result.stdout
    for name in TOTALS:
        assert any(line.startswith(text(f"total.{name}", lang)) for line in lines), name
    counts = [
        line for stage in STAGES for line in lines if re.match(rf"{text(f'stage.{stage}', lang)} +\d", line)
    ]
    assert len(counts) == len(STAGES)
    assert sum(int(re.search(r"(\d+) ", line)[1]) for line in counts) == 6
    for consent in ("summary.final_valid_consent", "total.valid_consent"):
        at = next(i for i, line in enumerate(lines) if line.startswith(text(consent, lang)))
        assert text("outcome.insincere_share", lang).lower() in lines[at + 1].lower()
    assert {"zh": "不是预测", "en": "not a forecast"}[lang] in result.stdout


def test_several_seeds_give_ranges_of_totals(six):
    shown = gongzhi("run", six, "--seeds", 2, "--weeks", 20, "--lang", "en").stdout
    assert "2 seeds (1 to 2)" in shown and word("range_of_seeds", "en") in shown
    assert "/12 compounds" in shown


def test_unlawful_means_are_named_above_the_table(six):
    shown = gongzhi("run", six, "--strategy", "pressure", "--weeks", 5, "--lang", "en").stdout
    assert "Caution: " in shown and shown.index("unlawful") < shown.index("Final headline consent")


def test_published_numbers_stand_with_what_they_lack():
    arguments = ["run", "kaifeng-district", "--weeks", 1, "--lang", "en"]
    small = [
        "--set",
        "district.compounds=2",
        "--set",
        "district.buildings=3",
        "--set",
        "district.households=60",
    ]
    shown = gongzhi(*arguments, *small).stdout.replace("\n", " ")
    assert "Published: 82 lifts" in shown and "Missing: stairwells that wanted a lift" in shown
    assert "Caveats: A synthetic district" in shown


def test_quiet_prints_only_what_is_asked_for(six):
    result = gongzhi("run", six, "--weeks", 2, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_one_seed_is_usual_and_the_json_holds_every_compound(six):
    data = printed_json("run", six)
    assert data["seeds"] == [1]
    assert data["district"]["compounds"] == 6
    assert [run["compound"] for run in data["runs"]] == list(range(6))
    assert set(data["totals"]) == set(TOTALS) and set(data["stages"]) == set(STAGES)
    assert set(data["outcomes"]) == set(SUMMARY)
    assert data["outcomes"]["final_insincere_share"]["compounds"] == 6
    assert sum(stage["median"] for stage in data["stages"].values()) == 6
    assert data["totals"]["insincere_share"]["unit"] == "share"
    assert data["strategy"]["not_lawful"] == {"lawful_enforcement": "restricted"}


def test_the_same_seed_gives_the_same_tables_whatever_the_threads(six, tmp_path, monkeypatch):
    monkeypatch.setattr("commands.district.write_figures", lambda *_: None)
    arguments = ["run", six, "--seed", 3, "--seeds", 3, "--weeks", 60, "--json"]
    shown, tables = [], []
    for threads in (1, 2):
        out = tmp_path / f"threads{threads}"
        result = gongzhi(*arguments, "--threads", threads, "--out", out)
        assert result.exit_code == 0, result.output
        shown.append(result.stdout)
        tables.append([(out / name).read_bytes() for name in ("compounds.csv", "weekly.csv")])
    assert shown[0] == shown[1] and tables[0] == tables[1]
    alone = printed_json("run", six, "--seed", 4, "--weeks", 60)
    assert alone["by_seed"][0] == json.loads(shown[0])["by_seed"][1]


def test_out_holds_tables_figures_and_manifest(six, tmp_path):
    out = tmp_path / "results"
    result = gongzhi("run", six, "--seeds", 2, "--out", out, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert f"Written to {out}" in result.stderr
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    figures = {f"figures/{name}.{kind}" for name in ("stages", "payment") for kind in ("svg", "png")}
    assert found == {"compounds.csv", "weekly.csv", "totals.csv", "manifest.json"} | figures
    rows = {}
    for name in ("compounds.csv", "weekly.csv"):
        raw = (out / name).read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows[name] = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    compounds, weeks = rows["compounds.csv"], rows["weekly.csv"]
    assert (len(compounds), len(weeks)) == (12, 2 * 90)
    for seed in ("1", "2"):
        drawn = [row for row in compounds if row["seed"] == seed]
        assert sum(int(row["households"]) for row in drawn) == 300
        assert sum(int(row["buildings"]) for row in drawn) == 12
        last = [week for week in weeks if week["seed"] == seed][-1]
        for stage in STAGES:
            assert int(last[f"stage_{stage}"]) == sum(row["stage_end"] == stage for row in drawn)
    assert {"insincere_share", "valid_consent"} <= set(weeks[0])
    assert set(SUMMARY) <= set(compounds[0])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == found - {"manifest.json"}
    assert (manifest["seeds"], manifest["runs"], manifest["made_by"]) == ([1, 2], 12, "run")
    assert manifest["district"]["households"] == 300
    case = load_case(six)
    assert manifest["content_hash"] == content_hash(case.scenario(), case.district)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_chance_and_ignorance_of_every_total_stand_apart(six, tmp_path, lang):
    given = ("run", six, "--weeks", "60", "--seeds", "3", "--plausible", "4", "--lang", lang)
    shown = gongzhi(*given).stdout
    assert text("ignorance.title", lang).format(sets=4, seeds=3) in shown
    assert all(shown.count(text(f"total.{name}", lang)) >= 2 for name in TOTALS)
    assert "--plausible 20" not in shown, "what is there is not asked for"
    found = json.loads(gongzhi(*given, "--json", "--out", tmp_path / "out").stdout)["plausible"]
    assert (found["sets"], found["seeds_of_a_set"], found["differences"]) == (4, 3, [])
    assert [level["outcome"] for level in found["levels"]] == list(TOTALS)
    rows = pd.read_csv(tmp_path / "out" / "plausible.csv")
    assert len(rows) == 4 * 3 and rows["set"].nunique() == 4
    level = next(one for one in found["levels"] if one["outcome"] == "headline_consent")
    centres = rows.groupby("set")["headline_consent"].mean()
    assert level["middle"] == pytest.approx(centres.median())
    assert (level["low"], level["high"]) == pytest.approx((centres.min(), centres.max()))


def test_a_set_of_parameters_is_that_set_of_a_district(six, tmp_path):
    given = ("run", six, "--weeks", "60", "--seeds", "2")
    gongzhi(*given, "--plausible", "2", "--out", tmp_path / "two")
    rows = pd.read_csv(tmp_path / "two" / "plausible.csv")
    last = int(rows["set"].max())
    alone = json.loads(gongzhi(*given, "--set", f"plausible_set={last}", "--json").stdout)["by_seed"]
    ours = rows[rows["set"] == last]
    for name in TOTALS:
        np.testing.assert_allclose(
            ours[name].to_numpy(float),
            [float("nan") if r[name] is None else r[name] for r in alone],
            rtol=1e-6,
        )


def test_of_one_draw_of_a_district_no_chance_is_shown(six):
    found = gongzhi("run", six, "--weeks", "30", "--seed", "2", "--plausible", "2", "--lang", "en").stdout
    _, _, table = found.partition("What is not known")
    row = next(line for line in table.splitlines() if line.startswith("Headline consent"))
    assert len(re.findall(r"%", row)) <= 3 and "2/2" in row


def test_a_district_under_one_set_of_parameters_says_so(six):
    assert "--plausible 20" in gongzhi("run", six, "--weeks", "10", "--lang", "zh").stdout


def test_a_failure_leaves_nothing_behind(six, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("the disk broke")

    monkeypatch.setattr("commands.district.write_figures", fails)
    result = gongzhi("run", six, "--weeks", 2, "--out", tmp_path / "deep" / "out")
    assert result.exit_code == 1 and "the disk broke" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["six.toml"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("weeks", [1, 3])
def test_figures_say_of_how_many_compounds_and_seeds(lang, weeks):
    found = two_compounds()
    weekly = weekly_totals(found).head(weeks)
    rates = np.array([[np.nan, 0.4, 0.75], [np.nan, np.nan, 0.5]])[:, :weeks]
    for figure in (
        stages_over_time(weekly, compounds=2, lang=lang),
        payment_over_compounds(rates, weekly, compounds=2, lang=lang),
    ):
        caption = figure.get_supxlabel().replace("\n", "")
        assert text("figure.of_district", lang).format(n=2) in caption
        assert png(figure, dpi=40).startswith(b"\x89PNG")
    two = pd.concat([weekly, weekly.assign(seed=5)])
    caption = stages_over_time(two, compounds=2, lang=lang).get_supxlabel()
    assert text("figure.of_district_seeds", lang).format(n=2, seeds=2) in caption.replace("\n", "")


def test_the_list_shows_districts_with_their_sizes():
    (listed,) = printed_json("cases")["districts"]
    assert listed["district"] == {"compounds": 191, "buildings": 982, "households": 34_000}
    for lang in ("zh", "en"):
        line = next(
            row for row in gongzhi("cases", "--lang", lang).stdout.split("\n") if "kaifeng_district" in row
        )
        assert all(n in line for n in ("191", "982", "34,000", "开封示范区全区"))


def test_check_says_that_a_file_is_a_district(six):
    assert gongzhi("check", six).stdout == f"{six}: ok (district six, compounds: 6)\n"


# -- the whole of it ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    """One full run of the shipped district."""
    return printed_json("run", "kaifeng-district")


def test_a_full_run_stays_within_sane_bounds(whole):
    totals = {name: entry["median"] for name, entry in whole["totals"].items()}
    assert len(whole["runs"]) == 191
    assert sum(stage["median"] for stage in whole["stages"].values()) == 191
    assert 0 < totals["compounds_past_gate"] <= 191
    assert 0 < totals["households_past_gate"] <= 34_000
    for name, info in TOTALS.items():
        if info.unit == "share":
            assert 0 <= totals[name] <= 1, name
        assert totals[name] >= 0, name
    assert totals["valid_consent"] <= totals["headline_consent"]
    assert 0.5 < totals["headline_consent"] <= 1
    assert 0.2 < totals["payment_rate"] < 0.95
    assert totals["compounds_billed"] <= totals["compounds_with_company"] <= 191
    assert totals["structures_removed"] < 0.2 * 34_000
    assert 0 <= totals["lifts_built"] < 3 * 982
    assert totals["hours_available"] == pytest.approx(34_000 * 0.04 * 208 * Parameters().staff_effort)
    assert totals["bundle_moved"] > 0
    assert 1e8 < totals["public_money"] < 5e9


def test_the_insincere_share_of_a_full_run_is_given_wherever_consent_is(whole):
    assert whole["totals"]["insincere_share"]["median"] > 0
    for outcomes in (whole["outcomes"], *whole["runs"]):
        assert {"final_headline_consent", "final_valid_consent", "final_insincere_share"} <= set(outcomes)
    assert all("insincere_share" in totals for totals in whole["by_seed"])


def test_hours_worked_without_helpers_are_not_more_than_the_office_has(kaifeng):
    scenario = kaifeng.scenario(strategy="information_only", horizon_weeks=40)
    small = District(compounds=4, buildings=8, households=300, hours_per_household_week=0.1)
    found = simulate_runs(runs_of_seeds(scenario, small, [1]))
    totals = district_totals(weekly_totals(found), found.summary(), scenario, small)
    assert 0 < totals["office_hours"][0] <= totals["hours_available"][0] * (1 + 1e-6)
