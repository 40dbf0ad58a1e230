"""先猜后看 Predict: draw the curve you expect, then see what the model makes of it."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import solara

from dashboard import state
from dashboard.asking import Request, case_label, strategy_label
from dashboard.choices import case_choices, strategy_choices
from dashboard.ensembles import EXPLORE_RUNS, Ensemble, name_of
from dashboard.hooks import use_ensemble
from dashboard.parts import Foot, Heading, Waiting, markup, plain, with_case, with_strategy
from dashboard.views import bands, say, spread, words
from dashboard.widgets import Choice, Draw
from model.brought import brought
from model.measures import Outcome
from scenarios.catalogue import number, text

#: What can be guessed of the model's own.
CURVES = (Outcome.HEADLINE_CONSENT, Outcome.INSINCERE_SHARE, Outcome.SUPPORT_SHARE, Outcome.PAYMENT_RATE)
#: A guess this close to the median, in the mean over weeks, is called close: five points, a judgement.
CLOSE = 0.05


def curves() -> dict[str, Outcome | str]:
    """What can be guessed, by name: with shares of the server's own file."""
    own = {name: name for name, outcome in brought().outcomes.items() if outcome.unit == "share"}
    return {**{name_of(outcome): outcome for outcome in CURVES}, **own}


@dataclass(frozen=True)
class Guess:
    """A curve that was guessed, and of what: a step back leads to another question, of which nothing was guessed."""

    question: tuple[Request, Outcome | str] | None = None
    curve: tuple[float, ...] = ()


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang, request = state.lang.value, state.request.value
    known = curves()
    outcome = known.get(state.kept.value.get("curve", ""), CURVES[0])
    question = (request, outcome)
    guessed, set_guessed = solara.use_state(Guess())
    guess = guessed.curve if guessed.question == question else ()
    awaited = use_ensemble(request, EXPLORE_RUNS, lang)
    found = awaited.value if awaited.value is not None and awaited.value.request == request else None

    def change(wanted: Any) -> None:
        set_guessed(Guess())
        if isinstance(wanted, Request):
            state.request.value = wanted
        else:
            state.keep(curve="" if wanted is CURVES[0] else name_of(wanted))

    def reveal(curve: Any) -> None:
        weeks = request.scenario().horizon_weeks
        if is_curve(curve, weeks):
            set_guessed(Guess(question, tuple(float(v) for v in curve)))

    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("predict", lang), say("predict_lead", lang))
        with solara.Div(classes=["gz-card"]):
            Choose(outcome, change, lang)
        if guess or awaited.problem:
            Waiting(awaited, lang, EXPLORE_RUNS)
        with solara.Div(classes=["gz-card"]):
            shown = found if guess else None
            Draw(
                payload=sheet(request.scenario(), outcome, guess, shown, key=f"{hash(request)}-{outcome}"),
                caption=say("predict_of", lang, what=text(f"outcome.{name_of(outcome)}", lang)),
                labels=draw_labels(lang),
                event_reveal=reveal,
                event_again=lambda *_: set_guessed(Guess()),
            )
            said = verdict(np.array(guess), found, outcome, lang) if guess and found is not None else ""
            markup(said, attributes={"role": "status"})
        Foot(lang)


@solara.component
def Choose(outcome: Outcome | str, change: Any, lang: str) -> None:  # noqa: N802
    """Of what, where, under which strategy."""
    request = state.request.value
    with solara.Div(classes=["gz-slots"]):
        Choice(
            name="case",
            label=say("case", lang),
            value=request.case,
            options=[{"value": name, "label": case_label(name, lang)} for name in case_choices()],
            event_pick=lambda name: change(with_case(request, name)),
        )
        Choice(
            name="strategy",
            label=say("strategy", lang),
            value=request.strategy,
            options=[{"value": name, "label": strategy_label(name, lang)} for name in strategy_choices()],
            event_pick=lambda name: change(with_strategy(request, name)),
        )
        Choice(
            name="outcome",
            label=say("predict_what", lang),
            value=name_of(outcome),
            options=[{"value": name, "label": text(f"outcome.{name}", lang)} for name in curves()],
            event_pick=lambda name: change(curves()[name]) if name in list(curves()) else None,
        )


def is_curve(curve: Any, weeks: int) -> bool:
    """Whether the browser has sent a share for every week."""
    return (
        isinstance(curve, list)
        and len(curve) == weeks
        and all(isinstance(v, int | float) and 0.0 <= v <= 1.0 for v in curve)
    )


def sheet(
    scenario: Any, outcome: Outcome | str, guess: tuple[float, ...], found: Ensemble | None, *, key: str
) -> str:
    """Axes, the guess, and once it is given the model's quantiles, as JSON for the component Draw."""
    gate = scenario.effective_programme().consent_gate if outcome is Outcome.HEADLINE_CONSENT else None
    q = bands(found.of(outcome)) if found is not None else None
    return json.dumps(
        {"weeks": scenario.horizon_weeks, "gate": gate, "q": q, "mine": list(guess) or None, "key": key}
    )


def draw_labels(lang: str) -> dict[str, str]:
    """Every label of the component Draw."""
    keys = "wipe draw_aria draw_here yours models by_numbers week_n reveal predict_again".split()
    return {**words(lang, keys), "gate": say("gate_line", lang), "weeks": say("weeks_axis", lang)}


def verdict(guess: np.ndarray, found: Ensemble, outcome: Outcome | str, lang: str) -> str:
    """How far the guess is from the model, and where most, as HTML."""
    q = np.array([[np.nan if v is None else v for v in row] for row in bands(found.of(outcome))])
    gap = guess - q[2]
    known = np.isfinite(gap)
    if not known.any():
        return f'<p class="gz-verdict">{plain(say("predict_none", lang))}</p>'
    mean = float(np.abs(gap[known]).mean())
    week = int(np.nanargmax(np.abs(gap)))
    inside = float(((guess >= q[0]) & (guess <= q[4]))[known].mean())
    side = "predict_high" if gap[week] > 0 else "predict_low"
    first = say(
        "predict_close" if mean <= CLOSE else "predict_far",
        lang,
        gap=number(mean, "share", lang, difference=True).lstrip("+"),
    )
    second = say(
        side,
        lang,
        week=number(float(week), "week", lang),
        mine=number(float(guess[week]), "share", lang),
        model=number(float(q[2, week]), "share", lang),
        low=number(float(q[0, week]), "share", lang),
        high=number(float(q[4, week]), "share", lang),
    )
    third = say("predict_inside", lang, share=number(inside, "share", lang))
    lies = ""
    if outcome is Outcome.HEADLINE_CONSENT:
        middle, between = spread(found.of(Outcome.INSINCERE_SHARE)[:, week], "share", lang)
        at = number(float(week), "week", lang)
        lies = f"<p>{plain(say('predict_insincere', lang, week=at, share=middle, range=between))}</p>"
    note = say("predict_note", lang)
    return (
        f'<p class="gz-verdict">{plain(first)} {plain(second)}</p>'
        f'<p>{plain(third)}</p>{lies}<p class="gz-note">{plain(note)}</p>'
    )
