"""课堂 Classroom: a class, or one student, plays the street office for twelve quarters; the teacher watches."""

import json
import math
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import solara

from dashboard import state, tasks
from dashboard.asking import case_choices, case_label, strategy_label
from dashboard.assumed import DECISIONS_REST_ON, told
from dashboard.classes import CLASSES, TEACHER, Class, ClassError, Group
from dashboard.ensembles import Job, wait_for
from dashboard.game import DECISIONS, DRAWS, PRESETS, QUARTER_WEEKS, QUARTERS, Played, Turn
from dashboard.hooks import asker, use_result
from dashboard.parts import LEVER_WORDS, Foot, Heading, Waiting, markup, plain, table
from dashboard.quotas import Asker
from dashboard.views import (
    COLOURS,
    curve,
    curve_name,
    difference,
    fan,
    fan_labels,
    say,
    spread,
    words,
)
from dashboard.widgets import Act, Choice, Fan, Join, Kpis, Levers, Presenter
from dashboard.workers import workers
from model.measures import SUMMARY, Outcome
from scenarios.catalogue import STAGES, number, text
from scenarios.comparison import CENSORED, compare

#: Where each decision stands among the levers.
GROUPED = {
    "outreach": ("hours", "visits", "example", "tours", "force"),
    "process": ("consult", "disclose"),
    "money": ("tailor",),
    "management": ("accounts", "trial", "remind", "points"),
}
#: What a finished game is judged by; the insincere share stands beside consent.
JUDGED = (
    "final_valid_consent",
    "final_insincere_share",
    "gate_week",
    "payment_18_months",
    "office_hours_total",
)
#: What stands on the teacher's table, and on a group's own, while the game runs.
WATCHED = {
    "headline": Outcome.HEADLINE_CONSENT,
    "valid": Outcome.VALID_CONSENT,
    "insincere": Outcome.INSINCERE_SHARE,
    "payment": Outcome.PAYMENT_RATE,
}


@solara.component
def Page() -> None:  # noqa: N802
    """The page: a door, a group's desk, or the teacher's screen."""
    lang, (code, seat) = state.lang.value, (state.seat.value.get(key, "") for key in ("code", "seat"))
    me = solara.use_memo(asker, [])
    version = use_class(code)
    room = CLASSES.find(code)
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("classroom", lang), say("classroom_lead", lang, n=QUARTERS))
        markup(f'<p class="gz-print-only">{plain(say("printed", lang, day=date.today().isoformat()))}</p>')
        if state.notice.value:
            markup(f'<div class="gz-error" role="alert">{plain(state.notice.value)}</div>')
        if room is None or not room.holds(me.session, seat):
            if code:
                markup(f'<div class="gz-error" role="alert">{plain(why_gone(code, lang))}</div>')
            Door(me, lang)
        elif seat == TEACHER:
            Board(room, me, version, lang)
        else:
            Desk(room, me, seat, version, lang)
        Foot(lang)


def why_gone(code: str, lang: str) -> str:
    """Why a seat leads nowhere: its class has ended, or its file is damaged."""
    if code in CLASSES.damaged:
        return say("class_damaged", lang, code=code)
    return say("class_gone", lang)


@solara.component
def Door(me: Asker, lang: str) -> None:  # noqa: N802
    """Join a class, play alone, open a class, go on where this browser has a seat."""
    case, set_case = solara.use_state(state.request.value.case)
    problem, set_problem = solara.use_state("")

    def enter(room: Class, seat: str) -> None:
        state.seat.value = {"code": room.code, "seat": seat}

    def attempt(find: Callable[[], tuple[Class, str]]) -> None:
        try:
            enter(*find())
        except ClassError as error:
            set_problem(say(error.key, lang))

    def join(said: Any) -> None:
        if isinstance(said, list) and len(said) == 2 and all(isinstance(word, str) for word in said):
            attempt(lambda: CLASSES.join(me, said[0][:20], said[1][:80]))

    def alone(*_: Any) -> None:
        attempt(lambda: CLASSES.play_alone(me, case, say("alone_name", lang)))

    def teach(*_: Any) -> None:
        attempt(lambda: (CLASSES.open(me, case), TEACHER))

    # Always there: a piece that comes and goes would have the browser begin the form below anew.
    markup(f'<div class="gz-error" role="alert">{plain(problem)}</div>' if problem else "")
    with solara.Div(classes=["gz-half"]):
        with solara.Div(classes=["gz-card"]):
            markup(f'<h2 style="margin-top:0">{plain(say("join", lang))}</h2>')
            Join(labels=words(lang, ("code", "group_name", "join")), event_join=join)
        with solara.Div(classes=["gz-card"]):
            markup(
                f'<h2 style="margin-top:0">{plain(say("open_or_alone", lang))}</h2>'
                f"<p>{plain(say('open_text', lang))}</p>"
            )
            Choice(
                name="case",
                label=say("case", lang),
                value=case,
                options=[{"value": name, "label": case_label(name, lang)} for name in case_choices()],
                event_pick=lambda name: set_case(name) if name in case_choices() else None,
            )
            with solara.Div(classes=["gz-row", "start"]):
                Act(name="teach", label=say("open_class", lang), main=True, event_act=teach)
                Act(name="alone", label=say("play_alone", lang), event_act=alone)
    held = CLASSES.seats_of(me.session)
    if held:
        with solara.Div(classes=["gz-card"]):
            markup(f'<h2 style="margin-top:0">{plain(say("class_seats", lang))}</h2>')
            with solara.Div(classes=["gz-row", "start"]):
                for room, seat in held:
                    Act(
                        name=f"seat-{room.code}",
                        label=seat_label(room, seat, lang),
                        event_act=lambda *_, room=room, seat=seat: enter(room, seat),
                    )


def seat_label(room: Class, seat: str, lang: str) -> str:
    """A seat as its holder knows it: code and name, or that one teaches; the compound."""
    who = say("class_teacher", lang) if seat == TEACHER else room.groups[seat].name
    words_ = (
        [who, case_label(room.case, lang)]
        if room.alone
        else [spaced(room.code), who, case_label(room.case, lang)]
    )
    return " · ".join(words_)


def spaced(code: str) -> str:
    """A code as it is read aloud, in halves."""
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}"


def use_class(code: str) -> int:
    """Draw again whenever something in the class has changed; returns its version."""
    version, set_version = solara.use_state(0)

    def watch() -> Callable[[], None] | None:
        if not code:
            return None
        left = threading.Event()

        def run() -> None:
            seen = -2  # no version: the first is told at once
            while not left.is_set():
                now = CLASSES.wait(code, seen, 2.0)
                if now != seen and not left.is_set():
                    set_version(now)
                seen = now

        threading.Thread(target=run, daemon=True).start()
        return left.set

    solara.use_effect(watch, [code])
    return version


@solara.component
def Desk(room: Class, me: Asker, seat: str, version: int, lang: str) -> None:  # noqa: N802
    """What a group sees: the compound as it stands, what it can decide, and at the end how it did."""
    _, set_heard = solara.use_state(0)
    group = room.groups.get(seat, Group(""))  # its teacher may remove it while it is drawn
    turns, case = group.turns, room.case

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> Played | None:
        def begin() -> Job:
            task = workers().submit(tasks.call, "dashboard.game:play", case, turns)
            return Job([task], lambda parts: parts[0])

        played = wait_for(("game", case, turns), begin, wanted=wanted, progress=progress)
        if played is not None and turns:
            with suppress(ClassError):
                CLASSES.report(room.code, me.session, seat, figures_of(played))
        return played if isinstance(played, Played) else None

    awaited = use_result((case, turns), work, lang)
    status = (
        say("game_over", lang)
        if group.finished
        else say("quarter_n", lang, n=len(turns) + 1, total=QUARTERS, week=len(turns) * QUARTER_WEEKS)
    )
    markup(
        f'<div class="gz-row"><h2 style="margin:6px 0">{plain(group.name)} · {plain(case_label(case, lang))} · '
        f'<span class="gz-quarter">{plain(status)}</span></h2>'
        + (
            ""
            if room.alone
            else f'<span class="gz-status">{plain(say("code", lang))} {plain(spaced(room.code))}</span>'
        )
        + "</div>"
    )
    with solara.Div(classes=["gz-one" if group.finished else "gz-two"]):
        with solara.Div(classes=["gz-card", "gz-side"]):
            if group.finished:
                with solara.Div(classes=["gz-row", "start"]):
                    Act(name="print", label=say("print", lang), main=True)
                    Act(
                        name="again",
                        label=say("again", lang),
                        event_act=lambda *_: unless_gone(CLASSES.again, room.code, me.session, seat),
                    )
            else:
                Decide(room.code, me, seat, group.draft, len(turns), lang, lambda: set_heard(lambda n: n + 1))
            PassOn(room, me, seat, lang)
        with solara.Div():
            Waiting(awaited, lang)
            if awaited.value is not None:
                Standing(awaited.value, lang)
            if group.finished:
                Judgement(case, {group.name: turns}, lang)
            if turns:
                with solara.Div(classes=["gz-card"]):
                    markup(diary(turns, lang))


def figures_of(played: Played) -> dict[str, float]:
    """What the teacher's table shows of a group; what has no value, as payment where nobody is billed, is left out."""
    now = {key: played.now(outcome) for key, outcome in WATCHED.items()}
    figures = {key: round(value, 4) for key, value in now.items() if not math.isnan(value)}
    return {
        **figures,
        "stage": played.now(Outcome.STAGE),
        "hours_left": round(played.hours_left, 1),
        "money_left": round(played.money_left, 1),
    }


def shown_share(key: str, figures: dict[str, float], lang: str) -> str:
    """A share as it is written on a table; payment has no figure where nobody is billed."""
    return number(figures[key], "share", lang) if key in figures else say("unbilled", lang)


def unless_gone(act: Callable[..., object], *what: Any) -> None:
    """Do it, unless class or seat has gone meanwhile: the page says so by itself."""
    with suppress(ClassError):
        act(*what)


@solara.component
def PassOn(room: Class, me: Asker, seat: str, lang: str) -> None:  # noqa: N802
    """A word, once asked for, by which another browser takes this seat."""
    word, set_word = solara.use_state("")

    def ask(*_: Any) -> None:
        with suppress(ClassError):
            set_word(CLASSES.pass_for(room.code, me.session, seat))

    with solara.Div(classes=["gz-row", "start", "gz-downloads"]):
        Act(name="pass", label=say("class_pass", lang), event_act=ask)
        markup(
            f'<span role="status" data-pass>{plain(say("class_pass_is", lang, word=spaced(word)))}</span>'
            if word
            else ""
        )


@solara.component
def Decide(  # noqa: N802
    code: str, me: Asker, seat: str, draft: Turn, quarter: int, lang: str, heard: Callable[[], None]
) -> None:
    """The levers of the coming quarter. What is set is remembered at once; `heard` has them drawn again."""

    def change(made: Callable[[Turn], Turn]) -> None:
        unless_gone(CLASSES.draft, code, me.session, seat, made)
        heard()

    Levers(
        groups=decisions(draft, lang),
        labels=words(lang, LEVER_WORDS),
        cases=[],
        strategies=[],
        chosen_case="",
        strategy="",
        note="",
        changed=draft != Turn(),
        event_move=lambda values: change(lambda turn: turned(turn, values)),
        event_reset=lambda *_: change(lambda _: Turn()),
    )
    Act(
        name="quarter",
        label=say("play_quarter", lang, n=quarter + 1),
        main=True,
        seen=quarter,
        event_act=lambda seen: unless_gone(CLASSES.decide, code, me.session, seat, seen),
    )


def turned(turn: Turn, values: Any) -> Turn:
    """The turn with what the browser says of it, within bounds and in tenths; what makes no sense is left out."""
    changes: dict[str, Any] = {}
    for name, value in values.items() if isinstance(values, dict) else ():
        if name in DECISIONS and isinstance(value, int | float) and value == value:
            changes[name] = round(float(min(max(value, 0.0), 2.0 if name == "hours" else 1.0)), 1)
    return replace(turn, **changes)


def decisions(turn: Turn, lang: str) -> str:
    """The levers for the component Levers, as JSON."""
    usual = Turn()
    found = []
    for group, names in GROUPED.items():
        levers = [
            {
                "key": name,
                "label": say(f"game_{name}", lang),
                "tip": say(f"game_tip_{name}", lang),
                "behind": told(DECISIONS_REST_ON[name], lang),
                "value": getattr(turn, name),
                "base": getattr(usual, name),
                "low": 0.0,
                "high": 2.0 if name == "hours" else 1.0,
                "step": 0.1,
                "unit": "share",
                "unit_label": "",
                "first": True,
                "legal": "unlawful" if name == "force" else "lawful",
                "legal_label": text("legality_note.unlawful", lang) if name == "force" else "",
            }
            for name in names
        ]
        found.append({"key": group, "label": say(f"group_{group}", lang), "levers": levers})
    return json.dumps(found, ensure_ascii=False)


@solara.component
def Standing(played: Played, lang: str) -> None:  # noqa: N802
    """How the compound stands, and what is left to spend."""
    begun = len(played.series) > 0
    figures = figures_of(played) if begun else dict.fromkeys((*WATCHED, "stage"), 0.0)
    tones = {"headline": "consent", "valid": "consent", "insincere": "warn", "payment": "pay"}
    items = [
        {
            "key": key,
            "label": text(f"outcome.{outcome.name.lower()}", lang),
            "value": shown_share(key, figures, lang) if begun else "–",
            "sub": say("this_week", lang, n=len(played.series)) if begun else say("not_begun", lang),
            "tone": tones[key],
            "help": "",
        }
        for key, outcome in WATCHED.items()
    ]
    Kpis(items=items, stale=False, labels=words(lang, ("before", "explain")))
    stage = text(f"stage.{STAGES[int(figures['stage'])]}", lang)
    with solara.Div(classes=["gz-card"]):
        markup(
            f"<p><b>{plain(say('stage_now', lang))}</b> {plain(stage)}</p>"
            + left_bar("hours_left", played.hours_left, played.hours_all, "hours", lang)
            + left_bar("money_left", played.money_left, played.money_all, "yuan", lang)
        )
    if begun:
        with solara.Div(classes=["gz-card"]):
            Fan(
                payload=course(played.series, lang),
                caption=say("course", lang),
                aria=say("course", lang),
                labels=fan_labels(lang),
                file="game",
                group="game",
            )
    else:
        markup(f'<p class="gz-verdict">{plain(say("game_begin", lang))}</p>')


def left_bar(key: str, left: float, whole: float, unit: str, lang: str) -> str:
    """How much of something is left, as HTML."""
    share = left / whole if whole else 0.0
    shown = say(key, lang, left=number(left, unit, lang), all=number(whole, unit, lang))
    return (
        f'<p style="margin:8px 0 3px">{plain(shown)}</p>'
        f'<div class="gz-left"><i style="width:{100 * share:.1f}%"></i></div>'
    )


def course(series: np.ndarray, lang: str) -> str:
    """The weeks played so far for the component Fan, the rest of the three years blank."""
    weeks = QUARTERS * QUARTER_WEEKS
    whole = np.full((1, weeks, series.shape[1]), np.nan)
    whole[0, : len(series)] = series
    colours = ("consent", "consent", "insincere", "payment")
    lines = [
        curve(
            curve_name(outcome.name.lower(), lang),
            whole[:, :, outcome],
            COLOURS[colour],
            band=False,
            dash="dashed" if key == "valid" else "solid",
        )
        for (key, outcome), colour in zip(WATCHED.items(), colours, strict=True)
    ]
    return fan(lines, weeks, place="game", key="")


def diary(turns: Sequence[Turn], lang: str) -> str:
    """What was decided, quarter by quarter, as HTML."""
    names = [name for name in DECISIONS if any(getattr(turn, name) for turn in turns)]
    head = [say("quarter", lang), *(say(f"game_{name}", lang) for name in names)]
    rows = [[str(i + 1), *(f"{getattr(turn, name):.0%}" for name in names)] for i, turn in enumerate(turns)]
    return table(head, rows, numeric=range(1, len(head)), caption=say("diary", lang))


@solara.component
def Judgement(case: str, games: dict[str, tuple[Turn, ...]], lang: str) -> None:  # noqa: N802
    """Finished games against the preset strategies, with the same hours and money on the same draws."""
    key = (case, tuple(games.items()))

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> pd.DataFrame | None:
        def presets() -> Job:
            parts = [
                workers().submit(tasks.call, "dashboard.game:preset_outcome", case, name) for name in PRESETS
            ]
            return Job(parts, lambda found: dict(zip(PRESETS, found, strict=True)))

        known = wait_for(
            ("presets", case), presets, wanted=wanted, progress=lambda done: progress(0.8 * done)
        )
        tables = [] if known is None else [t.assign(strategy=name) for name, t in known.items()]
        for name, turns in games.items():

            def game(turns: tuple[Turn, ...] = turns) -> Job:
                task = workers().submit(tasks.call, "dashboard.game:outcome_of", case, turns)
                return Job([task], lambda parts: parts[0])

            found = wait_for(("final", case, turns), game, wanted=wanted)
            if found is None:
                return None
            tables.append(found.assign(strategy="group:" + name))
        return pd.concat(tables, ignore_index=True) if known is not None else None

    awaited = use_result(key, work, lang)
    with solara.Div(classes=["gz-card", "gz-judgement"]):
        Waiting(awaited, lang)
        if awaited.value is not None:
            markup(judged(awaited.value, list(games), lang))


def judged(found: pd.DataFrame, groups: list[str], lang: str) -> str:
    """Every plan's means, and for a single group what sets it apart from each preset, as HTML."""
    names = ["group:" + name for name in groups] + list(PRESETS)
    head = [say("plan", lang), *(text(f"summary.{outcome}", lang) for outcome in JUDGED)]
    rows = [
        [label_of(name, lang), *(_middle(found, name, outcome, lang) for outcome in JUDGED)] for name in names
    ]
    parts = [
        f'<h2 style="margin-top:0">{plain(say("judged", lang))}</h2>'
        f'<p class="gz-note">{plain(say("judged_note", lang, n=DRAWS))}</p>',
        table(head, rows, numeric=range(1, len(head)), caption=say("judged_caption", lang, n=DRAWS)),
    ]
    if len(groups) == 1:
        parts.append(against(found, groups[0], lang))
    return "".join(parts)


def label_of(name: str, lang: str) -> str:
    """A group's name, or a preset's."""
    return name.removeprefix("group:") if name.startswith("group:") else strategy_label(name, lang)


def _middle(found: pd.DataFrame, name: str, outcome: str, lang: str) -> str:
    values = found.loc[found["strategy"] == name, outcome].to_numpy(float)
    known = values[np.isfinite(values)]
    if not known.size:
        return say("no_value", lang)
    shown = spread(values, SUMMARY[outcome].unit, lang, censored=outcome in CENSORED)[0]
    return shown if known.size == values.size else f"{shown} ({known.size}/{values.size})"


def against(found: pd.DataFrame, group: str, lang: str) -> str:
    """Where the group did better or worse than each preset, draw by draw; "undetermined" where chance may be all."""
    outcomes = ("final_valid_consent", "final_insincere_share", "payment_18_months")
    head = [say("plan", lang), *(text(f"summary.{outcome}", lang) for outcome in outcomes)]
    rows = []
    for name in PRESETS:
        pairs = (compare(found, outcome, "group:" + group, name, resamples=400) for outcome in outcomes)
        said = (
            difference(pair, SUMMARY[outcome].unit, lang)
            for pair, outcome in zip(pairs, outcomes, strict=True)
        )
        rows.append([strategy_label(name, lang), *said])
    return table(head, rows, numeric=range(1, len(head)), caption=say("game_against", lang))


@solara.component
def Board(room: Class, me: Asker, version: int, lang: str) -> None:  # noqa: N802
    """The teacher's screen."""
    groups = dict(room.groups)
    done = {group.name: group.turns for group in groups.values() if group.finished}
    shown = bool(state.kept.value.get("judged"))
    if CLASSES.unsaved:
        said = say("class_unsaved", lang, problem=CLASSES.unsaved)
        markup(f'<div class="gz-error" role="alert">{plain(said)}</div>')
    with solara.Div(classes=["gz-card"]):
        entry = say("class_is_locked" if room.locked else "join_at", lang)
        markup(
            f'<div class="gz-row"><div><p class="gz-status">{plain(entry)}</p>'
            f'<p class="gz-code" data-code>{plain(spaced(room.code))}</p></div>'
            f"<p>{plain(case_label(room.case, lang))}<br>{plain(say('groups_n', lang, n=len(groups)))}</p></div>"
        )
        with solara.Div(classes=["gz-row", "start", "gz-downloads"]):
            Presenter(label=say("presenter", lang))
            Act(name="print", label=say("print", lang))
            Act(
                name="judge",
                label=say("judge", lang, n=len(done)),
                main=True,
                off=not done,
                event_act=lambda *_: state.keep(judged="1"),
            )
            Act(
                name="lock",
                label=say("class_unlock" if room.locked else "class_lock", lang),
                seen=int(not room.locked),
                event_act=lambda locked: unless_gone(CLASSES.lock, room.code, me.session, bool(locked)),
            )
    with solara.Div(classes=["gz-card"]):
        markup(board(list(groups.values()), lang))
    if shown and done:
        Judgement(room.case, done, lang)
    decided = [group for group in groups.values() if group.turns]
    if decided:
        with solara.Div(classes=["gz-card"]):
            markup(diaries(decided, lang))
    Keeping(room, me, {seat: group.name for seat, group in groups.items()}, lang)


@solara.component
def Keeping(room: Class, me: Asker, names: dict[str, str], lang: str) -> None:  # noqa: N802
    """What a teacher does about groups and the class: move to another device, remove, close. No print shows it."""
    chosen, choose = solara.use_state("")
    word, set_word = solara.use_state("")
    asked, ask = solara.use_state("")
    seat = chosen if chosen in names else next(iter(names), "")

    def pick(wanted: Any) -> None:
        if wanted in list(names):
            choose(wanted)
            ask("")

    def pass_on(whose: str) -> None:
        with suppress(ClassError):
            set_word(CLASSES.pass_for(room.code, me.session, whose))

    def sure(about: str, act: Callable[[], None]) -> Callable[..., None]:
        """The first press asks whether it is meant, the second does it."""

        def press(*_: Any) -> None:
            if asked == about:
                act()
            ask("" if asked == about else about)

        return press

    def act(name: str, key: str, press: Callable[..., None], about: str = "", **named: Any) -> None:
        label = say("class_sure", lang) if about and asked == about else say(key, lang, **named)
        Act(name=name, label=label, event_act=press)

    with solara.Div(classes=["gz-card", "gz-downloads"]):
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
            if names:
                act("pass-group", "class_pass_group", lambda *_: pass_on(seat))
                remove = lambda: unless_gone(CLASSES.remove, room.code, me.session, seat)  # noqa: E731
                act("remove", "class_remove", sure("remove-" + seat, remove), "remove-" + seat)
            act("pass", "class_pass_board", lambda *_: pass_on(TEACHER))
            close = lambda: unless_gone(CLASSES.close, room.code, me.session)  # noqa: E731
            act("close", "class_close", sure("close", close), "close")
        if word:
            markup(f'<p role="status" data-pass>{plain(say("class_pass_is", lang, word=spaced(word)))}</p>')


def diaries(groups: Sequence[Group], lang: str) -> str:
    """What every group decided, quarter by quarter, to be opened one by one; all are open in print. As HTML."""
    parts = "".join(
        f'<details class="gz-open-in-print"><summary>{plain(group.name)}</summary>{diary(group.turns, lang)}</details>'
        for group in groups
    )
    return f'<h2 style="margin-top:0">{plain(say("diaries", lang))}</h2>{parts}'


def board(groups: Sequence[Group], lang: str) -> str:
    """The live table of groups, in the order in which they came, as HTML."""
    if not groups:
        return f"<p>{plain(say('nobody_yet', lang))}</p>"
    head = [say("group", lang), say("quarter", lang), say("stage_now", lang)]
    head += [text(f"outcome.{outcome.name.lower()}", lang) for outcome in WATCHED.values()]
    head += [say("hours_short", lang), say("money_short", lang), say("game_force", lang)]
    rows = []
    for group in groups:
        f = group.figures
        row = [group.name, f"{len(group.turns)}/{QUARTERS}"]
        row.append(text(f"stage_short.{STAGES[int(f['stage'])]}", lang) if f else "–")
        row += [shown_share(key, f, lang) if f else "–" for key in WATCHED]
        row += (
            [number(f["hours_left"], "hours", lang), number(f["money_left"], "yuan", lang)]
            if f
            else ["–"] * 2
        )
        forced = sum(turn.force > 0 for turn in group.turns)
        row.append(say("forced_n", lang, n=forced) if forced else "–")
        rows.append(row)
    return table(head, rows, numeric=range(3, len(head)), caption=say("board", lang))
