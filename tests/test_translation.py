"""Help and messages in the language of the command line: complete, and with every name as it is."""

import ast
import re
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.cli import main
from commands.language import language_asked_for
from scenarios.loading import load_case
from scenarios.translation import help_in, message_in

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads((ROOT / "scenarios/text/commands_zh.toml").read_text("utf-8"))
#: English words that stand in no Chinese message but as names: of files, keys, values, strategies.
ENGLISH = re.compile(
    r"\b(expected|unknown|missing|given|twice|number|from|did|you|mean|one of|empty|saved|where|list|no such|not|is)\b"
)


def all_commands(command=main, path=()):
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from all_commands(inner, (*path, name))


def plain(text):
    return " ".join(text.split())


def spoken():
    """Every English text of the help."""
    for _, command in all_commands():
        yield command.help
        yield from (p.help for p in command.params if isinstance(p, click.Option) and p.help)


def run(*arguments, lang="zh", **more):
    environment = {"LC_ALL": {"zh": "zh_CN.UTF-8", "en": "C.UTF-8"}[lang]}
    return CliRunner().invoke(main, [str(a) for a in arguments], env=environment, prog_name="gongzhi", **more)


def test_every_help_text_is_there_in_chinese_and_none_that_nobody_says():
    said = {plain(text) for text in spoken()}
    there = {plain(entry["en"]) for entry in TABLE["help"]}
    assert said - there == set() and there - said == set()
    assert all(re.search(r"[\u4e00-\u9fff]", entry["zh"]) for entry in TABLE["help"])


@pytest.mark.parametrize(
    ("path", "command"), list(all_commands()), ids=lambda x: "-".join(x) if isinstance(x, tuple) else ""
)
def test_help_follows_the_locale_and_lang_and_leaves_the_english_alone(path, command):
    english = run(*path, "--help", lang="en").output
    by_locale = run(*path, "--help").output
    assert english.startswith("Usage: gongzhi") and "Show this message" in english
    assert by_locale.startswith("用法：") and "选项：" in by_locale
    for left in ("Usage", "Options:", "Commands:", "Examples:", "[default", "[required]", "Show this"):
        assert left not in by_locale
    for name in re.findall(r"--[a-z-]+", english):
        assert name in by_locale
    if any("--lang" in p.opts for p in command.params):
        assert run(*path, "--lang", "zh", "--help", lang="en").output == by_locale
        assert run(*path, "--lang=en", "--help").output == english
    assert run(*path, "--help", lang="en").output == english


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["run", "x", "--lang", "zh"], "zh"),
        (["run", "--lang=zh", "x"], "zh"),
        (["run", "--lang", "xx"], "en"),
        (["run", "--lang"], "en"),
        (["run"], "en"),
    ],
)
def test_the_language_is_that_of_lang_wherever_it_stands(arguments, language):
    assert language_asked_for(arguments, {}) == language
    assert language_asked_for(arguments, {"LANG": "zh_CN"}) == "zh"


#: A strategy file with one mistake each, as people make them, and what is said.
MISTAKES = {
    "a key misspelt": (
        'id = "s"\n[instruments.home_visit]\n',
        "没有这个键；应为下列之一：",
        "是不是想写“home_visits”？",
    ),
    "percent": (
        'id = "s"\n[programme]\nconsent_gate = 80\n',
        "programme.consent_gate = 80；应为 0 到 1 的数（比例）",
        "是不是想写“0.8”？",
    ),
    "text for a number": (
        'id = "s"\n[programme]\nconsent_gate = "高"\n',
        "= '高'；应为 0 到 1 的数（比例）",
        "",
    ),
    "full-width digits": (
        'id = "s"\n[programme]\nconsent_gate = ０.8\n',
        "不是正确的 TOML：第 16 列的“０”是全角或中文字符；应为 '0'",
        "",
    ),
    "full-width throughout": (
        "id ＝ “s”\n",
        "第 4 列的“＝”是全角或中文字符；应为 '='；这一行另有 2 个；实为",
        "",
    ),
    "Chinese quotes": ("id = “s”\n", "第 6 列的““”是全角或中文字符；应为", ""),
    "a key twice": ('id = "s"\nid = "t"\n', "id 给了两次；应只写一次", ""),
    "no id": ('zh = "策略"\n', "id 缺少；应为引号中的文字", ""),
    "GBK": (
        'id = "s"\nzh = "杭州"\n'.encode("gbk"),
        "文件是按 GBK（“ANSI”）保存的，这一行按 GBK 读是 'zh = \"杭州\"'；应为 UTF-8：请另存为",
        "",
    ),
    "UTF-16": (
        'id = "s"\n'.encode("utf-16"),
        "文件是按 UTF-16（“Unicode”）保存的；应为 UTF-8：请另存为“UTF-8”",
        "",
    ),
    "an empty file": ("", "文件是空的；应", ""),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_in_a_file_are_told_in_chinese_with_names_as_they_are(kind, tmp_path):
    content, said, hint = MISTAKES[kind]
    file = tmp_path / "s.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    check = ("check", "--kind", "strategy", file)
    for refused in (run(*check), run(*check, "--lang", "zh", lang="en")):
        assert refused.exit_code == 2 and refused.stderr.startswith("错误：")
        assert said in refused.stderr and hint in refused.stderr, refused.stderr
        assert not ENGLISH.search(refused.stderr.replace("at least", "")), refused.stderr
    english = run(*check, "--lang", "en")
    assert english.stderr.startswith("Error: ") and not re.search(r"应为|错误", english.stderr)


def test_a_file_from_the_windows_notepad_with_its_mark_is_read(tmp_path):
    file = tmp_path / "s.toml"
    file.write_bytes(b"\xef\xbb\xbf" + 'id = "s"\r\nzh = "策略"\r\n'.encode())
    assert run("check", file).stdout == f"{file}: ok（策略 s，工具：0）\n"
    assert run("check", file, lang="en").stdout == f"{file}: ok (strategy s, instruments: 0)\n"


@pytest.mark.parametrize(
    ("there", "asked", "arguments"),
    [
        ("mine.toml", "mime.toml", ("check",)),
        ("mine.toml", "mine_.toml", ("run",)),
        ("people.csv", "peopel.csv", ("check",)),
        ("tea.py", "tee.py", ("run", "danwei_courtyard", "--own")),
    ],
)
def test_a_file_name_misspelt_is_answered_with_the_nearest_there(
    there, asked, arguments, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path(there).write_text("x", encoding="utf-8")
    refused = run(*arguments, asked)
    assert refused.exit_code == 2 and f"是不是想写“{there}”？" in refused.stderr, refused.stderr
    assert not ENGLISH.search(refused.stderr), refused.stderr
    Path(there).rename("far_away")
    assert "是不是想写" not in run(*arguments, asked).stderr


@pytest.mark.parametrize("typed", ["m2", "㎡"])
def test_m2_is_taken_for_the_unit_that_chinese_input_methods_lack(tmp_path, typed):
    case = (ROOT / "scenarios/cases/jinshui.toml").read_text("utf-8")
    file = tmp_path / "case.toml"
    file.write_text(case.replace('unit = "m²"', f'unit = "{typed}"', 1), encoding="utf-8")
    assert typed in file.read_text("utf-8") and run("check", file).exit_code == 0
    assert {q.unit for q in load_case(file).quantities().values() if "m" in q.unit} >= {"m²"}
    file.write_text(case.replace('unit = "m²"', 'unit = "m3"', 1), encoding="utf-8")
    assert re.search(r"unit = 'm3'；应为 'm²'", run("check", file).stderr)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("x.edgelist", "1 2", "x.edgelist 既不是表格也不是 TOML；应为 .csv、.parquet 或 .graphml 文件"),
        (
            "x.csv",
            "household,building,stairwell,floor,area_m2,tenure\n３,0,0,1,60,vacant\n",
            "是不是想写“3”？",
        ),
        ("x.toml", 'id = "x"\n[compounds.main]\nhouseholds = {value = "１２０"}\n', "是不是想写“120”？"),
    ],
)
def test_what_people_type_is_answered_with_what_was_meant(tmp_path, file, content, said):
    (tmp_path / file).write_text(content, encoding="utf-8")
    assert said in run("check", tmp_path / file).stderr


def test_a_missing_table_is_told_in_one_language(tmp_path):
    refused = run("run", "jinshui", "--households", tmp_path / "wide.csv").stderr
    assert refused.endswith("wide.csv 没有这个文件；应为住户表\n") and "households" not in refused


def test_a_line_of_an_own_file_saved_as_gbk_may_be_cut_short(tmp_path):
    (tmp_path / "tea.py").write_bytes(("tea = '茶话会'; " + "x" * 90).encode("gbk"))
    refused = run("run", "jinshui", "--own", tmp_path / "tea.py").stderr
    assert "文件是按 GBK（“ANSI”）保存的" in refused and "expected" not in refused


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "没有这个命令 'rnu'；是不是想写“run”？"),
        (["run"], "缺少参数 CASE"),
        (["run", "jinsui"], "没有这个案例 'jinsui'；应为 .toml 文件，或"),
        (["run", "jinshui", "--sed", "3"], "没有选项 --sed；是不是想写"),
        (["run", "jinshui", "--seeds", "x"], "--seeds 的值 x 不对；应为数"),
        (["run", "jinshui", "--seeds", "0"], "--seeds 的值 0 不对；应在 1<=x<=5000 之内"),
        (["run", "jinshui", "--engine", "c"], "--engine 的值 c 不对；应为下列之一：'compiled', 'agents'"),
        (["run", "jinshui", "--seed"], "选项 --seed 后面要有值"),
        (["run", "jinshui", "--set", "consent_gat=1"], "没有这个名称；应为“节.名称”；是不是想写“consent_gate”？"),
        (["run", "jinshui", "--set", "consent_gate"], "应为“键=值”，如 programme.consent_gate=0.9"),
        (["run", "jinshui", "--seeds", "1", "--seeds", "2"], "--seeds 给了两次；应只写一次"),
        (["compare", "jinshui", "--strategies", "none,presure"], "没有这个策略 'presure'；"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_told_in_chinese(arguments, said):
    refused = run(*arguments)
    assert refused.exit_code == 2 and said in refused.stderr and "错误：" in refused.stderr, refused.stderr
    assert "Error" not in refused.stderr and "Usage" not in refused.stderr
    assert "错误" not in run(*arguments, "--lang", "en").stderr or arguments[-1] == "--seed"


COOLER = """
from agents.party_member import PartyMember
from agents.resident import Resident

class Cautious(Resident):
    def {name}(self, stairwell_share):
        return {answer}

class CautiousMember(PartyMember, Cautious):
    pass
"""
TEA = """
from model.own import OwnInstrument
tea = OwnInstrument({name!r}, zh={zh!r}, en="Tea", effect={effect}, hours={hours}, legality={legality!r})
"""
TEA_RIGHT = {
    "name": "tea_rounds", "zh": "茶", "effect": "lambda model, i: None", "hours": 1, "legality": "lawful"
}  # fmt: skip


def tea(**changes):
    return TEA.format(**{**TEA_RIGHT, **changes})


#: A file of one's own with one mistake each, and what is said.
OWN_MISTAKES = {
    "a method misspelt": (
        COOLER.format(name="consider_sign", answer="True"),
        "第 6 行（TypeError）：Cautious.consider_sign：没有谁会调用它；是不是想写“consider_signing”？",
    ),
    "a method that nothing resembles": (
        COOLER.format(name="zzz", answer="True"), "没有谁会调用它。自己的名称以“_”开头，或标上 @own",
    ),
    "a column overridden": (
        "from agents.resident import Resident\nclass Odd(Resident):\n    support = 3\n",
        "Odd.support：是引擎也要读的数；应为在方法里写 self.support = …",
    ),
    "half of a pair": (
        "from agents.resident import Resident\nclass Cautious(Resident):\n    def attend(self):\n        return True\n",
        "党员不会是 Cautious；应为同时有 `class CautiousMember(PartyMember, Cautious)`",
    ),
    "nothing in it": ("x = 3\n", "自有文件 'own.py'：没有带来任何东西；应为 OwnInstrument 或 OwnOutcome"),
    "Python's own": ("1 / 0\n", "自有文件 'own.py' 第 1 行（ZeroDivisionError）：division by zero"),
    "a full-width comma": ("x = (1，2)\n", "（SyntaxError）：字符“，”（U+FF0C）是全角或中文字符"),
    "a name in capitals": (tea(name="Tea"), "name = 'Tea'；应为小写字母、数字与 _，以字母开头"),
    "a name of the model": (tea(name="pressure"), "name = 'pressure'；是模型已有的名称；应为另一个名称"),
    "no label": (tea(zh=""), "tea_rounds.zh = ''；应为它的叫法"),
    "no effect": (tea(effect=3), "tea_rounds.effect = 3；应为以模型和强度为参数的函数"),
    "hours below none": (tea(hours=-1), "tea_rounds.hours = -1；应为不小于 0 的数"),
    "a legality misspelt": (tea(legality="lawfull"), "lawful, restricted, unlawful；是不是想写“lawful”？"),
    "an instrument twice": (tea() + tea().replace("tea =", "more ="), "'tea_rounds' 给了两次；应只写一次"),
    "GBK": ('x = "杭州"\n'.encode("gbk"), "own.py:1: 文件是按 GBK（“ANSI”）保存的"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OWN_MISTAKES)
def test_mistakes_in_a_file_of_ones_own_are_told_in_chinese(kind, tmp_path, monkeypatch):
    content, said = OWN_MISTAKES[kind]
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    refused = run("run", "danwei_courtyard", "--own", "own.py")
    assert refused.exit_code == 2 and said in refused.stderr, refused.stderr
    assert not ENGLISH.search(refused.stderr), refused.stderr


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("TypeError: X.attend returned 3; expected True or False (--debug shows where)",
         "TypeError: X.attend 返回了 3；应为 True 或 False（--debug 显示出处）"),
        ("ties = 3; expected a data frame, or a .csv, .parquet or .graphml file",
         "ties = 3；应为数据框，或 .csv、.parquet 或 .graphml 文件"),
        ("area cannot be written: where a household lives is laid out once, and ties, risers and areas in all rest "
         "on it",
         "area 不能写入：住在哪里一次定好，相识、立管和总面积都据此计算"),
        ("complaining cannot be written: it is counted and paid for as it happens; a decision of an agent brings "
         "it about",
         "complaining 不能写入：发生时才计数、付款；由主体的决定带来"),
        ("cash cannot be written: the engine counts, books or measures it; expected one of fee, effort",
         "cash 不能写入：由引擎计数、记账或测量；应为下列之一：fee, effort"),
        ("support = 7; expected numbers from -1 to 1", "support = 7；应为 -1 到 1 的数"),
        ("tenure = 7; expected whole numbers from 0 to 2", "tenure = 7；应为 0 到 2 的整数"),
        ("tenure = 'x'; expected 'a' or 'b' or 'c'", "tenure = 'x'；应为 'a'、'b' 或 'c'"),
        ("s/search.json: the file of one's own = 'ab'; this search has 'cd': expected the same search to continue, "
         "or an empty folder",
         "s/search.json：自有文件 = 'ab'；本次搜索为 'cd'；应为同一次搜索以便继续，或空文件夹"),
        ("out: holds 3 runs of another sweep (tea); changed since: the file of one's own; expected the same sweep, or "
         "another folder",
         "out：里面有另一次扫描（tea）的 3 次运行；此后改动了：自有文件；应为同一次扫描，或另一个文件夹"),
    ],
)  # fmt: skip
def test_what_own_things_meet_later_is_told_in_chinese_too(english, chinese):
    assert message_in("zh", english) == chinese


#: Modules whose errors only programs meet, or that pass on what somebody's own code says.
_OF_PROGRAMS = (
    "scenarios/mesa4/",
    "scenarios/catalogue.py",
    "scenarios/sweep/workers.py",
    "scenarios/own.py",
)
#: Beginnings of the messages of which a part is the text of another error.
_OF_OTHERS = (
    "--out 'x': x", "--out x: x", "--burn-in x: ", "--classes: x", "--set x", "x: x", "x:1: x", "x:x: xx",
    "--x 'x'; --x", "x; expected a x", "x: target.x: x", "collection: compound x of seed x has x",
    "district: a compound drawn from seed x has x",
    "district.households: x", "x is a x; expected", "x: ties of x; expected", "x: is no table of x; expected",
    "--out 'x': holds rows of another run: x; expected",
)  # fmt: skip


def raised():
    """Every message that is raised in full in the code, with `x` or 3 for what it names, and where."""
    for file in sorted([*ROOT.glob("commands/*.py"), *ROOT.glob("scenarios/**/*.py")]):
        place = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call) or not node.exc.args:
                continue
            kind, said = ast.unparse(node.exc.func), node.exc.args[0]
            told = {filler: filled(said, filler) for filler in ("x", "3")}
            ours = kind in ("WrongInput", "ScenarioError", "AnalysisError", "StoreError", "SweepChangedError")
            if ours and " " in told["x"] and not place.startswith(_OF_PROGRAMS):
                yield f"{place}:{node.lineno}", told


def filled(node, filler):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp):
        return filled(node.left, filler) + filled(node.right, filler)
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = []
    for value in node.values:
        named = "" if isinstance(value, ast.Constant) else ast.unparse(value.value)
        hint = re.search(r"nearest|hint|own_is_meant", named)
        filler = "--x" if named == "option" else filler
        word = "'x'" if "shown" in named or "!r" in ast.unparse(value) else filler
        parts.append(value.value if isinstance(value, ast.Constant) else "" if hint else word)
    return "".join(parts)


def test_every_message_of_the_code_is_told_in_chinese():
    found = dict(raised())
    assert len(found) > 200
    untold = [
        f"{place}: {told['x']}"
        for place, told in found.items()
        if not told["x"].startswith(_OF_OTHERS)
        and not any(
            all(
                re.search(r"[\u4e00-\u9fff]", message_in("zh", line)) for line in text.strip("\n").split("\n")
            )
            for text in told.values()
        )
    ]
    assert not untold, "\n".join(["add a pattern to scenarios/text/commands_zh.toml:", *untold])


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("--out 'c1': holds rows of another run: seed = 1 there and 2 here; expected another folder, or --force to "
         "begin anew",
         "--out 'c1'：里面是另一次运行的结果行：seed 在那里为 1，这里为 2；应为另一个文件夹，或用 --force 重新开始"),
        ("c1: holds no sweep; expected a folder that `gongzhi sweep FILE -o DIR` has written",
         "c1：里面没有扫描；应为 `gongzhi sweep FILE -o DIR` 写下的文件夹"),
        ("national is a collection; expected a case of compounds: collections are run, not compared",
         "national 是集合；应为小区的案例：集合只能运行，不能比较"),
        ("--shard 9/9: no points are left; expected N of at most 3",
         "--shard 9/9：没有剩下的参数点；应为最多为 3 的 N"),
        ("out: holds 3 runs of another sweep (tea); changed since: the seeds, cases, strategies or constants; expected "
         "the same sweep, or another folder",
         "out：里面有另一次扫描（tea）的 3 次运行；此后改动了：种子、案例、策略或常数；应为同一次扫描，或另一个文件夹"),
        ("t.csv: 3 runs stand twice, the first with strategy 'a', seed 1; expected each combination of parameters, "
         "strategy and seed once",
         "t.csv：有 3 次运行重复，首先是策略 'a'、种子 1；应为参数、策略与种子的每种组合只出现一次"),
        ("--table and --record: expected one of them", "--table 与 --record；应为其中之一"),
        ("levers is empty; expected at least one table in it", "levers 是空的；应为至少一个"),
        ("--to netcdf: a b holds a collection, a row a compound; expected --to csv or --to parquet",
         "--to netcdf：a b 里是集合，每个小区一行；应为--to csv 或 --to parquet"),
        ("--digits: nothing is recorded; expected --record FILE as well",
         "--digits：没有记录任何东西；应为同时有 --record FILE"),
        ("--goal: means nothing to paired; expected --only discovery or --only robustness as well",
         "--goal：对 paired 不起作用；应为同时有 --only discovery 或 --only robustness"),
        ("--out 'k1': holds 'a', which no search has written; expected an empty folder, or one of an earlier search",
         "--out 'k1'：里面有 'a'，不是搜索写下的；应为空文件夹，或先前搜索的文件夹"),
        ("--out 'k1': holds 'a', which gongzhi has not written; expected an empty folder",
         "--out 'k1'：里面有 'a'，不是本程序写的；应为空文件夹"),
        ("t.csv:5: gate_week = 'not reached'; so are 3 more of the column; expected a number, or an empty cell where "
         "there is no value",
         "t.csv:5: gate_week = 'not reached'；这一列另有 3 格也是；应为数；没有数值就留空"),
    ],
)  # fmt: skip
def test_a_line_is_told_in_chinese_as_a_whole(english, chinese):
    assert message_in("zh", english) == chinese


@pytest.mark.parametrize("kind", ["clause", "expected"])
def test_every_pattern_stands_once(kind):
    texts = tomllib.loads((ROOT / "scenarios" / "text" / "commands_zh.toml").read_text(encoding="utf-8"))
    patterns = [entry["en"] for entry in texts[kind]]
    assert sorted(patterns) == sorted(set(patterns))


def test_what_no_pattern_knows_stays_as_it_is_and_english_is_untouched():
    odd = "a.toml:3: x: these agree on nothing; expected peace"
    assert (
        message_in("en", odd) == odd and help_in("en", "Waves.") == "Waves." and help_in("zh", None) is None
    )
    assert message_in("zh", odd) == odd, "a line is told in one language"
    assert (
        message_in("zh", "a: is a folder; expected peace of mind") == "a: is a folder; expected peace of mind"
    )
    assert message_in("zh", "a: is a folder\n" + odd) == "a 是文件夹\n" + odd
    assert message_in("zh", "a = 'x; expected y'; expected 3") == "a = 'x; expected y'；应为 3"


@settings(max_examples=200, deadline=None)
@given(
    st.text()
    | st.lists(
        st.sampled_from(["expected ", "a number from ", "; ", "'", '"', " is given twice, ", ": ", "x"])
    )
)
def test_any_message_is_told_in_one_way_or_the_other(words):
    message = words if isinstance(words, str) else "".join(words)
    assert len(message_in("zh", message).split("\n")) == len(message.split("\n"))
