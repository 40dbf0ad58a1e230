"""`gongzhi analyse` and `gongzhi search` as a user meets them."""

import json
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.specification import Scenario, Strategy
from scenarios.store import Store

RULES = Strategy(id="pressure", zh="施压", en="Pressure", instruments={"pressure": {"intensity": 0.9}})


def invoke(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def table(points=40, seeds=6, strategies=("information_only", "pressure")):
    generator = np.random.default_rng(0)
    gate, fee = generator.uniform(0.6, 0.9, points), generator.uniform(0.3, 1.5, points)
    rows = []
    for strategy in strategies:
        for seed in range(seeds):
            noise = generator.normal(0, 0.01, points)
            row = {"case": "x", "strategy": strategy, "seed": seed}
            row |= {"programme.consent_gate": gate, "management.fee": fee}
            row["final_valid_consent"] = 0.6 + 0.3 * gate + noise
            row["final_insincere_share"] = 0.05 + 0.1 * (strategy == "pressure") + noise / 3
            row["payment_18_months"] = np.where(fee > 1.0, 0.3, 0.8) + noise
            rows.append(pd.DataFrame(row))
    return pd.concat(rows, ignore_index=True)


@pytest.fixture
def csv(tmp_path):
    file = tmp_path / "runs.csv"
    table().to_csv(file, index=False)
    return file


def factor(name, role, low, high, levels=()):
    words = {"unit": "", "zh": name, "en": name}
    return {
        "name": name,
        "role": role,
        **words,
        "low": low,
        "high": high,
        "levels": list(levels or (low, high)),
    }


def arrow(rows):
    """A table as sweeps write it: plain strings."""
    written = pa.Table.from_pandas(rows, preserve_index=False)
    plain = [f.with_type(pa.string()) if pa.types.is_large_string(f.type) else f for f in written.schema]
    return written.cast(pa.schema(plain))


def sweep_folder(folder, runs, design="latin_hypercube", **changes):
    """A folder as a sweep leaves it."""
    names = ["programme.consent_gate", "management.fee"]
    store = Store(folder)
    rows = runs.assign(key=[f"k{i:05d}" for i in range(len(runs))], status="ok", error=None)
    rows.loc[3, "status"] = "timeout"
    store.append(arrow(rows))
    points = runs.drop_duplicates(names)[names].reset_index(drop=True)
    points = points.assign(point=range(len(points)), key=[f"point-{i:09d}" for i in range(len(points))])
    store.append(arrow(points), table="design")
    bases = [
        Scenario(strategy=RULES),
        Scenario(strategy=Strategy(id="information_only", zh="宣传", en="Information")),
    ]
    manifest = {
        "kind": "sweep",
        "id": "gate",
        "runs": len(runs) + 10,
        "points": len(points),
        "seeds": {"first": 1, "last": 9, "n": 9},
        "weekly": [],
        "factors": [
            factor(names[0], "lever", 0.6, 0.9),
            factor(names[1], "uncertainty", 0.3, 1.5),
        ],
        "outcomes": ["final_valid_consent", "final_insincere_share", "payment_18_months"],
        "design": {"kind": design},
        "bases": [
            {
                "case": "yard",
                "strategy": b.strategy.id,
                "labels": [b.strategy.zh, b.strategy.en],
                "content": b.content_hash(),
                "constants": {},
                "scenario": b.model_dump(mode="json"),
                "district": None,
            }
            for b in bases
        ],
    }
    store.write_manifest({**manifest, **changes})
    return folder


def test_a_sweeps_folder_is_analysed_with_its_bounds_roles_and_legality(tmp_path):
    folder = sweep_folder(tmp_path / "sweep", table())
    result = invoke("analyse", folder, "--only", "paired", "--only", "robustness", "--lang", "en")
    assert result.exit_code == 0, result.stderr
    assert "1 failed" in result.stdout and "480 of 490 runs" in result.stdout
    assert "unlawful" in result.stdout
    manifest = json.loads((folder / "analysis" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"][0] == {
        "name": "programme.consent_gate", "role": "lever", "low": 0.6, "high": 0.9, "choices": [],
    }  # fmt: skip
    for kind in ("svg", "pdf", "png"):
        assert (folder / "analysis" / "figures" / f"paired.{kind}").stat().st_size > 1000
    rows = pd.read_csv(folder / "analysis" / "tables" / "paired.csv")
    assert set(rows["outcome"]) >= {"final_valid_consent", "final_insincere_share"}
    assert Store(folder).verify().damaged == []


def test_a_table_is_analysed_and_an_earlier_analysis_replaced(csv):
    for _ in range(2):
        result = invoke(
            "analyse", csv, "--only", "paired", "--outcome", "payment_18_months", "--lang", "zh", "--json"
        )
        assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["runs"] == 480 and found["failed"] == 0 and found["planned"] is None
    assert found["analyses"]["paired"]["found"]
    assert (csv.parent / "runs_analysis" / "figures" / "paired.svg").exists()


def test_a_table_of_strategies_and_seeds_alone_is_compared(tmp_path):
    file = tmp_path / "runs.csv"
    table(points=1).drop(columns=["programme.consent_gate", "management.fee"]).to_csv(file, index=False)
    result = invoke("analyse", file, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "12 runs, 1 points, 6 seeds" in result.stdout and "Traceback" not in result.output


def test_the_same_table_gives_the_same_figures_and_tables(csv, tmp_path):
    for name in ("one", "two"):
        assert (
            invoke(
                "analyse", csv, "--only", "paired", "--outcome", "payment_18_months", "--out", tmp_path / name
            ).exit_code
            == 0
        )
    for kind in ("figures/*.svg", "tables/*.csv"):
        files = sorted((tmp_path / "one").glob(kind))
        assert files and all(
            f.read_bytes() == (tmp_path / "two" / f.relative_to(tmp_path / "one")).read_bytes() for f in files
        )


def lacking(column):
    return table().drop(columns=column)


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (lacking("seed"), (), "no column 'seed'"),
        (lacking("strategy"), (), "no column 'strategy'"),
        (table().iloc[:0], (), "no rows"),
        (table()[["strategy", "seed"]], (), "no outcome"),
        (
            table().assign(payment_18_months="much"),
            (),
            "runs.csv:2: payment_18_months = 'much'; so are 479 more",
        ),
        (table().assign(wish="much"), ("--goal", "wish >= 0.6"), "unknown outcome"),
        (pd.concat([table(), table().iloc[:5]]), (), "5 runs stand twice"),
        (table(), ("--outcome", "final_valid_consnt"), "did you mean 'final_valid_consent'"),
        (table(), ("--baseline", "presure"), "did you mean 'pressure'"),
        (table(), ("--precision", "payment_18_months=-1"), "expected OUTCOME=HALF_WIDTH above 0"),
        (table(), ("--case", "y"), "no case 'y'"),
        (table(seeds=1), ("--only", "replicates"), "fewer than 3 seeds"),
        (table(strategies=("pressure",)), ("--only", "paired"), "expected two or more to compare"),
        (table(points=5), ("--only", "discovery"), "expected 30 or more points"),
    ],
)
def test_a_table_or_wish_that_cannot_be_used_is_a_clear_error_and_nothing_is_written(
    content, arguments, message, tmp_path
):
    file = tmp_path / "runs.csv"
    content.to_csv(file, index=False)
    result = invoke("analyse", file, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr and "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("final_valid_consent", "0.5x", "expected a number, or an empty cell where there is no value"),
        ("gate_week", "not reached", "expected a number, or an empty cell where there is no value"),
        ("my_index", "n/m", "expected a number, or an empty cell where there is no value"),
        ("programme.consent_gate", "O.7", "expected a number, or an empty cell where there is no value"),
        ("final_valid_consent", "0,134", "expected a decimal point: a comma may stand for decimals or for thousands"),
        ("final_valid_consent", "13.4%", "expected a number without the sign of per cent"),
        ("final_valid_consent", "０.5", "expected a number, or an empty cell where there is no value; did you "
         "mean 0.5?"),
        ("final_insincere_share", -5, "expected a number from 0 to 1 (share)"),
        ("final_insincere_share", 7, "expected a number from 0 to 1 (share); did you mean 0.07?"),
        ("payment_18_months", 1e300, "expected a number from 0 to 1 (share)"),
        ("valid_consent_at_week_26", 1.5, "expected a number from 0 to 1 (share)"),
        ("gate_week", -3, "expected a week from 0 on, or an empty cell where it was not reached"),
        ("office_hours_total", float("inf"), "expected a number that is not infinite"),
        ("my_index", float("-inf"), "expected a number that is not infinite"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_one_wrong_cell_is_refused_with_its_line_and_no_outcome_is_dropped(
    column, cell, message, form, tmp_path
):
    runs = table().assign(
        gate_week=12, my_index=3.5, office_hours_total=10, valid_consent_at_week_26=0.5, note="a", status="ok"
    )
    runs[column] = runs[column].astype(object)
    runs.loc[17, column] = cell
    runs.loc[40, "status"] = "failed"
    runs.loc[40, column] = cell  # of a run that failed no cell counts
    file = tmp_path / f"runs.{form}"
    if form == "csv":
        file.write_text(runs.to_csv(index=False).replace("\n", "\n\n", 1), encoding="utf-8")
    else:
        runs[column] = runs[column].map(str) if isinstance(cell, str) else runs[column].astype(float)
        runs.to_parquet(file)
    result = invoke("analyse", file, "--lang", "en")
    assert result.exit_code == 2, result.output
    place = f"{file}:20" if form == "csv" else f"{file}, row 18"
    shown = repr(cell) if isinstance(cell, str) else f"{cell:.10g}"
    assert result.stderr.strip() == f"Error: {place}: {column} = {shown}; {message}"
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_table_of_a_spreadsheet_with_decimal_commas_says_so_once_a_column(tmp_path):
    file = tmp_path / "runs.csv"
    table().to_csv(file, index=False, sep=";", decimal=",", float_format="%.3f")
    result = invoke("analyse", file, "--lang", "en")
    assert result.exit_code == 2
    lines = result.stderr.strip().split("\n")
    assert len(lines) == 5 and all(
        "so are 479 more of the column; expected a decimal point" in x for x in lines
    )
    table().round(2).to_csv(file, index=False, sep=";", decimal=",")
    found = json.loads(invoke("analyse", file, "--only", "paired", "--json").stdout)
    assert "final_valid_consent" in found["outcomes"] and found["runs"] == 480


def test_columns_of_words_are_named_as_left_out(csv):
    table().assign(note="good", day=pd.Timestamp("2026-11-02"), scenario="ab", error="").to_csv(
        csv, index=False
    )
    result = invoke("analyse", csv, "--only", "paired", "--lang", "en")
    assert result.exit_code == 0, result.stderr
    assert "the columns note, day." in " ".join(result.stdout.split())
    assert "note、day" in invoke("analyse", csv, "--only", "paired", "--lang", "zh").stdout
    manifest = json.loads((csv.parent / "runs_analysis" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["columns_left_out"] == ["note", "day"]


def test_a_table_of_dates_and_lists_in_parquet_is_analysed_without_them(tmp_path):
    file = tmp_path / "runs.parquet"
    runs = table().assign(day=pd.Timestamp("2026-11-02"))
    runs.assign(kind=pd.Categorical(["a"] * len(runs)), each=[[1, 2]] * len(runs)).to_parquet(file)
    found = json.loads(invoke("analyse", file, "--only", "paired", "--json").stdout)
    assert found["columns_left_out"] == ["day", "kind", "each"]


def test_a_comparison_without_values_names_both_sides_and_the_true_reason(csv):
    runs = (
        table(points=1)
        .drop(columns=["programme.consent_gate", "management.fee"])
        .assign(payment_18_months=None)
    )
    pd.concat([runs.assign(**{"programme.consent_gate": gate}) for gate in (0.6, 0.7, 0.8)]).to_csv(
        csv, index=False
    )
    for lang in ("en", "zh"):
        found = json.loads(
            invoke("analyse", csv, "--outcome", "payment_18_months", "--lang", lang, "--json").stdout
        )
        pair, levels = (found["analyses"][name]["found"] for name in ("paired", "levels"))
        names = {"en": ("Pressure (diagnostic)", "Information only"), "zh": ("施压（诊断用）", "仅入户宣传")}[
            lang
        ]
        assert all(f"“{name}”" in pair[0] for name in names), pair
        assert {"en": "0 of 18 pairs", "zh": "18 对中 0 对"}[lang] in pair[0]
        assert len(levels) == len(set(levels)) == 4
        assert found["analyses"]["replicates"]["left_out"] == [
            f"{csv}: replicates: fewer than 3 seeds with a value at every point; expected three or more"
        ]


@pytest.mark.parametrize(
    ("header", "cells", "message"),
    [
        ("strategy,seed,gate_week,gate_week", "a,1,3,4", "runs.csv:2: column 'gate_week' is given twice; expected"),
        ("strategy,seed,strategy", "a,1,b", "runs.csv:2: column 'strategy' is given twice"),
        ("strategy,seed,final_valid_consent", "a,1,0,134", "the first row has more cells than the header"),
    ],
)  # fmt: skip
def test_a_header_with_a_column_twice_or_too_few_is_refused(header, cells, message, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text(f"\n{header}\n{cells}\n", encoding="utf-8")
    result = invoke("analyse", file, "--lang", "en")
    assert result.exit_code == 2 and message in result.stderr, result.output


def test_what_is_no_sweep_or_a_damaged_one_is_a_clear_error(tmp_path):
    (tmp_path / "empty").mkdir()
    for place, message in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "empty", "no results here"),
        (__file__, "expected a folder"),
    ):
        result = invoke("analyse", place)
        assert result.exit_code == 2 and message in result.stderr and "Traceback" not in result.stderr
    folder = sweep_folder(tmp_path / "sweep", table())
    part = next(iter(Store(folder).parts("runs"))).path
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    result = invoke("analyse", folder)
    assert result.exit_code == 2 and "run the sweep again to repair it" in result.stderr


def test_a_missing_library_names_the_extra_and_no_host(csv, monkeypatch):
    import scenarios.libraries as libraries

    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(libraries, "import_module", missing)
    result = invoke("analyse", csv, "--only", "discovery")
    assert result.exit_code == 2
    assert "needs ema-workbench" in result.stderr and 'pip install -e ".[analysis]"' in result.stderr
    assert not re.search(r"https?:", result.stderr)


def search(folder, *more):
    options = ("--instruments", "home_visits,pioneers", "--generations", 2, "--population", 8, "--seeds", 1)
    small = (
        "--set",
        "compound.households=24",
        "--set",
        "compound.buildings=1",
        "--weeks",
        12,
        "--fresh-seeds",
        6,
    )
    return invoke("search", "danwei_courtyard", *options, *small, "--threads", 1, "--out", folder, *more)


def test_a_search_is_written_resumed_and_never_mixed(tmp_path, monkeypatch):
    folder = tmp_path / "search"
    result = search(folder, "--lang", "en", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["tried"] == 16 and found["front"]
    monkeypatch.setattr("commands.search.MOST_PRINTED", 1)
    more = len(found["front"]) - 1
    said = f"{more} more strategies of the front are in tables/front.csv."
    assert more and said in search(folder, "--lang", "en").stdout
    front = (folder / "tables" / "front.csv").read_bytes()
    (folder / "generations" / "generation_0002.json").unlink()
    assert search(folder).exit_code == 0
    assert (folder / "tables" / "front.csv").read_bytes() == front
    other = search(folder, "--search-seed", 5)
    assert other.exit_code == 2 and "expected the same search" in other.stderr


def test_a_search_refuses_unlawful_means_and_foreign_folders(tmp_path):
    result = search(tmp_path / "a", "--strategy", "pressure")
    assert result.exit_code == 2 and "unlawful" in result.stderr
    result = invoke("search", "danwei_courtyard", "--instruments", "proxy_signing", "--out", tmp_path / "a")
    assert result.exit_code == 2 and "proxy_signing is unlawful" in result.stderr
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.txt").write_text("mine", encoding="utf-8")
    result = search(tmp_path / "b")
    assert result.exit_code == 2 and "thesis.txt, which no search has written" in result.stderr
