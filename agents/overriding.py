"""What a subclass of an actor may override, checked when the class is made and when its methods answer.

A method of a name the model does not call would change nothing and say nothing, and so would an answer that is none.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from enum import IntEnum
from functools import wraps
from numbers import Integral, Real
from types import FunctionType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import numpy as np
from mesa import Agent

from agents.columns import Column, Field

_MARK = "_is_own"


class Between(NamedTuple):
    """What a number that a method returns lies between, both ends included."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"from {self.low:.12g} {'up' if self.high == np.inf else f'to {self.high:.12g}'}"


Share = Annotated[float, Between(0.0, 1.0)]
Opinion = Annotated[float, Between(-1.0, 1.0)]
Hours = Annotated[float, Between(0.0, np.inf)]
#: What a household knows, as one number, which its column holds.
Knowledge = Annotated[int, Between(-1_000_000_000, 1_000_000_000)]


def own[F: Callable[..., Any]](method: F) -> F:
    """Mark a method (or, below `@property`, a property) as the subclass's own, which its own code calls."""
    setattr(method, _MARK, True)
    return method


class RefusedError(TypeError):
    """Something of a researcher's own is refused: a method nobody calls, an answer nobody reads.

    function : where it is written, for whoever tells its file and line; None where that is no function
    """

    def __init__(self, wrong: str, function: Any = None) -> None:
        super().__init__(wrong)
        written = function.fget if isinstance(function, property) else function
        self.function: FunctionType | None = written if isinstance(written, FunctionType) else None


class Actor(Agent):
    """A Mesa agent whose decisions the model calls by name.

    Raises TypeError for a subclass with a public method that no model calls, with the nearest name that it does; a
    method of the subclass's own begins with `_` or is marked `@own`. What an overriding method returns is checked at
    every call.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        actors = [base for base in cls.__mro__[1:] if issubclass(base, Actor) and base is not Actor]
        if not actors:
            return
        known = {name: value for base in reversed(actors) for name, value in _public(base)}
        for name, value in _of_its_own(cls):
            if name in known:
                _refuse_another_kind(cls, name, value, known[name])
                if inspect.isfunction(value):
                    setattr(cls, name, _checked(cls, name, value, known[name]))
            elif not _is_own(value) and (
                callable(value) or isinstance(value, property) or _nearest(name, known, 0.8)
            ):
                raise RefusedError(f"{cls.__name__}.{name}: {_unknown(name, known)}", value)


def _public(cls: type) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in vars(cls).items() if not name.startswith("_"))


def _of_its_own(cls: type) -> Iterator[tuple[str, Any]]:
    """What a class and those it mixes in bring; what actors and Mesa brought was checked with them."""
    for base in cls.__mro__:
        if base is cls or not (issubclass(base, Actor) or base in Actor.__mro__):
            yield from list(_public(base))


def _is_own(value: Any) -> bool:
    """Whether a name that no model calls was meant."""
    return bool(getattr(value.fget if isinstance(value, property) else value, _MARK, False))


def _nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=cutoff)), "")


def _unknown(name: str, known: Iterable[str]) -> str:
    if name in ("step", "advance"):
        return (
            "the model calls no step of its agents, it calls their decisions; expected one of docs/extend.md"
        )
    close = _nearest(name, known)
    meant = f"; did you mean {close!r}?" if close else "."
    return (
        f"nothing calls it{meant} A name of your own begins with '_', or is marked @own (agents.overriding)"
    )


def _refuse_another_kind(cls: type, name: str, value: Any, known: Any) -> None:
    """Raise TypeError where a method is overridden by no method, a property by no property, a column by anything."""
    if isinstance(known, Column | Field) and not isinstance(value, type(known)):
        raise RefusedError(
            f"{cls.__name__}.{name}: is a number that the engine reads as well; expected self.{name} = … in a method",
            value,
        )
    for kind, called in ((property, "a @property"), (FunctionType, "a method")):
        if isinstance(known, kind) and not isinstance(value, kind):
            raise RefusedError(
                f"{cls.__name__}.{name}: expected {called}, as in {_declared_in(cls, name)}", value
            )


def _declared_in(cls: type, name: str) -> str:
    """The actor that declares a name, for messages."""
    return next(base.__name__ for base in reversed(cls.__mro__) if name in vars(base))


def _checked(cls: type, name: str, method: Callable[..., Any], known: Any) -> Callable[..., Any]:
    """The method, with what it returns held against what the model is told to expect."""
    wanted = inspect.signature(known).return_annotation

    @wraps(method)
    def call(*given: Any, **options: Any) -> Any:
        answer = method(*given, **options)
        if not _answers(answer, wanted):
            wrong = f"{cls.__name__}.{name} returned {str(answer)[:60]}; expected {in_words(wanted)}"
            raise RefusedError(wrong, method)
        return answer

    return call


_TRUTHS = (bool, np.bool_)


def _answers(answer: Any, wanted: Any) -> bool:
    if wanted is None:
        return answer is None
    if wanted is bool:
        return isinstance(answer, _TRUTHS)
    number = type(answer) is float or (isinstance(answer, Real) and not isinstance(answer, _TRUTHS))
    if wanted is int:
        return number and isinstance(answer, Integral)
    if wanted is float:
        return number and bool(np.isfinite(float(answer)))
    if get_origin(wanted) is Annotated:
        kind, between = get_args(wanted)
        return _answers(answer, kind) and between.low <= answer <= between.high
    if inspect.isclass(wanted) and issubclass(wanted, IntEnum):
        return isinstance(answer, wanted)
    return answer is not None


def in_words(wanted: Any) -> str:
    """What a method must return, in words."""
    if wanted is None:
        return "nothing: it acts itself"
    if wanted is bool:
        return "True or False"
    if get_origin(wanted) is Annotated:
        kind, between = get_args(wanted)
        return f"{in_words(kind)} {between}"
    if inspect.isclass(wanted) and issubclass(wanted, IntEnum):
        return " or ".join(f"{wanted.__name__}.{kind.name}" for kind in wanted)
    return {int: "a whole number", float: "a number"}.get(wanted, str(wanted).replace("typing.", ""))
