"""Which parameters stand behind a lever and behind a figure: what the button beside it shows, one click away.

Not all that act: those by which it acts first. A test moves each and sees results move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from dashboard.asking import Request
from model.parameters import declarations
from scenarios.catalogue import text

_SIGNING = ("sign_threshold", "sign_steepness", "sign_social", "self_present")

#: By lever.
LEVERS_REST_ON: dict[str, tuple[str, ...]] = {
    "pub": ("cost_weight", "taste_mean", "baseline_utility"),
    "comp": ("structure_weight", "loss_aversion", "fresh_interior_weight", "tailored_visit_hours"),
    "hours": ("visit_gain", "visit_fatigue", "messenger_base", "visit_patience", "repeat_visit_pressure"),
    "pion": ("pioneer_support", "pioneer_weekly", "example_credibility", "example_belief"),
    "press": ("sign_pressure", "pressure_threshold", "reactance_weight", "pressure_trust_loss"),
    "talk": ("fit_weight", "expected_responsiveness", "fairness_rate", "suggest_attending"),
    "gate": _SIGNING,
    "fee": ("pay_fee", "reference_fee", "quality_expected_per_fee", "deficit_limit"),
    "works": ("benefit_weight", "fit_weight", "delivery_fit"),
    "proxy": ("proxy_rate", "proxy_discovery", "proxy_trust_loss"),
    "decide": ("autonomy_relief", "reactance_weight", "fairness_weight"),
    "deadline": _SIGNING,
    "books": ("open_accounts_trust", "pay_trust", "belief_rate"),
    "trial": ("trial_weeks", "trial_trust", "trial_subsidy"),
    "remind": ("pay_reminder", "habit_rate", "pay_habit"),
}
#: By decision of the classroom's game.
DECISIONS_REST_ON: dict[str, tuple[str, ...]] = {
    "hours": LEVERS_REST_ON["hours"],
    "visits": LEVERS_REST_ON["hours"],
    "consult": LEVERS_REST_ON["talk"],
    "example": LEVERS_REST_ON["pion"],
    "tailor": LEVERS_REST_ON["comp"],
    "tours": ("demonstration_weight", "demonstration_attend", "demonstration_hours"),
    "disclose": ("disclosure_reach", "absent_attention"),
    "accounts": LEVERS_REST_ON["books"],
    "trial": LEVERS_REST_ON["trial"],
    "remind": LEVERS_REST_ON["remind"],
    "points": ("pay_points", "points_crowding", "attend_points", "points_yuan"),
    "force": LEVERS_REST_ON["press"],
}
#: By lever of a district; how its projects are begun rests on nothing that is estimated.
DISTRICT_RESTS_ON: dict[str, tuple[str, ...]] = {
    "dhours": LEVERS_REST_ON["hours"],
    "batches": (),
    "interval": (),
    "bundle": ("fixed_cost", "effort_cost"),
}
#: By figure.
FIGURES_REST_ON: dict[str, tuple[str, ...]] = {
    "headline": _SIGNING,
    "valid": (*_SIGNING, "absent_contact"),
    "insincere": ("sign_threshold", "sign_social", "sign_pressure", "support_rate"),
    "passes": (*_SIGNING, "taste_mean"),
    "payment": ("pay_base", "pay_quality", "pay_belief", "pay_habit", "pay_trust", "pay_free_rider"),
    "company": ("fixed_cost", "reference_fee", "deficit_limit", "company_cost_sd"),
    "hours": ("sign_threshold", "self_present", "visit_gain"),
    "yuan": ("taste_mean", "sign_threshold", "sign_social"),
}


@dataclass(frozen=True)
class Subject:
    """What is asked about: a lever or a figure."""

    label: str
    parameters: tuple[str, ...]


@cache
def subject(about: str, lang: str) -> Subject | None:
    """What `lever.KEY` or `figure.KEY` rests on; None for anything else."""
    kind, _, key = about.partition(".")
    known = {"lever": LEVERS_REST_ON, "figure": FIGURES_REST_ON}.get(kind, {})
    if key not in known:
        return None
    label = "dash.lever_" if kind == "lever" else "dash.kpi_"
    return Subject(text(label + key, lang), known[key])


def behind(request: Request, about: str, lang: str) -> list[str]:
    """One line a parameter: what it is, its value in this scenario, plausible range, unit and grade."""
    found = subject(about, lang)
    return told(found.parameters if found else (), lang, dict(request.parameters))


def told(names: Sequence[str], lang: str, own: Mapping[str, float] = MappingProxyType({})) -> list[str]:
    """One line a parameter, as in `behind`. own : those that are not at their default"""
    lines = []
    for name in names:
        one = declarations()[name]
        low, high = one.plausible
        lines.append(
            text("dash.assumed", lang).format(
                label=text(f"parameter.{name}", lang),
                value=" ".join((_written(own.get(name, one.default)), unit_of(name, lang))).rstrip(),
                low=_written(low),
                high=_written(high),
                grade=text(f"dash.grade_{one.grade.lower()}", lang),
            )
        )
    return lines


def unit_of(name: str, lang: str) -> str:
    """A parameter's unit in words; "" where it has none."""
    unit = declarations()[name].unit
    return "" if unit == "1" else text(f"parameter_unit.{unit}", lang)


def _written(value: float) -> str:
    return f"{value + 0.0:g}".replace("-", "−")
