"""Construction: line 9 of the weekly schedule. Progress, nuisance, complaints, reviews, ways round a flat, defects.

Items are built one after another in the order of the menu, each taking its share of the plan's cost in time.
"""

import numpy as np

from agents.rules.resident import (
    fairness_after_appeal,
    felt_nuisance,
    p_complain,
    p_contribute,
    trust_while_waiting,
)
from agents.rules.street_office import hours_needed
from compiling.compiled import compiled, held
from compiling.entries import apart
from compiling.exact import Coefficients, rule
from model.instruments import Instrument
from model.menu import ITEM_NUISANCE, ITEM_YUAN, N_ITEMS, RISERS
from model.week.finance import is_adopted
from model.week.lifts import build_lifts
from model.week.side_by_side import draw_in_week
from model.world.ordering import marked
from model.world.randomness import Purpose, four_uniforms, uniform
from model.world.state import Flag, Listed, Money, Real, Scratch, Stage, World

#: Nuisance of a usual plan, weighted by cost: the scale on which `expected_nuisance` is declared.
USUAL_NUISANCE = 0.5
#: Reviews take place at each third of the works.
REVIEWS = 3


@rule
def settled_share(mediation: float, branch: float, p: Coefficients) -> float:
    """Share of open complaints settled in a week, in [0, 1]; mediation, branch : intensities."""
    return min(
        p.complaint_resolution + p.mediation_resolution * mediation + p.branch_resolution * branch, 1.0
    )


@rule
def weekly_progress(
    open_complaints: float, n_households: float, weeks: float, branch: float, p: Coefficients
) -> float:
    """Share of the works done in a week, above 0: complaints slow it, less under a project branch.

    weeks : at full speed; branch : the project branch's intensity
    """
    delay = p.complaint_delay * (1.0 - p.branch_coordination * branch) * open_complaints / n_households
    return max(1.0 - delay, p.slowest_works) / weeks


@rule
def defective_share(supervision: float, third_party: float, integration: float, p: Coefficients) -> float:
    """Defective share of what is built this week, in [0, 1].

    supervision, third_party, integration : intensities of residents' and third-party supervision, and of
    build–manage integration; each supervisor finds a share of what the other leaves
    """
    missed = (1.0 - p.supervision_effect * supervision) * (1.0 - p.third_party_effect * third_party)
    return max(p.defect_rate * missed - p.integration_quality * integration, 0.0)


@rule
def defects_after_review(defects: float, review: float, p: Coefficients) -> float:
    """Defects left after residents and builders have gone through the works, in [0, 1]; review : its intensity."""
    return defects * (1.0 - p.review_repair * review)


@rule
def nuisance_felt_of(relative: float, mediation: float, once: float, p: Coefficients) -> float:
    """Nuisance of works after mitigation, 0 and up, before how one household feels it (`felt_nuisance`).

    relative : of what is built, 1 for a usual plan; mediation, once : intensities of mediation and of renovating once
    """
    mitigated = (1.0 - p.mitigation_effect * mediation) * (1.0 - p.renovate_once_nuisance * once)
    return p.expected_nuisance * relative * mitigated


@compiled
def nuisance_of_plan(adopted: int) -> float:
    """Nuisance of a plan as a whole, weighted by cost, relative to a usual plan."""
    total, weighted = 0.0, 0.0
    for item in range(N_ITEMS):
        if is_adopted(adopted, item):
            total += ITEM_YUAN[item]
            weighted += ITEM_YUAN[item] * ITEM_NUISANCE[item]
    return weighted / total / USUAL_NUISANCE if total > 0.0 else 0.0


@compiled
def item_under_way(adopted: int, progress: float) -> int:
    """The item that is being built at this progress; −1 for an empty plan."""
    total = 0.0
    for item in range(N_ITEMS):
        if is_adopted(adopted, item):
            total += ITEM_YUAN[item]
    done, last = 0.0, -1
    for item in range(N_ITEMS):
        if is_adopted(adopted, item):
            done += ITEM_YUAN[item]
            last = item
            if progress * total < done:
                return item
    return last


@compiled
def nuisance_level(w: World, c: int) -> float:
    """Nuisance expected before works, of the whole plan, or met during them, of what is being built; 0 and up."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    relative = nuisance_of_plan(k.adopted)
    if k.stage == Stage.WORKS:
        item = item_under_way(k.adopted, k.progress)
        relative = ITEM_NUISANCE[item] / USUAL_NUISANCE if item >= 0 else 0.0
    return nuisance_felt_of(relative, now[Instrument.MEDIATION], now[Instrument.RENOVATE_ONCE], p)


@compiled
def appeal_for_stairwells(w: World, c: int, week: int) -> None:
    """Ask every household for money for its stairwell (楼道众筹), to be spent there on top of the plan."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    for i in range(k.stop - k.start):
        r = k.start + i
        chance = p_contribute(w.reals[Real.SUPPORT, r], w.reals[Real.INCOME, r], p)
        chance *= now[Instrument.CROWDFUNDING]
        if uniform(k.seed, k.number, i, week, Purpose.CONTRIBUTE) < chance:
            book_contribution(w, c, r)
        else:
            w.reals[Real.FAIRNESS, r] = fairness_after_appeal(
                w.reals[Real.FAIRNESS, r], w.reals[Real.INCOME, r], p
            )


@compiled
def book_contribution(w: World, c: int, r: int) -> None:
    """Book a household's contribution, which pays for works beyond the contract."""
    k = w.compounds[c]
    fen = int(w.parameters[c].contribution_yuan * 100.0 + 0.5)
    w.flags[Flag.CONTRIBUTED, r] = 1
    w.money[Money.WORKS_PAID, r] += fen
    k.works_contributed += fen
    k.works_received += fen
    k.works_cost += fen


@apart
def construct(w: World, c: int, week: int) -> None:
    """Build lifts and vote on new ones, set nuisance, handle complaints, and advance and review the works."""
    k = w.compounds[c]
    build_lifts(w, c, week)
    update_nuisance(w, c)
    # in acceptance nuisance is 0: old complaints are settled, none is made
    if k.stage == Stage.WORKS or k.stage == Stage.ACCEPTANCE:
        complain(w, c, week)
    if k.stage == Stage.WORKS:
        find_ways_round(w, c, week)
        build(w, c)
        while review_due(w, c):  # short works may pass two thirds in one week
            review_works(w, c, week)


@compiled
def update_nuisance(w: World, c: int) -> None:
    """Set the nuisance expected before the works or met during them; the inspection ends it."""
    if w.compounds[c].stage <= Stage.WORKS:
        w.compounds[c].nuisance = nuisance_level(w, c)


@compiled
def build(w: World, c: int) -> None:
    """A week of works: progress, defects, and what third-party supervision takes."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    before = k.progress
    branch = now[Instrument.PROJECT_BRANCH]
    done = weekly_progress(k.open_complaints, k.stop - k.start, k.works_weeks, branch, p)
    k.progress = min(before + done, 1.0)
    share = defective_share(
        now[Instrument.SUPERVISION_TEAM],
        now[Instrument.THIRD_PARTY_SUPERVISION],
        now[Instrument.BUILD_MANAGE_INTEGRATION],
        p,
    )
    k.defects += share * (k.progress - before)
    pay_third_party(w, c, k.progress - before)


@compiled
def complain(w: World, c: int, week: int) -> None:
    """Settle open complaints by chance, or lower trust while they stay open; other households may complain."""
    k, p, now = w.compounds[c], held(w.parameters[c]), w.now[c]
    low, high = k.start, k.stop
    settled = settled_share(now[Instrument.MEDIATION], now[Instrument.PROJECT_BRANCH], p)
    complaining, elder = w.flags[Flag.COMPLAINING, low:high], w.flags[Flag.ELDER, low:high]
    trust, nuisance = w.reals[Real.TRUST_OFFICE, low:high], k.nuisance
    begins, ends = w.scratch[Scratch.LUCK, : high - low], w.scratch[Scratch.OTHER_LUCK, : high - low]
    for i in range(high - low):
        # one call of the generator: WITHDRAW, COMPLAIN, SETTLE, PROXY
        _, begins[i], ends[i], _ = four_uniforms(k.seed, k.number, i, week, Purpose.WITHDRAW)
    for i in range(high - low):
        waits = complaining[i] * np.float64(ends[i] >= settled)
        chance = p_complain(felt_nuisance(nuisance, elder[i], p), p)
        begins[i] = np.float64(begins[i] < chance) * (1.0 - complaining[i])
        ends[i] = waits
        trust[i] = trust_while_waiting(trust[i], p) if waits > 0.0 else np.float64(trust[i])
    new = still_open = np.int64(0)
    for i in range(high - low):
        complaining[i] = np.uint8(begins[i] + ends[i])
        new += np.int64(begins[i])
        still_open += complaining[i]
    book_complaints(w, c, int(new), int(still_open))


@compiled
def book_complaints(w: World, c: int, new: int, still_open: int) -> None:
    """Count the complaints of the week. new : made this week; still_open : not settled, new ones included"""
    k = w.compounds[c]
    k.complaints += new
    k.open_complaints = still_open
    k.complaint_weeks += still_open


@compiled
def pay_third_party(w: World, c: int, built: float) -> None:
    """Pay third-party supervision for what was built this week. built : share of the works"""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    fee = p.third_party_share * now[Instrument.THIRD_PARTY_SUPERVISION] * built
    fen = int(fee * k.works_cost + 0.5)
    k.third_party_cost += fen
    k.public_spending += fen


@compiled
def find_ways_round(w: World, c: int, week: int) -> None:
    """Try to route the riser around each non-signing flat that has a plan of its own (一户一策)."""
    k, p = w.compounds[c], w.parameters[c]
    signed, proxied = w.flags[Flag.SIGNED, k.start : k.stop], w.flags[Flag.PROXIED, k.start : k.stop]
    around = w.flags[Flag.DESIGNED_AROUND, k.start : k.stop]
    made_good = w.reals[Real.MADE_GOOD, k.start : k.stop]
    tried = w.marks[: signed.size]
    for i in range(signed.size):
        refuses = np.uint8(signed[i] == 0) | proxied[i]
        tried[i] = refuses & np.uint8(around[i] == 0) & np.uint8(made_good[i] > 0.0)
    rows = marked(tried, w.lists[Listed.ROWS])
    luck = w.scratch[Scratch.LUCK, : rows.size]
    draw_in_week(w, c, week, Purpose.DESIGN_AROUND, rows, luck)
    for q in range(rows.size):
        if luck[q] < p.design_around * made_good[rows[q]]:
            around[rows[q]] = 1


@compiled
def review_due(w: World, c: int) -> bool:
    """Whether the works have reached the next third, at which they are reviewed."""
    k, now = w.compounds[c], w.now[c]
    if now[Instrument.STAGE_REVIEW] == 0.0 or k.reviews_done >= REVIEWS:
        return False
    return k.progress >= (k.reviews_done + 1.0) / REVIEWS - 1e-9  # a sum of weekly shares, rounded


@compiled
def review_works(w: World, c: int, week: int) -> None:
    """Residents and builders review the works (阶段复盘): some defects are mended, some complaints settled."""
    k, p = w.compounds[c], w.parameters[c]
    settled = p.review_settles * w.now[c, Instrument.STAGE_REVIEW]
    for i in range(k.stop - k.start):
        r = k.start + i
        if w.flags[Flag.COMPLAINING, r] == 1:
            if uniform(k.seed, k.number, i, week, Purpose.REVIEW) < settled:
                w.flags[Flag.COMPLAINING, r] = 0
    book_review(w, c)


@compiled
def book_review(w: World, c: int) -> None:
    """Book a review: its hours, the defects left, and the complaints still open."""
    k, p, s, review = w.compounds[c], w.parameters[c], w.settings[c], w.now[c, Instrument.STAGE_REVIEW]
    k.reviews_done += 1
    k.hours_owed += hours_needed(s.meeting_hours, review, k.stop - k.start, p)
    k.defects = defects_after_review(k.defects, review, p)
    k.open_complaints = 0
    for r in range(k.start, k.stop):
        k.open_complaints += w.flags[Flag.COMPLAINING, r]


@compiled
def risers_in_plan(w: World, c: int) -> bool:
    """Whether risers inside the flats are replaced: the programme foresees it and the plan contains them."""
    return w.settings[c].in_flat_risers > 0.5 and is_adopted(w.compounds[c].adopted, RISERS)
