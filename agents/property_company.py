"""Property companies (物业公司): how much effort, and whether to stay."""

from typing import Any

from agents.categories import Contract, Stage
from agents.columns import Field, Surroundings
from agents.overriding import Actor, Share
from agents.rules.property_company import gives_notice, least_effort, most_effort, next_effort


class PropertyCompany(Actor):
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
        """Its cash in yuan, 0 when it came."""
        return self.cash_fen / 100.0

    @property
    def contract(self) -> Contract:
        """Its contract; until management begins there is only the lump sum."""
        managed = self.model.compound.stage == Stage.MANAGEMENT
        return Contract(int(self.model.settings.contract)) if managed else Contract.LUMP_SUM

    @property
    def in_trial(self) -> bool:
        """Whether residents are served without paying this week (先尝后买)."""
        return self.present and self.model.week < self.trial_until

    def choose_effort(self, balance: float) -> Share:
        """Its effort after the period's accounts, in [0, 1]. balance : income less cost, in full collections"""
        p, now, contract = self.model.parameters, self.model.now, self.contract
        least = least_effort(now.cross_appointment, p)
        most = most_effort(contract, self.model.compound.mean_engagement, p)
        return next_effort(self.effort, balance, contract, now.owners_committee, least, most, p)

    def gives_notice(self, cash: float) -> bool:
        """Whether its deficit is too large to go on: it gives notice, or upholds it. cash : in full collections"""
        return gives_notice(cash, self.contract, self.model.parameters)
