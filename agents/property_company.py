"""Property companies (物业公司): effort, quality, and whether to stay."""

from typing import Any

from mesa import Agent

from agents.categories import Contract, Stage, Tenure
from agents.columns import Field, Surroundings
from agents.functions import Coefficients, clip, positive, rule


@rule
def contract_openness(contract: int, p: Coefficients) -> float:
    """How open the books are under a contract, in [0, 1]."""
    if contract == Contract.COMMISSION:
        return p.commission_openness
    if contract == Contract.TRUST:
        return p.trust_openness
    return p.self_openness if contract == Contract.SELF_MANAGED else 0.0


@rule
def openness_of_books(by_contract: float, open_accounts: float, supervised: float, p: Coefficients) -> float:
    """How open the books are, in [0, 1]: by contract or instrument, whichever is more, and a supervisory committee.

    open_accounts, supervised : intensities of the instruments
    """
    return min(max(by_contract, open_accounts) + p.supervisory_openness * supervised, 1.0)


@rule
def operating_cost(effort: float, cost_factor: float, contract: int, p: Coefficients) -> float:
    """Cost of serving a compound, in full collections at the reference fee per billing period.

    effort : in [0, 1]; cost_factor : 1 for a company of ordinary efficiency
    A company's margin or commission is part of its fixed cost; owners who manage themselves save much of that.
    """
    saved = p.self_fixed_cost if contract == Contract.SELF_MANAGED else 1.0
    return (p.fixed_cost * saved + p.effort_cost * effort) * cost_factor


@rule
def least_effort(crossed: float, p: Coefficients) -> float:
    """Effort below which a company does not fall, in [0, 1]; crossed : cross-appointments' intensity."""
    return min(p.effort_floor + p.cross_effort * crossed, 1.0)


@rule
def most_effort(contract: int, mean_engagement: float, p: Coefficients) -> float:
    """Effort above which management does not rise, in [0, 1]: self-management lives on residents' engagement."""
    if contract == Contract.SELF_MANAGED:
        return min(p.self_effort_base + p.self_effort_engagement * mean_engagement, 1.0)
    return 1.0


@rule
def next_effort(
    effort: float, balance: float, contract: int, committee: float, least: float, most: float, p: Coefficients
) -> float:
    """Effort after a bill, in [least, most]: it follows the balance, and what an active committee insists on.

    balance : in full collections; committee : its intensity
    Under commission or trust the budget is the owners', so effort reacts less.
    Source: service–fee spiral (Hirschman 1970; domain C.16).
    """
    reaction = p.effort_adjustment
    if contract == Contract.COMMISSION or contract == Contract.TRUST:
        reaction *= p.steady_effort
    insisted = p.committee_monitoring * committee * positive(p.committee_target - effort)
    return clip(effort + reaction * balance + insisted, min(least, most), most)


@rule
def next_quality(
    quality: float, effort: float, infrastructure: float, integration: float, joint: float, p: Coefficients
) -> float:
    """Service quality after a billing period, in [0, 1]: it follows effort and infrastructure with a lag.

    integration, joint : intensities of build–manage integration and of joint meetings
    """
    aim = p.quality_base + p.quality_effort * effort + p.quality_infrastructure * infrastructure
    aim = clip(aim + p.integration_quality * integration + p.joint_meeting_quality * joint, 0.0, 1.0)
    return (1.0 - p.quality_lag) * quality + p.quality_lag * aim


@rule
def deficit_borne(contract: int, p: Coefficients) -> float:
    """Deficit before notice, in full collections: owners who bear it themselves bear more than a company."""
    owners_bear = contract == Contract.COMMISSION or contract == Contract.TRUST
    return p.deficit_limit * (p.owners_patience if owners_bear else 1.0)


@rule
def gives_notice(cash: float, contract: int, p: Coefficients) -> bool:
    """Whether a company gives notice, for cash in full collections: its deficit is past what is borne."""
    return cash < -deficit_borne(contract, p)


@rule
def served_poorly(quality: float, p: Coefficients) -> bool:
    """Whether a billing period counts as poor service to a committee."""
    return quality < p.dismissal_quality


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
