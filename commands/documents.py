"""`gongzhi docs`: a page of the documentation as a document."""

import os
import tempfile
from pathlib import Path

from commands.console import results, say
from commands.group import WrongInput, unwritable
from scenarios.documents import NoPageError, Origin, page_text, write_document
from scenarios.version import project_version, source_commit


def write(*, page: str, form: str, out: str, force: bool, lang: str) -> None:
    """Write the page, whole or not at all. Raises WrongInput for another page, and what `unwritable` does."""
    try:
        text = page_text(page)
    except NoPageError as error:
        raise WrongInput(str(error)) from None
    goal = Path(out).expanduser()
    if os.path.lexists(goal) and not force:
        raise WrongInput(f"--out {out!r}: is there already; expected a new one, or --force")
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=goal.parent, prefix=f".{goal.name}.") as scratch:
            made = Path(scratch) / "made"
            if form == "docx":
                write_document(text, made, Origin(page, project_version(), source_commit()))
            else:
                made.write_text(text, encoding="utf-8")
            made.replace(goal)
    except OSError as error:
        raise unwritable("--out", out, error) from None
    results().print(say("written", lang, folder=out))
