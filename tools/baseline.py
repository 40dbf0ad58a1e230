"""Write scenarios/baseline/digests.json, the digests of the ten tasks, and print which have moved.

python tools/baseline.py        (what `make baseline` does)
"""

import json
import sys
from pathlib import Path

from scenarios.baseline import measure
from scenarios.baseline.frozen import frozen_digests

FILE = Path(__file__).resolve().parent.parent / "scenarios" / "baseline" / "digests.json"


def written(digests: dict[str, str]) -> str:
    """What the file holds."""
    return json.dumps(digests, indent=1) + "\n"


if __name__ == "__main__":
    before, now = frozen_digests(), {one.task.id: one.digest for one in measure()}
    moved = [name for name, digest in now.items() if before.get(name) != digest]
    sys.stdout.write(f"moved: {', '.join(moved)}\n" if moved else "nothing has moved\n")
    FILE.write_text(written(now), encoding="utf-8")
