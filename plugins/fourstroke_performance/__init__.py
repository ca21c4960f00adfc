"""Watch what a model is worth at work: with outcomes, without them, and for groups of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from fourstroke import Context, Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EstimatedPerformance", "FairnessOverTime", "Performance"]

_NO_REFERENCE = "this model version has no reference to compare with yet: the next turn makes one"
_SHARE = (attrs.validators.ge(0.0), attrs.validators.lt(1.0))
_RATE = (attrs.validators.gt(0.0), attrs.validators.lt(0.5))


@plugin
class Performance:
    """Measure the realised performance of a model, once outcomes are known.

    Each metric is compared with that of the held-out rows of the model version. It alerts if it is
    worse by at least ``effect`` and ``growth`` *and* by more than chance makes of a window of this
    size, over all metrics together. A window whose outcomes are still coming in is not judged.
    """

    # Windows of a season before have no outcomes to compare with.
    needs_outcomes: ClassVar[bool] = True

    # The metrics to watch; empty for the usual ones of the task.
    metrics: tuple[str, ...] = ()
    # The smallest drop of a metric between 0 and 1 that matters.
    effect: float = attrs.field(default=0.005, validator=[*_SHARE])
    # The smallest growth that matters of what is missing to a perfect metric, as a share of it.
    growth: float = attrs.field(default=0.1, validator=attrs.validators.ge(0.0))
    # The share of windows without any change in which chance may raise an alarm.
    false_alarms: float = attrs.field(default=0.01, validator=[*_RATE])
    # With fewer rows that have an outcome, nothing is said.
    minimum_rows: int = attrs.field(default=50, validator=attrs.validators.ge(2))

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Keep each metric of the held-out rows, and how far chance moves it."""
        # numpy and pandas are not needed to list or build this plugin.
        from fourstroke_performance.realised import Reference  # noqa: PLC0415

        return Reference.of(data, predictions, context.task, self.metrics).to_json()

    @hookimpl
    def monitor(self, window: Window, reference: Any) -> Sequence[Observation]:
        """Give one observation a metric, and one of how many outcomes are known."""
        if reference is None:
            return (Observation(name="performance", status="unknown", why=_NO_REFERENCE),)
        from fourstroke_performance.judging import Limits  # noqa: PLC0415
        from fourstroke_performance.realised import Reference, watch  # noqa: PLC0415

        limits = Limits(
            effect=self.effect,
            growth=self.growth,
            false_alarms=self.false_alarms,
            minimum_rows=self.minimum_rows,
        )
        return watch(window, Reference.from_json(reference), limits)


@plugin
class EstimatedPerformance:
    """Estimate the performance of a model before any outcome is known.

    Of a classification by its own scores, calibrated on the held-out rows (CBPE), if asked weighted
    so that these look like the window (PAPE); of a regression by a second model that learns how far
    the first one errs (DLE). It sees what a shift of the inputs does, and nothing of a world in which
    the same inputs mean something else: only outcomes show that.
    """

    # Windows of a season before have no outcomes to compare with.
    needs_outcomes: ClassVar[bool] = True

    # For a classification: "cbpe", or "pape", which weighs the reference; a regression has its own.
    method: Literal["cbpe", "pape"] = "cbpe"
    # Whether CBPE mends probabilities goes by the error of each split, or of all "pooled" as in NannyML.
    calibration: Literal["split", "pooled"] = "split"
    # The metrics to estimate; empty for the usual ones of the task.
    metrics: tuple[str, ...] = ()
    # The smallest drop of a metric between 0 and 1 that matters.
    effect: float = attrs.field(default=0.005, validator=[*_SHARE])
    # The smallest growth that matters of what is missing to a perfect metric, as a share of it.
    growth: float = attrs.field(default=0.1, validator=attrs.validators.ge(0.0))
    # The share of windows without any change in which chance may raise an alarm.
    false_alarms: float = attrs.field(default=0.01, validator=[*_RATE])
    # With fewer rows, of the window or of the reference, nothing is said.
    minimum_rows: int = attrs.field(default=100, validator=attrs.validators.ge(2))
    # As many held-out rows travel with the version, where the method needs them; a byte a cell.
    sample: int = attrs.field(
        default=20_000, validator=[attrs.validators.ge(100), attrs.validators.le(100_000)]
    )

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Calibrate on the held-out rows, and keep what estimates are made and judged by."""
        task = context.task
        if task.kind == "regression":
            from fourstroke_performance import direct  # noqa: PLC0415

            kept = direct.Reference.of(
                data, predictions, task, self.metrics, sample=self.sample, seed=context.seed
            )
            return kept.to_json()
        from fourstroke_performance import estimated  # noqa: PLC0415

        sample = self.sample if self.method == "pape" else 0
        found = estimated.Reference.of(
            data,
            predictions,
            task,
            self.metrics,
            sample=sample,
            seed=context.seed,
            is_pooled=self.calibration == "pooled",
        )
        return found.to_json()

    @hookimpl
    def monitor(self, window: Window, reference: Any, context: Context) -> Sequence[Observation]:
        """Give one observation a metric, each named as an estimate."""
        if reference is None:
            return (Observation(name="estimated_performance", status="unknown", why=_NO_REFERENCE),)
        from fourstroke_performance import direct, estimated  # noqa: PLC0415
        from fourstroke_performance.judging import Limits  # noqa: PLC0415

        limits = Limits(
            effect=self.effect,
            growth=self.growth,
            false_alarms=self.false_alarms,
            minimum_rows=self.minimum_rows,
        )
        if context.task.kind == "regression":
            found = direct.Reference.from_json(reference)
            return direct.watch(window, found, limits, seed=context.seed)
        return estimated.watch(
            window,
            estimated.Reference.from_json(reference),
            limits,
            is_adaptive=self.method == "pape",
            seed=context.seed,
        )


@plugin
class FairnessOverTime:
    """Watch whether groups of people come to be treated less alike than in the held-out rows.

    For each column that the task calls sensitive, each group is compared with the largest one: how
    often it is put into the class of interest, and with outcomes how often rightly and wrongly. A
    gap alerts if it is wider than in the reference by at least ``effect`` *and* by more than chance
    makes of groups of this size, over all gaps together.
    """

    # Windows of a season before have no outcomes to compare with.
    needs_outcomes: ClassVar[bool] = True

    # By how much a gap has to grow to matter.
    effect: float = attrs.field(default=0.05, validator=[*_SHARE])
    # The share of windows without any change in which chance may raise an alarm.
    false_alarms: float = attrs.field(default=0.01, validator=[*_RATE])
    # Groups of fewer rows, in the window or the reference, are not judged.
    minimum_rows: int = attrs.field(default=50, validator=attrs.validators.ge(10))

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Count the held-out rows of each group."""
        from fourstroke_performance.fairness import Reference  # noqa: PLC0415

        found = Reference.of(data, predictions, context.task, fewest=self.minimum_rows)
        return found.to_json()

    @hookimpl
    def monitor(self, window: Window, reference: Any) -> Sequence[Observation]:
        """Give one observation a sensitive column, group and rate."""
        if reference is None:
            return (Observation(name="fairness", status="unknown", why=_NO_REFERENCE),)
        from fourstroke_performance.fairness import Reference, watch  # noqa: PLC0415

        return watch(
            window,
            Reference.from_json(reference),
            effect=self.effect,
            false_alarms=self.false_alarms,
            minimum_rows=self.minimum_rows,
        )
