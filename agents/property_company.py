"""Property companies (物业公司): effort, quality, and whether to stay."""

from typing import Any

from mesa import Agent

from agents.categories import Stage, Tenure
from agents.columns import Field, Surroundings
from agents.functions import Coefficients, clip, rule


@rule
def operating_cost(effort: float, cost_factor: float, p: Coefficients) -> float:
    """Cost of serving a compound, in full collections at the reference fee per billing period.

    effort : in [0, 1]; cost_factor : 1 for a company of ordinary efficiency.
    """
    return (p.fixed_cost + p.effort_cost * effort) * cost_factor


@rule
def next_effort(effort: float, balance: float, p: Coefficients) -> float:
    """Effort after a bill, in [floor, 1]: it follows the balance, in full collections.

    Source: service–fee spiral (Hirschman 1970; domain C.16).
    """
    return clip(effort + p.effort_adjustment * balance, p.effort_floor, 1.0)


@rule
def next_quality(
    quality: float, effort: float, infrastructure: float, integration: float, p: Coefficients
) -> float:
    """Service quality after a billing period, in [0, 1]: it follows effort and infrastructure with a lag."""
    aim = p.quality_base + p.quality_effort * effort + p.quality_infrastructure * infrastructure
    aim = clip(aim + p.integration_quality * integration, 0.0, 1.0)
    return (1.0 - p.quality_lag) * quality + p.quality_lag * aim


@rule
def gives_notice(cash: float, p: Coefficients) -> bool:
    """Whether a company gives notice, for cash in full collections: its deficit is past what it bears."""
    return cash < -p.deficit_limit


@rule
def infrastructure_after_bill(infrastructure: float, quality: float, p: Coefficients) -> float:
    """Infrastructure after a billing period, in [0, 1]: it decays faster without care (返旧)."""
    decay = p.infrastructure_decay if quality >= p.quality_reference else p.infrastructure_neglect
    return max(infrastructure - decay, min(infrastructure, p.infrastructure_floor))


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
    def in_trial(self) -> bool:
        """Whether residents are served without paying this week (先尝后买)."""
        return self.present and self.model.week < self.trial_until

    @property
    def notice_is_over(self) -> bool:
        """Whether it has given notice and the notice has run out."""
        notice = int(self.model.parameters.notice_weeks)
        return self.present and 0 <= self.notice_week <= self.model.week - notice

    def serve(self) -> None:
        """Serve for a billing period: quality follows effort and infrastructure, with a lag."""
        compound, now = self.model.compound, self.model.now
        manages = compound.stage == Stage.MANAGEMENT
        integration = now.build_manage_integration if manages else 0.0
        self.quality = next_quality(
            self.quality, self.effort, compound.infrastructure, integration, self.model.parameters
        )

    def share_billed(self, tenure: Tenure) -> float:
        """Share of the fee billed to a dwelling: a vacant one may have a discount."""
        return self.model.settings.vacant_fee_share if tenure is Tenure.VACANT else 1.0

    def cost_of_service(self) -> float:
        """What this period's service costs, in full collections at the reference fee."""
        return operating_cost(self.effort, self.cost_factor, self.model.parameters)

    def settle(self, balance: float, cash: float) -> None:
        """After the period's accounts: effort follows the balance, and notice is given or taken back.

        balance : received less cost; cash : at hand, both in full collections
        """
        p = self.model.parameters
        self.effort = next_effort(self.effort, balance, p)
        if gives_notice(cash, p):
            if self.notice_week < 0:
                self.notice_week = self.model.week
        elif not self.notice_final:
            self.notice_week = -1

    def leave(self) -> None:
        """Leave with its account; street fallback (街道代管) follows."""
        compound = self.model.compound
        compound.company_present = 0
        compound.company_left += 1
        compound.notice_week = -1
        compound.notice_final = 0
        compound.written_off -= compound.cash
        compound.cash = 0

    def take_over(self, effort: float, quality: float, trial_weeks: int) -> None:
        """Begin to serve, with the effort and first quality a newcomer brings; a trial may come first."""
        self.model.compound.company_present = 1
        self.notice_week = -1
        self.notice_final = 0
        self.effort = effort
        self.quality = quality
        self.fee = self.model.settings.fee
        self.trial_until = self.model.week + trial_weeks
