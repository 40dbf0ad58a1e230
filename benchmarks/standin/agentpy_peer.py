"""The stand-in rule in AgentPy, as its tutorials write a network model."""

import math
from typing import Any

import agentpy as ap
import networkx as nx
import numpy as np
from standin.rule import CONSTANT, EPSILON, NOISE, OF_OPINION, OF_SHARE, SEED, Start, Ties


class Resident(ap.Agent):
    """One resident."""

    def setup(self) -> None:
        """Nothing is known yet: the model hands out the start."""
        self.opinion, self.susceptibility, self.consent = 0.0, 0.0, False

    def decide(self) -> None:
        """Look at the neighbours and make up one's mind."""
        total, count, consenting, degree = 0.0, 0, 0, 0
        for neighbour in self.model.network.neighbors(self):
            degree += 1
            gap = neighbour.opinion - self.opinion
            if abs(gap) < EPSILON:
                total += gap
                count += 1
            if neighbour.consent:
                consenting += 1
        moved = self.opinion + self.model.random.gauss(0.0, NOISE)
        if count:
            moved += self.susceptibility * total / count
        self.next_opinion = min(max(moved, 0.0), 1.0)
        share = consenting / degree if degree else 0.0
        leaning = CONSTANT + OF_OPINION * self.next_opinion + OF_SHARE * share
        self.next_consent = self.model.random.random() < 1.0 / (1.0 + math.exp(-leaning))

    def show(self) -> None:
        """Show it."""
        self.opinion, self.consent = self.next_opinion, self.next_consent


class Community(ap.Model):
    """All residents."""

    def setup(self) -> None:
        """Residents on their network."""
        ties, start = self.p.ties, self.p.start
        self.agents = ap.AgentList(self, len(start.opinion), Resident)
        for name in ("opinion", "susceptibility", "consent"):
            setattr(self.agents, name, ap.AttrIter(getattr(start, name).tolist()))
        graph = nx.Graph()
        graph.add_nodes_from(range(len(start.opinion)))
        graph.add_edges_from(zip(*(side.tolist() for side in ties.pairs()), strict=True))
        self.network = ap.Network(self, graph)
        self.network.add_agents(self.agents, self.network.nodes)

    def step(self) -> None:
        """Everyone decides, then everyone shows."""
        self.agents.decide()
        self.agents.show()


class AgentPyPopulation:
    """AgentPy's community, to be measured."""

    def __init__(self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1) -> None:
        self.model = Community({"ties": ties, "start": start, "seed": SEED})
        self.model.sim_setup(steps=10**9, seed=SEED)
        if luck is not None:
            self.model.random = luck

    def advance(self, steps: int) -> None:
        """Take this many steps more."""
        for _ in range(steps):
            self.model.sim_step()

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        agents = self.model.agents
        return np.array([a.opinion for a in agents]), np.array([a.consent for a in agents])


build = AgentPyPopulation
