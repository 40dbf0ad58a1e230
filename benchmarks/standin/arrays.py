"""The stand-in rule on NumPy arrays and SciPy's sparse matrices, four ways."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from scipy import sparse
from standin.rule import CONSTANT, EPSILON, NOISE, OF_OPINION, OF_SHARE, SEED, Start, Ties


class ArrayPopulation(ABC):
    """All residents as arrays of `real` numbers; how acquaintances are looked at is left to subclasses."""

    real: type = np.float32

    def __init__(self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1) -> None:
        self.luck = np.random.default_rng(SEED) if luck is None else luck
        self.opinion, self.susceptibility = (
            start.opinion.astype(self.real),
            start.susceptibility.astype(self.real),
        )
        self.consent = start.consent.copy()
        self.per_tie = (1 / np.maximum(ties.degrees, 1)).astype(self.real)
        self.tie(ties)

    @abstractmethod
    def tie(self, ties: Ties) -> None:
        """Keep the ties in the form `look` wants."""

    @abstractmethod
    def look(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each resident: sum of the gaps that count, how many count, how many consent."""

    def advance(self, steps: int) -> None:
        """Take this many steps more."""
        real, n = self.real, len(self.opinion)
        for _ in range(steps):
            total, count, consenting = self.look()
            z, u = self.luck.standard_normal(n, dtype=real), self.luck.random(n, dtype=real)
            moved = self.opinion + self.susceptibility * total / np.maximum(count, 1) + real(NOISE) * z
            self.opinion = np.clip(moved, 0, 1)
            share = consenting * self.per_tie
            leaning = real(CONSTANT) + real(OF_OPINION) * self.opinion + real(OF_SHARE) * share
            self.consent = u * (1 + np.exp(-leaning)) < 1

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        return self.opinion, self.consent


class Rows(ArrayPopulation):
    """NumPy as one writes it for a sparse network: gather by tie, sum by row with `reduceat`."""

    def tie(self, ties: Ties) -> None:
        """The compressed rows as they are."""
        if not ties.degrees.all():
            raise ValueError("np.add.reduceat cannot sum an empty row: a resident has no acquaintances")
        self.first, self.sources, self.neighbours = ties.starts[:-1], ties.sources, ties.neighbours

    def look(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `ArrayPopulation.look`."""
        gap = self.opinion[self.neighbours] - self.opinion[self.sources]
        counts = np.abs(gap) < EPSILON
        total = np.add.reduceat(np.where(counts, gap, self.real(0)), self.first)
        count = np.add.reduceat(counts, self.first, dtype=self.real)
        return total, count, np.add.reduceat(self.consent[self.neighbours], self.first, dtype=self.real)


class Padded(ArrayPopulation):
    """The fastest NumPy we know: a table of acquaintances, short rows filled with nobody."""

    def tie(self, ties: Ties) -> None:
        """(widest, n) table; nobody is number n, too far in opinion to count."""
        n = len(ties.degrees)
        place = np.arange(len(ties.neighbours)) - np.repeat(ties.starts[:-1], ties.degrees)
        self.table = np.full((ties.degrees.max(), n), n, np.intp)
        self.table[place, ties.sources] = ties.neighbours

    def look(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `ArrayPopulation.look`."""
        gap = np.append(self.opinion, self.real(9))[self.table] - self.opinion
        counts = np.abs(gap) < EPSILON
        consents = np.append(self.consent, False)[self.table]
        total = np.where(counts, gap, self.real(0)).sum(axis=0)
        return total, counts.sum(axis=0, dtype=self.real), consents.sum(axis=0, dtype=self.real)


class StarsimStyle(ArrayPopulation):
    """NumPy as Starsim keeps its people: double precision, a list of pairs, both ends by `bincount`."""

    real = np.float64

    def tie(self, ties: Ties) -> None:
        """Each pair once."""
        self.one, self.other = (side.astype(np.intp) for side in ties.pairs())

    def look(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `ArrayPopulation.look`."""
        n, one, other = len(self.opinion), self.one, self.other
        gap = self.opinion[other] - self.opinion[one]
        counts = np.abs(gap) < EPSILON
        gap = np.where(counts, gap, 0.0)
        total = np.bincount(one, gap, n) - np.bincount(other, gap, n)
        count = np.bincount(one, counts, n) + np.bincount(other, counts, n)
        consenting = np.bincount(one, self.consent[other], n) + np.bincount(other, self.consent[one], n)
        return total, count, consenting


class Sparse(ArrayPopulation):
    """SciPy: who counts for whom as a sparse matrix, sums as matrix-vector products."""

    def tie(self, ties: Ties) -> None:
        """The matrix of ties, and one of the same shape for those that count."""
        n, ones = len(ties.degrees), np.ones(len(ties.neighbours), self.real)
        self.acquainted = sparse.csr_array((ones, ties.neighbours, ties.starts), shape=(n, n))
        self.counting = self.acquainted.copy()
        self.sources = ties.sources
        self.ones = np.ones(n, self.real)

    def look(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `ArrayPopulation.look`."""
        gap = self.opinion[self.acquainted.indices] - self.opinion[self.sources]
        self.counting.data = (np.abs(gap) < EPSILON).astype(self.real)
        count = self.counting @ self.ones
        total = self.counting @ self.opinion - count * self.opinion
        return total, count, self.acquainted @ self.consent.astype(self.real)
