"""Write CITATION.cff and codemeta.json from pyproject.toml, so that what is cited is what is installed.

    python tools/citation.py        (what `make citation` does)

An address stands in them once `[project.urls]` has one called `Repository`. They hold no date and no commit: those of
a result are printed by `gongzhi results cite`.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from scenarios.store.citing import title_of

ROOT = Path(__file__).resolve().parent.parent
CFF, CODEMETA = ROOT / "CITATION.cff", ROOT / "codemeta.json"
MESSAGE = (
    "Please cite the program by version and commit, and results by the digest of what was run: "
    "`gongzhi results cite DIR` prints both."
)


def project() -> dict[str, Any]:
    """What pyproject.toml says of the project."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def cff(of: dict[str, Any]) -> str:
    """CITATION.cff, Citation File Format 1.2.0; texts are quoted as in JSON, which is YAML too."""
    entries: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": MESSAGE,
        "type": "software",
        "title": title_of(of["description"]),
        "abstract": of["description"],
        "version": of["version"],
        "license": of["license"],
        "authors": [{"name": author["name"]} for author in of["authors"]],
        "keywords": of["keywords"],
    }
    address = of.get("urls", {}).get("Repository")
    if address:
        entries["repository-code"] = address
    return "".join(_yaml(name, value) for name, value in entries.items())


def _yaml(name: str, value: Any) -> str:
    """One entry of YAML: a text, or a list of texts or of small tables."""
    if isinstance(value, str):
        return f"{name}: {_quoted(value)}\n"
    items = [
        "\n    ".join(f"{key}: {_quoted(text)}" for key, text in item.items())
        if isinstance(item, dict)
        else _quoted(item)
        for item in value
    ]
    return f"{name}:\n" + "".join(f"  - {item}\n" for item in items)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def codemeta(of: dict[str, Any]) -> str:
    """codemeta.json, CodeMeta 3.0."""
    described = {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": title_of(of["description"]),
        "identifier": of["name"],
        "description": of["description"],
        "version": of["version"],
        "license": f"https://spdx.org/licenses/{of['license']}",
        "author": [{"@type": "Organization", "name": author["name"]} for author in of["authors"]],
        "keywords": of["keywords"],
        "programmingLanguage": {"@type": "ComputerLanguage", "name": "Python"},
        "runtimePlatform": f"Python {of['requires-python']}",
        "softwareRequirements": sorted({_name(needed) for needed in of["dependencies"]}),
    }
    address = of.get("urls", {}).get("Repository")
    if address:
        described["codeRepository"] = address
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _name(needed: str) -> str:
    """The name of a package, of what pyproject.toml asks for."""
    found = re.match(r"[A-Za-z0-9._-]+", needed)
    assert found is not None
    return found[0]


def written() -> dict[Path, str]:
    """What each file holds."""
    of = project()
    return {CFF: cff(of), CODEMETA: codemeta(of)}


if __name__ == "__main__":
    for file, content in written().items():
        file.write_text(content, encoding="utf-8")
        sys.stdout.write(f"{file.relative_to(ROOT)} written\n")
