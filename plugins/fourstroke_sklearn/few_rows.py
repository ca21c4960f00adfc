"""Score a few rows without the pools of scikit-learn; with a forest, all trees at once.

scikit-learn hands each tree to a pool of its own, which for one row takes a hundred times as long as the
walk itself. Here the trees stand in common arrays, and each step of NumPy takes every tree one node
further. Which leaf a row comes to, and in which order leaves are added up, is as in scikit-learn, so
that the numbers are the same to the last digit.
"""

from __future__ import annotations

import weakref
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

# Beyond this scikit-learn's own way is faster.
_MOST_ROWS: Final = 16
_FORESTS: Final = (RandomForestClassifier, ExtraTreesClassifier)
# Their `predict` is the class of the highest probability, so that one pass gives both.
_LIKELIEST: Final = (*_FORESTS, HistGradientBoostingClassifier)
_LEAF: Final = -1


@attrs.frozen(eq=False)
class Trees:
    """The nodes of all trees, one after the other.

    Parameters
    ----------
    first : ndarray of int, shape (trees,)
        The root of each.
    left, right : ndarray of int, shape (nodes,)
        Where a node leads; itself for a leaf.
    feature : ndarray of int, shape (nodes,)
        Which column it asks; 0 for a leaf.
    threshold : ndarray of float, shape (nodes,)
        A row goes left if its cell is at most this.
    missing_left : ndarray of bool, shape (nodes,)
        Whether a missing cell goes left.
    share : ndarray of float, shape (nodes, classes)
        How likely each class is in a node.
    depth : int
        Of the deepest tree.
    """

    first: Any
    left: Any
    right: Any
    feature: Any
    threshold: Any
    missing_left: Any
    share: Any
    depth: int

    def leaves(self, rows: Any) -> Any:
        """Give the leaf of each tree, shape (rows, trees), for rows of single precision."""
        number = np.arange(len(rows))[:, None]
        node = np.repeat(self.first[None, :], len(rows), axis=0)
        for _ in range(self.depth):
            cells = rows[number, self.feature[node]]
            goes_left = cells <= self.threshold[node]
            if self.missing_left is not None:
                goes_left = np.where(np.isnan(cells), self.missing_left[node], goes_left)
            node = np.where(goes_left, self.left[node], self.right[node])
        return node


_known: weakref.WeakKeyDictionary[Any, Trees] = weakref.WeakKeyDictionary()


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
    parts = [step.transform(clean[names]) for _, step, names in columns.transformers_]
    if any(not (isinstance(part, np.ndarray) or sparse.issparse(part)) for part in parts):
        return steps.transform(clean)
    if columns.sparse_output_:
        return sparse.hstack(parts).tocsr()
    return np.hstack([part.toarray() if sparse.issparse(part) else part for part in parts])


def says_the_likeliest(estimator: Any) -> bool:
    """Say whether an estimator predicts the class of the highest probability, by its definition."""
    return type(estimator) in _LIKELIEST


def few_rows(estimator: Any, rows: Any) -> Any | None:
    """Give the probabilities of a few rows; ``None`` where scikit-learn's own way has to be taken.

    Parameters
    ----------
    estimator : classifier
        Fitted.
    rows : array or sparse matrix of shape (rows, features)
        What the pipeline made of a table.

    Returns
    -------
    ndarray of shape (rows, classes), optional
        As ``predict_proba`` gives them, to the last digit.
    """
    is_taken = (
        type(estimator) in _FORESTS
        and (isinstance(rows, np.ndarray) or sparse.issparse(rows))
        and rows.shape[0] <= _MOST_ROWS
        and estimator.n_outputs_ == 1
        and estimator.n_jobs in {None, 1}
    )
    if not is_taken:
        return None
    trees = _known.get(estimator)
    if trees is None:
        trees = _known[estimator] = _trees_of(estimator)
    # As trees of scikit-learn see them, and they refuse what single precision does not hold.
    single = (rows.toarray() if sparse.issparse(rows) else rows).astype(np.float32)
    if trees.missing_left is None and not np.isfinite(single).all():
        return None
    shares = trees.share[trees.leaves(single)]
    # In the order of the trees, as scikit-learn adds them.
    total = np.zeros((len(single), shares.shape[2]))
    for number in range(shares.shape[1]):
        total += shares[:, number]
    total /= len(trees.first)
    return total


def _trees_of(forest: Any) -> Trees:
    parts = [tree.tree_ for tree in forest.estimators_]
    sizes = np.array([part.node_count for part in parts])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    own = np.arange(sizes.sum())
    begin = np.repeat(first, sizes)
    left = np.concatenate([part.children_left for part in parts])
    right = np.concatenate([part.children_right for part in parts])
    is_leaf = left == _LEAF
    takes_missing = any(np.asarray(part.missing_go_to_left).any() for part in parts)
    values = np.concatenate([part.value[:, 0, :] for part in parts])
    return Trees(
        first=first,
        left=np.where(is_leaf, own, left + begin),
        right=np.where(is_leaf, own, right + begin),
        feature=np.where(is_leaf, 0, np.concatenate([part.feature for part in parts])),
        threshold=np.concatenate([part.threshold for part in parts]),
        missing_left=(
            np.concatenate([part.missing_go_to_left for part in parts]).astype(bool)
            if takes_missing
            else None
        ),
        share=values[:, : forest.n_classes_],
        depth=max(part.max_depth for part in parts),
    )
