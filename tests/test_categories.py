"""Categories: one enumeration each, from which the names in files and the codes of the engine follow."""

from enum import EnumType, IntEnum

import pytest

from agents import categories
from agents.categories import Allocation, Contract, EventKind, Law, ManagementBefore, MissedGate, names
from model.engine import Run, build_world
from model.instruments import CHOICES, Instrument
from model.specification import (
    District,
    Event,
    Management,
    Named,
    Programme,
    Scenario,
    Specification,
    Strategy,
    Use,
    _as_numbers,
    event_table,
    settings_record,
)
from model.week.mobilisation import scripted_events
from scenarios.files.collectionfile import Collection
from scenarios.files.quantities import choices_of
from scenarios.files.strategyfile import Instruments

ALL = [
    e for e in vars(categories).values() if isinstance(e, EnumType) and e.__module__ == categories.__name__
]
#: Section, setting, and the enumeration that names what it may be.
CHOSEN = [
    (Programme, "vote_rule", Law),
    (Programme, "on_missed_gate", MissedGate),
    (Management, "before", ManagementBefore),
    (Management, "contract", Contract),
]


@pytest.mark.parametrize("enumeration", ALL, ids=lambda e: e.__name__)
def test_members_are_numbered_from_0_in_their_order(enumeration: type[IntEnum]) -> None:
    assert [member.value for member in enumeration] == list(range(len(enumeration)))


@pytest.mark.parametrize(
    ("table", "field", "enumeration"),
    [
        *CHOSEN,
        *((table, "allocation", Allocation) for table in (District, Collection)),
        (Event, "kind", EventKind),
    ],
)
def test_files_may_name_every_member_and_nothing_else(table, field, enumeration) -> None:
    assert choices_of(table.model_fields[field].annotation) == list(names(enumeration))


@pytest.mark.parametrize("instrument", CHOICES)
def test_strategy_files_may_name_every_choice_of_an_instrument(instrument: Instrument) -> None:
    use = Instruments.model_fields[instrument.name.lower()].annotation
    assert choices_of(use.model_fields["choice"].annotation) == list(names(CHOICES[instrument]))


@pytest.mark.parametrize(("table", "field", "enumeration"), CHOSEN)
def test_the_engine_knows_a_choice_by_the_number_of_its_member(table, field, enumeration) -> None:
    section = table.__name__.lower()
    for member in enumeration:
        scenario = Scenario(**{section: table(**{field: member.name.lower()})})
        assert settings_record(scenario)[field] == member


def test_a_choice_is_its_members_number_and_not_its_place() -> None:
    class Side(IntEnum):
        LEFT = 7
        RIGHT = 3

    class Turn(Specification):
        side: Named[Side] = "left"

    assert [_as_numbers(Turn(side=name)) for name in names(Side)] == [[7.0], [3.0]]


def test_events_stand_by_week_with_the_number_of_their_kind() -> None:
    events = (Event(week=9, kind="company_leaves"), Event(week=2, kind="fee_change", value=0.4))
    table = event_table(events)
    assert table["week"].tolist() == [2, 9] and table["value"].tolist() == [0.4, 0.0]
    assert table["kind"].tolist() == [EventKind.FEE_CHANGE, EventKind.COMPANY_LEAVES]
    assert event_table(()).shape == (0,)


def test_a_compound_with_fewer_events_than_its_batch_has_none_in_their_place() -> None:
    one = Scenario(events=(Event(week=0, kind="deadline", value=12),))
    world = build_world([Run(one, 1), Run(Scenario(), 1)])
    before = world.compounds["deadline"].tolist()
    for week in (-1, 0):
        for c in range(2):
            scripted_events(world, c, week)
    assert world.compounds["deadline"].tolist() == [12, before[1]]


def test_an_instruments_use_is_read_by_name() -> None:
    use = Use(intensity=0.4, start_week=3, end_week=9, choice="elders")
    world = build_world([Run(Scenario(strategy=Strategy(instruments={"messengers": use})), 1)])
    found = world.instruments[0, Instrument.MESSENGERS]
    assert found.tolist() == (0.4, 3, 9, categories.Messenger.ELDERS)
