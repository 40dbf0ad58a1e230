"""The verdict on finished games: against the preset strategies with the same caps, on the same draws, as HTML."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.asking import strategy_label
from dashboard.class_views import households_of
from dashboard.game import DRAWS, HORIZON, PRESETS, WATCHED
from dashboard.parts import plain, table
from dashboard.views import difference, say, spread
from model.measures import SUMMARY
from scenarios.catalogue import number, text
from scenarios.comparison import CENSORED, Direction, compare

#: What a finished game is judged by, with its unit; the insincere share stands beside consent.
JUDGED = {
    "valid": "share",
    "insincere": "share",
    "gate_week": SUMMARY["gate_week"].unit,
    "payment": "share",
    "office_hours_total": SUMMARY["office_hours_total"].unit,
}
#: Of these a single group learns draw by draw how far it is from each preset; which is better the pages leave open.
COMPARED = ("valid", "insincere", "payment")


def group_key(name: str) -> str:
    """What a group is called in the table of runs, so that none can be taken for a strategy."""
    return "group:" + name


def judged(found: pd.DataFrame, case: str, groups: Sequence[str], lang: str) -> str:
    """Every plan's medians, and for a single group what sets it apart from each preset, as HTML."""
    head = [say("plan", lang), *(label_of(outcome, lang) for outcome in JUDGED)]
    plans = {group_key(name): name for name in groups}
    plans |= {name: strategy_label(name, lang) for name in PRESETS}
    rows = [
        [label, *(middle(_values(found, name, outcome), outcome, lang) for outcome in JUDGED)]
        for name, label in plans.items()
    ]
    parts = [
        f'<h2 style="margin-top:0">{plain(say("judged", lang))}</h2>',
        f'<p class="gz-note">{plain(say("judged_note", lang, n=DRAWS))}</p>',
        "".join(f"<p data-luck>{plain(luck(found, name, lang))}</p>" for name in groups if len(groups) == 1),
        table(head, rows, numeric=range(1, len(head)), caption=say("judged_caption", lang, n=DRAWS)),
        f'<p class="gz-note">{plain(say("judged_means", lang, week=HORIZON, n=households_of(case)))}</p>',
    ]
    if len(groups) == 1:
        parts.append(against(found, groups[0], lang))
    return "".join(parts)


def label_of(outcome: str, lang: str) -> str:
    """What a column of the verdict is called: as on the cards."""
    if outcome in WATCHED:
        return text(f"outcome.{WATCHED[outcome].name.lower()}", lang)
    return text(f"summary.{outcome}", lang)


def _values(found: pd.DataFrame, name: str, outcome: str) -> np.ndarray:
    return found.loc[found["strategy"] == name, outcome].to_numpy(float)


def middle(values: np.ndarray, outcome: str, lang: str) -> str:
    """The median over draws, with how many have a value; in words where none has."""
    known = values[np.isfinite(values)]
    if not known.size:
        return say("unbilled" if outcome == "payment" else "never", lang)
    shown = spread(values, JUDGED[outcome], lang, censored=outcome in CENSORED)[0]
    return shown if known.size == values.size else f"{shown} ({known.size}/{values.size})"


def luck(found: pd.DataFrame, name: str, lang: str) -> str:
    """Why the verdict is not what the group has seen: it watched one draw, the first, and is judged by all."""
    values = _values(found, group_key(name), "valid")
    low, median, high = (number(float(v), "share", lang) for v in np.quantile(values, (0.05, 0.5, 0.95)))
    own = number(float(values[0]), "share", lang)
    return say("judged_luck", lang, own=own, n=DRAWS, median=median, low=low, high=high)


def against(found: pd.DataFrame, group: str, lang: str) -> str:
    """Where the group did better or worse than each preset, draw by draw; "undetermined" where chance may be all."""
    head = [say("plan", lang), *(label_of(outcome, lang) for outcome in COMPARED)]
    rows = []
    for name in PRESETS:
        pairs = (
            compare(found, outcome, group_key(group), name, direction=Direction.NEUTRAL)
            for outcome in COMPARED
        )
        rows.append([strategy_label(name, lang), *(difference(pair, "share", lang) for pair in pairs)])
    return table(head, rows, numeric=range(1, len(head)), caption=say("game_against", lang))
