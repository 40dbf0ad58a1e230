"""What a page shows says what it is about, also while the page asks for something else, or gets no answer."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
import solara

from dashboard import state
from dashboard.asking import Request, describe
from dashboard.hooks import Awaited
from dashboard.pages import compare, district, explore, who
from dashboard.pages.district import Plan
from dashboard.parts import answer
from dashboard.workers import BusyError

BEFORE, AFTER = Request("danwei_courtyard", "information_only"), Request("danwei_courtyard", "pressure")


@pytest.fixture(autouse=True)
def asked():
    """The tab's scenario, plans and what pages keep, as they were before."""
    had = state.request.value, state.plans.value, state.kept.value, state.lang.value
    state.lang.value = "en"
    yield
    state.request.value, state.plans.value, state.kept.value, state.lang.value = had


class Shown:
    """A page as it was drawn last: its headings and whether its answer is faded."""

    def __init__(self, monkeypatch, module, **doubles) -> None:
        self.heading, self.faded, self.answers = "", False, 0
        markup, place = module.markup, module.answer

        def heard(content, **more):
            if content.startswith("<h2>") or content.startswith('<h2 style="margin-top:0">A '):
                self.heading = content
            return markup(content, **more)

        def placed(awaited, *more):
            self.faded = awaited.stale
            self.answers += 1
            made = place(awaited, *more)
            assert ("gz-stale" in made.kwargs["classes"]) == ("opacity" in made.kwargs["style"]) == self.faded
            return made

        monkeypatch.setattr(module, "markup", heard)
        monkeypatch.setattr(module, "answer", placed)
        for name, double in doubles.items():
            monkeypatch.setattr(module, name, double)

    def until(self, *words, faded: bool) -> None:
        """Wait until the heading holds these words, five seconds at most."""
        last = time.monotonic() + 5
        while time.monotonic() < last and not (all(w in self.heading for w in words) and self.faded == faded):
            time.sleep(0.01)
        assert all(word in self.heading for word in words) and self.faded == faded, self.heading


def nothing(*_, **__):
    return solara.Text("")


def refused_unless(is_known, found, held: threading.Event):
    """Finds a result where a key is known; for others it waits until it is held no more, and is refused."""

    def find(key, *_, **__):
        if is_known(key):
            return found(key) if callable(found) else found
        assert held.wait(20)
        raise BusyError("400 tasks wait")

    return find


def test_who_is_headed_by_the_scenario_whose_figures_it_shows(monkeypatch):
    found, held = who.Groups._make([None] * len(who.Groups._fields)), threading.Event()
    shown = Shown(
        monkeypatch,
        who,
        LeverPanel=nothing,
        wait_for=refused_unless(lambda key: key[1] == BEFORE, found, held),
        told=lambda *_: "who gains",
        picture=lambda *_: "",
        tables=lambda *_: "",
    )
    state.request.value = BEFORE
    _, context = solara.render(who.Page(), handle_error=False)
    try:
        shown.until(describe(BEFORE, "en"), faded=False)
        state.request.value = AFTER
        shown.until(describe(BEFORE, "en"), faded=True)
        held.set()
        time.sleep(0.2)
        shown.until(describe(BEFORE, "en"), faded=True)  # refused: the figures are still those of before
        state.request.value = BEFORE
        shown.until(describe(BEFORE, "en"), faded=False)
    finally:
        held.set()
        context.close()


def test_compare_says_which_plan_each_letter_stands_for_in_what_it_shows(monkeypatch):
    held, cards = threading.Event(), []

    def card(plans, *_):
        cards.append(plans)
        return solara.Text("")

    shown = Shown(
        monkeypatch,
        compare,
        ensemble=refused_unless(
            lambda key: key != AFTER,
            lambda key: SimpleNamespace(request=key, runs=50, shown=None),
            held,
        ),
        sentence=lambda *_: "",
        verdicts=lambda *_: [],
        stage=lambda *_: "{}",
        differences=lambda *_: "",
        **dict.fromkeys(("Choose", "Bands", "Costs", "Minis"), nothing),
        Unknown=card,
    )
    other = Request("danwei_courtyard", "full_bundle")
    state.request.value, state.plans.value = BEFORE, (BEFORE, other)
    _, context = solara.render(compare.Page(), handle_error=False)
    try:
        shown.until(f"A {describe(BEFORE, 'en')} · B {describe(other, 'en')}", faded=False)
        state.plans.value = (BEFORE, AFTER)
        shown.until(f"B {describe(other, 'en')}", faded=True)
        held.set()
        time.sleep(0.2)
        shown.until(f"B {describe(other, 'en')}", faded=True)
        assert cards[-1] == (BEFORE, other), "what is not known is asked of the plans that are shown"
    finally:
        held.set()
        context.close()


def test_a_district_is_headed_by_the_plan_whose_map_it_shows(monkeypatch):
    held, usual = threading.Event(), Plan()
    shown = Shown(
        monkeypatch,
        district,
        wait_for=refused_unless(lambda key: key[1] == usual, ([1], [2]), held),
        Choose=nothing,
        Results=lambda found, alone, lang: solara.Text(f"{found}{alone}"),
        UnknownDistrict=lambda plan, *_: solara.Text(plan.strategy),
    )
    state.kept.value = {}
    _, context = solara.render(district.Page(), handle_error=False)
    try:
        shown.until(district.called(usual, "en"), faded=False)
        state.keep(district=district.word_of(replace(usual, strategy="pressure")))
        shown.until(district.called(usual, "en"), faded=True)
        held.set()
        time.sleep(0.2)
        shown.until(district.called(usual, "en"), faded=True)
    finally:
        held.set()
        context.close()


def test_a_plan_of_a_district_is_called_by_its_size_its_strategy_and_that_it_was_changed():
    names = {
        district.called(plan, "en")
        for plan in (Plan(), Plan(size="191"), Plan(strategy="pressure"), Plan(dhours=0.1))
    }
    assert len(names) == 4


def test_figures_of_explore_are_faded_while_they_answer_to_levers_that_were_moved_since(monkeypatch):
    told = []
    monkeypatch.setattr(explore, "LeverPanel", nothing)
    monkeypatch.setattr(
        explore, "Results", lambda found, stale, lang: (told.append(stale), solara.Text(""))[1]
    )
    for awaited in (
        Awaited("x", False),
        Awaited("x", True),
        Awaited("x", False, error=BusyError("full"), problem="full"),
    ):
        monkeypatch.setattr(explore, "use_ensemble", lambda *_, awaited=awaited: awaited)
        solara.render(explore.Page(), handle_error=False)[1].close()
    assert told == [False, True, True]


def test_what_answers_has_its_place_before_there_is_an_answer():
    """A piece that comes and goes would have the browser begin its neighbours anew."""
    for awaited in (
        Awaited(),
        Awaited("x", False),
        Awaited("x"),
        Awaited(None, False, error=ValueError("no")),
    ):
        assert answer(awaited).kwargs["classes"][0] == "gz-answer"
        assert awaited.stale == (awaited.value is not None and awaited.waiting)
