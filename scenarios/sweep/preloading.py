"""Imported once by the server that worker processes are forked from: they begin with a loaded, compiled engine.

Nothing here starts a thread, which a fork would not survive.
"""

import gc

from model.engine import Run, run_block
from model.specification import Compound, Scenario

#: Small enough to cost nothing: running it compiles every function of the engine, or loads it.
SMALLEST = Scenario(compound=Compound(households=4, buildings=1, stairwells_per_building=1), horizon_weeks=1)


def warm_up() -> None:
    """Load the compiled engine, or compile it: not at the expense of the first run."""
    run_block([Run(SMALLEST, 0)])


warm_up()
# What is loaded stays shared between the workers: the collector does not touch it any more.
gc.collect()
gc.freeze()
