"""The plugin managers that calls go through; nothing else makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from fourstroke.plugins.specification import SPECIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def manager_of(
    plugins: Mapping[str, object], specifications: Sequence[type] = SPECIFICATIONS
) -> pluggy.PluginManager:
    """Make a plugin manager.

    Parameters
    ----------
    plugins : mapping of str to object
        Plugins by name, in the order in which they are registered.
    specifications : sequence of type
        The hooks that are called through it. Reading all of them takes a millisecond, and most
        callers need one.
    """
    manager = pluggy.PluginManager("fourstroke")
    for specification in specifications:
        manager.add_hookspecs(specification)
    for name, plugin in plugins.items():
        manager.register(plugin, name)
    return manager
