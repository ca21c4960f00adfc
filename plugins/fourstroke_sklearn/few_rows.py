"""Score a few rows without the pools of scikit-learn; with forests and boosting, all trees at once.

scikit-learn hands each tree to a pool of its own, which for one row takes a hundred times as long as the
walk itself. Here the trees stand in common arrays, and each step of NumPy takes every tree one node
further. Which leaf a row comes to, and in which order leaves are added up, is as in scikit-learn, so
that the numbers are the same to the last digit.
"""

from __future__ import annotations

import weakref
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.preprocessing import FunctionTransformer

from fourstroke_sklearn.boosted_rows import BOOSTED, Boosting
from fourstroke_sklearn.few_codes import ENCODERS, Codes
from fourstroke_sklearn.forest_rows import FORESTS, Forest

# Beyond this scikit-learn's own way is faster.
_MOST_ROWS: Final = 16
# Their `predict` is the class of the highest probability, so that one pass gives both.
_LIKELIEST: Final = (RandomForestClassifier, ExtraTreesClassifier, HistGradientBoostingClassifier)

_codes: weakref.WeakKeyDictionary[Any, Codes | None] = weakref.WeakKeyDictionary()
_known: weakref.WeakKeyDictionary[Any, Forest | Boosting | None] = weakref.WeakKeyDictionary()


def prepared(model: Any, clean: pd.DataFrame) -> Any:
    """Give what the steps between the signature and the estimator make of rows.

    For a few rows the transformers are called one after the other, without the pool that a
    `ColumnTransformer` hands them to; what they give is put together as it does.
    """
    steps = model[1:-1]
    if len(clean) > _MOST_ROWS or [type(step) for _, step in steps.steps] != [ColumnTransformer]:
        return steps.transform(clean)
    columns = steps[0]
    if any(isinstance(step, str) for _, step, _ in columns.transformers_):
        return steps.transform(clean)
    parts = [_part(step, clean[names]) for _, step, names in columns.transformers_]
    if any(not (isinstance(part, np.ndarray) or sparse.issparse(part)) for part in parts):
        return steps.transform(clean)
    if columns.sparse_output_:
        return sparse.hstack([sparse.csr_matrix(part) for part in parts]).tocsr()
    return np.hstack([part.toarray() if sparse.issparse(part) else part for part in parts])


def _part(step: Any, cells: pd.DataFrame) -> Any:
    if type(step) in ENCODERS:
        if step not in _codes:
            _codes[step] = Codes.of(step)
        codes = _codes[step]
        return step.transform(cells) if codes is None else codes.transform(cells)
    if type(step) is FunctionTransformer and step.func is None:
        # What "passthrough" stands for.
        return cells.to_numpy(dtype=np.float64)
    return step.transform(cells)


def says_the_likeliest(estimator: Any) -> bool:
    """Say whether an estimator predicts the class of the highest probability, by its definition."""
    return type(estimator) in _LIKELIEST


def few_rows(estimator: Any, rows: Any) -> Any | None:
    """Give what an estimator says of a few rows; ``None`` where scikit-learn's own way has to be taken.

    Parameters
    ----------
    estimator : classifier or regressor
        Fitted.
    rows : array or sparse matrix of shape (rows, features)
        What the pipeline made of a table.

    Returns
    -------
    ndarray of shape (rows, classes) or (rows,), optional
        As ``predict_proba`` of a classifier and ``predict`` of a regressor give them, to the last digit.
    """
    is_known = isinstance(rows, np.ndarray) or sparse.issparse(rows)
    uses_one_core = getattr(estimator, "n_jobs", None) in {None, 1}
    if not is_known or not uses_one_core or rows.shape[0] > _MOST_ROWS:
        return None
    for kinds, of in ((FORESTS, Forest.of), (BOOSTED, Boosting.of)):
        if type(estimator) in kinds:
            if estimator not in _known:
                _known[estimator] = of(estimator)
            found = _known[estimator]
            return None if found is None else found.says(rows)
    return None
