"""`gongzhi households`: a table of households fitted to counts of a census or a register."""

import os
from pathlib import Path

from commands.console import notes
from commands.data import checked_households
from commands.group import RunFailed, WrongInput, unwritable
from scenarios.files.problems import shown
from scenarios.files.spreadsheets import csv_of
from scenarios.households import fitted_households, read_marginals
from scenarios.store.files import StoreError, write_whole


def fit(*, file: str, out: str, seed: int, force: bool, lang: str, quiet: bool) -> None:
    """Write the table; raises ScenarioError or WrongInput for bad input, before anything is written."""
    place = Path(out).expanduser()
    if place.suffix.lower() != ".csv":
        raise WrongInput(f"--out {shown(out)}: expected a .csv file")
    if os.path.lexists(place) and not force:
        raise WrongInput(f"--out {shown(out)}: is there; expected another name, or --force to replace it")
    table = fitted_households(read_marginals(file), seed)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, csv_of(table))
    except OSError as error:
        raise unwritable("--out", out, error) from None
    except StoreError as error:
        raise RunFailed(str(error)) from None
    if not quiet:
        notes().print(f"{out}: {checked_households(str(place), lang)}")
