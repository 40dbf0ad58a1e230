"""方案对比 Compare: up to four plans on the same draws, and a sentence that says what that shows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import solara

from dashboard import state
from dashboard.asking import Request, case_label, describe, plans_in_address, strategy_label
from dashboard.choices import strategy_choices
from dashboard.ensembles import COMPARE_RUNS, Ensemble, ensemble
from dashboard.hooks import refuse_impossible, use_result
from dashboard.own_outcomes import OwnCourse, own_label, wished_for
from dashboard.parts import Foot, Heading, ShareLink, Waiting, announce, answer, markup, plain, table
from dashboard.unknown import Unknown
from dashboard.views import (
    LETTERS,
    PLAN_COLOURS,
    curve,
    difference,
    fan,
    fan_labels,
    fan_words,
    say,
    spread,
    stage,
    words,
)
from dashboard.widgets import Fan, Minis, Scatter, Slots
from model.brought import brought
from model.measures import Outcome
from scenarios.catalogue import number, text, unit_of_outcome
from scenarios.comparison import CENSORED, compare

#: What is compared pair by pair; consent never without the insincere share of the same week.
PAIRED = (
    "gate_week",
    "headline_consent_at_gate",
    "valid_consent_at_gate",
    "insincere_share_at_gate",
    "final_valid_consent",
    "final_insincere_share",
    "payment_18_months",
    "office_hours_total",
    "office_yuan_total",
)


def paired() -> tuple[str, ...]:
    """What is compared pair by pair, with the outcomes of the server's own file."""
    return (*PAIRED, *brought().outcomes)


def plans_of(request: Request, chosen: Sequence[Request]) -> tuple[Request, ...]:
    """The plans on the page, all in the compound of `request`; home visits alone and the user's own at first."""
    if not chosen:
        first = Request(request.case, "information_only")
        second = (
            request
            if request.strategy != "information_only" or request.changed
            else Request(request.case, "pressure")
        )
        return (first, second)
    return tuple(
        plan if plan.case == request.case else Request(request.case, plan.strategy) for plan in chosen
    )


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang, request = state.lang.value, state.request.value
    plans = plans_of(request, state.plans.value)

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> tuple[Ensemble, ...] | None:
        found: list[Ensemble] = []
        for i, plan in enumerate(plans):
            refuse_impossible(plan)

            def tell(done: float, i: int = i) -> None:
                progress((i + done) / len(plans))

            one = ensemble(plan, COMPARE_RUNS, wanted=wanted, progress=tell)
            if one is None:
                return None
            found.append(one)
        return tuple(found)

    awaited = use_result(plans, work, lang)
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(
            say("compare", lang),
            say("compare_lead", lang, n=COMPARE_RUNS, case=case_label(request.case, lang)),
        )
        with solara.Div(classes=["gz-card"]):
            Choose(plans, request, lang)
        Waiting(awaited, lang, COMPARE_RUNS * len(plans))
        with answer(awaited, "display:flex;flex-direction:column;"):
            if awaited.value is not None:
                Results(awaited.value, lang)
                Unknown(tuple(one.request for one in awaited.value), paired(), lang)
                with solara.Div(classes=["gz-card"]):
                    ShareLink("compare", lang, say("share_comparison", lang), plans_in_address(plans))
        Foot(lang)


@solara.component
def Choose(plans: tuple[Request, ...], request: Request, lang: str) -> None:  # noqa: N802
    """Which plans are compared."""

    def put(where: Any) -> None:
        if isinstance(where, list) and len(where) == 2 and where[1] in strategy_choices():
            change(where[0], Request(request.case, where[1], parameters=request.parameters))

    def change(i: Any, plan: Request) -> None:
        if isinstance(i, int) and 0 <= i < len(plans):
            state.plans.value = (*plans[:i], plan, *plans[i + 1 :])

    def add(*_: Any) -> None:
        used = {plan.strategy for plan in plans}
        free = [
            name
            for name in ("deliberation_example_compensation", "full_bundle", "pressure")
            if name not in used
        ]
        if len(plans) < len(LETTERS):
            state.plans.value = (*plans, Request(request.case, (free or ["none"])[0]))

    def remove(i: Any) -> None:
        if isinstance(i, int) and 0 <= i < len(plans) > 2:
            state.plans.value = (*plans[:i], *plans[i + 1 :])

    Slots(
        plans=json.dumps(
            [
                {
                    "letter": letter,
                    "color": colour[0],
                    "strategy": plan.strategy,
                    "changed": plan.changed,
                    "label": describe(plan, lang),
                }
                for letter, colour, plan in zip(LETTERS, PLAN_COLOURS, plans, strict=False)
            ]
        ),
        strategies=[{"value": name, "label": strategy_label(name, lang)} for name in strategy_choices()],
        labels=words(lang, ("strategy", "remove", "mine", "add")),
        event_put=put,
        event_mine=lambda i: change(i, replace(request)),
        event_add=add,
        event_remove=remove,
    )


def joined(found: Sequence[Ensemble]) -> pd.DataFrame:
    """The summaries of all plans, one row a run, the plan's letter as its strategy."""
    tables = [one.summary.assign(strategy=letter) for letter, one in zip(LETTERS, found, strict=False)]
    return pd.concat(tables, ignore_index=True)


def called_by_letter(found: Sequence[Ensemble], lang: str) -> str:
    """Which plan each letter stands for in what is shown; the lists above may ask for others already."""
    parts = [f"{letter} {describe(one.request, lang)}" for letter, one in zip(LETTERS, found, strict=False)]
    return " · ".join(parts)


def sentence(found: Sequence[Ensemble], lang: str) -> str:
    """How often each plan passes the gate."""
    counts = [int(np.isfinite(one.summary["gate_week"].to_numpy(float)).sum()) for one in found]
    parts = [
        say("passes_in", lang, letter=letter, name=describe(one.request, lang), n=count, total=one.runs)
        for letter, one, count in zip(LETTERS, found, counts, strict=False)
    ]
    return ("；" if lang == "zh" else "; ").join(parts) + ("。" if lang == "zh" else ".")


def verdicts(found: Sequence[Ensemble], lang: str) -> list[str]:
    """Every further plan against A: gate, insincere share, payment, own outcomes that say which way is better."""
    summary = joined(found)
    said = []
    for letter in LETTERS[1 : len(found)]:
        for outcome in ("gate_week", "insincere_share_at_gate", "payment_18_months", *wished_for()):
            said.append(compare(summary, outcome, letter, "A").verdict(lang))
    return said


@solara.component
def Results(found: tuple[Ensemble, ...], lang: str) -> None:  # noqa: N802
    """Sentence, bands, buildings, differences, scatter."""
    with solara.Div(classes=["gz-card"]):
        said = solara.use_memo(lambda: sentence(found, lang), [found, lang])
        more = solara.use_memo(lambda: verdicts(found, lang), [found, lang])
        lines = "".join(f"<li>{plain(line)}</li>" for line in more)
        markup(f'<h2 style="margin-top:0">{plain(called_by_letter(found, lang))}</h2>')
        announce(plain(said), "gz-verdict", "data-verdict")
        markup(f'<ul class="gz-verdicts">{lines}</ul>')
    with solara.Div(classes=["gz-pair"]):
        for outcome in (Outcome.HEADLINE_CONSENT, Outcome.INSINCERE_SHARE, Outcome.PAYMENT_RATE):
            with solara.Div(classes=["gz-card"]):
                Bands(found, outcome, lang)
        with solara.Div(classes=["gz-card"]):
            Costs(found, lang)
        if brought().outcomes:
            with solara.Div(classes=["gz-card"]):
                OwnCourse(lambda name: bands_of(found, name), found, "compare", lang, height="235px")
    with solara.Div(classes=["gz-card"]):
        markup(f'<h2 style="margin-top:0">{plain(say("same_week", lang))}</h2>')
        Minis(
            payload=json.dumps(
                [
                    {
                        "letter": letter,
                        "color": colour[0],
                        "label": describe(one.request, lang),
                        "stage": json.loads(stage(one.shown, one.request, lang)),
                    }
                    for letter, colour, one in zip(LETTERS, PLAN_COLOURS, found, strict=False)
                ]
            ),
            labels=words(lang, ("scrub", "week_n", "signed", "insincere")),
        )
    with solara.Div(classes=["gz-card"]):
        markup(solara.use_memo(lambda: differences(found, lang), [found, lang]))


def gate_of_all(found: Sequence[Ensemble]) -> float | None:
    """The gate of the plans; None where they differ in it."""
    gates = {one.request.scenario().effective_programme().consent_gate for one in found}
    return gates.pop() if len(gates) == 1 else None


@solara.component
def Bands(found: tuple[Ensemble, ...], outcome: Outcome, lang: str) -> None:  # noqa: N802
    """One outcome of every plan over the weeks, band over band."""
    label = text(f"outcome.{outcome.name.lower()}", lang)
    series = bands_of(found, outcome)
    Fan(
        payload=fan(
            series,
            found[0].series.shape[1],
            place="compare",
            key="",
            gate=gate_of_all(found) if outcome is Outcome.HEADLINE_CONSENT else None,
        ),
        caption=label,
        aria="; ".join(
            f"{letter}: {fan_words(one, outcome, lang)}" for letter, one in zip(LETTERS, found, strict=False)
        ),
        labels=fan_labels(lang),
        file=f"compare-{outcome.name.lower()}",
        group="compare",
        height="235px",
    )


def bands_of(found: Sequence[Ensemble], outcome: Outcome | str) -> list[dict[str, Any]]:
    """One outcome of every plan for a chart, called by its letter."""
    return [
        curve(letter, one.of(outcome), colour, band=True, dash="solid" if letter == "A" else "dashed")
        for letter, colour, one in zip(LETTERS, PLAN_COLOURS, found, strict=False)
    ]


@solara.component
def Costs(found: tuple[Ensemble, ...], lang: str) -> None:  # noqa: N802
    """What each run cost, what consent and what payment came of it."""
    n = found[0].request.scenario().compound.households
    groups, insincere = [], []
    for letter, colour, one in zip(LETTERS, PLAN_COLOURS, found, strict=False):
        cost = one.summary["office_yuan_total"].to_numpy(float) / n
        consent = one.summary["final_valid_consent"].to_numpy(float)
        payment = one.summary["payment_18_months"].to_numpy(float)
        points = [
            [None if np.isnan(v) else round(float(v), 4) for v in row]
            for row in zip(cost, consent, payment, strict=True)
        ]
        middle = [float(np.median(cost)), float(np.median(consent))]
        groups.append({"letter": letter, "color": colour[0], "points": points, "mid": middle})
        lies = float(np.median(one.summary["final_insincere_share"]))
        insincere.append(f"{letter} {number(lies, 'share', lang)}")
    Scatter(
        payload=json.dumps(groups, allow_nan=False),
        caption=say("scatter", lang),
        aria=say("scatter", lang),
        labels={
            **{axis: say(f"scatter_{axis}", lang) for axis in "xy"},
            "note": say("scatter_note", lang, each=" · ".join(insincere)),
        },
    )


def differences(found: Sequence[Ensemble], lang: str) -> str:
    """A table: each plan's median, and each plan minus A pair by pair with its interval and verdict."""
    summary = joined(found)
    head = [say("column_outcome", lang), *LETTERS[: len(found)]]
    head += [say("pair_by_pair", lang, pair=f"{letter} − A") for letter in LETTERS[1 : len(found)]]
    rows = []
    for outcome in paired():
        unit = unit_of_outcome(outcome)
        row = [
            own_label(outcome, lang) if outcome in brought().outcomes else text(f"summary.{outcome}", lang)
        ]
        values = (one.summary[outcome].to_numpy(float) for one in found)
        row += [spread(v, unit, lang, censored=outcome in CENSORED, outcome=outcome)[0] for v in values]
        for letter in LETTERS[1 : len(found)]:
            row.append(difference(compare(summary, outcome, letter, "A"), unit, lang))
        rows.append(row)
    made = table(head, rows, numeric=range(1, len(found) + 1), caption=say("paired", lang))
    return made + f'<p class="gz-note">{plain(say("paired_note", lang, n=found[0].runs))}</p>'
