"""Classes that play: who is in which group, and what each has decided. Kept in the server's memory, for a day."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.game import QUARTERS, Turn

#: No letter or figure that could be read as another.
LETTERS = "ABCDEFGHJKMNPQRTUVWXY346789"
CODE_LENGTH = 5
MOST_CLASSES, MOST_GROUPS, LONGEST_NAME = 200, 60, 20
KEPT_SECONDS = 24 * 3600.0


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
    """One class: a compound, a teacher who holds `host`, groups by their token."""

    code: str
    case: str
    host: str
    groups: dict[str, Group] = field(default_factory=dict)
    touched: float = field(default_factory=time.monotonic)
    version: int = 0
    alone: bool = False


class Classes:
    """All classes of the server. Every change wakes those who watch."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._known: dict[str, Class] = {}
        self._changed = threading.Condition()
        self._clock = clock

    def open(self, case: str, *, alone: bool = False) -> Class:
        """A new class. Raises ClassError where there are too many."""
        with self._changed:
            self._forget_old()
            if len(self._known) >= MOST_CLASSES:
                raise ClassError("class_many")
            code = self._new_code()
            made = Class(code, case, secrets.token_urlsafe(9), touched=self._clock(), alone=alone)
            self._known[code] = made
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

    def draft(self, code: str, token: str, turn: Turn) -> None:
        """Remember what a group is about to decide, so that a reload loses nothing."""
        with self._changed:
            self._group(code, token).draft = turn

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
        self._changed.notify_all()

    def _new_code(self) -> str:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
            if code not in self._known:
                return code

    def _forget_old(self) -> None:
        now = self._clock()
        self._known = {c: room for c, room in self._known.items() if now - room.touched < KEPT_SECONDS}


CLASSES = Classes()
