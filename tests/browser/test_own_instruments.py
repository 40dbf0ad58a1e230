"""Pages of a dashboard that was started with a file of own instruments."""

import pytest
from playwright.sync_api import expect
from served import served
from visiting import BROWSER, LONG, SCREEN, Visit, accessible, legible, move

pytestmark = BROWSER

FILE = """
from model.own import OwnInstrument


def warm(model, intensity):
    trust = model.column("trust_office")
    trust[:] = trust + 0.2 * intensity * (1.0 - trust)


tea = OwnInstrument("tea_rounds", zh="茶话会", en="Tea rounds", effect=warm, hours=0.5, legality="restricted")
"""
LEVER = '"own.tea_rounds"'
YARD = "v=1&lang={lang}&case=danwei_courtyard&strategy=information_only"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    place = tmp_path_factory.mktemp("own")
    (place / "tea.py").write_text(FILE, encoding="utf-8")
    asked = ("--own", str(place / "tea.py"), "--classes", str(place / "classes"))
    with served(*asked) as (process, address), process.stdout:
        yield address


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
    tab = Visit(context, server.base).go(f"/explore?{YARD.format(lang=lang)}&own.tea_rounds=1&own=0123abcd")
    expect(tab.locator("[role=alert]").first).to_contain_text(said)
    context.close()


def test_a_class_may_decide_about_an_own_instrument(visit):
    tab = visit.go(f"/class?{YARD.format(lang='en')}")
    tab.click("[data-act=alone]")
    move(tab, LEVER, 1)
    tab.click("[data-act=quarter]")
    expect(tab.locator("main")).to_contain_text("Quarter 2", timeout=LONG)
    expect(tab.locator(".gz-table").last).to_contain_text("Tea rounds")
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
