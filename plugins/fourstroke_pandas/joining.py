"""Join tables on columns that they share, without doubling or losing rows unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from fourstroke import ConfigError, Context, DataError
from fourstroke_pandas.families import family_of
from fourstroke_pandas.frames import as_frame, in_column, missing_column, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOUND = "__found__"
_NUMBERS = {"integer", "number"}


def join(
    inputs: Mapping[str, Any],
    on: Sequence[str],
    how: Literal["left", "inner"],
    context: Context,
    *,
    is_several: bool,
) -> pd.DataFrame:
    """Join the first table with each of the others.

    Missing keys match nothing, as in SQL; pandas by itself would match them with each other.

    Raises
    ------
    ConfigError
        If there is a single table.
    DataError
        If a key is missing, of another type, or there twice, or a column is in both tables.
    """
    if len(inputs) < 2:  # noqa: PLR2004 - a join is of two at least
        raise ConfigError(
            "a join takes two tables at least", where="from", hint='write from = ["a", "b"]'
        )
    # Labels mean nothing here, and ones that are named as a key would be taken for it.
    unlabelled = {name: as_frame(table).reset_index(drop=True) for name, table in inputs.items()}
    (first, found), *others = unlabelled.items()
    _need_keys(found, on, first)
    for name, other in others:
        _need_keys(other, on, name)
        _check_types(found, other, on, name)
        right = other.dropna(subset=list(on))
        if not is_several:
            _check_unique(right, on, name)
        _check_apart(found, right, on, name)
        before = len(found)
        found = found.merge(right, on=list(on), how=how, indicator=_FOUND)
        matched = int((found[_FOUND] == "both").sum())
        found = found.drop(columns=_FOUND)
        context.say(f"{name}: {matched:,} of {before:,} rows matched")
    return found


def _need_keys(table: pd.DataFrame, on: Sequence[str], name: str) -> None:
    faults = [missing_column(key, table.columns) for key in on if key not in table.columns]
    for fault in faults:
        fault.where = f"{name}, {fault.where}"
    if faults:
        raise DataError.join(faults)


def _check_types(left: pd.DataFrame, right: pd.DataFrame, on: Sequence[str], name: str) -> None:
    for key in on:
        families = {family_of(_plain(left[key])), family_of(_plain(right[key]))} - {"empty"}
        if len(families) > 1 and not families <= _NUMBERS:
            raise DataError(
                f"the key is {' in one table and '.join(sorted(families))} in the other",
                where=f"{name}, {in_column(key)}",
                hint="cast one of them before",
            )


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories.to_series()
    return column


def _check_unique(table: pd.DataFrame, on: Sequence[str], name: str) -> None:
    twice = table.duplicated(subset=list(on)).to_numpy()
    if twice.any():
        row = int(twice.argmax())
        key = ", ".join(f"{column} {quoted(table[column].iloc[row])}" for column in on)
        raise DataError(
            f"there are several rows for {key}",
            where=name,
            hint="deduplicate it before, or set several = true",
        )


def _check_apart(left: pd.DataFrame, right: pd.DataFrame, on: Sequence[str], name: str) -> None:
    both = [column for column in right.columns if column in left.columns and column not in on]
    if both:
        raise DataError(
            f"the tables share columns that are no keys: {shown(both[:5])}",
            where=name,
            hint="rename or drop them in one of the two",
        )
