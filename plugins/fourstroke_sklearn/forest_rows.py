"""A few rows through a forest: its trees in common arrays, each step of NumPy takes all of them one node further."""

from __future__ import annotations

from typing import Any, Final, Self

import attrs
import numpy as np
from scipy import sparse
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

FORESTS: Final = (
    RandomForestClassifier,
    ExtraTreesClassifier,
    RandomForestRegressor,
    ExtraTreesRegressor,
)
_LEAF: Final = -1


@attrs.frozen(eq=False)
class Forest:
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
    missing_left : ndarray of bool, shape (nodes,), optional
        Whether a missing cell goes left; ``None`` if no tree takes missing cells.
    value : ndarray of float, shape (nodes, classes) or (nodes, 1)
        How likely each class is in a node, or the number that it says.
    depth : int
        Of the deepest tree.
    has_classes : bool
        Whether it is a classifier.
    """

    first: Any
    left: Any
    right: Any
    feature: Any
    threshold: Any
    missing_left: Any
    value: Any
    depth: int
    has_classes: bool

    @classmethod
    def of(cls, forest: Any) -> Self | None:
        """Put the trees into arrays; ``None`` if it predicts several columns."""
        if forest.n_outputs_ != 1:
            return None
        parts = [tree.tree_ for tree in forest.estimators_]
        sizes = np.array([part.node_count for part in parts])
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        own = np.arange(sizes.sum())
        begin = np.repeat(first, sizes)
        left = np.concatenate([part.children_left for part in parts])
        right = np.concatenate([part.children_right for part in parts])
        is_leaf = left == _LEAF
        missing_left = np.concatenate([part.missing_go_to_left for part in parts]).astype(bool)
        has_classes = hasattr(forest, "n_classes_")
        values = np.concatenate([part.value[:, 0, :] for part in parts])
        return cls(
            first=first,
            left=np.where(is_leaf, own, left + begin),
            right=np.where(is_leaf, own, right + begin),
            feature=np.where(is_leaf, 0, np.concatenate([part.feature for part in parts])),
            threshold=np.concatenate([part.threshold for part in parts]),
            missing_left=missing_left if missing_left.any() else None,
            value=values[:, : forest.n_classes_] if has_classes else values[:, :1],
            depth=max(part.max_depth for part in parts),
            has_classes=has_classes,
        )

    def says(self, rows: Any) -> Any | None:
        """Give the probabilities, or the numbers; ``None`` for cells that scikit-learn has to refuse."""
        # As trees of scikit-learn see them, and they refuse what single precision does not hold.
        with np.errstate(over="ignore"):
            single = (rows.toarray() if sparse.issparse(rows) else rows).astype(np.float32)
        known = single if self.missing_left is None else single[~np.isnan(single)]
        if not np.isfinite(known).all():
            return None
        values = self.value[self._leaves(single)]
        # In the order of the trees, as scikit-learn adds them.
        total = np.add.accumulate(values, axis=1)[:, -1] / len(self.first)
        return total if self.has_classes else total[:, 0]

    def _leaves(self, rows: Any) -> Any:
        """Give the leaf of each tree, shape (rows, trees)."""
        number = np.arange(len(rows))[:, None]
        node = np.repeat(self.first[None, :], len(rows), axis=0)
        for _ in range(self.depth):
            cells = rows[number, self.feature[node]]
            goes_left = cells <= self.threshold[node]
            if self.missing_left is not None:
                goes_left = np.where(np.isnan(cells), self.missing_left[node], goes_left)
            node = np.where(goes_left, self.left[node], self.right[node])
        return node
