"""`gongzhi cases`: what there is to run, and what the documents claim.

Reads names and numbers straight from the shipped files, which the tests check in full: a list should not wait for
the model.
"""

import tomllib
from importlib.resources import files
from typing import Any

from rich.table import Table
from rich.text import Text

from commands.console import PlainTable, results, say
from commands.wording import print_json, word
from model.instruments import INSTRUMENTS, Instrument, Legality

#: Where many compounds are run at once.
_HEADINGS = {"districts": "list_districts", "collections": "collections.listed"}
_SIZES = {"district": ("compounds", "buildings", "households"), "collection": ("compounds", "households")}


def list_all(*, as_json: bool, lang: str) -> None:
    """Print everything that can be run, as tables or as JSON."""
    listing = {
        "cases": [_case(data) for data in _shipped("cases")],
        "presets": [_case(data) for data in _shipped("presets")],
        "districts": [_district(data) for data in _shipped("districts")],
        "collections": [_collection(data) for data in _shipped("collections")],
        "strategies": [_strategy(data) for data in _shipped("strategies")],
    }
    if as_json:
        print_json(listing)
        return
    console = results()
    other = "en" if lang == "zh" else "zh"
    for kind in ("cases", "presets"):
        console.print(say(f"list_{kind}", lang), style="bold")
        console.print(_compound_table(listing[kind], lang, other))
        console.print()
    for kind in ("districts", "collections"):
        console.print(say(_HEADINGS[kind], lang), style="bold")
        console.print(_group_table(listing[kind], kind.removesuffix("s"), lang, other))
        console.print()
    console.print(say("list_strategies", lang), style="bold")
    console.print(_strategy_table(listing["strategies"], lang, other))
    console.print()
    console.print(say("list_claims", lang), style="bold")
    console.print(_claim_table(listing["cases"], lang))
    console.print(say("list_claims_note", lang))


def _shipped(kind: str) -> list[dict[str, Any]]:
    folder = files("scenarios") / kind
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return [tomllib.loads(f.read_text(encoding="utf-8")) for f in found]


def _case(data: dict[str, Any]) -> dict[str, Any]:
    default = data.get("default_compound") or next(iter(data["compounds"]))
    return {
        "id": data["id"],
        "zh": data["zh"],
        "en": data["en"],
        "strategy": data["strategy"],
        "default_compound": default,
        "compounds": [
            {
                "id": name,
                "zh": compound["zh"],
                "en": compound["en"],
                "households": compound["households"]["value"],
                "default": name == default,
            }
            for name, compound in data["compounds"].items()
        ],
        "claims": data.get("claims", []),
        "caveats": data.get("caveats", []),
    }


def _district(data: dict[str, Any]) -> dict[str, Any]:
    return {**_case(data), "district": _sizes(data, "district")}


def _collection(data: dict[str, Any]) -> dict[str, Any]:
    return {**_case(data), "collection": _sizes(data, "collection")}


def _sizes(data: dict[str, Any], kind: str) -> dict[str, int]:
    return {name: data[kind][name]["value"] for name in _SIZES[kind]}


def _strategy(data: dict[str, Any]) -> dict[str, Any]:
    uses = [name for name, use in data.get("instruments", {}).items() if use.get("intensity", 1.0) > 0]
    legality = {name: INSTRUMENTS[Instrument[name.upper()]].legality for name in uses}
    marked = {name: str(legal) for name, legal in legality.items() if legal is not Legality.LAWFUL}
    return {**{key: data[key] for key in ("id", "zh", "en", "note_zh", "note_en")}, "not_lawful": marked}


def _compound_table(cases: list[dict[str, Any]], lang: str, other: str) -> Table:
    table = _table(lang, "name", "called", "called_too")
    table.add_column(word("column_households", lang), justify="right")
    table.add_column(word("column_default_strategy", lang))
    for case in cases:
        for compound in case["compounds"]:
            name = case["id"] if compound["default"] else f"{case['id']}/{compound['id']}"
            labels = [_label(case, compound, language) for language in (lang, other)]
            table.add_row(name, *labels, str(compound["households"]), case["strategy"])
    return table


def _group_table(groups: list[dict[str, Any]], kind: str, lang: str, other: str) -> Table:
    table = _table(lang, "name", "called", "called_too")
    for size in _SIZES[kind]:
        table.add_column(word(f"column_{size}", lang), justify="right")
    table.add_column(word("column_default_strategy", lang))
    for group in groups:
        sizes = [f"{n:,}" for n in group[kind].values()]
        table.add_row(group["id"], group[lang], group[other], *sizes, group["strategy"])
    return table


def _label(case: dict[str, Any], compound: dict[str, Any], lang: str) -> str:
    same = case[lang] == compound[lang]
    return str(case[lang]) if same else f"{case[lang]} · {compound[lang]}"


def _strategy_table(strategies: list[dict[str, Any]], lang: str, other: str) -> Table:
    table = _table(lang, "name", "called", "called_too", "legality")
    for strategy in strategies:
        marks = sorted(set(strategy["not_lawful"].values()), reverse=True)
        legality = Text(", ".join(word(f"legality.{mark}", lang) for mark in marks), style="bold red")
        table.add_row(strategy["id"], strategy[lang], strategy[other], legality)
    return table


def _claim_table(cases: list[dict[str, Any]], lang: str) -> Table:
    """The claims that stand beside a simulated outcome; --json has them all."""
    table = _table(lang, "case", "claim", "claimed_by", "missing")
    for case in cases:
        claims = [claim for claim in case["claims"] if claim.get("outcome")]
        for claim in claims:
            table.add_row(case["id"], claim[lang], claim["claimed_by"][lang], claim["missing"][lang])
        if not claims:
            table.add_row(case["id"], word("no_claim", lang), "", "")
    return table


def _table(lang: str, *columns: str) -> Table:
    table = PlainTable()
    for column in columns:
        table.add_column(word(f"column_{column}", lang))
    return table
