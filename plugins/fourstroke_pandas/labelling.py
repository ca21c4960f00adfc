"""Put rows of the prediction log together, and find what became known of them later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


def stack(parts: Sequence[tuple[pd.DataFrame, int, int]]) -> pd.DataFrame:
    """Take rows of frames and put them under each other."""
    taken = [table.iloc[start:stop] for table, start, stop in parts]
    # An empty part would make columns of others lose their type.
    filled = [table for table in taken if len(table)] or taken[:1]
    return pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0]


def read(table: pd.DataFrame, column: str, label: str, *, is_number: bool) -> pd.DataFrame:
    """Make labels of a frame that people bring: one row an id, the lowest one.

    Raises
    ------
    DataError
        If a column is not there, an id is missing, or a label is no number where numbers are due.
    """
    for name in (column, label):
        if name not in table.columns:
            names = ", ".join(map(str, table.columns))
            raise DataError(f"there is no column {name!r}", hint=f"there are: {names}")
    ids, labels = ids_of(table[column]), table[label].reset_index(drop=True)
    if ids.isna().any():
        row = int(ids.isna().to_numpy().argmax())
        raise DataError(
            f"row {row} has no {column}", hint="a label belongs to a row that was scored"
        )
    if is_number:
        numbers = pd.to_numeric(labels, errors="coerce")
        is_wrong = (numbers.isna() & labels.notna()).to_numpy()
        if is_wrong.any():
            row = int(is_wrong.argmax())
            raise DataError(f"row {row}: expected a number in {label}, got {labels[row]!r}")
        labels = numbers
    found = pd.DataFrame({"id": ids, "label": labels})
    return found[~found["id"].duplicated(keep="last")].reset_index(drop=True)


def label(rows: pd.DataFrame, column: str, labels: Sequence[pd.DataFrame]) -> pd.Series[Any]:
    """Find the label of each row; the latest one of an id counts, and a missing one takes it back.

    Raises
    ------
    DataError
        If the rows have no such column.

    Examples
    --------
    >>> late = pd.DataFrame({"id": ["7", "8"], "label": ["no", "yes"]})
    >>> corrected = pd.DataFrame({"id": [7.0], "label": ["yes"]})
    >>> label(pd.DataFrame({"order": [8, 7, 6]}), "order", [late, corrected]).tolist()
    ['yes', 'yes', nan]
    """
    if column not in rows.columns:
        raise DataError(
            f"the scored rows have no column {column!r} to find their labels by",
            hint="operations.labels.id names one that they have",
        )
    wanted = ids_of(rows[column])
    found: pd.Series[Any] = pd.Series(float("nan"), index=wanted.index, dtype=object)
    for table in labels:
        known = ids_of(table["id"])
        is_wanted = known.isin(wanted)
        latest = pd.Series(table["label"].to_numpy()[is_wanted], index=known[is_wanted])
        latest = latest[~latest.index.duplicated(keep="last")]
        is_new = wanted.isin(latest.index) & wanted.notna()
        found[is_new] = wanted[is_new].map(latest)
    found.index = rows.index
    return found.infer_objects()


def ids_of(column: pd.Series[Any]) -> pd.Series[Any]:
    """Write ids as people do: a whole number has one form however it is held.

    A column of whole numbers becomes one of floats as soon as a cell is missing.
    """
    if pd.api.types.is_float_dtype(column.dtype):
        is_whole = column.notna() & (column % 1 == 0)
        texts = column.astype(object).where(~is_whole, column.where(is_whole, 0).astype("int64"))
        return texts.map(str, na_action="ignore").reset_index(drop=True)
    return column.map(str, na_action="ignore").astype(object).reset_index(drop=True)
