"""How the program and results are cited: from one place, exactly, in both languages, for every kind of folder."""

import importlib
import json
import re
import tomllib
from pathlib import Path

import citation
import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner

from commands.cli import main
from scenarios.identity import code_of
from scenarios.store import Store, open_results
from scenarios.store.citing import authors_of, in_bibtex, in_words, made, title_of
from scenarios.store.exporting import Publisher, export_crate

ROOT = Path(__file__).parents[1]
SWEEP = {
    "tool": "gongzhi", "kind": "sweep", "id": "gate_by_pressure", "plan": "0123456789abcdef0123456789abcdef", "runs": 4,
    "different_runs": 4, "points": 2, "seeds": {"first": 3, "last": 4, "n": 2}, "outcomes": ["gate_week"], "weekly": [],
    "factors": [], "design": {"kind": "grid"}, "code": "c0de", "commit": "3eba441bda7b2c32d17305ea0704066aaaa1fc09",
    "described": {"zh": "门槛与施压", "en": "Gate & pressure, 100 %"}, "versions": {"gongzhi": "0.2.0"},
    "commands": [{"command": "gongzhi sweep gate -o /home/wang/gate", "date": "2026-11-02T10:00:00+00:00"}],
    "bases": [{"case": "a", "strategy": "b", "labels": ["a", "b"], "content": "", "constants": {}, "district": None,
               "scenario": {"horizon_weeks": 52, "strategy": {}, "compound": {"households": 80}}}],
}  # fmt: skip
RUN = {
    "tool": "gongzhi", "made_by": "run",
    "command": "gongzhi run jinshui --seeds 2 -q --out '/home/wang fang/x' --lang en",
    "date": "2026-03-01T10:00:00+00:00", "language": "en", "code": "c0de", "commit": "", "seeds": [1, 2], "runs": 2,
    "versions": {"gongzhi": "0.2.0"}, "scenarios": [{"content_hash": "aa"}], "files": {"report.html": "00"},
}  # fmt: skip


def cite(*arguments):
    return CliRunner().invoke(main, ["results", "cite", *map(str, arguments)])


@pytest.fixture
def sweep(tmp_path):
    """A sweep of four runs, of which two have their outcomes, one failed and one is missing."""
    store = Store(tmp_path / "gate")
    store.write_manifest(SWEEP)
    rows = {
        "key": ["a", "b", "c"],
        "status": ["ok", "ok", "failed"],
        "seed": [3, 4, 3],
        "gate_week": [1.0, 2.0, None],
    }
    store.append(pa.table(rows))
    return store.folder


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(RUN), encoding="utf-8")
    return folder


# -- the program --------------------------------------------------------------------------------------------------


def test_the_files_of_citation_are_those_of_the_project_s_own_declaration():
    for file, content in citation.written().items():
        assert file.read_text(encoding="utf-8") == content, "run `make citation`"


def test_citation_cff_has_what_the_format_requires_and_nothing_it_does_not_know():
    found = yaml.safe_load(citation.CFF.read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(found)
    known = (
        "abstract authors cff-version commit contact date-released doi identifiers keywords license license-url "
        "message preferred-citation references repository repository-artifact repository-code title type url version"
    )
    assert set(found) <= set(known.split())
    assert found["cff-version"] == "1.2.0" and found["type"] == "software" and found["authors"][0]["name"]
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (found["version"], found["license"]) == (declared["version"], declared["license"])
    assert [author["name"] for author in found["authors"]] == [a["name"] for a in declared["authors"]]


def test_codemeta_says_the_same_as_citation_cff():
    found = json.loads(citation.CODEMETA.read_text(encoding="utf-8"))
    other = yaml.safe_load(citation.CFF.read_text(encoding="utf-8"))
    assert (found["name"], found["version"], found["keywords"]) == tuple(
        other[key] for key in ("title", "version", "keywords")
    )
    assert found["license"].endswith(f"/{other['license']}")
    assert [author["name"] for author in found["author"]] == [author["name"] for author in other["authors"]]
    assert "numba" in found["softwareRequirements"] and not re.search(
        r"[<>=;]", str(found["softwareRequirements"])
    )


def test_an_address_stands_in_both_files_once_the_project_has_one():
    of = {**citation.project(), "urls": {"Repository": "https://example.org/gongzhi"}}
    assert yaml.safe_load(citation.cff(of))["repository-code"] == "https://example.org/gongzhi"
    assert json.loads(citation.codemeta(of))["codeRepository"] == "https://example.org/gongzhi"


def test_what_is_installed_names_the_same_authors_and_title():
    installed = importlib.metadata.metadata("gongzhi")
    of = citation.project()
    assert authors_of(installed) == of["authors"][0]["name"]
    assert title_of(installed["Summary"]) == title_of(of["description"])


# -- results ------------------------------------------------------------------------------------------------------


def test_a_sweep_is_cited_by_program_commit_runs_seeds_and_digest(sweep):
    shown = cite(sweep, "--lang", "en", "--to", "text")
    assert shown.exit_code == 0, shown.output
    program, results = shown.output.strip().split("\n\n")
    assert program == (
        "Gongzhi contributors (2026). Gongzhi: an agent-based model of community governance (version 0.2.0, "
        "commit 3eba441bda7b, model code c0de) [computer program]. MIT licence."
    )
    assert results == (
        "Author not named (2026). Gate & pressure, 100 % [simulated data: 2 of 4 runs, seeds 3 to 4, digest of what "
        f"was run {SWEEP['plan']}]. Made with Gongzhi 0.2.0."
    )


def test_the_citation_is_in_chinese_too_and_names_who_made_the_results(sweep):
    shown = cite(sweep, "--lang", "zh", "--to", "text", "--author", "王芳", "--author", "Li Lei").output
    assert "王芳，Li Lei（2026）。门槛与施压" in shown and "完成 2 次" in shown and SWEEP["plan"] in shown
    assert "Author" not in shown


def test_bibtex_has_both_entries_with_every_special_character_escaped(sweep):
    bibtex = cite(
        sweep, "--lang", "en", "--to", "bibtex", "--author", "Wang Fang", "--author", "Li & Co"
    ).output
    assert (
        bibtex.startswith("@software{gongzhi_0_2_0,\n")
        and "@misc{gongzhi_gate_by_pressure_01234567,\n" in bibtex
    )
    assert "title = {{Gate \\& pressure, 100 \\%}}," in bibtex
    assert "author = {{Wang Fang} and {Li \\& Co}}," in bibtex and "version = {0.2.0}" in bibtex
    assert bibtex.count("{") == bibtex.count("}") and re.search(r"(?<!\\)[&%#]", bibtex) is None
    found = json.loads(
        cite(sweep, "--json", "--lang", "en", "--author", "Wang Fang", "--author", "Li & Co").output
    )
    assert (
        found["bibtex"].strip() == bibtex.strip()
        and found["digest"] == SWEEP["plan"]
        and len(found["text"]) == 2
    )


def test_the_digest_is_of_what_was_run_and_not_of_where_when_and_how_it_was_printed(run):
    here = made(RUN)
    elsewhere = {
        **RUN,
        "command": "gongzhi run jinshui --seeds 2",
        "date": "2027-01-01",
        "files": {},
        "platform": "x",
    }
    assert made(elsewhere).digest == here.digest
    assert made({**RUN, "seeds": [1, 3]}).digest != here.digest
    assert made({**RUN, "scenarios": [{"content_hash": "bb"}]}).digest != here.digest
    assert made({**RUN, "code": "c0df"}).digest != here.digest


ROWS = "strategy,seed,final_valid_consent\n" + "".join(
    f"{strategy},{seed},{seed / 10 + share}\n"
    for seed in range(8)
    for strategy, share in (("none", 0), ("pressure", 0.1))
)


def analysed(place, *options):
    """The digest of an analysis of a table there."""
    out = place.parent / "analysed"
    command = ["analyse", str(place), "--out", str(out), "--force", *options]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 0, shown.output
    return json.loads(cite(out, "--json").output)["digest"]


def test_the_digest_of_an_analysis_is_the_same_in_every_language_and_folder(tmp_path):
    (tmp_path / "else where").mkdir()
    here, there = tmp_path / "runs.csv", tmp_path / "else where" / "copy.csv"
    for file in (here, there):
        file.write_text(ROWS, encoding="utf-8")
    english = analysed(here, "--only", "paired", "--lang", "en")
    assert english == analysed(here, "--only", "paired", "--lang", "zh", "--outcome", "final_valid_consent")
    assert english == analysed(there, "--only", "paired", "--lang", "en", "--dpi", "100")
    others = {
        analysed(here, "--lang", "en"),
        analysed(here, "--only", "paired", "--only", "replicates"),
        analysed(here, "--only", "paired", "--baseline", "none"),
    }
    here.write_text(ROWS.replace(",0.4\n", ",0.41\n"), encoding="utf-8")
    others.add(analysed(here, "--only", "paired"))
    assert len(others - {english}) == 4


def test_the_digest_of_an_analysis_of_a_sweep_is_that_of_what_it_ran_and_of_what_was_asked(tmp_path):
    gate = tmp_path / "gate.toml"
    gate.write_text(
        'id = "gate"\ncases = ["danwei_courtyard"]\nstrategies = ["none", "pressure"]\nseeds = 6\n'
        "[constants]\nhorizon_weeks = 4\n",
        encoding="utf-8",
    )
    found = set()
    for folder, lang in (("a", "en"), ("b", "zh")):
        command = ["sweep", str(gate), "--workers", "0", "-o", str(tmp_path / folder)]
        assert CliRunner().invoke(main, command).exit_code == 0
        found.add(analysed(tmp_path / folder, "--only", "paired", "--lang", lang))
    assert len(found) == 1
    assert found != {analysed(tmp_path / "a", "--only", "replicates")}


def test_a_command_is_cited_without_the_place_it_wrote_to(run):
    shown = cite(run, "--lang", "en").output
    assert "gongzhi run jinshui --seeds 2 [simulated data: 2 of 2 runs, seeds 1 to 2" in shown
    assert "wang" not in shown and "no commit known" in shown


def test_a_run_and_a_sweep_name_one_digest_of_the_models_code(tmp_path):
    gate = tmp_path / "gate.toml"
    gate.write_text(
        'id = "gate"\ncases = ["danwei_courtyard"]\nseeds = 1\n[levers]\nconsent_gate = [0.6, 0.9]\n'
        "[constants]\nhorizon_weeks = 4\n",
        encoding="utf-8",
    )
    run = ["run", "danwei_courtyard", "--weeks", "4", "--seed", "1", "--out", str(tmp_path / "run")]
    sweep = ["sweep", str(gate), "--workers", "0", "-o", str(tmp_path / "sweep")]
    for command in (run, sweep):
        assert CliRunner().invoke(main, command).exit_code == 0
        assert f"model code {code_of(())}" in cite(command[-1], "--lang", "en").output


def test_one_seed_is_no_range():
    assert "seed 7," in in_words(made({**RUN, "seeds": [7]}), (), "en")[1]
    assert "[simulated data: 2 of 2 runs, digest" in in_words(made({**RUN, "seeds": None}), (), "en")[1]
    assert "@misc{gongzhi_run_" in in_bibtex(made(RUN), (), "en")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no results here"),
        ({"tool": "another"}, "no results here"),
        ({k: v for k, v in RUN.items() if k != "versions"}, "'versions' is missing"),
        ({**RUN, "versions": "old"}, "of another kind"),
    ],
)
def test_what_is_no_folder_of_ours_is_refused(tmp_path, content, says):
    if content is not None:
        (tmp_path / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    refused = cite(tmp_path, "--lang", "en")
    assert refused.exit_code == 2 and says in refused.output


def test_a_damaged_manifest_is_not_cited(sweep):
    manifest = sweep / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("0.2.0", "0.3.0"), encoding="utf-8")
    refused = cite(sweep, "--lang", "en")
    assert refused.exit_code == 2 and "changed since it was written" in refused.output


def test_a_crate_says_how_it_is_cited(sweep, tmp_path):
    export_crate(open_results(sweep), tmp_path / "crate", Publisher(("Wang Fang",), "CC-BY-4.0"))
    root = json.loads((tmp_path / "crate" / "ro-crate-metadata.json").read_text("utf-8"))["@graph"][1]
    assert (
        "commit 3eba441bda7b" in root["creditText"]
        and "Wang Fang (2026). Gate & pressure" in root["creditText"]
    )
    assert "2 of 4 runs" in root["creditText"]
