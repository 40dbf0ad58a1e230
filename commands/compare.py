"""`gongzhi compare`: several strategies on the same households and the same luck."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.console import PlainTable, notes, results, say
from commands.data import with_data
from commands.folder import output_folder
from commands.group import WrongInput, by_commas
from commands.ignorance import ignorance_data, print_ignorance, under_plausible_sets
from commands.options import refuse_figures_without
from commands.progress import Progress
from commands.results import write_results
from commands.run import own_things, prepared, seed_range, simulate_all
from commands.summary import (
    CAUTION,
    burn_in_data,
    burn_in_lines,
    case_data,
    cautions,
    cell,
    finite,
    heading,
    horizon_note,
    levers_over_case,
    outcome_data,
    published,
    run_rows,
    strategy_data,
)
from commands.wording import print_json, word
from model.branching import phases
from model.brought import brought
from model.engine import Results
from model.specification import BurnIn, Scenario, Strategy
from scenarios.catalogue import between, signed, text, unit_of_outcome
from scenarios.comparison import DIRECTIONS, MINIMUM_PAIRS, Direction, PairedDifference, are_survivors
from scenarios.comparison import compare as paired_difference
from scenarios.files.problems import nearest, shown
from scenarios.files.spreadsheets import write_csv
from scenarios.files.strategyfile import strategy_name
from scenarios.ignorance import Ignorance
from scenarios.loading import load_case, load_strategy
from scenarios.moments import INSINCERE
from scenarios.rested import rested_data, rested_in, rested_lines

#: What is compared where no --outcome is given.
USUAL_OUTCOMES = (
    "final_headline_consent",
    "final_valid_consent",
    "final_insincere_share",
    "final_support_share",
    "weeks_to_80",
    "risers_completed",
    "payment_18_months",
    "company_left",
    "trust_office_change",
    "hours_per_valid_signature",
)


def compare_strategies(
    *,
    case_name: str,
    strategies: str,
    seed: int | None,
    seeds: int,
    outcomes: Sequence[str],
    burn_in: int | None,
    burn_in_strategy: str | None,
    all_pairs: bool,
    households: str | None,
    ties: str | None,
    plausible: int,
    own: str | None,
    settings: Sequence[str],
    weeks: int | None,
    threads: int | None,
    out: str | None,
    force: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate, compare, print and, with `out`, write; raises ScenarioError or WrongInput for bad input."""
    refuse_figures_without(out)
    things = own_things(own)
    case = with_data(load_case(case_name), households, ties)
    for kind, group in (("district", case.district), ("collection", case.collection)):
        if group is not None:
            raise WrongInput(
                f"{case.id} is a {kind}; expected a case of compounds: {kind}s are run, not compared"
            )
    compared = _after(
        [prepared(case, name, settings, weeks) for name in _names(strategies)], burn_in, burn_in_strategy
    )
    _refuse_same_identifiers(compared)
    usual = (*USUAL_OUTCOMES, *brought().outcomes)
    listed = _with_insincere_share(_known(outcomes) or usual)
    chosen = seed_range(seed, seeds, usual=seeds)
    engine = "compiled" if things is None else things.engine(None)

    pairs = strategy_pairs([s.strategy for s in compared], all_pairs=all_pairs)
    if len(chosen) < MINIMUM_PAIRS and not quiet:
        notes().print(say("sweep.few_seeds", lang, n=len(chosen), least=MINIMUM_PAIRS))

    def work(progress: Progress) -> tuple[Results, list[PairedDifference], Ignorance | None]:
        found = simulate_all(
            things,
            compared,
            chosen,
            engine=engine,
            threads=threads,
            progress=progress,
            equity=out is not None,
        )
        differences = paired_differences(found.summary(), pairs, listed, progress)
        if not plausible:
            return found, differences, None
        of_own = None if things is None else things.own
        unknown = under_plausible_sets(
            compared, pairs, listed, chosen, plausible, threads, progress, own=of_own
        )
        return found, differences, unknown

    if out is None:
        with Progress(lang, quiet=quiet) as progress:
            found, differences, unknown = work(progress)
    else:
        with output_folder(out, force=force) as folder, Progress(lang, quiet=quiet) as progress:
            found, differences, unknown = work(progress)
            if things is not None:
                write_csv(things.weekly, folder / "own.csv")
            write_results(
                folder,
                found,
                [case],
                compared,
                made_by="compare",
                engine=engine,
                lang=lang,
                progress=progress,
                comparisons=differences,
                unknown=unknown,
                own=None if things is None else things.own,
            )
    if as_json:
        print_json(
            {
                **case_data(compared[0], case),
                "seeds": list(chosen),
                "burn_in": burn_in_data(compared[0]),
                "strategies": _strategies_data(found.summary(), compared),
                "differences": [difference_data(d, lang, compared) for d in differences],
                "plausible": None if unknown is None else ignorance_data(unknown),
                "rested": rested_data(rested_in(found)),
                "runs": run_rows(found.summary()),
                **({} if things is None else {"own": things.data([s.strategy for s in compared])}),
            }
        )
    elif not quiet:
        console = results()
        console.print(heading(compared[0], case, lang, seeds=chosen, strategy=False))
        for line in burn_in_lines(compared[0], lang):
            console.print(line)
        for scenario in compared:
            for line in levers_over_case(case, scenario, lang):
                console.print(line)
        print_comparison(console, found.summary(), [s.strategy for s in compared], differences, listed, lang)
        for line in horizon_note(found.summary(), compared[0].horizon_weeks, lang):
            console.print(line)
        if unknown is not None:
            print_ignorance(console, unknown, [s.strategy for s in compared], lang)
        for line in [] if things is None else things.lines([s.strategy for s in compared], lang):
            console.print(line)
        for rested in rested_lines(rested_in(found), [s.strategy for s in compared], lang):
            console.print(Text(rested, style=CAUTION))
        for line in published(case, lang):
            console.print(line)
        console.print(say("not_a_forecast", lang))
    if out is not None and not quiet:
        notes().print(say("written", lang, folder=out))


def _after(scenarios: Sequence[Scenario], weeks: int | None, strategy: str | None) -> list[Scenario]:
    """The scenarios, each after a burn-in where one is asked for. Raises WrongInput for what cannot follow it."""
    if weeks is None:
        if strategy is not None:
            raise WrongInput(
                f"--burn-in-strategy {shown(strategy)}: no burn-in; expected --burn-in N as well"
            )
        return list(scenarios)
    burn_in = BurnIn(weeks=weeks, strategy=load_strategy("none" if strategy is None else strategy))
    later = [scenario.model_copy(update={"burn_in": burn_in}) for scenario in scenarios]
    for scenario in later:
        try:
            phases(scenario)
        except ValueError as error:
            raise WrongInput(f"--burn-in {weeks}: {scenario.strategy.id}: {error}") from None
    return later


def strategy_pairs(strategies: Sequence[Strategy], *, all_pairs: bool) -> list[tuple[str, str]]:
    """Identifiers A and B of what is compared: every pair, or each with the first."""
    names = [strategy.id for strategy in strategies]
    if all_pairs:
        return [(a, b) for b, a in combinations(names, 2)]
    return [(name, names[0]) for name in names[1:]]


def paired_differences(
    summary: pd.DataFrame, pairs: Sequence[tuple[str, str]], outcomes: Sequence[str], progress: Progress
) -> list[PairedDifference]:
    """The difference of every pair in every outcome, pair by pair."""
    total = len(pairs) * len(outcomes)
    progress.phase("comparing", total)
    found = []
    for a, b in pairs:
        for outcome in outcomes:
            found.append(paired_difference(summary, outcome, a, b))
            progress.advance(len(found), total)
    return found


def print_comparison(
    console: Console,
    summary: pd.DataFrame,
    strategies: Sequence[Strategy],
    differences: Sequence[PairedDifference],
    outcomes: Sequence[str],
    lang: str,
) -> None:
    """Medians of every strategy, then a table for every pair."""
    for line in cautions(strategies, lang):
        console.print(line)
    console.print()
    console.print(_medians_table(summary, strategies, outcomes, lang))
    names = {strategy.id: strategy_name(strategy, lang) for strategy in strategies}
    for a, b in dict.fromkeys((d.a, d.b) for d in differences):
        console.print()
        console.print(say("difference_title", lang, a=names[a], b=names[b]), style="bold")
        console.print(_difference_table([d for d in differences if (d.a, d.b) == (a, b)], names, lang))
    if differences:
        console.print()
        console.print(say("difference_note", lang, n=len(differences)))


def _medians_table(
    summary: pd.DataFrame, strategies: Sequence[Strategy], outcomes: Sequence[str], lang: str
) -> Table:
    table = PlainTable()
    table.add_column(word("median", lang))
    for strategy in strategies:
        table.add_column(
            strategy_name(strategy, lang), justify="right", style="red" if strategy.not_lawful() else ""
        )
    for outcome in outcomes:
        cells = [cell(summary.loc[summary["strategy"] == s.id, outcome], outcome, lang) for s in strategies]
        table.add_row(text(f"summary.{outcome}", lang), *cells)
    return table


def _difference_table(differences: Sequence[PairedDifference], names: dict[str, str], lang: str) -> Table:
    table = PlainTable()
    table.add_column(text("report.outcome", lang))
    for key in ("difference", "interval", "ahead", "pairs", "not_reached"):
        table.add_column(word(f"column_{key}", lang), justify="right")
    table.add_column(text("report.verdict", lang))
    for d in differences:
        missing = (
            f"{d.not_reached_a}, {d.not_reached_b}" if d.censored else word("left_out", lang, n=d.n_dropped)
        )
        interval = between(signed(d.outcome, d.low, lang), signed(d.outcome, d.high, lang), lang)
        table.add_row(
            text(f"summary.{d.outcome}", lang),
            signed(d.outcome, d.difference, lang),
            interval if d.n_pairs else "",
            f"{100 * d.share_ahead:.0f} %" if d.n_pairs else "",
            str(d.n_pairs),
            missing if d.censored or d.n_dropped else "",
            word(f"finding_{finding(d)}", lang, a=names[d.a], b=names[d.b]),
            style="" if d.determined else "dim",
        )
    return table


def finding(d: PairedDifference) -> str:
    """The verdict in a word.

    `a_ahead`, `b_ahead`, `a_higher`, `b_higher`, `identical`, `too_few`, `survivors` or `undetermined`.
    """
    if d.n_pairs and d.ties == d.n_pairs and not are_survivors(d.n_pairs, d.n_dropped):
        return "identical"
    if not d.determined:
        if d.n_pairs < MINIMUM_PAIRS:
            return "too_few"
        return "survivors" if are_survivors(d.n_pairs, d.n_dropped) else "undetermined"
    if d.direction is Direction.NEUTRAL:
        return "a_higher" if d.difference > 0 else "b_higher"
    return "a_ahead" if (d.difference > 0) == (d.direction is Direction.HIGHER) else "b_ahead"


def difference_data(d: PairedDifference, lang: str, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """A paired difference for JSON; `null` for an infinite one (not reached), which `not_reached_a`, `_b` explain."""
    names = {s.strategy.id: strategy_name(s.strategy, lang) for s in scenarios}
    return {
        "outcome": d.outcome,
        "unit": unit_of_outcome(d.outcome),
        "a": d.a,
        "b": d.b,
        "statistic": "median" if d.censored else "mean",
        "difference": finite(d.difference),
        "low": finite(d.low),
        "high": finite(d.high),
        "share_ahead": finite(d.share_ahead),
        "share_behind": finite(d.share_behind),
        "ties": d.ties,
        "pairs": d.n_pairs,
        "left_out": d.n_dropped,
        "unpaired": d.n_unpaired,
        "not_reached_a": d.not_reached_a,
        "not_reached_b": d.not_reached_b,
        "effect_size": finite(d.effect_size),
        "better": str(d.direction),
        "finding": finding(d),
        "verdict": d.verdict(lang, name_a=names[d.a], name_b=names[d.b]).strip(),
    }


def _strategies_data(summary: pd.DataFrame, scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    return [
        {
            **strategy_data(s.strategy),
            "content_hash": s.content_hash(),
            "outcomes": outcome_data(summary[summary["strategy"] == s.strategy.id]),
        }
        for s in scenarios
    ]


def _names(strategies: str) -> list[str]:
    names = by_commas("--strategies", strategies)
    if len(names) < 2 or not all(names):
        raise WrongInput(
            f"--strategies {shown(strategies)}: expected two or more, such as pressure,visible_example"
        )
    return names


def _refuse_same_identifiers(scenarios: Sequence[Scenario]) -> None:
    names = [scenario.strategy.id for scenario in scenarios]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise WrongInput(f"--strategies: two have the identifier {shown(twice)}; expected each strategy once")


def _known(outcomes: Sequence[str]) -> tuple[str, ...]:
    known = (*DIRECTIONS, *brought().outcomes)
    for name in outcomes:
        if name not in known:
            hint = nearest(name, known) or f"; expected one of {', '.join(known)}"
            raise WrongInput(f"--outcome {shown(name)}: unknown summary outcome{hint}")
    return tuple(dict.fromkeys(outcomes))


def _with_insincere_share(outcomes: Sequence[str]) -> tuple[str, ...]:
    """The outcomes, each insincere share right after the last consent it belongs to."""
    wanted = [o for o in outcomes if o not in INSINCERE.values()]
    listed: list[str] = []
    for share in dict.fromkeys(INSINCERE.values()):
        consents = [o for o in wanted if INSINCERE.get(o) == share]
        if consents or share in outcomes:
            listed += [*consents, share]
    return (*listed, *(o for o in wanted if o not in INSINCERE))
