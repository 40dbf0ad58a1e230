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
from compiling.compiled import compiled, held, inlined
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
#: Row of scratch in which `explain` leaves the reasons, behind those of the terms; and of what it needs meanwhile.
_REASON, _BELIEF, _ABSENT, _LARGEST = range(len(Term), len(Term) + 4)
_REASONS = np.array(list(PAINS), np.float64)
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
    """Write every `Term` of every household of compound `c` into the rows of scratch; see `terms_of`.

    A few terms in each loop, so that several households are computed at once: with too many rows to write the compiler
    cannot tell that none of them is one of those that are read.
    """
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    n = high - low
    reals, flags, terms = w.reals, w.flags, w.scratch
    freed, nuisance, promised = k.freed_m2 / n, k.nuisance, 1.0
    pledge, lifts = w.now[c, Instrument.FEE_PLEDGE], w.now[c, Instrument.LIFT_PACKAGES]
    floors, floor = w.settings[c].floors, w.wholes[Whole.FLOOR, low:high]
    belief, absent = terms[_BELIEF, :n], terms[_ABSENT, :n]
    tenure, elder, fresh = (
        flags[Flag.TENURE, low:high],
        flags[Flag.ELDER, low:high],
        flags[Flag.FRESH, low:high],
    )
    bias, trust = reals[Real.PRESENT_BIAS, low:high], reals[Real.TRUST_OFFICE, low:high]
    example, shown = flags[Flag.EXAMPLE, low:high], reals[Real.SHOWN, low:high]
    cooperation, others_pay = flags[Flag.COOPERATION, low:high], reals[Real.BELIEF, low:high]
    taste, fit, cost = reals[Real.TASTE, low:high], reals[Real.FIT, low:high], reals[Real.OWN_COST, low:high]
    structure, removed = reals[Real.STRUCTURE, low:high], flags[Flag.REMOVED, low:high]
    made_good = reals[Real.MADE_GOOD, low:high]
    for i in range(n):
        absent[i] = np.float64(tenure[i] != Tenure.OWNER_OCCUPIED)
    if stands(k):  # no interior at risk, no nuisance, and nothing to promise any more
        nuisance, promised, pledge, lifts = 0.0, 0.0, 0.0, 0.0
        belief[:] = k.delivered
    else:
        for i in range(n):
            belief[i] = credibility(bias[i], trust[i], example[i], shown[i], p)

    def of(i: int) -> tuple[float, float, float, float, float, float, float, float, float, float]:
        """The terms of one household; what a loop does not write it does not compute."""
        free_rides = cooperation[i] == Cooperation.FREE_RIDER
        asked = pledge_asked(pledge, free_rides, cooperation[i] == Cooperation.CONDITIONAL, others_pay[i])
        return utility_terms(
            taste[i],
            belief[i],
            absent[i],
            freed,
            fit[i],
            cost[i],
            structure[i],
            removed[i],
            made_good[i],
            promised * fresh[i],
            nuisance,
            elder[i],
            asked,
            lift_offered(lifts, floor[i], floors, elder[i], p),
            p,
        )

    base, liking, benefit = terms[Term.BASE, :n], terms[Term.TASTE, :n], terms[Term.BENEFIT, :n]
    fitting, paying, losing = terms[Term.FIT, :n], terms[Term.COST, :n], terms[Term.STRUCTURE, :n]
    redoing, enduring = terms[Term.INTERIOR, :n], terms[Term.NUISANCE, :n]
    pledging, riding = terms[Term.PLEDGE, :n], terms[Term.LIFT, :n]
    for i in range(n):
        base[i], liking[i], benefit[i], _, _, _, _, _, _, _ = of(i)
    for i in range(n):
        _, _, _, fitting[i], paying[i], losing[i], _, _, _, _ = of(i)
    for i in range(n):
        _, _, _, _, _, _, redoing[i], enduring[i], _, _ = of(i)
    for i in range(n):
        _, _, _, _, _, _, _, _, pledging[i], riding[i] = of(i)
    doubt, absence = terms[Term.DOUBT, :n], terms[Term.ABSENCE, :n]
    for i in range(n):
        doubt[i] = benefit[i] - believed_benefit(1.0, absent[i], freed, p)
        absence[i] = benefit[i] - believed_benefit(belief[i], 0.0, freed, p)
    reactance, resentment = reals[Real.REACTANCE, low:high], reals[Real.RESENTMENT, low:high]
    resisting, resenting = terms[Term.REACTANCE, :n], terms[Term.RESENTMENT, :n]
    for i in range(n):
        resisting[i] = reactance_as_utility(reactance[i], p)
        resenting[i] = resentment_as_utility(resentment[i], p)


@compiled
def six_means(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, e: np.ndarray, f: np.ndarray
) -> tuple[float, float, float, float, float, float]:
    """Means of six columns in row order: while one sum waits for its last addition, the others are added."""
    n = a.size
    at, bt, ct, dt, et, ft = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        at += a[i]
        bt += b[i]
        ct += c[i]
        dt += d[i]
        et += e[i]
        ft += f[i]
    return at / n, bt / n, ct / n, dt / n, et / n, ft / n


@inlined
def heavier(reason: float, largest: float, other: float, gap: float) -> tuple[float, float]:
    """Of two reasons the one with the larger gap, the first among equals; and that gap."""
    return other if gap > largest else reason, gap if gap > largest else largest


@compiled
def find_reasons(w: World, c: int) -> None:
    """Write the `Reason` of every household of compound `c` behind the terms that `weigh` has written.

    Who has signed, was never asked or is in favour is told first. Of the others: what weighs more on them than on the
    compound on average, and most so.
    """
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    terms, reasons, largest = w.scratch, w.scratch[_REASON, :n], w.scratch[_LARGEST, :n]
    reasons[:], largest[:] = _REASONS[0], -np.inf
    for j in range(0, len(_TERMS), 6):  # six at a time: the loop below could not read all at once
        one, two, three = terms[_TERMS[j], :n], terms[_TERMS[j + 1], :n], terms[_TERMS[j + 2], :n]
        four, five, six = terms[_TERMS[j + 3], :n], terms[_TERMS[j + 4], :n], terms[_TERMS[j + 5], :n]
        means = six_means(one, two, three, four, five, six)
        for i in range(n):
            reason, gap = reasons[i], largest[i]
            reason, gap = heavier(reason, gap, _REASONS[j], means[0] - one[i])
            reason, gap = heavier(reason, gap, _REASONS[j + 1], means[1] - two[i])
            reason, gap = heavier(reason, gap, _REASONS[j + 2], means[2] - three[i])
            reason, gap = heavier(reason, gap, _REASONS[j + 3], means[3] - four[i])
            reason, gap = heavier(reason, gap, _REASONS[j + 4], means[4] - five[i])
            reasons[i], largest[i] = heavier(reason, gap, _REASONS[j + 5], means[5] - six[i])
    visits, support = w.wholes[Whole.N_VISITS, low:high], w.reals[Real.SUPPORT, low:high]
    signed, responded = w.flags[Flag.SIGNED, low:high], w.flags[Flag.RESPONDED, low:high]
    for i in range(n):
        was_asked = np.uint8(visits[i] > 0) | responded[i]
        reason = np.float64(Reason.WAITING + 0) if support[i] > 0.0 else reasons[i]
        reason = reason if was_asked != 0 else np.float64(Reason.NOT_ASKED + 0)
        reasons[i] = np.float64(Reason.SIGNED + 0) if signed[i] != 0 else reason


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
