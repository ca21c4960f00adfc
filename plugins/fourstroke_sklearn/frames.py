"""Tables as they come from outside, made sure of before anything is computed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from fourstroke import DataError


def as_frame(data: Any) -> pd.DataFrame:
    """Take a table as a data frame.

    Parameters
    ----------
    data : pandas.DataFrame, or a table with ``to_pandas`` (Arrow, Polars)
        Its column names must be text, and no two of them the same.

    Raises
    ------
    DataError
        If it is something else.
    """
    if not isinstance(data, pd.DataFrame):
        if not hasattr(data, "to_pandas"):
            raise DataError(
                f"expected a table, got {type(data).__name__}", hint="give a pandas DataFrame"
            )
        data = data.to_pandas()
    frame: pd.DataFrame = data
    _refuse_odd_names(frame.columns)
    return frame


def need_columns(data: pd.DataFrame, names: Sequence[str]) -> None:
    """Make sure that a table has these columns.

    Raises
    ------
    DataError
        With a line for each one that is missing.
    """
    known = set(data.columns)
    missing = [name for name in names if name not in known]
    if missing:
        others = known - set(names)
        raise DataError.join(
            [
                DataError(
                    "the model needs this column, and the table does not have it",
                    where=f"column {name!r}",
                    hint=likely(name, others),
                )
                for name in missing
            ]
        )


def likely(wrong: str, known: Iterable[str]) -> str:
    """Say which of the known names somebody may have meant, or nothing.

    Examples
    --------
    >>> likely("incom", ["income", "age"])
    "did you mean 'income'?"
    """
    close = difflib.get_close_matches(wrong, sorted(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _refuse_odd_names(columns: pd.Index[Any]) -> None:
    if isinstance(columns, pd.MultiIndex):
        raise DataError("the columns' names have several levels", hint="flatten them to one")
    for name in columns:
        if not isinstance(name, str):
            raise DataError(
                f"a column's name is {name!r} ({type(name).__name__}), not text",
                hint="rename it: data.columns = data.columns.map(str)",
            )
    twice = columns[columns.duplicated()]
    if len(twice):
        raise DataError("two columns have this name", where=f"column {twice[0]!r}")
