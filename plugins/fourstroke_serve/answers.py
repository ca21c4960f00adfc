"""What a model said, as JSON: numbers as Python's own, and nothing that JSON does not know."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

_PROBABILITY: Final = "probability_"


def labels_of(predictions: pd.DataFrame) -> list[Any]:
    """Give what was predicted, row by row."""
    return _plain(predictions["prediction"])


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
        chances = zip(*(_plain(predictions[name]) for name in classes), strict=True)
        made: list[dict[str, Any]] = [
            {"prediction": label, "probabilities": dict(zip(names, row, strict=True))}
            for label, row in zip(labels, chances, strict=True)
        ]
    else:
        made = [{"prediction": label} for label in labels]
    for name in others:
        for record, cell in zip(made, _plain(predictions[name]), strict=True):
            record[str(name)] = cell
    return made


def _plain(column: pd.Series[Any]) -> list[Any]:
    values: list[Any] = column.tolist()
    if column.dtype.kind in "biu" or (
        column.dtype.kind == "f" and np.isfinite(column.to_numpy()).all()
    ):
        return values
    return [
        None if isinstance(value, float) and not math.isfinite(value) else value for value in values
    ]
