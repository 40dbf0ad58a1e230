"""Consultation over the plan: line 4 of the weekly schedule.

Simple until the menu is modelled in full: twelve items without individual cost, of which the standard plan
holds a few; the budget allows five more. A round collects suggestions, adopts the most wanted and publishes;
a round in which the plan is already full changes neither fairness nor trust.
"""

import numpy as np

from agents.resident import attention, fairness_after_round, update_trust
from agents.street_office import suggestions_to_adopt
from model.compilation import compiled
from model.instruments import Instrument
from model.randomness import Purpose, uniform
from model.state import N_ITEMS, Flag, Real, Record, World

#: Items the budget allows beyond the standard plan: judgement, grade C.
EXTRA_ITEMS = 5


@compiled
def is_adopted(adopted: int, item: int) -> bool:
    """Whether the plan, a set of items held as bits, contains the item."""
    return (adopted >> item) & 1 == 1


@compiled
def items_held(adopted: int) -> int:
    """How many items the plan contains."""
    held = 0
    for item in range(N_ITEMS):
        if is_adopted(adopted, item):
            held += 1
    return held


@compiled
def budget_items(p: Record) -> int:
    """How many items the plan may contain."""
    return int(p.menu_items_adopted_by_default) + EXTRA_ITEMS


@compiled
def update_fit(w: World, c: int) -> None:
    """Each household's fit: the share of its wishes that the plan meets, in [0, 1]."""
    k = w.compounds[c]
    for r in range(k.start, k.stop):
        fit = 0.0
        for item in range(N_ITEMS):
            if is_adopted(k.adopted, item):
                fit += w.preferences[item, r]
        w.reals[Real.FIT, r] = fit


@compiled
def draw_suggestion(w: World, c: int, r: int, u: float) -> int:
    """The item a household asks for, by its own wishes among items not in the plan; −1 if none is left."""
    k = w.compounds[c]
    total = 0.0
    for item in range(N_ITEMS):
        if not is_adopted(k.adopted, item):
            total += w.preferences[item, r]
    if total == 0.0:
        return -1
    left = u * total
    last = -1
    for item in range(N_ITEMS):
        if not is_adopted(k.adopted, item):
            last = item
            left -= w.preferences[item, r]
            if left <= 0.0:
                return item
    return last


@compiled
def deliberate(w: World, c: int, week: int) -> None:
    """Collect suggestions, adopt items, publish; plan and fit change. Only in weeks with a meeting."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    if k.meeting_now == 0:
        return
    low, high = k.start, k.stop
    wanted = np.zeros(N_ITEMS, np.int64)
    made = 0
    for i in range(high - low):
        r = low + i
        chance = 0.0
        if w.flags[Flag.ATTENDED, r] == 1:
            chance = p.suggest_attending
        elif w.flags[Flag.VISITED, r] == 1:
            chance = p.suggest_visited
        if chance > 0.0 and uniform(k.seed, k.number, i, week, Purpose.SUGGEST) < chance:
            item = draw_suggestion(w, c, r, uniform(k.seed, k.number, i, week, Purpose.SUGGEST_ITEM))
            if item >= 0:
                wanted[item] += 1
                made += 1
    k.rounds_done += 1
    if made == 0:
        return
    full = items_held(k.adopted) >= budget_items(p)
    k.suggestions += made
    taken = adopt_most_wanted(w, c, wanted)
    k.suggestions_adopted += taken
    update_fit(w, c)
    if full:
        return
    response = taken / made
    for r in range(low, high):
        heard = attention(w.flags[Flag.ATTENDED, r], now[Instrument.DISCLOSURE], p)
        w.reals[Real.FAIRNESS, r] = fairness_after_round(w.reals[Real.FAIRNESS, r], response, heard, p)
        surprise = heard * (response - p.expected_responsiveness)
        w.reals[Real.TRUST_OFFICE, r] = update_trust(w.reals[Real.TRUST_OFFICE, r], surprise, p)


@compiled
def adopt_most_wanted(w: World, c: int, wanted: np.ndarray) -> int:
    """Adopt items in order of wishes while readiness and budget last; returns the suggestions this answers."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    held = items_held(k.adopted)
    ready = suggestions_to_adopt(now[Instrument.CONSULTATION], k.suggestions, k.suggestions_adopted)
    taken = 0
    while held < budget_items(p):
        best = -1
        for item in range(N_ITEMS):
            if not is_adopted(k.adopted, item) and wanted[item] > 0:
                fits = wanted[item] <= ready - taken
                if fits and (best < 0 or wanted[item] > wanted[best]):
                    best = item
        if best < 0:
            break
        k.adopted = k.adopted | (1 << best)
        taken += wanted[best]
        held += 1
    return taken
