"""Put tables of several files below each other, if they are parts of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_NAMES = 4


def combine(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Make one table; columns stand as in the first one.

    Raises
    ------
    DataError
        Names the file whose columns are others, or of another type.
    """
    if len(tables) == 1:
        return tables[0]
    first = tables[0]
    for table, name in zip(tables, names, strict=True):
        _check_same_columns(list(first.columns), list(table.columns), names[0], name)
    columns = {
        str(column): _joined([table[column] for table in tables], str(column), names)
        for column in first.columns
    }
    return pd.DataFrame(columns)


def _check_same_columns(first: list[str], other: list[str], first_name: str, name: str) -> None:
    lacking = [column for column in first if column not in other]
    extra = [column for column in other if column not in first]
    told = []
    if lacking:
        told.append(f"it lacks {_listed(lacking)}")
    if extra:
        told.append(f"it has {_listed(extra)} besides")
    if told:
        raise DataError(
            f"its columns are not those of {first_name}: {' and '.join(told)}",
            where=name,
            hint="name the columns that all have: columns = [...]",
        )


def _joined(parts: list[pd.Series], column: str, names: Sequence[str]) -> pd.Series:
    known = [part for part in parts if part.notna().any()]
    if known:
        # A part without a single cell has its type by accident.
        parts = [part if part.notna().any() else _missing_like(known[0], part) for part in parts]
    if all(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
        return pd.Series(pd.api.types.union_categoricals(parts))
    joined = pd.concat([_without_categories(part) for part in parts], ignore_index=True)
    if joined.dtype == object and any(part.dtype != object for part in parts):
        raise _of_two_types(parts, column, names)
    return joined


def _missing_like(known: pd.Series, part: pd.Series) -> pd.Series:
    pattern = known.astype("boolean") if known.dtype == bool else known
    return pattern.iloc[:0].reindex(range(len(part)))


def _without_categories(part: pd.Series) -> pd.Series:
    if not isinstance(part.dtype, pd.CategoricalDtype):
        return part
    return part.astype(part.cat.categories.dtype)


def _of_two_types(parts: list[pd.Series], column: str, names: Sequence[str]) -> DataError:
    first = parts[0].dtype
    other = next((at for at, part in enumerate(parts) if part.dtype != first), 0)
    return DataError(
        f"column {column!r} is {parts[other].dtype} here and {first} in {names[0]}",
        where=names[other],
        hint=f'write one type into all files, or read text: text = ["{column}"]',
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(map(repr, names[:_SHOWN_NAMES])) + more
