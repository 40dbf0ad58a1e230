"""New processes of Python look for modules where Python and the project keep them, not where the user stands.

`multiprocessing` begins a fresh interpreter with `python -c`, which looks in the working folder before anywhere else:
a `random.py`, a `numpy.py` or a folder `model` that lies there would be executed by every worker.
"""

import multiprocessing
import sys
from functools import cache
from multiprocessing import process, spawn, util
from typing import Any


def fresh_processes(method: str) -> Any:
    """The context of `multiprocessing` whose processes begin by this method (`spawn`, `forkserver`)."""
    _look_elsewhere()
    return multiprocessing.get_context(method)


@cache
def _look_elsewhere() -> None:
    """Give fresh interpreters, the fork server and the tracker of resources too, Python's own flag for it."""
    flags: Any = util
    usual_flags, usual_preparation = flags._args_from_interpreter_flags, spawn.get_preparation_data

    def flags_of_interpreter() -> list[str]:
        found: list[str] = usual_flags()
        return found if {"-P", "-I"} & set(found) else ["-P", *found]

    def preparation(name: str) -> dict[str, Any]:
        """What a process is told when it begins: where this one looks, the working folder of a notebook last."""
        data = usual_preparation(name)
        standing = process.ORIGINAL_DIR  # type: ignore[attr-defined]  # what "" stands for in sys.path
        if "" in sys.path:
            data["sys_path"] = [*(place for place in data["sys_path"] if place != standing), standing]
        return data

    flags._args_from_interpreter_flags = flags_of_interpreter
    spawn.get_preparation_data = preparation
