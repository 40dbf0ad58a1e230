"""Calibration: targets, emulators, waves that resume, survivors, the perfect-model test."""

import json
import math
from dataclasses import replace

import calibrated
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.calibrated import CALIBRATED
from model.measures import Outcome
from model.parameters import Parameters, declarations
from scenarios.calibration import agreement, centre, experiments, perfect, waves
from scenarios.calibration.centre import middle_of, with_centre
from scenarios.calibration.emulators import fit
from scenarios.calibration.experiments import Sample, Statistic
from scenarios.calibration.perfect import perfect_model
from scenarios.calibration.space import Space, plausible_space
from scenarios.calibration.survivors import find_survivors, write_survivors
from scenarios.calibration.targets import Target, implausibilities, load_targets, second_largest
from scenarios.calibration.waves import LAST_LOOK, TABLE, Plan, look_closer, not_ruled_out, run_waves
from scenarios.files.problems import ScenarioError
from scenarios.plausible import load_survivors
from scenarios.store import Store

RANGES = {"pay_base": (0.0, 2.0), "pay_habit": (1.0, 3.0), "pay_trust": (0.5, 1.5)}


def target(name, low, high, sd=0.05, statistic=""):
    return Target(
        id=name,
        statistic=statistic or name,
        low=low,
        high=high,
        sd=sd,
        grade="J",
        source="test",
        en="x",
        zh="x",
    )


PLAN = Plan(
    targets=(target("level", 0.6, 0.6), target("spread", 0.1, 0.15, 0.01), target("free", 0.0, 1.0)),
    space=Space(RANGES),
    seed=4,
    waves=3,
    first=200,
    later=100,
)


def by_hand(sets, sample=None, *, threads=None):
    """Statistics that are simple functions of two coefficients, without compounds."""
    return [
        {
            "level": Statistic(0.4 * p.pay_base, 1e-4),
            "spread": Statistic(0.1 * p.pay_habit, 1e-4),
            "free": Statistic(0.5, 0.0),
        }
        for p in sets
    ]


@pytest.fixture
def no_compounds(monkeypatch):
    monkeypatch.setattr(waves, "statistics", by_hand)
    monkeypatch.setattr(perfect, "statistics", by_hand)
    monkeypatch.setattr(agreement, "statistics", by_hand)


def calibrated_in(folder, plan=PLAN):
    done = run_waves(plan, folder)
    return find_survivors(plan, done, look_closer(plan, done, folder))


# -- targets ------------------------------------------------------------------------------------------------


def test_every_shipped_target_is_computed_and_comes_from_the_evidence_that_may_be_used():
    targets = load_targets()
    assert len({t.id for t in targets}) == len(targets)
    p = Parameters()
    series = {
        kind: np.zeros((3, 260, len(Outcome)), np.float32) for kind in experiments._payment_runs(p, Sample())
    }
    asked = experiments._consent_runs(p, Sample())
    signed = {kind: np.zeros((3, 156, len(Outcome)), np.float32) for kind in asked}
    computed = {
        **experiments.in_the_laboratory(p),
        **experiments.of_coefficients(p),
        **experiments.of_payment(series),
        **experiments.of_consent(signed),
    }
    assert {t.statistic for t in targets} == set(computed)
    assert {t.id.rstrip("s") for t in targets if t.grade != "J"} <= {
        *(
            "B1",
            "B3",
            "C1",
            "C2",
            "C3",
            "D",
            "D3",
            "D5",
            "E1",
            "E2",
            "E3",
            "E10",
            "F1",
            "F3",
            "F4",
            "F5",
            "F6",
        )
    }
    assert all(t.source.startswith("judgement") for t in targets if t.grade == "J")


def test_within_the_range_nothing_is_implausible_and_beyond_it_distance_counts_in_tolerances():
    band = target("a", 0.2, 0.4, sd=0.03)
    found = band.implausibility(np.array([0.2, 0.3, 0.4, 0.1, 0.49, np.nan]), np.array([0.0] * 6))
    assert found == pytest.approx([0, 0, 0, 10 / 3, 3, math.inf])
    with_chance = band.implausibility(np.array([0.1]), np.array([0.04**2]))
    assert with_chance == pytest.approx([0.1 / 0.05])


def test_one_target_alone_rules_nothing_out():
    targets = (target("a", 0, 0, 0.1), target("b", 0, 0, 0.1), target("c", 0, 0, 0.1))
    means = {"a": np.array([9.0, 0.9]), "b": np.array([0.1, 0.8]), "c": np.array([0.2, 0.0])}
    zero = {name: np.zeros(2) for name in means}
    assert second_largest(implausibilities(targets, means, zero)) == pytest.approx([2.0, 8.0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no [[target]]"),
        ("[[target]]\nid = 'a'", "target.0.statistic: Field required"),
        ("[[target", "cannot be read"),
        (
            "[[target]]\nid='a'\nstatistic='b'\nlow=1\nhigh=0\nsd=1\ngrade='A'\nsource='s'\nen='e'\nzh='z'",
            "low 1.0 is above high 0.0",
        ),
    ],
)
def test_a_wrong_file_of_targets_is_refused_with_what_is_wrong(tmp_path, text, expected):
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match=r"mine\.toml") as error:
        load_targets(file)
    assert expected in str(error.value)


# -- emulators and waves ------------------------------------------------------------------------------------


def test_an_emulator_finds_the_coefficients_that_count_and_how_wrong_it_is():
    rng = np.random.default_rng(1)
    points = rng.random((400, 30))
    values = 2.0 * points[:, 3] - points[:, 7] * points[:, 3] + 0.05 * rng.standard_normal(400)
    emulator = fit(points, values)
    assert set(emulator.active[:2]) == {3, 7}
    assert emulator.variance == pytest.approx(0.0025, rel=0.3)
    assert emulator.explained > 0.98
    assert emulator.doubt == emulator.variance
    new = rng.random((100, 30))
    assert np.abs(emulator.guess(new) - (2.0 * new[:, 3] - new[:, 7] * new[:, 3])).max() < 0.1


def test_chance_is_no_doubt_about_the_expected_value():
    rng = np.random.default_rng(1)
    points = rng.random((400, 30))
    values = 2.0 * points[:, 3] + 0.05 * rng.standard_normal(400)
    emulator = fit(points, values, np.full(400, 0.0015))
    assert emulator.doubt == pytest.approx(emulator.variance - 0.0015)
    assert fit(points, values, np.full(400, 0.01)).doubt == 0.25 * emulator.variance  # never none


def test_what_differs_by_factors_is_guessed_on_a_logarithmic_scale():
    rng = np.random.default_rng(1)
    points = rng.random((400, 30))
    months = np.exp(1.0 + 2.0 * points[:, 3])
    emulator = fit(points, months, 0.01 * months**2, logarithmic=True)
    assert emulator.logarithmic and emulator.chance == pytest.approx(0.01)
    assert emulator.guess(points) == pytest.approx(np.log(months), abs=0.02)
    band = target("a", 4.0, 10.0, sd=2.0)
    far = band.implausibility(np.log([5.0, 20.0, 2.0]), np.full(3, 0.0), logarithmic=True)
    assert far == pytest.approx([0.0, np.log(2.0) / np.log(1.2), 1.0])
    from_zero = target("a", 0.0, 10.0, sd=2.0)
    assert from_zero.implausibility(np.log([0.1]), np.zeros(1), logarithmic=True) == [0.0]


def test_many_targets_that_are_each_a_little_away_rule_a_set_out_together():
    rng = np.random.default_rng(1)
    points = rng.random((200, 3))
    plan = Plan(tuple(target(f"t{i}", 0.0, 0.2, 0.1, "x") for i in range(12)), Space(RANGES))
    emulators = {"x": fit(points, points[:, 0])}
    wave = waves.Wave(1, 0, 1.0, None, emulators, {}, np.zeros(0, bool))
    found = not_ruled_out(plan.targets, [wave], np.array([[0.1, 0, 0], [0.3, 0, 0], [0.4, 0, 0]]))
    assert found.tolist() == [True, True, False]  # 0, 12 and 48 in all; 2 for each target


def test_an_emulator_of_a_constant_guesses_it_and_of_too_few_values_there_is_none():
    points = np.random.default_rng(1).random((80, 5))
    assert fit(points, np.full(80, 0.7)).guess(points[:3]) == pytest.approx([0.7] * 3)
    assert fit(points, np.where(np.arange(80) < 59, 0.5, np.nan)) is None


def test_waves_close_in_on_what_the_targets_leave(no_compounds, tmp_path):
    seen = []
    plan = replace(PLAN, waves=3)
    done = run_waves(plan, tmp_path, finished=lambda wave: seen.append(wave.number))
    assert seen == [1, 2, 3]
    assert done[0].left == 1.0
    assert 0.5 < done[1].left < 0.75  # one target alone rules nothing out yet
    assert done[2].left < 0.25
    assert done[2].agree.mean() > 0.9 > 0.3 > done[1].agree.mean()
    assert done[0].ruled_out["free"] == 0.0
    points = np.array([[0.75, 0.2, 0.5], [0.0, 0.2, 0.5], [0.0, 0.9, 0.5]])
    # level alone is wrong for the second; level and spread for the third
    assert not_ruled_out(PLAN.targets, done, points, cautious=True).tolist() == [True, True, False]
    assert not_ruled_out(PLAN.targets, done, points).tolist() == [True, False, False]


def test_a_calibration_that_was_cut_off_goes_on_and_finds_the_same(no_compounds, monkeypatch, tmp_path):
    whole = calibrated_in(tmp_path / "whole")
    calls, deaths = 0, (3, 9, 18)

    def dies(sets, *sample, **options):
        nonlocal calls
        calls += 1
        if calls in deaths:
            raise KeyboardInterrupt
        return by_hand(sets, *sample, **options)

    monkeypatch.setattr(waves, "statistics", dies)
    for _ in deaths:
        with pytest.raises(KeyboardInterrupt):
            calibrated_in(tmp_path / "cut")
    again = calibrated_in(tmp_path / "cut")
    assert np.array_equal(again.values, whole.values)
    assert again.provenance == whole.provenance
    calibrated_in(tmp_path / "cut")
    in_chunks = sum(-(-PLAN.size(wave) // waves.CHUNK) for wave in (1, 2, 3))
    in_chunks += -(-whole.provenance["last_look"]["simulated"] // (waves.CHUNK // LAST_LOOK.times))
    assert calls == in_chunks + len(deaths)  # nothing is simulated twice


def test_what_agrees_by_chance_in_a_wave_does_not_survive_the_last_look(monkeypatch, tmp_path):
    def by_chance(sets, sample=None, *, threads=None):
        found = by_hand(sets)
        if sample != LAST_LOOK:
            return found
        # in other compounds, half of the sets are far from the spread that is wanted
        return [
            {**of, "spread": Statistic(0.5 if p.pay_trust > 1.0 else of["spread"].value)}
            for p, of in zip(sets, found, strict=True)
        ]

    monkeypatch.setattr(waves, "statistics", by_chance)
    done = run_waves(PLAN, tmp_path)
    found = find_survivors(PLAN, done, look_closer(PLAN, done, tmp_path))
    trust = found.values[:, found.names.index("pay_trust")]
    look = found.provenance["last_look"]
    assert trust.max() <= 1.0
    assert look["simulated"] == sum(int(wave.agree.sum()) for wave in done)
    assert look["agree"] == len(found) == pytest.approx(look["simulated"] / 2, rel=0.35)
    assert look["ruled_out"]["spread"] == pytest.approx(1.0 - look["agree"] / look["simulated"])


def test_the_last_look_takes_compounds_that_no_wave_has_seen():
    of_waves, of_look = Sample().seeds(24), LAST_LOOK.seeds(24)
    assert (len(of_waves), len(of_look)) == (24, 72)
    assert not set(of_waves) & set(of_look)
    others = (agreement.OTHER_COMPOUNDS.seeds(24), perfect._COMPOUNDS.seeds(24))
    assert not set(of_look) & {seed for seeds in others for seed in seeds}


def test_another_plan_is_refused_in_a_folder_that_holds_one(no_compounds, tmp_path):
    run_waves(PLAN, tmp_path)
    other = Plan(PLAN.targets, PLAN.space, seed=2, waves=3, first=200, later=100)
    with pytest.raises(ScenarioError, match="holds a calibration of other targets"):
        run_waves(other, tmp_path)


OTHER = Plan(PLAN.targets, PLAN.space, seed=2, waves=3, first=200, later=100)
FEWER = Plan(PLAN.targets, PLAN.space, seed=4, waves=1, first=200, later=100)


def test_a_damaged_manifest_opens_its_sets_to_no_other_calibration(no_compounds, tmp_path):
    found = calibrated_in(tmp_path)
    for harm in ("{", "[]", ""):
        (tmp_path / "manifest.json").write_text(harm, "utf-8")
        before = Store(tmp_path, main=TABLE).keys()
        with pytest.raises(ScenarioError, match="the manifest is gone, and the sets are not of this"):
            run_waves(OTHER, tmp_path)
        assert Store(tmp_path, main=TABLE).keys() == before
        assert Store(tmp_path).manifest == {}
        run_waves(FEWER, tmp_path)  # the first wave of the same calibration
        assert Store(tmp_path).manifest["identity"] == PLAN.identity
    again = calibrated_in(tmp_path)
    assert np.array_equal(again.values, found.values)


def test_a_calibration_writes_over_no_other_results(no_compounds, tmp_path):
    store = Store(tmp_path / "named")
    store.write_manifest({"kind": "sweep of somebody else"})
    with pytest.raises(ScenarioError, match="holds other results"):
        run_waves(PLAN, store.folder)
    assert store.manifest == {"kind": "sweep of somebody else"}
    nameless = Store(tmp_path / "nameless")
    nameless.append(pa.table({"key": ["a"]}))
    with pytest.raises(ScenarioError, match="the sets are not of this calibration"):
        run_waves(PLAN, nameless.folder)
    assert nameless.manifest == {}


def test_where_nothing_is_left_the_targets_that_rule_out_most_are_named(no_compounds, monkeypatch, tmp_path):
    monkeypatch.setattr(waves, "MOST_TRIED", 20_000)
    impossible = (target("level", 5.0, 5.0), target("spread", 9.0, 9.0), target("free", 0.0, 1.0))
    plan = Plan(impossible, PLAN.space, waves=2, first=100, later=100)
    with pytest.raises(ScenarioError, match=r"nothing of the space is left after wave 1.*level \(100%\)"):
        run_waves(plan, tmp_path)
    only = Plan(impossible, PLAN.space, waves=1, first=100, later=100)
    with pytest.raises(ScenarioError, match="no simulated set agrees with every target"):
        calibrated_in(tmp_path / "only", only)


# -- survivors ----------------------------------------------------------------------------------------------


def test_survivors_agree_with_every_target_and_are_read_as_they_were_written(no_compounds, tmp_path):
    found = calibrated_in(tmp_path)
    assert (found.implausibility <= 3.0).all()
    base = found.values[:, found.names.index("pay_base")]
    assert 1.0 < base.min() < 1.5 < base.max() < 2.0
    assert set(found.provenance["informed"]) == {"pay_base", "pay_habit"}
    file = tmp_path / "survivors.parquet"
    write_survivors(found, file)
    read = load_survivors(file)
    assert np.array_equal(read.values, found.values)
    assert (read.names, read.targets, read.provenance) == (found.names, found.targets, found.provenance)
    assert read.parameters(3).pay_base == base[3]
    assert read.parameters(3, {"pay_base": 0.25}).pay_base == 0.25
    assert read.rows(5)[0] == 0
    assert read.rows(5)[-1] == len(read) - 1
    assert read.rows(10**6) == list(range(len(read)))
    with pytest.raises(ValueError, match="0 sets"):
        read.rows(0)
    distance = np.abs(base - np.median(base))
    assert distance[read.medoid] <= np.quantile(distance, 0.3)


def test_the_middle_is_the_median_where_something_was_learnt_and_what_is_declared_elsewhere(
    no_compounds, tmp_path
):
    found = calibrated_in(tmp_path)
    base, declared = found.values[:, found.names.index("pay_base")], declarations()
    middle = dict(zip(found.names, middle_of(found), strict=True))
    assert middle["pay_base"] == float(f"{np.median(base):.3g}")
    untold = [name for name in found.names if name not in found.provenance["informed"]]
    assert untold and all(middle[name] == declared[name].declared for name in untold)


def test_the_centre_is_a_survivor_behind_the_others(no_compounds, tmp_path):
    found = calibrated_in(tmp_path)
    whole = with_centre(found, PLAN.targets)
    assert len(whole) == len(found) + 1 and np.array_equal(whole.values[:-1], found.values)
    assert (whole.implausibility[-1] <= 3.0).all()
    assert whole.provenance["centre"] == {"step": 1.0}


def test_a_middle_that_does_not_hold_gives_way_to_a_set_nearer_to_the_medoid(
    no_compounds, monkeypatch, tmp_path
):
    found = calibrated_in(tmp_path)
    monkeypatch.setattr(centre, "middle_of", lambda of: of.values[of.medoid] + 10.0 * of.values.std(axis=0))
    whole = with_centre(found, PLAN.targets)
    assert len(whole) == len(found) or whole.provenance["centre"]["step"] < 1.0
    assert (whole.implausibility <= 3.0).all()


def test_the_defaults_are_the_shipped_medoid():
    shipped = load_survivors()
    assert shipped.medoid == len(shipped) - 1
    assert calibrated.FILE.read_text("utf-8") == calibrated.page(shipped), "run `make calibration-pages`"
    assert shipped.parameters(shipped.medoid) == Parameters()


def test_before_calibration_a_mechanism_that_came_later_does_nothing():
    declared = Parameters.declared()
    assert (declared.sign_fresh, declared.compound_support_sd, declared.cooperation_drift) == (1.0, 0.0, 0.0)
    moved = [n for n, d in declarations().items() if getattr(declared, n) != d.default]
    assert set(moved) == set(CALIBRATED)


def test_a_file_without_survivors_is_refused(tmp_path):
    file = tmp_path / "mine.parquet"
    file.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"mine\.parquet: not a file of survivors"):
        load_survivors(file)


# -- the command --------------------------------------------------------------------------------------------

OWN_TARGETS = """
[[target]]
id = "L"
statistic = "level"
low = 0.6
high = 0.6
sd = 0.05
grade = "J"
source = "judgement"
en = "Level"
zh = "水平"

[[target]]
id = "S"
statistic = "spread"
low = 0.12
high = 0.3
sd = 0.05
grade = "J"
source = "judgement"
en = "Spread"
zh = "离散"
"""


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Agree", "do so in three times as many others", "sets are left of")),
        ("zh", ("符合全部目标", "三倍数量的其他小区", "组参数")),
    ],
)
def test_the_command_tells_of_waves_the_last_look_and_what_is_left(no_compounds, tmp_path, lang, words):
    file = tmp_path / "mine.toml"
    file.write_text(OWN_TARGETS, "utf-8")
    few = ("--waves", "2", "--first", "100", "--later", "100", "--truths", "0")
    arguments = ["calibrate", "-o", str(tmp_path / "c"), "--targets", str(file), *few, "--lang", lang]
    done = CliRunner(env={"COLUMNS": "220"}).invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert all(word in done.output for word in words)
    found = load_survivors(tmp_path / "c" / "survivors.parquet")
    look = found.provenance["last_look"]
    told = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)
    assert told["survivors"] == len(found) == look["agree"] + ("centre" in found.provenance)
    assert told["last_look"] == look
    assert [wave["simulated"] for wave in told["waves"]] == [100, 100]


# -- the perfect-model test ---------------------------------------------------------------------------------


def test_a_truth_is_within_its_interval_as_often_as_promised(no_compounds, monkeypatch, tmp_path):
    monkeypatch.setattr(perfect, "STEPS", 6000)
    found = {r.name: r for r in perfect_model(PLAN, run_waves(PLAN, tmp_path), truths=200)}
    assert 0.83 < np.mean([r.coverage for r in found.values()]) < 0.96
    assert found["pay_base"].word == "identified"
    assert found["pay_trust"].word == "not"
    assert found["pay_trust"].width == pytest.approx(1.0, abs=0.05)


# -- experiments --------------------------------------------------------------------------------------------


def test_statistics_of_real_compounds_repeat_and_do_not_depend_on_threads_or_company():
    space = plausible_space()
    sets = list(space.parameters(space.spread(3, 4)))
    alone = experiments.statistics(sets[:1], threads=1)[0]
    together = experiments.statistics(sets, threads=2)
    assert str(together[0]) == str(alone)
    assert str(together[1]) != str(alone)
    assert all(s.variance >= 0.0 for of_set in together for s in of_set.values())


def test_the_mean_taste_is_moved_so_that_a_share_supports_at_the_start():
    for share in (0.15, 0.9):
        differing = {"compound_support_sd": 0.4, "initial_support_sd": 0.0}
        p = experiments.with_support(Parameters.declared().model_copy(update=differing), share)
        runs = experiments._consent_runs(p, Sample())["visits"]
        known = [run.scenario.model_copy(update={"known": ("support",)}) for run in runs]
        world = experiments.build_world([experiments.Run(s, i) for i, s in enumerate(known)])
        assert (world.utility > 0.0).mean() == pytest.approx(share, abs=0.03)


def series(weeks=260, n=4, **columns):
    found = np.zeros((n, weeks, len(Outcome)), np.float32)
    found[:, :, Outcome.COMPANY_PRESENT] = 1.0
    for name, values in columns.items():
        found[:, :, Outcome[name]] = np.array(values, np.float32)
    return found


def test_statistics_of_payment_by_hand():
    half = series(PAYMENT_RATE=[[0.5]] * 4)
    half[0, 100:, Outcome.COMPANY_PRESENT] = 0.0
    half[0, 100:, Outcome.PAYMENT_RATE] = np.nan
    half[1, :, Outcome.PAYMENT_RATE] = 0.8
    third = experiments.of_third_year(half)
    assert third["payment_with_company"].value == pytest.approx(0.6)
    assert third["payment_spread"].value == pytest.approx(np.std([0.8, 0.5, 0.5], ddof=1))
    assert experiments.median_life(half).value == pytest.approx(60.0)
    assert experiments.life_between(0.0, 0.6, half).value == pytest.approx(60.0)
    assert experiments.life_between(0.5, 0.6, half[[0, 0, 0]]).value == pytest.approx(100 / (52 / 12))
    assert np.isnan(experiments.life_between(0.0, 0.3, half).value)
    assert experiments.firms_that_last(half).value == 1.0
    assert np.isnan(experiments.firms_that_last(half[2:]).value)
    assert experiments.lives(half)[0] == pytest.approx(100 / (52 / 12))
    assert experiments.leaving_a_year(half).value == 0.0
    assert np.isnan(experiments.leaving_a_year(half[2:]).value)


def test_payment_that_halves_has_its_week_and_payment_that_stays_the_horizon():
    weeks = np.arange(260)
    falling = series(n=3, PAYMENT_RATE=[np.where(weeks < 52, 0.8, 0.4), np.full(260, 0.8), np.full(260, 0.8)])
    assert experiments.half_life(falling[[0, 0, 0]]).value == pytest.approx(12.0)
    assert experiments.half_life(falling).value == pytest.approx(36.0)  # a quarter from 12 to 60, 60


def test_a_rise_under_a_programme_is_told_as_from_81_percent():
    weeks = np.arange(260)
    rising = series(n=3, PAYMENT_RATE=[np.where(weeks < 110, 0.7, 0.85)] * 3)
    assert experiments.programme_gain(rising).value == pytest.approx(0.19 * 0.5)
    slope = series(n=3, PAYMENT_RATE=[0.5 + 0.27 * np.clip(weeks - 6, 0, None) / 111.0] * 3)
    assert experiments.new_firm_slope(slope).value == pytest.approx(1.0, abs=0.08)


def test_the_variance_of_a_share_of_none_is_no_certainty():
    none = experiments.share_of(np.zeros(18, bool))
    assert none == Statistic(0.0, pytest.approx(0.05 * 0.95 / 18))
    assert np.isnan(experiments.share_of(np.zeros(0, bool)).value)


@pytest.mark.parametrize("of", [experiments.mean_of, experiments.median_of, experiments.spread_of])
def test_one_or_two_compounds_say_nothing_of_all(of):
    assert np.isnan(of(np.array([1.0, np.nan, 3.0])).value)
    assert of(np.array([1.0, np.nan, 3.0, 5.0])).variance > 0.0


def test_the_mean_of_some_compounds_has_the_variance_of_a_mean():
    assert experiments.mean_of(np.array([1.0, np.nan, 3.0, 5.0])) == Statistic(3.0, pytest.approx(4.0 / 3.0))
