"""The cells of one column, whatever library keeps them: their family, and what rules need of them."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

_INFERRED = {
    "string": "text",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "date": "date",
    "datetime": "datetime",
    "datetime64": "datetime",
    "timedelta": "duration",
    "timedelta64": "duration",
    "bytes": "binary",
    "empty": "empty",
}
_NUMBERS = frozenset({"integer", "number", "boolean"})
_NESTED = (list, tuple, set, dict, np.ndarray)


class Cells:
    """One column; what several rules ask for is worked out once.

    Parameters
    ----------
    column : pandas.Series
        A column of categories counts as what its categories are.
    """

    def __init__(self, column: pd.Series[Any]) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    @functools.cached_property
    def missing(self) -> Mask:
        """Which cells are missing."""
        return np.asarray(self.column.isna(), dtype=bool)

    @functools.cached_property
    def has_missing(self) -> bool:
        """Whether any cell is missing."""
        return bool(self.missing.any())

    @functools.cached_property
    def family(self) -> str:
        """What the cells are."""
        dtype: Any = self.column.dtype
        if isinstance(dtype, pd.CategoricalDtype):
            return Cells(pd.Series(dtype.categories)).family if self._any else "empty"
        return family_of_type(dtype) or self._of_objects()

    @functools.cached_property
    def numbers(self) -> npt.NDArray[Any]:
        """The cells as numbers; a missing one is NaN.

        Raises
        ------
        TypeError
            If they are none.
        """
        if self.family not in _NUMBERS and self.family != "empty":
            raise TypeError(f"its cells are {self.family}, not numbers")
        values = self._plain
        if self.family == "empty":
            return np.full(len(self), np.nan)
        if self.has_missing or values.dtype == object:
            return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))
        return np.asarray(values.to_numpy())

    @functools.cached_property
    def times(self) -> pd.Series[Any]:
        """The cells as times; those with a zone in UTC.

        Raises
        ------
        TypeError
            If they are none.
        """
        if self.family not in {"datetime", "date", "empty"}:
            raise TypeError(f"its cells are {self.family}, not times")
        values = self._plain
        return pd.to_datetime(values.astype(object) if self.family == "date" else values)

    @functools.cached_property
    def coded(self) -> tuple[npt.NDArray[np.intp], pd.Series[Any]]:
        """Each cell as the number of its value, -1 if it is missing, and the values."""
        values = self._plain
        codes, known = pd.factorize(values, use_na_sentinel=True)
        return np.asarray(codes), pd.Series(known)

    @functools.cached_property
    def texts(self) -> tuple[npt.NDArray[np.intp], pd.Series[Any]]:
        """The cells as `coded`.

        Raises
        ------
        TypeError
            If they are no text.
        """
        if self.family not in {"text", "empty"}:
            raise TypeError(f"its cells are {self.family}, not text")
        return self.coded

    def spread(self, is_at_fault: Any) -> Mask:
        """Say of each cell what is said of its value in `coded`."""
        codes, _ = self.coded
        # The last entry is what the code of missing cells finds.
        found = np.append(np.asarray(is_at_fault, dtype=bool), False)
        return np.asarray(found[codes], dtype=bool)

    @functools.cached_property
    def _any(self) -> bool:
        return not bool(self.missing.all()) if len(self) else False

    @functools.cached_property
    def _plain(self) -> pd.Series[Any]:
        if isinstance(self.column.dtype, pd.CategoricalDtype):
            categories = self.column.cat.categories
            codes = self.column.cat.codes.to_numpy()
            return pd.Series(categories).reindex(codes).reset_index(drop=True)
        return self.column

    def _of_objects(self) -> str:
        family = _INFERRED.get(types.infer_dtype(self.column, skipna=True), "mixed")
        if family != "mixed":
            return family
        known = self.column[~self.missing]
        return "nested" if isinstance(known.iloc[0], _NESTED) else "mixed"


def family_of_type(dtype: Any) -> str:
    """Name the family that a type says; empty if only the cells can tell.

    A column of fractions without any cell may be of any family: it is ``number`` here.
    """
    if types.is_object_dtype(dtype):
        return ""
    kind = str(getattr(dtype, "pyarrow_dtype", ""))
    if kind:
        return _of_arrow(kind)
    for is_one, family in (
        (types.is_bool_dtype, "boolean"),
        (types.is_integer_dtype, "integer"),
        (types.is_float_dtype, "number"),
        (types.is_datetime64_any_dtype, "datetime"),
        (types.is_timedelta64_dtype, "duration"),
        (types.is_string_dtype, "text"),
    ):
        if is_one(dtype):
            return family
    return "mixed"


def plain_value(cell: Any) -> Any:
    """Give a cell as Python has it: what numpy wraps around a number tells people nothing."""
    if isinstance(cell, np.generic):
        return cell.item()
    if isinstance(cell, decimal.Decimal):
        return float(cell)
    return cell


def shown(cell: Any) -> str:
    """Write a cell for a message, short."""
    cell = plain_value(cell)
    text = str(cell) if isinstance(cell, dt.date) else repr(cell)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - a line's worth


def _of_arrow(kind: str) -> str:
    for beginning, family in (
        ("bool", "boolean"),
        (("int", "uint"), "integer"),
        (("float", "double", "half", "decimal"), "number"),
        ("timestamp", "datetime"),
        ("date", "date"),
        ("duration", "duration"),
        (("string", "large_string"), "text"),
        (("binary", "large_binary", "fixed_size_binary"), "binary"),
        (("list", "large_list", "struct", "map", "fixed_size_list"), "nested"),
        ("null", "empty"),
    ):
        if kind.startswith(beginning):
            return family
    return "mixed"
