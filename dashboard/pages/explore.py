"""情景实验 Explore: move a lever, see consent, payment, windows and neighbours answer."""

from collections.abc import Callable
from typing import Any

import solara

from dashboard import state
from dashboard.asking import Request, case_label, describe, to_query
from dashboard.downloads import in_base64, report_html, summary_csv, weekly_csv
from dashboard.ensembles import EXPLORE_RUNS, Ensemble
from dashboard.figures import change_between, kpis, last_change
from dashboard.hooks import Awaited, use_ensemble, use_result
from dashboard.own_outcomes import OwnOutcomes
from dashboard.parts import (
    Foot,
    Heading,
    LeverPanel,
    ShareLink,
    Waiting,
    announce,
    markup,
    plain,
    use_about,
)
from dashboard.stories import tell
from dashboard.trajectory import SHOWN_SEED
from dashboard.unknown import Unknown
from dashboard.views import (
    consent_fan,
    fan_labels,
    fan_words,
    payment_fan,
    say,
    stage,
    stage_labels,
    words,
)
from dashboard.widgets import Fan, Kpis, Save, Stage
from model.brought import brought
from model.measures import Outcome

#: What is shown under other sets of parameters; consent never without the insincere share.
UNKNOWN = (
    "gate_week",
    "headline_consent_at_gate",
    "insincere_share_at_gate",
    "final_headline_consent",
    "final_valid_consent",
    "final_insincere_share",
    "final_support_share",
    "payment_18_months",
    "company_present_end",
    "trust_office_change",
)


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang, request = state.lang.value, state.request.value
    awaited = use_ensemble(request, EXPLORE_RUNS, lang)
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("explore", lang), say("explore_lead", lang))
        with solara.Div(classes=["gz-two"]):
            with solara.Div(classes=["gz-card", "gz-side"]):
                LeverPanel(request, state.request.set, lang)
            with solara.Div():
                Waiting(awaited, lang, EXPLORE_RUNS)
                if awaited.value is not None:
                    Results(awaited.value, awaited.stale, lang)
        Foot(lang)


@solara.component
def Results(found: Ensemble, stale: bool, lang: str) -> None:  # noqa: N802
    """Everything that answers to the levers."""
    before = use_before(found)
    last = solara.use_memo(lambda: change_between(before, found) if before else None, [found, before])
    items = solara.use_memo(lambda: kpis(found, lang, last), [found, before, lang])
    said = solara.use_memo(lambda: last_change(last, lang) if last else ("", ""), [found, before, lang])
    ask = use_about()
    announce(f'{plain(said[0])} <span class="gz-spoken">{plain(said[1])}</span>', "gz-changed")
    Kpis(
        items=items,
        stale=stale,
        labels=words(lang, ("explain", "rests_on_parameters", "change_them")),
        scenario=to_query(found.request, lang),
        event_about=ask,
    )
    with solara.Div(classes=["gz-card"]):
        Windows(found, lang)
    Charts(found, lang)
    if brought().outcomes:
        OwnOutcomes(found, lang)
    Unknown((found.request,), (*UNKNOWN, *brought().outcomes), lang)
    Downloads(found, lang)


def use_before(found: Ensemble) -> Ensemble | None:
    """What the page showed before the last change; None at first, and in another compound, whose households differ."""
    seen = solara.use_ref((found, found))
    last = seen.current[1]
    if found.request != last.request:
        seen.current = (last, found)
    before = seen.current[0]
    comparable = before.request != found.request and before.request.case == found.request.case
    return before if comparable else None


@solara.component
def Charts(found: Ensemble, lang: str) -> None:  # noqa: N802
    """Two fan charts side by side."""
    consent = solara.use_memo(lambda: consent_fan(found, lang), [found, lang])
    payment = solara.use_memo(lambda: payment_fan(found, lang), [found, lang])
    with solara.Div(classes=["gz-half"]):
        with solara.Div(classes=["gz-card"]):
            Fan(
                payload=consent,
                caption=say("chart_consent", lang, n=found.runs),
                aria=fan_words(found, Outcome.HEADLINE_CONSENT, lang)
                + "; "
                + fan_words(found, Outcome.INSINCERE_SHARE, lang),
                labels=fan_labels(lang),
                file="consent",
                group="explore",
            )
        with solara.Div(classes=["gz-card"]):
            Fan(
                payload=payment,
                caption=say("chart_payment", lang, n=found.runs),
                aria=fan_words(found, Outcome.PAYMENT_RATE, lang),
                labels=fan_labels(lang),
                file="payment",
                group="explore",
            )


@solara.component
def Windows(found: Ensemble, lang: str) -> None:  # noqa: N802
    """The run that is shown, and the household that was clicked."""
    chosen, choose = solara.use_state(-1)
    place, set_place = solara.use_state(found.request.case)
    if place != found.request.case:
        set_place(found.request.case)
        choose(-1)
    inside = 0 <= chosen < found.shown.households
    per_building = found.request.scenario().compound.stairwells_per_building
    story = solara.use_memo(
        lambda: tell(found.shown, chosen, lang, per_building) if inside else None, [found, chosen, lang]
    )
    data = solara.use_memo(lambda: stage(found.shown, found.request, lang), [found, lang])

    def pick(i: Any) -> None:
        if isinstance(i, int) and 0 <= i < found.shown.households:
            choose(i)

    markup(
        f'<div class="gz-row"><h2 style="margin:0">{plain(case_label(found.request.case, lang))} · '
        f"{plain(describe(found.request, lang))}</h2>"
        f'<span class="gz-status">{plain(say("one_run", lang, seed=SHOWN_SEED))}</span></div>'
    )
    Stage(
        payload=data,
        labels=stage_labels(lang),
        story=story,
        group="explore",
        selected=chosen,
        event_pick=pick,
        event_forget=lambda *_: choose(-1),
    )


@solara.component
def Downloads(found: Ensemble, lang: str) -> None:  # noqa: N802
    """Tables that Excel opens with Chinese intact, the report, the link."""
    name = found.request.case.replace("/", "-")
    request: Request = found.request
    with solara.Div(classes=["gz-card", "gz-downloads"]):
        markup(f'<h2 style="margin-top:0">{plain(say("take_away", lang))}</h2>')
        with solara.Div(classes=["gz-row", "start"]):
            Table("runs", f"gongzhi-{name}-runs.csv", lambda: summary_csv(found, lang), found, lang)
            Table("weeks", f"gongzhi-{name}-weeks.csv", lambda: weekly_csv(found, lang), found, lang)
            Report(request, f"gongzhi-{name}.html", lang)
        ShareLink("explore", lang, say("share_hint", lang))


@solara.component
def Table(name: str, file: str, make: Callable[[], bytes], found: Ensemble, lang: str) -> None:  # noqa: N802
    """A button that saves a table, made when it is asked for."""
    key = (found.request, lang)
    made, keep = solara.use_state((key, ""))
    Save(
        name=name,
        label=say(f"csv_{name}", lang),
        file=file,
        mime="text/csv;charset=utf-8",
        content=made[1] if made[0] == key else "",
        event_want=lambda *_: keep((key, in_base64(make()))),
    )


@solara.component
def Report(request: Request, file: str, lang: str) -> None:  # noqa: N802
    """A button that saves the report; making it takes seconds, and shows how far it is."""
    key = (request, lang)
    wanted, want = solara.use_state((request, ""))
    asked = wanted == key

    def work(still: Callable[[], bool], progress: Callable[[float], None]) -> Any:
        made = report_html(request, lang, wanted=still, progress=progress) if asked else b""
        return None if made is None else (key, in_base64(made))

    awaited = use_result(key if asked else None, work, lang)
    made = awaited.value
    report = made[1] if asked and made is not None and made[0] == key else ""
    with solara.Div(classes=["gz-row", "start"]):
        Save(
            name="report",
            label=say("report_html", lang),
            file=file,
            mime="text/html;charset=utf-8",
            content=report,
            busy=asked and awaited.waiting,
            event_want=lambda *_: awaited.again() if asked and awaited.problem else want(key),
        )
        # Always there: a piece that comes and goes would have the browser begin the button above anew.
        with solara.Div(classes=["gz-making" if asked else "gz-idle"]):
            Waiting(awaited if asked else Awaited(waiting=False), lang)


__all__ = ["Awaited", "Page"]
