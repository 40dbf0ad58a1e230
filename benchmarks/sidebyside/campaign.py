"""The measurements of `peers.py`, in what order, how often, and each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sidebyside.environments import NotInstalledError, plain, python_of
from sidebyside.kept import AGENTS_UNFINISHED, circumstances, load, save
from standin.engine import draw_all
from standin.registry import OWN, PEERS, Peer
from standin.rule import SEED, STEPS

from scenarios.catalogue import text

HERE = Path(__file__).parents[1]
PATIENCE = 1800
#: Residents and steps for which all peers are handed the same draws.
AGREE_RESIDENTS, AGREE_STEPS = 1001, STEPS
#: Peers that take minutes where the others take seconds.
SLOW = ("mesa", "mesa_4", "agentpy", "mesa_frames")
WHOLE_COMPOUNDS = 556


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    sizes : residents of the stand-in; rounds : how often everything takes its turn; slow_rounds : by size, for `SLOW`
    compounds : by number, in how many rounds, of the full model; agents : compounds run by agents, over all rounds
    seconds : how long a fast peer repeats in one process; steps : of a run
    first_start : whether the engine is compiled anew, to see how long a first run takes, and with a wheel
    swept : runs of a sweep of small compounds, from start to end
    """

    sizes: tuple[int, ...]
    rounds: int
    slow_rounds: dict[int, int]
    compounds: dict[int, int]
    two_threads: tuple[int, ...]
    agents: int
    sweep: int
    seconds: float
    first_start: bool = True
    swept: int = 50_000
    steps: int = STEPS


FULL = Plan(
    sizes=(10_000, 100_000),
    rounds=3,
    slow_rounds={10_000: 3, 100_000: 3},
    compounds={3: 3, 11: 3, 56: 3, 278: 3, 556: 3, 5556: 1},
    two_threads=(56, 556, 5556),
    agents=56,
    sweep=32,
    seconds=2.0,
)
QUICK = Plan(
    sizes=(1_000,),
    rounds=1,
    slow_rounds={1_000: 1},
    compounds={3: 1, 56: 1},
    two_threads=(56,),
    agents=1,
    sweep=4,
    seconds=0.1,
    first_start=False,
    swept=200,
)


class FailedError(Exception):
    """A measurement did not end well; the message says why."""


@dataclass
class Campaign:
    """All measurements of a plan."""

    plan: Plan
    only: str | None = None
    missing: dict[str, str] = field(default_factory=dict)
    agreement: dict[str, dict[str, Any]] = field(default_factory=dict)
    standin: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    full: dict[tuple[str, int, int], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    start: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sweeps: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """Measure, round by round, and return everything; progress goes to standard error."""
        begun = time.perf_counter()
        result = circumstances()
        peers = self.installed() if self.only != "full" else []
        if peers:
            self._agree(peers)
        for turn in range(self.plan.rounds):
            for one, n in self._standin_turn(peers, turn):
                self._measure_peer(one, n, turn)
            if self.only != "stand-in":
                self._full_turn(turn)
                self._start_turn(turn)
                self._sweep_turn(turn)
        minutes = (time.perf_counter() - begun) / 60
        return {**result, "minutes": round(minutes, 1), "steps": self.plan.steps, **self._tables()}

    def installed(self) -> list[Peer]:
        """The peers that can be run here; why the others cannot is kept."""
        able = []
        for one in PEERS:
            try:
                say(f"setting up {label(one.name)}")
                interpreter(one)
                able.append(one)
            except NotInstalledError as problem:
                self.missing[one.name] = str(problem)
        return able

    def _agree(self, peers: list[Peer]) -> None:
        """Hand the same draws to every peer and compare the ends of their stories with the engine's."""
        z, u = draw_all(AGREE_RESIDENTS, AGREE_STEPS, SEED)
        with tempfile.TemporaryDirectory() as folder:
            draws = Path(folder) / "draws.npz"
            np.savez(draws, z=z, u=u)
            stories = {}
            for one in list(peers):
                say(f"{label(one.name)} on given draws")
                try:
                    stories[one.name] = call(one, one.name, "--agree", draws)
                except FailedError as problem:
                    self.missing[one.name] = str(problem)
                    peers.remove(one)
        if "engine" not in stories:
            raise FailedError(f"the engine itself cannot be measured: {self.missing['engine']}")
        ours = stories["engine"]
        for name, theirs in stories.items():
            gaps = np.abs(np.subtract(theirs["opinion"], ours["opinion"]))
            differing = np.not_equal(theirs["consent"], ours["consent"])
            self.agreement[name] = {
                "largest_gap": float(gaps.max()),
                "consent_differs": int(differing.sum()),
            }

    def _standin_turn(self, peers: list[Peer], turn: int) -> Iterator[tuple[Peer, int]]:
        """Which peers are measured this round, and on how many residents."""
        for n in self.plan.sizes:
            for one in peers:
                if one.name not in SLOW or turn < self.plan.slow_rounds[n]:
                    yield one, n

    def _measure_peer(self, one: Peer, n: int, turn: int) -> None:
        say(f"round {turn + 1} of {self.plan.rounds}: {label(one.name)}, {n:,} residents")
        try:
            took = call(one, one.name, n, "--steps", self.plan.steps, "--seconds", self.plan.seconds)
        except FailedError as problem:
            self.missing[one.name] = str(problem)
        else:
            self.standin[one.name, n].append(took)

    def _full_turn(self, turn: int) -> None:
        plan = self.plan
        chunks = np.linspace(0, plan.agents, plan.rounds + 1).astype(int)
        jobs: list[tuple[str, int, int]] = []
        for compounds, rounds in plan.compounds.items():
            if turn < rounds:
                jobs += [("compiled", compounds, 1)]
                jobs += [("compiled", compounds, 2)] * (compounds in plan.two_threads)
        jobs += [("sweep", plan.sweep, 1)]
        for what, number, threads in jobs:
            say(f"round {turn + 1} of {plan.rounds}: full model, {what} {number:,}, {threads} thread(s)")
            options = ("--threads", threads, "--seconds", plan.seconds)
            self.full[what, number, threads].append(run_script("full.py", what, number, *options))
        first, last = chunks[turn], chunks[turn + 1]
        if last > first:
            say(f"round {turn + 1} of {plan.rounds}: full model, agents, compounds {first + 1} to {last}")
            self.full["agents", plan.agents, 1].append(run_script("full.py", "agents", first, last))

    def _start_turn(self, turn: int) -> None:
        for how in ("warm", *(("first", "wheel") if turn == 0 and self.plan.first_start else ())):
            say(f"round {turn + 1} of {self.plan.rounds}: `gongzhi run` of a preset, {how}")
            self.start[how] += run_script("start.py", how)["wall"]

    def _sweep_turn(self, turn: int) -> None:
        say(f"round {turn + 1} of {self.plan.rounds}: a sweep of {self.plan.swept:,} runs")
        self.sweeps.append(run_script("sweeps.py", "--runs", self.plan.swept, "--json"))

    def _tables(self) -> dict[str, Any]:
        """All measurements in the order of peers and sizes."""
        return {
            "missing": {label(name): why for name, why in self.missing.items()},
            "standin": [
                {
                    "peer": one.name,
                    "label": label(one.name),
                    "threads": one.threads,
                    "residents": n,
                    **merged(self.standin[one.name, n]),
                    **self.agreement.get(one.name, {}),
                }
                for n in self.plan.sizes
                for one in PEERS
                if self.standin.get((one.name, n))
            ],
            "full": [
                {"what": what, "threads": threads, **merged_full(what, turns)}
                for (what, _, threads), turns in self.full.items()
            ],
            "start": dict(self.start),
            "sweeps": self.sweeps,
        }


def merged(turns: list[dict[str, Any]]) -> dict[str, Any]:
    """The turns of one peer as one: all times, the highest peak of memory."""
    return {
        **turns[-1],
        "cpu": [round(t, 6) for turn in turns for t in turn["cpu"]],
        "wall": [round(t, 6) for turn in turns for t in turn["wall"]],
        "memory_before": round(max(turn["memory_before"] for turn in turns), 1),
        "memory_peak": round(max(turn["memory_peak"] for turn in turns), 1),
    }


def merged_full(what: str, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """As `merged`; the agents' turns are different compounds, which are added up."""
    one = merged(turns)
    if what == "agents":
        one["compounds"] = sum(turn["compounds"] for turn in turns)
        one["residents"] = sum(turn["residents"] for turn in turns)
        one["same_outcomes"] = all(turn["same_outcomes"] for turn in turns)
        del one["first"]
    return one


def measure_agents_whole(compounds: int = WHOLE_COMPOUNDS, at_once: int = 28) -> dict[str, Any]:
    """The agent engine on 100,000 residents, every compound once, with the compiled engine between.

    What has been measured is kept in `AGENTS_UNFINISHED`; an interrupted pass of the same code goes on from there.
    """
    result = circumstances()
    passes = [range(first, min(first + at_once, compounds)) for first in range(0, compounds, at_once)]
    earlier = load(AGENTS_UNFINISHED) or {}
    same_code = (earlier.get("code"), earlier.get("at_once")) == (result["code"], at_once)
    turns: list[dict[str, Any]] = earlier["turns"] if same_code else []
    compiled: list[dict[str, Any]] = earlier["compiled"] if same_code else []
    for one in passes[len(turns) :]:
        say(f"agents: compounds {one.start + 1} to {one.stop} of {compounds}")
        if len(compiled) < 5:
            compiled.append(run_script("full.py", "compiled", compounds, "--seconds", 0))
        turns.append(run_script("full.py", "agents", one.start, one.stop))
        so_far = {"code": result["code"], "at_once": at_once, "turns": turns, "compiled": compiled}
        save(AGENTS_UNFINISHED, so_far)
    AGENTS_UNFINISHED.unlink(missing_ok=True)
    return {**result, "agents": merged_full("agents", turns), "compiled": merged(compiled)}


def label(name: str) -> str:
    """What a peer is called."""
    return text(f"benchmark.{name}", "en")


# -- processes --------------------------------------------------------------------------------------------


def interpreter(one: Peer) -> Path:
    """The Python a peer runs in. Raises NotInstalledError."""
    return Path(sys.executable) if one.environment == OWN else python_of(one.environment)


def call(one: Peer, *arguments: object) -> dict[str, Any]:
    """Run `standin/measure.py` in a peer's environment. Raises FailedError."""
    script = HERE / "standin" / "measure.py"
    return _run([interpreter(one), script, *arguments], threads=one.threads)


def run_script(script: str, *arguments: object) -> dict[str, Any]:
    """Run a script of this folder in the project's environment. Raises FailedError."""
    return _run([sys.executable, HERE / script, *arguments])


def _run(command: list[object], threads: int = 1) -> dict[str, Any]:
    """The last line a command prints, as JSON."""
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(limits, str(threads))}
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, env=environment)
    except subprocess.TimeoutExpired:
        raise FailedError(f"gave up after {PATIENCE} seconds") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with status {done.returncode}"]
        raise FailedError(plain(last[0]))
    return json.loads(done.stdout.strip().splitlines()[-1])


def say(text: str) -> None:
    """One line of progress."""
    print(f"  {text}", file=sys.stderr, flush=True)
