import os
from itertools import product

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sweeps_found import PAGE, page

from commands.cli import main
from scenarios.files.library import list_sweeps
from scenarios.files.problems import ScenarioError
from scenarios.loading import load_case
from scenarios.sweep import load_sweep
from scenarios.sweep.designs import DesignTable, points, size_of
from scenarios.sweep.factors import read_factor
from scenarios.sweep.sweepfile import SweepTable

HEAD = 'id = "mine"\ncases = ["danwei_courtyard"]\n'


def written(tmp_path, text, head=HEAD):
    file = tmp_path / "mine.toml"
    file.write_text(head + text, encoding="utf-8")
    return file


def problems(tmp_path, text, head=HEAD):
    with pytest.raises(ScenarioError) as caught:
        load_sweep(written(tmp_path, text, head))
    return caught.value.problems


def test_a_grid_holds_every_combination_once_and_every_seed(tmp_path):
    plan = load_sweep(
        written(
            tmp_path,
            'strategies = ["none", "pressure"]\nseeds = 3\n[levers]\nprogramme.consent_gate = [0.7, 0.9]\n'
            "[uncertainties]\nsupport_rate = {low = 0.05, high = 0.25, steps = 3}\n",
        )
    )
    assert list(plan.points) == list(product([0.7, 0.9], [0.05, 0.15, 0.25]))
    assert len(plan) == 6 * 2 * 3
    tasks = [plan.task(i) for i in range(len(plan))]
    assert len({task.key for task in tasks}) == len(plan)
    assert {task.seed for task in tasks} == {1, 2, 3}
    assert plan.names == ("programme.consent_gate", "parameters.support_rate")


def test_the_three_ways_to_write_a_setting_mean_the_same(tmp_path):
    ways = [
        "[levers]\nprogramme.consent_gate = [0.7, 0.9]\n",
        '[levers]\n"programme.consent_gate" = [0.7, 0.9]\n',
        "[levers.programme]\nconsent_gate = [0.7, 0.9]\n",
        "[levers]\nconsent_gate = [0.7, 0.9]\n",
    ]
    assert len({load_sweep(written(tmp_path, way)).content for way in ways}) == 1


def test_one_at_a_time_moves_one_factor_and_keeps_the_case_s_value_of_the_others(tmp_path):
    plan = load_sweep(
        written(
            tmp_path,
            '[design]\nkind = "one_at_a_time"\n[levers]\nconsent_gate = [0.7, 0.9]\n'
            "instruments.pressure.intensity = [0.5]\n",
        )
    )
    own = load_case("danwei_courtyard").scenario().effective_programme().consent_gate
    assert set(plan.points) == {(own, 0.0), (0.7, 0.0), (0.9, 0.0), (own, 0.5)}


def factors():
    return [
        read_factor("support_rate", "plausible", "uncertainty", 5),
        read_factor("compound.floors", {"low": 4, "high": 7}, "lever", 5),
        read_factor("consent_gate", [0.7, 0.8, 0.9], "lever", 5),
        read_factor(
            "compound.income_yuan_per_month", {"low": 1000, "high": 10000, "scale": "log"}, "lever", 3
        ),
    ]


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol", "random", "saltelli", "morris"])
def test_samples_lie_in_range_have_their_size_and_depend_on_the_seed_alone(kind, tmp_path):
    design = DesignTable(kind=kind, n=32)
    drawn = points(design, factors(), tmp_path)
    assert len(drawn) == size_of(design, factors())
    assert drawn == points(design, factors(), tmp_path)
    assert drawn != points(design.model_copy(update={"seed": 2}), factors(), tmp_path)
    for rate, floors, gate, income in drawn:
        assert 0.03 <= rate <= 0.25 and floors in (4, 5, 6, 7) and gate in (0.7, 0.8, 0.9)
        assert 1000 <= income <= 10000 and isinstance(floors, int)


def test_a_latin_hypercube_has_one_point_in_every_slice(tmp_path):
    factor = read_factor("consent_gate", {"low": 0.0, "high": 1.0}, "lever", 5)
    drawn = points(DesignTable(kind="latin_hypercube", n=50), [factor, factor], tmp_path)
    for column in np.array(drawn).T:
        assert sorted(int(x * 50) for x in column) == list(range(50))


def test_whole_numbers_are_drawn_equally_often():
    floors = factors()[1]
    drawn = [floors.at(u) for u in np.linspace(0, 1, 4001)]
    assert {n: drawn.count(n) // 100 for n in set(drawn)} == {4: 10, 5: 10, 6: 10, 7: 10}


def test_levels_are_written_as_a_person_would():
    assert read_factor("consent_gate", {"low": 0.6, "high": 0.9, "steps": 4}, "lever", 5).levels == (
        0.6,
        0.7,
        0.8,
        0.9,
    )
    assert factors()[3].levels == (1000.0, 3162.27766017, 10000.0)


def test_a_table_gives_its_rows(tmp_path):
    (tmp_path / "points.csv").write_text(
        "consent_gate,parameters.support_rate\n0.7,0.1\n0.9,0.2\n", encoding="utf-8"
    )
    text = (
        '[design]\nkind = "table"\ntable = "points.csv"\n[levers]\nconsent_gate = {low = 0.5, high = 1}\n'
        '[uncertainties]\nsupport_rate = "plausible"\n'
    )
    assert list(load_sweep(written(tmp_path, text)).points) == [(0.7, 0.1), (0.9, 0.2)]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "consent_gat,support_rate\n1,2\n",
            "points.csv:1: 'consent_gat' is no lever or uncertainty of the sweep",
        ),
        ("consent_gate\n0.7\n", "points.csv:1: no column for parameters.support_rate"),
        ("consent_gate,support_rate\n0.7,0.1\n7,0.1\n", "points.csv:3: programme.consent_gate = 7; expected"),
        ("consent_gate,support_rate\n0.7\n", "points.csv:2: 1 values; expected 2"),
        (
            "consent_gate,support_rate\n0.7,x\n",
            "points.csv:2: parameters.support_rate = 'x'; expected a number",
        ),
        ("consent_gate,support_rate\n", "points.csv: no rows below the header"),
        ("", "points.csv: the file is empty"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_line(tmp_path, table, expected):
    (tmp_path / "points.csv").write_text(table, encoding="utf-8")
    text = (
        '[design]\nkind = "table"\ntable = "points.csv"\n[levers]\nconsent_gate = {low = 0.5, high = 1}\n'
        '[uncertainties]\nsupport_rate = "plausible"\n'
    )
    assert expected in problems(tmp_path, text)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed = 3\n", "mine.toml:3: seed: unknown key; expected one of"),
        (
            "[levers]\nconsent_gat = [0.7]\n",
            "mine.toml:4: levers.consent_gat: unknown name; expected section.name; did",
        ),
        (
            "[levers]\nconsent_gate = [0.7, 1.7]\n",
            "levers.consent_gate = 1.7; expected a number from 0 to 1 (share)",
        ),
        (
            "[levers]\nconsent_gate = 0.7\n",
            "levers.consent_gate = 0.7; expected a list of values, {low = …, high = …}",
        ),
        ("[levers]\nconsent_gate = []\n", "levers.consent_gate is empty"),
        ("[levers]\nconsent_gate = [0.7, 0.7]\n", "0.7 is given twice"),
        (
            "[levers]\nconsent_gate = {low = 0.9, high = 0.7}\n",
            "levers.consent_gate.high = 0.7; expected more than low",
        ),
        ("[levers]\nconsent_gate = {low = 0.9}\n", "levers.consent_gate.high is missing"),
        (
            "[levers]\nconsent_gate = {low = 0.1, high = 0.9, step = 3}\n",
            "levers.consent_gate.step: unknown key",
        ),
        ('[levers]\nconsent_gate = "plausible"\n', "only parameters are declared with a plausible range"),
        ("[levers]\ndistrict.batches = [1, 2]\n", "district.batches: one compound is run, and no district"),
        ("[constants]\nconsent_gate = 7\n", "constants.consent_gate = 7; expected a number from 0 to 1"),
        ("[levers]\nconsent_gate = [0.7]\n[constants]\nconsent_gate = 0.8\n", "consent_gate is given twice"),
        ('strategies = ["presure"]\n', "strategies[1] = 'presure'; unknown strategy 'presure'"),
        ('outcomes = ["final_valid_consen"]\n', "did you mean 'final_valid_consent'?"),
        ('weekly = ["payment"]\n', "weekly[1] = 'payment'; expected one of"),
        ('[design]\nkind = "lhs"\n', "design.kind = 'lhs'; expected 'grid', 'one_at_a_time'"),
        ("[design]\nn = 10\n", "design.n: means nothing to kind = 'grid'; expected steps"),
        ('[design]\nkind = "sobol"\n', "nothing varies; expected [levers]"),
        ("seeds = 0\n", "seeds = 0; expected a whole number from 1 to 1000000 (seeds)"),
        (
            "seeds = 1000000\n[levers]\nconsent_gate = {low = 0, high = 1, steps = 500}\n",
            "500,000,000 runs; expected at most",
        ),
        ("[levers.compound]\nowner_occupied = [0.9]\nrented_out = [0.9]\n", "a point cannot be run"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_file_line_key_and_nearest_name(tmp_path, text, expected):
    assert any(expected in line for line in problems(tmp_path, text)), problems(tmp_path, text)


def test_every_problem_of_a_file_is_listed_at_once(tmp_path):
    assert (
        len(problems(tmp_path, "[levers]\nconsent_gat = [1]\nsupport_rat = [1]\n[uncertainties]\nx = 3\n"))
        == 3
    )


def test_mistakes_of_form_and_of_meaning_are_told_in_one_round(tmp_path):
    text = (
        'seed = 3\nlimit_seconds = "long"\nstrategies = ["presure"]\noutcomes = ["final_valid_consen"]\n'
        '[design]\nkind = "lhs"\n[levers]\nconsent_gat = [1]\nconsent_gate = {low = 7, high = 8, steps = 1, step = 2}\n'
        "[constants]\nfloors = 0.5\n"
    )
    found = problems(tmp_path, text)
    for said in (
        "seed: unknown key",
        "limit_seconds = 'long'",
        "strategies[1] = 'presure'",
        "did you mean 'final_valid_consent'",
        "design.kind = 'lhs'",
        "levers.consent_gat: unknown name",
        "levers.consent_gate.step: unknown key",
        "constants.floors = 0.5",
    ):
        assert sum(said in line for line in found) == 1, (said, found)
    assert len(found) == 8
    rest = problems(tmp_path, "[levers]\nconsent_gate = {low = 7, high = 8, steps = 1}\n")
    assert ["low" in line or " = 7" in line for line in rest] == [True, False, False]
    wrong_case = (tmp_path / "mine.toml").read_text("utf-8").replace("cases = [", "cases = [3, ")
    (tmp_path / "mine.toml").write_text(wrong_case + "[uncertainties]\ndistrict.batches = [1, 2]\n", "utf-8")
    with pytest.raises(ScenarioError) as refused:
        load_sweep(tmp_path / "mine.toml")
    assert not any("no district" in line for line in refused.value.problems)


def test_a_consent_outcome_brings_its_insincere_share(tmp_path):
    plan = load_sweep(written(tmp_path, 'outcomes = ["valid_consent_at_gate"]\n'))
    assert plan.outcomes == ("valid_consent_at_gate", "insincere_share_at_gate")


KEYS = st.sampled_from(
    [
        *SweepTable.model_fields,
        "kind",
        "n",
        "steps",
        "consent_gate",
        "support_rate",
        "programme",
        "instruments",
        "",
        "x",
    ]
)
SIMPLE = st.one_of(
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=True),
    st.booleans(),
    st.text(max_size=6),
    st.sampled_from(["plausible", "grid", "sobol", "table", "none", "danwei_courtyard", "missing.toml", "."]),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"'
        + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 65536 else "?" for c in escaped)
        + '"'
    )


@given(
    table=st.fixed_dictionaries(
        {},
        optional={
            "seeds": st.integers(1, 3) | VALUES,
            "levers": st.dictionaries(KEYS, VALUES, max_size=3),
            "uncertainties": st.dictionaries(KEYS, VALUES, max_size=2) | VALUES,
            "constants": st.dictionaries(KEYS, VALUES, max_size=2) | VALUES,
            "design": st.fixed_dictionaries(
                {"kind": SIMPLE}, optional={"n": st.integers(1, 9), "table": SIMPLE}
            ),
            "strategies": VALUES,
            "outcomes": VALUES,
            "weekly": VALUES,
            "limit_seconds": VALUES,
        },
    )
)
#: Run with 1,000 before a release: a file takes about 20 ms.
@settings(
    max_examples=int(os.environ.get("GONGZHI_FUZZED_FILES", "300")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_any_file_is_an_error_or_a_plan_and_never_a_traceback(tmp_path, table):
    text = "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
    try:
        file = written(tmp_path, text + "\n")
    except UnicodeEncodeError:
        return
    try:
        plan = load_sweep(file)
    except ScenarioError as error:
        assert all(line.strip() for line in error.problems)
    else:
        assert plan.task(len(plan) - 1).key


def test_the_command_line_says_what_is_wrong_and_writes_nothing(tmp_path):
    file = written(tmp_path, "[levers]\nconsent_gat = [0.7]\n")
    result = CliRunner().invoke(main, ["sweep", str(file), "-o", str(tmp_path / "out")])
    assert result.exit_code == 2 and "did you mean 'consent_gate'?" in result.stderr
    assert not (tmp_path / "out").exists()
    result = CliRunner().invoke(main, ["sweep", "gate_by_presure", "-o", str(tmp_path / "out")])
    assert result.exit_code == 2 and "did you mean 'gate_by_pressure'?" in result.stderr


@pytest.mark.parametrize("name", list_sweeps())
def test_every_shipped_sweep_can_be_planned_and_says_what_it_asks_and_what_was_found(name):
    plan = load_sweep(name)
    assert plan.id == name and 1 < len(plan) < 2000
    for key in ("zh", "en", "asks_zh", "asks_en", "found_zh", "found_en"):
        assert plan.described[key], key


def test_the_page_of_what_was_found_is_that_of_the_files():
    assert PAGE.read_text(encoding="utf-8") == page()
