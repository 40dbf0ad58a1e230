"""What the dashboard gives back when nobody needs it any more."""

import gc
import threading
import weakref

from solara.server import kernel_context

from dashboard.asking import Request
from dashboard.memory import few_arenas, forget_ended_threads, give_memory_back


def test_notes_of_ended_threads_go_and_those_of_living_ones_stay(monkeypatch):
    page = object()
    noted = {"Dummy-71234": None, "Dummy-81235": page, "MainThread1236": None, "Thread-91237": page}
    monkeypatch.setattr(kernel_context, "current_context", noted)
    forget_ended_threads()
    assert noted == {"Dummy-81235": page, "MainThread1236": None, "Thread-91237": page}


def test_memory_is_tidied_again_and_again():
    tidied, twice = [], threading.Event()

    def tidy() -> None:
        tidied.append(1)
        if len(tidied) == 2:
            twice.set()
            threading.Event().wait()  # that is enough of it

    give_memory_back(tidy, every=0.01)
    assert twice.wait(60)


def test_free_pages_can_be_returned_on_any_system():
    few_arenas()()


def test_of_the_scenarios_that_were_asked_for_none_is_kept():
    base, moved = Request(), Request().with_levers({"hours": 0.11})
    changed = Request(parameters=(("taste_mean", 0.1),))
    kept = [weakref.ref(request.scenario()) for request in (moved, changed)]
    gc.collect()
    assert [scenario() for scenario in kept] == [None, None]
    assert moved.scenario() == moved.scenario() != base.scenario()
