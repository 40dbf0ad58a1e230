"""What others have named stays a word in every table, and in every name of a file."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from scenarios.files.spreadsheets import as_meant, csv_of, file_name, harmless, read_csv, write_csv

FORMULAS = [
    *(
        "=1+1",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "＝1+1",
        "\t=1",
        "\r=1",
        '=HYPERLINK("http://x")',
        "-",
        "+cmd|' /C calc'!A0",
    ),
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_would_be_a_formula_is_a_word_and_can_be_read_back(cell):
    assert harmless(cell) == "'" + cell
    assert as_meant(harmless(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["a", "a=b", "'a", "", "-3.5", "+1e9", "-inf", "言不由衷", 3, -2.5, None, True]
)
def test_any_other_cell_stays_as_it_is(cell):
    assert harmless(cell) is cell and as_meant(cell) is cell


def test_cells_and_headings_are_made_harmless_in_columns_of_every_kind():
    table = pd.DataFrame(
        {
            "strategy": ["=1+1", "plain", None],
            "of several": pd.Series(["@a", 1, -2.5], dtype=object),
            "few": pd.Categorical(["-a", "b", "-a"]),
            "n": [-1, 2, -3],
            "=leads": [0.5, np.nan, -1.0],
        }
    )
    lines = csv_of(table, end="\r\n").decode("utf-8-sig").split("\r\n")
    assert lines == [
        "strategy,of several,few,n,'=leads",
        "'=1+1,'@a,'-a,-1,0.5",
        "plain,1,b,2,",
        ",-2.5,'-a,-3,-1.0",
        "",
    ]
    assert list(table["strategy"])[:2] == ["=1+1", "plain"], "the table itself is left alone"


def test_a_table_that_was_written_is_read_as_it_was_meant(tmp_path):
    table = pd.DataFrame({"strategy": FORMULAS, "x": np.arange(len(FORMULAS)) / 7})
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "Excel wants a mark"
    found = read_csv(tmp_path / "t.csv")
    # A carriage return within a cell is an end of line for who reads.
    assert [w.replace("\r", "\n") for w in found["strategy"]] == [w.replace("\r", "\n") for w in FORMULAS]


def test_one_function_writes_every_table():
    root = Path(__file__).parent.parent
    found = {
        str(file.relative_to(root))
        for room in ("compiling", "agents", "model", "scenarios", "dashboard", "commands")
        for file in (root / room).rglob("*.py")
        if re.search(r"\.to_csv\(|csv\.writer|csv\.DictWriter|\.to_excel\(", file.read_text(encoding="utf-8"))
    }
    assert found == {"scenarios/files/spreadsheets.py"}


@pytest.mark.parametrize(
    "name",
    ["a/b", "../../evil", "/etc/passwd", "a\\b", "..", ".hidden", "", "x" * 300, "a\x00b", "=1+1", "\ud800"],
)
def test_a_name_of_somebody_elses_is_no_path(tmp_path, name):
    made = file_name(name)
    assert Path(made).name == made and not made.startswith(".") and len(made) <= 110
    (tmp_path / f"{made}.csv").write_text("")


def test_usual_names_are_kept_and_different_ones_stay_different():
    assert file_name("surface_visible_example") == "surface_visible_example" and file_name("策略") == "策略"
    assert len({file_name(name) for name in ("a/b", "a_b", "a\\b", "a b", "a:b")}) == 5


def test_a_users_table_with_names_of_any_kind_is_analysed_into_its_folder_only(tmp_path):
    rng = np.random.default_rng(1)
    rows = [
        {
            "strategy": strategy,
            "seed": seed,
            "programme.gate": gate,
            "x.a/b": other,
            "out/come": gate + rng.random() / 9,
        }
        for strategy in ("a/b", "=1+1", "../../evil")
        for gate in (0.6, 0.7, 0.8, 0.9)
        for other in (0.1, 0.2, 0.3, 0.4)
        for seed in (1, 2, 3)
    ]
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(place / "runs.csv", index=False)
    out = place / "out"
    asked = ["analyse", str(place / "runs.csv"), "--out", str(out), "--only", "surfaces", "--lang", "en"]
    said = CliRunner().invoke(main, asked)
    assert said.exit_code == 0, said.output
    written = {file for file in tmp_path.rglob("*") if file.is_file()} - {place / "runs.csv"}
    assert written and all(file.is_relative_to(out) for file in written)
    assert len([file for file in written if file.suffix == ".svg"]) == 6, "two figures a strategy"
    table = (out / "tables" / "surface_indices.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1" in table and not re.search(r"(^|,)[=+@]", table, re.MULTILINE)


def test_two_strategies_without_a_common_point_are_said_to_have_none(tmp_path):
    rows = [
        {"strategy": strategy, "seed": 1, "programme.gate": gate + (strategy == "b") / 100, "outcome": gate}
        for strategy in ("a", "b")
        for gate in (0.6, 0.7, 0.8, 0.9)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "runs.csv", index=False)
    asked = ["analyse", str(tmp_path / "runs.csv"), "--out", str(tmp_path / "out"), "--lang", "en"]
    said = CliRunner().invoke(main, asked)
    assert "ValueError" not in said.output and said.exit_code in (0, 2)
