"""Owners' committees (业委会 / 物管会): they call votes and hire the company."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from mesa import Agent

from agents.categories import Contract, Stage
from agents.columns import Field, Surroundings
from agents.functions import Coefficients, clip, logistic, rule


@rule
def p_take_part(
    trust_office: float, engagement: float, absent: float, organised: float, p: Coefficients
) -> float:
    """Chance that a household takes part in a written ballot on the company, in (0, 1).

    organised : joint selection's intensity, in [0, 1]: door-to-door ballots carried by neighbours.
    A written ballot is taken round and lies open for weeks; it reaches far more than a meeting does.
    """
    return logistic(
        p.ballot_base
        + p.attend_trust * (trust_office - 0.5)
        + p.attend_engagement * engagement
        - p.attend_absent * absent
        + p.ballot_organised * organised
    )


@rule
def p_approve(support: float, trust_company: float, organised: float, p: Coefficients) -> float:
    """Chance that a ballot is cast for hiring the company, in (0, 1)."""
    return logistic(
        p.approve_base
        + p.approve_support * support
        + p.approve_trust * (trust_company - 0.5)
        + p.ballot_organised * organised
    )


@rule
def p_dismiss(trust_company: float, p: Coefficients) -> float:
    """Chance that a ballot is cast for dismissing the company, in (0, 1)."""
    return logistic(p.dismiss_base - p.approve_trust * (trust_company - 0.5))


@rule
def ballot_on_hiring_due(weeks_in_management: int, ever_left: bool, active: float, p: Coefficients) -> bool:
    """Whether a ballot on a company is due where there is none.

    At handover, and again after a failed one; once a company has left, only an active committee calls one.
    active : intensity of the committee or of joint selection, whichever is more
    """
    if not ever_left:
        return weeks_in_management % int(p.ballot_retry_weeks) == 0
    return active > 0.0 and weeks_in_management % int(p.committee_ballot_weeks) == 0


@rule
def ballot_on_dismissal_due(active: float, poor_bills: int, under_notice: bool, p: Coefficients) -> bool:
    """Whether the committee calls a ballot on dismissal: service was poor for several bills running.

    active : the committee's intensity; it meets often enough to act when that is above 0
    """
    return active > 0.0 and poor_bills >= p.dismissal_bills and not under_notice


@rule
def opening_trust(
    trust_company: float, trust_office: float, joint_selection: float, p: Coefficients
) -> float:
    """Trust in a company that has just come, in [0, 1]: half old experience, half borrowed from the office."""
    borrowed = p.handover_trust + 0.5 * trust_office
    return clip(0.5 * trust_company + 0.5 * borrowed + p.selection_trust * joint_selection, 0.0, 1.0)


class Ballot(NamedTuple):
    """A written ballot as counted. Areas in 0.01 m²."""

    participants: int
    participants_area: int
    approvals: int
    approvals_area: int


class OwnersCommittee(Agent):
    """The owners' committee (业委会 / 物管会): it calls the vote on a company. Whether it passes, the law decides."""

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

    def call_ballot(self) -> Ballot:
        """Ask every household in writing whether to hire the company."""
        self.n_ballots += 1
        taking_part = [resident for resident in self.model.residents if resident.takes_part_in_ballot()]
        return self.count(taking_part, [resident for resident in taking_part if resident.approves_company()])

    def call_dismissal(self) -> Ballot:
        """Ask every household in writing whether to dismiss the company."""
        self.n_ballots += 1
        taking_part = [resident for resident in self.model.residents if resident.takes_part_in_dismissal()]
        return self.count(
            taking_part, [resident for resident in taking_part if resident.approves_dismissal()]
        )

    def count(self, taking_part: Sequence[Any], approving: Sequence[Any]) -> Ballot:
        """Count a ballot by owners and by area."""
        return Ballot(
            len(taking_part),
            sum(resident.area_hundredths for resident in taking_part),
            len(approving),
            sum(resident.area_hundredths for resident in approving),
        )
