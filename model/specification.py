"""What a run needs to know: the compound, the programme, its management, the office, the strategy.

These classes are the contract between a case file and the model. They are frozen, refuse unknown names and
values outside their range, and know their units; where each number comes from stays in the case file.
"""

import hashlib
import json
from collections.abc import Iterable
from enum import IntEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator
from pydantic.fields import FieldInfo

from agents.categories import (
    Allocation,
    Beginning,
    Contract,
    EventKind,
    Law,
    ManagementBefore,
    MissedGate,
    SilentOwners,
    Trait,
    names,
)
from model.households import Tables, TablesField
from model.instruments import CHOICES, INSTRUMENTS, Instrument, Legality
from model.menu import N_ITEMS
from model.parameters import Parameters
from model.refusing import Input

#: A week beyond every horizon.
FOREVER = 1_000_000
#: Weeks before a run begins to count.
LONGEST_BURN_IN = 1040
_TRAITS = names(Trait)

Share = Annotated[float, Field(ge=0, le=1)]

if TYPE_CHECKING:
    type Named[Choices: IntEnum] = str
else:

    class Named:
        """`Named[Law]` is the type of a field that holds the name of one of the `Law`s, as files write it."""

        def __class_getitem__(cls, choices: type[IntEnum]) -> Any:
            return Annotated[Literal[names(choices)], choices]


def quantity(default: Any, *, unit: str, zh: str, en: str, low: float, high: float) -> Any:
    """Declare one structural number: unit, labels in both languages, and the range a file may give."""
    return Field(default, ge=low, le=high, title=en, json_schema_extra={"unit": unit, "title_zh": zh})


def choice(default: Any, *, zh: str, en: str) -> Any:
    """Declare a named choice, or a yes or no, with its labels in both languages."""
    return Field(default, title=en, json_schema_extra={"title_zh": zh})


class Specification(Input, BaseModel):  # the second for linters, which do not see the first's
    """Base of what a run needs to know: frozen, no unknown names."""


class Compound(Specification):
    """The people and the buildings of one compound (小区), before anything happens."""

    households: int = quantity(180, unit="households", zh="户数", en="Households", low=4, high=20_000)
    buildings: int = quantity(5, unit="buildings", zh="楼栋数", en="Buildings", low=1, high=500)
    stairwells_per_building: int = quantity(
        3, unit="stairwells", zh="每栋单元数", en="Stairwells per building", low=1, high=20
    )
    floors: int = quantity(6, unit="floors", zh="层数", en="Floors", low=1, high=40)
    area_mean_m2: float = quantity(70.0, unit="m²", zh="户均面积", en="Mean dwelling area", low=15, high=300)
    area_sd_m2: float = quantity(
        14.0, unit="m²", zh="面积标准差", en="Spread of dwelling area", low=0, high=100
    )
    owner_occupied: float = quantity(
        0.68, unit="share", zh="自住比例", en="Owner-occupied dwellings", low=0, high=1
    )
    rented_out: float = quantity(0.24, unit="share", zh="出租比例", en="Rented-out dwellings", low=0, high=1)
    elder: float = quantity(
        0.45, unit="share", zh="老年家庭比例", en="Households with an elder", low=0, high=1
    )
    party: float = quantity(
        0.25, unit="share", zh="有党员的家庭比例", en="Households with a Party member", low=0, high=1
    )
    party_in_service: float = quantity(
        0.5, unit="share", zh="在职党员占比", en="In-service among member households", low=0, high=1
    )
    activist: float = quantity(0.04, unit="share", zh="骨干比例", en="Activist households", low=0, high=1)
    activist_party_odds: float = quantity(
        1.0,
        unit="ratio",
        zh="党员成为骨干的倍数",
        en="Activism among members relative to others",
        low=0,
        high=20,
    )
    wechat: float = quantity(
        0.70, unit="share", zh="微信群覆盖率", en="Households in the WeChat group", low=0, high=1
    )
    wechat_elder_gap: float = quantity(
        0.15,
        unit="share",
        zh="老年家庭微信差距",
        en="Lower WeChat coverage of elder households",
        low=0,
        high=1,
    )
    structure: float = quantity(
        0.15, unit="share", zh="有违建的家庭比例", en="Households with an illegal structure", low=0, high=1
    )
    structure_mean_m2: float = quantity(
        8.0, unit="m²", zh="违建面积", en="Mean size of a structure", low=0, high=100
    )
    fresh_interior: float = quantity(
        0.10, unit="share", zh="新装修比例", en="Recently renovated interiors", low=0, high=1
    )
    income_yuan_per_month: float = quantity(
        9000.0, unit="yuan/month", zh="家庭月收入中位数", en="Median household income", low=500, high=200_000
    )
    income_log_sd: float = quantity(0.4, unit="1", zh="收入离散度", en="Spread of log income", low=0, high=2)
    free_rider: float = quantity(0.28, unit="share", zh="搭便车者比例", en="Free riders", low=0, high=1)
    unconditional: float = quantity(
        0.12, unit="share", zh="无条件合作者比例", en="Unconditional cooperators", low=0, high=1
    )
    trust_office: float = quantity(
        0.55, unit="1", zh="对街道初始信任", en="Initial trust in the office", low=0, high=1
    )
    stairwell_tie: float = quantity(
        0.45,
        unit="probability",
        zh="同单元相识概率",
        en="Chance that stairwell neighbours are tied",
        low=0,
        high=1,
    )
    building_ties: float = quantity(
        1.5, unit="ties", zh="跨单元同楼相识数", en="Ties to other stairwells of the building", low=0, high=20
    )
    compound_ties: float = quantity(
        2.5, unit="ties", zh="跨楼相识数", en="Long ties within the compound", low=0, high=20
    )
    homophily: float = quantity(
        0.5, unit="share", zh="同龄同质偏好", en="Long ties refused across age groups", low=0, high=1
    )
    infrastructure: float = quantity(
        0.25, unit="1", zh="初始设施水平", en="Initial infrastructure", low=0, high=1
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        # decimals that add up to 1 may exceed it by rounding
        if self.owner_occupied + self.rented_out > 1 + 1e-9:
            raise ValueError("owner_occupied + rented_out exceed 1; the rest is vacant")
        if self.free_rider + self.unconditional > 1 + 1e-9:
            raise ValueError("free_rider + unconditional exceed 1; the rest are conditional cooperators")
        if self.households < self.buildings * self.stairwells_per_building:
            raise ValueError("households are fewer than stairwells (buildings * stairwells_per_building)")
        return self


class Programme(Specification):
    """The rules of the renovation: gates, votes, deadlines, works and who pays."""

    consent_gate: float = quantity(
        0.80, unit="share", zh="启动同意率", en="Consent needed to start", low=0, high=1
    )
    willingness_gate: float = quantity(
        0.50, unit="share", zh="意愿门槛", en="Consent needed to begin planning", low=0, high=1
    )
    strong_objection_limit: float = quantity(
        1.0, unit="share", zh="强烈反对上限", en="Strong objectors allowed at the gate", low=0, high=1
    )
    vote_rule: Named[Law] = choice("civil_code_2021", zh="表决规则", en="Law that counts the votes")
    ballot_weeks: int = quantity(
        0,
        unit="weeks",
        zh="投票期（0：签名即表决）",
        en="Weeks a ballot is open; 0: the list of signatures is the vote",
        low=0,
        high=26,
    )
    silent_owners: Named[SilentOwners] = choice(
        "no_vote", zh="已通知未表态的业主", en="Owners who were notified and kept silent"
    )
    alters_common_parts: bool = choice(True, zh="涉及共有部分", en="Works alter common parts")
    begins: Named[Beginning] = choice(
        "willingness",
        zh="起点阶段",
        en="Stage in which the run begins: an ordinary compound with no project is managed",
    )
    deadline_week: int = quantity(
        78, unit="week", zh="批次截止周", en="Deadline of the batch", low=1, high=FOREVER
    )
    on_missed_gate: Named[MissedGate] = choice("wait", zh="未过门槛时", en="When the gate is missed")
    batch_wait_weeks: int = quantity(
        26, unit="weeks", zh="下一批次等待", en="Wait for the next batch", low=1, high=520
    )
    removal_weeks: int = quantity(8, unit="weeks", zh="拆违阶段", en="Removal stage", low=0, high=156)
    works_weeks: int = quantity(30, unit="weeks", zh="工期", en="Works at full speed", low=1, high=260)
    acceptance_weeks: int = quantity(2, unit="weeks", zh="验收", en="Acceptance", low=0, high=52)
    works_yuan_per_m2: float = quantity(
        455.0, unit="yuan/m²", zh="公共改造预算", en="Public budget for works", low=0, high=20_000
    )
    standard_items: int = quantity(
        5, unit="items", zh="标准方案项目数", en="Menu items of the standard plan", low=0, high=N_ITEMS
    )
    public_share_basic: float = quantity(
        1.0, unit="share", zh="基础类公共出资", en="Public share of basic items", low=0, high=1
    )
    public_share_improvement: float = quantity(
        0.85, unit="share", zh="完善类公共出资", en="Public share of improvement items", low=0, high=1
    )
    public_share_upgrade: float = quantity(
        0.7, unit="share", zh="提升类公共出资", en="Public share of upgrade items", low=0, high=1
    )
    maintenance_fund_yuan_per_m2: float = quantity(
        10.0, unit="yuan/m²", zh="维修资金余额", en="Maintenance fund at hand", low=0, high=2000
    )
    lift_subsidy_yuan: float = quantity(
        200_000.0, unit="yuan", zh="每部电梯补贴", en="Subsidy for a lift", low=0, high=5e6
    )
    lift_compensation_yuan: float = quantity(
        0.0,
        unit="yuan",
        zh="加梯对每户低层的补偿",
        en="Compensation of a low floor for a lift",
        low=0,
        high=1e6,
    )
    lift_objection_limit: float = quantity(
        0.1, unit="share", zh="加梯强烈反对上限", en="Strong objectors allowed to a lift", low=0, high=1
    )
    compensation_yuan_per_m2: float = quantity(
        400.0, unit="yuan/m²", zh="违建补偿", en="Compensation for a structure", low=0, high=20_000
    )
    in_flat_risers: bool = choice(True, zh="入户立管改造", en="Risers inside dwellings are replaced")
    infrastructure_after: float = quantity(
        0.90, unit="1", zh="改造后设施水平", en="Infrastructure delivered at quality 1", low=0, high=1
    )
    structures_must_go: float = quantity(
        0.0,
        unit="share",
        zh="启动前已拆或已签约的违建户比例",
        en="Structure owners who removed or signed before the gate",
        low=0,
        high=1,
    )
    pledges_needed: float = quantity(
        0.0, unit="share", zh="缴费承诺比例门槛", en="Fee pledges needed at the gate", low=0, high=1
    )


class Management(Specification):
    """The property company before and after the works, and its fee."""

    before: Named[ManagementBefore] = choice(
        "weak_company", zh="改造前管理方式", en="Management before the works"
    )
    contract: Named[Contract] = choice("lump_sum", zh="改造后管理与计费方式", en="Contract after the works")
    fee_before: float = quantity(
        0.3, unit="yuan/m²/month", zh="改造前物业费", en="Fee before works", low=0, high=20
    )
    fee: float = quantity(0.5, unit="yuan/m²/month", zh="物业费", en="Fee after works", low=0, high=20)
    payment_before: float = quantity(
        0.35, unit="share", zh="改造前缴费比例", en="Households paying before works", low=0, high=1
    )
    trust_company: float = quantity(
        0.375, unit="1", zh="对物业初始信任", en="Initial trust in the company", low=0, high=1
    )
    common_income: float = quantity(
        0.10, unit="full collections", zh="公共收益", en="Parking and other common income", low=0, high=5
    )
    vacant_fee_share: float = quantity(
        0.7, unit="share", zh="空置收费比例", en="Share of the fee billed to vacant flats", low=0, high=1
    )


class Office(Specification):
    """The street office (街道办) and its community committee: hours and money for this compound."""

    hours_per_household_week: float = quantity(
        0.04,
        unit="hours/household/week",
        zh="每户每周工时",
        en="Staff hours a week, for every household of the compound",
        low=0,
        high=10,
    )
    visit_hours: float = quantity(
        0.75, unit="hours", zh="每次走访工时", en="Hours of a visit", low=0.05, high=10
    )
    meeting_hours: float = quantity(
        25.0,
        unit="hours",
        zh="每次会议工时（按500户计）",
        en="Hours of a meeting, for 500 households",
        low=0,
        high=500,
    )
    meeting_interval_weeks: int = quantity(
        4, unit="weeks", zh="会议间隔", en="Weeks between meetings", low=1, high=52
    )
    consultation_rounds: int = quantity(
        3, unit="rounds", zh="征求意见轮次", en="Consultation rounds", low=1, high=12
    )
    yuan_per_hour: float = quantity(
        40.0, unit="yuan/hour", zh="人工成本", en="Cost of an hour", low=0, high=1000
    )
    hours_budget_per_household: float = quantity(
        1000.0,
        unit="hours/household",
        zh="每户工时总量",
        en="Hours per household in all, for the whole run",
        low=0,
        high=1000,
    )
    mobilisation_yuan_per_household: float = quantity(
        200.0,
        unit="yuan/household",
        zh="每户动员经费",
        en="Money for devices of mobilisation and management, for the whole run",
        low=0,
        high=100_000,
    )
    grid_households: int = quantity(
        300, unit="households", zh="每网格户数", en="Households of a grid", low=1, high=5000
    )
    shown_quality: float = quantity(
        0.7, unit="1", zh="可供观摩的改造质量", en="Quality of a finished compound elsewhere", low=0, high=1
    )


#: The sections of which a strategy may set numbers: its levers, which win over the case's.
LEVERS: dict[str, type[Specification]] = {"programme": Programme, "management": Management, "office": Office}


class Use(Specification):
    """One instrument in use: how strongly, in which weeks, and which choice.

    `end_week` is the first week in which it is no longer in force.
    """

    intensity: Share = 1.0
    start_week: int = Field(0, ge=0, le=FOREVER)
    end_week: int = Field(FOREVER, ge=0, le=FOREVER)
    choice: str = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_week < self.start_week:
            raise ValueError(f"end_week {self.end_week} is before start_week {self.start_week}")
        return self


class OwnEntry(Use):
    """An instrument of a researcher's own in use, with what must be known of it wherever the strategy is read."""

    zh: str
    en: str
    legality: Legality = Legality.LAWFUL


class Strategy(Specification):
    """A set of instruments in use, with the levers of programme and management it sets.

    own : instruments of a researcher's own (`model.own`), by name
    """

    id: str = "none"
    zh: str = "不作为"
    en: str = "No mobilisation"
    note_zh: str = ""
    note_en: str = ""
    instruments: dict[str, Use] = {}
    own: dict[str, OwnEntry] = {}
    programme: dict[str, Any] = {}
    management: dict[str, Any] = {}
    office: dict[str, Any] = {}

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, use in self.instruments.items():
            if name.upper() not in Instrument.__members__:
                raise ValueError(f"unknown instrument {name!r}")
            choices = CHOICES.get(Instrument[name.upper()])
            if use.choice and choices is None:
                raise ValueError(f"{name} has no choice, found {use.choice!r}")
            if use.choice and choices is not None and use.choice.upper() not in choices.__members__:
                known = ", ".join(names(choices))
                raise ValueError(f"{name}.choice is {use.choice!r}; expected one of {known}")
        for name, use in self.own.items():
            if name.upper() in Instrument.__members__:
                raise ValueError(f"{name} is an instrument of the model, and none of one's own")
            if use.choice:
                raise ValueError(f"{name} has no choice, found {use.choice!r}")
        return self

    @property
    def uses(self) -> dict[str, Use]:
        """Every instrument the strategy names, one's own among them, by name."""
        return {**self.instruments, **self.own}

    def legality(self, name: str) -> Legality:
        """Whether an instrument the strategy names is lawful."""
        own = self.own.get(name)
        return own.legality if own is not None else INSTRUMENTS[Instrument[name.upper()]].legality

    def not_lawful(self) -> dict[str, Legality]:
        """Instruments in use that the law restricts or forbids, by name; one's own among them."""
        legalities = {name: self.legality(name) for name, use in self.uses.items() if use.intensity > 0}
        return {name: legal for name, legal in legalities.items() if legal is not Legality.LAWFUL}


class District(Specification):
    """The compounds one street office (街道办) works in, and how it works through them."""

    compounds: int = quantity(20, unit="compounds", zh="小区数", en="Compounds", low=1, high=250_000)
    buildings: int = quantity(
        100, unit="buildings", zh="楼栋总数", en="Buildings in all", low=1, high=2_000_000
    )
    households: int = quantity(
        3500, unit="households", zh="总户数", en="Households in all", low=4, high=50_000_000
    )
    size_log_sd: float = quantity(
        0.6, unit="1", zh="小区规模离散度", en="Spread of log size between compounds", low=0, high=2
    )
    hours_per_household_week: float = quantity(
        0.04,
        unit="hours/household/week",
        zh="片区每户每周工时",
        en="Staff hours a week, for every household of the district",
        low=0,
        high=10,
    )
    allocation: Named[Allocation] = choice(
        "by_households", zh="工时分配方式", en="How hours are shared among compounds"
    )
    batches: int = quantity(3, unit="batches", zh="批次数", en="Batches", low=1, high=100)
    batch_interval_weeks: int = quantity(
        26, unit="weeks", zh="批次间隔", en="Weeks between batches", low=1, high=520
    )
    bundle_compounds: int = quantity(
        4,
        unit="compounds",
        zh="每包小区数",
        en="Compounds served by one company under bundling",
        low=1,
        high=1000,
    )
    common_income_log_sd: float = quantity(
        0.8, unit="1", zh="公共收益离散度", en="Spread of log common income between compounds", low=0, high=3
    )
    trust_sd: float = quantity(
        0.05, unit="1", zh="对街道信任的小区差异", en="Spread of trust between compounds", low=0, high=0.5
    )
    elder_sd: float = quantity(
        0.08,
        unit="share",
        zh="老年家庭比例的小区差异",
        en="Spread of elders between compounds",
        low=0,
        high=0.5,
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.buildings < self.compounds:
            raise ValueError("buildings are fewer than compounds")
        if self.households < 4 * self.buildings:
            raise ValueError("households are fewer than four a building (buildings)")
        return self


class Event(Specification):
    """A change scripted in the scenario: from this week on, a value of programme or management is this."""

    week: int = Field(ge=0, le=FOREVER)
    kind: Named[EventKind]
    value: float = 0.0
    zh: str = ""
    en: str = ""


class BurnIn(Specification):
    """Weeks that pass before a run begins to count: what is compared starts from the state that they leave.

    strategy : in force meanwhile
    """

    weeks: int = Field(ge=1, le=LONGEST_BURN_IN)
    strategy: Strategy = Strategy()


class Scenario(Specification):
    """Everything that determines a run except the seed. Hashable by content."""

    id: str = "default"
    compound: Compound = Compound()
    programme: Programme = Programme()
    management: Management = Management()
    office: Office = Office()
    strategy: Strategy = Strategy()
    parameters: Parameters = Parameters()
    #: what compounds differ in that is known of this one, and therefore not drawn
    known: tuple[str, ...] = ()
    #: coefficients that a file or its user has given their default: like those that differ from it, they stay as they
    #: are under sets of parameters; see `stating`
    stated: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    horizon_weeks: int = quantity(208, unit="weeks", zh="模拟周数", en="Weeks simulated", low=1, high=5200)
    billing_interval_weeks: int = quantity(
        4, unit="weeks", zh="收费间隔", en="Weeks between bills", low=1, high=52
    )
    #: households and ties of one's own; `with_tables` puts them in force
    tables: TablesField | None = None
    #: weeks before the first that counts; every week that is said or measured counts from their end
    burn_in: BurnIn | None = None

    @model_validator(mode="after")
    def _agrees_with_tables(self) -> Self:
        for name, said in disagreements(self.compound, self.tables).items():
            raise ValueError(f"compound.{name} = {getattr(self.compound, name):g}; the tables say {said}")
        return self

    @model_validator(mode="after")
    def _traits_exist(self) -> Self:
        for name in self.known:
            if name not in _TRAITS:
                raise ValueError(f"known is {name!r}; expected traits of compounds: {', '.join(_TRAITS)}")
        return self

    @model_validator(mode="after")
    def _levers_fit(self) -> Self:
        for section in LEVERS:
            self.effective(section)
        return self

    def knowing(self, *traits: Trait) -> "Scenario":
        """The same scenario, of whose compound these traits are known as well, so that they are not drawn."""
        more = {trait.name.lower() for trait in traits}
        return self.model_copy(update={"known": tuple(n for n in _TRAITS if n in {*self.known, *more})})

    def stating(self, names: Iterable[str]) -> "Scenario":
        """The same scenario, in which somebody has said the values of these coefficients, be they the defaults."""
        said, own, usual = {*self.stated, *names}, self.parameters, Parameters.model_fields
        in_order = (name for name in usual if name in said)
        at_default = tuple(name for name in in_order if getattr(own, name) == usual[name].default)
        return self if at_default == self.stated else self.model_copy(update={"stated": at_default})

    def with_tables(self, tables: Tables | None) -> "Scenario":
        """The same scenario with these households and ties in place of those it draws; None changes nothing.

        The numbers of the compound follow from the table, and what is known by it is not drawn.
        Raises ValueError where ties are of households that the compound does not have.
        """
        if tables is None:
            return self
        compound = Compound.model_validate({**self.compound.__dict__, **tables.numbers})
        wrong = disagreements(compound, tables)
        if wrong:
            name, said = next(iter(wrong.items()))
            raise ValueError(f"compound.{name} = {getattr(compound, name):g}; expected {said}")
        known = self.knowing(*(trait for one in tables.compounds for trait in one.traits))
        return known.model_copy(update={"compound": compound, "tables": tables})

    def effective(self, section: str) -> Any:
        """Programme, management or office with the levers of the strategy in force."""
        own, levers = getattr(self, section), getattr(self.strategy, section)
        return type(own).model_validate({**own.__dict__, **levers}) if levers else own

    def effective_programme(self) -> Programme:
        """The programme with the levers of the strategy in force."""
        programme: Programme = self.effective("programme")
        return programme

    def effective_management(self) -> Management:
        """The management with the levers of the strategy in force."""
        management: Management = self.effective("management")
        return management

    def hours_given(self, stated: float, households: int = 1) -> float:
        """Staff hours that are really given where `stated` are, a household of so many; all by themselves for 1.

        What an office states is not what its staff give: the parameter `staff_effort` says how much more or less.
        """
        return stated * households * self.parameters.staff_effort

    def effective_office(self) -> Office:
        """The office with the levers of the strategy in force."""
        office: Office = self.effective("office")
        return office

    def content_hash(self) -> str:
        """Sixteen bytes in hexadecimal that change when anything in the world that is run changes.

        It is of the effective scenario: a number is the same whether the case or a lever of the strategy sets it, and
        an instrument that is not mentioned the same as one of intensity 0; a default that is stated is the default.
        """
        data = self.model_dump(mode="json", exclude={"tables", "burn_in", "stated"})
        if self.tables is not None:
            data["tables"] = self.tables.digest
        if self.burn_in is not None:
            data["burn_in"] = self.burn_in.model_dump(mode="json")
        data |= {section: self.effective(section).model_dump(mode="json") for section in LEVERS}
        data["strategy"] = {k: v for k, v in data["strategy"].items() if k not in LEVERS}
        data["strategy"]["instruments"] = _in_use(self.strategy)
        data["strategy"].pop("own")
        data["events"] = sorted(data["events"], key=lambda event: event["week"])
        return hash_of(data)


def disagreements(compound: Compound, tables: Tables | None) -> dict[str, str]:
    """The numbers of a compound that its tables contradict, by name, with what is expected.

    Floors may be more, since nobody need live at the top.
    """
    if tables is None:
        return {}
    found = {}
    for name, said in tables.numbers.items():
        value = getattr(compound, name)
        if value < said if name == "floors" else value != said:
            least = " or more" if name == "floors" else ""
            found[name] = f"{said:.10g}{least}, as the table of households has it"
    ties = tables.compounds[0].ties
    if not tables.numbers and ties is not None and len(ties) and ties.max() >= compound.households:
        found["households"] = f"at least {ties.max() + 1}, as ties are of"
    return found


def _in_use(strategy: Strategy) -> dict[str, tuple[float | str, ...]]:
    """How the engine uses each instrument, by name; without weeks at intensity 0, where they make no difference."""
    found: dict[str, tuple[float | str, ...]] = {}
    for name, use in strategy.instruments.items():
        choices = CHOICES.get(Instrument[name.upper()])
        chosen = "" if choices is None or not use.choice or choices[use.choice.upper()] == 0 else use.choice
        weeks = (use.start_week, use.end_week) if use.intensity else ()
        if use.intensity or chosen:
            found[name] = (use.intensity, *weeks, chosen)
    for name, use in strategy.own.items():
        if use.intensity:
            found[name] = (use.intensity, use.start_week, use.end_week, "")
    return found


def hash_of(content: Any) -> str:
    """Sixteen bytes in hexadecimal that change when plain data change; 0.0 and -0.0 are the same."""
    canonical = json.dumps(
        _without_negative_zero(content), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def _without_negative_zero(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_negative_zero(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_negative_zero(value) for value in content]
    return content + 0.0 if isinstance(content, float) else content


#: One record an instrument of a compound: how strongly, from which week, until before which, which of its `CHOICES`.
USE_TYPE = np.dtype(
    [("intensity", np.float64), ("start_week", np.int64), ("end_week", np.int64), ("choice", np.int64)]
)


def use_table(strategy: Strategy) -> np.ndarray:
    """How a strategy uses each instrument: records of `USE_TYPE`, (instruments,)."""
    table = np.zeros(len(Instrument), USE_TYPE)
    for name, use in strategy.instruments.items():
        instrument = Instrument[name.upper()]
        choices = CHOICES.get(instrument)
        choice = choices[use.choice.upper()] if use.choice and choices is not None else 0
        table[instrument] = (use.intensity, use.start_week, use.end_week, choice)
    return table


def _kinds(field: FieldInfo) -> tuple[IntEnum, ...]:
    """The members a field names one of; none for a field that holds a number."""
    enumerations = (m for m in field.metadata if isinstance(m, type) and issubclass(m, IntEnum))
    return tuple(member for choices in enumerations for member in choices)


def _codes(field: FieldInfo) -> dict[str, float]:
    """The number of every name a field can hold; empty for a field that holds a number."""
    return {member.name.lower(): float(member) for member in _kinds(field)}


@cache
def _codes_by_name(section: type[Specification]) -> tuple[tuple[str, dict[str, float]], ...]:
    """The fields of a section in order, each with the codes of the names it can hold."""
    return tuple((name, _codes(field)) for name, field in section.model_fields.items())


def _as_numbers(section: Specification) -> list[float]:
    """The values of a section in order, named choices as their code."""
    fields = ((getattr(section, name), codes) for name, codes in _codes_by_name(type(section)))
    return [float(codes[value] if codes else value) for value, codes in fields]


#: The engine reads a setting as `s.name`, double precision; a named choice is the number of its enumeration.
SETTINGS_TYPE = np.dtype(
    [(name, np.float64) for section in (Programme, Management, Office) for name in section.model_fields]
    + [
        ("horizon_weeks", np.float64),
        ("billing_interval_weeks", np.float64),
        ("n_members_in_service", np.float64),
        ("income_yuan_per_month", np.float64),
        ("floors", np.float64),
        ("known", np.float64),
    ]
)


#: What the settings that name a choice are read as.
KINDS_OF_SETTINGS = MappingProxyType({
    name: kinds
    for section in (Programme, Management, Office)
    for name, field in section.model_fields.items()
    if (kinds := _kinds(field))
})  # fmt: skip


def settings_record(scenario: Scenario) -> np.void:
    """Programme, management and office of a scenario, strategy levers applied, as one engine row."""
    sections = (scenario.effective_programme(), scenario.effective_management(), scenario.effective_office())
    values = [number for section in sections for number in _as_numbers(section)]
    n_members = 0.0  # counted once the households are drawn
    values += [scenario.horizon_weeks, scenario.billing_interval_weeks, n_members]
    known = sum(1 << Trait[name.upper()] for name in set(scenario.known))
    values += [scenario.compound.income_yuan_per_month, scenario.compound.floors, known]
    row: np.void = np.array(values, np.float64).view(SETTINGS_TYPE)[0]
    return row


#: The numbers of a compound, and what is drawn of it beside them: see `model.world.population.draw_traits`.
COMPOUND_SPEC_TYPE = np.dtype(
    [(name, np.float64) for name in (*Compound.model_fields, "taste_shift", "income_level")]
)


def compound_record(compound: Compound) -> np.void:
    """The demography of a compound as one row for the population generator."""
    values = [*(getattr(compound, name) for name in Compound.model_fields), 0.0, 1.0]
    row: np.void = np.array(values, np.float64).view(COMPOUND_SPEC_TYPE)[0]
    return row


#: One record a scripted event; kind : an `EventKind`.
EVENT_TYPE = np.dtype([("week", np.int64), ("kind", np.int64), ("value", np.float64)])
#: Fills the table of a compound that has fewer events than others of its batch; of no kind, it does nothing.
NO_EVENT = np.array((-1, -1, 0.0), EVENT_TYPE)


def event_table(events: tuple[Event, ...]) -> np.ndarray:
    """Scripted events by week: records of `EVENT_TYPE`, (events,)."""
    rows = [(e.week, EventKind[e.kind.upper()], e.value) for e in sorted(events, key=lambda e: e.week)]
    return np.array(rows, EVENT_TYPE)
