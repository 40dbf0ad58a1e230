"""The street office (街道办) with its community committees and the project's temporary Party branch.

It divides person-hours among meetings, publicity, mediation and visits, chooses whom to visit, and decides
how much of what residents ask for goes into the plan.
"""

from collections.abc import Sequence
from typing import Any

from agents.categories import Stage, Target
from agents.columns import Field, Surroundings
from agents.overriding import Actor, Hours
from agents.party_member import PartyMember
from agents.resident import Resident
from agents.rules.party_member import hours_given
from agents.rules.street_office import (
    DEVICES,
    hours_of_visit,
    hours_of_volunteers,
    hurries,
    is_consulting,
    is_mobilising,
    is_near_enough,
    suggestions_to_adopt,
    takes_suggestions,
    visit_priority,
)


class StreetOffice(Actor):
    """The street office (街道办): how its hours go to meetings and households, and what enters the plan."""

    model: Surroundings

    hours_worked = Field("hours")
    hours_owed = Field()
    grid_position = Field()
    n_visits = Field()
    n_meetings = Field()
    holds_meeting = Field("meeting_now")
    mobilising = Field()
    hurried = Field()

    def __init__(self, model: Any) -> None:
        super().__init__(model)

    def is_mobilising(self) -> bool:
        """Whether it asks for signatures or removals this week."""
        compound = self.model.compound
        return is_mobilising(compound.stage, self.model.week, compound.waiting_until)

    def hurries(self) -> bool:
        """Whether it is ranked by signatures (考核加分) and hurries: the deadline is near, the gate not yet reached."""
        compound, settings = self.model.compound, self.model.settings
        ranking, residents = self.model.now.ranking, self.model.residents
        signed = sum(r.signed for r in residents) / len(residents)
        weeks_left = compound.deadline - self.model.week
        return hurries(
            ranking, compound.stage, weeks_left, signed, settings.consent_gate, self.model.parameters
        )

    def is_consulting(self) -> bool:
        """Whether consultation rounds are still to be held."""
        rounds_done, rounds = self.model.compound.rounds_done, self.model.settings.consultation_rounds
        return is_consulting(self.model.now.consultation, rounds_done, rounds)

    def takes_suggestions(self) -> bool:
        """Whether suggestions are taken this week, on visits and in meetings."""
        return takes_suggestions(self.model.compound.stage, self.mobilising, self.is_consulting())

    def meeting_due(self) -> bool:
        """Whether a consultation meeting is held this week: one a round, at the interval, until rounds are done."""
        interval = int(self.model.settings.meeting_interval_weeks)
        return self.takes_suggestions() and self.model.week % interval == 0

    @property
    def hours_given(self) -> float:
        """Person-hours of this week that registered Party members and volunteers give, unpaid."""
        residents, p, now = self.model.residents, self.model.parameters, self.model.now
        registered = sum(isinstance(r, PartyMember) and r.registers_at_home for r in residents)
        volunteers = sum(r.volunteer for r in residents)
        given = hours_given(registered, now.dual_registration, p)
        return given + hours_of_volunteers(volunteers, now.volunteering, p)

    def hours_available(self, given: float) -> Hours:
        """Person-hours of this week: the district's share, and what members and volunteers give."""
        return self.model.compound.hours_now + given

    def divide_hours(self, left: float) -> Hours:
        """Divide the hours that meetings leave among the devices, in order; returns those left for visits."""
        for device in DEVICES:
            left = self.model.devote(device, left)
        return left

    def reachable(self) -> list[Resident]:
        """Candidates for a visit: households that have not signed or are still to remove a structure."""
        removing = self.model.now.removal_first > 0.0
        return [r for r in self.model.residents if not r.signed or (removing and r.holds_structure)]

    def hours_of_visit(self, reachable: Sequence[Resident]) -> Hours:
        """Person-hours of a visit, on average: a tailored plan takes longer where there is something to lose."""
        losing = sum(r.holds_structure or r.fresh_interior for r in reachable)
        settings, tailored = self.model.settings, self.model.now.tailored_plan
        return hours_of_visit(settings.visit_hours, tailored, losing, len(reachable), self.model.parameters)

    def choose_visits(self, reachable: Sequence[Resident], visits: int) -> list[Resident]:
        """The candidates to visit, `visits` of them, by `priority`."""
        return sorted(reachable, key=self.priority)[:visits]

    def priority(self, resident: Resident) -> float:
        """Sort key of a household for visits: the smallest are visited first."""
        compound = self.model.compound
        # stairwells from the grid round's position, going round
        distance = resident.stairwell - self.grid_position
        if distance < 0.0:
            distance += compound.n_stairwells
        removing = self.model.now.removal_first > 0.0 and compound.stage == Stage.REMOVAL
        return visit_priority(
            Target.HOLDOUTS_FIRST if self.hurried else self.model.choice("home_visits"),
            resident.voiced,
            resident.n_tried,
            resident.elder,
            distance,
            removing and resident.holds_structure,
            resident.draw("visit_order"),
            self.model.parameters,
        )

    def adopt_suggestions(self, wanted: Sequence[int]) -> int:
        """Adopt the most wanted items the office is ready for and can afford; returns the suggestions this answers.

        wanted : how many have asked for each menu item so far
        """
        compound = self.model.compound
        ready = suggestions_to_adopt(
            self.model.now.consultation, compound.suggestions, compound.suggestions_adopted
        )
        taken = 0
        while True:
            open_items = [
                item
                for item, n in enumerate(wanted)
                if n > 0 and is_near_enough(n, ready - taken) and self.model.affordable(item)
            ]
            if not open_items:
                return taken
            best = max(open_items, key=lambda item: (wanted[item], -item))  # the earlier among equals
            compound.adopted |= 1 << best
            taken += wanted[best]

    def adopt_favourites(self, wanted: Sequence[int]) -> int:
        """A token round: adopt what the office wanted anyway; returns the suggestions that happen to match."""
        compound, taken = self.model.compound, 0
        for _ in range(int(self.model.parameters.token_items)):
            open_items = [item for item in range(len(wanted)) if self.model.affordable(item)]
            if not open_items:
                break
            best = max(open_items, key=lambda item: (self.model.shows(item), -item))
            compound.adopted |= 1 << best
            taken += wanted[best]
        return taken

    def signs_for(self, resident: Resident) -> bool:
        """Whether it has another sign for an absentee (代签), to show what that costs.

        Unlawful: without authority it binds nobody unless ratified (Civil Code art. 171).
        """
        if resident.signed or not resident.absent:
            return False
        return resident.draw("proxy") < self.model.parameters.proxy_rate * self.model.now.proxy_signing

    def enforces(self, resident: Resident) -> bool:
        """Whether it has a remaining structure cleared by law (依法拆改; Administrative Compulsion Law art. 44)."""
        return resident.holds_structure and resident.draw("enforce") < self.model.now.lawful_enforcement
