"""Priors: how a sample spreads over a range, as a distribution of `scipy.stats` by its name.

    "parameters.support_rate" = {dist = "triang", c = 0.5, loc = 0.02, scale = 0.2}
    "programme.consent_gate" = {dist = "norm", loc = 0.8, scale = 0.05, low = 0.67, high = 0.95}

A distribution is cut off at the ends of the range, which are those of the setting unless others are given: a sample
holds no value that cannot be run. The rest keeps its shape.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from scenarios.files.problems import ScenarioError, listed, nearest, shown

#: Shapes that every distribution takes, beside its own.
_USUAL = ("loc", "scale")
#: Ends of a range within which a distribution has less than this hold nothing to draw.
_LEAST = 1e-12


@dataclass(frozen=True)
class Prior:
    """A distribution by its name, and its parameters in the order of their names."""

    dist: str
    parameters: tuple[tuple[str, float], ...]
    whole: bool = False

    def at(self, u: float, low: float, high: float) -> float:
        """The value at a position of the unit interval, between two ends."""
        below, share = self._shares(low, high)
        value = float(_frozen(self).ppf(below + u * share))
        return min(max(value, low), high) if math.isfinite(value) else (low if u < 0.5 else high)

    def within(self, low: float, high: float) -> tuple[float, float]:
        """The part of a range that has values. Raises ScenarioError where there is none."""
        ends = [float(end) for end in _frozen(self).support()]
        least, most = max(low, ends[0]), min(high, ends[1])
        if not least < most or not self._shares(least, most)[1] > _LEAST:
            raise ScenarioError(
                f".dist = {shown(self.dist)}; has nothing from {low:.12g} to {high:.12g}, the range of the setting; "
                "expected a distribution that has"
            )
        return least, most

    def described(self) -> dict[str, Any]:
        """The distribution as plain data."""
        return {"name": self.dist, **dict(self.parameters)}

    def _shares(self, low: float, high: float) -> tuple[float, float]:
        """How much of it lies below a range, and within."""
        frozen = _frozen(self)
        below = float(frozen.cdf(low - 1 if self.whole else low))
        return below, float(frozen.cdf(high)) - below


@cache
def _frozen(prior: Prior) -> Any:
    from scipy import stats

    return getattr(stats, prior.dist)(**dict(prior.parameters))


def read_prior(value: dict[str, Any], *, whole: bool) -> Prior:
    """A prior as a sweep file writes it. whole : for a setting that takes whole numbers, discrete ones only

    Raises ScenarioError whose message is what follows the key of the factor.
    """
    from scipy import stats

    kind = stats.rv_discrete if whole else stats.rv_continuous
    known = [name for name in dir(stats) if isinstance(getattr(stats, name), kind)]
    name = value["dist"]
    if name not in known:
        such = "a discrete distribution, such as 'poisson'" if whole else "a distribution, such as 'triang'"
        hint = nearest(name, known) if isinstance(name, str) else ""
        raise ScenarioError(f".dist = {shown(name)}; expected {such} (of scipy.stats){hint}")
    shapes = getattr(stats, name).shapes
    own = [shape.strip() for shape in shapes.split(",")] if shapes else []
    takes = [*own, *(["loc"] if whole else _USUAL)]
    given = {key: number for key, number in value.items() if key != "dist"}
    problems = [
        f".{key[:60]}: unknown key; expected {listed(takes)}{nearest(key, takes)}"
        for key in given
        if key not in takes
    ]
    problems += [
        f".{shape} is missing; expected a number: {name} has it" for shape in own if shape not in given
    ]
    problems += [
        f".{key} = {shown(number)}; expected a number"
        for key, number in given.items()
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number)
    ]
    if problems:
        raise ScenarioError("\n".join(problems))
    prior = Prior(name, tuple(sorted((key, float(number)) for key, number in given.items())), whole)
    if not all(math.isfinite(x) for x in map(float, _frozen(prior).ppf([0.25, 0.75]))):
        raise ScenarioError(f".dist = {shown(name)}; {name} cannot have these parameters; expected others")
    return prior
