"""What is going on, and how long it will take: nothing for two seconds, then a bar or, off a terminal, lines."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from scenarios.commands.console import notes, word

QUIET_SECONDS = 2.0
SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Follows a command through its phases, on standard error; silent with `quiet`.

    A thread of its own watches the clock, so that a phase that reports rarely is seen too.
    """

    def __init__(self, lang: str, *, quiet: bool = False, console: Console | None = None) -> None:
        self.lang = lang
        self.quiet = quiet
        self.console = console or notes()
        label = TextColumn("{task.description}", markup=False)
        columns = (label, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=self.console, transient=True)
        self._task = self._bar.add_task("", total=None)
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._label, self._done, self._total = "", 0, 0
        self._phase_began = time.monotonic()

    def __enter__(self) -> Self:
        if not self.quiet:
            self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def phase(self, key: str, total: int = 0) -> None:
        """Begin a phase of `total` steps; 0 where they cannot be counted."""
        self._label, self._done, self._total = word(key, self.lang), 0, total
        self._phase_began = time.monotonic()
        self._bar.reset(self._task, description=self._label, total=total or None)

    def advance(self, done: int, total: int) -> None:
        """Steps done of all steps of this phase."""
        self._done, self._total = done, total
        self._bar.update(self._task, completed=done, total=total)

    def note(self, key: str) -> None:
        """Print a remark at once."""
        if not self.quiet:
            self.console.print(word(key, self.lang))

    def _watch(self) -> None:
        if self._stop.wait(QUIET_SECONDS):
            return
        if self.console.is_terminal:
            with self._bar:
                self._stop.wait()
            return
        self.console.print(self._line())
        while not self._stop.wait(SECONDS_BETWEEN_LINES):
            self.console.print(self._line())

    def _line(self) -> str:
        if not self._total:
            return f"{self._label} …"
        counted = f"{self._label}: {self._done}/{self._total}"
        if not self._done:
            return f"{counted} …"
        left = (time.monotonic() - self._phase_began) / self._done * (self._total - self._done)
        return word("time_left", self.lang, counted=counted, seconds=max(1, round(left)))
