"""Results for other programs: CSV, Parquet, netCDF, and an RO-Crate, a folder to publish."""

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.files.spreadsheets import write_csv
from scenarios.publishing import publish, scratch_for
from scenarios.reading import names_in
from scenarios.store.citing import in_words
from scenarios.store.citing import made as cited
from scenarios.store.files import OWN_COPY, StoreError
from scenarios.store.manifest import model_code
from scenarios.store.oddd import odd_d
from scenarios.store.opening import HOUSEHOLDS, Opened, outcomes_beside
from scenarios.store.store import CRATE

#: Classic netCDF has no whole numbers beyond 32 bits.
_LARGEST_WHOLE = 2**31 - 1
#: The model in full; part of the source tree.
_ODD = Path(__file__).parents[2] / "docs" / "odd.md"


def export_table(found: Opened, goal: Path, form: str, table: str = "runs") -> None:
    """Write one table as `csv`, `parquet` or `netcdf`: whole, or not at all.

    Raises OSError, StoreError where there is no such table.
    """
    if table not in found.store.tables():
        raise StoreError(
            f"{found.store.folder}: no table {table!r}; expected {' or '.join(found.store.tables()) or 'any'}"
        )
    goal.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=goal.parent, prefix=f".{goal.name}.") as scratch:
        made = Path(scratch) / "made"
        if form == "netcdf":
            _write_netcdf(found, made, table)
        elif form == "csv":
            write_csv(found.frame(table), made, exact=found.factors)
        else:
            pq.write_table(_with_units(found, found.frame(table)), made, compression="zstd")
        made.replace(goal)


def _write_netcdf(found: Opened, made: Path, table: str) -> None:
    data = found.xarray(table)
    for name, variable in data.variables.items():
        if (
            variable.dtype.kind == "i"
            and variable.size
            and abs(variable.astype(float)).max() > _LARGEST_WHOLE
        ):
            wide = {name: (variable.dims, _large(variable.to_numpy()), variable.attrs)}
            data = data.assign_coords(wide) if name in data.coords else data.assign(wide)
    # Classic netCDF: every program reads it, SciPy writes it, and names may have dots.
    data.to_netcdf(made, engine="scipy", format="NETCDF3_64BIT")


def _large(values: np.ndarray) -> np.ndarray:
    """Whole numbers beyond 32 bits, such as seeds, in double precision; as text where that is not exact."""
    doubles = values.astype(np.float64)
    return doubles if (doubles.astype(np.int64) == values).all() else values.astype(str)


def _with_units(found: Opened, frame: pd.DataFrame) -> pa.Table:
    """The table with label and unit of each outcome as metadata of its column."""
    from model.measures import SUMMARY
    from scenarios.totals import TOTALS

    table = pa.Table.from_pandas(frame, preserve_index=False)
    known = {
        name: {"en": info.en, "zh": info.zh, "unit": info.unit, "definition": info.definition}
        for name, info in {**TOTALS, **SUMMARY}.items()
    }
    known |= outcomes_beside(found.manifest)
    for i, field in enumerate(table.schema):
        info = known.get(field.name)
        if info is not None:
            described = {
                "label": info["en"],
                "label_zh": info["zh"],
                "unit": info["unit"],
                "definition": info["definition"],
            }
            table = table.cast(table.schema.set(i, field.with_metadata(described)))
    return table


class Publisher(NamedTuple):
    """Who publishes a crate and under what licence: what the record of a sweep cannot know.

    authors : names, each with an address such as an ORCID behind it in <…> where there is one
    licence : an address, or an SPDX identifier such as CC-BY-4.0; empty where none has been chosen
    """

    authors: tuple[str, ...] = ()
    licence: str = ""


NOBODY = Publisher()


def export_crate(found: Opened, goal: Path, publisher: Publisher = NOBODY) -> None:
    """A folder after RO-Crate 1.1: tables, inputs, manifest, the model after ODD+D, and `ro-crate-metadata.json`.

    goal : a crate that is there is replaced
    Raises OSError; StoreError where the manifest does not say what is written, and where `goal` holds other files.
    """
    manifest = found.manifest_for("ro-crate")
    if strange := others_files(goal):
        raise StoreError(f"{goal}: holds {strange}, which no export has written; expected another folder")
    goal.parent.mkdir(parents=True, exist_ok=True)
    scratch = scratch_for(goal)
    try:
        for table in ("design", "runs", "weekly", HOUSEHOLDS):
            if table in found.store.tables():
                export_table(found, scratch / f"{table}.parquet", "parquet", table)
        export_table(found, scratch / "runs.csv", "csv")
        _write_json(manifest, scratch / "manifest.json")
        _write_json(manifest.get("bases", []), scratch / "scenarios.json")
        status = found.arrow()["status"].to_pylist()
        failed = sum(s != "ok" for s in status)
        described = odd_d(manifest, runs=len(status), failed=failed)
        (scratch / "odd_d.md").write_text(described, encoding="utf-8")
        own = found.store.folder / OWN_COPY
        if own.is_file():
            shutil.copyfile(own, scratch / OWN_COPY)
        if _ODD.is_file():
            shutil.copyfile(_ODD, scratch / "odd.md")
        _write_json(crate(manifest, scratch, publisher, done=len(status) - failed), scratch / CRATE)
        publish(scratch, goal, CRATE, _FILES)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def others_files(goal: Path) -> str:
    """What a folder holds beside a crate, all of which goes where another takes its place; in words."""
    return names_in(goal, {*_FILES, CRATE})


def _write_json(content: Any, file: Path) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


_FILES = {
    "runs.parquet": ("One row a run: key, factors, seed, status, outcomes", "application/vnd.apache.parquet"),
    "runs.csv": ("The same as comma-separated values", "text/csv"),
    "weekly.parquet": ("Outcomes by run and week", "application/vnd.apache.parquet"),
    "households.parquet": ("Households by run and week", "application/vnd.apache.parquet"),
    "design.parquet": ("The points of the design", "application/vnd.apache.parquet"),
    "scenarios.json": ("Every number of the cases and strategies that were run", "application/json"),
    "manifest.json": (
        "How the runs came about: scenarios, design, seeds, versions, commands",
        "application/json",
    ),
    OWN_COPY: (
        "The researcher's own instruments, outcomes, agents or model, as they were run",
        "text/x-python",
    ),
    "odd.md": ("The model in full, after the ODD+D protocol", "text/markdown"),
    "odd_d.md": ("This experiment after the ODD+D protocol, to be completed", "text/markdown"),
}
#: What the runs were made from; the rest came of them.
_INPUTS = ("design.parquet", "scenarios.json", OWN_COPY)


def crate(
    manifest: dict[str, Any], folder: Path, publisher: Publisher = NOBODY, *, done: int | None = None
) -> dict[str, Any]:
    """The metadata of an RO-Crate of a sweep, as JSON-LD. done : runs with their outcomes; all where None"""
    described = manifest.get("described", {})
    files = [
        {
            "@id": name,
            "@type": "File",
            "name": name,
            "description": what,
            "encodingFormat": kind,
            "contentSize": str((folder / name).stat().st_size),
        }
        for name, (what, kind) in _FILES.items()
        if (folder / name).exists()
    ]
    people, licence = [_person(author) for author in publisher.authors], _licence(publisher.licence)
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": described.get("en") or manifest.get("id", "results"),
        "description": described.get("asks_en")
        or "Results of a parameter sweep of an agent-based model. Simulated.",
        "datePublished": datetime.now(UTC).date().isoformat(),
        "license": {"@id": licence["@id"]},
        **({"author": _one_or_all(people)} if people else {}),
        "hasPart": _named(files),
        "mentions": {"@id": "#run"},
        "variableMeasured": manifest.get("outcomes", []),
    }
    if manifest.get("commands") and "code" in manifest and "gongzhi" in manifest.get("versions", {}):
        root["creditText"] = " ".join(in_words(cited(manifest, done), publisher.authors, "en"))
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    context = "https://w3id.org/ro/crate/1.1/context"
    made = [_action(manifest, files, people), _software(manifest)]
    return {"@context": context, "@graph": [descriptor, root, *files, licence, *people, *made]}


def _named(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]


def _one_or_all(entities: list[dict[str, Any]]) -> dict[str, str] | list[dict[str, str]]:
    named = _named(entities)
    return named[0] if len(named) == 1 else named


def _action(
    manifest: dict[str, Any], files: list[dict[str, Any]], people: list[dict[str, Any]]
) -> dict[str, Any]:
    """The sweep: by what, from what, to what, when."""
    commands = manifest.get("commands", [])
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Sweep {manifest.get('id', '')}",
        "instrument": {"@id": "#gongzhi"},
        **({"agent": _one_or_all(people)} if people else {}),
        "description": "; ".join(c["command"] for c in commands),
        **({"endTime": commands[-1]["date"]} if commands else {}),
        "object": _named([entry for entry in files if entry["@id"] in _INPUTS]),
        "result": _named([entry for entry in files if entry["@id"] not in _INPUTS]),
    }


def _software(manifest: dict[str, Any]) -> dict[str, Any]:
    versions = manifest.get("versions", {})
    commit = manifest.get("commit", "")
    return {
        "@id": "#gongzhi",
        "@type": "SoftwareApplication",
        "name": "gongzhi",
        "version": f"{versions.get('gongzhi', '')}, model code {model_code(manifest)}"
        + (f", commit {commit}" if commit else ""),
        "softwareRequirements": ", ".join(f"{name} {v}" for name, v in sorted(versions.items())),
    }


def _person(author: str) -> dict[str, Any]:
    """`Wang Fang <https://orcid.org/…>` as a person; without an address one within the crate."""
    name, _, address = author.partition("<")
    name, address = name.strip(), address.strip().removesuffix(">")
    return {"@id": address or f"#{quote(name)}", "@type": "Person", "name": name or address}


def _licence(licence: str) -> dict[str, Any]:
    """An SPDX identifier or an address as a work; where none is chosen, a work that says so."""
    if not licence:
        text = "None has been chosen: whoever publishes this folder chooses one, and until then reserves all rights."
        return {"@id": "#licence", "@type": "CreativeWork", "name": "No licence chosen", "description": text}
    address = licence if "://" in licence else f"https://spdx.org/licenses/{licence}"
    return {
        "@id": address,
        "@type": "CreativeWork",
        "name": licence,
        "description": f"The licence {licence}.",
    }
