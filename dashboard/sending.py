"""What a page sends to its browser: put down at once, carried by the server's loop.

The framework hands each message to the loop and has the page's thread wait until it is sent: two changes of thread and
a task of the loop for each of the two dozen messages of a lever. Here the thread goes on, and the loop sends all that
has come meanwhile, in its order. Only where a browser takes so slowly that too much waits does the thread wait too.
"""

import importlib
import threading
from collections import deque
from typing import Any

#: Characters or bytes that may wait for one browser; beyond, its page waits for it.
MOST_WAITING = 8_000_000


def send_in_turn() -> None:
    """Have the framework's connections send as described above; called before the first of them."""
    framework: Any = importlib.import_module("solara.server.starlette")
    gone: type[Exception] = importlib.import_module("solara.server.websocket").WebSocketDisconnect
    if not hasattr(framework.WebsocketWrapper, "in_turn"):
        framework.WebsocketWrapper = _in_turn(framework.WebsocketWrapper, gone)


def _in_turn(usual: type, gone: type[Exception]) -> type:
    """The framework's connection, which sends in turn. gone : raised where the browser is not there any more"""

    class InTurn(usual):
        """A page's connection."""

        in_turn = True

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self._news = threading.Condition()
            self._waiting: deque[str | bytes] = deque()
            self._size = 0
            self._carried = False
            self._problem: Exception | None = None

        def send_text(self, data: str) -> None:
            """Send a text; raises what went wrong with one before."""
            self._put(data)

        def send_bytes(self, data: bytes) -> None:
            """Send bytes; raises what went wrong with some before."""
            self._put(data)

        def _put(self, data: str | bytes) -> None:
            with self._news:
                self._news.wait_for(self._has_room)
                if self._problem is not None:
                    raise self._problem
                self._waiting.append(data)
                self._size += len(data)
                if self._carried:
                    return
                self._carried = True
            try:
                self.event_loop.call_soon_threadsafe(self._begin)
            except RuntimeError as error:  # the server has ended
                raise gone from error

        def _has_room(self) -> bool:
            """Whether one need not wait: the loop itself never may."""
            is_loop = self._thread_id == threading.get_ident()
            return self._size <= MOST_WAITING or self._problem is not None or is_loop

        def _begin(self) -> None:
            task = self.event_loop.create_task(self._carry())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

        async def _carry(self) -> None:
            """Send what waits, until nothing does."""
            try:
                while (data := self._take()) is not None:
                    await (
                        self._send_bytes_exc(data) if isinstance(data, bytes) else self._send_text_exc(data)
                    )
            except Exception as error:
                self._end(error)
            except BaseException:  # the server ends
                self._end(gone())
                raise

        def _end(self, problem: Exception) -> None:
            """Send nothing more, and tell so whoever wants to."""
            with self._news:
                self._problem = problem.with_traceback(None)
                self._waiting.clear()
                self._size = 0
                self._news.notify_all()

        def _take(self) -> str | bytes | None:
            with self._news:
                if not self._waiting:
                    self._carried = False
                    return None
                data = self._waiting.popleft()
                self._size -= len(data)
                self._news.notify_all()
                return data

    return InTurn
