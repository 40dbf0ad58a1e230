"""Nobody billed is no value; billed and nobody paid is zero: from the engines to what a reader takes away."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from commands.results import weekly_table
from dashboard.class_views import figures_of, shown_share
from dashboard.game import WATCHED, Played
from dashboard.views import curve, say
from model.community import CommunityModel
from model.engine import Results, simulate
from model.measures import Outcome
from model.specification import Compound, Management, Scenario
from scenarios.catalogue import number
from scenarios.figures.over_time import payment_over_time
from scenarios.report import DRAWN
from scenarios.sweep.chunk import Simulated, weekly_rows

RATES = ("payment_rate", "payment_rate_area", "payment_rate_money", "payment_trailing_year")
WEEKS = 12
#: Everyone goes without paying whatever happens, and the company stays.
NOBODY_PAYS = {
    "pay_base": 0.0, "pay_quality": 0.0, "pay_trust": 0.0, "pay_habit": 0.0, "pay_fee": 0.0, "pay_engagement": 0.0,
    "pay_belief": 0.0, "pay_absent": 0.0, "pay_free_rider": 20.0, "deficit_limit": 20.0, "company_exit": 0.0,
    "compound_free_riders_sd": 0.0, "compound_payment_sd": 0.0, "cooperation_drift": 0.0,
}  # fmt: skip
SMALL = Compound(
    households=40, buildings=2, stairwells_per_building=2, structure=0.0, free_rider=1.0, unconditional=0.0
)


def run(before: str, engine: str = "compiled") -> CommunityModel:
    model = CommunityModel(
        Scenario(compound=SMALL, management=Management(before=before, payment_before=0.0)),
        rng=3,
        engine=engine,
        horizon_weeks=WEEKS,
        **NOBODY_PAYS,
    )
    model.run()
    return model


def rates_of(model: CommunityModel) -> np.ndarray:
    return model.world.series[0][:, [Outcome[name.upper()] for name in RATES]]


@pytest.fixture(scope="module")
def both() -> Results:
    """A compound in which nobody bills, and one that bills and is paid by nobody."""
    scenarios = [run(before).scenario for before in ("none", "weak_company")]
    return simulate(scenarios, [3])


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_nobody_billed_is_no_value_and_nobody_paid_is_zero_in_both_engines(engine: str) -> None:
    nobody_bills, nobody_pays = run("none", engine), run("weak_company", engine)
    assert np.isnan(rates_of(nobody_bills)).all()
    assert nobody_pays.compound.billed_now > 0
    first = nobody_pays.scenario.billing_interval_weeks - 1
    assert np.isnan(rates_of(nobody_pays)[:first]).all()
    assert (rates_of(nobody_pays)[first:] == 0.0).all()


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_a_share_of_nothing_has_no_value(engine: str) -> None:
    model = run("none", engine)
    assert np.isnan(model.outcome("structures_left"))
    assert np.isnan(model.world.series[0, 0, Outcome.SUGGESTIONS_ADOPTED])


def test_the_summary_tells_nobody_billed_from_nobody_paid(both: Results) -> None:
    np.testing.assert_array_equal(both.summary()["payment_before"], [np.nan, 0.0])


def test_tables_are_empty_where_nobody_is_billed(both: Results) -> None:
    lines = weekly_table(both).to_csv(index=False)
    table = pd.read_csv(io.StringIO(lines), keep_default_na=False, dtype=str)
    assert set(table["payment_rate"][:WEEKS]) == {""}
    assert table["payment_rate"].iloc[-1] == "0.0"
    rows = weekly_rows(Simulated(both.series), ["a", "b"], ["payment_rate", "headline_consent"])
    assert rows["payment_rate"].null_count == WEEKS + 3 and rows["headline_consent"].null_count == 0


def test_charts_have_a_gap_where_nobody_is_billed(both: Results) -> None:
    rates = both.series[:, :, Outcome.PAYMENT_RATE]
    drawn = curve("payment", rates, ("#000", "#fff"), band=False)
    assert drawn["q"][2] == [None] * 3 + [0.0] * (WEEKS - 3), "the run without bills pulls the other nowhere"
    assert "NaN" not in json.dumps(drawn)
    figure = payment_over_time(both.tidy(DRAWN), lang="en")
    (line,) = (line for line in figure.axes[0].lines if len(line.get_xdata()) == WEEKS)
    np.testing.assert_array_equal(line.get_ydata(), [np.nan] * 3 + [0.0] * (WEEKS - 3))


def test_a_class_sees_not_billed_and_zero_as_two_things(both: Results) -> None:
    unbilled, unpaid = (figures_of(Played(series, 40, 1.0, 1.0, 1.0, 1.0)) for series in both.series)
    assert set(WATCHED) - set(unbilled) == {"payment"} and set(WATCHED) <= set(unpaid)
    json.dumps(unbilled, allow_nan=False)
    assert shown_share("payment", unbilled, "en") == say("unbilled", "en")
    assert shown_share("payment", unpaid, "en") == number(0.0, "share", "en")
