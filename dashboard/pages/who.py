"""谁受影响 Who gains: change of support, burden and voice by floor, age and tenure."""

from collections.abc import Callable

import numpy as np
import solara

from agents.categories import Tenure
from dashboard import state, tasks
from dashboard.asking import Request, case_label, describe
from dashboard.ensembles import EXPLORE_RUNS, Job, first_seeds, wait_for
from dashboard.equity_groups import AGES, BATCH, BY, FLOORS, SHOWN, Groups, OneWay, together
from dashboard.hooks import refuse_impossible, use_result
from dashboard.parts import Foot, Heading, LeverPanel, Waiting, announce, answer, markup, plain
from dashboard.views import say
from dashboard.workers import workers
from model.equity import GROUPS, MEASURES
from scenarios.catalogue import called, number

DAYS_PER_MONTH = 365.25 / 12


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang, request = state.lang.value, state.request.value

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> tuple[Request, Groups] | None:
        refuse_impossible(request)
        seeds = list(first_seeds(EXPLORE_RUNS))

        def begin() -> Job:
            scenario = request.scenario()
            parts = workers().submit_all(
                (tasks.call, "dashboard.equity_groups:tables_of_runs", scenario, seeds[i : i + BATCH])
                for i in range(0, len(seeds), BATCH)
            )
            return Job(parts, together)

        found = wait_for(("who", request), begin, wanted=wanted, progress=progress)
        return (request, found) if isinstance(found, Groups) else None

    awaited = use_result(("who", request), work, lang)
    of, found = (request, None) if awaited.value is None else awaited.value
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("who", lang), say("who_lead", lang))
        with solara.Div(classes=["gz-two"]):
            with solara.Div(classes=["gz-card", "gz-side"]):
                LeverPanel(request, state.request.set, lang)
            with solara.Div():
                Waiting(awaited, lang, EXPLORE_RUNS)
                with answer(awaited):
                    markup(f"<h2>{plain(case_label(of.case, lang))} · {plain(describe(of, lang))}</h2>")
                    announce(plain(told(found, lang)) if found is not None else "", "gz-heard")
                    if found is not None:
                        markup(f'<p class="gz-note">{plain(say("who_bars", lang, n=EXPLORE_RUNS))}</p>')
                        with solara.Div(classes=["gz-gains"]):
                            for m, name in enumerate(SHOWN):
                                with solara.Div(classes=["gz-card"]):
                                    markup(picture(found.one_way, m, name, lang))
                        markup(tables(found, lang))
        Foot(lang)


def told(found: Groups, lang: str) -> str:
    """Who is farthest apart in each measure, for those who do not see the bars change."""
    return " ".join(
        f"{label(name, lang)}: {who_differs(found.one_way, m, MEASURES[name].unit, lang)}"
        for m, name in enumerate(SHOWN)
        if not is_silent(name, found.one_way.means[m])
    )


def label(name: str, lang: str) -> str:
    """What a measure is called."""
    return MEASURES[name].zh if lang == "zh" else MEASURES[name].en


def picture(found: OneWay, m: int, name: str, lang: str) -> str:
    """One measure: a sentence, and a bar for every group with its range over runs. As HTML."""
    measure = MEASURES[name]
    head = f'<h2 style="margin-top:0">{plain(label(name, lang))}</h2>'
    head += f'<p class="gz-note">{plain(say(f"who_{name}", lang))}</p>'
    values = found.means[m]
    if is_silent(name, values):
        return f'{head}<p class="gz-silent">{plain(say("who_voice_none", lang))}</p>'
    known = np.isfinite(values)
    if not known.any():
        return f'{head}<p class="gz-silent">{plain(say("too_few", lang))}</p>'
    ends = min(0.0, float(np.nanmin(found.low[m]))), max(0.0, float(np.nanmax(found.high[m])))
    parts = [
        "".join(
            _bar(found, (m, i), ends, measure.unit, lang) for i, group in enumerate(GROUPS) if group.by == by
        )
        for by in BY
    ]
    bars = "".join(f'<div class="gz-bars">{part}</div>' for part in parts)
    said = f'<p class="gz-gain">{plain(who_differs(found, m, measure.unit, lang))}</p>'
    return f'{head}{said}<div class="gz-picture">{bars}</div>'


def who_differs(found: OneWay, m: int, unit: str, lang: str) -> str:
    """Which groups are farthest apart, where they are so in nearly every run and any group is large enough."""
    values = found.means[m]
    if not np.isfinite(values).any():
        return say("too_few", lang)
    gaps = {}
    for k, by in enumerate(BY):
        places = [i for i, group in enumerate(GROUPS) if group.by == by and np.isfinite(values[i])]
        if found.stands_out[m, k]:
            highest, lowest = max(places, key=lambda i: values[i]), min(places, key=lambda i: values[i])
            gaps[highest, lowest] = values[highest] - values[lowest]
    if not gaps:
        return say("who_alike", lang)
    highest, lowest = max(gaps, key=lambda pair: gaps[pair])
    return say(
        "who_differs",
        lang,
        high=group_label(highest, lang),
        low=group_label(lowest, lang),
        most=written(float(values[highest]), unit, lang),
        least=written(float(values[lowest]), unit, lang),
    )


def group_label(i: int, lang: str) -> str:
    """What a group is called."""
    return GROUPS[i].zh if lang == "zh" else GROUPS[i].en


def _bar(found: OneWay, at: tuple[int, int], ends: tuple[float, float], unit: str, lang: str) -> str:
    """A group's mean as a bar from zero, its range as a line; `at` : measure and group."""
    label = f"<span>{plain(group_label(at[1], lang))}</span>"
    value, low, high = (float(table[at]) for table in (found.means, found.low, found.high))
    if not np.isfinite(value):
        return f'{label}<i></i><b class="none">{plain(say("too_few", lang))}</b>'
    first, last = ends
    width = (last - first) or 1.0

    def along(end: float) -> float:
        return 100.0 * (end - first) / width

    def piece(kind: str, start: float, stop: float) -> str:
        return (
            f'<i class="{kind}" style="left:{along(start):.1f}%;width:{along(stop) - along(start):.1f}%"></i>'
        )

    bar = piece("below" if value < 0 else "above", min(value, 0.0), max(value, 0.0)) + piece(
        "range", low, high
    )
    return f"{label}<i>{bar}</i><b>{plain(written(value, unit, lang))}</b>"


def is_silent(name: str, values: np.ndarray) -> bool:
    """Whether nobody has a voice: zeros throughout say something of the strategy, not of the groups."""
    return name == "voice" and bool(np.isfinite(values).any()) and not np.nanmax(values) > 0.0


def tables(found: Groups, lang: str) -> str:
    """Every measure by floor, age and tenure together, to be unfolded, as HTML."""
    each = "".join(
        f'<div class="gz-card">{heat_map(found, m, name, lang)}</div>'
        for m, name in enumerate(SHOWN)
        if not is_silent(name, found.means[m])
    )
    note = say("who_read", lang, n=EXPLORE_RUNS)
    return (
        f'<details class="gz-behind-pictures"><summary>{plain(say("who_tables", lang))}</summary>'
        f'<p class="gz-note">{plain(note)}</p>{each}</details>'
    )


def heat_map(found: Groups, m: int, name: str, lang: str) -> str:
    """One measure: floors down, age and tenure across; a number in every cell, colour besides. As HTML."""
    measure, title = MEASURES[name], plain(label(name, lang))
    values = found.means[m]
    most = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    both = "<td></td>" + "".join(
        f'<th scope="col" class="c">{plain(called(tenure, lang))}<br>{plain(say(f"group_{age}", lang))}</th>'
        for tenure in Tenure
        for age in AGES
    )
    rows = "".join(
        f'<tr><th scope="row">{plain(say(f"floor_{floor}", lang))}</th>'
        + "".join(
            _cell(found, (m, f, a, t), most, measure.unit, lang)
            for t in range(len(Tenure))
            for a in range(len(AGES))
        )
        + "</tr>"
        for f, floor in reversed(list(enumerate(FLOORS)))
    )
    return (
        f'<h2 style="margin-top:0">{title}</h2><p class="gz-note">{plain(say(f"who_{name}", lang))}</p>'
        f'<div class="gz-scroll" tabindex="0" role="region" aria-label="{title}">'
        f'<table class="gz-table gz-heat"><thead><tr>{both}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _cell(found: Groups, at: tuple[int, int, int, int], most: float, unit: str, lang: str) -> str:
    """One group's mean, its range over the runs and how many it is; `at` : position in the tables."""
    value, low, high = (float(table[at]) for table in (found.means, found.low, found.high))
    if not np.isfinite(value):
        return f'<td class="c none">{plain(say("too_few", lang))}</td>'
    strength = round(0.62 * min(abs(value) / (most or 1.0), 1.0), 3)
    colour = "29,111,168" if value >= 0 else "204,90,20"
    shown = plain(written(value, unit, lang))
    between = plain(f"{written(low, unit, lang)} – {written(high, unit, lang)}")
    count = plain(say("households_n", lang, n=round(float(found.sizes[at[1:]]))))
    style = f"background:rgba({colour},{strength})"
    return f'<td class="c" style="{style}"><b>{shown}</b><br><small>{between}<br>{count}</small></td>'


def written(value: float, unit: str, lang: str) -> str:
    """A value of a table; months of income as days, since most burdens are far below a month."""
    if unit.startswith("months of income"):
        return say("income_days", lang, n=f"{DAYS_PER_MONTH * value:.1f}")
    return number(value, unit, lang)
