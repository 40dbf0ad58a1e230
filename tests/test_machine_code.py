"""The engine's machine code: kept whole, loaded without its compiler, and careful about what it is handed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from compiling import compiled, entries, parts, shipped
from compiling.entries import ENTRIES, Entry, object_file
from model import preparation, settling
from model.engine import Run, build_world, simulate
from model.specification import Compound, Scenario
from model.week.schedule import advance
from model.world.empty import empty_world
from model.world.state import World

SMALL = Scenario(compound=Compound(households=40, buildings=2, stairwells_per_building=2), horizon_weeks=30)


def count_weeks(w: World, weeks: int) -> int:
    """An entry of the tests' own: cheap to compile."""
    return w.compounds.size + weeks


def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setattr(entries, "cache_folder", lambda: tmp_path)
    return Entry(count_weeks, count_weeks, is_apart=False)


def test_runs_do_without_the_compiler_once_the_engine_is_compiled() -> None:
    simulate(SMALL)
    code = """
import sys
from model.district_plan import district_runs
from model.engine import simulate
from model.specification import Compound, District, Scenario

small = Scenario(compound=Compound(households=40, buildings=2, stairwells_per_building=2), horizon_weeks=30)
simulate(small)
district_runs(small, District(compounds=3, buildings=6, households=120), seed=1)
assert "numba" not in sys.modules, "Numba was loaded"
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


def test_an_entry_is_compiled_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = noted(tmp_path, monkeypatch)
    assert not entry.is_kept()
    made = object_file(entry)
    monkeypatch.setattr(entries, "load_compiler", lambda: pytest.fail("compiled again"))

    assert entry.is_kept()
    assert object_file(entry) == made
    assert entries._machine_code(entry)(empty_world(0, 0, 0, 0, 0, 0), 12) == 12


@pytest.mark.parametrize("kept_bytes", [0, 10, -1])
def test_damaged_machine_code_is_made_again_instead_of_run(kept_bytes, tmp_path, monkeypatch) -> None:
    entry = noted(tmp_path, monkeypatch)
    object_file(entry)
    entry.file.write_bytes(entry.file.read_bytes()[:kept_bytes])
    compiled = []
    monkeypatch.setattr(parts, "compile_entry", lambda *_, **__: compiled.append(True) or b"made again")

    assert [object_file(entry), object_file(entry)] == [b"made again"] * 2
    assert compiled == [True]


def test_without_the_means_to_join_parts_an_entry_is_called_in_the_usual_way(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parts, "_ENTRY", None)
    entry = Entry(count_weeks, usual := lambda _world, weeks: weeks, is_apart=False)
    monkeypatch.setattr(entries, "cache_folder", lambda: tmp_path)

    assert object_file(entry) is None
    assert entries._machine_code(entry) is usual


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ties", np.zeros(10, np.int64)),
        ("reals", np.zeros(10, np.float32)),
        ("money", np.zeros((40, 9), np.int64).T),
    ],
)
def test_an_array_of_another_kind_is_refused_by_name(name: str, wrong: np.ndarray) -> None:
    world = build_world([Run(SMALL, 1)])

    with pytest.raises(TypeError, match=rf"world\.{name} is .*expected contiguous"):
        advance(world._replace(**{name: wrong}), 0, 1, 0, 1)


def test_a_world_that_is_called_each_week_is_laid_out_once(monkeypatch) -> None:
    expected, world = build_world([Run(SMALL, 1)]), build_world([Run(SMALL, 1)])
    advance(expected, 0, 1, 0, SMALL.horizon_weeks)
    laid_out = []
    headers = entries._headers
    monkeypatch.setattr(entries, "_headers", lambda w: laid_out.append(True) or headers(w))
    with entries.laid_out(world):
        for week in range(SMALL.horizon_weeks):
            advance(world, 0, 1, week, 1)

    assert laid_out == [True]
    np.testing.assert_array_equal(world.series, expected.series)
    advance(world, 0, 1, 0, 0)
    assert len(laid_out) == 2 and not entries._laid_out


def test_people_who_know_more_others_than_there_was_room_for_settle_the_same(monkeypatch) -> None:
    runs = [Run(SMALL, seed) for seed in range(9)]
    expected = build_world(runs)
    monkeypatch.setattr(settling, "_TIES_PER_HOUSEHOLD", 1)

    for name, found, wanted in zip(World._fields, build_world(runs), expected, strict=True):
        np.testing.assert_array_equal(found, wanted, err_msg=name)


def test_every_entry_has_been_kept_by_now() -> None:
    simulate(SMALL)

    assert {"settle_all", "form_all", "advance"} < set(ENTRIES)
    assert all(entry.is_kept() for entry in ENTRIES.values())


def test_machine_code_of_another_processor_or_version_is_not_taken(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(compiled, "_writable_root", lambda: tmp_path)
    found = {compiled.cache_folder.__wrapped__().name}
    monkeypatch.setattr(compiled.llvm, "get_host_cpu_name", lambda: "another")
    found.add(compiled.cache_folder.__wrapped__().name)
    monkeypatch.setattr(compiled, "version", lambda _: "99.0")
    found.add(compiled.cache_folder.__wrapped__().name)
    monkeypatch.setattr(compiled, "sources_digest", lambda *_, size: "0" * size)
    found.add(compiled.cache_folder.__wrapped__().name)

    assert len(found) == 4
    assert not list(tmp_path.glob("*/*"))  # so that whatever is wanted is compiled


def ships(entry: Entry, family: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The entry's machine code as if it had come with the package for a family, and an empty cache."""
    object_file(entry)
    monkeypatch.setattr(shipped, "SHIPPED", folder)
    file = folder / shipped.folder_of(family) / entry.file.name
    file.parent.mkdir(parents=True)
    entry.file.rename(file)
    return file


def test_machine_code_that_came_with_the_package_is_run_without_compiling(tmp_path, monkeypatch) -> None:
    entry = noted(tmp_path, monkeypatch)
    monkeypatch.setattr(shipped.llvm, "get_host_cpu_features", lambda: dict.fromkeys(shipped._V4, True))
    ships(entry, "x86-64-v3", tmp_path / "package", monkeypatch)
    monkeypatch.setattr(entries, "load_compiler", lambda: pytest.fail("compiled"))

    assert entry.is_kept() and not entry.file.exists()
    assert entries._machine_code(entry)(empty_world(0, 0, 0, 0, 0, 0), 12) == 12


def test_the_fastest_family_is_taken_that_the_processor_is_one_of(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path)
    for family in shipped.FAMILIES:
        (tmp_path / shipped.folder_of(family)).mkdir()
        (tmp_path / shipped.folder_of(family) / "advance.o").touch()
    taken = []
    for has in (shipped._V4, shipped._V4 - {"avx512f"}, shipped._V3 - {"bmi2"}, set()):
        features = dict.fromkeys(shipped._V4, False) | dict.fromkeys(has, True)
        monkeypatch.setattr(shipped.llvm, "get_host_cpu_features", lambda features=features: features)
        taken.append(shipped.shipped_file("advance"))

    fastest, next_best = (tmp_path / shipped.folder_of(family) / "advance.o" for family in shipped.FAMILIES)
    assert taken == [fastest, next_best, None, None]


def test_damaged_machine_code_that_came_with_the_package_is_compiled_instead(tmp_path, monkeypatch) -> None:
    entry = noted(tmp_path, monkeypatch)
    monkeypatch.setattr(shipped.llvm, "get_host_cpu_features", lambda: dict.fromkeys(shipped._V4, True))
    file = ships(entry, "x86-64-v4", tmp_path / "package", monkeypatch)
    file.write_bytes(file.read_bytes()[:-1])
    monkeypatch.setattr(parts, "compile_entry", lambda *_, **__: b"made again")

    assert object_file(entry) == b"made again"


def test_machine_code_of_other_sources_or_versions_in_the_package_is_not_taken(monkeypatch) -> None:
    here = shipped.folder_of.__wrapped__
    found = {here("x86-64-v3"), here("x86-64-v4")}
    monkeypatch.setattr(shipped.platform, "machine", lambda: "another")
    found.add(here("x86-64-v3"))
    monkeypatch.setattr(shipped, "version", lambda _: "99.0")
    found.add(here("x86-64-v3"))
    monkeypatch.setattr(shipped, "sources_digest", lambda *_, size: "0" * size)
    found.add(here("x86-64-v3"))

    assert len(found) == 5


@pytest.mark.parametrize("told", ["NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"])
def test_machine_code_for_a_processor_that_numba_is_told_is_kept_apart(told, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(compiled, "_writable_root", lambda: tmp_path)
    monkeypatch.delenv(told, raising=False)
    usual = compiled.cache_folder.__wrapped__()
    monkeypatch.setenv(told, "x86-64-v3")

    assert compiled.cache_folder.__wrapped__() != usual


def test_compiling_in_advance_says_so_once_and_nothing_where_nothing_is_missing(monkeypatch, capsys) -> None:
    compiled_now = []
    monkeypatch.setattr(preparation, "prepare_engine", lambda: compiled_now.append(True))
    for first in (True, False):
        monkeypatch.setattr(preparation, "is_first_run", lambda first=first: first)
        preparation.main()

    assert compiled_now == [True]
    assert capsys.readouterr().out.count("Compiling the engine") == 1
