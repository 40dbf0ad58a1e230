"""How long a page of the dashboard takes until something stands on it, in Chromium, on a warm server.

    .venv/bin/python benchmarks/dashboard_pages.py [--loads 5]

Each page is opened in both languages several times: in a browser that has never been here, and in one that has. Told
are the first contentful paint, as the browser reports it, and, more honest, when the heading of the page can be read
(the paint may be the name of the project alone). Seconds from asking for the address; every host but this one blocked.
Needs Chromium (`make browser` installs it). Prints JSON: middle and most of each page, and the slowest of all.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import chromium
from served import served

from dashboard.app import PAGES

SCREEN: Any = {"width": 1400, "height": 1000}
#: Milliseconds after which a page is given up; the engine may have to compile first.
LONGEST = 300_000
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
IDLE = "() => [...document.querySelectorAll('.gz-progress')].every(e => e.style.visibility === 'hidden')"


def load(context: BrowserContext, address: str) -> tuple[float, float]:
    """Seconds until the first paint, and until the heading of the page is seen."""
    tab = context.new_page()
    begun = time.perf_counter()
    tab.goto(address, wait_until="commit", timeout=LONGEST)
    tab.locator("main h1").first.wait_for(state="visible", timeout=LONGEST)
    seen = time.perf_counter() - begun
    painted = tab.evaluate(PAINTED)
    tab.wait_for_function(IDLE, timeout=LONGEST)  # the next load begins on a server that has nothing to do
    tab.close()
    return painted, seen


def loads_of(browser: Browser, address: str, loads: int, cold: bool) -> list[tuple[float, float]]:
    """Several loads of one page. cold : each in a browser that has never been here"""
    if cold:
        return [of_newcomer(browser, address) for _ in range(loads)]
    context = browser.new_context(viewport=SCREEN)
    load(context, address)
    found = [load(context, address) for _ in range(loads)]
    context.close()
    return found


def of_newcomer(browser: Browser, address: str) -> tuple[float, float]:
    """One load with nothing kept."""
    context = browser.new_context(viewport=SCREEN)
    found = load(context, address)
    context.close()
    return found


def in_words(found: list[tuple[float, float]]) -> dict[str, float]:
    """Middle and most of several loads."""
    painted, seen = zip(*found, strict=True)
    return {
        "painted": round(statistics.median(painted), 2),
        "painted_most": round(max(painted), 2),
        "heading": round(statistics.median(seen), 2),
        "heading_most": round(max(seen), 2),
    }


def measure(base: str, loads: int) -> dict[str, Any]:
    """Every page, newcomers first."""
    found: dict[str, dict[str, Any]] = {"newcomer": {}, "returning": {}}
    with sync_playwright() as play:
        browser = chromium.launch(play)
        for path, _, _ in PAGES:  # a warm server: every page has been asked for before
            of_newcomer(browser, f"{base}/{path}")
        for who, pages in found.items():
            for path, _, _ in PAGES:
                for lang in ("zh", "en"):
                    address = f"{base}/{path}?v=1&lang={lang}"
                    pages[f"/{path} {lang}"] = in_words(loads_of(browser, address, loads, who == "newcomer"))
        browser.close()
    slowest = {
        who: {kind: max(page[kind] for page in pages.values()) for kind in ("painted_most", "heading_most")}
        for who, pages in found.items()
    }
    circumstances = {
        "load_average": [round(v, 1) for v in psutil.getloadavg()],
        "cores": psutil.cpu_count(),
    }
    return {"loads": loads, **found, "slowest": slowest, **circumstances}


def main() -> None:
    """Start a server, look at its pages, print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loads", type=int, default=5)
    asked = parser.parse_args()
    if chromium.CHROMIUM is None:
        raise SystemExit(chromium.MISSING)
    with served("--lang", "en", "--people-per-address", "100") as (_, base):
        print(json.dumps(measure(base, asked.loads), indent=2))


if __name__ == "__main__":
    main()
