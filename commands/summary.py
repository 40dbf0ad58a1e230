"""What a set of runs of one scenario came to: medians, ranges and what was not reached, for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from commands.console import PlainTable
from commands.wording import word
from model.brought import brought
from model.households import Tables
from model.instruments import Legality
from model.measures import SUMMARY
from model.specification import LEVERS, Scenario, Strategy
from scenarios.catalogue import between, missing, number, text, unit_of_outcome
from scenarios.comparison import CENSORED
from scenarios.files.strategyfile import instrument_name, strategy_name
from scenarios.horizon import horizon_words
from scenarios.loading import Case
from scenarios.moments import INSINCERE
from scenarios.quantiles import quantiles
from scenarios.writing import short_number

if TYPE_CHECKING:
    import pandas as pd

#: The rows of the table. Consent is never listed without the insincere share in the next rows.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("final_headline_consent", "final_valid_consent", "final_insincere_share", "final_support_share"),
    ("headline_consent_at_gate", "valid_consent_at_gate", "insincere_share_at_gate"),
    ("weeks_to_80", "gate_week", "handover_week", "risers_completed"),
    ("payment_before", "payment_18_months", "company_present_end", "company_left"),
    ("trust_office_change",),
    ("office_hours_total", "hours_per_valid_signature", "office_yuan_total"),
)
YES_OR_NO = "0 or 1"
CAUTION = "bold red"
NOTE = "yellow"


def outcome_table(
    summary: Mapping[str, Any], lang: str, over: str = "seeds", own: Sequence[str] = ()
) -> Table:
    """The table of one scenario: a value for one row; for several the median, the range, and what is missing.

    summary : columns by the names of summary outcomes; over : what the rows are, `seeds` or `compounds`
    own : outcomes of one's own that the table ends with
    """
    several = len(summary[GROUPS[0][0]]) > 1
    table = PlainTable()
    table.add_column(text("report.outcome", lang))
    table.add_column(word("median" if several else "value", lang), justify="right", no_wrap=True)
    if several:
        table.add_column(word(f"range_of_{over}", lang), justify="right", no_wrap=True)
        table.add_column(word(f"without_{over}", lang))
    groups = (*GROUPS, tuple(own)) if own else GROUPS
    for group in groups:
        for outcome in group:
            style = "yellow" if outcome in INSINCERE.values() else ""
            table.add_row(
                text(f"summary.{outcome}", lang), *_cells(summary[outcome], outcome, lang, over), style=style
            )
        if group is not groups[-1]:
            table.add_row("")
    return table


def _cells(column: Any, outcome: str, lang: str, over: str = "seeds", *, counted: bool = True) -> list[str]:
    """Median, range, and how many rows have none; only the value where there is one row.

    counted : whether to say beside the median of how many rows it is, where some have none
    """
    values = np.asarray(column, float)
    n, total, unit = int((~np.isnan(values)).sum()), len(values), unit_of_outcome(outcome)
    if unit == YES_OR_NO:
        yes = int((values > 0.5).sum())
        if total == 1:
            return [word("yes" if yes else "no", lang)]
        return [word(f"of_{over}", lang, n=yes, total=total), "", ""]
    if n == 0:
        cells = [missing(outcome, lang), ""]
    else:
        low, median, high = (number(v, unit, lang) for v in quantiles(values, censored=outcome in CENSORED))
        if counted and n < total and outcome not in CENSORED:
            median = word("of_n", lang, value=median, n=n)
        cells = [median, between(low, high, lang)]
    if total == 1:
        return cells[:1]
    key = "not_reached_in" if outcome in CENSORED else "no_value_in"
    return [*cells, word(key, lang, n=total - n, total=total) if n < total else ""]


def cell(values: pd.Series, outcome: str, lang: str) -> str:
    """The median of one outcome, with the seeds in which it was not reached or has no value."""
    cells = _cells(values, outcome, lang, counted=False)
    without = int(values.isna().sum())
    if len(values) == 1 or not without:
        return cells[0]
    return f"{cells[0]} ({without}/{len(values)})" if without == len(values) else f"{cells[0]} ({cells[2]})"


def horizon_note(
    summary: Mapping[str, Any], weeks: int | None, lang: str, setting: str = "--weeks"
) -> list[Text]:
    """Why payment 18 months after handover has no value in some rows, and the horizon that would give it one.

    weeks : the horizon of the rows, None where they differ; setting : how the user sets it
    """
    said = horizon_words(summary, weeks, lang, setting)
    return [Text(said, style=NOTE)] if said else []


def outcome_data(summary: pd.DataFrame, over: str = "seeds") -> dict[str, dict[str, Any]]:
    """Every summary outcome of one scenario for JSON: unit, median, range, and how many rows have a value.

    over : what the rows are, `seeds` or `compounds`
    `null` stands for not reached (weeks) or no value.
    """
    data = {}
    for outcome in [name for name in (*SUMMARY, *brought().outcomes) if name in summary]:
        values = summary[outcome]
        low, median, high = quantiles(values.to_numpy(), censored=outcome in CENSORED)
        n = int(values.notna().sum())
        without = "not_reached" if outcome in CENSORED else "no_value"
        entry = {
            "unit": unit_of_outcome(outcome),
            "median": finite(median),
            "low": finite(low),
            "high": finite(high),
        }
        data[outcome] = {**entry, over: len(values), without: len(values) - n}
    return data


def run_rows(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """The summary row of every run for JSON."""
    return [
        {k: v if isinstance(v, str) else finite(v) for k, v in row.items()}
        for row in summary.to_dict("records")
    ]


def finite(value: float) -> float | int | None:
    """A number as JSON can say it: null for not a number and for infinity."""
    if isinstance(value, int):
        return value
    return short_number(float(value)) if math.isfinite(value) else None


def burn_in_lines(scenario: Scenario, lang: str) -> list[Text]:
    """That weeks passed before the first that counts, and under which strategy; nothing where none did."""
    if scenario.burn_in is None:
        return []
    called = strategy_name(scenario.burn_in.strategy, lang)
    return [Text(word("burn_in", lang, n=scenario.burn_in.weeks, strategy=called))]


def burn_in_data(scenario: Scenario) -> dict[str, Any] | None:
    """The same for programs; null where there is none."""
    found = scenario.burn_in
    return None if found is None else {"weeks": found.weeks, "strategy": found.strategy.id}


def heading(
    scenario: Scenario, case: Case, lang: str, *, seeds: Sequence[int], strategy: bool = True
) -> Text:
    """What was run: case, compound, strategy, size, length and seeds."""
    files = _files(scenario.tables)
    words = {
        "case": case_name(scenario, case, lang) + (word("own_files", lang, files=files) if files else ""),
        "strategy": strategy_name(scenario.strategy, lang),
        "households": f"{scenario.compound.households:,}",
        "weeks": scenario.horizon_weeks,
        "seeds": seed_span(seeds, lang),
    }
    return Text(word("heading" if strategy else "heading_without_strategy", lang, **words), style="bold")


def _files(tables: Tables | None) -> str:
    """The names of the files of one's own households and ties; empty where they are drawn."""
    return ", ".join(file.file for file in tables.files) if tables is not None else ""


def seed_span(seeds: Sequence[int], lang: str) -> str:
    """The seeds of a run in words; they follow one another."""
    if len(seeds) == 1:
        return word("one_seed", lang, seed=seeds[0])
    return word("seeds", lang, n=len(seeds), first=seeds[0], last=seeds[-1])


def case_name(scenario: Scenario, case: Case, lang: str) -> str:
    """The names of the case and of the compound that was run."""
    city, compound = case.names[lang], case.compounds[scenario.id.partition("/")[2]].names[lang]
    return city if city == compound else f"{city} · {compound}"


def cautions(strategies: Iterable[Strategy], lang: str) -> list[Text]:
    """A line for every strategy that uses instruments the law forbids, and one for those it restricts."""
    lines = []
    for strategy in strategies:
        found = strategy.not_lawful()
        for legality, style in ((Legality.UNLAWFUL, CAUTION), (Legality.RESTRICTED, NOTE)):
            marked = [
                text("report.with_legality", lang).format(
                    name=instrument_name(strategy, name, lang), legality=text(f"legality.{legality}", lang)
                )
                for name in found
                if found[name] is legality
            ]
            if marked:
                listed = text("report.list_separator", lang).join(marked)
                words = {"strategy": strategy_name(strategy, lang), "list": listed}
                lines.append(Text(word(str(legality), lang, **words), style=style))
    return lines


def levers_over_case(
    case: Case, scenario: Scenario, lang: str, *, varied: Collection[str] = ()
) -> list[Text]:
    """A line for every number that the case gives and its strategy replaces.

    varied : full names of those that are set otherwise, which wins over both
    """
    own = case.compounds[scenario.id.partition("/")[2]].quantities
    lines = []
    for section in LEVERS:
        for key, value in getattr(scenario.strategy, section).items():
            name = f"{section}.{key}"
            if name in own and own[name].value != value and name not in varied:
                words = {
                    "strategy": strategy_name(scenario.strategy, lang),
                    "value": value,
                    "own": own[name].value,
                }
                lines.append(Text(word("lever_over_case", lang, name=name, **words), style=NOTE))
    return lines


def published(case: Case, lang: str) -> list[Text]:
    """What the document claims where the tables have something to set beside it, and the caveats: a line each."""
    lines = []
    for claim in (claim for claim in case.claims if claim.outcome or claim.total):
        said = claim.zh if lang == "zh" else claim.en
        words = {"claim": said, "by": claim.claimed_by[lang], "missing": claim.missing[lang]}
        lines.append(Text(word("claim", lang, **words)))
    if not lines and case.document is not None:
        lines.append(Text(word("no_claim", lang)))
    files = _files(case.compound().tables)
    if files and case.document is not None:
        lines.append(Text(word("not_of_own_files", lang, files=files)))
    if case.caveats:
        listed = ("" if lang == "zh" else " ").join(caveat[lang] for caveat in case.caveats)
        lines.append(Text(word("caveats", lang, list=listed)))
    return lines


def strategy_data(strategy: Strategy) -> dict[str, Any]:
    """A strategy for JSON, with every instrument that is not lawful."""
    marked = {name: str(legality) for name, legality in strategy.not_lawful().items()}
    return {"id": strategy.id, "zh": strategy.zh, "en": strategy.en, "not_lawful": marked}


def case_data(scenario: Scenario, case: Case) -> dict[str, Any]:
    """A case for JSON: names, size, and what is claimed of it with what each claim lacks."""
    return {
        "case": scenario.id,
        "names": case.names.model_dump(),
        "compound_names": case.compounds[scenario.id.partition("/")[2]].names.model_dump(),
        "households": scenario.compound.households,
        "weeks": scenario.horizon_weeks,
        "claims": [claim.model_dump(mode="json") for claim in case.claims],
        "caveats": [caveat.model_dump() for caveat in case.caveats],
    }
