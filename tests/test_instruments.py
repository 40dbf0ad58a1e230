"""Every instrument does what it is said to do: on paired draws, in the direction stated.

Each test runs 400 seeds twice, without and with the instrument at full intensity, and compares the pairs. The
chance that an instrument without effect passes is below 1 in 10,000: the mean difference must be more than four
standard errors from zero.
"""

import numpy as np
import pytest

from model.district_plan import district_runs
from model.engine import Results, Run, simulate, simulate_runs
from model.instruments import INSTRUMENTS, Effect, Instrument
from model.measures import SUMMARY, Outcome
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Compound, District, Office, Scenario, Strategy, Use

SEEDS = range(400)
STANDARD_ERRORS = 4.0
COURTYARD = Compound(households=80, buildings=2, stairwells_per_building=3, party=0.3, structure=0.25)
HORIZON = 130


def use(intensities: dict[str, float]) -> dict[str, Use]:
    return {name: Use(intensity=value) for name, value in intensities.items()}


def scenario(effect: Effect, uses: dict[str, Use]) -> Scenario:
    weeks = effect.week + 1 if effect.week >= 0 else HORIZON
    base = Scenario(
        compound=COURTYARD,
        strategy=Strategy(id="test", instruments=uses),
        office=Office(hours_per_household_week=0.15),
        # There must be bills: no compound refuses whatever is done, and no company leaves.
        parameters=Parameters(company_exit=0.0, deficit_limit=20.0, compound_support_sd=0.0),
        horizon_weeks=weeks,
    )
    return with_settings(base, effect.settings)


def pair(instrument: Instrument, intensity: float, seeds: range) -> tuple[Results, Results]:
    effect, name = INSTRUMENTS[instrument].effect, instrument.name.lower()
    without = scenario(effect, use({**effect.beside, name: 0.0}))
    turned_on = scenario(effect, use({**effect.beside, name: intensity}))
    return simulate(without, seeds), simulate(turned_on, seeds)


#: Eight compounds that differ much in common income, under a fee that covers cost only where that is high.
STREET = District(
    compounds=8,
    buildings=16,
    households=640,
    batches=1,
    bundle_compounds=4,
    common_income_log_sd=1.2,
    hours_per_household_week=0.08,
)
EASY = {"consent_gate": 0.4, "willingness_gate": 0.2, "works_weeks": 8, "fee": 0.42, "horizon_weeks": 208}


def street(intensity: float, seed: int) -> list[Run]:
    plan = Strategy(id="test", instruments=use({"home_visits": 1.0, "bundling": intensity}))
    alone = Scenario(strategy=plan, parameters=Parameters.declared())
    return district_runs(with_settings(alone, EASY), STREET, seed)


def measured(results: Results, effect: Effect) -> np.ndarray:
    if effect.outcome in SUMMARY:
        return results.summary()[effect.outcome].to_numpy()
    return results.series[:, effect.week, Outcome[effect.outcome.upper()]].astype(float)


@pytest.mark.parametrize(
    "instrument", [i for i in Instrument if not INSTRUMENTS[i].effect.of], ids=lambda i: i.name.lower()
)
def test_turning_an_instrument_on_changes_what_it_claims_to_change(instrument: Instrument) -> None:
    effect = INSTRUMENTS[instrument].effect
    without, turned_on = pair(instrument, 1.0, SEEDS)
    difference = measured(turned_on, effect) - measured(without, effect)
    known = np.isfinite(difference)
    assert known.all() or (effect.outcome == "payment_trailing_year" and known.mean() > 0.9), known.mean()
    difference = difference[known]
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    score = difference.mean() / error if error > 0 else np.inf * np.sign(difference.mean())
    assert (score if effect.rises else -score) > STANDARD_ERRORS, (difference.mean(), error)


STREET_SEEDS = range(200)


def test_bundling_keeps_companies_in_poor_compounds_and_lowers_quality_in_rich_ones_when_the_pool_is_short() -> (
    None
):
    present, quality = [], []
    for intensity in (0.0, 1.0):
        runs = [run for seed in STREET_SEEDS for run in street(intensity, seed)]
        last = simulate_runs(runs).series[:, -1]
        shape = (len(STREET_SEEDS), STREET.compounds)
        income = np.array([run.scenario.management.common_income for run in runs]).reshape(shape)
        rich = income >= np.sort(income, axis=1)[:, 4:5]
        by_street = (len(STREET_SEEDS), -1)
        present.append(last[:, Outcome.COMPANY_PRESENT].reshape(shape)[~rich].reshape(by_street).mean(axis=1))
        quality.append(last[:, Outcome.QUALITY].reshape(shape)[rich].reshape(by_street).mean(axis=1))
    for change in (present[1] - present[0], quality[0] - quality[1]):
        assert change.mean() > STANDARD_ERRORS * change.std(ddof=1) / np.sqrt(len(STREET_SEEDS))
