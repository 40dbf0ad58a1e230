"""Load cases, presets, districts, collections and strategies by name or by path.

    case = load_case("hangzhou/chengjian_gongyu")
    scenario = apply_settings(case.scenario(strategy="full_bundle"), ["consent_gate=0.9"])

Names are those of the shipped files, `-` as good as `_`; a path ends in `.toml`. Whatever is wrong with a file or
a name raises `ScenarioError`, one line a problem, and nothing else.
"""

from pathlib import Path

from scenarios.files.casefile import Case, CaseCompound, read_case
from scenarios.files.claims import Claim, Document
from scenarios.files.library import (
    case_file,
    list_cases,
    list_collections,
    list_districts,
    list_presets,
    list_strategies,
    load_strategy,
)
from scenarios.files.problems import ScenarioError
from scenarios.files.quantities import Bilingual, Quantity
from scenarios.files.settings import apply_settings, apply_to_collection, apply_to_district
from scenarios.files.sources import Reference, load_sources
from scenarios.files.strategyfile import StrategyFile

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


def load_case(name_or_path: str | Path, compound: str | None = None) -> Case:
    """A case, preset, district or collection: `hangzhou/chengjian_gongyu`, `national_mean`, or a path to a .toml file.

    compound : which compound is the default; wins over one in the name
    Raises ScenarioError for an unknown name (with the nearest) and for every problem of the file.
    """
    file, named = case_file(name_or_path)
    case = read_case(file)
    chosen = compound if compound is not None else named
    return case if chosen is None else case.with_compound(chosen)
