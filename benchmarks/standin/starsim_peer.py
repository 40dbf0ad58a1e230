"""The stand-in rule as a Starsim module: states of all people, a static network, its own random streams."""

from typing import Any

import numpy as np
import starsim as ss
from standin.rule import CONSTANT, EPSILON, NOISE, OF_OPINION, OF_SHARE, SEED, Start, Ties


class Acquaintances(ss.Network):
    """Ties that stay; each stands in the list once."""

    def __init__(self, ties: Ties) -> None:
        super().__init__(name="acquaintances")
        self.ties = ties

    def init_post(self, **arguments: Any) -> None:
        """Enter the ties."""
        super().init_post(**arguments)
        one, other = (side.astype(int) for side in self.ties.pairs())
        self.append({"p1": one, "p2": other, "beta": np.ones(len(one))})

    def step(self) -> None:
        """Nothing changes."""


class Consent(ss.Module):
    """Opinions and consent."""

    def __init__(self, start: Start, luck: Any) -> None:
        super().__init__(name="consent_module")
        self.define_states(ss.FloatArr("opinion"), ss.FloatArr("susceptibility"), ss.BoolState("consent"))
        self.z, self.u = ss.normal(loc=0, scale=1), ss.random()
        self.start, self.luck = start, luck

    def init_post(self) -> None:
        """Hand out the start."""
        super().init_post()
        self.opinion[:] = self.start.opinion
        self.susceptibility[:] = self.start.susceptibility
        self.consent[:] = self.start.consent

    def step(self) -> None:
        """Everyone looks at the neighbours and decides."""
        edges = self.sim.networks["acquaintances"].edges
        one, other, everyone = edges.p1, edges.p2, self.sim.people.auids
        n = len(everyone)
        x, c = self.opinion.values, self.consent.values
        gap = x[other] - x[one]
        counts = np.abs(gap) < EPSILON
        gap = np.where(counts, gap, 0.0)
        total = np.bincount(one, gap, n) - np.bincount(other, gap, n)
        count = np.bincount(one, counts, n) + np.bincount(other, counts, n)
        consenting = np.bincount(one, c[other], n) + np.bincount(other, c[one], n)
        degree = np.bincount(one, minlength=n) + np.bincount(other, minlength=n)
        z, u = self._luck(everyone)
        x = np.clip(x + self.susceptibility.values * total / np.maximum(count, 1) + NOISE * z, 0.0, 1.0)
        leaning = CONSTANT + OF_OPINION * x + OF_SHARE * consenting / np.maximum(degree, 1)
        self.opinion[:] = x
        self.consent[:] = u < 1.0 / (1.0 + np.exp(-leaning))

    def _luck(self, everyone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.luck is None:
            return self.z.rvs(everyone), self.u.rvs(everyone)
        return self.luck.standard_normal(len(everyone)), self.luck.random(len(everyone))


class StarsimPopulation:
    """Starsim's people, to be measured."""

    def __init__(self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1) -> None:
        self.module = Consent(start, luck)
        people = {"n_agents": len(start.opinion), "networks": Acquaintances(ties), "modules": self.module}
        self.sim = ss.Sim(**people, start=2000, dur=5000, dt=1, rand_seed=SEED, verbose=0, copy_inputs=False)
        self.sim.init()

    def advance(self, steps: int) -> None:
        """Take this many steps more."""
        for _ in range(steps):
            self.sim.run_one_step()

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        return np.array(self.module.opinion.values), np.array(self.module.consent.values)


build = StarsimPopulation
