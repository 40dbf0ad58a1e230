"""Imported once by the server that worker processes are forked from: they begin with a loaded, compiled engine.

Nothing here starts a thread, which a fork would not survive.
"""

import gc

from model.preparation import load_engine

load_engine()
# What is loaded stays shared between the workers: the collector does not touch it any more.
gc.collect()
gc.freeze()
