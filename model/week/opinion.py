"""What people think and say: lines 5 and 6 of the weekly schedule."""

import numpy as np

from agents.rules.resident import (
    credibility,
    lift_offered,
    listens_to,
    pledge_asked,
    project_utility,
    update_support,
)
from agents.rules.resident import voice as voiced_opinion
from compiling.compiled import compiled, held, inlined
from model.instruments import Instrument
from model.week.eight import hear_side_by_side
from model.world.state import (
    LANES,
    TIE_SLACK,
    Cooperation,
    Flag,
    Judged,
    Party,
    Real,
    Record,
    Scratch,
    Stage,
    Tenure,
    Whole,
    World,
)


@compiled
def mean_of(values: np.ndarray) -> float:
    """Mean of a column in double precision, in row order."""
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total / values.size


@compiled
def group_counts(marks: np.ndarray, groups: np.ndarray, size: np.ndarray, marked: np.ndarray) -> None:
    """Count households of each group into `size`, and those of them that are marked into `marked`.

    marks : 0 or 1; groups : in order, since households stand in building order; size, marked : float64, (groups,)
    For speed only: unsigned indices, which Numba need not test for negative ones.
    """
    size[:], marked[:] = 0.0, 0.0
    i = 0
    while i < marks.size:
        group, first, n = groups[i], i, np.int64(0)
        while i < marks.size and groups[np.uint64(i)] == group:
            n += np.int64(marks[np.uint64(i)])
            i += 1
        size[group], marked[group] = i - first, n


@compiled
def group_shares(marks: np.ndarray, groups: np.ndarray, size: np.ndarray, shares: np.ndarray) -> None:
    """Share of marked households in each group into `shares`, 0 for an empty one; for the rest see `group_counts`."""
    group_counts(marks, groups, size, shares)
    for g in range(size.size):
        shares[g] = shares[g] / size[g] if size[g] > 0.0 else 0.0


@compiled
def utility_of(w: World, c: int, i: int) -> float:
    """Project utility of household `i` of compound `c` this week, in (−1, 1)."""
    utility = w.utility[w.compounds[c].start : w.compounds[c].stop]
    form_utilities(w, c, i, i + 1, utility)
    return utility[i]


@compiled
def influence(w: World, c: int, week: int) -> None:
    """Update all private support synchronously, from project utility and what ties and groups voiced last week."""
    influence_side_by_side(w, c, c + 1)


@compiled
def influence_side_by_side(w: World, first: int, behind: int) -> None:
    """`influence` in compounds `first` to `behind` (exclusive), which are one or run side by side."""
    is_alone = behind == first + 1
    if not is_alone:
        hear_side_by_side(w, first, behind)
    for c in range(first, behind):
        update_opinions(w, c, c - first, is_alone)


@compiled
def update_opinions(w: World, c: int, lane: int, is_alone: bool) -> None:
    """Update the private support in one compound. lane, is_alone : as in `hear`"""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    n = high - low
    utility, social = w.utility[low:high], w.scratch[Scratch.SOCIAL, :n]
    if not note_judgement(w, c):
        form_utilities(w, c, 0, n, utility)
    hear(w, c, lane, is_alone, social)
    reals = w.reals
    support, heard = reals[Real.SUPPORT, low:high], reals[Real.SOCIAL, low:high]
    stubbornness, visit = reals[Real.STUBBORNNESS, low:high], reals[Real.VISIT_SHIFT, low:high]
    fairness, reactance = reals[Real.FAIRNESS, low:high], reals[Real.REACTANCE, low:high]
    resentment = reals[Real.RESENTMENT, low:high]
    for i in range(n):
        heard[i] = social[i]
        support[i] = update_support(
            support[i],
            heard[i],
            utility[i],
            stubbornness[i],
            visit[i],
            fairness[i],
            reactance[i],
            resentment[i],
            p,
        )


@inlined
def stands(k: Record) -> bool:
    """Whether works are over, so that the project is judged by what was delivered, not by what is promised."""
    return k.stage >= Stage.ACCEPTANCE and k.stage <= Stage.MANAGEMENT


@compiled
def note_judgement(w: World, c: int) -> bool:
    """Note the inputs of utility; returns whether works are finished and no input changed since last week.

    Then last week's utilities stay valid; comparing inputs takes a fraction of the time of computing utilities.
    """
    k = w.compounds[c]
    low, high = k.start, k.stop
    before = w.judged_project[c]
    if not stands(k):
        before[0] = -1.0  # no delivered quality equals it
        return False
    freed = k.freed_m2 / (high - low)
    same = before[0] == k.delivered and before[1] == freed
    before[0], before[1] = k.delivered, freed
    reals, judged = w.reals, w.judged
    same &= keep(reals[Real.TASTE, low:high], judged[Judged.TASTE, low:high])
    same &= keep(reals[Real.FIT, low:high], judged[Judged.FIT, low:high])
    same &= keep(reals[Real.OWN_COST, low:high], judged[Judged.OWN_COST, low:high])
    same &= keep(reals[Real.STRUCTURE, low:high], judged[Judged.STRUCTURE, low:high])
    same &= keep(reals[Real.MADE_GOOD, low:high], judged[Judged.MADE_GOOD, low:high])
    tenure, removed = w.flags[Flag.TENURE, low:high], w.flags[Flag.REMOVED, low:high]
    return same & keep_marks(tenure, removed, w.judged_marks[low:high])


@inlined
def keep_marks(tenure: np.ndarray, removed: np.ndarray, kept: np.ndarray) -> bool:
    """Copy tenure and whether the structure is gone; returns whether all were the same already."""
    changed = np.uint8(0)
    for i in range(kept.size):
        now = np.uint8(tenure[i] | removed[i] << 2)  # tenure takes two bits
        changed |= now ^ kept[i]
        kept[i] = now
    return changed == 0


@inlined
def keep(now: np.ndarray, kept: np.ndarray) -> bool:
    """Copy a column of float32; returns whether it was the same already, bit for bit."""
    bits, kept_bits = now.view(np.int32), kept.view(np.int32)
    changed = np.int32(0)
    for i in range(bits.size):
        changed |= bits[i] ^ kept_bits[i]
    if changed != 0:
        kept_bits[:] = bits
    return changed == 0


@compiled
def form_utilities(w: World, c: int, first: int, behind: int, utility: np.ndarray) -> None:
    """Compute this week's utility of households `first` to `behind` (exclusive), into their places in `utility`."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high, utility = k.start + first, k.start + behind, utility[first:behind]
    reals, flags = w.reals, w.flags
    delivered, nuisance, freed = k.delivered, k.nuisance, k.freed_m2 / (k.stop - k.start)
    bias, trust = reals[Real.PRESENT_BIAS, low:high], reals[Real.TRUST_OFFICE, low:high]
    shown, made_good = reals[Real.SHOWN, low:high], reals[Real.MADE_GOOD, low:high]
    structure, removed = reals[Real.STRUCTURE, low:high], flags[Flag.REMOVED, low:high]
    taste, fit, cost = reals[Real.TASTE, low:high], reals[Real.FIT, low:high], reals[Real.OWN_COST, low:high]
    example, tenure = flags[Flag.EXAMPLE, low:high], flags[Flag.TENURE, low:high]
    fresh, elder = flags[Flag.FRESH, low:high], flags[Flag.ELDER, low:high]
    cooperation, others_pay = flags[Flag.COOPERATION, low:high], reals[Real.BELIEF, low:high]
    pledge, lifts = w.now[c, Instrument.FEE_PLEDGE], w.now[c, Instrument.LIFT_PACKAGES]
    floors = w.settings[c].floors
    floor = w.wholes[Whole.FLOOR, low:high]
    if stands(
        k
    ):  # no interior at risk, no nuisance, so that an elder feels none, and nothing to promise any more
        for i in range(high - low):
            absent = tenure[i] != Tenure.OWNER_OCCUPIED
            utility[i] = project_utility(
                taste[i],
                delivered,
                absent,
                freed,
                fit[i],
                cost[i],
                structure[i],
                removed[i],
                made_good[i],
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                p,
            )
    else:
        for i in range(high - low):
            belief = credibility(bias[i], trust[i], example[i], shown[i], p)
            absent = tenure[i] != Tenure.OWNER_OCCUPIED
            utility[i] = project_utility(
                taste[i],
                belief,
                absent,
                freed,
                fit[i],
                cost[i],
                structure[i],
                removed[i],
                made_good[i],
                fresh[i],
                nuisance,
                elder[i],
                pledge_asked(
                    pledge,
                    cooperation[i] == Cooperation.FREE_RIDER,
                    cooperation[i] == Cooperation.CONDITIONAL,
                    others_pay[i],
                ),
                lift_offered(lifts, floor[i], floors, elder[i], p),
                p,
            )


@inlined
def heard_of_ties(
    total: float,
    number: float,
    own: float,
    said: np.ndarray,
    ties: np.ndarray,
    first: int,
    last: int,
    p: Record,
) -> tuple[float, float]:
    """Sum and number of the voiced opinions heard so far, and of those a household hears of ties `first` to `last`.

    own : its private support
    For speed only: an opinion that is not heard is multiplied by 0, since the processor could not predict a branch;
    unsigned indices, which Numba need not test for negative ones.
    """
    for e in range(first, last):
        a = said[np.uint32(ties[np.uint64(e)])]
        hears = np.float64(listens_to(own, a, p))
        total += a * hears
        number += hears
    return total, number


@compiled
def hear_ties(w: World, c: int, said: np.ndarray) -> None:
    """Sum and number of the voiced opinions heard from ties, of every household into the first lane of `w.heard`."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    n = high - low
    support, ties, total, number = w.reals[Real.SUPPORT, low:high], w.ties, w.heard[0, :n], w.heard[LANES, :n]
    starts, stops = w.tie_start[k.tie_offset : k.tie_offset + n], w.tie_stop[k.tie_offset : k.tie_offset + n]
    for i in range(n):
        total[i], number[i] = heard_of_ties(
            0.0, 0.0, np.float64(support[i]), said, ties, starts[i], stops[i], p
        )


@compiled
def hear_later_ties(w: World, c: int, lane: int, said: np.ndarray) -> None:
    """Add to a lane of `w.heard` what is heard of ties that were made during the run."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    n = high - low
    support, ties = w.reals[Real.SUPPORT, low:high], w.ties
    room, stops = (
        w.tie_start[k.tie_offset + 1 : k.tie_offset + n + 1],
        w.tie_stop[k.tie_offset : k.tie_offset + n],
    )
    total, number = w.heard[lane, :n], w.heard[LANES + lane, :n]
    for i in range(n):
        first = room[i] - TIE_SLACK
        if stops[i] > first:
            own = np.float64(support[i])
            total[i], number[i] = heard_of_ties(total[i], number[i], own, said, ties, first, stops[i], p)


@compiled
def hear(w: World, c: int, lane: int, is_alone: bool, social: np.ndarray) -> None:
    """Weighted mean of the opinions every household hears from ties and groups, into `social`.

    lane : of what it hears from ties, in `w.heard`
    is_alone : whether that is still to be heard; if not, only of ties that were made during the run
    """
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    support, voiced = w.reals[Real.SUPPORT, low:high], w.reals[Real.VOICED, low:high]
    said, of_groups = w.scratch[Scratch.SAID, :n], w.scratch[Scratch.OF_GROUPS, :n]
    groups_weight = w.scratch[Scratch.GROUPS_WEIGHT, :n]
    of_ties, ties_weight = w.heard[lane, :n], w.heard[LANES + lane, :n]
    for i in range(n):
        said[i] = voiced[i]
    if is_alone:
        hear_ties(w, c, said)
    else:
        hear_later_ties(w, c, lane, said)
    hear_groups(w, c, said, of_groups, groups_weight)
    for i in range(n):
        weight = ties_weight[i] + groups_weight[i]
        mean = (of_ties[i] + of_groups[i]) / weight  # NaN where nothing is heard, and then not used
        social[i] = mean if weight > 0.0 else np.float64(support[i])


@compiled
def hear_groups(w: World, c: int, said: np.ndarray, of_groups: np.ndarray, weight: np.ndarray) -> None:
    """Weighted sum of the means of every household's groups, into `of_groups`; sum of the weights, into `weight`."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    flags, wholes, n = w.flags, w.wholes, said.size
    wechat, activity = flags[Flag.WECHAT, low:high], flags[Flag.IN_ACTIVITY, low:high]
    party = flags[Flag.PARTY, low:high]
    stairwells, buildings = wholes[Whole.STAIRWELL, low:high], wholes[Whole.BUILDING, low:high]
    by_stairwell, by_building = w.scratch[Scratch.OF_STAIRWELL], w.scratch[Scratch.OF_BUILDING]
    in_wechat, in_activity, in_branch = voices_of_groups(
        said,
        stairwells,
        buildings,
        wechat,
        activity,
        party,
        w.scratch[Scratch.OF_STAIRWELL, : k.n_stairwells],
        w.scratch[Scratch.OF_BUILDING, : k.n_buildings],
        w.scratch[Scratch.TO_WECHAT, :n],
        w.scratch[Scratch.TO_ACTIVITY, :n],
        w.scratch[Scratch.TO_BRANCH, :n],
    )
    for_stairwell, for_building = p.stairwell_influence, p.building_influence
    for_wechat = p.wechat_influence * in_wechat[1]
    for_activity = (
        p.activity_influence * in_activity[1] if w.now[c, Instrument.ACTIVITY_GROUPS] > 0.0 else 0.0
    )
    for_branch = p.branch_influence * in_branch[1]
    of_wechat = for_wechat * in_wechat[0]
    of_activity = for_activity * in_activity[0]
    of_branch = for_branch * in_branch[0]
    for i in range(n):
        of_stairwell = for_stairwell * by_stairwell[np.uint32(stairwells[i])]
        of_groups[i] = of_stairwell + for_building * by_building[np.uint32(buildings[i])]
    for i in range(n):  # apart from the loop above, so that several households are computed at once
        of_groups[i] = of_groups[i] + of_wechat * wechat[i] + of_activity * activity[i]
        of_groups[i] += of_branch * np.float64(party[i] >= Party.IN_SERVICE)
    for i in range(n):
        for_place = for_stairwell + for_building
        weight[i] = for_place + for_wechat * wechat[i] + for_activity * activity[i]
        weight[i] += for_branch * np.float64(party[i] >= Party.IN_SERVICE)


@compiled
def voices_of_groups(
    said: np.ndarray,
    stairwells: np.ndarray,
    buildings: np.ndarray,
    wechat: np.ndarray,
    activity: np.ndarray,
    party: np.ndarray,
    by_stairwell: np.ndarray,
    by_building: np.ndarray,
    to_wechat: np.ndarray,
    to_activity: np.ndarray,
    to_branch: np.ndarray,
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Mean voiced opinion of WeChat group, activity groups and Party branch; those of places go into arrays.

    Each of the three comes with 1.0 if it has members, else as 0.0 and 0.0, so that its weight vanishes without a
    branch; an empty stairwell has 0. One pass for all: while one sum waits for its last addition, others are added.
    stairwells, buildings : in order, since households stand in building order
    by_stairwell, by_building : float64, (stairwells,) and (buildings,)
    to_wechat, to_activity, to_branch : working space, (households,) float64: what each voices there, 0 outside
    For speed only: unsigned indices, which Numba need not test for negative ones.
    """
    n = said.size
    by_stairwell[:], by_building[:] = 0.0, 0.0
    in_wechat = in_activity = in_branch = np.int64(0)
    for i in range(n):
        in_wechat += np.int64(wechat[i])
        in_activity += np.int64(activity[i])
        in_branch += np.int64(party[i] >= Party.IN_SERVICE)
    for i in range(n):  # apart from the sums below, so that several households are computed at once
        to_wechat[i] = said[i] * wechat[i]
        to_activity[i] = said[i] * activity[i]
        to_branch[i] = said[i] * np.float64(party[i] >= Party.IN_SERVICE)
    of_wechat, of_activity, of_branch = 0.0, 0.0, 0.0
    i = 0
    while i < n:
        building, first, of_building = buildings[i], i, 0.0
        while i < n and buildings[i] == building:
            stairwell, lowest, of_stairwell = stairwells[i], i, 0.0
            while i < n and stairwells[np.uint64(i)] == stairwell:
                r = np.uint64(i)
                of_stairwell += said[r]
                of_wechat += to_wechat[r]
                of_activity += to_activity[r]
                of_branch += to_branch[r]
                i += 1
            by_stairwell[stairwell] = of_stairwell / (i - lowest)
            of_building += of_stairwell
        by_building[building] = of_building / (i - first)
    return (
        mean_or_none(of_wechat, int(in_wechat)),
        mean_or_none(of_activity, int(in_activity)),
        mean_or_none(of_branch, int(in_branch)),
    )


@inlined
def mean_or_none(total: float, count: int) -> tuple[float, float]:
    """A mean and 1.0, or 0.0 and 0.0 for an empty group."""
    return (total / count, 1.0) if count > 0 else (0.0, 0.0)


@compiled
def voice(w: World, c: int, week: int) -> None:
    """Form the opinion every household voices, from support, what it heard, and pressure."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    support, social = w.reals[Real.SUPPORT, low:high], w.reals[Real.SOCIAL, low:high]
    pressure, conformity = w.reals[Real.PRESSURE, low:high], w.reals[Real.CONFORMITY, low:high]
    voiced = w.reals[Real.VOICED, low:high]
    for i in range(high - low):
        voiced[i] = voiced_opinion(support[i], social[i], pressure[i], conformity[i], p)
