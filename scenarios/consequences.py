"""What follows for consent from the sets that are left: which strategies pass where, and what differences are due to.

Nothing here is fitted. The five cities are looked at after the calibration, and only to see whether they differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.engine import simulate_runs
from model.measures import Outcome
from model.summary import mean_known, summary_columns
from scenarios.calibration.experiments import LAWFUL, ORDINARY, ordinary, reaches_80, signed_share
from scenarios.files.library import list_cases
from scenarios.ignorance import plausible_runs
from scenarios.loading import load_case
from scenarios.plausible import Survivors

#: Weeks that are looked at: a year, and two.
YEAR, TWO_YEARS = 52, 104


@dataclass(frozen=True)
class Shares:
    """Shares of the variance of an outcome over sets, compounds and strategies; they add up to 1.

    parameters, compound, strategy : on their own; together : what they do only in combination
    """

    parameters: float
    compound: float
    strategy: float
    together: float


def variance_shares(values: np.ndarray) -> Shares:
    """Split the variance of a full table. values : (sets, compounds, strategies), none missing

    Raises ValueError where all values are the same.
    """
    total = float(values.var())
    if total == 0.0:
        raise ValueError("all values are the same; there is no variance to share out")
    sets, compounds, strategies = (
        float(values.mean(axis=others).var()) / total for others in ((1, 2), (0, 2), (0, 1))
    )
    return Shares(sets, compounds, strategies, 1.0 - sets - compounds - strategies)


def passing_by_city(
    survivors: Survivors, rows: Sequence[int], compounds: int, threads: int | None = None
) -> Mapping[str, np.ndarray]:
    """Share of compounds like each city's that reach 80 % within two years by information alone, by set. (sets,)

    compounds : of each set, other ones for every set and the same seeds in every city
    """
    found = {}
    for name in list_cases():
        scenario = load_case(name).scenario(strategy="information_only", horizon_weeks=TWO_YEARS)
        runs = [
            run
            for i, row in enumerate(rows)
            for run in plausible_runs([scenario], survivors, [row], range(i * compounds, (i + 1) * compounds))
        ]
        reached = reaches_80(simulate_runs(runs, threads=threads).series, TWO_YEARS)
        found[name] = reached.reshape(len(rows), compounds).mean(axis=1)
    return found


def outcomes_of_strategies(
    survivors: Survivors, rows: Sequence[int], seeds: Sequence[int], threads: int | None = None
) -> dict[str, np.ndarray]:
    """What becomes of ordinary compounds in three years under lawful strategies of equal staff hours.

    Weeks that are not reached count as the horizon, payment where nobody bills as 0. Returns (sets, compounds,
    strategies) by outcome, in the order of `experiments.LAWFUL`.
    """
    weeks = 3 * YEAR
    scenarios = [ordinary(name, weeks) for name in LAWFUL]
    series = simulate_runs(plausible_runs(scenarios, survivors, rows, seeds), threads=threads).series
    columns = summary_columns(series, np.full(len(series), ORDINARY.households))
    found = {
        "passing 80 % in three years": reaches_80(series, weeks).astype(np.float64),
        "weeks to 80 %": np.where(np.isnan(columns["weeks_to_80"]), weeks, columns["weeks_to_80"]),
        "consent at the end": signed_share(series)[:, -1],
        "insincere share at the end": columns["final_insincere_share"],
        "payment of the last year": np.nan_to_num(
            mean_known(series[:, -YEAR:, Outcome.PAYMENT_RATE].astype(np.float64))
        ),
    }
    shape = (len(rows), len(LAWFUL), len(seeds))
    return {name: values.reshape(shape).transpose(0, 2, 1) for name, values in found.items()}


def consent_of_strategies(
    survivors: Survivors, rows: Sequence[int], seeds: Sequence[int], threads: int | None = None
) -> np.ndarray:
    """Consent after a year in ordinary compounds, under lawful strategies of equal staff hours.

    Returns (sets, compounds, strategies) in the order of `experiments.LAWFUL`.
    """
    scenarios = [ordinary(name, YEAR) for name in LAWFUL]
    runs = plausible_runs(scenarios, survivors, rows, seeds)
    last = signed_share(simulate_runs(runs, threads=threads).series)[:, -1]
    return last.reshape(len(rows), len(LAWFUL), len(seeds)).transpose(0, 2, 1)
