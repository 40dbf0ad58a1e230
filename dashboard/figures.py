"""The figures of the pages: each is one summary outcome, with the definition tables, report and command line have.

Which week a figure is of and whose share it is stands on its card. What it was before the last change is compared run
by run, on the same draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.asking import Request, strategy_label
from dashboard.assumed import behind
from dashboard.ensembles import Ensemble
from dashboard.levers import Lever, levers
from dashboard.screening import same
from dashboard.views import difference, lever_label, of_runs, say, spread, why_nothing
from model.measures import SUMMARY
from model.parameters import declarations
from scenarios.catalogue import missing, number, text
from scenarios.comparison import CENSORED, PairedDifference, compare_values, direction_of


@dataclass(frozen=True)
class Figure:
    """A card. outcome : of `model.measures.SUMMARY`; at_end : the same at the horizon, told beside it"""

    key: str
    outcome: str
    tone: str
    at_end: str = ""


#: The insincere share stands right beside the consent figures.
FIGURES = (
    Figure("headline", "headline_consent_at_gate", "consent", "final_headline_consent"),
    Figure("valid", "valid_consent_at_gate", "consent", "final_valid_consent"),
    Figure("insincere", "insincere_share_at_gate", "warn", "final_insincere_share"),
    Figure("passes", "gate_week", "consent"),
    Figure("payment", "payment_18_months", "pay"),
    Figure("company", "company_present_end", "pay"),
    Figure("hours", "office_hours_total", "cost"),
    Figure("yuan", "office_yuan_total", "cost"),
)


@dataclass(frozen=True)
class Change:
    """The last change: what the page showed before, what it shows now, and how they differ on the same draws.

    pairs : by key of a figure
    """

    before: Ensemble
    now: Ensemble
    pairs: Mapping[str, PairedDifference]


def change_between(before: Ensemble, now: Ensemble) -> Change:
    """Compare every figure of two requests in the same compound, run by run: their runs have the same seeds."""
    runs = min(before.runs, now.runs)
    cases = (now.summary["case"].iloc[0],)
    unpaired = before.runs + now.runs - 2 * runs
    pairs = {}
    for figure in FIGURES:
        x, y = (one.summed_up[figure.outcome][:runs] for one in (now, before))
        pairs[figure.key] = compare_values(
            x,
            y,
            figure.outcome,
            "now",
            "before",
            cases=cases,
            direction=direction_of(figure.outcome),
            n_unpaired=unpaired,
        )
    return Change(before, now, pairs)


def kpis(found: Ensemble, lang: str, last: Change | None = None) -> list[dict[str, Any]]:
    """The cards of the page Explore. last : the change that led here"""
    items = []
    for figure in FIGURES:
        value, sub = written(figure, found, lang)
        items.append(
            {
                "key": figure.key,
                "label": say(f"kpi_{figure.key}", lang),
                "value": value,
                "sub": sub,
                "delta": moved(figure, last, lang) if last is not None else "",
                "tone": figure.tone,
                "help": say(f"kpi_{figure.key}_help", lang),
                "of": say(f"kpi_{figure.key}_of", lang),
                "behind": behind(found.request, f"figure.{figure.key}", lang),
            }
        )
    return items


def written(figure: Figure, found: Ensemble, lang: str) -> tuple[str, str]:
    """A figure's value and what stands below it: its range, the runs it is of, and the same at the end."""
    if figure.key == "passes":
        return _passes(found, lang)
    if figure.key == "company":
        return _company(found, lang)
    value, sub = _spread(figure.outcome, found, lang)
    if figure.at_end:
        sub += " · " + say("at_the_end", lang, value=_spread(figure.at_end, found, lang)[0])
    return value, sub


def _spread(outcome: str, found: Ensemble, lang: str) -> tuple[str, str]:
    values = found.summed_up[outcome]
    return spread(values, SUMMARY[outcome].unit, lang, censored=outcome in CENSORED, outcome=outcome)


def _passes(found: Ensemble, lang: str) -> tuple[str, str]:
    passed = int((~np.isnan(found.summed_up["gate_week"])).sum())
    of = of_runs(passed, found.runs, lang)
    if not passed:
        return missing("headline_consent_at_gate", lang), of
    when = _spread("gate_week", found, lang)[0]
    return number(passed / found.runs, "share", lang), say("passes_sub", lang, of=of, when=when)


def _company(found: Ensemble, lang: str) -> tuple[str, str]:
    """Where no run is handed over, a company that is still there is the one from before."""
    present = int((found.summed_up["company_present_end"] > 0.5).sum())
    handed = int((~np.isnan(found.summed_up["handover_week"])).sum())
    if not handed:
        words = "company_before" if present else "company_none_before"
        return say("not_handed_over", lang), say(words, lang, n=present, total=found.runs)
    of = of_runs(present, found.runs, lang)
    if handed < found.runs:
        of += " · " + say("handed_over_in", lang, n=handed, total=found.runs)
    return (number(present / found.runs, "share", lang) if present else say("no_company", lang)), of


def moved(figure: Figure, last: Change, lang: str) -> str:
    """What a figure was, and by how much it moved run by run: with an interval, or in words."""
    pair = last.pairs[figure.key]
    first = written(figure, last.before, lang)[0]
    if not pair.n_pairs:
        return say("before_alone", lang, before=first)
    unit = SUMMARY[figure.outcome].unit.replace("0 or 1", "share")
    key = "before_and_week" if figure.key == "passes" else "before_and_change"
    return say(key, lang, before=first, change=difference(pair, unit, lang))


# -- what the last change was, and why it changed nothing -----------------------------------------------------


def changes(before: Request, now: Request, lang: str) -> list[str]:
    """What differs between two requests, each in a few words: `Pressure 0 % → 30 %`."""
    said = []
    if before.strategy != now.strategy:
        names = (strategy_label(one.strategy, lang) for one in (before, now))
        said.append(say("changed_from_to", lang, what=say("strategy", lang), **_ends(*names)))
    else:
        said += [
            say(
                "changed_from_to",
                lang,
                what=lever_label(key, lang),
                **_ends(*_places(before, now, key, lang)),
            )
            for key in moved_levers(before, now)
        ]
    own, others = dict(now.parameters), dict(before.parameters)
    for name in sorted(own.keys() | others.keys()):
        default = declarations()[name].default
        values = (f"{table.get(name, default):g}" for table in (others, own))
        if own.get(name) != others.get(name):
            said.append(say("changed_from_to", lang, what=text(f"parameter.{name}", lang), **_ends(*values)))
    return said


def _ends(before: str, now: str) -> dict[str, str]:
    return {"before": before, "now": now}


def moved_levers(before: Request, now: Request) -> list[str]:
    """The levers that stand elsewhere."""
    return [key for key in levers() if abs(before.lever(key) - now.lever(key)) > 1e-9]


def _places(before: Request, now: Request, key: str, lang: str) -> tuple[str, str]:
    lever = levers()[key]
    first, second = (place(lever, request.lever(key), lang) for request in (before, now))
    return first, second


def place(lever: Lever, value: float, lang: str) -> str:
    """Where a lever stands, written out."""
    if lever.unit == "share":
        return f"{100 * value:.0f} %"
    digits = 2 if lever.step < 0.05 else 1 if lever.step < 1 else 0
    return f"{value:.{digits}f} {text(f'dash.unit_{lever.key}', lang)}"


def last_change(last: Change, lang: str) -> tuple[str, str]:
    """What the last change was, with why where it changes nothing; and what moved, for a screen reader."""
    before, found = last.before, last.now
    listed = ("；" if lang == "zh" else "; ").join(changes(before.request, found.request, lang))
    first = say("last_change", lang, what=listed)
    if same(before.summed_up, found.summed_up):
        keys = moved_levers(before.request, found.request)
        why = why_nothing(keys[0], found.summary, lang) if len(keys) == 1 else ""
        return f"{first} {say('changed_nothing', lang, n=found.runs)} {why}".rstrip(), ""
    determined = [f for f in FIGURES if last.pairs[f.key].determined]
    if not determined:
        return f"{first} {say('nothing_determined', lang)}", ""
    if any(f.tone == "consent" for f in determined):  # no consent is told without what it is worth
        determined = [f for f in FIGURES if f in determined or f.key == "insincere"]
    told = ("；" if lang == "zh" else "; ").join(
        f"{say(f'kpi_{f.key}', lang)} {written(f, found, lang)[0]}" for f in determined
    )
    return first, say("moved_figures", lang, list=told)
