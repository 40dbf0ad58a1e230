"""Draw households, ties and first opinions of all compounds of a batch."""

from collections.abc import Callable

import numpy as np

from compiling.compiled import compiled
from compiling.entries import entry
from model.setup import form_first_opinions, settle_compound
from model.world.network import build_network
from model.world.population import draw_traits
from model.world.state import TIE_SLACK, World

#: Places for ties allocated per household at first; doubled until all fit.
_TIES_PER_HOUSEHOLD = 32


def settled(world: World, amend: Callable[[World], World] | None = None) -> World:
    """The world with households, ties and first opinions drawn.

    world : with its compounds, their demography, parameters, settings, instruments and events
    amend : what puts a user's own households and ties in place before first opinions form, see `model.world.tables`
    """
    n_compounds, n_households = len(world.compounds), world.reals.shape[1]
    world = world._replace(ties=np.full(n_households * _TIES_PER_HOUSEHOLD, -1, np.int32))
    done = settle_all(world, 0, False)
    while done < n_compounds:
        world = world._replace(ties=np.append(world.ties, np.full(world.ties.size + 64, -1, np.int32)))
        done = settle_all(world, done, True)
    used = int(world.tie_stop[-1]) if n_compounds else 0
    world = world._replace(ties=world.ties[:used].copy())
    if amend is not None:
        world = amend(world)
    form_all(world)
    return world


@entry
def settle_all(w: World, first: int, again: bool) -> int:
    """Draw households and ties from compound `first` on; returns the first without room for its ties.

    again : that compound is drawn a second time, as it had no room; it keeps its traits

    Returns the number of compounds if all fit. After the ties of each household there is room for `TIE_SLACK` more.
    What would be drawn a second time, such as the same households under another strategy, is copied from the compound
    in `w.like`.
    """
    used = 0 if first == 0 else w.tie_stop[w.compounds[first].tie_offset - 1]
    for c in range(first, w.compounds.size):
        k = w.compounds[c]
        if not (again and c == first):
            draw_traits(w.demography[c], w.settings[c], w.parameters[c], k.seed, k.number)
        settle_compound(w, c, w.like[c], w.demography[c])
        n = k.stop - k.start
        if w.like[c] == c:
            starts, neighbours = build_network(
                w.flags, w.wholes, k.start, n, k.seed, k.number, w.demography[c]
            )
        else:
            starts, neighbours = ties_of_compound(w, w.like[c])
        needed = neighbours.size + n * TIE_SLACK
        if used + needed > w.ties.size:
            return c
        for i in range(n):
            at = used + starts[i] + i * TIE_SLACK
            degree = starts[i + 1] - starts[i]
            w.tie_start[k.tie_offset + i] = at
            w.tie_stop[k.tie_offset + i] = at + degree
            for q in range(degree):
                w.ties[at + q] = neighbours[starts[i] + q]
        k.known = neighbours.size
        used += needed
        w.tie_start[k.tie_offset + n] = used
        w.tie_stop[k.tie_offset + n] = used
    return w.compounds.size


@compiled
def ties_of_compound(w: World, c: int) -> tuple[np.ndarray, np.ndarray]:
    """The ties of a compound already drawn, as compressed sparse rows without gaps, as `build_network` gives them."""
    k = w.compounds[c]
    n = k.stop - k.start
    starts = np.zeros(n + 1, np.int64)
    for i in range(n):
        degree = w.tie_stop[k.tie_offset + i] - w.tie_start[k.tie_offset + i]
        starts[i + 1] = starts[i] + degree
    neighbours = np.empty(starts[n], np.int32)
    for i in range(n):
        first = w.tie_start[k.tie_offset + i]
        for q in range(starts[i + 1] - starts[i]):
            neighbours[starts[i] + q] = w.ties[first + q]
    return starts, neighbours


@entry
def form_all(w: World) -> None:
    """Form the first opinions in every compound of the batch."""
    for c in range(w.compounds.size):
        form_first_opinions(w, c, w.demography[c])
