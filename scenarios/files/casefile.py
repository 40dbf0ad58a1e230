"""Case files: one city's compounds, rules and claims, each number with unit, source and grade.

`read_case` turns a file into a `Case`; `Case.scenario` turns a case into what a run needs.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from agents.categories import EventKind, Trait, names
from model.directions import unit_of
from model.households import Tables, TablesField
from model.settings import with_settings
from model.specification import FOREVER, Compound, District, Event, Named, Scenario, Strategy
from model.table_files import TableError, read_tables
from scenarios.files import positions
from scenarios.files.checking import Problem, Source, examine, in_file_order, problem_at, read_toml
from scenarios.files.claims import Claim, Document
from scenarios.files.collectionfile import Collection
from scenarios.files.library import is_path, load_strategy
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.quantities import (
    Bilingual,
    FileTable,
    Identifier,
    Label,
    Quantity,
    SourcedTable,
    given,
    sourced_table,
)
from scenarios.files.settings import refusing

_RULES = ("programme", "management", "office")


class EventEntry(FileTable):
    """A scripted change: from this week on, something of the programme or the management is otherwise."""

    week: int = Field(ge=0, le=FOREVER, description="周次 · Week")
    kind: Named[EventKind] = Field(description="类型 · Kind of event")
    value: float = Field(0.0, description="数值 · New value, where the kind needs one")
    zh: str = Field("", description="中文说明")
    en: str = Field("", description="In English")


def _usual(setting: str) -> int:
    """A setting of a scenario whose file does not name it."""
    return int(Scenario.model_fields[setting].default)


class RunEntry(FileTable):
    """How long to simulate and how often to bill: choices of the experimenter, so without source."""

    horizon_weeks: int = Field(
        _usual("horizon_weeks"), ge=1, le=5200, description="模拟周数 · Weeks simulated (weeks)"
    )
    billing_interval_weeks: int = Field(
        _usual("billing_interval_weeks"), ge=1, le=52, description="收费间隔 · Weeks between bills (weeks)"
    )


class CompoundTable(SourcedTable):
    """One compound: its labels, its quantities, and rules that hold for it alone."""

    zh: Label = Field("", description="小区名称")
    en: Label = Field("", description="Name of the compound")
    note: Bilingual | None = Field(
        None, description="说明 · What the document says of it, and what it does not"
    )
    households_file: str = Field(
        "", description="住户表 · Own households: a .csv or .parquet file, looked for beside this one"
    )
    ties_file: str = Field(
        "", description="相识关系 · Own ties: a .csv, .parquet or .graphml file, looked for beside this one"
    )
    programme: SourcedTable | None = Field(None)
    management: SourcedTable | None = Field(None)
    office: SourcedTable | None = Field(None)


class CaseTable(FileTable):
    """A case file as it is written; `class_of_case_files` adds the sourced quantities of each section."""

    id: Identifier = Field(description="案例标识 · Identifier: small letters, digits, _")
    zh: Label = Field("", description="名称")
    en: Label = Field("", description="Name")
    strategy: str = Field("none", min_length=1, description="默认策略 · Default strategy")
    default_compound: str = Field("", description="默认小区 · Default compound; else the first")
    document: Document | None = Field(None, description="文献 · The document behind the case")
    caveats: list[Bilingual] = Field([], description="注意事项 · What not to conclude from this case")
    programme: SourcedTable | None = Field(None)
    management: SourcedTable | None = Field(None)
    office: SourcedTable | None = Field(None)
    parameters: SourcedTable | None = Field(None)
    district: SourcedTable | None = Field(None)
    collection: SourcedTable | None = Field(None)
    run: RunEntry = Field(RunEntry())
    events: list[EventEntry] = Field([], description="情景事件 · Scripted changes")
    compounds: dict[Identifier, CompoundTable] = Field(
        min_length=1, description="小区 · Compounds by identifier"
    )
    claims: list[Claim] = Field([], description="文献数字 · Numbers the document states")


#: Sections that few files have, with the description of their table; the classes of their quantities are slow to make.
_SELDOM = {
    "parameters": None,
    "district": "片区 · The district, whose compounds are drawn around the default one",
    "collection": "小区群 · The collection, whose compounds are drawn around the default one",
}


def class_of_case_files(keys: Iterable[str] = _SELDOM) -> type[CaseTable]:
    """The class of case files that have these keys; of all case files if none are given."""
    return _case_file(tuple(section for section in _SELDOM if section in set(keys)))


@cache
def _case_file(seldom: tuple[str, ...], only: frozenset[str] | None = None) -> type[CaseTable]:
    """The class of files with these sections. only : it knows no other quantities, and is made sooner"""
    rules: dict[str, Any] = {
        name: (sourced_table(name, SourcedTable, only), Field(None))
        for name in _RULES
        if only is None or name in only
    }
    note = (Bilingual, CompoundTable.model_fields["note"])
    base = sourced_table("compound", CompoundTable, only)
    compound = create_model("Compound", __base__=base, note=note, **rules)
    fields: dict[str, Any] = {
        **rules,
        "document": (Document, Field(None, description="文献 · The document behind the case")),
        "compounds": (dict[Identifier, compound], CaseTable.model_fields["compounds"]),
    }
    for name in seldom:
        table = sourced_table(name, SourcedTable, only)
        fields[name] = (table, Field(None, description=_SELDOM[name]))
    return create_model("CaseFile", __base__=CaseTable, __doc__="A case file.", **fields)


#: Traits of a compound that a measured quantity settles: they are known, and not drawn.
_SETTLES = {
    "parameters.taste_mean": "support",
    "compound.trust_office": "trust_office",
    "management.trust_company": "trust_company",
    "compound.free_rider": "free_riders",
    "compound.structure": "structures",
    "compound.owner_occupied": "absence",
    "compound.elder": "elders",
    "compound.infrastructure": "infrastructure",
    "compound.income_yuan_per_month": "income",
    "compound.stairwell_tie": "ties",
    "management.payment_before": "payment",
}


class CaseCompound(BaseModel):
    """One compound of a case: labels, and its quantities by dotted key (`compound.households`)."""

    model_config = ConfigDict(frozen=True)

    id: str
    names: Bilingual
    note: Bilingual | None = None
    quantities: dict[str, Quantity] = {}
    tables: TablesField | None = None

    def with_tables(self, tables: Tables, keep: Mapping[str, Quantity] | None = None) -> "CaseCompound":
        """The same compound with these households and ties: what they say takes the place of its quantities.

        keep : quantities that hold beside the tables
        """
        said = {f"compound.{name}": _said(name, value, tables) for name, value in tables.numbers.items()}
        quantities = {**self.quantities, **said, **(keep or {})}
        return self.model_copy(update={"tables": tables, "quantities": quantities})


def _said(name: str, value: float, tables: Tables) -> Quantity:
    """A number of a compound as its table of households says it."""
    source = ", ".join(file.file for file in tables.files) or "a table of households"
    return Quantity(value=value, unit=unit_of(Compound.model_fields[name]), source=source, grade="A")


class Case(BaseModel):
    """A case that has been read and checked. Frozen.

    `names` and each of `caveats` hold both languages (`case.names.zh`, `case.names["zh"]`);
    `compounds` is by identifier; `strategy` is the default strategy. Of a case with a `district` or a `collection` the
    default compound is the usual one, around which their compounds are drawn.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    names: Bilingual
    file: str
    strategy: Strategy
    default_compound: str
    document: Document | None = None
    caveats: tuple[Bilingual, ...] = ()
    claims: tuple[Claim, ...] = ()
    compounds: dict[str, CaseCompound]
    district: District | None = None
    district_quantities: dict[str, Quantity] = {}
    collection: Collection | None = None
    collection_quantities: dict[str, Quantity] = {}
    events: tuple[Event, ...] = ()
    run: dict[str, int] = {}

    def compound(self, name: str | None = None) -> CaseCompound:
        """The compound of this name, or the default one. Raises ScenarioError for an unknown name."""
        name = self.default_compound if name is None else name
        if name not in self.compounds:
            known = list(self.compounds)
            raise ScenarioError(
                f"{self.id}/{name}: unknown compound; expected {listed(known)}{nearest(str(name), known)}"
            )
        return self.compounds[name]

    def quantities(self, compound: str | None = None) -> dict[str, Quantity]:
        """Every sourced quantity that makes up a compound's scenario, by dotted key."""
        return self.compound(compound).quantities

    def with_compound(self, name: str) -> Self:
        """The same case with another default compound. Raises ScenarioError for an unknown name."""
        return self.model_copy(update={"default_compound": self.compound(name).id})

    def with_tables(self, tables: Tables) -> Self:
        """The same case, whose default compound has these households and ties.

        Several compounds, and those of a district, are run together: they are a district of their own sizes.
        Raises ScenarioError for a collection, and for ties of a district whose households are drawn.
        """
        if self.collection is not None:
            raise ScenarioError(
                f"{self.id}: is a collection, whose households are drawn; expected a case or a district"
            )
        usual = self.compound().with_tables(tables)
        compounds = {**self.compounds, usual.id: usual}
        district = _together(self.district, usual, tables)
        return self.model_copy(update={"compounds": compounds, "district": district})

    def scenario(
        self, compound: str | None = None, strategy: "str | Path | Strategy | None" = None, **overrides: Any
    ) -> Scenario:
        """What a run of this case needs.

        compound : identifier, the default compound if None
        strategy : a strategy, its identifier or its file; the case's own if None
        overrides : fields of `Scenario`; a mapping changes single keys of a section
            (`programme={"consent_gate": 0.9}`) and wins over the strategy's levers
        Raises ScenarioError for unknown names and values out of range.
        """
        chosen = self.compound(compound)
        if strategy is None:
            strategy = self.strategy
        elif not isinstance(strategy, Strategy):
            strategy = load_strategy(strategy)
        plain = self._plain(chosen)
        scenario = Scenario.model_validate({**plain, "strategy": strategy.model_dump()})
        return refusing(with_settings, scenario.stating(plain.get("parameters", ())), overrides)

    def _plain(self, chosen: CaseCompound) -> dict[str, Any]:
        """The values of a compound without their sources, by section."""
        data: dict[str, Any] = {"id": f"{self.id}/{chosen.id}", "events": self.events, **self.run}
        found = {_SETTLES[k] for k, q in chosen.quantities.items() if k in _SETTLES and q.grade == "A"}
        if chosen.tables is not None:
            found |= {trait.name.lower() for one in chosen.tables.compounds for trait in one.traits}
            data["tables"] = chosen.tables
        data["known"] = [name for name in names(Trait) if name in found]
        for key, quantity in chosen.quantities.items():
            section, name = key.split(".")
            data.setdefault(section, {})[name] = quantity.value
        return data


def _together(district: District | None, usual: CaseCompound, tables: Tables) -> District | None:
    """The district of these tables: the case's own in their sizes, or, of several compounds, one with usual numbers.

    Raises ScenarioError where households are drawn, or fewer than four a building.
    """
    if district is None:
        if not tables.are_several:
            return None
        hours = usual.quantities.get("office.hours_per_household_week")
        known = {} if hours is None else {"hours_per_household_week": hours.value}
        district = District.model_validate({"batches": 1, **known})
    if not tables.numbers:
        raise ScenarioError(f"{usual.id}: ties of a district; expected a table of its households as well")
    try:
        return District.model_validate({**district.__dict__, **tables.district})
    except ValidationError as error:
        said = str(error.errors(include_url=False)[0]["ctx"]["error"])
        found = ", ".join(f"{name} = {size}" for name, size in tables.district.items())
        raise ScenarioError(f"the table of households: {said}; found {found}") from None


def read_case(file: Traversable | Path) -> Case:
    """Read and check one case file.

    A strategy the file names by path is looked for beside it.
    Raises ScenarioError with every problem of the file.
    """
    source = read_toml(file)
    entry, problems = _checked(source)
    problems += _problems_between_tables(source)
    named = source.data.get("strategy", "none")
    strategy = Strategy()
    if named and isinstance(named, str):
        try:
            strategy = load_strategy(Path(str(file)).parent / named if is_path(named) else named)
        except ScenarioError as error:
            problems.append(problem_at(source, ("strategy",), f" = {shown(named)}; {error.problems[0]}"))
    tables: dict[str, Tables] = {}
    if entry is not None and not problems:
        tables = _tables(source, entry, Path(str(file)).parent, problems)
    if problems or entry is None:
        raise ScenarioError(in_file_order(problems))
    return _case(source, entry, strategy, tables)


def _checked(source: Source) -> tuple[CaseTable | None, list[Problem]]:
    """The file as an object, or what is wrong with it, told by a class that knows every key.

    The first file is read by a class that knows no keys but its own, which is made in half the time: most commands read
    one file. Those that read many share a class.
    """
    if not _case_file.cache_info().currsize:
        keys = frozenset(_keys(source.data))
        entry, problems = examine(source, _case_file(tuple(s for s in _SELDOM if s in keys), keys))
        if entry is not None:
            return entry, problems
    return examine(source, class_of_case_files(source.data))


def _keys(table: Mapping[str, Any], levels: int = 4) -> Iterator[str]:
    """Every key of a file, down to `compounds.main.programme.consent_gate`."""
    for key, value in table.items():
        yield key
        if isinstance(value, dict) and levels > 1:
            yield from _keys(value, levels - 1)


def _tables(source: Source, entry: CaseTable, folder: Path, problems: list[Problem]) -> dict[str, Tables]:
    """Own households and ties of the compounds, by identifier; what is wrong with them joins the problems."""
    found = {}
    for name, compound in entry.compounds.items():
        files = {
            key: folder / getattr(compound, key)
            for key in ("households_file", "ties_file")
            if getattr(compound, key)
        }
        if not files:
            continue
        path = ("compounds", name, next(iter(files)))
        drawn = given(compound).get("households")
        try:
            found[name] = read_tables(
                files.get("households_file"),
                files.get("ties_file"),
                drawn=int(drawn.value) if drawn else Compound().households,
            )
        except TableError as error:
            line = positions.line_of(source.lines, path)
            problems += [Problem(line, said) for said in str(error).split("\n")]
            continue
        problems += _beside_tables(source, name, compound, found[name])
        problems += _around_tables(source, entry, path, found[name])
    return found


def _beside_tables(source: Source, name: str, compound: CompoundTable, tables: Tables) -> list[Problem]:
    """Quantities of a compound that its table of households says as well, other than how many floors there are."""
    problems = []
    for key, quantity in given(compound).items():
        if key not in tables.numbers or not isinstance(quantity, Quantity):
            continue
        if key == "floors" and float(quantity.value) >= tables.numbers[key]:
            continue
        text = f": stands beside households_file, which has {tables.numbers[key]:.10g}; expected one of them"
        problems.append(problem_at(source, ("compounds", name, key), text))
    return problems


def _around_tables(source: Source, entry: CaseTable, path: positions.Path, tables: Tables) -> list[Problem]:
    """What tables cannot stand beside: a collection, other compounds than several of theirs, other sizes."""
    if entry.collection is not None:
        return [problem_at(source, path, ": a collection draws its compounds; expected a case or a district")]
    if entry.district is None:
        if tables.are_several and len(entry.compounds) > 1:
            text = f": has {len(tables.compounds)} compounds; expected a case of its own, or one compound"
            return [problem_at(source, path, text)]
        return []
    if not tables.numbers:
        return [problem_at(source, path, ": stands in a district; expected households_file as well")]
    return [
        problem_at(source, ("district", key), f" = {quantity.value}; expected {tables.district[key]}, "
                   "as the table of households has it")
        for key, quantity in given(entry.district).items()
        if key in tables.district and isinstance(quantity, Quantity) and quantity.value != tables.district[key]
    ]  # fmt: skip


def _case(source: Source, entry: CaseTable, strategy: Strategy, tables: Mapping[str, Tables]) -> Case:
    shared = _quantities_by_key(entry, ("programme", "management", "office", "parameters"))
    compounds = {}
    for name, compound in entry.compounds.items():
        own = _quantities("compound", compound)
        rules = _quantities_by_key(compound, _RULES)
        names = _names(name, compound.zh, compound.en)
        quantities = {**own, **shared, **rules}
        drawn = CaseCompound(id=name, names=names, note=compound.note, quantities=quantities)
        compounds[name] = drawn if name not in tables else drawn.with_tables(tables[name], keep=own)
    of_district = _quantities_by_key(entry, ("district",))
    of_collection = _quantities_by_key(entry, ("collection",))
    case = Case(
        id=entry.id,
        names=_names(entry.id, entry.zh, entry.en),
        file=source.name,
        strategy=strategy,
        default_compound=entry.default_compound or next(iter(compounds)),
        document=entry.document,
        caveats=tuple(entry.caveats),
        claims=tuple(entry.claims),
        compounds=compounds,
        district=District.model_validate(_values(of_district)) if entry.district is not None else None,
        district_quantities=of_district,
        collection=Collection.model_validate(_values(of_collection))
        if entry.collection is not None
        else None,
        collection_quantities=of_collection,
        events=tuple(Event(**event.model_dump()) for event in entry.events),
        run=given(entry.run),
    )
    usual = case.compound()
    if usual.tables is None:
        return case
    return case.model_copy(update={"district": _together(case.district, usual, usual.tables)})


def _values(quantities: dict[str, Quantity]) -> dict[str, Any]:
    """The numbers of a section by their own name, without their sources."""
    return {key.partition(".")[2]: quantity.value for key, quantity in quantities.items()}


def _names(identifier: str, zh: str, en: str) -> Bilingual:
    return Bilingual(zh=zh or en or identifier, en=en or zh or identifier)


def _quantities_by_key(table: BaseModel, sections: tuple[str, ...]) -> dict[str, Quantity]:
    tables = {section: getattr(table, section) for section in sections if getattr(table, section) is not None}
    return {key: quantity for s, table in tables.items() for key, quantity in _quantities(s, table).items()}


def _quantities(section: str, table: BaseModel) -> dict[str, Quantity]:
    """What a table gives, by dotted key, as plain quantities: the derived classes cannot be pickled."""
    found = {name: value for name, value in given(table).items() if isinstance(value, Quantity)}
    return {f"{section}.{name}": Quantity(**value.model_dump()) for name, value in found.items()}


def _problems_between_tables(source: Source) -> list[Problem]:
    """What is wrong between tables; on the values as read, so that other problems do not hide these."""
    problems = []
    known = source.data.get("compounds")
    default = source.data.get("default_compound", "")
    if default and isinstance(known, dict) and isinstance(default, str) and default not in known:
        text = f" = {shown(default)}; expected {listed(list(known))}{nearest(default, known)}"
        problems.append(problem_at(source, ("default_compound",), text))
    if "district" in source.data and "collection" in source.data:
        problems.append(
            problem_at(source, ("collection",), ": stands beside [district]; expected one of them")
        )
    claims = source.data.get("claims")
    seen: set[str] = set()
    for i, claim in enumerate(claims if isinstance(claims, list) else ()):
        name = claim.get("id") if isinstance(claim, dict) else None
        if isinstance(name, str):
            if name in seen:
                text = f" = {shown(name)} is given twice; expected each claim once"
                problems.append(problem_at(source, ("claims", i, "id"), text))
            seen.add(name)
    return problems
