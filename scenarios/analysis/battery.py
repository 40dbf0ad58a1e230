"""All analyses of a study, one after another: their figures, their tables, and what they found in words.

An analysis the study does not suit (one strategy, no replicates, too few points) is left out with its reason; one that
was asked for by name says so as an error instead.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import pandas as pd
from matplotlib.figure import Figure

from model.brought import brought
from scenarios.analysis import words
from scenarios.analysis.designs import is_morris_design, is_sobol_design
from scenarios.analysis.discovery import Discovery, discover
from scenarios.analysis.drawing import level_name, outcome_name, parameter_name, say, strategy_label
from scenarios.analysis.figures_futures import (
    boxes_figure,
    robustness_figure,
    satisficing_figure,
    tree_figure,
)
from scenarios.analysis.figures_pairs import paired_figure, replicates_figure
from scenarios.analysis.figures_sensitivity import most_influential, sensitivity_figure, surface_figure
from scenarios.analysis.goals import Goal, usual_goals
from scenarios.analysis.interactions import Interactions, pair_indices
from scenarios.analysis.levels import MOST_LEVELS, compare_levels, settings_of_few_values
from scenarios.analysis.paired import PairedStrategies, compare_all, parts_table
from scenarios.analysis.paired import table_of as paired_table
from scenarios.analysis.problem import AnalysisError, Parameter, Study, with_insincere_share
from scenarios.analysis.replicates import replicates_table
from scenarios.analysis.replicates import table_of as replicates_rows
from scenarios.analysis.robustness import Robustness, robustness, satisficing
from scenarios.analysis.sensitivity import Sensitivity, morris_effects, pawn_indices, sobol_indices
from scenarios.analysis.surfaces import Surface, fit_surface, surface_indices
from scenarios.catalogue import text
from scenarios.comparison import Direction, direction_of
from scenarios.files.problems import nearest
from scenarios.horizon import OF_SWEEPS, PAYMENT, horizon_words
from scenarios.moments import moment_of
from scenarios.translation import message_in

#: What is analysed where nobody says otherwise: those of these the table has.
USUAL_OUTCOMES = (
    "final_valid_consent",
    "final_insincere_share",
    "payment_18_months",
    "weeks_to_80",
    "office_hours_total",
    "office_yuan_total",
)
#: Sensitivity and surfaces draw a panel for each outcome and strategy: fewer outcomes are readable.
MOST_PANELS = 3


@dataclass(frozen=True)
class Wish:
    """What is wanted.

    outcomes : with the insincere share beside every consent; goals : what a strategy must reach
    baseline : strategy the others are compared with; empty for all pairs
    half_widths : wanted precision by outcome; design : points in the order of a Morris or Sobol' design, else None
    pairs_design : points in the order of a design for second-order indices, else None
    design_kind : saltelli or morris where the sweep was planned so, even if `design` is None
    tell : called with the share done, in (0, 1], after every step of an analysis
    """

    outcomes: tuple[str, ...]
    goals: tuple[Goal, ...]
    baseline: str = ""
    half_widths: Mapping[str, float] = field(default_factory=dict)
    design: pd.DataFrame | None = None
    pairs_design: pd.DataFrame | None = None
    design_kind: str = ""
    tell: Callable[[float], None] = lambda _: None

    def steps(self, n: int) -> Callable[[], None]:
        """What an analysis of n steps calls after each of them."""
        done = count(1)
        return lambda: self.tell(min(next(done) / max(n, 1), 1.0))


@dataclass(frozen=True)
class Found:
    """What one analysis came to: figures and tables by name, findings in words."""

    name: str
    figures: dict[str, Figure]
    tables: dict[str, pd.DataFrame]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    """An analysis the study does not suit, and why."""

    name: str
    reason: str


type Names = Mapping[str, str]


def usual_wish(study: Study, outcomes: Sequence[str] = (), goals: Sequence[Goal] = ()) -> Wish:
    """The outcomes and goals given, or the usual ones. Raises AnalysisError for an outcome the table has not."""
    known = study.problem.outcomes
    for name in outcomes:
        if name not in known:
            hint = nearest(name, known) or f"; expected one of {', '.join(known)}"
            raise AnalysisError(f"{study.source}: no outcome {name!r}{hint}")
    usual = tuple(o for o in (*USUAL_OUTCOMES, *brought().outcomes, *filter(moment_of, known)) if o in known)
    chosen = tuple(outcomes) or usual or known[:MOST_PANELS]
    return Wish(with_insincere_share(chosen, known), tuple(goals) or usual_goals(known))


def paired(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """Every strategy against the baseline, or every pair."""
    _refuse_one_strategy(study, "paired comparison")
    step = wish.steps(len(wish.outcomes) + 1)
    by_outcome = []
    for outcome in wish.outcomes:
        by_outcome.append(compare_all(study, (outcome,), baseline=wish.baseline or None))
        step()
    results = [one for pair in zip(*by_outcome, strict=True) for one in pair]
    figure = paired_figure(results, lang=lang, names=names, n_failed=study.n_failed)
    tables = {"paired": paired_table(results), "paired_parts": parts_table(results)}
    lines = tuple(words.of_pair(r, lang, names) for r in results)
    return Found("paired", {"paired": figure}, tables, (*lines, *_horizon(study, wish, lang)))


def _horizon(study: Study, wish: Wish, lang: str) -> list[str]:
    """Why payment 18 months after handover has no value in some runs, and which horizon would do."""
    weeks = study.problem.horizon_weeks
    said = horizon_words(study.runs, weeks, lang, OF_SWEEPS) if PAYMENT in wish.outcomes else ""
    return [said] if said else []


def levels(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """Every value of a setting of few values against its first, strategy by strategy."""
    settings = [] if wish.design_kind else settings_of_few_values(study)
    if not settings:
        raise AnalysisError(
            f"{study.source}: levels: no setting with two to {MOST_LEVELS} values that varies alone; expected one, "
            "such as an intensity of 0, 0.5 and 1"
        )
    step = wish.steps(len(settings) * len(study.strategies) + 1)
    figures, tables, lines = {}, [], []
    for setting in settings:
        found: list[PairedStrategies] = []
        called: dict[str, str] = {}
        for strategy in study.strategies:
            if study.of(strategy)[setting.name].nunique() > 1:
                of = compare_levels(study, setting, strategy, wish.outcomes)
                found += of.pairs
                several = len(study.strategies) > 1
                who = strategy_label(names, strategy) + text("report.list_separator", lang) if several else ""
                called |= {i: who + level_name(setting.name, v, lang) for i, v in of.values.items()}
                tables.append(paired_table(of.pairs).assign(setting=setting.name, strategy=strategy))
            step()
        if found:
            figure = paired_figure(
                found, lang=lang, names=called, n_failed=study.n_failed, title="levels_title"
            )
            figures[f"levels_{setting.name}"] = figure
            lines += [words.of_pair(pair, lang, called) for pair in found]
    return _or_refuse("levels", figures, {"levels": tables}, lines, [])


def replicates(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """Seeds needed for every mean and every difference."""
    step = wish.steps(len(wish.outcomes) + 1)
    found = []
    for outcome in wish.outcomes:
        found += replicates_table(study, (outcome,), half_widths=dict(wish.half_widths))
        step()
    if not found:
        raise AnalysisError(
            f"{study.source}: replicates: fewer than 3 seeds with a value at every point; expected three or more"
        )
    figure = replicates_figure(found, lang=lang, names=names)
    lines = tuple(words.of_replicates(r, lang, names) for r in found if r.b or len(study.strategies) == 1)
    return Found("replicates", {"replicates": figure}, {"replicates": replicates_rows(found)}, lines)


def sensitivity(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """Sobol' or Morris where the points are of such a design, PAWN in any case the points are enough for."""
    _refuse_several_cases(study, "sensitivity")
    methods: dict[str, Callable[[str, str], Sensitivity]] = {}
    design = wish.design
    if design is not None and is_sobol_design(design):
        methods["sobol"] = lambda s, o: sobol_indices(study, design, s, o)
    elif design is not None and is_morris_design(design):
        methods["morris"] = lambda s, o: morris_effects(study, design, s, o)
    if "morris" not in methods:
        methods["pawn"] = lambda s, o: pawn_indices(study, s, o)
    figures, rows, lines, reasons = {}, [], [], []
    passes = len(methods) + (wish.pairs_design is not None)
    step = wish.steps(passes * len(study.strategies) * len(wish.outcomes[:MOST_PANELS]))
    for method, analyse in methods.items():
        for strategy in study.strategies:
            found, refused = _each(wish.outcomes[:MOST_PANELS], strategy, analyse, step)
            reasons += refused
            if found:
                figures[f"{method}_{strategy}"] = sensitivity_figure(found, lang=lang, names=names)
                rows += [words.sensitivity_rows(s) for s in found]
                for s in found:
                    lines += [words.of_sensitivity(s, lang, names), *_not_ranked(study, s, lang)]
    tables = {"sensitivity": rows}
    if wish.pairs_design is not None and rows:
        pairs = _pairs(study, wish, wish.pairs_design, step)
        tables["sobol_pairs"] = [words.pair_rows(p) for p in pairs]
        lines += [words.of_pairs(p, lang, names) for p in pairs]
    lines += [*_not_designed(study, wish, lang), *_constant(study, lang), *_more_outcomes(wish, lang)]
    return _or_refuse("sensitivity", figures, tables, [*lines, *_told(reasons, lang)], reasons)


def _not_designed(study: Study, wish: Wish, lang: str) -> list[str]:
    """Why a sweep that was designed for indices has none."""
    if not wish.design_kind or wish.design is not None:
        return []
    choices = [p for p in study.problem.parameters if not p.numeric]
    key = "design_choice" if wish.design_kind == "morris" and choices else "design_incomplete"
    method = say("method_sobol" if wish.design_kind == "saltelli" else "method_morris", lang)
    return [say(key, lang, method=method, list=_named(choices, lang))]


def _constant(study: Study, lang: str) -> list[str]:
    """Which parameters are in no ranking because they have one value only."""
    found = [p for p in study.problem.parameters if study.runs[p.name].nunique() < 2]
    return [say("parameters_constant", lang, list=_named(found, lang))] if found else []


def _not_ranked(study: Study, s: Sensitivity, lang: str) -> list[str]:
    """Which parameters vary, but not among the runs in which this outcome has a value."""
    ranked = set(s.table["parameter"])
    left = [p for p in study.problem.parameters if p.name not in ranked and study.runs[p.name].nunique() > 1]
    name = outcome_name(s.outcome, lang)
    return [say("parameters_not_ranked", lang, outcome=name, list=_named(left, lang))] if left else []


def _more_outcomes(wish: Wish, lang: str) -> list[str]:
    """Which outcomes there was no room for."""
    left = wish.outcomes[MOST_PANELS:]
    names = text("report.list_separator", lang).join(outcome_name(name, lang) for name in left)
    return [say("outcomes_left", lang, n=MOST_PANELS, list=names)] if left else []


def _named(parameters: Sequence[Parameter], lang: str) -> str:
    return text("report.list_separator", lang).join(parameter_name(p.name, lang) for p in parameters)


def _pairs(study: Study, wish: Wish, design: pd.DataFrame, step: Callable[[], None]) -> list[Interactions]:
    """Second-order indices of every strategy and outcome that has first-order ones."""
    found: list[Interactions] = []
    for strategy in study.strategies:

        def pairs(s: str, o: str) -> Interactions:
            return pair_indices(study, design, s, o)

        found += _each(wish.outcomes[:MOST_PANELS], strategy, pairs, step)[0]
    return found


def discovery(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """Where every strategy misses its goals."""
    figures: dict[str, Figure] = {}
    boxes, rules, lines = [], [], []
    for strategy in study.strategies:
        found: Discovery = discover(study, strategy, wish.goals)
        lines.append(words.of_discovery(found, lang, names))
        boxes.append(words.box_rows(found))
        rules.append(words.rule_rows(found, lang))
        if not found.note:
            figures[f"prim_{strategy}"] = boxes_figure(
                found, study.problem.parameters, lang=lang, names=names
            )
            figures[f"cart_{strategy}"] = tree_figure(found, lang=lang, names=names)
    tables = {"prim_boxes": pd.concat(boxes), "cart_rules": pd.concat(rules)}
    return Found("discovery", figures, tables, tuple(lines))


def robust(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """Regret and worst case in every outcome with a direction; the share of futures in which the goals are met."""
    _refuse_one_strategy(study, "robustness")
    chosen = [o for o in wish.outcomes if direction_of(o) is not Direction.NEUTRAL]
    found: list[Robustness] = []
    reasons: list[str] = []
    step = wish.steps(len(chosen) + 2)
    for outcome in chosen:
        try:
            found.append(robustness(study, outcome))
        except AnalysisError as error:
            reasons.append(str(error))
        step()
    figures: dict[str, Figure] = {}
    tables: dict[str, pd.DataFrame] = {}
    lines = [words.of_robustness(r, lang, names) for r in found]
    if found:
        figures["robustness"] = robustness_figure(found, lang=lang, names=names)
        step()
        tables["robustness"] = pd.concat(
            [r.table.assign(outcome=r.outcome, **{f"leads_{k}": v for k, v in r.best.items()}) for r in found]
        )
    if wish.goals:
        met = satisficing(study, wish.goals)
        figures["satisficing"] = satisficing_figure(met, lang=lang, names=names)
        tables["satisficing"] = met.table.assign(goals="; ".join(map(str, met.goals)), leads=met.best)
        lines.append(words.of_satisficing(met, lang, names))
    if not figures:
        raise AnalysisError(
            "\n".join(reasons) or f"{study.source}: robustness: no outcome with a direction, no goal"
        )
    return Found("robustness", figures, tables, (*lines, *_told(reasons, lang)))


def surfaces(study: Study, wish: Wish, lang: str, names: Names) -> Found:
    """A surface per strategy and outcome over its two strongest parameters, and the Sobol' indices of the surface."""
    _refuse_several_cases(study, "surfaces")
    figures, rows, lines, reasons = {}, [], [], []
    step = wish.steps(len(study.strategies) * len(wish.outcomes[:MOST_PANELS]))
    for strategy in study.strategies:

        def fitted(s: str, o: str) -> tuple[Surface, Sensitivity]:
            surface = fit_surface(study, s, o)
            return surface, surface_indices(study, surface)

        found, refused = _each(wish.outcomes[:MOST_PANELS], strategy, fitted, step)
        reasons += refused
        drawn = [(s, *most_influential(i)) for s, i in found if len(i.table) > 1]
        if drawn:
            figures[f"surface_{strategy}"] = surface_figure(drawn, lang=lang, names=names)
        if found:
            figures[f"surface_indices_{strategy}"] = sensitivity_figure(
                [i for _, i in found], lang=lang, names=names
            )
            rows += [words.sensitivity_rows(i) for _, i in found]
            lines += [words.of_surface(s, lang, names) for s, _ in found]
    choices = [p for p in study.problem.parameters if not p.numeric]
    if choices:
        lines.append(say("surface_choices", lang, list=_named(choices, lang)))
    lines += [*_constant(study, lang), *_more_outcomes(wish, lang)]
    return _or_refuse(
        "surfaces", figures, {"surface_indices": rows}, [*lines, *_told(reasons, lang)], reasons
    )


#: Name on the command line → analysis.
ANALYSES: dict[str, Callable[[Study, Wish, str, Names], Found]] = {
    "paired": paired,
    "levels": levels,
    "replicates": replicates,
    "sensitivity": sensitivity,
    "discovery": discovery,
    "robustness": robust,
    "surfaces": surfaces,
}


def analyse_all(
    study: Study, wish: Wish, *, only: Sequence[str] = (), lang: str = "zh", names: Names | None = None
) -> Iterator[Found | Skipped]:
    """Each analysis in turn. Raises AnalysisError for one asked for by name that the study does not suit."""
    for name in only or ANALYSES:
        try:
            yield ANALYSES[name](study, wish, lang, names or {})
        except AnalysisError as error:
            if only:
                raise
            yield Skipped(name, str(error))


def _each[T](
    outcomes: Sequence[str], strategy: str, analyse: Callable[[str, str], T], step: Callable[[], None]
) -> tuple[list[T], list[str]]:
    """The analysis of each outcome, and why some were refused."""
    found, refused = [], []
    for outcome in outcomes:
        try:
            found.append(analyse(strategy, outcome))
        except AnalysisError as error:
            refused.append(str(error))
        step()
    return found, refused


def _told(reasons: Sequence[str], lang: str) -> list[str]:
    """Why a part was refused, for a reader."""
    return [message_in(lang, reason) for reason in reasons]


def _or_refuse(
    name: str,
    figures: dict[str, Figure],
    rows: dict[str, list[pd.DataFrame]],
    lines: list[str],
    reasons: list[str],
) -> Found:
    if not figures:
        raise AnalysisError("\n".join(dict.fromkeys(reasons)))
    return Found(name, figures, {key: pd.concat(found) for key, found in rows.items()}, tuple(lines))


def _refuse_several_cases(study: Study, what: str) -> None:
    if study.runs["case"].nunique() > 1:
        cases = ", ".join(sorted(set(study.runs["case"].astype(str))))
        raise AnalysisError(f"{study.source}: {what}: several cases ({cases}); expected one of them: --case")


def _refuse_one_strategy(study: Study, what: str) -> None:
    if len(study.strategies) < 2:
        raise AnalysisError(
            f"{study.source}: {what}: one strategy ({study.strategies[0]}); expected two or more to compare"
        )
