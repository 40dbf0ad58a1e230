"""`gongzhi results cite`: how to cite a folder of results, and the program that made it."""

from pathlib import Path
from typing import Any, Literal

from commands.console import results
from commands.folder import MANIFEST, read_manifest
from commands.group import WrongInput
from commands.wording import print_json
from scenarios.collected.folder import TABLE as COMPOUNDS
from scenarios.store import Store, StoreError
from scenarios.store.citing import in_bibtex, in_words, made
from scenarios.store.store import manifest_as_it_is


def cite(
    *,
    folder: str,
    form: Literal["both", "text", "bibtex"],
    authors: tuple[str, ...],
    lang: str,
    as_json: bool,
) -> None:
    """Print the citation of the program and of the results. Raises WrongInput where there are none of ours."""
    manifest, done = _found(Path(folder))
    try:
        found = made(manifest, done)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongInput(
            f"{Path(folder) / MANIFEST}: {error} is missing or of another kind; expected the manifest of results"
        ) from None
    sentences, entries = in_words(found, authors, lang), in_bibtex(found, authors, lang)
    if as_json:
        print_json({"text": sentences, "bibtex": entries, "digest": found.digest})
        return
    parts = {"both": [*sentences, entries], "text": sentences, "bibtex": [entries]}[form]
    results().print("\n\n".join(part.rstrip("\n") for part in parts), soft_wrap=True)


def _found(folder: Path) -> tuple[dict[str, Any], int | None]:
    """The manifest, and how many runs of a store have their outcomes; None of other folders."""
    manifest = read_manifest(folder)
    if not manifest:
        try:
            if folder.is_dir():
                manifest_as_it_is(folder)
        except FileNotFoundError:
            pass
        except StoreError as error:
            raise WrongInput(str(error)) from None
        expected = "expected a folder that a command of gongzhi has written"
        raise WrongInput(f"{folder}: no results here; {expected}")
    if "sha256" not in manifest:
        return manifest, None
    collected = "run" in manifest
    store = Store(folder, main=COMPOUNDS) if collected else Store(folder)
    try:
        return store.manifest, len(store.keys()) if collected else _with_outcomes(store)
    except StoreError as error:
        raise WrongInput(str(error)) from None


def _with_outcomes(store: Store) -> int:
    """Runs of a sweep that ended well."""
    rows = store.table(columns=["status"])
    return rows["status"].to_pylist().count("ok") if rows.num_rows else 0
