"""Sets of parameters that the evidence leaves standing: they stand for what is not known of the parameters.

    sets = load_survivors().rows(20)        # twenty sets, evenly over all of them
    with_plausible_set(scenario, 17)        # what `--set plausible_set=17` does

A result that holds for one set and not for the next is undetermined. `gongzhi calibrate` finds them.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Scenario

SHIPPED = "survivors.parquet"
#: SHA-256 of the file that is shipped. It stands in the code so that the key of a row changes with the sets.
SHIPPED_SHA256 = "59706f6fa65bd011077a745ba13d541aff2372259e2fe5fa2031085e124742ad"
#: Key of the provenance in the metadata of the file.
PROVENANCE = b"gongzhi"
#: The setting that takes a set by its number.
PLAUSIBLE_SET = "plausible_set"


@dataclass(frozen=True)
class Survivors:
    """Sets that are left.

    values : (sets, coefficients), in the unit of each coefficient; names : of the columns
    implausibility : (sets, targets); targets : their ids; provenance : how they were found, plain data
    """

    names: tuple[str, ...]
    values: np.ndarray
    targets: tuple[str, ...]
    implausibility: np.ndarray
    provenance: dict[str, Any]

    def __len__(self) -> int:
        return len(self.values)

    def parameters(self, row: int, known: dict[str, float] | None = None) -> Parameters:
        """One set; what is `known` for certain wins over it."""
        drawn = dict(zip(self.names, map(float, self.values[row]), strict=True))
        return Parameters(**{**drawn, **(known or {})})

    def rows(self, n: int) -> list[int]:
        """Rows of `n` sets, evenly over all of them; every set where there are no more. Raises ValueError below 1."""
        if n < 1:
            raise ValueError(f"{n} sets; expected 1 or more")
        return sorted({int(row) for row in np.linspace(0, len(self) - 1, min(n, len(self))).round()})

    @cached_property
    def medoid(self) -> int:
        """The row that is nearest to all others: the default of every coefficient that was calibrated."""
        scaled = self.values / np.maximum(self.values.std(axis=0), 1e-12)
        return int(_distances(scaled).sum(axis=1).argmin())


def _distances(points: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, points, "cityblock"))


def load_survivors(path: Path | None = None) -> Survivors:
    """The survivors that are shipped, or those of a file. Raises ValueError for a file that holds none."""
    return _read(path) if path else _shipped()


@cache
def _shipped() -> Survivors:
    return _read(None)


def _read(path: Path | None) -> Survivors:
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = str(path) if path else SHIPPED
    shipped = resources.files("scenarios") / "calibration" / SHIPPED
    try:
        content = path.read_bytes() if path else shipped.read_bytes()
        if path is None and (found := hashlib.sha256(content).hexdigest()) != SHIPPED_SHA256:
            raise ValueError(f"its SHA-256 is {found}, and not {SHIPPED_SHA256}")
        table = pq.read_table(BytesIO(content))
        held = json.loads((table.schema.metadata or {})[PROVENANCE])
    except (OSError, pa.ArrowInvalid, KeyError, ValueError) as error:
        raise ValueError(
            f"{name}: not a file of survivors ({error}); expected one of gongzhi calibrate"
        ) from None
    targets = [n for n in table.column_names if n.startswith("implausibility ")]
    names = tuple(n for n in table.column_names if n not in targets)
    unknown = [n for n in names if n not in Parameters.model_fields]
    if unknown or table.num_rows == 0:
        raise ValueError(f"{name}: {', '.join(unknown) or 'no sets'}; expected parameters of this version")

    def matrix(columns: Sequence[str]) -> np.ndarray:
        return np.column_stack([table[n].to_numpy() for n in columns])

    return Survivors(
        names,
        matrix(names),
        tuple(t.removeprefix("implausibility ") for t in targets),
        matrix(targets),
        held,
    )


@cache
def number_of_sets() -> int:
    """How many sets are shipped; their numbers are from 0."""
    return len(load_survivors())


def set_by(scenario: Scenario) -> dict[str, float]:
    """The parameters that a scenario's file or its user says: what differs from the defaults, and defaults stated."""
    usual = Parameters()
    return {n: v for n, v in scenario.parameters if v != getattr(usual, n) or n in scenario.stated}


def with_plausible_set(scenario: Scenario, row: int) -> Scenario:
    """The scenario under one plausible set of parameters; what it sets itself stays as it is."""
    return under(load_survivors(), row, scenario)


def under(survivors: Survivors, row: int, scenario: Scenario) -> Scenario:
    """The scenario under one of some sets; what it sets itself stays as it is."""
    return with_settings(scenario, {"parameters": survivors.parameters(row, set_by(scenario))})
