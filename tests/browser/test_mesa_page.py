"""Mesa's own page, started as a Mesa user starts it; in Chromium with every other host blocked."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect
from visiting import BROWSER

pytestmark = BROWSER

ROOT = Path(__file__).resolve().parents[2]
LONG = 60_000


@pytest.fixture
def address():
    """Where `solara run dashboard/mesa_app.py` answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "solara"), "run", "dashboard/mesa_app.py"]
    server = subprocess.Popen(
        [*command, "--no-open", "--host", "127.0.0.1", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}/"
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(base, timeout=5).close()
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    yield base
    server.terminate()
    server.wait(20)


def test_mesas_page_steps_the_model_and_draws_consent_and_network_offline(address, browser):
    troubles: list[str] = []
    with closing(browser.new_page(viewport={"width": 1400, "height": 900})) as tab:
        tab.set_default_timeout(LONG)
        tab.on("console", lambda m: m.type == "error" and troubles.append(m.text))
        tab.on("pageerror", lambda e: troubles.append(str(e)))
        tab.on("requestfailed", lambda r: troubles.append(r.url))
        tab.goto(address)
        pictures = tab.locator("main img")
        expect(pictures).to_have_count(2, timeout=LONG)
        drawn = [pictures.nth(i).get_attribute("src") for i in range(2)]
        step = tab.get_by_role("button", name="Step", exact=True)
        for week in (1, 2, 3):
            step.click()
            expect(tab.get_by_text(f"Time: {week}")).to_be_visible(timeout=LONG)
        for i in range(2):
            tab.wait_for_function(
                "([i, old]) => { const e = document.querySelectorAll('main img')[i];"
                " return e && e.src !== old && e.naturalWidth > 200 }",
                arg=[i, drawn[i]],
            )
        tab.get_by_role("button", name="Reset").click()
        expect(tab.get_by_text("Time: 0")).to_be_visible(timeout=LONG)
    assert troubles == []


def test_what_mesas_page_plots_is_what_the_model_measures():
    """In a process of its own: the page's module tells Solara to load nothing from elsewhere."""
    said = (
        "from dashboard.mesa_app import MEASURES, Compound\n"
        "model = Compound(households=48)\n"
        "model.step(); model.step()\n"
        "frame = model.datacollector.get_model_vars_dataframe()[list(MEASURES)]\n"
        "assert len(frame) == 2 and frame.notna().all(axis=None), frame\n"
        "assert 'valid_consent' in MEASURES and 'insincere_share' in MEASURES\n"
        "assert len(model.grid.get_all_cell_contents()) == 48\n"
    )
    subprocess.run([sys.executable, "-c", said], cwd=ROOT, check=True, timeout=300)
