"""Errors as directions: what was found, what was expected, and the nearest name that exists."""

from __future__ import annotations

import errno
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

if TYPE_CHECKING:  # help and lists need words only, and do not wait for pydantic
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

LONGEST_SHOWN = 60
MOST_FILES_LOOKED_AT = 2000
#: Words in the specification's refusals that stand for keys.
_ALSO_MEANT = {"stairwells": ("buildings", "stairwells_per_building")}


def shown(value: Any) -> str:
    """A found value as one short printable line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        return "an enormous number"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`; did you mean 'x'?` for the closest known name, or nothing where none is close.

    Words in another order are close too: `mean_area` is near `area_mean_m2`.
    """
    names = list(known)
    close = get_close_matches(name.lower(), names, n=1, cutoff=cutoff)
    if not close and "_" in name:
        in_order = {_words_in_order(each): each for each in names}
        again = get_close_matches(_words_in_order(name), list(in_order), n=1, cutoff=max(cutoff, 0.75))
        close = [in_order[each] for each in again]
    return f"; did you mean '{close[0]}'?" if close else ""


def _words_in_order(name: str) -> str:
    return "_".join(sorted(name.lower().split("_")))


def no_file(place: str | Path) -> str:
    """Why a name is none of a file: nothing is there, or a link that leads nowhere, or what cannot be read as one."""
    try:
        return "is a folder" if stat.S_ISDIR(Path(place).stat().st_mode) else "is no regular file"
    except FileNotFoundError:
        return "is a link to nothing" if Path(place).is_symlink() else "no such file"
    except OSError as error:
        return "is a link to itself" if error.errno == errno.ELOOP else "no such file"
    except ValueError:  # a NUL character in the name
        return "no such file"


def nearest_file(place: str | Path) -> str:
    """`; did you mean 'x'?` for the file in the same folder whose name is closest, or nothing."""
    name = Path(place).name
    try:
        names = [entry.name for entry in islice(Path(place).parent.iterdir(), MOST_FILES_LOOKED_AT)]
    except (OSError, ValueError):
        return ""
    if name in names:  # which is there, and no file
        return ""
    return nearest(name, names, cutoff=0.75)  # .toml alone is no likeness


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Names for a message: all of them, or the first few and a count."""
    if len(names) <= limit:
        return ", ".join(names)
    return ", ".join(names[:limit]) + f" and {len(names) - limit} more"


def alternatives(names: Sequence[str], last: str = "or") -> str:
    """Names to choose from, in words: `a, b or c`."""
    if len(names) > 14:
        return f"one of {listed(names)}"
    head = [", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names)
    return f" {last} ".join(head) or "no key here"


def unit_of(field: FieldInfo) -> str:
    """The unit a field declares; empty for named choices."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def bounds_of(field: FieldInfo) -> tuple[float | None, float | None]:
    """Least and greatest value a field accepts, where it declares them."""
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    return low, high


def choices_of(annotation: Any) -> list[str]:
    """The words a named choice accepts, or an empty list."""
    return [str(word) for word in get_args(annotation)] if get_origin(annotation) is Literal else []


def without_none(annotation: Any) -> Any:
    """The annotation of what may be left out, as it is where it is there: `int` of `int | None`."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if isinstance(annotation, UnionType) and len(kinds) == 1 else annotation


def expected(field: FieldInfo, unit: str = "") -> str:
    """What a field accepts, in words: `a whole number from 4 to 20000 (households)`."""
    words = choices_of(field.annotation)
    if words:
        return alternatives([f"'{word}'" for word in words])
    annotation = without_none(field.annotation)
    kind = _KINDS.get(annotation, _KINDS.get(get_origin(annotation), "a value"))
    low, high = bounds_of(field)
    if low is not None and high is not None:
        kind += f" from {_plain(low)} to {_plain(high)}"
    unit = unit_of(field) or unit
    if any(getattr(m, "min_length", None) for m in field.metadata):
        kind += ", not empty"
    return kind + (f" ({unit})" if unit not in ("", "1") else "")


def as_share(value: Any, field: FieldInfo | None) -> str:
    """`; did you mean 0.8?` for 80 where a share belongs, or nothing."""
    meant = share_meant(value, field)
    return f"; did you mean {meant}?" if meant else ""


def share_meant(value: Any, field: FieldInfo | None) -> str:
    """`0.8` for 80 where a share belongs, or nothing."""
    if field is None or bounds_of(field) != (0, 1) or isinstance(value, bool | str):
        return ""
    is_percent = isinstance(value, int | float) and 2 <= value <= 100  # 1.5 is a share too large, not 1.5 %
    return f"{value / 100:.10g}" if is_percent else ""


_KINDS: dict[Any, str] = {
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    str: "a text in quotes",
    list: "a list",
    tuple: "a list",
    dict: "a table",
}


def _plain(number: float) -> str:
    return f"{number:.10g}" if number < 1_000_000 else str(int(number))


def disagreement(table: type[BaseModel], values: Mapping[str, Any], message: str) -> str:
    """A table's refusal of values that are in range but do not agree, with those values."""
    full = table.model_construct(**values)
    found = ", ".join(f"{key} = {shown(getattr(full, key))}" for key in keys_meant(table, message))
    return f"{message}; found {found}" if found else message


def keys_meant(table: type[BaseModel], message: str) -> list[str]:
    """The keys of a table that a refusal names, in the order of the message."""
    words = re.findall(r"[a-z_0-9]+", message)
    keys = [key for word in words for key in (*_ALSO_MEANT.get(word, ()), word)]
    return [key for key in dict.fromkeys(keys) if key in table.model_fields]
