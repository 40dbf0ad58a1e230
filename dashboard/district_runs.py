"""One street office and its compounds, run for the map of the page District. Runs in a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from agents.categories import Stage
from dashboard import own
from model.brought import brought
from model.engine import simulate_runs
from model.measures import Outcome
from model.specification import District, Scenario
from scenarios.district import district_totals, runs_of_seeds, weekly_totals
from scenarios.ignorance import plausible_totals
from scenarios.plausible import load_survivors

#: What stands for "nobody is billed" among percentages.
UNBILLED = 255


@dataclass(frozen=True)
class OfficeRun:
    """One draw of a district under one plan.

    households, bundle, start_week : (compounds,); stage, payment, consent, insincere : uint8 (weeks, compounds), the
    last three in per cent; hours : float32 (compounds, weeks), so far; hours_by_stage : (stages,) person-hours
    weekly : one row a week, `scenarios.district.weekly_totals`; totals : `district_totals` of the draw
    rests : of own instruments by name, weeks of all compounds in which it was to act, and those in which it rested
    """

    seed: int
    households: np.ndarray
    bundle: np.ndarray
    start_week: np.ndarray
    stage: np.ndarray
    payment: np.ndarray
    consent: np.ndarray
    insincere: np.ndarray
    hours: np.ndarray
    hours_by_stage: np.ndarray
    weekly: pd.DataFrame
    totals: pd.Series
    rests: Mapping[str, tuple[int, int]]


def run_office(scenario: Scenario, district: District, seed: int) -> OfficeRun:
    """Run every compound of one draw of the district. Raises ScenarioError where a draw is impossible."""
    runs = runs_of_seeds(scenario, district, [seed])
    results_of = own.results_of(scenario)
    results = simulate_runs(runs, threads=1) if results_of is None else results_of(runs)
    series = results.series
    weekly = weekly_totals(results)
    stage = series[:, :, Outcome.STAGE].astype(np.uint8)
    hours = series[:, :, Outcome.OFFICE_HOURS]
    rates = series[:, :, Outcome.PAYMENT_RATE]
    payment = np.where(np.isnan(rates), UNBILLED, np.rint(100 * np.nan_to_num(rates.astype(float)))).astype(
        np.uint8
    )
    return OfficeRun(
        seed=seed,
        households=results.households.copy(),
        bundle=np.array([run.bundle for run in runs]),
        start_week=np.array([run.start_week for run in runs]),
        stage=stage.T.copy(),
        payment=payment.T.copy(),
        consent=percent(series[:, :, Outcome.HEADLINE_CONSENT]),
        insincere=percent(series[:, :, Outcome.INSINCERE_SHARE]),
        hours=hours.copy(),
        hours_by_stage=worked_by_stage(hours, stage),
        weekly=weekly,
        totals=district_totals(weekly, results.summary(), scenario, district).iloc[0],
        rests={
            name: rested_weeks(results.rests[name]) for name in brought().instruments if name in results.rests
        },
    )


def totals_under(
    scenario: Scenario, district: District, rows: Sequence[int], seeds: Sequence[int]
) -> pd.DataFrame:
    """Totals of the district under some plausible sets of parameters: a row a set and seed."""
    return plausible_totals(
        scenario, district, load_survivors(), rows, seeds, threads=1, results_of=own.results_of(scenario)
    )


def rested_weeks(records: np.ndarray) -> tuple[int, int]:
    """Weeks in which an instrument was to act, and those in which it rested. records : of `REST_TYPE`"""
    rested = records["without_hours"].sum() + records["without_money"].sum()
    return int(records["weeks"].sum()), int(rested)


def percent(values: np.ndarray) -> np.ndarray:
    """Shares by compound and week as whole per cent, uint8 (weeks, compounds)."""
    return np.rint(100 * values).astype(np.uint8).T.copy()


def worked_by_stage(hours: np.ndarray, stage: np.ndarray) -> np.ndarray:
    """Person-hours worked in compounds while they were in each stage; they add up to all hours.

    hours : (compounds, weeks), so far; stage : (compounds, weeks)
    """
    week = np.diff(hours.astype(float), axis=1, prepend=0.0)
    return np.bincount(stage.ravel(), weights=week.ravel(), minlength=len(Stage))
