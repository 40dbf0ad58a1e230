"""Who does the work: threads of this process, or the workers of a Dask cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from commands.group import RunFailed, WrongInput
from commands.leaving import leave_threads_behind


@dataclass(frozen=True)
class Workforce:
    """What calls a function somewhere, how many at once, and a check that raises when they are gone for good."""

    submit: Callable[..., Future[Any]]
    workers: int
    alive: Callable[[], None] | None = None


@contextmanager
def workforce(threads: int, cluster: str | None, version: Callable[[], str]) -> Iterator[Workforce]:
    """Threads here, or with `cluster` the workers behind a scheduler's address.

    version : of the code; the workers of a cluster must have the same
    Raises WrongInput where no scheduler answers or Dask is not installed, RunFailed where the workers have other code,
    import what lies where they were started, or the cluster is lost.
    """
    if cluster is None:
        with ThreadPoolExecutor(threads) as pool:
            yield Workforce(pool.submit, threads)
        return
    from scenarios.losses import NotFetchedError
    from scenarios.sweep.executors import Cluster, ClusterLostError, UnlikeWorkersError

    try:
        remote = Cluster(cluster, version)
    except UnlikeWorkersError as error:
        raise RunFailed(str(error)) from None
    except ClusterLostError as error:
        raise WrongInput(str(error)) from None
    try:
        yield Workforce(remote.call, remote.workers, remote.check)
    except UnlikeWorkersError as error:  # one that has joined later
        leave_threads_behind()
        raise RunFailed(f"{error}; what was done is kept, and the same command goes on") from None
    except (ClusterLostError, CancelledError):
        leave_threads_behind()
        raise RunFailed(
            f"the Dask scheduler at {cluster} does not answer any more; what was done is kept, and the same command "
            "goes on"
        ) from None
    except NotFetchedError as error:
        raise RunFailed(
            f"rows of a block were lost on their way from {cluster} again and again ({error}); what was done is kept, "
            "and the same command goes on"
        ) from None
    finally:
        remote.stop()
