"""Folders of `gongzhi sweep` that the page Sweep may open, how far each is, and what its runs say so far.

Folders are looked for in one place, which whoever starts the dashboard has chosen. A page names one of those found:
nothing that a browser sends is ever used as a path. `analysed` runs in a worker.
"""

import importlib
import os
from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.group_names import shown
from dashboard.steps import teller
from scenarios.reading import read_json

#: What the page offers of `scenarios.analysis.battery.ANALYSES`.
OFFERED = ("surfaces", "sensitivity", "robustness", "paired", "levels", "replicates")


@dataclass(frozen=True)
class Folder:
    """A sweep's folder as it is now.

    done : rows written, failed ones too; planned : runs of the whole sweep; seconds_left : as the sweep last said
    manifest : which file says what sweep it is: time, bytes and number, so that another is told from it
    """

    name: str
    zh: str
    en: str
    done: int
    failed: int
    planned: int
    seconds_left: float
    updated: str
    manifest: tuple[int, int, int]

    @property
    def contents(self) -> Hashable:
        """What differs where the folder holds something else, as far as can be seen from outside."""
        return (self.manifest, self.done, self.failed, self.updated if self.finished else "")

    @property
    def finished(self) -> bool:
        """Whether every run is there."""
        return self.planned > 0 and self.done >= self.planned


def root() -> Path:
    """Where folders are looked for."""
    return Path(os.environ.get("GONGZHI_RESULTS", "results"))


def folders() -> list[Folder]:
    """Every sweep in the place, the one changed last first. What cannot be read, or makes no sense, is left out."""
    try:
        places = list(root().iterdir())
    except OSError:
        return []
    found = [(_changed(place), folder) for place in places if (folder := _read(place)) is not None]
    return [folder for _, folder in sorted(found, key=lambda one: -one[0])]


def _changed(place: Path) -> float:
    try:
        progress = place / "progress.json"
        return (progress if progress.exists() else place / "manifest.json").stat().st_mtime
    except OSError:  # it has just been moved away
        return 0.0


#: A manifest of a hundred thousand runs takes a few megabytes; what is larger was not written by a sweep.
LARGEST_FILE = 32_000_000
#: What a file that anybody may have written can do to whoever reads it: be absent, no JSON, nested ten thousand deep,
#: of other kinds than expected, or hold numbers without end.
_UNREADABLE = (OSError, ValueError, RecursionError, AttributeError, TypeError, ArithmeticError)


def _read(place: Path) -> Folder | None:
    try:
        file = place / "manifest.json"
        if not file.is_file():
            return None
        which = file.stat()  # before it is read: what is put there meanwhile is seen next time
        manifest = _json(file)
        progress = _json(place / "progress.json") if (place / "progress.json").is_file() else {}
        if manifest.get("kind") != "sweep" or shown(place.name) != place.name:
            return None
        described = manifest.get("described", {})
        seconds_left = float(progress.get("seconds_left", 0.0))
        return Folder(
            name=place.name,
            zh=_word(described.get("zh") or manifest.get("id") or place.name),
            en=_word(described.get("en") or manifest.get("id") or place.name),
            done=_count(progress.get("done", 0)),
            failed=_count(progress.get("failed", 0)),
            planned=_count(manifest.get("different_runs", manifest.get("runs", progress.get("runs", 0)))),
            seconds_left=seconds_left if 0.0 <= seconds_left < 1e9 else 0.0,
            updated=_word(progress.get("updated", "")),
            manifest=(which.st_mtime_ns, which.st_size, which.st_ino),
        )
    except _UNREADABLE:
        return None


def _json(file: Path) -> Any:
    return read_json(file, LARGEST_FILE, infinite=True)  # what is shown of it is put within bounds


def _word(said: object) -> str:
    return shown(str(said)[:200])


def _count(said: Any) -> int:
    return min(max(int(said), 0), 10**12)


class Picture(NamedTuple):
    """A figure as PNG, and the size of its smallest words as a share of its width."""

    png: bytes
    smallest_words: float


@dataclass(frozen=True)
class Part:
    """One analysis: figures, findings in words, and what could not be analysed, as the analysis says it.

    rows : runs it rests on; refused : messages, in English; where there are no figures they say why
    """

    name: str
    figures: tuple[Picture, ...]
    lines: tuple[str, ...]
    refused: tuple[str, ...]
    rows: int


#: What an analysis loads the first time, some seconds in all; one after another, so that a page sees it go on.
LOADED = (
    "scipy.sparse",
    "scipy.optimize",
    "scipy.spatial",
    "matplotlib.figure",
    "matplotlib.pyplot",
    "scipy.stats",
    "scenarios.analysis.discovery",
    "scenarios.analysis.battery",
)
#: Figures on a page are narrower than by themselves, so that their words are larger; centimetres, and a share.
NARROWEST, NARROWER = 24.0, 0.7
#: Of the whole, about: when loading has ended, and when figures begin to be written.
BEGUN, DRAWN = 0.3, 0.8


def analysed(place: str, name: str, lang: str, file: str) -> Part:
    """One analysis of what a folder holds now. file : where to tell how far it is"""
    tell = teller(file)
    for i, module in enumerate(LOADED):
        tell(0.01 + (BEGUN - 0.01) * i / len(LOADED))
        importlib.import_module(module)
    tell(BEGUN)
    import matplotlib.pyplot as plt

    from model.brought import bringing
    from scenarios.analysis.battery import Found, analyse_all, usual_wish
    from scenarios.analysis.problem import AnalysisError
    from scenarios.analysis.sweeps import open_source
    from scenarios.figures.style import Printed, fit, png, smallest_words
    from scenarios.files.strategyfile import strategy_name

    try:
        source = open_source(place)
        wish = replace(
            usual_wish(source.study),
            design=source.design,
            pairs_design=source.pairs_design,
            design_kind=source.design_kind,
            tell=lambda done: tell(BEGUN + (DRAWN - BEGUN) * done),
        )
        names = {strategy.id: strategy_name(strategy, lang) for strategy in source.strategies}
        with bringing(source.brought):
            found = next(iter(analyse_all(source.study, wish, only=(name,), lang=lang, names=names)))
    except AnalysisError as error:
        return Part(name, (), (), tuple(without_place(str(error), place).split("\n")), 0)
    assert isinstance(found, Found)
    pictures = []
    for i, figure in enumerate(found.figures.values(), 1):
        fitted = fit(figure, Printed(width=max(NARROWEST, NARROWER * 2.54 * figure.get_figwidth())))
        pictures.append(Picture(png(fitted, dpi=160), smallest_words(fitted)))
        tell(DRAWN + (1.0 - DRAWN) * i / len(found.figures))
    plt.close("all")
    lines = tuple(line for line in found.lines if not line.startswith(place))
    refused = tuple(without_place(line, place) for line in found.lines if line.startswith(place))
    return Part(name, tuple(pictures), lines, refused, source.n_rows)


def without_place(said: str, place: str) -> str:
    """What is said of a folder without where it lies, which is nobody's business in a browser."""
    return said.replace(str(Path(place).parent) + os.sep, "")
