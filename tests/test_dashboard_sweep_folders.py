"""The page Sweep shows what folders hold, whoever has written them."""

import json

import pytest

from dashboard.sweep_folders import folders

GOOD = {"kind": "sweep", "id": "gate", "described": {"zh": "闸门", "en": "The gate"}, "runs": 96}


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path))
    put(tmp_path / "good", json.dumps(GOOD), '{"done": 20, "failed": 1, "seconds_left": 9}')
    return tmp_path


def put(place, manifest: str, progress: str = "{}") -> None:
    place.mkdir()
    (place / "manifest.json").write_text(manifest, encoding="utf-8")
    (place / "progress.json").write_text(progress, encoding="utf-8")


@pytest.mark.parametrize(
    ("manifest", "progress"),
    [
        ("[" * 20_000 + "]" * 20_000, "{}"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "{}"),
        (json.dumps(GOOD), '{"done": 1e400}'),
        (json.dumps(GOOD), '{"done": ' + "9" * 5000 + "}"),
        (json.dumps(GOOD), '{"done": {}}'),
        (json.dumps(GOOD), "[]"),
        (json.dumps({**GOOD, "described": 3}), "{}"),
        ("[]", "{}"),
        ("not json", "{}"),
        ("", "{}"),
    ],
)
def test_a_folder_nobody_can_make_sense_of_is_left_out_and_spoils_no_other(results, manifest, progress):
    put(results / "bad", manifest, progress)
    assert [folder.name for folder in folders()] == ["good"]


def test_a_file_larger_than_any_manifest_is_not_read(results):
    put(results / "bad", json.dumps(GOOD))
    with (results / "bad" / "manifest.json").open("r+b") as file:
        file.truncate(4 << 30)  # sparse: it takes no room
    assert [folder.name for folder in folders()] == ["good"]


def test_names_and_figures_of_a_folder_are_fit_to_be_shown(results):
    names = {"zh": "\ud800‮闸", "en": "x" * 5000}
    put(
        results / "odd",
        json.dumps({**GOOD, "described": names, "runs": -4}),
        '{"done": -3, "seconds_left": NaN}',
    )
    odd = next(folder for folder in folders() if folder.name == "odd")
    assert odd.zh == "��闸" and len(odd.en) == 200
    assert (odd.done, odd.planned, odd.seconds_left) == (0, 0, 0.0)


def test_a_place_that_is_none_holds_no_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path / "nowhere"))
    assert folders() == []
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path / "file"))
    assert folders() == []
