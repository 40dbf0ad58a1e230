"""What is not known: plans of a page under many sets of parameters that the evidence leaves standing, when asked."""

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import pandas as pd
import solara

from dashboard import own, tasks
from dashboard.asking import Request
from dashboard.ensembles import Job, first_seeds, wait_for
from dashboard.hooks import refuse_impossible, use_result
from dashboard.parts import Waiting, markup, plain, table
from dashboard.views import LETTERS, say
from dashboard.widgets import Act
from dashboard.workers import workers
from model.specification import District, Scenario
from scenarios.catalogue import text
from scenarios.ignorance import SEEDS_OF_A_SET, Ignorance, ignorance_in
from scenarios.ignorance_words import difference_head, difference_rows, level_rows
from scenarios.plausible import load_survivors

#: Sets of parameters that are tried; so many are one part of the work.
SETS, SETS_OF_A_PART = 20, 5

#: Finds the numbers of a card: called with whether the page still wants them, and with the share that is done.
type Work = Callable[[Callable[[], bool], Callable[[float], None]], Ignorance | None]


def summary_of(request: Request, **waiting: Any) -> pd.DataFrame | None:
    """A row a run of one plan, its set of parameters in the column `set`; `waiting` as in `wait_for`."""
    found = wait_for(("plausible", request), lambda: _begin(request), **waiting)
    assert found is None or isinstance(found, pd.DataFrame)
    return found


def _begin(request: Request) -> Job:
    scenario, rows = request.scenario(), load_survivors().rows(SETS)
    seeds = first_seeds(SEEDS_OF_A_SET)
    parts = workers().submit_all(
        (tasks.run_plausible, scenario, part, seeds) for part in itertools.batched(rows, SETS_OF_A_PART)
    )
    return Job(parts, lambda found: pd.concat(found, ignore_index=True))


def ignorance_of_plans(summaries: Sequence[pd.DataFrame], outcomes: Sequence[str]) -> Ignorance:
    """What the plans A, B, … come to over the sets, and every further plan against A."""
    letters = LETTERS[: len(summaries)]
    rows = pd.concat(
        [summary.assign(strategy=letter) for letter, summary in zip(letters, summaries, strict=True)],
        ignore_index=True,
    )
    return ignorance_in(rows, letters, outcomes, [(letter, "A") for letter in letters[1:]])


@solara.component
def Unknown(plans: tuple[Request, ...], outcomes: tuple[str, ...], lang: str) -> None:  # noqa: N802
    """A card that says what the page rests on, and shows chance and ignorance once somebody asks."""

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> Ignorance | None:
        summaries = []
        for i, plan in enumerate(plans):
            refuse_impossible(plan)

            def tell(done: float, i: int = i) -> None:
                progress((i + done) / len(plans))

            summary = summary_of(plan, wanted=wanted, progress=tell)
            if summary is None:
                return None
            summaries.append(summary)
        return ignorance_of_plans(summaries, outcomes)

    WhenAsked(plans, work, SETS * SEEDS_OF_A_SET * len(plans), lang)


@solara.component
def UnknownDistrict(  # noqa: N802
    plan: Hashable, scenario: Scenario, district: District, outcomes: tuple[str, ...], lang: str
) -> None:
    """The same card for a district, of whose totals it shows `outcomes`; plan : what the page asks for"""

    def begin() -> Job:
        rows, seeds = load_survivors().rows(SETS), first_seeds(SEEDS_OF_A_SET)
        # own things take several times as long: a task of all seeds would be stopped
        at_once = [[seed] for seed in seeds] if own.runner(scenario) else [seeds]
        parts = workers().submit_all(
            (tasks.call, "dashboard.district_runs:totals_under", scenario, district, [row], some)
            for row in rows
            for some in at_once
        )
        return Job(parts, lambda found: pd.concat(found, ignore_index=True))

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> Ignorance | None:
        totals = wait_for(("plausible district", plan), begin, wanted=wanted, progress=progress)
        return None if totals is None else ignorance_in(totals, [scenario.strategy.id], outcomes)

    WhenAsked(plan, work, SETS * SEEDS_OF_A_SET, lang)


@solara.component
def WhenAsked(  # noqa: N802
    plans: Hashable, work: Work, n_runs: int, lang: str
) -> None:
    """The card: a button, and the tables once somebody has pressed it for what the page shows."""
    asked, ask = solara.use_state(())
    with solara.Div(classes=["gz-card"]):
        markup(f'<h2 style="margin-top:0">{plain(text("ignorance.heading", lang))}</h2>')
        if asked == plans:
            Found(plans, work, n_runs, lang)
        else:
            markup(f'<p class="gz-note">{plain(say("one_set", lang, sets=SETS))}</p>')
            Act(name="plausible", label=say("try_sets", lang, sets=SETS), event_act=lambda *_: ask(plans))


@solara.component
def Found(plans: Hashable, work: Work, n_runs: int, lang: str) -> None:  # noqa: N802
    """The tables, once they are there."""
    awaited = use_result(("plausible", plans), work, lang)
    Waiting(awaited, lang, n_runs)
    if awaited.value is not None:
        markup(unknown_html(awaited.value, lang))


def unknown_html(found: Ignorance, lang: str) -> str:
    """Chance and ignorance of every plan, and every further plan against A, as tables."""
    letters = {level.strategy: level.strategy for level in found.levels}
    several = len(letters) > 1

    columns = (*(["strategy"] if several else []), "median", "chance", "ignorance", "sets")
    head = [say("column_outcome", lang), *(text(f"ignorance.{key}", lang) for key in columns)]
    rows, before = [], ""
    for row in level_rows(found, letters, lang):
        first = row.outcome if row.outcome != before else ""
        rows.append([first, *([row.strategy] if several else []), *row[2:]])
        before = row.outcome
    title = text("ignorance.title", lang).format(sets=found.sets, seeds=found.seeds)
    caption = text("ignorance.levels_caption", lang)
    parts = [f"<p>{plain(title)}</p>", table(head, rows, range(1 + several, len(head)), caption)]
    for a in list(letters)[1:]:
        rows = [
            [each.outcome, each.verdict, *each[1:-2]]
            for each in difference_rows(found, a, "A", letters, lang)
        ]
        head = [say("column_outcome", lang), text("ignorance.verdict", lang), *difference_head(a, "A", lang)]
        caption = text("figure.a_minus_b", lang).format(a=a, b="A")
        parts.append(table(head, rows, range(2, len(head)), caption))
    note = text("ignorance.note" if several else "ignorance.note_levels", lang)
    return "".join(parts) + f'<p class="gz-note">{plain(note)}</p>'
