"""What holds on every page: both languages, dark and light, every size of screen, a projector, links that say why."""

import pytest
from playwright.sync_api import expect
from visiting import (
    BOXES,
    BROWSER,
    IDLE,
    PAGES,
    accessible,
    legible,
    on_white_paper,
    own_tab_in_sight,
    presented,
)

from dashboard.asking import LONGEST_LINK
from scenarios.catalogue import text

pytestmark = BROWSER


@pytest.mark.parametrize("path", PAGES)
def test_a_page_renders_in_both_languages_dark_on_a_phone_and_light_on_a_screen(visit, path):
    one = visit(viewport={"width": 390, "height": 800}, color_scheme="dark", reduced_motion="reduce")
    tab = one.go(f"/{path}")
    as_it_should_be(tab, path, "zh")
    own_tab_in_sight(tab)  # to who has never been here, and has not turned the phone yet
    assert tab.locator("main .theme--dark").count() > 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    legible(tab)
    on_white_paper(tab)
    assert tab.locator("main .theme--dark").count() > 0
    tab.set_viewport_size({"width": 1400, "height": 1000})
    tab.get_by_title(text("dash.dark", "zh")).click()
    tab.click(".gz-lang")
    as_it_should_be(tab, path, "en")
    assert tab.locator("main .theme--dark").count() == 0
    assert "lang=en" in tab.url
    legible(tab)
    presented(tab)
    tab.click(".gz-lang")
    expect(tab.locator("html")).to_have_attribute("lang", "zh-CN")
    presented(tab)
    assert one.troubles == []


def as_it_should_be(tab, path: str, lang: str) -> None:
    """Title, language, no box in place of a glyph, nothing serious against accessibility."""
    expect(tab.locator("main h1").first).to_have_text(text(f"dash.{PAGES[path]}", lang))
    tab.wait_for_function(IDLE)
    label = text(f"dash.{PAGES[path].removesuffix('_title')}", lang)
    expect(tab).to_have_title(f"{label} · {text('project.name', lang)}")
    assert tab.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert tab.evaluate("document.fonts.ready.then(() => true)")
    assert tab.evaluate(BOXES) == ""
    accessible(tab)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("v=9", "9"),
        ("v=1&lang=en&case=atlantis", "atlantis"),
        ("v=1&lang=en&strategy=<script>", "…"),
        ("v=1&lang=en&press=much", "much"),
        ("v=1&lang=en&p.nonsense=1", "nonsense"),
        ("v=1&lang=en&x=" + "y" * LONGEST_LINK, str(LONGEST_LINK)),
    ],
)
def test_a_link_that_cannot_be_used_says_why(visit, query, says):
    one = visit()
    tab = one.go("/?" + query)
    expect(tab.get_by_role("alert").first).to_contain_text(says)
    assert one.troubles == []


def test_the_first_page_has_one_guess_before_it_shows_and_ends_with_ones_turn(visit):
    one = visit()
    tab = one.go("/?v=1&lang=en")
    homes = tab.locator(".gz-home")
    for i in range(12):
        homes.nth(i).click()
    expect(tab.locator("section").first).to_contain_text(
        "6 of 12 signed, 0 visits left. The unwilling were asked too early"
    )
    assert tab.locator("[data-start-press]").count() == 0
    tab.locator(".gz-guess").first.click()
    tab.locator("[data-start-press]").fill("100")
    expect(tab.locator(".gz-told")).to_contain_text(
        "61 of them (77 %) do not support it; you guessed about 20 %"
    )
    accessible(tab)
    tab.click(".gz-begin")
    expect(tab.locator("main h1").first).to_have_text(text("dash.explore", "en"))
    assert one.troubles == []
