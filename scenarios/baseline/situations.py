"""What a resident knows when it decides: the situation, of which a table has the hash.

A situation holds all that the model's rule looks at, and nothing of the resident's luck: a table answers with yes, no
or a chance, and luck decides.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from agents.categories import Stage
from agents.resident import Resident
from scenarios.store.keys import key_of

type Features = dict[str, float | int | bool | str]


class Decision(NamedTuple):
    """A decision of a resident that a table may take.

    purpose : the luck it meets; features : what the resident knows, given the arguments of its method
    """

    purpose: str
    features: Callable[..., dict[str, Any]]
    en: str
    zh: str


def _attending(of: Resident) -> dict[str, Any]:
    now = of.model.now
    return {
        **_named(of, "trust_office", "elder", "activist", "engagement", "absent"),
        "open_air_meetings": now.open_air_meetings,
        "points": now.points,
    }


def _signing(of: Resident, stairwell_share: float) -> dict[str, Any]:
    neighbours = of.neighbours_signed(stairwell_share)
    return {
        **_named(of, "support", "conformity", "pressure", "disposition"),
        "neighbours_signed": neighbours,
        "refusals": of.refusals_since(of.what_it_knows(neighbours)),
    }


def _withdrawing(of: Resident, first_week_of_works: bool, plan_changed: bool) -> dict[str, Any]:
    known = {"first_week_of_works": bool(first_week_of_works), "plan_changed": bool(plan_changed)}
    return {**_named(of, "support", "pressure", "resentment"), **known}


def _paying(of: Resident, nudge: float, force: float, points: float) -> dict[str, Any]:
    compound = of.model.compound
    return {
        **_named(
            of, "cooperation", "belief", "trust_company", "habit", "reactance", "engagement", "resentment"
        ),
        **_named(of, "area_m2", "income", "tenure", "support", "contributed"),
        "service": of.experience_service(),
        "fee": compound.fee,
        "pledge_counts": bool(of.pledged and compound.stage == Stage.MANAGEMENT),
        "in_arrears": bool(of.arrears_fen > 0),
        "naming_debtors": of.model.now.naming_debtors,
        "nudge": nudge,
        "force": force,
        "points": points,
    }


def _named(of: Resident, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


#: By the name of the method that asks.
DECISIONS: dict[str, Decision] = {
    "attend": Decision("attend", _attending, "comes to the meeting", "参加会议"),
    "consider_signing": Decision("sign", _signing, "signs when asked", "被问到时签字"),
    "consider_withdrawing": Decision("withdraw", _withdrawing, "takes its signature back", "撤回签字"),
    "pays_bill": Decision("pay", _paying, "pays the bill", "缴费"),
}


def situation(decision: str, of: Resident, arguments: tuple[Any, ...], digits: int | None) -> Features:
    """What a resident knows. digits : decimals of its numbers; None: all"""
    found = DECISIONS[decision].features(of, *arguments)
    return {name: _plain(value, digits) for name, value in found.items()}


def _plain(value: Any, digits: int | None) -> float | int | bool | str:
    """A feature as JSON has it: names of categories, Python's numbers."""
    if type(value) is float:  # most are
        return value if digits is None else round(value, digits) + 0.0
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, np.generic):
        return _plain(value.item(), digits)
    if isinstance(value, bool | int | str):
        return value
    return _plain(float(value), digits)


def situation_key(decision: str, features: Features) -> str:
    """The hash of a situation: 32 hexadecimal digits."""
    return key_of(decision, features)


__all__ = ["DECISIONS", "Decision", "Features", "situation", "situation_key"]
