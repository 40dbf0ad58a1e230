"""How a page waits for what is computed: begun at once, let go when another question is asked or nobody looks."""

import threading
import time

import pytest
import solara

from dashboard.asking import Request
from dashboard.hooks import Awaited, problem_in_words, use_ensemble, use_result
from dashboard.workers import BusyError, DiedError, TooLongError
from scenarios.catalogue import text
from scenarios.files.problems import ScenarioError


def test_what_a_page_waits_for_begins_before_the_page_is_drawn_and_is_let_go_for_another_question():
    begun = {key: threading.Event() for key in "ab"}
    wanted, drawn = {}, []
    ask = {}

    @solara.component
    def page():
        key, ask["for"] = solara.use_state("a")

        def work(still, progress):
            wanted[key] = still
            begun[key].set()
            while still():
                time.sleep(0.001)
            return None

        use_result(key, work, "en")
        assert begun[key].wait(20), "it begins while the page is still being drawn"
        drawn.append(key)
        solara.Text(key)

    _, context = solara.render(page(), handle_error=False)
    try:
        assert wanted["a"]()
        ask["for"]("b")
        assert drawn == ["a", "b"]
        assert not wanted["a"]() and wanted["b"]()
    finally:
        context.close()
    assert not wanted["b"]()


def test_an_answer_that_comes_late_to_an_earlier_question_never_takes_the_place_of_the_one_asked_for():
    late = threading.Event()
    threads, ask, seen = {}, {}, []

    @solara.component
    def page():
        key, ask["for"] = solara.use_state("a")

        def work(still, progress):
            threads[key] = threading.current_thread()
            if key == "a":
                assert late.wait(20)
            return key.upper()

        awaited = use_result(key, work, "en")
        if key == "b":
            # The answer to b is there before the page has been drawn for it, and only then comes that to a.
            while "b" not in threads:
                time.sleep(0.001)
            threads["b"].join(20)
            late.set()
            threads["a"].join(20)
        seen.append((key, awaited.value, awaited.waiting))
        solara.Text(key)

    _, context = solara.render(page(), handle_error=False)
    try:
        ask["for"]("b")
        assert seen[-1] == ("b", "B", False)
    finally:
        context.close()


def until(enough) -> None:
    """Wait for what threads do, five seconds at most."""
    last = time.monotonic() + 5
    while not enough() and time.monotonic() < last:
        time.sleep(0.01)
    assert enough()


ERRORS = {
    "busy": BusyError("400 tasks wait"),
    "too long": TooLongError("longer than 60 s"),
    "died": DiedError("the processes of the engine have been stopped"),
    "of a file": ScenarioError("gate = 3; expected a number from 0 to 1"),
    "not foreseen": KeyError("x"),
    "impossible": None,
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_why_there_is_no_result_is_said_in_the_language_that_is_read_now(error, monkeypatch):
    monkeypatch.setattr("dashboard.asking.MOST_HOUSEHOLDS", 10)
    seen: list[tuple[str, Awaited]] = []
    begun, speak = [], {}

    @solara.component
    def page():
        lang, speak["in"] = solara.use_state("zh")

        def work(still, progress):
            begun.append(lang)
            raise error

        found = use_ensemble(Request(), 3, lang) if error is None else use_result("key", work, lang)
        seen.append((lang, found))
        solara.Text(lang)

    _, context = solara.render(page(), handle_error=False)
    try:
        until(lambda: not seen[-1][1].waiting)
        first = seen[-1][1]
        speak["in"]("en")
        lang, second = seen[-1]
    finally:
        context.close()
    assert (lang, second.waiting) == ("en", False) and begun in (["zh"], []), "the question has not changed"
    if error is None:
        n = Request().scenario().compound.households
        worded = [text("dash.too_large", one).format(found=n, most=10) for one in ("zh", "en")]
        assert [first.problem, second.problem] == [
            text("dash.failed", one).format(error=why) for one, why in zip(("zh", "en"), worded, strict=True)
        ]
    else:
        assert [first.problem, second.problem] == [problem_in_words(error, one) for one in ("zh", "en")]
    assert first.problem != second.problem
