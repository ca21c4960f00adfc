"""The trainer: any estimator of scikit-learn, in a pipeline for tables of mixed types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Context


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
    def predict(self, model: Any, data: Any, context: Context) -> Any:
        """Give predictions, and probabilities where the estimator has them."""
        from fourstroke_sklearn.scoring import score  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415
        from fourstroke_sklearn.warned import warnings_told  # noqa: PLC0415

        with limited_threads(self.threads), warnings_told(context):
            return score(model, data, context, unseen=self.unseen)
