"""The plain-Python twin of the compiled engine: the same weekly order, as loops over Mesa agents.

Every decision is an agent's method, so a subclass that overrides one changes it here. What is only counted,
measured or booked is left to the functions of the compiled engine. Sums are made in the same order as there,
so that both engines agree to the last bit.
"""

from itertools import compress
from typing import Any, Protocol

from agents.categories import Consultation, Contract, DunningStep, Stage
from agents.columns import Surroundings
from agents.owners_committee import OwnersCommittee
from agents.property_company import PropertyCompany
from agents.resident import Resident, Voices
from agents.rules.property_company import infrastructure_after_bill
from agents.rules.resident import bill_fen, ladder_force, ladder_step, nudge_logit, old_debt_settled
from agents.rules.street_office import hours_needed
from agents.street_office import StreetOffice
from compiling.compiled import compiled
from model.menu import N_ITEMS
from model.week import (
    billing,
    deliberation,
    district,
    finance,
    lifts,
    mobilisation,
    outcomes,
    signing,
    stages,
    works,
)
from model.week.billing import is_billing_week, openness, remember_bill
from model.week.mobilisation import spread_example
from model.week.opinion import group_means, mean_of, place_means, voices_of_groups
from model.week.voting import Tally, law_of_hiring, passes, reaches_share
from model.world.state import World


class Society(Surroundings, Protocol):
    """What the loop needs of a model: its arrays, its agents, and what agents may ask. `CommunityModel` is one."""

    #: the arrays that the compiled engine works on
    world: World
    office: StreetOffice
    company: PropertyCompany
    committee: OwnersCommittee
    #: weeks in a run
    horizon_weeks: int

    def column(self, name: str) -> Any:
        """One number of every household, in building order."""

    def forget_ties(self) -> None:
        """Look ties up anew: acquaintances have been made."""


def scripted_events(model: Society) -> None:
    """Deadlines, shocks and policy changes listed in the scenario; which instruments are in force this week."""
    mobilisation.scripted_events(model.world, 0, model.week)


def allocate_effort(model: Society) -> None:
    """The street office divides its hours; who is visited, and whether there is a meeting."""
    compound = model.compound
    district.share_hours(model.world, 0, model.week)
    district.show_finished(model.world, 0)
    for resident in model.residents:
        resident.visited = False
    compound.visits_now = 0
    hours = model.office.allocate_effort()
    staff = max(hours - model.office.given, 0.0)
    compound.hours += hours
    compound.staff_hours += staff
    compound.public_spending += int(staff * model.settings.yuan_per_hour * 100.0 + 0.5)


def mobilise(model: Society) -> None:
    """Visits, meetings, demonstration and publicity reach people; pressure, fairness and engagement follow."""
    compound, now = model.compound, model.now
    meeting = compound.meeting_now == 1
    open_to_sign = compound.stage <= Stage.WORKS and model.week >= compound.waiting_until
    for resident in model.residents:
        resident.begin_week()
        if resident.visited:
            resident.receive_visit()
        if meeting:
            resident.attend()
        if open_to_sign and (not resident.signed or resident.proxied):
            resident.present_itself()
        if resident.asked:
            resident.responded = True
        resident.settle_feelings()
    if now.pioneers > 0.0 and model.office.mobilising:
        acted = sum(resident.act_first() for resident in model.residents)
        compound.acted_first += acted
        if acted > 0:
            spread_example(model.world, 0)
    if model.week % mobilisation.MONTH_WEEKS == mobilisation.MONTH_WEEKS - 1:
        if now.demonstration_visits > 0.0 and compound.shown > 0.0:
            for resident in model.residents:
                resident.join_demonstration(compound.shown)
        if now.activity_groups > 0.0 or now.volunteering > 0.0:
            mobilisation.make_acquaintances(model.world, 0, model.week)
            model.forget_ties()


def deliberate(model: Society) -> None:
    """Collect suggestions, adopt items, publish; plan and fit change."""
    compound, settings, now = model.compound, model.settings, model.now
    planned = now.consultation == 0.0 or compound.rounds_done >= settings.consultation_rounds
    if not planned and model.office.mobilising and compound.stage <= Stage.PLAN:
        for resident in model.residents:
            item = resident.suggest()
            if item >= 0:
                compound.wanted[item] += 1
                compound.suggestions_round += 1
                compound.suggestions += 1
    if model.office.holds_meeting:
        close_round(model)
    planned = now.consultation == 0.0 or compound.rounds_done >= settings.consultation_rounds
    if compound.stage == Stage.PLAN and not compound.plan_closed and planned:
        deliberation.complete_plan(model.world, 0)
    if compound.stage <= Stage.REMOVAL:
        deliberation.expect_costs(model.world, 0)


def close_round(model: Society) -> None:
    """A meeting closes a round: the office adopts and publishes, residents judge."""
    compound, office = model.compound, model.office
    compound.rounds_done += 1
    if compound.suggestions_round == 0:
        return
    had_money = any(model.affordable(item) for item in range(N_ITEMS))
    token = model.choice("consultation") == Consultation.TOKEN
    wanted = compound.wanted.tolist()
    taken = office.adopt_favourites(wanted) if token else office.adopt_suggestions(wanted)
    compound.suggestions_adopted += taken
    compound.suggestions_round = 0
    deliberation.update_fit(model.world, 0)
    if had_money:
        response = compound.suggestions_adopted / compound.suggestions
        for resident in model.residents:
            resident.judge_round(response)


def influence(model: Society) -> None:
    """Private support moves under project utility and what neighbours voice, all at once."""
    voices = group_voices(model)
    for resident in model.residents:
        resident.hear_neighbours(voices)
    for resident in model.residents:
        resident.update_support()


def voice(model: Society) -> None:
    """Expressed opinion forms."""
    for resident in model.residents:
        resident.speak()


def sign_and_withdraw(model: Society) -> None:
    """Asked households sign, one after another in random order; owners remove structures; the regretful withdraw."""
    compound, now = model.compound, model.now
    if compound.stage > Stage.WORKS:
        return
    asked = [resident for resident in model.residents if resident.asked]
    asked.sort(key=lambda resident: resident.draw("sign_order"))
    size, signed = [0] * compound.n_stairwells, [0] * compound.n_stairwells
    for resident in model.residents:
        size[resident.stairwell] += 1
        signed[resident.stairwell] += resident.signed
    for resident in asked:
        stairwell = resident.stairwell
        if not resident.signed or resident.proxied:
            before = resident.signed
            if resident.consider_signing(signed[stairwell] / size[stairwell]):
                signed[stairwell] += not before
    if now.removal_first > 0.0 and compound.stage <= Stage.REMOVAL:
        removed_share = signing.removed_so_far(model.world, 0)
        for resident in asked:
            resident.consider_removing(removed_share)
    if now.proxy_signing > 0.0 and model.office.mobilising:
        model.office.sign_for_absentees()
    first_week_of_works = compound.stage == Stage.WORKS and compound.stage_week == model.week - 1
    for resident in model.residents:
        if resident.signed:
            resident.consider_withdrawing(first_week_of_works)


def test_gates(model: Society) -> None:
    """Legal votes and programme gates; the stage may change."""
    compound, settings, week = model.compound, model.settings, model.week
    if compound.stage <= Stage.PLAN:
        if week >= compound.waiting_until:
            ask_for_consent(model)
    elif compound.stage == Stage.REMOVAL:
        cleared = stages.structures_left(model.world, 0) == 0
        if cleared or week - compound.stage_week >= settings.removal_weeks:
            model.office.enforce_removal()
            begin_works(model)
    elif compound.stage == Stage.WORKS:
        if compound.progress >= stages.DONE:
            inspect_works(model)
            enter_stage(model, Stage.ACCEPTANCE)
    elif compound.stage == Stage.ACCEPTANCE:
        if week - compound.stage_week >= settings.acceptance_weeks:
            hand_over(model)
    elif compound.stage == Stage.MANAGEMENT:
        hire_if_vacant(model)
        dismiss_if_poor(model)


def construct(model: Society) -> None:
    """Works advance; people complain, complaints are settled or cost trust; stairwells decide on lifts."""
    compound, p, now = model.compound, model.parameters, model.now
    lifts.build_lifts(model.world, 0, model.week)
    if compound.stage <= Stage.WORKS:
        compound.nuisance = works.nuisance_level(model.world, 0)
    if compound.stage not in (Stage.WORKS, Stage.ACCEPTANCE):
        return
    settled = works.settled_share(now.mediation, now.project_branch, p)
    still_open = 0
    for resident in model.residents:
        if resident.complaining:
            still_open += resident.await_answer(settled)
        elif resident.complain():
            compound.complaints += 1
            still_open += 1
    compound.open_complaints = still_open
    compound.complaint_weeks += still_open
    if compound.stage == Stage.ACCEPTANCE:
        return
    for resident in model.residents:
        resident.is_designed_around()
    before = compound.progress
    weeks, branch = compound.works_weeks, now.project_branch
    done = works.weekly_progress(still_open, len(model.residents), weeks, branch, p)
    compound.progress = min(before + done, 1.0)
    share = works.defective_share(
        now.supervision_team, now.third_party_supervision, now.build_manage_integration, p
    )
    compound.defects += share * (compound.progress - before)
    works.pay_third_party(model.world, 0, compound.progress - before)
    while works.review_due(model.world, 0):
        review_works(model)


def review_works(model: Society) -> None:
    """Residents and builders go through what is wrong: some defects are mended, some complaints settled."""
    compound, p, review = model.compound, model.parameters, model.now.stage_review
    compound.reviews_done += 1
    hours = model.settings.meeting_hours
    compound.hours_owed += hours_needed(hours, review, len(model.residents), p)
    compound.defects = works.defects_after_review(compound.defects, review, p)
    for resident in model.residents:
        if resident.complaining and not resident.review(p.review_settles * review):
            compound.open_complaints -= 1


def serve_and_bill(model: Society) -> None:
    """A billing period ends: quality, bills, payment, beliefs, habits, company cash, effort, exit."""
    compound, company, p = model.compound, model.company, model.parameters
    if company.notice_is_over:
        company.leave()
    if not billing_week(model.world, 0, model.week):
        settle_companies(model)
        return
    billing.rest_before_management(model.world, 0)
    compound.infrastructure = infrastructure_after_bill(compound.infrastructure, company.quality, p)
    if company.present:
        company.serve()
    else:
        company.quality += p.quality_lag * (p.fallback_quality - company.quality)
    in_trial = company.in_trial
    bills = company.present and company.fee > 0.0 and not in_trial
    issue_bills(model, bills)
    if not bills:
        for resident in model.residents:
            resident.forget_paying()
    if int(model.settings.contract) == Contract.SELF_MANAGED:
        compound.mean_engagement = mean_of(model.column("engagement"))
    if company.present:
        learn_from_bills(model, bills, in_trial)
        billing.settle_accounts(model.world, 0, in_trial)
    keep_bill(model.world, 0, model.week)
    settle_companies(model)


def settle_companies(model: Society) -> None:
    """After all have billed: bundles pool their accounts, companies decide, the books are audited."""
    if district.pools(model.world, 0, model.week):
        unit = billing.full_collection(model.world, 0)
        model.company.decide(model.compound.balance_now / unit, model.compound.cash / unit)
    if billing_week(model.world, 0, model.week) or model.week + 1 == model.horizon_weeks:
        model.compound.audit += finance.audit(model.world, 0)


def turnover(model: Society) -> None:
    """Households move in and out; after renovation some owners return to flats they had rented out."""
    if not billing_week(model.world, 0, model.week):
        return
    years = model.settings.billing_interval_weeks / 52.0
    for resident in model.residents:
        resident.move(years)


def observe(model: Society) -> None:
    """Measure the week; nothing in the model reads what is written here."""
    outcomes.observe(model.world, 0, model.week)


# -- parts of the processes above -------------------------------------------------------------------------


def group_voices(model: Society) -> Voices:
    """What stairwells, buildings, the WeChat group, activity groups and the Party branch voice on average."""
    column, compound = model.column, model.compound
    voiced = column("voiced")

    groups = voices_of_groups(voiced, column("wechat"), column("in_activity"), column("party"))
    wechat, activity, branch = (mean if there == 1.0 else None for mean, there in groups)
    stairwells, buildings = place_means(
        voiced, column("stairwell"), column("building"), compound.n_stairwells, compound.n_buildings
    )
    return Voices(
        stairwells=stairwells.tolist(),
        buildings=buildings.tolist(),
        wechat=wechat,
        activity=activity,
        branch=branch,
    )


def enter_stage(model: Society, stage: Stage) -> None:
    """Change the stage and note when."""
    model.compound.stage = int(stage)
    model.compound.stage_week = model.week


def ask_for_consent(model: Society) -> None:
    """The willingness gate, then programme gate and legal vote; a deadline missed has its consequence."""
    compound, settings, now, week = model.compound, model.settings, model.now, model.week
    tally = Tally(*map(int, stages.count_consent(model.world, 0)))
    if compound.stage == Stage.WILLINGNESS:
        willing = reaches_share(tally.approvals, tally.owners, settings.willingness_gate)
        if willing and reaches_share(tally.approvals_area, tally.area, settings.willingness_gate):
            enter_stage(model, Stage.PLAN)
    if compound.stage == Stage.PLAN:
        planned = now.consultation == 0.0 or compound.rounds_done >= settings.consultation_rounds
        special = settings.alters_common_parts > 0.5
        agreed = passes(tally, int(settings.vote_rule), special)
        if planned and agreed and stages.programme_gate_passed(model.world, 0, tally):
            compound.gate_week = week
            if now.removal_first > 0.0 and stages.structures_left(model.world, 0) > 0:
                enter_stage(model, Stage.REMOVAL)
            else:
                begin_works(model)
    if compound.stage <= Stage.PLAN and week >= compound.deadline:
        stages.miss_gate(model.world, 0, week)


def begin_works(model: Society) -> None:
    """Close the plan, collect the money, sign the contract; stairwells may be asked to give."""
    compound, p = model.compound, model.parameters
    if not compound.plan_closed:
        deliberation.complete_plan(model.world, 0)
    deliberation.expect_costs(model.world, 0)
    finance.sign_contract(model.world, 0)
    if model.now.crowdfunding > 0.0:
        asked = int(p.contribution_yuan * 100.0 + 0.5)
        for resident in model.residents:
            if resident.contributes():
                works.book_contribution(model.world, 0, resident.row, asked)
    enter_stage(model, Stage.WORKS)


def inspect_works(model: Society) -> None:
    """Works are over: which risers were completed, what quality was delivered, what it does for the compound."""
    compound, p, residents = model.compound, model.parameters, model.residents
    compound.risers_completed = stages.riser_completed_count(model.world, 0)
    unfinished = 1.0 - compound.risers_completed / compound.n_risers
    fit = 0.0
    for resident in residents:
        fit += resident.fit
    compound.delivered = stages.delivered_quality(
        fit / len(residents),
        compound.defects,
        unfinished,
        sum(resident.contributed for resident in residents) / len(residents),
        compound.contractor,
        p,
    )
    compound.infrastructure = stages.infrastructure_delivered(
        compound.infrastructure, model.settings.infrastructure_after, compound.delivered
    )
    compound.nuisance = 0.0


def hand_over(model: Society) -> None:
    """Acceptance is signed: what was delivered meets what was promised, and management begins."""
    compound, p, residents = model.compound, model.parameters, model.residents
    surprise = p.delivery_surprise * (compound.delivered - p.promised_quality)
    for resident in residents:
        resident.judge_delivery(surprise)
        resident.complaining = False
    compound.open_complaints = 0
    pledged = sum(resident.pledged for resident in residents)
    for resident in residents:
        resident.belief = stages.belief_at_handover(
            resident.belief, pledged / len(residents), resident.sees_example, p
        )
    compound.written_off -= compound.cash
    compound.cash = 0
    compound.company_present = 0
    compound.company_left = 0
    compound.notice_week = -1
    compound.notice_final = 0
    compound.dismissed = 0
    compound.poor_bills = 0
    compound.handover_week = model.week
    enter_stage(model, Stage.MANAGEMENT)
    hire_if_vacant(model)


def hire_if_vacant(model: Society) -> None:
    """The committee calls a ballot when one is due; the law decides whether it passes, and a company begins."""
    if not model.committee.ballot_due():
        return
    ballot = model.committee.call_ballot()
    tally = Tally(len(model.residents), model.compound.total_area, *ballot)
    if passes(tally, law_of_hiring(int(model.settings.vote_rule)), False):
        p = model.parameters
        trial_weeks = int(p.trial_weeks * model.now.trial_then_pay + 0.5)
        model.company.take_over(p.handover_effort, p.handover_quality, trial_weeks)
        for resident in model.residents:
            resident.meet_company()


def dismiss_if_poor(model: Society) -> None:
    """The committee calls a ballot on dismissing a company that has served poorly for long."""
    if not model.committee.dismissal_due():
        return
    model.compound.poor_bills = 0
    ballot = model.committee.call_dismissal()
    tally = Tally(len(model.residents), model.compound.total_area, *ballot)
    if passes(tally, law_of_hiring(int(model.settings.vote_rule)), False):
        model.company.accept_dismissal()


def issue_bills(model: Society, bills: bool) -> None:
    """Bill every dwelling, and each decides; nobody is billed without a company or in a trial."""
    compound, p, settings, now = model.compound, model.parameters, model.settings, model.now
    months = settings.billing_interval_weeks * billing.MONTHS_PER_WEEK
    true_rate = compound.paid_now / compound.billed_now if compound.billed_now > 0 else 0.0
    nudge = nudge_logit(now.reminders, now.norm_messages, true_rate, p)
    points = now.points if compound.stage == Stage.MANAGEMENT else 0.0
    if points * p.points_yuan * len(model.residents) > compound.money_left:
        points = 0.0
    amounts, paid, suits = [], [], 0
    compound.received_now = 0
    for resident in model.residents:
        resident.billed = bills
        resident.paid = False
        if bills:
            share = model.company.share_billed(resident.tenure)
            bill = bill_fen(compound.fee, resident.area_hundredths, months, share)
            owed = resident.arrears_fen
            bills_owed = owed // max(bill, 1)
            step = ladder_step(bills_owed, p) if now.lawful_dunning > 0.0 else DunningStep.NOTHING_OWED
            force = ladder_force(step, now.lawful_dunning, p)
            resident.paid = resident.pay_bill(nudge, force, points)
            if owed == 0:
                resident.sued = False
            elif step == DunningStep.SUIT and not resident.sued:
                resident.sued = True
                suits += 1
            amounts.append(bill)
            paid.append(resident.paid)
            resident.billed_total_fen += bill
            resident.arrears_fen += bill
            if resident.paid:
                old = old_debt_settled(owed, bill, step) if resident.repays(force) else 0
                pay(model, resident, bill + old)
    compound.suits += suits
    compound.suits_now = suits
    spent = points * p.points_yuan * sum(paid)
    compound.money_left -= spent
    compound.public_spending += int(spent * 100.0 + 0.5)
    areas = model.column("area").tolist() if bills else []
    compound.billed_now, compound.paid_now = len(amounts), sum(paid)
    compound.money_billed_now, compound.money_paid_now = sum(amounts), sum(compress(amounts, paid))
    compound.area_billed_now, compound.area_paid_now = sum(areas), sum(compress(areas, paid))


def pay(model: Society, resident: Resident, fen: int) -> None:
    """A household's payment reaches the company's account."""
    resident.arrears_fen -= fen
    resident.paid_total_fen += fen
    model.compound.fees_received += fen
    model.compound.received_now += fen
    model.compound.cash += fen


def learn_from_bills(model: Society, bills: bool, in_trial: bool) -> None:
    """Habit, belief and trust in the company after a billing period."""
    compound = model.compound
    open_books = openness(model.world, 0)
    true_rate = compound.paid_now / compound.billed_now if compound.billed_now > 0 else 0.0
    stairwells = model.column("stairwell")
    by_stairwell = group_means(model.column("paid"), stairwells, compound.n_stairwells).tolist()
    for resident in model.residents:
        if bills:
            resident.learn_from_bill(true_rate, by_stairwell[resident.stairwell], open_books)
        else:
            resident.learn_without_bill(open_books, in_trial)


# -- what the compiled engine counts, for one compound ----------------------------------------------------


@compiled
def billing_week(w: World, c: int, week: int) -> bool:
    """Whether a billing period ends with this week."""
    return is_billing_week(w.settings[c], week)


@compiled
def keep_bill(w: World, c: int, week: int) -> None:
    """Keep this bill among those of the trailing year."""
    remember_bill(w.compounds[c], w.settings[c], week)
