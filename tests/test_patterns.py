"""Patterns over plausible sets, and what results hang on: verdicts by hand, and one small run through everything."""

import numpy as np
import pytest

from model.measures import Outcome
from scenarios import patterns as patterns_module
from scenarios import probing
from scenarios.calibration.experiments import LAWFUL
from scenarios.consequences import outcomes_of_strategies
from scenarios.patterns import Pattern, Seen, patterns, scenarios_of_patterns, see
from scenarios.plausible import Survivors
from scenarios.probing import (
    PROBED,
    STRUCTURES,
    precision,
    probe,
    rankings,
    screen,
    share_out,
    structures,
)

NAN = np.nan


def some_survivors(n=2):
    names = ("support_rate", "visit_gain")
    values = np.column_stack([np.linspace(0.05, 0.2, n), np.full(n, 0.1)])
    return Survivors(names, values, ("a",), np.zeros((n, 1)), {"informed": ["support_rate"]})


def series_of(weeks=4, sets=2, seeds=2, **outcomes):
    found = np.zeros((sets, seeds, weeks, len(Outcome)), np.float32)
    for name, values in outcomes.items():
        found[..., Outcome[name]] = values
    return found


@pytest.mark.parametrize(
    ("shows", "verdict"),
    [
        ([1] * 9 + [0], "holds"),
        ([1] * 8 + [0] * 2, "undetermined"),
        ([1] + [0] * 9, "does not hold"),
        ([1, NAN, NAN], "holds"),
        ([NAN, NAN], "cannot be said"),
    ],
)
def test_a_pattern_holds_in_nine_sets_of_ten_and_fails_in_at_most_one(shows, verdict):
    assert Pattern("P", "", np.array(shows, float), "").verdict == verdict


def test_what_was_seen_is_read_set_by_set():
    stage = np.zeros((2, 2, 4))
    stage[0, 0, 2:] = 3  # works from week 2 on
    seen = Seen(
        series_of(STAGE=stage, SUPPORT_SHARE=np.arange(4) / 10, HEADLINE_CONSENT=[[[0.5]], [[1.0]]]), 10
    )
    assert seen.of("final_headline_consent") == pytest.approx([0.5, 1.0])
    assert seen.at(Outcome.SUPPORT_SHARE, 1) == pytest.approx([0.1, 0.1])
    assert seen.at_gate(Outcome.SUPPORT_SHARE) == pytest.approx([0.2, NAN], nan_ok=True)
    assert seen.late("gate_week").tolist() == [2.0, np.inf]


def test_every_pattern_is_asked_of_every_set(monkeypatch):
    scenarios = {
        name: of.model_copy(update={"horizon_weeks": min(of.horizon_weeks, 60)})
        for name, of in scenarios_of_patterns().items()
    }
    found = patterns(see(scenarios, some_survivors(), [0, 1], [1, 2]))
    assert [p.id for p in found] == [
        *("P1", "P2", "P5", "P6", "P7a", "P7b", "P8", "P11", "P12", "P13", "P14", "P16")
    ]
    for pattern in found:
        assert pattern.shows.shape == (2,) and pattern.found and pattern.expected
        assert set(pattern.shows[~np.isnan(pattern.shows)]) <= {0.0, 1.0}
    assert set(patterns_module.STRATEGIES) <= set(scenarios)


# -- what results hang on -----------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    """A few coefficients and weeks."""
    monkeypatch.setattr(probing, "A_YEAR", 9)
    monkeypatch.setattr(probing, "THREE_YEARS", 60)
    some = {"taste_mean": (0.31, 0.93), "pay_base": (0.5, 3.0), "naming_pays": (0.0, 0.5)}
    monkeypatch.setattr(probing, "plausible_space", lambda: type("Space", (), {"ranges": some})())
    ordinary = probing.ordinary
    monkeypatch.setattr(probing, "ordinary", lambda name, weeks: ordinary(name, min(weeks, 20)))
    return some


def test_a_screening_finds_what_acts_and_what_does_not(quick):
    effects = screen(2, [1, 2])
    assert set(effects) == set(PROBED)
    by_name = {name: table.set_index("parameter")["mu_star"] for name, table in effects.items()}
    assert by_name["payment"]["pay_base"] > 0.1 > by_name["payment"]["naming_pays"] == 0.0
    assert by_name["consent"]["taste_mean"] > 0.0 == by_name["consent"]["pay_base"]
    shares = share_out(["taste_mean", "pay_base"], 8, [1])
    assert shares["payment"].set_index("parameter")["total"]["pay_base"] > 0.5


def test_what_is_probed_does_not_depend_on_the_other_sets(quick):
    sets = [probing.Parameters(), probing.Parameters(pay_base=3.0)]
    together, alone = probe(sets, [1, 2]), probe(sets[1:], [1, 2])
    for name in PROBED:
        assert together[name][1] == alone[name][0]


def test_structures_rankings_and_precision_have_a_number_for_everything(quick, monkeypatch):
    survivors = some_survivors()
    found = structures(survivors, [0, 1], [1])
    assert [v.name for v in found] == list(STRUCTURES)
    assert all(0.0 <= v.consent <= 1.0 and v.difference.shape == (2,) for v in found)
    monkeypatch.setattr(probing, "list_cases", lambda: ["kaifeng"])
    ranked = rankings(survivors, [0, 1], [1])
    assert [r.case for r in ranked] == ["kaifeng", "kaifeng"]
    for ranking in ranked:
        assert sum(ranking.best.values()) == pytest.approx(1.0) and list(ranking.best) == list(LAWFUL)
        assert min(ranking.regret.values()) >= 0.0
    for p in precision(survivors, range(1, 5), (5, 10)):
        # Student's t of 4 and 9 degrees of freedom, from a printed table: few seeds say little of their spread.
        assert p.half_widths == pytest.approx(
            {5: 2.776 * p.paired / 5**0.5, 10: 2.262 * p.paired / 10**0.5}, rel=1e-3
        )


def test_outcomes_of_strategies_stand_by_set_compound_and_strategy(monkeypatch):
    monkeypatch.setattr("scenarios.consequences.YEAR", 6)
    found = outcomes_of_strategies(some_survivors(), [0, 1], [1, 2, 3])
    assert {values.shape for values in found.values()} == {(2, 3, len(LAWFUL))}
    assert (found["weeks to 80 %"] <= 18).all() and np.isfinite(list(found.values())).all()
