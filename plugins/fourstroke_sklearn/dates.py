"""Dates as numbers that a model can use."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

PARTS: Final = ("days", "month", "day", "weekday", "hour")
_SECONDS_A_DAY: Final = 86_400


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Turn each date into days since 1970, month, day, weekday (Monday is 0) and hour, all in UTC.

    A missing date becomes NaN in all parts. There is nothing to learn: `fit` only keeps the names.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> DateParts:  # noqa: ARG002, N803 - scikit-learn's
        """Keep the names of the columns."""
        self.columns_ = [str(name) for name in X.columns]
        return self

    def transform(self, X: pd.DataFrame) -> Any:  # noqa: N803 - scikit-learn's name
        """Give a ``float64`` array with five columns for each date column."""
        parts = [part for name in X.columns for part in _parts(X[name])]
        return np.column_stack(parts) if parts else np.empty((len(X), 0))

    def get_feature_names_out(self, input_features: Any = None) -> Any:  # noqa: ARG002
        """Name the columns that `transform` gives, such as ``sold_weekday``."""
        names = [f"{name}_{part}" for name in self.columns_ for part in PARTS]
        return np.asarray(names, dtype=object)


def _parts(column: pd.Series[Any]) -> list[Any]:
    moments = column.dt
    # In the column's own unit: nanoseconds end in the year 2262.
    seconds = (column - pd.Timestamp(0).as_unit(moments.unit)).dt.total_seconds()
    parts = (
        seconds / _SECONDS_A_DAY,
        moments.month,
        moments.day,
        moments.day_of_week,
        moments.hour,
    )
    return [part.to_numpy(dtype=np.float64, na_value=np.nan) for part in parts]
