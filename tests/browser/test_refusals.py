"""What the server refuses, and what it survives."""

import socket
import time
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import expect
from visiting import BROWSER, LONG, ask, move

from dashboard.guard import LONGEST_ADDRESS

pytestmark = BROWSER


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
    assert ask(base, "/?x=" + "y" * (LONGEST_ADDRESS - len("/x=")))[0] == 200
    assert ask(base, "/?x=" + "y" * LONGEST_ADDRESS)[0] == 414
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
