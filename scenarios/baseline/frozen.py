"""The ten tasks, and what the model's own rules make of them."""

import hashlib
import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from model.engine import Results, simulate
from model.measures import Outcome
from model.settings import with_settings
from model.specification import Scenario

#: What is compared: at the end of a task, one number a seed.
OUTCOMES = (
    "headline_consent",
    "valid_consent",
    "insincere_share",
    "mean_support",
    "trust_office",
    "payment_rate",
)


class Task(NamedTuple):
    """One frozen situation. scenario : everything but the luck; seeds : the luck it is run with"""

    id: str
    zh: str
    en: str
    scenario: Scenario
    seeds: tuple[int, ...]


class Measured(NamedTuple):
    """What came of a task. values : a row a seed, a column an outcome; digest : of every number of every week"""

    task: Task
    values: pd.DataFrame
    digest: str


def _read(name: str) -> str:
    return (files("scenarios") / "baseline" / name).read_text(encoding="utf-8")


@cache
def tasks() -> tuple[Task, ...]:
    """The ten tasks, in order."""
    found = tomllib.loads(_read("tasks.toml"))
    seeds = tuple(range(1, found["seeds"] + 1))
    shared = {**found["settings"], "horizon_weeks": found["weeks"]}
    return tuple(
        Task(name, said["zh"], said["en"], _scenario({**shared, **said.get("settings", {})}), seeds)
        for name, said in found["tasks"].items()
    )


def _scenario(settings: dict[str, Any]) -> Scenario:
    return with_settings(Scenario(), settings)


def frozen_digests() -> dict[str, str]:
    """The digest of each task when it was frozen, or when the model last moved."""
    found: dict[str, str] = json.loads(_read("digests.json"))
    return found


def measure() -> list[Measured]:
    """Every task under the model's own rules, by the compiled engine: the same to the last bit, wherever it is run."""
    return [of_results(task, simulate(task.scenario, task.seeds)) for task in tasks()]


def of_results(task: Task, *results: Results) -> Measured:
    """What is measured of a task, from one run of all its seeds or from a run a seed."""
    series = np.concatenate([found.series for found in results])
    columns = {name: series[:, -1, Outcome[name.upper()]].astype(float) for name in OUTCOMES}
    return Measured(task, pd.DataFrame(columns, index=pd.Index(task.seeds, name="seed")), _digest(series))


def _digest(series: np.ndarray) -> str:
    """Of every weekly outcome of every seed; what is no number counts as such, whatever its bits."""
    whole = np.where(np.isnan(series), np.float64(-1e300), series.astype(np.float64))
    return hashlib.blake2b(np.ascontiguousarray(whole).tobytes(), digest_size=16).hexdigest()
