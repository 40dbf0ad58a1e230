"""Known results of the literature, which must come out when everything else is switched off."""

import networkx as nx
import numpy as np
import pytest

from model.engine import Run, build_world, simulate
from model.measures import Outcome
from model.parameters import Parameters
from model.specification import Compound, Management, Scenario
from model.week.opinion import influence, utility_of, voice
from model.week.schedule import advance
from model.week.signing import sign_and_withdraw
from model.world.network import to_networkx
from model.world.state import Flag, Real

AVERAGING_ONLY = {
    "stubbornness_effect": 0.0,
    "confidence_bound": 2.0,
    "stairwell_influence": 0.0,
    "building_influence": 0.0,
    "wechat_influence": 0.0,
    "activity_influence": 0.0,
    "branch_influence": 0.0,
    "fairness_weight": 0.0,
    "reactance_weight": 0.0,
}


def world_of(compound=None, **parameters):
    """A compound in which people say what they think."""
    scenario = Scenario(
        compound=compound or Compound(),
        parameters=Parameters.declared().model_copy(update={**AVERAGING_ONLY, **parameters}),
    )
    world = build_world([Run(scenario, 5)])
    world.reals[Real.CONFORMITY] = 0.0
    world.reals[Real.VOICED] = world.reals[Real.SUPPORT]
    return world


def iterate(world, times):
    for week in range(times):
        influence(world, 0, week)
        voice(world, 0, week)
    return world.reals[Real.SUPPORT].astype(float)


def test_averaging_alone_reaches_the_degroot_consensus():
    """The limit is the mean of first opinions weighted by degree, the stationary weights of the tie matrix."""
    world = world_of(social_weight=1.0, support_rate=0.5)
    graph = to_networkx(world, 0)
    assert nx.is_connected(graph)
    degree = np.array([graph.degree(i) for i in range(180)])
    first = world.reals[Real.SUPPORT].astype(float)
    limit = (degree * first).sum() / degree.sum()
    assert np.allclose(iterate(world, 2000), limit, atol=2e-5)


def test_with_anchors_support_reaches_the_friedkin_johnsen_fixed_point():
    """x = ω W x + (1 − ω) U, solved directly."""
    omega = 0.7
    world = world_of(social_weight=omega, support_rate=0.5)
    adjacency = nx.to_numpy_array(to_networkx(world, 0), nodelist=range(180))
    rows = adjacency / adjacency.sum(axis=1, keepdims=True)
    utility = np.array([utility_of(world, 0, i) for i in range(180)])
    fixed_point = np.linalg.solve(np.eye(180) - omega * rows, (1 - omega) * utility)
    assert np.allclose(iterate(world, 400), fixed_point, atol=2e-5)


@pytest.mark.parametrize("bound", [0.15, 0.3, 0.6])
def test_bounded_confidence_ends_in_hegselmann_krause_clusters(bound):
    """Everyone tied to everyone: opinions end in clusters further apart than the bound, fewer for wider bounds."""
    hall = Compound(households=100, buildings=1, stairwells_per_building=1, stairwell_tie=1.0)
    world = world_of(hall, social_weight=1.0, support_rate=0.5, confidence_bound=bound)
    world.reals[Real.SUPPORT] = np.linspace(-1, 1, 100)
    world.reals[Real.VOICED] = world.reals[Real.SUPPORT]
    end = np.sort(iterate(world, 500))
    gaps = np.diff(end)
    jumps = gaps[gaps > 1e-3]
    assert (jumps > bound).all()
    assert len(jumps) + 1 <= 1 / bound + 1
    if bound == 0.15:
        assert len(jumps) >= 2


def test_a_wide_bound_ends_in_one_cluster():
    hall = Compound(households=100, buildings=1, stairwells_per_building=1, stairwell_tie=1.0)
    world = world_of(hall, social_weight=1.0, support_rate=0.5, confidence_bound=1.2)
    assert np.ptp(iterate(world, 500)) < 1e-3


def test_isolated_residents_never_move_by_influence():
    alone = Compound(stairwell_tie=0.0, building_ties=0.0, compound_ties=0.0)
    world = world_of(alone, social_weight=1.0, support_rate=0.5)
    first = world.reals[Real.SUPPORT].copy()
    assert np.array_equal(iterate(world, 50), first.astype(float))


def cascade(thresholds):
    """Everyone asked every week signs when the share signed in the hall reaches its threshold."""
    hall = Compound(households=100, buildings=1, stairwells_per_building=1, stairwell_tie=1.0)
    world = world_of(
        hall, sign_social_reference=0.0, sign_threshold=0.0, stairwell_weight=1.0, sign_social=1.0
    )
    world.parameters["sign_steepness"] = 1e7
    world.parameters["withdraw_hazard"] = 0.0
    world.reals[Real.CONFORMITY] = 1.0
    world.reals[Real.SUPPORT] = 0.005 - np.asarray(thresholds)
    for week in range(100):
        world.flags[Flag.ASKED] = 1
        sign_and_withdraw(world, 0, week)
    return int(world.flags[Flag.SIGNED].sum())


def test_thresholds_alone_reproduce_granovetters_cascade():
    """Thresholds 0, 1, …, 99 of 100: everyone signs. Change one threshold from 1 to 2, and one signs."""
    uniform = np.arange(100) / 100
    changed = uniform.copy()
    changed[1] = 0.02
    assert cascade(uniform) == 100
    assert cascade(changed) == 1


PAYMENT_BY_TYPE_ONLY = {
    "pay_base": 0.0, "pay_quality": 0.0, "pay_trust": 0.0, "pay_habit": 0.0, "pay_fee": 0.0, "pay_absent": 0.0,
    "pay_engagement": 0.0, "pay_belief": 3.0, "pay_free_rider": 12.0, "pay_unconditional": 12.0, "deficit_limit": 20.0,
}  # fmt: skip


def payment_of_types(free_rider, unconditional):
    scenario = Scenario(
        compound=Compound(free_rider=free_rider, unconditional=unconditional),
        parameters=Parameters(**PAYMENT_BY_TYPE_ONLY),
        management=Management(before="weak_company", payment_before=0.8),
    )
    series = simulate(scenario, range(20)).series
    return series[:, 3::4, Outcome.PAYMENT_RATE].mean(axis=0)


def test_payment_types_alone_reproduce_the_decline_of_conditional_cooperation():
    """Imperfect conditional cooperators follow what they see downwards when some never pay."""
    rates = payment_of_types(free_rider=0.4, unconditional=0.0)
    yearly = rates[: 13 * 3].reshape(3, 13).mean(axis=1)
    assert yearly[0] > yearly[1] > yearly[2]
    assert rates[0] - rates[-1] > 0.15


def test_unconditional_cooperators_do_not_decline():
    rates = payment_of_types(free_rider=0.0, unconditional=1.0)
    assert rates.min() > 0.99


def test_signing_follows_support_when_neighbours_and_pressure_count_for_nothing():
    """With no pull and no pressure, the share signing once asked is the mean of the logistic of support."""
    world = world_of(sign_social=0.0)
    world.flags[Flag.ASKED] = 1
    p = Parameters(**AVERAGING_ONLY)
    support = world.reals[Real.SUPPORT].astype(float)
    expected = 1 / (1 + np.exp(-p.sign_steepness * (support - p.sign_threshold)))
    sign_and_withdraw(world, 0, 0)
    signed = world.flags[Flag.SIGNED].sum()
    assert abs(signed - expected.sum()) < 5 * np.sqrt((expected * (1 - expected)).sum())


def test_nobody_acts_when_nobody_is_asked():
    scenario = Scenario(parameters=Parameters(self_present=0.0))
    world = build_world([Run(scenario, 2)])
    advance(world, 0, 1, 0, 52)
    assert not world.flags[Flag.SIGNED].any()


def test_the_page_of_limits_gives_the_known_results(run_page):
    found = run_page("limits.md")
    assert found["degroot_error"] < 1e-6
    assert found["friedkin_johnsen_error"] < 1e-6
    assert found["counted"] == {0.05: 9, 0.10: 5, 0.15: 3, 0.20: 1}
    assert (found["all_sign"], found["one_signs"]) == (100, 1)
    assert abs(found["often"] - 0.803) < 3 * (0.803 * 0.197 / 100) ** 0.5
