"""Why households have not signed: the terms of their utility, and of these the one that sets them apart most."""

import numpy as np

from agents.categories import Cooperation, Reason
from agents.rules.resident import (
    Term,
    believed_benefit,
    credibility,
    lift_offered,
    pledge_asked,
    reactance_as_utility,
    resentment_as_utility,
    utility_terms,
)
from compiling.compiled import compiled, held
from compiling.entries import entry
from model.instruments import Instrument
from model.measures import REASONS, Outcome
from model.week.opinion import stands
from model.world.state import Flag, Real, Tenure, Whole, World

#: What each reason against the project is read from, and the outcome that counts it.
PAINS = {
    Reason.STRUCTURE: (Term.STRUCTURE, Outcome.UNSIGNED_LOSS),
    Reason.INTERIOR: (Term.INTERIOR, Outcome.UNSIGNED_LOSS),
    Reason.COST: (Term.COST, Outcome.UNSIGNED_COST),
    Reason.PLEDGE: (Term.PLEDGE, Outcome.UNSIGNED_COST),
    Reason.LIFT: (Term.LIFT, Outcome.UNSIGNED_LOSS),
    Reason.NUISANCE: (Term.NUISANCE, Outcome.UNSIGNED_NUISANCE),
    Reason.DISTRUST: (Term.DOUBT, Outcome.UNSIGNED_DISTRUST),
    Reason.PLAN: (Term.FIT, Outcome.UNSIGNED_PLAN),
    Reason.ABSENCE: (Term.ABSENCE, Outcome.UNSIGNED_ABSENCE),
    Reason.REACTANCE: (Term.REACTANCE, Outcome.UNSIGNED_PRESSURE),
    Reason.RESENTMENT: (Term.RESENTMENT, Outcome.UNSIGNED_PRESSURE),
    Reason.TASTE: (Term.TASTE, Outcome.UNSIGNED_TASTE),
}
#: Reasons are counted in every fourth week and in the last: what households think changes slowly.
WEEKS_BETWEEN_COUNTS = 4
#: Row of scratch in which `explain` leaves the reasons, behind those of the terms.
_REASON = len(Term)
_REASONS = np.array(list(PAINS))
_TERMS = np.array([term for term, _ in PAINS.values()])
#: By reason the outcome that counts it, −1 for a signature.
_OUTCOMES = np.array(
    [-1, Outcome.UNSIGNED_NOT_ASKED, Outcome.UNSIGNED_WAITING, *(outcome for _, outcome in PAINS.values())]
)
_FIRST, _LAST = min(REASONS), max(REASONS)


def terms_of(w: World, c: int) -> np.ndarray:
    """Every `Term` of every household's utility in compound `c` this week. float64, shape (len(Term), households).

    In units of the argument of tanh. A view of the engine's working space, which its next call overwrites.
    """
    explain(w, c)
    return w.scratch[: len(Term), : w.compounds[c]["stop"] - w.compounds[c]["start"]]


def reasons_of(w: World, c: int) -> np.ndarray:
    """The `Reason` of every household of compound `c` this week. uint8, shape (households,)."""
    explain(w, c)
    return w.scratch[_REASON, : w.compounds[c]["stop"] - w.compounds[c]["start"]].astype(np.uint8)


@entry
def explain(w: World, c: int) -> None:
    """Write terms and reasons of the households of compound `c`; see `terms_of` and `reasons_of`."""
    weigh(w, c)
    find_reasons(w, c)


@compiled
def weigh(w: World, c: int) -> None:
    """Write every `Term` of every household of compound `c` into the rows of scratch; see `terms_of`."""
    k, p = w.compounds[c], held(w.parameters[c])
    reals, flags, terms = w.reals, w.flags, w.scratch
    standing, freed = stands(k), k.freed_m2 / (k.stop - k.start)
    lifts, floors = w.now[c, Instrument.LIFT_PACKAGES], w.settings[c].floors
    for i in range(k.stop - k.start):
        r = k.start + i
        absent, belief = flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED, k.delivered
        interior, nuisance, pledge, lift = 0.0, 0.0, 0.0, 0.0
        if not standing:
            bias, trust = reals[Real.PRESENT_BIAS, r], reals[Real.TRUST_OFFICE, r]
            belief = credibility(bias, trust, flags[Flag.EXAMPLE, r], reals[Real.SHOWN, r], p)
            interior, nuisance = np.float64(flags[Flag.FRESH, r]), k.nuisance
            kind = flags[Flag.COOPERATION, r]
            free_rides, conditional = kind == Cooperation.FREE_RIDER, kind == Cooperation.CONDITIONAL
            asked = w.now[c, Instrument.FEE_PLEDGE]
            pledge = pledge_asked(asked, free_rides, conditional, reals[Real.BELIEF, r])
            lift = lift_offered(lifts, w.wholes[Whole.FLOOR, r], floors, flags[Flag.ELDER, r], p)
        found = utility_terms(
            reals[Real.TASTE, r],
            belief,
            absent,
            freed,
            reals[Real.FIT, r],
            reals[Real.OWN_COST, r],
            reals[Real.STRUCTURE, r],
            flags[Flag.REMOVED, r],
            reals[Real.MADE_GOOD, r],
            interior,
            nuisance,
            flags[Flag.ELDER, r],
            pledge,
            lift,
            p,
        )
        for t in range(len(found)):
            terms[t, i] = found[t]
        terms[Term.DOUBT, i] = terms[Term.BENEFIT, i] - believed_benefit(1.0, absent, freed, p)
        terms[Term.REACTANCE, i] = reactance_as_utility(reals[Real.REACTANCE, r], p)
        terms[Term.RESENTMENT, i] = resentment_as_utility(reals[Real.RESENTMENT, r], p)
        terms[Term.ABSENCE, i] = terms[Term.BENEFIT, i] - believed_benefit(belief, 0.0, freed, p)


@compiled
def find_reasons(w: World, c: int) -> None:
    """Write the `Reason` of every household of compound `c` behind the terms that `weigh` has written.

    Who has signed, was never asked or is in favour is told first. Of the others: what weighs more on them than on the
    compound on average, and most so.
    """
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    terms, reasons, largest = w.scratch, w.scratch[_REASON, :n], np.empty(n)
    mean = np.zeros(len(_TERMS))
    for i in range(n):
        for j in range(len(_TERMS)):
            mean[j] += terms[_TERMS[j], i]
    for j in range(len(_TERMS)):
        mean[j] /= n
    for i in range(n):
        reasons[i], largest[i] = np.float64(_REASONS[0]), -np.inf
    for j in range(len(_TERMS)):
        of_all, of_each, reason = mean[j], terms[_TERMS[j], :n], np.float64(_REASONS[j])
        for i in range(n):
            gap = of_all - of_each[i]
            larger = gap > largest[i]
            reasons[i] = reason if larger else reasons[i]
            largest[i] = gap if larger else largest[i]
    visits, support = w.wholes[Whole.N_VISITS, low:high], w.reals[Real.SUPPORT, low:high]
    signed, responded = w.flags[Flag.SIGNED, low:high], w.flags[Flag.RESPONDED, low:high]
    for i in range(n):
        reasons[i] = np.float64(Reason.WAITING + 0) if support[i] > 0.0 else reasons[i]
        reasons[i] = reasons[i] if visits[i] > 0 or responded[i] == 1 else np.float64(Reason.NOT_ASKED + 0)
        reasons[i] = np.float64(Reason.SIGNED + 0) if signed[i] == 1 else reasons[i]


@compiled
def count_reasons(w: World, c: int, week: int) -> None:
    """Count the reasons of those who have not signed among this week's outcomes; between counts the last one stays."""
    out = w.series[c, week]
    if week % WEEKS_BETWEEN_COUNTS != 0 and week != w.series.shape[1] - 1:
        for o in range(_FIRST, _LAST + 1):
            out[o] = w.series[c, week - 1, o]
        return
    k = w.compounds[c]
    n = k.stop - k.start
    counts = np.zeros(_LAST + 1 - _FIRST, np.int64)
    weigh(w, c)
    find_reasons(w, c)
    for i in range(n):
        counted = _OUTCOMES[np.int64(w.scratch[_REASON, i])]
        if counted >= 0:
            counts[counted - _FIRST] += 1
    for o in range(_FIRST, _LAST + 1):
        out[o] = counts[o - _FIRST] / n
