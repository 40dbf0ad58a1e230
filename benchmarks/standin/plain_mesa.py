"""The stand-in rule as Mesa's own tutorials would write it: agents on a network, one method a decision.

The same lines run under Mesa 3.5 and under the pre-release of Mesa 4; which, the environment says.
"""

import math
from typing import Any

import mesa
import networkx as nx
import numpy as np
from mesa.discrete_space import FixedAgent, Network
from standin.rule import CONSTANT, EPSILON, NOISE, OF_OPINION, OF_SHARE, SEED, Start, Ties


class Resident(FixedAgent):
    """One resident, who lives in a cell of the network."""

    def __init__(
        self, model: mesa.Model, cell: Any, opinion: float, susceptibility: float, consent: bool
    ) -> None:
        super().__init__(model)
        self.cell = cell
        self.opinion, self.susceptibility, self.consent = opinion, susceptibility, consent
        self.next_opinion, self.next_consent = opinion, consent

    def step(self) -> None:
        """Look at the neighbours and make up one's mind."""
        total, count, consenting, degree = 0.0, 0, 0, 0
        for neighbour in self.cell.neighborhood.agents:
            degree += 1
            gap = neighbour.opinion - self.opinion
            if abs(gap) < EPSILON:
                total += gap
                count += 1
            if neighbour.consent:
                consenting += 1
        moved = self.opinion + self.random.gauss(0.0, NOISE)
        if count:
            moved += self.susceptibility * total / count
        self.next_opinion = min(max(moved, 0.0), 1.0)
        share = consenting / degree if degree else 0.0
        leaning = CONSTANT + OF_OPINION * self.next_opinion + OF_SHARE * share
        self.next_consent = self.random.random() < 1.0 / (1.0 + math.exp(-leaning))

    def advance(self) -> None:
        """Show it."""
        self.opinion, self.consent = self.next_opinion, self.next_consent


class Community(mesa.Model):
    """All residents."""

    def __init__(self, ties: Ties, start: Start) -> None:
        super().__init__(rng=SEED)
        graph = nx.Graph()
        graph.add_nodes_from(range(len(start.opinion)))
        graph.add_edges_from(zip(*(side.tolist() for side in ties.pairs()), strict=True))
        # Nothing here looks at where a node is. Mesa 4 takes no `None`; left out, Mesa 3.5 lays nodes out by springs.
        layout = nx.circular_layout
        self.network = Network(graph, capacity=1, random=self.random, layout=layout)
        columns = (start.opinion.tolist(), start.susceptibility.tolist(), start.consent.tolist())
        for cell, *values in zip(self.network.all_cells, *columns, strict=True):
            Resident(self, cell, *values)

    def step(self) -> None:
        """Everyone decides, then everyone shows."""
        self.agents.do("step")
        self.agents.do("advance")


class MesaPopulation:
    """Mesa's community, to be measured."""

    def __init__(self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1) -> None:
        self.model = Community(ties, start)
        if luck is not None:
            self.model.random = luck

    def advance(self, steps: int) -> None:
        """Take this many steps more."""
        self.model.run_for(steps)

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        agents = self.model.agents
        return np.array(agents.get("opinion")), np.array(agents.get("consent"))


build = MesaPopulation
