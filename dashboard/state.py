"""What one user's pages share. Solara gives every tab its own copy of what is declared here."""

import solara

from dashboard.asking import Request

lang = solara.reactive("zh")
request = solara.reactive(Request())
#: What was wrong with the address the user came by; empty where nothing was.
notice = solara.reactive("")
#: Plans on the page Compare.
plans: solara.Reactive[tuple[Request, ...]] = solara.reactive(())
#: This tab's seat in a class: `code`, and `group` or `host` with its token; empty outside a class.
seat: solara.Reactive[dict[str, str]] = solara.reactive({})
