"""Print how the golden results differ from a fresh run, and write the fresh ones: `make golden`.

A golden file holds, for each case and seed, the summary and a digest of the weekly series of each outcome. The commit
that changes it says which result moved, by how much and why.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np

from model.engine import simulate
from model.measures import Outcome
from scenarios.loading import list_cases, load_case

FILE = Path(__file__).parents[1] / "tests" / "golden" / "cases.json"
#: A compound that has little support to begin with, and one in which every stage is reached.
SEEDS = (1, 9)
_DIGITS = 10


def fresh() -> dict[str, dict[str, object]]:
    """The results of every case under its own strategy, as they are today."""
    return {f"{name}, seed {seed}": _run(name, seed) for name in sorted(list_cases()) for seed in SEEDS}


def _run(name: str, seed: int) -> dict[str, object]:
    results = simulate(load_case(name).scenario(), [seed], threads=1)
    row = results.summary().iloc[0].drop(["run", "case", "strategy", "seed"])
    summary = {key: None if math.isnan(value) else round(float(value), _DIGITS) for key, value in row.items()}
    series = {o.name.lower(): _digest(results.series[:, :, o]) for o in Outcome}
    return {"series": series, "summary": summary}


def _digest(values: np.ndarray) -> str:
    return hashlib.blake2b(values.tobytes(), digest_size=8).hexdigest()


def differences(old: dict[str, dict[str, object]], new: dict[str, dict[str, object]]) -> list[str]:
    """One line for each number that moved."""
    lines = []
    for name in sorted(old.keys() | new.keys()):
        for part in ("series", "summary"):
            was, now = (of.get(name, {}).get(part, {}) for of in (old, new))
            assert isinstance(was, dict) and isinstance(now, dict)
            lines += [
                f"{name}: {part} {key} {was.get(key)} -> {now.get(key)}"
                for key in sorted(was.keys() | now.keys())
                if was.get(key) != now.get(key)
            ]
    return lines


def main() -> None:
    """Show what moved and write the file anew."""
    old = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    new = fresh()
    print("\n".join(differences(old, new)) or "nothing has moved")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
