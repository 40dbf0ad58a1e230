"""A folder of results that is complete or not there at all.

Everything is written to a hidden folder beside the target, or in it where it is there, and moved when it is complete.
`manifest.json` lists the files written, so that a later run replaces those and nothing else.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commands.group import RunFailed, WrongInput, unwritable
from scenarios.publishing import publish, scratch_for
from scenarios.reading import names_in, read_json

MANIFEST = "manifest.json"
TOOL = "gongzhi"
#: Where in the folder of a search its generations are kept, each whole.
GENERATIONS = "generations"


@contextmanager
def output_folder(target: str | Path, *, force: bool = False, only_over: str = "") -> Iterator[Path]:
    """A folder to write to, which becomes `target` when the block ends well and vanishes when it does not.

    force : write into a folder that holds files; those of an earlier run are replaced, others are kept
    only_over : without force, replace the results of an earlier run of this command, and of no other
    Rows of a sweep, a collection or a calibration, and generations of a search, are never written over.
    Raises WrongInput where `target` cannot be written to or holds files, before anything is run.
    """
    place = _resolved(target)
    earlier = read_manifest(place)
    held = _files_in(place, target)
    if held and not (force or (only_over and earlier.get("made_by") == only_over)):
        raise WrongInput(_refusal(target, held, earlier, only_over))
    if _holds_rows(place):  # hours of work, maybe, of which the manifest says what they are
        raise WrongInput(
            f"--out {str(target)!r}: holds the rows of a sweep, collection or calibration, which --force does not "
            "replace; expected another folder"
        )
    refuse_generations(place, target)
    made = _missing_parents(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = scratch_for(place, ".partial")
    except OSError as error:
        _remove_empty(made)
        raise unwritable("--out", target, error) from None
    complete = False
    try:
        yield partial
        files = earlier.get("files")
        publish(partial, place, MANIFEST, files if isinstance(files, dict) else ())
        complete = True
    except OSError as error:
        raise RunFailed(f"--out {str(target)!r}: writing failed ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not complete:
            _remove_empty(made)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What a folder that goes on cannot take leaves as RunFailed, which says why and what to do; nothing is removed."""
    from scenarios.store.files import StoreError, in_words  # a start waits for it

    try:
        with in_words(folder / MANIFEST):
            yield
    except StoreError as error:
        if isinstance(error.__cause__, BrokenPipeError):  # of who reads the progress
            raise error.__cause__ from None
        raise RunFailed(str(error)) from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an earlier run, or an empty one where there is none of ours."""
    try:
        found = read_json(folder / MANIFEST)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("tool") == TOOL else {}


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write the manifest, last: with the hash of every file the folder holds."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): _hash(path) for path in paths}
    text = json.dumps(
        {"tool": TOOL, **content, "files": files}, ensure_ascii=False, indent=2, allow_nan=False
    )
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _resolved(target: str | Path) -> Path:
    if not str(target):
        raise WrongInput("--out '': expected a folder")
    try:
        return Path(target).expanduser().resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL character, a loop of links, an unknown user
        raise WrongInput(f"--out {str(target)!r}: not a path") from None


def _holds_rows(place: Path) -> bool:
    """Whether a store has rows there. What reads them is loaded only where there may be some: a start waits for it."""
    if not (place / "parts").is_dir():
        return False
    from scenarios.store import Store

    return bool(Store(place).parts())


def refuse_generations(place: Path, target: str | Path) -> None:
    """Raise WrongInput where a search keeps its generations, which are hours of work, too, whatever a manifest says."""
    if not (place / GENERATIONS).is_dir():
        return
    from scenarios.analysis.search import SETTINGS

    if (place / GENERATIONS / SETTINGS).exists():
        raise WrongInput(
            f"--out {str(target)!r}: holds the generations of a search, which --force does not replace; expected "
            "another folder"
        )


def _files_in(place: Path, target: str | Path) -> str:
    """What lies there, in words; nothing where it is empty. Raises WrongInput where it cannot be written to."""
    try:
        if place.exists() and not place.is_dir():
            raise WrongInput(f"--out {str(target)!r}: is a file; expected a folder")
        return names_in(place)
    except OSError as error:
        raise WrongInput(f"--out {str(target)!r}: cannot be used ({error.strerror})") from None


def _refusal(target: str | Path, held: str, earlier: dict[str, Any], only_over: str) -> str:
    if earlier:
        held = f"results of gongzhi {earlier.get('made_by')}"
    else:
        held = f"{held}, which gongzhi has not written"
    forced = "" if only_over else ", or --force to replace earlier results"
    return f"--out {str(target)!r}: holds {held}; expected an empty folder{forced}"


def _missing_parents(place: Path) -> list[Path]:
    """Folders above that do not exist yet, innermost first."""
    return [folder for folder in place.parents if not folder.exists()]


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
