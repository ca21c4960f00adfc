"""The first step of every pipeline: what columns the model was made for, and that it gets no others.

scikit-learn scores a date as if it were a number and text of digits as if it were numbers, without a
word. A model that carries its signature refuses them, and names the column and the row.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from fourstroke import DataError, InputColumn, ModelSignature, StepError
from fourstroke_sklearn.families import (
    IN_WORDS,
    Family,
    Held,
    Plain,
    find_infinite,
    first_row,
    plain_column,
    shown,
)
from fourstroke_sklearn.frames import as_frame, need_columns

_EXAMPLE_ROWS: Final = 3
_FEW_ROWS: Final = 50
# Enough for any code list; a column with more of them is free text, and its values say nothing.
_MOST_CATEGORIES: Final = 1000


class Signature(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Record the columns that a model is trained on, and hold every later table against them.

    `transform` gives these columns in this order, in the plain form of their family, so that dtype,
    order and further columns of a table make no difference to the model.

    Attributes
    ----------
    columns_ : list of str
        The features, in the order of the training table. A column without any value is not among them.
    families_ : dict of str to str
        Each feature's family.
    categories_ : dict of str to list of str
        The values of each text feature in training, sorted; none for one with too many of them.
    example_ : dict of str to list
        The first rows of the training table, for people and for trying a loaded model.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Signature:  # noqa: ARG002, N803 - scikit-learn's
        """Learn the columns of a table.

        Raises
        ------
        DataError
            If a column cannot be a feature, or there is none.
        """
        frame = as_frame(X)
        plain = _plain_columns(frame)
        used = {name: column for name, column in plain.items() if column.family != "empty"}
        if not used:
            raise DataError("no column is left to learn from", hint="look at task.ignore")
        self.columns_ = list(used)
        self.families_: dict[str, Family] = {name: column.family for name, column in used.items()}
        self.categories_ = {
            name: values
            for name, column in used.items()
            if column.family == "text" and (values := _categories(column))
        }
        self.example_ = {name: _cells(frame[name]) for name in used}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803 - scikit-learn's name
        """Give the model's columns in plain form.

        Raises
        ------
        DataError
            If a column is missing or holds something else than in training, with a line for each.
        """
        frame = as_frame(X)
        need_columns(frame, self.columns_)
        columns: dict[str, Any] = {}
        faults: list[DataError] = []
        for name in self.columns_:
            try:
                columns[name] = self._conforming(frame[name])
            except DataError as fault:
                faults.append(fault)
        if faults:
            raise DataError.join(faults)
        return pd.DataFrame(columns, index=frame.index, copy=False)

    def unseen(self, clean: pd.DataFrame) -> dict[str, tuple[int, str]]:
        """Count the cells with text that training never saw.

        Parameters
        ----------
        clean : DataFrame
            What `transform` gave.

        Returns
        -------
        dict of str to (int, str)
            For each column that has any: how many, and the first of them.
        """
        found = {}
        for name, known in self.categories_.items():
            strange = _strange(clean[name], known)
            if len(strange):
                found[name] = (len(strange), str(strange[0]))
        return found

    def example(self) -> pd.DataFrame:
        """Give the first rows of the training table, for trying a model."""
        return pd.DataFrame(
            {
                name: pd.to_datetime(pd.Series(cells)) if self.families_[name] == "date" else cells
                for name, cells in self.example_.items()
            }
        )

    def get_feature_names_out(self, input_features: Any = None) -> Any:  # noqa: ARG002
        """Name the columns that `transform` gives."""
        return np.asarray(self.columns_, dtype=object)

    def _conforming(self, column: pd.Series[Any]) -> Any:
        plain = plain_column(column)
        expected = self.families_[str(column.name)]
        if not _conforms(plain, expected):
            raise _wrong_family(column, expected, plain.family)
        _refuse_infinite(column, plain)
        if plain.family == "empty":
            return _nothing(expected, len(column))
        # Said explicitly, since pandas would make its own `str` of it.
        return pd.Series(plain.values, index=column.index, dtype=plain.values.dtype)


def signature_of(model: Any, step: str) -> Signature:
    """Give the first step of a pipeline of this plugin.

    Raises
    ------
    StepError
        If it is none.
    """
    first = model[0] if hasattr(model, "__getitem__") else None
    if not isinstance(first, Signature):
        raise StepError(f"{type(model).__name__} was not trained by this plugin", where=step)
    return first


def recorded(model: Any, step: str) -> ModelSignature:
    """Give what a pipeline asks of a table, for services."""
    known = signature_of(model, step)
    return ModelSignature(
        columns=tuple(
            InputColumn(
                name=name,
                kind=cast("Held", known.families_[name]),
                values=tuple(known.categories_.get(name, ())),
            )
            for name in known.columns_
        ),
        example=tuple(
            dict(zip(known.columns_, cells, strict=True))
            for cells in zip(*(known.example_[name] for name in known.columns_), strict=True)
        ),
    )


def _strange(cells: pd.Series[Any], known: list[str]) -> Sequence[str]:
    """Give the texts that are not known; ``known`` is sorted."""
    if len(cells) > _FEW_ROWS:
        found: Sequence[str] = cells[cells.notna() & ~cells.isin(known)].to_list()
        return found
    # Of a few cells the search costs less than the call of pandas.
    return [
        cell
        for cell in cells.to_numpy(dtype=object)
        if isinstance(cell, str)
        and ((at := bisect.bisect_left(known, cell)) == len(known) or known[at] != cell)
    ]


def _plain_columns(frame: pd.DataFrame) -> dict[str, Plain]:
    plain: dict[str, Plain] = {}
    faults: list[DataError] = []
    for name in frame.columns:
        try:
            plain[name] = plain_column(frame[name])
            _refuse_infinite(frame[name], plain[name])
        except DataError as fault:
            faults.append(fault)
    if faults:
        raise DataError.join(faults)
    return plain


def _conforms(plain: Plain, expected: Family) -> bool:
    if plain.family in {expected, "empty"}:
        return True
    if expected == "number":
        return plain.family == "boolean"
    if expected == "boolean" and plain.family == "number":
        present = plain.values[~np.isnan(plain.values)]
        return bool(np.isin(present, (0.0, 1.0)).all())
    return False


def _nothing(family: Family, rows: int) -> Any:
    if family == "text":
        return np.full(rows, np.nan, dtype=object)
    if family == "date":
        return np.full(rows, np.datetime64("NaT", "us"))
    return np.full(rows, np.nan)


def _categories(column: Plain) -> list[str]:
    names = pd.unique(column.values[~column.missing])
    return sorted(map(str, names)) if len(names) <= _MOST_CATEGORIES else []


def _cells(column: pd.Series[Any]) -> list[str | int | float | bool | None]:
    """Write down the first cells as JSON would have them."""
    cells = column.head(_EXAMPLE_ROWS)
    return [
        None if missing else _cell(cell) for cell, missing in zip(cells, cells.isna(), strict=True)
    ]


def _cell(value: object) -> str | int | float | bool:
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | int | float | bool) else str(value)


def _refuse_infinite(column: pd.Series[Any], plain: Plain) -> None:
    row = find_infinite(plain)
    if row is not None:
        raise DataError(
            "infinity is not a value that a model can use",
            where=f"column {column.name!r}, row {row}",
            hint="replace it in a prepare step, for example by nothing",
        )


def _first_word(column: pd.Series[Any]) -> int:
    """Give the position of the text that made text of a column of numbers; else of the first."""
    cells = column.astype(object)
    is_word = cells.notna() & pd.to_numeric(cells, errors="coerce").isna()
    return int(np.flatnonzero(is_word)[0]) if is_word.any() else first_row(column)


def _wrong_family(column: pd.Series[Any], expected: Family, found: Family) -> DataError:
    row = _first_word(column) if (expected, found) == ("number", "text") else first_row(column)
    return DataError(
        f"the model was trained on {IN_WORDS[expected]} here and got {IN_WORDS[found]},"
        f" such as {shown(column.iloc[row])}",
        where=f"column {column.name!r}, row {row}",
        hint="change it in a prepare step: use = 'cast'",
    )
