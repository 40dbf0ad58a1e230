"""Factors: settings a sweep varies, each a lever (somebody decides it) or an uncertainty (nobody knows it)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from model.directions import bounds_of, unit_of
from scenarios.catalogue import catalogue
from scenarios.files.problems import ScenarioError, shown
from scenarios.files.quantities import label_of
from scenarios.files.settings import check_setting, field_of, setting_path
from scenarios.sweep.priors import Prior, read_prior

type Value = float | int | str | bool
Role = Literal["lever", "uncertainty"]
MOST_LEVELS = 10_000
_KEYS = ("low", "high", "steps", "scale", "base", "values", "dist")
#: Levels of a range are written with so many significant digits: 0.7, and not 0.7000000000000001.
_DIGITS = 12


@dataclass(frozen=True)
class Factor:
    """One setting that varies.

    path : of the setting, such as ("programme", "consent_gate"); `name` joins it by dots
    low, high : the range, both ends included; None where `levels` are listed
    levels : the values of a grid, in order; for a range those of `steps`, evenly spaced (by ratio where logarithmic)
    base : the value while other factors are varied one at a time; None: the case's own
    prior : how a sample spreads over the range; None: evenly
    """

    path: tuple[str, ...]
    role: Role
    levels: tuple[Value, ...]
    low: float | None = None
    high: float | None = None
    whole: bool = False
    logarithmic: bool = False
    base: Value | None = None
    prior: Prior | None = None

    @property
    def name(self) -> str:
        """The full name of the setting: also the name of its column."""
        return ".".join(self.path)

    def at(self, u: float) -> Value:
        """The value at a position of the unit interval: ranges evenly or as a prior says, levels equally often."""
        if self.low is None or self.high is None:
            return self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)]
        if self.prior is not None:
            value = self.prior.at(u, self.low, self.high)
            return round(value) if self.whole else value
        if self.whole:
            return int(min(self.low + math.floor(u * (self.high - self.low + 1)), self.high))
        if self.logarithmic:
            return min(max(self.low * (self.high / self.low) ** u, self.low), self.high)
        return min(self.low + u * (self.high - self.low), self.high)

    def described(self) -> dict[str, Any]:
        """The factor as plain data, for the manifest: name, role, unit, labels, bounds, levels."""
        field = field_of(self.path)
        label = label_of(self.name, field)
        return {
            "name": self.name,
            "role": self.role,
            "unit": unit_of(field),
            "zh": label.zh if self.path[0] != "instruments" else self._instrument("zh"),
            "en": label.en if self.path[0] != "instruments" else self._instrument("en"),
            "low": self.low,
            "high": self.high,
            "levels": list(self.levels),
            "whole": self.whole,
            "scale": "log" if self.logarithmic else "linear",
            "base": self.base,
            **({} if self.prior is None else {"dist": self.prior.described()}),
        }

    def _instrument(self, lang: str) -> str:
        """What an instrument is called, and which of its settings this is."""
        label = catalogue(lang).get(f"instrument.{self.path[1]}")
        return f"{label} ({self.path[-1]})" if label else self.name


def read_factor(key: str, value: Any, role: Role, steps: int) -> Factor:
    """A factor as a sweep file writes it: a list of values, `"plausible"`, or `{low, high}` with options.

    steps : levels of a range that does not say how many
    Raises ScenarioError whose message is what follows the key.
    """
    if isinstance(value, list):
        return _listed(key, value, role)
    if value == "plausible":
        return _ranged(key, _plausible(key), role, steps)
    if isinstance(value, dict) and "dist" in value:
        return _distributed(key, value, role)
    if isinstance(value, dict):
        unknown = [f".{n[:60]}: unknown key; expected {', '.join(_KEYS)}" for n in value if n not in _KEYS]
        if "values" in value:
            surplus = [name for name in value if name in _KEYS and name not in ("values", "base")]
            unknown += [f".{n}: does not go with values; expected values, or low and high" for n in surplus]
        if unknown:
            raise ScenarioError("\n".join(unknown))
        if "values" in value:
            if not isinstance(value["values"], list):
                raise ScenarioError(f".values = {shown(value['values'])}; expected a list")
            return _listed(key, value["values"], role, value.get("base"))
        return _ranged(key, value, role, steps)
    raise ScenarioError(f' = {shown(value)}; expected a list of values, {{low = …, high = …}} or "plausible"')


def _listed(key: str, values: Sequence[Any], role: Role, base: Any = None) -> Factor:
    if not values:
        raise ScenarioError(" is empty; expected at least one value")
    if len(values) > MOST_LEVELS:
        raise ScenarioError(f": {len(values):,} values; expected at most {MOST_LEVELS:,}")
    checked = _all(*(partial(check_setting, key, value) for value in values))
    path = checked[0][0]
    levels = tuple(_plain(path, value) for _, value in checked)
    if len(set(levels)) < len(levels):
        twice = next(v for v in levels if levels.count(v) > 1)
        raise ScenarioError(f": {shown(twice)} is given twice; expected each value once")
    return Factor(path, role, levels, whole=_is_whole(path), base=_base(key, base))


def _ranged(key: str, value: dict[str, Any], role: Role, steps: int) -> Factor:
    (path, low), (_, high), steps, base, logarithmic = _all(
        partial(_end, key, value, "low"),
        partial(_end, key, value, "high"),
        partial(_steps, value, steps),
        partial(_base, key, value.get("base")),
        partial(_scale, value),
    )
    if not low < high:
        raise ScenarioError(f".high = {shown(high)}; expected more than low ({shown(low)})")
    if logarithmic and low <= 0:
        raise ScenarioError(f".low = {shown(low)}; expected more than 0 for a logarithmic scale")
    whole = _is_whole(path)
    levels = _spaced(low, high, steps, whole=whole, logarithmic=logarithmic)
    return Factor(path, role, levels, float(low), float(high), whole, logarithmic, base)


def _distributed(key: str, value: dict[str, Any], role: Role) -> Factor:
    """A range over which a sample spreads as a distribution of SciPy says, cut off at its ends."""
    path = setting_path(key)
    field, whole = field_of(path), _is_whole(path)
    if field.annotation not in (int, float):
        raise ScenarioError(".dist: has no numbers to spread over; expected a list of values")
    lowest, highest = bounds_of(field)
    low, high = (
        _end(key, value, end)[1] if end in value else most
        for end, most in (("low", lowest), ("high", highest))
    )
    if low is None or high is None:
        raise ScenarioError(".dist: expected low and high as well: the setting has no range of its own")
    if not low < high:
        raise ScenarioError(f".high = {shown(high)}; expected more than low ({shown(low)})")
    base = _base(key, value.get("base"))
    prior = read_prior({k: v for k, v in value.items() if k not in ("low", "high", "base")}, whole=whole)
    low, high = prior.within(float(low), float(high))
    levels = tuple(dict.fromkeys(round(x) if whole else x for x in (low, high)))
    return Factor(path, role, levels, low, high, whole, base=base, prior=prior)


def _all(*parts: Callable[[], Any]) -> list[Any]:
    """What each part gives. Raises ScenarioError with a line for every one that is wrong, each line once."""
    found, wrong = [], []
    for part in parts:
        try:
            found.append(part())
        except ScenarioError as error:
            wrong += error.problems
    if wrong:
        raise ScenarioError("\n".join(dict.fromkeys(wrong)))
    return found


def _end(key: str, value: dict[str, Any], end: str) -> tuple[tuple[str, ...], Any]:
    """The path of a setting, and the lower or upper end of its range."""
    if end not in value:
        raise ScenarioError(f".{end} is missing; expected a number")
    if isinstance(value[end], bool) or not isinstance(value[end], int | float):
        raise ScenarioError(f".{end} = {shown(value[end])}; expected a number")
    return check_setting(key, value[end])


def _scale(value: dict[str, Any]) -> bool:
    scale = value.get("scale", "linear")
    if scale not in ("linear", "log"):
        raise ScenarioError(f".scale = {shown(scale)}; expected 'linear' or 'log'")
    return bool(scale == "log")


def _steps(value: dict[str, Any], usual: int) -> int:
    steps = value.get("steps", usual)
    if isinstance(steps, bool) or not isinstance(steps, int) or not 2 <= steps <= MOST_LEVELS:
        raise ScenarioError(f".steps = {shown(steps)}; expected a whole number from 2 to {MOST_LEVELS}")
    return steps


def _spaced(low: float, high: float, steps: int, *, whole: bool, logarithmic: bool) -> tuple[Value, ...]:
    shares = [i / (steps - 1) for i in range(steps)]
    raw = [low * (high / low) ** s if logarithmic else low + s * (high - low) for s in shares]
    if whole:
        return tuple(dict.fromkeys(round(x) for x in raw))
    return tuple(float(f"{min(max(x, low), high):.{_DIGITS}g}") for x in raw)


def _plausible(key: str) -> dict[str, Any]:
    """The plausible range a parameter is declared with."""
    extra = field_of(setting_path(key)).json_schema_extra
    bounds = extra.get("plausible") if isinstance(extra, dict) else None
    if not isinstance(bounds, list):
        raise ScenarioError(
            ' = "plausible"; only parameters are declared with a plausible range; expected {low = …, high = …}'
        )
    return {"low": bounds[0], "high": bounds[1]}


def _base(key: str, value: Any) -> Value | None:
    if value is None:
        return None
    try:
        path, checked = check_setting(key, value)
    except ScenarioError as error:
        raise ScenarioError(f".base{error}") from None
    return _plain(path, checked)


def _is_whole(path: tuple[str, ...]) -> bool:
    return field_of(path).annotation is int


def _plain(path: tuple[str, ...], value: Any) -> Value:
    return float(value) if isinstance(value, int) and field_of(path).annotation is float else value
