"""Ages as the project file writes them."""

from __future__ import annotations

from typing import Final

_HOURS: Final = {"h": 1, "d": 24, "w": 168}


def hours_of(age: str) -> float:
    """Give an age in hours.

    Examples
    --------
    >>> hours_of("12h"), hours_of("7d"), hours_of("4w")
    (12.0, 168.0, 672.0)
    """
    return float(age[:-1]) * _HOURS[age[-1]]
