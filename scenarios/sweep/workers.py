"""Worker processes of this computer: killed, hung or gone, the sweep goes on."""

import ast
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

from scenarios.processes import fresh_processes
from scenarios.sweep.chunk import KILLED, TIMED_OUT, Chunk, Done, run_chunk
from scenarios.sweep.executors import LOST, ClusterLostError, Meaning

PRELOADED = "scenarios.sweep.preloading"


class Workers:
    """Worker processes of this computer: each chunk has a limit, a worker that dies is replaced.

    They are forked from a server that has loaded the engine and has no threads (a fork of this process might hang),
    so that one that died is replaced at once; where there is no such thing (Windows) they are fresh ones. They leave
    Ctrl-C to the driver and end when it does. When the server dies the pool may stop, and when a worker dies while it
    takes a chunk that chunk may never come: then the pool is made anew.

    pool, clock : makes a pool such as Pebble's; steady seconds. Simulations have their own.
    """

    chunk_seconds = 1.5
    warm_up_seconds = 0.0
    #: So many new pools in a row without a chunk from any, and the sweep ends.
    MOST_POOLS = 5
    #: Nothing runs and nothing comes for so long, twice as long each time: compiling takes a minute, or several.
    PATIENCE_SECONDS = 120.0

    def __init__(
        self,
        workers: int | None = None,
        *,
        pool: Callable[[int], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if pool is None:
            refuse_unguarded()
        self.workers = workers or os.cpu_count() or 1
        self._new_pool, self._clock = pool or _pool, clock
        self._pools = [self._new_pool(self.workers)]
        #: What the last pool was given.
        self._given: set[Future[Done]] = set()
        self._barren = 0
        self._last_sign = self._clock()

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run the chunk in the next free worker; the limit counts from its start there."""
        while True:
            try:
                # RuntimeError: the pool has stopped, perhaps while its first workers began.
                future: Future[Done] = self._pools[-1].schedule(
                    run_chunk, args=[chunk], timeout=limit_seconds
                )
            except RuntimeError:
                self._renew()
                continue
            self._given.add(future)
            return future

    def lost(self, pending: "Collection[Future[Done]]") -> "list[Future[Done]]":
        """What a pool held that has stopped, or in which nothing moves: there is another one now."""
        if not pending or any(future.done() or future.running() for future in pending):
            self._last_sign = self._clock()
        if any(future.done() and _sound(future) for future in pending):
            self._barren = 0
        patience = self.PATIENCE_SECONDS * 2**self._barren
        if not self._pools[-1].active or self._clock() - self._last_sign > patience:
            self._renew()
        self._given.intersection_update(pending)
        return [future for future in pending if future not in self._given and not future.done()]

    def _renew(self) -> None:
        """Another pool in place of one that has stopped."""
        self._barren += 1
        if self._barren > self.MOST_POOLS:
            raise ClusterLostError("the pool of worker processes has stopped, and new ones did too")
        _end(self._pools[-1])
        # The old one is kept: workers that are just beginning would miss what it shares with them, and say so.
        self._pools.append(self._new_pool(self.workers))
        self._given.clear()
        self._last_sign = self._clock()

    def meaning(self, error: BaseException) -> Meaning:
        """A chunk ran past its limit, its worker died, or the pool stopped."""
        from pebble import ProcessExpired

        if isinstance(error, ProcessExpired):
            return KILLED
        if isinstance(error, BrokenExecutor | CancelledError):
            return LOST
        return TIMED_OUT if isinstance(error, TimeoutError) else ""

    def stop(self) -> None:
        """Kill the workers."""
        _end(self._pools[-1])


class UnguardedScriptError(Exception):
    """A script that would run itself again in every worker process."""


def refuse_unguarded() -> None:
    """Raise UnguardedScriptError where the program is a script that does not say what only it, and no worker, does.

    A worker process begins by importing the script; without the guard it would begin the sweep again, and so on.
    """
    main = sys.modules["__main__"]
    script = getattr(main, "__file__", None)
    if script is None or getattr(main, "__spec__", None) is not None or not script.endswith(".py"):
        return  # a command, a module (`python -m`), a notebook
    try:
        tests = [node.test for node in ast.parse(Path(script).read_bytes()).body if isinstance(node, ast.If)]
    except (OSError, SyntaxError, ValueError):
        return
    names = {part.id for test in tests for part in ast.walk(test) if isinstance(part, ast.Name)}
    if "__name__" not in names:
        raise UnguardedScriptError(
            f"{script}: worker processes import this script, and each would begin it anew; put what it does below\n"
            '    if __name__ == "__main__":\n'
            "or run without worker processes (workers=0)"
        )


def end_children() -> None:
    """Kill every process below this one, those that are only beginning too; the tracker ends by itself.

    Else workers that begin after what they share is gone say so, in a traceback after the prompt has come back.
    """
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended meanwhile
            if not any("resource_tracker" in word for word in process.cmdline()):
                process.kill()


def _pool(workers: int) -> Any:
    from pebble import ProcessPool
    from pebble.pool import process

    # Pebble reads the wall clock: one that is set forward, and a laptop that was asleep, would end what is running.
    process.time = SimpleNamespace(time=time.monotonic, sleep=time.sleep)
    return ProcessPool(
        max_workers=workers, context=_context(), initializer=begin_worker, initargs=[os.getpid()]
    )


def _sound(future: "Future[Done]") -> bool:
    return not future.cancelled() and future.exception() is None


def _end(pool: Any) -> None:
    pool.stop()
    pool.join(timeout=5)


def begin_server() -> None:
    """Start what workers are forked from: it loads the engine while this process plans what they will run."""
    if _context().get_start_method() == "forkserver":
        forkserver.ensure_running()


def _context() -> Any:
    """How worker processes begin."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return fresh_processes("spawn")
    context = fresh_processes("forkserver")
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
