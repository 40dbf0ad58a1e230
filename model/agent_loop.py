"""The plain-Python twin of the compiled engine: the same weekly order, as loops over Mesa agents.

Every decision is an agent's method, so a subclass that overrides one changes it here. What follows from decisions
(counting, measuring, booking) calls the functions of the compiled engine. Sums are added in the same order as there,
so that both engines agree to the last bit.
"""

from typing import Protocol

import numpy as np

from agents.categories import Consultation, Contract, Stage, Vote
from agents.columns import Surroundings
from agents.owners_committee import OwnersCommittee
from agents.property_company import PropertyCompany
from agents.resident import Voices
from agents.rules.resident import ladder_force, refusals_of_withdrawing
from agents.rules.street_office import visits_affordable
from agents.street_office import StreetOffice
from model.week import (
    billing,
    deliberation,
    district,
    lifts,
    mobilisation,
    outcomes,
    signing,
    stages,
    works,
)
from model.week import turnover as moves
from model.week.opinion import group_shares, voices_of_groups
from model.world.state import Listed, World


class Society(Surroundings, Protocol):
    """What the loop needs of a model: its arrays, its agents, and what agents may ask. `CommunityModel` is one."""

    #: the arrays that the compiled engine works on
    world: World
    office: StreetOffice
    company: PropertyCompany
    committee: OwnersCommittee
    #: the engine's numbers of every household by name, in building order
    arrays: dict[str, np.ndarray]

    def forget_ties(self) -> None:
        """Drop cached ties, since new acquaintances have been made."""


def scripted_events(model: Society) -> None:
    """Set which instruments are in force this week, then apply the scenario's events of this week."""
    mobilisation.scripted_events(model.world, 0, model.week)


def allocate_effort(model: Society) -> None:
    """Divide the compound's hours of the week among a meeting, devices and visits, and mark who is visited."""
    world, office = model.world, model.office
    district.share_hours(world, 0, model.week)
    district.show_finished(world, 0)
    mobilisation.forget_visits(world, 0)
    world.compounds["mobilising"][0] = office.is_mobilising()
    mobilisation.hurry(world, 0, office.hurries())
    given = office.hours_given
    available = office.hours_available(given)
    left = mobilisation.meet(world, 0, available, available > 0.0 and office.meeting_due())
    left = office.divide_hours(left)
    if office.mobilising:
        left -= visit(model, left * model.now.home_visits)
    mobilisation.book_hours(world, 0, available - left, given)


def mobilise(model: Society) -> None:
    """Visits, meetings and publicity reach households; feelings and first actions follow; monthly, tours and ties."""
    world, compound, now = model.world, model.compound, model.now
    meeting = compound.meeting_now == 1
    in_stairwells = shares_of_stairwells(model, "signed")
    open_to_sign = compound.stage <= Stage.WORKS and model.week >= compound.waiting_until
    mobilisation.begin_week(world, 0)
    # one household after another gives what the engine gives process by process: none acts on another here
    for resident in model.residents:
        if resident.visited:
            resident.receive_visit()
        if meeting and resident.attend():
            resident.attended = resident.asked = True
            resident.n_voiced += 1
        if (
            open_to_sign
            and (not resident.signed or resident.proxied)
            and resident.present_itself(in_stairwells[resident.stairwell])
        ):
            resident.asked = True
    mobilisation.note_answers(world, 0)
    for resident in model.residents:
        resident.settle_feelings()
    if now.pioneers > 0.0 and model.office.mobilising:
        act_first(model)
    if model.week % mobilisation.MONTH_WEEKS == mobilisation.MONTH_WEEKS - 1:
        if now.demonstration_visits > 0.0 and compound.shown > 0.0:
            for resident in model.residents:
                if resident.join_demonstration(compound.shown):
                    resident.shown = compound.shown
        if now.activity_groups > 0.0 or now.volunteering > 0.0:
            mobilisation.make_acquaintances(world, 0, model.week)
            model.forget_ties()


def deliberate(model: Society) -> None:
    """Collect suggestions; at a meeting close the round; close the plan when due; set what it costs households."""
    world, compound, office = model.world, model.compound, model.office
    if office.takes_suggestions():
        for resident in model.residents:
            item = resident.suggest()
            if item >= 0:
                deliberation.note_suggestion(world, 0, resident.row, item)
    if office.holds_meeting:
        close_round(model)
    if compound.stage == Stage.PLAN and not compound.plan_closed and not office.is_consulting():
        deliberation.complete_plan(world, 0)
    if compound.stage <= Stage.REMOVAL:
        deliberation.expect_costs(world, 0)


def influence(model: Society) -> None:
    """Update all private support synchronously, from project utility and what ties and groups voiced last week."""
    voices = group_voices(model)
    for resident in model.residents:
        resident.hear_neighbours(voices)
    for resident in model.residents:
        resident.update_support()


def voice(model: Society) -> None:
    """Form the opinion every household voices."""
    for resident in model.residents:
        resident.speak()


def sign_and_withdraw(model: Society) -> None:
    """Asked households sign in random order, each seeing those before; then removal, proxies and withdrawal."""
    world, compound, now = model.world, model.compound, model.now
    if compound.stage > Stage.WORKS:
        return
    asked = [resident for resident in model.residents if resident.asked]
    asked.sort(key=lambda resident: resident.draw("sign_order"))
    size, signed = [0] * compound.n_stairwells, [0] * compound.n_stairwells
    for resident in model.residents:
        size[resident.stairwell] += 1
        signed[resident.stairwell] += resident.signed
    for resident in asked:
        stairwell, before = resident.stairwell, resident.signed
        if before and not resident.proxied:
            continue
        if resident.consider_signing(signed[stairwell] / size[stairwell]):
            signing.book_signature(world, resident.row, resident.pledges())
            resident.resent_signing()
            signed[stairwell] += not before
        else:
            neighbours = resident.neighbours_signed(signed[stairwell] / size[stairwell])
            signing.book_refusal(world, 0, resident.row, resident.what_it_knows(neighbours), 1)
    if now.removal_first > 0.0 and compound.stage <= Stage.REMOVAL:
        removed_share = signing.removed_so_far(world, 0)
        for resident in asked:
            if resident.consider_removing(removed_share):
                mobilisation.remove_structure(world, 0, resident.row)
    if now.proxy_signing > 0.0 and model.office.mobilising:
        for resident in model.residents:
            if model.office.signs_for(resident):
                signing.book_proxy(world, resident.row)
                signed[resident.stairwell] += 1
    first_week_of_works = compound.stage == Stage.WORKS and compound.stage_week == model.week - 1
    plan_changed = signing.note_plan(world, 0)
    withdrawn = refusals_of_withdrawing(model.parameters)
    for resident in model.residents:
        if resident.proxied:
            if resident.finds_proxy():
                resident.resent_proxy()
                signing.strike_signature(world, 0, resident.row)
                signed[resident.stairwell] -= 1
        elif resident.signed and resident.consider_withdrawing(first_week_of_works, plan_changed):
            signing.strike_signature(world, 0, resident.row)
            signed[resident.stairwell] -= 1
            neighbours = resident.neighbours_signed(signed[resident.stairwell] / size[resident.stairwell])
            signing.book_refusal(world, 0, resident.row, resident.what_it_knows(neighbours), withdrawn)


def test_gates(model: Society) -> None:
    """Test the votes and gates of the current stage, which may change."""
    world, compound, week = model.world, model.compound, model.week
    if compound.stage <= Stage.PLAN:
        if stages.vote_is_open(world, 0):
            for resident in model.residents:
                if resident.vote == Vote.AWAY:
                    resident.vote = resident.vote_on_project()
        if stages.ask_for_consent(world, 0, week):
            begin_works(model)
    elif compound.stage == Stage.REMOVAL:
        if stages.removal_is_over(world, 0, week):
            enforce_removal(model)
            begin_works(model)
    elif compound.stage == Stage.WORKS:
        if compound.progress >= stages.DONE:
            stages.inspect_works(world, 0, week)
    elif compound.stage == Stage.ACCEPTANCE:
        if week - compound.stage_week >= model.settings.acceptance_weeks:
            hand_over(model)
    elif compound.stage == Stage.MANAGEMENT:
        hire_if_vacant(model)
        dismiss_if_poor(model)


def construct(model: Society) -> None:
    """Build lifts and vote on new ones, set nuisance, handle complaints, and advance and review the works."""
    world, compound = model.world, model.compound
    lifts.build_lifts(world, 0, model.week)
    works.update_nuisance(world, 0)
    if compound.stage in (Stage.WORKS, Stage.ACCEPTANCE):
        complain(model)
    if compound.stage == Stage.WORKS:
        for resident in model.residents:
            if resident.look_for_way_round():
                resident.designed_around = True
        works.build(world, 0)
        while works.review_due(world, 0):
            review_works(model)


def serve_and_bill(model: Society) -> None:
    """Let a company under notice leave; at the end of a billing period, serve, bill, pay, learn, settle, decide."""
    world, week = model.world, model.week
    billing.end_notice(world, 0, week)
    if billing.is_billing_week(world, 0, week):
        billing.serve(world, 0)
        in_trial, bills = billing.is_in_trial(world, 0, week), billing.issues_bills(world, 0, week)
        nudge = billing.nudge_of_period(world, 0)
        billing.open_period(world, 0)
        if bills:
            issue_bills(model, nudge)
        else:
            for resident in model.residents:
                resident.forget_paying()
        if int(model.settings.contract) == Contract.SELF_MANAGED:
            billing.measure_engagement(world, 0)
        if model.company.present:
            learn_from_bills(model, bills, in_trial)
            billing.settle_accounts(world, 0, in_trial)
        billing.remember_bill(world, 0, week)
    settle_companies(model)


def turnover(model: Society) -> None:
    """Households move in and out; after renovation some owners return to flats they had rented out."""
    if not billing.is_billing_week(model.world, 0, model.week):
        return
    years = model.settings.billing_interval_weeks / 52.0
    for resident in model.residents:
        returning = resident.returns(years)
        if returning or resident.moves(years):
            moves.hand_over_dwelling(model.world, 0, model.week, resident.row, returning)
            resident.form_first_opinion()


def observe(model: Society) -> None:
    """Measure the week; nothing in the model reads what is written here."""
    outcomes.observe(model.world, 0, model.week)


# -- parts of the processes above -------------------------------------------------------------------------


def visit(model: Society, hours: float) -> float:
    """Mark whom the office visits within these hours; returns the hours the visits take."""
    office = model.office
    reachable = office.reachable()
    if hours < model.settings.visit_hours or not reachable:
        return 0.0
    each = office.hours_of_visit(reachable)
    chosen = office.choose_visits(reachable, visits_affordable(hours, each, len(reachable)))
    for resident in chosen:
        mobilisation.send_visitor(model.world, resident.row)
    mobilisation.book_visits(model.world, 0, len(chosen), len(reachable))
    return each * len(chosen)


def act_first(model: Society) -> None:
    """Willing pioneers may sign and remove their own structure before others, where neighbours see it."""
    before = model.compound.acted_first
    for resident in model.residents:
        if resident.acts_first():
            mobilisation.book_first_action(model.world, 0, resident.row, resident.pledges())
    if model.compound.acted_first > before:
        mobilisation.spread_example(model.world, 0)


def close_round(model: Society) -> None:
    """A meeting closes a round: the office adopts items, residents judge it by the share of suggestions adopted."""
    world, compound, office = model.world, model.compound, model.office
    world.compounds["rounds_done"][0] += 1
    if compound.suggestions_round == 0:
        return
    had_money = deliberation.anything_affordable(world, 0)
    token = model.choice("consultation") == Consultation.TOKEN
    wanted = compound.wanted.tolist()
    taken = office.adopt_favourites(wanted) if token else office.adopt_suggestions(wanted)
    deliberation.book_round(world, 0, taken)
    if had_money:
        response = compound.suggestions_adopted / compound.suggestions
        for resident in model.residents:
            resident.judge_round(response)


def shares_of_stairwells(model: Society, mark: str) -> np.ndarray:
    """Share of households with a mark in each stairwell. float64, shape (stairwells,)."""
    size, shares = np.empty((2, model.compound.n_stairwells))
    group_shares(model.arrays[mark], model.arrays["stairwell"], size, shares)
    return shares


def group_voices(model: Society) -> Voices:
    """Mean voiced opinion of stairwells, buildings, WeChat group, activity groups and Party branch."""
    arrays, compound = model.arrays, model.compound
    stairwells, buildings = np.empty(compound.n_stairwells), np.empty(compound.n_buildings)
    groups = voices_of_groups(
        arrays["voiced"],
        arrays["stairwell"],
        arrays["building"],
        arrays["wechat"],
        arrays["in_activity"],
        arrays["party"],
        stairwells,
        buildings,
        *np.empty((3, len(arrays["voiced"]))),
    )
    wechat, activity, branch = (mean if there == 1.0 else None for mean, there in groups)
    return Voices(
        stairwells=stairwells.tolist(),
        buildings=buildings.tolist(),
        wechat=wechat,
        activity=activity,
        branch=branch,
    )


def enforce_removal(model: Society) -> None:
    """Have remaining structures cleared by law, where the office enforces it."""
    for resident in model.residents:
        if model.office.enforces(resident):
            mobilisation.remove_structure(model.world, 0, resident.row)
            resident.resent_enforcement()


def begin_works(model: Society) -> None:
    """Settle the plan, ask for contributions to stairwells under crowdfunding, and begin the works."""
    stages.settle_plan(model.world, 0)
    if model.now.crowdfunding > 0.0:
        for resident in model.residents:
            if resident.contributes():
                works.book_contribution(model.world, 0, resident.row)
            else:
                resident.feel_left_out()
    stages.enter_stage(model.world, 0, Stage.WORKS, model.week)


def complain(model: Society) -> None:
    """Settle open complaints by chance, or lower trust while they stay open; other households may complain."""
    settled = works.settled_share(model.now.mediation, model.now.project_branch, model.parameters)
    complaining = model.arrays["complaining"]
    new = waiting = 0
    for resident in model.residents:
        before = resident.complaining
        complaining[resident.row] = now = resident.await_answer(settled) if before else resident.complain()
        waiting += before and now
        new += now and not before
    works.book_complaints(model.world, 0, new, new + waiting)


def review_works(model: Society) -> None:
    """Residents and builders review the works: some defects are mended, some complaints settled."""
    settled = model.parameters.review_settles * model.now.stage_review
    for resident in model.residents:
        if resident.complaining and resident.review_works(settled):
            model.arrays["complaining"][resident.row] = 0
    works.book_review(model.world, 0)


def hand_over(model: Society) -> None:
    """Acceptance ends: trust in the office answers to what was delivered, and management begins."""
    surprise = stages.surprise_at_delivery(model.compound.delivered, model.parameters)
    for resident in model.residents:
        resident.judge_delivery(surprise)
    stages.begin_management(model.world, 0, model.week)
    hire_if_vacant(model)


def hire_if_vacant(model: Society) -> None:
    """Hold a ballot on hiring if the committee calls one; if it passes, a company begins."""
    if not model.committee.ballot_due():
        return
    votes = [resident.vote_on_hiring() for resident in model.residents]
    if stages.hold_ballot(model.world, 0, np.array(votes, np.uint8)):
        stages.open_service(model.world, 0, model.week)
        for resident in model.residents:
            resident.meet_company()


def dismiss_if_poor(model: Society) -> None:
    """Hold a ballot on dismissing the company if the committee calls one."""
    if not model.committee.dismissal_due():
        return
    votes = [resident.vote_on_dismissal() for resident in model.residents]
    if stages.hold_ballot(model.world, 0, np.array(votes, np.uint8)):
        stages.dismiss(model.world, 0, model.week)


def issue_bills(model: Society, nudge: float) -> None:
    """Bill every dwelling; each household decides whether to pay. nudge : log-odds added to all"""
    world, p, dunning = model.world, model.parameters, model.now.lawful_dunning
    n = len(model.residents)
    billing.write_bills(world, 0)
    bills, steps = world.lists[Listed.BILLS, :n], world.lists[Listed.STEPS, :n]
    points = billing.points_affordable(world, 0)
    pay, repay = np.zeros(bills.size), np.zeros(bills.size)
    for resident, step in zip(model.residents, steps.tolist(), strict=True):
        force = ladder_force(step, dunning, p)
        pay[resident.row] = resident.pays_bill(nudge, force, points)
        repay[resident.row] = resident.repays(force)
    billing.book_bills(world, 0, bills, steps, pay, repay, points)


def learn_from_bills(model: Society, bills: bool, in_trial: bool) -> None:
    """Update trust in the company, and after bills habit and belief."""
    compound = model.compound
    open_books = billing.openness(model.world, 0)
    true_rate = compound.paid_now / compound.billed_now if compound.billed_now > 0 else 0.0
    by_stairwell = shares_of_stairwells(model, "paid").tolist()
    for resident in model.residents:
        if bills:
            resident.learn_from_bill(true_rate, by_stairwell[resident.stairwell], open_books)
        else:
            resident.learn_without_bill(open_books, in_trial)


def settle_companies(model: Society) -> None:
    """The company decides on effort and notice in management; the books are audited."""
    world, compound, company = model.world, model.compound, model.company
    if district.pools(world, 0, model.week):
        unit = billing.full_collection(world, 0)
        effort = company.choose_effort(compound.balance_now / unit)
        billing.book_decision(world, 0, model.week, effort, company.gives_notice(compound.cash / unit))
    district.audit_books(world, 0, model.week)
