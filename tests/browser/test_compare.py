"""The page Compare as its users meet it."""

import re

from playwright.sync_api import expect
from visiting import BROWSER, LONG, SCREEN, accessible

from scenarios.catalogue import text

pytestmark = BROWSER


def test_a_comparison_ends_with_its_sentence(visit):
    tab = visit().go("/compare?v=1&lang=en&strategy=pressure")
    said = tab.locator(".gz-verdict").first
    expect(said).to_contain_text(re.compile(r"A.*\d+ of 50.*B.*\d+ of 50"), timeout=LONG)
    tab.click(".gz-add")
    expect(said).to_contain_text(re.compile(r"C.*\d+ of 50"), timeout=LONG)
    whole = said.inner_text()
    tab.reload()
    expect(said).to_have_text(whole, timeout=LONG)


def test_a_plan_that_reaches_nothing_is_compared_in_words(visit):
    tab = visit().go("/compare?v=1&lang=en&plans=none%3Agate%3D0.95~information_only")
    reached = re.compile(r"A \(No mobilisation.*?\) passes the gate in 0 of 50")
    expect(tab.locator(".gz-verdict").first).to_contain_text(reached)
    said = tab.locator("main").inner_text() + " ".join(tab.locator("main svg text").all_text_contents())
    assert text("number.gate_not_reached", "en") in said and text("number.no_rate", "en") in said
    assert "∞" not in said and not re.search(r"[-−]0(?![\d.]*[1-9])", said)


def test_what_is_not_known_is_shown_when_asked_and_of_the_plans_that_are_shown(visit):
    one = visit(**SCREEN)
    tab = one.go("/compare?v=1&lang=en&case=danwei_courtyard")
    card = tab.locator(".gz-card", has_text=text("ignorance.heading", "en"))
    expect(card.locator("table")).to_have_count(0)
    card.locator("[data-act=plausible]").click()
    expect(card.locator("table").first).to_contain_text("20/20", timeout=60_000)
    expect(card).to_contain_text("20 sets of parameters the evidence leaves standing, 5 runs each")
    expect(card.locator("table")).to_have_count(2)
    accessible(tab)
    assert one.troubles == []
