"""How far sets of parameters are from every target, simulated on compounds of one's choice."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.parameters import Parameters
from scenarios.calibration.experiments import statistics
from scenarios.calibration.targets import Target, implausibilities

#: First seed of compounds that no wave has seen.
OTHER_COMPOUNDS = 1_000_000


class Agreement(NamedTuple):
    """What sets give beside the targets.

    means : of every statistic by name, (sets,); away : implausibilities, (targets, sets)
    """

    means: dict[str, np.ndarray]
    away: np.ndarray


def agreement(
    sets: Sequence[Parameters], targets: Sequence[Target], *, first_seed: int = 0, threads: int | None = None
) -> Agreement:
    """Simulate every statistic under each set and compare it with the targets.

    first_seed : of the compounds; 0 is what the waves simulate, `OTHER_COMPOUNDS` what they have not seen
    """
    found = statistics(sets, first_seed=first_seed, threads=threads)
    means = {name: np.array([of[name].value for of in found]) for name in found[0]}
    variances = {name: np.array([of[name].variance for of in found]) for name in found[0]}
    return Agreement(means, implausibilities(tuple(targets), means, variances))
