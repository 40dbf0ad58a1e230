"""Write what was measured into docs/performance.md, between the marks, and draw its figure."""

import re
from typing import Any

from sidebyside import tables
from sidebyside.kept import AGENTS_WHOLE, FOLDER, LONG_RUNS, RESULTS, ROOT, load

PAGE = ROOT / "docs" / "performance.md"
NOT_MEASURED = "Not yet measured: `make benchmarks`."


def sections(
    result: dict[str, Any] | None, whole: dict[str, Any] | None, long_runs: dict[str, Any]
) -> dict[str, str]:
    """What belongs between the marks of the page, by their names."""
    parts = tables.long_runs_by_name(long_runs)
    parts["agents-100k"] = tables.whole_lines(whole)
    measured = {
        "circumstances": tables.circumstances_table,
        "promises": lambda r: tables.bars(r, whole, long_runs),
        "stand-in": tables.standin_table,
        "missing": tables.missing_lines,
        "agreement": tables.agreement_table,
        "full": lambda r: tables.full_table(r, whole),
        "start": tables.start_lines,
        "sweeps": tables.sweep_lines,
    }
    for name, lines in measured.items():
        parts[name] = lines(result) if result else [NOT_MEASURED]
    return {name: "\n".join(lines) for name, lines in parts.items()}


def filled(text: str, parts: dict[str, str]) -> str:
    """The page with its generated parts replaced. Raises ValueError when page and parts do not fit."""
    marks = re.findall(r"<!-- measured: ([\w-]+) -->", text)
    if sorted(marks) != sorted(parts):
        raise ValueError(f"{PAGE.name} has marks for {sorted(marks)}; measured are {sorted(parts)}")
    for name, part in parts.items():
        between = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = between.sub(lambda match, part=part: f"{match[1]}\n{part}\n\n{match[2]}", text)
    return text


def current() -> dict[str, str]:
    """The parts from the results there are."""
    return sections(load(RESULTS), load(AGENTS_WHOLE), load(LONG_RUNS) or {})


def write() -> None:
    """Write the page and the figure."""
    PAGE.write_text(filled(PAGE.read_text("utf-8"), current()), "utf-8")
    result = load(RESULTS)
    if result:
        from sidebyside.speed_figure import speed_figure

        from scenarios.figures.style import png

        for lang in ("zh", "en"):
            (FOLDER / f"speed-{lang}.png").write_bytes(
                png(speed_figure(result, load(AGENTS_WHOLE), lang=lang))
            )


def terminal(result: dict[str, Any]) -> str:
    """The tables for reading at once."""
    parts = sections(result, None, {})
    shown = ["circumstances", *(["stand-in", "agreement", "missing"] if result["standin"] else [])]
    return "\n\n".join(parts[name] for name in [*shown, *(["full"] if result["full"] else [])])
