"""What a researcher has brought, known until the command ends."""

import click

from model.brought import Brought, bringing


def know(what: Brought) -> None:
    """Let files, settings and labels know own instruments and outcomes as long as this command runs."""
    click.get_current_context().with_resource(bringing(what))
