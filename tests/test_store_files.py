"""The store's files one by one: what is said of every fault, what is kept, what is removed, what is merged."""

import errno
import json
import os
import re
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenarios.store import Store, StoreError, canonical, files, key_of
from scenarios.store import store as store_module
from scenarios.store.files import locked, make_folder, remove_abandoned, replace_whole, write_whole
from scenarios.store.parts import Part, is_damaged, parts_of, read_part, with_keys, write_part
from scenarios.store.store import DamagedManifestError


def rows(*keys: str) -> pa.Table:
    return pa.table({"key": list(keys), "x": [float(len(key)) for key in keys]})


# -- keys ---------------------------------------------------------------------------------------------------


def test_canonical_json_is_sorted_short_and_unescaped():
    assert canonical({"b": [1, 0.5], "a": "水岸"}) == '{"a":"水岸","b":[1,0.5]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))
    assert len(key_of(1)) == 32


# -- faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "{folder}: the disk is full (oh dear); make room"),
        (errno.EDQUOT, "{folder}: the disk is full (oh dear); make room"),
        (errno.EROFS, "{folder}: cannot be written to (oh dear); expected a folder"),
        (errno.EACCES, "{folder}: cannot be written to (oh dear); expected a folder"),
        (errno.EPERM, "{folder}: cannot be written to (oh dear); expected a folder"),
        (errno.ENOTDIR, "{file}: is a file or lies in one (oh dear); expected a folder"),
        (errno.EEXIST, "{file}: is a file or lies in one (oh dear); expected a folder"),
        (errno.EIO, "{file}: writing failed (oh dear)"),
    ],
)
def test_a_fault_is_said_with_what_to_do(tmp_path, monkeypatch, number, said):
    def fails(*_):
        raise OSError(number, "Oh dear")

    monkeypatch.setattr(files, "replace_whole", fails)
    goal = tmp_path / "x"
    with pytest.raises(StoreError) as raised:
        write_whole(goal, b"")
    assert str(raised.value).startswith(said.format(folder=tmp_path, file=goal))


def test_a_fault_without_a_name_is_said_in_its_own_words(tmp_path, monkeypatch):
    def fails(*_):
        raise OSError("Strange")

    monkeypatch.setattr(files, "replace_whole", fails)
    with pytest.raises(StoreError, match=r"writing failed \(strange\)"):
        write_whole(tmp_path / "x", b"")


def test_a_file_is_whole_with_its_mode_and_nothing_else_is_left(tmp_path):
    goal = tmp_path / "x"
    replace_whole(goal, b"one", 0o600)
    assert goal.read_bytes() == b"one" and goal.stat().st_mode & 0o777 == 0o600
    before = os.umask(0)
    try:
        replace_whole(goal, b"two")
    finally:
        os.umask(before)
    assert goal.read_bytes() == b"two" and goal.stat().st_mode & 0o777 == 0o666
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    goal = tmp_path / "x"
    goal.write_bytes(b"old")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(handle))
    write_whole(goal, b"new")
    assert len(synced) == 2  # the file, and the folder that names it

    def fails(*_):
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(StoreError):
        write_whole(goal, b"newer")
    assert goal.read_bytes() == b"new" and [path.name for path in tmp_path.iterdir()] == ["x"]


def test_folders_are_made_with_those_above_them_and_may_be_there(tmp_path):
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    make_folder(folder)
    assert folder.is_dir()
    (folder / "file").touch()
    with pytest.raises(StoreError, match="expected a folder"):
        make_folder(folder / "file" / "c")


# -- files on their way -------------------------------------------------------------------------------------


def test_files_of_other_computers_are_given_up_after_an_hour(tmp_path, monkeypatch):
    for name in (".part-else-where-12-0.writing", f".part-{socket.gethostname()}-abc-0.writing"):
        left = tmp_path / name
        for age, removed in ((3600.0, 0), (3600.5, 1)):
            left.touch()
            monkeypatch.setattr(files.time, "time", lambda age=age, left=left: left.stat().st_mtime + age)
            assert remove_abandoned(tmp_path) == removed
            assert left.exists() == (not removed)


def test_each_abandoned_file_is_counted_and_others_are_left(tmp_path, monkeypatch):
    for number in range(3):
        (tmp_path / f".part-else-where-12-{number}.writing").touch()
    (tmp_path / "runs.parquet").touch()
    monkeypatch.setattr(files.time, "time", lambda: 1e12)
    assert remove_abandoned(tmp_path) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["runs.parquet"]


def test_one_that_another_writer_removes_first_is_not_counted(tmp_path, monkeypatch):
    for number in range(2):
        (tmp_path / f".part-else-where-12-{number}.writing").touch()
    monkeypatch.setattr(files.time, "time", lambda: 1e12)
    unlink = Path.unlink

    def gone(path, missing_ok=False):
        if path.name.endswith("-0.writing"):
            raise FileNotFoundError(path)
        unlink(path)

    monkeypatch.setattr(Path, "unlink", gone)
    assert remove_abandoned(tmp_path) == 1


def test_files_on_their_way_have_names_of_their_own(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.extend(tmp_path.glob(".part-*")))
    replace_whole(tmp_path / "x", b"")
    replace_whole(tmp_path / "x", b"")
    first, second = seen
    assert first != second
    assert first.name.startswith(f".part-{socket.gethostname()}-{os.getpid()}-")


def test_folders_that_cannot_be_flushed_are_left_to_the_system_and_other_faults_are_told(
    tmp_path, monkeypatch
):
    numbers = [errno.EINVAL, errno.ENOTSUP, errno.EIO]

    def fails(_):
        raise OSError(numbers.pop(0), "oh dear")

    monkeypatch.setattr(files.os, "fsync", fails)
    files.flush_folder(tmp_path)
    files.flush_folder(tmp_path)
    with pytest.raises(OSError, match="oh dear"):
        files.flush_folder(tmp_path)


def test_a_lasting_folder_is_flushed_with_all_above_it_and_another_is_not(tmp_path, monkeypatch):
    flushed: list[Path] = []
    monkeypatch.setattr(files, "flush_folder", flushed.append)
    make_folder(tmp_path / "a")
    assert flushed == []
    before = os.umask(0)
    try:
        make_folder(tmp_path / "b" / "c", lasting=True)
    finally:
        os.umask(before)
    assert flushed == [tmp_path / "b" / "c", *(tmp_path / "b" / "c").parents]
    assert (tmp_path / "b" / "c").stat().st_mode & 0o777 == 0o777


def test_a_store_makes_its_folder_last_at_the_first_write_under_each_lock(tmp_path, monkeypatch):
    lasting: list[bool] = []
    make = files.make_folder
    monkeypatch.setattr(
        files, "make_folder", lambda folder, *, lasting=False: (told.append(lasting), make(folder))[1]
    )
    told = lasting
    store = Store(tmp_path / "s")
    store.write_manifest({})
    store.write_manifest({})
    assert told == [True, False]
    with store.lock():
        store.write_manifest({})
    assert told[2:] == [False, True, False], "what another has done meanwhile is made to last"


# -- the lock -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EACCES, errno.EDEADLK])
def test_a_lock_that_is_held_is_another_run(tmp_path, monkeypatch, number):
    import fcntl

    def held(*_):
        raise OSError(number, "held")

    monkeypatch.setattr(fcntl, "flock", held)
    with pytest.raises(StoreError, match="another run is writing"), locked(tmp_path):
        raise AssertionError("not reached")


def test_a_lock_that_cannot_be_had_is_an_error_of_its_own(tmp_path, monkeypatch):
    import fcntl

    with pytest.raises(StoreError, match="writing failed"), locked(tmp_path / "nowhere"):
        raise AssertionError("not reached")

    def broken(*_):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(fcntl, "flock", broken)
    with pytest.raises(OSError, match="broken"), locked(tmp_path):
        raise AssertionError("not reached")


def test_a_file_system_without_locks_is_named_with_a_way_out(tmp_path, monkeypatch):
    import fcntl

    for error in (OSError(errno.ENOLCK, "No locks available"), OSError(errno.ENOLCK, None)):

        def none_here(*_, error=error):
            raise error

        monkeypatch.setattr(fcntl, "flock", none_here)
        said = (error.strerror or str(error)).lower()
        expected = re.escape(f"{tmp_path}: no locks can be had here ({said}), as on some")
        with pytest.raises(StoreError, match=expected), locked(tmp_path):
            raise AssertionError("not reached")


def test_a_lock_makes_its_folder_and_is_given_back(tmp_path):
    store = Store(tmp_path / "new")
    before = os.umask(0)
    try:
        for _ in range(3):
            with store.lock():
                assert (tmp_path / "new" / ".lock").stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)
    n_open = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    with store.lock():
        pass
    assert n_open == 0 or len(os.listdir("/proc/self/fd")) == n_open


# -- parts --------------------------------------------------------------------------------------------------


def test_parts_are_listed_by_name_and_by_table_and_other_files_are_not_parts(tmp_path):
    written = [write_part(tmp_path, table, rows("a")) for table in ("weekly", "runs", "weekly2")]
    (tmp_path / "runs-short.parquet").touch()
    (tmp_path / "notes.txt").touch()
    assert parts_of(tmp_path) == sorted(written, key=lambda part: part.path.name)
    assert parts_of(tmp_path, "weekly") == written[:1]
    assert parts_of(tmp_path / "nowhere") == []


def test_a_part_has_page_checksums_and_statistics_and_is_compressed(tmp_path):
    many = pa.table({"key": [f"k{i % 7}" for i in range(5000)], "x": [0.5] * 5000})
    path = write_part(tmp_path, "runs", many).path
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    assert column.is_stats_set and column.compression == "ZSTD"
    content = bytearray(path.read_bytes())
    content[column.dictionary_page_offset + column.total_compressed_size - 1] ^= (
        1  # the last byte of its pages
    )
    changed = tmp_path / "changed"
    changed.write_bytes(content)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(changed, page_checksum_verification=True)


def test_the_same_rows_are_written_again_only_where_their_part_is_damaged(tmp_path):
    part = write_part(tmp_path, "runs", rows("a"))
    before = part.path.stat().st_ino
    assert write_part(tmp_path, "runs", rows("a")) == part and part.path.stat().st_ino == before
    part.path.write_bytes(b"PAR1")
    assert is_damaged(part)
    assert write_part(tmp_path, "runs", rows("a")) == part and not is_damaged(part)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is incomplete (0 bytes are left)"),
        (b"x" * 7 + b"PAR1", "the file is incomplete (11 bytes are left)"),
        (b"x" * 8 + b"PAR1", "its bytes have changed since it was written (SHA-256 differs)"),
        (b"x" * 2000, "the file is incomplete (2,000 bytes are left)"),
    ],
)
def test_what_is_wrong_with_a_part_is_said(tmp_path, content, said):
    part = write_part(tmp_path, "runs", rows("a"))
    part.path.write_bytes(content)
    assert is_damaged(part) == said
    with pytest.raises(StoreError) as raised:
        read_part(part)
    assert str(raised.value).startswith(f"{part.path}: {said}; give the command that wrote it again")


def test_a_part_that_has_gone_is_not_damaged_and_one_that_cannot_be_read_is(tmp_path):
    part = write_part(tmp_path, "runs", rows("a"))
    part.path.unlink()
    assert is_damaged(part) == ""
    with pytest.raises(FileNotFoundError):
        read_part(part)
    assert is_damaged(Part(tmp_path, "runs", "")) == "cannot be read (is a directory)"


def test_a_part_is_read_whole_or_by_columns(tmp_path):
    part = write_part(tmp_path, "runs", rows("a", "b"))
    assert read_part(part).equals(rows("a", "b"))
    assert read_part(part, ["x"]).column_names == ["x"]


def test_keys_are_those_given_and_stand_first_or_where_they_stood():
    bare = pa.table({"x": [1, 2]})
    assert with_keys(bare, "k").to_pydict() == {"key": ["k", "k"], "x": [1, 2]}
    assert with_keys(bare, ["a", "b"]).column_names == ["key", "x"]
    held = pa.table({"x": [1, 2], "key": ["old", "old"]})
    assert with_keys(held, None) is held
    assert with_keys(held, ["a", "b"]).to_pydict() == {"x": [1, 2], "key": ["a", "b"]}
    with pytest.raises(ValueError, match="without a column 'key'"):
        with_keys(bare, None)
    for wrong in (["a"], ["a", "b", "c"]):
        with pytest.raises(ValueError, match=f"{len(wrong)} keys for 2 rows"):
            with_keys(bare, wrong)


# -- the store ----------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "results")


def test_rows_go_to_the_main_table_or_the_one_named(store):
    assert store.append(rows("a")).parent == store.folder / "parts"
    store.append(rows("b"), keys=iter(["c"]), table="weekly")
    assert store.tables() == ["runs", "weekly"]
    assert store.keys() == {"a"} and store.table("weekly")["key"].to_pylist() == ["c"]
    assert len(store.parts()) == 2 and [part.table for part in store.parts("weekly")] == ["weekly"]
    other = Store(store.folder, main="weekly")
    assert other.keys() == {"c"} and other.table()["key"].to_pylist() == ["c"]


def test_keys_are_forgotten_with_their_rows_and_others_stay(store):
    for keys in ("ab", "c", "d"):
        store.append(rows(*keys))
    store.append(rows("a"), table="weekly")
    kept = {part.path for part in store.parts() if "d" in read_part(part)["key"].to_pylist()}
    before = store.parts()
    store.forget(set())
    store.forget({"elsewhere"})
    assert store.parts() == before
    store.forget({"a", "c"})
    assert store.keys() == {"b", "d"} and store.keys("weekly") == {"a"}
    assert len(store.parts("runs")) == 2 and kept < {part.path for part in store.parts()}
    assert store.verify().sound and store.verify().repeated == 0


def test_keys_of_damaged_parts_are_left_out_on_request(store):
    store.append(rows("a"))
    store.append(rows("b"))
    damaged = store.parts()[0]
    lost = set(read_part(damaged)["key"].to_pylist())
    damaged.path.write_bytes(b"")
    with pytest.raises(StoreError):
        store.keys()
    assert store.keys(damaged="skip") == {"a", "b"} - lost


def test_columns_come_with_their_key_once_and_rows_in_order(store):
    store.append(rows("b", "aaa"))
    assert store.table(columns=["x"]).to_pydict() == {"key": ["aaa", "b"], "x": [3.0, 1.0]}
    assert store.table(columns=["x", "key"]).column_names == ["key", "x"]
    assert store.table().column_names == ["key", "x"]
    empty = store.table("weekly")
    assert empty.num_rows == 0 and empty.schema.field("key").type == pa.string()


def test_of_a_key_in_several_parts_the_first_counts(store):
    for x in range(4):
        store.append(pa.table({"key": ["a", "a", f"k{x}"], "x": [x, x + 10, x + 100]}))
    table = store.table()
    first = read_part(store.parts()[0])
    mine = [x for key, x in zip(first["key"].to_pylist(), first["x"].to_pylist(), strict=True) if key == "a"]
    found = [x for key, x in zip(table["key"].to_pylist(), table["x"].to_pylist(), strict=True) if key == "a"]
    assert sorted(found) == sorted(mine) and table.num_rows == 6


def test_reading_begins_again_where_a_part_has_gone(store, monkeypatch):
    store.append(rows("a"))
    gone = Part(store.folder / "parts" / "runs-gone.parquet", "runs", "")
    lists = [[gone], store.parts()]
    monkeypatch.setattr(Store, "parts", lambda self, table=None: lists.pop(0))
    assert store.table()["key"].to_pylist() == ["a"]


def test_a_manifest_is_readable_signed_and_refuses_what_is_no_number(store):
    assert store.manifest == {}
    store.write_manifest({"name": "水岸", "n": 1})
    text = (store.folder / "manifest.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  "name": "水岸",\n  "n": 1,\n  "sha256": "') and text.endswith("}\n")
    assert store.manifest == {"name": "水岸", "n": 1}
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_manifest({"x": float("nan")})


@pytest.mark.parametrize("content", ["[1]", '{"a": 1}', '{"a": 1, "sha256": ""}', "7"])
def test_a_manifest_without_its_signature_has_changed(store, content):
    store.append(rows("a"))
    (store.folder / "manifest.json").write_text(content)
    with pytest.raises(StoreError, match="changed since it was written"):
        _ = store.manifest
    damaged = store.verify().damaged
    assert [(d.file, d.problem[:11]) for d in damaged] == [("manifest.json", "its content")]


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000])
def test_a_manifest_that_is_no_json_cannot_be_read(store, content):
    store.append(rows("a"))
    (store.folder / "manifest.json").write_text(content)
    with pytest.raises(StoreError, match=r"manifest.json: cannot be read \(.{1,80}\); expected JSON"):
        _ = store.manifest


def test_a_manifest_that_is_too_large_is_damaged_and_one_that_cannot_be_read_is_not(store, monkeypatch):
    store.append(rows("a"))

    def fails(_):
        raise OSError(number, words)

    monkeypatch.setattr(store_module, "read_json", fails)
    number, words = errno.EFBIG, "larger than 1 MB"
    with pytest.raises(DamagedManifestError, match=r"manifest.json: cannot be read \(larger than 1 MB\)"):
        _ = store.manifest
    assert [d.file for d in store.verify().damaged] == ["manifest.json"]
    number, words = errno.EIO, "Input/output error"
    with pytest.raises(StoreError, match=r"manifest.json: cannot be read \(Input/output error\)") as raised:
        _ = store.manifest
    assert not isinstance(raised.value, DamagedManifestError)
    number, words = errno.EIO, None
    with pytest.raises(StoreError, match=r"manifest.json: cannot be read \(\[Errno 5\] None\)"):
        _ = store.manifest


def test_what_a_check_finds_of_a_manifest_is_said_without_its_path(store):
    store.append(rows("a"))
    store.write_manifest({"factors": 3})
    [found] = store.verify().damaged
    assert found.file == "manifest.json" and found.problem.startswith("factors")
    assert found.problem.endswith("expected the manifest of a sweep by this version of the program")


def test_mending_sets_a_damaged_manifest_aside(store):
    store.append(rows("a"))
    (store.folder / "manifest.json").write_text("{")
    assert [d.file for d in store.mend()] == ["manifest.json"]
    assert store.manifest == {} and (store.folder / "damaged" / "manifest.json").read_text() == "{"


def test_mending_flushes_what_it_has_moved(store, monkeypatch):
    store.append(rows("a"))
    store.parts()[0].path.write_bytes(b"")
    flushed: list[Path] = []
    monkeypatch.setattr(files, "flush_folder", flushed.append)
    store.mend()
    assert set(flushed) >= {store.folder, store.folder / "damaged", store.folder / "parts"}


def test_of_a_long_reason_eighty_characters_are_said(store, monkeypatch):
    store.write_manifest({})

    def fails(*_, **__):
        raise ValueError("x" * 200)

    monkeypatch.setattr(store_module.json, "loads", fails)
    with pytest.raises(StoreError, match=rf"cannot be read \({'x' * 80}\)"):
        _ = store.manifest


def test_a_check_counts_parts_bytes_rows_and_keys(store):
    assert store.verify() == (0, 0, 0, 0, 0, [])
    store.append(rows("a", "a", "b"))
    store.append(rows("b", "c"))
    store.append(rows("z"), table="weekly")
    found = store.verify()
    assert (found.parts, found.rows, found.keys, found.repeated) == (3, 5, 3, 1)
    assert found.bytes == sum(part.path.stat().st_size for part in store.parts())
    assert found.sound and found.damaged == []
    store.parts("weekly")[0].path.write_bytes(b"")
    found = store.verify()
    assert not found.sound and (found.parts, found.rows) == (3, 5)


def test_a_check_goes_on_behind_a_part_that_has_gone_or_is_damaged(store, monkeypatch):
    for key in "abc":
        store.append(rows(key))
    listed = store.parts()
    listed[0].path.unlink()
    listed[1].path.write_bytes(b"")
    monkeypatch.setattr(Store, "parts", lambda self, table=None: listed)
    found = store.verify()
    assert (found.parts, found.rows, found.keys) == (3, 1, 1)
    assert [d.file for d in found.damaged] == [f"parts/{listed[1].path.name}"]


def test_mending_sets_damaged_parts_aside_and_clears_both_folders(store, monkeypatch):
    for key in "abc":
        store.append(rows(key))
    good, *bad = store.parts()
    for part in bad:
        part.path.write_bytes(b"")
    for folder in (store.folder, store.folder / "parts"):
        (folder / ".part-else-where-1-0.writing").touch()
    monkeypatch.setattr(files.time, "time", lambda: 1e12)
    mended = store.mend()
    assert [d.file for d in mended] == [f"parts/{part.path.name}" for part in bad]
    assert all("incomplete" in d.problem for d in mended)
    assert store.parts() == [good] and len(list((store.folder / "damaged").iterdir())) == 2
    assert not list(store.folder.rglob("*.writing"))
    assert store.mend() == []


def test_a_damaged_part_that_cannot_be_set_aside_is_an_error(store, monkeypatch):
    store.append(rows("a"))
    store.parts()[0].path.write_bytes(b"")

    def refused(*_):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(StoreError, match=r"damaged, and cannot be set aside \(Permission denied\)"):
        store.mend()


@pytest.mark.parametrize(("limit", "parts"), [(1.0, 5), (1.5, 3), (2.0, 3), (2.5, 2), (5.0, 1), (99.0, 1)])
def test_parts_are_merged_up_to_a_size(store, monkeypatch, limit, parts):
    """Five parts of equal size: a batch is closed with the part that reaches the limit."""
    for key in "abcde":
        store.append(rows(key))
    store.append(rows("z"), table="weekly")
    size = read_part(store.parts()[0]).nbytes
    monkeypatch.setattr(store_module, "COMPACT_BYTES", int(limit * size))
    before = store.table()
    assert store.compact() == (6, parts + 1)
    assert store.table().equals(before)
    for part in store.parts():
        keys = read_part(part)["key"].to_pylist()
        assert keys == sorted(keys)


@pytest.mark.parametrize(("n", "beyond", "parts"), [(4, 1, 2), (5, 1, 3), (5, -1, 3)])
def test_merging_counts_to_the_byte(store, monkeypatch, n, beyond, parts):
    """Limits just above the size of one part, and just below that of two: batches are of two."""
    for key in "abcde"[:n]:
        store.append(rows(key))
    size = read_part(store.parts()[0]).nbytes
    monkeypatch.setattr(store_module, "COMPACT_BYTES", size + 1 if beyond > 0 else 2 * size - 1)
    assert store.compact() == (n, parts)


def test_merging_counts_every_parts_own_size(store, monkeypatch):
    for n in (1, 40, 2, 60, 3, 50):
        store.append(rows(*(f"{n}-{i}" for i in range(n))))
    sizes = [read_part(part).nbytes for part in store.parts()]
    limit = max(sizes)
    batches = held = 0
    for size in sizes:
        held += size
        if held >= limit:
            batches, held = batches + 1, 0
    monkeypatch.setattr(store_module, "COMPACT_BYTES", limit)
    assert store.compact() == (6, batches + (held > 0))


def test_merged_parts_hold_a_quarter_of_a_gigabyte():
    assert store_module.COMPACT_BYTES == 256_000_000


def test_merging_survives_a_part_that_has_gone_meanwhile(store, monkeypatch):
    for key in "ab":
        store.append(rows(key))
    write = store_module.write_part

    def and_another_merges(folder, table, merged):
        kept = write(folder, table, merged)
        for part in store.parts():
            if part != kept:
                part.path.unlink()
        return kept

    monkeypatch.setattr(store_module, "write_part", and_another_merges)
    assert store.compact() == (2, 1)
    assert store.keys() == {"a", "b"}


def test_a_manifest_says_only_what_can_be_read_back(store):
    store.write_manifest({"a": [1, 2], "b": None})
    assert json.loads((store.folder / "manifest.json").read_bytes())["b"] is None
