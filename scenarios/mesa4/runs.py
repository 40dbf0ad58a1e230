"""Our scenarios as Mesa's, and how one of them is run: what `run_scenarios` takes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd

from model.community import CommunityModel
from model.measures import Outcome
from scenarios.files.problems import ScenarioError, nearest
from scenarios.files.settings import apply_settings
from scenarios.loading import load_case
from scenarios.mesa4.parts import part

_Scenario = part("scenario", "Scenario")
#: Of Mesa's scenario, what says which case, strategy and seed; every other parameter is a setting.
OWN = ("case", "strategy", "seed")
#: Kept by week, unless told otherwise; the insincere share stands beside consent.
WEEKLY = ("stage", "headline_consent", "valid_consent", "insincere_share", "payment_rate")
_SEED_BITS = 53


def community_scenarios(
    cases: str | Sequence[str],
    strategies: str | Sequence[str | None] | None = None,
    *,
    seeds: Iterable[int] = (1,),
    settings: Iterable[Mapping[str, Any]] = ({},),
) -> list[Any]:
    """One of Mesa's scenarios for each case, strategy, set of settings and seed.

    strategies : names or files; None: the case's own
    settings : sets of single values by name, such as {"programme.consent_gate": 0.9}
    Its `scenario_id` counts the combinations, its `replication_id` the seeds. The same seed is the same luck
    under every strategy.
    """
    points = product(_listed(cases), _listed(strategies), settings)
    replications = list(enumerate(seeds))
    return [
        _Scenario(
            scenario_id=number,
            replication_id=replication,
            rng=seed,
            case=case,
            strategy=strategy,
            seed=seed,
            **changed,
        )
        for number, (case, strategy, changed) in enumerate(points)
        for replication, seed in replications
    ]


def _listed(given: Any) -> list[Any]:
    return [given] if given is None or isinstance(given, str) else list(given)


class CommunityRuns(part("runner", "RunConfiguration")):  # type: ignore[misc]  # of whichever Mesa is installed
    """How a scenario of Mesa's is run by our model, and what comes of it: `summary`, a row, and `weekly`, a row a week.

    weekly : outcomes kept by week (`model.measures.Outcome` in lower case)
    engine : "compiled" or "agents"
    The scenario's parameters: `case` (national_mean where there is none), `strategy` (the case's own), `seed` (drawn
    from the scenario's generator), and settings by name. A misspelt one is refused, and its run is kept as failed.
    """

    def __init__(
        self, weekly: Sequence[str] = WEEKLY, engine: Literal["compiled", "agents"] = "compiled"
    ) -> None:
        known = [outcome.name.lower() for outcome in Outcome]
        for name in weekly:
            if name not in known:
                raise ScenarioError(f"weekly: {name!r} is no outcome{nearest(name, known)}")
        # Ours stops at its horizon; the least that Mesa accepts stands for it.
        super().__init__(CommunityModel, until=1, outcomes=["summary", "weekly"])
        self.weekly = tuple(weekly)
        self.engine: Literal["compiled", "agents"] = engine

    def instantiate_model(self, scenario: Any) -> CommunityModel:
        """The model of a scenario. Raises ScenarioError for what is unknown or out of range."""
        given = dict(scenario)
        case = load_case(given.get("case", "national_mean"))
        ours = case.scenario(strategy=given.get("strategy"))
        changed = [f"{name}={value}" for name, value in given.items() if name not in OWN]
        return CommunityModel(apply_settings(ours, changed), rng=seed_of(scenario), engine=self.engine)

    def run_model(self, model: Any) -> None:
        """Run to the horizon of the scenario."""
        model.run()

    def extract_output(self, model: Any) -> dict[str, pd.DataFrame]:
        """The summary outcomes, and the weekly ones that are kept."""
        results = model.results()
        weeks = pd.DataFrame(
            {name: results.series[0, :, Outcome[name.upper()]] for name in self.weekly},
        )
        weeks.insert(0, "week", np.arange(len(weeks)))
        return {"summary": results.summary(), "weekly": weeks}


def seed_of(scenario: Any) -> int:
    """The seed of our model: the scenario's own where it names one, else from how its generator begins."""
    named = dict(scenario).get("seed")
    if named is not None:
        return int(named)
    begins = beginning(scenario)
    if "entropy" in begins:
        words = _sequence(begins).generate_state(1, np.uint64)
    else:
        state = begins["state"]
        words = np.asarray(state["state"] if isinstance(state, dict) else state).reshape(-1)
    return int(words[0]) % 2**_SEED_BITS


def beginning(scenario: Any) -> dict[str, Any]:
    """How a scenario's generator begins, as plain data: its seed sequence, or, in the first pre-release, its state."""
    sequence = getattr(scenario, "seed_sequence", None)
    if sequence is None:
        return dict(scenario.initial_rng_state)
    kind = type(scenario.rng.bit_generator).__name__
    return {"entropy": sequence.entropy, "spawn_key": list(sequence.spawn_key), "bit_generator": kind}


def generator(begins: dict[str, Any]) -> np.random.Generator:
    """The generator that begins so."""
    kind = getattr(np.random, begins["bit_generator"])
    if "entropy" in begins:
        return np.random.Generator(kind(_sequence(begins)))
    bits = kind()
    bits.state = begins
    return np.random.Generator(bits)


def _sequence(begins: dict[str, Any]) -> np.random.SeedSequence:
    return np.random.SeedSequence(begins["entropy"], spawn_key=tuple(begins["spawn_key"]))
