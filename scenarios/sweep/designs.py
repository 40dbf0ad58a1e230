"""Designs: which values the factors take together, point by point.

Every design is a sequence of points, one value a factor. The same file gives the same points: samples have a seed.
"""

import csv
import io
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from model.texts import first_wide, plain_number, separator_of
from scenarios.files.checking import display_name
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.quantities import FileTable
from scenarios.files.settings import check_setting
from scenarios.files.texts import read_text
from scenarios.libraries import library
from scenarios.sweep.factors import Factor, Value
from scenarios.sweep.points import BLOCK_ROWS, Drawn, Grid, Picked, Point, Points, Streamed

Kind = Literal["grid", "one_at_a_time", "latin_hypercube", "sobol", "random", "saltelli", "morris", "table"]
MOST_POINTS = 100_000_000
#: Points times factors of a design that is drawn whole: latin_hypercube, saltelli, morris, one_at_a_time.
MOST_VALUES = 20_000_000
LARGEST_TABLE_BYTES = 100_000_000
MOST_ROWS = 1_000_000
#: Column of a design that numbers its points.
NUMBER = "point"
#: Which keys of [design] mean something to which kind.
_USED: dict[str, frozenset[str]] = {
    "grid": frozenset({"steps"}),
    "one_at_a_time": frozenset({"steps"}),
    "latin_hypercube": frozenset({"n", "seed"}),
    "sobol": frozenset({"n", "seed"}),
    "random": frozenset({"n", "seed"}),
    "saltelli": frozenset({"n", "seed", "second_order"}),
    "morris": frozenset({"n", "seed", "levels"}),
    "table": frozenset({"table"}),
}


class DesignTable(FileTable):
    """How the points are chosen; which keys mean something depends on the kind."""

    kind: Kind = Field(
        "grid",
        description="设计 · grid: all combinations; one_at_a_time; latin_hypercube; sobol: Sobol' sequence; random; "
        "saltelli: for Sobol' indices; morris: elementary effects; table: the rows of a CSV file",
    )
    n: int = Field(
        128,
        ge=1,
        le=MOST_POINTS,
        description="点数 · Points; of saltelli the base sample, of morris trajectories (points)",
    )
    seed: int = Field(1, ge=0, le=2**32 - 1, description="设计种子 · Seed of the design")
    steps: int = Field(5, ge=2, le=10_000, description="水平数 · Levels of a range (levels)")
    levels: int = Field(4, ge=2, le=1000, description="Morris 水平数 · Levels of the Morris grid (levels)")
    second_order: bool = Field(False, description="二阶 · saltelli: second-order indices too")
    table: str = Field("", description="表 · CSV file with one column a factor")


#: Designs that sample the unit cube, over which a prior can spread.
SAMPLING = ("latin_hypercube", "sobol", "random", "saltelli")


def wrong_keys(design: DesignTable) -> list[tuple[str, str]]:
    """Keys that mean nothing to this kind, or have a value it cannot use, each with what is wrong."""
    used = _USED[design.kind]
    given = [name for name in type(design).model_fields if name in design.model_fields_set]
    found = [
        (name, f": means nothing to kind = '{design.kind}'; expected {listed(sorted(used))}")
        for name in given
        if name not in used and name != "kind"
    ]
    if design.kind == "morris" and design.levels % 2:
        reason = "expected an even number: Morris' steps of half the levels lead between odd ones"
        found.append(("levels", f" = {design.levels}; {reason}"))
    return found


def size_of(design: DesignTable, factors: Sequence[Factor]) -> int:
    """How many points, without drawing them; of a table 1, the rest is known when it has been read."""
    if design.kind == "table" or not factors:
        return 1
    if design.kind == "grid":
        return math.prod(len(factor.levels) for factor in factors)
    if design.kind == "one_at_a_time":
        return 1 + sum(len(factor.levels) for factor in factors)
    if design.kind == "saltelli":
        return design.n * ((2 if design.second_order else 1) * len(factors) + 2)
    if design.kind == "morris":
        return design.n * (len(factors) + 1)
    return design.n


def most_points(design: DesignTable, factors: Sequence[Factor]) -> int:
    """How many points this design may have."""
    if design.kind in ("latin_hypercube", "saltelli", "morris", "one_at_a_time") and factors:
        return min(MOST_POINTS, MOST_VALUES // len(factors))
    return MOST_POINTS


def points(
    design: DesignTable, factors: Sequence[Factor], folder: Path, base: Sequence[Value] = ()
) -> list[Point] | Points:
    """The points in order, one value a factor.

    folder : where a table's path begins; base : the values while other factors vary (one at a time)
    Raises ScenarioError for a table that cannot be used.
    """
    if design.kind == "table":
        return _table(design, factors, folder)
    if not factors:
        return [()]
    if design.kind == "grid":
        return Grid.of(factors)
    if design.kind == "one_at_a_time":
        return list(dict.fromkeys(_one_at_a_time(factors, tuple(base))))
    if design.kind in ("random", "sobol"):
        return _streamed(design, factors)
    if design.kind == "latin_hypercube":
        return Picked(tuple(factors), range(design.n), partial(_latin_hypercube, design, len(factors)))
    return Drawn(tuple(factors), _for_indices(design, len(factors)))


def _one_at_a_time(factors: Sequence[Factor], base: Point) -> Iterator[Point]:
    """The base first, then every factor through its levels while the others stay."""
    yield base
    for i, factor in enumerate(factors):
        for level in factor.levels:
            yield (*base[:i], level, *base[i + 1 :])


def _latin_hypercube(design: DesignTable, n_factors: int, numbers: range) -> np.ndarray:
    """Some rows of the sample that SciPy draws whole, column by column. Shape (numbers, factors), float64.

    SciPy draws where in its slice each value lies, then the order of the slices of one factor after the other.
    """
    from scipy.stats import qmc

    generator, n = qmc.LatinHypercube(n_factors, rng=design.seed).rng, design.n
    rising = numbers if numbers.step > 0 else numbers[::-1]
    rows = np.empty((len(rising), n_factors))
    for first in range(0, n, BLOCK_ROWS):
        block = generator.random((min(BLOCK_ROWS, n - first), n_factors))
        start, stop = bisect_left(rising, first), bisect_left(rising, first + len(block))
        rows[start:stop] = block[np.array(rising[start:stop], np.int64) - first]
    for factor in range(n_factors):
        slices = np.arange(1, n + 1)
        generator.shuffle(slices)
        rows[:, factor] = (slices[rising.start : rising.stop : rising.step] - rows[:, factor]) / n
    return rows if rising is numbers else rows[::-1]


def _streamed(design: DesignTable, factors: Sequence[Factor]) -> Streamed:
    """A sample any part of which can be drawn by itself."""

    def random(first: int) -> np.ndarray:
        generator = np.random.default_rng(design.seed)
        generator.bit_generator.advance(first * len(factors))  # type: ignore[attr-defined]  # of PCG64
        return generator.random((BLOCK_ROWS, len(factors)))

    block = random if design.kind == "random" else _SobolBlocks(design.seed, len(factors))
    return Streamed(tuple(factors), range(design.n), block)


class _SobolBlocks:
    """Blocks of a scrambled Sobol' sequence; to go on is quick, to go back means to begin again."""

    def __init__(self, seed: int, n_factors: int) -> None:
        self.seed, self.n_factors = seed, n_factors
        self._sequence: Any = None

    def __call__(self, first: int) -> np.ndarray:
        """The rows from this one on."""
        from scipy.stats import qmc

        if self._sequence is None or self._sequence.num_generated > first:
            self._sequence = qmc.Sobol(self.n_factors, rng=self.seed)
        if self._sequence.num_generated < first:
            self._sequence.fast_forward(first - self._sequence.num_generated)
        return np.asarray(self._sequence.random(BLOCK_ROWS))


def _for_indices(design: DesignTable, n_factors: int) -> np.ndarray:
    """Samples in the order in which SALib's analysis of the same name wants them back."""
    problem: dict[str, Any] = {
        "num_vars": n_factors,
        "names": [str(i) for i in range(n_factors)],
        "bounds": [[0.0, 1.0]] * n_factors,
    }
    needed_for = f"design.kind = '{design.kind}'"
    if design.kind == "saltelli":
        sobol = library("SALib.sample.sobol", needed_for)
        return np.asarray(
            sobol.sample(
                problem, design.n, calc_second_order=design.second_order, scramble=True, seed=design.seed
            )
        )
    morris = library("SALib.sample.morris", needed_for)
    return np.asarray(morris.sample(problem, design.n, num_levels=design.levels, seed=design.seed))


def _table(design: DesignTable, factors: Sequence[Factor], folder: Path) -> list[Point]:
    """The rows of a CSV file, checked value by value as a setting is."""
    file = folder / Path(design.table).expanduser()
    name = display_name(file)
    rows = _rows(file, name)
    header = [cell.strip() for cell in next(rows)[1]]
    while header and not header[-1]:  # columns that a spreadsheet adds because somebody once typed there
        header.pop()
    columns = _columns(header, factors, name)
    found: list[Point] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            raise ScenarioError(f"{name}:{number}: {len(row)} values; expected {len(header)}, one a column")
        if len(found) == MOST_ROWS:
            raise ScenarioError(f"{name}:{number}: expected at most {MOST_ROWS:,} rows")
        found.append(tuple(_cell(f, row[c], name, number) for f, c in zip(factors, columns, strict=True)))
    if not found:
        raise ScenarioError(f"{name}: no rows below the header; expected one a point")
    return found


def _rows(file: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with their line, the header first; whatever separates the cells, and thousands in them."""
    try:
        text = read_text(file, name, LARGEST_TABLE_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(
            f"{name[:200]}: cannot be read ({reason.lower()[:100]}); expected a CSV file in UTF-8"
        ) from None
    if not text.strip():
        raise ScenarioError(f"{name}: the file is empty; expected a header with the names of the factors")
    wide = first_wide(text.partition("\n")[0])
    if wide is not None:
        raise ScenarioError(f"{name}:1: {wide}")
    separator = separator_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield reader.line_num, [plain_number(cell, separator) for cell in row]
    except csv.Error as error:
        raise ScenarioError(
            f"{name}:{reader.line_num}: cannot be read ({error}); expected a CSV file"
        ) from None


def _columns(header: list[str], factors: Sequence[Factor], name: str) -> list[int]:
    known = [factor.name for factor in factors]
    places = {}
    for i, column in enumerate(header):
        # The number of a point, as designs are exported.
        if column == NUMBER and NUMBER not in known:
            continue
        full = next((k for k in known if column in (k, k.split(".")[-1])), None)
        if full is None:
            raise ScenarioError(
                f"{name}:1: {shown(column)} is no lever or uncertainty of the sweep; expected "
                f"{listed(known) or 'one declared in [levers] or [uncertainties]'}{nearest(column, known)}"
            )
        if full in places:
            raise ScenarioError(f"{name}:1: {shown(column)} is given twice; expected each factor once")
        places[full] = i
    missing = [k for k in known if k not in places]
    if missing:
        raise ScenarioError(f"{name}:1: no column for {listed(missing)}; expected one a factor")
    return [places[k] for k in known]


def _cell(factor: Factor, cell: str, name: str, number: int) -> Value:
    text = cell.strip()
    value: Any = text
    # Excel writes TRUE, pandas True.
    if text.lower() in ("true", "false"):
        value = text.lower() == "true"
    elif text.isascii():
        for kind in (int, float):
            try:
                value = kind(text)
                break
            except ValueError:
                continue
    try:
        checked: Value = check_setting(factor.name, value)[1]
    except ScenarioError as error:
        wide = first_wide(text)
        hint = f"; {wide}" if wide else ""
        raise ScenarioError(f"{name}:{number}: {factor.name}{error}{hint}") from None
    return checked
