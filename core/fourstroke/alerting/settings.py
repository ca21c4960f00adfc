"""What ``[operations.alerting]`` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

# What people are told of that no monitor has seen: a roll-back, and a turn of the loop that ended badly.
OF_NO_MONITOR: Final = ("rollback", "training", "training_data")
_PERSISTENCE: Final = re.compile(r"([1-9][0-9]?) of ([1-9][0-9]?)")


def is_persistence(value: object) -> bool:
    """Say whether a value is as ``2 of 3``: so many of the latest windows."""
    found = _PERSISTENCE.fullmatch(value) if isinstance(value, str) else None
    return found is not None and int(found[1]) <= int(found[2])


@attrs.frozen(kw_only=True)
class AlertSettings:
    """When people are told.

    Parameters
    ----------
    windows : str
        In how many of the latest windows something has to cross its limits, such as ``2 of 3``.
    cool_down : str
        How long people are not told again of a matter that they were told of, such as ``24h``; empty to
        tell them of each window.
    quiet : int
        After how many windows without it a matter is over by itself.
    runbooks : mapping of str to str
        By the monitor's name, or one of `OF_NO_MONITOR`, where people read what to do.
    """

    windows: str = "1 of 1"
    cool_down: str = "24h"
    quiet: int = 2
    runbooks: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def needed(self) -> int:
        """In how many windows it has to be seen."""
        return int(self.windows.split()[0])

    @property
    def among(self) -> int:
        """Among how many of the latest ones."""
        return int(self.windows.split()[-1])
