"""One run of a sweep once more, from what the folder says of it."""

from pathlib import Path
from typing import Any

from model.engine import Results, simulate_runs
from model.engine import Run as EngineRun
from model.specification import District, Scenario
from scenarios.district import runs_of_seeds
from scenarios.files.settings import table_with_values, with_values
from scenarios.store import StoreError
from scenarios.store.opening import open_results


def repeat_run(folder: str | Path, key: str) -> Results:
    """Run one run of a sweep again, exactly, in this process; of a district all its compounds.

    key : of the run, as in its row; the first digits are enough
    Raises StoreError where the folder has no such run.
    """
    scenario, district, seed = scenario_of(folder, key)
    if district is None:
        return simulate_runs([EngineRun(scenario, seed)], threads=1)
    return simulate_runs(runs_of_seeds(scenario, district, [seed]), threads=1)


def scenario_of(folder: str | Path, key: str) -> tuple[Scenario, District | None, int]:
    """The scenario, the district where there is one, and the seed of one run of a sweep."""
    opened = open_results(folder)
    rows = [row for row in opened.arrow().to_pylist() if row["key"].startswith(key)]
    if len(rows) != 1:
        found = f"{len(rows)} runs begin so" if rows else "no such run"
        raise StoreError(f"{folder}: key {key[:40]!r}: {found}; expected the key of one run")
    row, manifest = rows[0], opened.manifest
    base: dict[str, Any] = next(b for b in manifest["bases"] if b["content"] == row["scenario"])
    values = {tuple(name.split(".")): row[name] for name in opened.factors}
    scenario = with_values(Scenario.model_validate(base["scenario"]), values)
    plain = base["district"]
    district = table_with_values("district", District.model_validate(plain), values) if plain else None
    return scenario, district, int(row["seed"])
