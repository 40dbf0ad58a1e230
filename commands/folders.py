"""`gongzhi results`: verify, compact, show, export and open what a sweep has written."""

import code
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from commands.console import PlainTable, notes, results, say
from commands.group import RunFailed, WrongInput, unwritable
from commands.knowing import know
from commands.summary import CAUTION, finite, horizon_note
from commands.wording import print_json, word
from model.brought import Brought, brought
from scenarios.catalogue import between, missing, number, text, unit_of_outcome
from scenarios.comparison import CENSORED
from scenarios.files.problems import listed, nearest, shown
from scenarios.horizon import OF_SWEEPS, horizon_of
from scenarios.moments import insincere_beside, moment_of
from scenarios.quantiles import COUNTED, quantiles
from scenarios.rested import bound_line, remembered
from scenarios.store import Damage, Opened, Store, StoreError, open_results
from scenarios.store.opening import COMPOUNDS, DESIGN, store_of
from scenarios.store.store import MAIN, OtherWriterError
from scenarios.sweep.record import kept_tables, without_rows
from scenarios.sweep.repeating import repeated
from scenarios.totals import totals

MOST_FAILURES_SHOWN = 10
MOST_GROUPS = 200
MOST_NAMES = 6
#: Shown unless others are asked for: consent with its insincere share, time, payment, hours.
_USUAL = (
    "final_valid_consent",
    "final_insincere_share",
    "gate_week",
    "payment_18_months",
    "office_hours_total",
)
_USUAL_OF_DISTRICTS = (
    "share_past_gate",
    "valid_consent",
    "insincere_share",
    "payment_rate",
    "compounds_with_company",
)


def opened(folder: str, *, damaged: Any = "raise") -> Opened:
    """A folder of results. Raises WrongInput where there are none."""
    try:
        return open_results(folder, damaged=damaged)
    except StoreError as error:
        raise WrongInput(str(error)) from None


def verify(*, folder: str, lang: str, as_json: bool) -> None:
    """Check every byte; exits with status 1 if something is damaged or a run is missing."""
    if not Path(folder).is_dir():
        raise WrongInput(f"{folder}: no such folder; expected one that `gongzhi sweep` has written")
    try:
        store = store_of(folder)
    except StoreError as error:
        raise WrongInput(str(error)) from None
    if COMPOUNDS in store.tables() and MAIN not in store.tables():  # of a collection
        store = Store(folder, main=COMPOUNDS)
    found = store.verify()
    if not found.parts and not found.damaged and not (Path(folder) / "manifest.json").exists():
        raise WrongInput(f"{folder}: no results here; expected a folder that `gongzhi sweep` has written")
    found.damaged.extend(_lacking(store))
    missing = _missing(store, found.keys)
    if as_json:
        damaged = [damage._asdict() for damage in found.damaged]
        print_json({**found._asdict(), "damaged": damaged, "missing": missing, "sound": found.sound})
    else:
        for damage in found.damaged:
            results().print(
                say("sweep.damaged", lang, file=damage.file, problem=damage.problem), style="bold red"
            )
        words = {"parts": f"{found.parts:,}", "runs": f"{found.keys:,}", "missing": f"{missing:,}"}
        results().print(say("sweep.sound" if found.sound else "sweep.not_sound", lang, **words))
    if missing or not found.sound:
        sys.exit(1)


def _missing(store: Store, n_there: int) -> int:
    """Runs that lack rows, where the manifest says how many there should be."""
    try:
        manifest = store.manifest
    except StoreError:
        return 0
    incomplete = without_rows(store, kept_tables(manifest), damaged="skip")
    return max(0, _planned(manifest, n_there) - n_there) + len(incomplete)


def _lacking(store: Store) -> list[Damage]:
    """What is not there, of a sweep, though its manifest says so: points of the design."""
    try:
        points = int(store.manifest.get("points", 0))
        there = len(store.keys(DESIGN, damaged="skip"))
    except StoreError:
        return []
    return [Damage(f"table {DESIGN}", f"{there:,} of {points:,} points are there")] if there < points else []


def _planned(manifest: dict[str, Any], n_there: int) -> int:
    """How many different runs the sweep has in all."""
    return int(manifest.get("different_runs", manifest.get("runs", n_there)))


def repeat(*, folder: str, key: str, own: str | None, lang: str, as_json: bool) -> None:
    """Run one run again and compare; exits with status 1 if something differs."""
    opened(folder)
    try:
        found = repeated(folder, key, own)
    except StoreError as error:
        raise WrongInput(str(error)) from None
    if as_json:
        differences = [asdict(difference) for difference in found.differences]
        print_json({**asdict(found), "differences": differences, "equal": found.equal})
    else:
        words = {"key": found.key, "n": f"{found.n_values:,}", "different": f"{len(found.differences):,}"}
        results().print(say("repeat.equal" if found.equal else "repeat.different", lang, **words))
        for d in found.differences[:MOST_FAILURES_SHOWN]:
            where = d.column if d.week is None else f"{d.column}[{d.week}]"
            results().print(f"  {d.table}.{where}: {d.stored!r} → {d.now!r}", markup=False)
        if not found.same_code:
            results().print(say("repeat.other_code", lang))
    if not found.equal:
        sys.exit(1)


def compact(*, folder: str, lang: str) -> None:
    """Merge parts."""
    store = opened(folder).store
    try:
        with store.lock():
            before, after = store.compact()
    except OtherWriterError as error:
        raise WrongInput(str(error)) from None
    except StoreError as error:
        raise RunFailed(str(error)) from None
    results().print(say("sweep.compacted", lang, before=f"{before:,}", after=f"{after:,}"))


def show(*, folder: str, by: tuple[str, ...], outcomes: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Print what a sweep asks, how far it is, its outcomes by strategy, its failures; of a collection its summary."""
    found = opened(folder)
    if found.of_collection:
        from commands.collection_shown import show_collection

        _refuse_of_collections(folder, {"--by": by, "--outcome": outcomes})
        show_collection(found, lang, as_json=as_json)
        return
    try:
        # A point that stands twice in a design was run once: so it counts once.
        manifest, runs = found.manifest, found.runs().drop_duplicates("key", ignore_index=True)
    except StoreError as error:
        raise RunFailed(str(error)) from None
    know(Brought.remembered(manifest.get("own")))
    if not len(runs):
        raise WrongInput(f"{folder}: no run is finished yet; expected at least one")
    groups = ["case", "strategy", *(_factor(name, found.factors) for name in by)]
    chosen = _outcomes(outcomes, manifest)
    ok = runs[runs["status"] == "ok"]
    if as_json:
        print_json(_data(manifest, runs, ok, groups, chosen))
        return
    console = results()
    names = manifest.get("described", {})
    title = names.get(lang) or names.get("en") or manifest.get("id", "")
    console.print(title, style="bold")
    for key in (f"asks_{lang}", f"found_{lang}"):
        if names.get(key):
            console.print(say(f"sweep.{key.partition('_')[0]}", lang, text=names[key]))
    words = {"done": f"{len(runs):,}", "runs": f"{_planned(manifest, len(runs)):,}"}
    console.print(say("sweep.progress", lang, failed=f"{len(runs) - len(ok):,}", **words))
    for each in remembered(manifest):
        console.print(Text(bound_line(each, "sweep.never_acted", lang), style=CAUTION))
    console.print()
    if len(ok):
        of_districts = manifest.get("of_districts", False)
        console.print(_table(ok, groups, chosen, lang, of_districts=of_districts))
        left = [name for name in manifest.get("outcomes", []) if name not in chosen]
        if left:
            more = len(left) - MOST_NAMES
            key = "sweep.kept_too" if more <= 0 else "sweep.kept_too_and_more"
            console.print(say(key, lang, names=", ".join(left[:MOST_NAMES]), more=more))
        more = ok.groupby(groups).ngroups - MOST_GROUPS
        if more > 0:
            console.print(say("sweep.more_groups", lang, n=f"{more:,}"))
        setting = OF_SWEEPS if found.is_stored else "--weeks"
        for line in horizon_note(ok, horizon_of(manifest), lang, setting):
            console.print(line)
        console.print()
    _print_failures(console, runs[runs["status"] != "ok"], lang)
    console.print(say("sweep.not_a_forecast", lang))


def _refuse_of_collections(folder: str, given: Mapping[str, object]) -> None:
    """Raise WrongInput for options that choose among runs of a sweep."""
    for option, chosen in given.items():
        if chosen:
            raise WrongInput(
                f"{option}: {folder} holds a collection, whose compounds are summed up; expected it without, or "
                "`gongzhi results export`"
            )


def _factor(name: str, known: list[str]) -> str:
    """The full name of a factor, which may be given by its last parts."""
    matches = [k for k in known if k == name or k.endswith(f".{name}")]
    if not known:
        raise WrongInput(f"--by {shown(name)}: nothing was varied; expected it without --by")
    if len(matches) != 1:
        raise WrongInput(f"--by {shown(name)}: expected one of {listed(known)}{nearest(name, known)}")
    return matches[0]


def _outcomes(given: tuple[str, ...], manifest: dict[str, Any]) -> list[str]:
    kept: list[str] = manifest.get("outcomes", [])
    for name in given:
        if name not in kept:
            raise WrongInput(
                f"--outcome {shown(name)}: expected one of {listed(kept, 40)}{nearest(name, kept)}"
            )
    usual = _USUAL_OF_DISTRICTS if manifest.get("of_districts") else _USUAL
    shown_usually = (*usual, *brought().outcomes, *filter(moment_of, kept))
    wanted = list(given) or [name for name in shown_usually if name in kept] or kept[:5]
    shown_too = []
    for name in wanted:
        shown_too.append(name)
        usually = "insincere_share_at_gate" if name.endswith("consent_at_gate") else "final_insincere_share"
        own = insincere_beside(name) or usually
        if "consent" in name and own in kept:
            shown_too.append(own)
    return list(dict.fromkeys(shown_too))


def _table(
    ok: pd.DataFrame, groups: list[str], outcomes: list[str], lang: str, *, of_districts: bool
) -> Table:
    """Medians and ranges over runs, a row a group."""
    table = PlainTable()
    for name in groups:
        table.add_column(_heading(name, lang))
    table.add_column(word("sweep.column_runs", lang), justify="right")
    for name in outcomes:
        table.add_column(text(_key(name, of_districts), lang), justify="right")
    for labels, rows in list(ok.groupby(groups, sort=True))[:MOST_GROUPS]:
        cells = [_cell(rows[name], name, lang, of_districts=of_districts) for name in outcomes]
        table.add_row(*(_label(label) for label in labels), f"{len(rows):,}", *cells)
    return table


def _heading(name: str, lang: str) -> str:
    return (
        word(f"column_{name}", lang)
        if name == "case"
        else (word("sweep.column_strategy", lang) if name == "strategy" else name.split(".", 1)[-1])
    )


def _key(outcome: str, of_districts: bool) -> str:
    return f"total.{outcome}" if of_districts and outcome in totals() else f"summary.{outcome}"


def _label(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _quantiles(values: pd.Series, outcome: str, *, of_districts: bool) -> tuple[float, float, float]:
    """5 %, median and 95 %; of weeks, and of what a district counts, the value of some run."""
    counted = of_districts and unit_of_outcome(outcome) in COUNTED
    return quantiles(values.to_numpy(), censored=counted or outcome in CENSORED)


def _cell(values: pd.Series, outcome: str, lang: str, *, of_districts: bool) -> str:
    """Median and range; how often it was not reached."""
    without = int(values.isna().sum())
    if without == len(values):
        return missing(outcome, lang)
    low, median, high = (
        number(v, unit_of_outcome(outcome), lang)
        for v in _quantiles(values, outcome, of_districts=of_districts)
    )
    key = "not_reached_in" if outcome in CENSORED else "no_value_in"
    counted = f"; {word(key, lang, n=without, total=len(values))}" if without else ""
    return f"{median} ({between(low, high, lang)}){counted}"


def _print_failures(console: Any, failed: pd.DataFrame, lang: str) -> None:
    if not len(failed):
        return
    console.print(say("sweep.failures", lang, n=f"{len(failed):,}"), style="bold red")
    for row in failed.head(MOST_FAILURES_SHOWN).to_dict("records"):
        console.print(f"{row['status']}: {row['error']}")
        console.print(f"  {row['reproduce']}", soft_wrap=True)
    if len(failed) > MOST_FAILURES_SHOWN:
        console.print("…")
    console.print()


def _data(
    manifest: dict[str, Any], runs: pd.DataFrame, ok: pd.DataFrame, groups: list[str], outcomes: list[str]
) -> dict[str, Any]:
    rows = []
    for labels, group in ok.groupby(groups, sort=True):
        entry: dict[str, Any] = dict(zip(groups, (_json(label) for label in labels), strict=True))
        entry["runs"] = len(group)
        for name in outcomes:
            low, median, high = _quantiles(
                group[name], name, of_districts=manifest.get("of_districts", False)
            )
            without = int(group[name].isna().sum())
            entry[name] = {
                "median": finite(median),
                "low": finite(low),
                "high": finite(high),
                "missing": without,
            }
        rows.append(entry)
    failed = runs[runs["status"] != "ok"].reindex(columns=["key", "status", "error", "reproduce"])
    return {
        "id": manifest.get("id"),
        "runs": _planned(manifest, len(runs)),
        "done": len(runs),
        "failed": len(failed),
        "never_act": [each._asdict() for each in remembered(manifest)],
        "groups": rows,
        "failures": failed.to_dict("records"),
    }


def _json(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def export(
    *,
    folder: str,
    form: str,
    out: str,
    table: str | None,
    authors: tuple[str, ...],
    licence: str | None,
    force: bool,
    lang: str,
) -> None:
    """Write results in another form.

    table : `runs` where None; an RO-Crate holds them all; authors, licence : of an RO-Crate
    Raises WrongInput for a path that cannot be written to, and for a table that is not there.
    """
    from scenarios.store.exporting import Publisher, export_crate, export_table, others_files

    found = opened(folder)
    there = found.store.tables()
    usual = COMPOUNDS if found.of_collection else MAIN
    if form not in ("csv", "parquet") and (found.of_collection or not found.is_stored):
        what = "a collection, a row a compound" if found.of_collection else "tables, and no sweep"
        raise WrongInput(f"--to {form}: {folder} holds {what}; expected --to csv or --to parquet")
    if form == "ro-crate" and table is not None:
        raise WrongInput(
            f"--table {table}: an RO-Crate holds every table; expected --to ro-crate without --table"
        )
    for option, given in (("--author", authors), ("--licence", licence)):
        if given and form != "ro-crate":
            raise WrongInput(f"{option}: --to {form} holds none; expected --to ro-crate")
    if table is not None and table not in there:
        raise WrongInput(f"--table {table}: {folder} has no such table; expected {' or '.join(there)}")
    goal = Path(out).expanduser()
    if os.path.lexists(goal) and not force:
        raise WrongInput(f"--out {out!r}: is there already; expected a new one, or --force")
    try:
        if form == "ro-crate":
            if strange := others_files(goal):
                raise WrongInput(
                    f"--out {out!r}: holds {strange}, which no export has written; expected another folder"
                )
            export_crate(found, goal, Publisher(authors, licence or ""))
        else:
            export_table(found, goal, form, table or usual)
    except StoreError as error:
        raise RunFailed(str(error)) from None
    except OSError as error:
        raise unwritable("--out", out, error) from None
    results().print(say("written", lang, folder=out))
    if form == "ro-crate" and not (authors and licence):
        notes().print(say("sweep.publisher", lang))


def open_interactively(*, folder: str, form: str, lang: str) -> None:
    """An interactive Python with the tables at hand; off a terminal a script from standard input."""
    found = opened(folder)
    try:
        names = _names(found, form)
    except StoreError as error:
        raise RunFailed(str(error)) from None
    if sys.stdin.isatty():
        code.interact(word("sweep.opened", lang, names=", ".join(names)), local=names, exitmsg="")
        return
    script = sys.stdin.read()
    runner = code.InteractiveInterpreter(names)
    runner.runcode(compile(script, "<stdin>", "exec"))


def _names(found: Opened, form: str) -> dict[str, Any]:
    if form == "duckdb":
        connection = found.duckdb()
        return {"sql": connection.sql, "connection": connection, "results": found}
    tables = found.store.tables()
    if found.is_stored and not found.of_collection:  # where no run is finished yet, too
        tables = list(dict.fromkeys([MAIN, DESIGN, *tables]))
    if form == "polars":
        return {**{name: found.polars(name) for name in tables}, "results": found}
    return {**{name: found.frame(name) for name in tables}, "results": found}
