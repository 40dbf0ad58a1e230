"""Counter-based random draws, keyed by household, week and purpose.

Every draw is Philox4x32-10 (Salmon et al. 2011) with key = seed and counter = (household, week, purpose,
compound). No draw depends on how many were made before it. A household therefore has the same draws under every
strategy (common random numbers), on any number of threads, in any batch and in either engine; an extra draw
somewhere leaves all others unchanged.
"""

from enum import IntEnum
from typing import Any

import numpy as np

from compiling.compiled import compiled, inlined

#: An integer of which the low 32 bits count.
Word = Any
#: The "week" of draws made before the first week.
BEFORE = 0xFFFFFFFF
#: Purposes of draws in a week are numbered up to this one (exclusive), others from it on.
BEFORE_THE_START = 64
#: The "household" of draws that belong to the whole compound.
COMPOUND = 0xFFFFFFFF


class Purpose(IntEnum):
    """What a draw decides. Four consecutive purposes share one call of the generator."""

    SELF_PRESENT = 0
    ATTEND = 1
    VISIT_ORDER = 2
    SIGN_ORDER = 3
    SIGN = 4
    REMOVE = 5
    CONTACT = 6
    ACT_FIRST = 7
    WITHDRAW = 8
    COMPLAIN = 9
    SETTLE = 10
    PROXY = 11
    PAY = 12
    QUALITY = 13
    REPAY = 14
    DISCOVER = 15
    SUGGEST = 16
    SUGGEST_ITEM = 17
    MOVE = 18
    RETURN = 19
    NEW_TASTE = 20
    NEW_SUPPORT = 21
    ENFORCE = 22
    BALLOT_ATTEND = 23
    BALLOT = 24
    DESIGN_AROUND = 25
    PLEDGE = 26
    MENU_TICKS = 27
    SHOWING = 28
    GROUP_TIE = 29
    GROUP_TIE_WITH = 30
    REVIEW = 31
    LIFT_CALL = 32
    LIFT_VOTE = 33
    LIFT_ATTEND = 34
    CONTRIBUTE = 35
    DISMISS_ATTEND = 36
    DISMISS = 37
    NEW_DISPOSITION = 38
    DRIFT = 39
    COMPANY_EXIT = 40
    PROJECT_TURNOUT = 41
    PROJECT_VOTE = 42
    # before the first week
    TENURE = 64
    ELDER = 65
    AREA = 66
    INCOME = 67
    PARTY = 68
    IN_SERVICE = 69
    ACTIVIST = 70
    WECHAT = 71
    STRUCTURE = 72
    STRUCTURE_SIZE = 73
    FRESH = 74
    COOPERATION = 75
    STUBBORNNESS = 76
    PRONENESS = 77
    CONFORMITY = 78
    PRESENT_BIAS = 79
    TASTE = 80
    FIRST_SUPPORT = 81
    TRUST_OFFICE = 82
    TRUST_COMPANY = 83
    PAYS_AT_FIRST = 84
    MESSENGER = 85
    PIONEER = 86
    ACTIVITY = 87
    DISPOSITION = 88
    KNOWS_MESSENGER = 89
    MESSENGER_TURN = 90
    COMPANY_COST = 104
    CONTRACTOR = 105
    VOLUNTEER = 106
    LIFT_TASTE = 107
    STAIRWELL_TIE = 112
    BUILDING_TIE = 113
    COMPOUND_TIE = 114
    NOMINATION = 116
    PREFERENCE = 120  # one for each menu item, up to 151
    NEED = 160  # one for each menu item, up to 191
    TRAIT = 192  # one for each trait of a compound, up to 207
    DISTRICT_SIZE = 152
    DISTRICT_COMMON_INCOME = 153
    DISTRICT_TRUST = 154
    DISTRICT_ELDER = 155


@inlined
def philox(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> tuple[Word, Word, Word, Word]:
    """Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key.

    Multipliers and key increments are those of Salmon et al. (2011).
    """
    c0, c1, c2, c3 = np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)
    k0, k1 = np.uint32(k0), np.uint32(k1)
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * np.uint64(c0)
        product1 = np.uint64(0xCD9E8D57) * np.uint64(c2)
        high0, low0 = np.uint32(product0 >> np.uint64(32)), np.uint32(product0)
        high1, low1 = np.uint32(product1 >> np.uint64(32)), np.uint32(product1)
        c0, c1, c2, c3 = np.uint32(high1 ^ c1 ^ k0), low1, np.uint32(high0 ^ c3 ^ k1), low0
        k0 = np.uint32(k0 + np.uint32(0x9E3779B9))
        k1 = np.uint32(k1 + np.uint32(0xBB67AE85))
    return c0, c1, c2, c3


@inlined
def unit_interval(word: int) -> float:
    """A 32-bit word as a number strictly between 0 and 1, so that every quantile of it is finite."""
    return (np.float64(word) + 0.5) * 2.0**-32


@inlined
def four_uniforms(
    seed: int, compound: int, household: int, week: int, first_purpose: int
) -> tuple[float, float, float, float]:
    """The uniform draws of a purpose divisible by four and the three after it."""
    key = np.uint64(np.int64(seed))
    a, b, c, d = philox(
        household, week, first_purpose // 4, compound, np.uint32(key), np.uint32(key >> np.uint64(32))
    )
    return unit_interval(a), unit_interval(b), unit_interval(c), unit_interval(d)


@inlined
def uniform(seed: int, compound: int, household: int, week: int, purpose: int) -> float:
    """One uniform draw in (0, 1), keyed by seed, compound, household, week and purpose."""
    a, b, c, d = four_uniforms(seed, compound, household, week, purpose)
    word = purpose % 4
    if word == 0:
        return a
    if word == 1:
        return b
    if word == 2:
        return c
    return d


@compiled
def draw_all(seed: int, compound: int, week: int, purpose: int, into: np.ndarray) -> None:
    """One uniform draw for every household of a compound, into `into`; each is what `uniform` gives."""
    for i in range(into.size):
        into[i] = uniform(seed, compound, i, week, purpose)


@compiled
def draw_for(
    seed: int, compound: int, week: int, purpose: int, households: np.ndarray, into: np.ndarray
) -> None:
    """One uniform draw for each household of a list, into `into`; each is what `uniform` gives.

    Several are computed at once: a single draw takes ten times as long as one of many.
    """
    for q in range(households.size):
        into[q] = uniform(seed, compound, households[q], week, purpose)


def beta_quantiles(a: float, b: float, points: int = 1025) -> np.ndarray:
    """Quantiles of Beta(a, b) on an even grid of probabilities, for `interpolate`; float64, shape (points,)."""
    x = np.linspace(0.0, 1.0, 8193)
    density = x ** (a - 1) * (1 - x) ** (b - 1)
    cumulative = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return np.interp(np.linspace(0.0, 1.0, points), cumulative / cumulative[-1], x)


@compiled
def interpolate(table: np.ndarray, u: float) -> float:
    """The quantile at probability `u`, linear between the table's points; increasing in `u`."""
    position = u * (table.size - 1)
    low = min(int(position), table.size - 2)
    share = position - low
    return table[low] * (1.0 - share) + table[low + 1] * share
