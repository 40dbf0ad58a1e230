"""The application Solara serves: routes, the head of every page, and the address a user came by."""

from typing import Any

import solara
from reacton.core import get_render_context

from dashboard import state
from dashboard.asking import (
    LinkError,
    Request,
    case_label,
    from_query,
    kept_in,
    language_in,
    other_version,
    plans_in,
    seat_in,
    strategy_label,
)
from dashboard.figures import changes
from dashboard.pages import assumptions, classroom, compare, district, explore, predict, start, sweep, who
from dashboard.parts import address_of_user, shared_address
from dashboard.views import say, words
from dashboard.widgets import Presenter, Shell, Steps
from scenarios.catalogue import languages, text

#: Address, text of the navigation, page; in the order of the navigation.
PAGES: tuple[tuple[str, str, Any], ...] = (
    ("", "start", start.Page),
    ("explore", "explore", explore.Page),
    ("compare", "compare", compare.Page),
    ("who", "who", who.Page),
    ("district", "district", district.Page),
    ("sweep", "sweep", sweep.Page),
    ("predict", "predict", predict.Page),
    ("class", "classroom", classroom.Page),
    ("model", "assumptions", assumptions.Page),
)


def take_address(search: str | None) -> None:
    """Put what an address asks for into this tab's state; what cannot be used leaves a message instead."""
    state.lang.value = language_in(search)
    state.seat.value = seat_in(search)
    state.request.value, state.plans.value, state.kept.value = Request(), (), kept_in(search)
    take_scenario(search)


def take_scenario(search: str | None) -> None:
    """The same but for language and seat, which a step back does not change.

    Where an address cannot be used all stays as it is, and a message says why: a tab has more to lose than a step.
    """
    lang = state.lang.value
    state.came_by.value, state.notice.value = search or "", notice_of(search, lang)
    try:
        request = from_query(search, lang)
        plans = plans_in(search, request.case, lang)
    except LinkError:
        return
    state.request.value, state.plans.value, state.kept.value = request, plans, kept_in(search)


def notice_of(search: str | None, lang: str) -> str:
    """What is wrong with an address, or was made with other versions of files; "" where nothing is."""
    try:
        plans_in(search, from_query(search, lang).case, lang)
    except LinkError as error:
        return str(error)
    return other_version(search, lang)


@solara.component
def Title(of_page: str) -> None:  # noqa: N802
    """The title of the document, in a component of its own: Solara gives every page one, and the deepest counts."""
    solara.Title(of_page)


@solara.component
def Layout(children: list[Any]) -> None:  # noqa: N802
    """Head, then the page."""
    router = solara.use_router()
    solara.use_memo(lambda: take_address(router.search), [])
    lang = state.lang.value
    step, set_step = solara.use_state(0)

    whole = get_render_context()

    def restore(search: Any) -> None:
        if isinstance(search, str):
            with whole:  # the page is drawn once, when all of it is known
                take_scenario(search)
                set_step(step + 1)

    def go(path: Any) -> None:
        if path in [known for known, _, _ in PAGES]:
            state.notice.value = ""
            state.keep(about="")
            router.push(f"/{path}?{address_of_user()}")

    def set_lang(wanted: Any) -> None:
        if wanted in languages:
            with whole:
                set_step(step + 1)
                state.lang.value = wanted
                state.notice.value = notice_of(state.came_by.value, wanted) if state.notice.value else ""

    current = "/".join(router.parts)

    Shell(
        pages=[{"path": path, "label": say(key, lang)} for path, key, _ in PAGES],
        current=current,
        lang=lang,
        query=address_of_user(),
        written={"query": address_of_user(), "step": step},
        labels={
            "name": text("project.name", lang),
            **words(lang, ("skip", "pages", "large", "large_short", "dark", "dark_short")),
        },
        event_go=go,
        event_set_lang=set_lang,
        event_restore=restore,
    )
    with solara.Div(classes=["gz-above"]):
        Title(f"{name_of_page(current, lang)} · {text('project.name', lang)}")
        if current != "class":
            Steps(
                link=f"/{current}?{shared_address()}",
                label=label_of_page(current, lang),
                labels=words(lang, STEP_WORDS),
            )
        Presenter(label=say("presenter", lang))
    with solara.v.Html(tag="main", attributes={"id": "gz-main", "tabindex": "-1"}):
        solara.Column(children=children, gap="0px")


#: Every label of the component Steps.
STEP_WORDS = "steps undo redo keep_this kept_n kept_none kept_remove".split()


def name_of_page(current: str, lang: str) -> str:
    """What a page is called in the navigation."""
    return say({path: key for path, key, _ in PAGES}.get(current, "start"), lang)


def label_of_page(current: str, lang: str) -> str:
    """What a page shows, in a line: the page, the compound, the strategy and the levers that were moved."""
    request = state.request.value
    moves = changes(Request(request.case, request.strategy), request, lang)
    said = [
        name_of_page(current, lang),
        case_label(request.case, lang),
        strategy_label(request.strategy, lang),
        *moves,
    ]
    return " · ".join(said)


#: Solara takes the layout of the first.
routes = [
    solara.Route(path or "/", component=page, layout=Layout if i == 0 else None)
    for i, (path, _, page) in enumerate(PAGES)
]
