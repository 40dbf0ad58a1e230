"""A game in words, tables and curves: what the pages of a class have in common.

A figure is the same on a group's cards, on the teacher's table and in the verdict: `game.WATCHED`, in the last week
played, of all households or, where it is payment, of those billed.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from dashboard import own
from dashboard.classes import Class, Group
from dashboard.game import DECISIONS, QUARTER_WEEKS, QUARTERS, WATCHED, Played, Turn, office_of, own_decisions
from dashboard.parts import plain, table
from dashboard.views import COLOURS, curve, curve_name, fan, lever_label, say
from model.measures import Outcome
from scenarios.catalogue import STAGES, number, text


@cache
def households_of(case: str) -> int:
    """How many households a compound has."""
    return office_of(case).compound.households


@cache
def gate_of(case: str) -> float:
    """The share of households that has to sign before works begin."""
    return office_of(case).effective_programme().consent_gate


def spaced(code: str) -> str:
    """A code as it is read aloud, in halves."""
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}"


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


def share_of(key: str, households: int, lang: str) -> str:
    """What a figure is a share of."""
    return say("of_billed", lang) if key == "payment" else say("of_households", lang, n=households)


def told(played: Played, lang: str) -> str:
    """The figures of the last quarter in a sentence, for those who do not see the cards change."""
    figures = figures_of(played)
    shown = (
        f"{text(f'outcome.{outcome.name.lower()}', lang)} {shown_share(key, figures, lang)}"
        for key, outcome in WATCHED.items()
    )
    quarter = len(played.series) // QUARTER_WEEKS
    return say("quarter_told", lang, n=quarter, figures=("，" if lang == "zh" else ", ").join(shown))


def left_bar(key: str, left: float, whole: float, unit: str, lang: str) -> str:
    """How much of something is left, as HTML."""
    share = left / whole if whole else 0.0
    shown = say(key, lang, left=number(left, unit, lang), all=number(whole, unit, lang))
    return (
        f'<p style="margin:8px 0 3px">{plain(shown)}</p>'
        f'<div class="gz-left"><i style="width:{100 * share:.1f}%"></i></div>'
    )


def course(series: np.ndarray, lang: str, gate: float | None = None) -> str:
    """The weeks played so far for the component Fan, the rest of the three years blank. gate : drawn as a line"""
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
    return fan(lines, weeks, place="game", key="", gate=gate)


def decision_label(decision: str, lang: str) -> str:
    """What a decision is called; of an own instrument, what its file calls it."""
    return lever_label(decision, lang) if own.name_of(decision) else say(f"game_{decision}", lang)


def diary(turns: Sequence[Turn], lang: str, caption: str = "") -> str:
    """What was decided as HTML: a row a decision, a column a quarter, so that twelve of them fit a sheet of paper."""
    listed = (*DECISIONS, *own_decisions())
    names = [name for name in listed if any(turn.decided(name) for turn in turns)]
    head = [say("quarter_percent", lang), *(str(i + 1) for i in range(len(turns)))]
    rows = [
        [decision_label(name, lang), *(f"{100 * turn.decided(name):.0f}" for turn in turns)] for name in names
    ]
    return table(head, rows, numeric=range(1, len(head)), caption=caption or say("diary", lang), short=True)


def diaries(groups: Sequence[Group], lang: str) -> str:
    """What every group decided, quarter by quarter, to be opened one by one; all are open in print. As HTML."""
    parts = "".join(
        f'<details class="gz-open-in-print"><summary>{plain(group.name)}</summary>'
        f"{diary(group.turns, lang, group.name)}</details>"
        for group in groups
    )
    return f'<h2 style="margin-top:0">{plain(say("diaries", lang))}</h2>{parts}'


def board(room: Class, lang: str) -> str:
    """The live table of groups, in the order in which they came, as HTML."""
    groups = list(room.groups.values())
    if not groups:
        return f"<p>{plain(say('nobody_yet', lang))}</p>"
    head = [say("group", lang), say("quarter", lang), say("stage_now", lang)]
    head += [curve_name(outcome.name.lower(), lang) for outcome in WATCHED.values()]
    head += [say("hours_short", lang), say("money_short", lang), say("game_force", lang)]
    rows = [_board_row(group, lang) for group in groups]
    shown = table(head, rows, numeric=range(3, len(head)), caption=say("board", lang))
    note = say("board_note", lang, n=households_of(room.case))
    return f'{shown}<p class="gz-note">{plain(note)}</p>'


def _board_row(group: Group, lang: str) -> list[str]:
    f = group.figures
    row = [group.name, f"{len(group.turns)}/{QUARTERS}"]
    row.append(text(f"stage_short.{STAGES[int(f['stage'])]}", lang) if f else "–")
    row += [shown_share(key, f, lang) if f else "–" for key in WATCHED]
    row += [number(f["hours_left"], "hours", lang), number(f["money_left"], "yuan", lang)] if f else ["–"] * 2
    forced = sum(turn.force > 0 for turn in group.turns)
    return [*row, say("forced_n", lang, n=forced) if forced else "–"]
