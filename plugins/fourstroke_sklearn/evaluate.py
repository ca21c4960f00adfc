"""The evaluator: quality on held-out rows, with intervals, a baseline, slices and curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import hookimpl, plugin
from fourstroke_sklearn.metric_names import NAMES, PRIMARY

if TYPE_CHECKING:
    from fourstroke import Context, Evaluation, Task


@plugin
class Quality:
    """Measure a model by scikit-learn's metrics, each with a confidence interval.

    Proportions get Wilson's interval, areas under the ROC curve DeLong's, all others a stratified
    bootstrap. If the task names a group, rows of one group count as belonging together.
    """

    # How sure an interval is to cover the true value.
    confidence: float = attrs.field(
        default=0.95, validator=[attrs.validators.gt(0.5), attrs.validators.lt(1.0)]
    )
    # Draws of the bootstrap.
    resamples: int = attrs.field(default=1000, validator=attrs.validators.ge(100))
    # The columns to slice by; none for the sensitive ones and those with few values.
    slices: tuple[str, ...] = ()
    # Metrics to measure the slices by, beside the primary one; each slice takes as long as its rows by
    # themselves would.
    slice_metrics: tuple[str, ...] = attrs.field(
        default=(), validator=attrs.validators.deep_iterable(attrs.validators.in_(NAMES))
    )
    # What a false alarm and a miss cost, in any unit, for the metric `mean_cost`
    # and the curve of the cost by threshold.
    false_positive: float = attrs.field(default=1.0, validator=attrs.validators.ge(0.0))
    false_negative: float = attrs.field(default=1.0, validator=attrs.validators.ge(0.0))
    # Whether to measure how long a prediction takes (metric `latency_ms`, and a table in the report); the
    # figures differ from run to run, so that no two evaluations are the same.
    timing: bool = False

    def lacks_slice(self, column: str, metric: str, task: Task) -> str:
        """Say by which setting slices of a column are not measured by a metric; empty if they may be."""
        if self.slices and column not in {*self.slices, *task.sensitive}:
            return f"{column!r} is not among the slices of [[model.evaluate]]: {', '.join(self.slices)}"
        if metric and metric not in {PRIMARY[task.kind], *self.slice_metrics}:
            return (
                f"slices are measured by {PRIMARY[task.kind]}, and by {metric} only if "
                f'slice_metrics = ["{metric}"] stands in [[model.evaluate]]'
            )
        return ""

    @hookimpl
    def evaluate(self, model: Any, data: Any, predictions: Any, context: Context) -> Evaluation:
        """Measure the model."""
        # scikit-learn is loaded when it is used, and not when a project file is checked.
        from fourstroke_sklearn.measuring import measure  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415

        with limited_threads(1):
            return measure(self, model, data, predictions, context)
