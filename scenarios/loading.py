"""Load cases, presets, districts, collections and strategies by name or by path.

    case = load_case("hangzhou/chengjian_gongyu")
    scenario = apply_settings(case.scenario(strategy="full_bundle"), ["consent_gate=0.9"])

Names are those of the shipped files, `-` as good as `_`; a path ends in `.toml`. Whatever is wrong with a file or
a name raises `ScenarioError`, one line a problem, and nothing else.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from model.brought import Brought, bringing
from model.specification import Strategy
from scenarios.files.casefile import Case, CaseCompound, read_case
from scenarios.files.claims import Claim, Document
from scenarios.files.library import (
    case_file,
    list_cases,
    list_collections,
    list_districts,
    list_presets,
    list_strategies,
)
from scenarios.files.library import load_strategy as _load_strategy
from scenarios.files.problems import ScenarioError
from scenarios.files.quantities import Bilingual, Quantity
from scenarios.files.settings import apply_settings, apply_to_collection, apply_to_district
from scenarios.files.sources import Reference, load_sources
from scenarios.files.strategyfile import StrategyFile

if TYPE_CHECKING:
    from model.own import OwnInstrument, OwnUse
    from scenarios.own import Own

__all__ = [
    "Bilingual",
    "Case",
    "CaseCompound",
    "Claim",
    "Document",
    "Quantity",
    "Reference",
    "ScenarioError",
    "StrategyFile",
    "apply_settings",
    "apply_to_collection",
    "apply_to_district",
    "list_cases",
    "list_collections",
    "list_districts",
    "list_presets",
    "list_strategies",
    "load_case",
    "load_sources",
    "load_strategy",
]


def load_strategy(
    name_or_path: str | Path, own: "Own | Iterable[OwnUse | OwnInstrument] | str | Path | None" = None
) -> Strategy:
    """A strategy by its identifier or by a path to a .toml file.

    own : what its file may name of a researcher's own: a `.py` file or module, as `--own` takes it (`scenarios.own`),
        or instruments and their uses (`model.own`); what is in use acts where the strategy says nothing of it
    Raises ScenarioError for an unknown name (with the nearest) and for every problem of the file.
    """
    if own is None:
        return _load_strategy(name_or_path)
    things = _brought(own)
    with bringing(things):
        return things.used_by(_load_strategy(name_or_path))


def _brought(own: "Own | Iterable[OwnUse | OwnInstrument] | str | Path") -> Brought:
    if isinstance(own, Iterable) and not isinstance(own, str):
        return Brought.of(own)
    from scenarios.own import load_own  # loads Mesa

    return load_own(own).brought


def load_case(name_or_path: str | Path, compound: str | None = None) -> Case:
    """A case, preset, district or collection: `hangzhou/chengjian_gongyu`, `national_mean`, or a path to a .toml file.

    compound : which compound is the default; wins over one in the name
    Raises ScenarioError for an unknown name (with the nearest) and for every problem of the file.
    """
    file, named = case_file(name_or_path)
    case = read_case(file)
    chosen = compound if compound is not None else named
    return case if chosen is None else case.with_compound(chosen)
