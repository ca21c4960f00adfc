"""The trainer: any estimator of scikit-learn, in a pipeline for tables of mixed types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Context, ModelSignature


@attrs.frozen(kw_only=True)
class Search:
    """Parameters to try, scored by folds of the training rows; the best are used for all of them."""

    # What to try: lists of values by parameter, or ranges such as { low = 0.01, high = 10, log = true }.
    space: Mapping[str, Any]
    # All combinations, some at random, more and more rows for fewer and fewer, or Optuna's choice.
    kind: Literal["grid", "random", "halving", "optuna"] = "random"
    # How many to try, but for a grid.
    trials: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    # How many folds.
    folds: int = attrs.field(default=5, validator=attrs.validators.ge(2))
    # A scorer of scikit-learn; by default roc_auc, neg_log_loss or neg_root_mean_squared_error.
    metric: str = ""
    # When to stop, of Optuna; 0 for never.
    seconds: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))


@attrs.frozen(kw_only=True)
class Passes:
    """Training in passes over the rows, where the estimator has ``partial_fit``."""

    # How many passes at most.
    most: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    # How many rows at once.
    rows: int = attrs.field(default=10_000, validator=attrs.validators.ge(1))
    # After how many passes without progress to stop; 0 for never.
    patience: int = attrs.field(default=3, validator=attrs.validators.ge(0))


@plugin
class Sklearn:
    """Train an estimator of scikit-learn on a table, and score tables with it.

    The pipeline imputes and encodes what needs it, leaves out the target, the id and ignored columns,
    and begins with the model's signature, which refuses a table that the model was not made for.
    """

    # A class of scikit-learn or its dotted path; empty for histogram gradient boosting.
    estimator: str = ""
    # The estimator's parameters; its random_state is the project's seed unless it stands here.
    params: Mapping[str, Any] = attrs.field(factory=dict)
    # The columns to learn from; none for all that the task does not exclude.
    features: tuple[str, ...] = ()
    # Whether rare classes count as much as frequent ones.
    balanced: bool = False
    # How much each class counts, such as { yes = 5 }; 1 for those that are not named.
    class_weight: Mapping[str, float] = attrs.field(factory=dict)
    # The column that says how much each row counts in training; it is no feature then.
    weight: str = ""
    # Parameters to search for.
    search: Search | None = None
    # How probabilities are calibrated, by folds of the training rows; empty for not.
    calibrate: Literal["", "sigmoid", "isotonic", "temperature"] = ""
    # From which probability on a row is of the class of interest: a number, a scorer to tune it by, or costs.
    threshold: float | str | Mapping[str, float] | None = None
    # Training in passes, for estimators with partial_fit.
    passes: Passes | None = None
    # Folds of the training rows for calibration, threshold and passes.
    folds: int = attrs.field(default=5, validator=attrs.validators.ge(2))
    # One-hot columns of a text column at most; the rarest values share the last one.
    max_categories: int = attrs.field(default=50, validator=attrs.validators.ge(2))
    # Whether text that training never saw is told or refused.
    unseen: Literal["warn", "error"] = "warn"
    # Threads of one training or prediction. More may change the last digits of a model.
    threads: int = attrs.field(default=1, validator=attrs.validators.ge(1))

    @hookimpl
    def train(self, data: Any, context: Context) -> Any:
        """Fit the pipeline."""
        # scikit-learn is loaded when it is used, and not when a project file is checked.
        from fourstroke_sklearn.fitting import fit  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415
        from fourstroke_sklearn.warned import warnings_told  # noqa: PLC0415

        with limited_threads(self.threads), warnings_told(context):
            return fit(self, data, context)

    @hookimpl
    def signature(self, model: Any, context: Context) -> ModelSignature:
        """Give what the pipeline's first step recorded."""
        from fourstroke_sklearn.signature import recorded  # noqa: PLC0415 - as above

        return recorded(model, context.step)

    @hookimpl
    def predict(self, model: Any, data: Any, context: Context) -> Any:
        """Give predictions, and probabilities where the estimator has them."""
        from fourstroke_sklearn.scoring import score  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415
        from fourstroke_sklearn.warned import warnings_told  # noqa: PLC0415

        with limited_threads(self.threads), warnings_told(context):
            return score(model, data, context, unseen=self.unseen)
