"""What a user takes away: tables that Excel opens with Chinese intact, and the report as one HTML file."""

import base64
from typing import Any

import numpy as np
import pandas as pd

from dashboard import tasks
from dashboard.asking import Request
from dashboard.ensembles import EXPLORE_RUNS, Ensemble, first_seeds, name_of, wait_for
from dashboard.steps import LongJob
from dashboard.views import bands
from model.brought import brought
from model.measures import SUMMARY, Outcome
from scenarios.catalogue import text, unit_of_outcome
from scenarios.files.spreadsheets import csv_of
from scenarios.quantiles import QUANTILES


def _bytes(table: pd.DataFrame) -> bytes:
    return csv_of(table, end="\r\n")


def in_base64(data: bytes) -> str:
    """A file as text that travels to the browser."""
    return base64.b64encode(data).decode("ascii")


def summary_csv(found: Ensemble, lang: str) -> bytes:
    """One row a run, one column a summary outcome, headed by its label and unit."""
    table = found.summary.rename(
        columns={
            name: f"{text(f'summary.{name}', lang)} [{unit_of_outcome(name)}]"
            for name in (*SUMMARY, *brought().outcomes)
        }
    )
    return _bytes(table)


def weekly_csv(found: Ensemble, lang: str) -> bytes:
    """One row a week: five quantiles over runs of every outcome drawn; payment is empty where nobody is billed."""
    columns: dict[str, Any] = {text("dash.column_week", lang): np.arange(found.series.shape[1])}
    drawn: tuple[Outcome | str, ...] = (*tasks.DRAWN, *brought().outcomes)
    for outcome in drawn:
        name = name_of(outcome)
        label = f"{text(f'outcome.{name}', lang)} [{unit_of_outcome(name)}]"
        for q, row in zip(QUANTILES, bands(found.of(outcome), digits=5), strict=True):
            columns[f"{label} {q:.0%}"] = row
    return _bytes(pd.DataFrame(columns))


def report_html(request: Request, lang: str, **waiting: Any) -> bytes | None:
    """The report that `gongzhi run --out` writes, of this scenario; made in a worker. `waiting` as in `wait_for`."""
    seeds = list(first_seeds(EXPLORE_RUNS))
    made = wait_for(
        ("report", request, lang),
        lambda: LongJob("dashboard.reporting:make", request, seeds, lang),
        **waiting,
    )
    return made if isinstance(made, bytes) else None
