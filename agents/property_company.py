"""Property companies (物业公司): effort, quality, and whether to stay."""

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
def next_quality(quality: float, effort: float, infrastructure: float, integration: float, p: Coefficients) -> float:
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
