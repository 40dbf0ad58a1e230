"""Sweeps on a Dask cluster: a scheduler and two workers started by hand on this computer."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.cli import main
from commands.cluster import workforce
from commands.group import RunFailed
from scenarios.store import Store
from scenarios.sweep import ClusterLostError, Watcher, load_sweep, run_sweep
from scenarios.sweep.executors import Cluster, UnlikeWorkersError

pytest.importorskip("distributed", reason="needs the extra cluster")
ROOT = Path(__file__).parents[1]
FILE = """
id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none", "pressure"]
seeds = {seeds}
outcomes = ["final_valid_consent", "payment_before"]
weekly = ["valid_consent"]
[levers]
programme.consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = {weeks}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(*command, **options):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    return subprocess.Popen([sys.executable, *map(str, command)], text=True, **{"cwd": ROOT, **quiet})


SPOILT = ("random", "json", "numpy", "types", "socket", "model", "scenarios")


def worker(address, folder, *, spoilt=SPOILT, safe="1", **more):
    """A worker as the guide starts it, in a folder with files named as modules are."""
    folder.mkdir()
    for name in spoilt:
        (folder / f"{name}.py").write_text("open(__file__ + '.executed', 'w').close()\n", encoding="utf-8")
    options = ["--nthreads", 1, "--no-dashboard", "--host", "127.0.0.1", "--local-directory", folder]
    there = {"cwd": folder, "env": {**os.environ, "PYTHONSAFEPATH": safe, **more}}
    return started("-m", "distributed.cli.dask_worker", address, *options, **there)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Address, scheduler, workers; what is still running at the end is ended. The last test kills the scheduler."""
    tmp_path = tmp_path_factory.mktemp("cluster")
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    options = ["--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    scheduler = started("-m", "distributed.cli.dask_scheduler", *options)
    workers = [worker(address, tmp_path / f"worker{i}") for i in (1, 2)]
    wait_for_port(port)
    wait_for_workers(address, len(workers))
    yield address, scheduler, workers
    assert list(tmp_path.rglob("*.executed")) == []
    for process in [*workers, scheduler]:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in [*workers, scheduler]:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the scheduler did not start")


def wait_for_workers(address, n):
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(n, timeout=120)


def sweep_file(tmp_path, seeds, weeks=30):
    file = tmp_path / "mine.toml"
    file.write_text(FILE.format(seeds=seeds, weeks=weeks), encoding="utf-8")
    return file


def sweep(file, out, address):
    command = ["-m", "commands.cli", "sweep", file, "-o", out, "--cluster", address, "--lang", "en"]
    return started(*command, stderr=subprocess.PIPE)


def wait_for_rows(store, n, process, seconds=300):
    until = time.monotonic() + seconds
    while len(store.keys()) < n and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)


def same(a, b):
    return all(Store(a).table(t).equals(Store(b).table(t)) for t in ("runs", "weekly", "design"))


def test_a_cluster_gives_the_tables_of_this_process_even_when_a_worker_is_killed(cluster, tmp_path):
    address, _, workers = cluster
    file = sweep_file(tmp_path, seeds=300, weeks=60)
    running = sweep(file, tmp_path / "out", address)
    wait_for_rows(Store(tmp_path / "out"), 1, running)
    victim = children_of(workers[0]) or [workers[0].pid]
    os.kill(victim[0], signal.SIGKILL)
    stderr = running.communicate(timeout=240)[1]
    assert running.returncode == 0, stderr
    run_sweep(load_sweep(file), tmp_path / "serial")
    assert same(tmp_path / "out", tmp_path / "serial")


def children_of(process):
    """The worker below its nanny."""
    import psutil

    found = psutil.Process(process.pid).children()
    return [child.pid for child in found if "resource_tracker" not in " ".join(child.cmdline())]


@pytest.fixture
def scheduler_alone():
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    process = started("-m", "distributed.cli.dask_scheduler", *options)
    wait_for_port(port)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=30)


def test_a_cluster_that_cannot_work_is_said_at_once(scheduler_alone, tmp_path):
    plan = load_sweep(sweep_file(tmp_path, seeds=1))
    for address, said in [
        (f"tcp://{scheduler_alone}", "has no workers"),
        (f"http://{scheduler_alone}", "tcp://HOST:8786"),
        (f"tcp://127.0.0.1:{free_port()}", "no Dask scheduler answers"),
        ("", "tcp://HOST:8786"),
        ("127.0.0.1", "tcp://HOST:8786"),
    ]:
        began = time.monotonic()
        with pytest.raises(ClusterLostError, match=said):
            run_sweep(plan, tmp_path / "out", cluster=address)
        assert time.monotonic() - began < 10
    done = CliRunner().invoke(
        main, ["sweep", str(tmp_path / "mine.toml"), "-o", str(tmp_path / "x"), "--cluster", ""]
    )
    assert done.exit_code == 2 and "tcp://HOST:8786" in done.output and not (tmp_path / "x").exists()


def test_a_worker_that_imports_what_lies_where_it_was_started_is_refused(scheduler_alone, tmp_path):
    address = f"tcp://{scheduler_alone}"
    process = worker(address, tmp_path / "worker", spoilt=(), safe="")
    try:
        wait_for_workers(address, 1)
        with pytest.raises(
            ClusterLostError, match=r"imports what lies in the folder .* export PYTHONSAFEPATH=1"
        ):
            run_sweep(load_sweep(sweep_file(tmp_path, seeds=1)), tmp_path / "out", cluster=address)
        done = CliRunner().invoke(
            main, ["run", "national", "--compounds", "11", "-o", str(tmp_path / "x"), "--cluster", address]
        )
        assert done.exit_code == 1 and "export PYTHONSAFEPATH=1" in " ".join(done.output.split())
        assert Store(tmp_path / "out").keys() == set()
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_worker_with_other_code_or_none_is_refused(cluster):
    driver = os.getpid()

    def absent():
        if os.getpid() != driver:
            raise ModuleNotFoundError("no such module")
        return ""

    with pytest.raises(ClusterLostError, match=r"other code of the model on tcp://"):
        Cluster(cluster[0], version=lambda: str(os.getpid()))
    with pytest.raises(ClusterLostError, match=r"cannot say which code it has .*no such module"):
        Cluster(cluster[0], version=absent)


def test_a_worker_with_other_code_that_joins_later_is_refused(scheduler_alone, tmp_path):
    address = f"tcp://{scheduler_alone}"
    first = worker(address, tmp_path / "first", spoilt=())
    wait_for_workers(address, 1)
    executor = Cluster(address, version=lambda: os.environ.get("CODE_OF_A_TEST", "ours"))
    assert executor.call(len, "abc").result(30) == 3
    first.terminate()
    first.wait(timeout=30)
    later = worker(address, tmp_path / "later", spoilt=(), CODE_OF_A_TEST="other")
    try:
        with pytest.raises(
            UnlikeWorkersError, match=r"other code of the model on .* \(process \d+\); expected"
        ):
            executor.call(len, "abc").result(60)
        given = executor.submit(None, 1.0)
        with pytest.raises(ClusterLostError, match="other code"):
            given.result(60)
    finally:
        executor.stop()
        later.terminate()
        later.wait(timeout=30)


def test_a_collection_says_so_too_and_keeps_what_was_done(monkeypatch):
    class Joined:
        workers, call, check = 1, None, None

        def __init__(self, *_):
            pass

        def stop(self):
            pass

    monkeypatch.setattr("scenarios.sweep.executors.Cluster", Joined)
    monkeypatch.setattr("commands.cluster.leave_threads_behind", lambda: None)
    said = r"other code of the model on a; what was done is kept, and the same command goes on"
    with pytest.raises(RunFailed, match=said), workforce(1, "tcp://127.0.0.1:8786", str):
        raise UnlikeWorkersError("other code of the model on a")


def test_rows_that_are_lost_on_their_way_are_asked_for_again(cluster, tmp_path, monkeypatch):
    from distributed import Client
    from distributed.comm import CommClosedError

    fetched, broken = Client._gather, []

    async def breaks_at_first(self, *args, **options):
        if len(broken) < 3:
            broken.append(True)
            raise CommClosedError("the connection was closed")
        return await fetched(self, *args, **options)

    monkeypatch.setattr(Client, "_gather", breaks_at_first)
    plan = load_sweep(sweep_file(tmp_path, seeds=30))
    report = run_sweep(plan, tmp_path / "out", cluster=cluster[0])
    run_sweep(plan, tmp_path / "serial")
    assert len(broken) == 3 and report.lost_workers == 3
    assert same(tmp_path / "out", tmp_path / "serial")


def test_without_its_scheduler_a_sweep_ends_within_a_minute_and_resumes(cluster, tmp_path):
    address, scheduler, _ = cluster
    file, store = sweep_file(tmp_path, seeds=20_000), Store(tmp_path / "out")
    running = sweep(file, store.folder, address)
    wait_for_rows(store, 1, running)
    began = time.monotonic()
    scheduler.kill()
    stderr = running.communicate(timeout=90)[1]
    assert time.monotonic() - began < 60
    assert running.returncode == 1 and "does not answer any more" in stderr and "Traceback" not in stderr
    kept = len(store.keys())
    assert 0 < kept < 80_000 and f"{kept:,} runs are kept" in stderr
    assert store.verify().sound
    seen = []

    class Looks(Watcher):
        def estimated(self, estimate):
            seen.append(estimate)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(load_sweep(file), store.folder, watcher=Looks())
    assert seen[0].there == kept and seen[0].to_do == 80_000 - kept
