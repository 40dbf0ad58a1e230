"""Who pays for the works: the cost of a plan, its sources, and what is left to the residents.

Costs are in yuan per m² of exclusive area until the contract is signed, and whole fen from then on. The public
pays its share of each class of items; the rest is the residents' due. Alliance, maintenance fund, ceded income and
an integrated operator pay part of that due; residents pay what is left of it, by area. What those four bring beyond
the due relieves the public budget. That budget binds: an item that would exceed it cannot enter the plan.
"""

import numpy as np

from agents.rules.street_office import is_consulting, takes_suggestions
from compiling.compiled import compiled
from compiling.exact import Coefficients, clip, rule
from model.instruments import Instrument
from model.menu import ITEM_CLASS, ITEM_YUAN, N_ITEMS, ItemClass
from model.world.state import Flag, Money, Real, Record, Whole, World

_MONTHS_PER_YEAR = 12.0


@rule
def item_cost(yuan_per_m2: float, item_class: int, alliance: float, once: float, p: Coefficients) -> float:
    """Cost of an item in yuan per m², 0 and up.

    alliance, once : intensities of the alliance, whose premises make upgrade items cheaper, and of renovating once
    """
    premises = p.alliance_premises * alliance if item_class == ItemClass.UPGRADE else 0.0
    return yuan_per_m2 * (1.0 - premises) * (1.0 - p.renovate_once_saving * once)


@rule
def residents_part(due: float, others: float) -> float:
    """What residents pay of their due once others have given, in yuan per m², 0 and up."""
    return max(due - others, 0.0)


@rule
def works_weeks_of_plan(works_weeks: float, cost: float, budget: float) -> float:
    """Weeks of works at full speed: works_weeks where a plan costs the budget, else in proportion, 0.3 to 2 times."""
    return works_weeks * (clip(cost / budget, 0.3, 2.0) if budget > 0.0 else 1.0)


@compiled
def is_adopted(adopted: int, item: int) -> bool:
    """Whether the plan, a set of items held as bits, contains the item."""
    return (adopted >> item) & 1 == 1


@compiled
def public_share(s: Record, item: int) -> float:
    """Share of an item's cost that the public pays, by the programme; residents owe the rest."""
    item_class = ITEM_CLASS[item]
    if item_class == ItemClass.BASIC:
        return s.public_share_basic
    return s.public_share_improvement if item_class == ItemClass.IMPROVEMENT else s.public_share_upgrade


@compiled
def plan_costs(w: World, c: int, adopted: int) -> tuple[float, float, float]:
    """Cost of a set of items: in all, residents' due, and their due for upgrade items; yuan per m²."""
    p, s, now = w.parameters[c], w.settings[c], w.now[c]
    total, due, upgrades = 0.0, 0.0, 0.0
    for item in range(N_ITEMS):
        if is_adopted(adopted, item):
            cost = item_cost(
                ITEM_YUAN[item],
                ITEM_CLASS[item],
                now[Instrument.ALLIANCE],
                now[Instrument.RENOVATE_ONCE],
                p,
            )
            own = cost * (1.0 - public_share(s, item))
            total += cost
            due += own
            if ITEM_CLASS[item] == ItemClass.UPGRADE:
                upgrades += own
    return total, due, upgrades


@compiled
def gifts(w: World, c: int, upgrades: float) -> tuple[float, float, float, float]:
    """What alliance, maintenance fund, ceded income and operator bring, in yuan per m².

    upgrades : residents' due for upgrade items
    """
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    area = k.total_area / 100.0
    alliance = now[Instrument.ALLIANCE] * p.alliance_yuan_per_household * (k.stop - k.start) / area
    fund = now[Instrument.FUND_POOLING] * s.maintenance_fund_yuan_per_m2
    income = s.common_income * p.reference_fee * _MONTHS_PER_YEAR * p.ceded_years
    ceded = now[Instrument.CEDED_INCOME] * income
    operator = now[Instrument.BUILD_MANAGE_INTEGRATION] * p.company_investment_share * upgrades
    return alliance, fund, ceded, operator


@compiled
def burdens(w: World, c: int, adopted: int) -> tuple[float, float, float]:
    """Cost of a set of items, what residents pay of it and what the public pays; yuan per m²."""
    total, due, upgrades = plan_costs(w, c, adopted)
    alliance, fund, ceded, operator = gifts(w, c, upgrades)
    others = alliance + fund + ceded + operator
    residents = residents_part(due, others)
    return total, residents, max(total - residents - others, 0.0)


@compiled
def is_planned(w: World, c: int) -> bool:
    """Whether no consultation round is left to hold, or none is held at all."""
    rounds_done, rounds = w.compounds[c].rounds_done, w.settings[c].consultation_rounds
    return not is_consulting(w.now[c, Instrument.CONSULTATION], rounds_done, rounds)


@compiled
def suggestions_are_taken(w: World, c: int) -> bool:
    """Whether suggestions are taken this week, on visits and in meetings."""
    k = w.compounds[c]
    return takes_suggestions(k.stage, k.mobilising, not is_planned(w, c))


@compiled
def released_budget(w: World, c: int) -> float:
    """Public money the plan may use so far, in yuan per m².

    Each round releases an equal part of what the standard plan leaves, so that the first cannot spend it all; with no
    round left to hold, the whole budget is released.
    """
    k, s = w.compounds[c], w.settings[c]
    whole = s.works_yuan_per_m2
    if is_planned(w, c):
        return whole
    _, _, standard = burdens(w, c, (1 << int(s.standard_items)) - 1)
    return standard + max(whole - standard, 0.0) * k.rounds_done / s.consultation_rounds


@compiled
def affordable(w: World, c: int, item: int) -> bool:
    """Whether an item is not in the plan and the public money released so far pays for it."""
    k = w.compounds[c]
    if is_adopted(k.adopted, item):
        return False
    _, _, public = burdens(w, c, k.adopted | (1 << item))
    return public <= released_budget(w, c)


@compiled
def sign_contract(w: World, c: int) -> None:
    """Collect the money for the works and pay the contractor; every fen has a source.

    Residents pay their part by area. Ceded income is advanced by the public, and compensation for structures that are
    gone comes from it too.
    """
    k, s = w.compounds[c], w.settings[c]
    total, due, upgrades = plan_costs(w, c, k.adopted)
    alliance, fund, ceded, operator = gifts(w, c, upgrades)
    residents = residents_part(due, alliance + fund + ceded + operator)
    collected, compensated_m2 = 0, 0.0
    for r in range(k.start, k.stop):
        own = int(residents * w.wholes[Whole.AREA, r] + 0.5)  # yuan per m² times 0.01 m² is fen
        w.money[Money.WORKS_PAID, r] += own
        collected += own
        if w.flags[Flag.REMOVED, r] == 1:
            compensated_m2 += w.reals[Real.STRUCTURE, r] * w.reals[Real.MADE_GOOD, r]
    k.works_received += collected
    cost = int(total * k.total_area + 0.5)
    # rounded shares may add up to a few fen more than the cost
    left = max(cost - collected, 0)
    k.works_alliance = min(int(alliance * k.total_area + 0.5), left)
    left -= k.works_alliance
    k.works_fund = min(int(fund * k.total_area + 0.5), left)
    left -= k.works_fund
    k.works_ceded = min(int(ceded * k.total_area + 0.5), left)
    left -= k.works_ceded
    k.works_company = min(int(operator * k.total_area + 0.5), left)
    left -= k.works_company
    k.ceded_left = k.works_ceded
    k.works_public = left
    k.works_weeks = works_weeks_of_plan(s.works_weeks, total, s.works_yuan_per_m2)
    k.works_cost += (
        collected + k.works_alliance + k.works_fund + k.works_ceded + k.works_company + k.works_public
    )
    compensated = int(compensated_m2 * s.compensation_yuan_per_m2 * 100.0 + 0.5)
    k.public_spending += k.works_public + k.works_ceded + compensated


@compiled
def cede_income(k: Record, common: int) -> int:
    """Pay back the public's advance out of common income; returns what the company keeps. common : in fen"""
    ceded = min(common, k.ceded_left)
    k.ceded_left -= ceded
    k.income_ceded += ceded
    k.public_spending -= ceded
    return common - ceded


@compiled
def audit(w: World, c: int) -> int:
    """Sum of the fen by which accounts fail to balance; 0 when money is conserved."""
    k, money = w.compounds[c], w.money
    low, high = k.start, k.stop
    billed, for_fees = money[Money.BILLED_TOTAL, low:high], money[Money.PAID_TOTAL, low:high]
    for_works, for_lifts = money[Money.WORKS_PAID, low:high], money[Money.LIFT_PAID, low:high]
    arrears = money[Money.ARREARS, low:high]
    paid = off = works = lifts = np.int64(0)
    for i in range(high - low):
        paid += for_fees[i]
        works += for_works[i]
        lifts += for_lifts[i]
        off += abs(billed[i] - for_fees[i] - arrears[i])
    off += abs(paid - k.fees_received) + abs(works - k.works_received) + abs(lifts - k.lift_received)
    sources = k.works_received + k.works_alliance + k.works_fund + k.works_ceded + k.works_company
    off += abs(sources + k.works_public - k.works_cost)
    off += abs(k.lift_received + k.lift_public + k.lift_operator - k.lift_cost)
    account = k.fees_received + k.common_income + k.subsidies + k.bundle_transfer
    account += k.written_off - k.company_costs - k.income_ceded
    return off + abs(account - k.cash)
