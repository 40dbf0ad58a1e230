"""What each analysis found, in a line for a reader and in rows for a file."""

from collections.abc import Mapping

import pandas as pd

from scenarios.analysis.discovery import Discovery
from scenarios.analysis.drawing import (
    bounds_in_words,
    goals_name,
    left_out,
    outcome_name,
    parameter_name,
    say,
    strategy_label,
    value,
)
from scenarios.analysis.figures_futures import rule_in_words
from scenarios.analysis.figures_pairs import part_name
from scenarios.analysis.interactions import Interactions
from scenarios.analysis.paired import PairedStrategies
from scenarios.analysis.replicates import Replicates
from scenarios.analysis.robustness import CRITERIA, Robustness, Satisficing
from scenarios.analysis.sensitivity import Sensitivity
from scenarios.analysis.surfaces import Surface
from scenarios.catalogue import text

Names = Mapping[str, str]
#: Parameters named in a line.
MOST_NAMED = 3


def of_pair(r: PairedStrategies, lang: str, names: Names) -> str:
    """`outcome: A − B = +3.1 points (1.2 to 5.0), A ahead on 90 % of seeds: A ahead`."""
    if not r.n_pairs:
        return say(
            "line_no_pairs", lang, outcome=outcome_name(r.outcome, lang), a=strategy_label(names, r.a),
            b=strategy_label(names, r.b),
        ) + _what_it_rests_on(r, lang)  # fmt: skip
    finding = say("finding_flips", lang, where=_where(r, lang)) if r.finding == "flips" else _finding(r, lang)
    return say(
        "line_pair", lang, outcome=outcome_name(r.outcome, lang), a=strategy_label(names, r.a),
        b=strategy_label(names, r.b), difference=_signed(r, r.difference, lang), low=_signed(r, r.low, lang),
        high=_signed(r, r.high, lang), won=f"{100 * r.share_seeds_won:.0f}", finding=finding,
    ) + _what_it_rests_on(r, lang)  # fmt: skip


def _what_it_rests_on(r: PairedStrategies, lang: str) -> str:
    """How many pairs have a value, and in how many of them one of the two was not reached, where not all."""
    said = ""
    if r.n_dropped:
        said += say("pairs_valued", lang, n=f"{r.n_pairs:,}", total=f"{r.n_pairs + r.n_dropped:,}")
    if r.not_reached_a or r.not_reached_b:
        a, b = f"{r.not_reached_a:,}", f"{r.not_reached_b:,}"
        said += say("pairs_not_reached", lang, a=a, b=b, total=f"{r.n_pairs:,}")
    return said


def runs_valued(without: int, runs: int, lang: str) -> str:
    """How many runs have a value, where not all; else empty."""
    return say("runs_valued", lang, n=f"{runs - without:,}", total=f"{runs:,}") if without else ""


def _signed(r: PairedStrategies, number: float, lang: str) -> str:
    if number in (float("inf"), float("-inf")):
        return text("cli.later" if number > 0 else "cli.earlier", lang)
    return value(r.outcome, number, lang, difference=True)


def _finding(r: PairedStrategies, lang: str) -> str:
    return text(f"cli.finding_{r.finding}", lang)


def _where(r: PairedStrategies, lang: str) -> str:
    return text("report.list_separator", lang).join(part_name(part, lang) for part in r.flips)


def of_replicates(r: Replicates, lang: str, names: Names) -> str:
    """How many seeds, and whether the sweep has them."""
    who = (
        f"{strategy_label(names, r.a)} − {strategy_label(names, r.b)}" if r.b else strategy_label(names, r.a)
    )
    one = say(
        "replicates_one", lang, outcome=outcome_name(r.outcome, lang), who=who,
        half=value(r.outcome, r.half_width, lang, difference=True).lstrip("+"), needed=f"{r.needed:,}",
        low=f"{r.needed_low:,}", high=f"{r.needed_high:,}", independent=f"{r.needed_independent:,}",
    )  # fmt: skip
    key = "seeds_enough" if r.enough else "seeds_short"
    undetermined = "" if r.determined else f" ({say('undetermined', lang)})"
    lost = say("replicates_without", lang, n=f"{r.n_missing:,}") if r.n_missing else ""
    return one + say(key, lang, n=r.n_seeds) + undetermined + lost


def of_sensitivity(s: Sensitivity, lang: str, names: Names) -> str:
    """The strongest parameters with their interval, those that chance explains named as undetermined."""
    column = {"morris": "mu_star", "pawn": "index"}.get(s.method, "total")
    parts = []
    for _, r in s.table.head(MOST_NAMED).iterrows():
        open_question = r[f"{column}_low"] <= s.threshold or not s.determined
        note = f" {say('undetermined', lang)}" if open_question else ""
        index, low, high = (_index(s, r[name], lang) for name in (column, f"{column}_low", f"{column}_high"))
        interval = text("number.range", lang).format(low=low, high=high)
        parts.append(f"{parameter_name(r['parameter'], lang)} {index} ({interval}){note}")
    parts += _not_named(s.table, lang)
    line = say(
        "line_sensitivity", lang, method=say(f"method_{s.method}", lang), outcome=outcome_name(s.outcome, lang),
        strategy=strategy_label(names, s.strategy), list=text("report.instrument_separator", lang).join(parts),
    )  # fmt: skip
    return line + left_out([s], lang)


def of_pairs(p: Interactions, lang: str, names: Names) -> str:
    """The strongest pairs of parameters with their interval; undetermined where it reaches zero."""
    parts = []
    for _, r in p.table.head(MOST_NAMED).iterrows():
        pair = f"{parameter_name(r['parameter'], lang)} × {parameter_name(r['other'], lang)}"
        interval = text("number.range", lang).format(
            **{end: f"{r[end]:.2f}".replace("-", "−") for end in ("low", "high")}
        )
        index = f"{r['index']:.2f}".replace("-", "−")
        note = "" if r["low"] > 0 and p.determined else f" {say('undetermined', lang)}"
        parts.append(f"{pair} {index} ({interval}){note}")
    parts += _not_named(p.table, lang)
    line = say(
        "line_sensitivity", lang, method=say("method_sobol_pairs", lang), outcome=outcome_name(p.outcome, lang),
        strategy=strategy_label(names, p.strategy), list=text("report.instrument_separator", lang).join(parts),
    )  # fmt: skip
    return line + (say("blocks_lost", lang, n=p.n_lost) if p.n_lost else "")


def _not_named(table: pd.DataFrame, lang: str) -> list[str]:
    """How many others are in the table only."""
    n = len(table) - MOST_NAMED
    return [say("others_in_the_table", lang, n=n)] if n > 0 else []


def pair_rows(p: Interactions) -> pd.DataFrame:
    """The table of pairs with what stands behind it."""
    return p.table.assign(
        outcome=p.outcome, strategy=p.strategy, points=p.n_points, points_lost=p.n_lost, noise=p.noise,
        determined=p.determined,
    )  # fmt: skip


def _index(s: Sensitivity, index: float, lang: str) -> str:
    """An index as a number; of Morris, which is a change of the outcome, in the outcome's unit."""
    return (
        value(s.outcome, index, lang, difference=True).lstrip("+") if s.method == "morris" else f"{index:.2f}"
    )


def sensitivity_rows(s: Sensitivity) -> pd.DataFrame:
    """The table of indices with what stands behind it."""
    return s.table.assign(
        method=s.method, outcome=s.outcome, strategy=s.strategy, points=s.n_points, seeds=s.n_seeds,
        points_lost=s.n_lost, runs_lost=s.n_runs_lost, noise=s.noise, threshold=s.threshold, quality=s.quality,
        determined=s.determined,
    )  # fmt: skip


def of_discovery(found: Discovery, lang: str, names: Names) -> str:
    """The share of points that fail, and the first box."""
    head = say(
        "line_discovery", lang, strategy=strategy_label(names, found.strategy), goals=goals_name(found.goals, lang),
        failing=found.n_failing, points=found.n_cases,
    )  # fmt: skip
    if found.note:
        return head + say(f"note_{found.note}", lang)
    if not found.boxes:
        return head + say("no_box", lang)
    box = found.boxes[0]
    limits = [
        f"{parameter_name(r.parameter, lang)} {', '.join(r.choices) or bounds_in_words(r.low, r.high, lang)}"
        for r in box.restrictions
    ]
    return (
        head
        + say(
            "line_box", lang, limits=text("report.list_separator", lang).join(limits),
            density=f"{100 * box.density:.0f}", coverage=f"{100 * box.coverage:.0f}",
        )
        + ("" if box.determined else say("box_undetermined", lang))
    )  # fmt: skip


def box_rows(found: Discovery) -> pd.DataFrame:
    """A row per box and restriction."""
    rows = [
        {
            "strategy": found.strategy,
            "goals": "; ".join(map(str, found.goals)),
            "box": number,
            "coverage": box.coverage,
            "density": box.density,
            "density_low": box.density_low,
            "density_high": box.density_high,
            "mass": box.mass,
            "points": box.n,
            "determined": box.determined,
            "parameter": r.parameter,
            "low": r.low,
            "high": r.high,
            "choices": "; ".join(r.choices),
            "p": r.p,
            "found_again": r.found_again,
        }
        for number, box in enumerate(found.boxes, 1)
        for r in box.restrictions
    ]
    return pd.DataFrame(rows)


def rule_rows(found: Discovery, lang: str) -> pd.DataFrame:
    """A row per leaf of the tree."""
    rows = [
        {
            "strategy": found.strategy,
            "rule": rule_in_words(rule, lang),
            "points": rule.n,
            "failing": rule.failing,
            "low": rule.low,
            "high": rule.high,
            "balanced_accuracy": found.accuracy,
        }
        for rule in found.rules
    ]
    return pd.DataFrame(rows)


def of_robustness(r: Robustness, lang: str, names: Names) -> str:
    """The leader in every criterion."""
    parts = []
    for criterion in CRITERIA:
        leader = strategy_label(names, r.best[criterion]) if r.best[criterion] else say("undetermined", lang)
        parts.append(say("criterion_is", lang, criterion=say(criterion, lang), leader=leader))
    return say(
        "line_robustness", lang, outcome=outcome_name(r.outcome, lang),
        list=text("report.instrument_separator", lang).join(parts),
    ) + runs_valued(r.n_without, r.n_runs, lang)  # fmt: skip


def of_satisficing(found: Satisficing, lang: str, names: Names) -> str:
    """The share of futures each strategy holds in."""
    parts = []
    for _, s in found.table.iterrows():
        share = text("number.share", lang).format(value=f"{100 * s['share']:.0f}")
        interval = text("number.range", lang).format(
            low=f"{100 * s['low']:.0f}", high=f"{100 * s['high']:.0f}"
        )
        parts.append(f"{strategy_label(names, s['strategy'])} {share} ({interval})")
    line = say(
        "line_satisficing", lang, goals=goals_name(found.goals, lang),
        list=text("report.instrument_separator", lang).join(parts),
    )  # fmt: skip
    return line + ("" if found.best else say("no_leader", lang))


def of_surface(s: Surface, lang: str, names: Names) -> str:
    """How well the surface fits."""
    return say(
        "line_surface", lang, outcome=outcome_name(s.outcome, lang), strategy=strategy_label(names, s.strategy),
        kind=say(f"kind_{s.kind}", lang), grade=say(f"grade_{s.grade}", lang, quality=f"{s.quality:.2f}"),
        error=value(s.outcome, s.error, lang, difference=True).lstrip("+"),
    ) + runs_valued(s.n_without, s.n_runs, lang)  # fmt: skip
