"""Take the pictures of the dashboard's pages that both READMEs show, into docs/images.

    .venv/bin/python tools/page_pictures.py [--only explore --only classroom]

Starts a dashboard of its own, opens the pages in Chromium (`make browser` installs it) in both languages, plays a class
to its end, and writes what a reader sees of each, smaller and with 256 colours. To be run when pages or results moved.
"""

import argparse
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import chromium
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from served import IDLE, served

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LANGUAGES = ("zh", "en")
#: Pixels of the window, and of the picture's width.
SCREEN: Any = {"width": 1200, "height": 872}
HIGH: Any = {"width": 1200, "height": 986}
WIDTH = 760
#: Milliseconds; the engine may have to compile first.
LONGEST = 300_000
#: Milliseconds until the levers stand in the order of what matters here, which is known a little later.
SETTLED = 6_000
GROUP = {"zh": "李子组", "en": "Plum"}
#: What the group decides, in every quarter.
DECIDED = {"example": 0.6, "consult": 0.5, "accounts": 1.0}
ASKS_ABOUT = "n => document.querySelector('[data-act=quarter]')?.parentElement.__vue__.seen === n - 1"
PUT = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }"


@contextmanager
def dashboard() -> Iterator[str]:
    """The address of a dashboard that has no classes and no sweeps, and ends with the block."""
    with (
        tempfile.TemporaryDirectory() as place,
        served("--classes", place, "--results", place) as (_, base),
    ):
        yield base


def opened(browser: Browser, address: str, size: Any = SCREEN) -> Page:
    """A page in a browser of its own, when all that it waits for is there."""
    tab = browser.new_page(viewport=size)
    tab.set_default_timeout(LONGEST)
    tab.goto(address)
    tab.wait_for_function(IDLE)
    return tab


def usual(page: str) -> Callable[[Browser, str, str], bytes]:
    """How a page looks to whoever opens it."""

    def take(browser: Browser, base: str, lang: str) -> bytes:
        with closing(opened(browser, f"{base}/{page}?v=1&lang={lang}")) as tab:
            tab.wait_for_timeout(SETTLED)
            return tab.screenshot()

    return take


def classroom(browser: Browser, base: str, lang: str) -> bytes:
    """A group's finished game: its curve, and how it compares with the cities' strategies."""
    address = f"{base}/class?v=1&lang={lang}"
    with closing(opened(browser, address)) as board, closing(opened(browser, address, HIGH)) as desk:
        board.click("[data-act=teach]")
        desk.fill(".gz-code-in", board.locator("[data-code]").inner_text())
        desk.fill(".gz-name-in", GROUP[lang])
        desk.click(".gz-join")
        for lever, value in DECIDED.items():
            desk.locator(f"[data-lever={lever}]").evaluate(PUT, value)
        for quarter in range(1, 13):
            desk.wait_for_function(ASKS_ABOUT, arg=quarter)
            desk.click("[data-act=quarter]")
        desk.locator(".gz-judgement table").last.wait_for()
        desk.evaluate("scrollTo(0, document.querySelector('.gz-fan').getBoundingClientRect().top - 40)")
        desk.wait_for_timeout(500)
        return desk.screenshot()


PICTURES = {
    "explore": usual("explore"),
    "district": usual("district"),
    "compare": usual("compare"),
    "classroom": classroom,
}


def small(picture: bytes) -> Image.Image:
    """The picture as the READMEs want it."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    height = round(image.height * WIDTH / image.width)
    return image.resize((WIDTH, height), Image.Resampling.LANCZOS).quantize(256, dither=Image.Dither.NONE)


def main() -> None:
    """Take what is asked for, else all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=PICTURES)
    parser.add_argument("--into", type=Path, default=IMAGES)
    asked = parser.parse_args()
    with dashboard() as base, sync_playwright() as play, closing(chromium.launch(play)) as browser:
        for name in asked.only or PICTURES:
            for lang in LANGUAGES:
                file = asked.into / f"dashboard-{name}-{lang}.png"
                small(PICTURES[name](browser, base, lang)).save(file, optimize=True)
                print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
