"""What a collection came to: totals, stages, and how outcomes spread over its compounds, all and by size.

Everything is weighted by households unless it counts compounds: "the median" is that of a household's compound. Sums
are exact before they are rounded once, so that they do not depend on how the rows came about.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.categories import Stage
from model.brought import brought
from model.measures import SUMMARY
from scenarios.catalogue import unit_of_outcome
from scenarios.comparison import CENSORED
from scenarios.totals import TOTALS, counted_of, own_totals, weeks_of

#: From how many households on a compound belongs to a class of size.
SIZE_CLASSES = (0, 50, 100, 200, 500, 1000)

#: Quantiles of households by their compound's outcome.
LEVELS = {"low": 0.05, "quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "high": 0.95}

#: Outcomes whose spread is given by class of size: their unit. The insincere share follows the consent figures.
SPREADS: dict[str, str] = {
    "headline_consent": "share",
    "valid_consent": "share",
    "insincere_share": "share",
    "support_share": "share",
    "payment_rate": "share",
    "gate_week": "week",
    "hours_per_household": "hours",
    "yuan_per_household": "yuan",
}

#: Columns of the outcome rows that a summary reads.
COLUMNS = tuple(
    dict.fromkeys(
        [
            *("compound", "households", "buildings", "area_mean_m2", "structure", "stage"),
            *("headline_consent", "valid_consent", "insincere_share", "support_share"),
            *("payment_rate", "company_present", "structures_left", "freed_m2", "lifts_built"),
            *("office_hours", "office_yuan"),
            *SUMMARY,
        ]
    )
)

#: Totals of a district that a collection has too.
OF_A_COLLECTION = tuple(
    name for name in TOTALS if name not in ("structures_removed", "hours_available", "bundle_moved")
)

Columns = Mapping[str, np.ndarray]


def columns_read() -> tuple[str, ...]:
    """`COLUMNS`, and those of own things as long as they are brought."""
    weeks = [column for name in brought().instruments for column in weeks_of(name)]
    return (*COLUMNS, *brought().outcomes, *weeks)


@dataclass(frozen=True)
class Summary:
    """What a collection came to; numbers only, ready for JSON.

    `totals` and `stages` by name; `spread` of every summary outcome, and of one's own; `classes` one entry a class of
    size; `rested` by own instrument: weeks in which it was to act, and those of them in which it rested
    """

    compounds: int
    households: int
    totals: dict[str, float]
    stages: dict[str, dict[str, int]]
    spread: dict[str, dict[str, Any]]
    classes: list[dict[str, Any]]
    rested: dict[str, dict[str, int]]


def summarised(columns: Columns) -> Summary:
    """The summary of outcome rows.

    columns : those of `columns_read`, one value a compound, in the order of the compounds
    """
    derived = _derived(columns)
    households = columns["households"]
    return Summary(
        compounds=len(households),
        households=int(households.sum()),
        totals=_totals(columns, derived),
        stages=_stages(columns),
        spread={
            name: {
                "unit": unit_of_outcome(name),
                **spread(columns[name], households, censored=name in CENSORED),
            }
            for name in (*SUMMARY, *brought().outcomes)
        },
        classes=_classes(columns, derived),
        rested={name: _rested(columns, name) for name in brought().instruments},
    )


def _rested(columns: Columns, instrument: str) -> dict[str, int]:
    weeks, rested = (int(columns[column].sum(dtype=np.int64)) for column in weeks_of(instrument))
    return {"weeks": weeks, "weeks_rested": rested}


def spread(values: np.ndarray, households: np.ndarray, *, censored: bool = False) -> dict[str, Any]:
    """Quantiles of households by their compound's value, and how many compounds have one.

    censored : a missing value is later than any other ("not reached", None) instead of left out
    """
    known = ~np.isnan(values)
    levels = list(LEVELS.values())
    if censored:
        found = weighted_quantiles(np.where(known, values, np.inf), households, levels)
    else:
        found = weighted_quantiles(values[known], households[known], levels)
    counted = {"compounds": len(values), "with_value": int(known.sum())}
    return {name: _finite(v) for name, v in zip(LEVELS, found, strict=True)} | counted


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, levels: list[float]) -> list[float]:
    """The least values that at least these shares of the weight do not exceed; NaN where there are none."""
    if not len(values):
        return [math.nan] * len(levels)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order], dtype=np.int64)
    places = [np.searchsorted(reached, level * reached[-1]) for level in levels]
    return [float(values[order[min(place, len(order) - 1)]]) for place in places]


def size_class(households: np.ndarray) -> np.ndarray:
    """The class of size of each compound, 0 the smallest."""
    return np.searchsorted(SIZE_CLASSES, households, side="right") - 1


def _derived(columns: Columns) -> dict[str, np.ndarray]:
    """Columns that follow from others."""
    n = columns["households"].astype(np.float64)
    return {
        "payment_rate": columns["payment_rate"].astype(np.float64),
        "hours_per_household": columns["office_hours_total"] / n,
        "yuan_per_household": columns["office_yuan_total"] / n,
        "gate_week": columns["gate_week"],
        **{name: columns[name].astype(np.float64) for name in list(SPREADS)[:4]},
    }


def _totals(columns: Columns, derived: Columns) -> dict[str, float]:
    n = columns["households"]
    past = ~np.isnan(columns["gate_week"])
    buildings, lifts = int(columns["buildings"].sum()), int(columns["lifts_built"].sum(dtype=np.int64))
    billed, had = ~np.isnan(derived["payment_rate"]), ~np.isnan(columns["structures_left"])
    structures = n * columns["structure"].astype(np.float64)
    found: dict[str, float] = {
        "compounds_past_gate": int(past.sum()),
        "households_past_gate": int(n[past].sum()),
        "share_past_gate": int(n[past].sum()) / int(n.sum()),
        **{name: _mean(derived[name], n) for name in list(SPREADS)[:4]},
        "payment_rate": _mean(derived["payment_rate"][billed], n[billed]),
        "compounds_billed": int(billed.sum()),
        "compounds_with_company": int((columns["company_present"] > 0.5).sum()),
        "companies_left": int((columns["company_left"] > 0.5).sum()),
        "structures_removed_share": 1.0 - _mean(columns["structures_left"][had], structures[had]),
        "freed_m2": math.fsum(columns["freed_m2"]),
        "lifts_built": lifts,
        "lifts_per_100_buildings": 100.0 * lifts / buildings,
        "office_hours": math.fsum(columns["office_hours"]),
        "public_money": math.fsum(columns["office_yuan"]),
    }
    return {**{name: found[name] for name in OF_A_COLLECTION}, **_own_totals(columns)}


def _own_totals(columns: Columns) -> dict[str, float]:
    """Means over households of own outcomes that have one, and of how many compounds."""
    found: dict[str, float] = {}
    for name in [name for name in brought().outcomes if name in own_totals(brought())]:
        known = ~np.isnan(columns[name])
        found[name] = _mean(columns[name][known], columns["households"][known])
        found[counted_of(name)] = int(known.sum())
    return found


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Weighted mean, summed exactly; NaN where there is nothing to weigh."""
    weighted = values.astype(np.float64) * weights.astype(np.float64)
    total = math.fsum(weights)
    return math.fsum(weighted) / total if total > 0 else math.nan


def _stages(columns: Columns) -> dict[str, dict[str, int]]:
    """Compounds at each stage at the end, and their households."""
    stage, n = columns["stage"].astype(np.int64), columns["households"]
    return {
        one.name.lower(): {"compounds": int((stage == one).sum()), "households": int(n[stage == one].sum())}
        for one in Stage
    }


def _classes(columns: Columns, derived: Columns) -> list[dict[str, Any]]:
    """Every class of size that has compounds, and all compounds together last."""
    of = size_class(columns["households"])
    groups = [(i, of == i) for i in range(len(SIZE_CLASSES)) if (of == i).any()]
    entries = [_class(columns, derived, rows, *bounds(i)) for i, rows in groups]
    return [*entries, _class(columns, derived, np.ones(len(of), bool), None, None)]


def bounds(number: int) -> tuple[int, int | None]:
    """Fewest and most households of a class of size; the largest has no most."""
    ends = [*SIZE_CLASSES[1:], None]
    last = ends[number]
    return max(SIZE_CLASSES[number], 1), None if last is None else last - 1


def _class(
    columns: Columns, derived: Columns, rows: np.ndarray, low: int | None, high: int | None
) -> dict[str, Any]:
    n = columns["households"][rows]
    past = ~np.isnan(columns["gate_week"][rows])
    present = columns["company_present"][rows].astype(np.float64)
    return {
        "from_households": low,
        "to_households": high,
        "compounds": len(n),
        "households": int(n.sum()),
        "share_past_gate": int(n[past].sum()) / int(n.sum()),
        "company_present": _mean(present, n),
        "outcomes": {
            name: {"unit": unit, **spread(derived[name][rows], n, censored=name in CENSORED)}
            for name, unit in SPREADS.items()
        },
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
