"""Arithmetic that all decision rules share, with the same last bit on every machine.

A rule is an ordinary Python function of numbers. The decorator ``@rule`` lets the compiled engine call the very same
function, so that each rule is written once. Rules compute in double precision; both engines store households in
single precision.

``exp`` and ``log`` are implemented here because those of the platform's mathematics library differ in the last digit
between operating systems: the same seed must give the same result everywhere.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from compiling.marks import part
from compiling.plain import IS_PLAIN, plain_rule

#: The coefficients a rule reads, by name: `model.parameters.Parameters`, or one row of the engine's table.
Coefficients = Any

#: Added to a small number, it rounds to a whole one: the spacing of doubles there is 1.
_ROUNDER = 1.5 * 2.0**52
_ROUNDER_BITS = np.float64(_ROUNDER).view(np.int64)
_LOG2_E = 1.4426950408889634
_LN_2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476


def rule[F: Callable[..., Any]](function: F) -> F:
    """Mark a function as a decision rule: plain Python when called from Python, inlined when called from compiled code.

    Compiled code converts single-precision columns and 0/1 marks to doubles before it calls a rule. The agent loop
    passes doubles as well, so both engines compute the same last bit.
    """
    if IS_PLAIN:
        return cast(F, plain_rule(function))
    part(function, function, double=True, inline=True)
    return function


def power_of_two(n: float) -> float:
    """2**n for an integer n from -1022 to 1023, exactly."""
    return math.ldexp(1.0, int(n))


def _power_of_two(n: float) -> Any:
    """`power_of_two` for compiled code: writes n into the exponent bits of a double."""
    shifted = np.float64(n + _ROUNDER).view(np.int64) + 1023
    return np.int64(shifted << 52).view(np.float64)


part(power_of_two, _power_of_two, double=True, inline=True)


def mantissa_and_exponent(v: float) -> tuple[float, float]:
    """Split a positive normal number into m · 2^e, with m in [1/√2, √2) and e an integer."""
    m, e = math.frexp(v)
    return (m * 2.0, e - 1.0) if m < _SQRT_HALF else (m, float(e))


def _mantissa_and_exponent(v: float) -> Any:
    """`mantissa_and_exponent` for compiled code: reads the exponent bits of the double."""
    bits = np.float64(v).view(np.int64)
    e = np.int64((bits >> 52) | _ROUNDER_BITS).view(np.float64) - (_ROUNDER + 1022.0)
    m = np.int64((bits & 0xFFFFFFFFFFFFF) | 0x3FE0000000000000).view(np.float64)
    small = m < _SQRT_HALF
    return (m * 2.0 if small else m), (e - 1.0 if small else e)


part(mantissa_and_exponent, _mantissa_and_exponent, double=True, inline=True)


@rule
def exp(v: float) -> float:
    """Exponential, relative error below 1e-12; arguments are clipped to ±700."""
    v = min(max(v, -700.0), 700.0)
    n = (v * _LOG2_E + _ROUNDER) - _ROUNDER
    r = v - n * _LN_2
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r) + r2 * ((1 / 2 + r * (1 / 6)) + r2 * (1 / 24 + r * (1 / 120)))
    high = (1 / 720 + r * (1 / 5040)) + r2 * (1 / 40320 + r * (1 / 362880)) + r4 * (1 / 3628800)
    return (low + r4 * r2 * high) * power_of_two(n)


@rule
def log(v: float) -> float:
    """Natural logarithm of a positive number, relative error below 1e-12."""
    m, e = mantissa_and_exponent(v)
    s = (m - 1.0) / (m + 1.0)
    t = s * s
    series = 1 / 13 + t * (1 / 15 + t * (1 / 17 + t * (1 / 19)))
    series = 1 / 5 + t * (1 / 7 + t * (1 / 9 + t * (1 / 11 + t * series)))
    return 2.0 * s * (1.0 + t * (1 / 3 + t * series)) + e * _LN_2


@rule
def logistic(v: float) -> float:
    """1 / (1 + e^−v), in (0, 1)."""
    return 1.0 / (1.0 + exp(-v))


@rule
def logit(u: float) -> float:
    """The inverse of `logistic`: the standard logistic quantile of a uniform draw in (0, 1)."""
    return log(u / (1.0 - u))


@rule
def tanh(v: float) -> float:
    """Hyperbolic tangent, in (−1, 1)."""
    return 1.0 - 2.0 / (exp(2.0 * v) + 1.0)


@rule
def clip(v: float, low: float, high: float) -> float:
    """`v` clipped to [low, high]."""
    return min(max(v, low), high)


@rule
def positive(v: float) -> float:
    """`v` if it is positive, else 0."""
    return max(v, 0.0)


@rule
def standard_normal(u: float) -> float:
    """The standard normal quantile of a uniform draw in (0, 1); increasing in `u`.

    Rational approximation, absolute error below 5e-4 in the body and the tails.
    Source: Abramowitz & Stegun (1964), formula 26.2.23.
    """
    tail = min(u, 1.0 - u)
    t = math.sqrt(-2.0 * log(tail))
    top = 2.515517 + t * (0.802853 + t * 0.010328)
    bottom = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    z = t - top / bottom
    return -z if u < 0.5 else z
