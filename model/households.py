"""Households and ties of one's own, as a scenario holds them: checked columns by compound, and where they came from.

What a table says of a household stays together; what it leaves out is drawn as always. `model.table_files` reads them,
`model.world.tables` puts them in place of those drawn.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from agents.categories import Cooperation, Party, Tenure, Trait, names


class Column(NamedTuple):
    """A column of households: what it is called, and which values it takes.

    kinds : the words of a category; truth : true or false; low, high : of a number
    per : by what a number is multiplied to be stored; trait : what a compound need not be drawn for, once it is known
    """

    zh: str
    en: str
    kinds: type[IntEnum] | None = None
    truth: bool = False
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    per: float = 1.0
    trait: Trait | None = None

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        if self.kinds is not None:
            return " or ".join(f"'{word}'" for word in names(self.kinds))
        if self.truth:
            return "true or false"
        return f"a {'whole ' if self.whole else ''}number from {self.low:.12g} to {self.high:.12g}"


#: Where a household lives: all of these.
PLACES = {
    "building": Column("楼栋", "Building", low=0, high=999_999, whole=True),
    "stairwell": Column("单元", "Stairwell of the building", low=0, high=999_999, whole=True),
    "floor": Column("楼层", "Floor", low=1, high=40, whole=True),
    "area_m2": Column("面积", "Area", low=1, high=1000, per=100.0),
    "tenure": Column("居住方式", "Who lives there", Tenure, trait=Trait.ABSENCE),
}
#: Who it is, where it is known; what is left out is drawn.
TRAITS = {
    "elder": Column("老年家庭", "Has an elder", truth=True, trait=Trait.ELDERS),
    "party": Column("党员", "Party membership", Party),
    "activist": Column("骨干", "Activist", truth=True),
    "wechat": Column("微信群", "In the WeChat group", truth=True),
    "fresh_interior": Column("新装修", "Recently renovated", truth=True),
    "cooperation": Column("合作类型", "How it treats common costs", Cooperation, trait=Trait.FREE_RIDERS),
    "structure_m2": Column("违建面积", "Illegal structure", low=0, high=500, trait=Trait.STRUCTURES),
    "income": Column("收入", "Income", low=0.01, high=100, trait=Trait.INCOME),
}
COLUMNS = {**PLACES, **TRAITS}
#: What ties call a household; a row's number where there is no such column. Phones and identity cards are longer.
KEY = "household"
LARGEST_KEY = 999_999_999
#: Which compound a household is of, where there are several.
COMPOUND = "compound"


class TableFile(NamedTuple):
    """A file that was read: which table, its name, its digest (BLAKE2b, 16 bytes), and what of it is not read."""

    table: str
    file: str
    blake2b: str
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CompoundTables:
    """One compound's own households and ties.

    columns : float64 as stored, in building order, one row a household; empty where households are drawn
    ties : (pairs, 2) int64, rows of the acquainted, each pair once; None where ties are drawn
    keys : (households,) int64, what ties call each household
    """

    name: str
    columns: Mapping[str, np.ndarray]
    ties: np.ndarray | None
    keys: np.ndarray

    def __len__(self) -> int:
        """Households."""
        return len(self.keys)

    @property
    def n_buildings(self) -> int:
        """Buildings, 0 where households are drawn."""
        return int(self.columns["building"].max()) + 1 if self.columns else 0

    @property
    def n_stairwells(self) -> int:
        """Stairwells of all buildings, 0 where households are drawn."""
        return int(self.columns["stairwell"].max()) + 1 if self.columns else 0

    @property
    def sizes(self) -> dict[str, float]:
        """The sizes of a `Compound` with these households; stairwells of a building on average, rounded down."""
        if not self.columns:
            return {}
        return {
            "households": len(self),
            "buildings": self.n_buildings,
            "stairwells_per_building": max(1, self.n_stairwells // self.n_buildings),
            "floors": int(self.columns["floor"].max()),
        }

    @property
    def traits(self) -> list[Trait]:
        """What is known of the compound by its tables, and therefore not drawn."""
        found = [COLUMNS[name].trait for name in self.columns]
        known = [trait for trait in found if trait is not None]
        return known if self.ties is None else [*known, Trait.TIES]

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads; a column is one text, so that a manifest can be read by eye."""
        columns = {name: _text(values) for name, values in self.columns.items()}
        pairs = None if self.ties is None else " ".join(f"{a}-{b}" for a, b in self.ties)
        return {"name": self.name, "households": columns, "ties": pairs, "keys": _text(self.keys)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CompoundTables":
        """What `to_json` gave."""
        columns = {name: np.array(text.split(), float) for name, text in data["households"].items()}
        pairs = data["ties"]
        ties = None
        if pairs is not None:
            ties = np.array([pair.split("-") for pair in pairs.split()], np.int64).reshape(-1, 2)
        return cls(data["name"], columns, ties, np.array(data["keys"].split(), np.int64))


@dataclass(frozen=True, eq=False)
class Tables:
    """Own households and ties of one compound, or of several that are run together, as a district is.

    files : where they came from; they are in no digest, so that the same table under another name is the same
    """

    compounds: tuple[CompoundTables, ...]
    files: tuple[TableFile, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tables) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """Sixteen bytes in hexadecimal that change when any household or tie does."""
        plain = [{k: v for k, v in compound.to_json().items() if k != "keys"} for compound in self.compounds]
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @property
    def are_several(self) -> bool:
        """Whether there is more than one compound."""
        return len(self.compounds) > 1

    def of(self, compound: int) -> "Tables":
        """The same of one compound."""
        return replace(self, compounds=(self.compounds[compound],))

    @cached_property
    def numbers(self) -> dict[str, float]:
        """What the tables say of the numbers of a `Compound`, by name.

        Of several compounds the shares are of all households, the sizes of the first, the floors of the highest.
        """
        first = self.compounds[0]
        if not first.columns:
            return {}
        floors = max(compound.sizes["floors"] for compound in self.compounds)
        together = {
            name: np.concatenate([compound.columns[name] for compound in self.compounds])
            for name in first.columns
        }
        return {**first.sizes, "floors": floors, **_shares(together)}

    @property
    def district(self) -> dict[str, int]:
        """The sizes of a `District` of these compounds."""
        return {
            "compounds": len(self.compounds),
            "buildings": sum(compound.n_buildings for compound in self.compounds),
            "households": sum(map(len, self.compounds)),
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads."""
        files = [{**file._asdict(), "unread": list(file.unread)} for file in self.files]
        return {"compounds": [compound.to_json() for compound in self.compounds], "files": files}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Tables":
        """What `to_json` gave."""
        files = (TableFile(**{**file, "unread": tuple(file["unread"])}) for file in data["files"])
        return cls(tuple(map(CompoundTables.from_json, data["compounds"])), tuple(files))


def _shares(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The numbers of a compound that these households come to."""
    area, tenure = columns["area_m2"] / COLUMNS["area_m2"].per, columns["tenure"]
    found = {
        "area_mean_m2": float(area.mean()),
        "area_sd_m2": float(area.std()),
        "owner_occupied": float((tenure == Tenure.OWNER_OCCUPIED).mean()),
        "rented_out": float((tenure == Tenure.RENTED_OUT).mean()),
    }
    for name in ("elder", "activist", "wechat", "fresh_interior"):
        if name in columns:
            found[name] = float(columns[name].mean())
    if "party" in columns:
        members = columns["party"][columns["party"] != Party.NONE]
        found["party"] = len(members) / len(tenure)
        if len(members):
            found["party_in_service"] = float((members == Party.IN_SERVICE).mean())
    if "cooperation" in columns:
        found["free_rider"] = float((columns["cooperation"] == Cooperation.FREE_RIDER).mean())
        found["unconditional"] = float((columns["cooperation"] == Cooperation.UNCONDITIONAL).mean())
    if "structure_m2" in columns:
        sizes = columns["structure_m2"][columns["structure_m2"] > 0.0]
        found["structure"] = len(sizes) / len(tenure)
        if len(sizes):
            found["structure_mean_m2"] = float(sizes.mean())
    if "income" in columns:
        found["income_log_sd"] = float(np.log(columns["income"]).std())
    return found


def _text(values: Sequence[float] | np.ndarray) -> str:
    return " ".join(repr(float(value)).removesuffix(".0") for value in values)


def _as_tables(given: Any) -> Tables:
    if isinstance(given, Tables):
        return given
    try:
        return Tables.from_json(given)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError(f"tables of households and ties: cannot be read ({error})") from None


#: The type of a field of a pydantic model that holds `Tables`, and plain data in JSON.
TablesField = Annotated[
    Tables,
    PlainValidator(_as_tables),
    PlainSerializer(Tables.to_json, return_type=dict),
    WithJsonSchema({"type": "object"}),
]
