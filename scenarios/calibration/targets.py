"""Targets: the numbers the model is compared with, read from a file that a user can change."""

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from scenarios.files.problems import ScenarioError

#: A set is ruled out when its implausibility is above this (Vernon, Goldstein & Bower 2010).
CUTOFF = 3.0
#: Where a logarithm is taken, what is below this counts as this; no variance is below its fourth power.
_SMALL = 1e-3


class Target(BaseModel):
    """One number of the evidence, with the range that agrees with it and its tolerance beyond.

    statistic : of `experiments`; low, high, sd : in its unit; grade : A to D as in the evidence, J a judgement
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str
    statistic: str
    low: float
    high: float
    sd: float = Field(gt=0)
    grade: Literal["A", "B", "C", "D", "J"]
    source: str
    en: str
    zh: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self

    def implausibility(
        self, expected: np.ndarray, variance: np.ndarray, *, logarithmic: bool = False
    ) -> np.ndarray:
        """Distance from the range in standard deviations of tolerance and chance; infinite without a value.

        expected, variance : of the statistic, or of its logarithm where `logarithmic`; any shape
        """
        low, high, least, most = self.low, self.high, self.low - self.sd, self.high + self.sd
        if logarithmic:
            low, high, least, most = np.log(np.maximum((low, high, least, most), _SMALL))
        chance = np.maximum(np.nan_to_num(variance), _SMALL**4)
        below = (low - expected) / np.sqrt((low - least) ** 2 + chance)
        above = (expected - high) / np.sqrt((most - high) ** 2 + chance)
        return np.where(np.isnan(expected), np.inf, np.maximum(np.maximum(below, above), 0.0))


def load_targets(path: Path | None = None) -> tuple[Target, ...]:
    """The targets that are shipped, or those of a file. Raises ScenarioError for what is wrong with it."""
    own = resources.files("scenarios") / "calibration" / "targets.toml"
    name = str(path) if path else "targets.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8") if path else own.read_text("utf-8"))
        found = TypeAdapter(tuple[Target, ...]).validate_python(content.get("target", ()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{name}: cannot be read ({error}); expected a file of targets") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ScenarioError(f"{name}: target.{place}: {first['msg']}, found {first['input']!r}") from None
    if not found:
        raise ScenarioError(f"{name}: no [[target]]; expected at least one")
    return found


def implausibilities(
    targets: tuple[Target, ...], means: dict[str, np.ndarray], variances: dict[str, np.ndarray]
) -> np.ndarray:
    """Implausibility of every target for each of some sets. float64, shape (targets, sets)."""
    return np.array([t.implausibility(means[t.statistic], variances[t.statistic]) for t in targets])


def ruled_out(targets: Sequence[Target], found: np.ndarray) -> dict[str, float]:
    """By target, the share of some sets that it alone finds implausible. found : (targets, sets)"""
    return {t.id: float((row > CUTOFF).mean()) for t, row in zip(targets, found, strict=True)}


def largest(found: np.ndarray) -> np.ndarray:
    """Largest implausibility of each set: every target counts. found : (targets, sets)"""
    return np.asarray(found.max(axis=0))


def second_largest(found: np.ndarray) -> np.ndarray:
    """Second-largest implausibility of each set: one target alone, of grade C perhaps, rules nothing out.

    found : (targets, sets)
    """
    return np.asarray(np.sort(found, axis=0)[-2 if len(found) > 1 else -1])
