"""What is simulated for one set of parameters, and the numbers that are compared with the targets.

Each experiment is a batch of compounds that differ by their draws. The same seeds are used for every set, so that
sets differ by their parameters and not by chance; the variance beside each number says how far chance alone moves it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from agents.categories import Beginning, Contract, Trait
from agents.rules.property_company import operating_cost
from agents.rules.resident import p_turn_conditional, p_turn_selfish
from model.engine import Run, build_world, simulate_runs
from model.measures import Outcome
from model.parameters import Parameters
from model.settings import with_settings
from model.specification import Compound, Management, Programme, Scenario, Strategy, Use
from model.summary import mean_known
from model.thresholds import at_least
from scenarios.files.library import load_strategy

#: An old compound of ordinary size: 75 households in Dongchuan, 164 on the national mean (targets H).
ORDINARY = Compound(households=96, buildings=4, stairwells_per_building=2)
#: Compounds of a kind whose spread is itself a target or that differ much by chance, and of the others.
MANY, FEW = 24, 12
#: Compounds without which a mean, a median or a spread says nothing.
FEWEST = 3
#: Statistics that are times: between sets they differ by factors, not by months.
TIMES = (
    "self_management_half_life",
    "self_management_life",
    "firm_life_below_30",
    "firm_life_30_to_60",
)
MONTH = 52 / 12
#: Horizons in weeks: three years of mobilising, five of management.
CONSENT_WEEKS, PAYMENT_WEEKS = 156, 260
#: Weeks before a programme begins in managed compounds: they have settled by then.
SETTLED = 104
#: Lawful ways to mobilise, from words alone to everything at once.
LAWFUL = ("information_only", "deliberation_example_compensation", "full_bundle")
#: What a street does in a Party-led programme on fees in compounds that are managed already.
PROGRAMME = Strategy(
    id="programme",
    instruments={
        name: Use(intensity=intensity, start_week=SETTLED)
        for name, intensity in {
            "open_accounts": 1.0,
            "owners_committee": 1.0,
            "joint_meetings": 1.0,
            "cross_appointment": 0.5,
            "supervisory_committee": 1.0,
            "reminders": 1.0,
            "norm_messages": 1.0,
            "points": 0.5,
            "lawful_dunning": 0.5,
            "dual_registration": 0.5,
            "volunteering": 0.7,
        }.items()
    },
)
#: Start of the shares of types, and of belief, over ten rounds in the laboratory (targets B1, B4).
_LAB_CONDITIONAL, _LAB_SELFISH = 0.649, 0.261
_LAB_BELIEF = np.linspace(0.458, 0.308, 9)
#: Mean contribution where half of the others' is expected (target B3).
_LAB_MIDDLE = 0.321


class Statistic(NamedTuple):
    """One number of an experiment, and the variance of that number by chance alone."""

    value: float
    variance: float = 0.0


class Sample(NamedTuple):
    """Which compounds are simulated.

    first_seed : of the first one; the same for all sets that are to be compared
    times : how many times as many as in a wave
    """

    first_seed: int = 0
    times: int = 1

    def seeds(self, compounds: int) -> range:
        """Seeds of a kind of which a wave simulates so many compounds."""
        return range(self.first_seed, self.first_seed + compounds * self.times)


def statistics(
    sets: Sequence[Parameters], sample: Sample | None = None, *, threads: int | None = None
) -> list[dict[str, Statistic]]:
    """Every statistic of each set of parameters.

    sample : the compounds; those of the waves when left out
    threads : all processors when left out; results do not depend on it
    """
    sample = sample or Sample()
    consent = _in_groups(sets, _consent_runs, sample, threads)
    payment = _in_groups(sets, _payment_runs, sample, threads)
    return [
        {**in_the_laboratory(p), **of_coefficients(p), **of_payment(paid), **of_consent(signed)}
        for p, paid, signed in zip(sets, payment, consent, strict=True)
    ]


# -- numbers that need no compound --------------------------------------------------------------------------


def in_the_laboratory(p: Parameters) -> dict[str, Statistic]:
    """How types and their answer to belief fare in ten rounds without service, fee or sanction."""
    conditional, selfish = _LAB_CONDITIONAL, _LAB_SELFISH
    for belief in _LAB_BELIEF:
        turned = conditional * p_turn_selfish(belief, 1.0, p)
        returned = selfish * p_turn_conditional(belief, 1.0, p)
        conditional, selfish = conditional - turned + returned, selfish + turned - returned
    return {
        "lab_conditional_after_ten_rounds": Statistic(float(conditional)),
        "lab_response_to_belief": Statistic(_response_to_belief(p)),
    }


def _response_to_belief(p: Parameters) -> float:
    """Rise of the chance of paying from a belief of 0 to 1, mean over types, where half is given at one half."""
    types = np.array([_LAB_CONDITIONAL, _LAB_SELFISH, 1.0 - _LAB_CONDITIONAL - _LAB_SELFISH])
    own = np.array([0.0, -p.pay_free_rider, p.pay_unconditional])
    answer = np.array([p.pay_belief, 0.0, 0.0])

    def paid(base: float, belief: float) -> float:
        return float(types @ (1.0 / (1.0 + np.exp(-(base + own + answer * (belief - 0.5))))))

    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if paid(middle, 0.5) < _LAB_MIDDLE else (low, middle)
    return paid(low, 1.0) - paid(low, 0.0)


def of_coefficients(p: Parameters) -> dict[str, Statistic]:
    """Numbers that follow from the coefficients at once."""
    outlay = operating_cost(p.handover_effort, 1.0, Contract.LUMP_SUM, p)
    return {
        "reminder_logit": Statistic(p.pay_reminder),
        "norm_logit": Statistic(p.pay_norm),
        "dunning_logit": Statistic(p.pay_dunning * p.demand_force),
        "break_even": Statistic(float(outlay) - Management().common_income),
    }


# -- ordinary compounds ---------------------------------------------------------------------------------------


def ordinary(strategy: str, weeks: int) -> Scenario:
    """A compound of ordinary size that is asked to sign under a shipped strategy.

    It has the usual staff hours: no figure is published of them, and what is really given varies by `staff_effort`.
    """
    return Scenario(compound=ORDINARY, strategy=_strategy(strategy), horizon_weeks=weeks)


def managed(management: Management, strategy: Strategy, weeks: int) -> Scenario:
    """A compound of ordinary size that is managed from the first week on, without a project."""
    return Scenario(
        compound=ORDINARY,
        programme=Programme(begins=Beginning.MANAGEMENT.name.lower()),
        management=management,
        strategy=strategy,
        horizon_weeks=weeks,
    )


@cache
def _strategy(name: str) -> Strategy:
    return load_strategy(name)


# -- managed compounds --------------------------------------------------------------------------------------


def _payment_runs(p: Parameters, sample: Sample) -> dict[str, list[Run]]:
    """Managed compounds with no project, of several kinds; each begins where its target's compounds began."""
    kinds = {
        "mixed": (MANY, Management(payment_before=0.65), Strategy()),
        "poor": (FEW, Management(payment_before=0.15), Strategy()),
        "programme": (FEW, Management(payment_before=0.85), PROGRAMME),
        "new_firm": (MANY, Management(payment_before=0.57, trust_company=0.3), Strategy()),
        "self_managed": (
            MANY,
            Management(payment_before=0.75, fee=0.15, contract="self_managed"),
            Strategy(),
        ),
    }
    found = {}
    for kind, (n, management, strategy) in kinds.items():
        scenario = with_settings(managed(management, strategy, PAYMENT_WEEKS), {"parameters": p})
        found[kind] = [Run(scenario, seed) for seed in sample.seeds(n)]
    return found


def of_payment(series: Mapping[str, np.ndarray]) -> dict[str, Statistic]:
    """Statistics of managed compounds. series : by kind, (compounds, weeks, outcomes)"""
    return {
        **of_third_year(series["mixed"]),
        "programme_gain": programme_gain(series["programme"]),
        "new_firm_slope": new_firm_slope(series["new_firm"]),
        "self_management_half_life": half_life(series["self_managed"]),
        "self_management_life": median_life(series["self_managed"]),
        "firm_life_below_30": life_between(0.0, 0.3, series["poor"]),
        "firm_life_30_to_60": life_between(0.3, 0.6, np.concatenate([series["new_firm"], series["mixed"]])),
        "firms_that_last": firms_that_last(np.concatenate([series["mixed"], series["programme"]])),
        "firms_leaving_a_year": leaving_a_year(np.concatenate([series["mixed"], series["programme"]])),
    }


def _rate(series: np.ndarray, first: int, behind: int) -> np.ndarray:
    """Mean payment rate of each compound over some weeks, NaN where nobody was billed. (compounds,)"""
    return mean_known(series[:, first:behind, Outcome.PAYMENT_RATE].astype(np.float64))


def _present(series: np.ndarray) -> np.ndarray:
    """Whether a company serves. (compounds, weeks)"""
    return np.asarray(series[:, :, Outcome.COMPANY_PRESENT] == 1)


def of_third_year(series: np.ndarray) -> dict[str, Statistic]:
    """Level and spread of payment where a firm is present at the end of the third year, and who of them lost money."""
    there = series[_present(series)[:, SETTLED : SETTLED + 52].all(axis=1)]
    rates = _rate(there, SETTLED, SETTLED + 52)
    cash = there[:, :, Outcome.COMPANY_CASH_YUAN]
    return {
        "payment_with_company": mean_of(rates),
        "payment_spread": spread_of(rates),
        "firms_at_a_loss": share_of(cash[:, SETTLED + 51] < cash[:, SETTLED - 1]),
    }


def programme_gain(series: np.ndarray) -> Statistic:
    """Rise of payment in 28 weeks of a programme, as from .81: part of those who did not pay, times .19."""
    before, after = _rate(series, SETTLED - 13, SETTLED), _rate(series, SETTLED + 24, SETTLED + 32)
    some = (before >= 0.6) & (before < 1.0)
    before, after = before[some], after[some]
    return mean_of(0.19 * ((after - before) / (1.0 - before)))


def new_firm_slope(series: np.ndarray) -> Statistic:
    """Rise of payment under a new firm in percentage points a month, over 27 months, where it stays so long."""
    first, last = _rate(series, 0, 12), _rate(series, 113, 121)
    stays = _present(series)[:, :121].all(axis=1)
    return mean_of(100.0 * (last - first)[stays] / (27.0 - 12.0 / MONTH / 2.0))


def half_life(series: np.ndarray) -> Statistic:
    """Months until payment is half of what it was in the first quarter, or nobody bills; at most the horizon.

    The quickest quarter of compounds: of seven that are known, the target's is the second that collapsed.
    """
    first = _rate(series, 0, 13)
    rates = series[:, :, Outcome.PAYMENT_RATE]
    down = (rates <= first[:, None] / 2.0) | ~_present(series)
    weeks = np.where(down.any(axis=1), down.argmax(axis=1), PAYMENT_WEEKS)
    return quantile_of(weeks / MONTH, 0.25)


def lives(series: np.ndarray) -> np.ndarray:
    """Months a company stays; the horizon where it is there at the end. (compounds,)"""
    gone = ~_present(series)
    weeks = np.where(gone.any(axis=1), gone.argmax(axis=1), PAYMENT_WEEKS)
    return np.asarray(weeks / MONTH)


def median_life(series: np.ndarray) -> Statistic:
    """Median months a company stays."""
    return median_of(lives(series))


def life_between(low: float, high: float, series: np.ndarray) -> Statistic:
    """Median months a company stays where at least `low` and fewer than `high` paid in its first half-year."""
    rates = _rate(series, 0, 26)
    return median_of(lives(series)[(rates >= low) & (rates < high)])


def firms_that_last(series: np.ndarray) -> Statistic:
    """Companies there after five years, of those that had at least .75 paying in the first."""
    return share_of(_present(series)[_rate(series, 0, 52) >= 0.75, -1])


def leaving_a_year(series: np.ndarray) -> Statistic:
    """Companies that leave within a year, of those that had at least .6 paying in the year before."""
    present = _present(series)
    begun, left = 0, 0
    for week in range(52, PAYMENT_WEEKS - 51, 52):
        sound = present[:, week - 1] & (_rate(series, week - 52, week) >= 0.6)
        begun += int(sound.sum())
        left += int((sound & ~present[:, week + 51]).sum())
    return share_of(np.arange(begun) < left)


# -- compounds that are asked for consent -------------------------------------------------------------------


def _consent_runs(p: Parameters, sample: Sample) -> dict[str, list[Run]]:
    """Compounds that are asked to sign: ordinary ones, and some with little or much support."""
    little, much = with_support(p, 0.15), with_support(p, 0.9)
    kinds: dict[str, list[tuple[Parameters, str, int, tuple[Trait, ...]]]] = {
        "nobody": [(p, "none", MANY, ())],
        "visits": [(p, "information_only", MANY, ())],
        "little": [(little, strategy, MANY, (Trait.SUPPORT,)) for strategy in LAWFUL],
        "much": [(much, "information_only", FEW, (Trait.SUPPORT,))],
    }
    found: dict[str, list[Run]] = {}
    for kind, groups in kinds.items():
        for parameters, strategy, n, known in groups:
            asked = ordinary(strategy, CONSENT_WEEKS).knowing(*known)
            scenario = with_settings(asked, {"parameters": parameters})
            found.setdefault(kind, []).extend(Run(scenario, seed) for seed in sample.seeds(n))
    return found


def with_support(p: Parameters, share: float) -> Parameters:
    """The same parameters with a mean taste at which this share of households has a utility above 0 at the start."""
    scenario = Scenario(compound=ORDINARY, parameters=p, known=("support",), horizon_weeks=1)
    world = build_world([Run(scenario, seed) for seed in range(6)])
    inside = np.arctanh(np.clip(world.utility, -0.999999, 0.999999))
    shift = -float(np.quantile(inside, 1.0 - share)) / max(p.taste_scale, 1e-6)
    return p.model_copy(update={"taste_mean": p.taste_mean + shift})


def of_consent(series: Mapping[str, np.ndarray]) -> dict[str, Statistic]:
    """Statistics of compounds that are asked to sign. series : by kind, (compounds, weeks, outcomes)"""
    return {
        "passes_with_visits": share_of(reaches_80(series["visits"], 52)),
        "signed_with_nobody_asking": mean_of(signed_share(series["nobody"])[:, -1]),
        "passes_with_little_support": share_of(reaches_80(series["little"], CONSENT_WEEKS)),
        "passes_with_much_support": share_of(reaches_80(series["much"], 104)),
    }


def signed_share(series: np.ndarray) -> np.ndarray:
    """Headline consent by heads or area, whichever is less. (compounds, weeks)"""
    both = series[:, :, [Outcome.HEADLINE_CONSENT, Outcome.HEADLINE_CONSENT_AREA]]
    return np.asarray(both.min(axis=2).astype(np.float64))


def reaches_80(series: np.ndarray, weeks: int) -> np.ndarray:
    """Whether each compound reaches 80 % within so many weeks. (compounds,)"""
    return np.asarray(at_least(signed_share(series)[:, :weeks], 0.8).any(axis=1))


# -- statistics with their variance by chance ---------------------------------------------------------------


def mean_of(values: np.ndarray) -> Statistic:
    """Mean of what is known of some compounds; NaN with fewer than `FEWEST`."""
    known = values[np.isfinite(values)]
    if known.size < FEWEST:
        return Statistic(np.nan)
    return Statistic(float(known.mean()), float(known.var(ddof=1) / known.size))


def median_of(values: np.ndarray) -> Statistic:
    """Median of what is known of some compounds, NaN with fewer than `FEWEST`; its variance as for `quantile_of`."""
    return quantile_of(values, 0.5)


def quantile_of(values: np.ndarray, share: float) -> Statistic:
    """Quantile of what is known of some compounds, NaN with fewer than `FEWEST`. share : in (0, 1)

    Its variance is that of a quantile of a normal distribution, π/2 times the mean's for the median.
    """
    known = values[np.isfinite(values)]
    if known.size < FEWEST:
        return Statistic(np.nan)
    normal = NormalDist()
    wider = share * (1.0 - share) / normal.pdf(normal.inv_cdf(share)) ** 2
    return Statistic(float(np.quantile(known, share)), float(wider * known.var(ddof=1) / known.size))


def spread_of(values: np.ndarray) -> Statistic:
    """Standard deviation between compounds; NaN with fewer than `FEWEST`."""
    known = values[np.isfinite(values)]
    if known.size < FEWEST:
        return Statistic(np.nan)
    variance = float(known.var(ddof=1))
    return Statistic(variance**0.5, variance / (2.0 * (known.size - 1)))


def share_of(marks: np.ndarray) -> Statistic:
    """Share of some compounds; its variance with one added on either side, so that 0 of n is no certainty."""
    n = marks.size
    if n == 0:
        return Statistic(np.nan)
    p = (float(marks.sum()) + 1.0) / (n + 2.0)
    return Statistic(float(marks.mean()), p * (1.0 - p) / n)


def _in_groups(
    sets: Sequence[Parameters],
    make: Callable[[Parameters, Sample], dict[str, list[Run]]],
    sample: Sample,
    threads: int | None,
) -> list[dict[str, np.ndarray]]:
    """Series of every set by kind, all sets in one batch of the engine."""
    groups = [make(p, sample) for p in sets]
    runs = [run for of_set in groups for of_kind in of_set.values() for run in of_kind]
    series, at, found = simulate_runs(runs, threads=threads).series, 0, []
    for of_set in groups:
        by_kind = {}
        for kind, of_kind in of_set.items():
            by_kind[kind] = series[at : at + len(of_kind)]
            at += len(of_kind)
        found.append(by_kind)
    return found
