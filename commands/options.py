"""Options that several commands share, so that they read and behave alike."""

import os
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from commands import completion
from commands.language import language_of

#: Bounds memory: the weekly series of a run is about 25 kB, and the bootstrap draws seeds times resamples.
MOST_SEEDS = 5000
#: The largest whole number that every reader of JSON gives back unchanged.
LARGEST_SEED = 2**53 - 1 - MOST_SEEDS
DEBUG = "gongzhi.debug"
FIGURES = "gongzhi.figures"
#: Of a folder's or file's name; systems allow 255 bytes, and hidden files beside it have longer names.
LONGEST_NAME_BYTES = 200

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Place(click.ParamType):
    """A folder or file by its name: not empty, which would be the folder the user stands in, and not too long."""

    name = "place"

    def __init__(self, kind: str = "folder") -> None:
        self.kind = kind

    def shell_complete(self, _: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """What is there, as the shell itself finds it."""
        return [CompletionItem(incomplete, type="dir" if self.kind == "folder" else "file")]

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it was given. Raises BadParameter."""
        if not value.strip() and value != getattr(param, "default", None):
            self.fail(f"{value!r}; expected a {self.kind}", param, ctx)
        if value == "-":
            self.fail(
                f"'-' is neither standard output nor input here; expected a {self.kind}, or ./-", param, ctx
            )
        longest = max(value.replace("\\", "/").split("/"), key=len)
        n_bytes = len(longest.encode("utf-8", "surrogateescape"))
        if n_bytes > LONGEST_NAME_BYTES:
            said = f"{longest[:40]!r}… has {n_bytes} bytes; expected a name of at most {LONGEST_NAME_BYTES}"
            self.fail(said, param, ctx)
        return value


FOLDER_NAME = Place()


def _remember_debug(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.meta[DEBUG] = True


#: On the group and on every command: people type it at the end of the line that failed.
shared_options: Decorator = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_remember_debug,
    help="Show the traceback of an internal error.",
)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from scenarios.version import project_version

        click.echo(f"gongzhi {project_version()}")
        ctx.exit()


version_option: Decorator = click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)

CASE: Decorator = click.argument("case_name", metavar="CASE", shell_complete=completion.cases)
#: Where many compounds at once cannot be run.
COMPOUND: Decorator = click.argument("case_name", metavar="CASE", shell_complete=completion.compounds)

lang_option: Decorator = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default=lambda: language_of(os.environ),
    show_default="from LC_ALL or LANG",
    help="Language of tables, figures, report, help and errors.",
)
json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON instead of a table."
)
quiet_option: Decorator = click.option(
    "--quiet", "-q", is_flag=True, help="Print nothing but errors and what --json asks for."
)
out_option: Decorator = click.option(
    "--out", "-o", metavar="DIR", type=FOLDER_NAME, help="Write report, tables and figures to this folder."
)
force_option: Decorator = click.option(
    "--force",
    is_flag=True,
    help="Write to --out even if it holds files; results of an earlier run are replaced.",
)
replace_option: Decorator = click.option("--force", is_flag=True, help="Replace a file that is there.")
seed_option: Decorator = click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0, LARGEST_SEED),
    help="First seed; further seeds follow it.  [default: 1]",
)
threads_option: Decorator = click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(1, 1024),
    help="Threads; results do not depend on it.  [default: all processors]",
)
weeks_option: Decorator = click.option(
    "--weeks",
    metavar="N",
    type=click.IntRange(1, 5200),
    help="Weeks to simulate.  [default: the case's, usually 208]",
)
set_option: Decorator = click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change a value, such as programme.consent_gate=0.9; may be repeated. Wins over case and strategy.",
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of what runs compounds: a table of households and ties of one's own in place of those drawn."""
    for option in (
        click.option("--ties", metavar="FILE", type=Place("file"),
                     help="Own ties: pairs of households as .csv or .parquet, or .graphml."),
        click.option("--households", metavar="FILE", type=Place("file"),
                     help="Own households: a .csv or .parquet table, a row each, in place of those drawn."),
    ):  # fmt: skip
        command = option(command)
    return command


own_option: Decorator = click.option(
    "--own",
    metavar="FILE.py",
    shell_complete=completion.paths,
    help="Instruments, outcomes, agents or a model of your own: a Python file, which is run, or an installed "
    "module's name; see docs/extend.md.",
)


def _remember_figures(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep what is asked of figures until they are written. Raises UsageError where none will be."""
    if parameter.name is not None and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
        ctx.meta.setdefault(FIGURES, {})[parameter.name] = value


def figure_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of what writes figures: their width, their resolution, and whether they have captions."""
    keep: dict[str, Any] = {"expose_value": False, "callback": _remember_figures}
    for option in (
        click.option("--no-caption", is_flag=True, help="Figures without title and caption, which go to captions.txt.",
                     **keep),
        click.option("--dpi", metavar="N", type=click.IntRange(50, 1200), default=150, show_default=True,
                     help="Resolution of PNG figures.", **keep),
        click.option("--figure-width", metavar="CM", type=click.FloatRange(5, 60),
                     help="Width of figures in centimetres.  [default: as they are drawn]", **keep),
    ):  # fmt: skip
        command = option(command)
    return command


def figures_asked_for() -> dict[str, Any]:
    """What the command line asks of figures: `figure_width`, `dpi`, `no_caption`; empty where it asks nothing."""
    context = click.get_current_context(silent=True)
    return dict(context.meta.get(FIGURES, {})) if context is not None else {}


def refuse_figures_without(out: str | None) -> None:
    """Raise UsageError where something is asked of figures and none are written."""
    asked = figures_asked_for()
    if asked and out is None:
        option = "--" + next(iter(asked)).replace("_", "-")
        raise click.UsageError(f"{option}: no figures are written; expected --out DIR as well")


def seeds_option(help_text: str, default: int | None) -> Decorator:
    """How many seeds; `default` None where the command decides."""
    return click.option(
        "--seeds",
        metavar="K",
        type=click.IntRange(1, MOST_SEEDS),
        default=default,
        show_default=default is not None,
        help=help_text,
    )


def outcomes_option(what: str) -> Decorator:
    """Which outcomes. what : how the help begins, such as `Outcome to show`"""
    return click.option(
        "--outcome",
        "outcomes",
        metavar="NAME",
        multiple=True,
        help=f"{what}; may be repeated. A consent outcome brings the insincere share along.",
    )


def examples(*lines: str) -> str:
    """The end of a help text: examples, one a line, which click is not to wrap."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
