"""What must hold whatever the strategy: shares, money, isolation, shared luck."""

import gc
import threading
import weakref
from itertools import pairwise

import numpy as np
import pytest

from model import engine
from model.engine import Run, build_world, run_block, run_world, simulate, simulate_runs
from model.instruments import INSTRUMENTS, Family, Instrument
from model.measures import MEANS, OUTCOMES, PLACES, REASONS, Outcome, Weekly, weekly_for
from model.parameters import Parameters, declarations
from model.specification import BurnIn, Compound, Management, Programme, Scenario, Strategy, Use
from model.summary import summary_columns
from model.week.schedule import advance
from model.world.population import DRAWN_WITH
from model.world.state import Flag, Money, Real, Stage, Whole

SMALL = Compound(households=80, buildings=3, stairwells_per_building=2)


def strategy(name="test", **intensities):
    """A strategy from intensities, or from `Use` objects."""
    uses = {k: v if isinstance(v, Use) else Use(intensity=v) for k, v in intensities.items()}
    return Strategy(id=name, instruments=uses)


EVERYTHING = strategy("everything", **{i.name.lower(): 0.7 for i in Instrument})
LAWFUL = strategy(
    "lawful", **{i.name.lower(): 0.8 for i in Instrument if INSTRUMENTS[i].family is not Family.DIAGNOSTIC}
)
VISITS = strategy("visits", home_visits=1.0)


def scenario(of=VISITS, **changes):
    return Scenario(compound=SMALL, strategy=of, **changes)


#: Shares of what there may be none of: bills, structures, suggestions.
OF_SOME = {
    Outcome.PAYMENT_RATE,
    Outcome.PAYMENT_RATE_AREA,
    Outcome.PAYMENT_RATE_MONEY,
    Outcome.PAYMENT_TRAILING_YEAR,
    Outcome.STRUCTURES_LEFT,
    Outcome.SUGGESTIONS_ADOPTED,
}


@pytest.mark.parametrize("of", [VISITS, LAWFUL, EVERYTHING, strategy("nothing")], ids=lambda s: s.id)
def test_every_share_stays_between_zero_and_one(of):
    series = simulate(scenario(of), range(5)).series
    for outcome, info in OUTCOMES.items():
        values = series[:, :, outcome]
        if outcome in OF_SOME:
            values = values[~np.isnan(values)]
            if not values.size:
                continue
        assert np.isfinite(values).all(), outcome
        if info.unit in ("share", "0 to 1", "0 or 1"):
            assert values.min() >= 0.0 and values.max() <= 1.0, outcome
        if info.unit == "−1 to 1":
            assert values.min() >= -1.0 and values.max() <= 1.0, outcome


@pytest.mark.parametrize("of", [VISITS, LAWFUL, EVERYTHING], ids=lambda s: s.id)
@pytest.mark.parametrize("before", ["none", "weak_company", "street_fallback"])
def test_money_is_conserved_to_the_fen_at_every_bill(of, before):
    world = build_world([Run(scenario(of, management=Management(before=before)), seed) for seed in range(4)])
    advance(world, 0, 4, 0, 156)
    assert not world.compounds["audit"].any()
    paid, billed = world.money[Money.PAID_TOTAL], world.money[Money.BILLED_TOTAL]
    assert paid.sum() == world.compounds["fees_received"].sum()
    assert np.array_equal(billed - paid, world.money[Money.ARREARS])
    assert (world.money[Money.ARREARS] >= 0).all()


def test_the_audit_notices_a_single_fen():
    world = build_world([Run(scenario(), 1)])
    advance(world, 0, 1, 0, 20)
    world.money[Money.PAID_TOTAL, 5] += 1
    advance(world, 0, 1, 20, 4)
    assert world.compounds["audit"][0] > 0


def test_headline_consent_is_never_below_valid_consent():
    series = simulate(scenario(EVERYTHING), range(5)).series
    assert (series[:, :, Outcome.HEADLINE_CONSENT] >= series[:, :, Outcome.VALID_CONSENT]).all()
    assert (series[:, :, Outcome.HEADLINE_CONSENT] >= series[:, :, Outcome.INSINCERE_SHARE]).all()


@pytest.mark.reproducibility
def test_results_do_not_depend_on_threads_or_blocks():
    scenarios = [scenario(VISITS), scenario(LAWFUL)]
    one = simulate(scenarios, range(6), threads=1)
    two = simulate(scenarios, range(6), threads=2)
    blocks = simulate(scenarios, range(6), threads=2, block_households=1)
    assert np.array_equal(one.series, two.series, equal_nan=True)
    assert np.array_equal(one.series, blocks.series, equal_nan=True)


def test_no_state_of_one_compound_leaks_into_another():
    runs = [Run(scenario(VISITS), 1), Run(scenario(EVERYTHING), 2), Run(scenario(LAWFUL), 1)]
    together = simulate_runs(runs, threads=1).series
    for i, run in enumerate(runs):
        assert np.array_equal(together[i], run_block([run])[0], equal_nan=True)


@pytest.mark.parametrize("burn_in", [None, BurnIn(weeks=6)], ids=["none", "burn-in"])
def test_a_run_for_its_summary_alone_has_the_same_summary_and_last_week(burn_in):
    of = [one.model_copy(update={"burn_in": burn_in}) for one in (scenario(VISITS), scenario(EVERYTHING))]
    runs = [Run(one, 3) for one in of]
    whole, brief = run_block(runs), run_block(runs, Weekly.NOTHING)
    households = np.array([one.compound.households for one in of])
    wanted, found = summary_columns(whole, households), summary_columns(brief, households)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    np.testing.assert_array_equal(brief[:, -1], whole[:, -1])
    assert_left_out(brief, whole, Weekly.NOTHING)


def assert_left_out(some, whole, weekly):
    left_out = [*weekly.left_out]
    assert np.isnan(some[:, 1:-1, left_out]).all()
    others = [outcome for outcome in Outcome if outcome not in left_out]
    np.testing.assert_array_equal(some[:, :, others], whole[:, :, others])
    np.testing.assert_array_equal(some[:, [0, -1]], whole[:, [0, -1]])


def test_what_is_measured_in_every_week_is_what_was_asked_for():
    runs = [Run(scenario(EVERYTHING), 4)]
    whole = run_block(runs)
    for weekly in Weekly.__members__.values():
        assert_left_out(simulate_runs(runs, weekly=weekly).series, whole, weekly)
    trust = Outcome.TRUST_OFFICE
    assert Weekly.NOTHING.left_out == (trust, *MEANS, *REASONS, *PLACES) and Weekly.ALL.left_out == ()
    assert Weekly.TRUST.left_out == (*MEANS, *REASONS, *PLACES)
    assert weekly_for(["trust_office", "visits"]) == Weekly.TRUST
    assert weekly_for(["trust_office", "satisfaction"]) == weekly_for(["fairness"]) == Weekly.MEANS
    assert weekly_for([REASONS[0].name.lower()]) == Weekly.REASONS
    assert weekly_for(["risers_ready"]) == Weekly.PLACES
    assert weekly_for(["valid_consent"]) == Weekly.NOTHING


@pytest.mark.reproducibility
@pytest.mark.parametrize(("block", "threads"), [(1, 1), (200, 2), (100_000, 1)])
def test_32_runs_of_one_population_in_a_batch_equal_each_alone(block, threads):
    levels = np.linspace(0.0, 1.0, 32)
    runs = [Run(scenario(strategy("some", home_visits=1.0, pressure=float(level))), 5) for level in levels]
    alone = np.concatenate([run_block([run]) for run in runs])
    assert len({one.tobytes() for one in alone}) == 32
    assert np.array_equal(
        simulate_runs(runs, threads=threads, block_households=block).series, alone, equal_nan=True
    )


def test_people_are_drawn_once_for_every_set_of_coefficients_that_leaves_them_as_they_are():
    small = Compound(households=24, buildings=1, stairwells_per_building=2)
    usual = Scenario(compound=small, strategy=LAWFUL, horizon_weeks=2)
    changed = {name: 0.5 * (one.allowed[0] + one.allowed[1]) + 1e-3 for name, one in declarations().items()}
    runs = [Run(usual, 7)]
    for name, value in changed.items():
        parameters = usual.parameters.model_copy(update={name: value})
        runs.append(Run(usual.model_copy(update={"parameters": parameters}), 7))

    world = build_world(runs)

    for c, run in enumerate(runs):
        alone = build_world([run])
        k = world.compounds[c]
        for columns in ("reals", "flags", "wholes", "preferences"):
            drawn = getattr(world, columns)[:, k["start"] : k["stop"]]
            assert np.array_equal(drawn, getattr(alone, columns)), list(changed)[c - 1]
        assert ties_of(world, c) == ties_of(alone, 0), list(changed)[c - 1]
    own = {name for c, name in enumerate(changed, 1) if world.like[c] == c}
    assert own == set(DRAWN_WITH)


def ties_of(world, c):
    k = world.compounds[c]
    rows = slice(k["tie_offset"], k["tie_offset"] + k["stop"] - k["start"])
    return [
        world.ties[a:b].tolist() for a, b in zip(world.tie_start[rows], world.tie_stop[rows], strict=True)
    ]


@pytest.mark.parametrize(
    ("households", "runs", "threads", "most", "blocks"),
    [
        (180, 3, 1, 4, 1),
        (180, 3, 2, 4, 2),
        (180, 56, 2, 4, 8),
        (500, 3, 1, 4, 1),
        (180, 400, 1, 4, 4),
        (180, 300, 1, 1, 1),
        (180, 400, 1, 1, 2),
        (20, 1, 8, 4, 1),
    ],
)
def test_few_households_are_not_spread_over_many_blocks(households, runs, threads, most, blocks):
    of = [Run(Scenario(compound=Compound(households=households)), seed) for seed in range(runs)]
    found = engine._blocks(of, engine.BLOCK_HOUSEHOLDS, threads, most)
    assert len(found) == blocks
    assert [i for block in found for i in block] == list(range(runs))


def test_one_thread_takes_its_runs_at_once_unless_it_tells_how_far_it_is(monkeypatch):
    blocks = []
    monkeypatch.setattr(engine, "run_world", lambda runs, weekly: blocks.append(len(runs)) or run_world(runs))
    scenario = Scenario(compound=Compound(households=500), horizon_weeks=4)
    whole = engine.simulate([scenario], range(12), threads=1)
    told = []
    parts = engine.simulate([scenario], range(12), threads=1, progress=lambda done, of: told.append(done))
    assert blocks == [12, 3, 3, 3, 3]
    assert told == [3, 6, 9, 12]
    assert np.array_equal(whole.series, parts.series, equal_nan=True)


def test_a_short_batch_runs_on_the_calling_thread_and_a_long_one_beside_it(monkeypatch):
    used = []
    monkeypatch.setattr(
        engine, "run_world", lambda runs, weekly: used.append(threading.get_ident()) or run_world(runs)
    )
    simulate(scenario(horizon_weeks=4), range(2), threads=1)
    assert used == [threading.get_ident()]
    monkeypatch.setattr(engine, "_MOST_ON_CALLING_THREAD", 1)  # Ctrl-C is seen while others work
    simulate(scenario(horizon_weeks=4), range(2), threads=1)
    assert used[1] != threading.get_ident()


def test_advancing_in_pieces_equals_advancing_at_once():
    whole, pieces = build_world([Run(scenario(LAWFUL), 3)]), build_world([Run(scenario(LAWFUL), 3)])
    advance(whole, 0, 1, 0, 156)
    for start, weeks in ((0, 1), (1, 40), (41, 115)):
        advance(pieces, 0, 1, start, weeks)
    assert np.array_equal(whole.series, pieces.series, equal_nan=True)


def test_strategies_meet_the_same_people_and_ties():
    a, b = build_world([Run(scenario(VISITS), 9)]), build_world([Run(scenario(EVERYTHING), 9)])
    for column in (Real.TASTE, Real.INCOME, Real.STRUCTURE, Real.CONFORMITY, Real.TRUST_OFFICE):
        assert np.array_equal(a.reals[column], b.reals[column])
    for flag in (Flag.TENURE, Flag.ELDER, Flag.PARTY, Flag.COOPERATION):
        assert np.array_equal(a.flags[flag], b.flags[flag])
    assert np.array_equal(a.ties, b.ties)


@pytest.mark.parametrize("instrument", list(Instrument), ids=lambda i: i.name.lower())
def test_an_instrument_outside_its_weeks_changes_nothing(instrument):
    base = dict.fromkeys(("home_visits", "consultation", "pioneers", "removal_first", "joint_selection"), 0.6)
    base.pop(instrument.name.lower(), None)
    late = Use(intensity=1.0, start_week=Scenario().horizon_weeks)
    pair = simulate(
        [scenario(strategy(**base)), scenario(strategy(**base, **{instrument.name.lower(): late}))], range(3)
    )
    assert np.array_equal(pair.series[:3], pair.series[3:], equal_nan=True)


def test_what_happens_in_billing_leaves_signatures_unchanged():
    """Where no pledge to pay is asked for: whoever does not mean to pay has a reason against signing otherwise."""
    usual, payers = Parameters(pledge_weight=0.0), Parameters(pledge_weight=0.0, pay_base=5.0)
    pair = simulate([scenario(LAWFUL, parameters=p) for p in (usual, payers)], range(4)).series
    before, after = pair[:4], pair[4:]
    for outcome in (Outcome.HEADLINE_CONSENT, Outcome.MEAN_SUPPORT, Outcome.STAGE, Outcome.COMPLAINTS):
        assert np.array_equal(before[:, :, outcome], after[:, :, outcome], equal_nan=True)
    assert not np.array_equal(
        before[:, :, Outcome.PAYMENT_RATE], after[:, :, Outcome.PAYMENT_RATE], equal_nan=True
    )


def test_membership_activism_and_first_action_can_each_be_without_effect():
    """Membership and activism shift nothing by default; a first action nobody believes in changes only the actor."""
    parameters = Parameters(
        branch_influence=0.0, attend_activist=0.0, member_support=0.0, activist_support=0.0
    )
    many = SMALL.model_copy(update={"party": 0.6, "activist": 0.3})
    few = SMALL.model_copy(update={"party": 0.0, "activist": 0.0})
    plan = strategy(home_visits=1.0, consultation=0.5)
    runs = [Scenario(compound=c, strategy=plan, parameters=parameters) for c in (many, few)]
    series = simulate(runs, range(3)).series
    assert np.array_equal(series[:3], series[3:], equal_nan=True)


def test_membership_can_be_given_an_effect():
    series = simulate([scenario(), scenario(parameters=Parameters(member_support=0.5))], range(8)).series[
        :, 0, Outcome.MEAN_SUPPORT
    ]
    assert (series[8:] > series[:8]).all()


def test_a_first_action_without_credibility_moves_nobody_else():
    """Where nobody tells others what they think, either: a pioneer's household speaks with its neighbours."""
    quiet = dict.fromkeys(("example_credibility", "sign_social", "example_belief", "reconsider"), 0.0)
    silent = Parameters(**quiet)
    world = {}
    for name, of in (("with", strategy(pioneers=1.0)), ("without", strategy())):
        world[name] = build_world([Run(scenario(of, parameters=silent), 4)])
        advance(world[name], 0, 1, 0, 30)
    acted = world["with"].flags[Flag.ACTED_FIRST] == 1
    assert acted.any()
    assert np.array_equal(
        world["with"].flags[Flag.SIGNED][~acted], world["without"].flags[Flag.SIGNED][~acted]
    )


#: Where a project may stand a week later, if not where it stands: gates passed in one week are passed together.
NEXT_STAGES = {
    Stage.WILLINGNESS: {Stage.PLAN, Stage.REMOVAL, Stage.WORKS},
    Stage.PLAN: {Stage.REMOVAL, Stage.WORKS},
    Stage.REMOVAL: {Stage.WORKS},
    Stage.WORKS: {Stage.ACCEPTANCE},
    Stage.ACCEPTANCE: {Stage.MANAGEMENT},
    Stage.MANAGEMENT: set(),
}


def test_weeks_and_stages_move_forward_except_to_the_next_batch():
    """A plan that misses its deadline goes back to willingness in that week, and waits there for the next batch."""
    of = scenario(LAWFUL)
    stages = simulate(of, range(6)).series[:, :, Outcome.STAGE]
    deadline, wait = of.programme.deadline_week, of.programme.batch_wait_weeks
    missed = range(deadline, of.horizon_weeks, wait + deadline)
    back = 0
    for run in stages:
        for week, (before, after) in enumerate(pairwise(run), 1):
            if (before, after) == (Stage.PLAN, Stage.WILLINGNESS):
                back += 1
                assert week in missed
                assert (run[week : week + wait] == Stage.WILLINGNESS).all()
            else:
                assert after == before or after in NEXT_STAGES[before], week
    assert back > 0
    assert stages.max() == Stage.MANAGEMENT


def test_a_missed_deadline_waits_for_the_next_batch_or_ends_the_project():
    hard = {"consent_gate": 1.0, "deadline_week": 10, "batch_wait_weeks": 5}
    waits = simulate(scenario(programme=Programme(**hard)), [1]).series[0, :, Outcome.STAGE]
    drops = simulate(scenario(programme=Programme(**hard, on_missed_gate="drop")), [1]).series[
        0, :, Outcome.STAGE
    ]
    assert waits[10] == Stage.WILLINGNESS
    assert (drops[:10] <= Stage.PLAN).all()
    assert (drops[10:] == Stage.DROPPED).all()


def test_households_fill_buildings_in_order_and_every_riser_has_one_flat_a_floor():
    world = build_world([Run(Scenario(), 1)])
    wholes = world.wholes
    assert (np.diff(wholes[Whole.BUILDING]) >= 0).all() and wholes[Whole.BUILDING].max() == 4
    assert (np.diff(wholes[Whole.STAIRWELL]) >= 0).all() and wholes[Whole.STAIRWELL].max() == 14
    pairs = set(zip(wholes[Whole.RISER].tolist(), wholes[Whole.FLOOR].tolist(), strict=True))
    assert len(pairs) == 180
    assert world.compounds["n_risers"][0] == len(set(wholes[Whole.RISER].tolist())) == 30


def test_the_engine_lets_go_of_a_world_that_nobody_needs_any_more():
    world = run_world([Run(Scenario(compound=SMALL), seed) for seed in range(2)])
    arrays = [weakref.ref(array) for array in world]
    del world
    gc.collect()
    assert [ref() is None for ref in arrays] == [True] * len(arrays)
