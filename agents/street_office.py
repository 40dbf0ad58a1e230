"""The street office (街道办) with its community committees and the project's temporary Party branch.

It divides person-hours among meetings, publicity, mediation and visits, chooses whom to visit, and decides
how much of what residents ask for goes into the plan.
"""

import math
from collections.abc import Sequence
from typing import Any

from mesa import Agent

from agents.categories import Stage
from agents.columns import Field, Surroundings
from agents.functions import rule
from agents.party_member import PartyMember, hours_given
from agents.resident import Resident

#: Hours of a meeting and of a week of each device are stated for a compound of this size; smaller ones take less.
HOUSEHOLDS_OF_REFERENCE = 500.0
PUBLICITY_HOURS = 8.0
MEDIATION_HOURS = 10.0
ACTIVITY_HOURS = 6.0
TAILORED_VISIT_HOURS = 1.0

_ELDERS_LATER = 10.0
_GRIDS_LATER = 100.0


@rule
def hours_needed(hours_of_reference: float, intensity: float, n_households: int) -> float:
    """Person-hours a device takes in a week in a compound of this size, 0 and up."""
    return hours_of_reference * intensity * n_households / HOUSEHOLDS_OF_REFERENCE


@rule
def visits_affordable(hours: float, visit_hours: float, n_reachable: int) -> int:
    """How many households can be visited this week with these hours."""
    return min(math.floor(max(hours, 0.0) / visit_hours), n_reachable)


@rule
def visit_priority(
    target: int, voiced: float, elder: float, grid_distance: float, holds_structure: float, u: float
) -> float:
    """Whom to visit first: the smallest numbers are visited. Only what is said counts; thoughts are hidden.

    target : 0 random, 1 undecided first, 2 hold-outs first, 3 elders first, 4 by grid
    voiced : last voiced opinion; grid_distance : stairwells until the round reaches this one
    holds_structure : 1 for an owner of a structure while structures are being removed; u : this week's draw
    """
    if target == 1:
        key = abs(voiced) + 0.2 * u
    elif target == 2:
        key = voiced + 0.2 * u
    elif target == 3:
        key = u + (0.0 if elder > 0.5 else _ELDERS_LATER)
    elif target == 4:
        key = grid_distance + u
    else:
        key = u
    return key + (0.0 if holds_structure > 0.5 else _GRIDS_LATER)


@rule
def suggestions_to_adopt(responsiveness: float, suggestions: int, adopted: int) -> int:
    """How many more suggestions the office is ready to adopt, of all made so far."""
    return math.floor(responsiveness * suggestions + 0.5) - adopted


class StreetOffice(Agent):
    """The street office (街道办): how its hours go to meetings and households, and what enters the plan."""

    model: Surroundings

    hours_worked = Field("hours")
    hours_owed = Field()
    grid_position = Field()
    n_visits = Field()
    n_meetings = Field()
    holds_meeting = Field("meeting_now")
    mobilising = Field()

    def __init__(self, model: Any) -> None:
        super().__init__(model)

    def is_mobilising(self) -> bool:
        """Whether it asks for signatures or removals: until works, and not while waiting for the next batch."""
        compound = self.model.compound
        return compound.stage <= Stage.REMOVAL and self.model.week >= compound.waiting_until

    def meeting_due(self) -> bool:
        """Whether a consultation meeting is held this week: one a round, at the interval, until rounds are done."""
        compound, settings = self.model.compound, self.model.settings
        return (
            self.model.now.consultation > 0.0
            and self.mobilising
            and compound.stage <= Stage.PLAN
            and compound.rounds_done < settings.consultation_rounds
            and self.model.week % int(settings.meeting_interval_weeks) == 0
        )

    def hours_available(self) -> float:
        """Person-hours of this week: its own, and those of Party members who registered at home."""
        residents = self.model.residents
        registered = sum(isinstance(r, PartyMember) and r.registers_at_home for r in residents)
        own = self.model.settings.hours_per_household_week * len(residents)
        return own + hours_given(registered, self.model.now.dual_registration)

    def allocate_effort(self) -> float:
        """Divide the week's hours: meeting, mediation, publicity and activities first, visits with the rest.

        Returns the hours worked.
        """
        stage, now = self.model.compound.stage, self.model.now
        self.mobilising = self.is_mobilising()
        self.holds_meeting = False
        available = self.hours_available()
        if available > 0.0 and self.meeting_due():
            self.holds_meeting = True
            self.n_meetings += 1
            meeting_hours = self.model.settings.meeting_hours
            self.hours_owed += hours_needed(meeting_hours, 1.0, len(self.model.residents))
        for_meetings = min(available, self.hours_owed)
        self.hours_owed -= for_meetings
        left = available - for_meetings
        left = self.devote_hours("mediation", MEDIATION_HOURS, stage == Stage.WORKS, left)
        left = self.devote_hours("publicity", PUBLICITY_HOURS, self.mobilising == 1, left)
        left = self.devote_hours("activity_groups", ACTIVITY_HOURS, stage != Stage.DROPPED, left)
        if self.mobilising:
            left -= self.choose_visits(left * now.home_visits)
        return available - left

    def devote_hours(self, device: str, hours: float, in_season: bool, left: float) -> float:
        """Give a device its hours of the week and return what is left; without enough hours it rests this week."""
        if not in_season:
            if device != "mediation":  # which people expect before works begin
                setattr(self.model.now, device, 0.0)
            return left
        need = hours_needed(hours, getattr(self.model.now, device), len(self.model.residents))
        if need > left:
            setattr(self.model.now, device, 0.0)
            return left
        return left - need

    def choose_visits(self, hours: float) -> float:
        """Choose whom to visit within these hours; returns the hours the visits take."""
        settings, now, compound = self.model.settings, self.model.now, self.model.compound
        if hours < settings.visit_hours:
            return 0.0
        removing = now.removal_first > 0.0
        reachable = [r for r in self.model.residents if not r.signed or (removing and r.holds_structure)]
        if not reachable:
            return 0.0
        losing = sum(r.holds_structure or r.fresh_interior for r in reachable)
        each = settings.visit_hours + TAILORED_VISIT_HOURS * now.tailored_plan * losing / len(reachable)
        chosen = sorted(reachable, key=self.priority)[: visits_affordable(hours, each, len(reachable))]
        for resident in chosen:
            resident.visited = True
        compound.visits_now = len(chosen)
        self.n_visits += len(chosen)
        stairwells = compound.n_stairwells
        walked = stairwells * len(chosen) / len(reachable)
        self.grid_position = (self.grid_position + walked) % stairwells
        return each * len(chosen)

    def priority(self, resident: Resident) -> float:
        """How soon to visit a household: the smallest numbers come first."""
        compound = self.model.compound
        distance = resident.stairwell - self.grid_position
        if distance < 0.0:
            distance += compound.n_stairwells
        removing = self.model.now.removal_first > 0.0 and compound.stage == Stage.REMOVAL
        return visit_priority(
            self.model.choice("home_visits"),
            resident.voiced,
            resident.elder,
            distance,
            removing and resident.holds_structure,
            resident.draw("visit_order"),
        )

    def adopt_suggestions(self, wanted: Sequence[int], budget: int) -> int:
        """Adopt items in order of wishes while readiness and budget last; returns the suggestions this answers.

        wanted : how many asked for each menu item; budget : items the plan may hold
        """
        compound = self.model.compound
        ready = suggestions_to_adopt(
            self.model.now.consultation, compound.suggestions, compound.suggestions_adopted
        )
        taken = 0
        while compound.adopted.bit_count() < budget:
            open_items = [
                item
                for item, n in enumerate(wanted)
                if not compound.adopted >> item & 1 and 0 < n <= ready - taken
            ]
            if not open_items:
                break
            best = max(open_items, key=lambda item: (wanted[item], -item))
            compound.adopted |= 1 << best
            taken += wanted[best]
        return taken

    def sign_for_absentees(self) -> None:
        """Have others sign for absentees (代签): unlawful, modelled to show what it costs."""
        chance = self.model.parameters.proxy_rate * self.model.now.proxy_signing
        for resident in self.model.residents:
            if not resident.signed and resident.absent and resident.draw("proxy") < chance:
                resident.signed = True
                resident.proxied = True

    def enforce_removal(self) -> None:
        """Clear the structures that are left by law (依法拆改)."""
        for resident in self.model.residents:
            if resident.holds_structure and resident.draw("enforce") < self.model.now.lawful_enforcement:
                resident.suffer_enforcement()
