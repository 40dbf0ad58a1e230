"""The command line's help, and messages wherever they are shown, in Chinese: from `scenarios/text/commands_zh.toml`.

English stands in the code. A message is made of clauses (`key = 80; expected a number …; did you mean 0.8?`), and each
is translated by its pattern; what no pattern knows stays in English, and keys, values and file names as they are.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

#: Text in quotes, which is left alone also where it is cut short, or what stands between two clauses; the apostrophe of
#: "one's own" is no quote.
_BETWEEN = re.compile(r"""(?<![A-Za-z])'[^']*?(?:'|…(?=; ))|"[^"]*"|(?P<between>; |: (?=expected ))""")
#: A file or module of one's own with its line, and the kind of error that Python calls it.
_OWN = r"own (file|module) ('[^']*'|\S+?)(?:, line (\d+))?: (?:(\w+(?:Error|Exception|Exit)): )?"
#: What stands before the first clause: file and line, or the kind of an error.
_PLACE = re.compile(
    rf"^((?:--set |\S+?:\d+: |{_OWN}|[^;]+?, (?:row|pair) \d+: |\w+Error: )?)(.*?)( \(--debug shows where\))?$",
    re.DOTALL,
)
#: Names one after the other, the last after "or" or "and".
_NAME = r"""(?:'[^']*'|"[^"]*"|[\w.+-]+)"""
_NAMES = re.compile(rf"{_NAME}(?:(?:, | or | and ){_NAME})*(?: (or|and) {_NAME})")
#: A place that is told in words.
_IN_WORDS = re.compile(r"(.+), (row|pair) (\d+): ")


def help_in(lang: str, english: str | None) -> str | None:
    """A text of the help in this language."""
    if lang != "zh" or not english:
        return english
    return _help().get(_plain(english), english)


def words_in(lang: str, text: str) -> str:
    """A page of help with what click itself says in this language."""
    if lang == "zh":
        for english, chinese in _texts()["words"].items():
            text = text.replace(english, chinese)
    return text


def message_in(lang: str, message: str) -> str:
    """A message, of one line or several, in this language."""
    return "\n".join(map(_line, message.split("\n"))) if lang == "zh" else message


def _line(line: str) -> str:
    place, *_, rest, where = _PLACE.match(line).groups()  # type: ignore[union-attr]  # matches anything
    place = _IN_WORDS.sub(
        lambda found: f"{found[1]} 第 {found[3]} {'行' if found[2] == 'row' else '对'}：", place
    )
    shown = "（--debug 显示出处）" if where else ""
    return re.sub(_OWN, _own_place, place) + "；".join(map(_clause, _clauses(rest))) + shown


def _own_place(found: re.Match[str]) -> str:
    """Where something of one's own went wrong: 自有文件 'tea.py' 第 3 行（TypeError）：."""
    kind, name, line, error = found.groups()
    called = "自有文件" if kind == "file" else "自有模块"
    return f"{called} {name}{f' 第 {line} 行' if line else ''}{f'（{error}）' if error else ''}："


def _clauses(text: str) -> list[str]:
    ends = [found.span() for found in _BETWEEN.finditer(text) if found["between"]]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return [text[start:stop] for start, stop in zip(starts, stops, strict=True)]


@cache
def _patterns(kind: str) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(entry["en"], re.DOTALL), entry["zh"]) for entry in _texts()[kind]]


def _clause(clause: str, kind: str = "clause") -> str:
    for pattern, chinese in _patterns(kind):
        found = pattern.fullmatch(clause)
        if found is not None:
            return _filled(chinese, found, kind)
    return clause


def _filled(chinese: str, found: re.Match[str], kind: str) -> str:
    """The Chinese of a clause: what is expected is translated in turn, and single words that are no names."""
    nouns = _texts()["nouns"]
    parts = [part or "" for part in found.groups()]
    if kind == "clause" and found.re.pattern == "expected (.+)":
        parts = [_clause(parts[0], "expected")]
    parts = [nouns.get(part, _joined(part)) for part in parts]
    filled = (
        re.sub(r"\{(\d)\}", lambda number: parts[int(number[1]) - 1], chinese).replace("  ", " ").rstrip()
    )
    return filled.lstrip() if kind == "clause" else filled


def _joined(text: str) -> str:
    """Names, and nothing else, as a list: `.csv, .parquet or .graphml` is .csv、.parquet 或 .graphml."""
    found = _NAMES.fullmatch(text)
    if found is None:
        return text
    *first, last = re.findall(rf"(?<![\w.+-])(?!(?:or|and) ){_NAME}", text)
    return f"{'、'.join(first)} {'或' if found[1] == 'or' else '与'} {last}"


def _plain(text: str) -> str:
    return " ".join(text.split())


@cache
def _help() -> dict[str, str]:
    return {_plain(entry["en"]): entry["zh"].strip() for entry in _texts()["help"]}


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((files("scenarios") / "text" / "commands_zh.toml").read_text(encoding="utf-8"))
