"""Who may ask the dashboard what: hosts, origins, proxies, slow and greedy connections. With real sockets."""

import asyncio
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from dashboard import connections
from dashboard.connections import Doorman, allow_files, protocols
from dashboard.guard import CLIENT, Guard, client_of, host_name, house_of, policy, scripts_in
from dashboard.launcher import shown_host

GONGZHI = str(Path(sys.executable).parent / "gongzhi")
SCRIPT = '/"><script>document.title="ran-it"</script>'


class Server:
    """A dashboard in a process of its own."""

    def __init__(self, place: Path, *options: str) -> None:
        self.log = place / "log"
        command = [GONGZHI, "dashboard", "--no-browser", "--port", "0", "--workers", "1", "--lang", "en"]
        command += ["--classes", str(place / "classes"), "--results", str(place), *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.base = ""
        for _ in range(600):
            found = re.search(r"(http://\S+)/", self.log.read_text(encoding="utf-8"))
            if found:
                self.base = found[1]
                return
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            time.sleep(0.1)

    @property
    def port(self) -> int:
        return urlsplit(self.base).port

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def ask(port: int, path: str = "/", *, method: str = "GET", source: str = "", **headers: str):
    """Status, headers, body; `host` and the like as keywords."""
    whence = (source, 0) if source else None
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=whence)
    with closing(line):
        line.putrequest(method, path, skip_host="host" in headers)
        for name, value in headers.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("doors"), "--allow-host", "Classroom.Local")
    # The first request after a start is the one that the framework learns from.
    headers = {name: SCRIPT for name in ("x_script_name", "script_name", "x_forwarded_prefix")}
    made.first = ask(made.port, "/", **headers, x_forwarded_host="evil.example", x_forwarded_proto="https")
    yield made
    made.stop()


def test_no_header_of_the_first_request_is_in_its_page_or_any_later_one(server):
    for status, headers, page in (server.first, ask(server.port), ask(server.port, "/class?lang=en")):
        assert status == 200
        assert "ran-it" not in page and "evil" not in page + str(headers)
        assert "Secure" not in headers["set-cookie"], "nobody has said that this is https but a stranger"


def test_scripts_in_a_page_are_those_the_server_knows_and_no_others(server):
    for path in ("/", "/class?lang=en", "/explore?lang=zh&v=1"):
        _, headers, page = ask(server.port, path)
        scripts = headers["content-security-policy"].partition("script-src")[2].partition(";")[0]
        assert "unsafe-inline" not in scripts and "blob:" not in scripts
        known = policy(scripts_in(page)).decode().partition("script-src")[2].partition(";")[0]
        assert set(known.split()) <= set(scripts.split()), path
        assert not re.search(r"<[^>]*\son[a-z]+=", page), "a handler in the markup would not run"


def test_the_cookie_that_is_the_key_to_seats_is_out_of_reach_of_scripts(server):
    assert "HttpOnly" in server.first[1]["set-cookie"]
    assert "HttpOnly" in ask(server.port, host="localhost")[1]["set-cookie"]


@pytest.mark.parametrize(
    "host",
    ["Classroom.Local", "classroom.local:8765", "CLASSROOM.LOCAL.", "localhost", "[::1]:80", "127.0.0.1"],
)
def test_a_name_is_known_however_it_is_written(server, host):
    assert ask(server.port, host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "",
        "localhost.evil.example",
        "[",
        "a b",
        "evil@classroom.local",
        "evil/classroom.local",
    ],
)
def test_any_other_name_is_refused(server, host):
    assert ask(server.port, "/readyz", host=host)[0] == 400


def test_a_tab_is_closed_only_by_the_browser_that_has_it():
    tabs = {"tab": SimpleNamespace(session_id="mine")}
    close = {"path": "/_solara/api/close/tab", "method": "POST"}
    assert asked(close, tabs=tabs) == 403
    assert asked(close, tabs=tabs, cookie="solara-session-id=other") == 403
    assert asked(close, tabs=tabs, cookie="x=1; solara-session-id-lax=mine") == 200
    assert asked({**close, "path": "/_solara/api/close/unknown"}, tabs=tabs) == 200


def test_one_address_opens_so_many_tabs_and_no_more_while_others_open_theirs():
    tabs: dict[str, object] = {}
    guard = Guard(answer, ["localhost"], 1, tabs)

    def opened(i: int, address: str) -> bool:
        path = f"/jupyter/api/kernels/{address}-{i}/channels"
        status = asked(
            {"path": path, "type": "websocket", "client": (address, 1)},
            guard=guard,
            origin="http://localhost",
        )
        if status == 200:
            tabs[f"{address}-{i}"] = SimpleNamespace(session_id="")
        return status == 200

    assert [opened(i, "10.0.0.1") for i in range(12)] == [True] * 10 + [False] * 2
    assert opened(0, "10.0.0.2") and opened(0, "10.0.0.1"), "a tab that is open may come back"


async def answer(scope, receive, send) -> None:
    said = dict(scope["headers"])
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said.get(CLIENT.encode(), b"")})


def asked(scope, *, guard=None, tabs=None, **headers: str) -> int:
    """The status a request is answered with; 403 for a websocket that is closed before it was accepted."""
    sent: list[dict] = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    said = [(n.encode(), v.encode()) for n, v in {"host": "localhost", **headers}.items()]
    whole = {"type": "http", "method": "GET", "client": ("127.0.0.1", 1), "headers": said, **scope}
    asyncio.run((guard or Guard(answer, ["localhost"], 12, tabs or {}))(whole, receive, send))
    return sent[0].get("status", 200 if sent[0]["type"] == "websocket.accept" else 403)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://LOCALHOST", 200),
        ("http://localhost", 200),
        ("http://localhost.evil", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_only_a_page_of_this_server_opens_a_websocket(origin, status):
    opening = {"path": "/jupyter/api/kernels/a/channels", "type": "websocket"}
    assert asked(opening, origin=origin) == status


def test_an_address_is_counted_as_what_one_house_has():
    assert house_of("10.0.0.1") == "10.0.0.1" == house_of("::ffff:10.0.0.1")
    assert house_of("2001:db8:1:2::5") == house_of("2001:db8:1:2:ffff::1") != house_of("2001:db8:1:3::5")
    assert house_of("nonsense") == house_of("") == client_of({"client": None}) == "unknown"


def test_names_of_hosts_are_compared_as_browsers_send_them():
    assert host_name("Classroom.Local:80") == "classroom.local" == host_name("CLASSROOM.local.")
    assert host_name("::1") == host_name("[::1]:8765") == "::1"
    assert host_name("教室.local") == host_name("教室.local".encode("idna").decode().upper() + ":80")
    assert [shown_host(h) for h in ("127.0.0.1", "0.0.0.0", "::", "::1", "classroom")] == (
        ["localhost"] * 3 + ["[::1]", "classroom"]
    )


# -- proxies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "seen"), [((), "127.0.0.1"), (("127.0.0.1",), "10.9.8.7"), (("10.0.0.0/8",), "127.0.0.1")]
)
def test_what_is_forwarded_is_believed_of_the_proxy_that_was_named_and_nobody_else(proxies, seen):
    with serving(Guard(answer, ["*"], 12, {}), proxies=proxies) as port:
        said = ask(port, x_forwarded_for="203.0.113.9, 10.9.8.7", x_gongzhi_client="me", x_real_ip="1.2.3.4")
        assert said[2] == seen


# -- slow and greedy connections ----------------------------------------------------------------------------------


class serving:  # noqa: N801 - reads like open()
    """An application behind the dashboard's protocols, in a thread."""

    def __init__(self, app, people: int = 1, proxies: tuple[str, ...] = ()) -> None:
        import uvicorn

        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.doorman = Doorman(people, proxies)
        config = uvicorn.Config(
            app,
            **protocols(self.doorman),
            log_level="critical",
            lifespan="off",
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            timeout_keep_alive=1,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})

    def __enter__(self) -> int:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self.listener.getsockname()[1]

    def __exit__(self, *_) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(20)
        self.listener.close()


def ended(happened, most: float = 15.0) -> None:
    """Wait until it has happened."""
    until = time.monotonic() + most
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def ended_after(line: socket.socket, words: list[bytes], every: float, most: float = 6.0) -> float:
    """Seconds until the other end gives up somebody who sends these words so slowly."""
    begun = time.monotonic()
    line.settimeout(every)
    for word in words * 1000:
        try:
            line.sendall(word)
            while line.recv(65536):
                pass
            break
        except TimeoutError:
            pass
        except OSError:
            break
        if time.monotonic() - begun > most:
            break
    return time.monotonic() - begun


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),  # says nothing
        (b"GET / HT", b""),  # stops within the first line
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X-A: 1\r\n"),  # one header after another
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", b"x"),  # byte by byte
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"G"),  # the second request never ends
    ],
)
def test_who_asks_for_nothing_is_given_up(monkeypatch, first, then):
    monkeypatch.setattr(connections, "ASK_WITHIN", 0.8)

    async def patient(scope, receive, send):
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        await answer(scope, receive, send)

    with serving(patient) as port, closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(first)
        assert ended_after(line, [then], every=0.15) < 4.0


def test_who_does_not_take_the_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(connections, "TAKE_WITHIN", 1.0)

    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 50_000_000})

    made = serving(large)
    with made as port, closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        ended(lambda: made.doorman.held)
        ended(lambda: not made.doorman.held)


def test_one_address_holds_so_many_connections_and_another_is_answered_meanwhile():
    made = serving(Guard(answer, ["*"], 12, {}))
    with made as port, ExitStack() as opened:
        for _ in range(40):
            opened.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        time.sleep(0.3)
        assert made.doorman.held["127.0.0.1"] == 16
        assert ask(port, source="127.0.0.2")[0] == 200


def test_a_websocket_is_counted_until_it_ends():
    from websockets.sync.client import connect

    made = serving(echo)
    with made as port:
        with connect(f"ws://127.0.0.1:{port}/") as line:
            line.send("a")
            assert line.recv() == "a" and made.doorman.held["127.0.0.1"] == 1
            time.sleep(0.1)
        ended(lambda: not made.doorman.held)


def test_a_websocket_outlives_the_times_of_requests(monkeypatch):
    from websockets.sync.client import connect

    monkeypatch.setattr(connections, "ASK_WITHIN", 0.3)
    monkeypatch.setattr(connections, "TAKE_WITHIN", 0.3)
    with serving(echo) as port, connect(f"ws://127.0.0.1:{port}/") as line:
        time.sleep(1.0)
        line.send("still there")
        assert line.recv() == "still there"


async def echo(scope, receive, send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more than one address of its own")
def test_a_thousand_half_open_connections_keep_nobody_out(server):
    allow_files()
    with ExitStack() as opened:
        for _ in range(1050):
            line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
            opened.enter_context(closing(line)).sendall(b"GET / HTTP/1.1\r\n")
        begun = time.monotonic()
        assert ask(server.port, "/readyz", source="127.0.0.2")[0] == 200
        assert time.monotonic() - begun < 5.0
        for _ in range(60):
            try:
                if ask(server.port, "/readyz")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.5)
        assert time.monotonic() - begun < connections.ASK_WITHIN + 10.0, "the address itself is let in again"


@pytest.mark.skipif(not socket.has_ipv6 or os.name == "nt", reason="needs an address of version six")
def test_a_server_on_an_address_of_version_six_shows_its_own_page(tmp_path):
    made = Server(tmp_path, "--host", "::1")
    try:
        address = urlsplit(made.base)
        assert address.hostname == "::1"
        line = http.client.HTTPConnection("::1", address.port, timeout=20)
        with closing(line):
            line.request("GET", "/readyz", headers={"Host": f"[::1]:{address.port}"})
            assert line.getresponse().status == 200
    finally:
        made.stop()


def test_a_proxy_that_is_no_address_is_refused():
    asked_ = [GONGZHI, "dashboard", "--behind-proxy", "nginx", "--no-browser"]
    said = subprocess.run(asked_, capture_output=True, text=True, timeout=60)
    assert said.returncode == 2 and "--behind-proxy: nginx; expected an address or a network" in said.stderr
