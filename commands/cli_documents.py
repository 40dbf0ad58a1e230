"""The command line of documents: what `gongzhi docs` understands."""

from typing import Any

import click

from commands import completion
from commands.group import Once
from commands.options import Place, examples, lang_option, replace_option, shared_options


@click.command(
    cls=Once,
    epilog=examples(
        "gongzhi docs odd -o odd.docx",
        "gongzhi docs validation --to docx -o supplement.docx",
    ),
)
@click.argument("page", metavar="PAGE", shell_complete=completion.pages)
@click.option(
    "--to",
    "form",
    type=click.Choice(["docx", "markdown"]),
    default="docx",
    show_default=True,
    help="A Word document, or the page as it is written.",
)
@click.option(
    "--out",
    "-o",
    metavar="FILE",
    type=Place("file"),
    required=True,
    help="File to write.",
)
@replace_option
@lang_option
@shared_options
def docs(**options: Any) -> None:
    """Write a page of the documentation as a document, such as the model's ODD for a supplement.

    PAGE is odd, parameters, validation or any other name of a page in docs/. Headings, tables, lists, formulas and
    code stay what they are; version and commit stand below the title and on every page.
    """
    from commands import documents as command

    command.write(**options)
