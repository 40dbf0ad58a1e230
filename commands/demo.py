"""`gongzhi demo`: every city with its own strategy, and the strategies to compare on one compound."""

import pandas as pd
from rich.table import Table

from commands.compare import paired_differences, print_comparison, strategy_pairs
from commands.console import PlainTable, results, say
from commands.folder import output_folder
from commands.progress import Progress
from commands.results import write_results
from commands.run import seed_range
from commands.simulation import run_scenarios
from commands.summary import case_name, cell, horizon_note, seed_span
from commands.wording import word
from model.specification import Scenario
from scenarios.catalogue import text
from scenarios.files.strategyfile import strategy_name
from scenarios.loading import Case, list_cases, load_case

COMPARED_ON = "jinjiang/wufuyuan"
COMPARED = (
    "information_only",
    "visible_example",
    "deliberation_example_compensation",
    "pressure",
    "full_bundle",
)
#: What is tabulated and compared; the insincere share follows consent.
COLUMNS = (
    "final_headline_consent",
    "final_valid_consent",
    "final_insincere_share",
    "weeks_to_80",
    "payment_18_months",
)
#: Of strategies side by side also whether a company left, which is why nobody may be billed.
COLUMNS_OF_STRATEGIES = (*COLUMNS, "company_left")


def demo(*, seeds: int, threads: int | None, out: str, lang: str, quiet: bool) -> None:
    """Run everything, write the report and print where it is; raises WrongInput where it cannot be written."""
    chosen = seed_range(None, seeds, usual=seeds)
    cases = {name: load_case(name) for name in list_cases()}
    cities = [case.scenario() for case in cases.values()]
    place = load_case(COMPARED_ON)
    compared = [place.scenario(strategy=name) for name in COMPARED]
    with output_folder(out, only_over="demo") as folder, Progress(lang, quiet=quiet) as progress:
        found = run_scenarios(
            [*cities, *compared],
            chosen,
            engine="compiled",
            threads=threads,
            progress=progress,
            equity=True,
        )
        summary = found.summary()
        pairs = strategy_pairs([s.strategy for s in compared], all_pairs=False)
        differences = paired_differences(summary, pairs, COLUMNS_OF_STRATEGIES, progress)
        write_results(
            folder,
            found,
            list(cases.values()),
            [*cities, *compared],
            made_by="demo",
            engine="compiled",
            lang=lang,
            progress=progress,
            comparisons=differences,
        )
    if quiet:
        return
    console = results()
    console.print(say("demo_cities", lang, n=len(cities), seeds=seed_span(chosen, lang)), style="bold")
    console.print(_city_table(summary, cities, cases, lang))
    console.print()
    console.print(
        say("demo_strategies", lang, n=len(compared), case=case_name(compared[0], place, lang)), style="bold"
    )
    # the place is one of the cities too, with a strategy of its own
    on_place = summary[(summary["case"] == compared[0].id) & summary["strategy"].isin(COMPARED)]
    print_comparison(console, on_place, [s.strategy for s in compared], (), COLUMNS_OF_STRATEGIES, lang)
    console.print()
    for line in horizon_note(on_place, compared[0].horizon_weeks, lang):
        console.print(line)
    console.print(say("not_a_forecast", lang))
    console.print(
        say("demo_report", lang, file=f"{out.rstrip('/')}/report.html"), style="bold", soft_wrap=True
    )


def _city_table(summary: pd.DataFrame, cities: list[Scenario], cases: dict[str, Case], lang: str) -> Table:
    table = PlainTable()
    table.add_column(word("column_case", lang))
    table.add_column(text("report.strategy", lang))
    for outcome in COLUMNS:
        table.add_column(text(f"summary.{outcome}", lang), justify="right")
    for scenario in cities:
        case = cases[scenario.id.partition("/")[0]]
        rows = summary[(summary["case"] == scenario.id) & (summary["strategy"] == scenario.strategy.id)]
        cells = [cell(rows[outcome], outcome, lang) for outcome in COLUMNS]
        table.add_row(case_name(scenario, case, lang), strategy_name(scenario.strategy, lang), *cells)
    return table
