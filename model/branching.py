"""A run that goes on under another strategy: burn-in, then what is compared.

    settled = CommunityModel(scenario, rng=7, strategy=load_strategy("none"))
    settled.run_for(52)
    after = [settled.branch(strategy=load_strategy(name)) for name in ("pressure", "visible_example")]

A branch that changes nothing goes on as the run would have gone on, to the last bit: its draws depend on household,
week and purpose, and not on what was before.
"""

import numpy as np

from model.engine import Run, build_world
from model.specification import LEVERS, Scenario
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


def followed(world: World, before: Scenario, after: Scenario, seed: int) -> World:
    """The world of a run, which has gone on under one scenario, from here on under another."""
    was, new = (build_world([Run(s, seed)]) for s in (before, after))
    series = np.zeros((1, after.horizon_weeks, world.series.shape[2]), world.series.dtype)
    weeks = min(series.shape[1], world.series.shape[1])
    series[:, :weeks] = world.series[:, :weeks]
    world = world._replace(series=series, events=new.events)
    members = world.settings["n_members_in_service"].copy()
    world.settings[0] = new.settings[0]
    world.settings["n_members_in_service"] = members
    world.instruments[0] = new.instruments[0]
    world.districts[0] = new.districts[0]
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
    world.compounds["n_volunteers"] = world.flags[Flag.VOLUNTEER].sum()
