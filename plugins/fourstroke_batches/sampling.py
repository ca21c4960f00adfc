"""Take a sample of a table that fits into memory."""

from __future__ import annotations

from typing import Any

import attrs

from fourstroke import Context, DataError, Pieces, hookimpl, plugin


@plugin
class Sample:
    """Keep a random sample of the rows, in their order, as a table that fits into memory.

    Every row has the same chance, and the same seed takes the same rows. Give the step
    ``training_only = true``: rows that are to be scored are not sampled.
    """

    # How many rows to keep; a table that has no more is kept whole.
    rows: int = attrs.field(validator=attrs.validators.ge(1))
    # Whether what the task rests on is kept: whole groups, and some rows of every class.
    for_task: bool = False

    capabilities = frozenset({"columns"})

    @hookimpl
    def prepare(self, data: Any, context: Context) -> Any:
        """Take the sample."""
        import numpy as np  # noqa: PLC0415 - not needed to list or build this plugin
        import pandas as pd  # noqa: PLC0415 - as above

        from fourstroke_batches.choosing import chosen_for_task, chosen_rows  # noqa: PLC0415

        pieces = data if isinstance(data, Pieces) else [data]
        if not hasattr(data, "columns"):
            raise DataError(f"expected a table, got {type(data).__name__}")
        generator = np.random.default_rng(context.seed)
        if self.for_task and len(data) > self.rows:
            chosen = chosen_for_task(pieces, self.rows, context.task, generator)
        else:
            chosen = chosen_rows(len(data), self.rows, generator)
        kept, start = [], 0
        for piece in pieces:
            low, high = np.searchsorted(chosen, [start, start + len(piece)])
            kept.append(piece.iloc[chosen[low:high] - start])
            start += len(piece)
        return pd.concat(kept, ignore_index=True) if kept else data.to_pandas()
