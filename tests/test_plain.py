"""The plain mode: the Python functions themselves give what their machine code gives, and need no compiler."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from compiling.plain import Column, Single

HERE = Path(__file__).parents[1]

#: Prints a digest of every array after a run, and what of the compiler was loaded for it.
RUN = """
import hashlib, json, sys
from model.engine import Run, build_world, check_audit
from model.settings import with_settings
from model.specification import Compound, Use
from model.week.schedule import advance
from scenarios.loading import load_case

EASY = {"consent_gate": 0.4, "willingness_gate": 0.2, "works_weeks": 8, "deadline_week": 40}
case = load_case("kaifeng").scenario(strategy="full_bundle")
uses = {name: use.model_copy(update={"intensity": 0.7}) for name, use in case.strategy.instruments.items()}
uses |= {"removal_first": Use(), "fee_pledge": Use(), "tailored_plan": Use(intensity=0.37), "lift_packages": Use()}
small = Compound(households=24, buildings=1, stairwells_per_building=2, structure=0.4)
strategy = case.strategy.model_copy(update={"instruments": uses})
changed = with_settings(case.model_copy(update={"compound": small, "strategy": strategy}), EASY)
world = build_world([Run(changed, seed) for seed in (*[3] * 5, 2**64 - 1)])
advance(world, 0, 6, 0, changed.horizon_weeks)
check_audit(world)
print(json.dumps({
    "arrays": {n: hashlib.blake2b(a.tobytes()).hexdigest() for n, a in zip(world._fields, world)},
    "stages": world.compounds["stage"].tolist(),
    "numba": "numba" in sys.modules,
}))
"""


def run(plain: str) -> dict:
    surroundings = {**os.environ, "GONGZHI_PLAIN": plain, "PYTHONPATH": str(HERE)}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN], env=surroundings, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.reproducibility
def test_every_array_of_a_world_is_the_same_to_the_bit_in_plain_mode_without_a_compiler():
    compiled, plain = run("0"), run("1")
    assert plain["arrays"] == compiled["arrays"]
    assert plain["stages"] == [5] * 6  # all got as far as management
    assert not plain["numba"]


def test_single_functions_of_the_week_do_what_their_tests_say():
    """Bills, money and signatures of a few households, in a process in plain mode: nothing to compile one by one."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "tests/plain"],
        env={**os.environ, "GONGZHI_PLAIN": "1"},
        cwd=HERE,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout


def test_a_single_is_double_with_anything_but_a_single():
    third = np.array([1 / 3], np.float32).view(Column)[0]
    assert type(third) is Single
    assert third * 2.0 == float(np.float32(1 / 3)) * 2.0 and type(third * 2.0) is not Single
    assert 1.0 - third == 1.0 - float(np.float32(1 / 3))
    for of_singles, of_numpy in (
        (third * third, np.float32(1 / 3) * np.float32(1 / 3)),
        (third + third, np.float32(1 / 3) + np.float32(1 / 3)),
        (third - third, np.float32(0.0)),
        (third / third, np.float32(1.0)),
    ):
        assert type(of_singles) is Single and of_singles == of_numpy


def test_a_column_of_marks_counts_beyond_255():
    marks = np.full(300, 1, np.uint8).view(Column)
    total = 0
    for i in range(marks.size):
        total += marks[i]
    assert total == 300


def test_what_is_computed_of_a_column_whole_is_an_ordinary_array():
    column = np.ones((2, 3), np.float32).view(Column)
    assert type(column[0]) is Column
    assert type(column + 1.0) is np.ndarray and type(column.sum(axis=0)) is np.ndarray
    assert type(column.sum()) is np.float32
