"""The dashboard as its users meet it: a server of its own, Chromium, every other host blocked."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import chromium
import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from scenarios.catalogue import text

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("default"),  # of the drivers, which are not ours
]

PAGES = {
    "": "start_title",
    "explore": "explore",
    "compare": "compare",
    "who": "who",
    "district": "district",
    "sweep?analysis=paired": "sweep",
    "predict": "predict",
    "class": "classroom",
    "model": "assumptions",
}
#: The engine may have to compile first, on a slow machine.
LONG = 30_000
expect.set_options(timeout=LONG)
IDLE = (
    "() => document.querySelector('main h1') && [...document.querySelectorAll('.gz-progress')]"
    ".every(e => e.style.visibility === 'hidden')"
)


SCREEN = {"viewport": {"width": 1400, "height": 1000}}
GONGZHI = str(Path(sys.executable).parent / "gongzhi")
SWEEP = """
id = "courtyard"
zh = "大院"
en = "A courtyard"
cases = ["danwei_courtyard"]
strategies = ["information_only", "visible_example"]
seeds = 3
[design]
kind = "grid"
[levers]
programme.consent_gate = [0.6, 0.7, 0.8, 0.9]
programme.public_share_improvement = [0.2, 0.4, 0.6, 0.8]
[constants]
horizon_weeks = 104
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder with one finished sweep of 96 runs."""
    place = tmp_path_factory.mktemp("results")
    (place / "courtyard.toml").write_text(SWEEP, encoding="utf-8")
    asked = [
        GONGZHI,
        "sweep",
        str(place / "courtyard.toml"),
        "-o",
        str(place / "yard"),
        "--workers",
        "0",
        "-q",
    ]
    subprocess.run(asked, check=True, timeout=300)
    return place


class Server:
    """A dashboard in a process of its own."""

    def __init__(self, results: Path) -> None:
        self.command = [GONGZHI, "dashboard", "--no-browser", "--results", str(results), "--lang", "en"]
        self.command += ["--classes", str(results / "classes"), "--allow-host", chromium.ELSEWHERE]
        self.start(0)

    def start(self, port: int) -> None:
        self.process = subprocess.Popen(
            [*self.command, "--port", str(port)], stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
        )
        said = ""
        while not (found := re.search(r"http://\S+?:\d+", said)):
            line = self.process.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        os.set_blocking(self.process.stdout.fileno(), False)
        self.base = found.group()

    def kill_and_start_again(self) -> None:
        port = urlsplit(self.base).port
        self.process.kill()
        self.stop()
        self.start(port)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def server(results):
    made = Server(results)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as play:
        opened = chromium.launch(play)
        yield opened
        opened.close()


class Visit:
    """A tab, and what went wrong in it."""

    def __init__(self, context, base: str) -> None:
        self.base, self.troubles = base, []
        self.tab = context.new_page()
        self.tab.set_default_timeout(LONG)
        self.tab.on("console", lambda m: m.type == "error" and self.troubles.append(m.text))
        self.tab.on("pageerror", lambda e: self.troubles.append(str(e)))
        self.tab.on("requestfailed", self._lost)

    def _lost(self, request) -> None:
        # A page that is left while it still loads gives up what it asked for: no trouble.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.troubles.append(request.url)

    def go(self, address: str):
        self.tab.goto(self.base + address)
        self.tab.wait_for_function(IDLE, timeout=LONG)
        return self.tab


@pytest.fixture(scope="module")
def usual(browser):
    """What most tabs share: a browser that has been here before, so that scripts need not be read anew."""
    context = browser.new_context(**SCREEN)
    yield context
    context.close()


@pytest.fixture
def visit(browser, server, usual):
    opened, own = [], []

    def make(**options) -> Visit:
        if options:
            own.append(browser.new_context(**{**SCREEN, **options}))
        opened.append(Visit(own[-1] if options else usual, server.base))
        return opened[-1]

    yield make
    for closing_ in (*(one.tab for one in opened), *own):
        closing_.close()


def ask(base: str, path: str, *, method: str = "GET", **headers: str):
    address = urlsplit(base)
    with closing(http.client.HTTPConnection(address.hostname, address.port, timeout=30)) as line:
        skipped = {"skip_host": "host" in headers, "skip_accept_encoding": "accept_encoding" in headers}
        line.putrequest(method, path, **skipped)
        for name, value in headers.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def accessible(tab) -> None:
    found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert not grave


#: A glyph that no font has is as wide as the box every font draws for what it lacks.
BOXES = """() => {
  const c = document.createElement('canvas').getContext('2d')
  const style = getComputedStyle(document.querySelector('main'))
  c.font = style.fontSize + ' ' + style.fontFamily
  const draw = s => { const k = document.createElement('canvas'); k.width = k.height = 24; const g = k.getContext('2d')
    g.font = '20px ' + style.fontFamily; g.fillText(s, 1, 20); return g.getImageData(0, 0, 24, 24).data.join() }
  const box = draw('\\u{10FFFD}')
  const said = [...new Set(document.body.innerText)].filter(s => s.trim() && s.charCodeAt(0) > 127)
  return said.filter(s => draw(s) === box).join('')
}"""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_renders_in_both_languages_dark_on_a_phone_and_light_on_a_screen(visit, path):
    one = visit(viewport={"width": 390, "height": 800}, color_scheme="dark", reduced_motion="reduce")
    tab = one.go(f"/{path}")
    as_it_should_be(tab, path, "zh")
    assert tab.locator("main .theme--dark").count() > 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    legible(tab)
    tab.set_viewport_size({"width": 1400, "height": 1000})
    tab.get_by_title(text("dash.dark", "zh")).click()
    tab.click(".gz-lang")
    as_it_should_be(tab, path, "en")
    assert tab.locator("main .theme--dark").count() == 0
    assert "lang=en" in tab.url
    legible(tab)
    if path != "class":
        presented(tab)
        tab.set_viewport_size({"width": 1400, "height": 1000})
        tab.click(".gz-lang")
        expect(tab.locator("html")).to_have_attribute("lang", "zh-CN")
        presented(tab)
    assert one.troubles == []


def as_it_should_be(tab, path: str, lang: str) -> None:
    """Title, language, no box in place of a glyph, nothing serious against accessibility."""
    expect(tab.locator("main h1").first).to_have_text(text(f"dash.{PAGES[path]}", lang))
    tab.wait_for_function(IDLE)
    assert tab.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert tab.evaluate("document.fonts.ready.then(() => true)")
    assert tab.evaluate(BOXES) == ""
    accessible(tab)


LAYOUT = Path(chromium.__file__).with_name("layout.js").read_text(encoding="utf-8")
#: A screen, a projector, a phone, the narrowest phone, a screen at 200 %.
SIZES = ((1400, 900), (1920, 1080), (390, 844), (320, 640), (700, 450))


def legible(tab) -> None:
    """No text cut, off the screen or over other text, however large the screen; the page's own tab in sight."""
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        assert tab.evaluate(LAYOUT) == [], f"{width} wide"
        box = tab.locator(".gz-nav a.on").bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= width, f"the tab at {width}"


SMALL_TYPE = Path(chromium.__file__).with_name("type.js").read_text(encoding="utf-8")


def presented(tab) -> None:
    """On a projector: no word below 20 pixels, nothing cut."""
    tab.click(".gz-presenter")
    for width, height in ((1920, 1080), (1280, 720)):
        tab.set_viewport_size({"width": width, "height": height})
        tab.wait_for_function(
            "[...document.querySelectorAll('[data-type]')].every(e => e.dataset.type >= 20)"
        )
        assert tab.evaluate(SMALL_TYPE) == {}, f"{width} wide"
        assert tab.evaluate(LAYOUT) == [], f"{width} wide"
    tab.click(".gz-presenter")


FILLS = "() => [...document.querySelectorAll('.gz-win')].map(e => e.style.fill).join()"


def move(tab, lever: str, value: float) -> None:
    tab.locator(f"[data-lever={lever}]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }",
        value,
    )


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
    tab = one.go("/explore?v=1&lang=en&press=0")
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
    expect(said).to_contain_text(
        "It changes nothing in any of the 30 runs. Every run passes the gate in time"
    )
    expect(delta).to_contain_text("the same in all 30 runs")
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


def saved(tab, selector: str) -> tuple[str, bytes]:
    """What a button saves: the file's name, and what is in it."""
    with tab.expect_download() as waiting:
        tab.locator(selector).first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_what_is_taken_away_is_whole_and_the_report_opens_offline(visit, tmp_path):
    tab = visit().go("/explore")
    name, runs = saved(tab, "[data-save=runs]")
    assert name == "gongzhi-jinjiang-runs.csv" and runs.startswith(b"\xef\xbb\xbf"), "Excel wants a mark"
    lines = runs.decode("utf-8-sig").splitlines()
    assert "言不由衷" in lines[0] and len(lines) == 31
    name, weeks = saved(tab, "[data-save=weeks]")
    assert name == "gongzhi-jinjiang-weeks.csv" and weeks.startswith(b"\xef\xbb\xbf")
    assert "缴费率" in weeks.decode("utf-8-sig").splitlines()[0] and weeks.count(b"\r\n") == 157
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
    expect(tab.locator(".gz-verdict").first).to_contain_text(
        "B (Pressure (diagnostic)) passes the gate in 50 of 50"
    )
    reach(".gz-add")
    tab.keyboard.press("Enter")
    expect(tab.locator(".gz-verdict").first).to_contain_text("; C (")
    assert "∞" not in tab.locator("main").inner_text()
    assert "−0" not in tab.locator("main").inner_text().replace("−0.", "")
    assert one.troubles == []


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
    tab = visit().go("/compare?v=1&lang=en&plans=none~information_only")
    expect(tab.locator(".gz-verdict").first).to_contain_text("A (No mobilisation) passes the gate in 0 of 50")
    said = tab.locator("main").inner_text() + " ".join(tab.locator("main svg text").all_text_contents())
    assert text("number.gate_not_reached", "en") in said and text("number.not_billed", "en") in said
    assert "∞" not in said and not re.search(r"[-−]0(?![\d.]*[1-9])", said)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("v=9", "9"),
        ("v=1&lang=en&case=atlantis", "atlantis"),
        ("v=1&lang=en&strategy=<script>", "…"),
        ("v=1&lang=en&press=much", "much"),
        ("v=1&lang=en&p.nonsense=1", "nonsense"),
        ("v=1&lang=en&x=" + "y" * 2500, "2000"),
    ],
)
def test_a_link_that_cannot_be_used_says_why(visit, query, says):
    one = visit()
    tab = one.go("/?" + query)
    expect(tab.get_by_role("alert").first).to_contain_text(says)
    assert one.troubles == []


def test_a_district_is_mapped_and_its_office_can_be_changed(visit):
    tab = visit().go("/district?v=1&lang=en")
    assert tab.locator(".gz-tile").count() == 48
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


def test_large_files_are_packed_before_they_are_asked_for_again(server):
    for file in ("font.ttf", "echarts.min.js"):
        status, headers, body = ask(server.base, f"/gongzhi/{file}", accept_encoding="gzip")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        # What is packed anew on every request is streamed, and its length not known.
        assert int(headers["content-length"]) == len(body)


def test_strangers_are_refused(server):
    base = server.base
    assert ask(base, "/", host="evil.example")[0] == 400
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec_websocket_version": "13",
        "sec_websocket_key": "x3JJHMbDL1EzLkh9GBhXDw==",
    }
    evil = ask(base, "/jupyter/api/kernels/solara-id/channels", origin="http://evil.example", **upgrade)
    assert evil[0] == 403
    assert ask(base, "/_solara/api/close/x", method="POST", origin="http://evil.example")[0] == 403
    for path in ("/static/../../pyproject.toml", "/gongzhi/..%2f..%2fpyproject.toml", "/resourcez"):
        assert ask(base, path)[0] == 404, path
    assert ask(base, "/?x=" + "y" * 5000)[0] == 414
    policy = ask(base, "/")[1]["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy


def test_the_server_listens_on_this_machine_only(server):
    base, process = server.base, server.process
    port = urlsplit(base).port
    here = [c for c in psutil.Process(process.pid).net_connections("inet") if c.status == "LISTEN"]
    assert {(c.laddr.ip, c.laddr.port) for c in here} == {("127.0.0.1", port)}
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_killed_worker_is_replaced_and_the_request_answered(visit, server):
    tab = visit().go("/explore?v=1&lang=en")
    figure = tab.locator("[data-kpi=hours] .big")
    before = figure.inner_text()
    pool = [c for c in psutil.Process(server.process.pid).children() if "spawn_main" in " ".join(c.cmdline())]
    move(tab, "hours", 0.17)
    time.sleep(0.3)
    pool[0].kill()
    expect(figure).not_to_have_text(before, timeout=LONG)
    assert tab.get_by_role("alert").count() == 0


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


def test_a_script_that_gets_into_a_page_does_not_run_and_finds_no_key(visit):
    one = visit()
    tab = one.go("/class?v=1&lang=en")
    tab.evaluate(
        """() => {
        const script = document.createElement('script')
        script.textContent = 'window.ran = 1'
        document.body.append(script)
        const picture = document.createElement('div')
        picture.innerHTML = '<img src="/nowhere.png" onerror="window.ran = 2"><a href="javascript:window.ran = 3">x</a>'
        document.body.append(picture)
        picture.querySelector('a').click()
    }"""
    )
    tab.wait_for_timeout(500)
    assert tab.evaluate("window.ran === undefined")
    assert sum("Content Security Policy" in trouble for trouble in one.troubles) >= 2
    cookies = {cookie["name"]: cookie["value"] for cookie in tab.context.cookies()}
    key = cookies["solara-session-id"]
    kept = "document.cookie + location.href + JSON.stringify({...localStorage, ...sessionStorage})"
    assert key and key not in tab.evaluate(kept) and key not in tab.content()


def join(tab, word: str, name: str) -> None:
    tab.fill(".gz-code-in", word)
    tab.fill(".gz-name-in", name)
    tab.click(".gz-join")


def agree(tab, name: str, *, yes: bool = True) -> None:
    """Press a button that asks first, and answer."""
    tab.click(f"[data-act={name}]")
    tab.click("dialog[open] [data-yes]" if yes else "dialog[open] [data-no]")


def word_on(tab, mark: str) -> str:
    return re.search(r"[A-Z0-9]{5}-[A-Z0-9]{5}", tab.locator(f"[{mark}]").inner_text()).group()


PHONE = {"viewport": {"width": 390, "height": 844}}


#: Heading and button are drawn one after the other: a press in between is about the quarter before, and refused.
ASKS_ABOUT = "n => document.querySelector('[data-act=quarter]')?.parentElement.__vue__.seen === n - 1"
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
    assert too_small(board, 20) == []
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


#: Words of the page in smaller type than so many pixels, with their size.
SMALL = """least => {
  const found = []
  const all = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  while (all.nextNode()) {
    const e = all.currentNode.parentElement
    const size = parseFloat(getComputedStyle(e).fontSize)
    const box = e.getBoundingClientRect()
    if (all.currentNode.data.trim() && box.width > 1 && e.checkVisibility() && size < least)
      found.push([size, all.currentNode.data.trim()])
  }
  return found
}"""


def too_small(tab, least: float) -> list:
    return tab.evaluate(SMALL, least)


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


def tab_to(tab, selector: str) -> None:
    """Go to something by the key Tab alone."""
    for _ in range(120):
        tab.keyboard.press("Tab")
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


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
        tab.click(".gz-lang")
        expect(tab.locator(".gz-judgement h2")).to_have_text(text("dash.judged", "zh"))
        on_paper(tab)
        assert tab.evaluate(NARROW) == []
        back_on_screen(tab, {"width": 390, "height": 844})
    server.kill_and_start_again()
    plum.reload()
    expect(plum.locator(".gz-quarter")).to_contain_text(text("dash.game_over", "zh"))
    expect(plum.locator("table").last).to_contain_text("60")
    board.reload()
    expect(board.locator("table").first).to_contain_text("12/12")


#: Cells whose words come one sign a line.
NARROW = """() => [...document.querySelectorAll('th, td')].filter(e => {
  const words = e.textContent.trim()
  if ([...words].length < 3) return false
  const range = document.createRange()
  range.selectNodeContents(e)
  const lines = new Set([...range.getClientRects()].map(r => Math.round(r.bottom))).size
  return lines > 1 && [...words].length / lines < 2.5
}).map(e => e.textContent)"""


def on_paper(tab) -> None:
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})  # A4 between the margins
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")


def back_on_screen(tab, size) -> None:
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    tab.emulate_media(media="screen")
    tab.set_viewport_size(size)


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
