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


def number(value: float, digits: int = 6) -> str:
    """A number of at most so many significant digits, with a true minus sign and commas between thousands."""
    return f"{float(f'{value:.{digits}g}'):,.12g}".replace("-", "−")
