"""Find columns by name, and say which was meant if there is none."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


def require(data: pd.DataFrame, names: Iterable[str]) -> None:
    """Make sure that a table has columns.

    Raises
    ------
    DataError
        Names the first one that is missing and the nearest that is there.
    """
    known = [str(name) for name in data.columns]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            shown = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")  # noqa: PLR2004 - one line
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {shown}"
            raise DataError(f"there is no column {name!r}", hint=hint)
