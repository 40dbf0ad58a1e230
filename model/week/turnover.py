"""Moves: line 11 of the weekly schedule, drawn once a billing period."""

from agents.rules.resident import UNDECIDED_BELIEF, UNDECIDED_TRUST, new_taste
from compiling.compiled import compiled
from compiling.exact import clip, logit, standard_normal
from model.week.billing import is_billing_week
from model.week.opinion import utility_of
from model.world.randomness import Purpose, four_uniforms, uniform
from model.world.state import Flag, Party, Real, Scratch, Stage, Tenure, Whole, World


@compiled
def turnover(w: World, c: int, week: int) -> None:
    """Households move in and out; after renovation some owners return to flats they had rented out.

    A signature binds the dwelling's next household, and arrears stay with the dwelling; opinions, trust and habits
    start anew.
    """
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    if not is_billing_week(w, c, week):
        return
    n, years = k.stop - k.start, s.billing_interval_weeks / 52.0
    return_chance = p.return_rate * years if k.stage == Stage.MANAGEMENT else 0.0
    tenure, move_chance = w.flags[Flag.TENURE, k.start : k.stop], p.move_rate * years
    move, come_back = w.scratch[Scratch.LUCK, :n], w.scratch[Scratch.OTHER_LUCK, :n]
    for i in range(n):
        # one call of the generator: SUGGEST, SUGGEST_ITEM, MOVE, RETURN
        _, _, move[i], come_back[i] = four_uniforms(k.seed, k.number, i, week, Purpose.SUGGEST)
    for i in range(n):
        returning = come_back[i] < return_chance and tenure[i] == Tenure.RENTED_OUT
        if returning or move[i] < move_chance:
            hand_over_dwelling(w, c, week, i, returning)
            form_first_opinion(w, c, week, i)


@compiled
def hand_over_dwelling(w: World, c: int, week: int, i: int, returning: bool) -> None:
    """A new household takes over the dwelling. returning : whether it is the owner's, back in a rented-out flat"""
    k, p = w.compounds[c], w.parameters[c]
    r = k.start + i
    if returning:
        w.flags[Flag.TENURE, r] = Tenure.OWNER_OCCUPIED + 0
    # one call of the generator: NEW_TASTE, NEW_SUPPORT and two more
    taste, _, _, _ = four_uniforms(k.seed, k.number, i, week, Purpose.NEW_TASTE)
    member = w.flags[Flag.PARTY, r] != Party.NONE
    w.reals[Real.TASTE, r] = new_taste(standard_normal(taste), k.taste_shift, member, p)
    w.reals[Real.DISPOSITION, r] = logit(uniform(k.seed, k.number, i, week, Purpose.NEW_DISPOSITION))
    w.reals[Real.TRUST_OFFICE, r] = UNDECIDED_TRUST
    w.reals[Real.TRUST_COMPANY, r] = UNDECIDED_TRUST
    w.reals[Real.BELIEF, r] = UNDECIDED_BELIEF
    w.reals[Real.FAIRNESS, r] = 0.5
    w.reals[Real.REACTANCE, r] = 0.0
    w.reals[Real.RESENTMENT, r] = 0.0
    w.reals[Real.ENGAGEMENT, r] = 0.0
    w.reals[Real.HABIT, r] = 0.5
    w.flags[Flag.ACTIVIST, r] = 0
    w.flags[Flag.PIONEER, r] = 0
    w.flags[Flag.PLEDGED, r] = 0
    w.flags[Flag.COMPLAINING, r] = 0
    w.flags[Flag.ACTED_FIRST, r] = 0
    w.flags[Flag.RESPONDED, r] = w.flags[Flag.SIGNED, r]
    k.n_volunteers -= w.flags[Flag.VOLUNTEER, r]
    w.flags[Flag.VOLUNTEER, r] = 0
    w.flags[Flag.CONTRIBUTED, r] = 0
    w.wholes[Whole.N_VISITS, r] = 0
    w.wholes[Whole.N_TRIED, r] = 0
    w.wholes[Whole.N_VOICED, r] = 0
    w.wholes[Whole.REFUSALS, r] = 0
    w.reals[Real.SHOWN, r] = 0.0
    if w.flags[Flag.REMOVED, r] == 0:  # compensation for a removed structure stays with the dwelling
        w.reals[Real.MADE_GOOD, r] = 0.0


@compiled
def form_first_opinion(w: World, c: int, week: int, i: int) -> None:
    """Form support and voiced opinion of a household that has just moved in: its utility, and noise."""
    k, p = w.compounds[c], w.parameters[c]
    r = k.start + i
    _, support, _, _ = four_uniforms(k.seed, k.number, i, week, Purpose.NEW_TASTE)
    opinion = utility_of(w, c, i) + p.initial_support_sd * standard_normal(support)
    w.reals[Real.SUPPORT, r] = clip(opinion, -1.0, 1.0)
    w.reals[Real.FIRST_SUPPORT, r] = w.reals[Real.SUPPORT, r]
    w.reals[Real.VOICED, r] = w.reals[Real.SUPPORT, r]
