"""The files that come with the project, and how a name or a path leads to one."""

import os
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from model.specification import Strategy
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.strategyfile import read_strategy

_RUNNABLE = ("cases", "presets", "districts", "collections")


def list_cases() -> list[str]:
    """Identifiers of the shipped cases."""
    return list(shipped("cases"))


def list_presets() -> list[str]:
    """Identifiers of the shipped presets: compounds of typical size, without a city."""
    return list(shipped("presets"))


def list_districts() -> list[str]:
    """Identifiers of the shipped districts: many compounds under one street office."""
    return list(shipped("districts"))


def list_collections() -> list[str]:
    """Identifiers of the shipped collections: the compounds of a city or of the country, simulated in a stream."""
    return list(shipped("collections"))


def list_strategies() -> list[str]:
    """Identifiers of the shipped strategies."""
    return list(shipped("strategies"))


def list_sweeps() -> list[str]:
    """Identifiers of the shipped sweeps."""
    return list(shipped("sweeps"))


def load_strategy(name_or_path: str | Path) -> Strategy:
    """A strategy by its identifier or by a path to a .toml file.

    Raises ScenarioError for an unknown name (with the nearest) and for every problem of the file.
    """
    if is_path(name_or_path):
        return read_strategy(Path(name_or_path))
    known = shipped("strategies")
    name = _identifier(str(name_or_path))
    if name not in known:
        raise ScenarioError(f"unknown strategy {shown(str(name_or_path))}; {_alternatives(name, known)}")
    return read_strategy(known[name])


def case_file(name_or_path: str | Path) -> tuple[Traversable | Path, str | None]:
    """The file of a case, preset, district or collection, and the compound its name asks for.

    Raises ScenarioError for an unknown name, with the nearest.
    """
    if is_path(name_or_path):
        return Path(name_or_path), None
    known = {name: file for kind in _RUNNABLE for name, file in shipped(kind).items()}
    name, _, compound = _identifier(str(name_or_path)).partition("/")
    if name not in known:
        raise ScenarioError(f"unknown case {shown(str(name_or_path))}; {_alternatives(name, known)}")
    return known[name], compound or None


def is_path(name_or_path: Any) -> bool:
    """Whether a file is meant: a Path, or a text that ends in .toml or leads through folders."""
    if isinstance(name_or_path, Path):
        return True
    text = str(name_or_path)
    through_folders = text.startswith((".", "/", "~")) or "\\" in text or text.count("/") > 1
    return through_folders or text.lower().endswith(".toml")


@cache
def shipped(kind: str) -> dict[str, Traversable]:
    """The shipped files of a kind (cases, presets, districts, collections, sweeps …) by identifier, sorted."""
    folder = files("scenarios") / kind
    found = {f.name.removesuffix(".toml"): f for f in folder.iterdir() if f.name.endswith(".toml")}
    return dict(sorted(found.items()))


def _identifier(name: str) -> str:
    """A name as files are called: `kaifeng-district` is `kaifeng_district`."""
    return name.replace("-", "_")


def _alternatives(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return f"expected a .toml file or {listed(names, 20)}{file_meant(name) or nearest(name, names)}"


def file_meant(name: str, folder: str | Path = "") -> str:
    """`; did you mean 'x.toml'?` where a name without its ending is that of a file in a folder, or nothing."""
    return f"; did you mean '{name}.toml'?" if os.path.isfile(Path(folder, f"{name}.toml")) else ""
