"""How pages are looked at by tests and benchmarks: in Debian's Chromium, every host but this machine blocked."""

import shutil

from playwright.sync_api import Browser, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
#: By this name a browser here calls the server as one on another machine would.
ELSEWHERE = "classroom.test"
ONLY_HERE = (
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1 , MAP * ~NOTFOUND , "
    "EXCLUDE localhost , EXCLUDE 127.0.0.1"
)
MISSING = "no chromium: `make browser` installs it"


def launch(play: Playwright) -> Browser:
    """Start it. Raises FileNotFoundError where there is none."""
    if CHROMIUM is None:
        raise FileNotFoundError(MISSING)
    return play.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, ONLY_HERE])
