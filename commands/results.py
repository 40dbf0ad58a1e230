"""The files of a run: report, tables, figures and the manifest that says how to repeat it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from commands.folder import write_manifest
from commands.group import command_line
from commands.printing import say_not_drawable, write_figures
from commands.progress import Progress
from commands.provenance import now_in_seconds, of_own, simulated
from model.engine import Results
from model.measures import Outcome
from model.specification import Scenario
from scenarios.comparison import PairedDifference
from scenarios.figures.compared import paired_differences, strategy_comparison
from scenarios.figures.over_time import cases_side_by_side, consent_over_time, payment_over_time
from scenarios.files.spreadsheets import write_csv
from scenarios.ignorance import Ignorance
from scenarios.loading import Case
from scenarios.report import DRAWN, Provenance, write_report
from scenarios.rested import rested_in, rested_lines
from scenarios.version import package_versions

if TYPE_CHECKING:
    from scenarios.own import Own


def write_results(
    folder: Path,
    results: Results,
    cases: Sequence[Case],
    scenarios: Sequence[Scenario],
    *,
    made_by: str,
    engine: str,
    lang: str,
    progress: Progress,
    comparisons: Sequence[PairedDifference] = (),
    unknown: Ignorance | None = None,
    own: "Own | None" = None,
) -> None:
    """Write everything a reader and a program need to this folder.

    made_by : the command, for the manifest; unknown : the same under plausible sets of parameters
    own : what --own brought
    """
    now = now_in_seconds()
    progress.phase("writing_tables")
    write_csv(results.summary(), folder / "summary.csv")
    write_csv(weekly_table(results), folder / "weekly.csv")
    if results.equity is not None:
        write_csv(equity_by_run(results), folder / "equity.csv")
    if unknown is not None:
        write_csv(unknown.summary, folder / "plausible.csv")
    provenance = Provenance(
        command=command_line(),
        version=f"gongzhi {package_versions()['gongzhi']}",
        date=now.isoformat().replace("+00:00", "Z"),
    )
    progress.phase("writing_report")
    write_report(
        folder / "report.html",
        results,
        cases,
        lang=lang,
        comparisons=comparisons,
        scenarios=scenarios,
        provenance=provenance,
        unknown=unknown,
        remarks=rested_lines(rested_in(results), [scenario.strategy for scenario in scenarios], lang),
    )
    figures = draw_figures(results, cases, scenarios, comparisons, lang)
    write_figures(folder, figures, progress)
    say_not_drawable(figures.values(), lang)
    written = [
        {"content_hash": scenario.content_hash(), **scenario.model_dump(mode="json")}
        for scenario in scenarios
    ]
    how = {**provenance_of(results, made_by, engine, lang, now), **of_own(own)}
    write_manifest(folder, {**how, "scenarios": written})


def provenance_of(results: Results, made_by: str, engine: str, lang: str, now: datetime) -> dict[str, Any]:
    """How the results came about, for the manifest; what was run is added by the caller."""
    seeds = sorted({int(seed) for seed in results.runs["seed"]})
    return simulated(made_by, lang, now, engine=engine, seeds=seeds, runs=len(results.runs))


def equity_by_run(results: Results) -> pd.DataFrame:
    """One row a run and group: which run, which group, and the means; blank for groups of fewer than ten."""
    table = results.runs.merge(results.equity, on="run", how="right")
    n = table["households"].astype("Int64")
    return table.assign(households=n.mask(n == 0))


def weekly_table(results: Results) -> pd.DataFrame:
    """One row a run and week, one column an outcome: fits a spreadsheet better than the tidy table."""
    n_runs, n_weeks, n_outcomes = results.series.shape
    table = results.runs.loc[results.runs.index.repeat(n_weeks)].reset_index(drop=True)
    table["week"] = list(range(n_weeks)) * n_runs
    values = results.series.reshape(n_runs * n_weeks, n_outcomes)
    own = {name: of_runs.reshape(-1) for name, of_runs in results.own.items()}
    return pd.concat(
        [table, pd.DataFrame(values, columns=[o.name.lower() for o in Outcome]), pd.DataFrame(own)], axis=1
    )


def draw_figures(
    results: Results,
    cases: Sequence[Case],
    scenarios: Sequence[Scenario],
    comparisons: Sequence[PairedDifference],
    lang: str,
) -> dict[str, Figure]:
    """Figures as files of their own, by name. Of several cases the overview only: the report has those of each."""
    tidy, summary = results.tidy(DRAWN), results.summary()
    names = {s.strategy.id: s.strategy.zh if lang == "zh" else s.strategy.en for s in scenarios}
    of_case = {scenario.id: _case_of(scenario, cases) for scenario in scenarios}
    figures: dict[str, Figure] = {}
    for case_id, case in of_case.items():
        gates = {s.strategy.id: s.effective_programme().consent_gate for s in scenarios if s.id == case_id}
        if len(of_case) == 1:
            figures["consent"] = consent_over_time(tidy, gate=gates, lang=lang, names=names)
            figures["payment"] = payment_over_time(tidy, published=case.claims, lang=lang, names=names)
        if len(gates) > 1:
            rows = summary[summary["case"] == case_id]
            figures["strategies"] = strategy_comparison(rows, lang=lang, names=names)
    if len(of_case) > 1:
        figures["cities"] = _cities(tidy, of_case, scenarios, lang)
    if comparisons:
        figures["differences"] = paired_differences(summary, comparisons, lang=lang, names=names)
    return figures


def _cities(
    tidy: pd.DataFrame, of_case: Mapping[str, Case], scenarios: Sequence[Scenario], lang: str
) -> Figure:
    """Every case with its own strategy."""
    own = [s for s in scenarios if s.strategy.id == of_case[s.id].strategy.id]
    keys = {(s.id, s.strategy.id) for s in own}
    mask = [key in keys for key in zip(tidy["case"], tidy["strategy"], strict=True)]
    return cases_side_by_side(
        tidy[mask],
        gates={s.id: s.effective_programme().consent_gate for s in own},
        published={s.id: of_case[s.id].claims for s in own},
        lang=lang,
        names={s.id: of_case[s.id].names[lang] for s in own},
    )


def _case_of(scenario: Scenario, cases: Sequence[Case]) -> Case:
    return next(case for case in cases if case.id == scenario.id.partition("/")[0])
