"""Worlds of a few households, in which every coefficient is 0 unless a test says otherwise."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from model.world.empty import empty_world
from model.world.state import Stage, World

WEEKS = 60


def small_world(households: int = 3, stairwells: int = 1, **compound: Any) -> World:
    """One compound in management, with fields of its record as given. Nobody lives there who has any trait."""
    w = empty_world(households, 1, stairwells, 1, WEEKS, households)
    k, s, p = w.compounds[0], w.settings[0], w.parameters[0]
    k.stop, k.seed, k.number = households, 11, 5
    k.n_stairwells, k.n_buildings, k.n_risers = stairwells, 1, 1
    k.stage = Stage.MANAGEMENT
    k.gate_week, k.handover_week, k.notice_week = -1, -1, -1
    k.total_area = 20_000
    s.billing_interval_weeks = 13.0
    p.reference_fee = 1.5
    p.reference_households = 500.0
    p.structure_scale_m2 = 8.0
    change(k, **compound)
    return with_ties(w, [[]] * households)


def change(record: Any, **fields: Any) -> None:
    """Set fields of a record by name."""
    for name, value in fields.items():
        setattr(record, name, value)


def with_ties(w: World, ties: Sequence[Sequence[int]]) -> World:
    """The same world with these acquaintances of each household."""
    stops = np.cumsum([len(of) for of in ties])
    w.tie_stop[: len(ties)] = stops
    w.tie_start[: len(ties)] = stops - [len(of) for of in ties]
    w.tie_start[len(ties)] = stops[-1]
    return w._replace(ties=np.array([i for of in ties for i in of], np.int32))


def snapshot(w: World) -> list[bytes]:
    """Everything in a world, to see whether anything changes."""
    return [array.tobytes() for array in w]
