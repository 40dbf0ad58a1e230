"""Construction: line 9 of the weekly schedule. Progress, nuisance, complaints, supervision, defects.

Simple until the menu is modelled in full: one scope of works; lifts are not built yet.
"""

from agents.functions import Coefficients, rule
from agents.resident import felt_nuisance, p_complain, trust_while_waiting
from model.compilation import compiled
from model.instruments import Instrument
from model.randomness import Purpose, four_uniforms
from model.state import Flag, Real, Stage, World

_SLOWEST = 0.2


@rule
def settled_share(mediation: float, p: Coefficients) -> float:
    """Share of open complaints settled in a week, in [0, 1]; mediation : intensity."""
    return min(p.complaint_resolution + p.mediation_resolution * mediation, 1.0)


@rule
def weekly_progress(
    open_complaints: float, n_households: float, works_weeks: float, p: Coefficients
) -> float:
    """Share of the works done in a week, above 0: complaints slow it, never below a fifth of the pace."""
    return max(1.0 - p.complaint_delay * open_complaints / n_households, _SLOWEST) / works_weeks


@rule
def defective_share(supervision: float, integration: float, p: Coefficients) -> float:
    """Defective share of what is built this week, in [0, 1], under supervision and build–manage integration."""
    watched = p.supervision_effect * supervision
    return max(p.defect_rate * (1.0 - watched) - p.integration_quality * integration, 0.0)


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
    settled = settled_share(now[Instrument.MEDIATION], p)
    still_open = 0
    for i in range(k.stop - k.start):
        r = k.start + i
        _, complain, settle, _ = four_uniforms(k.seed, k.number, i, week, Purpose.WITHDRAW)
        if w.flags[Flag.COMPLAINING, r] == 1:
            if settle < settled:
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
    before = k.progress
    done = weekly_progress(still_open, k.stop - k.start, s.works_weeks, p)
    k.progress = min(before + done, 1.0)
    share = defective_share(now[Instrument.SUPERVISION_TEAM], now[Instrument.BUILD_MANAGE_INTEGRATION], p)
    k.defects += share * (k.progress - before)
