"""Measuring the week: line 12 of the schedule.

Outcomes are computed after everyone has acted and change nothing. Their names are in `model.measures`.
"""

import numpy as np

from compiling.compiled import compiled
from model.measures import MEANS, PLACES, REASONS, Outcome, Weekly
from model.week.billing import trailing_year
from model.week.deliberation import items_held
from model.week.finance import burdens
from model.week.opinion import group_shares, mean_of
from model.week.reasons import count_reasons
from model.week.stages import count_blocked_risers, structures_left
from model.world.state import Flag, Money, Real, Scratch, Whole, World

_MEANS, _REASONS, _PLACES = np.array(MEANS), np.array(REASONS), np.array(PLACES)
_HAS_TRUST, _HAS_REASONS, _HAS_PLACES = int(Weekly.TRUST), int(Weekly.REASONS), int(Weekly.PLACES)
_HAS_MEANS = int(Weekly.MEANS & ~Weekly.TRUST)


@compiled
def share_of(part: int, whole: int) -> float:
    """The share part / whole, NaN where the whole is 0: nobody billed is not the same as nobody paid."""
    return part / whole if whole > 0 else np.nan


@compiled
def least_group_share(w: World, marks: np.ndarray, groups: np.ndarray, n_groups: int) -> float:
    """The smallest share of marked households in any group. groups : in order, as households stand"""
    shares, least = w.scratch[Scratch.GROUP_MARKED, :n_groups], 1.0
    group_shares(marks, groups, w.scratch[Scratch.GROUP_SIZE, :n_groups], shares)
    for share in shares:
        least = min(least, share)
    return least


@compiled
def eight_means(
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    d: np.ndarray,
    e: np.ndarray,
    f: np.ndarray,
    g: np.ndarray,
    h: np.ndarray,
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Means of eight columns in row order, and the standard deviation of the last, in one pass."""
    n = a.size
    at, bt, ct, dt, et, ft, gt, ht, hh = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        at += a[i]
        bt += b[i]
        ct += c[i]
        dt += d[i]
        et += e[i]
        ft += f[i]
        gt += g[i]
        x = np.float64(h[i])
        ht += x
        hh += x * x
    # rounding may take the variance just below 0
    spread = np.sqrt(max(hh / n - (ht / n) ** 2, 0.0))
    return at / n, bt / n, ct / n, dt / n, et / n, ft / n, gt / n, ht / n, spread


@compiled
def note_marks(w: World, c: int) -> bool:
    """Note signatures, pledges, removals and designs around flats; returns whether any has changed since last noted.

    In most weeks none has, and `count_marks` can be skipped.
    """
    k = w.compounds[c]
    low, high, flags = k.start, k.stop, w.flags
    signed, proxied = flags[Flag.SIGNED, low:high], flags[Flag.PROXIED, low:high]
    around, removed = flags[Flag.DESIGNED_AROUND, low:high], flags[Flag.REMOVED, low:high]
    pledged, seen = flags[Flag.PLEDGED, low:high], flags[Flag.MARKS_SEEN, low:high]
    changed = np.uint8(0)
    for i in range(high - low):
        consent = signed[i] | proxied[i] << 1 | around[i] << 2
        now = np.uint8(consent | removed[i] << 3 | pledged[i] << 4)
        changed |= now ^ seen[i]
        seen[i] = now
    return changed != 0


@compiled
def count_marks(w: World, c: int) -> None:
    """Count signatures (households, area) and pledges; buildings, risers and structures are due to be counted."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    area, marks = w.wholes[Whole.AREA, low:high], w.flags[Flag.SIGNED, low:high]
    proxied, pledges = w.flags[Flag.PROXIED, low:high], w.flags[Flag.PLEDGED, low:high]
    signed = valid = signed_area = valid_area = pledged = np.int64(0)
    for i in range(high - low):
        signs, agrees = np.int64(marks[i]), np.int64(marks[i]) * (1 - np.int64(proxied[i]))
        signed += signs
        valid += agrees
        signed_area += signs * area[i]
        valid_area += agrees * area[i]
        pledged += pledges[i]
    k.signed, k.signed_area, k.valid, k.valid_area = signed, signed_area, valid, valid_area
    k.pledged = pledged
    k.places_due = 1


@compiled
def count_places(w: World, c: int) -> None:
    """Count signatures of the weakest building and stairwell, blocked risers, and structures."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    marks = w.flags[Flag.SIGNED, low:high]
    k.places_due = 0
    k.weakest_building = least_group_share(w, marks, w.wholes[Whole.BUILDING, low:high], k.n_buildings)
    k.weakest_stairwell = least_group_share(w, marks, w.wholes[Whole.STAIRWELL, low:high], k.n_stairwells)
    k.risers_blocked = count_blocked_risers(w, c)
    k.structures_left = structures_left(w, c)


@compiled
def observe(w: World, c: int, week: int) -> None:
    """Measure the week; nothing in the model reads what is written here."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    out = w.series[c, week]
    flags, reals = w.flags, w.reals
    if note_marks(w, c):
        count_marks(w, c)
    support, signed = reals[Real.SUPPORT, low:high], flags[Flag.SIGNED, low:high]
    insincere = supporting = np.int64(0)
    for i in range(n):
        insincere += np.int64(signed[i]) * (support[i] < 0.0)
        supporting += support[i] > 0.0
    owed, arrears = w.money[Money.ARREARS, low:high], np.int64(0)
    for i in range(n):
        arrears += owed[i]
    out[Outcome.STAGE] = k.stage
    out[Outcome.HEADLINE_CONSENT] = k.signed / n
    out[Outcome.HEADLINE_CONSENT_AREA] = k.signed_area / k.total_area
    out[Outcome.VALID_CONSENT] = k.valid / n
    out[Outcome.VALID_CONSENT_AREA] = k.valid_area / k.total_area
    out[Outcome.INSINCERE_SHARE] = insincere / n
    out[Outcome.SUPPORT_SHARE] = supporting / n
    out[Outcome.RISERS_COMPLETED] = k.risers_completed / k.n_risers
    out[Outcome.WITHDRAWALS] = k.withdrawals
    out[Outcome.PLEDGED] = k.pledged / n
    out[Outcome.PAYMENT_RATE] = share_of(k.paid_now, k.billed_now)
    out[Outcome.PAYMENT_RATE_AREA] = share_of(k.area_paid_now, k.area_billed_now)
    out[Outcome.PAYMENT_RATE_MONEY] = share_of(k.money_paid_now, k.money_billed_now)
    out[Outcome.PAYMENT_TRAILING_YEAR] = trailing_year(k)
    out[Outcome.ARREARS_YUAN] = arrears / 100.0
    out[Outcome.COMPANY_PRESENT] = k.company_present
    out[Outcome.COMPANY_CASH_YUAN] = k.cash / 100.0
    out[Outcome.QUALITY] = k.quality
    out[Outcome.INFRASTRUCTURE] = k.infrastructure
    out[Outcome.OFFICE_HOURS] = k.hours
    out[Outcome.OFFICE_YUAN] = k.public_spending / 100.0
    out[Outcome.VISITS] = k.n_visits
    out[Outcome.MEETINGS] = k.n_meetings
    out[Outcome.SUGGESTIONS_PER_HOUSEHOLD] = k.suggestions / n
    out[Outcome.SUGGESTIONS_ADOPTED] = share_of(k.suggestions_adopted, k.suggestions)
    out[Outcome.OPEN_COMPLAINTS] = k.open_complaints
    out[Outcome.COMPLAINTS] = k.complaints
    out[Outcome.WORKS_PROGRESS] = k.progress
    out[Outcome.COMPLAINT_WEEKS] = k.complaint_weeks / n
    out[Outcome.CONSENT_GAP] = (k.signed - supporting) / n
    out[Outcome.ITEMS_ADOPTED] = items_held(k.adopted)
    out[Outcome.OWN_YUAN_PER_HOUSEHOLD] = k.own_yuan_per_m2 * k.total_area / 100.0 / n
    out[Outcome.DEFECTS] = k.defects
    out[Outcome.DELIVERED_QUALITY] = k.delivered
    out[Outcome.FREED_M2] = k.freed_m2
    out[Outcome.LIFTS_BUILT] = k.lifts_built
    out[Outcome.LIFT_BALLOTS] = k.lift_ballots
    out[Outcome.BUNDLE_TRANSFER_YUAN] = k.bundle_transfer / 100.0
    out[Outcome.COMPANIES_DISMISSED] = k.companies_dismissed
    out[Outcome.SUITS] = k.suits
    out[Outcome.ACQUAINTANCES] = k.known / n
    if w.measured[week] & _HAS_PLACES != 0:
        take_places(w, c, week)
    else:
        for outcome in _PLACES:
            out[outcome] = np.nan
    if w.measured[week] & _HAS_MEANS != 0:
        take_means(w, c, week)
    else:
        has_trust = w.measured[week] & _HAS_TRUST != 0
        out[Outcome.TRUST_OFFICE] = mean_of(reals[Real.TRUST_OFFICE, low:high]) if has_trust else np.nan
        for outcome in _MEANS:
            out[outcome] = np.nan
    if w.measured[week] & _HAS_REASONS != 0:
        count_reasons(w, c, week)
    else:
        for outcome in _REASONS:
            out[outcome] = np.nan


@compiled
def take_places(w: World, c: int, week: int) -> None:
    """Measure `PLACES`, counted anew where marks have changed."""
    k, out = w.compounds[c], w.series[c, week]
    if k.places_due == 1:
        count_places(w, c)
    out[Outcome.WEAKEST_BUILDING_CONSENT] = k.weakest_building
    out[Outcome.WEAKEST_STAIRWELL_CONSENT] = k.weakest_stairwell
    out[Outcome.RISERS_READY] = 1.0 - k.risers_blocked / k.n_risers
    out[Outcome.STRUCTURES_LEFT] = share_of(k.structures_left, k.n_structures)


@compiled
def take_means(w: World, c: int, week: int) -> None:
    """Measure `MEANS` and trust in the office, which take a pass over all households for themselves."""
    k, reals, out = w.compounds[c], w.reals, w.series[c, week]
    low, high = k.start, k.stop
    opinion, said, fit, trust, trust_company, reactance, engagement, fairness, spread = eight_means(
        reals[Real.SUPPORT, low:high],
        reals[Real.VOICED, low:high],
        reals[Real.FIT, low:high],
        reals[Real.TRUST_OFFICE, low:high],
        reals[Real.TRUST_COMPANY, low:high],
        reals[Real.REACTANCE, low:high],
        reals[Real.ENGAGEMENT, low:high],
        reals[Real.FAIRNESS, low:high],
    )
    out[Outcome.MEAN_SUPPORT] = opinion
    out[Outcome.MEAN_VOICED] = said
    out[Outcome.TRUST_OFFICE] = trust
    out[Outcome.TRUST_COMPANY] = trust_company
    out[Outcome.FAIRNESS] = fairness
    out[Outcome.FAIRNESS_SPREAD] = spread
    out[Outcome.REACTANCE] = reactance
    out[Outcome.ENGAGEMENT] = engagement
    out[Outcome.SATISFACTION] = (k.quality + k.infrastructure + trust) / 3.0
    out[Outcome.PLAN_FIT] = fit
    out[Outcome.PLAN_YUAN_PER_M2], _, _ = burdens(w, c, k.adopted)
