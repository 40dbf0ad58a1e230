"""Households fitted to counts of a census: counts are met, the same seed gives the same, mistakes are told."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.specification import Scenario
from model.table_files import read_tables
from scenarios.households import fitted_households, read_marginals
from scenarios.loading import ScenarioError

CENSUS = """buildings = 3
stairwells_per_building = 2
[area_m2]
mean = 66
sd = 9
[[tables]]
columns = ["tenure", "elder"]
rows = [
  ["owner_occupied", true, 46], ["owner_occupied", false, 36],
  ["rented_out", true, 4], ["rented_out", false, 26],
  ["vacant", false, 8],
]
[[tables]]
columns = ["floor", "elder"]
rows = [
  [1, true, 16], [2, true, 12], [3, true, 10], [4, true, 7], [5, true, 5],
  [1, false, 8], [2, false, 12], [3, false, 14], [4, false, 17], [5, false, 19],
]
[[tables]]
columns = ["party"]
rows = [["none", 90], ["in_service", 14], ["retired", 16]]
"""


@pytest.fixture
def census(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write


def write(text):
    with open("census.toml", "w", encoding="utf-8") as file:
        file.write(text)
    return read_marginals("census.toml")


def gongzhi(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="gongzhi")


def test_every_table_of_counts_is_met_exactly(census):
    marginals = census(CENSUS)
    people = fitted_households(marginals, 1)
    assert len(people) == 120
    for table in marginals.tables:
        for *values, n in table.rows:
            met = np.all([people[c] == v for c, v in zip(table.columns, values, strict=True)], axis=0)
            assert met.sum() == n
    assert people.groupby("building").size().tolist() == [40, 40, 40]
    assert people.groupby(["building", "stairwell"]).size().between(18, 22).all()
    assert people["area_m2"].mean() == pytest.approx(66, abs=3)
    scenario = Scenario().with_tables(read_tables(people))
    assert scenario.compound.elder == 50 / 120 and scenario.compound.party == 30 / 120


def test_what_no_table_says_together_is_about_independent(census):
    people = fitted_households(census(CENSUS), 1)
    shares = people.groupby("elder")["party"].apply(lambda party: (party != "none").mean())
    assert shares.max() - shares.min() < 0.06  # two or three households of fifty


def test_the_same_seed_gives_the_same_table_and_another_seed_other_places(census):
    marginals = census(CENSUS)
    pd.testing.assert_frame_equal(fitted_households(marginals, 1), fitted_households(marginals, 1))
    one, other = (fitted_households(marginals, seed) for seed in (1, 2))
    assert not one.equals(other)
    pd.testing.assert_frame_equal(
        pd.crosstab(one["tenure"], one["elder"]), pd.crosstab(other["tenure"], other["elder"])
    )


def test_a_compound_smaller_than_what_is_counted_is_a_sample_in_due_proportion(census):
    people = fitted_households(census(f"households = 60\n{CENSUS}"), 3)
    assert len(people) == 60
    assert (people["tenure"] == "owner_occupied").sum() == pytest.approx(41, abs=1)
    assert people["elder"].sum() == pytest.approx(25, abs=3)


def test_places_that_no_table_counts_are_filled_evenly(census):
    text = CENSUS[: CENSUS.index('[[tables]]\ncolumns = ["floor"')].replace(
        "buildings", "floors = 4\nbuildings", 1
    )
    people = fitted_households(census(text), 1)
    assert people.groupby(["building", "stairwell"]).size().tolist() == [20] * 6
    assert people.groupby(["building", "stairwell", "floor"]).size().tolist() == [5] * 24


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (('["vacant", false, 8]', '["vacant", false, 9]'), "table 2 counts 120 households, table 1 121"),
        (('["rented_out", true, 4], ["rented_out", false, 26]', '["rented_out", true, 5], ["rented_out", false, 25]'),
         "elder = true: table 1 counts 51, table 2 50; expected the same"),
        (("rented_out", "rentedout"), "row 3: tenure = 'rentedout'; expected 'owner_occupied' or 'rented_out' or"),
        (('"elder"]\nrows = [\n  ["owner', '"older"]\nrows = [\n  ["owner'), "'older': unknown column; expected"),
        (("false, 36", "false, -1"), "row 2: households = -1; expected a whole number from 0 up"),
        (("false, 36", "false, 36.5"), "row 2: households = 36.5; expected a whole number from 0 up"),
        (('["none", 90]', '["none", "x", 90]'), "row 1: 3 values; expected 2: party, households"),
        (("[1, false, 8]", "[1, true, 8]"), "1, true is given twice; expected it once"),
        (("[1, true, 16]", "[0, true, 16]"), "row 1: floor = 0; expected a whole number from 1 to 40"),
        (("buildings = 3", "households = 500\nbuildings = 3"), "households = 500; expected at most the 120 that"),
        (("buildings = 3", "building = 3"), "did you mean 'buildings'?"),
    ],
)  # fmt: skip
def test_a_file_of_counts_that_cannot_be_used_says_where_and_what_is_expected(wrong, said, census):
    with pytest.raises(ScenarioError, match=re.escape(said)) as refused:
        census(CENSUS.replace(*wrong, 1))
    assert re.match(r"census\.toml:\d+: ", str(refused.value))


def test_tables_without_tenure_are_refused(census):
    with pytest.raises(ScenarioError, match="none has the column 'tenure'"):
        census('[[tables]]\ncolumns = ["elder"]\nrows = [[true, 30], [false, 30]]\n')


def test_the_command_writes_what_runs_and_nothing_where_it_is_refused(census, tmp_path):
    census(CENSUS)
    made = gongzhi("households", "census.toml", "-o", "people.csv", "--lang", "en")
    assert (
        made.exit_code == 0 and "people.csv: ok (compounds: 1, households: 120, buildings: 3" in made.stderr
    )
    first = (tmp_path / "people.csv").read_bytes()
    refused = gongzhi("households", "census.toml", "-o", "people.csv")
    assert refused.exit_code == 2 and (tmp_path / "people.csv").read_bytes() == first
    assert gongzhi("households", "census.toml", "-o", "people.csv", "--force", "-q").exit_code == 0
    assert (tmp_path / "people.csv").read_bytes() == first
    run = gongzhi(
        "run", "danwei_courtyard", "--households", "people.csv", "--weeks", 2, "--seed", 1, "--lang", "en"
    )
    assert "120 households" in run.stdout
    census_text = CENSUS.replace("false, 36", "false, 37")
    (tmp_path / "census.toml").write_text(census_text, encoding="utf-8")
    assert gongzhi("households", "census.toml", "-o", "other.csv").exit_code == 2
    assert gongzhi("households", "census.toml", "-o", "other.xlsx").exit_code == 2
    assert not list(tmp_path.glob("other*"))
