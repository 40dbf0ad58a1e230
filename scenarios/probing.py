"""What the results hang on: parameters, structure, the case, the number of seeds. For `docs/validation.md`.

Parameters are probed over their whole plausible ranges, everything else under the sets that the evidence leaves
standing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from model.engine import Run, simulate_runs
from model.measures import Outcome
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Management, Scenario, Strategy
from model.summary import mean_known, summary_columns
from scenarios.analysis.designs import morris_design, sobol_design
from scenarios.analysis.problem import Parameter, Problem
from scenarios.analysis.replicates import half_width_by_seeds
from scenarios.analysis.sensitivity import morris_table, sobol_table
from scenarios.calibration.experiments import LAWFUL, managed, ordinary, signed_share
from scenarios.calibration.space import plausible_space
from scenarios.coarser import coarser
from scenarios.files.library import list_cases
from scenarios.ignorance import plausible_runs
from scenarios.loading import load_case
from scenarios.plausible import Survivors

if TYPE_CHECKING:
    import pandas as pd

#: Weeks after which consent, and payment in managed compounds, are looked at.
A_YEAR, THREE_YEARS = 53, 156
#: What is probed: name, and what it is.
PROBED = {
    "consent": "consent after a year of visits alone",
    "insincere": "insincere share after a year of visits with pressure",
    "payment": "payment in the third year of a managed compound, 0 where nobody bills any more",
    "company": "managed compounds with a company after three years",
}


# -- parameters ---------------------------------------------------------------------------------------------


def probe(
    sets: Sequence[Parameters], seeds: Sequence[int], threads: int | None = None
) -> dict[str, np.ndarray]:
    """Every outcome of `PROBED` for each set of parameters, mean over seeds. (sets,)"""
    asked = ordinary("information_only", A_YEAR), ordinary("pressure", A_YEAR)
    served = managed(Management(payment_before=0.65), Strategy(), THREE_YEARS)

    def series(scenario: Scenario) -> np.ndarray:
        drawn = [with_settings(scenario, {"parameters": p}) for p in sets]
        runs = [Run(of_set, seed) for of_set in drawn for seed in seeds]
        return simulate_runs(runs, threads=threads).series

    def mean(values: np.ndarray) -> np.ndarray:
        return values.reshape(len(sets), len(seeds)).mean(axis=1)

    signed = signed_share(series(asked[0]))[:, -1]
    insincere = series(asked[1])[:, -1, Outcome.INSINCERE_SHARE].astype(np.float64)
    of_firms = series(served)
    paid = np.nan_to_num(mean_known(of_firms[:, -52:, Outcome.PAYMENT_RATE].astype(np.float64)))
    there = of_firms[:, -1, Outcome.COMPANY_PRESENT].astype(np.float64)
    return dict(zip(PROBED, map(mean, (signed, insincere, paid, there)), strict=True))


def screen(trajectories: int, seeds: Sequence[int], threads: int | None = None) -> dict[str, pd.DataFrame]:
    """Elementary effects (Morris) of every coefficient with a plausible range on each outcome of `PROBED`."""
    problem = _problem(plausible_space().ranges)
    design = morris_design(problem, trajectories)
    found = probe(_sets(design), seeds, threads)
    points = design.to_numpy(np.float64)
    return {name: morris_table(problem, points, values) for name, values in found.items()}


def share_out(
    names: Sequence[str], n: int, seeds: Sequence[int], threads: int | None = None
) -> dict[str, pd.DataFrame]:
    """Sobol' indices of some coefficients on each outcome of `PROBED`; the others keep their defaults."""
    ranges = plausible_space().ranges
    problem = _problem({name: ranges[name] for name in names})
    found = probe(_sets(sobol_design(problem, n)), seeds, threads)
    return {name: sobol_table(problem, values) for name, values in found.items() if values.std() > 0.0}


def _problem(ranges: Mapping[str, tuple[float, float]]) -> Problem:
    return Problem(tuple(Parameter(name, *ends) for name, ends in ranges.items()), tuple(PROBED), THREE_YEARS)


def _sets(design: pd.DataFrame) -> list[Parameters]:
    return [
        Parameters(**dict(zip(design.columns, map(float, values), strict=True)))
        for values in design.to_numpy()
    ]


# -- structure ----------------------------------------------------------------------------------------------


def _with(**settings: Any) -> Callable[[Scenario], Scenario]:
    return partial(with_settings, settings=settings)


def _visiting(choice: str) -> Callable[[Scenario], Scenario]:
    return partial(with_settings, settings={"instruments.home_visits.choice": choice})


#: What is changed of an ordinary compound, and how.
STRUCTURES: dict[str, Callable[[Scenario], Scenario]] = {
    "as it is": _with(),
    "half as many households": _with(households=48, buildings=2),
    "five times as many": _with(households=480, buildings=20),
    "half as many acquaintances": _with(stairwell_tie=0.3, building_ties=0.6, compound_ties=0.5),
    "twice as many": _with(stairwell_tie=1.0, building_ties=2.4, compound_ties=2.0),
    "acquaintances of any kind": _with(homophily=0.0),
    "acquaintances of one's own kind": _with(homophily=1.0),
    "a bill every quarter": _with(billing_interval_weeks=13),
    "hold-outs visited first": _visiting("holdouts_first"),
    "the undecided visited first": _visiting("undecided_first"),
    "visits stairwell by stairwell": _visiting("by_grid"),
    "a step is two weeks": partial(coarser, weeks=2),
}


@dataclass(frozen=True)
class Variant:
    """One structure: mean over seeds and sets; difference : that a strategy makes, by set"""

    name: str
    consent: float
    insincere: float
    difference: np.ndarray


def structures(
    survivors: Survivors,
    rows: Sequence[int],
    seeds: Sequence[int],
    threads: int | None = None,
    names: Iterable[str] = STRUCTURES,
) -> list[Variant]:
    """Consent after a year by visits alone, and what everything at once adds to it, under some of `STRUCTURES`."""
    found = []
    pair = [ordinary(s, A_YEAR) for s in ("information_only", "full_bundle")]
    usual = plausible_runs(pair, survivors, rows, seeds)
    for name in names:
        runs = [replace(run, scenario=STRUCTURES[name](run.scenario)) for run in usual]
        series = simulate_runs(runs, threads=threads).series
        consent = signed_share(series)[:, -1].reshape(len(rows), 2, len(seeds))
        insincere = series[:, -1, Outcome.INSINCERE_SHARE].reshape(consent.shape)
        difference = (consent[:, 1] - consent[:, 0]).mean(axis=1)
        found.append(Variant(name, float(consent[:, 0].mean()), float(insincere[:, 0].mean()), difference))
    return found


# -- ranking ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ranking:
    """Of one case: how often each lawful strategy is best over the sets, and what choosing it costs on average.

    best, regret : by strategy; regret in the unit of the outcome, against the best of each set
    """

    case: str
    outcome: str
    best: dict[str, float]
    regret: dict[str, float]


def rankings(
    survivors: Survivors,
    rows: Sequence[int],
    seeds: Sequence[int],
    outcomes: Sequence[str] = ("final_valid_consent", "final_support_share"),
    threads: int | None = None,
) -> list[Ranking]:
    """Rank the lawful strategies of equal hours in every case, set by set. Higher outcomes are better."""
    found = []
    for case in list_cases():
        scenarios = [load_case(case).scenario(strategy=name) for name in LAWFUL]
        results = simulate_runs(plausible_runs(scenarios, survivors, rows, seeds), threads=threads)
        columns = summary_columns(results.series, results.households)
        for outcome in outcomes:
            means = columns[outcome].reshape(len(rows), len(LAWFUL), len(seeds)).mean(axis=2)
            first = means.argmax(axis=1)
            best = {name: float((first == i).mean()) for i, name in enumerate(LAWFUL)}
            lost = (means.max(axis=1, keepdims=True) - means).mean(axis=0)
            found.append(Ranking(case, outcome, best, dict(zip(LAWFUL, map(float, lost), strict=True))))
    return found


# -- seeds --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Precision:
    """How sure a difference of two strategies is, by the number of seeds.

    paired, unpaired : standard deviation of one difference on common and on separate draws
    half_widths : of the 95 % interval of the mean paired difference, by number of seeds
    """

    outcome: str
    paired: float
    unpaired: float
    half_widths: dict[int, float]


def precision(
    survivors: Survivors, seeds: Sequence[int], numbers: Sequence[int], threads: int | None = None
) -> list[Precision]:
    """Everything at once against information alone, under the set that is nearest to all others."""
    pair = [ordinary(s, THREE_YEARS) for s in ("information_only", "full_bundle")]
    results = simulate_runs(plausible_runs(pair, survivors, [survivors.medoid], seeds), threads=threads)
    columns = summary_columns(results.series, results.households)
    found = []
    for outcome in ("final_valid_consent", "final_insincere_share", "trust_office_change"):
        before, after = columns[outcome].reshape(2, len(seeds))
        paired = float((after - before).std(ddof=1))
        unpaired = float(np.hypot(after.std(ddof=1), before.std(ddof=1)))
        widths = {n: float(half_width_by_seeds(paired, np.array(n))) for n in numbers}
        found.append(Precision(outcome, paired, unpaired, widths))
    return found
