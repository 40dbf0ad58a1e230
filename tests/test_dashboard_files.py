"""The dashboard with strategy and case files of whoever runs the server: pickers, runs, links, the game."""

import os
import signal
from types import SimpleNamespace

import pytest

from commands.cli import main
from commands.group import WrongInput
from dashboard import choices, own, tasks
from dashboard.asking import (
    LinkError,
    Request,
    case_label,
    from_query,
    other_version,
    plans_in,
    plans_in_address,
    strategy_label,
    to_query,
)
from dashboard.choices import case_choices, read_files, strategy_choices
from dashboard.class_files import ClassFolder, DamagedError
from dashboard.class_verdict import from_files
from dashboard.classes import Class, Group, from_table
from dashboard.game import Turn, preset_outcome, presets, replay
from dashboard.pages.assumptions import caveats
from dashboard.pages.compare import gate_of_all
from dashboard.pages.district import Plan, plan_of, word_of
from dashboard.parts import with_case, with_strategy
from dashboard.reporting import make
from dashboard.screening import ends
from dashboard.workers import Workers
from model.brought import bringing
from scenarios.files.problems import ScenarioError
from scenarios.loading import load_case, load_strategy
from scenarios.own import load_own

YARD = "danwei_courtyard"
CALM = """
id = "calm"
zh = "慢慢来"
en = "Slowly"

[instruments.home_visits]
intensity = 0.5

[programme]
consent_gate = 0.7
"""
MINE = """
id = "my_yard"
zh = "我的小院"
en = "My yard"
strategy = "./calm.toml"

[[caveats]]
zh = "编造的小区。"
en = "An invented compound."

[compounds.main]
households = {value = 40, unit = "households", source = "judgement", grade = "C"}
buildings = {value = 2, unit = "buildings", source = "judgement", grade = "C"}
stairwells_per_building = {value = 2, unit = "stairwells", source = "judgement", grade = "C"}

[run]
horizon_weeks = 60
"""
TEA = """
from model.own import OwnInstrument


def warm(model, intensity):
    trust = model.column("trust_office")
    trust[:] = trust + 0.2 * intensity * (1.0 - trust)


tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=1.0)
"""


@pytest.fixture
def write(tmp_path):
    """Writes a file; gives its name with its folder."""

    def put(name: str, content: str) -> str:
        (tmp_path / name).write_text(content, encoding="utf-8")
        return str(tmp_path / name)

    return put


@pytest.fixture
def bring(write):
    """Brings files along for the whole process, until the test ends: `calm.toml`, and a case that names it."""

    def take(calm: str = CALM, case: str = MINE):
        strategy, mine = write("calm.toml", calm), write("mine.toml", case)
        choices.bring(read_files([strategy], [mine] if case else []))

    yield take
    choices.bring(choices.NOTHING)
    own.bring(None)


# -- pickers and runs -------------------------------------------------------------------------------------


def test_cases_and_strategies_of_files_stand_before_those_that_ship(bring):
    before = case_choices(), strategy_choices()
    bring()
    assert case_choices() == ("my_yard", *before[0]) and strategy_choices() == ("calm", *before[1])
    assert (strategy_label("calm", "zh"), strategy_label("calm", "en")) == ("慢慢来", "Slowly")
    assert (case_label("my_yard", "zh"), case_label("my_yard", "en")) == ("我的小院", "My yard")
    choices.bring(choices.NOTHING)
    assert (case_choices(), strategy_choices()) == before


def test_a_strategy_that_is_called_as_one_that_ships_has_its_identifier_beside_its_name(bring):
    bring(CALM.replace("慢慢来", load_strategy("pressure").zh))
    assert (
        strategy_label("calm", "zh") == "施压（诊断用） (calm)" and strategy_label("calm", "en") == "Slowly"
    )
    assert strategy_label("pressure", "zh") == "施压（诊断用）"


def test_runs_under_a_strategy_file_are_those_of_the_command_line(bring, write):
    bring()
    _, found = tasks.run_seeds(Request(YARD, "calm").scenario(), [1, 2])
    scenario = load_case(YARD).scenario(strategy=write("calm.toml", CALM))
    assert scenario == Request(YARD, "calm").scenario()
    assert found.equals(tasks.run_seeds(scenario, [1, 2])[1])


def test_a_case_file_has_its_own_strategy_and_households_and_levers_move_in_it(bring):
    bring()
    request = from_query("case=my_yard")
    assert request == Request("my_yard", "calm") and request.lever("gate") == 0.7
    assert request.scenario().compound.households == 40
    moved = request.with_levers({"gate": 0.9})
    assert moved.changed and moved.scenario().effective_programme().consent_gate == 0.9
    assert with_strategy(Request(YARD), "calm").strategy == "calm" and with_case(request, YARD).case == YARD


def test_a_case_file_may_bring_its_households(write):
    rows = "".join(f"{i // 20},{i // 10 % 2},{i % 5 + 1},60.0,owner_occupied\n" for i in range(40))
    write("people.csv", "building,stairwell,floor,area_m2,tenure\n" + rows)
    head, _, _ = MINE.replace("./calm.toml", "pressure").partition("households = {")
    choices.bring(read_files(cases=[write("mine.toml", head + 'households_file = "people.csv"\n')]))
    try:
        request = Request("my_yard", "pressure")
        assert request.scenario().tables is not None and request.scenario().compound.households == 40
        assert "people" not in to_query(request, "en") and choices.version("my_yard")
        pool = Workers(1)
        found = pool.submit(tasks.run_seeds, request.scenario(), [1]).future.result(300)[1]
        pool.stop()
        assert found.equals(tasks.run_seeds(request.scenario(), [1])[1])
    finally:
        choices.bring(choices.NOTHING)


def test_the_strategy_that_a_case_names_by_its_file_comes_along(write):
    write("calm.toml", CALM)
    found = read_files(cases=[write("mine.toml", MINE)])
    assert list(found.strategies) == ["calm"] and list(found.cases) == ["my_yard"]


def test_a_strategy_file_may_use_an_own_instrument(bring, write):
    mine = load_own(write("tea.py", TEA))
    with bringing(mine.brought):
        given = read_files([write("tea.toml", CALM + "\n[instruments.tea_rounds]\nintensity = 0.4\n")])
    own.bring(mine.code)
    choices.bring(given)
    request = Request(YARD, "calm")
    assert request.lever("own.tea_rounds") == 0.4 and "own=" in to_query(request, "en")
    assert tasks.run_seeds(request.scenario(), [1])[1].equals(mine.results(request.scenario(), 1).summary())


def test_workers_know_the_files_and_so_does_the_one_that_takes_a_dead_ones_place(bring):
    bring()
    pool = Workers(1)
    try:
        assert pool.warm.wait(300)
        for _ in range(2):
            found = pool.submit(ends, "my_yard", "calm", ["gate"]).future.result(60)
            assert list(found) == ["gate"]
            os.kill(pool.processes()[0], signal.SIGKILL)
    finally:
        pool.stop()


def test_the_page_of_assumptions_has_the_caveats_of_a_case_file(bring):
    assert "编造的小区。" not in caveats("zh")
    bring()
    assert "编造的小区。" in caveats("zh") and "An invented compound." in caveats("en")
    assert "文献里的 0 个" not in caveats("zh")


def test_a_gate_is_drawn_beside_plans_that_have_the_same_one(bring):
    bring()
    calm, usual, moved = (
        SimpleNamespace(request=request)
        for request in (
            Request(YARD, "calm"),
            Request(YARD, "pressure"),
            Request(YARD, "pressure").with_levers({"gate": 0.7}),
        )
    )
    assert gate_of_all([calm, moved]) == 0.7 and gate_of_all([calm, usual]) is None


def test_a_verdict_says_which_strategies_are_of_files(bring):
    assert from_files("en") == ""
    bring()
    assert "运行者的文件：慢慢来。" in from_files("zh") and "Slowly" in from_files("en")


# -- links ------------------------------------------------------------------------------------------------


def test_a_link_names_what_it_needs_by_identifier_and_version_and_no_file(bring, tmp_path):
    bring()
    request = Request("my_yard", "calm").with_levers({"gate": 0.9})
    link = to_query(request, "en")
    assert from_query(link) == request and other_version(link, "en") == ""
    assert "files=my_yard." in link and "~calm." in link
    assert ".toml" not in link and tmp_path.name not in link
    assert "files" not in to_query(Request(YARD), "en")


def test_a_link_of_a_comparison_brings_back_plans_of_a_file(bring):
    bring()
    plans = (Request(YARD, "calm"), Request(YARD, "pressure"))
    link = to_query(Request(YARD), "en", plans_in_address(plans))
    assert "files=calm." in link and plans_in(link, YARD) == plans


def test_a_link_to_a_district_under_a_strategy_file_names_it_too(bring):
    bring()
    link = to_query(Request(YARD), "en", {"district": word_of(Plan("calm"))})
    assert "files=calm." in link and plan_of(word_of(Plan("calm"))) == Plan("calm")
    choices.bring(choices.NOTHING)
    with pytest.raises(LinkError, match="'calm'"):
        from_query(link, "en")


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", r"'calm', which comes from a file.*--strategy FILE\.toml"), ("zh", "“calm”，它来自")],
)
def test_a_dashboard_without_the_file_says_what_a_link_needs(bring, lang, said):
    bring()
    whole = to_query(Request(YARD, "calm"), lang)
    plans = to_query(Request(YARD), lang, plans_in_address((Request(YARD, "calm"), Request(YARD))))
    choices.bring(choices.NOTHING)
    for link in (whole, plans):
        with pytest.raises(LinkError, match=said):
            from_query(link, lang)


def test_a_link_of_another_version_of_a_file_is_used_and_says_so(bring):
    bring()
    link, before = to_query(Request("my_yard", "calm"), "en"), choices.version("calm")
    bring(CALM.replace("0.5", "0.6"))
    assert from_query(link) == Request("my_yard", "calm") and choices.version("calm") != before
    for lang, label, word in (("en", "“Slowly”", "another version"), ("zh", "“慢慢来”", "另一版本")):
        said = other_version(link, lang)
        assert label in said and word in said and before in said and ".toml" not in said


def test_another_name_is_no_other_version_and_another_value_is(bring):
    bring()
    before = choices.version("calm"), choices.version("my_yard")
    bring(CALM.replace("Slowly", "Slow"), MINE.replace("My yard", "The yard"))
    assert (choices.version("calm"), choices.version("my_yard")) == before
    bring(CALM, MINE.replace("value = 40", "value = 41"))
    assert choices.version("calm") == before[0] and choices.version("my_yard") != before[1]


@pytest.mark.parametrize("word", ["~~~", "..", "../../etc/passwd.1", "calm", "<b>.x", "a" * 500])
def test_what_a_link_says_of_files_is_never_a_path_nor_shown_as_it_came(bring, word):
    bring()
    query = f"case={YARD}&strategy=calm&files={word}"
    try:
        assert from_query(query, "en") == Request(YARD, "calm")
    except LinkError as error:
        assert "passwd" not in str(error) and "<b>" not in str(error) and "a" * 61 not in str(error)
    assert "passwd" not in other_version(query, "en")


# -- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategies", "cases", "said"),
    [
        (["pressure"], [], r"--strategy: 'pressure'; expected a \.toml file"),
        ([], ["jinjiang"], r"--case: 'jinjiang'; expected a \.toml file"),
        (["absent.toml"], [], r"absent\.toml: no such file"),
        (["calm.toml", "calm.toml"], [], "two have the identifier 'calm'; expected each strategy once"),
        (["taken.toml"], [], r"taken\.toml: id = 'pressure'; is a strategy that ships; expected another id"),
        (["wrong.toml"], [], r"wrong\.toml:\d+: instruments\.home_visit: unknown key.*home_visits"),
        ([], ["mine.toml", "mine.toml"], "two have the identifier 'my_yard'; expected each case once"),
        ([], ["town.toml"], r"town\.toml: id = 'jinjiang'; is a case that ships"),
        ([], ["taking.toml"], r"taking\.toml: strategy has the identifier 'pressure' of another strategy"),
    ],
)
def test_files_that_cannot_be_offered_are_refused_by_name(write, strategies, cases, said):
    wrong = CALM.replace("home_visits", "home_visit")
    contents = {
        "calm.toml": CALM,
        "taken.toml": CALM.replace('"calm"', '"pressure"'),
        "wrong.toml": wrong,
        "mine.toml": MINE,
        "town.toml": MINE.replace('"my_yard"', '"jinjiang"'),
        "taking.toml": MINE.replace("calm.toml", "taken.toml"),
    }
    place = {name: write(name, content) for name, content in contents.items()}
    with pytest.raises(ScenarioError, match=said):
        read_files([place.get(s, s) for s in strategies], [place.get(c, c) for c in cases])


def test_districts_and_collections_are_no_cases_for_the_pages(write):
    from scenarios.files.library import shipped

    for kind, folder, name in (
        ("district", "districts", "kaifeng_district"),
        ("collection", "collections", "national"),
    ):
        content = shipped(folder)[name].read_text(encoding="utf-8")
        with pytest.raises(ScenarioError, match=f"is a {kind}; expected a case of compounds"):
            read_files(cases=[write("mine.toml", content)])


@pytest.mark.parametrize(("lang", "said"), [("en", "expected another id"), ("zh", "应改用另一个 id")])
def test_the_command_refuses_before_it_serves_in_the_language_asked_for(write, lang, said, capsys):
    file = write("taken.toml", CALM.replace('"calm"', '"pressure"'))
    with pytest.raises((SystemExit, WrongInput)) as ended:
        main(["dashboard", "--no-browser", "--port", "0", "--lang", lang, "--strategy", file])
    assert getattr(ended.value, "code", 2) == 2 and said in capsys.readouterr().err


# -- the game, reports ------------------------------------------------------------------------------------


def test_finished_games_are_compared_with_strategies_of_files_under_the_same_caps(bring):
    usual = presets()
    bring()
    assert presets() == (*usual, "calm")
    found = preset_outcome("my_yard", "calm")
    assert len(found) == 20 and (found["case"] == "my_yard").all()


def test_a_class_plays_a_case_of_a_file_and_is_kept_with_its_version(bring, tmp_path):
    bring()
    assert replay("my_yard", [Turn()], [5])[0].shape[:2] == (1, 13)
    kept = ClassFolder(tmp_path / "classes")
    kept.write(Class("AAAABBBB", "my_yard", (), {"1": Group("Tea", turns=(Turn(),))}).table())
    assert from_table(kept.read("AAAABBBB")).case == "my_yard"
    bring(case=MINE.replace("value = 40", "value = 41"))
    with pytest.raises(DamagedError, match=r"case_version = '\w{8}', of the case 'my_yard'.*expected \w{8}"):
        kept.read("AAAABBBB")
    choices.bring(choices.NOTHING)
    with pytest.raises(DamagedError, match="a case that ships, or one given by --case"):
        kept.read("AAAABBBB")


def test_the_report_names_a_strategy_of_a_file_and_the_digest_of_what_it_says(bring, tmp_path):
    bring()
    page = make(Request(YARD, "calm"), [1, 2], "en", str(tmp_path / "done")).decode()
    assert "Slowly" in page and choices.files().digests["calm"] in page and "calm.toml" not in page
