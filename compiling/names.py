"""What machine code is called."""


def entry_name(function: str) -> str:
    """What machine code calls a function that is called from outside it, see `compiling.entries`."""
    return f"gongzhi.{function}"
