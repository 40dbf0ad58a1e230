"""The application Solara serves: routes, the head of every page, and the address a user came by."""

from typing import Any

import solara

from dashboard import state
from dashboard.asking import LinkError, Request, from_query, kept_in, language_in, plans_in, seat_in
from dashboard.pages import assumptions, classroom, compare, district, explore, predict, start, sweep, who
from dashboard.parts import address_of_user
from dashboard.views import say, words
from dashboard.widgets import Shell
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
    lang = language_in(search)
    state.lang.value = lang
    state.seat.value = seat_in(search)
    state.kept.value = kept_in(search)
    try:
        state.request.value = from_query(search, lang)
        state.plans.value = plans_in(search, state.request.value.case, lang)
    except LinkError as error:
        state.request.value, state.plans.value = Request(), ()
        state.notice.value = str(error)


@solara.component
def Layout(children: list[Any]) -> None:  # noqa: N802
    """Head, then the page."""
    router = solara.use_router()
    solara.use_memo(lambda: take_address(router.search), [])
    lang = state.lang.value

    def go(path: Any) -> None:
        if path in [known for known, _, _ in PAGES]:
            state.notice.value = ""
            state.keep(about="")
            router.push(f"/{path}?{address_of_user()}")

    def set_lang(wanted: Any) -> None:
        if wanted in languages:
            state.lang.value = wanted

    Shell(
        pages=[{"path": path, "label": say(key, lang)} for path, key, _ in PAGES],
        current="/".join(router.parts),
        lang=lang,
        query=address_of_user(),
        labels={
            "name": text("project.name", lang),
            **words(lang, ("skip", "pages", "large", "large_short", "dark", "dark_short")),
        },
        event_go=go,
        event_set_lang=set_lang,
    )
    with solara.v.Html(tag="main", attributes={"id": "gz-main", "tabindex": "-1"}):
        solara.Column(children=children, gap="0px")


#: Solara takes the layout of the first.
routes = [
    solara.Route(path or "/", component=page, layout=Layout if i == 0 else None)
    for i, (path, _, page) in enumerate(PAGES)
]
