"""Classes on disk: one file a class, so that a server that ends, or is killed, loses no lesson.

A file is written beside its place and renamed into it: a reader finds the old one or the new one, never half of one.
What a folder holds is checked as if a stranger had written it; one file that cannot be used costs that class only.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dashboard import own
from dashboard.choices import case_choices, version
from dashboard.game import DECISIONS, QUARTERS, Turn
from dashboard.group_names import LONGEST_NAME, likeness, readable
from model.brought import brought
from model.reading import read_at_most
from scenarios.files.problems import shown
from scenarios.store.files import flush_folder, lasting_folder, remove_abandoned, replace_whole

FORMAT = 2
#: No letter or figure that could be read as another.
LETTERS = "ABCDEFGHJKMNPQRTUVWXY346789"
#: 27 ** 8 codes: at the pace `classes` allows, whoever guesses from one address meets one of 400 classes in decades.
CODE_LENGTH = 8
MOST_GROUPS = 60
#: Browsers that hold one seat, browsers that a teacher has shown out, words by which one comes back to a seat.
MOST_HOLDERS, MOST_BARRED, MOST_WORDS = 8, 200, 4
#: A class of sixty groups that have played all quarters takes about 250 kB.
LARGEST_FILE = 2_000_000

_Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
#: The hash of a browser's cookie: who reads the file has no seat by it.
_Session = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
#: Hashes of the words of a seat; none in a file of before there were words.
_Words = Annotated[list[_Session], Field(max_length=MOST_WORDS)]
_Seat = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")]
_Figure = Annotated[float, Field(allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TurnTable(_Table):
    """One quarter's decisions; fields and ranges are those of `game.Turn`.

    own : by name; left out of files where there are none
    """

    hours: Annotated[float, Field(ge=0.0, le=2.0, allow_inf_nan=False)]
    visits: _Share
    consult: _Share
    example: _Share
    tailor: _Share
    tours: _Share
    disclose: _Share
    accounts: _Share
    trial: _Share
    remind: _Share
    points: _Share
    force: _Share
    own: Annotated[dict[Annotated[str, Field(max_length=60)], _Share], Field(max_length=100)] = {}

    def turn(self) -> Turn:
        """What the game plays."""
        return Turn(**{**self.model_dump(), "own": tuple(sorted(self.own.items()))})


class GroupTable(_Table):
    """One group, as `classes.Group`."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    holders: Annotated[list[_Session], Field(max_length=MOST_HOLDERS)]
    words: _Words = []
    turns: Annotated[list[TurnTable], Field(max_length=QUARTERS)]
    draft: TurnTable
    figures: dict[Annotated[str, Field(max_length=20)], _Figure]


class ClassTable(_Table):
    """One class, as `classes.Class`.

    touched : seconds since 1970, of the last thing that happened in it
    own : version of the server's own file, where a group has decided about one of its instruments
    case_version : of a case of a file, "" of one that ships
    """

    format: int
    code: Annotated[str, Field(pattern=f"^[{LETTERS}]{{{CODE_LENGTH}}}$")]
    case: str
    hosts: Annotated[list[_Session], Field(max_length=MOST_HOLDERS)]
    words: _Words = []
    barred: Annotated[list[_Session], Field(max_length=MOST_BARRED)]
    alone: bool
    locked: bool
    touched: _Figure
    own: Annotated[str, Field(max_length=60)] = ""
    case_version: Annotated[str, Field(max_length=60)] = ""
    groups: Annotated[dict[_Seat, GroupTable], Field(max_length=MOST_GROUPS)]

    @model_validator(mode="after")
    def _of_this_program(self) -> "ClassTable":
        if self.format != FORMAT:
            raise ValueError(f"format = {self.format}; expected {FORMAT}")
        if self.case not in case_choices():
            raise ValueError(f"case = {shown(self.case)}; expected a case that ships, or one given by --case")
        if self.case_version != version(self.case):
            raise ValueError(
                f"case_version = {shown(self.case_version)}, of the case {shown(self.case)} that was played; expected "
                f"{version(self.case) or 'nothing: it ships'}"
            )
        if self.own != own.digest() and self.own:
            raise ValueError(
                f"own = {shown(self.own)}, the version of a file of own instruments that were played; expected "
                f"{own.digest() or 'a server that was started with --own and that file'}"
            )
        played = {name for g in self.groups.values() for t in (*g.turns, g.draft) for name in t.own}
        if unknown := sorted(played - brought().instruments.keys()):
            raise ValueError(f"own: {shown(unknown[0])}; expected an instrument of the server's own file")
        names = [group.name for group in self.groups.values()]
        if not all(map(readable, names)):
            raise ValueError(
                "groups: a name with signs that cannot be seen; expected letters, figures, signs"
            )
        if len({likeness(name) for name in names}) < len(names):
            raise ValueError("groups: two of one name; expected different names")
        return self


class DamagedError(ValueError):
    """A file that cannot be used; the message names it, and what was found and expected."""


class ClassFolder:
    """A folder of classes. Raises OSError where it cannot be made or written to."""

    def __init__(self, place: Path) -> None:
        self.place = place
        lasting_folder(place, mode=0o700)
        probe = place / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
        remove_abandoned(place)

    def file(self, code: str) -> Path:
        """Where a class is kept."""
        return self.place / f"{code}.json"

    def codes(self) -> list[str]:
        """Classes in the folder, readable or not, of earlier versions too."""
        return sorted(path.stem for path in self.place.glob("*.json") if set(path.stem) <= set(LETTERS))

    def written(self, code: str) -> float:
        """When the file of a class was last written, seconds since 1970; 0 where there is none."""
        try:
            return self.file(code).stat().st_mtime
        except OSError:
            return 0.0

    def write(self, table: dict[str, Any]) -> None:
        """Keep a class, `ClassTable` as a dict. Only the user who runs the server may read it."""
        content = json.dumps({"format": FORMAT, **table}, ensure_ascii=False, allow_nan=False)
        replace_whole(self.file(table["code"]), content.encode(), mode=0o600)

    def read(self, code: str) -> ClassTable:
        """A class that was kept. Raises DamagedError where its file cannot be used."""
        file = self.file(code)
        try:
            table = ClassTable.model_validate_json(read_at_most(file, LARGEST_FILE))
        except OSError as error:
            raise DamagedError(f"{file}: cannot be read ({error.strerror or error})") from None
        except ValidationError as error:
            raise DamagedError(f"{file}: {_first(error)}") from None
        if table.code != code:
            raise DamagedError(f"{file}: code = {table.code}; expected {code}, the name of the file")
        return table

    def remove(self, code: str) -> None:
        """Forget a class, for good."""
        self.file(code).unlink(missing_ok=True)
        flush_folder(self.place)


def _first(error: ValidationError) -> str:
    """What is wrong first: the key, what was found, what was expected."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    if not key:
        return problem["msg"].removeprefix("Value error, ")
    found = problem["input"]
    return f"{key} = {shown(found)}; {problem['msg'][0].lower()}{problem['msg'][1:]}"


def turn_table(turn: Turn) -> dict[str, Any]:
    """A turn as a file keeps it."""
    table: dict[str, Any] = {name: float(turn.decided(name)) for name in DECISIONS}
    return {**table, "own": dict(turn.own)} if turn.own else table


def usual_folder() -> Path:
    """Where classes are kept unless told otherwise: `gongzhi/classes` in the user's state folder."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base or Path.home() / "AppData" / "Local") / "gongzhi" / "classes"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "gongzhi" / "classes"
    base = os.environ.get("XDG_STATE_HOME")
    return Path(base or Path.home() / ".local" / "state") / "gongzhi" / "classes"
