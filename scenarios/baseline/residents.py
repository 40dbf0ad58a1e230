"""Residents of the agent engine that are watched while they decide, or that decide by a table."""

from collections.abc import Callable
from typing import Any

from agents.party_member import PartyMember
from agents.resident import Resident
from scenarios.baseline.situations import DECISIONS, Features, situation

#: Given a resident, a decision, its situation and the chance the model's rule gives it: the chance it decides by.
type Answer = Callable[[Resident, str, Features, float], float]


class _Luck(float):
    """A draw that remembers the chance it was compared with."""

    met: float | None = None

    def __lt__(self, chance: Any) -> bool:
        self.met = float(chance)
        return float(self) < self.met


def classes(answer: Answer, digits: int | None) -> dict[str, type[Resident]]:
    """Classes for `CommunityModel`: every decision of `DECISIONS` is put to `answer` before luck decides it.

    digits : decimals of the numbers in a situation; None: all
    """

    class Asked(Resident):
        """A resident whose decisions are answered from outside."""

        _watched: str | None = None
        _luck: _Luck | None = None

        def draw(self, purpose: str) -> float:
            luck = super().draw(purpose)
            if purpose != self._watched:
                return luck
            self._luck = _Luck(luck)
            return self._luck

        def attend(self) -> bool:
            return self._decide("attend", super().attend)

        def consider_signing(self, stairwell_share: float) -> bool:
            return self._decide("consider_signing", super().consider_signing, stairwell_share)

        def consider_withdrawing(self, first_week_of_works: bool, plan_changed: bool) -> bool:
            method = super().consider_withdrawing
            return self._decide("consider_withdrawing", method, first_week_of_works, plan_changed)

        def pays_bill(self, nudge: float, force: float, points: float) -> bool:
            return self._decide("pays_bill", super().pays_bill, nudge, force, points)

        def _decide(self, decision: str, rule: Callable[..., bool], *arguments: Any) -> bool:
            """Luck against the chance that is answered, which may be that of the rule."""
            known = situation(decision, self, arguments, digits)
            self._watched, self._luck = DECISIONS[decision].purpose, None
            try:
                by_rule = rule(*arguments)
            finally:
                self._watched = None
            luck = self._luck
            # A rule that asks for no luck is sure.
            chance = float(by_rule) if luck is None or luck.met is None else luck.met
            drawn = float(luck) if luck is not None else super().draw(DECISIONS[decision].purpose)
            self._luck = None
            return drawn < answer(self, decision, known, chance)

    class AskedMember(PartyMember, Asked):
        """A Party member whose decisions are answered from outside."""

    return {"resident_class": Asked, "member_class": AskedMember}
