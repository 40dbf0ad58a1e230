"""The perfect-model test: could the calibration find the truth if the model were true?

Sets of parameters are drawn, each is taken for the truth, its numbers get the error of the targets, and the calibration
is asked for 90 % intervals. Of the truths, 85 to 95 % should lie within. How narrow the intervals are says which
coefficients these targets can identify at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.calibration.experiments import statistics
from scenarios.calibration.waves import Plan, Wave

#: A coefficient counts as identified where its interval is narrower than this, relative to that of its whole range,
#: and as weakly identified below the second.
IDENTIFIED, WEAKLY = 0.5, 0.85
LEVEL = 0.9
#: Candidates that are weighed for every truth, and how many are drawn of them by their weight.
CANDIDATES, DRAWN = 200_000, 4_000
#: Seeds of the truths' compounds: none that a wave uses.
_FIRST_SEED = 50_000


@dataclass(frozen=True)
class Recovery:
    """How one coefficient was recovered. coverage : share of truths within; width : median, relative to the range's"""

    name: str
    coverage: float
    width: float

    @property
    def word(self) -> str:
        """`identified`, `weakly` or `not`."""
        return "identified" if self.width < IDENTIFIED else "weakly" if self.width < WEAKLY else "not"


def perfect_model(
    plan: Plan, waves: Sequence[Wave], truths: int = 200, *, threads: int | None = None
) -> list[Recovery]:
    """Recover synthetic truths, drawn from the whole plausible space, from the numbers of the targets.

    Uses the first wave's emulators, which know the whole space. Candidates are weighed by how far the truth's numbers
    are from what emulators guess for them, in standard deviations of tolerance, chance and emulator.
    """
    rng = np.random.default_rng([plan.seed, 99])
    known = plan.space.spread(truths, plan.seed + 1)
    found = statistics(list(plan.space.parameters(known)), first_seed=_FIRST_SEED, threads=threads)
    candidates = rng.random((CANDIDATES, len(plan.space.names)))
    emulators = waves[0].emulators
    names = [n for n in dict.fromkeys(t.statistic for t in plan.targets) if n in emulators]
    sd = {n: max(t.sd for t in plan.targets if t.statistic == n) for n in names}
    guesses = {n: emulators[n].guess(candidates) for n in names}
    inside = np.zeros((truths, len(plan.space.names)), bool)
    widths = np.zeros_like(inside, float)
    for i, truth in enumerate(found):
        log_weight = np.zeros(CANDIDATES)
        for n in names:
            if np.isfinite(truth[n].value):
                measured = truth[n].value + sd[n] * rng.standard_normal()
                log_weight -= (measured - guesses[n]) ** 2 / (2.0 * (sd[n] ** 2 + emulators[n].variance))
        chosen = candidates[resample(np.exp(log_weight - log_weight.max()), DRAWN, rng.random())]
        low, high = np.quantile(chosen, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
        inside[i] = (known[i] >= low) & (known[i] <= high)
        widths[i] = (high - low) / LEVEL
    return [
        Recovery(name, float(inside[:, j].mean()), float(np.median(widths[:, j])))
        for j, name in enumerate(plan.space.names)
    ]


def resample(weight: np.ndarray, n: int, u: float) -> np.ndarray:
    """Rows drawn in proportion to their weight, evenly spaced along its sum (systematic resampling).

    weight : (rows,), 0 and up; u : uniform in [0, 1); returns (n,)
    """
    upto = np.cumsum(weight)
    places = (np.arange(n) + u) / n * upto[-1]
    return np.minimum(np.searchsorted(upto, places, side="right"), len(weight) - 1)
