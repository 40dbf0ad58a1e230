"""On every page a change can be taken back and made again, is kept with its link, and is read out."""

import pytest
from playwright.sync_api import expect
from visiting import BROWSER, PAGES, move

pytestmark = BROWSER

#: What a user changes on each page, and what shows where it stands then. Start has nothing to change.
CHANGES = {
    "explore": (lambda tab: move(tab, "hours", 0.08), "document.querySelector('[data-lever=hours]')?.value"),
    "compare": (
        lambda tab: tab.locator("[data-slot=B]").select_option("full_bundle"),
        "document.querySelector('[data-slot=B]')?.value",
    ),
    "who": (
        lambda tab: move(tab, "pub", 0.1),
        "document.querySelector('[data-lever=pub]')?.value",
    ),
    "district": (
        lambda tab: move(tab, "dhours", 0.06),
        "document.querySelector('[data-lever=dhours]')?.value",
    ),
    "sweep?analysis=paired": (
        lambda tab: tab.click("[data-act=replicates]"),
        "document.querySelector('.gz-page .gz-act .gz-btn.main')?.dataset.act",
    ),
    "predict": (
        lambda tab: tab.locator("[data-choice=strategy]").select_option("pressure"),
        "document.querySelector('[data-choice=strategy]')?.value",
    ),
    "model": (
        lambda tab: move_parameter(tab, "taste_scale", "0.5"),
        "document.querySelector('[data-parameter=taste_scale]')?.value",
    ),
}
#: What answers, and is read out: something in what says it. Predict says it when a guess is shown.
SAID = {
    "explore": ".gz-changed",
    "compare": "[data-verdict]",
    "who": ".gz-heard",
    "district": ".gz-verdict",
    "sweep?analysis=paired": ".gz-rows",
    "model": ".gz-verdict",
}
REGIONS = "[...document.querySelectorAll('main [role=status]')]"
#: A browser tells nobody of a region that comes whole: it has to have been there before, with other words.
READ_OUT = f"""selector => {REGIONS}.some(
  region => window.known.has(region) && region.innerText !== window.known.get(region) && region.querySelector(selector)
)"""


def move_parameter(tab, name: str, value: str) -> None:
    tab.fill(f"[data-parameter={name}]", value)
    tab.keyboard.press("Tab")


def test_every_page_with_something_to_change_is_tried():
    assert set(PAGES) - set(CHANGES) == {"", "class"}


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_is_read_out_taken_back_made_again_and_kept_on_every_page(visit, path):
    one = visit(viewport={"width": 1400, "height": 1000})
    change, place = CHANGES[path]
    tab = one.go(f"/{path}{'&' if '?' in path else '?'}v=1&lang=en&case=danwei_courtyard")
    before = tab.evaluate(place)

    def stands(where: str) -> None:
        tab.wait_for_function(f"where => {place} === where", arg=where)

    if path in SAID and path != "model":  # where nothing is said before the first change
        tab.locator(f"main [role=status] {SAID[path]}").first.wait_for(state="attached")
    tab.evaluate(f"window.known = new Map({REGIONS}.map(region => [region, region.innerText]))")
    change(tab)
    tab.wait_for_function(f"before => {place} !== before", arg=before)
    expect(tab.locator("[data-act=undo]")).to_be_enabled()
    after = tab.evaluate(place)
    if path in SAID:
        tab.wait_for_function(READ_OUT, arg=SAID[path])
    tab.click("[data-act=undo]")
    stands(before)
    tab.click("[data-act=redo]")
    stands(after)
    tab.click("[data-act=keep]")
    tab.go_back()
    stands(before)
    tab.go_forward()
    stands(after)
    tab.keyboard.press("Control+z")
    stands(before)
    tab.click(".gz-tray summary")
    tab.locator(".gz-tray a").click()
    stands(after)
    assert tab.url.split("/")[-1].startswith(path.partition("?")[0])
    assert one.troubles == []
