"""All peers of the benchmark compute the same rule, and the page says what was measured."""

import json
import re
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest
import roofline
from sidebyside import campaign, environments, kept, long_runs, page, tables
from standin import engine, floor
from standin.measure import story
from standin.registry import OWN, PEERS, peer
from standin.rule import SEED, SharedLuck, ring_with_long_ties, start

from model.world.randomness import philox
from scenarios.catalogue import text
from scenarios.figures.fonts import use_chinese_font

RESIDENTS, STEPS = 1001, 100
#: Peers round differently, in the seventh digit. A gap at the very edge of the confidence bound may then count for
#: one and not for the other: at most one resident in a hundred may have gone another way.
TOLERANCE, ASTRAY = 1e-4, RESIDENTS // 100

NEEDS_GCC = pytest.mark.skipif(floor.compiler() is None, reason="no gcc on this machine")
HERE = [
    pytest.param(one, id=one.name, marks=[NEEDS_GCC] if one.module == "floor" else [])
    for one in PEERS
    if one.environment == OWN
]


@pytest.fixture(scope="module")
def draws():
    return engine.draw_all(RESIDENTS, STEPS, SEED)


@pytest.fixture(scope="module")
def ours(draws):
    return story(peer("engine"), *draws)


@pytest.mark.parametrize("one", HERE)
def test_every_peer_tells_the_engines_story_on_the_same_draws(one, draws, ours):
    theirs = story(one, *draws)
    far = np.abs(np.subtract(theirs["opinion"], ours["opinion"])) > TOLERANCE
    assert far.sum() <= ASTRAY
    assert np.not_equal(theirs["consent"], ours["consent"]).sum() <= ASTRAY


@NEEDS_GCC
@pytest.mark.parametrize("n", [20, 511, 513, 1024, 2000])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_c_floor_gives_the_engines_bits(n, threads):
    ties, beginning = ring_with_long_ties(n), start(n)
    one = engine.build(ties, beginning, seed=2**40 + 7)
    other = floor.build(ties, beginning, threads=threads, seed=2**40 + 7)
    one.advance(13)
    other.advance(6)
    other.advance(7)
    for ours, theirs in zip(one.state(), other.state(), strict=True):
        assert np.array_equal(ours, theirs)


def test_threads_do_not_change_a_bit():
    ties, beginning = ring_with_long_ties(3000), start(3000)
    ends = []
    for threads in (1, 2, 3):
        population = engine.build(ties, beginning, threads=threads)
        population.advance(9)
        ends.append(population.state())
    assert all(np.array_equal(ends[0], end) for end in ends)


def test_the_draws_are_those_of_the_models_generator():
    seed, step = 2**40 + 7, 5
    z, u = engine.draw_all(6, step + 1, seed)
    words = [philox(pair, step, 0, 0, seed & 0xFFFFFFFF, seed >> 32) for pair in range(3)]
    of_residents = np.array(words, np.uint32).reshape(6, 2)
    assert np.array_equal(u[step], [engine.unit_interval(word) for word in of_residents[:, 1]])
    assert np.array_equal(
        z[step], [engine.standard_normal(engine.unit_interval(word)) for word in of_residents[:, 0]]
    )


def test_the_short_functions_keep_the_error_they_state():
    from scipy.special import ndtri

    v = np.exp(np.linspace(-16, 16, 2001)).astype(np.float32)
    logs = np.array([engine.log(x) for x in v], float)
    assert np.all(np.abs(logs - np.log(v.astype(float))) < 3e-7 + 1e-7 * np.abs(logs))
    for most, error in ((8, 1e-6), (80, 1e-5)):
        e = np.linspace(-most, most, 1001).astype(np.float32)
        exps = np.array([engine.exp(x) for x in e], float)
        assert np.abs(exps / np.exp(e.astype(float)) - 1).max() < error
    p = ((np.arange(1, 2**23, 4099) + 0.5) * 2.0**-23).astype(np.float32)
    assert np.abs([engine.standard_normal(x) for x in p] - ndtri(p.astype(float))).max() < 5e-4


def test_ties_are_mutual_and_near_ten_a_resident():
    ties = ring_with_long_ties(2000)
    pairs = set(zip(ties.sources.tolist(), ties.neighbours.tolist(), strict=True))
    assert all((b, a) in pairs and a != b for a, b in pairs)
    assert len(pairs) == len(ties.neighbours)
    assert 9.9 < ties.degrees.mean() <= 10


def test_shared_luck_hands_agents_and_arrays_the_same_draws():
    z, u = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3) / 6
    arrays, agents = SharedLuck(z, u), SharedLuck(z, u)
    for _ in range(2):
        assert np.array_equal(arrays.standard_normal(3), [agents.gauss(0.0, 1.0) for _ in range(3)])
        assert np.array_equal(arrays.random(3), [agents.random() for _ in range(3)])


def test_a_peer_measures_itself_in_a_process_of_its_own():
    script = kept.ROOT / "benchmarks" / "standin" / "measure.py"
    command = [sys.executable, script, "numpy", "500", "--steps", "3", "--seconds", "0"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(told["cpu"]) == len(told["wall"]) == 1
    assert told["memory_peak"] >= told["memory_before"] > 1
    assert 0 < told["mean_opinion"] < 1
    assert told["versions"] == {"numpy": version("numpy")}


def test_an_unknown_peer_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match=r"netlogo.*mesa"):
        peer("netlogo")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_peer_has_a_label(lang):
    assert all(text(f"benchmark.{one.name}", lang) for one in PEERS)


# -- environments -----------------------------------------------------------------------------------------


def test_every_peer_that_is_no_dependency_has_pinned_versions_and_no_address():
    pinned = environments.PINS.read_text("utf-8")
    sections = environments.pins(pinned)
    assert {one.environment for one in PEERS} - {OWN} == set(sections)
    assert all("==" in package for section in sections.values() for package in section.packages)
    assert "://" not in pinned
    assert sections["mesa-frames"].python == "3.12"


def test_what_peers_share_with_the_project_is_as_in_its_lock():
    lock = (environments.ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.MULTILINE))
    # what loads at every start, or is timed: all of them load pandas, and pandas pyarrow where it is there
    shared = {"networkx", "numpy", "scipy", "pandas", "pyarrow"}
    for name, section in environments.pins(environments.PINS.read_text("utf-8")).items():
        pinned = dict(package.split("==") for package in section.packages)
        if section.python is None:
            assert shared <= set(pinned), name
            differing = {one for one, version in pinned.items() if locked.get(one, version) != version}
            assert differing <= {"mesa"}, name
        else:
            assert "pyarrow" in pinned, name


def test_an_installers_complaint_is_kept_without_addresses_and_folders():
    said = "  × no solution\n  ╰─▶ at https://packages.example.org/simple/x in /some/folder/of/mine: nothing"
    assert environments.plain(said) == "no solution at (address) in (folder): nothing"


@pytest.mark.parametrize("plan", [campaign.FULL, campaign.QUICK], ids=["full", "quick"])
def test_a_peer_that_does_not_install_is_named_and_the_others_are_measured(plan, monkeypatch):
    def python_of(environment):
        raise environments.NotInstalledError(f"no {environment} for this machine")

    monkeypatch.setattr(campaign, "python_of", python_of)
    asked = campaign.Campaign(plan)
    assert asked.installed() == [one for one in PEERS if one.environment == OWN]
    assert asked.missing["mesa_4"] == "no mesa-4 for this machine"
    assert set(asked.missing) == {one.name for one in PEERS if one.environment != OWN}


# -- the page ---------------------------------------------------------------------------------------------


def entry(name, n, seconds, **more):
    return {
        "peer": name, "label": name, "threads": 1, "residents": n, "cpu": [seconds], "wall": [seconds],
        "memory_peak": 100.0, "versions": {}, "largest_gap": 0.0, "consent_differs": 0, "mean_opinion": 0.5,
        "consent_share": 0.5, **more,
    }  # fmt: skip


def full(what, residents, seconds, threads=1, **more):
    return {
        "what": what, "threads": threads, "residents": residents, "weeks": 100, "cpu": [seconds],
        "wall": [seconds], "memory_peak": 100.0, "compounds": 3, **more,
    }  # fmt: skip


def swept(seconds, memory):
    return {
        "runs": 20_000, "workers": 2, "seconds": seconds, "in_engine_of_busy": 0.97, "memory_peak": memory,
    }  # fmt: skip


@pytest.fixture
def result():
    return {
        **kept.circumstances(),
        "minutes": 1.0,
        "steps": 100,
        "missing": {"Starsim": "no wheel"},
        "standin": [
            entry("mesa", 10_000, 9.0),
            entry("mesa_4", 10_000, 8.0),
            entry("engine", 10_000, 0.02),
            entry("floor", 10_000, 0.01),
        ],
        "full": [full("agents", 540, 540.0, same_outcomes=True), full("compiled", 10_080, 0.1)],
        "start": {"warm": [0.5, 0.7, 0.55]},
        "sweeps": [swept(10.0, 300.0), swept(8.0, 350.0), swept(9.0, 290.0)],
    }


def test_ratios_and_times_are_those_of_the_medians(result):
    assert tables.ratio(result, "mesa", "engine", 10_000) == pytest.approx(450)
    line = next(line for line in tables.standin_table(result) if "| engine |" in line)
    assert "| 20.0 | 20.0 | 450× | 2.00× |" in line
    assert tables.per_week(result["full"][1], "cpu") == pytest.approx(0.1 / 10_080 / 100 * 1e9)


def test_a_promise_is_kept_broken_or_not_yet_measured(result):
    lines = {line.split("|")[1].strip(): line for line in tables.bars(result, None, {})}
    assert "| 450 | yes |" in lines["stand-in, 10,000 residents: at least 300 times Mesa (CPU)"]
    assert "not yet measured" in lines["stand-in, 10,000 residents: at least 5 times NumPy (CPU)"]
    assert "| 0.550 | yes |" in lines["`gongzhi run` of a preset, the engine compiled before: at most 0.6 s"]
    swept_lines = [line for promise, line in lines.items() if promise.startswith("sweep of 180")]
    assert len(swept_lines) == 1 and "| 2,220 | yes |" in swept_lines[0]  # 20,000 runs in 9 s, the median
    slow = {"hangzhou": {"wall_seconds": 31.0, "peak_memory_mb": 900.0}}
    lines = {line.split("|")[1].strip(): line for line in tables.bars(result, None, slow)}
    assert "| 31.0 | no |" in lines["Hangzhou: wall time at most 2.5 s"]
    assert "| 900 | yes |" in lines["Hangzhou: peak memory at most 1,500 MB"]


def test_a_sweep_is_told_by_its_median_and_its_greatest_memory(result):
    (line,) = tables.sweep_lines(result)
    assert "2,220 runs a second, median of 3; at most 350 MB" in line
    assert tables.sweep_lines({**result, "sweeps": []}) == ["Not yet measured."]


def test_a_peer_that_was_not_measured_is_named_with_its_error(result):
    assert tables.missing_lines(result) == ["- Starsim was not measured: no wheel"]


@pytest.mark.parametrize(
    ("value", "written"),
    [(9130.4, "9,130"), (25.46, "25.5"), (0.01714, "0.0171"), (99.96, "100"), (150, "150")],
)
def test_numbers_have_three_figures(value, written):
    assert tables.figures(value) == written


def test_a_long_run_is_entered_from_its_json(tmp_path, monkeypatch):
    monkeypatch.setattr(long_runs, "LONG_RUNS", tmp_path / "long_runs.json")
    run = {"compounds": 714, "households": 360_000, "weeks": 156, "wall_seconds": 28.5, "peak_memory_mb": 912}
    long_runs.add("hangzhou", {"measured": {**run, "summary": {"valid consent": 0.5}}, "other": 1})
    lines = tables.long_run_lines("hangzhou", kept.load(tmp_path / "long_runs.json")["hangzhou"])
    assert "| wall time | 28.5 s |" in lines
    assert "| households | 360,000 |" in lines
    assert "| valid consent | 0.5 |" in lines


def test_a_long_run_that_lacks_a_number_is_refused_by_name():
    with pytest.raises(ValueError, match=r"national: no number under weeks.*found compounds"):
        long_runs.checked(
            "national", {"compounds": 1, "households": 2, "wall_seconds": 3, "peak_memory_mb": 4}
        )
    with pytest.raises(ValueError, match=r"shanghai.*hangzhou"):
        long_runs.checked("shanghai", {})


def test_the_page_shows_the_results_that_are_kept():
    written = page.PAGE.read_text("utf-8")
    assert page.filled(written, page.current()) == written, "run `python benchmarks/peers.py --render`"


def test_page_makefile_and_command_say_alike_how_long_it_takes():
    lasts = {
        "Makefile": r"^benchmarks: .*\(about (\d+) minutes\)",
        "benchmarks/peers.py": r"measure everything, about (\d+) minutes",
        "docs/performance.md": r"make benchmarks +# about (\d+) minutes",
    }
    told = {
        re.search(of, (kept.ROOT / file).read_text("utf-8"), re.MULTILINE)[1] for file, of in lasts.items()
    }
    assert len(told) == 1


def test_the_page_and_what_is_measured_must_fit(result):
    with pytest.raises(ValueError, match="marks"):
        page.filled("<!-- measured: weather -->\n<!-- end -->", page.sections(result, None, {}))


@pytest.mark.parametrize("half", ["standin", "full"])
def test_half_of_the_measurements_can_be_read_at_once(result, half):
    assert "EPYC" in page.terminal({**result, half: [], "processor": "EPYC"})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_figure_names_every_peer_in_the_readers_language(result, lang):
    from sidebyside.speed_figure import speed_figure

    with use_chinese_font():
        figure = speed_figure(result, lang=lang)
        figure.canvas.draw()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [text(f"benchmark.{name}", lang) for name in ("floor", "engine", "mesa_4", "mesa")]


def test_a_broken_off_pass_of_the_agents_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "AGENTS_UNFINISHED", tmp_path / "unfinished.json")
    asked = []

    def measured(script, what, *numbers):
        asked.append((what, *numbers))
        if asked.count((what, *numbers)) == 1 and numbers[0] == 2:
            raise campaign.FailedError("killed")
        times = {"cpu": [1.0], "wall": [1.0], "memory_before": 1.0, "memory_peak": 2.0}
        return {**times, "first": 0, "compounds": 2, "residents": 360, "weeks": 156, "same_outcomes": True}

    monkeypatch.setattr(campaign, "run_script", measured)
    with pytest.raises(campaign.FailedError):
        campaign.measure_agents_whole(compounds=4, at_once=2)
    whole = campaign.measure_agents_whole(compounds=4, at_once=2)
    assert whole["agents"]["compounds"] == 4
    assert asked.count(("agents", 0, 2)) == 1
    assert not (tmp_path / "unfinished.json").exists()


def test_the_roofline_counts_what_a_process_reads_draws_and_computes():
    counts = roofline.counted(16, 3)
    assert counts["voice"]["bytes"] == 20.0  # four columns read and one written, single precision
    assert counts["influence"]["exp"] == 1.0  # one tanh in everybody's utility
    assert counts["influence"]["ties"] > 1.0
    assert counts["mobilise"]["draws"] >= counts["mobilise"]["generator"] > 0.0

    cost = dict.fromkeys((*roofline.KINDS, "rare"), 1.0)
    limit = sum(roofline.limit_of(kinds, cost) for kinds in counts.values())
    spent = {**dict.fromkeys(counts, 1.0), "observe": 1e6, "engine": 2.0 * limit, "drawing": 1.0}
    told = roofline.report(counts, cost, spent)
    assert "| takes of the limit | | | 2.00× |" in told
    assert told.splitlines()[-3].startswith("| `observe` | 1000000.0 |")
