"""Score rows: the table of predictions that a model gives."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fourstroke import Context, DataError, StepError
from fourstroke_lightgbm.columns import as_frame
from fourstroke_lightgbm.model import Boosted, BoostedClassifier
from fourstroke_lightgbm.target import label_text


def score(model: Any, data: Any, context: Context, *, unseen: str, threads: int) -> pd.DataFrame:
    """Give the hook's table of predictions.

    Raises
    ------
    DataError
        If the table is not what the model was made for.
    StepError
        If another plugin trained the model.
    """
    if not isinstance(model, Boosted):
        raise StepError(
            f"{type(model).__name__} was not trained by this plugin", where=context.step
        )
    frame = as_frame(data)
    said = model.raw(frame, threads=threads)
    _tell_unseen(model, frame, context, unseen)
    if not isinstance(model, BoostedClassifier):
        return pd.DataFrame({"prediction": said}, index=frame.index)
    probabilities = model.probabilities(said)
    columns = {"prediction": model.likeliest(probabilities)}
    columns |= {
        f"probability_{label_text(label)}": probabilities[:, number]
        for number, label in enumerate(model.labels)
    }
    return pd.DataFrame(columns, index=frame.index)


def _tell_unseen(model: Boosted, frame: pd.DataFrame, context: Context, unseen: str) -> None:
    found = {
        column.name: cells
        for column in model.columns
        if len(cells := column.unseen(frame[column.name]))
    }
    told = {
        name: f"{len(cells):,} of {len(frame):,} rows hold text that training never saw,"
        f" such as {cells.iloc[0]!r}"
        for name, cells in found.items()
    }
    if unseen == "error" and told:
        faults = [DataError(text, where=f"column {name!r}") for name, text in told.items()]
        raise DataError.join(faults)
    for name, text in told.items():
        context.say(f"column {name!r}: {text}")
