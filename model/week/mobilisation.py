"""Events, the office's hours, and how households are reached: lines 1 to 3 of the weekly schedule.

The district shares the office's hours among its compounds (`model.week.district`). In a compound they go to
meetings first, then to devices in a fixed order; visits get what is left.
"""

import numpy as np

from agents.categories import EventKind, Messenger, Party, Target
from agents.rules.party_member import hours_given
from agents.rules.resident import (
    comes_for_a_reason,
    fairness_in_week,
    felt_pressure,
    household_known,
    occasions,
    p_act_first,
    p_attend,
    p_join_demonstration,
    p_reach_absentee,
    p_self_present,
    resentment_in_week,
    trust_after_pressure,
    trust_in_person,
    trust_with_resentment,
    update_engagement,
    update_reactance,
    visit_shift,
    visitor_link,
    what_visitor_says,
)
from agents.rules.street_office import (
    DEVICES,
    Season,
    hours_needed,
    hours_of_visit,
    hours_of_volunteers,
    hurries,
    intensity_under_ranking,
    is_mobilising,
    visit_priority,
    visits_affordable,
)
from compiling.compiled import compiled, held, inlined
from model.instruments import Instrument
from model.parameters import Parameters
from model.week.finance import suggestions_are_taken
from model.week.news import neighbours_signed, news_of, refusals_since
from model.week.side_by_side import draw_all_in_week, draw_in_week
from model.world.network import add_tie, count_marked, stairwell_of
from model.world.ordering import marked, smallest
from model.world.randomness import Purpose, uniform
from model.world.state import Flag, Listed, Real, Scratch, Stage, Tenure, Whole, World

#: Weeks between visits to finished compounds, and between chances to make an acquaintance in a group.
MONTH_WEEKS = 4

#: Each device as numbers, for compiled code: instrument, season, columns of its hours and yuan in
#: `World.coefficients`; −1 for no money.
_PLACES = list(Parameters.model_fields)
_DEVICES = tuple(
    (
        int(Instrument[device.instrument.upper()]),
        int(device.season),
        _PLACES.index(device.hours),
        _PLACES.index(device.yuan) if device.yuan else -1,
    )
    for device in DEVICES
)
N_DEVICES = len(_DEVICES)


@compiled
def scripted_events(w: World, c: int, week: int) -> None:
    """Set which instruments are in force this week, then apply the scenario's events of this week."""
    k, s = w.compounds[c], w.settings[c]
    for instrument in range(w.instruments.shape[1]):
        use = w.instruments[c, instrument]
        in_force = week >= use.start_week and week < use.end_week
        w.now[c, instrument] = use.intensity if in_force else 0.0
    for e in range(w.events.shape[1]):
        event = w.events[c, e]
        if event.week != week:
            continue
        if event.kind == EventKind.DEADLINE:
            k.deadline = int(event.value)
        elif event.kind == EventKind.TRUST_SHOCK:
            for r in range(k.start, k.stop):
                moved = np.float64(w.reals[Real.TRUST_OFFICE, r]) + event.value
                w.reals[Real.TRUST_OFFICE, r] = min(max(moved, 0.0), 1.0)
        elif event.kind == EventKind.FEE_CHANGE:
            k.fee = event.value
            s.fee = event.value  # and that of companies to come
        elif event.kind == EventKind.COMPANY_LEAVES and k.company_present == 1:
            k.notice_final = 1
            if k.notice_week < 0:
                k.notice_week = week


@compiled
def allocate_effort(w: World, c: int, week: int) -> None:
    """Divide the compound's hours of the week among a meeting, devices and visits, and mark who is visited."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    forget_visits(w, c)
    k.mobilising = 1 if is_mobilising(k.stage, week, k.waiting_until) else 0
    ranking, near = now[Instrument.RANKING], k.deadline - week
    signed = signed_share(w, c) if ranking > 0.0 else 0.0
    hurry(w, c, hurries(ranking, k.stage, near, signed, s.consent_gate, p))
    given = hours_given(s.n_members_in_service, now[Instrument.DUAL_REGISTRATION], p)
    given += hours_of_volunteers(k.n_volunteers, now[Instrument.VOLUNTEERING], p)
    available = k.hours_now + given
    left = meet(w, c, available, available > 0.0 and is_meeting_due(w, c, week))
    for device in range(N_DEVICES):
        left = devote(w, c, device, left)
    if k.mobilising == 1:
        left -= plan_visits(w, c, week, left * now[Instrument.HOME_VISITS])
    book_hours(w, c, available - left, given)


@compiled
def signed_share(w: World, c: int) -> float:
    """Share of households that have signed, in [0, 1]."""
    k = w.compounds[c]
    signed, marks = np.int64(0), w.flags[Flag.SIGNED, k.start : k.stop]
    for i in range(marks.size):
        signed += np.int64(marks[i])
    return signed / marks.size


@compiled
def hurry(w: World, c: int, hurried: bool) -> None:
    """Note whether a ranked office hurries this week; if so it reaches for pressure and proxies."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    k.hurried = 1 if hurried else 0
    if hurried:
        ranking = now[Instrument.RANKING]
        pressure, proxies = now[Instrument.PRESSURE], now[Instrument.PROXY_SIGNING]
        now[Instrument.PRESSURE] = intensity_under_ranking(pressure, ranking, p.ranking_pressure)
        now[Instrument.PROXY_SIGNING] = intensity_under_ranking(proxies, ranking, p.ranking_proxies)


@compiled
def forget_visits(w: World, c: int) -> None:
    """Clear last week's visits."""
    k = w.compounds[c]
    k.visits_now = 0
    w.flags[Flag.VISITED, k.start : k.stop] = 0


@compiled
def meet(w: World, c: int, available: float, held: bool) -> float:
    """Spend hours on meetings and reviews; returns those left. held : whether there is a meeting this week

    A meeting that takes more than a week's hours is paid from the weeks after it (`hours_owed`).
    """
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    k.meeting_now = 0
    if held:
        k.meeting_now = 1
        k.n_meetings += 1
        k.hours_owed += hours_needed(s.meeting_hours, 1.0, k.stop - k.start, p)
    for_meetings = min(available, k.hours_owed)
    k.hours_owed -= for_meetings
    return available - for_meetings


@compiled
def in_season(w: World, c: int, season: int) -> bool:
    """Whether devices of this `Season` are in use this week."""
    k = w.compounds[c]
    if season == Season.ALWAYS:
        return k.stage != Stage.DROPPED
    if season == Season.MOBILISATION:
        return k.mobilising == 1
    if season == Season.CONSULTATION:
        return suggestions_are_taken(w, c)
    if season == Season.WORKS:
        return k.stage == Stage.WORKS
    return k.stage == Stage.MANAGEMENT


@compiled
def devote(w: World, c: int, device: int, left: float) -> float:
    """Give a device its hours and money of the week, or set it to 0 without enough of either; returns the hours left.

    device : its place in `DEVICES`
    """
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    instrument, season, hours, yuan = _DEVICES[device]
    if not in_season(w, c, season):
        # mediation announced for the works already lowers the nuisance expected of them
        if instrument != Instrument.MEDIATION:
            now[instrument] = 0.0
        return left
    n = k.stop - k.start
    need = hours_needed(w.coefficients[c, hours], now[instrument], n, p)
    money = w.coefficients[c, yuan] * now[instrument] * n if yuan >= 0 else 0.0
    rest = w.rests[c, device]
    rest.weeks += 1 if now[instrument] > 0.0 else 0
    if need > left:
        rest.without_hours += 1
        rest.hours_needed, rest.hours_there = need, left
    elif money > k.money_left:
        rest.without_money += 1
        rest.yuan_needed, rest.yuan_there = money, k.money_left
    if need > left or money > k.money_left:
        now[instrument] = 0.0
        return left
    k.money_left -= money
    k.public_spending += int(money * 100.0 + 0.5)
    return left - need


@compiled
def book_hours(w: World, c: int, hours: float, given: float) -> None:
    """Book the hours worked this week. given : by members and volunteers, used first and unpaid"""
    k, s = w.compounds[c], w.settings[c]
    staff = max(hours - given, 0.0)
    k.hours += hours
    k.staff_hours += staff
    k.public_spending += int(staff * s.yuan_per_hour * 100.0 + 0.5)


@compiled
def is_meeting_due(w: World, c: int, week: int) -> bool:
    """Whether a consultation meeting is held this week: one a round, at the interval, until rounds are done."""
    return suggestions_are_taken(w, c) and week % int(w.settings[c].meeting_interval_weeks) == 0


@compiled
def plan_visits(w: World, c: int, week: int, hours: float) -> float:
    """Mark who is visited within these hours, by `visit_priority`; returns the hours the visits take."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    low, high = k.start, k.stop
    n = high - low
    if hours < s.visit_hours:
        return 0.0
    removing = now[Instrument.REMOVAL_FIRST] > 0.0
    target = Target.HOLDOUTS_FIRST + 0 if k.hurried == 1 else w.instruments[c, Instrument.HOME_VISITS].choice
    structure, removed = w.reals[Real.STRUCTURE, low:high], w.flags[Flag.REMOVED, low:high]
    signed, fresh = w.flags[Flag.SIGNED, low:high], w.flags[Flag.FRESH, low:high]
    candidates, n_losing = w.marks[:n], np.int64(0)
    for i in range(n):
        holds = np.uint8(structure[i] > 0.0) & np.uint8(removed[i] == 0)
        candidates[i] = np.uint8(signed[i] == 0) | (np.uint8(removing) & holds)
        n_losing += np.int64(candidates[i] & (holds | fresh[i]))
    rows = marked(candidates, w.lists[Listed.ROWS])
    m = rows.size
    if m == 0:
        return 0.0
    keys, luck = w.scratch[Scratch.KEYS, :m], w.scratch[Scratch.LUCK, :m]
    draw_in_week(w, c, week, Purpose.VISIT_ORDER, rows, luck)
    for q in range(m):
        i = rows[q]
        r = low + i
        distance = np.float64(w.wholes[Whole.STAIRWELL, r]) - k.grid_position
        if distance < 0.0:  # the round starts again at the first stairwell
            distance += k.n_stairwells
        holds = structure[i] > 0.0 and removed[i] == 0
        first = 1.0 if removing and holds and k.stage == Stage.REMOVAL else 0.0
        keys[q] = visit_priority(
            target,
            w.reals[Real.VOICED, r],
            w.wholes[Whole.N_TRIED, r],
            w.flags[Flag.ELDER, r],
            distance,
            first,
            luck[q],
            p,
        )
    each = hours_of_visit(s.visit_hours, now[Instrument.TAILORED_PLAN], int(n_losing), m, p)
    wanted = visits_affordable(hours, each, m)
    kept, above = w.scratch[Scratch.KEPT], w.scratch[Scratch.ABOVE]
    chosen = smallest(keys, m, wanted, kept, above, w.lists[Listed.CHOSEN])
    for q in range(chosen.size):
        send_visitor(w, low + rows[chosen[q]])
    book_visits(w, c, chosen.size, m)
    return each * chosen.size


@inlined
def send_visitor(w: World, r: int) -> None:
    """Book that a visit to a household is tried this week."""
    w.flags[Flag.VISITED, r] = 1
    w.wholes[Whole.N_TRIED, r] += 1


@compiled
def book_visits(w: World, c: int, visits: int, reachable: int) -> None:
    """Count this week's visits; the grid round advances by the share of candidates that were visited."""
    k = w.compounds[c]
    k.visits_now = visits
    k.n_visits += visits
    k.grid_position = (k.grid_position + k.n_stairwells * visits / reachable) % k.n_stairwells


@compiled
def mobilise(w: World, c: int, week: int) -> None:
    """Visits, meetings and publicity reach households; feelings and first actions follow; monthly, tours and ties."""
    k, now = w.compounds[c], w.now[c]
    begin_week(w, c)
    if k.visits_now > 0:
        rows = marked(w.flags[Flag.VISITED, k.start : k.stop], w.lists[Listed.ROWS])
        luck = w.scratch[Scratch.LUCK, : rows.size]
        draw_in_week(w, c, week, Purpose.CONTACT, rows, luck)
        for q in range(rows.size):
            receive_visit(w, c, rows[q], luck[q])
    if k.meeting_now == 1:
        attend(w, c, week)
    if k.stage <= Stage.WORKS and week >= k.waiting_until:
        present_themselves(w, c, week)
    note_answers(w, c)
    settle_feelings(w, c)
    if now[Instrument.PIONEERS] > 0.0 and k.mobilising == 1:
        act_first(w, c, week)
    if week % MONTH_WEEKS == MONTH_WEEKS - 1:
        if now[Instrument.DEMONSTRATION_VISITS] > 0.0 and k.shown > 0.0:
            visit_finished_compound(w, c, week)
        if now[Instrument.ACTIVITY_GROUPS] > 0.0 or now[Instrument.VOLUNTEERING] > 0.0:
            make_acquaintances(w, c, week)


@compiled
def begin_week(w: World, c: int) -> None:
    """Clear what holds for one week: shift and pressure of a visit, asked, attended."""
    low, high = w.compounds[c].start, w.compounds[c].stop
    visit_shift, pressure = w.reals[Real.VISIT_SHIFT, low:high], w.reals[Real.PRESSURE, low:high]
    asked, attended = w.flags[Flag.ASKED, low:high], w.flags[Flag.ATTENDED, low:high]
    for i in range(high - low):
        visit_shift[i] = 0.0
        pressure[i] = 0.0
    for i in range(high - low):
        asked[i] = 0
        attended[i] = 0


@compiled
def attend(w: World, c: int, week: int) -> None:
    """Every household decides whether to come to the meeting; whoever comes is asked to sign."""
    k, p, now = w.compounds[c], held(w.parameters[c]), w.now[c]
    low, high = k.start, k.stop
    trust, engagement = w.reals[Real.TRUST_OFFICE, low:high], w.reals[Real.ENGAGEMENT, low:high]
    elder, activist = w.flags[Flag.ELDER, low:high], w.flags[Flag.ACTIVIST, low:high]
    tenure, n_voiced = w.flags[Flag.TENURE, low:high], w.wholes[Whole.N_VOICED, low:high]
    attended, asked = w.flags[Flag.ATTENDED, low:high], w.flags[Flag.ASKED, low:high]
    open_air, points = now[Instrument.OPEN_AIR_MEETINGS], now[Instrument.POINTS]
    luck = w.scratch[Scratch.LUCK, : high - low]
    draw_all_in_week(w, c, week, Purpose.ATTEND, luck)
    for i in range(high - low):
        absent = tenure[i] != Tenure.OWNER_OCCUPIED
        chance = p_attend(trust[i], elder[i], activist[i], engagement[i], absent, open_air, points, p)
        luck[i] = np.float64(luck[i] < chance)
    for i in range(high - low):
        comes = np.uint8(luck[i])
        attended[i] = comes
        asked[i] |= comes
        n_voiced[i] += comes


@compiled
def present_themselves(w: World, c: int, week: int) -> None:
    """Households that have not signed themselves decide whether to come and sign unasked."""
    k, p, publicity = w.compounds[c], held(w.parameters[c]), w.now[c, Instrument.PUBLICITY]
    low, high = k.start, k.stop
    signed, proxied = w.flags[Flag.SIGNED, low:high], w.flags[Flag.PROXIED, low:high]
    tenure, wechat = w.flags[Flag.TENURE, low:high], w.flags[Flag.WECHAT, low:high]
    asked, unsigned = w.flags[Flag.ASKED, low:high], w.marks[: high - low]
    for i in range(high - low):
        unsigned[i] = np.uint8(signed[i] == 0) | proxied[i]
    rows = marked(unsigned, w.lists[Listed.ROWS])
    luck = w.scratch[Scratch.LUCK, : rows.size]
    draw_in_week(w, c, week, Purpose.SELF_PRESENT, rows, luck)
    selective, chances = p.self_present_selective, np.empty(4)
    for kind in range(4):
        chances[kind] = p_self_present(kind // 2, kind % 2, publicity, p)
    undecided, m = w.lists[Listed.CHOSEN], np.int64(0)
    for q in range(rows.size):
        i = rows[q]
        chance = chances[2 * np.int64(tenure[i] != Tenure.OWNER_OCCUPIED) + wechat[i]]
        comes = luck[q] < chance * (1.0 - selective)
        asked[i] |= np.uint8(comes)
        undecided[m] = i
        m += np.int64(luck[q] < chance) - np.int64(comes)
    for q in range(m):
        asked[undecided[q]] |= np.uint8(has_reason_to_come(w, c, undecided[q]))


@inlined
def has_reason_to_come(w: World, c: int, i: int) -> bool:
    """Whether a household has a reason to come and sign unasked."""
    k = w.compounds[c]
    r = k.start + i
    first, behind = stairwell_of(w.wholes, k.start, i, k.stop - k.start)
    signed = 0
    for j in range(k.start + first, k.start + behind):
        signed += w.flags[Flag.SIGNED, j]
    neighbours = neighbours_signed(w, c, i, signed / (behind - first))
    refusals = refusals_since(w, c, i, news_of(w, c, i, neighbours))
    return comes_for_a_reason(w.reals[Real.SUPPORT, r], refusals)


@compiled
def visit_finished_compound(w: World, c: int, week: int) -> None:
    """Some residents go and see what was delivered elsewhere (观摩)."""
    k, p, tours = w.compounds[c], w.parameters[c], w.now[c, Instrument.DEMONSTRATION_VISITS]
    tenure, shown = w.flags[Flag.TENURE, k.start : k.stop], w.reals[Real.SHOWN, k.start : k.stop]
    luck = w.scratch[Scratch.LUCK, : k.stop - k.start]
    draw_all_in_week(w, c, week, Purpose.SHOWING, luck)
    for i in range(k.stop - k.start):
        goes = luck[i] < p_join_demonstration(tenure[i] != Tenure.OWNER_OCCUPIED, tours, p)
        shown[i] = k.shown if goes else shown[i]


@compiled
def who_meets_others(w: World, c: int) -> np.ndarray:
    """1 for each household in a group that meets, of activity or volunteers, else 0. uint8, in row order."""
    k, now = w.compounds[c], w.now[c]
    activity, volunteer = (
        w.flags[Flag.IN_ACTIVITY, k.start : k.stop],
        w.flags[Flag.VOLUNTEER, k.start : k.stop],
    )
    meets, called = (
        np.uint8(now[Instrument.ACTIVITY_GROUPS] > 0.0),
        np.uint8(now[Instrument.VOLUNTEERING] > 0.0),
    )
    marks = w.marks[: activity.size]
    for i in range(activity.size):
        marks[i] = (activity[i] & meets) | (volunteer[i] & called)
    return marks


@compiled
def make_acquaintances(w: World, c: int, week: int) -> None:
    """Members of groups that meet get to know each other: ties are made while both have room (`TIE_SLACK`)."""
    k, p = w.compounds[c], w.parameters[c]
    n = k.stop - k.start
    meets = who_meets_others(w, c)
    rows = marked(meets, w.lists[Listed.ROWS])
    luck = w.scratch[Scratch.LUCK, : rows.size]
    draw_in_week(w, c, week, Purpose.GROUP_TIE, rows, luck)
    for q in range(rows.size):
        if luck[q] < p.group_tie:
            j = int(uniform(k.seed, k.number, rows[q], week, Purpose.GROUP_TIE_WITH) * n)
            if j != rows[q] and meets[j] == 1:
                add_tie(w, c, rows[q], j)


@compiled
def receive_visit(w: World, c: int, i: int, luck: float) -> None:
    """A visit: an absentee may be missed; else it shifts support, may press, and asks the household to sign.

    luck : its draw for CONTACT
    """
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    r = k.start + i
    known = household_known(now[Instrument.GRID], w.settings[c].grid_households, p)
    absent = w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED
    if absent and luck >= p_reach_absentee(known, p):
        w.flags[Flag.VISITED, r] = 0
        return
    n_visits = w.wholes[Whole.N_VISITS, r]
    own = w.flags[Flag.LINKED, r] == 1 and now[Instrument.MESSENGERS] > 0.0
    person, says = 0.0, 1.0
    if own:
        messenger = k.start + w.wholes[Whole.MESSENGER_OF, r]
        nominated = w.instruments[c, Instrument.MESSENGERS].choice == Messenger.NOMINATED
        member = w.flags[Flag.PARTY, messenger] != Party.NONE
        person = trust_in_person(w.flags[Flag.ELDER, messenger], member, nominated, p)
        says = what_visitor_says(w.reals[Real.VOICED, messenger], p)
    w.reals[Real.VISIT_SHIFT, r] = visit_shift(
        w.reals[Real.SUPPORT, r],
        w.reals[Real.TRUST_OFFICE, r],
        visitor_link(own, known, p),
        person,
        says,
        w.reals[Real.REACTANCE, r],
        n_visits,
        w.reals[Real.STUBBORNNESS, r],
        p,
    )
    # after the shift: a visit that presses persuades by the trust there was before it
    if w.flags[Flag.SIGNED, r] == 0:
        pressure = felt_pressure(now[Instrument.PRESSURE], n_visits, w.wholes[Whole.REFUSALS, r], p)
        w.reals[Real.PRESSURE, r] = pressure
        w.reals[Real.TRUST_OFFICE, r] = trust_after_pressure(
            w.reals[Real.TRUST_OFFICE, r], pressure, w.reals[Real.PRONENESS, r], p
        )
    made_good = max(np.float64(w.reals[Real.MADE_GOOD, r]), now[Instrument.TAILORED_PLAN])
    w.reals[Real.MADE_GOOD, r] = made_good
    w.wholes[Whole.N_VISITS, r] = n_visits + 1
    w.flags[Flag.ASKED, r] = 1


@compiled
def note_answers(w: World, c: int) -> None:
    """Whoever was asked to sign counts as taking part in the vote, whether or not it signs."""
    low, high = w.compounds[c].start, w.compounds[c].stop
    asked, responded = w.flags[Flag.ASKED, low:high], w.flags[Flag.RESPONDED, low:high]
    for i in range(high - low):
        responded[i] |= asked[i]


@compiled
def settle_feelings(w: World, c: int) -> None:
    """Update every household's reactance, fairness and engagement after the week's visit and meeting.

    Paying counts as a contribution to be praised once management has begun.
    """
    k, p, now = w.compounds[c], held(w.parameters[c]), w.now[c]
    low, high = k.start, k.stop
    reals, flags = w.reals, w.flags
    reactance, proneness = reals[Real.REACTANCE, low:high], reals[Real.PRONENESS, low:high]
    fairness, pressure = reals[Real.FAIRNESS, low:high], reals[Real.PRESSURE, low:high]
    decide = now[Instrument.RESIDENTS_DECIDE]
    for i in range(high - low):
        reactance[i] = update_reactance(reactance[i], proneness[i], pressure[i], decide, p)
        fairness[i] = fairness_in_week(fairness[i], pressure[i], p)
    resentment, trust = reals[Real.RESENTMENT, low:high], reals[Real.TRUST_OFFICE, low:high]
    if p.resentment_signing > 0.0 or p.resentment_enforcement > 0.0:  # else nobody resents anything
        for i in range(high - low):
            trust[i] = trust_with_resentment(trust[i], resentment[i], p)
            resentment[i] = resentment_in_week(resentment[i], p)
    engagement, activity = reals[Real.ENGAGEMENT, low:high], flags[Flag.IN_ACTIVITY, low:high]
    attended, acted = flags[Flag.ATTENDED, low:high], flags[Flag.ACTED_FIRST, low:high]
    volunteer, paid = flags[Flag.VOLUNTEER, low:high], flags[Flag.PAID, low:high]
    managed = np.float64(k.stage == Stage.MANAGEMENT)
    meets, called = (
        np.float64(now[Instrument.ACTIVITY_GROUPS] > 0.0),
        np.float64(now[Instrument.VOLUNTEERING] > 0.0),
    )
    praise = now[Instrument.RECOGNITION]
    for i in range(high - low):
        volunteers = volunteer[i] * called
        contributes = max(attended[i] | acted[i], volunteers, paid[i] * managed)
        taken = occasions(attended[i], activity[i] * meets, volunteers, contributes, praise, p)
        engagement[i] = update_engagement(engagement[i], taken, p)


@compiled
def act_first(w: World, c: int, week: int) -> None:
    """Willing pioneers may sign and remove their own structure before others, where neighbours see it."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    before = k.acted_first
    pioneer, acted = w.flags[Flag.PIONEER, k.start : k.stop], w.flags[Flag.ACTED_FIRST, k.start : k.stop]
    willing = w.marks[: pioneer.size]
    for i in range(pioneer.size):
        willing[i] = pioneer[i] & np.uint8(acted[i] == 0)
    rows = marked(willing, w.lists[Listed.ROWS])
    luck = w.scratch[Scratch.LUCK, : rows.size]
    draw_in_week(w, c, week, Purpose.ACT_FIRST, rows, luck)
    for q in range(rows.size):
        i = rows[q]
        r = k.start + i
        if luck[q] < p_act_first(w.reals[Real.SUPPORT, r], p):
            pledges = uniform(k.seed, k.number, i, week, Purpose.PLEDGE) < now[Instrument.FEE_PLEDGE]
            book_first_action(w, c, r, pledges)
    if k.acted_first > before:
        spread_example(w, c)


@compiled
def book_first_action(w: World, c: int, r: int, pledges: bool) -> None:
    """Book a first action: the household signs, may pledge, and removes its own structure."""
    w.flags[Flag.ACTED_FIRST, r] = 1
    w.flags[Flag.RESPONDED, r] = 1
    w.flags[Flag.SIGNED, r] = 1
    if pledges:
        w.flags[Flag.PLEDGED, r] = 1
    remove_structure(w, c, r)
    w.compounds[c].acted_first += 1


@compiled
def remove_structure(w: World, c: int, r: int) -> None:
    """Remove a household's structure, if one stands, and add its area to the space freed."""
    if w.reals[Real.STRUCTURE, r] > 0.0 and w.flags[Flag.REMOVED, r] == 0:
        w.flags[Flag.REMOVED, r] = 1
        w.compounds[c].freed_m2 += w.reals[Real.STRUCTURE, r]


@compiled
def spread_example(w: World, c: int) -> None:
    """Mark everyone who can see a first action: among one's ties, or in one's stairwell."""
    k = w.compounds[c]
    low, high = k.start, k.stop
    n = high - low
    starts = w.tie_start[k.tie_offset : k.tie_offset + n]
    stops = w.tie_stop[k.tie_offset : k.tie_offset + n]
    acted, example = w.flags[Flag.ACTED_FIRST, low:high], w.flags[Flag.EXAMPLE, low:high]
    stairwells, ties = w.wholes[Whole.STAIRWELL, low:high], w.ties
    in_stairwell = np.zeros(k.n_stairwells, np.int64)
    for i in range(n):
        in_stairwell[stairwells[i]] += acted[i]
    for i in range(n):
        if example[i] == 0:
            seen = in_stairwell[stairwells[i]] - acted[i]  # itself excluded
            example[i] = seen > 0 or count_marked(acted, ties, starts[i], stops[i]) > 0
