"""What a researcher has brought, known until the command ends."""

from typing import TYPE_CHECKING

import click

from model.brought import Brought, bringing

if TYPE_CHECKING:
    from scenarios.own import Own


def know(what: Brought) -> None:
    """Let files, settings and labels know own instruments and outcomes as long as this command runs."""
    click.get_current_context().with_resource(bringing(what))


def brought_along(place: str | None) -> "Own | None":
    """What `--own` brings, known from here on; loads Mesa only where it is given. Raises OwnError."""
    if place is None:
        return None
    from scenarios.own import load_own

    own = load_own(place)
    know(own.brought)
    return own
