"""Every text a reader sees, in Chinese and English, and how numbers are written in each.

One catalogue: labels stay where parameters, instruments and outcomes are declared; everything else is in
`text/zh.toml` and `text/en.toml`. Keys are dotted: `summary.weeks_to_80`, `instrument.home_visits`, `report.title`.
"""

import math
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from agents.categories import Stage, names
from model.brought import Brought, brought
from model.instruments import INSTRUMENTS
from model.measures import OUTCOMES, SUMMARY, Outcome
from model.parameters import declarations
from scenarios.files.problems import nearest
from scenarios.files.quantities import TABLES, label_of
from scenarios.moments import moment_of
from scenarios.totals import TOTALS, own_totals, totals
from scenarios.wordbook import wordbook

languages = ("zh", "en")

#: Names of the stages in the order of `Outcome.STAGE`.
STAGES = names(Stage)

#: Units written without decimals, and the key of their pattern.
_WHOLE = {"compounds": "compounds", "lifts": "lifts", "structures": "structures", "m²": "m2"}

#: What a summary outcome without a value is: not reached, not billed, none made. A rate at a time after handover is
#: missing for one of several reasons.
_WITHOUT = {
    **dict.fromkeys(
        ("weeks_to_50", "weeks_to_80", "weeks_to_95", "gate_week", "handover_week"), "not_reached"
    ),
    **dict.fromkeys(
        (
            "headline_consent_at_gate",
            "valid_consent_at_gate",
            "insincere_share_at_gate",
            "hours_per_valid_signature",
        ),
        "gate_not_reached",
    ),
    **dict.fromkeys(("payment_before", "payment_rate"), "not_billed"),
    "payment_18_months": "no_rate",
    "suggestions_adopted": "none_made",
}

#: From where on money is written in 亿元 and 万元, or in billions and millions.
YUAN_STEPS = {"zh": (1e8, 1e4), "en": (1e9, 1e6)}


def text(key: str, lang: str = "zh") -> str:
    """The text of a key. Raises KeyError naming the nearest key, ValueError for another language."""
    known = catalogue(lang)
    if key not in known:
        moment = moment_of(key.removeprefix("summary."))
        if moment is not None and key.startswith("summary."):
            words = known[f"moment.{moment.when}"]
            return words.format(outcome=known[f"outcome.{moment.outcome}"], week=moment.week)
        raise KeyError(f"no text {key!r}{nearest(key, known)}")
    return known[key]


def called(member: Enum, lang: str = "zh") -> str:
    """What readers call a member of an enumeration: the text `lift_grade.comfort` for `LiftGrade.COMFORT`."""
    return text(f"{section_of(type(member))}.{member.name.lower()}", lang)


def section_of(enumeration: type[Enum]) -> str:
    """Where the labels of an enumeration stand: `lift_grade` for `LiftGrade`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", enumeration.__name__).lower()


def stage_short(stage: Stage, lang: str = "zh") -> str:
    """A stage in a word, where there is no room for its label."""
    return text(f"stage_short.{stage.name.lower()}", lang)


def catalogue(lang: str) -> Mapping[str, str]:
    """Every text of a language by key; labels of a researcher's own things too, as long as they are brought."""
    return _with_labels_of(brought(), lang)


@lru_cache(maxsize=8)
def _with_labels_of(own: Brought, lang: str) -> Mapping[str, str]:
    labels = {f"instrument.{name}": getattr(entry, lang) for name, entry in own.instruments.items()}
    for name, outcome in own.outcomes.items():
        labels |= dict.fromkeys((f"outcome.{name}", f"summary.{name}"), getattr(outcome, lang))
    labels |= {f"total.{name}": getattr(info, lang) for name, info in own_totals(own).items()}
    return MappingProxyType({**_shipped(lang), **labels}) if labels else _shipped(lang)


def unit_of_outcome(name: str, unknown: str = "1") -> str:
    """The unit of a summary outcome, also at a moment, of a total of a district, of one's own, or of a weekly outcome.

    unknown : what is said of any other name
    """
    known = SUMMARY.get(name) or totals().get(name) or brought().outcomes.get(name) or moment_of(name)
    if known is None and name.upper() in Outcome.__members__:
        known = OUTCOMES[Outcome[name.upper()]]
    return known.unit if known is not None else unknown


@cache
def _shipped(lang: str) -> Mapping[str, str]:
    if lang not in languages:
        raise ValueError(f"language {lang!r}; expected {' or '.join(languages)}")
    entries = [*_flattened(wordbook(lang), ""), *_declared(lang)]
    found = dict(entries)
    if len(found) < len(entries):
        keys = [key for key, _ in entries]
        raise ValueError(f"texts given twice: {sorted({key for key in keys if keys.count(key) > 1})}")
    return MappingProxyType(found)


def _flattened(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _declared(lang: str) -> Iterator[tuple[str, str]]:
    for outcome, info in OUTCOMES.items():
        yield f"outcome.{outcome.name.lower()}", getattr(info, lang)
    for name, info in SUMMARY.items():
        yield f"summary.{name}", getattr(info, lang)
    for instrument, use in INSTRUMENTS.items():
        yield f"instrument.{instrument.name.lower()}", getattr(use, lang)
    for name, declaration in declarations().items():
        yield f"parameter.{name}", getattr(declaration, lang)
    for name, info in TOTALS.items():
        yield f"total.{name}", getattr(info, lang)
    for section, fields in TABLES.items():
        if section == "parameters":
            continue
        for name, field in fields.model_fields.items():
            yield f"{section}.{name}", label_of(name, field)[lang]


#: What stands behind the last digit of a written number.
_UNIT = re.compile(r"(?<=\d)\D*$")


def missing(outcome: str, lang: str = "zh") -> str:
    """What a reader is told where a summary outcome, or a total of a district, has no value: why, in a word or two."""
    moment = moment_of(outcome)
    why = {"gate": "gate_not_reached", "handover": "not_reached"}.get(
        moment.event if moment else "", "missing"
    )
    return text(f"number.{_WITHOUT.get(outcome, why)}", lang)


def number(value: float, unit: str, lang: str = "zh", *, difference: bool = False) -> str:
    """A value with its unit as a reader writes it.

    unit : of `model.measures` or `scenarios.totals` (share, weeks, yuan, hours, compounds …); others are left off
    difference : write the sign, and shares in percentage points
    NaN is written as "no value", infinity (of weeks) as "not reached".
    """
    if math.isnan(value):
        return text("number.missing", lang)
    if math.isinf(value):
        return text("number.not_reached", lang)
    key, scaled, decimals = _scaled(value, unit, lang, difference)
    sign = "+" if difference or unit == "−1 to 1" else ""
    written = f"{scaled:{sign},.{decimals}f}"
    if unit in ("weeks", "week", "households", "visits"):
        written = written.removesuffix(".0")
    if float(written.replace(",", "")) == 0:
        written = written.lstrip("+-")
    return text(f"number.{key}", lang).format(value=written.replace("-", "−"))


def pattern_of(unit: str, lang: str = "zh") -> str:
    """How a value of a unit is written: `{value} 户`, of shares in per cent; `{value}` where the unit is left off."""
    return text(f"number.{_scaled(0.0, unit, lang, False)[0]}", lang)


def between(low: str, high: str, lang: str = "zh") -> str:
    """Two written numbers as a range; a unit they share is written once, and so are two that are the same."""
    if low == high:
        return low
    unit = _UNIT.search(high)
    if unit and unit[0] and low.endswith(unit[0]) and low.removesuffix(unit[0])[-1:].isdigit():
        low = low.removesuffix(unit[0])
    return text("number.range", lang).format(low=low, high=high)


def signed(outcome: str, value: float, lang: str = "zh") -> str:
    """A difference in a summary outcome with its sign; an infinite one, of weeks, as later or earlier than any."""
    if math.isinf(value):
        return text("cli.later" if value > 0 else "cli.earlier", lang)
    return number(value, unit_of_outcome(outcome), lang, difference=True)


def _scaled(value: float, unit: str, lang: str, difference: bool) -> tuple[str, float, int]:
    """Key of the pattern, the value in the unit written, decimals."""
    if unit == "share":
        return ("points" if difference else "share"), 100 * value, 1
    if unit == "week":
        return ("weeks" if difference else "week"), value, 1
    if unit == "yuan":
        large, medium = YUAN_STEPS[lang]
        if abs(value) >= large:
            return "large_yuan", value / large, 2
        return ("medium_yuan", value / medium, 1) if abs(value) >= medium else ("yuan", value, 0)
    if unit == "hours":
        return "hours", value, 0 if abs(value) >= 100 else 1
    patterns = {"weeks": ("weeks", 1), "households": ("households", 1), "per household": ("per_household", 2)}
    if unit in _WHOLE:
        return _WHOLE[unit], value, 0
    key, decimals = patterns.get(unit, ("plain", 2))
    return key, value, decimals
