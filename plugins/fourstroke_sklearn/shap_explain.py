"""The explainer `shap`: values by the shap library, of trees and linear models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Context, Section


@plugin
class Shap:
    """Show what each column adds to predictions, by the shap library: pip install 'fourstroke[shap]'.

    For forests, boosted trees and linear models the values are exact for the background given. They are
    told only if they add up to what the model says: the library misreads, for one, histogram boosting
    that splits by categories.
    """

    # Held-out rows to use at most; a random sample of them if there are more.
    rows: int = attrs.field(default=200, validator=attrs.validators.ge(20))
    # Held-out rows that stand for what is usual.
    background: int = attrs.field(default=100, validator=attrs.validators.ge(10))
    # Held-out rows that are explained, from the lowest prediction to the highest. Their cells stand in
    # the report; 0 for none.
    cases: int = attrs.field(default=3, validator=[attrs.validators.ge(0), attrs.validators.le(20)])

    @hookimpl
    def explain(self, model: Any, data: Any, context: Context) -> Sequence[Section]:
        """Explain the model."""
        # scikit-learn and shap are loaded when they are used.
        from fourstroke_sklearn.shap_sections import overview  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415

        with limited_threads(1):
            return overview(self, model, data, context)

    @hookimpl
    def explain_rows(self, model: Any, rows: Any, data: Any, context: Context) -> Sequence[Section]:
        """Explain what the model says of these rows."""
        from fourstroke_sklearn.shap_sections import rows_told  # noqa: PLC0415 - as above
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415 - as above

        with limited_threads(1):
            return rows_told(self, model, rows, data, context)
