"""How to cite: the program, and a folder of results by the program that made it and a digest of what was run.

A digest is the same for whoever runs the same sweep or command with the same code, and for nobody else.
"""

import re
import shlex
from collections.abc import Sequence
from importlib.metadata import PackageMetadata, metadata
from typing import Any, NamedTuple

from scenarios.catalogue import text
from scenarios.store.keys import key_of
from scenarios.store.manifest import model_code

#: Of a manifest, what does not change what comes out of a run.
_BESIDE = "tool command commands date language platform versions commit hashes files model_code".split()
#: Of a manifest that says what was asked of which results, what makes the answer what it is: not its words.
_ASKED = ("made_by", "code", "asked")
#: Options that say where to write and how to print: those with a value of their own, and those without.
_VALUED, _BARE = ("--out", "-o", "--lang"), ("--quiet", "-q", "--json", "--force", "--debug")
_COMMIT_SHOWN = 12
_BIBTEX = str.maketrans(
    {**{c: f"\\{c}" for c in "&%$#_{}"}, "\\": r"\textbackslash{}", "~": r"\~{}", "^": r"\^{}"}
)


class Made(NamedTuple):
    """What a citation says of a folder of results.

    name : of the sweep, or the command; digest : of what was run; done, runs : how many of how many; no runs: 0
    seeds : first and last; year : in which it was made; version, commit : of the program
    code : digest of the model's code alone, the same in every folder that one version of it wrote
    """

    name: dict[str, str]
    id: str
    digest: str
    done: int
    runs: int
    seeds: tuple[int, int] | None
    year: str
    version: str
    commit: str
    code: str


def title_of(summary: str) -> str:
    """The title of the program, from its one-line description."""
    return f"Gongzhi {summary.partition(' (')[0]}"


def authors_of(installed: PackageMetadata) -> str:
    """Who wrote the program."""
    return installed["Author"] or installed["Author-email"]


def made(manifest: dict[str, Any], done: int | None = None) -> Made:
    """What the manifest of a folder says of its results.

    done : runs that have their outcomes; all where None
    Raises KeyError, with its name, for what the manifest does not say.
    """
    command, date = _last_command(manifest)
    described = manifest.get("described", {})
    typed = _without_place(command)
    runs = int(manifest.get("different_runs", manifest.get("runs", 0)))
    return Made(
        name={lang: described.get(lang) or manifest.get("id") or typed for lang in ("zh", "en")},
        id=str(manifest.get("id") or manifest["made_by"]),
        digest=digest_of(manifest),
        done=runs if done is None else done,
        runs=runs,
        seeds=_seeds(manifest.get("seeds")),
        year=date[:4],
        version=str(manifest["versions"]["gongzhi"]),
        commit=str(manifest.get("commit", "")),
        code=model_code(manifest),
    )


def digest_of(manifest: dict[str, Any]) -> str:
    """The digest of what was run; of an analysis that of what was asked, in whatever language and from wherever."""
    if "plan" in manifest:
        return str(manifest["plan"])
    if "asked" in manifest:
        return key_of({k: manifest.get(k) for k in _ASKED})
    return key_of({k: v for k, v in manifest.items() if k not in _BESIDE})


def _last_command(manifest: dict[str, Any]) -> tuple[str, str]:
    """The command that wrote the folder, and when."""
    last = manifest["commands"][-1] if manifest.get("commands") else manifest
    return str(last["command"]), str(last["date"])


def _without_place(command: str) -> str:
    """The command without where it wrote to: that is the reader's own affair, and changes nothing."""
    kept, skip = [], False
    for word in shlex.split(command):
        valued = word in _VALUED
        if not (skip or valued or word in _BARE or word.startswith(("--out=", "--lang="))):
            kept.append(word)
        skip = valued
    return shlex.join(kept)


def _seeds(seeds: Any) -> tuple[int, int] | None:
    if isinstance(seeds, dict) and {"first", "last"} <= set(seeds):
        return int(seeds["first"]), int(seeds["last"])
    if isinstance(seeds, list) and seeds:
        return min(seeds), max(seeds)
    return None


def in_words(found: Made, authors: Sequence[str], lang: str) -> list[str]:
    """The program and the results, a sentence each, as a list of references has them."""
    return [_program_in_words(found, lang), _results_in_words(found, authors, lang)]


def _program_in_words(found: Made, lang: str) -> str:
    installed = metadata("gongzhi")
    return text("cite.program", lang).format(
        authors=authors_of(installed),
        year=found.year,
        title=text("cite.title", lang),
        version=found.version,
        commit=_commit(found, lang),
        code=found.code,
        licence=installed["License-Expression"],
    )


def _results_in_words(found: Made, authors: Sequence[str], lang: str) -> str:
    return text("cite.results", lang).format(
        authors=_named(authors, lang),
        year=found.year,
        name=found.name[lang],
        what=_what(found, lang),
        version=found.version,
    )


def _commit(found: Made, lang: str) -> str:
    return (
        text("cite.commit", lang).format(commit=found.commit[:_COMMIT_SHOWN])
        if found.commit
        else text("cite.no_commit", lang)
    )


def _what(found: Made, lang: str) -> str:
    """How many runs, of which seeds, and the digest: `40 of 60 runs, seeds 1 to 20, digest 0a…`."""
    parts = []
    if found.runs:
        parts.append(text("cite.runs", lang).format(done=f"{found.done:,}", runs=f"{found.runs:,}"))
    if found.seeds is not None:
        first, last = found.seeds
        key = "cite.seed" if first == last else "cite.seeds"
        parts.append(text(key, lang).format(first=first, last=last))
    parts.append(text("cite.digest", lang).format(digest=found.digest))
    return text("cite.between", lang).join(parts)


def _named(authors: Sequence[str], lang: str) -> str:
    return text("cite.between", lang).join(authors) or text("cite.nobody", lang)


def in_bibtex(found: Made, authors: Sequence[str], lang: str) -> str:
    """Both as entries of BibTeX (biblatex's types), in UTF-8."""
    program = {
        "author": f"{{{_escaped(authors_of(metadata('gongzhi')))}}}",
        "title": f"{{{_escaped(text('cite.title', lang))}}}",
        "version": _escaped(found.version),
        "year": found.year,
        "note": _escaped(f"{_commit(found, lang)}; {text('cite.code', lang).format(code=found.code)}"),
    }
    results = {
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in authors)
        or _escaped(text("cite.nobody", lang)),
        "title": f"{{{_escaped(found.name[lang])}}}",
        "year": found.year,
        "howpublished": _escaped(text("cite.simulated", lang).format(version=found.version)),
        "note": _escaped(_what(found, lang)),
    }
    of_results = f"gongzhi_{_word(found.id)}_{found.digest[:8]}"
    entries = [_entry("software", f"gongzhi_{_word(found.version)}", program)]
    return "\n".join([*entries, _entry("misc", of_results, results)])


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items()]
    return f"@{kind}{{{key},\n{''.join(lines)}}}\n"


def _escaped(value: str) -> str:
    return value.translate(_BIBTEX)


def _word(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", value).strip("_")
