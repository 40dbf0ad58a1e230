"""Settings of few values: each against the first, on the same draws."""

import re
import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from scenarios.analysis.battery import Found, Skipped, analyse_all, usual_wish
from scenarios.analysis.levels import compare_levels, settings_of_few_values
from scenarios.analysis.problem import problem_of, study
from scenarios.comparison import Direction
from scenarios.figures.style import svg

DOSE, KIND, RANGE = "instruments.points.intensity", "management.contract", "parameters.gain"


def made(seeds=8, strategies=("calm", "loud"), effect=0.2):
    """Runs whose consent rises with the dose, by luck of the seed and the kind besides."""
    rng = np.random.default_rng(3)
    luck = rng.normal(0.5, 0.1, seeds)
    rows = [
        {
            "strategy": strategy,
            "seed": seed,
            DOSE: dose,
            KIND: kind,
            RANGE: 0.5,
            "final_valid_consent": luck[seed]
            + effect * dose * (strategy == "loud")
            + 0.01 * (kind == "trust"),
        }
        for strategy in strategies
        for seed in range(seeds)
        for dose in (0.0, 0.5, 1.0)
        for kind in ("lump_sum", "trust")
    ]
    return pd.DataFrame(rows)


def studied(**options):
    table = made(**options)
    return study(table, problem_of(table, [DOSE, KIND, RANGE], ["final_valid_consent"]))


def test_settings_of_two_to_six_values_are_found():
    assert [p.name for p in settings_of_few_values(studied())] == [DOSE, KIND]


def test_a_choice_of_a_sample_in_which_nothing_else_stays_alike_is_none_of_them():
    rng = np.random.default_rng(1)
    table = made().assign(**{RANGE: lambda rows: rng.random(len(rows))})
    of = study(table, problem_of(table, [DOSE, KIND, RANGE], ["final_valid_consent"]))
    assert settings_of_few_values(of) == []


def test_every_value_is_subtracted_from_the_first_on_the_same_seed_and_other_settings():
    of = studied()
    dose, kind = settings_of_few_values(of)
    loud = compare_levels(of, dose, "loud", ["final_valid_consent"])
    assert list(loud.values.values()) == [0.0, 0.5, 1.0]
    half, full = loud.pairs
    assert (half.b, half.a) == tuple(loud.values)[:2]
    assert (half.n_pairs, half.n_seeds, half.n_points) == (16, 8, 2)
    assert (half.difference, full.difference) == pytest.approx((0.1, 0.2))
    assert (full.low, full.high) == pytest.approx((0.2, 0.2))  # the luck of a seed falls out
    assert (full.direction, full.finding) == (Direction.NEUTRAL, "a_higher")
    calm = compare_levels(of, dose, "calm", ["final_valid_consent"])
    assert {pair.finding for pair in calm.pairs} == {"identical"}
    (trust,) = compare_levels(of, kind, "calm", ["final_valid_consent"]).pairs
    assert trust.difference == pytest.approx(0.01) and trust.a.endswith("management.contract = trust")


@pytest.mark.parametrize(("lang", "words"), [("en", "Points for taking part and paying 1"), ("zh", "积分")])
def test_the_analysis_names_setting_value_and_strategy_and_draws_each_setting(lang, words):
    of = studied()
    (found,) = analyse_all(of, usual_wish(of), only=["levels"], lang=lang)
    assert isinstance(found, Found)
    assert list(found.figures) == [f"levels_{DOSE}", f"levels_{KIND}"]
    assert any(words in line and "loud" in line for line in found.lines)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in found.figures.values():
            drawn = svg(figure)
            assert drawn.startswith("<svg")
            said = "\n".join(artist.get_text() for artist in figure.findobj(mpl.text.Text))
            assert "8" in said and ("种子" in said or "seeds" in said) and re.search(r"95\s?%", said)
    table = found.tables["levels"]
    assert set(table["setting"]) == {DOSE, KIND} and set(table["strategy"]) == {"calm", "loud"}
    assert len(table) == 2 * (2 + 1)


def test_a_setting_of_yes_and_no_is_compared_and_told_by_its_words():
    table = made(strategies=("calm",)).assign(**{KIND: lambda rows: rows[KIND] == "trust"})
    of = study(table, problem_of(table, [DOSE, KIND, RANGE], ["final_valid_consent"]))
    (found,) = analyse_all(of, usual_wish(of), only=["levels"], lang="en")
    assert isinstance(found, Found)
    assert any("= True” − B “" in line and "= False”" in line for line in found.lines)


def test_a_sweep_without_such_a_setting_is_told_what_is_expected():
    table = made(strategies=("calm",)).query(f"`{DOSE}` == 0 and `{KIND}` == 'trust'")
    of = study(table, problem_of(table, [DOSE, KIND, RANGE], ["final_valid_consent"]))
    (found,) = (part for part in analyse_all(of, usual_wish(of)) if part.name == "levels")
    assert isinstance(found, Skipped) and "two to 6 values" in found.reason


def test_the_command_does_it_and_tells_reasons_of_one_kind_once(tmp_path):
    place = tmp_path / "runs.csv"
    made().to_csv(place, index=False)
    asked = ["analyse", str(place), "-o", str(tmp_path / "out"), "--lang", "en"]
    done = CliRunner(env={"COLUMNS": "200"}).invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert "Settings of few values" in done.output
    assert (tmp_path / "out" / "figures" / f"levels_{DOSE}.svg").exists()
    assert done.output.count("Left out") <= 9
