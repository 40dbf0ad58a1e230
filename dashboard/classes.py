"""Classes that play: who is in which group, what each has decided. Kept on disk: a restart loses nothing.

A seat belongs to a browser: to the hash of the cookie that no script and no address has. Every change is asked for by
somebody, and is refused here, whatever a page has shown, unless that somebody holds the seat or teaches the class.

Three words let somebody in, and none of them is in an address: the class's code, which the class sees; the word of a
seat, which its owner sees and comes back by; a word the teacher gives for a group that has none, once, for ten minutes.
"""

import hashlib
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dashboard import choices, own
from dashboard.class_files import (
    CODE_LENGTH,
    LETTERS,
    MOST_BARRED,
    MOST_GROUPS,
    MOST_HOLDERS,
    MOST_WORDS,
    ClassFolder,
    ClassTable,
    DamagedError,
    turn_table,
)
from dashboard.game import QUARTERS, Turn
from dashboard.group_names import likeness, readable, tidy
from dashboard.quotas import PEOPLE, Asker, Quota

logger = logging.getLogger(__name__)

#: A server that has so many takes no more: a class is never forgotten before its time to make room for another.
MOST_CLASSES, MOST_ALONE = 400, 2000
#: Classes that one browser may have open.
MOST_OF_ONE = 12
#: Wrong codes in a minute, of one browser; an address has so many for each two of its people.
WRONG_CODES = 6
#: Moves of levers in a minute that one browser has written at once.
MOVES = 120
DAY = 24 * 3600.0
#: After that long without anything happening a class is forgotten, and a game that somebody played alone.
KEPT_SECONDS, ALONE_SECONDS = 30 * DAY, 2 * DAY
#: The seat of whoever teaches; groups have numbers.
TEACHER = "teacher"
#: A word by which a browser takes a seat. What a teacher gives for a group is good once, within so many seconds.
WORD_LENGTH, PASS_SECONDS = 10, 600.0
#: The version of a class that has gone.
GONE = -1


class ClassError(ValueError):
    """What was asked of a class cannot be done; `key` is the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass
class Group:
    """One group: what it has decided, what it is about to decide, and the figures its last quarter ended with.

    holders : hashes of the cookies of browsers that play it; words : hashes of the words of its seat, the latest last
    charge : the tab whose levers count, the one that was opened last; "" for any; known while the server runs
    """

    name: str
    holders: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    charge: str = ""
    turns: tuple[Turn, ...] = ()
    draft: Turn = field(default_factory=Turn)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether the twelve quarters are over."""
        return len(self.turns) >= QUARTERS


@dataclass
class Class:
    """One class: a compound, browsers that teach it (`hosts`), groups by the number of their seat.

    words : hashes of the words by which its teacher comes back
    barred : browsers whose group the teacher has removed; locked : whether it takes no more groups
    touched : when something last happened in it, seconds since 1970
    address, taken : where it was opened, and how many seats were taken from where; known while the server runs
    """

    code: str
    case: str
    hosts: tuple[str, ...]
    groups: dict[str, Group] = field(default_factory=dict)
    touched: float = field(default_factory=time.time)
    version: int = 0
    alone: bool = False
    locked: bool = False
    barred: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    address: str = ""
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        """What addresses call it by; nobody gets in by it. A game for one has no code that would have to be kept."""
        return self.code if self.alone else place_of(self.code)

    def holds(self, session: str, seat: str) -> bool:
        """Whether a browser holds a seat."""
        if seat == TEACHER:
            return session in self.hosts
        group = self.groups.get(seat)  # its teacher may remove it meanwhile
        return group is not None and session in group.holders

    def seat_of(self, session: str) -> str:
        """The seat a browser holds, the teacher's before a group's; "" where it holds none."""
        return next((seat for seat in (TEACHER, *self.groups) if self.holds(session, seat)), "")

    def table(self) -> dict[str, Any]:
        """The class as a file keeps it."""
        turns = (turn for group in self.groups.values() for turn in (*group.turns, group.draft))
        versions = {own.VERSION: own.digest()} if any(turn.own for turn in turns) else {}
        if of_file := choices.version(self.case):
            versions["case_version"] = of_file
        return {
            **versions,
            "code": self.code,
            "case": self.case,
            "hosts": list(self.hosts),
            "words": list(self.words),
            "barred": list(self.barred),
            "alone": self.alone,
            "locked": self.locked,
            "touched": self.touched,
            "groups": {seat: _group_table(group) for seat, group in self.groups.items()},
        }


def _group_table(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "holders": list(group.holders),
        "words": list(group.words),
        "turns": [turn_table(turn) for turn in group.turns],
        "draft": turn_table(group.draft),
        "figures": group.figures,
    }


def from_table(table: ClassTable) -> Class:
    """A class as it was when it was kept."""
    groups = {
        seat: Group(
            g.name,
            tuple(g.holders),
            tuple(g.words),
            turns=tuple(t.turn() for t in g.turns),
            draft=g.draft.turn(),
            figures=dict(g.figures),
        )
        for seat, g in table.groups.items()
    }
    return Class(
        table.code,
        table.case,
        tuple(table.hosts),
        groups,
        table.touched,
        alone=table.alone,
        locked=table.locked,
        barred=tuple(table.barred),
        words=tuple(table.words),
    )


@dataclass(frozen=True)
class _Pass:
    code: str
    seat: str
    until: float


class Classes:
    """All classes of the server. Every change wakes those who watch, and is on disk before they see it.

    people : how many may share one address
    unsaved : by code, why the last change of a class is not on disk; nowhere : why no class is, "" where they are
    damaged : by code, why a class cannot be used
    """

    def __init__(self, clock: Callable[[], float] = time.time, people: int = PEOPLE) -> None:
        self._known: dict[str, Class] = {}
        self._passes: dict[str, _Pass] = {}
        self._words: dict[tuple[str, str], str] = {}
        self._changed = threading.Condition()
        self._clock = clock
        self._folder: ClassFolder | None = None
        self.unsaved: dict[str, str] = {}
        self.nowhere = ""
        self.damaged: dict[str, str] = {}
        self._to_remove: set[str] = set()
        self._moves = Quota(MOVES, 60.0)
        self.share_addresses(people)

    def share_addresses(self, people: int) -> None:
        """Say how many people may share one address."""
        self.people = people
        self._wrong_here = Quota(WRONG_CODES, 60.0)
        self._wrong_there = Quota(max(people * WRONG_CODES // 2, WRONG_CODES), 60.0)

    def keep_in(self, folder: ClassFolder) -> list[str]:
        """Take up the classes of a folder, and keep every change in it from now on.

        Returns what is wrong with files that cannot be used: they stay where they are, for somebody may be able to
        mend them, until the time is over for which a class is kept.
        """
        with self._changed:
            self._folder = folder
            for code in folder.codes():
                try:
                    self._known[code] = from_table(folder.read(code))
                except DamagedError as error:
                    self.damaged[code] = str(error)
            self._forget_old()
            self._changed.notify_all()
            return list(self.damaged.values())

    def open(self, asker: Asker, case: str) -> Class:
        """A new class, taught by who asks. Raises ClassError where there are too many."""
        with self._changed:
            self._forget_old()
            classes = [room for room in self._known.values() if not room.alone]
            if sum(asker.session in room.hosts for room in classes) >= MOST_OF_ONE:
                raise ClassError("class_many_yours")
            if sum(room.address == asker.address for room in classes) >= max(self.people, MOST_OF_ONE):
                raise ClassError("class_address")
            if len(classes) >= MOST_CLASSES:
                raise ClassError("class_many")
            return self._open(asker, case, alone=False)

    def play_alone(self, asker: Asker, case: str, name: str) -> tuple[Class, str]:
        """A game for one, and its seat: the one that who asks has begun in this compound, else a new one."""
        with self._changed:
            self._forget_old()
            games = [room for room in self._known.values() if room.alone]
            for room in games:
                if room.case == case and (seat := room.seat_of(asker.session)):
                    return room, seat
            if sum(room.address == asker.address for room in games) >= 2 * self.people:
                raise ClassError("class_address")
            if len(games) >= MOST_ALONE:
                raise ClassError("class_many")
            room = self._open(asker, case, alone=True)
            return room, self._seat(room, asker, tidy(name))

    def _open(self, asker: Asker, case: str, *, alone: bool) -> Class:
        hosts = () if alone else (asker.session,)
        made = Class(self._new_code(), case, hosts, touched=self._clock(), alone=alone, address=asker.address)
        self._known[made.code] = made
        self._keep(made)
        return made

    def find(self, code: str) -> Class | None:
        """The class of a code, as typed: small letters, spaces and hyphens are forgiven."""
        return self._known.get(_typed(code))

    def at(self, place: str) -> Class | None:
        """The class that addresses call so."""
        return next((room for room in list(self._known.values()) if room.id == place), None)

    def damaged_at(self, place: str) -> str:
        """The code of a class that addresses call so and whose file is damaged, "" where there is none."""
        return next((code for code in self.damaged if place in (code, place_of(code))), "")

    def seats_of(self, session: str) -> list[tuple[Class, str]]:
        """Every class in which a browser holds a seat, and that seat, the latest first."""
        with self._changed:
            held = [(room, room.seat_of(session)) for room in self._known.values()]
        return sorted((one for one in held if one[1]), key=lambda one: -one[0].touched)

    def join(self, asker: Asker, typed: str, name: str) -> tuple[Class, str]:
        """Enter a class under a name, or come to a seat by a word for it; returns the class and the seat.

        Who holds a seat in the class already gets that one. Raises ClassError with the reason.
        """
        with self._changed:
            code = _typed(typed)
            if self._wrong_here.left(asker.session) <= 0 or self._wrong_there.left(asker.address) <= 0:
                raise ClassError("class_wait")
            if code in self._passes:
                return self._move(asker, code)
            room = self._known.get(code)
            if room is None or room.alone:
                returned = self._come_back(asker, code)
                if returned:
                    return returned
                self._wrong_here.spend(asker.session)
                self._wrong_there.spend(asker.address)
                raise ClassError("class_unknown")
            for seat, group in room.groups.items():
                if asker.session in group.holders:
                    return room, seat
            self._may_enter(room, asker, name)
            return room, self._seat(room, asker, tidy(name))

    def _may_enter(self, room: Class, asker: Asker, said: str) -> None:
        name = tidy(said)
        if asker.session in room.barred:
            raise ClassError("class_barred")
        if room.locked:
            raise ClassError("class_locked")
        if not name:
            raise ClassError("class_no_name")
        if not readable(name):
            raise ClassError("class_bad_name")
        if likeness(name) in {likeness(group.name) for group in room.groups.values()}:
            raise ClassError("class_name_taken")
        if len(room.groups) >= MOST_GROUPS:
            raise ClassError("class_full")
        if room.taken[asker.address] >= self.people:
            raise ClassError("class_address")

    def _seat(self, room: Class, asker: Asker, name: str) -> str:
        seat = str(max(map(int, room.groups), default=0) + 1)
        room.groups[seat] = Group(name, (asker.session,))
        room.taken[asker.address] += 1
        self._touch(room)
        return seat

    def pass_for(self, code: str, session: str, seat: str) -> str:
        """A word of the teacher's that brings another browser to a group's seat, for a group that has lost its own."""
        with self._changed:
            if seat not in self._taught(code, session).groups:
                raise ClassError("class_unknown")
            now = self._clock()
            self._passes = {
                word: one
                for word, one in self._passes.items()
                if one.until > now and (one.code, one.seat) != (code, seat)
            }
            word = _word(WORD_LENGTH)
            self._passes[word] = _Pass(code, seat, now + PASS_SECONDS)
            return word

    def word_of(self, code: str, session: str, seat: str) -> str:
        """The word by which who holds a seat comes back to it from any browser.

        Files hold its hash only: a server that has started again shows a new one, and what was noted before holds too.
        """
        with self._changed:
            room = self._room(code)
            if not room.holds(session, seat):
                raise ClassError("class_unknown")
            if (code, seat) not in self._words:
                self._words[code, seat] = word = _word(WORD_LENGTH)
                place: Class | Group = room if seat == TEACHER else room.groups[seat]
                place.words = _with(place.words, hash_of(word), MOST_WORDS)
                self._keep(room)
            return self._words[code, seat]

    def take_charge(self, code: str, session: str, seat: str, tab: str) -> None:
        """Have this tab's levers count, and no other's: two would undo each other's moves. The others are told."""
        with self._changed:
            room, group = self._group(code, session, seat)
            if group.charge != tab:
                group.charge = tab
                room.version += 1
                self._changed.notify_all()

    def _come_back(self, asker: Asker, word: str) -> tuple[Class, str] | None:
        """The seat of a word, with who asks in it; None where it is no seat's."""
        if len(word) != WORD_LENGTH:
            return None
        hashed = hash_of(word)
        for room in self._known.values():
            words = {TEACHER: room.words, **{seat: group.words for seat, group in room.groups.items()}}
            for seat, known in words.items():
                if hashed in known:
                    if asker.session in room.barred and seat != TEACHER:
                        raise ClassError("class_barred")
                    return self._sit(room, asker, seat)
        return None

    def _move(self, asker: Asker, word: str) -> tuple[Class, str]:
        one = self._passes.pop(word)
        room = self._known.get(one.code)
        if room is None or one.until <= self._clock() or one.seat not in room.groups:
            raise ClassError("class_unknown")
        return self._sit(room, asker, one.seat)

    def _sit(self, room: Class, asker: Asker, seat: str) -> tuple[Class, str]:
        if seat == TEACHER:
            room.hosts = _with(room.hosts, asker.session, MOST_HOLDERS)
        else:
            for group in room.groups.values():  # a browser plays one group of a class
                group.holders = tuple(s for s in group.holders if s != asker.session)
            group = room.groups[seat]
            group.holders = _with(group.holders, asker.session, MOST_HOLDERS)
        self._touch(room)
        return room, seat

    def draft(
        self, code: str, session: str, seat: str, change: Callable[[Turn], Turn], tab: str = ""
    ) -> None:
        """Change what a group is about to decide, and remember it, so that a reload loses nothing.

        Nobody is woken: it concerns nobody else, and levers move often. Moved more often than a hand can, they are
        on disk with the next decision only: everybody's changes wait for the disk.
        """
        with self._changed:
            room, group = self._driven(code, session, seat, tab)
            changed = change(group.draft)
            if changed != group.draft:
                group.draft = changed
                room.touched = self._clock()
                if self._moves.left(session) > 0:
                    self._moves.spend(session)
                    self._keep(room)

    def decide(self, code: str, session: str, seat: str, quarter: Any, tab: str = "") -> None:
        """Play what was drafted as this quarter, as the browser saw it; for any but the next one nothing happens."""
        with self._changed:
            room, group = self._driven(code, session, seat, tab)
            if type(quarter) is int and len(group.turns) == quarter < QUARTERS:
                group.turns = (*group.turns, group.draft)
                self._touch(room)

    def again(self, code: str, session: str, seat: str, tab: str = "") -> None:
        """Begin the game of a group anew that has finished it."""
        with self._changed:
            room, group = self._driven(code, session, seat, tab)
            if group.finished:
                group.turns, group.figures, group.draft = (), {}, Turn()
                self._touch(room)

    def report(
        self, code: str, session: str, seat: str, turns: tuple[Turn, ...], figures: dict[str, float]
    ) -> None:
        """Write what a game led to on the teacher's table, unless the group has played on or begun anew meanwhile."""
        with self._changed:
            room, group = self._group(code, session, seat)
            if group.turns == turns and group.figures != figures:
                group.figures = figures
                self._touch(room)

    def lock(self, code: str, session: str, locked: bool) -> None:
        """Take no more groups, or take them again."""
        with self._changed:
            room = self._taught(code, session)
            if room.locked != locked:
                room.locked = locked
                self._touch(room)

    def remove(self, code: str, session: str, seat: Any) -> None:
        """Remove a group; the browsers that played it come in no more."""
        with self._changed:
            room = self._taught(code, session)
            group = room.groups.pop(seat, None) if isinstance(seat, str) else None
            if group is not None:
                self._words.pop((code, seat), None)
                self._passes = {
                    w: one for w, one in self._passes.items() if (one.code, one.seat) != (code, seat)
                }
                for session_ in group.holders:
                    room.barred = _with(room.barred, session_, MOST_BARRED)
                self._touch(room)

    def close(self, code: str, session: str) -> None:
        """End a class: it is forgotten, its file too."""
        with self._changed:
            self._taught(code, session)
            self._forget(code)
            self._changed.notify_all()

    def forget_old(self) -> None:
        """Forget what nobody has touched for as long as was promised; do what the disk has refused before."""
        with self._changed:
            self._forget_old()
            for code in list(self.unsaved):
                self._keep(self._known[code])
            for code in list(self._to_remove):
                self._remove(code)

    def why_unsaved(self, code: str) -> str:
        """Why a class is not on disk as it is, "" where it is."""
        return self.unsaved.get(code, self.nowhere)

    def wait(self, code: str, seen: int, seconds: float) -> int:
        """The version of a class, at once where it is not `seen`, else after a change or `seconds`."""
        with self._changed:
            if self._version(code) == seen:
                self._changed.wait(seconds)
            return self._version(code)

    def _version(self, code: str) -> int:
        room = self._known.get(code)
        return GONE if room is None else room.version

    def _room(self, code: str) -> Class:
        room = self._known.get(code)
        if room is None:
            raise ClassError("class_unknown")
        return room

    def _taught(self, code: str, session: str) -> Class:
        room = self._room(code)
        if session not in room.hosts:
            raise ClassError("class_unknown")
        return room

    def _group(self, code: str, session: str, seat: str) -> tuple[Class, Group]:
        room = self._room(code)
        if seat == TEACHER or not room.holds(session, seat):
            raise ClassError("class_unknown")
        return room, room.groups[seat]

    def _driven(self, code: str, session: str, seat: str, tab: str) -> tuple[Class, Group]:
        room, group = self._group(code, session, seat)
        if group.charge not in ("", tab):
            raise ClassError("class_elsewhere")
        return room, group

    def _touch(self, room: Class) -> None:
        room.version += 1
        room.touched = self._clock()
        self._keep(room)
        self._changed.notify_all()

    def _keep(self, room: Class) -> None:
        """Write a class. A full disk stops no lesson: it goes on in memory, and its teacher's screen says so."""
        if self._folder is None:
            return
        try:
            self._folder.write(room.table())
            problem = ""
        except (OSError, ValueError) as error:  # a full disk; what no file can hold
            problem = _reason(error)
        if problem == self.unsaved.get(room.code, ""):
            return
        if problem:
            self.unsaved[room.code] = problem
            self._warn(problem)
        else:
            del self.unsaved[room.code]
        room.version += 1
        self._changed.notify_all()

    def _new_code(self) -> str:
        while True:
            code = _word(CODE_LENGTH)
            if not any(code in taken for taken in (self._known, self.damaged, self._to_remove)):
                return code

    def _forget_old(self) -> None:
        now = self._clock()
        for code, room in list(self._known.items()):
            if now - room.touched >= (ALONE_SECONDS if room.alone else KEPT_SECONDS):
                self._forget(code)
        for code in list(self.damaged):
            if self._folder is not None and now - self._folder.written(code) >= KEPT_SECONDS:
                del self.damaged[code]
                self._remove(code)

    def _forget(self, code: str) -> None:
        del self._known[code]
        self.unsaved.pop(code, None)
        self._words = {of: word for of, word in self._words.items() if of[0] != code}
        self._remove(code)

    def _remove(self, code: str) -> None:
        if self._folder is not None:
            try:
                self._folder.remove(code)
                self._to_remove.discard(code)
            except OSError as error:
                if code not in self._to_remove:
                    self._warn(_reason(error))
                self._to_remove.add(code)

    def _warn(self, problem: str) -> None:
        assert self._folder is not None
        logger.warning("%s: %s", self._folder.place, problem)


def _reason(error: OSError | ValueError) -> str:
    """Why something is not on disk; where the folder lies is for who runs the server, not for a projector."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _word(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def hash_of(word: str) -> str:
    """What a file keeps of a word: trying all words against it, a hundredth of a second each, would take ages."""
    return hashlib.scrypt(word.encode(), salt=b"gongzhi seat", n=2**12, r=8, p=1, dklen=16).hex()


@cache
def place_of(code: str) -> str:
    """What addresses call the class of a code by: whoever reads one in a log does not find the code from it."""
    return hashlib.scrypt(code.encode(), salt=b"gongzhi class", n=2**12, r=8, p=1, dklen=6).hex()


def _typed(code: str) -> str:
    return code.upper().replace(" ", "").replace("-", "")


def _with(hashes: tuple[str, ...], one: str, most: int) -> tuple[str, ...]:
    """The hashes with one more, the oldest of them left out where there are too many."""
    return (*(known for known in hashes if known != one), one)[-most:]


CLASSES = Classes()
