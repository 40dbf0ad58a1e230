"""How tests look at the dashboard: a server of its own, a tab that counts its troubles, what is measured on a page."""

import http.client
import os
import re
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import chromium
import pytest
import served
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from served import IDLE

#: What every file of these tests is marked with.
BROWSER = [
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
SCREEN = {"viewport": {"width": 1400, "height": 1000}}
PHONE = {"viewport": {"width": 390, "height": 844}}


class Server:
    """A dashboard in a process of its own."""

    def __init__(self, results: Path) -> None:
        self.options = ["--results", str(results), "--lang", "en"]
        self.options += ["--classes", str(results / "classes"), "--allow-host", chromium.ELSEWHERE]
        self.start(0)

    def start(self, port: int) -> None:
        self.process, self.base = served.start(*self.options, port=port)
        os.set_blocking(self.process.stdout.fileno(), False)

    def kill_and_start_again(self) -> None:
        port = urlsplit(self.base).port
        self.process.kill()
        self.stop()
        self.start(port)

    def stop(self) -> None:
        served.stop(self.process)
        self.process.stdout.close()


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


#: What fades in is pale until it has done so.
SETTLED = "Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => true)"


def accessible(tab) -> None:
    tab.evaluate(SETTLED)
    found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert not grave, grave


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


LAYOUT = Path(chromium.__file__).with_name("layout.js").read_text(encoding="utf-8")


#: A screen, a projector, a phone, the narrowest phone, a screen at 200 %.
SIZES = ((1400, 900), (1920, 1080), (390, 844), (320, 640), (700, 450))


def legible(tab) -> None:
    """No text cut, tiny, off the screen or over other text, however large the screen; the page's own tab in sight."""
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        faults = tab.evaluate(LAYOUT)
        assert faults == [], f"{width} wide: {faults}"
        own_tab_in_sight(tab)


def own_tab_in_sight(tab) -> None:
    """Of the row of pages, which may be wider than a phone, the one that is open is seen whole."""
    box, width = tab.locator(".gz-nav a.on").bounding_box(), tab.viewport_size["width"]
    assert 0 <= box["x"] and box["x"] + box["width"] <= width, f"the tab at {width}"


SMALL_TYPE = Path(chromium.__file__).with_name("type.js").read_text(encoding="utf-8")


def presented(tab) -> None:
    """On a projector: no word below 20 pixels, nothing cut."""
    tab.set_viewport_size({"width": 1920, "height": 1080})
    tab.click(".gz-presenter")
    for width, height in ((1920, 1080), (1280, 720)):
        tab.set_viewport_size({"width": width, "height": height})
        tab.wait_for_function(
            "[...document.querySelectorAll('[data-type]')].every(e => e.dataset.type >= 20)"
        )
        assert tab.evaluate(SMALL_TYPE) == {}, f"{width} wide"
        found = tab.evaluate(LAYOUT)
        assert found == [], f"{width} wide: {found}"
    tab.click(".gz-presenter")


def move(tab, lever: str, value: float) -> None:
    tab.locator(f"[data-lever={lever}]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }",
        value,
    )


def saved(tab, selector: str) -> tuple[str, bytes]:
    """What a button saves: the file's name, and what is in it."""
    with tab.expect_download() as waiting:
        tab.locator(selector).first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def tab_to(tab, selector: str) -> None:
    """Go to something by the key Tab alone."""
    for _ in range(120):
        tab.keyboard.press("Tab")
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


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


#: Heading and button are drawn one after the other: a press in between is about the quarter before, and refused.
ASKS_ABOUT = "n => document.querySelector('[data-act=quarter]')?.parentElement.__vue__.seen === n - 1"


#: Cells whose words come one sign a line.
NARROW = """() => [...document.querySelectorAll('th, td')].filter(e => {
  const words = e.textContent.trim()
  if ([...words].length < 3 || !e.checkVisibility()) return false
  const range = document.createRange()
  range.selectNodeContents(e)
  const lines = new Set([...range.getClientRects()].map(r => Math.round(r.bottom))).size
  return lines > 1 && [...words].length / lines < 2.5
}).map(e => e.textContent)"""


def on_paper(tab) -> None:
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})  # A4 between the margins
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")


#: What on a sheet is not white paper: a dark theme, a chart that is squashed or dark between its curves.
DARK = """() => {
  const found = [...document.querySelectorAll('main .theme--dark')].map(e => e.className)
  const paper = getComputedStyle(document.querySelector('.v-application')).backgroundColor
  if (paper !== 'rgb(255, 255, 255)') found.push(paper)
  for (const chart of document.querySelectorAll('.gz-chart canvas')) {
    if (chart.clientHeight < 0.3 * chart.clientWidth) found.push('squashed')
  }
  for (const figure of document.querySelectorAll('.gz-figure')) found.push(...[getComputedStyle(figure).filter]
    .filter(filter => filter !== 'none'))
  return found
}"""


def on_white_paper(tab) -> None:
    """On A4 the page is white whatever it is on the screen, as wide as the sheet, its columns no sign wide."""
    before = tab.viewport_size
    folded = tab.evaluate_handle(
        "() => [...document.querySelectorAll('main details:not([open])')].map(e => (e.open = true, e))"
    )
    on_paper(tab)
    tab.wait_for_function("() => !document.querySelector('main .theme--dark')")
    assert tab.evaluate(DARK) == []
    assert tab.evaluate(NARROW) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 700
    folded.evaluate("all => all.forEach(e => (e.open = false))")
    back_on_screen(tab, before)


def back_on_screen(tab, size) -> None:
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    tab.emulate_media(media="screen")
    tab.set_viewport_size(size)
