"""What classes are called, and which class an outcome means that came from another system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from fourstroke import class_meant, class_name

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

# Codes of rows whose outcome is no position among the classes.
MISSING: Final = -1
STRANGE: Final = -2


def class_codes(values: Any, classes: Sequence[str]) -> tuple[Array, list[str]]:
    """Find the class of each row, however the system that knows it writes it down.

    Parameters
    ----------
    values : array, list or column of n labels
        ``None``, NaN and ``pandas.NA`` are missing. ``1``, ``1.0``, ``"1"`` and ``"1.0"`` are one class,
        and so are ``True``, ``"true"`` and ``1`` where the classes are two truth values.
    classes : sequence of str
        The names that are possible.

    Returns
    -------
    array of shape (n,), int32
        Positions in ``classes``; `MISSING`, or `STRANGE` for a label that is none of them.
    list of str
        The strange labels, each once, in the order of their first row.

    Examples
    --------
    >>> codes, strange = class_codes([True, "1.0", None, "maybe"], ["0", "1"])
    >>> codes.tolist(), strange
    ([1, 1, -1, -2], ['maybe'])
    """
    column = pd.Series(values, dtype=object if isinstance(values, list) else None)
    found, unique = pd.factorize(column, use_na_sentinel=True)
    position: dict[str | None, int] = {name: code for code, name in enumerate(classes)}
    meant = [position.get(class_meant(label, classes), STRANGE) for label in unique]
    codes = np.array([*meant, MISSING], dtype=np.int32)[found]
    strange = [
        class_name(label) for label, code in zip(unique, meant, strict=True) if code == STRANGE
    ]
    return codes, list(dict.fromkeys(strange))


def numbers(values: Any) -> tuple[Array, Array]:
    """Read outcomes of a regression.

    Returns
    -------
    array of shape (n,), float64
        NaN where there is no finite number.
    array of shape (n,), bool
        Where there is something, and it is no finite number.
    """
    column = pd.Series(values)
    is_missing = column.isna().to_numpy()
    if column.dtype == object or not pd.api.types.is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column, errors="coerce")
    found = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    found[~np.isfinite(found)] = np.nan
    return found, np.isnan(found) & ~is_missing
