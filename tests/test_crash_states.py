"""Power cuts: states that a disk may be left in, of random histories (`python tools/crash_states.py` runs more)."""

import os
import random

import crash_states
import pytest
from crash_states import KINDS, WrongError, run_history
from disk_model import BLOCK, Disk, Killed
from disk_model import crash_states as states_of

from scenarios.analysis import search
from scenarios.store import Store, files, parts

#: Histories of each kind.
FEW = {"store": 20, "sweep": 4, "collection": 4, "search": 2, "class": 8}


def states(tmp_path, act, most=64):
    with Disk(tmp_path) as disk:
        act(tmp_path)
    return list(states_of(disk, random.Random(1), most))


def contents(found, name):
    return {state.files.get(name) for state in found}


# -- the model of the disk ------------------------------------------------------------------------------------


def test_bytes_that_were_not_flushed_may_be_lost_cut_or_torn(tmp_path):
    new = bytes(range(256)) * 5

    def act(folder):
        (folder / "x").write_bytes(new)

    found = contents(states(tmp_path, act), "x")
    assert {None, b"", new} <= found
    assert any(content and content != new and new.startswith(content) for content in found)
    assert any(content and len(content) == len(new) and content != new for content in found)


def test_flushed_bytes_without_a_flushed_name_may_be_nowhere_and_with_one_are_whole(tmp_path):
    def act(folder):
        with (folder / "x").open("wb") as file:
            file.write(b"whole")
            file.flush()
            os.fsync(file.fileno())
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    found = states(tmp_path, act)
    last = max(state.after for state in found)
    assert contents([s for s in found if s.after == last - 1], "x") == {None, b"whole"}
    assert contents([s for s in found if s.after == last], "x") == {b"whole"}


def test_a_rename_happens_or_not_and_over_bytes_not_flushed_leaves_less_than_there_was(tmp_path):
    (tmp_path / "x").write_bytes(b"old")

    def act(folder):
        (folder / "y").write_bytes(b"new" * BLOCK)
        (folder / "y").replace(folder / "x")

    found = states(tmp_path, act)
    assert {b"old", b"", b"new" * BLOCK} <= contents(found, "x")
    assert all(state.files.get("x") is not None for state in found)


def test_what_lies_in_a_folder_that_is_lost_is_lost(tmp_path):
    def act(folder):
        (folder / "a").mkdir()
        with (folder / "a" / "x").open("wb") as file:
            os.fsync(file.fileno())
        handle = os.open(folder / "a", os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    found = states(tmp_path, act)
    last = [state for state in found if state.after == max(s.after for s in found)]
    assert {tuple(state.files) for state in last} == {(), ("a", "a/x")}


def test_after_a_kill_nothing_happens_and_the_disk_is_as_it_was(tmp_path):
    def before(what, path):
        if what == "rename":
            raise Killed

    with pytest.raises(Killed), Disk(tmp_path, before):
        files.write_whole(tmp_path / "x", b"content")
    assert [path.name.startswith(".part-") for path in tmp_path.iterdir()] == [True]


# -- histories ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_was_said_to_be_kept_survives_every_power_cut(kind):
    found = sum((run_history(seed, kind, most=6) for seed in range(FEW[kind])), start=crash_states.Counter())
    assert found["different states"] > 5 * FEW[kind], found


def test_a_class_that_was_written_after_a_full_disk_need_not_have_been_promised():
    assert run_history(649, "class")["different states"] == 39


def nothing(*_, **__):
    pass


def not_last(folder, mode=0o777):
    folder.mkdir(mode, parents=True, exist_ok=True)


#: What keeps a promise, by the name of what is broken: without it this history goes wrong.
NEEDED = {
    "a folder is flushed after a rename": ("store", 1, [(files, "flush_folder", nothing)]),
    "names on the way to a folder": ("store", 1, [(files, "lasting_folder", not_last)]),
    "a part that is there is flushed again": ("store", 34, [(parts, "make_last", nothing)]),
    "what a killed sweep left": ("sweep", 1, [(Store, "_make_ready", lambda store: not_last(store._parts))]),
    "settings of a search before its generations": (
        "search", 0, [(files, "flush_folder", nothing), (search, "lasting_folder", not_last)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("needed", NEEDED)
def test_without_any_of_what_keeps_the_promise_a_history_goes_wrong(needed, monkeypatch):
    kind, seed, broken = NEEDED[needed]
    for place, name, instead in broken:
        monkeypatch.setattr(place, name, instead)
    with pytest.raises(WrongError):
        run_history(seed, kind, most=6)
