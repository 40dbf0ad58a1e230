"""Tests that need Mesa 4: `make mesa4` runs them in an environment of its own; elsewhere they are not collected."""

import mesa

collect_ignore_glob = ["test_*.py"] if int(mesa.__version__.partition(".")[0]) < 4 else []
