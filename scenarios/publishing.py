"""Files of a folder that come to be there together: written where nobody looks, and moved when all are complete.

A folder that is there stays the folder it is, with its owner, its permissions and who stands in it: it may be the one a
shell is in, or a disk of its own, which can be neither removed nor renamed.
"""

import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path


def scratch_for(place: Path, suffix: str = "") -> Path:
    """A new hidden folder on the disk of `place`: within it where it is there, else beside it. Raises OSError."""
    home = place if place.is_dir() else place.parent
    return Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=suffix, dir=home))


def publish(made: Path, place: Path, last: str, earlier: Iterable[str] = ()) -> None:
    """Make what lies in a scratch folder what lies in `place`.

    last : the file that says that all are there. Into a folder that is there the others come first, one by one, and
        whatever stops that leaves a folder without this one.
    earlier : names of files there that an earlier writer has left; these go. Others stay.
    Raises OSError.
    """
    if not place.is_dir():
        made.chmod(made.stat().st_mode & stat.S_ISGID | 0o777 & ~_umask())
        made.rename(place)
        return
    (place / last).unlink(missing_ok=True)
    remove_inside(place, (place / name for name in earlier))
    paths = sorted(path for path in made.rglob("*") if path.is_file() and path != made / last)
    for path in [*paths, made / last]:
        goal = place / path.relative_to(made)
        goal.parent.mkdir(parents=True, exist_ok=True)
        path.replace(goal)


def remove_inside(place: Path, files: Iterable[Path]) -> None:
    """Remove files, but none outside the folder: they may come from a manifest that somebody has edited."""
    inside = place.resolve()
    for file in files:
        try:
            old = file.resolve()
            if old.is_relative_to(inside) and old.is_file():
                old.unlink()
        except ValueError:  # no name of a file
            continue


def _umask() -> int:
    """The permissions a new folder would not get; mkdtemp gives none to others."""
    with tempfile.TemporaryDirectory() as scratch:
        probe = Path(scratch) / "probe"
        probe.mkdir()
        return 0o777 & ~probe.stat().st_mode
