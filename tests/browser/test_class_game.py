"""A whole game of four browsers, whatever befalls it; the sheets of paper at its end."""

import re

from playwright.sync_api import expect
from visiting import (
    ASKS_ABOUT,
    BROWSER,
    IDLE,
    NARROW,
    PHONE,
    SCREEN,
    accessible,
    agree,
    back_on_screen,
    join,
    legible,
    move,
    on_paper,
    on_white_paper,
    presented,
    word_on,
)

from dashboard.class_views import gate_of
from scenarios.catalogue import text

pytestmark = BROWSER


def play(quarter: int, *tabs) -> None:
    """Play this quarter at every desk, and see the next."""
    for tab in tabs:
        tab.wait_for_function(ASKS_ABOUT, arg=quarter)
        tab.click("[data-act=quarter]")
    told = text("dash.game_over", "en") if quarter == 12 else f"Quarter {quarter + 1} of 12"
    for tab in tabs:
        expect(tab.locator(".gz-quarter")).to_contain_text(told)


# The last: it ends the server, whose processes are cold afterwards.
def test_a_game_of_four_browsers_survives_whatever_befalls_it_is_printed_and_outlives_the_server(
    visit, server
):
    teacher = visit(**SCREEN)
    board = teacher.go("/class?v=1&lang=en")
    board.click("[data-act=teach]")
    code = board.locator("[data-code]").inner_text()
    board.click("[data-act=desk-word]")
    desk_word = word_on(board, "data-word")
    accessible(board)
    pupils = [visit(**PHONE), visit(**SCREEN)]
    plum, pear = (pupil.go("/class?v=1&lang=en") for pupil in pupils)
    join(plum, "zzzzz", "Plum")
    expect(plum.get_by_role("alert").first).to_contain_text("no class with this code")
    for tab, name in ((plum, "Plum"), (pear, "Pear")):
        join(tab, code.lower(), name)
        expect(tab.locator(".gz-quarter")).to_contain_text("Quarter 1 of 12")
    lost_word = word_on(plum, "data-word")
    reset = plum.locator(".gz-levers .gz-row .gz-btn").last
    expect(reset).to_be_disabled()
    move(plum, "example", 0.6)
    move(plum, "tours", 0.4)
    expect(reset).to_be_enabled()  # the server has heard of it
    play(1, plum)
    pear.dblclick("[data-act=quarter]")
    expect(pear.locator(".gz-quarter")).to_contain_text("Quarter 2 of 12")
    pear.wait_for_function(IDLE)
    assert "Quarter 2 of 12" in pear.locator(".gz-quarter").inner_text(), "a double click plays one quarter"
    expect(plum.locator("[data-kpi=headline] .big")).to_contain_text("%")
    consent = plum.locator("[data-kpi=headline] .big").inner_text()
    # The telephone is lost: another one gets the seat by its word, name and code alone do not.
    plum.context.close()
    found = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    plum = found.go("/class?v=1&lang=en")
    join(plum, code, "Plum")
    expect(plum.get_by_role("alert").first).to_contain_text("If it is yours, type the word of your seat")
    join(plum, lost_word, "")
    expect(plum.locator(".gz-quarter")).to_contain_text("Quarter 2 of 12")
    expect(plum.locator("[data-kpi=headline] .big")).to_have_text(consent)
    plum.reload()
    expect(plum.locator("[data-kpi=headline] .big")).to_have_text(consent)
    for lever, value in {"example": "0.6", "tours": "0.4"}.items():
        expect(plum.locator(f"[data-lever={lever}]")).to_have_value(value)
    for quarter in (2, 3):
        play(quarter, plum, pear)
    late = visit(**SCREEN)
    quince = late.go("/class?v=1&lang=en")
    join(quince, code, "Quince")
    expect(board.locator("table").first).to_contain_text(
        re.compile(r"Plum\s*3/12.*Pear\s*3/12.*Quince\s*0/12", re.DOTALL)
    )
    # The teacher's computer fails: another one is the desk by the word that was noted.
    board.context.close()
    teacher = visit(**SCREEN)
    board = teacher.go("/class?v=1&lang=en")
    join(board, desk_word, "")
    expect(board.locator("[data-code]")).to_have_text(code)
    for quarter in range(1, 13):
        play(quarter, quince, *([plum, pear] if quarter > 3 else []))
    for tab in (plum, pear, quince):
        expect(tab.locator(".gz-judgement table").first).to_contain_text("Hangzhou")
    expect(plum.locator(".gz-judgement table").last).to_contain_text(re.compile(r"[+−]\d+\.\d \[[+−]"))
    for kpi, label in {"valid": "Valid consent", "payment": "Payment rate"}.items():
        own = plum.locator(f"[data-kpi={kpi}] .big").inner_text().replace(" ", "\N{NO-BREAK SPACE}")
        expect(plum.locator("[data-luck]")).to_contain_text(f"{label} came to {own} on your draw")
    drawn = "JSON.parse(document.querySelector('.gz-fan').__vue__.payload).gate"
    assert plum.evaluate(drawn) == gate_of("jinjiang"), "the chart of the game has a line at the gate"
    board.click("[data-act=judge]")
    for name in ("Plum", "Pear", "Quince"):
        expect(board.locator(".gz-judgement table").first).to_contain_text(name)
    assert [one.troubles for one in (teacher, found, late, pupils[1])] == [[]] * 4
    assert not any(word in tab.url for word in (code, lost_word, desk_word) for tab in (board, plum, pear))
    agree(quince, "again", yes=False)
    expect(board.locator("table").first).to_contain_text(re.compile(r"Quince\s*12/12"))
    agree(quince, "again")
    expect(quince.locator(".gz-quarter")).to_contain_text("Quarter 1 of 12")
    expect(board.locator("table").first).to_contain_text(re.compile(r"Quince\s*0/12"))
    for tab, holds in ((plum, ("Plum", code, "Hangzhou")), (board, ("Plum", code, "12/12", "Hangzhou"))):
        printed(tab, holds)
    for tab in (plum, board):
        legible(tab)
        tab.click(".gz-lang")
        expect(tab.locator(".gz-judgement h2")).to_have_text(text("dash.judged", "zh"))
        legible(tab)
        on_white_paper(tab)
        presented(tab)
        tab.set_viewport_size({"width": 390, "height": 844})
    server.kill_and_start_again()
    plum.reload()
    expect(plum.locator(".gz-quarter")).to_contain_text(text("dash.game_over", "zh"))
    expect(plum.locator("table").last).to_contain_text("60")
    board.reload()
    expect(board.locator("table").first).to_contain_text("12/12")


def printed(tab, holds: tuple[str, ...]) -> None:
    """On paper: white, no controls, the decisions open, nothing cut at the right, all of it in a few pages."""
    before = tab.viewport_size
    on_paper(tab)
    # A font that comes late has charts drawn again: still as wide as the paper.
    tab.evaluate("document.fonts.dispatchEvent(new Event('loadingdone'))")
    flat = "[...document.querySelectorAll('.gz-chart canvas')].every(c => c.width <= 640 && c.height >= 200)"
    assert tab.evaluate(flat)
    assert tab.evaluate(NARROW) == []
    for unseen in (".gz-head", ".gz-btn", ".gz-side", ".gz-lead", "[data-word]", "[data-pass]"):
        assert not any(one.is_visible() for one in tab.locator(unseen).all()), unseen
    said = tab.locator("main").inner_text()
    assert all(word in said for word in holds)
    assert "Gongzhi · summary of a class · 20" in said
    assert "Insincere share" in said and text("dash.not_a_forecast", "en")[:30] in said
    quarters = re.escape("".join(f"\t{quarter}" for quarter in range(1, 13)))
    assert re.search(rf"Quarter \(%\){quarters}\s*Hours \(of normal\){'\t100' * 12}", said), (
        "every quarter's decisions"
    )
    cut = "[...document.querySelectorAll('.gz-scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert tab.evaluate(cut) == 0
    assert (
        tab.evaluate("getComputedStyle(document.querySelector('.v-application')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    pdf = tab.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF") and 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
    back_on_screen(tab, before)
