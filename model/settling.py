"""Draw households, ties and first opinions of all compounds of a batch."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from compiling.compiled import compiled
from compiling.entries import entry
from model.households import CompoundTables
from model.setup import form_first_opinions, settle_compound
from model.world.network import build_network
from model.world.population import draw_households, draw_traits, draw_wishes
from model.world.state import TIE_SLACK, World
from model.world.tables import put_households, with_ties

#: Places for ties allocated per household at first; doubled until all fit.
_TIES_PER_HOUSEHOLD = 32


def settled(world: World, tables: Sequence[CompoundTables | None] = ()) -> World:
    """The world with households, ties and first opinions drawn.

    world : with its compounds, their demography, parameters, settings, instruments and events
    tables : of each compound its own households and ties, which take the place of those drawn; none where empty
    """
    n_compounds, n_households = len(world.compounds), world.reals.shape[1]
    own = {c: compound for c, compound in enumerate(tables) if compound is not None}
    world = world._replace(ties=np.empty(n_households * _TIES_PER_HOUSEHOLD, np.int32))
    settle_all(world)
    for c, compound in own.items():
        put_households(world, c, compound, partial(draw_in_place, world, c))
    done = tie_all(world, 0)
    while done < n_compounds:
        world = world._replace(ties=np.append(world.ties, np.empty(world.ties.size + 64, np.int32)))
        done = tie_all(world, done)
    used = int(world.tie_stop[-1]) if n_compounds else 0
    world = world._replace(ties=world.ties[:used].copy())
    ties = {c: compound.ties for c, compound in own.items() if compound.ties is not None}
    if ties:
        world = with_ties(world, ties)
    form_all(world)
    return world


@entry
def settle_all(w: World) -> None:
    """Draw the traits and households of every compound.

    What would be drawn a second time, such as the same households under another strategy, is copied from the compound
    in `w.like`.
    """
    for c in range(w.compounds.size):
        k = w.compounds[c]
        draw_traits(w.demography[c], w.settings[c], w.parameters[c], k.seed, k.number)
        settle_compound(w, c, w.like[c], w.demography[c])


@entry
def draw_in_place(w: World, c: int, wishes: int) -> None:
    """Draw the households of compound `c` where its own table has put them; or only their wishes, by who they are."""
    if wishes == 0:
        draw_households(w, c)
    else:
        draw_wishes(w, c)


@entry
def tie_all(w: World, first: int) -> int:
    """Draw the ties of every compound from `first` on; returns the first without room for its ties.

    Returns the number of compounds if all fit. After the ties of each household there is room for `TIE_SLACK` more.
    """
    used = 0 if first == 0 else w.tie_stop[w.compounds[first].tie_offset - 1]
    for c in range(first, w.compounds.size):
        k = w.compounds[c]
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
            for q in range(degree, degree + TIE_SLACK):
                w.ties[at + q] = -1
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
