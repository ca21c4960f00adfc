"""The plugin: its settings, and the stages that it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from fourstroke import Context, hookimpl, plugin


@plugin
class LightGBM:
    """Train gradient-boosted trees of LightGBM on a table, and score tables with them.

    Text is split on as categories and missing cells are left missing; nothing is imputed or encoded
    beforehand. The same table, settings and seed give the same model, byte by byte.
    """

    # Boosting rounds: trees, or trees a class.
    rounds: int = attrs.field(default=200, validator=attrs.validators.ge(1))
    # How much each tree adds. Less of it needs more rounds.
    learning_rate: float = attrs.field(default=0.05, validator=attrs.validators.gt(0))
    # Leaves of one tree at most.
    leaves: int = attrs.field(default=31, validator=attrs.validators.ge(2))
    # Rows of one leaf at least.
    leaf_rows: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    # Further parameters by LightGBM's own names, not their aliases.
    params: Mapping[str, Any] = attrs.field(factory=dict)
    # The columns to learn from; none for all that the task does not exclude.
    features: tuple[str, ...] = ()
    # Whether rare classes count as much as frequent ones.
    balanced: bool = False
    # A text column with more values than this is no feature.
    max_categories: int = attrs.field(default=1000, validator=attrs.validators.ge(1))
    # Whether text that training never saw is told or refused.
    unseen: Literal["warn", "error"] = "warn"
    # Threads of one training or prediction; LightGBM is told to add up in one order all the same.
    threads: int = attrs.field(default=1, validator=attrs.validators.ge(1))

    @hookimpl
    def train(self, data: Any, context: Context) -> Any:
        """Fit the trees."""
        # LightGBM is loaded when it is used, and not when a project file is checked.
        from fourstroke_lightgbm.fitting import fit  # noqa: PLC0415

        return fit(self, data, context)

    @hookimpl
    def predict(self, model: Any, data: Any, context: Context) -> Any:
        """Give predictions, and a probability a class."""
        from fourstroke_lightgbm.scoring import score  # noqa: PLC0415

        return score(model, data, context, unseen=self.unseen, threads=self.threads)
