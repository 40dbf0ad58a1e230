"""On which line of a TOML text each key stands, for messages that say where.

The text is known to be valid TOML (the standard library has parsed it), so the scanner only has to keep step.
"""

import tomllib
from bisect import bisect_right

#: A key or list index at each level: `("compounds", "main", "households", "value")`, `("claims", 2, "unit")`.
Path = tuple[str | int, ...]

_SPACE = " \t\n"
_AFTER_VALUE = ",]}#\n"


def line_of(positions: dict[Path, int], path: Path) -> int:
    """The line of a path, or of its nearest parent that stands in the file; 1 where none does."""
    for length in range(len(path), 0, -1):
        if path[:length] in positions:
            return positions[path[:length]]
    return 1


def find_lines(text: str) -> dict[Path, int]:
    """The line (from 1) on which every key and list item of a valid TOML text first appears."""
    return _Scanner(text.replace("\r\n", "\n")).run()


class _Scanner:
    """Walks a valid TOML text once and notes where keys are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [i for i, character in enumerate(text) if character == "\n"]
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.peek("["):
                table = self.header()
            else:
                self.pair(table)
            self.skip()
        return self.lines

    def header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: where the following keys belong."""
        many = self.peek("[[")
        line = self.line()
        self.at += 2 if many else 1
        path: Path = ()
        keys = self.key()
        for i, key in enumerate(keys):
            path = (*path, key)
            self.lines.setdefault(path, line)
            if many and i == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:  # a list of tables: keys belong to its latest item
                path = (*path, self.counts[path])
                self.lines.setdefault(path, line)
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        return path

    def pair(self, table: Path) -> None:
        """`a.b = value`."""
        line = self.line()
        path = table
        for key in self.key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at = self.text.index("=", self.at) + 1
        self.skip()
        self.value(path)

    def key(self) -> list[str]:
        """A dotted key, its parts bare or quoted."""
        parts = []
        while True:
            self.skip()
            start = self.at
            if self.text[self.at] in "\"'":
                self.string()
                parts.append(str(tomllib.loads("key = " + self.text[start : self.at])["key"]))
            else:
                while self.at < len(self.text) and self.text[self.at] not in " \t.=]":
                    self.at += 1
                parts.append(self.text[start : self.at])
            self.skip()
            if not self.peek("."):
                return parts
            self.at += 1

    def value(self, path: Path) -> None:
        if self.text[self.at] in "\"'":
            self.string()
        elif self.peek("["):
            self.items(path)
        elif self.peek("{"):
            self.inline_table(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in _AFTER_VALUE:
                self.at += 1

    def items(self, path: Path) -> None:
        """`[value, value]`."""
        self.at += 1
        self.skip()
        index = 0
        while not self.peek("]"):
            self.lines.setdefault((*path, index), self.line())
            self.value((*path, index))
            index += 1
            self.comma()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        """`{key = value, key = value}`."""
        self.at += 1
        self.skip()
        while not self.peek("}"):
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.skip()
        if self.peek(","):
            self.at += 1
            self.skip()

    def string(self) -> None:
        """Move behind a string of any of the four kinds."""
        quote = self.text[self.at]
        mark = quote * 3 if self.peek(quote * 3) else quote
        self.at += len(mark)
        while not self.peek(mark):
            self.at += 2 if quote == '"' and self.peek("\\") else 1
        self.at += len(mark)
        while len(mark) == 3 and self.peek(quote):  # up to two quotes may stand before the closing three
            self.at += 1

    def skip(self) -> None:
        """Move behind white space, line ends and comments."""
        while self.at < len(self.text):
            if self.text[self.at] in _SPACE:
                self.at += 1
            elif self.peek("#"):
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def peek(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def line(self) -> int:
        return bisect_right(self.breaks, self.at - 1) + 1
