"""`gongzhi run --own FILE.py`: instruments and outcomes of one's own, from a Python file."""

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.text import Text

from commands.console import word
from commands.group import WrongInput
from commands.progress import Progress
from commands.simulation import compile_once, joined, refuse_too_many
from commands.summary import CAUTION, NOTE, finite
from model.community import CommunityModel
from model.engine import Results
from model.instruments import Legality
from model.own import OwnInstrument, OwnOutcome, OwnUse, refuse_twice
from model.specification import Scenario
from scenarios.catalogue import between, number, text
from scenarios.files.problems import shown
from scenarios.quantiles import quantiles


class Own:
    """What a Python file brings: uses of instruments (an instrument that is in no use is used fully), outcomes.

    weekly : what the outcomes came to, a row a seed and week, once `simulate` has run
    Raises WrongInput for a file that cannot be run or brings nothing.
    """

    def __init__(self, file: str) -> None:
        self.file = Path(file).expanduser()
        found = list(_module(self.file, file).values())
        uses = [thing for thing in found if isinstance(thing, OwnUse)]
        used = [use.instrument for use in uses]
        instruments = [t for t in found if isinstance(t, OwnInstrument) and not any(t is i for i in used)]
        self.uses = [*uses, *(instrument.use() for instrument in instruments)]
        self.outcomes = [thing for thing in found if isinstance(thing, OwnOutcome)]
        self.weekly = pd.DataFrame()
        if not self.uses and not self.outcomes:
            raise WrongInput(
                f"--own {shown(file)}: brings nothing; expected an OwnInstrument or an OwnOutcome"
            )
        try:
            refuse_twice((use.instrument.name for use in self.uses), "instruments")
            refuse_twice((outcome.name for outcome in self.outcomes), "outcomes")
        except ValueError as error:
            raise WrongInput(f"--own {shown(file)}: {error}") from None

    def simulate(
        self, scenario: Scenario, seeds: Sequence[int], *, engine: Any, progress: Progress
    ) -> Results:
        """One model a seed, week by week in the engine asked for."""
        refuse_too_many(len(seeds) * scenario.horizon_weeks)
        compile_once(progress)
        progress.phase("simulating", len(seeds))
        parts, tables = [], []
        for done, seed in enumerate(seeds, 1):
            model = CommunityModel(scenario, rng=seed, engine=engine, own=self.uses, outcomes=self.outcomes)
            model.run()
            parts.append(model.results())
            kept = model.datacollector.get_model_vars_dataframe()[[o.name for o in self.outcomes]]
            tables.append(kept.reset_index(drop=True).rename_axis("week").reset_index().assign(seed=seed))
            progress.advance(done, len(seeds))
        weekly = pd.concat(tables, ignore_index=True)
        self.weekly = weekly[["seed", "week", *(o.name for o in self.outcomes)]]
        return joined(parts)

    def lines(self, lang: str) -> list[Text]:
        """What the instruments are, those that are not lawful marked, and what the outcomes came to at the end."""
        lines = []
        for use in self.uses:
            legality = Legality(use.instrument.legality)
            label = use.instrument.zh if lang == "zh" else use.instrument.en
            words = {"label": label, "intensity": f"{use.used.intensity:g}", "file": self.file.name}
            marked = text("report.with_legality", lang).format(
                name=label, legality=text(f"legality.{legality}", lang)
            )
            lawful = legality is Legality.LAWFUL
            words["label"] = label if lawful else marked
            style = "" if lawful else CAUTION if legality is Legality.UNLAWFUL else NOTE
            lines.append(Text(word("own_instrument", lang, **words), style=style))
        for outcome in self.outcomes:
            values = self._last(outcome)
            n = int((~np.isnan(values)).sum())
            low, median, high = (
                number(v, outcome.unit, lang) if n else "–" for v in quantiles(values, censored=False)
            )
            words = {
                "label": outcome.zh if lang == "zh" else outcome.en,
                "median": median,
                "range": between(low, high, lang),
                "n": str(n),
                "total": str(len(values)),
            }
            lines.append(Text(word("own_outcome", lang, **words)))
        return lines

    def data(self) -> dict[str, Any]:
        """The same for programs, with a digest of the file."""
        outcomes = {}
        for outcome in self.outcomes:
            values = self._last(outcome)
            low, median, high = quantiles(values, censored=False)
            outcomes[outcome.name] = {
                "unit": outcome.unit,
                "median": finite(median),
                "low": finite(low),
                "high": finite(high),
                "seeds": len(values),
                "no_value": int(np.isnan(values).sum()),
            }
        return {
            "file": self.file.name,
            "blake2b": hashlib.blake2b(self.file.read_bytes(), digest_size=16).hexdigest(),
            "instruments": {
                use.instrument.name: {**use.used.model_dump(), "legality": str(use.instrument.legality)}
                for use in self.uses
            },
            "outcomes": outcomes,
        }

    def _last(self, outcome: OwnOutcome) -> np.ndarray:
        return self.weekly.groupby("seed")[outcome.name].last().to_numpy(float)


def _module(file: Path, given: str) -> dict[str, Any]:
    """The names of a Python file, once each. Raises WrongInput."""
    if file.suffix != ".py" or not file.is_file():
        raise WrongInput(f"--own {shown(given)}: no such file; expected a .py file")
    spec = importlib.util.spec_from_file_location("own_things", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise WrongInput(f"--own {shown(given)}: {type(error).__name__}: {str(error)[:300]}") from None
    once = {id(value): name for name, value in reversed(vars(module).items())}
    return {name: value for name, value in vars(module).items() if once[id(value)] == name}
