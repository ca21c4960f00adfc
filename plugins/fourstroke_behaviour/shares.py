"""Shares of rows, and differences of two shares, with their intervals."""

from __future__ import annotations

import math
from typing import Final

# The 97.5 % point of the normal distribution.
_Z: Final = 1.959963984540054


def wilson(count: int, rows: int) -> tuple[float, float] | None:
    """Give the 95 % interval of a share (E. B. Wilson 1927); nothing without rows.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(81, 263)]  # Newcombe (1998), table I, method 3
    [0.2553, 0.3662]
    """
    if not rows:
        return None
    share, square = count / rows, _Z * _Z
    middle = (count + square / 2) / (rows + square)
    half = _Z / (rows + square) * math.sqrt(rows * share * (1 - share) + square / 4)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def difference(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """Give the 95 % interval of the difference of two independent shares.

    R. G. Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, method 10: from Wilson's interval of each.

    Parameters
    ----------
    first, second : tuple of int
        Rows that count, and all rows; at least one.

    Examples
    --------
    >>> [round(end, 4) for end in difference((56, 70), (48, 80))]  # Newcombe (1998), table II, (a)
    [0.0524, 0.3339]
    """
    shares = [count / rows for count, rows in (first, second)]
    (low1, high1), (low2, high2) = (_known(count, rows) for count, rows in (first, second))
    gap = shares[0] - shares[1]
    below = math.hypot(shares[0] - low1, high2 - shares[1])
    above = math.hypot(high1 - shares[0], shares[1] - low2)
    return gap - below, gap + above


def _known(count: int, rows: int) -> tuple[float, float]:
    found = wilson(count, rows)
    if found is None:
        raise ValueError("there are no rows")
    return found
