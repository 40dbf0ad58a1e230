"""A run that goes on under another strategy: burn-in, then what is compared.

    settled = CommunityModel(scenario, rng=7, strategy=load_strategy("none"))
    settled.run_for(52)
    after = [settled.branch(strategy=load_strategy(name)) for name in ("pressure", "visible_example")]

A branch that changes nothing goes on as the run would have gone on, to the last bit: its draws depend on household,
week and purpose, and not on what was before. The compiled engine runs a scenario with a `burn_in` so, a batch at once.
"""

import numpy as np

from model.specification import FOREVER, LEVERS, Event, Scenario, Strategy, Use
from model.world.state import Flag, Real, Whole, World

#: What a compound is settled with before the first week, which no branch can change.
SETTLED = {
    "programme": ("begins", "standard_items"),
    "management": ("before", "fee_before", "payment_before", "trust_company"),
}
#: Who helps is chosen before the first week: these leave with a household that moves, those stay with the dwelling.
_OF_THE_HOUSEHOLD = (Flag.PIONEER, Flag.VOLUNTEER)
_OF_THE_DWELLING = (Flag.IN_ACTIVITY, Flag.MESSENGER, Flag.LINKED)


def refuse_settled(before: Scenario, after: Scenario, week: int) -> None:
    """Raise ValueError for a change of what is settled before the first week, or a horizon that has passed."""
    changed = [
        name
        for name in ("id", "compound", "parameters", "known", "billing_interval_weeks")
        if getattr(before, name) != getattr(after, name)
    ]
    for section, names in SETTLED.items():
        one, other = before.effective(section), after.effective(section)
        changed += [f"{section}.{name}" for name in names if getattr(one, name) != getattr(other, name)]
    if changed:
        raise ValueError(
            f"{changed[0]}: is settled before the first week; expected a branch that changes strategy, instruments, "
            f"{', '.join(LEVERS)}, events or horizon_weeks"
        )
    if after.horizon_weeks < week:
        raise ValueError(
            f"horizon_weeks = {after.horizon_weeks}; expected at least {week}, the weeks run so far"
        )


def phases(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """What a scenario with a burn-in is until it ends, and from there on, in weeks that count on.

    Weeks of its strategy, deadline and events are said from the end of the burn-in.
    Raises ValueError where the strategy changes what is settled before the first week.
    """
    assert scenario.burn_in is not None
    weeks = scenario.burn_in.weeks
    programme = scenario.programme
    later = {
        "programme": programme.model_copy(update={"deadline_week": _later(programme.deadline_week, weeks)}),
        "events": tuple(_event_later(event, weeks) for event in scenario.events),
        "horizon_weeks": scenario.horizon_weeks + weeks,
        "burn_in": None,
    }
    meanwhile = _with_later_deadline(scenario.burn_in.strategy, weeks)
    before = scenario.model_copy(update={**later, "strategy": meanwhile})
    after = scenario.model_copy(update={**later, "strategy": _postponed(scenario.strategy, weeks)})
    refuse_settled(before, after, weeks)
    return before, after


def _later(week: int, by: int) -> int:
    return min(week + by, FOREVER)


def _event_later(event: Event, by: int) -> Event:
    """The event, so many weeks later; of a new deadline, which is a week, this too."""
    value = event.value + by if event.kind == "deadline" else event.value
    return event.model_copy(update={"week": _later(event.week, by), "value": value})


def _with_later_deadline(strategy: Strategy, by: int) -> Strategy:
    programme = dict(strategy.programme)
    if "deadline_week" in programme:
        programme["deadline_week"] = _later(programme["deadline_week"], by)
    return strategy.model_copy(update={"programme": programme})


def _postponed(strategy: Strategy, by: int) -> Strategy:
    """The strategy, so many weeks later."""

    def used_later[Used: Use](uses: dict[str, Used]) -> dict[str, Used]:
        return {
            name: use.model_copy(
                update={"start_week": _later(use.start_week, by), "end_week": _later(use.end_week, by)}
            )
            for name, use in uses.items()
        }

    uses = {"instruments": used_later(strategy.instruments), "own": used_later(strategy.own)}
    return _with_later_deadline(strategy, by).model_copy(update=uses)


def followed(world: World, was: World, new: World) -> World:
    """The world of a batch, which has gone on for a while, from here on under other scenarios.

    was, new : before the first week, under the scenarios so far and from here on
    """
    series = np.zeros_like(new.series)
    weeks = min(series.shape[1], world.series.shape[1])
    series[:, :weeks] = world.series[:, :weeks]
    world = world._replace(series=series, measured=new.measured, events=new.events)
    members = world.settings["n_members_in_service"].copy()
    world.settings[:] = new.settings
    world.settings["n_members_in_service"] = members
    world.instruments[:] = new.instruments
    world.districts[:] = new.districts
    world.rests[:] = new.rests
    for name in ("money_left", "deadline"):
        world.compounds[name] += new.compounds[name] - was.compounds[name]
    _choose_helpers(world, was, new)
    return world


def _choose_helpers(world: World, was: World, new: World) -> None:
    """Who would have been chosen before the first week helps from now on, unless it has moved away since."""
    stayed = world.reals[Real.DISPOSITION] == was.reals[Real.DISPOSITION]
    for flag in (*_OF_THE_HOUSEHOLD, *_OF_THE_DWELLING):
        differs = new.flags[flag] != was.flags[flag]
        chosen = differs & stayed if flag in _OF_THE_HOUSEHOLD else differs
        world.flags[flag, chosen] = new.flags[flag, chosen]
    differs = new.wholes[Whole.MESSENGER_OF] != was.wholes[Whole.MESSENGER_OF]
    world.wholes[Whole.MESSENGER_OF, differs] = new.wholes[Whole.MESSENGER_OF, differs]
    for compound in world.compounds:
        compound["n_volunteers"] = world.flags[Flag.VOLUNTEER, compound["start"] : compound["stop"]].sum()
