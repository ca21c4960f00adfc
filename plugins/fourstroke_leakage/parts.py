"""The parts of a split as numbers: each cell as the number of its value, the same in all parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd
from pandas.api import types

from fourstroke import DataError, Task

if TYPE_CHECKING:
    import numpy.typing as npt

    Codes = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Parts:
    """The rows for training, and below them all others.

    Parameters
    ----------
    table : pandas.DataFrame
        All rows; those for training first.
    trained : int
        How many rows are for training.
    task : Task
        What the columns are for.
    """

    table: pd.DataFrame
    trained: int
    task: Task
    _codes: dict[str, Codes] = attrs.field(factory=dict)

    @classmethod
    def of(cls, parts: Mapping[str, Any], task: Task) -> Parts:
        """Put the parts of a split one below the other."""
        frames = {name: _frame(part) for name, part in parts.items()}
        for name in ("train", "test"):
            if name not in frames:
                raise DataError(f"there is no part {name!r}")
        train = frames.pop("train")
        order = sorted(frames)
        table = pd.concat([train, *(frames[name] for name in order)], ignore_index=True)
        return cls(table=table, trained=len(train), task=task)

    @property
    def held_out(self) -> int:
        """How many rows are not for training."""
        return len(self.table) - self.trained

    @property
    def features(self) -> list[str]:
        """The columns that a model may be trained on."""
        return [name for name in self.table.columns if name not in self.task.not_features]

    def has(self, column: str) -> bool:
        """Say whether a column that the task may name is there."""
        return bool(column) and column in self.table.columns

    def codes(self, column: str) -> Codes:
        """Give each cell of a column as the number of its value; a missing one as 0."""
        if column not in self._codes:
            self._codes[column] = _coded(self.table[column]) + 1
        return self._codes[column]

    def numbers(self, column: str) -> npt.NDArray[np.float64] | None:
        """Give a column as numbers, missing cells as NaN; ``None`` if it is of something else."""
        return as_numbers(self.table[column])


def as_numbers(values: pd.Series[Any]) -> npt.NDArray[np.float64] | None:
    """Give cells as numbers, or times as such; ``None`` if they are something else."""
    dtype: Any = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return None
    if types.is_datetime64_any_dtype(dtype):
        stamps = values.astype("int64").to_numpy(dtype="float64")
        return np.where(values.isna().to_numpy(), np.nan, stamps)
    if types.is_object_dtype(dtype):
        kind = types.infer_dtype(values, skipna=True)
        if kind not in {"integer", "floating", "mixed-integer-float", "decimal"}:
            return None
        return pd.to_numeric(values).to_numpy(dtype="float64", na_value=np.nan)
    # Complex numbers have no order in which one could tell another.
    if types.is_bool_dtype(dtype) or types.is_complex_dtype(dtype):
        return None
    if not types.is_numeric_dtype(dtype):
        return None
    return values.to_numpy(dtype="float64", na_value=np.nan)


def is_table(part: Any) -> bool:
    """Say whether a part is a table that can be looked into; the engine takes others, too."""
    return isinstance(part, pd.DataFrame) or hasattr(part, "to_pandas")


def _frame(part: Any) -> pd.DataFrame:
    if not isinstance(part, pd.DataFrame):
        part = part.to_pandas()
    frame: pd.DataFrame = part
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"two columns are named {twice!r}", hint="rename one")
    return frame


def _coded(values: pd.Series[Any]) -> Codes:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy().astype(np.int64)
    try:
        codes, _ = pd.factorize(values, use_na_sentinel=True)
    except (TypeError, NotImplementedError):  # lists and the like have no hash
        codes, _ = pd.factorize(values.map(repr, na_action="ignore"), use_na_sentinel=True)
    return np.asarray(codes, dtype=np.int64)
