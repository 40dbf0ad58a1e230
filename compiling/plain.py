"""Plain mode: with `GONGZHI_PLAIN=1` in the environment, every compiled function is the Python function it is made of.

For debuggers, coverage and mutation testing; a hundred times slower or more. Numba is never loaded, and results are
the same to the bit. That needs some care, because NumPy and Numba differ about single numbers:

- NumPy keeps ``float32 * 2.0`` in single precision, Numba makes it double; only two singles give a single in both.
- NumPy computes ``uint8 + 1`` in 8 bits, Numba in 64.

Columns of the world are therefore read as `Single` and as Python integers, and rules are given doubles.
"""

import os
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Self, cast

import numpy as np

#: Whether this process runs in plain mode. Read once: functions are marked when their module is imported.
IS_PLAIN = os.environ.get("GONGZHI_PLAIN", "0") not in ("", "0")


class Single(np.float64):
    """A number read from a float32 column: arithmetic is in double precision, except with another `Single`."""

    def __add__(self, other: Any) -> Any:
        return _single_if_both(other, np.float64.__add__(self, other))

    def __sub__(self, other: Any) -> Any:
        return _single_if_both(other, np.float64.__sub__(self, other))

    def __mul__(self, other: Any) -> Any:
        return _single_if_both(other, np.float64.__mul__(self, other))

    def __truediv__(self, other: Any) -> Any:
        return _single_if_both(other, np.float64.__truediv__(self, other))


def _single_if_both(other: Any, result: Any) -> Any:
    """Round what two singles give to single precision; computing it in double first does not change the result."""
    return Single(np.float32(result)) if type(other) is Single else result


class Column(np.ndarray):
    """An array whose items behave as in compiled code; arithmetic on the whole array gives an ordinary array."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        if isinstance(found, np.float32):
            return Single(found)
        return int(found) if isinstance(found, np.integer) else found

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else array.view(np.ndarray)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, without NumPy's warnings of overflow and division by zero: compiled code has none."""
    return np.errstate(all="ignore")(function)


def plain_rule(function: Callable[..., Any]) -> Callable[..., Any]:
    """The rule itself, given doubles where it is handed a `Single`."""

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        return function(*map(_double, given), **{name: _double(value) for name, value in named.items()})

    return call


def _double(value: Any) -> Any:
    return np.float64(value) if type(value) is Single else value


def plain_tuple[T: type](tuple_class: T) -> T:
    """The same named tuple, with arrays read as `Column` and tables whose rows have their fields as attributes."""

    class Plain(tuple_class):  # type: ignore[misc, valid-type]
        def __new__(cls, *arrays: np.ndarray, **named: np.ndarray) -> Self:
            return cls._make(tuple_class(*arrays, **named))

        @classmethod
        def _make(cls, arrays: Iterable[np.ndarray]) -> Self:
            return tuple.__new__(cls, map(_as_read, arrays))

    for name in ("__doc__", "__module__", "__name__", "__qualname__"):
        setattr(Plain, name, getattr(tuple_class, name))
    return cast(T, Plain)


def _as_read(array: np.ndarray) -> np.ndarray:
    return array.view(Column if array.dtype.names is None else np.recarray)
