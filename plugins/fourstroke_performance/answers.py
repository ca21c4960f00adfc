"""What a model said of rows, and what turned out to be true, in the form that figures are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from fourstroke import PluginError, class_name, class_of_interest, class_order, predicted_classes
from fourstroke_performance.labels import (
    MISSING,
    STRANGE,
    Array,
    class_codes,
    numbers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from fourstroke import Task

# What rounding may add to a probability.
_SLACK: Final = 1e-6
_TWO: Final = 2


@attrs.frozen(kw_only=True)
class Classes:
    """The classes of a task, as the columns of predictions name them.

    Parameters
    ----------
    kind : str
        ``binary``, ``multiclass`` or ``regression``, which has none.
    names : tuple of str
        The model's in its order, then those that only outcomes have.
    positive : str
        The class of interest of a binary task.
    """

    kind: str
    names: tuple[str, ...] = ()
    positive: str = ""

    @classmethod
    def of(cls, task: Task, predictions: pd.DataFrame, truth: Any) -> Classes:
        """Name the classes of held-out rows.

        Raises
        ------
        PluginError
            If the positive class is none of them.
        """
        if task.kind == "regression":
            return cls(kind=task.kind)
        seen = {class_name(label) for label in [*truth.dropna().unique()]}
        seen |= {class_name(label) for label in predictions["prediction"].dropna().unique()}
        names = tuple(dict.fromkeys([*predicted_classes(predictions.columns), *class_order(seen)]))
        if task.kind != "binary":
            return cls(kind=task.kind, names=names)
        wanted = class_of_interest(task.positive, names)
        code = class_codes([wanted], names)[0][0]
        if code < 0 or len(names) > _TWO:
            raise PluginError(
                f"the class of interest is {wanted!r}, and there are {', '.join(map(repr, names))}",
                where="task.positive",
            )
        return cls(kind=task.kind, names=names, positive=names[code])

    @property
    def position(self) -> int:
        """Where the class of interest stands among the names."""
        return self.names.index(self.positive)

    def to_json(self) -> dict[str, Any]:
        """Turn into lists and text."""
        return {"kind": self.kind, "names": list(self.names), "positive": self.positive}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Classes:
        """Read back what `to_json` gave."""
        return cls(kind=value["kind"], names=tuple(value["names"]), positive=value["positive"])


@attrs.frozen(kw_only=True, eq=False)
class Answers:
    """What a model said, row by row.

    Parameters
    ----------
    said : array of shape (n,), int32 or float64
        Positions of predicted classes, or numbers.
    scores : array of shape (n,) or (n, k), float64, optional
        Of the class of interest of a binary task, or of each class.
    is_probability : bool
        Whether the scores claim to be probabilities.
    usable : array of shape (n,), bool
        Which rows hold an answer: a class that there is and scores that are numbers, or a number.
    """

    said: Array
    scores: Array | None
    is_probability: bool
    usable: Array

    def rows(self, chosen: Array) -> Answers:
        """Give some of the rows."""
        return attrs.evolve(
            self,
            said=self.said[chosen],
            scores=None if self.scores is None else self.scores[chosen],
            usable=self.usable[chosen],
        )


def answers_of(predictions: pd.DataFrame, classes: Classes) -> Answers:
    """Read a table of predictions.

    Raises
    ------
    PluginError
        If it has no column of predictions.
    """
    if "prediction" not in predictions.columns:
        raise PluginError("the table of predictions has no column 'prediction'")
    if classes.kind == "regression":
        said, _ = numbers(predictions["prediction"])
        return Answers(said=said, scores=None, is_probability=False, usable=~np.isnan(said))
    said, _ = class_codes(predictions["prediction"], classes.names)
    usable = said >= 0
    for what in ("probability", "score"):
        scores = _scores(predictions, what, classes)
        if scores is not None:
            is_number = np.isfinite(scores)
            if what == "probability":
                is_number &= (scores >= -_SLACK) & (scores <= 1 + _SLACK)
                scores = np.clip(scores, 0.0, 1.0)
            usable &= is_number if is_number.ndim == 1 else is_number.all(axis=1)
            is_probability = what == "probability"
            return Answers(said=said, scores=scores, is_probability=is_probability, usable=usable)
    return Answers(said=said, scores=None, is_probability=False, usable=usable)


@attrs.frozen(kw_only=True, eq=False)
class Outcomes:
    """What turned out to be true, row by row.

    Parameters
    ----------
    truth : array of shape (n,), int32 or float64
        Positions of classes, or numbers.
    known, strange : array of shape (n,), bool
        Which rows have an outcome that can be used, and which one that means nothing here.
    named : tuple of str
        Strange outcomes by name.
    """

    truth: Array
    known: Array
    strange: Array
    named: tuple[str, ...] = ()


def outcomes_of(labels: Any, rows: int, classes: Classes) -> Outcomes:
    """Read the outcomes of a batch; of a task of many classes a new one is known, and always a miss.

    Raises
    ------
    PluginError
        If they are not one for each row.
    """
    if labels is None:
        none = np.zeros(rows, dtype=bool)
        kind = np.float64 if classes.kind == "regression" else np.int32
        return Outcomes(truth=np.full(rows, MISSING, dtype=kind), known=none, strange=none)
    if len(labels) != rows:
        raise PluginError(f"there are {len(labels):,} outcomes for {rows:,} rows")
    if classes.kind == "regression":
        truth, strange = numbers(labels)
        return Outcomes(truth=truth, known=~np.isnan(truth), strange=strange)
    truth, named = class_codes(labels, classes.names)
    strange = truth == STRANGE
    known = truth >= 0
    if classes.kind == "multiclass":
        known |= strange
    return Outcomes(truth=truth, known=known, strange=strange, named=tuple(named))


def _scores(predictions: pd.DataFrame, what: str, classes: Classes) -> Array | None:
    columns = {
        name: predictions[f"{what}_{name}"].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in classes.names
        if f"{what}_{name}" in predictions.columns
    }
    if not columns:
        return None
    if classes.kind == "binary":
        if classes.positive in columns:
            return columns[classes.positive]
        (other,) = columns.values()
        return 1 - other if what == "probability" else -other
    absent = np.zeros(len(predictions))
    found: Sequence[Array] = [columns.get(name, absent) for name in classes.names]
    return np.column_stack(found)
