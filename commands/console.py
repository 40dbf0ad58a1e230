"""Where the commands print: results on standard output, everything else on standard error."""

import os
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.wording import word

#: Width where nobody looks at a terminal and COLUMNS is not set: wide enough for the tables not to break lines.
PIPED_WIDTH = 140


def results() -> "_Console":
    """The console of results: standard output."""
    return _console(stderr=False)


def notes() -> "_Console":
    """The console of progress and remarks: standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "_Console":
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return _Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the command say that nobody reads on, which is no failure."""
        raise BrokenPipeError


class PlainTable(Table):
    """A table without lines, of which nothing is cut where the terminal is narrow.

    Chinese has no spaces to break at.
    """

    def __init__(self) -> None:
        super().__init__(box=None, pad_edge=False, header_style="bold")

    def add_column(self, header: Any = "", *arguments: Any, **options: Any) -> None:
        """A column whose words are broken where they do not fit."""
        super().add_column(header, *arguments, **{"overflow": "fold", **options})


def say(key: str, lang: str, /, **words: Any) -> Text:
    """A text of the command line as rich text, markup in names left alone."""
    return Text(word(key, lang, **words))
