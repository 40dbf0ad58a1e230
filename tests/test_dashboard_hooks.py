"""How a page waits for what is computed: begun at once, let go when another question is asked or nobody looks."""

import threading
import time

import solara

from dashboard.hooks import use_result


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
