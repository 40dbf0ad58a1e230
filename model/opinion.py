"""What people think and say: lines 5 and 6 of the weekly schedule."""

import numpy as np

from agents.resident import (
    benefit_here,
    credibility,
    felt_nuisance,
    listens_to,
    project_utility,
    structure_loss,
    update_support,
)
from agents.resident import (
    voice as voiced_opinion,
)
from model.compilation import compiled, inlined
from model.instruments import Instrument
from model.state import Flag, Party, Real, Record, Stage, Tenure, Whole, World


@compiled
def mean_where(values: np.ndarray, marks: np.ndarray, least: int) -> tuple[float, float]:
    """Mean of `values` where the mark is at least `least`, and 1.0, or 0.0 and 0.0 where nobody is marked."""
    total, count = 0.0, 0.0
    for i in range(values.size):
        if marks[i] >= least:
            total += values[i]
            count += 1.0
    if count == 0.0:
        return 0.0, 0.0
    return total / count, 1.0


@compiled
def mean_of(values: np.ndarray) -> float:
    """Mean of a column in double precision, in row order."""
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total / values.size


@compiled
def group_means(values: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Mean of `values` in each group, 0 for an empty one. float64, shape (n_groups,)."""
    total, count = np.zeros(n_groups), np.zeros(n_groups)
    for i in range(values.size):
        total[groups[i]] += values[i]
        count[groups[i]] += 1.0
    for g in range(n_groups):
        if count[g] > 0.0:
            total[g] /= count[g]
    return total


@compiled
def utility_of(w: World, c: int, i: int) -> float:
    """Project utility of household `i` of compound `c` as things stand."""
    k = w.compounds[c]
    return utility_at(w.reals, w.flags, k.start + i, k, w.parameters[c])


@inlined
def utility_at(reals: np.ndarray, flags: np.ndarray, r: int, k: Record, p: Record) -> float:
    """Project utility of the household in row `r` of compound `k`."""
    delivered = k.stage >= Stage.ACCEPTANCE and k.stage <= Stage.MANAGEMENT
    if delivered:
        belief = k.delivered
    else:
        belief = credibility(
            reals[Real.PRESENT_BIAS, r],
            reals[Real.TRUST_OFFICE, r],
            flags[Flag.EXAMPLE, r],
            reals[Real.SHOWN, r],
            p,
        )
    absent = flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED
    made_good = np.float64(reals[Real.MADE_GOOD, r])
    loss = structure_loss(reals[Real.STRUCTURE, r], flags[Flag.REMOVED, r], made_good, p)
    interior = 0.0 if delivered else flags[Flag.FRESH, r] * (1.0 - made_good)
    nuisance = 0.0 if delivered else felt_nuisance(k.nuisance, flags[Flag.ELDER, r], p)
    return project_utility(
        reals[Real.TASTE, r],
        belief * benefit_here(absent, k.freed_m2 / (k.stop - k.start), p),
        reals[Real.FIT, r],
        reals[Real.OWN_COST, r],
        loss,
        interior,
        nuisance,
        p,
    )


@compiled
def influence(w: World, c: int, week: int) -> None:
    """Private support moves under project utility and what neighbours voice, all at once."""
    k, p = w.compounds[c], w.parameters[c]
    low, high = k.start, k.stop
    n = high - low
    reals, flags, wholes, ties = w.reals, w.flags, w.wholes, w.ties
    support, voiced = reals[Real.SUPPORT, low:high], reals[Real.VOICED, low:high]
    social = reals[Real.SOCIAL, low:high]
    buildings, stairwells = wholes[Whole.BUILDING, low:high], wholes[Whole.STAIRWELL, low:high]
    wechat, activity = flags[Flag.WECHAT, low:high], flags[Flag.IN_ACTIVITY, low:high]
    party = flags[Flag.PARTY, low:high]

    stairwell_mean = group_means(voiced, stairwells, k.n_stairwells)
    building_mean = group_means(voiced, buildings, k.n_buildings)
    wechat_mean, wechat_there = mean_where(voiced, wechat, 1)
    activity_mean, activity_there = mean_where(voiced, activity, 1)
    branch_mean, branch_there = mean_where(voiced, party, Party.IN_SERVICE)
    starts = w.tie_start[k.tie_offset : k.tie_offset + n]
    stops = w.tie_stop[k.tie_offset : k.tie_offset + n]

    if w.now[c, Instrument.ACTIVITY_GROUPS] == 0.0:
        activity_there = 0.0
    for i in range(n):
        total, weight = 0.0, 0.0
        for e in range(starts[i], stops[i]):
            said = np.float64(voiced[ties[e]])
            if listens_to(support[i], said, p):
                total += said
                weight += 1.0
        total += p.stairwell_influence * stairwell_mean[stairwells[i]]
        weight += p.stairwell_influence
        total += p.building_influence * building_mean[buildings[i]]
        weight += p.building_influence
        if wechat[i] == 1:
            total += p.wechat_influence * wechat_there * wechat_mean
            weight += p.wechat_influence * wechat_there
        if activity[i] == 1:
            total += p.activity_influence * activity_there * activity_mean
            weight += p.activity_influence * activity_there
        if party[i] >= Party.IN_SERVICE:
            total += p.branch_influence * branch_there * branch_mean
            weight += p.branch_influence * branch_there
        social[i] = total / weight if weight > 0.0 else np.float64(support[i])

    for i in range(n):
        r = low + i
        support[i] = update_support(
            support[i],
            social[i],
            utility_at(reals, flags, r, k, p),
            reals[Real.STUBBORNNESS, r],
            reals[Real.VISIT_SHIFT, r],
            reals[Real.FAIRNESS, r],
            reals[Real.REACTANCE, r],
            p,
        )


@compiled
def voice(w: World, c: int, week: int) -> None:
    """Expressed opinion forms."""
    k, p = w.compounds[c], w.parameters[c]
    for r in range(k.start, k.stop):
        w.reals[Real.VOICED, r] = voiced_opinion(
            w.reals[Real.SUPPORT, r],
            w.reals[Real.SOCIAL, r],
            w.reals[Real.PRESSURE, r],
            w.reals[Real.CONFORMITY, r],
            p,
        )
