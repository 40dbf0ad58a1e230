"""`--own FILE.py`: a researcher's own instruments, outcomes, agents and model on the command line."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.text import Text

from commands.group import WrongInput
from commands.progress import Progress
from commands.simulation import compile_once, refuse_too_many, run_district
from commands.summary import CAUTION, NOTE, finite
from commands.wording import word
from model.engine import Results, Run
from model.instruments import Legality
from model.specification import District, Scenario, Strategy
from scenarios.catalogue import between, number, text
from scenarios.joining import joined
from scenarios.own import Own
from scenarios.quantiles import quantiles


class OwnRuns:
    """What a Python file brings, and runs with it.

    weekly : what the outcomes came to, a row a run and week, once `simulate` has run
    """

    def __init__(self, own: Own) -> None:
        self.own, self.weekly = own, pd.DataFrame()

    @property
    def names(self) -> list[str]:
        """Names of its outcomes."""
        return [outcome.name for outcome in self.own.outcomes]

    def engine(self, asked: str | None) -> str:
        """The engine to use. Raises WrongInput where one is asked for that does not call its agents."""
        if asked == "compiled" and self.own.engine == "agents":
            raise WrongInput(
                "--engine compiled: does not call the methods of agents that --own brings; expected --engine agents"
            )
        return asked or self.own.engine

    def simulate(
        self, scenarios: Sequence[Scenario], seeds: Sequence[int], *, engine: str, progress: Progress
    ) -> Results:
        """One model for every scenario and seed, week by week in the engine asked for."""
        refuse_too_many(len(seeds) * sum(scenario.horizon_weeks for scenario in scenarios))
        compile_once(progress, engine)
        runs = [(scenario, seed) for scenario in scenarios for seed in seeds]
        progress.phase("simulating", len(runs))
        parts, tables = [], []
        for done, (scenario, seed) in enumerate(runs, 1):
            found, weeks = self.own.results(scenario, seed, engine=engine), scenario.horizon_weeks
            parts.append(found)
            kept = pd.DataFrame({name: values[0] for name, values in found.own.items()}, index=range(weeks))
            kept = kept.rename_axis("week").reset_index()
            tables.append(kept.assign(strategy=scenario.strategy.id, seed=seed))
            progress.advance(done, len(runs))
        weekly = pd.concat(tables, ignore_index=True)
        several = ["strategy"] if len(scenarios) > 1 else []
        self.weekly = weekly[[*several, "seed", "week", *self.names]]
        return joined(parts)

    def simulate_district(
        self, scenario: Scenario, district: District, seeds: Sequence[int], progress: Progress
    ) -> tuple[list[Run], Results]:
        """Every compound of the district with every seed, seed by seed; the runs, and what they gave."""
        runs, found = run_district(
            scenario, district, seeds, threads=1, progress=progress, results_of=self.own.simulate_districts
        )
        n, weeks, _ = found.series.shape
        which = found.runs[["seed", "compound"]].loc[np.repeat(np.arange(n), weeks)].reset_index(drop=True)
        values = {name: of_runs.reshape(-1) for name, of_runs in found.own.items()}
        self.weekly = which.assign(week=np.tile(np.arange(weeks), n), **values)
        return runs, found

    def used_lines(self, strategies: Sequence[Strategy], lang: str) -> list[Text]:
        """Whose classes run; what is in use and how lawful, at rest and how to use it."""
        lines = self._class_lines(lang)
        for name in self.own.brought.instruments:
            uses = {s.id: s.own[name] for s in strategies if name in s.own and s.own[name].intensity > 0.0}
            for entry in {(e.intensity, e.start_week, e.end_week): e for e in uses.values()}.values():
                label = text(f"instrument.{name}", lang)
                words = {"intensity": f"{entry.intensity:g}", "file": self.own.code.name}
                if entry.legality is not Legality.LAWFUL:
                    legality = text(f"legality.{entry.legality}", lang)
                    label = text("report.with_legality", lang).format(name=label, legality=legality)
                style = {Legality.UNLAWFUL: CAUTION, Legality.RESTRICTED: NOTE}.get(entry.legality, "")
                lines.append(Text(word("own_instrument", lang, label=label, **words), style=style))
            if not uses:
                label = text(f"instrument.{name}", lang)
                lines.append(Text(word("own_at_rest", lang, label=label, name=name)))
        return lines

    def lines(self, strategies: Sequence[Strategy], lang: str) -> list[Text]:
        """The same, and what the outcomes of one strategy came to."""
        used = self.used_lines(strategies, lang)
        return [*used, *(self._outcome_lines(lang) if len(strategies) == 1 else [])]

    def _class_lines(self, lang: str) -> list[Text]:
        listed = text("report.list_separator", lang).join(self.own.own_agents)
        lines = [Text(word("own_agents", lang, list=listed))] if listed else []
        return [
            *lines,
            *([Text(word("own_model", lang, name=self.own.own_model))] if self.own.own_model else []),
        ]

    def _outcome_lines(self, lang: str) -> list[Text]:
        lines = []
        for outcome in self.own.outcomes:
            values = self._last(outcome.name)
            n = int((~np.isnan(values)).sum())
            low, median, high = (
                number(v, outcome.unit, lang) if n else "–" for v in quantiles(values, censored=False)
            )
            words = {
                "label": text(f"outcome.{outcome.name}", lang),
                "median": median,
                "range": between(low, high, lang),
                "n": str(n),
                "total": str(len(values)),
            }
            lines.append(Text(word("own_outcome", lang, **words)))
        return lines

    def data(self, strategies: Sequence[Strategy]) -> dict[str, Any]:
        """The same for programs, with a digest of the file."""
        return {
            **self.own.described(),
            "instruments": self.own.used_data(strategies),
            "outcomes": {o.name: self._outcome_data(o.name, o.unit) for o in self.own.outcomes},
        }

    def _outcome_data(self, name: str, unit: str) -> dict[str, Any]:
        values = self._last(name)
        low, median, high = (finite(value) for value in quantiles(values, censored=False))
        over = "compounds" if "compound" in self.weekly else "seeds"
        counted = {over: len(values), "no_value": int(np.isnan(values).sum())}
        return {"unit": unit, "median": median, "low": low, "high": high, **counted}

    def _last(self, name: str) -> np.ndarray:
        by = [column for column in ("strategy", "seed", "compound") if column in self.weekly]
        return self.weekly.groupby(by, sort=False)[name].last().to_numpy(float)
