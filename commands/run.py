"""`gongzhi run`: one compound, a district, or the compounds of a city or of the country, under one strategy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from commands.console import notes, results, say
from commands.data import with_data
from commands.folder import output_folder
from commands.group import WrongInput
from commands.knowing import brought_along, with_own
from commands.options import refuse_figures_without
from commands.progress import Progress
from commands.simulation import run_scenarios
from commands.summary import (
    CAUTION,
    GROUPS,
    case_data,
    cautions,
    heading,
    horizon_note,
    levers_over_case,
    outcome_data,
    outcome_table,
    published,
    run_rows,
    strategy_data,
)
from commands.wording import print_json
from model.engine import Results
from model.specification import Scenario
from model.summary import summary_columns
from scenarios.loading import Case, apply_settings, load_case
from scenarios.rested import rested_data, rested_in, rested_lines

if TYPE_CHECKING:
    from commands.own import OwnRuns
    from scenarios.ignorance import Ignorance

FIRST_SEED, USUAL_SEEDS = 1, 20


def run(
    *,
    case_name: str,
    strategy: str | None,
    seed: int | None,
    seeds: int | None,
    settings: Sequence[str],
    weeks: int | None,
    threads: int | None,
    engine: str | None,
    compounds: int | None,
    cluster: str | None,
    households: str | None,
    ties: str | None,
    own: str | None,
    plausible: int,
    out: str | None,
    force: bool,
    lang: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate, print and, with `out`, write; raises ScenarioError or WrongInput for bad input."""
    things = own_things(own)
    case = with_data(load_case(case_name), households, ties)
    if case.collection is None:
        refuse_figures_without(out)
    if things is not None and (case.collection is not None or case.district is not None):
        things.own.refuse_classes("a collection" if case.district is None else "a district")
    engine = (engine or "compiled") if things is None else things.engine(engine)
    if plausible and case.collection is not None:
        raise WrongInput(
            f"--plausible {plausible}: {case.id} is a collection; expected a case of one compound or a district"
        )
    if case.collection is not None:
        from commands import collection

        collection.run_and_print(
            case,
            strategy=strategy,
            seed=_only_seed(case, seed, seeds),
            compounds=compounds,
            settings=with_weeks(settings, weeks),
            threads=threads,
            cluster=cluster,
            engine=engine,
            things=things,
            out=out,
            force=force,
            lang=lang,
            quiet=quiet,
            as_json=as_json,
        )
        return
    for option, given in (("--compounds", compounds), ("--cluster", cluster)):
        if given is not None:
            raise WrongInput(f"{option}: {case.id} is no collection; expected one, such as hangzhou-city")
    if case.district is not None:
        from commands import district as command

        command.run_and_print(
            case,
            case.district,
            strategy=strategy,
            seeds=seed_range(seed, seeds, usual=command.usual_seeds(plausible) if seed is None else 1),
            settings=with_weeks(settings, weeks),
            threads=threads,
            engine=engine,
            plausible=plausible,
            things=things,
            out=out,
            force=force,
            lang=lang,
            quiet=quiet,
            as_json=as_json,
        )
        return
    scenario = prepared(case, strategy, settings, weeks)
    usual = 1 if seed is not None or engine == "agents" else USUAL_SEEDS
    chosen = seed_range(seed, seeds, usual=usual)

    def simulate(progress: Progress) -> tuple[Results, Ignorance | None]:
        found = simulate_all(
            things,
            [scenario],
            chosen,
            engine=engine,
            threads=threads,
            progress=progress,
            equity=out is not None,
        )
        if not plausible:
            return found, None
        from commands.ignorance import under_plausible_sets  # loads what reads tables

        shown = [outcome for group in GROUPS for outcome in group]
        of_own = None if things is None else things.own
        return found, under_plausible_sets(
            [scenario], (), shown, chosen, plausible, threads, progress, own=of_own
        )

    if out is None:
        with Progress(lang, quiet=quiet) as progress:
            found, unknown = simulate(progress)
    else:
        # Loads what draws, which takes longer than a short run.
        from commands.results import write_results
        from scenarios.files.spreadsheets import write_csv

        with output_folder(out, force=force) as folder, Progress(lang, quiet=quiet) as progress:
            found, unknown = simulate(progress)
            if things is not None:
                write_csv(things.weekly, folder / "own.csv")
            write_results(
                folder,
                found,
                [case],
                [scenario],
                made_by="run",
                engine=engine,
                lang=lang,
                progress=progress,
                unknown=unknown,
                own=None if things is None else things.own,
            )
    if as_json:
        data = _data(found, unknown, scenario, case, chosen, engine)
        print_json(data if things is None else {**data, "own": things.data([scenario.strategy])})
    elif not quiet:
        own_lines = [] if things is None else things.lines([scenario.strategy], lang)
        _print(found, unknown, scenario, case, chosen, lang, own_lines)
    if out is not None and not quiet:
        notes().print(say("written", lang, folder=out))


def simulate_all(
    things: OwnRuns | None,
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    *,
    engine: str,
    threads: int | None,
    progress: Progress,
    equity: bool,
) -> Results:
    """Every scenario with every seed, by what `--own` brings or in the engine asked for; see `run_scenarios`."""
    if things is not None:
        return things.simulate(scenarios, seeds, engine=engine, progress=progress)
    return run_scenarios(scenarios, seeds, engine=engine, threads=threads, progress=progress, equity=equity)


def prepared(case: Case, strategy: str | None, settings: Sequence[str], weeks: int | None) -> Scenario:
    """The scenario a command line asks for. Raises ScenarioError for what does not fit."""
    return apply_settings(with_own(case.scenario(strategy=strategy)), with_weeks(settings, weeks))


def _only_seed(case: Case, seed: int | None, seeds: int | None) -> int:
    """The seed of a collection. Raises WrongInput for several."""
    if seeds not in (None, 1):
        raise WrongInput(
            f"--seeds {seeds}: {case.id} is a collection; expected one seed, --seed N, for each --out"
        )
    return FIRST_SEED if seed is None else seed


def with_weeks(settings: Sequence[str], weeks: int | None) -> list[str]:
    """The settings of a command line, `--weeks` among them."""
    return [*settings, *([] if weeks is None else [f"horizon_weeks={weeks}"])]


def seed_range(first: int | None, count: int | None, *, usual: int) -> range:
    """The seeds a command line asks for: they follow one another."""
    start = FIRST_SEED if first is None else first
    return range(start, start + (usual if count is None else count))


def own_things(place: str | None) -> OwnRuns | None:
    """What `--own` brings, known until the command ends; loads Mesa only where it is given. Raises ScenarioError."""
    own = brought_along(place)
    if own is None:
        return None
    from commands.own import OwnRuns

    return OwnRuns(own)


def _print(
    found: Results,
    unknown: Ignorance | None,
    scenario: Scenario,
    case: Case,
    seeds: Sequence[int],
    lang: str,
    own: Sequence[Text] = (),
) -> None:
    console = results()
    console.print(heading(scenario, case, lang, seeds=seeds))
    for line in [*cautions([scenario.strategy], lang), *levers_over_case(case, scenario, lang)]:
        console.print(line)
    console.print()
    summary = summary_columns(found.series, found.households)
    console.print(outcome_table(summary, lang))
    if unknown is not None:
        from commands.ignorance import print_ignorance

        print_ignorance(console, unknown, [scenario.strategy], lang)
    console.print()
    for line in [*horizon_note(summary, scenario.horizon_weeks, lang), *own]:
        console.print(line)
    for rested in rested_lines(rested_in(found), [scenario.strategy], lang):
        console.print(Text(rested, style=CAUTION))
    if unknown is None:
        console.print(say("ignorance.one_set", lang))
    for line in published(case, lang):
        console.print(line)
    console.print(say("not_a_forecast", lang))


def _data(
    found: Results,
    unknown: Ignorance | None,
    scenario: Scenario,
    case: Case,
    seeds: Sequence[int],
    engine: str,
) -> dict[str, Any]:
    summary = found.summary()
    plausible = None
    if unknown is not None:
        from commands.ignorance import ignorance_data

        plausible = ignorance_data(unknown)
    return {
        **case_data(scenario, case),
        "strategy": strategy_data(scenario.strategy),
        "content_hash": scenario.content_hash(),
        "engine": engine,
        "seeds": list(seeds),
        "outcomes": outcome_data(summary),
        "plausible": plausible,
        "rested": rested_data(rested_in(found)),
        "runs": run_rows(summary),
    }
