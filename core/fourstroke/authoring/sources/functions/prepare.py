import pandas as pd


def template(data, column: str, limit: float = 1000.0) -> pd.DataFrame:
    """Cap a column of numbers."""
    return data.assign(**{column: data[column].clip(upper=limit)})
