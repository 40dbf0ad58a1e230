"""Compile the engine in two processes before its first use on a computer.

Machine code is cached (`compiling.compiled`), so this happens once for each version of the sources. `python -m
model.preparation` does it in advance, as `make setup` does.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compiling.compiled import cache_folder
from compiling.entries import ENTRIES, is_first_run, object_file
from compiling.plain import IS_PLAIN
from model.instruments import Instrument
from model.settling import settled
from model.week.schedule import advance
from model.world.compound_draws import uniform_of_compound
from model.world.empty import empty_world


def prepare_engine() -> None:
    """Compile what is not cached yet, half a minute or more; does nothing if all is cached.

    A second process compiles all but the largest entry, which this one compiles.
    """
    if not is_first_run():
        return
    with _second_process(), _no_collection():
        make_week()
    make_all_but_week()
    load_engine()


def make_week() -> None:
    """Compile the entry that runs the weeks, without the callees in object files of their own (`entries.apart`)."""
    object_file(ENTRIES["advance"])


def make_all_but_week() -> None:
    """Compile all other entries that are not cached yet."""
    for entry in ENTRIES.values():
        if entry.name != "advance":
            object_file(entry)


def load_engine() -> None:
    """Load the engine, compiling what is missing, by drawing a number, setting up no compound and running no week."""
    uniform_of_compound(0, 0, 0)
    world = settled(empty_world(0, 0, 0, 0, 0, 0))
    advance(world, 0, 0, 0, 0)


def agents_are_prepared() -> bool:
    """Whether what the loop over agents calls of the engine has been compiled on this computer."""
    return IS_PLAIN or _agents_mark().exists()


def prepare_agents() -> None:
    """Compile what the loop over agents calls of the engine, a quarter of a minute or more; nothing if it is cached.

    It runs a small compound through all stages, since each function is compiled at its first call.
    """
    if agents_are_prepared():
        return
    from model.community import CommunityModel  # loads Mesa

    small: dict[str, Any] = {"households": 16, "buildings": 2, "stairwells_per_building": 2, "floors": 4}
    small |= {"consent_gate": 0.1, "willingness_gate": 0.1, "works_weeks": 4, "alters_common_parts": False}
    small |= {instrument.name.lower(): 0.5 for instrument in Instrument}
    CommunityModel(rng=1, engine="agents", horizon_weeks=80, **small).run()
    _agents_mark().touch()


def _agents_mark() -> Path:
    return cache_folder() / "agents.compiled"


@contextmanager
def _second_process() -> Iterator[None]:
    """Compile all but the largest entry meanwhile; if that fails, this process compiles what is missing."""
    # -P: without it the folder the user stands in would come first, and a `model` in it before this one.
    command = [sys.executable, "-P", "-c", "from model.preparation import make_all_but_week as f; f()"]
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
    """Switch garbage collection off meanwhile: it would scan millions of objects that compiling makes and keeps."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def main() -> None:
    """Compile what is missing, and say so."""
    if is_first_run():
        print("==> Compiling the engine, once for this version of it (about half a minute)", flush=True)
        prepare_engine()


if __name__ == "__main__":
    main()
