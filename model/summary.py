"""The summary row of a run, derived from its weekly series."""

import numpy as np
import pandas as pd

from model.measures import SUMMARY, Outcome
from model.state import Stage

#: Weeks after handover over which "payment 18 months after handover" is averaged.
EIGHTEEN_MONTHS = (70, 83)
_FIRST_MONTHS = 16


def summarise(series: np.ndarray, households: np.ndarray) -> pd.DataFrame:
    """Summary outcomes of each run, by name. NaN: not reached.

    series : (runs, weeks, outcomes); households : (runs,), how many dwell in each compound.
    """
    rows = [_summary_of(run.astype(np.float64), int(n)) for run, n in zip(series, households, strict=True)]
    return pd.DataFrame(rows, columns=list(SUMMARY))


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
        "weeks_to_50": _first_week(by_both >= 0.5),
        "weeks_to_80": _first_week(by_both >= 0.8),
        "weeks_to_95": _first_week(by_both >= 0.95),
        "gate_week": gate,
        "headline_consent_at_gate": _at(column[Outcome.HEADLINE_CONSENT], gate),
        "valid_consent_at_gate": _at(column[Outcome.VALID_CONSENT], gate),
        "insincere_share_at_gate": _at(column[Outcome.INSINCERE_SHARE], gate),
        "handover_week": handover,
        "risers_completed": column[Outcome.RISERS_COMPLETED][last],
        "payment_18_months": _mean_after(column[Outcome.PAYMENT_RATE], handover, EIGHTEEN_MONTHS),
        "payment_before": _mean_when_billed(column[Outcome.PAYMENT_RATE][:_FIRST_MONTHS]),
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
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


def _at(values: np.ndarray, week: float) -> float:
    return float(values[int(week)]) if np.isfinite(week) else np.nan


def _mean_when_billed(values: np.ndarray) -> float:
    """Mean from the first bill on; NaN where nobody is billed, or nobody pays."""
    first = _first_week(values > 0)
    return float(values[int(first) :].mean()) if np.isfinite(first) else np.nan


def _mean_after(values: np.ndarray, start: float, weeks: tuple[int, int]) -> float:
    if not np.isfinite(start):
        return np.nan
    window = values[int(start) + weeks[0] : int(start) + weeks[1]]
    return float(window.mean()) if window.size == weeks[1] - weeks[0] else np.nan


def _has_left(present: np.ndarray, handover: float) -> bool:
    if not np.isfinite(handover):
        return False
    after = present[int(handover) :]
    return bool(((after[:-1] == 1) & (after[1:] == 0)).any())
