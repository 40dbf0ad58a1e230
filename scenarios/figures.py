"""Figures of the report, the dashboard and the lessons: tidy data in, a `matplotlib.figure.Figure` out.

`tidy` is `Results.tidy()` (columns `run, case, strategy, seed, week, outcome, value`), `summary` is
`Results.summary()` (a row per run; NaN is "not reached" or "no value"). No pyplot, no global state kept; `svg` and
`png` write a figure. The insincere share stands in every panel that shows consent. Colours are those of Okabe and Ito,
told apart by readers with any colour vision and, by line style, in grey print.
"""

import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from model.measures import SUMMARY
from scenarios.catalogue import STAGES, text
from scenarios.comparison import CENSORED, PairedDifference, paired_values
from scenarios.fonts import use_chinese_font
from scenarios.quantiles import QUANTILES, five_quantiles

BLUE, GREEN, VERMILLION, ORANGE, PURPLE = "#0072B2", "#009E73", "#D55E00", "#E69F00", "#CC79A7"
INK, GREY, FAINT = "#1F2328", "#6E7781", "#D8DEE4"
STAGE_FILL = ("#F3F4F6", "#DCE1E7")
#: From waiting to lived in; dropped projects stand apart.
STAGE_COLOURS = (FAINT, "#B6C7DA", ORANGE, VERMILLION, PURPLE, GREEN, INK)
SIZE, SMALL = 11, 9.5
MOST_COLUMNS = 3
HALO = [withStroke(linewidth=3, foreground="white")]
CONSENT_LINES = [
    ("headline", BLUE, "solid"),
    ("valid", PURPLE, "dashed"),
    ("support", GREEN, "dashdot"),
    ("insincere", VERMILLION, "solid"),
]

Names = Mapping[str, str]


class Published(Protocol):
    """A published number to set beside a result: `scenarios.loading.Claim` is one."""

    @property
    def value(self) -> float | None:
        """The number; None where the document gives only a direction."""

    @property
    def relation(self) -> str:
        """How the document states it: =, >, ≥, ≈ or rises."""

    @property
    def outcome(self) -> str:
        """The summary outcome it may be set beside."""


def drawn_in_chinese[**P](make: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a figure with the project's font, whatever the caller has set."""

    @wraps(make)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with use_chinese_font():
            return make(*args, **kwargs)

    return wrapped


def svg(figure: Figure) -> str:
    """The figure as one <svg> element: text as outlines, no date, no reference to anything outside."""
    buffer = io.StringIO()
    with use_chinese_font():
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing)
    written = buffer.getvalue()
    element = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", written[written.index("<svg") :], flags=re.DOTALL
    )
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), element)


def png(figure: Figure, dpi: int = 150) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    with use_chinese_font():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


@drawn_in_chinese
def consent_over_time(
    tidy: pd.DataFrame,
    *,
    gate: float | Mapping[str, float] | None = 0.8,
    lang: str = "zh",
    names: Names | None = None,
) -> Figure:
    """Headline and valid consent, private support and insincere share by week, one panel per strategy.

    tidy : one case; one or several strategies
    gate : consent needed to start, drawn as a line: one, or one by strategy; None for no gate
    names : how to call the strategies
    """
    strategies = list(dict.fromkeys(tidy["strategy"]))
    figure, panels = _panels(len(strategies), height=3.9)
    for axes, strategy in zip(panels, strategies, strict=True):
        data = tidy[tidy["strategy"] == strategy]
        needed = gate.get(strategy) if isinstance(gate, Mapping) else gate
        _draw_consent(axes, data, needed, lang, names_lines=True)
        _panel_title(axes, _name(names, strategy), len(strategies), above_strip=True)
        axes.set_xlabel(text("figure.week", lang))
    _label_first_column(panels, text("figure.share_of_households", lang), len(strategies))
    stages = text("figure.stages", lang).format(stages=_stage_names(tidy, lang))
    words = {"seeds": _seeds(tidy, lang), "bands": text("figure.bands", lang), "stages": stages}
    finish(figure, text("figure.consent_title", lang), text("figure.consent_caption", lang).format(**words))
    return figure


@drawn_in_chinese
def payment_over_time(
    tidy: pd.DataFrame, *, published: Sequence[Published] = (), lang: str = "zh", names: Names | None = None
) -> Figure:
    """Payment rate by week and, below it, the share of seeds with a property company; one column per strategy.

    published : payment rates of the document, drawn as dashed marks
    """
    strategies = list(dict.fromkeys(tidy["strategy"]))
    figure, pairs = _stacked_panels(len(strategies))
    for (upper, lower), strategy in zip(pairs, strategies, strict=True):
        data = tidy[tidy["strategy"] == strategy]
        _draw_payment(upper, data, published, lang)
        _draw_company(lower, data, lang)
        _panel_title(upper, _name(names, strategy), len(strategies))
        upper.tick_params(labelbottom=False)
        lower.set_xlabel(text("figure.week", lang))
    _label_first_column([upper for upper, _ in pairs], text("figure.payment_axis", lang), len(strategies))
    _label_first_column([lower for _, lower in pairs], text("figure.company_axis", lang), len(strategies))
    words = {"seeds": _seeds(tidy, lang), "bands": text("figure.bands", lang)}
    finish(figure, text("figure.payment_title", lang), text("figure.payment_caption", lang).format(**words))
    return figure


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
    panels[0].set_yticks(range(len(strategies)), [wrapped(_name(names, s), 22) for s in strategies])
    panels[0].set_ylim(len(strategies) - 0.45, -0.6)
    caption = text("figure.comparison_caption", lang).format(seeds=_seeds(summary, lang))
    finish(figure, text("figure.comparison_title", lang), caption)
    return figure


@drawn_in_chinese
def five_cities(
    tidy: pd.DataFrame,
    *,
    gates: Mapping[str, float] | None = None,
    published: Mapping[str, Sequence[Published]] | None = None,
    lang: str = "zh",
    names: Names | None = None,
) -> Figure:
    """Each case in a column: consent with the insincere share above, payment with the published claim below.

    tidy : several cases, one strategy each
    gates, published : by case; names : how to call the cases
    """
    cases = list(dict.fromkeys(tidy["case"]))
    figure = Figure(figsize=(max(7.0, 1.2 + 2.75 * len(cases)), 7.0), layout="constrained")
    grid = figure.subplots(2, len(cases), sharex="col", sharey=True, squeeze=False)
    for column, case in enumerate(cases):
        data = tidy[tidy["case"] == case]
        upper, lower = grid[:, column]
        _draw_consent(upper, data, (gates or {}).get(case), lang, names_lines=False)
        _draw_payment(lower, data, (published or {}).get(case, ()), lang, narrow=True)
        _panel_title(upper, _name(names, case), 2)
        upper.tick_params(labelbottom=False)
        lower.set_xlabel(text("figure.week", lang))
    grid[0, 0].set_ylabel(text("figure.consent_row", lang), fontsize=SIZE)
    grid[1, 0].set_ylabel(text("figure.payment_row", lang), fontsize=SIZE)
    same = np.array_equal(*(_fan_table(tidy, outcome) for outcome in ("headline_consent", "valid_consent")))
    _key_of_lines(figure, lang, same)
    words = {"seeds": _seeds(tidy, lang), "bands": text("figure.bands", lang)}
    finish(figure, text("figure.cities_title", lang), text("figure.cities_caption", lang).format(**words))
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
        pair = {"a": _name(names, comparison.a), "b": _name(names, comparison.b)}
        label = (
            f"{text(f'summary.{comparison.outcome}', lang)}\n{text('figure.a_minus_b', lang).format(**pair)}"
        )
        label = "\n".join(wrapped(line, 34) for line in label.split("\n"))
        axes.set_ylabel(
            label, rotation=0, ha="right", va="center", fontsize=SMALL, labelpad=10, linespacing=1.4
        )
    words = {key: text(f"figure.paired_{key}", lang) for key in ("statistic", "resamples")}
    finish(figure, text("figure.paired_title", lang), text("figure.paired_caption", lang).format(**words))
    return figure


@drawn_in_chinese
def stages_over_time(weekly: pd.DataFrame, *, compounds: int, lang: str = "zh") -> Figure:
    """How many compounds of a district are at each stage, by week; of several seeds the mean.

    weekly : of `scenarios.district.weekly_totals`; compounds : in the district
    """
    figure = Figure(figsize=(9.0, 5.2), layout="constrained")
    axes = figure.subplots()
    counts = weekly.groupby("week")[[f"stage_{stage}" for stage in STAGES]].mean()
    axes.stackplot(
        counts.index, counts.to_numpy().T, colors=STAGE_COLOURS, edgecolor="white", linewidth=0.6,
        labels=[text(f"stage.{stage}", lang) for stage in STAGES],
    )  # fmt: skip
    axes.set_ylim(0, compounds)
    _count_axes(axes, counts.index, text("figure.compounds_axis", lang))
    # From the top down, as the bands lie.
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        fontsize=SIZE - 0.5,
    )
    axes.set_xlabel(text("figure.week", lang))
    caption = text("figure.district_stages_caption", lang).format(**_district_words(weekly, compounds, lang))
    finish(figure, text("figure.district_stages_title", lang), caption)
    return figure


@drawn_in_chinese
def payment_over_compounds(
    rates: np.ndarray, weekly: pd.DataFrame, *, compounds: int, lang: str = "zh"
) -> Figure:
    """Payment rate over the compounds that bill, by week, and below it how many do.

    rates : (compounds and seeds, weeks), NaN where nobody is billed; weekly, compounds : as above
    """
    figure, [(upper, lower)] = _stacked_panels(1)
    weeks = pd.Index(range(rates.shape[1]))
    billed = ~np.isnan(rates).all(axis=0)
    table = np.full((3, rates.shape[1]), np.nan)
    table[:, billed] = np.nanquantile(rates[:, billed], (0.05, 0.5, 0.95), axis=0)
    upper.fill_between(weeks, table[0], table[2], color=BLUE, alpha=0.2, lw=0, zorder=2)
    upper.plot(weeks, table[1], color=BLUE, lw=2.2, zorder=3, clip_on=False)
    _share_axes(upper, weeks)
    if not billed.any():
        _note(upper, text("figure.district_payment_none", lang))
    upper.tick_params(labelbottom=False)
    upper.set_ylabel(text("figure.payment_axis", lang), fontsize=SIZE)
    counts = weekly.groupby("week")["compounds_billed"].mean()
    lower.fill_between(counts.index, counts, step="post", color=GREY, alpha=0.35, lw=0)
    lower.step(counts.index, counts, where="post", color=GREY, lw=1.5)
    lower.set_ylim(0, compounds)
    _count_axes(lower, counts.index, text("figure.compounds_billed", lang))
    lower.set_xlabel(text("figure.week", lang))
    caption = text("figure.district_payment_caption", lang).format(**_district_words(weekly, compounds, lang))
    finish(figure, text("figure.district_payment_title", lang), caption)
    return figure


def _district_words(weekly: pd.DataFrame, compounds: int, lang: str) -> dict[str, str]:
    """What a caption says of the compounds and seeds behind a figure."""
    n = weekly["seed"].nunique()
    counted = text("figure.of_district" if n == 1 else "figure.of_district_seeds", lang)
    return {
        "compounds": counted.format(n=f"{compounds:,}", seeds=n),
        "mean": "" if n == 1 else text("figure.mean_of_seeds", lang),
    }


# -- panels ---------------------------------------------------------------------------------------------------


def _panels(n: int, height: float) -> tuple[Figure, list[Axes]]:
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    width = 9.0 if columns == 1 else 4.6 * columns
    figure = Figure(figsize=(width, 1.1 + height * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for unused in grid[n:]:
        unused.remove()
    for axes in grid[max(0, n - columns) : n]:
        axes.tick_params(labelbottom=True)
    return figure, list(grid[:n])


def _stacked_panels(n: int) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    width = 9.0 if columns == 1 else 4.2 * columns
    figure = Figure(figsize=(width, 1.1 + 4.3 * rows), layout="constrained")
    grid = figure.subplots(2 * rows, columns, sharex=True, height_ratios=[3.2, 1] * rows, squeeze=False)
    places = [(row, column) for row in range(rows) for column in range(columns)]
    for row, column in places[n:]:
        grid[2 * row, column].remove()
        grid[2 * row + 1, column].remove()
    for row, column in places[:n]:
        grid[2 * row + 1, column].tick_params(labelbottom=True)
    return figure, [(grid[2 * row, column], grid[2 * row + 1, column]) for row, column in places[:n]]


def _panel_title(axes: Axes, title: str, n: int, *, above_strip: bool = False) -> None:
    if n > 1:
        axes.set_title(wrapped(title, 30), loc="left", fontsize=SIZE, color=INK, pad=22 if above_strip else 8)


def _label_first_column(panels: Sequence[Axes], label: str, n: int) -> None:
    for axes in panels[:: min(n, MOST_COLUMNS)]:
        axes.set_ylabel(label, fontsize=SIZE)


def finish(figure: Figure, title: str, caption: str) -> None:
    """Put title and caption around the panels, and make spines and ticks quiet."""
    width = figure.get_figwidth()
    figure.suptitle(latin_quotes(title), x=0.01, ha="left", fontsize=SIZE + 3, color=INK)
    # As a supxlabel the caption has its place in the constrained layout.
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(w_pad=0.09)
    # Closing punctuation may hang over the end of a line: room for two full-width signs.
    figure.supxlabel(
        wrapped(caption, int(width * 14.5) - 4),
        x=0.01,
        ha="left",
        fontsize=SMALL,
        color=GREY,
        linespacing=1.35,
    )
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
        axes.tick_params(colors=INK, labelsize=SMALL, length=3)


# -- what is drawn in a panel ---------------------------------------------------------------------------------


def _draw_consent(
    axes: Axes, data: pd.DataFrame, gate: float | None, lang: str, *, names_lines: bool
) -> None:
    headline, valid = _fan_table(data, "headline_consent"), _fan_table(data, "valid_consent")
    support, insincere = _fan_table(data, "support_share"), _fan_table(data, "insincere_share")
    # Without proxies the two are one line: say so instead of hiding one behind the other.
    same = bool(np.allclose(headline, valid, atol=1e-9))
    _fan(axes, support, GREEN, "dashdot")
    _fan(axes, headline, BLUE, "solid")
    if not same:
        _fan(axes, valid, PURPLE, "dashed")
    _fan(axes, insincere, VERMILLION, "solid")
    _share_axes(axes, headline.index)
    if gate:
        axes.axhline(gate, color=INK, lw=1, ls=(0, (1, 2)), zorder=1.5)
        share = text("number.share", lang).format(value=f"{100 * gate:g}")
        label = text("figure.gate", lang).format(value=share)
        axes.annotate(
            label, (1, gate), (-3, -3), xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="right",
            va="top", fontsize=SMALL, color=INK, path_effects=HALO, zorder=5,
        )  # fmt: skip
    if not names_lines:
        return
    _shade_stages(axes, data, lang)
    ends = [
        ("figure.headline_valid" if same else "figure.headline", headline, BLUE),
        ("figure.support", support, GREEN),
        ("figure.insincere", insincere, VERMILLION),
    ]
    if not same:
        ends.append(("figure.valid", valid, PURPLE))
    _label_ends(axes, [(float(table[0.5].iloc[-1]), text(key, lang), colour) for key, table, colour in ends])


def _draw_payment(
    axes: Axes, data: pd.DataFrame, published: Sequence[Published], lang: str, *, narrow: bool = False
) -> None:
    payment = _fan_table(data, "payment_rate")
    _fan(axes, payment, BLUE, "solid")
    _share_axes(axes, payment.index)
    handover = _median_handover(data)
    if handover is not None:
        axes.axvline(handover, color=GREY, lw=1, ls=(0, (1, 2)), zorder=1.5)
        near_end = handover > 0.5 * payment.index.max()
        axes.annotate(
            text("figure.handover", lang), (handover, 0.02), (-4 if near_end else 4, 0), textcoords="offset points",
            fontsize=SMALL, color=GREY, ha="right" if near_end else "left", va="bottom",
            zorder=1.6,
        )  # fmt: skip
    marks = [p for p in published if p.outcome == "payment_18_months"]
    if narrow and not marks:
        _note(axes, text("figure.published_none", lang))
    for mark in marks:
        if mark.value is None:
            _note(axes, text("figure.published_rises", lang))
            continue
        axes.axhline(mark.value, color=ORANGE, lw=2, ls=(0, (5, 3)), zorder=3)
        label = text("figure.published", lang).format(value=published_value(mark, lang))
        at = (0.02, mark.value)
        axes.annotate(
            label, at, (0, 4), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
            fontsize=SMALL, color="#8A5A00", va="bottom", path_effects=HALO, zorder=5,
        )  # fmt: skip


def published_value(claim: Published, lang: str) -> str:
    """The number of a claim as the document states it: `>90%`, `89.2%`. Shares only."""
    if claim.value is None:
        return text("report.rises", lang)
    relation = "" if claim.relation == "=" else claim.relation
    share = f"{100 * claim.value:.1f}".removesuffix(".0")
    return relation + text("number.share", lang).format(value=share)


def _draw_company(axes: Axes, data: pd.DataFrame, lang: str) -> None:
    present = data[data["outcome"] == "company_present"].groupby("week")["value"].mean()
    axes.fill_between(present.index, present, step="post", color=GREY, alpha=0.35, lw=0)
    axes.step(present.index, present, where="post", color=GREY, lw=1.5)
    _share_axes(axes, present.index)
    axes.set_yticks([0, 0.5, 1])


def _draw_intervals(axes: Axes, outcome: str, samples: Sequence[np.ndarray], lang: str) -> None:
    """A row per sample; NaN of a gate counts as infinity and is drawn as an arrow to the right edge."""
    censored = outcome in CENSORED
    rows = [five_quantiles(sample, censored) for sample in samples]
    finite = [q for row in rows if row is not None for q in row if np.isfinite(q)]
    low, high = (
        (0.0, 1.0) if SUMMARY[outcome].unit == "share" else (0.0, max(finite, default=1.0) * 1.12 or 1.0)
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
    if SUMMARY[outcome].unit == "share":
        axes.xaxis.set_major_formatter(percent_axis())
        axes.set_xticks([0, 0.5, 1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set_xlabel(_unit(SUMMARY[outcome].unit, lang), fontsize=SMALL)
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
    unit = SUMMARY[comparison.outcome].unit
    scale = 100 if unit == "share" else 1
    axes.xaxis.set_major_locator(MaxNLocator(7, symmetric=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(scale * value)))
    axes.annotate(
        _unit(unit, lang), (1.01, 0), xycoords="axes fraction", fontsize=SMALL, color=INK, va="center"
    )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


# -- parts ----------------------------------------------------------------------------------------------------


def _fan_table(data: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Quantiles over seeds by week: rows weeks, columns `QUANTILES`."""
    rows = data[data["outcome"] == outcome]
    if rows.empty:
        raise ValueError(f"the data hold no outcome {outcome!r}")
    return rows.groupby("week")["value"].quantile(list(QUANTILES)).unstack()


def _fan(axes: Axes, table: pd.DataFrame, colour: str, style: str) -> None:
    weeks = table.index.to_numpy()
    axes.fill_between(weeks, table[0.05], table[0.95], color=colour, alpha=0.13, lw=0, zorder=2)
    axes.fill_between(weeks, table[0.25], table[0.75], color=colour, alpha=0.25, lw=0, zorder=2)
    axes.plot(weeks, table[0.5], color=colour, lw=2.2, ls=style, zorder=3, clip_on=False)


def _share_axes(axes: Axes, weeks: pd.Index) -> None:
    axes.set_ylim(0, 1)
    _week_axis(axes, weeks)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.yaxis.set_major_formatter(percent_axis())
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)


def _week_axis(axes: Axes, weeks: pd.Index) -> None:
    """Whole weeks from the first to the last, or to the next where there is only one."""
    axes.set_xlim(weeks.min(), max(weeks.max(), weeks.min() + 1))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 2.5, 5, 10]))


def _count_axes(axes: Axes, weeks: pd.Index, label: str) -> None:
    _week_axis(axes, weeks)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_ylabel(label, fontsize=SIZE)


def percent_axis() -> PercentFormatter:
    """Whole percent for an axis of shares."""
    return PercentFormatter(1.0, decimals=0)


def _stage_spells(data: pd.DataFrame) -> list[tuple[int, float, float]]:
    """(stage, first week, week after the last) of the commonest stage of each week; ties go to the earlier."""
    stages = data[data["outcome"] == "stage"]
    counts = stages.groupby(["week", "value"]).size().unstack(fill_value=0)
    commonest = counts.idxmax(axis=1).astype(int)
    starts = commonest.index[commonest.ne(commonest.shift())]
    ends = [*starts[1:], commonest.index[-1]]
    return [
        (int(commonest[start]), float(start), float(end)) for start, end in zip(starts, ends, strict=True)
    ]


def _shade_stages(axes: Axes, data: pd.DataFrame, lang: str) -> None:
    """Pale bands behind the lines and a strip above the panel that names the stages wide enough for a name."""
    if not (data["outcome"] == "stage").any():
        return
    across = axes.get_xaxis_transform()
    first, last = axes.get_xlim()
    points = axes.get_window_extent().width * 72 / axes.figure.dpi
    for position, (stage, start, end) in enumerate(_stage_spells(data)):
        fill = STAGE_FILL[position % 2]
        axes.axvspan(start, end, color=fill, alpha=0.45, lw=0, zorder=0)
        axes.fill_between([start, end], 1.01, 1.06, transform=across, color=STAGE_FILL[1 - position % 2], lw=0,
                          clip_on=False)  # fmt: skip
        name = text(f"stage_short.{STAGES[stage]}", lang)
        room = 0.8 * points * (end - start) / (last - first)
        if _width(name) * 4.9 < room:
            axes.text((start + end) / 2, 1.034, name, transform=across, ha="center", va="center_baseline",
                      fontsize=8.5, color=INK)  # fmt: skip


def _stage_names(data: pd.DataFrame, lang: str) -> str:
    stages = sorted({int(value) for value in data.loc[data["outcome"] == "stage", "value"].unique()})
    separator = text("report.list_separator", lang)
    return separator.join(text(f"stage.{STAGES[stage]}", lang) for stage in stages)


def _label_ends(axes: Axes, labels: Sequence[tuple[float, str, str]], gap: float = 0.075) -> None:
    """Name lines at their right end, moved apart where they would touch."""
    placed: list[float] = []
    ordered = sorted(labels)
    for value, _, _ in ordered:
        placed.append(max(value, placed[-1] + gap) if placed else max(value, 0.02))
    overflow = placed[-1] - 1.0
    if overflow > 0:
        placed[-1] = 1.0
        for i in range(len(placed) - 2, -1, -1):
            placed[i] = min(placed[i], placed[i + 1] - gap)
    for y, (_, label, colour) in zip(placed, ordered, strict=True):
        axes.annotate(
            label, (1.015, y), xycoords="axes fraction", va="center", fontsize=SIZE - 0.5, color=colour
        )


def _key_of_lines(figure: Figure, lang: str, same: bool) -> None:
    """The meaning of the lines, once for all small panels; `same`: no proxies, headline is valid consent."""
    consent = [("headline_valid", BLUE, "solid")] if same else CONSENT_LINES[:2]
    lines = [*consent, *CONSENT_LINES[2:]]
    handles = [Line2D([], [], color=c, ls=s, lw=2.2, label=text(f"figure.{k}", lang)) for k, c, s in lines]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, frameon=False, fontsize=SIZE - 0.5)


def _median_handover(data: pd.DataFrame) -> float | None:
    """Median over seeds of the first week of management; None where the median seed never gets there."""
    stages = data[data["outcome"] == "stage"]
    if stages.empty:
        return None
    first = (
        stages[stages["value"] == STAGES.index("management")]
        .groupby(["case", "strategy", "seed"])["week"]
        .min()
    )
    n = len(stages.groupby(["case", "strategy", "seed"]))
    weeks = sorted([*first, *[np.inf] * (n - len(first))])
    middle = (weeks[(n - 1) // 2] + weeks[n // 2]) / 2
    return float(middle) if np.isfinite(middle) else None


def _note(axes: Axes, note: str) -> None:
    axes.annotate(note, (0.03, 0.96), xycoords="axes fraction", va="top", fontsize=SMALL, color="#8A5A00",
                  path_effects=HALO, zorder=5)  # fmt: skip


def _signed(value: float) -> str:
    return "0" if abs(value) < 1e-9 else f"{value:+,.6g}".replace("-", "−")


def _unit(unit: str, lang: str) -> str:
    """The unit of an axis; nothing for numbers without one."""
    names = {"share": "points", "weeks": "weeks", "week": "weeks", "hours": "hours", "yuan": "yuan",
             "households": "households", "per household": "per_household"}  # fmt: skip
    return text(f"unit.{names[unit]}", lang) if unit in names else ""


def _seeds(data: pd.DataFrame, lang: str) -> str:
    counts = data.groupby(["case", "strategy"])["seed"].nunique()
    low, high = int(counts.min()), int(counts.max())
    return text("figure.seeds" if low == high else "figure.seeds_range", lang).format(
        n=low, low=low, high=high
    )


def _name(names: Names | None, key: str) -> str:
    return (names or {}).get(key, key)


def _width(line: str) -> int:
    """Width in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


#: Chinese punctuation that must not begin a line.
_CLOSING = "，。；：、！？）》”’%】"


def latin_quotes(sentence: str) -> str:
    """With straight quotes where nothing is Chinese: the Chinese font draws the others as wide as a character."""
    if re.search(r"[\u2e80-\uffef]", sentence):
        return sentence
    return sentence.translate(str.maketrans("“”‘’", "\"\"''"))


def wrapped(sentence: str, width: int) -> str:
    """Break at spaces or between Chinese characters, so that no line is wider than `width` half-width characters."""
    lines, line = [], ""
    sentence = latin_quotes(sentence)
    for piece in re.findall(r"[\u2e80-\uffef“”‘’]|[^\s\u2e80-\uffef“”‘’]+|\s+", sentence):
        if line and _width(line + piece) > width and piece not in _CLOSING and not piece.isspace():
            lines.append(line.rstrip())
            line = ""
        line += piece if line or not piece.isspace() else ""
    return "\n".join([*lines, line.rstrip()])
