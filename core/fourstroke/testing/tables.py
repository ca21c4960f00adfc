"""Tables held against each other: what is not the same, in words for a plugin's author."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

# What elementwise arithmetic may differ by when it takes its rows in other batches.
_ROUNDING = 1e-9


def as_frame(table: Any) -> pd.DataFrame:
    """Take what a stage gave as a data frame.

    Raises
    ------
    AssertionError
        If it is none, and has no ``to_pandas`` (as tables of Arrow and Polars do).
    """
    if isinstance(table, pd.DataFrame):
        return table
    to_pandas = getattr(table, "to_pandas", None)
    if to_pandas is None:
        raise AssertionError(f"it gave {type(table).__name__}, not a table")
    frame: pd.DataFrame = to_pandas()
    return frame


def fault_of_names(table: pd.DataFrame) -> str:
    """Say which column lacks a name of its own, of type ``str``; nothing if none does."""
    names: list[Any] = list(table.columns)
    for position, name in enumerate(names):
        if not isinstance(name, str):
            return f"the name of column {position + 1} is {name!r}, not text"
    twice = table.columns[table.columns.duplicated()]
    return f"two columns are named {twice[0]!r}" if len(twice) else ""


def difference(
    found: pd.DataFrame,
    expected: pd.DataFrame,
    *,
    has_index: bool = False,
    is_exact: bool = True,
) -> str:
    """Say where two tables differ first; nothing if they are the same.

    Parameters
    ----------
    found, expected : table
        Missing cells are the same, whatever marks them.
    has_index : bool
        Whether the labels of the rows count, too.
    is_exact : bool
        Whether types and the last digits of floats count, too.
    """
    if list(found.columns) != list(expected.columns):
        return f"the columns are {_listed(found.columns)}, not {_listed(expected.columns)}"
    if len(found) != len(expected):
        return f"there are {len(found):,} rows, not {len(expected):,}"
    if has_index and not found.index.equals(expected.index):
        return "the labels of the rows are others"
    for position, name in enumerate(expected.columns):
        left, right = found.iloc[:, position], expected.iloc[:, position]
        if is_exact and left.dtype != right.dtype:
            return f"column {name!r} is {left.dtype}, not {right.dtype}"
        if told := _difference_of_cells(left, right, is_exact=is_exact):
            return f"column {name!r}, {told}"
    return ""


def otherwise_indexed(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the same rows under labels that are not their positions, each way with its name."""
    rows = len(table)
    ways: dict[str, pd.Index[Any]] = {
        "labels that are there twice": pd.Index([number // 2 for number in range(rows)]),
        "labels in another order": pd.RangeIndex(rows - 1, -1, -1),
        "one label for all rows": pd.Index([0] * rows),
        "labels of text": pd.Index([f"row {number}" for number in range(rows)]),
        "labels named as a column": pd.RangeIndex(rows, name=table.columns[0]),
    }
    for name, labels in ways.items():
        yield name, table.set_axis(labels, axis=0)


def _difference_of_cells(found: pd.Series[Any], expected: pd.Series[Any], *, is_exact: bool) -> str:
    rows = zip(found.tolist(), expected.tolist(), found.isna(), expected.isna(), strict=True)
    for row, (cell, wanted, is_missing, was_missing) in enumerate(rows):
        if is_missing and was_missing:
            continue
        if is_missing or was_missing or not _is_same(cell, wanted, is_exact=is_exact):
            shown, asked = ("missing" if is_missing else repr(cell)), repr(wanted)
            return f"row {row}: {shown}, not {'missing' if was_missing else asked}"
    return ""


def _is_same(cell: Any, wanted: Any, *, is_exact: bool) -> bool:
    if not is_exact and isinstance(cell, float) and isinstance(wanted, float):
        return math.isclose(cell, wanted, rel_tol=_ROUNDING)
    return bool(cell == wanted)


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names)) or "none"
