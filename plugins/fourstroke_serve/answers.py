"""What a model said, as JSON: numbers as Python's own, and nothing that JSON does not know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from fourstroke import Cells

_PLAIN: Final = frozenset({str, int, bool, type(None)})
_PROBABILITY: Final = "probability_"


# What a model said, column by column: plain values where they are such, else the column.
Said = Mapping[str, "Cells | pd.Series[Any]"]
_KEPT_KINDS: Final = frozenset("biufO")


def taken_apart(predictions: pd.DataFrame) -> Said:
    """Take predictions apart: once, for the answer and for the log, as pandas takes its time."""
    return {str(name): _taken(column) for name, column in predictions.items()}


def _taken(column: pd.Series[Any]) -> Cells | pd.Series[Any]:
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return Cells(dtype.str, column.tolist()) if dtype.kind in _KEPT_KINDS else column
    return Cells("str", column.tolist()) if str(dtype) == "str" else column


def labels_of(said: Said) -> list[Any]:
    """Give what was predicted, row by row."""
    return plain(said["prediction"])


def records_of(said: Said) -> list[dict[str, Any]]:
    """Give what was predicted and how likely each class is, row by row.

    Examples
    --------
    >>> table = pd.DataFrame({"prediction": ["no"], "probability_no": [0.9], "probability_yes": [0.1]})
    >>> records_of(taken_apart(table))
    [{'prediction': 'no', 'probabilities': {'no': 0.9, 'yes': 0.1}}]
    """
    labels = labels_of(said)
    classes = [name for name in said if name.startswith(_PROBABILITY)]
    others = [name for name in said if name not in {"prediction", *classes}]
    if classes:
        names = [name.removeprefix(_PROBABILITY) for name in classes]
        chances = zip(*(plain(said[name]) for name in classes), strict=True)
        made: list[dict[str, Any]] = [
            {"prediction": label, "probabilities": dict(zip(names, row, strict=True))}
            for label, row in zip(labels, chances, strict=True)
        ]
    else:
        made = [{"prediction": label} for label in labels]
    for name in others:
        for record, cell in zip(made, plain(said[name]), strict=True):
            record[name] = cell
    return made


def plain(column: Cells | pd.Series[Any]) -> list[Any]:
    """Give the cells as JSON has them; what is no finite number, or missing, is ``None``."""
    values: list[Any] = column.tolist()
    kind = kind_of(column)
    if kind in "biu" or (kind == "f" and all(map(math.isfinite, values))):
        return values
    if set(map(type, values)) <= _PLAIN:
        return values
    return [_cell(value) for value in values]


def kind_of(column: Cells | pd.Series[Any]) -> str:
    """Give the kind of a column's dtype as NumPy has it; "O" for what NumPy has not."""
    if isinstance(column, Cells):
        return "O" if column.dtype == "str" else column.dtype[1]
    return column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else _other(value)


def _other(value: Any) -> str | None:
    """Write a date, a duration, or whatever else a plugin says, as text."""
    return None if pd.isna(value) is True else str(value)
