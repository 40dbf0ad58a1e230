"""What a manifest must say, that of a sweep above all, so that its folder can be read; more may stand in it.

A manifest that its own checksum fits may still be of another version of the program, or of another program.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.directions import shown

type _Names = list[Annotated[str, Field(min_length=1, max_length=200)]]
type _Value = bool | int | float | str


class _Table(BaseModel):
    # Built when first used: whoever begins a folder reads no manifest.
    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)


class _Named(_Table):
    name: str = Field(min_length=1, max_length=200)


class _Label(_Named):
    role: Literal["lever", "uncertainty"]
    unit: str
    en: str


class _Ranged(_Label):
    low: float | None
    high: float | None
    levels: list[_Value] = Field(min_length=1)


class _Factor(_Ranged):
    zh: str


class _Run(_Table):
    horizon_weeks: int
    strategy: dict[str, Any]


class _Base(_Table):
    case: str
    strategy: str
    labels: tuple[str, str] = Field(strict=False)
    content: str
    constants: dict[str, _Value]
    scenario: _Run
    district: dict[str, Any] | None


class _Command(_Table):
    command: str
    date: str


class _Seeds(_Table):
    first: int
    last: int
    n: int


class _Design(_Table):
    kind: str = "listed"


class _Described(_Table):
    zh: str = ""
    en: str = ""
    asks_zh: str = ""
    asks_en: str = ""
    found_zh: str = ""
    found_en: str = ""


class _OwnInstrument(_Table):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    legality: Literal["lawful", "restricted", "unlawful"]
    intensity: float = Field(ge=0, le=1)
    start_week: int = Field(ge=0)
    end_week: int = Field(ge=0)
    at_rest: bool


class _OwnOutcome(_Table):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    unit: str
    better: Literal["", "higher", "lower"]


class _Own(_Table):
    blake2b: str
    engine: str
    instruments: dict[str, _OwnInstrument]
    outcomes: dict[str, _OwnOutcome]


class _Bound(_Table):
    instrument: str = Field(min_length=1, max_length=200)
    n: int = Field(ge=1)
    tried: int = Field(ge=1)
    hours_needed: float
    hours_there: float


class _Households(_Table):
    weeks: list[int] = Field(min_length=1)
    columns: _Names


class _Any(_Table):
    id: str = ""
    own: _Own | None = None
    never_act: list[_Bound] = []
    households: _Households | None = None
    runs: int = Field(0, ge=0)
    different_runs: int = Field(0, ge=0)
    points: int = Field(0, ge=0)
    outcomes: _Names = []
    weekly: _Names = []
    factors: Sequence[_Named] = []
    described: _Described = _Described()
    versions: dict[str, str] = {}
    commands: list[_Command] = []


class _Sweep(_Any):
    id: str
    runs: int = Field(ge=0)
    points: int = Field(ge=0)
    seeds: _Seeds
    outcomes: _Names
    weekly: _Names
    factors: list[_Factor]
    design: _Design
    bases: list[_Base] = Field(min_length=1)


class _Labelled(_Any):
    factors: Sequence[_Label] = []


class _Compound(_Table):
    households: int


class _SizedRun(_Table):
    compound: _Compound
    horizon_weeks: int


class _SizedDistrict(_Table):
    compounds: int
    households: int


class _SizedBase(_Table):
    labels: tuple[str, str] = Field(strict=False)
    scenario: _SizedRun
    district: _SizedDistrict | None


class _Published(_Any):
    runs: int = Field(ge=0)
    points: int = Field(ge=0)
    seeds: _Seeds
    factors: list[_Ranged] = []
    design: _Design = _Design()
    bases: list[_SizedBase] = []


#: What a manifest must say, by what its folder is exported to.
_EXPORTED: dict[str, type[_Any]] = {"netcdf": _Labelled, "ro-crate": _Published}


def model_code(manifest: Mapping[str, Any]) -> str:
    """The digest of the model's code, by which it is cited; of a folder without one that of all code a row passes."""
    return str(manifest.get("model_code") or manifest.get("code", ""))


def wrong_in(manifest: dict[str, Any], exported: str = "") -> str:
    """What is wrong with a manifest, or nothing; of other kinds than sweeps only what the commands look at.

    exported : "netcdf" or "ro-crate", of which each looks at more
    """
    read = _Sweep if manifest.get("kind") == "sweep" else _Any
    try:
        _EXPORTED.get(exported, read).model_validate(manifest)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))[:100]
        if first["type"] == "missing":
            return f"{key} is missing"
        return f"{key} = {shown(first['input'])}; {first['msg'][:1].lower()}{first['msg'][1:]}"
    return ""
