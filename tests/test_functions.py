"""The few mathematical functions under every rule, against the mathematics library."""

import math

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiling.exact import clip, exp, log, logistic, rule, standard_normal, tanh
from compiling.marks import load_compiler

pytestmark = pytest.mark.reproducibility


@pytest.fixture(scope="module", autouse=True)
def compiler():
    """Nothing that is compiled here is kept, and who runs what is kept does without the compiler."""
    load_compiler()


@given(st.floats(-700, 700))
def test_exp_is_accurate_to_twelve_digits(v):
    assert math.isclose(exp(v), math.exp(v), rel_tol=1e-12)


@given(st.floats(1e-300, 1e300))
def test_log_is_accurate_to_twelve_digits(v):
    assert math.isclose(log(v), math.log(v), rel_tol=1e-12, abs_tol=1e-14)


@given(st.floats(-30, 30))
def test_tanh_and_logistic_agree_with_their_definitions(v):
    assert math.isclose(tanh(v), math.tanh(v), rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(logistic(v), 1 / (1 + math.exp(-v)), rel_tol=1e-11)


def test_exp_is_held_at_its_ends():
    assert exp(1e9) == exp(700.0) < math.inf
    assert exp(-1e9) == exp(-700.0) > 0.0


def test_the_normal_quantile_is_within_its_stated_error_and_increases():
    u = np.linspace(1e-6, 1 - 1e-6, 20_001)
    z = np.array([standard_normal(float(v)) for v in u])
    back = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z])
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    assert np.max(np.abs(back - u) / density) < 6e-4
    assert np.all(np.diff(z) > 0)


def test_clip_holds_both_ends():
    assert (clip(-2.0, 0.0, 1.0), clip(2.0, 0.0, 1.0), clip(0.3, 0.0, 1.0)) == (0.0, 1.0, 0.3)


@rule
def _difference(a, b):
    """A rule that shows in which precision it was computed."""
    return abs(a - b) / 3.0


@numba.njit
def _call_compiled(a, b):
    return _difference(a[0], b[0])


def test_a_rule_computes_in_double_precision_from_single_precision_columns():
    a, b = np.array([0.1], np.float32), np.array([0.7], np.float32)
    assert _call_compiled(a, b) == _difference(a[0].item(), b[0].item())
    assert _call_compiled(a, b) != float(abs(a[0] - b[0]) / np.float32(3.0))


@pytest.mark.parametrize("function", [exp, tanh, logistic])
def test_compiled_and_plain_functions_agree_to_the_last_bit(function):
    compiled = numba.njit(lambda v: function(v))
    values = np.random.default_rng(1).normal(0, 20, 5_000)
    assert all(compiled(v) == function(v) for v in values.tolist())
