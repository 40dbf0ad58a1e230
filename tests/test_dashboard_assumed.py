"""What a lever and a figure are said to rest on: it acts, it is all there, and it is told in words."""

import numpy as np
import pytest

from dashboard import game
from dashboard.asking import Request, kept_in
from dashboard.assumed import (
    DECISIONS_REST_ON,
    DISTRICT_RESTS_ON,
    FIGURES_REST_ON,
    LEVERS_REST_ON,
    behind,
    subject,
    unit_of,
)
from dashboard.district_runs import run_office
from dashboard.levers import levers
from dashboard.pages.district import ALLOCATIONS, OWN_LEVERS, Plan
from model.engine import Results, simulate
from model.parameters import declarations
from model.settings import with_settings

#: Where a lever acts plainly; residents who decide have something to resist only under pressure.
STRONG: dict[str, dict[str, float]] = {
    "pub": {"pub": 0.4},
    "hours": {"hours": 0.16},
    "fee": {"fee": 1.2},
    "works": {"works": 800},
    "decide": {"decide": 0.8, "press": 0.5},
    "gate": {},
    "deadline": {"deadline": 52},
}
#: Where a figure differs between runs; at the usual fee, every company that comes leaves again.
DIFFERING: dict[str, dict[str, float]] = {"company": {"fee": 1.0}}
COLUMNS = {
    "headline": "headline_consent_at_gate",
    "valid": "valid_consent_at_gate",
    "insincere": "insincere_share_at_gate",
    "passes": "gate_week",
    "payment": "payment_18_months",
    "company": "company_present_end",
    "hours": "office_hours_total",
    "yuan": "office_yuan_total",
}


def at_both_ends(request: Request, name: str) -> list[Results]:
    ends = declarations()[name].plausible
    seeds = range(1, 13)
    return [simulate(request.with_parameters({name: end}).scenario(), seeds) for end in ends]


def test_every_lever_and_every_figure_rests_on_something():
    assert set(LEVERS_REST_ON) == set(levers()) and set(FIGURES_REST_ON) == set(COLUMNS)


@pytest.mark.parametrize(("lever", "name"), [(k, n) for k, names in LEVERS_REST_ON.items() for n in names])
def test_what_a_lever_rests_on_acts_where_the_lever_does(lever, name):
    moves = STRONG.get(lever, {lever: 0.8})
    low, high = at_both_ends(Request("danwei_courtyard", "visible_example").with_levers(moves), name)
    assert not np.array_equal(low.series, high.series, equal_nan=True)


@pytest.mark.parametrize(("figure", "name"), [(k, n) for k, names in FIGURES_REST_ON.items() for n in names])
def test_what_a_figure_rests_on_moves_the_figure(figure, name):
    asked = Request("jinjiang", "pressure").with_levers(DIFFERING.get(figure, {}))
    low, high = (r.summary()[COLUMNS[figure]] for r in at_both_ends(asked, name))
    assert not np.array_equal(low, high, equal_nan=True)


def test_every_decision_of_the_game_and_every_lever_of_a_district_is_there():
    assert set(DECISIONS_REST_ON) == set(game.DECISIONS)
    assert set(DISTRICT_RESTS_ON) == {key for key, *_ in OWN_LEVERS}


@pytest.mark.parametrize(("decision", "name"), [(k, n) for k, ns in DECISIONS_REST_ON.items() for n in ns])
def test_what_a_decision_rests_on_acts_in_the_game(decision, name, monkeypatch):
    turn = game.Turn(**{"consult": 0.5, decision: 1.0})
    office = game.office_of("danwei_courtyard", turn.example)

    def played(end):
        monkeypatch.setattr(game, "office_of", lambda *_: with_settings(office, {name: end}))
        return game.replay("any", [turn] * game.QUARTERS, range(1, 9))[0]

    low, high = (played(end) for end in declarations()[name].plausible)
    assert not np.array_equal(low, high, equal_nan=True)


@pytest.mark.parametrize("name", DISTRICT_RESTS_ON["bundle"])
def test_what_bundling_rests_on_moves_a_district(name):
    plan = Plan()
    low, high = (
        run_office(with_settings(plan.scenario(), {name: end}), plan.district(), 1)
        for end in declarations()[name].plausible
    )
    assert not low.weekly.equals(high.weekly)


@pytest.mark.parametrize(
    "moved",
    [{"dhours": 0.05}, {"batches": 1.0}, {"interval": 4.0}, {"bundle": 1.0}]
    + [{"allocation": name} for name in ALLOCATIONS[1:]],
)
def test_every_lever_of_a_district_changes_what_comes(moved):
    usual, other = (run_office(plan.scenario(), plan.district(), 1) for plan in (Plan(), Plan(**moved)))
    assert not usual.weekly.equals(other.weekly)


def test_assumptions_are_told_with_value_range_and_grade_and_a_changed_one_as_changed():
    request = Request("jinjiang", "pressure").with_parameters({"pressure_threshold": 0.2})
    said = behind(request, "lever.press", "en")
    assert "Pressure above which reactance builds: 0.2 (plausible 0.05 to 0.3; C, judgement)" in said
    assert all("（合理范围" in line for line in behind(request, "lever.press", "zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_parameter_has_its_unit_in_words(lang):
    units = {name: unit_of(name, lang) for name in declarations()}
    assert units["visit_fatigue"] == {"zh": "每次走访", "en": "per visit"}[lang]
    assert units["taste_sd"] == ""


def test_an_address_asks_only_for_what_there_is():
    assert subject(kept_in("about=figure.payment")["about"], "en").parameters == FIGURES_REST_ON["payment"]
    assert subject("figure.nonsense", "en") is None and subject("press", "en") is None
