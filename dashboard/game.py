"""The game of the classroom: a street office decides quarter by quarter, on the draws everybody has. Runs in a worker.

What was decided is kept, not what came of it: a game is played again from its first week whenever it is looked at,
with the same households and the same luck.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from dashboard import own
from dashboard.choices import case_named, files, strategy_named
from dashboard.trajectory import SHOWN_SEED
from model.brought import brought
from model.engine import Run, build_world, check_audit
from model.instruments import Instrument
from model.measures import Outcome
from model.settings import with_settings
from model.specification import FOREVER, Office, Scenario, Strategy, Use
from model.summary import summarise
from model.week.schedule import advance
from model.world.state import Flag, World
from scenarios.loading import list_cases

QUARTERS, QUARTER_WEEKS = 12, 13
HORIZON = QUARTERS * QUARTER_WEEKS
#: Normal hours of an office, and what there is for three years: so many quarters of twelve at that rate. A judgement.
NORMAL_HOURS, QUARTERS_PAID = Office().hours_per_household_week, 6.0
#: Money for devices in all, yuan a household: too little for all of them all the time. A judgement.
MONEY = 15.0
#: The draw a group plays: an ordinary compound.
PLAYED = SHOWN_SEED
#: Draws over which a finished game is compared, and their seeds; the first is the one that was played.
DRAWS = 20
SEEDS = (PLAYED, *(seed for seed in range(1, DRAWS + 1) if seed != PLAYED))
#: Hours that others would give a plan unpaid: a group can ask for none, so that a preset has none either.
NO_HOURS_BESIDES = {"member_hours": 0.0, "volunteer_hours": 0.0}
#: What a game is read by on every page and in its verdict, each in the last week played.
WATCHED = {
    "headline": Outcome.HEADLINE_CONSENT,
    "valid": Outcome.VALID_CONSENT,
    "insincere": Outcome.INSINCERE_SHARE,
    "payment": Outcome.PAYMENT_RATE,
}
#: What groups are compared with: the strategies of the cities, which are called like their cases, and two more.
PRESETS = ("information_only", *list_cases(), "pressure")


def presets() -> tuple[str, ...]:
    """The same, and strategies of files that the server knows."""
    return (*PRESETS, *files().strategies)


@dataclass(frozen=True)
class Turn:
    """What the office does in one quarter. hours : of the normal rate, 0 to 2; the others are intensities, 0 to 1.

    own : (name, intensity) pairs of own instruments, sorted, those at rest left out
    """

    hours: float = 1.0
    visits: float = 1.0
    consult: float = 0.0
    example: float = 0.0
    tailor: float = 0.0
    tours: float = 0.0
    disclose: float = 0.0
    accounts: float = 0.0
    trial: float = 0.0
    remind: float = 0.0
    points: float = 0.0
    force: float = 0.0
    own: tuple[tuple[str, float], ...] = ()

    def decided(self, decision: str) -> float:
        """What was decided: of `DECISIONS`, or `own.NAME` for an own instrument."""
        if decision.startswith(own.OWN):
            return dict(self.own).get(decision.removeprefix(own.OWN), 0.0)
        value: float = getattr(self, decision)
        return value

    def with_decisions(self, values: Mapping[str, float]) -> "Turn":
        """The same with other decisions, named as in `decided`."""
        mine = {key.removeprefix(own.OWN): value for key, value in values.items() if key.startswith(own.OWN)}
        usual = {key: value for key, value in values.items() if not key.startswith(own.OWN)}
        in_use = {name: value for name, value in {**dict(self.own), **mine}.items() if value > 0.0}
        return replace(self, own=tuple(sorted(in_use.items())), **usual)


#: The instrument behind each decision but `hours`, and the choice made of it.
BEHIND: dict[str, tuple[str, str]] = {
    "visits": ("home_visits", "undecided_first"),
    "consult": ("consultation", "responsive"),
    "example": ("pioneers", "party"),
    "tailor": ("tailored_plan", ""),
    "tours": ("demonstration_visits", ""),
    "disclose": ("disclosure", ""),
    "accounts": ("open_accounts", ""),
    "trial": ("trial_then_pay", ""),
    "remind": ("reminders", ""),
    "points": ("points", ""),
    "force": ("pressure", ""),
}
DECISIONS = tuple(field.name for field in fields(Turn) if field.name != "own")


def own_decisions() -> tuple[str, ...]:
    """Decisions about the own instruments that the server knows."""
    return tuple(own.OWN + name for name in brought().instruments)


@dataclass(frozen=True)
class Played:
    """A game so far, on the draw a group watches.

    series : (weeks so far, outcomes) float32; hours_left, hours_all : person-hours; money_left, money_all : yuan
    """

    series: np.ndarray
    households: int
    hours_left: float
    hours_all: float
    money_left: float
    money_all: float

    def now(self, outcome: Outcome) -> float:
        """An outcome in the last week played."""
        return float(self.series[-1, outcome])


def limits() -> dict[str, float]:
    """Hours and money that every plan of the game has, presets too; hours are all that anybody works for it."""
    return {
        "hours_budget_per_household": NORMAL_HOURS * QUARTERS_PAID * QUARTER_WEEKS,
        "mobilisation_yuan_per_household": MONEY,
    }


def office_of(case: str, example: float = 0.0) -> Scenario:
    """The compound under an office that has decided nothing yet, but could.

    example : share of Party members who will be asked to go first: who is willing is drawn before the first week
    """
    uses = {
        name: Use(intensity=example if decision == "example" else 0.0, choice=choice)
        for decision, (name, choice) in BEHIND.items()
    }
    strategy = Strategy(
        id="game", instruments=uses, office={"hours_per_household_week": NORMAL_HOURS, **limits()}
    )
    return case_named(case).scenario(strategy=strategy, horizon_weeks=HORIZON)


def preset_of(case: str, name: str) -> Scenario:
    """The compound under a preset strategy with the hours and money of the game, and nobody's hours besides."""
    strategy = brought().used_by(strategy_named(name))
    preset = case_named(case).scenario(strategy=strategy, office=limits(), horizon_weeks=HORIZON)
    return with_settings(preset, NO_HOURS_BESIDES)


def replay(
    case: str, turns: Sequence[Turn], seeds: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Play turns in a compound, once for each seed.

    Returns the series, (seeds, weeks so far, outcomes) float32; staff hours worked; yuan left for devices, by seed.
    Raises EngineError when an audit fails.
    """
    asked = next((turn.example for turn in turns if turn.example), 0.0)
    scenario = office_of(case, asked)
    if any(turn.own for turn in turns):
        parts = [_with_own(case, turns, seed, scenario) for seed in seeds]
        series, hours, money = (np.concatenate(column) for column in zip(*parts, strict=True))
        return series, hours, money
    world = build_world([Run(scenario, seed) for seed in seeds])

    def go(quarter: int) -> None:
        advance(world, 0, len(seeds), quarter * QUARTER_WEEKS, QUARTER_WEEKS)

    return _played(case, turns, seeds, world, go)


type _Replayed = tuple[np.ndarray, np.ndarray, np.ndarray]


def _with_own(case: str, turns: Sequence[Turn], seed: int, scenario: Scenario) -> _Replayed:
    """The same of one seed, in a model in which own instruments act."""
    played = own.Steered(scenario, seed)

    def go(quarter: int) -> None:
        played.go(dict(turns[quarter].own), QUARTER_WEEKS)

    return _played(case, turns, [seed], played.world, go)


def _played(
    case: str, turns: Sequence[Turn], seeds: Sequence[int], world: World, go: Callable[[int], None]
) -> _Replayed:
    """Play turns in a world before its first week. go : runs a quarter as it has been decided"""
    asked = next((turn.example for turn in turns if turn.example), 0.0)
    ready = world.flags[Flag.PIONEER].copy()
    usual = world.districts["hours_per_week"].copy()
    world.instruments["start_week"] = 0
    world.instruments["end_week"] = FOREVER
    for quarter, turn in enumerate(turns):
        if turn.example not in (0.0, asked):
            asked, before, ready = turn.example, ready, willing(case, seeds, turn.example)
            ask_others(world, before, ready)
        world.districts["hours_per_week"] = usual * turn.hours
        for decision, (name, _) in BEHIND.items():
            world.instruments["intensity"][:, Instrument[name.upper()]] = turn.decided(decision)
        go(quarter)
    check_audit(world)
    weeks = len(turns) * QUARTER_WEEKS
    compounds = world.compounds
    return world.series[:, :weeks].copy(), compounds["staff_hours"].copy(), compounds["money_left"].copy()


def willing(case: str, seeds: Sequence[int], example: float) -> np.ndarray:
    """Who is willing to go first where such a share is asked, (households of all seeds,) uint8: 1 or 0."""
    return build_world([Run(office_of(case, example), seed) for seed in seeds]).flags[Flag.PIONEER].copy()


def ask_others(world: World, before: np.ndarray, now: np.ndarray) -> None:
    """Ask a larger or smaller share to go first; whoever moved in since is as unwilling as under any strategy.

    before, now : `willing` of the share asked so far and of the new one
    """
    marks = world.flags[Flag.PIONEER]
    marks[:] = (marks | (now & ~before)) & now


def play(case: str, turns: Sequence[Turn], seed: int = PLAYED) -> Played:
    """The game so far as its group sees it."""
    series, hours, money = replay(case, turns, [seed])
    scenario = case_named(case).scenario()
    n = scenario.compound.households
    hours_all = scenario.hours_given(limits()["hours_budget_per_household"], n)
    money_all = MONEY * n
    return Played(series[0], n, max(hours_all - float(hours[0]), 0.0), hours_all, float(money[0]), money_all)


def outcome_of(case: str, turns: Sequence[Turn]) -> pd.DataFrame:
    """A finished game over all draws: one row a draw, the summary outcomes, and `WATCHED` in the last week.

    The first row is the draw that its group has watched.
    """
    series, _, _ = replay(case, turns, list(SEEDS))
    n = case_named(case).scenario().compound.households
    return _table(case, series, n)


def preset_outcome(case: str, name: str) -> pd.DataFrame:
    """A preset strategy with the game's hours and money on the same draws, as `outcome_of`."""
    scenario = preset_of(case, name)
    return _table(case, own.runs_of(scenario, SEEDS).series, scenario.compound.households)


def _table(case: str, series: np.ndarray, n: int) -> pd.DataFrame:
    table = summarise(series, np.full(len(series), n))
    for key, outcome in WATCHED.items():
        table[key] = series[:, -1, outcome].astype(np.float64)
    table.insert(0, "seed", SEEDS)
    table.insert(0, "case", case)
    table.insert(0, "run", np.arange(len(SEEDS)))
    return table
