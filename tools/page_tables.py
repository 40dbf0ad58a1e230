"""Rows and cells of the tables that are written from the code."""


def cell(value: object) -> str:
    """A value as it may stand in a table."""
    return str(value).replace("|", "\\|")


def row(*cells: object) -> str:
    """One row of a table."""
    return "| " + " | ".join(cell(c) for c in cells) + " |"


def head(*names: str) -> list[str]:
    """The two lines a table begins with."""
    return [row(*names), "|---" * len(names) + "|"]


def number(value: float) -> str:
    """A number with a true minus sign."""
    return f"{value:g}".replace("-", "−")
