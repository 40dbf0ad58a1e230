"""Figures of the paired comparison and of the replicates needed."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scenarios.analysis.drawing import (
    finish,
    level_name,
    outcome_name,
    parameter_name,
    rows_axis,
    say,
    short,
    strategy_label,
    wrapped,
)
from scenarios.analysis.paired import PairedStrategies, Part
from scenarios.analysis.problem import unit_of
from scenarios.analysis.replicates import Replicates, half_width_by_seeds
from scenarios.catalogue import text
from scenarios.figures.palette import BLUE, FAINT, GREY, INK, ORANGE, PURPLE, VERMILLION
from scenarios.figures.style import SIZE, SMALL, drawn_in_chinese

Names = Mapping[str, str]
LINES = (BLUE, VERMILLION, PURPLE, ORANGE)


@drawn_in_chinese
def paired_figure(
    results: Sequence[PairedStrategies],
    *,
    lang: str = "zh",
    names: Names | None = None,
    n_failed: int = 0,
    title: str = "paired_title",
) -> Figure:
    """A panel per outcome: the difference of every pair with its interval, and below it that in every part.

    title : key of the text above it
    Small marks are the differences where one parameter lies low, in the middle or high: those on the other side of zero
    show where the order turns round.
    """
    outcomes = list(dict.fromkeys(r.outcome for r in results))
    pairs = list(dict.fromkeys((r.a, r.b) for r in results))
    figure = Figure(
        figsize=(2.6 + 3.0 * min(3, len(outcomes)), 2.2 + _rows(outcomes) * (0.8 + 0.8 * len(pairs))),
        layout="constrained",
    )
    grid = figure.subplots(_rows(outcomes), min(3, len(outcomes)), squeeze=False, sharey=True).ravel()
    for unused in grid[len(outcomes) :]:
        unused.remove()
    for axes, outcome in zip(grid, outcomes, strict=False):
        found = {(r.a, r.b): r for r in results if r.outcome == outcome}
        for row, pair in enumerate(pairs):
            if pair in found:
                _draw_pair(axes, row, found[pair], lang)
        axes.axvline(0, color=INK, lw=1, zorder=1)
        rows_axis(axes, [f"{strategy_label(names, a)} − {strategy_label(names, b)}" for a, b in pairs], 24)
        _difference_axis(axes, outcome, lang)
        axes.set_title(wrapped(outcome_name(outcome, lang), 34), loc="left", fontsize=SIZE, color=INK)
    finish(figure, say(title, lang), _paired_caption(results, n_failed, lang))
    return figure


def _rows(outcomes: Sequence[str]) -> int:
    return -(-len(outcomes) // 3)


def _draw_pair(axes: Axes, row: int, r: PairedStrategies, lang: str) -> None:
    total = r.n_pairs + r.n_dropped
    n = f"{r.n_pairs:,}/{total:,}" if r.n_dropped else f"{r.n_pairs:,}"
    axes.annotate(say("n_of_pairs", lang, n=n), (0.99, row - 0.3), xycoords=axes.get_yaxis_transform(), ha="right",
                  va="center", fontsize=SMALL - 1, color=GREY)  # fmt: skip
    colour = BLUE if r.determined else GREY
    low, centre, high = (np.clip(v, -1e12, 1e12) for v in (r.low, r.difference, r.high))
    finite = [v for v in (r.low, r.high) if np.isfinite(v)]
    if finite:
        axes.plot([low if np.isfinite(r.low) else min(finite), high if np.isfinite(r.high) else max(finite)],
                  [row, row], color=colour, lw=3, solid_capstyle="butt", zorder=3)  # fmt: skip
    if np.isfinite(r.difference):
        axes.plot([centre], [row], marker="D", ms=8, color=colour, mec="white", ls="none", zorder=4)
    flips = set(r.flips)
    for i, part in enumerate(r.parts):
        if np.isfinite(part.difference):
            height = row + 0.16 + 0.2 * (i * 0.6180339887 % 1)
            turned = part in flips
            axes.plot([part.difference], [height], marker="o", mew=0, ls="none", zorder=2, ms=6 if turned else 4,
                      color=VERMILLION if turned else GREY, alpha=1 if turned else 0.6)  # fmt: skip


def _difference_axis(axes: Axes, outcome: str, lang: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    unit = unit_of(outcome)
    scale = 100 if unit == "share" else 1
    axes.margins(x=0.12)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.05 * (high - low)), max(high, 0.05 * (high - low)))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda v, _: "0" if abs(scale * v) < 1e-9 else f"{scale * v:+,.6g}".replace("-", "−"))
    )
    known = {
        "share": "points",
        "weeks": "weeks",
        "week": "weeks",
        "hours": "hours",
        "yuan": "yuan",
        "households": "households",
    }
    if unit in known:
        axes.set_xlabel(text(f"unit.{known[unit]}", lang), fontsize=SMALL)


def _paired_caption(results: Sequence[PairedStrategies], n_failed: int, lang: str) -> str:
    undetermined = sum(not r.determined for r in results)
    points, seeds, pairs = (
        _range([getattr(r, n) for r in results]) for n in ("n_points", "n_seeds", "n_pairs")
    )
    caption = say(
        "paired_caption",
        lang,
        points=points,
        seeds=seeds,
        pairs=pairs,
        undetermined=undetermined,
        n=len(results),
    )
    turned = [f for r in results for f in r.flips]
    if turned:
        where = text("report.list_separator", lang).join(
            dict.fromkeys(parameter_name(p.parameter, lang) for p in turned)
        )
        caption += say("paired_flips", lang, where=where)
    dropped = sum(r.n_dropped for r in results)
    if dropped:
        caption += say("paired_dropped", lang, n=dropped)
    return caption + failed_note(n_failed, lang)


def failed_note(n_failed: int, lang: str) -> str:
    """What a caption says of runs that failed."""
    return say("failed_runs", lang, n=n_failed) if n_failed else ""


def part_name(part: Part, lang: str) -> str:
    """A part of a parameter's range in words."""
    if part.choice or part.low == part.high:
        return level_name(part.parameter, part.choice or part.low, lang)
    return f"{parameter_name(part.parameter, lang)} {short(part.low)} – {short(part.high)}"


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


@drawn_in_chinese
def replicates_figure(found: Sequence[Replicates], *, lang: str = "zh", names: Names | None = None) -> Figure:
    """A panel per outcome: half-width of the 95 % interval by number of seeds, with common draws and without."""
    pairs = [r for r in found if r.b] or list(found)
    outcomes = list(dict.fromkeys(r.outcome for r in pairs))
    columns = min(3, len(outcomes))
    rows = -(-len(outcomes) // columns)
    figure = Figure(figsize=(4.2 + 3.2 * columns, 1.6 + 3.1 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for unused in grid[len(outcomes) :]:
        unused.remove()
    for axes, outcome in zip(grid, outcomes, strict=False):
        _draw_precision(axes, [r for r in pairs if r.outcome == outcome][: len(LINES)], lang)
    _key(figure, list(dict.fromkeys((r.a, r.b) for r in pairs)), lang, names)
    points, seeds = (_range([getattr(r, n) for r in pairs]) for n in ("n_points", "n_seeds"))
    finish(
        figure,
        say("replicates_title", lang),
        say("replicates_caption", lang, points=points, seeds=seeds),
    )
    return figure


def _key(figure: Figure, pairs: Sequence[tuple[str, str]], lang: str, names: Names | None) -> None:
    """What the lines mean, once for all panels."""
    handles = [
        Line2D([], [], color=colour, lw=2, label=wrapped(_who(a, b, names), 34))
        for (a, b), colour in zip(pairs, LINES, strict=False)
    ]
    if pairs[0][1]:
        handles += [
            Line2D([], [], color=INK, lw=2, label=say("common_draws", lang)),
            Line2D([], [], color=INK, lw=1.4, ls=(0, (4, 2)), label=say("independent_draws", lang)),
        ]
    handles.append(Line2D([], [], color=INK, lw=1, ls=(0, (1, 2)), label=say("wanted", lang)))
    handles.append(Line2D([], [], color=INK, marker="o", ls="none", label=say("needed", lang)))
    figure.legend(handles=handles, loc="outside right upper", frameon=False, fontsize=SMALL, labelspacing=0.9)


def _who(a: str, b: str, names: Names | None) -> str:
    return f"{strategy_label(names, a)} − {strategy_label(names, b)}" if b else strategy_label(names, a)


def _draw_precision(axes: Axes, rows: Sequence[Replicates], lang: str) -> None:
    most = max(max(r.needed, r.needed_independent, r.n_seeds) for r in rows)
    sizes = np.unique(np.geomspace(2, max(20, min(1.5 * most, 1e5)), 60).astype(int))
    scale = 100 if unit_of(rows[0].outcome) == "share" else 1
    for i, (r, colour) in enumerate(zip(rows, LINES, strict=False)):
        axes.plot(sizes, scale * half_width_by_seeds(max(r.sd, 1e-12), sizes), color=colour, lw=2)
        below, above = (scale * half_width_by_seeds(max(s, 1e-12), sizes) for s in (r.sd_low, r.sd_high))
        axes.fill_between(sizes, below, above, color=colour, alpha=0.15, lw=0)
        if r.b:
            alone = scale * half_width_by_seeds(max(r.sd_independent, 1e-12), sizes)
            axes.plot(sizes, alone, color=colour, lw=1.4, ls=(0, (4, 2)))
        axes.plot(
            [r.needed],
            [scale * r.half_width],
            marker="o",
            ms=6,
            color=colour,
            mec="white",
            ls="none",
            zorder=4,
        )
        axes.annotate(
            f"{r.needed:,}", (r.needed, scale * r.half_width), (0, -5 - 11 * i), textcoords="offset points",
            ha="center", va="top", fontsize=SMALL - 1, color=colour,
        )  # fmt: skip
    axes.axhline(scale * rows[0].half_width, color=INK, lw=1, ls=(0, (1, 2)))
    axes.set_xscale("log")
    axes.set_yscale("log")
    wanted = scale * rows[0].half_width
    axes.set_ylim(wanted / 12, wanted * 60)
    axes.xaxis.set_major_formatter(lambda v, _: f"{v:,.0f}")
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:,.0f}" if v >= 1 else f"{v:g}")
    axes.xaxis.set_minor_formatter("")
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel(say("seeds_axis", lang), fontsize=SMALL)
    unit = {"share": "points", "weeks": "weeks", "week": "weeks", "hours": "hours", "yuan": "yuan"}.get(
        unit_of(rows[0].outcome)
    )
    unit_text = f" ({text(f'unit.{unit}', lang)})" if unit else ""
    axes.set_ylabel(say("half_width_axis", lang) + unit_text, fontsize=SMALL)
    axes.set_title(wrapped(outcome_name(rows[0].outcome, lang), 34), loc="left", fontsize=SIZE, color=INK)
    axes.grid(color=FAINT, lw=0.6)
