"""The levers of the pages: which setting each moves, in which steps, and what a plain sentence says of it.

A lever stands on a grid of steps, so that two people who mean the same scenario share one computed result.
"""

from dataclasses import dataclass
from functools import lru_cache

from dashboard.own import OWN
from model.brought import Brought, brought
from model.instruments import INSTRUMENTS, Instrument, Legality
from model.specification import Scenario, Use


@dataclass(frozen=True)
class Lever:
    """One lever: `key` is its short name in links, `path` the setting it moves.

    path : `instruments.NAME`, or `section.name`; low, high, step : of its grid, in the setting's own unit
    """

    key: str
    path: str
    low: float
    high: float
    step: float
    unit: str = "share"

    @property
    def positions(self) -> int:
        """How many positions the grid has."""
        return round((self.high - self.low) / self.step) + 1

    def snapped(self, value: float) -> float:
        """The nearest position of the grid; ends hold for what lies beyond them."""
        steps = round((min(max(value, self.low), self.high) - self.low) / self.step)
        return round(self.low + steps * self.step, 6)

    @property
    def legality(self) -> Legality:
        """Whether the law allows what it moves."""
        section, _, name = self.path.partition(".")
        if section != "instruments":
            return Legality.LAWFUL
        if self.key.startswith(OWN):
            return brought().instruments[name].legality
        return INSTRUMENTS[Instrument[name.upper()]].legality


LEVERS: tuple[Lever, ...] = (
    Lever("pub", "programme.public_share_improvement", 0.0, 1.0, 0.05),
    Lever("comp", "instruments.tailored_plan", 0.0, 1.0, 0.1),
    Lever("hours", "office.hours_per_household_week", 0.0, 0.2, 0.01, unit="hours/household/week"),
    Lever("pion", "instruments.pioneers", 0.0, 1.0, 0.1),
    Lever("press", "instruments.pressure", 0.0, 1.0, 0.1),
    Lever("talk", "instruments.consultation", 0.0, 1.0, 0.1),
    Lever("gate", "programme.consent_gate", 0.5, 1.0, 0.05),
    Lever("fee", "management.fee", 0.1, 2.0, 0.1, unit="yuan/m²/month"),
    Lever("works", "programme.works_yuan_per_m2", 0.0, 1500.0, 50.0, unit="yuan/m²"),
    Lever("proxy", "instruments.proxy_signing", 0.0, 1.0, 0.1),
    Lever("decide", "instruments.residents_decide", 0.0, 1.0, 0.1),
    Lever("deadline", "programme.deadline_week", 26.0, 130.0, 13.0, unit="weeks"),
    Lever("books", "instruments.open_accounts", 0.0, 1.0, 0.1),
    Lever("trial", "instruments.trial_then_pay", 0.0, 1.0, 0.1),
    Lever("remind", "instruments.reminders", 0.0, 1.0, 0.1),
)


def levers() -> dict[str, Lever]:
    """Every lever by its key: those of the pages, and one for each own instrument that the server knows."""
    return _with_own(brought())


@lru_cache(maxsize=4)
def _with_own(known: Brought) -> dict[str, Lever]:
    own = (Lever(OWN + name, f"instruments.{name}", 0.0, 1.0, 0.1) for name in known.instruments)
    return {lever.key: lever for lever in (*LEVERS, *own)}


def value_in(scenario: Scenario, lever: Lever) -> float:
    """Where a scenario, levers of its strategy in force, puts a lever; not on the grid, as it is."""
    section, _, name = lever.path.partition(".")
    if section == "instruments":
        return scenario.strategy.uses.get(name, Use(intensity=0.0)).intensity
    return float(getattr(scenario.effective(section), name))
