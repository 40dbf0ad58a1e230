"""What a collection came to, for people and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.categories import Stage
from commands.console import PlainTable, say
from commands.summary import CAUTION, cautions, finite, seed_span, strategy_data
from commands.wording import word
from model.brought import brought
from scenarios.catalogue import between, called, number, text
from scenarios.collected.runs import Drawn
from scenarios.collected.summary import SPREADS, Summary
from scenarios.files.strategyfile import strategy_name
from scenarios.loading import Case
from scenarios.rested import LEAST_SHARE_TOLD
from scenarios.totals import totals, with_own_totals

#: The rows of the table of totals. Consent is never listed without the insincere share in the next rows.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("compounds_past_gate", "households_past_gate", "share_past_gate"),
    ("headline_consent", "valid_consent", "insincere_share", "support_share"),
    ("payment_rate", "compounds_billed", "compounds_with_company", "companies_left"),
    ("structures_removed_share", "freed_m2", "lifts_built", "lifts_per_100_buildings"),
    ("office_hours", "public_money"),
)
#: The columns of the table of sizes: outcome, its label, and how it is written. Consent with the insincere share.
_COLUMNS = (
    ("headline_consent", "figure.headline"),
    ("insincere_share", "figure.insincere"),
    ("support_share", "figure.support"),
    ("payment_rate", "figure.payment"),
    ("hours_per_household", "collections.hours_each"),
    ("yuan_per_household", "collections.yuan_each"),
)
#: Unlike elsewhere the unit stands in the heading: hours, and thousands of yuan.
_IN_UNITS_OF = {"hours_per_household": 1.0, "yuan_per_household": 1000.0}


def print_summary(
    console: Console,
    summary: Summary,
    name: str,
    drawn: Drawn,
    lang: str,
    *,
    own: Sequence[Text] = (),
    claims: Sequence[Text] = (),
) -> None:
    """Heading, stages, totals, the table of sizes, what is published, and what not to conclude.

    name : of the case; own : lines about what --own brought; claims : about what is published
    """
    console.print(_heading(summary, name, drawn, lang))
    for line in [*cautions([drawn.scenario.strategy], lang), *own, *_rested_lines(summary, lang)]:
        console.print(line)
    console.print()
    for title, table in (
        ("stages", _stage_table(summary, lang)),
        ("totals", _total_table(summary, lang)),
        ("classes", _size_table(summary, lang)),
    ):
        console.print(say(f"collections.{title}", lang), style="bold")
        console.print(table)
        console.print()
    for line in [*_outcome_lines(summary, lang), *claims]:
        console.print(line)
    console.print(say("collections.not_a_forecast", lang))


def data_of(summary: Summary, case: Case, drawn: Drawn) -> dict[str, Any]:
    """The summary for JSON; the same for the same rows."""
    return {
        "case": case.id,
        "names": case.names.model_dump(),
        "claims": [claim.model_dump(mode="json") for claim in case.claims],
        "caveats": [caveat.model_dump() for caveat in case.caveats],
        **data_of_rows(summary, drawn),
    }


def data_of_rows(summary: Summary, drawn: Drawn) -> dict[str, Any]:
    """The same without what the case says."""
    return {
        "collection": drawn.collection.model_dump(mode="json"),
        "weeks": drawn.scenario.horizon_weeks,
        "strategy": strategy_data(drawn.scenario.strategy),
        "content_hash": drawn.content_hash(),
        "engine": "compiled",
        "seeds": [drawn.seed],
        "compounds": summary.compounds,
        "households": summary.households,
        "stages": summary.stages,
        "totals": {
            name: {"unit": totals()[name].unit, "value": finite(value)}
            for name, value in summary.totals.items()
        },
        "size_classes": summary.classes,
        "outcomes": summary.spread,
        **({} if drawn.own is None else {"own": _own_data(summary, drawn)}),
    }


def _own_data(summary: Summary, drawn: Drawn) -> dict[str, Any]:
    """What --own brought, as it is used, and how often it rested."""
    assert drawn.own is not None
    return {
        **drawn.own.described(),
        "instruments": drawn.own.used_data([drawn.scenario.strategy]),
        "rested": summary.rested,
    }


def _rested_lines(summary: Summary, lang: str) -> list[Text]:
    """A line for every own instrument that rested in enough of its weeks."""
    lines = []
    for name, found in summary.rested.items():
        weeks, rested = found["weeks"], found["weeks_rested"]
        if rested and rested / weeks >= LEAST_SHARE_TOLD:
            words = {"label": text(f"instrument.{name}", lang), "n": f"{rested:,}", "weeks": f"{weeks:,}"}
            lines.append(
                Text(
                    word("collections.rested", lang, compounds=f"{summary.compounds:,}", **words),
                    style=CAUTION,
                )
            )
    return lines


def _outcome_lines(summary: Summary, lang: str) -> list[Text]:
    """A line for every own outcome."""
    lines = []
    for name, own in brought().outcomes.items():
        found = summary.spread[name]
        low, median, high = (
            "–" if found[each] is None else number(found[each], own.unit, lang)
            for each in ("low", "median", "high")
        )
        counted = {"n": f"{found['with_value']:,}", "total": f"{found['compounds']:,}"}
        words = {"label": text(f"outcome.{name}", lang), "median": median, "range": between(low, high, lang)}
        lines.append(Text(word("collections.own_outcome", lang, **words, **counted)))
    return lines


def _heading(summary: Summary, name: str, drawn: Drawn, lang: str) -> Text:
    whole = summary.compounds == drawn.collection.compounds
    words = {
        "case": name,
        "strategy": strategy_name(drawn.scenario.strategy, lang),
        "compounds": f"{summary.compounds:,}",
        "all": f"{drawn.collection.compounds:,}",
        "households": f"{summary.households:,}",
        "weeks": drawn.scenario.horizon_weeks,
        "seeds": seed_span([drawn.seed], lang),
    }
    return Text(
        word("collections.heading" if whole else "collections.heading_part", lang, **words), style="bold"
    )


def _stage_table(summary: Summary, lang: str) -> Table:
    table = _table(word("column_stage", lang))
    for name in ("column_compounds", "column_households"):
        table.add_column(word(name, lang), justify="right")
    for stage in Stage:
        counts = summary.stages[stage.name.lower()]
        table.add_row(called(stage, lang), f"{counts['compounds']:,}", f"{counts['households']:,}")
    return table


def _total_table(summary: Summary, lang: str) -> Table:
    table = _table(text("report.outcome", lang))
    table.add_column(word("value", lang), justify="right")
    groups = with_own_totals(GROUPS)
    for group in groups:
        for name in group:
            written = number(summary.totals[name], totals()[name].unit, lang)
            table.add_row(_label(name, lang), written, style="yellow" if "insincere" in name else "")
        if group is not groups[-1]:
            table.add_row("")
    return table


def _label(name: str, lang: str) -> str:
    """Of a total; where in a district another stands above it, a label that stands alone."""
    return text(
        "collections.structures_removed" if name == "structures_removed_share" else f"total.{name}", lang
    )


def _size_table(summary: Summary, lang: str) -> Table:
    table = _table(word("collections.size", lang))
    table.add_column(word("column_compounds", lang), justify="right", no_wrap=True)
    for outcome, label in _COLUMNS:
        style = "yellow" if "insincere" in outcome else ""
        name = text(label, lang)
        table.add_column(name[:1].upper() + name[1:], justify="right", style=style)
        if outcome == "payment_rate":
            table.add_column(word("collections.company", lang), justify="right", no_wrap=True)
    for entry in summary.classes:
        table.add_row(*_size_cells(entry, lang))
    return table


def _size_cells(entry: Mapping[str, Any], lang: str) -> list[str]:
    cells = [_size(entry, lang), f"{entry['compounds']:,}"]
    for outcome, _ in _COLUMNS:
        cells.append(_with_range(entry["outcomes"][outcome], outcome, lang))
        if outcome == "payment_rate":
            cells.append(number(entry["company_present"], "share", lang))
    return cells


def _with_range(found: Mapping[str, Any], outcome: str, lang: str) -> str:
    if found["median"] is None:
        return text("number.missing", lang)
    # A share's sign is written once at the end of the range, so that the table does not break lines.
    written = {name: _written(found[name], outcome, lang) for name in ("low", "median", "high")}
    written["low"] = written["low"].removesuffix("%")
    return word("collections.with_range", lang, **written)


def _written(value: float, outcome: str, lang: str) -> str:
    if outcome in _IN_UNITS_OF:
        return f"{value / _IN_UNITS_OF[outcome]:,.1f}"
    return f"{100 * value:.0f}%" if SPREADS[outcome] == "share" else number(value, SPREADS[outcome], lang)


def _size(entry: Mapping[str, Any], lang: str) -> str:
    low, high = entry["from_households"], entry["to_households"]
    if low is None:
        return word("collections.all_sizes", lang)
    key = "size_from" if high is None else "size_between"
    return word(f"collections.{key}", lang, low=f"{low:,}", high="" if high is None else f"{high:,}")


def _table(first: str) -> Table:
    table = PlainTable()
    table.add_column(first)
    return table
