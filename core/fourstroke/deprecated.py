"""What plugins may still do and not for ever: every warning about hooks, in one place.

A specification takes its part of the table: ``@hookspec(firstresult=True,
**DEPRECATED.of("prepare"))``. pluggy then warns at the line of each implementation. An entry stays
for two minor versions and twelve months at least, whichever is longer; what it warns of goes with
the first version after that, and the entry with it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypedDict

import attrs
from packaging.version import Version

from fourstroke.errors import FourstrokeWarning

if TYPE_CHECKING:
    from collections.abc import Mapping

_MINORS = 2
_MONTHS = 12


class DeprecatedHookWarning(FourstrokeWarning):
    """A plugin implements a hook, or takes an argument of one, that a later version no longer has."""


class SpecificationOptions(TypedDict, total=False):
    """What ``hookspec`` is told about a hook on its way out."""

    warn_on_impl: Warning
    warn_on_impl_args: Mapping[str, Warning]


@attrs.frozen(kw_only=True)
class Deprecation:
    """A hook or one of its arguments on its way out.

    Parameters
    ----------
    hook : str
        The name of the hook.
    argument : str, optional
        The name of the argument; without it, the hook itself goes.
    since : str
        The first version that warns, such as ``"0.4.0"``.
    on : date
        The day of that version.
    instead : str
        What an author does now, as the rest of a sentence: ``"take context.task"``.
    """

    hook: str
    argument: str | None = None
    since: str
    on: dt.date
    instead: str

    def may_go(self, version: str, day: dt.date) -> bool:
        """Tell whether a version of that day may be without it.

        Examples
        --------
        >>> old = Deprecation(hook="prepare", since="0.4.0", on=dt.date(2027, 1, 9), instead="")
        >>> old.may_go("0.6.0", dt.date(2027, 6, 1)), old.may_go("0.6.0", dt.date(2028, 1, 9))
        (False, True)
        """
        first, now = Version(self.since), Version(version)
        is_two_on = (now.major, now.minor) >= (first.major, first.minor + _MINORS)
        months = (
            12 * (day.year - self.on.year) + day.month - self.on.month - (day.day < self.on.day)
        )
        return is_two_on and months >= _MONTHS

    def warning(self) -> DeprecatedHookWarning:
        """Say it to the author of a plugin."""
        what = (
            f"argument {self.argument} of hook {self.hook}"
            if self.argument
            else f"hook {self.hook}"
        )
        return DeprecatedHookWarning(f"{what} is deprecated since {self.since}: {self.instead}")


@attrs.frozen
class Deprecations:
    """Hooks and arguments on their way out.

    Parameters
    ----------
    entries : tuple of Deprecation
        One for each.
    """

    entries: tuple[Deprecation, ...] = ()

    def of(self, hook: str) -> SpecificationOptions:
        """Give the options of one hook's specification; empty for a hook that stays as it is."""
        options: SpecificationOptions = {}
        arguments: dict[str, Warning] = {}
        for entry in self.entries:
            if entry.hook != hook:
                continue
            if entry.argument:
                arguments[entry.argument] = entry.warning()
            else:
                options["warn_on_impl"] = entry.warning()
        if arguments:
            options["warn_on_impl_args"] = arguments
        return options


# Nothing yet: 0.1 is the first version.
DEPRECATED: Final = Deprecations()
