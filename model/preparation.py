"""Compile the engine before it is needed for the first time on a computer: its two halves side by side.

What is compiled is kept (`model.compilation`), so this happens once for each version of the sources.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.compilation import cache_folder
from model.machine_code import is_first_run
from model.schedule import advance
from model.settling import settled
from model.world import empty_world


def prepare_engine() -> None:
    """Compile what has not been compiled yet; does nothing where all is there. About a minute.

    A second process compiles how compounds are settled while this one compiles how they live.
    """
    if not is_first_run():
        return
    with _second_process(), _no_collection():
        compile_living()
    compile_settling()


def compile_settling() -> None:
    """Compile, or load, what draws populations and networks, by settling no compound at all."""
    settled(empty_world(0, 0, 0, 0, 0, 0))


def compile_living() -> None:
    """Compile, or load, what runs the weeks, by running none."""
    advance(empty_world(0, 0, 0, 0, 0, 0), 0, 0, 0, 0)


@contextmanager
def _second_process() -> Iterator[None]:
    """Compile the other half meanwhile; whatever happens to it, this process does again what is missing."""
    command = [sys.executable, "-c", "from model.preparation import compile_settling as f; f()"]
    here = str(Path(__file__).parents[1])
    paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    surroundings = {**os.environ, "PYTHONPATH": paths, "GONGZHI_CACHE_DIR": str(cache_folder().parent)}
    try:
        other = subprocess.Popen(
            command,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield
        return
    try:
        yield
        other.wait()
    finally:
        if other.poll() is None:
            other.kill()
            other.wait()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let nothing look for garbage meanwhile: compiling makes millions of objects that stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
