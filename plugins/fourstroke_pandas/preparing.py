"""Steps that prepare a table: each does one thing, and names the column or row that it cannot do it with.

Rows that are to be scored go through the same steps as those that were learnt from, and come without
the target: a step that names it passes it over where it is not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke import Context, DataError, Pieces, hookimpl, plugin
from fourstroke_pandas.by_piece import by_piece
from fourstroke_pandas.expressions import columns_of, parse

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["integer", "number", "text", "boolean", "datetime", "category"]


def _is_expression(_: object, attribute: attrs.Attribute[Any], value: str) -> None:
    try:
        parse(value)
    except ValueError as error:
        raise ValueError(f"{attribute.name}: {error}") from error


def _are_expressions(_: object, attribute: attrs.Attribute[Any], value: Mapping[str, str]) -> None:
    for name, expression in value.items():
        try:
            parse(expression)
        except ValueError as error:
            raise ValueError(f"{attribute.name}.{name}: {error}") from error


@plugin
class Select:
    """Keep some columns, in the order given."""

    # The columns to keep.
    columns: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))

    capabilities = frozenset({"rows", "order", "alone", "scoring"})

    @hookimpl
    @by_piece
    def prepare(self, data: Any, context: Context) -> pd.DataFrame:
        """Keep the columns."""
        from fourstroke_pandas.frames import as_frame, need_columns  # noqa: PLC0415 - imports pandas

        frame = as_frame(data)
        return frame[need_columns(frame, self.columns, context)]


@plugin
class Drop:
    """Leave columns out."""

    # The columns to leave out.
    columns: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))

    capabilities = frozenset({"rows", "order", "columns", "alone", "scoring"})

    @hookimpl
    @by_piece
    def prepare(self, data: Any, context: Context) -> pd.DataFrame:
        """Leave the columns out."""
        from fourstroke_pandas.frames import as_frame, need_columns  # noqa: PLC0415 - imports pandas

        frame = as_frame(data)
        left = frame.drop(columns=need_columns(frame, self.columns, context))
        if len(left.columns) == 0:
            raise DataError("no column is left", hint="drop fewer columns")
        return left


@plugin
class Rename:
    """Give columns other names."""

    # New names by old ones.
    columns: Mapping[str, str]

    capabilities = frozenset({"rows", "order", "columns", "alone", "scoring"})

    @hookimpl
    @by_piece
    def prepare(self, data: Any, context: Context) -> pd.DataFrame:
        """Rename the columns, all at once: two may swap their names."""
        from fourstroke_pandas.frames import as_frame, check_names, need_columns  # noqa: PLC0415

        frame = as_frame(data)
        need_columns(frame, self.columns, context)
        renamed = frame.rename(columns=dict(self.columns))
        check_names(renamed)
        return renamed


@plugin
class Cast:
    """Give columns another type; a cell that does not fit is an error, and its row is named."""

    # The type of each column: integer, number, text, boolean, datetime or category.
    columns: Mapping[str, Kind]
    # How times are written, such as "%d.%m.%Y", or what numbers count: "seconds", "milliseconds".
    format: str = ""
    # What becomes of a cell that does not fit.
    invalid: Literal["error", "missing"] = "error"

    capabilities = frozenset({"rows", "order", "columns", "alone", "scoring"})

    @hookimpl
    def prepare(self, data: Any, context: Context) -> pd.DataFrame | Pieces:
        """Cast the columns."""
        lost: Counter[str] = Counter()
        made = (
            data.map(lambda piece: self._cast(piece, context, lost), scratch=context.scratch)
            if isinstance(data, Pieces)
            else self._cast(data, context, lost)
        )
        for name, cells in lost.items():
            context.say(f"{cells:,} cells of {name} did not fit, and are missing now")
        return made

    def _cast(self, data: Any, context: Context, lost: Counter[str]) -> pd.DataFrame:
        from fourstroke_pandas.casting import cast  # noqa: PLC0415 - imports pandas
        from fourstroke_pandas.frames import as_frame, need_columns  # noqa: PLC0415

        frame = as_frame(data).copy(deep=False)
        is_lenient = self.invalid == "missing"
        for name in need_columns(frame, self.columns, context):
            found = cast(frame[name], self.columns[name], form=self.format, is_lenient=is_lenient)
            # Nothing is said of a column without loss.
            lost += Counter({name: int(found.isna().sum() - frame[name].isna().sum())})
            frame[name] = found
        return frame


@plugin
class Fill:
    """Fill missing cells with a value.

    A mean or a median has to be learnt from the training rows alone: let the model's own pipeline
    impute then, as the bundled trainer does.
    """

    # What to put into the missing cells of each column.
    columns: Mapping[str, str | int | float | bool]

    capabilities = frozenset({"rows", "order", "columns", "alone", "scoring"})

    @hookimpl
    @by_piece
    def prepare(self, data: Any, context: Context) -> pd.DataFrame:
        """Fill the columns."""
        from fourstroke_pandas.filling import fill  # noqa: PLC0415 - imports pandas
        from fourstroke_pandas.frames import as_frame, need_columns  # noqa: PLC0415

        frame = as_frame(data).copy(deep=False)
        for name in need_columns(frame, self.columns, context):
            frame[name] = fill(frame[name], self.columns[name])
        return frame


@plugin
class Filter:
    """Keep the rows in which an expression holds; a comparison with a missing cell does not."""

    # The expression, such as `age >= 18 and country in ["CH", "DE"]`.
    where: str = attrs.field(validator=_is_expression)

    capabilities = frozenset({"order", "columns", "alone", "scoring"})

    @hookimpl
    def prepare(self, data: Any, context: Context) -> pd.DataFrame | Pieces:
        """Keep the rows."""
        kept = (
            data.map(lambda piece: self._kept(piece, context), scratch=context.scratch)
            if isinstance(data, Pieces)
            else self._kept(data, context)
        )
        if not len(kept):
            raise DataError(
                f"it holds in none of {len(data):,} rows", where=f"`{self.where}`", hint="mend it"
            )
        return kept

    def _kept(self, data: Any, context: Context) -> pd.DataFrame:
        from fourstroke_pandas.evaluation import truth  # noqa: PLC0415 - imports pandas
        from fourstroke_pandas.frames import as_frame, keep_rows  # noqa: PLC0415

        frame = as_frame(data)
        tree = parse(self.where)
        _need_all(frame, columns_of(tree), context)
        kept = truth(tree, frame)
        return frame if kept.all() else keep_rows(frame, kept)


@plugin
class Derive:
    """Add columns that are computed of others, or compute columns anew."""

    # An expression for each column, such as `rooms / people`; a later one may use an earlier one.
    columns: Mapping[str, str] = attrs.field(validator=_are_expressions)

    capabilities = frozenset({"rows", "order", "columns", "alone", "scoring"})

    @hookimpl
    @by_piece
    def prepare(self, data: Any, context: Context) -> pd.DataFrame:
        """Add the columns, one after the other."""
        from fourstroke_pandas.evaluation import evaluate  # noqa: PLC0415 - imports pandas
        from fourstroke_pandas.frames import as_frame  # noqa: PLC0415

        frame = as_frame(data).copy(deep=False)
        for name, expression in self.columns.items():
            tree = parse(expression)
            _need_all(frame, columns_of(tree), context)
            frame[name] = evaluate(tree, frame)
        return frame


@plugin
class Deduplicate:
    """Drop rows that repeat an earlier one."""

    # The columns to compare; all if it is empty.
    columns: tuple[str, ...] = ()
    # Which of equal rows stays.
    keep: Literal["first", "last"] = "first"

    capabilities = frozenset({"order", "columns"})

    @hookimpl
    def prepare(self, data: Any, context: Context) -> pd.DataFrame:
        """Drop the rows."""
        from fourstroke_pandas.frames import as_frame, keep_rows, need_columns  # noqa: PLC0415

        frame = as_frame(data)
        names = need_columns(frame, self.columns, context)
        again = frame.duplicated(subset=names or None, keep=self.keep).to_numpy()
        if not again.any():
            return frame
        context.say(
            f"dropped {int(again.sum()):,} of {len(frame):,} rows: they repeat earlier rows"
        )
        return keep_rows(frame, ~again)


@plugin
class Join:
    """Join the tables that `from` names, on columns that all of them have."""

    # The columns that say which rows belong together.
    on: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))
    # Whether rows of the first table without a match stay.
    how: Literal["left", "inner"] = "left"
    # Whether a row of the first table may match several rows of another, and be doubled by it.
    several: bool = False

    # With `left` and without `several` it also claims `rows`.
    capabilities = frozenset({"order", "columns", "alone", "scoring"})

    @hookimpl
    def prepare(self, inputs: Mapping[str, Any], context: Context) -> pd.DataFrame:
        """Join the tables."""
        from fourstroke_pandas.joining import join  # noqa: PLC0415 - imports pandas

        return join(inputs, self.on, self.how, context, is_several=self.several)


def _need_all(data: pd.DataFrame, names: set[str], context: Context) -> None:
    """Make sure that the columns of an expression are there: without one it says nothing."""
    from fourstroke_pandas.frames import missing_column, need_columns  # noqa: PLC0415 - imports pandas

    ordered = sorted(names)
    found = need_columns(data, ordered, context)
    if len(found) < len(ordered):
        error = missing_column(context.task.target, data.columns)
        error.hint = "rows to be scored have no target: set training_only = true for this step"
        raise error
