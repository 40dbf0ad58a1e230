"""Outcomes of the server's own file on the pages: their course over the weeks, and what they came to at the end."""

from collections.abc import Callable, Sequence
from typing import Any

import solara

from dashboard import state
from dashboard.asking import to_query
from dashboard.ensembles import Ensemble
from dashboard.parts import markup, plain, table
from dashboard.views import COLOURS, curve, fan, fan_labels, fan_words, say, spread
from dashboard.widgets import Choice, Fan
from model.brought import brought
from scenarios.catalogue import catalogue, pattern_of, text

#: What no word is added to: bare numbers, and shares, which are written in per cent.
UNWRITTEN = ("", "1", "0 or 1", "−1 to 1", "share")


@solara.component
def OwnOutcomes(found: Ensemble, lang: str) -> None:  # noqa: N802
    """The card of the page Explore: one outcome by week, all of them at the end."""

    def course(name: str) -> list[dict[str, Any]]:
        label = text(f"outcome.{name}", lang)
        return [curve(label, found.of(name), COLOURS["own"], band=True, ghost=True)]

    with solara.Div(classes=["gz-card"]):
        markup(f'<h2 style="margin-top:0">{plain(say("own_course", lang))}</h2>')
        OwnCourse(course, (found,), "explore", lang)
        markup(at_the_end(found, lang))


@solara.component
def OwnCourse(  # noqa: N802
    series: Callable[[str], list[dict[str, Any]]],
    found: Sequence[Ensemble],
    group: str,
    lang: str,
    height: str = "300px",
) -> None:
    """One outcome over the weeks, which the reader chooses.

    series : of an outcome by its name; group : of charts with one cursor
    """
    known = list(brought().outcomes)
    kept = state.kept.value.get("measure", "")
    name = kept if kept in known else known[0]
    if len(known) > 1:
        Choice(
            name="own-outcome",
            label=say("own_shown", lang),
            value=name,
            options=[{"value": each, "label": text(f"outcome.{each}", lang)} for each in known],
            event_pick=lambda wanted: (
                state.keep(measure="" if wanted == known[0] else wanted) if wanted in known else None
            ),
        )
    first = found[0]
    payload = solara.use_memo(
        lambda: fan(
            series(name),
            first.series.shape[1],
            place=f"{first.request.case} {name}",
            key=to_query(first.request, lang) if len(found) == 1 else "",
            axis=axis_of(brought().outcomes[name].unit, lang),
        ),
        [name, *found, lang],
    )
    Fan(
        payload=payload,
        caption=own_label(name, lang, axis=True),
        aria="; ".join(fan_words(one, name, lang) for one in found),
        labels=fan_labels(lang),
        file=f"{group}-{name}",
        group=group,
        height=height,
    )


def axis_of(unit: str, lang: str) -> dict[str, str] | None:
    """How a chart writes its values; None for shares, which it draws from 0 to 100 %."""
    return None if unit == "share" else {"pattern": pattern_of(unit, lang), "lang": lang}


def own_label(name: str, lang: str, *, axis: bool = False) -> str:
    """What an outcome is called, its unit where numbers do not say it, and which way is better.

    axis : of a chart, whose numbers say no unit
    """
    outcome = brought().outcomes[name]
    unit = unit_word(outcome.unit, lang) if axis or pattern_of(outcome.unit, lang) == "{value}" else ""
    better = text(f"direction.{outcome.better}", lang) if outcome.better else ""
    about = ("，" if lang == "zh" else ", ").join(word for word in (unit, better) if word)
    label = text(f"summary.{name}", lang)
    return say("own_label", lang, label=label, about=about) if about else label


def unit_word(unit: str, lang: str) -> str:
    """A unit in the reader's language where we have it; "" of shares and of bare numbers."""
    return "" if unit in UNWRITTEN else catalogue(lang).get(f"unit.{unit.replace(' ', '_')}", unit)


def wished_for() -> tuple[str, ...]:
    """Own outcomes of which more, or less, is better."""
    return tuple(name for name, outcome in brought().outcomes.items() if outcome.better)


def at_the_end(found: Ensemble, lang: str) -> str:
    """What the outcomes came to at the end, as HTML."""
    rows = [
        [own_label(name, lang), *spread(found.summary[name].to_numpy(float), outcome.unit, lang)]
        for name, outcome in brought().outcomes.items()
    ]
    head = [say("column_outcome", lang), say("median", lang), say("range_5_95", lang)]
    return table(head, rows, numeric=(1, 2), caption=say("own_outcomes", lang, n=found.runs))
