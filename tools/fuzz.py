"""Give the program files of every kind it reads, broken in every way, and see that it says what is wrong with each.

    python tools/fuzz.py                          10,000 files of every kind (about two hours on one core)
    python tools/fuzz.py --files 300 case link    fewer, of some kinds

Half of the files are shipped ones with a few places changed, half have the structure of one and values of any kind.
Each is read as the command or the page reads it, in a process of its kind that may take a gigabyte. A file fails where
anything but the program's own refusal comes out of it, or nothing within ten seconds; it is made as small as it can be
and shown. The same seed gives the same files. Needs nothing but the environment of `make dev`.
"""

import argparse
import atexit
import contextlib
import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "scenarios"
LONGEST_SECONDS = 10
MOST_BYTES = 1_000_000_000
CODE = "ABCDEFGH"

#: What people, editors and spreadsheets put where something else belongs, and what tries the reader.
PIECES = [
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\xff", b"\xba\xbc", b"\r\n", b"\n", b"\t", b" ", b"#", b'"', b"'", b'"""',
    b"=", b".", b",", b";", b"[", b"]", b"[[", b"]]", b"{", b"}", b"{}", b"[]", b":", b"~", b"&", b"%", b"%00", b"+",
    b"nan", b"inf", b"-inf", b"1e400", b"-1", b"0", b"-0.0", b"0.1", b"1e-320", b"9" * 400, b"9" * 5000, b"1_000",
    b"0x7f", b"true", b"TRUE", b"null", b"1,234.5", b"80%", b"2024-02-30", b"=1+1", b"../../etc/passwd",
    b"/dev/zero", b"~",
    "＝“”０．５，；：【】。".encode(), "共治".encode(), "\u202e\u200b\u0007".encode(), b"\xed\xa0\x80",
    b"\\ud800", b"\\",
    b"a" * 300, b"a." * 300, b"[" * 2000, b"{a=" * 500, b'{"a":' * 2000, b"x = 1\n" * 50, b"1," * 3000,
    b"\nid = 'x'\n", b"\n[levers]\n", b"\n[design]\nkind = 'grid'\n", b"\nconsent_gate = [0.5, 0.9]\n",
    b"steps = 10000", b"n = 100000000", b"seeds = 1000000", b"households = 1000000000", b"compounds = 1000000",
]  # fmt: skip

type Read = Callable[[Path, bytes], None]


# -- files -------------------------------------------------------------------------------------------------------


@st.composite
def mutated(draw: Any, originals: tuple[bytes, ...]) -> bytes:
    """A valid file with one to six places changed: cut, doubled, swapped, or with something else in them."""
    raw = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        end = min(len(raw), at + draw(st.sampled_from((0, 0, 1, 1, 2, 4, 8, 40, 400))))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            new = b""
        elif kind == 1:
            new = raw[at:end] * 2
        elif kind == 2:
            new = draw(st.binary(max_size=6))
        else:
            new = draw(st.sampled_from(PIECES))
        raw = raw[:at] + new + raw[end:]
    return raw


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["plausible", "share", "A", "none", "danwei_courtyard", "", "a" * 300, "=1+1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["low", "high", "values", "value", "unit", "steps", "id", "x"]), inner
        )
    ),
    max_leaves=8,
)


@st.composite
def structured(draw: Any, originals: tuple[bytes, ...], parse: Any, write: Any) -> bytes:
    """The structure of a valid file with up to eight values that are of any kind, gone, or under another name."""
    data = parse(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 8))):
        places = list(_places(data))
        if not places:
            break
        inside, key = draw(st.sampled_from(places))
        kind = draw(st.integers(0, 9))
        if kind == 0:
            del inside[key]
        elif kind == 1 and isinstance(inside, dict):
            inside[draw(st.text(min_size=1, max_size=8))] = inside.pop(key)
        elif kind == 2 and isinstance(inside, dict):
            inside[draw(st.sampled_from(_all_keys(originals, parse)))] = inside[key]
        else:
            inside[key] = draw(ANYTHING)
    return bytes(write(data))


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every key of every table and item of every list."""
    for key in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from _places(data[key])


@cache
def _all_keys(originals: tuple[bytes, ...], parse: Any) -> list[str]:
    return sorted({key for raw in originals for _, key in _places(parse(raw)) if isinstance(key, str)})


def from_toml(raw: bytes) -> Any:
    """The tables of a TOML file."""
    return tomllib.loads(raw.decode())


def to_toml(data: dict[str, Any]) -> bytes:
    """Tables as TOML, each value in a line."""
    lines = [f"{_toml(key)} = {_toml_value(value)}" for key, value in data.items()]
    return "\n".join(lines).encode("utf-8", "replace")


def _toml(text: str) -> str:
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml_value(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, str):
        return _toml(value)
    return json.dumps(value).replace("NaN", "nan").replace("Infinity", "inf").replace("null", '""')


def to_json(data: Any) -> bytes:
    """Data as JSON."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")


# -- kinds: what is read, and how ------------------------------------------------------------------------------------


def _files(*folders: str) -> tuple[bytes, ...]:
    return tuple(
        file.read_bytes() for folder in folders for file in sorted((SHIPPED / folder).glob("*.toml"))
    )


def _check(kind: str) -> Read:
    def read(folder: Path, raw: bytes) -> None:
        from commands.files import check_files

        (folder / "mine.toml").write_bytes(raw)
        check_files(files=(str(folder / "mine.toml"),), kind=kind, own=None, lang="en")

    return read


SWEEP_OF_TABLE = """id = "mine"
cases = ["danwei_courtyard"]
[design]
kind = "table"
table = "design.csv"
[levers]
consent_gate = {low = 0.5, high = 0.95}
alters_common_parts = [true, false]
[uncertainties]
horizon_weeks = {low = 10, high = 60}
"""
SMALL_SWEEP = """id = "mine"
cases = ["danwei_courtyard"]
seeds = 2
outcomes = ["gate_week", "final_valid_consent"]
weekly = ["valid_consent"]
[levers]
consent_gate = [0.5, 0.9]
[constants]
horizon_weeks = 5
"""
TABLES = (
    b"consent_gate,alters_common_parts,horizon_weeks\n0.5,true,20\n0.75,false,30\n",
    b'\xef\xbb\xbfpoint;horizon_weeks;consent_gate;alters_common_parts\r\n0;20;0,5;TRUE\r\n1;"30";0,75;FALSE\r\n',
)


def read_table(folder: Path, raw: bytes) -> None:
    """A design table, through the sweep that names it; and as a table of runs that is analysed."""
    from scenarios.analysis.problem import AnalysisError
    from scenarios.analysis.sweeps import open_source

    (folder / "design.csv").write_bytes(raw)
    with contextlib.suppress(AnalysisError):
        open_source(folder / "design.csv")
    _check("sweep")(folder, SWEEP_OF_TABLE.encode())


def read_class(folder: Path, raw: bytes) -> None:
    """A class that was kept, as a server takes it up, shows it and keeps it again."""
    from dashboard.class_files import ClassFolder
    from dashboard.classes import Classes

    (folder / f"{CODE}.json").write_bytes(raw)
    classes = Classes()
    problems = classes.keep_in(ClassFolder(folder))
    room = classes.find(CODE)
    if room is None:
        assert problems or not classes.damaged
        return
    json.dumps(room.table(), allow_nan=False).encode()
    for seat, group in room.groups.items():
        for holder in group.holders:
            classes.report(CODE, holder, seat, group.turns, {"headline": 0.5})


def a_class() -> bytes:
    """A class of two groups, one of which has played."""
    from dashboard.class_files import FORMAT
    from dashboard.classes import Class, Group
    from dashboard.game import Turn

    group = Group(
        "青梅组",
        holders=("1" * 32,),
        turns=(Turn(hours=2.0), Turn()),
        draft=Turn(example=0.6),
        figures={"headline": 0.4},
    )
    groups = {"1": group, "2": Group("Pear")}
    room = Class(CODE, "danwei_courtyard", hosts=("0" * 32,), groups=groups, touched=4e9)
    return to_json({"format": FORMAT, **room.table()})


LINKS = (
    b"v=1&case=jinjiang&strategy=pressure&lang=en",
    b"case=hangzhou/chengjian_gongyu&strategy=full_bundle&gate=0.9&p.support_rate=0.1",
    b"case=jinjiang&plans=none:p.support_rate=0.1~pressure:gate=0.8&code=ABCDEFGH&seat=1&curve=a&folder=b",
)


def read_link(_: Path, raw: bytes) -> None:
    """The part of an address behind the question mark, as a page takes it up."""
    from dashboard.asking import (
        LinkError,
        from_query,
        kept_in,
        language_in,
        plans_in,
        possible,
        seat_in,
        to_query,
    )

    query = raw.decode("utf-8", "surrogateescape")
    lang = language_in(query)
    kept_in(query), seat_in(query)
    try:
        request = from_query(query, lang)
        plans = plans_in(query, request.case, lang)
    except LinkError:
        return
    for one in (request, *plans):
        possible(one, lang)
        assert from_query(to_query(one, lang), lang) == one


def read_folder(folder: Path, raw: bytes) -> None:
    """A folder of results with another manifest, progress or part: its commands, its analysis, the dashboard's page."""
    from click.testing import CliRunner

    from commands.cli import main
    from dashboard import sweep_folders
    from scenarios.analysis.problem import AnalysisError
    from scenarios.analysis.sweeps import open_source

    which, content = raw[:1], raw[1:]
    place = folder / "out"
    shutil.copytree(results_folder(), place)
    parts = sorted((place / "parts").iterdir())
    by_letter = {b"p": place / "progress.json", b"r": parts[-1], b"d": parts[0]}
    file = by_letter.get(which, place / "manifest.json")
    if which == b"m":  # one that its own checksum fits: whoever writes a manifest by hand can do that, too
        content = _signed(content)
    file.write_bytes(content)
    os.environ["GONGZHI_RESULTS"] = str(folder)
    sweep_folders.folders()
    for command in (
        ["verify"],
        ["show"],
        ["show", "--json"],
        ["export", "--to", "csv", "-o", str(folder / "x.csv")],
        ["export", "--to", "ro-crate", "-o", str(folder / "crate")],
        ["export", "--to", "netcdf", "-o", str(folder / "x.nc")],
        ["compact"],
    ):
        done = CliRunner().invoke(main, ["results", command[0], str(place), *command[1:]])
        if "--debug" in done.output or (done.exception and not isinstance(done.exception, SystemExit)):
            raise AssertionError(f"results {command[0]}: {done.output[-300:]}") from done.exception
    with contextlib.suppress(AnalysisError):
        open_source(place)


def _signed(content: bytes) -> bytes:
    from scenarios.store.store import _checksum

    try:
        data = json.loads(content)
        return to_json({**data, "sha256": _checksum({k: v for k, v in data.items() if k != "sha256"})})
    except (ValueError, TypeError, RecursionError):
        return content


@cache
def results_folder() -> Path:
    """The results of a small sweep, made once."""
    place = Path(tempfile.mkdtemp(prefix="gongzhi-fuzz-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    (place / "mine.toml").write_text(SMALL_SWEEP, "utf-8")
    command = [
        sys.executable,
        "-P",
        "-m",
        "commands.cli",
        "sweep",
        "mine.toml",
        "-o",
        "out",
        "--workers",
        "0",
        "-q",
    ]
    subprocess.run(command, cwd=place, check=True)
    return place / "out"


def results_files() -> dict[bytes, bytes]:
    """The files of that folder that are read, each by the letter that begins it here."""
    place = results_folder()
    parts = sorted((place / "parts").iterdir())
    files = {b"m": place / "manifest.json", b"p": place / "progress.json", b"d": parts[0], b"r": parts[-1]}
    return {letter: file.read_bytes() for letter, file in files.items()}


def of_kind(kind: str) -> tuple[Any, Read, bytes]:
    """What files of a kind there are to draw, how one is read, and a valid one."""
    toml = {
        "case": (("cases", "presets"), "case"),
        "strategy": (("strategies",), "strategy"),
        "sweep": (("sweeps",), "sweep"),
        "district": (("districts",), "case"),
        "collection": (("collections",), "case"),
    }
    if kind in toml:
        folders, read_as = toml[kind]
        originals = _files(*folders)
        return mutated(originals) | structured(originals, from_toml, to_toml), _check(read_as), originals[0]
    if kind == "table":
        return mutated(TABLES), read_table, TABLES[0]
    if kind == "class":
        originals = (a_class(),)
        return mutated(originals) | structured(originals, json.loads, to_json), read_class, originals[0]
    if kind == "link":
        return mutated(LINKS), read_link, LINKS[0]
    files = results_files()
    bytes_changed = st.one_of(
        *(mutated((raw,)).map(lambda b, letter=letter: letter + b) for letter, raw in files.items())
    )
    json_changed = st.one_of(
        *(
            structured((files[letter],), json.loads, to_json).map(lambda b, letter=letter: letter + b)
            for letter in (b"m", b"p")
        )
    )
    return bytes_changed | json_changed, read_folder, b"m" + files[b"m"]


KINDS = ("case", "strategy", "sweep", "district", "collection", "table", "class", "link", "folder")


# -- one kind in a process of its own ------------------------------------------------------------------------------


class HangError(BaseException):
    """A file took longer than anybody waits; no `except Exception` of the program catches it."""


def _hang(*_: object) -> None:
    raise HangError(f"took more than {LONGEST_SECONDS} s")


def try_kind(kind: str, n: int, chosen: int) -> None:
    """Draw and read files of a kind; print how many and which they were, and aside how large the process became."""
    from scenarios.files.problems import ScenarioError

    drawn, read, valid = of_kind(kind)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        read(Path(folder), valid)  # whatever is imported once
    # Of addresses, of which threads and libraries take more than they use; of memory in use see below.
    resource.setrlimit(resource.RLIMIT_DATA, (4 * MOST_BYTES, 4 * MOST_BYTES))
    signal.signal(signal.SIGALRM, _hang)
    signal.signal(signal.SIGPROF, _hang)
    seen = {"files": 0, "refused": 0}
    digest = hashlib.sha256()

    @seed(chosen)
    @settings(
        max_examples=n,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(drawn)
    def each(raw: bytes) -> None:
        seen["files"] += 1
        digest.update(raw)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            # Of its own time; and of anybody's, should it wait for something.
            signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
            signal.alarm(6 * LONGEST_SECONDS)
            try:
                with contextlib.redirect_stderr(io.StringIO()):
                    read(Path(folder), raw)
            except (ScenarioError, SystemExit):
                seen["refused"] += 1
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.alarm(0)
        assert peak_bytes() < MOST_BYTES, "took more than a gigabyte"

    try:
        each()
    finally:  # how many there were before one that failed, too
        counted = f"{seen['files']:,} files, {seen['refused']:,} refused"
        print(f"{kind}: {counted}, {digest.hexdigest()[:16]}", flush=True)
        # Measured, and so another at each run: beside what the same seed gives again, not in it.
        print(f"{kind}: at most {peak_bytes() // 10**6:,} MB", file=sys.stderr, flush=True)


def peak_bytes() -> int:
    """The most memory this process has had in use."""
    status = Path("/proc/self/status")
    if (
        status.exists()
    ):  # on Linux `getrusage` tells the peak of whoever began this process, where that was more
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        assert found is not None
        return 1024 * int(found[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def arguments() -> argparse.ArgumentParser:
    """What this tool understands."""
    parser = argparse.ArgumentParser(description="Give the program broken files of every kind it reads.")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help="default: all")
    parser.add_argument("--files", type=int, default=10_000, help="files of each kind (default 10,000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def main() -> int:
    """Try every kind, one after the other, each in a process of its own."""
    options = arguments().parse_args()
    kinds = options.kinds or KINDS
    if options.inside:
        try_kind(kinds[0], options.files, options.seed)
        return 0
    command = [
        sys.executable,
        "-P",
        __file__,
        "--files",
        str(options.files),
        "--seed",
        str(options.seed),
        "--inside",
    ]
    failed = [kind for kind in kinds if subprocess.run([*command, kind]).returncode]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
