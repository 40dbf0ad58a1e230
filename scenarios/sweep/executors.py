"""Where chunks run: in this process, in worker processes of this computer, or on a Dask cluster.

Each executor takes a chunk and gives a `concurrent.futures.Future`; what its failures mean it says by `meaning`.
"""

import importlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

from scenarios.sweep.chunk import KILLED, TIMED_OUT, Chunk, Done, run_chunk

#: What a failure of a whole chunk means: `TIMED_OUT`, `KILLED`, or "" for an error of the program.
type Meaning = str


PRELOADED = "scenarios.sweep.preloading"


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
        """What an exception of a future means for its chunk."""

    def check(self) -> None:
        """Raise `ClusterLostError` where nothing more will come."""

    def stop(self) -> None:
        """End at once, whatever is running."""


class ClusterLostError(Exception):
    """The cluster does not answer any more; what was done is kept."""


class ClusterGoneError(ClusterLostError):
    """It did answer once: threads of the connection are left behind, which nothing ends."""


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

    def check(self) -> None:
        """Always there."""

    def stop(self) -> None:
        """Nothing is left running."""


class Workers:
    """Worker processes of this computer: each chunk has a limit, a worker that dies is replaced.

    They are forked from a server that has loaded the engine and has no threads (a fork of this process might hang),
    so that one that died is replaced at once; where there is no such thing (Windows) they are fresh ones. They leave
    Ctrl-C to the driver and end when it does.
    """

    chunk_seconds = 1.5
    warm_up_seconds = 0.0

    def __init__(self, workers: int | None = None) -> None:
        from pebble import ProcessPool

        self.workers = workers or os.cpu_count() or 1
        self._pool = ProcessPool(
            max_workers=self.workers,
            context=_context(),
            initializer=begin_worker,
            initargs=[os.getpid()],
        )

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run the chunk in the next free worker; the limit counts from its start there."""
        future: Future[Done] = self._pool.schedule(run_chunk, args=[chunk], timeout=limit_seconds)
        return future

    def meaning(self, error: BaseException) -> Meaning:
        """A chunk ran past its limit, or its worker died."""
        from pebble import ProcessExpired

        if isinstance(error, ProcessExpired):
            return KILLED
        return TIMED_OUT if isinstance(error, TimeoutError) else ""

    def check(self) -> None:
        """The pool replaces its workers by itself."""
        if not self._pool.active:
            raise ClusterLostError("the pool of worker processes has stopped")

    def stop(self) -> None:
        """Kill the workers."""
        self._pool.stop()
        self._pool.join(timeout=5)


def _context() -> Any:
    """How worker processes begin."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED, "scenarios.sweep.chunk"])
    return context


def begin_worker(driver: int) -> None:
    """Leave Ctrl-C to the driver, and end when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, args=[driver], daemon=True).start()
    # Loads the engine where the process was not forked from one that has.
    importlib.import_module(PRELOADED)


def _end_with_parent(driver: int) -> None:
    """Wait until the driver is gone, then leave at once: a chunk that nobody waits for is not finished."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid == driver:
        parent.join()
        os._exit(1)


class Cluster:
    """A Dask cluster, by the address of its scheduler. Workers need the same version of the project installed.

    A worker that dies is retried by the scheduler three times. A chunk past its limit ends its worker (a nanny starts
    another), since nothing else stops compiled code. When the scheduler does not answer for `PATIENCE_SECONDS` the
    sweep ends; it resumes from its store.
    """

    chunk_seconds = 3.0
    #: A worker that has never run the engine compiles it first.
    warm_up_seconds = 300.0
    PATIENCE_SECONDS = 30.0

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ClusterLostError(
                "--cluster needs Dask, which is not installed; expected the extra 'cluster'"
            ) from None
        _refuse_silent(address)
        try:
            self._client: Any = Client(address, timeout=10, set_as_default=False, heartbeat_interval=2000)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterLostError(f"no Dask scheduler answers at {address} ({_first_line(error)})") from None
        self.address = address
        _quiet_loggers()
        self.workers = max(1, sum(w["nthreads"] for w in self._info()["workers"].values()))
        self._pool = self._client.get_executor(pure=False, retries=0)
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def client(self) -> Any:
        """The connection, for work that is not in chunks."""
        return self._client

    def _info(self) -> Any:
        return self._client.scheduler_info(n_workers=-1)

    def _watch(self) -> None:
        """Ask the scheduler every few seconds; an independent connection, because the client hides a loss."""
        silent = 0.0
        while not self._stop.wait(5.0):
            try:
                self._client.sync(self._client.scheduler.identity, callback_timeout=5)
                silent = 0.0
            except Exception:
                silent += 10.0
            if silent >= self.PATIENCE_SECONDS:
                self._lost.set()
                return

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run the chunk on some worker."""
        future: Future[Done] = self._pool.submit(run_within, chunk, limit_seconds)
        return future

    def meaning(self, error: BaseException) -> Meaning:
        """The worker died too often, by itself or because the chunk ran past its limit."""
        name = type(error).__name__
        if name in ("FutureCancelledError", "CancelledError"):
            self._lost.set()
        return KILLED if name == "KilledWorker" else ""

    def check(self) -> None:
        """Raise ClusterLostError when the scheduler has not answered for too long."""
        if self._lost.is_set():
            raise ClusterGoneError(f"the Dask scheduler at {self.address} does not answer any more")

    def stop(self) -> None:
        """Leave; the cluster is not ours to end."""
        self._stop.set()
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(timeout=3)

    def _close(self) -> None:
        with suppress(Exception):  # whatever the connection still complains about
            self._client.close(timeout=2)


def _quiet_loggers() -> None:
    """What the connection says when it is lost is said once, by `check`. Dask's loggers have levels of their own."""
    own = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    for name in ("distributed", "concurrent.futures", "asyncio", *own):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


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
        if not place.hostname or not place.port:
            raise ClusterLostError(f"--cluster {address!r}: expected an address such as tcp://HOST:8786")
        socket.create_connection((place.hostname, place.port), timeout=10).close()
    except (OSError, ValueError) as error:
        raise ClusterLostError(f"no Dask scheduler answers at {address} ({_first_line(error)})") from None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:120]


type Factory = Callable[[], Executor]
