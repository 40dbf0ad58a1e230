"""What inputs refuse, in words: a refusal for each value and name, and the base of all inputs, which says them.

A constructor of the specification and `model.settings` speak alike: `programme.consent_gate = 80; expected a number
from 0 to 1 (share); did you mean 0.8?`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from model.directions import alternatives, as_share, choices_of, disagreement, expected, nearest, shown
from model.texts import number_meant


@dataclass(frozen=True)
class Refusal:
    """What is wrong with one setting.

    name : the setting, in full where that is known
    found : its value in words; empty where the name itself is wrong, or several values do not agree
    reason : what is wrong, where it is not the value alone
    expected, hint : what would have been right; the nearest name that exists, as `nearest` puts it
    wrong : which part is wrong: the name, the type of the value, or the value
    """

    name: str
    found: str = ""
    reason: str = ""
    expected: str = ""
    hint: str = ""
    wrong: Literal["name", "kind", "value"] = "value"

    @property
    def text(self) -> str:
        """What follows the name: ` = 80; expected a number from 0 to 1 (share)`."""
        wanted = f"expected {self.expected}" if self.expected else ""
        if self.found:
            return f" = {self.found}; {wanted}{self.hint}"
        return ": " + "; ".join(part for part in (self.reason, wanted) if part) + self.hint

    def __str__(self) -> str:
        return self.name + self.text


class SettingError(ValueError):
    """Settings that cannot be applied; `refusals` has one for each, the message a line for each."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("\n".join(dict.fromkeys(map(str, refusals))))
        self.refusals = refusals


def no_name(name: str, reason: str, wanted: str, hint: str = "") -> Refusal:
    """A refusal of a name that there is not."""
    return Refusal(name, reason=reason, expected=wanted, hint=hint, wrong="name")


def wrong_value(name: str, value: Any, field: FieldInfo) -> Refusal:
    """A refusal of a value that a field does not take."""
    return Refusal(name, shown(value), expected=expected(field), hint=hint_of(value, field))


def hint_of(value: Any, field: FieldInfo | None) -> str:
    """`; did you mean 0.8?` for 80 where a share belongs, 120 for "１２０", the nearest word, or nothing."""
    if not isinstance(value, str):
        return as_share(value, field)
    words = choices_of(field.annotation) if field is not None else []
    number = "" if words or field is None or field.annotation is str else number_meant(value)
    return f"; did you mean {number}?" if number else nearest(value, words)


def refusals_in(
    errors: ValidationError, table: type[BaseModel], values: Mapping[str, Any], name: str
) -> list[Refusal]:
    """A refusal for each value or name that a table refuses."""
    found = []
    for error in errors.errors(include_url=False):
        key = str(error["loc"][0]) if error["loc"] else ""
        full = ".".join((name, *map(str, error["loc"])))
        if len(error["loc"]) > 1:  # in a table or a list inside
            found.append(Refusal(full, reason=f"{_in_small(error['msg'])}, found {shown(error['input'])}"))
        elif error["type"] == "value_error":
            message = str(error["ctx"]["error"]).replace("\n", " ")
            found.append(Refusal(full, reason=disagreement(table, values, message)))
        elif key in table.model_fields:
            found.append(wrong_value(full, error["input"], table.model_fields[key]))
        else:
            known = list(table.model_fields)
            found.append(no_name(full, "unknown key", alternatives(known), nearest(key, known)))
    return found


def _in_small(message: str) -> str:
    """A library's sentence within one of ours."""
    return message[:1].lower() + message[1:]


class Input(BaseModel):
    """Frozen, no unknown names, no values outside their range.

    Raises SettingError, a ValueError, which names the class in small letters: its section.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as errors:
            table = type(self)
            raise SettingError(*refusals_in(errors, table, values, table.__name__.lower())) from None

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: an input is settled once it is made. Raises SettingError."""
        full, known = f"{type(self).__name__.lower()}.{name}", type(self).model_fields
        if name not in known:
            raise SettingError(no_name(full, "unknown key", alternatives(list(known)), nearest(name, known)))
        raise SettingError(
            no_name(full, "cannot be changed once it is made", "model_copy(update={…}), or another")
        )

    #: So that values that are read from a file or another table are validated at once, and not by this constructor.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]
