"""What one run tells of every household: the reason why it has not signed is read from the rules."""

import numpy as np
import pytest

from agents.categories import Reason
from agents.rules import resident
from agents.rules.resident import Term
from compiling.exact import tanh
from dashboard.asking import Request
from dashboard.trajectory import Plane, follow
from model.engine import Run, build_world
from model.parameters import Parameters
from model.specification import Compound, Scenario
from model.week import opinion, reasons
from model.week.opinion import utility_of
from model.week.reasons import terms_of
from model.week.schedule import advance

SMALL = Scenario(
    compound=Compound(households=60, buildings=2, stairwells_per_building=1),
    parameters=Parameters.declared(),
    horizon_weeks=8,
)


def reasons_of(scenario: Scenario) -> np.ndarray:
    return follow(scenario, 3)[0].unpacked()[Plane.REASON]


@pytest.fixture
def rules_in_python(monkeypatch):
    """Terms are computed by the rules as Python runs them, in double precision, so that a changed rule is one."""
    weigh, find_reasons = reasons.weigh.__wrapped__, reasons.find_reasons.__wrapped__

    def explain_in_python(w, c):
        records = {
            name: getattr(w, name).view(np.recarray) for name in ("compounds", "parameters", "settings")
        }
        in_python = w._replace(reals=w.reals.astype(float), **records)
        weigh(in_python, c)
        find_reasons(in_python, c)

    monkeypatch.setattr(reasons, "explain", explain_in_python)
    monkeypatch.setattr(reasons, "stands", opinion.stands.__wrapped__)


@pytest.mark.parametrize("week", [1, 150], ids=["a promise", "it stands"])
def test_the_terms_add_up_to_the_utility(week):
    world = build_world([Run(Request(case="danwei_courtyard", strategy="information_only").scenario(), 4)])
    advance(world, 0, 1, 0, week)
    assert opinion.stands(world.compounds[0]) == (week > 1)
    terms = terms_of(world, 0).copy()
    for i, (base, taste, benefit, fit, *pains) in enumerate(terms[: Term.DOUBT].T):
        cost, structure, interior, nuisance, pledge, lift = pains
        total = base + (taste + benefit + fit) + (cost + structure + interior + nuisance + pledge + lift)
        assert tanh(total) == utility_of(world, 0, i)
    assert (terms[Term.COST : Term.LIFT] <= 0.0).all() and (terms[Term.LIFT] == 0.0).all(), "no lift on offer"
    assert (terms[[Term.DOUBT, Term.REACTANCE, Term.RESENTMENT, Term.ABSENCE]] <= 0.0).all()


def test_reasons_come_from_the_terms_whoever_computes_them(rules_in_python, monkeypatch):
    by_rules = reasons_of(SMALL)
    monkeypatch.undo()
    assert np.array_equal(by_rules, reasons_of(SMALL))


def test_a_changed_rule_changes_the_reason_that_is_shown(rules_in_python, monkeypatch):
    before = reasons_of(SMALL)
    assert (before == Reason.STRUCTURE).any()
    monkeypatch.setattr(resident, "structure_loss", lambda *_: 0.0)
    after = reasons_of(SMALL)
    assert not (after == Reason.STRUCTURE).any()
    weighed = before >= Reason.STRUCTURE
    assert np.array_equal(weighed, after >= Reason.STRUCTURE), "who signed, waits or was not asked stays"
    assert not (after == Reason.NUISANCE).any()
    monkeypatch.setattr(resident, "felt_nuisance", lambda nuisance, elder, p: 100.0 * elder)
    assert (reasons_of(SMALL) == Reason.NUISANCE).any()


def test_a_changed_coefficient_changes_the_reason_that_is_shown():
    light = SMALL.model_copy(update={"parameters": Parameters(structure_weight=0.0)})
    assert not (reasons_of(light) == Reason.STRUCTURE).any()
