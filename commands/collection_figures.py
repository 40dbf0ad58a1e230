"""The figures of `gongzhi run` of a collection."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from commands.printing import drawn, printed_as_asked, write_captions
from commands.progress import Progress
from scenarios.collected.figures import course_of_households, outcomes_by_size
from scenarios.collected.summary import Summary
from scenarios.store.files import make_folder, write_whole

FIGURES = "figures"


def write_figures(
    folder: Path,
    columns: Mapping[str, np.ndarray],
    summary: Summary,
    weeks: int,
    lang: str,
    progress: Progress,
) -> list[str]:
    """Each figure as SVG and PNG; returns the names of the files.

    columns : of every compound, as `course_of_households` takes them; weeks : of the run
    """
    figures = {
        "sizes": outcomes_by_size(summary, lang=lang),
        "course": course_of_households(columns, summary, weeks, lang=lang),
    }
    make_folder(folder / FIGURES)
    names = []
    printed = printed_as_asked()
    for name, content in drawn(figures, printed, progress):
        names.append(f"{FIGURES}/{name}")
        write_whole(folder / names[-1], content)
    if not printed.captioned:
        (folder / FIGURES / "captions.txt").unlink(missing_ok=True)
        write_captions(folder / FIGURES, figures, printed)
        names.append(f"{FIGURES}/captions.txt")
    return names
