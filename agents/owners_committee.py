"""Owners' committees (业委会 / 物管会): they call votes and hire the company."""

from typing import Any

from agents.categories import Contract, Stage
from agents.columns import Field, Surroundings
from agents.overriding import Actor
from agents.rules.owners_committee import ballot_on_dismissal_due, ballot_on_hiring_due


class OwnersCommittee(Actor):
    """The owners' committee (业委会 / 物管会): it calls ballots on the company; the law decides whether they pass."""

    model: Surroundings

    n_ballots = Field("ballots")

    def __init__(self, model: Any) -> None:
        super().__init__(model)

    def ballot_due(self) -> bool:
        """Whether to call a ballot on hiring this week."""
        compound, now = self.model.compound, self.model.now
        if compound.company_present == 1 or int(self.model.settings.contract) == Contract.STREET_FALLBACK:
            return False
        since = self.model.week - compound.stage_week
        active = max(now.joint_selection, now.owners_committee)
        return ballot_on_hiring_due(since, compound.company_left > 0, active, self.model.parameters)

    def dismissal_due(self) -> bool:
        """Whether to call a ballot on dismissing the company this week."""
        compound, p = self.model.compound, self.model.parameters
        if compound.company_present == 0 or compound.stage != Stage.MANAGEMENT:
            return False
        return ballot_on_dismissal_due(
            self.model.now.owners_committee, compound.poor_bills, compound.notice_week >= 0, p
        )
