"""Why payment 18 months after handover has no value in some rows, and the horizon that would give it one, in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model.summary import EIGHTEEN_MONTHS
from scenarios.catalogue import text

PAYMENT, HANDOVER = "payment_18_months", "handover_week"


#: How weeks are set in the file of a sweep; a command has `--weeks`.
OF_SWEEPS = "horizon_weeks ="


def horizon_words(summary: Mapping[str, Any], weeks: int | None, lang: str, setting: str = "--weeks") -> str:
    """How many rows have a value, why the others have none, and which horizon would do; empty where all have one.

    summary : rows of runs that ended well, with `payment_18_months` and `handover_week`; where it lacks one, nothing is
        said; weeks : the horizon of all rows, None where they differ; setting : how the user sets it
    """
    if weeks is None or PAYMENT not in summary or HANDOVER not in summary:
        return ""
    payment, handover = (np.asarray(summary[name], float) for name in (PAYMENT, HANDOVER))
    without = np.isnan(payment)
    if not without.any():
        return ""
    needed = EIGHTEEN_MONTHS[1]
    late, never = without & (handover + needed > weeks), without & np.isnan(handover)
    counts = {
        "late": int(late.sum()),
        "never": int(never.sum()),
        "unbilled": int((without & ~late & ~never).sum()),
    }
    enough = int(handover[late].max()) + needed if late.any() else weeks
    about: dict[str, dict[str, object]] = {
        "late": {"weeks": needed, "enough": enough, "setting": setting},
        "never": {"weeks": weeks},
        "unbilled": {},
    }
    said = _say("payment", lang, n=len(payment) - int(without.sum()), total=len(payment))
    return said + "".join(_say(why, lang, n=n, **about[why]) for why, n in counts.items() if n)


def horizon_of(manifest: Mapping[str, Any]) -> int | None:
    """Weeks that every run of a sweep takes; None where they differ, or its manifest does not say."""
    if any(factor["name"] == "horizon_weeks" for factor in manifest.get("factors", [])):
        return None
    found = {base["scenario"]["horizon_weeks"] for base in manifest.get("bases", [])}
    return int(found.pop()) if len(found) == 1 else None


def _say(key: str, lang: str, **words: object) -> str:
    return text(f"cli.horizon_{key}", lang).format(**words)
