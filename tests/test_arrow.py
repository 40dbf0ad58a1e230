"""Columns of Arrow without pandas: what Arrow makes of the same values by itself."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from scenarios.arrow import column, numbers, texts

ROOT = Path(__file__).parents[1]
FRACTIONS = np.array([0.5, np.nan, -3.0, np.inf, np.nan, 1e-300, 0.0, 2.0, np.nan])


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_what_is_no_number_has_no_value(kind):
    found = column(FRACTIONS, kind, nan_is_empty=True)
    found.validate(full=True)
    assert found.equals(pa.array(FRACTIONS.astype(kind.to_pandas_dtype()), kind, from_pandas=True))
    assert column(FRACTIONS, kind).null_count == 0


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.arange(17), pa.int32()),
        (np.arange(17, dtype=np.int32)[::2], pa.int32()),
        (np.arange(17) % 3 == 0, pa.bool_()),
        (np.zeros(0), pa.float64()),
        (np.arange(6.0).reshape(2, 3)[:, 1], pa.float64()),
    ],
)
def test_a_column_is_the_one_arrow_makes(values, kind):
    found = column(values, kind)
    found.validate(full=True)
    assert found.equals(pa.array(np.ascontiguousarray(values), kind))


def test_fractions_are_no_whole_numbers():
    with pytest.raises(TypeError, match="int32"):
        column(np.array([0.5]), pa.int32())


@pytest.mark.parametrize("words", [[], ["a"], ["", "é", "共治", "", "0000012-ab"], [None, "a", None], [None]])
def test_texts_are_those_given(words):
    found = texts(words)
    found.validate(full=True)
    assert found.equals(pa.array(words, pa.string())) and column(words, pa.string()).equals(found)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.int32(), pa.bool_()])
@pytest.mark.parametrize("cut", [0, 3, 9])
def test_numbers_come_back_from_any_number_of_chunks(kind, cut):
    values = np.where(np.isnan(FRACTIONS), 7.0, np.clip(FRACTIONS, -5, 5)).astype(kind.to_pandas_dtype())
    whole = pa.array(values, kind)
    chunked = pa.chunked_array([whole.slice(0, cut), whole.slice(cut)])
    found = numbers(chunked)
    assert found.dtype == values.dtype and found.tolist() == values.tolist()
    assert len(numbers(pa.chunked_array([], kind))) == 0


def test_no_value_comes_back_as_no_number():
    found = numbers(pa.chunked_array([pa.array([1.0, None, 2.0], pa.float32())]))
    assert found.dtype == np.float32 and np.array_equal(found, [1.0, np.nan, 2.0], equal_nan=True)


def test_columns_are_made_and_read_without_pandas():
    code = (
        "import sys, numpy as np, pyarrow as pa\nfrom scenarios.arrow import column, numbers, texts\n"
        "found = pa.table({'x': column(np.array([1.0, np.nan]), pa.float64(), nan_is_empty=True),"
        " 'y': column(np.array([True, False]), pa.bool_()), 't': texts(['a', 'b'])})\n"
        "numbers(found['x']), numbers(found['y'])\nprint('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
