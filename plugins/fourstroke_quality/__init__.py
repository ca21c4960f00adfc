"""Watch whether the rows that a model meets are still of the form that it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import Context, Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Quality"]

_SHARE = [attrs.validators.ge(0.0), attrs.validators.lt(1.0)]


@plugin
class Quality:
    """Compare schema, missing and infinite values, categories and ranges with the held-out rows.

    A share alerts if it has grown by more than ``effect`` *and* more than chance explains, over all
    columns together. A column that is gone, twice there, or of another kind alerts at once; a new one,
    and one that became constant, is a warning. So is an outcome that is no class of the model: somebody
    mistyped it, say.
    """

    # By how much a share of rows has to grow to matter.
    effect: float = attrs.field(default=0.01, validator=_SHARE)
    # The share of windows without any change in which chance may raise an alarm.
    false_alarms: float = attrs.field(
        default=0.01, validator=[attrs.validators.gt(0.0), attrs.validators.lt(0.5)]
    )
    # With fewer rows, of the window or of the reference, only what is there, and of which kind, is judged.
    minimum_rows: int = attrs.field(default=30, validator=attrs.validators.ge(1))
    # Leave these columns out.
    ignore: tuple[str, ...] = ()

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Keep kind, range, categories, how many values are missing or infinite, and the classes."""
        # numpy and pandas are not needed to list or build this plugin.
        from fourstroke_quality.form import profile  # noqa: PLC0415
        from fourstroke_quality.outcomes import classes_of  # noqa: PLC0415

        found = profile(data, context.task.not_features | set(self.ignore))
        return {**found, "classes": classes_of(data, predictions, context.task)}

    @hookimpl
    def monitor(self, window: Window, reference: Any, context: Context) -> Sequence[Observation]:
        """Give one observation a column and question, alerts first."""
        if reference is None:
            why = "this model version has no reference to compare with yet: the next turn makes one"
            return (Observation(name="schema", status="unknown", why=why),)
        from fourstroke_quality.watching import Limits, watch  # noqa: PLC0415

        limits = Limits(
            effect=self.effect, false_alarms=self.false_alarms, minimum_rows=self.minimum_rows
        )
        return watch(window, reference, limits, context.task.not_features | set(self.ignore))
