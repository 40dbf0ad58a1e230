"""The space that is searched: every coefficient with a plausible range of some width, and no other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.parameters import Parameters, declarations


@dataclass(frozen=True)
class Space:
    """Names and plausible ranges of the coefficients that are searched; others keep their default."""

    ranges: Mapping[str, tuple[float, float]]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The coefficients, in the order of the columns of every array of points."""
        return tuple(self.ranges)

    @cached_property
    def low(self) -> np.ndarray:
        """Lower ends. (coefficients,)"""
        return np.array([low for low, _ in self.ranges.values()])

    @cached_property
    def width(self) -> np.ndarray:
        """Widths. (coefficients,)"""
        return np.array([high - low for low, high in self.ranges.values()])

    def spread(self, n: int, seed: int) -> np.ndarray:
        """Points of a Latin hypercube in [0, 1]. (n, coefficients)"""
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(len(self.ranges), rng=np.random.default_rng(seed)).random(n))

    def parameters(self, points: np.ndarray) -> Iterator[Parameters]:
        """The parameters of some points in [0, 1]. points : (n, coefficients)"""
        for values in self.low + points * self.width:
            yield Parameters(**dict(zip(self.names, map(float, values), strict=True)))


def plausible_space() -> Space:
    """Every coefficient whose plausible range has some width."""
    declared = declarations().items()
    return Space({name: d.plausible for name, d in declared if d.plausible[1] > d.plausible[0]})
