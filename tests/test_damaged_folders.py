"""Folders of results that something has happened to: what is said, and what the same command mends."""

import errno
import fcntl
import json
import os
import time
from concurrent.futures import Future
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from commands.cli import main
from scenarios.collected.folder import OtherRunError, Rows
from scenarios.collected.runs import Drawn
from scenarios.collected.stream import run_blocks
from scenarios.files.collectionfile import Collection
from scenarios.loading import load_case
from scenarios.losses import NotFetchedError
from scenarios.store import Store, StoreError, open_results
from scenarios.store.exporting import export_crate
from scenarios.store.files import remove_abandoned
from scenarios.sweep import SweepChangedError, load_sweep, run_sweep

FILE = """
id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none", "pressure"]
seeds = 2
outcomes = ["final_valid_consent"]
weekly = ["valid_consent"]
[levers]
programme.consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = {weeks}
"""
TABLES = ("runs", "weekly", "design")


def invoke(*arguments, status=0):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output
    return done.output


def plan_of(folder, weeks=6):
    file = folder / "mine.toml"
    file.write_text(FILE.format(weeks=weeks), encoding="utf-8")
    return load_sweep(file)


@pytest.fixture
def out(tmp_path):
    run_sweep(plan_of(tmp_path), tmp_path / "out")
    return tmp_path / "out"


def tables(out):
    return {table: Store(out).table(table).to_pylist() for table in TABLES}


# -- the manifest ---------------------------------------------------------------------------------------------

HARMS = {
    "a number is changed": lambda text: text.replace('"points": 2', '"points": 3'),
    "it is cut": lambda text: text[: len(text) // 2],
    "it is empty": lambda text: "",
    "it is no table": lambda text: "[]",
}


@pytest.mark.parametrize("harm", HARMS)
def test_the_same_command_mends_a_damaged_manifest(out, tmp_path, harm):
    before, path = tables(out), out / "manifest.json"
    whole = json.loads(path.read_text("utf-8"))
    path.write_text(HARMS[harm](path.read_text("utf-8")), "utf-8")
    said = invoke("results", "verify", out, "--lang", "en", status=1)
    assert "Damaged: manifest.json" in said and "give the command that wrote them again" in said
    for command in ("show", "compact"):
        CliRunner().invoke(main, ["results", command, str(out)])
    said = invoke("sweep", tmp_path / "mine.toml", "-o", out, "--workers", 0, "--lang", "en")
    assert "set aside, what was in it is done again: manifest.json" in " ".join(said.split())
    again = json.loads(path.read_text("utf-8"))
    for changing in ("commands", "sha256"):
        del whole[changing], again[changing]
    assert again == whole and tables(out) == before
    assert (out / "damaged" / "manifest.json").exists()
    assert "sound" in invoke("results", "verify", out, "--lang", "en")


def test_a_damaged_manifest_opens_its_rows_to_no_other_sweep(out, tmp_path):
    before = tables(out)
    (out / "manifest.json").write_text("{}")
    with pytest.raises(SweepChangedError, match="holds 8 rows and no manifest"):
        run_sweep(plan_of(tmp_path, weeks=7), out)
    assert tables(out) == before


def test_what_reads_a_folder_says_how_its_manifest_is_mended(out):
    (out / "manifest.json").write_text("{}")
    assert "give the command that wrote this folder again" in invoke("results", "show", out, status=1)


@pytest.mark.parametrize("manifest", ["{", "\xff", "", "4" * 5000])
def test_a_manifest_of_a_run_that_cannot_be_read_is_said_to_be_so(tmp_path, manifest):
    place = folder_of("run", tmp_path / "run")
    (place / "manifest.json").write_text(manifest, "latin-1")
    for command in ("show", "cite"):
        said = " ".join(invoke("results", command, place, "--lang", "en", status=2).split())
        assert "manifest.json: cannot be read (" in said and "expected JSON" in said
        assert said.endswith("give the command that wrote this folder again, with another --out")
        in_chinese = invoke("results", command, place, "--lang", "zh", status=2)
        assert "无法读取" in in_chinese and "请再次运行写出这个文件夹的命令，并另给 --out" in in_chinese


def test_a_collection_with_a_damaged_manifest_goes_on_and_takes_no_other_run(tmp_path):
    out = tmp_path / "town"
    command = ("run", "national", "--compounds", 40, "--weeks", 4, "--out", out, "--threads", 1)
    invoke(*command, "--quiet")
    before = Store(out).table("compounds").to_pylist()
    (out / "manifest.json").write_text("{", "utf-8")
    assert "the rows are not of this run" in invoke(*command, "--seed", 9, status=2)
    (out / "manifest.json").write_text("{", "utf-8")
    assert "set aside in damaged/" in " ".join(invoke(*command, "--lang", "en").split())
    assert Store(out).table("compounds").to_pylist() == before
    invoke("results", "verify", out)


def test_a_folder_of_another_kind_without_its_manifest_is_nobody_elses(out, tmp_path):
    town, before = tmp_path / "town", tables(out)
    run = ("run", "national", "--compounds", 40, "--weeks", 4, "--threads", 1, "--quiet", "--out")
    invoke(*run, town)
    for folder in (out, town):
        (folder / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(SweepChangedError, match="holds the table 'compounds' and no manifest"):
        run_sweep(plan_of(tmp_path), town)
    assert Store(town).tables() == ["compounds"]
    invoke(*run, town)
    rows = Rows(out, Drawn(load_case("national").scenario(), Collection(), 1))
    with pytest.raises(OtherRunError, match="the rows are not of this run"):
        rows.begin({})
    assert tables(out) == before


def test_in_a_folder_of_other_results_nothing_is_set_aside(tmp_path):
    store = Store(tmp_path / "other", main="sets")
    path = store.append(pa.table({"key": ["a"]}))
    store.write_manifest({"kind": "calibration"})
    path.write_bytes(b"damaged")
    with pytest.raises(SweepChangedError, match="holds results of gongzhi calibrate"):
        run_sweep(plan_of(tmp_path), store.folder)
    assert path.read_bytes() == b"damaged" and not (store.folder / "damaged").exists()


# -- folders of other commands ---------------------------------------------------------------------------------

SWEEP, CALIBRATE = ("sweep", "mine.toml", "--workers", 0), ("calibrate", "--truths", 0)
COMPARED = ("compare", "danwei_courtyard", "--strategies", "none,pressure", "--force")
FORCED, TOWN = ("run", "danwei_courtyard", "--force"), ("run", "national", "--compounds", 40, "--force")


def contents(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def folder_of(writer, folder):
    """A folder as a command leaves it: with a store where it keeps one, else with a manifest alone."""
    if writer in ("run", "compare", "demo", "analyse", "search"):
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"tool": "gongzhi", "made_by": writer}))
    else:
        store, kind = Store(folder), {"calibrate": "calibration"}.get(writer, writer)
        store.append(
            pa.table({"key": ["a"]}), table={"sweep": "runs", "calibrate": "sets"}.get(writer, "compounds")
        )
        store.write_manifest({"made_by": "run"} if writer == "city" else {"kind": kind})
    return folder


@pytest.mark.parametrize(
    ("command", "writers"),
    [
        (SWEEP, ("run", "compare", "demo", "analyse", "search", "city", "calibrate")),
        ((*SWEEP, "--plan"), ("run", "compare", "demo", "analyse", "search", "city", "calibrate")),
        (CALIBRATE, ("run", "compare", "demo", "analyse", "search", "city")),
    ],
    ids=["sweep", "plan", "calibrate"],
)
def test_a_command_names_whose_folder_it_is_given_and_writes_nothing(command, writers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan_of(tmp_path)
    for writer in writers:
        folder = folder_of(writer, tmp_path / writer)
        before = contents(folder)
        said = invoke(*command, "--lang", "en", "-o", folder.name, status=2)
        by = "run" if writer == "city" else writer
        assert f"{folder.name}: holds results of gongzhi {by}; expected a new folder" in " ".join(
            said.split()
        )
        assert "are kept" not in said and contents(folder) == before
        in_chinese = invoke(*command, "--lang", "zh", "-o", folder.name, status=2)
        assert f"里面有 gongzhi {by} 的结果；应为新的文件夹" in in_chinese


def test_an_exported_crate_is_no_sweep_that_was_damaged(out, tmp_path):
    invoke("results", "export", out, "--to", "ro-crate", "-o", tmp_path / "crate")
    before = contents(tmp_path / "crate")
    said = invoke("sweep", tmp_path / "mine.toml", "-o", tmp_path / "crate", "--lang", "en", status=2)
    assert "holds results of gongzhi results export" in " ".join(said.split())
    assert contents(tmp_path / "crate") == before


@pytest.mark.parametrize("command", [FORCED, TOWN], ids=["compound", "town"])
def test_force_writes_over_no_rows_of_another_kind(command, tmp_path):
    for writer in ("sweep", "calibrate"):
        folder = folder_of(writer, tmp_path / writer)
        before = contents(folder)
        said = invoke(*command, "--lang", "en", "-o", folder, status=2)
        assert "which --force does not replace; expected another folder" in " ".join(said.split())
        assert "--force 也不会替换" in invoke(*command, "--lang", "zh", "-o", folder, status=2)
        assert contents(folder) == before


@pytest.mark.parametrize("command", [FORCED, TOWN, COMPARED], ids=["compound", "town", "compare"])
def test_force_writes_over_no_generation_of_a_search(command, tmp_path):
    folder = tmp_path / "search"
    (folder / "generations").mkdir(parents=True)
    names = ("search.json", "generation_0001.json")
    for name in names:
        (folder / "generations" / name).write_text("{}")
    refused = "holds the generations of a search, which --force does not replace; expected another folder"
    files = {f"generations/{name}": "" for name in names}
    for manifest in (None, {"tool": "gongzhi", "made_by": "search", "files": files}):
        if manifest:
            (folder / "manifest.json").write_text(json.dumps(manifest))
        before = contents(folder)
        said = invoke(*command, "--lang", "en", "-o", folder, status=2)
        assert refused in " ".join(said.split())
        in_chinese = invoke(*command, "--lang", "zh", "-o", folder, status=2)
        assert "里面有一次搜索的各代，--force 也不会替换；应为另一个文件夹" in in_chinese
        assert contents(folder) == before


# -- folders of other people's files ----------------------------------------------------------------------------

COMPOUND = ("run", "danwei_courtyard", "--seeds", 1, "--weeks", 4)
WRITERS = {
    "sweep": SWEEP,
    "plan": (*SWEEP, "--plan"),
    "calibrate": CALIBRATE,
    "search": ("search", "danwei_courtyard", "--generations", 1),
    "run": COMPOUND,
    "compare": ("compare", "danwei_courtyard", "--strategies", "none,pressure", "--seeds", 1),
    "city": ("run", "national", "--compounds", 40),
    "demo": ("demo", "--seeds", 1),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "held", [["thesis.docx"], ["manifest.json"], ["parts/wheel.stl", "a", "b", "c", "d"]], ids=str
)
def test_among_files_of_other_people_nothing_is_written(writer, held, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan_of(tmp_path)
    for name in held:
        place = tmp_path / "mine" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text('{"name": "a browser extension"}', encoding="utf-8")
    before = contents(tmp_path / "mine")
    said = " ".join(invoke(*WRITERS[writer], "--lang", "en", "-o", "mine", status=2).split())
    names = held[0] if len(held) == 1 else "a, b, c and 2 more"
    by = "no search has written" if writer == "search" else "gongzhi has not written"
    assert f"holds {names}, which {by}; expected an empty folder" in said
    in_chinese = "".join(invoke(*WRITERS[writer], "--lang", "zh", "-o", "mine", status=2).split())
    by = "搜索写下的" if writer == "search" else "本程序写的"
    assert f"不是{by}；应为" in in_chinese and "空文件夹" in in_chinese
    assert "expected" not in in_chinese and "written" not in in_chinese
    assert contents(tmp_path / "mine") == before


@pytest.mark.parametrize(
    "command", [SWEEP, (*COMPOUND, "--quiet"), (*WRITERS["city"], "--weeks", 4)], ids=str
)
def test_an_empty_folder_and_hidden_files_are_in_nobodys_way(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan_of(tmp_path)
    for folder, file in (("empty", ""), ("hidden", ".DS_Store")):
        (tmp_path / folder).mkdir()
        if file:
            (tmp_path / folder / file).touch()
        invoke(*command, "-o", folder)
        assert (tmp_path / folder / "manifest.json").exists()
        assert not file or (tmp_path / folder / file).exists()


def test_a_sweep_that_was_killed_before_its_first_row_goes_on(tmp_path):
    plan, folder = plan_of(tmp_path), tmp_path / "out"
    with Store(folder).lock():
        pass
    assert run_sweep(plan, folder).complete
    rows = Rows(tmp_path / "town", Drawn(load_case("national").scenario(), Collection(), 1))
    with rows.store.lock():
        pass
    invoke("run", "national", "--compounds", 40, "--weeks", 4, "--quiet", "-o", tmp_path / "town")


def test_an_export_that_replaces_a_crate_removes_no_file_of_others(out, tmp_path):
    crate = ("results", "export", out, "--to", "ro-crate", "-o", tmp_path / "crate")
    invoke(*crate)
    (tmp_path / "crate" / "runs.csv").write_text("")
    (tmp_path / "crate").chmod(0o700)
    same = (tmp_path / "crate").stat()
    invoke(*crate, "--force")
    assert (tmp_path / "crate" / "runs.csv").stat().st_size
    now = (tmp_path / "crate").stat()
    assert (now.st_ino, now.st_mode) == (same.st_ino, same.st_mode), "another folder in its place"
    assert not list((tmp_path / "crate").glob(".*"))
    (tmp_path / "crate" / "thesis.docx").touch()
    before = contents(tmp_path / "crate")
    said = " ".join(invoke(*crate, "--force", "--lang", "en", status=2).split())
    assert "holds thesis.docx, which no export has written; expected another folder" in said
    assert "不是导出写下的；应为另一个文件夹" in invoke(*crate, "--force", "--lang", "zh", status=2)
    with pytest.raises(StoreError, match=r"thesis\.docx, which no export has written"):
        export_crate(open_results(out), tmp_path / "crate")
    assert contents(tmp_path / "crate") == before


# -- disks that take no more ----------------------------------------------------------------------------------

SMALL_SEARCH = (
    "search",
    "danwei_courtyard",
    "--weeks",
    4,
    "--generations",
    1,
    "--population",
    8,
    "--seeds",
    1,
)


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("command", "taken", "english", "chinese"),
    [
        (CALIBRATE, "os.fsync", "disk is full (no space left on device); make room and give the same command again",
         "磁盘已满（no space left on device）；请腾出空间后再次运行同一命令"),
        (SMALL_SEARCH, "os.fsync", "cannot be written (No space left on device); the same command goes on",
         "无法写入（No space left on device）；同一命令会从已有的各代继续"),
        (SMALL_SEARCH, "commands.search.write_part", "disk is full (no space left on device); make room",
         "磁盘已满（no space left on device）；请腾出空间"),
        (SMALL_SEARCH, "commands.search.write_manifest", "disk is full (no space left on device); make room",
         "磁盘已满（no space left on device）；请腾出空间"),
    ],
)  # fmt: skip
def test_a_full_disk_is_told_as_such_and_the_same_command_goes_on(
    command, taken, english, chinese, tmp_path, monkeypatch
):
    if taken.startswith("commands"):
        monkeypatch.setattr("commands.search.front_figure", lambda *_, **__: None)
        monkeypatch.setattr("commands.search.instruments_figure", lambda *_, **__: None)
        if not taken.endswith("write_part"):
            monkeypatch.setattr("commands.search.write_part", lambda *_: None)
    with monkeypatch.context() as disk:
        disk.setattr(taken, full)
        for lang, expected in (("en", english), ("zh", chinese)):
            said = invoke(*command, "--lang", lang, "-o", tmp_path / "x", status=1)
            assert expected in " ".join(said.split()) and "--debug" not in said
            assert str(tmp_path / "x") in said


SINGLE_FILES = {
    "export": ("results", "export", "out", "--to", "csv", "-o"),
    "crate": ("results", "export", "out", "--to", "ro-crate", "-o"),
    "docs": ("docs", "odd", "--to", "markdown", "-o"),
    "baseline": ("baseline", "--record"),
    "folder": ("run", "danwei_courtyard", "--seeds", 1, "-o"),
}


@pytest.mark.parametrize("writer", SINGLE_FILES)
def test_a_disk_that_takes_no_more_is_no_wrong_input_and_a_name_that_cannot_be_used_is(
    writer, out, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("commands.baseline.record", lambda _: None)
    (tmp_path / "file").touch()
    said = invoke(*SINGLE_FILES[writer], "file/x", "--lang", "en", status=2)
    assert "'file/x': cannot be written" in said
    for maker in ("TemporaryDirectory", "mkdtemp"):
        monkeypatch.setattr(f"tempfile.{maker}", full)
    said = " ".join(invoke(*SINGLE_FILES[writer], "x", "--lang", "en", status=1).split())
    assert "'x': writing failed (no space left on device)" in said
    in_chinese = invoke(*SINGLE_FILES[writer], "x", "--lang", "zh", status=1)
    assert "写入失败（no space left on device）" in in_chinese
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("writer", ["export", "docs", "baseline", "households"])
def test_a_link_that_leads_nowhere_is_not_written_over(writer, out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "gone")
    command = SINGLE_FILES.get(writer, ("households", "census.toml", "-o"))
    assert "there" in invoke(*command, link, "--lang", "en", status=2)
    assert link.is_symlink()


def test_a_link_to_nothing_is_no_folder_that_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan_of(tmp_path)
    (tmp_path / "link").symlink_to("gone")
    assert "link: is a link to nothing; expected a folder" in invoke(
        *SWEEP, "-o", "link", "--lang", "en", status=1
    )
    assert "是指向不存在之处的链接；应为文件夹" in invoke(*SWEEP, "-o", "link/x", "--lang", "zh", status=1)
    assert not (tmp_path / "gone").exists()


def test_where_nothing_was_varied_nothing_is_asked_for_by_it(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(FILE.partition("[levers]")[0] + "[constants]\nhorizon_weeks = 6\n", encoding="utf-8")
    run_sweep(load_sweep(file), tmp_path / "out")
    by = ("results", "show", tmp_path / "out", "--by", "seed", "--lang")
    assert "--by 'seed': nothing was varied; expected it without --by" in invoke(*by, "en", status=2)
    assert "没有变动任何参数；应为不带 --by" in invoke(*by, "zh", status=2)


# -- what lies among the parts --------------------------------------------------------------------------------


def test_a_file_on_its_way_of_any_name_hinders_nobody_and_goes_after_an_hour(out, tmp_path):
    names = (
        ".part-x.writing",
        ".part-.writing",
        ".part-a-b-c.writing",
        ".part-a-99999999999999999999-0.writing",
    )
    for name in names:
        (out / "parts" / name).touch()
    assert invoke("results", "verify", out)
    run_sweep(plan_of(tmp_path), out)
    assert remove_abandoned(out / "parts") == 0
    for name in names:
        os.utime(out / "parts" / name, (time.time() - 3700,) * 2)
    run_sweep(plan_of(tmp_path), out)
    assert not list((out / "parts").glob(".part-*"))


@pytest.mark.parametrize("table", TABLES)
def test_a_folder_in_place_of_a_part_is_named_and_set_aside(out, tmp_path, table):
    before = tables(out)
    for _ in range(2):
        path = Store(out).parts(table)[0].path
        path.unlink()
        path.mkdir()
        (path / "something").touch()
        said = invoke("results", "verify", out, "--lang", "en", status=1)
        assert path.name[:40] in "".join(said.split()) and "is a directory" in " ".join(said.split())
        said = invoke("results", "show", out, "--lang", "en", status=0 if table == "weekly" else 1)
        assert table == "weekly" or "it sets the part aside" in " ".join(said.split())
        run_sweep(plan_of(tmp_path), out)
        assert tables(out) == before
        invoke("results", "verify", out)
    assert len(list((out / "damaged").glob("*/something"))) == 2


@pytest.mark.parametrize("table", TABLES)
def test_a_link_that_leads_nowhere_in_place_of_a_part_is_named_and_set_aside(out, tmp_path, table):
    before, path = tables(out), Store(out).parts(table)[0].path
    path.unlink()
    path.symlink_to(tmp_path / "another disk")
    for command in ("verify", "compact", *(["show"] if table != "weekly" else [])):
        assert path.name in "".join(invoke("results", command, out, "--lang", "en", status=1).split())
    run_sweep(plan_of(tmp_path), out)
    assert tables(out) == before
    assert (out / "damaged" / path.name).is_symlink()
    assert "sound" in invoke("results", "verify", out, "--lang", "en")


def test_a_design_that_is_not_there_is_noticed_and_written_again(out, tmp_path):
    for part in Store(out).parts("design"):
        part.path.unlink()
    said = invoke("results", "verify", out, "--lang", "en", status=1)
    assert "table design: 0 of 2 points are there" in " ".join(said.split())
    run_sweep(plan_of(tmp_path), out)
    invoke("results", "verify", out)


# -- file systems without locks -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_where_no_locks_can_be_had_a_way_out_is_said(tmp_path, monkeypatch, number):
    def refused(*_):
        raise OSError(number, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    plan = plan_of(tmp_path)
    said = invoke("sweep", tmp_path / "mine.toml", "-o", tmp_path / "out", "--workers", 0, status=1)
    assert "no locks available" in said and "GONGZHI_UNLOCKED=1" in " ".join(said.split())
    monkeypatch.setenv("GONGZHI_UNLOCKED", "1")
    assert run_sweep(plan, tmp_path / "out").complete


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_where_folders_cannot_be_flushed_the_system_does_it(tmp_path, monkeypatch, number):
    real = os.fsync

    def fsync(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(number, "Invalid argument")
        real(handle)

    if not Path("/proc/self/fd").exists():
        pytest.skip("only Linux says in /proc which file is flushed")
    monkeypatch.setattr(os, "fsync", fsync)
    assert run_sweep(plan_of(tmp_path), tmp_path / "out").complete


def test_a_folder_that_cannot_be_flushed_for_another_reason_is_an_error(tmp_path, monkeypatch):
    def broken(handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StoreError, match="input/output error"):
        run_sweep(plan_of(tmp_path), tmp_path / "out")


# -- rows that are lost on their way --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "seconds", "asked"), [(9, 100.0, 10), (40, 1.0, 41), (10**9, 1.0, 61), (10**9, 100.0, 10)]
)
def test_rows_of_a_block_that_are_lost_are_asked_for_as_often_and_as_long_as_those_of_a_chunk(
    lost, seconds, asked
):
    """lost : how often in a row; seconds : between one time and the next; asked : how often for that block"""
    times, kept, clock = [], [], count(0.0, seconds)

    def submit(function, drawn, first, last):
        future = Future()
        times.append(first)
        if first == 1 and times.count(1) <= lost:
            future.set_exception(NotFetchedError("the connection was closed"))
        else:
            future.set_result(first)
        return future

    given = (None, [range(i, i + 1) for i in range(5)], submit, 2, kept.append)
    if lost < asked:
        run_blocks(*given, clock=lambda: next(clock))
        assert sorted(kept) == list(range(5))
    else:
        with pytest.raises(NotFetchedError):
            run_blocks(*given, clock=lambda: next(clock))
    assert times.count(1) == asked


def test_ctrl_c_beside_a_block_that_failed_is_ctrl_c():
    def submit(function, drawn, first, last):
        future = Future()
        if first:
            future.set_exception(RuntimeError("an accident"))
        else:
            future.set_result(first)
        return future

    def keep(rows):
        kept.append(rows)
        if len(kept) == 1:
            raise KeyboardInterrupt

    kept = []
    with pytest.raises(KeyboardInterrupt):
        run_blocks(None, [range(i, i + 1) for i in range(3)], submit, 2, keep)
    assert kept == [0, 0]
