"""Check the inside of loaded trees: scikit-learn follows their indices without looking.

A file whose tree points outside of itself would crash the process, or read foreign memory, at the first
prediction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree._tree import Tree

from fourstroke import StoreError


def check_trees(model: Any) -> None:
    """Make sure that all trees in a model are sound.

    Raises
    ------
    StoreError
        If a node of one points to a node or a feature that does not exist.
    """
    for tree in _trees(model):
        sound = _is_sound_tree(tree) if isinstance(tree, Tree) else _is_sound_predictor(tree)
        if not sound:
            raise StoreError("a tree of the model points outside of itself: the file was crafted")


def _is_sound_tree(tree: Any) -> bool:
    left, right = tree.children_left, tree.children_right
    inner = left != -1
    nodes = np.arange(tree.node_count)
    return bool(
        ((right != -1) == inner).all()
        # A child stands behind its parent, so that no path goes round in a circle.
        and (left[inner] > nodes[inner]).all()
        and (right[inner] > nodes[inner]).all()
        and (left < tree.node_count).all()
        and (right < tree.node_count).all()
        and (tree.feature[inner] >= 0).all()
        and (tree.feature[inner] < tree.n_features).all()
    )


def _is_sound_predictor(tree: Any) -> bool:
    nodes = tree.nodes
    inner = nodes["is_leaf"] == 0
    own = np.arange(len(nodes))[inner]
    left, right = nodes["left"][inner], nodes["right"][inner]
    categorical = inner & (nodes["is_categorical"] != 0)
    bitsets = min(len(tree.binned_left_cat_bitsets), len(tree.raw_left_cat_bitsets))
    return bool(
        len(nodes)
        and (left > own).all()
        and (right > own).all()
        and (left < len(nodes)).all()
        and (right < len(nodes)).all()
        and (nodes["feature_idx"][inner] >= 0).all()
        and (nodes["bitset_idx"][categorical] < bitsets).all()
    )


def _trees(model: Any) -> Iterator[Any]:
    """Find all trees, wherever in the model they are."""
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Tree | TreePredictor):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set):
            waiting.extend(item)
        elif isinstance(item, np.ndarray):
            waiting.extend(item.ravel().tolist() if item.dtype == object else [])
        else:
            waiting.extend(getattr(item, "__dict__", {}).values())
