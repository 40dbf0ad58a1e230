"""The command line: what `gongzhi` understands. What each command does is in `scenarios/commands/`.

Commands are imported when they run, so that help and error messages do not wait for the engine.
"""

from typing import Any

import click

from commands import completion
from commands.cli_analysis import analyse, calibrate, search
from commands.cli_baseline import baseline
from commands.cli_documents import docs
from commands.cli_sweeps import results, sweep
from commands.group import CommandLine
from commands.options import (
    CASE,
    COMPOUND,
    FOLDER_NAME,
    LARGEST_SEED,
    Place,
    data_options,
    examples,
    figure_options,
    force_option,
    json_option,
    lang_option,
    out_option,
    outcomes_option,
    own_option,
    quiet_option,
    replace_option,
    seed_option,
    seeds_option,
    set_option,
    shared_options,
    threads_option,
    version_option,
    weeks_option,
)


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "gongzhi demo",
        "gongzhi cases",
        "gongzhi run jinshui",
        "gongzhi compare jinjiang --strategies pressure,visible_example",
    ),
)
@shared_options
@version_option
def main() -> None:
    """Gongzhi 共治: consent to renovation and payment of property fees in old residential compounds, simulated.

    A tool to think with, not a forecast: households are synthetic, and the published cases are benchmarks with
    caveats. The insincere share (signed without private support) stands beside every consent figure.

    Exit status: 0 done, 1 a run failed, 2 wrong input, 130 interrupted.
    """


@main.command(
    epilog=examples(
        "gongzhi cases",
        "gongzhi cases --lang zh",
        "gongzhi cases --json",
    )
)
@json_option
@lang_option
@shared_options
def cases(**options: Any) -> None:
    """List what can be run, and what the documents claim.

    Names in the first column are what `run` and `compare` take. Each claim is listed with what it lacks
    (denominator, baseline, date).
    """
    from commands import cases as command

    command.list_all(**options)


@main.command(
    epilog=examples(
        "gongzhi run jinshui",
        "gongzhi run hangzhou/chengjian_gongyu --strategy full_bundle --seeds 100",
        "gongzhi run wufuyuan_size --set consent_gate=0.9 --set instruments.home_visits.intensity=0.5",
        "gongzhi run danwei_courtyard --seed 7 --engine agents",
        "gongzhi run jinshui --plausible 20",
        "gongzhi run jinshui --own tea.py --set instruments.tea_rounds.intensity=0.5",
        "gongzhi run jinshui --lang zh --out results/jinshui",
        "gongzhi run kaifeng-district --set district.batches=2",
        "gongzhi run jinshui --households people.csv --ties ties.csv",
        "gongzhi run hangzhou-city --out results/hangzhou",
        "gongzhi run national --compounds 1000",
    )
)
@CASE
@click.option(
    "--strategy",
    metavar="S",
    shell_complete=completion.strategy,
    help="Strategy: a name or a .toml file.  [default: the case's own]",
)
@seed_option
@seeds_option("How many seeds.  [default: 20; 1 of a district, with --seed or --engine agents]", default=None)
@set_option
@weeks_option
@threads_option
@click.option(
    "--engine",
    type=click.Choice(["compiled", "agents"]),
    help="The compiled engine, or the slower loop over Mesa agents.  [default: compiled; agents where --own has some]",
)
@click.option(
    "--compounds",
    metavar="N",
    type=click.IntRange(min=1),
    help="Of a collection: only the first N compounds, a fair picture of the whole.  [default: all]",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Of a collection: let the workers of this Dask scheduler do the work.",
)
@data_options
@own_option
@click.option(
    "--plausible",
    metavar="N",
    type=click.IntRange(0, 500),
    default=0,
    show_default=True,
    help="Of a compound or district: run it under N sets of parameters the evidence leaves standing, too.",
)
@out_option
@figure_options
@force_option
@lang_option
@quiet_option
@json_option
@shared_options
def run(**options: Any) -> None:
    """Simulate one compound, a district, or a city or country of compounds, and print what comes of it.

    CASE is a name from `gongzhi cases` (jinshui, hangzhou/chengjian_gongyu, national_mean) or a .toml file.
    With several seeds the table gives medians, the range of 5 to 95 % of seeds, and in how many seeds something
    was not reached. With --plausible 20 a second table tells chance (other seeds) from ignorance (other parameters).
    With --out a folder gets report.html, summary.csv, weekly.csv, equity.csv, figures and manifest.json.

    With --households and --ties the compound is one of yours: see docs/extend.md. A table with a column compound
    is several compounds, which are run as a district.

    Of a district (kaifeng-district) all compounds are simulated together; the table is over compounds, with totals
    of the district below, and with --plausible 20 their chance and ignorance over five draws of the district.
    With --out a folder gets compounds.csv, weekly.csv, totals.csv, figures and manifest.json.

    A collection (hangzhou-city, national) streams through, and a row of outcomes of each compound is kept in --out
    (default results/NAME) as soon as it is there: interrupted at any moment, the same command goes on from there.
    """
    from commands import run as command

    command.run(**options)


@main.command(
    epilog=examples(
        "gongzhi compare jinjiang --strategies information_only,pressure,full_bundle",
        "gongzhi compare jinshui --strategies jinshui,pressure --seeds 200 --outcome final_valid_consent",
        "gongzhi compare national_mean --strategies none,visible_example,full_bundle --all-pairs --json",
        "gongzhi compare jinjiang --strategies pressure,visible_example --out results/pressure",
        "gongzhi compare jinshui --strategies none,jinshui --burn-in 52",
        "gongzhi compare jinshui --strategies none,jinshui --households people.csv --ties ties.csv",
    )
)
@COMPOUND
@data_options
@click.option(
    "--strategies",
    metavar="A,B,…",
    required=True,
    shell_complete=completion.strategies,
    help="Two or more strategies: names or .toml files, by commas.",
)
@seed_option
@seeds_option("How many seeds; fewer than 6 settle nothing.", default=20)
@outcomes_option("Summary outcome to compare")
@click.option(
    "--burn-in",
    metavar="N",
    type=click.IntRange(1, 1040),
    help="Weeks before the first that counts: every strategy starts from the state they leave.  [default: none]",
)
@click.option(
    "--burn-in-strategy",
    metavar="S",
    shell_complete=completion.strategy,
    help="Strategy in force during --burn-in: a name or a .toml file.  [default: none]",
)
@click.option("--all-pairs", is_flag=True, help="Compare every pair.  [default: each with the first]")
@click.option(
    "--plausible",
    metavar="N",
    type=click.IntRange(0, 500),
    default=20,
    show_default=True,
    help="Sets of parameters the evidence leaves standing, under which the order is tried again; 0: none.",
)
@own_option
@set_option
@weeks_option
@threads_option
@out_option
@figure_options
@force_option
@lang_option
@quiet_option
@json_option
@shared_options
def compare(**options: Any) -> None:
    """Compare strategies on the same households and draws.

    Seed by seed the two strategies meet the same draws, so that a difference comes from the strategy alone.
    Differences are A minus B, with a 95 % interval, the share of seeds in which A is ahead, and a verdict, which
    may be "undetermined". Not reached counts as later than any week.
    """
    from commands import compare as command

    command.compare_strategies(**options)


@main.command(
    epilog=examples(
        "gongzhi demo",
        "gongzhi demo --seeds 50 --lang zh",
        "gongzhi demo --out results/demo",
    )
)
@seeds_option("How many seeds.", default=20)
@threads_option
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=FOLDER_NAME,
    default="reports/demo",
    show_default=True,
    help="Folder of the report; an earlier demo in it is replaced.",
)
@lang_option
@quiet_option
@shared_options
def demo(**options: Any) -> None:
    """Run every city with its own strategy, and the strategies to compare, with a report.

    Each city runs its own strategy in its default compound; the strategies (information only, visible example,
    example with deliberation and compensation, pressure, the full bundle) are compared on Wufuyuan.
    """
    from commands import demo as command

    command.demo(**options)


@main.command(
    epilog=examples(
        "gongzhi dashboard",
        "gongzhi dashboard --port 9000 --no-browser",
        "gongzhi dashboard --strategy my_strategy.toml --case my_case.toml",
        "gongzhi dashboard --own tea.py",
        "gongzhi dashboard --host 0.0.0.0 --allow-host classroom.local",
        "gongzhi dashboard --behind-proxy 127.0.0.1 --allow-host classroom.local --no-browser",
    )
)
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; the default answers this machine only.",
)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port; 0 takes any free one.",
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A name by which browsers may call this server; may be repeated.",
)
@click.option(
    "--behind-proxy",
    "proxies",
    metavar="ADDRESS",
    multiple=True,
    help="A proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; may be repeated. Nobody else's are.",
)
@click.option(
    "--people-per-address",
    "people",
    metavar="N",
    type=click.IntRange(1, 1000),
    default=12,
    show_default=True,
    help="How many people may share one network address; what one address may do grows with it.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes that run the engine, about 300 MB each.",
)
@click.option(
    "--results",
    metavar="DIR",
    type=FOLDER_NAME,
    default="results",
    show_default=True,
    help="Folder that holds the folders of `gongzhi sweep`, for the page Sweep.",
)
@click.option(
    "--classes",
    metavar="DIR",
    type=FOLDER_NAME,
    default="",
    show_default="gongzhi/classes in your state folder",
    help="Folder in which classes are kept over a restart of the server.",
)
@click.option(
    "--strategy",
    "strategies",
    metavar="FILE.toml",
    multiple=True,
    shell_complete=completion.paths,
    help="A strategy file of your own, offered beside those that ship; may be repeated.",
)
@click.option(
    "--case",
    "cases",
    metavar="FILE.toml",
    multiple=True,
    shell_complete=completion.paths,
    help="A case file of your own, offered beside those that ship; may be repeated.",
)
@own_option
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@lang_option
@shared_options
def dashboard(**options: Any) -> None:
    """Start the dashboard: explore, compare, teach, in the browser.

    Everything comes from this machine; nothing is fetched or sent. Stop it with Ctrl-C.

    --strategy and --case offer files of your own beside what ships. Of what --own brings the pages take instruments
    and outcomes; agents and models of your own are for `gongzhi run`, and refused here.
    """
    from commands import dashboard as command

    command.start(**options)


@main.command(
    epilog=examples(
        "gongzhi schema > case.schema.json",
        "gongzhi schema strategy > strategy.schema.json",
        "gongzhi schema strategy --own tea.py > strategy.schema.json",
    )
)
@click.argument("kind", type=click.Choice(["case", "strategy", "sweep"]), default="case")
@own_option
@shared_options
def schema(**options: Any) -> None:
    """Print the JSON Schema of case, strategy or sweep files.

    Editors that know it complete keys and show units and ranges while a file is written.
    """
    from commands import files as command

    command.print_schema(**options)


@main.command(
    epilog=examples(
        "gongzhi households census.toml --out people.csv",
        "gongzhi households census.toml --out people.csv --seed 7",
    )
)
@click.argument("file", metavar="FILE.toml")
@click.option(
    "--out", "-o", metavar="FILE.csv", type=Place("file"), required=True, help="Write the table to this file."
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0, LARGEST_SEED),
    default=1,
    show_default=True,
    help="Of what the counts leave open: where households live, areas, which ones of a sample.",
)
@replace_option
@lang_option
@quiet_option
@shared_options
def households(**options: Any) -> None:
    """Make a table of households that meets counts of a census or a register.

    FILE.toml holds tables of counts, such as tenure by elder and floor: see docs/extend.md. Every household of the
    table is synthetic; run it with `gongzhi run CASE --households FILE.csv`.
    """
    from commands import households as command

    command.fit(**options)


@main.command(
    epilog=examples(
        "gongzhi check my_case.toml",
        "gongzhi check cases/*.toml strategies/*.toml",
        "gongzhi check --kind strategy draft.toml",
        "gongzhi check - < draft.toml",
        "gongzhi check people.csv ties.csv",
    )
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True, shell_complete=completion.paths)
@click.option(
    "--kind",
    type=click.Choice(["auto", "case", "strategy", "sweep", "households", "ties"]),
    default="auto",
    show_default=True,
    help="What the files are; auto tells them by their keys.",
)
@own_option
@lang_option
@shared_options
def check(**options: Any) -> None:
    """Check case, strategy and sweep files, and own households and ties; - is standard input.

    Prints "ok" for each, or what is wrong and where. All problems of all files are listed. Status 2 if there is any.
    Of a table of households (.csv, .parquet) and of ties (.graphml too) it says what was found in it.
    """
    from commands import files as command

    command.check_files(**options)


main.add_command(sweep)
main.add_command(results)
main.add_command(analyse)
main.add_command(search)
main.add_command(calibrate)
main.add_command(docs)
main.add_command(baseline)


if __name__ == "__main__":
    main()
