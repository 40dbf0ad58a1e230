"""扫描结果 Sweep: a folder of `gongzhi sweep`, also while it is written: progress, and what its runs say so far."""

import base64
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import solara

from dashboard import state
from dashboard.ensembles import Job, wait_for
from dashboard.hooks import use_result
from dashboard.parts import Foot, Heading, Waiting, announce, answer, markup, plain
from dashboard.steps import LongJob
from dashboard.sweep_folders import OFFERED, Folder, Part, folders, root
from dashboard.sweep_words import in_words
from dashboard.views import say
from dashboard.widgets import Act, Choice

#: How often the folders are looked at, seconds.
EVERY = 1.5


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang = state.lang.value
    found = use_folders()
    chosen = state.kept.value.get("folder", "")
    shown = next((f for f in found if f.name == chosen), found[0] if found else None)
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("sweep", lang), say("sweep_lead", lang))
        if shown is None:
            markup(
                f'<div class="gz-card"><p>{plain(say("sweep_none", lang, folder=root().name))}</p>'
                "<p><code>gongzhi sweep gate_by_pressure -o results/gate</code></p></div>"
            )
        else:
            with solara.Div(classes=["gz-card"]):
                Choice(
                    name="folder",
                    label=say("sweep_folder", lang),
                    value=shown.name,
                    options=[
                        {"value": f.name, "label": f"{f.name} · {f.zh if lang == 'zh' else f.en}"}
                        for f in found
                    ],
                    event_pick=lambda name: (
                        state.keep(folder=name) if name in [f.name for f in found] else None
                    ),
                )
                markup(progress(shown, lang))
            Analyses(shown, lang).key(f"{shown.name}-{shown.manifest}-{lang}")
        Foot(lang)


def use_folders() -> list[Folder]:
    """The folders, looked at again and again while the page is open."""
    found, set_found = solara.use_state(folders())

    def watch() -> Callable[[], None]:
        left = threading.Event()

        def run() -> None:
            seen = found
            while not left.wait(EVERY):
                now = folders()
                if now != seen:
                    seen = now
                    set_found(now)

        threading.Thread(target=run, daemon=True).start()
        return left.set

    solara.use_effect(watch, [])
    return found


def progress(folder: Folder, lang: str) -> str:
    """How far the sweep is, as HTML."""
    share = folder.done / folder.planned if folder.planned else 0.0
    said = say("sweep_done", lang, done=folder.done, planned=folder.planned, failed=folder.failed)
    if folder.finished:
        said += " " + say("sweep_finished", lang)
    else:
        said += " " + say("sweep_left", lang, left=f"{folder.seconds_left:.0f}")
    return (
        f'<p class="gz-sweep-progress" role="status">{plain(said)}</p>'
        f'<div class="gz-left" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{100 * share:.0f}" aria-label="{plain(say("sweep_progress", lang))}">'
        f'<i style="width:{100 * share:.1f}%"></i></div>'
    )


@solara.component
def Analyses(folder: Folder, lang: str) -> None:  # noqa: N802
    """One analysis at a time, of what the folder held when it was asked for."""
    kept = state.kept.value.get("analysis", "")
    name = kept if kept in OFFERED else OFFERED[0]
    asked, ask = solara.use_state(folder)

    def work(wanted: Callable[[], bool], tell: Callable[[float], None]) -> Part | None:
        def begin() -> Job:
            return LongJob("dashboard.sweep_folders:analysed", str(root() / folder.name), name, lang)

        key = (
            "sweep",
            asked.name,
            asked.contents,
            name,
            lang,
            "" if asked.finished else int(time.time()),
        )
        part = wait_for(key, begin, wanted=wanted, progress=tell)
        return part if isinstance(part, Part) else None

    awaited = use_result((asked.name, asked.contents, name, lang), work, lang)
    new = folder.done - asked.done
    is_other = new <= 0 and folder.contents != asked.contents
    with solara.Div(classes=["gz-card"]):
        with solara.Div(classes=["gz-row", "start"]):
            for one in OFFERED:
                Act(
                    name=one,
                    label=say(f"analysis_{one}", lang),
                    main=one == name,
                    event_act=lambda *_, one=one: state.keep(analysis=one),
                )
            Act(
                name="update",
                label=say("sweep_changed", lang) if is_other else say("sweep_update", lang, n=new),
                off=folder.contents == asked.contents,
                event_act=lambda *_: ask(folder),
            )
        markup(f'<p class="gz-note">{plain(say(f"analysis_{name}_note", lang))}</p>')
        Waiting(awaited, lang)
        part = awaited.value
        with answer(awaited):
            announce(plain(said_of(part, lang)) if part is not None and part.figures else "", "gz-rows")
            if part is not None:
                markup(shown(part, lang))


def said_of(part: Part, lang: str) -> str:
    """Which analysis is shown, and of how many runs."""
    return f"{say(f'analysis_{part.name}', lang)} · {say('rests_on', lang, n=part.rows)}"


def shown(part: Part, lang: str) -> str:
    """Figures and findings, as HTML. What cannot be analysed says why."""
    label = say(f"analysis_{part.name}", lang)
    if not part.figures:
        return (
            f'<div class="gz-error">{plain(say("sweep_refused", lang))}{refusals(part.refused, lang)}</div>'
        )
    pictures = "".join(
        f'<img class="gz-figure" style="--words:{one.smallest_words:.5f}" alt="{plain(label)} {i}" '
        f'src="data:image/png;base64,{base64.b64encode(one.png).decode()}">'
        for i, one in enumerate(part.figures, 1)
    )
    lines = "".join(f"<li>{plain(line)}</li>" for line in part.lines)
    left_out = (
        f"<details><summary>{plain(say('sweep_left_out', lang, n=len(part.refused)))}</summary>"
        f"{refusals(part.refused, lang)}</details>"
        if part.refused
        else ""
    )
    return (
        f'<ul class="gz-verdicts">{lines}</ul>{left_out}<div class="gz-figures" tabindex="0" role="region" '
        f'aria-label="{plain(label)}">{pictures}</div>'
    )


def refusals(refused: Sequence[str], lang: str) -> str:
    """Why, in the page's language; behind it what the analysis said, as HTML."""
    why = "".join(f"<li>{plain(line)}</li>" for line in in_words(refused, lang))
    said = "".join(f'<li lang="en">{plain(line)}</li>' for line in refused)
    return (
        f'<ul class="gz-verdicts">{why}</ul><details><summary>{plain(say("sweep_said", lang))}</summary>'
        f'<ul class="gz-verdicts">{said}</ul></details>'
    )


__all__: list[Any] = ["Page"]
