"""Fifty people at the dashboard at once: how long each waits, what it takes in memory, what is left when they leave.

    .venv/bin/python benchmarks/dashboard_users.py [--users 50] [--minutes 3] [--every 10] [--crowds 1] [--later 0]

Each user is a websocket of its own that speaks the pages' own protocol: it opens the page Explore, then moves a lever
about every ten seconds to a position it did not stand in, and waits until everything on the page that answers to the
levers (figures, building, both charts) shows the scenario this user now asks for. What is not answered within
`PATIENCE` seconds is counted as unanswered and enters the percentiles with that time; then the user goes on.
Whoever leaves says so as a browser does when its tab is closed. Browsers are left out: on one machine they would be
what is measured. Starts a server of its own and ends it; before the crowd comes one visitor looks at another strategy,
so that the workers are known to be ready. With `--crowds` several crowds come, one after the other has left: what one
leaves behind for ever shows as more memory after each. With `--later` memory is read once more so many minutes
after the last crowd has left: results are kept for ten. Prints JSON.
"""

import argparse
import asyncio
import contextlib
import json
import random
import re
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request as WebRequest
from urllib.request import urlopen

import psutil
import websockets

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from served import served

from dashboard.asking import Request, to_query
from dashboard.levers import levers
from dashboard.views import lever_groups

#: Levers that are moved: those the page shows at once.
MOVED = tuple(lever["key"] for lever in json.loads(lever_groups(Request(), "en"))[0]["levers"])
#: Seconds after which a change counts as unanswered.
PATIENCE = 30.0
#: What answers to the levers: one of each, two of the last.
ANSWERING = ("Kpis", "Stage", "Fan", "Fan")


@dataclass
class User:
    """One tab: a kernel on the server, what it asks for, and which widgets have answered."""

    base: str
    number: int
    request: Request = field(default_factory=Request)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    opened: float | None = None
    unanswered: int = 0
    messages: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.number)
        self.kernel, self.session = str(uuid.uuid4()), str(uuid.uuid4())
        self.levers = ""
        self.kinds: dict[str, str] = {}
        self.shows: dict[str, str] = {}
        self.news = asyncio.Event()

    async def live(self, seconds: float, every: float, delay: float) -> None:
        """Open the page, then move levers until the time is over."""
        await asyncio.sleep(delay)
        try:
            async with self.line() as line:
                end = time.monotonic() + seconds - delay
                begun = time.monotonic()
                if await self.answered(begun):
                    self.opened = time.monotonic() - begun
                while time.monotonic() < end:
                    await asyncio.sleep(self.random.uniform(0.8, 1.2) * every)
                    await self.change(line)
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    async def change(self, line: Any) -> None:
        """Move a lever and wait for the answer."""
        moved = time.monotonic()
        await self.move(line)
        await self.answered(moved)
        self.waits.append(time.monotonic() - moved)

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[Any]:
        """The tab's connection, with the page Explore asked for."""
        cookie = await asyncio.to_thread(self._cookie)
        socket = self.base.replace("http", "ws") + f"/jupyter/api/kernels/{self.kernel}/channels"
        headers = {"Cookie": cookie, "Origin": self.base}
        address = f"{socket}?session_id={self.session}"
        async with websockets.connect(address, additional_headers=headers, max_size=None) as line:
            reader = asyncio.create_task(self._read(line))
            control = uuid.uuid4().hex
            opening = {"comm_id": control, "target_name": "solara.control", "data": {}}
            await self._send(line, "comm_open", opening)
            args = {"path": f"/explore?{self.wanted()}", "appName": None}
            await self._send(line, "comm_msg", {"comm_id": control, "data": {"method": "run", "args": args}})
            yield line
            reader.cancel()

    def wanted(self) -> str:
        """What the page must show to have answered."""
        return to_query(self.request, "en")

    async def answered(self, since: float, patience: float = PATIENCE) -> bool:
        """Wait until the page shows what is asked for; False where it does not in time."""
        try:
            async with asyncio.timeout(patience):
                while not self._complete():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            self.unanswered += 1
            self.errors.append(f"no answer within {time.monotonic() - since:.0f} s to {self.wanted()}")
            return False
        return True

    def _complete(self) -> bool:
        wanted = self.wanted()
        shown = sorted(self.kinds[comm] for comm, of in self.shows.items() if of == wanted)
        return shown == sorted(ANSWERING)

    def _cookie(self) -> str:
        with urlopen(WebRequest(self.base + "/explore")) as answer:
            return "; ".join(c.split(";")[0] for c in answer.headers.get_all("set-cookie") or [])

    async def _send(self, line: Any, kind: str, content: dict[str, Any]) -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.session}
        header |= {"username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await line.send(json.dumps({**message, "channel": "shell", "buffers": []}))

    async def move(self, line: Any) -> None:
        """Put one lever somewhere else: a slider that stays where it is sends nothing."""
        before = self.request
        while self.request == before:
            lever = levers()[self.random.choice(MOVED)]
            value = lever.low + lever.step * self.random.randrange(lever.positions)
            self.request = before.with_levers({lever.key: value})
        content = {"event": "move", "data": {lever.key: value}}
        await self._send(
            line,
            "comm_msg",
            {"comm_id": self.levers, "data": {"method": "custom", "content": content}},
        )

    async def _read(self, line: Any) -> None:
        """Follow the widgets that answer; what a message holds besides is not looked at."""
        async for raw in line:
            text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
            self.messages, self.bytes = self.messages + 1, self.bytes + len(raw)
            if "gz-error" in text:
                self.errors.append("a page showed an error")
            if '"comm_open"' in text and '"chosen_case"' in text:
                self.levers = _COMM.search(text).group(1)
            found = _SHOWS.search(text)
            if found is None:
                continue
            comm = _COMM.search(text).group(1)
            if '"comm_open"' in text:
                self.kinds[comm] = next(kind for mark, kind in _MARKS if mark in text)
            self.shows[comm] = found.group(1)
            self.news.set()


_COMM = re.compile(r'"comm_id": ?"([0-9a-f-]+)"')
#: The scenario that figures, building and charts say they show, in JSON or in JSON within JSON.
_SHOWS = re.compile(r'"(?:key|scenario)\\?": ?\\?"(v=[^"\\]+)')
_MARKS = (('"items"', "Kpis"), ('"story"', "Stage"), ('"caption"', "Fan"))


def processor_seconds(server: psutil.Process) -> tuple[float, float]:
    """Processor time so far: of the server, of its workers."""
    workers = sum(sum(p.cpu_times()[:2]) for p in server.children(recursive=True))
    return sum(server.cpu_times()[:2]), workers


def memory_of_each(server: psutil.Process) -> dict[str, float]:
    """Proportional memory of each process, MB: what several share is shared out between them."""
    found = {"server": server}
    for child in server.children(recursive=True):
        kind = "worker" if "spawn_main" in " ".join(child.cmdline()) else "helper"
        found[f"{kind}_{sum(name.startswith(kind) for name in found) + 1}"] = child
    return {name: process.memory_full_info().pss / 1e6 for name, process in found.items()}


def memory_mb(server: psutil.Process) -> float:
    """Memory of the server and its workers, MB."""
    return sum(memory_of_each(server).values())


def whole(memory: dict[str, float]) -> dict[str, int]:
    """Megabytes in all, and of each process, without decimals."""
    return {"all": round(sum(memory.values()))} | {name: round(mb) for name, mb in memory.items()}


async def first_visitor(base: str) -> None:
    """Someone who looks at another strategy: after that every worker has been there."""
    visitor = User(base, -1, Request(strategy="pressure"))
    async with visitor.line() as line:
        for _ in range(3):
            if not await visitor.answered(time.monotonic(), 300.0):  # the engine may have to compile
                raise SystemExit("the server does not answer its first visitor")
            await visitor.move(line)
    leave(visitor)


def leave(tab: User) -> None:
    """Say what a browser says when a tab is closed."""
    with contextlib.suppress(OSError):  # nobody waits for the answer
        close = f"{tab.base}/_solara/api/close/{tab.kernel}?session_id={tab.session}"
        urlopen(WebRequest(close, method="POST", headers={"Origin": tab.base}), timeout=10)


async def crowds(number: int, base: str, *of_each: Any) -> list[dict[str, Any]]:
    """One crowd after the other."""
    await first_visitor(base)
    return [await crowd(which, base, *of_each) for which in range(number)]


async def crowd(
    which: int, base: str, server: psutil.Process, users: int, seconds: float, every: float
) -> dict[str, Any]:
    """All users, and the memory before, at most, and when all have left; each crowd moves levers of its own."""
    before, peak, mine = memory_of_each(server), 0.0, time.process_time()
    used = processor_seconds(server)
    tabs = [User(base, which * users + number) for number in range(users)]
    begun = time.monotonic()
    work = asyncio.gather(*(tab.live(seconds, every, number * 0.3) for number, tab in enumerate(tabs)))
    while not work.done():
        await asyncio.sleep(3)
        peak = max(peak, await asyncio.to_thread(memory_mb, server))
    await work
    took, mine = time.monotonic() - begun, time.process_time() - mine
    used = tuple(now - then for now, then in zip(processor_seconds(server), used, strict=True))
    for tab in tabs:
        await asyncio.to_thread(leave, tab)
    await asyncio.sleep(30)
    found = waits_of(tabs) | costs_of(tabs, used, mine, took)
    return found | {
        "mb_before": whole(before),
        "mb_peak": round(peak),
        "mb_after_all_have_left": whole(memory_of_each(server)),
        "load_average": [round(v, 1) for v in psutil.getloadavg()],
        "cores": psutil.cpu_count(),
    }


def waits_of(tabs: list[User]) -> dict[str, Any]:
    """How long the users waited; an unanswered change counts with all the time it was waited for."""
    waits = sorted(wait for tab in tabs for wait in tab.waits) or [0.0]
    opened = sorted(tab.opened for tab in tabs if tab.opened is not None) or [0.0]
    errors = [error for tab in tabs for error in tab.errors]
    return {
        "users": len(tabs),
        "changes": len(waits),
        "unanswered": sum(tab.unanswered for tab in tabs),
        "errors": len(errors),
        "first_errors": errors[:10],
        **{f"seconds_p{p}": round(waits[min(len(waits) - 1, len(waits) * p // 100)], 2) for p in (50, 95)},
        "seconds_longest": round(waits[-1], 2),
        "opened_p95": round(opened[len(opened) * 95 // 100], 2),
    }


def costs_of(tabs: list[User], used: tuple[float, ...], mine: float, took: float) -> dict[str, Any]:
    """Processor time a change, by whom; the opening of the pages is in it."""
    changes = max(1, sum(len(tab.waits) for tab in tabs))
    server, workers = used
    return {
        "cpu_seconds_a_change": round((server + workers) / changes, 3),
        "of_it_server": round(server / changes, 3),
        "of_it_workers": round(workers / changes, 3),
        "cores_used_by_the_dashboard": round((server + workers) / took, 2),
        "cores_used_by_these_users": round(mine / took, 2),
        "messages_a_change": round(sum(tab.messages for tab in tabs) / changes),
        "kb_a_change": round(sum(tab.bytes for tab in tabs) / changes / 1000),
    }


def main() -> None:
    """Start a server, let the crowds in, print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--crowds", type=int, default=1)
    parser.add_argument("--later", type=float, default=0.0, help="minutes")
    asked = parser.parse_args()
    said: list[str] = []
    with served("--lang", "en", "--people-per-address", "100") as (process, base):
        threading.Thread(target=lambda: said.extend(process.stdout), daemon=True).start()
        wait_until_open(base)
        of_each = psutil.Process(process.pid), asked.users, 60 * asked.minutes, asked.every
        found = asyncio.run(crowds(asked.crowds, base, *of_each))
        if asked.later:
            time.sleep(60 * asked.later)
            found[-1]["mb_later"] = whole(memory_of_each(of_each[0]))
        complaints = {"lines_the_server_complained": len(said), "first_lines": said[:10]}
        print(json.dumps({"crowds": found} | complaints, indent=2))


def wait_until_open(base: str, seconds: float = 300.0) -> None:
    """Wait until the server answers at all."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urlopen(base + "/readyz", timeout=10):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    main()
