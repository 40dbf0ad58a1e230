"""What stands between the network and the pages: who may ask, what a page may load, what is not shown.

The framework behind the pages checks no Origin of a websocket, sends no policy, believes every `X-Script-Name` and
shows its resources to anyone.
"""

import base64
import hashlib
import ipaddress
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]


def policy(scripts: Iterable[str] = ()) -> bytes:
    """What a page may load: nothing from anywhere but this server, and of scripts within a page only these.

    Vue 2 compiles the templates of components in the browser, hence eval; its components style themselves, hence
    styles within a page.
    """
    known = sorted({f" 'sha256-{_sha256(script)}'" for script in scripts})
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval'{''.join(known)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-ancestors 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    ).encode()


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def scripts_in(page: str) -> list[str]:
    """The scripts that stand within a page."""
    return re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", page, re.DOTALL)


HEADERS = (
    (b"content-security-policy", policy()),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
#: What the framework would show of itself, and doors that only its own tests use.
HIDDEN = ("/resourcez", "/_solara/api/evict", "/_solara/auth", "/jupyter/api/kernels/undefined")
#: The longest link of a page (`asking.LONGEST_LINK`), with its page and a seat; what is longer is none of ours.
LONGEST_ADDRESS = 61_440
#: What a proxy says of those it speaks for. What of it is believed (`--behind-proxy`) the server has taken already;
#: nobody else's word reaches the framework.
FORWARDED = (b"forwarded", b"x-forwarded-", b"script-name", b"x-script-name", b"x-real-ip", b"x-gongzhi-")
#: How pages learn who asks.
CLIENT = "x-gongzhi-client"

_TRAVERSAL = re.compile(rb"(^|[/\\]|%2f|%5c)(\.|%2e){2}([/\\?]|%2f|%5c|$)", re.IGNORECASE)


#: Tabs of one address for each of its people; what a tab holds is let go ten minutes after it was lost.
TABS_EACH = 10
#: Seconds from a tab's first word until the framework knows it.
_OPENING = 10.0
#: The framework's names for a browser's cookie.
SESSION_COOKIES = ("solara-session-id", "solara-session-id-lax")
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\s\[\]/@:?#\\]*)(:[0-9]*)?")
_TAB = re.compile(r"/jupyter/api/kernels/([^/]+)/[^/]+|/_solara/api/close/([^/]+)")


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, traversal, hidden and overlong addresses; adds HEADERS.

    hosts : names a browser may use for this server, `*` for any; people : how many may share one address
    tabs : what the framework knows of open tabs, by their id, each with its `session_id`
    """

    def __init__(self, app: App, hosts: Sequence[str], people: int, tabs: Mapping[str, Any]) -> None:
        self.app = app
        self.hosts = frozenset("*" if host == "*" else host_name(host) for host in hosts)
        self.most_tabs, self.tabs = people * TABS_EACH, tabs
        self.opened: dict[str, tuple[str, float]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = refusal(scope, self.hosts) or self.refused_tab(scope)
        if status is not None:
            await refuse(scope, receive, send, status)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in HEADERS if h[0] not in there)]
            await send(message)

        said = [(name, value) for name, value in scope["headers"] if not name.lower().startswith(FORWARDED)]
        said.append((CLIENT.encode(), client_of(scope).encode()))
        await self.app({**scope, "headers": said}, receive, guarded)

    def refused_tab(self, scope: Message) -> int | None:
        """Why a tab may not be opened or closed: its address has too many; only the browser that has it closes it."""
        found = _TAB.fullmatch(scope["path"])
        if found is None:
            return None
        opening, closing = found.groups()
        if closing is not None:
            return (
                None if closing not in self.tabs or self.tabs[closing].session_id in sessions(scope) else 403
            )
        if scope["type"] != "websocket" or opening in self.tabs:
            return None
        now, house = time.monotonic(), client_of(scope)
        self.opened = {
            tab: (whose, when)
            for tab, (whose, when) in self.opened.items()
            if tab in self.tabs or now - when < _OPENING
        }
        if sum(whose == house for whose, _ in self.opened.values()) >= self.most_tabs:
            return 429
        self.opened[opening] = (house, now)
        return None


def sessions(scope: Message) -> list[str]:
    """The cookies by which the framework knows a browser."""
    said = b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie").decode(
        "latin-1"
    )
    pairs = (pair.strip().partition("=") for pair in said.split(";"))
    return [value for name, _, value in pairs if name in SESSION_COOKIES]


def client_of(scope: Message) -> str:
    """Whose request it is: an address of the internet's fourth version, or the half of the sixth that a house has."""
    return house_of((scope.get("client") or ("",))[0])


def house_of(address: str) -> str:
    """The address quotas count by: who has one of version six has 2**64 of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)).network_address)


def host_name(said: str) -> str:
    """The name in a Host header or an option, as names are compared: small letters, no port, no brackets."""
    if said.count(":") > 1 and not said.startswith("["):  # an address of version six in an option
        said = f"[{said}]"
    found = _HOST.fullmatch(said)
    try:
        return found["name"].strip("[]").rstrip(".").lower().encode("idna").decode() if found else ""
    except UnicodeError:
        return ""


def refusal(scope: Message, hosts: frozenset[str]) -> int | None:
    """The status a request is refused with, or None where it may pass."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    host = headers.get(b"host", b"").decode("latin-1")
    if "*" not in hosts and host_name(host) not in hosts:
        return 400
    path = scope.get("raw_path") or scope["path"].encode()
    if len(path) + len(scope.get("query_string", b"")) > LONGEST_ADDRESS:
        return 414
    if _TRAVERSAL.search(path) or b"\x00" in path or b"%00" in path:
        return 404
    if scope["path"].startswith(HIDDEN):
        return 404
    changes = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", "OPTIONS")
    if changes and not same_origin(headers.get(b"origin"), host, scope["type"] == "websocket"):
        return 403
    return None


def same_origin(origin: bytes | None, host: str, required: bool) -> bool:
    """Whether a page of this server is asking. A browser sends the Origin of every websocket and every POST."""
    if origin is None:
        return not required
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower() == host.lower()
    except ValueError:
        return False


_WORDS = {
    400: "This server does not go by that name. Who runs it can say that it does: gongzhi dashboard --allow-host NAME",
    403: "This address is for pages of this server only.",
    404: "Nothing here.",
    414: "This address is too long to be a link of the dashboard.",
    429: "Too many tabs are open from your network address.",
}


async def refuse(scope: Message, receive: Receive, send: Send, status: int) -> None:
    """Answer with this status; a websocket that was never accepted is answered with 403."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = _WORDS[status].encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": body})


class Dress:
    """ASGI middleware: the page's language, zoom, title, styles; the framework's own template knows none of them.

    page : the framework's page as it is when nobody has asked for it; only scripts that are in it may run
    """

    def __init__(self, app: App, titles: dict[str, str], style: str, page: Callable[[], str]) -> None:
        self.app, self.titles, self.style, self.page = app, titles, style, page

    @cached_property
    def policy(self) -> bytes:
        """The policy of pages: their scripts are known before anybody asks, so none that a request brings can run."""
        return policy(
            script for lang in HTML_LANGUAGE for script in scripts_in(self.dress(self.page(), lang))
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on; a page that comes back is dressed before it goes out."""
        if scope["type"] != "http" or scope.get("method") != "GET" or _is_file(scope["path"]):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = b"".join(parts)
            if _is_page(start):
                body = self.dress(body.decode(), language_of(scope)).encode()
                start["headers"].append((b"content-security-policy", self.policy))
            start["headers"] = [(n, v) for n, v in start["headers"] if n.lower() != b"content-length"]
            start["headers"].append((b"content-length", str(len(body)).encode()))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, dressed)

    def dress(self, page: str, lang: str) -> str:
        """The page in its language, with zoom allowed, its title and its styles."""
        title = self.titles[lang]
        page = page.replace("<html>", f'<html lang="{HTML_LANGUAGE[lang]}">', 1)
        page = _VIEWPORT.sub(
            '<meta name="viewport" content="width=device-width, initial-scale=1">', page, count=1
        )
        page = re.sub(r"<title>[^<]*</title>", f"<title>{title}</title>", page, count=1)
        page = re.sub(r'<link rel="icon"[^>]*>', "", page)
        page = page.replace('"variant": "light"', '"variant": "auto"', 1)
        page = page.replace('loading_text: "Loading resources"', f'loading_text: "{title}"', 1)
        return page.replace("</head>", f"{self.style}</head>", 1)


HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')


def language_of(scope: Message) -> str:
    """The language an address asks for; Chinese where it asks for none."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", ["zh"])[0]
    return asked if asked in HTML_LANGUAGE else "zh"


def _is_file(path: str) -> bool:
    return path.startswith(("/static/", "/_solara/", "/jupyter/", "/gongzhi/"))


def _is_page(start: Message) -> bool:
    kinds = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return bool(kinds) and kinds[0].startswith(b"text/html")
