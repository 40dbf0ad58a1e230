"""The set in the middle of the survivors, which as the medoid of all becomes the default."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.parameters import declarations
from scenarios.calibration.agreement import agreement
from scenarios.calibration.targets import CUTOFF, Target
from scenarios.calibration.waves import LAST_LOOK
from scenarios.plausible import Survivors

#: Significant digits of its coefficients, so that they can be read and given by hand.
DIGITS = 3
#: How far to go from the medoid to the middle: the first that agrees with every target is taken.
STEPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def with_centre(survivors: Survivors, targets: Sequence[Target], *, threads: int | None = None) -> Survivors:
    """The survivors and, behind them, the set in their middle.

    It is simulated as survivors were; where it does not agree with every target, a set between it and the medoid of the
    survivors is taken. The survivors alone are returned where none of these agrees.
    """
    nearest, middle = survivors.values[survivors.medoid], middle_of(survivors)
    points = np.array([middle + (1.0 - step) * (nearest - middle) for step in STEPS])
    between = replace(survivors, values=points)
    sets = [between.parameters(row) for row in range(len(between))]
    away = agreement(sets, targets, LAST_LOOK, threads=threads).away
    holds = np.flatnonzero(away.max(axis=0) <= CUTOFF)
    if holds.size == 0:
        return survivors
    first = int(holds[0])
    return replace(
        survivors,
        values=np.vstack([survivors.values, points[first]]),
        implausibility=np.vstack([survivors.implausibility, away[:, first]]),
        provenance={**survivors.provenance, "centre": {"step": STEPS[first]}},
    )


def middle_of(survivors: Survivors) -> np.ndarray:
    """The middle of the survivors. (coefficients,)

    The median of what the evidence informs, and of mechanisms that were added later, which are declared so that they do
    nothing. What is declared of the rest, with its source: nothing was learnt of it.
    """
    declared, informed = declarations(), set(survivors.provenance["informed"])
    values = []
    for name, median in zip(survivors.names, np.median(survivors.values, axis=0), strict=True):
        moves = name in informed or declared[name].neutral
        values.append(float(f"{median:.{DIGITS}g}") if moves else declared[name].declared)
    return np.array(values)
