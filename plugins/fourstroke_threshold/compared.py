"""Held-out rows with what two models say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import numpy as np
import pandas as pd

from fourstroke import StepError, class_name, class_of_interest

if TYPE_CHECKING:
    from fourstroke import Candidate, Task
    from fourstroke_threshold.figured import Dependence

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


@attrs.frozen(kw_only=True, eq=False)
class Compared:
    """The rows with a label.

    Parameters
    ----------
    truth : array of shape (n,)
        Classes by name, or numbers.
    own, other : DataFrame
        The predictions of the candidate and of the champion.
    positive : str
        The class of interest of a binary task, else empty.
    is_regression : bool
        Whether ``truth`` holds numbers.
    clusters : array of shape (n,), int, optional
        Which rows belong together, by the task's group.
    moments : array of shape (n,), int, optional
        Where each row's moment stands in their order, if neighbours in time tell of each other.
    """

    truth: Array
    own: pd.DataFrame
    other: pd.DataFrame
    positive: str
    is_regression: bool
    clusters: Array | None = None
    moments: Array | None = None

    @classmethod
    def of(
        cls, candidate: Candidate, champion: Candidate, task: Task, dependence: Dependence = "auto"
    ) -> Compared | None:
        """Take the rows that both models were scored on, or nothing if they are not there.

        Parameters
        ----------
        candidate, champion : Candidate
            With predictions.
        task : Task
            Names target, group and time.
        dependence : {"auto", "none", "group", "time"}
            Which rows tell of each other; with ``auto`` those of a group, else neighbours in time, as
            far as the task names such columns.

        Raises
        ------
        StepError
            If the two were scored on different rows, or the task names no column for the dependence
            that is asked for.
        """
        data = candidate.data
        if data is None or candidate.predictions is None or champion.predictions is None:
            return None
        if not len(data) == len(candidate.predictions) == len(champion.predictions):
            raise StepError("candidate and champion were not scored on the same rows")
        known = data[task.target].notna().to_numpy()
        target = data.loc[known, task.target]
        if not len(target):
            return None
        kind = _dependence(dependence, task, data)
        is_regression = task.kind == "regression"
        truth = target.to_numpy(dtype=np.float64) if is_regression else names_of(target)
        return cls(
            truth=truth,
            own=candidate.predictions[known],
            other=champion.predictions[known],
            positive=class_of_interest(task.positive, set(truth)) if task.kind == "binary" else "",
            is_regression=is_regression,
            clusters=_codes(data.loc[known, task.group]) if kind == "group" else None,
            moments=_codes(data.loc[known, task.time], sort=True) if kind == "time" else None,
        )

    @property
    def say_the_same(self) -> bool:
        """Whether both models put every row into the same class."""
        own, other = (names_of(table["prediction"]) for table in (self.own, self.other))
        return bool((own == other).all())

    @property
    def is_positive(self) -> Array:
        """Which rows are of the class of interest."""
        return np.asarray(self.truth == self.positive)

    @property
    def strata(self) -> Array:
        """What a bootstrap keeps the sizes of: the classes."""
        if self.is_regression:
            return np.zeros(len(self.truth), dtype=np.intp)
        return np.asarray(np.unique(self.truth, return_inverse=True)[1])


def names_of(values: Any) -> Array:
    """Name the class of each row as columns of predictions do: 1 and 1.0 alike.

    Examples
    --------
    >>> list(names_of([1.0, 2.0])), list(names_of([True, False])), list(names_of(["yes", "no"]))
    (['1', '2'], ['True', 'False'], ['yes', 'no'])
    """
    codes, unique = pd.factorize(np.asarray(values))
    names = np.array([class_name(label) for label in unique], dtype=object)
    return names[codes] if len(codes) else np.array([], dtype=object)


def column_of(table: pd.DataFrame, what: str, name: str) -> Array | None:
    """Give the column of a class, such as its probability, or nothing if there is none."""
    column = f"{what}_{name}"
    if column not in table.columns:
        return None
    return table[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _dependence(wanted: Dependence, task: Task, data: pd.DataFrame) -> Dependence:
    """Say which column tells which rows belong together: that of the group, that of the time, or none."""
    columns: dict[Dependence, str] = {"group": task.group, "time": task.time}
    if wanted == "none":
        return "none"
    if wanted == "auto":
        return next((kind for kind, name in columns.items() if name in data.columns), "none")
    if columns[wanted] not in data.columns:
        raise StepError(
            f"rows depend by {wanted}, it is said, and the held-out rows have no such column",
            hint=f'name it as task.{wanted}, or set dependence = "auto"',
        )
    return wanted


def _codes(column: pd.Series[Any], *, sort: bool = False) -> Array:
    """Give each row the number of its value; what is missing is one more value, in order the last."""
    codes, values = pd.factorize(column, sort=sort)
    return np.where(codes < 0, len(values), codes)
