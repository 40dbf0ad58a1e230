"""`gongzhi results show` of a collection: what the rows in its folder come to, as its run printed it."""

from typing import Any

from commands.collection_tables import data_of_rows, print_summary
from commands.console import results, say
from commands.group import RunFailed, WrongInput
from commands.knowing import know
from commands.wording import print_json
from model.brought import Brought
from model.specification import Scenario
from scenarios.collected.runs import Drawn
from scenarios.collected.summary import Summary, columns_read, summarised
from scenarios.files.collectionfile import Collection
from scenarios.store import Opened, StoreError


def show_collection(found: Opened, lang: str, *, as_json: bool) -> None:
    """Print the summary of the compounds that are there; raises RunFailed for damaged rows, WrongInput for none."""
    try:
        manifest = found.manifest
        know(Brought.remembered(manifest.get("own")))
        summary = _summary(found)
    except StoreError as error:
        raise RunFailed(str(error)) from None
    drawn = _drawn(found, manifest)
    if as_json:
        print_json({"command": manifest.get("command", ""), **data_of_rows(summary, drawn)})
        return
    console = results()
    print_summary(console, summary, str(manifest.get("command", "")), drawn, lang)
    left = drawn.collection.compounds - summary.compounds
    if left:
        console.print(say("collections.not_there", lang, n=f"{left:,}"))


def _summary(found: Opened) -> Summary:
    rows = found.compounds()
    missing = [name for name in columns_read() if name not in rows]
    if missing:
        raise StoreError(
            f"{found.store.folder}: no column {missing[0]!r} in its rows; expected those of this version of the "
            "program"
        )
    return summarised({name: rows[name].to_numpy() for name in columns_read()})


def _drawn(found: Opened, manifest: dict[str, Any]) -> Drawn:
    """What was run, as the manifest has it. Raises WrongInput where it does not say."""
    run: Any = manifest.get("run")
    try:
        scenario = Scenario.model_validate(run["scenario"])
        return Drawn(scenario, Collection.model_validate(run["collection"]), int(run["seed"]))
    except (KeyError, ValueError, TypeError):
        raise WrongInput(
            f"{found.store.folder}: its manifest does not say what was run; expected one by this version of the "
            "program"
        ) from None
