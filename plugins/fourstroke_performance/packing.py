"""A sample of the held-out rows that travels with the version, a byte a cell, and through JSON."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke import Task
    from fourstroke_performance.labels import Array

# Boosted trees look at no more than 255 bins of a column, so that nothing is lost for them.
_MOST_BINS: Final = 250
MISSING: Final = 255
_OTHER: Final = 254


@attrs.frozen(kw_only=True)
class Column:
    """How cells of one column become codes.

    Parameters
    ----------
    name : str
        The column's.
    edges : tuple of float
        Of numbers: a cell's code is how many of them lie at or below it.
    names : tuple of str
        Of categories: a cell's code is its position; others share one code.
    """

    name: str
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def is_category(self) -> bool:
        """Whether codes have no order."""
        return bool(self.names)

    @classmethod
    def of(cls, cells: pd.Series[Any]) -> Column | None:
        """Learn the codes of a column; nothing if it has none: dates, lists, one value, names of rows."""
        if cells.ndim != 1:
            return None
        kinds = pd.api.types
        if kinds.is_bool_dtype(cells.dtype) or not kinds.is_numeric_dtype(cells.dtype):
            return cls._of_categories(cells)
        if kinds.is_complex_dtype(cells.dtype):
            return None
        values = _floats(cells)
        values = np.unique(values[~np.isnan(values)])
        if len(values) < 2:  # noqa: PLR2004 - one value tells nothing
            return None
        if len(values) > _MOST_BINS:
            whole = _floats(cells)
            inner = np.linspace(0, 1, _MOST_BINS + 1)[1:-1]
            values = np.unique(np.quantile(whole[~np.isnan(whole)], inner, method="higher"))
            return cls(name=str(cells.name), edges=tuple(values.tolist()))
        return cls(name=str(cells.name), edges=tuple(values[1:].tolist()))

    @classmethod
    def _of_categories(cls, cells: pd.Series[Any]) -> Column | None:
        if pd.api.types.is_datetime64_any_dtype(cells.dtype):
            return None
        try:
            counts = _texts(cells).value_counts()
        except TypeError:
            return None
        if len(counts) < 2 or (counts == 1).sum() > len(cells) / 2:  # noqa: PLR2004 - as above
            return None
        return cls(name=str(cells.name), names=tuple(sorted(counts.index[: _OTHER - 1])))

    def codes(self, table: pd.DataFrame) -> Array:
        """Give the codes of a column of a table; missing cells, and a missing column, have their own."""
        if self.name not in table.columns or table[self.name].ndim != 1:
            return np.full(len(table), MISSING, dtype=np.uint8)
        cells = table[self.name]
        if not self.is_category:
            values = _floats(cells)
            places = np.searchsorted(self.edges, values, side="right")
            return np.where(np.isnan(values), MISSING, places).astype(np.uint8)
        position = {name: number for number, name in enumerate(self.names)}
        try:
            found, unique = pd.factorize(_texts(cells), use_na_sentinel=True)
        except TypeError:
            return np.full(len(table), MISSING, dtype=np.uint8)
        known = [position.get(name, _OTHER) for name in unique]
        return np.array([*known, MISSING], dtype=np.uint8)[found]


@attrs.frozen(kw_only=True, eq=False)
class Sample:
    """Rows of the reference.

    Parameters
    ----------
    columns : tuple of Column
        The features.
    codes : array of shape (n, len(columns)), uint8
        Their cells.
    extra : mapping of str to array
        What else is known of the rows, such as scores and outcomes.
    """

    columns: tuple[Column, ...]
    codes: Array
    extra: Mapping[str, Array]

    @classmethod
    def of(
        cls, data: pd.DataFrame, extra: Mapping[str, Array], task: Task, *, most: int, seed: int
    ) -> Sample:
        """Draw rows, and learn the codes of all features."""
        if len(data) > most:
            chosen = np.sort(np.random.default_rng(seed).choice(len(data), most, replace=False))
            data, extra = data.iloc[chosen], {name: part[chosen] for name, part in extra.items()}
        left_out = task.not_features | {task.time, task.group}
        found = (Column.of(data[name]) for name in data.columns.unique() if name not in left_out)
        columns = tuple(column for column in found if column is not None)
        return cls(columns=columns, codes=coded(columns, data), extra=dict(extra))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    @property
    def categories(self) -> list[bool]:
        """Which columns have no order."""
        return [column.is_category for column in self.columns]

    def to_json(self) -> dict[str, Any]:
        """Turn into text: bytes, column by column, packed and written in letters."""
        return {
            "columns": [attrs.asdict(column) for column in self.columns],
            "rows": self.rows,
            "codes": _letters(np.asfortranarray(self.codes).tobytes(order="F")),
            "extra": {
                name: {"type": part.dtype.str, "shape": list(part.shape), "cells": _packed(part)}
                for name, part in self.extra.items()
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Sample:
        """Read back what `to_json` gave."""
        columns = tuple(
            Column(name=each["name"], edges=tuple(each["edges"]), names=tuple(each["names"]))
            for each in value["columns"]
        )
        cells = np.frombuffer(_bytes(value["codes"]), dtype=np.uint8)
        extra = {
            name: np.frombuffer(_bytes(part["cells"]), dtype=part["type"]).reshape(part["shape"])
            for name, part in value["extra"].items()
        }
        shape = (value["rows"], len(columns))
        return cls(columns=columns, codes=cells.reshape(shape, order="F"), extra=extra)


def coded(columns: tuple[Column, ...], table: pd.DataFrame) -> Array:
    """Give the codes of all columns of a table, row by row."""
    if not columns:
        return np.zeros((len(table), 0), dtype=np.uint8)
    return np.column_stack([column.codes(table) for column in columns])


def for_trees(codes: Array) -> Array:
    """Give codes as boosted trees take them: missing is NaN."""
    found = codes.astype(np.float64)
    found[codes == MISSING] = np.nan
    return found


def _floats(cells: pd.Series[Any]) -> Array:
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        cells = pd.to_numeric(cells, errors="coerce")
    if pd.api.types.is_complex_dtype(cells.dtype):
        return np.full(len(cells), np.nan)
    return cells.to_numpy(dtype=np.float64, na_value=np.nan)


def _texts(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Write categories as text, whole numbers without a point, and keep gaps."""
    found, unique = pd.factorize(cells, use_na_sentinel=True)
    names = [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in unique]
    return pd.Series(np.array([*names, None], dtype=object)[found], index=cells.index)


def _packed(part: Array) -> str:
    return _letters(np.ascontiguousarray(part).tobytes())


def _letters(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def _bytes(letters: str) -> bytes:
    return zlib.decompress(base64.b64decode(letters))
