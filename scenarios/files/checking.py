"""Reading a TOML file and checking it against a file class; every problem becomes one line that says where.

`read_toml` meets what can be wrong with a file, `check` what can be wrong in it.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from model import directions
from model.directions import alternatives, choices_of, nearest_file, no_file, without_none
from model.refusing import hint_of
from model.texts import first_wide, narrow, wide_lines
from scenarios.files import positions
from scenarios.files.problems import ScenarioError, nearest, own_is_meant, shown
from scenarios.files.quantities import BETWEEN_KEYS, IDENTIFIER_IN_WORDS, Quantity
from scenarios.files.texts import read_text

LARGEST_FILE_BYTES = 1_000_000
#: Keys inside each other, `a.b.c`: the files of the project have four.
MOST_LEVELS = 20
MOST_KEYS = 50_000
#: What is wrong is explained so many times in one message.
MOST_PROBLEMS = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
#: Text and comments, which hold anything, or a dotted key.
_TEXT_OR_KEY = re.compile(
    rf"""\"{{3}}(?:\\.|[^\\])*?\"{{3}}|'{{3}}.*?'{{3}}|\#[^\n]*|{_PART}(?:[ \t]*\.[ \t]*{_PART})*""",
    re.DOTALL,
)
_TOML_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Source(NamedTuple):
    """A file that has been read: its name for messages, its values, and the line of every key."""

    name: str
    data: dict[str, Any]
    lines: dict[positions.Path, int]

    def where(self, path: positions.Path) -> str:
        """`file:line` of a key, or of its nearest parent in the file."""
        return f"{self.name}:{positions.line_of(self.lines, path)}"


def display_name(file: Traversable | Path) -> str:
    """How messages name a file: from the working folder where it lies below it."""
    path = Path(str(file))
    try:
        name = path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        name = path.as_posix()
    return name if name.isprintable() else shown(name)


def read_toml(file: Traversable | Path) -> Source:
    """Read one TOML file.

    Returns its values and positions.
    Raises ScenarioError for a folder, a missing, unreadable, empty, oversized or wrongly encoded file, and
    for a text that is not TOML, with the line where it is known.
    """
    name = display_name(file)
    try:
        if file.is_dir():
            raise ScenarioError(f"{name}: is a folder; expected a TOML file")
        if not file.is_file():
            raise ScenarioError(
                f"{name}: {no_file(str(file))}; expected a TOML file{nearest_file(str(file))}"
            )
        text = read_text(file, name, LARGEST_FILE_BYTES)
    except (OSError, ValueError) as problem:  # ValueError: a NUL character in the name
        raise ScenarioError(f"{name[:200]}: cannot be read ({_reason(problem)})") from None
    if not text.strip():
        raise ScenarioError(f'{name}:1: the file is empty; expected at least id = "…"')
    _refuse_deep(name, text)
    data = _parsed(name, text)
    lines = positions.find_lines(text)
    if len(lines) > MOST_KEYS:
        raise ScenarioError(f"{name}: {len(lines):,} keys and items; expected at most {MOST_KEYS:,}")
    return Source(name, data, lines)


class Problem(NamedTuple):
    """One line of a message, and the line of the file it is about."""

    line: int
    text: str


def check[File: BaseModel](source: Source, file_class: type[File]) -> File:
    """The file as an object of its class.

    Raises ScenarioError that names every problem of the file at once, in file order.
    """
    entry, problems = examine(source, file_class)
    if entry is None:
        raise ScenarioError(in_file_order(problems))
    return entry


def examine[File: BaseModel](source: Source, file_class: type[File]) -> tuple[File | None, list[Problem]]:
    """The file as an object of its class, or None and what is wrong."""
    try:
        return file_class.model_validate(source.data, strict=True), []
    except ValidationError as errors:
        found = errors.errors(include_url=False)
        # Each is explained with the nearest name, which takes a millisecond: first those that will be shown.
        found.sort(key=lambda error: positions.line_of(source.lines, tuple(error["loc"])))
        explained = [problem_of(source, file_class, error) for error in found[:MOST_PROBLEMS]]
        more = len(found) - len(explained)
        return None, [*explained, *[Problem(explained[-1].line, "")] * more]


def in_file_order(problems: list[Problem]) -> str:
    """Problems as one message, sorted by their line, each once, the first `MOST_PROBLEMS` of them in words."""
    texts = [p.text for p in sorted(problems, key=lambda p: p.line)]
    listed = [text for text in dict.fromkeys(texts) if text]
    more = texts.count("") + len(listed[MOST_PROBLEMS:])
    last = [f"{source_of(listed[0])}: and {more:,} more; expected these to be mended first"] if more else []
    return "\n".join([*listed[:MOST_PROBLEMS], *last])


def source_of(problem: str) -> str:
    """The file a problem is about."""
    return re.split(r":\d+:", problem, maxsplit=1)[0]


def problem_at(source: Source, path: positions.Path, text: str) -> Problem:
    """A problem with a key of a file; `text` follows the key in the message."""
    return Problem(positions.line_of(source.lines, path), f"{source.where(path)}: {dotted(path)}{text}")


def dotted(path: positions.Path) -> str:
    """A path as it would be written: `claims[2].unit`, `compounds.main.households`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            key = step if _BARE_KEY.fullmatch(step) else shown(step)
            text += f".{key[:80]}" if text else key[:80]
    return text


def problem_of(source: Source, file_class: type[BaseModel], error: Mapping[str, Any]) -> Problem:
    """What pydantic found, in the words of the project."""
    path = tuple(error["loc"])
    if path and path[-1] == "[key]":  # pydantic's mark for the name of a table
        most = (
            f", at most {error['ctx']['max_length']} characters" if error["type"] == "string_too_long" else ""
        )
        return problem_at(source, path[:-1], f": expected a name of {IDENTIFIER_IN_WORDS}{most}")
    if error["type"] == BETWEEN_KEYS:
        context = error["ctx"]
        path = (*path, context["key"]) if context["key"] else path
        return problem_at(source, path, context["text"])
    return problem_at(source, path, explained(file_class, path, error))


def explained(file_class: type[BaseModel], path: positions.Path, error: Mapping[str, Any]) -> str:
    """The part of a message behind the key: what was found, what was expected, the nearest name."""
    kind, found = str(error["type"]), error["input"]
    parent, field = _declared(file_class, path)
    if kind == "extra_forbidden":
        known = list(parent.model_fields) if parent else []
        own = own_is_meant() if len(path) == 2 and path[0] == "instruments" else ""
        return f": unknown key; expected {alternatives(known)}{nearest(str(path[-1]), known)}{own}"
    if kind == "missing":
        return f" is missing; expected {expected(field)}"
    if kind == "string_too_long":
        most = error["ctx"]["max_length"]
        return f" = {shown(found)} has {len(found):,} characters; expected at most {most}"
    if kind == "string_pattern_mismatch":
        typed = f"; did you mean '{narrow(found)[:60]}'?" if narrow(found) != found else ""
        return f" = {shown(found)}; expected {IDENTIFIER_IN_WORDS}{typed}"
    if kind == "too_short" and isinstance(found, dict):
        return " is empty; expected at least one table in it"
    if kind == "too_short" and found == []:
        return f" = an empty list; expected {expected(field)}"
    example = _sourced_example(field, found) or expected(field)
    return f" = {shown(found)}; expected {example}{hint_of(found, field)}"


def expected(field: FieldInfo | None) -> str:
    """What a key accepts, in words: `a whole number from 4 to 20000 (households)`."""
    if field is None:
        return "another type of value"
    if choices_of(field.annotation) == [""]:
        return "no unit"
    table = _table_class(field.annotation)
    if table is not None:
        return f"a table with {alternatives(list(table.model_fields), 'and')}"
    return directions.expected(field, unit=_unit_in(field))


def _unit_in(field: FieldInfo) -> str:
    """The unit at the end of a derived description: `户数 · Households (households)`."""
    match = re.search(r" \(([^()]+)\)$", field.description or "")
    return match[1] if match else ""


def _sourced_example(field: FieldInfo | None, found: Any) -> str:
    """For a bare number where a sourced quantity belongs: how to write it."""
    table = _table_class(field.annotation) if field else None
    if table is None or not issubclass(table, Quantity) or isinstance(found, dict | list):
        return ""
    unit = choices_of(table.model_fields["unit"].annotation)[0]
    meant = directions.share_meant(found, table.model_fields["value"])
    written = f'"{found}"' if isinstance(found, str) else meant or shown(found)
    unit_part = f'unit = "{unit}", ' if unit else ""
    return f'{{value = {written[:40]}, {unit_part}source = "…", grade = "A", "B" or "C"}}'


def _table_class(annotation: Any) -> type[BaseModel] | None:
    kind = without_none(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _declared(
    file_class: type[BaseModel], path: positions.Path
) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The table class a path ends in, and the field at its end where one is declared."""
    annotation: Any = file_class
    parent: type[BaseModel] | None = None
    field: FieldInfo | None = None
    for step in path:
        table = _table_class(annotation)
        if table is not None:
            parent, field = table, table.model_fields.get(str(step))
            annotation = field.annotation if field else None
        else:  # an item of a list or of a dictionary: the same field, its last argument
            arguments = get_args(annotation)
            annotation = arguments[-1] if arguments and get_origin(annotation) is not Literal else None
            field = FieldInfo.from_annotation(annotation) if annotation is not None else None
    return parent, field


def _reason(problem: Exception) -> str:
    return (getattr(problem, "strerror", None) or str(problem)).lower()


def _refuse_deep(name: str, text: str) -> None:
    """Raise ScenarioError for dotted keys so deep that to read them would take minutes and gigabytes."""
    for match in _TEXT_OR_KEY.finditer(text):
        found = match[0]
        if found.count(".") >= MOST_LEVELS and not found.startswith(("#", "'''", '"""')):
            depth = len(re.findall(_PART, found))
            if depth > MOST_LEVELS:
                line = text.count("\n", 0, match.start()) + 1
                raise ScenarioError(
                    f"{name}:{line}: {shown(found[:40])}…: a key of {depth:,} parts; expected at most {MOST_LEVELS}"
                )


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ScenarioError(f"{name}: tables or lists nested too deeply; expected a few levels") from None
    except ValueError as problem:  # a TOML syntax error, or an integer of thousands of digits
        raise ScenarioError(_syntax_problem(name, text, str(problem))) from None


def _wide_problems(name: str, text: str, lines: Sequence[str]) -> str:
    """Every line of a file with characters of another keyboard: the first of each, and how many more there are."""
    told = []
    for wide, more in islice(wide_lines(text), MOST_PROBLEMS):
        others = f"; and {more} more in this line" if more else ""
        line = shown(lines[wide.line - 1].strip())
        told.append(f"{name}:{wide.line}: not valid TOML: {wide}{others}; found {line}")
    return "\n".join(told)


def _syntax_problem(name: str, text: str, message: str) -> str:
    match = _TOML_LINE.search(message)
    what = _TOML_LINE.sub("", message).split("\n")[0]
    lines = text.split("\n")
    number = int(match[1]) if match and match[1] else len(text.rstrip().split("\n"))
    if "digits" in what:
        number = next((i for i, line in enumerate(lines, 1) if re.search(r"\d{4000}", line)), 1)
        return f"{name}:{number}: an integer of thousands of digits; expected a number in range"
    line = lines[number - 1].strip() if number <= len(lines) else ""
    wide = first_wide(text)
    if wide is not None and wide.line <= number:
        return _wide_problems(name, text, lines)
    if what.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
        key = re.split(r"\s*=", line)[0].strip("[] ")
        return f"{name}:{number}: {key[:80]} is given twice; expected each key once"
    return f"{name}:{number}: not valid TOML: {what[:1].lower()}{what[1:]}; found {shown(line)}"
