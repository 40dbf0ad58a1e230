"""The street office (街道办) with its community committees and the project's temporary Party branch.

It divides person-hours among meetings, publicity, mediation and visits, chooses whom to visit, and decides
how much of what residents ask for goes into the plan.
"""

from collections.abc import Sequence
from typing import Any

from mesa import Agent

from agents.categories import Stage
from agents.columns import Field, Surroundings
from agents.party_member import PartyMember
from agents.resident import Resident
from agents.rules.party_member import hours_given
from agents.rules.street_office import (
    hours_needed,
    hours_of_volunteers,
    is_near_enough,
    suggestions_to_adopt,
    visit_priority,
    visits_affordable,
)


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
        #: hours given this week by members and volunteers
        self.given = 0.0

    def is_mobilising(self) -> bool:
        """Whether it asks for signatures or removals: until works, and not while waiting for the next batch."""
        compound = self.model.compound
        return compound.stage <= Stage.REMOVAL and self.model.week >= compound.waiting_until

    def is_consulting(self) -> bool:
        """Whether consultation rounds are still to be held."""
        rounds = self.model.settings.consultation_rounds
        return self.model.now.consultation > 0.0 and self.model.compound.rounds_done < rounds

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

    @property
    def hours_given(self) -> float:
        """Person-hours of this week that registered Party members and volunteers give, unpaid."""
        residents, p, now = self.model.residents, self.model.parameters, self.model.now
        registered = sum(isinstance(r, PartyMember) and r.registers_at_home for r in residents)
        volunteers = sum(r.volunteer for r in residents)
        given = hours_given(registered, now.dual_registration, p)
        return given + hours_of_volunteers(volunteers, now.volunteering, p)

    def hours_available(self) -> float:
        """Person-hours of this week: the district's share, and what members and volunteers give."""
        return self.model.compound.hours_now + self.given

    def allocate_effort(self) -> float:
        """Divide the week's hours: meetings first, then devices in order, visits with the rest.

        Returns the hours worked.
        """
        p, stage, now = self.model.parameters, self.model.compound.stage, self.model.now
        self.mobilising = self.is_mobilising()
        self.holds_meeting = False
        self.given = self.hours_given
        available = self.hours_available()
        if available > 0.0 and self.meeting_due():
            self.holds_meeting = True
            self.n_meetings += 1
            meeting_hours = self.model.settings.meeting_hours
            self.hours_owed += hours_needed(meeting_hours, 1.0, len(self.model.residents), p)
        for_meetings = min(available, self.hours_owed)
        self.hours_owed -= for_meetings
        left = available - for_meetings
        works, mobilising = stage == Stage.WORKS, self.mobilising == 1
        left = self.devote("mediation", p.mediation_hours, 0.0, works, left)
        left = self.devote("project_branch", p.branch_hours, 0.0, works, left)
        consulting = mobilising and stage <= Stage.PLAN and self.is_consulting()
        left = self.devote("feedback_loop", p.feedback_hours, 0.0, consulting, left)
        active, manages = stage != Stage.DROPPED, stage == Stage.MANAGEMENT
        left = self.devote("grid", p.grid_hours, 0.0, active, left)
        left = self.devote("publicity", p.publicity_hours, p.publicity_yuan, mobilising, left)
        demonstration = (p.demonstration_hours, p.demonstration_yuan)
        left = self.devote("demonstration_visits", *demonstration, mobilising, left)
        left = self.devote("recognition", p.recognition_hours, p.recognition_yuan, active, left)
        left = self.devote("volunteering", p.volunteering_hours, 0.0, active, left)
        left = self.devote("activity_groups", p.activity_hours, p.activity_yuan, active, left)
        left = self.devote("owners_committee", p.committee_hours, 0.0, manages, left)
        left = self.devote("joint_meetings", p.joint_meeting_hours, 0.0, manages, left)
        if mobilising:
            left -= self.choose_visits(left * now.home_visits)
        return available - left

    def devote(self, device: str, hours: float, yuan: float, in_season: bool, left: float) -> float:
        """Give a device its hours and money of the week; without enough of either it rests. Returns hours left."""
        now, compound, n = self.model.now, self.model.compound, len(self.model.residents)
        if not in_season:
            if device != "mediation":  # which people expect before works begin
                setattr(now, device, 0.0)
            return left
        intensity = getattr(now, device)
        need = hours_needed(hours, intensity, n, self.model.parameters)
        money = yuan * intensity * n
        if need > left or money > compound.money_left:
            setattr(now, device, 0.0)
            return left
        compound.money_left -= money
        compound.public_spending += int(money * 100.0 + 0.5)
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
        extra = self.model.parameters.tailored_visit_hours * now.tailored_plan
        each = settings.visit_hours + extra * losing / len(reachable)
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

    def adopt_suggestions(self, wanted: Sequence[int]) -> int:
        """Adopt what residents want most while readiness and money last; returns the suggestions this answers.

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
            best = max(open_items, key=lambda item: (wanted[item], -item))
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
