"""`gongzhi analyse`: what a sweep shows, with figures, tables and an honest "undetermined"."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from rich.text import Text

from commands.console import notes, results, say
from commands.folder import output_folder, write_manifest
from commands.group import WrongInput
from commands.knowing import know
from commands.printing import as_files, printed_as_asked, say_not_drawable, write_captions
from commands.progress import Progress
from commands.provenance import made, now_in_seconds
from commands.summary import CAUTION, cautions
from commands.wording import print_json
from scenarios.analysis.battery import ANALYSES, Found, Skipped, Wish, analyse_all, usual_wish
from scenarios.analysis.goals import goal
from scenarios.analysis.sweeps import Source, open_source
from scenarios.catalogue import text
from scenarios.files.problems import nearest, shown
from scenarios.files.spreadsheets import file_name, write_csv
from scenarios.files.strategyfile import strategy_name
from scenarios.rested import bound_line
from scenarios.translation import message_in

MADE_BY = "analyse"
#: Which analyses look at what an option asks; beside others it would be ignored.
_LOOKED_AT = {
    "--outcome": ("paired", "levels", "replicates", "sensitivity", "robustness", "surfaces"),
    "--goal": ("discovery", "robustness"),
    "--baseline": ("paired",),
    "--precision": ("replicates",),
}
#: Reasons told of an analysis that was left out; the JSON holds all.
MOST_REASONS = 2
#: Where the analysis of a folder is written unless told otherwise.
FOLDER = "analysis"


def analyse(
    *,
    place: str,
    only: Sequence[str],
    outcomes: Sequence[str],
    goals: Sequence[str],
    baseline: str | None,
    precisions: Sequence[str],
    case: str | None,
    out: str | None,
    force: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Analyse a sweep's folder or a table; raises ScenarioError or WrongInput for what cannot be analysed."""
    given = {"--outcome": outcomes, "--goal": goals, "--baseline": baseline, "--precision": precisions}
    _refuse_ignored([option for option, value in given.items() if value], only)
    source = open_source(place, case=case or "")
    know(source.brought)
    wish = _wish(source, outcomes, goals, baseline, precisions)
    names = {strategy.id: strategy_name(strategy, lang) for strategy in source.strategies}
    target = out or _usual_folder(place)
    with (
        output_folder(target, force=force, only_over=MADE_BY) as folder,
        Progress(lang, quiet=quiet) as progress,
    ):
        chosen = tuple(only) or tuple(ANALYSES)
        progress.phase("analysis.progress_analysing", len(chosen))
        found: list[Found | Skipped] = []
        for part in analyse_all(source.study, wish, only=only, lang=lang, names=names):
            found.append(part)
            progress.advance(len(found), len(chosen))
        written = _data(source, wish, found)
        asked = _asked(source, wish, only, case)
        parts = [part for part in found if isinstance(part, Found)]
        for part in parts:
            write_part(folder, part.figures, part.tables)
        say_not_drawable((figure for part in parts for figure in part.figures.values()), lang)
        write_manifest(folder, {**made(MADE_BY, lang, now_in_seconds()), "asked": asked, **written})
    if as_json:
        print_json(written)
    elif not quiet:
        _print(source, found, lang)
        notes().print(say("written", lang, folder=target))


def _refuse_ignored(options: Sequence[str], only: Sequence[str]) -> None:
    """Raise WrongInput for options that none of the analyses asked for looks at."""
    for option in options if only else ():
        looking = _LOOKED_AT[option]
        if not set(looking) & set(only):
            expected = " or ".join(f"--only {name}" for name in looking)
            asked = ", ".join(dict.fromkeys(only))
            raise WrongInput(f"{option}: means nothing to {asked}; expected {expected} as well")


def write_part(folder: Path, figures: Mapping[str, Figure], tables: Mapping[str, pd.DataFrame]) -> None:
    """Each figure as SVG, PDF and PNG, each table as CSV."""
    place, printed = folder / "figures", printed_as_asked()
    for name, figure in figures.items():
        place.mkdir(exist_ok=True)
        for ending, content in as_files(figure, printed, with_pdf=True):
            # of a strategy, which somebody else may have named
            (place / f"{file_name(name)}.{ending}").write_bytes(content)
    if figures:
        write_captions(place, figures, printed)
    for name, table in tables.items():
        place = folder / "tables"
        place.mkdir(exist_ok=True)
        write_csv(table, place / f"{file_name(name)}.csv")


def _wish(
    source: Source,
    outcomes: Sequence[str],
    goals: Sequence[str],
    baseline: str | None,
    precisions: Sequence[str],
) -> Wish:
    known = source.study.problem.outcomes
    found = usual_wish(source.study, outcomes, [goal(text, known) for text in goals])
    if baseline is not None and baseline not in source.study.strategies:
        strategies = source.study.strategies
        hint = nearest(baseline, strategies) or f"; expected one of {', '.join(strategies)}"
        raise WrongInput(f"--baseline {shown(baseline)}: no runs of this strategy{hint}")
    widths = dict(_precision(text, known) for text in precisions)
    return Wish(
        found.outcomes, found.goals, baseline or "", widths, source.design, source.pairs_design, source.design_kind
    )  # fmt: skip


def _precision(text: str, known: Sequence[str]) -> tuple[str, float]:
    """`payment_18_months=0.02` as an outcome and a half-width."""
    outcome, _, number = text.partition("=")
    if outcome not in known:
        hint = nearest(outcome, known) or f"; expected one of {', '.join(known)}"
        raise WrongInput(f"--precision {shown(text)}: unknown outcome {outcome!r}{hint}")
    try:
        half_width = float(number)
    except ValueError:
        half_width = 0.0
    if not 0 < half_width < float("inf"):
        raise WrongInput(
            f"--precision {shown(text)}: expected OUTCOME=HALF_WIDTH above 0, such as {outcome}=0.02"
        )
    return outcome, half_width


def _usual_folder(place: str) -> str:
    path = Path(place).expanduser()
    return str(path / FOLDER if path.is_dir() else path.with_name(f"{path.stem}_{FOLDER}"))


def _print(source: Source, found: Sequence[Found | Skipped], lang: str) -> None:
    console = results()
    study = source.study
    console.print(
        say(
            "analysis.heading_study", lang, source=study.source, runs=f"{source.n_rows:,}",
            points=f"{study.n_points:,}",
            seeds=study.n_seeds, strategies=len(study.strategies), failed=f"{study.n_failed:,}",
        )
    )  # fmt: skip
    if source.n_rows < source.n_planned:
        console.print(
            say("analysis.incomplete", lang, there=f"{source.n_rows:,}", planned=f"{source.n_planned:,}")
        )
    if source.left_out:
        columns = text("report.list_separator", lang).join(source.left_out)
        console.print(say("analysis.columns_left_out", lang, list=columns))
    for line in cautions(source.strategies, lang):
        console.print(line)
    for each in source.never_act:
        console.print(Text(bound_line(each, "sweep.never_acted", lang), style=CAUTION))
    for part in found:
        console.print()
        console.print(say(f"analysis.heading_{part.name}", lang), style="bold")
        lines = part.lines if isinstance(part, Found) else _skipped(part, lang)
        for finding in lines:
            console.print(Text(finding))
    console.print()
    console.print(say("analysis.not_a_forecast", lang))


def _skipped(part: Skipped, lang: str) -> list[str]:
    """Why an analysis was left out: the first reasons, for most strategies and outcomes have the same."""
    reasons = message_in(lang, part.reason).split("\n")
    said = [say("analysis.skipped", lang, reason=line).plain for line in reasons[:MOST_REASONS]]
    more = len(reasons) - MOST_REASONS
    return [*said, say("analysis.skipped_more", lang, n=more).plain] if more > 0 else said


def _data(source: Source, wish: Wish, found: Sequence[Found | Skipped]) -> dict[str, Any]:
    """What was analysed and found, for programs."""
    study = source.study
    return {
        "source": study.source,
        "runs": source.n_rows,
        "planned": source.n_planned or None,
        "failed": study.n_failed,
        "points": study.n_points,
        "seeds": study.n_seeds,
        "strategies": study.strategies,
        "not_lawful": {
            s.id: {k: str(v) for k, v in s.not_lawful().items()} for s in source.strategies if s.not_lawful()
        },
        "never_act": [each._asdict() for each in source.never_act],
        "outcomes": list(wish.outcomes),
        "goals": [str(g) for g in wish.goals],
        "parameters": [
            {"name": p.name, "role": p.role, "low": p.low, "high": p.high, "choices": list(p.choices)}
            for p in study.problem.parameters
        ],
        "columns_left_out": list(source.left_out),
        "analyses": {part.name: _part_data(part) for part in found},
    }


def _asked(source: Source, wish: Wish, only: Sequence[str], case: str | None) -> dict[str, Any]:
    """What was asked of which runs: the same in every language, and wherever the results lie."""
    return {
        "of": source.digest,
        "runs": source.n_rows,
        "analyses": sorted(set(only)) or sorted(ANALYSES),
        "outcomes": sorted(wish.outcomes),
        "goals": sorted(map(str, wish.goals)),
        "baseline": wish.baseline,
        "precision": dict(wish.half_widths),
        "case": case or "",
    }


def _part_data(part: Found | Skipped) -> dict[str, Any]:
    if isinstance(part, Skipped):
        return {"left_out": part.reason.split("\n")}
    return {
        "found": list(part.lines),
        "figures": list(part.figures),
        "tables": {name: rows_for_json(table) for name, table in part.tables.items()},
    }


def rows_for_json(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON, which knows neither infinity nor NaN: both become null."""
    return [{str(k): _plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    found = value.item() if hasattr(value, "item") else value
    if isinstance(found, float) and not abs(found) < float("inf"):
        return None
    return found if isinstance(found, str | int | float | bool) or found is None else str(found)
