"""Tests of single functions of the week: in plain mode only, where none has to be compiled by itself.

`tests/test_plain.py` runs them in a process that is in plain mode.
"""

from compiling.plain import IS_PLAIN

collect_ignore_glob = [] if IS_PLAIN else ["test_*.py"]
