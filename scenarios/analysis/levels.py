"""What a setting of few values moves: each value against the first, run by run on the same draws and other settings.

A lever tried at none, half and full is no range to fit a surface or an index to; its values are compared as strategies
are, under one strategy at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scenarios.analysis.paired import PairedStrategies, compare_strategies
from scenarios.analysis.problem import Parameter, Problem, Study, study

#: A setting with more values than this is a range.
MOST_LEVELS = 6


@dataclass(frozen=True)
class Levels:
    """The values of one setting under one strategy.

    values : by what stands for each in `pairs`, in order; pairs : of each outcome, every later value minus the first
    """

    values: Mapping[str, object]
    pairs: tuple[PairedStrategies, ...]


def settings_of_few_values(of: Study) -> list[Parameter]:
    """The parameters that take two values or a few more while others stay as they are, in the order of the sweep."""
    few = [p for p in of.problem.parameters if 2 <= of.runs[p.name].nunique() <= MOST_LEVELS]
    return [p for p in few if _varied_alone(of, p)]


def _varied_alone(of: Study, setting: Parameter) -> bool:
    """Whether some runs differ in this setting only, as they hardly do in a sample."""
    others = [name for name in of.problem.names if name != setting.name]
    return bool(of.runs.duplicated(["case", "strategy", "seed", *others]).any())


def compare_levels(of: Study, setting: Parameter, strategy: str, outcomes: Sequence[str]) -> Levels:
    """Each value of a setting against its first under one strategy, all other settings and the draws alike."""
    runs = of.of(strategy)
    found = [v.item() if hasattr(v, "item") else v for v in runs[setting.name].unique()]
    ordered = (
        sorted(found)
        if setting.numeric
        else sorted(found, key=lambda value: setting.choices.index(str(value)))
    )
    ids = {value: f"{strategy}, {setting.name} = {value}" for value in ordered}
    others = tuple(p for p in of.problem.parameters if p.name != setting.name)
    table = runs.assign(strategy=runs[setting.name].map(ids)).drop(columns=["point", setting.name])
    alone = study(table, Problem(others, of.problem.outcomes, of.problem.horizon_weeks), source=of.source)
    first, *later = ids.values()
    pairs = [compare_strategies(alone, outcome, other, first) for other in later for outcome in outcomes]
    return Levels({id_: value for value, id_ in ids.items()}, tuple(pairs))
