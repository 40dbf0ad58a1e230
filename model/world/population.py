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
    draw_all,
    four_uniforms,
    interpolate,
    uniform,
)
from model.world.state import Cooperation, Flag, Party, Real, Record, Scratch, Tenure, Whole, World

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
def draw_households(w: World, c: int) -> None:
    """Draw every household's traits and wishes; what depends on the strategy is set in `model.setup`."""
    draw_homes(w, c)
    draw_roles(w, c)
    draw_flats(w, c)
    draw_characters(w, c)
    draw_tastes(w, c)
    draw_wishes(w, c)


@compiled
def draw_homes(w: World, c: int) -> None:
    """Draw tenure, elders, area and income."""
    k, d = w.compounds[c], w.demography[c]
    low, high = k.start, k.stop
    tenure, elder = w.flags[Flag.TENURE, low:high], w.flags[Flag.ELDER, low:high]
    area, income = w.wholes[Whole.AREA, low:high], w.reals[Real.INCOME, low:high]
    of_tenure, of_elder, of_area, of_income = four_draws(w, c, Purpose.TENURE)
    for i in range(high - low):
        at_home, let = of_tenure[i] < d.owner_occupied, of_tenure[i] < d.owner_occupied + d.rented_out
        rented = np.uint8(Tenure.RENTED_OUT + 0) if let else np.uint8(Tenure.VACANT + 0)
        tenure[i] = np.uint8(Tenure.OWNER_OCCUPIED + 0) if at_home else rented
        elder[i] = of_elder[i] < d.elder
    for i in range(high - low):
        m2 = d.area_mean_m2 + d.area_sd_m2 * standard_normal(of_area[i])
        area[i] = int(clip(m2, 0.4 * d.area_mean_m2, 2.5 * d.area_mean_m2) * 100.0 + 0.5)
        income[i] = exp(d.income_log_sd * standard_normal(of_income[i])) * d.income_level


@compiled
def draw_roles(w: World, c: int) -> None:
    """Draw Party membership, activists and members of the WeChat group."""
    k, d = w.compounds[c], w.demography[c]
    low, high = k.start, k.stop
    party, activist = w.flags[Flag.PARTY, low:high], w.flags[Flag.ACTIVIST, low:high]
    wechat, elder = w.flags[Flag.WECHAT, low:high], w.flags[Flag.ELDER, low:high]
    of_party, of_service, of_activist, of_wechat = four_draws(w, c, Purpose.PARTY)
    # odds among members change who is active, not how many
    base = d.activist / (d.party * d.activist_party_odds + 1.0 - d.party)
    for i in range(high - low):
        member = of_party[i] < d.party
        in_service = of_service[i] < d.party_in_service
        as_member = np.uint8(Party.IN_SERVICE + 0) if in_service else np.uint8(Party.RETIRED + 0)
        party[i] = as_member if member else np.uint8(Party.NONE + 0)
        activist[i] = of_activist[i] < base * (d.activist_party_odds if member else 1.0)
    for i in range(high - low):
        # 0 on average: the gap leaves the overall coverage as declared
        elder_gap = d.wechat_elder_gap * (np.float64(elder[i]) - d.elder)
        wechat[i] = of_wechat[i] < d.wechat - elder_gap


@compiled
def draw_flats(w: World, c: int) -> None:
    """Draw structures and fresh interiors; and, of the same call of the generator, who cooperates how."""
    k, d = w.compounds[c], w.demography[c]
    low, high = k.start, k.stop
    floor, structure = w.wholes[Whole.FLOOR, low:high], w.reals[Real.STRUCTURE, low:high]
    fresh, cooperation = w.flags[Flag.FRESH, low:high], w.flags[Flag.COOPERATION, low:high]
    of_structure, of_size, of_fresh, of_kind = four_draws(w, c, Purpose.STRUCTURE)
    weight = 0.0
    for i in range(high - low):
        weight += floor_weight(floor[i], int(d.floors))
    for i in range(high - low):
        # weights over their mean: the overall share stays as declared
        share = d.structure * floor_weight(floor[i], int(d.floors)) * (high - low) / weight
        if of_structure[i] < share:
            structure[i] = d.structure_mean_m2 * (0.5 + of_size[i])
    for i in range(high - low):
        fresh[i] = of_fresh[i] < d.fresh_interior
        rides, always = of_kind[i] < d.free_rider, of_kind[i] > 1.0 - d.unconditional
        other = np.uint8(Cooperation.UNCONDITIONAL + 0) if always else np.uint8(Cooperation.CONDITIONAL + 0)
        cooperation[i] = np.uint8(Cooperation.FREE_RIDER + 0) if rides else other


@compiled
def draw_characters(w: World, c: int) -> None:
    """Draw stubbornness, proneness to reactance, conformity and present bias."""
    k, p = w.compounds[c], w.parameters[c]
    low, high = k.start, k.stop
    stubbornness, proneness = w.reals[Real.STUBBORNNESS, low:high], w.reals[Real.PRONENESS, low:high]
    conformity, bias = w.reals[Real.CONFORMITY, low:high], w.reals[Real.PRESENT_BIAS, low:high]
    stubborn, prone, conforms, biased = four_draws(w, c, Purpose.STUBBORNNESS)
    for i in range(high - low):
        stubbornness[i] = interpolate(_BETA_2_2, stubborn[i])
        proneness[i] = interpolate(_BETA_2_2, prone[i])
        conformity[i] = interpolate(_BETA_2_3, conforms[i])
    for i in range(high - low):
        bias[i] = clip(p.present_bias + p.present_bias_sd * standard_normal(biased[i]), 0.0, 1.0)


@compiled
def draw_tastes(w: World, c: int) -> None:
    """Draw the taste for the project and the disposition to sign."""
    k, p, d = w.compounds[c], w.parameters[c], w.demography[c]
    low, high = k.start, k.stop
    taste, disposition = w.reals[Real.TASTE, low:high], w.reals[Real.DISPOSITION, low:high]
    party, activist = w.flags[Flag.PARTY, low:high], w.flags[Flag.ACTIVIST, low:high]
    luck = w.scratch[Scratch.LUCK, : high - low]
    draw_all(k.seed, k.number, BEFORE, Purpose.TASTE, luck)
    for i in range(high - low):
        likes = p.taste_mean + d.taste_shift + p.taste_sd * standard_normal(luck[i])
        likes = likes + p.member_support if party[i] != Party.NONE else likes
        taste[i] = likes + p.activist_support if activist[i] == 1 else likes
    draw_all(k.seed, k.number, BEFORE, Purpose.DISPOSITION, luck)
    for i in range(high - low):
        disposition[i] = logit(luck[i])


@compiled
def draw_wishes(w: World, c: int) -> None:
    """Draw every household's wishes, by who they are."""
    k, p, floors = w.compounds[c], w.parameters[c], int(w.demography[c].floors)
    needs = draw_needs(k.seed, k.number, p)
    for r in range(k.start, k.stop):
        elder, top = w.flags[Flag.ELDER, r] == 1, w.wholes[Whole.FLOOR, r] == floors
        draw_preferences(w.preferences, r, k.seed, k.number, r - k.start, elder, top, needs, p)


@compiled
def four_draws(w: World, c: int, first_purpose: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draws of all households for a purpose divisible by four and the three after it, in working space."""
    k = w.compounds[c]
    n = k.stop - k.start
    one, two = w.scratch[Scratch.LUCK, :n], w.scratch[Scratch.OTHER_LUCK, :n]
    three, four = w.scratch[Scratch.KEYS, :n], w.scratch[Scratch.CHANCE, :n]
    for i in range(n):
        one[i], two[i], three[i], four[i] = four_uniforms(k.seed, k.number, i, BEFORE, first_purpose)
    return one, two, three, four


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
