"""Where a class is joined: the address on the projector, and the same as a QR code."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import segno

from dashboard.guard import host_name

#: How browsers on this machine may call it; no telephone reaches it by these.
LOCAL = ("localhost", "127.0.0.1", "::1")
#: Names by which other machines call a server that listens to them; the launcher says them.
NAMES: list[str] = []


@dataclass(frozen=True)
class Entrance:
    """The address of the page Classroom as other machines call it.

    shown : short, to be typed; address : in full, with the class's code behind `#`, which no browser sends to a server
    """

    shown: str
    address: str

    def picture(self) -> str:
        """The QR code as SVG: dark on white in dark mode too, with the margin that cameras need."""
        return segno.make(self.address, error="m", micro=False).svg_inline(
            omitsize=True, border=4, dark="#000", light="#fff"
        )


def entrance(origin: str, names: Sequence[str], code: str, lang: str) -> Entrance | None:
    """Where a class is joined; None where only this machine reaches the server.

    origin : of the teacher's own page, as its browser says it; names : by which others may call the server
    """
    here = urlsplit(origin)
    host = host_name(here.netloc)
    if host in (*LOCAL, ""):
        host = next((name for name in map(host_name, names) if name not in (*LOCAL, "", "*")), "")
    if not host or here.scheme not in ("http", "https"):
        return None
    written = f"[{host}]" if ":" in host else host
    port = f":{here.port}" if here.port else ""
    query = urlencode({"lang": lang})
    return Entrance(f"{written}{port}/class", f"{here.scheme}://{written}{port}/class?{query}#{code}")
