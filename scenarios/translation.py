"""The command line's help, and messages wherever they are shown, in Chinese: from `scenarios/text/commands_zh.toml`.

English stands in the code. A message is made of clauses (`key = 80; expected a number …; did you mean 0.8?`), and each
is translated by its pattern. A line of which no pattern knows some clause is in English as a whole; keys, values and
file names stay as they are.
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
#: What is told as it is: in quotes, and an option with what follows it.
_QUOTED = re.compile(r"""(?<![A-Za-z])'[^']*'|"[^"]*"|`[^`]*`|--[\w-]+ \w+""")
_PROSE = re.compile(r"(?<![\w.=/-])[a-z]+(?:'s)? [a-z]+(?![\w.=/-])")
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
    place, _, _, _, quoted, rest, where = _PLACE.match(line).groups()  # type: ignore[union-attr]  # matches anything
    told = [_clause(clause) for clause in _clauses(rest)]
    if None in told and not quoted:
        return line
    # What Python says of something of one's own is a quotation.
    said = "；".join(
        rest if chinese is None else chinese for rest, chinese in zip(_clauses(rest), told, strict=True)
    )
    place = _IN_WORDS.sub(
        lambda found: f"{found[1]} 第 {found[3]} {'行' if found[2] == 'row' else '对'}：", place
    )
    shown = "（--debug 显示出处）" if where else ""
    return re.sub(_OWN, _own_place, place) + said + shown


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


def _clause(clause: str, kind: str = "clause") -> str | None:
    """A clause in Chinese; names and values as they are; None for words that no pattern knows."""
    for pattern, chinese in _patterns(kind):
        found = pattern.fullmatch(clause)
        if found is not None:
            return _filled(chinese, found, kind)
    return None if _is_prose(clause) else clause


def _filled(chinese: str, found: re.Match[str], kind: str) -> str | None:
    """The Chinese of a clause: what is expected is translated in turn, and single words that are no names."""
    parts = [part or "" for part in found.groups()]
    if kind == "clause" and found.re.pattern == "expected (.+)":
        expected = _clause(parts[0], "expected")
        if expected is None:
            return None
        parts = [expected]
    else:
        parts = [_word(part) for part in parts]
        of_words = kind == "expected" and not found.re.pattern.endswith(r"\)")  # in brackets stands a unit
        if of_words and any(map(_is_prose, parts)):
            return None
    filled = (
        re.sub(r"\{(\d)\}", lambda number: parts[int(number[1]) - 1], chinese).replace("  ", " ").rstrip()
    )
    return filled.lstrip() if kind == "clause" else filled


def _word(part: str) -> str:
    """A single word that is no name, or several of the phrases that stand in lists; else names as a list."""
    phrases: dict[str, str] = _texts()["phrases"]
    phrase = "|".join(map(re.escape, phrases))
    if re.fullmatch(rf"(?:{phrase})(?:, (?:{phrase}))*", part):
        return "、".join(phrases[found[0]] for found in re.finditer(phrase, part))
    return str(_texts()["nouns"].get(part, _joined(part)))


def _is_prose(text: str) -> bool:
    """Whether words of English stand next to one another, outside of quotes and of what is typed as it is."""
    return _PROSE.search(_QUOTED.sub("'", text)) is not None


def _joined(text: str) -> str:
    """Names, and nothing else, as a list: `.csv, .parquet or .graphml` is .csv、.parquet 或 .graphml."""
    found = _NAMES.fullmatch(text)
    if found is None:
        return text.replace(" or --", " 或 --")
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
