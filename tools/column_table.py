"""Write the table of a household's columns into `docs/extend.md` from where they are declared."""

import inspect
import io
import re
import tokenize
from enum import IntEnum
from itertools import pairwise

from page_tables import head, row

from agents.columns import Column
from agents.resident import Resident
from model.world import columns
from model.world.state import Flag, Money, Real, Whole

BEGIN, END = "<!-- columns: written by `make reference` -->\n", "<!-- columns end -->"
_IN_FEN = "fen (0.01 yuan)"


def table() -> str:
    """A row a column: its name, what a method of `Resident` calls it, what it is, and what it takes."""
    rows = head("Column", "In a method", "What it is", "Takes")
    attributes = _attributes()
    for kind in (Real, Flag, Whole, Money):
        said = _comments(kind)
        for member in kind:
            name = member.name.lower()
            allowed = columns.allowed_in(name)
            if allowed.is_note:
                continue
            what = _in_words(name, said[member.name]) + (f", {_IN_FEN}" if kind is Money else "")
            own = f"`self.{attributes[name]}`" if name in attributes else "–"
            rows.append(row(f"`{name}`", own, what, _takes(name, allowed)))
    return "\n".join(rows) + "\n"


def page(text: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _attributes() -> dict[str, str]:
    """What an agent calls each column."""
    return {kept.name: called for called, kept in vars(Resident).items() if isinstance(kept, Column)}


def _takes(name: str, allowed: columns.Allowed) -> str:
    kinds = columns.CATEGORIES.get(name)
    if kinds is None:
        return (
            "read only" if allowed.fixed else "0 or 1" if allowed.is_mark else f"{allowed}".replace("-", "−")
        )
    members = ", ".join(f"{member.value} `{kinds.__name__}.{member.name}`" for member in kinds)
    return f"{members}; read only" if allowed.fixed else members


def _in_words(name: str, said: str) -> str:
    """What is said of a column, with its name where a letter or a number alone would stand."""
    kinds = columns.CATEGORIES.get(name)
    if kinds is not None:
        said = said.replace(f"`{kinds.__name__}`", re.split("[.:]", inspect.getdoc(kinds) or "")[0].lower())
    if re.match(r"[^\x00-\x7f],|from \d", said):
        said = f"{name.replace('_', ' ')} {said}"
    return re.sub(r"\b[A-Z]{4,}\b", lambda instrument: instrument[0].lower(), said)


def _comments(kind: type[IntEnum]) -> dict[str, str]:
    """What is said of each member behind it, or in the line above; not which files write it."""
    found: dict[str, str] = {}
    above = ""
    tokens = list(tokenize.generate_tokens(io.StringIO(inspect.getsource(kind)).readline))
    for before, token in pairwise(tokens):
        if token.type == tokenize.COMMENT and before.type in (tokenize.NL, tokenize.NEWLINE):
            above = token.string
        elif token.type == tokenize.COMMENT:
            found[_member(token.line)] = _plain(token.string)
        elif token.type == tokenize.NEWLINE and above and re.match(r"\s+[A-Z_]+ = \d+", token.line):
            found.setdefault(_member(token.line), _plain(above))
            above = ""
    return found


def _member(line: str) -> str:
    return line.partition("=")[0].strip()


def _plain(comment: str) -> str:
    return comment.removeprefix("#").strip().rpartition(";")[0].strip()
