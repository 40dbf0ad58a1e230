"""Write `model/calibrated.py` from the shipped survivors: part of `make calibration-pages`."""

from pathlib import Path

from model.parameters import declarations
from scenarios.plausible import Survivors, load_survivors

FILE = Path(__file__).parents[1] / "model" / "calibrated.py"
_HEAD = '''"""Coefficients whose default is a calibrated value and not the declared one: those of the survivors' medoid.

Written by `make calibration-pages`; `docs/calibration.md` says where they come from.
"""

from collections.abc import Mapping

CALIBRATED: Mapping[str, float] = {
'''


def page(survivors: Survivors) -> str:
    """The whole module."""
    medoid = zip(survivors.names, map(float, survivors.values[survivors.medoid]), strict=True)
    moved = [(name, value) for name, value in medoid if value != declarations()[name].declared]
    return _HEAD + "".join(f'    "{name}": {value!r},\n' for name, value in moved) + "}\n"


if __name__ == "__main__":
    FILE.write_text(page(load_survivors()), "utf-8")
