"""Sweep files: what varies, over which strategies and seeds, by which design, and what is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from model.branching import phases
from model.brought import brought
from model.specification import LONGEST_BURN_IN, BurnIn, Scenario, Use
from scenarios.files.checking import (
    MOST_PROBLEMS,
    Problem,
    Source,
    examine,
    in_file_order,
    problem_at,
    read_toml,
)
from scenarios.files.library import file_meant, is_path
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.quantities import TABLES, FileTable, Identifier, Label
from scenarios.files.settings import check_setting, table_with_values, with_values
from scenarios.loading import Case, load_case, load_strategy
from scenarios.moments import insincere_beside, moment_of, nearest_moment
from scenarios.sweep.designs import SAMPLING, DesignTable, most_points, points, size_of, wrong_keys
from scenarios.sweep.factors import Factor, Role, Value, read_factor
from scenarios.sweep.noting import COLUMNS, MOST_ROWS, NO_HOUSEHOLDS, Wanted
from scenarios.sweep.plan import USUAL_LIMIT_SECONDS, Base, Impossible, Plan, known_outcomes, known_weekly
from scenarios.sweep.points import Grid, Point, Points

if TYPE_CHECKING:
    from scenarios.own import Own

MOST_SEEDS = 1_000_000
MOST_RUNS = 100_000_000
#: Levers and uncertainties of one sweep; cases times strategies.
MOST_FACTORS = 500
MOST_BASES = 1000
#: Points that are tried before a sweep begins, where corners of the design cannot be run.
MOST_TRIED = 20_000
#: Of factors of one table all corners are tried up to so many factors, of more the corners of each two.
MOST_CORNERED = 8


class HouseholdsTable(FileTable):
    """What is kept of every household, at the end of which weeks."""

    weeks: list[int] = Field(min_length=1, max_length=1000, description="周 · Weeks, from 0 (week)")
    columns: list[str] = Field(
        ["support", "signed"], min_length=1, description="列 · Columns, as `model.column` calls them"
    )


class BurnInTable(FileTable):
    """Weeks before the first that counts, under one strategy."""

    weeks: int = Field(ge=1, le=LONGEST_BURN_IN, description="周数 · Weeks (weeks)")
    strategy: str = Field(
        "none", description="其间的策略 · Strategy in force meanwhile: a name or a .toml file"
    )


class SweepTable(FileTable):
    """A sweep file as it is written."""

    id: Identifier = Field(description="扫描标识 · Identifier: small letters, digits, _")
    zh: Label = Field("", description="名称")
    en: Label = Field("", description="Name")
    asks_zh: str = Field("", description="要回答的问题")
    asks_en: str = Field("", description="What it asks")
    found_zh: str = Field("", description="看到的结果")
    found_en: str = Field("", description="What was found, with what")
    cases: list[str] = Field(
        min_length=1, description="案例 · Cases, presets or districts: names or .toml files"
    )
    strategies: list[str] = Field(
        [], description="策略 · Strategies: names or .toml files; none: each case's own"
    )
    seeds: int = Field(
        20, ge=1, le=MOST_SEEDS, description="种子数 · Replicates: runs of every point (seeds)"
    )
    first_seed: int = Field(1, ge=0, le=2**53, description="首个种子 · First seed; the others follow it")
    outcomes: list[str] = Field([], description="结果 · Outcomes kept of every run; none: all")
    weekly: list[str] = Field([], description="逐周结果 · Outcomes kept week by week")
    households: HouseholdsTable | None = Field(
        None, description="住户 · Households kept of every run, at the end of chosen weeks"
    )
    burn_in: BurnInTable | None = Field(
        None,
        description="预热 · Weeks before the first that counts: every strategy starts from what they leave",
    )
    limit_seconds: float = Field(
        USUAL_LIMIT_SECONDS,
        ge=0.1,
        le=1_000_000,
        description="时限 · A run that takes longer is given up (seconds)",
    )
    design: DesignTable = Field(DesignTable(), description="试验设计 · Design")
    levers: dict[str, Any] = Field({}, description="杠杆 · What somebody decides")
    uncertainties: dict[str, Any] = Field({}, description="不确定性 · What nobody knows")
    constants: dict[str, Any] = Field({}, description="常量 · Values that are the same in every run")


def load_sweep(name_or_path: str | Path, own: "Own | str | Path | None" = None) -> Plan:
    """The plan of a sweep, by the name of a shipped one or by a path to a .toml file.

    own : a researcher's own file or module (`scenarios.own`), whose instruments and outcomes the sweep may name
    Raises ScenarioError for an unknown name (with the nearest) and for every problem of the file.
    """
    if own is None:
        return read_sweep(sweep_file(name_or_path))
    from scenarios.own import load_own  # loads Mesa

    mine = load_own(own)
    with mine.known():
        plan = replace(read_sweep(sweep_file(name_or_path)), own=mine)
    if plan.of_districts:
        mine.refuse_classes("a district")
    return plan


def sweep_file(name_or_path: str | Path) -> Traversable | Path:
    """The file of a sweep. Raises ScenarioError for an unknown name, with the nearest."""
    from scenarios.files.library import list_sweeps, shipped

    if is_path(name_or_path):
        return Path(name_or_path)
    name = str(name_or_path).replace("-", "_")
    known = shipped("sweeps")
    if name not in known:
        names = list_sweeps()
        hint = f"expected a .toml file or {listed(names, 20)}{nearest(name, names)}"
        raise ScenarioError(f"unknown sweep {shown(str(name_or_path))}; {hint}")
    return known[name]


def read_sweep(file: Traversable | Path) -> Plan:
    """Read and check one sweep file, and plan its runs. Raises ScenarioError with every problem of the file."""
    source = read_toml(file)
    entry, problems = examine(source, SweepTable)
    folder = Path(str(file)).parent
    if entry is None:
        raise ScenarioError(in_file_order([*problems, *_problems_beside(source, folder)]))
    return _Reader(source, entry, folder).plan()


def _problems_beside(source: Source, folder: Path) -> list[Problem]:
    """What is wrong in the parts of a file whose form is right, so that nobody mends a file in rounds."""
    data = dict(source.data)
    try:
        SweepTable.model_validate(data, strict=True)
    except ValidationError as errors:
        for wrong in {error["loc"][0] for error in errors.errors(include_url=False) if error["loc"]}:
            data.pop(str(wrong), None)
    any_case = {"id": "any", "cases": ["national_mean"]}
    entry, _ = examine(source._replace(data={**any_case, **data}), SweepTable)
    if entry is None:
        return []
    reader = _Reader(source, entry, folder, knows_cases="cases" in data)
    try:
        reader.plan()
    except ScenarioError:
        return reader.problems
    return []


class _Reader:
    """Turns a file that is well-formed into a plan, and gathers what is wrong on the way."""

    def __init__(self, source: Source, entry: SweepTable, folder: Path, *, knows_cases: bool = True) -> None:
        self.source, self.entry, self.folder, self.knows_cases = source, entry, folder, knows_cases
        self.problems: list[Problem] = []

    def plan(self) -> Plan:
        entry = self.entry
        self.refuse_many()
        for key, text in wrong_keys(entry.design):
            self.problem(("design", key), text)
        factors = [*self.factors("levers", "lever"), *self.factors("uncertainties", "uncertainty")]
        constants = self.constants()
        self.refuse_repeated(factors, constants)
        cases = self.loaded("cases", entry.cases, load_case)
        strategies = self.loaded("strategies", entry.strategies, load_strategy)
        self.refuse_mixed(cases, factors)
        of_districts = any(case.district is not None for _, case in cases)
        outcomes = self.names(
            "outcomes", entry.outcomes, known_outcomes(of_districts=of_districts), moments=not of_districts
        )
        weekly = self.names("weekly", entry.weekly, known_weekly())
        if of_districts and weekly:
            self.problem(("weekly",), ": of districts only the end is kept; expected no weekly outcomes")
        bases = self.bases(cases, strategies, constants)
        self.refuse_late(outcomes, bases, factors)
        households = self.households(bases, factors)
        self.refuse_empty(factors, 1)
        self.give_up_if_wrong()
        drawn = self.points(factors, bases)
        if entry.design.kind == "table":
            self.refuse_empty(factors, len(drawn))
        impossible = self.impossible(bases, factors, drawn)
        self.give_up_if_wrong()
        return Plan(
            id=entry.id,
            bases=tuple(bases),
            factors=tuple(factors),
            points=drawn,
            seeds=range(entry.first_seed, entry.first_seed + entry.seeds),
            outcomes=_with_insincere(outcomes) or tuple(known_outcomes(of_districts=of_districts)),
            weekly=tuple(weekly),
            limit_seconds=entry.limit_seconds,
            described=self.described(factors),
            impossible=impossible,
            households=households,
        )

    def problem(self, path: tuple[str | int, ...], text: str) -> None:
        self.problems.append(problem_at(self.source, path, text))
        if len(self.problems) >= MOST_PROBLEMS:  # to name the nearest for each of thousands takes minutes
            self.give_up_if_wrong()

    def refuse_many(self) -> None:
        """Give up where there is more of something than anybody would look at, before any of it is read."""
        given = self.source.data
        for section in ("levers", "uncertainties", "constants"):
            n = len(_settings(given.get(section, {}), (section,)))
            if n > MOST_FACTORS:
                self.problem((section,), f": {n:,} settings; expected at most {MOST_FACTORS}")
        bases = len(self.entry.cases) * max(1, len(self.entry.strategies))
        if bases > MOST_BASES:
            self.problem(("cases",), f": {bases:,} cases times strategies; expected at most {MOST_BASES:,}")
        self.give_up_if_wrong()

    def give_up_if_wrong(self) -> None:
        if self.problems:
            raise ScenarioError(in_file_order(self.problems))

    def factors(self, section: str, role: Role) -> list[Factor]:
        """The factors of a section, those that are wrong left out."""
        found = []
        for path, key, value in _settings(self.source.data.get(section, {}), (section,)):
            try:
                _refuse_collection(key)
                factor = read_factor(key, value, role, self.entry.design.steps)
                if factor.prior is not None and self.entry.design.kind not in SAMPLING:
                    raise ScenarioError(
                        f".dist: a design of kind '{self.entry.design.kind}' has levels, over which nothing spreads; "
                        f"expected {listed(SAMPLING)}"
                    )
                found.append(factor)
            except ScenarioError as error:
                for text in error.problems:
                    self.problem(path, text)
        return found

    def constants(self) -> dict[tuple[str, ...], Value]:
        found = {}
        for path, key, value in _settings(self.source.data.get("constants", {}), ("constants",)):
            try:
                _refuse_collection(key)
                full, checked = check_setting(key, value)
                found[full] = checked
            except ScenarioError as error:
                self.problem(path, str(error))
        return found

    def refuse_repeated(self, factors: list[Factor], constants: Mapping[tuple[str, ...], Value]) -> None:
        seen = set(constants)
        for factor in factors:
            if factor.path in seen:
                section = "levers" if factor.role == "lever" else "uncertainties"
                self.problem(
                    (section,), f": {factor.name} is given twice; expected each setting in one place"
                )
            seen.add(factor.path)

    def loaded(self, key: str, names: list[str], load: Any) -> list[tuple[str, Any]]:
        """Cases or strategies by the names they were given by."""
        found = []
        for i, name in enumerate(names):
            place = self.folder / Path(name).expanduser() if is_path(name) else name
            try:
                found.append((str(place), load(place)))
            except ScenarioError as error:
                said, meant = error.problems[0], "" if is_path(name) else file_meant(name, self.folder)
                self.problem(
                    (key, i),
                    f" = {shown(name)}; {said.partition('; did you mean')[0] + meant if meant else said}",
                )
        if len({name for name, _ in found}) < len(found):
            self.problem((key,), ": a name is given twice; expected each once")
        return found

    def refuse_mixed(self, cases: list[tuple[str, Case]], factors: list[Factor]) -> None:
        for i, (name, case) in enumerate(cases):
            if case.collection is not None:
                self.problem(
                    ("cases", i),
                    f" = {shown(name)}; expected a compound or a district: collections are run, not swept",
                )
        n_districts = sum(case.district is not None for _, case in cases)
        if 0 < n_districts < len(cases):
            self.problem(("cases",), ": districts and single compounds are mixed; expected one or the other")
        for factor in factors:
            if factor.path[0] == "district" and not n_districts and self.knows_cases:
                self.problem(
                    ("levers" if factor.role == "lever" else "uncertainties",),
                    f": {factor.name}: one compound is run, and no district; expected a case with [district]",
                )

    def names(
        self, key: str, given: list[str], known: list[str], *, moments: bool = False, within: str = ""
    ) -> list[str]:
        for i, name in enumerate(given):
            if name not in known and not (moments and moment_of(name)):
                place = (key, within, i) if within else (key, i)
                hint = (moments and nearest_moment(name, known_weekly())) or nearest(name, known)
                self.problem(place, f" = {shown(name)}; expected one of {listed(known)}{hint}")
        return list(dict.fromkeys(given))

    def bases(
        self,
        cases: list[tuple[str, Case]],
        strategies: list[tuple[str, Any]],
        constants: Mapping[tuple[str, ...], Value],
    ) -> list[Base]:
        found = []
        chosen: list[tuple[Any, Any]] = [*strategies] or [(None, None)] * (not self.entry.strategies)
        written = {".".join(path): value for path, value in constants.items()}
        burn_in = self.burn_in(cases)
        for case_name, case in cases:
            for name, strategy in chosen:
                scenario, district = case.scenario(strategy=strategy), case.district
                used = brought().used_by(scenario.strategy)
                scenario = scenario.model_copy(update={"strategy": used, "burn_in": burn_in})
                try:
                    scenario = with_values(scenario, constants)
                    district = table_with_values("district", district, constants) if district else None
                except ScenarioError as error:
                    for text in error.problems:
                        self.problem(("constants",), f": {text}")
                    continue
                self.refuse_settled(scenario)
                called = name if name is not None else case.strategy.id
                found.append(Base(case_name, called, scenario, district, written))
        return found

    def burn_in(self, cases: list[tuple[str, Case]]) -> BurnIn | None:
        """Weeks before the first that counts; what cannot be had of a district or with households is a problem."""
        given = self.entry.burn_in
        if given is None:
            return None
        if any(case.district is not None for _, case in cases):
            self.problem(("burn_in",), ": districts begin at once; expected single compounds, or no burn-in")
        if self.entry.households is not None:
            self.problem(("burn_in",), ": stands beside [households]; expected one of them")
        place = self.folder / Path(given.strategy).expanduser() if is_path(given.strategy) else given.strategy
        try:
            return BurnIn(weeks=given.weeks, strategy=load_strategy(place))
        except ScenarioError as error:
            self.problem(("burn_in", "strategy"), f" = {shown(given.strategy)}; {error.problems[0]}")
            return None

    def refuse_settled(self, scenario: Scenario) -> None:
        """A strategy that would change, after a burn-in, what is settled before it."""
        if scenario.burn_in is not None:
            try:
                phases(scenario)
            except ValueError as error:
                self.problem(("burn_in",), f": {scenario.strategy.id}: {error}")

    def households(self, bases: list[Base], factors: list[Factor]) -> Wanted:
        """What is kept of every household; weeks and columns that there are not are problems."""
        given = self.entry.households
        if given is None:
            return NO_HOUSEHOLDS
        columns = self.names("households", given.columns, list(COLUMNS), within="columns")
        horizons = [base.scenario.horizon_weeks for base in bases]
        for factor in (factor for factor in factors if factor.path == ("horizon_weeks",)):
            horizons = [int(level) for level in factor.levels]
        last = min(horizons, default=1) - 1
        for i, week in enumerate(given.weeks):
            if horizons and not 0 <= week <= last:  # else what is wrong with cases or strategies is told
                self.problem(
                    ("households", "weeks", i),
                    f" = {week}; expected a week from 0 to {last}, the last of every run",
                )
        if any(base.district is not None for base in bases):
            self.problem(
                ("households",), ": of districts only the end is kept; expected no table of households"
            )
        n = max((base.scenario.compound.households for base in bases), default=0)
        rows = (
            len(self.entry.cases)
            * max(1, len(self.entry.strategies))
            * self.entry.seeds
            * len(given.weeks)
            * n
        )
        if rows * size_of(self.entry.design, factors) > MOST_ROWS:
            self.problem(
                ("households",), f": more than {MOST_ROWS:,} rows; expected fewer weeks, seeds or points"
            )
        return Wanted(tuple(sorted(set(given.weeks))), tuple(columns))

    def refuse_late(self, outcomes: list[str], bases: list[Base], factors: list[Factor]) -> None:
        """Outcomes at the end of a week that no run reaches."""
        horizon = max((base.scenario.horizon_weeks for base in bases), default=0)
        if not bases or any(factor.path == ("horizon_weeks",) for factor in factors):
            return
        for i, name in enumerate(self.entry.outcomes):
            moment = moment_of(name) if name in outcomes else None
            if moment is not None and moment.week is not None and moment.week >= horizon:
                text = f" = {shown(name)}; runs end with week {horizon - 1}; expected a week from 0 to that"
                self.problem(("outcomes", i), text)

    def refuse_empty(self, factors: list[Factor], of_table: int) -> None:
        """Designs that would be far too large, before they are drawn; of_table : rows, once they are known."""
        n = max(size_of(self.entry.design, factors), of_table)
        runs = n * max(1, len(self.entry.strategies)) * len(self.entry.cases) * self.entry.seeds
        most = most_points(self.entry.design, factors)
        if n > most:
            kind = f"design.kind = '{self.entry.design.kind}'"
            self.problem(
                ("design",),
                f": {n:,} points; expected at most {most:,} of {kind} with factors: {len(factors)}",
            )
        if runs > MOST_RUNS:
            self.problem(("design",), f": {runs:,} runs; expected at most {MOST_RUNS:,}")
        written = self.source.data.get("levers") or self.source.data.get("uncertainties")
        if self.entry.design.kind not in ("grid", "one_at_a_time", "table") and not factors and not written:
            self.problem(
                ("design", "kind"), f" = '{self.entry.design.kind}'; nothing varies; expected [levers]"
            )

    def points(self, factors: list[Factor], bases: list[Base]) -> Sequence[Point]:
        base: list[Value] = []
        if self.entry.design.kind == "one_at_a_time":
            for factor in factors:
                own = {_effective(b, factor.path) for b in bases}
                if factor.base is None and (len(own) > 1 or None in own):
                    section = "levers" if factor.role == "lever" else "uncertainties"
                    text = f": {factor.name}: the cases and strategies differ in it; expected base = …"
                    self.problem((section,), text)
                usual = next((value for value in own if value is not None), factor.levels[0])
                base.append(factor.base if factor.base is not None else usual)
        try:
            return points(self.entry.design, factors, self.folder, base)
        except ScenarioError as error:
            if self.entry.design.kind == "table":
                self.problem(("design", "table"), f" = {shown(self.entry.design.table)}; {error}")
            else:
                self.problems.append(Problem(0, str(error)))
            return []

    def impossible(
        self, bases: list[Base], factors: list[Factor], drawn: Sequence[Point]
    ) -> Impossible | None:
        """Values that are each in range but not together, such as shares that exceed 1, before anything is written.

        They agree everywhere where they do in the corners; else each point is tried, of large samples the first. Points
        that somebody has written must all be such that they can be run, of a sample some of them.
        """
        for base in bases:
            text = next(filter(None, (_refusal(base, values) for values in _corners(factors))), "")
            if not text:
                continue
            n = tried = 1
            if not isinstance(drawn, Grid):
                paths = [factor.path for factor in factors]
                some = drawn[: max(100, MOST_TRIED // len(bases))]
                refusals = [_refusal(base, dict(zip(paths, point, strict=True))) for point in some]
                n, tried = sum(map(bool, refusals)), len(refusals)
                text = next(filter(None, refusals), "")
            if n == tried or (n and not isinstance(drawn, Points)):
                self.problem(("design",), f": a point cannot be run: {text}")
                return None
            if n:
                return Impossible(n, tried, text)
        return None

    def described(self, factors: list[Factor]) -> dict[str, Any]:
        entry = self.entry
        texts = ("zh", "en", "asks_zh", "asks_en", "found_zh", "found_en")
        return {
            **{key: getattr(entry, key) for key in texts},
            "file": self.source.name,
            "design": entry.design.model_dump(),
            "factors": [factor.described() for factor in factors],
        }


def _refuse_collection(key: str) -> None:
    if key.startswith("collection."):
        raise ScenarioError(f": {key}: collections are run, not swept; expected another setting")


def _settings(table: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str, Any]]:
    """Every setting of a section: its place in the file, its name, its value.

    `programme.consent_gate = …`, `"programme.consent_gate" = …` and a table `[levers.programme]` mean the same.
    """
    found: list[tuple[tuple[str, ...], str, Any]] = []
    for key, value in table.items() if isinstance(table, dict) else ():
        place = (*path, key)
        inside = place[1:]
        holds_settings = isinstance(value, dict) and (
            (len(inside) == 1 and (key in TABLES or key == "instruments"))
            or (len(inside) == 2 and inside[0] == "instruments")
        )
        if holds_settings:
            found += _settings(value, place)
        else:
            found.append((place, ".".join(inside), value))
    return found


def _corners(factors: Sequence[Factor]) -> Iterator[dict[tuple[str, ...], Value]]:
    """Least and greatest values together of the factors of each table whose numbers must agree with each other."""
    tables: dict[tuple[str, ...], list[Factor]] = {}
    for factor in factors:
        if _must_agree(factor.path):
            tables.setdefault(factor.path[:-1], []).append(factor)
    for inside in tables.values():
        groups = [tuple(inside)] if len(inside) <= MOST_CORNERED else list(combinations(inside, 2))
        for group in groups:
            for values in product(*({min(f.levels), max(f.levels)} for f in group)):
                yield dict(zip((factor.path for factor in group), values, strict=True))


def _must_agree(path: tuple[str, ...]) -> bool:
    """Whether the table of a setting refuses numbers that are each in range."""
    table = Use if path[0] == "instruments" else TABLES.get(path[0], Scenario)
    return bool(len(path) > 1 and table.__pydantic_decorators__.model_validators)


def _refusal(base: Base, values: Mapping[tuple[str, ...], Value]) -> str:
    """Why a case cannot be run with these values, or nothing."""
    try:
        with_values(base.scenario, values)
        if base.district:
            table_with_values("district", base.district, values)
    except ScenarioError as error:
        return error.problems[0]
    return ""


def _effective(base: Base, path: tuple[str, ...]) -> Value | None:
    """The value a setting has before it is varied, levers of the strategy in force."""
    if path[0] == "district":
        return getattr(base.district, path[1])
    if path[0] == "instruments":
        use = base.scenario.strategy.uses.get(path[1])
        usual: Value | None = 0.0 if path[2] == "intensity" else None
        return getattr(use, path[2]) if use is not None else usual
    if len(path) == 1:
        return getattr(base.scenario, path[0], None)  # of no single set where sets of parameters vary
    levers = getattr(base.scenario.strategy, path[0], {})
    return levers.get(path[1], getattr(getattr(base.scenario, path[0]), path[1]))


def _with_insincere(outcomes: list[str]) -> tuple[str, ...]:
    """The outcomes, and beside each consent figure the insincere share that belongs to it."""
    pairs = ((name, insincere_beside(name)) for name in outcomes)
    return tuple(dict.fromkeys(name for pair in pairs for name in pair if name is not None))
