"""The cells of one column as plain values, with what they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs


@attrs.frozen
class Cells:
    """One column as Python's own values, as JSON keeps them.

    Parameters
    ----------
    dtype : str
        As NumPy names it; ``str`` and ``|O`` are text, truth and whatever else stands in the cells. Times
        and durations (``<M8[us]``) are whole numbers of their unit, and one with a zone is named as pandas
        names it: ``datetime64[us, UTC]``.
    values : sequence
        The cells; ``None`` and NaN are missing.
    """

    dtype: str
    values: Sequence[Any] = attrs.field(repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> Cells:
        return Cells(self.dtype, self.values[rows])

    def tolist(self) -> list[Any]:
        """Give the cells as a list."""
        return list(self.values)
