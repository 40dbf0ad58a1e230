"""The district (片区): what couples the compounds of one street office.

Hours are shared among the compounds in their season, by the rule the office has chosen; finished compounds are
shown to the others; companies that serve several compounds pool their accounts. A compound by itself is a
district of one: it gets all hours, shows its own works and pools nothing.
"""

from agents.categories import Allocation
from agents.rules.street_office import claim_on_hours
from compiling.compiled import compiled
from model.instruments import Instrument
from model.week.billing import decide_company, full_collection, is_billing_week
from model.week.finance import audit
from model.week.mobilisation import signed_share
from model.world.state import Stage, World


@compiled
def in_season(w: World, c: int, week: int) -> bool:
    """Whether a compound gets hours of the office: its batch has begun and its project has not been dropped."""
    k = w.compounds[c]
    return k.stage != Stage.DROPPED and week >= k.waiting_until


@compiled
def claim_of(w: World, d: int, c: int, week: int) -> float:
    """Weight of a compound in sharing the district's hours this week, 0 and up; from the works on, its households."""
    k = w.compounds[c]
    if not in_season(w, c, week):
        return 0.0
    allocation = w.districts[d].allocation
    if allocation == Allocation.BY_HOUSEHOLDS or k.stage > Stage.REMOVAL:
        return claim_on_hours(Allocation.BY_HOUSEHOLDS + 0, k.stop - k.start, 1.0, 1.0)
    return claim_on_hours(allocation, k.stop - k.start, signed_share(w, c), w.settings[c].consent_gate)


@compiled
def share_hours(w: World, d: int, week: int) -> None:
    """Share the office's hours of the week among the compounds in season, until its budget of hours is spent.

    Once a week: what own instruments have taken of a compound's share before the week begins is gone.
    """
    row = w.districts[d]
    if row.shared_week == week:
        return
    total = 0.0
    for c in range(row.first, row.last):
        # holds the claim until it is turned into hours below
        w.compounds[c].hours_now = claim_of(w, d, c, week)
        total += w.compounds[c].hours_now
    if total == 0.0:
        return
    worked = 0.0
    for c in range(row.first, row.last):
        worked += w.compounds[c].staff_hours
    available = max(min(row.hours_per_week, row.hours_budget - worked), 0.0)
    for c in range(row.first, row.last):
        w.compounds[c].hours_now = available * (w.compounds[c].hours_now / total)


@compiled
def show_finished(w: World, d: int) -> None:
    """Quality that demonstration visits show: of the district's best finished compound, or of one elsewhere."""
    row = w.districts[d]
    best = 0.0
    for c in range(row.first, row.last):
        k = w.compounds[c]
        if k.stage >= Stage.ACCEPTANCE and k.stage <= Stage.MANAGEMENT:
            best = max(best, k.delivered)
    for c in range(row.first, row.last):
        w.compounds[c].shown = best if best > 0.0 else w.settings[c].shown_quality


@compiled
def settle_companies(w: World, d: int, week: int) -> None:
    """Once all compounds have billed: bundles pool their accounts, companies decide, the books are audited."""
    row = w.districts[d]
    for bundle in range(row.n_bundles):
        pool_bundle(w, d, bundle, week)
    for c in range(row.first, row.last):
        audit_books(w, c, week)


@compiled
def audit_books(w: World, c: int, week: int) -> None:
    """Audit the books at every bill and in the last week."""
    if is_billing_week(w, c, week) or week + 1 == w.settings[c].horizon_weeks:
        w.compounds[c].audit += audit(w, c)


@compiled
def pools(w: World, c: int, week: int) -> bool:
    """Whether a compound's company settles its accounts this week: in management, when a billing period ends."""
    k = w.compounds[c]
    return k.company_present == 1 and k.stage == Stage.MANAGEMENT and is_billing_week(w, c, week)


@compiled
def pool_bundle(w: World, d: int, bundle: int, week: int) -> None:
    """Pool cash and balances of a bundle (肥瘦搭配) and share them by size; then its companies decide.

    Size is a full collection. At an intensity below 1 a compound pools that share of its account.
    """
    row = w.districts[d]
    cash, balance, units = 0.0, 0.0, 0.0
    members, last = 0, -1
    for c in range(row.first, row.last):
        if w.compounds[c].bundle == bundle and pools(w, c, week):
            unit = full_collection(w, c)
            cash += w.compounds[c].cash
            balance += w.compounds[c].balance_now
            units += unit
            members += 1
            last = c
    if members == 0:
        return
    moved = 0
    for c in range(row.first, row.last):
        k = w.compounds[c]
        if k.bundle == bundle and pools(w, c, week):
            unit, share = full_collection(w, c), w.now[c, Instrument.BUNDLING]
            own = k.balance_now / unit
            if members > 1:
                transfer = int(share * (cash * (unit / units) - k.cash))
                if c == last:
                    transfer = -moved  # rounding included, so that transfers add up to 0
                moved += transfer
                k.cash += transfer
                k.bundle_transfer += transfer
                own = (1.0 - share) * own + share * (balance / units)
            decide_company(w, c, week, own)
