"""A fitted model: the trees as LightGBM writes them down, and the columns and labels they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import lightgbm
import numpy as np

from fourstroke_lightgbm.columns import Column, as_frame, matrix_of
from fourstroke_lightgbm.target import Label

if TYPE_CHECKING:
    from fourstroke_lightgbm.target import Array


@attrs.frozen(kw_only=True)
class Boosted:
    """Trees, and what they need to know about tables.

    The text is the model: it is what is stored, and every prediction is made from it, so that a model
    predicts the same before and after it was stored. Names of methods are scikit-learn's, so that
    explainers of other plugins can use them.
    """

    text: str = attrs.field(repr=False)
    columns: tuple[Column, ...]

    @property
    def feature_names_in_(self) -> tuple[str, ...]:
        """The columns that the model needs."""
        return tuple(column.name for column in self.columns)

    def raw(self, data: Any, *, threads: int = 1) -> Array:
        """Give what the trees say: a number a row, or for several classes one a row and class.

        Raises
        ------
        DataError
            If the table is not what the model was made for.
        """
        matrix = matrix_of(as_frame(data), self.columns)
        booster = lightgbm.Booster(model_str=self.text)
        if not len(matrix):
            width = booster.num_model_per_iteration()
            return np.empty((0, width) if width > 1 else 0)
        return np.asarray(booster.predict(matrix, num_threads=threads))


@attrs.frozen(kw_only=True)
class BoostedRegressor(Boosted):
    """Trees that estimate a number."""

    def predict(self, data: Any) -> Array:
        """Give a number a row."""
        return self.raw(data)


@attrs.frozen(kw_only=True)
class BoostedClassifier(Boosted):
    """Trees that tell classes apart; ``labels`` are sorted."""

    labels: tuple[Label, ...]

    @property
    def classes_(self) -> tuple[Label, ...]:
        """The classes, in the order of the probabilities."""
        return self.labels

    def predict(self, data: Any) -> Array:
        """Give the likeliest class a row."""
        return self.likeliest(self.predict_proba(data))

    def predict_proba(self, data: Any) -> Array:
        """Give a probability a row and class."""
        return self.probabilities(self.raw(data))

    def probabilities(self, said: Array) -> Array:
        """Give a column a class also for two, where LightGBM gives that of the second alone."""
        return np.column_stack([1 - said, said]) if said.ndim == 1 else said

    def likeliest(self, probabilities: Array) -> Array:
        """Give the class of the highest probability a row; of equal ones the first."""
        kind = object if isinstance(self.labels[0], str) else None
        labels = np.array(self.labels, dtype=kind)
        likeliest: Array = labels[probabilities.argmax(axis=1)]
        return likeliest
