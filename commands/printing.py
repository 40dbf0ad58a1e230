"""Figures as files: how the command line wants them printed, their captions, what no font can draw."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from commands.console import notes, say
from commands.options import figures_asked_for
from commands.progress import Progress
from scenarios.figures.fonts import not_drawable
from scenarios.figures.paper import fit_to_paper
from scenarios.figures.style import Printed, leave_arranged, pdf, png, svg, words_of


def write_figures(folder: Path, figures: Mapping[str, Figure], progress: Progress) -> None:
    """Each figure as SVG and PNG."""
    place = folder / "figures"
    place.mkdir()
    printed = printed_as_asked()
    for name, content in drawn(figures, printed, progress):
        (place / name).write_bytes(content)
    write_captions(place, figures, printed)


def drawn(figures: Mapping[str, Figure], printed: Printed, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Each figure as SVG and PNG: the name of each file, and what it holds; progress is told figure by figure."""
    progress.phase("writing_figures", len(figures))
    for done, (name, figure) in enumerate(figures.items(), 1):
        for ending, content in as_files(figure, printed):
            yield f"{name}.{ending}", content
        progress.advance(done, len(figures))


def as_files(figure: Figure, printed: Printed, *, with_pdf: bool = False) -> Iterator[tuple[str, bytes]]:
    """A figure as it is to be printed, as SVG and PNG, or PDF too: the ending of each file, and what it holds."""
    fit_to_paper(figure, printed)
    yield "svg", (svg(figure) + "\n").encode()
    # Arranged once: arranging takes most of the time, and all are to look alike.
    leave_arranged(figure)
    if with_pdf:
        yield "pdf", pdf(figure)
    yield "png", png(figure, printed.dpi)


def printed_as_asked() -> Printed:
    """How the command line wants figures printed."""
    asked = figures_asked_for()
    usual = Printed()
    return Printed(
        asked.get("figure_width"), asked.get("dpi", usual.dpi), captioned=not asked.get("no_caption", False)
    )


def write_captions(place: Path, figures: Mapping[str, Figure], printed: Printed) -> None:
    """Where figures have no captions, write them beside: a number without its n and its caution is another number."""
    if not printed.captioned:
        texts = (f"{name}: {words_of(figure)}\n" for name, figure in figures.items())
        with (place / "captions.txt").open("a", encoding="utf-8") as file:
            file.write("\n".join(texts))


def say_not_drawable(figures: Iterable[Figure], lang: str) -> None:
    """Name the characters that figures show as boxes, if there are any."""
    missing = not_drawable(figures)
    if missing:
        notes().print(say("not_drawable", lang, characters=" ".join(missing)))
