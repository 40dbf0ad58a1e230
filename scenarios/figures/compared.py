"""Strategies beside one another: intervals of their outcomes, and paired differences.

`summary` is `Results.summary()` (a row per run; NaN is "not reached" or "no value").
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.catalogue import text, unit_of_outcome
from scenarios.comparison import CENSORED, PairedDifference, paired_values
from scenarios.figures.palette import BLUE, FAINT, GREY, INK
from scenarios.figures.style import (
    HALO,
    SIZE,
    SMALL,
    Names,
    drawn_in_chinese,
    finish,
    name_of,
    percent_axis,
    seeds_said,
    signed,
    unit_of,
    wrapped,
)
from scenarios.quantiles import five_quantiles

#: What `strategy_comparison` shows, left to right.
COMPARED = ("weeks_to_80", "insincere_share_at_gate", "payment_18_months", "hours_per_valid_signature")


@drawn_in_chinese
def strategy_comparison(
    summary: pd.DataFrame,
    *,
    outcomes: Sequence[str] = COMPARED,
    lang: str = "zh",
    names: Names | None = None,
) -> Figure:
    """Median and spread over seeds of each strategy in several summary outcomes, a panel for each.

    summary : one case; several strategies
    """
    strategies = list(dict.fromkeys(summary["strategy"]))
    figure = Figure(figsize=(2.1 + 2.6 * len(outcomes), 2.0 + 0.62 * len(strategies)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(outcomes), sharey=True))
    for axes, outcome in zip(panels, outcomes, strict=True):
        samples = [summary.loc[summary["strategy"] == s, outcome].to_numpy(float) for s in strategies]
        _draw_intervals(axes, outcome, samples, lang)
        axes.set_title(
            wrapped(text(f"summary.{outcome}", lang), 30), fontsize=SIZE, color=INK, linespacing=1.3
        )
    panels[0].set_yticks(range(len(strategies)), [wrapped(name_of(names, s), 22) for s in strategies])
    panels[0].set_ylim(len(strategies) - 0.45, -0.6)
    caption = text("figure.comparison_caption", lang).format(seeds=seeds_said(summary, lang))
    finish(figure, text("figure.comparison_title", lang), caption)
    return figure


@drawn_in_chinese
def paired_differences(
    summary: pd.DataFrame,
    comparisons: Sequence[PairedDifference],
    *,
    lang: str = "zh",
    names: Names | None = None,
) -> Figure:
    """The difference of two strategies on every seed, with mean (or median) and interval; a row per comparison."""
    rows = max(1, len(comparisons))
    figure = Figure(figsize=(10.5, 1.5 + 1.15 * rows), layout="constrained")
    panels = figure.subplots(rows, 1, squeeze=False)[:, 0]
    for axes, comparison in zip(panels, comparisons, strict=False):
        _draw_differences(axes, summary, comparison, lang)
        pair = {"a": name_of(names, comparison.a), "b": name_of(names, comparison.b)}
        label = (
            f"{text(f'summary.{comparison.outcome}', lang)}\n{text('figure.a_minus_b', lang).format(**pair)}"
            f"\nn = {comparison.n_pairs}"
        )
        label = "\n".join(wrapped(line, 34) for line in label.split("\n"))
        axes.set_ylabel(
            label, rotation=0, ha="right", va="center", fontsize=SMALL, labelpad=10, linespacing=1.4
        )
    words = {key: text(f"figure.paired_{key}", lang) for key in ("statistic", "resamples")}
    finish(figure, text("figure.paired_title", lang), text("figure.paired_caption", lang).format(**words))
    return figure


def _draw_intervals(axes: Axes, outcome: str, samples: Sequence[np.ndarray], lang: str) -> None:
    """A row per sample; NaN of a gate counts as infinity and is drawn as an arrow to the right edge."""
    censored = outcome in CENSORED
    rows = [five_quantiles(sample, censored) for sample in samples]
    finite = [q for row in rows if row is not None for q in row if np.isfinite(q)]
    low, high = (
        (0.0, 1.0) if unit_of_outcome(outcome) == "share" else (0.0, max(finite, default=1.0) * 1.12 or 1.0)
    )
    axes.set_xlim(low, high)
    for y, (sample, row) in enumerate(zip(samples, rows, strict=True)):
        n = int((~np.isnan(sample)).sum())
        note = "figure.reached" if censored else "figure.with_value"
        if row is None or not np.isfinite(row[0]):
            note = "figure.none_reached" if censored else "figure.no_value"
        else:
            _dot_and_interval(axes, y, row, high)
        if n < len(sample):
            label = text(note, lang).format(n=n, total=len(sample))
            axes.annotate(label, (0.98, y + 0.14), xycoords=axes.get_yaxis_transform(), ha="right", va="top",
                          fontsize=SMALL - 1, color=GREY)  # fmt: skip
    if unit_of_outcome(outcome) == "share":
        axes.xaxis.set_major_formatter(percent_axis())
        axes.set_xticks([0, 0.5, 1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set_xlabel(unit_of(unit_of_outcome(outcome), lang), fontsize=SMALL)
    axes.grid(axis="x", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def _dot_and_interval(axes: Axes, y: float, row: np.ndarray, edge: float) -> None:
    low, lower, median, upper, high = np.minimum(row, edge)
    axes.plot([low, high], [y, y], color=BLUE, lw=1.4, solid_capstyle="butt")
    axes.plot([lower, upper], [y, y], color=BLUE, lw=5, alpha=0.55, solid_capstyle="butt")
    if np.isinf(row[-1]):
        axes.plot([edge], [y], marker=">", color=BLUE, ms=7, clip_on=False, ls="none")
    if np.isfinite(row[2]):
        axes.plot(
            [median],
            [y],
            marker="o",
            color=BLUE,
            ms=8,
            mec="white",
            mew=1.2,
            ls="none",
            zorder=4,
            clip_on=False,
        )


def _draw_differences(axes: Axes, summary: pd.DataFrame, comparison: PairedDifference, lang: str) -> None:
    rows = summary[summary["case"].isin(comparison.cases)]
    pairs = (
        paired_values(rows, comparison.outcome, comparison.a, comparison.b)
        if comparison.cases
        else pd.DataFrame()
    )
    values = pairs["difference"].dropna().to_numpy() if len(pairs) else np.empty(0)
    finite = values[np.isfinite(values)]
    reach = (
        1.15 * max([abs(v) for v in (*finite, comparison.low, comparison.high) if np.isfinite(v)], default=0)
        or 1.0
    )
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-1, 1)
    axes.axvline(0, color=INK, lw=1, zorder=1)
    colour = BLUE if comparison.determined else GREY
    # A fixed spread (golden ratio), not a draw: the same data give the same figure.
    heights = -0.25 - 0.5 * (np.arange(len(finite)) * 0.6180339887 % 1)
    axes.plot(finite, heights, ls="none", marker="o", ms=4.5, color=colour, alpha=0.45, mew=0)
    low, centre, high = np.clip([comparison.low, comparison.difference, comparison.high], -reach, reach)
    axes.plot([low, high], [0.4, 0.4], color=colour, lw=3, solid_capstyle="butt")
    axes.plot([centre], [0.4], marker="D", ms=8, color=colour, mec="white", ls="none", clip_on=False)
    for infinite, edge, side in (("edge_a", 0.995, values == np.inf), ("edge_b", 0.005, values == -np.inf)):
        if side.any():
            axes.annotate(text(f"figure.{infinite}", lang).format(n=int(side.sum())), (edge, 0.86), va="top",
                          xycoords="axes fraction", ha="right" if edge > 0.5 else "left", fontsize=SMALL,
                          color=GREY)  # fmt: skip
    if len(values) == 0:
        axes.annotate(text("figure.no_pairs", lang), (0.5, 0.6), xycoords="axes fraction", ha="center", va="center",
                      fontsize=SMALL, color=GREY, path_effects=HALO)  # fmt: skip
    unit = unit_of_outcome(comparison.outcome)
    scale = 100 if unit == "share" else 1
    axes.xaxis.set_major_locator(MaxNLocator(7, symmetric=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(scale * value)))
    axes.annotate(
        unit_of(unit, lang), (1.01, 0), xycoords="axes fraction", fontsize=SMALL, color=INK, va="center"
    )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
