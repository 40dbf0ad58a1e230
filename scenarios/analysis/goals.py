"""Goals: what a run must reach, such as `payment_18_months >= 0.6`. A run without a value has not reached it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.measures import SUMMARY
from model.thresholds import at_least, at_most
from scenarios.analysis.problem import AnalysisError, Study, values
from scenarios.comparison import CENSORED
from scenarios.files.problems import listed, nearest, shown
from scenarios.writing import exactly

_GOAL = re.compile(r"\s*([a-z_0-9]+)\s*(>=|<=|≥|≤|>|<)\s*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)\s*(%?)\s*")
#: Where nobody says otherwise. Judgement: payment settles above .8 or below .4, so .6 tells the two apart; at most one
#: household in ten should have signed against its own mind.
USUAL_GOALS = ("payment_18_months >= 0.6", "final_insincere_share <= 0.1")


@dataclass(frozen=True)
class Goal:
    """An outcome, a sign (>=, <=, >, <) and a value in the outcome's unit."""

    outcome: str
    sign: str
    value: float

    def __str__(self) -> str:
        return f"{self.outcome} {self.sign} {exactly(self.value)}"

    def met(self, runs: pd.DataFrame) -> np.ndarray:
        """Whether each run reaches the goal; one without a value does not, nor does "not reached" within any week."""
        found = values(runs, self.outcome)
        return self.met_by(found) & ~(np.isinf(found) & (self.outcome in CENSORED))

    def met_by(self, found: np.ndarray) -> np.ndarray:
        """Whether each value, or mean of values, reaches the goal; NaN does not."""
        high, low = at_least(found, self.value), at_most(found, self.value)
        return {">=": high, "<=": low, ">": high & ~low, "<": low & ~high}[self.sign]


def goal(text: str, known: Sequence[str]) -> Goal:
    """A goal as written. Raises AnalysisError for what cannot be read and for an outcome not among `known`."""
    match = _GOAL.fullmatch(text)
    if match is None:
        raise AnalysisError(
            f"goal {shown(text)}: expected OUTCOME >= NUMBER (or <=, >, <), such as {USUAL_GOALS[0]!r}"
        )
    outcome, sign, value, percent = match.groups()
    if outcome not in known:
        hint = nearest(outcome, known) or f"; expected one of {listed(list(known))}"
        raise AnalysisError(f"goal {shown(text)}: unknown outcome {outcome!r}{hint}")
    number = _number(value, text) / (100 if percent else 1)
    if outcome in SUMMARY and SUMMARY[outcome].unit == "share" and not 0 <= number <= 1:
        raise AnalysisError(f"goal {shown(text)}: {outcome} is a share; expected a value from 0 to 1")
    return Goal(outcome, sign.replace("≥", ">=").replace("≤", "<="), number)


def usual_goals(known: Sequence[str]) -> tuple[Goal, ...]:
    """The usual goals whose outcome the table has."""
    return tuple(goal(text, known) for text in USUAL_GOALS if text.split()[0] in known)


def met_by_point(study: Study, strategy: str, goals: Sequence[Goal]) -> pd.Series:
    """Share of seeds that reach every goal, by point."""
    runs = study.of(strategy)
    met = np.logical_and.reduce([g.met(runs) for g in goals])
    return pd.Series(met, index=runs["point"].to_numpy()).groupby(level=0).mean()


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise AnalysisError(f"goal {shown(text)}: {shown(value)} is no number") from None
