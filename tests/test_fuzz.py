"""A part of `tools/fuzz.py`: broken files of every kind the program reads, in processes that may take a gigabyte."""

import re
import subprocess
import sys
from pathlib import Path

import fuzz
import pytest

TOOL = Path(fuzz.__file__)
#: So many files of each kind; those that take long, such as folders with eight commands each, are fewer.
FILES = {"case": 30, "strategy": 30, "sweep": 30, "district": 15, "collection": 15, "table": 30, "folder": 8}
FILES |= {"class": 150, "link": 300}


def tried(kind, n, seed=1):
    command = [sys.executable, "-P", TOOL, "--inside", "--files", n, "--seed", seed, kind]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_broken_files_are_refused_without_a_traceback_a_hang_or_a_gigabyte(kind):
    done = tried(kind, FILES[kind])
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.fullmatch(rf"{kind}: {FILES[kind]} files, \d+ refused, [0-9a-f]{{16}}\n", done.stdout)
    assert re.search(rf"^{kind}: at most \d+ MB$", done.stderr, re.MULTILINE)


def test_the_same_seed_prints_the_same_of_its_files_and_another_another():
    once, again, other = (tried("link", 10, seed).stdout for seed in (5, 5, 6))
    assert once == again != other
