"""The explainer: what a model goes by, in general and for single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Context, Section


@plugin
class Inspection:
    """Show which columns a model goes by, how it goes with them, and why it says so of single rows.

    Importance is how much worse the model gets on held-out rows when one column is shuffled. Partial
    dependence is drawn for the most important columns; of a linear model its coefficients are told.
    Single rows get Shapley values over the columns.
    """

    # How often each column is shuffled.
    repeats: int = attrs.field(default=5, validator=attrs.validators.ge(2))
    # Held-out rows to use at most; a random sample of them if there are more.
    rows: int = attrs.field(default=2000, validator=attrs.validators.ge(50))
    # Columns to try at most; those that go with the prediction most if there are more.
    columns: int = attrs.field(default=100, validator=attrs.validators.ge(1))
    # Of how many columns, the most important first, the dependence is drawn.
    dependence: int = attrs.field(default=4, validator=attrs.validators.ge(0))
    # Held-out rows that are explained, from the lowest prediction to the highest. Their cells stand in
    # the report; 0 for none.
    cases: int = attrs.field(default=3, validator=[attrs.validators.ge(0), attrs.validators.le(20)])

    @hookimpl
    def explain(self, model: Any, data: Any, context: Context) -> Sequence[Section]:
        """Explain the model."""
        # scikit-learn is loaded when it is used, and not when a project file is checked.
        from fourstroke_sklearn.inspection import inspect  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415

        with limited_threads(1):
            return inspect(self, model, data, context)

    @hookimpl
    def explain_rows(self, model: Any, rows: Any, data: Any, context: Context) -> Sequence[Section]:
        """Explain what the model says of these rows."""
        from fourstroke_sklearn.inspection import explain_rows  # noqa: PLC0415 - as above
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415 - as above

        with limited_threads(1):
            return explain_rows(model, rows, data, context)
