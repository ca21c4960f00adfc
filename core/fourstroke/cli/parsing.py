"""Read a command line without doing what it says, and say what is wrong with one."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import click

from fourstroke.errors import FourstrokeError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


def try_out(program: click.Command, words: Sequence[str]) -> None:
    """Read a command line by the rules of its commands; nothing is done.

    A file need not be there yet.

    Raises
    ------
    UsageError
        If a command, an option or an argument is wrong or missing.
    """
    told = " ".join(words)
    try:
        # What asks for help or the version says it at once, and ends.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            _read(program, words)
    except click.exceptions.Exit as error:
        raise UsageError(
            f"'fourstroke {told}' does nothing but explain itself",
            hint="name a whole command, such as: -- monitor",
        ) from error
    except click.ClickException as error:
        if not _is_of_a_file(error):
            raise in_our_words(error) from error


def _is_of_a_file(error: click.ClickException) -> bool:
    """Say whether a file is not there, which may well be there when its time comes."""
    return (
        isinstance(error, click.BadParameter)
        and not isinstance(error, click.MissingParameter)
        and error.param is not None
        and isinstance(error.param.type, click.Path)
    )


def _read(program: click.Command, words: Sequence[str]) -> None:
    name, command, rest = "fourstroke", program, list(words)
    context: click.Context | None = None
    while True:
        context = command.make_context(name, list(rest), parent=context)
        if not isinstance(command, click.Group):
            return
        # What stands behind the options of a group is the command, and its words.
        _, rest, _ = command.make_parser(context).parse_args(list(rest))
        if not rest:
            return
        named, found, rest = command.resolve_command(context, rest)
        if found is None:
            return
        name, command = named or name, found


def in_our_words(error: click.ClickException) -> FourstrokeError:
    """Say what click found wrong in the form of every other error."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    where = "" if context is None else context.command_path
    if isinstance(error, click.NoSuchOption):
        known = [] if context is None else [each for p in context.command.params for each in p.opts]
        hint = nearest(error.option_name, [name for name in known if name.startswith("-")])
        return UsageError(f"there is no option {error.option_name}", where=where, hint=hint)
    message = error.format_message().rstrip(".").replace("integer range", "whole number")
    hint = f"{where} --help" if where else ""
    return UsageError(message[:1].lower() + message[1:], where=where, hint=hint)
