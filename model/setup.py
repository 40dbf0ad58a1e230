"""Set up a compound before the first week: households, institutions, messengers, first opinions."""

import numpy as np

from agents.categories import Beginning, ManagementBefore, Messenger, PioneerGroup
from compiling.compiled import compiled, inlined
from compiling.exact import clip, standard_normal
from model.instruments import Instrument
from model.week.deliberation import expect_costs, update_fit
from model.week.mobilisation import scripted_events
from model.week.opinion import form_utilities
from model.week.works import nuisance_level
from model.world.network import stairwell_of
from model.world.ordering import in_order, smallest
from model.world.population import draw_households, place_households
from model.world.randomness import BEFORE, COMPOUND, Purpose, beta_quantiles, draw_all, interpolate, uniform
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
        draw_households(w, c)
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
    k, p = w.compounds[c], w.parameters[c]
    low, high = k.start, k.stop
    scripted_events(w, c, -1)  # before week 0: no instrument is in force
    k.nuisance = nuisance_level(w, c)
    update_fit(w, c)
    expect_costs(w, c)
    choose_messengers(w, c)
    trust_households(w, c, d)
    begin_payment(w, c)
    choose_active(w, c)
    utility, luck = w.utility[low:high], w.scratch[Scratch.LUCK, : high - low]
    form_utilities(w, c, 0, high - low, utility)
    draw_all(k.seed, k.number, BEFORE, Purpose.FIRST_SUPPORT, luck)
    support, first = w.reals[Real.SUPPORT, low:high], w.reals[Real.FIRST_SUPPORT, low:high]
    voiced, social = w.reals[Real.VOICED, low:high], w.reals[Real.SOCIAL, low:high]
    for i in range(high - low):
        support[i] = clip(utility[i] + p.initial_support_sd * standard_normal(luck[i]), -1.0, 1.0)
        first[i] = support[i]
        voiced[i] = support[i]
        social[i] = support[i]


@compiled
def trust_households(w: World, c: int, d: Record) -> None:
    """Draw every household's trust in the office and in the company; all begin with neutral fairness."""
    k, s = w.compounds[c], w.settings[c]
    low, n = k.start, k.stop - k.start
    luck, fairness = w.scratch[Scratch.LUCK, :n], w.reals[Real.FAIRNESS, low : low + n]
    for column, purpose, mean in (
        (Real.TRUST_OFFICE + 0, Purpose.TRUST_OFFICE + 0, d.trust_office),
        (Real.TRUST_COMPANY + 0, Purpose.TRUST_COMPANY + 0, s.trust_company),
    ):
        draw_all(k.seed, k.number, BEFORE, purpose, luck)
        trust = w.reals[column, low : low + n]
        for i in range(n):
            trust[i] = clip(interpolate(_TRUST_SHAPE, luck[i]) + mean - _TRUST_MEAN, 0.0, 1.0)
    for i in range(n):
        fairness[i] = 0.5


@compiled
def begin_payment(w: World, c: int) -> None:
    """Draw who has the habit of paying, and set what all believe of others' payment."""
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    low, n = k.start, k.stop - k.start
    luck = w.scratch[Scratch.LUCK, :n]
    habit, belief = w.reals[Real.HABIT, low : low + n], w.reals[Real.BELIEF, low : low + n]
    draw_all(k.seed, k.number, BEFORE, Purpose.PAYS_AT_FIRST, luck)
    paying = s.payment_before if k.company_present == 1 else 0.0
    believed = s.payment_before if k.company_present == 1 else p.belief_without_company
    for i in range(n):
        habit[i] = 0.8 if luck[i] < paying else 0.0
        belief[i] = believed


@compiled
def choose_active(w: World, c: int) -> None:
    """Draw the willing pioneers, the volunteers and the members of activity groups."""
    k, p, instruments = w.compounds[c], w.parameters[c], w.instruments[c]
    low, n = k.start, k.stop - k.start
    luck, tenure = w.scratch[Scratch.LUCK, :n], w.flags[Flag.TENURE, low : low + n]
    pioneer, volunteer = w.flags[Flag.PIONEER, low : low + n], w.flags[Flag.VOLUNTEER, low : low + n]
    in_activity = w.flags[Flag.IN_ACTIVITY, low : low + n]
    draw_all(k.seed, k.number, BEFORE, Purpose.PIONEER, luck)
    for i in range(n):
        pioneer[i] = luck[i] < pioneer_chance(w, c, low + i)
    draw_all(k.seed, k.number, BEFORE, Purpose.VOLUNTEER, luck)
    share = p.volunteer_share * instruments[Instrument.VOLUNTEERING].intensity
    for i in range(n):
        volunteer[i] = np.uint8(tenure[i] == Tenure.OWNER_OCCUPIED) & np.uint8(luck[i] < share)
        k.n_volunteers += volunteer[i]
    draw_all(k.seed, k.number, BEFORE, Purpose.ACTIVITY, luck)
    share = p.activity_share * instruments[Instrument.ACTIVITY_GROUPS].intensity
    for i in range(n):
        in_activity[i] = luck[i] < share


@inlined
def pioneer_chance(w: World, c: int, r: int) -> float:
    """The chance that the household in row `r` is a willing pioneer: 0 but for owner-occupiers of the group asked."""
    use = w.instruments[c, Instrument.PIONEERS]
    share, group = use.intensity, use.choice
    if w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED:
        return 0.0
    if group == PioneerGroup.PARTY and w.flags[Flag.PARTY, r] == Party.NONE:
        return 0.0
    if group == PioneerGroup.ACTIVISTS and w.flags[Flag.ACTIVIST, r] == 0:
        return 0.0
    if group == PioneerGroup.ANY:
        share *= w.parameters[c].pioneer_share_of_all
    return share


@compiled
def choose_messengers(w: World, c: int) -> None:
    """Choose messengers, and mark as linked every household that one of them looks after."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    use = w.instruments[c, Instrument.MESSENGERS]
    wanted = int(w.parameters[c].messenger_share * use.intensity * n + 0.5)
    if wanted == 0:
        return
    kind = use.choice
    starts, stops = w.tie_start[k.tie_offset : k.tie_offset + n], w.tie_stop[k.tie_offset : k.tie_offset + n]
    keys = w.scratch[Scratch.KEYS, :n]
    draw_all(k.seed, k.number, BEFORE, Purpose.MESSENGER, keys)
    for i in range(n):
        keys[i] = messenger_key(w, c, kind, i, stops[i] - starts[i], keys[i])
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
    keys, looks_after = w.scratch[Scratch.KEYS, :n], np.zeros(n, np.int64)
    draw_all(k.seed, k.number, BEFORE, Purpose.MESSENGER_TURN, keys)
    luck = w.scratch[Scratch.LUCK, :n]
    draw_all(k.seed, k.number, BEFORE, Purpose.KNOWS_MESSENGER, luck)
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
        if found < 0 and luck[i] < p.messenger_stairwell:
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
def messenger_key(w: World, c: int, kind: int, i: int, degree: int, u: float) -> float:
    """Sort key for choosing messengers: the smallest are chosen.

    kind : a `Messenger`; degree : number of ties; u : its draw for MESSENGER
    """
    k = w.compounds[c]
    r = k.start + i
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
    order, luck = in_order(keys, n, w.lists[Listed.ENDS], w.lists[Listed.ORDER]), w.scratch[Scratch.LUCK, :n]
    draw_all(k.seed, k.number, BEFORE, Purpose.NOMINATION, luck)
    for q in range(n):
        i = order[q]
        degree = stops[i] - starts[i]
        if degree > 0:
            named = w.ties[starts[i] + int(luck[i] * degree)]
            keys[named] = min(keys[named], q / n - 1.0)
