"""What is asked of the parts of a split before a model is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from fourstroke import Check, Context, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Mapping


@plugin
class Template:
    """Ask that no id is in the training part and held out, too."""

    # The column; the task's id if it is not given.
    column: str = ""

    @hookimpl
    def audit(self, parts: Mapping[str, pd.DataFrame], context: Context) -> list[Check]:
        """Give one check: how many ids are on both sides."""
        column = self.column or context.task.id
        train, *others = (parts[name] for name in sorted(parts, key=lambda name: name != "train"))
        if column not in train:
            why = f"there is no column {column!r}"
            return [Check(name="ids", status="skipped", column=column, why=why)]
        held = pd.concat([part[column] for part in others])
        both = held[held.isin(set(train[column].dropna()))]
        return [
            Check(
                name="ids",
                status="fail" if len(both) else "pass",
                column=column,
                observed=len(both),
                required="none on both sides",
                why=f"{len(both):,} held-out rows have an id of the training part",
            )
        ]
