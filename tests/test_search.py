"""The search for strategies that no other beats: a known front, resuming, legality."""

import json

import numpy as np
import pytest

from model.specification import Compound, Scenario, Strategy
from scenarios.analysis.goals import goal
from scenarios.analysis.problem import AnalysisError
from scenarios.analysis.search import non_dominated, search
from scenarios.analysis.search_space import SearchSpace, lawful_instruments
from scenarios.analysis.strategy_search import OBJECTIVES, search_strategies

SMALL = Scenario(
    compound=Compound(households=24, buildings=1, stairwells_per_building=2),
    strategy=Strategy(id="visits", instruments={"home_visits": {"intensity": 1.0}}),
    horizon_weeks=20,
)


def sphere(x):
    """DTLZ2 (Deb et al. 2002): three objectives whose best values lie on the unit sphere."""
    g = ((x[:, 2:] - 0.5) ** 2).sum(axis=1)
    a, b = x[:, 0] * np.pi / 2, x[:, 1] * np.pi / 2
    f = (1 + g)[:, None] * np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=1)
    return f, np.zeros((len(x), 0))


def run(evaluate=sphere, generations=60, folder=None, **options):
    options = {"n_variables": 5, "n_objectives": 3, "population": 28, "seed": 2} | options
    return search(evaluate, generations=generations, folder=folder, **options)


def test_the_front_of_a_problem_with_a_known_front_is_found():
    front = run()
    distance = np.abs(np.sqrt((front.objectives**2).sum(axis=1)) - 1)
    assert np.median(distance) < 0.02 and distance.max() < 0.1
    # Not one corner of it: every objective is seen near its best and near its worst.
    assert (front.objectives.min(axis=0) < 0.1).all() and (front.objectives.max(axis=0) > 0.95).all()
    assert len(front.all_x) == 60 * 28


def test_a_constraint_is_kept_to():
    def half(x):
        f, _ = sphere(x)
        return f, f[:, :1] - 0.5  # the first objective at most one half

    front = run(half, generations=15, n_constraints=1)
    assert len(front.objectives) > 3 and (front.objectives[:, 0] <= 0.5).all()


def test_a_search_killed_midway_goes_on_to_the_same_front_and_repeats_nothing(tmp_path):
    asked = []

    def dies_in_the_fifth(x):
        if len(asked) == 4:
            raise KeyboardInterrupt
        asked.append(len(x))
        return sphere(x)

    with pytest.raises(KeyboardInterrupt):
        run(dies_in_the_fifth, generations=8, folder=tmp_path)
    (tmp_path / "generation_0005.1.partial").write_text("{", encoding="utf-8")  # as a kill leaves it
    again = []

    def counted(x):
        again.append(len(x))
        return sphere(x)

    resumed, undisturbed = run(counted, generations=8, folder=tmp_path), run(generations=8)
    assert len(again) == 4
    assert np.array_equal(resumed.all_x, undisturbed.all_x)
    assert np.array_equal(resumed.objectives, undisturbed.objectives)


def test_a_finished_search_can_be_lengthened(tmp_path):
    run(generations=3, folder=tmp_path)
    assert np.array_equal(run(generations=5, folder=tmp_path).all_x, run(generations=5).all_x)


def test_a_search_in_which_something_is_never_reached_goes_on(tmp_path):
    def never(x):
        f, g = sphere(x)
        f[f[:, 0] > 0.5, 0] = np.inf
        return f, g

    whole = run(never, generations=4)
    run(never, generations=2, folder=tmp_path)
    assert "Infinity" in (tmp_path / "generation_0001.json").read_text("utf-8")
    assert np.array_equal(run(never, generations=4, folder=tmp_path).all_objectives, whole.all_objectives)


def test_a_folder_of_another_search_is_not_continued(tmp_path):
    run(generations=2, folder=tmp_path)
    with pytest.raises(AnalysisError, match=r"search\.json: seed = 2; this search has 3"):
        run(generations=2, folder=tmp_path, seed=3)
    file = tmp_path / "generation_0001.json"
    file.write_text(file.read_text(encoding="utf-8")[:40], encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"generation_0001\.json: cannot be read"):
        run(generations=2, folder=tmp_path)
    file.write_text(json.dumps({"x": [[0.5] * 5]}), encoding="utf-8")
    with pytest.raises(AnalysisError, match="is not a generation"):
        run(generations=2, folder=tmp_path)


def test_too_small_a_population_says_how_many_are_needed_and_why():
    with pytest.raises(
        AnalysisError, match="a population of 5; expected at least 6, three more than its 3 obj"
    ):
        run(generations=1, population=5)
    with pytest.raises(AnalysisError, match="0 generations; expected at least 1"):
        run(generations=0)


def test_of_equal_rows_one_is_kept_and_beaten_rows_go():
    rows = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [0.5, 3.0]])
    assert non_dominated(rows).tolist() == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("instruments", "allow", "message"),
    [
        (("pressure",), True, "pressure is unlawful"),
        (("lawful_enforcement",), False, "lawful_enforcement is restricted by law"),
        (("home_visit",), False, "did you mean 'home_visits'"),
        ((), False, "no instrument"),
        (("pioneers", "pioneers"), False, "stands twice"),
    ],
)
def test_no_search_varies_what_the_law_forbids(instruments, allow, message):
    with pytest.raises(AnalysisError, match=message):
        SearchSpace(SMALL, instruments, allow)


def test_no_search_builds_on_a_strategy_that_uses_unlawful_means():
    base = SMALL.model_copy(
        update={"strategy": Strategy(id="p", instruments={"proxy_signing": {"intensity": 0.5}})}
    )
    with pytest.raises(AnalysisError, match="proxy_signing is unlawful"):
        SearchSpace(base, ("pioneers",))
    assert not {"pressure", "proxy_signing", "naming_debtors", "lawful_enforcement"} & set(
        lawful_instruments()
    )


def test_strategies_are_searched_on_common_seeds_and_shown_on_fresh_ones(tmp_path):
    space = SearchSpace(SMALL, ("home_visits", "pioneers", "tailored_plan"))
    options = {"seeds": (1, 2), "fresh_seeds": (11, 12, 13), "population": 8, "threads": 1}
    requirement = goal("final_insincere_share <= 0.5", ["final_insincere_share"])
    found = search_strategies(space, generations=2, requirements=[requirement], folder=tmp_path, **options)
    again = search_strategies(space, generations=2, requirements=[requirement], folder=tmp_path, **options)
    assert found.table.equals(again.table) and found.tried == 16
    for outcome in OBJECTIVES:
        assert (found.table[f"{outcome}_low"] <= found.table[outcome] + 1e-12).all()
        assert (found.table[outcome] <= found.table[f"{outcome}_high"] + 1e-12).all()
    # Twenty weeks: nobody is handed over, no run has a payment rate, and the table says so.
    assert (found.table["n_without_payment"] == 3).all() and (found.table["payment_18_months"] == 0).all()
    assert found.table["determined"].any()


def test_small_intensities_are_none_and_the_rest_of_the_base_strategy_stays():
    space = SearchSpace(SMALL, ("pioneers", "tailored_plan"))
    uses = space.strategy([0.04, 0.5]).instruments
    assert set(uses) == {"home_visits", "tailored_plan"} and uses["tailored_plan"].intensity == 0.5
