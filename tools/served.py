"""A dashboard in a process of its own, for those who look at its pages or crowd it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GONGZHI = str(Path(sys.executable).parent / "gongzhi")
#: The whole page stands, its last line too, and nothing is waited for.
IDLE = (
    "() => document.querySelector('main h1') && document.querySelector('main .gz-foot')"
    " && [...document.querySelectorAll('.gz-progress')].every(e => e.style.visibility === 'hidden')"
)


def start(*options: str, port: int = 0) -> tuple["subprocess.Popen[str]", str]:
    """Start one; returns its process and its address, once it has said it. Raises RuntimeError if it ends before."""
    process = subprocess.Popen(
        [GONGZHI, "dashboard", "--no-browser", "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    while not (found := re.search(r"http://\S+?:\d+", said)):
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the dashboard ended: {said}")
        said += line
    return process, found.group()


def stop(process: "subprocess.Popen[str]") -> None:
    """End it, and wait until it has."""
    process.terminate()
    process.wait(20)


@contextmanager
def served(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A dashboard that ends with the block: its process and its address."""
    process, base = start(*options)
    try:
        yield process, base
    finally:
        stop(process)
