"""Figures of scenario discovery and of robustness."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from scenarios.analysis.discovery import Box, Discovery
from scenarios.analysis.drawing import (
    bounds_in_words,
    finish,
    goals_name,
    outcome_name,
    parameter_name,
    rows_axis,
    say,
    short,
    strategy_label,
    unit_axis,
    wrapped,
)
from scenarios.analysis.problem import Parameter
from scenarios.analysis.robustness import CRITERIA, Robustness, Satisficing
from scenarios.analysis.trees import Rule
from scenarios.catalogue import text
from scenarios.figures.palette import BLUE, FAINT, GREEN, GREY, INK, ORANGE, VERMILLION
from scenarios.figures.style import SIZE, SMALL, drawn_in_chinese

Names = Mapping[str, str]


@drawn_in_chinese
def boxes_figure(
    found: Discovery, parameters: Sequence[Parameter], *, lang: str = "zh", names: Names | None = None
) -> Figure:
    """Left the peeling path of the first box (coverage against density), right the limits of every box.

    Every row on the right is a parameter over its plausible range; a bar is what the box leaves of it.
    """
    restricted = list(dict.fromkeys(r.parameter for box in found.boxes for r in box.restrictions))
    by_name = {p.name: p for p in parameters}
    height = 2.4 + max(2.6, 0.62 * len(restricted) * max(1, len(found.boxes)))
    figure = Figure(figsize=(10.5, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.5])
    _draw_path(left, found, lang)
    _draw_limits(right, found.boxes, [by_name[name] for name in restricted], lang)
    finish(
        figure,
        say("boxes_title", lang, strategy=strategy_label(names, found.strategy)),
        _caption(found, "boxes_caption", lang) + _boxes_in_words(found, lang),
    )
    return figure


def _draw_path(axes: Axes, found: Discovery, lang: str) -> None:
    axes.set_xlim(0, 1.03)
    axes.set_ylim(0, 1.03)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(say("coverage", lang), fontsize=SMALL)
    axes.set_ylabel(say("density", lang), fontsize=SMALL)
    axes.grid(color=FAINT, lw=0.6)
    if found.note:
        axes.annotate(wrapped(say(f"note_{found.note}", lang), 24), (0.5, 0.5), xycoords="axes fraction", ha="center",
                      va="center", color=GREY, fontsize=SIZE)  # fmt: skip
        return
    base = found.n_failing / found.n_cases
    axes.axhline(base, color=GREY, lw=1, ls=(0, (1, 2)))
    axes.annotate(
        say("base_rate", lang), (0.02, base), (0, 3), textcoords="offset points", color=GREY, fontsize=SMALL
    )
    path = found.trajectory
    axes.plot(path["coverage"], path["density"], color=BLUE, lw=1.2, marker="o", ms=4, mew=0)
    # Off the path where restrictions that chance explains were dropped from the box.
    for box in found.boxes[:1]:
        axes.plot(box.coverage, box.density, marker="o", ms=11, mfc="none", mec=VERMILLION, mew=2, ls="none")


def _draw_limits(axes: Axes, boxes: Sequence[Box], parameters: Sequence[Parameter], lang: str) -> None:
    if not parameters:
        axes.axis("off")
        axes.annotate(wrapped(say("no_box", lang), 40), (0.5, 0.5), xycoords="axes fraction", ha="center", color=GREY,
                      fontsize=SIZE)  # fmt: skip
        return
    thickness = 0.7 / max(1, len(boxes))
    for row, p in enumerate(parameters):
        axes.plot([0, 1], [row, row], color=FAINT, lw=7, solid_capstyle="butt", zorder=1)
        for end, value, side in ((0, p.low, "left"), (1, p.high, "right")) if p.numeric else ():
            axes.annotate(
                short(value), (end, row + 0.36), ha=side, va="center", fontsize=SMALL - 1, color=GREY
            )
        for number, box in enumerate(boxes):
            _draw_limit(axes, row - 0.35 + (number + 0.5) * thickness, number, box, p, lang)
    rows_axis(axes, [parameter_name(p.name, lang) for p in parameters], 28)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 1], [say("range_low", lang), say("range_high", lang)])


def _draw_limit(axes: Axes, height: float, number: int, box: Box, p: Parameter, lang: str) -> None:
    found = next((r for r in box.restrictions if r.parameter == p.name), None)
    if found is None:
        return
    colour = (VERMILLION, ORANGE, GREEN)[number] if box.determined else GREY
    if p.numeric:
        low, high = ((v - p.low) / (p.high - p.low) for v in (max(found.low, p.low), min(found.high, p.high)))
        label = bounds_in_words(found.low, found.high, lang)
    else:
        low, high, label = 0.0, len(found.choices) / len(p.choices), ", ".join(found.choices)
    axes.plot([low, high], [height, height], color=colour, lw=6, solid_capstyle="butt", zorder=3)
    inside = high > 0.72
    axes.annotate(
        f"{number + 1}: {label}", (low if inside else high, height), (-4 if inside and low > 0.3 else 4, 0),
        textcoords="offset points", va="center", ha="right" if inside and low > 0.3 else "left", fontsize=SMALL,
        color=INK, zorder=4, bbox={"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.8},
    )  # fmt: skip


def _caption(found: Discovery, key: str, lang: str) -> str:
    return say(
        key, lang, goals=goals_name(found.goals, lang), points=f"{found.n_cases:,}", failing=f"{found.n_failing:,}",
        seeds=found.n_seeds,
    )  # fmt: skip


def _boxes_in_words(found: Discovery, lang: str) -> str:
    parts = []
    for number, box in enumerate(found.boxes, 1):
        again = min((r.found_again for r in box.restrictions), default=0.0)
        sentence = say(
            "box_one", lang, n=number, coverage=f"{100 * box.coverage:.0f}", density=f"{100 * box.density:.0f}",
            low=f"{100 * box.density_low:.0f}", high=f"{100 * box.density_high:.0f}", points=box.n,
            again=f"{100 * again:.0f}",
        )  # fmt: skip
        parts.append(sentence + ("" if box.determined else say("box_undetermined", lang)))
    return "".join(parts)


@drawn_in_chinese
def tree_figure(found: Discovery, *, lang: str = "zh", names: Names | None = None) -> Figure:
    """The leaves of the classification tree, most failures first: the share that fails, with its interval."""
    rules = found.rules
    figure = Figure(figsize=(9.5, 2.2 + 0.62 * max(2, len(rules))), layout="constrained")
    axes = figure.subplots()
    base = found.n_failing / found.n_cases
    for row, rule in enumerate(rules):
        determined = rule.low > base or rule.high < base
        colour = GREY if not determined else VERMILLION if rule.low > base else BLUE
        axes.plot([rule.low, rule.high], [row, row], color=colour, lw=3, solid_capstyle="butt")
        axes.plot(
            [rule.failing], [row], marker="o", ms=8, color=colour, mec="white", ls="none", clip_on=False
        )
        axes.annotate(say("n_points", lang, n=rule.n), (1.02, row), xycoords=axes.get_yaxis_transform(), va="center",
                      fontsize=SMALL, color=GREY)  # fmt: skip
    axes.axvline(base, color=INK, lw=1, ls=(0, (1, 2)))
    if not rules:
        note = say(f"note_{found.note or 'too_few'}", lang)
        axes.annotate(note, (0.5, 0.5), xycoords="axes fraction", ha="center", color=GREY, fontsize=SIZE)
    rows_axis(axes, [rule_in_words(rule, lang) for rule in rules], 52)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(say("share_failing", lang), fontsize=SMALL)
    caption = _caption(found, "tree_caption", lang)
    if rules:
        caption += say("tree_accuracy", lang, accuracy=f"{100 * found.accuracy:.0f}")
        caption += say("tree_undetermined", lang) if found.accuracy < 0.6 else ""
    finish(figure, say("tree_title", lang, strategy=strategy_label(names, found.strategy)), caption)
    return figure


def rule_in_words(rule: Rule, lang: str) -> str:
    """The conditions of a leaf; of several on one side of a parameter the narrowest."""
    tightest: dict[tuple[str, str], float] = {}
    for name, sign, cut in rule.conditions:
        known = tightest.get((name, sign), cut)
        tightest[name, sign] = min(known, cut) if sign == "<=" else max(known, cut)
    parts = []
    for (name, sign), cut in tightest.items():
        choice, _, word = name.partition(" = ")
        if word:
            parts.append(f"{parameter_name(choice, lang)} {'=' if sign == '>' else '≠'} {word}")
        else:
            parts.append(f"{parameter_name(name, lang)} {'≤' if sign == '<=' else '>'} {short(cut)}")
    return text("report.list_separator", lang).join(parts) or say("everywhere", lang)


@drawn_in_chinese
def robustness_figure(found: Sequence[Robustness], *, lang: str = "zh", names: Names | None = None) -> Figure:
    """A row of panels per outcome: mean and largest regret, the worst future and the mean of the worst tenth."""
    strategies = list(found[0].table["strategy"])
    figure = Figure(
        figsize=(2.4 + 2.6 * len(CRITERIA), 1.9 + len(found) * (1.15 + 0.5 * len(strategies))),
        layout="constrained",
    )
    grid = figure.subplots(len(found), len(CRITERIA), squeeze=False, sharey=True)
    for line, r in zip(grid, found, strict=True):
        for axes, criterion in zip(line, CRITERIA, strict=True):
            _draw_criterion(axes, r, criterion, lang)
            label = f"{outcome_name(r.outcome, lang)}\n{say(criterion, lang)}"
            if r.n_without:
                label += "\n" + say(
                    "runs_short", lang, n=f"{r.n_runs - r.n_without:,}", total=f"{r.n_runs:,}"
                )
            axes.set_title(
                "\n".join(wrapped(t, 28) for t in label.split("\n")),
                loc="left",
                fontsize=SIZE - 0.5,
                color=INK,
            )
        rows_axis(line[0], [strategy_label(names, s) for s in strategies], 22)
    open_questions = sum(not best for r in found for best in r.best.values())
    points = _range([r.n_points for r in found])
    caption = say(
        "robustness_caption", lang, points=points, seeds=found[0].n_seeds, undetermined=open_questions,
        n=len(found) * len(CRITERIA),
    )  # fmt: skip
    lost = sum(r.n_lost for r in found)
    finish(
        figure, say("robustness_title", lang), caption + (say("points_lost", lang, n=lost) if lost else "")
    )
    return figure


def _draw_criterion(axes: Axes, r: Robustness, criterion: str, lang: str) -> None:
    for row, (_, s) in enumerate(r.table.iterrows()):
        leads = r.best[criterion] == s["strategy"]
        colour = BLUE if r.best[criterion] else GREY
        axes.plot([s[f"{criterion}_low"], s[f"{criterion}_high"]], [row, row], color=colour, lw=2.6,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([s[criterion]], [row], marker="D" if leads else "o", ms=9 if leads else 7, color=colour, mec="white",
                  ls="none", clip_on=False)  # fmt: skip
    axes.grid(axis="x", color=FAINT, lw=0.8)
    axes.margins(x=0.1)
    unit_axis(axes, r.outcome, lang)
    if not r.best[criterion]:
        axes.annotate(say("undetermined", lang), (0.98, 0.02), xycoords="axes fraction", ha="right", va="bottom",
                      fontsize=SMALL, color=GREY)  # fmt: skip


@drawn_in_chinese
def satisficing_figure(found: Satisficing, *, lang: str = "zh", names: Names | None = None) -> Figure:
    """The share of futures in which each strategy meets all goals."""
    strategies = list(found.table["strategy"])
    figure = Figure(figsize=(8.5, 2.0 + 0.55 * len(strategies)), layout="constrained")
    axes = figure.subplots()
    for row, (_, s) in enumerate(found.table.iterrows()):
        colour = BLUE if found.best else GREY
        leads = found.best == s["strategy"]
        axes.plot([s["low"], s["high"]], [row, row], color=colour, lw=3, solid_capstyle="butt")
        axes.plot([s["share"]], [row], marker="D" if leads else "o", ms=9, color=colour, mec="white", ls="none",
                  clip_on=False)  # fmt: skip
    rows_axis(axes, [strategy_label(names, s) for s in strategies], 30)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(say("share_of_futures", lang), fontsize=SMALL)
    caption = say(
        "satisficing_caption", lang, goals=goals_name(found.goals, lang), points=f"{found.n_points:,}",
        seeds=found.n_seeds,
    )  # fmt: skip
    finish(
        figure,
        say("satisficing_title", lang),
        caption + ("" if found.best else say("no_leader", lang)),
    )
    return figure


def _range(counts: Sequence[int]) -> str:
    low, high = int(np.min(counts)), int(np.max(counts))
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
