"""Owners' committees (业委会 / 物管会): they call votes and hire the company."""

from typing import Any, NamedTuple

from mesa import Agent

from agents.columns import Field, Surroundings
from agents.functions import Coefficients, clip, logistic, rule

HALF_YEAR_WEEKS = 26


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
        """Whether to call a ballot this week: at handover, again after a failed one, later only if it is active."""
        compound, settings = self.model.compound, self.model.settings
        if compound.company_present == 1 or settings.after != 0.0:
            return False
        since = self.model.week - compound.stage_week
        if compound.company_left == 0:
            return since % int(self.model.parameters.ballot_retry_weeks) == 0
        return self.model.now.joint_selection > 0.0 and since % HALF_YEAR_WEEKS == 0

    def call_ballot(self) -> Ballot:
        """Ask every household in writing whether to hire the company."""
        self.n_ballots += 1
        taking_part = [resident for resident in self.model.residents if resident.takes_part_in_ballot()]
        approving = [resident for resident in taking_part if resident.approves_company()]
        return Ballot(
            len(taking_part),
            sum(resident.area_hundredths for resident in taking_part),
            len(approving),
            sum(resident.area_hundredths for resident in approving),
        )
