"""What a researcher has brought, known until the command ends."""

from typing import TYPE_CHECKING

import click

from model.brought import Brought, bringing, brought
from model.specification import Scenario

if TYPE_CHECKING:
    from scenarios.own import Own


def know(what: Brought) -> None:
    """Let files, settings and labels know own instruments and outcomes as long as this command runs."""
    click.get_current_context().with_resource(bringing(what))


def with_own(scenario: Scenario) -> Scenario:
    """The scenario with what is brought in use, where its strategy says nothing of it."""
    return scenario.model_copy(update={"strategy": brought().used_by(scenario.strategy)})


def brought_along(place: str | None) -> "Own | None":
    """What `--own` brings, known from here on; loads Mesa only where it is given. Raises OwnError."""
    if place is None:
        return None
    from scenarios.own import load_own

    own = load_own(place)
    know(own.brought)
    return own
