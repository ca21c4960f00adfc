"""What a reader is told about a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Section, Table, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke import Context


@plugin
class Template:
    """Show how complete the columns are that a model is measured on."""

    # How many columns to show, the least complete first.
    most: int = 20

    @hookimpl
    def explain(self, data: pd.DataFrame, context: Context) -> list[Section]:
        """Give one section with a table."""
        hidden = {context.task.target, context.task.id}
        columns = [name for name in data.columns if name not in hidden]
        shares = data[columns].notna().mean().sort_values(kind="stable") if len(data) else {}
        rows = tuple(
            (str(name), f"{share:.1%}") for name, share in list(shares.items())[: self.most]
        )
        table = Table(columns=("column", "rows with a value"), rows=rows)
        return [Section(title="Complete columns", text="Gaps weaken a model.", tables=(table,))]
