"""The options that stand before or after any command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fourstroke.cli.invocation import Invocation
from fourstroke.cli.names import completed, environments

if TYPE_CHECKING:
    from collections.abc import Callable


def global_options() -> list[click.Parameter]:
    """Make the options that stand before or after any command."""
    return [
        _option(
            ["-C", "directory"],
            _set_directory,
            type=click.Path(file_okay=False),
            metavar="DIR",
            help="The project's folder.",
        ),
        _option(
            ["--env", "environment"],
            _set_environment,
            metavar="NAME",
            shell_complete=completed(environments),
            help="The environment to use.",
        ),
        _option(
            ["--set", "overrides"],
            _add_overrides,
            metavar="KEY=VALUE",
            multiple=True,
            help="Overlay one key of the project file; repeatable.",
        ),
        _option(["--json", "as_json"], _set_json, is_flag=True, help="Print facts as JSON."),
        _option(["--debug"], _set_debug, is_flag=True, is_eager=True, help="Show tracebacks."),
    ]


def is_global(parameter: click.Parameter) -> bool:
    """Tell whether an option is one of those that every command has."""
    return parameter.callback in _CALLBACKS


def _option(
    declarations: list[str], callback: Callable[..., Any], **attributes: Any
) -> click.Option:
    return click.Option(declarations, callback=callback, expose_value=False, **attributes)


# An option that is not given must not undo what stands before the command: hence the tests.


def _set_directory(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value == "":
        raise click.BadParameter("expected a folder, got an empty text")
    if value:
        context.ensure_object(Invocation).directory = Path(value)


def _set_environment(
    context: click.Context, _parameter: click.Parameter, value: str | None
) -> None:
    # An empty name is one too: no environment, whatever FOURSTROKE_ENV says.
    if value is not None:
        context.ensure_object(Invocation).environment = value


def _add_overrides(
    context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]
) -> None:
    context.ensure_object(Invocation).overrides.extend(value)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool | None) -> None:  # noqa: FBT001 - click's signature
    if value:
        context.ensure_object(Invocation).as_json = True


def _set_debug(context: click.Context, _parameter: click.Parameter, value: bool | None) -> None:  # noqa: FBT001 - click's signature
    if value:
        context.ensure_object(Invocation).debug = True


_CALLBACKS = (_set_directory, _set_environment, _add_overrides, _set_json, _set_debug)
