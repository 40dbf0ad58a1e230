"""Which sets survive all waves, and how they were found: written to the file that `scenarios.plausible` reads."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.calibration.space import Space
from scenarios.calibration.targets import CUTOFF, implausibilities
from scenarios.calibration.waves import Plan, Wave
from scenarios.files.problems import ScenarioError
from scenarios.plausible import PROVENANCE, Survivors
from scenarios.store.files import write_whole


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
    table = table.replace_schema_metadata({PROVENANCE: text.encode()})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd", compression_level=19)
    write_whole(path, buffer.getvalue())
