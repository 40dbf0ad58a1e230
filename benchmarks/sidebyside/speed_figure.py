"""The figure of docs/performance.md: the peers on the stand-in, and the full model as it grows."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator
from sidebyside.tables import figures, per_step, per_week, ratio, sizes, times

from scenarios.catalogue import text
from scenarios.figures.palette import BLUE, FAINT, GREY, INK, VERMILLION
from scenarios.figures.style import SMALL, drawn_in_chinese

THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")
OURS = ("engine", "engine_2")


@drawn_in_chinese
def speed_figure(result: dict[str, Any], whole: dict[str, Any] | None = None, *, lang: str = "zh") -> Figure:
    """Left: CPU time of every peer on the stand-in at the largest size. Right: cost against size of the full model.

    whole : the whole pass of the agents at 100,000 residents, where it has been measured
    """
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _draw_peers(left, result, lang)
    entries = [*result["full"], *([{"what": "agents", "threads": 1, **whole["agents"]}] if whole else [])]
    _draw_growth(right, entries, lang)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
        axes.tick_params(colors=INK, labelsize=SMALL, length=3)
    words = {"cores": result["cores"], "processor": result["processor"], "date": result["date"]}
    caption = text("benchmark.caption", lang).format(**words)
    figure.supxlabel(caption, x=0.01, ha="left", fontsize=SMALL - 1, color=GREY)
    return figure


def _draw_peers(axes: Axes, result: dict[str, Any], lang: str) -> None:
    n = max(sizes(result))
    entries = [e for e in result["standin"] if e["residents"] == n and e["threads"] == 1]
    entries.sort(key=lambda entry: per_step(entry, "cpu", result["steps"]))
    cost = [per_step(entry, "cpu", result["steps"]) for entry in entries]
    colours = [BLUE if entry["peer"] in OURS else "#B6C7DA" for entry in entries]
    axes.barh(range(len(entries)), cost, color=colours, height=0.7)
    axes.set_yticks(range(len(entries)), [text(f"benchmark.{e['peer']}", lang) for e in entries])
    axes.set_xscale("log")
    axes.set_xlim(min(cost) / 2, max(cost) * 6)
    axes.xaxis.set_major_formatter(THOUSANDS)
    for y, entry in enumerate(entries):
        slower = ratio(result, entry["peer"], "engine", n)
        beside = f" {figures(cost[y])}"
        if slower and entry["peer"] not in OURS:
            beside += f"  ({times(slower)})"
        axes.annotate(beside, (cost[y], y), va="center", fontsize=SMALL, color=INK)
    axes.set_xlabel(text("benchmark.step_axis", lang))
    axes.set_title(text("benchmark.standin_title", lang).format(n=f"{n:,}"), loc="left", color=INK)


def _draw_growth(axes: Axes, measured: list[dict[str, Any]], lang: str) -> None:
    lines = [
        ("compiled", 1, "cpu", "engine", BLUE, "o-"),
        ("compiled", 2, "wall", "two_threads_wall", "#56B4E9", "s--"),
        ("agents", 1, "cpu", "agents", VERMILLION, "D"),
    ]
    for what, threads, clock, label, colour, style in lines:
        entries = [e for e in measured if e["what"] == what and e["threads"] == threads]
        entries.sort(key=lambda entry: entry["residents"])
        cost = [per_week(entry, clock) for entry in entries]
        if cost:
            name = text(f"benchmark.{label}", lang)
            axes.plot([e["residents"] for e in entries], cost, style, color=colour, label=name)
    axes.set(xscale="log", yscale="log")
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.yaxis.set_major_formatter(THOUSANDS)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=FAINT)
    axes.set_ylim(bottom=10)
    axes.set_xlabel(text("benchmark.residents", lang))
    axes.set_title(text("benchmark.full_title", lang), loc="left", color=INK)
    axes.legend(frameon=False, fontsize=SMALL, loc="center right", bbox_to_anchor=(1, 0.72))
