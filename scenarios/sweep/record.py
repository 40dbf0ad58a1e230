"""The record of a sweep beside its rows: `manifest.json`, which says how to repeat it, and `progress.json`."""

import json
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scenarios.arrow import column, texts
from scenarios.identity import code_of
from scenarios.store import Store
from scenarios.store.files import OWN_COPY, write_whole
from scenarios.store.store import OtherWriterError, holds, strange_files
from scenarios.sweep.chunk import OK, arrow_type
from scenarios.sweep.noting import TABLE as HOUSEHOLDS
from scenarios.sweep.plan import Plan, code_version
from scenarios.sweep.resting import bound_in
from scenarios.sweep.watching import Report
from scenarios.version import HASHES, package_versions, source_commit

if TYPE_CHECKING:
    from scenarios.own import OwnCode

PROGRESS = "progress.json"
#: The tables of a sweep.
TABLES = ("runs", "weekly", HOUSEHOLDS, "design")
ROWS_AT_ONCE = 50_000


class SweepChangedError(Exception):
    """The folder holds another sweep, or the same with another version of the model."""


def refuse_other_results(store: Store) -> None:
    """Raise SweepChangedError for the folder of another command or of anybody, StoreError where it cannot be read."""
    with suppress(OtherWriterError):
        if strange := strange_files(store):
            raise SweepChangedError(
                f"{store.folder}: holds {strange}, which gongzhi has not written; expected an empty folder, a new "
                "one, or one that this sweep has begun"
            )
        found = store.manifest
        if not found or found.get("kind") == "sweep":
            return
    raise SweepChangedError(
        f"{store.folder}: {holds(store)}; expected a new folder, or one that this sweep has begun"
    )


def refuse_another(store: Store, plan: Plan, *, strangers: int) -> None:
    """Raise SweepChangedError where the folder's rows would be mixed with others.

    strangers : rows in the folder that are no run of this plan
    A plan that has grown (more seeds, more strategies, more levels) goes on in the same folder.
    """
    refuse_other_results(store)
    earlier = store.manifest
    if not earlier:
        others = store.tables_beside(*TABLES)
        if strangers or others:
            held = f"the table '{others[0]}'" if others else f"{strangers:,} rows"
            raise SweepChangedError(
                f"{store.folder}: holds {held} and no manifest; expected an empty folder or a sweep"
            )
        return
    now = manifest_of(plan)
    changed = [text for key, text in _WHAT.items() if earlier.get(key) != now[key]]
    if strangers or (earlier.get("id") != now["id"]):
        raise SweepChangedError(
            f"{store.folder}: holds {strangers:,} runs of another sweep ({earlier.get('id')}); "
            f"changed since: {', '.join(changed) or 'nothing that is recorded'}; "
            "expected the same sweep, or another folder"
        )


_WHAT = {
    "code": "the model's code",
    "own": "the file of one's own",
    "id": "the sweep",
    "bases": "cases, strategies or constants",
    "tables": "the tables of households or ties",
    "factors": "levers or uncertainties",
    "design": "the design",
    "burn_in": "the burn-in",
    "seeds": "the seeds",
    "outcomes": "the outcomes kept",
    "weekly": "the weekly outcomes kept",
    HOUSEHOLDS: "the households kept",
}


def manifest_of(plan: Plan) -> dict[str, Any]:
    """What determines the rows of a plan, as plain data."""
    seeds = list(plan.seeds[:1]) + list(plan.seeds[-1:])
    return {
        "kind": "sweep",
        "id": plan.id,
        "code": code_version(),
        "model_code": code_of(()),
        "own": None if plan.own is None else plan.own.described(),
        "never_act": [each._asdict() for each in bound_in(plan)],
        "plan": plan.content,
        "runs": len(plan),
        "different_runs": plan.n_different,
        "points": len(plan.points),
        "seeds": {"first": seeds[0], "last": seeds[1], "n": len(plan.seeds)},
        "outcomes": list(plan.outcomes),
        "weekly": list(plan.weekly),
        HOUSEHOLDS: {k: list(v) for k, v in plan.households._asdict().items()}
        if plan.households.weeks
        else None,
        "of_districts": plan.of_districts,
        "factors": [factor.described() for factor in plan.factors],
        "design": dict(plan.described.get("design", {})),
        "limit_seconds": plan.limit_seconds,
        "burn_in": _burn_in(plan),
        "tables": _tables(plan),
        "bases": [
            {
                "case": base.case,
                "strategy": base.strategy,
                "labels": list(base.labels),
                "content": base.content,
                "constants": dict(base.constants),
                "scenario": base.scenario.model_dump(mode="json"),
                "district": base.district.model_dump(mode="json") if base.district else None,
            }
            for base in plan.bases
        ],
        "described": {k: v for k, v in plan.described.items() if k not in ("design", "factors")},
    }


def _burn_in(plan: Plan) -> dict[str, Any] | None:
    """The weeks before the first that counts, and the strategy in force meanwhile."""
    found = plan.bases[0].scenario.burn_in
    return None if found is None else {"weeks": found.weeks, "strategy": found.strategy.id}


def _tables(plan: Plan) -> list[str] | None:
    """The digests of the bases' own households and ties, where there are any."""
    own = [base.scenario.tables for base in plan.bases]
    return [tables.digest if tables else "" for tables in own] if any(own) else None


def begin_record(store: Store, plan: Plan, command: str) -> None:
    """Write the manifest, unless the same one is there; earlier commands are kept."""
    earlier, now = store.manifest, manifest_of(plan)
    commands = [*earlier.get("commands", [])]
    if not commands or commands[-1]["command"] != command or earlier.get("plan") != now["plan"]:
        at = datetime.now(UTC).replace(microsecond=0).isoformat()
        commands.append({"command": command, "date": at})
    made = {
        "tool": "gongzhi",
        "made_by": "sweep",
        **now,
        "commit": source_commit(),
        "hashes": HASHES,
        "versions": {**package_versions(), **_more_versions()},
        "platform": f"{platform.system()} {platform.machine()}",
        "commands": commands,
    }
    if plan.own is not None:
        keep_copy(plan.own.code, store.folder)
    if earlier != made:
        store.write_manifest(made)


def keep_copy(code: "OwnCode", folder: Path) -> None:
    """Write a file of one's own into a folder of results, for the record; of a module, nothing."""
    if code.source is not None:
        write_whole(folder / OWN_COPY, code.source)


def _more_versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("pyarrow", "scipy", "pebble")}


def design_rows(plan: Plan) -> pa.Table:
    """One row a point: `point`, its number in the design, and the value of every factor."""
    firsts = range(0, max(1, len(plan.points)), ROWS_AT_ONCE)
    return pa.concat_tables([_some_design_rows(plan, first) for first in firsts]).combine_chunks()


def _some_design_rows(plan: Plan, first: int) -> pa.Table:
    """`ROWS_AT_ONCE` of them: as Python's objects, points take ten times the room."""
    some = [plan.points[number] for number in range(first, min(first + ROWS_AT_ONCE, len(plan.points)))]
    numbers = np.arange(first, first + len(some))
    columns = {
        "key": texts([f"point-{number:09d}" for number in numbers]),
        "point": column(numbers, pa.int64()),
    }
    for i, factor in enumerate(plan.factors):
        columns[factor.name] = column([point[i] for point in some], arrow_type(factor))
    return pa.table(columns)


def write_design(store: Store, plan: Plan) -> None:
    """Write the design of the plan, unless it is there.

    A plan that has grown has another, and in a folder that shards were copied into lie theirs.
    """
    wanted = design_rows(plan)
    if not store.table("design").equals(wanted):
        store.replace(wanted, table="design")


def tables_of(plan: Plan) -> list[str]:
    """The tables of a plan in which every run that ended well has rows, beside the main one."""
    return kept_tables({"weekly": plan.weekly, HOUSEHOLDS: plan.households.weeks})


def kept_tables(said: Mapping[str, Any]) -> list[str]:
    """The same of a manifest."""
    return [table for table in ("weekly", HOUSEHOLDS) if said.get(table)]


def without_rows(
    store: Store, tables: Sequence[str], *, damaged: Literal["raise", "skip"] = "raise"
) -> set[str]:
    """Keys of runs that ended well and lack rows that they should have in other tables: they are not done.

    tables : where they should; damaged : as in `Store.table`
    """
    if not tables:
        return set()
    rows = store.table(columns=["status"], damaged=damaged)
    ended_well: list[str] = []
    if rows.num_rows:  # else there is no such column
        ended_well = rows.filter(pc.equal(rows["status"], texts([OK])[0]))["key"].to_pylist()
    complete = set(ended_well)
    for table in tables:
        complete &= store.keys(table, damaged=damaged)
    return set(ended_well) - complete


def write_progress(store: Store, report: Report, seconds_left: float) -> None:
    """How far the sweep is, for whoever looks at the folder."""
    data = {
        "runs": report.runs,
        "done": report.there + report.done,
        "failed": report.failed,
        "seconds_left": round(seconds_left),
        "engine_seconds": round(report.engine_seconds, 3),
        "busy_seconds": round(report.busy_seconds, 3),
        "updated": datetime.now(UTC).replace(microsecond=0).isoformat(),
    }
    write_whole(store.folder / PROGRESS, (json.dumps(data, indent=2) + "\n").encode())
