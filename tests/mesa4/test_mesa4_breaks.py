"""Every row of "What breaks" in docs/mesa4.md, measured under both: what Mesa 3.5 makes of a snippet, and Mesa 4."""

import os
import sys
from functools import cache

import pytest
from mesa4_breaks import ROWS, STAYS, made_of

from model.community import CommunityModel
from model.specification import Scenario


@cache
def measured():
    """What both make of every snippet: Mesa 3.5, then the Mesa of this environment."""
    return made_of(os.environ["GONGZHI_MESA_3"]), made_of(sys.executable)


@pytest.mark.parametrize("row", ROWS)
def test_what_the_page_says_that_breaks_is_so(row):
    before, now = measured()
    for snippet, under_3, under_4 in ROWS[row]:
        assert before[snippet].startswith(under_3), snippet
        assert now[snippet].startswith(under_4), snippet


@pytest.mark.parametrize(("snippet", "found"), STAYS)
def test_what_the_page_says_that_stays_is_alike(snippet, found):
    before, now = measured()
    assert before[snippet].startswith(found) and before[snippet] == now[snippet]


def test_the_scenario_of_our_model_is_ours_beside_mesa_s_own():
    model = CommunityModel(rng=3, households=40, horizon_weeks=4)
    assert isinstance(model.scenario, Scenario) and model.scenario.horizon_weeks == 4
