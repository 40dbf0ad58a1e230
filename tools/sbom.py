"""Write docs/sbom.cdx.json: what Gongzhi is made of, after CycloneDX 1.6.

    python tools/sbom.py        (what `make sbom` does)

Packages from the locks, of which those that only developing needs are marked `excluded`; the files of others that lie
in the project, with their hashes. The same locks and files give the same list: it has no date and no number of its own.
"""

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "sbom.cdx.json"
RUNTIME, DEVELOPING = "requirements.lock", "requirements-dev.lock"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)

#: Files of others in the project: (package, version, licences, files, what they hold of others in turn).
VENDORED: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str, str], ...]], ...] = (
    (
        "@widgetti/solara-vuetify-app",
        "10.1.1",
        ("MIT", "Apache-2.0", "OFL-1.1"),
        ("dashboard/vendor/@widgetti/solara-vuetify-app@10.1.1/**/*",),
        (("vue", "2.6.14", "MIT"), ("jquery", "3.7.1", "MIT")),
    ),
    (
        "@widgetti/vue-grid-layout",
        "2.3.13-alpha.2",
        ("MIT",),
        ("dashboard/vendor/@widgetti/vue-grid-layout@2.3.13-alpha.2/**/*",),
        (),
    ),
    ("requirejs", "2.3.6", ("MIT",), ("dashboard/vendor/requirejs@2.3.6/**/*",), ()),
    ("echarts", "5.6.0", ("Apache-2.0",), ("dashboard/static/echarts.*",), ()),
)
#: A part of a font, which is in no registry.
FONT = ("Noto Sans SC, subset", "OFL-1.1", "scenarios/assets/fonts/GongzhiSansSC-Regular.ttf")


def pinned(lock: str) -> dict[str, str]:
    """Version by name, of a lock."""
    return dict(_PINNED.findall((ROOT / lock).read_text(encoding="utf-8")))


def npm(name: str, version: str) -> str:
    """The package URL of an npm package: a name, not an address."""
    return f"pkg:npm/{name.replace('@', '%40')}@{version}"


def licensed(*names: str) -> list[dict[str, Any]]:
    """Licences as CycloneDX has them."""
    return [{"license": {"id": name}} for name in names]


def file_of(path: Path) -> dict[str, Any]:
    """A file with its hash."""
    name = path.relative_to(ROOT).as_posix()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "type": "file",
        "bom-ref": f"file:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def files(*patterns: str) -> list[Path]:
    """Files of the project, in order."""
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file())


def packages() -> list[dict[str, Any]]:
    """Python packages of both locks."""
    runtime = pinned(RUNTIME)
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "scope": "required" if name in runtime else "excluded",
        }
        for name, version in sorted({**pinned(DEVELOPING), **runtime}.items())
    ]


def vendored() -> list[dict[str, Any]]:
    """Files of others in the project."""
    found = []
    for name, version, licences, patterns, parts in VENDORED:
        inner = [
            {
                "type": "library",
                "bom-ref": f"{npm(name, version)}#{part}",
                "name": part,
                "version": part_version,
                "licenses": licensed(licence),
                "purl": npm(part, part_version),
            }
            for part, part_version, licence in parts
        ]
        found.append(
            {
                "type": "library",
                "bom-ref": npm(name, version),
                "name": name,
                "version": version,
                "licenses": licensed(*licences),
                "purl": npm(name, version),
                "scope": "required",
                "components": [*inner, *(file_of(path) for path in files(*patterns))],
            }
        )
    name, licence, place = FONT
    font = {**file_of(ROOT / place), "description": name, "licenses": licensed(licence)}
    return [*found, font]


def bill() -> dict[str, Any]:
    """The whole list."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
                "licenses": licensed(project["license"]),
            },
            "properties": [
                {
                    "name": f"gongzhi:sha256:{lock}",
                    "value": hashlib.sha256((ROOT / lock).read_bytes()).hexdigest(),
                }
                for lock in (RUNTIME, DEVELOPING)
            ],
        },
        "components": [*packages(), *vendored()],
    }


def written() -> str:
    """What the file holds."""
    return json.dumps(bill(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    LIST.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{LIST.relative_to(ROOT)}: {len(bill()['components'])} components\n")
