"""What `run_scenarios` does, as far as a store and a configuration can tell: for a Mesa 4 that does not have it yet.

The first pre-release of Mesa 4 has `Scenario` and not yet `run_scenarios`, `RunConfiguration` and the types of its
store. `provide` puts what follows in their place; where Mesa has them, it leaves Mesa's own alone and says so.
"""

import sys
from concurrent.futures import as_completed
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from types import ModuleType
from typing import Any

SCENARIOS = "mesa.experimental.scenarios"
Status = Enum("Status", {name: name for name in ("PENDING", "SUCCEEDED", "FAILED", "ABORTED")})
FailureOrigin = Enum(
    "FailureOrigin",
    {name.upper(): name for name in ("instantiating", "running", "extracting", "writing", "aborted")},
)


@dataclass(frozen=True)
class RunId:
    scenario_id: int
    replication_id: int


@dataclass
class RunRecord:
    scenario: Any
    status: Any
    output: Any = None
    failure: Any = None


@dataclass(frozen=True)
class FailureInfo:
    origin: Any
    exception_type: str
    message: str
    traceback: str


class RunStageError(Exception):
    """A stage of a run has failed, for the reason it was raised from."""

    def __init__(self, origin):
        super().__init__(origin.value)
        self.origin = origin


class RunConfiguration:
    def __init__(self, model_class, until, model_args=None, model_kwargs=None, outcomes=None):
        self.model_class, self.until, self.outcomes = model_class, until, outcomes

    def __call__(self, scenario):
        model = _at(FailureOrigin.INSTANTIATING, self.instantiate_model, scenario)
        _at(FailureOrigin.RUNNING, self.run_model, model)
        return _at(FailureOrigin.EXTRACTING, self.extract_output, model)


def _at(origin, stage, argument):
    try:
        return stage(argument)
    except Exception as error:
        raise RunStageError(origin) from error


def _ran(config, scenario, writer):
    """What a worker does: the reference of a run, or why there is none."""
    try:
        outcome = config(scenario)
    except RunStageError as error:
        return None, FailureInfo(error.origin, type(error.__cause__).__name__, str(error.__cause__), "")
    try:
        return writer.to_reference(RunId(scenario.scenario_id, scenario.replication_id), outcome), None
    except Exception as error:
        return None, FailureInfo(FailureOrigin.WRITING, type(error).__name__, str(error), "")


def run_scenarios(scenarios, config, *, executor=None, store, progress=True):
    scenarios, writer = list(scenarios), store.writer()
    store.write_scenarios(scenarios)

    def record(scenario, reference, failure):
        if failure is None:
            store.mark_succeeded(reference)
        else:
            store.mark_failed(RunId(scenario.scenario_id, scenario.replication_id), failure)

    if executor is None:
        for scenario in scenarios:
            record(scenario, *_ran(config, scenario, writer))
        return store
    futures = {executor.submit(_ran, config, scenario, writer): scenario for scenario in scenarios}
    for future in as_completed(futures):
        record(futures[future], *future.result())
    return store


def _exception(name):
    return type(name, (Exception,), {})


def provide() -> str:
    """Make `mesa.experimental.scenarios.runner` and its like importable; returns whose they are."""
    if find_spec(f"{SCENARIOS}.runner") is not None:
        return "Mesa"
    for module, names in {
        "store": ("RunId", "RunRecord", "Status"),
        "exceptions": ("FailureInfo", "FailureOrigin"),
        "runner": ("RunConfiguration", "run_scenarios"),
    }.items():
        made = ModuleType(f"{SCENARIOS}.{module}")
        vars(made).update({name: globals()[name] for name in names})
        sys.modules[made.__name__] = made
    exceptions = sys.modules[f"{SCENARIOS}.exceptions"]
    for what in ("NotFound", "NotReady", "Failed", "Aborted"):
        setattr(exceptions, f"Scenario{what}Exception", _exception(f"Scenario{what}Exception"))
    return "stand-in"
