"""The figures of quality of each kind of task: scikit-learn's values, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from sklearn import metrics as sk

from fourstroke_sklearn.intervals import auc_influence, standard_error
from fourstroke_sklearn.resampled import (
    Uncertainty,
    bounds_of_calibration,
    bounds_of_many,
    bounds_of_means,
    bounds_of_regression,
    bounds_of_two,
    equal_bins,
)
from fourstroke_sklearn.scored import Classified, Estimated
from fourstroke_sklearn.sheet import NO_ROWS, Sheet

if TYPE_CHECKING:
    from fourstroke import Metric
    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.scored import Scored

_NO_PROBABILITIES: Final = "the model gives no probabilities"
_ONE_CLASS: Final = "all rows are of one class"
_NONE_OF_INTEREST: Final = "no row is of the class of interest"
_NONE_CLAIMED: Final = "no row was put into the class of interest"


def quality(rows: Scored, how: Uncertainty) -> tuple[Metric, ...]:
    """Measure predictions, the primary figure first.

    Returns
    -------
    tuple of Metric
        Binary: roc_auc, accuracy, balanced_accuracy, f1, precision, recall, specificity, mcc,
        average_precision, log_loss, brier, ece. More classes: accuracy, f1_macro, f1_weighted,
        balanced_accuracy, roc_auc_ovr, log_loss, ece. Regression: rmse, mae, median_ae, r2, and mape if
        no target is 0. A figure that is not defined has no value, and says why.
    """
    if isinstance(rows, Estimated):
        return _of_regression(rows, how)
    return _of_two(rows, how) if rows.positive else _of_many(rows, how)


def primary(rows: Scored, how: Uncertainty) -> Metric:
    """Measure the primary figure alone."""
    if isinstance(rows, Estimated):
        return _of_regression(rows, how)[0]
    if rows.positive:
        return roc_auc(rows, how)
    bounds = bounds_of_many(rows, how) if rows.clusters is not None else {}
    return Sheet(rows, how, bounds).share("accuracy", rows.truth == rows.said)


def roc_auc(rows: Classified, how: Uncertainty) -> Metric:
    """Measure how well the class of interest is ranked before the other."""
    sheet, positive = Sheet(rows, how), rows.is_positive
    if rows.scores is None:
        return sheet.undefined("roc_auc", _NO_PROBABILITIES)
    if not _has_both(positive):
        return sheet.undefined("roc_auc", _ONE_CLASS if len(positive) else NO_ROWS)
    scores = rows.of_class(rows.scores, rows.positive)
    _, influence = auc_influence(positive, scores)
    error = standard_error(influence, strata=rows.truth, clusters=rows.clusters)
    rarest = min(int(positive.sum()), int((~positive).sum()))
    return sheet.area("roc_auc", float(sk.roc_auc_score(positive, scores)), error, rarest)


def _of_two(rows: Classified, how: Uncertainty) -> tuple[Metric, ...]:
    truth, said = rows.is_positive, rows.said_positive
    sheet = Sheet(rows, how, bounds_of_two(rows, how))
    one_class = "" if _has_both(truth) else _ONE_CLASS
    no_f1 = "" if (truth | said).any() else f"{_NONE_OF_INTEREST}, and none was put into it"
    return (
        roc_auc(rows, how),
        sheet.share("accuracy", truth == said),
        sheet.figure(
            "balanced_accuracy", lambda: sk.balanced_accuracy_score(truth, said), one_class
        ),
        sheet.figure("f1", lambda: sk.f1_score(truth, said), no_f1),
        sheet.share("precision", truth[said], _NONE_CLAIMED),
        sheet.share("recall", said[truth], _NONE_OF_INTEREST),
        sheet.share("specificity", ~said[~truth], "all rows are of the class of interest"),
        sheet.figure("mcc", lambda: sk.matthews_corrcoef(truth, said), one_class),
        _average_precision(rows, how),
        *_of_probabilities(rows, how),
    )


def _of_many(rows: Classified, how: Uncertainty) -> tuple[Metric, ...]:
    truth, said = rows.truth, rows.said
    sheet = Sheet(rows, how, bounds_of_many(rows, how))
    return (
        sheet.share("accuracy", truth == said),
        sheet.figure(
            "f1_macro", lambda: sk.f1_score(truth, said, average="macro", zero_division=0)
        ),
        sheet.figure(
            "f1_weighted",
            lambda: sk.f1_score(truth, said, average="weighted", zero_division=0),
        ),
        sheet.figure("balanced_accuracy", lambda: _mean_recall(truth, said)),
        _roc_auc_ovr(rows, how),
        *_of_probabilities(rows, how),
    )


def _of_regression(rows: Estimated, how: Uncertainty) -> tuple[Metric, ...]:
    truth, said = rows.truth, rows.said
    sheet = Sheet(rows, how, bounds_of_regression(rows, how))
    constant = len(truth) > 0 and bool((truth == truth[0]).all())
    figures = [
        sheet.figure("rmse", lambda: sk.root_mean_squared_error(truth, said)),
        sheet.figure("mae", lambda: sk.mean_absolute_error(truth, said)),
        sheet.median("median_ae", np.abs(truth - said)),
        sheet.figure(
            "r2", lambda: sk.r2_score(truth, said), "the target is constant" if constant else ""
        ),
    ]
    # Relative to a target of 0 an error means nothing.
    if (truth != 0).all():
        figures.append(sheet.figure("mape", lambda: sk.mean_absolute_percentage_error(truth, said)))
    return tuple(figures)


def _of_probabilities(rows: Classified, how: Uncertainty) -> tuple[Metric, ...]:
    names = ("log_loss", "brier", "ece") if rows.positive else ("log_loss", "ece")
    if rows.probabilities is None or not len(rows.truth):
        why = NO_ROWS if rows.probabilities is not None else _NO_PROBABILITIES
        return tuple(Sheet(rows, how).undefined(name, why) for name in names)
    given = _proper(rows.probabilities)
    every = np.arange(len(rows.classes))
    losses = {"log_loss": _log_losses(rows.truth, given)}
    values = {"log_loss": sk.log_loss(rows.truth, given, labels=every)}
    if rows.positive:
        claimed = np.clip(rows.of_class(rows.probabilities, rows.positive), 0.0, 1.0)
        losses["brier"] = (rows.is_positive - claimed) ** 2
        values["brier"] = sk.brier_score_loss(rows.is_positive, claimed, pos_label=True)
        came_true = rows.is_positive
    else:
        # Of more classes: how sure the model is of the class that it gives the most to (C. Guo et al.
        # 2017, On calibration of modern neural networks).
        claimed, came_true = given.max(axis=1), given.argmax(axis=1) == rows.truth
    values["ece"] = calibration_error(came_true, claimed)
    bounds = bounds_of_means(losses, rows, how)
    bounds |= bounds_of_calibration(rows, came_true, claimed, how)
    sheet = Sheet(rows, how, bounds)
    return tuple(sheet.figure(name, _constantly(values[name])) for name in names)


def calibration_error(positive: Array, probability: Array) -> float:
    """Give the expected calibration error: how far probabilities lie from what came true, on average.

    In ten bins of equal size; of a sample it is never 0, and larger the fewer rows there are
    (M. P. Naeini, G. F. Cooper, M. Hauskrecht 2015, Obtaining well calibrated probabilities using
    Bayesian binning).
    """
    bins = equal_bins(probability)
    gaps = [len(b) * abs(positive[b].mean() - probability[b].mean()) for b in bins]
    return float(sum(gaps) / len(positive))


def _average_precision(rows: Classified, how: Uncertainty) -> Metric:
    sheet, positive = Sheet(rows, how), rows.is_positive
    if rows.scores is None:
        return sheet.undefined("average_precision", _NO_PROBABILITIES)
    if not positive.any():
        return sheet.undefined("average_precision", _NONE_OF_INTEREST)
    scores = rows.of_class(rows.scores, rows.positive)
    value = float(sk.average_precision_score(positive, scores))
    return sheet.precision_area("average_precision", value, int(positive.sum()))


def _roc_auc_ovr(rows: Classified, how: Uncertainty) -> Metric:
    """Measure the mean of each class's area against all others, with the interval of that mean.

    A class without rows has no area and is left out, where scikit-learn refuses the whole.
    """
    sheet = Sheet(rows, how)
    if rows.scores is None:
        return sheet.undefined("roc_auc_ovr", _NO_PROBABILITIES)
    present = [n for n in range(len(rows.classes)) if _has_both(rows.truth == n)]
    if not present:
        return sheet.undefined("roc_auc_ovr", _ONE_CLASS if len(rows.truth) else NO_ROWS)
    areas = [sk.roc_auc_score(rows.truth == n, rows.scores[:, n]) for n in present]
    influences = [auc_influence(rows.truth == n, rows.scores[:, n])[1] for n in present]
    error = standard_error(np.mean(influences, axis=0), strata=rows.truth, clusters=rows.clusters)
    rarest = int(np.bincount(rows.truth)[present].min())
    metric = sheet.area("roc_auc_ovr", float(np.mean(areas)), error, rarest)
    every, absent = len(rows.classes), len(rows.classes) - len(present)
    why = f"without {absent} of {every} classes, of which there is no row" if absent else ""
    return attrs.evolve(metric, why=why)


def _has_both(hits: Array) -> bool:
    return bool(hits.any() and not hits.all())


def _mean_recall(truth: Array, said: Array) -> float:
    """Balanced accuracy over the classes that occur; scikit-learn's own warns of those that do not."""
    return float(np.mean([(said[truth == number] == number).mean() for number in np.unique(truth)]))


def _proper(probabilities: Array) -> Array:
    """Make each row sum to 1, if the model does not see to it; exact rows stay as they are."""
    sums = probabilities.sum(axis=1, keepdims=True)
    if np.allclose(sums, 1, rtol=1e-6):
        return np.clip(probabilities, 0.0, 1.0)
    return np.clip(probabilities / np.where(sums > 0, sums, 1), 0.0, 1.0)


def _log_losses(truth: Array, given: Array) -> Array:
    own = given[np.arange(len(truth)), truth]
    return np.asarray(-np.log(np.maximum(own, np.finfo(float).eps)))


def _constantly(value: Any) -> Any:
    return lambda: value
