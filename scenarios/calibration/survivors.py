"""Which sets survive, and how they were found: written to the file that `scenarios.plausible` reads."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.calibration.space import Space
from scenarios.calibration.targets import CUTOFF, largest, ruled_out
from scenarios.calibration.waves import Plan, Simulated, Wave
from scenarios.files.problems import ScenarioError
from scenarios.plausible import PROVENANCE, Survivors
from scenarios.store.files import write_whole


def find_survivors(plan: Plan, waves: Sequence[Wave], closer: Simulated) -> Survivors:
    """The sets that agree with every target in the last look, the last wave's first.

    closer : what agreed with every target in its wave, simulated again (`look_closer`)
    Raises ScenarioError where no set is left.
    """
    away = closer.away(plan.targets)
    holds = largest(away) <= CUTOFF
    if not holds.any():
        raise ScenarioError(
            "no simulated set agrees with every target: they contradict one another or the model"
        )
    points, space = closer.points[holds], plan.space
    return Survivors(
        names=space.names,
        values=space.low + points * space.width,
        targets=tuple(t.id for t in plan.targets),
        implausibility=away[:, holds].T,
        provenance={
            **_of_waves(plan, waves),
            "last_look": {
                "simulated": len(holds),
                "agree": int(holds.sum()),
                "ruled_out": ruled_out(plan.targets, away),
            },
            "informed": informed(space, points),
        },
    )


def _of_waves(plan: Plan, waves: Sequence[Wave]) -> dict[str, Any]:
    """What was done, as plain data."""
    return {
        "identity": plan.identity,
        "seed": plan.seed,
        "targets": [t.model_dump() for t in plan.targets],
        "waves": [
            {
                "wave": w.number,
                "tried": w.tried,
                "left": w.left,
                "simulated": len(w.agree),
                "agree": int(w.agree.sum()),
                "ruled_out": w.ruled_out,
                "explained": {name: round(e.explained, 3) for name, e in w.emulators.items()},
            }
            for w in waves
        ],
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
