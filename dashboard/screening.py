"""Which levers matter in a compound under a strategy: each at its lowest and at its highest, on the same few draws.

A small screening, computed once for every compound and strategy; pages put levers in its order, and say why a lever
does nothing. `ends` runs in a worker.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

import numpy as np
import pandas as pd

from dashboard import tasks
from dashboard.asking import Request, possible
from dashboard.ensembles import Job, first_seeds, wait_for
from dashboard.levers import levers
from dashboard.workers import workers
from model.measures import SUMMARY

#: Draws of every position: those every ensemble begins with.
DRAWS = 6
#: Levers of one task: a page's own runs wait no longer than for one of them.
BATCH = 2
#: What a lever may move, as shares; a week is told as a share of the run, later than any where it is not reached.
WEIGHED = (
    "final_valid_consent",
    "final_insincere_share",
    "final_support_share",
    "payment_18_months",
    "company_present_end",
)


@dataclass(frozen=True)
class Screening:
    """scores : by lever, what it moves in all, in shares, 0 for nothing; still : runs of levers that move nothing"""

    scores: dict[str, float]
    still: dict[str, pd.DataFrame]

    @property
    def order(self) -> tuple[str, ...]:
        """The levers, what matters most first."""
        return tuple(sorted(self.scores, key=lambda key: -self.scores[key]))


type Ends = dict[str, tuple[pd.DataFrame, ...]]


def ends(case: str, strategy: str, keys: Sequence[str]) -> Ends:
    """Summaries of each lever at its lowest and its highest; none where the engine cannot run one of them."""
    base = Request(case, strategy)
    seeds = first_seeds(DRAWS)
    found: Ends = {}
    for lever in (levers()[key] for key in keys):
        asked = [base.with_levers({lever.key: end}) for end in (lever.low, lever.high)]
        if not any(possible(one, "en") for one in asked):
            found[lever.key] = tuple(tasks.run_seeds(one.scenario(), seeds)[1] for one in asked)
    return found


def judged(parts: Sequence[Ends]) -> Screening:
    """Scores, and the runs of levers whose lowest and highest give the same."""
    found = {key: tables for part in parts for key, tables in part.items()}
    scores = {key: moved(*found[key]) if key in found else 0.0 for key in levers()}
    still = {key: tables[0] for key, tables in found.items() if same(*tables)}
    return Screening(scores, still)


def same(low: Mapping[str, Any] | pd.DataFrame, high: Mapping[str, Any] | pd.DataFrame) -> bool:
    """Whether the runs of two are equal in every summary outcome, each a column by its name."""
    columns = ((np.asarray(low[name], float), np.asarray(high[name], float)) for name in SUMMARY)
    return all(np.array_equal(first, second, equal_nan=True) for first, second in columns)


def moved(low: pd.DataFrame, high: pd.DataFrame) -> float:
    """How much lies between two positions: shares moved, run by run on average, added up over what is weighed."""
    between = [np.abs(_shares(low, name) - _shares(high, name)).mean() for name in WEIGHED]
    return float(np.sum(between))


def _shares(table: pd.DataFrame, name: str) -> np.ndarray:
    """An outcome by run; a payment that nobody is asked for counts as none."""
    return np.nan_to_num(table[name].to_numpy(float), nan=0.0)


_known: dict[tuple[str, str], Screening] = {}


def known_screening(case: str, strategy: str) -> Screening | None:
    """The screening of a compound and a strategy, where it has been made."""
    return _known.get((case, strategy))


def screening(case: str, strategy: str, wanted: Callable[[], bool] = lambda: True) -> Screening | None:
    """The screening of a compound and a strategy, made if it must be; None when it is no longer wanted."""
    if (case, strategy) not in _known:

        def begin() -> Job:
            calls = [(ends, case, strategy, list(some)) for some in batched(levers(), BATCH)]
            return Job(workers().submit_all(calls), judged)

        made = wait_for(("screening", case, strategy), begin, wanted=wanted)
        if made is None:
            return None
        assert isinstance(made, Screening)
        _known[case, strategy] = made
    return _known[case, strategy]
