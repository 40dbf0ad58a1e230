"""Selecting by key: the key of a rank and the smallest keys, against NumPy's sort."""

import numpy as np
import pytest

from model.world.ordering import in_order, key_of_rank, marked, smallest

KEYS = [
    np.array([0.5]),
    np.array([2.0, 1.0]),
    np.array([1.0, 1.0, 1.0, 1.0]),
    np.array([np.inf, 0.0, -np.inf, np.inf, 3.0, 0.0]),
    np.arange(40.0),
    np.arange(40.0)[::-1].copy(),
    np.random.default_rng(1).random(200),
    np.random.default_rng(2).integers(0, 6, 200).astype(float),
]


def room() -> tuple[np.ndarray, np.ndarray]:
    """Working space in which something was left."""
    return np.full(300, -7.0), np.full(300, 9.0)


def whole_room() -> np.ndarray:
    """The same for whole numbers."""
    return np.full(300, 11)


@pytest.mark.parametrize("keys", KEYS, ids=lambda keys: f"{keys.size} keys")
def test_the_key_of_every_rank_is_that_of_the_sorted_keys_and_the_keys_stay(keys):
    before, ordered = keys.copy(), np.sort(keys)
    found = [key_of_rank(keys, keys.size, rank, *room()) for rank in range(keys.size)]
    assert np.array_equal(found, ordered)
    assert np.array_equal(keys, before)


def test_only_the_first_keys_count():
    keys = np.array([5.0, 4.0, 3.0, -1.0, -2.0])
    assert [key_of_rank(keys, 3, rank, *room()) for rank in range(3)] == [3.0, 4.0, 5.0]


@pytest.mark.parametrize("keys", KEYS, ids=lambda keys: f"{keys.size} keys")
@pytest.mark.parametrize("wanted", [0, 1, 2, 5, 150, 500])
def test_the_smallest_are_the_first_of_a_stable_sort(keys, wanted):
    expected = np.sort(np.argsort(keys, kind="stable")[:wanted])
    assert np.array_equal(smallest(keys, keys.size, wanted, *room(), whole_room()), expected)


@pytest.mark.parametrize("m", [0, 1, 2, 40, 200])
def test_keys_are_put_in_order_as_a_stable_sort_does(m):
    keys = np.random.default_rng(m).random(200).round(2)
    expected = np.argsort(keys[:m], kind="stable")
    assert np.array_equal(in_order(keys, m, whole_room(), whole_room()), expected)


@pytest.mark.parametrize("marks", [[], [0], [1], [0, 1, 1, 0, 1], [1] * 200])
def test_marked_households_are_listed_in_ascending_order(marks):
    found = marked(np.array(marks, np.uint8), whole_room())
    assert np.array_equal(found, np.flatnonzero(marks))
