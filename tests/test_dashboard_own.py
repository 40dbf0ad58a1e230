"""The dashboard with instruments and outcomes of whoever runs the server: levers, runs, links, the game."""

import json
import os
import signal

import numpy as np
import pytest

from dashboard import own, tasks
from dashboard.asking import LinkError, Request, from_query, other_version, possible, to_query
from dashboard.class_files import ClassFolder, DamagedError
from dashboard.class_views import diary
from dashboard.classes import Class, Group, from_table
from dashboard.district_runs import run_office, totals_under
from dashboard.downloads import summary_csv, weekly_csv
from dashboard.ensembles import Ensemble
from dashboard.game import QUARTER_WEEKS, Turn, replay
from dashboard.hooks import problem_in_words
from dashboard.levers import levers
from dashboard.own_outcomes import at_the_end, axis_of, own_label
from dashboard.pages import district as page_of_districts
from dashboard.pages.classroom import decisions, turned
from dashboard.pages.compare import bands_of, differences, paired, verdicts
from dashboard.pages.predict import curves, verdict
from dashboard.parts import moved
from dashboard.reporting import make
from dashboard.trajectory import follow
from dashboard.views import fan_words, lever_groups
from dashboard.workers import Workers
from model.engine import simulate
from model.measures import Outcome
from scenarios.loading import load_case, load_strategy
from scenarios.own import OwnError, load_own
from scenarios.translation import message_in

YARD, PLAIN = "danwei_courtyard", "information_only"
FILE = """
from model.own import OwnInstrument


def warm(model, intensity):
    trust = model.column("trust_office")
    trust[:] = trust + 0.2 * intensity * (1.0 - trust)


tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=1.0, yuan=0.05,
                    legality="restricted")
"""
DOUBT = """
from model.own import OwnOutcome

doubt = OwnOutcome("doubt", zh="犹豫", en="In doubt", unit="share",
                   measure=lambda model: float((abs(model.column("support")) < 0.1).mean()))
"""


@pytest.fixture
def bring(tmp_path):
    """Brings a file along for the whole process, until the test ends."""

    def take(content: str, name: str = "tea.py"):
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        found = load_own(file)
        own.bring(found.code)
        return found

    yield take
    own.bring(None)


def asked(intensity: float) -> Request:
    return Request(YARD, PLAIN).with_levers({"own.tea_rounds": intensity})


def shown_levers(request: Request, lang: str) -> dict[str, dict]:
    groups = json.loads(lever_groups(request, lang))
    return {lever["key"]: lever for group in groups for lever in group["levers"]}


# -- levers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "label", "file"), [("en", "Tea rounds", "tea.py"), ("zh", "茶话会", "tea.py")]
)
def test_an_own_instrument_has_a_lever_of_its_own_with_label_cost_and_legality(bring, lang, label, file):
    bring(FILE)
    lever = shown_levers(asked(0.4), lang)["own.tea_rounds"]
    assert (lever["label"], lever["value"], lever["base"], lever["first"]) == (label, 0.4, 0.0, True)
    assert lever["legal"] == "restricted" and lever["legal_label"]
    assert file in lever["tip"] and "0.05" in lever["tip"] and "1.0" in lever["tip"]


def test_without_a_file_there_are_the_levers_of_the_pages_and_no_group_of_own_ones(bring):
    before = lever_groups(Request(YARD, PLAIN), "en")
    bring(FILE)
    assert "own.tea_rounds" in levers()
    own.bring(None)
    assert "own.tea_rounds" not in levers() and lever_groups(Request(YARD, PLAIN), "en") == before


def test_what_the_file_itself_uses_is_in_force_under_every_strategy_until_its_lever_is_put_to_nothing(bring):
    bring(FILE + "\nhalf = tea.use(0.5, start_week=4, end_week=20)\n")
    request = Request(YARD, PLAIN)
    assert request.lever("own.tea_rounds") == 0.5 and not request.changed
    assert request.scenario().strategy.own["tea_rounds"].end_week == 20
    assert asked(0.0).scenario().strategy.own["tea_rounds"].intensity == 0.0
    assert "weeks 4 to 19" in shown_levers(request, "en")["own.tea_rounds"]["tip"]


# -- runs -------------------------------------------------------------------------------------------------


def test_runs_of_the_pages_are_those_of_the_command_line(bring):
    mine = bring(FILE)
    series, summary = tasks.run_seeds(asked(0.5).scenario(), [1, 2])
    whole = mine.results(asked(0.5).scenario(), 2)
    np.testing.assert_array_equal(series[1], whole.series[0][:, list(tasks.DRAWN)])
    assert summary["trust_office_change"][1] == whole.summary()["trust_office_change"][0]


def test_at_rest_an_own_instrument_changes_no_run(bring):
    bring(FILE)
    scenario = Request(YARD, PLAIN).scenario()
    plain = load_case(YARD).scenario(strategy=load_strategy(PLAIN))
    assert scenario == plain
    np.testing.assert_array_equal(
        tasks.run_seeds(scenario, [3])[0], simulate([plain], [3]).series[:, :, list(tasks.DRAWN)]
    )


def test_the_run_that_is_shown_has_the_own_instrument_too(bring):
    mine = bring(FILE)
    _, series = follow(asked(0.5).scenario(), 3)
    np.testing.assert_array_equal(series, mine.results(asked(0.5).scenario(), 3).series[0])
    assert series[-1, Outcome.TRUST_OFFICE] > follow(asked(0.0).scenario(), 3)[1][-1, Outcome.TRUST_OFFICE]


def test_workers_run_own_instruments_and_so_does_the_one_that_takes_a_dead_ones_place(bring):
    bring(FILE)
    scenario = asked(0.5).scenario()
    here = tasks.run_seeds(scenario, [1])
    pool = Workers(1)
    try:
        assert pool.warm.wait(300)
        for _ in range(2):
            series, summary = pool.submit(tasks.run_seeds, scenario, [1]).future.result(60)
            np.testing.assert_array_equal(series, here[0])
            assert summary.equals(here[1])
            os.kill(pool.processes()[0], signal.SIGKILL)
    finally:
        pool.stop()


def test_sets_of_parameters_and_groups_of_households_are_those_of_runs_with_own_instruments(bring):
    mine = bring(FILE + DOUBT)
    scenario = asked(0.5).scenario()
    found = tasks.run_plausible(scenario, [0], [1])
    assert found["set"].tolist() == [0] and found["doubt"].between(0.0, 1.0).all()
    ((world, at),) = own.compounds_of(scenario, [3])
    assert at == 0
    np.testing.assert_array_equal(world.series, mine.results(scenario, 3).series)


def test_where_an_instrument_needs_more_hours_than_the_office_has_its_lever_says_so(bring):
    bring(FILE.replace("hours=1.0", "hours=30.0"))
    assert "needs 15 hours a week" in shown_levers(asked(0.5), "en")["own.tea_rounds"]["still"]
    assert "30 工时" in shown_levers(asked(1.0), "zh")["own.tea_rounds"]["still"]
    assert shown_levers(asked(0.1), "en")["own.tea_rounds"]["still"] == ""


# -- links ------------------------------------------------------------------------------------------------


def test_a_link_brings_an_own_instrument_back_and_names_the_version_of_its_file(bring):
    mine = bring(FILE)
    link = to_query(asked(0.5), "en")
    assert "own.tea_rounds=0.5" in link and f"own={mine.code.digest[:8]}" in link
    assert from_query(link) == asked(0.5) and other_version(link, "en") == ""
    assert "own" not in to_query(Request(YARD, PLAIN), "en")


def test_a_link_of_another_version_of_the_file_is_used_and_says_so(bring):
    bring(FILE)
    link = to_query(asked(0.5), "en")
    now = bring(FILE.replace("0.2", "0.3"))
    assert from_query(link) == asked(0.5)
    for lang, word in (("en", "another version"), ("zh", "另一版本")):
        said = other_version(link, lang)
        assert word in said and now.code.digest[:8] in said and "tea.py" in said


@pytest.mark.parametrize(("lang", "said"), [("en", "started without --own"), ("zh", "没有 --own")])
def test_a_dashboard_without_the_file_refuses_a_link_that_needs_it(bring, lang, said):
    bring(FILE)
    lever = to_query(asked(0.5), lang)
    bring(FILE + "\nhalf = tea.use(0.5)\n")
    used = to_query(Request(YARD, PLAIN), lang)
    own.bring(None)
    for link in (lever, used):
        with pytest.raises(LinkError, match=said):
            from_query(link, lang)


def test_a_link_with_an_instrument_that_the_file_does_not_have_names_file_and_nearest(bring):
    bring(FILE)
    with pytest.raises(LinkError, match=r"'tea_round' that tea\.py.*tea_rounds"):
        from_query(f"case={YARD}&own.tea_round=0.5", "en")


@pytest.mark.parametrize("name", ["other", "__import__", "tea.py", "/tmp/tea.py", "tea_rounds.effect", ""])
def test_a_browser_can_name_what_the_file_has_and_brings_nothing_along(bring, name):
    bring(FILE)
    before, key = own.code(), f"own.{name}"
    assert moved(asked(0.5), {key: 1.0}) == asked(0.5)
    assert turned(Turn(), {key: 1.0}) == Turn()
    with pytest.raises(LinkError):
        from_query(f"case={YARD}&{key}=1", "en")
    assert own.code() is before and list(levers())[-1] == "own.tea_rounds"


# -- what cannot be brought -------------------------------------------------------------------------------


def test_agents_and_models_of_ones_own_are_refused_by_name(bring):
    with pytest.raises(
        OwnError, match=r"tea\.py': brings Patient and PatientMember, which .* does not run"
    ) as told:
        bring(
            "from agents.resident import Resident\nfrom agents.party_member import PartyMember\n"
            "class Patient(Resident):\n    pass\nclass PatientMember(PartyMember, Patient):\n    pass\n"
        )
    said = message_in("zh", str(told.value))
    assert "Patient 与 PatientMember" in said and "应为" in said and "does not run" not in said


def test_what_goes_wrong_in_an_effect_is_told_with_file_and_line(bring):
    bring(FILE.replace("trust[:] = trust", "trust[:] = trust / nothing"))
    assert possible(asked(0.5), "en") is None
    for act in (lambda s: tasks.run_seeds(s, [1]), lambda s: follow(s, 1)):
        with pytest.raises(OwnError, match=r"own file 'tea\.py', line 7: NameError"):
            act(asked(0.5).scenario())


def test_what_goes_wrong_is_told_in_the_language_of_the_page(bring):
    bring(FILE.replace("trust[:] = trust", "trust[:] = trust / nothing"))
    with pytest.raises(OwnError) as told:
        tasks.run_seeds(asked(0.5).scenario(), [1])
    assert problem_in_words(told.value, "zh").startswith("无法计算：自有文件 'tea.py' 第 7 行（NameError）：")
    assert "own file 'tea.py', line 7: NameError" in problem_in_words(told.value, "en")


# -- the game ---------------------------------------------------------------------------------------------


def test_the_class_page_offers_an_own_instrument_with_label_cost_and_legality(bring):
    usual = json.loads(decisions(Turn(), "en"))
    bring(FILE)
    turn = turned(Turn(), {"own.tea_rounds": 0.44, "own.nothing": 1.0, "consult": 0.5})
    assert turn == Turn(consult=0.5, own=(("tea_rounds", 0.4),))
    *others, mine = json.loads(decisions(Turn(own=turn.own), "en"))
    assert others == usual and mine["label"] == "Own instruments"
    (lever,) = mine["levers"]
    assert (lever["label"], lever["value"], lever["legal"]) == ("Tea rounds", 0.4, "restricted")
    assert "1.0 h" in lever["tip"] and "0.05 yuan" in lever["tip"]
    assert "Tea rounds" in diary([turn], "en") and "茶话会" in diary([turn], "zh")


def test_a_turn_that_puts_an_own_instrument_to_rest_is_the_usual_one(bring):
    bring(FILE)
    assert turned(Turn(own=(("tea_rounds", 0.4),)), {"own.tea_rounds": 0.0}) == Turn()


def test_an_own_instrument_acts_in_the_quarters_in_which_it_is_decided(bring):
    bring(FILE)
    plain, tea = Turn(visits=0.5), Turn(visits=0.5, own=(("tea_rounds", 1.0),))
    without, series = (replay(YARD, turns, [5])[0][0] for turns in ([plain] * 2, [plain, tea]))
    np.testing.assert_array_equal(without[:QUARTER_WEEKS], series[:QUARTER_WEEKS])
    trust = series[:, Outcome.TRUST_OFFICE] - without[:, Outcome.TRUST_OFFICE]
    assert (trust[QUARTER_WEEKS:] > 0.0).all()


def test_a_game_with_an_own_instrument_that_does_nothing_and_costs_nothing_is_the_game_without(bring):
    bring(FILE.replace("0.2 * intensity", "0.0").replace("hours=1.0, yuan=0.05", "hours=0.0"))
    tea = Turn(example=0.5, own=(("tea_rounds", 1.0),))
    for one, other in zip(
        replay(YARD, [Turn(), Turn(example=0.5)], [5]), replay(YARD, [Turn(), tea], [5]), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_class_that_played_an_own_instrument_is_kept_and_opens_with_that_file_only(bring, tmp_path):
    bring(FILE)
    kept = ClassFolder(tmp_path / "classes")
    turn = Turn(own=(("tea_rounds", 0.5),))
    room = Class("AAAABBBB", YARD, (), {"1": Group("Tea", turns=(turn,))})
    kept.write(room.table())
    assert from_table(kept.read("AAAABBBB")).groups["1"].turns == (turn,)
    bring(FILE.replace("0.2", "0.3"))
    with pytest.raises(DamagedError, match=r"own = '\w{8}', the version of a file .* expected \w{8}"):
        kept.read("AAAABBBB")
    own.bring(None)
    with pytest.raises(DamagedError, match="expected a server that was started with --own"):
        kept.read("AAAABBBB")


def test_without_own_instruments_the_file_of_a_class_is_as_it_was():
    table = Class("AAAABBBB", YARD, (), {"1": Group("Tea", turns=(Turn(),))}).table()
    assert "own" not in table and "own" not in table["groups"]["1"]["turns"][0]


# -- outcomes, reports ------------------------------------------------------------------------------------


def test_own_outcomes_stand_on_the_pages_in_tables_and_in_the_comparison(bring):
    bring(DOUBT)
    request = Request(YARD, PLAIN)
    series, summary = tasks.run_seeds(request.scenario(), [1, 2])
    found = Ensemble(request, series, summary, follow(request.scenario(), 1)[0])
    assert "In doubt" in at_the_end(found, "en") and "犹豫" in at_the_end(found, "zh")
    assert "In doubt [share]" in summary_csv(found, "en").decode("utf-8-sig").splitlines()[0]
    assert paired()[-1] == "doubt" and "In doubt" in differences([found, found], "en")


MORE = (
    DOUBT
    + """
doubters = OwnOutcome("doubters", zh="犹豫户数", en="Number in doubt", unit="households", better="lower",
                      measure=lambda model: float((abs(model.column("support")) < 0.1).sum()))
calls = OwnOutcome("calls", zh="来电", en="Calls", unit="人次", measure=lambda model: -1.0 * model.week)
plain = OwnOutcome("plain_number", zh="指数", en="Index", better="higher", measure=lambda model: float("nan"))
"""
)


def drawn(*seeds: int) -> Ensemble:
    request = Request(YARD, PLAIN)
    return Ensemble(
        request, *tasks.run_seeds(request.scenario(), seeds), follow(request.scenario(), seeds[0])[0]
    )


def test_own_outcomes_are_drawn_by_week_as_the_command_line_writes_them(bring):
    mine = bring(MORE)
    found = drawn(1, 2)
    whole = mine.results(found.request.scenario(), 2)
    for name in ("doubt", "doubters", "calls"):
        np.testing.assert_array_equal(found.of(name)[1], whole.own[name][0])
        np.testing.assert_array_equal(found.of(name)[:, -1], found.summary[name])
    np.testing.assert_array_equal(found.of(Outcome.PAYMENT_RATE)[1], whole.series[0, :, Outcome.PAYMENT_RATE])
    assert [one["name"] for one in bands_of([found, found], "doubters")] == ["A", "B"]
    head = weekly_csv(found, "zh").decode("utf-8-sig").splitlines()[0]
    assert "犹豫 [share] 50%" in head and "犹豫户数 [households] 50%" in head


@pytest.mark.parametrize(
    ("name", "lang", "on_axis", "in_table", "pattern"),
    [
        ("doubt", "en", "In doubt", "In doubt", None),
        ("doubters", "en", "Number in doubt (households, lower is better)",
         "Number in doubt (lower is better)", "{value} households"),
        ("doubters", "zh", "犹豫户数（户，越低越好）", "犹豫户数（越低越好）", "{value} 户"),
        ("calls", "zh", "来电（人次）", "来电（人次）", "{value}"),
        ("plain_number", "zh", "指数（越高越好）", "指数（越高越好）", "{value}"),
    ],
)  # fmt: skip
def test_an_own_outcome_has_label_unit_and_direction(bring, name, lang, on_axis, in_table, pattern):
    bring(MORE)
    assert own_label(name, lang, axis=True) == on_axis and own_label(name, lang) == in_table
    axis = axis_of(MORE_UNITS[name], lang)
    assert axis == (None if pattern is None else {"pattern": pattern, "lang": lang})


MORE_UNITS = {"doubt": "share", "doubters": "households", "calls": "人次", "plain_number": "1"}


def test_shares_of_a_file_can_be_guessed_and_other_outcomes_cannot(bring):
    usual = curves()
    bring(MORE)
    assert list(curves()) == [*usual, "doubt"]
    found = drawn(1, 2)
    guess = np.zeros(found.series.shape[1])
    assert "gz-verdict" in verdict(guess, found, "doubt", "zh")


def test_what_a_chart_of_an_own_outcome_shows_is_read_out_in_its_unit(bring):
    bring(MORE)
    found = drawn(1, 2)
    assert "第 26 周: " in fan_words(found, "doubters", "zh") and " 户" in fan_words(found, "doubters", "zh")
    assert "无数值" in fan_words(found, "plain_number", "zh")


def test_a_comparison_names_who_is_ahead_where_an_own_outcome_says_which_way_is_better(bring):
    bring(MORE)
    found = [drawn(*range(1, 9)), drawn(*range(1, 9))]
    said = " ".join(verdicts(found, "zh"))
    assert "犹豫户数" in said and "指数" in said and "来电" not in said
    assert "犹豫户数（越低越好）" in differences(found, "zh")


def test_the_report_names_the_own_instrument_and_the_digest_of_its_file(bring, tmp_path):
    mine = bring(FILE)
    page = make(asked(0.5), [1, 2], "en", str(tmp_path / "done")).decode()
    assert "Tea rounds" in page and mine.code.digest in page


# -- districts ----------------------------------------------------------------------------------------------


def of_page():
    plan = page_of_districts.Plan()
    small = plan.district().model_copy(
        update={"compounds": 4, "buildings": 12, "households": 200, "batches": 1}
    )
    return plan.scenario().model_copy(update={"horizon_weeks": 20}), small


def test_a_district_runs_what_the_file_uses_and_shows_its_outcomes(bring):
    usual = run_office(*of_page(), 1)
    assert usual.rests == {} and page_of_districts.own_lines(of_page()[0], "en") == []
    feast = "\nfeast = OwnInstrument('feast', zh='宴', en='Feast', effect=warm, hours=99.0).use(1.0)\n"
    bring(FILE + "\nhalf = tea.use(0.5)\n" + feast + DOUBT)
    scenario, district = of_page()
    found = run_office(scenario, district, 1)
    assert found.weekly["trust_office"].iloc[-1] > usual.weekly["trust_office"].iloc[-1]
    assert found.rests == {"tea_rounds": (80, 0), "feast": (80, 80)}
    page = page_of_districts.totals([found, found], "en")
    assert (
        "In doubt, mean over households" in page and "Feast rested in 160 of 160 weeks of 8 compounds" in page
    )
    told = page_of_districts.own_lines(scenario, "en")
    assert told[0] == "Own instrument: Tea rounds (restricted by law), intensity 0.5 (tea.py)."
    assert totals_under(scenario, district, [3], [1])["doubt"].notna().all()


def test_a_district_with_a_file_that_uses_nothing_is_as_without_it(bring):
    usual = run_office(*of_page(), 1)
    bring(FILE)
    assert (run_office(*of_page(), 1).hours == usual.hours).all()
