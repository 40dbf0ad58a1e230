"""The group of commands: every way to end has its exit status and one clear message.

0 done, also where nobody reads the rest (`| head -1`); 1 a run failed; 2 wrong input; 130 interrupted (Ctrl-C). A
traceback is shown with --debug only.
"""

import errno
import shlex
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from commands.language import language_asked_for
from commands.leaving import INTERRUPTED, leave, say_ignored_interruptions_again
from commands.options import DEBUG
from commands.wording import print_plainly, silence_output, word
from model.texts import Wide, narrow
from scenarios.files.problems import ScenarioError, nearest, shown
from scenarios.translation import help_in, message_in, words_in

COMMAND = "gongzhi.command"
LANGUAGE = "gongzhi.language"
#: Characters to a line of help; each takes two columns.
CHINESE_WIDTH = 60
#: What cannot be written under one name and may be under another.
_OF_ITS_NAME = {getattr(errno, name) for name in (
    "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY", "ENAMETOOLONG", "ELOOP",
    "EINVAL", "EILSEQ", "EBUSY",
)}  # fmt: skip


#: What standard output says where it is a file on a disk that takes no more.
_OF_THE_DISK = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}


class WrongInput(click.ClickException):
    """Something the caller gave cannot be used; status 2."""

    exit_code = 2


class RunFailed(click.ClickException):
    """The program, not its input, is at fault; status 1."""

    exit_code = 1


def unwritable(option: str, given: str | Path, error: OSError) -> click.ClickException:
    """What to raise where a file or folder that was asked for cannot be written.

    WrongInput where another name would do, RunFailed where the disk is full or fails.
    """
    what = f"{option} {str(given)!r}"
    reason = (error.strerror or str(error)).lower()
    if error.errno in _OF_ITS_NAME:
        return WrongInput(f"{what}: cannot be written ({reason})")
    return RunFailed(f"{what}: writing failed ({reason})")


class Speaking(click.Command):
    """A command whose help is in the language of the command line."""

    def get_help(self, ctx: click.Context) -> str:
        """The page of help."""
        lang = ctx.meta.get(LANGUAGE, "en")
        if lang != "zh":
            return super().get_help(ctx)
        ctx.max_content_width = CHINESE_WIDTH
        commands = list(self.commands.values()) if isinstance(self, click.Group) else []
        with _in_language(lang, [self, *commands, *self.params]):
            return words_in(lang, super().get_help(ctx))


@contextmanager
def _in_language(lang: str, told: list[Any]) -> Iterator[None]:
    """While it lasts, what has a help text has it in this language."""
    english = [one.help if hasattr(one, "help") else None for one in told]
    try:
        for one, text in zip(told, english, strict=True):
            if text is not None:
                one.help = help_in(lang, text)
        yield
    finally:
        for one, text in zip(told, english, strict=True):
            if text is not None:
                one.help = text


class Told(click.ClickException):
    """A refusal in the language of the command line."""

    def __init__(self, refused: click.ClickException, lang: str) -> None:
        super().__init__(message_in(lang, refused.format_message()))
        self.refused, self.lang = refused, lang
        self.exit_code = refused.exit_code  # type: ignore[misc]  # click's own classes set it on the class

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on standard error, after the usage where that is what was wrong."""
        context = getattr(self.refused, "ctx", None)
        if context is not None:
            click.echo(words_in(self.lang, context.get_usage()), err=True)
            click.echo(word("help_there", self.lang, command=context.command_path) + "\n", err=True)
        click.echo(word("error", self.lang, what=self.message), err=True, file=file)


class Once(Speaking):
    """A command that refuses an option given twice, where click lets the last one win."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. Raises UsageError that names what is given twice."""
        *_, given = self.make_parser(ctx).parse_args(args=list(args))
        once = [p for p in given if isinstance(p, click.Option) and not p.multiple and not p.is_flag]
        twice = next((p for p in once if once.count(p) > 1), None)
        if twice is not None:
            raise click.UsageError(f"{twice.opts[0]} is given twice; expected it once", ctx)
        return super().parse_args(ctx, args)


class Nearest(Speaking, click.Group):
    """A click group that names the nearest command where one is misspelt."""

    command_class = Once

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
        if args or kwargs.get("args") is not None:
            return super().main(*args, **kwargs)  # called from Python, which goes on
        say_ignored_interruptions_again()
        try:
            return super().main(**kwargs)
        except SystemExit as end:
            if not isinstance(end.code, int):
                raise
            leave(end.code)

    def make_context(
        self, info_name: str | None, args: list[str], *others: Any, **extra: Any
    ) -> click.Context:
        """The context of a command line. Raises what is wrong with it in its language."""
        lang = language_asked_for(args)
        with _told(lang), _output_told():
            return super().make_context(info_name, args, *others, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the arguments, and their language, before click takes them apart."""
        ctx.meta[COMMAND] = shlex.join(["gongzhi", *args])
        ctx.meta[LANGUAGE] = language_asked_for(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as unknown:
            if not self._has_a_command_with(unknown.option_name, ctx):
                raise
            name = unknown.option_name
            said = f"{name} stands before the command; expected it behind, such as gongzhi run CASE {name}"
            raise click.UsageError(said, ctx) from None

    def _has_a_command_with(self, option: str, ctx: click.Context) -> bool:
        commands = [self.get_command(ctx, name) for name in self.list_commands(ctx)]
        return any(option in parameter.opts for each in commands if each for parameter in each.params)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong in it leaves with its status, told in its language."""
        with _told(ctx.meta[LANGUAGE]):
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        try:
            with _output_told():
                return super().invoke(ctx)
        except ScenarioError as problem:
            raise WrongInput(str(problem)) from None
        except KeyboardInterrupt:
            click.echo("\n" + word("interrupted", ctx.meta[LANGUAGE]), err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            silence_output()
            raise click.exceptions.Exit(0) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.meta.get(DEBUG):
                traceback.print_exc()
            raise RunFailed(_one_line(error, ctx)) from None


@contextmanager
def _output_told() -> Iterator[None]:
    """Raise RunFailed where standard output takes no more, such as a file on a full disk."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        try:
            print(flush=True)  # of a file that some command writes, it may be, or of standard output
        except OSError:
            reason = (error.strerror or str(error)).lower()
            raise RunFailed(f"standard output: writing failed ({reason})") from None
        raise


@contextmanager
def _told(lang: str) -> Iterator[None]:
    """Raise refusals in this language; English ones as they are."""
    try:
        yield
    except click.ClickException as refused:
        if lang != "zh" or isinstance(refused, Told):
            raise
        raise Told(refused, lang) from None


def by_commas(option: str, given: str) -> list[str]:
    """The names of an option, which commas separate. Raises WrongInput for a comma of another keyboard."""
    for column, character in enumerate(given, 1):
        if character != "," and narrow(character) == ",":
            raise WrongInput(f"{option} {shown(given)}; {Wide(1, column, character, ',')}")
    return [name.strip() for name in given.split(",")]


def command_line() -> str:
    """The command as it was typed, for the record."""
    return str(click.get_current_context().meta[COMMAND])


def _one_line(error: Exception, ctx: click.Context) -> str:
    lines = str(error).strip().split("\n")
    text = f"{type(error).__name__}: {lines[0][:300]}".removesuffix(": ")
    return text if ctx.meta.get(DEBUG) else f"{text} (--debug shows where)"
