"""A step between the source and the published table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import DataError, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd


@plugin
class Template:
    """Cap a column of numbers."""

    # The column.
    column: str
    # The largest value that stays as it is.
    limit: float = 1000.0

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Give the table with no value of the column above the limit."""
        if self.column not in data:
            raise DataError(f"there is no column {self.column!r}")
        return data.assign(**{self.column: data[self.column].clip(upper=self.limit)})
