"""Patterns that the model should show, each asked under every plausible set of parameters.

A pattern holds where at least nine sets of ten show it, does not where at most one in ten does, and is undetermined in
between. None of them was looked at in the calibration. Their numbers are those of the model's design.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from model.engine import simulate_runs
from model.measures import Outcome
from model.settings import with_settings
from model.specification import Management, Scenario, Strategy, Use
from model.summary import mean_known, summary_columns
from scenarios.calibration.experiments import managed
from scenarios.ignorance import MOST_FLIPS, plausible_runs
from scenarios.loading import load_case
from scenarios.plausible import Survivors

#: Strategies whose patterns are asked, on the compound of the case in which all of them have a meaning.
STRATEGIES = (
    "none",
    "information_only",
    "visible_example",
    "deliberation_example_compensation",
    "pressure",
    "full_bundle",
    "hardware_only",
)
PLACE = "jinjiang"
#: Weeks a managed compound has to settle before a message is sent, and the bill in which it is first answered.
SETTLED, ANSWERED = 52, (52, 57)
#: Five years of management; eight years from the first visit on.
LONG, LATER = 260, 416
#: The week in which signatures under pressure are compared, before the patient ways catch up.
COMPARED = 26


@dataclass(frozen=True)
class Seen:
    """What one scenario came to. series : (sets, seeds, weeks, outcomes); households : of the compound"""

    series: np.ndarray
    households: int

    @cached_property
    def summary(self) -> Mapping[str, np.ndarray]:
        """Summary outcomes by name, (sets, seeds)."""
        sets, seeds = self.series.shape[:2]
        flat = self.series.reshape(sets * seeds, *self.series.shape[2:])
        found = summary_columns(flat, np.full(sets * seeds, self.households))
        return {name: values.reshape(sets, seeds) for name, values in found.items()}

    def of(self, outcome: str) -> np.ndarray:
        """Mean of a summary outcome over the seeds that have a value, by set; NaN where none has. (sets,)"""
        return mean_known(self.summary[outcome])

    def late(self, outcome: str) -> np.ndarray:
        """Median week of a summary outcome, by set; never counts as later than any. (sets,)"""
        weeks = self.summary[outcome]
        return np.sort(np.where(np.isnan(weeks), np.inf, weeks), axis=1)[:, (weeks.shape[1] - 1) // 2]

    def at(self, outcome: Outcome, week: int) -> np.ndarray:
        """Mean of a weekly outcome over seeds, by set. (sets,)"""
        return mean_known(self.series[:, :, week, outcome].astype(np.float64))

    def at_gate(self, outcome: Outcome) -> np.ndarray:
        """Mean of a weekly outcome in the week of the gate over the seeds that pass it, by set. (sets,)"""
        gate = self.summary["gate_week"]
        weeks = np.nan_to_num(gate).astype(np.int64)
        values = np.take_along_axis(self.series[..., outcome], weeks[..., None], axis=2)[..., 0]
        return mean_known(np.where(np.isnan(gate), np.nan, values.astype(np.float64)))


@dataclass(frozen=True)
class Pattern:
    """One pattern and how often it shows.

    id : as the design numbers them; expected, found : in words and numbers
    shows : by set, 1 or 0, NaN where it cannot be said
    """

    id: str
    expected: str
    shows: np.ndarray
    found: str

    @property
    def share(self) -> float:
        """Share of the sets that show it, of those that can say."""
        return float(mean_known(self.shows[None])[0])

    @property
    def verdict(self) -> str:
        """`holds`, `does not hold` or `undetermined`; `cannot be said` where no set can."""
        if np.isnan(self.share):
            return "cannot be said"
        if self.share >= 1.0 - MOST_FLIPS:
            return "holds"
        return "does not hold" if self.share <= MOST_FLIPS else "undetermined"


def scenarios_of_patterns() -> dict[str, Scenario]:
    """Every scenario the patterns are read from, by name."""
    case = load_case(PLACE)
    found = {name: case.scenario(strategy=name) for name in STRATEGIES}
    words = found["information_only"]
    deliberating, bundle = found["deliberation_example_compensation"], found["full_bundle"]
    changed: dict[str, tuple[Scenario, dict[str, Any]]] = {
        "token": (deliberating, {"instruments.consultation.choice": "token"}),
        "no pioneers": (bundle, {"instruments.pioneers": 0.0}),
        "publicity": (words, {"instruments.publicity": 1.0}),
        "no members": (words, {"party": 0.0}),
        "many members": (words, {"party": 0.35}),
    }
    found |= {name: with_settings(of, settings) for name, (of, settings) in changed.items()}
    found |= {
        "managed": _managed(),
        "reminded": _managed("reminders"),
        "told the rate": _managed("norm_messages"),
    }
    for name in ("hardware_only", "full_bundle"):
        found[f"{name}, later"] = with_settings(found[name], {"horizon_weeks": LATER})
    kaifeng = load_case("kaifeng").scenario(strategy="kaifeng")
    return {**found, "lifts": kaifeng}


def _managed(instrument: str = "") -> Scenario:
    """An ordinary compound with a company and without a project, in which a message begins once it has settled."""
    uses = {instrument: Use(intensity=1.0, start_week=SETTLED)} if instrument else {}
    strategy = Strategy(id=instrument or "none", instruments=uses)
    return managed(Management(payment_before=0.6), strategy, LONG)


def see(
    scenarios: Mapping[str, Scenario],
    survivors: Survivors,
    rows: Sequence[int],
    seeds: Sequence[int],
    threads: int | None = None,
) -> dict[str, Seen]:
    """Run every scenario under every set with every seed: the same draws in all of them."""
    found = {}
    for name, scenario in scenarios.items():
        series = simulate_runs(plausible_runs([scenario], survivors, rows, seeds), threads=threads).series
        shape = (len(rows), len(seeds), *series.shape[1:])
        found[name] = Seen(series.reshape(shape), scenario.compound.households)
    return found


def patterns(seen: Mapping[str, Seen]) -> list[Pattern]:
    """Every pattern, asked of what was seen. seen : of the scenarios of `scenarios_of_patterns`"""
    return [ask(seen) for ask in _PATTERNS]


def _as_share(condition: np.ndarray, *known: np.ndarray) -> np.ndarray:
    """1 where a condition holds and 0 where not, NaN where one of the numbers it rests on has no value."""
    shows = np.asarray(condition, float)
    return np.where(np.any([np.isnan(values) for values in known], axis=0), np.nan, shows) if known else shows


def spread(values: np.ndarray, digits: int = 2) -> str:
    """Median and middle 90 % over the sets that have a value."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return "no value"
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _p1(seen: Mapping[str, Seen]) -> Pattern:
    pressed = seen["pressure"]
    gap = pressed.at_gate(Outcome.HEADLINE_CONSENT) - pressed.at_gate(Outcome.SUPPORT_SHARE)
    return Pattern(
        "P1",
        "under pressure headline consent exceeds private support at the gate",
        _as_share(gap > 0, gap),
        f"consent less support at the gate: {spread(gap)}",
    )


def _p2(seen: Mapping[str, Seen]) -> Pattern:
    asked = [seen[name] for name in STRATEGIES if name not in ("none", "hardware_only")]
    gaps = np.array([s.of("final_headline_consent") - s.of("risers_completed") for s in asked])
    return Pattern(
        "P2",
        "headline consent exceeds completed risers",
        _as_share((gaps > 0).all(axis=0)),
        f"consent less risers at the end, least of five strategies: {spread(gaps.min(axis=0))}",
    )


def _p5(seen: Mapping[str, Seen]) -> Pattern:
    with_them, without = (seen[n].at(Outcome.STRUCTURES_LEFT, -1) for n in ("full_bundle", "no pioneers"))
    tail = (with_them > 0.0) & (with_them < without)
    return Pattern(
        "P5",
        "removal begins with visible pioneers and leaves a tail",
        _as_share(tail, with_them, without),
        f"structures left: with pioneers {spread(with_them)}, without {spread(without)}",
    )


def _p6(seen: Mapping[str, Seen]) -> Pattern:
    open_, token = (seen[n].of("final_support_share") for n in ("deliberation_example_compensation", "token"))
    without = seen["visible_example"].of("final_support_share")
    adopted = seen["deliberation_example_compensation"].of("suggestions_adopted")
    return Pattern(
        "P6",
        "a token consultation does not raise support above none, an answered one is no worse than it",
        _as_share((token <= without + 0.02) & (open_ >= token)),
        f"support at the end: answered {spread(open_)}, token {spread(token)}, none {spread(without)}; "
        f"adopted {spread(adopted)} (documents .44 to .67)",
    )


def _p7(seen: Mapping[str, Seen]) -> Pattern:
    words = seen["information_only"].of("final_valid_consent")
    example = seen["visible_example"].of("final_valid_consent") - words
    louder = seen["publicity"].of("final_valid_consent") - words
    return Pattern(
        "P7a",
        "first action by trusted neighbours moves others more than words do",
        _as_share(example > louder),
        f"valid consent at the end against information alone: example {spread(example, 3)}, "
        f"publicity {spread(louder, 3)}",
    )


def _p7_members(seen: Mapping[str, Seen]) -> Pattern:
    few, many = (seen[n].of("final_valid_consent") for n in ("no members", "many members"))
    return Pattern(
        "P7b",
        "membership alone may have no effect: 35 % against no members move consent by less than 5 points",
        _as_share(np.abs(many - few) < 0.05),
        f"valid consent at the end, many members against none: {spread(many - few, 3)}",
    )


def _p8(seen: Mapping[str, Seen]) -> Pattern:
    pressed, calm = seen["pressure"], seen["information_only"]
    signed, insincere = (
        pressed.at(outcome, COMPARED) - calm.at(outcome, COMPARED)
        for outcome in (Outcome.HEADLINE_CONSENT, Outcome.INSINCERE_SHARE)
    )
    trust = pressed.of("trust_office_change") - calm.of("trust_office_change")
    paid = pressed.at(Outcome.PAYMENT_TRAILING_YEAR, -1) - calm.at(Outcome.PAYMENT_TRAILING_YEAR, -1)
    return Pattern(
        "P8",
        "pressure: more signatures and more insincere ones at first, less trust and no more payment afterwards",
        _as_share((signed > 0) & (insincere > 0) & (trust < 0) & ~(paid > 0.01)),
        f"after half a year: signed {spread(signed)}, insincere share {spread(insincere)}; at the end: trust "
        f"{spread(trust, 3)}, payment of the last year {spread(paid, 3)}",
    )


def _p11(seen: Mapping[str, Seen]) -> Pattern:
    last = mean_known(
        seen["managed"].series[:, :, -52:, Outcome.PAYMENT_RATE].astype(np.float64).reshape(-1, 52)
    ).reshape(seen["managed"].series.shape[:2])
    middling = mean_known(np.where(np.isnan(last), np.nan, (last > 0.4) & (last < 0.8)))
    return Pattern(
        "P11",
        "a hypothesis: payment has two levels, so that few compounds pay between .4 and .8 after five years",
        _as_share(middling < 0.2, middling),
        f"share of compounds between the two that still have a company: {spread(middling)}; "
        "published cross-sections are full of them (D1, D5, D8)",
    )


def _p12(seen: Mapping[str, Seen]) -> Pattern:
    paid = seen["full_bundle"].of("payment_18_months")
    return Pattern(
        "P12",
        "payment after everything at once is high and not complete: .85 to .99",
        _as_share((paid >= 0.85) & (paid <= 0.99), paid),
        f"payment 18 months after handover: {spread(paid)} (best published .89 to .92, nobody's target)",
    )


def _p13(seen: Mapping[str, Seen]) -> Pattern:
    alone, managed = seen["hardware_only, later"], seen["full_bundle, later"]
    worn = managed.at(Outcome.INFRASTRUCTURE, -1) - alone.at(Outcome.INFRASTRUCTURE, -1)
    there = managed.at(Outcome.COMPANY_PRESENT, -1) - alone.at(Outcome.COMPANY_PRESENT, -1)
    return Pattern(
        "P13",
        "hardware alone relapses: after eight years infrastructure is worse than under the full bundle",
        _as_share(worn > 0),
        f"full bundle less hardware alone: infrastructure {spread(worn)}, company there {spread(there)}",
    )


def _p14(seen: Mapping[str, Seen]) -> Pattern:
    def paid(name: str) -> np.ndarray:
        first, behind = ANSWERED
        rates = seen[name].series[:, :, first:behind, Outcome.PAYMENT_RATE].astype(np.float64)
        return mean_known(rates.reshape(len(rates), -1))

    usual = paid("managed")
    reminded, told = paid("reminded") / usual - 1.0, paid("told the rate") / usual - 1.0
    return Pattern(
        "P14",
        "a reminder raises payment by at most a tenth and a true rate by at most a fifth, at first",
        _as_share((reminded <= 0.10) & (told <= 0.20)),
        f"relative rise in the first bill: reminder {spread(reminded, 3)}, true rate {spread(told, 3)}",
    )


def _p16(seen: Mapping[str, Seen]) -> Pattern:
    buildings = load_case("kaifeng").scenario().compound.buildings
    lifts = seen["lifts"].at(Outcome.LIFTS_BUILT, -1) / buildings
    return Pattern(
        "P16",
        "lifts stay rare even with packages: at most one on five buildings (Kaifeng counts 82 on 982)",
        _as_share(lifts <= 0.2),
        f"lifts on a building: {spread(lifts, 3)}",
    )


_PATTERNS: tuple[Callable[[Mapping[str, Seen]], Pattern], ...] = (
    _p1,
    _p2,
    _p5,
    _p6,
    _p7,
    _p7_members,
    _p8,
    _p11,
    _p12,
    _p13,
    _p14,
    _p16,
)
