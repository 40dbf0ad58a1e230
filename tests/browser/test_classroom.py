"""A class at its desks and at its teacher's screen."""

from urllib.parse import urlsplit

import chromium
import pytest
from playwright.sync_api import expect
from visiting import (
    ASKS_ABOUT,
    BROWSER,
    IDLE,
    PHONE,
    SCREEN,
    SMALL_TYPE,
    accessible,
    agree,
    join,
    move,
    tab_to,
    word_on,
)

from scenarios.catalogue import text

pytestmark = BROWSER


#: The page's own component behind a button: what it says to the server can be said again, or made up.
SAY = "([name, seen]) => document.querySelector(`[data-act=${name}]`).parentElement.__vue__.act(seen)"


def test_a_double_click_and_events_made_up_or_said_again_play_one_quarter(visit):
    one = visit(viewport={"width": 1400, "height": 1000})
    tab = one.go("/class?v=1&lang=en")
    tab.dblclick("[data-act=alone]")
    said = tab.locator(".gz-quarter")
    expect(said).to_contain_text("Quarter 1 of 12")
    tab.dblclick("[data-act=quarter]")
    expect(said).to_contain_text("Quarter 2 of 12")
    for seen in (0, 0, 2, 12, -1, "1", None, [1], True):
        tab.evaluate(SAY, ["quarter", seen])
    tab.evaluate(SAY, ["quarter", 1])
    tab.evaluate(SAY, ["quarter", 1])
    expect(said).to_contain_text("Quarter 3 of 12")
    tab.wait_for_function(ASKS_ABOUT, arg=3)
    tab.click("[data-act=quarter]")
    expect(said).to_contain_text("Quarter 4 of 12")
    tab.wait_for_function(IDLE)
    assert "Quarter 4 of 12" in said.inner_text() and one.troubles == []
    other = visit(viewport={"width": 1400, "height": 1000}).go("/class" + "?" + urlsplit(tab.url).query)
    expect(other.get_by_role("alert").first).to_contain_text("belongs to another device")
    assert other.locator("[data-act=quarter]").count() == 0, "an address is no key"
    tab.goto(one.base + "/class?v=1&lang=en")
    tab.locator("[data-act^=seat-]").first.click()
    expect(said).to_contain_text("Quarter 4 of 12")


READY = "() => !document.querySelector('[data-act=quarter]').ariaDisabled"


def test_a_key_that_is_held_and_a_second_tap_on_the_next_quarter_play_one(visit):
    one = visit(**PHONE, has_touch=True)
    tab = one.go("/class?v=1&lang=en")
    tab.tap("[data-act=alone]")
    said = tab.locator(".gz-quarter")
    expect(said).to_contain_text("Quarter 1 of 12")
    tab.focus("[data-act=quarter]")
    tab.keyboard.down("Enter")
    expect(said).to_contain_text("Quarter 2 of 12")
    tab.wait_for_function(READY)
    for _ in range(4):  # still held
        tab.keyboard.down("Enter")
    tab.keyboard.up("Enter")
    tab.reload()  # which comes after what was said before
    expect(said).to_contain_text("Quarter 2 of 12")
    # The second tap of a double tap that comes when the button speaks of the next quarter already.
    tab.evaluate(
        """() => new Promise(done => {
          const button = document.querySelector('[data-act=quarter]')
          const words = button.textContent
          new MutationObserver((_, all) => {
            if (button.textContent === words) return
            all.disconnect()
            button.click()
            done()
          }).observe(button, { characterData: true, subtree: true, childList: true })
          button.click()
        })"""
    )
    tab.wait_for_function(READY)
    tab.tap("[data-act=quarter]")
    expect(said).to_contain_text("Quarter 4 of 12")
    tab.reload()
    expect(said).to_contain_text("Quarter 4 of 12")
    assert one.troubles == []


def test_of_two_tabs_on_a_seat_one_is_in_charge_and_the_other_says_so(visit):
    first = visit(**SCREEN)
    one = first.go("/class?v=1&lang=en")
    one.click("[data-act=alone]")
    move(one, "example", 0.6)
    expect(one.locator(".gz-levers .gz-row .gz-btn").last).to_be_enabled()
    two = one.context.new_page()
    two.goto(one.url)
    expect(two.locator("[data-lever=example]")).to_have_value("0.6")
    told = one.locator(".gz-elsewhere")
    expect(told).to_contain_text("open in another tab")
    assert one.locator("[data-lever]").count() == one.locator("[data-act=quarter]").count() == 0
    move(two, "tours", 0.4)
    two.click("[data-act=quarter]")
    for tab in (one, two):
        expect(tab.locator(".gz-quarter")).to_contain_text("Quarter 2 of 12")
    one.click("[data-act=charge]")
    for lever, value in {"example": "0.6", "tours": "0.4"}.items():
        expect(one.locator(f"[data-lever={lever}]")).to_have_value(value)
    expect(two.locator(".gz-elsewhere")).to_be_visible()
    accessible(two)
    assert first.troubles == []


def test_a_class_is_joined_by_the_address_on_the_projector_which_no_request_says(visit, server):
    one = visit(viewport={"width": 1920, "height": 1080}, color_scheme="dark")
    asked: list[str] = []
    board = one.tab
    board.on("request", lambda request: asked.append(request.url))
    board.on("websocket", lambda line: asked.append(line.url))
    here = server.base.replace("localhost", chromium.ELSEWHERE)
    board.goto(f"{server.base}/class?v=1&lang=en")
    board.click("[data-act=teach]")
    expect(board.locator("main")).to_contain_text("Only this machine reaches this address")
    assert board.locator(".gz-qr").count() == 0, "no telephone reaches this machine by that name"
    board.goto(f"{here}/class?v=1&lang=en")
    board.click("[data-act=teach]")
    board.click(".gz-presenter")
    code = board.locator("[data-code]").inner_text().replace("-", "")
    expect(board.locator(".gz-address")).to_have_text(here.removeprefix("http://") + "/class")
    picture = board.locator(".gz-qr svg")
    assert picture.bounding_box()["width"] >= 200 and picture.locator("path").count() == 2
    assert board.evaluate(SMALL_TYPE) == {}
    accessible(board)
    address = board.locator("[data-address]").get_attribute("data-address")
    pupil = visit(**PHONE)
    desk = pupil.tab
    desk.on("request", lambda request: asked.append(request.url))
    desk.on("websocket", lambda line: asked.append(line.url))
    desk.goto(address)
    expect(desk.locator(".gz-code-in")).to_have_value(code)
    assert code not in desk.url
    desk.fill(".gz-name-in", "Plum")
    desk.click(".gz-join")
    expect(desk.locator(".gz-quarter")).to_contain_text("Quarter 1 of 12")
    expect(board.locator("table")).to_contain_text("Plum")
    assert not any(code in url.upper() for url in (*asked, desk.url, board.url))
    board.click("[data-act=lock]")
    expect(board.locator(".gz-qr")).to_have_count(0)
    assert one.troubles == pupil.troubles == []


#: Words that stick out of a box which cuts them or has to be moved sideways, or out of the page.
CUT = """() => [...document.querySelectorAll('main *')].filter(e => {
  const style = getComputedStyle(e)
  if (e.closest('.gz-tip.shut, .gz-heard, .gz-scroll, .gz-chart, dialog') || !e.checkVisibility()) return false
  const box = e.getBoundingClientRect()
  const cut = style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1
  return box.width > 0 && !['INPUT', 'SELECT'].includes(e.tagName)
    && (cut || box.right > document.documentElement.clientWidth + 1 || box.left < -1)
}).map(e => e.className + ': ' + e.textContent.trim().slice(0, 40))"""


IN_REACH = """() => {
  const box = document.querySelector('[data-act=quarter]').getBoundingClientRect()
  const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
  return box.top >= 0 && box.bottom <= innerHeight && there && there.matches('[data-act=quarter]')
}"""


@pytest.mark.parametrize(
    ("width", "height", "lang"),
    [(390, 844, "zh"), (320, 640, "en"), (700, 450, "en"), (1400, 900, "zh"), (844, 390, "zh")],
)
def test_the_button_of_a_quarter_is_in_reach_and_no_word_is_cut(visit, width, height, lang):
    one = visit(viewport={"width": width, "height": height}, color_scheme="dark")
    tab = one.go(f"/class?v=1&lang={lang}")
    assert tab.evaluate(CUT) == []
    tab.click("[data-act=alone]")
    expect(tab.locator("[data-word]")).to_be_visible()
    assert tab.evaluate(IN_REACH), "before anything is scrolled"
    tab.click("[data-act=quarter]")
    expect(tab.locator("[data-kpi=headline] .big")).to_contain_text("%")
    tab.wait_for_function(IDLE)
    for place in (0, 0.5, 1):
        tab.evaluate("p => scrollTo(0, p * document.documentElement.scrollHeight)", place)
        assert tab.evaluate(IN_REACH), place
    assert tab.evaluate(CUT) == [] and tab.evaluate("document.documentElement.scrollWidth") <= width
    # The last lever comes out from under the button.
    if tab.locator("[data-fold]").count():
        tab.click("[data-fold]")
    tab.locator("[data-lever=points]").scroll_into_view_if_needed()
    tab.evaluate("document.querySelector('.gz-side').scrollTop = 1e6")
    tab.locator("[data-lever=points]").click(trial=True)
    accessible(tab)
    assert one.troubles == []


def test_a_class_is_taught_and_played_by_keyboard_alone(visit):
    teacher, group = visit(**SCREEN), visit(**SCREEN)
    board, desk = teacher.go("/class?v=1&lang=en"), group.go("/class?v=1&lang=en")
    tab_to(board, "[data-act=teach]")
    board.keyboard.press("Enter")
    code = board.locator("[data-code]").inner_text()
    tab_to(desk, ".gz-code-in")
    desk.keyboard.type(code)
    tab_to(desk, ".gz-name-in")
    desk.keyboard.type("Plum")
    desk.keyboard.press("Enter")
    expect(desk.locator(".gz-quarter")).to_contain_text("Quarter 1 of 12")
    tab_to(desk, "[data-lever=example]")
    desk.keyboard.press("End")
    expect(desk.locator("[data-lever=example]")).to_have_value("1")
    expect(desk.locator(".gz-levers .gz-row .gz-btn").last).to_be_enabled()
    tab_to(desk, "[data-act=quarter]")
    desk.keyboard.press("Space")
    expect(desk.locator(".gz-quarter")).to_contain_text("Quarter 2 of 12")
    assert desk.evaluate("document.activeElement.dataset.act") == "quarter", "the next press plays the next"
    expect(desk.locator(".gz-heard")).to_contain_text("Quarter 1 is over: Headline consent")
    expect(board.locator("table").first).to_contain_text("1/12")
    tab_to(board, "[data-act=lock]")
    board.keyboard.press("Enter")
    expect(board.locator("[data-act=lock]")).to_have_text(text("dash.class_unlock", "en"))
    tab_to(board, "[data-act=close]")
    board.keyboard.press("Enter")
    assert board.evaluate("document.activeElement.matches('[data-no]')"), "what deletes nothing is nearest"
    board.keyboard.press("Escape")
    assert board.evaluate("document.activeElement.dataset.act") == "close"
    expect(board.locator("[data-code]")).to_be_visible()
    expect(
        board.locator("[data-act=close]"), "a button rests until the browser has told it of Escape"
    ).to_be_enabled()
    board.keyboard.press("Enter")
    expect(board.locator("dialog[open] [data-no]")).to_be_focused()
    tab_to(board, "[data-yes]")
    expect(board.locator("dialog[open] [data-yes]")).to_be_enabled()
    board.keyboard.press("Enter")
    expect(board.get_by_role("alert").first).to_contain_text("has ended")
    assert teacher.troubles == group.troubles == []


def test_a_teacher_moves_removes_locks_and_closes(visit):
    board = visit().go("/class?v=1&lang=en")
    board.click("[data-act=teach]")
    code = board.locator("[data-code]").inner_text()
    first, second = (visit(**PHONE).go("/class?v=1&lang=en") for _ in range(2))
    join(first, code, "Pl\u202eum")
    expect(first.get_by_role("alert").first).to_contain_text("cannot be seen")
    join(first, code, "Plum")
    expect(first.locator(".gz-quarter")).to_contain_text("Quarter 1 of 12")
    board.click("[data-act=lock]")
    expect(board.locator("[data-act=lock]")).to_have_text(text("dash.class_unlock", "en"))
    join(second, code, "Pear")
    expect(second.get_by_role("alert").first).to_contain_text("takes no more groups")
    board.click("[data-act=pass-group]")
    join(second, word_on(board, "data-pass"), "")
    expect(second.locator("main h2").first).to_contain_text("Plum")
    expect(first.locator(".gz-elsewhere")).to_be_visible()
    agree(board, "remove", yes=False)
    expect(board.locator("table").first).to_contain_text("Plum")
    board.click("[data-act=remove]")
    expect(board.locator("dialog[open]")).to_contain_text("Remove the group “Plum”?")
    accessible(board)
    board.click("dialog[open] [data-yes]")
    expect(board.locator("main")).to_contain_text("No group has joined yet")
    for tab in (first, second):
        expect(tab.get_by_role("alert").first).to_contain_text("removed by the teacher")
    agree(board, "close")
    expect(board.get_by_role("alert").first).to_contain_text("has ended")
    join(first, code, "Plum")
    expect(first.get_by_role("alert").last).to_contain_text("no class with this code")
