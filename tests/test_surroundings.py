"""Terminals, names, caches and scripts as they are found: what the program meets and cannot choose."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from commands.cli import main
from commands.wording import _plainly
from dashboard.asking import Request, from_query, plans_in, plans_to_word, to_query
from model.parameters import declarations
from scenarios.catalogue import text
from scenarios.figures.fonts import not_drawable
from scenarios.sweep.workers import UnguardedScriptError, refuse_unguarded

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "cases"


def gongzhi(*arguments, status=0, **environment):
    command = [sys.executable, "-m", "commands.cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env={**os.environ, **environment})
    assert done.returncode == status, done.stderr.decode("utf-8", "replace")
    return done


# -- terminals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "ascii"])
def test_what_an_encoding_lacks_is_written_by_its_like(encoding):
    import codecs

    codecs.register_error("gongzhi", _plainly)
    written = "−19.0 points, 3 m², 1–2, “a”, ½".encode(encoding, "gongzhi").decode(encoding)
    plain = (
        written.replace("–", "-").replace("“", '"').replace("”", '"').replace("²", "2").replace("½", "1/2")
    )
    assert plain == '-19.0 points, 3 m2, 1-2, "a", 1/2'
    assert "䶮".encode(encoding, "gongzhi") == b"?"


def test_a_terminal_in_gbk_shows_minus_and_json_stays_utf_8(tmp_path):
    command = ("compare", "danwei_courtyard", "--strategies", "none,pressure", "--seeds", 6, "--weeks", 8)
    shown = gongzhi(*command, "--lang", "zh", PYTHONIOENCODING="gbk", COLUMNS="200").stdout.decode("gbk")
    assert "?" not in shown and "-" in shown and "施压" in shown
    found = gongzhi(*command, "--lang", "zh", "--json", PYTHONIOENCODING="gbk").stdout
    assert "施压" in json.dumps(json.loads(found.decode("utf-8")), ensure_ascii=False)


# -- names ----------------------------------------------------------------------------------------------------


def test_names_are_literal_in_figures_and_reports_and_missing_characters_are_named_once(tmp_path):
    options = ["--strategies", f"{CASES / 'names_money.toml'},pressure", "--seeds", "6", "--weeks", "8"]
    for lang in ("zh", "en"):
        out = tmp_path / lang
        command = ["compare", str(CASES / "names_dollar.toml"), *options, "--out", str(out), "--lang", lang]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        report = (out / "report.html").read_text("utf-8")
        name = (
            "Yard $5 fee_a to $9^x {b} \\frac &lt;b&gt;&amp;amp;&#34;q&#34;" if lang == "en" else "䶮𠮷堃小区"
        )
        assert name in report
        money = "Pay $50 or $100 a household" if lang == "en" else "每户补$50或$100"
        assert money in report
        assert done.stderr.count(text("cli.not_drawable", lang).partition("{")[0]) <= 1


def test_text_between_dollar_signs_is_drawn_as_it_is():
    from matplotlib.figure import Figure

    from scenarios.figures.style import drawn_in_chinese, png, svg

    @drawn_in_chinese
    def made(name):
        figure = Figure(figsize=(4, 1))
        figure.text(0.1, 0.5, name)
        return figure

    assert not_drawable([made("每户 $50 − m²")]) == ""
    assert not_drawable([made("䶮𠮷 $\\frac$"), made("𠮷")]) == "䶮𠮷"
    for name in ("$5 to $9^x", "$\\frac$", "𠮷䶮", "Main $x^2$"):
        assert svg(made(name)).startswith("<svg") and png(made(name)).startswith(b"\x89PNG")
    assert not made("$x$").texts[0].get_parse_math()


# -- links ----------------------------------------------------------------------------------------------------


def test_links_carry_every_parameter_to_the_last_digit():
    import random

    draw = random.Random(1)
    for name, declared in declarations().items():
        low, high = declared.plausible
        for _ in range(20):
            asked = Request("jinjiang", "none").with_parameters({name: draw.uniform(low, high)})
            assert from_query(to_query(asked, "en")) == asked, name
    name = next(iter(declarations()))
    plans = (Request("jinjiang", "none").with_parameters({name: 0.123456}), Request("jinjiang", "pressure"))
    assert plans_in(urlencode({"plans": plans_to_word(plans)}), "jinjiang") == plans


# -- caches ---------------------------------------------------------------------------------------------------


def test_damaged_files_of_the_compilers_cache_are_compiled_again(tmp_path):
    import numba

    from compiling.parts import compile_whole

    source = tmp_path / "twice_it.py"
    source.write_text("def twice_it(x):\n    return 2 * x\n", "utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        from twice_it import twice_it
    finally:
        sys.path.remove(str(tmp_path))
    folder = tmp_path / "cache"
    for damage in (b"", b"\x80\x05broken", None):
        for ending in ("nbi", "nbc"):
            assert compile_whole(twice_it, str(folder))(21) == 42
            kept = list(folder.rglob(f"*.{ending}"))
            assert kept, numba.__version__
            for file in kept:
                file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage is None else damage)
            assert compile_whole(twice_it, str(folder))(21) == 42
            assert compile_whole(twice_it, str(folder))(21) == 42


# -- scripts --------------------------------------------------------------------------------------------------

SCRIPT = """
from model.specification import Compound, Scenario
from scenarios.sweep import run_scenarios

SMALL = Scenario(compound=Compound(households=12, buildings=1, stairwells_per_building=2), horizon_weeks=8)
{guard}run_scenarios(SMALL, range(1, 3), workers=1)
"""


def test_a_script_without_a_main_guard_is_told_what_it_lacks(tmp_path):
    script = tmp_path / "sweep_script.py"
    script.write_text(SCRIPT.format(guard=""), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert done.returncode == 1 and 'if __name__ == "__main__":' in done.stderr
    assert len(done.stderr.splitlines()) < 40
    script.write_text(SCRIPT.format(guard='if __name__ == "__main__":\n    '), "utf-8")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "test", ["__name__ == '__main__'", "'__main__' == __name__", "__name__ == '__main__' and 1"]
)
def test_a_guard_is_found_however_it_is_written(tmp_path, monkeypatch, test):
    script = tmp_path / "script.py"
    main_module = type(sys)("__main__")
    main_module.__file__, main_module.__spec__ = str(script), None
    monkeypatch.setitem(sys.modules, "__main__", main_module)
    script.write_text(f"if {test}:\n    pass\n", "utf-8")
    refuse_unguarded()
    script.write_text("x = 1\n", "utf-8")
    with pytest.raises(UnguardedScriptError, match=r"script\.py: worker processes import this script"):
        refuse_unguarded()


# -- the end --------------------------------------------------------------------------------------------------

#: A library that aborts when it is taken apart, as one of those of a sweep does now and then.
ABORTS = """
import ctypes, sys
library = ctypes.CDLL(None)
library.__cxa_atexit(ctypes.cast(library.abort, ctypes.c_void_p), None, None)
from commands.cli import main
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only the C library of Linux can be asked")
@pytest.mark.parametrize(("arguments", "status"), [(("cases",), 0), (("cases", "--nonsense"), 2)])
def test_what_libraries_do_while_they_are_taken_apart_changes_no_status(arguments, status):
    command = [sys.executable, "-c", ABORTS, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert "jinjiang" in done.stdout if status == 0 else "--nonsense" in done.stderr


def test_libraries_start_no_threads_of_their_own():
    """Threads that wait at full speed delay everything else, and sums of products would depend on their number."""
    code = "import commands.cli, numpy, psutil, scipy.linalg\nprint(psutil.Process().num_threads())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_commands_called_from_python_leave_it_running():
    for arguments in (["cases"], ["--help"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
