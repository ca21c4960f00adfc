"""Calibrate probabilities, and choose from which one on a row counts as the class of interest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import confusion_matrix, get_scorer_names, make_scorer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

from fourstroke import ConfigError, class_name

if TYPE_CHECKING:
    from fourstroke import Context
    from fourstroke_sklearn.folds import Rows
    from fourstroke_sklearn.train import Sklearn

    Folds = list[tuple[Rows, Rows]]

_COSTS: Final = frozenset({"false_positive", "false_negative"})
_KEPT_FOLDS: Final = 5


def calibrated(estimator: Any, method: str, folds: Folds, where: str) -> Any:
    """Put a calibration around a classifier, by folds of the training rows.

    J. Platt (1999) for ``sigmoid``, B. Zadrozny and C. Elkan (2002) for ``isotonic``, C. Guo et al. (2017)
    for ``temperature``, as scikit-learn has them.
    """
    try:
        return CalibratedClassifierCV(estimator, method=method, cv=folds)
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error), where=f"{where}.calibrate") from error


def without_folds(estimator: Any) -> None:
    """Leave the rows of the folds out of a model: they are no part of what it knows."""
    if isinstance(estimator, CalibratedClassifierCV):
        estimator.set_params(cv=_KEPT_FOLDS)
    if isinstance(estimator, FixedThresholdClassifier):
        without_folds(estimator.estimator_)
        without_folds(estimator.estimator)


def with_threshold(
    settings: Sklearn, estimator: Any, rows: Any, target: Any, folds: Folds, context: Context
) -> Any:
    """Fit a classifier that decides from a threshold on, given or tuned on folds of the training rows.

    Parameters
    ----------
    settings : Sklearn
        ``threshold`` is a probability, the name of a scorer such as ``f1``, or costs of the two errors.
    estimator : classifier
        Unfitted, of two classes.
    rows, target : array
        Training rows, and their classes.
    folds : list
        The threshold is tuned on rows that the model of the fold was not fitted on; never on test rows.
    context : Context
        Hears of the threshold.

    Returns
    -------
    FixedThresholdClassifier
        Fitted.
    """
    where = f"{context.step}.threshold"
    positive = _positive(target, context)
    wanted = settings.threshold
    if isinstance(wanted, int | float):
        if not 0 < wanted < 1:
            raise ConfigError("a threshold lies between 0 and 1", where=where)
        fixed = FixedThresholdClassifier(estimator, threshold=float(wanted), pos_label=positive)
        return fixed.fit(rows, target)
    scorer = _scorer(wanted, positive, where)
    tuned = TunedThresholdClassifierCV(estimator, scoring=scorer, cv=folds).fit(rows, target)
    threshold = float(tuned.best_threshold_)
    context.log_metric("threshold", threshold)
    context.say(f"a row counts as {class_name(positive)!r} from a score of {threshold:.4f} on")
    made = FixedThresholdClassifier(estimator, threshold=threshold, pos_label=positive)
    # What was tuned was fitted on all rows, too: the same model need not be fitted again.
    made.estimator_ = tuned.estimator_
    return made


def _positive(target: Any, context: Context) -> Any:
    """Give the class of interest as the target holds it; the last one without a word of the task."""
    classes = np.unique(target)
    asked = context.task.positive
    if asked is None:
        return classes[-1]
    return next((each for each in classes if class_name(each) == class_name(asked)), classes[-1])


def _scorer(wanted: Any, positive: Any, where: str) -> Any:
    if isinstance(wanted, str):
        if wanted not in get_scorer_names():
            raise ConfigError(
                f"scikit-learn has no scorer {wanted!r}", where=where, hint="such as f1"
            )
        return wanted if wanted not in _OF_POSITIVE else _of_positive(wanted, positive)
    if not isinstance(wanted, Mapping) or set(wanted) != _COSTS:
        raise ConfigError(
            "expected a probability, a scorer, or costs",
            where=where,
            hint="threshold = { false_positive = 1, false_negative = 5 }",
        )
    if any(not isinstance(cost, int | float) or cost < 0 for cost in wanted.values()):
        raise ConfigError("a cost is a number from 0 on", where=where)
    return make_scorer(
        _gain, positive=positive, costs=(wanted["false_positive"], wanted["false_negative"])
    )


_OF_POSITIVE: Final = frozenset({"f1", "precision", "recall", "jaccard"})


def _of_positive(name: str, positive: Any) -> Any:
    """Let a scorer know the class of interest: by itself it takes the number 1 for it."""
    from sklearn import metrics  # noqa: PLC0415 - one function of it

    return make_scorer(getattr(metrics, f"{name}_score"), pos_label=positive, zero_division=0.0)


def _gain(truth: Any, predicted: Any, *, positive: Any, costs: tuple[float, float]) -> float:
    """Give the cost of the errors a row, with the sign turned round."""
    table = confusion_matrix(truth == positive, predicted == positive, labels=[False, True])
    return -float(table[0, 1] * costs[0] + table[1, 0] * costs[1]) / len(truth)
