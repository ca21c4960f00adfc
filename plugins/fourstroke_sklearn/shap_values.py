"""SHAP values by the shap library: what each column adds, exactly, to a tree's or a linear model's score.

S. M. Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
trees, for trees against a background (interventional); for linear models the coefficient times the
distance of the value from the background's mean. The library explains the features that the estimator
sees; what the features of one column add is summed up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from sklearn.model_selection import FixedThresholdClassifier

from fourstroke import DataError, PluginError, class_name
from fourstroke_sklearn.attribution import Attribution
from fourstroke_sklearn.labels import positive_text
from fourstroke_sklearn.origins import features_of
from fourstroke_sklearn.signature import Signature

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.probe import Probe

# Trees of scikit-learn's own keep thresholds and leaves in single and double precision.
_CLOSE: Final = 1e-3


@attrs.frozen(kw_only=True, eq=False)
class Values:
    """SHAP values of rows.

    Parameters
    ----------
    columns : tuple of str
        Of the raw table.
    parts : array of shape (n, k, c), float64
        What each column adds, a class each; one class for a regression, and for two classes.
    base : array of shape (c,), float64
        Mean over the background.
    classes : tuple of str
        Names of the classes; one empty name for a regression.
    what : str
        What the values add up to: a probability, a score, or nothing for the predicted value itself.
    target : str
        The column that is predicted.
    """

    columns: tuple[str, ...]
    parts: Array
    base: Array
    classes: tuple[str, ...]
    what: str
    target: str

    def measured(self, label: str) -> str:
        """Say in words what the values of a class add up to."""
        return f"{self.what} of {label}" if label else f"predicted {self.target}"

    def of(self, row: int, label: str) -> Attribution:
        """Give what the columns add to one row's value of a class."""
        at = self.classes.index(label)
        parts = self.parts[row, :, at]
        return Attribution(
            columns=self.columns,
            parts=parts,
            errors=np.zeros(len(parts)),
            base=float(self.base[at]),
            said=float(self.base[at] + parts.sum()),
        )


def values_of(model: Any, probe: Probe, rows: pd.DataFrame, background: pd.DataFrame) -> Values:
    """Let the library explain rows.

    Parameters
    ----------
    model : object
        A fitted pipeline of this plugin, or an estimator of trees or a linear one of another.
    rows, background : DataFrame
        What `Probe.plain` gave: rows to explain, and rows that stand for what is usual.

    Raises
    ------
    DataError
        If the library does not know the estimator, or its values do not add up to what the model says.
    """
    estimator, prepare, columns = _taken_apart(model, rows)
    seen, usual = (
        _off_the_edges(estimator, _numbers(prepare(each))) for each in (rows, background)
    )
    explained = _explained(estimator, seen, usual)
    parts = np.asarray(explained.values, dtype=np.float64)
    parts = parts[:, :, np.newaxis] if parts.ndim == 2 else parts  # noqa: PLR2004 - one output
    base = np.asarray(explained.base_values, dtype=np.float64)
    base = np.atleast_1d(base[0] if base.ndim else base)
    what = _adds_up(estimator, seen, parts.sum(axis=1) + base)
    names = tuple(str(name) for name in rows.columns if name in columns)
    summed = np.stack(
        [parts[:, [each == name for each in columns], :].sum(axis=1) for name in names], axis=1
    )
    return _by_class(estimator, probe, names, summed, base, what)


def _taken_apart(model: Any, rows: pd.DataFrame) -> tuple[Any, Any, list[str]]:
    """Find the estimator, what makes its features, and the column that each of them comes from."""
    if hasattr(model, "steps") and isinstance(model[0], Signature):
        estimator, columns = model[-1], [feature.column for feature in features_of(model)]
        if isinstance(estimator, FixedThresholdClassifier):
            estimator = estimator.estimator_
        return estimator, model[1:-1].transform, columns
    return model, lambda frame: frame, [str(name) for name in rows.columns]


def _numbers(features: Any) -> Array:
    dense = features.toarray() if hasattr(features, "toarray") else features
    try:
        return np.asarray(dense, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"shap explains numbers, and the model takes others: {error}",
            hint='use = "inspection" explains every model',
        ) from error


def _off_the_edges(estimator: Any, cells: Array) -> Array:
    """Move cells that lie on a threshold by one unit in the last place of single precision.

    The library rounds thresholds to single precision, which scikit-learn does not: a cell that is just
    above one would go the other way.
    """
    trees = np.ravel(getattr(estimator, "estimators_", [estimator]))
    known = [tree.tree_ for tree in trees if hasattr(tree, "tree_")]
    if not known:
        return cells
    features = np.concatenate([tree.feature for tree in known])
    thresholds = np.concatenate([tree.threshold for tree in known])
    rounded = thresholds.astype(np.float32)
    went_up = (features >= 0) & (rounded > thresholds)
    moved = cells.astype(np.float32)
    for feature in np.unique(features[went_up]):
        column = moved[:, feature]
        on_edge = np.isin(column, rounded[went_up & (features == feature)])
        moved[on_edge, feature] = np.nextafter(column[on_edge], np.float32(np.inf))
    return moved.astype(np.float64)


def _explained(estimator: Any, seen: Array, usual: Array) -> Any:
    try:
        import shap  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, without types
    except ImportError as error:
        raise PluginError(
            "shap is not installed",
            where="model.explain",
            hint="pip install 'fourstroke[shap]'",
        ) from error
    try:
        if hasattr(estimator, "coef_"):
            return shap.LinearExplainer(estimator, usual)(seen)
        # The check of the library's own is repeated below, with what is known here.
        explainer = shap.TreeExplainer(estimator, usual, feature_perturbation="interventional")
        return explainer(seen, check_additivity=False)
    except Exception as error:
        raise DataError(
            f"shap does not explain {type(estimator).__name__}: {error}",
            hint='use = "inspection" explains every model',
        ) from error


def _adds_up(estimator: Any, seen: Array, total: Array) -> str:
    """Find what the values add up to; values of a model that the library misread are never told."""
    for method, what in (("decision_function", "score"), ("predict_proba", "probability")):
        if hasattr(estimator, method):
            said = np.asarray(getattr(estimator, method)(seen))
            said = said[:, np.newaxis] if said.ndim == 1 else said
            # Of two classes the library may tell one alone.
            for chosen in (said, said[:, -1:]):
                if chosen.shape == total.shape and np.allclose(chosen, total, _CLOSE, _CLOSE):
                    return what
    if hasattr(estimator, "classes_"):
        fits = False
    else:
        fits = np.allclose(np.asarray(estimator.predict(seen)), total[:, 0], _CLOSE, _CLOSE)
    if not fits:
        raise DataError(
            f"the values that shap gives do not add up to what {type(estimator).__name__} says;"
            " it knows no trees that split by categories",
            hint='use = "inspection" explains every model',
        )
    return ""


def _by_class(
    estimator: Any, probe: Probe, names: tuple[str, ...], parts: Array, base: Array, what: str
) -> Values:
    """Name the classes, and tell of two the one of interest."""
    labels = tuple(class_name(each) for each in getattr(estimator, "classes_", ()))
    if len(labels) == 2:  # noqa: PLR2004 - two classes
        label = positive_text(probe.task, list(labels))
        if parts.shape[2] == 1:
            sign = 1 if label == labels[1] else -1
            parts, base = parts * sign, base * sign
        else:
            at = labels.index(label)
            parts, base = parts[:, :, [at]], base[[at]]
        labels = (label,)
    return Values(
        columns=names,
        parts=parts,
        base=base,
        classes=labels or ("",),
        what=what,
        target=probe.task.target,
    )
