"""The teacher's screen in 课堂 Classroom: where to join, the groups, the verdict, what a teacher does about them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pandas as pd
import solara
import solara.lab

from dashboard import entrance, state, tasks
from dashboard.asking import case_label
from dashboard.class_verdict import group_key, judged
from dashboard.class_views import board, diaries, spaced
from dashboard.classes import CLASSES, TEACHER, Class, ClassError
from dashboard.ensembles import Job, wait_for
from dashboard.game import Turn, presets
from dashboard.hooks import use_result
from dashboard.parts import Waiting, announce, answer, markup, plain
from dashboard.quotas import Asker
from dashboard.views import say
from dashboard.widgets import Act, Choice
from dashboard.workers import workers


def unless_gone(act: Callable[..., object], *what: Any) -> None:
    """Do it, unless class or seat has gone meanwhile: the page says so by itself."""
    with suppress(ClassError):
        act(*what)


def question(key: str, lang: str, **named: Any) -> dict[str, str]:
    """What a button asks before it does what cannot be undone; `key` : of the question, `key_yes` of the deed."""
    return {
        "text": say(f"{key}_sure", lang, **named),
        "yes": say(f"{key}_yes", lang, **named),
        "no": say("rather_not", lang),
    }


@solara.component
def Board(room: Class, me: Asker, version: int, lang: str) -> None:  # noqa: N802
    """The teacher's screen."""
    groups = dict(room.groups)
    done = {group.name: group.turns for group in groups.values() if group.finished}
    shown = bool(state.kept.value.get("judged"))
    if problem := CLASSES.why_unsaved(room.code):
        said = say("class_unsaved", lang, problem=problem)
        markup(f'<div class="gz-error" role="alert">{plain(said)}</div>')
    with solara.Div(classes=["gz-card"]):
        markup(door(room, lang))
        with solara.Div(classes=["gz-row", "start", "gz-downloads", "gz-reach"]):
            Act(
                name="judge",
                label=say("judge", lang, n=len(done)),
                main=True,
                off=not done,
                event_act=lambda *_: state.keep(judged="1"),
            )
            Act(name="print", label=say("print", lang))
            Act(
                name="lock",
                label=say("class_unlock" if room.locked else "class_lock", lang),
                seen=int(not room.locked),
                event_act=lambda locked: unless_gone(CLASSES.lock, room.code, me.session, bool(locked)),
            )
    with solara.Div(classes=["gz-card"]):
        markup(board(room, lang))
    if shown and done:
        Judgement(room.case, done, lang)
    decided = [group for group in groups.values() if group.turns]
    if decided:
        with solara.Div(classes=["gz-card"]):
            markup(diaries(decided, lang))
    Keeping(room, me, {seat: group.name for seat, group in groups.items()}, lang)


def door(room: Class, lang: str) -> str:
    """How one joins: the address, its QR code, the code of the class; as HTML."""
    origin = (solara.lab.headers.value or {}).get("origin", [""])[0]
    way = None if room.locked else entrance.entrance(origin, entrance.NAMES, room.code, lang)
    if room.locked:
        head = say("class_is_locked", lang)
    elif way is None:
        head = say("join_here_only", lang)
    else:
        head = say("join_at", lang)
    words = [f'<p class="gz-status">{plain(head)}</p>']
    if way is not None:
        words.append(f'<p class="gz-address" data-address="{plain(way.address)}">{plain(way.shown)}</p>')
    words.append(f'<p class="gz-code" data-code>{plain(spaced(room.code))}</p>')
    about = f"{plain(case_label(room.case, lang))} · {plain(say('groups_n', lang, n=len(room.groups)))}"
    words.append(f'<p class="gz-about">{about}</p>')
    picture = ""
    if way is not None:
        label = say("join_picture", lang)
        picture = f'<div class="gz-qr" role="img" aria-label="{plain(label)}">{way.picture()}</div>'
    return f'<div class="gz-door"><div>{"".join(words)}</div>{picture}</div>'


@solara.component
def Keeping(room: Class, me: Asker, names: dict[str, str], lang: str) -> None:  # noqa: N802
    """What a teacher does about groups and the class. No print shows it, nor a projector: it has words that let in."""
    chosen, choose = solara.use_state("")
    word, set_word = solara.use_state("")
    desk, set_desk = solara.use_state("")
    seat = chosen if chosen in names else next(iter(names), "")

    def pick(wanted: Any) -> None:
        if wanted in list(names):
            choose(wanted)
            set_word("")

    def pass_on(*_: Any) -> None:
        with suppress(ClassError):
            set_word(CLASSES.pass_for(room.code, me.session, seat))

    def show_desk(*_: Any) -> None:
        with suppress(ClassError):
            set_desk("" if desk else CLASSES.word_of(room.code, me.session, TEACHER))

    def remove(which: Any) -> None:
        set_word("")
        unless_gone(CLASSES.remove, room.code, me.session, str(which))

    with solara.Div(classes=["gz-card", "gz-downloads", "gz-keeping"]):
        markup(f'<h2 style="margin-top:0">{plain(say("class_keeping", lang))}</h2>')
        if names:
            Choice(
                name="group",
                label=say("group", lang),
                value=seat,
                options=[{"value": number_, "label": name} for number_, name in names.items()],
                event_pick=pick,
            )
            with solara.Div(classes=["gz-row", "start"]):
                Act(name="pass-group", label=say("class_pass_group", lang), event_act=pass_on)
                Act(
                    name="remove",
                    label=say("class_remove", lang),
                    seen=int(seat),
                    question=question("class_remove", lang, name=names[seat]),
                    event_act=remove,
                )
        announce(plain(say("class_pass_is", lang, word=spaced(word))) if word else "", mark="data-pass")
        with solara.Div(classes=["gz-row", "start"]):
            shown = say("class_desk_hide" if desk else "class_desk", lang)
            Act(name="desk-word", label=shown, event_act=show_desk)
            Act(
                name="close",
                label=say("class_close", lang),
                question=question("class_close", lang, n=len(names)),
                event_act=lambda *_: unless_gone(CLASSES.close, room.code, me.session),
            )
        announce(plain(say("class_desk_is", lang, word=spaced(desk))) if desk else "", mark="data-word")


@solara.component
def Judgement(case: str, games: dict[str, tuple[Turn, ...]], lang: str) -> None:  # noqa: N802
    """Finished games against the preset strategies, with the same hours and money on the same draws."""
    key = (case, tuple(games.items()))

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> pd.DataFrame | None:
        def begin() -> Job:
            parts = workers().submit_all(
                (tasks.call, "dashboard.game:preset_outcome", case, name) for name in presets()
            )
            return Job(parts, lambda found: dict(zip(presets(), found, strict=True)))

        known = wait_for(("presets", case), begin, wanted=wanted, progress=lambda done: progress(0.8 * done))
        tables = [] if known is None else [t.assign(strategy=name) for name, t in known.items()]
        for name, turns in games.items():

            def game(turns: tuple[Turn, ...] = turns) -> Job:
                task = workers().submit(tasks.call, "dashboard.game:outcome_of", case, turns)
                return Job([task], lambda parts: parts[0])

            found = wait_for(("final", case, turns), game, wanted=wanted)
            if found is None:
                return None
            tables.append(found.assign(strategy=group_key(name)))
        return pd.concat(tables, ignore_index=True) if known is not None else None

    awaited = use_result(key, work, lang)
    with solara.Div(classes=["gz-card", "gz-judgement"]):
        Waiting(awaited, lang)
        with answer(awaited):
            if awaited.value is not None:
                groups = [name for name in games if group_key(name) in set(awaited.value["strategy"])]
                markup(judged(awaited.value, case, groups, lang))
