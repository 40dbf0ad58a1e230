"""Measuring the week: line 12 of the schedule.

Outcomes are computed after everyone has acted and change nothing. Their names are in `model.measures`.
"""

import numpy as np

from model.billing import trailing_year
from model.compilation import compiled
from model.deliberation import items_held
from model.finance import burdens
from model.measures import Outcome
from model.opinion import group_means, mean_of
from model.stages import count_blocked_risers
from model.state import Flag, Money, Real, Whole, World


@compiled
def least_group_share(marks: np.ndarray, groups: np.ndarray, n_groups: int) -> float:
    """The smallest share of marked households in any group."""
    shares = group_means(marks, groups, n_groups)
    least = 1.0
    for g in range(n_groups):
        least = min(least, shares[g])
    return least


@compiled
def observe(w: World, c: int, week: int) -> None:
    """Measure the week; nothing in the model reads what is written here."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    out = w.series[c, week]
    flags, reals = w.flags, w.reals
    signed, valid, insincere, supporting, pledged, left = 0, 0, 0, 0, 0, 0
    signed_area, valid_area, arrears = 0, 0, 0
    for r in range(low, high):
        area = int(w.wholes[Whole.AREA, r])
        if flags[Flag.SIGNED, r] == 1:
            signed += 1
            signed_area += area
            if flags[Flag.PROXIED, r] == 0:
                valid += 1
                valid_area += area
            if reals[Real.SUPPORT, r] < 0.0:
                insincere += 1
        if reals[Real.SUPPORT, r] > 0.0:
            supporting += 1
        pledged += flags[Flag.PLEDGED, r]
        if reals[Real.STRUCTURE, r] > 0.0 and flags[Flag.REMOVED, r] == 0:
            left += 1
        arrears += w.money[Money.ARREARS, r]
    out[Outcome.STAGE] = k.stage
    out[Outcome.HEADLINE_CONSENT] = signed / n
    out[Outcome.HEADLINE_CONSENT_AREA] = signed_area / k.total_area
    out[Outcome.VALID_CONSENT] = valid / n
    out[Outcome.VALID_CONSENT_AREA] = valid_area / k.total_area
    out[Outcome.INSINCERE_SHARE] = insincere / n
    out[Outcome.SUPPORT_SHARE] = supporting / n
    out[Outcome.MEAN_SUPPORT] = mean_of(reals[Real.SUPPORT, low:high])
    out[Outcome.MEAN_VOICED] = mean_of(reals[Real.VOICED, low:high])
    marks = flags[Flag.SIGNED, low:high]
    out[Outcome.WEAKEST_BUILDING_CONSENT] = least_group_share(
        marks, w.wholes[Whole.BUILDING, low:high], k.n_buildings
    )
    out[Outcome.WEAKEST_STAIRWELL_CONSENT] = least_group_share(
        marks, w.wholes[Whole.STAIRWELL, low:high], k.n_stairwells
    )
    out[Outcome.RISERS_READY] = 1.0 - count_blocked_risers(w, c) / k.n_risers
    out[Outcome.RISERS_COMPLETED] = k.risers_completed / k.n_risers
    out[Outcome.STRUCTURES_LEFT] = left / k.n_structures if k.n_structures > 0 else 0.0
    out[Outcome.WITHDRAWALS] = k.withdrawals
    out[Outcome.PLEDGED] = pledged / n
    trust = mean_of(reals[Real.TRUST_OFFICE, low:high])
    out[Outcome.TRUST_OFFICE] = trust
    out[Outcome.TRUST_COMPANY] = mean_of(reals[Real.TRUST_COMPANY, low:high])
    fairness = mean_of(reals[Real.FAIRNESS, low:high])
    out[Outcome.FAIRNESS] = fairness
    square = 0.0
    for r in range(low, high):
        square += (reals[Real.FAIRNESS, r] - fairness) ** 2
    out[Outcome.FAIRNESS_SPREAD] = np.sqrt(square / n)
    out[Outcome.REACTANCE] = mean_of(reals[Real.REACTANCE, low:high])
    out[Outcome.ENGAGEMENT] = mean_of(reals[Real.ENGAGEMENT, low:high])
    out[Outcome.PAYMENT_RATE] = k.paid_now / k.billed_now if k.billed_now > 0 else 0.0
    out[Outcome.PAYMENT_RATE_AREA] = k.area_paid_now / k.area_billed_now if k.billed_now > 0 else 0.0
    out[Outcome.PAYMENT_RATE_MONEY] = k.money_paid_now / k.money_billed_now if k.billed_now > 0 else 0.0
    out[Outcome.PAYMENT_TRAILING_YEAR] = trailing_year(k)
    out[Outcome.ARREARS_YUAN] = arrears / 100.0
    out[Outcome.COMPANY_PRESENT] = k.company_present
    out[Outcome.COMPANY_CASH_YUAN] = k.cash / 100.0
    out[Outcome.QUALITY] = k.quality
    out[Outcome.INFRASTRUCTURE] = k.infrastructure
    out[Outcome.SATISFACTION] = (k.quality + k.infrastructure + trust) / 3.0
    out[Outcome.OFFICE_HOURS] = k.hours
    out[Outcome.OFFICE_YUAN] = k.public_spending / 100.0
    out[Outcome.VISITS] = k.n_visits
    out[Outcome.MEETINGS] = k.n_meetings
    out[Outcome.SUGGESTIONS_PER_HOUSEHOLD] = k.suggestions / n
    out[Outcome.SUGGESTIONS_ADOPTED] = k.suggestions_adopted / k.suggestions if k.suggestions > 0 else 0.0
    out[Outcome.OPEN_COMPLAINTS] = k.open_complaints
    out[Outcome.COMPLAINTS] = k.complaints
    out[Outcome.WORKS_PROGRESS] = k.progress
    out[Outcome.COMPLAINT_WEEKS] = k.complaint_weeks / n
    out[Outcome.CONSENT_GAP] = (signed - supporting) / n
    out[Outcome.ITEMS_ADOPTED] = items_held(k.adopted)
    out[Outcome.PLAN_FIT] = mean_of(reals[Real.FIT, low:high])
    out[Outcome.PLAN_YUAN_PER_M2], _, _ = burdens(w, c, k.adopted)
    out[Outcome.OWN_YUAN_PER_HOUSEHOLD] = k.own_yuan_per_m2 * k.total_area / 100.0 / n
    out[Outcome.DEFECTS] = k.defects
    out[Outcome.DELIVERED_QUALITY] = k.delivered
    out[Outcome.FREED_M2] = k.freed_m2
    out[Outcome.LIFTS_BUILT] = k.lifts_built
    out[Outcome.LIFT_BALLOTS] = k.lift_ballots
    out[Outcome.BUNDLE_TRANSFER_YUAN] = k.bundle_transfer / 100.0
    out[Outcome.COMPANIES_DISMISSED] = k.companies_dismissed
    out[Outcome.SUITS] = k.suits
    known = 0
    for i in range(n):
        known += w.tie_stop[k.tie_offset + i] - w.tie_start[k.tie_offset + i]
    out[Outcome.ACQUAINTANCES] = known / n
