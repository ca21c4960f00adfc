"""The same cells counted twice: in the reference and in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Counts = NDArray[np.float64]
    Dealt = Callable[[np.random.Generator, int], tuple[Counts, Counts]]


@attrs.frozen(eq=False)
class Histogram:
    """How many rows fall into each cell.

    Parameters
    ----------
    labels : tuple of str
        What each cell holds, for people.
    reference, window : array of shape (cells,), float
        Rows in each cell; of the reference also those expected of what it never saw.
    widths : array of shape (cells,), float, optional
        Of cells of numbers, which then stand in their order: how wide each is in standard
        deviations of the reference, NaN where there is no number. ``None`` for
        categories, which have no order.
    dealt : callable, optional
        Takes a generator and how many draws are wanted at most, and gives reference and window once
        for each, as they are if chance alone deals out the rows of both. ``None`` if the cells were
        there before the window was, so that samples can be drawn of the reference.
    """

    labels: tuple[str, ...]
    reference: NDArray[np.float64]
    window: NDArray[np.float64]
    widths: NDArray[np.float64] | None = None
    dealt: Dealt | None = None

    @classmethod
    def of(
        cls, cells: Sequence[tuple[str, float, float]], widths: Sequence[float] | None = None
    ) -> Histogram:
        """Make a histogram of (label, reference, window)."""
        return cls(
            labels=tuple(label for label, _, _ in cells),
            reference=np.array([count for _, count, _ in cells], dtype=float),
            window=np.array([count for _, _, count in cells], dtype=float),
            widths=None if widths is None else np.array(widths, dtype=float),
        )

    def shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the share of each cell in the reference and in the window."""
        return self.reference / self.reference.sum(), self.window / self.window.sum()
