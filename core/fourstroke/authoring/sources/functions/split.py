import pandas as pd

from fourstroke import DataError


def template(data, context, test: float = 0.25) -> dict:
    """Hold a random share of the rows back."""
    places = pd.Series(range(len(data)))
    held = places.sample(frac=test, random_state=context.seed).sort_values()
    if not 0 < len(held) < len(data):
        raise DataError(f"{len(data)} rows cannot be divided")
    return {"train": data.iloc[places.drop(held)], "test": data.iloc[held]}
