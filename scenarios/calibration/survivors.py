"""Survivors: sets of parameters that the evidence does not rule out, shipped with how they were found.

    sets = load_survivors().take(20)        # twenty sets, evenly over all of them

They stand for what is not known. A result that holds for one set and not for the next is undetermined.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.parameters import Parameters
from scenarios.calibration.space import Space
from scenarios.calibration.targets import CUTOFF, implausibilities
from scenarios.calibration.waves import Plan, Wave
from scenarios.files.problems import ScenarioError
from scenarios.store.files import write_whole

SHIPPED = "survivors.parquet"
_PROVENANCE = b"gongzhi"


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
        """The row that is nearest to all others, in the coefficients the evidence says something about."""
        centred = (self.values - self.values.mean(axis=0)) / np.maximum(self.values.std(axis=0), 1e-12)
        informed = [self.names.index(name) for name in self.provenance.get("informed", self.names)]
        return int(_distances(centred[:, informed]).sum(axis=1).argmin())


def _distances(points: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, points, "cityblock"))


def find_survivors(plan: Plan, waves: Sequence[Wave]) -> Survivors:
    """The simulated sets of all waves that agree with every target, the last wave first.

    Waves rule out by the second-largest implausibility, since emulators err; of what was simulated the largest counts.
    Raises ScenarioError where no set is left.
    """
    points, found = [], []
    for wave in reversed(waves):
        all_targets = implausibilities(plan.targets, wave.simulated.means, wave.simulated.variances)
        holds = all_targets.max(axis=0) <= CUTOFF
        points.append(wave.simulated.points[holds])
        found.append(all_targets[:, holds].T)
    joined = np.concatenate(points)
    if len(joined) == 0:
        raise ScenarioError(
            "no simulated set agrees with every target: they contradict one another or the model"
        )
    space = plan.space
    return Survivors(
        names=space.names,
        values=space.low + joined * space.width,
        targets=tuple(t.id for t in plan.targets),
        implausibility=np.concatenate(found),
        provenance=provenance(plan, waves, joined),
    )


def provenance(plan: Plan, waves: Sequence[Wave], points: np.ndarray) -> dict[str, Any]:
    """How survivors were found, as plain data."""
    return {
        "identity": plan.identity,
        "seed": plan.seed,
        "targets": [t.model_dump() for t in plan.targets],
        "waves": [
            {
                "wave": w.number,
                "tried": w.tried,
                "left": w.left,
                "simulated": len(w.simulated.points),
                "hold": int((w.simulated.implausibility(plan.targets) <= CUTOFF).sum()),
                "ruled_out": w.ruled_out,
                "explained": {name: round(e.explained, 3) for name, e in w.emulators.items()},
            }
            for w in waves
        ],
        "informed": informed(plan.space, points),
    }


def informed(space: Space, points: np.ndarray) -> list[str]:
    """Coefficients whose survivors are not spread evenly over the plausible range (Kolmogorov–Smirnov, p < .001)."""
    from scipy.stats import kstest

    return [
        name
        for name, column in zip(space.names, points.T, strict=True)
        if kstest(column, "uniform").pvalue < 0.001
    ]


def write_survivors(survivors: Survivors, path: Path) -> None:
    """Write survivors as one Parquet file, with their provenance in its metadata."""
    columns = {name: survivors.values[:, i] for i, name in enumerate(survivors.names)}
    columns |= {
        f"implausibility {t}": survivors.implausibility[:, i] for i, t in enumerate(survivors.targets)
    }
    table = pa.table(columns)
    text = json.dumps(survivors.provenance, ensure_ascii=False, sort_keys=True)
    table = table.replace_schema_metadata({_PROVENANCE: text.encode()})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd", compression_level=19)
    write_whole(path, buffer.getvalue())


def load_survivors(path: Path | None = None) -> Survivors:
    """The survivors that are shipped, or those of a file. Raises ScenarioError for a file that holds none."""
    name = str(path) if path else SHIPPED
    shipped = resources.files("scenarios") / "calibration" / SHIPPED
    try:
        content = path.read_bytes() if path else shipped.read_bytes()
        table = pq.read_table(BytesIO(content))
        held = json.loads((table.schema.metadata or {})[_PROVENANCE])
    except (OSError, pa.ArrowInvalid, KeyError, ValueError) as error:
        raise ScenarioError(
            f"{name}: not a file of survivors ({error}); expected one of gongzhi calibrate"
        ) from None
    targets = [n for n in table.column_names if n.startswith("implausibility ")]
    names = tuple(n for n in table.column_names if n not in targets)
    unknown = [n for n in names if n not in Parameters.model_fields]
    if unknown or table.num_rows == 0:
        raise ScenarioError(f"{name}: {', '.join(unknown) or 'no sets'}; expected parameters of this version")

    def matrix(columns: Sequence[str]) -> np.ndarray:
        return np.column_stack([table[n].to_numpy() for n in columns])

    return Survivors(
        names,
        matrix(names),
        tuple(t.removeprefix("implausibility ") for t in targets),
        matrix(targets),
        held,
    )
