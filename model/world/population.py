"""Synthetic households, drawn from the seed and the demography of a compound.

Nothing imports personal data: a household is a row of draws. Draws are inverse-CDF and increasing in the
uniform behind them, so that changing a share by a little changes few households.
"""

import numpy as np

from agents.categories import Trait
from compiling.compiled import compiled
from compiling.exact import clip, exp, logit, standard_normal
from model.menu import ITEM_BENEFITS, ITEM_POPULARITY, N_ITEMS, Benefits
from model.world.randomness import (
    BEFORE,
    COMPOUND,
    Purpose,
    beta_quantiles,
    four_uniforms,
    interpolate,
    uniform,
)
from model.world.state import Cooperation, Flag, Party, Real, Record, Tenure, Whole

_BETA_2_2 = beta_quantiles(2.0, 2.0)
_BETA_2_3 = beta_quantiles(2.0, 3.0)
#: How much likelier an illegal structure is on these floors than on others; judgement.
_GROUND_FLOOR_STRUCTURES = 3.0
_TOP_FLOOR_STRUCTURES = 1.5
#: The coefficients read here. Where these, seed and demography are the same, people are the same and drawn once.
DRAWN_WITH = (
    "compound_support_sd",
    "compound_trust_office_sd",
    "compound_trust_company_sd",
    "compound_free_riders_sd",
    "compound_structures_log_sd",
    "compound_absence_sd",
    "compound_elders_sd",
    "compound_infrastructure_sd",
    "compound_income_log_sd",
    "compound_ties_log_sd",
    "compound_payment_sd",
    "need_log_sd",
    "present_bias",
    "present_bias_sd",
    "taste_mean",
    "taste_sd",
    "member_support",
    "activist_support",
    "wish_of_beneficiaries",
    "wish_of_others",
)


@compiled
def place_households(wholes: np.ndarray, first: int, d: Record) -> int:
    """Put households into buildings, stairwells, floors and risers, in building order. Returns the riser count.

    Stairwells differ by at most one household; a stairwell's flats fill its floors from the ground, and
    flats above one another share a riser (立管).
    """
    n = int(d.households)
    n_stairwells = int(d.buildings * d.stairwells_per_building)
    n_risers = 0
    row = first
    for stairwell in range(n_stairwells):
        size = (stairwell + 1) * n // n_stairwells - stairwell * n // n_stairwells
        per_floor = (size + int(d.floors) - 1) // int(d.floors)
        for flat in range(size):
            wholes[Whole.BUILDING, row] = stairwell // int(d.stairwells_per_building)
            wholes[Whole.STAIRWELL, row] = stairwell
            wholes[Whole.FLOOR, row] = flat // per_floor + 1
            wholes[Whole.RISER, row] = n_risers + flat % per_floor
            row += 1
        n_risers += min(per_floor, size)
    return n_risers


@compiled
def draw_trait(trait: int, sd: float, seed: int, number: int, s: Record) -> float:
    """How far a compound is from the usual one in a trait, normal with this spread; 0 where the trait is known."""
    if (int(s.known) >> trait) & 1 == 1:
        return 0.0
    return sd * standard_normal(uniform(seed, number, COMPOUND, BEFORE, Purpose.TRAIT + trait))


@compiled
def draw_traits(d: Record, s: Record, p: Record, seed: int, number: int) -> None:
    """Make the compound differ from the usual one: its demography `d` and settings `s` are changed in place.

    Logarithmic spreads keep the mean. Nothing changes where the spreads are 0.
    """
    d.taste_shift = draw_trait(Trait.SUPPORT, p.compound_support_sd, seed, number, s)
    shift = draw_trait(Trait.TRUST_OFFICE, p.compound_trust_office_sd, seed, number, s)
    d.trust_office = clip(d.trust_office + shift, 0.0, 1.0)
    shift = draw_trait(Trait.TRUST_COMPANY, p.compound_trust_company_sd, seed, number, s)
    s.trust_company = clip(s.trust_company + shift, 0.0, 1.0)
    shift = draw_trait(Trait.FREE_RIDERS, p.compound_free_riders_sd, seed, number, s)
    d.free_rider = clip(d.free_rider + shift, 0.0, 1.0 - d.unconditional)
    factor = log_normal(Trait.STRUCTURES, p.compound_structures_log_sd, seed, number, s)
    d.structure = min(d.structure * factor, 1.0)
    at_home = d.owner_occupied + draw_trait(Trait.ABSENCE, p.compound_absence_sd, seed, number, s)
    at_home = clip(at_home, 0.0, 1.0)
    if at_home != d.owner_occupied:
        d.rented_out *= (1.0 - at_home) / (1.0 - d.owner_occupied) if d.owner_occupied < 1.0 else 0.0
        d.owner_occupied = at_home
    d.elder = clip(d.elder + draw_trait(Trait.ELDERS, p.compound_elders_sd, seed, number, s), 0.0, 1.0)
    shift = draw_trait(Trait.INFRASTRUCTURE, p.compound_infrastructure_sd, seed, number, s)
    d.infrastructure = clip(d.infrastructure + shift, 0.0, 1.0)
    d.income_level = log_normal(Trait.INCOME, p.compound_income_log_sd, seed, number, s)
    factor = log_normal(Trait.TIES, p.compound_ties_log_sd, seed, number, s)
    d.stairwell_tie = min(d.stairwell_tie * factor, 1.0)
    d.building_ties = min(d.building_ties * factor, 20.0)
    d.compound_ties = min(d.compound_ties * factor, 20.0)
    shift = draw_trait(Trait.PAYMENT, p.compound_payment_sd, seed, number, s)
    s.payment_before = clip(s.payment_before + shift, 0.0, 1.0)


@compiled
def log_normal(trait: int, log_sd: float, seed: int, number: int, s: Record) -> float:
    """A factor with mean 1 by which a compound differs from the usual one; 1 where the trait is known."""
    z = draw_trait(trait, log_sd, seed, number, s)
    return exp(z - 0.5 * log_sd * log_sd) if z != 0.0 else 1.0


@compiled
def floor_weight(floor: int, top: int) -> float:
    """How likely a structure is on this floor, 1 for a middle one: ground floors have yards, top floors roofs."""
    if floor == 1:
        return _GROUND_FLOOR_STRUCTURES
    if floor == top:
        return _TOP_FLOOR_STRUCTURES
    return 1.0


@compiled
def draw_households(
    reals: np.ndarray,
    flags: np.ndarray,
    wholes: np.ndarray,
    preferences: np.ndarray,
    first: int,
    seed: int,
    number: int,
    d: Record,
    p: Record,
) -> None:
    """Draw every household's traits and wishes; what depends on the strategy is set in `model.setup`."""
    n = int(d.households)
    needs = draw_needs(seed, number, p)
    weight = 0.0
    for i in range(n):
        weight += floor_weight(wholes[Whole.FLOOR, first + i], int(d.floors))
    for i in range(n):
        r = first + i

        u = uniform(seed, number, i, BEFORE, Purpose.TENURE)
        tenure = Tenure.VACANT + 0
        if u < d.owner_occupied:
            tenure = Tenure.OWNER_OCCUPIED + 0
        elif u < d.owner_occupied + d.rented_out:
            tenure = Tenure.RENTED_OUT + 0
        flags[Flag.TENURE, r] = tenure
        elder = uniform(seed, number, i, BEFORE, Purpose.ELDER) < d.elder
        flags[Flag.ELDER, r] = elder
        member = uniform(seed, number, i, BEFORE, Purpose.PARTY) < d.party
        in_service = uniform(seed, number, i, BEFORE, Purpose.IN_SERVICE) < d.party_in_service
        flags[Flag.PARTY, r] = (Party.IN_SERVICE if in_service else Party.RETIRED) if member else Party.NONE
        odds = d.activist_party_odds if member else 1.0
        # odds among members change who is active, not how many
        base = d.activist / (d.party * d.activist_party_odds + 1.0 - d.party)
        flags[Flag.ACTIVIST, r] = uniform(seed, number, i, BEFORE, Purpose.ACTIVIST) < base * odds
        # 0 on average: the gap leaves the overall coverage as declared
        elder_gap = d.wechat_elder_gap * ((1.0 if elder else 0.0) - d.elder)
        flags[Flag.WECHAT, r] = uniform(seed, number, i, BEFORE, Purpose.WECHAT) < d.wechat - elder_gap
        # weights over their mean: the overall share stays as declared
        share = d.structure * floor_weight(wholes[Whole.FLOOR, r], int(d.floors)) * n / weight
        if uniform(seed, number, i, BEFORE, Purpose.STRUCTURE) < share:
            size = uniform(seed, number, i, BEFORE, Purpose.STRUCTURE_SIZE)
            reals[Real.STRUCTURE, r] = d.structure_mean_m2 * (0.5 + size)
        flags[Flag.FRESH, r] = uniform(seed, number, i, BEFORE, Purpose.FRESH) < d.fresh_interior
        u = uniform(seed, number, i, BEFORE, Purpose.COOPERATION)
        cooperation = Cooperation.CONDITIONAL + 0
        if u < d.free_rider:
            cooperation = Cooperation.FREE_RIDER + 0
        elif u > 1.0 - d.unconditional:
            cooperation = Cooperation.UNCONDITIONAL + 0
        flags[Flag.COOPERATION, r] = cooperation

        z = standard_normal(uniform(seed, number, i, BEFORE, Purpose.AREA))
        area = clip(d.area_mean_m2 + d.area_sd_m2 * z, 0.4 * d.area_mean_m2, 2.5 * d.area_mean_m2)
        wholes[Whole.AREA, r] = int(area * 100.0 + 0.5)
        z = standard_normal(uniform(seed, number, i, BEFORE, Purpose.INCOME))
        reals[Real.INCOME, r] = exp(d.income_log_sd * z) * d.income_level
        reals[Real.STUBBORNNESS, r] = interpolate(
            _BETA_2_2, uniform(seed, number, i, BEFORE, Purpose.STUBBORNNESS)
        )
        reals[Real.PRONENESS, r] = interpolate(_BETA_2_2, uniform(seed, number, i, BEFORE, Purpose.PRONENESS))
        reals[Real.CONFORMITY, r] = interpolate(
            _BETA_2_3, uniform(seed, number, i, BEFORE, Purpose.CONFORMITY)
        )
        z = standard_normal(uniform(seed, number, i, BEFORE, Purpose.PRESENT_BIAS))
        reals[Real.PRESENT_BIAS, r] = clip(p.present_bias + p.present_bias_sd * z, 0.0, 1.0)
        z = standard_normal(uniform(seed, number, i, BEFORE, Purpose.TASTE))
        taste = p.taste_mean + d.taste_shift + p.taste_sd * z
        if member:
            taste += p.member_support
        if flags[Flag.ACTIVIST, r] == 1:
            taste += p.activist_support
        reals[Real.TASTE, r] = taste
        reals[Real.DISPOSITION, r] = logit(uniform(seed, number, i, BEFORE, Purpose.DISPOSITION))

        top = wholes[Whole.FLOOR, r] == int(d.floors)
        draw_preferences(preferences, r, seed, number, i, elder, top, needs, p)


@compiled
def draw_needs(seed: int, number: int, p: Record) -> np.ndarray:
    """Popularity of each menu item in this compound: the usual one times a common need for it. Shape (items,)."""
    needs = np.empty(N_ITEMS)
    for item in range(N_ITEMS):
        z = standard_normal(uniform(seed, number, COMPOUND, BEFORE, Purpose.NEED + item))
        needs[item] = ITEM_POPULARITY[item] * exp(p.need_log_sd * z)
    return needs


@compiled
def serves(item: int, elder: bool, top_floor: bool) -> bool:
    """Whether an item serves this household above all."""
    benefits = ITEM_BENEFITS[item]
    if benefits == Benefits.ELDERS:
        return elder
    if benefits == Benefits.NO_ELDERS:
        return not elder
    return top_floor


@compiled
def draw_preferences(
    preferences: np.ndarray,
    r: int,
    seed: int,
    number: int,
    i: int,
    elder: bool,
    top_floor: bool,
    needs: np.ndarray,
    p: Record,
) -> None:
    """One household's wish for each menu item: positive weights that add up to 1.

    Beneficiaries wish more; what the compound lacks is wished for by all of it.
    needs : of `draw_needs`
    """
    total = 0.0
    for first in range(0, N_ITEMS, 4):
        draws = four_uniforms(seed, number, i, BEFORE, Purpose.PREFERENCE + first)
        for item in range(first, min(first + 4, N_ITEMS)):
            wish = needs[item] * (0.2 + 1.6 * draws[item - first])
            if ITEM_BENEFITS[item] != Benefits.EVERYBODY:
                wish *= p.wish_of_beneficiaries if serves(item, elder, top_floor) else p.wish_of_others
            preferences[item, r] = wish
            total += wish
    for item in range(N_ITEMS):
        preferences[item, r] = preferences[item, r] / total
