"""Where a class is joined: the address others can reach, its QR code, and no code in what is sent to a server."""

import io
from urllib.parse import urlsplit

import pytest
import segno

from dashboard.entrance import entrance

CODE = "ABCDEFGH"


@pytest.mark.parametrize(
    ("origin", "names", "shown"),
    [
        ("http://10.1.2.3:8765", [], "10.1.2.3:8765/class"),
        ("https://classroom.example", ["other.example"], "classroom.example/class"),
        ("http://[2001:db8::1]:8765", [], "[2001:db8::1]:8765/class"),
        ("http://localhost:8765", ["127.0.0.1", "*", "Classroom.Local"], "classroom.local:8765/class"),
    ],
)
def test_the_address_is_the_teachers_own_or_a_name_that_others_may_use(origin, names, shown):
    assert entrance(origin, names, CODE, "zh").shown == shown


@pytest.mark.parametrize(
    "origin", ["http://localhost:8765", "http://127.0.0.1:1", "http://[::1]:1", "", "null", "ftp://x"]
)
def test_there_is_no_address_where_only_this_machine_reaches_the_server(origin):
    assert entrance(origin, ["localhost", "*"], CODE, "zh") is None


def test_the_code_is_behind_the_mark_that_no_browser_sends():
    way = entrance("http://10.1.2.3:8765", [], CODE, "en")
    address = urlsplit(way.address)
    assert address.fragment == CODE and CODE not in address.path + address.query + way.shown
    assert address.query == "lang=en"


def test_the_picture_is_the_address_dark_on_white_with_its_margin():
    way = entrance("http://10.1.2.3:8765", [], CODE, "en")
    code = segno.make(way.address, error="m", micro=False)
    drawn = io.BytesIO()
    code.save(
        drawn,
        kind="svg",
        border=4,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        nl=False,
    )
    assert way.picture() == drawn.getvalue().decode()
    side = code.symbol_size(border=4)[0]
    assert f'viewBox="0 0 {side} {side}"' in way.picture() and "<script" not in way.picture()
