"""The figures of quality by name: a project file is checked without loading what computes them."""

from __future__ import annotations

from typing import Final

_OF_TWO: Final = (
    *("roc_auc", "accuracy", "balanced_accuracy", "f1", "precision", "recall", "specificity"),
    *("mcc", "average_precision", "log_loss", "brier", "ece"),
)
_OF_MANY: Final = (
    *("accuracy", "f1_macro", "f1_weighted", "balanced_accuracy", "roc_auc_ovr", "log_loss"),
    "ece",
)
_OF_REGRESSION: Final = ("rmse", "mae", "median_ae", "r2", "mape")
NAMES: Final = tuple(dict.fromkeys((*_OF_TWO, *_OF_MANY, *_OF_REGRESSION)))
# The first figure of each kind of task, by which slices are measured.
PRIMARY: Final = {
    "binary": _OF_TWO[0],
    "multiclass": _OF_MANY[0],
    "regression": _OF_REGRESSION[0],
}
