"""Residents (居民): one household in one dwelling, one vote and its area.

A resident thinks, speaks, attends, signs, withdraws, removes its structure and pays. Each decision is a rule
of `agents.rules.resident` that gives a probability: it is taken if the household's own uniform draw for that
purpose and week is below it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from agents.categories import Contract, Cooperation, Messenger, Party, Stage, Tenure, Vote
from agents.columns import Category, Column, Mark, Surroundings, Yuan
from agents.overriding import Actor, Knowledge, Opinion, Share
from agents.rules.owners_committee import opening_trust, p_approve, p_dismiss, p_take_part
from agents.rules.resident import (
    attention,
    comes_for_a_reason,
    company_surprise,
    credibility,
    dunning_logit,
    dunning_reach,
    experienced_quality,
    fairness_after_appeal,
    fairness_after_round,
    fairness_in_week,
    fee_burden,
    felt_nuisance,
    felt_pressure,
    household_known,
    idle_habit,
    lift_offered,
    listens_to,
    message_reach,
    neighbours_share,
    news,
    occasions,
    others_removed,
    p_act_first,
    p_attend,
    p_complain,
    p_contribute,
    p_join_demonstration,
    p_reach_absentee,
    p_remove,
    p_repay,
    p_self_present,
    p_sign,
    p_turn_conditional,
    p_turn_selfish,
    p_vote_for,
    p_vote_in_week,
    p_withdraw,
    payment_logit,
    pledge_asked,
    pledge_force,
    points_logit,
    project_utility,
    reactance_after_enforcement,
    removal_thinkable,
    resentment_after_enforcement,
    resentment_after_signing,
    resentment_in_week,
    response_felt,
    rounds_of_bill,
    structure_loss,
    trust_after_enforcement,
    trust_after_pressure,
    trust_after_proxy,
    trust_in_management,
    trust_in_person,
    trust_while_waiting,
    trust_with_resentment,
    update_belief,
    update_engagement,
    update_habit,
    update_reactance,
    update_support,
    update_trust,
    visit_shift,
    visitor_link,
    voice,
    what_visitor_says,
)
from compiling.exact import clip, logistic, positive, standard_normal


class Voices(NamedTuple):
    """Mean voiced opinion of each group of a compound this week, in [−1, 1]; None for a group without members."""

    stairwells: Sequence[float]
    buildings: Sequence[float]
    wechat: float | None
    activity: float | None
    branch: float | None


class Resident(Actor):
    """A household (居民): its attributes read and write its row of the model's columns, its methods are its decisions.

    Override a method to change a decision, and hand the class to `CommunityModel(..., engine="agents")`.
    """

    model: Surroundings

    # the dwelling
    building = Column()
    stairwell = Column()
    riser = Column()
    floor = Column()
    area_hundredths = Column("area")
    tenure = Category(Tenure)
    fresh_interior = Mark("fresh")
    structure_m2 = Column("structure")
    own_cost = Column()
    # the household
    elder = Mark()
    income = Column()
    in_wechat = Mark("wechat")
    in_activity = Mark()
    party = Category(Party)
    activist = Mark()
    pioneer = Mark()
    volunteer = Mark()
    messenger = Mark()
    linked = Mark()
    #: row of the messenger who looks after it; −1 for none
    messenger_of = Column()
    cooperation = Category(Cooperation)
    stubbornness = Column()
    proneness = Column()
    conformity = Column()
    present_bias = Column()
    taste = Column()
    #: its own leaning in signing, a standard logistic number that stays
    disposition = Column()
    # what it thinks, says and feels
    support = Column()
    #: support when the run began, or when it moved in
    first_support = Column()
    voiced = Column()
    social = Column()
    fit = Column()
    trust_office = Column()
    trust_company = Column()
    fairness = Column()
    reactance = Column()
    #: what pressure and enforcement have left behind
    resentment = Column()
    engagement = Column()
    belief = Column()
    habit = Column()
    # what happened to it this week
    pressure = Column()
    visit_shift = Column()
    n_visits = Column()
    n_tried = Column()
    #: asks to sign it has refused since the last news, and what it knew at the last
    refusals = Column()
    news = Column()
    #: times it came to a meeting or made a suggestion
    n_voiced = Column()
    #: quality of the finished compound it has been shown; 0 for none
    shown = Column()
    #: share of its losses that its tailored plan makes good
    made_good = Column()
    visited = Mark()
    attended = Mark()
    asked = Mark()
    #: what it did in the ballot on the project
    vote = Category(Vote)
    sees_example = Mark("example")
    # what it has done
    responded = Mark()
    signed = Mark()
    proxied = Mark()
    pledged = Mark()
    acted_first = Mark()
    removed = Mark()
    designed_around = Mark()
    contributed = Mark()
    sued = Mark()
    complaining = Mark()
    billed = Mark()
    paid = Mark()
    arrears_fen = Column("arrears")
    arrears_yuan = Yuan("arrears")
    billed_total_fen = Column("billed_total")
    paid_total_fen = Column("paid_total")
    works_paid_fen = Column("works_paid")
    lift_paid_fen = Column("lift_paid")

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def area_m2(self) -> float:
        """Exclusive area (专有部分面积), m²."""
        return self.area_hundredths / 100.0

    @property
    def absent(self) -> bool:
        """Whether the owner lives elsewhere: the dwelling is rented out or vacant."""
        return self.tenure is not Tenure.OWNER_OCCUPIED

    @property
    def has_structure(self) -> bool:
        """Whether there ever was an illegal structure, removed since or not."""
        return self.structure_m2 > 0.0

    @property
    def holds_structure(self) -> bool:
        """Whether an illegal structure still stands."""
        return self.structure_m2 > 0.0 and not self.removed

    @property
    def neighbours(self) -> "list[Resident]":
        """The households it is personally acquainted with."""
        return self.model.ties_of(self.row)

    def share_of_ties(self, mark: str, without_ties: float) -> Share:
        """Share of its ties that carry a mark such as `signed` or `paid`, in [0, 1]; `without_ties` if it has none."""
        ties = self.neighbours
        return sum(getattr(tie, mark) for tie in ties) / len(ties) if ties else without_ties

    def draw(self, purpose: str) -> Share:
        """Its uniform draw in (0, 1) for one purpose in this week: the same under every strategy."""
        return self.model.draw(self.row, purpose)

    # mobilisation

    def receive_visit(self) -> None:
        """Be visited: an absentee may be missed; else the visit shifts support, may press, and asks it to sign."""
        p, now = self.model.parameters, self.model.now
        known = household_known(now.grid, self.model.settings.grid_households, p)
        if self.absent and self.draw("contact") >= p_reach_absentee(known, p):
            self.visited = False
            return
        n_visits = self.n_visits
        own = self.linked and now.messengers > 0.0
        person, says = self.meet_messenger() if own else (0.0, 1.0)
        self.visit_shift = visit_shift(
            self.support,
            self.trust_office,
            visitor_link(own, known, p),
            person,
            says,
            self.reactance,
            n_visits,
            self.stubbornness,
            p,
        )
        self.made_good = max(self.made_good, now.tailored_plan)
        if not self.signed:
            pressure = felt_pressure(now.pressure, n_visits, self.refusals, p)
            self.pressure = pressure
            self.trust_office = trust_after_pressure(self.trust_office, pressure, self.proneness, p)
        self.n_visits = n_visits + 1
        self.asked = True

    def meet_messenger(self) -> tuple[float, float]:
        """The messenger it knows: how far it is trusted as the person it is, and what it says, in [−1, 1]."""
        p, messenger = self.model.parameters, self.model.residents[self.messenger_of]
        nominated = self.model.choice("messengers") == Messenger.NOMINATED
        person = trust_in_person(messenger.elder, messenger.party is not Party.NONE, nominated, p)
        return person, what_visitor_says(messenger.voiced, p)

    def attend(self) -> bool:
        """Whether it comes to the meeting, where it is asked to sign."""
        chance = p_attend(
            self.trust_office,
            self.elder,
            self.activist,
            self.engagement,
            self.absent,
            self.model.now.open_air_meetings,
            self.model.now.points,
            self.model.parameters,
        )
        return self.draw("attend") < chance

    def join_demonstration(self, quality: float) -> bool:
        """Whether it goes and sees a finished compound. quality : delivered there, in [0, 1]"""
        chance = p_join_demonstration(self.absent, self.model.now.demonstration_visits, self.model.parameters)
        return self.draw("showing") < chance

    def present_itself(self, stairwell_share: float) -> bool:
        """Whether it comes to sign unasked. stairwell_share : share of its stairwell that has signed"""
        p = self.model.parameters
        chance = p_self_present(self.absent, self.in_wechat, self.model.now.publicity, p)
        luck = self.draw("self_present")
        if luck < chance * (1.0 - p.self_present_selective):
            return True
        if luck >= chance:
            return False
        known = self.what_it_knows(self.neighbours_signed(stairwell_share))
        return bool(comes_for_a_reason(self.support, self.refusals_since(known)))

    def settle_feelings(self) -> None:
        """Update reactance, fairness and engagement after the week's visit and meeting."""
        p, now, pressure = self.model.parameters, self.model.now, self.pressure
        self.reactance = update_reactance(self.reactance, self.proneness, pressure, now.residents_decide, p)
        self.fairness = fairness_in_week(self.fairness, pressure, p)
        self.trust_office = trust_with_resentment(self.trust_office, self.resentment, p)
        self.resentment = resentment_in_week(self.resentment, p)
        volunteers = self.volunteer and now.volunteering > 0.0
        managed = self.model.compound.stage == Stage.MANAGEMENT
        taken = occasions(
            self.attended,
            self.in_activity and now.activity_groups > 0.0,
            volunteers,
            self.attended or self.acted_first or volunteers or (managed and self.paid),
            now.recognition,
            p,
        )
        self.engagement = update_engagement(self.engagement, taken, p)

    def acts_first(self) -> bool:
        """Whether it signs, and removes its own structure, before neighbours and where they can see it.

        Only households willing to act first (`pioneer`) are asked; that need not be a Party member.
        """
        if not self.pioneer or self.acted_first:
            return False
        return self.draw("act_first") < p_act_first(self.support, self.model.parameters)

    def resent_signing(self) -> None:
        """Signing against one's mind under pressure leaves resentment."""
        p = self.model.parameters
        self.resentment = resentment_after_signing(self.resentment, self.support, self.pressure, p)

    def pledges(self) -> bool:
        """Whether, when signing, it also pledges to pay the fee."""
        return self.draw("pledge") < self.model.now.fee_pledge

    # deliberation

    def suggest(self) -> int:
        """The menu item it asks for this week; −1 for none."""
        p, menu = self.model.parameters, self.model.now.menu_choice
        chance = p.suggest_attending if self.attended else p.suggest_visited if self.visited else 0.0
        if chance > 0.0 and self.draw("suggest") < chance * (1.0 + p.menu_suggest * menu):
            ticks = menu > 0.0 and self.draw("menu_ticks") < menu
            return self.first_wish() if ticks else self.wish(self.draw("suggest_item"))
        return -1

    def open_wishes(self) -> list[tuple[int, float]]:
        """The menu items not in the plan, each with the weight of its wish; all weights of the menu add up to 1."""
        adopted = self.model.compound.adopted
        wishes = self.model.wishes[:, self.row].tolist()
        return [(item, wish) for item, wish in enumerate(wishes) if not adopted >> item & 1]

    def wish(self, u: float) -> int:
        """An item not in the plan, drawn in proportion to its wishes; −1 if none is left. u : uniform in (0, 1)"""
        open_items = self.open_wishes()
        left = u * sum((wish for _, wish in open_items), 0.0)
        for item, wish in open_items:
            left -= wish
            if left <= 0.0:
                return item
        # rounding may leave a rest above 0
        return open_items[-1][0] if open_items else -1

    def first_wish(self) -> int:
        """The item it wants most among those not in the plan; −1 if none is left."""
        open_items = self.open_wishes()
        # the earlier in the menu among equals, as in the compiled engine
        return max(open_items, key=lambda entry: (entry[1], -entry[0]))[0] if open_items else -1

    def judge_round(self, response: float) -> None:
        """Update fairness and trust after a consultation round. response : share of all suggestions so far adopted"""
        p = self.model.parameters
        heard = attention(self.attended, self.model.now.disclosure, p)
        response = response_felt(response, self.model.now.feedback_loop, p)
        self.fairness = fairness_after_round(self.fairness, response, heard, p)
        surprise = heard * (response - p.expected_responsiveness)
        self.trust_office = update_trust(self.trust_office, surprise, p)

    # opinion

    @property
    def pledge_asked(self) -> float:
        """How much a pledge to pay the fee, where the proposal asks for one, asks of it, in [0, 1]."""
        free_rides = self.cooperation is Cooperation.FREE_RIDER
        conditional = self.cooperation is Cooperation.CONDITIONAL
        return pledge_asked(self.model.now.fee_pledge, free_rides, conditional, self.belief)

    @property
    def lift_offered(self) -> float:
        """What the lifts that the programme offers are worth to it before their vote, money apart; any sign."""
        model = self.model
        return lift_offered(
            model.now.lift_packages, self.floor, model.settings.floors, self.elder, model.parameters
        )

    def weigh_project(self) -> Opinion:
        """Its utility of the project this week, in (−1, 1): of what is promised, or, after the works, delivered."""
        p, project = self.model.parameters, self.model.compound
        stands = Stage.ACCEPTANCE <= project.stage <= Stage.MANAGEMENT
        if stands:
            belief = project.delivered
        else:
            belief = credibility(self.present_bias, self.trust_office, self.sees_example, self.shown, p)
        return project_utility(
            self.taste,
            belief,
            self.absent,
            project.freed_m2 / len(self.model.residents),
            self.fit,
            self.own_cost,
            self.structure_m2,
            self.removed,
            self.made_good,
            0.0 if stands else self.fresh_interior,
            0.0 if stands else project.nuisance,
            self.elder,
            0.0 if stands else self.pledge_asked,
            0.0 if stands else self.lift_offered,
            p,
        )

    def hear_neighbours(self, voices: Voices) -> None:
        """Average what ties and groups voice into `social`; ties outside the confidence bound are not heard."""
        p, support = self.model.parameters, self.support
        of_ties, ties, of_groups, groups = 0.0, 0.0, 0.0, 0.0
        for tie in self.neighbours:
            said = tie.voiced
            if listens_to(support, said, p):
                of_ties += said
                ties += 1.0
        for influence, said in self.groups_heard(voices):
            of_groups += influence * said
            groups += influence
        weight = ties + groups
        self.social = (of_ties + of_groups) / weight if weight > 0.0 else support

    def groups_heard(self, voices: Voices) -> list[tuple[float, float]]:
        """The groups it belongs to: each with its weight, 1 for a tie, and its mean voiced opinion."""
        p = self.model.parameters
        heard = [
            (p.stairwell_influence, voices.stairwells[self.stairwell]),
            (p.building_influence, voices.buildings[self.building]),
        ]
        if self.in_wechat and voices.wechat is not None:
            heard.append((p.wechat_influence, voices.wechat))
        if self.in_activity and voices.activity is not None and self.model.now.activity_groups > 0.0:
            heard.append((p.activity_influence, voices.activity))
        return heard

    def update_support(self) -> None:
        """Move its private support towards its neighbours and its own interest."""
        self.support = update_support(
            self.support,
            self.social,
            self.weigh_project(),
            self.stubbornness,
            self.visit_shift,
            self.fairness,
            self.reactance,
            self.resentment,
            self.model.parameters,
        )

    def speak(self) -> None:
        """Form the opinion it voices in public."""
        self.voiced = voice(self.support, self.social, self.pressure, self.conformity, self.model.parameters)

    # signing, removing, withdrawing

    def consider_signing(self, stairwell_share: float) -> bool:
        """Whether it signs when asked. stairwell_share : share of its stairwell signed so far, this week included."""
        p = self.model.parameters
        neighbours = self.neighbours_signed(stairwell_share)
        refusals = self.refusals_since(self.what_it_knows(neighbours))
        chance = p_sign(
            self.support, self.conformity, neighbours, self.pressure, self.disposition, refusals, p
        )
        return self.draw("sign") < chance

    def neighbours_signed(self, stairwell_share: float) -> Share:
        """Share of its neighbours that have signed. stairwell_share : of its stairwell"""
        of_ties = self.share_of_ties("signed", stairwell_share)
        return neighbours_share(stairwell_share, of_ties, self.model.parameters)

    def what_it_knows(self, neighbours: float) -> Knowledge:
        """What it knows that could change its mind about signing. neighbours : share of them that have signed"""
        plan_items = self.model.compound.adopted.bit_count()
        made_good, shown = self.made_good, self.shown
        return news(
            self.support, neighbours, made_good, self.sees_example, shown, plan_items, self.model.parameters
        )

    def refusals_since(self, known: int) -> int:
        """Asks to sign it has refused since it last learned something. known : what it knows now"""
        return self.refusals if self.news == known else 0

    def consider_removing(self, removed_share: float) -> bool:
        """Whether it removes its illegal structure when asked; first it must have seen others comply.

        removed_share : of the compound's structures, before this week's removals
        """
        if not self.holds_structure:
            return False
        p, now, ties = self.model.parameters, self.model.now, self.neighbours
        compliant = sum(tie.removed or tie.acted_first for tie in ties)
        if not removal_thinkable(compliant, self.sees_example, now.removal_ledger, removed_share, p):
            return False
        holders = [tie for tie in ties if tie.has_structure]
        # with no such tie, the share that pulls neither way
        neighbours = (
            sum(tie.removed for tie in holders) / len(holders) if holders else p.sign_social_reference
        )
        neighbours = others_removed(neighbours, now.removal_ledger, removed_share)
        loss = structure_loss(self.structure_m2, False, self.made_good, p)
        chance = p_remove(self.support, self.conformity, neighbours, loss, p) * now.removal_first
        return self.draw("remove") < chance

    def consider_withdrawing(self, first_week_of_works: bool, plan_changed: bool) -> bool:
        """Whether it takes its own signature back. plan_changed : since last week"""
        p = self.model.parameters
        chance = p_withdraw(
            self.support, self.pressure, self.resentment, first_week_of_works, plan_changed, p
        )
        return chance > 0.0 and self.draw("withdraw") < chance

    def finds_proxy(self) -> bool:
        """Whether it discovers, and has struck, a signature that another gave in its name."""
        return self.draw("discover") < self.model.parameters.proxy_discovery

    def resent_proxy(self) -> None:
        """Lose trust in the office: another has signed in its name."""
        self.trust_office = trust_after_proxy(self.trust_office, self.model.parameters)

    def resent_enforcement(self) -> None:
        """What it feels once its structure was cleared by law, unless a tailored plan softens it."""
        p = self.model.parameters
        loss = structure_loss(self.structure_m2, False, self.made_good, p)
        self.resentment = resentment_after_enforcement(self.resentment, loss, p)
        self.trust_office = trust_after_enforcement(self.trust_office, self.made_good, p)
        self.reactance = reactance_after_enforcement(self.reactance, self.proneness, self.made_good, p)

    # works

    def contributes(self) -> bool:
        """Whether it gives money for its stairwell when asked."""
        chance = p_contribute(self.support, self.income, self.model.parameters)
        return self.draw("contribute") < chance * self.model.now.crowdfunding

    def feel_left_out(self) -> None:
        """Lose fairness after giving nothing for its stairwell, if it could not afford to."""
        self.fairness = fairness_after_appeal(self.fairness, self.income, self.model.parameters)

    def look_for_way_round(self) -> bool:
        """Whether this week the riser is routed around this non-signing flat, if it has a plan of its own."""
        refuses = not self.signed or self.proxied
        if not refuses or self.designed_around or self.made_good <= 0.0:
            return False
        return self.draw("design_around") < self.model.parameters.design_around * self.made_good

    def complain(self) -> bool:
        """Whether it complains about the works."""
        nuisance = felt_nuisance(self.model.compound.nuisance, self.elder, self.model.parameters)
        return self.draw("complain") < p_complain(nuisance, self.model.parameters)

    def await_answer(self, settled_share: float) -> bool:
        """Wait for an answer to its complaint; returns whether it stays open, which costs trust.

        settled_share : chance that a complaint is settled this week, in [0, 1]
        """
        if self.draw("settle") < settled_share:
            return False
        p = self.model.parameters
        self.trust_office = trust_while_waiting(self.trust_office, p)
        return True

    def review_works(self, settled_share: float) -> bool:
        """Whether its open complaint is settled when it reviews the works with the builders (阶段复盘).

        settled_share : chance that a review settles a complaint, in [0, 1]
        """
        return self.draw("review") < settled_share

    def judge_delivery(self, surprise: float) -> None:
        """Update trust in the office at handover. surprise : delivered quality against what was promised"""
        self.trust_office = update_trust(self.trust_office, surprise, self.model.parameters)

    # ballots and bills

    def vote_on_project(self) -> Vote:
        """What it does this week in a ballot on the project that is open; away as long as it has not voted."""
        p, weeks = self.model.parameters, self.model.settings.ballot_weeks
        turnout = p_take_part(self.trust_office, self.engagement, self.absent, 0.0, p)
        if self.draw("project_turnout") >= p_vote_in_week(turnout, weeks):
            return Vote.AWAY
        agrees = self.draw("project_vote") < p_vote_for(self.support, self.disposition, p)
        return Vote.FOR if agrees else Vote.AGAINST

    def vote_on_hiring(self) -> Vote:
        """Its vote in a ballot on hiring the company; AWAY if it takes no part."""
        if not self.takes_part_in_ballot():
            return Vote.AWAY
        return Vote.FOR if self.approves_company() else Vote.AGAINST

    def vote_on_dismissal(self) -> Vote:
        """Its vote in a ballot on dismissing the company; AWAY if it takes no part."""
        if not self.takes_part_in_dismissal():
            return Vote.AWAY
        return Vote.FOR if self.approves_dismissal() else Vote.AGAINST

    def takes_part_in_ballot(self) -> bool:
        """Whether it takes part in a written ballot on hiring the company."""
        chance = p_take_part(
            self.trust_office,
            self.engagement,
            self.absent,
            self.model.now.joint_selection,
            self.model.parameters,
        )
        return self.draw("ballot_attend") < chance

    def approves_company(self) -> bool:
        """Whether its ballot is for hiring the company."""
        chance = p_approve(
            self.support, self.trust_company, self.model.now.joint_selection, self.model.parameters
        )
        return self.draw("ballot") < chance

    def meet_company(self) -> None:
        """Form its trust in a company that has just been hired."""
        self.trust_company = opening_trust(
            self.trust_company, self.trust_office, self.model.now.joint_selection, self.model.parameters
        )

    def experience_service(self) -> Share:
        """Quality of service as it experienced it in this billing period, in [0, 1].

        Asked twice a period, for paying and for learning: the same draw gives the same experience.
        """
        deviate = standard_normal(self.draw("quality"))
        return experienced_quality(self.model.compound.quality, deviate, self.model.parameters)

    def approves_dismissal(self) -> bool:
        """Whether its ballot is for dismissing the company."""
        chance = p_dismiss(self.trust_company, self.model.parameters)
        return self.draw("dismiss") < chance

    def takes_part_in_dismissal(self) -> bool:
        """Whether it takes part in a written ballot on dismissing the company."""
        chance = p_take_part(
            self.trust_office,
            self.engagement,
            self.absent,
            self.model.now.owners_committee,
            self.model.parameters,
        )
        return self.draw("dismiss_attend") < chance

    def pays_bill(self, nudge: float, force: float, points: float) -> bool:
        """Whether it pays this period's bill.

        nudge : log-odds added by reminders and norm messages; points : intensity of points, 0 if money is short
        force : of lawful dunning on its step of the legal ladder
        """
        p, now, kind = self.model.parameters, self.model.now, self.cooperation
        managed = self.model.compound.stage == Stage.MANAGEMENT
        free_rider = kind is Cooperation.FREE_RIDER
        logit = nudge * message_reach(free_rider, p) + payment_logit(
            self.experience_service(),
            self.belief,
            free_rider,
            kind is Cooperation.CONDITIONAL,
            kind is Cooperation.UNCONDITIONAL,
            self.trust_company,
            self.habit,
            pledge_force(self.pledged and managed, self.support, p),
            fee_burden(self.model.compound.fee, self.area_m2, self.income, p),
            self.reactance,
            self.tenure is Tenure.VACANT,
            self.engagement,
            self.contributed,
            self.tenure is Tenure.RENTED_OUT,
            self.resentment,
            p,
        )
        logit += points_logit(points, kind is Cooperation.UNCONDITIONAL, p)
        dunning = dunning_logit(force, now.naming_debtors, self.arrears_fen > 0, p)
        logit += dunning * dunning_reach(free_rider, p)
        return self.draw("pay") < logistic(logit)

    def repays(self, force: float) -> bool:
        """Whether, when paying, it also settles old arrears. force : of lawful dunning on its step of the ladder"""
        return self.draw("repay") < p_repay(force, self.model.parameters)

    def learn_from_bill(self, true_rate: float, stairwell_rate: float, openness: float) -> None:
        """Update habit, belief and trust in the company after a bill.

        true_rate, stairwell_rate : share that paid, of all and of its stairwell; openness : of the books, in [0, 1]
        """
        p, paid = self.model.parameters, self.paid
        trust = self.trust_after_service(self.surprise_at_service(), openness)
        self.habit = update_habit(self.habit, paid, p)
        self.belief = update_belief(
            self.belief, true_rate, self.share_of_ties("paid", stairwell_rate), stairwell_rate, openness, p
        )
        self.reconsider_cooperation()
        if not paid:
            trust *= 1.0 - p.naming_trust_loss * self.model.now.naming_debtors
        self.trust_company = trust

    def reconsider_cooperation(self) -> None:
        """Turn selfish, or conditional again, by what it believes of others."""
        p, u = self.model.parameters, self.draw("drift")
        rounds = rounds_of_bill(self.model.company.contract is Contract.SELF_MANAGED, p)
        if self.cooperation is Cooperation.CONDITIONAL:
            if u < p_turn_selfish(self.belief, rounds, p):
                self.cooperation = Cooperation.FREE_RIDER
        elif self.cooperation is Cooperation.FREE_RIDER and u < p_turn_conditional(self.belief, rounds, p):
            self.cooperation = Cooperation.CONDITIONAL

    def learn_without_bill(self, openness: float, in_trial: bool) -> None:
        """Update trust in the company after a period without bills; in a trial, good service adds more."""
        p, surprise = self.model.parameters, self.surprise_at_service()
        trust = self.trust_after_service(surprise, openness)
        if in_trial:
            trust += p.trial_trust * positive(surprise) * (1.0 - trust)
        self.trust_company = trust

    def forget_paying(self) -> None:
        """Let the habit of paying fade after a period in which nobody billed."""
        self.habit = idle_habit(self.habit, self.model.parameters)

    def surprise_at_service(self) -> Opinion:
        """Service met against service expected for the fee, in [−1, 1]."""
        return company_surprise(self.experience_service(), self.model.compound.fee, self.model.parameters)

    def trust_after_service(self, surprise: float, openness: float) -> Share:
        """Trust in the company after a period's service and management, before the effect of a bill.

        surprise : service against what was expected, in [−1, 1]; openness : of the books, in [0, 1]
        """
        p, now = self.model.parameters, self.model.now
        trust = update_trust(self.trust_company, surprise, p)
        joint = now.joint_meetings if self.model.compound.stage == Stage.MANAGEMENT else 0.0
        return trust_in_management(trust, self.trust_office, openness, joint, now.cross_appointment, p)

    # moving

    def returns(self, years: float) -> bool:
        """Whether its owner returns to a flat rented out before renovation. years : in a billing period"""
        if self.model.compound.stage != Stage.MANAGEMENT or self.tenure is not Tenure.RENTED_OUT:
            return False
        return self.draw("return") < self.model.parameters.return_rate * years

    def moves(self, years: float) -> bool:
        """Whether it moves away. years : in a billing period"""
        return self.draw("move") < self.model.parameters.move_rate * years

    def form_first_opinion(self) -> None:
        """Form support and voiced opinion of a household that has just moved in: its utility, and noise."""
        deviate = standard_normal(self.draw("new_support"))
        opinion = self.weigh_project() + self.model.parameters.initial_support_sd * deviate
        self.support = clip(opinion, -1.0, 1.0)
        self.first_support = self.support
        self.voiced = self.support
