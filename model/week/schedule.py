"""The weekly order of events. One line a process, the same names and order as in `docs/odd.md`.

A district's week is a function of the world and the week only; districts of a batch do not touch one another.
"""

from compiling.compiled import compiled
from compiling.entries import entry
from model.week.billing import serve_and_bill
from model.week.deliberation import deliberate
from model.week.district import settle_companies, share_hours, show_finished
from model.week.mobilisation import allocate_effort, mobilise, scripted_events
from model.week.opinion import influence, influence_side_by_side, voice
from model.week.outcomes import observe
from model.week.side_by_side import behind_siblings
from model.week.signing import sign_and_withdraw
from model.week.stages import test_gates
from model.week.turnover import turnover
from model.week.works import construct
from model.world.state import World

#: The processes of a week by name, in order.
SCHEDULE = (
    "scripted_events",
    "allocate_effort",
    "mobilise",
    "deliberate",
    "influence",
    "voice",
    "sign_and_withdraw",
    "test_gates",
    "construct",
    "serve_and_bill",
    "turnover",
    "observe",
)


@compiled
def step(w: World, d: int, behind: int, week: int) -> None:
    """One week in districts `d` to `behind` (exclusive), which are one or run side by side.

    Lines 2 and 10 are in part done for all compounds of a district at once, line 5 for all that run side by side.
    """
    first, last = w.districts[d].first, w.districts[behind - 1].last
    for c in range(first, last):
        scripted_events(w, c, week)
    for each in range(d, behind):
        share_hours(w, each, week)
        show_finished(w, each)
    for c in range(first, last):
        allocate_effort(w, c, week)
        mobilise(w, c, week)
        deliberate(w, c, week)
    if behind > d + 1:
        influence_side_by_side(w, first, last)
    else:
        for c in range(first, last):
            influence(w, c, week)
    for c in range(first, last):
        voice(w, c, week)
        sign_and_withdraw(w, c, week)
        test_gates(w, c, week)
        construct(w, c, week)
        serve_and_bill(w, c, week)
    for each in range(d, behind):
        settle_companies(w, each, week)
    for c in range(first, last):
        turnover(w, c, week)
        observe(w, c, week)


@entry
def share_before(w: World, first: int, last: int, week: int) -> None:
    """Share the hours of a week in districts `first` to `last` (exclusive) before it begins, for own instruments."""
    for d in range(first, last):
        share_hours(w, d, week)
        w.districts[d].shared_week = week


@entry
def advance(w: World, first: int, last: int, start_week: int, weeks: int) -> None:
    """Run districts `first` to `last` (exclusive) for `weeks` weeks from `start_week`."""
    d = first
    while d < last:
        behind = behind_siblings(w, d, last)
        for week in range(start_week, start_week + weeks):
            step(w, d, behind, week)
        d = behind
