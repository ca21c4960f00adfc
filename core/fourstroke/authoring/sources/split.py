"""How the published table is divided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fourstroke import DataError, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke import Context


@plugin
class Template:
    """Hold a random share of the rows back."""

    # The share of rows to test with.
    test: float = 0.25

    capabilities = frozenset({"random"})

    @hookimpl
    def split(self, data: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
        """Give the parts ``train`` and ``test``; the seed of the project decides who is where."""
        rows = round(len(data) * self.test)
        if not 0 < rows < len(data):
            raise DataError(f"{len(data)} rows cannot be divided", hint="use more rows")
        held = np.zeros(len(data), dtype=bool)
        held[np.random.default_rng(context.seed).permutation(len(data))[:rows]] = True
        return {"train": data[~held], "test": data[held]}
