"""Long runs measured elsewhere, a whole city or the whole country, entered into docs/performance.md.

`add("hangzhou", content)` takes the JSON of a run: a mapping with at least the keys of `NEEDED`; `KNOWN` lists what
else is shown. Everything may also stand under one key `measured`, as in a manifest that holds more.
"""

from typing import Any

from sidebyside.kept import LONG_RUNS, load, save

NAMES = ("hangzhou", "national")
TITLES = {"hangzhou": "Hangzhou", "national": "The country"}
#: Key: what it is, in the page's words.
NEEDED = {
    "compounds": "compounds",
    "households": "households",
    "weeks": "weeks",
    "wall_seconds": "wall time",
    "peak_memory_mb": "peak memory",
}
KNOWN = {
    "threads": "threads",
    "cpu_seconds": "CPU time",
    "output_mb": "size of the results on disk",
    "command": "command",
    "date": "measured on",
    "code": "code",
    "processor": "processor",
    "python": "Python",
    "seed": "seed",
}


def checked(name: str, content: Any) -> dict[str, Any]:
    """The part of a run's JSON that the page shows, with its `summary`, a mapping of name to number or text.

    Raises ValueError naming what is wrong.
    """
    if name not in NAMES:
        raise ValueError(f"no long run is called {name!r}; expected {' or '.join(NAMES)}")
    if not isinstance(content, dict):
        raise ValueError(
            f"{name}: found {type(content).__name__}; expected a mapping with {', '.join(NEEDED)}"
        )
    measured = {**content, **content.get("measured", {})}
    lacking = [key for key in NEEDED if not isinstance(measured.get(key), int | float)]
    if lacking:
        raise ValueError(
            f"{name}: no number under {', '.join(lacking)}; needed are {', '.join(NEEDED)}; "
            f"found {', '.join(map(str, measured)) or 'nothing'}"
        )
    summary = measured.get("summary", {})
    if not isinstance(summary, dict):
        raise ValueError(
            f"{name}: summary is {type(summary).__name__}; expected a mapping of names to numbers"
        )
    plain = {key: value for key, value in summary.items() if isinstance(value, int | float | str)}
    return {**{key: measured[key] for key in (*NEEDED, *KNOWN) if key in measured}, "summary": plain}


def add(name: str, content: Any) -> None:
    """Keep a run's numbers for the page. Raises ValueError naming what is wrong."""
    run = checked(name, content)
    save(LONG_RUNS, {**(load(LONG_RUNS) or {}), name: run})
