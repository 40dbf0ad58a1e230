"""What is taken away from the pages: tables, pictures, the report, sheets of paper."""

import re
from urllib.parse import urlsplit

from visiting import BROWSER, saved

from model.specification import Scenario

pytestmark = BROWSER


def test_what_is_taken_away_is_whole_and_the_report_opens_offline(visit, tmp_path):
    tab = visit().go("/explore")
    name, runs = saved(tab, "[data-save=runs]")
    assert name == "gongzhi-jinjiang-runs.csv" and runs.startswith(b"\xef\xbb\xbf"), "Excel wants a mark"
    lines = runs.decode("utf-8-sig").splitlines()
    assert "言不由衷" in lines[0] and len(lines) == 31
    name, weeks = saved(tab, "[data-save=weeks]")
    assert name == "gongzhi-jinjiang-weeks.csv" and weeks.startswith(b"\xef\xbb\xbf")
    assert (
        "缴费率" in weeks.decode("utf-8-sig").splitlines()[0]
        and weeks.count(b"\r\n") == 1 + Scenario().horizon_weeks
    )
    name, picture = saved(tab, ".gz-fan figcaption button")
    assert name == "consent.png" and picture.startswith(b"\x89PNG\r\n") and len(picture) > 10_000
    name, report = saved(tab, "[data-save=report]")
    assert name == "gongzhi-jinjiang.html" and report.startswith(b"<!doctype html>")
    assert "言不由衷" in report.decode()
    (tmp_path / name).write_bytes(report)
    asked: list[str] = []
    other = visit().tab
    other.on("request", lambda request: asked.append(request.url))
    other.goto((tmp_path / name).as_uri())
    assert other.evaluate(
        "[...document.images].length > 0 && [...document.images].every(i => i.naturalWidth > 100)"
    )
    assert {urlsplit(url).scheme for url in asked} <= {"file", "data"}
    other.set_viewport_size({"width": 1300, "height": 900})
    wide = "[...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert other.evaluate(wide) == 0
    held = """document.fonts.load('12px "Gongzhi Sans SC"', '共').then(faces => faces.map(f => f.status).join())"""
    assert other.evaluate(held) == "loaded"
    across = re.findall(rb"/MediaBox \[0 0 8\d\d[\d.]* 5\d\d", other.pdf(prefer_css_page_size=True))
    assert len(across) == 1, "the widest table lies across a page of its own"
    assert other.evaluate(
        "[...document.querySelectorAll('[src], link[href]')].every(e => (e.src || e.href).startsWith('data:'))"
    )


def test_a_page_is_printed_with_its_font_and_charts_that_are_not_squashed(visit):
    one = visit(viewport={"width": 1400, "height": 1000})
    tab = one.go("/explore?v=1&lang=zh")
    tab.wait_for_selector(".gz-fan[data-drawn]")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})  # A4 between the margins
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for chart in tab.locator(".gz-chart canvas").all():
        box = chart.bounding_box()
        assert box["height"] > 0.3 * box["width"]
    for unseen in (".gz-steps", ".gz-side", ".gz-tabs", ".gz-btn"):
        assert not any(found.is_visible() for found in tab.locator(unseen).all()), unseen
    assert tab.evaluate("document.documentElement.scrollWidth") <= 700
    pdf = tab.pdf(format="A4", print_background=True)
    assert b"GongzhiSansSC" in pdf and len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 3
    assert one.troubles == []
