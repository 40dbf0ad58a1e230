"""Outcomes at a chosen moment of a run: `trust_office_at_gate`, `valid_consent_at_week_26`, `doubt_at_handover`.

Any weekly outcome, one's own too, has a value at the gate, at handover and at the end of every week; what was not
reached has none. They are kept as other outcomes of a run are, by these names.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from model.brought import brought
from model.directions import nearest
from model.measures import OUTCOMES, SUMMARY, Outcome

#: When an event was, by the summary outcome that holds its week.
EVENTS = {"gate": "gate_week", "handover": "handover_week"}
_MOMENT = re.compile(rf"([a-z][a-z0-9_]*)_at_(?:week_(\d{{1,4}})|({'|'.join(EVENTS)}))")
#: The insincere share that stands beside a consent of the summary.
INSINCERE = {
    "final_headline_consent": "final_insincere_share",
    "final_valid_consent": "final_insincere_share",
    "headline_consent_at_gate": "insincere_share_at_gate",
    "valid_consent_at_gate": "insincere_share_at_gate",
}
#: Consent by week, beside which the insincere share of the same week or moment stands.
_CONSENT = ("headline_consent", "valid_consent")


class Moment(NamedTuple):
    """A weekly outcome at a moment: at the end of a week, or of the week of an event."""

    outcome: str
    week: int | None
    event: str

    def taken(self, weekly: np.ndarray, summary: Mapping[str, np.ndarray]) -> np.ndarray:
        """Its value in every run, NaN where the moment was not reached. weekly : (runs, weeks)"""
        n_runs, n_weeks = weekly.shape
        week = (
            np.asarray(summary[EVENTS[self.event]], float)
            if self.event
            else np.full(n_runs, self.week, float)
        )
        reached = np.isfinite(week) & (np.nan_to_num(week) < n_weeks)
        at = np.where(reached, week, 0).astype(np.int64)
        return np.where(reached, weekly[np.arange(n_runs), at].astype(np.float64), np.nan)

    @property
    def unit(self) -> str:
        """The unit of its outcome."""
        own = brought().outcomes.get(self.outcome)
        return own.unit if own is not None else OUTCOMES[Outcome[self.outcome.upper()]].unit

    @property
    def when(self) -> str:
        """The key of the text that says when, within `moment`."""
        return f"at_{self.event}" if self.event else "at_week"


def moment_of(name: str) -> Moment | None:
    """The moment a name of an outcome says; None where it is no such name, or one that the summary has itself."""
    found = _MOMENT.fullmatch(name)
    if found is None or name in SUMMARY:
        return None
    outcome, week, event = found.groups()
    if outcome.upper() not in Outcome.__members__ and outcome not in brought().outcomes:
        return None
    return Moment(outcome, None if week is None else int(week), event or "")


def nearest_moment(name: str, weekly: Sequence[str]) -> str:
    """`; did you mean 'x_at_week_26'?` for a name that says a moment of no outcome; nothing for other names.

    weekly : the outcomes there are
    """
    found = _MOMENT.fullmatch(name)
    hint = nearest(found[1], weekly, cutoff=0.5) if found is not None else ""
    return f"{hint.removesuffix("'?")}{name.removeprefix(found[1])}'?" if found and hint else ""


def insincere_beside(name: str) -> str | None:
    """The insincere share beside a consent, of the summary, by week or at a moment; None for other names."""
    moment = moment_of(name)
    outcome = name if moment is None else moment.outcome
    if outcome in _CONSENT:
        return "insincere_share" + name.removeprefix(outcome)
    return INSINCERE.get(name)
