"""Own instruments and outcomes in districts and collections: as in one compound, out of the hours of one office."""

import numpy as np
import pytest

from agents.categories import Allocation
from model.community import CommunityModel
from model.district_plan import district_runs
from model.engine import DistrictOffice, Run, simulate_runs
from model.measures import Outcome
from model.own import OwnInstrument, OwnOutcome
from model.own_batch import simulate_own
from model.specification import Compound, District, Scenario, Strategy, Use

WEEKS = 30


def warm(model, intensity):
    comes = model.draws("tea") < intensity * (0.2 + 0.3 * model.column("elder"))
    trust = model.column("trust_office")
    trust[comes] += 0.1 * (1.0 - trust[comes])


def doubt(model):
    return float(np.mean(np.abs(model.column("support")) < 0.1))


TEA = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=1.0, yuan=0.01)
CUPS = OwnInstrument("cups", zh="茶杯", en="Cups", effect=warm, hours=0.5)
DOUBT = OwnOutcome("doubt", zh="犹豫", en="In doubt", measure=doubt, unit="share")


def scenario(*uses, households=60, budget=None, **settings):
    own = {use.name: use.entry() for use in uses}
    instruments = {"home_visits": Use(intensity=1.0), "grid": Use(intensity=0.5)}
    found = Scenario(
        compound=Compound(households=households, buildings=3, stairwells_per_building=2),
        strategy=Strategy(id="mine", instruments=instruments, own=own),
        horizon_weeks=WEEKS,
    )
    office = found.office.model_copy(update={} if budget is None else {"hours_budget_per_household": budget})
    programme = found.programme.model_copy(update={"mobilisation_yuan_per_household": 10.0})
    return found.model_copy(update={"office": office, "programme": programme, **settings})


BOTH = (TEA.use(0.8, start_week=3), CUPS.use(1.0))


@pytest.mark.parametrize("budget", [None, 0.4])
def test_a_district_of_one_compound_equals_the_compound_by_itself(budget):
    small = scenario(*BOTH, budget=budget)
    n, own = small.compound.households, small.effective_office()
    office = DistrictOffice(own.hours_per_household_week * n, own.hours_budget_per_household * n)
    found = simulate_own([Run(small, 7, office=office)], [TEA, CUPS], [DOUBT])
    model = CommunityModel(small, rng=7, own=[TEA, CUPS], outcomes=[DOUBT])
    model.run()
    np.testing.assert_array_equal(found.series, model.world.series)
    np.testing.assert_array_equal(found.own["doubt"], [model.own_measured["doubt"]])
    assert {name: found.rests[name][0] for name in found.rests} == {
        name: records[0] for name, records in model.rests.items()
    }
    assert bool(found.rests["cups"]["without_hours"][0]) is (budget is not None)


def a_district(*uses, allocation="by_households", compounds=6, seed=5, **more):
    district = District(
        compounds=compounds, buildings=2 * compounds, households=50 * compounds, allocation=allocation,
        batches=2, batch_interval_weeks=8, bundle_compounds=2, hours_per_household_week=0.04,
    )  # fmt: skip
    return district_runs(scenario(*uses, **more), district, seed)


@pytest.mark.parametrize("allocation", [one.name.lower() for one in Allocation])
@pytest.mark.parametrize("budget", [None, 0.4])
def test_own_instruments_work_out_of_the_hours_of_the_one_office(allocation, budget):
    runs = a_district(*BOTH, allocation=allocation, budget=budget)
    found = simulate_own(runs, [TEA, CUPS])
    office, effort = runs[0].office, runs[0].scenario.parameters.staff_effort
    spent = found.series[:, :, Outcome.OFFICE_HOURS].astype(float).sum(axis=0)
    assert np.diff(spent, prepend=0.0).max() <= office.hours_per_week * effort * (1 + 1e-6)
    assert spent[-1] <= office.hours_budget * effort * (1 + 1e-6)
    acted = found.rests["tea_rounds"]["weeks"] - found.rests["tea_rounds"]["without_hours"]
    assert acted.sum() > 0
    own_hours = (
        0.8 * acted.sum() + 0.5 * (found.rests["cups"]["weeks"] - found.rests["cups"]["without_hours"]).sum()
    )
    assert own_hours <= spent[-1] + 1e-3
    if budget is not None:
        assert found.rests["cups"]["without_hours"].sum() > 0


def test_without_own_instruments_in_use_a_district_is_to_the_bit_what_the_engine_makes_of_it():
    for allocation in Allocation:
        runs = a_district(allocation=allocation.name.lower())
        usual, own = simulate_runs(runs, threads=1), simulate_own(runs, [TEA, CUPS], [DOUBT])
        np.testing.assert_array_equal(own.series, usual.series)
        for name, records in usual.rests.items():
            np.testing.assert_array_equal(own.rests[name], records)
        assert own.rests["tea_rounds"]["weeks"].sum() == 0


def test_the_same_seed_gives_the_same_and_districts_do_not_touch_one_another():
    first, second = a_district(*BOTH), a_district(*BOTH, seed=6)
    together = simulate_own([*first, *second], [TEA, CUPS], [DOUBT])
    again = [simulate_own(runs, [TEA, CUPS], [DOUBT]) for runs in (first, second)]
    np.testing.assert_array_equal(together.series, np.concatenate([one.series for one in again]))
    np.testing.assert_array_equal(together.own["doubt"], np.concatenate([one.own["doubt"] for one in again]))


def test_an_effect_acts_in_its_own_compound_and_begins_with_the_batch():
    asked = []

    def note(model, intensity):
        asked.append((model.compound.number, model.week, intensity))
        model.column("trust_office")[:] = 1.0 if model.compound.number == 4 else model.column("trust_office")

    noting = OwnInstrument("noting", zh="记", en="Noting", effect=note)
    level = OwnOutcome(
        "level", zh="信任", en="Trust", measure=lambda m: float(m.column("trust_office").mean())
    )
    runs = a_district(noting.use(0.5))
    found = simulate_own(runs, [noting], [level])
    first = {number: min(week for n, week, _ in asked if n == number) for number, *_ in asked}
    assert first == {run.number: run.start_week for run in runs} and set(first.values()) == {0, 8}
    assert found.own["level"][4, 8] > 0.95 and found.own["level"][3].max() < 0.95


def test_a_compound_of_a_district_says_what_it_does_not_have():
    asking = OwnInstrument("asking", zh="问", en="Asking", effect=lambda model, _: model.residents[0])
    with pytest.raises(AttributeError, match="a compound of a district has no 'residents', nor any agents"):
        simulate_own(a_district(asking.use(1.0)), [asking])
