"""How property companies (物业公司) decide: effort, quality, and whether to stay.

Money is in *full collections*: what a billing period would bring if everybody paid the reference fee.
"""

from agents.categories import Contract
from compiling.exact import Coefficients, clip, positive, rule


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
    """Effort above which management does not rise, in [0, 1]; self-management is limited by residents' engagement."""
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
    Source: service–fee spiral (Hirschman 1970).
    """
    reaction = p.effort_adjustment
    if contract == Contract.COMMISSION or contract == Contract.TRUST:
        reaction *= p.steady_effort
    insisted = p.committee_monitoring * committee * positive(p.committee_target - effort)
    # self-management may be capped below the floor
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
    """Deficit at which notice is given, in full collections; larger where owners bear it than for a company."""
    owners_bear = contract == Contract.COMMISSION or contract == Contract.TRUST
    return p.deficit_limit * (p.owners_patience if owners_bear else 1.0)


@rule
def gives_notice(cash: float, contract: int, p: Coefficients) -> bool:
    """Whether a company gives notice: its deficit exceeds `deficit_borne`. cash : in full collections"""
    return cash < -deficit_borne(contract, p)


@rule
def served_poorly(quality: float, p: Coefficients) -> bool:
    """Whether a billing period counts as poor service toward a ballot on dismissal."""
    return quality < p.dismissal_quality


@rule
def infrastructure_after_bill(infrastructure: float, quality: float, p: Coefficients) -> float:
    """Infrastructure after a billing period, in [0, 1]: it decays faster without care (返旧)."""
    decay = p.infrastructure_decay if quality >= p.quality_reference else p.infrastructure_neglect
    # decay stops at the floor, but does not lift to it what was below from the start
    return max(infrastructure - decay, min(infrastructure, p.infrastructure_floor))
