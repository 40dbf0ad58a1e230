"""Figures of the search for strategies that no other beats."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from model.instruments import Legality
from scenarios.analysis.drawing import (
    finish,
    goals_name,
    outcome_name,
    parameter_name,
    say,
    unit_axis,
    wrapped,
)
from scenarios.analysis.figures_sensitivity import SHADES
from scenarios.analysis.problem import unit_of
from scenarios.analysis.search_space import legality_of
from scenarios.analysis.strategy_search import StrategyFront
from scenarios.catalogue import number, text
from scenarios.figures.palette import FAINT, GREY, INK
from scenarios.figures.style import SIZE, SMALL, drawn_in_chinese

#: The objectives against which hours are drawn; the insincere share is the colour of every dot.
ACROSS = "office_hours_total"
#: Columns of the figure of instruments.
MOST_MEMBERS = 30
UP = ("final_valid_consent", "payment_18_months", "office_yuan_total", "final_insincere_share")


@drawn_in_chinese
def front_figure(found: StrategyFront, *, lang: str = "zh") -> Figure:
    """Every member of the front on fresh seeds: hours against each other objective, coloured by the insincere share."""
    figure = Figure(figsize=(11.0, 8.2), layout="constrained")
    grid = figure.subplots(2, 2).ravel()
    shares = found.table["final_insincere_share"].to_numpy(float)
    colours = Normalize(0, max(0.05, float(np.nanmax(shares)) if len(shares) else 0.05))
    for axes, outcome in zip(grid, UP, strict=True):
        _draw_trade(axes, found, outcome, colours, lang)
    bar = figure.colorbar(ScalarMappable(colours, SHADES), ax=list(grid), fraction=0.03, pad=0.02)
    bar.set_label(outcome_name("final_insincere_share", lang), fontsize=SMALL)
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    finish(figure, say("front_title", lang), caption(found, lang))
    return figure


def _draw_trade(axes: Axes, found: StrategyFront, outcome: str, colours: Normalize, lang: str) -> None:
    for _, r in found.table.iterrows():
        for x, y in (
            ([r[f"{ACROSS}_low"], r[f"{ACROSS}_high"]], [r[outcome]] * 2),
            ([r[ACROSS]] * 2, [r[f"{outcome}_low"], r[f"{outcome}_high"]]),
        ):
            axes.plot(x, y, color=GREY, lw=0.9, alpha=0.6, zorder=2)
        colour = SHADES(colours(r["final_insincere_share"]))
        beaten = not r["determined"]
        axes.plot([r[ACROSS]], [r[outcome]], marker="x" if beaten else "o", ms=6 if beaten else 8, mfc=colour,
                  mec=GREY if beaten else INK, mew=1, ls="none", zorder=3)  # fmt: skip
    axes.grid(color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    unit_axis(axes, ACROSS, lang)
    axes.set_xlabel(f"{outcome_name(ACROSS, lang)} ({say('hours', lang)})", fontsize=SMALL)
    unit_axis(axes, outcome, lang, "y")
    if unit_of(outcome) == "yuan":
        axes.yaxis.set_major_formatter(lambda v, _: number(v, "yuan", lang))
    axes.set_ylabel("")
    axes.set_title(outcome_name(outcome, lang), loc="left", fontsize=SIZE, color=INK)


def caption(found: StrategyFront, lang: str) -> str:
    """What stands behind the front."""
    table = found.table
    parts = say(
        "front_caption", lang, n=len(table), tried=f"{found.tried:,}", generations=found.generations, seeds=found.seeds,
        fresh=found.fresh_seeds, undetermined=int((~table["determined"].astype(bool)).sum()) if len(table) else 0,
    )  # fmt: skip
    restricted = [n for n in found.instruments if legality_of(n) is not Legality.LAWFUL]
    if restricted:
        listed = [parameter_name(f"instruments.{n}", lang) for n in restricted]
        parts += say("front_restricted", lang, list=text("report.list_separator", lang).join(listed))
    if found.requirements:
        parts += say("front_requirements", lang, goals=goals_name(found.requirements, lang))
    without = int(table["n_without_payment"].sum()) if len(table) else 0
    if without:
        parts += say("front_no_payment", lang, n=without, total=len(table) * found.fresh_seeds)
    return parts + (say("front_empty", lang) if not len(table) else "")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Members by insincere share; of many, those that hold on fresh seeds, evenly thinned out."""
    ordered = table.sort_values(["final_insincere_share", "office_hours_total"])
    if len(ordered) > MOST_MEMBERS:
        ordered = ordered[ordered["determined"].astype(bool)]
    places = np.linspace(0, len(ordered) - 1, min(len(ordered), MOST_MEMBERS)).round().astype(int)
    return ordered.iloc[places]


@drawn_in_chinese
def instruments_figure(found: StrategyFront, *, lang: str = "zh") -> Figure:
    """What the members of the front are made of: an instrument a row, a member a column, by insincere share."""
    table = _shown(found.table)
    names = [n for n in found.instruments if (table[n] > 0).any()]
    figure = Figure(
        figsize=(max(7.5, 3.6 + 0.42 * len(table)), 2.6 + 0.36 * max(3, len(names))), layout="constrained"
    )
    axes = figure.subplots()
    if len(table) and names:
        image = axes.imshow(table[names].to_numpy(float).T, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
        bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
        bar.set_label(say("intensity", lang), fontsize=SMALL)
        axes.set_yticks(
            range(len(names)), [wrapped(parameter_name(f"instruments.{n}", lang), 34) for n in names]
        )
        shares = [f"{100 * v:.0f}" for v in table["final_insincere_share"]]
        axes.set_xticks(range(len(table)), shares)
        for tick, determined in zip(axes.get_xticklabels(), table["determined"], strict=True):
            tick.set_color(INK if determined else GREY)
    axes.set_xlabel(say("members_axis", lang), fontsize=SMALL)
    shown = say("members_shown", lang, n=len(table)) if len(table) < len(found.table) else ""
    finish(figure, say("instruments_title", lang), shown + caption(found, lang))
    return figure
