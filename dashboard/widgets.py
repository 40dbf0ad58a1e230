"""The pages' own components: each a .vue file in `components/`; bulk data travels as JSON in one string."""

from collections.abc import Callable
from typing import Any

import solara

type Event = Callable[..., None] | None


@solara.component_vue("components/Shell.vue")
def Shell(  # noqa: N802
    pages: list[dict[str, str]],
    current: str,
    lang: str,
    query: str,
    written: dict[str, Any],
    labels: dict[str, str],
    event_go: Event = None,
    event_set_lang: Event = None,
    event_restore: Event = None,
) -> None:
    """Head of every page: pages, language, light and dark, large type; keeps the address and `lang` up to date.

    written : `query` of the address, and `step`, how often a step back or forward has been followed, language included
    """


@solara.component_vue("components/Steps.vue")
def Steps(link: str, label: str, labels: dict[str, str]) -> None:  # noqa: N802
    """Undo and redo, the scenarios this browser has kept. link, label : of what is shown"""


@solara.component_vue("components/Levers.vue")
def Levers(  # noqa: N802
    groups: str,
    labels: dict[str, str],
    cases: list[dict[str, str]],
    strategies: list[dict[str, str]],
    chosen_case: str,
    strategy: str,
    note: str,
    changed: bool,
    event_move: Event = None,
    event_choose_case: Event = None,
    event_choose_strategy: Event = None,
    event_reset: Event = None,
    event_about: Event = None,
) -> None:
    """Case, strategy and levers; `groups` : JSON of `views.lever_groups`."""


@solara.component_vue("components/Kpis.vue")
def Kpis(  # noqa: N802
    items: list[dict[str, Any]],
    stale: bool,
    labels: dict[str, str],
    scenario: str = "",
    event_about: Event = None,
) -> None:
    """Figures side by side, each with what it was before the last change; `scenario` : whose they are."""


@solara.component_vue("components/Progress.vue")
def Progress(active: bool, done: float, words: str, labels: dict[str, str]) -> None:  # noqa: N802
    """How far the work is, and for how many seconds it has gone on; `done` : share, in [0, 1]."""


@solara.component_vue("components/Save.vue")
def Save(  # noqa: N802
    name: str, label: str, file: str, mime: str, content: str, busy: bool = False, event_want: Event = None
) -> None:
    """A button that saves a file; `content` : the file in base64, empty until it was asked for."""


@solara.component_vue("components/Fan.vue")
def Fan(  # noqa: N802
    payload: str,
    caption: str,
    aria: str,
    labels: dict[str, str],
    file: str,
    group: str = "",
    height: str = "270px",
) -> None:
    """Shares by week with their bands; `payload` : JSON of `views.fan`."""


@solara.component_vue("components/Stage.vue")
def Stage(  # noqa: N802
    payload: str,
    labels: dict[str, Any],
    story: dict[str, Any] | None,
    group: str,
    selected: int = -1,
    event_pick: Event = None,
    event_forget: Event = None,
) -> None:
    """One run: windows, network, playback, a household's story; `payload` : JSON of `views.stage`."""


@solara.component_vue("components/Slots.vue")
def Slots(  # noqa: N802
    plans: str,
    strategies: list[dict[str, str]],
    labels: dict[str, str],
    event_put: Event = None,
    event_mine: Event = None,
    event_add: Event = None,
    event_remove: Event = None,
) -> None:
    """Plans A to D, each a strategy or the user's own scenario; `plans` : JSON of `compare.slots`."""


@solara.component_vue("components/Minis.vue")
def Minis(payload: str, labels: dict[str, str]) -> None:  # noqa: N802
    """Small buildings of every plan at the same week."""


@solara.component_vue("components/Scatter.vue")
def Scatter(payload: str, caption: str, aria: str, labels: dict[str, str]) -> None:  # noqa: N802
    """Cost against consent, payment as size: a dot a run."""


@solara.component_vue("components/Parameters.vue")
def ParameterTable(  # noqa: N802
    payload: str,
    labels: dict[str, str],
    only: list[str],
    event_put: Event = None,
    event_show_everything: Event = None,
) -> None:
    """Every parameter, editable within its range; `payload` : JSON rows; `only` : names shown, none for all."""


@solara.component_vue("components/Stairwell.vue")
def Stairwell(labels: dict[str, str], event_begin: Event = None) -> None:  # noqa: N802
    """The explorable of the first page: an illustration in the browser, simpler than the model."""


@solara.component_vue("components/Choice.vue")
def Choice(  # noqa: N802
    name: str, label: str, value: str, options: list[dict[str, str]], event_pick: Event = None
) -> None:
    """One of a few, as a labelled native list."""


@solara.component_vue("components/Tiles.vue")
def Tiles(payload: str, labels: dict[str, Any]) -> None:  # noqa: N802
    """A district: every compound a square as large as it has households; `payload` : JSON of `district.tiles`."""


@solara.component_vue("components/Draw.vue")
def Draw(  # noqa: N802
    payload: str,
    caption: str,
    labels: dict[str, str],
    event_reveal: Event = None,
    event_again: Event = None,
) -> None:
    """A curve drawn by hand or by numbers, then the model's over it; `payload` : JSON of `predict.sheet`."""


@solara.component_vue("components/Act.vue")
def Act(  # noqa: N802
    name: str,
    label: str,
    main: bool = False,
    off: bool = False,
    seen: int = 0,
    question: dict[str, str] | None = None,
    event_act: Event = None,
) -> None:
    """A button; the one named `print` prints the page.

    seen : what it was about when pressed; goes to `event_act`
    question : asked before what cannot be undone: `text`, and the answers `yes` and `no`
    """


@solara.component_vue("components/Join.vue")
def Join(labels: dict[str, str], event_join: Event = None) -> None:  # noqa: N802
    """Code of a class, or the word of a seat, and name of a group; takes the code an address has behind `#`."""


@solara.component_vue("components/Presenter.vue")
def Presenter(label: str) -> None:  # noqa: N802
    """Large type and nothing but the table, for a projector; kept over a reload."""
