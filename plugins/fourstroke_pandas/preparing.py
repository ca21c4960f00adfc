"""Steps that prepare a table: each does one thing and names the column that it cannot do it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fourstroke import DataError, hookimpl, plugin
from fourstroke_pandas.expressions import evaluate
from fourstroke_pandas.naming import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Family = Literal["integer", "number", "text", "boolean", "datetime", "category"]


@plugin
class Select:
    """Keep some columns, in the order given."""

    # The columns to keep.
    columns: tuple[str, ...]

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Keep the columns."""
        require(data, self.columns)
        return data[list(self.columns)]


@plugin
class Drop:
    """Leave columns out."""

    # The columns to leave out.
    columns: tuple[str, ...]

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Leave the columns out."""
        require(data, self.columns)
        return data.drop(columns=list(self.columns))


@plugin
class Rename:
    """Give columns other names."""

    # Old names and new ones.
    columns: dict[str, str]

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Rename the columns."""
        require(data, self.columns)
        renamed = data.rename(columns=self.columns)
        twice = renamed.columns[renamed.columns.duplicated()]
        if len(twice):
            raise DataError(f"there would be two columns {twice[0]!r}")
        return renamed


@plugin
class Cast:
    """Give columns another type; a cell that does not fit is an error that names its row."""

    # Columns and their types: integer, number, text, boolean, datetime or category.
    columns: dict[str, Family]

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Cast the columns."""
        from fourstroke_pandas.casting import cast  # noqa: PLC0415 - imports pandas

        require(data, self.columns)
        return data.assign(
            **{name: cast(data[name], family) for name, family in self.columns.items()}
        )


@plugin
class Fill:
    """Fill missing cells: with a value, or with the mean, median or most frequent value of the column.

    What is computed is computed of the table at hand. To keep held-out rows out of it, let the
    model's pipeline fill instead: the bundled trainer does.
    """

    # Columns and what to fill them with.
    columns: dict[str, str | int | float | bool]

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Fill the columns."""
        require(data, self.columns)
        filled = {
            name: data[name].fillna(_value(data[name], how)) for name, how in self.columns.items()
        }
        return data.assign(**filled)


@plugin
class Filter:
    """Keep the rows in which an expression holds."""

    # The expression, such as `age >= 18 and country in ["CH", "DE"]`.
    where: str

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Keep the rows."""
        mask = evaluate(self.where, data)
        return data[mask.fillna(False).astype(bool)].reset_index(drop=True)


@plugin
class Derive:
    """Add columns that are computed of others."""

    # New columns and their expressions, such as `rooms / people`.
    columns: dict[str, str]

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Add the columns, one after the other: a later one may use an earlier one."""
        for name, expression in self.columns.items():
            data = data.assign(**{name: evaluate(expression, data)})
        return data


@plugin
class Deduplicate:
    """Drop rows that are there before."""

    # The columns to compare; empty for all.
    columns: tuple[str, ...] = ()
    # Which of equal rows stays.
    keep: Literal["first", "last"] = "first"

    @hookimpl
    def prepare(self, data: pd.DataFrame) -> pd.DataFrame:
        """Drop the rows."""
        require(data, self.columns)
        subset = list(self.columns) or None
        return data.drop_duplicates(subset=subset, keep=self.keep).reset_index(drop=True)


@plugin
class Join:
    """Join two tables on columns that both have; `from` names them."""

    # The columns that both tables have.
    on: tuple[str, ...]
    # Which rows stay: those of the first table, or those that match.
    how: Literal["left", "inner"] = "left"
    # Whether a row of the first table may match several of the second.
    several: bool = False

    @hookimpl
    def prepare(self, inputs: Mapping[str, Any]) -> pd.DataFrame:
        """Join the tables."""
        if len(inputs) != 2:  # noqa: PLR2004 - a join is of two
            raise DataError(f"it joins two tables and got {len(inputs)}", hint='from = ["a", "b"]')
        first, second = inputs.values()
        require(first, self.on)
        require(second, self.on)
        if not self.several and second.duplicated(subset=list(self.on)).any():
            key = second.loc[second.duplicated(subset=list(self.on)), self.on[0]].iloc[0]
            raise DataError(
                f"{list(inputs)[1]} has several rows for {self.on[0]} {key!r}",
                hint="deduplicate it, or set several = true",
            )
        return first.merge(second, on=list(self.on), how=self.how)


def _value(column: pd.Series, how: Any) -> Any:
    if how in {"mean", "median"}:
        return getattr(column, how)()
    if how == "most_frequent":
        modes = column.mode()
        return modes.iloc[0] if len(modes) else None
    return how
