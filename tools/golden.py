"""Print how the golden results differ from a fresh run, and write the fresh ones: `make golden`.

A golden file holds, for each case, the summary and a digest of the weekly series of one seed. The commit that
changes it says which result moved, by how much and why.
"""

import hashlib
import json
import math
from pathlib import Path

from model.engine import simulate
from scenarios.loading import list_cases, load_case

FILE = Path(__file__).parents[1] / "tests" / "golden" / "cases.json"
SEED = 1
_DIGITS = 10


def fresh() -> dict[str, dict[str, object]]:
    """The results of every case under its own strategy, as they are today."""
    return {name: _run(name) for name in sorted(list_cases())}


def _run(name: str) -> dict[str, object]:
    results = simulate(load_case(name).scenario(), [SEED], threads=1)
    row = results.summary().iloc[0].drop(["run", "case", "strategy", "seed"])
    summary = {key: None if math.isnan(value) else round(float(value), _DIGITS) for key, value in row.items()}
    digest = hashlib.blake2b(results.series.tobytes(), digest_size=16).hexdigest()
    return {"seed": SEED, "series": digest, "summary": summary}


def differences(old: dict[str, dict[str, object]], new: dict[str, dict[str, object]]) -> list[str]:
    """One line for each number that moved."""
    lines = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, {}), new.get(name, {})
        if before.get("series") != after.get("series"):
            lines.append(f"{name}: series {before.get('series')} -> {after.get('series')}")
        was, now = before.get("summary", {}), after.get("summary", {})
        assert isinstance(was, dict) and isinstance(now, dict)
        lines += [
            f"{name}: {key} {was.get(key)} -> {now.get(key)}"
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
