"""课堂 Classroom: a class, or one student, plays the street office for twelve quarters; the teacher watches."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import solara

from dashboard import own, state, tasks
from dashboard.asking import case_label
from dashboard.assumed import DECISIONS_REST_ON
from dashboard.assumed import told as told_of
from dashboard.choices import case_choices
from dashboard.class_views import (
    course,
    decision_label,
    diary,
    figures_of,
    gate_of,
    left_bar,
    share_of,
    shown_share,
    spaced,
    told,
)
from dashboard.classes import CLASSES, TEACHER, Class, ClassError, Group
from dashboard.ensembles import Job, wait_for
from dashboard.game import (
    DECISIONS,
    QUARTER_WEEKS,
    QUARTERS,
    QUARTERS_PAID,
    WATCHED,
    Played,
    Turn,
    own_decisions,
)
from dashboard.hooks import asker, use_result
from dashboard.levers import levers
from dashboard.pages.class_board import Board, Judgement, question, unless_gone
from dashboard.parts import LEVER_WORDS, Foot, Heading, Waiting, announce, markup, plain
from dashboard.quotas import Asker
from dashboard.views import cost_tip, fan_labels, say, words
from dashboard.widgets import Act, Choice, Fan, Join, Kpis, Levers
from dashboard.workers import workers
from model.instruments import Legality
from scenarios.catalogue import STAGES, text

#: Where each decision stands among the levers.
GROUPED = {
    "outreach": ("hours", "visits", "example", "tours", "force"),
    "process": ("consult", "disclose"),
    "money": ("tailor",),
    "management": ("accounts", "trial", "remind", "points"),
}


@solara.component
def Page() -> None:  # noqa: N802
    """The page: a door, a group's desk, or the teacher's screen."""
    lang, (place, seat) = state.lang.value, (state.seat.value.get(key, "") for key in ("room", "seat"))
    me = solara.use_memo(asker, [])
    room = CLASSES.at(place)
    version = use_class("" if room is None else room.code)
    with solara.Column(classes=["gz-page", "gz-class"], gap="0px"):
        seated = room is not None and room.holds(me.session, seat)
        Heading(say("classroom", lang), "" if seated else say("classroom_lead", lang, n=QUARTERS))
        markup(f'<p class="gz-print-only">{plain(say("printed", lang, day=date.today().isoformat()))}</p>')
        if room is None or not room.holds(me.session, seat):
            if place:
                markup(f'<div class="gz-error" role="alert">{plain(why_gone(place, lang))}</div>')
            Door(me, lang)
        elif seat == TEACHER:
            Board(room, me, version, lang)
        else:
            Desk(room, me, seat, version, lang)
        Foot(lang)


def why_gone(place: str, lang: str) -> str:
    """Why a seat leads nowhere: its class has ended, or its file is damaged."""
    if code := CLASSES.damaged_at(place):
        return say("class_damaged", lang, code=code)
    return say("class_gone", lang)


@solara.component
def Door(me: Asker, lang: str) -> None:  # noqa: N802
    """Join a class, play alone, open a class, go on where this browser has a seat."""
    case, set_case = solara.use_state(state.request.value.case)
    problem, set_problem = solara.use_state("")

    def enter(room: Class, seat: str) -> None:
        state.seat.value = {"room": room.id, "seat": seat}

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
            Join(labels=words(lang, ("code_or_word", "group_name", "join")), event_join=join)
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
    # a teacher may remove the group while its seat is drawn
    who = say("class_teacher", lang) if seat == TEACHER else room.groups.get(seat, Group("")).name
    words_ = (
        [who, case_label(room.case, lang)]
        if room.alone
        else [spaced(room.code), who, case_label(room.case, lang)]
    )
    return " · ".join(words_)


#: No version of a class.
UNSEEN = -2


def use_class(code: str) -> int:
    """Draw again whenever something in the class has changed; returns its version, UNSEEN before it is known."""
    (known, version), set_version = solara.use_state((code, UNSEEN))

    def watch() -> Callable[[], None] | None:
        if not code:
            return None
        left = threading.Event()

        def run() -> None:
            seen = UNSEEN  # so that the first is told at once
            while not left.is_set():
                now = CLASSES.wait(code, seen, 2.0)
                if now != seen and not left.is_set():
                    set_version((code, now))
                seen = now

        threading.Thread(target=run, daemon=True).start()
        return left.set

    solara.use_effect(watch, [code])
    return version if known == code else UNSEEN


@solara.component
def Desk(room: Class, me: Asker, seat: str, version: int, lang: str) -> None:  # noqa: N802
    """What a group sees: the compound as it stands, what it can decide, and at the end how it did."""
    _, set_heard = solara.use_state(0)
    tab = solara.get_kernel_id()
    # The tab opened last is in charge; it says so before anything is drawn.
    solara.use_memo(
        lambda: unless_gone(CLASSES.take_charge, room.code, me.session, seat, tab), [room.code, seat]
    )
    group = room.groups.get(seat, Group(""))  # its teacher may remove it while it is drawn
    turns, case = group.turns, room.case

    def work(wanted: Callable[[], bool], progress: Callable[[float], None]) -> Played | None:
        def begin() -> Job:
            task = workers().submit(tasks.call, "dashboard.game:play", case, turns)
            return Job([task], lambda parts: parts[0])

        played = wait_for(("game", case, turns), begin, wanted=wanted, progress=progress)
        if played is not None and turns:
            with suppress(ClassError):
                CLASSES.report(room.code, me.session, seat, turns, figures_of(played))
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
    in_charge = group.charge in ("", tab)
    hear = lambda: set_heard(lambda n: n + 1)  # noqa: E731
    with solara.Div(classes=["gz-one" if group.finished else "gz-two", "gz-desk"]):
        with solara.Div(classes=["gz-card", "gz-side"]):
            if not in_charge:
                Elsewhere(room, me, seat, tab, lang)
            elif group.finished:
                Over(room, me, seat, tab, lang)
            else:
                Decide(room.code, me, seat, group.draft, len(turns), tab, lang, hear)
        with solara.Div():
            if not turns:
                Word(room.code, me, seat, True, lang)
            Waiting(awaited, lang)
            shown = awaited.value
            announce(plain(told(shown, lang)) if shown is not None and len(shown.series) else "", "gz-heard")
            if shown is not None:
                Standing(shown, case, lang)
            if group.finished:
                Judgement(case, {group.name: turns}, lang)
            if turns:
                with solara.Div(classes=["gz-card"]):
                    markup(diary(turns, lang))
                Word(room.code, me, seat, False, lang)


@solara.component
def Elsewhere(room: Class, me: Asker, seat: str, tab: str, lang: str) -> None:  # noqa: N802
    """Why this tab has no levers, and how it gets them."""
    markup(f'<p class="gz-elsewhere" role="alert">{plain(say("class_elsewhere", lang))}</p>')
    with solara.Div(classes=["gz-reach"]):
        Act(
            name="charge",
            label=say("class_charge", lang),
            main=True,
            event_act=lambda *_: unless_gone(CLASSES.take_charge, room.code, me.session, seat, tab),
        )


@solara.component
def Over(room: Class, me: Asker, seat: str, tab: str, lang: str) -> None:  # noqa: N802
    """What there is to do when the twelve quarters are over."""
    with solara.Div(classes=["gz-row", "start"]):
        Act(name="print", label=say("print", lang), main=True)
        Act(
            name="again",
            label=say("again", lang),
            question=question("again", lang),
            event_act=lambda *_: unless_gone(CLASSES.again, room.code, me.session, seat, tab),
        )


@solara.component
def Word(code: str, me: Asker, seat: str, shown: bool, lang: str) -> None:  # noqa: N802
    """The word by which a group comes back to its seat: at first it is there to be noted, later when asked for."""
    open_, set_open = solara.use_state(shown)
    word = ""
    if open_:
        with suppress(ClassError):
            word = CLASSES.word_of(code, me.session, seat)
    said = plain(say("class_word_is", lang, word=spaced(word))) if word else ""
    with solara.Div(classes=["gz-word"]):
        announce(said, mark="data-word")
        label = say("class_word_noted" if open_ else "class_word", lang)
        Act(name="word", label=label, event_act=lambda *_: set_open(not open_))


@solara.component
def Decide(  # noqa: N802
    code: str, me: Asker, seat: str, draft: Turn, quarter: int, tab: str, lang: str, heard: Callable[[], None]
) -> None:
    """The levers of the coming quarter. What is set is remembered at once; `heard` has them drawn again."""
    seat_ = (code, me.session, seat)

    def change(made: Callable[[Turn], Turn]) -> None:
        unless_gone(CLASSES.draft, *seat_, made, tab)
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
    with solara.Div(classes=["gz-reach"]):
        Act(
            name="quarter",
            label=say("play_quarter", lang, n=quarter + 1),
            main=True,
            seen=quarter,
            event_act=lambda seen: unless_gone(CLASSES.decide, *seat_, seen, tab),
        )


def turned(turn: Turn, values: Any) -> Turn:
    """The turn with what the browser says of it, within bounds and in tenths; what makes no sense is left out."""
    changes: dict[str, float] = {}
    known = (*DECISIONS, *own_decisions())
    for name, value in values.items() if isinstance(values, dict) else ():
        if name in known and isinstance(value, int | float) and value == value:
            changes[name] = round(float(min(max(value, 0.0), 2.0 if name == "hours" else 1.0)), 1)
    return turn.with_decisions(changes)


def decisions(turn: Turn, lang: str) -> str:
    """The levers for the component Levers, as JSON: those of the game, then own instruments."""
    grouped = {
        group: [(name, _usual_decision(name, lang)) for name in names] for group, names in GROUPED.items()
    }
    labels = {group: say(f"group_{group}", lang) for group in grouped}
    if mine := own_decisions():
        grouped["own"] = [(name, _own_decision(name, lang)) for name in mine]
        labels["own"] = say("levers_own", lang)
    usual = Turn()
    found = [
        {
            "key": group,
            "label": labels[group],
            "levers": [
                {
                    "key": name,
                    "value": turn.decided(name),
                    "base": usual.decided(name),
                    "low": 0.0,
                    "high": 2.0 if name == "hours" else 1.0,
                    "step": 0.1,
                    "unit": "share",
                    "unit_label": "",
                    "first": True,
                    **words_,
                }
                for name, words_ in those
            ],
        }
        for group, those in grouped.items()
    ]
    return json.dumps(found, ensure_ascii=False)


def _usual_decision(name: str, lang: str) -> dict[str, Any]:
    """What is said of a decision of the game."""
    return {
        "label": say(f"game_{name}", lang),
        "tip": say(f"game_tip_{name}", lang, quarters=f"{QUARTERS_PAID:g}"),
        "behind": told_of(DECISIONS_REST_ON[name], lang),
        "legal": "unlawful" if name == "force" else "lawful",
        "legal_label": text("legality_note.unlawful", lang) if name == "force" else "",
    }


def _own_decision(key: str, lang: str) -> dict[str, Any]:
    """What is said of an own instrument: what it is called, what it costs, whether it is lawful."""
    legality = levers()[key].legality
    lawful = legality is Legality.LAWFUL
    return {
        "label": decision_label(key, lang),
        "tip": cost_tip(own.name_of(key), lang),
        "behind": [],
        "legal": str(legality),
        "legal_label": "" if lawful else text(f"legality_note.{legality}", lang),
    }


@solara.component
def Standing(played: Played, case: str, lang: str) -> None:  # noqa: N802
    """How the compound stands, and what is left to spend."""
    begun = len(played.series) > 0
    figures = figures_of(played) if begun else dict.fromkeys((*WATCHED, "stage"), 0.0)
    when = say("this_week", lang, n=len(played.series)) if begun else say("not_begun", lang)
    tones = {"headline": "consent", "valid": "consent", "insincere": "warn", "payment": "pay"}
    items = [
        {
            "key": key,
            "label": text(f"outcome.{outcome.name.lower()}", lang),
            "value": shown_share(key, figures, lang) if begun else "–",
            "sub": " · ".join((when, share_of(key, played.households, lang))),
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
                payload=course(played.series, lang, gate_of(case)),
                caption=say("course", lang),
                aria=say("course", lang),
                labels=fan_labels(lang),
                file="game",
                group="game",
            )
    else:
        markup(f'<p class="gz-verdict">{plain(say("game_begin", lang))}</p>')
