"""What a sweep keeps beside outcomes at the end: at chosen moments, of every household; priors; a run once more."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.community import CommunityModel
from scenarios.catalogue import text, unit_of_outcome
from scenarios.loading import ScenarioError, apply_settings, load_case
from scenarios.moments import moment_of
from scenarios.store import Store, open_results
from scenarios.sweep import load_sweep, run_sweep
from scenarios.sweep.priors import read_prior

WEEKS = 12
FILE = f"""
id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none", "information_only"]
seeds = 2
outcomes = ["final_valid_consent", "trust_office_at_week_5", "valid_consent_at_gate", "visits_at_handover"]
weekly = ["trust_office"]
constants.horizon_weeks = {WEEKS}
constants.households = 24
constants.buildings = 2
constants.stairwells_per_building = 1

[households]
weeks = [3, 9]
columns = ["support", "signed", "arrears"]

[levers]
pressure = 0
"""
LEVERS = '"instruments.pressure.intensity" = [0.0, 0.6]'


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep.toml").write_text(FILE.replace("pressure = 0", LEVERS), encoding="utf-8")
    return tmp_path


@pytest.fixture
def swept(place):
    assert run_sweep(load_sweep("sweep.toml"), place / "out").failed == 0
    return open_results(place / "out")


def gongzhi(*arguments, status=0):
    done = CliRunner().invoke(main, [str(a) for a in arguments], prog_name="gongzhi")
    assert done.exit_code == status, done.output
    return done


def changed(place, old, new):
    file = place / "sweep.toml"
    assert old in file.read_text(encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def model_of(row, weeks):
    settings = [f"horizon_weeks={WEEKS}", "households=24", "buildings=2", "stairwells_per_building=1"]
    settings += [f"instruments.pressure.intensity={row['instruments.pressure.intensity']}"]
    scenario = load_case("danwei_courtyard").scenario(strategy=row["strategy"])
    model = CommunityModel(apply_settings(scenario, settings), rng=row["seed"])
    model.run_for(weeks)
    return model


# -- at a moment ------------------------------------------------------------------------------------------


def test_outcomes_at_a_week_and_at_an_event_are_those_of_the_weekly_table(swept):
    runs, weekly = swept.runs(), swept.weekly().set_index(["key", "week"])
    names = list(runs.columns)
    assert names[names.index("valid_consent_at_gate") + 1] == "insincere_share_at_gate"
    for row in runs.to_dict("records"):
        assert row["trust_office_at_week_5"] == weekly.loc[(row["key"], 5), "trust_office"]
        assert np.isnan(row["visits_at_handover"])  # nothing is handed over in so few weeks


def test_a_moment_is_taken_in_the_week_of_its_event_and_has_no_value_before_it():
    weekly = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]], np.float32)
    summary = {"gate_week": np.array([1.0, np.nan, 2.0]), "handover_week": np.full(3, np.nan)}
    taken = {
        name: moment_of(f"trust_office_at_{name}").taken(weekly, summary)
        for name in ("gate", "handover", "week_2")
    }
    np.testing.assert_array_equal(taken["gate"], np.array([weekly[0, 1], np.nan, weekly[2, 2]], np.float64))
    assert (
        np.isnan(taken["handover"]).all() and taken["week_2"].tolist() == weekly[:, 2].astype(float).tolist()
    )


def test_a_moment_has_the_label_and_unit_of_its_outcome(swept):
    assert text("summary.trust_office_at_week_5", "en").endswith(", at the end of week 5")
    assert (
        unit_of_outcome("valid_consent_at_week_3") == "share" and moment_of("valid_consent_at_gate") is None
    )
    assert moment_of("valid_consent_at_noon") is None and moment_of("nothing_at_gate") is None
    attributes = swept.xarray()["trust_office_at_week_5"].attrs
    assert "week 5" in attributes["long_name"] and attributes["units"] == unit_of_outcome(
        "trust_office_at_week_5"
    )
    shown = gongzhi("results", "show", "out", "--lang", "en", "--outcome", "trust_office_at_week_5").stdout
    assert "at the end of week 5" in shown


def test_a_moment_that_no_run_reaches_is_refused_and_so_is_one_that_is_none(place):
    changed(place, "trust_office_at_week_5", f"trust_office_at_week_{WEEKS}")
    with pytest.raises(
        ScenarioError, match=r"outcomes\[2\] = 'trust_office_at_week_12'; runs end with week 11"
    ):
        load_sweep("sweep.toml")
    changed(place, f"trust_office_at_week_{WEEKS}", "trust_ofice_at_gate")
    with pytest.raises(ScenarioError, match=r"outcomes\[2\] = 'trust_ofice_at_gate'; expected one of"):
        load_sweep("sweep.toml")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("trust_at_week_5", "trust_office_at_week_5"),
        ("valid_consnt_at_handover", "valid_consent_at_handover"),
    ],
)
def test_a_moment_of_no_outcome_is_answered_with_that_of_the_nearest(given, meant, place):
    changed(place, "trust_office_at_week_5", given)
    with pytest.raises(ScenarioError, match=rf"outcomes\[2\] = '{given}'; .*did you mean '{meant}'\?"):
        load_sweep("sweep.toml")


def test_an_unknown_case_says_nothing_of_weeks_and_is_answered_with_the_file_beside_the_sweep(place):
    (place / "mine.toml").write_text("", encoding="utf-8")
    lines = (place / "sweep.toml").read_text(encoding="utf-8").splitlines()
    unknown = ['cases = ["mine"]' if line.startswith("cases") else line for line in lines]
    (place / "sweep.toml").write_text("\n".join(unknown), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load_sweep("sweep.toml")
    (problem,) = refused.value.problems
    assert "cases[1] = 'mine'; unknown case 'mine'" in problem and problem.endswith(
        "did you mean 'mine.toml'?"
    )


# -- of every household -----------------------------------------------------------------------------------


def test_households_at_chosen_weeks_are_those_of_the_model(swept):
    people, runs = swept.households(), swept.runs()
    n = 24
    assert len(people) == len(runs) * 2 * n
    assert list(people.columns) == ["key", "week", "household", "support", "signed", "arrears"]
    row = runs[runs["strategy"] == "information_only"].iloc[-1]
    for week in (3, 9):
        model = model_of(row, week + 1)
        found = people[(people["key"] == row["key"]) & (people["week"] == week)]
        np.testing.assert_array_equal(found["support"].to_numpy(np.float32), model.column("support"))
        np.testing.assert_array_equal(found["signed"], model.column("signed"))


def test_rows_are_the_same_to_the_last_bit_with_and_without_households(place, swept):
    changed(place, "[households]", "[unused]")
    text = (place / "sweep.toml").read_text(encoding="utf-8")
    start, stop = text.index("[unused]"), text.index("[levers]")
    (place / "sweep.toml").write_text(text[:start] + text[stop:], encoding="utf-8")
    run_sweep(load_sweep("sweep.toml"), place / "plain")
    without = open_results(place / "plain")
    pd.testing.assert_frame_equal(without.runs().drop(columns="key"), swept.runs().drop(columns="key"))
    assert not set(without.runs()["key"]) & set(swept.runs()["key"])


def test_a_run_whose_households_are_gone_is_done_again(place, swept):
    before = swept.households()
    for part in swept.store.parts("households"):
        part.path.unlink()
    assert "8 missing" in gongzhi("results", "verify", "out", "--lang", "en", status=1).stdout
    run_sweep(load_sweep("sweep.toml"), place / "out")
    pd.testing.assert_frame_equal(open_results(place / "out").households(), before)
    gongzhi("results", "verify", "out")


def test_households_are_exported(place, swept):
    gongzhi("results", "export", "out", "--to", "csv", "--table", "households", "-o", "people.csv")
    assert len(pd.read_csv("people.csv")) == len(swept.households())
    data = swept.xarray("households")
    assert data.sizes["week"] == 2 and data["signed"].dims == ("key", "week", "household")
    gongzhi("results", "export", "out", "--to", "ro-crate", "-o", "crate")
    assert (place / "crate" / "households.parquet").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weeks = [3, 9]", "weeks = [3, 12]", r"households\.weeks\[2\] = 12; expected a week from 0 to 11"),
        ('"signed"', '"sigend"', r"households\.columns\[2\] = 'sigend'.*did you mean 'signed'"),
        ("danwei_courtyard", "kaifeng_district", "of districts only the end is kept; expected no table of"),
    ],
)
def test_households_that_cannot_be_kept_are_refused(place, old, new, said):
    changed(place, old, new)
    with pytest.raises(ScenarioError, match=said):
        load_sweep("sweep.toml")


# -- once more --------------------------------------------------------------------------------------------


def test_a_run_repeated_is_equal_to_the_last_bit_and_a_changed_value_is_found(place, swept):
    key = swept.runs()["key"][3]
    said = gongzhi("results", "repeat", "out", key[:12], "--lang", "en").stdout
    assert f"Run {key}: equal to the last bit" in said
    found = json.loads(gongzhi("results", "repeat", "out", key, "--json").stdout)
    assert found["equal"] and found["same_code"] and found["n_values"] > 100
    store = Store(place / "out")
    rows = store.table()
    values = rows["final_valid_consent"].to_pylist()
    at = rows["key"].to_pylist().index(key)
    values[at] = np.nextafter(values[at], 2.0)
    column = rows.column_names.index("final_valid_consent")
    store.replace(rows.set_column(column, "final_valid_consent", [values]), table="runs")
    said = gongzhi("results", "repeat", "out", key, "--lang", "en", status=1).stdout
    assert f"Run {key}: different in 1 of" in said and "runs.final_valid_consent" in said


def test_a_key_that_is_none_and_an_own_file_that_is_none_are_refused(swept):
    assert "no such run" in gongzhi("results", "repeat", "out", "zz", status=2).stderr
    assert "8 runs begin so" in gongzhi("results", "repeat", "out", "", status=2).stderr
    refused = gongzhi("results", "repeat", "out", swept.runs()["key"][0], "--own", "x.py", status=2).stderr
    assert "was run without own things" in refused


def test_a_run_of_own_things_is_repeated_with_the_same_file_only(place):
    (place / "own.py").write_text(
        "from model.own import OwnOutcome\n"
        "trusting = OwnOutcome('trusting', zh='信任', en='Trusting', unit='share',\n"
        "                      measure=lambda model: float((model.column('trust_office') > 0.5).mean()))\n",
        encoding="utf-8",
    )
    changed(place, "visits_at_handover", "trusting_at_week_2")
    run_sweep(load_sweep("sweep.toml", own="own.py"), place / "out")
    opened = open_results(place / "out")
    key = opened.runs()["key"][0]
    assert opened.runs()["trusting_at_week_2"].between(0, 1).all() and len(opened.households()) > 0
    assert (
        "equal to the last bit"
        in gongzhi("results", "repeat", "out", key, "--own", "own.py", "--lang", "en").stdout
    )
    assert "was run with own.py; expected --own" in gongzhi("results", "repeat", "out", key, status=2).stderr
    (place / "own.py").write_text(
        (place / "own.py").read_text(encoding="utf-8").replace("0.5", "0.6"), encoding="utf-8"
    )
    refused = gongzhi("results", "repeat", "out", key, "--own", "own.py", status=2).stderr
    assert "was run with another version of own.py" in refused


# -- priors -----------------------------------------------------------------------------------------------

PRIOR = """
[design]
kind = "KIND"
n = 512
[uncertainties]
support_rate = {dist = "triang", c = 0.5, loc = 0.02, scale = 0.2}
consent_gate = {dist = "norm", loc = 0.8, scale = 0.05, low = 0.7, high = 0.95}
"""


def spread(place, kind):
    text = f'id = "prior"\ncases = ["danwei_courtyard"]\n{PRIOR.replace("KIND", kind)}'
    (place / "prior.toml").write_text(text, encoding="utf-8")
    return load_sweep("prior.toml")


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol", "random", "saltelli"])
def test_a_sample_spreads_as_its_prior_says_and_within_its_range(place, kind):
    from scipy import stats

    plan = spread(place, kind)
    rate, gate = np.array([list(point) for point in plan.points]).T
    assert rate.min() > 0.02 and rate.max() < 0.22 and gate.min() >= 0.7 and gate.max() <= 0.95
    if kind != "saltelli":  # whose points are no independent sample
        assert stats.kstest(rate, stats.triang(0.5, 0.02, 0.2).cdf).pvalue > 0.01
        low, high = (stats.norm(0.8, 0.05).cdf(end) for end in (0.7, 0.95))
        assert stats.kstest(gate, lambda x: (stats.norm(0.8, 0.05).cdf(x) - low) / (high - low)).pvalue > 0.01
    assert plan.factors[0].described()["dist"] == {"name": "triang", "c": 0.5, "loc": 0.02, "scale": 0.2}
    assert (plan.factors[0].low, plan.factors[0].high) == (0.02, 0.22)


def test_whole_numbers_take_discrete_priors():
    prior = read_prior({"dist": "poisson", "mu": 50}, whole=True)
    values = [prior.at(u, 40.0, 60.0) for u in (np.arange(200) + 0.5) / 200]
    assert min(values) == 40 and max(values) == 60 and np.mean(values) == pytest.approx(50, abs=0.7)
    with pytest.raises(ScenarioError, match=r"\.dist = 'norm'; expected a discrete distribution"):
        read_prior({"dist": "norm"}, whole=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"triang"',
            '"trian"',
            r"support_rate\.dist = 'trian'; expected a distribution.*did you mean 'triang'",
        ),
        ("c = 0.5, ", "", r"support_rate\.c is missing; expected a number: triang has it"),
        ("scale = 0.2}", "scal = 0.2}", r"support_rate\.scal: unknown key; expected c, loc, scale"),
        ("loc = 0.02", "loc = 7.0", r"has nothing from 0 to 1, the range of the setting"),
        ("scale = 0.05", "scale = -1", "norm cannot have these parameters"),
        ("high = 0.95", "high = 0.6", r"consent_gate\.high = 0.6; expected more than low"),
        ('"KIND"', '"morris"', "a design of kind 'morris' has levels, over which nothing spreads"),
    ],
)
def test_a_prior_that_cannot_be_used_says_why(place, old, new, said):
    text = f'id = "prior"\ncases = ["danwei_courtyard"]\n{PRIOR.replace(old, new)}'
    (place / "prior.toml").write_text(text.replace("KIND", "sobol"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=said):
        load_sweep("prior.toml")


# -- options that nothing looks at ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--goal", "final_valid_consent >= 0.5", "--only", "paired"), "--goal: means nothing to paired"),
        (("--baseline", "none", "--only", "discovery"), "--baseline: means nothing to discovery"),
        (("--precision", "final_valid_consent=0.1", "--only", "paired"), "--precision: means nothing to paired"),
        (("--outcome", "final_valid_consent", "--only", "discovery"), "--outcome: means nothing to discovery"),
    ],
)  # fmt: skip
def test_what_an_analysis_would_ignore_is_refused(swept, options, said):
    assert said in gongzhi("analyse", "out", *options, status=2).stderr
    assert not (swept.store.folder / "analysis").exists()
