"""Gates and stages: line 8 of the weekly schedule.

Willingness (意愿征集) → plan (方案协商) → removal (拆违) → works (施工) → acceptance (验收) → management
(长效管理). A gate not passed by the deadline waits for the next batch or ends the project.
"""

import numpy as np

from agents.categories import Contract, MissedGate, SilentOwners, Vote
from agents.rules.owners_committee import (
    ballot_on_dismissal_due,
    ballot_on_hiring_due,
    opening_trust,
    p_approve,
    p_dismiss,
    p_take_part,
)
from agents.rules.resident import (
    p_vote_for,
    p_vote_in_week,
    reactance_after_enforcement,
    resentment_after_enforcement,
    structure_loss,
    trust_after_enforcement,
    update_trust,
)
from compiling.compiled import compiled, held
from compiling.exact import Coefficients, clip, rule
from model.instruments import Instrument
from model.week.billing import part_with_company
from model.week.deliberation import complete_plan, expect_costs
from model.week.finance import is_planned, sign_contract
from model.week.mobilisation import remove_structure
from model.week.voting import Tally, law_of_hiring, passes, reaches_share
from model.week.works import appeal_for_stairwells, risers_in_plan
from model.world.randomness import Purpose, four_uniforms, uniform
from model.world.state import Flag, Real, Scratch, Stage, Tenure, Whole, World

#: Works are done; a sum of weekly shares may miss 1 by rounding.
DONE = 1.0 - 1e-9


@rule
def delivered_quality(
    fit: float, defects: float, unfinished: float, contributed: float, contractor: float, p: Coefficients
) -> float:
    """Quality of the finished works, in [0, 1].

    fit : mean plan fit; defects : defective share; unfinished : share of risers not completed
    contributed : share of households that gave to their stairwell
    contractor : how much better or worse than usual this contractor is, unknown in advance
    """
    quality = p.delivery_base + p.delivery_fit * fit - defects - p.delivery_risers * unfinished
    return clip(quality + p.contribution_quality * contributed + contractor, 0.0, 1.0)


@rule
def infrastructure_delivered(before: float, at_best: float, delivered: float) -> float:
    """Infrastructure after the works, in [0, 1]: as far towards the best as the quality delivered, never worse."""
    return max(before, before + (at_best - before) * delivered)


@rule
def surprise_at_delivery(delivered: float, p: Coefficients) -> float:
    """Delivered quality against what was promised, scaled for `update_trust`; below 0 where it is worse."""
    return p.delivery_surprise * (delivered - p.promised_quality)


@rule
def belief_at_handover(belief: float, pledged_share: float, sees_example: float, p: Coefficients) -> float:
    """Belief that others will pay when management begins, in [0, 1].

    Public pledges of others and a neighbour's visible first action raise it.

    Source: Gächter & Renner (2018) for the direction.
    """
    return min(belief + p.pledge_belief * pledged_share + p.example_belief * sees_example, 1.0)


@compiled
def enter_stage(w: World, c: int, stage: int, week: int) -> None:
    """Change the stage and note when."""
    k = w.compounds[c]
    k.stage = stage
    k.stage_week = week


@compiled
def count_consent(w: World, c: int) -> Tally:
    """The vote on the project: who was asked or has signed takes part, who has signed approves; proxies count."""
    k = w.compounds[c]
    signed, responded = w.flags[Flag.SIGNED, k.start : k.stop], w.flags[Flag.RESPONDED, k.start : k.stop]
    area = w.wholes[Whole.AREA, k.start : k.stop]
    participants = participants_area = approvals = approvals_area = np.int64(0)
    for i in range(signed.size):  # without branches, for speed
        approves, takes_part = np.int64(signed[i]), np.int64(signed[i] | responded[i])
        approvals += approves
        approvals_area += approves * area[i]
        participants += takes_part
        participants_area += takes_part * area[i]
    counts = int(participants), int(participants_area), int(approvals), int(approvals_area)
    return Tally(signed.size, k.total_area, *counts)


@compiled
def programme_gate_passed(w: World, c: int, tally: Tally) -> bool:
    """The programme's own conditions: consent, strong objectors, structures and pledges."""
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    if not reaches_share(tally.approvals, tally.owners, s.consent_gate):
        return False
    if not reaches_share(tally.approvals_area, tally.area, s.consent_gate):
        return False
    objectors, settled, pledged = 0, 0, 0
    for r in range(k.start, k.stop):
        if w.flags[Flag.SIGNED, r] == 0 and w.reals[Real.VOICED, r] < p.strong_objection:
            objectors += 1
        if w.reals[Real.STRUCTURE, r] > 0.0:
            if w.flags[Flag.REMOVED, r] == 1 or w.flags[Flag.SIGNED, r] == 1:
                settled += 1
        pledged += w.flags[Flag.PLEDGED, r]
    if not reaches_share(tally.owners - objectors, tally.owners, 1.0 - s.strong_objection_limit):
        return False
    if not reaches_share(settled, k.n_structures, s.structures_must_go):
        return False
    return reaches_share(pledged, tally.owners, s.pledges_needed)


@compiled
def test_gates(w: World, c: int, week: int) -> None:
    """Test the votes and gates of the current stage, which may change."""
    k, s = w.compounds[c], w.settings[c]
    if k.stage <= Stage.PLAN:
        if vote_is_open(w, c):
            vote_on_project(w, c, week)
        if ask_for_consent(w, c, week):
            begin_works(w, c, week)
    elif k.stage == Stage.REMOVAL:
        if removal_is_over(w, c, week):
            enforce_removal(w, c, week)
            begin_works(w, c, week)
    elif k.stage == Stage.WORKS:
        if k.progress >= DONE:
            inspect_works(w, c, week)
    elif k.stage == Stage.ACCEPTANCE:
        if week - k.stage_week >= s.acceptance_weeks:
            hand_over(w, c, week)
    elif k.stage == Stage.MANAGEMENT:
        hire_if_vacant(w, c, week)
        dismiss_if_poor(w, c, week)


@compiled
def ask_for_consent(w: World, c: int, week: int) -> bool:
    """Test the willingness gate, then programme gate and legal vote, both in one week if passed; or miss the deadline.

    Returns whether works may begin at once.
    """
    k, s, now = w.compounds[c], w.settings[c], w.now[c]
    if week < k.waiting_until:
        return False
    tally = count_consent(w, c)
    if k.stage == Stage.WILLINGNESS:
        willing = reaches_share(tally.approvals, tally.owners, s.willingness_gate)
        if willing and reaches_share(tally.approvals_area, tally.area, s.willingness_gate):
            enter_stage(w, c, Stage.PLAN, week)
    if k.stage == Stage.PLAN:
        agreed = is_planned(w, c) and programme_gate_passed(w, c, tally)
        if s.ballot_weeks >= 1.0:
            agreed = vote_is_won(w, c, week, agreed)
        else:
            agreed = agreed and passes(tally, int(s.vote_rule), s.alters_common_parts > 0.5)
        if agreed:
            k.gate_week = week
            if now[Instrument.REMOVAL_FIRST] > 0.0 and structures_left(w, c) > 0:
                enter_stage(w, c, Stage.REMOVAL, week)
                return False
            return True
    if week >= k.deadline:
        miss_gate(w, c, week)
    return False


@compiled
def vote_is_won(w: World, c: int, week: int, called: bool) -> bool:
    """The ballot on the project: opened when it is called, counted when its weeks are over. Returns whether it is won.

    called : whether everything else that is needed is there. A lost one may be held again some weeks later.
    """
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    if k.vote_opened >= 0:
        if week < k.vote_opened + int(s.ballot_weeks):
            return False
        k.vote_opened = -1
        if passes(count_votes(w, c), int(s.vote_rule), s.alters_common_parts > 0.5):
            return True
        k.votes_lost += 1
        k.vote_again = week + int(p.ballot_retry_weeks)
    elif called and week >= k.vote_again:
        k.vote_opened = week
        for r in range(k.start, k.stop):
            w.flags[Flag.VOTE, r] = Vote.AWAY + 0
    return False


@compiled
def vote_is_open(w: World, c: int) -> bool:
    """Whether a ballot on the project is open this week."""
    return w.compounds[c].vote_opened >= 0


@compiled
def vote_on_project(w: World, c: int, week: int) -> None:
    """Every household that has not voted yet votes this week, or not."""
    k, p, weeks = w.compounds[c], held(w.parameters[c]), w.settings[c].ballot_weeks
    low, high = k.start, k.stop
    trust, engagement = w.reals[Real.TRUST_OFFICE, low:high], w.reals[Real.ENGAGEMENT, low:high]
    support, disposition = w.reals[Real.SUPPORT, low:high], w.reals[Real.DISPOSITION, low:high]
    votes, tenure = w.flags[Flag.VOTE, low:high], w.flags[Flag.TENURE, low:high]
    come, agree = w.scratch[Scratch.LUCK, : high - low], w.scratch[Scratch.OTHER_LUCK, : high - low]
    for i in range(high - low):
        # one call of the generator: COMPANY_EXIT, PROJECT_TURNOUT, PROJECT_VOTE
        _, come[i], agree[i], _ = four_uniforms(k.seed, k.number, i, week, Purpose.COMPANY_EXIT)
    for i in range(high - low):
        turnout = p_take_part(trust[i], engagement[i], tenure[i] != Tenure.OWNER_OCCUPIED, 0.0, p)
        come[i] = np.float64(come[i] < p_vote_in_week(turnout, weeks))
        agree[i] = np.float64(agree[i] < p_vote_for(support[i], disposition[i], p))
    for i in range(high - low):
        if votes[i] == Vote.AWAY and come[i] == 1.0:
            votes[i] = Vote.FOR + 0 if agree[i] == 1.0 else Vote.AGAINST + 0


@compiled
def count_votes(w: World, c: int) -> Tally:
    """The ballot on the project; where the rule in force says so, silent owners are counted with the majority."""
    k = w.compounds[c]
    cast, cast_area, approvals, approvals_area = 0, 0, 0, 0
    for r in range(k.start, k.stop):
        area = int(w.wholes[Whole.AREA, r])
        if w.flags[Flag.VOTE, r] != Vote.AWAY:
            cast += 1
            cast_area += area
        if w.flags[Flag.VOTE, r] == Vote.FOR:
            approvals += 1
            approvals_area += area
    n = k.stop - k.start
    if int(w.settings[c].silent_owners) == SilentOwners.MAJORITY:
        if 2 * approvals > cast:
            approvals, approvals_area = approvals + n - cast, approvals_area + k.total_area - cast_area
        cast, cast_area = n, k.total_area
    return Tally(n, k.total_area, cast, cast_area, approvals, approvals_area)


@compiled
def removal_is_over(w: World, c: int, week: int) -> bool:
    """Whether nothing is left to remove, or the time for it has run out."""
    k = w.compounds[c]
    return structures_left(w, c) == 0 or week - k.stage_week >= w.settings[c].removal_weeks


@compiled
def miss_gate(w: World, c: int, week: int) -> None:
    """The deadline has passed: drop the project, or wait for the next batch, keeping the signatures."""
    k, s = w.compounds[c], w.settings[c]
    k.vote_opened = -1
    if int(s.on_missed_gate) == MissedGate.DROP:
        enter_stage(w, c, Stage.DROPPED, week)
    else:
        k.waiting_until = week + int(s.batch_wait_weeks)
        k.deadline = k.waiting_until + int(s.deadline_week)
        for r in range(k.start, k.stop):
            # the next vote asks anew: only signers count as having taken part
            w.flags[Flag.RESPONDED, r] = w.flags[Flag.SIGNED, r]
        enter_stage(w, c, Stage.WILLINGNESS, week)


@compiled
def structures_left(w: World, c: int) -> int:
    """Illegal structures not yet removed."""
    k = w.compounds[c]
    structure, removed = w.reals[Real.STRUCTURE, k.start : k.stop], w.flags[Flag.REMOVED, k.start : k.stop]
    left = np.int64(0)
    for i in range(structure.size):
        left += np.int64(structure[i] > 0.0) * (1 - np.int64(removed[i]))
    return int(left)


@compiled
def enforce_removal(w: World, c: int, week: int) -> None:
    """Have remaining structures cleared by law (依法拆改), which costs trust; less so what is compensated.

    Only the competent authority may (Administrative Compulsion Law art. 44).
    """
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    for i in range(k.stop - k.start):
        r = k.start + i
        if w.reals[Real.STRUCTURE, r] > 0.0 and w.flags[Flag.REMOVED, r] == 0:
            if uniform(k.seed, k.number, i, week, Purpose.ENFORCE) < now[Instrument.LAWFUL_ENFORCEMENT]:
                made_good = np.float64(w.reals[Real.MADE_GOOD, r])
                loss = structure_loss(w.reals[Real.STRUCTURE, r], 0.0, made_good, p)
                w.reals[Real.RESENTMENT, r] = resentment_after_enforcement(
                    w.reals[Real.RESENTMENT, r], loss, p
                )
                remove_structure(w, c, r)
                w.reals[Real.TRUST_OFFICE, r] = trust_after_enforcement(
                    w.reals[Real.TRUST_OFFICE, r], made_good, p
                )
                w.reals[Real.REACTANCE, r] = reactance_after_enforcement(
                    w.reals[Real.REACTANCE, r], w.reals[Real.PRONENESS, r], made_good, p
                )


@compiled
def begin_works(w: World, c: int, week: int) -> None:
    """Settle the plan, ask for contributions to stairwells under crowdfunding, and begin the works."""
    settle_plan(w, c)
    if w.now[c, Instrument.CROWDFUNDING] > 0.0:
        appeal_for_stairwells(w, c, week)
    enter_stage(w, c, Stage.WORKS, week)


@compiled
def settle_plan(w: World, c: int) -> None:
    """Close the plan, set each household's cost, collect the money and sign the contract."""
    if w.compounds[c].plan_closed == 0:
        complete_plan(w, c)
    expect_costs(w, c)
    sign_contract(w, c)


@compiled
def count_blocked_risers(w: World, c: int) -> int:
    """Risers with at least one household that has neither signed itself nor been designed around."""
    k = w.compounds[c]
    signed, proxied = w.flags[Flag.SIGNED, k.start : k.stop], w.flags[Flag.PROXIED, k.start : k.stop]
    around, risers = w.flags[Flag.DESIGNED_AROUND, k.start : k.stop], w.wholes[Whole.RISER, k.start : k.stop]
    blocked = np.zeros(k.n_risers, np.uint8)  # marks combined without branches, for speed
    for i in range(signed.size):
        refuses = (1 - signed[i]) | proxied[i]  # a proxy signature lets no builder in
        blocked[np.uint32(risers[i])] |= np.uint8(refuses & (1 - around[i]))
    count = 0
    for q in range(k.n_risers):
        count += blocked[q]
    return count


@compiled
def riser_completed_count(w: World, c: int) -> int:
    """Risers replaced: those no household blocks; all count as done if the plan replaces none inside flats."""
    k = w.compounds[c]
    return k.n_risers - count_blocked_risers(w, c) if risers_in_plan(w, c) else k.n_risers


@compiled
def inspect_works(w: World, c: int, week: int) -> None:
    """Inspect the finished works: set risers completed, delivered quality, infrastructure; enter acceptance."""
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    n = k.stop - k.start
    k.risers_completed = riser_completed_count(w, c)
    fit, contributed = 0.0, 0
    for r in range(k.start, k.stop):
        fit += w.reals[Real.FIT, r]
        contributed += w.flags[Flag.CONTRIBUTED, r]
    unfinished = 1.0 - k.risers_completed / k.n_risers
    k.delivered = delivered_quality(fit / n, k.defects, unfinished, contributed / n, k.contractor, p)
    k.infrastructure = infrastructure_delivered(k.infrastructure, s.infrastructure_after, k.delivered)
    k.nuisance = 0.0
    enter_stage(w, c, Stage.ACCEPTANCE, week)


@compiled
def hand_over(w: World, c: int, week: int) -> None:
    """Acceptance ends: trust in the office answers to what was delivered, and management begins."""
    k, p = w.compounds[c], w.parameters[c]
    surprise = surprise_at_delivery(k.delivered, p)
    for r in range(k.start, k.stop):
        w.reals[Real.TRUST_OFFICE, r] = update_trust(w.reals[Real.TRUST_OFFICE, r], surprise, p)
    begin_management(w, c, week)
    hire_if_vacant(w, c, week)


@compiled
def begin_management(w: World, c: int, week: int) -> None:
    """Close complaints, let pledges raise belief, and part with the old company."""
    k, p = w.compounds[c], w.parameters[c]
    pledged = 0
    for r in range(k.start, k.stop):
        pledged += w.flags[Flag.PLEDGED, r]
        w.flags[Flag.COMPLAINING, r] = 0
    k.open_complaints = 0
    for r in range(k.start, k.stop):
        w.reals[Real.BELIEF, r] = belief_at_handover(
            w.reals[Real.BELIEF, r], pledged / (k.stop - k.start), w.flags[Flag.EXAMPLE, r], p
        )
    part_with_company(w, c)
    k.company_left = 0  # exits before handover do not count, see `ballot_on_hiring_due`
    k.handover_week = week
    enter_stage(w, c, Stage.MANAGEMENT, week)


@compiled
def hire_if_vacant(w: World, c: int, week: int) -> None:
    """Hold a ballot on hiring if one is due; if it passes, a company begins."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    if k.company_present == 1 or int(s.contract) == Contract.STREET_FALLBACK:
        return
    active = max(now[Instrument.JOINT_SELECTION], now[Instrument.OWNERS_COMMITTEE])
    if ballot_on_hiring_due(week - k.stage_week, k.company_left > 0, active, p):
        if hold_ballot(w, c, cast_votes(w, c, week, now[Instrument.JOINT_SELECTION], False)):
            open_service(w, c, week)
            meet_company(w, c)


@compiled
def dismiss_if_poor(w: World, c: int, week: int) -> None:
    """Hold a ballot on dismissing a company after poor service for long (Civil Code art. 278, 946)."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    if k.company_present == 0:
        return
    if ballot_on_dismissal_due(now[Instrument.OWNERS_COMMITTEE], k.poor_bills, k.notice_week >= 0, p):
        if hold_ballot(w, c, cast_votes(w, c, week, now[Instrument.OWNERS_COMMITTEE], True)):
            dismiss(w, c, week)


@compiled
def cast_votes(w: World, c: int, week: int, organised: float, dismissing: bool) -> np.ndarray:
    """What every household does in a written ballot on hiring or dismissing the company: a `Vote` each. uint8.

    organised : how far it is carried from door to door; dismissing : the question, else hiring
    """
    k, p = w.compounds[c], w.parameters[c]
    attends, decides = Purpose.BALLOT_ATTEND + 0, Purpose.BALLOT + 0
    if dismissing:
        attends, decides = Purpose.DISMISS_ATTEND + 0, Purpose.DISMISS + 0
    votes = np.zeros(k.stop - k.start, np.uint8)
    for i in range(votes.size):
        r = k.start + i
        absent = w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED
        chance = p_take_part(w.reals[Real.TRUST_OFFICE, r], w.reals[Real.ENGAGEMENT, r], absent, organised, p)
        if uniform(k.seed, k.number, i, week, attends) >= chance:
            continue
        if dismissing:
            chance = p_dismiss(w.reals[Real.TRUST_COMPANY, r], p)
        else:
            chance = p_approve(w.reals[Real.SUPPORT, r], w.reals[Real.TRUST_COMPANY, r], organised, p)
        votes[i] = Vote.AGAINST + 0
        if uniform(k.seed, k.number, i, week, decides) < chance:
            votes[i] = Vote.FOR + 0
    return votes


@compiled
def hold_ballot(w: World, c: int, votes: np.ndarray) -> bool:
    """Count a written ballot, an ordinary matter of Civil Code art. 278; returns whether it passes.

    votes : a `Vote` each. Either way the count of bills with poor service starts anew.
    """
    k = w.compounds[c]
    k.ballots += 1
    k.poor_bills = 0
    participants, participants_area, approvals, approvals_area = 0, 0, 0, 0
    for i in range(votes.size):
        area = int(w.wholes[Whole.AREA, k.start + i])
        if votes[i] != Vote.AWAY:
            participants += 1
            participants_area += area
        if votes[i] == Vote.FOR:
            approvals += 1
            approvals_area += area
    tally = Tally(votes.size, k.total_area, participants, participants_area, approvals, approvals_area)
    return passes(tally, law_of_hiring(int(w.settings[c].vote_rule)), False)


@compiled
def open_service(w: World, c: int, week: int) -> None:
    """A company begins, with fixed first effort and quality; nothing is billed during a trial."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    k.company_present = 1
    k.effort = p.handover_effort
    k.quality = p.handover_quality
    k.fee = s.fee
    k.trial_until = week + int(p.trial_weeks * now[Instrument.TRIAL_THEN_PAY] + 0.5)


@compiled
def meet_company(w: World, c: int) -> None:
    """Form everybody's trust in a company that has just been hired."""
    k, p, joint = w.compounds[c], w.parameters[c], w.now[c, Instrument.JOINT_SELECTION]
    for r in range(k.start, k.stop):
        w.reals[Real.TRUST_COMPANY, r] = opening_trust(
            w.reals[Real.TRUST_COMPANY, r], w.reals[Real.TRUST_OFFICE, r], joint, p
        )


@compiled
def dismiss(w: World, c: int, week: int) -> None:
    """Dismiss the company: notice runs (60 days, Civil Code art. 946) and cannot be withdrawn."""
    k = w.compounds[c]
    k.dismissed = 1
    k.companies_dismissed += 1
    k.notice_week = week
    k.notice_final = 1
