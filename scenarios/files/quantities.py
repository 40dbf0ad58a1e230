"""Sourced quantities: what a case file writes in place of a bare number, and the classes that check it.

Everything here is derived from `model.specification` and `model.parameters`: names, units, ranges and labels
are declared there once. A case file gives `{value, unit, source, grade, note}`; a strategy file gives bare
settings, because a strategy is a choice and not a finding.
"""

import re
from collections.abc import Container
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from model.directions import bounds_of, choices_of, disagreement, keys_meant, unit_of
from model.settings import SECTIONS
from model.specification import District
from scenarios.files.collectionfile import Collection
from scenarios.files.texts import number_meant

#: Names of cases, compounds and strategies.
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
#: A name in one of the languages, as it stands in headings and legends.
Label = Annotated[str, Field(max_length=200)]
IDENTIFIER_IN_WORDS = "small letters, digits and _, beginning with a letter"

#: The error type of `between_keys`.
BETWEEN_KEYS = "between_keys"

#: A measured here, B analogue (measured elsewhere or on something similar), C judgement.
Grade = Literal["A", "B", "C"]

#: The tables of sourced quantities of a case file: those of a compound, and the district or collection around it.
TABLES: dict[str, type[BaseModel]] = {**SECTIONS, "district": District, "collection": Collection}


class FileTable(BaseModel):
    """Base of the tables of a file: frozen, no unknown keys, no nan or infinity."""

    # Built when first used: most of the tables of a class are never met alone.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


def between_keys(key: str, text: str) -> PydanticCustomError:
    """An error about several keys of a table: shown at `key`, with `text` behind it."""
    return PydanticCustomError(BETWEEN_KEYS, "{key}{text}", {"key": key, "text": text})


class Bilingual(FileTable):
    """One text in both languages of the project."""

    zh: str = Field(min_length=1, description="中文")
    en: str = Field(min_length=1, description="English")

    def __getitem__(self, language: str) -> str:
        """The text in `zh` or `en`."""
        return {"zh": self.zh, "en": self.en}[language]


class Quantity(FileTable):
    """A value and where it comes from. `unit` is empty for a named choice."""

    value: float | int | bool | str
    unit: str = ""
    source: str = Field(min_length=1, description="来源：文献、条目编号或判断 · Where the value comes from")
    grade: Grade = Field(description="证据等级：A 实测，B 类比，C 判断 · A measured, B analogue, C judgement")
    note: str = Field("", description="备注 · Note")


class SourcedTable(FileTable):
    """A table of sourced quantities of one section, which must also agree with each other."""

    section: ClassVar[str] = ""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        values = {name: q.value for name, q in given(self).items() if isinstance(q, Quantity)}
        try:
            TABLES[self.section].model_validate(values)
        except ValidationError as errors:
            first = errors.errors()[0]
            message = str(first.get("ctx", {}).get("error", first["msg"]))
            key = next((name for name in keys_meant(TABLES[self.section], message) if name in values), "")
            text = f": {disagreement(TABLES[self.section], values, message)}"
            raise between_keys(key, text) from None
        return self


def label_of(name: str, field: FieldInfo) -> Bilingual:
    """The label of a field in both languages."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return Bilingual(zh=str(extra.get("title_zh", name)), en=field.title or name)


def _described(name: str, field: FieldInfo) -> str:
    label, unit = label_of(name, field), unit_of(field)
    return _with_unit(f"{label.zh} · {label.en}", unit)


def _with_unit(text: str, unit: str) -> str:
    return f"{text} ({unit})" if unit else text


def _bare(name: str, field: FieldInfo) -> tuple[Any, Any]:
    """A field as a strategy or a setting gives it: the same type and range, and no default."""
    low, high = bounds_of(field)
    return _as_written(field.annotation), Field(None, ge=low, le=high, description=_described(name, field))


def _sourced(name: str, field: FieldInfo) -> tuple[Any, Any]:
    """A field as a case file gives it: the value with its unit, source and grade."""
    kind: Any = field.annotation
    table = _quantity(kind, *bounds_of(field), unit_of(field))
    return table, Field(None, description=_described(name, field))


def _as_written(annotation: Any) -> Any:
    """The type of a value in a file: where a number is meant, a fraction may be written."""
    return Annotated[annotation, BeforeValidator(number_meant)] if annotation is float else annotation


def unit_meant(found: Any) -> Any:
    """A unit with ² as keyboards type it: m2 and ㎡ are m²."""
    return found.replace("m2", "m²").replace("㎡", "m²") if isinstance(found, str) else found


@cache
def _quantity(annotation: Any, low: float | None, high: float | None, unit: str) -> type[Quantity]:
    """A sourced quantity of this type, range and unit; one class for all of a kind, since classes are slow to make."""
    keys: dict[str, Any] = {
        "value": (
            _as_written(annotation),
            Field(ge=low, le=high, description=_with_unit("数值 · Value", unit)),
        )
    }
    if unit:
        accepted = Annotated[Literal[unit], BeforeValidator(unit_meant)] if "²" in unit else Literal[unit]
        keys["unit"] = (accepted, Field(description=f"单位 · Unit: {unit}"))
    else:
        keys["unit"] = (Literal[""], Field("", description="无单位 · A choice has no unit"))
    words = (
        "choice " + " ".join(choices_of(annotation)) if choices_of(annotation) else f"{unit} {low} to {high}"
    )
    return create_model(re.sub(r"\W+", "_", f"quantity {words}"), __base__=Quantity, **keys)


@cache
def bare_table(section: str) -> type[FileTable]:
    """The table of levers of a section: any of its fields, as bare values."""
    fields: dict[str, Any] = {n: _bare(n, field) for n, field in TABLES[section].model_fields.items()}
    return create_model(f"{section}_levers", __base__=FileTable, __doc__=f"Levers: {section}.", **fields)


def sourced_table[Table: SourcedTable](
    section: str, base: type[Table], keys: Container[str] | None = None
) -> type[Table]:
    """The table of a section in a case file: the keys of `base`, and any field as a sourced quantity.

    keys : only those fields whose names are among them
    """
    declared = TABLES[section].model_fields.items()
    fields: dict[str, Any] = {n: _sourced(n, field) for n, field in declared if keys is None or n in keys}
    doc = f"Sourced quantities: {section}."
    table = create_model(f"{section}_quantities", __base__=base, __doc__=doc, **fields)
    table.section = section
    return table


def given(table: BaseModel) -> dict[str, Any]:
    """What a file gave in this table, by key; keys it left out are absent."""
    return {name: getattr(table, name) for name in type(table).model_fields if name in table.model_fields_set}
