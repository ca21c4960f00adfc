import pandas as pd

from fourstroke import DataError


def template(data, column: str, limit: float = 1000.0) -> pd.DataFrame:
    """Cap a column of numbers."""
    if column not in data:
        raise DataError(f"there is no column {column!r}")
    return data.assign(**{column: data[column].clip(upper=limit)})
