"""A district: sizes, people and incomes of its compounds, drawn from the seed or by its own tables; batches, bundles.

A district is one street office's (街道办). Its compounds are the scenario's compound in other sizes, with other
shares of elders, trust and common income. Buildings and households add up exactly.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agents.categories import Allocation, Trait
from compiling.exact import clip, standard_normal
from model.engine import DistrictOffice, Run, build_world
from model.households import Tables
from model.settings import with_settings
from model.specification import District, Scenario
from model.world.compound_draws import uniform_of_compound
from model.world.randomness import Purpose
from model.world.tables import to_tables

if TYPE_CHECKING:
    import pandas as pd

#: The most that `Management.common_income` accepts.
_MOST_COMMON_INCOME = 5.0


def _deviate(seed: int, number: int, purpose: Purpose) -> float:
    """A standard normal draw of one compound of the district."""
    return standard_normal(uniform_of_compound(seed, number, purpose))


def apportion(total: int, weights: Sequence[float], least: Sequence[int]) -> list[int]:
    """Whole numbers that add up to `total`, in proportion to weights, none below its least (largest remainders).

    Raises ValueError when the least alone exceed the total.
    """
    free = total - sum(least)
    if free < 0:
        raise ValueError(f"{total} cannot be shared out: at least {sum(least)} are needed")
    scale = free / sum(weights)
    parts = [math.floor(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - weights[i] * scale, i))
    for i in by_remainder[: free - sum(parts)]:
        parts[i] += 1
    return [part + low for part, low in zip(parts, least, strict=True)]


def district_runs(scenario: Scenario, district: District, seed: int) -> list[Run]:
    """Every compound of a district as one run, in order; they share one office.

    scenario : of a usual compound of the district; sizes, elders, trust and common income differ around it. Where it
    has tables, its compounds are theirs, and differ in trust and common income
    Raises ValueError where the households are too few for the buildings, or a compound is out of range.
    """
    numbers = range(district.compounds)
    compounds = _own(scenario) if scenario.tables else _drawn(scenario, district, seed)
    incomes = [
        math.exp(
            district.common_income_log_sd * _deviate(seed, c, Purpose.DISTRICT_COMMON_INCOME)
            - district.common_income_log_sd**2 / 2  # so that the factor is 1 on average
        )
        for c in numbers
    ]
    office = _office(scenario, district)
    usual = scenario.compound
    usual_income = scenario.effective_management().common_income
    bundles = bundle_rich_and_poor(incomes, office.n_bundles)
    runs = []
    for c in numbers:
        trust = district.trust_sd * _deviate(seed, c, Purpose.DISTRICT_TRUST)
        own = with_settings(
            compounds[c],
            {
                "compound.trust_office": clip(usual.trust_office + trust, 0.0, 1.0),
                "management.common_income": min(usual_income * incomes[c], _MOST_COMMON_INCOME),
            },
        )
        own = own.knowing(Trait.TRUST_OFFICE)  # drawn here
        start = district.batch_interval_weeks * (c * district.batches // district.compounds)
        runs.append(Run(own, seed, number=c, office=office, start_week=start, bundle=bundles[c]))
    return runs


def _drawn(scenario: Scenario, district: District, seed: int) -> list[Scenario]:
    """The compounds of a district in sizes and with shares of elders drawn around the usual one."""
    numbers = range(district.compounds)
    size = [math.exp(district.size_log_sd * _deviate(seed, c, Purpose.DISTRICT_SIZE)) for c in numbers]
    buildings = apportion(district.buildings, size, [1] * district.compounds)
    least = [b * max(scenario.compound.stairwells_per_building, 4) for b in buildings]
    households = apportion(district.households, [float(b) for b in buildings], least)
    found = []
    for c in numbers:
        elder = district.elder_sd * _deviate(seed, c, Purpose.DISTRICT_ELDER)
        sizes = {
            "compound.households": households[c],
            "compound.buildings": buildings[c],
            "compound.elder": clip(scenario.compound.elder + elder, 0.0, 1.0),
        }
        found.append(with_settings(scenario, sizes).knowing(Trait.ELDERS))  # drawn here
    return found


def _own(scenario: Scenario) -> list[Scenario]:
    """The compounds of a district's own tables; one whose buildings are said to be higher keeps these floors."""
    assert scenario.tables is not None
    tables, floors = scenario.tables, scenario.compound.floors
    compounds = [scenario.with_tables(tables.of(c)) for c in range(len(tables.compounds))]
    if floors == tables.numbers["floors"]:
        return compounds
    return [with_settings(compound, {"compound.floors": floors}) for compound in compounds]


def district_of(tables: Tables, **numbers: Any) -> District:
    """The compounds of tables as a district. numbers : of a `District`, whose defaults hold for the others."""
    return District(**{**numbers, **tables.district})


def district_tables(runs: Sequence[Run]) -> "dict[str, pd.DataFrame]":
    """Households and ties of a district's compounds, before the first week, as tables that `read_tables` takes.

    A compound is called as in its own table, or by its number from 1.
    """
    own = [run.scenario.tables for run in runs]
    called = [tables.compounds[0].name if tables else "" for tables in own]
    return to_tables(build_world(runs), [name or str(c + 1) for c, name in enumerate(called)])


def _office(scenario: Scenario, district: District) -> DistrictOffice:
    n = district.households
    return DistrictOffice(
        hours_per_week=district.hours_per_household_week * n,
        hours_budget=scenario.effective_office().hours_budget_per_household * n,
        allocation=int(Allocation[district.allocation.upper()]),
        n_bundles=-(-district.compounds // district.bundle_compounds),
    )


def bundle_rich_and_poor(incomes: Sequence[float], n_bundles: int) -> list[int]:
    """The bundle of each compound: rich and poor go together (肥瘦搭配), dealt out back and forth, richest first."""
    richest_first = sorted(range(len(incomes)), key=lambda c: (-incomes[c], c))
    bundles = [0] * len(incomes)
    for place, c in enumerate(richest_first):
        turn, position = divmod(place, n_bundles)
        bundles[c] = position if turn % 2 == 0 else n_bundles - 1 - position
    return bundles
