"""Our store as Mesa 4's: what `run_scenarios` writes is on the disk, checked, and goes on after a kill.

A run's outputs are written by the worker, each as a part of its own table; then the driver writes the run's row,
with its status, to the main table. Killed in between, the run counts as not done and is run again; the same run gives
the same rows, of which the first count.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from scenarios.identity import code_of
from scenarios.mesa4.parts import part
from scenarios.mesa4.runs import beginning, generator, seed_of
from scenarios.store import Store, StoreError, key_of
from scenarios.store.store import strange_files
from scenarios.version import HASHES, package_versions, source_commit

_Scenario = part("scenario", "Scenario")
_RunId, _RunRecord, _Status = part("store", "RunId", "RunRecord", "Status")
_FailureInfo, _FailureOrigin = part("exceptions", "FailureInfo", "FailureOrigin")
_NotFound, _NotReady, _Failed, _Aborted = part(
    "exceptions",
    "ScenarioNotFoundException",
    "ScenarioNotReadyException",
    "ScenarioFailedException",
    "ScenarioAbortedException",
)
#: Before the name of an output, the table of its rows.
_OUTPUT = "output_"
SCENARIOS = "scenarios"


class Kept(NamedTuple):
    """What a worker hands back: the run whose outputs are on the disk, and in which tables."""

    run_id: Any
    payload: tuple[str, ...]


class MesaWriter:
    """What a worker gets of the store: writes the outputs of a run. Can be pickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def to_reference(self, run_id: Any, outcome: dict[str, pd.DataFrame]) -> Kept:
        """Write every output of a run; when this returns they are safe on the disk. Raises StoreError."""
        store = Store(self.folder)
        for name, frame in outcome.items():
            if not (name.isidentifier() and name.isascii() and name == name.lower()):
                raise StoreError(f"output {name!r}: expected a name of small letters, digits and _")
            rows = pa.Table.from_pandas(frame.rename(columns=str), preserve_index=False)
            store.append(rows, keys=_key(run_id), table=f"{_OUTPUT}{name}")
        return Kept(run_id, tuple(outcome))


class MesaStore:
    """A folder of results that `run_scenarios` writes to, and resumes.

    folder : made on the first write
    Raises StoreError for a folder that holds runs of other code, or other scenarios under the same numbers.
    """

    def __init__(self, folder: str | Path) -> None:
        self.store = Store(folder)
        self._scenarios: dict[str, Any] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._read()

    def _read(self) -> None:
        """What an earlier process has left."""
        if strange := strange_files(self.store):
            raise StoreError(
                f"{self.store.folder}: holds {strange}, which gongzhi has not written; expected an empty folder, a "
                "new one, or one of Mesa runs"
            )
        if self.store.manifest and self.store.manifest.get("made_by") != "run_scenarios":
            raise StoreError(
                f"{self.store.folder}: holds other results; expected an empty folder or Mesa runs"
            )
        self._rows = {row["key"]: row for row in self.store.table().to_pylist()}
        for row in self.store.table(SCENARIOS).to_pylist():
            self._scenarios[row["key"]] = _scenario_again(row)

    # -- what run_scenarios calls -------------------------------------------------------------------------

    def writer(self) -> MesaWriter:
        """What workers get."""
        return MesaWriter(self.store.folder)

    def write_scenarios(self, scenarios: Sequence[Any]) -> None:
        """Record what is going to be run, beside what is there already. Raises StoreError, TypeError."""
        self.store.mend()
        self._read()
        self._refuse_others(scenarios)
        self._scenarios |= {_key(scenario): scenario for scenario in scenarios}
        rows = [_described(key, scenario) for key, scenario in sorted(self._scenarios.items())]
        self._write_manifest()
        if rows:
            self.store.replace(pa.Table.from_pylist(rows), table=SCENARIOS)

    def _refuse_others(self, scenarios: Sequence[Any]) -> None:
        manifest = self.store.manifest
        if manifest and manifest["code"] != code_of(()):
            raise StoreError(
                f"{self.store.folder}: its runs were made by other code of the model; expected another folder"
            )
        for scenario in scenarios:
            there = self._scenarios.get(_key(scenario))
            if there is not None and identity(there) != identity(scenario):
                raise StoreError(
                    f"{self.store.folder}: run {_key(scenario)} is there with other parameters or another seed; "
                    "expected the same scenarios, or another folder"
                )

    def _write_manifest(self) -> None:
        """By which code the runs are made, how many they are, and a digest of them; unless the same is there."""
        earlier = self.store.manifest
        described = {
            "tool": "gongzhi",
            "made_by": "run_scenarios",
            "code": code_of(()),
            "plan": key_of([[key, identity(scenario)] for key, scenario in sorted(self._scenarios.items())]),
            "runs": len(self._scenarios),
        }
        if all(earlier.get(name) == value for name, value in described.items()):
            return
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        command = {"command": "mesa.experimental.scenarios.run_scenarios", "date": now}
        made = {"commit": source_commit(), "hashes": HASHES, "versions": package_versions()}
        self.store.write_manifest({**described, **made, "commands": [*earlier.get("commands", []), command]})

    def read_scenarios(self) -> list[Any]:
        """The scenarios that are recorded."""
        return list(self._scenarios.values())

    def mark_succeeded(self, ref: Any) -> None:
        """A run has ended well, and its outputs are on the disk."""
        self._mark(ref.run_id, _Status.SUCCEEDED, tables=",".join(ref.payload))

    def mark_failed(self, run_id: Any, failure: Any) -> None:
        """A run has failed; why is kept."""
        self._mark(run_id, _Status.FAILED, failure)

    def mark_aborted(self, run_id: Any, failure: Any) -> None:
        """A run was broken off, such as by the end of its worker."""
        self._mark(run_id, _Status.ABORTED, failure)

    def _mark(self, run_id: Any, status: Any, failure: Any = None, tables: str = "") -> None:
        key = _key(run_id)
        scenario = self._scenario(run_id)
        row = {
            "key": key,
            "scenario_id": int(run_id.scenario_id),
            "replication_id": _number(run_id.replication_id),
            "status": "ok" if status is _Status.SUCCEEDED else status.value.lower(),
            "identity": identity(scenario),
            "outputs": tables,
            "origin": failure.origin.value if failure else "",
            "exception": failure.exception_type if failure else "",
            "error": failure.message if failure else "",
            "traceback": failure.traceback if failure else "",
        }
        if key in self._rows:
            self.store.forget({key})
        self.store.append(pa.Table.from_pylist([row]))
        self._rows[key] = row

    # -- what is there ------------------------------------------------------------------------------------

    def missing(self, scenarios: Iterable[Any], *, failed: bool = False) -> list[Any]:
        """Those that are to be run: all but what is done. failed : what has failed as well

        `run_scenarios` runs whatever it is given: give it these.
        """
        self._refuse_others(scenarios := list(scenarios))
        over = {"ok"} if failed else {"ok", "failed"}
        return [s for s in scenarios if self._rows.get(_key(s), {}).get("status") not in over]

    def check_status(self, run_id: Any) -> Any:
        """Of a run: pending, succeeded, failed or aborted, as Mesa's `Status`."""
        self._scenario(run_id)
        found = self._rows.get(_key(run_id), {}).get("status", "pending")
        return _Status("SUCCEEDED" if found == "ok" else found.upper())

    def status(self) -> pd.DataFrame:
        """One row a run: its status, by scenario and replication."""
        ids = [(s.scenario_id, s.replication_id) for s in self._scenarios.values()]
        index = pd.MultiIndex.from_tuples(ids, names=["scenario_id", "replication_id"])
        return pd.DataFrame({"status": [self.check_status(s).value for s in self._scenarios.values()]}, index)

    def retrieve_output(self, run_id: Any) -> dict[str, pd.DataFrame]:
        """The outputs of a run, every byte checked. Raises Mesa's exceptions for a run that has none."""
        status, row = self.check_status(run_id), self._rows.get(_key(run_id), {})
        if status is _Status.FAILED:
            raise _Failed(run_id, _failure(row))
        if status is _Status.ABORTED:
            raise _Aborted(run_id, _failure(row))
        if status is not _Status.SUCCEEDED:
            raise _NotReady(run_id)
        names = [name for name in row["outputs"].split(",") if name]
        return {name: self._output(name, {_key(run_id)}).drop(columns="key") for name in names}

    def output(self, name: str) -> pd.DataFrame:
        """One output of every run that ended well, with the parameters of each beside it: one table to analyse."""
        done = {key for key, row in self._rows.items() if row["status"] == "ok"}
        parameters = pd.DataFrame(
            [{"key": key, "scenario_id": self._scenarios[key].scenario_id, **_parameters(self._scenarios[key])}
             for key in sorted(done)]
        )  # fmt: skip
        found = self._output(name, done)
        own = [column for column in parameters if column == "key" or column not in found]
        return parameters[own].merge(found, on="key").drop(columns="key") if done else found

    def _output(self, name: str, keys: set[str]) -> pd.DataFrame:
        rows = self.store.table(f"{_OUTPUT}{name}").to_pandas()
        return rows[rows["key"].isin(keys)].reset_index(drop=True)

    def succeeded(self) -> dict[Any, Any]:
        """Runs that ended well."""
        return self._of(_Status.SUCCEEDED)

    def failed(self) -> dict[Any, Any]:
        """Runs that failed."""
        return self._of(_Status.FAILED)

    def pending(self) -> dict[Any, Any]:
        """Runs that are still to be done."""
        return self._of(_Status.PENDING)

    def aborted(self) -> dict[Any, Any]:
        """Runs that were broken off."""
        return self._of(_Status.ABORTED)

    def _of(self, status: Any) -> dict[Any, Any]:
        """Runs of a status, each with its record; outputs are read when they are asked for."""
        found = {}
        for key, scenario in self._scenarios.items():
            if self.check_status(scenario) is status:
                failure = _failure(self._rows[key]) if status in (_Status.FAILED, _Status.ABORTED) else None
                run_id = _RunId(scenario.scenario_id, scenario.replication_id)
                found[run_id] = _RunRecord(scenario=scenario, status=status, failure=failure)
        return found

    def _scenario(self, run_id: Any) -> Any:
        try:
            return self._scenarios[_key(run_id)]
        except KeyError:
            raise _NotFound(run_id) from None


def identity(scenario: Any) -> str:
    """Of a scenario: a digest of its parameters and seed. Raises TypeError for what is no plain number or text."""
    return key_of(_parameters(scenario), seed_of(scenario))


def _key(run: Any) -> str:
    """The key of a run, from a scenario or a `RunId`."""
    return f"{int(run.scenario_id):07d}_{_number(run.replication_id):07d}"


def _number(replication: int | None) -> int:
    """The number of a replication; of a scenario that is none, as Mesa has it."""
    return -1 if replication is None else int(replication)


def _parameters(scenario: Any) -> dict[str, Any]:
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in scenario}


def _described(key: str, scenario: Any) -> dict[str, Any]:
    """A scenario as a row: from which it can be made again."""
    return {
        "key": key,
        "scenario_id": int(scenario.scenario_id),
        "replication_id": _number(scenario.replication_id),
        "parameters": json.dumps(_parameters(scenario), ensure_ascii=False, allow_nan=False),
        "generator": json.dumps(beginning(scenario), default=_plain),
    }


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy's generators for JSON."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be kept; expected a number, a text or a list of them")


def _scenario_again(row: dict[str, Any]) -> Any:
    return _Scenario(
        rng=generator(json.loads(row["generator"])),
        scenario_id=row["scenario_id"],
        replication_id=row["replication_id"],
        **json.loads(row["parameters"]),
    )


def _failure(row: dict[str, Any]) -> Any:
    origin = _FailureOrigin(row["origin"])
    return _FailureInfo(origin, row["exception"], row["error"], row["traceback"])
