"""The compounds of a collection, made one by one from the seed and their index.

What compound 17 is depends on the seed and on 17, and on no other compound, so that any stretch of a collection can be
made, run and forgotten without the rest.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agents.categories import Allocation, Trait
from compiling.exact import clip, standard_normal
from model.district_plan import bundle_rich_and_poor
from model.engine import DistrictOffice, Run
from model.refusing import SettingError
from model.settings import with_settings
from model.specification import Management, Scenario, hash_of
from model.world.compound_draws import uniform_of_compound
from model.world.randomness import COMPOUND
from scenarios.files.collectionfile import Collection
from scenarios.files.problems import ScenarioError

if TYPE_CHECKING:
    from scenarios.own import Own

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_MOST_BUILDINGS = 500
_FEWEST_PER_BUILDING = 4
#: What compounds of a collection differ in by its own spreads.
_DRAWN_HERE = (
    Trait.TRUST_OFFICE,
    Trait.STRUCTURES,
    Trait.ELDERS,
    Trait.INFRASTRUCTURE,
    Trait.INCOME,
    Trait.PAYMENT,
)


class Draw(IntEnum):
    """What a draw decides about a compound. Numbers from 1024 on: they never meet those of the engine."""

    ORDER = 1024
    ELDER = 1028
    PARTY = 1029
    INCOME = 1030
    AREA = 1031
    STRUCTURE = 1032
    TRUST = 1033
    INFRASTRUCTURE = 1034
    COMMON_INCOME = 1035
    COMPANY_BEFORE = 1036
    PAYMENT_BEFORE = 1037


@dataclass(frozen=True)
class Drawn:
    """A collection with a seed: makes the runs of any stretch of its compounds.

    scenario : of the usual compound, around which the others are drawn; own : what a researcher has brought
    """

    scenario: Scenario
    collection: Collection
    seed: int
    own: "Own | None" = None

    def __post_init__(self) -> None:
        """Raises ScenarioError where a stairwell of the smallest compounds would stand empty."""
        stairwells = self.scenario.compound.stairwells_per_building
        if self.collection.least_households < stairwells:
            raise ScenarioError(
                f"collection.least_households = {self.collection.least_households}; expected at least the "
                f"{stairwells} stairwells of a building (compound.stairwells_per_building)"
            )

    def content_hash(self) -> str:
        """Sixteen bytes in hexadecimal that change when anything but the code that is run changes."""
        return hash_of([self.scenario.content_hash(), self.collection.model_dump(mode="json"), self.seed])

    def rank(self, index: int) -> int:
        """Where a compound stands by size, 0 the smallest.

        Steps of the golden ratio go round all ranks once, so that every stretch of a collection, the first thousand
        compounds too, holds small and large ones in due proportion.
        """
        n = self.collection.compounds
        return (index * self._step + self._offset) % n

    def size(self, index: int) -> int:
        """Households of one compound."""
        return self.collection.size_of_rank(self.rank(index))

    def runs(self, first: int, last: int) -> list[Run]:
        """Compounds `first` to `last` (exclusive), which begin and end with an office.

        Raises ScenarioError for a compound out of the model's range.
        """
        return [run for group in self._groups(first, last) for run in self._office_runs(group)]

    def traits(self, run: Run) -> dict[str, Any]:
        """What makes a compound of the collection differ from the others, by column of its outcome row."""
        compound, management = run.scenario.compound, run.scenario.management
        return {
            "compound": run.number,
            "office": run.number // self.collection.compounds_per_office,
            "start_week": run.start_week,
            "households": compound.households,
            "buildings": compound.buildings,
            "elder": compound.elder,
            "party": compound.party,
            "income_yuan_per_month": compound.income_yuan_per_month,
            "area_mean_m2": compound.area_mean_m2,
            "structure": compound.structure,
            "initial_trust_office": compound.trust_office,
            "initial_infrastructure": compound.infrastructure,
            "common_income": management.common_income,
            "company_before": management.before == "weak_company",
            "payment_before_set": management.payment_before,
        }

    @cached_property
    def _step(self) -> int:
        n = self.collection.compounds
        step = max(1, round(n * _GOLDEN))
        while math.gcd(step, n) != 1:
            step += 1
        return step

    @cached_property
    def _offset(self) -> int:
        return int(uniform_of_compound(self.seed, COMPOUND, Draw.ORDER) * self.collection.compounds)

    @cached_property
    def _usual(self) -> tuple[dict[str, Any], Management]:
        """Plain values of the usual compound; management with the strategy's levers."""
        return self.scenario.compound.model_dump(), self.scenario.effective_management()

    def _groups(self, first: int, last: int) -> Iterator[range]:
        """The offices of a stretch, each with its compounds."""
        step, stop = self.collection.compounds_per_office, min(last, self.collection.compounds)
        for start in range(first, stop, step):
            yield range(start, min(start + step, stop))

    def _office_runs(self, group: range) -> list[Run]:
        scenarios = [self._scenario(index) for index in group]
        if self.collection.compounds_per_office == 1:
            return [Run(scenarios[0], self.seed, number=group.start, start_week=self._start_week(group, 0))]
        office = self._office(scenarios)
        bundles = bundle_rich_and_poor([s.management.common_income for s in scenarios], office.n_bundles)
        return [
            Run(s, self.seed, index, office, self._start_week(group, place), bundles[place])
            for place, (index, s) in enumerate(zip(group, scenarios, strict=True))
        ]

    def _start_week(self, group: range, place: int) -> int:
        """Of an office's compounds in turn; of compounds with an office each by their index."""
        of = self.collection
        alone = of.compounds_per_office == 1
        batch = group.start % of.batches if alone else place * of.batches // len(group)
        return batch * of.batch_interval_weeks

    def _office(self, scenarios: list[Scenario]) -> DistrictOffice:
        own = scenarios[0].effective_office()
        n = sum(s.compound.households for s in scenarios)
        return DistrictOffice(
            hours_per_week=own.hours_per_household_week * n,
            hours_budget=own.hours_budget_per_household * n,
            allocation=int(Allocation[self.collection.allocation.upper()]),
            n_bundles=-(-len(scenarios) // self.collection.bundle_compounds),
        )

    def _scenario(self, index: int) -> Scenario:
        usual, management = self._usual
        own = {"compound": self._compound(index, usual), "management": self._management(index, management)}
        try:
            return with_settings(self.scenario, own).knowing(*_DRAWN_HERE)
        except SettingError as error:
            found = str(error.refusals[0]).removeprefix("compound.")
            raise ScenarioError(f"collection: compound {index} of seed {self.seed} has {found}") from None

    def _compound(self, index: int, usual: dict[str, Any]) -> dict[str, Any]:
        of = self.collection
        n = self.size(index)
        stairwells = usual["stairwells_per_building"]
        most = min(n // max(stairwells, _FEWEST_PER_BUILDING), _MOST_BUILDINGS)
        ties = (n / of.mean_households) ** of.ties_by_size if of.ties_by_size else 1.0
        return {
            "households": n,
            "buildings": max(1, min(round(n / of.households_per_building), most)),
            "elder": clip(usual["elder"] + of.elder_sd * self._deviate(index, Draw.ELDER), 0.0, 1.0),
            "party": clip(usual["party"] + of.party_sd * self._deviate(index, Draw.PARTY), 0.0, 1.0),
            "income_yuan_per_month": clip(
                usual["income_yuan_per_month"] * self._factor(index, Draw.INCOME, of.income_between_log_sd),
                500.0,
                200_000.0,
            ),
            "area_mean_m2": clip(
                usual["area_mean_m2"] * self._factor(index, Draw.AREA, of.area_between_log_sd), 15.0, 300.0
            ),
            "structure": min(
                usual["structure"] * self._factor(index, Draw.STRUCTURE, of.structure_between_log_sd), 1.0
            ),
            "trust_office": clip(
                usual["trust_office"] + of.trust_sd * self._deviate(index, Draw.TRUST), 0.0, 1.0
            ),
            "infrastructure": clip(
                usual["infrastructure"] + of.infrastructure_sd * self._deviate(index, Draw.INFRASTRUCTURE),
                0.0,
                1.0,
            ),
            "stairwell_tie": min(usual["stairwell_tie"] * ties, 1.0),
            "building_ties": min(usual["building_ties"] * ties, 20.0),
            "compound_ties": min(usual["compound_ties"] * ties, 20.0),
        }

    def _management(self, index: int, usual: Management) -> dict[str, Any]:
        of = self.collection
        income = usual.common_income * self._factor(index, Draw.COMMON_INCOME, of.common_income_log_sd)
        payment = usual.payment_before + of.payment_before_sd * self._deviate(index, Draw.PAYMENT_BEFORE)
        has_company = uniform_of_compound(self.seed, index, Draw.COMPANY_BEFORE) < of.company_before
        return {
            "common_income": min(income, 5.0),
            "payment_before": clip(payment, 0.0, 1.0),
            "before": "weak_company" if has_company else "none",
        }

    def _deviate(self, index: int, what: Draw) -> float:
        """A standard normal draw of one compound."""
        return standard_normal(uniform_of_compound(self.seed, index, what))

    def _factor(self, index: int, what: Draw, log_sd: float) -> float:
        """A lognormal factor with mean one."""
        return math.exp(log_sd * self._deviate(index, what) - log_sd**2 / 2)
