"""Own instruments of a sweep that can never act at some of its points, before anything is run."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from scenarios.files.problems import ScenarioError
from scenarios.files.settings import table_with_values, with_values
from scenarios.rested import MOST_POINTS, Bound, beyond_the_office, bound_line, bound_of

if TYPE_CHECKING:
    from scenarios.own import Own
    from scenarios.sweep.plan import Base, Plan


def bound_to_rest(plan: "Plan", lang: str) -> list[str]:
    """A line for every own instrument of a sweep that at some point needs more hours than the office has."""
    with nullcontext() if plan.own is None else plan.own.known():
        return [bound_line(each, "sweep.bound_to_rest", lang) for each in bound_in(plan)]


def bound_in(plan: "Plan") -> list[Bound]:
    """Every own instrument that can never act at some point, in some case, under some strategy of a sweep.

    Of districts, in none of their compounds: what their share of the hours is depends on which of them is worked at.
    """
    if plan.own is None:
        return []
    with plan.own.known():
        paths = [factor.path for factor in plan.factors]
        looked_at = [
            _at_point(base, dict(zip(paths, point, strict=True)), plan.own)
            for point in plan.points[:MOST_POINTS]
            for base in plan.bases
        ]
    return bound_of(looked_at)


def _at_point(
    base: "Base", values: Mapping[tuple[str, ...], Any], own: "Own"
) -> dict[str, tuple[float, float]]:
    try:
        scenario = with_values(base.scenario, values)
        district = base.district and table_with_values("district", base.district, values)
        return beyond_the_office(scenario, own, district)
    except ScenarioError:  # a point that cannot be run is told elsewhere
        return {}
