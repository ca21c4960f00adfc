"""Tables as other steps hand them over, made sure of before anything is done with them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke import Context, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

_SHOWN_NAMES = 12


def as_frame(data: Any) -> pd.DataFrame:
    """Take a table as a data frame whose columns have one name each.

    Parameters
    ----------
    data : pandas.DataFrame, or a table with ``to_pandas`` (Arrow, Polars)
        Anything else is refused.

    Raises
    ------
    DataError
        If it is no table, or a column's name is not text, or two columns have one name.
    """
    if not isinstance(data, pd.DataFrame):
        if not hasattr(data, "to_pandas"):
            raise DataError(
                f"expected a table, got {type(data).__name__}", hint="give a pandas DataFrame"
            )
        data = data.to_pandas()
    frame: pd.DataFrame = data
    check_names(frame)
    return frame


def check_names(data: pd.DataFrame) -> None:
    """Refuse columns without a name of their own.

    Raises
    ------
    DataError
        Names the column at fault.
    """
    columns = data.columns
    if isinstance(columns, pd.MultiIndex):
        raise DataError(
            "the columns' names have several levels",
            hint="join them to one: data.columns = ['_'.join(names) for names in data.columns]",
        )
    for position, name in enumerate(columns):
        if not isinstance(name, str):
            raise DataError(
                f"the name of column {position + 1} is {name!r}, not text",
                hint="rename it: data.columns = data.columns.map(str)",
            )
    if not columns.is_unique:
        twice = columns[columns.duplicated()][0]
        raise DataError("two columns have this name", where=in_column(twice), hint="rename one")


def need_columns(data: pd.DataFrame, names: Iterable[str], context: Context) -> list[str]:
    """Make sure that a table has these columns, and give those that it has.

    The target alone may be absent: rows that are to be scored come without it, and go through the
    same steps as the rows that were learnt from.

    Raises
    ------
    DataError
        With a line for each column that is missing.
    """
    wanted = list(dict.fromkeys(names))
    missing = [name for name in wanted if name not in data.columns]
    faults = [missing_column(name, data.columns) for name in missing if name != context.task.target]
    if faults:
        raise DataError.join(faults)
    return [name for name in wanted if name not in missing]


def missing_column(name: str, known: Iterable[str]) -> DataError:
    """Make the error of a column that is not there."""
    return DataError("there is no such column", where=in_column(name), hint=likely(name, known))


def in_column(name: str, row: int | None = None) -> str:
    """Name a column, and a row of it counted from 0, as messages do.

    Examples
    --------
    >>> in_column("age"), in_column("age", 3)
    ("column 'age'", "column 'age', row 3")
    """
    return f"column {name!r}" if row is None else f"column {name!r}, row {row}"


def likely(wrong: str, known: Iterable[str]) -> str:
    """Say which of the known names somebody may have meant, or what there is.

    Examples
    --------
    >>> likely("incom", ["income", "age"])
    "did you mean 'income'?"
    """
    names = list(known)
    close = difflib.get_close_matches(wrong, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")
    return f"there are: {shown}" if names else ""


def keep_rows(data: pd.DataFrame, kept: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Take the rows at which it says so; an index that only counted them counts anew."""
    found = data[kept]
    is_counting = isinstance(data.index, pd.RangeIndex) and data.index.name is None
    return found.reset_index(drop=True) if is_counting else found


def quoted(cell: Any) -> str:
    """Write a cell as people do: what numpy wraps around a number tells them nothing.

    Examples
    --------
    >>> import numpy as np
    >>> quoted(np.float64(2.5)), quoted("a")
    ('2.5', "'a'")
    """
    return repr(cell.item() if isinstance(cell, np.generic) else cell)


def shown(cells: Sequence[Any]) -> str:
    """List a few cells for a message."""
    return ", ".join(map(quoted, cells))
