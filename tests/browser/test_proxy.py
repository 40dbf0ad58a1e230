"""The dashboard behind nginx as the guide says: the lines of the guide, a real nginx, HTTPS, a real browser."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import expect
from served import GONGZHI
from visiting import BROWSER, SCREEN
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = BROWSER

GUIDE = Path(__file__).parents[2] / "docs" / "dashboard.md"
SCRIPT = '/"><script>document.title="ran-it"</script>'


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def guide() -> tuple[list[str], str]:
    """The command and the configuration of the guide."""
    page = GUIDE.read_text(encoding="utf-8")
    command = re.search(r"^    gongzhi (dashboard .*--behind-proxy.*)$", page, re.MULTILINE)[1]
    return command.split(), re.search(r"```nginx\n(.*?)```", page, re.DOTALL)[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Port of nginx, and its log."""
    assert shutil.which("nginx"), "no nginx: `make browser` installs it"
    place = tmp_path_factory.mktemp("proxy")
    server, proxy = free_port(), free_port()
    command, lines = guide()
    for name, here in {
        "classroom.example": "localhost",
        "listen 443 ssl": f"listen 127.0.0.1:{proxy} ssl",
        "127.0.0.1:8765": f"127.0.0.1:{server}",
        "/etc/ssl/": f"{place}/",
        "/var/log/nginx/": f"{place}/",
    }.items():
        assert name in lines, name
        lines = lines.replace(name, here)
    key = ["-keyout", str(place / "classroom.key"), "-out", str(place / "classroom.pem")]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-days",
            "2",
            *key,
        ],
        check=True,
        capture_output=True,
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {place}/{kind};" for kind in kinds)
    user = "user root;" if os.name == "posix" and os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{user} pid {place}/pid; error_log {place}/error.log; daemon off;\n"
        f"events {{}}\nhttp {{ {temporary}\n{lines} }}\n"
    )
    asked = [
        GONGZHI,
        *command,
        "--port",
        str(server),
        "--workers",
        "1",
        "--lang",
        "en",
        "--people-per-address",
        "3",
    ]
    asked = [word.replace("classroom.example", "localhost") for word in asked]
    asked += ["--classes", str(place / "classes"), "--results", str(place)]
    with (place / "out").open("wb") as out:
        run = [
            subprocess.Popen(asked, stdout=out, stderr=out),
            subprocess.Popen(
                ["nginx", "-c", str(place / "nginx.conf"), "-p", str(place)], stdout=out, stderr=out
            ),
        ]
    try:
        for _ in range(600):
            assert all(one.poll() is None for one in run), (place / "out").read_text() + lines
            if "http://" in (place / "out").read_text():
                break
            time.sleep(0.1)
        yield proxy, place / "gongzhi.log"
    finally:
        for one in run:
            one.terminate()
            one.wait(20)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_no_header_gets_through_the_proxy_into_a_page_and_the_cookie_is_for_https(site):
    line = http.client.HTTPSConnection("127.0.0.1", site[0], timeout=30, context=trusting())
    with closing(line):
        said = {"Host": f"localhost:{site[0]}", "X-Script-Name": SCRIPT, "X-Forwarded-Host": "evil.example"}
        line.request("GET", "/", headers=said)
        answer = line.getresponse()
        page = answer.read().decode()
        assert answer.status == 200 and "ran-it" not in page and "evil" not in page + str(answer.getheaders())
        assert "Secure" in answer.headers["set-cookie"] and "HttpOnly" in answer.headers["set-cookie"]
        line.request("GET", "/", headers={"Host": "evil.example"})
        assert line.getresponse().status == 400


def test_who_comes_through_the_proxy_is_counted_by_an_address_of_their_own_whatever_they_say(site):
    def opened(i: int, source: str) -> bool:
        address = f"wss://127.0.0.1:{site[0]}/jupyter/api/kernels/{source}-{i}/channels?session_id=x"
        said = {"X-Forwarded-For": f"10.0.0.{i}", "X-Gongzhi-Client": f"10.0.0.{i}"}
        try:
            stack.enter_context(
                connect(
                    address,
                    additional_headers=said,
                    origin=f"https://127.0.0.1:{site[0]}",
                    ssl=trusting(),
                    proxy=None,
                    source_address=(source, 0),
                )
            )
        except InvalidStatus:
            return False
        return True

    with ExitStack() as stack:
        assert [opened(i, "127.0.0.2") for i in range(32)] == [True] * 30 + [False] * 2
        assert opened(0, "127.0.0.3")


def test_a_class_is_taught_through_the_proxy_and_its_log_names_no_seat(site, browser):
    port, log = site
    with closing(browser.new_context(ignore_https_errors=True, **SCREEN)) as context:
        tab = context.new_page()
        troubles: list[str] = []
        tab.on("console", lambda m: m.type == "error" and troubles.append(m.text))
        tab.on("pageerror", lambda e: troubles.append(str(e)))
        tab.goto(f"https://localhost:{port}/class?v=1&lang=en")
        tab.click("[data-act=teach]", timeout=60_000)
        code = tab.locator("[data-code]").inner_text().replace("-", "")
        expect(tab).to_have_url(re.compile("room=[0-9a-f]{12}&seat=teacher"))
        assert code not in tab.url
        tab.reload()
        expect(tab.locator("[data-code]")).to_be_visible(timeout=60_000)
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        assert cookies["solara-session-id"]["secure"] and cookies["solara-session-id"]["httpOnly"]
    assert troubles == []
    said = log.read_text()
    assert '"GET /class"' in said and code not in said and "room=" not in said and "seat=" not in said
