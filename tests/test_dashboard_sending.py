"""What pages send to their browsers: in order, whole, without waiting for the loop, and no more once one has gone."""

import asyncio
import importlib
import threading
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import sending
from dashboard.sending import send_in_turn


class Browser:
    """The other end: takes what is sent, may be slow, may go."""

    def __init__(self) -> None:
        self.taken: list[str | bytes] = []
        self.gone = False
        self.open = asyncio.Event()
        self.open.set()

    async def send_text(self, data: str) -> None:
        await self.open.wait()
        if self.gone:
            raise RuntimeError('Cannot call "send" once a close message has been sent.')
        self.taken.append(data)

    async def send_bytes(self, data: bytes) -> None:
        await self.send_text(data)


@pytest.fixture(autouse=True, scope="module")
def pages_send_in_turn() -> None:
    with warnings.catch_warnings():
        # of what the framework imports itself
        warnings.filterwarnings("ignore", "websockets.legacy is deprecated", DeprecationWarning)
        send_in_turn()


def framework(module: str) -> Any:
    return importlib.import_module(f"solara.server.{module}")


def run(*pages: Callable[[Any], None]) -> Any:
    """Have pages send over one connection, each in a thread of its own; gives what the browser has taken."""

    async def serve() -> list[str | bytes]:
        end = Browser()
        connection = framework("starlette").WebsocketWrapper(end, SimpleNamespace())
        await asyncio.gather(*(asyncio.to_thread(one, connection) for one in pages))
        while connection.tasks:
            await asyncio.gather(*connection.tasks)
        return end.taken

    return asyncio.run(asyncio.wait_for(serve(), 30))


def test_what_several_pages_send_arrives_whole_and_in_their_order():
    def page(name: str) -> Callable[[Any], None]:
        return lambda connection: [connection.send(f"{name}{i}") for i in range(500)] and None

    taken = run(page("a"), page("b"), page("c"))
    assert len(taken) == 1500
    for name in "abc":
        assert [said for said in taken if said[0] == name] == [f"{name}{i}" for i in range(500)]


def test_texts_and_bytes_stand_in_one_row():
    def page(connection: Any) -> None:
        connection.send("text")
        connection.send(b"bytes")
        connection.send("text again")

    assert run(page) == ["text", b"bytes", "text again"]


def test_the_loop_itself_may_send():
    async def serve() -> list[str | bytes]:
        end = Browser()
        connection = framework("starlette").WebsocketWrapper(end, SimpleNamespace())
        connection.send("a")
        connection.send("b")
        await asyncio.sleep(0.01)
        return end.taken

    assert asyncio.run(serve()) == ["a", "b"]


def test_a_page_goes_on_before_its_browser_has_taken_anything():
    async def serve() -> list[str | bytes]:
        end = Browser()
        end.open.clear()
        connection = framework("starlette").WebsocketWrapper(end, SimpleNamespace())
        await asyncio.wait_for(asyncio.to_thread(lambda: [connection.send("x") for _ in range(100)]), 20)
        assert end.taken == []
        end.open.set()
        await asyncio.gather(*connection.tasks)
        return end.taken

    assert asyncio.run(serve()) == ["x"] * 100


def test_a_page_waits_where_too_much_waits_for_its_browser(monkeypatch):
    monkeypatch.setattr(sending, "MOST_WAITING", 10)

    async def serve() -> list[str | bytes]:
        end = Browser()
        end.open.clear()
        connection = framework("starlette").WebsocketWrapper(end, SimpleNamespace())
        done = threading.Event()

        def page() -> None:
            for _ in range(5):
                connection.send("12345678")
            done.set()

        sent = asyncio.create_task(asyncio.to_thread(page))
        assert not await asyncio.to_thread(done.wait, 0.3)
        end.open.set()
        await asyncio.wait_for(sent, 20)
        while connection.tasks:
            await asyncio.gather(*connection.tasks)
        return end.taken

    assert asyncio.run(serve()) == ["12345678"] * 5


def test_nothing_more_is_sent_to_a_browser_that_has_gone():
    gone = framework("websocket").WebSocketDisconnect

    async def serve() -> None:
        end = Browser()
        end.gone = True
        connection = framework("starlette").WebsocketWrapper(end, SimpleNamespace())
        connection.send("nobody takes this")
        await asyncio.gather(*connection.tasks)
        await asyncio.sleep(0.01)
        for _ in range(2):
            with pytest.raises(gone):
                connection.send("nor this")
        assert not connection.tasks
        assert end.taken == []

    asyncio.run(serve())


def test_a_page_that_waits_is_told_when_the_server_ends(monkeypatch):
    monkeypatch.setattr(sending, "MOST_WAITING", 10)
    gone = framework("websocket").WebSocketDisconnect

    async def serve() -> None:
        end = Browser()
        end.open.clear()
        connection = framework("starlette").WebsocketWrapper(end, SimpleNamespace())

        def page() -> None:
            with pytest.raises(gone):
                for _ in range(5):
                    connection.send("12345678")

        sent = asyncio.create_task(asyncio.to_thread(page))
        await asyncio.sleep(0.2)
        for task in list(connection.tasks):
            task.cancel()
        await asyncio.wait_for(sent, 20)

    asyncio.run(serve())


def test_a_server_that_has_ended_is_a_browser_that_has_gone():
    async def serve() -> Any:
        return framework("starlette").WebsocketWrapper(Browser(), SimpleNamespace())

    connection = asyncio.run(serve())
    with pytest.raises(framework("websocket").WebSocketDisconnect):
        connection.send("too late")


def test_pages_of_a_server_send_in_turn():
    send_in_turn()  # once, however often it is asked for
    connection = framework("starlette").WebsocketWrapper
    assert connection.in_turn
    assert not hasattr(connection.__mro__[1], "in_turn")
