"""The income project's own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def net_capital(data: pd.DataFrame) -> pd.DataFrame:
    """Put gain and loss of capital into one signed column."""
    data["net_capital"] = data["capital_gain"] - data["capital_loss"]
    return data.drop(columns=["capital_gain", "capital_loss"])
