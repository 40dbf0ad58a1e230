"""`gongzhi sweep`: say what will be run, run what is missing, say what became of it."""

import multiprocessing.util
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from commands.console import notes, say
from commands.group import RunFailed, WrongInput, command_line
from commands.knowing import brought_along
from commands.leaving import (
    INTERRUPTED,
    TERMINATED,
    Terminated,
    end_as_with_ctrl_c_on_termination,
    leave_threads_behind,
)
from commands.progress import Progress
from commands.simulation import compile_once
from commands.summary import burn_in_lines, levers_over_case
from commands.wording import print_json, word
from scenarios.comparison import MINIMUM_PAIRS
from scenarios.files.problems import shown
from scenarios.loading import load_case
from scenarios.store import Damage, Store, StoreError
from scenarios.sweep import ClusterLostError, Estimate, Report, SweepChangedError, Watcher, load_sweep
from scenarios.sweep import run_sweep as run_plan
from scenarios.sweep.executors import ClusterGoneError
from scenarios.sweep.plan import Plan
from scenarios.sweep.record import manifest_of, refuse_another, refuse_other_results
from scenarios.sweep.resting import bound_to_rest
from scenarios.sweep.workers import begin_server, end_children

SECONDS_BETWEEN_LINES = 5.0


def run(
    *,
    file: str,
    out: str,
    workers: int | None,
    cluster: str | None,
    shard: str | None,
    retry: bool,
    own: str | None,
    only_plan: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run a sweep; raises ScenarioError or WrongInput for bad input, RunFailed for what goes wrong later."""
    plan = sharded(load_sweep(file, own=brought_along(own)), shard)
    if cluster is not None and not cluster.strip():
        raise WrongInput("--cluster '': expected the address of a Dask scheduler, such as tcp://HOST:8786")
    if cluster is not None and workers is not None:
        raise WrongInput("--workers and --cluster: expected one of them")
    if only_plan:
        _only_plan(plan, out, lang, as_json)
        return
    with suppress(StoreError):  # which is said below, with what is kept
        _refuse_other_results(out)
    end_as_with_ctrl_c_on_termination()
    if cluster is None:
        with Progress(lang, quiet=quiet) as progress:
            compile_once(progress, "compiled" if plan.own is None else plan.own.engine)
        if workers != 0:
            begin_server()
    watcher = Lines(plan, out, lang, quiet=quiet)
    try:
        with watcher:
            report = run_plan(
                plan,
                out,
                workers=workers,
                cluster=cluster,
                watcher=watcher,
                command=command_line(),
                retry=retry,
            )
    except SweepChangedError as error:
        raise WrongInput(str(error)) from None
    except (StoreError, ClusterLostError) as error:
        if isinstance(error, ClusterGoneError):
            leave_threads_behind()
        raise RunFailed(_kept(watcher, str(error), lang)) from None
    except KeyboardInterrupt as stopped:  # before or after the runs themselves
        click.echo("\n" + _kept(watcher, word("sweep.interrupted", lang), lang), err=True)
        raise click.exceptions.Exit(_status(stopped)) from None
    if as_json:
        print_json(data_of(report, out))
    elif not quiet:
        _say_result(notes(), report, out, lang)
    if report.failed or _failed_before(out):
        raise click.exceptions.Exit(1)


def _refuse_other_results(out: str) -> None:
    """Before anything is compiled or said. Raises WrongInput, StoreError."""
    try:
        refuse_other_results(Store(out))
    except SweepChangedError as error:
        raise WrongInput(str(error)) from None


def _status(stopped: KeyboardInterrupt) -> int:
    return TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED


def sharded(plan: Plan, shard: str | None) -> Plan:
    """The Ith of N parts of the points, all seeds and strategies of each. Raises WrongInput."""
    if shard is None:
        return plan
    first, _, of = shard.partition("/")
    if not (first.isdecimal() and of.isdecimal() and 1 <= int(first) <= int(of) <= 1_000_000):
        raise WrongInput(f"--shard {shown(shard)}: expected I/N, such as 1/20")
    points = plan.points[int(first) - 1 :: int(of)]
    if not points:
        raise WrongInput(f"--shard {shard}: no points are left; expected N of at most {len(plan.points)}")
    return replace(plan, points=points)


def _only_plan(plan: Plan, out: str, lang: str, as_json: bool) -> None:
    store = Store(out)
    there = 0
    try:
        done = store.keys()
        met = {task.key for task in plan.tasks(range(len(plan))) if task.key in done} if done else set()
        refuse_another(store, plan, strangers=len(done) - len(met))
        there = len(met)
    except StoreError as error:
        raise RunFailed(str(error)) from None
    except SweepChangedError as error:
        raise WrongInput(str(error)) from None
    runs = plan.n_different
    data = {"runs": runs, "there": there, "to_do": runs - there}
    if as_json:
        print_json({**data, **manifest_of(plan)})
        return
    click.echo(word("sweep.plan", lang, **_shape(plan, lang), **{k: f"{v:,}" for k, v in data.items()}))
    for line in remarks(plan, lang):
        click.echo(line)


def _shape(plan: Plan, lang: str) -> dict[str, str]:
    """Points, what is run at each, and seeds: `3 points × 1 case × 2 strategies × 6 seeds`."""
    cases = len({base.case for base in plan.bases})
    strategies = len({base.strategy for base in plan.bases})
    inside = {"case": cases, "strategy": strategies}
    if cases * strategies != len(plan.bases):
        inside = {"base": len(plan.bases)}
    counts = {"point": len(plan.points), **inside, "seed": len(plan.seeds)}
    parts = [word(f"sweep.{'one' if n == 1 else 'n'}_{key}", lang, n=f"{n:,}") for key, n in counts.items()]
    return {"shape": " × ".join(parts)}


class Lines(Watcher):
    """Says what is going on: on a terminal with a bar, elsewhere with a line every few seconds."""

    def __init__(
        self, plan: Plan, out: str, lang: str, *, quiet: bool = False, console: Console | None = None
    ) -> None:
        self.plan, self.out, self.lang, self.quiet = plan, out, lang, quiet
        self.console = console or notes()
        self.kept = 0
        self._estimated = False
        self._said = time.monotonic()
        label = TextColumn("{task.description}", markup=False)
        columns = (label, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=self.console, transient=True)
        self._task = self._bar.add_task(word("sweep.running", lang), total=plan.n_different)

    def __enter__(self) -> "Lines":
        if not self.quiet:
            self.console.print(
                say("sweep.begins", self.lang, runs=f"{len(self.plan):,}", **_shape(self.plan, self.lang))
            )
            repeated = len(self.plan) - self.plan.n_different
            if repeated:
                self.console.print(say("sweep.repeated", self.lang, n=f"{repeated:,}"))
            for line in remarks(self.plan, self.lang):
                self.console.print(line, style="bold red", markup=False, highlight=False)
            if self.console.is_terminal:
                self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def set_aside(self, damage: Damage) -> None:
        """Say which part was damaged."""
        if not self.quiet:
            self.console.print(say("sweep.set_aside", self.lang, file=damage.file, problem=damage.problem))

    def estimated(self, estimate: Estimate) -> None:
        """Say how many runs are left, how long and how large."""
        self._estimated = True
        if not self.quiet:
            words = {
                "to_do": f"{estimate.to_do:,}",
                "there": f"{estimate.there:,}",
                "time": duration(estimate.seconds, self.lang),
                "size": size(estimate.bytes),
            }
            self.console.print(say("sweep.estimate", self.lang, **words))

    def interrupted(self, report: Report, stopped: KeyboardInterrupt) -> None:
        """Say what is kept and leave at once: to ask the workers to end, and wait for them, takes seconds."""
        self._bar.stop()
        end_children()
        kept = word("sweep.kept", self.lang, n=f"{report.there + report.done:,}", folder=self.out)
        click.echo("\n" + word("sweep.interrupted", self.lang) + "\n" + kept, err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        # Else the system's semaphores are taken for forgotten, with a warning after the prompt has come back.
        multiprocessing.util._run_finalizers(0)  # type: ignore[attr-defined]  # what it does itself at a usual exit
        os._exit(_status(stopped))

    def advanced(self, report: Report, seconds_left: float) -> None:
        """Move the bar, or print a line now and then."""
        self.kept = report.there + report.done
        self._bar.update(self._task, completed=self.kept)
        now = time.monotonic()
        if self.quiet or self.console.is_terminal or now - self._said < SECONDS_BETWEEN_LINES:
            return
        if not self._estimated:
            return  # the first run pays for loading the engine and says nothing of the time to come
        self._said = now
        words = {"done": f"{self.kept:,}", "runs": f"{report.runs:,}", "failed": f"{report.failed:,}"}
        self.console.print(say("sweep.line", self.lang, time=duration(seconds_left, self.lang), **words))


def remarks(plan: Plan, lang: str) -> list[str]:
    """What to know of a plan before it is run: points that cannot be, seeds too few, cases overruled."""
    found, lines = plan.impossible, []
    if found is not None:
        words = {"n": f"{found.n:,}", "tried": f"{found.tried:,}", "why": found.why}
        lines.append(word("sweep.impossible", lang, **words))
    cases = [base.case for base in plan.bases]
    if len(plan.seeds) < MINIMUM_PAIRS and len(set(cases)) < len(cases):
        lines.append(word("sweep.few_seeds", lang, n=len(plan.seeds), least=MINIMUM_PAIRS))
    lines += bound_to_rest(plan, lang)
    lines += [str(line) for line in burn_in_lines(plan.bases[0].scenario, lang)]
    for base in plan.bases:
        varied = {*plan.names, *base.constants}
        lines += [
            str(line) for line in levers_over_case(load_case(base.case), base.scenario, lang, varied=varied)
        ]
    return list(dict.fromkeys(lines))


def duration(seconds: float, lang: str) -> str:
    """A time as people say it: seconds, minutes, hours, days."""
    for unit, length in (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return word(f"sweep.{unit}", lang, n=f"{seconds / length:.0f}")
    return word("sweep.seconds", lang, n=f"{max(1.0, seconds):.0f}")


def size(n_bytes: float) -> str:
    """A size on the disk in kB, MB or GB."""
    for unit, length in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= length:
            return f"{n_bytes / length:.1f} {unit}"
    return f"{max(1.0, n_bytes / 1e3):.0f} kB"


def _kept(watcher: Lines, what: str, lang: str) -> str:
    """What ended the sweep, what is kept, and how to go on."""
    return what + "\n" + word("sweep.kept", lang, n=f"{_written(watcher.out):,}", folder=watcher.out)


def _written(out: str) -> int:
    try:
        return len(Store(out).keys())
    except StoreError:
        return 0


def _failed_before(out: str) -> int:
    """Failed runs of the whole folder, earlier calls included."""
    status = Store(out).table(columns=["status"]).column("status").to_pylist()
    return sum(s != "ok" for s in status)


def data_of(report: Report, out: str) -> dict[str, Any]:
    """What became of a sweep, for programs."""
    return {
        "folder": str(Path(out)),
        "runs": report.runs,
        "there_before": report.there,
        "done": report.done,
        "failed": _failed_before(out),
        "seconds": round(report.seconds, 3),
        "busy_seconds": round(report.busy_seconds, 3),
        "engine_seconds": round(report.engine_seconds, 3),
        "lost_workers": report.lost_workers,
        "set_aside": [damage._asdict() for damage in report.set_aside],
    }


def _say_result(console: Console, report: Report, out: str, lang: str) -> None:
    words = {
        "done": f"{report.done:,}",
        "there": f"{report.there:,}",
        "time": duration(report.seconds, lang),
        "folder": out,
    }
    console.print(say("sweep.done", lang, **words))
    failed = _failed_before(out)
    if failed:
        console.print(say("sweep.failed", lang, n=f"{failed:,}", folder=out), style="bold red")


__all__: Sequence[str] = ["Lines", "data_of", "duration", "run", "sharded", "size"]
