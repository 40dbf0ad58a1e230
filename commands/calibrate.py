"""`gongzhi calibrate`: which sets of parameters the evidence leaves standing, and whether it could find the truth."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from commands.console import PlainTable, notes, results, say
from commands.folder import writing
from commands.progress import Progress
from commands.simulation import compile_once
from commands.wording import print_json, word
from scenarios.calibration.centre import with_centre
from scenarios.calibration.perfect import Recovery, perfect_model
from scenarios.calibration.space import plausible_space
from scenarios.calibration.survivors import find_survivors, write_survivors
from scenarios.calibration.targets import Target, load_targets
from scenarios.calibration.waves import Plan, Wave, look_closer, run_waves
from scenarios.plausible import SHIPPED, Survivors

#: Targets that are named beside each wave: those that rule out most.
_NAMED = 5


def calibrate(
    *,
    out: str,
    targets: str | None,
    seed: int,
    waves: int,
    first: int,
    later: int,
    truths: int,
    threads: int | None,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Calibrate, or go on with what is in `out`; raises ScenarioError for bad input or where nothing is left."""
    folder = Path(out)
    plan = Plan(
        load_targets(None if targets is None else Path(targets)), plausible_space(), seed, waves, first, later
    )
    with writing(folder), Progress(lang, quiet=quiet) as progress:
        compile_once(progress)
        progress.phase("calibrating")

        def show(wave: int, done: int, total: int) -> None:
            if done == 0:
                progress.phase("calibrating", total)
            progress.advance(
                done, total, counted=word("calibrating_wave", lang, wave=wave, done=done, total=total)
            )

        def looked(done: int, total: int) -> None:
            if done == 0:
                progress.phase("last_look", total)
            progress.advance(done, total)

        done = run_waves(plan, folder, progress=show, threads=threads)
        progress.phase("last_look")
        closer = look_closer(plan, done, folder, progress=looked, threads=threads)
        recovered = []
        if truths:
            progress.phase("perfect_model")
            recovered = perfect_model(plan, done, truths, threads=threads)
    survivors = with_centre(find_survivors(plan, done, closer), plan.targets, threads=threads)
    survivors.provenance["recovered"] = [{**asdict(r), "word": r.word} for r in recovered]
    with writing(folder):
        write_survivors(survivors, folder / SHIPPED)
    if as_json:
        print_json({"survivors": len(survivors), **survivors.provenance})
    elif not quiet:
        console = results()
        console.print(_waves_table(done, lang))
        console.print()
        console.print(_targets_table(plan.targets, survivors, lang))
        if recovered:
            console.print()
            console.print(_recovery(recovered, lang))
        console.print()
        look = survivors.provenance["last_look"]
        console.print(say("looked_closer", lang, n=look["simulated"], left=look["agree"]))
        console.print(say("survivors_left", lang, n=len(survivors), tried=sum(w.tried for w in done)))
    if not quiet:
        notes().print(say("written", lang, folder=folder))


def _table(lang: str, *columns: str) -> Table:
    table = PlainTable()
    for i, column in enumerate(columns):
        table.add_column(word(column, lang), justify="left" if i == 0 else "right")
    return table


def _waves_table(waves: Sequence[Wave], lang: str) -> Table:
    table = _table(
        lang,
        "column_wave",
        "column_tried",
        "column_left",
        "column_simulated",
        "column_hold",
        "column_ruled_out",
    )
    for wave in waves:
        worst = sorted(wave.ruled_out.items(), key=lambda item: -item[1])[:_NAMED]
        table.add_row(
            str(wave.number),
            f"{wave.tried:,}",
            f"{wave.left:.2%}",
            f"{len(wave.simulated.points):,}",
            f"{wave.agree.mean():.1%}",
            ", ".join(f"{name} {share:.0%}" for name, share in worst),
        )
    return table


def _targets_table(targets: Sequence[Target], survivors: Survivors, lang: str) -> Table:
    table = _table(
        lang, "column_target", "column_wanted", "column_grade", "column_within_one", "column_beyond_three"
    )
    for i, target in enumerate(targets):
        away = survivors.implausibility[:, i]
        wanted = f"{target.low:g}" if target.low == target.high else f"{target.low:g} – {target.high:g}"
        label = target.zh if lang == "zh" else target.en
        table.add_row(
            f"{target.id} {label}",
            f"{wanted} ± {target.sd:g}",
            target.grade,
            f"{(away <= 1.0).mean():.0%}",
            f"{(away > 3.0).mean():.0%}",
        )
    return table


def _recovery(recovered: Sequence[Recovery], lang: str) -> Table:
    table = _table(lang, "column_recovered", "column_coverage", "column_width", "column_identified")
    for r in sorted(recovered, key=lambda r: r.width):
        if r.word != "not":
            table.add_row(r.name, f"{r.coverage:.0%}", f"{r.width:.2f}", word(f"identified_{r.word}", lang))
    n = sum(r.word == "not" for r in recovered)
    mean = sum(r.coverage for r in recovered) / len(recovered)
    table.add_row(word("identified_not_n", lang, n=n), "", "", "")
    table.add_row(word("coverage_mean", lang), f"{mean:.0%}", "", "")
    return table
