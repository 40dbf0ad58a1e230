"""What nobody foresaw is a sentence on the page and a traceback for who runs the server, never the other way round."""

import logging
import time

import pytest
import solara

from dashboard import hooks
from dashboard.hooks import use_result
from dashboard.launcher import ErrorsKept
from scenarios.catalogue import text
from scenarios.files.problems import ScenarioError

SECRET = "/srv/secret/place"


@solara.component
def broken():
    raise RuntimeError(f"{SECRET} broke")


@solara.component
def broken_later():
    def effect():
        raise RuntimeError(f"{SECRET} broke")

    solara.use_effect(effect, [])
    solara.Text("before it broke")


@solara.component
def broken_when_drawn_again():
    n, set_n = solara.use_state(0)
    if n:
        raise RuntimeError(f"{SECRET} broke")
    solara.use_effect(lambda: set_n(1), [])
    solara.Text("before it broke")


@pytest.mark.parametrize("page", [broken, broken_later, broken_when_drawn_again])
def test_a_page_that_breaks_shows_a_sentence_and_no_place_of_the_server(monkeypatch, caplog, page):
    monkeypatch.setattr("reacton.core.traceback", ErrorsKept())
    with caplog.at_level(logging.ERROR):
        box, context = solara.render(page(), handle_error=True)
    try:
        said = str([widget.get_state() for widget in box.children])
        assert text("dash.broken", "zh") in said and text("dash.broken", "en") in said
        assert SECRET not in said and "Traceback" not in said and "RuntimeError" not in said
        assert SECRET in caplog.text
    finally:
        context.close()


def waited_for(work) -> hooks.Awaited:
    """What a page knows once its work has ended, or after five seconds."""
    seen: list[hooks.Awaited] = []

    @solara.component
    def page():
        seen.append(use_result("key", work, "en"))
        solara.Text("x")

    _, context = solara.render(page(), handle_error=False)
    try:
        for _ in range(100):
            if not seen[-1].waiting:
                break
            time.sleep(0.05)
    finally:
        context.close()
    return seen[-1]


def raises(error: BaseException):
    def work(wanted, progress):
        raise error

    return work


def test_a_result_that_cannot_be_made_for_a_reason_nobody_foresaw_ends_the_waiting(caplog):
    with caplog.at_level(logging.ERROR):
        found = waited_for(raises(RecursionError(f"{SECRET} is too deep")))
    assert (found.waiting, found.problem) == (False, text("dash.broken", "en"))
    assert SECRET in caplog.text


@pytest.mark.parametrize("work", [raises(SystemExit(3)), lambda wanted, progress: None])
def test_work_that_ends_in_no_way_of_its_own_ends_the_waiting_too(caplog, work):
    with caplog.at_level(logging.ERROR):
        found = waited_for(work)
    assert (found.waiting, found.problem) == (False, text("dash.broken", "en"))
    assert "a result could not be made" in caplog.text


@pytest.mark.parametrize("error", [ValueError(), ScenarioError(""), ValueError("\n")])
def test_an_error_without_words_ends_the_waiting_with_its_kind(error):
    found = waited_for(raises(error))
    assert not found.waiting
    assert found.problem == text("dash.failed", "en").format(error=type(error).__name__)
