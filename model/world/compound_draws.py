"""Draws of a whole compound before anybody lives in it: what makes the compounds of a district or a collection differ.

They are drawn in blocks by one entry, whose cached machine code spares loading Numba for a few numbers.
"""

from functools import lru_cache

import numpy as np

from compiling.entries import entry
from model.world.empty import empty_world
from model.world.randomness import BEFORE, COMPOUND, uniform
from model.world.state import Scratch, World

_BLOCK = 256


def uniform_of_compound(seed: int, number: int, purpose: int) -> float:
    """One uniform draw in (0, 1), keyed by seed, compound and purpose.

    seed : 0 to 2⁶⁴ − 1; number : of the compound, 0 to 2³² − 1
    """
    return _block(seed, number // _BLOCK, purpose)[number % _BLOCK]


@lru_cache(maxsize=64)
def _block(seed: int, block: int, purpose: int) -> list[float]:
    """The draws of a block of compounds for one purpose."""
    world = empty_world(0, 0, 0, 0, 0, _BLOCK)
    # entries take signed integers: the same 64 bits
    draw_for_compounds(world, int(np.uint64(seed).astype(np.int64)), block * _BLOCK, purpose)
    return world.scratch[Scratch.CHANCE].tolist()


@entry
def draw_for_compounds(w: World, seed: int, first: int, purpose: int) -> None:
    """One uniform draw for compound `first` and each after it, into a row of scratch."""
    for i in range(w.scratch.shape[1]):
        w.scratch[Scratch.CHANCE, i] = uniform(seed, first + i, COMPOUND, BEFORE, purpose)
