"""What a sweep tells while it runs, and what became of it."""

from dataclasses import dataclass, field

from scenarios.store import Damage


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take: runs in all, already there, to do; seconds; bytes on the disk."""

    runs: int
    there: int
    to_do: int
    seconds: float
    bytes: int


@dataclass
class Report:
    """What became of a sweep."""

    runs: int = 0
    there: int = 0
    done: int = 0
    failed: int = 0
    engine_seconds: float = 0.0
    busy_seconds: float = 0.0
    seconds: float = 0.0
    lost_workers: int = 0
    set_aside: list[Damage] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every run has its row."""
        return self.there + self.done >= self.runs


class Watcher:
    """What a caller may want to know while a sweep runs; every method may be overridden."""

    def estimated(self, estimate: Estimate) -> None:
        """Once, after a few runs."""

    def advanced(self, report: Report, seconds_left: float) -> None:
        """After every chunk."""

    def set_aside(self, damage: Damage) -> None:
        """A damaged part was set aside; its runs are done again."""

    def interrupted(self, report: Report, stopped: KeyboardInterrupt) -> None:
        """Ctrl-C came, and what was in hand is written; workers are still running, and end with this process."""
