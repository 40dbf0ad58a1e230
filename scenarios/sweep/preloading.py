"""Imported once by the server that worker processes are forked from: they begin with a loaded, compiled engine.

Nothing here starts a thread, which a fork would not survive.
"""

import gc

from model.preparation import compile_living, compile_settling

compile_settling()
compile_living()
# What is loaded stays shared between the workers: the collector does not touch it any more.
gc.collect()
gc.freeze()
