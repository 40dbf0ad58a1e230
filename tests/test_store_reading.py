"""A small folder of results, opened and exported: every value and every line of what other programs are given."""

import inspect
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.measures import SUMMARY
from scenarios import libraries
from scenarios.libraries import MissingLibraryError, library
from scenarios.store import Store, StoreError, open_results
from scenarios.store.exporting import Publisher, crate, export_crate, export_table
from scenarios.store.oddd import odd_d
from scenarios.store.opening import as_xarray
from scenarios.store.parts import read_part, write_part
from scenarios.translation import message_in

ROOT = Path(__file__).parents[1]
OUTCOME = next(iter(SUMMARY))

FACTOR = {
    "name": "office.visit_hours", "en": "Hours of a visit", "role": "lever", "unit": "hours", "low": 0.5, "high": 1.5,
    "levels": [0.5, 1.5],
}  # fmt: skip
MANIFEST = {
    "id": "hours",
    "described": {"en": "Hours of visits", "asks_en": "Do longer visits help?", "found_en": "They do."},
    "factors": [FACTOR],
    "outcomes": [OUTCOME],
    "bases": [
        {
            "labels": ["kaifeng", "visible_example"],
            "scenario": {"compound": {"households": 168}, "horizon_weeks": 104},
            "district": None,
        },
        {
            "labels": ["street", "none"],
            "scenario": {"compound": {"households": 1}, "horizon_weeks": 52},
            "district": {"compounds": 8, "households": 640},
        },
    ],
    "seeds": {"n": 1000, "first": 1, "last": 1000},
    "design": {"kind": "grid"},
    "points": 2,
    "runs": 4000,
    "platform": "linux",
    "code": "abc123",
    "versions": {"numpy": "2.1", "gongzhi": "0.2.0"},
    "commands": [
        {"command": "gongzhi sweep hours", "date": "2026-01-01"},
        {"command": "gongzhi sweep hours --more", "date": "2026-01-02"},
    ],
}


@pytest.fixture
def folder(tmp_path):
    """Four runs of two points and two seeds, written in no order; one failed."""
    store = Store(tmp_path / "hours")
    store.write_manifest(MANIFEST)
    points = pa.table({"key": ["p0", "p1"], "point": [0, 1], FACTOR["name"]: [0.5, 1.5]})
    store.append(points, table="design")
    runs = {
        "key": ["d", "c", "b", "a"],
        "case": ["kaifeng"] * 4,
        "strategy": ["none"] * 4,
        "seed": [2, 1, 2, 1],
        FACTOR["name"]: [0.5, 1.5, 1.5, 0.5],
        "status": ["ok", "failed", "ok", "ok"],
        "error": [None, "out of memory", None, None],
        OUTCOME: [0.4, None, 0.3, 0.1],
    }
    weekly = pa.table({"key": ["b", "a", "a"], "week": [0, 1, 0], "payment_rate": [0.3, 0.2, 0.1]})
    store.append(weekly, keys=["b", "a", "a"], table="weekly")
    store.append(pa.table(runs))
    return store.folder


# -- opening ------------------------------------------------------------------------------------------------


def test_runs_stand_in_the_order_of_the_design_with_their_point(folder):
    runs = open_results(folder).runs()
    assert runs["key"].tolist() == ["a", "d", "c", "b"]
    assert runs["point"].tolist() == [0, 0, 1, 1]
    assert runs["seed"].tolist() == [1, 2, 1, 2]
    assert runs.index.tolist() == [0, 1, 2, 3]
    assert list(runs.columns)[:2] == ["key", "point"] and list(runs.columns).count("key") == 1
    assert runs["error"].tolist() == ["", "", "out of memory", ""]
    assert runs[OUTCOME].isna().tolist() == [False, False, True, False]


def test_weeks_stand_in_order_within_each_run(folder):
    weekly = open_results(folder).weekly()
    assert list(zip(weekly["key"], weekly["week"], strict=True)) == [("a", 0), ("a", 1), ("b", 0)]
    assert weekly["payment_rate"].tolist() == [0.1, 0.2, 0.3]
    assert weekly.index.tolist() == [0, 1, 2]


def test_the_design_has_a_point_and_its_factors_and_no_key(folder):
    assert list(open_results(folder).design().columns) == ["point", FACTOR["name"]]
    assert open_results(folder).factors == [FACTOR["name"]]


def test_without_a_design_runs_are_as_they_are_stored(tmp_path):
    store = Store(tmp_path)
    store.append(pa.table({"key": ["b", "a"], "seed": [1, 2]}))
    found = open_results(tmp_path)
    assert found.runs()["key"].tolist() == ["a", "b"] and "point" not in found.runs()
    assert found.factors == [] and found.manifest == {}
    assert len(found.weekly()) == 0 and len(found.arrow()) == 2


def test_the_first_factor_that_no_run_has_is_named_with_sixty_characters(tmp_path):
    store = Store(tmp_path / "s")
    long, other = "a" * 61, "b"
    store.write_manifest({**MANIFEST, "factors": [{**FACTOR, "name": name} for name in (long, other)]})
    store.append(pa.table({"key": ["x"]}))
    with pytest.raises(StoreError, match=f"no column '{'a' * 60}' in its runs, which its manifest names"):
        open_results(tmp_path / "s").runs()


def test_a_design_without_factors_is_one_point(tmp_path):
    store = Store(tmp_path)
    store.append(pa.table({"key": ["p"], "point": [0]}), table="design")
    store.append(pa.table({"key": ["b", "a"], "seed": [1, 2]}))
    runs = open_results(tmp_path).runs()
    assert runs["point"].tolist() == [0, 0] and runs["seed"].tolist() == [1, 2]


def test_a_folder_without_results_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StoreError, match="no results here"):
            open_results(place)
    Store(tmp_path).write_manifest({"id": "x"})
    assert open_results(tmp_path).manifest == {"id": "x"}


@pytest.mark.parametrize("writer", ["run", "compare", "demo", "analyse", "search"])
def test_the_folder_of_another_command_is_called_what_it_is_and_not_damaged(tmp_path, writer):
    (tmp_path / "manifest.json").write_text(json.dumps({"tool": "gongzhi", "made_by": writer}))
    with pytest.raises(
        StoreError, match=f"of gongzhi {writer}, which keeps no results of this form; expected a folder"
    ) as said:
        open_results(tmp_path)
    told = message_in("zh", str(said.value))
    assert told.endswith(
        f"由 gongzhi {writer} 写成，里面没有这种形式的结果；应为 `gongzhi sweep` 写下的文件夹"
    )
    assert (tmp_path / "manifest.json").exists()


def test_damaged_parts_are_refused_or_left_out_as_asked(folder):
    part = next(folder.glob("parts/runs-*"))
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(StoreError, match="incomplete"):
        open_results(folder).arrow()
    assert open_results(folder, damaged="skip").arrow().num_rows == 0


# -- tables -------------------------------------------------------------------------------------------------


def test_csv_is_read_by_excel_and_has_no_row_numbers(folder, tmp_path):
    goal = tmp_path / "new" / "deep" / "runs.csv"
    export_table(open_results(folder), goal, "csv")
    assert goal.read_bytes().startswith(b"\xef\xbb\xbfkey,point,case,")
    assert pd.read_csv(goal, encoding="utf-8-sig")["key"].tolist() == ["a", "d", "c", "b"]
    export_table(open_results(folder), goal, "csv", "weekly")
    assert pd.read_csv(goal, encoding="utf-8-sig")["week"].tolist() == [0, 1, 0]
    assert [path.name for path in goal.parent.iterdir()] == ["runs.csv"]


def test_parquet_says_label_and_unit_of_each_outcome(folder, tmp_path):
    goal = tmp_path / "runs.parquet"
    export_table(open_results(folder), goal, "parquet")
    table = pq.read_table(goal)
    info = SUMMARY[OUTCOME]
    expected = {"label": info.en, "label_zh": info.zh, "unit": info.unit, "definition": info.definition}
    kept = {k.decode(): v.decode() for k, v in table.schema.field(OUTCOME).metadata.items()}
    assert {k: v for k, v in kept.items() if not k.startswith("PARQUET")} == expected
    assert "label" not in str(table.schema.field("seed").metadata)
    assert table.column_names == list(open_results(folder).runs().columns)


# -- a folder to publish ------------------------------------------------------------------------------------


def test_a_crate_holds_every_table_the_manifest_and_a_description(folder, tmp_path):
    goal = tmp_path / "new" / "out" / "crate"
    for _ in range(2):  # the second takes the place of the first
        export_crate(open_results(folder), goal)
    names = {
        "design.parquet", "runs.parquet", "weekly.parquet", "runs.csv", "manifest.json", "odd_d.md", "odd.md",
        "scenarios.json", "ro-crate-metadata.json",
    }  # fmt: skip
    assert {path.name for path in goal.iterdir()} == names
    assert [path.name for path in goal.parent.iterdir()] == ["crate"]
    assert goal.stat().st_mode & 0o777 == 0o755
    text = (goal / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(text) == MANIFEST and text.startswith('{\n  "id"')
    assert "1 of 4 runs failed" in (goal / "odd_d.md").read_text(encoding="utf-8")
    metadata = (goal / "ro-crate-metadata.json").read_text(encoding="utf-8")
    assert json.loads(metadata) == crate(MANIFEST, goal, done=3) and metadata.startswith('{\n  "@context"')


def test_texts_of_a_crate_are_not_escaped(folder, tmp_path):
    Store(folder).write_manifest({**MANIFEST, "described": {"en": "共治"}})
    export_crate(open_results(folder), tmp_path / "crate")
    for name in ("manifest.json", "ro-crate-metadata.json"):
        assert "共治" in (tmp_path / "crate" / name).read_text(encoding="utf-8")


def test_a_crate_that_fails_leaves_nothing_behind(folder, tmp_path):
    store = Store(folder)
    next(folder.glob("parts/weekly-*")).write_bytes(b"")
    assert "weekly" in store.tables()
    with pytest.raises(StoreError):
        export_crate(open_results(folder), tmp_path / "out" / "crate")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_metadata_of_a_crate_name_what_made_it(tmp_path):
    (tmp_path / "runs.csv").write_text("12345")
    whole = crate(MANIFEST, tmp_path)
    descriptor, root, file, licence, action, software = whole["@graph"]
    assert root["license"] == {"@id": licence["@id"]} == {"@id": "#licence"} and "author" not in root
    assert action["object"] == []
    assert whole["@context"] == "https://w3id.org/ro/crate/1.1/context"
    assert descriptor["about"] == {"@id": "./"} and root["@id"] == "./"
    assert (file["@id"], file["contentSize"], file["encodingFormat"]) == ("runs.csv", "5", "text/csv")
    assert root["name"] == "Hours of visits" and root["description"] == "Do longer visits help?"
    assert root["hasPart"] == action["result"] == [{"@id": "runs.csv"}]
    assert root["datePublished"] == datetime.now(UTC).date().isoformat()
    assert root["variableMeasured"] == [OUTCOME]
    assert action["name"] == "Sweep hours" and action["endTime"] == "2026-01-02"
    assert action["description"] == "gongzhi sweep hours; gongzhi sweep hours --more"
    assert software["version"] == "0.2.0, model code abc123"
    assert software["softwareRequirements"] == "gongzhi 0.2.0, numpy 2.1"


def test_every_place_names_the_model_code_by_which_the_folder_is_cited(folder, tmp_path):
    made = MANIFEST | {"model_code": "c0de"}
    assert crate(made, tmp_path)["@graph"][-1]["version"] == "0.2.0, model code c0de"
    assert "- gongzhi 0.2.0, model code `c0de`, linux" in odd_d(made, runs=4000, failed=0)
    runs = open_results(folder).runs()
    assert as_xarray(runs, made).attrs["source"] == "gongzhi 0.2.0, model code c0de"


def test_the_metadata_of_a_crate_do_without_what_is_not_known(tmp_path):
    _, root, _, action, software = crate({}, tmp_path)["@graph"]
    assert root["name"] == "results" and root["description"].startswith("Results of a parameter sweep")
    assert root["hasPart"] == root["variableMeasured"] == []
    assert (action["name"], action["description"]) == ("Sweep ", "") and "endTime" not in action
    assert software["version"] == ", model code " and software["softwareRequirements"] == ""
    assert crate({"id": "hours"}, tmp_path)["@graph"][1]["name"] == "hours"


def test_a_crate_names_its_authors_licence_and_inputs_by_address(folder, tmp_path):
    publisher = Publisher(("王芳 <https://orcid.org/0000-0001-2345-6789>", "A. Smith"), "CC-BY-4.0")
    export_crate(open_results(folder), tmp_path / "crate", publisher)
    metadata = json.loads((tmp_path / "crate" / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in metadata["@graph"]}
    root, action = entities["./"], entities["#run"]
    assert root["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert [entities[author["@id"]]["name"] for author in root["author"]] == ["王芳", "A. Smith"]
    assert (
        root["author"][0] == {"@id": "https://orcid.org/0000-0001-2345-6789"}
        and root["author"] == action["agent"]
    )
    assert [i["@id"] for i in action["object"]] == ["design.parquet", "scenarios.json"]
    assert {"@id": "runs.parquet"} in action["result"] and {"@id": "design.parquet"} not in action["result"]
    files = {path.name for path in (tmp_path / "crate").iterdir()} - {"ro-crate-metadata.json"}
    assert files == {part["@id"] for part in root["hasPart"]} and "odd.md" in files
    referred = re.findall(r'\{"@id": "([^"]+)"\}', json.dumps(metadata, ensure_ascii=False))
    assert set(referred) - {"https://w3id.org/ro/crate/1.1"} <= set(entities)
    assert (tmp_path / "crate" / "odd.md").read_text("utf-8") == (ROOT / "docs" / "odd.md").read_text("utf-8")
    assert json.loads((tmp_path / "crate" / "scenarios.json").read_text("utf-8")) == MANIFEST["bases"]
    more = [*MANIFEST["commands"], {"command": "gongzhi sweep hours", "date": "2026-01-03"}]
    alone = crate({**MANIFEST, "commands": more}, tmp_path / "crate", Publisher(("A. Smith",)))["@graph"]
    [ran] = [entity for entity in alone if entity["@id"] == "#run"]
    assert (
        isinstance(ran["agent"], dict)
        and ran["agent"] == alone[1]["author"]
        and ran["endTime"] == "2026-01-03"
    )
    own = crate(MANIFEST, tmp_path / "crate", Publisher(licence="https://example.org/licence"))
    assert own["@graph"][1]["license"] == {"@id": "https://example.org/licence"}


# -- the description after ODD+D ----------------------------------------------------------------------------


def test_the_description_says_what_the_record_knows():
    text = odd_d(MANIFEST, runs=4000, failed=1200)
    lines = text.split("\n")
    assert lines[0] == "# Hours of visits: description after ODD+D"
    assert text.endswith(".\n") and "\n\n## I.i Purpose\n\nDo longer visits help?\n\n" in text
    assert "- `kaifeng` under strategy `visible_example`: 168 households, 104 weeks" in lines
    assert "- `street` under strategy `none`: 8 compounds, 640 households, 52 weeks" in lines
    assert "- design: grid, 2 points; 4,000 runs" in lines
    assert "- seeds: 1,000 (1 to 1000)" in lines
    assert f"- outcomes: `{OUTCOME}`" in lines
    assert "- gongzhi 0.2.0, model code `abc123`, linux" in lines
    assert "- command: `gongzhi sweep hours --more` (2026-01-02)" in lines
    assert "| `office.visit_hours` | Hours of a visit | lever | hours | 0.5 | 1.5 | 0.5, 1.5 |" in lines
    assert (
        "\n\nThey do.\n\n1,200 of 4,000 runs failed; how they were treated: *(to be completed)*\n\n" in text
    )


def test_the_description_asks_for_what_the_record_does_not_know():
    bare = {"seeds": {"n": 1, "first": 0, "last": 0}, "points": 1, "runs": 1}
    text = odd_d(bare, runs=1, failed=0)
    lines = text.split("\n")
    assert lines[0] == "# Results: description after ODD+D"
    assert "0 of 1 runs failed." in lines
    assert "## I.i Purpose\n\n*(to be completed)*\n" in text
    assert "## I.ii Entities, state variables, scales\n\n*(to be completed)*\n" in text
    assert "# Results and their limits\n\n*(to be completed)*\n" in text
    assert "None: only strategies and seeds vary." in lines
    assert "- design: listed, 1 points; 1 runs" in lines


@pytest.mark.parametrize(("n", "shown"), [(12, 12), (13, 12)])
def test_no_more_than_twelve_levels_of_a_factor_are_listed(n, shown):
    factor = {**FACTOR, "low": None, "high": None, "levels": list(range(n))}
    row = f"| {', '.join(map(str, range(shown)))}{' …' if n > 12 else ''} |"
    line = next(
        of for of in odd_d({**MANIFEST, "factors": [factor]}, runs=1, failed=0).split("\n") if row in of
    )
    assert line == f"| `office.visit_hours` | Hours of a visit | lever | hours |  |  {row}"


@pytest.mark.parametrize(("kind", "levels"), [("grid", "0.5, 1.5"), ("one_at_a_time", "0.5, 1.5"), ("sobol", ""),
                                              ("latin_hypercube", ""), ("random", ""), ("saltelli", "")])  # fmt: skip
def test_the_ends_of_a_range_that_is_sampled_are_not_called_levels(kind, levels):
    text = odd_d({**MANIFEST, "design": {"kind": kind}}, runs=1, failed=0)
    assert f"| lever | hours | 0.5 | 1.5 | {levels} |" in text


# -- other libraries, which take seconds to load -------------------------------------------------------------


@pytest.mark.parametrize("table", ["runs", "weekly", "design"])
def test_netcdf_holds_the_table_asked_for_with_the_names_of_the_others(folder, tmp_path, table):
    import xarray

    goal = tmp_path / "a.nc"
    found = open_results(folder)
    export_table(found, goal, "netcdf", table)
    by_point = {"case": 1, "strategy": 1, FACTOR["name"]: 2, "seed": 2}
    sizes = {"runs": by_point, "weekly": {**by_point, "week": 2}, "design": {"point": 2}}
    with xarray.open_dataset(goal, engine="scipy") as data:
        assert dict(data.sizes) == sizes[table]
        assert set(data.variables) == set(found.xarray(table).variables)
        assert data["point"].values.tolist() == [0, 1] and data[FACTOR["name"]].values.tolist() == [0.5, 1.5]
        if table == "runs":
            assert np.isclose(data[OUTCOME].sel({FACTOR["name"]: 0.5, "seed": 2}).item(), 0.4)
        if table == "weekly":
            by_week = data["payment_rate"].isel(case=0, strategy=0)
            assert by_week.sel({FACTOR["name"]: 0.5, "seed": 1}).values.tolist() == [0.1, 0.2]
            assert data["payment_rate"].attrs["units"] == "share" and OUTCOME not in data
    assert goal.read_bytes()[:4] == b"CDF\x02"  # classic, with 64-bit offsets


@pytest.mark.parametrize(
    ("form", "manifest", "key"),
    [("ro-crate", {}, "runs"), ("netcdf", {"factors": [{"name": "x"}]}, "factors")],
)
def test_what_is_exported_wants_the_manifest_of_a_sweep(folder, form, manifest, key):
    Store(folder).write_manifest(manifest)
    found = open_results(folder)
    with pytest.raises(StoreError) as raised:
        found.manifest_for(form)
    assert str(raised.value).startswith(f"{folder / 'manifest.json'}: {key}")
    assert str(raised.value).endswith("expected the manifest of a sweep")


def test_weekly_outcomes_of_runs_in_no_grid_have_runs_and_weeks(folder):
    found = open_results(folder)
    flat = as_xarray(found.runs().iloc[:3], MANIFEST, found.weekly())
    assert dict(flat.sizes) == {"run": 3, "week": 2} and flat["key"].values.tolist() == ["a", "d", "c"]
    assert flat["payment_rate"].values[0].tolist() == [0.1, 0.2] and flat["seed"].values.tolist() == [1, 2, 1]
    assert OUTCOME not in flat and OUTCOME in as_xarray(found.runs().iloc[:3], MANIFEST)
    assert np.isnan(flat["payment_rate"].values[1:]).all()


@pytest.mark.parametrize("form", ["csv", "parquet", "netcdf"])
def test_a_table_that_is_not_there_is_refused(tmp_path, form):
    store = Store(tmp_path / "few")
    store.append(pa.table({"key": ["a"], "seed": [1]}))
    with pytest.raises(StoreError, match="no table 'weekly'; expected runs"):
        export_table(open_results(store.folder), tmp_path / "a", form, "weekly")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("seed", "kept"),
    [
        (2**31 - 1, 2**31 - 1),
        (2**31, 2.0**31),
        (-(2**31), -(2.0**31)),
        (2**53, 2.0**53),
        (2**53 + 1, "9007199254740993"),
    ],
)
def test_whole_numbers_too_large_for_netcdf_are_exact_nevertheless(tmp_path, seed, kept):
    import xarray

    store = Store(tmp_path / "hours")
    store.write_manifest({"id": "x", "outcomes": ["n"]})
    run = {"key": ["a"], "case": ["c"], "strategy": ["s"], "seed": [seed], "status": ["ok"], "n": [2**40]}
    store.append(pa.table(run))
    export_table(open_results(store.folder), tmp_path / "runs.nc", "netcdf")
    with xarray.open_dataset(tmp_path / "runs.nc", engine="scipy") as data:
        found = data["seed"].item()
        assert "seed" in data.coords and "n" in data.data_vars and data["n"].item() == 2.0**40
    assert (found.decode() if isinstance(found, bytes) else found) == kept
    assert isinstance(kept, str) or isinstance(found, float) == isinstance(kept, float)


def test_a_full_grid_becomes_dimensions_and_anything_else_a_list_of_runs(folder):
    found = open_results(folder)
    cube = found.xarray()
    assert dict(cube.sizes) == {"case": 1, "strategy": 1, FACTOR["name"]: 2, "seed": 2}
    place = {FACTOR["name"]: 1.5, "seed": 2, "case": "kaifeng", "strategy": "none"}
    assert float(cube[OUTCOME].sel(place)) == 0.3 and set(cube.data_vars) == {
        OUTCOME,
        "key",
        "point",
        "status",
    }
    assert cube["point"].dims == (FACTOR["name"],) and set(cube["point"].coords) == {FACTOR["name"]}
    for fewer in (found.runs().iloc[:3], pd.concat([found.runs().iloc[:3], found.runs().iloc[:1]])):
        flat = as_xarray(fewer.reset_index(drop=True), MANIFEST)
        assert dict(flat.sizes) == {"run": len(fewer)} and "key" in flat
    assert cube.attrs == {
        "title": "Hours of visits",
        "source": "gongzhi 0.2.0, model code abc123",
        "comment": "simulated, not observed",
    }
    info = SUMMARY[OUTCOME]
    assert cube[OUTCOME].attrs == {"long_name": info.en, "units": info.unit, "comment": info.definition}
    described = {"long_name": "Hours of a visit", "units": "hours", "role": "lever"}
    assert cube[FACTOR["name"]].attrs == described
    assert as_xarray(found.runs(), {**MANIFEST, "described": {}}).attrs["title"] == "hours"


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda found: found.polars(), "polars(): needs Polars"),
        (lambda found: found.duckdb(), "duckdb(): needs DuckDB"),
        (lambda found: found.xarray(), "needs xarray"),
        (lambda found: found.xarray("weekly"), "needs xarray"),
        (lambda found: export_table(found, found.store.folder / "a.nc", "netcdf"), "netCDF: needs xarray"),
    ],
)
def test_a_missing_extra_is_told_with_the_line_that_installs_it(folder, monkeypatch, ask, named):
    for name in ("polars", "duckdb", "xarray"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingLibraryError) as refused:
        ask(open_results(folder))
    assert named in str(refused.value) and 'make dev, or pip install -e ".[tables]"' in str(refused.value)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "parts"]


@pytest.mark.parametrize("needs", ["sys", "a_module_that_is_missing"])
def test_a_library_learns_who_called_and_no_source_is_looked_up_for_it(needs, tmp_path, monkeypatch):
    asks = f"import inspect; WHO = inspect.stack()[0]; CALLERS = len(inspect.stack()); import {needs}"
    (tmp_path / "polars_of_a_test.py").write_text(asks, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(libraries._DISTRIBUTIONS["tables"], "polars_of_a_test", "Polars")
    monkeypatch.delitem(sys.modules, "polars_of_a_test", raising=False)
    usual = inspect.getouterframes
    if needs == "sys":
        found = library("polars_of_a_test", "test")
        assert (found.WHO.function, found.WHO.code_context) == ("<module>", None)
        assert found.CALLERS > len(inspect.stack())
    else:
        with pytest.raises(MissingLibraryError):
            library("polars_of_a_test", "test")
    assert inspect.getouterframes is usual and inspect.stack()[0].code_context


def test_a_column_that_a_part_lacks_is_named(tmp_path):
    part = write_part(tmp_path, "runs", pa.table({"key": ["a"], "x": [1.0]}))
    assert read_part(part, ["x", "key"]).column_names == ["x", "key"]
    with pytest.raises(pa.ArrowInvalid, match="no column 'y'"):
        read_part(part, ["key", "y"])


def test_other_tools_get_the_same_runs(folder):
    found = open_results(folder)
    assert found.polars()["key"].to_list() == found.polars("runs")["key"].to_list() == ["a", "d", "c", "b"]
    assert found.polars().columns == list(found.runs().columns)
    assert found.polars("weekly").height == 3 and "point" not in found.polars("weekly").columns
    connection = found.duckdb()
    assert connection.execute("SELECT key, point FROM runs ORDER BY key").fetchall() == [
        ("a", 0), ("b", 1), ("c", 1), ("d", 0)
    ]  # fmt: skip
    assert connection.execute("SELECT count(*) FROM weekly").fetchone() == (3,)
