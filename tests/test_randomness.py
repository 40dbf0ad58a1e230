"""The generator is Philox4x32-10 to the bit, and its draws are keyed, not sequenced."""

import numpy as np
import pytest

from model.world.compound_draws import uniform_of_compound
from model.world.randomness import (
    BEFORE,
    COMPOUND,
    Purpose,
    beta_quantiles,
    draw_all,
    draw_for,
    four_uniforms,
    interpolate,
    philox,
    uniform,
    unit_interval,
)

pytestmark = pytest.mark.reproducibility


def philox_in_plain_python(counter, key):
    """The definition of Salmon et al. (2011), in unbounded integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    mask = 0xFFFFFFFF
    for _ in range(10):
        product0, product1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            (product1 >> 32) ^ c1 ^ k0,
            product1 & mask,
            (product0 >> 32) ^ c3 ^ k1,
            product0 & mask,
        )
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return c0, c1, c2, c3


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (0xFFFFFFFF,) * 4,
            (0xFFFFFFFF, 0xFFFFFFFF),
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(counter, key, words):
    assert tuple(int(v) for v in philox(*counter, *key)) == words
    assert philox_in_plain_python(counter, key) == words


def test_philox_agrees_with_its_definition_on_many_counters():
    for i in range(200):
        counter, key = (i, 7 * i, i % 32, 3), (i * 977, 12345)
        assert tuple(int(v) for v in philox(*counter, *key)) == philox_in_plain_python(counter, key)


def test_a_draw_depends_on_each_part_of_its_key_and_on_nothing_else():
    base = uniform(11, 2, 40, 9, int(Purpose.SIGN))
    uniform(11, 2, 41, 9, int(Purpose.SIGN))
    assert uniform(11, 2, 40, 9, int(Purpose.SIGN)) == base
    others = [
        uniform(12, 2, 40, 9, int(Purpose.SIGN)),
        uniform(11, 3, 40, 9, int(Purpose.SIGN)),
        uniform(11, 2, 41, 9, int(Purpose.SIGN)),
        uniform(11, 2, 40, 10, int(Purpose.SIGN)),
        uniform(11, 2, 40, 9, int(Purpose.REMOVE)),
    ]
    assert base not in others and len(set(others)) == 5


def test_large_and_negative_seeds_are_distinct_keys():
    seeds = (0, 1, 2**31, 2**32, 2**40 + 1, -1, -(2**63))
    assert len({uniform(s, 0, 0, 0, 0) for s in seeds}) == len(seeds)


@pytest.mark.parametrize("seed", [0, 7, 2**63, 2**64 - 1])
def test_draws_of_compounds_made_by_the_block_are_those_of_single_calls(seed):
    for number in (0, 255, 256, 1_000_000, COMPOUND):
        alone = uniform(
            int(np.uint64(seed).astype(np.int64)), number, COMPOUND, BEFORE, Purpose.DISTRICT_SIZE
        )
        assert uniform_of_compound(seed, number, Purpose.DISTRICT_SIZE) == alone


def test_four_draws_share_one_call_of_the_generator():
    together = four_uniforms(5, 1, 2, 3, int(Purpose.PAY))
    assert together == tuple(uniform(5, 1, 2, 3, int(Purpose.PAY) + word) for word in range(4))


def test_draws_of_a_list_of_households_are_those_of_single_calls():
    households, drawn, every = np.array([3, 4, 17]), np.empty(3), np.empty(20)
    draw_for(5, 1, 9, int(Purpose.SIGN), households, drawn)
    draw_all(5, 1, 9, int(Purpose.SIGN), every)
    alone = [uniform(5, 1, i, 9, int(Purpose.SIGN)) for i in range(20)]
    assert drawn.tolist() == [alone[i] for i in households] and every.tolist() == alone


def test_purposes_are_distinct_and_those_read_together_begin_at_a_multiple_of_four():
    assert len({int(p) for p in Purpose}) == len(Purpose)
    together = (Purpose.WITHDRAW, Purpose.PAY, Purpose.SUGGEST, Purpose.NEW_TASTE, Purpose.SHOWING)
    for first in (*together, Purpose.COMPANY_EXIT):
        assert first % 4 == 0


def test_the_unit_interval_is_open():
    assert 0.0 < unit_interval(np.uint32(0)) < unit_interval(np.uint32(0xFFFFFFFF)) < 1.0


def test_draws_are_uniform_and_uncorrelated():
    """40,000 draws: mean within 5 standard errors (false alarm 6e-7), lag correlations within 5/√n."""
    n = 40_000
    u = np.array([uniform(3, 0, i, 0, int(Purpose.SIGN)) for i in range(n)])
    v = np.array([uniform(3, 0, i, 1, int(Purpose.SIGN)) for i in range(n)])
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / n)
    assert abs(np.corrcoef(u, v)[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 5 / np.sqrt(n)
    counts, _ = np.histogram(u, 50, (0, 1))
    chi2 = ((counts - n / 50) ** 2 / (n / 50)).sum()
    assert chi2 < 49 + 6 * np.sqrt(2 * 49)


def test_beta_quantiles_have_the_right_moments_and_increase():
    table = beta_quantiles(2.0, 3.0)
    u = (np.arange(20_000) + 0.5) / 20_000
    x = np.array([interpolate(table, v) for v in u])
    assert np.all(np.diff(x) > 0)
    assert abs(x.mean() - 2 / 5) < 1e-3
    assert abs(x.var() - 2 * 3 / (25 * 6)) < 1e-3
    assert BEFORE == 2**32 - 1
