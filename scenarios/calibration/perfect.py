"""The perfect-model test: could the calibration find the truth if the model were true?

Sets of parameters are drawn, each is taken for the truth, its numbers get the error of the targets, and the calibration
is asked for 90 % intervals. Of the truths, 85 to 95 % should lie within. How narrow the intervals are says which
coefficients these targets can identify at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.calibration.emulators import one_thread_each
from scenarios.calibration.experiments import Sample, statistics
from scenarios.calibration.waves import Plan, Wave

#: A coefficient counts as identified where its interval is narrower than this, relative to that of its whole range,
#: and as weakly identified below the second.
IDENTIFIED, WEAKLY = 0.5, 0.85
LEVEL = 0.9
#: Steps of the walk from each truth's numbers, those left out at its start, and how many apart steps are kept.
STEPS, BURN_IN, APART = 12_000, 2000, 20
#: A time that was measured is at least this, in months.
_LEAST_TIME = 1.0
_ENDS = ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0)
#: The truths' compounds: none that a wave uses.
_COMPOUNDS = Sample(first_seed=50_000)


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

    Uses the first wave's emulators, which know the whole space. What is left of the space for a truth is walked through
    by Metropolis' algorithm: some coefficients are moved or drawn anew, and the step is taken by how far the truth's
    numbers are from what emulators guess, in standard deviations of tolerance, chance and emulator. Coefficients on
    which no guess depends stay as uncertain as they were.
    """
    rng = np.random.default_rng([plan.seed, 99])
    known = plan.space.spread(truths, plan.seed + 1)
    found = statistics(list(plan.space.parameters(known)), _COMPOUNDS, threads=threads)
    emulators = waves[0].emulators
    names = [n for n in dict.fromkeys(t.statistic for t in plan.targets) if n in emulators]
    sd = np.array([max(t.sd for t in plan.targets if t.statistic == n) for n in names])
    values = np.array([[truth[n].value for n in names] for truth in found])
    measured = values + sd * rng.standard_normal(values.shape)
    # of what is guessed on a logarithmic scale, value and error of each truth are on it too
    times = np.array([emulators[n].logarithmic for n in names])
    positive = np.maximum(measured, _LEAST_TIME)
    tolerance = np.where(times, sd / positive, sd)
    measured = np.where(times, np.log(positive), measured)
    error = np.sqrt(tolerance**2 + np.array([emulators[n].variance for n in names]))

    def fit_of(points: np.ndarray) -> np.ndarray:
        guesses = np.column_stack([emulators[n].guess(points) for n in names])
        away = np.where(
            np.isnan(measured), 0.0, (measured - guesses) / error
        )  # a truth without a value says nothing
        return np.asarray(-0.5 * (away**2).sum(axis=1))

    active = np.unique(np.concatenate([emulators[n].active for n in names]))
    with one_thread_each():
        walked = _walk(fit_of, rng.random(known.shape), active, rng)
    low, high = np.quantile(walked, _ENDS, axis=0)
    inside = (known >= low) & (known <= high)
    widths = (high - low) / LEVEL
    return [
        Recovery(name, float(inside[:, j].mean()), float(np.median(widths[:, j])))
        for j, name in enumerate(plan.space.names)
    ]


def _walk(
    fit_of: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    active: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Places of one walk for every truth, all walks at once. points : where they begin, (truths, coefficients)

    fit_of : logarithm of how well each point fits its own truth, (truths,); active : columns it depends on
    Returns (steps kept, truths, coefficients).
    """
    here, kept = fit_of(points), []
    for step in range(STEPS):
        there = points.copy()
        there[:, active] = _proposed(points[:, active], rng)
        fit = fit_of(there)
        taken = np.log(rng.random(len(points))) < fit - here
        points = np.where(taken[:, None], there, points)
        here = np.where(taken, fit, here)
        if step >= BURN_IN and step % APART == 0:
            place = rng.random(points.shape)
            place[:, active] = points[:, active]
            kept.append(place.astype(np.float32))
    return np.array(kept)


def _proposed(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another place for each walk, as likely to be proposed from there as it is from here. points : (walks, active)

    From a single coefficient to a third of them change: small steps are taken often, large ones lead away. In half
    of the steps they are drawn anew, in the others they move a little, from the edge back into the range.
    """
    n = len(points)
    changed = rng.random(points.shape) < np.maximum(rng.random((n, 1)) ** 3 / 3.0, 1.0 / points.shape[1])
    reach = 10.0 ** rng.uniform(-2.0, -0.5, (n, 1))
    moved = np.abs(points + reach * rng.standard_normal(points.shape)) % 2.0
    moved = np.where(moved > 1.0, 2.0 - moved, moved)
    anew = rng.random((n, 1)) < 0.5
    return np.where(changed, np.where(anew, rng.random(points.shape), moved), points)
