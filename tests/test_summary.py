"""The summary of many runs at once against the same written out run by run."""

import numpy as np
import pandas as pd
import pytest

from model.engine import simulate
from model.measures import SUMMARY, Outcome
from model.summary import EIGHTEEN_MONTHS, summarise
from model.world.state import Stage
from scenarios.loading import load_case

_FIRST_MONTHS = 16


def run_by_run(series: np.ndarray, households: np.ndarray) -> pd.DataFrame:
    """What `summarise` gives, one run at a time."""
    rows = [_summary_of(run.astype(np.float64), int(n)) for run, n in zip(series, households, strict=True)]
    return pd.DataFrame(rows, columns=list(SUMMARY))


def test_summaries_of_many_runs_at_once_are_those_of_each_to_the_last_bit():
    scenarios = [
        load_case(case).scenario(strategy=strategy, horizon_weeks=150)
        for case in ("danwei_courtyard", "jinjiang")
        for strategy in ("none", "full_bundle")
    ]
    found = simulate(scenarios, range(6), threads=2)
    expected = run_by_run(found.series, found.households)
    pd.testing.assert_frame_equal(summarise(found.series, found.households), expected, check_exact=True)


def test_payment_leaves_out_weeks_without_bills_and_counts_those_in_which_nobody_pays():
    series = np.zeros((3, 200, len(Outcome)), np.float32)
    series[:, 20:, Outcome.STAGE] = Stage.MANAGEMENT
    rates = series[:, :, Outcome.PAYMENT_RATE]
    rates[:, :4] = np.nan
    rates[0, 4:], rates[0, 95:] = 0.5, np.nan  # the company leaves 75 weeks after handover
    rates[2] = np.nan
    found = summarise(series, np.full(3, 60))
    for name in ("payment_18_months", "payment_before"):
        np.testing.assert_array_equal(found[name], [0.5, 0.0, np.nan])


@pytest.mark.parametrize("seed", range(5))
def test_summaries_of_any_series_at_once_are_those_of_each(seed):
    draw = np.random.default_rng(seed)
    series = draw.random((20, 120, len(Outcome)), np.float32)
    series[:, :, Outcome.STAGE] = np.sort(draw.integers(0, 7, (20, 120)), axis=1)
    series[:, :, Outcome.COMPANY_PRESENT] = draw.integers(0, 2, (20, 120))
    series[:4, :, Outcome.PAYMENT_RATE] = np.nan
    series[4:8, :, Outcome.PAYMENT_RATE] = 0
    series[8:12, 70:80, Outcome.PAYMENT_RATE] = np.nan
    sizes = np.full(20, 60)
    pd.testing.assert_frame_equal(summarise(series, sizes), run_by_run(series, sizes), check_exact=True)


def _first_week(condition: np.ndarray) -> float:
    weeks = np.flatnonzero(condition)
    return float(weeks[0]) if weeks.size else np.nan


def _summary_of(run: np.ndarray, households: int) -> dict[str, float]:
    column = {o: run[:, o] for o in Outcome}
    by_both = np.minimum(column[Outcome.HEADLINE_CONSENT], column[Outcome.HEADLINE_CONSENT_AREA])
    stage = column[Outcome.STAGE]
    begun = (stage >= Stage.REMOVAL) & (stage <= Stage.MANAGEMENT)
    gate, handover = _first_week(begun), _first_week(stage == Stage.MANAGEMENT)
    present = column[Outcome.COMPANY_PRESENT]
    last = -1
    valid_consent = column[Outcome.VALID_CONSENT][last]
    return {
        "final_headline_consent": column[Outcome.HEADLINE_CONSENT][last],
        "final_valid_consent": valid_consent,
        "final_insincere_share": column[Outcome.INSINCERE_SHARE][last],
        "final_support_share": column[Outcome.SUPPORT_SHARE][last],
        "weeks_to_50": _first_week(by_both >= np.float32(0.5)),
        "weeks_to_80": _first_week(by_both >= np.float32(0.8)),
        "weeks_to_95": _first_week(by_both >= np.float32(0.95)),
        "gate_week": gate,
        "headline_consent_at_gate": _at(column[Outcome.HEADLINE_CONSENT], gate),
        "valid_consent_at_gate": _at(column[Outcome.VALID_CONSENT], gate),
        "insincere_share_at_gate": _at(column[Outcome.INSINCERE_SHARE], gate),
        "handover_week": handover,
        "risers_completed": column[Outcome.RISERS_COMPLETED][last],
        "payment_18_months": _mean_after(column[Outcome.PAYMENT_RATE], handover, EIGHTEEN_MONTHS),
        "payment_before": _mean_known(column[Outcome.PAYMENT_RATE][:_FIRST_MONTHS]),
        "company_present_end": present[last],
        "company_left": float(_has_left(present, handover)),
        "trust_office_change": column[Outcome.TRUST_OFFICE][last] - column[Outcome.TRUST_OFFICE][0],
        "satisfaction_end": column[Outcome.SATISFACTION][last],
        "arrears_yuan_end": column[Outcome.ARREARS_YUAN][last],
        "office_hours_total": column[Outcome.OFFICE_HOURS][last],
        "hours_per_valid_signature": _ratio(
            _at(column[Outcome.OFFICE_HOURS], gate), _at(column[Outcome.VALID_CONSENT], gate) * households
        ),
        "office_yuan_total": column[Outcome.OFFICE_YUAN][last],
        "withdrawals": column[Outcome.WITHDRAWALS][last],
        "suggestions_per_household": column[Outcome.SUGGESTIONS_PER_HOUSEHOLD][last],
        "suggestions_adopted": column[Outcome.SUGGESTIONS_ADOPTED][last],
        **{name: column[Outcome[name.upper()]][last] for name in SUMMARY if name.startswith("unsigned_")},
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


def _at(values: np.ndarray, week: float) -> float:
    return float(values[int(week)]) if np.isfinite(week) else np.nan


def _mean_known(values: np.ndarray) -> float:
    """Mean over the weeks in which somebody is billed; NaN where nobody is."""
    known = np.isfinite(values)
    return float(np.where(known, values, 0.0).sum() / known.sum()) if known.any() else np.nan


def _mean_after(values: np.ndarray, start: float, weeks: tuple[int, int]) -> float:
    if not np.isfinite(start):
        return np.nan
    window = values[int(start) + weeks[0] : int(start) + weeks[1]]
    return _mean_known(window) if window.size == weeks[1] - weeks[0] else np.nan


def _has_left(present: np.ndarray, handover: float) -> bool:
    if not np.isfinite(handover):
        return False
    after = present[int(handover) :]
    return bool(((after[:-1] == 1) & (after[1:] == 0)).any())
