"""What `gongzhi analyse` and `gongzhi search` understand."""

from typing import Any

import click

from commands import completion
from commands.group import Once
from commands.options import (
    COMPOUND,
    FOLDER_NAME,
    Place,
    examples,
    figure_options,
    force_option,
    json_option,
    lang_option,
    outcomes_option,
    own_option,
    quiet_option,
    seeds_option,
    set_option,
    shared_options,
    threads_option,
    weeks_option,
)


@click.command(
    cls=Once,
    epilog=examples(
        "gongzhi analyse results/gate",
        "gongzhi analyse results/gate --goal 'payment_18_months >= 0.6' --only discovery --only robustness",
        "gongzhi analyse results/gate --outcome final_valid_consent --baseline information_only --lang zh",
        "gongzhi analyse runs.csv --precision payment_18_months=0.02 --out results/reading",
    ),
)
@click.argument("place", metavar="DIR", type=Place("folder or table"))
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    type=click.Choice(
        ["paired", "levels", "replicates", "sensitivity", "discovery", "robustness", "surfaces"]
    ),
    help="Analysis to do; may be repeated.  [default: all that suit the sweep]",
)
@outcomes_option("Outcome to analyse")
@click.option(
    "--goal",
    "goals",
    metavar="GOAL",
    multiple=True,
    help="What a strategy must reach, such as 'payment_18_months >= 0.6'; may be repeated: all must be met.",
)
@click.option(
    "--baseline",
    metavar="S",
    shell_complete=completion.strategy,
    help="Strategy the others are compared with.  [default: every pair]",
)
@click.option(
    "--precision",
    "precisions",
    metavar="NAME=X",
    multiple=True,
    help="Half-width wanted of the 95 % interval, for the number of seeds; may be repeated.",
)
@click.option("--case", metavar="NAME", help="Which case, where the sweep has several.")
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=FOLDER_NAME,
    help="Folder of figures and tables.  [default: DIR/analysis]",
)
@force_option
@figure_options
@lang_option
@quiet_option
@json_option
@shared_options
def analyse(**options: Any) -> None:
    """Analyse a sweep: who is ahead, what matters, where it fails.

    DIR is a folder that `gongzhi sweep` has written, or a table of runs (.csv, .parquet) with the columns strategy
    and seed, parameters (names with a dot) and outcomes. Strategies are compared on the same draws; parameters are
    ranked (Sobol', Morris, PAWN); PRIM and a tree show where a strategy misses its goals; regret, the worst future and
    the share of futures in which goals are met show what holds up. What these runs cannot decide is called
    undetermined. Figures are written as SVG, PDF and PNG, tables as CSV.
    """
    from commands import analyse as command

    command.analyse(**options)


@click.command(
    cls=Once,
    epilog=examples(
        "gongzhi search danwei_courtyard --out results/search",
        "gongzhi search jinjiang --instruments home_visits,consultation,pioneers,tailored_plan --out results/four",
        "gongzhi search jinjiang --require 'final_insincere_share <= 0.05' --generations 40 --out results/sincere",
        "gongzhi search jinjiang --own tea.py --instruments home_visits,tea_rounds --out results/tea",
    ),
)
@COMPOUND
@click.option(
    "--strategy",
    metavar="S",
    shell_complete=completion.strategy,
    help="What the search builds on: a name or a .toml file.  [default: none]",
)
@click.option(
    "--instruments",
    metavar="A,B,…",
    shell_complete=completion.instruments,
    help="Whose intensity is searched.  [default: all lawful ones]",
)
@click.option(
    "--allow-restricted",
    is_flag=True,
    help="Also instruments the law allows only under stated conditions. Unlawful ones are never searched.",
)
@click.option(
    "--require",
    "requirements",
    metavar="GOAL",
    multiple=True,
    help="What every strategy must meet, such as 'final_insincere_share <= 0.05'; may be repeated.",
)
@click.option(
    "--generations",
    metavar="N",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="Generations.",
)
@click.option(
    "--population",
    metavar="N",
    type=click.IntRange(8, 1000),
    default=40,
    show_default=True,
    help="Strategies of a generation.",
)
@seeds_option("Seeds every strategy is run on.", default=10)
@click.option(
    "--fresh-seeds",
    metavar="K",
    type=click.IntRange(6, 5000),
    default=30,
    show_default=True,
    help="Seeds the front is run on again, for the figures.",
)
@click.option(
    "--search-seed",
    metavar="N",
    type=click.IntRange(1, 2**31),
    default=1,
    show_default=True,
    help="Seed of the search.",
)
@own_option
@set_option
@weeks_option
@threads_option
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=FOLDER_NAME,
    required=True,
    help="Folder of the search; one that was begun goes on.",
)
@figure_options
@lang_option
@quiet_option
@json_option
@shared_options
def search(**options: Any) -> None:
    """Search for strategies that no other beats in everything.

    Objectives: few hours, little public money, much valid consent, much payment 18 months after handover, a small
    insincere share. Every strategy meets the same seeds. Only instruments the law allows are tried. Each generation is
    kept whole before the next begins: a search that was stopped goes on with the same command, to the same result.
    """
    from commands import search as command

    command.search(**options)


@click.command(
    cls=Once,
    epilog=examples(
        "gongzhi calibrate -o results/calibration",
        "gongzhi calibrate -o results/mine --targets my_targets.toml",
    ),
)
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=FOLDER_NAME,
    required=True,
    help="Folder of the calibration; one that is there resumes.",
)
@click.option(
    "--targets",
    metavar="FILE",
    shell_complete=completion.paths,
    help="Another file of targets.  [default: the shipped one]",
)
@click.option(
    "--seed", metavar="N", type=click.IntRange(0), default=1, show_default=True, help="Seed of the sets."
)
@click.option("--waves", metavar="N", type=click.IntRange(1, 20), default=9, show_default=True, help="Waves.")
@click.option(
    "--first",
    metavar="N",
    type=click.IntRange(100),
    default=3000,
    show_default=True,
    help="Sets of the first wave.",
)
@click.option(
    "--later",
    metavar="N",
    type=click.IntRange(100),
    default=1500,
    show_default=True,
    help="Sets of a later wave.",
)
@click.option(
    "--truths",
    metavar="N",
    type=click.IntRange(0, 2000),
    default=200,
    show_default=True,
    help="Synthetic truths of the perfect-model test; 0: none.",
)
@threads_option
@lang_option
@quiet_option
@json_option
@shared_options
def calibrate(**options: Any) -> None:
    """Find the sets of parameters that the evidence leaves standing.

    History matching: each wave simulates sets, finds out what the targets rule out, and looks closer at the rest. What
    agrees with every target is simulated again with more compounds; what still agrees goes to survivors.parquet in the
    folder. An interrupted calibration resumes. The documents of the five cities are no targets.
    """
    from commands import calibrate as command

    command.calibrate(**options)
