"""What a model file may be made of: the list belongs to the loader, never to the file.

Each name was looked at: to construct it, or to set its state, runs no code that a file brings, opens
nothing and imports nothing further. Beside these, skops itself trusts scikit-learn's public
estimators, NumPy's arrays and the plain types of Python.
"""

from __future__ import annotations

from typing import Any, Final

import skops.io

from fourstroke import StepError

_OWN: Final = ("fourstroke_sklearn.dates.DateParts", "fourstroke_sklearn.signature.Signature")

# Arrays that compiled code walks along. What they point to is checked after loading, see `trees`.
_TREES: Final = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
)

# Passive parts of estimators: they hold parameters, arrays, and other parts that are checked alike.
_PARTS: Final = (
    "numpy.dtype",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.multiclass._ConstantPredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
)

# Functions that compute a value of arrays. Histogram boosting keeps its check of numbers as a partial
# of one; whatever stands in a partial must be trusted by itself.
_FUNCTIONS: Final = (
    "functools.partial",
    "sklearn.metrics._classification.accuracy_score",
    "sklearn.metrics._classification.balanced_accuracy_score",
    "sklearn.metrics._classification.f1_score",
    "sklearn.metrics._classification.log_loss",
    "sklearn.metrics._classification.precision_score",
    "sklearn.metrics._classification.recall_score",
    "sklearn.metrics._ranking.roc_auc_score",
    "sklearn.metrics._regression.mean_absolute_error",
    "sklearn.metrics._regression.mean_squared_error",
    "sklearn.metrics._regression.r2_score",
    "sklearn.metrics._regression.root_mean_squared_error",
    "sklearn.utils.validation.check_array",
)

TRUSTED: Final = (*_OWN, *_TREES, *_PARTS, *_FUNCTIONS)

ALLOWED_IN_WORDS: Final = (
    "allowed are scikit-learn's own estimators, without functions of other modules; for others write"
    " a trainer and a codec of your own"
)


def untrusted_types(content: bytes) -> list[str]:
    """Name the types in a skops file that are not on the list, without making any of them."""
    return sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))


def refuse_untrusted(content: bytes, model: Any) -> None:
    """Make sure that a model can be opened again.

    Parameters
    ----------
    content : bytes
        The model's skops file, made by this process.
    model : estimator
        The model, for the message.

    Raises
    ------
    StepError
        Names the types that are not on the list, and says what is allowed.
    """
    strange = untrusted_types(content)
    if strange:
        raise StepError(
            f"{type(model).__name__} cannot be kept in a file that is safe to open:"
            f" it is made of {', '.join(strange)}",
            hint=ALLOWED_IN_WORDS,
        )
