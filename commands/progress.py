"""What is going on, and how long it will take: nothing for two seconds, then a bar or, off a terminal, lines."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console

from commands.console import notes
from commands.wording import word

QUIET_SECONDS = 2.0
#: How often the bar of a terminal looks how far things are.
SECONDS_BETWEEN_LOOKS = 0.1
#: Between lines off a terminal: at first, and at most, when a phase has taken long already.
SECONDS_BETWEEN_LINES, MOST_SECONDS_BETWEEN_LINES = 5.0, 60.0
#: From how many seconds on the time left is written in minutes.
_MINUTES_FROM = 120


class Progress:
    """Follows a command through its phases, on standard error; silent with `quiet`.

    A thread of its own watches the clock, so that a phase that reports rarely is seen too.
    """

    def __init__(self, lang: str, *, quiet: bool = False, console: Console | None = None) -> None:
        self.lang = lang
        self.quiet = quiet
        self.console = console or notes()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._label, self._counted = "", ""
        self._done, self._total, self._already = 0, 0, 0
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

    def phase(self, key: str, total: int = 0, *, already: int = 0, counted: str = "") -> None:
        """Begin a phase of `total` steps; 0 where they cannot be counted.

        already : steps that an earlier run has done, and that say nothing of the time to come
        counted : how to write the steps done; `done/total` where it is left out
        """
        self._label, self._already = word(key, self.lang), already
        self._phase_began = time.monotonic()
        self.advance(already, total, counted=counted)

    def advance(self, done: int, total: int, *, counted: str = "") -> None:
        """Steps done of all steps of this phase."""
        self._done, self._total = done, total
        self._counted = counted or (f"{done}/{total}" if total else "")

    def note(self, key: str) -> None:
        """Print a remark at once."""
        if not self.quiet:
            self.console.print(word(key, self.lang))

    def _watch(self) -> None:
        if self._stop.wait(QUIET_SECONDS):
            return
        if self.console.is_terminal:
            self._show_bar()
            return
        said = ""
        while True:
            line = self._line()
            if self._done < self._total or line != said:  # what cannot be counted, or is, is named once
                self.console.print(line)
            said = line
            if self._stop.wait(self._until_next_line()):
                return

    def _show_bar(self) -> None:
        # Imported here: most commands are done before there is a bar.
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        label = TextColumn("{task.description}", markup=False)
        counted = TextColumn("{task.fields[counted]}", markup=False)
        phase = None
        with Bar(
            label, BarColumn(), counted, TimeRemainingColumn(), console=self.console, transient=True
        ) as bar:
            task = bar.add_task("", total=None, counted="")
            while True:
                total = self._total or None
                if phase != self._phase_began:
                    phase = self._phase_began
                    bar.reset(task, description=self._label, total=total, completed=self._already)
                bar.update(task, completed=self._done, total=total, counted=self._counted)
                if self._stop.wait(SECONDS_BETWEEN_LOOKS):
                    return

    def _until_next_line(self) -> float:
        """A phase of half an hour is to give tens of lines, not hundreds."""
        since = (time.monotonic() - self._phase_began) / 20
        return min(max(SECONDS_BETWEEN_LINES, since), MOST_SECONDS_BETWEEN_LINES)

    def _line(self) -> str:
        if not self._total:
            return f"{self._label} …"
        counted, now = f"{self._label}: {self._counted}", self._done - self._already
        if now <= 0 or self._done >= self._total:  # what follows the last step takes its own time
            return f"{counted} …"
        left = (time.monotonic() - self._phase_began) / now * (self._total - self._done)
        if left >= _MINUTES_FROM:
            return word("collections.minutes_left", self.lang, counted=counted, minutes=round(left / 60))
        return word("time_left", self.lang, counted=counted, seconds=max(1, round(left)))
