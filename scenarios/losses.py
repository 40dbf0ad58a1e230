"""What is lost on its way is asked for again, and not without end: work that was given and never came back."""

from dataclasses import dataclass

#: Something that is lost so many times, and for so long, will never come.
MOST_LOST, LOST_SECONDS = 10, 60.0


class NotFetchedError(Exception):
    """Something was done, and the connection broke while its rows came."""


@dataclass(frozen=True)
class Losses:
    """How often something was lost, and since when (steady seconds)."""

    n: int = 0
    since: float = 0.0

    def once_more(self, now: float) -> "Losses":
        """One more, at this moment."""
        return Losses(self.n + 1, self.since if self.n else now)

    def will_never_come(self, now: float) -> bool:
        """Ten times in a second are one broken connection; for a minute they are more."""
        return self.n >= MOST_LOST and now - self.since >= LOST_SECONDS
