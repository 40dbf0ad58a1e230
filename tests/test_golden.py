"""Two runs per case, kept to the last bit: any change of results shows here, and its commit explains it.

`make golden` prints what moved and writes the file anew.
"""

import json

import golden
import pytest


@pytest.mark.reproducibility
def test_results_of_every_case_are_what_they_were():
    kept = json.loads(golden.FILE.read_text("utf-8"))
    assert golden.differences(kept, golden.fresh()) == []
