"""Construction: line 9 of the weekly schedule. Progress, nuisance, complaints, supervision, defects.

Simple until the menu is modelled in full: one scope of works; lifts are not built yet.
"""

from agents.resident import felt_nuisance, p_complain, trust_while_waiting
from model.compilation import compiled
from model.instruments import Instrument
from model.randomness import Purpose, four_uniforms
from model.state import Flag, Real, Stage, World

_SLOWEST = 0.2


@compiled
def nuisance_level(w: World, c: int) -> float:
    """Nuisance expected before works or met during them, after mitigation, in [0, 1]."""
    p, now = w.parameters[c], w.now[c]
    return p.expected_nuisance * (1.0 - p.mitigation_effect * now[Instrument.MEDIATION])


@compiled
def construct(w: World, c: int, week: int) -> None:
    """Works advance; people complain, complaints are settled or cost trust."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    if k.stage < Stage.WORKS:
        k.nuisance = nuisance_level(w, c)
        return
    if k.stage == Stage.WORKS:
        k.nuisance = nuisance_level(w, c)
    elif k.stage != Stage.ACCEPTANCE:
        return
    settled_share = min(p.complaint_resolution + p.mediation_resolution * now[Instrument.MEDIATION], 1.0)
    still_open = 0
    for i in range(k.stop - k.start):
        r = k.start + i
        _, complain, settle, _ = four_uniforms(k.seed, k.number, i, week, Purpose.WITHDRAW)
        if w.flags[Flag.COMPLAINING, r] == 1:
            if settle < settled_share:
                w.flags[Flag.COMPLAINING, r] = 0
            else:
                w.reals[Real.TRUST_OFFICE, r] = trust_while_waiting(w.reals[Real.TRUST_OFFICE, r], p)
                still_open += 1
        elif complain < p_complain(felt_nuisance(k.nuisance, w.flags[Flag.ELDER, r], p), p):
            w.flags[Flag.COMPLAINING, r] = 1
            k.complaints += 1
            still_open += 1
    k.open_complaints = still_open
    if k.stage == Stage.ACCEPTANCE:
        return
    pace = 1.0 - p.complaint_delay * still_open / (k.stop - k.start)
    before = k.progress
    k.progress = min(k.progress + max(pace, _SLOWEST) / s.works_weeks, 1.0)
    watched = p.supervision_effect * now[Instrument.SUPERVISION_TEAM]
    owned = p.integration_quality * now[Instrument.BUILD_MANAGE_INTEGRATION]
    k.defects += max(p.defect_rate * (1.0 - watched) - owned, 0.0) * (k.progress - before)
