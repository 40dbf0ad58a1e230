"""Results of several models as one batch, for runs that are made one after the other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from model.engine import Results


def joined(parts: Sequence[Results]) -> Results:
    """The same runs as one batch, numbered through. Each part is of one run, all of the same horizon."""
    table = pd.concat([part.runs for part in parts], ignore_index=True)
    table["run"] = np.arange(len(table))
    by_group = [part.equity.assign(run=i) for i, part in enumerate(parts) if part.equity is not None]
    series = np.concatenate([part.series for part in parts])
    sizes = np.concatenate([part.households for part in parts])
    own = {name: np.concatenate([part.own[name] for part in parts]) for name in parts[0].own}
    rests = {
        name: np.concatenate([part.rests[name] for part in parts if name in part.rests])
        for name in dict.fromkeys(name for part in parts for name in part.rests)
    }
    return Results(table, series, sizes, pd.concat(by_group, ignore_index=True), own, rests)
