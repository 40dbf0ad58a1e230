"""The summary rows of runs, derived from their weekly series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.measures import REASONS, SUMMARY, Outcome
from model.thresholds import at_least
from model.world.state import Stage

if TYPE_CHECKING:
    import pandas as pd

#: Weeks after handover, the last excluded, over which "payment 18 months after handover" is averaged.
EIGHTEEN_MONTHS = (70, 83)
_O = Outcome
#: Weeks over which payment before the works is averaged.
_FIRST_MONTHS = 16


def summarise(series: np.ndarray, households: np.ndarray) -> pd.DataFrame:
    """`summary_columns` as a table, one row a run."""
    import pandas as pd

    return pd.DataFrame(summary_columns(series, households), index=range(len(series)))


def summary_columns(series: np.ndarray, households: np.ndarray) -> dict[str, np.ndarray]:
    """Summary outcomes of each run, by name, float64, shape (runs,); all runs at once.

    NaN is "not reached", or a share of nothing, as payment where nobody is billed.
    series : (runs, weeks, outcomes); households : (runs,), households of each compound
    """
    column = _Columns(series)
    headline = column[_O.HEADLINE_CONSENT]
    both = np.minimum(headline, column[_O.HEADLINE_CONSENT_AREA])
    stage = column[_O.STAGE]
    gate = _first_week((stage >= Stage.REMOVAL) & (stage <= Stage.MANAGEMENT))
    handover = _first_week(stage == Stage.MANAGEMENT)
    payment, present = column[_O.PAYMENT_RATE], column[_O.COMPANY_PRESENT]
    hours, valid = column[_O.OFFICE_HOURS], column[_O.VALID_CONSENT]
    found = {
        "final_headline_consent": column.at_the_end(_O.HEADLINE_CONSENT),
        "final_valid_consent": column.at_the_end(_O.VALID_CONSENT),
        "final_insincere_share": column.at_the_end(_O.INSINCERE_SHARE),
        "final_support_share": column.at_the_end(_O.SUPPORT_SHARE),
        **{f"weeks_to_{share}": _first_week(at_least(both, share / 100)) for share in (50, 80, 95)},
        "gate_week": gate,
        "headline_consent_at_gate": _at(headline, gate),
        "valid_consent_at_gate": _at(valid, gate),
        "insincere_share_at_gate": _at(column[_O.INSINCERE_SHARE], gate),
        "handover_week": handover,
        "risers_completed": column.at_the_end(_O.RISERS_COMPLETED),
        "payment_18_months": _mean_after(payment, handover),
        "payment_before": mean_known(payment[:, :_FIRST_MONTHS]),
        "company_present_end": column.at_the_end(_O.COMPANY_PRESENT),
        "company_left": _has_left(present, handover).astype(np.float64),
        "trust_office_change": column.at_the_end(_O.TRUST_OFFICE) - column.in_week(_O.TRUST_OFFICE, 0),
        "satisfaction_end": column.at_the_end(_O.SATISFACTION),
        "arrears_yuan_end": column.at_the_end(_O.ARREARS_YUAN),
        "office_hours_total": column.at_the_end(_O.OFFICE_HOURS),
        "hours_per_valid_signature": _ratio(_at(hours, gate), _at(valid, gate) * households),
        "office_yuan_total": column.at_the_end(_O.OFFICE_YUAN),
        "withdrawals": column.at_the_end(_O.WITHDRAWALS),
        "suggestions_per_household": column.at_the_end(_O.SUGGESTIONS_PER_HOUSEHOLD),
        "suggestions_adopted": column.at_the_end(_O.SUGGESTIONS_ADOPTED),
        **{reason.name.lower(): column.at_the_end(reason) for reason in REASONS},
    }
    return {name: found[name] for name in SUMMARY}


class _Columns:
    """Outcomes of all runs as float64: of every week, (runs, weeks), or of one, (runs,), without reading the others."""

    def __init__(self, series: np.ndarray) -> None:
        self.series = series

    def __getitem__(self, outcome: Outcome) -> np.ndarray:
        return self.series[:, :, outcome].astype(np.float64)

    def in_week(self, outcome: Outcome, week: int) -> np.ndarray:
        return self.series[:, week, outcome].astype(np.float64)

    def at_the_end(self, outcome: Outcome) -> np.ndarray:
        return self.in_week(outcome, -1)


def _first_week(condition: np.ndarray) -> np.ndarray:
    """The first week that meets a condition, NaN where none does."""
    return np.where(condition.any(axis=1), condition.argmax(axis=1).astype(np.float64), np.nan)


def _at(values: np.ndarray, week: np.ndarray) -> np.ndarray:
    reached = np.isfinite(week)
    at = np.where(reached, week, 0).astype(np.int64)
    return np.where(reached, values[np.arange(len(values)), at], np.nan)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _mean_after(values: np.ndarray, start: np.ndarray) -> np.ndarray:
    first, stop = EIGHTEEN_MONTHS
    whole = np.isfinite(start) & (np.nan_to_num(start) + stop <= values.shape[1])
    found = np.full(len(values), np.nan)
    rows = np.flatnonzero(whole)
    if rows.size:
        weeks = start[rows].astype(np.int64)[:, None] + np.arange(first, stop)
        found[rows] = mean_known(values[rows[:, None], weeks])
    return found


def mean_known(values: np.ndarray) -> np.ndarray:
    """The mean over those weeks that have a value, NaN where none has."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1))


def _has_left(present: np.ndarray, handover: np.ndarray) -> np.ndarray:
    leaves = (present[:, :-1] == 1) & (present[:, 1:] == 0)
    after = np.arange(leaves.shape[1])[None, :] >= np.nan_to_num(handover, nan=np.inf)[:, None]
    return (leaves & after).any(axis=1)
