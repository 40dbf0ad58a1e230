"""Classes that play: who is in which group, what each has decided. Kept on disk: a restart loses nothing."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.class_files import (
    CODE_LENGTH,
    LETTERS,
    LONGEST_NAME,
    MOST_GROUPS,
    ClassFolder,
    ClassTable,
    DamagedError,
    turn_table,
)
from dashboard.game import QUARTERS, Turn

MOST_CLASSES = 400
DAY = 24 * 3600.0
#: After that long without anything happening a class is forgotten, and a game that somebody played alone.
KEPT_SECONDS, ALONE_SECONDS = 30 * DAY, 2 * DAY


class ClassError(ValueError):
    """What was asked of a class cannot be done; `key` is the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass
class Group:
    """One group: what it has decided, what it is about to decide, and the figures its last quarter ended with."""

    name: str
    turns: tuple[Turn, ...] = ()
    draft: Turn = field(default_factory=Turn)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether the twelve quarters are over."""
        return len(self.turns) >= QUARTERS


@dataclass
class Class:
    """One class: a compound, a teacher who holds `host`, groups by their token.

    touched : when something last happened in it, seconds since 1970
    """

    code: str
    case: str
    host: str
    groups: dict[str, Group] = field(default_factory=dict)
    touched: float = field(default_factory=time.time)
    version: int = 0
    alone: bool = False

    def table(self) -> dict[str, Any]:
        """The class as a file keeps it."""
        return {
            "code": self.code,
            "case": self.case,
            "host": self.host,
            "alone": self.alone,
            "touched": self.touched,
            "groups": {token: _group_table(group) for token, group in self.groups.items()},
        }


def _group_table(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "turns": [turn_table(turn) for turn in group.turns],
        "draft": turn_table(group.draft),
        "figures": group.figures,
    }


def from_table(table: ClassTable) -> Class:
    """A class as it was when it was kept."""
    groups = {
        token: Group(g.name, tuple(t.turn() for t in g.turns), g.draft.turn(), dict(g.figures))
        for token, g in table.groups.items()
    }
    return Class(table.code, table.case, table.host, groups, table.touched, alone=table.alone)


class Classes:
    """All classes of the server. Every change wakes those who watch, and is on disk before they see it.

    unsaved : why the last change could not be kept, "" where it was; damaged : by code, why a class cannot be used
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._known: dict[str, Class] = {}
        self._changed = threading.Condition()
        self._clock = clock
        self._folder: ClassFolder | None = None
        self.unsaved = ""
        self.damaged: dict[str, str] = {}

    def keep_in(self, folder: ClassFolder) -> list[str]:
        """Take up the classes of a folder, and keep every change in it from now on.

        Returns what is wrong with files that cannot be used: they stay where they are, and only they are lost.
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

    def open(self, case: str, *, alone: bool = False) -> Class:
        """A new class. Raises ClassError where there are too many."""
        with self._changed:
            self._forget_old()
            if len(self._known) >= MOST_CLASSES:
                self._forget_idlest()
            code = self._new_code()
            made = Class(code, case, secrets.token_urlsafe(9), touched=self._clock(), alone=alone)
            self._known[code] = made
            self._keep(made)
            return made

    def find(self, code: str) -> Class | None:
        """The class of a code, as typed: small letters and spaces are forgiven."""
        return self._known.get(code.strip().upper())

    def join(self, code: str, name: str) -> tuple[Class, str]:
        """Enter a class under a name; returns it and the group's token. Raises ClassError with the reason."""
        with self._changed:
            room = self.find(code)
            if room is None:
                raise ClassError("class_unknown")
            name = " ".join(name.split())[:LONGEST_NAME]
            if not name:
                raise ClassError("class_no_name")
            if any(group.name == name for group in room.groups.values()):
                raise ClassError("class_name_taken")
            if len(room.groups) >= MOST_GROUPS:
                raise ClassError("class_full")
            token = secrets.token_urlsafe(9)
            room.groups[token] = Group(name)
            self._touch(room)
            return room, token

    def draft(self, code: str, token: str, change: Callable[[Turn], Turn]) -> None:
        """Change what a group is about to decide, and remember it, so that a reload loses nothing.

        Nobody is woken: it concerns nobody else, and levers move often.
        """
        with self._changed:
            group = self._group(code, token)
            group.draft = change(group.draft)
            self._keep(self._known[code])

    def decide(self, code: str, token: str, quarter: int) -> None:
        """Play what was drafted as this quarter; a second press for the same quarter does nothing."""
        with self._changed:
            group = self._group(code, token)
            if len(group.turns) == quarter < QUARTERS:
                group.turns = (*group.turns, group.draft)
                self._touch(self._known[code])

    def again(self, code: str, token: str) -> None:
        """Begin the group's game anew."""
        with self._changed:
            group = self._group(code, token)
            group.turns, group.figures, group.draft = (), {}, Turn()
            self._touch(self._known[code])

    def report(self, code: str, token: str, figures: dict[str, float]) -> None:
        """Write the figures of a group's last quarter on the teacher's table."""
        with self._changed:
            group = self._group(code, token)
            if group.figures != figures:
                group.figures = figures
                self._touch(self._known[code])

    def wait(self, code: str, seen: int, seconds: float) -> int:
        """The version of a class, at once where it is newer than `seen`, else after a change or `seconds`."""
        with self._changed:
            room = self._known.get(code)
            if room is not None and room.version == seen:
                self._changed.wait(seconds)
            room = self._known.get(code)
            return room.version if room is not None else seen

    def _group(self, code: str, token: str) -> Group:
        room = self._known.get(code)
        if room is None or token not in room.groups:
            raise ClassError("class_unknown")
        room.touched = self._clock()
        return room.groups[token]

    def _touch(self, room: Class) -> None:
        room.version += 1
        room.touched = self._clock()
        self._keep(room)
        self._changed.notify_all()

    def _keep(self, room: Class) -> None:
        """Write a class. A full disk stops no lesson: it goes on in memory, and the teacher's screen says so."""
        if self._folder is None:
            return
        try:
            self._folder.write(room.table())
            self.unsaved = ""
        except OSError as error:
            self.unsaved = f"{self._folder.place}: {error.strerror or error}"

    def _new_code(self) -> str:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
            if code not in self._known and code not in self.damaged:
                return code

    def _forget_old(self) -> None:
        now = self._clock()
        for code, room in list(self._known.items()):
            if now - room.touched >= (ALONE_SECONDS if room.alone else KEPT_SECONDS):
                self._forget(code)

    def _forget_idlest(self) -> None:
        """Make room for a class: of those in which nothing has happened for a day, the oldest goes."""
        code, room = min(self._known.items(), key=lambda known: known[1].touched)
        if self._clock() - room.touched < DAY:
            raise ClassError("class_many")
        self._forget(code)

    def _forget(self, code: str) -> None:
        del self._known[code]
        if self._folder is not None:
            try:
                self._folder.remove(code)
            except OSError as error:
                self.unsaved = f"{self._folder.place}: {error.strerror or error}"


CLASSES = Classes()
