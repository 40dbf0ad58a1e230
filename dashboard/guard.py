"""What stands between the network and the pages: who may ask, what a page may load, what is not shown.

The framework behind the pages checks no Origin of a websocket, sends no policy and shows its resources to anyone.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]

#: Pages compile their templates in the browser, hence eval; nothing is loaded from anywhere but this server.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
#: What the framework would show of itself, and doors that only its own tests use.
HIDDEN = ("/resourcez", "/_solara/api/evict", "/_solara/auth", "/jupyter/api/kernels/undefined")
#: A shared address is far shorter; what is longer is no link of ours.
LONGEST_ADDRESS = 4096

_TRAVERSAL = re.compile(rb"(^|[/\\]|%2f|%5c)(\.|%2e){2}([/\\?]|%2f|%5c|$)", re.IGNORECASE)


class Guard:
    """ASGI middleware: refuses foreign origins, traversal, hidden and overlong addresses; adds the headers above."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = refusal(scope)
        if status is not None:
            await refuse(scope, receive, send, status)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, guarded)


def refusal(scope: Message) -> int | None:
    """The status a request is refused with, or None where it may pass."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    path = scope.get("raw_path") or scope["path"].encode()
    if len(path) + len(scope.get("query_string", b"")) > LONGEST_ADDRESS:
        return 414
    if _TRAVERSAL.search(path) or b"\x00" in path or b"%00" in path:
        return 404
    if scope["path"].startswith(HIDDEN):
        return 404
    changes = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", "OPTIONS")
    if changes and not same_origin(
        headers.get(b"origin"), headers.get(b"host"), scope["type"] == "websocket"
    ):
        return 403
    return None


def same_origin(origin: bytes | None, host: bytes | None, required: bool) -> bool:
    """Whether a page of this server is asking. A browser sends the Origin of every websocket and every POST."""
    if origin is None:
        return not required
    return urlsplit(origin.decode("latin-1")).netloc == (host or b"").decode("latin-1")


_WORDS = {
    403: "This address is for pages of this server only.",
    404: "Nothing here.",
    414: "This address is too long to be a link of the dashboard.",
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
    """ASGI middleware: the page's language, zoom, title, styles; the framework's own template knows none of them."""

    def __init__(self, app: App, titles: dict[str, str], style: str) -> None:
        self.app, self.titles, self.style = app, titles, style

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
