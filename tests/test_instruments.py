"""Every instrument does what it is said to do: on paired draws, in the direction stated, and nothing when it is off.

Each test runs 200 seeds twice, without and with the instrument at full intensity, and compares the pairs. The
chance that an instrument without effect passes is below 1 in 10,000: the mean difference must be more than four
standard errors from zero.
"""

import numpy as np
import pytest

from model.district_plan import district_runs
from model.engine import Results, simulate, simulate_runs
from model.instruments import INSTRUMENTS, Effect, Instrument
from model.measures import SUMMARY, Outcome
from model.settings import with_settings
from model.specification import Compound, District, Office, Scenario, Strategy, Use

SEEDS = range(200)
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
        horizon_weeks=weeks,
    )
    return with_settings(base, effect.settings)


def pair(instrument: Instrument, intensity: float, seeds: range) -> tuple[Results, Results]:
    effect, name = INSTRUMENTS[instrument].effect, instrument.name.lower()
    without = scenario(effect, use({**effect.beside, name: 0.0}))
    turned_on = scenario(effect, use({**effect.beside, name: intensity}))
    if effect.of:
        return tuple(in_district(one, seeds) for one in (without, turned_on))  # type: ignore[return-value]
    return simulate(without, seeds), simulate(turned_on, seeds)


#: Half of its compounds have no common income to speak of.
STREET = District(compounds=6, buildings=12, households=300, batches=1, bundle_compounds=6, common_income_log_sd=1.5)


def in_district(of: Scenario, seeds: range) -> Results:
    runs = [run for seed in seeds for run in district_runs(of, STREET, seed)]
    return simulate_runs(runs)


def measured(results: Results, effect: Effect) -> np.ndarray:
    if effect.outcome in SUMMARY:
        return results.summary()[effect.outcome].to_numpy()
    return results.series[:, effect.week, Outcome[effect.outcome.upper()]].astype(float)


@pytest.mark.parametrize("instrument", [i for i in Instrument if not INSTRUMENTS[i].effect.of], ids=lambda i: i.name.lower())
def test_turning_an_instrument_on_changes_what_it_claims_to_change(instrument: Instrument) -> None:
    effect = INSTRUMENTS[instrument].effect
    without, turned_on = pair(instrument, 1.0, SEEDS)
    difference = measured(turned_on, effect) - measured(without, effect)
    assert np.isfinite(difference).all()
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    score = difference.mean() / error if error > 0 else np.inf * np.sign(difference.mean())
    assert (score if effect.rises else -score) > STANDARD_ERRORS, (difference.mean(), error)


@pytest.mark.parametrize("instrument", list(Instrument), ids=lambda i: i.name.lower())
def test_an_instrument_at_zero_changes_nothing_on_the_background_of_its_effect(instrument: Instrument) -> None:
    effect, name = INSTRUMENTS[instrument].effect, instrument.name.lower()
    beside = {k: v for k, v in effect.beside.items() if k != name}
    without, zero = simulate([scenario(effect, use(beside)), scenario(effect, use({**beside, name: 0.0}))], range(5)).series.reshape(
        2, 5, -1
    )
    assert np.array_equal(without, zero)


def test_bundling_keeps_the_company_in_poor_compounds() -> None:
    assert INSTRUMENTS[Instrument.BUNDLING].effect.of
