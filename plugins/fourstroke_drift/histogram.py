"""The same cells counted twice: in the reference and in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@attrs.frozen(eq=False)
class Histogram:
    """How many rows fall into each cell.

    Parameters
    ----------
    labels : tuple of str
        What each cell holds, for people.
    reference, window : array of shape (cells,), float
        Rows in each cell. The reference may hold fractions: mass estimated for what it never saw.
    """

    labels: tuple[str, ...]
    reference: NDArray[np.float64]
    window: NDArray[np.float64]

    @classmethod
    def of(cls, cells: Sequence[tuple[str, float, float]]) -> Histogram:
        """Make a histogram of (label, reference, window), without cells that are empty in both."""
        kept = [cell for cell in cells if cell[1] > 0 or cell[2] > 0]
        return cls(
            labels=tuple(label for label, _, _ in kept),
            reference=np.array([count for _, count, _ in kept], dtype=float),
            window=np.array([count for _, _, count in kept], dtype=float),
        )

    def shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the share of each cell in the reference and in the window."""
        return self.reference / self.reference.sum(), self.window / self.window.sum()
