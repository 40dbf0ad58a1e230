"""The stand-in rule in C, compiled from floor.c with gcc: what the same work costs without Python."""

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from standin.rule import SEED, Start, Ties

SOURCE = Path(__file__).with_name("floor.c")
#: The last three let gcc use vectors as Numba does; none changes a bit of the result.
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
LANES = 8
NOBODY = np.float32(9.0)


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("gcc")


@cache
def library() -> ctypes.CDLL:
    """The compiled floor. Raises RuntimeError with what gcc said when it cannot be compiled."""
    gcc = compiler()
    if gcc is None:
        raise RuntimeError("no gcc on this machine: the C floor was not compiled")
    target = Path(tempfile.mkdtemp(prefix="gongzhi-floor-")) / "floor.so"
    command = [gcc, *FLAGS, "-shared", "-fPIC", "-pthread", "-o", str(target), str(SOURCE), "-lm"]
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode:
        raise RuntimeError(f"gcc: {said.stderr.strip()}")
    loaded = ctypes.CDLL(str(target))
    shutil.rmtree(target.parent)
    return loaded


def aligned(values: np.ndarray) -> np.ndarray:
    """The same numbers, beginning at a multiple of 32 bytes."""
    room = np.empty(values.nbytes + 32, np.uint8)
    first = -room.ctypes.data % 32
    copy = room[first : first + values.nbytes].view(values.dtype)
    copy[:] = values
    return copy


class FloorPopulation:
    """The floor's columns, to be measured. `luck` is not asked for: the draws are the engine's."""

    def __init__(
        self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1, seed: int = SEED
    ) -> None:
        self.n, self.threads, self.seed = len(start.opinion), threads, seed
        room = -(-self.n // LANES) * LANES
        degrees = np.zeros(room, np.int64)
        degrees[: self.n] = ties.degrees
        self.slices = np.zeros(room // LANES + 1, np.int64)
        np.cumsum(degrees.reshape(-1, LANES).max(axis=1), out=self.slices[1:])
        self.table = np.full(self.slices[-1] * LANES, room, np.int32)
        sources = ties.sources.astype(np.int64)
        place = np.arange(len(sources)) - ties.starts[sources]
        self.table[(self.slices[sources // LANES] + place) * LANES + sources % LANES] = ties.neighbours
        self.susceptibility = aligned(np.resize(start.susceptibility, room))
        self.per_tie = aligned((1 / np.maximum(degrees, 1)).astype(np.float32))
        self.now = aligned(np.full(room + LANES, NOBODY))
        self.now[: self.n] = np.where(start.consent, -start.opinion, start.opinion)
        self.spare = aligned(self.now)
        self.room, self.step = room, 0

    def advance(self, steps: int) -> None:
        """Take this many steps more. Raises RuntimeError when threads cannot be made."""
        numbers = (ctypes.c_int64(self.room), ctypes.c_uint32(self.step), ctypes.c_uint32(steps))
        arrays = (self.slices, self.table, self.susceptibility, self.per_tie, self.now, self.spare)
        addresses = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        failed = library().advance(
            *numbers, ctypes.c_uint64(self.seed), *addresses, ctypes.c_int(self.threads)
        )
        if failed:
            raise RuntimeError(f"the C floor could not make {self.threads} threads")
        self.step += steps
        if steps % 2:
            self.now, self.spare = self.spare, self.now

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        newest = self.now[: self.n]
        return np.abs(newest), np.signbit(newest)


build = FloorPopulation
