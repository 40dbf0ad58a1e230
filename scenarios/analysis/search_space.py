"""What a search may vary: the intensities of instruments the law allows, around a base strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.brought import brought
from model.instruments import INSTRUMENTS, Instrument, Legality
from model.settings import with_settings
from model.specification import Scenario, Strategy, Use
from scenarios.analysis.problem import AnalysisError
from scenarios.files.problems import listed, nearest

#: Below this an instrument is left out: nobody does three per cent of a meeting.
LEAST_INTENSITY = 0.05


@dataclass(frozen=True)
class SearchSpace:
    """Instruments whose intensity is searched, each from 0 to 1, and the scenario they act in.

    instruments : of the model, and of one's own as long as they are brought
    allow_restricted : also instruments that the law allows only under stated conditions; unlawful ones never
    """

    scenario: Scenario
    instruments: tuple[str, ...]
    allow_restricted: bool = False

    def __post_init__(self) -> None:
        lines = [self._refusal(name) for name in self.instruments]
        lines += [
            self._refusal(name) for name, use in self.scenario.strategy.uses.items() if use.intensity > 0
        ]
        found = [line for line in dict.fromkeys(lines) if line]
        if not self.instruments:
            found.append("search: no instrument; expected one or more")
        if len(set(self.instruments)) < len(self.instruments):
            found.append("search: an instrument stands twice; expected each once")
        if found:
            raise AnalysisError("\n".join(found))

    def _refusal(self, name: str) -> str:
        known = [*(i.name.lower() for i in Instrument), *brought().instruments]
        if name not in known:
            return f"search: unknown instrument {name!r}{nearest(name, known) or f'; expected one of {listed(known)}'}"
        legality = legality_of(name)
        if legality is Legality.UNLAWFUL:
            return f"search: {name} is unlawful; expected lawful instruments: no search proposes what the law forbids"
        if legality is Legality.RESTRICTED and not self.allow_restricted:
            return f"search: {name} is restricted by law; expected lawful instruments, or --allow-restricted"
        return ""

    def strategy(self, intensities: Sequence[float] | np.ndarray, name: str = "candidate") -> Strategy:
        """The strategy with these intensities, in the order of `instruments`; small ones count as none."""
        base, own = self.scenario.strategy, brought().instruments
        uses = {n: use.model_dump() for n, use in base.uses.items() if n not in self.instruments}
        for n, value in zip(self.instruments, intensities, strict=True):
            if value >= LEAST_INTENSITY:
                known = base.uses.get(n) or own.get(n) or Use()
                uses[n] = {**known.model_dump(), "intensity": round(float(value), 6)}
        data = {**base.model_dump(), "id": name, "zh": name, "en": name, "note_zh": "", "note_en": ""}
        data["instruments"] = {n: use for n, use in uses.items() if n not in own}
        data["own"] = {n: use for n, use in uses.items() if n in own}
        return Strategy.model_validate(data)

    def candidate(self, intensities: Sequence[float] | np.ndarray, name: str = "candidate") -> Scenario:
        """The scenario under these intensities."""
        return with_settings(self.scenario, {"strategy": self.strategy(intensities, name)})


def lawful_instruments() -> tuple[str, ...]:
    """Every instrument the law allows without condition, one's own too, but for what acts in a district only."""
    of_the_model = (i.name.lower() for i in INSTRUMENTS if i is not Instrument.BUNDLING)
    known = (*of_the_model, *brought().instruments)
    return tuple(name for name in known if legality_of(name) is Legality.LAWFUL)


def legality_of(name: str) -> Legality:
    """Whether an instrument is lawful: of the model, or of one's own as long as it is brought."""
    own = brought().instruments.get(name)
    return own.legality if own is not None else INSTRUMENTS[Instrument[name.upper()]].legality


def described(space: SearchSpace) -> Mapping[str, object]:
    """What identifies a search space, for its record."""
    return {
        "scenario": space.scenario.content_hash(),
        "case": space.scenario.id,
        "base_strategy": space.scenario.strategy.id,
        "instruments": list(space.instruments),
        "allow_restricted": space.allow_restricted,
    }
