"""Pages of a dashboard that was started with files of one's own: instruments, outcomes, a strategy, a compound."""

import re

import pytest
from playwright.sync_api import expect
from served import IDLE, served
from visiting import BROWSER, LONG, SCREEN, Visit, accessible, legible, move

pytestmark = BROWSER

FILE = """
from model.own import OwnInstrument


def warm(model, intensity):
    trust = model.column("trust_office")
    trust[:] = trust + 0.2 * intensity * (1.0 - trust)


tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=0.5, legality="restricted")
"""
OUTCOMES = """
from model.own import OwnOutcome

doubt = OwnOutcome("doubt", zh="犹豫的户", en="In doubt", unit="share", better="lower",
                   measure=lambda model: float((abs(model.column("support")) < 0.1).mean()))
doubters = OwnOutcome("doubters", zh="犹豫户数", en="Number in doubt", unit="households",
                      measure=lambda model: float((abs(model.column("support")) < 0.1).sum()))
"""
STRATEGY = """
id = "with_tea"
zh = "茶话会加走访"
en = "Tea and visits"

[instruments.home_visits]

[instruments.tea_rounds]
intensity = 0.5
"""
CASE = """
id = "my_yard"
zh = "我的小院"
en = "My yard"
strategy = "./with_tea.toml"

[compounds.main]
households = {value = 40, unit = "households", source = "judgement", grade = "C"}
buildings = {value = 2, unit = "buildings", source = "judgement", grade = "C"}
stairwells_per_building = {value = 2, unit = "stairwells", source = "judgement", grade = "C"}

[run]
horizon_weeks = 60
"""
LEVER = '"own.tea_rounds"'
#: Of a small compound, for runs in which something of one's own is measured take their time.
YARD = "v=1&lang={lang}&case=my_yard&strategy=information_only"


@pytest.fixture(scope="module")
def base(tmp_path_factory, browser):
    place = tmp_path_factory.mktemp("own")
    contents = {"tea.py": FILE + OUTCOMES, "with_tea.toml": STRATEGY, "mine.toml": CASE}
    for name, content in contents.items():
        (place / name).write_text(content, encoding="utf-8")
    asked = ("--own", str(place / "tea.py"), "--case", str(place / "mine.toml"))
    with served(*asked, "--classes", str(place / "classes")) as (process, address), process.stdout:
        warm_up(browser, address)
        yield address


def warm_up(browser, address: str) -> None:
    """Wait for workers that load what one's own needs: on a busy machine that takes longer than a page may."""
    tab = browser.new_context().new_page()
    tab.goto(f"{address}/explore?{YARD.format(lang='en')}")
    tab.wait_for_function(IDLE, timeout=4 * LONG)
    tab.context.close()


@pytest.fixture
def visit(browser, base):
    context = browser.new_context(**SCREEN)
    yield Visit(context, base)
    context.close()


def test_an_own_instrument_is_switched_on_by_its_lever_and_its_link_brings_it_back(visit):
    tab = visit.go(f"/explore?{YARD.format(lang='en')}")
    figure = tab.locator("[data-kpi=headline] .big")
    figure.wait_for()
    move(tab, LEVER, 1)
    said = tab.locator(".gz-changed")
    expect(said).to_contain_text("Tea rounds 0 % → 100 %", timeout=LONG)
    assert "own.tea_rounds=1" in tab.url and "own=" in tab.url
    lever = tab.locator(".gz-lever", has=tab.locator(f"[data-lever={LEVER}]"))
    expect(lever).to_contain_text("only under stated conditions")
    legible(tab)
    accessible(tab)
    address = tab.url.removeprefix(visit.base)
    visit.go(address.replace("lang=en", "lang=zh"))
    expect(lever).to_contain_text("茶话会")
    assert tab.locator(f"[data-lever={LEVER}]").input_value() == "1"
    assert visit.troubles == []


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "started without --own FILE.py"), ("zh", "没有 --own FILE.py")]
)
def test_a_dashboard_without_the_file_says_what_a_link_needs(browser, server, lang, said):
    context = browser.new_context(**SCREEN)
    tab = Visit(context, server.base).go(f"/explore?v=1&lang={lang}&own.tea_rounds=1&own=0123abcd")
    expect(tab.locator("[role=alert]").first).to_contain_text(said)
    context.close()


def test_a_class_may_decide_about_an_own_instrument(visit):
    tab = visit.go(f"/class?{YARD.format(lang='en')}")
    tab.click("[data-act=alone]")
    move(tab, LEVER, 1)
    tab.click("[data-act=quarter]")
    expect(tab.locator("main")).to_contain_text("Quarter 2", timeout=LONG)
    expect(tab.locator("[data-kpi=headline]")).to_contain_text("after 13 weeks")
    expect(tab.locator("[data-kpi=headline]")).not_to_contain_text("before")
    expect(tab.locator(".gz-table").last).to_contain_text("Tea rounds")
    legible(tab)
    assert visit.troubles == []


USED = (
    FILE
    + """
from model.own import OwnOutcome

half = tea.use(0.5)
doubt = OwnOutcome("doubt", zh="犹豫", en="In doubt", unit="share",
                   measure=lambda model: float((abs(model.column("support")) < 0.1).mean()))
"""
)


def test_the_page_district_runs_what_the_file_uses(browser, tmp_path):
    (tmp_path / "used.py").write_text(USED, encoding="utf-8")
    asked = ("--own", str(tmp_path / "used.py"), "--classes", str(tmp_path / "classes"))
    with served(*asked) as (process, address), process.stdout:
        context = browser.new_context(**SCREEN)
        visit = Visit(context, address)
        visit.tab.goto(address + "/district?v=1&lang=en")
        expect(visit.tab.locator(".gz-side")).to_contain_text(
            "Own instrument: Tea rounds (restricted by law), intensity 0.5 (used.py)."
        )
        end = visit.tab.locator("table").last
        expect(end).to_contain_text("In doubt, mean over households", timeout=4 * LONG)  # eight districts
        legible(visit.tab)
        accessible(visit.tab)
        assert visit.troubles == []
        context.close()


def test_a_strategy_and_a_compound_of_files_are_chosen_and_their_link_brings_them_back(visit):
    tab = visit.go("/predict?v=1&lang=zh&case=danwei_courtyard&strategy=information_only")
    for field, name in (("小区", "我的小院"), ("做法", "茶话会加走访")):
        tab.get_by_label(field, exact=True).select_option(label=name)
    tab.wait_for_function("location.search.includes('strategy=with_tea')")
    assert "case=my_yard&strategy=with_tea" in tab.url and "files=my_yard." in tab.url
    address = tab.url.removeprefix(visit.base)
    for page in ("explore", "compare", "who", "class"):
        visit.go(address.replace("/predict", f"/{page}"))
        expect(tab.locator("main")).to_contain_text("我的小院")
        assert ".toml" not in tab.content() and "/tmp" not in tab.content()
        legible(tab)
    assert visit.troubles == []


def test_an_own_outcome_is_chosen_and_drawn_by_week_in_its_own_unit(visit):
    tab = visit.go("/explore?v=1&lang=zh&case=my_yard&strategy=with_tea")
    tab.locator("[data-choice=own-outcome]").select_option(label="犹豫户数")
    chart = tab.locator(".gz-fan", has_text="犹豫户数（户）")
    expect(chart.locator("[role=img]")).to_have_attribute("aria-label", re.compile("第 26 周: .* 户"))
    expect(chart).to_have_attribute("data-drawn", re.compile("[1-9]"))
    assert "measure=doubters" in tab.url
    expect(tab.locator(".gz-table", has_text="自有结果")).to_contain_text("犹豫的户（越低越好）")
    legible(tab)
    accessible(tab)
    visit.go(tab.url.removeprefix(visit.base).replace("/explore", "/compare"))
    expect(tab.locator(".gz-fan", has_text="犹豫户数（户）").locator(".gz-keys")).to_contain_text("B")
    expect(tab.locator(".gz-verdicts")).to_contain_text("犹豫的户：")
    legible(tab)
    visit.go("/predict?v=1&lang=zh&case=my_yard&strategy=with_tea")
    tab.locator("[data-choice=outcome]").select_option(label="犹豫的户")
    expect(tab.locator("main")).to_contain_text("你预期的犹豫的户")
    assert visit.troubles == []


@pytest.mark.parametrize("page", ["compare", "who", "district", "model"])
def test_every_page_says_what_an_address_needs_that_the_dashboard_has_not(browser, server, page):
    context = browser.new_context(**SCREEN)
    tab = Visit(context, server.base).go(f"/{page}?v=1&lang=zh&strategy=with_tea&files=with_tea.0123abcd")
    told = tab.locator("main [role=alert]").first
    expect(told).to_contain_text("“with_tea”，它来自一个文件")
    tab.get_by_role("button", name="English").click()
    expect(told).to_contain_text("'with_tea', which comes from a file")
    context.close()
