"""The settings that an author's plugin is given: those of the project, and those of the command."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from fourstroke.config import resolve_secrets
from fourstroke.config.overrides import key_parts, read_text
from fourstroke.errors import UsageError
from fourstroke.plugins.admission import admit
from fourstroke.plugins.functions import plugin_of_function
from fourstroke.plugins.structure import structure_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fourstroke.authoring.target import Target
    from fourstroke.config import Config


_OPTION: Final = "--setting"


def settings_of(target: Target, config: Config | None, given: Sequence[str]) -> dict[str, Any]:
    """Put together the settings of a plugin.

    Parameters
    ----------
    target : Target
        The plugin.
    config : Config, optional
        The project: the first table that uses the plugin gives its settings.
    given : sequence of str
        ``key=value``, as after ``--set``; they come last.
    """
    tables = [] if config is None else [each for known in config.tables.values() for each in known]
    used = next((table for table in tables if table.use == target.use), None)
    settings = {} if used is None else dict(used.settings)
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            hint = "--setting limit=3"
            raise UsageError(f"expected KEY=VALUE, got {text!r}", where=_OPTION, hint=hint)
        parts = key_parts(key.strip(), f"{_OPTION} {key}")
        if len(parts) > 1:
            hint = "give the whole value: --setting 'params={C = 0.1}'"
            raise UsageError("a setting has no dots in its name", where=text, hint=hint)
        settings[parts[0]] = read_text(value.strip(), f"{_OPTION} {key}")
    return settings


def plugin_of(target: Target, settings: dict[str, Any], *, root: Path) -> object:
    """Make a plugin with its settings.

    Raises
    ------
    PluginError
        If it does not keep to its hooks.
    ConfigError
        If a setting is wrong; all of them at once.
    """
    found = target.found
    if inspect.isfunction(found):
        found = plugin_of_function(found, target.stage, where=target.use)
    admit(found, target.stage, where=target.use)
    resolved = resolve_secrets(settings, where=_OPTION)
    return structure_settings(found, resolved, where=target.use, root=root)
