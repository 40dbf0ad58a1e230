"""Errors as directions: where, what was found, what was expected, and the nearest name that exists."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

LONGEST_SHOWN = 60


class ScenarioError(Exception):
    """A scenario, case, strategy or setting that cannot be used.

    The message holds one line per problem, in file order:
    `file:line: key = found; expected …; did you mean 'nearest'?`
    """

    @property
    def problems(self) -> list[str]:
        """The problems, one line each."""
        return str(self).split("\n")


def shown(value: Any) -> str:
    """A found value as one short printable line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        return "an enormous number"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the closest known name, or nothing where none is close."""
    close = get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Names for a message: all of them, or the first few and a count."""
    if len(names) <= limit:
        return ", ".join(names)
    return ", ".join(names[:limit]) + f" and {len(names) - limit} more"
