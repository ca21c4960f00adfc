"""What plugins may still do and not for ever: the texts of all warnings about hooks, in one place.

A specification takes its part of the table: ``@hookspec(firstresult=True,
**DEPRECATED.of("prepare"))``. pluggy then warns at the line of each implementation. An entry stays
for one minor version at least; what it warns of goes with the next major one, and the entry with
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

import attrs

from fourstroke.errors import FourstrokeWarning

if TYPE_CHECKING:
    from collections.abc import Mapping


class RemovedIn1Warning(FourstrokeWarning):
    """Something that goes with fourstroke 1.0."""


class SpecificationOptions(TypedDict, total=False):
    """What ``hookspec`` is told about a hook on its way out."""

    warn_on_impl: Warning
    warn_on_impl_args: Mapping[str, Warning]


@attrs.frozen(kw_only=True)
class Deprecations:
    """Hooks and arguments on their way out.

    Parameters
    ----------
    hooks : mapping of str to Warning
        By the name of the hook.
    arguments : mapping of str to mapping of str to Warning
        By the name of the hook, then of the argument.
    """

    hooks: Mapping[str, Warning] = attrs.field(factory=dict)
    arguments: Mapping[str, Mapping[str, Warning]] = attrs.field(factory=dict)

    def of(self, hook: str) -> SpecificationOptions:
        """Give the options of one hook's specification; empty for a hook that stays as it is."""
        options: SpecificationOptions = {}
        if hook in self.hooks:
            options["warn_on_impl"] = self.hooks[hook]
        if hook in self.arguments:
            options["warn_on_impl_args"] = self.arguments[hook]
        return options


# Nothing yet: 0.1 is the first version.
DEPRECATED: Final = Deprecations()
