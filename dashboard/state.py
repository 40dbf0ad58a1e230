"""What one user's pages share. Solara gives every tab its own copy of what is declared here."""

import solara

from dashboard.asking import Request

lang = solara.reactive("zh")
request = solara.reactive(Request())
#: The address the user came by, and what was wrong with it; empty where nothing was.
came_by = solara.reactive("")
notice = solara.reactive("")
#: Plans on the page Compare.
plans: solara.Reactive[tuple[Request, ...]] = solara.reactive(())
#: What pages keep in the address besides: see `asking.KEPT`.
kept: solara.Reactive[dict[str, str]] = solara.reactive({})
#: This tab's seat in a class: `room`, what addresses call the class by, and `seat`, a group's number or `teacher`;
#: empty outside a class. It is no key, and the class's code is not in it.
seat: solara.Reactive[dict[str, str]] = solara.reactive({})


def keep(**words: str) -> None:
    """Keep a page's choices in the address; an empty one is taken out of it."""
    merged = {**kept.value, **words}
    kept.value = {key: word for key, word in merged.items() if word}
