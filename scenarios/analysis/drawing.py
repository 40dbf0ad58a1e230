"""What the figures of the analysis share: names, numbers and captions a reader can use."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from scenarios.analysis.goals import Goal
from scenarios.analysis.problem import unit_of
from scenarios.analysis.sensitivity import Sensitivity
from scenarios.catalogue import catalogue, number, text
from scenarios.figures.palette import FAINT
from scenarios.figures.style import SIZE, finish, wrapped
from scenarios.moments import moment_of

__all__ = ["finish", "goal_name", "outcome_name", "parameter_name", "say", "value", "wrapped"]

_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}


def say(key: str, lang: str, /, **words: object) -> str:
    """A text of the section `analysis`, braces filled in."""
    return text(f"analysis.{key}", lang).format(**words)


def left_out(found: Sequence[Sensitivity], lang: str) -> str:
    """What indices of one method do not rest on, counted as that method leaves it out; empty where it is nothing.

    Of a design whole blocks or trajectories, because of one of their points; of PAWN runs; of a surface points.
    """
    points, runs = sum(s.n_lost for s in found), sum(s.n_runs_lost for s in found)
    undrawn = sum(s.n_not_drawn for s in found)
    if found[0].method in ("sobol", "morris"):
        return say("blocks_lost", lang, n=points) if points else ""
    if found[0].method != "pawn":
        return say("points_lost", lang, n=points) if points else ""
    lost = say("runs_and_points_lost" if points else "runs_lost", lang, n=runs, points=points) if runs else ""
    return lost + (say("points_not_drawn", lang, n=undrawn) if undrawn else "")


def outcome_name(outcome: str, lang: str) -> str:
    """The label of an outcome; its own name where the model does not declare it."""
    known = catalogue(lang)
    if moment_of(outcome) is not None:
        return text(f"summary.{outcome}", lang)
    return (
        known.get(f"summary.{outcome}")
        or known.get(f"outcome.{outcome}")
        or known.get(f"total.{outcome}")
        or outcome
    )


def parameter_name(name: str, lang: str) -> str:
    """The label of a parameter: `programme.consent_gate`, `parameters.gain`, `instruments.home_visits.intensity`."""
    known = catalogue(lang)
    if name == "case":
        return text("cli.column_case", lang)
    steps = name.split(".")
    if steps[0] == "instruments" and len(steps) > 1:
        label = known.get(f"instrument.{steps[1]}", name)
        what = steps[2] if len(steps) > 2 else "intensity"
        return label if what == "intensity" else f"{label} ({what})"
    section = "parameter" if steps[0] == "parameters" else steps[0]
    if len(steps) > 1:
        return known.get(f"{section}.{steps[-1]}", name)
    sections = ("parameter", "compound", "programme", "management", "office", "instrument")
    return next((known[f"{s}.{name}"] for s in sections if f"{s}.{name}" in known), name)


def level_name(parameter: str, found: object, lang: str) -> str:
    """One value of a parameter: `Home visits 0.5`, `Contract = trust`."""
    name = parameter_name(parameter, lang)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return f"{name} {short(found)}"
    return f"{name} = {found}"


def strategy_label(names: Mapping[str, str] | None, strategy: str) -> str:
    """How a reader calls a strategy."""
    return (names or {}).get(strategy, strategy)


def goal_name(goal: Goal, lang: str) -> str:
    """A goal in words: 移交后18个月缴费率 ≥ 60%."""
    return f"{outcome_name(goal.outcome, lang)} {_SIGNS[goal.sign]} {value(goal.outcome, goal.value, lang)}"


def goals_name(goals: Sequence[Goal], lang: str) -> str:
    """Several goals in words."""
    return text("report.list_separator", lang).join(goal_name(goal, lang) for goal in goals)


def value(outcome: str, found: float, lang: str, *, difference: bool = False) -> str:
    """A value of an outcome with its unit."""
    return number(found, unit_of(outcome), lang, difference=difference)


def short(found: float) -> str:
    """A bare number of a parameter."""
    if not np.isfinite(found):
        return "∞" if found > 0 else "−∞"
    return f"{found + 0.0:,.3g}".replace("-", "−")


def bounds_in_words(low: float, high: float, lang: str) -> str:
    """`0.2 to 0.6`, `≥ 0.2`, `≤ 0.6`."""
    if np.isinf(low):
        return f"≤ {short(high)}"
    return (
        f"≥ {short(low)}"
        if np.isinf(high)
        else text("number.range", lang).format(low=short(low), high=short(high))
    )


def unit_axis(axes: Axes, outcome: str, lang: str, which: str = "x") -> None:
    """Format an axis by the unit of an outcome and name the unit."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    unit = unit_of(outcome)
    if unit == "share":
        # As many digits as the tick has: 2.5 % is not to read as 2 %.
        axis.set_major_formatter(lambda share, _: f"{round(100 * share, 6):g}%".replace("-", "−"))
        return
    axis.set_major_locator(MaxNLocator(5))
    known = catalogue(lang)
    axis.set_label_text(known.get(f"unit.{unit}", ""), fontsize=SIZE - 1)


def rows_axis(axes: Axes, labels: Sequence[str], width: int = 26) -> None:
    """Name the rows of a horizontal plot, first on top."""
    axes.set_yticks(range(len(labels)), [wrapped(label, width) for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(axis="x", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
