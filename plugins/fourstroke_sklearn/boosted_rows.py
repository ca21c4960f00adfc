"""A few rows through histogram boosting: all trees at once, categories by tables of what goes left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

import attrs
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

BOOSTED: Final = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
# The codes of categories, and of bins, are bytes.
_CODES: Final = 256


@attrs.frozen(eq=False)
class Boosting:
    """The nodes of all trees, one after the other.

    Parameters
    ----------
    estimator : HistGradientBoostingClassifier or HistGradientBoostingRegressor
        Whose they are.
    first : ndarray of int, shape (trees,)
        The root of each; those of one iteration, one a class, stand together.
    left, right : ndarray of int, shape (nodes,)
        Where a node leads; itself for a leaf.
    feature : ndarray of int, shape (nodes,)
        Which column it asks, in the estimator's own order: categories before numbers.
    threshold : ndarray of float, shape (nodes,)
        A row goes left if its cell is at most this.
    missing_left : ndarray of bool, shape (nodes,)
        Whether a missing cell goes left.
    table : ndarray of int, shape (nodes,)
        Which row of ``goes_left`` decides on a category; -1 for a node that asks a number.
    goes_left : ndarray of bool, shape (nodes that ask a category, 256)
        Which codes go left; one that training never saw goes with the missing ones.
    value : ndarray of float, shape (nodes,)
        What a leaf adds.
    depth : int
        Of the deepest tree.
    categories : sequence of ndarray
        The known values of each column of categories, sorted.
    columns : ndarray of int, shape (features,)
        Where the estimator's columns stand among those that it is given.
    """

    estimator: Any
    first: Any
    left: Any
    right: Any
    feature: Any
    threshold: Any
    missing_left: Any
    table: Any
    goes_left: Any
    value: Any
    depth: int
    categories: Sequence[Any]
    columns: Any

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Put the trees into arrays."""
        trees = [tree for iteration in estimator._predictors for tree in iteration]  # noqa: SLF001 - scikit-learn shows its trees nowhere else
        nodes = np.concatenate([tree.nodes for tree in trees])
        sizes = np.array([len(tree.nodes) for tree in trees])
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        begin, own = np.repeat(first, sizes), np.arange(sizes.sum())
        is_leaf = nodes["is_leaf"].astype(bool)
        is_category = nodes["is_categorical"].astype(bool) & ~is_leaf
        encoder = _encoder(estimator)
        columns = np.arange(estimator.n_features_in_)
        if encoder is not None:
            mask = estimator.is_categorical_
            columns = np.concatenate([np.flatnonzero(mask), np.flatnonzero(~mask)])
        return cls(
            estimator=estimator,
            first=first,
            left=np.where(is_leaf, own, nodes["left"] + begin),
            right=np.where(is_leaf, own, nodes["right"] + begin),
            feature=np.where(is_leaf, 0, nodes["feature_idx"]),
            threshold=nodes["num_threshold"].copy(),
            missing_left=nodes["missing_go_to_left"].astype(bool),
            table=np.where(is_category, np.cumsum(is_category) - 1, -1),
            goes_left=_tables(estimator, trees, nodes, is_category, sizes),
            value=nodes["value"].copy(),
            depth=int(nodes["depth"].max()),
            categories=() if encoder is None else tuple(encoder.categories_),
            columns=columns,
        )

    def says(self, rows: Any) -> Any | None:
        """Give the probabilities, or the numbers; ``None`` for cells that scikit-learn has to refuse."""
        if not isinstance(rows, np.ndarray) or rows.dtype != np.float64 or np.isinf(rows).any():
            return None
        values = self.value[self._leaves(self._encoded(rows))]
        first = self.estimator._baseline_prediction  # noqa: SLF001 - as above
        by_class = values.reshape(len(rows), -1, first.shape[1])
        begin = np.broadcast_to(first, (len(rows), 1, first.shape[1]))
        # In the order of the trees, as scikit-learn adds them.
        raw = np.add.accumulate(np.concatenate([begin, by_class], axis=1), axis=1)[:, -1]
        loss = self.estimator._loss  # noqa: SLF001 - as above
        if isinstance(self.estimator, HistGradientBoostingClassifier):
            return loss.predict_proba(np.asfortranarray(raw))
        return loss.link.inverse(raw.ravel())

    def _encoded(self, rows: Any) -> Any:
        """Give the codes of categories before the numbers; a value that training never saw is missing."""
        made = rows[:, self.columns]
        for position, known in enumerate(self.categories):
            cells = made[:, position]
            codes = np.minimum(np.searchsorted(known, cells), len(known) - 1)
            made[:, position] = np.where(known[codes] == cells, codes, np.nan)
        return made

    def _leaves(self, rows: Any) -> Any:
        """Give the leaf of each tree, shape (rows, trees)."""
        number = np.arange(len(rows))[:, None]
        node = np.repeat(self.first[None, :], len(rows), axis=0)
        missing = np.isnan(rows)
        codes = None
        if len(self.goes_left):
            # Of numbers they mean nothing, and nobody looks at them.
            codes = np.where(missing, 0, np.clip(rows, 0, _CODES - 1)).astype(np.uint8)
        for _ in range(self.depth):
            feature = self.feature[node]
            goes_left = rows[number, feature] <= self.threshold[node]
            if codes is not None:
                table = self.table[node]
                by_code = self.goes_left[table, codes[number, feature]]
                goes_left = np.where(table >= 0, by_code, goes_left)
            goes_left = np.where(missing[number, feature], self.missing_left[node], goes_left)
            node = np.where(goes_left, self.left[node], self.right[node])
        return node


def _encoder(estimator: Any) -> Any | None:
    """Give what makes codes of categories; ``None`` if there are none."""
    inner = estimator._preprocessor  # noqa: SLF001 - as above
    return None if inner is None else inner.named_transformers_["encoder"]


def _tables(estimator: Any, trees: Any, nodes: Any, is_category: Any, sizes: Any) -> Any:
    """Say for each node that asks a category which codes go left."""
    if not is_category.any():
        return np.zeros((0, _CODES), dtype=bool)
    known, place = estimator._bin_mapper.make_known_categories_bitsets()  # noqa: SLF001 - as above
    begin = np.concatenate([[0], np.cumsum([len(tree.raw_left_cat_bitsets) for tree in trees])])
    left = _bits(np.concatenate([tree.raw_left_cat_bitsets for tree in trees]))
    asking = nodes[is_category]
    own = np.repeat(begin[:-1], sizes)[is_category] + asking["bitset_idx"]
    is_known = _bits(known)[place[asking["feature_idx"]]]
    missing_left = asking["missing_go_to_left"].astype(bool)[:, None]
    return left[own] | (~is_known & missing_left)


def _bits(sets: Any) -> Any:
    """Give the bits of sets of eight words, shape (sets, 256)."""
    words = np.asarray(sets, dtype="<u4")
    return np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(bool)
