import multiprocessing
import os
import random
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenarios.store import Store, StoreError, canonical, key_of, key_of_texts


def rows(first: int, n: int = 5) -> pa.Table:
    keys = [key_of(i) for i in range(first, first + n)]
    return pa.table({"key": keys, "seed": list(range(first, first + n)), "x": [i / 7 for i in range(n)]})


@pytest.fixture
def store(tmp_path) -> Store:
    filled = Store(tmp_path / "sweep")
    filled.append(rows(0))
    filled.append(rows(5))
    return filled


def test_rows_come_back_as_they_were_sorted_by_key(store):
    table = store.table()
    assert sorted(table["seed"].to_pylist()) == list(range(10))
    assert table["key"].to_pylist() == sorted(table["key"].to_pylist())
    assert store.keys() == {key_of(i) for i in range(10)}
    assert store.verify().sound and store.verify().keys == 10


def test_the_same_rows_twice_are_one_part_and_overlapping_parts_are_read_once(store):
    before = store.table()
    store.append(rows(0))
    assert len(store.parts()) == 2
    store.append(rows(3, 4).replace_schema_metadata({"again": "1"}))
    assert store.verify().repeated == 4
    assert store.table()["seed"].to_pylist() == before["seed"].to_pylist()


def test_many_rows_may_share_one_key(tmp_path):
    store = Store(tmp_path)
    block = pa.table({"compound": [1, 2, 3], "payment": [0.5, 0.6, 0.7]})
    store.append(block, keys="block-1")
    store.append(block, keys="block-2")
    assert store.keys() == {"block-1", "block-2"}
    assert store.table().num_rows == 6


def test_a_second_table_does_not_count_as_done(store):
    store.append(pa.table({"week": [0, 1]}), keys="another", table="weekly")
    assert "another" not in store.keys()
    assert store.table("weekly").num_rows == 2 and store.tables() == ["runs", "weekly"]


def test_one_flipped_bit_anywhere_is_found_and_the_part_is_named(store):
    part = store.parts()[0].path
    whole = part.read_bytes()
    draw = random.Random(5)
    places = [*draw.sample(range(len(whole) * 8), 200), 0, len(whole) * 8 - 1]
    for place in places:
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        part.write_bytes(changed)
        found = store.verify()
        assert [damage.file for damage in found.damaged] == [f"parts/{part.name}"], place
        with pytest.raises(StoreError, match=part.name):
            store.table()


def test_a_part_cut_at_any_length_is_found(store):
    part = store.parts()[1].path
    whole = part.read_bytes()
    for length in range(0, len(whole), 13):
        part.write_bytes(whole[:length])
        assert [damage.file for damage in store.verify().damaged] == [f"parts/{part.name}"], length


def test_a_damaged_part_is_set_aside_and_the_others_stay(store):
    part = store.parts()[0]
    first = set(pq.read_table(part.path)["key"].to_pylist())
    part.path.write_bytes(b"PAR1")
    assert [d.file for d in store.mend()] == [f"parts/{part.path.name}"]
    assert store.verify().sound
    assert store.keys() == {key_of(i) for i in range(10)} - first
    assert (store.folder / "damaged" / part.path.name).exists()


def test_damaged_parts_can_be_left_out_on_request(store):
    store.parts()[0].path.write_bytes(b"")
    assert store.table(damaged="skip").num_rows == 5


def test_compaction_keeps_every_row(store):
    before = store.table()
    assert store.compact() == (2, 1)
    assert store.table().equals(before)
    assert store.compact() == (1, 1)
    assert store.verify().sound


def test_a_changed_manifest_is_found(store):
    store.write_manifest({"name": "水岸"})
    assert store.manifest == {"name": "水岸"}
    path = store.folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("水", "木"), encoding="utf-8")
    assert [d.file for d in store.verify().damaged] == ["manifest.json"]
    with pytest.raises(StoreError, match="changed"):
        _ = store.manifest


def test_what_a_dead_writer_left_is_removed_and_what_a_living_one_writes_is_not(store):
    dead = multiprocessing.get_context("spawn").Process(target=int)
    dead.start()
    dead.join()
    host = socket.gethostname()
    left = store.folder / "parts" / f".part-{host}-{dead.pid}-0.writing"
    living = store.folder / "parts" / f".part-{host}-{os.getppid()}-0.writing"
    left.touch()
    living.touch()
    store.mend()
    assert not left.exists() and living.exists()
    assert store.table().num_rows == 10


def test_two_writers_are_refused(store):
    with store.lock(), pytest.raises(StoreError, match="another run is writing"), store.lock():
        pass
    with store.lock():
        pass


def test_a_folder_that_cannot_be_written_to_is_an_error(store, monkeypatch):
    def refused(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(StoreError, match="cannot be written to"):
        store.append(rows(20))


def test_a_full_disk_is_an_error_and_leaves_nothing_behind(store, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    before = store.table()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        store.append(rows(20))
    monkeypatch.undo()
    assert store.table().equals(before)
    assert not list(store.folder.rglob("*.writing"))


def test_a_file_where_the_folder_should_be_is_an_error(tmp_path):
    (tmp_path / "sweep").write_text("x")
    with pytest.raises(StoreError, match="expected a folder"):
        Store(tmp_path / "sweep").append(rows(0))


def test_keys_depend_on_content_and_not_on_the_order_of_mappings():
    assert key_of({"a": 1, "b": [0.1]}, 3) == key_of({"b": [0.1], "a": 1}, 3)
    assert key_of({"a": 1}) != key_of({"a": 1.0000001})
    assert len(key_of("水岸")) == 32
    assert key_of_texts('["水岸"]', canonical({"b": 0.1}), "3") == key_of(["水岸"], {"b": 0.1}, 3)
