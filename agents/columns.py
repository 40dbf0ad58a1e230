"""Descriptors through which an agent's attributes read and write the columns of its model.

The world is held as columns, one entry a household, so that the compiled engine can work on it. An agent
holds its row number and nothing else; an attribute declared here reads and writes that row of *its model's*
column. What is read is a Python number, so rules compute in double precision; what is written is rounded to
the column's own precision, as in the compiled engine.
"""

from enum import IntEnum
from typing import Any, Protocol

from agents.rules.street_office import Device


class Surroundings(Protocol):
    """What an agent may ask of the model it lives in."""

    #: the week now running, from 0
    week: int
    #: households' columns by name
    columns: dict[str, Any]
    #: the coefficients of the rules
    parameters: Any
    #: programme, management and office: the engine's numbers, read and written as attributes
    settings: Any
    #: the compound, its project and its company: the engine's record, read and written as attributes
    compound: Any
    #: the property company, an agent of its own
    company: Any
    #: this week's intensity of each instrument
    now: Any
    #: households' wishes for the menu items, shape (items, households)
    wishes: Any
    #: every household, in building order
    residents: Any

    def draw(self, household: int, purpose: str) -> float:
        """The household's uniform draw in (0, 1) for one purpose in this week."""

    def ties_of(self, household: int) -> list[Any]:
        """The residents a household is personally acquainted with."""

    def devote(self, device: Device, left: float) -> float:
        """Give a device its hours and money of the week, out of the hours left; returns what is left then."""

    def affordable(self, item: int) -> bool:
        """Whether a menu item is not in the plan and the money left pays for it."""

    def shows(self, item: int) -> float:
        """How much an office that decides alone prefers a menu item, in [0, 1]."""

    def choice(self, instrument: str) -> int:
        """The choice made within an instrument, such as whom to visit first."""


class Column:
    """A number of a household, in the model's column of the same name or of the name given."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.name = self.name or attribute

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return agent.model.columns[self.name].item(agent.row)

    def __set__(self, agent: Any, value: Any) -> None:
        agent.model.columns[self.name][agent.row] = value


class Mark(Column):
    """A yes or no of a household, held as 1 or 0."""

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return agent.model.columns[self.name].item(agent.row) == 1


class Category[C: IntEnum](Column):
    """A category of a household, read as a member of its enumeration."""

    def __init__(self, kinds: type[C], name: str = "") -> None:
        super().__init__(name)
        self.kinds = list(kinds)

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return self.kinds[agent.model.columns[self.name].item(agent.row)]


class Yuan(Column):
    """A household's money in yuan, to read; the column holds whole fen, so that sums are exact."""

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return agent.model.columns[self.name].item(agent.row) / 100.0


class Field:
    """A number of an institution, in the compound's record under the same name or the name given."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.name = self.name or attribute

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        return self if agent is None else getattr(agent.model.compound, self.name)

    def __set__(self, agent: Any, value: Any) -> None:
        setattr(agent.model.compound, self.name, value)
