"""Compilation of the engine with Numba: what is compiled, how, where machine code is cached and how it is called.

Nothing here knows what the model computes. `marks` registers functions to compile; `parts` and `joining` drive Numba's
compiler; `compiled` and `entries` cache machine code and call it; `exact` holds the arithmetic that decision rules
share; `plain` runs everything as ordinary Python instead.
"""
