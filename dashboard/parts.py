"""Small pieces that several pages share."""

import html
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import solara

from compiling.entries import is_first_run
from dashboard import state
from dashboard.asking import (
    Request,
    case_label,
    plans_in_address,
    strategy_label,
    strategy_named,
    to_query,
)
from dashboard.assumed import subject
from dashboard.choices import case_choices, strategy_choices
from dashboard.hooks import Awaited, use_result
from dashboard.levers import levers
from dashboard.screening import Screening, known_screening, screening
from dashboard.views import lever_groups, say, words
from dashboard.widgets import Act, Levers, Progress
from dashboard.workers import workers
from model.instruments import Legality
from scenarios.catalogue import text


def markup(content: str, **attributes: Any) -> Any:
    """A piece of the page as HTML; whatever did not come from the catalogue must have gone through `plain`."""
    return solara.HTML(tag="div", unsafe_innerHTML=content, **attributes)


def announce(words: str, kind: str = "", mark: str = "") -> Any:
    """A sentence of HTML that is read out when it changes. kind : of the paragraph; mark : an attribute of it

    What announces stays, and what it says changes: a browser tells screen readers of nothing that comes whole.
    """
    said = f'<p class="{kind}" {mark}>{words}</p>' if words else ""
    return markup(said, attributes={"role": "status"})


def plain(value: object) -> str:
    """A word as it is, no markup in it."""
    return html.escape(str(value))


@solara.component
def Heading(title: str, lead: str = "") -> None:  # noqa: N802
    """Title of a page and the sentence under it; then what was wrong with the address one came by."""
    markup(f"<h1>{plain(title)}</h1>" + (f'<p class="gz-lead">{plain(lead)}</p>' if lead else ""))
    if state.notice.value:
        markup(f'<div class="gz-error" role="alert">{plain(state.notice.value)}</div>')


@solara.component
def Waiting(awaited: Awaited[Any], lang: str, of: int = 0) -> None:  # noqa: N802
    """How far the work is, or what went wrong, to be tried again. of : runs in all, where the work is so many runs"""
    if awaited.problem:
        markup(f'<div class="gz-error" role="alert">{plain(awaited.problem)}</div>')
        Act(name="retry", label=say("try_again", lang), event_act=lambda *_: awaited.again())
    share = awaited.done if awaited.waiting else 1.0
    if awaited.waiting and not workers().warm.is_set():
        said = say("compiling" if is_first_run() else "warming", lang)
    elif of:
        said = say("runs_done", lang, n=int(share * of + 1e-9), total=of)
    else:
        said = f"{share:.0%}"
    Progress(active=awaited.waiting, done=share, words=said, labels=words(lang, ("computing", "seconds")))


def answer(awaited: Awaited[Any], style: str = "") -> Any:
    """The place of what answers, faded while it answers an earlier question than the page asks; always there."""
    return solara.Div(
        classes=["gz-answer", *(["gz-stale"] if awaited.stale else [])],
        style=style + ("opacity:0.6;" if awaited.stale else ""),
    )


@solara.component
def LeverPanel(request: Request, choose: Callable[[Request], None], lang: str) -> None:  # noqa: N802
    """Case, strategy and levers of one request."""
    strategy = strategy_named(request.strategy)
    ask_about = use_about()
    note = strategy.note_zh if lang == "zh" else strategy.note_en
    banned = [name for name, legal in strategy.not_lawful().items() if legal is Legality.UNLAWFUL]
    if banned:
        listed = ("、" if lang == "zh" else ", ").join(text(f"instrument.{name}", lang) for name in banned)
        note = say("unlawful_strategy", lang, list=listed) + " " + note
    Levers(
        groups=lever_groups(request, lang, use_screening(request, lang)),
        labels=words(lang, (*LEVER_WORDS, "change_them")),
        cases=[{"value": name, "label": case_label(name, lang)} for name in case_choices()],
        strategies=[{"value": name, "label": strategy_label(name, lang)} for name in strategy_choices()],
        chosen_case=request.case,
        strategy=request.strategy,
        note=note,
        changed=request.changed,
        event_move=lambda values: choose(moved(request, values)),
        event_choose_case=lambda name: choose(with_case(request, name)),
        event_choose_strategy=lambda name: choose(with_strategy(request, name)),
        event_reset=lambda *_: choose(Request(request.case, request.strategy)),
        event_about=ask_about,
    )


def use_screening(request: Request, lang: str) -> Screening | None:
    """Which levers matter in the compound of a request under its strategy; None until that is known."""
    case, strategy = request.case, request.strategy

    def work(wanted: Callable[[], bool], _: Callable[[float], None]) -> Screening | None:
        if known_screening(case, strategy) is None:
            time.sleep(SCREENING_WAITS)  # what the page itself waits for comes first
        return screening(case, strategy, wanted) if wanted() else None

    known = known_screening(case, strategy)
    awaited = use_result(("screening", case, strategy) if known is None else None, work, lang)
    # Nobody is told why there is none, so nobody can ask: it is tried again when a lever moves.
    solara.use_effect(lambda: awaited.again() if awaited.problem else None, [request])
    return known_screening(case, strategy)


#: Seconds.
SCREENING_WAITS = 0.8
LEVER_WORDS = tuple(
    "levers case strategy explain more fewer reset rests_on_parameters unfold fold lever_before lever_next".split()
)


def use_about() -> Callable[[Any], None]:
    """How a page opens the page Model at the parameters behind a lever or a figure."""
    router = solara.use_router()

    def ask(about: Any) -> None:
        if subject(str(about), state.lang.value):
            state.keep(about=str(about))
            router.push(f"/model?{address_of_user()}")

    return ask


def moved(request: Request, values: Any) -> Request:
    """The request with what the browser says of its levers; what makes no sense is left out."""
    there = levers()
    known = {
        key: float(value)
        for key, value in (values.items() if isinstance(values, dict) else ())
        if key in there and isinstance(value, int | float) and value == value
    }
    return request.with_levers(known)


def with_case(request: Request, name: Any) -> Request:
    """Another case, its levers where the strategy puts them; parameters stay."""
    if name not in case_choices():
        return request
    return Request(str(name), request.strategy, parameters=request.parameters)


def with_strategy(request: Request, name: Any) -> Request:
    """Another strategy, its levers where it puts them; parameters stay."""
    if name not in strategy_choices():
        return request
    return Request(request.case, str(name), parameters=request.parameters)


@solara.component
def Foot(lang: str) -> None:  # noqa: N802
    """What no page may be read without."""
    markup(f'<p class="gz-foot">{plain(say("not_a_forecast", lang))}</p>')


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[int] = (),
    caption: str = "",
    *,
    short: bool = False,
) -> str:
    """A table as HTML; cells are escaped here.

    numeric : positions of columns set flush right; short : cells hold a few digits each, and many go in a line
    Every cell carries its column's head: where the page is narrow, a row stands as a block.
    """
    kind = [' class="n"' if i in numeric else "" for i in range(len(head))]
    top = "".join(f'<th scope="col"{k}>{plain(h)}</th>' for h, k in zip(head, kind, strict=True))
    heads = [f' data-head="{plain(h)}"{k}' for h, k in zip(head, kind, strict=True)]
    body = "".join(
        "<tr>" + "".join(f"<td{k}>{plain(c)}</td>" for c, k in zip(row, heads, strict=True)) + "</tr>"
        for row in rows
    )
    label = f"<caption>{plain(caption)}</caption>" if caption else ""
    stack = "gz-stack short" if short else "gz-stack"
    return (
        f'<div class="gz-scroll" tabindex="0" role="region" aria-label="{plain(caption or head[0])}">'
        f'<table class="gz-table {stack}">{label}<thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def query_of_user() -> str:
    """The address of the scenario the user looks at, to be shared."""
    return to_query(state.request.value, state.lang.value)


def address_of_user() -> str:
    """The address of this tab: the scenario, what pages keep, and which seat in a class it shows."""
    return to_query(
        state.request.value, state.lang.value, {**plans_of_user(), **state.kept.value, **state.seat.value}
    )


def shared_address() -> str:
    """The same without the seat, for others, or for later."""
    return to_query(state.request.value, state.lang.value, {**plans_of_user(), **state.kept.value})


def plans_of_user() -> dict[str, str]:
    """The plans on the page Compare as the address carries them; nothing where they are the usual ones."""
    return plans_in_address(state.plans.value) if state.plans.value else {}


@solara.component
def ShareLink(page: str, lang: str, hint: str, more: Mapping[str, str] = MappingProxyType({})) -> None:  # noqa: N802
    """The address that brings this page's scenario back, without a seat in a class."""
    link = f"/{page}?{to_query(state.request.value, lang, more)}"
    markup(
        f'<p class="gz-note" style="max-width:none">{plain(hint)} '
        f'<a class="gz-share" href="{plain(link)}">{plain(link)}</a></p>'
    )
