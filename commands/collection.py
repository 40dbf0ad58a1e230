"""`gongzhi run` of a collection: the compounds of a city or of the country, streamed through, kept as they are done."""

import gc
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import pyarrow as pa

from commands.cluster import Workforce, workforce
from commands.collection_tables import data_of, print_summary
from commands.console import notes, results, say
from commands.folder import MANIFEST, TOOL, read_manifest, refuse_generations
from commands.group import RunFailed, WrongInput
from commands.knowing import with_own
from commands.leaving import INTERRUPTED
from commands.progress import Progress
from commands.provenance import now_in_seconds, of_own, simulated
from commands.simulation import MOST_HOUSEHOLDS_AT_ONCE, compile_once
from commands.summary import published
from commands.wording import print_json, word
from scenarios.arrow import numbers
from scenarios.catalogue import number
from scenarios.collected.folder import TABLE as COMPOUNDS
from scenarios.collected.folder import OtherRunError, Rows, code_version
from scenarios.collected.runs import Drawn
from scenarios.collected.stream import block_compounds, missing_blocks, run_blocks
from scenarios.collected.summary import Summary, columns_read, summarised
from scenarios.loading import Case, apply_to_collection
from scenarios.publishing import remove_inside
from scenarios.store import Store, StoreError
from scenarios.store.files import flush_folder, write_whole
from scenarios.store.store import DamagedManifestError, OtherWriterError, holds, strange_files

if TYPE_CHECKING:
    from commands.own import OwnRuns

SUMMARY_FILE = "summary.json"
#: What draws, and what else the end needs, loaded beside the runs: it takes longer than a small collection.
_DRAWING = "commands.collection_figures"
_AT_THE_END = (
    "pyarrow.compute",
    _DRAWING,
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
)


@dataclass(frozen=True)
class Task:
    """What is to be run: a collection drawn from a seed, how many of its compounds, and where its rows are kept."""

    case: Case
    drawn: Drawn
    compounds: int
    folder: Path
    lang: str
    quiet: bool


def run_and_print(
    case: Case,
    *,
    strategy: str | None,
    seed: int,
    compounds: int | None,
    settings: Sequence[str],
    threads: int | None,
    cluster: str | None,
    engine: str,
    things: "OwnRuns | None",
    out: str | None,
    force: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate what is not there yet, summarise and print; raises ScenarioError or WrongInput for bad input.

    things : what --own brings, which runs the compounds then, on one thread: it is Python
    """
    if engine != "compiled":
        raise WrongInput(f"--engine {engine}: {case.id} is a collection; expected --engine compiled")
    assert case.collection is not None
    usual = with_own(case.scenario(strategy=strategy))
    scenario, collection = apply_to_collection(usual, case.collection, settings)
    drawn = Drawn(scenario, collection, seed, None if things is None else things.own)
    folder = Path(out if out is not None else Path("results") / case.id)
    task = Task(case, drawn, _how_many(drawn, compounds), folder, lang, quiet)
    n_threads = 1 if things is not None else threads or os.cpu_count() or 1
    _refuse_large_offices(drawn, n_threads)
    drawn.runs(0, collection.compounds_per_office)
    with _store_errors(task), workforce(n_threads, cluster, code_version) as workers:
        rows = Rows(folder, drawn)
        _refuse_foreign(task, force)
        with rows.store.lock(anew=force), Progress(lang, quiet=quiet) as progress:
            _make_ready(rows, task, force)
            _simulate(rows, task, workers, progress)
            summary = _finish(rows, task, progress)
    data = data_of(summary, case, drawn)
    if as_json:
        print_json(data)
    elif not quiet:
        own = [] if things is None else things.used_lines([scenario.strategy], lang)
        claims = published(case, lang)
        print_summary(results(), summary, case.names[lang], drawn, lang, own=own, claims=claims)
    if not quiet:
        notes().print(say("written", lang, folder=str(folder)))


def _how_many(drawn: Drawn, wanted: int | None) -> int:
    """Compounds to run: all, or the first few, with every compound of their offices."""
    of = drawn.collection
    if wanted is None:
        return of.compounds
    if wanted > of.compounds:
        raise WrongInput(f"--compounds {wanted}: the collection has {of.compounds:,}; expected at most these")
    return min(-(-wanted // of.compounds_per_office) * of.compounds_per_office, of.compounds)


def _refuse_large_offices(drawn: Drawn, threads: int) -> None:
    of = drawn.collection
    at_once = threads * of.compounds_per_office * of.mean_households
    if at_once > MOST_HOUSEHOLDS_AT_ONCE:
        raise WrongInput(
            f"about {at_once:,.0f} households at once; expected at most {MOST_HOUSEHOLDS_AT_ONCE:,}: "
            "fewer compounds with one office (collection.compounds_per_office) or --threads"
        )


# -- the folder ---------------------------------------------------------------------------------------------------


def _refuse_foreign(task: Task, force: bool) -> None:
    """Raise WrongInput where there is no folder, or one that holds other files than ours."""
    folder = task.folder
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise WrongInput(f"--out {str(folder)!r}: {place.name} is a file; expected a folder")
    if Store(folder).tables_beside(COMPOUNDS):
        raise WrongInput(
            f"--out {str(folder)!r}: holds the rows of a sweep or calibration, which --force does not replace; "
            "expected another folder"
        )
    refuse_generations(folder, folder)
    held = "" if force else _held(folder)
    if held:
        raise WrongInput(
            f"--out {str(folder)!r}: {held}; expected an empty folder, the rows of the same run, or --force"
        )


def _held(folder: Path) -> str:
    """What a folder holds that is no collection, whose manifest may be damaged; nothing where it is one, or empty."""
    try:
        if strange := strange_files(store := Store(folder)):
            return f"holds {strange}, which gongzhi has not written"
        known = not store.manifest or "run" in store.manifest
    except DamagedManifestError:
        return ""  # whose rows they are their keys say, too
    except OtherWriterError:
        known = False
    return "" if known else holds(store)


def _make_ready(rows: Rows, task: Task, force: bool) -> None:
    """Raise WrongInput where the folder holds another run; with `force` begin anew.

    Only under the lock: another command may be writing there.
    """
    folder = task.folder
    if force:
        _begin_anew(folder)
    try:
        damaged = rows.begin(_manifest(task))
    except OtherRunError as error:
        raise WrongInput(
            f"--out {str(folder)!r}: holds rows of another run: {error}; expected another folder, or --force to "
            "begin anew"
        ) from None
    except StoreError as error:
        raise WrongInput(f"--out {str(folder)!r}: {error}") from None
    told = rows.store.manifest
    if (
        told.get("runs", 0) < task.compounds
    ):  # more than were asked for before: how many, should this be interrupted
        _describe(rows, task, [*told.get("files", [])])
    if damaged and not task.quiet:
        notes().print(say("collections.damaged", task.lang, n=len(damaged)))


def _begin_anew(folder: Path) -> None:
    """Remove what an earlier run has written, and nothing else; the manifest, which says whose rows they are, last."""
    written = read_manifest(folder).get("files", {})
    rows = list(folder.glob("parts/compounds-*.parquet"))
    for files in ([*(folder / name for name in written), *rows], [folder / MANIFEST]):
        remove_inside(folder, files)
        flush_folder(folder / "parts")
        flush_folder(folder)


def _manifest(task: Task, files: Sequence[str] = ()) -> dict[str, Any]:
    """How the rows came about."""
    seeds = [task.drawn.seed]
    return {
        "tool": TOOL,
        **simulated("run", task.lang, now_in_seconds(), engine="compiled", seeds=seeds, runs=task.compounds),
        "content_hash": task.drawn.content_hash(),
        **of_own(task.drawn.own),
        "files": dict.fromkeys(files, ""),
    }


def _describe(rows: Rows, task: Task, files: Sequence[str]) -> None:
    """Write the manifest, which is of every row there, those of compounds beyond the ones asked for included.

    Where all of them are of an earlier command, that stays the one that is named.
    """
    told, there = rows.store.manifest, len(rows.done())
    manifest = _manifest(task, files)
    if there > task.compounds and told.get("runs") == there:
        manifest = {**told, "files": manifest["files"]}
    rows.describe({**manifest, "runs": max(task.compounds, there)})


@contextmanager
def _store_errors(task: Task) -> Iterator[None]:
    """Failures of the folder as messages; an interruption says what is kept."""
    try:
        yield
    except StoreError as error:
        raise RunFailed(str(error)) from None
    except KeyboardInterrupt:
        done = len(Rows(task.folder, task.drawn).done())
        words = {"done": f"{done:,}", "compounds": f"{task.compounds:,}", "folder": str(task.folder)}
        click.echo("\n" + word("collections.interrupted", task.lang, **words), err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


# -- running ------------------------------------------------------------------------------------------------------


def _simulate(rows: Rows, task: Task, force: Workforce, progress: Progress) -> None:
    """Run the compounds whose rows are not there."""
    drawn, upto = task.drawn, task.compounds
    done = rows.done()
    done = done[done < upto]
    if len(done) and not task.quiet:
        words = {"done": f"{len(done):,}", "compounds": f"{upto:,}", "folder": str(task.folder)}
        key = "all_there" if len(done) == upto else "goes_on"
        notes().print(say(f"collections.{key}", task.lang, **words))
    if len(done) == upto:
        return
    if force.alive is None:
        compile_once(progress)
    meter = _Meter(task, done, progress)
    step = block_compounds(drawn, upto, force.workers)
    blocks = missing_blocks(done, upto, step, drawn.collection.compounds_per_office, force.workers)

    def keep(block: pa.Table) -> None:
        rows.append(block)
        meter.add(block)

    # No run waits for it.
    Thread(target=_load_what_the_end_needs, daemon=True).start()
    run_blocks(drawn, blocks, force.submit, force.workers, keep, force.alive)


def _load_what_the_end_needs() -> None:
    for name in _AT_THE_END:
        import_module(name)
        gc.freeze()  # what is loaded stays: the collector is not to look through it


class _Meter:
    """Progress counted in households, because compounds differ in size."""

    def __init__(self, task: Task, done: np.ndarray, progress: Progress) -> None:
        self._task, self._progress, self._compounds = task, progress, len(done)
        of, size = task.drawn.collection, task.drawn.size
        whole = task.compounds == of.compounds
        self._total = of.households if whole else sum(size(index) for index in range(task.compounds))
        self._households = sum(size(index) for index in done.tolist())
        progress.phase("simulating", self._total, already=self._households, counted=self._counted())

    def add(self, block: pa.Table) -> None:
        """Count the rows of a block."""
        self._compounds += block.num_rows
        self._households += int(numbers(block["households"]).sum())
        self._progress.advance(self._households, self._total, counted=self._counted())

    def _counted(self) -> str:
        lang = self._task.lang
        return word(
            "collections.counted",
            lang,
            share=number(self._households / self._total, "share", lang),
            done=f"{self._compounds:,}",
            compounds=f"{self._task.compounds:,}",
        )


def _finish(rows: Rows, task: Task, progress: Progress) -> Summary:
    """Merge the parts, and write summary, figures and manifest."""
    progress.phase("writing_tables")
    rows.merge()
    columns = rows.columns(columns_read(), task.compounds)
    there = len(columns["compound"])
    if there < task.compounds:
        raise StoreError(
            f"{task.folder}: {there:,} of {task.compounds:,} compounds are there, though all were written: files were "
            "removed or moved meanwhile; give the same command again"
        )
    summary = summarised(columns)
    weeks, draw = task.drawn.scenario.horizon_weeks, import_module(_DRAWING).write_figures
    written = draw(task.folder, columns, summary, weeks, task.lang, progress)
    content = data_of(summary, task.case, task.drawn)
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    write_whole(task.folder / SUMMARY_FILE, (text + "\n").encode())
    _describe(rows, task, [SUMMARY_FILE, *written])
    return summary
