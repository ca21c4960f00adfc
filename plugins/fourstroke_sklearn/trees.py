"""Check the inside of loaded trees: scikit-learn follows their indices without looking.

A crafted file could otherwise point outside of its arrays, and the first prediction would crash the
process or read foreign memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.neighbors import BallTree, KDTree
from sklearn.tree._tree import Tree

from fourstroke import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANY: Final = 2**31
# These look at the columns of a table once, and then hand it to their trees unseen.
_TRUSTING: Final = (BaseForest, BaseGradientBoosting)


def check_trees(model: Any) -> None:
    """Make sure that all trees in a model are sound.

    Raises
    ------
    StoreError
        If a node of one points to a node, a row or a feature that does not exist.
    """
    for tree, features in _trees(model):
        if not _is_sound(tree, features):
            raise StoreError(
                f"a {type(tree).__name__} in the model points outside of itself: it was crafted",
                hint="do not use this model, and find out where its file comes from",
            )


def _is_sound(tree: Any, features: int) -> bool:
    if isinstance(tree, Tree):
        return _is_sound_tree(tree, features)
    if isinstance(tree, TreePredictor):
        return _is_sound_predictor(tree, features)
    return _is_sound_index(tree)


def _is_sound_tree(tree: Any, features: int) -> bool:
    left, right = tree.children_left, tree.children_right
    inner = left != -1
    return bool(
        tree.n_features <= features
        and ((right != -1) == inner).all()
        and _leads_on(left, inner)
        and _leads_on(right, inner)
        and _is_within(tree.feature[inner], tree.n_features)
    )


def _is_sound_predictor(tree: Any, features: int) -> bool:
    nodes = tree.nodes
    inner = nodes["is_leaf"] == 0
    categorical = inner & (nodes["is_categorical"] != 0)
    bitsets = min(len(tree.binned_left_cat_bitsets), len(tree.raw_left_cat_bitsets))
    return bool(
        len(nodes)
        and _leads_on(nodes["left"], inner)
        and _leads_on(nodes["right"], inner)
        and _is_within(nodes["feature_idx"][inner], features)
        and _is_within(nodes["bitset_idx"][categorical], bitsets)
    )


def _is_sound_index(tree: Any) -> bool:
    """Check a tree of neighbours: node ``i`` has the children ``2i + 1`` and ``2i + 2``."""
    rows, order, nodes, bounds = (np.asarray(part) for part in tree.__getstate__()[:4])
    children = 2 * np.arange(len(nodes)) + 2
    return bool(
        len(order) == len(rows)
        and _is_within(order, len(rows))
        and bounds.shape[1] == len(nodes)
        and bounds.shape[2] == rows.shape[1]
        and ((nodes["is_leaf"] != 0) | (children < len(nodes))).all()
        and _is_within(nodes["idx_start"], len(rows))
        and _is_within(nodes["idx_end"], len(rows) + 1)
        and (nodes["idx_start"] < nodes["idx_end"]).all()
    )


def _leads_on(children: Any, inner: Any) -> bool:
    """Say whether each child exists and stands behind its parent, so that no path is a circle."""
    parents = np.flatnonzero(inner)
    targets = children[inner].astype(np.int64)
    return bool((targets > parents).all() and (targets < len(children)).all())


def _is_within(positions: Any, count: int) -> bool:
    positions = positions.astype(np.int64)
    return bool((positions >= 0).all() and (positions < count).all())


def _trees(model: Any) -> Iterator[tuple[Any, int]]:
    """Find all trees, wherever they are, each with the number of features that it may use."""
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = [(model, _ANY)]
    while waiting:
        item, features = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Tree | TreePredictor | KDTree | BallTree):
            yield item, features
        waiting.extend(_parts(item, features))


def _parts(item: Any, features: int) -> list[tuple[Any, int]]:
    if isinstance(item, dict):
        return [(part, features) for part in item.values()]
    if isinstance(item, list | tuple | set):
        return [(part, features) for part in item]
    if isinstance(item, np.ndarray):
        return [(part, features) for part in item.flat] if item.dtype == object else []
    own = getattr(item, "__dict__", {})
    allowed = _allowed(item, own, features)
    return [(part, allowed) for part in own.values()]


def _allowed(item: Any, own: dict[str, Any], features: int) -> int:
    """Say how many features a tree right below may use."""
    columns = int(own.get("n_features_in_", _ANY))
    if "tree_" in own or "_predictors" in own:
        return min(columns, features)
    # Other estimators give their parts tables of their own, which these then look at by themselves.
    return columns if isinstance(item, _TRUSTING) else _ANY
