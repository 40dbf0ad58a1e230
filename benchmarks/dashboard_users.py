"""Fifty people at the dashboard at once: how long each waits, what it takes in memory, what is left when they leave.

    .venv/bin/python benchmarks/dashboard_users.py [--users 50] [--minutes 3] [--every 10]

Each user is a websocket of its own that speaks the pages' own protocol: it opens the page Explore, then moves a lever
every ten seconds and waits until the figures have changed. Browsers are left out: on one machine they would be what
is measured. Starts a server of its own and ends it. Prints JSON.
"""

import argparse
import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.request import Request as WebRequest
from urllib.request import urlopen

import psutil
import websockets

GONGZHI = str(Path(sys.executable).parent / "gongzhi")
#: Levers that are moved, with the positions they are put in.
MOVED = {"pub": 21, "comp": 11, "hours": 21, "pion": 11, "press": 11, "talk": 11, "gate": 11, "fee": 20}
STEPS = {"pub": 0.05, "hours": 0.01, "gate": 0.05}
LOWEST = {"gate": 0.5, "fee": 0.1}


class User:
    """One tab: a kernel on the server, and the answers it waits for."""

    def __init__(self, base: str, number: int) -> None:
        self.base, self.random = base, random.Random(number)
        self.kernel, self.session = str(uuid.uuid4()), str(uuid.uuid4())
        self.levers = ""
        self.shown = asyncio.Event()
        self.waits: list[float] = []
        self.opened: float | None = None
        self.errors: list[str] = []

    async def live(self, seconds: float, every: float, delay: float) -> None:
        """Open the page, then move levers until the time is over."""
        await asyncio.sleep(delay)
        try:
            await self._live(seconds - delay, every)
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    async def _live(self, seconds: float, every: float) -> None:
        begun = time.monotonic()
        end = begun + seconds
        cookie = await asyncio.to_thread(self._cookie)
        line_at = self.base.replace("http", "ws") + f"/jupyter/api/kernels/{self.kernel}/channels"
        headers = {"Cookie": cookie, "Origin": self.base}
        address = f"{line_at}?session_id={self.session}"
        async with websockets.connect(address, additional_headers=headers, max_size=None) as line:
            reader = asyncio.create_task(self._read(line))
            control = uuid.uuid4().hex
            opening = {"comm_id": control, "target_name": "solara.control", "data": {}}
            await self._send(line, "comm_open", opening)
            args = {"path": "/explore?v=1&lang=en", "appName": None}
            await self._send(line, "comm_msg", {"comm_id": control, "data": {"method": "run", "args": args}})
            await asyncio.wait_for(self.shown.wait(), 90)
            self.opened = time.monotonic() - begun
            while time.monotonic() < end:
                await asyncio.sleep(self.random.uniform(0.8, 1.2) * every)
                self.shown.clear()
                moved = time.monotonic()
                await self._move(line)
                await asyncio.wait_for(self.shown.wait(), 60)
                self.waits.append(time.monotonic() - moved)
            reader.cancel()

    def _cookie(self) -> str:
        with urlopen(WebRequest(self.base + "/explore")) as answer:
            return "; ".join(c.split(";")[0] for c in answer.headers.get_all("set-cookie") or [])

    async def _send(self, line: Any, kind: str, content: dict[str, Any]) -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.session}
        header |= {"username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await line.send(json.dumps({**message, "channel": "shell", "buffers": []}))

    async def _move(self, line: Any) -> None:
        key = self.random.choice(list(MOVED))
        step, low = STEPS.get(key, 0.1), LOWEST.get(key, 0.0)
        value = round(low + step * self.random.randrange(MOVED[key]), 3)
        content = {"event": "move", "data": {key: value}}
        data = {"method": "custom", "content": content}
        await self._send(line, "comm_msg", {"comm_id": self.levers, "data": data})

    async def _read(self, line: Any) -> None:
        """Find the levers' comm and notice new figures; what a message holds besides is not looked at."""
        async for raw in line:
            text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
            if '"comm_open"' in text and '"chosen_case"' in text:
                self.levers = re.search(r'"comm_id": ?"([0-9a-f-]+)"', text).group(1)
            if '"items"' in text and "headline" in text:
                self.shown.set()
            if "gz-error" in text:
                self.errors.append("a page showed an error")


def cpu_seconds(server: psutil.Process) -> float:
    """Processor time of the server and its workers so far."""
    return sum(sum(p.cpu_times()[:2]) for p in [server, *server.children(recursive=True)])


def memory_mb(server: psutil.Process) -> float:
    """Proportional memory of the server and its workers, MB: what they share counts once."""
    found = [server, *server.children(recursive=True)]
    return sum(p.memory_full_info().pss for p in found if p.is_running()) / 1e6


async def crowd(
    base: str, server: psutil.Process, users: int, seconds: float, every: float
) -> dict[str, Any]:
    """All users, and the most memory taken meanwhile."""
    before, peak, cpu = memory_mb(server), 0.0, cpu_seconds(server)
    tabs = [User(base, number) for number in range(users)]
    work = asyncio.gather(*(tab.live(seconds, every, number * 0.3) for number, tab in enumerate(tabs)))
    while not work.done():
        await asyncio.sleep(3)
        peak = max(peak, await asyncio.to_thread(memory_mb, server))
    await work
    cpu = cpu_seconds(server) - cpu
    waits = sorted(wait for tab in tabs for wait in tab.waits)
    opened = sorted(tab.opened for tab in tabs if tab.opened is not None)
    for tab in tabs:
        with contextlib.suppress(OSError):
            close = f"{base}/_solara/api/close/{tab.kernel}?session_id={tab.session}"
            urlopen(WebRequest(close, method="POST", headers={"Origin": base}), timeout=10)
    await asyncio.sleep(10)
    return {
        "users": users,
        "changes": len(waits),
        "errors": [error for tab in tabs for error in tab.errors],
        **{
            f"seconds_p{p}": round(waits[min(len(waits) - 1, len(waits) * p // 100)], 2) for p in (50, 95, 99)
        },
        "seconds_longest": round(waits[-1], 2),
        "opened_p95": round(opened[len(opened) * 95 // 100], 2),
        "cpu_seconds_a_change": round(cpu / max(1, len(waits)), 3),
        "mb_before": round(before),
        "mb_peak": round(peak),
        "mb_after_all_have_left": round(memory_mb(server)),
        "load_average": [round(v, 1) for v in psutil.getloadavg()],
        "cores": psutil.cpu_count(),
    }


def main() -> None:
    """Start a server, let the crowd in, print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--every", type=float, default=10.0)
    asked = parser.parse_args()
    process = subprocess.Popen(
        [GONGZHI, "dashboard", "--port", "0", "--no-browser", "--lang", "en"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        base = re.search(r"http://\S+?:\d+", process.stdout.readline()).group()
        time.sleep(15)
        found = asyncio.run(
            crowd(base, psutil.Process(process.pid), asked.users, 60 * asked.minutes, asked.every)
        )
        print(json.dumps(found, indent=2))
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
