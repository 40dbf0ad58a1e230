"""How a page waits for the engine: in a thread of its own, told of progress, given up when no longer wanted."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import solara
import solara.lab

from dashboard.asking import Request, possible
from dashboard.ensembles import Ensemble, ensemble
from dashboard.guard import CLIENT
from dashboard.quotas import Asker
from dashboard.workers import BusyError, DiedError, TooLongError
from model.engine import EngineError
from scenarios.catalogue import text
from scenarios.files.problems import ScenarioError
from scenarios.translation import message_in

logger = logging.getLogger(__name__)

#: Seconds between two words of progress: each has the page drawn anew, and most answers come sooner.
TELL_EVERY = 0.7


@dataclass(frozen=True)
class Awaited[Value]:
    """What a page knows of a result it waits for: the latest one, how far the next one is, what went wrong.

    value : the latest result, of an earlier key while `waiting`; done : share done of what is under way
    error : why there is no newer result; problem : the same for the reader of the page
    again : asks the same once more, unless it is under way
    """

    value: Value | None = None
    waiting: bool = True
    done: float = 0.0
    error: BaseException | None = None
    problem: str = ""
    again: Callable[[], None] = lambda: None

    @property
    def stale(self) -> bool:
        """Whether there is a result that answers an earlier question than the one that was asked last."""
        return self.value is not None and (self.waiting or self.error is not None)


class _Asked[Value]:
    """What a page has asked for, and what it knows of the answer: an earlier question is no longer answered."""

    def __init__(self) -> None:
        self.known = Awaited[Value]()
        self._lock = threading.Lock()
        self._left = threading.Event()

    def ask(self) -> threading.Event:
        """Let the earlier question go; what is returned is set when this one is let go in turn."""
        with self._lock:
            self._left.set()
            self._left = threading.Event()
            self.known = Awaited(self.known.value, True, 0.0)
            return self._left

    def let_go(self) -> None:
        """Nobody waits for an answer any more."""
        with self._lock:
            self._left.set()

    def learn(self, left: threading.Event, change: Callable[[Awaited[Value]], Awaited[Value]]) -> bool:
        """Change what is known, unless the question has been let go: asked and changed in one step."""
        with self._lock:
            if left.is_set():
                return False
            self.known = change(self.known)
            return True


def use_result(
    key: Hashable, work: Callable[[Callable[[], bool], Callable[[float], None]], Any], lang: str
) -> Awaited[Any]:
    """Have `work(wanted, progress)` done in a thread whenever `key` changes, and when the reader has it tried again.

    It returns None when given up.

    It begins before the page is drawn again to say that it waits, not after.
    """
    _, draw_again = solara.use_state(object())
    attempt, set_attempt = solara.use_state(0)
    asked: _Asked[Any] = solara.use_memo(_Asked, [])

    def begin() -> None:
        left = asked.ask()

        def update(change: Callable[[Awaited[Any]], Awaited[Any]]) -> None:
            if asked.learn(left, change):
                draw_again(object())

        told = time.monotonic()

        def progress(done: float) -> None:
            nonlocal told
            if time.monotonic() - told >= TELL_EVERY:
                told = time.monotonic()
                update(lambda old: Awaited(old.value, True, done))

        def run() -> None:
            try:
                value = work(lambda: not left.is_set(), progress)
                if value is None and not left.is_set():
                    raise TypeError("nothing was made, though it was wanted")
            except BaseException as error:  # of whatever kind: who waits is told that it has ended
                if not isinstance(error, FORESEEN):
                    # It may name folders of the server: it goes where its messages go.
                    logger.exception("a result could not be made")
                ended = error.with_traceback(None)  # which would keep all that its work held
                update(lambda old: Awaited(old.value, False, 1.0, ended))
            else:
                update(lambda _: Awaited(value, False, 1.0))

        threading.Thread(target=run, daemon=True).start()

    def again() -> None:
        if not asked.known.waiting:
            set_attempt(lambda n: n + 1)

    solara.use_memo(begin, [key, attempt])
    solara.use_effect(lambda: asked.let_go, [])
    ask_again = solara.use_memo(lambda: again, [])
    known = asked.known  # of which the language may be another now
    problem = "" if known.error is None else problem_in_words(known.error, lang)
    return replace(known, problem=problem, again=ask_again)


#: What may come of a question. Anything else is a fault of the program.
FORESEEN = (BusyError, TooLongError, DiedError, EngineError, ScenarioError, ValueError)


def problem_in_words(error: BaseException, lang: str) -> str:
    """Why there is no result, for the reader of the page."""
    if not isinstance(error, FORESEEN):
        return text("dash.broken", lang)
    if isinstance(error, BusyError):
        return text("dash.busy", lang)
    if isinstance(error, TooLongError):
        return text("dash.too_long", lang)
    if isinstance(error, RefusedError):
        return text("dash.failed", lang).format(error=possible(error.request, lang))
    said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return text("dash.failed", lang).format(error=message_in(lang, said)[:300])


class RefusedError(ValueError):
    """A request that the engine cannot run: `possible` says why, in the language of whoever reads it."""

    def __init__(self, request: Request) -> None:
        super().__init__(possible(request, "en"))
        self.request = request


def refuse_impossible(request: Request) -> None:
    """Raise RefusedError for what the engine cannot run."""
    if possible(request, "en") is not None:
        raise RefusedError(request)


def use_ensemble(request: Request, runs: int, lang: str) -> Awaited[Ensemble]:
    """The ensemble of a request, or why there is none."""

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> Ensemble | None:
        refuse_impossible(request)
        return ensemble(request, runs, wanted=wanted, progress=progress)

    return use_result((request, runs), work, lang)


def asker() -> Asker:
    """Who looks at this tab: a browser by its cookie, which no script can read, and its address."""
    said = solara.lab.headers.value or {}
    session = hashlib.blake2b(solara.get_session_id().encode(), digest_size=16).hexdigest()
    return Asker(session, said.get(CLIENT, ["unknown"])[0])
