"""What `scenarios.probing.structures` finds where the state of households is kept in double precision.

The model keeps it in single precision, in one place: the arrays of `model/world/empty.py`. A copy of the sources with
these arrays in double precision is run in a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scenarios.probing import Variant

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("agents", "compiling", "model", "scenarios")
_ARRAYS = Path("model", "world", "empty.py")
_PROGRAM = """
import json, sys
from scenarios.plausible import load_survivors
from scenarios.probing import structures
from model.world.empty import empty_world
assert empty_world(1, 1, 1, 1, 1, 1).reals.dtype == "float64"
rows, seeds = json.loads(sys.argv[1])
[found] = structures(load_survivors(), rows, seeds, names=["as it is"])
print(json.dumps([found.consent, found.insincere, found.difference.tolist()]))
"""


def in_double_precision(rows: Sequence[int], seeds: Sequence[int]) -> Variant:
    """The structure "as it is" under the shipped survivors, with state in double precision.

    Compiles the changed model, which takes half a minute.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "sources")
        for package in _PACKAGES:
            shutil.copytree(_ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        arrays = copy / _ARRAYS
        single = arrays.read_text("utf-8")
        arrays.write_text(single.replace("np.float32", "np.float64"), "utf-8")
        usual = {**os.environ, "PYTHONPATH": str(copy), "GONGZHI_CACHE_DIR": str(Path(folder, "cache"))}
        told = subprocess.run(
            [sys.executable, "-c", _PROGRAM, json.dumps([list(rows), list(seeds)])],
            cwd=folder, env=usual, capture_output=True, text=True, check=True,
        )  # fmt: skip
    consent, insincere, difference = json.loads(told.stdout)
    return Variant("state in double precision", consent, insincere, np.array(difference))
