"""The page Predict: a guess is judged against what it was made of."""

import json

import numpy as np
import pytest
import solara

from dashboard import state
from dashboard.app import take_scenario
from dashboard.asking import Request, to_query
from dashboard.hooks import Awaited
from dashboard.pages import predict

WEEKS = 208


class Found:
    """An ensemble in which every share is the same: a half under pressure, more elsewhere."""

    def __init__(self, request):
        self.request = request

    def of(self, _):
        weeks = self.request.scenario().horizon_weeks
        return np.full((3, weeks), 0.5 if self.request.strategy == "pressure" else 0.9)


@pytest.fixture
def drawn(monkeypatch):
    """What the page gives to the sheet it draws on."""
    given = {}
    monkeypatch.setattr(predict, "use_ensemble", lambda request, *_: Awaited(Found(request), False, 1.0))
    monkeypatch.setattr(predict, "Draw", lambda **words: given.update(words) or solara.Text("sheet"))
    before = state.request.value, state.lang.value
    yield given
    state.request.value, state.lang.value = before


def test_a_guess_is_of_the_scenario_it_was_made_for_also_after_a_step_back(drawn):
    state.request.value = Request("jinjiang", "pressure")
    _, context = solara.render(predict.Page(), handle_error=False)

    def sheet():
        return json.loads(drawn["payload"])

    try:
        drawn["event_reveal"]([0.25] * WEEKS)
        assert sheet()["mine"][0] == 0.25 and sheet()["q"][2][0] == 0.5
        take_scenario(to_query(Request("jinjiang", "visible_example"), "en"))
        assert sheet()["mine"] is None and sheet()["q"] is None
        take_scenario(to_query(Request("jinjiang", "pressure"), "en", {"curve": "payment_rate"}))
        assert sheet()["mine"] is None and sheet()["q"] is None
        take_scenario(to_query(Request("jinjiang", "pressure"), "en"))
        assert sheet()["mine"][0] == 0.25 and sheet()["q"][2][0] == 0.5
    finally:
        context.close()
        take_scenario("")
