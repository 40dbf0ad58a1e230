"""Connections that ask for nothing: how long one may take, how many an address may hold.

The server counts every open connection, also one that never finishes its first line, and answers everybody with 503
when there are too many. So a connection has to say what it wants within seconds, and to fetch it within minutes.
"""

import asyncio
import contextlib
import importlib
import ipaddress
from collections import Counter
from collections.abc import Sequence
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dashboard.guard import house_of

#: Seconds for a request to arrive whole, and for its answer to be taken.
ASK_WITHIN, TAKE_WITHIN = 10.0, 180.0
#: Connections of one address for each of its people: a browser opens six, and one a tab.
CONNECTIONS_EACH = 16
#: In all; the system has to allow as many files.
MOST_CONNECTIONS = 1000


class Doorman:
    """Who holds how many connections.

    people : how many may share one address; proxies : addresses and networks that speak for others, not counted
    """

    def __init__(self, people: int, proxies: Sequence[str] = ()) -> None:
        self.most = people * CONNECTIONS_EACH
        self.proxies = [ipaddress.ip_network(proxy) for proxy in proxies]
        self.held: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count one more; returns whether it may stay."""
        self.held[house_of(address)] += 1
        return self.held[house_of(address)] <= self.most or self._proxy(address)

    def leave(self, address: str) -> None:
        """Count one less."""
        self.held[house_of(address)] -= 1
        if self.held[house_of(address)] <= 0:
            del self.held[house_of(address)]

    def _proxy(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self.proxies)
        except ValueError:
            return False


def protocols(doorman: Doorman) -> dict[str, Any]:
    """The two protocols of a server under this doorman, as uvicorn's settings `http` and `ws`."""

    class Http(H11Protocol):
        """Requests, each within its time."""

        address = ""
        deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.address = (transport.get_extra_info("peername") or ("",))[0]
            if doorman.enter(self.address):
                self.within(ASK_WITHIN)
            else:
                transport.abort()

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            super().data_received(data)
            if not self.is_awaited() and self.transport.get_protocol() is self:
                self.within(TAKE_WITHIN)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            # What has not been taken still has to be, and another request may have come already.
            if self.is_awaited() and not self.transport.get_write_buffer_size():
                self.within(ASK_WITHIN)

        def is_awaited(self) -> bool:
            """Whether the next request has not come, or not whole."""
            return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

        def handle_websocket_upgrade(self, event: Any) -> None:
            self.within(None)
            super().handle_websocket_upgrade(event)
            # From here on the other protocol is told of the connection's end, and leaves in its name.
            self.transport.get_protocol().address = self.address

        def connection_lost(self, exc: Exception | None) -> None:
            self.within(None)
            doorman.leave(self.address)
            super().connection_lost(exc)

        def within(self, seconds: float | None) -> None:
            """Cut the connection off after so many seconds, unless told anew before."""
            if self.deadline is not None:
                self.deadline.cancel()
            self.deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)

    class Socket(WebSocketsSansIOProtocol):
        """Websockets: counted until they end. The server's own pings find those whose other end is gone."""

        address = ""

        def connection_lost(self, exc: Exception | None) -> None:
            doorman.leave(self.address)
            super().connection_lost(exc)

    return {"http": Http, "ws": Socket}


def allow_files(wanted: int = 4 * MOST_CONNECTIONS) -> None:
    """Have the system allow as many open files as connections may need; a system without such a limit needs none."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        resource: Any = importlib.import_module("resource")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < least:
            resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))
