"""Encode text of a few rows by looking it up: what the encoder made of each value was asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import attrs
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

ENCODERS: Final = (OrdinalEncoder, OneHotEncoder)
# Larger tables are not worth their memory.
_MOST_CELLS: Final = 1_000_000
# No text that training saw has it: it is none that a file can hold.
_UNSEEN: Final = "\ud800unseen"


@attrs.frozen(eq=False)
class Codes:
    """What an encoder makes of each value of each column.

    Parameters
    ----------
    known : sequence of mapping
        For each column: a value, and the cells that it becomes.
    unseen, missing : sequence of ndarray
        For each column: what any other text becomes, and what a missing one does.
    """

    known: Sequence[Mapping[str, Any]]
    unseen: Sequence[Any]
    missing: Sequence[Any]

    @classmethod
    def of(cls, encoder: Any) -> Self | None:
        """Ask an encoder; ``None`` if it refuses some values, knows others than text, or too many."""
        texts = [[each for each in found if isinstance(each, str)] for found in encoder.categories_]
        widths = getattr(encoder, "_n_features_outs", [1] * len(texts))
        longest = max(map(len, texts), default=0) + 2
        if encoder.handle_unknown == "error" or longest * sum(widths) > _MOST_CELLS:
            return None
        asked = {
            name: pd.Series([*found, *[_UNSEEN] * (longest - len(found) - 1), np.nan], dtype=object)
            for name, found in zip(encoder.feature_names_in_, texts, strict=True)
        }
        made = encoder.transform(pd.DataFrame(asked))
        cells = made.toarray() if sparse.issparse(made) else np.asarray(made)
        blocks = np.split(cells, np.cumsum(widths)[:-1], axis=1)
        return cls(
            known=[
                dict(zip(found, block, strict=False))
                for found, block in zip(texts, blocks, strict=True)
            ],
            unseen=[block[-2] for block in blocks],
            missing=[block[-1] for block in blocks],
        )

    def transform(self, clean: pd.DataFrame) -> Any:
        """Give what the encoder gives, as a dense array."""
        columns = [
            [
                known.get(cell, unseen) if isinstance(cell, str) else missing
                for cell in clean.iloc[:, place].tolist()
            ]
            for place, (known, unseen, missing) in enumerate(
                zip(self.known, self.unseen, self.missing, strict=True)
            )
        ]
        return np.array([np.concatenate(row) for row in zip(*columns, strict=True)])
