"""Figures of Morris, Sobol' and PAWN, and of response surfaces."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, PercentFormatter

from scenarios.analysis.drawing import (
    finish,
    left_out,
    outcome_name,
    parameter_name,
    rows_axis,
    say,
    short,
    strategy_label,
    wrapped,
)
from scenarios.analysis.problem import unit_of
from scenarios.analysis.sensitivity import Sensitivity
from scenarios.analysis.surfaces import FAIR, Surface, slice_of
from scenarios.figures.palette import BLUE, FAINT, GREY, INK, ORANGE
from scenarios.figures.style import SIZE, SMALL, drawn_in_chinese

Names = Mapping[str, str]
MOST_ROWS = 15
#: From white to the blue of Okabe and Ito: readable in grey print.
SHADES = LinearSegmentedColormap.from_list("gongzhi", ["#F7FBFF", "#9CC9E6", BLUE, "#00365A"])


@drawn_in_chinese
def sensitivity_figure(
    found: Sequence[Sensitivity], *, lang: str = "zh", names: Names | None = None
) -> Figure:
    """A panel per outcome and strategy, a row per parameter; all of one method."""
    rows = max(min(MOST_ROWS, len(s.table)) for s in found)
    columns = min(3, len(found))
    lines = -(-len(found) // columns)
    figure = Figure(figsize=(2.2 + 3.7 * columns, 1.9 + lines * (1.0 + 0.36 * rows)), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for unused in grid[len(found) :]:
        unused.remove()
    for axes, s in zip(grid, found, strict=False):
        {"morris": _draw_morris, "pawn": _draw_pawn}.get(s.method, _draw_sobol)(axes, s, lang)
        title = f"{outcome_name(s.outcome, lang)}\n{strategy_label(names, s.strategy)}"
        if not s.determined or (s.method == "surface" and s.quality < FAIR):
            title += f"\n{say('undetermined', lang)}"
        axes.set_title(
            "\n".join(wrapped(t, 38) for t in title.split("\n")), loc="left", fontsize=SIZE, color=INK
        )
    if found[0].method in ("sobol", "surface"):
        _key(figure, [(BLUE, "o", "first"), (ORANGE, "D", "total")], lang)
    finish(figure, say(f"{found[0].method}_title", lang), _caption(found, lang))
    return figure


def _key(figure: Figure, entries: Sequence[tuple[str, str, str]], lang: str) -> None:
    handles = [
        Line2D([], [], color=c, marker=m, ls="none", ms=7, label=say(f"{key}_order", lang))
        for c, m, key in entries
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=2, frameon=False, fontsize=SMALL)


def _names(s: Sensitivity, lang: str) -> list[str]:
    return [parameter_name(name, lang) for name in s.table["parameter"][:MOST_ROWS]]


def _draw_sobol(axes: Axes, s: Sensitivity, lang: str) -> None:
    for row, (_, r) in enumerate(s.table.head(MOST_ROWS).iterrows()):
        for key, colour, marker, shift in (("first", BLUE, "o", -0.13), ("total", ORANGE, "D", 0.13)):
            axes.plot([r[f"{key}_low"], r[f"{key}_high"]], [row + shift] * 2, color=colour, lw=2.2)
            axes.plot([r[key]], [row + shift], marker=marker, color=colour, ms=6.5, mec="white", ls="none")
    axes.axvline(0, color=INK, lw=1)
    axes.set_xlim(
        min(-0.05, float(s.table["first_low"].min())),
        max(1.0, float(s.table[["first_high", "total_high"]].max().max())),
    )
    rows_axis(axes, _names(s, lang))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(say("share_of_variance", lang), fontsize=SMALL)


def _draw_pawn(axes: Axes, s: Sensitivity, lang: str) -> None:
    axes.axvspan(0, s.threshold, color=FAINT, alpha=0.8, lw=0)
    for row, (_, r) in enumerate(s.table.head(MOST_ROWS).iterrows()):
        colour = BLUE if r["index_low"] > s.threshold else GREY
        axes.plot([r["index_low"], r["index_high"]], [row, row], color=colour, lw=2.4)
        axes.plot([r["index"]], [row], marker="o", color=colour, ms=7, mec="white", ls="none")
    axes.set_xlim(0, max(0.5, 1.08 * float(s.table["index_high"].max())))
    rows_axis(axes, _names(s, lang))
    axes.set_xlabel(say("pawn_axis", lang), fontsize=SMALL)


def _draw_morris(axes: Axes, s: Sensitivity, lang: str) -> None:
    scale = 100 if unit_of(s.outcome) == "share" else 1
    for row, (_, r) in enumerate(s.table.head(MOST_ROWS).iterrows()):
        axes.plot([scale * r["mu_star_low"], scale * r["mu_star_high"]], [row, row], color=BLUE, lw=2.4)
        axes.plot([scale * r["mu_star"]], [row], marker="o", color=BLUE, ms=7, mec="white", ls="none")
        axes.plot([scale * r["sigma"]], [row], marker="|", color=ORANGE, ms=13, mew=2.4, ls="none")
    axes.axvline(0, color=INK, lw=1)
    rows_axis(axes, _names(s, lang))
    axes.set_xlabel(say("morris_axis_points" if scale == 100 else "morris_axis", lang), fontsize=SMALL)


def _caption(found: Sequence[Sensitivity], lang: str) -> str:
    first = found[0]
    caption = say(
        f"{first.method}_caption", lang, points=_range([s.n_points for s in found]),
        seeds=_range([s.n_seeds for s in found]),
    )  # fmt: skip
    noise = [s.noise for s in found if np.isfinite(s.noise)]
    if noise and first.method != "pawn":
        caption += say("noise", lang, share=f"{100 * max(noise):.0f}")
    if first.method == "surface":
        caption += say("quality", lang, list=_range_of([s.quality for s in found]))
    caption += left_out(found, lang)
    more = max(len(s.table) for s in found) - MOST_ROWS
    return caption + (say("rows_in_the_table", lang, n=more) if more > 0 else "")


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _range_of(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.2f}" if round(low, 2) == round(high, 2) else f"{low:.2f}–{high:.2f}"


@drawn_in_chinese
def surface_figure(
    found: Sequence[tuple[Surface, str, str]], *, lang: str = "zh", names: Names | None = None
) -> Figure:
    """A panel per surface over two parameters, all others in the middle; points are those it was fitted to.

    A poor surface is not drawn: its panel has the points and says undetermined.
    """
    columns = min(3, len(found))
    lines = -(-len(found) // columns)
    figure = Figure(figsize=(1.4 + 3.9 * columns, 1.4 + 3.7 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for unused in grid[len(found) :]:
        unused.remove()
    for axes, (surface, x, y) in zip(grid, found, strict=False):
        _draw_surface(axes, surface, x, y, lang)
        title = f"{outcome_name(surface.outcome, lang)}\n{strategy_label(names, surface.strategy)}"
        graded = say(f"grade_{surface.grade}", lang, quality=f"{surface.quality:.2f}")
        if surface.n_without:
            n, total = surface.n_runs - surface.n_without, surface.n_runs
            title += "\n" + say("runs_short", lang, n=f"{n:,}", total=f"{total:,}")
        axes.set_title(
            "\n".join(wrapped(t, 36) for t in (*title.split("\n"), graded)), loc="left", fontsize=SIZE - 0.5,
            color=INK if surface.determined else GREY,
        )  # fmt: skip
    points = _range([len(s.values) for s, _, _ in found])
    caption = say("surfaces_caption", lang, points=points, seeds=_range([s.n_seeds for s, _, _ in found]))
    noise = [s.noise for s, _, _ in found if np.isfinite(s.noise)]
    caption += say("noise", lang, share=f"{100 * max(noise):.0f}") if noise else ""
    lost = sum(s.n_lost for s, _, _ in found)
    finish(figure, say("surfaces_title", lang), caption + (say("points_lost", lang, n=lost) if lost else ""))
    return figure


def _draw_surface(axes: Axes, surface: Surface, x: str, y: str, lang: str) -> None:
    index = {p.name: i for i, p in enumerate(surface.problem.parameters)}
    scale = 100 if unit_of(surface.outcome) == "share" else 1
    if surface.determined:
        across, up, height = slice_of(surface, x, y)
        levels = MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(
            scale * height.min(), scale * height.max()
        )
        if height.max() - height.min() > 1e-12:
            axes.contourf(across, up, scale * height, levels, cmap=SHADES, alpha=0.9)
            inside = levels[(levels > scale * height.min()) & (levels < scale * height.max())]
            lines = axes.contour(across, up, scale * height, inside, colors=INK, linewidths=0.8)
            for label in axes.clabel(lines, fmt=lambda v: short(v), fontsize=SMALL - 0.5):
                label.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    else:
        axes.annotate(say("undetermined", lang), (0.5, 0.5), xycoords="axes fraction", ha="center", color=GREY,
                      fontsize=SIZE + 2, zorder=5)  # fmt: skip
    spots = surface.points[:, [index[x], index[y]]]
    axes.plot(*spots.T, ls="none", marker="o", ms=2.6, mfc="white", mec=INK, mew=0.5, alpha=0.8)
    for which, name in (("x", x), ("y", y)):
        p = surface.problem.parameters[index[name]]
        getattr(axes, f"set_{which}lim")(p.low, p.high)
        getattr(axes, f"set_{which}label")(wrapped(parameter_name(name, lang), 34), fontsize=SMALL)


def most_influential(s: Sensitivity) -> tuple[str, str]:
    """The two parameters with the largest total index; there must be two or more."""
    first, second = next(pairwise(s.table.sort_values("total", ascending=False)["parameter"]))
    return first, second
