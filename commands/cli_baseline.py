"""The command line of the baseline: what `gongzhi baseline` understands."""

from typing import Any

import click

from commands import completion
from commands.group import Once
from commands.options import (
    Place,
    examples,
    json_option,
    lang_option,
    quiet_option,
    replace_option,
    shared_options,
)


@click.command(
    cls=Once,
    epilog=examples(
        "gongzhi baseline",
        "gongzhi baseline --record rules.jsonl",
        "gongzhi baseline --record coarse.parquet --digits 1",
        "gongzhi baseline --table answers.jsonl",
        "gongzhi baseline --table answers.jsonl --unknown to_answer.jsonl",
    ),
)
@click.option(
    "--table",
    metavar="FILE",
    shell_complete=completion.paths,
    help="Let the decisions of this table drive the residents, and score it against the model's rules.",
)
@click.option(
    "--unknown",
    metavar="FILE",
    type=Place("file"),
    help="With --table: let the rules answer what the table does not have, and write it here to be answered.",
)
@click.option(
    "--record",
    metavar="FILE",
    type=Place("file"),
    help="Write a table of the rules' own decisions: JSON lines, or Parquet where the name ends so.",
)
@click.option(
    "--digits",
    metavar="N",
    type=click.IntRange(0, 15),
    help="With --record: decimals of the numbers in a situation; few make few situations.  [default: all]",
)
@replace_option
@lang_option
@quiet_option
@json_option
@shared_options
def baseline(**options: Any) -> None:
    """Ten frozen tasks: what the model's rules make of them, or a table of recorded decisions.

    The same numbers to the last bit wherever it is run, in seconds; the digest of each task says so. A table answers
    situations of residents (comes to the meeting, signs when asked, takes its signature back, pays the bill) with yes,
    no or a chance, whoever made the answers, a language model or people asked. It is scored by how far the outcomes it
    leads to are from those of the rules, and how far its answers are from theirs.
    """
    from commands import baseline as command

    command.run(**options)
