"""How often one browser, or one address, may do what would be too much if everybody did it all the time."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

#: How many people may share one address, unless who runs the server says otherwise: a flat, a hotspot, a small room.
PEOPLE = 12
#: Whoever has spent nothing for a while is forgotten once so many are known.
MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Asker:
    """Who asks. session : hash of the cookie that only a browser and the server know; address : where it is"""

    session: str
    address: str


class Quota:
    """At most `most` within `seconds`, for each who asks. Nothing is counted that is not spent."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.seconds = most, seconds
        self._clock = clock
        self._spent: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def left(self, who: str) -> int:
        """How much is left."""
        with self._lock:
            return self.most - len(self._recent(who))

    def spend(self, who: str) -> None:
        """Spend one."""
        with self._lock:
            if len(self._spent) >= MOST_KNOWN:
                self._spent = {known: times for known in list(self._spent) if (times := self._recent(known))}
            times = self._recent(who)
            times.append(self._clock())
            self._spent[who] = times

    def _recent(self, who: str) -> deque[float]:
        times = self._spent.get(who, deque())
        while times and times[0] <= self._clock() - self.seconds:
            times.popleft()
        return times
