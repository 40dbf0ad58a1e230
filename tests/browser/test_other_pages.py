"""The pages District, Predict and Sweep as their users meet them."""

from playwright.sync_api import expect
from visiting import BROWSER, move

pytestmark = BROWSER


def test_a_district_is_mapped_and_its_office_can_be_changed(visit):
    tab = visit().go("/district?v=1&lang=en")
    expect(tab.locator(".gz-tile")).to_have_count(48)
    colours = "[...document.querySelectorAll('.gz-tile')].map(e => e.style.background).join()"
    stages = tab.evaluate(colours)
    tab.click("[data-tiles=payment]")
    assert tab.evaluate(colours) != stages
    tab.locator(".gz-tile").first.click()
    expect(tab.locator(".gz-live")).to_contain_text("insincere")
    said = tab.locator(".gz-verdict")
    expect(said).to_contain_text("over the same 4 draws")
    before = tab.locator("table").last.inner_text()
    move(tab, "dhours", 0.06)
    expect(tab.locator("[data-lever=interval]")).to_have_value("26")
    expect(tab.locator("output", has_text="26 weeks")).to_have_count(1)
    tab.wait_for_function("b => [...document.querySelectorAll('table')].pop().innerText !== b", arg=before)
    tab.reload()
    expect(tab.locator("[data-lever=dhours]")).to_have_value("0.06")
    expect(tab.locator("[data-lever=interval]")).to_have_value("26")
    assert "%2C26%2C" in tab.url


def test_a_drawn_guess_survives_a_reload_and_is_compared_with_the_model(visit):
    one = visit()
    tab = one.go("/predict?v=1&lang=en")
    expect(tab.locator(".gz-reveal")).to_be_disabled()
    tab.locator(".gz-draw").scroll_into_view_if_needed()
    box = tab.locator(".gz-draw").bounding_box()
    tab.mouse.move(box["x"] + 80, box["y"] + 0.8 * box["height"])
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.3 * box["height"], steps=12)
    tab.mouse.up()
    drawn = tab.locator("[data-week='78']").input_value()
    assert 15 < int(drawn) < 70
    tab.reload()
    expect(tab.locator("[data-week='78']")).to_have_value(drawn)
    tab.click(".gz-reveal")
    expect(tab.locator(".gz-verdict")).to_contain_text("apart on average")
    expect(tab.locator(".gz-verdict")).to_contain_text("the model's median is")
    expect(tab.locator("main")).to_contain_text("had signed without supporting it")
    assert one.troubles == []


def test_a_sweeps_folder_is_watched_and_its_ranking_judged(visit, results):
    tab = visit().go("/sweep?v=1&lang=en")
    said = tab.locator(".gz-sweep-progress")
    expect(said).to_contain_text("96 of 96 runs done, 0 failed")
    expect(tab.locator(".gz-figure").first).to_be_visible()
    assert tab.locator(".gz-figure").first.bounding_box()["width"] > 1000, "wide enough to be read"
    tab.click("[data-act=robustness]")
    expect(tab.locator(".gz-note", has_text="Who leads")).to_be_visible()
    expect(tab.locator(".gz-verdicts li").first).to_be_visible()
    progress = results / "yard" / "progress.json"
    whole = progress.read_text()
    progress.write_text(whole.replace('"done": 96', '"done": 20'))
    expect(said).to_contain_text("20 of 96 runs done")
    progress.write_text(whole)
    expect(said).to_contain_text("The sweep is complete")
