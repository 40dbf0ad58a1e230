"""`gongzhi run` of a district: every compound of one street office, and what they come to together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.console import PlainTable, notes, results, say
from commands.folder import output_folder, write_manifest
from commands.group import WrongInput
from commands.ignorance import district_under_plausible_sets, ignorance_data, print_ignorance
from commands.knowing import with_own
from commands.printing import write_figures
from commands.progress import Progress
from commands.provenance import now_in_seconds, of_own
from commands.results import provenance_of
from commands.simulation import run_district
from commands.summary import (
    CAUTION,
    cautions,
    finite,
    horizon_note,
    levers_over_case,
    outcome_data,
    outcome_table,
    published,
    run_rows,
    seed_span,
    strategy_data,
)
from commands.wording import print_json, word
from model.engine import Results, Run
from model.measures import Outcome
from model.specification import District, Scenario
from scenarios.catalogue import STAGES, between, number, text
from scenarios.district import STAGE_COLUMNS, content_hash, district_totals, weekly_totals
from scenarios.figures.districts import payment_over_compounds, stages_over_time
from scenarios.files.spreadsheets import write_csv
from scenarios.files.strategyfile import strategy_name
from scenarios.ignorance import SEEDS_OF_A_SET, Ignorance
from scenarios.loading import Case, apply_to_district
from scenarios.quantiles import COUNTED, quantiles
from scenarios.rested import rested_data, rested_in, rested_lines
from scenarios.totals import totals, with_own_totals

if TYPE_CHECKING:
    from commands.own import OwnRuns

#: Weekly outcomes whose last value the table of compounds adds to their summary.
AT_THE_END = ("lifts_built", "freed_m2", "bundle_transfer_yuan")

#: The rows of the table of totals. Consent is never listed without the insincere share in the next rows.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("compounds_past_gate", "households_past_gate", "share_past_gate"),
    ("headline_consent", "valid_consent", "insincere_share", "support_share"),
    ("payment_rate", "compounds_billed", "compounds_with_company", "companies_left"),
    ("structures_removed", "structures_removed_share", "freed_m2"),
    ("lifts_built", "lifts_per_100_buildings"),
    ("office_hours", "hours_available", "public_money", "bundle_moved"),
)


@dataclass(frozen=True)
class Outcomes:
    """What a district came to: the runs of its compounds, their summary, and the totals by week and at the end.

    unknown : the totals under plausible sets of parameters, where they were asked for; things : what --own brings
    """

    scenario: Scenario
    district: District
    runs: Sequence[Run]
    found: Results
    summary: pd.DataFrame
    weekly: pd.DataFrame
    totals: pd.DataFrame
    unknown: Ignorance | None
    things: "OwnRuns | None"


def usual_seeds(plausible: int) -> int:
    """How many draws of a district where the command line does not say: of one draw nothing shows its chance."""
    return SEEDS_OF_A_SET if plausible else 1


def run_and_print(
    case: Case,
    district: District,
    *,
    strategy: str | None,
    seeds: Sequence[int],
    settings: Sequence[str],
    threads: int | None,
    engine: str,
    plausible: int,
    things: "OwnRuns | None",
    out: str | None,
    force: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate, print and, with `out`, write; raises ScenarioError or WrongInput for bad input.

    things : what --own brings, which runs the compounds then
    """
    if engine != "compiled":
        raise WrongInput(
            f"--engine {engine}: {case.id} is a district; expected --engine compiled, which couples compounds"
        )
    scenario, district = apply_to_district(with_own(case.scenario(strategy=strategy)), district, settings)

    def simulate(progress: Progress) -> Outcomes:
        if things is not None:
            runs, found = things.simulate_district(scenario, district, seeds, progress)
        else:
            runs, found = run_district(scenario, district, seeds, threads=threads, progress=progress)
        summary, weekly = found.summary(), weekly_totals(found)
        totals = district_totals(weekly, summary, scenario, district)
        unknown = None
        if plausible:
            own = None if things is None else things.own
            unknown = district_under_plausible_sets(
                scenario, district, seeds, plausible, threads, progress, own
            )
        return Outcomes(scenario, district, runs, found, summary, weekly, totals, unknown, things)

    if out is None:
        with Progress(lang, quiet=quiet) as progress:
            outcomes = simulate(progress)
    else:
        with output_folder(out, force=force) as folder, Progress(lang, quiet=quiet) as progress:
            outcomes = simulate(progress)
            write(folder, outcomes, lang, progress)
    if as_json:
        print_json(_data(outcomes, case, seeds))
    elif not quiet:
        _print(results(), outcomes, case, seeds, lang)
    if out is not None and not quiet:
        notes().print(say("written", lang, folder=out))


# -- what is printed ----------------------------------------------------------------------------------------------


def _print(console: Console, outcomes: Outcomes, case: Case, seeds: Sequence[int], lang: str) -> None:
    console.print(_heading(outcomes, case, lang, seeds))
    scenario = outcomes.scenario
    own = [] if outcomes.things is None else outcomes.things.used_lines([scenario.strategy], lang)
    for line in [*cautions([scenario.strategy], lang), *levers_over_case(case, scenario, lang), *own]:
        console.print(line)
    console.print()
    console.print(say("district_compounds", lang), style="bold")
    console.print(outcome_table(outcomes.summary, lang, over="compounds", own=list(outcomes.found.own)))
    for line in horizon_note(outcomes.summary, outcomes.scenario.horizon_weeks, lang):
        console.print(line)
    for rested in rested_lines(rested_in(outcomes.found), [scenario.strategy], lang):
        console.print(Text(rested, style=CAUTION))
    console.print()
    console.print(say("district_stages", lang), style="bold")
    console.print(_stage_table(outcomes.totals, lang))
    console.print()
    console.print(say("district_totals", lang), style="bold")
    console.print(_total_table(outcomes.totals, lang))
    if outcomes.unknown is not None:
        print_ignorance(console, outcomes.unknown, [scenario.strategy], lang)
    console.print()
    if outcomes.unknown is None:
        console.print(say("ignorance.one_set", lang))
    for line in published(case, lang):
        console.print(line)
    console.print(say("district_not_a_forecast", lang))


def _heading(outcomes: Outcomes, case: Case, lang: str, seeds: Sequence[int]) -> Text:
    district = outcomes.district
    words = {
        "case": case.names[lang],
        "strategy": strategy_name(outcomes.scenario.strategy, lang),
        "compounds": f"{district.compounds:,}",
        "buildings": f"{district.buildings:,}",
        "households": f"{district.households:,}",
        "batches": district.batches,
        "weeks": outcomes.scenario.horizon_weeks,
        "seeds": seed_span(seeds, lang),
    }
    return Text(word("heading_district", lang, **words), style="bold")


def _stage_table(totals: pd.DataFrame, lang: str) -> Table:
    table = _table(word("column_stage", lang), len(totals), lang)
    for stage, column in zip(STAGES, STAGE_COLUMNS, strict=True):
        table.add_row(text(f"stage.{stage}", lang), *_cells(totals[column], "compounds", lang))
    return table


def _total_table(found: pd.DataFrame, lang: str) -> Table:
    table = _table(text("report.outcome", lang), len(found), lang)
    groups = with_own_totals(GROUPS)
    for group in groups:
        for name in group:
            cells = _cells(found[name], totals()[name].unit, lang)
            table.add_row(text(f"total.{name}", lang), *cells, style="yellow" if "insincere" in name else "")
        if group is not groups[-1]:
            table.add_row("")
    return table


def _table(first: str, n_seeds: int, lang: str) -> Table:
    several = n_seeds > 1
    table = PlainTable()
    table.add_column(first)
    table.add_column(word("median" if several else "value", lang), justify="right", no_wrap=True)
    if several:
        table.add_column(word("range_of_seeds", lang), justify="right", no_wrap=True)
    return table


def _cells(values: pd.Series, unit: str, lang: str) -> list[str]:
    """The value of one seed; the median and the range of several."""
    low, median, high = (number(v, unit, lang) for v in _quantiles(values, unit))
    n = int(values.notna().sum())
    if 0 < n < len(values):
        median = word("of_n", lang, value=median, n=n)
    return [median] if len(values) == 1 else [median, between(low, high, lang)]


def _data(outcomes: Outcomes, case: Case, seeds: Sequence[int]) -> dict[str, Any]:
    found = outcomes.totals
    data = {
        "case": case.id,
        "names": case.names.model_dump(),
        "district": outcomes.district.model_dump(mode="json"),
        "weeks": outcomes.scenario.horizon_weeks,
        "claims": [claim.model_dump(mode="json") for claim in case.claims],
        "caveats": [caveat.model_dump() for caveat in case.caveats],
        "strategy": strategy_data(outcomes.scenario.strategy),
        "content_hash": content_hash(outcomes.scenario, outcomes.district),
        "engine": "compiled",
        "seeds": list(seeds),
        "stages": {
            stage: _entry(found[c], "compounds") for stage, c in zip(STAGES, STAGE_COLUMNS, strict=True)
        },
        "totals": {name: _entry(found[name], info.unit) for name, info in totals().items()},
        "outcomes": outcome_data(outcomes.summary, over="compounds"),
        "plausible": None if outcomes.unknown is None else ignorance_data(outcomes.unknown),
        "rested": rested_data(rested_in(outcomes.found)),
        "by_seed": run_rows(found),
        "runs": run_rows(outcomes.summary),
    }
    things = outcomes.things
    return data if things is None else {**data, "own": things.data([outcomes.scenario.strategy])}


def _entry(values: pd.Series, unit: str) -> dict[str, Any]:
    low, median, high = _quantiles(values, unit)
    n = int(values.notna().sum())
    found = {"unit": unit, "median": finite(median), "low": finite(low), "high": finite(high)}
    return {**found, "seeds": len(values), "no_value": len(values) - n}


def _quantiles(values: pd.Series, unit: str) -> tuple[float, float, float]:
    """5 %, median and 95 % over seeds; of what is counted the value of some seed, so that no compound is halved."""
    return quantiles(values.to_numpy(), censored=unit in COUNTED)


# -- what is written ----------------------------------------------------------------------------------------------


def write(folder: Path, outcomes: Outcomes, lang: str, progress: Progress) -> None:
    """Tables, figures and the manifest."""
    progress.phase("writing_tables")
    write_csv(compound_table(outcomes), folder / "compounds.csv")
    write_csv(outcomes.weekly, folder / "weekly.csv")
    write_csv(_total_rows(outcomes), folder / "totals.csv")
    if outcomes.things is not None and outcomes.things.names:
        write_csv(outcomes.things.weekly, folder / "own.csv")
    if outcomes.unknown is not None:
        write_csv(outcomes.unknown.summary, folder / "plausible.csv")
    words: dict[str, Any] = {"compounds": outcomes.district.compounds, "lang": lang}
    figures = {
        "stages": stages_over_time(outcomes.weekly, **words),
        "payment": payment_over_compounds(
            outcomes.found.series[:, :, Outcome.PAYMENT_RATE], outcomes.weekly, **words
        ),
    }
    write_figures(folder, figures, progress)
    scenario, district = outcomes.scenario, outcomes.district
    write_manifest(
        folder,
        {
            **provenance_of(outcomes.found, "run", "compiled", lang, now_in_seconds()),
            "content_hash": content_hash(scenario, district),
            "district": district.model_dump(mode="json"),
            **of_own(None if outcomes.things is None else outcomes.things.own),
            "scenarios": [{"content_hash": scenario.content_hash(), **scenario.model_dump(mode="json")}],
        },
    )


def _total_rows(outcomes: Outcomes) -> pd.DataFrame:
    """One row a seed: the case, the strategy, compounds by stage and the totals at the end."""
    scenario = outcomes.scenario
    named = pd.DataFrame({"case": scenario.id, "strategy": scenario.strategy.id}, index=outcomes.totals.index)
    return pd.concat([named, outcomes.totals], axis=1)


def compound_table(outcomes: Outcomes) -> pd.DataFrame:
    """One row a compound and seed: who it is, what was drawn for it, where it stands at the end, its summary."""
    identity = ["case", "strategy", "seed", "compound"]
    drawn = pd.DataFrame([_drawn(run) for run in outcomes.runs])
    last = outcomes.found.series[:, -1]
    end = pd.DataFrame({name: last[:, Outcome[name.upper()]] for name in AT_THE_END})
    end.insert(0, "stage_end", [STAGES[int(stage)] for stage in last[:, Outcome.STAGE]])
    measured = outcomes.summary.drop(columns=["run", *identity])
    return pd.concat([outcomes.summary[identity], drawn, end, measured], axis=1)


def _drawn(run: Run) -> dict[str, float | str]:
    """How a compound of the district differs from the others, and when and with whom it has its turn."""
    compound, management, tables = run.scenario.compound, run.scenario.management, run.scenario.tables
    name: dict[str, float | str] = {"compound_name": tables.compounds[0].name} if tables else {}
    return {
        **name,
        "start_week": run.start_week,
        "bundle": run.bundle,
        "households": compound.households,
        "buildings": compound.buildings,
        "elder": compound.elder,
        "trust_office": compound.trust_office,
        "common_income": management.common_income,
    }
