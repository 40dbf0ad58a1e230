"""What results and compiled code are told apart by: every source of the model."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiling.sources import sources, sources_digest

ROOT = Path(__file__).parents[1]
PACKAGES = ("agents", "compiling", "model")


def digest_of(root: Path) -> str:
    code = "from compiling.sources import sources_digest; print(sources_digest())"
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_every_source_counts_that_machine_code_is_made_of() -> None:
    counted = {name for name, _ in sources()}

    assert counted == {
        file.relative_to(ROOT).as_posix() for package in PACKAGES for file in (ROOT / package).rglob("*.py")
    }
    assert {"agents/rules/resident.py", "compiling/joining.py", "model/week/signing.py"} <= counted


@pytest.mark.parametrize("changed", ["compiling/joining.py", "compiling/exact.py", "model/week/voting.py"])
def test_a_changed_source_changes_the_digest(tmp_path: Path, changed: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = digest_of(tmp_path)
    with (tmp_path / changed).open("a", encoding="utf-8") as file:
        file.write("# another line\n")

    assert before == sources_digest()
    assert digest_of(tmp_path) != before


def test_the_digest_changes_with_what_else_counts() -> None:
    assert sources_digest() == sources_digest()
    assert sources_digest(b"Python 3.12") != sources_digest(b"Python 3.13") != sources_digest()
    assert len(sources_digest(size=12)) == 24
