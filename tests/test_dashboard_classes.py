"""Classes outlive the server that kept them, and one damaged file costs one class."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import fields
from pathlib import Path

import pytest
import solara

from dashboard.asking import Request, to_query
from dashboard.class_files import CODE_LENGTH, LETTERS, ClassFolder, TurnTable, usual_folder
from dashboard.classes import (
    ALONE_SECONDS,
    GONE,
    KEPT_SECONDS,
    MOST_OF_ONE,
    MOVES,
    PASS_SECONDS,
    TEACHER,
    WRONG_CODES,
    ClassError,
    Classes,
)
from dashboard.game import DECISIONS, QUARTERS, Turn
from dashboard.group_names import LONGEST_NAME, likeness, readable, tidy
from dashboard.launcher import ClassFolderError, keep_classes
from dashboard.pages import classroom
from dashboard.pages.classroom import turned
from dashboard.quotas import Asker, Quota

CASE = "danwei_courtyard"


def who(n: int | str, address: str = "") -> Asker:
    """A browser; each at an address of its own unless told otherwise."""
    return Asker(f"{abs(hash(str(n))):032x}"[-32:], address or f"10.0.0.{n}")


TEACHES, PLUMS, PEARS = who("teacher"), who("plums"), who("pears")


def restarted(place: Path, **options) -> tuple[Classes, list[str]]:
    classes = Classes(**options)
    return classes, classes.keep_in(ClassFolder(place))


def played(place: Path) -> tuple[str, str]:
    """A class of two groups, one of which has played a quarter: its code, and that group's seat."""
    classes, _ = restarted(place)
    room = classes.open(TEACHES, CASE)
    _, plum = classes.join(PLUMS, room.code, "青梅组")
    classes.join(PEARS, room.code, "Pear")
    mine = (room.code, PLUMS.session, plum)
    classes.draft(*mine, lambda _: Turn(hours=2.0))
    classes.decide(*mine, 0)
    classes.report(*mine, room.groups[plum].turns, {"headline": 0.4, "stage": 1.0})
    classes.draft(*mine, lambda _: Turn(example=0.6))
    return room.code, plum


def test_levers_moved_one_after_another_are_all_in_the_draft():
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    for moved in (
        {"example": 0.6},
        {"hours": 1.5},
        {"tours": 10**400, "remind": float("nan"), "x": 1, "trial": "1"},
    ):
        classes.draft(room.code, PLUMS.session, seat, lambda turn, moved=moved: turned(turn, moved))
    assert room.groups[seat].draft == Turn(example=0.6, hours=1.5, tours=1.0)


def test_a_class_is_as_it_was_after_the_server_has_restarted(tmp_path):
    code, plum = played(tmp_path)
    classes, problems = restarted(tmp_path)
    room = classes.find(code)
    assert problems == [] and room is not None
    assert (room.hosts, room.case, room.alone, room.locked) == ((TEACHES.session,), CASE, False, False)
    assert [group.name for group in room.groups.values()] == ["青梅组", "Pear"]
    group = room.groups[plum]
    assert group.turns == (Turn(hours=2.0),) and group.draft == Turn(example=0.6)
    assert group.figures == {"headline": 0.4, "stage": 1.0}
    classes.decide(code, PLUMS.session, plum, 1)
    assert restarted(tmp_path)[0].find(code).groups[plum].turns[1] == Turn(example=0.6)


def test_a_server_killed_at_any_moment_leaves_whole_files(tmp_path):
    script = """
        import sys
        from pathlib import Path
        from dashboard.class_files import ClassFolder
        from dashboard.classes import Classes
        from dashboard.game import Turn
        from dashboard.quotas import Asker
        classes = Classes()
        classes.keep_in(ClassFolder(Path(sys.argv[1])))
        room = classes.open(Asker("0" * 32, "here"), "danwei_courtyard")
        _, seat = classes.join(Asker("1" * 32, "here"), room.code, "Plum")
        print(room.code, seat, flush=True)
        for i in range(10**9):
            classes.draft(room.code, "1" * 32, seat, lambda _, i=i: Turn(hours=i % 20 / 10))
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    code, seat = process.stdout.readline().split()
    process.kill()
    process.wait()
    process.stdout.close()
    classes, problems = restarted(tmp_path)
    assert problems == [] and classes.find(code).groups[seat].name == "Plum"


def spoilt(file: Path, **changes) -> str:
    table = json.loads(file.read_text(encoding="utf-8"))
    return json.dumps({**table, **changes})


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.read_text(encoding="utf-8")[:200], "Invalid JSON"),
        (lambda file: "", "Invalid JSON"),
        (lambda file: spoilt(file, case="atlantis"), "case = 'atlantis'"),
        (lambda file: spoilt(file, format=1), "format = 1; expected 2"),
        (lambda file: spoilt(file, hosts=["../../etc/passwd"]), "hosts.0 = "),
        (lambda file: spoilt(file, code="ABCDEFGH"), "code = ABCDEFGH"),
        (lambda file: spoilt(file, spy=1), "spy = 1"),
        (lambda file: file.read_text(encoding="utf-8").replace('"hours": 2.0', '"hours": 9'), "hours = 9"),
        (lambda file: file.read_text(encoding="utf-8").replace('"Pear"', '"青梅组"'), "two of one name"),
        (lambda file: file.read_text(encoding="utf-8").replace('"Pear"', '"Pe\u202ear"'), "cannot be seen"),
        (lambda file: file.read_text(encoding="utf-8").replace('"Pear"', '"\\ud800"'), "Invalid JSON"),
        (lambda file: "[" * 100_000, "Invalid JSON"),
        (lambda file: " " * 3_000_000, "3,000,000 bytes"),
    ],
)
def test_a_damaged_file_is_named_and_costs_no_other_class(tmp_path, spoil, says):
    code, _ = played(tmp_path)
    other, _ = played(tmp_path)
    file = tmp_path / f"{code}.json"
    file.write_text(spoil(file), encoding="utf-8")
    before = file.read_bytes()
    classes, problems = restarted(tmp_path)
    assert len(problems) == 1 and str(file) in problems[0] and says in problems[0]
    assert classes.find(code) is None and code in classes.damaged
    assert classes.find(other) is not None
    classes.open(TEACHES, CASE)
    assert file.read_bytes() == before, "somebody may be able to mend it"


def test_a_file_that_nobody_has_mended_is_forgotten_when_its_class_would_have_been(tmp_path):
    code, _ = played(tmp_path)
    for file in (tmp_path / f"{code}.json", tmp_path / "ABCDE.json"):  # five letters: of an earlier version
        file.write_text("{")
    assert len(restarted(tmp_path)[1]) == 2
    for file in tmp_path.iterdir():
        os.utime(file, (1e9, 1e9))
    classes, _ = restarted(tmp_path)
    assert classes.damaged == {} and list(tmp_path.iterdir()) == []


# -- deletion as promised -----------------------------------------------------------------------------------------


def test_what_nobody_has_touched_is_forgotten_on_disk_too(tmp_path):
    now = [1e9]
    classes, _ = restarted(tmp_path, clock=lambda: now[0])
    kept, (alone, _) = classes.open(TEACHES, CASE), classes.play_alone(PLUMS, CASE, "Me")
    now[0] += ALONE_SECONDS + 1
    classes, _ = restarted(tmp_path, clock=lambda: now[0])
    assert classes.find(kept.code) is not None and classes.find(alone.code) is None
    assert [path.stem for path in tmp_path.glob("*.json")] == [kept.code]
    now[0] += KEPT_SECONDS
    classes.forget_old()  # the server does so now and then, whether anybody comes or not
    assert classes.find(kept.code) is None and list(tmp_path.iterdir()) == []


def test_a_full_server_forgets_no_class_before_its_time_to_make_room(monkeypatch):
    monkeypatch.setattr("dashboard.classes.MOST_CLASSES", 2)
    now = [0.0]
    classes = Classes(clock=lambda: now[0])
    first, second = classes.open(who(1), CASE), classes.open(who(2), CASE)
    now[0] += KEPT_SECONDS - 1
    with pytest.raises(ClassError, match="class_many"):
        classes.open(who(3), CASE)
    assert classes.find(first.code) and classes.find(second.code)
    now[0] += 1
    assert classes.open(who(3), CASE) and classes.find(first.code) is None


# -- one client does not ruin a class -----------------------------------------------------------------------------


def test_who_plays_alone_takes_no_room_from_classes(monkeypatch):
    monkeypatch.setattr("dashboard.classes.MOST_CLASSES", 3)
    classes = Classes()
    games = {classes.play_alone(PLUMS, CASE, "Me")[0].code for _ in range(398)}
    assert len(games) == 1, "pressed again, the game that has begun goes on"
    for i in range(30):
        classes.play_alone(who(i), CASE, "Me")
    assert classes.open(TEACHES, CASE)


def test_one_address_begins_so_many_games_and_no_more():
    classes = Classes(people=2)
    for i in range(4):
        classes.play_alone(who(i, "here"), CASE, "Me")
    with pytest.raises(ClassError, match="class_address"):
        classes.play_alone(who(5, "here"), CASE, "Me")
    assert classes.play_alone(who(5, "there"), CASE, "Me")


def test_one_browser_opens_so_many_classes_and_one_address_too():
    classes = Classes()
    for _ in range(MOST_OF_ONE):
        classes.open(who(1), CASE)
    with pytest.raises(ClassError, match="class_many_yours"):
        classes.open(who(1, "elsewhere"), CASE)
    with pytest.raises(ClassError, match="class_address"):
        classes.open(who(2, who(1).address), CASE)
    assert classes.open(who(3), CASE)


def test_one_browser_has_one_seat_in_a_class_and_one_address_so_many():
    classes = Classes(people=3)
    room = classes.open(TEACHES, CASE)
    seats = {classes.join(PLUMS, room.code, f"Plum {i}")[1] for i in range(59)}
    assert len(seats) == 1 and len(room.groups) == 1
    for i in range(3):
        classes.join(who(i, "here"), room.code, f"Pear {i}")
    with pytest.raises(ClassError, match="class_address"):
        classes.join(who(4, "here"), room.code, "Pear 4")
    classes.remove(room.code, TEACHES.session, "2")
    with pytest.raises(ClassError, match="class_address"):
        classes.join(who(4, "here"), room.code, "Pear 4")
    assert classes.join(who(4, "there"), room.code, "Pear 4")


def test_wrong_codes_are_few_a_minute_for_a_browser_and_for_an_address():
    classes = Classes(people=4)
    room = classes.open(TEACHES, CASE)
    for i in range(WRONG_CODES):
        with pytest.raises(ClassError, match="class_unknown"):
            classes.join(PLUMS, "AAAAAAA" + LETTERS[i], "Plum")
    with pytest.raises(ClassError, match="class_wait"):
        classes.join(PLUMS, room.code, "Plum")
    assert classes.join(PEARS, room.code, "Pear"), "nobody else waits"
    guesses = 0
    for i in range(1000):  # a new browser each time
        try:
            classes.join(who(i, "here"), "AAAAAAAA", "Plum")
        except ClassError as error:
            guesses += error.key == "class_unknown"
    assert guesses == 2 * WRONG_CODES


def test_levers_moved_by_a_machine_keep_the_disk_for_others(tmp_path, monkeypatch):
    classes, _ = restarted(tmp_path)
    room, seat = classes.play_alone(PLUMS, CASE, "Me")
    written = []
    write = ClassFolder.write
    monkeypatch.setattr(ClassFolder, "write", lambda self, table: (written.append(1), write(self, table)))
    for i in range(1000):
        classes.draft(room.code, PLUMS.session, seat, lambda _, i=i: Turn(hours=i % 20 / 10))
    assert len(written) == MOVES and room.groups[seat].draft == Turn(hours=1.9)
    classes.decide(room.code, PLUMS.session, seat, 0)
    assert restarted(tmp_path)[0].find(room.code).groups[seat].turns == (Turn(hours=1.9),)


def test_a_code_is_too_long_to_be_guessed():
    assert len(Classes().open(TEACHES, CASE).code) == CODE_LENGTH
    guesses_a_year = 6 * WRONG_CODES * 60 * 24 * 365  # of one address that twelve people share
    assert len(LETTERS) ** CODE_LENGTH / 400 / guesses_a_year > 30, "years until one of 400 classes is met"


def test_a_game_for_one_is_joined_by_nobody():
    classes = Classes()
    room, _ = classes.play_alone(PLUMS, CASE, "Me")
    with pytest.raises(ClassError, match="class_unknown"):
        classes.join(PEARS, room.code, "Pear")


def test_what_is_spent_comes_back_and_is_forgotten():
    now = [0.0]
    quota = Quota(2, 60.0, clock=lambda: now[0])
    for _ in range(2):
        quota.spend("plum")
    assert quota.left("plum") == 0 and quota.left("pear") == 2
    now[0] = 60.0
    assert quota.left("plum") == 2
    for i in range(10_001):
        now[0] += 0.1
        quota.spend(str(i))
    assert len(quota._spent) < 10_000


# -- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("\ud800", "x\udfff", "\ue000", "\uffff", "\ufeffa", "a\x00b", "a\x1bb"),
        *("a\u202eb", "a\u2066b", "a\u061cb", "a\u200bb", "a\u00adb", "\u3164", "\u2800", "\U000e0041"),
        *("\u0301a", "x\u0300\u0301\u0302\u0303"),
    ],
)
def test_a_name_that_cannot_be_read_is_refused_and_nothing_has_changed(tmp_path, name):
    classes, _ = restarted(tmp_path)
    room = classes.open(TEACHES, CASE)
    version, before = room.version, (tmp_path / f"{room.code}.json").read_bytes()
    with pytest.raises(ClassError, match="class_bad_name"):
        classes.join(PLUMS, room.code, name)
    assert room.groups == {} and room.version == version and classes.unsaved == {}
    assert (tmp_path / f"{room.code}.json").read_bytes() == before
    assert classes.join(PLUMS, room.code, "Plum")


@pytest.mark.parametrize(
    "name", ["青梅组", "Plum", "Zoë", "नमस्ते", "مجموعة", "กลุ่ม", "❤\ufe0f", "=1+1", "<b>&", "á" * 20]
)
def test_a_name_that_people_write_is_taken(name):
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, f"  {name}\n")
    kept = room.groups[seat].name
    assert readable(kept) and len(kept) <= LONGEST_NAME and kept == tidy(kept)


@pytest.mark.parametrize(
    ("one", "other"), [("Plum", "plum"), ("Plum", "Ｐｌｕｍ"), ("Zoë", "Zoe\u0308"), ("a b", "ab")]
)
def test_two_names_that_look_the_same_are_one(one, other):
    assert likeness(tidy(one)) == likeness(tidy(other))
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    classes.join(PLUMS, room.code, one)
    with pytest.raises(ClassError, match="class_name_taken"):
        classes.join(PEARS, room.code, other)


# -- seats --------------------------------------------------------------------------------------------------------


def test_a_seat_is_its_browsers_and_nobody_elses():
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    assert room.holds(PLUMS.session, seat) and room.holds(TEACHES.session, TEACHER)
    assert not room.holds(PLUMS.session, TEACHER) and not room.holds(TEACHES.session, seat)
    for other in (PEARS, TEACHES):
        mine = (room.code, other.session, seat)
        for act in (
            lambda mine=mine: classes.draft(*mine, lambda _: Turn(hours=0.0)),
            lambda mine=mine: classes.decide(*mine, 0),
            lambda mine=mine: classes.again(*mine),
            lambda mine=mine: classes.report(*mine, (), {}),
        ):
            with pytest.raises(ClassError):
                act()
    for act in (
        lambda: classes.lock(room.code, PLUMS.session, True),
        lambda: classes.remove(room.code, PLUMS.session, seat),
        lambda: classes.close(room.code, PLUMS.session),
        lambda: classes.pass_for(room.code, PLUMS.session, seat),
        lambda: classes.pass_for(room.code, TEACHES.session, TEACHER),
        lambda: classes.word_of(room.code, PLUMS.session, TEACHER),
        lambda: classes.word_of(room.code, TEACHES.session, seat),
        lambda: classes.word_of(room.code, PEARS.session, seat),
        lambda: classes.take_charge(room.code, PEARS.session, seat, "tab"),
    ):
        with pytest.raises(ClassError):
            act()
    assert room.groups[seat].turns == () and not room.locked and classes.find(room.code) is room
    assert [(found.code, s) for found, s in classes.seats_of(PLUMS.session)] == [(room.code, seat)]


def test_no_file_holds_what_a_seat_is_opened_with(tmp_path):
    code, _ = played(tmp_path)
    table = json.loads((tmp_path / f"{code}.json").read_text(encoding="utf-8"))
    assert table["hosts"] == [TEACHES.session], "the hash of a cookie, as `Asker` has it"
    assert "address" not in str(table) and "10.0.0" not in str(table)


def test_a_word_is_in_no_file_and_neither_code_nor_word_in_an_address(tmp_path):
    classes, _ = restarted(tmp_path)
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    words = [
        classes.word_of(room.code, PLUMS.session, seat),
        classes.word_of(room.code, TEACHES.session, TEACHER),
    ]
    kept = (tmp_path / f"{room.code}.json").read_text(encoding="utf-8")
    address = to_query(Request(), "en", {"room": room.id, "seat": seat})
    assert not any(word in kept or word in address for word in words) and room.code not in address
    assert classes.at(room.id) is room and classes.find(room.id) is None
    with pytest.raises(ClassError, match="class_unknown"):
        classes.join(PEARS, room.id, "Pear")
    assert restarted(tmp_path)[0].at(room.id).code == room.code


@pytest.mark.parametrize("restart", [False, True])
def test_who_has_lost_a_browser_comes_back_by_the_word_of_the_seat_as_often_as_need_be(tmp_path, restart):
    classes, _ = restarted(tmp_path)
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    with pytest.raises(ClassError, match="class_name_taken"):
        classes.join(who(3), room.code, "Plum")
    words = {
        seat: classes.word_of(room.code, PLUMS.session, seat),
        TEACHER: classes.word_of(room.code, TEACHES.session, TEACHER),
    }
    assert classes.word_of(room.code, PLUMS.session, seat) == words[seat], "the same whenever it is looked at"
    if restart:
        classes, _ = restarted(tmp_path)
        assert classes.word_of(room.code, PLUMS.session, seat) != words[seat], "and both hold"
    for browser in (3, 4):
        for place, word in words.items():
            new = who(f"{browser} {place}")
            found, sits = classes.join(new, f"{word[:5]}-{word[5:]}".lower(), "")
            assert (found.code, sits) == (room.code, place) and found.holds(new.session, place)
    assert len(classes.find(room.code).groups) == 1


def test_a_wrong_word_is_a_wrong_code_and_a_barred_browser_comes_back_by_none():
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    _, other = classes.join(PEARS, room.code, "Pear")
    word = classes.word_of(room.code, PLUMS.session, seat)
    for i in range(WRONG_CODES):
        with pytest.raises(ClassError, match="class_unknown"):
            classes.join(who(3), word[:-1] + next(sign for sign in LETTERS[i:] if sign != word[-1]), "")
    with pytest.raises(ClassError, match="class_wait"):
        classes.join(who(3), word, "")
    classes.remove(room.code, TEACHES.session, other)
    with pytest.raises(ClassError, match="class_barred"):
        classes.join(PEARS, word, "")
    lost = classes.pass_for(room.code, TEACHES.session, seat)
    classes.remove(room.code, TEACHES.session, seat)
    _, reused = classes.join(who(5), room.code, "Quince")
    assert reused == seat
    for void in (word, lost):
        with pytest.raises(ClassError, match="class_unknown"):
            classes.join(who(6), void, "")


def test_a_class_kept_before_there_were_words_is_taken_up_and_gets_them(tmp_path):
    code, plum = played(tmp_path)
    file = tmp_path / f"{code}.json"
    table = json.loads(file.read_text(encoding="utf-8"))
    del table["words"]
    for group in table["groups"].values():
        del group["words"]
    file.write_text(json.dumps(table), encoding="utf-8")
    classes, problems = restarted(tmp_path)
    assert problems == []
    with pytest.raises(ClassError, match="class_unknown"):
        classes.join(who(3), "", "")
    assert classes.join(who(3), classes.word_of(code, PLUMS.session, plum), "")[1] == plum


def test_the_tab_opened_last_is_in_charge_of_a_seat_and_others_are_told():
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    mine = (room.code, PLUMS.session, seat)
    classes.take_charge(*mine, "first")
    seen = classes.wait(room.code, -2, 0.0)
    classes.take_charge(*mine, "second")
    assert classes.wait(room.code, seen, 0.0) != seen, "the first is drawn again"
    for act in (
        lambda: classes.draft(*mine, lambda _: Turn(hours=0.0), "first"),
        lambda: classes.decide(*mine, 0, "first"),
        lambda: classes.again(*mine, "first"),
    ):
        with pytest.raises(ClassError, match="class_elsewhere"):
            act()
    assert room.groups[seat].draft == Turn() and room.groups[seat].turns == ()
    classes.draft(*mine, lambda _: Turn(hours=0.5), "second")
    classes.take_charge(*mine, "first")
    classes.decide(*mine, 0, "first")
    assert room.groups[seat].turns == (Turn(hours=0.5),)


def test_a_word_of_the_teachers_brings_a_browser_to_a_seat_once_and_not_for_long():
    now = [0.0]
    classes = Classes(clock=lambda: now[0])
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    word = classes.pass_for(room.code, TEACHES.session, seat)
    again = classes.pass_for(room.code, TEACHES.session, seat)  # the first is void now
    with pytest.raises(ClassError, match="class_unknown"):
        classes.join(PEARS, word, "")
    assert classes.join(PEARS, f"{again[:5]}-{again[5:]}".lower(), "") == (room, seat)
    assert room.holds(PEARS.session, seat) and room.holds(PLUMS.session, seat)
    with pytest.raises(ClassError, match="class_unknown"):
        classes.join(who(3), again, "")
    late = classes.pass_for(room.code, TEACHES.session, seat)
    now[0] += PASS_SECONDS
    with pytest.raises(ClassError, match="class_unknown"):
        classes.join(who(3), late, "")
    assert not room.holds(who(3).session, seat)


# -- a teacher removes, locks, closes -----------------------------------------------------------------------------


def test_a_locked_class_takes_no_group_until_it_is_opened_again(tmp_path):
    classes, _ = restarted(tmp_path)
    room = classes.open(TEACHES, CASE)
    classes.lock(room.code, TEACHES.session, True)
    classes, _ = restarted(tmp_path)
    with pytest.raises(ClassError, match="class_locked"):
        classes.join(PLUMS, room.code, "Plum")
    classes.lock(room.code, TEACHES.session, False)
    assert classes.join(PLUMS, room.code, "Plum")


def test_a_group_that_was_removed_stays_out_also_after_a_restart(tmp_path):
    code, plum = played(tmp_path)
    classes, _ = restarted(tmp_path)
    seen = classes.wait(code, -2, 0.0)
    classes.remove(code, TEACHES.session, plum)
    assert classes.wait(code, seen, 0.0) != seen, "whoever watches is told"
    classes, _ = restarted(tmp_path)
    assert [group.name for group in classes.find(code).groups.values()] == ["Pear"]
    with pytest.raises(ClassError, match="class_barred"):
        classes.join(PLUMS, code, "Plum again")
    with pytest.raises(ClassError):
        classes.decide(code, PLUMS.session, plum, 1)


def test_a_closed_class_is_gone_from_the_disk_and_its_watchers_are_told(tmp_path):
    code, plum = played(tmp_path)
    classes, _ = restarted(tmp_path)
    classes.close(code, TEACHES.session)
    assert classes.find(code) is None and list(tmp_path.iterdir()) == []
    assert classes.wait(code, 0, 0.0) == GONE == classes.wait(code, GONE, 0.01)
    with pytest.raises(ClassError):
        classes.draft(code, PLUMS.session, plum, lambda turn: turn)


# -- once is once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stale", [0, 2, -1, True, 1.0, "1", None, [1], 10**400])
def test_a_quarter_that_is_not_the_next_is_not_played(tmp_path, stale):
    code, plum = played(tmp_path)
    classes, _ = restarted(tmp_path)
    mine, group = (code, PLUMS.session, plum), classes.find(code).groups[plum]
    classes.decide(*mine, stale)
    assert len(group.turns) == 1
    classes.decide(*mine, 1)
    classes.decide(*mine, 1)
    assert len(group.turns) == 2


def test_a_game_begins_anew_only_when_it_is_over():
    classes = Classes()
    room, seat = classes.play_alone(PLUMS, CASE, "Me")
    mine = (room.code, PLUMS.session, seat)
    for quarter in range(QUARTERS):
        classes.again(*mine)
        classes.decide(*mine, quarter)
    assert room.groups[seat].finished
    classes.again(*mine)
    classes.decide(*mine, 0)
    classes.again(*mine)
    assert len(room.groups[seat].turns) == 1


def test_figures_that_come_late_are_not_those_of_a_game_begun_anew_or_of_another_quarter():
    classes = Classes()
    room, seat = classes.play_alone(PLUMS, CASE, "Me")
    mine, group = (room.code, PLUMS.session, seat), room.groups[seat]
    classes.decide(*mine, 0)
    classes.report(*mine, group.turns, {"headline": 0.1})
    assert group.figures == {"headline": 0.1}
    classes.report(*mine, (*group.turns, Turn()), {"headline": 0.2})
    assert group.figures == {"headline": 0.1}
    for quarter in range(1, QUARTERS):
        classes.decide(*mine, quarter)
    over = group.turns
    classes.again(*mine)
    classes.report(*mine, over, {"headline": 0.9})
    assert group.figures == {} and group.turns == ()


# -- what is drawn ------------------------------------------------------------------------------------------------


def test_a_page_that_goes_to_another_class_draws_its_changes_whatever_version_the_first_had(monkeypatch):
    classes, late = Classes(), threading.Event()
    monkeypatch.setattr(classroom, "CLASSES", classes)
    first, second = (classes.open(TEACHES, CASE) for _ in range(2))
    classes.lock(first.code, TEACHES.session, True)
    wait, go, drawn = classes.wait, {}, []

    def wait_late(code, seen, seconds):
        assert code == first.code or late.wait(20)
        return wait(code, seen, min(seconds, 0.01))

    monkeypatch.setattr(classes, "wait", wait_late)

    @solara.component
    def board(room, version):
        drawn.append((room.code, room.locked, version))
        solara.Text(room.code)

    @solara.component
    def page():
        code, go["to"] = solara.use_state(first.code)
        board(classes.find(code), classroom.use_class(code))

    def until(what):
        ends = time.monotonic() + 20
        while what not in drawn and time.monotonic() < ends:
            time.sleep(0.001)
        assert what in drawn

    _, context = solara.render(page(), handle_error=False)
    try:
        until((first.code, True, 1))
        go["to"](second.code)
        assert drawn[-1] == (second.code, False, classroom.UNSEEN)
        classes.lock(second.code, TEACHES.session, True)
        late.set()
        until((second.code, True, 1))
    finally:
        context.close()


def test_a_group_that_is_removed_while_its_seat_is_drawn_breaks_no_page():
    classes = Classes()
    room = classes.open(TEACHES, CASE)
    _, seat = classes.join(PLUMS, room.code, "Plum")

    class Removing(dict):
        def __contains__(self, key):
            found = super().__contains__(key)
            self.pop(key, None)
            return found

    room.groups = Removing(room.groups)
    assert room.holds(PLUMS.session, seat)
    assert "Plum" in classroom.seat_label(room, seat, "en")
    classes.remove(room.code, TEACHES.session, seat)
    assert classroom.seat_label(room, seat, "en") and not room.holds(PLUMS.session, seat)


# -- the disk -----------------------------------------------------------------------------------------------------


def test_a_full_disk_stops_no_lesson_and_is_said_without_where_it_is(tmp_path, monkeypatch):
    classes, _ = restarted(tmp_path)
    room = classes.open(TEACHES, CASE)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    assert classes.why_unsaved(room.code) == "No space left on device" and room.groups[seat].name == "Plum"
    monkeypatch.undo()
    classes.draft(room.code, PLUMS.session, seat, lambda _: Turn(hours=0.0))
    assert classes.unsaved == {} and classes.why_unsaved(room.code) == ""
    assert restarted(tmp_path)[0].find(room.code).groups[seat].draft.hours == 0.0
    assert [path.name for path in tmp_path.iterdir()] == [f"{room.code}.json"]


def test_that_a_class_is_not_on_disk_is_said_until_it_is_whatever_others_write(tmp_path, monkeypatch):
    classes, _ = restarted(tmp_path)
    room, other = classes.open(TEACHES, CASE), classes.open(PEARS, CASE)
    write, broken = ClassFolder.write, [room.code]

    def torn(folder, table):
        if table["code"] in broken:
            raise OSError(5, "Input/output error")
        write(folder, table)

    monkeypatch.setattr(ClassFolder, "write", torn)
    _, seat = classes.join(PLUMS, room.code, "Plum")
    classes.lock(other.code, PEARS.session, True)
    assert classes.why_unsaved(room.code) == "Input/output error" and classes.why_unsaved(other.code) == ""
    classes.forget_old()
    assert classes.why_unsaved(room.code) and restarted(tmp_path)[0].find(room.code).groups == {}
    broken.clear()
    told = room.version
    classes.forget_old()
    assert classes.unsaved == {} and room.version > told, "the teacher's screen is drawn again"
    assert restarted(tmp_path)[0].find(room.code).groups[seat].name == "Plum"


def test_a_file_that_could_not_be_removed_is_removed_later(tmp_path, monkeypatch):
    classes, _ = restarted(tmp_path)
    room = classes.open(TEACHES, CASE)

    def torn(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(ClassFolder, "remove", torn)
    classes.close(room.code, TEACHES.session)
    classes.forget_old()
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [f"{room.code}.json"]
    classes.forget_old()
    assert list(tmp_path.iterdir()) == [] and classes.unsaved == {}


def test_what_no_file_can_hold_is_said_and_not_lost_in_silence(tmp_path):
    classes, _ = restarted(tmp_path)
    room, seat = classes.play_alone(PLUMS, CASE, "Me")
    classes.report(room.code, PLUMS.session, seat, (), {"headline": float("nan")})
    assert "JSON" in classes.why_unsaved(room.code)
    classes.report(room.code, PLUMS.session, seat, (), {"headline": 0.5})
    assert classes.unsaved == {} and classes.why_unsaved(room.code) == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_the_user_who_runs_the_server_may_read_a_class(tmp_path):
    code, _ = played(tmp_path / "made")
    assert (tmp_path / "made" / f"{code}.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_used_is_refused_if_it_was_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassFolderError, match="file"):
        keep_classes(str(tmp_path / "file"), print)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "file"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "file")
    classes = Classes()
    monkeypatch.setattr("dashboard.classes.CLASSES", classes)
    said: list[str] = []
    keep_classes("", said.append)
    assert classes.why_unsaved(classes.open(TEACHES, CASE).code)
    assert len(said) == 1 and str(usual_folder()) in said[0]


def test_a_file_keeps_every_decision_of_a_turn():
    assert tuple(TurnTable.model_fields) == (*DECISIONS, "own") == tuple(f.name for f in fields(Turn))
