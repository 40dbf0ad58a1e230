"""How far one long task is, told by the worker that does it to the page that waits: a share in a small file.

What a worker returns comes only at its end; a report or an analysis takes seconds, and nobody should wait for them
before something that stands still.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.ensembles import Job
from dashboard.workers import workers


def teller(file: str) -> Callable[[float], None]:
    """What a worker calls with the share done, in [0, 1]."""

    def tell(done: float) -> None:
        partial = f"{file}.{os.getpid()}"
        # The page may no longer wait, or the disk be full: the work matters more.
        with contextlib.suppress(OSError):
            Path(partial).write_text(f"{done:.4f}", encoding="ascii")
            os.replace(partial, file)

    return tell


def told(file: str) -> float:
    """The share that was told last, 0 where nothing was."""
    try:
        return min(max(float(Path(file).read_text(encoding="ascii")), 0.0), 1.0)
    except (OSError, ValueError):
        return 0.0


class LongJob(Job):
    """One task that tells how far it is. The function of the task is given the file to tell by as its last argument."""

    def __init__(self, name: str, *args: Any) -> None:
        from dashboard import tasks

        self._place = tempfile.mkdtemp(prefix="gongzhi-step-")
        self._file = str(Path(self._place) / "done")
        try:
            task = workers().submit(tasks.call, name, *args, self._file)
        except BaseException:
            shutil.rmtree(self._place, ignore_errors=True)
            raise
        super().__init__([task], lambda parts: parts[0])
        self.parts[0].future.add_done_callback(lambda _: shutil.rmtree(self._place, ignore_errors=True))

    @property
    def done(self) -> float:
        """Share of the task that is done, in [0, 1]."""
        return 1.0 if self.ended.is_set() else told(self._file)
