"""What is asked of a table before it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd


@plugin
class Template:
    """Ask that a column has few gaps."""

    # The column.
    column: str
    # The largest share of rows that may have none.
    most: float = 0.1

    @hookimpl
    def check(self, data: pd.DataFrame) -> list[Check]:
        """Give one check: how many rows have no value."""
        name, required = f"gaps in {self.column}", f"<= {self.most:g}"
        if self.column not in data or data.empty:
            why = "there are no rows" if self.column in data else "there is no such column"
            return [Check(name=name, status="fail", column=self.column, required=required, why=why)]
        gaps = data[self.column].isna().to_numpy()
        share = float(gaps.mean())
        return [
            Check(
                name=name,
                status="pass" if share <= self.most else "fail",
                column=self.column,
                observed=share,
                required=required,
                why=f"{gaps.sum():,} of {len(data):,} rows have no value",
                rows=tuple(int(row) for row in gaps.nonzero()[0][:10]),
            )
        ]
