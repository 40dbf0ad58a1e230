"""The ledger: every number of the city documents beside what the model predicts for that city.

The documents are not used in the calibration, so a hit says something. Their authors chose what to publish: the
documents are successes, and their numbers benchmarks with caveats, never ground truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model.thresholds import at_least, at_most
from scenarios.files.claims import Claim
from scenarios.files.library import list_cases, list_districts
from scenarios.ignorance import LEVEL, plausible_summary, plausible_totals
from scenarios.loading import Case, load_case
from scenarios.plausible import Survivors

if TYPE_CHECKING:
    from model.specification import Scenario

#: Seeds of a compound under every set, and of a district.
SEEDS, DISTRICT_SEEDS = 10, 1


@dataclass(frozen=True)
class Entry:
    """One number of a document and its prediction, under the city's own strategy.

    measure : the summary outcome, or the total of a district
    median, low, high : of all runs that have a value, the middle 90 %; NaN without any
    n, runs : runs with a value, and all
    before : the value where nothing changes
    """

    case: Case
    claim: Claim
    measure: str
    median: float
    low: float
    high: float
    n: int
    runs: int
    before: float

    @property
    def hit(self) -> bool | None:
        """Whether the published number lies in the middle 90 %; None where there is nothing to compare."""
        if self.claim.value is None or not np.isfinite(self.median):
            return None
        return bool(
            at_least(np.array(self.high), self.claim.value) & at_most(np.array(self.low), self.claim.value)
        )


@dataclass(frozen=True)
class Error:
    """How far off each guess is for one number: the model, no change, and the mean of the other cities."""

    entry: Entry
    model: float
    no_change: float
    mean_of_others: float


def ledger(survivors: Survivors, sets: int = 50, threads: int | None = None) -> list[Entry]:
    """Every number of the shipped documents that an outcome or a total can be set beside, with its prediction."""
    rows = survivors.rows(sets)
    found = [
        entry for name in list_cases() for entry in _of_compound(load_case(name), survivors, rows, threads)
    ]
    for name in list_districts():
        found += _of_district(load_case(name), survivors, rows, threads)
    return found


def leave_one_out(entries: Sequence[Entry]) -> list[Error]:
    """The error of each prediction beside that of two guesses that need no model, where two cities or more have one."""
    found = []
    for entry in entries:
        others = [
            e.claim.value
            for e in entries
            if e.measure == entry.measure and e.case.id != entry.case.id and e.claim.value is not None
        ]
        if others and entry.claim.value is not None and np.isfinite(entry.median):
            value = entry.claim.value
            guesses = (entry.median, entry.before, float(np.mean(others)))
            found.append(Error(entry, *(abs(guess - value) for guess in guesses)))
    return found


def _of_compound(
    case: Case, survivors: Survivors, rows: Sequence[int], threads: int | None
) -> Iterator[Entry]:
    claims = [claim for claim in case.claims if claim.outcome]
    if not claims:
        return
    scenario = case.scenario()
    summary = plausible_summary([scenario], survivors, rows, range(1, SEEDS + 1), threads)
    for claim in claims:
        yield _entry(case, claim, claim.outcome, summary[claim.outcome].to_numpy(float), scenario)


def _of_district(
    case: Case, survivors: Survivors, rows: Sequence[int], threads: int | None
) -> Iterator[Entry]:
    claims = [claim for claim in case.claims if claim.total]
    if not claims or case.district is None:
        return
    scenario, seeds = case.scenario(), range(1, DISTRICT_SEEDS + 1)
    totals = plausible_totals(scenario, case.district, survivors, rows, seeds, threads)
    for claim in claims:
        of_claim = totals[claim.total].to_numpy(float)
        yield _entry(case, claim, claim.total, of_claim, scenario)


def _entry(case: Case, claim: Claim, measure: str, values: np.ndarray, scenario: Scenario) -> Entry:
    known = values[np.isfinite(values)]
    tail = (1.0 - LEVEL) / 2.0
    low, median, high = np.quantile(known, [tail, 0.5, 1.0 - tail]) if known.size else np.full(3, np.nan)
    before = scenario.effective_management().payment_before if measure == "payment_18_months" else 0.0
    return Entry(
        case, claim, measure, float(median), float(low), float(high), known.size, values.size, before
    )
