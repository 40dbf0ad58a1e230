"""Consent and payment of a compound, week by week.

`tidy` is `Results.tidy()` (columns `run, case, strategy, seed, week, outcome, value`). The insincere share stands
in every panel that shows consent.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from agents.categories import Stage
from scenarios.catalogue import called, stage_short, text
from scenarios.figures.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, STAGE_FILL, VERMILLION
from scenarios.figures.style import (
    HALO,
    SIZE,
    SMALL,
    Names,
    drawn_in_chinese,
    finish,
    half_widths,
    label_first_column,
    name_of,
    note_in,
    pairs_of_panels,
    panels_in_a_row,
    seeds_said,
    share_axes,
    stands_in_rows,
    title_panel,
)
from scenarios.quantiles import QUANTILES

CONSENT_LINES = [
    ("headline", BLUE, "solid"),
    ("valid", PURPLE, "dashed"),
    ("support", GREEN, "dashdot"),
    ("insincere", VERMILLION, "solid"),
]


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
    figure, panels = panels_in_a_row(len(strategies), height=3.9)
    for axes, strategy in zip(panels, strategies, strict=True):
        data = tidy[tidy["strategy"] == strategy]
        needed = gate.get(strategy) if isinstance(gate, Mapping) else gate
        _draw_consent(axes, data, needed, lang, names_lines=True)
        title_panel(axes, name_of(names, strategy), len(strategies), above_strip=True)
        axes.set_xlabel(text("figure.week", lang))
    label_first_column(panels, text("figure.share_of_households", lang), len(strategies))
    stages = text("figure.stages", lang).format(stages=_stage_names(tidy, lang))
    words = {"seeds": seeds_said(tidy, lang), "bands": text("figure.bands", lang), "stages": stages}
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
    figure, pairs = pairs_of_panels(len(strategies))
    for (upper, lower), strategy in zip(pairs, strategies, strict=True):
        data = tidy[tidy["strategy"] == strategy]
        _draw_payment(upper, data, published, lang)
        _draw_company(lower, data, lang)
        title_panel(upper, name_of(names, strategy), len(strategies))
        upper.tick_params(labelbottom=False)
        lower.set_xlabel(text("figure.week", lang))
    label_first_column([upper for upper, _ in pairs], text("figure.payment_axis", lang), len(strategies))
    label_first_column([lower for _, lower in pairs], text("figure.company_axis", lang), len(strategies))
    words = {"seeds": seeds_said(tidy, lang), "bands": text("figure.bands", lang)}
    finish(figure, text("figure.payment_title", lang), text("figure.payment_caption", lang).format(**words))
    return figure


@drawn_in_chinese
def cases_side_by_side(
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
    stands_in_rows(figure, 2)
    for column, case in enumerate(cases):
        data = tidy[tidy["case"] == case]
        upper, lower = grid[:, column]
        _draw_consent(upper, data, (gates or {}).get(case), lang, names_lines=False)
        _draw_payment(lower, data, (published or {}).get(case, ()), lang, narrow=True)
        title_panel(upper, name_of(names, case), 2)
        upper.tick_params(labelbottom=False)
        lower.set_xlabel(text("figure.week", lang))
    grid[0, 0].set_ylabel(text("figure.consent_row", lang), fontsize=SIZE)
    grid[1, 0].set_ylabel(text("figure.payment_row", lang), fontsize=SIZE)
    same = np.array_equal(*(_fan_table(tidy, outcome) for outcome in ("headline_consent", "valid_consent")))
    _key_of_lines(figure, lang, same)
    words = {"seeds": seeds_said(tidy, lang), "bands": text("figure.bands", lang)}
    finish(figure, text("figure.cities_title", lang), text("figure.cities_caption", lang).format(**words))
    return figure


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
    share_axes(axes, headline.index)
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
    share_axes(axes, payment.index)
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
        note_in(axes, text("figure.published_none", lang))
    for mark in marks:
        if mark.value is None:
            note_in(axes, text("figure.published_rises", lang))
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
    share_axes(axes, present.index)
    axes.set_yticks([0, 0.5, 1])


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
        name = stage_short(Stage(stage), lang)
        room = 0.8 * points * (end - start) / (last - first)
        if half_widths(name) * 4.9 < room:
            axes.text((start + end) / 2, 1.034, name, transform=across, ha="center", va="center_baseline",
                      fontsize=8.5, color=INK)  # fmt: skip


def _stage_names(data: pd.DataFrame, lang: str) -> str:
    stages = sorted({int(value) for value in data.loc[data["outcome"] == "stage", "value"].unique()})
    separator = text("report.list_separator", lang)
    return separator.join(called(Stage(stage), lang) for stage in stages)


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
    first = stages[stages["value"] == Stage.MANAGEMENT].groupby(["case", "strategy", "seed"])["week"].min()
    n = len(stages.groupby(["case", "strategy", "seed"]))
    weeks = sorted([*first, *[np.inf] * (n - len(first))])
    middle = (weeks[(n - 1) // 2] + weeks[n // 2]) / 2
    return float(middle) if np.isfinite(middle) else None
