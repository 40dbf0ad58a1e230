"""The stand-in rule: what every peer computes, said once.

The full model cannot be written eight times over, so peers are compared on a small rule of the same shape: bounded
confidence on opinions and a logistic choice to consent, on a sparse network.

**Residents** are numbered 0 … n−1 in building order. Each has an opinion x in [0, 1], a susceptibility w and a
consent c (yes or no). At first x is uniform on [0, 1], w uniform on [0.05, 0.30], and c is yes with chance 0.3.

**Ties** are mutual and stay. Everyone is tied to the five before and the five after (the ring is closed); each such
tie is led, with chance 0.1, to anyone instead. Repeated ties and ties to oneself fall away: the mean degree is a
little under 10, most ties are near in building order and some are long.

**A step** is synchronous: everyone looks at the state at the end of the last step.

1. *Influence.* Of i's acquaintances those count whose opinion differs by less than ε = 0.25. With m the mean of
   their x_j − x_i (0 when none counts), and z standard normal,
   x_i ← min(1, max(0, x_i + w_i · m + 0.02 · z)).
2. *Consent.* With s the share of i's acquaintances, all of them, who consented (0 without acquaintances),
   c_i ← yes with chance 1 / (1 + exp(−(−3 + 3.5 · x_i + 2.5 · s))), where x_i is the new opinion.

**A run** is 100 steps. What is compared at its end: the mean opinion and the share who consent.

**Luck.** Everyone needs one z and one uniform u a step. A peer takes them from the generator its users would take
them from; the engine and the C floor from Philox4x32-10, as the model does, with key = seed and counter =
(⌊i / 2⌋, step, 0, 0): its four words are z and u of two residents. A peer can also be handed the engine's draws
(`SharedLuck`); then all peers must tell the same story.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

EPSILON = 0.25
NOISE = 0.02
CONSTANT, OF_OPINION, OF_SHARE = -3.0, 3.5, 2.5
DEGREE = 10
REWIRED = 0.1
STEPS = 100
SEED = 11


@dataclass(frozen=True)
class Ties:
    """Who is tied to whom, as compressed rows in ascending order.

    starts : (n + 1,) int64; neighbours : (ties × 2,) int32
    """

    starts: np.ndarray
    neighbours: np.ndarray

    @property
    def degrees(self) -> np.ndarray:
        """(n,) how many acquaintances each has."""
        return np.diff(self.starts)

    @property
    def sources(self) -> np.ndarray:
        """(ties × 2,) int32: whose row each entry of `neighbours` stands in."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), self.degrees)

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Each tie once, the lower number first."""
        once = self.sources < self.neighbours
        return self.sources[once], self.neighbours[once]


@dataclass(frozen=True)
class Start:
    """The state before the first step: opinion and susceptibility (n,) float32, consent (n,) bool."""

    opinion: np.ndarray
    susceptibility: np.ndarray
    consent: np.ndarray


class Population(Protocol):
    """What a peer gives to be measured: `build(ties, start, luck=…, threads=…)` makes one."""

    def advance(self, steps: int) -> None:
        """Take this many steps more."""

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion (n,) float and consent (n,) bool."""


class SharedLuck:
    """The same draws for every peer, in the shape each asks for them.

    z, u : (steps, n). Array peers call `standard_normal` and `random` once a step; agent peers call `gauss` and
    `random` once a resident and step, in building order.
    """

    def __init__(self, z: np.ndarray, u: np.ndarray) -> None:
        self._z, self._u = z, u
        self._normals, self._uniforms = iter(z), iter(u)
        self._one_by_one = iter(z.ravel().tolist()), iter(u.ravel().tolist())

    def standard_normal(self, size: int, dtype: type = np.float64) -> np.ndarray:
        """One z for each resident."""
        return next(self._normals).astype(dtype)

    def gauss(self, mu: float, sigma: float) -> float:
        """The next resident's draw, as `random.Random` gives it."""
        return mu + sigma * next(self._one_by_one[0])

    def random(self, size: int | None = None, dtype: type = np.float64) -> np.ndarray | float:
        """One u for each resident, or the next resident's."""
        return next(self._one_by_one[1]) if size is None else next(self._uniforms).astype(dtype)


def ring_with_long_ties(n: int, seed: int = 1) -> Ties:
    """The ties of n residents."""
    rng = np.random.default_rng(seed)
    tail = np.tile(np.arange(n, dtype=np.int64), DEGREE // 2)
    head = (tail + np.repeat(np.arange(1, DEGREE // 2 + 1), n)) % n
    led_away = rng.random(tail.size) < REWIRED
    head[led_away] = rng.integers(0, n, led_away.sum())
    other = tail != head
    tail, head = tail[other], head[other]
    keys = np.sort(np.concatenate([tail * n + head, head * n + tail]))
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys // n, minlength=n), out=starts[1:])
    return Ties(starts, (keys % n).astype(np.int32))


def start(n: int, seed: int = 3) -> Start:
    """The state of n residents before the first step."""
    rng = np.random.default_rng(seed)
    opinion = rng.random(n, np.float32)
    susceptibility = (0.05 + 0.25 * rng.random(n)).astype(np.float32)
    return Start(opinion, susceptibility, rng.random(n) < 0.3)
