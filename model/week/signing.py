"""Signing, withdrawing and removing structures: line 7 of the weekly schedule."""

import numpy as np

from agents.rules.resident import (
    others_removed,
    p_remove,
    p_sign,
    p_withdraw,
    refusals_count,
    refusals_of_withdrawing,
    removal_thinkable,
    resentment_after_signing,
    structure_loss,
    trust_after_proxy,
)
from compiling.compiled import compiled, held, inlined
from model.instruments import Instrument
from model.week.mobilisation import remove_structure
from model.week.news import neighbours_signed, news_of, refusals_since
from model.week.opinion import group_counts
from model.week.side_by_side import draw_in_week
from model.world.ordering import in_order, marked
from model.world.randomness import Purpose, uniform
from model.world.state import Flag, Listed, Real, Scratch, Stage, Tenure, Whole, World


@compiled
def sign_and_withdraw(w: World, c: int, week: int) -> None:
    """Asked households sign in random order, each seeing those before; then removal, proxies and withdrawal."""
    k = w.compounds[c]
    if k.stage > Stage.WORKS:
        return
    low, high = k.start, k.stop
    n = high - low
    removing = w.now[c, Instrument.REMOVAL_FIRST] > 0.0 and k.stage <= Stage.REMOVAL
    asked, signs = w.flags[Flag.ASKED, low:high], w.flags[Flag.SIGNED, low:high]
    proxied = w.flags[Flag.PROXIED, low:high]
    deciding = w.marks[:n]
    for i in range(n):
        # who has signed for itself has nothing to sign, and needs a place in the order only to remove something
        deciding[i] = asked[i] & (np.uint8(removing) | np.uint8(signs[i] == 0) | proxied[i])
    rows = marked(deciding, w.lists[Listed.ROWS])
    m = rows.size
    keys, luck = w.scratch[Scratch.KEYS, :m], w.scratch[Scratch.LUCK, :m]
    draw_in_week(w, c, week, Purpose.SIGN_ORDER, rows, keys)
    draw_in_week(w, c, week, Purpose.SIGN, rows, luck)
    size = w.scratch[Scratch.GROUP_SIZE, : k.n_stairwells]
    signed = w.scratch[Scratch.GROUP_MARKED, : k.n_stairwells]
    group_counts(signs, w.wholes[Whole.STAIRWELL, low:high], size, signed)
    order = in_order(keys, m, w.lists[Listed.ENDS], w.lists[Listed.ORDER])
    for q in range(m):
        consider_signing(w, c, week, rows[order[q]], luck[order[q]], size, signed)
    if removing:
        removed_share = removed_so_far(w, c)
        for q in range(m):
            consider_removing(w, c, week, rows[order[q]], removed_share)
    if w.now[c, Instrument.PROXY_SIGNING] > 0.0 and k.mobilising == 1:
        sign_by_proxy(w, c, week, signed)
    chances = w.scratch[Scratch.CHANCE, :n]
    weigh_withdrawing(w, c, week, note_plan(w, c), chances)
    for i in range(n):
        deciding[i] = signs[i] & (proxied[i] | np.uint8(chances[i] > 0.0))
    rows = marked(deciding, w.lists[Listed.ROWS])
    luck = w.scratch[Scratch.LUCK, : rows.size]
    draw_in_week(w, c, week, Purpose.WITHDRAW, rows, luck)
    for q in range(rows.size):
        consider_withdrawing(w, c, week, rows[q], chances[rows[q]], luck[q], size, signed)


@inlined
def consider_signing(
    w: World, c: int, week: int, i: int, luck: float, size: np.ndarray, signed: np.ndarray
) -> None:
    """One asked household decides whether to sign.

    luck : its draw for SIGN; size, signed : counts by stairwell; `signed` is kept up to date
    """
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    r = k.start + i
    if w.flags[Flag.SIGNED, r] == 1 and w.flags[Flag.PROXIED, r] == 0:
        return
    stairwell = w.wholes[Whole.STAIRWELL, r]
    in_stairwell = signed[stairwell] / size[stairwell]
    neighbours = neighbours_signed(w, c, i, in_stairwell)
    known = news_of(w, c, i, neighbours)
    refusals = refusals_since(w, c, i, known)
    chance = p_sign(
        w.reals[Real.SUPPORT, r],
        w.reals[Real.CONFORMITY, r],
        neighbours,
        w.reals[Real.PRESSURE, r],
        w.reals[Real.DISPOSITION, r],
        refusals,
        p,
    )
    if luck < chance:
        signed[stairwell] += 1.0 - w.flags[Flag.SIGNED, r]  # a proxy is counted already
        pledges = uniform(k.seed, k.number, i, week, Purpose.PLEDGE) < now[Instrument.FEE_PLEDGE]
        book_signature(w, r, pledges)
        w.reals[Real.RESENTMENT, r] = resentment_after_signing(
            w.reals[Real.RESENTMENT, r], w.reals[Real.SUPPORT, r], w.reals[Real.PRESSURE, r], p
        )
    else:
        book_refusal(w, c, i, known, 1)


@inlined
def book_signature(w: World, r: int, pledges: bool) -> None:
    """Book a household's own signature, which replaces a proxy."""
    w.flags[Flag.SIGNED, r] = 1
    w.flags[Flag.PROXIED, r] = 0
    w.flags[Flag.PLEDGED, r] = pledges


@compiled
def book_refusal(w: World, c: int, i: int, known: int, times: int) -> None:
    """A household has refused. known : what it knows, of `news_of`; times : refusals this counts for, 0 and up"""
    if times == 0 or not refusals_count(w.parameters[c]):
        return
    r = w.compounds[c].start + i
    before = w.wholes[Whole.REFUSALS, r] if w.wholes[Whole.NEWS, r] == known else 0
    w.wholes[Whole.REFUSALS, r] = before + times
    w.wholes[Whole.NEWS, r] = known


@compiled
def removed_so_far(w: World, c: int) -> float:
    """Share of the compound's structures removed so far, in [0, 1]; 0 where there were none."""
    k = w.compounds[c]
    gone, removed = np.int64(0), w.flags[Flag.REMOVED, k.start : k.stop]
    for i in range(removed.size):
        gone += np.int64(removed[i])
    return gone / k.n_structures if k.n_structures > 0 else 0.0


@inlined
def consider_removing(w: World, c: int, week: int, i: int, removed_share: float) -> None:
    """One asked household decides whether to remove its structure. removed_share : before this week's removals"""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    r = k.start + i
    if w.reals[Real.STRUCTURE, r] == 0.0 or w.flags[Flag.REMOVED, r] == 1:
        return
    compliant, holders, removed = 0.0, 0.0, 0.0
    for e in range(w.tie_start[k.tie_offset + i], w.tie_stop[k.tie_offset + i]):
        other = k.start + w.ties[e]
        if w.reals[Real.STRUCTURE, other] > 0.0:
            holders += 1.0
            removed += np.float64(w.flags[Flag.REMOVED, other])
        if w.flags[Flag.REMOVED, other] == 1 or w.flags[Flag.ACTED_FIRST, other] == 1:
            compliant += 1.0
    ledger = now[Instrument.REMOVAL_LEDGER]
    if not removal_thinkable(compliant, w.flags[Flag.EXAMPLE, r], ledger, removed_share, p):
        return
    # without such a tie, the share that pulls neither way
    neighbours = removed / holders if holders > 0.0 else p.sign_social_reference
    neighbours = others_removed(neighbours, ledger, removed_share)
    loss = structure_loss(w.reals[Real.STRUCTURE, r], 0.0, w.reals[Real.MADE_GOOD, r], p)
    chance = p_remove(w.reals[Real.SUPPORT, r], w.reals[Real.CONFORMITY, r], neighbours, loss, p)
    chance *= now[Instrument.REMOVAL_FIRST]
    if uniform(k.seed, k.number, i, week, Purpose.REMOVE) < chance:
        remove_structure(w, c, r)


@compiled
def sign_by_proxy(w: World, c: int, week: int, signed: np.ndarray) -> None:
    """Others sign for absentees (代签): counts in headline consent, never in valid consent.

    Unlawful: without authority it binds nobody unless ratified (Civil Code art. 171).
    signed : signatures by stairwell, kept up to date
    """
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    for i in range(k.stop - k.start):
        r = k.start + i
        if w.flags[Flag.SIGNED, r] == 0 and w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED:
            chance = p.proxy_rate * now[Instrument.PROXY_SIGNING]
            if uniform(k.seed, k.number, i, week, Purpose.PROXY) < chance:
                book_proxy(w, r)
                signed[w.wholes[Whole.STAIRWELL, r]] += 1.0


@inlined
def book_proxy(w: World, r: int) -> None:
    """Book a signature that another gave for a household."""
    w.flags[Flag.SIGNED, r] = 1
    w.flags[Flag.PROXIED, r] = 1


@compiled
def note_plan(w: World, c: int) -> bool:
    """Remember the plan that signatures stand for; returns whether it is another than last week."""
    k = w.compounds[c]
    changed = k.plan_seen != k.adopted
    k.plan_seen = k.adopted
    return changed


@compiled
def weigh_withdrawing(w: World, c: int, week: int, plan_changed: bool, chances: np.ndarray) -> None:
    """The chance that a household withdraws this week if it has signed, of every household into `chances`."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    support, pressure = w.reals[Real.SUPPORT, low:high], w.reals[Real.PRESSURE, low:high]
    resentment = w.reals[Real.RESENTMENT, low:high]
    # works begin after signing, in line 8: last week's start makes this their first week here
    opening = 1.0 if k.stage == Stage.WORKS and k.stage_week == week - 1 else 0.0
    for i in range(high - low):
        chances[i] = p_withdraw(support[i], pressure[i], resentment[i], opening, plan_changed, p)


@inlined
def consider_withdrawing(
    w: World, c: int, week: int, i: int, chance: float, luck: float, size: np.ndarray, signed: np.ndarray
) -> None:
    """A signer decides whether to withdraw; one signed for by another may discover and strike the proxy.

    chance : of withdrawing
    luck : its draw for WITHDRAW
    size, signed : counts by stairwell; `signed` is kept up to date
    """
    k, p = w.compounds[c], w.parameters[c]
    r = k.start + i
    stairwell = w.wholes[Whole.STAIRWELL, r]
    if w.flags[Flag.PROXIED, r] == 1:
        if uniform(k.seed, k.number, i, week, Purpose.DISCOVER) < p.proxy_discovery:
            w.reals[Real.TRUST_OFFICE, r] = trust_after_proxy(w.reals[Real.TRUST_OFFICE, r], p)
            strike_signature(w, c, r)
            signed[stairwell] -= 1.0
        return
    if luck < chance:
        strike_signature(w, c, r)
        signed[stairwell] -= 1.0
        neighbours = neighbours_signed(w, c, i, signed[stairwell] / size[stairwell])
        book_refusal(w, c, i, news_of(w, c, i, neighbours), refusals_of_withdrawing(p))


@compiled
def strike_signature(w: World, c: int, r: int) -> None:
    """Undo a signature and the pledge given with it, and count a withdrawal."""
    w.flags[Flag.SIGNED, r] = 0
    w.flags[Flag.PROXIED, r] = 0
    w.flags[Flag.PLEDGED, r] = 0
    w.compounds[c].withdrawals += 1
