"""What cannot be used, as directions: where, what was found, what was expected, and the nearest name that exists."""

from model.directions import LONGEST_SHOWN, listed, nearest, shown

__all__ = ["LONGEST_SHOWN", "ScenarioError", "listed", "nearest", "own_is_meant", "shown"]


class ScenarioError(Exception):
    """A scenario, case, strategy or setting that cannot be used.

    The message holds one line per problem, in file order:
    `file:line: key = found; expected …; did you mean 'nearest'?`
    """

    @property
    def problems(self) -> list[str]:
        """The problems, one line each."""
        return str(self).split("\n")


def own_is_meant() -> str:
    """What to do where an unknown instrument is one's own; nothing where somebody has brought some."""
    from model.brought import brought  # loads pydantic, for which help and lists do not wait

    return "" if brought().instruments else "; an instrument of your own comes with --own FILE.py"
