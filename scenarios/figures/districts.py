"""Many compounds at once: their stages over time, and how payment is spread over them."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from agents.categories import Stage
from scenarios.catalogue import STAGES, called, text
from scenarios.figures.palette import BLUE, GREY, STAGE_COLOURS
from scenarios.figures.style import (
    SIZE,
    count_axes,
    drawn_in_chinese,
    finish,
    note_in,
    pairs_of_panels,
    share_axes,
)


@drawn_in_chinese
def stages_over_time(weekly: pd.DataFrame, *, compounds: int, lang: str = "zh") -> Figure:
    """How many compounds of a district are at each stage, by week; of several seeds the mean.

    weekly : of `scenarios.district.weekly_totals`; compounds : in the district
    """
    figure = Figure(figsize=(9.0, 5.2), layout="constrained")
    axes = figure.subplots()
    counts = weekly.groupby("week")[[f"stage_{stage}" for stage in STAGES]].mean()
    axes.stackplot(
        counts.index, counts.to_numpy().T, labels=[called(stage, lang) for stage in Stage],
        colors=[STAGE_COLOURS[stage].light for stage in Stage], edgecolor="white", linewidth=0.6,
    )  # fmt: skip
    axes.set_ylim(0, compounds)
    count_axes(axes, counts.index, text("figure.compounds_axis", lang))
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
    figure, [(upper, lower)] = pairs_of_panels(1)
    weeks = pd.Index(range(rates.shape[1]))
    billed = ~np.isnan(rates).all(axis=0)
    table = np.full((3, rates.shape[1]), np.nan)
    table[:, billed] = np.nanquantile(rates[:, billed], (0.05, 0.5, 0.95), axis=0)
    upper.fill_between(weeks, table[0], table[2], color=BLUE, alpha=0.2, lw=0, zorder=2)
    upper.plot(weeks, table[1], color=BLUE, lw=2.2, zorder=3, clip_on=False)
    share_axes(upper, weeks)
    if not billed.any():
        note_in(upper, text("figure.district_payment_none", lang))
    upper.tick_params(labelbottom=False)
    upper.set_ylabel(text("figure.payment_axis", lang), fontsize=SIZE)
    counts = weekly.groupby("week")["compounds_billed"].mean()
    lower.fill_between(counts.index, counts, step="post", color=GREY, alpha=0.35, lw=0)
    lower.step(counts.index, counts, where="post", color=GREY, lw=1.5)
    lower.set_ylim(0, compounds)
    count_axes(lower, counts.index, text("figure.compounds_billed", lang))
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
