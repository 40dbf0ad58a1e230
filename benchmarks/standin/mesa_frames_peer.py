"""The stand-in rule in mesa-frames: residents are the rows of a Polars frame, ties are joined to it."""

from typing import Any

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF
from standin.rule import CONSTANT, EPSILON, NOISE, OF_OPINION, OF_SHARE, SEED, Start, Ties


class Residents(AgentSetPolars):
    """All residents."""

    def __init__(self, model: ModelDF, ties: Ties, start: Start, luck: Any) -> None:
        super().__init__(model)
        n = len(start.opinion)
        self.ties = pl.DataFrame(
            {"unique_id": ties.sources.astype(np.int64), "other": ties.neighbours.astype(np.int64)}
        )
        self.luck = self.random if luck is None else luck
        columns = {"opinion": start.opinion, "susceptibility": start.susceptibility, "consent": start.consent}
        self += pl.DataFrame({"unique_id": np.arange(n), **columns})

    def step(self) -> None:
        """Everyone looks at the neighbours, decides, and shows it."""
        seen = self._meetings()
        n = len(self)
        z = pl.Series("z", self.luck.standard_normal(n, dtype=np.float32))
        u = pl.Series("u", self.luck.random(n, dtype=np.float32))
        col = pl.col
        pull = pl.when(col("count") > 0).then(col("total") / col("count")).otherwise(0.0)
        opinion = (col("opinion") + col("susceptibility") * pull + NOISE * col("z")).clip(0.0, 1.0)
        leaning = CONSTANT + OF_OPINION * col("opinion") + OF_SHARE * col("share").fill_null(0.0)
        self._agents = (
            self._agents.join(seen, on="unique_id", how="left", maintain_order="left")
            .with_columns(z, u, col("count").fill_null(0), col("total").fill_null(0.0))
            .with_columns(opinion=opinion.cast(pl.Float32))
            .with_columns(consent=col("u") < 1.0 / (1.0 + (-leaning).exp()))
            .drop("total", "count", "share", "z", "u")
        )

    def _meetings(self) -> pl.DataFrame:
        """A row a resident: sum of the gaps that count, how many count, share who consent."""
        col = pl.col
        mine = self._agents.select("unique_id", "opinion")
        theirs = self._agents.select(other="unique_id", their_opinion="opinion", their_consent="consent")
        gap = col("their_opinion") - col("opinion")
        return (
            self.ties.join(mine, on="unique_id")
            .join(theirs, on="other")
            .select("unique_id", "their_consent", gap=gap, counts=gap.abs() < EPSILON)
            .group_by("unique_id")
            .agg(
                total=pl.when("counts").then("gap").otherwise(0.0).sum(),
                count=col("counts").sum(),
                share=col("their_consent").mean(),
            )
        )


class Community(ModelDF):
    """The model: one set of residents."""

    def __init__(self, ties: Ties, start: Start, luck: Any) -> None:
        super().__init__(SEED)
        self.agents += Residents(self, ties, start, luck)

    def step(self) -> None:
        """Everyone decides."""
        self.agents.do("step")


class FramesPopulation:
    """The frame, to be measured."""

    def __init__(self, ties: Ties, start: Start, *, luck: Any = None, threads: int = 1) -> None:
        self.model = Community(ties, start, luck)

    def advance(self, steps: int) -> None:
        """Take this many steps more."""
        for _ in range(steps):
            self.model.step()

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Opinion and consent."""
        frame = next(iter(self.model.agents._agentsets))._agents
        return frame["opinion"].to_numpy(), frame["consent"].to_numpy()


build = FramesPopulation
