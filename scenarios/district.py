"""A district as it is run: the runs of its compounds, and what they come to together, by week and at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from agents.categories import Stage
from model.district_plan import district_runs
from model.engine import Results, Run
from model.households import Tables
from model.measures import Outcome
from model.refusing import SettingError
from model.specification import District, Scenario, hash_of
from scenarios.catalogue import STAGES
from scenarios.files.problems import ScenarioError
from scenarios.totals import counted_of, totals

if TYPE_CHECKING:
    import pandas as pd

#: Columns that count compounds, in the order of the stages.
STAGE_COLUMNS = [f"stage_{stage}" for stage in STAGES]

#: Columns of the weekly totals that are sums of an outcome over compounds, and those weighted by households.
_SUMS = {
    "freed_m2": Outcome.FREED_M2,
    "lifts_built": Outcome.LIFTS_BUILT,
    "compounds_with_company": Outcome.COMPANY_PRESENT,
    "office_hours": Outcome.OFFICE_HOURS,
    "public_money": Outcome.OFFICE_YUAN,
    "arrears_yuan": Outcome.ARREARS_YUAN,
}
_MEANS = {
    "headline_consent": Outcome.HEADLINE_CONSENT,
    "valid_consent": Outcome.VALID_CONSENT,
    "insincere_share": Outcome.INSINCERE_SHARE,
    "support_share": Outcome.SUPPORT_SHARE,
    "trust_office": Outcome.TRUST_OFFICE,
    "satisfaction": Outcome.SATISFACTION,
}


def runs_of_seeds(scenario: Scenario, district: District, seeds: Iterable[int]) -> list[Run]:
    """The compounds of the district, drawn anew for every seed, seed by seed.

    scenario : of the usual compound, around which the others are drawn
    Raises ScenarioError where households do not suffice for the buildings, or a compound would be out of range.
    """
    return [run for seed in seeds for run in _runs(scenario, district, seed)]


def _runs(scenario: Scenario, district: District, seed: int) -> list[Run]:
    refuse_other_sizes(scenario.tables, district)
    try:
        return district_runs(scenario, district, seed)
    except SettingError as error:
        found = str(error.refusals[0]).removeprefix("compound.")
        raise ScenarioError(f"district: a compound drawn from seed {seed} has {found}") from None
    except ValueError as error:
        raise ScenarioError(f"district.households: {error}") from None


def refuse_other_sizes(tables: Tables | None, district: District) -> None:
    """Raise ScenarioError where a district has other sizes than its own tables."""
    sizes = tables.district if tables is not None else {}
    wrong = [
        f"district.{name} = {getattr(district, name)}; expected {size}, as the table of households has it"
        for name, size in sizes.items()
        if getattr(district, name) != size
    ]
    if wrong:
        raise ScenarioError("\n".join(wrong))


def hours_available(scenario: Scenario, district: District) -> float:
    """Staff hours of the office in the whole run."""
    weekly = district.hours_per_household_week * scenario.horizon_weeks
    each = min(weekly, scenario.effective_office().hours_budget_per_household)
    return scenario.hours_given(each, district.households)


def content_hash(scenario: Scenario, district: District) -> str:
    """Changes when anything in the district or in the scenario of its usual compound changes."""
    return hash_of([scenario.content_hash(), district.model_dump(mode="json")])


def weekly_totals(results: Results) -> pd.DataFrame:
    """One row a seed and week: compounds by stage (`stage_works`, …), consent, payment, companies, hours, money.

    The payment rate is NaN in weeks in which nobody is billed. Own outcomes that have a total stand behind.
    """
    import pandas as pd

    return pd.concat([_weeks_of(results, seed, rows) for seed, rows in _by_seed(results)], ignore_index=True)


def district_totals(
    weekly: pd.DataFrame, summary: pd.DataFrame, scenario: Scenario, district: District
) -> pd.DataFrame:
    """One row a seed: `seed`, compounds by stage at the end (`stage_works`, …) and every total of `totals()`.

    weekly : of `weekly_totals`; summary : of `Results.summary`, a row per compound and seed
    """
    last = weekly[weekly["week"] == weekly["week"].max()].reset_index(drop=True)
    size = scenario.compound.structure_mean_m2
    derived = {
        "share_past_gate": last["households_past_gate"] / district.households,
        "companies_left": summary.groupby("seed", sort=False)["company_left"].sum().to_numpy(),
        "structures_removed": last["freed_m2"] / size if size > 0 else np.nan,
        "lifts_per_100_buildings": 100.0 * last["lifts_built"] / district.buildings,
        "hours_available": hours_available(scenario, district),
    }
    return last.assign(**derived)[["seed", *STAGE_COLUMNS, *totals()]]


def _by_seed(results: Results) -> list[tuple[int, np.ndarray]]:
    """Each seed with the positions of its runs, in the order of the runs."""
    seeds = results.runs["seed"].to_numpy()
    return [(seed, np.flatnonzero(seeds == seed)) for seed in dict.fromkeys(seeds.tolist())]


def _weeks_of(results: Results, seed: int, rows: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    series, households = results.series[rows], results.households[rows].astype(np.float64)
    stage = series[:, :, Outcome.STAGE].astype(np.int64)
    past = np.maximum.accumulate((stage >= Stage.REMOVAL) & (stage <= Stage.MANAGEMENT), axis=1)
    rates, structures = series[:, :, Outcome.PAYMENT_RATE], series[:, :, Outcome.STRUCTURES_LEFT]
    columns: Mapping[str, np.ndarray] = {
        **{f"stage_{one.name.lower()}": (stage == one).sum(axis=0) for one in Stage},
        "compounds_past_gate": past.sum(axis=0),
        "households_past_gate": households @ past,
        **{name: _mean(series[:, :, outcome], households) for name, outcome in _MEANS.items()},
        "payment_rate": _mean(rates, households),
        "compounds_billed": (~np.isnan(rates)).sum(axis=0),
        "structures_removed_share": 1.0 - _mean(structures, households),
        **{name: series[:, :, outcome].sum(axis=0, dtype=np.float64) for name, outcome in _SUMS.items()},
        "bundle_moved": _moved(series[:, :, Outcome.BUNDLE_TRANSFER_YUAN].astype(np.float64)),
    }
    for name, of_runs in results.own.items():
        if name in totals():
            known = (~np.isnan(of_runs[rows])).sum(axis=0)
            columns = {**columns, name: _mean(of_runs[rows], households), counted_of(name): known}
    return pd.DataFrame({"seed": seed, "week": np.arange(series.shape[1]), **columns})


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean by week over the compounds that have a value; NaN where none has."""
    known = ~np.isnan(values)
    total = weights @ np.where(known, values.astype(np.float64), 0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / (weights @ known.astype(np.float64)))


def _moved(received: np.ndarray) -> np.ndarray:
    """Money moved so far, from what each compound has received so far: what some receive, others have given."""
    change = np.diff(received, axis=1, prepend=0.0)
    return np.cumsum(np.maximum(change, 0.0).sum(axis=0))
