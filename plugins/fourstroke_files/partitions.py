"""Columns that the names of folders tell: ``year=2024/month=01``."""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING, Final

import pandas as pd

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
# What stands for a missing cell in the names of Hive and of all that write for it.
_NOTHING: Final = "__HIVE_DEFAULT_PARTITION__"


def with_folders(
    tables: Sequence[pd.DataFrame], names: Sequence[str], columns: Sequence[str]
) -> list[pd.DataFrame]:
    """Add columns that are told by the folders of files.

    A column holds whole numbers if all its folders are such, and text if not: `01` is text.

    Parameters
    ----------
    tables : sequence of DataFrame
        One a file.
    names : sequence of str
        Paths of the files, with ``/`` between parts.
    columns : sequence of str
        The columns to add.

    Raises
    ------
    DataError
        If a file is in no such folder, or has the column already.
    """
    found = {
        column: [_told(name, column, table) for name, table in zip(names, tables, strict=True)]
        for column in columns
    }
    made = [table.copy(deep=False) for table in tables]
    for column, values in found.items():
        known = [value for value in values if value is not None]
        is_whole = bool(known) and all(_WHOLE.fullmatch(value) for value in known)
        has_gap = len(known) < len(values)
        for table, value in zip(made, values, strict=True):
            if is_whole:
                cell = pd.Series(
                    [None if value is None else int(value)], dtype="Int64" if has_gap else "int64"
                )
            else:
                cell = pd.Series([value])
            table[column] = cell.repeat(len(table)).array
    return made


def _told(name: str, column: str, table: pd.DataFrame) -> str | None:
    if column in table.columns:
        raise DataError(
            f"column {column!r} is in the file already",
            where=name,
            hint="leave it out of partitions",
        )
    for folder in reversed(name.split("/")[:-1]):
        key, equals, value = folder.partition("=")
        if equals and urllib.parse.unquote(key) == column:
            return None if value == _NOTHING else urllib.parse.unquote(value)
    raise DataError(
        f"no folder tells {column!r}", where=name, hint=f"a folder is named {column}=..."
    )
