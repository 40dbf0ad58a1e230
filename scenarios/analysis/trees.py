"""A small classification tree (CART, Breiman et al. 1984): conditions under which points fail, leaf by leaf."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scenarios.analysis.intervals import share_interval
from scenarios.analysis.problem import Parameter
from scenarios.libraries import library

DEPTH = 3
#: Points of a leaf, and of either kind, below which a share says nothing.
LEAST_OF_EITHER = 5


@dataclass(frozen=True)
class Rule:
    """A leaf of the tree: conditions (parameter, sign, value), points inside, share that fail with its interval."""

    conditions: tuple[tuple[str, str, float], ...]
    n: int
    failing: float
    low: float
    high: float


def grow_tree(
    cases: pd.DataFrame, failing: np.ndarray, parameters: Sequence[Parameter], *, seed: int = 0
) -> tuple[tuple[Rule, ...], float]:
    """A small classification tree: its leaves, and its balanced accuracy on points left out of the fit (5 parts).

    A choice enters as one yes-or-no column for each of its names.
    """
    tree = library("sklearn.tree", "CART")
    selection = library("sklearn.model_selection", "CART")
    columns = _columns(cases, parameters)
    x = columns.to_numpy(np.float64)
    smallest = max(LEAST_OF_EITHER, len(x) // 20)

    def grown(rows: np.ndarray) -> Any:
        new = tree.DecisionTreeClassifier(
            max_depth=DEPTH, min_samples_leaf=smallest, class_weight="balanced", random_state=seed
        )
        return new.fit(x[rows], failing[rows])

    predicted = np.zeros(len(x), bool)
    folds = selection.StratifiedKFold(5, shuffle=True, random_state=seed)
    for train, test in folds.split(x, failing):
        predicted[test] = grown(train).predict(x[test])
    accuracy = float((predicted[failing].mean() + (~predicted[~failing]).mean()) / 2)
    whole = grown(np.arange(len(x)))
    return _rules(whole, list(columns.columns), x, failing), accuracy


def _columns(cases: pd.DataFrame, parameters: Sequence[Parameter]) -> pd.DataFrame:
    found = {}
    for p in parameters:
        if p.numeric:
            found[p.name] = cases[p.name].astype(float)
        else:
            for name in p.choices:
                found[f"{p.name} = {name}"] = (cases[p.name].astype(str) == name).astype(float)
    return pd.DataFrame(found, index=cases.index)


def _rules(fitted: Any, names: list[str], x: np.ndarray, failing: np.ndarray) -> tuple[Rule, ...]:
    leaves = fitted.apply(x)
    found = []
    for leaf, conditions in _paths(fitted.tree_, names):
        inside = leaves == leaf
        n, hits = int(inside.sum()), int(failing[inside].sum())
        found.append(Rule(conditions, n, hits / n, *share_interval(hits, n)))
    return tuple(sorted(found, key=lambda rule: -rule.failing))


def _paths(
    tree: Any, names: list[str], node: int = 0, conditions: tuple[tuple[str, str, float], ...] = ()
) -> list[tuple[int, tuple[tuple[str, str, float], ...]]]:
    """Every leaf and the conditions that lead to it."""
    if tree.children_left[node] == -1:
        return [(node, conditions)]
    name, cut = names[tree.feature[node]], float(tree.threshold[node])
    left = _paths(tree, names, tree.children_left[node], (*conditions, (name, "<=", cut)))
    return left + _paths(tree, names, tree.children_right[node], (*conditions, (name, ">", cut)))
