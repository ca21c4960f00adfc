"""A stage of this project."""

import pandas as pd


def caught_on(data: pd.DataFrame) -> pd.DataFrame:
    """Make one date of year, month and day; days that no calendar has are counted as missing."""
    parts = data[["year", "month", "day"]]
    data["caught"] = pd.to_datetime(parts, errors="coerce")
    return data.drop(columns=["year", "day"])
