"""A server, a browser and tabs, which the tests of one process share."""

import subprocess

import chromium
import pytest
from playwright.sync_api import sync_playwright
from served import GONGZHI
from visiting import SCREEN, Server, Visit

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


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """A folder with one finished sweep of 96 runs."""
    place = tmp_path_factory.mktemp("results")
    (place / "courtyard.toml").write_text(SWEEP, encoding="utf-8")
    asked = f"sweep {place / 'courtyard.toml'} -o {place / 'yard'} --workers 0 -q"
    subprocess.run([GONGZHI, *asked.split()], check=True, timeout=300)
    return place


@pytest.fixture(scope="session")
def server(results):
    made = Server(results)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser():
    """The one Chromium of a process: its driver cannot be started twice in one."""
    with sync_playwright() as play:
        opened = chromium.launch(play)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def usual(browser):
    """What most tabs share: a browser that has been here before, so that scripts need not be read anew."""
    context = browser.new_context(**SCREEN)
    yield context
    context.close()


@pytest.fixture
def visit(browser, server, usual):
    """Opens a tab: `visit()` a usual one, `visit(**options)` in a browser of its own."""
    opened, own = [], []

    def make(**options) -> Visit:
        if options:
            own.append(browser.new_context(**{**SCREEN, **options}))
        opened.append(Visit(own[-1] if options else usual, server.base))
        return opened[-1]

    yield make
    for closing_ in (*(one.tab for one in opened), *own):
        closing_.close()
