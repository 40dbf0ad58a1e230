"""An empty world: every array of a batch of compounds, with its type and shape, before households are drawn."""

import numpy as np

from agents.rules.resident import Term
from agents.rules.street_office import DEVICES
from compiling.entries import taken_by_entries
from model.instruments import Instrument
from model.measures import Outcome, Weekly
from model.menu import N_ITEMS
from model.parameters import PARAMETER_TYPE, Parameters
from model.specification import COMPOUND_SPEC_TYPE, NO_EVENT, SETTINGS_TYPE, USE_TYPE
from model.world.randomness import BEFORE_THE_START
from model.world.rests import REST_TYPE
from model.world.state import (
    COMPOUND_TYPE,
    DISTRICT_TYPE,
    LANES,
    STAIRWELL_TYPE,
    Flag,
    Judged,
    Listed,
    Money,
    Real,
    Scratch,
    Whole,
    World,
)


def empty_world(
    households: int, compounds: int, stairwells: int, events: int, weeks: int, largest: int
) -> World:
    """An empty world of these sizes. largest : households, or stairwells, of the compound that has most"""
    n, m = households, compounds
    parameters = np.zeros(m, PARAMETER_TYPE)
    return World(
        reals=np.zeros((len(Real), n), np.float32),
        flags=np.zeros((len(Flag), n), np.uint8),
        wholes=np.zeros((len(Whole), n), np.int32),
        money=np.zeros((len(Money), n), np.int64),
        preferences=np.zeros((N_ITEMS, n), np.float32),
        tie_start=np.zeros(n + m, np.int64),
        tie_stop=np.zeros(n + m, np.int64),
        ties=np.zeros(0, np.int32),
        stairwells=np.zeros(stairwells, STAIRWELL_TYPE),
        districts=np.zeros(0, DISTRICT_TYPE),
        compounds=np.zeros(m, COMPOUND_TYPE),
        demography=np.zeros(m, COMPOUND_SPEC_TYPE),
        like=np.arange(m),
        parameters=parameters,
        coefficients=parameters.view(np.float64).reshape(m, len(Parameters.model_fields)),
        settings=np.zeros(m, SETTINGS_TYPE),
        instruments=np.zeros((m, len(Instrument)), USE_TYPE),
        now=np.zeros((m, len(Instrument))),
        events=np.full((m, events), NO_EVENT),
        rests=np.zeros((m, len(DEVICES)), REST_TYPE),
        series=np.zeros((m, weeks, len(Outcome)), np.float32),
        measured=np.full(weeks, Weekly.ALL, np.uint8),
        utility=np.zeros(n),
        judged=np.zeros((len(Judged), n), np.float32),
        judged_marks=np.zeros(n, np.uint8),
        judged_project=np.full((m, 2), -1.0),  # −1: not judged yet
        scratch=np.zeros((max(len(Scratch), len(Term) + 1), largest)),  # as `model.week.reasons` uses them
        lists=np.zeros((len(Listed), largest + 1), np.int64),
        marks=np.zeros(largest, np.uint8),
        side_by_side=np.zeros((largest, LANES)),
        heard=np.zeros((2 * LANES, largest)),
        drawn=np.zeros((BEFORE_THE_START, largest)),
        drawn_for=np.zeros((BEFORE_THE_START // 4, 4), np.int64),
    )


taken_by_entries(lambda: empty_world(0, 0, 0, 0, 0, 0))
