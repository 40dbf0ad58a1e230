"""What the dashboard makes of results: quantiles, links, district hours."""

import base64
import csv
import io
import json
import zlib
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest

import dashboard
from agents.categories import Reason, Stage, Tenure
from dashboard import parts, state, tasks, views
from dashboard.app import take_address, take_scenario
from dashboard.asking import (
    LONGEST_FOLDER,
    LONGEST_LINK,
    LinkError,
    Request,
    from_query,
    kept_in,
    plans_in,
    plans_in_address,
    plans_to_word,
    possible,
    seat_in,
    to_query,
)
from dashboard.class_views import course
from dashboard.district_runs import worked_by_stage
from dashboard.downloads import weekly_csv
from dashboard.ensembles import Ensemble
from dashboard.equity_groups import AGES, FLOORS, SHOWN, Groups, tables_of_runs, together
from dashboard.guard import LONGEST_ADDRESS
from dashboard.hooks import Awaited
from dashboard.pages.district import Plan, plan_of, word_of
from dashboard.pages.who import heat_map, picture, tables, told
from dashboard.stories import tell
from dashboard.sweep_folders import folders
from dashboard.trajectory import Mark, Plane, follow
from dashboard.views import (
    REASON_COLOURS,
    bands,
    curve_name,
    fan_words,
    payment_fan,
    stage,
    stage_labels,
    stages_shown,
)
from model.engine import simulate
from model.equity import GROUPS
from model.measures import OUTCOMES, Outcome
from model.parameters import declarations
from model.specification import Compound, Scenario
from scenarios.analysis import intervals
from scenarios.catalogue import called, number, stage_short, text
from scenarios.figures.palette import STAGE_COLOURS, luminance
from scenarios.loading import load_strategy
from scenarios.quantiles import QUANTILES, five_quantiles, quantiles_by_week


def test_quantiles_are_numpys_own():
    values = np.random.default_rng(1).random((30, 40)).astype(np.float32)
    assert (quantiles_by_week(values) == np.quantile(values.astype(float), QUANTILES, axis=0)).all()


def test_quantiles_leave_out_runs_without_a_value_as_numpy_does():
    rng = np.random.default_rng(2)
    values = np.where(rng.random((30, 200)) < np.linspace(0, 0.99, 200), np.nan, rng.random((30, 200)))
    values[:, 150] = np.nan
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="All-NaN"):
        expected = np.nanquantile(values, QUANTILES, axis=0)
    assert np.array_equal(quantiles_by_week(values), expected, equal_nan=True)
    assert np.isnan(quantiles_by_week(values)[:, 150]).all()
    for week in range(200):
        found = five_quantiles(values[:, week], censored=False)
        wanted = expected[:, week].tolist()
        assert np.isnan(wanted).all() if found is None else found.tolist() == wanted


def test_a_week_in_which_no_run_has_a_value_is_blank_and_one_with_a_few_is_not():
    values = np.ones((4, 3))
    values[:, 1] = np.nan
    values[:3, 2] = np.nan
    assert [row[1] for row in bands(values)] == [None] * len(QUANTILES)
    assert [row[2] for row in bands(values)] == [1.0] * len(QUANTILES)


def test_a_link_gives_back_the_request_it_was_made_of():
    request = Request("jinshui", "pressure").with_levers({"gate": 0.9, "press": 0.3})
    request = request.with_parameters({"loss_aversion": 1.9})
    for lang in ("zh", "en"):
        assert from_query(to_query(request, lang), lang) == request


def test_numbers_of_a_link_are_put_within_bounds_and_on_the_grid():
    found = from_query("v=1&gate=7&press=0.4499")
    assert found.lever("gate") == 1.0 and found.lever("press") == 0.4


@pytest.mark.parametrize(
    "query", ["press=inf", "press=nan", "press=", "v=2", "case=../../etc", "x=" + "y" * LONGEST_LINK]
)
def test_a_malformed_link_is_refused(query):
    with pytest.raises(LinkError):
        from_query(query)


def test_a_shared_link_carries_no_seat_in_a_class():
    assert seat_in("code=ABC&room=0a1&seat=x.y&host=1&group=2") == {"room": "0a1"}
    assert seat_in("room=0a1&seat=teacher") == {"room": "0a1", "seat": "teacher"}
    assert "code" not in to_query(Request(), "zh")


def test_a_link_gives_back_the_plans_of_a_comparison():
    plans = (
        Request("jinshui", "information_only"),
        Request("jinshui", "pressure")
        .with_levers({"gate": 0.9, "press": 0.3})
        .with_parameters({"loss_aversion": 1.9}),
    )
    query = to_query(plans[0], "zh", {"plans": plans_to_word(plans)})
    assert plans_in(query, "jinshui") == plans
    assert plans_in("v=1", "jinshui") == ()


def assumed(strategy: str, place: float, names: list[str] | None = None) -> Request:
    """A scenario with parameters at a place between their ends, all of them or those named."""
    known = declarations()
    ends = {name: known[name].plausible for name in (known if names is None else names)}
    return Request("jinshui", strategy).with_parameters(
        {name: low + place * (high - low) for name, (low, high) in ends.items()}
    )


def test_an_address_has_room_for_all_that_pages_can_make():
    everything = assumed("pressure", 0.123456789)
    plans = tuple(assumed("pressure", 0.223456789 + 0.1 * i) for i in range(4))
    folder = {"folder": "\U00020bb7" * LONGEST_FOLDER}
    query = to_query(everything, "zh", plans_in_address(plans) | folder)
    assert len(query) < LONGEST_LINK < LONGEST_ADDRESS - 100
    assert from_query(query) == everything and plans_in(query, "jinshui") == plans


def test_plans_share_the_scenarios_parameters_and_an_address_of_before_means_what_it_did():
    changed = assumed("pressure", 0.9)
    gate = replace(changed, strategy="information_only").with_levers({"gate": 0.9})
    other = changed.with_parameters({"loss_aversion": 1.9})
    without = Request("jinshui", "pressure")
    most = replace(changed, parameters=changed.parameters[1:])
    for plans in ((changed, gate), (other, without), (most, changed, gate, other)):
        query = to_query(changed, "zh", plans_in_address(plans))
        assert plans_in(query, "jinshui") == plans
        assert plans_in(f"{to_query(changed, 'zh')}&{urlencode(plans_in_address(plans))}", "jinshui") == plans
    one = to_query(changed, "zh", plans_in_address((changed, gate)))
    assert len(one) < len(to_query(changed, "zh")) + 100 and "plans=pressure%3Ap.%3Dsame~" in one
    assert plans_in(to_query(without, "zh", plans_in_address((changed, gate))), "jinshui") == (changed, gate)


def test_a_step_to_an_address_that_cannot_be_used_loses_nothing():
    tab = (state.request, state.plans, state.kept)
    plans = (Request("jinshui", "pressure"), Request("jinshui", "none"))
    good = to_query(plans[0], "zh", plans_in_address(plans) | {"curve": "payment_rate"})
    try:
        take_address(good)
        before = [one.value for one in tab]
        assert before == [plans[0], plans, {"curve": "payment_rate"}] and not state.notice.value
        for bad in ("v=1&case=atlantis", "v=1&plans=none", "x=" + "y" * LONGEST_LINK):
            take_scenario(bad)
            assert [one.value for one in tab] == before and state.notice.value
        take_scenario(good)
        assert not state.notice.value
        take_address("v=1&case=atlantis&curve=payment_rate")
        assert [one.value for one in tab] == [Request(), (), {"curve": "payment_rate"}] and state.notice.value
    finally:
        take_address("")


@pytest.mark.parametrize(
    "word",
    [
        "pressure",
        "a~b",
        "~".join(["pressure"] * 5),
        "none~pressure:press=much",
        "none~<script>",
        "none~none:p.x=1",
        "none~none:p.=other",
    ],
)
def test_plans_that_make_no_sense_are_refused(word):
    with pytest.raises(LinkError):
        plans_in(urlencode({"plans": word}), "jinshui")


def test_a_districts_plan_is_kept_in_the_address_and_nonsense_is_the_usual_plan():
    plan = Plan("hangzhou", "191", "furthest_first", dhours=0.06, batches=2.0, interval=8.0, bundle=1.0)
    assert plan_of(word_of(plan)) == plan
    assert kept_in("district=" + word_of(plan)) == {"district": word_of(plan)}
    for word in ("", "hangzhou", "hangzhou,48,by_households,x", "evil,48,by_households,1,1,1,1", "," * 50):
        assert plan_of(word) in (Plan(), Plan("hangzhou"))
    assert plan_of("hangzhou,48,by_households,9,0,1e9,-3").dhours == 0.1
    assert kept_in("folder=../../etc&analysis=<b>&x=1") == {}


@pytest.mark.parametrize(
    "name", ["gate~2", "试验【甲】", "扫描，第二次", "a&b", "fee@night", "50%", "x" * 255]
)
def test_a_folder_comes_back_from_the_address_by_whatever_name_it_has(name):
    assert kept_in(to_query(Request(), "zh", {"folder": name})) == {"folder": name}


@pytest.mark.parametrize("name", ["../results", "a\nb", "a\u202eb", "x" * 256, ""])
def test_what_can_be_no_folder_of_the_page_is_left_out(name):
    assert kept_in(to_query(Request(), "zh", {"folder": name})) == {}


def test_a_scenario_refused_without_a_word_is_refused_with_a_sentence(monkeypatch):
    def refuse(_):
        raise ValueError

    monkeypatch.setattr(Request, "scenario", refuse)
    for lang in ("zh", "en"):
        assert possible(Request(), lang) == text("dash.broken", lang)


def test_hours_by_stage_add_up_to_all_hours():
    hours = np.cumsum(np.random.default_rng(2).random((5, 20)), axis=1)
    stage = np.random.default_rng(3).integers(0, 7, (5, 20)).astype(np.uint8)
    assert worked_by_stage(hours, stage).sum() == pytest.approx(hours[:, -1].sum())


def test_only_folders_of_sweeps_are_offered(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path))
    for name, manifest in (
        ("run", '{"kind": "run"}'),
        ("torn", "{"),
        ("good", '{"kind": "sweep", "runs": 9}'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(manifest)
    (tmp_path / "good" / "progress.json").write_text('{"done": 3, "failed": 1}')
    found = folders()
    assert [(f.name, f.done, f.failed, f.planned, f.finished) for f in found] == [("good", 3, 1, 9, False)]


@pytest.fixture
def seldom_billed() -> Ensemble:
    """Three runs of six weeks: nobody bills in the first two weeks, one run loses its company after the
    fourth, and in one nobody pays the last bill."""
    series = np.zeros((3, 6, len(tasks.DRAWN)), np.float32)
    payment = tasks.DRAWN.index(Outcome.PAYMENT_RATE)
    series[:, :2, payment], series[:, 2:, payment] = np.nan, [[0.2], [0.4], [0.6]]
    series[1, 4:, payment], series[2, 5, payment] = np.nan, 0.0
    series[:, 1:, tasks.DRAWN.index(Outcome.COMPANY_PRESENT)] = 1.0
    return Ensemble(Request(), series, pd.DataFrame(), SimpleNamespace())


def test_weeks_in_which_nobody_is_billed_are_a_gap_in_the_payment_chart_and_not_zero(seldom_billed):
    payment, companies = json.loads(payment_fan(seldom_billed, "en"))["series"]
    assert payment["name"] == "Payment rate"
    for row in payment["q"]:
        assert row[:2] == [None, None] and None not in row[2:]
    assert payment["q"][0][4] >= 0.2, "a run that bills nobody pulls the others down"
    assert payment["q"][0][5] < 0.2, "a run in which nobody pays counts as one of rate 0"
    assert companies["q"][2] == [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_what_is_said_of_a_week_without_bills_is_that_nobody_is_billed(seldom_billed):
    said = fan_words(seldom_billed, Outcome.PAYMENT_RATE, "en")
    assert text("number.not_billed", "en") in said and f": {number(0.0, 'share', 'en')}" not in said


def test_the_weekly_table_leaves_payment_empty_where_nobody_is_billed(seldom_billed):
    rows = list(csv.DictReader(io.StringIO(weekly_csv(seldom_billed, "zh").decode("utf-8-sig"))))
    column = next(name for name in rows[0] if name.startswith(text("outcome.payment_rate", "zh")))
    assert [row[column] == "" for row in rows] == [True, True, False, False, False, False]


def test_a_game_draws_no_payment_before_the_first_bill():
    series = np.zeros((26, len(OUTCOMES)), np.float32)
    series[:13, Outcome.PAYMENT_RATE], series[13:, Outcome.PAYMENT_RATE] = np.nan, 0.5
    payment = json.loads(course(series, "en"))["series"][-1]["q"][2]
    assert payment[:13] == [None] * 13 and payment[13:26] == [0.5] * 13 and payment[26:] == [None] * 130


@pytest.mark.parametrize(("n", "total"), [(0, 30), (22, 30), (30, 30)])
def test_the_interval_of_a_share_of_runs_is_that_of_the_analysis(n, total):
    low, high = (f"{100 * end:.0f}" for end in intervals.share_interval(n, total))
    assert views.of_runs(n, total, "en") == f"{n} of {total} runs (95\u00a0% interval {low}–{high}\u00a0%)"


def groups_of_runs(voice: float) -> Groups:
    """Three runs of one value a group: 0, 1 and 2 times `voice`; the first group of all is too small."""
    values = np.full((3, len(SHOWN), len(FLOORS), len(AGES), len(Tenure)), 1.0)
    values *= voice * np.arange(3).reshape(3, 1, 1, 1, 1)
    values[:, :, 0, 0, 0] = np.nan
    one_way = np.ones((3, len(SHOWN), len(GROUPS))) * voice * np.arange(3).reshape(3, 1, 1)
    one_way[:, :, -1] += 4.0 * voice  # the last group is above its kind in every run
    return together([(values, np.full(values.shape[:1] + values.shape[2:], 12), one_way)])


def test_who_gains_shows_ranges_and_says_why_nobody_had_a_voice():
    m = SHOWN.index("voice")
    for lang in ("zh", "en"):
        silent, heard = (groups_of_runs(voice) for voice in (0.0, 5.0))
        shown = [picture(one.one_way, m, "voice", lang) for one in (silent, heard)]
        assert text("dash.who_voice_none", lang) in shown[0].replace("&quot;", '"')
        assert "gz-bars" not in shown[0] and text("dash.who_voice_none", lang) not in shown[1]
        table = heat_map(heard, m, "voice", lang)
        assert text("dash.too_few", lang) in table
        assert "5.00" in table and "0.50 – 9.50" in table
        assert text(f"dash.who_{SHOWN[0]}", lang) in tables(silent, lang)
        assert text("dash.who_voice", lang) not in tables(silent, lang), "no table of zeros"


def test_a_picture_says_which_groups_are_farthest_apart_where_that_is_no_chance():
    m = SHOWN.index("voice")
    said = picture(groups_of_runs(5.0).one_way, m, "voice", "en")
    assert "Highest quarter of income 25.00" in said and "5.00: they are farthest apart" in said
    assert said.count('class="range"') == len(GROUPS)
    alike = groups_of_runs(5.0).one_way._replace(stands_out=np.zeros((len(SHOWN), 4), bool))
    assert text("dash.who_alike", "en") in picture(alike, m, "voice", "en")


def test_a_compound_without_a_group_of_ten_has_tables_that_say_so():
    small = Compound(households=12, buildings=1, stairwells_per_building=1)
    found = together([tables_of_runs(Scenario(compound=small, horizon_weeks=30), [1, 2])])
    assert not found.one_way.stands_out.any()
    cells = len(FLOORS) * len(AGES) * len(Tenure)
    for m, name in enumerate(SHOWN):
        assert heat_map(found, m, name, "en").count(text("dash.too_few", "en")) == cells
        assert text("dash.too_few", "en") in picture(found.one_way, m, name, "en")
    said = told(found, "en")
    assert text("dash.too_few", "en") in said and text("dash.who_alike", "en") not in said


def test_bars_are_the_means_of_the_equity_table():
    place = Scenario(compound=Compound(households=120, buildings=3), horizon_weeks=30)
    *_, one_way = tables_of_runs(place, [3])
    table = simulate([place], [3], equity=True).equity
    shown = table[list(SHOWN)].to_numpy(float).T
    assert np.allclose(one_way[0], shown, equal_nan=True)


def test_burdens_are_told_in_days_of_income():
    page = heat_map(groups_of_runs(1.0), SHOWN.index("works_months"), "works_months", "en")
    assert "30.4 days" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "name", ["headline_consent", "valid_consent", "insincere_share", "support_share", "payment_rate"]
)
def test_a_legend_leaves_out_whose_share_it_is(name, lang):
    drawn = curve_name(name, lang)
    assert text(f"outcome.{name}", lang).startswith(drawn) and not set("(（,") & set(drawn)


def test_curves_are_called_by_their_short_names():
    names = {curve_name(name, lang) for name in ("headline_consent", "payment_rate") for lang in ("zh", "en")}
    assert names == {"Headline consent", "Payment rate", "名义同意率", "缴费率"}


@pytest.mark.parametrize(("first", "key"), [(True, "compiling"), (False, "warming")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_who_comes_before_the_engine_is_ready_reads_whether_it_is_compiled_or_loaded(
    monkeypatch, lang, first, key
):
    asleep = SimpleNamespace(warm=SimpleNamespace(is_set=lambda: False))
    said = []
    monkeypatch.setattr(parts, "workers", lambda: asleep)
    monkeypatch.setattr(parts, "is_first_run", lambda: first)
    monkeypatch.setattr(parts, "Progress", lambda **shown: said.append(shown["words"]))
    parts.Waiting.f(Awaited(), lang)
    assert said == [text(f"dash.{key}", lang)]


DASHBOARD = Path(dashboard.__file__).parent


@pytest.mark.parametrize(
    "file",
    [*DASHBOARD.glob("components/*.vue"), DASHBOARD / "static/shared.js", DASHBOARD / "static/style.css"],
)
def test_what_the_browser_runs_stands_in_lines_a_person_can_read(file):
    assert max(len(line) for line in file.read_text(encoding="utf-8").splitlines()) <= 110


# -- what components find in their data ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def followed():
    """One run of a small compound, and its series."""
    place = Scenario(compound=Compound(households=48, buildings=2), horizon_weeks=60)
    return follow(place.model_copy(update={"strategy": load_strategy("pressure")}), 4)


def test_a_component_finds_marks_and_support_by_the_numbers_it_is_sent(followed):
    shown, series = followed
    data = json.loads(stage(shown, Request(), "en"))
    packed = np.frombuffer(zlib.decompress(base64.b64decode(data["planes"])), np.uint8)
    planes = packed.reshape(-1, data["weeks"], data["n"]).cumsum(axis=1, dtype=np.uint8)
    signed = planes[data["plane"]["marks"]] & data["mark"]["signed"] > 0
    assert np.allclose(signed.mean(axis=1), series[:, Outcome.HEADLINE_CONSENT]) and signed.any()
    in_favour = planes[data["plane"]["support"]] > data["middle"]
    assert np.allclose(in_favour.mean(axis=1), series[:, Outcome.SUPPORT_SHARE], atol=0.05)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_stages_of_a_component_have_the_order_names_and_colours_of_the_figures(lang):
    shown = stages_shown(lang)
    assert [entry["label"] for entry in shown] == [stage_short(one, lang) for one in Stage]
    assert [(e["light"], e["dark"]) for e in shown] == [STAGE_COLOURS[one] for one in Stage]
    for ink, colour in [(e[i], e[c]) for e in shown for i, c in (("ink", "light"), ("ink_dark", "dark"))]:
        low, high = sorted((luminance(ink), luminance(colour)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, "words on a stage can be read"


def test_reasons_of_a_component_have_the_order_of_their_numbers():
    assert list(REASON_COLOURS) == list(Reason)
    assert [r["label"] for r in stage_labels("en")["reasons"]] == [called(reason, "en") for reason in Reason]


#: Linear red, green and blue as readers without green cones see them. Source: Machado, Oliveira & Fernandes (2009).
WITHOUT_GREEN = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)


def perceived(colour: str, sight: np.ndarray) -> np.ndarray:
    """A colour `#rrggbb` in CIE L*a*b*, where distances are about those an eye sees; about 2 is just seen."""
    coded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    light = sight @ np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(light, 0, 1) / np.array([0.9505, 1.0, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("sight", [np.eye(3), WITHOUT_GREEN], ids=["all", "without green"])
def test_reasons_are_told_apart_by_colour_or_by_stripes(theme, sight):
    shown = {(REASON_COLOURS[reason][theme], reason in views.STRIPED) for reason in Reason}
    assert len(shown) == len(Reason), "two reasons with one colour differ in stripes"
    colours = sorted({colour for colour, _ in shown})
    assert len(colours) <= 8
    seen = [perceived(colour, sight) for colour in colours]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 20


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_household_is_told_by_what_is_known_of_it(followed, lang):
    shown, _ = followed
    for i in range(shown.households):
        told, traits = tell(shown, i, lang, 3), shown.traits[i]
        assert called(Tenure(traits["tenure"]), lang) in told["traits"]
        signed = shown.unpacked()[Plane.MARKS, -1, i] & Mark.SIGNED
        assert (told["reason"] == "") == bool(signed)
        assert [week for week, _ in told["events"]] == sorted(week for week, _ in told["events"])
