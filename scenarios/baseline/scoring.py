"""Record a table from the model's own rules; let a table decide, and say how far what comes of it is from theirs."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, wasserstein_distance

from agents.resident import Resident
from model.community import CommunityModel
from scenarios.baseline.frozen import OUTCOMES, Measured, Task, measure, of_results, tasks
from scenarios.baseline.residents import Answer, classes
from scenarios.baseline.situations import DECISIONS, Features, situation_key
from scenarios.baseline.tables import DecisionTable, Row, UnknownSituationError

type Progress = Callable[[int, int], None]


class Score(NamedTuple):
    """How far a table's society is from that of the rules.

    outcomes : a row a task and outcome: medians of both, `distance` (Wasserstein's, in the outcome's unit) and `ks`
        (Kolmogorov and Smirnov's, in [0, 1]) between the distributions over seeds, and of how many seeds each is
    decisions : a row a decision: how often it was asked, how far the table's chance is from the rule's on average in
        the same situation, and how often the rules had to answer
    measured : what came of each task; unknown : what the table has no answer to
    """

    outcomes: pd.DataFrame
    decisions: pd.DataFrame
    measured: list[Measured]
    unknown: DecisionTable

    @property
    def exact(self) -> bool:
        """Whether every week of every task is what the rules give, to the last bit."""
        return [one.digest for one in self.measured] == [one.digest for one in measure()]


class _Book:
    """Situations that were met, with the chances the rules gave."""

    def __init__(self, digits: int | None) -> None:
        self.digits = digits
        self.met: dict[str, tuple[str, Features, list[float]]] = {}

    def note(self, key: str, decision: str, known: Features, chance: float) -> None:
        """One more time."""
        self.met.setdefault(key, (decision, known, []))[2].append(chance)

    def table(self, *, answered: bool = True) -> DecisionTable:
        """The mean chance of each situation; of one that is always the same, that chance to the last bit."""
        rows = {
            key: Row(key, decision, known, _mean(chances) if answered else None, len(chances))
            for key, (decision, known, chances) in self.met.items()
        }
        return DecisionTable(rows, self.digits)


def _mean(chances: list[float]) -> float:
    return chances[0] if min(chances) == max(chances) else float(np.mean(chances))


def record(digits: int | None = None, progress: Progress | None = None) -> DecisionTable:
    """A table of every decision that the model's own rules take in the ten tasks.

    digits : decimals of the numbers in a situation; None: all, and the table gives the rules back exactly. With few,
        situations that look alike fall together, and get the mean of the rules' chances
    """
    book = _Book(digits)

    def noted(_: Resident, decision: str, known: Features, chance: float) -> float:
        book.note(situation_key(decision, known), decision, known, chance)
        return chance

    for done, task in enumerate(tasks(), 1):
        _played(task, noted, digits)
        if progress is not None:
            progress(done, len(tasks()))
    return book.table()


def _played(task: Task, answer: Answer, digits: int | None) -> Measured:
    """A task in the agent engine, with decisions answered from outside."""
    found = []
    for seed in task.seeds:
        asked: dict[str, Any] = classes(answer, digits)
        model = CommunityModel(task.scenario, rng=seed, engine="agents", **asked)
        model.run()
        found.append(model.results())
    return of_results(task, *found)


class _Tally:
    """Answers of a table, and how far they are from the rules'."""

    def __init__(self, table: DecisionTable, unknown: Literal["refuse", "rules"]) -> None:
        self.table, self.unknown, self.book = table, unknown, _Book(table.digits)
        self.task = ""
        self.asked = dict.fromkeys(DECISIONS, 0)
        self.off = dict.fromkeys(DECISIONS, 0.0)
        self.by_rules = dict.fromkeys(DECISIONS, 0)

    def answer(self, of: Resident, decision: str, known: Features, chance: float) -> float:
        """The table's chance; the rule's where it has none and that is wanted. Raises UnknownSituationError."""
        key = situation_key(decision, known)
        self.asked[decision] += 1
        found = self.table.chance(key)
        if found is not None:
            self.off[decision] += abs(found - chance)
            return found
        if self.unknown == "refuse":
            there = "without an answer" if key in self.table.rows else "not there"
            raise UnknownSituationError(
                f"{self.table.name}: {decision} {key} is {there} (task {self.task}, week {of.model.week}, household "
                f"{of.row}: {known}); expected an answer to it, or --unknown FILE (in Python unknown='rules'): the "
                "rules answer, and what is unknown is collected"
            )
        self.by_rules[decision] += 1
        self.book.note(key, decision, known, chance)
        return chance

    def decisions(self) -> pd.DataFrame:
        """A row a decision."""
        answered = {name: self.asked[name] - self.by_rules[name] for name in DECISIONS}
        return pd.DataFrame(
            {
                "asked": self.asked,
                "by_rules": self.by_rules,
                "off": {n: self.off[n] / answered[n] if answered[n] else np.nan for n in DECISIONS},
            }
        ).rename_axis("decision")


def score(
    table: DecisionTable,
    *,
    unknown: Literal["refuse", "rules"] = "refuse",
    progress: Progress | None = None,
) -> Score:
    """Let the table decide in the ten tasks, with the same luck as the rules had, and compare what comes of it.

    unknown : what happens in a situation that the table has no answer to: refuse, or let the model's rules answer
        and collect it in `Score.unknown`, a table to be filled
    Raises UnknownSituationError, with the task, week, household and situation.
    """
    tally = _Tally(table, unknown)
    played = []
    for done, task in enumerate(tasks(), 1):
        tally.task = task.id
        played.append(_played(task, tally.answer, table.digits))
        if progress is not None:
            progress(done, len(tasks()))
    rows = [
        _compared(ours, theirs, name)
        for ours, theirs in zip(measure(), played, strict=True)
        for name in OUTCOMES
    ]
    outcomes = pd.DataFrame(rows).set_index(["task", "outcome"])
    return Score(outcomes, tally.decisions(), played, tally.book.table(answered=False))


def _compared(ours: Measured, theirs: Measured, name: str) -> dict[str, Any]:
    """One outcome of one task; seeds without a value are left out, and counted."""
    rules, table = (one.values[name].dropna().to_numpy() for one in (ours, theirs))
    both = bool(len(rules) and len(table))
    return {
        "task": ours.task.id,
        "outcome": name,
        "rules": float(np.median(rules)) if len(rules) else np.nan,
        "table": float(np.median(table)) if len(table) else np.nan,
        "distance": float(wasserstein_distance(rules, table)) if both else np.nan,
        "ks": float(ks_2samp(rules, table).statistic) if both else np.nan,
        "n_rules": len(rules),
        "n_table": len(table),
    }
