"""Property companies (物业公司): effort, quality, and whether to stay."""

from typing import Any

from mesa import Agent

from agents.categories import Contract, Stage, Tenure
from agents.columns import Field, Surroundings
from agents.rules.property_company import (
    gives_notice,
    least_effort,
    most_effort,
    next_effort,
    next_quality,
    operating_cost,
    served_poorly,
)


class PropertyCompany(Agent):
    """The property company (物业公司) of a compound, or the place left empty for one (`present` is false).

    Cash is whole fen. One company is modelled as one agent: a successor takes over the agent, not its past.
    """

    model: Surroundings

    cash_fen = Field("cash")
    fee = Field()
    effort = Field()
    quality = Field()
    notice_week = Field()
    notice_final = Field()
    trial_until = Field()
    cost_factor = Field("company_cost_factor")
    n_left = Field("company_left")

    def __init__(self, model: Any) -> None:
        super().__init__(model)

    @property
    def present(self) -> bool:
        """Whether a company serves the compound."""
        return self.model.compound.company_present == 1

    @property
    def cash_yuan(self) -> float:
        """Cash since it came."""
        return self.cash_fen / 100.0

    @property
    def contract(self) -> Contract:
        """Its contract; before the works there is only the lump sum."""
        managed = self.model.compound.stage == Stage.MANAGEMENT
        return Contract(int(self.model.settings.contract)) if managed else Contract.LUMP_SUM

    @property
    def in_trial(self) -> bool:
        """Whether residents are served without paying this week (先尝后买)."""
        return self.present and self.model.week < self.trial_until

    @property
    def notice_is_over(self) -> bool:
        """Whether it has given notice and the notice has run out."""
        p = self.model.parameters
        notice = int(p.dismissal_weeks if self.model.compound.dismissed == 1 else p.notice_weeks)
        return self.present and 0 <= self.notice_week <= self.model.week - notice

    def serve(self) -> None:
        """Serve for a billing period: quality follows effort and infrastructure, with a lag."""
        compound, now, p = self.model.compound, self.model.now, self.model.parameters
        manages = compound.stage == Stage.MANAGEMENT
        self.quality = next_quality(
            self.quality,
            self.effort,
            compound.infrastructure,
            now.build_manage_integration if manages else 0.0,
            now.joint_meetings if manages else 0.0,
            p,
        )
        compound.poor_bills = compound.poor_bills + 1 if manages and served_poorly(self.quality, p) else 0

    def share_billed(self, tenure: Tenure) -> float:
        """Share of the fee billed to a dwelling: a vacant one may have a discount."""
        return self.model.settings.vacant_fee_share if tenure is Tenure.VACANT else 1.0

    def cost_of_service(self) -> float:
        """What this period's service costs, in full collections at the reference fee."""
        return operating_cost(self.effort, self.cost_factor, self.contract, self.model.parameters)

    def decide(self, balance: float, cash: float) -> None:
        """After the period's accounts: effort follows the balance, and notice is given or taken back.

        balance : received less cost; cash : at hand, both in full collections
        """
        p, now, contract = self.model.parameters, self.model.now, self.contract
        least = least_effort(now.cross_appointment, p)
        most = most_effort(contract, self.model.compound.mean_engagement, p)
        self.effort = next_effort(self.effort, balance, contract, now.owners_committee, least, most, p)
        if gives_notice(cash, contract, p):
            if self.notice_week < 0:
                self.notice_week = self.model.week
        elif not self.notice_final:
            self.notice_week = -1

    def accept_dismissal(self) -> None:
        """The owners have dismissed it: notice runs, and cannot be taken back."""
        self.model.compound.dismissed = 1
        self.model.compound.companies_dismissed += 1
        self.notice_week = self.model.week
        self.notice_final = 1

    def leave(self) -> None:
        """Leave with its account; street fallback (街道代管) follows."""
        compound = self.model.compound
        compound.company_present = 0
        compound.company_left += 1 - compound.dismissed
        compound.notice_week = -1
        compound.notice_final = 0
        compound.dismissed = 0
        compound.poor_bills = 0
        compound.written_off -= compound.cash
        compound.cash = 0

    def take_over(self, effort: float, quality: float, trial_weeks: int) -> None:
        """Begin to serve, with the effort and first quality a newcomer brings; a trial may come first."""
        self.model.compound.company_present = 1
        self.notice_week = -1
        self.notice_final = 0
        self.model.compound.dismissed = 0
        self.model.compound.poor_bills = 0
        self.effort = effort
        self.quality = quality
        self.fee = self.model.settings.fee
        self.trial_until = self.model.week + trial_weeks
