"""Figures of a collection: outcomes by size of the compound, and how far households have come by week."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenarios.catalogue import text
from scenarios.collected.summary import Summary
from scenarios.figures.palette import BLUE, GREEN, INK, ORANGE, PURPLE, VERMILLION
from scenarios.figures.style import SIZE, SMALL, drawn_in_chinese, finish, percent_axis

#: Outcomes of the first panel, their label and colour. The insincere share stands beside consent.
_CONSENT = (
    ("headline_consent", "headline", BLUE),
    ("support_share", "support", GREEN),
    ("insincere_share", "insincere", VERMILLION),
)


@drawn_in_chinese
def outcomes_by_size(summary: Summary, *, lang: str = "zh") -> Figure:
    """Consent with the insincere share, payment, hours and money, by class of size."""
    figure = Figure(figsize=(10.0, 7.2), layout="constrained")
    grid = figure.subplots(2, 2, sharex=True).ravel()
    classes = summary.classes[:-1]
    for offset, (outcome, label, colour) in zip((-0.22, 0.0, 0.22), _CONSENT, strict=True):
        _intervals(grid[0], classes, outcome, colour, offset, text(f"figure.{label}", lang))
    grid[0].legend(
        frameon=False, fontsize=SMALL, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), borderpad=0
    )
    _share(grid[0], text("figure.share_of_households", lang))
    _intervals(grid[1], classes, "payment_rate", PURPLE)
    _share(grid[1], text("figure.payment_axis", lang))
    _intervals(grid[2], classes, "hours_per_household", INK)
    grid[2].set_ylabel(text("collections.hours_axis", lang), fontsize=SIZE)
    _intervals(grid[3], classes, "yuan_per_household", ORANGE, scale=1e-3)
    grid[3].set_ylabel(text("collections.yuan_axis", lang), fontsize=SIZE)
    for axes in grid[2:]:
        axes.set_ylim(bottom=0)
        axes.set_xticks(range(len(classes)), [_size(entry) for entry in classes])
        axes.set_xlabel(text("collections.size", lang), fontsize=SIZE)
    finish(
        figure,
        text("collections.sizes_title", lang),
        text("collections.sizes_caption", lang).format(**_counted(summary)),
    )
    return figure


@drawn_in_chinese
def course_of_households(
    columns: Mapping[str, np.ndarray], summary: Summary, weeks: int, *, lang: str = "zh"
) -> Figure:
    """Share of households in compounds past the gate and handed over, by week.

    columns : `households`, `gate_week` and `handover_week` (NaN: not reached) of each compound
    """
    figure = Figure(figsize=(9.0, 4.6), layout="constrained")
    axes = figure.subplots()
    steps = (
        ("gate_week", "course_gate", BLUE, "solid"),
        ("handover_week", "course_handover", GREEN, "dashed"),
    )
    for column, label, colour, style in steps:
        shares = households_by_week(columns[column], columns["households"], weeks)
        axes.step(
            range(weeks), shares, where="post", color=colour, linestyle=style, lw=2.2,
            label=text(f"collections.{label}", lang),
        )  # fmt: skip
    axes.legend(frameon=False, fontsize=SIZE, loc="best")
    axes.set_xlim(0, max(weeks - 1, 1))
    _share(axes, text("figure.share_of_households", lang))
    axes.set_xlabel(text("figure.week", lang), fontsize=SIZE)
    caption = text("collections.course_caption", lang).format(**_counted(summary))
    finish(figure, text("collections.course_title", lang), caption)
    return figure


def households_by_week(reached: np.ndarray, households: np.ndarray, weeks: int) -> np.ndarray:
    """Share of all households whose compound had reached something by each week; NaN is never."""
    known = ~np.isnan(reached)
    counts = np.bincount(reached[known].astype(np.int64), weights=households[known], minlength=weeks)
    return np.cumsum(counts[:weeks]) / households.sum()


def _intervals(
    axes: Axes,
    classes: Sequence[Mapping[str, Any]],
    outcome: str,
    colour: str,
    offset: float = 0.0,
    label: str | None = None,
    scale: float = 1.0,
) -> None:
    """Median, middle half and 90 % of one outcome in each class of size."""
    for place, entry in enumerate(classes):
        found = entry["outcomes"][outcome]
        if found["median"] is None:
            continue
        x = place + offset
        axes.plot([x, x], [scale * found["low"], scale * found["high"]], color=colour, lw=1.3, zorder=2)
        ends = [scale * found["quarter"], scale * found["three_quarters"]]
        axes.plot([x, x], ends, color=colour, lw=4.5, alpha=0.75, solid_capstyle="butt", zorder=3)
        named = label if place == 0 else None
        axes.plot(
            [x], [scale * found["median"]], "o", color=colour, ms=6.5, mec="white", zorder=4, label=named
        )


def _share(axes: Axes, label: str) -> None:
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(percent_axis())
    axes.set_ylabel(label, fontsize=SIZE)


def _size(entry: Mapping[str, Any]) -> str:
    low, high = entry["from_households"], entry["to_households"]
    return f"≥ {low:,}" if high is None else f"{low:,}–{high:,}"


def _counted(summary: Summary) -> dict[str, str]:
    return {"compounds": f"{summary.compounds:,}", "households": f"{summary.households:,}"}
