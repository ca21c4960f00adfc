"""Commands and groups: loaded when called, with shared options and near names in errors."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import attrs
import click

from fourstroke.cli.options import global_options, is_global
from fourstroke.errors import PluginError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fourstroke.plugins.discovery import Offer

_STAGE = "commands"
_WRONG_USAGE = 2


class _WithGlobalOptions(click.Command):
    """A command or group that takes the options which stand before or after any command."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params = [*self.params, *global_options()]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command's own options before those that all have."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        _write_section("Options", [each for each in options if not is_global(each)], ctx, formatter)
        _write_section("Global options", filter(is_global, options), ctx, formatter)


class Command(_WithGlobalOptions):
    """One command."""


class Group(_WithGlobalOptions, click.Group):
    """Commands under one word; a wrong word is answered with the nearest right one."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show options, then commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Answer a group without anything after it with its help page."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(_WRONG_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        name = args[0]
        is_option = name.startswith("-")
        if not is_option and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            raise UsageError(
                f"there is no command {name!r}",
                where=ctx.command_path,
                hint=self.suggest(ctx, name),
            )
        return super().resolve_command(ctx, args)

    def suggest(self, ctx: click.Context, name: str) -> str:
        """Say what a wrong word may have been meant for."""
        return nearest(name, self.list_commands(ctx))


class WorkingGroup(Group):
    """A group that does its work when no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave a call without words to the group itself."""
        return click.Group.parse_args(self, ctx, args)


@attrs.frozen
class Lazy:
    """A command that is imported when it is called.

    Parameters
    ----------
    target : str
        ``module:attribute``.
    help : str
        One line for the list of commands, so that printing the list imports nothing.
    """

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


class LazyGroup(Group):
    """The program: commands of its own, and those that installed distributions add.

    An own command cannot be taken over. A plugin's command is imported only when it is called; one
    that cannot be imported is an error then, and takes nothing else down.
    """

    def __init__(self, *arguments: Any, lazy: Mapping[str, Lazy], **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give own commands in the order in which one meets them, then those of plugins."""
        return [*self.lazy, *sorted(set(_plugin_commands()) - set(self.lazy))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one command."""
        if cmd_name in self.lazy:
            return self.lazy[cmd_name].load()
        offers = _plugin_commands().get(cmd_name)
        return None if offers is None else _with_global_options(_load_plugin_command(offers))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self.lazy.items()])
        added = [
            (name, f"From {offers[0].who}.")
            for name, offers in sorted(_plugin_commands().items())
            if name not in self.lazy
        ]
        if added:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(added)

    def suggest(self, ctx: click.Context, name: str) -> str:
        """Say what a wrong word may have been meant for, also if it is a command one level down."""
        for word, lazy in self.lazy.items():
            group = lazy.load()
            if isinstance(group, click.Group) and name in group.commands:
                return f"did you mean '{ctx.command_path} {word} {name}'?"
        return super().suggest(ctx, name)


def command(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function; the first line of its docstring is its help."""
    return click.command(name, cls=Command, **attributes)


def group(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], Group]:
    """Make a group of a function that does nothing."""
    return click.group(name, cls=Group, **attributes)


def _with_global_options(command: click.Command) -> click.Command:
    """Let a plugin's command take what stands before or after any command, too."""
    own = {option for each in command.params for option in each.opts}
    command.params = [
        *command.params,
        *(each for each in global_options() if not own & set(each.opts)),
    ]
    return command


def _write_section(
    title: str,
    options: Iterable[click.Parameter],
    ctx: click.Context,
    formatter: click.HelpFormatter,
) -> None:
    records = [option.get_help_record(ctx) for option in options]
    shown = [record for record in records if record is not None]
    if shown:
        with formatter.section(title):
            formatter.write_dl(shown)


def _plugin_commands() -> dict[str, tuple[Offer, ...]]:
    from fourstroke.plugins.discovery import installed  # noqa: PLC0415 - own commands do not need it

    found: dict[str, tuple[Offer, ...]] = {}
    for offer in installed():
        if offer.stage == _STAGE:
            found[offer.name] = (*found.get(offer.name, ()), offer)
    return found


def _load_plugin_command(offers: Sequence[Offer]) -> click.Command:
    offer = offers[0]
    if len(offers) > 1:
        who = " and ".join(each.who for each in offers)
        raise PluginError(
            f"several distributions bring this command: {who}",
            where=offer.name,
            hint="uninstall all but one",
        )
    loaded = offer.load()
    if not isinstance(loaded, click.Command):
        raise PluginError(
            f"{offer.value} is no click command",
            where=f"command {offer.name} ({offer.who})",
            hint="uninstall it, or tell its author",
        )
    return loaded
