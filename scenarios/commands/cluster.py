"""Who does the work: threads of this process, or the workers of a Dask cluster."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scenarios.commands.group import RunFailed, WrongInput

SECONDS_TO_CONNECT = 15
SECONDS_FOR_WORKERS = 60
#: A scheduler that has not answered for so long is taken for gone; what is done is kept, and a new run goes on.
SECONDS_WITHOUT_SCHEDULER = 30
_RETRIES = 3


@dataclass(frozen=True)
class Workforce:
    """An executor, how many tasks it works on at once, and a check that it is still there."""

    executor: Executor
    workers: int
    alive: Callable[[], None] | None = None


@contextmanager
def workforce(threads: int, cluster: str | None, version: Callable[[], str]) -> Iterator[Workforce]:
    """Threads here, or with `cluster` the workers behind a scheduler's address.

    version : of the code; the workers of a cluster must have the same
    Raises WrongInput where no scheduler answers or Dask is not installed, RunFailed where workers have other code.
    """
    if cluster is None:
        with ThreadPoolExecutor(threads) as pool:
            yield Workforce(pool, threads)
        return
    client = _client(cluster)
    _quiet_loggers()
    try:
        workers = _workers(client, cluster)
        _same_code(client, version)
        executor = client.get_executor(pure=False, retries=_RETRIES)
        yield Workforce(executor, workers, _heartbeat(client, cluster))
    finally:
        client.close(timeout=2)


def refuse_unreachable(address: str) -> None:
    """Raise WrongInput where nobody answers at the address, or Dask is not installed; nothing is begun."""
    try:
        from distributed.comm.addressing import get_address_host_port
    except ImportError:
        raise WrongInput("--cluster: Dask is not installed; expected the extra `cluster`") from None
    try:
        # A client that fails to connect complains again, for half a minute, when it is thrown away.
        socket.create_connection(get_address_host_port(address), timeout=SECONDS_TO_CONNECT).close()
    except (OSError, ValueError) as error:
        raise _unanswered(address, error) from None


def _client(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _unanswered(address, error) from None


def _quiet_loggers() -> None:
    """Dask writes tracebacks of what is answered here with one message: a scheduler or workers that are gone."""
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _unanswered(address: str, error: Exception) -> WrongInput:
    reason = (getattr(error, "strerror", None) or str(error)).split("\n")[0][:120].lower()
    return WrongInput(
        f"--cluster {address!r}: no scheduler answers ({reason}); expected an address such as tcp://host:8786"
    )


def _workers(client: Any, address: str) -> int:
    """How many tasks the cluster works on at once; waits a while for the first worker."""
    try:
        client.wait_for_workers(1, timeout=SECONDS_FOR_WORKERS)
    except TimeoutError:
        raise RunFailed(f"--cluster {address!r}: the scheduler has no workers; start some") from None
    return sum(client.nthreads().values())


def _same_code(client: Any, version: Callable[[], str]) -> None:
    """Raise RunFailed where a worker runs other code than this process."""
    other = sorted(str(worker) for worker, found in client.run(version).items() if found != version())
    if other:
        raise RunFailed(
            f"--cluster: other code of the model on {other[0]}; expected the same version everywhere"
        )


def _heartbeat(client: Any, address: str) -> Callable[[], None]:
    """A check that raises RunFailed when the scheduler has been gone for a while: Dask itself waits for ever."""
    last_seen = time.monotonic()

    def alive() -> None:
        nonlocal last_seen
        now = time.monotonic()
        if client.status == "running":
            last_seen = now
        elif now - last_seen > SECONDS_WITHOUT_SCHEDULER or client.status == "closed":
            raise RunFailed(
                f"--cluster {address!r}: the scheduler is gone; the same command goes on where it ended"
            )

    return alive
