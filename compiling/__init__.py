"""Compiling: what is to become machine code, how Numba makes it, where it is kept, how it is called again.

Nothing in here knows what is computed. `marks` says what to compile, `parts` and `joining` have Numba do it,
`compiled` and `entries` keep and call the result, `exact` holds the functions that rules are made of.
"""
