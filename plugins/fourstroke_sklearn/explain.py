"""The explainer: which columns a model goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Context, Section


@plugin
class Permutation:
    """Shuffle one column at a time and see how much worse the model gets on held-out rows."""

    # How often each column is shuffled.
    repeats: int = attrs.field(default=5, validator=attrs.validators.ge(2))
    # Held-out rows to use at most; a random sample of them if there are more.
    rows: int = attrs.field(default=2000, validator=attrs.validators.ge(50))
    # Columns to try at most; those that go with the prediction most if there are more.
    columns: int = attrs.field(default=100, validator=attrs.validators.ge(1))

    @hookimpl
    def explain(self, model: Any, data: Any, context: Context) -> Sequence[Section]:
        """Measure each column's importance."""
        # scikit-learn is loaded when it is used, and not when a project file is checked.
        from fourstroke_sklearn.importance import importance  # noqa: PLC0415
        from fourstroke_sklearn.threads import limited_threads  # noqa: PLC0415

        with limited_threads(1):
            return importance(self, model, data, context)
