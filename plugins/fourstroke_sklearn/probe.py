"""A fitted model as a function of plain columns, to be asked about rows that never were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import DataError, class_name, predicted_classes
from fourstroke_sklearn.frames import need_columns
from fourstroke_sklearn.labels import positive_text
from fourstroke_sklearn.scoring import predictions_of
from fourstroke_sklearn.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke import Task
    from fourstroke_sklearn.intervals import Array

    Change = Callable[[pd.DataFrame], pd.DataFrame]

_OF_A_CLASS: Final = ("probability_", "score_")


@attrs.frozen(kw_only=True, eq=False)
class Probe:
    """Predicts from plain columns, and gives what it predicts as numbers.

    Of a model with a signature the columns are the plain ones behind it, so that they are checked once
    and not each time; a signature works cell by cell, and the result is the same.

    Parameters
    ----------
    plain : callable
        Gives the columns that the model goes by, of a table as it comes.
    predict : callable
        Gives the hook's table of predictions for such columns.
    task : Task
        Names the class of interest.
    """

    plain: Change
    predict: Change
    task: Task

    @classmethod
    def of(cls, model: Any, task: Task) -> Probe:
        """Take a model of this plugin, or one of another that has scikit-learn's methods."""
        first = model[0] if hasattr(model, "steps") else None
        if isinstance(first, Signature):
            return cls(
                plain=first.transform,
                predict=lambda clean: predictions_of(model, clean),
                task=task,
            )
        names = getattr(model, "feature_names_in_", None)

        def chosen(data: pd.DataFrame) -> pd.DataFrame:
            known = [name for name in data.columns if name not in task.not_features]
            wanted = known if names is None else list(names)
            need_columns(data, wanted)
            return data[wanted]

        return cls(plain=chosen, predict=lambda frame: _foreign(model, frame), task=task)

    def response(self, features: pd.DataFrame, label: str = "") -> Array:
        """Give one number a row.

        Parameters
        ----------
        features : DataFrame
            What `plain` gave, with whatever cells.
        label : str
            The class whose probability (or score) it is; nothing for a regression.

        Returns
        -------
        array of shape (n,), float64
        """
        said = self.predict(features)
        return column_of(said, label)

    def classes(self, said: pd.DataFrame) -> list[str]:
        """Name the classes whose numbers are worth telling: the one of interest of two, all of more.

        Returns
        -------
        list of str
            One empty name for a regression.

        Raises
        ------
        DataError
            If the model tells a class alone, and no probability or score of it.
        """
        if self.task.kind == "regression":
            return [""]
        names = predicted_classes(said.columns)
        if not names:
            raise DataError("the model gives neither probabilities nor scores")
        return [positive_text(self.task, names)] if self.task.kind == "binary" else names

    def measured(self, said: pd.DataFrame, label: str) -> str:
        """Say in words what `response` gives."""
        if not label:
            return f"predicted {self.task.target}"
        what = "probability" if f"probability_{label}" in said.columns else "score"
        return f"{what} of {label}"


def column_of(said: pd.DataFrame, label: str) -> Array:
    """Give the column of a class, or the prediction itself."""
    names = ["prediction"] if not label else [f"{kind}{label}" for kind in _OF_A_CLASS]
    name = next(each for each in names if each in said.columns)
    return np.asarray(said[name].to_numpy(dtype=np.float64))


def sampled(frame: pd.DataFrame, most: int, random: np.random.Generator) -> pd.DataFrame:
    """Draw so many rows at random, and keep their order; all of them if there are no more."""
    if len(frame) <= most:
        return frame
    return frame.iloc[np.sort(random.choice(len(frame), size=most, replace=False))]


def _foreign(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    columns = {"prediction": model.predict(frame)}
    if hasattr(model, "predict_proba"):
        values = model.predict_proba(frame)
        columns |= {
            f"probability_{class_name(label)}": values[:, number]
            for number, label in enumerate(model.classes_)
        }
    return pd.DataFrame(columns, index=frame.index)
