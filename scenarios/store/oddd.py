"""A description of a sweep's model and experiment in the order of the ODD+D protocol (Müller et al. 2013).

What the record knows is filled in; what only the author knows is asked for. The model itself is described once, in
`docs/odd.md`.
"""

from typing import Any

from scenarios.store.manifest import model_code

#: Designs whose points are levels of ranges.
_OF_LEVELS = ("grid", "one_at_a_time")
_ASK = "*(to be completed)*"


def odd_d(manifest: dict[str, Any], *, runs: int, failed: int) -> str:
    """The description as Markdown, in English; with how many runs there are, and how many failed."""
    described = manifest.get("described", {})
    parts = [
        f"# {described.get('en') or manifest.get('id', 'Results')}: description after ODD+D",
        "Results are simulated, not observed. The model is described in full in `odd.md` beside this page, of the "
        f"version named below; this page says what is particular to this experiment. {_ASK} marks what only its author "
        "knows.",
        "# I Overview",
        "## I.i Purpose",
        described.get("asks_en") or _ASK,
        f"For whom and for which decision: {_ASK}",
        "## I.ii Entities, state variables, scales",
        _cases(manifest),
        "## I.iii Process overview and scheduling",
        "The twelve weekly processes of `odd.md`, unchanged, or: " + _ASK,
        "# II Design concepts",
        "As in `odd.md`, sections II.i to II.x. Assumptions this experiment leans on most: " + _ASK,
        "# III Details",
        "## III.i Implementation and experiment",
        _experiment(manifest),
        "## III.ii Initialisation",
        "Populations and networks are drawn from the seed; the same household meets the same draws under every "
        "strategy and at every point of the design.",
        "## III.iii Input data",
        "Values, units, sources and grades of the cases: their files, and `bases` in `manifest.json`.",
        "## III.iv Submodels",
        "As in `odd.md`. Levers and uncertainties of this experiment:",
        _factors(manifest),
        "# Results and their limits",
        described.get("found_en") or _ASK,
        f"{failed:,} of {runs:,} runs failed" + (f"; how they were treated: {_ASK}" if failed else "."),
        "Ethics: consent figures are to be read with the insincere share beside them; households are synthetic; no "
        "result is advice to press anyone.",
    ]
    return "\n\n".join(parts) + "\n"


def _cases(manifest: dict[str, Any]) -> str:
    lines = []
    for base in manifest.get("bases", []):
        case, strategy = base["labels"]
        scenario, district = base["scenario"], base["district"]
        size = (
            f"{district['compounds']} compounds, {district['households']} households"
            if district
            else f"{scenario['compound']['households']} households"
        )
        lines.append(f"- `{case}` under strategy `{strategy}`: {size}, {scenario['horizon_weeks']} weeks")
    return "\n".join(lines) or _ASK


def _experiment(manifest: dict[str, Any]) -> str:
    seeds, design, versions = manifest["seeds"], manifest.get("design", {}), manifest.get("versions", {})
    version = f"gongzhi {versions.get('gongzhi', '')}, model code `{model_code(manifest)}`"
    lines = [
        f"- design: {design.get('kind', 'listed')}, {manifest['points']:,} points; {manifest['runs']:,} runs",
        f"- seeds: {seeds['n']:,} ({seeds['first']} to {seeds['last']})",
        f"- outcomes: {', '.join(f'`{name}`' for name in manifest.get('outcomes', []))}",
        f"- {version}, {manifest.get('platform', '')}",
        *(f"- command: `{entry['command']}` ({entry['date']})" for entry in manifest.get("commands", [])),
    ]
    return "\n".join(lines)


def _factors(manifest: dict[str, Any]) -> str:
    rows = [
        "| Name | Meaning | Role | Unit | Low | High | Levels |",
        "|---|---|---|---|---|---|---|",
    ]
    kind = manifest.get("design", {}).get("kind", "grid")
    for f in manifest.get("factors", []):
        # A sample draws from the range; only grids and steps one at a time visit its levels.
        visited = f["levels"] if f["low"] is None or kind in _OF_LEVELS else []
        levels = ", ".join(map(str, visited[:12])) + (" …" if len(visited) > 12 else "")
        prior = f.get("dist")
        levels = ", ".join(f"{k} {v}" for k, v in prior.items()) if prior else levels
        low, high = ("" if f[end] is None else str(f[end]) for end in ("low", "high"))
        rows.append(f"| `{f['name']}` | {f['en']} | {f['role']} | {f['unit']} | {low} | {high} | {levels} |")
    return "\n".join(rows) if len(rows) > 2 else "None: only strategies and seeds vary."
