"""A household's story in sentences: who lives there, what happened week by week, why it did not sign."""

import numpy as np

from agents.categories import Party, Reason, Tenure
from dashboard.trajectory import MIDDLE, Mark, Plane, Trajectory
from scenarios.catalogue import called, number, text


def tell(shown: Trajectory, i: int, lang: str, per_building: int) -> dict[str, object]:
    """What the component Stage tells: title, traits, reason, and events as (week, sentence) in order.

    reason : why it has not signed at the end; "" if it has
    Raises IndexError for a household that does not exist.
    """
    if not 0 <= i < shown.households:
        raise IndexError(f"household {i} of {shown.households}")
    planes = shown.unpacked()[:, :, i].astype(int)
    return {
        "title": _title(shown, i, lang, per_building),
        "traits": _traits(shown, i, lang),
        "reason": _why_not(planes, lang),
        "events": _events(planes, lang),
    }


def _say(key: str, lang: str, **words: object) -> str:
    return text(f"dash.story_{key}", lang).format(**words)


def _title(shown: Trajectory, i: int, lang: str, per_building: int) -> str:
    floor = int(shown.traits["floor"][i])
    return text("dash.flat", lang).format(
        building=int(shown.building[i]) + 1,
        stairwell=int(shown.stairwell[i]) % per_building + 1,
        floor=floor,
        flat=f"{floor}0{int(shown.place[i]) + 1}",
    )


def _traits(shown: Trajectory, i: int, lang: str) -> str:
    traits = shown.traits[i]
    parts = [called(Tenure(traits["tenure"]), lang), _say("area", lang, area=round(float(shown.area_m2[i])))]
    if traits["elder"]:
        parts.append(_say("elder", lang))
    if traits["party"] != Party.NONE:
        parts.append(_say("party", lang))
    if traits["structure_m2"]:
        parts.append(_say("structure", lang, area=traits["structure_m2"]))
    parts.append(_say("visits", lang, n=traits["visits"]))
    return ("，" if lang == "zh" else ", ").join(parts)


def _why_not(planes: np.ndarray, lang: str) -> str:
    marks = planes[Plane.MARKS]
    if marks[-1] & Mark.SIGNED:
        return ""
    reason = Reason(planes[Plane.REASON][-1])
    cause = called(reason, lang)
    return _say("not_signed", lang, reason=cause, **_mind(planes[Plane.SUPPORT][-1], lang))


#: Private support nearer to zero than this is called undecided.
_UNDECIDED = 0.1


def _mind(level: int, lang: str) -> dict[str, str]:
    """Private support in a word and as a number."""
    opinion = _opinion(level)
    side = "undecided" if abs(opinion) < _UNDECIDED else "for" if opinion > 0 else "against"
    return {"side": _say(f"side_{side}", lang), "support": number(opinion, "−1 to 1", lang)}


def _opinion(level: int) -> float:
    return level / MIDDLE - 1.0


def _events(planes: np.ndarray, lang: str) -> list[tuple[int, str]]:
    support, marks = planes[Plane.SUPPORT], planes[Plane.MARKS]
    found = [(0, _say("begins", lang, **_mind(support[0], lang)))]
    found += [(week, _say(key, lang)) for mark, key in _ONCE for week in _rises(marks, mark)[:1]]
    found += [(week, _say("visit", lang)) for week in _weeks(marks, Mark.VISITED)[:4]]
    found += [(week, _say("meeting", lang)) for week in _weeks(marks, Mark.ATTENDED)[:3]]
    for week in _rises(marks, Mark.SIGNED):
        found.append((week, _signs(support[week], marks[week], lang)))
    found += [(week, _say("withdraws", lang)) for week in _falls(marks, Mark.SIGNED)]
    found += [(week, _say("turns_for", lang)) for week in _crossings(support)[0][:3]]
    found += [(week, _say("turns_against", lang)) for week in _crossings(support)[1][:3]]
    found += _bills(marks, lang)
    return sorted(found, key=lambda event: event[0])


#: What is told the first time only.
_ONCE = ((Mark.ACTED_FIRST, "first"), (Mark.REMOVED, "removes"))


def _signs(support: int, marks: int, lang: str) -> str:
    if marks & Mark.PROXIED:
        return _say("proxy", lang)
    return _say("signs" if support >= MIDDLE else "signs_against", lang)


def _bills(marks: np.ndarray, lang: str) -> list[tuple[int, str]]:
    billed = (marks & Mark.BILLED) > 0
    paid = billed & ((marks & Mark.PAID) > 0)
    found = []
    if paid.any():
        found.append((int(np.flatnonzero(paid)[0]), _say("pays", lang)))
    stops = [w for w in np.flatnonzero(billed[1:] & ~paid[1:] & paid[:-1]) + 1]
    found += [(int(week), _say("stops", lang)) for week in stops[:3]]
    return found


def _weeks(marks: np.ndarray, mark: Mark) -> list[int]:
    return [int(week) for week in np.flatnonzero(marks & mark)]


def _rises(marks: np.ndarray, mark: Mark) -> list[int]:
    on = (marks & mark) > 0
    return [int(week) for week in np.flatnonzero(on & ~np.r_[False, on[:-1]])]


def _falls(marks: np.ndarray, mark: Mark) -> list[int]:
    on = (marks & mark) > 0
    return [int(week) for week in np.flatnonzero(~on & np.r_[False, on[:-1]])]


def _crossings(support: np.ndarray) -> tuple[list[int], list[int]]:
    """Weeks in which private support becomes positive, and in which it becomes negative."""
    side = np.sign(support - MIDDLE)
    up = [int(w) for w in np.flatnonzero((side[1:] > 0) & (side[:-1] <= 0)) + 1]
    down = [int(w) for w in np.flatnonzero((side[1:] < 0) & (side[:-1] >= 0)) + 1]
    return up, down
