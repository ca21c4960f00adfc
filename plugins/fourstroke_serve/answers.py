"""What a model said, as JSON: numbers as Python's own, and nothing that JSON does not know."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

_PLAIN: Final = frozenset({str, int, bool, type(None)})
_PROBABILITY: Final = "probability_"


def labels_of(predictions: pd.DataFrame) -> list[Any]:
    """Give what was predicted, row by row."""
    return plain(predictions["prediction"])


def records_of(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Give what was predicted and how likely each class is, row by row.

    Examples
    --------
    >>> table = pd.DataFrame({"prediction": ["no"], "probability_no": [0.9], "probability_yes": [0.1]})
    >>> records_of(table)
    [{'prediction': 'no', 'probabilities': {'no': 0.9, 'yes': 0.1}}]
    """
    labels = labels_of(predictions)
    classes = [name for name in predictions.columns if str(name).startswith(_PROBABILITY)]
    others = [name for name in predictions.columns if name not in {"prediction", *classes}]
    if classes:
        names = [str(name).removeprefix(_PROBABILITY) for name in classes]
        chances = zip(*(plain(predictions[name]) for name in classes), strict=True)
        made: list[dict[str, Any]] = [
            {"prediction": label, "probabilities": dict(zip(names, row, strict=True))}
            for label, row in zip(labels, chances, strict=True)
        ]
    else:
        made = [{"prediction": label} for label in labels]
    for name in others:
        for record, cell in zip(made, plain(predictions[name]), strict=True):
            record[str(name)] = cell
    return made


def plain(column: pd.Series[Any]) -> list[Any]:
    """Give the cells as JSON has them; what is no finite number, or missing, is ``None``."""
    values: list[Any] = column.tolist()
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
    if kind in "biu" or (kind == "f" and np.isfinite(column.to_numpy()).all()):
        return values
    if set(map(type, values)) <= _PLAIN:
        return values
    return [_cell(value) for value in values]


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else _other(value)


def _other(value: Any) -> str | None:
    """Write a date, a duration, or whatever else a plugin says, as text."""
    return None if pd.isna(value) is True else str(value)
