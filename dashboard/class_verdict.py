"""The verdict on finished games: against the preset strategies with the same caps, on the same draws, as HTML."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.asking import strategy_label
from dashboard.choices import files
from dashboard.class_views import households_of
from dashboard.game import DRAWS, HORIZON, WATCHED, presets
from dashboard.parts import plain, table
from dashboard.views import curve_name, say, spread
from model.measures import SUMMARY
from scenarios.catalogue import number, text
from scenarios.comparison import CENSORED, Direction, PairedDifference, compare

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
    plans |= {name: strategy_label(name, lang) for name in presets()}
    rows = [
        [label, *(middle(_values(found, name, outcome), outcome, lang) for outcome in JUDGED)]
        for name, label in plans.items()
    ]
    parts = [
        f'<h2 style="margin-top:0">{plain(say("judged", lang))}</h2>',
        f'<p class="gz-note">{plain(say("judged_note", lang, n=DRAWS))}</p>',
        f'<p class="gz-note">{plain(say("judged_means", lang, week=HORIZON, n=households_of(case)))}</p>',
        from_files(lang),
        f"<p data-luck>{plain(luck(found, groups, lang))}</p>",
        table(head, rows, numeric=range(1, len(head)), caption=say("judged_caption", lang, n=DRAWS)),
    ]
    if len(groups) == 1:
        parts.append(against(found, groups[0], lang))
    return "".join(parts)


def from_files(lang: str) -> str:
    """Which strategies are of files, as HTML: what is said of the presets is not said of them."""
    names = [strategy_label(name, lang) for name in files().strategies]
    if not names:
        return ""
    listed = ("、" if lang == "zh" else ", ").join(names)
    return f'<p class="gz-note">{plain(say("judged_files", lang, list=listed))}</p>'


def label_of(outcome: str, lang: str) -> str:
    """What a column of the verdict is called; what a share is of stands above the table."""
    if outcome in WATCHED:
        return curve_name(WATCHED[outcome].name.lower(), lang)
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


def luck(found: pd.DataFrame, groups: Sequence[str], lang: str) -> str:
    """Why the verdict is not what groups have seen: they watched one draw, the first, and are judged by all."""
    if len(groups) != 1:
        return say("judged_lucks", lang, n=DRAWS)
    told = [say("judged_luck", lang, n=DRAWS)]
    for outcome in ("valid", "payment"):
        values = _values(found, group_key(groups[0]), outcome)
        known = values[np.isfinite(values)]
        if known.size:
            named = {"outcome": label_of(outcome, lang), "n": known.size, "own": _share(values[0], lang)}
            shown = dict(zip(("low", "median", "high"), np.quantile(known, (0.05, 0.5, 0.95)), strict=True))
            told.append(
                say("judged_own", lang, **named, **{key: _share(v, lang) for key, v in shown.items()})
            )
    return (" " if lang == "en" else "").join(told)


def _share(value: float, lang: str) -> str:
    """A share that no line ends within; of payment in words where nobody is billed."""
    shown = number(float(value), "share", lang) if np.isfinite(value) else say("unbilled", lang)
    return shown.replace(" ", "\N{NO-BREAK SPACE}")


def against(found: pd.DataFrame, group: str, lang: str) -> str:
    """Where the group did better or worse than each preset, draw by draw; "undetermined" where chance may be all."""
    head = [say("plan", lang), *(label_of(outcome, lang) for outcome in COMPARED)]
    rows = []
    for name in presets():
        pairs = (
            compare(found, outcome, group_key(group), name, direction=Direction.NEUTRAL)
            for outcome in COMPARED
        )
        rows.append([strategy_label(name, lang), *(apart(pair, lang) for pair in pairs)])
    return table(head, rows, numeric=range(1, len(head)), caption=say("game_against", lang))


def apart(pair: PairedDifference, lang: str) -> str:
    """A difference in percentage points with its interval, short enough for three of them on a sheet of paper."""
    if pair.n_pairs == 0:
        return say("unbilled", lang)
    if not pair.determined:
        return say("undetermined", lang)
    low, middle, high = (
        f"{100 * value:+.1f}".replace("-", "−") for value in (pair.low, pair.difference, pair.high)
    )
    return f"{middle} [{low}, {high}]"
