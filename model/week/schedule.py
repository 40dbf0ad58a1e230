"""The weekly order of events. One line a process, the same names and order as in `docs/odd.md`.

A district's week is a function of the world and the week only; districts of a batch do not touch one another.
"""

from compiling.compiled import compiled
from compiling.entries import entry
from model.week.billing import serve_and_bill
from model.week.deliberation import deliberate
from model.week.district import settle_companies, share_hours, show_finished
from model.week.mobilisation import allocate_effort, mobilise, scripted_events
from model.week.opinion import influence, voice
from model.week.outcomes import observe
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
def step(w: World, d: int, week: int) -> None:
    """One week in one district. Lines 2 and 10 are in part done for all compounds of the district at once."""
    first, last = w.districts[d].first, w.districts[d].last
    for c in range(first, last):
        scripted_events(w, c, week)
    share_hours(w, d, week)
    show_finished(w, d)
    for c in range(first, last):
        allocate_effort(w, c, week)
        mobilise(w, c, week)
        deliberate(w, c, week)
        influence(w, c, week)
        voice(w, c, week)
        sign_and_withdraw(w, c, week)
        test_gates(w, c, week)
        construct(w, c, week)
        serve_and_bill(w, c, week)
    settle_companies(w, d, week)
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
    for d in range(first, last):
        for week in range(start_week, start_week + weeks):
            step(w, d, week)
