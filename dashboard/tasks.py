"""What a worker does: runs in the engine, as small results that travel well between processes.

No page is imported here: a worker holds the engine and nothing else.
"""

import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dashboard import choices, own
from dashboard.memory import give_memory_back
from dashboard.trajectory import Trajectory, follow
from model.engine import Results, Run, identities, run_block, simulate
from model.measures import Outcome, weekly_for
from model.preparation import prepare_engine
from model.specification import Compound, Scenario

if TYPE_CHECKING:
    from scenarios.own import OwnCode

#: By how much a worker gives way: pages are answered while runs are computed.
NICE = 5
#: The weekly outcomes the pages draw, in the order of the last axis of what `run_seeds` returns.
DRAWN = (
    Outcome.STAGE,
    Outcome.HEADLINE_CONSENT,
    Outcome.VALID_CONSENT,
    Outcome.INSINCERE_SHARE,
    Outcome.SUPPORT_SHARE,
    Outcome.PAYMENT_RATE,
    Outcome.COMPANY_PRESENT,
    Outcome.TRUST_OFFICE,
    Outcome.OFFICE_HOURS,
    Outcome.OFFICE_YUAN,
)
_WEEKLY = weekly_for([outcome.name for outcome in DRAWN])


def prepare(parent: int) -> None:
    """Make a new worker ready: load the engine, compiled now if it never was, and leave when the server is gone."""
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    with suppress(AttributeError, OSError):  # not every system knows it
        os.nice(NICE)
    give_memory_back()
    prepare_engine()
    small = Scenario(
        compound=Compound(households=24, buildings=2, stairwells_per_building=2), horizon_weeks=8
    )
    simulate([small], [1], threads=1)
    follow(small, 1)


def serve(
    line: Connection, parent: int, brought: "OwnCode | None" = None, files: choices.Files = choices.NOTHING
) -> None:
    """Be a worker: say when ready, then answer every call with whether it has a result, and that or what it raised.

    brought : the server's own instruments and outcomes; files : cases and strategies of its files
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which ends its workers
    prepare(parent)
    own.bring(brought)
    choices.bring(files)
    line.send(True)
    while True:
        try:
            function, args = line.recv()
        except EOFError:
            return
        try:
            answer = (True, function(*args))
        except Exception as error:
            error.add_note(traceback.format_exc())
            answer = (False, error)
        try:
            line.send(answer)
        except (TypeError, AttributeError, pickle.PicklingError) as error:
            line.send((False, RuntimeError(f"an answer that cannot be sent: {error}")))


def _leave_with(parent: int) -> None:
    """A server that is killed tells nobody: its workers would stay for ever."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


def nothing() -> int:
    """Only that a worker is there."""
    return os.getpid()


def run_seeds(scenario: Scenario, seeds: Sequence[int]) -> tuple[np.ndarray, pd.DataFrame]:
    """The weekly outcomes that are drawn, (runs, weeks, outcomes), and the summary of each run.

    Drawn are `DRAWN`, float32; behind them outcomes of the server's own file in its order, and all are float64 then.
    """
    return _answer(own.runs_of(scenario, seeds, _WEEKLY))


def _answer(results: Results) -> tuple[np.ndarray, pd.DataFrame]:
    drawn = results.series[:, :, list(DRAWN)]
    if results.own:
        drawn = np.concatenate((drawn, np.stack(list(results.own.values()), axis=2)), axis=2)
    return drawn, results.summary()


def run_plausible(scenario: Scenario, rows: Sequence[int], seeds: Sequence[int]) -> pd.DataFrame:
    """The summary of each run under some plausible sets of parameters, with the set in the column `set`."""
    from scenarios.ignorance import plausible_summary
    from scenarios.plausible import load_survivors

    return plausible_summary([scenario], load_survivors(), rows, seeds, 1, own.summary_of(scenario))


def run_and_follow(
    scenario: Scenario, seeds: Sequence[int], shown: int
) -> tuple[np.ndarray, pd.DataFrame, Trajectory]:
    """What `run_seeds` gives, and the run of the seed `shown` household by household, which is run once."""
    if own.runner(scenario) is not None or shown not in seeds:
        return *run_seeds(scenario, seeds), follow(scenario, shown)[0]
    followed, series = follow(scenario, shown, _WEEKLY)
    runs, place = [Run(scenario, seed) for seed in seeds], seeds.index(shown)
    others = runs[:place] + runs[place + 1 :]
    of_others = run_block(others, _WEEKLY) if others else np.empty((0, *series.shape), np.float32)
    together = np.insert(of_others, place, series, axis=0)
    households = np.full(len(runs), scenario.compound.households)
    return *_answer(Results(identities(runs), together, households)), followed


def call(name: str, *args: Any) -> Any:
    """Run a task by name (`module:function`): what travels to a worker is a name, not code."""
    import importlib

    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(*args)
