"""The stand-in rule in the style of the project's engine.

Compiled through the engine's own machinery, with the engine's generator; residents in building order, single
precision, consent kept in the sign bit of the opinion; blocks of 512: first the acquaintances of a block are read, then
the block is updated in a loop without branches, which the compiler turns into vector instructions.
"""

import threading
from typing import Any

import numpy as np
from numba import float32, int32, uint32, uint64
from standin.rule import CONSTANT, EPSILON, NOISE, OF_OPINION, OF_SHARE, SEED, Start, Ties

from compiling.compiled import compiled, inlined

BLOCK = 512
F = np.float32
_EPSILON, _NOISE = F(EPSILON), F(NOISE)
_CONSTANT, _OF_OPINION, _OF_SHARE = F(CONSTANT), F(OF_OPINION), F(OF_SHARE)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LN_2, _LOG2_E = F(0.6931471805599453), F(1.4426950408889634)


@inlined
def unit_interval(word: int) -> float:
    """The upper 23 bits of a word as a number strictly between 0 and 1, exact in single precision."""
    return (float32(int32(word >> uint32(9))) + F(0.5)) * F(2.0**-23)


@inlined
def bits_of(v: float) -> int:
    """The bits of a single precision number."""
    return np.float32(v).view(np.int32)


@inlined
def with_bits(bits: int) -> float:
    """The single precision number with these bits."""
    return np.int32(bits).view(np.float32)


@inlined
def log(v: float) -> float:
    """Natural logarithm of a normal positive number; absolute error below 3e-7 + 1e-7 · |log v|."""
    shifted = int32(bits_of(v) - int32(0x3F3504F3))
    exponent = int32(shifted >> int32(23))
    mantissa = with_bits((shifted & int32(0x7FFFFF)) + int32(0x3F3504F3))
    s = (mantissa - F(1.0)) / (mantissa + F(1.0))
    t = s * s
    series = F(1 / 3) + t * (F(1 / 5) + t * (F(1 / 7) + t * F(1 / 9)))
    return (F(2.0) * s + F(2.0) * s * t * series) + float32(exponent) * _LN_2


@inlined
def exp(v: float) -> float:
    """Exponential of a number in [−80, 80]; relative error below 1e-5, below 1e-6 in [−8, 8]."""
    n = int32(int32(v * _LOG2_E + F(128.5)) - int32(128))
    r = v - float32(n) * _LN_2
    high = F(1 / 24) + r * (F(1 / 120) + r * F(1 / 720))
    series = F(1.0) + r * (F(1.0) + r * (F(0.5) + r * (F(1 / 6) + r * high)))
    return series * with_bits((n + int32(127)) << int32(23))


@inlined
def standard_normal(u: float) -> float:
    """The standard normal quantile of u in (0, 1); absolute error below 5e-4. See `compiling.exact`."""
    tail = min(u, F(1.0) - u)
    t = np.sqrt(F(-2.0) * log(tail))
    top = F(2.515517) + t * (F(0.802853) + t * F(0.010328))
    bottom = F(1.0) + t * (F(1.432788) + t * (F(0.189269) + t * F(0.001308)))
    z = t - top / bottom
    return -z if u < F(0.5) else z


@inlined
def _round(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """One round of Philox4x32."""
    product0, product1 = uint64(0xD2511F53) * uint64(c0), uint64(0xCD9E8D57) * uint64(c2)
    high0, high1 = uint32(product0 >> uint64(32)), uint32(product1 >> uint64(32))
    return uint32(high1 ^ c1 ^ k0), uint32(product1), uint32(high0 ^ c3 ^ k1), uint32(product0)


@inlined
def _two_rounds(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Two rounds, the key raised in between."""
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    return _round(c0, c1, c2, c3, uint32(k0 + _WEYL_0), uint32(k1 + _WEYL_1))


@inlined
def four_words(c0: int, c1: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """The words of `model.world.randomness.philox`, its rounds written out: a loop in it would not be vectorised."""
    c2, c3 = uint32(0), uint32(0)
    c0, c1, c2, c3 = _two_rounds(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3 = _two_rounds(c0, c1, c2, c3, uint32(k0 + _WEYL_0 * 2), uint32(k1 + _WEYL_1 * 2))
    c0, c1, c2, c3 = _two_rounds(c0, c1, c2, c3, uint32(k0 + _WEYL_0 * 4), uint32(k1 + _WEYL_1 * 4))
    c0, c1, c2, c3 = _two_rounds(c0, c1, c2, c3, uint32(k0 + _WEYL_0 * 6), uint32(k1 + _WEYL_1 * 6))
    return _two_rounds(c0, c1, c2, c3, uint32(k0 + _WEYL_0 * 8), uint32(k1 + _WEYL_1 * 8))


@inlined
def draw(low: int, step: int, seed: int, z: np.ndarray, u: np.ndarray) -> None:
    """The luck of a block, which begins with the even number `low`: z standard normal, u uniform, of even size."""
    low_key, high_key = uint32(uint64(seed)), uint32(uint64(seed) >> uint64(32))
    for pair in range(z.size // 2):
        a, b, c, d = four_words(uint32(low // 2 + pair), uint32(step), low_key, high_key)
        z[2 * pair], u[2 * pair] = unit_interval(a), unit_interval(b)
        z[2 * pair + 1], u[2 * pair + 1] = unit_interval(c), unit_interval(d)
    for k in range(z.size):
        z[k] = standard_normal(z[k])


@inlined
def inside(gap: float) -> float:
    """1 where an opinion this far away counts, else 0."""
    return F(1.0) if abs(gap) < _EPSILON else F(0.0)


@inlined
def consent(v: float) -> int:
    """1 where the sign says that one consents, else 0."""
    return int32(uint32(bits_of(v)) >> uint32(31))


@inlined
def read_acquaintances(
    low: int,
    size: int,
    starts: np.ndarray,
    neighbours: np.ndarray,
    before: np.ndarray,
    pull: np.ndarray,
    near: np.ndarray,
    consenting: np.ndarray,
) -> None:
    """Of each resident of a block: the sum of the gaps that count, how many count, how many consent."""
    for k in range(size):
        i = uint64(low + k)
        own = abs(before[i])
        total, count, consents = F(0.0), F(0.0), int32(0)
        e, last = starts[i], starts[i + uint64(1)]
        while e + 3 < last:
            a, b = before[uint64(neighbours[uint64(e)])], before[uint64(neighbours[uint64(e + 1)])]
            c, d = before[uint64(neighbours[uint64(e + 2)])], before[uint64(neighbours[uint64(e + 3)])]
            gap_a, gap_b, gap_c, gap_d = abs(a) - own, abs(b) - own, abs(c) - own, abs(d) - own
            in_a, in_b, in_c, in_d = inside(gap_a), inside(gap_b), inside(gap_c), inside(gap_d)
            total = total + in_a * gap_a + in_b * gap_b + in_c * gap_c + in_d * gap_d
            count += (in_a + in_b) + (in_c + in_d)
            consents += (consent(a) + consent(b)) + (consent(c) + consent(d))
            e += 4
        while e < last:
            a = before[uint64(neighbours[uint64(e)])]
            gap_a = abs(a) - own
            total += inside(gap_a) * gap_a
            count += inside(gap_a)
            consents += consent(a)
            e += 1
        pull[k], near[k], consenting[k] = total, count, float32(consents)


@inlined
def update(
    before: np.ndarray,
    susceptibility: np.ndarray,
    per_tie: np.ndarray,
    pull: np.ndarray,
    near: np.ndarray,
    consenting: np.ndarray,
    z: np.ndarray,
    u: np.ndarray,
    after: np.ndarray,
) -> None:
    """The new opinion and consent of each resident of a block."""
    for k in range(after.size):
        moved = abs(before[k]) + susceptibility[k] * (pull[k] / max(near[k], F(1.0))) + _NOISE * z[k]
        opinion = min(max(moved, F(0.0)), F(1.0))
        leaning = _CONSTANT + _OF_OPINION * opinion + _OF_SHARE * (consenting[k] * per_tie[k])
        after[k] = -opinion if u[k] * (F(1.0) + exp(-leaning)) < F(1.0) else opinion


@compiled
def advance(
    first: int,
    last: int,
    step: int,
    steps: int,
    seed: int,
    starts: np.ndarray,
    neighbours: np.ndarray,
    susceptibility: np.ndarray,
    per_tie: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
) -> None:
    """Take `steps` steps, of which `step` is the first, with the residents `first` to `last`.

    before, after : (n,) float32, the opinion, negative (−0 included) where the resident consents; after an even
    number of steps the newest state stands in `before`, after an odd number in `after`
    """
    pull, near, consenting = np.empty(BLOCK, F), np.empty(BLOCK, F), np.empty(BLOCK, F)
    z, u = np.empty(BLOCK, F), np.empty(BLOCK, F)
    for now in range(step, step + steps):
        for low in range(first, last, BLOCK):
            high = min(low + BLOCK, last)
            size = high - low
            read_acquaintances(low, size, starts, neighbours, before, pull, near, consenting)
            draw(low, now, seed, z[: size + size % 2], u[: size + size % 2])
            one_before, one_after = before[low:high], after[low:high]
            w, share = susceptibility[low:high], per_tie[low:high]
            update(one_before, w, share, pull, near, consenting, z, u, one_after)
        before, after = after, before


class EnginePopulation:
    """The engine's columns, to be measured. `luck` is not asked for: the draws are the engine's own."""

    def __init__(
        self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1, seed: int = SEED
    ) -> None:
        self.ties, self.threads, self.seed = ties, threads, seed
        self.susceptibility = start.susceptibility
        self.per_tie = (1 / np.maximum(ties.degrees, 1)).astype(np.float32)
        self.now = np.where(start.consent, -start.opinion, start.opinion)
        self.spare = self.now.copy()
        self.step = 0

    def advance(self, steps: int) -> None:
        """Take this many steps more."""
        n = len(self.now)
        if self.threads == 1:
            self._advance(0, n, self.step, steps, self.now, self.spare)
        else:
            self._advance_together(n, steps)
        self.step += steps
        if steps % 2:
            self.now, self.spare = self.spare, self.now

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        return np.abs(self.now), np.signbit(self.now)

    def _advance(self, first: int, last: int, step: int, steps: int, before: Any, after: Any) -> None:
        ties = self.ties
        columns = (ties.starts, ties.neighbours, self.susceptibility, self.per_tie)
        advance(first, last, step, steps, self.seed, *columns, before, after)

    def _advance_together(self, n: int, steps: int) -> None:
        """Each thread takes whole blocks; all meet after every step."""
        meeting = threading.Barrier(self.threads)
        per_thread = -(-n // (BLOCK * self.threads)) * BLOCK

        def work(first: int) -> None:
            before, after = self.now, self.spare
            for step in range(self.step, self.step + steps):
                self._advance(first, min(first + per_thread, n), step, 1, before, after)
                before, after = after, before
                meeting.wait()

        workers = [threading.Thread(target=work, args=(t * per_thread,)) for t in range(self.threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


build = EnginePopulation


@compiled
def draw_all(n: int, steps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All z and u of a run, (steps, n) float32 each: what `SharedLuck` hands to the other peers."""
    even = n + n % 2
    z, u = np.empty((steps, even), F), np.empty((steps, even), F)
    for step in range(steps):
        draw(0, step, seed, z[step], u[step])
    return z[:, :n], u[:, :n]
