"""What the shell offers behind Tab: names of cases, strategies, sweeps, instruments and pages, and files.

Names are read from the shipped files, not through the model: Tab should not wait for it.
"""

import os
import tomllib
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from click import Context, Parameter
from click.shell_completion import CompletionItem

from commands.language import language_of

type Completer = Callable[[Context, Parameter, str], list[CompletionItem]]
#: Name and what it is called.
type Named = tuple[str, str]


def cases(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """What `run` takes: cases, their compounds, presets, districts, collections, and files."""
    return _names_or_files(begun, _cases)


def compounds(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """What `compare` and `search` take: cases, their compounds, presets, and files."""
    return _names_or_files(begun, lambda: _cases(("cases", "presets")))


def strategy(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """A strategy, or a file."""
    return _names_or_files(begun, lambda: _of("strategies"))


def strategies(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """Strategies by commas: the last one, those before it left out."""
    return _listed(begun, lambda: _of("strategies"))


def instruments(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """Instruments by commas."""
    return _listed(begun, _instruments)


def sweeps(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """A sweep, or a file."""
    return _names_or_files(begun, lambda: _of("sweeps"))


def pages(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """A page of the documentation."""
    from scenarios.documents import page_names

    return _matching(begun, [(name, "") for name in page_names()])


def paths(_: Context, __: Parameter, begun: str) -> list[CompletionItem]:
    """Files, as the shell itself finds them."""
    return _files(begun)


def _files(begun: str) -> list[CompletionItem]:
    return [CompletionItem(begun, type="file")]


def _names_or_files(begun: str, named: Callable[[], Iterable[Named]]) -> list[CompletionItem]:
    """Names that begin so; where none does, the files that do."""
    if begun.startswith((".", "/", "~")):
        return _files(begun)
    return _matching(begun, named()) or _files(begun)


def _matching(begun: str, named: Iterable[Named]) -> list[CompletionItem]:
    wanted = begun.replace("-", "_")
    return [CompletionItem(name, help=called) for name, called in named if name.startswith(wanted)]


def _listed(begun: str, named: Callable[[], Iterable[Named]]) -> list[CompletionItem]:
    before, comma, last = begun.rpartition(",")
    there = set(before.split(","))
    left = [(name, called) for name, called in named() if name not in there]
    return [CompletionItem(f"{before}{comma}{item.value}", help=item.help) for item in _matching(last, left)]


def _cases(kinds: Iterable[str] = ("cases", "presets", "districts", "collections")) -> list[Named]:
    """Each by its name, and the compounds of a case that are not the one it is run with otherwise."""
    found = []
    for kind in kinds:
        for data in _shipped(kind):
            found.append(_named(data))
            default = data.get("default_compound") or next(iter(data["compounds"]))
            others = (item for item in data["compounds"].items() if item[0] != default)
            found += [(f"{data['id']}/{name}", _named(compound)[1]) for name, compound in others]
    return found


def _of(kind: str) -> list[Named]:
    return [_named(data) for data in _shipped(kind)]


def _instruments() -> list[Named]:
    from model.instruments import INSTRUMENTS

    lang = language_of(os.environ)
    return [(instrument.name.lower(), getattr(info, lang)) for instrument, info in INSTRUMENTS.items()]


def _named(data: dict[str, Any]) -> Named:
    return str(data.get("id", "")), str(data[language_of(os.environ)])


def _shipped(kind: str) -> list[dict[str, Any]]:
    """The shipped files of a kind, each with its identifier, in order."""
    folder = files("scenarios") / kind
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return [{"id": f.name.removesuffix(".toml"), **tomllib.loads(f.read_text("utf-8"))} for f in found]
