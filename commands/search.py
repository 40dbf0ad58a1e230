"""`gongzhi search`: strategies that no other tried beats in hours, yuan, consent, payment and insincere share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.text import Text

from commands.analyse import rows_for_json, write_part
from commands.console import notes, results, say
from commands.folder import GENERATIONS, MANIFEST, read_manifest, write_manifest, writing
from commands.group import RunFailed, WrongInput, by_commas, unwritable
from commands.leaving import INTERRUPTED
from commands.progress import Progress
from commands.provenance import made, now_in_seconds
from commands.run import own_things, prepared
from commands.simulation import compile_once
from commands.summary import CAUTION, cautions
from commands.wording import print_json
from model.brought import brought
from model.measures import SUMMARY
from model.specification import Scenario
from scenarios.analysis.drawing import parameter_name, value
from scenarios.analysis.figures_search import caption, front_figure, instruments_figure
from scenarios.analysis.goals import goal
from scenarios.analysis.problem import AnalysisError
from scenarios.analysis.search import SETTINGS
from scenarios.analysis.search_space import SearchSpace, lawful_instruments
from scenarios.analysis.strategy_search import SOURCES, StrategyFront, search_strategies
from scenarios.catalogue import text
from scenarios.identity import code_of
from scenarios.loading import load_case
from scenarios.reading import names_in
from scenarios.rested import Bound, bound_among, bound_line, rested_data, rested_lines
from scenarios.sweep.record import keep_copy

if TYPE_CHECKING:
    from commands.own import OwnRuns

MADE_BY = "search"
#: Fresh seeds begin here, far from any a search is likely to use.
FIRST_FRESH = 1_000_001
#: Rows of the front that are printed; the file has all.
MOST_PRINTED = 15


def search(
    *,
    case_name: str,
    strategy: str | None,
    instruments: str | None,
    allow_restricted: bool,
    requirements: Sequence[str],
    generations: int,
    population: int,
    seeds: int,
    fresh_seeds: int,
    search_seed: int,
    own: str | None,
    settings: Sequence[str],
    weeks: int | None,
    threads: int | None,
    out: str,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Search, or go on with the search in `out`; raises ScenarioError or WrongInput for bad input."""
    things = own_things(own)
    case = load_case(case_name)
    for kind, group in (("district", case.district), ("collection", case.collection)):
        if group is not None:
            raise WrongInput(f"{case.id} is a {kind}; expected a case of compounds")
    scenario: Scenario = prepared(case, "none" if strategy is None else strategy, settings, weeks)
    names = lawful_instruments() if instruments is None else _named(instruments)
    space = SearchSpace(scenario, names, allow_restricted)
    wanted = [goal(r, [*SUMMARY, *brought().outcomes]) for r in requirements]
    folder = _folder(out)
    try:
        with Progress(lang, quiet=quiet) as progress:
            compile_once(progress, "compiled" if things is None else things.own.engine)
            progress.phase("analysis.progress_searching", generations)
            found = search_strategies(
                space,
                seeds=range(1, seeds + 1),
                fresh_seeds=range(FIRST_FRESH, FIRST_FRESH + fresh_seeds),
                generations=generations,
                population=population,
                requirements=wanted,
                seed=search_seed,
                folder=folder / GENERATIONS,
                threads=threads,
                version=code_of(SOURCES),
                report=progress.advance,
                own=None if things is None else things.own,
            )
            bound = _bound(space, found, things)
            data = _data(found, bound, things)
            with writing(folder):
                if things is not None:
                    keep_copy(things.own.code, folder)
                _write(folder, found, data, lang)
    except AnalysisError as error:
        if isinstance(error.__context__, OSError):  # of a generation, which the disk does not take
            raise RunFailed(
                f"{error}; the same command goes on with the generations that are there"
            ) from None
        raise
    except KeyboardInterrupt:
        notes().print(say("analysis.search_interrupted", lang, folder=out))
        raise SystemExit(INTERRUPTED) from None
    if as_json:
        print_json(data)
    elif not quiet:
        _print(found, scenario, bound, lang)
        notes().print(say("analysis.search_written", lang, n=len(found.table), folder=out))


def _named(instruments: str) -> tuple[str, ...]:
    if not instruments.strip():
        raise WrongInput(f"--instruments {instruments!r}: expected names of instruments, by commas")
    return tuple(by_commas("--instruments", instruments))


def _folder(out: str) -> Path:
    """The folder, if it is empty, new, or holds a search."""
    folder = Path(out).expanduser()
    known = (folder / GENERATIONS / SETTINGS).exists() or read_manifest(folder).get("made_by") == MADE_BY
    try:
        if folder.exists() and not folder.is_dir():
            raise WrongInput(f"--out {out!r}: is a file; expected a folder")
        begun = (
            () if names_in(folder / GENERATIONS) else (GENERATIONS,)
        )  # before the first file was on the disk
        if (held := names_in(folder, begun)) and not known:
            raise WrongInput(
                f"--out {out!r}: holds {held}, which no search has written; expected an empty folder, or one of an "
                "earlier search"
            )
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable("--out", out, error) from None
    return folder


def _write(folder: Path, found: StrategyFront, data: dict[str, Any], lang: str) -> None:
    """Table and figures of the front, and every individual tried; the manifest last."""
    figures = {
        "front": front_figure(found, lang=lang),
        "front_instruments": instruments_figure(found, lang=lang),
    }
    (folder / MANIFEST).unlink(missing_ok=True)
    write_part(folder, figures, {"front": found.table, "tried": tried(found)})
    write_manifest(folder, {**made(MADE_BY, lang, now_in_seconds()), **data})


def tried(found: StrategyFront) -> pd.DataFrame:
    """Every individual, generation after generation: intensities, and the means on the search's seeds."""
    x = pd.DataFrame(found.front.all_x, columns=list(found.instruments))
    signs = list(found.objectives.values())
    y = pd.DataFrame(-found.front.all_objectives * signs, columns=list(found.objectives))
    y = y.where(np.isfinite(y))  # no value
    generation = pd.Series(range(len(x)), name="generation") // max(1, len(x) // found.generations) + 1
    return pd.concat([generation, x, y], axis=1)


def _bound(space: SearchSpace, found: StrategyFront, things: "OwnRuns | None") -> list[Bound]:
    """Own instruments that could never act in some of the strategies tried."""
    if things is None:
        return []
    return bound_among((space.candidate(row) for row in found.front.all_x), things.own)


def _print(found: StrategyFront, scenario: Scenario, bound: Sequence[Bound], lang: str) -> None:
    console = results()
    for line in cautions([scenario.strategy], lang):
        console.print(line)
    for each in bound:
        console.print(Text(bound_line(each, "analysis.bound_to_rest", lang), style=CAUTION))
    console.print(Text(caption(found, lang)))
    for _, row in found.table.sort_values("final_insincere_share").head(MOST_PRINTED).iterrows():
        console.print()
        note = "" if row["determined"] else f" ({text('analysis.undetermined', lang)})"
        console.print(Text(f"{row['name']}{note}", style="bold"))
        outcomes = dict.fromkeys((*found.objectives, *brought().outcomes))
        parts = [f"{text(f'summary.{o}', lang)} {value(o, row[o], lang)}" for o in outcomes]
        console.print(Text("  " + text("report.instrument_separator", lang).join(parts)))
        used = sorted((n for n in found.instruments if row[n] > 0), key=lambda n: -row[n])
        made_of = [f"{parameter_name(f'instruments.{n}', lang)} {row[n]:.2f}" for n in used]
        console.print(Text("  " + text("report.list_separator", lang).join(made_of)))
        for rested in rested_lines((r for r in found.rested if r.strategy == row["name"]), (), lang):
            console.print(Text(f"  {rested}", style=CAUTION))
    console.print()
    more = len(found.table) - MOST_PRINTED
    if more > 0:
        console.print(say("analysis.more_strategies", lang, n=more))
    console.print(say("analysis.not_a_forecast", lang))


def _data(found: StrategyFront, bound: Sequence[Bound], things: "OwnRuns | None") -> dict[str, Any]:
    own = {"never_act": [each._asdict() for each in bound]}
    return {
        "tried": found.tried,
        "generations": found.generations,
        "seeds": found.seeds,
        "fresh_seeds": found.fresh_seeds,
        "instruments": list(found.instruments),
        "objectives": dict(found.objectives),
        "requirements": [str(r) for r in found.requirements],
        "front": rows_for_json(found.table),
        "rested": rested_data(found.rested),
        **({} if things is None else {"own": {**things.own.described(), **own}}),
    }
