"""How a page waits for what is computed: begun at once, let go when another question is asked or nobody looks."""

import threading
import time

import pytest
import solara

from dashboard import parts, unknown
from dashboard.asking import Request
from dashboard.hooks import Awaited, problem_in_words, use_ensemble, use_result
from dashboard.pages import explore
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


class Buttons:
    """The buttons that pages have drawn, by name, each as it was drawn last."""

    def __init__(self, monkeypatch, *modules) -> None:
        self.drawn: dict[str, dict] = {}
        for module in modules:
            monkeypatch.setattr(module, "Act", self._act)

    def _act(self, **given):
        self.drawn[given["name"]] = given
        return solara.Text(given["label"])

    def press(self, name: str) -> None:
        self.drawn.pop(name)["event_act"](0)


@pytest.fixture
def refused_once(monkeypatch):
    """Work that is refused the first time, and the times it was begun."""
    begun = []

    def work(*_, **__):
        begun.append(1)
        if len(begun) == 1:
            raise BusyError("400 tasks wait")
        return b"done"

    return work, begun


@pytest.mark.parametrize(("lang", "label"), [("zh", "再试一次"), ("en", "Try again")])
def test_what_was_refused_can_be_tried_again_where_it_says_so(monkeypatch, refused_once, lang, label):
    work, begun = refused_once
    buttons, seen = Buttons(monkeypatch, parts), []

    @solara.component
    def page():
        seen.append(use_result("key", work, lang))
        parts.Waiting(seen[-1], lang)

    _, context = solara.render(page(), handle_error=False)
    try:
        until(lambda: not seen[-1].waiting)
        assert buttons.drawn["retry"]["label"] == label
        buttons.press("retry")
        until(lambda: seen[-1].value == b"done")
        assert seen[-1].problem == "" and "retry" not in buttons.drawn and len(begun) == 2
    finally:
        context.close()


def test_asking_again_while_the_answer_is_under_way_begins_nothing_more():
    begun, seen, go_on = [], [], threading.Event()

    @solara.component
    def page():
        def work(still, progress):
            begun.append(1)
            go_on.wait(20)
            return "done"

        seen.append(use_result("key", work, "en"))
        solara.Text("x")

    _, context = solara.render(page(), handle_error=False)
    try:
        seen[-1].again()
        seen[-1].again()
        assert len(begun) == 1
        go_on.set()
        until(lambda: not seen[-1].waiting)
        seen[-1].again()
        until(lambda: len(begun) == 2)
    finally:
        context.close()


def test_the_report_is_asked_for_anew_by_another_click(monkeypatch, refused_once):
    work, begun = refused_once
    drawn = {}
    monkeypatch.setattr(explore, "report_html", work)
    monkeypatch.setattr(explore, "Save", lambda **given: (drawn.update(given), solara.Text("x"))[1])
    _, context = solara.render(explore.Report(Request(), "f.html", "en"), handle_error=False)
    try:
        drawn["event_want"]()
        until(lambda: begun and not drawn["busy"])
        drawn["event_want"]()
        until(lambda: drawn["content"] == "ZG9uZQ==")
        assert len(begun) == 2
    finally:
        context.close()


def test_the_card_of_what_is_not_known_can_be_tried_again(monkeypatch, refused_once):
    work, begun = refused_once
    buttons = Buttons(monkeypatch, parts, unknown)
    monkeypatch.setattr(unknown, "summary_of", work)
    monkeypatch.setattr(unknown, "ignorance_of_plans", lambda summaries, outcomes: summaries)
    monkeypatch.setattr(unknown, "unknown_html", lambda found, lang: f"<p>{found[0].decode()}</p>")
    _, context = solara.render(unknown.Unknown((Request(),), ("gate_week",), "en"), handle_error=False)
    try:
        buttons.press("plausible")
        until(lambda: "retry" in buttons.drawn)
        buttons.press("retry")
        until(lambda: len(begun) == 2)
    finally:
        context.close()


def test_which_levers_matter_is_asked_again_when_a_lever_moves(monkeypatch, refused_once):
    work, begun = refused_once
    move = {}
    monkeypatch.setattr(parts, "SCREENING_WAITS", 0.0)
    monkeypatch.setattr(parts, "known_screening", lambda case, strategy: None)
    monkeypatch.setattr(parts, "screening", work)

    @solara.component
    def page():
        request, move["to"] = solara.use_state(Request())
        parts.use_screening(request, "en")
        solara.Text("x")

    _, context = solara.render(page(), handle_error=False)
    try:
        until(lambda: len(begun) == 1)
        time.sleep(0.1)
        assert len(begun) == 1, "not at once: too much is asked for already"
        move["to"](Request().with_levers({"hours": 0.1}))
        until(lambda: len(begun) == 2)
    finally:
        context.close()
