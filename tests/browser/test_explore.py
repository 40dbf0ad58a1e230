"""The page Explore as its users meet it."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor

import dashboard_users
from playwright.sync_api import expect
from served import IDLE
from visiting import BROWSER, LONG, accessible, move

from scenarios.catalogue import text

pytestmark = BROWSER


FILLS = "() => [...document.querySelectorAll('.gz-win')].map(e => e.style.fill).join()"


def test_a_moved_lever_changes_figures_windows_and_chart_and_its_link_restores_it(visit):
    one = visit()
    tab = one.go("/explore?v=1&lang=en")
    figure = tab.locator("[data-kpi=insincere] .big")
    before, fills = figure.inner_text(), tab.evaluate(FILLS)
    tab.wait_for_selector(".gz-fan[data-drawn]")
    drawn = int(tab.locator(".gz-fan").first.get_attribute("data-drawn"))
    tab.click("[data-more]")
    move(tab, "press", 0.8)
    expect(figure).not_to_have_text(before, timeout=LONG)
    tab.wait_for_function(f"old => ({FILLS})() !== old", arg=fills)
    tab.wait_for_function("n => Number(document.querySelector('.gz-fan').dataset.drawn) > n", arg=drawn)
    link, after = tab.locator(".gz-share").get_attribute("href"), figure.inner_text()
    assert "press=0.8" in link and "press=0.8" in tab.url
    other = visit().go(link)
    expect(other.locator("[data-kpi=insincere] .big")).to_have_text(after, timeout=LONG)
    assert other.locator("[data-lever=press]").input_value() == "0.8"
    assert one.troubles == []


def test_arrow_keys_lose_no_step_and_before_is_of_the_last_change_only(visit):
    one = visit()
    # a strategy under which nearly every run passes the gate, so that most pairs of runs have a share there
    tab = one.go("/explore?v=1&lang=en&strategy=full_bundle&press=0")
    tab.click("[data-more]")
    lever = tab.locator("[data-lever=press]")
    lever.focus()
    for _ in range(8):
        tab.keyboard.press("ArrowRight", delay=20)
        tab.wait_for_timeout(90)  # about as fast as a key repeats
    said = tab.locator(".gz-changed")
    expect(said).to_contain_text("→ 80 %")
    assert lever.input_value() == "0.8" and "press=0.8" in tab.url
    delta = tab.locator("[data-kpi=insincere] .delta")
    expect(delta).to_contain_text("points [+")
    move(tab, "gate", 0.6)
    expect(said).to_contain_text("Gate to start 80 % → 60 %")
    move(tab, "gate", 0.65)
    expect(said).to_contain_text("Gate to start 60 % → 65 %")
    move(tab, "gate", 0.8)
    expect(said).to_contain_text("Gate to start 65 % → 80 %")
    move(tab, "deadline", 130)
    expect(said).to_contain_text("Deadline of the batch 78 weeks → 130 weeks")
    expect(delta).to_contain_text(re.compile(r"the same in all \d+ runs"))
    assert one.troubles == []


def test_on_a_phone_a_lever_and_its_effect_are_in_sight_and_windows_fit_a_thumb(visit):
    one = visit(viewport={"width": 390, "height": 844})
    tab = one.go("/explore?v=1&lang=en")
    shown = tab.locator(".gz-lever:visible")
    expect(shown).to_have_count(1)
    sheet = tab.locator(".gz-side").bounding_box()
    assert sheet["height"] < 0.2 * 844
    assert tab.locator("[data-kpi=insincere]").bounding_box()["y"] < sheet["y"] - 90
    before = shown.inner_text()
    tab.get_by_role("button", name="Next lever").click()
    assert shown.inner_text() != before
    tab.click("[data-fold]")
    assert shown.count() > 5
    move(tab, "gate", 0.6)
    tab.click("[data-fold]")
    expect(shown).to_contain_text("60 %")
    expect(tab.get_by_role("status").filter(has_text="Gate to start 80 % → 60 %")).to_have_count(1)
    box = tab.locator(".gz-win").first.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    tab.set_viewport_size({"width": 700, "height": 450})  # 200 %
    tab.evaluate("scrollTo(0, 0)")
    top = tab.locator(".gz-side").bounding_box()["y"]
    figure = tab.locator("[data-kpi=headline] .big").bounding_box()
    assert figure["y"] + figure["height"] <= top, "before anything is scrolled"
    tab.locator(".gz-kpis").scroll_into_view_if_needed()
    figure, lever = tab.locator("[data-kpi=headline] .big").bounding_box(), shown.bounding_box()
    assert 0 < figure["y"] < lever["y"] < 450
    accessible(tab)
    assert one.troubles == []


def test_every_change_can_be_taken_back_and_made_again_and_a_scenario_kept(visit):
    one = visit(viewport={"width": 1400, "height": 1000})
    tab = one.go("/explore?v=1&lang=en")
    gate, fee, strategy = tab.locator("[data-lever=gate]"), tab.locator("[data-lever=fee]"), "select >> nth=1"
    undo, redo = tab.locator("[data-act=undo]"), tab.locator("[data-act=redo]")
    expect(undo).to_be_disabled()
    move(tab, "gate", 0.6)
    tab.wait_for_url("**gate=0.6**")
    move(tab, "fee", 1.2)
    tab.wait_for_url("**fee=1.2**")
    tab.locator(strategy).select_option("pressure")
    tab.wait_for_url("**strategy=pressure**")
    undo.click()
    expect(fee).to_have_value("1.2")
    expect(gate).to_have_value("0.6")
    tab.keyboard.press("Control+z")
    expect(fee).not_to_have_value("1.2")
    tab.go_back()
    expect(gate).to_have_value("0.8")
    expect(undo).to_be_disabled()
    for _ in range(2):
        redo.click()
    expect(fee).to_have_value("1.2")
    tab.go_forward()
    expect(tab.locator(strategy)).to_have_value("pressure")
    expect(redo).to_be_disabled()
    undo.click()
    expect(fee).to_have_value("1.2")
    tab.click("[data-act=keep]")
    tab.reload()
    tab.wait_for_function(IDLE)
    expect(undo).to_be_enabled()  # steps outlive a reload
    tab.click(".gz-lang")
    tab.wait_for_url("**lang=zh**")
    undo.click()
    expect(gate).to_have_value("0.6")
    expect(fee).not_to_have_value("1.2")
    assert "lang=zh" in tab.url, "a language is no step"
    tab.click(".gz-tray summary")
    kept = tab.locator(".gz-tray a")
    expect(kept).to_contain_text("Property fee")
    tab.wait_for_function(IDLE)
    accessible(tab)
    kept.click()
    expect(fee).to_have_value("1.2")
    tab.click(".gz-tray summary")
    tab.click(".gz-tray li button")
    expect(tab.locator(".gz-tray li")).to_have_count(0)
    assert one.troubles == []


def test_a_clicked_window_tells_its_households_story_and_keys_do_the_same(visit):
    tab = visit().go("/explore?v=1&lang=en")
    tab.locator(".gz-win").nth(40).click()
    expect(tab.locator(".gz-story")).to_contain_text("in its own mind (private support")
    tab.click("[data-view=network]")
    expect(tab.locator(".gz-net")).to_be_visible()


def test_what_a_lever_rests_on_is_one_click_away_and_leads_to_the_parameters(visit):
    one = visit()
    tab = one.go("/explore?v=1&lang=en")
    tab.click("[data-more]")
    tab.locator("[data-kpi=payment] .gz-why").click()
    expect(tab.locator("[data-kpi=payment] .gz-behind li")).to_have_count(6)
    tab.locator(".gz-lever", has=tab.locator("[data-lever=press]")).locator(".gz-why").click()
    expect(tab.locator(".gz-lever .gz-behind")).to_contain_text("Pressure above which reactance builds: 0.15")
    tab.click("[data-about='lever.press']")
    expect(tab.locator("[data-parameter]")).to_have_count(4)
    assert "about=lever.press" in tab.url
    tab.reload()
    expect(tab.locator("[data-parameter]")).to_have_count(4)
    accessible(tab)
    tab.click(".gz-about-all")
    expect(tab.locator("[data-parameter]")).to_have_count(40)
    assert one.troubles == []


def test_explore_and_compare_can_be_used_by_keyboard_alone(visit):
    one = visit(viewport={"width": 1400, "height": 1000})
    tab = one.go("/explore?v=1&lang=en")

    def reach(selector: str) -> None:
        for _ in range(90):
            if tab.evaluate("s => document.activeElement.matches(s)", selector):
                return
            tab.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached")

    reach("[data-lever=gate]")
    tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".gz-changed")).to_contain_text("Gate to start 80 % → 75 %")
    reach("[data-kpi=insincere] .gz-why")
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-kpi=insincere] .gz-behind")).to_be_visible()
    reach(".gz-houses")
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        tab.keyboard.press(key)
    expect(tab.locator(".gz-story")).to_contain_text("in its own mind")
    tab.keyboard.press("Control+z")
    expect(tab.locator("[data-lever=gate]")).to_have_value("0.8")
    tab.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reach(".gz-nav a[href^='/compare']")
    tab.keyboard.press("Enter")
    expect(tab.locator("main h1").first).to_have_text(text("dash.compare", "en"))
    reach("[data-slot=B]")
    tab.keyboard.type("Pressure")
    tab.keyboard.press("Enter")
    said = tab.locator(".gz-verdict").first
    expect(said).to_contain_text(re.compile(r"B \(Pressure \(diagnostic\)\) passes the gate in \d+ of 50"))
    reach(".gz-add")
    tab.keyboard.press("Enter")
    expect(tab.locator(".gz-verdict").first).to_contain_text("; C (")
    assert "∞" not in tab.locator("main").inner_text()
    assert "−0" not in tab.locator("main").inner_text().replace("−0.", "")
    assert one.troubles == []


async def two_changes(user: dashboard_users.User) -> None:
    async with user.line() as line:
        assert await user.answered(time.monotonic(), LONG / 1000)
        for _ in range(2):
            await user.change(line)


def test_the_users_of_the_benchmark_are_answered_by_the_page(server):
    user = dashboard_users.User(server.base, 0)
    # In a thread of its own: Chromium's driver has a loop of events in this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, two_changes(user)).result()
    assert user.errors == [] and user.unanswered == 0 and len(user.waits) == 2
    assert len(dashboard_users.MOVED) > 5
