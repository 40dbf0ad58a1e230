"""The group of commands: every way to end has its exit status and one clear message.

0 done; 1 a run failed; 2 wrong input; 130 interrupted (Ctrl-C). A traceback is shown with --debug only.
"""

import shlex
import traceback
from typing import Any

import click

from commands.console import print_plainly
from commands.leaving import leave
from commands.options import DEBUG
from scenarios.files.problems import ScenarioError, nearest

COMMAND = "gongzhi.command"
INTERRUPTED = 130


class WrongInput(click.ClickException):
    """Something the caller gave cannot be used; status 2."""

    exit_code = 2


class RunFailed(click.ClickException):
    """The program, not its input, is at fault; status 1."""

    exit_code = 1


class Nearest(click.Group):
    """A click group that names the nearest command where one is misspelt."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of this name. Raises UsageError with the nearest name."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            known = self.list_commands(ctx)
            hint = nearest(name, known) or f"; expected one of {', '.join(known)}"
            raise click.UsageError(f"unknown command {name[:60]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


class CommandLine(Nearest):
    """A group that turns every error into a message and a status, and remembers the command as typed."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run as click does; where a terminal cannot show a character, show its like."""
        print_plainly()
        kwargs.setdefault("prog_name", "gongzhi")
        try:
            return super().main(*args, **kwargs)
        except SystemExit as end:
            if args or kwargs.get("args") is not None or not isinstance(end.code, int):
                raise  # called from Python, which goes on
            leave(end.code)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the arguments before click takes them apart."""
        ctx.meta[COMMAND] = shlex.join(["gongzhi", *args])
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong in it leaves with its status."""
        try:
            return super().invoke(ctx)
        except ScenarioError as problem:
            raise WrongInput(str(problem)) from None
        except KeyboardInterrupt:
            click.echo("\nInterrupted; nothing was written.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.meta.get(DEBUG):
                traceback.print_exc()
            raise RunFailed(_one_line(error, ctx)) from None


def command_line() -> str:
    """The command as it was typed, for the record."""
    return str(click.get_current_context().meta[COMMAND])


def _one_line(error: Exception, ctx: click.Context) -> str:
    lines = str(error).strip().split("\n")
    text = f"{type(error).__name__}: {lines[0][:300]}".removesuffix(": ")
    return text if ctx.meta.get(DEBUG) else f"{text} (--debug shows where)"
