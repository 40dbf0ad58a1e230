"""Folders that `run`, `compare` and a district's run have written, as `gongzhi results` and a researcher read them."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from scenarios.catalogue import text
from scenarios.store import StoreError, open_results
from scenarios.sweep.repeating import repeat_run

WEEKS = ("--weeks", 90)


def gongzhi(*arguments, status=0):
    done = CliRunner().invoke(main, list(map(str, arguments)), env={"COLUMNS": "400"})
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output
    return done


def said(*arguments, status=0):
    return " ".join(gongzhi(*arguments, status=status).output.split())


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of each command, and what the command printed as JSON."""
    place, drawn = tmp_path_factory.mktemp("written"), ("--set", "district.compounds=6", "--set")
    size = (*drawn, "district.buildings=12", "--set", "district.households=300")
    commands = {
        "run": ("run", "danwei_courtyard", "--seeds", 3, *WEEKS),
        "compare": ("compare", "danwei_courtyard", "--strategies", "none,full_bundle", "--seeds", 2, *WEEKS),
        "district": ("run", "kaifeng_district", "--seeds", 2, *WEEKS, *size),
    }
    printed = {
        name: json.loads(gongzhi(*command, "--json", "--quiet", "--out", place / name).stdout)
        for name, command in commands.items()
    }
    return place, printed


@pytest.mark.parametrize(("name", "rows"), [("run", 1), ("compare", 2), ("district", 1)])
def test_show_says_of_a_folder_of_runs_what_its_command_printed(folders, name, rows):
    place, printed = folders
    found = json.loads(gongzhi("results", "show", place / name, "--json").stdout)
    assert found["id"].startswith("gongzhi") and found["failed"] == 0 and len(found["groups"]) == rows
    there = printed[name]
    if name == "district":
        assert found["runs"] == found["done"] == 2
        known = there["totals"]
        assert {"valid_consent", "insincere_share", "share_past_gate"} <= set(found["groups"][0])
    else:
        known = there["outcomes"] if name == "run" else there["strategies"][0]["outcomes"]
        assert found["done"] == (3 if name == "run" else 4)
        assert {"final_valid_consent", "final_insincere_share"} <= set(found["groups"][0])
    group = next(g for g in found["groups"] if name != "compare" or g["strategy"] == "none")
    for outcome, entry in group.items():
        if outcome in known and entry["median"] is not None:
            assert entry["median"] == pytest.approx(known[outcome]["median"], rel=1e-6)
    for lang in ("en", "zh"):
        shown = said("results", "show", place / name, "--lang", lang)
        label = "total.valid_consent" if name == "district" else "summary.final_valid_consent"
        assert text(label, lang) in shown
        assert ("more." in shown) == (lang == "en"), "what is kept too is counted in the reader's language"


def test_an_outcome_of_a_folder_of_runs_is_asked_for_as_of_a_sweep(folders):
    place, _ = folders
    shown = said("results", "show", place / "run", "--outcome", "weeks_to_80", "--lang", "en")
    assert text("summary.weeks_to_80", "en") in shown
    assert "expected one of" in said("results", "show", place / "run", "--outcome", "weeks_to_8", status=2)
    assert "compounds_past_gate" in said("results", "show", place / "district", "--lang", "en")


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("name", "table", "file"),
    [
        ("run", "runs", "summary.csv"),
        ("compare", "weekly", "weekly.csv"),
        ("compare", "equity", "equity.csv"),
        ("district", "runs", "totals.csv"),
        ("district", "compounds", "compounds.csv"),
    ],
)
def test_export_gives_every_table_of_the_folder(folders, tmp_path, form, name, table, file):
    place, _ = folders
    goal = tmp_path / f"made.{form}"
    gongzhi("results", "export", place / name, "--to", form, "--table", table, "-o", goal)
    made = pd.read_csv(goal) if form == "csv" else pd.read_parquet(goal)
    there = pd.read_csv(place / name / file)
    by = [column for column in ("seed", "compound", "run", "week", "by", "group") if column in there]
    pd.testing.assert_frame_equal(
        made[list(there)].sort_values(by, ignore_index=True),
        there.sort_values(by, ignore_index=True),
        check_dtype=False,
    )
    assert "key" in made and (table != "runs" or set(made["status"]) == {"ok"})


def test_the_totals_of_a_district_are_those_of_its_last_week_and_of_json(folders):
    place, printed = folders
    totals = pd.read_csv(place / "district" / "totals.csv")
    assert totals["seed"].tolist() == [1, 2] and set(totals["strategy"]) == {"kaifeng"}
    weekly = pd.read_csv(place / "district" / "weekly.csv")
    last = weekly[weekly["week"] == 89].reset_index(drop=True)
    for name in ("stage_works", "valid_consent", "freed_m2", "compounds_billed"):
        assert totals[name].tolist() == pytest.approx(last[name].tolist())
    rows = printed["district"]["by_seed"]
    assert [row["office_hours"] for row in rows] == pytest.approx(totals["office_hours"].tolist())


def test_a_researcher_opens_a_folder_of_runs_in_python(folders):
    place, _ = folders
    opened = open_results(place / "run")
    assert len(opened.runs()) == 3 and len(opened.weekly()) == 270 and opened.factors == []
    assert opened.weekly()["key"].nunique() == 3
    code = "print(len(runs), len(compounds), len(weekly))"
    done = CliRunner().invoke(main, ["results", "open", str(place / "district")], input=code)
    assert done.stdout.split() == ["2", "12", "180"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_folder_of_runs_has_not_is_refused(folders, tmp_path, lang):
    place, run = folders[0], folders[0] / "run"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    for form in ("netcdf", "ro-crate"):
        shown = said("results", "export", run, "--to", form, "-o", tmp_path / "x", "--lang", lang, status=2)
        assert ("holds tables, and no sweep" if lang == "en" else "里是表格，不是扫描") in shown
    for asked, status in ((("repeat", run, "run-000000000"), 2), (("compact", run), 2)):
        shown = said("results", *asked, "--lang", lang, status=status)
        assert ("which keeps no results of this form" if lang == "en" else "gongzhi run") in shown
    with pytest.raises(StoreError, match="which keeps no results of this form"):
        repeat_run(place / "district", "seed-000000001")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("harm", [lambda raw: raw + b"\n", lambda raw: raw.replace(b"1", b"2", 1), None])
def test_a_table_that_has_changed_is_named_and_not_used(folders, tmp_path, harm):
    place = tmp_path / "run"
    for path in (folders[0] / "run").rglob("*"):
        if path.is_file():
            (place / path.relative_to(folders[0] / "run")).parent.mkdir(parents=True, exist_ok=True)
            (place / path.relative_to(folders[0] / "run")).write_bytes(path.read_bytes())
    assert "sound: 3 runs" in said("results", "verify", place, "--lang", "en")
    table = place / "summary.csv"
    if harm is None:
        table.unlink()
    else:
        table.write_bytes(harm(table.read_bytes()))
    shown = said("results", "verify", place, "--lang", "en", status=1)
    assert "Damaged: summary.csv: " in shown
    shown = said("results", "show", place, "--lang", "en", status=1)
    assert "give the command that wrote this folder again" in shown and "summary.csv" in shown.replace(
        " ", ""
    )


@pytest.mark.parametrize(
    "files", [None, [], 3, {"summary.csv": 1}, {"../summary.csv": ""}, {"\0.csv": ""}, {"weekly.csv": ""}]
)
def test_a_manifest_somebody_has_edited_leads_nowhere_else(tmp_path, files):
    (tmp_path / "summary.csv").write_text("case,strategy,seed\n")
    place = tmp_path / "run"
    place.mkdir()
    made = {"tool": "gongzhi", "made_by": "run", "files": files}
    (place / "manifest.json").write_text(json.dumps(made))
    for command in ("show", "verify"):
        done = CliRunner().invoke(main, ["results", command, str(place), "--lang", "en"])
        assert done.exit_code in (1, 2) and done.output.startswith(("Error: ", "Damaged: "))
        assert "--debug" not in done.output, "an error that nobody foresaw"


@pytest.mark.parametrize("scenarios", [None, 3, [3], [{"horizon_weeks": "x"}], [{}]])
def test_a_manifest_that_says_nothing_of_its_scenarios_hinders_no_table(folders, tmp_path, scenarios):
    (tmp_path / "run").mkdir()
    for name in ("summary.csv", "manifest.json"):
        (tmp_path / "run" / name).write_bytes((folders[0] / "run" / name).read_bytes())
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))
    (tmp_path / "run" / "manifest.json").write_text(json.dumps({**manifest, "scenarios": scenarios}), "utf-8")
    assert "3 of 3 runs done" in said("results", "show", tmp_path / "run", "--lang", "en")
