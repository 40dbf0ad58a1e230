"""The list of what Gongzhi is made of is whole, and the one that the locks and files give today."""

import json
import re
import tomllib
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import sbom

ROOT = Path(__file__).parents[1]


def names(lock: str) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name).lower() for name in sbom.pinned(lock)}


def test_the_list_is_up_to_date():
    assert sbom.LIST.read_text(encoding="utf-8") == sbom.written(), "run `make sbom`"


def test_every_installed_package_is_on_the_list():
    listed = names(sbom.RUNTIME) | names(sbom.DEVELOPING) | names("requirements-uv.lock") | {"gongzhi", "pip"}
    found = {re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower() for one in distributions()}
    assert found <= listed


def test_every_file_of_others_in_the_project_is_on_the_list():
    listed = set(
        re.findall(r'"name": "((?:dashboard|scenarios)/[^"]+)"', sbom.LIST.read_text(encoding="utf-8"))
    )
    ours = {"README.md", "style.css", "icon.svg", "shared.js"}
    places = [*(ROOT / "dashboard" / "vendor").rglob("*"), *(ROOT / "dashboard" / "static").rglob("*")]
    places += (ROOT / "scenarios" / "assets").rglob("*.ttf")
    found = {p.relative_to(ROOT).as_posix() for p in places if p.is_file() and p.name not in ours}
    assert found == listed


def test_versions_on_the_list_are_those_in_the_files():
    for name, version, _, patterns, parts in sbom.VENDORED:
        text = "".join(
            p.read_text(encoding="utf-8", errors="replace")
            for p in sbom.files(*patterns)
            if p.suffix == ".js"
        )
        text += "".join(
            p.read_text(encoding="utf-8") for p in sbom.files(*patterns) if p.name.endswith(".LICENSE.txt")
        )
        assert f"{name}@{version}" in patterns[0] or version in text, name
        for part, part_version, _ in parts:
            assert re.search(rf"{part}(\.js)?\b.{{0,40}}v{re.escape(part_version)}", text, re.IGNORECASE), (
                part
            )


def test_the_list_names_no_address_of_a_registry():
    text = sbom.LIST.read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"]*", text) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]
    found = json.loads(text)
    refs = [one["bom-ref"] for top in found["components"] for one in (top, *top.get("components", []))]
    assert len(refs) == len(set(refs))


def test_every_extra_brings_only_what_the_program_imports():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    modules: dict[str, set[str]] = {}
    for module, packages in packages_distributions().items():
        for package in packages:
            modules.setdefault(re.sub(r"[-_.]+", "-", package).lower(), set()).add(module)
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("compiling", "agents", "model", "scenarios", "dashboard", "commands")
        for path in (ROOT / folder).rglob("*.py")
    ]
    imported = {
        module
        for source in sources
        for module in re.findall(r"(?:^ *(?:import|from) |library\(\")(\w+)", source, re.MULTILINE)
    }
    wanted = {re.split("[<>=]", one)[0].lower() for those in extras.values() for one in those}
    unused = sorted(name for name in wanted if not modules.get(name, {name}) & imported)
    assert not unused
