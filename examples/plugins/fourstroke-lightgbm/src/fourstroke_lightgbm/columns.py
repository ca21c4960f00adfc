"""The columns that a model was trained on, and how a table becomes the numbers that LightGBM takes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs
import numpy as np
import pandas as pd
from pandas.api import types

from fourstroke import DataError

if TYPE_CHECKING:
    Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

Family = Literal["number", "text", "date", "empty"]

_OF_OBJECTS: Final[dict[str, Family]] = {
    "string": "text",
    "boolean": "number",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime64": "date",
    "datetime": "date",
    "date": "date",
    "empty": "empty",
}
_IN_WORDS: Final[dict[Family, str]] = {
    "number": "numbers",
    "text": "text",
    "date": "dates",
    "empty": "nothing",
}


@attrs.frozen
class Column:
    """One feature: its name, what its cells are, and of text the values that training saw.

    Numbers and truth values are one family. A date is the number of days since 1970, in UTC.
    """

    name: str
    family: Family
    categories: tuple[str, ...] = ()

    def numbers(self, values: pd.Series[Any]) -> Floats:
        """Turn cells into numbers, with NaN for a missing cell and for text that training never saw.

        Raises
        ------
        DataError
            If the cells are not what they were in training, or infinite.
        """
        found = family_of(values)
        if found not in {self.family, "empty"}:
            raise DataError(
                f"the model was trained on {_IN_WORDS[self.family]} here and got"
                f" {_IN_WORDS[found]}, such as {_shown(values)}",
                where=f"column {self.name!r}, row {_first(values.notna())}",
                hint="change it in a prepare step: use = 'cast'",
            )
        if found == "empty":
            return np.full(len(values), np.nan)
        if self.family == "text":
            codes = pd.Index(self.categories, dtype=object).get_indexer(pd.Index(texts(values)))
            return np.where(codes < 0, np.nan, codes).astype(np.float64)
        return _days(values) if self.family == "date" else _finite(values)

    def unseen(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Give the cells whose text training never saw."""
        if self.family != "text":
            return values.iloc[:0]
        cells = texts(values)
        return cells[cells.notna() & ~cells.isin(self.categories)]


def learn_column(values: pd.Series[Any]) -> Column:
    """Find out what a column of the training table is.

    Raises
    ------
    DataError
        If it holds something that is neither numbers, truth values, text nor dates.
    """
    family = family_of(values)
    seen = sorted(texts(values).dropna().unique()) if family == "text" else ()
    return Column(str(values.name), family, tuple(seen))


def matrix_of(frame: pd.DataFrame, columns: Iterable[Column]) -> Floats:
    """Bring a table into the form that the trees take: a row a row, a column a feature.

    Raises
    ------
    DataError
        With a line for each column that is missing or not what it was in training.
    """
    parts: list[Floats] = []
    faults: list[DataError] = []
    for column in columns:
        try:
            parts.append(column.numbers(_needed(frame, column.name)))
        except DataError as fault:
            faults.append(fault)
    if faults:
        raise DataError.join(faults)
    return np.column_stack(parts)


def as_frame(data: Any) -> pd.DataFrame:
    """Take a table as a data frame whose columns have names of their own.

    Raises
    ------
    DataError
        If it is no table, or two columns have one name.
    """
    if not isinstance(data, pd.DataFrame):
        if not hasattr(data, "to_pandas"):
            raise DataError(f"expected a table, got {type(data).__name__}")
        data = data.to_pandas()
    frame: pd.DataFrame = data
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError("two columns have this name", where=f"column {twice[0]!r}")
    return frame


def family_of(values: pd.Series[Any]) -> Family:
    """Say what the cells of a column are.

    Raises
    ------
    DataError
        If they are of no kind that a tree can split on, or of several.
    """
    if values.isna().all():
        return "empty"
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "text"
    if types.is_bool_dtype(values) or (
        types.is_numeric_dtype(values) and not types.is_complex_dtype(values)
    ):
        return "number"
    if types.is_datetime64_any_dtype(values):
        return "date"
    family = _OF_OBJECTS.get(types.infer_dtype(values, skipna=True))
    if family is None:
        row = _first_stranger(values)
        raise DataError(
            f"{_shown(values, row)} cannot be used here: a column holds numbers, truth values, text"
            " or dates, and one kind of them",
            where=f"column {values.name!r}, row {row}",
            hint="change it in a prepare step, or name the column in task.ignore",
        )
    return family


def texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Give cells as text, whatever the dtype; a missing cell is NaN."""
    return values.astype(object).where(values.notna(), np.nan).map(str, na_action="ignore")


def likely(wrong: str, known: Iterable[str]) -> str:
    """Say which of the known names somebody may have meant, or nothing.

    Examples
    --------
    >>> likely("incom", ["income", "age"])
    "did you mean 'income'?"
    """
    close = difflib.get_close_matches(wrong, sorted(map(str, known)), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _needed(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in frame.columns:
        raise DataError(
            "the model needs this column, and the table does not have it",
            where=f"column {name!r}",
            hint=likely(name, frame.columns),
        )
    return frame[name]


def _finite(values: pd.Series[Any]) -> Floats:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(numbers)
    if infinite.any():
        raise DataError(
            "infinity is not a value that a model can use",
            where=f"column {values.name!r}, row {int(infinite.argmax())}",
            hint="replace it in a prepare step, for example by nothing",
        )
    return numbers


def _days(values: pd.Series[Any]) -> Floats:
    moments = pd.to_datetime(values, utc=True)
    days = (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)


def _first(is_so: pd.Series[bool]) -> int:
    """Give the position of the first row for which it is so."""
    return int(is_so.to_numpy(dtype=bool).argmax())


def _first_stranger(values: pd.Series[Any]) -> int:
    """Give the position of the first cell of another type than the first one, or of the first one."""
    kinds = values.map(type)
    is_there = values.notna()
    differs = is_there & (kinds != kinds.iloc[_first(is_there)])
    return _first(differs if differs.any() else is_there)


def _shown(values: pd.Series[Any], row: int | None = None, *, longest: int = 40) -> str:
    value = values.iloc[_first(values.notna()) if row is None else row]
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
