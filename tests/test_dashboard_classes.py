"""Classes outlive the server that kept them, and one damaged file costs one class."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dashboard.class_files import ClassFolder, TurnTable, usual_folder
from dashboard.classes import ALONE_SECONDS, KEPT_SECONDS, ClassError, Classes
from dashboard.game import DECISIONS, Turn
from dashboard.launcher import ClassFolderError, keep_classes
from dashboard.pages.classroom import turned

CASE = "danwei_courtyard"


def restarted(place: Path, **options) -> tuple[Classes, list[str]]:
    classes = Classes(**options)
    return classes, classes.keep_in(ClassFolder(place))


def played(place: Path) -> tuple[str, str, str]:
    """A class of two groups, one of which has played a quarter: code, teacher's token, that group's token."""
    classes, _ = restarted(place)
    room = classes.open(CASE)
    _, plum = classes.join(room.code, "青梅组")
    classes.join(room.code, "Pear")
    classes.draft(room.code, plum, lambda _: Turn(hours=2.0))
    classes.decide(room.code, plum, 0)
    classes.report(room.code, plum, {"headline": 0.4, "stage": 1.0})
    classes.draft(room.code, plum, lambda _: Turn(example=0.6))
    return room.code, room.host, plum


def test_levers_moved_one_after_another_are_all_in_the_draft():
    classes = Classes()
    room = classes.open(CASE)
    _, token = classes.join(room.code, "Plum")
    for moved in ({"example": 0.6}, {"hours": 1.5}):
        classes.draft(room.code, token, lambda turn, moved=moved: turned(turn, moved))
    assert room.groups[token].draft == Turn(example=0.6, hours=1.5)


def test_a_class_is_as_it_was_after_the_server_has_restarted(tmp_path):
    code, host, plum = played(tmp_path)
    classes, problems = restarted(tmp_path)
    room = classes.find(code)
    assert problems == [] and room is not None
    assert (room.host, room.case, room.alone) == (host, CASE, False)
    assert [group.name for group in room.groups.values()] == ["青梅组", "Pear"]
    group = room.groups[plum]
    assert group.turns == (Turn(hours=2.0),) and group.draft == Turn(example=0.6)
    assert group.figures == {"headline": 0.4, "stage": 1.0}
    classes.decide(code, plum, 1)
    assert restarted(tmp_path)[0].find(code).groups[plum].turns[1] == Turn(example=0.6)


def test_a_server_killed_at_any_moment_leaves_whole_files(tmp_path):
    script = """
        import sys
        from pathlib import Path
        from dashboard.class_files import ClassFolder
        from dashboard.classes import Classes
        from dashboard.game import Turn
        classes = Classes()
        classes.keep_in(ClassFolder(Path(sys.argv[1])))
        room = classes.open("danwei_courtyard")
        _, token = classes.join(room.code, "Plum")
        print(room.code, token, flush=True)
        for i in range(10**9):
            classes.draft(room.code, token, lambda _, i=i: Turn(hours=i % 20 / 10))
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    code, token = process.stdout.readline().split()
    process.kill()
    process.wait()
    process.stdout.close()
    classes, problems = restarted(tmp_path)
    assert problems == [] and classes.find(code).groups[token].name == "Plum"


def spoilt(file: Path, **changes) -> str:
    table = json.loads(file.read_text(encoding="utf-8"))
    return json.dumps({**table, **changes})


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.read_text(encoding="utf-8")[:200], "Invalid JSON"),
        (lambda file: "", "Invalid JSON"),
        (lambda file: spoilt(file, case="atlantis"), "case = 'atlantis'"),
        (lambda file: spoilt(file, format=7), "format = 7; expected 1"),
        (lambda file: spoilt(file, host="../../etc/passwd"), "host = "),
        (lambda file: spoilt(file, code="ABCDE"), "code = ABCDE"),
        (lambda file: spoilt(file, spy=1), "spy = 1"),
        (lambda file: file.read_text(encoding="utf-8").replace('"hours": 2.0', '"hours": 9'), "hours = 9"),
        (lambda file: file.read_text(encoding="utf-8").replace('"Pear"', '"青梅组"'), "two of one name"),
        (lambda file: " " * 3_000_000, "3000000 bytes"),
    ],
)
def test_a_damaged_file_is_named_and_costs_no_other_class(tmp_path, spoil, says):
    code, _, _ = played(tmp_path)
    other, _, _ = played(tmp_path)
    file = tmp_path / f"{code}.json"
    file.write_text(spoil(file), encoding="utf-8")
    before = file.read_bytes()
    classes, problems = restarted(tmp_path)
    assert len(problems) == 1 and str(file) in problems[0] and says in problems[0]
    assert classes.find(code) is None and code in classes.damaged
    assert classes.find(other) is not None
    classes.open(CASE)
    assert file.read_bytes() == before, "somebody may be able to mend it"


def test_what_nobody_has_touched_is_forgotten_on_disk_too(tmp_path):
    now = [1e9]
    classes, _ = restarted(tmp_path, clock=lambda: now[0])
    kept, alone = classes.open(CASE), classes.open(CASE, alone=True)
    now[0] += ALONE_SECONDS + 1
    classes, _ = restarted(tmp_path, clock=lambda: now[0])
    assert classes.find(kept.code) is not None and classes.find(alone.code) is None
    assert [path.stem for path in tmp_path.glob("*.json")] == [kept.code]
    now[0] += KEPT_SECONDS
    restarted(tmp_path, clock=lambda: now[0])
    assert list(tmp_path.iterdir()) == []


def test_a_full_server_makes_room_by_the_class_idle_longest_but_by_none_of_today(monkeypatch):
    monkeypatch.setattr("dashboard.classes.MOST_CLASSES", 2)
    now = [0.0]
    classes = Classes(clock=lambda: now[0])
    first, _ = classes.open(CASE), classes.open(CASE)
    with pytest.raises(ClassError, match="class_many"):
        classes.open(CASE)
    now[0] += 25 * 3600.0
    third = classes.open(CASE)
    assert classes.find(first.code) is None and classes.find(third.code) is not None


def test_a_full_disk_stops_no_lesson_and_is_said(tmp_path, monkeypatch):
    classes, _ = restarted(tmp_path)
    room = classes.open(CASE)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    _, token = classes.join(room.code, "Plum")
    assert "No space left" in classes.unsaved and room.groups[token].name == "Plum"
    monkeypatch.undo()
    classes.draft(room.code, token, lambda _: Turn(hours=0.0))
    assert classes.unsaved == ""
    assert restarted(tmp_path)[0].find(room.code).groups[token].draft.hours == 0.0
    assert [path.name for path in tmp_path.iterdir()] == [f"{room.code}.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_the_user_who_runs_the_server_may_read_a_class(tmp_path):
    code, _, _ = played(tmp_path / "made")
    assert (tmp_path / "made" / f"{code}.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_used_is_refused_if_it_was_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassFolderError, match="file"):
        keep_classes(str(tmp_path / "file"), print)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "file"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "file")
    monkeypatch.setattr("dashboard.classes.CLASSES", Classes())
    said: list[str] = []
    keep_classes("", said.append)
    assert len(said) == 1 and str(usual_folder()) in said[0]


def test_a_file_keeps_every_decision_of_a_turn():
    assert tuple(TurnTable.model_fields) == DECISIONS
