"""Every statistic the program prints against an independent computation, on edge inputs: `docs/statistics.md`.

The other side is SciPy, scikit-learn, Python's own `statistics` and `fractions`, or loops that follow the definition;
nothing of the code under test is used in it. Edges: ties, constants, one row, nothing that ended well, nothing reached,
exactly at a threshold, one owner, one household.
"""

import itertools
import math
import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dashboard.views import spread as spread_on_a_page
from model.measures import SUMMARY
from scenarios.analysis.designs import sobol_design
from scenarios.analysis.discovery import discover, find_boxes
from scenarios.analysis.goals import goal, met_by_point
from scenarios.analysis.interactions import pairs_table
from scenarios.analysis.intervals import bootstrap, interval, share_interval, weighted_means, weighted_medians
from scenarios.analysis.paired import compare_strategies
from scenarios.analysis.problem import AnalysisError, Parameter, Problem, by_point, study
from scenarios.analysis.replicates import (
    MOST_SEEDS,
    a_measure,
    a_test_size,
    cv_stable,
    replicates_needed,
    seeds_for,
)
from scenarios.analysis.robustness import robustness, satisficing
from scenarios.analysis.search import beaten, non_dominated
from scenarios.analysis.sensitivity import morris_effects, pawn_indices, seed_noise, sobol_table
from scenarios.analysis.strategy_search import _centre, _interval
from scenarios.analysis.surfaces import fit_surface
from scenarios.analysis.trees import grow_tree
from scenarios.collected.summary import spread, summarised, weighted_quantiles
from scenarios.comparison import CENSORED, compare, left_out
from scenarios.quantiles import five_quantiles, quantiles

NAN, INF = math.nan, math.inf
PAY, FALSE, WEEKS = "payment_18_months", "final_insincere_share", "weeks_to_80"
LEVELS = [Fraction(1, 20), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(19, 20)]


def runs_of(points, strategies, seeds, value, outcome=PAY, **more):
    """A row per point, strategy and seed; value(point, strategy, seed)."""
    rows = [
        {"strategy": s, "seed": seed, "p": float(p), outcome: value(p, s, seed)}
        for p, s, seed in itertools.product(range(points), strategies, range(seeds))
    ]
    table = pd.DataFrame(rows).assign(**more)
    return study(table, Problem((Parameter("p", 0, max(points - 1, 1)),), (outcome,), 100))


# -- intervals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 7, 20, 1000, 123_456])
def test_interval_of_a_share_is_wilsons_as_scipy_has_it(n, level):
    for hits in {0, 1, n // 3, n // 2, n - 1, n}:
        found = stats.binomtest(hits, n).proportion_ci(level, method="wilson")
        assert share_interval(hits, n, level) == pytest.approx((found.low, found.high), abs=1e-12)
    assert all(map(math.isnan, share_interval(0, 0)))


def draws_by_hand(values, points, seeds, middle, resamples, seed):
    """Every resample written out: a value as often as its point times its seed was drawn."""
    factors = [f for f in (points, seeds) if len(set(f)) > 1]
    if len(factors) == 2 and len(set(zip(points, seeds, strict=True))) in (len(set(points)), len(set(seeds))):
        factors = [points if len(set(points)) == len(set(zip(points, seeds, strict=True))) else seeds]
    generator = np.random.default_rng(seed)
    codes = [sorted(set(f)) for f in factors]
    counts = [generator.multinomial(len(c), [1 / len(c)] * len(c), size=resamples) for c in codes]
    found = []
    for i in range(resamples):
        drawn = []
        for row, value in enumerate(values):
            times = math.prod(
                int(c[i][k.index(f[row])]) for c, k, f in zip(counts, codes, factors, strict=True)
            )
            drawn += [value] * times
        if drawn:
            found.append(middle(drawn))
    return sorted(found)


def plain_median(drawn):
    ordered = sorted(drawn)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else 0.0 if (low, high) == (-INF, INF) else (low + high) / 2


SAMPLES = {
    "mixed": [3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, 6.0],
    "ties": [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0],
    "constant": [2.0] * 8,
    "not reached": [INF, 3.0, -INF, INF, 2.0, INF, -INF, INF],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_bootstrap_resamples_points_and_seeds(name):
    values = SAMPLES[name]
    points, seeds = [0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 2, 3, 0, 1, 2, 3]
    pairs = [(weighted_medians, plain_median)]
    if name != "not reached":
        pairs.append((weighted_means, statistics.fmean))
    for ours, theirs in pairs:
        found = bootstrap(np.array(values), np.array(points), np.array(seeds), ours, resamples=60, seed=3)
        assert found.tolist() == pytest.approx(draws_by_hand(values, points, seeds, theirs, 60, 3))
        one = bootstrap(np.array(values), np.zeros(8, int), np.arange(8), ours, resamples=60, seed=3)
        assert one.tolist() == pytest.approx(draws_by_hand(values, [0] * 8, list(range(8)), theirs, 60, 3))


def test_bootstrap_interval_agrees_with_scipys_percentile_interval():
    sample = np.random.default_rng(1).normal(5, 2, 200)
    draws = bootstrap(sample, np.zeros(200, int), np.arange(200), weighted_means, resamples=4000)
    found = stats.bootstrap(
        (sample,), np.mean, n_resamples=4000, method="percentile", rng=2
    ).confidence_interval
    assert interval(draws) == pytest.approx((found.low, found.high), abs=0.03)


@pytest.mark.parametrize(("n", "cut"), [(1, 0), (2, 0), (40, 1), (100, 2), (500, 12), (1000, 25), (2000, 50)])
def test_interval_leaves_two_and_a_half_percent_out_on_either_side(n, cut):
    assert interval(np.arange(n, dtype=float)) == (cut, n - 1 - cut)
    assert all(map(math.isnan, interval(np.array([]))))


@pytest.mark.parametrize(
    ("values", "expected"), [([4.0], 4.0), ([1.0, 2.0], 1.5), ([-INF, INF], 0.0), ([1, INF], INF)]
)
def test_medians_with_not_reached(values, expected):
    assert weighted_medians(np.array(values), np.ones((1, len(values))))[0] == expected


# -- paired comparisons ---------------------------------------------------------------------------------------


def summary(outcome, a, b):
    rows = [("x", s, seed, v) for s, vs in (("a", a), ("b", b)) for seed, v in enumerate(vs)]
    return pd.DataFrame(rows, columns=["case", "strategy", "seed", outcome])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 2, 3, 4, 5, 6, 7], [0.5, 2, 3.5, 3, 3, 3, 3]),
        ([0.25] * 6, [0.25] * 6),
        ([0.5, NAN, 0.75, 1, 1, 1, 1], [NAN, 0.5, 0.5, 0, 1, 1, 1]),
        ([0.5], [0.25]),
    ],
)
def test_paired_difference_by_hand(a, b):
    found = compare(summary(PAY, a, b), PAY, "a", "b")
    both = [(x, y) for x, y in zip(a, b, strict=True) if not (math.isnan(x) or math.isnan(y))]
    differences = [x - y for x, y in both]
    assert found.difference == pytest.approx(statistics.fmean(differences))
    assert found.share_ahead == sum(d > 0 for d in differences) / len(both)
    assert found.share_behind == sum(d < 0 for d in differences) / len(both)
    assert (found.ties, found.n_pairs) == (differences.count(0), len(both))
    assert found.n_dropped == len(a) - len(both)
    if len(both) > 1 and len(set(map(tuple, both))) > 1:
        x, y = zip(*both, strict=True)
        spread_ = math.sqrt((statistics.variance(x) + statistics.variance(y)) / 2)
        assert found.effect_size == pytest.approx(statistics.fmean(differences) / spread_)
    generator, n = np.random.default_rng(0), len(both)
    means = sorted(
        statistics.fmean(differences[i] for i in row) for row in generator.integers(n, size=(2000, n))
    )
    wide = stats.t.ppf(0.025, n - 1) * math.sqrt(n / (n - 1)) if n > 1 else -math.inf
    cut = round(2000 * stats.norm.cdf(wide))
    assert cut < 50
    assert (found.low, found.high) == pytest.approx((means[cut], means[1999 - cut]))


@pytest.mark.parametrize("n", [6, 10, 20])
def test_the_interval_of_a_difference_holds_the_truth_as_often_as_it_says(n):
    """Differences of mean 0, in 500 comparisons: at 95 %, fewer than 455 happen once in 10,000."""
    drawn = np.random.default_rng(n).normal(size=(500, n))
    held = 0
    for row in drawn:
        found = compare(summary(PAY, row, np.zeros(n)), PAY, "a", "b")
        held += found.low <= 0.0 <= found.high
    assert held >= (455 if n > 6 else 450), (
        "six values bound their mean in 93 of a hundred; 86 without a correction"
    )


def test_the_share_left_out_is_less_the_fewer_values_there_are():
    assert [round(2000 * left_out(n)) for n in (6, 10, 20, 50, 100_000)] == [5, 17, 32, 42, 50]
    assert left_out(1) == 0.0
    assert interval(np.arange(2000.0), alone=20) == (31, 1968)


@pytest.mark.parametrize(
    ("a", "b", "middle", "reached"),
    [
        ([10, NAN, 30, NAN, 20, 25], [12, 40, NAN, NAN, 20, 20], 0.0, (2, 2)),
        ([NAN] * 6, [NAN] * 6, 0.0, (6, 6)),
        ([NAN] * 6, [5] * 6, INF, (6, 0)),
        ([5] * 6, [NAN, NAN, NAN, 5, 5, 5], -INF, (0, 3)),
    ],
)
def test_weeks_that_are_not_reached_are_later_than_any(a, b, middle, reached):
    found = compare(summary(WEEKS, a, b), WEEKS, "a", "b")
    later = [(INF if math.isnan(x) else x, INF if math.isnan(y) else y) for x, y in zip(a, b, strict=True)]
    differences = [0.0 if x == y else x - y for x, y in later]
    assert found.difference == plain_median(differences) == middle
    assert (found.not_reached_a, found.not_reached_b) == reached
    assert found.share_ahead == sum(d < 0 for d in differences) / 6
    assert found.effect_size == (sum(d > 0 for d in differences) - sum(d < 0 for d in differences)) / 6


def test_strategies_over_points_and_seeds_by_hand():
    def value(p, s, seed):
        return 0.5 + 0.01 * p * (seed - 2) + (0.02 * (p - 1) if s == "a" else 0.0)

    data = runs_of(4, "ab", 7, value)
    found = compare_strategies(data, PAY, "a", "b")
    pairs = {(p, s): value(p, "a", s) - value(p, "b", s) for p in range(4) for s in range(7)}
    assert found.difference == pytest.approx(statistics.fmean(pairs.values()))
    won = [statistics.fmean(pairs[p, s] for p in range(4)) > 0 for s in range(7)]
    assert found.share_seeds_won == sum(won) / 7
    assert found.share_ahead == pytest.approx(sum(d > 0 for d in pairs.values()) / 28)
    assert (found.n_pairs, found.n_points, found.n_seeds, found.ties) == (28, 4, 7, 7)
    for part in found.parts:
        inside = [d for (p, _), d in pairs.items() if part.low <= p <= part.high]
        assert part.difference == pytest.approx(statistics.fmean(inside)) and part.n_pairs == len(inside)
    same = compare_strategies(runs_of(3, "ab", 6, lambda p, s, k: 0.1 * p), PAY, "a", "b")
    assert same.finding == "identical" and (same.low, same.high) == (0.0, 0.0)


# -- quantiles ------------------------------------------------------------------------------------------------


def least_value(values, level, weights=None):
    """The least value that this share of the weight does not exceed, in exact fractions."""
    weights = weights or [1] * len(values)
    total, so_far = sum(weights), 0
    for value, weight in sorted(zip(values, weights, strict=True)):
        so_far += weight
        if Fraction(so_far, total) >= level:
            return value
    raise AssertionError


@pytest.mark.parametrize("n", [1, 2, 19, 20, 21, 40, 99, 100, 140, 1000])
def test_quantiles_of_weeks_are_weeks_that_were_reached(n):
    weeks = [float(w) for w in range(n, 0, -1)]
    for reached in {n, n // 2, 1}:
        sample = [w if w <= reached else NAN for w in weeks]
        later = [INF if math.isnan(w) else w for w in sample]
        assert five_quantiles(np.array(sample), True).tolist() == [least_value(later, q) for q in LEVELS]
    assert quantiles(np.full(n, NAN), censored=True) == (INF, INF, INF)
    assert all(map(math.isnan, quantiles(np.full(n, NAN), censored=False)))


@pytest.mark.parametrize(
    ("weeks", "middle"),
    [([10, 20, 30], "20"), ([10, NAN, NAN], "not reached"), ([10, 20, NAN], "20"), ([NAN], "no value")],
)
def test_the_dashboard_takes_a_week_that_is_not_reached_for_later_than_any(weeks, middle):
    shown = spread_on_a_page(np.array(weeks), "week", "en", censored=True)
    assert middle in shown[0]
    assert "10" not in shown[0] and spread_on_a_page(np.array([10, NAN, NAN]), "week", "en")[0].endswith("10")


@pytest.mark.parametrize("sample", [[0.5], [1.0, 2.0], [1.0, 1.0, 1.0], [3.0, NAN, 1.0, 2.0, 7.0]])
def test_quantiles_of_numbers_are_those_of_the_standard_library(sample):
    known = sorted(v for v in sample if not math.isnan(v))
    low, middle, high = quantiles(np.array(sample), censored=False)
    assert middle == statistics.median(known)
    if len(known) > 1:
        twentieths = statistics.quantiles(known, n=20, method="inclusive")
        assert (low, high) == pytest.approx((twentieths[0], twentieths[-1]))
    else:
        assert low == high == known[0]


@pytest.mark.parametrize(
    "weights", [[1] * 20, [5, 95], [60], [7, 133], [1, 1, 1, 97], [19, 1], [10**9, 19 * 10**9]]
)
def test_weighted_quantiles_count_households_exactly(weights):
    values = [float(i) for i in range(len(weights))]
    for order in (slice(None), slice(None, None, -1)):
        found = weighted_quantiles(
            np.array(values[order]), np.array(weights[order]), [float(q) for q in LEVELS]
        )
        assert found == [least_value(values, q, weights) for q in LEVELS]
    assert all(map(math.isnan, weighted_quantiles(np.array([]), np.array([]), [0.5])))


def test_spread_of_a_collection_with_nothing_reached_and_with_one_household():
    assert spread(np.array([NAN, NAN]), np.array([3, 4]), censored=True) | {} == {
        "low": None, "quarter": None, "median": None, "three_quarters": None, "high": None, "compounds": 2,
        "with_value": 0,
    }  # fmt: skip
    assert spread(np.array([NAN]), np.array([3]))["median"] is None
    assert spread(np.array([0.25]), np.array([1]))["low"] == 0.25
    found = spread(np.array([10.0, NAN, 20.0]), np.array([5, 5, 90]), censored=True)
    assert (found["low"], found["median"], found["high"]) == (10.0, 20.0, 20.0)


def collection_columns(n, **given):
    from scenarios.collected.summary import COLUMNS

    columns = dict.fromkeys(COLUMNS, np.zeros(n))
    columns |= {name: np.full(n, NAN) for name in CENSORED}
    columns |= {"compound": np.arange(n), "households": np.ones(n, int), "buildings": np.ones(n, int)}
    columns |= {"area_mean_m2": np.full(n, 60.0), "structure": np.full(n, 0.5), "structures_left": np.ones(n)}
    return columns | {name: np.array(values) for name, values in given.items()}


@pytest.mark.parametrize("households", [[1], [1, 1], [3, 7], [60, 1940]])
def test_shares_of_a_collection_are_shares_of_its_households(households):
    n = len(households)
    consent = [0.25, 0.75][:n]
    gate = [12.0, NAN][:n]
    found = summarised(
        collection_columns(
            n, households=np.array(households), valid_consent=np.array(consent), gate_week=np.array(gate),
            payment_rate=np.array([0.5, NAN][:n]), structures_left=np.array([0.5, 1.0][:n]),
        )
    ).totals  # fmt: skip
    weights = [Fraction(h, sum(households)) for h in households]
    mean = sum(w * Fraction(c) for w, c in zip(weights, consent, strict=True))
    assert found["valid_consent"] == pytest.approx(float(mean), abs=1e-15)
    assert found["share_past_gate"] == float(weights[0]) and found["compounds_past_gate"] == 1
    assert found["structures_removed_share"] == pytest.approx(0.5 * float(weights[0]))
    assert found["payment_rate"] == 0.5  # of the only compound that bills


# -- replicates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sd", "half"), [(1.0, 1.0), (0.2, 0.01), (3.0, 0.5), (0.0, 0.1), (1e-9, 1.0), (5.0, 0.11)]
)
def test_seeds_for_a_half_width_are_the_fewest(sd, half):
    n = seeds_for(sd, half)

    def half_width(k):
        return stats.t.interval(0.95, k - 1, scale=sd / math.sqrt(k))[1] if sd else 0.0

    assert half_width(n) <= half and (n == 2 or half_width(n - 1) > half)
    with pytest.raises(AnalysisError):
        seeds_for(1.0, 0.0)
    assert seeds_for(0.3, 1e-6) == pytest.approx((stats.norm.ppf(0.975) * 0.3 / 1e-6) ** 2, rel=1e-9)
    for sd, half in ((0.3, 1e-12), (1e200, 1.0), (math.inf, 1.0)):
        assert seeds_for(sd, half) == MOST_SEEDS


def test_pooled_spread_its_interval_and_the_correlation_by_hand():
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (4, 9)), rng.normal(0, 2, (4, 9))
    y = y + 0.8 * x
    data = runs_of(4, "ab", 9, lambda p, s, k: (x if s == "a" else y)[p, k] + 10 * p)
    one, both = replicates_needed(data, PAY, "a"), replicates_needed(data, PAY, "a", "b")
    sd = math.sqrt(statistics.fmean(statistics.variance(row) for row in x))
    assert one.sd == pytest.approx(sd)
    low, high = (sd * math.sqrt(32 / stats.chi2.ppf(q, 32)) for q in (0.975, 0.025))
    assert (one.sd_low, one.sd_high) == pytest.approx((low, high))
    assert both.sd == pytest.approx(math.sqrt(statistics.fmean(statistics.variance(row) for row in x - y)))
    of_b = statistics.fmean(statistics.variance(row) for row in y)
    assert both.sd_independent == pytest.approx(math.sqrt(sd**2 + of_b))
    centred = [(m - m.mean(axis=1, keepdims=True)).ravel() for m in (x, y)]
    assert both.correlation == pytest.approx(stats.pearsonr(*centred).statistic)


@pytest.mark.parametrize("values", [[1, 2, 3], [1, 1, 1], [0], [1, 2, 2, 9]])
def test_a_measure_counts_pairs_and_half_the_ties(values):
    others = [0, 1, 2, 2, 5]
    by_hand = statistics.fmean(1.0 if x > y else 0.5 if x == y else 0.0 for x in values for y in others)
    x, y = np.array(values, float), np.array(others, float)
    assert a_measure(x, y) == pytest.approx(by_hand)
    u = stats.mannwhitneyu(x, y).statistic
    assert a_measure(x, y) == pytest.approx(u / (len(x) * len(y)))


def test_a_test_needs_no_more_than_five_seeds_of_a_constant_and_many_of_noise():
    assert a_test_size(np.full(50, 3.0)) == 5
    sample = np.random.default_rng(0).normal(size=400)
    size = a_test_size(sample, seed=4)
    generator = np.random.default_rng(4)
    for tried in (5, 10, 20, 50, 100, 150, 200, 300, 400, 500, 750, 1000):
        draws = sample[generator.integers(400, size=(20, tried))]
        gaps = [abs(stats.mannwhitneyu(draws[0], d).statistic / tried**2 - 0.5) for d in draws[1:]]
        if max(gaps) + 0.5 < 0.56:
            assert size == tried
            return
    assert size == 0


def test_coefficient_of_variation_settles_where_it_does_by_hand():
    sample = np.random.default_rng(2).normal(10, 1, 300)
    cvs = [statistics.stdev(sample[:n]) / abs(statistics.fmean(sample[:n])) for n in range(2, 301)]
    by_hand = next(n for n in range(2, 301) if max(cvs[n - 2 :]) - min(cvs[n - 2 :]) < 0.01)
    assert cv_stable(sample) == (by_hand if by_hand <= 225 else 0) > 0
    assert cv_stable(np.array([1.0, 2.0])) == 0 and cv_stable(np.zeros(50)) == 0
    assert cv_stable(np.full(50, 2.0)) == 2


# -- sensitivity ----------------------------------------------------------------------------------------------


def test_sobol_indices_are_the_estimators_of_saltelli_and_jansen():
    problem = Problem(tuple(Parameter(f"x{i}", 0, 1) for i in range(3)), (PAY,))
    design = sobol_design(problem, 256)
    y = (design["x0"] + 2 * design["x1"] ** 2 + design["x0"] * design["x2"]).to_numpy()
    found = sobol_table(problem, y).set_index("parameter")
    y = (y - y.mean()) / y.std()
    a, b = y[0::5], y[4::5]
    for i, name in enumerate(problem.names):
        ab, variance = y[i + 1 :: 5], np.var(np.r_[a, b])
        assert found.loc[name, "first"] == pytest.approx(np.mean(b * (ab - a)) / variance)
        assert found.loc[name, "total"] == pytest.approx(np.mean((a - ab) ** 2) / 2 / variance)
        for index in ("first", "total"):
            assert (
                found.loc[name, f"{index}_low"] <= found.loc[name, index] <= found.loc[name, f"{index}_high"]
            )


def test_second_order_indices_sum_with_the_first_to_the_variance_of_a_product():
    from SALib.sample import sobol

    problem = Problem((Parameter("x", -1, 1), Parameter("y", -1, 1)), (PAY,))
    points = sobol.sample(problem.salib(), 1024, calc_second_order=True, seed=1)
    # x·y has no first order: all of its variance belongs to the pair.
    assert pairs_table(problem, points[:, 0] * points[:, 1])["index"][0] == pytest.approx(1.0, abs=0.05)
    assert pairs_table(problem, points[:, 0] + points[:, 1])["index"][0] == pytest.approx(0.0, abs=0.05)


def test_pawn_is_the_median_kolmogorov_smirnov_distance_of_slices():
    rng = np.random.default_rng(3)
    n = 300
    table = pd.DataFrame(
        {"u": rng.random(n), "k": rng.integers(0, 4, n) * 1.0, "c": rng.choice(["a", "b"], n)}
    )
    table["t"] = np.where(table["u"] < 0.5, 0.25, table["u"])  # ties over half of its range
    table[PAY] = np.round(table["u"] + (table["c"] == "b") + 0.1 * table["k"], 1)
    parameters = (
        Parameter("u", 0, 1), Parameter("k", 0, 3), Parameter("c", 0, 0, choices=("a", "b")), Parameter("t", 0, 1),
    )  # fmt: skip
    data = study(table.assign(strategy="s", seed=1), Problem(parameters, (PAY,)))
    found = pawn_indices(data, "s", PAY).table.set_index("parameter")["index"]
    y = table[PAY].to_numpy()

    def by_hand(groups):
        gaps = []
        for group in groups:
            grid = np.unique(y)
            gaps.append(max(abs(np.mean(y[group] <= v) - np.mean(y <= v)) for v in grid))
            assert gaps[-1] == pytest.approx(stats.ks_2samp(y[group], y).statistic)
        return statistics.median(gaps)

    assert found["k"] == pytest.approx(by_hand([np.flatnonzero(table["k"] == v) for v in range(4)]))
    assert found["c"] == pytest.approx(by_hand([np.flatnonzero(table["c"] == v) for v in "ab"]))
    for name in ("u", "t"):
        x = table[name].to_numpy()
        edges = np.quantile(x, [i / 10 for i in range(1, 10)])
        slices = [np.flatnonzero(np.digitize(x, edges) == i) for i in range(10)]
        assert found[name] == pytest.approx(by_hand([s for s in slices if len(s)])), name


def test_noise_of_seeds_is_that_of_a_two_way_analysis_of_variance():
    rng = np.random.default_rng(8)
    y = rng.normal(0, 1, (6, 1)) + rng.normal(0, 3, (1, 5)) + rng.normal(0, 0.7, (6, 5))
    data = runs_of(6, "a", 5, lambda p, s, k: y[p, k])
    residual = sum(
        (y[p, k] - y[p].mean() - y[:, k].mean() + y.mean()) ** 2 for p in range(6) for k in range(5)
    ) / (5 * 4)
    assert seed_noise(data, "a", PAY) == pytest.approx(residual / 5 / statistics.variance(y.mean(axis=1)))
    assert math.isnan(seed_noise(runs_of(6, "a", 1, lambda p, s, k: 1.0 * p), "a", PAY))
    assert math.isnan(seed_noise(runs_of(6, "a", 3, lambda p, s, k: 0.5), "a", PAY))


def test_morris_of_two_trajectories_by_hand():
    points = pd.DataFrame({"x": [0, 0.5, 0.5, 1, 1, 0.5], "y": [0, 0, 10.0, 10, 5, 5]})
    problem = Problem((Parameter("x", 0, 1), Parameter("y", 0, 10)), (PAY,))
    data = study(points.assign(strategy="s", seed=1, **{PAY: [0.0, 1, 3, 4, 3, 3.5]}), problem)
    found = morris_effects(data, points, "s", PAY).table.set_index("parameter")
    # x: 1/0.5 = 2 and 0.5/−0.5 = −1; y: 2/1 = 2 and −1/−0.5 = 2.
    assert found.loc["x", ["mu_star", "mu"]].tolist() == [1.5, 0.5]
    assert found.loc["x", "sigma"] == pytest.approx(statistics.stdev([2, -1]))
    assert found.loc["y", ["mu_star", "mu", "sigma"]].tolist() == [2.0, 2.0, 0.0]


@pytest.mark.parametrize("analyse", [pawn_indices])
def test_a_constant_has_no_index(analyse):
    with pytest.raises(AnalysisError, match="at every point"):
        analyse(runs_of(40, "a", 2, lambda p, s, k: 0.5), "a", PAY)


def test_quality_of_a_surface_is_what_left_out_points_say():
    data = runs_of(60, "a", 1, lambda p, s, k: 0.3 + 0.001 * p**2)
    assert fit_surface(data, "a", PAY).quality == pytest.approx(1.0, abs=1e-6)
    noise = np.random.default_rng(0).normal(size=60)
    assert fit_surface(runs_of(60, "a", 1, lambda p, s, k: noise[p]), "a", PAY).quality < 0.2


# -- discovery ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [1, 2, 3, 4])
def test_a_point_fails_where_at_most_half_of_its_seeds_reach_the_goal(seeds):
    data = runs_of(seeds + 1, "a", seeds, lambda p, s, k: 0.6 if k < p else 0.5)
    share = met_by_point(data, "a", [goal(f"{PAY} >= 0.6", [PAY])])
    assert [Fraction(x).limit_denominator(9) for x in share] == [Fraction(p, seeds) for p in range(seeds + 1)]
    held = satisficing(
        runs_of(seeds + 1, "ab", seeds, lambda p, s, k: 0.6 if k < p else 0.5), [goal(f"{PAY} >= 0.6", [PAY])]
    ).table
    assert held["n_met"].tolist() == [sum(2 * p > seeds for p in range(seeds + 1))] * 2


def box_cases(n=400):
    rng = np.random.default_rng(7)
    cases = pd.DataFrame(
        {"x": rng.random(n).round(2), "y": rng.random(n), "c": rng.choice(["a", "b", "d"], n)}
    )
    failing = ((cases["x"] >= 0.7) & (cases["c"] != "a") | (rng.random(n) < 0.03)).to_numpy()
    parameters = (Parameter("x", 0, 1), Parameter("y", 0, 1), Parameter("c", 0, 0, choices=("a", "b", "d")))
    return cases, failing, parameters


def test_coverage_density_mass_and_chance_of_a_box_are_counts():
    cases, failing, parameters = box_cases()
    boxes, path = find_boxes(cases, failing, parameters)
    left = np.ones(len(cases), bool)
    assert boxes
    for box in boxes:
        masks = {
            r.parameter: cases[r.parameter].isin(r.choices)
            if r.choices
            else cases[r.parameter].between(r.low, r.high)
            for r in box.restrictions
        }
        inside = np.logical_and.reduce([*masks.values()]) & left
        hits, n = int((inside & failing).sum()), int(inside.sum())
        assert (box.n, box.coverage) == (n, hits / failing.sum())
        assert (box.density, box.mass) == (hits / n, n / len(cases))
        wilson = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
        assert (box.density_low, box.density_high) == pytest.approx((wilson.low, wilson.high))
        for r in box.restrictions:
            others = [m for name, m in masks.items() if name != r.parameter]
            wider = np.logical_and.reduce([left, *others])
            base = (wider & failing).sum() / wider.sum()
            assert r.p == pytest.approx(stats.binomtest(hits, n, base, alternative="greater").pvalue)
        left &= ~inside
    assert path["mass"].iloc[0] == 1 and path["density"].iloc[0] == failing.mean()


def test_leaves_of_the_tree_are_counts_and_its_accuracy_that_of_points_left_out():
    cases, failing, parameters = box_cases()
    rules, accuracy = grow_tree(cases, failing, parameters)
    seen = np.zeros(len(cases), int)
    for rule in rules:
        inside = np.ones(len(cases), bool)
        for name, sign, cut in rule.conditions:
            column, _, choice = name.partition(" = ")
            values = (cases[column] == choice).astype(float) if choice else cases[column]
            inside &= (values <= cut) if sign == "<=" else (values > cut)
        seen += inside
        assert (rule.n, rule.failing) == (inside.sum(), failing[inside].mean())
    assert (seen == 1).all() and 0.9 < accuracy <= 1
    coin = np.random.default_rng(0).random(len(cases)) < 0.5
    assert 0.35 < grow_tree(cases, coin, parameters)[1] < 0.65


@pytest.mark.parametrize(("level", "note"), [(0.6, "none_fail"), (0.59, "all_fail")])
def test_exactly_at_the_goal_nothing_fails_and_just_below_everything(level, note):
    stored = float(np.float32(level))  # as a run's outcome is kept
    found = discover(runs_of(30, "a", 3, lambda p, s, k: stored), "a", [goal(f"{PAY} >= 0.6", [PAY])])
    assert found.note == note and found.n_failing == (0 if note == "none_fail" else 30)


# -- robustness, search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [PAY, FALSE, WEEKS])
def test_regret_and_worst_cases_by_hand(outcome):
    rng = np.random.default_rng(4)
    values = {(p, s, k): float(rng.integers(0, 8)) / 8 for p in range(20) for s in "abc" for k in range(7)}
    if outcome == WEEKS:
        values = {key: NAN if v > 0.7 else 8 * v for key, v in values.items()}
    found = robustness(runs_of(20, "abc", 7, lambda p, s, k: values[p, s, k], outcome), outcome)
    horizon = 100.0
    middle = statistics.median if outcome == WEEKS else statistics.fmean
    sign = 1 if outcome == PAY else -1
    future = {
        (p, s): middle([horizon if math.isnan(v) else v for k in range(7) for v in [values[p, s, k]]])
        for p in range(20)
        for s in "abc"
    }
    for _, row in found.table.iterrows():
        s = row["strategy"]
        regrets = [max(sign * future[p, o] for o in "abc") - sign * future[p, s] for p in range(20)]
        worst = sorted(sign * future[p, s] for p in range(20))
        assert row["mean_regret"] == pytest.approx(statistics.fmean(regrets))
        assert row["max_regret"] == pytest.approx(max(regrets))
        assert row["worst"] == pytest.approx(sign * worst[0])
        assert row["worst_tenth"] == pytest.approx(sign * statistics.fmean(worst[:2]))
        assert row["mean"] == pytest.approx(statistics.fmean(future[p, s] for p in range(20)))
        assert row["mean_regret_low"] <= row["mean_regret"] <= row["mean_regret_high"]


def test_equal_strategies_have_no_regret_and_no_leader():
    found = robustness(runs_of(12, "ab", 6, lambda p, s, k: 0.1 * p), PAY)
    assert (found.table[["mean_regret", "max_regret"]] == 0).all().all()
    assert set(found.best.values()) == {""}


def test_share_of_futures_is_a_count_with_wilsons_interval_and_leads_by_the_sign_test():
    wanted = [goal(f"{PAY} >= 0.6", [PAY])]
    for ahead in range(4, 9):
        data = runs_of(20, "ab", 6, lambda p, s, k, n=ahead: 0.6 if s == "a" and p < n else 0.5)
        found = satisficing(data, wanted)
        wilson = stats.binomtest(ahead, 20).proportion_ci(0.95, method="wilson")
        row = found.table.iloc[0]
        assert (row["n_met"], row["share"]) == (ahead, ahead / 20)
        assert (row["low"], row["high"]) == pytest.approx((wilson.low, wilson.high))
        assert found.best == ("a" if 2 * 0.5**ahead < 0.05 else "")


@pytest.mark.parametrize("seed", range(4))
def test_the_front_is_what_no_other_beats(seed):
    rows = np.random.default_rng(seed).integers(0, 4, (40, 3)).astype(float)

    def beats(x, y):
        return all(x <= y) and any(x < y)

    by_hand = [any(beats(x, y) for x in rows) for y in rows]
    assert beaten(rows).tolist() == by_hand
    first = [rows.tolist().index(row.tolist()) == i for i, row in enumerate(rows)]
    assert non_dominated(rows).tolist() == [f and not b for f, b in zip(first, by_hand, strict=True)]


def test_of_equal_members_of_a_front_none_is_beaten():
    rows = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0]])
    assert beaten(rows).tolist() == [False, False, True, False]
    assert beaten(np.ones((1, 5))).tolist() == [False] and beaten(np.empty((0, 5))).tolist() == []


def test_means_of_a_search_and_their_interval_by_hand():
    wide = np.random.default_rng(1).normal(size=(3, 12))
    low, high = _interval(wide)
    for row, a, b in zip(wide, low, high, strict=True):
        level = 1.0 - 2.0 * stats.norm.cdf(stats.t.ppf(0.025, 11) * math.sqrt(12 / 11))
        found = stats.bootstrap(
            (row,), np.mean, n_resamples=4000, method="percentile", confidence_level=level, rng=3
        ).confidence_interval
        assert (a, b) == pytest.approx((found.low, found.high), abs=0.1)
    assert _interval(np.full((1, 5), 2.0)) == (np.array([2.0]), np.array([2.0]))
    weeks = np.array([[1.0, 2, 3, 4], [1, 2, INF, INF], [1, 2, 3, INF]])
    assert (
        _centre(weeks, censored=True).tolist()
        == [plain_median(row) for row in weeks.tolist()]
        == [2.5, INF, 2.5]
    )


# -- points, failed runs --------------------------------------------------------------------------------------


def test_values_of_a_point_by_hand_failed_runs_left_out_and_counted():
    table = pd.DataFrame(
        [
            ("s", 1, 0.0, 0.5, "ok"),
            ("s", 2, 0.0, NAN, "ok"),
            ("s", 3, 0.0, 0.7, "ok"),
            ("s", 1, 1.0, NAN, "error"),
        ],
        columns=["strategy", "seed", "p", PAY, "status"],
    )
    data = study(table, Problem((Parameter("p", 0, 1),), (PAY,), 100))
    found = by_point(data, "s", PAY)
    assert found.loc[0].tolist() == pytest.approx([0.6, statistics.variance([0.5, 0.7]), 2, 1])
    assert len(found) == 1 and data.n_failed == 1
    with pytest.raises(AnalysisError, match="none of the 1 runs ended well"):
        study(table[table["status"] == "error"], Problem((Parameter("p", 0, 1),), (PAY,), 100))


@pytest.mark.parametrize(
    ("weeks", "middle"), [([10, 20, NAN], 20.0), ([NAN, NAN], INF), ([10, NAN], INF), ([10], 10.0)]
)
def test_weeks_of_a_point_have_a_median(weeks, middle):
    data = runs_of(1, "s", len(weeks), lambda p, s, k: weeks[k], WEEKS)
    assert by_point(data, "s", WEEKS)["value"].tolist() == [middle]


def test_every_row_of_the_table_in_the_docs_names_its_test():
    from pathlib import Path

    here = Path(__file__)
    rows = [
        line.split("|") for line in (here.parents[1] / "docs" / "statistics.md").read_text("utf-8").splitlines()
        if line.startswith("|") and "`test_" in line
    ]  # fmt: skip
    known = "".join(file.read_text("utf-8") for file in here.parent.glob("test_*.py"))
    named = [word for row in rows for word in row[-2].replace(",", " ").split() if word.startswith("`test_")]
    assert len(rows) > 30 and all(f"def {word.strip('`')}(" in known for word in named)
    assert set(SUMMARY)  # summaries of runs: tests/test_summary.py
