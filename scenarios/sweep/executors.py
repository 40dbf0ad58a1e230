"""Where chunks run: in this process, in worker processes of this computer, or on a Dask cluster.

Each executor takes a chunk and gives a `concurrent.futures.Future`; what its failures mean it says by `meaning`.
"""

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from scenarios.libraries import MissingLibraryError, library
from scenarios.losses import NotFetchedError
from scenarios.sweep.chunk import KILLED, Chunk, Done, run_chunk
from scenarios.sweep.plan import code_version

#: What a failure of a whole chunk means: `TIMED_OUT`, `KILLED`, `LOST`, or "" for an error of the program.
type Meaning = str
#: The chunk was never begun, or nobody knows: nothing is said against it, and it is given again.
LOST = "lost"


class Executor(Protocol):
    """Runs chunks."""

    #: Chunks that run at the same time.
    workers: int
    #: How many seconds of work a chunk should hold.
    chunk_seconds: float
    #: Seconds a worker may need before its first run, where that counts towards the limit of a chunk.
    warm_up_seconds: float

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run a chunk somewhere; give it up after so many seconds."""

    def meaning(self, error: BaseException) -> Meaning:
        """What an exception of a future means for its chunk. Raises as `lost` does."""

    def lost(self, pending: "Collection[Future[Done]]") -> "list[Future[Done]]":
        """Those of the pending that will never come, to be given again.

        Raises `ClusterLostError` where nothing more will come.
        """

    def stop(self) -> None:
        """End at once, whatever is running."""


class ClusterLostError(Exception):
    """The cluster does not answer any more; what was done is kept."""


class ClusterGoneError(ClusterLostError):
    """It did answer once: threads of the connection are left behind, which nothing ends."""


class UnlikeWorkersError(ClusterLostError):
    """Workers whose rows would not be those of this process, or nobody knows."""


class Serial:
    """Runs in this process, one chunk after the other; what hangs or dies takes the process with it."""

    workers = 1
    #: Short, because Ctrl-C waits for the call of the engine that is running.
    chunk_seconds = 0.4
    warm_up_seconds = 0.0

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run the chunk now."""
        future: Future[Done] = Future()
        try:
            future.set_result(run_chunk(chunk))
        except Exception as error:
            future.set_exception(error)
        return future

    def meaning(self, error: BaseException) -> Meaning:
        """Nothing but errors of the program can come back."""
        return ""

    def lost(self, pending: "Collection[Future[Done]]") -> "list[Future[Done]]":
        """None: always there."""
        return []

    def stop(self) -> None:
        """Nothing is left running."""


class Cluster:
    """A Dask cluster, by the address of its scheduler. Workers need the same version of the project installed.

    A worker that dies is retried by the scheduler three times. A chunk past its limit ends its worker (a nanny starts
    another), since nothing else stops compiled code. When the scheduler does not answer the sweep ends; it resumes from
    its store.

    version : of the code rows depend on; workers must have the same, also those that join later
    connect, clock : gives Dask's client; steady seconds. Simulations have their own.
    """

    chunk_seconds = 3.0
    #: A worker that has never run the engine compiles it first.
    warm_up_seconds = 300.0
    SECONDS_FOR_WORKERS = 5.0
    #: Asked whether it is there so often; so many questions in a row without an answer, and it is gone.
    SECONDS_BETWEEN_QUESTIONS = 5.0
    MOST_UNANSWERED = 3

    def __init__(
        self,
        address: str,
        version: Callable[[], str] = code_version,
        *,
        connect: Callable[[str], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address, self._clock = address, clock
        self._version, self._own = version, about_worker(version)
        self._client = (connect or _connected)(address)
        self._refuse_without_workers()
        self._refuse_unlike()
        self.workers = max(1, sum(w["nthreads"] for w in self._info()["workers"].values()))
        self._asked, self._unanswered, self._lost = clock(), 0, False

    def _refuse_without_workers(self) -> None:
        """Raise ClusterLostError where no worker joins: chunks would wait without end, and without a word."""
        try:
            self._client.wait_for_workers(1, timeout=self.SECONDS_FOR_WORKERS)
        except TimeoutError:
            self._close()
            raise ClusterLostError(
                f"the Dask scheduler at {self.address} has no workers; expected at least one: "
                f"dask worker {self.address} --nthreads 1"
            ) from None

    def _refuse_unlike(self) -> None:
        """Raise UnlikeWorkersError where a worker has other code, or imports what lies where it was started.

        Those that are there are asked before anything is given to them, so that much is said at once.
        """
        try:
            found = self._client.run(about_worker, self._version)
            for worker, about in sorted(found.items()):
                refuse_unlike(self._own, worker, about)
        except UnlikeWorkersError:
            self._close()
            raise
        except Exception as error:  # whatever a worker without the project, or with another one, raises
            self._close()
            raise _cannot_say(error) from None

    def _info(self) -> Any:
        return self._client.scheduler_info(n_workers=-1)

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run the chunk on some worker."""
        return self.call(run_within, chunk, limit_seconds)

    def call(self, function: Callable[..., Any], *args: Any) -> "Future[Any]":
        """Call a function on some worker.

        Its future raises NotFetchedError where what it gave was lost on its way, UnlikeWorkersError where the worker
        has joined meanwhile and has other code.
        """
        ours: Future[Any] = Future()
        theirs = self._client.submit(
            call_if_alike, self._own, self._version, function, *args, pure=False, retries=0
        )
        theirs.add_done_callback(partial(hand_over, ours))
        return ours

    def meaning(self, error: BaseException) -> Meaning:
        """The worker died too often, by itself or because the chunk ran past its limit."""
        name = type(error).__name__
        self._lost |= name in ("FutureCancelledError", "CancelledError")
        self.check()
        if isinstance(error, NotFetchedError):
            return LOST
        return KILLED if name == "KilledWorker" else ""

    def lost(self, pending: "Collection[Future[Done]]") -> "list[Future[Done]]":
        """None: the scheduler gives them to other workers by itself. Raises as `check` does."""
        self.check()
        return []

    def check(self) -> None:
        """Raise ClusterLostError when the scheduler does not answer any more; asks it every few seconds."""
        if not self._lost and self._clock() - self._asked >= self.SECONDS_BETWEEN_QUESTIONS:
            self._lost = not self._answers()
            self._asked = self._clock()
        if self._lost:
            raise ClusterGoneError(f"the Dask scheduler at {self.address} does not answer any more")

    def _answers(self) -> bool:
        """Whether the scheduler is there, or may be: the client hides that it has gone."""
        try:
            self._client.sync(
                self._client.scheduler.identity, callback_timeout=self.SECONDS_BETWEEN_QUESTIONS
            )
            self._unanswered = 0
        except Exception:  # of many kinds, by what was broken
            self._unanswered += 1
        return self._unanswered < self.MOST_UNANSWERED

    def stop(self) -> None:
        """Leave; the cluster is not ours to end."""
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(timeout=3)

    def _close(self) -> None:
        with suppress(Exception):  # whatever the connection still complains about
            self._client.close(timeout=2)


class AboutWorker(NamedTuple):
    """What a worker is asked before it is given anything.

    looks_elsewhere : whether it imports nothing from the folder it was started in; process : host and number
    """

    version: str
    looks_elsewhere: bool
    process: tuple[str, int]


def about_worker(version: Callable[[], str]) -> AboutWorker:
    """What this process answers."""
    return AboutWorker(version(), bool(sys.flags.safe_path), (socket.gethostname(), os.getpid()))


def refuse_unlike(own: AboutWorker, worker: str, found: AboutWorker) -> None:
    """Raise UnlikeWorkersError, with what is expected, unless the worker gives the rows of the process that asks."""
    if found.version != own.version:
        raise UnlikeWorkersError(
            f"other code of the model on {worker}; expected the same version on all workers"
        )
    if not found.looks_elsewhere and found.process != own.process:
        raise UnlikeWorkersError(
            f"the worker {worker} imports what lies in the folder it was started in; expected PYTHONSAFEPATH=1 "
            "in the environment of every worker: export PYTHONSAFEPATH=1, and start it again"
        )


def call_if_alike(
    asking: AboutWorker, version: Callable[[], str], function: Callable[..., Any], *args: Any
) -> Any:
    """Call a function on a Dask worker, which may have joined long after the others were asked.

    Raises UnlikeWorkersError.
    """
    found = about_worker(version)
    host, process = found.process
    refuse_unlike(asking, f"{host} (process {process})", found)
    return function(*args)


def _cannot_say(error: Exception) -> UnlikeWorkersError:
    return UnlikeWorkersError(
        f"a worker cannot say which code it has ({type(error).__name__}: {_first_line(error)}); "
        "expected the same version of the project on all workers"
    )


def _connected(address: str) -> Any:
    """Dask's client. Raises ClusterLostError."""
    try:
        distributed = library("distributed", "--cluster")
    except MissingLibraryError as error:
        raise ClusterLostError(str(error)) from None
    _refuse_silent(address)
    try:
        client = distributed.Client(address, timeout=10, set_as_default=False, heartbeat_interval=2000)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterLostError(f"no Dask scheduler answers at {address} ({_first_line(error)})") from None
    _quiet_loggers()
    return client


def _quiet_loggers() -> None:
    """What the connection says when it is lost is said once, by `check`. Dask's loggers have levels of their own."""
    own = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    for name in ("distributed", "concurrent.futures", "asyncio", "tornado.application", *own):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def hand_over(ours: "Future[Done]", theirs: Any) -> None:
    """Pass on what a Dask future brought.

    Dask's own bridge (`get_executor`) ends without a word when the connection breaks in the middle of a result: the
    chunk would be waited for without end.
    """
    if not ours.set_running_or_notify_cancel():
        return
    try:
        ours.set_result(theirs.result())
    except BaseException as error:
        if isinstance(error, OSError) and theirs.status != "error":  # of the connection
            error = NotFetchedError(str(error))
        elif isinstance(error, ImportError):  # not even `call_if_alike` was found
            error = _cannot_say(error)
        ours.set_exception(error)


def run_within(chunk: Chunk, limit_seconds: float) -> Done:
    """Run a chunk on a Dask worker; past its limit the worker process ends."""
    timer = threading.Timer(limit_seconds, os._exit, args=[1])
    timer.daemon = True
    timer.start()
    try:
        return run_chunk(chunk)
    finally:
        timer.cancel()


def _refuse_silent(address: str) -> None:
    """Raise ClusterLostError where nobody listens: much sooner than Dask, which tries again and again."""
    place = urlsplit(address if "//" in address else f"tcp://{address}")
    try:
        if not place.hostname or not place.port or place.scheme not in ("tcp", "tls", "ucx", "ws", "wss"):
            raise ClusterLostError(f"--cluster {address!r}: expected an address such as tcp://HOST:8786")
        socket.create_connection((place.hostname, place.port), timeout=10).close()
    except (OSError, ValueError) as error:
        raise ClusterLostError(f"no Dask scheduler answers at {address} ({_first_line(error)})") from None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:120]


type Factory = Callable[[], Executor]
