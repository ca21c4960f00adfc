"""Score rows: the table of predictions that a model gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_regressor

from fourstroke import Context, DataError, class_name
from fourstroke_sklearn.few_rows import few_rows, prepared, says_the_likeliest
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.signature import signature_of


def score(model: Any, data: Any, context: Context, *, unseen: str) -> pd.DataFrame:
    """Give the hook's table of predictions.

    Parameters
    ----------
    model : Pipeline
        What `fit` gave.
    data : table
        Rows with the model's columns.
    context : Context
        Hears of text that training never saw.
    unseen : {"warn", "error"}
        What such text is.

    Raises
    ------
    DataError
        If the table is not what the model was made for.
    """
    signature = signature_of(model, context.step)
    clean = signature.transform(as_frame(data))
    _tell_unseen(signature.unseen(clean), len(clean), context, unseen)
    return predictions_of(model, clean)


def predictions_of(model: Any, clean: pd.DataFrame) -> pd.DataFrame:
    """Score rows that the model's signature has let through.

    Parameters
    ----------
    model : Pipeline
        What `fit` gave.
    clean : DataFrame
        What the model's signature made of a table.

    Returns
    -------
    DataFrame
        ``prediction``, and for classes ``probability_<class>``, or ``score_<class>`` (any real number,
        higher for a likelier class) if the estimator knows no probabilities.
    """
    estimator = model[-1]
    if clean.empty:
        return _no_rows(estimator, clean.index)
    rows = prepared(model, clean)
    if says_the_likeliest(estimator):
        chances = few_rows(estimator, rows)
        chances = estimator.predict_proba(rows) if chances is None else chances
        columns = {"prediction": estimator.classes_[chances.argmax(axis=1)]}
        columns |= _a_class("probability", estimator, chances)
        return pd.DataFrame(columns, index=clean.index)
    numbers = few_rows(estimator, rows) if is_regressor(estimator) else None
    columns = {"prediction": estimator.predict(rows) if numbers is None else numbers}
    if hasattr(estimator, "predict_proba"):
        columns |= _a_class("probability", estimator, estimator.predict_proba(rows))
    elif hasattr(estimator, "decision_function"):
        columns |= _a_class("score", estimator, _decisions(estimator.decision_function(rows)))
    return pd.DataFrame(columns, index=clean.index)


def _a_class(what: str, estimator: Any, values: Any) -> dict[str, Any]:
    return {
        f"{what}_{class_name(label)}": values[:, position]
        for position, label in enumerate(estimator.classes_)
    }


def _decisions(values: Any) -> Any:
    """Give a column a class also for two classes, where scikit-learn gives that of the second alone."""
    return np.column_stack([-values, values]) if values.ndim == 1 else values


def _no_rows(estimator: Any, index: pd.Index[Any]) -> pd.DataFrame:
    classes = getattr(estimator, "classes_", None)
    kind = np.float64 if classes is None else classes.dtype
    columns = {"prediction": np.empty(0, dtype=kind)}
    what = "probability" if hasattr(estimator, "predict_proba") else "score"
    if classes is not None and (what == "probability" or hasattr(estimator, "decision_function")):
        columns |= _a_class(what, estimator, np.empty((0, len(classes))))
    return pd.DataFrame(columns, index=index)


def _tell_unseen(
    found: dict[str, tuple[int, str]], rows: int, context: Context, unseen: str
) -> None:
    texts = {
        name: f"{count:,} of {rows:,} rows hold text that training never saw, such as {value!r}"
        for name, (count, value) in found.items()
    }
    if unseen == "error" and texts:
        raise DataError.join(
            [DataError(text, where=f"column {name!r}") for name, text in texts.items()]
        )
    for name, text in texts.items():
        context.say(f"column {name!r}: {text}")
