"""How far sets of parameters are from every target, simulated on compounds of one's choice."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.parameters import Parameters
from scenarios.calibration.experiments import Sample, statistics
from scenarios.calibration.targets import Target, implausibilities

#: Compounds that neither a wave nor the last look has seen, as many as a wave has.
OTHER_COMPOUNDS = Sample(first_seed=1_000_000)


class Agreement(NamedTuple):
    """What sets give beside the targets.

    means : of every statistic by name, (sets,); away : implausibilities, (targets, sets)
    """

    means: dict[str, np.ndarray]
    away: np.ndarray


def agreement(
    sets: Sequence[Parameters], targets: Sequence[Target], sample: Sample, *, threads: int | None = None
) -> Agreement:
    """Simulate every statistic under each set and compare it with the targets. sample : the compounds"""
    found = statistics(sets, sample, threads=threads)
    means = {name: np.array([of[name].value for of in found]) for name in found[0]}
    variances = {name: np.array([of[name].variance for of in found]) for name in found[0]}
    return Agreement(means, implausibilities(tuple(targets), means, variances))
