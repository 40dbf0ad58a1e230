"""Deliberation over the menu: line 4 of the weekly schedule.

While a consultation runs, whoever comes to a meeting or is visited may make a suggestion; a meeting closes the
round: the office adopts items, publishes the result, and is judged by the share of suggestions it has adopted. Once
no round is left, or where there are none, the rest of the budget is spent in the plan stage.
"""

from agents.categories import Consultation
from agents.rules.resident import attention, fairness_after_round, response_felt, update_trust
from agents.rules.street_office import favour, is_near_enough, suggestions_to_adopt
from compiling.compiled import compiled, inlined
from compiling.exact import clip
from model.instruments import Instrument
from model.menu import ITEM_SHOW, N_ITEMS
from model.week.finance import affordable, burdens, is_adopted, is_planned, suggestions_are_taken
from model.week.side_by_side import draw_in_week
from model.world.ordering import marked
from model.world.randomness import Purpose, uniform
from model.world.state import Flag, Listed, Real, Scratch, Stage, Whole, World


@compiled
def items_held(adopted: int) -> int:
    """How many items the plan contains."""
    held = 0
    while adopted != 0:  # a step for each bit that is set, which compilers know as one instruction
        adopted &= adopted - 1
        held += 1
    return held


@compiled
def update_fit(w: World, c: int) -> None:
    """Set each household's fit: the share of its wishes that the plan meets, in [0, 1].

    While the plan is open, households expect the money left to meet the same part of every other wish.
    """
    k = w.compounds[c]
    n = k.stop - k.start
    expected = expected_share(w, c) if k.plan_closed == 0 else 0.0
    met, unmet, fit = w.scratch[Scratch.MET, :n], w.scratch[Scratch.UNMET, :n], w.reals[Real.FIT]
    for i in range(n):
        met[i], unmet[i] = 0.0, 0.0
    for item in range(N_ITEMS):
        wishes, into = w.preferences[item, k.start : k.stop], met if is_adopted(k.adopted, item) else unmet
        for i in range(n):
            into[i] += wishes[i]
    for i in range(n):
        fit[k.start + i] = met[i] + expected * unmet[i]


@compiled
def expected_share(w: World, c: int) -> float:
    """Part of the items not in the plan that the public money left would pay for, in [0, 1]."""
    k, s = w.compounds[c], w.settings[c]
    _, _, spent = burdens(w, c, k.adopted)
    _, _, everything = burdens(w, c, (1 << N_ITEMS) - 1)
    left = s.works_yuan_per_m2 - spent
    return clip(left / (everything - spent), 0.0, 1.0) if everything > spent else 0.0


@compiled
def expect_costs(w: World, c: int) -> None:
    """Set each household's own cost, in months of its income, by this week's plan and sources of money."""
    k, s = w.compounds[c], w.settings[c]
    _, residents, _ = burdens(w, c, k.adopted)
    if residents == k.own_yuan_per_m2:  # unchanged since last computed
        return
    k.own_yuan_per_m2 = residents
    for r in range(k.start, k.stop):
        yuan = residents * w.wholes[Whole.AREA, r] / 100.0
        w.reals[Real.OWN_COST, r] = yuan / (s.income_yuan_per_month * w.reals[Real.INCOME, r])


@compiled
def draw_suggestion(w: World, c: int, r: int, u: float) -> int:
    """An item not in the plan, drawn in proportion to the household's wishes; −1 if none is left. u : uniform draw"""
    k = w.compounds[c]
    total = 0.0
    for item in range(N_ITEMS):
        if not is_adopted(k.adopted, item):
            total += w.preferences[item, r]
    left = u * total
    last = -1
    for item in range(N_ITEMS):
        if not is_adopted(k.adopted, item):
            last = item
            left -= w.preferences[item, r]
            if left <= 0.0:
                return item
    return last  # rounding may leave a rest above 0


@compiled
def first_wish(w: World, c: int, r: int) -> int:
    """The item a household wants most among those not in the plan; −1 if none is left."""
    k = w.compounds[c]
    best = -1
    for item in range(N_ITEMS):
        if not is_adopted(k.adopted, item):
            if best < 0 or w.preferences[item, r] > w.preferences[best, r]:
                best = item
    return best


@compiled
def deliberate(w: World, c: int, week: int) -> None:
    """Collect suggestions; at a meeting close the round; close the plan when due; set what it costs households."""
    k = w.compounds[c]
    if suggestions_are_taken(w, c):
        collect_suggestions(w, c, week)
    if k.meeting_now == 1:
        close_round(w, c)
    if k.stage == Stage.PLAN and k.plan_closed == 0 and is_planned(w, c):
        complete_plan(w, c)
    if k.stage <= Stage.REMOVAL:
        expect_costs(w, c)


@compiled
def collect_suggestions(w: World, c: int, week: int) -> None:
    """Households that attended or were visited may ask for one item that is not in the plan."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    menu = now[Instrument.MENU_CHOICE]
    attended, visited = w.flags[Flag.ATTENDED, k.start : k.stop], w.flags[Flag.VISITED, k.start : k.stop]
    met = w.marks[: attended.size]
    for i in range(attended.size):
        met[i] = attended[i] | visited[i]
    rows = marked(met, w.lists[Listed.ROWS])
    luck = w.scratch[Scratch.LUCK, : rows.size]
    draw_in_week(w, c, week, Purpose.SUGGEST, rows, luck)
    for q in range(rows.size):
        i = rows[q]
        r = k.start + i
        chance = p.suggest_attending if attended[i] == 1 else p.suggest_visited
        if luck[q] < chance * (1.0 + p.menu_suggest * menu):
            if menu > 0.0 and uniform(k.seed, k.number, i, week, Purpose.MENU_TICKS) < menu:
                item = first_wish(w, c, r)
            else:
                item = draw_suggestion(w, c, r, uniform(k.seed, k.number, i, week, Purpose.SUGGEST_ITEM))
            if item >= 0:
                note_suggestion(w, c, r, item)


@inlined
def note_suggestion(w: World, c: int, r: int, item: int) -> None:
    """Count a household's suggestion of an item."""
    k = w.compounds[c]
    k.wanted[item] += 1
    k.suggestions_round += 1
    k.suggestions += 1
    w.wholes[Whole.N_VOICED, r] += 1


@compiled
def close_round(w: World, c: int) -> None:
    """A meeting closes a round: the office adopts items, and is judged by the share of all suggestions adopted.

    A round without new suggestions, or that no money was left for, is not judged.
    """
    k = w.compounds[c]
    k.rounds_done += 1  # first, since it releases budget for this round's items
    if k.suggestions_round == 0:
        return
    had_money = anything_affordable(w, c)
    if w.instruments[c, Instrument.CONSULTATION].choice == Consultation.TOKEN:
        taken = adopt_favourites(w, c)
    else:
        taken = adopt_most_wanted(w, c)
    book_round(w, c, taken)
    if had_money:
        judge_round(w, c)


@compiled
def book_round(w: World, c: int, taken: int) -> None:
    """Book a closed round. taken : suggestions that it has adopted"""
    k = w.compounds[c]
    k.suggestions_adopted += taken
    k.suggestions_round = 0
    update_fit(w, c)


@compiled
def judge_round(w: World, c: int) -> None:
    """Update fairness and trust in the office after a round, by the share of all suggestions so far adopted."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    response = response_felt(k.suggestions_adopted / k.suggestions, now[Instrument.FEEDBACK_LOOP], p)
    for r in range(k.start, k.stop):
        heard = attention(w.flags[Flag.ATTENDED, r], now[Instrument.DISCLOSURE], p)
        w.reals[Real.FAIRNESS, r] = fairness_after_round(w.reals[Real.FAIRNESS, r], response, heard, p)
        surprise = heard * (response - p.expected_responsiveness)
        w.reals[Real.TRUST_OFFICE, r] = update_trust(w.reals[Real.TRUST_OFFICE, r], surprise, p)


@compiled
def anything_affordable(w: World, c: int) -> bool:
    """Whether the budget pays for at least one more item."""
    for item in range(N_ITEMS):
        if affordable(w, c, item):
            return True
    return False


@compiled
def adopt_most_wanted(w: World, c: int) -> int:
    """Adopt the most wanted items the office is ready for and can afford; returns the suggestions this answers."""
    k, now = w.compounds[c], w.now[c]
    ready = suggestions_to_adopt(now[Instrument.CONSULTATION], k.suggestions, k.suggestions_adopted)
    taken = 0
    while True:
        best = -1
        for item in range(N_ITEMS):
            n = k.wanted[item]
            if n > 0 and (best < 0 or n > k.wanted[best]):
                if is_near_enough(n, ready - taken) and affordable(w, c, item):
                    best = item
        if best < 0:
            return taken
        k.adopted = k.adopted | (1 << best)
        taken += k.wanted[best]


@compiled
def adopt_favourites(w: World, c: int) -> int:
    """A token round: adopt what the office wanted anyway; returns the suggestions that happen to match."""
    k, p = w.compounds[c], w.parameters[c]
    taken = 0
    for _ in range(int(p.token_items)):
        best = -1
        for item in range(N_ITEMS):
            if (best < 0 or ITEM_SHOW[item] > ITEM_SHOW[best]) and affordable(w, c, item):
                best = item
        if best < 0:
            break
        k.adopted = k.adopted | (1 << best)
        taken += k.wanted[best]
    return taken


@compiled
def complete_plan(w: World, c: int) -> None:
    """Close the plan: adopt affordable items by `favour` until the budget is spent; no suggestion is answered by it."""
    k, now = w.compounds[c], w.now[c]
    most = 1  # at least, so that nothing is divided by 0
    for item in range(N_ITEMS):
        most = max(most, k.wanted[item])
    decide = now[Instrument.RESIDENTS_DECIDE]
    while True:
        best, highest = -1, 0.0
        for item in range(N_ITEMS):
            value = favour(ITEM_SHOW[item], k.wanted[item] / most, decide)
            if (best < 0 or value > highest) and affordable(w, c, item):
                best, highest = item, value
        if best < 0:
            break
        k.adopted = k.adopted | (1 << best)
    k.plan_closed = 1
    update_fit(w, c)
