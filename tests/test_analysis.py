"""Analysis of sweeps on tables whose answers are known beforehand."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from scenarios.analysis import words
from scenarios.analysis.designs import (
    is_morris_design,
    is_second_order_design,
    is_sobol_design,
    morris_design,
    sobol_design,
)
from scenarios.analysis.discovery import discover, find_boxes
from scenarios.analysis.drawing import left_out
from scenarios.analysis.figures_sensitivity import sensitivity_figure
from scenarios.analysis.goals import goal
from scenarios.analysis.interactions import pair_indices
from scenarios.analysis.intervals import bootstrap, interval, share_interval, weighted_means, weighted_medians
from scenarios.analysis.paired import compare_strategies
from scenarios.analysis.problem import AnalysisError, Parameter, Problem, problem_of, study
from scenarios.analysis.replicates import a_measure, cv_stable, replicates_needed, seeds_for
from scenarios.analysis.robustness import medians_over_seeds, robustness, satisficing
from scenarios.analysis.sensitivity import morris_effects, pawn_indices, seed_noise, sobol_indices
from scenarios.analysis.surfaces import fit_surface, slice_of, surface_indices
from scenarios.analysis.words import sensitivity_rows
from scenarios.comparison import Direction
from scenarios.libraries import library

PAY, FALSE, WEEKS = "payment_18_months", "final_insincere_share", "weeks_to_80"
PI = float(np.pi)
ISHIGAMI = Problem(tuple(Parameter(name, -PI, PI) for name in ("x1", "x2", "x3")), (PAY,))


def ishigami(points):
    """The Ishigami function with a = 7, b = 0.1: first-order indices 0.314, 0.442, 0; total 0.558, 0.442, 0.244."""
    x1, x2, x3 = points.to_numpy().T
    return np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)


def table(points, outcomes, strategies=("a",), seeds=1, noise=0.0):
    """A row per point, strategy and seed; `outcomes`: name → function of points and strategy."""
    generator = np.random.default_rng(0)
    rows = []
    luck = generator.normal(size=seeds)
    for strategy in strategies:
        for seed in range(seeds):
            row = points.assign(strategy=strategy, seed=seed)
            for name, function in outcomes.items():
                row[name] = function(points, strategy) + noise * luck[seed]
            rows.append(row)
    return pd.concat(rows, ignore_index=True)


def unit_points(n, d=3, seed=0):
    names = [f"p{i}" for i in range(d)]
    return pd.DataFrame(np.random.default_rng(seed).random((n, d)), columns=names)


def unit_problem(d=3, outcomes=(PAY,)):
    return Problem(tuple(Parameter(f"p{i}", 0, 1) for i in range(d)), outcomes, 156)


# -- sensitivity ----------------------------------------------------------------------------------------------


def test_sobol_indices_of_the_ishigami_function_are_those_of_theory():
    design = sobol_design(ISHIGAMI, 1024)
    runs = table(design, {PAY: lambda p, _: ishigami(p)}).sample(frac=1, random_state=3)
    found = sobol_indices(study(runs, ISHIGAMI), design, "a", PAY)
    by_name = found.table.set_index("parameter")
    assert by_name.loc[["x1", "x2", "x3"], "first"].to_numpy() == pytest.approx([0.314, 0.442, 0], abs=0.02)
    assert by_name.loc[["x1", "x2", "x3"], "total"].to_numpy() == pytest.approx(
        [0.558, 0.442, 0.244], abs=0.03
    )
    assert (found.table["first_low"] <= found.table["first"]).all()
    assert found.n_points == 1024 * 5 and found.n_lost == 0 and found.determined


def test_second_order_indices_of_the_ishigami_function_are_those_of_theory():
    sample = library("SALib.sample.sobol", "test").sample
    points = sample(ISHIGAMI.salib(), 1024, calc_second_order=True, seed=1)
    design = pd.DataFrame(points, columns=["x1", "x2", "x3"])
    assert is_second_order_design(design) and not is_second_order_design(design.iloc[::-1])
    assert not is_second_order_design(sobol_design(ISHIGAMI, 64)) and not is_second_order_design(
        unit_points(64)
    )
    runs = table(design, {PAY: lambda p, _: ishigami(p)}).sample(frac=1, random_state=3)
    found = pair_indices(study(runs, ISHIGAMI), design, "a", PAY)
    strongest = found.table.iloc[0]
    assert (strongest["parameter"], strongest["other"]) == ("x1", "x3") and found.determined
    assert strongest["index"] == pytest.approx(0.244, abs=0.03) and strongest["low"] > 0.1
    assert found.table["index"][1:].abs().max() < 0.03 and (found.table["low"][1:] < 0).all()


def test_blocks_with_a_missing_value_are_left_out_and_counted_and_make_it_undetermined():
    design = sobol_design(ISHIGAMI, 64)
    runs = table(design, {PAY: lambda p, _: ishigami(p)})
    runs.loc[0, PAY] = np.nan
    found = sobol_indices(study(runs, ISHIGAMI), design, "a", PAY)
    assert found.n_lost == 5 and found.determined and found.table["first"].notna().all()
    runs.loc[::10, PAY] = np.nan
    assert not sobol_indices(study(runs, ISHIGAMI), design, "a", PAY).determined


def test_a_sweep_that_lacks_points_of_the_design_says_so():
    design = sobol_design(ISHIGAMI, 8)
    runs = table(design.iloc[:-3], {PAY: lambda p, _: ishigami(p)})
    with pytest.raises(AnalysisError, match=r"3 of 40 points of the design have no run"):
        sobol_indices(study(runs, ISHIGAMI), design, "a", PAY)


def test_designs_are_recognised_by_their_shape_and_not_mistaken_for_each_other():
    sobol, morris = sobol_design(ISHIGAMI, 16), morris_design(ISHIGAMI, 6)
    assert is_sobol_design(sobol) and not is_sobol_design(morris)
    assert is_morris_design(morris) and not is_morris_design(sobol)
    assert not is_sobol_design(unit_points(50)) and not is_morris_design(unit_points(52))


def test_a_base_sample_that_is_no_power_of_two_is_refused():
    with pytest.raises(AnalysisError, match="power of two"):
        sobol_design(ISHIGAMI, 100)


def test_morris_finds_the_slopes_of_a_linear_function_and_no_interaction():
    problem = unit_problem()
    design = morris_design(problem, 10)
    runs = table(design.drop_duplicates(), {PAY: lambda p, _: 3 * p["p0"] - 2 * p["p1"]})
    found = morris_effects(study(runs, problem), design, "a", PAY).table.set_index("parameter")
    assert found["mu_star"].to_dict() == pytest.approx({"p0": 3, "p1": 2, "p2": 0})
    assert found["mu"].to_dict() == pytest.approx({"p0": 3, "p1": -2, "p2": 0})
    assert found["sigma"].to_numpy() == pytest.approx(0, abs=1e-9)


def test_pawn_separates_what_acts_from_what_does_not_also_on_a_grid():
    for points in (unit_points(400), unit_points(400).round(1)):
        runs = table(points.drop_duplicates(), {PAY: lambda p, _: p["p0"] ** 2 + 0.3 * p["p1"]})
        found = pawn_indices(study(runs, unit_problem()), "a", PAY)
        acts = found.table.set_index("parameter")["index"]
        assert acts["p0"] > acts["p1"] > found.threshold
        assert acts["p2"] <= 1.3 * found.threshold


def test_a_constant_outcome_has_no_sensitivity_and_is_refused():
    design = sobol_design(ISHIGAMI, 8)
    runs = table(design, {PAY: lambda p, _: 0.5 + 0 * p["x1"]})
    with pytest.raises(AnalysisError, match=r"0\.5 at every point"):
        sobol_indices(study(runs, ISHIGAMI), design, "a", PAY)


def test_luck_that_all_points_share_is_no_noise():
    runs = table(unit_points(40), {PAY: lambda p, _: p["p0"]}, seeds=5, noise=1.0)
    assert seed_noise(study(runs, unit_problem()), "a", PAY) == pytest.approx(0, abs=1e-9)
    runs[PAY] += np.random.default_rng(1).normal(size=len(runs))
    assert seed_noise(study(runs, unit_problem()), "a", PAY) > 0.3


def test_pawn_agrees_with_salib_where_salib_has_no_fault():
    runs = table(unit_points(500), {PAY: lambda p, _: p["p0"] ** 2 + 0.3 * p["p1"]})
    theirs = library("SALib.analyze.pawn", "test").analyze(
        unit_problem().salib(), runs[["p0", "p1", "p2"]].to_numpy(), runs[PAY].to_numpy(), S=10
    )
    ours = pawn_indices(study(runs, unit_problem()), "a", PAY).table.set_index("parameter")["index"]
    assert ours[["p0", "p1", "p2"]].to_numpy() == pytest.approx(theirs["median"], abs=0.01)


def test_pawn_says_which_runs_it_leaves_out_and_which_points_with_them():
    runs = table(unit_points(60), {PAY: lambda p, _: p["p0"]}, seeds=4, noise=0.1)
    points = runs["p0"].unique()
    some = runs["p0"].isin(points[:20]) & (runs["seed"] == runs["seed"].min())
    runs.loc[some, PAY] = np.nan
    found = pawn_indices(study(runs, unit_problem()), "a", PAY)
    assert (found.n_points, found.n_lost, found.n_runs, found.n_runs_lost) == (60, 0, 220, 20)
    assert found.determined, "20 of 240 runs are few, though a third of the points has one"
    assert (
        left_out([found], "en").strip()
        == "20 runs lack a value and are left out; no point loses all of its runs."
    )
    runs.loc[runs["p0"].isin(points[-3:]), PAY] = np.nan
    found = pawn_indices(study(runs, unit_problem()), "a", PAY)
    assert (found.n_points, found.n_lost, found.n_runs_lost) == (57, 3, 32)
    assert "32 runs lack a value and are left out, all runs of 3 points among them" in left_out([found], "en")
    assert sensitivity_rows(found)["runs_lost"].unique() == [32]
    runs.loc[runs["seed"] <= runs["seed"].min() + 1, PAY] = np.nan
    assert not pawn_indices(study(runs, unit_problem()), "a", PAY).determined


def test_pawn_says_how_many_points_it_did_not_draw(monkeypatch):
    monkeypatch.setattr("scenarios.analysis.sensitivity.MOST_CASES", 80)
    runs = table(unit_points(100), {PAY: lambda p, _: p["p0"]})
    found = pawn_indices(study(runs, unit_problem()), "a", PAY)
    assert (found.n_points, found.n_lost, found.n_runs_lost, found.n_not_drawn) == (80, 0, 0, 20)
    assert left_out([found], "en").strip().startswith("20 points with a value were not drawn")


def test_a_figure_says_that_whole_blocks_are_left_out():
    design = sobol_design(ISHIGAMI, 64)
    runs = table(design, {PAY: lambda p, _: ishigami(p)})
    runs.loc[0, PAY] = np.nan
    found = sobol_indices(study(runs, ISHIGAMI), design, "a", PAY)
    drawn = sensitivity_figure([found], lang="en")
    words = " ".join(t.get_text().replace("\n", " ") for t in drawn.findobj(Text))
    assert "5 points are left out: the whole block" in words


# -- discovery ------------------------------------------------------------------------------------------------


def planted(p, _=None):
    """Payment fails inside p0 > 0.6 and p1 < 0.4, whatever p2 is."""
    return np.where((p["p0"] > 0.6) & (p["p1"] < 0.4), 0.2, 0.9)


@cache
def discovered():
    runs = table(unit_points(300), {PAY: planted})
    return discover(study(runs, unit_problem()), "a", [goal(f"{PAY} >= 0.6", [PAY])])


def test_prim_finds_a_planted_box():
    found = discovered()
    box = found.boxes[0]
    limits = {r.parameter: (r.low, r.high) for r in box.restrictions}
    assert set(limits) == {"p0", "p1"}
    assert limits["p0"][0] == pytest.approx(0.6, abs=0.05) and limits["p0"][1] == np.inf
    assert limits["p1"][1] == pytest.approx(0.4, abs=0.05) and limits["p1"][0] == -np.inf
    assert box.coverage > 0.9 and box.density > 0.8 and box.determined
    assert found.n_failing == (planted(unit_points(300)) < 0.6).sum()


def test_the_tree_finds_the_same_box_and_predicts_points_it_has_not_seen():
    found = discovered()
    worst = found.rules[0]
    assert worst.failing > 0.95 and found.accuracy > 0.95
    assert {(name, sign) for name, sign, _ in worst.conditions} == {("p0", ">"), ("p1", "<=")}


def test_failures_scattered_at_random_give_no_determined_box():
    points = unit_points(200)
    failing = np.random.default_rng(5).random(200) < 0.3
    boxes, _ = find_boxes(points, failing, unit_problem().parameters)
    assert not any(box.determined for box in boxes)


def test_prim_restricts_a_choice_to_its_names():
    points = unit_points(300, 1).assign(rule=np.resize(["drop", "wait", "none"], 300))
    runs = table(points, {PAY: lambda p, _: np.where(p["rule"] == "drop", 0.1, 0.9)})
    problem = problem_of(runs, ["p0", "rule"], [PAY])
    box = discover(study(runs, problem), "a", [goal(f"{PAY} >= 0.6", [PAY])]).boxes[0]
    assert [(r.parameter, r.choices) for r in box.restrictions] == [("rule", ("drop",))]
    assert box.density == 1 and box.coverage == 1


def test_a_strategy_that_never_fails_has_nothing_to_find():
    runs = table(unit_points(60), {PAY: lambda p, _: 0.9 + 0 * p["p0"]})
    assert discover(study(runs, unit_problem()), "a", [goal(f"{PAY} >= 0.6", [PAY])]).note == "none_fail"


def test_a_run_without_a_value_has_not_reached_the_goal():
    runs = pd.DataFrame({PAY: [0.7, np.nan, 0.5], WEEKS: [10.0, np.nan, 90.0]})
    assert goal(f"{PAY} >= 0.6", [PAY]).met(runs).tolist() == [True, False, False]
    assert goal(f"{WEEKS} <= 80", [WEEKS]).met(runs).tolist() == [True, False, False]
    assert goal(f"{WEEKS} > 80", [WEEKS]).met(runs).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("payment_18_month >= 0.6", "did you mean 'payment_18_months'"),
        ("payment_18_months = 0.6", "expected OUTCOME >= NUMBER"),
        ("payment_18_months >= 60", "expected a value from 0 to 1"),
        ("payment_18_months >= 1.2.3", "is no number"),
    ],
)
def test_a_goal_that_cannot_be_used_says_why(text, message):
    with pytest.raises(AnalysisError, match=message):
        goal(text, [PAY])


# -- pairs and replicates -------------------------------------------------------------------------------------


def two(difference, seeds=12, points=30):
    """Two strategies; `difference`: function of the points, a over b."""
    outcomes = {PAY: lambda p, s: 0.5 + 0.2 * p["p2"] + (difference(p) if s == "a" else 0)}
    return study(table(unit_points(points), outcomes, ("a", "b"), seeds, 0.05), unit_problem())


def test_a_difference_that_holds_everywhere_is_determined():
    found = compare_strategies(two(lambda p: 0.05 + 0.02 * p["p0"]), PAY, "a", "b")
    assert found.finding == "a_ahead" and found.difference == pytest.approx(0.06, abs=0.005)
    assert found.low <= found.difference <= found.high
    assert (found.n_points, found.n_seeds, found.n_pairs) == (30, 12, 360)
    assert found.share_seeds_won == 1 and found.flips == ()


def test_an_order_that_turns_round_within_a_parameter_is_undetermined():
    found = compare_strategies(two(lambda p: 0.1 * (p["p0"] - 0.3), points=90), PAY, "a", "b")
    assert found.low > 0 and found.finding == "flips" and not found.determined
    assert {part.parameter for part in found.flips} == {"p0"}


def test_a_difference_that_is_chance_is_undetermined():
    runs = two(lambda p: 0 * p["p0"]).runs
    runs.loc[:, PAY] += np.random.default_rng(0).normal(0, 0.1, len(runs))
    found = compare_strategies(study(runs, unit_problem()), PAY, "a", "b")
    assert found.finding == "undetermined"


def test_five_seeds_settle_nothing():
    assert compare_strategies(two(lambda p: 0.5 + 0 * p["p0"], seeds=5), PAY, "a", "b").finding == "too_few"


def test_a_minus_b_is_the_opposite_of_b_minus_a():
    data = two(lambda p: 0.05 * p["p0"])
    one, other = (compare_strategies(data, PAY, *pair) for pair in (("a", "b"), ("b", "a")))
    assert one.difference == pytest.approx(-other.difference)
    assert one.share_ahead == other.share_behind


def test_survivors_among_the_pairs_of_a_sweep_settle_nothing():
    runs = two(lambda p: 0.05 + 0 * p["p0"]).runs.copy()
    for lost, finding in ((2, "a_ahead"), (3, "survivors")):  # of twelve seeds
        runs.loc[runs["seed"] < runs["seed"].min() + lost, PAY] = np.nan
        found = compare_strategies(study(runs, unit_problem()), PAY, "a", "b")
        assert found.n_dropped == 30 * lost and found.low > 0
        assert f"{360 - 30 * lost} of 360 pairs have a value" in words.of_pair(found, "en", {})
        assert found.finding == finding and found.determined == (finding == "a_ahead")


def test_not_reached_is_later_than_any_week_and_never_dropped():
    runs = table(unit_points(4, 1), {WEEKS: lambda p, s: 20.0 + (s == "b") + 0 * p["p0"]}, ("a", "b"), 8)
    runs.loc[(runs["strategy"] == "b") & (runs["seed"] < 6), WEEKS] = np.nan
    found = compare_strategies(study(runs, unit_problem(1, (WEEKS,))), WEEKS, "a", "b")
    assert found.difference == -np.inf and found.not_reached_b == 24 and found.n_dropped == 0
    assert found.direction is Direction.LOWER and found.finding == "a_ahead"


def test_what_is_said_of_an_outcome_counts_the_pairs_in_which_it_was_not_reached():
    runs = table(unit_points(4, 1), {WEEKS: lambda p, s: 20.0 + 0 * p["p0"]}, ("a", "b"), 8)
    runs.loc[(runs["strategy"] == "b") & (runs["seed"] < 6), WEEKS] = np.nan
    found = compare_strategies(study(runs, unit_problem(1, (WEEKS,))), WEEKS, "a", "b")
    assert "Not reached: A in 0, B in 24 of 32 pairs." in words.of_pair(found, "en", {})
    assert "未达到：32 对中 A 有 0 对，B 有 24 对。" in words.of_pair(found, "zh", {})


def test_survivors_lead_in_no_criterion_and_are_read_off_no_surface():
    for lost, settled in ((2, True), (3, False)):  # of twelve seeds
        runs = two(lambda p: 0.05 + 0.2 * p["p0"]).runs.copy()
        runs.loc[runs["seed"] < runs["seed"].min() + lost, PAY] = np.nan
        data, valued, all_runs = study(runs, unit_problem()), 60 * (12 - lost), 720
        held = robustness(data, PAY)
        assert (held.n_runs, held.n_without) == (all_runs, all_runs - valued)
        assert bool(held.best["worst"]) == settled
        assert f" {valued} of {all_runs} runs have a value" in words.of_robustness(held, "en", {})
        surface = fit_surface(data, "a", PAY)
        assert surface.determined == settled and (surface.grade == "survivors") != settled
        assert f" {valued // 2} of {all_runs // 2} runs have a value" in words.of_surface(surface, "en", {})


def test_several_cases_are_a_parameter_like_any_other():
    data = two(lambda p: 0.1 + 0 * p["p0"], points=12)
    there = data.runs.assign(case="there")
    there[PAY] -= np.where(there["strategy"] == "a", 0.3, 0)
    both = pd.concat([data.runs.assign(case="here"), there])
    problem = Problem(
        (*unit_problem().parameters, Parameter("case", 0, 0, choices=("here", "there"))), (PAY,)
    )
    found = compare_strategies(study(both, problem), PAY, "a", "b")
    assert found.n_points == 24 and found.finding == "flips"
    assert {(part.parameter, part.choice) for part in found.flips} >= {
        ("case", "there")
    } or found.low < 0 < found.high
    sides = {part.choice: part.side for part in found.parts if part.parameter == "case"}
    assert sides == {"here": 1, "there": -1}


def test_pairs_without_a_value_are_counted():
    data = two(lambda p: 0.05 + 0 * p["p0"])
    runs = data.runs.copy()
    runs.loc[[0, 5], PAY] = np.nan
    found = compare_strategies(study(runs, unit_problem()), PAY, "a", "b")
    assert found.n_dropped == 2 and found.n_pairs == 358


def test_the_bootstrap_covers_the_mean_as_often_as_it_says_for_points_that_share_seeds():
    generator = np.random.default_rng(0)
    points, seeds = np.repeat(np.arange(20), 10), np.tile(np.arange(10), 20)
    hits = 0
    for trial in range(150):
        drawn = generator.normal(size=20)[points] + generator.normal(size=10)[seeds]
        draws = bootstrap(drawn, points, seeds, weighted_means, resamples=400, seed=trial)
        low, high = interval(draws)
        hits += low <= 0 <= high
    # 150 trials at 95 % (wider by design): fewer than 130 hits happen by chance less than once in 10,000.
    assert hits >= 130


@pytest.mark.parametrize("few", [2, 4, 8])
@pytest.mark.parametrize("within", ["points", "seeds"])
def test_the_bootstrap_covers_the_mean_where_each_level_of_one_factor_has_its_own_of_the_other(few, within):
    generator = np.random.default_rng(0)
    codes = [np.repeat(np.arange(few), 10), np.arange(10 * few)]
    points, seeds = codes if within == "points" else codes[::-1]
    hits = 0
    for trial in range(150):
        draws = bootstrap(
            generator.normal(size=10 * few), points, seeds, weighted_means, resamples=400, seed=trial
        )
        low, high = interval(draws)
        hits += low <= 0 <= high
    assert hits >= 130


def test_the_quick_bootstraps_are_those_of_weights():
    generator = np.random.default_rng(4)
    drawn, points, seeds = generator.normal(size=60), np.repeat(np.arange(10), 6), np.tile(np.arange(6), 10)
    weeks = np.where(generator.random(60) < 0.2, np.inf, np.round(3 * drawn))

    def slow_mean(values, weights):
        return weights @ values / weights.sum(axis=1)

    def slow_median(values, weights):
        return weighted_medians(values, weights)

    for codes in ((points, seeds), (np.zeros(60, int), np.arange(60)), (points, np.zeros(60, int))):
        for values, quick, slow in (
            (drawn, weighted_means, slow_mean),
            (weeks, weighted_medians, slow_median),
        ):
            found = [bootstrap(values, *codes, statistic, resamples=50) for statistic in (quick, slow)]
            assert found[0] == pytest.approx(found[1])


def test_medians_over_seeds_are_those_of_numpy():
    cube = np.round(np.random.default_rng(0).normal(size=(30, 7, 2)), 1)
    cube[np.random.default_rng(1).random(cube.shape) < 0.4] = np.nan
    assert np.array_equal(medians_over_seeds(cube), np.nanmedian(cube, axis=1), equal_nan=True)


def test_the_coefficient_of_variation_settles_where_its_definition_says():
    sample = np.random.default_rng(3).normal(5, 1, 400)
    spreads = np.array([sample[:n].std(ddof=1) / sample[:n].mean() for n in range(2, 401)])
    ranges = np.array([np.ptp(spreads[i:]) for i in range(len(spreads))])
    assert cv_stable(sample) == 2 + np.flatnonzero(ranges < 0.01)[0]
    assert cv_stable(np.random.default_rng(3).random(12)) == 0


def test_a_weighted_median_is_the_median_of_the_repeated_values():
    generator = np.random.default_rng(2)
    drawn, weights = (
        np.append(generator.normal(size=9), np.inf),
        generator.integers(0, 4, size=(50, 10)).astype(float),
    )
    weights = weights[weights.sum(axis=1) > 0]
    expected = [np.median(np.repeat(drawn, w.astype(int))) for w in weights]
    assert weighted_medians(drawn, weights) == pytest.approx(expected)


def test_wilsons_interval_is_that_of_the_textbook():
    assert share_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)
    assert share_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)


def test_replicates_needed_follow_the_t_distribution():
    assert seeds_for(1.0, 0.5) == 18  # t(17; .975) = 2.1098; 2.1098 / √18 = 0.4973, with 17 seeds 0.5141
    assert seeds_for(0.0, 0.1) == 2


def test_common_draws_need_fewer_seeds_than_independent_ones():
    found = replicates_needed(two(lambda p: 0.05 + 0 * p["p0"]), PAY, "a", "b", half_width=0.01)
    assert found.needed == 2 and found.needed_independent > 100
    assert found.correlation == pytest.approx(1)
    alone = replicates_needed(two(lambda p: 0 * p["p0"]), PAY, "a", half_width=0.01)
    assert alone.needed_low < alone.needed < alone.needed_high and not alone.enough


def test_one_seed_per_point_says_nothing_of_replicates():
    with pytest.raises(AnalysisError, match="fewer than 3 seeds"):
        replicates_needed(two(lambda p: 0 * p["p0"], seeds=1), PAY, "a", "b")


def test_the_a_measure_counts_ties_half():
    assert a_measure(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5
    assert a_measure(np.array([3.0]), np.array([1.0, 2.0])) == 1


# -- robustness -----------------------------------------------------------------------------------------------


def three():
    """Strategy `safe` always pays 0.5; `bold` 0.9 or, where p0 > 0.8, 0.1; `poor` always 0.3."""
    levels = {
        "safe": lambda p: 0.5 + 0 * p["p0"],
        "bold": lambda p: np.where(p["p0"] > 0.8, 0.1, 0.9),
        "poor": lambda p: 0.3 + 0 * p["p0"],
    }
    outcomes = {PAY: lambda p, s: levels[s](p)}
    return study(table(unit_points(100), outcomes, tuple(levels), 6), unit_problem())


def test_regret_and_worst_case_by_hand():
    data = three()
    bold = (data.points()["p0"] > 0.8).mean()
    found = robustness(data, PAY)
    rows = found.table.set_index("strategy")
    assert rows.loc["safe", "mean_regret"] == pytest.approx(0.4 * (1 - bold))
    assert rows.loc["bold", "mean_regret"] == pytest.approx(0.4 * bold)
    assert rows.loc["bold", "max_regret"] == pytest.approx(0.4)
    assert rows.loc["bold", "worst"] == pytest.approx(0.1) and rows.loc["safe", "worst"] == pytest.approx(0.5)
    assert found.best["mean_regret"] == "bold" and found.best["worst"] == "safe"
    assert found.best["max_regret"] == ""  # both 0.4: undetermined


def test_satisficing_counts_futures_in_which_all_goals_are_met():
    data = three()
    found = satisficing(data, [goal(f"{PAY} >= 0.6", [PAY])])
    shares = found.table.set_index("strategy")["share"]
    assert shares["bold"] == pytest.approx((data.points()["p0"] <= 0.8).mean())
    assert shares["safe"] == shares["poor"] == 0 and found.best == "bold"
    assert satisficing(data, [goal(f"{PAY} >= 0.05", [PAY])]).best == ""


def test_a_lead_that_other_seeds_would_turn_round_is_undetermined():
    runs = table(unit_points(40), {PAY: lambda p, s: 0.5 + 0.01 * (s == "a") + 0 * p["p0"]}, ("a", "b"), 8)
    assert robustness(study(runs, unit_problem()), PAY).best["mean_regret"] == "a"
    # Whole seeds go one way or the other, alike in all futures: resampled futures alone would not show it.
    swing = np.array([0.2, -0.2, 0.15, -0.15, 0.1, -0.12, 0.05, -0.04])
    runs.loc[runs["strategy"] == "a", PAY] += swing[runs.loc[runs["strategy"] == "a", "seed"]]
    assert robustness(study(runs, unit_problem()), PAY).best["mean_regret"] == ""


def test_with_five_seeds_nobody_leads():
    runs = table(unit_points(40), {PAY: lambda p, s: 0.5 + 0.3 * (s == "a") + 0 * p["p0"]}, ("a", "b"), 5)
    data = study(runs, unit_problem())
    assert set(robustness(data, PAY).best.values()) == {""}
    assert satisficing(data, [goal(f"{PAY} >= 0.6", [PAY])]).best == ""


def test_four_futures_to_none_is_no_lead():
    levels = {"lucky": lambda p: np.where(p.index < 4, 0.9, 0.1), "other": lambda p: 0.1 + 0 * p["p0"]}
    data = study(table(unit_points(80), {PAY: lambda p, s: levels[s](p)}, tuple(levels), 6), unit_problem())
    goals = [goal(f"{PAY} >= 0.6", [PAY])]
    assert satisficing(data, goals).best == ""
    levels["lucky"] = lambda p: np.where(p.index < 6, 0.9, 0.1)
    data = study(table(unit_points(80), {PAY: lambda p, s: levels[s](p)}, tuple(levels), 6), unit_problem())
    assert satisficing(data, goals).best == "lucky"


def test_of_consent_no_direction_is_better_so_regret_is_refused():
    runs = three().runs.rename(columns={PAY: "final_valid_consent"})
    with pytest.raises(AnalysisError, match="neither direction is better"):
        robustness(study(runs, unit_problem(outcomes=("final_valid_consent",))), "final_valid_consent")


# -- surfaces -------------------------------------------------------------------------------------------------


def test_a_quadratic_is_recovered_and_a_process_takes_over_where_it_does_not_fit():
    smooth = table(unit_points(80), {PAY: lambda p, _: p["p0"] ** 2 - p["p0"] * p["p1"]})
    found = fit_surface(study(smooth, unit_problem()), "a", PAY)
    assert found.kind == "quadratic" and found.quality == pytest.approx(1) and found.grade == "good"
    _, _, height = slice_of(found, "p0", "p1", steps=3)
    assert height[2, 2] == pytest.approx(0) and height[0, 2] == pytest.approx(1)
    wavy = table(unit_points(150, 2), {PAY: lambda p, _: np.sin(7 * p["p0"]) + p["p1"]})
    assert fit_surface(study(wavy, unit_problem(2)), "a", PAY).kind == "gaussian_process"


def test_noise_has_a_poor_surface_and_says_so():
    runs = table(unit_points(80), {PAY: lambda p, _: np.random.default_rng(1).normal(size=len(p))})
    assert fit_surface(study(runs, unit_problem()), "a", PAY).grade == "poor"


def test_indices_of_a_surface_are_those_of_the_function():
    runs = table(unit_points(100), {PAY: lambda p, _: 2 * p["p0"] + p["p1"]})
    data = study(runs, unit_problem())
    found = surface_indices(data, fit_surface(data, "a", PAY)).table.set_index("parameter")
    assert found["first"].to_dict() == pytest.approx({"p0": 0.8, "p1": 0.2, "p2": 0}, abs=0.02)


# -- tables that cannot be used -------------------------------------------------------------------------------


def test_a_missing_column_is_named_with_the_nearest():
    runs = table(unit_points(5), {PAY: planted}).rename(columns={"seed": "seeds"})
    with pytest.raises(AnalysisError, match=r"no column 'seed'; did you mean 'seeds'") as caught:
        study(runs, unit_problem(outcomes=(PAY, FALSE)))
    assert f"no column '{FALSE}'" in str(caught.value)


def test_a_table_without_rows_or_without_a_run_that_ended_well_is_refused():
    runs = table(unit_points(5), {PAY: planted})
    with pytest.raises(AnalysisError, match="no rows"):
        study(runs.iloc[:0], unit_problem())
    with pytest.raises(AnalysisError, match="none of the 5 runs ended well"):
        study(runs.assign(status="error"), unit_problem())


def test_failed_runs_are_left_out_and_counted():
    runs = table(unit_points(5), {PAY: planted}).assign(status=["ok", "ok", "error", "ok", "timeout"])
    found = study(runs, unit_problem())
    assert len(found.runs) == 3 and found.n_failed == 2


def test_runs_that_stand_twice_and_columns_of_text_are_refused():
    runs = table(unit_points(5), {PAY: planted})
    with pytest.raises(AnalysisError, match="1 runs stand twice"):
        study(pd.concat([runs, runs.iloc[:1]]), unit_problem())
    with pytest.raises(AnalysisError, match="expected numbers"):
        study(runs.assign(**{PAY: "high"}), unit_problem())


def test_an_unknown_strategy_is_named_with_the_nearest():
    with pytest.raises(AnalysisError, match=r"no runs of strategy 'bald'; did you mean 'bold'"):
        robustness_of = three()
        compare_strategies(robustness_of, PAY, "bald", "safe")
