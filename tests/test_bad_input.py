"""What is refused before any work is done, and files as people have them: limits, encodings, spreadsheets."""

import os
import resource
import subprocess
import sys
import time
import tracemalloc
from itertools import product

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.texts import narrow
from scenarios.files.checking import MOST_KEYS, MOST_LEVELS
from scenarios.files.spreadsheets import plain_number, read_csv
from scenarios.loading import ScenarioError, load_case, load_strategy
from scenarios.reading import read_json
from scenarios.store import Store, StoreError
from scenarios.sweep import load_sweep, run_sweep
from scenarios.sweep.designs import DesignTable, points
from scenarios.sweep.factors import read_factor
from scenarios.sweep.plan import first_of_each
from scenarios.sweep.points import BLOCK_ROWS, Drawn
from scenarios.sweep.record import begin_record, write_design

CASE = """id = "mine"
[compounds.main]
households = {value = 300, unit = "households", source = "seed", grade = "A"}
"""
SWEEP = """id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none"]
seeds = 2
outcomes = ["final_valid_consent"]
[constants]
horizon_weeks = 8
"""


def written(folder, text, name="mine.toml"):
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refusal(load, file):
    with pytest.raises(ScenarioError) as caught:
        load(file)
    return str(caught.value)


def invoke(*arguments, status=2):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert status in (None, done.exit_code), done.output
    return done.output


# -- limits come before work ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["x{} = 1\n", "[x{}]\n", "[[x{}]]\n", "x = {{y{} = 1}}\n", 'x."a.b"{} = 1\n']
)
def test_a_key_twenty_thousand_deep_is_refused_at_once(tmp_path, text):
    file = written(tmp_path, 'id = "mine"\n' + text.format(".a" * 20_000))
    began = time.process_time()
    message = refusal(load_case, file)
    assert time.process_time() - began < 1.0
    assert "mine.toml:2: " in message and f"parts; expected at most {MOST_LEVELS}" in message


def test_dots_in_texts_and_comments_are_no_depth(tmp_path):
    dots = ".".join("abcdefghijklmnopqrstuvwxyz")
    note = f'# {dots}\nzh = "{dots}"\nen = """{dots} "{dots}" """\n'
    assert load_case(written(tmp_path, CASE.replace("[comp", note + "[comp", 1))).names.zh == dots


def test_forty_thousand_unknown_keys_are_refused_in_a_second(tmp_path):
    names = [f"k{i} = 1\n" for i in range(40_000)]
    for load, more in (
        (load_case, ""),
        (load_strategy, ""),
        (load_sweep, "[levers]\n"),
        (load_case, "[programme]\n"),
    ):
        for n in (15_000, 40_000):
            file = written(tmp_path, 'id = "mine"\n' + more + "".join(names[:n]))
            began = time.process_time()
            message = refusal(load, file)
            assert time.process_time() - began < 5.0
            assert len(message) < 100_000 and "expected" in message
    wide = written(tmp_path, 'id = "mine"\n' + "".join(names[:15_000]))
    assert refusal(load_strategy, wide).endswith("more; expected these to be mended first")
    more = written(tmp_path, "".join(f"k{i} = 1\n" for i in range(60_000)))
    assert f"60,000 keys and items; expected at most {MOST_KEYS:,}" in refusal(load_strategy, more)


def sparse(file, size=4 << 30):
    with file.open("wb") as stream:
        stream.truncate(size)
    return file


def test_a_file_of_four_gigabytes_is_not_read(tmp_path):
    for load in (load_case, load_strategy, load_sweep):
        assert "4,294,967,296 bytes; expected at most 1,000,000" in refusal(load, sparse(tmp_path / "s.toml"))
    table = f'{SWEEP}[design]\nkind = "table"\ntable = "s.csv"\n[levers]\nconsent_gate = [0.5]\n'
    sparse(tmp_path / "s.csv")
    assert "4,294,967,296 bytes" in refusal(load_sweep, written(tmp_path, table))
    assert "4,294,967,296 bytes" in invoke("analyse", tmp_path / "s.csv")
    folder = tmp_path / "out"
    (folder / "parts").mkdir(parents=True)
    sparse(folder / "manifest.json")
    with pytest.raises(StoreError, match="4,294,967,296 bytes"):
        _ = Store(folder).manifest
    part = sparse(folder / "parts" / f"runs-{'0' * 64}.parquet")
    with pytest.raises(StoreError, match="4,294,967,296 bytes"):
        Store(folder).table()
    assert Store(folder).mend()[0].file.endswith(part.name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_by_the_name_of_a_file_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(StoreError, match="no regular file"):
        _ = Store(tmp_path).manifest
    os.mkfifo(tmp_path / "pipe.toml")
    assert "is no regular file; expected a TOML file" in refusal(load_case, tmp_path / "pipe.toml")


@pytest.mark.parametrize("ending", ["toml", "csv", "py"])
def test_a_name_that_is_there_and_no_file_is_not_offered_as_the_nearest(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    asked = {"toml": ("check",), "csv": ("check",), "py": ("run", "jinshui", "--own")}[ending]
    links = {"nothing": "gone", "itself": f"itself.{ending}"}
    for name, goal in links.items():
        os.symlink(goal, f"{name}.{ending}")
    for lang, said in (
        ("en", {"nothing": "is a link to nothing; expected", "itself": "is a link to itself; expected"}),
        ("zh", {"nothing": "是指向不存在之处的链接；应为", "itself": "是指向自己的链接；应为"}),
    ):
        for name in links if ending != "csv" else ("nothing",):
            told = invoke(*asked, f"{name}.{ending}", "--lang", lang)
            assert said[name] in told and "did you mean" not in told and "是不是想写" not in told


def test_what_a_table_that_may_be_left_out_takes_is_said_where_it_is_there(tmp_path):
    text = 'id = "s"\ncases = []\nstrategies = ["none"]\n[burn_in]\nweeks = 0\n[households]\nweeks = []\n'
    file = written(tmp_path, text)
    told = invoke("check", file, "--lang", "en")
    assert "cases = an empty list; expected a list, not empty\n" in told
    assert "burn_in.weeks = 0; expected a whole number from 1 to 1040 (weeks)\n" in told
    assert "households.weeks = an empty list; expected a list, not empty (week)\n" in told
    in_chinese = invoke("check", file, "--lang", "zh")
    assert "cases 是空列表；应为列表，不能为空\n" in in_chinese and "1 到 1040 的整数（周）" in in_chinese


HUGE = SWEEP.replace("seeds = 2", "seeds = 1") + (
    "[levers]\nprogramme.consent_gate = {low = 0.5, high = 0.9, steps = 10000}\n"
    "[uncertainties]\nsupport_rate = {low = 0.1, high = 0.2, steps = 10000}\n"
)


def test_a_grid_of_a_hundred_million_points_is_checked_and_planned_without_making_it(tmp_path):
    """In a process of its own, which may take half a gigabyte: 5.5 GB before."""
    written(tmp_path, HUGE)
    room = 600_000_000
    command = [sys.executable, "-P", "-m", "commands.cli"]
    for more in (["check", "mine.toml"], ["sweep", "mine.toml", "-o", "out", "--plan", "--lang", "en"]):
        done = subprocess.run(
            [*command, *more], cwd=tmp_path, capture_output=True, text=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (room, room)),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "100,000,000" in done.stdout
    assert not (tmp_path / "out").exists()


def test_a_shard_makes_its_own_points_only(tmp_path):
    from commands.sweep import sharded

    plan = load_sweep(written(tmp_path, HUGE))
    began = time.process_time()
    part = sharded(plan, "7/1000000")
    assert len(part.points) == 100 and part.n_different == 100 and len(part.content) == 32
    assert list(part.points)[:2] == [plan.points[6], plan.points[1_000_006]]
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ('kind = "latin_hypercube"\nn = 50000000', "50,000,000 points; expected at most 20,000,000"),
        ('kind = "morris"\nn = 50000000', "100,000,000 points; expected at most 20,000,000"),
        ('kind = "saltelli"\nn = 50000000', "150,000,000 points; expected at most 20,000,000"),
        ('kind = "sobol"\nn = 100000000', "200,000,000 runs; expected at most 100,000,000"),
    ],
)
def test_what_a_design_may_hold_is_said_before_it_is_drawn(tmp_path, design, expected):
    text = SWEEP + f"[levers]\nconsent_gate = {{low = 0.5, high = 0.9}}\n[design]\n{design}\n"
    assert expected in refusal(load_sweep, written(tmp_path, text))


def test_thousands_of_cases_and_factors_are_refused_before_they_are_read(tmp_path):
    many = SWEEP.replace('["danwei_courtyard"]', str(["danwei_courtyard"] * 2000).replace("'", '"'))
    began = time.process_time()
    assert "2,000 cases times strategies; expected at most 1,000" in refusal(
        load_sweep, written(tmp_path, many)
    )
    levers = SWEEP + "[levers]\n" + "".join(f"k{i} = [1, 2]\n" for i in range(3000))
    assert "levers: 3,000 settings; expected at most 500" in refusal(load_sweep, written(tmp_path, levers))
    assert time.process_time() - began < 3.0


# -- designs that are made when asked for are the same as before ---------------------------------------------------


def some_factors():
    return [
        read_factor("programme.consent_gate", {"low": 0.6, "high": 0.9}, "lever", 5),
        read_factor("horizon_weeks", {"low": 10, "high": 60}, "lever", 7),
        read_factor("programme.alters_common_parts", [True, False], "lever", 5),
    ]


def test_a_grid_is_the_product_of_its_levels_in_order(tmp_path):
    made = points(DesignTable(kind="grid"), some_factors(), tmp_path)
    whole = list(product(*(factor.levels for factor in some_factors())))
    assert list(made) == whole and made[-1] == whole[-1] and list(made[3::4]) == whole[3::4]
    assert list(made[1:9][::-2]) == whole[1:9][::-2]
    with pytest.raises(IndexError):
        made[len(whole)]


@pytest.mark.parametrize("n", [1, 100, BLOCK_ROWS, 2 * BLOCK_ROWS + 1])
def test_samples_drawn_block_by_block_are_those_drawn_whole(tmp_path, n):
    from scipy.stats import qmc

    few = tuple(some_factors())
    random = np.random.default_rng(3).random((n, 3))
    sobol = qmc.Sobol(3, rng=3).random_base2(max(0, (n - 1).bit_length()))[:n]
    latin = qmc.LatinHypercube(3, rng=3).random(n)
    for kind, rows in (("random", random), ("sobol", sobol), ("latin_hypercube", latin)):
        made = points(DesignTable(kind=kind, n=n, seed=3), few, tmp_path)
        assert made == Drawn(few, rows)
        assert made[::-7] == Drawn(few, rows[::-7])
        assert made[n // 2 :: 5][1:] == Drawn(few, rows[n // 2 :: 5][1:])


def test_a_shard_of_a_latin_hypercube_keeps_its_own_points_only(tmp_path):
    def shard_of(n):
        shard = points(DesignTable(kind="latin_hypercube", n=n, seed=3), some_factors(), tmp_path)[7::20]
        assert len(shard) == n // 20 and len(shard[0]) == 3

    shard_of(400)  # what is imported once
    tracemalloc.start()
    shard_of(400_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 8 * 400_000  # two orders of a column and a twentieth of all; SciPy's takes 29 MB


def test_repeated_points_are_found_alike_among_few_and_many(monkeypatch):
    drawn = [(float(value), "a") for value in np.random.default_rng(1).integers(0, 50, 400)]
    few = first_of_each(drawn)
    monkeypatch.setattr("scenarios.sweep.plan.MOST_REMEMBERED", 10)
    assert list(first_of_each(drawn)) == list(few)


# -- what cannot be ------------------------------------------------------------------------------------------------

CLAIM = """[[claims]]
id = "1"
zh = "…"
en = "…"
claimed_by = {zh = "区里", en = "the district"}
missing = {zh = "分母", en = "denominator"}
use = "context"
"""


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("share", -7.5, "a number from 0 to 1 ('share')"),
        ("share", 80, "a number from 0 to 1 ('share')"),
        ("households", -1, "0 or more ('households')"),
        ("lanterns", -1, "0 or more ('lanterns')"),
        ("yuan", 1e16, "a number from 0 to 1e+15 ('yuan')"),
        ("points", 101, "a number from -100 to 100 ('points')"),
    ],
)
def test_a_claim_beyond_the_range_of_its_unit_is_refused(tmp_path, unit, value, expected):
    text = CASE + CLAIM + f'unit = "{unit}"\nvalue = {value}\n'
    assert f"claims[1].value = {value:.10g}; expected {expected}" in refusal(
        load_case, written(tmp_path, text)
    )
    within = CASE + CLAIM + f'unit = "{unit}"\nvalue = 1\n'
    assert load_case(written(tmp_path, within)).claims[0].value == 1


def test_an_empty_name_of_a_folder_is_not_the_folder_one_stands_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, SWEEP)
    for command in (
        ["sweep", "mine.toml", "--workers", 0, "-o"],
        ["run", "danwei_courtyard", "--weeks", 2, "--seeds", 1, "--out"],
        ["run", "national", "--compounds", 2, "--out"],
        ["demo", "--out"],
        ["search", "danwei_courtyard", "-o"],
        ["results", "verify"],
        ["results", "show"],
        ["results", "compact"],
        ["analyse"],
    ):
        for empty in ("", "  "):
            assert f"{empty!r}; expected a folder" in invoke(*command, empty)
        assert "expected a name of at most 200" in invoke(*command, "名" * 100)
    assert "expected a file" in invoke("results", "export", "x", "--to", "csv", "-o", "")
    assert [place.name for place in tmp_path.iterdir()] == ["mine.toml"]


SHARES = "[uncertainties]\ncompound.owner_occupied = {}\ncompound.rented_out = {}\n[design]\n{}\n"


@pytest.mark.parametrize(
    "design",
    [
        'kind = "grid"',
        'kind = "one_at_a_time"',
        'kind = "table"\ntable = "d.csv"',
        'kind = "random"\nn = 3000',
    ],
)
def test_shares_that_exceed_one_are_refused_wherever_in_the_design_they_stand(tmp_path, design):
    written(tmp_path, "owner_occupied,rented_out\n0.5,0.1\n0.9,0.2\n0.5,0.1\n", "d.csv")
    ranges = ("[0.5, 0.9, 0.4]", "[0.1, 0.2, 0.05]")
    if "random" in design:
        ranges = ("{low = 0.9, high = 0.95}", "{low = 0.2, high = 0.3}")
    if "one_at" in design:
        ranges = ("{values = [0.5, 0.95, 0.4], base = 0.5}", "{values = [0.1, 0.2, 0.05], base = 0.1}")
    message = refusal(load_sweep, written(tmp_path, SWEEP + SHARES.format(*ranges, design)))
    assert "design: a point cannot be run: compound: owner_occupied + rented_out exceed 1" in message


def test_of_a_sample_those_that_cannot_be_run_are_counted_before_the_run(tmp_path, monkeypatch):
    ranges = ("{low = 0.5, high = 0.95}", "{low = 0.05, high = 0.3}")
    file = written(tmp_path, SWEEP + SHARES.format(*ranges, 'kind = "sobol"\nn = 64'))
    plan = load_sweep(file)
    cannot = sum(a + b > 1 + 1e-9 for a, b in plan.points)
    assert plan.impossible[:2] == (cannot, 64) and cannot > 3
    for output in (
        invoke("check", file, status=0),
        invoke("sweep", file, "-o", tmp_path / "out", "--plan", "--lang", "en", status=0),
    ):
        assert f"{cannot} of 64" in output and "owner_occupied + rented_out exceed 1" in output
    said = invoke("sweep", file, "-o", tmp_path / "out", "--workers", 0, "--lang", "en", status=1)
    assert f"{cannot} of 64 points cannot be run" in said


def test_names_of_three_hundred_characters_are_refused_with_the_limit(tmp_path):
    long = "a" * 300
    for text, expected in [
        (CASE.replace('"mine"', f'"{long}"'), "has 300 characters; expected at most 100"),
        (CASE.replace("compounds.main", f"compounds.{long}"), "at most 100 characters"),
        (CASE.replace("[comp", f'zh = "{long}"\n[comp'), "zh = "),
    ]:
        message = refusal(load_case, written(tmp_path, text))
        assert expected in message and "mine.toml:" in message and "expected" in message
    strategy = f'id = "{long}"\n'
    assert "expected at most 100" in refusal(load_strategy, written(tmp_path, strategy))
    table = pd.DataFrame({"case": ["a"], "strategy": ["b"], "seed": [1], long: [1.0]})
    table.to_csv(tmp_path / "runs.csv", index=False)
    assert "has 300 characters; expected at most 100" in invoke("analyse", tmp_path / "runs.csv")
    table.rename(columns={long: "x"}).replace("b", long).to_csv(tmp_path / "runs.csv", index=False)
    assert "has 300 characters; expected at most 100" in invoke("analyse", tmp_path / "runs.csv")


def test_a_folder_that_has_a_design_and_no_run_yet_is_said_to_have_none(tmp_path):
    plan = load_sweep(written(tmp_path, SWEEP + "[levers]\nconsent_gate = [0.6, 0.8]\n"))
    begin_record(Store(tmp_path / "out"), plan, "")
    write_design(Store(tmp_path / "out"), plan)
    for command in (["analyse"], ["results", "show"], ["results", "show", "--json"]):
        assert "--debug" not in invoke(
            *command, tmp_path / "out", status=2 if command == ["analyse"] else None
        )
    assert "holds no run yet" in invoke("analyse", tmp_path / "out")


@pytest.mark.parametrize("half", [b"\xed\xa0\x80", b"\\ud800", b"\\uDFFF"])
def test_half_a_character_in_a_manifest_is_refused_and_a_whole_one_is_not(tmp_path, half):
    file = written(tmp_path, b'{"kind": "x' + half + b'"}', "manifest.json")
    with pytest.raises(StoreError, match="expected JSON"):
        _ = Store(tmp_path).manifest
    with pytest.raises(ValueError, match=r"surrogates|utf-8"):
        read_json(file)
    file.write_text('{"kind": "\\ud83c\\udfe0 \\\\ud800"}', "utf-8")
    assert read_json(file) == {"kind": "🏠 \\ud800"}


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e400", "-1e400"])
def test_numbers_that_are_no_json_are_refused_wherever_they_stand(tmp_path, number):
    plan = load_sweep(written(tmp_path, SWEEP + "[levers]\nconsent_gate = [0.6, 0.8]\n"))
    store = Store(tmp_path / "out")
    begin_record(store, plan, "")
    file = store.folder / "manifest.json"
    text = file.read_text("utf-8")
    for there in ('"id": "mine"', '"points": 2', '"limit_seconds": 300.0', '"low": null'):
        assert there in text
        written(store.folder, text.replace(there, f"{there.partition(': ')[0]}: {number}"), "manifest.json")
        with pytest.raises(StoreError, match=f"{number} is no number of JSON"):
            _ = store.manifest
        assert "cannot be read" in invoke("results", "verify", store.folder, status=1)
    with pytest.raises(ValueError, match="is no number"):
        read_json(file)
    assert isinstance(read_json(file, infinite=True), dict)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"factors": [{"name": "x"}]}, "factors.0.role is missing"),
        ({"outcomes": "gate_week"}, "outcomes = 'gate_week'; input should be a valid list"),
        ({"bases": []}, "bases = a list; "),
        ({"kind": None, "different_runs": None}, "different_runs = None; input should be a valid integer"),
        ({"kind": None, "points": None}, "points = None; input should be a valid integer"),
        ({"kind": None, "described": None}, "described = None; input should be a valid dictionary"),
        ({"kind": None, "versions": {"gongzhi": 1}}, "versions.gongzhi = 1; input should be a valid string"),
        ({"kind": None, "commands": [{}]}, "commands.0.command is missing"),
        ({"kind": None, "id": 1}, "id = 1; input should be a valid string"),
    ],
)
def test_a_manifest_of_another_program_is_refused_with_what_is_wrong_in_it(tmp_path, change, said):
    plan = load_sweep(written(tmp_path, SWEEP + "[levers]\nconsent_gate = [0.6, 0.8]\n"))
    store = Store(tmp_path / "out")
    begin_record(store, plan, "")
    write_design(store, plan)
    store.write_manifest({**store.manifest, **change})
    with pytest.raises(StoreError) as caught:
        _ = store.manifest
    assert said in str(caught.value) and "manifest.json: " in str(caught.value)
    for command in (["analyse"], ["results", "verify"], ["results", "show"]):
        assert "--debug" not in invoke(*command, tmp_path / "out", status=None)


def test_what_an_export_needs_and_a_manifest_lacks_is_named(tmp_path):
    plan = load_sweep(written(tmp_path, SWEEP + "[levers]\nconsent_gate = [0.6, 0.8]\n"))
    run_sweep(plan, tmp_path / "out")
    store = Store(tmp_path / "out")
    store.write_manifest({**store.manifest, "commands": []})
    for form in ("ro-crate", "netcdf", "csv"):
        invoke("results", "export", store.folder, "--to", form, "-o", tmp_path / form, status=0)
    whole = store.manifest
    for form, change, said in (
        (
            "netcdf",
            {"kind": "", "factors": [{"name": "programme.consent_gate"}]},
            "factors.0.role is missing",
        ),
        (
            "ro-crate",
            {"kind": "", "factors": [{"name": "programme.consent_gate"}]},
            "factors.0.role is missing",
        ),
        ("ro-crate", {"kind": "", "seeds": [1, 2]}, "seeds = a list"),
        (
            "ro-crate",
            {"bases": [{**whole["bases"][0], "scenario": {"horizon_weeks": 8, "strategy": {}}}]},
            "compound",
        ),
    ):
        store.write_manifest({**whole, **change})
        goal = tmp_path / "other"
        found = invoke("results", "export", store.folder, "--to", form, "-o", goal, status=1)
        assert said in " ".join(found.split()) and "expected the manifest of a sweep" in " ".join(
            found.split()
        )
        assert not goal.exists()
        invoke(
            "results",
            "export",
            store.folder,
            "--to",
            "csv",
            "-o",
            tmp_path / "table.csv",
            "--force",
            status=0,
        )


# -- files as people have them -------------------------------------------------------------------------------------

TABLE = SWEEP + (
    '[design]\nkind = "table"\ntable = "d.csv"\n[levers]\nconsent_gate = {low = 0.5, high = 0.95}\n'
    "alters_common_parts = [true, false]\n[uncertainties]\nincome_yuan_per_month = {low = 1000, high = 9000}\n"
)
HEADER = "consent_gate,alters_common_parts,income_yuan_per_month"
POINTS = [(0.5, True, 1234.5), (0.75, False, 2000.0)]


@pytest.mark.parametrize(
    "table",
    [
        f"{HEADER}\n0.5,true,1234.5\n0.75,false,2000\n",
        f'\ufeff{HEADER}\r\n0.5,TRUE,"1,234.5"\r\n0.75,FALSE,"2,000"\r\n',
        f"{HEADER.replace(',', ';')}\r\n0.5;TRUE;1,234.5\r\n0.75;FALSE;2000\r\n",
        f"{HEADER.replace(',', ';')}\r\n0,5;TRUE;1234,5\r\n0,75;FALSE;2000\r\n;;\r\n",
        f"{HEADER.replace(',', chr(9))}\n0.5\tTRUE\t1,234.5\n0.75\tFALSE\t2000\n",
        f"{HEADER},,\r\n0.5,TRUE,1234.5,,\r\n0.75,FALSE,2000,,\r\n,,,,\r\n",
    ],
    ids=["plain", "Excel", "semicolons", "decimal commas", "tabs", "empty columns"],
)
def test_a_design_is_read_as_a_spreadsheet_saves_it(tmp_path, table):
    written(tmp_path, table, "d.csv")
    assert list(load_sweep(written(tmp_path, TABLE)).points) == POINTS


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            f"{HEADER}\n0.5,true,1000\n０．７５,true,1000\n",
            "column 1: '０' (fullwidth digit zero); expected '0'",
        ),
        (f"{HEADER}\n0.5,true,1000，0\n", "column 5: '，' (fullwidth comma); expected ','"),
        (
            f"{HEADER.replace(',', '，')}\n0.5,true,1000\n",
            "d.csv:1: column 13: '，' (fullwidth comma); expected ','",
        ),
        (
            f"{HEADER.replace(',', ';')}\n0.5;true;1,234\n",
            "d.csv:2: compound.income_yuan_per_month = '1,234'",
        ),
        (
            f"{HEADER},备注\n0.5,true,1000,无\n".encode("gbk"),
            "d.csv:1: is saved as GBK ('ANSI'), where this line is",
        ),
        (f"{HEADER}\n".encode("utf-16"), "d.csv:1: is saved as UTF-16 ('Unicode'); expected UTF-8"),
        (f'{HEADER}\n0.5,true,"1000\n', "expected"),
    ],
    ids=["digits", "comma", "commas of the header", "thousands or decimals", "GBK", "UTF-16", "open quotes"],
)
def test_what_another_keyboard_or_program_has_put_into_a_table_is_named(tmp_path, table, expected):
    written(tmp_path, table, "d.csv")
    message = refusal(load_sweep, written(tmp_path, TABLE))
    assert expected in message and "mine.toml:" in message


WIDE = {
    'id ＝ "mine"': (4, "＝", "fullwidth equals sign", "="),
    "id = “mine”": (6, "“", "left double quotation mark", '"'),
    'id = "mine"\nx = ０.５': (5, "０", "fullwidth digit zero", "0"),
    'id = "mine"\n【a】': (1, "【", "left black lenticular bracket", "["),
    'id = "mine" # ＝\nx = {a＝1}': (7, "＝", "fullwidth equals sign", "="),
    'id = "mine"\nx = [1，2]': (7, "，", "fullwidth comma", ","),
    'id = "mine"\n\u3000x = 1': (1, "\u3000", "ideographic space", " "),
    'id = "mine"\nx = 0。5': (6, "。", "ideographic full stop", "."),
}


@pytest.mark.parametrize("text", WIDE)
@pytest.mark.parametrize("load", [load_case, load_strategy, load_sweep])
def test_a_character_of_a_chinese_keyboard_is_named_with_its_place_and_what_to_type(tmp_path, load, text):
    column, found, name, meant = WIDE[text]
    line = text.count("\n") + 1
    message = refusal(load, written(tmp_path, text + "\n"))
    assert (
        f"mine.toml:{line}: not valid TOML: column {column}: '{found}' ({name}); expected '{meant}'"
        in message
    )


def test_every_line_with_characters_of_a_chinese_keyboard_is_named_at_once(tmp_path):
    text = 'id = "mine"\nzh ＝ “我的，小区”\n[programme]\nconsent_gate ＝ ０.８\nfee = 0.5 # ＝\n'
    told = refusal(load_strategy, written(tmp_path, text)).replace(f"{tmp_path.as_posix()}/", "")
    assert told.split("\n") == [
        "mine.toml:2: not valid TOML: column 4: '＝' (fullwidth equals sign); expected '='; and 2 more in this line; "
        "found 'zh ＝ “我的，小区”'",
        "mine.toml:4: not valid TOML: column 14: '＝' (fullwidth equals sign); expected '='; and 2 more in this line; "
        "found 'consent_gate ＝ ０.８'",
    ]


def test_wide_characters_in_names_are_answered_with_narrow_ones(tmp_path):
    assert narrow("０．５，“ａ”") == '0.5,"a"'
    assert narrow("业委会—：") == "业委会—:"
    message = refusal(load_case, written(tmp_path, CASE.replace('"mine"', '"ｍｉｎｅ"')))
    assert "did you mean 'mine'?" in message
    assert "did you mean 'consent_gate=0.9'?" in invoke("run", "jinshui", "--set", "consent_gate＝０．９")


@pytest.mark.parametrize(
    ("cell", "comma", "semicolon"),
    [
        ("1,234.5", "1234.5", "1234.5"),
        ("-1,234,567", "-1234567", "-1234567"),
        ("1,234", "1234", "1,234"),
        ("0,5", "0,5", "0.5"),
        ("12,34", "12,34", "12.34"),
        ("1,2,3", "1,2,3", "1,2,3"),
        ("1.234,5", "1.234,5", "1.234,5"),
        ("a,b", "a,b", "a,b"),
    ],
)
def test_numbers_of_spreadsheets_are_read_where_they_can_mean_one_thing_only(cell, comma, semicolon):
    assert plain_number(cell, ",") == comma
    assert plain_number(cell, ";") == semicolon


def test_a_table_of_runs_is_read_as_a_spreadsheet_saves_it(tmp_path):
    wanted = pd.DataFrame(
        {"strategy": ["甲", "乙"], "ok": [True, False], "yuan": [1234.5, 2000.0], "x": [0.5, 0.25]}
    )
    rows = {
        ",": '甲,TRUE,"1,234.5",0.5\r\n乙,FALSE,"2,000",0.25\r\n',
        ";": "甲;TRUE;1.234.5;0,5\r\n乙;FALSE;2000;0,25\r\n".replace("1.234.5", "1234,5"),
    }
    for separator, text in rows.items():
        header = separator.join(wanted.columns)
        file = written(tmp_path, f"\ufeff{header}\r\n{text}", "runs.csv")
        pd.testing.assert_frame_equal(read_csv(file), wanted)
    for encoding, name in (("gbk", "GBK"), ("utf-16", "UTF-16")):
        written(tmp_path, "strategy,x\n甲,1\n".encode(encoding), "runs.csv")
        assert f"is saved as {name}" in invoke("analyse", tmp_path / "runs.csv")
