"""Single rows that are explained: which ones, what they are called, and of which class it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fourstroke import DataError, class_name
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.probe import Probe, column_of, sampled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_MOST_EXPLAINED: Final = 100
_COMPARED: Final = 2000


def asked(
    rows: Any, data: Any, probe: Probe, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Take the rows that somebody asks about, and held-out rows to compare with.

    Returns
    -------
    rows : DataFrame
        As they came.
    features : DataFrame
        The same, as the model goes by them.
    held_out : DataFrame
        Features of a random sample of the others.

    Raises
    ------
    DataError
        If there are more rows than anybody reads, or no held-out rows to compare with.
    """
    frame, known = as_frame(rows), as_frame(data)
    if len(frame) > _MOST_EXPLAINED:
        raise DataError(
            f"{len(frame):,} rows are more than anybody reads; {_MOST_EXPLAINED} are possible"
        )
    if not len(known):
        raise DataError("there are no held-out rows to compare with")
    return frame, probe.plain(frame), probe.plain(sampled(known, _COMPARED, random))


def spread(probe: Probe, features: pd.DataFrame, number: int) -> list[int]:
    """Choose rows evenly from the lowest prediction to the highest.

    Returns
    -------
    list of int
        Positions.
    """
    if not number or not len(features):
        return []
    said = probe.predict(features)
    order = np.argsort(column_of(said, probe.classes(said)[0]), kind="stable")
    chosen = np.linspace(0, len(order) - 1, min(number, len(order))).round().astype(int)
    return [int(at) for at in order[chosen]]


def said_of(said: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """Give for each row the class to tell: what is predicted, or the one that there is.

    Parameters
    ----------
    said : DataFrame
        Predictions.
    classes : sequence of str
        Names of the classes worth telling.
    """
    if len(classes) == 1:
        return [classes[0]] * len(said)
    names = [class_name(value) for value in said["prediction"]]
    return [name if name in classes else classes[0] for name in names]


def name_of(rows: pd.DataFrame, at: int, key: str | None) -> str:
    """Call a row by its id, or by its number."""
    return f"{key} {rows[key].iloc[at]}" if key in rows.columns else f"row {rows.index[at]}"
