"""What a user takes away: tables that Excel opens with Chinese intact, and the report as one HTML file."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from dashboard import tasks
from dashboard.asking import Request
from dashboard.ensembles import EXPLORE_RUNS, SHOWN_SEED, Ensemble, Job, wait_for
from dashboard.views import bands, values_of
from dashboard.workers import workers
from model.measures import OUTCOMES, SUMMARY
from scenarios.catalogue import text
from scenarios.quantiles import QUANTILES

#: Excel takes a table for UTF-8 only if it begins with a byte order mark.
EXCEL = "utf-8-sig"


def _bytes(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\r\n").encode(EXCEL)


def summary_csv(found: Ensemble, lang: str) -> bytes:
    """One row a run, one column a summary outcome, headed by its label and unit."""
    table = found.summary.rename(
        columns={name: f"{text(f'summary.{name}', lang)} [{SUMMARY[name].unit}]" for name in SUMMARY}
    )
    return _bytes(table)


def weekly_csv(found: Ensemble, lang: str) -> bytes:
    """One row a week: five quantiles over runs of every outcome drawn; payment is empty where nobody is billed."""
    columns: dict[str, Any] = {text("dash.column_week", lang): np.arange(found.series.shape[1])}
    for outcome in tasks.DRAWN:
        label = f"{text(f'outcome.{outcome.name.lower()}', lang)} [{OUTCOMES[outcome].unit}]"
        for q, row in zip(QUANTILES, bands(values_of(found, outcome), digits=5), strict=True):
            columns[f"{label} {q:.0%}"] = row
    return _bytes(pd.DataFrame(columns))


def report_html(request: Request, lang: str) -> bytes:
    """The report that `gongzhi run --out` writes, of this scenario; made in a worker, some seconds."""
    key = ("report", request, lang)

    def begin() -> Job:
        task = workers().submit(
            tasks.call,
            "dashboard.reporting:make",
            request,
            list(range(SHOWN_SEED, SHOWN_SEED + EXPLORE_RUNS)),
            lang,
        )
        return Job([task], lambda parts: parts[0])

    made = wait_for(key, begin)
    assert isinstance(made, bytes)
    return made


type Maker = Callable[[], bytes]
