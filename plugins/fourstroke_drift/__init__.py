"""Watch whether the columns that a model meets still look like those that it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import Context, Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Drift"]


@plugin
class Drift:
    """Compare every column, and the predictions, with the held-out rows of the model version.

    The score is the Jensen-Shannon distance to the base 2, 0 for equal distributions and 1 for
    disjoint ones. A column alerts if its distance is at least ``effect`` *and* larger than what
    chance alone makes of a window of this size, over all columns together. So small windows give no
    false alarms, and large ones none for a difference that does not matter.
    """

    # The smallest distance that matters.
    effect: float = attrs.field(
        default=0.1, validator=[attrs.validators.ge(0.0), attrs.validators.lt(1.0)]
    )
    # The share of windows without any drift in which chance may raise an alarm.
    false_alarms: float = attrs.field(
        default=0.01, validator=[attrs.validators.gt(0.0), attrs.validators.lt(0.5)]
    )
    # With fewer rows, of the window or of the reference, nothing is said.
    minimum_rows: int = attrs.field(default=30, validator=attrs.validators.ge(1))
    # Watch these columns only; empty for all features.
    columns: tuple[str, ...] = ()
    # Leave these columns out.
    ignore: tuple[str, ...] = ()

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Keep a histogram of every column."""
        # numpy and pandas are not needed to list or build this plugin.
        from fourstroke_drift.reference import Reference  # noqa: PLC0415

        found = Reference.of(
            data, predictions, context.task, columns=self.columns, ignore=self.ignore
        )
        return found.to_json()

    @hookimpl
    def monitor(self, window: Window, reference: Any, context: Context) -> Sequence[Observation]:
        """Give one observation a column, the columns that moved most first."""
        if reference is None:
            why = "this model version has no reference to compare with yet: the next turn makes one"
            return (Observation(name="drift", status="unknown", why=why),)
        from fourstroke_drift.reference import Reference  # noqa: PLC0415
        from fourstroke_drift.watching import Limits, watch  # noqa: PLC0415

        return watch(
            window,
            Reference.from_json(reference),
            Limits(
                effect=self.effect,
                false_alarms=self.false_alarms,
                minimum_rows=self.minimum_rows,
            ),
            seed=context.seed,
        )
