"""What a household knows when it is asked to sign: its neighbours' signatures, and what may reopen a refusal."""

from agents.rules.resident import neighbours_share, news, refusals_count
from compiling.compiled import inlined
from model.week.deliberation import items_held
from model.world.network import ties_share
from model.world.state import Flag, Real, Whole, World


@inlined
def neighbours_signed(w: World, c: int, i: int, in_stairwell: float) -> float:
    """Share of a household's neighbours that have signed. in_stairwell : share of its stairwell"""
    k = w.compounds[c]
    first, last = w.tie_start[k.tie_offset + i], w.tie_stop[k.tie_offset + i]
    marks = w.flags[Flag.SIGNED, k.start : k.stop]
    return neighbours_share(
        in_stairwell, ties_share(marks, w.ties, first, last, in_stairwell), w.parameters[c]
    )


@inlined
def news_of(w: World, c: int, i: int, neighbours: float) -> int:
    """What a household knows that could change its mind. neighbours : share of them that have signed"""
    k, r = w.compounds[c], w.compounds[c].start + i
    return news(
        w.reals[Real.SUPPORT, r],
        neighbours,
        w.reals[Real.MADE_GOOD, r],
        w.flags[Flag.EXAMPLE, r],
        w.reals[Real.SHOWN, r],
        items_held(k.adopted),
        w.parameters[c],
    )


@inlined
def refusals_since(w: World, c: int, i: int, known: int) -> int:
    """Asks to sign that a household has refused since it last learned something; 0 where refusals change nothing.

    known : what it knows now, of `news_of`
    """
    r = w.compounds[c].start + i
    if not refusals_count(w.parameters[c]) or w.wholes[Whole.NEWS, r] != known:
        return 0
    return int(w.wholes[Whole.REFUSALS, r])
