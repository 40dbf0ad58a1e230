"""Worlds of a few households, in which every coefficient is 0 unless a test says otherwise."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from model.world.empty import empty_world
from model.world.state import Stage, World

WEEKS = 60


def small_world(households: int = 3, stairwells: int = 1, **compound: Any) -> World:
    """One compound in management, with fields of its record as given. Nobody lives there who has any trait."""
    w = empty_world(households, 1, stairwells, 1, WEEKS, max(households, stairwells))
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
    # The values at which signing draws anew at every ask and messages reach everybody alike.
    p.sign_fresh, p.news_step = 1.0, 0.2
    p.free_rider_messages, p.free_rider_dunning = 1.0, 1.0
    p.resentment_half_life_weeks = 52.0
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


#: Households that stand before and behind a compound, and belong to others.
BEFORE, BEHIND = 2, 1
_BY_HOUSEHOLD = ("reals", "flags", "wholes", "money", "preferences", "utility", "judged", "judged_marks")


def between_others(w: World) -> World:
    """The same compound among households of others."""
    widened = {
        name: np.pad(np.asarray(array), [*[(0, 0)] * (array.ndim - 1), (BEFORE, BEHIND)], constant_values=1)
        for name, array in zip(w._fields, w, strict=True)
        if name in (*_BY_HOUSEHOLD, "scratch", "lists", "marks", "tie_start", "tie_stop")
    }
    copies = {
        name: getattr(w, name).copy() for name in ("compounds", "parameters", "settings", "now", "series")
    }
    wide = w._replace(**copies, **widened)
    k = wide.compounds[0]
    change(k, start=k.start + BEFORE, stop=k.stop + BEFORE, tie_offset=k.tie_offset + BEFORE)
    return wide


def same_between_others(w: World, process: Callable[[World], None]) -> bool:
    """Whether a process does the same to a compound wherever it stands, and nothing to who stands beside it."""
    wide = between_others(w)
    before = {name: np.array(getattr(wide, name)) for name in _BY_HOUSEHOLD}
    process(w)
    process(wide)
    change(wide.compounds[0], start=0, stop=w.compounds[0].stop, tie_offset=0)
    same = [wide.compounds.tobytes() == w.compounds.tobytes(), bool((wide.now == w.now).all())]
    for name in _BY_HOUSEHOLD:
        array = np.array(getattr(wide, name))
        same.append(np.array_equal(array[..., BEFORE:-BEHIND], getattr(w, name)))
        same.append(np.array_equal(array[..., :BEFORE], before[name][..., :BEFORE]))
        same.append(np.array_equal(array[..., -BEHIND:], before[name][..., -BEHIND:]))
    return all(same)


def snapshot(w: World) -> list[bytes]:
    """Everything in a world, to see whether anything changes."""
    return [array.tobytes() for array in w]
