"""The command line of sweeps and their results: what `gongzhi sweep` and `gongzhi results` understand."""

from typing import Any

import click

from commands import completion
from commands.group import Nearest, Once
from commands.options import (
    FOLDER_NAME,
    Place,
    examples,
    json_option,
    lang_option,
    outcomes_option,
    own_option,
    quiet_option,
    replace_option,
    shared_options,
)

FOLDER = click.argument("folder", metavar="DIR", type=FOLDER_NAME)


@click.command(
    cls=Once,
    epilog=examples(
        "gongzhi sweep gate_by_pressure -o results/gate",
        "gongzhi sweep my_sweep.toml -o results/mine --workers 4",
        "gongzhi sweep my_sweep.toml -o results/mine --plan",
        "gongzhi sweep my_sweep.toml -o results/part1 --shard 1/20",
        "gongzhi sweep my_sweep.toml -o results/mine --cluster tcp://127.0.0.1:8786",
        "gongzhi sweep tea_sweep.toml -o results/tea --own tea.py",
    ),
)
@click.argument("file", metavar="FILE", shell_complete=completion.sweeps)
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=FOLDER_NAME,
    required=True,
    help="Folder of the results; one that is there resumes.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(0, 1024),
    help="Worker processes; 0: none, in this process. Results do not depend on it.  [default: all processors]",
)
@click.option("--cluster", metavar="ADDRESS", help="Run on a Dask cluster: the address of its scheduler.")
@click.option(
    "--shard", metavar="I/N", help="Only every Nth block of points, from the Ith: for several computers."
)
@click.option("--retry", is_flag=True, help="Run again what failed, timed out or ended its worker.")
@own_option
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be run, and run nothing.")
@lang_option
@quiet_option
@json_option
@shared_options
def sweep(**options: Any) -> None:
    """Run every point of a design, strategy and seed.

    FILE is a .toml file or the name of a shipped sweep. Says first how many runs it will be, how long and how large.
    Ctrl-C leaves within a second and keeps what is done; the same command again does what is missing. A run that
    raises, hangs past its limit or ends its worker becomes a row with its error and the command that repeats it. What
    timed out is run again when the limit in the file has changed; the rest with --retry.

    Exit status: 0 every run has its outcomes, 1 some runs failed or the sweep could not be finished, 2 wrong input,
    130 interrupted.
    """
    from commands import sweep as command

    command.run(**options)


@click.group(
    cls=Nearest,
    epilog=examples(
        "gongzhi results show results/gate --by programme.consent_gate",
        "gongzhi results verify results/gate",
        "gongzhi results export results/gate --to csv -o gate.csv",
    ),
)
@shared_options
def results() -> None:
    """Look at, check, cite and export what a sweep has written."""


@results.command(epilog=examples("gongzhi results verify results/gate"))
@FOLDER
@lang_option
@json_option
@shared_options
def verify(**options: Any) -> None:
    """Read every byte and name what is damaged.

    Finds any changed, missing or surplus bit of a part, and counts the runs that lack rows. Status 1 if something is
    damaged or missing: give the sweep's command again, which sets damaged parts aside and runs what is not there.
    """
    from commands import folders as command

    command.verify(**options)


@results.command(epilog=examples("gongzhi results compact results/gate"))
@FOLDER
@lang_option
@shared_options
def compact(**options: Any) -> None:
    """Merge small parts into few large ones.

    Nothing is lost if it is interrupted.
    """
    from commands import folders as command

    command.compact(**options)


@results.command(
    epilog=examples(
        "gongzhi results show results/gate",
        "gongzhi results show results/gate --by programme.consent_gate --outcome final_valid_consent",
    )
)
@FOLDER
@click.option(
    "--by", metavar="NAME", multiple=True, help="Group by this lever or uncertainty; may be repeated."
)
@outcomes_option("Outcome to show")
@lang_option
@json_option
@shared_options
def show(**options: Any) -> None:
    """What the folder of any run, comparison, sweep or collection holds.

    Of a sweep what it asks, how far it is, what came of it, what failed; of a collection what its run printed; of
    `run`, `compare` and `demo` their outcomes, of a district its totals.

    Medians over runs and the range of 5 to 95 % of them, by strategy. Failed runs are counted and left out. May be
    called while the sweep runs.
    """
    from commands import folders as command

    command.show(**options)


@results.command(
    epilog=examples(
        "gongzhi results export results/gate --to csv -o gate.csv",
        "gongzhi results export results/gate --to netcdf -o gate.nc",
        "gongzhi results export results/gate --to ro-crate -o gate_crate",
    )
)
@FOLDER
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "parquet", "netcdf", "ro-crate"]),
    required=True,
    help="csv and parquet: one row a run; netcdf: by factor and seed; ro-crate: a folder to publish.",
)
@click.option(
    "--out",
    "-o",
    metavar="PATH",
    type=Place("file"),
    required=True,
    help="File to write; of ro-crate a folder.",
)
@click.option(
    "--table",
    type=click.Choice(["runs", "weekly", "households", "design", "compounds", "equity", "plausible", "own"]),
    help="Which table to write; an RO-Crate holds them all.  [default: runs; of a collection compounds]",
)
@click.option(
    "--author",
    "authors",
    metavar="NAME",
    multiple=True,
    help="Of an RO-Crate: an author, such as 'Wang Fang <https://orcid.org/…>'; may be repeated.",
)
@click.option(
    "--licence", metavar="ID", help="Of an RO-Crate: its licence, such as CC-BY-4.0, or an address."
)
@replace_option
@lang_option
@shared_options
def export(**options: Any) -> None:
    """Write results as one file for other programs, or as a folder to publish.

    An RO-Crate holds the tables, the manifest and a description of the model in the form of the ODD+D protocol, to be
    completed by hand where it says so. Folders of `run`, `compare`, `demo` and of a collection go to csv and parquet.
    """
    from commands import folders as command

    command.export(**options)


@results.command(
    epilog=examples(
        "gongzhi results cite results/gate",
        "gongzhi results cite results/gate --to bibtex --author 'Wang Fang' > gate.bib",
    )
)
@FOLDER
@click.option(
    "--to",
    "form",
    type=click.Choice(["both", "text", "bibtex"]),
    default="both",
    show_default=True,
    help="A sentence each, entries of BibTeX, or both.",
)
@click.option(
    "--author",
    "authors",
    metavar="NAME",
    multiple=True,
    help="Who made the results; may be repeated.",
)
@lang_option
@json_option
@shared_options
def cite(**options: Any) -> None:
    """How to cite results, and the program that made them.

    DIR is what any command has written with --out: the citation names version, commit and digest of the model's code,
    how many runs of which seeds, and a digest of what was run, which another run of the same has too.
    """
    from commands import cite as command

    command.cite(**options)


@results.command(
    epilog=examples(
        "gongzhi results repeat results/gate 3f2a",
        "gongzhi results repeat results/tea 3f2a --own tea.py",
    )
)
@FOLDER
@click.argument("key", metavar="KEY")
@own_option
@lang_option
@json_option
@shared_options
def repeat(**options: Any) -> None:
    """Run one run of a sweep again and compare it, bit for bit, with what is stored.

    KEY is that of its row, as `results export` writes it; the first digits are enough. A run that failed is to fail
    alike. Status 1 if anything differs.
    """
    from commands import folders as command

    command.repeat(**options)


@results.command(
    "open",
    epilog=examples(
        "gongzhi results open results/gate",
        "gongzhi results open results/gate --as duckdb",
        'echo "print(runs.shape)" | gongzhi results open results/gate --as polars',
    ),
)
@FOLDER
@click.option(
    "--as", "form", type=click.Choice(["pandas", "polars", "duckdb"]), default="pandas", show_default=True
)
@lang_option
@shared_options
def open_(**options: Any) -> None:
    """Open results in an interactive Python.

    `runs`, `weekly` and `design` are there as tables; with duckdb `sql("SELECT … FROM runs")`.
    """
    from commands import folders as command

    command.open_interactively(**options)
