"""Symbol names in machine code."""


def entry_name(function: str) -> str:
    """Symbol under which an entry's machine code is found, see `compiling.entries`."""
    return f"gongzhi.{function}"
