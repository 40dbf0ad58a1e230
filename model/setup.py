"""Set up a compound before the first week: households, institutions, messengers, first opinions."""

import numpy as np

from agents.categories import Beginning, ManagementBefore, Messenger, PioneerGroup
from compiling.compiled import compiled
from compiling.exact import clip, standard_normal
from model.instruments import Instrument
from model.week.deliberation import expect_costs, update_fit
from model.week.mobilisation import scripted_events
from model.week.opinion import form_utilities
from model.week.works import nuisance_level
from model.world.network import stairwell_of
from model.world.ordering import in_order, smallest
from model.world.population import draw_households, place_households
from model.world.randomness import BEFORE, COMPOUND, Purpose, beta_quantiles, interpolate, uniform
from model.world.state import (
    NEVER_SEEN,
    Flag,
    Listed,
    Party,
    Real,
    Record,
    Scratch,
    Stage,
    Tenure,
    Whole,
    World,
)

_TRUST_SHAPE = beta_quantiles(5.0, 4.0)
_TRUST_MEAN = 5.0 / 9.0


@compiled
def settle_compound(w: World, c: int, like: int, d: Record) -> None:
    """Draw the households of compound `c` and set up its institutions; ties and opinions come after.

    like : a compound already settled with the same draws, whose households are then copied; `c` for none
    """
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    low = k.start
    k.taste_shift = d.taste_shift
    k.n_buildings = int(d.buildings)
    k.n_stairwells = int(d.buildings * d.stairwells_per_building)
    if like == c:
        k.n_risers = place_households(w.wholes, low, d)
        draw_households(w.reals, w.flags, w.wholes, w.preferences, low, k.seed, k.number, d, p)
    else:
        k.n_risers = w.compounds[like].n_risers
        copy_households(w, w.compounds[like].start, low, k.stop - low)
    k.total_area, k.n_structures, members = 0, 0, 0
    for r in range(low, k.stop):
        w.flags[Flag.MARKS_SEEN, r] = NEVER_SEEN
        k.total_area += w.wholes[Whole.AREA, r]
        if w.reals[Real.STRUCTURE, r] > 0.0:
            k.n_structures += 1
        if w.flags[Flag.PARTY, r] == Party.IN_SERVICE:
            members += 1
    s.n_members_in_service = members
    k.stage = Stage.WILLINGNESS + 0
    k.stage_week = 0
    k.gate_week, k.handover_week, k.notice_week = -1, -1, -1
    k.deadline = k.waiting_until + int(s.deadline_week)
    k.money_left = s.mobilisation_yuan_per_household * (k.stop - k.start)
    k.own_yuan_per_m2 = -1.0
    k.infrastructure = d.infrastructure
    k.fee = s.fee_before
    k.adopted = (1 << int(s.standard_items)) - 1
    k.plan_seen = k.adopted
    k.vote_opened = -1
    k.company_present = 1 if int(s.before) == ManagementBefore.WEAK_COMPANY else 0
    k.quality = p.before_quality if k.company_present == 1 else p.fallback_quality
    k.effort = p.before_effort
    if int(s.begins) == Beginning.MANAGEMENT:
        begin_managed(k, s, p)
    z = standard_normal(uniform(k.seed, k.number, COMPOUND, BEFORE, Purpose.COMPANY_COST))
    k.company_cost_factor = max(1.0 + p.company_cost_sd * z, 0.4)
    z = standard_normal(uniform(k.seed, k.number, COMPOUND, BEFORE, Purpose.CONTRACTOR))
    k.contractor = p.contractor_sd * z


@compiled
def begin_managed(k: Record, s: Record, p: Record) -> None:
    """Begin in management, without a project: where there is a company, it serves as one does that has just come."""
    k.stage = Stage.MANAGEMENT + 0
    k.handover_week = 0
    k.delivered = k.infrastructure
    k.fee = s.fee
    if k.company_present == 1:
        k.effort, k.quality = p.handover_effort, p.handover_quality


@compiled
def copy_households(w: World, source: int, target: int, n: int) -> None:
    """Copy the drawn traits of `n` households, from row `source` on to row `target` on."""
    copy_rows(w.reals, source, target, n)
    copy_rows(w.flags, source, target, n)
    copy_rows(w.wholes, source, target, n)
    copy_rows(w.preferences, source, target, n)


@compiled
def copy_rows(columns: np.ndarray, source: int, target: int, n: int) -> None:
    """Copy `n` rows of every column."""
    for column in range(columns.shape[0]):
        for i in range(n):
            columns[column, target + i] = columns[column, source + i]


@compiled
def form_first_opinions(w: World, c: int, d: Record) -> None:
    """Set trust, habits, beliefs and opinions before the first week; choose messengers, pioneers, volunteers."""
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    low, high = k.start, k.stop
    scripted_events(w, c, -1)  # before week 0: no instrument is in force
    k.nuisance = nuisance_level(w, c)
    update_fit(w, c)
    expect_costs(w, c)
    choose_messengers(w, c)
    for i in range(high - low):
        r = low + i
        shape = interpolate(_TRUST_SHAPE, uniform(k.seed, k.number, i, BEFORE, Purpose.TRUST_OFFICE))
        w.reals[Real.TRUST_OFFICE, r] = clip(shape + d.trust_office - _TRUST_MEAN, 0.0, 1.0)
        shape = interpolate(_TRUST_SHAPE, uniform(k.seed, k.number, i, BEFORE, Purpose.TRUST_COMPANY))
        w.reals[Real.TRUST_COMPANY, r] = clip(shape + s.trust_company - _TRUST_MEAN, 0.0, 1.0)
        w.reals[Real.FAIRNESS, r] = 0.5
        paying = k.company_present == 1 and (
            uniform(k.seed, k.number, i, BEFORE, Purpose.PAYS_AT_FIRST) < s.payment_before
        )
        w.reals[Real.HABIT, r] = 0.8 if paying else 0.0
        belief = s.payment_before if k.company_present == 1 else p.belief_without_company
        w.reals[Real.BELIEF, r] = belief
        w.flags[Flag.PIONEER, r] = is_willing_pioneer(w, c, i)
        w.flags[Flag.VOLUNTEER, r] = is_volunteer(w, c, i)
        k.n_volunteers += w.flags[Flag.VOLUNTEER, r]
        share = p.activity_share * w.instruments[c, Instrument.ACTIVITY_GROUPS].intensity
        w.flags[Flag.IN_ACTIVITY, r] = uniform(k.seed, k.number, i, BEFORE, Purpose.ACTIVITY) < share
    utility = w.utility[low:high]
    form_utilities(w, c, 0, high - low, utility)
    for i in range(high - low):
        r = low + i
        z = standard_normal(uniform(k.seed, k.number, i, BEFORE, Purpose.FIRST_SUPPORT))
        opinion = clip(utility[i] + p.initial_support_sd * z, -1.0, 1.0)
        w.reals[Real.SUPPORT, r] = opinion
        w.reals[Real.FIRST_SUPPORT, r] = opinion
        w.reals[Real.VOICED, r] = opinion
        w.reals[Real.SOCIAL, r] = opinion


@compiled
def is_volunteer(w: World, c: int, i: int) -> bool:
    """Whether a household is a volunteer: an owner-occupier, by chance."""
    k, p = w.compounds[c], w.parameters[c]
    share = p.volunteer_share * w.instruments[c, Instrument.VOLUNTEERING].intensity
    at_home = w.flags[Flag.TENURE, k.start + i] == Tenure.OWNER_OCCUPIED
    return at_home and uniform(k.seed, k.number, i, BEFORE, Purpose.VOLUNTEER) < share


@compiled
def is_willing_pioneer(w: World, c: int, i: int) -> bool:
    """Whether a household is a willing pioneer: an owner-occupier of the group asked, by chance."""
    k = w.compounds[c]
    r = k.start + i
    use = w.instruments[c, Instrument.PIONEERS]
    share, group = use.intensity, use.choice
    if w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED:
        return False
    if group == PioneerGroup.PARTY and w.flags[Flag.PARTY, r] == Party.NONE:
        return False
    if group == PioneerGroup.ACTIVISTS and w.flags[Flag.ACTIVIST, r] == 0:
        return False
    if group == PioneerGroup.ANY:
        share *= w.parameters[c].pioneer_share_of_all
    return uniform(k.seed, k.number, i, BEFORE, Purpose.PIONEER) < share


@compiled
def choose_messengers(w: World, c: int) -> None:
    """Choose messengers, and mark as linked every household tied to one or in the stairwell of one."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    use = w.instruments[c, Instrument.MESSENGERS]
    wanted = int(w.parameters[c].messenger_share * use.intensity * n + 0.5)
    if wanted == 0:
        return
    kind = use.choice
    starts, stops = w.tie_start[k.tie_offset : k.tie_offset + n], w.tie_stop[k.tie_offset : k.tie_offset + n]
    keys = np.empty(n)
    for i in range(n):
        keys[i] = messenger_key(w, c, kind, i, stops[i] - starts[i])
    if kind == Messenger.NOMINATED:
        nominate(w, c, keys, n, starts, stops)
    kept, above = w.scratch[Scratch.KEPT], w.scratch[Scratch.ABOVE]
    chosen = smallest(keys, n, wanted, kept, above, w.lists[Listed.CHOSEN])
    for i in chosen:
        w.flags[Flag.MESSENGER, low + i] = 1
    assign_messengers(w, c, starts, stops)


@compiled
def assign_messengers(w: World, c: int, starts: np.ndarray, stops: np.ndarray) -> None:
    """Give every household, in random order, a messenger it knows: among its ties, else in its stairwell.

    A messenger looks after a limited number of households. starts, stops : of each household's ties
    """
    k, p = w.compounds[c], w.parameters[c]
    low, n = k.start, k.stop - k.start
    keys, looks_after = np.empty(n), np.zeros(n, np.int64)
    for i in range(n):
        keys[i] = uniform(k.seed, k.number, i, BEFORE, Purpose.MESSENGER_TURN)
    for i in in_order(keys, n, w.lists[Listed.ENDS], w.lists[Listed.ORDER]):
        found = -1
        for e in range(starts[i], stops[i]):
            j = w.ties[e]
            if (
                found < 0
                and w.flags[Flag.MESSENGER, low + j] == 1
                and looks_after[j] < p.messenger_households
            ):
                found = j
        if (
            found < 0
            and uniform(k.seed, k.number, i, BEFORE, Purpose.KNOWS_MESSENGER) < p.messenger_stairwell
        ):
            first, behind = stairwell_of(w.wholes, low, i, n)
            for j in range(first, behind):
                if (
                    found < 0
                    and w.flags[Flag.MESSENGER, low + j] == 1
                    and looks_after[j] < p.messenger_households
                ):
                    found = j
        w.wholes[Whole.MESSENGER_OF, low + i] = found
        w.flags[Flag.LINKED, low + i] = found >= 0
        if found >= 0:
            looks_after[found] += 1


@compiled
def messenger_key(w: World, c: int, kind: int, i: int, degree: int) -> float:
    """Sort key for choosing messengers: the smallest are chosen. kind : a `Messenger`; degree : number of ties"""
    k = w.compounds[c]
    r = k.start + i
    u = uniform(k.seed, k.number, i, BEFORE, Purpose.MESSENGER)
    if kind == Messenger.HUBS:
        return u - degree
    if kind == Messenger.PARTY:
        return u + (1.0 if w.flags[Flag.PARTY, r] == Party.NONE else 0.0)
    if kind == Messenger.ELDERS:
        return u + (1.0 if w.flags[Flag.ELDER, r] == 0 else 0.0)
    if kind == Messenger.CLUSTERED:
        first = uniform(k.seed, k.number, w.wholes[Whole.STAIRWELL, r], BEFORE, Purpose.NOMINATION)
        return first + u * 1e-6  # stairwell by stairwell, random order within one
    return u


@compiled
def nominate(w: World, c: int, keys: np.ndarray, n: int, starts: np.ndarray, stops: np.ndarray) -> None:
    """Put first those whom random residents name as a friend (Kim et al. 2015).

    In the order of `keys`, each household names one tie at random; the named get keys below 0, the first named lowest.
    """
    k = w.compounds[c]
    order = in_order(keys, n, w.lists[Listed.ENDS], w.lists[Listed.ORDER])
    for q in range(n):
        i = order[q]
        degree = stops[i] - starts[i]
        if degree > 0:
            u = uniform(k.seed, k.number, i, BEFORE, Purpose.NOMINATION)
            named = w.ties[starts[i] + int(u * degree)]
            keys[named] = min(keys[named], q / n - 1.0)
