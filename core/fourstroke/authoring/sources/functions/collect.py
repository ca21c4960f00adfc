import pandas as pd


def template(context, path: str = "data/table.csv") -> pd.DataFrame:
    """Read a table of comma-separated values."""
    return pd.read_csv(context.path(path))
